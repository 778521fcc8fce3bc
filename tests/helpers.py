"""Rows with defaults and the book they go into; see the top of conftest.py."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from dunwell.core import rows
from dunwell.core.complaints import Complaint
from dunwell.core.scope import Scope
from dunwell.desk import found, receive
from dunwell.store import models, tx
from dunwell.store.records import ledger, setup

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


def bare_organisation(slug: str) -> Scope:
    """Make an organisation with MAIN and no policy: quick, and enough for its book."""
    scope = setup.record_organisation(slug, name=slug, actor="anna")
    setup.record_entity(
        scope, MAIN.code, name=MAIN.code, currency=MAIN.currency, time_zone=MAIN.time_zone,
        country=MAIN.country, policy=MAIN.policy, at=NOW,
    )  # fmt: skip
    return scope


def cache_faults(scope: Scope) -> list[str]:
    """Recompute every cache of the book, and say where one differs (DATA.md 1.6)."""
    faults: list[str] = []
    mine = {"organisation_id": scope.organisation_id}
    with tx.transaction_of(scope):
        moves = list(models.Allocation.objects.filter(**mine))
        items = list(models.Item.objects.filter(**mine))
        payments = list(models.Payment.objects.filter(**mine))
        bins = {
            (b.entity_id, b.currency, b.due_on, b.kind): (b.open_minor, b.n)
            for b in models.DueBin.objects.filter(**mine)
            if b.open_minor or b.n
        }
    sums: dict[tuple[int, str, dt.date, str], tuple[int, int]] = {}
    for item in items:
        own = [(m.on, m.amount_minor) for m in moves if m.item_id == item.pk]
        if item.open_minor != item.amount_minor - sum(m for _, m in own):
            faults.append(f"{item.number}: open {item.open_minor}, allocated {own}")
        if not 0 <= item.open_minor <= item.amount_minor:
            faults.append(f"{item.number}: open {item.open_minor} of {item.amount_minor}")
        if item.closed_on != (None if item.open_minor else ledger.settled_on(own)):
            faults.append(f"{item.number}: closed on {item.closed_on}, allocated {own}")
        if item.open_minor:
            key = (item.entity_id, item.currency, item.due_on, item.kind)
            minor, n = sums.get(key, (0, 0))
            sums[key] = (minor + item.open_minor, n + 1)
    for one in payments:
        allocated = sum(m.amount_minor for m in moves if m.payment_id == one.pk)
        received = 0 if one.reversed_on or one.kind == "reversal" else one.amount_minor
        if allocated + one.unapplied_minor != received:
            faults.append(f"{one.reference}: {allocated} + {one.unapplied_minor} of {received}")
    if bins != sums:
        faults.append(f"bins {bins} are not the sums {sums}")
    return faults


def fingerprint(scope: Scope) -> dict[str, Any]:
    """Return all a book says, without ids, so that two books can be compared."""
    mine = {"organisation_id": scope.organisation_id}
    with tx.transaction_of(scope):
        items = models.Item.objects.filter(**mine).select_related("entity", "customer")
        payments = models.Payment.objects.filter(**mine).select_related("entity", "customer")
        moves = models.Allocation.objects.filter(**mine).select_related("item", "payment")
        return {
            "customers": sorted(
                models.Customer.objects.filter(**mine).values_list("reference", "country")
            ),
            "items": sorted(
                (i.entity.code, i.customer.reference, i.kind, i.number, i.part, i.due_on,
                 i.currency, i.amount_minor, i.open_minor, str(i.closed_on), i.is_plain)
                for i in items
            ),
            "payments": sorted(
                (p.entity.code, p.customer.reference if p.customer else "", p.reference, p.kind,
                 p.amount_minor, p.unapplied_minor, str(p.reversed_on))
                for p in payments
            ),
            "allocations": sorted(
                (m.item.number, m.item.part, m.payment.reference if m.payment else "", m.on,
                 m.amount_minor, m.source)
                for m in moves
            ),
            "bins": sorted(
                models.DueBin.objects.filter(**mine)
                .exclude(open_minor=0, n=0)
                .values_list("entity__code", "currency", "due_on", "kind", "open_minor", "n")
            ),
        }  # fmt: skip


def beside(work: Callable[[], None]) -> threading.Thread:
    """Run work on a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread
