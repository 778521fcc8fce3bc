"""What was open at each of some days, all of them in one pass over the book.

The same rules as `store.lists.aging`, by which each of these days must come out the same. Rows
are summed in the database by the first of the days at which they count and the last, so that
what is read does not grow with the number of days.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

from django.db import connection

from dunwell.core import aging
from dunwell.core.scope import Scope
from dunwell.store import facts
from dunwell.store.lists.aged import Tell

Key = tuple[str, str, dt.date | None]


def open_amounts(
    scope: Scope,
    *,
    days: Sequence[dt.date],
    entity: str | None,
    currency: str | None,
    tell: Tell = lambda done, whole: None,
) -> dict[dt.date, list[aging.Open]]:
    """Return what was open on each day, by currency, kind and due date; `days` in order."""
    where, params = "", list[int | str]()
    if entity is not None:
        where, params = " AND e.code = %s", [entity]
    if currency is not None:
        where, params = f"{where} AND x.currency = %s", [*params, currency]
    sums: list[Counter[Key]] = [Counter() for _ in days]
    with connection.cursor() as cursor:
        statements = list(_statements(days))
        for n, sql in enumerate(statements):
            tell(n, len(statements))
            cursor.execute(
                sql + where + " GROUP BY 1, 2, 3, 4, 5, 6", [scope.organisation_id, *params]
            )
            for code, kind, due_on, first, moved, last, minor in cursor.fetchall():
                day = None if due_on is None else facts.as_day(due_on)
                for place in range(max(first, moved), last):
                    sums[place][code, kind, day] += int(minor)
    return {
        day: [
            aging.Open(code, code, kind, due_on, minor)
            for (code, kind, due_on), minor in found.items()
            if minor
        ]
        for day, found in zip(days, sums, strict=True)
    }


def _statements(days: Sequence[dt.date]) -> Iterable[str]:
    """Yield the four sums: what is open now, what was paid since, payments, what they paid.

    Each has currency, kind, due date, the first of the days at which the row counts, at which
    what moved it counts, and the one from which on neither does.
    """
    first, last = f"'{days[0].isoformat()}'", f"'{days[-1].isoformat()}'"
    issued = f"CASE WHEN x.issued_on IS NULL THEN 0 ELSE {_place('x.issued_on', days)} END"
    where = f" WHERE x.organisation_id = %s AND (x.issued_on IS NULL OR x.issued_on <= {last})"
    on = _place('a."on"', days)
    yield (
        f"SELECT x.currency, x.kind, x.due_on, {issued}, 0, {len(days)}, SUM(x.open_minor)"
        f" FROM item x JOIN entity e ON e.id = x.entity_id{where} AND x.open_minor > 0"
    )
    yield (
        f"SELECT x.currency, x.kind, x.due_on, {issued}, 0, {on}, SUM(a.amount_minor)"
        " FROM item x JOIN entity e ON e.id = x.entity_id JOIN allocation a"
        f" ON a.organisation_id = x.organisation_id AND a.item_id = x.id{where}"
        f' AND a."on" > {first}'
    )
    back = (
        f"CASE WHEN x.reversed_on IS NULL THEN {len(days)} ELSE {_place('x.reversed_on', days)} END"
    )
    paid = _place("x.paid_on", days)
    where = (
        f" WHERE x.organisation_id = %s AND x.kind = 'payment' AND x.paid_on <= {last}"
        f" AND (x.reversed_on IS NULL OR x.reversed_on > {first})"
    )
    yield (
        f"SELECT x.currency, 'unapplied', NULL, {paid}, 0, {back}, SUM(x.amount_minor)"
        f" FROM payment x JOIN entity e ON e.id = x.entity_id{where}"
    )
    yield (
        f"SELECT x.currency, 'unapplied', NULL, {paid}, {on}, {back}, -SUM(a.amount_minor)"
        " FROM payment x JOIN entity e ON e.id = x.entity_id JOIN allocation a"
        f' ON a.organisation_id = x.organisation_id AND a."on" <= {last} AND a.payment_id = x.id'
        f"{where}"
    )


def _place(column: str, days: Sequence[dt.date]) -> str:
    """Return which of the days is the first on or after a date, in SQL; none: their number."""
    cases = " ".join(f"WHEN {column} <= '{d.isoformat()}' THEN {n}" for n, d in enumerate(days))
    return f"CASE {cases} ELSE {len(days)} END"
