"""The journal to be read: its events newest first, narrowed down, with what each is about.

An event holds numbers of rows. Whose they are is looked up for a whole page at once: one query
a kind of row, however many events there are. To find one customer's events no index helps, so
the journal is read backwards, `SCAN` events at a time, and the reader is told how far. Must not
know: how an event is said.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from dunwell.core.scope import Scope
from dunwell.store import models
from dunwell.store.lists import evidence

SCAN = 20_000
"""How many events are read at most where a customer's are looked for."""
_CHUNK = 2_000


class Event(NamedTuple):
    """One event: when, who, what was done, and the numbers it holds."""

    id: int
    at: dt.datetime
    actor: str
    verb: str
    refs: dict[str, Any]


class Wanted(NamedTuple):
    """What is looked for; what is empty does not narrow. `begins`, `ends`: from, before."""

    actor: str = ""
    verb: str = ""
    begins: dt.datetime | None = None
    ends: dt.datetime | None = None
    customer: int | None = None


class Page(NamedTuple):
    """Some events; `before` is where the next page begins, None at the journal's beginning."""

    events: list[Event]
    before: int | None


def page(scope: Scope, wanted: Wanted, *, before: int | None, limit: int) -> Page:
    """Return the newest events that are looked for, before an event's number."""
    rows: Any = models.Event.objects.filter(organisation_id=scope.organisation_id)
    for field, value in (
        ("actor", wanted.actor), ("verb", wanted.verb), ("at__gte", wanted.begins),
        ("at__lt", wanted.ends), ("pk__lt", before),
    ):  # fmt: skip
        if value:
            rows = rows.filter(**{field: value})
    rows = rows.order_by("-pk").values_list("pk", "at", "actor", "verb", "refs")
    if wanted.customer is None:
        found = [_event(row) for row in rows[: limit + 1]]
        rest = found[limit:]
        return Page(found[:limit], found[limit - 1].id if rest else None)
    return _about(scope, rows[:SCAN], wanted.customer, limit)


def _about(scope: Scope, rows: Any, customer: int, limit: int) -> Page:
    """Return the events about one customer among rows, and where to read on."""
    own = numbers(scope, customer)
    found: list[Event] = []
    last, seen = 0, 0
    for row in rows.iterator(chunk_size=_CHUNK):
        seen, last = seen + 1, row[0]
        event = _event(row)
        if is_about(event, own):
            found.append(event)
            if len(found) == limit:
                return Page(found, last)
    return Page(found, last if seen == SCAN else None)


def _event(row: tuple[Any, ...]) -> Event:
    pk, at, actor, verb, refs = row
    return Event(pk, at, actor, verb, json.loads(refs))


def is_about(event: Event, own: Mapping[str, Collection[int]]) -> bool:
    """Tell whether an event names a row of a customer, alone or among others."""
    if event.verb == "decided":
        return any(
            first <= d <= last
            for first, last in event.refs.get("decisions", ())
            for d in own.get("decision", ())
        )
    return any(pk in own.get(noun, ()) for noun, pk in named(event))


def named(event: Event) -> set[tuple[str, int]]:
    """Return the rows an event names: what each is, and its number."""
    told = evidence.Told(
        event.id, 0, event.at, event.actor, event.verb, event.refs, "", "", b"", ""
    )
    return evidence.about(told)


_OF: Mapping[str, Any] = {
    "action": models.Action, "approval": models.Approval, "call": models.Call,
    "contact": models.Contact, "decision": models.Decision, "insolvency": models.Insolvency,
    "item": models.Item, "mark": models.ChecklistMark, "measure": models.Measure,
    "note": models.Note, "payment": models.Payment, "placement": models.Placement,
    "reply": models.Reply, "stop": models.Stop, "task": models.Task,
    "write_off": models.WriteOff,
}  # fmt: skip
"""The rows an event may name that are some customer's."""


def numbers(scope: Scope, customer: int) -> dict[str, set[int]]:
    """Return the numbers of a customer's rows, by what they are."""
    found: dict[str, set[int]] = {"customer": {customer}}
    for noun, model in _OF.items():
        mine = model.objects.filter(organisation_id=scope.organisation_id, customer_id=customer)
        found[noun] = set(mine.values_list("pk", flat=True))
    return found


def whose(scope: Scope, events: Iterable[Event]) -> dict[int, list[int]]:
    """Return the customers each event is about, by the event's number."""
    wanted: dict[str, set[int]] = defaultdict(set)
    about = {e.id: named(e) for e in events}
    for pairs in about.values():
        for noun, pk in pairs:
            wanted[noun].add(pk)
    owner: dict[tuple[str, int], int] = {("customer", pk): pk for pk in wanted["customer"]}
    for noun, model in _OF.items():
        if wanted.get(noun):
            owner |= _owners(scope, noun, model, wanted[noun])
    return {
        pk: sorted({owner[pair] for pair in pairs if pair in owner}) for pk, pairs in about.items()
    }


def _owners(
    scope: Scope, noun: str, model: Any, pks: Collection[int]
) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    for part in _parts(sorted(pks)):
        rows = model.objects.filter(organisation_id=scope.organisation_id, pk__in=part)
        found |= {
            (noun, pk): customer
            for pk, customer in rows.values_list("pk", "customer_id")
            if customer is not None
        }
    return found


def _parts(pks: list[int]) -> Iterator[list[int]]:
    """Cut a long list: a database takes so many numbers in one statement."""
    return (pks[start : start + 500] for start in range(0, len(pks), 500))


def steps(scope: Scope, actions: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return the step and the channel of some actions."""
    rows = models.Action.objects.filter(organisation_id=scope.organisation_id, pk__in=list(actions))
    return {pk: (step, channel) for pk, step, channel in rows.values_list("pk", "step", "channel")}


def kinds(scope: Scope, measures: Collection[int]) -> dict[int, str]:
    """Return what kind some measures are of."""
    rows = models.Measure.objects.filter(
        organisation_id=scope.organisation_id, pk__in=list(measures)
    )
    return dict(rows.values_list("pk", "kind"))


def keys(scope: Scope, approvals: Collection[int]) -> dict[int, str]:
    """Return the keys under which questions are found, by number."""
    return dict(
        models.Approval.objects.filter(
            organisation_id=scope.organisation_id, pk__in=list(approvals)
        ).values_list("pk", "key")
    )
