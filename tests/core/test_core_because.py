"""What a silence rests on is said with its days, its rule and its amounts (DESK 2: why not now)."""

from __future__ import annotations

from typing import Any

import pytest
from casebook import contacted, day, decide_on, facts, invoice, policy, stop, took, wait

from dunwell.core import because
from dunwell.desk import explain

RULES = policy(min_days_between_contacts=3, min_days_milder_after_firm=10)
"""one on day 1, two on day 8, three on day 15, the last on day 30; a week's wait after one."""


def said(on: str, rules: Any = RULES, **given: Any) -> str:
    """Decide a case that waits and return what its silence rests on."""
    seen = facts(**given)
    made = wait(decide_on(on, rules, seen))
    return " ".join(because.sentences(seen, rules, made, as_of=day(on)))


TAKEN = [took("one", "2026-03-09")]
NOT_YET = [
    ("2026-03-01", {"items": [invoice(due="2026-03-01")]},
     "Not before, because the policy takes that step 1 day after the due date, 1 March 2026."),
    ("2026-03-12", {"items": [invoice(due="2026-03-01", taken=TAKEN)]},
     "Not before, because the policy waits 7 days after the one, which was confirmed 9 March"
     " 2026."),
    ("2026-03-14", {"items": [invoice(due="2026-03-01", taken=TAKEN)],
                    "stops": [stop("hold", "2026-03-10", "2026-03-12")]},
     "Not before, because the policy waits 7 days after the one, which was confirmed 9 March 2026;"
     " 3 days between do not count."),
    ("2026-03-20", {"items": [invoice(due="2026-03-01", taken=[
        took("two", "2026-03-09", named="2026-03-24")])]},
     "Not before, because a letter gave them until 24 March 2026 to pay."),
]  # fmt: skip


@pytest.mark.parametrize(("on", "given", "text"), NOT_YET)
def test_the_day_a_step_opens_is_told_with_the_rule_that_makes_it(
    on: str, given: dict[str, Any], text: str
) -> None:
    """Its age, the wait after the step before, days that did not count, or a day we gave."""
    assert said(on, **given) == text


def test_days_of_grace_are_told_apart() -> None:
    """A segment's grace is added to the first step's day, and said."""
    rules = policy(segment={"grace_days": 4})
    assert said("2026-03-03", rules, items=[invoice(due="2026-03-01")]) == (
        "Not before, because the policy takes that step 1 day and 4 days of grace after the due"
        " date, 1 March 2026."
    )


def test_what_is_promised_and_what_is_disputed_are_told_apart_by_amount() -> None:
    """Neither covers everything, so neither says that it does."""
    seen = facts(
        items=[invoice("A", 256_27, due="2026-03-01"), invoice("B", 114_04, due="2026-03-01")],
        stops=[
            stop("dispute", "2026-03-05", items=["A"], id=1),
            stop("promise", "2026-03-05", "2026-03-20", items=["B"], id=2),
        ],
    )
    made = wait(decide_on("2026-03-10", RULES, seen), "promise_open")
    told = explain.explain(
        made, entity="MAIN", customer="C-1", as_of=day("2026-03-10"), policy="test v1", source="",
        more=because.sentences(seen, RULES, made, as_of=day("2026-03-10")),
    )  # fmt: skip
    assert told.sentences == [
        "A part of it is promised through 20 March 2026.",
        "Of what is overdue, EUR 114.04 is promised and EUR 256.27 is in dispute.",
        "Also: A part of it is in dispute.",
        "Looked at again on 21 March 2026.",
    ]


def test_a_contact_that_holds_the_next_one_back_is_told_with_its_rule() -> None:
    """The policy's days between contacts, or those before something milder follows."""
    due = [invoice("A", due="2026-03-01"), invoice("B", due="2026-01-01", taken=[
        took("three", "2026-03-09", tone="firm")])]  # fmt: skip
    assert said("2026-03-10", items=due[:1], outreach=[contacted("2026-03-09")]) == (
        "The policy leaves 3 days between two contacts."
    )
    assert said("2026-03-14", items=due, outreach=[contacted("2026-03-09", "firm")]) == (
        "The policy leaves 10 days before anything milder follows a firm notice."
    )


def test_what_is_too_little_is_told_with_the_least() -> None:
    """The amount and the least of the step stand beside each other."""
    rules = policy(small_balance="25.00")
    assert said("2026-03-10", rules, items=[invoice(minor=12_00, due="2026-03-01")]) == (
        "It comes to EUR 12.00; the policy takes that step from EUR 25.00 on."
    )


def test_a_reason_that_says_it_all_is_left_alone() -> None:
    """A hold over everything needs no more words."""
    assert said("2026-03-10", items=[invoice(due="2026-03-01")],
                stops=[stop("hold", "2026-03-05")]) == ""  # fmt: skip
