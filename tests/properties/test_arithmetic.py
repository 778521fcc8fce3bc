"""Money, days, stops, aging and the position keep every cent and every day."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

import msgspec
import strategies
from hypothesis import given
from hypothesis import strategies as st

from dunwell.core import aging, book, ladder, money, position, stops, workdays

DAY = dt.timedelta(days=1)
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 6, 30)
days = st.dates(FIRST, LAST)
currencies = st.sampled_from(("EUR", "USD", "JPY", "KWD"))


# --- money -----------------------------------------------------------------------------------


@given(st.integers(-(10**9), 10**9), st.integers(1, 40))
def test_a_split_adds_up_and_differs_by_a_cent_at_most(minor: int, parts: int) -> None:
    """No cent is lost or made, and nobody gets two cents more than another."""
    found = money.split(minor, parts)
    assert (sum(found), len(found)) == (minor, parts)
    assert max(found) - min(found) <= 1
    assert found == sorted(found, reverse=True)


@given(st.integers(-(10**12), 10**12), currencies)
def test_minor_units_and_decimals_are_two_ways_to_say_one_amount(minor: int, code: str) -> None:
    """There and back is the same."""
    assert money.to_minor(money.to_decimal(minor, code), code) == minor


@given(
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.decimals("0.01", "200", places=4, allow_nan=False),
)
def test_converting_keeps_order_and_is_off_by_half_a_cent_at_most(
    a: int, b: int, rate: Decimal
) -> None:
    """The larger amount is never the smaller one in base currency."""
    low, high = sorted((a, b))
    found = [money.convert(m, currency="USD", base="EUR", rate=rate) for m in (low, high)]
    assert found[0] <= found[1]
    assert abs(found[0] - Decimal(low) * rate) <= Decimal("0.5")


@given(st.integers(0, 10**9), currencies, currencies, st.decimals("0.0001", "200", places=4))
def test_scaling_and_converting_come_to_the_same(
    minor: int, code: str, base: str, rate: Decimal
) -> None:
    """Whether an amount is converted or a weight scaled: the same minor units."""
    if code == base:
        return
    by = money.minor_rate(rate, currency=code, base=base)
    assert money.scale(minor, by) == money.convert(minor, currency=code, base=base, rate=rate)


@given(st.lists(st.tuples(currencies, st.integers(-1000, 1000))))
def test_adding_by_currency_loses_nothing(pairs: list[tuple[str, int]]) -> None:
    """Whatever the order, each currency's amounts add up to its total."""
    found = money.by_currency(pairs)
    assert list(found) == sorted(found)
    assert found == money.by_currency(reversed(pairs))
    assert sum(found.values()) == sum(m for _, m in pairs)


# --- days ------------------------------------------------------------------------------------


@given(strategies.calendars, days)
def test_the_nearest_working_days_enclose_only_closed_ones(
    calendar: workdays.Calendar, day: dt.date
) -> None:
    """Between the previous and the next working day lies none that is open."""
    before, after = (
        workdays.previous_working(calendar, day),
        workdays.next_working(calendar, day),
    )
    assert before <= day <= after
    assert calendar.is_open(before)
    assert calendar.is_open(after)
    assert not any(map(calendar.is_open, strategies.span(before + DAY, after - DAY)))


@given(strategies.calendars, days, st.integers(-15, 15))
def test_working_days_are_counted_one_by_one(
    calendar: workdays.Calendar, day: dt.date, n: int
) -> None:
    """Between the day and the one n working days off lie n open days, that one included."""
    found = workdays.add_working(calendar, day, n)
    low, high = (day + DAY, found) if n >= 0 else (found, day - DAY)
    assert sum(map(calendar.is_open, strategies.span(low, high))) == abs(n)
    assert n == 0 or calendar.is_open(found)


# --- stops -----------------------------------------------------------------------------------


@st.composite
def _intervals(draw: st.DrawFn) -> stops.Interval:
    first = draw(days)
    if draw(st.integers(0, 9)) == 0:
        return (first, stops.FOREVER)
    return (first, first + draw(st.integers(0, 25)) * DAY)


@given(st.lists(_intervals(), max_size=5), days, days)
def test_a_union_covers_each_day_once(found: list[stops.Interval], a: dt.date, b: dt.date) -> None:
    """Counted day by day, the union of intervals is the days that lie in any of them."""
    joined = stops.union(found)
    after, through = sorted((a, b))
    by_hand = sum(
        any(first <= d <= last for first, last in found)
        for d in strategies.span(after + DAY, through)
    )
    assert stops.count(joined, after=after, through=through) == by_hand
    assert all(x[1] + DAY < y[0] for x, y in itertools.pairwise(joined))


