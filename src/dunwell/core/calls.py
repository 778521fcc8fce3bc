"""When tries to call somebody count as a call made, and when to try again (SEMANTICS 6.6).

The one rule for the desk and for stories. Must not know: who was called, or under which number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

REACHED = ("reached", "promise", "dispute", "refused")
"""Somebody was spoken to: a call made, and a contact (4.5)."""
LEFT_WORD = ("voicemail", "gatekeeper")
"""Nobody who decides was spoken to; two such tries may stand for one call."""
IN_VAIN = ("no_answer", "busy", "wrong_number")
"""Nobody heard anything: an attempt, and never a call made."""
OUTCOMES = (*REACHED, *LEFT_WORD, *IN_VAIN)

OTHER_TIME = dt.timedelta(hours=2)
"""How far apart two tries lie that were made at different times of day."""
TOGETHER_DAYS = 30
"""Two tries further apart belong to different efforts, and do not stand for one call."""

SLOTS = (
    (dt.time(9, 0), "in the morning"),
    (dt.time(11, 30), "before noon"),
    (dt.time(14, 0), "after lunch"),
    (dt.time(16, 0), "in the afternoon"),
)
"""The times of day that are suggested, each at least `OTHER_TIME` from the next."""


class Try(NamedTuple):
    """One try: when, on the clock of the one who called, and what came of it."""

    at: dt.datetime
    outcome: str


def is_made(tries: Iterable[Try]) -> bool:
    """Tell whether the last of these tries, oldest first, makes a call made.

    Whoever is reached is called. Two voicemails or gatekeepers stand for a call when they fall
    on different days and different times of day; what has stood for one is used up.

    >>> day = dt.datetime(2026, 3, 2, 9)
    >>> first, same = Try(day, "voicemail"), Try(day + dt.timedelta(days=1, hours=1), "voicemail")
    >>> later = Try(day + dt.timedelta(days=1, hours=2), "gatekeeper")
    >>> is_made([first]), is_made([first, same]), is_made([first, later])
    (False, False, True)
    """
    left: list[dt.datetime] = []
    made = False
    for at, outcome in tries:
        made = outcome in REACHED
        if outcome in LEFT_WORD:
            made = any(_is_apart(one, at) for one in left)
            left.append(at)
        if made:
            left.clear()
    return made


def next_time(tries: Sequence[Try], *, best: str = "") -> str:
    """Say at which time of day to call, unlike the last tries that reached nobody.

    What the contact calls their best time stands, until it was tried without success.

    >>> next_time([])
    '09:00 in the morning'
    >>> next_time([Try(dt.datetime(2026, 3, 2, 9, 20), "voicemail")])
    '11:30 before noon'
    """
    missed: list[dt.time] = []
    for one in reversed(tries):
        if one.outcome in REACHED:
            break
        missed.append(one.at.time())
    if best and not missed:
        return best
    free = [s for s in SLOTS if not any(_distance(s[0], m) < OTHER_TIME for m in missed)]
    at, words = (free or [_least_tried(missed)])[0]
    return f"{at:%H:%M} {words}"


def _least_tried(missed: Sequence[dt.time]) -> tuple[dt.time, str]:
    """Return the time of day tried least, of those the one tried longest ago."""

    def tried(slot: tuple[dt.time, str]) -> tuple[int, int]:
        near = [n for n, m in enumerate(missed) if _distance(slot[0], m) < OTHER_TIME]
        return len(near), -min(near, default=len(missed))

    return min(SLOTS, key=tried)


def _is_apart(one: dt.datetime, other: dt.datetime) -> bool:
    days = abs((other.date() - one.date()).days)
    return 0 < days <= TOGETHER_DAYS and _distance(one.time(), other.time()) >= OTHER_TIME


def _distance(one: dt.time, other: dt.time) -> dt.timedelta:
    a = dt.timedelta(hours=one.hour, minutes=one.minute)
    b = dt.timedelta(hours=other.hour, minutes=other.minute)
    return abs(a - b)
