"""Items, payments and allocations as files bring them (DATA.md 3.5).

An item is (entity, customer, kind, number, part); a row that comes again changes only what it
says, and what stood before goes to `history`. `open_amount` states the ledger's open balance:
what had been paid before stands as one `opening` allocation, so that money is conserved. A
payment that comes later for such an item first takes the place of the opening allocation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import models as dj
from django.db.models import F

from dunwell.core import book, rows
from dunwell.core.complaints import Complaint
from dunwell.core.scope import Scope
from dunwell.store import models
from dunwell.store.records import people


class Inbound(NamedTuple):
    """What a batch of rows meets: the entities it may name and the day its file speaks for."""

    file: str
    as_of: dt.date
    at: dt.datetime
    entities: dict[str, models.Entity]
    default_entity: models.Entity

    def entity(self, code: str | None) -> models.Entity | None:
        """Return the entity a row names, the default one if it names none."""
        return self.default_entity if not code else self.entities.get(code)


class Outcome(NamedTuple):
    """What became of a batch."""

    counts: dict[str, int]
    complaints: list[Complaint]
    touched: set[tuple[int, int]]


ItemKey = tuple[int, int, str, str, str]


def upsert_items(scope: Scope, batch: Sequence[rows.ItemRow], inbound: Inbound) -> Outcome:
    """Create or correct items inside the caller's transaction."""
    counts = dict.fromkeys(("created", "changed", "unchanged", "stub_customers"), 0)
    complaints: list[Complaint] = []
    customers = people.by_reference(scope, {r.customer for r in batch})
    missing = {r.customer for r in batch} - set(customers)
    if missing:
        people.stubs(scope, missing)
        counts["stub_customers"] = len(missing)
        customers |= people.by_reference(scope, missing)
    have = _items(scope, {c.pk for c in customers.values()}, {r.number for r in batch})
    fresh: dict[ItemKey, models.Item] = {}
    changed: dict[int, models.Item] = {}
    opening: list[models.Allocation] = []
    history: list[models.History] = []
    bins = Bins(scope)
    for row in batch:
        entity = inbound.entity(row.entity)
        if entity is None:
            complaints.append(_unknown_entity(inbound.file, row.line, row.entity))
            continue
        customer = customers[row.customer]
        key = (entity.pk, customer.pk, row.kind, row.number, row.part)
        currency = row.currency or customer.currency or entity.base_currency
        due_on, derived = _due_on(row, customer, entity)
        if due_on is None:
            complaints.append(
                Complaint(file=inbound.file, line=row.line, column="due_on", found="",
                          want="a due date, or issued_on to count the terms from")
            )  # fmt: skip
            continue
        item = have.get(key) or fresh.get(key)
        if item is None:
            item = _new_item(scope, row, entity, customer, currency, due_on, inbound)
            item.due_derived = derived
            fresh[key] = item
            counts["created"] += 1
            continue
        before = (item.currency, item.due_on, item.kind, item.open_minor)
        former = _correct(item, row, currency, due_on)
        shift = _restate(item, row, former)
        if not former and not shift:
            counts["unchanged"] += 1
            continue
        counts["changed"] += 1
        if item.pk is None:
            continue
        history.append(people.former(scope, "item", item.pk, former, inbound.at))
        if shift:
            opening.append(_opening(scope, item, shift, inbound.as_of))
        if "due_on" in former and former["due_on"] < item.due_on:
            _void_steps(scope, item, inbound.as_of)
        changed[item.pk] = item
        bins.move(item.entity_id, before, (item.currency, item.due_on, item.kind, item.open_minor))
    models.Item.objects.bulk_create(fresh.values(), batch_size=500)
    for item in fresh.values():
        bins.add(item.entity_id, item.currency, item.due_on, item.kind, item.open_minor)
        if item.open_minor < item.amount_minor:
            opening.append(
                _opening(scope, item, item.amount_minor - item.open_minor, inbound.as_of)
            )
    models.Item.objects.bulk_update(changed.values(), _ITEM_FIELDS, batch_size=200)
    models.Allocation.objects.bulk_create(opening, batch_size=500)
    models.History.objects.bulk_create(history, batch_size=500)
    bins.record()
    touched = {(i.entity_id, i.customer_id) for i in (*fresh.values(), *changed.values())}
    return Outcome(counts, complaints, touched)


