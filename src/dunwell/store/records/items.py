"""Items as files bring them (DATA.md 3.5).

An item is (entity, customer, kind, number, part); a row that comes again changes only what it
says, and what stood before goes to `history`. `open_amount` states the ledger's open balance:
what had been paid before stands as one opening allocation, so that money is conserved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from dunwell.core import book, rows
from dunwell.core.complaints import Complaint
from dunwell.core.scope import Scope
from dunwell.store import models
from dunwell.store.records import people
from dunwell.store.records.cash import reopen
from dunwell.store.records.inbound import Inbound, Outcome
from dunwell.store.records.ledger import Ledger

ItemKey = tuple[int, int, str, str, str]
_SAID = ("issued_on", "applies_to", "po_number", "payment_method", "description", "document")
_WRITTEN = (*_SAID, "due_on", "due_derived", "currency", "amount_minor", "is_plain", "taken",
            "step", "step_on", "paid_gaps")  # fmt: skip


def upsert_items(scope: Scope, batch: Sequence[rows.ItemRow], inbound: Inbound) -> Outcome:
    """Create or correct items inside the caller's transaction."""
    customers, stubs = people.ensure(scope, {r.customer for r in batch})
    items = _Items(scope, inbound, customers)
    items.counts["stub_customers"] = stubs
    items.find(batch)
    for row in batch:
        items.take(row)
    items.record()
    return Outcome(items.counts, items.complaints, items.touched)


class _Items:
    """One batch of items: those that are new, those known and locked, and what was said."""

    def __init__(
        self, scope: Scope, inbound: Inbound, customers: dict[str, models.Customer]
    ) -> None:
        self.scope, self.inbound, self.customers = scope, inbound, customers
        self.ledger = Ledger(scope)
        self.counts = dict.fromkeys(("created", "changed", "unchanged", "stub_customers"), 0)
        self.complaints: list[Complaint] = []
        self.touched: set[tuple[int, int]] = set()
        self._known: dict[ItemKey, models.Item] = {}
        self._fresh: dict[ItemKey, models.Item] = {}
        self._history: list[models.History] = []

    def find(self, batch: Sequence[rows.ItemRow]) -> None:
        """Lock the items the rows are about, as far as they are known."""
        where = Q(
            entity_id__in={e.pk for e in self.inbound.entities.values()},
            customer_id__in={c.pk for c in self.customers.values()},
            number__in={r.number for r in batch},
        )
        for item in self.ledger.lock(where):
            self._known[_key(item)] = item

    def take(self, row: rows.ItemRow) -> None:
        """Create or correct the item one row is about."""
        entity, customer = self.inbound.entity(row.entity), self.customers[row.customer]
        due_on, is_derived = _due_on(row, customer, entity)
        key = (entity.pk, customer.pk, row.kind, row.number, row.part)
        known = self._known.get(key) or self._fresh.get(key)
        if known is not None:
            self._correct(known, row, due_on)
            return
        item = _new_item(self.scope, row, entity, customer, due_on, self.inbound)
        item.due_derived = is_derived
        self._fresh[key] = item
        self.counts["created"] += 1

    def record(self) -> None:
        """Write everything, with the history of what was corrected."""
        models.Item.objects.bulk_create(self._fresh.values(), batch_size=500)
        for item in self._fresh.values():
            self.ledger.begin(item, on=self.inbound.as_of)
            self.touched.add((item.entity_id, item.customer_id))
        self.ledger.record(*_WRITTEN)
        models.History.objects.bulk_create(self._history, batch_size=500)

    def _correct(self, item: models.Item, row: rows.ItemRow, due_on: dt.date) -> None:
        """Change the item to what the row says, keeping what it said before."""
        said: dict[str, Any] = {"amount_minor": row.amount_minor, "due_on": due_on}
        said |= {k: v for k in _SAID if (v := getattr(row, k)) is not None}
        if row.currency:
            said["currency"] = row.currency
        former = {k: getattr(item, k) for k, v in said.items() if getattr(item, k) != v}
        is_new = item.pk is None
        if "currency" in former and not is_new and self.ledger.has_cash(item):
            want = f"{item.currency}, in which it was paid; reverse its payments to correct it"
            self.complaints.append(
                self.inbound.complain(row.line, "currency", found=row.currency, want=want)
            )
            return
        before = (item.open_minor, item.closed_on)
        for name in former:
            setattr(item, name, said[name])
        self._restate(item, row, former)
        if not former:
            self.counts["unchanged"] += 1
            return
        self.counts["changed"] += 1
        item.is_plain = item.is_plain and not item.payment_method
        if is_new:
            return
        if before[0] == 0 and item.open_minor:
            reopen(item, before[1], on=self.inbound.as_of)
        if "due_on" in former and former["due_on"] < item.due_on:
            _void_steps(self.scope, item, self.inbound.as_of)
        self.ledger.touch(item)
        self.touched.add((item.entity_id, item.customer_id))
        self._history.append(people.former(self.scope, "item", item.pk, former, self.inbound.at))

    def _restate(self, item: models.Item, row: rows.ItemRow, former: dict[str, Any]) -> None:
        """Bring the open balance to the corrected amount and to what the ledger states."""
        was, stated = item.open_minor, row.open_minor
        is_new = item.pk is None
        if "amount_minor" in former:
            item.open_minor += item.amount_minor - former["amount_minor"]
            if is_new:
                item.open_minor = max(0, item.open_minor)
            elif item.open_minor < 0:
                self.ledger.give_back(item)
        if stated is not None and stated != item.open_minor:
            if is_new:
                item.open_minor = stated
            else:
                shift = item.open_minor - stated
                self.ledger.allocate(item, shift, on=self.inbound.as_of)
            former["open_minor"] = was
        if is_new:
            item.closed_on = self.inbound.as_of if item.open_minor == 0 else None


