"""Alerts: whoever asked hears of it once when a customer crosses a threshold (SEMANTICS 7).

A crossing is told once, and is over when the customer has come back; then it may be told again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from dunwell.core import money
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import named
from dunwell.store import journal, models, policies, tx
from dunwell.store.lists import thresholds
from dunwell.store.records import tasks

ON_WHAT = ("amount", "age", "grade", "step")
GRADES = ("excellent", "good", "fair", "poor")
"""Best first; an alert is about its grade and every worse one."""
PART = 1000
ONE_EACH = 20
"""Up to so many crossings a night make a task each; more make one task that says how many."""


def open_alert(
    scope: Scope,
    name: str,
    *,
    on_what: str,
    threshold: str,
    who: str = "",
    entity: str | None = None,
    on: dt.date,
    now: dt.datetime,
) -> int:
    """Open an alert; return its id. Who is told is whoever opens it, unless said.

    Raises: Refused for a name in use, a threshold that makes no sense, or nobody to tell.
    """
    if not name.strip():
        raise Refused("name_missing", "an alert needs a name to be known by")
    with tx.transaction_of(scope):
        mine = models.Alert.objects.filter(organisation_id=scope.organisation_id)
        if mine.filter(name=name).exists():
            raise Refused("name_taken", f"there is an alert {name!r} already; take another name")
        at_entity = named.entity(scope, entity) if entity else None
        entities = [at_entity] if at_entity else _entities(scope)
        _check(scope, entities, on_what, threshold)
        who = who or scope.actor
        users = models.User.objects.filter(organisation_id=scope.organisation_id, name=who)
        if not users.exists():
            raise Refused("unknown_user", f"no user {who!r} to tell; add one: dunwell user")
        row = models.Alert.objects.create(
            organisation_id=scope.organisation_id, name=name, entity=at_entity, on_what=on_what,
            threshold=threshold, who=who, by=scope.actor, opened_on=on,
        )  # fmt: skip
        refs = {"alert": row.pk, "on_what": on_what, "threshold": threshold, "on": on}
        journal.append(scope, "alert_opened", refs=refs, at=now)
    return row.pk


def close_alert(scope: Scope, name: str, *, on: dt.date, now: dt.datetime) -> int:
    """Close an alert: nobody is told any more; its crossings are kept.

    Raises: Refused for an alert that is not open.
    """
    with tx.transaction_of(scope):
        row = _named(scope, name)
        if row is None or row.closed_on is not None:
            raise Refused("unknown_alert", f"no open alert {name!r}; see `dunwell alert list`")
        row.closed_on = on
        row.save(update_fields=["closed_on"])
        journal.append(scope, "alert_closed", refs={"alert": row.pk, "on": on}, at=now)
    return row.pk


def listed(scope: Scope) -> list[dict[str, Any]]:
    """List alerts by name, with how many customers lie beyond each."""
    with tx.reading(scope):
        rows = models.Alert.objects.filter(organisation_id=scope.organisation_id)
        return [_told(scope, r) for r in rows.select_related("entity").order_by("name")]


def show(scope: Scope, name: str) -> dict[str, Any]:
    """Return one alert with its crossings, newest first. Raises: Refused where there is none."""
    with tx.reading(scope):
        row = _named(scope, name)
        if row is None:
            raise Refused("unknown_alert", f"no alert {name!r}; see `dunwell alert list`")
        crossings = models.AlertCrossing.objects.filter(
            organisation_id=scope.organisation_id, alert=row
        ).select_related("customer", "entity")
        return _told(scope, row) | {
            "crossings": [
                {
                    "customer": c.customer.reference, "entity": c.entity.code,
                    "crossed_on": c.crossed_on, "cleared_on": c.cleared_on,
                }
                for c in crossings.order_by("-crossed_on", "-pk")
            ]
        }  # fmt: skip


def _told(scope: Scope, row: models.Alert) -> dict[str, Any]:
    beyond = models.AlertCrossing.objects.filter(
        organisation_id=scope.organisation_id, alert=row, cleared_on__isnull=True
    )
    return {
        "id": row.pk, "name": row.name, "on_what": row.on_what, "threshold": row.threshold,
        "entity": row.entity.code if row.entity else None, "who": row.who, "by": row.by,
        "opened_on": row.opened_on, "closed_on": row.closed_on, "beyond": beyond.count(),
    }  # fmt: skip


def _named(scope: Scope, name: str) -> models.Alert | None:
    mine = models.Alert.objects.filter(organisation_id=scope.organisation_id, name=name)
    found: models.Alert | None = mine.select_related("entity").first()
    return found


def _entities(scope: Scope) -> list[models.Entity]:
    mine = models.Entity.objects.filter(organisation_id=scope.organisation_id)
    return list(mine.order_by("code"))


def _check(scope: Scope, entities: list[models.Entity], on_what: str, threshold: str) -> None:
    """Make sure that a threshold can be crossed. Raises: Refused."""
    if on_what == "amount":
        for entity in entities:
            _minor(entity, threshold)
    elif on_what == "age":
        if not threshold.isdigit() or not int(threshold):
            raise Refused("bad_threshold", f"{threshold!r} is no number of days such as 30")
    elif on_what == "grade":
        if threshold not in GRADES[1:]:
            raise Refused("bad_threshold", f"{threshold!r} is none of {', '.join(GRADES[1:])}")
    elif on_what == "step":
        known = {
            s.id
            for name in models.Policy.objects.filter(
                organisation_id=scope.organisation_id
            ).values_list("name", flat=True)
            for c in policies.current(scope, name)[1].cadences.values()
            for s in c.steps
        }
        if threshold not in known:
            raise Refused("bad_threshold", f"no policy here has a step {threshold!r}")
    else:
        raise Refused("bad_threshold", f"--on-what {on_what!r} is none of {', '.join(ON_WHAT)}")


def _minor(entity: models.Entity, threshold: str) -> int:
    try:
        return money.to_minor(Decimal(threshold), entity.base_currency)
    except (ValueError, InvalidOperation) as error:
        raise Refused("bad_threshold", f"{threshold!r} is no amount such as 5000.00") from error


# --- every night --------------------------------------------------------------------------------


def watch(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Find who has crossed each open alert since the last night, and who has come back."""
    del customers  # the whole book at once costs less than customer by customer
    rows = models.Alert.objects.filter(
        organisation_id=scope.organisation_id, closed_on__isnull=True, opened_on__lte=as_of
    )
    with tx.reading(scope):
        alerts = list(rows.select_related("entity").order_by("pk"))
    for alert in alerts:
        for entity in [alert.entity] if alert.entity else _read_entities(scope):
            _compare(scope, alert, entity, as_of, now)