_ITEM_FIELDS = [
    "issued_on", "due_on", "currency", "amount_minor", "open_minor", "closed_on", "applies_to",
    "po_number", "payment_method", "description", "document", "is_plain", "step",
    "step_on", "paid_gaps", "due_derived",
]  # fmt: skip


def _items(scope: Scope, customers: set[int], numbers: set[str]) -> dict[ItemKey, models.Item]:
    found = models.Item.objects.filter(
        organisation_id=scope.organisation_id, customer_id__in=customers, number__in=numbers
    )
    return {(i.entity_id, i.customer_id, i.kind, i.number, i.part): i for i in found}


def _due_on(
    row: rows.ItemRow, customer: models.Customer, entity: models.Entity
) -> tuple[dt.date | None, bool]:
    if row.due_on is not None:
        return row.due_on, row.due_derived
    if row.kind == "credit_note" and row.issued_on is not None:
        return row.issued_on, False
    if row.issued_on is None:
        return None, False
    terms = next(
        t for t in (row.terms_days, customer.terms_days, entity.terms_days) if t is not None
    )
    return row.issued_on + dt.timedelta(days=terms), True


def _new_item(
    scope: Scope,
    row: rows.ItemRow,
    entity: models.Entity,
    customer: models.Customer,
    currency: str,
    due_on: dt.date,
    inbound: Inbound,
) -> models.Item:
    open_minor = row.amount_minor if row.open_minor is None else row.open_minor
    is_first_book = entity.went_live_on is None or entity.went_live_on == inbound.as_of
    late = due_on < inbound.as_of and row.kind in book.DEBITS and open_minor > 0
    return models.Item(
        organisation_id=scope.organisation_id,
        entity=entity,
        customer=customer,
        kind=row.kind,
        number=row.number,
        part=row.part,
        issued_on=row.issued_on,
        due_on=due_on,
        currency=currency,
        amount_minor=row.amount_minor,
        open_minor=open_minor,
        closed_on=inbound.as_of if open_minor == 0 else None,
        applies_to=row.applies_to or "",
        po_number=row.po_number or "",
        payment_method=row.payment_method or "",
        description=row.description or "",
        document=row.document or "",
        go_live_on=inbound.as_of if late and is_first_book else None,
        is_plain=not (row.payment_method or (late and is_first_book)),
    )


def _correct(
    item: models.Item, row: rows.ItemRow, currency: str, due_on: dt.date
) -> dict[str, Any]:
    """Change the item to what the row says; return what it said before, where different."""
    said: dict[str, Any] = {"amount_minor": row.amount_minor, "due_on": due_on}
    if row.currency:
        said["currency"] = currency
    for name in ("issued_on", "applies_to", "po_number", "payment_method", "description",
                 "document"):  # fmt: skip
        if getattr(row, name) is not None:
            said[name] = getattr(row, name)
    former = {k: getattr(item, k) for k, v in said.items() if getattr(item, k) != v}
    paid = item.amount_minor - item.open_minor
    for key in former:
        setattr(item, key, said[key])
    if "amount_minor" in former:
        item.open_minor = max(0, item.amount_minor - paid)
    item.is_plain = item.is_plain and not item.payment_method
    return former


def _restate(item: models.Item, row: rows.ItemRow, former: dict[str, Any]) -> int:
    """Bring the open balance to what the ledger states; return the allocation it takes."""
    if row.open_minor is None or row.open_minor == item.open_minor:
        return 0
    shift = item.open_minor - row.open_minor
    former["open_minor"] = item.open_minor
    item.open_minor = row.open_minor
    return shift


