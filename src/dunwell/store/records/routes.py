"""Ways to reach people: out of use and why, for a while or until repaired, and in use again.

A route that is out of use has `invalid_on` and one of the reasons here; the loader of facts
leaves it out, so nothing is planned for it (SEMANTICS 6.6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from dunwell.core import tries
from dunwell.core.scope import Scope
from dunwell.store import journal, models
from dunwell.store.records import tasks, watch

BOUNCED = "bounced"
SET_ASIDE = "took nothing for days"
OPTED_OUT = "opted out"


def end(
    scope: Scope, route: models.Route, *, why: str, on: dt.date, at: dt.datetime, entity: int | None
) -> None:
    """Take a route out of use, with a task to repair it; one already out stays as it is.

    Inside the caller's transaction.
    """
    if route.invalid_on is not None:
        return
    route.invalid_on, route.invalid_reason = on, why
    route.save(update_fields=["invalid_on", "invalid_reason"])
    customer = route.contact.customer_id
    wanted = tasks.broken_route(route.contact_id, route.channel, entity, customer)
    tasks.open_all(scope, [wanted], on=on, at=at)
    refs = {"contact": route.contact_id, "channel": route.channel, "why": why, "on": on}
    journal.append(scope, "route_ended", refs=refs, at=at)
    watch.wake(scope, [customer])


def opt_out(scope: Scope, routes: Iterable[models.Route], *, on: dt.date, at: dt.datetime) -> int:
    """Switch consent off for routes whose owner wants no more on this channel (SEMANTICS 13).

    It stays off whatever a file says later, until a person says that they agreed again.
    Nothing else follows: no answer, no task. Inside the caller's transaction.
    """
    count = 0
    for route in routes:
        if not route.consent and route.invalid_reason == OPTED_OUT:
            continue
        route.consent, route.invalid_on, route.invalid_reason = False, on, OPTED_OUT
        route.save(update_fields=["consent", "invalid_on", "invalid_reason"])
        cause = tasks.broken_route(route.contact_id, route.channel, None, 0).cause
        tasks.end(scope, [cause], outcome="opted out", on=on, at=at)
        refs = {"contact": route.contact_id, "channel": route.channel, "on": on}
        journal.append(scope, "ceased", refs=refs, at=at)
        watch.wake(scope, [route.contact.customer_id])
        count += 1
    return count


def restore(scope: Scope, route: models.Route, *, why: str, on: dt.date, at: dt.datetime) -> None:
    """Let a route be used again; an opt-out ends with it. Inside the caller's transaction."""
    was, route.consent = route.invalid_reason, True
    route.invalid_on, route.invalid_reason = None, ""
    route.save(update_fields=["consent", "invalid_on", "invalid_reason"])
    cause = tasks.broken_route(route.contact_id, route.channel, None, 0).cause
    tasks.end(scope, [cause], outcome="repaired", on=on, at=at)
    refs = {"contact": route.contact_id, "channel": route.channel, "was": was, "why": why}
    journal.append(scope, "route_restored", refs=refs, at=at)
    watch.wake(scope, [route.contact.customer_id])


def set_aside_before(scope: Scope, *, as_of: dt.date) -> list[models.Route]:
    """Return the routes that were set aside long enough ago to be tried again."""
    return list(
        models.Route.objects.filter(
            organisation_id=scope.organisation_id,
            invalid_reason=SET_ASIDE,
            invalid_on__lte=as_of - dt.timedelta(days=tries.SET_ASIDE_DAYS),
        ).select_related("contact")
    )


def mended(scope: Scope) -> list[str]:
    """Return the causes of open repair tasks whose route is in use again: a new address came."""
    open_tasks = models.Task.objects.filter(
        organisation_id=scope.organisation_id, state="open", kind="repair_route"
    ).values_list("cause", flat=True)
    found = []
    for cause in open_tasks:
        _, contact, channel = [*cause.split(":"), "", ""][:3]
        if contact.isdigit() and _is_in_use(scope, int(contact), channel):
            found.append(cause)
    return found


def of_action(scope: Scope, action: models.Action) -> models.Route | None:
    """Return the route an action went by; None for a call to nobody in particular."""
    if action.contact_id is None:
        return None
    return (
        models.Route.objects.filter(
            organisation_id=scope.organisation_id,
            contact_id=action.contact_id,
            channel=action.channel,
        )
        .select_related("contact")
        .first()
    )


def _is_in_use(scope: Scope, contact: int, channel: str) -> bool:
    return models.Route.objects.filter(
        organisation_id=scope.organisation_id,
        contact_id=contact,
        channel=channel,
        invalid_on__isnull=True,
    ).exists()
