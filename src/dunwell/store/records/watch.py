"""When each case is looked at again, and what stands until then.

Every event about a customer wakes it: the next look decides it afresh. What a decision said
stays true until its look day, so that a night reads only what is due (SEMANTICS 2.7). A row
is a cache of the decision in force.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db import connection
from django.db.models import F

from dunwell.core.scope import Scope
from dunwell.store import facts, models, since
from dunwell.store.models.casework import AT_ONCE, NEVER


class Due(NamedTuple):
    """What a decision leaves behind: when to look again, and what stands until then."""

    entity_id: int
    customer_id: int
    epoch: int
    look_on: dt.date
    decided_on: dt.date
    verdict: str
    reason: str
    also: str
    look_again_on: dt.date | None


def touch(scope: Scope, pairs: Collection[tuple[int, int]]) -> None:
    """Watch these (entity, customer) pairs from now on, and look at their customers at once.

    A child that pays via its parent has no case: its payer is watched for it.
    """
    payer_of = facts.families(scope).payer_of
    watched = {(e, payer_of.get(c, c)) for e, c in pairs}
    models.Watch.objects.bulk_create(
        [
            models.Watch(organisation_id=scope.organisation_id, entity_id=e, customer_id=c)
            for e, c in sorted(watched)
        ],
        batch_size=1000,
        ignore_conflicts=True,
    )
    wake(scope, {c for _, c in watched})


def join_payers(scope: Scope, children: Iterable[int], *, on: dt.date) -> None:
    """Let the cases of children that now pay via their parent end, and their payers' begin."""
    payer_of = facts.families(scope).payer_of
    ids = sorted(c for c in set(children) if c in payer_of)
    if not ids:
        return
    mine = {"organisation_id": scope.organisation_id, "customer_id__in": ids}
    models.Case.objects.filter(**mine, closed_on__isnull=True).update(
        closed_on=on, outcome="joined its payer"
    )
    models.Watch.objects.filter(**mine).delete()
    owed = models.Item.objects.filter(**mine, open_minor__gt=0)
    touch(scope, set(owed.values_list("entity_id", "customer_id").distinct()))


def wake(scope: Scope, customers: Iterable[int]) -> None:
    """Let these customers, and whoever pays for them, be looked at at once."""
    ids = sorted(set(customers))
    if not ids:
        return
    marks = ",".join(["%s"] * len(ids)) or "NULL"
    organisation = scope.organisation_id
    woken = f"UPDATE watch SET look_on = %s, woken = {since.stamp()} WHERE organisation_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(f"{woken} AND customer_id IN ({marks})", [AT_ONCE, organisation, *ids])
        cursor.execute(
            f"{woken} AND customer_id IN (SELECT"
            " payer.id FROM customer child JOIN customer payer ON payer.organisation_id ="
            " child.organisation_id AND payer.reference = child.parent WHERE"
            f" child.organisation_id = %s AND child.id IN ({marks}) AND child.pays_via_parent)",
            [AT_ONCE, organisation, organisation, *ids],
        )


def wake_all(scope: Scope) -> None:
    """Let everybody be decided afresh: a policy or calendar changed. One row an entity."""
    models.Entity.objects.filter(organisation_id=scope.organisation_id).update(epoch=F("epoch") + 1)


def record(scope: Scope, due: Iterable[Due]) -> None:
    """Keep when each case is looked at again, inside the caller's transaction."""
    rows = [
        (scope.organisation_id, d.entity_id, d.customer_id, d.epoch, d.look_on, d.decided_on,
         d.verdict, d.reason, d.also, d.look_again_on)
        for d in due
    ]  # fmt: skip
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.executemany(UPSERT, rows)


UPSERT = (
    "INSERT INTO watch (organisation_id, entity_id, customer_id, epoch, look_on, decided_on,"
    " verdict, reason, also, look_again_on) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (organisation_id, entity_id, customer_id) DO UPDATE SET"
    " epoch = excluded.epoch, look_on = excluded.look_on, decided_on = excluded.decided_on,"
    " verdict = excluded.verdict, reason = excluded.reason, also = excluded.also,"
    " look_again_on = excluded.look_again_on"
)

__all__ = ["AT_ONCE", "NEVER", "UPSERT", "Due", "record", "touch", "wake", "wake_all"]
