"""How the book pays, counted once a month: what the likelihood of payment leans on (6.12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from dunwell.core.scope import Scope
from dunwell.store import history, models, tx


def review(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Count each entity's share of items paid within 30 days, the first time in a month.

    Grades are reviewed the same day, so that every case leans on the same figures until the
    next (SEMANTICS 2.7).
    """
    del customers, now  # it is about the whole book, on a day
    with tx.transaction_of(scope):
        for entity in models.Entity.objects.filter(organisation_id=scope.organisation_id):
            last = entity.shares_on
            if last is not None and last >= as_of.replace(day=1):
                continue
            entity.due_30, entity.paid_30 = history.shares(scope, entity, as_of=as_of)
            entity.shares_on = as_of
            entity.save(update_fields=["due_30", "paid_30", "shares_on"])


def count_ahead(scope: Scope, *, as_of: dt.date) -> None:
    """Count for what is shown before the first run, as that run will; each import counts anew."""
    with tx.transaction_of(scope):
        for entity in models.Entity.objects.filter(
            organisation_id=scope.organisation_id, shares_on__isnull=True
        ):
            entity.due_30, entity.paid_30 = history.shares(scope, entity, as_of=as_of)
            entity.save(update_fields=["due_30", "paid_30"])
