"""Promises and payment plans: open, kept, broken, in default, and the stop each is meanwhile.

What came of a promise or a plan is computed from the money that came in, never stored: so a
payment that went back breaks the promise it had kept (SEMANTICS 3.6, 7). Read `state` and
`promise_stop`, then `missed_on` and `plan_stop`. Must not know: ladders, decisions, the store.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from dunwell.core import book, money, workdays

DAY = dt.timedelta(days=1)


class Received(NamedTuple):
    """Money that came in and was not taken back: `parts` are (item, minor), `left` unapplied.

    `n` rises in the order in which payments became known.
    """

    on: dt.date
    currency: str
    left_minor: int
    parts: tuple[tuple[int, int], ...] = ()
    n: int = 0


class Cover(NamedTuple):
    """How much of an item is promised; `is_whole`: all that was open then."""

    item: int
    minor: int
    is_whole: bool


class Promise(msgspec.Struct, frozen=True):
    """An amount by a day. `last_on` is its last day of tolerance.

    `in_force_on` is None while its approval is awaited; `stop` the id of the stop it is. Money
    known when it was made, by `known_to`, does not keep it: it is no part of what was promised.
    """

    stop: int
    made_on: dt.date
    by_on: dt.date
    last_on: dt.date
    currency: str
    covers: tuple[Cover, ...]
    in_force_on: dt.date | None
    withdrawn_on: dt.date | None = None
    known_to: int = -1

    @property
    def minor(self) -> int:
        """The amount promised."""
        return sum(c.minor for c in self.covers)


class Part(NamedTuple):
    """One instalment of a plan; `last_on` is its last day of tolerance.

    `reminded_on`: the day a reminder of it reached the customer.
    """

    due_on: dt.date
    minor: int
    last_on: dt.date
    reminded_on: dt.date | None = None


class Plan(msgspec.Struct, frozen=True):
    """Monthly instalments for the whole of some items, the first one first."""

    stop: int
    made_on: dt.date
    currency: str
    items: tuple[int, ...]
    schedule: tuple[Part, ...]
    in_force_on: dt.date | None = None
    withdrawn_on: dt.date | None = None
    known_to: int = -1


def cover(items: Sequence[book.Item], *, currency: str, minor: int | None) -> tuple[Cover, ...]:
    """Return what a promise covers of these items, in their order, up to its amount (7).

    >>> item = book.Item(1, "R-1", "invoice", "EUR", dt.date(2026, 3, 1), 900, 900)
    >>> cover([item], currency="EUR", minor=500)
    (Cover(item=1, minor=500, is_whole=False),)
    """
    mine = [i for i in items if i.currency == currency and i.open_minor]
    left = sum(i.open_minor for i in mine) if minor is None else minor
    covers: list[Cover] = []
    for item in mine:
        cut = min(left, item.open_minor)
        if cut > 0:
            covers.append(Cover(item.id, cut, cut == item.open_minor))
            left -= cut
    return tuple(covers)


def paid(made: Promise, received: Iterable[Received], *, through: dt.date) -> int:
    """Return what came in for a promise since it was made, unapplied cash included."""
    return _came_in(made, frozenset(c.item for c in made.covers), received, through=through)


def state(made: Promise, received: Sequence[Received], *, as_of: dt.date, data_to: dt.date) -> str:
    """Return asked, withdrawn, kept, open, partly_kept or broken (SEMANTICS 7).

    Broken from the day after the tolerance, and only on data that reach to its end.
    """
    if made.in_force_on is None:
        return "asked"
    if made.withdrawn_on is not None and made.withdrawn_on <= as_of:
        return "withdrawn"
    came_in = paid(made, received, through=min(as_of, made.last_on))
    if came_in >= made.minor:
        return "kept"
    if as_of <= made.last_on or data_to < made.last_on:
        return "open"
    return "partly_kept" if came_in else "broken"


def promise_stop(
    made: Promise, received: Sequence[Received], *, as_of: dt.date, data_to: dt.date
) -> book.Stop | None:
    """Return the stop a promise is on a day: it covers what is still promised, and only that.

    Broken or partly kept, it ends with the tolerance and gives its days back (SEMANTICS 2.3).
    """
    how = state(made, received, as_of=as_of, data_to=data_to)
    if made.in_force_on is None:
        return None
    until = made.last_on
    if how == "open":
        until = max(until, as_of)
    elif how == "withdrawn" and made.withdrawn_on is not None:
        until = min(until, made.withdrawn_on - DAY)
    elif how == "kept":
        until = min(until, _kept_on(made, received) - DAY)
    if until < made.in_force_on:
        return None
    items = tuple(
        (c.item, None if c.is_whole else minor)
        for c in made.covers
        if (minor := _still(made, c, received, how=how)) > 0
    )
    if not items:
        return None
    gives_back = how in ("broken", "partly_kept")
    return book.Stop(made.stop, "promise", made.in_force_on, until, items, None, gives_back)


def schedule(
    minor: int,
    *,
    instalments: int,
    first_on: dt.date,
    calendar: workdays.Calendar,
    tolerance: int,
) -> tuple[Part, ...]:
    """Return monthly instalments that add up to the amount, to the cent.

    Each has `tolerance` working days of the entity (SEMANTICS 7, Plan).

    >>> made = schedule(100_00, instalments=3, first_on=dt.date(2026, 3, 31),
    ...     calendar=workdays.Calendar("-/0"), tolerance=3)
    >>> [p.minor for p in made], made[1].due_on, made[1].last_on
    ([3334, 3333, 3333], datetime.date(2026, 4, 30), datetime.date(2026, 5, 5))
    """
    days = [months_later(first_on, n) for n in range(instalments)]
    return tuple(
        Part(day, part, workdays.add_working(calendar, day, tolerance))
        for day, part in zip(days, money.split(minor, instalments), strict=True)
    )


def missed_on(made: Plan, received: Sequence[Received]) -> dt.date | None:
    """Return the first day of a plan's default if no more is paid, None when all is paid.

    An instalment paid in part is missed (SEMANTICS 7).
    """
    owed = 0
    items = frozenset(made.items)
    for part in made.schedule:
        owed += part.minor
        if _came_in(made, items, received, through=part.last_on) < owed:
            return part.last_on + DAY
    return None


def plan_paid(made: Plan, received: Iterable[Received], *, through: dt.date) -> int:
    """Return what came in for a plan since it was made, unapplied cash included."""
    return _came_in(made, frozenset(made.items), received, through=through)


def plan_state(
    made: Plan, received: Sequence[Received], *, as_of: dt.date, data_to: dt.date
) -> str:
    """Return asked, withdrawn, kept, running or in_default."""
    if made.in_force_on is None:
        return "asked"
    if made.withdrawn_on is not None and made.withdrawn_on <= as_of:
        return "withdrawn"
    missed = missed_on(made, received)
    if missed is None:
        return "kept"
    return "in_default" if missed <= as_of and data_to >= missed - DAY else "running"


def awaited(
    made: Plan, received: Sequence[Received], *, as_of: dt.date, data_to: dt.date
) -> tuple[book.Instalment, ...]:
    """Return the instalments of a running plan that are to come and not reminded of, in order.

    What has come in counts for the first ones first; what is paid in full is not awaited.

    >>> day = dt.date
    >>> parts = (Part(day(2026, 4, 1), 300, day(2026, 4, 7)), Part(day(2026, 5, 1), 300,
    ...     day(2026, 5, 6)))
    >>> plan = Plan(1, day(2026, 3, 2), "EUR", (7,), parts, day(2026, 3, 2))
    >>> money = [Received(day(2026, 3, 20), "EUR", 400)]
    >>> found = awaited(plan, money, as_of=day(2026, 3, 29), data_to=day(2026, 3, 28))
    >>> [(x.n, x.open_minor) for x in found]
    [(2, 200)]
    """
    if plan_state(made, received, as_of=as_of, data_to=data_to) != "running":
        return ()
    came_in = plan_paid(made, received, through=as_of)
    owed = 0
    found: list[book.Instalment] = []
    for n, part in enumerate(made.schedule, start=1):
        owed += part.minor
        still = min(part.minor, owed - came_in)
        if still > 0 and part.due_on >= as_of and part.reminded_on is None:
            found.append(
                book.Instalment(
                    made.stop, n, len(made.schedule), part.due_on, made.currency, part.minor, still
                )
            )
    return tuple(found)


def plan_stop(
    made: Plan, received: Sequence[Received], *, as_of: dt.date, data_to: dt.date
) -> book.Stop | None:
    """Return the stop a plan is on a day: through the tolerance of the instalment awaited.

    In default it ends there and gives its days back (SEMANTICS 2.3).
    """
    if made.in_force_on is None:
        return None
    first, items = made.in_force_on, tuple((i, None) for i in made.items)
    how = plan_state(made, received, as_of=as_of, data_to=data_to)
    if how == "withdrawn":
        assert made.withdrawn_on is not None
        last = made.withdrawn_on - DAY
        return book.Stop(made.stop, "plan", first, last, items) if last >= first else None
    if how == "kept":
        last = _all_paid_on(made, received) - DAY
        return book.Stop(made.stop, "plan", first, last, items) if last >= first else None
    missed = missed_on(made, received)
    assert missed is not None, "a plan that is not kept misses an instalment some day"
    until = missed - DAY
    if how == "in_default":
        return book.Stop(made.stop, "plan", first, until, items, None, gives_back=True)
    if until < as_of:
        until = as_of  # missed, as far as the data tell; they do not reach that far yet
    return book.Stop(made.stop, "plan", first, until, items)


def months_later(day: dt.date, months: int) -> dt.date:
    """Return the same day so many months later, or the month's last day.

    >>> months_later(dt.date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    years, month = divmod(day.month - 1 + months, 12)
    first = dt.date(day.year + years, month + 1, 1)
    last = (first.replace(day=28) + 4 * DAY).replace(day=1) - DAY
    return first.replace(day=min(day.day, last.day))


def _came_in(
    made: Promise | Plan, items: frozenset[int], received: Iterable[Received], *, through: dt.date
) -> int:
    return sum(
        r.left_minor + sum(minor for item, minor in r.parts if item in items)
        for r in received
        if r.currency == made.currency and made.made_on <= r.on <= through and r.n > made.known_to
    )


def _all_paid_on(made: Plan, received: Sequence[Received]) -> dt.date:
    owed = sum(part.minor for part in made.schedule)
    days = sorted({r.on for r in received if r.on >= made.made_on})
    return next(day for day in days if plan_paid(made, received, through=day) >= owed)


def _still(made: Promise, covered: Cover, received: Iterable[Received], *, how: str) -> int:
    """Return what is still promised of an item; all of it once the promise is history."""
    if how != "open" or covered.is_whole:
        return covered.minor
    came_in = sum(
        minor
        for r in received
        if made.made_on <= r.on <= made.last_on and r.n > made.known_to
        for item, minor in r.parts
        if item == covered.item
    )
    return covered.minor - came_in


def _kept_on(made: Promise, received: Sequence[Received]) -> dt.date:
    days = sorted({r.on for r in received if r.on >= made.made_on})
    return next(day for day in days if paid(made, received, through=day) >= made.minor)
