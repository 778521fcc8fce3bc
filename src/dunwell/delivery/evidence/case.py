"""What an evidence file tells: values only, put together by the desk, shown by this room."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from dunwell.core.message import Sender


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened, under the day it was true.

    `said` are its codes, dates and amounts by name, `words` what people wrote, by field.
    `recorded_at` is when it was entered, where that is known; `events` are the numbers of the
    journal's events it rests on.
    """

    on: dt.date
    kind: str
    said: dict[str, Any] = {}
    words: tuple[tuple[str, str], ...] = ()
    at: dt.datetime | None = None
    recorded_at: dt.datetime | None = None
    by: str = ""
    exhibit: int = 0
    events: tuple[int, ...] = ()


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    """A file that travelled with a message."""

    name: str
    size: int
    sha256: str


class Exhibit(msgspec.Struct, frozen=True, kw_only=True):
    """One message in full: its heads and text, or the pages of a letter; `raw` are its bytes."""

    n: int
    on: dt.date
    at: dt.datetime | None
    key: str
    channel: str
    file: str
    sha256: str
    heads: tuple[tuple[str, str], ...]
    text: str
    raw: bytes
    pdfs: tuple[bytes, ...] = ()
    attached: tuple[Attached, ...] = ()


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an item's account, with what was open after it."""

    on: dt.date
    kind: str
    reference: str
    amount_minor: int
    balance_minor: int


class ItemTold(msgspec.Struct, frozen=True, kw_only=True):
    """One item with its history, as of the day the file speaks for."""

    customer: str
    kind: str
    number: str
    issued_on: dt.date | None
    due_on: dt.date
    currency: str
    amount_minor: int
    open_minor: int
    days_overdue: int
    moves: tuple[Move, ...]
    marks: tuple[str, ...] = ()
    document: str = ""
    po_number: str = ""


class Unapplied(msgspec.Struct, frozen=True, kw_only=True):
    """Money received that is matched to no item."""

    on: dt.date
    reference: str
    currency: str
    amount_minor: int


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """What is owed in one currency."""

    currency: str
    open_minor: int
    overdue_minor: int
    credits_minor: int
    unapplied_minor: int

    @property
    def owed_minor(self) -> int:
        """Return what is owed after credit notes and money on account."""
        return self.open_minor - self.credits_minor - self.unapplied_minor


class EventTold(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the journal, as the annex shows it."""

    id: int
    seal: int
    at: dt.datetime
    actor: str
    verb: str
    refs: str
    commitment: str


class SealTold(msgspec.Struct, frozen=True, kw_only=True):
    """One seal that covers an event of the annex."""

    n: int
    upto: int
    events: int
    at: dt.datetime
    hash: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file: who owes whom, how much, what happened, and what proves it."""

    sender: Sender
    time_zone: str
    organisation: str
    entity: str
    customer: str
    name: str
    address: tuple[str, ...]
    country: str
    family: tuple[str, ...]
    as_of: dt.date
    made_at: dt.datetime
    made_by: str
    totals: tuple[Total, ...]
    items: tuple[ItemTold, ...]
    left_out: int
    unapplied: tuple[Unapplied, ...]
    entries: tuple[Entry, ...]
    exhibits: tuple[Exhibit, ...]
    events: tuple[EventTold, ...]
    seals: tuple[SealTold, ...]
    head: str
    sealed: int
    unsealed: int
    erased: tuple[str, ...] = ()
