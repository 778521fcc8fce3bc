"""Steps taken, and what each item's row says of them (a cache; `doctor` compares).

An item's own row carries its live steps as text, so that a night reads where a million items
stand without a join.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from dunwell.core import book
from dunwell.core.scope import Scope
from dunwell.store import models


def refresh(scope: Scope, items: Iterable[int]) -> None:
    """Write anew what the rows of these items say of their live steps."""
    ids = sorted(set(items))
    found = live(scope, ids)
    changed = []
    for item in models.Item.objects.filter(organisation_id=scope.organisation_id, pk__in=ids):
        taken = found.get(item.pk, ())
        last = taken[-1] if taken else None
        item.taken = book.taken_text(taken)
        item.step, item.step_on = (last.step, last.on) if last else ("", None)
        changed.append(item)
    models.Item.objects.bulk_update(changed, ["taken", "step", "step_on"], batch_size=200)


def add(scope: Scope, taken: book.Taken, items: Iterable[int]) -> None:
    """Let the rows of these items say that they have taken one step more."""
    ids = sorted(set(items))
    line = book.taken_text([taken])
    marks = ",".join(["%s"] * len(ids)) or "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE item SET step = %s, step_on = %s, taken = CASE WHEN taken = '' THEN %s"
            f" ELSE taken || %s END WHERE organisation_id = %s AND id IN ({marks})",
            [taken.step, taken.on, line, f"\n{line}", scope.organisation_id, *ids],
        )


def live(scope: Scope, items: Iterable[int]) -> dict[int, tuple[book.Taken, ...]]:
    """Return the live steps of some items, oldest first, from the rows that are the truth."""
    found: dict[int, tuple[book.Taken, ...]] = {}
    for item, step, on, tone, phase, named_on in (
        models.StepTaken.objects.filter(
            organisation_id=scope.organisation_id, item_id__in=list(items), voided_on__isnull=True
        )
        .order_by("item_id", "on", "pk")
        .values_list("item_id", "step", "on", "tone", "phase", "named_on")
    ):
        found[item] = (*found.get(item, ()), book.Taken(step, on, tone, phase, named_on))
    return found
