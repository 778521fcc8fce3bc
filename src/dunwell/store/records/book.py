"""The smaller parts of the book: exchange rates, open orders, contacts made before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models as dj

from dunwell.core import rows
from dunwell.core.complaints import Complaint
from dunwell.core.scope import Scope
from dunwell.store import models
from dunwell.store.records import people, steps
from dunwell.store.records.inbound import Inbound, Outcome


def upsert_rates(scope: Scope, batch: Sequence[rows.RateRow]) -> Outcome:
    """Record dated exchange rates; a rate for a day that is there already is corrected."""
    made = {
        (r.currency, r.base, r.on): models.FxRate(
            organisation_id=scope.organisation_id,
            currency=r.currency,
            base=r.base,
            on=r.on,
            rate=r.rate,
        )
        for r in batch  # of two rows for one day the later stands
    }
    have = {
        (x.currency, x.base, x.on): x.rate
        for x in models.FxRate.objects.filter(
            organisation_id=scope.organisation_id,
            currency__in={r.currency for r in batch},
            on__in={r.on for r in batch},
        )
    }
    models.FxRate.objects.bulk_create(
        made.values(),
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
    return Outcome(_counted({k: r.rate for k, r in made.items()}, have), [], touched)


def _counted(said: dict[Any, Any], have: dict[Any, Any]) -> dict[str, int]:
    """Count what of a file is new, what it changes, and what stood there already."""
    created = sum(key not in have for key in said)
    unchanged = sum(have.get(key) == value for key, value in said.items())
    changed = len(said) - created - unchanged
    return {"created": created, "changed": changed, "unchanged": unchanged}


_ORDER = ("currency", "amount_minor", "ordered_on", "status")


def upsert_orders(scope: Scope, batch: Sequence[rows.OrderRow], inbound: Inbound) -> Outcome:
    """Record open sales orders."""
    customers, _ = people.ensure(scope, {r.customer for r in batch})
    made = {
        (inbound.entity(r.entity).pk, customers[r.customer].pk, r.number): models.Order(
            organisation_id=scope.organisation_id,
            entity=inbound.entity(r.entity),
            customer=customers[r.customer],
            number=r.number,
            currency=r.currency or inbound.entity(r.entity).base_currency,
            amount_minor=r.amount_minor,
            ordered_on=r.ordered_on,
            status=r.status or "",
        )
        for r in batch
    }
    known = models.Order.objects.filter(
        organisation_id=scope.organisation_id,
        customer__in={c.pk for c in customers.values()},
        number__in={r.number for r in batch},
    )
    have = {(o.entity_id, o.customer_id, o.number): _said(o) for o in known}
    models.Order.objects.bulk_create(
        made.values(),
        batch_size=500,
        update_conflicts=True,
        update_fields=_ORDER,
        unique_fields=["organisation", "entity", "customer", "number"],
    )
    return Outcome(_counted({k: _said(o) for k, o in made.items()}, have), [], set())


def _said(order: models.Order) -> tuple[Any, ...]:
    return tuple(getattr(order, name) for name in _ORDER)


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
        if customer is None:
            want = "a customer that is known here"
            complaints.append(inbound.complain(row.line, "customer", found=row.customer, want=want))
            continue
        items = _history_items(scope, entity, customer, row)
        if row.item and not items:
            want = "an item of this customer"
            complaints.append(
                inbound.complain(row.line, "item", found=row.item, want=want, severity="note")
            )
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
        steps.refresh(scope, [i.pk for i in items])
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
