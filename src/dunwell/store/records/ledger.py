"""Open amounts and what they follow from: whoever allocates does it here.

Three things hold after every transaction, and `doctor` recomputes them (DATA.md 1.6):
an item's `open_minor` is its amount less what is allocated to it; its `closed_on` is the last
day on which that sum changed, or none while anything is open; a payment's `unapplied_minor` is
its amount less its allocations, or nothing once it is taken back. Allocations are appended,
never changed: one is taken back by its negative, on a day of its own. Rows are locked in the
order of their ids, so that two writers wait for each other and lose nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Q

from dunwell.core.scope import Scope
from dunwell.store import models
from dunwell.store.rewrite import rewrite

Key = tuple[int, str, dt.date, str]


def settled_on(moves: Iterable[tuple[dt.date, int]]) -> dt.date | None:
    """Return the last day on which the sum of what was allocated changed, or None.

    >>> paid, listed = dt.date(2026, 3, 5), dt.date(2026, 3, 20)
    >>> settled_on([(listed, 100), (listed, -100), (paid, 100)])
    datetime.date(2026, 3, 5)
    """
    return max((day for day, minor in _by_day(moves).items() if minor), default=None)


def _by_day(moves: Iterable[tuple[dt.date, int]]) -> dict[dt.date, int]:
    days: dict[dt.date, int] = {}
    for day, minor in moves:
        days[day] = days.get(day, 0) + minor
    return days


class Ledger:
    """The items and payments of one transaction, and what is allocated between them."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.items: dict[int, models.Item] = {}
        self.bins = Bins(scope)
        self._moves: dict[int, list[models.Allocation]] = {}
        self._before: dict[int, tuple[str, dt.date, str, int]] = {}
        self._fresh: list[models.Allocation] = []
        self._changed: set[int] = set()
        self._payments: dict[int, models.Payment] = {}
        self._changed_payments: set[int] = set()

    def lock(self, where: Q) -> list[models.Item]:
        """Load and lock items with all that is allocated to them, in the order of their ids."""
        found = list(
            models.Item.objects.select_for_update()
            .filter(where, organisation_id=self.scope.organisation_id)
            .order_by("pk")
        )
        new = [i for i in found if i.pk not in self.items]
        for item in new:
            self.items[item.pk], self._moves[item.pk] = item, []
            self._before[item.pk] = _place_of(item)
        for move in models.Allocation.objects.filter(
            organisation_id=self.scope.organisation_id, item_id__in=[i.pk for i in new]
        ).order_by("pk"):
            self._moves[move.item_id].append(move)
        return [self.items[i.pk] for i in found]

    def lock_payments(self, where: Q) -> list[models.Payment]:
        """Load and lock payments, in the order of their ids."""
        found = list(
            models.Payment.objects.select_for_update()
            .filter(where, organisation_id=self.scope.organisation_id)
            .order_by("pk")
        )
        for payment in found:
            self._payments.setdefault(payment.pk, payment)
        return [self._payments[p.pk] for p in found]

    def adopt(self, payments: Iterable[models.Payment]) -> None:
        """Take in payments that were just recorded."""
        self._payments |= {p.pk: p for p in payments}

    def begin(self, item: models.Item, *, on: dt.date) -> None:
        """Take in an item that was just recorded; what had been paid of it stands as opening."""
        self.bins.add(item.entity_id, *_place_of(item))
        if item.open_minor < item.amount_minor:
            paid = item.amount_minor - item.open_minor
            self._fresh.append(self._allocation(item, paid, on, None, "opening"))

    def allocate(
        self,
        item: models.Item,
        minor: int,
        *,
        on: dt.date,
        payment: models.Payment | None = None,
        source: str = "",
    ) -> None:
        """Match an amount to an item; may be negative. Without a payment it stands as opening,
        unless its source is said: waived, for a claim that was given up.
        """
        said = source or ("payment" if payment else "opening")
        move = self._allocation(item, minor, on, payment, said)
        self._fresh.append(move)
        self._moves[item.pk].append(move)
        self._changed.add(item.pk)
        item.open_minor -= minor
        if payment is not None:
            payment.unapplied_minor -= minor
            self.keep(payment)

    def touch(self, item: models.Item) -> None:
        """Keep that something else about an item changed: its amount, its due date."""
        self._changed.add(item.pk)

    def keep(self, payment: models.Payment) -> None:
        """Keep that something about a payment changed: whose it is, that it was taken back."""
        self._changed_payments.add(payment.pk)

    def openings(self, item: models.Item) -> list[tuple[dt.date, int]]:
        """Return what stands as opening by day, the newest first."""
        found = _by_day(
            (m.on, m.amount_minor) for m in self._moves[item.pk] if m.payment_id is None
        )
        return sorted(((d, m) for d, m in found.items() if m), reverse=True)

    def paid_by(self, payment: models.Payment) -> list[tuple[models.Item, int]]:
        """Return the items a payment stands for and how much of it, locked."""
        ids = set(
            models.Allocation.objects.filter(
                organisation_id=self.scope.organisation_id, payment=payment
            ).values_list("item_id", flat=True)
        ) | {m.item_id for m in self._fresh if m.payment_id == payment.pk}
        self.lock(Q(pk__in=ids))
        sums = [
            (
                self.items[i],
                sum(m.amount_minor for m in self._moves[i] if m.payment_id == payment.pk),
            )
            for i in sorted(ids)
        ]
        return [(item, minor) for item, minor in sums if minor]

    def has_cash(self, item: models.Item) -> bool:
        """Tell whether a payment is allocated to an item."""
        return any(m.payment_id is not None for m in self._moves[item.pk])

    def give_back(self, item: models.Item) -> None:
        """Let go of what is allocated beyond an item's amount, the newest first.

        An item corrected to less than was paid leaves the rest unapplied, as of the day it was
        paid: with what is known now, no more was ever needed.
        """
        ids = {m.payment_id for m in self._moves[item.pk] if m.payment_id is not None}
        payments = {p.pk: p for p in self.lock_payments(Q(pk__in=ids))}
        sums: dict[tuple[dt.date, int], int] = {}
        for move in self._moves[item.pk]:
            key = (move.on, move.payment_id or 0)
            sums[key] = sums.get(key, 0) + move.amount_minor
        for (on, payment_id), minor in sorted(sums.items(), reverse=True):
            cut = min(minor, -item.open_minor)
            if cut > 0:
                self.allocate(item, -cut, on=on, payment=payments.get(payment_id))

    def record(self, *fields: str) -> None:
        """Write the allocations, the items they changed with these fields, payments and bins."""
        models.Allocation.objects.bulk_create(self._fresh, batch_size=500)
        changed = [self.items[pk] for pk in sorted(self._changed)]
        for item in changed:
            assert 0 <= item.open_minor <= item.amount_minor, f"item {item.pk} is overpaid"
            moves = ((m.on, m.amount_minor) for m in self._moves[item.pk])
            item.closed_on = settled_on(moves) if item.open_minor == 0 else None
            self.bins.move(item.entity_id, self._before[item.pk], _place_of(item))
            self._before[item.pk] = _place_of(item)
        rewrite(changed, ["open_minor", "closed_on", *fields])
        payments = [self._payments[pk] for pk in sorted(self._changed_payments)]
        rewrite(payments, ["unapplied_minor", "reversed_on", "customer"])
        self.bins.record()
        self._fresh, self._changed, self._changed_payments = [], set(), set()

    def _allocation(
        self,
        item: models.Item,
        minor: int,
        on: dt.date,
        payment: models.Payment | None,
        source: str,
    ) -> models.Allocation:
        return models.Allocation(
            organisation_id=self.scope.organisation_id,
            item=item,
            payment=payment,
            amount_minor=minor,
            on=on,
            source=source,
        )


