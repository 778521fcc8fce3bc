"""The ladder: each item's next step, and the first day it may be taken (SEMANTICS 4.1, 4.2)."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from casebook import (
    LADDER,
    OPEN,
    WEEK,
    act,
    calendar,
    calendar_of_acts,
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

from dunwell.core import book, ladder, stops, workdays
from dunwell.core import policy as policies

BEFORE = (
    step("ahead", 5, phase="pre_due", wait=1),
    step("close", 2, phase="pre_due", wait=1),
    step("today", 0, phase="due", wait=7),
    step("one", 3, wait=7),
)


def rung(
    item: book.Item,
    on: str,
    *,
    by: policies.Policy | None = None,
    grace: int = 0,
    calendar: workdays.Calendar = OPEN,
    held: tuple[book.Stop, ...] = (),
) -> tuple[str | None, dt.date | None]:
    """Return the item's next step and the day it opens."""
    by = by or policy()
    found = ladder.climb(
        item,
        cadence=by.cadences["only"],
        settings=by.settings,
        grace_days=grace,
        calendar=calendar,
        quiet=stops.quiet_days(item, stops=held),
        as_of=day(on),
    )
    return (found.step.id if found.step else None, found.opens_on)


# --- age sets the ceiling, history sets the next ---------------------------------------------


@pytest.mark.parametrize(
    ("taken", "next_step", "opens"),
    [
        ([], "one", "2026-03-02"),
        ([took("one", "2026-03-02")], "two", "2026-03-09"),
        # taken late: the wait counts from the confirmation, not from the due date
        ([took("one", "2026-03-20")], "two", "2026-03-27"),
        # taken early enough: the age counts
        ([took("one", "2026-03-02"), took("two", "2026-03-09")], "three", "2026-03-16"),
        ([took("one", "2026-03-02"), took("two", "2026-03-09"), took("three", "2026-03-16")],
         "last", "2026-03-31"),
        ([took("last", "2026-04-01", tone="formal")], None, None),
        # history sets the next, in whatever order it was kept
        ([took("two", "2026-03-09"), took("one", "2026-03-02")], "three", "2026-03-16"),
    ],
)  # fmt: skip
def test_the_next_step_is_the_one_after_the_last_taken(
    taken: list[book.Taken], next_step: str | None, opens: str | None
) -> None:
    """It opens when both its age and the wait of the step before it have passed."""
    found = rung(invoice(due="2026-03-01", taken=taken), "2026-03-25")
    assert found == (next_step, day(opens) if opens else None)


def test_an_old_item_without_history_begins_at_the_first_step() -> None:
    """However old it is, it climbs one step at a time."""
    old = facts(items=[invoice("A", due="2025-03-01")])
    acts = calendar_of_acts(policy(), old, "2026-03-02", "2026-04-30")
    assert acts == [
        ("2026-03-02", "one"),
        ("2026-03-09", "two"),
        ("2026-03-16", "three"),
        ("2026-03-30", "last"),
    ]


def test_a_wait_of_seven_days_is_the_same_weekday_next_week() -> None:
    """Confirmed on a Tuesday, the next goes on the Tuesday after."""
    a = invoice(due="2026-02-01", taken=[took("one", "2026-03-03")])
    assert rung(a, "2026-03-03")[1] == day("2026-03-10")


@pytest.mark.parametrize(
    ("named", "opens"),
    [("2026-03-08", "2026-03-09"), ("2026-03-12", "2026-03-13"), (None, "2026-03-09")],
)
def test_no_step_before_the_day_after_the_date_we_named(named: str | None, opens: str) -> None:
    """A pay-by or respond-by date given is a date kept, the wait notwithstanding."""
    a = invoice(due="2026-03-01", taken=[took("one", "2026-03-02", named=named)])
    assert rung(a, "2026-03-05") == ("two", day(opens))