def settle_missing(
    scope: Scope, gone: Sequence[int], *, as_of: dt.date, at: dt.datetime
) -> tuple[list[str], set[tuple[int, int]]]:
    """Presume these items settled; return their labels and whom it touched."""
    ledger = Ledger(scope)
    items = ledger.lock(Q(pk__in=gone, open_minor__gt=0))
    history = [
        people.former(scope, "item", i.pk, {"open_minor": i.open_minor, "why": "not in list"}, at)
        for i in items
    ]
    for item in items:
        ledger.allocate(item, item.open_minor, on=as_of)
    ledger.record()
    models.History.objects.bulk_create(history, batch_size=500)
    labels = [f"{i.number}/{i.part}" if i.part else i.number for i in items]
    return labels, {(i.entity_id, i.customer_id) for i in items}


def _key(item: models.Item) -> ItemKey:
    return (item.entity_id, item.customer_id, item.kind, item.number, item.part)


def _due_on(
    row: rows.ItemRow, customer: models.Customer, entity: models.Entity
) -> tuple[dt.date, bool]:
    """Return when an item is due, and whether that was counted from its terms."""
    if row.due_on is not None:
        return row.due_on, row.due_derived
    assert row.issued_on is not None, "a row without either is a complaint (Inbound.fault)"
    if row.kind == "credit_note":
        return row.issued_on, False
    terms = next(
        t for t in (row.terms_days, customer.terms_days, entity.terms_days) if t is not None
    )
    return row.issued_on + dt.timedelta(days=terms), True


def _new_item(
    scope: Scope,
    row: rows.ItemRow,
    entity: models.Entity,
    customer: models.Customer,
    due_on: dt.date,
    inbound: Inbound,
) -> models.Item:
    open_minor = row.amount_minor if row.open_minor is None else row.open_minor
    is_first_book = entity.went_live_on is None or entity.went_live_on == inbound.as_of
    is_late = due_on < inbound.as_of and row.kind in book.DEBITS and open_minor > 0
    is_go_live = is_late and is_first_book
    return models.Item(
        organisation_id=scope.organisation_id,
        entity=entity,
        customer=customer,
        kind=row.kind,
        number=row.number,
        part=row.part,
        issued_on=row.issued_on,
        due_on=due_on,
        currency=row.currency or customer.currency or entity.base_currency,
        amount_minor=row.amount_minor,
        open_minor=open_minor,
        closed_on=inbound.as_of if open_minor == 0 else None,
        applies_to=row.applies_to or "",
        po_number=row.po_number or "",
        payment_method=row.payment_method or "",
        description=row.description or "",
        document=row.document or "",
        go_live_on=inbound.as_of if is_go_live else None,
        is_plain=not row.payment_method,
    )


def _void_steps(scope: Scope, item: models.Item, on: dt.date) -> None:
    """Start the item's ladder anew; earlier steps stay on record (SEMANTICS 1, Item)."""
    models.StepTaken.objects.filter(
        organisation_id=scope.organisation_id, item=item, voided_on__isnull=True
    ).update(voided_on=on, void_reason="due date corrected to later")
    item.taken, item.step, item.step_on = "", "", None