def _place_of(item: models.Item) -> tuple[str, dt.date, str, int]:
    return (item.currency, item.due_on, item.kind, item.open_minor)


class Bins:
    """Open amounts by due date, gathered and written with the rows they follow from."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._shifts: dict[Key, tuple[int, int]] = {}

    def add(
        self, entity: int, currency: str, due_on: dt.date, kind: str, minor: int, sign: int = 1
    ) -> None:
        """Count an open amount in (or, with sign -1, out)."""
        if minor:
            key = (entity, currency, due_on, kind)
            open_minor, n = self._shifts.get(key, (0, 0))
            self._shifts[key] = (open_minor + sign * minor, n + sign)

    def move(
        self,
        entity: int,
        before: tuple[str, dt.date, str, int],
        after: tuple[str, dt.date, str, int],
    ) -> None:
        """Count an amount out of where it was and in where it is."""
        self.add(entity, *before, sign=-1)
        self.add(entity, *after)

    def record(self) -> None:
        """Write the shifts gathered since the last time, in an order all writers share."""
        shifts: list[tuple[Any, ...]] = [
            (self.scope.organisation_id, entity, currency, due_on.isoformat(), kind, minor, n)
            for (entity, currency, due_on, kind), (minor, n) in sorted(self._shifts.items())
            if minor or n
        ]
        self._shifts = {}
        if shifts:
            with connection.cursor() as cursor:
                cursor.executemany(_SHIFT, shifts)


_SHIFT = (
    "INSERT INTO due_bin (organisation_id, entity_id, currency, due_on, kind, open_minor, n)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (organisation_id, entity_id, currency, due_on, kind) DO UPDATE SET"
    " open_minor = due_bin.open_minor + excluded.open_minor, n = due_bin.n + excluded.n"
)
