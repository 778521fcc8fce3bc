"""A reminder of an instalment: when it may go, what it is, and that it keeps what a wait says."""

from __future__ import annotations

import datetime as dt

import msgspec
import strategies
from hypothesis import event, given

from dunwell.core import decide, reminder, stops, views, workdays
from dunwell.core.decision import Act, Wait
from dunwell.core.reasons import Reason

DAY = dt.timedelta(days=1)
HORIZON = 45


@strategies.many(150)
@given(strategies.planned_cases())
def test_a_reminder_goes_only_while_its_plan_runs_and_demands_only_itself(
    drawn: strategies.Drawn,
) -> None:
    """In its days, on a contact day, where all that is overdue is planned, nothing under way."""
    made = drawn.decide()
    if not isinstance(made, Act) or made.step != reminder.STEP:
        event("another decision")
        return
    event("a reminder")
    facts, on = drawn.facts, drawn.as_of
    about = reminder.about(made)
    (one,) = [x for x in facts.instalments if (x.stop, x.n) == about]
    earliest = workdays.previous_working(facts.calendar, one.due_on - 3 * DAY)
    assert earliest <= on <= one.due_on
    assert facts.calendar.is_open(on)
    assert made.amounts == ((one.currency, one.open_minor),)
    assert (made.lines, made.takes, made.also_overdue, made.asks) == ((), (), (), ())
    assert (made.tone, made.phase, len(made.actions)) == ("friendly", "pre_due", 1)
    assert made.actions[0].takes_step
    (plan,) = [s for s in facts.stops if s.id == one.stop]
    assert stops.is_active(plan, as_of=on)
    assert set(made.about) <= {i for i, _ in plan.items}
    assert all(f.state in ("failed", "cancelled") or not f.takes_step for f in facts.flights)
    days = max(1, drawn.policy.settings.min_days_between_contacts)
    assert not any(o.reached and on - days * DAY < o.on <= on for o in facts.outreach)


@strategies.many(150)
@given(strategies.planned_cases())
def test_without_its_instalments_the_same_case_waits_for_its_plan(
    drawn: strategies.Drawn,
) -> None:
    """A reminder is all that instalments change: the rest is decided as without them."""
    facts = msgspec.structs.replace(drawn.facts, instalments=())
    without = decide.decide(facts, drawn.policy, as_of=drawn.as_of)
    made = drawn.decide()
    if isinstance(made, Act) and made.step == reminder.STEP:
        assert isinstance(without, Wait)
        assert without.reason is Reason.PLAN_RUNNING
        return
    assert strategies.outcome(made) == strategies.outcome(without)


@strategies.many(150)
@given(strategies.planned_cases())
def test_the_day_to_look_again_is_not_past_a_reminder(drawn: strategies.Drawn) -> None:
    """Whoever looks only on the days named sends it on the day on which a daily look would."""
    made = drawn.decide()
    if not isinstance(made, Wait) or made.reason is not Reason.PLAN_RUNNING:
        return
    on = drawn.as_of
    for day in strategies.span(drawn.as_of + DAY, drawn.as_of + HORIZON * DAY):
        daily = decide.decide(drawn.facts, drawn.policy, as_of=day)
        if isinstance(daily, Act):
            break
    else:
        event("none")
        return
    event(daily.step)
    while on < day:
        assert not isinstance(made, Act)
        assert made.look_again_on is not None
        assert on < made.look_again_on <= day
        on = made.look_again_on
        made = decide.decide(drawn.facts, drawn.policy, as_of=on)
    assert strategies.outcome(made) == strategies.outcome(daily)


def test_the_edges_of_a_reminder_are_its_first_day_and_the_day_after_its_last() -> None:
    """Two days an instalment, whatever else the case holds."""
    facts = strategies.with_one_instalment(dt.date(2026, 3, 16))
    view = views.look(facts, strategies.BUILT_IN["classic"], dt.date(2026, 3, 2))
    assert list(reminder.edges(view)) == [dt.date(2026, 3, 13), dt.date(2026, 3, 17)]
