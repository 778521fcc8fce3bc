"""Aging: open balances by bucket, as of any date, that add up to the cent (SEMANTICS 3.5)."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

DEFAULT_EDGES = (30, 60, 90)


class Open(NamedTuple):
    """An open amount as of the day. `kind`: a debit kind, credit_note, or unapplied."""

    key: str
    currency: str
    kind: str
    due_on: dt.date | None
    minor: int


class Row(NamedTuple):
    """One line of the report, minor units; credits and unapplied negative or 0."""

    key: str
    currency: str
    not_due: int
    buckets: tuple[int, ...]
    credits: int
    unapplied: int

    @property
    def total(self) -> int:
        """What is open in all: not due, buckets, credits and unapplied cash."""
        return self.not_due + sum(self.buckets) + self.credits + self.unapplied


def labels(edges: Sequence[int]) -> list[str]:
    """Name the buckets.

    >>> labels((30, 60, 90))
    ['1-30', '31-60', '61-90', '91+']
    """
    starts = [1, *(e + 1 for e in edges)]
    return [f"{a}-{b}" for a, b in zip(starts, edges, strict=False)] + [f"{starts[-1]}+"]


def month_ends(as_of: dt.date, count: int) -> list[dt.date]:
    """Return the last month ends up to a day, the earliest first.

    >>> month_ends(dt.date(2026, 3, 30), 2)
    [datetime.date(2026, 1, 31), datetime.date(2026, 2, 28)]
    """
    found: list[dt.date] = []
    day = (as_of + dt.timedelta(days=1)).replace(day=1) - dt.timedelta(days=1)
    for _ in range(count):
        found.insert(0, day)
        day = day.replace(day=1) - dt.timedelta(days=1)
    return found


def span(
    column: int, *, as_of: dt.date, edges: Sequence[int]
) -> tuple[dt.date | None, dt.date | None]:
    """Return the first and last due date of a column: 0 is not due, then the buckets.

    None: no bound. The reverse of `bucket`.

    >>> span(1, as_of=dt.date(2026, 3, 31), edges=(30,))
    (datetime.date(2026, 3, 1), datetime.date(2026, 3, 30))
    >>> span(0, as_of=dt.date(2026, 3, 31), edges=(30,))
    (datetime.date(2026, 3, 31), None)
    """
    if column == 0:
        return as_of, None
    start = (0, *edges)[column - 1] + 1
    last = as_of - dt.timedelta(days=start)
    first = as_of - dt.timedelta(days=edges[column - 1]) if column <= len(edges) else None
    return first, last


def bucket(days_overdue: int, edges: Sequence[int]) -> int | None:
    """Return which bucket a number of days falls in; None: not due (calendar age, 2.2)."""
    if days_overdue <= 0:
        return None
    return bisect.bisect_left(edges, days_overdue)


def age(
    amounts: Iterable[Open], *, as_of: dt.date, edges: Sequence[int] = DEFAULT_EDGES
) -> list[Row]:
    """Return the aging by key and currency, in order of both.

    >>> d = dt.date
    >>> [r] = age([Open("C", "EUR", "invoice", d(2026, 3, 1), 500),
    ...            Open("C", "EUR", "credit_note", None, 200)], as_of=d(2026, 3, 31))
    >>> r.buckets, r.credits, r.total
    ((500, 0, 0, 0), -200, 300)
    """
    rows: dict[tuple[str, str], list[int]] = {}
    width = len(edges) + 1
    for amount in amounts:
        row = rows.setdefault((amount.key, amount.currency), [0] * (width + 3))
        if amount.kind == "credit_note":
            row[width + 1] -= amount.minor
        elif amount.kind == "unapplied":
            row[width + 2] -= amount.minor
        else:
            assert amount.due_on is not None
            place = bucket((as_of - amount.due_on).days, edges)
            row[0 if place is None else place + 1] += amount.minor
    return [
        Row(key, currency, r[0], tuple(r[1 : width + 1]), r[width + 1], r[width + 2])
        for (key, currency), r in sorted(rows.items())
    ]


def totals(rows: Iterable[Row]) -> list[Row]:
    """Add the rows up, one total a currency."""
    found: dict[str, Row] = {}
    for r in rows:
        t = found.get(r.currency)
        found[r.currency] = (
            r._replace(key="")
            if t is None
            else Row(
                "",
                r.currency,
                t.not_due + r.not_due,
                tuple(a + b for a, b in zip(t.buckets, r.buckets, strict=True)),
                t.credits + r.credits,
                t.unapplied + r.unapplied,
            )
        )
    return [found[c] for c in sorted(found)]
