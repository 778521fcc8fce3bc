"""The journal to be read by people: events with their customers, and how the chain stands."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dunwell.core.scope import Scope
from dunwell.desk import setting, view
from dunwell.store import models, personal, tx
from dunwell.store.lists import journal as lists


class Entry(NamedTuple):
    """One event and whom it is about: (reference, name) of each customer, few of many.

    `told` is what its rows say of themselves: the step and channel of a message, the kind of a
    measure.
    """

    event: lists.Event
    at: dt.datetime
    customers: list[tuple[str, str]]
    more: int
    question: str
    told: dict[str, str]


class Pages(NamedTuple):
    """Some of the journal; `before` begins the next page, `scanned` tells that it was searched."""

    entries: list[Entry]
    before: int | None
    scanned: int


class Chain(NamedTuple):
    """The newest seal: its number, when, its hash; and how many events came since."""

    n: int
    at: dt.datetime | None
    head: str
    unsealed: int


SHOWN = 3


def read(
    scope: Scope,
    *,
    customer: str = "",
    actor: str = "",
    verb: str = "",
    day: dt.date | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Pages:
    """Return a page of the journal, newest first. Raises: Refused for an unknown customer."""
    zone = zoneinfo.ZoneInfo(setting.time_zone(scope))
    begins = dt.datetime.combine(day, dt.time.min, tzinfo=zone) if day else None
    ends = begins + dt.timedelta(days=1) if begins else None
    pk = view.ids_of(scope, [customer])[0] if customer else None
    with tx.reading(scope):
        wanted = lists.Wanted(actor, verb, begins, ends, pk)
        page = lists.page(scope, wanted, before=before, limit=limit)
        whose = lists.whose(scope, page.events)
        shown = {c for found in whose.values() for c in found[:SHOWN]}
        refs = dict(
            models.Customer.objects.filter(
                organisation_id=scope.organisation_id, pk__in=shown
            ).values_list("pk", "reference")
        )
        names = personal.read(scope, "customer", shown, fields=["name"])
        asked = {e.refs["approval"] for e in page.events if isinstance(e.refs.get("approval"), int)}
        keys = lists.keys(scope, asked)
        steps = lists.steps(scope, _named(page.events, "action"))
        kinds = lists.kinds(scope, _named(page.events, "measure"))
    entries = [
        Entry(
            e, e.at.astimezone(zone),
            [(refs[c], names.get((c, "name"), "")) for c in whose[e.id][:SHOWN] if c in refs],
            max(0, len(whose[e.id]) - SHOWN), keys.get(e.refs.get("approval", 0), ""),
            _told(e.refs, steps, kinds),
        )
        for e in page.events
    ]  # fmt: skip
    return Pages(entries, page.before, lists.SCAN if customer else 0)


def _named(events: Iterable[lists.Event], what: str) -> set[int]:
    return {e.refs[what] for e in events if isinstance(e.refs.get(what), int)}


def _told(
    refs: Mapping[str, Any], steps: Mapping[int, tuple[str, str]], kinds: Mapping[int, str]
) -> dict[str, str]:
    action, measure = refs.get("action"), refs.get("measure")
    out = {}
    if isinstance(action, int) and action in steps:
        out["step"], out["channel"] = steps[action]
    if isinstance(measure, int) and measure in kinds:
        out["kind"] = kinds[measure]
    return out


def chain(scope: Scope) -> Chain:
    """Return how the chain stands, without checking it."""
    with tx.reading(scope):
        last = (
            models.Seal.objects.filter(organisation_id=scope.organisation_id).order_by("n").last()
        )
        since = models.Event.objects.filter(
            organisation_id=scope.organisation_id, pk__gt=last.upto if last else 0
        ).count()
    return Chain(last.n, last.at, last.hash, since) if last else Chain(0, None, "", since)


def people(scope: Scope) -> list[str]:
    """Return the names of everybody who works here."""
    with tx.reading(scope):
        return list(
            models.User.objects.filter(organisation_id=scope.organisation_id)
            .order_by("name")
            .values_list("name", flat=True)
        )
