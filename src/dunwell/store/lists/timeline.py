"""Everything that happened with one customer, newest first: one statement, paged by its last row.

Each kind of thing brings its own branch: the day, two to five words about it, an amount. The
branches are one UNION, so a page costs one query however many kinds there are. Must not know:
how a line is said.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    Expression,
    F,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Coalesce, TruncDate

from dunwell.core.scope import Scope
from dunwell.store import models

KINDS: Mapping[str, tuple[str, ...]] = {
    "messages": ("action", "by_hand", "reply"),
    "calls": ("call", "note"),
    "money": ("payment",),
    "casework": ("stop", "stop_end", "proposed", "in_force", "lifted", "task", "answered"),
    "decisions": ("decided",),
}
"""What a timeline can be narrowed to, and the branches of each."""
_WORDS = ("a", "b", "c", "d", "e")


class After(NamedTuple):
    """The last row of a page: the next one begins after it."""

    on: dt.date
    what: str
    id: int


class Line(NamedTuple):
    """One thing that happened. What the words mean, the table of branches says.

    `at` is when, where the time of day is known.
    """

    on: dt.date
    what: str
    id: int
    words: tuple[str, ...]
    minor: int
    currency: str
    at: dt.datetime | None = None


class _Branch(NamedTuple):
    rows: Callable[[Scope, int, list[int]], QuerySet[Any]]
    on: Callable[[zoneinfo.ZoneInfo], str | Expression]
    words: tuple[str, ...]
    minor: str = ""
    currency: str = ""
    at: tuple[str, ...] = ()


def page(
    scope: Scope,
    customer_id: int,
    *,
    zone: str,
    until: dt.date,
    kinds: Collection[str] = (),
    after: After | None = None,
    limit: int = 40,
    leaves_out_routine: bool = False,
) -> list[Line]:
    """Return what happened through a day, newest first, at most `limit` lines after a row.

    `leaves_out_routine` keeps out decisions that say no more than the day or the message does.
    """
    wanted = [b for k, branches in KINDS.items() if not kinds or k in kinds for b in branches]
    entities = list(
        models.Entity.objects.filter(organisation_id=scope.organisation_id).values_list(
            "pk", flat=True
        )
    )
    tz = zoneinfo.ZoneInfo(zone)
    parts = [
        _branch(scope, customer_id, entities, name, tz, until, after,
                excluding=_ROUTINE if leaves_out_routine and name == "decided" else None)
        for name in _ORDER
        if name in wanted
    ]  # fmt: skip
    whole = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return [
        Line(row[0], _ORDER[row[1]], row[2], tuple(row[3:8]), row[8], row[9],
             None if row[10] is None else row[10].astimezone(tz))
        for row in whole.order_by("-day", "rank", "-row")[:limit]
    ]  # fmt: skip


def _branch(
    scope: Scope,
    customer_id: int,
    entities: list[int],
    name: str,
    zone: zoneinfo.ZoneInfo,
    until: dt.date,
    after: After | None,
    *,
    excluding: Q | None,
) -> QuerySet[Any]:
    b = _BRANCHES[name]
    day, rank = b.on(zone), _ORDER.index(name)
    given = F(day) if isinstance(day, str) else day
    rows = b.rows(scope, customer_id, entities).annotate(day=given)
    rows = rows.filter(day__lte=until)
    if excluding is not None:
        rows = rows.exclude(excluding)
    if after is not None:
        here = _ORDER.index(after.what)
        later = Q(day__lt=after.on)
        if rank == here:
            later |= Q(day=after.on, pk__lt=after.id)
        elif rank > here:
            later |= Q(day=after.on)
        rows = rows.filter(later)
    fields = (*b.words, *[""] * (len(_WORDS) - len(b.words)))
    said = {f"word_{n}": _word(field) for n, field in zip(_WORDS, fields, strict=True)}
    amount = F(b.minor) if b.minor else Value(0, output_field=BigIntegerField())
    made: QuerySet[Any] = (
        rows.annotate(
            rank=Value(rank, output_field=BigIntegerField()), row=F("pk"), **said,
            minor=amount, money=_word(b.currency), clock=_clock(b.at),
        )
        .order_by()
        .values_list("day", "rank", "row", *said, "minor", "money", "clock")
    )  # fmt: skip
    return made


def _clock(fields: tuple[str, ...]) -> Expression | F:
    if len(fields) == 1:
        return F(fields[0])
    if fields:
        return Coalesce(*fields)
    return Cast(Value(None), output_field=DateTimeField())


def _word(field: str) -> Expression | F:
    return F(field) if field else Value("", output_field=CharField())


def _mine(model: Any, **more: Any) -> Callable[[Scope, int, list[int]], QuerySet[Any]]:
    """Return the rows of a customer: by entity too, where the index goes by it."""

    def rows(scope: Scope, customer: int, entities: list[int]) -> QuerySet[Any]:
        where: dict[str, Any] = {"organisation_id": scope.organisation_id, "customer_id": customer}
        if model in _BY_ENTITY:
            where["entity_id__in"] = entities
        found: QuerySet[Any] = model.objects.filter(**where, **more)
        return found

    return rows


_BY_ENTITY = (
    models.Decision, models.Action, models.Approval, models.Call, models.Outreach, models.Measure,
)  # fmt: skip


def _at(field: str, *instead: str) -> Callable[[zoneinfo.ZoneInfo], Expression]:
    """Return the day of a time where the organisation is."""
    return lambda zone: TruncDate(Coalesce(field, *instead) if instead else field, tzinfo=zone)


def _on(field: str, *instead: str) -> Callable[[zoneinfo.ZoneInfo], str | Expression]:
    return lambda zone: Coalesce(field, *instead) if instead else field


def _sent(scope: Scope, customer: int, entities: list[int]) -> QuerySet[Any]:
    rows = _mine(models.Action)(scope, customer, entities)
    return rows.exclude(state__in=("ready", "claimed"))


def _answered(scope: Scope, customer: int, entities: list[int]) -> QuerySet[Any]:
    return _mine(models.Approval)(scope, customer, entities).exclude(state="asked")


def _by_hand(scope: Scope, customer: int, entities: list[int]) -> QuerySet[Any]:
    rows = _mine(models.Outreach, by_hand=True)(scope, customer, entities)
    return rows.exclude(channel="call").exclude(voided_on__isnull=False)


_BRANCHES: Mapping[str, _Branch] = {
    "lifted": _Branch(_mine(models.Measure, lifted_on__isnull=False), _on("lifted_on"), ("kind",)),
    "in_force": _Branch(
        _mine(models.Measure, in_force_on__isnull=False), _on("in_force_on"), ("kind",),
    ),
    "answered": _Branch(
        _answered, _on("decided_on", "asked_on"), ("state", "what", "step", "decided_by", "reason"),
    ),
    "task": _Branch(
        _mine(models.Task, done_on__isnull=False), _on("done_on"), ("kind", "done_by", "outcome"),
    ),
    "stop_end": _Branch(
        _mine(models.Stop, ended_on__isnull=False), _on("ended_on"), ("kind", "ended_by", "state"),
    ),
    "stop": _Branch(_mine(models.Stop), _on("from_on"), ("kind", "by", "reason")),
    "note": _Branch(_mine(models.Note), _at("at"), ("by", "withdrawn_by"), at=("at",)),
    "call": _Branch(_mine(models.Call), _on("on"), ("outcome", "by", "channel", "withdrawn_by")),
    "reply": _Branch(
        _mine(models.Reply), _at("received_at"), ("kind", "state", "channel"), at=("received_at",),
    ),
    "payment": _Branch(
        _mine(models.Payment), _on("paid_on"), ("kind", "reference"), "amount_minor", "currency",
    ),
    "by_hand": _Branch(_by_hand, _on("on"), ("channel", "step")),
    "action": _Branch(
        _sent, _at("handed_at", "send_at"), ("state", "channel", "step", "key", "reason"),
        at=("handed_at", "send_at"),
    ),
    "proposed": _Branch(
        _mine(models.Measure), _on("proposed_on"), ("kind", "proposed_by", "reason"),
    ),
    "decided": _Branch(
        _mine(models.Decision), _on("as_of"), ("verdict", "reason", "step"),
    ),
}  # fmt: skip
_ORDER = tuple(_BRANCHES)
"""Within a day the latest first: a night decides, the morning sends, people answer after it."""
_ROUTINE = Q(verdict="act") | Q(
    verdict="wait", reason__in=("not_yet", "quiet_hours", "too_soon", "nothing_open", "in_flight")
)
WHATS = frozenset(_ORDER)
"""Every branch by its name."""
