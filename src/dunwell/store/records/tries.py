"""What a channel put off: the action stays ready for its next try, until it has failed.

Under one key from the first try to the last; attempts rise only after the proven failure
(SEMANTICS 6.5, 6.6).
"""

from __future__ import annotations

import datetime as dt

from django.db.models import F, Min

from dunwell.core.message import Receipt
from dunwell.core.scope import Scope
from dunwell.store import journal, models, tx
from dunwell.store.records import outbox, routes

DEFERRED = "deferred"


def first_try_at(scope: Scope, action: models.Action) -> dt.datetime | None:
    """Return when an action was first put off; None when it was not."""
    with tx.reading(scope):
        found: dt.datetime | None = models.Receipt.objects.filter(
            organisation_id=scope.organisation_id, action=action, kind=DEFERRED
        ).aggregate(found=Min("at"))["found"]
    return found


def record_deferred(
    scope: Scope, action: models.Action, receipt: Receipt, *, by: str, next_try_at: dt.datetime
) -> None:
    """Keep that the other side said "later", and when the same action is tried again."""
    with tx.transaction_of(scope):
        models.Action.objects.filter(
            organisation_id=scope.organisation_id,
            pk=action.pk,
            state="handing",
            lease_owner=by,
        ).update(
            state="ready",
            lease_owner="",
            lease_until=None,
            send_at=next_try_at,
            next_try_at=next_try_at,
            attempts=F("attempts") + 1,
            reason=receipt.evidence[:200],
        )
        models.Receipt.objects.create(
            organisation_id=scope.organisation_id,
            action=action,
            kind=DEFERRED,
            at=receipt.at,
            evidence=receipt.evidence,
        )
        refs = {"action": action.pk, "tries": action.attempts + 1, "next_try_at": next_try_at}
        journal.append(scope, "deferred", refs=refs, at=receipt.at)


def record_given_up(scope: Scope, action: models.Action, receipt: Receipt, *, on: dt.date) -> None:
    """Keep that it was put off too often: a proven failure, and the route rests for a while."""
    with tx.transaction_of(scope):
        outbox.record_failed(scope, action, receipt, on=on)
        if route := routes.of_action(scope, action):
            routes.end(
                scope, route, why=routes.SET_ASIDE, on=on, at=receipt.at, entity=action.entity_id
            )
