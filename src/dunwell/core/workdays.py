"""Working days and calendars as plain functions.

Knows: which days are closed in a calendar, and how to step over them. Must not know where
holidays come from (the store loads them) or what day it is today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

DAY = dt.timedelta(days=1)


class Calendar:
    """The closed days of one country or entity, at one version.

    `ref` names the calendar and its version ("DE/1"); stored facts keep only the name, so
    that a replay finds the very same days. `weekend` holds ISO weekdays less one (Monday 0).

    >>> berlin = Calendar("DE/1", closed=[dt.date(2026, 4, 3), dt.date(2026, 4, 6)])
    >>> berlin.is_open(dt.date(2026, 4, 3)), next_working(berlin, dt.date(2026, 4, 3))
    (False, datetime.date(2026, 4, 7))
    """

    __slots__ = ("_closed", "ref", "weekend")

    def __init__(
        self, ref: str, *, closed: Iterable[dt.date] = (), weekend: Iterable[int] = (5, 6)
    ) -> None:
        self.ref = ref
        self.weekend = frozenset(weekend)
        self._closed = frozenset(closed)

    def is_open(self, day: dt.date) -> bool:
        """Tell whether `day` is a working day."""
        return day.weekday() not in self.weekend and day not in self._closed

    @property
    def closed(self) -> frozenset[dt.date]:
        """The days closed for another reason than the weekend."""
        return self._closed

    def __repr__(self) -> str:
        return f"Calendar({self.ref!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Calendar) and other.ref == self.ref

    def __hash__(self) -> int:
        return hash(self.ref)


def next_working(calendar: Calendar, day: dt.date) -> dt.date:
    """Return `day` if it is open, else the first working day after it."""
    while not calendar.is_open(day):
        day += DAY
    return day


def previous_working(calendar: Calendar, day: dt.date) -> dt.date:
    """Return `day` if it is open, else the last working day before it."""
    while not calendar.is_open(day):
        day -= DAY
    return day


def add_working(calendar: Calendar, day: dt.date, days: int) -> dt.date:
    """Return the date that lies `days` working days after `day` (before it, if negative).

    >>> add_working(Calendar("-/0"), dt.date(2026, 3, 6), 1)   # Friday -> Monday
    datetime.date(2026, 3, 9)
    """
    step = DAY if days >= 0 else -DAY
    for _ in range(abs(days)):
        day += step
        while not calendar.is_open(day):
            day += step
    return day