def _opening(scope: Scope, item: models.Item, minor: int, on: dt.date) -> models.Allocation:
    return models.Allocation(
        organisation_id=scope.organisation_id,
        item=item,
        amount_minor=minor,
        on=on,
        source="opening",
    )


def _void_steps(scope: Scope, item: models.Item, on: dt.date) -> None:
    """Start the item's ladder anew; earlier steps stay on record (SEMANTICS 1, Item)."""
    models.StepTaken.objects.filter(
        organisation_id=scope.organisation_id, item=item, voided_on__isnull=True
    ).update(voided_on=on, void_reason="due date corrected to later")
    item.step, item.step_on = "", None


def upsert_payments(scope: Scope, batch: Sequence[rows.PaymentRow], inbound: Inbound) -> Outcome:
    """Record payments and reversals, allocate what they name, keep the rest unapplied."""
    counts = dict.fromkeys(("created", "unchanged", "unapplied"), 0)
    complaints: list[Complaint] = []
    touched: set[tuple[int, int]] = set()
    have = {
        (p.entity_id, p.reference): p
        for p in models.Payment.objects.filter(
            organisation_id=scope.organisation_id,
            reference__in={x for r in batch for x in (r.reference, r.reverses) if x},
        )
    }
    customers = people.by_reference(scope, {r.customer for r in batch if r.customer})
    missing = {r.customer for r in batch if r.customer} - set(customers)
    if missing:
        people.stubs(scope, missing)
        customers |= people.by_reference(scope, missing)
    bins = Bins(scope)
    for row in batch:
        entity = inbound.entity(row.entity)
        if entity is None:
            complaints.append(_unknown_entity(inbound.file, row.line, row.entity))
            continue
        if (entity.pk, row.reference) in have:
            known = have[(entity.pk, row.reference)]
            if known.amount_minor != row.amount_minor:
                complaints.append(
                    Complaint(file=inbound.file, line=row.line, column="amount",
                              found=str(row.amount_minor),
                              want=f"{known.amount_minor} minor units as first recorded; reverse "
                              "the payment to correct it")
                )  # fmt: skip
            counts["unchanged"] += 1
            continue
        customer = customers.get(row.customer) if row.customer else None
        payment = models.Payment(
            organisation_id=scope.organisation_id,
            entity=entity,
            customer=customer,
            reference=row.reference,
            kind=row.kind,
            reverses=row.reverses or "",
            paid_on=row.paid_on or inbound.as_of,
            currency=row.currency or (customer.currency if customer else "")
            or entity.base_currency,
            amount_minor=row.amount_minor,
        )  # fmt: skip
        if row.kind == "reversal":
            original = have.get((entity.pk, row.reverses or ""))
            if original is None or original.kind == "reversal":
                complaints.append(
                    Complaint(file=inbound.file, line=row.line, column="reverses",
                              found=row.reverses or "",
                              want="the reference of a payment recorded before")
                )  # fmt: skip
                continue
            payment.save(force_insert=True)
            touched |= _reverse(scope, original, payment, bins)
        else:
            payment.save(force_insert=True)
            touched |= _allocate(scope, payment, row, inbound, bins, complaints)
            counts["unapplied"] += payment.unapplied_minor > 0
        have[(entity.pk, row.reference)] = payment
        counts["created"] += 1
        if payment.customer_id is not None:
            touched.add((entity.pk, payment.customer_id))
    bins.record()
    return Outcome(counts, complaints, touched)


