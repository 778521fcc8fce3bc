"""What was agreed with the customer, and how it came out: promises and payment plans.

Their states are computed from payments on each day (SEMANTICS 7), never stored: so a payment
that went back breaks the promise it had kept. Must not know: ladders, decisions.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from dunwell.core import book, money, workdays
from dunwell.core.errors import Refused
from dunwell.sim.story.ledger import DAY, Ledger

PROMISE_DAYS = 14
PROMISE_DAYS_APPROVED = 30
PROMISE_TOLERANCE = 1
PLAN_TOLERANCE = 3
THIRD = 3


class Covered(msgspec.Struct, frozen=True):
    """An item a promise covers, up to an amount; `is_whole`: all that was open then."""

    label: str
    id: int
    minor: int
    is_whole: bool


class Promise(msgspec.Struct):
    """An amount by a date; `in_force_on` is None while its approval is awaited."""

    id: int
    name: str
    made_on: dt.date
    by_on: dt.date
    last_on: dt.date
    currency: str
    covers: tuple[Covered, ...]
    in_force_on: dt.date | None
    withdrawn_on: dt.date | None = None

    @property
    def minor(self) -> int:
        """The amount promised."""
        return sum(c.minor for c in self.covers)


class Plan(msgspec.Struct):
    """Monthly instalments for the whole of some items; `in_force_on` as for a promise."""

    id: int
    name: str
    made_on: dt.date
    labels: tuple[str, ...]
    ids: tuple[int, ...]
    currency: str
    schedule: tuple[tuple[dt.date, int], ...]
    in_force_on: dt.date | None = None


def promise(
    ledger: Ledger,
    earlier: list[Promise],
    *,
    stop_id: int,
    name: str,
    labels: list[str],
    amount: tuple[str, int] | None,
    made_on: dt.date,
    by_on: dt.date,
    calendar: workdays.Calendar,
) -> Promise:
    """Return a promise for the named items, else the oldest overdue, up to its amount.

    It needs approval when it lies over 14 days ahead or is the third on an item (SEMANTICS 7).
    Raises: Refused when it lies over 30 days ahead, in the past, or covers nothing.
    """
    ahead = (by_on - made_on).days
    if ahead < 0:
        raise Refused("date_passed", f"a promise by {by_on} made on {made_on} lies in the past")
    if ahead > PROMISE_DAYS_APPROVED:
        raise Refused(
            "too_far", f"a promise lies at most {PROMISE_DAYS_APPROVED} days ahead, with approval"
        )
    covers = _covers(ledger, labels, amount, made_on)
    if not covers:
        raise Refused("nothing_open", "nothing is open that the promise could cover")
    before = max(
        sum(any(c.label == mine.label for c in p.covers) for p in earlier) for mine in covers
    )
    needs_approval = ahead > PROMISE_DAYS or before + 1 >= THIRD
    return Promise(
        stop_id, name, made_on, by_on, workdays.add_working(calendar, by_on, PROMISE_TOLERANCE),
        ledger.item(covers[0].label).currency, covers, None if needs_approval else made_on,
    )  # fmt: skip


def _covers(
    ledger: Ledger, labels: list[str], amount: tuple[str, int] | None, on: dt.date
) -> tuple[Covered, ...]:
    items = [ledger.item(label) for label in labels] or sorted(
        (i for i in ledger.open() if i.kind in book.DEBITS and i.due_on < on),
        key=lambda i: (i.due_on, i.number, i.part),
    )
    if not items:
        return ()
    currency = amount[0] if amount else items[0].currency
    left = amount[1] if amount else sum(i.open_minor for i in items if i.currency == currency)
    covers: list[Covered] = []
    for item in items:
        cut = min(left, item.open_minor)
        if cut > 0 and item.currency == currency:
            covers.append(Covered(item.label, item.id, cut, cut == item.open_minor))
            left -= cut
    return tuple(covers)


def paid(made: Promise, ledger: Ledger, *, through: dt.date) -> int:
    """Return what came in for a promise since it was made."""
    labels = [c.label for c in made.covers]
    return ledger.received(labels, made.currency, since=made.made_on, through=through)


def state(made: Promise, ledger: Ledger, *, as_of: dt.date, data_to: dt.date) -> str:
    """Return asked, withdrawn, kept, open, partly kept or broken (SEMANTICS 7).

    Broken from the day after the tolerance, and only on data that reach to its end.
    """
    if made.in_force_on is None:
        return "asked"
    if made.withdrawn_on is not None:
        return "withdrawn"
    came_in = paid(made, ledger, through=min(as_of, made.last_on))
    if came_in >= made.minor:
        return "kept"
    if as_of <= made.last_on or data_to < made.last_on:
        return "open"
    return "partly kept" if came_in else "broken"


def promise_stop(
    made: Promise, ledger: Ledger, *, as_of: dt.date, data_to: dt.date
) -> book.Stop | None:
    """Return the stop a promise is on a day: it covers what is still promised, and only that.

    Broken or partly kept, it ends with the tolerance and gives its days back (SEMANTICS 2.3).
    """
    how = state(made, ledger, as_of=as_of, data_to=data_to)
    if made.in_force_on is None:
        return None
    until, gives_back = made.last_on, how in ("broken", "partly kept")
    if how == "open":
        until = max(until, as_of)
    elif how == "withdrawn" and made.withdrawn_on is not None:
        until = min(until, made.withdrawn_on - DAY)
    elif how == "kept":
        until = min(until, _kept_on(made, ledger) - DAY)
    if until < made.in_force_on:
        return None
    items = tuple(
        (c.id, None if c.is_whole else minor)
        for c in made.covers
        if (minor := _still(made, c, ledger, how=how)) > 0
    )
    if not items:
        return None
    return book.Stop(made.id, "promise", made.in_force_on, until, items, None, gives_back)


def _still(made: Promise, covered: Covered, ledger: Ledger, *, how: str) -> int:
    """Return what is still promised of an item; all of it once the promise is history."""
    if how != "open" or covered.is_whole:
        return covered.minor
    came_in = sum(
        p.parts.get(covered.label, 0)
        for p in ledger.payments.values()
        if made.made_on <= p.on <= made.last_on
    )
    return covered.minor - came_in


def _kept_on(made: Promise, ledger: Ledger) -> dt.date:
    days = sorted(p.on for p in ledger.payments.values() if p.on >= made.made_on)
    return next(day for day in days if paid(made, ledger, through=day) >= made.minor)


def plan(
    ledger: Ledger,
    *,
    stop_id: int,
    name: str,
    labels: list[str],
    instalments: int,
    first_on: dt.date,
    made_on: dt.date,
) -> Plan:
    """Return a plan of monthly instalments for all that is open of some items.

    Raises: Refused unless there are 2 to 6 instalments, in one currency (SEMANTICS 7).
    """
    if not 2 <= instalments <= 6:
        raise Refused("instalments", f"a plan has 2 to 6 monthly instalments, not {instalments}")
    items = [ledger.item(label) for label in labels]
    currencies = {i.currency for i in items}
    if len(currencies) != 1:
        raise Refused("other_currency", "a plan covers items of one currency")
    parts = money.split(sum(i.open_minor for i in items), instalments)
    schedule = tuple((_months_later(first_on, n), minor) for n, minor in enumerate(parts))
    return Plan(
        stop_id, name, made_on, tuple(labels), tuple(i.id for i in items), currencies.pop(),
        schedule,
    )  # fmt: skip


def missed_on(made: Plan, ledger: Ledger, *, calendar: workdays.Calendar) -> dt.date | None:
    """Return the first day of a plan's default if no more is paid, None when all is paid.

    An instalment has 3 working days of tolerance; one paid in part is missed (SEMANTICS 7).
    """
    owed = 0
    for due_on, minor in made.schedule:
        owed += minor
        last_on = workdays.add_working(calendar, due_on, PLAN_TOLERANCE)
        came_in = ledger.received(made.labels, made.currency, since=made.made_on, through=last_on)
        if came_in < owed:
            return last_on + DAY
    return None


def plan_stop(
    made: Plan, ledger: Ledger, *, as_of: dt.date, data_to: dt.date, calendar: workdays.Calendar
) -> book.Stop | None:
    """Return the stop a plan is on a day: through the tolerance of the instalment awaited.

    In default it ends there and gives its days back (SEMANTICS 2.3).
    """
    if made.in_force_on is None:
        return None
    missed = missed_on(made, ledger, calendar=calendar)
    items = tuple((i, None) for i in made.ids)
    until = missed - DAY if missed is not None else None
    if until is None or as_of <= until:
        return book.Stop(made.id, "plan", made.in_force_on, until, items)
    if data_to < until:
        return book.Stop(made.id, "plan", made.in_force_on, as_of, items)
    return book.Stop(made.id, "plan", made.in_force_on, until, items, None, gives_back=True)


def _months_later(day: dt.date, months: int) -> dt.date:
    """Return the same day so many months later, or the month's last day.

    >>> _months_later(dt.date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    first = dt.date(day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1, 1)
    last = (first.replace(day=28) + 4 * DAY).replace(day=1) - DAY
    return first.replace(day=min(day.day, last.day))