def test_stopped_days_count_neither_as_age_nor_as_wait() -> None:
    """A hold of five days moves the next step five days back (2.3)."""
    hold = (stop("hold", "2026-03-05", "2026-03-09"),)
    a = invoice(due="2026-03-01", taken=[took("one", "2026-03-02")])
    assert rung(a, "2026-03-04", held=hold) == ("two", day("2026-03-14"))
    late = invoice(due="2026-01-01", taken=[took("one", "2026-03-02")])
    assert rung(late, "2026-03-04", held=hold) == ("two", day("2026-03-14"))


def test_an_open_ended_stop_leaves_the_next_step_without_a_day() -> None:
    """Only an event can open it."""
    hold = (stop("hold", "2026-03-05"),)
    assert rung(invoice(due="2026-03-01"), "2026-03-04", held=hold) == ("one", day("2026-03-02"))
    a = invoice(due="2026-03-01", taken=[took("one", "2026-03-02", named="2026-03-03")])
    assert rung(a, "2026-03-04", held=hold) == ("two", None)


def test_a_part_payment_neither_resets_nor_advances_a_ladder() -> None:
    """The item goes on where it stands (3.6)."""
    whole = invoice("A", 100, due="2026-03-01", taken=[took("one", "2026-03-02")])
    part = msgspec.structs.replace(whole, open_minor=1, paid=((day("2026-03-05"), 99),))
    assert rung(part, "2026-03-06") == rung(whole, "2026-03-06")


# --- before and on the due date --------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "found"),
    [
        ("2026-03-04", ("ahead", "2026-03-05")),
        ("2026-03-05", ("ahead", "2026-03-05")),
        # a run missed for some days catches up while the due date lies ahead (2.4)
        ("2026-03-09", ("ahead", "2026-03-05")),
        # on the due date both reminders are skipped, not owed
        ("2026-03-10", ("today", "2026-03-10")),
        # the day after, the notice of the due date is over too
        ("2026-03-11", ("one", "2026-03-13")),
        ("2026-04-20", ("one", "2026-03-13")),
    ],
)
def test_steps_before_and_on_the_due_date_have_their_moment(
    on: str, found: tuple[str, str]
) -> None:
    """What is past its moment is skipped; the overdue steps are always owed (4.1)."""
    a = invoice(due="2026-03-10")
    assert rung(a, on, by=policy(*BEFORE)) == (found[0], day(found[1]))


def test_a_reminder_that_its_wait_pushes_past_the_due_date_is_skipped() -> None:
    """The first reminder went out late, so the second has no moment left."""
    by = policy(
        step("ahead", 5, phase="pre_due", wait=4),
        step("close", 2, phase="pre_due", wait=1),
        step("one", 1, wait=7),
    )
    a = invoice(due="2026-03-10", taken=[took("ahead", "2026-03-07", phase="pre_due")])
    assert rung(a, "2026-03-08", by=by) == ("one", day("2026-03-11"))


@pytest.mark.parametrize(
    ("due", "step_id", "on", "opens"),
    [
        # a reminder that falls on a closed day goes out on the working day before it (2.5)
        ("2026-03-12", "ahead", "2026-03-05", "2026-03-06"),
        ("2026-03-13", "ahead", "2026-03-05", "2026-03-06"),
        ("2026-03-14", "ahead", "2026-03-05", "2026-03-09"),
        # a notice of the due date on the next working day
        ("2026-03-14", "today", "2026-03-15", "2026-03-16"),
        ("2026-03-15", "today", "2026-03-15", "2026-03-16"),
    ],
)
def test_moments_move_off_closed_days(due: str, step_id: str, on: str, opens: str) -> None:
    """The 7th, 8th, 14th and 15th of March are a weekend."""
    found = rung(invoice(due=due), on, by=policy(*BEFORE), calendar=WEEK)
    assert found == (step_id, day(opens))