def _allocate(
    scope: Scope,
    payment: models.Payment,
    row: rows.PaymentRow,
    inbound: Inbound,
    bins: Bins,
    complaints: list[Complaint],
) -> set[tuple[int, int]]:
    left = payment.amount_minor
    touched: set[tuple[int, int]] = set()
    for label, wanted in row.items:
        item = _named(scope, payment, label)
        if item is None:
            complaints.append(
                Complaint(file=inbound.file, line=row.line, column="items", found=label,
                          want="an item of this customer in this currency; left unapplied",
                          severity="note")
            )  # fmt: skip
            continue
        if payment.customer_id is None:
            payment.customer_id = item.customer_id
        before = (item.currency, item.due_on, item.kind, item.open_minor)
        ask = left if wanted is None else min(wanted, left)
        ask -= (swapped := _replace_opening(scope, item, payment, ask, inbound.as_of))
        cut = min(ask, item.open_minor)
        if cut:
            _record_allocation(scope, payment, item, cut, payment.paid_on)
            item.open_minor -= cut
            item.closed_on = payment.paid_on if item.open_minor == 0 else None
        item.save(update_fields=["open_minor", "closed_on"])
        bins.move(item.entity_id, before, (item.currency, item.due_on, item.kind, item.open_minor))
        left -= cut + swapped
        touched.add((item.entity_id, item.customer_id))
    payment.unapplied_minor = left
    payment.save(update_fields=["unapplied_minor", "customer"])
    return touched


def _replace_opening(
    scope: Scope, item: models.Item, payment: models.Payment, ask: int, as_of: dt.date
) -> int:
    """Let the payment stand where the opening allocation stood, for payments made before it."""
    opening = models.Allocation.objects.filter(
        organisation_id=scope.organisation_id, item=item, source="opening"
    ).aggregate(total=dj.Sum("amount_minor"), on=dj.Max("on"))
    if not opening["total"] or opening["total"] <= 0 or payment.paid_on > opening["on"]:
        return 0
    cut = min(ask, int(opening["total"]))
    if cut <= 0:
        return 0
    models.Allocation.objects.create(
        organisation_id=scope.organisation_id,
        item=item,
        amount_minor=-cut,
        on=opening["on"],
        source="opening",
    )
    _record_allocation(scope, payment, item, cut, payment.paid_on)
    return cut


def _named(scope: Scope, payment: models.Payment, label: str) -> models.Item | None:
    number, _, part = label.rpartition("/")
    names = dj.Q(number=label, part="") | dj.Q(number=number, part=part)
    found = models.Item.objects.filter(
        names,
        organisation_id=scope.organisation_id,
        entity_id=payment.entity_id,
        currency=payment.currency,
        kind__in=book.DEBITS,
    )
    if payment.customer_id is not None:
        found = found.filter(customer_id=payment.customer_id)
    candidates = list(found.order_by("-open_minor", "pk")[:2])
    if len(candidates) > 1 and payment.customer_id is None:
        return None
    return candidates[0] if candidates else None


def _record_allocation(
    scope: Scope, payment: models.Payment, item: models.Item, minor: int, on: dt.date
) -> None:
    models.Allocation.objects.create(
        organisation_id=scope.organisation_id,
        payment=payment,
        item=item,
        amount_minor=minor,
        on=on,
    )


def _reverse(
    scope: Scope, original: models.Payment, reversal: models.Payment, bins: Bins
) -> set[tuple[int, int]]:
    """Take a payment back: reopen its items with the history they had (SEMANTICS 3.6)."""
    touched: set[tuple[int, int]] = set()
    if original.reversed_on is not None:
        return touched
    on = reversal.paid_on
    totals: dict[int, int] = {}
    for allocation in models.Allocation.objects.filter(
        organisation_id=scope.organisation_id, payment=original
    ):
        totals[allocation.item_id] = totals.get(allocation.item_id, 0) + allocation.amount_minor
    for item_id, minor in totals.items():
        if minor <= 0:
            continue
        item = models.Item.objects.get(organisation_id=scope.organisation_id, pk=item_id)
        before = (item.currency, item.due_on, item.kind, item.open_minor)
        _record_allocation(scope, original, item, -minor, on)
        if item.open_minor == 0 and item.closed_on:
            gap = [item.closed_on.isoformat(), (on - dt.timedelta(days=1)).isoformat()]
            item.paid_gaps = [*(item.paid_gaps or []), gap] if gap[0] <= gap[1] else item.paid_gaps
        item.open_minor = min(item.amount_minor, item.open_minor + minor)
        item.closed_on, item.is_plain = None, False
        item.save(update_fields=["open_minor", "closed_on", "is_plain", "paid_gaps"])
        bins.move(item.entity_id, before, (item.currency, item.due_on, item.kind, item.open_minor))
        touched.add((item.entity_id, item.customer_id))
    original.unapplied_minor, original.reversed_on = 0, on
    original.save(update_fields=["unapplied_minor", "reversed_on"])
    if original.customer_id is not None:
        touched.add((original.entity_id, original.customer_id))
        reversal.customer_id = original.customer_id
        reversal.save(update_fields=["customer"])
    return touched


