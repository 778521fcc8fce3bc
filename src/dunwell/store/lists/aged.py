"""The sums of the aging report, quickly: what is open now, and what a past day had beside it.

The same amounts as `store.lists.aging` yields item by item, added up in the database: a million
items in the order of an index, and what was allocated since a past day is put back. Totals come
from the sums that are kept (DATA.md 1.3).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from django.db import connection

from dunwell.core import aging
from dunwell.core.scope import Scope
from dunwell.store.lists.aging import key_of, narrowed, unapplied

Tell = Callable[[int, int], None]
"""Is told how many of how many parts are added up."""
Part = tuple[str, str, tuple[int, ...]]
"""One key's sums in one currency: not due, the buckets, credits, unapplied."""

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


def rows(
    scope: Scope,
    *,
    as_of: dt.date,
    edges: Sequence[int],
    by: str = "customer",
    entity: str | None = None,
    within: tuple[str, str] | None = None,
    tell: Tell = lambda done, whole: None,
) -> list[aging.Row]:
    """Return the aging at the end of a day by key and currency, in order of both.

    `within` limits it to one value of another key, such as ("region", "north").
    """
    is_ahead = _is_ahead(scope, as_of)
    where, more = narrowed(as_of=as_of, entity=entity, within=within)
    asked = _Asked(as_of, edges, key_of(by, as_of=as_of), where, more)
    parts: list[Iterator[Part]] = [
        _of_bins(scope, asked)
        if by in _OF_BINS and within is None and not is_ahead
        else _items(scope, asked, is_ahead=is_ahead)
    ]
    if is_ahead:
        parts.append(_paid_since(scope, asked))
    width = len(edges) + 1
    parts.append(
        (o.key, o.currency, (0,) * (width + 2) + (o.minor,))
        for o in unapplied(scope, as_of=as_of, by=by, where=where, more=more)
    )
    sums: dict[tuple[str, str], tuple[int, ...]] = {}
    for n, part in enumerate(parts):
        tell(n, len(parts))
        for key, currency, found in part:
            have = sums.get((key, currency))
            sums[key, currency] = found if have is None else tuple(map(int.__add__, have, found))
    return [
        aging.Row(key, currency, s[0], s[1 : width + 1], -s[width + 1], -s[width + 2])
        for (key, currency), s in sorted(sums.items())
        if any(s)
    ]


def _columns(asked: _Asked, amount: str, x: str = "x.") -> str:
    """Return, in SQL, the sums of each column; of the credits below, and a place for money."""
    debit = f"{x}kind <> 'credit_note'"
    days = (asked.as_of, *(asked.as_of - dt.timedelta(days=edge) for edge in asked.edges))
    before = [f"{x}due_on < '{day.isoformat()}'" for day in days]
    cases = [f"{debit} AND NOT {before[0]}"]
    cases += [f"{debit} AND {a} AND NOT {b}" for a, b in itertools.pairwise(before)]
    cases += [f"{debit} AND {before[-1]}", f"{x}kind = 'credit_note'"]
    return "".join(
        f", CAST(SUM(CASE WHEN {case} THEN {amount} ELSE 0 END) AS BIGINT) AS at_{n}"
        for n, case in enumerate(cases)
    )


def _of_each(sql: str, params: Sequence[int | str]) -> Iterator[Part]:
    """Yield what a statement finds: key, currency and the columns."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        for row in cursor.fetchall():
            yield row[0] or "", row[1], (*row[2:], 0)


def _items(scope: Scope, asked: _Asked, *, is_ahead: bool) -> Iterator[Part]:
    """Yield what is open now of what was issued by the day; nothing is sorted but the result."""
    issued = f" AND (issued_on IS NULL OR issued_on <= '{asked.as_of.isoformat()}')"
    n = len(asked.edges) + 3
    outer = "".join(f", CAST(SUM(x.at_{at}) AS BIGINT)" for at in range(n))
    return _of_each(
        f"SELECT {asked.key}, x.currency{outer} FROM ("
        "SELECT organisation_id, entity_id, customer_id, currency"
        f"{_columns(asked, 'open_minor', '')} FROM item"
        f" WHERE organisation_id = %s AND open_minor > 0{issued if is_ahead else ''}"
        " GROUP BY organisation_id, entity_id, customer_id, kind, currency) x"
        f" {_OF} WHERE x.organisation_id = %s{asked.where} GROUP BY 1, 2",
        [scope.organisation_id, scope.organisation_id, *asked.more],
    )


def _paid_since(scope: Scope, asked: _Asked) -> Iterator[Part]:
    """Yield what was open then and is paid by now."""
    day = f"'{asked.as_of.isoformat()}'"
    return _of_each(
        f"SELECT {asked.key}, x.currency{_columns(asked, 'a.amount_minor')}"
        f" FROM allocation a JOIN item x ON x.id = a.item_id {_OF}"
        f' WHERE a.organisation_id = %s AND a."on" > {day}'
        f" AND (x.issued_on IS NULL OR x.issued_on <= {day}){asked.where} GROUP BY 1, 2",
        [scope.organisation_id, *asked.more],
    )


_OF_BINS = ("entity", "currency")
"""What open amounts are kept by, as sums of each due date (`store.records.ledger.Bins`)."""


def _of_bins(scope: Scope, asked: _Asked) -> Iterator[Part]:
    """Yield the items open now from the sums that are kept: a few thousand rows for any book."""
    return _of_each(
        f"SELECT {asked.key}, x.currency{_columns(asked, 'x.open_minor')} FROM due_bin x"
        " JOIN entity e ON e.id = x.entity_id AND e.organisation_id = x.organisation_id"
        f" WHERE x.organisation_id = %s{asked.where} GROUP BY 1, 2",
        [scope.organisation_id, *asked.more],
    )


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
