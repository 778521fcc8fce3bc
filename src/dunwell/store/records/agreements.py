"""Stops that were agreed or objected to: opened with what they cover, ended with a day.

A dispute, a promise and a plan each stand beside one stop, whose number is theirs too: the
one a decision names when it waits for it. Everything runs inside the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Sequence

from dunwell.core.promises import Cover
from dunwell.core.scope import Scope
from dunwell.store import models
from dunwell.store.records import watch


def open_stop(
    scope: Scope,
    kind: str,
    *,
    customer_id: int,
    entity_id: int,
    covers: Sequence[Cover],
    from_on: dt.date,
    until_on: dt.date | None = None,
    state: str = "open",
    reason: str = "",
    review_on: dt.date | None = None,
    at: dt.datetime,
) -> models.Stop:
    """Open a stop over parts or the whole of items, and let the customer be looked at."""
    stop = models.Stop.objects.create(
        organisation_id=scope.organisation_id,
        customer_id=customer_id,
        entity_id=entity_id,
        kind=kind,
        from_on=from_on,
        until_on=until_on,
        state=state,
        reason=reason[:200],
        by=scope.actor,
        review_on=review_on,
        opened_at=at,
    )
    models.StopItem.objects.bulk_create(
        models.StopItem(
            organisation_id=scope.organisation_id,
            stop=stop,
            item_id=c.item,
            amount_minor=None if c.is_whole else c.minor,
        )
        for c in covers
    )
    watch.wake(scope, [customer_id])
    return stop


def end_stop(scope: Scope, stop: models.Stop, *, on: dt.date, state: str, at: dt.datetime) -> None:
    """End a stop: `on` is the first day it covers no more; the customer is looked at."""
    stop.ended_on, stop.ended_at, stop.ended_by, stop.state = on, at, scope.actor, state
    stop.save()
    watch.wake(scope, [stop.customer_id])


def keep_stop(scope: Scope, stop: models.Stop) -> None:
    """Keep what has changed about a stop, and let the customer be looked at."""
    stop.save()
    watch.wake(scope, [stop.customer_id])


def today(entity: models.Entity, at: dt.datetime) -> dt.date:
    """Return the entity's own day at a time: what is entered late is put before people then."""
    return at.astimezone(zoneinfo.ZoneInfo(entity.time_zone)).date()


def plain(covers: Sequence[Cover]) -> list[list[int | bool]]:
    """Return what is covered as a row keeps it.

    >>> plain([Cover(7, 900, True)])
    [[7, 900, True]]
    """
    return [[c.item, c.minor, c.is_whole] for c in covers]


def covers_of(kept: Sequence[Sequence[int | bool]]) -> tuple[Cover, ...]:
    """Return what a row keeps of what is covered.

    >>> covers_of([[7, 900, True]])
    (Cover(item=7, minor=900, is_whole=True),)
    """
    return tuple(Cover(int(item), int(minor), bool(whole)) for item, minor, whole in kept)


def labels(scope: Scope, items: Iterable[int]) -> dict[int, str]:
    """Return the numbers by which people know items."""
    rows = models.Item.objects.filter(organisation_id=scope.organisation_id, pk__in=set(items))
    return {
        pk: f"{number}/{part}" if part else number
        for pk, number, part in rows.values_list("pk", "number", "part")
    }
