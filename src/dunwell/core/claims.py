"""Interest and fixed compensation on a late debt: simple interest, day by day, exact to the end.

Origin: SEMANTICS 13. Nothing is rounded on the way: amounts are fractions of a minor unit until
the total of an item, which is rounded once, half up. Interest uses calendar age, never cadence
age (SEMANTICS 2.3). A day counts with what was owed at its start: from the day after the due
date through the day of payment. Knows: debts, payments, terms, law. Must not know: items,
stops, the database, today. Besides `core.money`, only this module divides (DATA.md 1.12).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal, NamedTuple

import msgspec

from dunwell.core import law as laws
from dunwell.core import money
from dunwell.core.errors import Refused

DAY = dt.timedelta(days=1)
Mode = Literal["fixed", "floating", "at_end"]
Order = Literal["principal", "interest", "costs"]
DayCount = Literal["act_365", "act_360", "act_act"]


class Debt(msgspec.Struct, frozen=True):
    """What was owed of one item, and what was paid on which day.

    `late_from` is the first day of interest; `excused` are days the debtor is not answerable
    for, as closed intervals; `costs_minor` stands before interest where the law says so.
    """

    principal_minor: int
    late_from: dt.date
    payments: tuple[tuple[dt.date, int], ...] = ()
    excused: tuple[tuple[dt.date, dt.date], ...] = ()
    costs_minor: int = 0


class Rate(NamedTuple):
    """Percent a year, and the rows it was put together from."""

    percent: Fraction
    rows: tuple[laws.Row, ...]


class Terms(NamedTuple):
    """On which terms interest is counted.

    `flat` is a contract's own percent a year; `margin` its points above the reference rate;
    without either the law's margin holds. `order` is what a payment reduces first: the
    principal, the interest, or (costs) costs, then interest, then principal.
    """

    law: laws.Law
    country: str
    debtor_type: str = "business"
    mode: Mode = "floating"
    order: Order = "principal"
    day_count: DayCount = "act_365"
    is_rounded_daily: bool = False
    flat: Decimal | None = None
    margin: Decimal | None = None

    def rate(self, on: dt.date) -> Rate:
        """Return the rate that holds on a day. Raises: Refused where no row covers it."""
        if self.flat is not None:
            return Rate(Fraction(self.flat), ())
        where = self.law.need("reference", country=self.country, on=on)
        base = self.law.need("reference_rate", country=where.value, on=on)
        percent = Fraction(Decimal(base.value))
        if self.margin is not None:
            return Rate(percent + Fraction(self.margin), (base,))
        above = self.law.need("margin", country=self.country, on=on, debtor_type=self.debtor_type)
        return Rate(percent + Fraction(Decimal(above.value)), (base, above))


class Line(NamedTuple):
    """Some days of equal principal and rate, and the interest of them, exact."""

    first: dt.date
    last: dt.date
    principal: Fraction
    rate: Rate
    interest: Fraction

    @property
    def days(self) -> int:
        """How many days it counts."""
        return (self.last - self.first).days + 1


class Interest(NamedTuple):
    """The lines of a debt through a day, and their sum."""

    lines: tuple[Line, ...]

    @property
    def exact(self) -> Fraction:
        """The sum in minor units, nothing rounded."""
        return sum((x.interest for x in self.lines), Fraction(0))

    @property
    def minor(self) -> int:
        """The sum in minor units, rounded once, half up; never below nothing."""
        return max(0, half_up(self.exact))


def half_up(amount: Fraction) -> int:
    """Round to whole minor units, half up.

    >>> half_up(Fraction(5, 2)), half_up(Fraction(7, 3))
    (3, 2)
    """
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def late_from(
    due_on: dt.date, *, issued_on: dt.date | None, is_agreed: bool, term_days: int
) -> dt.date:
    """Return the first day of interest: after the due date, or the law's days where none was set.

    >>> late_from(dt.date(2025, 7, 1), issued_on=None, is_agreed=True, term_days=30)
    datetime.date(2025, 7, 2)
    """
    if not is_agreed and issued_on is not None:
        due_on = max(due_on, issued_on + dt.timedelta(days=term_days))
    return due_on + DAY


def accrue(debt: Debt, terms: Terms, *, to: dt.date, since: dt.date | None = None) -> Interest:
    """Return the interest of a debt through a day, or of its days from `since` on.

    Raises: Refused for a day on which something was owed and no row says the rate.

    >>> owed = Debt(1_000_00, late_from=dt.date(2025, 1, 1))
    >>> accrue(owed, Terms(laws.Law(()), "US", flat=Decimal(12)), to=dt.date(2025, 1, 30)).minor
    986
    """
    account = _Account(debt, terms.order)
    held = _held(debt, terms, to) if terms.mode != "floating" else None
    lines: list[Line] = []
    for first, last in _spans(debt, terms, to, since):
        owed = account.open_at(first)
        if owed <= 0 or any(a <= first <= b for a, b in debt.excused):
            continue
        rate = held or terms.rate(first)
        line = Line(first, last, owed, rate, _interest(first, last, owed, rate, terms))
        account.interest += line.interest
        if since is None or first >= since:
            _join(lines, line)
    return Interest(tuple(lines))


def _held(debt: Debt, terms: Terms, to: dt.date) -> Rate | None:
    """Return the one rate of the whole debt: that of its first or of its last day.

    None where nothing was ever owed late, so that no row is asked for.
    """
    account = _Account(debt, terms.order)
    last = None
    for first, end in _spans(debt, terms, to, None):
        if account.open_at(first) > 0:
            last = end
    if last is None:
        return None
    return terms.rate(debt.late_from if terms.mode == "fixed" else last)


class _Account:
    """Principal, interest and costs of a debt as payments reduce them, in the order of days."""

    def __init__(self, debt: Debt, order: Order) -> None:
        self.debt, self.order = debt, order
        self.principal = Fraction(debt.principal_minor)
        self.interest = Fraction(0)
        self.costs = Fraction(debt.costs_minor if order == "costs" else 0)
        by_day: dict[dt.date, int] = {}
        for on, minor in debt.payments:
            by_day[on] = by_day.get(on, 0) + minor
        self._left = sorted(by_day.items(), reverse=True)

    def open_at(self, day: dt.date) -> Fraction:
        """Return the principal at the start of a day; what was paid before it is taken off."""
        while self._left and self._left[-1][0] < day:
            on, minor = self._left.pop()
            self._pay(Fraction(minor), is_late=on >= self.debt.late_from)
        return self.principal

    def _pay(self, minor: Fraction, *, is_late: bool) -> None:
        if is_late and self.order != "principal":
            for name in ("costs", "interest"):
                cut = min(minor, getattr(self, name))
                setattr(self, name, getattr(self, name) - cut)
                minor -= cut
        self.principal -= min(minor, self.principal)


def _spans(
    debt: Debt, terms: Terms, to: dt.date, since: dt.date | None
) -> Iterator[tuple[dt.date, dt.date]]:
    """Yield runs of days in which nothing changes, from the first day of interest through `to`."""
    edges = {debt.late_from, to + DAY}
    edges |= {on + DAY for on, _ in debt.payments}
    for first, last in debt.excused:
        edges |= {first, last + DAY}
    if since is not None:
        edges.add(since)
    if terms.day_count == "act_act":
        edges |= {dt.date(year, 1, 1) for year in range(debt.late_from.year, to.year + 2)}
    if terms.flat is None and terms.mode == "floating":
        where = {terms.country, "EU"}
        where |= {r.value for r in terms.law.rows if r.rule == "reference"}
        edges |= set(terms.law.edges(where))
    days = sorted(d for d in edges if debt.late_from <= d <= to + DAY)
    for first, end in pairwise(days):
        yield first, end - DAY


def _interest(first: dt.date, last: dt.date, owed: Fraction, rate: Rate, terms: Terms) -> Fraction:
    days = (last - first).days + 1
    base = {"act_365": 365, "act_360": 360}.get(terms.day_count) or _days_of(first.year)
    a_day = owed * rate.percent / 100 / base
    return Fraction(half_up(a_day) * days) if terms.is_rounded_daily else a_day * days


def _days_of(year: int) -> int:
    return (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days


def _join(lines: list[Line], line: Line) -> None:
    """Add a line, as a part of the last one where it only goes on with it."""
    if lines:
        before = lines[-1]
        is_same = (before.principal, before.rate) == (line.principal, line.rate)
        is_one_year = before.interest * line.days == line.interest * before.days
        if is_same and is_one_year and before.last + DAY == line.first:
            lines[-1] = before._replace(last=line.last, interest=before.interest + line.interest)
            return
    lines.append(line)


def debtor_type(*, natural_person: bool) -> str:
    """Return whose law it is: a natural person is treated as a consumer, to be safe.

    >>> debtor_type(natural_person=True)
    'consumer'
    """
    return "consumer" if natural_person else "business"


def may_claim(terms: Terms, *, on: dt.date) -> None:
    """Check that the law gives interest at all to such a creditor from such a debtor.

    Raises: Refused where interest rests on the contract only, or the law is for businesses.
    """
    if terms.flat is not None or terms.margin is not None:
        return
    if terms.law.find("statutory", country=terms.country, on=on) is not None:
        raise Refused(
            "contract_only",
            f"{terms.country} knows no interest without a contract: set interest.regime to "
            "contract, with its rate",
        )
    if terms.debtor_type == "consumer" and not terms.law.find(
        "margin", country=terms.country, on=on, debtor_type="consumer"
    ):
        raise Refused(
            "natural_person",
            f"the law of {terms.country} gives this interest against businesses only, and the "
            "customer is a natural person",
        )


def fixed_sum(
    law: laws.Law, *, country: str, debtor: str, on: dt.date, debt_minor: int, currency: str
) -> tuple[int, laws.Row] | None:
    """Return the fixed compensation for one late invoice and the row it rests on, or None.

    None: the law gives none against such a debtor, or gives it in another currency.
    """
    row = law.find("compensation", country=country, on=on, debtor_type=debtor)
    if row is None or debt_minor <= 0:
        return None
    minor = laws.compensation(row, debt_minor=debt_minor, currency=currency)
    return None if minor is None else (minor, row)


def exact_text(minor: Fraction, currency: str) -> str:
    """Write an exact amount with four decimals more than the currency has, for people to check.

    >>> exact_text(Fraction(100, 3), "EUR")
    '0.333333'
    """
    value = Decimal(minor.numerator) / Decimal(minor.denominator)
    places = money.exponent(currency)
    return f"{value.scaleb(-places):.{places + 4}f}"


def percent(value: Fraction) -> str:
    """Write a rate in percent; it is a sum of decimal numbers, so it ends.

    >>> percent(Fraction(41, 4)), percent(Fraction(10))
    ('10.25', '10')
    """
    text = f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
