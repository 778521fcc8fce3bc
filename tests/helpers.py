"""Rows with defaults and the book they go into; see the top of conftest.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from dunwell.core import rows
from dunwell.core.complaints import Complaint
from dunwell.core.scope import Scope
from dunwell.desk import found, receive
from dunwell.store import models, tx

TODAY = dt.date(2026, 3, 2)  # a Monday
NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
MAIN = found.NewEntity("MAIN", "EUR", "Europe/Berlin", "DE")


def instant(day: dt.date, hour: int = 8) -> dt.datetime:
    """Return a time on a day, in UTC."""
    return dt.datetime.combine(day, dt.time(hour), tzinfo=dt.UTC)


def found_organisation(slug: str, *entities: found.NewEntity, by: str = "anna") -> Scope:
    """Found an organisation; without entities it gets MAIN."""
    return found.run(slug, list(entities) or [MAIN], by=by, now=NOW)


def customer(reference: str = "C-1", **said: Any) -> rows.CustomerRow:
    """A customer in Germany with an address, unless said otherwise."""
    given = {"name": f"Customer {reference}", "country": "DE", "language": "en",
             "email": f"{reference.lower()}@example.com"} | said  # fmt: skip
    return rows.CustomerRow(line=2, reference=reference, **given)


def invoice(
    number: str,
    minor: int = 10_000,
    *,
    customer: str = "C-1",
    due_on: dt.date | None = None,
    kind: str = "invoice",
    currency: str | None = "EUR",
    **said: Any,
) -> rows.ItemRow:
    """An invoice of EUR 100.00 (or another kind of item); `due_on` is 30 days before TODAY."""
    due_on = due_on or TODAY - dt.timedelta(days=30)
    return rows.ItemRow(
        line=2, customer=customer, number=number, kind=kind, amount_minor=minor,
        currency=currency, due_on=due_on, **said,
    )  # fmt: skip


def credit_note(number: str, minor: int, **said: Any) -> rows.ItemRow:
    """A credit note; `applies_to` names the item it reduces."""
    return invoice(number, minor, kind="credit_note", **said)


def payment(
    reference: str,
    minor: int,
    *,
    on: dt.date = TODAY,
    customer: str | None = "C-1",
    items: Sequence[tuple[str, int | None]] = (),
    currency: str | None = "EUR",
    **said: Any,
) -> rows.PaymentRow:
    """Money received; `items` names what it is for, None as amount: as much as is open."""
    return rows.PaymentRow(
        line=2, reference=reference, kind="payment", amount_minor=minor, currency=currency,
        paid_on=on, customer=customer, items=tuple(items), **said,
    )  # fmt: skip


def reversal(reference: str, minor: int, *, reverses: str, on: dt.date = TODAY) -> rows.PaymentRow:
    """A payment taken back."""
    return rows.PaymentRow(
        line=2, reference=reference, kind="reversal", amount_minor=minor, currency="EUR",
        paid_on=on, reverses=reverses,
    )  # fmt: skip


class Part(NamedTuple):
    """A part of a file, as intake hands it over."""

    rows: tuple[Any, ...]
    complaints: tuple[Complaint, ...] = ()


class Book:
    """One organisation's book: rows in by `desk.receive`, balances out."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def take(
        self,
        kind: str,
        *given: Any,
        as_of: dt.date = TODAY,
        now: dt.datetime = NOW,
        file: str = "",
        parts: int = 1,
        **options: Any,
    ) -> receive.Report:
        """Receive one file of rows, in as many parts as asked for; return its report."""
        size = max(1, -(-len(given) // parts))
        batches = [Part(given[i : i + size]) for i in range(0, len(given), size)] or [Part(())]
        return receive.run(
            self.scope, kind, batches, file=file or f"{kind}.csv", sha256="0" * 64, as_of=as_of,
            now=now, **options,
        )  # fmt: skip

    def customers(self, *given: rows.CustomerRow, **options: Any) -> receive.Report:
        """Receive a file of customers."""
        return self.take("customers", *given, **options)

    def items(self, *given: rows.ItemRow, **options: Any) -> receive.Report:
        """Receive a file of items."""
        return self.take("items", *given, **options)

    def payments(self, *given: rows.PaymentRow, **options: Any) -> receive.Report:
        """Receive a file of payments and reversals."""
        return self.take("payments", *given, **options)

    def item(self, number: str, **more: Any) -> models.Item:
        """Return the one item of that number."""
        with tx.transaction_of(self.scope):
            return models.Item.objects.get(
                organisation_id=self.scope.organisation_id, number=number, **more
            )

    def open(self, number: str) -> int:
        """Return what is open of an item, in minor units."""
        return self.item(number).open_minor

    def payment(self, reference: str) -> models.Payment:
        """Return the payment of that reference."""
        with tx.transaction_of(self.scope):
            return models.Payment.objects.get(
                organisation_id=self.scope.organisation_id, reference=reference
            )
