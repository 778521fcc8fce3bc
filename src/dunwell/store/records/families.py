"""What follows when who pays for whom changes (SEMANTICS 1, Customer).

A child that joins a payer has no case of its own any more: what was planned and asked in it ends.
One that leaves is looked at by itself again, and so is whoever has paid for it. Everything is a
part of the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from dunwell.core.scope import Scope
from dunwell.store import facts, models
from dunwell.store.records import calls, outbox, people, tasks, watch

WHY = "its payer is asked instead"


def payers(scope: Scope, references: set[str]) -> set[int]:
    """Return who pays for these customers as it stands."""
    payer_of = facts.families(scope).payer_of
    return {payer_of[c] for c in people.ids_of(scope, references) if c in payer_of}


def regroup(
    scope: Scope,
    customers: Collection[int],
    *,
    before: Collection[int],
    on: dt.date,
    at: dt.datetime,
) -> None:
    """Let these customers be looked at as they belong now; `before` are those who paid for them."""
    watch.wake(scope, {*customers, *before})
    watch.join_payers(scope, customers, on=on)
    payer_of = facts.families(scope).payer_of
    _end_own(scope, [c for c in customers if c in payer_of], on=on, at=at)
    _watch(scope, [c for c in customers if c not in payer_of])


def _end_own(scope: Scope, children: Collection[int], *, on: dt.date, at: dt.datetime) -> None:
    """Take back what was planned and asked in the cases of children that have a payer now.

    What people proposed (a plan, a write-off) stays: it is about the child's items all the same.
    """
    mine = {"organisation_id": scope.organisation_id, "customer_id__in": list(children)}
    planned = list(models.Action.objects.filter(**mine, state__in=("ready", "waiting")))
    for action in planned:
        outbox.record_cancelled(scope, action, why=WHY, now=at)
    tasks.end(scope, [calls.cause(a) for a in planned], outcome=WHY, on=on, at=at)
    models.Approval.objects.filter(**mine, state="asked", proposed_by="").update(state="withdrawn")


def _watch(scope: Scope, customers: Collection[int]) -> None:
    """Watch those that owe and that nobody watches: they had a payer until now."""
    owed = models.Item.objects.filter(
        organisation_id=scope.organisation_id, customer_id__in=list(customers), open_minor__gt=0
    )
    watched = models.Watch.objects.filter(
        organisation_id=scope.organisation_id, customer_id__in=list(customers)
    )
    pairs = set(owed.values_list("entity_id", "customer_id").distinct())
    watch.touch(scope, pairs - set(watched.values_list("entity_id", "customer_id")))
