"""When a silent case is looked at again: on the first day its reason may change (SEMANTICS 2.7).

The rule as a whole is the property tests/properties/test_look_again.py; these are the days
that have been missed once.
"""

from __future__ import annotations

from casebook import (
    OPEN,
    WINTER,
    ask,
    contacted,
    day,
    decide_on,
    facts,
    invoice,
    policy,
    said,
    step,
    stop,
    took,
    wait,
)

from dunwell.core import book, glance, ladder, views, workdays
from dunwell.core.decision import Wait
from dunwell.core.reasons import Reason


def test_no_reply_for_days_comes_true_by_itself_and_is_looked_at_then() -> None:
    """A step that requires silence is looked at on the day the silence is long enough (2.7)."""
    quiet = policy(step("one", 1, requires=[{"no_reply_days": 5}]))
    seen = facts(
        items=[invoice("A", due="2026-03-01")], done=[book.Done("reply", day("2026-03-02"))]
    )
    made = wait(decide_on("2026-03-03", quiet, seen), "requirement_missing")
    goes_on = next(
        d for d in range(3, 30) if said(decide_on(f"2026-03-{d:02}", quiet, seen)) == "act one"
    )
    assert made.look_again_on is not None
    assert made.look_again_on <= day(f"2026-03-{goes_on:02}")


def test_a_case_at_its_end_is_looked_at_when_another_item_comes_free() -> None:
    """cadence_ended changes by itself when a hold on another item ends (2.7)."""
    short = policy(step("last", 1, wait=7, final_demand=True, tone="formal"))
    ended = took("last", "2026-03-02", tone="formal", named="2026-03-12")
    seen = facts(
        items=[invoice("A", due="2026-03-01", taken=[ended]), invoice("B", due="2026-03-01")],
        stops=[stop("hold", "2026-03-02", "2026-03-20", items=["B"])],
    )
    made = wait(decide_on("2026-03-16", short, seen), "cadence_ended")
    assert said(decide_on("2026-03-21", short, seen)) != "wait cadence_ended"
    assert made.look_again_on is not None
    assert made.look_again_on <= day("2026-03-21")


def test_an_outcome_that_ripens_wakes_a_case_that_waits_for_something_else() -> None:
    """A case held back by too_soon is looked at when an outcome may be proposed before (2.7)."""
    short = policy(
        step("one", 1, wait=7),
        step("last", 2, wait=7, final_demand=True, tone="formal"),
        outcomes=[{"what": "placement", "from_day": 30, "minimum": 0}],
    )
    ended = took("last", "2026-02-10", tone="formal", named="2026-02-20")
    seen = facts(
        items=[
            invoice("A", due="2026-02-01", taken=[ended]),
            invoice("B", due="2026-03-01"),
        ],
        outreach=[contacted("2026-02-27", "formal")],
    )
    made = wait(decide_on("2026-03-02", short, seen), "too_soon")
    assert said(decide_on("2026-03-03", short, seen)) == "ask placement placement"
    assert made.look_again_on == day("2026-03-03")


def test_a_question_is_looked_at_again_when_it_no_longer_holds_the_lower_steps() -> None:
    """An outcome that waits holds lower steps 10 working days; then they go out alone (4.6)."""
    short = policy(
        step("one", 1, wait=7),
        step("last", 2, wait=7, final_demand=True, tone="formal"),
        outcomes=[{"what": "placement", "from_day": 1, "minimum": 0}],
    )
    ended = took("last", "2026-02-02", tone="formal", named="2026-02-12")
    seen = facts(
        items=[
            invoice("A", due="2026-02-01", taken=[ended]),
            invoice("B", due="2026-03-01"),
        ],
        waiting_since=[("placement", day("2026-03-02"))],
    )
    made = ask(decide_on("2026-03-02", short, seen))
    assert made.look_again_on == day("2026-03-16")
    assert said(decide_on("2026-03-16", short, seen)) == "act one"


def test_a_question_is_looked_at_again_when_another_item_opens() -> None:
    """A proposal to write off a small balance gives way when a larger item's step opens (2.7)."""
    seen = facts(items=[invoice("A", 400, due="2025-11-01"), invoice("B", due="2026-03-05")])
    made = ask(decide_on("2026-03-02", policy(), seen))
    assert made.look_again_on == day("2026-03-06")
    assert said(decide_on("2026-03-06", policy(), seen)) == "act one"


def test_a_question_never_names_a_day_gone_by_to_look_again() -> None:
    """The day to look again lies ahead, also once the question no longer holds lower steps."""
    approved = policy(step("one", 1, approve="manager"))
    made = ask(
        decide_on(
            "2026-03-30",
            approved,
            items=[invoice("A", due="2026-03-01")],
            waiting_since=[("one", day("2026-03-02"))],
        )
    )
    assert made.look_again_on is None or made.look_again_on > day("2026-03-30")


def test_the_quiet_season_wakes_what_it_silences() -> None:
    """What waits for an approval or a requirement waits for the season from its first day (2.7)."""
    for need in ({"approve": "manager"}, {"requires": [{"call_within_days": 5}]}):
        firm = policy(step("one", 1, tone="firm", **need), quiet_seasons=WINTER)
        seen = facts(items=[invoice("A", due="2026-12-01")])
        before = decide_on("2026-12-22", firm, seen)
        assert before.look_again_on is not None
        changed = said(decide_on("2026-12-24", firm, seen)) != said(before)
        assert not changed or before.look_again_on <= day("2026-12-24")


