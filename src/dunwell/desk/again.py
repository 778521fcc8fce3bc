"""A no from a channel: for good, for now, or for now once too often (SEMANTICS 6.6)."""

from __future__ import annotations

import datetime as dt
import logging
import zoneinfo
from collections.abc import Collection

from dunwell.core import tries, workdays
from dunwell.core.errors import DeliveryFailed
from dunwell.core.message import Receipt
from dunwell.core.scope import Scope
from dunwell.store import calendars, models, tx
from dunwell.store import policies as published
from dunwell.store.records import outbox, routes, tasks
from dunwell.store.records import tries as records

log = logging.getLogger("dunwell.dispatch")


def record(
    scope: Scope,
    action: models.Action,
    error: DeliveryFailed,
    *,
    at: dt.datetime,
    on: dt.date,
    by: str,
) -> str:
    """Keep what a channel refused; return "failed", or "postponed" where it is tried again.

    What is refused because of us (our sender, our settings) says nothing about the customer:
    it is tried again each working day until the operator has mended it.
    """
    receipt = Receipt(
        key=action.key, channel=action.channel, kind="failed", at=at,
        evidence=f"{error} {error.evidence}".strip(), permanent=error.permanent,
        is_address=error.is_address,
    )  # fmt: skip
    if error.permanent:
        _for_good(scope, action, receipt, error, on=on)
        return "failed"
    next_try_at = _next_try(scope, action, at=at, is_about_us=error.about == "us")
    if next_try_at is None:
        records.record_given_up(scope, action, receipt, on=on)
        return "failed"
    if error.about == "us":
        log.warning("%s refuses what we send: %s", action.channel, receipt.evidence)
    records.record_deferred(scope, action, receipt, by=by, next_try_at=next_try_at)
    return "postponed"


def review(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Let routes set aside long enough ago be used again, and end tasks of those repaired.

    A judge of `settle.NIGHTLY`; always about everybody.
    """
    with tx.transaction_of(scope):
        for route in routes.set_aside_before(scope, as_of=as_of):
            routes.restore(scope, route, why="its time is over", on=as_of, at=now)
        tasks.end(scope, routes.mended(scope), outcome="repaired", on=as_of, at=now)


def _for_good(
    scope: Scope, action: models.Action, receipt: Receipt, error: DeliveryFailed, *, on: dt.date
) -> None:
    with tx.transaction_of(scope):
        outbox.record_failed(scope, action, receipt, on=on)
        route = routes.of_action(scope, action)
        if route is None:
            return
        if error.about == "opt_out":
            routes.opt_out(scope, [route], on=on, at=receipt.at)
        elif not error.is_address:
            # What we say is refused there for good: another way is tried before this one again.
            routes.end(
                scope, route, why=routes.SET_ASIDE, on=on, at=receipt.at, entity=action.entity_id
            )


def _next_try(
    scope: Scope, action: models.Action, *, at: dt.datetime, is_about_us: bool
) -> dt.datetime | None:
    """Return when an action is tried again, in its customer's days and hours."""
    zone = zoneinfo.ZoneInfo(action.customer.time_zone or action.entity.time_zone)
    local = at.astimezone(zone)
    first = records.first_try_at(scope, action)
    with tx.reading(scope):
        opens = published.load(scope, action.decision.policy_version_id).settings.hours.start
        known = calendars.load(scope)
    nowhere = known.get(action.entity.calendar) or workdays.Calendar("-/0")
    calendar = known.get(action.customer.country, nowhere)
    if is_about_us:
        day = workdays.next_working(calendar, local.date() + workdays.DAY)
        return dt.datetime.combine(day, opens, tzinfo=zone)
    return tries.next_try(
        action.attempts + 1,
        at=local,
        first_at=first.astimezone(zone) if first else local,
        calendar=calendar,
        opens=opens,
    )
