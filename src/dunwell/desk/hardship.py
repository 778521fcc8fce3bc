"""Pauses for people's sake: hardship, a pause sales asks for, a case out of its cadence.

Each is a stop with reason and end (SEMANTICS 7, 4.7). Hardship lets soft messages go and gives
no relief by itself; a commercial pause is in force only once the manager says so; a hold may
be given a day on which it is looked at again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import hold, named
from dunwell.store import journal, models, tx
from dunwell.store.records import questions, tasks

PAUSE_DAYS = 14
"""The most days a commercial pause lasts, and the days of a hardship pause (SEMANTICS 7)."""


class Wanted(NamedTuple):
    """What is to be held, as a person says it; see `hold.open_hold`."""

    kind: str
    items: tuple[str, ...] = ()
    amount_minor: int | None = None
    until: dt.date | None = None
    review_on: dt.date | None = None
    reason: str = ""
    note: str = ""
    entity: str | None = None


def open_stop(
    scope: Scope, customer: str, wanted: Wanted, *, on: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """Open a hold of any kind; return its id and state, and under which key it is approved.

    Raises: Refused for a kind there is not, or what its rules do not allow.
    """
    if wanted.kind not in hold.KINDS:
        raise Refused("unknown_kind", f"--kind {wanted.kind!r} is none of {', '.join(hold.KINDS)}")
    _check(wanted, on)
    until = wanted.until
    if wanted.kind == "hardship":
        until = on + dt.timedelta(days=PAUSE_DAYS - 1)
    with tx.transaction_of(scope):
        made = hold.open_hold(
            scope, customer, items=list(wanted.items), amount_minor=wanted.amount_minor, on=on,
            until=until, reason=wanted.reason, note=wanted.note, entity=wanted.entity, now=now,
            kind=wanted.kind,
        )  # fmt: skip
        stop = models.Stop.objects.get(organisation_id=scope.organisation_id, pk=made)
        done: dict[str, Any] = {"id": made, "state": "open"}
        if wanted.review_on is not None:
            stop.review_on = wanted.review_on
            stop.save(update_fields=["review_on"])
        if wanted.kind == "commercial_pause":
            done |= {"state": "asked", "key": _ask(scope, stop, wanted, on=on, now=now)}
        if wanted.kind == "hardship":
            done["tasks"] = [_offer(scope, stop, on=on, now=now)]
    return done


def _check(wanted: Wanted, on: dt.date) -> None:
    """Refuse what the rules of a kind do not allow."""
    until, review = wanted.until, wanted.review_on
    if wanted.kind == "commercial_pause" and until and (until - on).days >= PAUSE_DAYS:
        raise Refused("too_long", f"a commercial pause lasts at most {PAUSE_DAYS} days")
    if wanted.kind == "moved_out" and until is None:
        raise Refused("until_missing", "a case moved out of its cadence comes back: --until")
    if wanted.kind == "hardship":
        if wanted.items or wanted.amount_minor is not None:
            raise Refused("whole_customer", "hardship is the customer's, not an item's")
        if until is not None:
            raise Refused("too_long", f"a hardship pause lasts {PAUSE_DAYS} days: leave --until")
    if review is not None and (review <= on or (until is not None and review > until)):
        raise Refused("dates_crossed", f"--review {review} must lie within the hold")


def _ask(scope: Scope, stop: models.Stop, wanted: Wanted, *, on: dt.date, now: dt.datetime) -> str:
    """Put a pause before the manager; until it is granted it covers no day."""
    entity = named.entity_for(scope, stop.customer, wanted.entity)
    covered = models.StopItem.objects.filter(organisation_id=scope.organisation_id, stop=stop)
    items = [i.item for i in covered.select_related("item")]
    sums: dict[str, int] = {}
    for item in items:
        sums[item.currency] = sums.get(item.currency, 0) + item.open_minor
    stop.state, stop.ended_on = "asked", stop.from_on
    stop.save(update_fields=["state", "ended_on"])
    return questions.ask(
        scope, "commercial_pause", cause=f"commercial_pause:{stop.pk}", role="manager",
        entity_id=entity.pk, customer_id=stop.customer_id, items=[i.pk for i in items],
        amounts=sorted(sums.items()), step=str(stop.pk), on=on, at=now,
    )  # fmt: skip


def _offer(scope: Scope, stop: models.Stop, *, on: dt.date, now: dt.datetime) -> int:
    """Let somebody offer a plan in two working days: never relief by itself."""
    wanted = tasks.Wanted("offer_plan", f"offer_plan:{stop.pk}", stop.entity_id, stop.customer_id)
    (made,) = tasks.open_all(scope, [wanted], on=on, at=now)
    return made.pk


def grant_pause(scope: Scope, row: models.Approval, on: dt.date, now: dt.datetime) -> None:
    """Let a commercial pause begin: the day it is approved, for no more than its days.

    Raises: Refused when the days asked for are over.
    """
    stop = models.Stop.objects.get(organisation_id=scope.organisation_id, pk=int(row.step))
    until = stop.until_on or on + dt.timedelta(days=PAUSE_DAYS - 1)
    if until < on:
        raise Refused("date_passed", f"the pause was asked for until {until}: refuse it")
    stop.from_on, stop.until_on = max(on, stop.from_on), until
    stop.state, stop.ended_on = "open", None
    stop.save(update_fields=["from_on", "until_on", "state", "ended_on"])
    refs = {"stop": stop.pk, "kind": stop.kind, "customer": stop.customer_id, "from": stop.from_on}
    journal.append(scope, "stop_opened", refs=refs | {"until": until}, at=now)


def refuse_pause(scope: Scope, row: models.Approval, on: dt.date, now: dt.datetime) -> None:
    """Keep that a commercial pause was refused; it never covered a day."""
    models.Stop.objects.filter(organisation_id=scope.organisation_id, pk=int(row.step)).update(
        state="refused", ended_at=now, ended_by=scope.actor
    )
    journal.append(scope, "stop_closed", refs={"stop": int(row.step), "on": on}, at=now)


def review(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Put each hold whose day of review has come before whoever set it, once (SEMANTICS 7)."""
    with tx.transaction_of(scope):
        live = models.Stop.objects.filter(
            organisation_id=scope.organisation_id, review_on__lte=as_of, ended_on__isnull=True
        ).exclude(until_on__lt=as_of)
        if customers is not None:
            live = live.filter(customer_id__in=list(customers))
        wanted = [
            tasks.Wanted(
                "review_hold", f"review_hold:{s.pk}:{s.review_on}", s.entity_id, s.customer_id,
                note=f"Review hold {s.pk}, open since {s.from_on}.", owner=s.by,
            )
            for s in live
        ]  # fmt: skip
        known = set(
            models.Task.objects.filter(
                organisation_id=scope.organisation_id, cause__in=[w.cause for w in wanted]
            ).values_list("cause", flat=True)
        )
        tasks.open_all(scope, [w for w in wanted if w.cause not in known], on=as_of, at=now)
        _end_reviews(scope, as_of, now)


def _end_reviews(scope: Scope, as_of: dt.date, now: dt.datetime) -> None:
    """End the review of holds that are over."""
    asked = {
        int(cause.split(":")[1]): pk
        for pk, cause in models.Task.objects.filter(
            organisation_id=scope.organisation_id, state="open", kind="review_hold"
        ).values_list("pk", "cause")
    }
    over = models.Stop.objects.filter(
        organisation_id=scope.organisation_id, pk__in=list(asked)
    ).values_list("pk", "ended_on", "until_on")
    ids = [
        asked[pk]
        for pk, ended, until in over
        if ended is not None or (until is not None and until < as_of)
    ]
    tasks.end_these(scope, ids, outcome="over", on=as_of, at=now)
