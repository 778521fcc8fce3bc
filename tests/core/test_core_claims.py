"""Interest, compensation and contact law: published figures reproduced, days, orders, refusals.

Figures are taken from the pages named beside them; no wording is.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from dunwell.core import book, claims, decide, decision, workdays
from dunwell.core import law as laws
from dunwell.core import policy as policies
from dunwell.core.errors import Refused
from dunwell.policies import law as shipped

DAY = dt.timedelta(days=1)
LAW = laws.Law(shipped.shipped())


def day(text: str) -> dt.date:
    """Return the date an ISO text writes."""
    return dt.date.fromisoformat(text)


def flat(percent: str, **said: Any) -> claims.Terms:
    """Return the terms of a contract with a rate of its own."""
    return claims.Terms(LAW, "US", flat=Decimal(percent), **said)


def late(minor: int, *, days: int, since: str, terms: claims.Terms, **said: Any) -> int:
    """Return the interest of a debt that is so many days late, all of it unpaid."""
    debt = claims.Debt(minor, day(since), **said)
    return claims.accrue(debt, terms, to=day(since) + (days - 1) * DAY).minor


def row(rule: str, value: str, **said: Any) -> laws.Row:
    """Return a row the user added, for all of 2026 unless said otherwise."""
    given = {
        "jurisdiction": "EU", "valid_from": day("2026-01-01"), "valid_to": day("2026-12-31"),
        "source": "a test", "is_own": True,
    } | said  # fmt: skip
    return laws.Row(rule=rule, value=value, **given)


# --- figures that are published ----------------------------------------------------------------

GOV_UK = "gov.uk/late-commercial-payments-interest-debt-recovery/charging-interest-commercial-debt"


def test_the_example_of_gov_uk_comes_out_to_the_penny() -> None:
    """GBP 1,000 at a base rate of 0.5: 85.00 a year, 23p a day, 11.50 after 50 days (GOV_UK).

    The page rounds the day's interest, so it is the mode that does; rounded once it is 11.64.
    0.5 was the base rate of 31 December 2014, which is the shipped row of that half-year.
    """
    daily = claims.Terms(LAW, "GB", mode="fixed", is_rounded_daily=True)
    assert daily.rate(day("2015-03-02")).percent == Fraction(17, 2)
    assert late(1_000_00, days=365, since="2015-03-02", terms=daily._replace(
        is_rounded_daily=False)) == 85_00  # fmt: skip
    assert late(1_000_00, days=1, since="2015-03-02", terms=daily) == 23
    assert late(1_000_00, days=50, since="2015-03-02", terms=daily) == 11_50
    once = claims.Terms(LAW, "GB", mode="fixed")
    assert late(1_000_00, days=50, since="2015-03-02", terms=once) == 11_64


def test_the_example_of_the_time_of_four_percent_comes_out_to_the_penny() -> None:
    """GBP 1,000 at a base rate of 4: 12 percent, 120.00 a year, 9.86 after 30 days.

    Source: danielssilverman.co.uk/interest.php, a collector's page (not an authority's). 4 was
    the base rate of 31 December 2002.
    """
    terms = claims.Terms(LAW, "GB", mode="fixed")
    assert late(1_000_00, days=365, since="2003-02-03", terms=terms) == 120_00
    assert late(1_000_00, days=30, since="2003-02-03", terms=terms) == 9_86


@pytest.mark.parametrize(
    ("debt", "fixed_sum"),
    [(999_99, 40_00), (1_000_00, 70_00), (9_999_99, 70_00), (10_000_00, 100_00), (1, 40_00)],
)
def test_the_fixed_sums_of_the_united_kingdom(debt: int, fixed_sum: int) -> None:
    """GBP 40, 70 and 100 at the limits that GOV_UK's table names."""
    found = claims.fixed_sum(
        LAW, country="GB", debtor="business", on=day("2025-03-03"), debt_minor=debt, currency="GBP"
    )
    assert found is not None
    assert found[0] == fixed_sum


