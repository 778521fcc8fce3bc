"""A plan's instalment is reminded of where the plan is all there is to speak of (7, Plan)."""

from __future__ import annotations

from typing import Any

import casebook as case
import msgspec
import pytest

from dunwell.core import book, reminder
from dunwell.core.decision import Decision
from dunwell.core.reasons import Reason

POLICY = case.policy()
DUE = "2026-03-20"
"""A Friday; three days before is Tuesday the 17th."""
PLAN = case.stop("plan", "2026-03-02", "2026-03-25", items=["A"])


def instalment(due: str = DUE, *, stop: int = 1, n: int = 1, minor: int = 50_00) -> book.Instalment:
    """The first of two instalments of EUR 50.00."""
    return book.Instalment(stop, n, 2, case.day(due), "EUR", 50_00, minor)


def on(day: str = "2026-03-17", **said: Any) -> Decision:
    """Decide about A of EUR 100.00, overdue and planned."""
    given = {
        "items": [case.invoice("A", due="2026-02-01")], "stops": [PLAN],
        "instalments": [instalment()],
    } | said  # fmt: skip
    return case.decide_on(day, POLICY, **given)


def test_it_is_about_the_plan_and_demands_the_instalment_alone() -> None:
    """One mail that waits to be confirmed, and takes no step of any item."""
    made = case.act(on())
    assert (made.step, made.tone, made.phase, made.template) == (
        reminder.STEP, "friendly", "pre_due", reminder.STEP,
    )  # fmt: skip
    assert (made.about, made.lines, made.takes) == ((case.item_id("A"),), (), ())
    assert made.amounts == (("EUR", 50_00),)
    (mail,) = made.actions
    assert (mail.channel, mail.to_role, mail.takes_step, mail.takes_steps) == (
        "email", "ap", True, (),
    )  # fmt: skip
    assert reminder.about(made) == (1, 1)
    assert reminder.why(made.refs) == (
        "Instalment 1 of 2 of payment plan 1, EUR 50.00, is due on 20 March 2026."
    )


@pytest.mark.parametrize("day", ["2026-03-16", "2026-03-21"])
def test_it_goes_from_three_days_before_through_the_day_itself(day: str) -> None:
    """Before and after it the case waits for its plan."""
    case.wait(on(day), Reason.PLAN_RUNNING)
    assert case.act(on(DUE)).step == reminder.STEP


HELD: dict[str, dict[str, Any]] = {
    "a hold of another debt is stronger": {
        "items": [case.invoice("A", due="2026-02-01"), case.invoice("B", due="2026-02-01")],
        "stops": [PLAN, case.stop("hold", "2026-03-01", items=["B"], id=2)],
    },
    "another debt is chased": {
        "items": [case.invoice("A", due="2026-02-01"), case.invoice("B", due="2026-03-16")],
        "outreach": [case.contacted("2026-03-16")],
    },
    "a reply waits": {"stops": [PLAN, case.stop("reply_unread", "2026-03-16", id=2)]},
    "what is planned is disputed": {
        "stops": [PLAN, case.stop("dispute", "2026-03-16", items=["A"], minor=10_00, id=2)],
    },
    "it is under way": {"flights": [case.flight(reminder.STEP)]},
    "nobody knows of the last": {"flights": [case.flight(reminder.STEP, "unknown")]},
    "too soon": {"outreach": [case.contacted("2026-03-15")]},
    "milder after a firm one": {"outreach": [case.contacted("2026-03-12", "firm")]},
    "no contact day": {"calendar": case.calendar("2026-03-17")},
    "nobody can be reached": {"routes": []},
    "its plan is over": {"stops": [case.stop("plan", "2026-03-02", "2026-03-10", items=["A"])]},
    "another plan runs": {"instalments": [instalment(stop=7)]},
}  # fmt: skip


@pytest.mark.parametrize("why", HELD)
def test_it_is_held_back_where_there_is_more_to_say_or_nobody_to_say_it_to(why: str) -> None:
    """Whatever the case waits for then, no reminder goes."""
    assert "instalment" not in case.said(on(**HELD[why]))


def test_a_dispute_of_another_debt_holds_it_not_back() -> None:
    """A dispute stops only what it covers."""
    made = on(
        items=[case.invoice("A", due="2026-02-01"), case.invoice("B", due="2026-02-01")],
        stops=[PLAN, case.stop("dispute", "2026-03-01", items=["B"], id=2)],
    )
    assert case.act(made).about == (case.item_id("A"),)


def test_what_was_brought_forward_goes_today() -> None:
    """A person said so: it is too soon by the policy only."""
    made = on(outreach=[case.contacted("2026-03-15")], brought_forward=[Reason.TOO_SOON])
    assert case.act(made).step == reminder.STEP


def test_of_two_plans_the_one_due_first_that_may_be_spoken_of() -> None:
    """One a day; a plan that is disputed leaves its turn to the other."""
    said: dict[str, Any] = {
        "items": [case.invoice("A", due="2026-02-01"), case.invoice("B", due="2026-02-01")],
        "stops": [PLAN, case.stop("plan", "2026-03-02", "2026-03-25", items=["B"], id=2)],
        "instalments": [instalment("2026-03-20", stop=2), instalment("2026-03-19")],
    }
    assert reminder.about(case.act(on(**said))) == (1, 1)
    disputed = case.stop("dispute", "2026-03-01", items=["A"], minor=1_00, id=3)
    made = on(**said | {"stops": [*said["stops"], disputed]})
    assert reminder.about(case.act(made)) == (2, 1)


def test_by_letter_within_the_hours_the_law_allows() -> None:
    """Who wants no mail gets a letter; a natural person, in their hours."""
    limits = book.Limits(opens="10:30", closes="16:00")
    (letter,) = case.act(on(ceased=["email"], limits=limits)).actions
    assert (letter.channel, letter.send_at) == ("letter", "2026-03-17T10:30:00+00:00")


def test_each_instalment_and_each_attempt_has_a_key_of_its_own() -> None:
    """And the same one has the same, whatever else is open."""
    first = case.act(on())
    lead = first.lead
    again = case.act(on(attempts=[(f"{reminder.STEP}:{lead}:email", 1)]))
    second = case.act(on(instalments=[instalment(n=2)]))
    part = case.act(on(instalments=[instalment(minor=20_00)]))
    keys = [made.actions[0].key for made in (first, again, second)]
    assert len(set(keys)) == 3
    assert part.actions[0].key == first.actions[0].key


def test_no_other_decision_is_taken_for_a_reminder() -> None:
    """Not even one of a policy's step that has its name."""
    step = case.step(reminder.STEP, 1)
    made = case.act(
        case.decide_on("2026-03-03", case.policy(step), items=[case.invoice(due="2026-03-01")])
    )
    assert (made.step, reminder.about(made)) == (reminder.STEP, None)


def test_facts_without_instalments_are_the_bytes_they_were() -> None:
    """What was kept before there were reminders is restored and decided as it was."""
    seen = case.facts(items=[case.invoice(due="2026-02-01")], stops=[PLAN])
    assert b"instalments" not in book.canonical(seen)
    more = msgspec.structs.replace(seen, instalments=(instalment(),))
    calendars = {c.ref: c for c in (case.OPEN, case.WEEK)}
    assert book.restore(book.canonical(more), calendars=calendars) == more