def _read_entities(scope: Scope) -> list[models.Entity]:
    with tx.reading(scope):
        return _entities(scope)


def _compare(
    scope: Scope, alert: models.Alert, entity: models.Entity, as_of: dt.date, now: dt.datetime
) -> None:
    """Compare one entity's customers with a threshold; keep what changed, in short transactions.

    Whoever asked is told first: a crash after it tells the same open task again, never nothing.
    """
    mine = models.AlertCrossing.objects.filter(
        organisation_id=scope.organisation_id, alert=alert, entity=entity
    )
    with tx.reading(scope):
        beyond = _beyond(scope, alert, entity, as_of)
        open_now = dict(mine.filter(cleared_on__isnull=True).values_list("customer_id", "pk"))
        # Who went back and forth on one day has been told that day.
        today = dict(mine.filter(crossed_on=as_of).values_list("customer_id", "pk"))
    back = sorted(pk for customer, pk in open_now.items() if customer not in beyond)
    fresh = sorted(beyond - set(open_now))
    again = [today[c] for c in fresh if c in today]
    crossed = [c for c in fresh if c not in today]
    if not (back or fresh):
        return
    with tx.transaction_of(scope):
        _tell(scope, alert, entity, crossed, as_of, now)
        refs = {"alert": alert.pk, "entity": entity.pk, "crossed": len(crossed),
                "back": len(back), "on": as_of}  # fmt: skip
        journal.append(scope, "alert_crossed", refs=refs, at=now)
    for part in _parts(back):
        with tx.transaction_of(scope):
            mine.filter(pk__in=part).update(cleared_on=as_of)
    for part in _parts(again):
        with tx.transaction_of(scope):
            mine.filter(pk__in=part).update(cleared_on=None)
    for part in _parts(crossed):
        with tx.transaction_of(scope):
            models.AlertCrossing.objects.bulk_create(
                models.AlertCrossing(
                    organisation_id=scope.organisation_id, alert=alert, entity=entity,
                    customer_id=customer, crossed_on=as_of,
                )
                for customer in part
            )  # fmt: skip


def _parts(ids: list[int]) -> Iterator[list[int]]:
    """Cut ids so that a transaction stays short (DATA.md 1.7)."""
    return (ids[start : start + PART] for start in range(0, len(ids), PART))


def _beyond(scope: Scope, alert: models.Alert, entity: models.Entity, as_of: dt.date) -> set[int]:
    if alert.on_what == "amount":
        least = _minor(entity, alert.threshold)
        return thresholds.by_amount(scope, entity, least_minor=least, as_of=as_of)
    if alert.on_what == "age":
        return thresholds.by_age(scope, entity, least_days=int(alert.threshold), as_of=as_of)
    if alert.on_what == "grade":
        grades = GRADES[GRADES.index(alert.threshold) :]
        return thresholds.by_grade(scope, entity, grades=grades, as_of=as_of)
    return thresholds.by_step(scope, entity, step=alert.threshold)


def _tell(
    scope: Scope,
    alert: models.Alert,
    entity: models.Entity,
    crossed: list[int],
    as_of: dt.date,
    now: dt.datetime,
) -> None:
    """Put the crossings before whoever asked: a task each, or one where there are many."""
    said = f"{alert.name}: {alert.on_what} {alert.threshold}"
    wanted = [
        tasks.Wanted(
            "alert", f"alert:{alert.pk}:{entity.pk}:{customer}:{as_of}", entity.pk, customer,
            note=f"{said} crossed.", owner=alert.who,
        )
        for customer in crossed
    ]  # fmt: skip
    if len(wanted) > ONE_EACH:
        wanted = [
            tasks.Wanted(
                "alert", f"alert:{alert.pk}:{entity.pk}::{as_of}", entity.pk, None,
                note=f"{said} crossed by {len(crossed)} customers: dunwell alert show.",
                owner=alert.who,
            )
        ]  # fmt: skip
    tasks.open_all(scope, wanted, on=as_of, at=now)


def crossed(scope: Scope, *, as_of: dt.date) -> int:
    """Return how many thresholds were crossed on a day: its run reports them."""
    with tx.reading(scope):
        count: int = models.AlertCrossing.objects.filter(
            organisation_id=scope.organisation_id, crossed_on=as_of
        ).count()
    return count