@pytest.mark.parametrize(
    ("country", "debt", "fixed_sum"),
    [("ES", 12_34, 40_00), ("DE", 50_000_00, 40_00), ("IE", 1_000_00, 40_00),
     ("IE", 1_000_01, 70_00), ("IE", 10_000_00, 70_00), ("IE", 10_000_01, 100_00)],
)  # fmt: skip
def test_the_fixed_sums_of_the_union(country: str, debt: int, fixed_sum: int) -> None:
    """EUR 40 for each invoice (Court of Justice, C-585/20, 20 October 2022); Ireland has three.

    Ireland: the Minister for Education's written answer 445 of 15 September 2021.
    """
    found = claims.fixed_sum(
        LAW, country=country, debtor="business", on=day("2025-03-03"), debt_minor=debt,
        currency="EUR",
    )  # fmt: skip
    assert found is not None
    assert found[0] == fixed_sum


@pytest.mark.parametrize(
    ("country", "on", "percent", "source"),
    [
        ("IE", "2024-07-01", "12.25", "enterprise.gov.ie, 1 July 2024: 4.25 and 8"),
        ("IE", "2022-01-01", "8", "gov.ie, 1 January 2022: 0.00 and 8"),
        ("IE", "2023-07-01", "12", "Munster Technological University, 1 July 2023"),
        ("NL", "2024-07-01", "12.25", "Koninklijke Metaalunie, 1 July 2024"),
        ("FR", "2024-07-01", "14.25", "Bpifrance Creation: 4.25 and 10"),
        ("FI", "2022-07-01", "8", "Suomen Pankki, 1 July to 31 December 2022"),
        ("DE", "2023-01-01", "10.62", "Bundesbank, Basiszinssatz 1.62, and BGB 288(2)"),
        ("DE", "2025-07-01", "10.27", "Bundesbank, Basiszinssatz 1.27, and BGB 288(2)"),
        ("GB", "2025-07-01", "12.25", "Bank of England, 4.25 on 30 June 2025, and 8"),
        ("PT", "2025-07-01", "10.15", "the directive: 2.15 and 8"),
    ],
)
def test_the_rates_authorities_published_come_out(
    country: str, on: str, percent: str, source: str
) -> None:
    """The rate of a half-year is the one that was published for it."""
    assert claims.percent(claims.Terms(LAW, country).rate(day(on)).percent) == percent, source


@pytest.mark.parametrize(("percent", "share"), [("8", "0.022"), ("12", "0.033")])
def test_the_daily_rates_of_ireland_come_out(percent: str, share: str) -> None:
    """8 percent a year is 0.022 a day (gov.ie, 2022), 12 is 0.033 (MTU, 2023), in percent."""
    a_day = claims.accrue(claims.Debt(100_000_00, day("2025-03-03")), flat(percent),
                          to=day("2025-03-03")).exact  # fmt: skip
    assert f"{float(a_day / 100_000_00 * 100):.3f}" == share


@pytest.mark.parametrize(
    ("minor", "percent", "days", "interest", "source"),
    [
        (1_000_00, "8", 11, 2_41, "go-figure.nl, 11/365 of 8 percent of 1,000"),
        (4_500_00, "11", 30, 40_68, "fiscavo.com, 4,500 at 11 percent"),
        (1_000_00, "5.12", 25, 3_51, "anleiter.de, a consumer's 1,000 at 5.12 percent"),
        (15_000_00, "15", 30, 184_93, "agenceipro.com, 15,000 at 15 percent"),
    ],
)
def test_the_formula_countries_publish_gives_what_their_pages_show(
    minor: int, percent: str, days: int, interest: int, source: str
) -> None:
    """Sum x rate x days / 365 (Chambre des Metiers, 2012: divided by 36,500; Bpifrance).

    The amounts are those of advisers' pages: no authority of the Union was found to publish one.
    """
    assert late(minor, days=days, since="2025-03-03", terms=flat(percent)) == interest, source


# --- days --------------------------------------------------------------------------------------