def settle_missing(
    scope: Scope, gone: Sequence[int], *, as_of: dt.date, at: dt.datetime
) -> tuple[list[str], set[tuple[int, int]]]:
    """Presume these items settled; return their labels and whom it touched."""
    bins = Bins(scope)
    items = list(
        models.Item.objects.filter(
            organisation_id=scope.organisation_id, pk__in=gone, open_minor__gt=0
        ).order_by("pk")
    )
    openings = [_opening(scope, i, i.open_minor, as_of) for i in items]
    former = [
        people.former(scope, "item", i.pk, {"open_minor": i.open_minor, "why": "not in list"}, at)
        for i in items
    ]
    for item in items:
        bins.add(item.entity_id, item.currency, item.due_on, item.kind, item.open_minor, sign=-1)
        item.open_minor, item.closed_on = 0, as_of
    models.Allocation.objects.bulk_create(openings, batch_size=500)
    models.History.objects.bulk_create(former, batch_size=500)
    models.Item.objects.bulk_update(items, ["open_minor", "closed_on"], batch_size=200)
    bins.record()
    labels = [f"{i.number}/{i.part}" if i.part else i.number for i in items]
    return labels, {(i.entity_id, i.customer_id) for i in items}


def upsert_rates(scope: Scope, batch: Sequence[rows.RateRow]) -> Outcome:
    """Record dated exchange rates; a rate for a day that is there already is corrected."""
    made = [
        models.FxRate(
            organisation_id=scope.organisation_id,
            currency=r.currency,
            base=r.base,
            on=r.on,
            rate=r.rate,
        )
        for r in batch
    ]
    models.FxRate.objects.bulk_create(
        made,
        batch_size=500,
        update_conflicts=True,
        update_fields=["rate"],
        unique_fields=["organisation", "currency", "base", "on"],
    )
    abroad = models.Item.objects.filter(
        organisation_id=scope.organisation_id,
        currency__in={r.currency for r in batch},
        open_minor__gt=0,
    )
    touched = set(abroad.values_list("entity_id", "customer_id").distinct())
    return Outcome({"created": len(made)}, [], touched)


def upsert_orders(scope: Scope, batch: Sequence[rows.OrderRow], inbound: Inbound) -> Outcome:
    """Record open sales orders."""
    customers = people.by_reference(scope, {r.customer for r in batch})
    missing = {r.customer for r in batch} - set(customers)
    if missing:
        people.stubs(scope, missing)
        customers |= people.by_reference(scope, missing)
    complaints, made = [], []
    for r in batch:
        entity = inbound.entity(r.entity)
        if entity is None:
            complaints.append(_unknown_entity(inbound.file, r.line, r.entity))
            continue
        made.append(
            models.Order(
                organisation_id=scope.organisation_id,
                entity=entity,
                customer=customers[r.customer],
                number=r.number,
                currency=r.currency or entity.base_currency,
                amount_minor=r.amount_minor,
                ordered_on=r.ordered_on,
                status=r.status or "",
            )
        )
    models.Order.objects.bulk_create(
        made,
        batch_size=500,
        update_conflicts=True,
        update_fields=["currency", "amount_minor", "ordered_on", "status"],
        unique_fields=["organisation", "entity", "customer", "number"],
    )
    return Outcome({"created": len(made)}, complaints, set())


