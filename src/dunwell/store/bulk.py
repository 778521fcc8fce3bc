"""The whole book at once: who is due to be looked at, what stands for the others, and sums.

Plain SQL over covering indexes, so that a night's cost follows what is due, not the size of
the book. Engines add, compare and count; they never divide or round (DATA.md 1.12).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection

from dunwell.core import book, glance
from dunwell.core.reasons import Reason
from dunwell.core.scope import Scope
from dunwell.store import facts, models
from dunwell.store.models.casework import NEVER


class Standing(NamedTuple):
    """A case that waits, as last decided; it stands until its look day (SEMANTICS 2.7)."""

    customer_id: int
    customer: str
    reason: Reason
    also: tuple[Reason, ...]
    look_again_on: dt.date | None


Part = tuple[int, int]
"""One share of the book: (number from 0, of how many). Every customer is in exactly one."""


def due(scope: Scope, entity: models.Entity, *, as_of: dt.date, part: Part = (0, 1)) -> list[int]:
    """Return the customers to decide for a day: woken, due, or decided for a later day."""
    where, more = _part(part)
    mine = f"SELECT customer_id FROM watch WHERE organisation_id = %s AND entity_id = %s{where}"
    key: list[Any] = [scope.organisation_id, entity.pk, *more]
    # Each part of the union is one range of the index, so that its cost follows what is due.
    parts: list[tuple[str, list[Any]]] = [
        (" AND epoch < %s", [entity.epoch]),
        (" AND epoch = %s AND look_on <= %s", [entity.epoch, as_of]),
    ]
    later = models.Run.objects.filter(organisation_id=scope.organisation_id, as_of__gt=as_of)
    if later.exists():
        parts.append((" AND decided_on > %s", [as_of]))
    sql = " UNION ".join(mine + condition for condition, _ in parts) + " ORDER BY 1"
    with connection.cursor() as cursor:
        cursor.execute(sql, [x for _, values in parts for x in (*key, *values)])
        return [r[0] for r in cursor.fetchall()]


def standing(
    scope: Scope,
    entity: models.Entity,
    *,
    as_of: dt.date,
    family: facts.Families,
    part: Part = (0, 1),
) -> Iterator[Standing]:
    """Yield what stands for everybody else: the wait last decided, with its reasons."""
    where, more = _part(part)
    children = family.payer_of
    reasons = {str(r): r for r in Reason}
    lists: dict[str, tuple[Reason, ...]] = {"": ()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.customer_id, c.reference, w.reason, w.also, w.look_again_on FROM watch w"
            " JOIN customer c ON c.id = w.customer_id AND c.organisation_id = w.organisation_id"
            " WHERE w.organisation_id = %s AND w.entity_id = %s AND w.epoch = %s"
            " AND w.look_on > %s AND w.decided_on <= %s AND w.verdict = 'wait'"
            f"{where.replace('customer_id', 'w.customer_id')}",
            [scope.organisation_id, entity.pk, entity.epoch, as_of, as_of, *more],
        )
        while rows := cursor.fetchmany(10_000):
            for customer_id, reference, reason, also, look_on in rows:
                if customer_id in children:
                    continue
                if also not in lists:
                    lists[also] = tuple(reasons[r] for r in also.split())
                on = None if look_on is None else facts.as_day(look_on)
                yield Standing(customer_id, reference, reasons[reason], lists[also], on)


class Sight(NamedTuple):
    """What the items' own rows tell of a customer, where nothing else can matter.

    `late` is what may count as late invoices, `amounts` the open amounts of all places, both as
    text (`late_of`, `amounts_of`). `credit` is what credit notes come to, `is_named` whether one
    of them names its item; `least` is the least open amount of an item.
    """

    places: list[glance.Place]
    late: str
    credit_minor: int
    is_named: bool
    least_minor: int
    amounts: str


NOTHING_TO_SEE = Sight([], "", 0, is_named=False, least_minor=0, amounts="")


def sights(
    scope: Scope, entity: models.Entity, customers: Sequence[int], *, late_by: dt.date
) -> Iterator[tuple[int, Sight | None]]:
    """Yield what the open items of these customers tell; None where they need a full decision.

    The customers come in order of id, maybe with others whose ids lie between; who has no open
    item is absent. `late_by` is the last due date of an invoice that counts as late (SEMANTICS 8).
    The engine puts each customer's items together: a row for each costs more than all the rest.
    """
    among, ids = _among(customers)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_SIGHTS[connection.vendor]} AND customer_id{among} GROUP BY customer_id",
            [entity.base_currency, late_by, scope.organisation_id, entity.pk, *ids],
        )
        while rows := cursor.fetchmany(10_000):
            for customer, is_other, credit, is_named, least, places, late, amounts in rows:
                if is_other:
                    yield customer, None
                    continue
                yield customer, Sight(
                    places.split(_BETWEEN) if places else [], late or "", int(credit or 0),
                    bool(is_named), least or 0, amounts or "",
                )  # fmt: skip


def late_of(sight: Sight) -> list[tuple[str, int]]:
    """Return the invoices that may count as late, as (due date, open amount), oldest first."""
    pairs = (pair.split(glance.WITHIN) for pair in sight.late.split(_BETWEEN) if pair)
    return sorted((due_on, int(minor)) for due_on, minor in pairs)


def amounts_of(sight: Sight) -> list[int]:
    """Return the open amounts of the places, in their order."""
    return [int(minor) for minor in sight.amounts.split(_BETWEEN) if minor]


_BETWEEN = "\x1e"


def _sights(*, gather: str, yes: str) -> str:
    """Return the query; `gather` puts an expression's values together, `yes` is a flag's MAX."""
    within = f"'{glance.WITHIN}'"

    def together(value: str, when: str) -> str:
        return gather.format(value=f"CASE WHEN {when} THEN {value} END", between=f"'{_BETWEEN}'")

    debit = "kind <> 'credit_note'"
    minor = "CAST(open_minor AS TEXT)"
    place = (
        f"CAST(due_on AS TEXT) || {within} || taken || {within}"
        " || COALESCE(CAST(go_live_on AS TEXT), '')"
    )
    late = "kind IN ('invoice', 'instalment') AND due_on <= %s AND go_live_on IS NULL"
    return (
        f"SELECT customer_id, {yes.format('NOT is_plain OR currency <> %s OR kind = ' + _CLAIM)},"
        " SUM(CASE WHEN kind = 'credit_note' THEN open_minor END),"
        f" {yes.format('kind = ' + _CREDIT + ' AND applies_to <> ' + _NO)},"
        f" MIN(CASE WHEN {debit} THEN open_minor END), {together(place, debit)},"
        f" {together(f'CAST(due_on AS TEXT) || {within} || {minor}', late)},"
        f" {together(minor, debit)} FROM item"
        " WHERE organisation_id = %s AND entity_id = %s AND open_minor > 0"
    )


_CLAIM, _CREDIT, _NO = "'claim'", "'credit_note'", "''"
_SIGHTS = {
    "sqlite": _sights(gather="GROUP_CONCAT({value}, {between})", yes="MAX({})"),
    "postgresql": _sights(gather="STRING_AGG({value}, {between})", yes="BOOL_OR({})"),
}


class Profile(NamedTuple):
    """What tells a customer's segment and days beside its items: many customers share one.

    `policy_version_id` is the version an open case walks, None where none is open.
    """

    country: str
    segment_given: str
    grade_given: str
    strategic: bool
    revenue_minor: int | None
    natural_person: bool
    terms_days: int | None
    payment_method: str
    policy_version_id: int | None
    segment: str
    grade: str


def given(
    scope: Scope, entity: models.Entity, customers: Sequence[int], *, as_of: dt.date
) -> dict[int, tuple[str, Profile]]:
    """Return each customer's reference, and what is known of it beside its items.

    Others whose ids lie between may come along.
    """
    among, ids = _among(customers)
    key = [scope.organisation_id, entity.pk, *ids]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, policy_version_id FROM dunning_case WHERE organisation_id = %s"
            f" AND entity_id = %s AND customer_id{among} AND closed_on IS NULL",
            key,
        )
        cases = dict(cursor.fetchall())
        cursor.execute(
            "SELECT customer_id, segment, grade FROM assessment WHERE organisation_id = %s"
            f" AND entity_id = %s AND customer_id{among} AND since_on <= %s"
            " ORDER BY customer_id, since_on",
            [*key, as_of],
        )
        assessed = {r[0]: r[1:] for r in cursor.fetchall()}
        cursor.execute(
            "SELECT id, reference, country, segment_given, grade_given, strategic, revenue_minor,"
            " natural_person, terms_days, payment_method FROM customer"
            f" WHERE organisation_id = %s AND id{among}",
            [scope.organisation_id, *ids],
        )
        new = ("", "")
        case_of, assessed_of = cases.get, assessed.get
        shared: dict[tuple[Any, ...], Profile] = {}
        found: dict[int, tuple[str, Profile]] = {}
        for pk, reference, *person in cursor.fetchall():
            row = (*person, case_of(pk), *assessed_of(pk, new))
            profile = shared.get(row)
            if profile is None:
                profile = shared[row] = Profile._make(row)
            found[pk] = (reference, profile)
        return found


class Beside(NamedTuple):
    """What some customers have beside open items, as far as a glance can tell what it does.

    `unplain` have more than a glance knows; `cash` is unapplied money in base currency, by
    customer; `flying` wait for a message that takes a step, of which none is unknown.
    """

    unplain: set[int]
    cash: dict[int, int]
    flying: set[int]


def beside(
    scope: Scope, entity: models.Entity, customers: Sequence[int], family: facts.Families
) -> Beside:
    """Return what some customers have beside open items: money, stops, messages, a payer."""
    among, ids = _among(customers)
    key = [scope.organisation_id, entity.pk, *ids]
    found = {c for c in customers if c in family.payer_of or c in family.children}
    cash: dict[int, int] = {}
    flying: set[int] = set()
    with connection.cursor() as cursor:
        cursor.execute(f"{_STOPPED} AND customer_id{among}", key)
        found.update(r[0] for r in cursor.fetchall())
        cursor.execute(f"{_CASH} AND customer_id{among}", key)
        for customer, currency, minor in cursor.fetchall():
            if currency != entity.base_currency:
                found.add(customer)
            cash[customer] = cash.get(customer, 0) + minor
        cursor.execute(f"{facts.UNDER_WAY} AND customer_id{among}", key)
        for customer, state in cursor.fetchall():
            if state == "unknown":
                found.add(customer)
            flying.add(customer)
    return Beside(found, cash, flying - found)


def contacted(
    scope: Scope, entity: models.Entity, customers: Sequence[int], *, as_of: dt.date
) -> dict[int, list[book.Outreach]]:
    """Return the contacts these customers had of late, as a decision would see them."""
    since = as_of - dt.timedelta(days=facts.OUTREACH_DAYS)
    among, ids = _among(customers)
    found: dict[int, list[book.Outreach]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            facts.OUTREACH.replace(" IN {ids}", among),
            [scope.organisation_id, entity.pk, *ids, since],
        )
        for row in cursor.fetchall():
            found.setdefault(row[0], []).append(facts.as_outreach(row))
    return found


def _among(customers: Sequence[int]) -> tuple[str, Sequence[int]]:
    """Return a condition on customer ids in order: a range where they lie close, else each.

    A range is found in one go, however many ids it holds.
    """
    if not customers:
        return " IN (NULL)", ()
    first, last = customers[0], customers[-1]
    if last - first + 1 <= _CLOSE * len(customers):
        return " BETWEEN %s AND %s", (first, last)
    return f" IN ({','.join(['%s'] * len(customers))})", customers


_CLOSE = 2
"""How many ids a range may hold for each one wanted."""


def _part(part: Part) -> tuple[str, list[int]]:
    number, of = part
    if of == 1:
        return "", []
    return " AND customer_id / %s %% %s = %s", [_BLOCK, of, number]


_BLOCK = 8192
"""How many ids in a row fall to one share: their rows lie together, and are read together."""


_CASH = (
    "SELECT customer_id, currency, unapplied_minor FROM payment WHERE organisation_id = %s"
    " AND entity_id = %s AND unapplied_minor > 0"
)
_STOPPED = (
    "SELECT customer_id FROM stop WHERE organisation_id = %s"
    " AND (entity_id = %s OR entity_id IS NULL OR kind = 'placement')"
)
"""Stops of this entity and of all, and placements of any: those make a high risk everywhere (8)."""

__all__ = [
    "NEVER", "NOTHING_TO_SEE", "Part", "Profile", "Sight", "Standing", "beside", "contacted",
    "due", "given", "sights", "standing",
]  # fmt: skip