def test_interest_runs_from_the_day_after_the_due_date() -> None:
    """Nothing on the due date, one day on the next."""
    first = claims.late_from(day("2025-07-01"), issued_on=None, is_agreed=True, term_days=30)
    debt = claims.Debt(36_500_00, first)
    assert claims.accrue(debt, flat("10"), to=day("2025-07-01")).lines == ()
    assert claims.accrue(debt, flat("10"), to=day("2025-07-02")).minor == 10_00


@pytest.mark.parametrize(
    ("issued", "is_agreed", "first"),
    [("2025-06-20", False, "2025-07-21"), ("2025-06-20", True, "2025-07-02"),
     ("2025-05-01", False, "2025-07-02"), (None, False, "2025-07-02")],
)  # fmt: skip
def test_without_an_agreed_date_the_law_gives_thirty_days(
    issued: str | None, *, is_agreed: bool, first: str
) -> None:
    """From the day after the thirtieth, never before the due date that was told."""
    found = claims.late_from(
        day("2025-07-01"), issued_on=day(issued) if issued else None, is_agreed=is_agreed,
        term_days=30,
    )  # fmt: skip
    assert found == day(first)


@pytest.mark.parametrize(
    ("count", "minor"), [("act_365", 365_00), ("act_360", 370_07), ("act_act", 364_00)]
)
def test_the_days_of_a_leap_year_are_counted_as_the_policy_says(
    count: claims.DayCount, minor: int
) -> None:
    """365 days of 2024 at 10 percent, over 365, 360 and 366 days."""
    assert late(3_650_00, days=365, since="2024-01-01", terms=flat("10", day_count=count)) == minor


def test_actual_days_are_split_at_the_new_year() -> None:
    """Ten days of a leap year and ten of a common one have two lines."""
    debt = claims.Debt(1_000_000_00, day("2024-12-22"))
    found = claims.accrue(debt, flat("10", day_count="act_act"), to=day("2025-01-10"))
    assert [(x.days, x.first.year) for x in found.lines] == [(10, 2024), (10, 2025)]
    assert found.exact == 10_000_000 * (Fraction(10, 366) + Fraction(10, 365))


def test_days_the_debtor_is_not_answerable_for_do_not_count() -> None:
    """Ten of thirty days are excused; the others count in full."""
    excused = ((day("2025-03-11"), day("2025-03-20")),)
    assert late(36_500_00, days=30, since="2025-03-01", terms=flat("10"), excused=excused) == 200_00


# --- half-years --------------------------------------------------------------------------------

OVER_THE_YEAR = claims.Debt(36_500_00, day("2025-06-21"))


@pytest.mark.parametrize(
    ("mode", "percents", "minor"),
    [("floating", ["11.15", "10.15"], 213_00), ("fixed", ["11.15"], 223_00),
     ("at_end", ["10.15"], 203_00)],
)  # fmt: skip
def test_a_half_year_brings_its_own_rate_or_not(
    mode: claims.Mode, percents: list[str], minor: int
) -> None:
    """Ten days at 3.15 and ten at 2.15, plus 8: each its own, the first day's, the last day's."""
    terms = claims.Terms(LAW, "EU", mode=mode)
    found = claims.accrue(OVER_THE_YEAR, terms, to=day("2025-07-10"))
    assert [claims.percent(x.rate.percent) for x in found.lines] == percents
    assert found.minor == minor


def test_one_rate_is_that_of_the_day_of_payment() -> None:
    """Paid in the first half-year, the debt never knew the second one's rate."""
    debt = claims.Debt(36_500_00, day("2025-06-21"), ((day("2025-06-30"), 36_500_00),))
    terms = claims.Terms(LAW, "IE", mode="at_end")
    assert claims.accrue(debt, terms, to=day("2026-08-01")).minor == 111_50


