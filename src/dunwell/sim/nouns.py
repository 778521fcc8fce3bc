"""What a made-up book consists of, beyond the rows that files carry.

`core.rows` has the types that go into files. Here stand the things a file cannot say: who
the entities are, what is already in dispute or promised, and the hidden habits by which
customers pay. Only the simulator and tests may look at habits; the desk must learn them.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from dunwell.core import rows
from dunwell.sim.habits import Habit

ItemKey = tuple[str, str, str, str, str]
"""(entity, customer, kind, number, part): what identifies an item (DATA.md 3.5)."""


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """One of our companies, and where its customers are.

    `markets` holds (country, weight) pairs; `second` the other currencies it bills in. An
    empty `code` leaves the entity columns empty, for a home that has one entity only.
    """

    code: str
    name: str
    currency: str
    country: str
    time_zone: str
    language: str
    markets: tuple[tuple[str, int], ...]
    second: tuple[str, ...] = ()
    weight: int = 1
    address: str = ""
    email: str = ""
    phone: str = ""


class Casework(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person at the desk knows: no accounting file has a column for it.

    `kind`: dispute, promise, hold, insolvency, legal_representation, ceased, bounced.
    `items` holds (item label, amount_minor or None for all of it); empty means the customer.
    `until_on`: a promise's day, a hold's last day. `ended_on` and `outcome` close what was
    opened earlier. `route` is the address that bounced.
    """

    line: int
    kind: str
    customer: str
    entity: str | None
    on: dt.date
    items: tuple[tuple[str, int | None], ...] = ()
    amount_minor: int | None = None
    currency: str | None = None
    until_on: dt.date | None = None
    ended_on: dt.date | None = None
    outcome: str | None = None
    reason: str | None = None
    route: str | None = None


class Book(msgspec.Struct, kw_only=True):
    """A whole ledger as of one day, with the habits that made it (hidden from files)."""

    seed: int
    as_of: dt.date
    entities: tuple[Entity, ...]
    customers: list[rows.CustomerRow]
    contacts: list[rows.ContactRow]
    items: list[rows.ItemRow]
    payments: list[rows.PaymentRow]
    history: list[rows.HistoryRow]
    rates: list[rows.RateRow]
    orders: list[rows.OrderRow]
    casework: list[Casework]
    habits: dict[str, Habit]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: rows in each file, and totals per currency in minor units.

    `amount_minor` and `open_minor` are of items.csv, credit notes negative: the control totals.
    `received_minor` is of payments.csv, reversals negative; `unapplied_minor` the part of it
    that no allocation explains. `overdue_minor` counts debits due before `as_of`.
    """

    seed: int
    as_of: dt.date
    entities: tuple[str, ...]
    counts: dict[str, int]
    open_items: int
    overdue_items: int
    amount_minor: dict[str, int]
    open_minor: dict[str, int]
    overdue_minor: dict[str, int]
    received_minor: dict[str, int]
    unapplied_minor: dict[str, int]


def label(row: rows.ItemRow) -> str:
    """Return the number people know an item by; instalments as number/part."""
    return f"{row.number}/{row.part}" if row.part else row.number


def key_of(row: rows.ItemRow) -> ItemKey:
    """Return what identifies an item."""
    return (row.entity or "", row.customer, row.kind, row.number, row.part)


class Contacted(msgspec.Struct, frozen=True, kw_only=True):
    """One contact we made, told to the world so that customers can react to it.

    `items` holds item labels; empty means all that is overdue. `channel`: email, letter, call.
    """

    customer: str
    entity: str
    tone: str
    channel: str = "email"
    items: tuple[str, ...] = ()


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer wrote, with what it meant (SEMANTICS 11), for checking a reader."""

    customer: str
    entity: str
    received_on: dt.date
    sender: str
    language: str
    intent: str
    text: str
    items: tuple[str, ...] = ()
    promised_on: dt.date | None = None
    amount_minor: int | None = None
    currency: str | None = None
    reason: str | None = None


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What came of ringing a customer up: an outcome (SEMANTICS 6.6), and what it meant."""

    outcome: str
    intent: str = ""
    items: tuple[str, ...] = ()
    promised_on: dt.date | None = None
    reason: str | None = None


class DayEvents(msgspec.Struct, kw_only=True):
    """All that reaches us on one day. `payments` and `reversals` are what the bank file holds.

    `late_bank_file`: today's file did not come; its rows stand in a later day's lists.
    `double_import`: somebody imports today's files twice; nothing must change by that.
    `overpaid`: references of payments that are deliberately more than was owed.
    """

    on: dt.date
    items: list[rows.ItemRow] = msgspec.field(default_factory=list)
    credit_notes: list[rows.ItemRow] = msgspec.field(default_factory=list)
    payments: list[rows.PaymentRow] = msgspec.field(default_factory=list)
    reversals: list[rows.PaymentRow] = msgspec.field(default_factory=list)
    disputes: list[Casework] = msgspec.field(default_factory=list)
    promises: list[Casework] = msgspec.field(default_factory=list)
    stops: list[Casework] = msgspec.field(default_factory=list)
    replies: list[Reply] = msgspec.field(default_factory=list)
    customers: list[rows.CustomerRow] = msgspec.field(default_factory=list)
    contacts: list[rows.ContactRow] = msgspec.field(default_factory=list)
    rates: list[rows.RateRow] = msgspec.field(default_factory=list)
    late_bank_file: bool = False
    double_import: bool = False
    overpaid: list[str] = msgspec.field(default_factory=list)
