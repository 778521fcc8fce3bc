"""The kinds of files and their columns: what is required, what shape each has, what identifies.

A table and nothing else. `shape` names how a cell is read (`values`); `limit` is the longest
text the book keeps. Origin: DATA.md 3.4, 3.5.
"""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """One column: `to` is the row's field, where that has another name than the column."""

    name: str
    shape: str
    limit: int = 0
    to: str = ""


class Kind(NamedTuple):
    """One kind of file: its columns, and which of them together identify a row."""

    name: str
    one: str
    fields: tuple[Field, ...]
    required: tuple[str, ...]
    identity: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return all column names, in the order the reference lists them."""
        return tuple(f.name for f in self.fields)


_ENTITY = Field("entity", "code", 40)
_CUSTOMER = Field("customer", "code", 100)
_CURRENCY = Field("currency", "currency")

_CUSTOMERS = Kind("customers", "customer", (
    Field("reference", "code", 100),
    Field("name", "text", 200),
    _ENTITY,
    Field("language", "language"),
    Field("country", "country"),
    Field("region", "text", 100),
    Field("time_zone", "time_zone"),
    _CURRENCY,
    Field("terms_days", "terms"),
    Field("account_owner", "text", 100),
    Field("annual_revenue", "amount", to="annual_revenue_minor"),
    Field("strategic", "yes_no"),
    Field("natural_person", "yes_no"),
    Field("segment", "code", 40),
    Field("history_grade", "grade"),
    Field("credit_limit", "amount", to="credit_limit_minor"),
    Field("payment_method", "code", 40),
    Field("parent", "code", 100),
    Field("pays_via_parent", "yes_no"),
    Field("email", "email", 254),
    Field("phone", "phone", 60),
), ("reference",), ("reference",))  # fmt: skip

_CONTACTS = Kind("contacts", "contact", (
    _CUSTOMER,
    Field("name", "text", 200),
    Field("role", "role"),
    Field("email", "email", 254),
    Field("phone", "phone", 60),
    Field("mobile", "phone", 60),
    Field("address", "lines", 1000),
    Field("language", "language"),
    Field("consent", "consent"),
    Field("best_time", "text", 40),
), ("customer",), ("customer", "role", "name"))  # fmt: skip

_ITEMS = Kind("items", "item", (
    _ENTITY,
    _CUSTOMER,
    Field("number", "code", 100),
    Field("part", "code", 20),
    Field("kind", "item_kind"),
    Field("issued_on", "date"),
    Field("due_on", "date"),
    Field("terms", "terms", to="terms_days"),
    Field("amount", "amount", to="amount_minor"),
    Field("open_amount", "amount", to="open_minor"),
    _CURRENCY,
    Field("applies_to", "code", 100),
    Field("po_number", "text", 100),
    Field("description", "lines", 500),
    Field("document", "text", 500),
    Field("payment_method", "code", 40),
), ("customer", "number", "amount"), ("entity", "customer", "kind", "number", "part"))  # fmt: skip

_PAYMENTS = Kind("payments", "payment", (
    _ENTITY,
    Field("customer", "code", 100),
    Field("reference", "code", 200),
    Field("kind", "payment_kind"),
    Field("reverses", "code", 200),
    Field("paid_on", "date"),
    Field("amount", "amount", to="amount_minor"),
    _CURRENCY,
    Field("items", "named_amounts", 20_000),
), ("reference", "amount"), ("entity", "reference"))  # fmt: skip

_HISTORY = Kind("history", "contact made", (
    _ENTITY,
    _CUSTOMER,
    Field("item", "code", 121),
    Field("step", "code", 42),
    Field("tone", "tone"),
    Field("date", "date", to="on"),
    Field("channel", "channel"),
), ("customer", "date"),
    ("entity", "customer", "item", "step", "tone", "date", "channel"))  # fmt: skip

_RATES = Kind("rates", "rate", (
    _CURRENCY,
    Field("base", "currency"),
    Field("date", "date", to="on"),
    Field("rate", "rate", 40),
), ("currency", "date", "rate"), ("currency", "base", "date"))  # fmt: skip

_ORDERS = Kind("orders", "order", (
    _ENTITY,
    _CUSTOMER,
    Field("number", "code", 100),
    Field("ordered_on", "date"),
    Field("amount", "amount", to="amount_minor"),
    _CURRENCY,
    Field("status", "text", 40),
), ("customer", "number", "amount"), ("entity", "customer", "number"))  # fmt: skip

ALL = {k.name: k for k in (_CUSTOMERS, _CONTACTS, _ITEMS, _PAYMENTS, _HISTORY, _RATES, _ORDERS)}
KINDS = tuple(ALL)