def test_the_rows_behind_a_rate_are_named() -> None:
    """Each line knows the reference rate and the margin it rests on, with their sources."""
    (line,) = claims.accrue(OVER_THE_YEAR, claims.Terms(LAW, "DE"), to=day("2025-06-30")).lines
    assert [(r.rule, r.value, r.jurisdiction) for r in line.rate.rows] == [
        ("reference_rate", "2.27", "DE"), ("margin", "9", "DE"),
    ]  # fmt: skip
    assert all(r.source for r in line.rate.rows)


def test_a_contract_may_name_points_above_the_reference_rate() -> None:
    """The margin is the contract's, the reference rate the law's."""
    terms = claims.Terms(LAW, "EU", margin=Decimal("3.5"))
    assert claims.percent(terms.rate(day("2025-07-01")).percent) == "5.65"


# --- no row ------------------------------------------------------------------------------------


def test_a_day_without_a_row_is_refused_with_the_command_that_adds_it() -> None:
    """The shipped rates end in 2025: nothing is guessed, not even for the days before."""
    with pytest.raises(Refused) as caught:
        claims.accrue(OVER_THE_YEAR, claims.Terms(LAW, "EU"), to=day("2026-01-01"))
    assert caught.value.reason == "no_rate_row"
    assert "reference_rate of 2026-01-01" in str(caught.value)
    assert (
        "dunwell law add --jurisdiction EU --rule reference_rate --value V "
        "--from 2026-01-01 --to 2026-06-30 --source S"
    ) in str(caught.value)


def test_a_row_that_was_added_lets_it_be_computed() -> None:
    """From then on the day is covered, by the row that was added."""
    law = laws.Law([*LAW.rows, row("reference_rate", "2.15")])
    found = claims.accrue(OVER_THE_YEAR, claims.Terms(law, "EU"), to=day("2026-01-10"))
    assert claims.percent(found.lines[-1].rate.percent) == "10.15"
    assert found.lines[-1].rate.rows[0].is_own


def test_a_day_on_which_nothing_was_owed_needs_no_row() -> None:
    """Paid before the rates end, it can be computed on any later day, in every mode."""
    debt = claims.Debt(36_500_00, day("2025-06-21"), ((day("2025-06-30"), 36_500_00),))
    for mode in ("floating", "fixed", "at_end"):
        terms = claims.Terms(LAW, "EU", mode=mode)
        assert claims.accrue(debt, terms, to=day("2026-12-31")).minor == 111_50
    paid_in_time = claims.Debt(100, day("2026-02-01"), ((day("2026-01-31"), 100),))
    assert claims.accrue(paid_in_time, terms, to=day("2026-12-31")).minor == 0


@pytest.mark.parametrize("country", ["SE", "AT", "PL", "CH", "JP"])
def test_a_country_whose_reference_rate_is_not_shipped_is_refused(country: str) -> None:
    """Sweden's rate is not the euro's: no other country's rate is taken for it."""
    with pytest.raises(Refused, match=country):
        claims.Terms(LAW, country).rate(day("2025-03-03"))


def test_the_united_states_know_interest_by_contract_only() -> None:
    """Statutory interest is refused there; a contract's rate is not."""
    with pytest.raises(Refused) as caught:
        claims.may_claim(claims.Terms(LAW, "US"), on=day("2025-03-03"))
    assert caught.value.reason == "contract_only"
    claims.may_claim(flat("18"), on=day("2025-03-03"))


def test_the_law_for_businesses_does_not_hold_against_natural_persons() -> None:
    """Germany has five points for consumers and no fixed sum; elsewhere it is refused."""
    on = day("2025-03-03")
    person = claims.debtor_type(natural_person=True)
    assert claims.debtor_type(natural_person=False) == "business"
    with pytest.raises(Refused) as caught:
        claims.may_claim(claims.Terms(LAW, "GB", debtor_type=person), on=on)
    assert caught.value.reason == "natural_person"
    german = claims.Terms(LAW, "DE", debtor_type=person)
    claims.may_claim(german, on=on)
    assert claims.percent(german.rate(on).percent) == "7.27"
    assert claims.fixed_sum(
        LAW, country="DE", debtor=person, on=on, debt_minor=100, currency="EUR"
    ) is None  # fmt: skip