@pytest.mark.parametrize(
    ("due", "opens"),
    [
        ("2026-03-06", "2026-03-07"),  # Friday, open
        ("2026-03-07", "2026-03-10"),  # Saturday: Monday is the next working day
        ("2026-03-08", "2026-03-10"),
        ("2026-04-03", "2026-04-08"),  # Good Friday: Tuesday is the next working day
    ],
)
def test_an_item_due_on_a_closed_day_gets_no_overdue_step_too_early(due: str, opens: str) -> None:
    """Not before the day after the next working day (2.2)."""
    easter = calendar("2026-04-03", "2026-04-06")
    assert rung(invoice(due=due), due, calendar=easter) == ("one", day(opens))


def test_a_later_step_does_not_move_with_a_closed_due_date() -> None:
    """The rule sets a floor, it does not shift the ladder."""
    a = invoice(due="2026-03-07", taken=[took("one", "2026-03-07")])
    assert rung(a, "2026-03-09", calendar=WEEK) == ("two", day("2026-03-15"))


def test_grace_delays_the_first_overdue_step_and_nothing_else() -> None:
    """The segment's grace days come on top of the first step's day (2.2)."""
    a = invoice(due="2026-03-01")
    assert rung(a, "2026-03-01", grace=5) == ("one", day("2026-03-07"))
    later = msgspec.structs.replace(a, taken=(took("one", "2026-03-02"),))
    assert rung(later, "2026-03-02", grace=5) == ("two", day("2026-03-09"))
    by = policy(*BEFORE)
    assert rung(a, "2026-02-20", by=by, grace=5) == ("ahead", day("2026-02-24"))
    assert rung(a, "2026-03-02", by=by, grace=5) == ("one", day("2026-03-09"))


def test_the_grace_of_a_segment_is_the_one_used() -> None:
    """decide reads it from the policy, by the segment of the facts."""
    by = policy(segment={"grace_days": 5})
    wait(decide_on("2026-03-06", by, items=[invoice(due="2026-03-01")]), "not_yet")
    assert said(decide_on("2026-03-07", by, items=[invoice(due="2026-03-01")])) == "act one"


# --- go-live and history from elsewhere ------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "opening", "found"),
    [
        ("2025-06-01", [], "one"),
        ("2026-02-20", [{"from_day": 8, "step": "two"}], "two"),
        ("2026-02-24", [{"from_day": 8, "step": "two"}], "one"),
        ("2025-06-01", [{"from_day": 8, "step": "two"}, {"from_day": 1, "step": "one"}], "two"),
        # never above urgent
        ("2025-06-01", [{"from_day": 8, "step": "three"}], "one"),
        ("2025-06-01", [{"from_day": 8, "step": "two"}, {"from_day": 60, "step": "last"}], "two"),
    ],
)
def test_an_item_overdue_at_go_live_opens_low(
    due: str, opening: list[dict[str, object]], found: str
) -> None:
    """At the first overdue step, or by age at a higher one up to urgent (4.8)."""
    a = invoice(due=due, go_live_on=day("2026-03-01"))
    assert rung(a, "2026-03-02", by=policy(opening=opening))[0] == found


def test_opening_steps_count_from_go_live_and_keep_full_waits() -> None:
    """A year later the item still opened where it did; the next step waits in full."""
    by = policy(opening=[{"from_day": 8, "step": "two"}])
    young = invoice(due="2026-02-24", go_live_on=day("2026-03-01"))
    assert rung(young, "2027-03-02", by=by)[0] == "one"
    old = facts(items=[invoice("A", due="2025-06-01", go_live_on=day("2026-03-01"))])
    acts = calendar_of_acts(by, old, "2026-03-02", "2026-03-31")
    assert acts == [("2026-03-02", "two"), ("2026-03-09", "three"), ("2026-03-23", "last")]


def test_go_live_skips_what_comes_before_the_due_date() -> None:
    """An item overdue at go-live owes no reminder of its due date."""
    a = invoice(due="2026-02-20", go_live_on=day("2026-03-01"))
    assert rung(a, "2026-03-02", by=policy(*BEFORE)) == ("one", day("2026-02-23"))


