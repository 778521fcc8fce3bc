"""What a look at the aggregate alone can prove: nothing is open, or nothing is due yet.

A night's book is mostly cases in which nothing can happen yet. One sum per customer in SQL
tells, without loading a case; everything else gets its facts and a full `decide`. Sound:
`glance` says nothing, or exactly what `decide` says (tests/properties). Origin: DATA.md 2.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from dunwell.core import policy as policies
from dunwell.core import workdays
from dunwell.core.decision import Wait
from dunwell.core.reasons import Reason

DAY = dt.timedelta(days=1)


class Summary(NamedTuple):
    """One customer's open book, added up.

    `oldest_due_on` is of debit items. `is_plain`: no credit note, nothing unapplied, no stop,
    step taken, message under way, method of payment or reopened item; nothing but due dates
    decides when the first step opens.
    """

    items: int
    oldest_due_on: dt.date | None
    is_plain: bool


def glance(
    summary: Summary,
    cadence: policies.Cadence,
    *,
    grace_days: int,
    calendar: workdays.Calendar,
    as_of: dt.date,
) -> Wait | None:
    """Return what `decide` would say, or None where the aggregate cannot prove it.

    The refs that make up the sentence are left out: they name an item, which a sum does not.

    >>> from dunwell import policies as built_in
    >>> p = policies.compile_policy(built_in.built_in("classic"), version=1)
    >>> glance(Summary(3, dt.date(2026, 3, 2), True), p.cadences["classic"], grace_days=0,
    ...        calendar=workdays.Calendar("-/0"), as_of=dt.date(2026, 3, 2)).look_again_on
    datetime.date(2026, 3, 3)
    """
    if not summary.is_plain:
        return None
    if not summary.items or summary.oldest_due_on is None:
        return Wait(reason=Reason.NOTHING_OPEN)
    step = cadence.steps[0]
    due_on = summary.oldest_due_on
    if step.phase != "overdue":
        # A step before the due date may be skipped for one item and not for the next: only
        # what lies wholly ahead is certain.
        opens_on = workdays.previous_working(calendar, due_on - dt.timedelta(days=step.day))
        if step.phase == "due":
            opens_on = workdays.next_working(calendar, due_on)
    else:
        opens_on = due_on + dt.timedelta(days=step.day + grace_days)
        if not calendar.is_open(due_on):
            opens_on = max(opens_on, workdays.next_working(calendar, due_on) + DAY)
    if opens_on <= as_of:
        return None
    return Wait(reason=Reason.NOT_YET, look_again_on=opens_on)