def test_a_fixed_sum_is_in_its_own_currency_and_for_a_debt() -> None:
    """EUR 40 are not claimed in dollars, nor on nothing."""
    for debt, currency in ((100_00, "USD"), (0, "EUR")):
        assert claims.fixed_sum(
            LAW, country="FR", debtor="business", on=day("2025-03-03"), debt_minor=debt,
            currency=currency,
        ) is None  # fmt: skip
    above = laws.Row("EU", "compensation", "EUR 100=40", day("2025-01-01"), None, "a test")
    assert laws.compensation(above, debt_minor=99_99, currency="EUR") is None


# --- payments ----------------------------------------------------------------------------------

HALF = ((day("2025-01-10"), 18_250_00),)


@pytest.mark.parametrize(
    ("order", "minor"),
    [("principal", 150_00), ("interest", 150_27), ("costs", 150_38)],
)
def test_a_part_payment_reduces_what_the_order_says(order: claims.Order, minor: int) -> None:
    """36,500 at 10 percent: ten days of 10.00 a day, then half of it paid, then ten days more.

    Principal first leaves 18,250: 5.00 a day. Interest first leaves 100.00 more of it, costs
    first another 40.00.
    """
    debt = claims.Debt(36_500_00, day("2025-01-01"), HALF, costs_minor=40_00)
    assert claims.accrue(debt, flat("10", order=order), to=day("2025-01-20")).minor == minor


def test_what_is_paid_by_the_due_date_bears_no_interest_and_pays_none() -> None:
    """Before it is late there is neither interest nor cost to pay."""
    paid = ((day("2024-12-31"), 18_250_00),)
    for order in ("principal", "interest", "costs"):
        debt = claims.Debt(36_500_00, day("2025-01-01"), paid, costs_minor=40_00)
        found = claims.accrue(debt, flat("10", order=order), to=day("2025-01-10"))
        assert (found.minor, len(found.lines)) == (50_00, 1)


def test_the_day_of_payment_still_counts() -> None:
    """From the due date through the day the money came."""
    debt = claims.Debt(36_500_00, day("2025-01-01"), ((day("2025-01-10"), 36_500_00),))
    assert claims.accrue(debt, flat("10"), to=day("2025-03-31")).minor == 100_00


def test_more_than_is_owed_pays_no_more_than_that() -> None:
    """An overpayment never makes interest negative."""
    debt = claims.Debt(100_00, day("2025-01-01"), ((day("2025-01-05"), 900_00),))
    for order in ("principal", "interest", "costs"):
        found = claims.accrue(debt, flat("10", order=order), to=day("2025-12-31"))
        assert found.minor >= 0
        assert found.lines[-1].last <= day("2025-12-31")
    assert claims.accrue(claims.Debt(0, day("2025-01-01")), flat("10"), to=day("2025-12-31")) == (
        (),
    )


def test_a_total_that_falls_below_nothing_is_nothing() -> None:
    """A reference rate below the margin's negative cannot make the creditor owe."""
    law = laws.Law([*LAW.rows, row("reference_rate", "-20")])
    debt = claims.Debt(100_00, day("2026-01-01"))
    assert claims.accrue(debt, claims.Terms(law, "EU"), to=day("2026-02-01")).minor == 0


# --- rows --------------------------------------------------------------------------------------


def test_what_the_user_added_goes_before_what_is_shipped() -> None:
    """A correction wins, and among those added the younger."""
    on = {"country": "EU", "on": day("2025-08-01")}
    own = row("reference_rate", "2.16", valid_from=day("2025-07-01"))
    later = row("reference_rate", "2.17", valid_from=day("2025-07-15"))
    assert LAW.need("reference_rate", **on).value == "2.15"
    assert laws.Law([*LAW.rows, own]).need("reference_rate", **on).value == "2.16"
    assert laws.Law([*LAW.rows, later, own]).need("reference_rate", **on).value == "2.17"