@given(st.lists(_intervals(), max_size=4), days, st.integers(0, 40))
def test_reaching_is_counting_turned_round(
    found: list[stops.Interval], start: dt.date, n: int
) -> None:
    """The day reached is the first by which n unstopped days have passed (2.3)."""
    joined = stops.union(found)
    reached = stops.reach(joined, start=start, days=n)

    def passed(on: dt.date) -> int:
        return (on - start).days - stops.count(joined, after=start, through=on)

    if reached is None:
        assert passed(LAST + 400 * DAY) < n
    else:
        assert reached >= start
        assert passed(reached) >= n
        assert reached == start or passed(reached - DAY) < n


@st.composite
def _parted(draw: st.DrawFn) -> tuple[book.Item, tuple[book.Stop, ...]]:
    """An item paid in part on some days, with stops over the whole or parts of it."""
    due_on = draw(st.dates(FIRST, FIRST + 30 * DAY))
    paid = tuple(
        (due_on + draw(st.integers(0, 40)) * DAY, draw(st.integers(1, 40)))
        for _ in range(draw(st.integers(0, 2)))
    )
    still = draw(st.integers(1, 60))
    item = book.Item(
        1, "R-1", "invoice", "EUR", due_on, still + sum(m for _, m in paid), still, paid=paid
    )
    found = []
    for n in range(draw(st.integers(0, 3))):
        first = due_on + draw(st.integers(-10, 40)) * DAY
        until = None if draw(st.integers(0, 4)) == 0 else first + draw(st.integers(0, 25)) * DAY
        named = draw(st.sampled_from(((), ((1, None),), ((2, None),), "part")))
        items = ((1, draw(st.integers(1, 100))),) if named == "part" else named
        clock = first + draw(st.integers(-2, 10)) * DAY if draw(st.integers(0, 4)) == 0 else None
        found.append(
            book.Stop(
                n,
                "dispute",
                first,
                until,
                items,
                clock_until_on=clock,
                gives_back=draw(st.integers(0, 6)) == 0,
            )
        )
    return item, tuple(found)


@given(_parted(), st.integers(0, 90))
def test_an_item_ages_on_the_days_something_of_it_was_free(
    drawn: tuple[book.Item, tuple[book.Stop, ...]], age: int
) -> None:
    """Day by day: a day counts unless all that was open then was stopped (2.3)."""
    item, found = drawn
    as_of = item.due_on + age * DAY

    def is_free(day: dt.date) -> bool:
        owed = item.open_minor + sum(m for on, m in item.paid if on > day)
        stopped = 0
        for stop in found:
            last = min(stop.until_on or day, stop.clock_until_on or day)
            if stop.gives_back or not stop.from_on <= day <= last:
                continue
            for minor in [m for i, m in stop.items if i == item.id] if stop.items else [None]:
                stopped += owed if minor is None else minor
        return stopped < owed

    quiet = stops.quiet_days(item, stops=found)
    by_hand = sum(map(is_free, strategies.span(item.due_on + DAY, as_of)))
    assert ladder.cadence_age(item, quiet=quiet, as_of=as_of) == by_hand


@given(strategies.cases(), st.data())
def test_one_more_stop_never_makes_an_item_older_or_owe_more(
    drawn: strategies.Drawn, data: st.DataObject
) -> None:
    """Stops only ever take days off the clock and amounts off what may be chased."""
    ids = [i.id for i in drawn.facts.items]
    more = data.draw(strategies.stops(ids, drawn.as_of, id=99))
    for item in drawn.facts.items:
        if item.kind not in book.DEBITS:
            continue
        ages, covered = [], []
        for found in (drawn.facts.stops, (*drawn.facts.stops, more)):
            quiet = stops.quiet_days(item, stops=found)
            ages.append(ladder.cadence_age(item, quiet=quiet, as_of=drawn.as_of))
            covered.append(stops.covered(item, stops=found, as_of=drawn.as_of).minor)
        assert ages[0] >= ages[1]
        assert covered[0] <= covered[1] <= item.open_minor


# --- the position ----------------------------------------------------------------------------


@given(strategies.cases())
def test_what_is_demanded_stopped_and_covered_adds_up_to_what_is_open(
    drawn: strategies.Drawn,
) -> None:
    """Open is net demanded, plus stopped, plus covered by credit, in every currency (3)."""
    found = position.stand(drawn.facts, as_of=drawn.as_of)
    for code in ("EUR", "USD"):
        here = [s for s in found.standings if s.item.currency == code]
        opened = sum(s.item.open_minor for s in here)
        net = sum(s.net_minor for s in here)
        stopped = sum(s.covered.minor for s in here)
        used = found.credit_used.get(code, 0)
        assert net + stopped + used == opened
        credits = sum(
            i.open_minor
            for i in drawn.facts.items
            if i.currency == code and i.kind == "credit_note"
        ) + sum(m for c, m in drawn.facts.unapplied if c == code)
        assert found.balance.get(code, 0) == opened - credits
        assert 0 <= used <= credits
        # What credit is left over went nowhere only because nothing was left to reduce, or
        # because the disputed part of an item that a credit note names took it up.
        named = {i.applies_to for i in drawn.facts.items if i.applies_to and i.currency == code}
        disputed = sum(s.covered.by_kind.get("dispute", 0) for s in here if s.item.number in named)
        assert net == 0 or credits - used <= disputed
    for s in found.standings:
        assert 0 <= s.net_minor <= s.chaseable_minor
        assert s.chaseable_minor == s.item.open_minor - s.covered.minor >= 0


