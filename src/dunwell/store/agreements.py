"""Rows to promises and plans, with the money they are judged by: the reader beside `facts`.

What came of them is computed from payments each time (`core.promises`); the `state` of their
rows is a cache that a judge keeps (SEMANTICS 7, DATA.md 1.6).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from django.db.models import Max

from dunwell.core import book, promises, reminder
from dunwell.core.scope import Scope
from dunwell.store import models

KINDS = ("promise", "plan")
"""The kinds of stop that are judged by payments."""


def load_promises(scope: Scope, stops: Collection[int]) -> dict[int, promises.Promise]:
    """Return the promises that these stops are, by stop."""
    rows = models.Promise.objects.filter(organisation_id=scope.organisation_id, stop_id__in=stops)
    return {
        r.stop_id: promises.Promise(
            stop=r.stop_id,
            made_on=r.made_on,
            by_on=r.by_on,
            last_on=r.last_on,
            currency=r.currency,
            covers=tuple(promises.Cover(i, m, bool(w)) for i, m, w in r.covers),
            in_force_on=r.in_force_on,
            withdrawn_on=r.withdrawn_on,
            known_to=r.known_to,
        )
        for r in rows
    }


def load_plans(scope: Scope, stops: Collection[int]) -> dict[int, promises.Plan]:
    """Return the plans that these stops are, by stop."""
    rows = list(
        models.Plan.objects.filter(organisation_id=scope.organisation_id, stop_id__in=stops)
    )
    parts: dict[int, list[promises.Part]] = defaultdict(list)
    for p in models.Instalment.objects.filter(
        organisation_id=scope.organisation_id, plan_id__in=[r.pk for r in rows]
    ).order_by("plan_id", "n"):
        part = promises.Part(p.due_on, p.amount_minor, p.last_on, p.reminded_on)
        parts[p.plan_id].append(part)
    return {
        r.stop_id: promises.Plan(
            stop=r.stop_id,
            made_on=r.made_on,
            currency=r.currency,
            items=tuple(i for i, _ in r.covers),
            schedule=tuple(parts[r.pk]),
            in_force_on=r.in_force_on,
            withdrawn_on=r.withdrawn_on,
            known_to=r.known_to,
        )
        for r in rows
    }


def load_received(
    scope: Scope, entity_id: int, customers: Collection[int], *, since: dt.date
) -> dict[int, list[promises.Received]]:
    """Return the money each customer paid since a day and that was not taken back."""
    mine = models.Payment.objects.filter(
        organisation_id=scope.organisation_id, entity_id=entity_id, customer_id__in=customers,
        kind="payment", reversed_on__isnull=True, paid_on__gte=since,
    ).order_by("paid_on", "pk")  # fmt: skip
    rows = list(mine.values_list("pk", "customer_id", "paid_on", "currency", "unapplied_minor"))
    parts: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    allocated = models.Allocation.objects.filter(
        organisation_id=scope.organisation_id, payment_id__in=[r[0] for r in rows]
    )
    for payment, item, minor in allocated.values_list("payment_id", "item_id", "amount_minor"):
        parts[payment][item] += minor
    found: dict[int, list[promises.Received]] = defaultdict(list)
    for pk, customer, on, currency, left in rows:
        matched = tuple(sorted((i, m) for i, m in parts[pk].items() if m))
        found[customer].append(promises.Received(on, currency, left, matched, pk))
    return found


def data_to(scope: Scope, entity: models.Entity, *, as_of: dt.date) -> dt.date:
    """Return the day to which the entity's data reach: what may be judged (SEMANTICS 7).

    With no feed declared required, the day before.
    """
    reach = as_of - promises.DAY
    for feed in entity.feeds_required:
        last = (
            models.ImportBatch.objects.filter(
                organisation_id=scope.organisation_id, state="published", kind=feed
            )
            .order_by("-as_of")
            .values_list("as_of", flat=True)
            .first()
        )
        reach = min(reach, last or dt.date.min)
    return reach


class Made(NamedTuple):
    """A promise or plan with the money it is judged by, and the day to which data reach."""

    made: promises.Promise | promises.Plan
    received: list[promises.Received]
    data_to: dt.date


def load(
    scope: Scope,
    entity: models.Entity,
    stops: Mapping[int, int],
    *,
    as_of: dt.date,
    payer_of: Mapping[int, int],
    children: Mapping[int, Collection[int]],
) -> dict[int, Made]:
    """Return the promises and plans that these stops are, by stop, with their money.

    `stops` maps each stop to its customer. Money of a whole family counts for its payer's.
    """
    made: dict[int, promises.Promise | promises.Plan] = {}
    made |= load_promises(scope, stops)
    made |= load_plans(scope, stops)
    if not made:
        return {}
    payers = {payer_of.get(c, c) for c in stops.values()}
    people = payers | {c for p in payers for c in children.get(p, ())}
    since = min(m.made_on for m in made.values())
    money = load_received(scope, entity.pk, people, since=since)
    reach = data_to(scope, entity, as_of=as_of)
    found: dict[int, Made] = {}
    for stop, one in made.items():
        payer = payer_of.get(stops[stop], stops[stop])
        got = [r for c in (payer, *children.get(payer, ())) for r in money.get(c, ())]
        found[stop] = Made(one, got, reach)
    return found


def as_stop(one: Made, *, as_of: dt.date) -> book.Stop | None:
    """Return what a promise or plan is as a stop on a day."""
    if isinstance(one.made, promises.Promise):
        return promises.promise_stop(one.made, one.received, as_of=as_of, data_to=one.data_to)
    return promises.plan_stop(one.made, one.received, as_of=as_of, data_to=one.data_to)


def state(one: Made, *, as_of: dt.date) -> str:
    """Return what came of a promise or plan by a day."""
    if isinstance(one.made, promises.Promise):
        return promises.state(one.made, one.received, as_of=as_of, data_to=one.data_to)
    return promises.plan_state(one.made, one.received, as_of=as_of, data_to=one.data_to)


def awaited(
    agreed: Mapping[int, Made], stops_of: Mapping[int, Iterable[int]], *, as_of: dt.date
) -> dict[int, tuple[book.Instalment, ...]]:
    """Return the instalments of running plans that are to come and not reminded of, by customer.

    `stops_of` are the stops of each customer, whatever they are.
    """
    parts = {
        stop: promises.awaited(one.made, one.received, as_of=as_of, data_to=one.data_to)
        for stop, one in agreed.items()
        if isinstance(one.made, promises.Plan)
    }
    return {
        customer: tuple(part for stop in stops for part in parts.get(stop, ()))
        for customer, stops in stops_of.items()
        if not parts.keys().isdisjoint(stops)
    }


REMINDER_TAKEN_BACK = (
    f"(step = '{reminder.STEP}' AND EXISTS (SELECT 1 FROM outreach o"
    " WHERE o.organisation_id = action.organisation_id AND o.action_id = action.id"
    " AND o.voided_on IS NOT NULL))"
)
"""Of an action: it is a reminder of an instalment, which takes no step, that nobody got."""


def judged(
    scope: Scope,
    entity: models.Entity,
    stops: Mapping[int, int],
    *,
    as_of: dt.date,
    payer_of: Mapping[int, int],
    children: Mapping[int, Collection[int]],
) -> dict[int, book.Stop | None]:
    """Return what promises and plans are as stops on a day, by stop id."""
    found = load(scope, entity, stops, as_of=as_of, payer_of=payer_of, children=children)
    return {stop: as_stop(one, as_of=as_of) for stop, one in found.items()}


def last_payment(scope: Scope, customers: Collection[int]) -> int:
    """Return the number of the payment that became known last: what is new comes after it."""
    found = models.Payment.objects.filter(
        organisation_id=scope.organisation_id, customer_id__in=customers
    ).aggregate(last=Max("pk"))
    return int(found["last"] or 0)