def test_a_country_falls_back_to_the_directive_where_it_says_nothing() -> None:
    """Only within the Union, and only for what the country has no row of."""
    on = day("2025-03-03")
    assert LAW.need("compensation", country="DE", on=on).jurisdiction == "EU"
    assert LAW.need("margin", country="DE", on=on).jurisdiction == "DE"
    assert LAW.find("compensation", country="CH", on=on) is None


def test_every_row_that_is_shipped_has_its_source() -> None:
    """No row without a basis, no span that ends before it begins, no two that say two things."""
    for r in LAW.rows:
        assert len(r.source) > 10
        assert r.valid_to is None or r.valid_from <= r.valid_to
        assert r.rule in laws.RULES
        same = [
            o for o in LAW.rows
            if (o.jurisdiction, o.rule, o.debtor_type) == (r.jurisdiction, r.rule, r.debtor_type)
            and o.covers(r.valid_from)
        ]  # fmt: skip
        assert same == [r]


def test_the_shipped_rates_end_with_2025() -> None:
    """The lists they come from end there; beyond, the program refuses rather than guesses."""
    ends = {r.valid_to for r in LAW.rows if r.rule == "reference_rate"}
    assert max(e for e in ends if e) == day("2025-12-31")
    assert None not in ends


@pytest.mark.parametrize(
    ("rule", "value"),
    [("reference_rate", "-0.88"), ("margin", " 9 "), ("rate_mode", "fixed"), ("reference", "SE"),
     ("allocation", "costs"), ("statutory", "none"), ("compensation", "EUR 0=40"),
     ("contact_hours", "08:00-21:00"), ("sms_stop_words", "stop, arret")],
)  # fmt: skip
def test_a_value_of_the_right_form_is_taken(rule: str, value: str) -> None:
    """Blanks around it are dropped."""
    assert laws.check(rule, value) == value.strip()


@pytest.mark.parametrize(
    ("rule", "value", "reason"),
    [("rate", "1", "unknown_rule"), ("reference_rate", "two", "bad_value"),
     ("reference_rate", "NaN", "bad_value"), ("margin", "-1", "bad_value"),
     ("margin", "", "bad_value"), ("rate_mode", "both", "bad_value"),
     ("compensation", "40", "bad_value"), ("compensation", "EUR 0=40.001", "bad_value"),
     ("compensation", "EUR 10=40 0=70", "bad_value"), ("compensation", "EUR x=y", "bad_value"),
     ("contact_hours", "21:00-08:00", "bad_value"), ("contact_hours", "8 to 21", "bad_value"),
     ("sms_stop_words", "  ", "bad_value")],
)  # fmt: skip
def test_a_value_of_another_form_is_refused(rule: str, value: str, reason: str) -> None:
    """What cannot be computed with is not kept."""
    with pytest.raises(Refused) as caught:
        laws.check(rule, value)
    assert caught.value.reason == reason


def test_a_missing_row_that_is_no_rate_names_the_day_only() -> None:
    """Other rules have no half-year."""
    said = str(laws.missing("margin", country="CH", on=day("2026-03-02")))
    assert "--rule margin --value V --from 2026-03-02 --source S" in said


# --- contact -----------------------------------------------------------------------------------


def test_the_limits_of_the_united_states_are_shipped() -> None:
    """8 to 21 o'clock, seven calls in seven days, seven days from a conversation on."""
    found = laws.contact_limits(LAW, country="US", on=day("2026-03-02"))
    assert found == book.Limits(7, 7, "08:00", "21:00")
    assert laws.contact_limits(LAW, country="DE", on=day("2026-03-02")) is None
    assert laws.contact_limits(LAW, country="US", on=day("2020-03-02")) is None


