"""Days outstanding for any amounts: never negative, never beyond history, sums in any order."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from dunwell.core.outstanding import chance, payers, sums

AMOUNTS = st.integers(0, 10**12)
MONTHS = st.lists(st.integers(-(10**9), 10**9), min_size=13, max_size=13).map(tuple)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31))


@st.composite
def sums_of_one(draw: st.DrawFn) -> sums.Sums:
    """Draw what one account may come to."""
    open_minor, current, left = sums.net(draw(AMOUNTS), draw(AMOUNTS), draw(AMOUNTS))
    plain = {n: draw(AMOUNTS) for n in ("opened", "paid", "weighed", "due", "invoices")}
    return sums.Sums(
        **plain, open=open_minor, current=current, left=left, billed=draw(st.integers(-999, 10**9)),
        by_month=draw(MONTHS), paid_days=draw(AMOUNTS), late_days=draw(AMOUNTS),
        due_paid=min(plain["due"], draw(AMOUNTS)),
    )  # fmt: skip


@given(sums_of_one(), DAYS)
def test_days_lie_between_nothing_and_all_that_is_known(one: sums.Sums, as_of: dt.date) -> None:
    """Counting back is never negative nor beyond the months known; shares are shares."""
    found = sums.measure(one, days=90, as_of=as_of)
    known = sum((b - a).days + 1 for a, b in sums.months(as_of))
    assert found.countback is None or 0 <= found.countback <= known
    assert not found.is_capped or found.countback == known
    for share in (found.past_due, found.collected):
        assert share is None or 0 <= share <= 100
    for days in (found.dso, found.best, found.beyond, found.late, found.to_pay):
        assert days is None or days >= 0
    if found.dso is not None and found.best is not None:
        assert found.best + found.beyond == found.dso


@given(st.lists(sums_of_one(), max_size=6), st.randoms(use_true_random=False))
def test_parts_add_up_in_any_order(parts: list[sums.Sums], dice: object) -> None:
    """Adding is the same in any order and in any grouping."""
    turned = list(parts)
    dice.shuffle(turned)  # type: ignore[attr-defined]
    whole = sums.add(parts)
    assert sums.add(turned) == whole
    assert sums.add([sums.add(parts[:2]), sums.add(parts[2:])]) == whole
    assert whole.open == sum(p.open for p in parts)


@given(AMOUNTS, AMOUNTS, MONTHS, DAYS)
def test_owing_more_never_takes_fewer_days(
    less: int, more: int, billed: tuple[int, ...], as_of: dt.date
) -> None:
    """The countback grows with what is open."""
    lengths = [(b - a).days + 1 for a, b in sums.months(as_of)]
    low, high = (sums.countback(minor, billed, lengths) for minor in sorted((less, more)))
    assert low <= high


COUNTS = st.dictionaries(st.integers(-30, 90), st.integers(1, 20), min_size=1, max_size=12)


@given(COUNTS, COUNTS, st.integers(-50, 50))
def test_the_rank_test_is_fair(these: dict[int, int], others: dict[int, int], by: int) -> None:
    """It sees both sides alike, cares for order only, and finds nothing where nothing differs."""
    one, other = chance.rank(these, others), chance.rank(others, these)
    assert 0 <= one.luck <= 1
    assert abs(one.luck - other.luck) < 1e-9
    assert abs(one.larger + other.larger - 1) < 1e-9
    moved = chance.rank(*({d + by: n for d, n in x.items()} for x in (these, others)))
    assert moved == one
    assert chance.rank(these, these) == (0.5, 1.0)


@given(COUNTS, COUNTS, st.integers(1, 12), st.integers(1, 12))
def test_worse_and_better_are_mirrors(
    before: dict[int, int], now: dict[int, int], days_before: int, days_now: int
) -> None:
    """Who gets worse from one period to the other gets better the other way round."""
    first, second = payers.Sample(before, days_before), payers.Sample(now, days_now)
    mirror = {"worse": "better", "better": "worse"}
    verdict = payers.compare(first, second).verdict
    assert payers.compare(second, first).verdict == mirror.get(verdict, verdict)
