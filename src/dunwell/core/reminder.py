"""The reminder before a plan's instalment: no demand, and no step of any ladder (7, Plan).

Read `act`. Knows: from which day on an instalment is to be reminded of, what the message is
about and says, who gets it. Must not know: whether something else is said that day (that is
`decide`'s), or its words (the template's).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dunwell.core import book, money, notice, position, reasons, stops, workdays
from dunwell.core.decision import Act
from dunwell.core.views import DAY, View, by_age

STEP = "instalment_reminder"
"""What people call it, and its template; its key tells one instalment's from another's."""


class About(NamedTuple):
    """The instalment a reminder is of: the plan, by its stop, and which one."""

    stop: int
    n: int


def act(view: View) -> Act | None:
    """Return the reminder that may go on the day, of the instalment due first, or None."""
    for one in sorted(view.facts.instalments, key=lambda x: (x.due_on, x.stop, x.n)):
        if _opens_on(view, one) <= view.as_of <= one.due_on:
            made = _of(view, one)
            if made is not None:
                return made
    return None


def opens_on(due_on: dt.date, *, days_before: int, calendar: workdays.Calendar) -> dt.date:
    """Return the first day of a reminder: on a closed day the working day before it (2.5).

    >>> opens_on(dt.date(2026, 6, 16), days_before=3, calendar=workdays.Calendar("-/0"))
    datetime.date(2026, 6, 12)
    """
    return workdays.previous_working(calendar, due_on - dt.timedelta(days=days_before))


def edges(view: View) -> Iterator[dt.date]:
    """Yield the days on which a reminder may go first, and may go no more."""
    for one in view.facts.instalments:
        yield _opens_on(view, one)
        yield one.due_on + DAY


def about(made: Act) -> About | None:
    """Return the instalment a decision reminds of; None for every other decision."""
    if made.step != STEP or "stop" not in made.refs:
        return None
    return About(int(made.refs["stop"]), int(made.refs["n"]))


def why(refs: Mapping[str, Any]) -> str:
    """Say in one sentence what a reminder is of, from its decision's references.

    >>> why({"stop": 7, "n": 2, "of": 3, "currency": "EUR", "minor": 30000,
    ...     "due_on": dt.date(2026, 4, 1)})
    'Instalment 2 of 3 of payment plan 7, EUR 300.00, is due on 1 April 2026.'
    """
    due_on, amount = refs["due_on"], money.text(refs["minor"], refs["currency"])
    day = due_on if isinstance(due_on, dt.date) else dt.date.fromisoformat(due_on)
    which = f"Instalment {refs['n']} of {refs['of']} of payment plan {refs['stop']}"
    return f"{which}, {amount}, is due on {reasons.day_text(day)}."


def _opens_on(view: View, one: book.Instalment) -> dt.date:
    days = view.policy.settings.plans.remind_days_before
    return opens_on(one.due_on, days_before=days, calendar=view.facts.calendar)


def _of(view: View, one: book.Instalment) -> Act | None:
    """Return the reminder of one instalment: about what its plan covers, demanding only itself.

    None where nobody can be reached, or something else stands on what the plan covers: a
    dispute of it, say, is cleared up by a person first.
    """
    covered = _covered(view, one.stop)
    if not covered or any(set(s.covered.by_kind) != {"plan"} for s in covered):
        return None
    lead = covered[0].item
    actions = notice.alone(view, STEP, f"{STEP}:{one.stop}:{one.n}", lead, template=STEP)
    if not actions:
        return None
    return Act(
        step=STEP,
        tone="friendly",
        phase="pre_due",
        template=STEP,
        lead=lead.id,
        about=tuple(s.item.id for s in covered),
        takes=(),
        lines=(),
        amounts=((one.currency, one.open_minor),),
        actions=actions,
        refs={
            "item": lead.label,
            "step": STEP,
            "stop": one.stop,
            "n": one.n,
            "of": one.of,
            "due_on": one.due_on,
            "currency": one.currency,
            "amount_minor": one.amount_minor,
            "minor": one.open_minor,
        },
    )


def _covered(view: View, stop: int) -> list[position.Standing]:
    """Return what is open of the items a running plan covers, the oldest first."""
    plan = next((s for s in view.facts.stops if s.id == stop), None)
    if plan is None or not stops.is_active(plan, as_of=view.as_of):
        return []
    return sorted((s for s in view.pos.standings if stops.share(plan, s.item)), key=by_age)
