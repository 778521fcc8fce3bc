"""The sums of the aging report, quickly: what is open now, and what a past day had beside it.

The same amounts as `store.lists.aging` yields item by item, with any due date of their bucket
in place of their own: a million items are added up in the order of an index, and what was
allocated since a past day is put back. Totals come from the sums that are kept (DATA.md 1.3).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db import connection

from dunwell.core import aging
from dunwell.core.scope import Scope
from dunwell.store import facts
from dunwell.store.lists.aging import key_of, narrowed, unapplied

Key = tuple[str, str, str, int]
"""What amounts are added up by: key, currency, kind and column (0: not due, then the buckets)."""

_OF = (
    "JOIN customer c ON c.id = x.customer_id AND c.organisation_id = x.organisation_id"
    " JOIN entity e ON e.id = x.entity_id AND e.organisation_id = x.organisation_id"
)


class _Asked(NamedTuple):
    """What is asked for: the day and its buckets, and in SQL the key and what limits the rows."""

    as_of: dt.date
    edges: Sequence[int]
    key: str
    where: str
    more: Sequence[int | str]


def open_amounts(
    scope: Scope,
    *,
    as_of: dt.date,
    edges: Sequence[int],
    by: str = "customer",
    entity: str | None = None,
    within: tuple[str, str] | None = None,
) -> Iterator[aging.Open]:
    """Yield what was open at the end of a day by key, currency, kind and bucket of `edges`.

    `within` limits it to one value of another key, such as ("region", "north").
    """
    is_ahead = _is_ahead(scope, as_of)
    where, more = narrowed(as_of=as_of, entity=entity, within=within)
    asked = _Asked(as_of, edges, key_of(by, as_of=as_of), where, more)
    if by in _OF_BINS and within is None and not is_ahead:
        yield from _of_bins(scope, asked)
    else:
        yield from _of_items(scope, asked, is_ahead=is_ahead)
    yield from unapplied(scope, as_of=as_of, by=by, where=where, more=more)


def _of_items(scope: Scope, asked: _Asked, *, is_ahead: bool) -> Iterator[aging.Open]:
    """Yield what was open of items, by bucket; a day that is not the newest is put together."""
    found = _now(scope, asked)
    if is_ahead:
        sums = dict(found)
        for at, minor in _since(scope, asked):
            sums[at] = sums.get(at, 0) + minor
        found = iter(sums.items())
    limits = _limits(asked.as_of, asked.edges)
    days = [asked.as_of, *(d - dt.timedelta(days=1) for d in limits)]
    for (name, currency, kind, column), minor in found:
        if minor:
            yield aging.Open(name, currency, kind, days[column], minor)


def _limits(as_of: dt.date, edges: Sequence[int]) -> list[dt.date]:
    """Return the due dates before which each bucket begins."""
    return [as_of, *(as_of - dt.timedelta(days=edge) for edge in edges)]


def _now(scope: Scope, asked: _Asked) -> Iterator[tuple[Key, int]]:
    """Yield what is open now, in the columns of the day; nothing is sorted but the result."""
    limits = [f"'{day.isoformat()}'" for day in _limits(asked.as_of, asked.edges)]
    late = "".join(
        f", SUM(CASE WHEN due_on < {day} THEN open_minor ELSE 0 END) AS late_{n}"
        for n, day in enumerate(limits)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {asked.key}, x.currency, x.kind, SUM(x.whole)"
            f"{''.join(f', SUM(x.late_{n})' for n, _ in enumerate(limits))} FROM ("
            f"SELECT organisation_id, entity_id, customer_id, currency, kind,"
            f" SUM(open_minor) AS whole{late} FROM item"
            " WHERE organisation_id = %s AND open_minor > 0"
            " GROUP BY organisation_id, entity_id, customer_id, kind, currency) x"
            f" {_OF} WHERE x.organisation_id = %s{asked.where} GROUP BY 1, 2, 3",
            [scope.organisation_id, scope.organisation_id, *asked.more],
        )
        for name, currency, kind, *sums in cursor.fetchall():
            before = 0
            for column in range(len(sums) - 1, -1, -1):
                minor, before = sums[column] - before, sums[column]
                if minor:
                    yield (name or "", currency, kind, column), int(minor)


def _since(scope: Scope, asked: _Asked) -> Iterator[tuple[Key, int]]:
    """Yield what was open then beside what is now: paid since; less what was not issued yet."""
    day = f"'{asked.as_of.isoformat()}'"
    columns = f"SELECT {asked.key}, x.currency, x.kind, x.due_on,"
    paid = (
        f"{columns} SUM(a.amount_minor) FROM allocation a JOIN item x ON x.id = a.item_id {_OF}"
        f' WHERE a.organisation_id = %s AND a."on" > {day}'
        f" AND (x.issued_on IS NULL OR x.issued_on <= {day}){asked.where} GROUP BY 1, 2, 3, 4"
    )
    unissued = (
        f"{columns} -SUM(x.open_minor) FROM item x {_OF} WHERE x.organisation_id = %s"
        f" AND x.issued_on > {day} AND x.open_minor > 0{asked.where} GROUP BY 1, 2, 3, 4"
    )
    with connection.cursor() as cursor:
        for sql in (paid, unissued):
            cursor.execute(sql, [scope.organisation_id, *asked.more])
            for name, currency, kind, due_on, minor in cursor.fetchall():
                place = aging.bucket((asked.as_of - facts.as_day(due_on)).days, asked.edges)
                column = 0 if place is None else place + 1
                yield (name or "", currency, kind, column), int(minor)


_OF_BINS = ("entity", "currency")
"""What open amounts are kept by, as sums of each due date (`store.records.ledger.Bins`)."""


def _of_bins(scope: Scope, asked: _Asked) -> Iterator[aging.Open]:
    """Yield the items open now from the sums that are kept: a few thousand rows for any book."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {asked.key}, x.currency, x.kind, x.due_on, SUM(x.open_minor) FROM due_bin x"
            " JOIN entity e ON e.id = x.entity_id AND e.organisation_id = x.organisation_id"
            f" WHERE x.organisation_id = %s{asked.where} GROUP BY 1, 2, 3, 4",
            [scope.organisation_id, *asked.more],
        )
        for found, currency, kind, due_on, minor in cursor.fetchall():
            if minor:
                yield aging.Open(found, currency, kind, facts.as_day(due_on), int(minor))


def _is_ahead(scope: Scope, as_of: dt.date) -> bool:
    """Tell whether the book holds anything dated after a day: then what is open now is not it."""
    later = (
        "payment WHERE organisation_id = %s AND kind = 'payment' AND paid_on > %s",
        "payment WHERE organisation_id = %s AND kind = 'payment' AND reversed_on > %s",
        'allocation WHERE organisation_id = %s AND "on" > %s',
        "item WHERE organisation_id = %s AND issued_on > %s",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {' OR '.join(f'EXISTS (SELECT 1 FROM {x})' for x in later)}",
            [scope.organisation_id, as_of] * len(later),
        )
        return bool(cursor.fetchone()[0])
