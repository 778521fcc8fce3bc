"""The nouns of one case as a frozen picture: what `decide` may look at, and nothing else.

Facts hold ids, codes, amounts and dates; no names, no addresses (DATA.md 1.2), so they can be
kept with the decision they led to and replayed a year later. All amounts are integer minor
units and positive; an item's kind gives the sign. Calendars travel by reference.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

from dunwell.core import workdays

RULES = 1
"""Raised whenever the core decides differently on the same facts and policy (DATA.md 1.2)."""

DEBITS = frozenset({"invoice", "instalment", "debit_note", "claim"})
TONES = ("friendly", "urgent", "firm", "severe", "formal")
STERN = frozenset(TONES[1:])


def harshness(tone: str) -> int:
    """Return how harsh a tone is: friendly 0 … formal 4 (SEMANTICS 1)."""
    return TONES.index(tone)


class Taken(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A step an item has taken: confirmed by the world on `on`, at the item's own ladder.

    `phase` is pre_due, due or overdue; `named_on` the pay-by or respond-by date it named.
    """

    step: str
    on: dt.date
    tone: str = "friendly"
    phase: str = "overdue"
    named_on: dt.date | None = None


class Item(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One amount on account, as of the facts' day. `id` is the store's key of the item.

    `taken` holds live steps only (a due date corrected to later voids them), oldest first.
    `back_from`…: days on which it was paid by a payment later reversed, as closed intervals.
    `paid` (date, minor) explains how the open amount came about; loaded only where a stop
    covers a part of the item. `go_live_on`: the day its book first came in, if it was overdue
    then. `method`: how it is paid, where known (direct_debit, card, transfer). `child`: the
    reference of the customer it belongs to, where another one pays (SEMANTICS 1, Customer).
    """

    id: int
    number: str
    kind: str
    currency: str
    due_on: dt.date
    amount_minor: int
    open_minor: int
    issued_on: dt.date | None = None
    part: str = ""
    taken: tuple[Taken, ...] = ()
    paid_gaps: tuple[tuple[dt.date, dt.date], ...] = ()
    paid: tuple[tuple[dt.date, int], ...] = ()
    applies_to: str = ""
    go_live_on: dt.date | None = None
    method: str = ""
    child: str = ""

    @property
    def label(self) -> str:
        """The number people know it by; instalments as number/part."""
        return f"{self.number}/{self.part}" if self.part else self.number


class Stop(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Whatever keeps items or a customer from being chased (SEMANTICS 1, 3, 7, 11).

    `kind`: hold, commercial_pause, hardship, dispute, promise, plan, insolvency,
    legal_representation, ceased, placement, reply_unread, automatic_collection, undelivered,
    moved_out, closed, written_off.
    Covers from `from_on` through `until_on` (None: open), both included; `items` holds
    (item id, amount or None for the whole); empty means every item of the case.
    `clock_until_on`: last day that stops the clock, where covering goes on longer (a rejected
    dispute); `gives_back`: its days count after all (a promise broken, a plan in default);
    A stop covers items that come later only when `items` is empty.
    """

    id: int
    kind: str
    from_on: dt.date
    until_on: dt.date | None = None
    items: tuple[tuple[int, int | None], ...] = ()
    clock_until_on: dt.date | None = None
    gives_back: bool = False


class Instalment(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The n-th of a running plan's instalments, still to come and not reminded of (7, Plan).

    `stop` is the plan's own stop, `open_minor` what of `amount_minor` has not come in yet.
    """

    stop: int
    n: int
    of: int
    due_on: dt.date
    currency: str
    amount_minor: int
    open_minor: int


class Outreach(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A demand or reminder that reached the customer, by machine or by hand (SEMANTICS 4.5)."""

    on: dt.date
    tone: str
    channel: str
    reached: bool = True


class Flight(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """An action recorded and not yet confirmed or failed; `state` ready … unknown."""

    key: str
    step: str
    channel: str
    state: str
    on: dt.date
    takes_step: bool = True


class Approval(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A question put to a role about one step or outcome, and its answer.

    `what`: notice, suspension, credit_hold, terms, placement, legal_referral, write_off …
    `state`: asked, granted, refused. `until_on`: refused, when to look again. `items` are those
    it was asked for, `amounts` the most that was (currency, minor): no more is approved.
    """

    what: str
    step: str
    asked_on: dt.date
    state: str = "asked"
    decided_on: dt.date | None = None
    until_on: dt.date | None = None
    items: tuple[int, ...] = ()
    amounts: tuple[tuple[str, int], ...] = ()


class Done(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Something a step may require: kind call, attempt, reply, plan_default, final_demand …"""

    kind: str
    on: dt.date
    channel: str = ""


ROLES = {"ap": "accounts payable", "alternate": "alternate contact"}
"""Roles of contacts as people say them, where the code is no word."""


class Route(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A way to reach a contact that is valid and consented to; no address, only its id."""

    role: str
    channel: str
    contact: int


class Limits(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What the law allows toward a natural person, and what was done, over all entities (4.5).

    `calls` are the days of the calls tried in the last seven, one a call; `talked_on` the last
    day somebody was reached; `opens` and `closes` the hours of contact as HH:MM, in their zone.
    """

    calls_in_7_days: int | None = None
    days_after_conversation: int = 0
    opens: str = ""
    closes: str = ""
    calls: tuple[dt.date, ...] = ()
    talked_on: dt.date | None = None


class Facts(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The frozen picture of one case (one customer of one entity) as of a date.

    `case_no` counts this customer's cases at this entity from 1; 0 while none has opened.
    `segment`, `grade` and `likelihood` are dated facts recorded by their own pass.
    `waiting_since` holds (step, day) pairs: since when a step waits for a requirement or an
    approval. `rates` holds (currency, decimal text) into the base currency, as of the day.
    `data_to`: the day the youngest complete feed speaks for; `is_stale` is the run's gate.
    `ceased`: the channels (email, phone, sms) by which the customer wants no contact.
    """

    organisation: str
    entity: str
    customer: str
    base_currency: str
    calendar: workdays.Calendar
    entity_calendar: workdays.Calendar
    time_zone: str = "UTC"
    case_no: int = 0
    has_open_case: bool = False
    segment: str = "standard"
    grade: str = "unknown"
    cadence: str = ""
    natural_person: bool = False
    items: tuple[Item, ...] = ()
    unapplied: tuple[tuple[str, int], ...] = ()
    stops: tuple[Stop, ...] = ()
    outreach: tuple[Outreach, ...] = ()
    flights: tuple[Flight, ...] = ()
    approvals: tuple[Approval, ...] = ()
    done: tuple[Done, ...] = ()
    routes: tuple[Route, ...] = ()
    rates: tuple[tuple[str, str], ...] = ()
    waiting_since: tuple[tuple[str, dt.date], ...] = ()
    last_payment_on: dt.date | None = None
    attempts: tuple[tuple[str, int], ...] = ()
    brought_forward: tuple[str, ...] = ()
    ceased: tuple[str, ...] = ()
    share_paid_30: int | None = None
    is_stale: bool = False
    limits: Limits | None = None
    instalments: tuple[Instalment, ...] = ()


def _to_plain(value: Any) -> Any:
    if isinstance(value, workdays.Calendar):
        return value.ref
    raise NotImplementedError(type(value).__name__)


def taken_text(taken: Iterable[Taken]) -> str:
    """Write steps taken as one line each, as an item's own row carries them.

    >>> taken_text([Taken("first_reminder", dt.date(2026, 3, 3))])
    'first_reminder|2026-03-03|friendly|overdue|'
    """
    return "\n".join(f"{t.step}|{t.on}|{t.tone}|{t.phase}|{t.named_on or ''}" for t in taken)


@lru_cache(maxsize=65_536)
def taken_from(text: str) -> tuple[Taken, ...]:
    """Read what `taken_text` wrote.

    >>> taken_from("first_reminder|2026-03-03|friendly|overdue|")[0].on
    datetime.date(2026, 3, 3)
    """
    if not text:
        return ()
    day = dt.date.fromisoformat
    return tuple(
        Taken(step, day(on), tone, phase, day(named_on) if named_on else None)
        for step, on, tone, phase, named_on in (line.split("|") for line in text.split("\n"))
    )


_encoder = msgspec.json.Encoder(enc_hook=_to_plain)


def canonical(facts: Facts) -> bytes:
    """Return the facts as canonical JSON: the same facts, the same bytes."""
    return _encoder.encode(facts)


def restore(data: bytes, *, calendars: dict[str, workdays.Calendar]) -> Facts:
    """Return the facts a decision saw, from its canonical JSON.

    Raises: KeyError when a calendar version it names is missing.
    """

    def to_calendar(kind: type, value: Any) -> Any:
        if kind is workdays.Calendar:
            return calendars[value]
        raise NotImplementedError(kind.__name__)

    return msgspec.json.decode(data, type=Facts, dec_hook=to_calendar)
