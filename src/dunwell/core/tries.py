"""How often, and when, something refused for now is tried again (SEMANTICS 6.6).

A server that says "later" is asked again after growing pauses, over at most two working days.
Then it is a proven failure: other contacts, then post, then a task. Must not know: channels.
"""

from __future__ import annotations

import datetime as dt

from dunwell.core import workdays

PAUSES = (dt.timedelta(minutes=15), dt.timedelta(hours=1), dt.timedelta(hours=4))
"""After the first try, the second and the third; the fourth waits for the next working day."""
WORKING_DAYS = 2
SET_ASIDE_DAYS = 14
"""For how long a way that did not take anything is left out, unless it is repaired before."""


def next_try(
    made: int,
    *,
    at: dt.datetime,
    first_at: dt.datetime,
    calendar: workdays.Calendar,
    opens: dt.time,
) -> dt.datetime | None:
    """Return when to try again after `made` tries, the last at `at`; None: it has failed.

    Times are in the customer's zone; `opens` is when its contact hours begin. Whoever looks
    only once a day has tried on three days when the two working days are over.

    >>> monday = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    >>> days = workdays.Calendar("-/0")
    >>> next_try(1, at=monday, first_at=monday, calendar=days, opens=dt.time(9)).time()
    datetime.time(9, 15)
    >>> wednesday = monday + dt.timedelta(days=2)
    >>> next_try(3, at=wednesday, first_at=monday, calendar=days, opens=dt.time(9))
    """
    last_on = workdays.add_working(calendar, first_at.date(), WORKING_DAYS)
    if made > len(PAUSES) + 1 or at.date() >= last_on:
        return None
    if made <= len(PAUSES):
        return at + PAUSES[made - 1]
    day = workdays.next_working(calendar, at.date() + workdays.DAY)
    return dt.datetime.combine(day, opens, tzinfo=at.tzinfo) if day <= last_on else None
