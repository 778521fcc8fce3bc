"""Stops: what they cover today, and which days they take off the clock.

One arithmetic for every kind (SEMANTICS 1, 2.3, 3.2, 7): a stop covers items or amounts from
a day through a day, both included. Days on which the *whole* open amount was covered, or was
paid by a payment later reversed, do not age an item; overlapping stops are subtracted once.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dunwell.core import book

DAY = dt.timedelta(days=1)
FOREVER = dt.date(9999, 12, 30)

Interval = tuple[dt.date, dt.date]


class Covered(NamedTuple):
    """How much of an item is stopped on a day: in all, and by kind of stop."""

    minor: int
    by_kind: dict[str, int]


NOTHING = Covered(0, {})


def is_active(stop: book.Stop, *, as_of: dt.date) -> bool:
    """Tell whether the stop covers `as_of`; its first and last day are covered."""
    return stop.from_on <= as_of and (stop.until_on is None or as_of <= stop.until_on)


_COVERS_NOTHING = ("hardship",)
"""Kinds that pause firm steps without taking an amount or a day out (SEMANTICS 7, Hardship)."""


def share(stop: book.Stop, item: book.Item) -> int:
    """Return how much of the item the stop covers: the whole, a part, or 0."""
    if stop.kind in _COVERS_NOTHING:
        return 0
    if not stop.items:
        return item.open_minor
    for item_id, minor in stop.items:
        if item_id == item.id:
            return item.open_minor if minor is None else min(minor, item.open_minor)
    return 0


def covered(item: book.Item, *, stops: Iterable[book.Stop], as_of: dt.date) -> Covered:
    """Return how much of an item is stopped on a day, never more than is open."""
    by_kind: dict[str, int] = {}
    for stop in stops:
        if is_active(stop, as_of=as_of):
            minor = share(stop, item)
            if minor:
                by_kind[stop.kind] = min(item.open_minor, by_kind.get(stop.kind, 0) + minor)
    if not by_kind:
        return NOTHING
    return Covered(min(item.open_minor, sum(by_kind.values())), by_kind)


def defaulted(stops: Iterable[book.Stop], *, as_of: dt.date) -> dict[int, dt.date]:
    """Return the items of plans in default, with the first day after the default.

    A default makes the covered rest due and its next step the final demand: the named exception
    to one step at a time (SEMANTICS 7, Plan).
    """
    return {
        item: stop.until_on + DAY
        for stop in stops
        if stop.kind == "plan" and stop.gives_back and stop.until_on and stop.until_on < as_of
        for item, _ in stop.items
    }


def quiet_days(item: book.Item, *, stops: Sequence[book.Stop]) -> tuple[Interval, ...]:
    """Return the days that do not age the item, as disjoint closed intervals in order.

    A promise broken and a plan in default give their days back; a rejected dispute stops the
    clock only through its answer. Origin: SEMANTICS 2.3.
    """
    whole: list[Interval] = list(item.paid_gaps)
    parts: list[tuple[Interval, int]] = []
    for stop in stops:
        if stop.gives_back or stop.kind in _COVERS_NOTHING:
            continue
        last = stop.until_on or FOREVER
        if stop.clock_until_on is not None:
            last = min(last, stop.clock_until_on)
        if last < stop.from_on:
            continue
        named = next((m for i, m in stop.items if i == item.id), 0) if stop.items else None
        if named is None:
            whole.append((stop.from_on, last))
        elif named:
            parts.append(((stop.from_on, last), named))
    if parts:
        whole.extend(_days_wholly_covered(item, parts, whole))
    return union(whole)


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Join overlapping and touching closed intervals.

    >>> d = dt.date
    >>> union([(d(2026, 3, 5), d(2026, 3, 9)), (d(2026, 3, 1), d(2026, 3, 4))])
    ((datetime.date(2026, 3, 1), datetime.date(2026, 3, 9)),)
    """
    out: list[Interval] = []
    for first, last in sorted(intervals):
        if out and first <= out[-1][1] + DAY:
            if last > out[-1][1]:
                out[-1] = (out[-1][0], last)
        else:
            out.append((first, last))
    return tuple(out)


def count(intervals: Sequence[Interval], *, after: dt.date, through: dt.date) -> int:
    """Count the days of the intervals that lie in (after, through]."""
    days = 0
    for first, last in intervals:
        low = max(first, after + DAY)
        high = min(last, through)
        if low <= high:
            days += (high - low).days + 1
    return days


def reach(intervals: Sequence[Interval], *, start: dt.date, days: int) -> dt.date | None:
    """Return the first day by which `days` unstopped days have passed since `start`.

    None when an open-ended stop keeps that day from ever coming.

    >>> d = dt.date
    >>> reach([(d(2026, 3, 5), d(2026, 3, 9))], start=d(2026, 3, 1), days=7)
    datetime.date(2026, 3, 13)
    """
    if not days:
        return start
    day = start + dt.timedelta(days=days)
    for first, last in intervals:
        if last <= start:
            continue
        if first > day:
            break
        if last >= FOREVER:
            return None
        low = max(first, start + DAY)
        day += dt.timedelta(days=(last - low).days + 1)
    return day


def _days_wholly_covered(
    item: book.Item, parts: list[tuple[Interval, int]], whole: list[Interval]
) -> list[Interval]:
    """Find the days on which several part stops together cover all that was open then."""
    edges = {first for (first, _), _ in parts} | {
        last + DAY for (_, last), _ in parts if last < FOREVER
    }
    edges |= {on for on, _ in item.paid}
    days = [*sorted(edges), FOREVER]
    found: list[Interval] = []
    for start, end in itertools.pairwise(days):
        amount = sum(minor for (first, last), minor in parts if first <= start <= last)
        still_open = item.open_minor + sum(minor for on, minor in item.paid if on > start)
        if amount and amount >= still_open:
            found.append((start, end - DAY if end < FOREVER else FOREVER))
    return found
