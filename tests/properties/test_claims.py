"""Interest, drawn at random: it only grows, its days add up, and nothing depends on an order."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dunwell.core import claims
from dunwell.core import law as laws

FIRST = dt.date(2024, 1, 2)
DAY = dt.timedelta(days=1)
RATES = [
    laws.Row("EU", "reference_rate", value, first, last, "drawn")
    for first, last, value in (
        (dt.date(2024, 1, 1), dt.date(2024, 6, 30), "4.50"),
        (dt.date(2024, 7, 1), dt.date(2024, 12, 31), "4.25"),
        (dt.date(2025, 1, 1), dt.date(2025, 6, 30), "3.15"),
    )
]
LAW = laws.Law(
    [*RATES, laws.Row("EU", "reference", "EU", FIRST, None, "drawn"),
     laws.Row("EU", "margin", "8", FIRST, None, "drawn")]
)  # fmt: skip
days = st.integers(0, 500).map(lambda n: FIRST + n * DAY)
amounts = st.integers(0, 5_000_00)
payments = st.lists(st.tuples(days, st.integers(1, 1_000_00)), max_size=5)
orders = st.sampled_from(["principal", "interest", "costs"])
terms = st.builds(
    claims.Terms,
    law=st.just(LAW), country=st.just("EU"), debtor_type=st.just("business"),
    mode=st.sampled_from(["fixed", "floating"]), order=orders,
    day_count=st.sampled_from(["act_365", "act_360", "act_act"]),
    is_rounded_daily=st.sampled_from([False]),
    flat=st.sampled_from([None, None, Decimal("12.5")]), margin=st.none(),
)  # fmt: skip


@st.composite
def debts(draw: Any) -> claims.Debt:
    """Draw a debt with payments and a few excused days."""
    first = draw(days)
    excused = ((first, first + draw(st.integers(0, 40)) * DAY),) if draw(st.booleans()) else ()
    return claims.Debt(
        draw(amounts), draw(days), tuple(draw(payments)), excused, draw(st.integers(0, 100_00))
    )


@given(debts(), terms, days, st.integers(0, 200))
def test_interest_never_falls_as_days_go_by(
    debt: claims.Debt, on: claims.Terms, to: dt.date, more: int
) -> None:
    """A later day never has less than an earlier one."""
    later = min(to + more * DAY, dt.date(2025, 6, 30))
    assert claims.accrue(debt, on, to=to).exact <= claims.accrue(debt, on, to=later).exact


@given(debts(), terms, days, days)
def test_adjacent_periods_add_up_before_rounding(
    debt: claims.Debt, on: claims.Terms, middle: dt.date, to: dt.date
) -> None:
    """Through a day, and from the next one on: together the whole, to the last fraction."""
    middle, to = min(middle, to), max(middle, to)
    whole = claims.accrue(debt, on, to=to).exact
    parts = (
        claims.accrue(debt, on, to=middle).exact
        + claims.accrue(debt, on, to=to, since=middle + DAY).exact
    )
    assert parts == whole


@given(debts(), terms, days)
def test_nothing_owed_bears_nothing(debt: claims.Debt, on: claims.Terms, to: dt.date) -> None:
    """No principal, no interest."""
    nothing = msgspec.structs.replace(debt, principal_minor=0)
    assert claims.accrue(nothing, on, to=to).lines == ()


@given(debts(), terms, days, st.randoms(use_true_random=False))
def test_the_order_of_payments_changes_nothing(
    debt: claims.Debt, on: claims.Terms, to: dt.date, rng: Any
) -> None:
    """Two payments of one day are one; a list in another order is the same list."""
    same_day = tuple((debt.late_from + 3 * DAY, minor) for _, minor in debt.payments)
    for paid in (debt.payments, same_day):
        shuffled = list(paid)
        rng.shuffle(shuffled)
        a = msgspec.structs.replace(debt, payments=paid)
        b = msgspec.structs.replace(debt, payments=tuple(shuffled))
        assert claims.accrue(a, on, to=to) == claims.accrue(b, on, to=to)


@given(terms, days, days, amounts, amounts, st.integers(0, 1_000_00), st.integers(0, 1_000_00))
def test_two_items_bear_what_one_would_but_for_a_cent(
    on: claims.Terms, first: dt.date, to: dt.date, a: int, b: int, paid_a: int, paid_b: int
) -> None:
    """An item split into two changes the total by the rounding of one of them at most."""
    day = first + 10 * DAY
    paid_a, paid_b = min(paid_a, a), min(paid_b, b)
    on = on._replace(order="principal")
    parts = sum(
        claims.accrue(claims.Debt(m, first, ((day, p),)), on, to=to).minor
        for m, p in ((a, paid_a), (b, paid_b))
    )
    whole = claims.accrue(claims.Debt(a + b, first, ((day, paid_a + paid_b),)), on, to=to).minor
    assert abs(parts - whole) <= 1


@given(debts(), terms, days)
def test_lines_are_days_in_a_row_that_do_not_overlap(
    debt: claims.Debt, on: claims.Terms, to: dt.date
) -> None:
    """Each day counts once at most, none before the first or after the last."""
    lines = claims.accrue(debt, on, to=to).lines
    for before, after in itertools.pairwise(lines):
        assert before.last < after.first
    assert all(debt.late_from <= x.first <= x.last <= to for x in lines)
