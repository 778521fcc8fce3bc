"""The typed rows that intake reads from files and the desk receives.

Pure values: intake makes them, `desk.receive` stores them. Amounts are integer minor units
of `currency` (see `money.exponent`); dates are plain dates. Columns and their meaning:
DATA.md 3.4 and docs/reference/files.md. `line` is where the row stood in its file.
"""

from __future__ import annotations

import datetime as dt

import msgspec


class CustomerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One customer. None means "the file says nothing about this", not "empty"."""

    line: int
    reference: str
    name: str | None = None
    entity: str | None = None
    language: str | None = None  # ISO 639-1, lower case
    country: str | None = None  # ISO 3166-1 alpha-2, upper case
    region: str | None = None
    time_zone: str | None = None  # IANA name
    currency: str | None = None  # ISO 4217
    terms_days: int | None = None
    account_owner: str | None = None
    annual_revenue_minor: int | None = None  # in `currency`, else the entity's base currency
    strategic: bool | None = None
    natural_person: bool | None = None
    segment: str | None = None
    history_grade: str | None = None
    credit_limit_minor: int | None = None
    payment_method: str | None = None
    parent: str | None = None
    pays_via_parent: bool | None = None
    email: str | None = None
    phone: str | None = None


class ContactRow(msgspec.Struct, frozen=True, kw_only=True):
    """One person at a customer."""

    line: int
    customer: str
    name: str | None = None
    role: str | None = None  # ap buyer manager owner executive legal alternate
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    address: str | None = None  # lines separated by "\n"
    language: str | None = None
    consent: str | None = None  # space-separated channels, "none", or None (not said)
    best_time: str | None = None


class ItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """One item on account. `amount_minor` is positive; `kind` gives the sign.

    `due_derived` is True when the file had no due date and it was made from terms.
    `due_on` may be None when neither the row nor its terms say; the desk then uses the
    customer's or entity's terms.
    """

    line: int
    customer: str
    number: str
    kind: str  # invoice instalment debit_note credit_note claim
    amount_minor: int
    currency: str | None
    entity: str | None = None
    part: str = ""
    issued_on: dt.date | None = None
    due_on: dt.date | None = None
    due_derived: bool = False
    terms_days: int | None = None
    open_minor: int | None = None  # None: the whole amount, less known payments
    applies_to: str | None = None
    po_number: str | None = None
    description: str | None = None
    document: str | None = None
    payment_method: str | None = None


class PaymentRow(msgspec.Struct, frozen=True, kw_only=True):
    """Money received, or (kind "reversal") a payment taken back.

    `items` holds (item number, amount_minor or None for "as much as is open") pairs.
    """

    line: int
    reference: str
    kind: str  # payment reversal
    amount_minor: int
    currency: str | None
    paid_on: dt.date | None
    customer: str | None = None
    entity: str | None = None
    reverses: str | None = None
    items: tuple[tuple[str, int | None], ...] = ()


class HistoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """A contact already made with the old system; counts as a step taken (SEMANTICS 4.8)."""

    line: int
    customer: str
    on: dt.date
    item: str | None = None
    step: str | None = None
    tone: str | None = None
    channel: str | None = None
    entity: str | None = None


class RateRow(msgspec.Struct, frozen=True, kw_only=True):
    """One dated exchange rate: 1 unit of `currency` is `rate` units of `base`."""

    line: int
    currency: str
    base: str
    on: dt.date
    rate: str  # exact decimal text


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """One open sales order, shown as leverage beside a credit hold."""

    line: int
    customer: str
    number: str
    amount_minor: int
    currency: str | None
    ordered_on: dt.date | None = None
    entity: str | None = None
    status: str | None = None


Row = CustomerRow | ContactRow | ItemRow | PaymentRow | HistoryRow | RateRow | OrderRow
