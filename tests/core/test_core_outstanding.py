"""Days outstanding by hand: each measure worked out on paper, and when nothing is said."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from statistics import NormalDist

import pytest

from dunwell.core.outstanding import chance, hints, payers, sums

AS_OF = dt.date(2026, 3, 31)


def d(text: str) -> Decimal:
    """Return a figure."""
    return Decimal(text)


def test_every_measure_is_the_one_worked_out_on_paper() -> None:
    """One book of 90 days, each figure by its formula.

    Owed at the start 40,000, billed 90,000, owed at the end 30,000, of which 21,000 are not due.
    DSO 30,000 / 90,000 x 90 = 30; best possible 21,000 / 90,000 x 90 = 21; beyond terms 9.
    Effectiveness (40 + 90 - 30) / (40 + 90 - 21) = 100 / 109 = 91.74 %. Past due 9 of 30 = 30 %.
    Days late 50,000 x 0 + 10,000 x 12 + 20,000 x 30 = 720,000 over 80,000 = 9. Days to pay:
    60,000 x 40 + 20,000 x 48 = 3,360,000 over 80,000 = 42. Collected 45 of 60 = 75 %. Counting
    back: March (31 days) billed 20,000, February (28) 40,000: all of March, and 10,000 of
    February's 40,000 are a quarter of 28 days: 31 + 7 = 38.
    """
    found = sums.measure(
        sums.Sums(
            opened=40_000, billed=90_000, open=30_000, current=21_000,
            by_month=(20_000, 40_000, 30_000, *[0] * 10), paid=80_000,
            paid_days=60_000 * 40 + 20_000 * 48, weighed=80_000,
            late_days=10_000 * 12 + 20_000 * 30, due=60_000, due_paid=45_000, invoices=9,
        ),
        days=90, as_of=AS_OF,
    )  # fmt: skip
    assert found == sums.Measures(
        dso=d("30.0"), countback=d("38.0"), is_capped=False, best=d("21.0"), beyond=d("9.0"),
        late=d("9.0"), to_pay=d("42.0"), effective=d("91.7"), past_due=d("30.0"),
        collected=d("75.0"),
    )  # fmt: skip


def test_what_cannot_be_divided_is_not_said() -> None:
    """Nothing billed, paid, due or open: no figure is made up."""
    found = sums.measure(sums.NOTHING, days=90, as_of=AS_OF)
    assert found._replace(is_capped=None) == (None,) * len(sums.Measures._fields)
    assert not found.is_capped


def test_more_credit_than_invoices_is_no_sale() -> None:
    """A period whose credit notes exceed its invoices has no days of sales."""
    found = sums.measure(sums.Sums(billed=-500, open=100), days=90, as_of=AS_OF)
    assert found.dso is None
    assert found.countback is None


@pytest.mark.parametrize(
    ("open_minor", "billed", "expected"),
    [
        (0, (100, 100), ("0.0", False)),  # nothing is out
        (50, (100, 100), ("15.5", False)),  # half of a month of 31 days
        (100, (100, 100), ("31.0", False)),  # just that month
        (110, (100, 100), ("33.8", False)),  # 31 + a tenth of 28
        (100, (0, 100), ("59.0", False)),  # a month without sales counts with its days
        (100, (-40, 100), ("59.0", False)),  # so does one of credit notes
        (200, (100, 100), ("59.0", False)),  # all that is known of, and no more
        (201, (100, 100), ("59.0", True)),  # history runs out: at least so many
    ],
)
def test_counting_back_uses_up_the_latest_sales_first(
    open_minor: int, billed: tuple[int, int], expected: tuple[str, bool]
) -> None:
    """Months of 31 and 28 days, on paper."""
    assert sums.countback(open_minor, billed, (31, 28)) == (d(expected[0]), expected[1])


def test_credit_pays_the_oldest_first_and_nobody_elses_debt() -> None:
    """A credit takes off what is overdue, then what is not due; the rest is left."""
    assert sums.net(100, 200, 0) == (300, 200, 0)
    assert sums.net(100, 200, 150) == (150, 150, 0)
    assert sums.net(100, 200, 350) == (0, 0, 50)


def test_the_rank_test_is_the_textbooks() -> None:
    """U, its variance with ties and the continuity step, worked out on paper.

    {1, 2, 2} against {2, 3, 3}: ranks 1; 2 2 2 share (2+3+4)/3 = 3; 3 3 share 5.5. Ranks of the
    second: 3 + 5.5 + 5.5 = 14, U = 14 - 6 = 8 of 9, mean 4.5. Ties 3^3-3 + 2^3-2 = 30; variance
    9/12 x (7 - 30/30) = 4.5. z = (3.5 - 0.5) / sqrt(4.5) = 1.41421, two-sided 0.15730.
    """
    found = chance.rank({2: 1, 3: 2}, {1: 1, 2: 2})
    assert found.larger == pytest.approx(8 / 9)
    assert found.luck == pytest.approx(2 * NormalDist().cdf(-1.4142135624))
    assert chance.rank({1: 1, 2: 2}, {2: 1, 3: 2}).luck == pytest.approx(found.luck)


def test_many_looks_find_less() -> None:
    """What would stand alone may not stand among ten; the strongest still does."""
    assert chance.stands([0.04]) == [True]
    assert chance.stands([0.04, *[0.9] * 9]) == [False] * 10
    assert chance.stands([0.004, *[0.9] * 9]) == [True, *[False] * 9]
    assert chance.named([0.02, 0.02, *[0.9] * 8]) == [True, True, *[False] * 8]


ON_TIME = payers.Sample({-2: 3, 0: 4, 1: 3}, 6)


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (payers.Sample({10: 4, 20: 4}, 5), "worse"),
        (payers.Sample({-2: 3, 0: 4, 1: 3}, 6), "same"),
        (payers.Sample({2: 8}, 5), "same"),  # later by luck or not: two days are nobody's business
        (payers.Sample({0: 7, 90: 1}, 5), "same"),  # one dear exception is no habit
        (payers.Sample({40: 4}, 4), "too_few"),  # four invoices tell nothing
        (payers.Sample({40: 12}, 2), "too_few"),  # nor do twelve paid on two days
        (payers.NO_SAMPLE, "too_few"),
    ],
)
def test_a_customer_is_judged_only_on_enough(now: payers.Sample, verdict: str) -> None:
    """Worse, the same, or nothing said, against ten invoices on time."""
    found = payers.compare(ON_TIME, now)
    assert found.verdict == verdict
    assert (found.before, found.invoices_before) == (d("-0.3"), 10)


def test_who_got_better_is_the_mirror() -> None:
    """The same two periods the other way round."""
    late = payers.Sample({10: 4, 20: 4}, 5)
    assert payers.compare(late, ON_TIME).verdict == "better"


def test_among_many_compared_only_clear_changes_are_named() -> None:
    """Forty customers alike and one just over the line: it is luck. A clear one is named."""
    slight = payers.compare(payers.Sample({0: 3, 5: 3}, 6), payers.Sample({4: 3, 12: 3}, 6))
    clear = payers.compare(ON_TIME, payers.Sample({30: 10}, 9))
    assert slight.luck is not None
    assert slight.luck > 0.01
    same = payers.compare(ON_TIME, ON_TIME)
    many = {f"C-{n}": same for n in range(40)}
    assert payers.changed(many | {"S": slight._replace(verdict="worse")}) == []
    assert payers.changed(many | {"S": slight, "X": clear}) == ["X"]


def test_one_large_customer_does_not_stand_for_its_region() -> None:
    """A customer of a thousand late invoices counts once; too few customers: nothing is said."""
    everybody = [payers.Payer(f"N{n}", d("2"), 9) for n in range(20)]
    everybody.append(payers.Payer("SBIG", d("60"), 1_000))
    (south, north) = payers.kinds(everybody, lambda c: c[0])
    assert (south.key, south.verdict, south.customers, south.late) == ("S", "too_few", 1, d("60"))
    assert (north.verdict, north.luck) == ("too_few", None)


def test_a_kind_is_late_only_beyond_luck() -> None:
    """Eight customers spread like the others are like them, eight that are later are late."""
    spread = [d(n) for n in (0, 1, 3, 8, 13, 21, 34, 40)]
    alike = [payers.Payer(f"{k}{n}", late, 5) for k in "AB" for n, late in enumerate(spread)]
    assert [k.verdict for k in payers.kinds(alike, lambda c: c[0])] == ["like_others"] * 2
    late = [payers.Payer(f"C{n}", late + 45, 5) for n, late in enumerate(spread)]
    found = {k.key: k for k in payers.kinds([*alike, *late], lambda c: c[0])}
    assert found["C"].verdict == "late"
    assert (found["C"].late, found["C"].others_late) == (d("60.0"), d("15.0"))


def everyone(
    n: int, *, late: int, terms: str = "15-30 days", method: str = "", traits: str = ""
) -> list[tuple[payers.Payer, hints.About]]:
    """Return n customers, each a day later than the one before."""
    about = hints.About(terms, method, frozenset(traits.split()))
    tag = f"{terms}{method}{traits}{late}"
    return [(payers.Payer(f"{tag}-{k}", d(late + k), 6), about) for k in range(n)]


def told(*groups: list[tuple[payers.Payer, hints.About]]) -> hints.Hints:
    """Return the hints of a book of these customers."""
    pairs = [pair for group in groups for pair in group]
    return hints.look([p for p, _ in pairs], {p.customer: about for p, about in pairs})


def test_a_hint_says_its_figures_and_what_to_do() -> None:
    """Long terms on which customers pay later still, in words."""
    found = told(everyone(8, late=1), everyone(6, late=22, terms="46-60 days"))
    (hint,) = found.found
    assert (hint.kind, hint.value, hint.customers, hint.others) == ("terms", "46-60 days", 6, 8)
    assert hint.sentence == (
        "Customers on terms of 46-60 days pay 20.0 days later than those on shorter terms:"
        " 24.5 days late on average (6 customers) against 4.5 (8)."
    )
    assert hint.do == "agree shorter terms where they can be, or a discount for paying early"


def test_each_trait_of_invoicing_can_become_a_hint() -> None:
    """No order number, not reached, a dead address, no contact: each by itself."""
    for code in hints.TRAITS:
        found = told(everyone(9, late=0), everyone(7, late=30, traits=code))
        assert [(h.kind, h.value) for h in found.found] == [("trait", code)]


def test_a_book_without_order_numbers_says_nothing_of_them() -> None:
    """Where no invoice carries one, that is how this trade invoices."""
    found = told(everyone(9, late=0, traits="no_po"), everyone(9, late=30, traits="no_po"))
    assert found == hints.Hints([], 0, 0)


def test_of_ways_of_paying_the_better_one_is_said() -> None:
    """Direct debit pays earlier: said once, as something to offer."""
    found = told(
        everyone(8, late=20, method="transfer"), everyone(6, late=0, method="direct_debit")
    )
    assert [(h.value, h.do) for h in found.found] == [
        ("direct_debit", "offer direct debit to those who pay otherwise")
    ]


def test_too_few_customers_give_no_hint() -> None:
    """Four customers on long terms are no ground to change any."""
    found = told(everyone(30, late=1), everyone(4, late=200, terms="61-90 days"))
    assert (found.found, found.made, found.too_few) == ([], 0, 1)


PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "days-outstanding.md"


def test_the_page_names_the_limits_the_code_has() -> None:
    """Who reads the page knows from how many invoices, customers and days on something is said."""
    text = " ".join(PAGE.read_text("utf-8").split())
    starts = (0, *(bound + 1 for bound in hints.TERMS))
    classes = [f"{a}-{b}" for a, b in zip(starts, hints.TERMS, strict=False)]
    assert f"the classes are {', '.join(classes)} and {starts[-1]} days or more" in text
    words = ("no", "one", "two", "three", "four", "five")
    assert f"below {words[payers.LEAST_INVOICES]} invoices in either period" in text
    assert f"below {words[payers.LEAST_OCCASIONS]} different days" in text
    assert f"moved by {words[int(payers.LEAST_SHIFT)]} days or more" in text
    assert f"if it has {words[payers.LEAST_OF_ONE]} invoices or more" in text
    assert f"there are {words[payers.LEAST_CUSTOMERS]} customers of it" in text
    assert chance.LEVEL == 1 / 20
    assert chance.SHARE == 1 / 10
