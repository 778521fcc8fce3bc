"""Reasons stand in the order SEMANTICS 5 gives, each with a sentence."""

from __future__ import annotations

import datetime as dt

import pytest

from dunwell.core import reasons

MARCH, APRIL = dt.date(2026, 3, 3), dt.date(2026, 4, 9)

ORDER = """stale_data nothing_open insolvent legal_representation ceased placed on_hold in_credit
cash_unapplied plan_running promise_open automatic_collection disputed reply_unread
delivery_unknown in_flight no_rate not_yet too_soon below_minimum requirement_missing
needs_approval no_route quiet_hours over_capacity cadence_ended""".split()


def test_the_enum_is_the_precedence() -> None:
    """The order of the enum is the order of SEMANTICS 5."""
    assert [r.value for r in reasons.Reason] == ORDER


def test_every_reason_has_a_sentence_without_day_counts() -> None:
    """Every reason can be said without any reference, and no sentence counts days."""
    for reason in reasons.Reason:
        text = reasons.sentence(reason, {})
        assert text.endswith(".")
        assert "[" not in text
        assert "{" not in text
        assert " days" not in text


SAID = [
    ("stale_data", {}, "The data is older than the policy allows, so nothing is sent."),
    ("on_hold", {"from_on": MARCH, "until_on": APRIL},
     "Everything overdue is on hold from 3 March 2026 through 9 April 2026."),
    ("on_hold", {"until_on": APRIL}, "Everything overdue is on hold through 9 April 2026."),
    ("on_hold", {"until_on": None}, "Everything overdue is on hold."),
    ("not_yet", {"step": "second_notice", "item": "R-1", "on": APRIL},
     "No step is due; second notice for R-1 opens on 9 April 2026."),
    ("not_yet", {"step": "second_notice"}, "No step is due."),
    ("too_soon", {}, "The customer was last contacted on a recent day."),
    ("in_flight", {"step": "final_demand", "on": APRIL},
     "Final demand is under way and not confirmed yet (to go out on 9 April 2026)."),
    ("in_flight", {}, "The next step is under way and not confirmed yet."),
    ("needs_approval", {"step": "final_demand", "role": "account_manager"},
     "Final demand waits for approval by the account manager."),
    ("requirement_missing", {"step": "", "requirement": "a call made within 5 days"},
     "The next step requires something that has not happened yet: a call made within 5 days."),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "refs", "text"), SAID)
def test_a_reason_is_said_with_the_dates_and_ids_it_has(
    reason: str, refs: dict[str, object], text: str
) -> None:
    """What is missing drops the part it stands in; what the sentence needs is said vaguely."""
    assert reasons.sentence(reasons.Reason(reason), refs) == text


def test_a_date_is_written_as_people_say_it() -> None:
    """Without a leading zero."""
    assert reasons.day_text(APRIL) == "9 April 2026"
