"""Segments and grades: who a customer is to the policy (SEMANTICS 8)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from casebook import DAY, day, facts, invoice, policy, step, stop

from dunwell.core import book, segments
from dunwell.core import policy as policies
from dunwell.core.segments import Known
from dunwell.policies import built_in

ON = day("2026-03-20")
CLASSIC = policies.compile_policy(built_in("classic"), version=1)


# --- the grade -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "days_late", "share_late", "found"),
    [
        # fewer than three items in twelve months: nothing is known
        (2, 0, 0, "unknown"),
        (3, 0, 0, "excellent"),
        # amount-weighted days late, and the share of the amount paid late
        (5, 3, 10, "excellent"),
        (5, 4, 10, "good"),
        (5, 3, 11, "good"),
        (5, 10, 40, "good"),
        (5, 11, 40, "fair"),
        (5, 10, 41, "fair"),
        (5, 30, 100, "fair"),
        (5, 31, 100, "poor"),
        (5, 31, 0, "poor"),
    ],
)
def test_a_grade_rests_on_weighted_days_and_the_share_paid_late(
    items: int, days_late: int, share_late: int, found: str
) -> None:
    """The formula of docs/spec/segments.md, at its edges."""
    known = Known(
        items=items, weight_minor=1000, late_minor_days=days_late * 1000,
        late_minor=share_late * 10,
    )  # fmt: skip
    assert segments.grade(known) == found


@pytest.mark.parametrize(
    ("broken", "found"), [(0, "excellent"), (1, "good"), (2, "fair"), (3, "poor"), (9, "poor")]
)
def test_each_broken_promise_costs_a_grade(broken: int, found: str) -> None:
    """Down to poor, and no further."""
    assert segments.grade(Known(items=3, weight_minor=1, broken_promises=broken)) == found


def test_an_earlier_placement_makes_poor_whatever_the_rest() -> None:
    """Also where nothing else is known."""
    assert segments.grade(Known(earlier_placement=True)) == "poor"
    assert segments.grade(Known(earlier_placement=True, items=9, weight_minor=9)) == "poor"
    assert segments.grade(Known(items=9)) == "unknown"


# --- three invoices late ---------------------------------------------------------------------


def late(number: str, days: int, minor: int = 100_00, **said: Any) -> book.Item:
    """An invoice so many days overdue."""
    return invoice(number, minor, due=ON - days * DAY, **said)


@pytest.mark.parametrize(
    ("items", "count"),
    [
        ([late("A", 8), late("B", 9), late("C", 30)], 3),
        # 8 or more days late
        ([late("A", 7), late("B", 9), late("C", 30)], 2),
        # over at least two due dates
        ([late("A", 9), late("B", 9), late("C", 9)], 0),
        ([late("A", 9), late("B", 9), late("C", 10)], 3),
        # above the small balance
        ([late("A", 9, 5_00), late("B", 10), late("C", 11)], 2),
        ([late("A", 9, 5_01), late("B", 10), late("C", 11)], 3),
        # invoices and instalments, not claims or debit notes
        ([late("A", 9, kind="instalment", part="1"), late("B", 10), late("C", 11)], 3),
        ([late("A", 9, kind="claim"), late("B", 10), late("C", 11)], 2),
        ([late("A", 9, kind="debit_note"), late("B", 10), late("C", 11)], 2),
        # overdue at go-live does not count
        ([late("A", 9, go_live_on=ON), late("B", 10), late("C", 11)], 2),
        ([late("A", 9)], 0),
        ([], 0),
    ],
)
def test_late_invoices_are_counted(items: list[book.Item], count: int) -> None:
    """Chaseable, above the small balance, 8 days late, over two due dates (8, 4.8)."""
    seen = facts(items=items)
    assert segments.late_invoices(seen, small_balance_minor=5_00, as_of=ON) == count


def test_what_is_stopped_is_not_counted_as_late() -> None:
    """Only what may be chased counts; other currencies by their rate."""
    items = [late("A", 9), late("B", 10), late("C", 11)]
    held = facts(items=items, stops=[stop("dispute", ON, items=["A"])])
    assert segments.late_invoices(held, small_balance_minor=5_00, as_of=ON) == 2
    foreign = [late("A", 9, currency="USD"), *items[1:]]
    for rates, count in ([("USD", "0.9")], 3), ([], 2):
        seen = facts(items=foreign, rates=rates)
        assert segments.late_invoices(seen, small_balance_minor=5_00, as_of=ON) == count


# --- the segment -----------------------------------------------------------------------------

GOOD = {"items": 5, "weight_minor": 1000}
THREE_LATE = [late("A", 9), late("B", 10), late("C", 11)]


def segment(
    known: Known | None = None,
    *,
    items: list[book.Item] | None = None,
    in_force: str | None = None,
    by: policies.Policy = CLASSIC,
    **given: str,
) -> str:
    """Return the segment of a customer."""
    seen = facts(items=items or [])
    found = segments.assess(seen, known or Known(), by, as_of=ON, in_force=in_force, **given)
    return found.segment


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (Known(), "standard"),
        (Known(strategic=True), "vip"),
        (Known(revenue_minor=100_000_01, **GOOD), "vip"),
        (Known(revenue_minor=100_000_00, **GOOD), "standard"),
        # revenue alone does not make a VIP: the history must be excellent
        (Known(revenue_minor=900_000_00), "standard"),
        (Known(revenue_minor=900_000_00, broken_promises=1, **GOOD), "standard"),
        (Known(earlier_placement=True), "high_risk"),
        (Known(items=5, weight_minor=1, late_minor_days=99), "high_risk"),
        # vip before high_risk before standard
        (Known(strategic=True, earlier_placement=True), "vip"),
    ],
)
def test_segments_are_matched_in_order(known: Known, found: str) -> None:
    """vip, high_risk, standard; nothing known is standard."""
    assert segment(known) == found


def test_three_late_invoices_are_high_risk() -> None:
    """Two are not."""
    assert segment(items=THREE_LATE) == "high_risk"
    assert segment(items=THREE_LATE[:2]) == "standard"


@pytest.mark.parametrize(
    ("in_force", "known", "found"),
    [
        # entered at once
        ("standard", Known(earlier_placement=True), "high_risk"),
        ("vip", Known(earlier_placement=True), "high_risk"),
        # left when the case closes
        ("high_risk", Known(), "high_risk"),
        ("high_risk", Known(strategic=True), "high_risk"),
        # other changes from the next case on
        ("standard", Known(strategic=True), "standard"),
        ("vip", Known(), "vip"),
        (None, Known(strategic=True), "vip"),
        (None, Known(), "standard"),
        # a segment the policy does not have any more holds nobody
        ("gone", Known(strategic=True), "vip"),
    ],
)
def test_a_running_case_keeps_its_segment_but_for_high_risk(
    in_force: str | None, known: Known, found: str
) -> None:
    """high_risk is entered at once and stays; the rest waits for the next case (8)."""
    assert segment(known, in_force=in_force) == found


def test_what_the_ledger_says_goes_first() -> None:
    """A segment or grade given is not computed; one the policy does not know is."""
    assert segment(Known(strategic=True), segment_given="standard") == "standard"
    assert segment(Known(strategic=True), segment_given="platinum") == "vip"
    known = Known(revenue_minor=900_000_00, **GOOD)
    assert segment(known) == "vip"
    assert segment(known, grade_given="fair") == "standard"
    assert segment(Known(), grade_given="poor") == "high_risk"


def test_an_assessment_keeps_its_inputs() -> None:
    """The grade is shown with what it rests on (8)."""
    known = Known(**GOOD)
    found = segments.assess(facts(items=THREE_LATE), known, CLASSIC, as_of=ON, in_force=None)
    assert found == segments.Assessed("high_risk", "excellent", 3, known)


def conditions(*any_: dict[str, Any]) -> policies.Policy:
    """A policy whose first segment has these conditions."""
    return policy(
        step("one", 1),
        segments=[
            {"name": "some", "cadence": "only", "any": list(any_)},
            {"name": "rest", "cadence": "only"},
        ],
    )


@pytest.mark.parametrize(
    ("condition", "yes", "no"),
    [
        ({"strategic": True}, Known(strategic=True), Known()),
        ({"strategic": False}, Known(), Known(strategic=True)),
        ({"annual_revenue_over": 10}, Known(revenue_minor=1001), Known(revenue_minor=1000)),
        ({"annual_revenue_over": 0}, Known(revenue_minor=1), Known()),
        ({"grade": ["excellent", "good"]}, Known(broken_promises=1, **GOOD),
         Known(broken_promises=2, **GOOD)),
        ({"earlier_placement": True}, Known(earlier_placement=True), Known()),
        ({"natural_person": True}, Known(natural_person=True), Known()),
        ({"country": ["DE", "FR"]}, Known(country="FR"), Known(country="NL")),
        ({"payment_method": ["card"]}, Known(payment_method="card"), Known()),
        ({"terms_days_over": 30}, Known(terms_days=31), Known(terms_days=30)),
        ({"terms_days_over": 0}, Known(terms_days=1), Known()),
        # every field stated must hold
        ({"country": ["DE"], "strategic": True}, Known(country="DE", strategic=True),
         Known(country="DE")),
    ],
)  # fmt: skip
def test_each_fact_of_the_vocabulary_can_be_asked_for(
    condition: dict[str, Any], yes: Known, no: Known
) -> None:
    """A condition holds when every field it states does (9)."""
    by = conditions(condition)
    assert segment(yes, by=by) == "some"
    assert segment(no, by=by) == "rest"


def test_late_invoices_can_be_asked_for() -> None:
    """By number."""
    by = conditions({"late_invoices_at_least": 2})
    assert segment(items=THREE_LATE[:2], by=by) == "some"
    assert segment(items=THREE_LATE[:1], by=by) == "rest"


def test_one_of_several_conditions_is_enough() -> None:
    """They are alternatives."""
    by = conditions({"strategic": True}, {"country": ["DE"]})
    assert segment(Known(country="DE"), by=by) == "some"
    assert segment(Known(strategic=True), by=by) == "some"
    assert segment(Known(country="FR"), by=by) == "rest"


# --- when to assess again ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "found"),
    [
        ({"items": [late("A", 3), late("B", 20)]}, "2026-03-25"),
        ({"items": [late("A", 3), late("B", 5)]}, "2026-03-23"),
        ({"items": [late("A", 8)]}, None),
        ({"items": [late("A", 3, go_live_on=ON)]}, None),
        ({"items": [late("A", 3)], "segment": "high_risk"}, None),
    ],
)
def test_a_case_is_assessed_again_when_an_invoice_more_may_count(
    about: dict[str, Any], found: str | None
) -> None:
    """Eight days after a due date ahead, while high risk may still be entered (2.7)."""
    seen = msgspec.structs.replace(facts(**about))
    assert segments.review_on(seen, CLASSIC, as_of=ON) == (day(found) if found else None)


def test_a_policy_that_counts_no_late_invoices_needs_no_day() -> None:
    """Nothing about the segment moves by itself, also where one is entered at once."""
    by = conditions({"strategic": True})
    assert segments.review_on(facts(items=[late("A", 3)]), by, as_of=ON) is None
    sudden = policy(
        step("one", 1),
        segments=[
            {"name": "some", "cadence": "only", "any": [{"grade": ["poor"]}],
             "enters_at_once": True},
            {"name": "rest", "cadence": "only"},
        ],
    )  # fmt: skip
    assert segments.review_on(facts(items=[late("A", 3)]), sudden, as_of=ON) is None