def test_opening_may_name_a_step_before_the_due_date_to_no_effect() -> None:
    """The first overdue step is the least."""
    a = invoice(due="2026-02-20", go_live_on=day("2026-03-01"))
    by = policy(*BEFORE, opening=[{"from_day": 1, "step": "ahead"}])
    assert rung(a, "2026-03-02", by=by)[0] == "one"


def test_go_live_in_a_cadence_without_overdue_steps_leaves_nothing_to_take() -> None:
    """A policy of reminders only has nothing for an item that came in overdue."""
    a = invoice(due="2026-02-20", go_live_on=day("2026-03-01"))
    assert rung(a, "2026-03-02", by=policy(step("ahead", 5, phase="pre_due"))) == (None, None)


def test_contacts_from_the_old_system_count_as_steps_taken() -> None:
    """History beats the opening rule (4.8)."""
    a = invoice(
        due="2025-06-01",
        go_live_on=day("2026-03-01"),
        taken=[took("three", "2026-02-20", tone="firm")],
    )
    assert rung(a, "2026-03-02") == ("last", day("2026-03-06"))


# --- policies that change --------------------------------------------------------------------

MOVED = policy(
    step("hello", 1, wait=3, tone="friendly"),
    step("again", 5, wait=5, tone="friendly"),
    step("please", 10, wait=6, tone="urgent", was=["two"]),
    step("three", 20, wait=9, tone="firm"),
    step("end", 40, wait=14, tone="formal", final_demand=True),
)


@pytest.mark.parametrize(
    ("taken", "found"),
    [
        # by id
        (took("three", "2026-03-20", tone="firm"), ("end", "2026-04-10")),
        # by what it was called before
        (took("two", "2026-03-20", tone="urgent"), ("three", "2026-03-26")),
        # else the highest step not harsher
        (took("one", "2026-03-20", tone="friendly"), ("please", "2026-03-25")),
        (took("gone", "2026-03-20", tone="severe"), ("end", "2026-04-10")),
        (took("gone", "2026-03-20", tone="formal"), (None, None)),
    ],
)
def test_a_case_that_moves_keeps_its_place(taken: book.Taken, found: tuple[str, str]) -> None:
    """A mapped step counts as taken, its wait is the new policy's (1, Policy)."""
    a = invoice(due="2026-03-01", taken=[taken])
    assert rung(a, "2026-03-21", by=MOVED) == (found[0], day(found[1]) if found[1] else None)


def test_of_two_steps_that_stand_for_one_the_later_counts() -> None:
    """Two friendly reminders of the old policy are one step of the new, and its wait counts from
    the second."""
    a = invoice(due="2026-03-01", taken=[took("one", "2026-03-10"), took("more", "2026-03-20")])
    assert rung(a, "2026-03-21", by=MOVED) == ("please", day("2026-03-25"))


def test_none_not_harsher_is_none_taken() -> None:
    """A friendly reminder counts for nothing where the softest step is firm (8)."""
    by = policy(step("hard", 5, wait=3, tone="firm"), step("end", 20, tone="formal"))
    a = invoice(due="2026-03-01", taken=[took("one", "2026-03-04")])
    assert rung(a, "2026-03-05", by=by) == ("hard", day("2026-03-06"))


def test_a_reminder_of_the_due_date_counts_for_no_overdue_step() -> None:
    """A step taken is mapped within its phase, so that nothing overdue is skipped."""
    a = invoice(due="2026-03-01", taken=[took("courtesy", "2026-02-26", phase="pre_due")])
    assert rung(a, "2026-03-02", by=MOVED) == ("hello", day("2026-03-02"))


def test_a_mapped_step_is_never_taken_again() -> None:
    """The item goes on from where it was mapped to, and ends where the cadence ends."""
    moved = facts(items=[invoice("A", due="2026-03-01", taken=[took("two", "2026-03-09",
                  tone="urgent")])])  # fmt: skip
    acts = calendar_of_acts(MOVED, moved, "2026-03-10", "2026-06-01")
    assert [s for _, s in acts] == ["three", "end"]