def test_a_single_limit_is_enough() -> None:
    """A country may have hours and nothing else, or a number of calls and nothing else."""
    rows = [row("contact_hours", "09:00-18:00", jurisdiction="FR"),
            row("calls_in_7_days", "3", jurisdiction="IT"),
            row("days_after_conversation", "2", jurisdiction="ES")]  # fmt: skip
    found = {
        c: laws.contact_limits(laws.Law(rows), country=c, on=day("2026-03-02"))
        for c in ("FR", "IT", "ES")
    }
    assert found == {
        "FR": book.Limits(opens="09:00", closes="18:00"),
        "IT": book.Limits(calls_in_7_days=3),
        "ES": book.Limits(days_after_conversation=2),
    }


def test_the_eighth_call_waits_until_the_first_is_seven_days_old() -> None:
    """Seven within seven days are allowed; the day of the call itself is the first."""
    calls = tuple(day("2026-03-02") + n * DAY for n in range(7))
    six, seven = book.Limits(7, calls=calls[:6]), book.Limits(7, calls=calls)
    assert laws.next_call_on(six, as_of=day("2026-03-08")) == day("2026-03-08")
    assert laws.next_call_on(seven, as_of=day("2026-03-08")) == day("2026-03-09")
    at_once = book.Limits(7, calls=(day("2026-03-02"),) * 7)
    assert laws.next_call_on(at_once, as_of=day("2026-03-02")) == day("2026-03-09")
    assert laws.next_call_on(book.Limits(0), as_of=day("2026-03-02")) == day("2026-03-09")


def test_no_call_within_seven_days_of_a_conversation() -> None:
    """The day of the conversation is the first of the seven; without limits any day will do."""
    talked = book.Limits(days_after_conversation=7, talked_on=day("2026-03-02"))
    assert laws.next_call_on(talked, as_of=day("2026-03-08")) == day("2026-03-09")
    assert laws.next_call_on(talked, as_of=day("2026-03-09")) == day("2026-03-09")
    assert laws.next_call_on(None, as_of=day("2026-03-02")) == day("2026-03-02")


@pytest.mark.parametrize(
    ("policy", "law", "hours"),
    [(("09:00", "17:00"), ("08:00", "21:00"), ("09:00", "17:00")),
     (("07:00", "22:00"), ("08:00", "21:00"), ("08:00", "21:00")),
     (("06:00", "07:30"), ("08:00", "21:00"), ("08:00", "21:00")),
     (("09:00", "17:00"), ("", ""), ("09:00", "17:00"))],
)  # fmt: skip
def test_the_hours_are_the_policys_narrowed_by_the_law(
    policy: tuple[str, str], law: tuple[str, str], hours: tuple[str, str]
) -> None:
    """Where they have nothing in common, the law's own hold."""
    time = dt.time.fromisoformat
    found = laws.hours(
        book.Limits(opens=law[0], closes=law[1]), opens=time(policy[0]), closes=time(policy[1])
    )
    assert found == (time(hours[0]), time(hours[1]))
    assert laws.hours(None, opens=time("09:00"), closes=time("17:00"))[0] == time("09:00")


def test_what_the_law_holds_back_is_looked_at_again_on_its_day() -> None:
    """A talk on Monday: the call of a natural person waits until Monday next, and no day longer."""
    cadence = {"steps": [
        {"id": "mail", "day": 1, "wait": 1, "actions": [{"channel": "email"}]},
        {"id": "phone", "day": 2, "wait": 14, "tone": "urgent", "actions": [{"channel": "call"}]},
    ]}  # fmt: skip
    house = policies.compile_policy(
        policies.parse({
            "policy": "house", "cadences": {"plain": cadence},
            "segments": [{"name": "all", "cadence": "plain"}],
            "settings": {"min_days_between_contacts": 0},
        }),
        version=1,
    )  # fmt: skip
    talked = book.Limits(7, 7, calls=(day("2026-03-02"),), talked_on=day("2026-03-02"))
    item = book.Item(
        1, "A", "invoice", "EUR", day("2026-02-27"), 300_00, 300_00,
        taken=(book.Taken("mail", day("2026-03-02")),),
    )  # fmt: skip
    open_ = workdays.Calendar("open/0", weekend=())
    seen = book.Facts(
        "o", "E", "C", "EUR", open_, open_, natural_person=True, items=(item,), limits=talked,
        routes=(book.Route("ap", "phone", 1),), case_no=1, has_open_case=True,
    )  # fmt: skip
    for text in ("2026-03-03", "2026-03-08"):
        made = decide.decide(seen, house, as_of=day(text))
        assert isinstance(made, decision.Wait)
        assert (made.reason, made.look_again_on) == ("too_soon", day("2026-03-09"))
        assert made.refs["contact_on"] == day("2026-03-02")
    act = decide.decide(seen, house, as_of=day("2026-03-09"))
    assert isinstance(act, decision.Act)
    assert act.step == "phone"
    free = msgspec.structs.replace(seen, limits=None)
    assert isinstance(decide.decide(free, house, as_of=day("2026-03-03")), decision.Act)
    only_a_number = msgspec.structs.replace(seen, limits=book.Limits(0))
    assert isinstance(decide.decide(only_a_number, house, as_of=day("2026-03-03")), decision.Wait)