def test_a_pre_due_reminder_held_back_is_looked_at_when_its_moment_ends() -> None:
    """On the due date the reminder's moment is over, so the reason changes by itself (2.7)."""
    soon = policy(step("before", 3, phase="pre_due"), step("one", 3))
    seen = facts(
        items=[invoice("A", due="2026-03-10")],
        outreach=[contacted("2026-03-06", "firm")],
        case_no=0,
        has_open_case=False,
    )
    made = wait(decide_on("2026-03-08", soon, seen), "too_soon")
    wait(decide_on("2026-03-10", soon, seen), "not_yet")
    assert made.look_again_on == day("2026-03-10")


def test_a_due_notice_below_its_minimum_is_looked_at_when_its_moment_ends() -> None:
    """The first overdue step may have a lower minimum, so nobody may sleep through it (2.7)."""
    due = policy(step("on_day", 0, phase="due", minimum=500), step("one", 7, minimum=0))
    seen = facts(
        items=[invoice("A", due="2026-03-07")], calendar=workdays.Calendar("week/0"), case_no=0
    )
    made = wait(decide_on("2026-03-09", due, seen), "below_minimum")
    wait(decide_on("2026-03-10", due, seen), "not_yet")
    assert made.look_again_on == day("2026-03-10")


def test_a_held_item_whose_final_demand_expires_wakes_the_case() -> None:
    """An outcome that ripens after a hold is looked at on its day (2.7)."""
    short = policy(
        step("one", 1, wait=60),
        step("last", 62, wait=7, final_demand=True, tone="formal"),
        outcomes=[{"what": "placement", "from_day": 30, "minimum": 0}],
    )
    ended = took("last", "2026-02-02", tone="formal", named="2026-02-12")
    seen = facts(
        items=[
            invoice("A", due="2026-02-01", taken=[ended]),
            invoice("B", due="2026-02-25", taken=[took("one", "2026-02-26")]),
        ],
        stops=[stop("hold", "2026-02-20", "2026-03-10", items=["A"])],
    )
    made = wait(decide_on("2026-03-02", short, seen), "not_yet")
    turns = next(
        d for d in range(3, 31) if said(decide_on(f"2026-03-{d:02}", short, seen)) != "wait not_yet"
    )
    assert made.look_again_on is not None
    assert made.look_again_on <= day(f"2026-03-{turns:02}")


def test_an_approval_that_lapses_wakes_what_waits_behind_it() -> None:
    """A lapsed approval makes no_route and quiet_hours give way to needs_approval (2.7, 6.3)."""
    approved = policy(step("one", 1, approve="manager"))
    granted = book.Approval("notice", "one", day("2026-03-02"), "granted", day("2026-03-02"))
    seen = facts(items=[invoice("A", due="2026-03-01")], approvals=[granted], routes=[])
    made = wait(decide_on("2026-03-03", approved, seen), "no_route")
    assert made.look_again_on == day("2026-03-17")


def test_a_call_grown_old_wakes_what_waits_behind_it() -> None:
    """A call counts for so many days only, so what waits behind it is looked at then (2.7)."""
    called = policy(step("one", 1, requires=[{"call_within_days": 5}]))
    seen = facts(
        items=[invoice("A", due="2026-03-01")],
        done=[book.Done("call", day("2026-03-02"))],
        routes=[],
    )
    made = wait(decide_on("2026-03-03", called, seen), "no_route")
    assert made.look_again_on == day("2026-03-08")


def test_the_days_after_which_a_rejected_dispute_counts_again_are_looked_at() -> None:
    """The clock goes on before the stop ends, so the next step may come earlier (2.3, 2.7)."""
    seen = facts(
        items=[invoice("A", due="2026-03-01", taken=[took("one", "2026-03-02")])],
        stops=[stop("dispute", "2026-03-04", "2026-03-20", items=["A"], clock="2026-03-13")],
    )
    made = wait(decide_on("2026-03-10", policy(), seen), "disputed")
    assert made.look_again_on == day("2026-03-21")
    assert said(decide_on("2026-03-21", policy(), seen)) == "act two"


def test_a_refusal_that_runs_out_wakes_nothing_but_a_question() -> None:
    """A measure refused for a while changes no silence: the case sleeps on until its step."""
    refused = book.Approval(
        "suspension", "one", day("2026-03-02"), "refused", day("2026-03-02"), day("2026-03-12")
    )
    seen = facts(
        items=[invoice("A", due="2026-03-01", taken=[took("one", "2026-03-02")])],
        approvals=[refused],
        outreach=[contacted("2026-03-09", "firm")],
    )
    made = wait(decide_on("2026-03-10", policy(), seen), "too_soon")
    assert made.look_again_on == day("2026-03-16")


def test_a_glance_tells_when_the_next_step_opens() -> None:
    """From the items' own rows: due date, steps taken, go-live day (DATA.md 2)."""
    by = policy()
    rungs = views.rungs_of(by, by.cadences["only"], "standard", OPEN, day("2026-03-04"))
    place = ladder.place_text
    waiting = place(day("2026-03-01"), [took("one", "2026-03-02")])
    new, old = place(day("2026-03-10")), place(day("2026-03-03"))
    assert glance.glance([new, waiting], rungs) == Wait(
        reason=Reason.NOT_YET, look_again_on=day("2026-03-09")
    )
    assert glance.glance([waiting, new], rungs) == glance.glance([new, waiting], rungs)
    assert glance.glance([waiting, old], rungs) is None
    assert glance.glance([], rungs) == Wait(reason=Reason.NOTHING_OPEN)
    ended = place(day("2026-01-01"), [took("last", "2026-03-02", tone="formal")])
    assert glance.glance([ended], rungs) is None
    assert glance.glance([place(day("2026-03-01"), (), day("2026-03-02"))], rungs) is None