@given(strategies.cases(), strategies.minors)
def test_more_cash_never_demands_more(drawn: strategies.Drawn, minor: int) -> None:
    """Each item's net only falls, by no more than the cash, and only in its currency (3.4)."""
    before = position.stand(drawn.facts, as_of=drawn.as_of).standings
    richer = msgspec.structs.replace(
        drawn.facts, unapplied=(*drawn.facts.unapplied, ("EUR", minor))
    )
    after = position.stand(richer, as_of=drawn.as_of).standings
    fell = [a.net_minor - b.net_minor for a, b in zip(before, after, strict=True)]
    assert all(f >= 0 for f in fell)
    assert sum(fell) <= minor
    assert not any(f for f, s in zip(fell, before, strict=True) if s.item.currency != "EUR")


@given(strategies.cases(stopped=False))
def test_no_younger_item_is_reduced_while_an_older_one_is_owed(drawn: strategies.Drawn) -> None:
    """Cash and unnamed credit go to the oldest overdue item first (3.4)."""
    if any(i.applies_to for i in drawn.facts.items):
        return
    for code in ("EUR", "USD"):
        found = [
            s
            for s in position.stand(drawn.facts, as_of=drawn.as_of).standings
            if s.item.currency == code
        ]
        found.sort(key=lambda s: (not s.is_overdue, s.item.due_on, s.item.number))
        touched = [s.net_minor < s.item.open_minor for s in found]
        whole = [s.net_minor == 0 for s in found]
        assert touched == sorted(touched, reverse=True)
        assert all(w for w, later in zip(whole, touched[1:], strict=False) if later)


# --- aging -----------------------------------------------------------------------------------

_amounts = st.lists(
    st.builds(
        aging.Open,
        st.sampled_from(("C-1", "C-2")),
        st.sampled_from(("EUR", "USD")),
        st.sampled_from(("invoice", "claim", "credit_note", "unapplied")),
        days,
        st.integers(1, 10_000),
    ),
    max_size=12,
)
_edges = st.lists(st.integers(1, 120), unique=True, max_size=4).map(sorted)


@given(_amounts, days, _edges)
def test_buckets_tie_out_to_the_open_balance(
    amounts: list[aging.Open], as_of: dt.date, edges: list[int]
) -> None:
    """Each row and each total adds up to the cent, whatever the buckets (3.5)."""
    rows = aging.age(amounts, as_of=as_of, edges=edges)
    assert len(aging.labels(edges)) == len(edges) + 1
    for row in rows:
        signed = sum(
            -a.minor if a.kind in ("credit_note", "unapplied") else a.minor
            for a in amounts
            if (a.key, a.currency) == (row.key, row.currency)
        )
        assert row.total == signed
        assert row.not_due + sum(row.buckets) + row.credits + row.unapplied == signed
        assert row.credits <= 0
        assert row.unapplied <= 0
        assert all(b >= 0 for b in (row.not_due, *row.buckets))
    for total in aging.totals(rows):
        mine = [r for r in rows if r.currency == total.currency]
        assert total.total == sum(r.total for r in mine)
        for column in ("not_due", "credits", "unapplied"):
            assert getattr(total, column) == sum(getattr(r, column) for r in mine)
        assert total.buckets == tuple(map(sum, zip(*(r.buckets for r in mine), strict=True)))


@given(_amounts, days)
def test_a_day_later_the_balance_is_the_same_and_nothing_is_younger(
    amounts: list[aging.Open], as_of: dt.date
) -> None:
    """Time moves amounts to the right, and makes or loses none."""
    today = aging.age(amounts, as_of=as_of)
    tomorrow = aging.age(amounts, as_of=as_of + DAY)
    for a, b in zip(today, tomorrow, strict=True):
        assert (a.key, a.currency, a.total) == (b.key, b.currency, b.total)
        columns = [(r.not_due, *r.buckets) for r in (a, b)]
        for n in range(len(columns[0])):
            assert sum(columns[0][: n + 1]) >= sum(columns[1][: n + 1])