def test_a_call_taken_along_by_a_mail_waits_too() -> None:
    """The mail of the higher step would bring the lower step's call with it."""
    cadence = {"steps": [
        {"id": "phone", "day": 1, "wait": 7, "actions": [{"channel": "call"}]},
        {"id": "mail", "day": 5, "wait": 7, "tone": "urgent", "actions": [{"channel": "email"}]},
    ]}  # fmt: skip
    house = policies.compile_policy(
        policies.parse({
            "policy": "house", "cadences": {"plain": cadence},
            "segments": [{"name": "all", "cadence": "plain"}],
        }),
        version=1,
    )  # fmt: skip
    taken = (book.Taken("phone", day("2026-02-16")),)
    old = book.Item(1, "A", "invoice", "EUR", day("2026-02-15"), 1, 300_00, taken=taken)
    new = book.Item(2, "B", "invoice", "EUR", day("2026-03-01"), 1, 300_00)
    open_ = workdays.Calendar("open/0", weekend=())
    seen = book.Facts(
        "o", "E", "C", "EUR", open_, open_, natural_person=True, items=(old, new), case_no=1,
        has_open_case=True, routes=(book.Route("ap", "phone", 1), book.Route("ap", "email", 1)),
        limits=book.Limits(days_after_conversation=7, talked_on=day("2026-03-01")),
    )  # fmt: skip
    made = decide.decide(seen, house, as_of=day("2026-03-04"))
    assert isinstance(made, decision.Wait)
    assert (made.reason, made.refs["on"]) == ("too_soon", day("2026-03-08"))
    freed = msgspec.structs.replace(seen, limits=None)
    act = decide.decide(freed, house, as_of=day("2026-03-04"))
    assert isinstance(act, decision.Act)
    assert {a.channel for a in act.actions} == {"email", "call"}


def test_the_slot_of_a_message_is_within_the_hours_of_the_law() -> None:
    """A policy that begins at seven waits until eight where the law says so."""
    house = policies.compile_policy(
        policies.parse({
            "policy": "house", "settings": {"hours": {"start": "07:00", "end": "22:00"}},
            "cadences": {"plain": {"steps": [
                {"id": "mail", "day": 1, "actions": [{"channel": "email"}]}]}},
            "segments": [{"name": "all", "cadence": "plain"}],
        }),
        version=1,
    )  # fmt: skip
    open_ = workdays.Calendar("open/0", weekend=())
    item = book.Item(1, "A", "invoice", "EUR", day("2026-03-01"), 300_00, 300_00)
    seen = book.Facts(
        "o", "E", "C", "EUR", open_, open_, items=(item,), natural_person=True,
        routes=(book.Route("ap", "email", 1),), limits=book.Limits(opens="08:00", closes="21:00"),
    )  # fmt: skip
    made = decide.decide(seen, house, as_of=day("2026-03-02"))
    assert isinstance(made, decision.Act)
    assert made.actions[0].send_at == "2026-03-02T08:00:00+00:00"
