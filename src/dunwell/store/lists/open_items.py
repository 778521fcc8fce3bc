"""The items and money behind one number of the aging: listed by keyset, added up, or one by one.

The same rules as `store.lists.aging`: as of a past day by effective dates and what is known now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection

from dunwell.core import aging
from dunwell.core.scope import Scope
from dunwell.store import facts
from dunwell.store.lists.aging import UNKNOWN, key_of

Param = int | str


class Cut(NamedTuple):
    """Which number: of which entity, currency and customer, in which column ("" is the total).

    `within` limits it to one value of another key, such as ("region", "north").
    """

    currency: str
    column: str = ""
    entity: str = ""
    customer: str | None = None
    within: tuple[str, str] | None = None


class Place(NamedTuple):
    """Where a page ends and the next begins: items before money, then day and id."""

    rank: int
    day: str
    id: int


class Line(NamedTuple):
    """One item, or money not allocated; `open_minor` as it counts in the aging."""

    place: Place
    customer: str
    entity: str
    number: str
    part: str
    kind: str
    issued_on: dt.date | None
    due_on: dt.date
    amount_minor: int
    open_minor: int
    days_overdue: int


class Behind(NamedTuple):
    """What stands behind a number: how many lines there are, their sum, and some of them."""

    n: int
    sum_minor: int
    lines: list[Line]
    next: Place | None


def behind(
    scope: Scope,
    cut: Cut,
    *,
    as_of: dt.date,
    edges: Sequence[int],
    after: Place | None,
    limit: int,
) -> Behind:
    """Return what adds up to a number of the aging, `limit` lines from a place on."""
    union, params = _union(scope, cut, as_of=as_of, edges=edges)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*), SUM(u.minor) FROM ({union}) u WHERE u.minor <> 0", params)
        n, total = cursor.fetchone()
        where, more = "", list[Param]()
        if after is not None:
            day = f"'{dt.date.fromisoformat(after.day).isoformat()}'"
            where = (
                f" AND (u.place > %s OR (u.place = %s AND (u.day > {day}"
                f" OR (u.day = {day} AND u.id > %s))))"
            )
            more = [after.rank, after.rank, after.id]
        cursor.execute(
            f"SELECT u.* FROM ({union}) u WHERE u.minor <> 0{where}"
            " ORDER BY u.place, u.day, u.id LIMIT %s",
            [*params, *more, limit + 1],
        )
        lines = [_line(row, as_of) for row in cursor.fetchall()]
    has_more = len(lines) > limit
    lines = lines[:limit]
    return Behind(n, int(total or 0), lines, lines[-1].place if has_more else None)


def each(scope: Scope, cut: Cut, *, as_of: dt.date, edges: Sequence[int]) -> Iterator[Line]:
    """Yield all that adds up to a number, in the order of the list, however much it is."""
    union, params = _union(scope, cut, as_of=as_of, edges=edges)
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT u.* FROM ({union}) u WHERE u.minor <> 0 ORDER BY u.place, u.day, u.id", params
        )
        while rows := cursor.fetchmany(5_000):
            for row in rows:
                yield _line(row, as_of)


def _union(
    scope: Scope, cut: Cut, *, as_of: dt.date, edges: Sequence[int]
) -> tuple[str, list[Param]]:
    parts, params = [], list[Param]()
    for sql, more in _parts(scope, cut, as_of=as_of, edges=edges):
        parts.append(sql)
        params += more
    return " UNION ALL ".join(parts), params


def _line(row: Sequence[Any], as_of: dt.date) -> Line:
    rank, day, id_, customer, entity, number, part, kind, issued_on, amount, minor = row
    on = facts.as_day(day)
    late = (as_of - on).days if kind not in ("unapplied", "credit_note") else 0
    issued = None if issued_on is None else facts.as_day(issued_on)
    return Line(
        Place(rank, on.isoformat(), id_), customer, entity, number, part, kind, issued, on,
        int(amount), int(minor), max(late, 0),
    )  # fmt: skip


def _parts(
    scope: Scope, cut: Cut, *, as_of: dt.date, edges: Sequence[int]
) -> list[tuple[str, list[Param]]]:
    """Return the selects a number is made of: items, money not allocated, or both."""
    names = ["not due", *aging.labels(edges)]
    where = "x.organisation_id = %s AND x.currency = %s"
    params: list[Param] = [scope.organisation_id, cut.currency]
    if cut.entity:
        where, params = f"{where} AND e.code = %s", [*params, cut.entity]
    if cut.within is not None:
        key = key_of(cut.within[0], as_of=as_of)
        where, params = f"{where} AND COALESCE({key}, '') = %s", [*params, cut.within[1]]
    if cut.customer is not None:
        who = f"COALESCE(c.reference, '{UNKNOWN}')"
        where, params = f"{where} AND {who} = %s", [*params, cut.customer]
    out = []
    if cut.column != "unapplied":
        of = ""
        if cut.column in names:
            first, last = aging.span(names.index(cut.column), as_of=as_of, edges=edges)
            of = " AND x.kind <> 'credit_note'"
            of += f" AND x.due_on >= '{first.isoformat()}'" if first else ""
            of += f" AND x.due_on <= '{last.isoformat()}'" if last else ""
        elif cut.column == "credits":
            of = " AND x.kind = 'credit_note'"
        out.append((_items(f"{where}{of}", as_of), params))
    if cut.column in ("", "total", "unapplied"):
        out.append((_cash(where, as_of), params))
    return out


def _items(where: str, as_of: dt.date) -> str:
    day = f"'{as_of.isoformat()}'"
    return (
        "SELECT 0 AS place, x.due_on AS day, x.id AS id, c.reference, e.code, x.number, x.part,"
        " x.kind, x.issued_on, x.amount_minor,"
        " (CASE WHEN x.kind = 'credit_note' THEN -1 ELSE 1 END) * (x.amount_minor - COALESCE(("
        "SELECT SUM(a.amount_minor) FROM allocation a WHERE a.item_id = x.id"
        f' AND a.organisation_id = x.organisation_id AND a."on" <= {day}), 0)) AS minor'
        " FROM item x JOIN customer c ON c.id = x.customer_id JOIN entity e ON e.id = x.entity_id"
        f" WHERE {where} AND (x.issued_on IS NULL OR x.issued_on <= {day})"
        f" AND (x.open_minor > 0 OR x.closed_on IS NULL OR x.closed_on > {day})"
    )


def _cash(where: str, as_of: dt.date) -> str:
    day = f"'{as_of.isoformat()}'"
    return (
        f"SELECT 1 AS place, x.paid_on AS day, x.id AS id, COALESCE(c.reference, '{UNKNOWN}'),"
        " e.code, x.reference, '', 'unapplied', x.paid_on, x.amount_minor,"
        " COALESCE((SELECT SUM(a.amount_minor) FROM allocation a WHERE a.payment_id = x.id"
        f' AND a.organisation_id = x.organisation_id AND a."on" <= {day}), 0) - x.amount_minor'
        " AS minor FROM payment x LEFT JOIN customer c ON c.id = x.customer_id"
        f" JOIN entity e ON e.id = x.entity_id WHERE {where} AND x.kind = 'payment'"
        f" AND x.paid_on <= {day} AND (x.reversed_on IS NULL OR x.reversed_on > {day})"
    )