def test_a_due_date_corrected_to_later_starts_anew_and_to_earlier_keeps_the_history() -> None:
    """Later: the store voids the steps taken, so the ladder begins. Earlier: waits stay (1)."""
    anew = invoice(due="2026-03-15")
    assert rung(anew, "2026-03-16") == ("one", day("2026-03-16"))
    earlier = invoice(due="2026-01-01", taken=[took("one", "2026-03-02")])
    assert rung(earlier, "2026-03-03") == ("two", day("2026-03-09"))


# --- who walks which cadence -----------------------------------------------------------------

TWO = policies.compile_policy(
    policies.parse(
        {
            "policy": "two",
            "segments": [
                {"name": "vip", "cadence": "soft", "any": [{"strategic": True}]},
                {"name": "standard", "cadence": "plain"},
            ],
            "cadences": {
                "plain": {"steps": [step("plain_one", 1)]},
                "soft": {"steps": [step("soft_one", 1)]},
            },
        }
    ),
    version=1,
)


@pytest.mark.parametrize(
    ("about", "found"),
    [
        ({"segment": "standard"}, "plain_one"),
        ({"segment": "vip"}, "soft_one"),
        ({"segment": "unheard_of"}, "plain_one"),
        ({"segment": "standard", "cadence": "soft"}, "soft_one"),
        ({"segment": "vip", "cadence": "gone"}, "soft_one"),
    ],
)
def test_a_case_walks_the_cadence_of_its_segment(about: dict[str, str], found: str) -> None:
    """The case's own cadence first, while the policy has it; else its segment's; else the last's
    (4.7)."""
    made = act(decide_on("2026-03-02", TWO, items=[invoice(due="2026-03-01")], **about))
    assert made.step == found


def test_an_unknown_segment_has_no_grace() -> None:
    """It walks the last segment's cadence from its first day."""
    assert TWO.grace_of("unheard_of") == 0


# --- catching up -----------------------------------------------------------------------------


@pytest.mark.parametrize("on", ["2026-03-02", "2026-03-05", "2026-03-30"])
def test_a_run_missed_catches_up_once(on: str) -> None:
    """At least so many days and not yet done; never exactly, and never twice (2.4)."""
    made = act(decide_on(on, policy(), items=[invoice(due="2026-03-01")]))
    assert [s for _, s in made.takes] == ["one"]
    again = facts(
        items=[invoice(due="2026-03-01", taken=[took("one", on)])], outreach=[contacted(on)]
    )
    wait(decide_on(on, policy(), again), "not_yet")


def test_the_ladder_used_here_is_in_order() -> None:
    """one, two, three, last: days and tones rise."""
    assert [s["day"] for s in LADDER] == sorted(s["day"] for s in LADDER)


def test_a_calendar_of_the_same_name_is_another_calendar_in_another_organisation() -> None:
    """Two organisations may know different holidays under one name; neither decides for the
    other (1)."""
    closed = workdays.Calendar("DE/1", weekend=(), closed=[day("2026-03-01")])
    opened = workdays.Calendar("DE/1", weekend=())
    items = [invoice(due="2026-03-01")]
    for here, found in ((closed, "wait not_yet"), (opened, "act one")):
        assert said(decide_on("2026-03-02", policy(), items=items, calendar=here)) == found


def test_each_instalment_has_its_own_ladder() -> None:
    """One missed does not make the others due (1, Item)."""
    parts = [
        invoice("A", due="2026-03-01", kind="instalment", part="1", taken=[took("one",
                "2026-03-02")]),
        invoice("A", due="2026-04-01", kind="instalment", part="2"),
    ]  # fmt: skip
    made = act(decide_on("2026-03-09", policy(), items=parts))
    assert (made.about, made.also_overdue, made.due_soon) == ((parts[0].id,), (), ())
    assert rung(parts[0], "2026-03-09") == ("two", day("2026-03-09"))
    assert rung(parts[1], "2026-03-09") == ("one", day("2026-04-02"))