class Bins:
    """Open amounts by due date, gathered and written with the rows they follow from."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.shifts: dict[tuple[int, str, dt.date, str], tuple[int, int]] = {}

    def add(
        self, entity: int, currency: str, due_on: dt.date, kind: str, minor: int, sign: int = 1
    ) -> None:
        """Count an open amount in (or, with sign -1, out)."""
        if minor:
            key = (entity, currency, due_on, kind)
            open_minor, n = self.shifts.get(key, (0, 0))
            self.shifts[key] = (open_minor + sign * minor, n + sign)

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
        """Write the shifts gathered since the last time."""
        fresh: Iterable[tuple[tuple[int, str, dt.date, str], tuple[int, int]]] = sorted(
            self.shifts.items()
        )
        for (entity, currency, due_on, kind), (minor, n) in fresh:
            found = models.DueBin.objects.filter(
                organisation_id=self.scope.organisation_id,
                entity_id=entity,
                currency=currency,
                due_on=due_on,
                kind=kind,
            )
            if not found.update(open_minor=F("open_minor") + minor, n=F("n") + n):
                models.DueBin.objects.create(
                    organisation_id=self.scope.organisation_id,
                    entity_id=entity,
                    currency=currency,
                    due_on=due_on,
                    kind=kind,
                    open_minor=minor,
                    n=n,
                )
        self.shifts = {}


def _unknown_entity(file: str, line: int, found: str | None) -> Complaint:
    return Complaint(
        file=file, line=line, column="entity", found=found or "", want="an entity set up here"
    )


def record_history(scope: Scope, batch: Sequence[rows.HistoryRow], inbound: Inbound) -> Outcome:
    """Record contacts made with the old system as steps taken (SEMANTICS 4.8).

    A row that names neither an item nor a step counts as a contact only. `step` may be given
    by id; else the tone is kept and mapped by the cadence when it is read.
    """
    complaints: list[Complaint] = []
    customers = people.by_reference(scope, {r.customer for r in batch})
    counts = dict.fromkeys(("created", "unchanged"), 0)
    touched: set[tuple[int, int]] = set()
    for row in batch:
        entity, customer = inbound.entity(row.entity), customers.get(row.customer)
        if entity is None or customer is None:
            column, found = ("entity", row.entity) if entity is None else ("customer", row.customer)
            complaints.append(
                Complaint(file=inbound.file, line=row.line, column=column, found=found or "",
                          want="one that is known here")
            )  # fmt: skip
            continue
        items = _history_items(scope, entity, customer, row)
        if row.item and not items:
            complaints.append(
                Complaint(file=inbound.file, line=row.line, column="item", found=row.item,
                          want="an item of this customer", severity="note")
            )  # fmt: skip
        step = row.step or f"imported_{row.tone or 'friendly'}"
        _, is_new = models.Outreach.objects.get_or_create(
            organisation_id=scope.organisation_id, entity=entity, customer=customer, on=row.on,
            channel=row.channel or "email", tone=row.tone or "friendly", step=step,
            by_hand=True,
        )  # fmt: skip
        for item in items:
            models.StepTaken.objects.get_or_create(
                organisation_id=scope.organisation_id, item=item, step=step, voided_on=None,
                defaults={"on": row.on, "tone": row.tone or "friendly", "phase": "overdue",
                          "source": "imported"},
            )  # fmt: skip
            item.is_plain = False
            item.save(update_fields=["is_plain"])
        counts["created" if is_new else "unchanged"] += 1
        touched.add((entity.pk, customer.pk))
    return Outcome(counts, complaints, touched)


def _history_items(
    scope: Scope, entity: models.Entity, customer: models.Customer, row: rows.HistoryRow
) -> list[models.Item]:
    if not row.item:
        return []
    number, _, part = row.item.rpartition("/")
    names = dj.Q(number=row.item, part="") | dj.Q(number=number, part=part)
    return list(
        models.Item.objects.filter(
            names, organisation_id=scope.organisation_id, entity=entity, customer=customer
        )
    )
