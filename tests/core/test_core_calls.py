"""When tries count as a call made, and when to try again (SEMANTICS 6.6, 7 Call)."""

from __future__ import annotations

import datetime as dt

import pytest

from dunwell.core import calls
from dunwell.core.calls import Try

MONDAY = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def tries(*said: str) -> list[Try]:
    """Write tries as `day hour outcome`: "0 9:30 voicemail" is on Monday at half past nine."""
    found = []
    for one in said:
        days, clock, outcome = one.split()
        hour, minute = clock.split(":")
        at = MONDAY + dt.timedelta(days=int(days), hours=int(hour), minutes=int(minute))
        found.append(Try(at, outcome))
    return found


@pytest.mark.parametrize("outcome", calls.REACHED)
def test_whoever_is_reached_is_called(outcome: str) -> None:
    """One try is enough, whatever was said."""
    assert calls.is_made(tries(f"0 9:00 {outcome}"))


@pytest.mark.parametrize("outcome", [*calls.LEFT_WORD, *calls.IN_VAIN])
def test_one_try_that_reaches_nobody_is_none(outcome: str) -> None:
    """It stays an attempt; and no try at all is no call either."""
    assert not calls.is_made(tries(f"0 9:00 {outcome}"))
    assert not calls.is_made([])


@pytest.mark.parametrize(
    ("said", "made"),
    [
        (("0 9:00 voicemail", "1 11:00 voicemail"), True),
        (("0 9:00 voicemail", "1 10:59 voicemail"), False),
        (("0 9:00 voicemail", "0 16:00 voicemail"), False),
        (("0 16:00 gatekeeper", "1 9:00 voicemail"), True),
        (("0 9:00 voicemail", "30 14:00 voicemail"), True),
        (("0 9:00 voicemail", "31 14:00 voicemail"), False),
        (("0 9:00 voicemail", "1 14:00 busy"), False),
        (("0 9:00 no_answer", "1 14:00 voicemail"), False),
        (("0 9:00 voicemail", "1 9:00 voicemail", "2 14:00 voicemail"), True),
        (("0 9:00 voicemail", "1 14:00 voicemail", "2 9:00 voicemail"), False),
        (("0 9:00 voicemail", "1 9:00 reached", "2 14:00 voicemail"), False),
        (("0 9:00 voicemail", "1 14:00 voicemail", "2 9:00 voicemail", "3 14:00 voicemail"), True),
        (("0 9:00 reached", "1 9:00 wrong_number"), False),
    ],
)
def test_two_words_left_stand_for_a_call(*, said: tuple[str, ...], made: bool) -> None:
    """On different days, not too far apart, two hours apart on the clock; each counts once."""
    assert calls.is_made(tries(*said)) is made


@pytest.mark.parametrize(
    ("said", "best", "when"),
    [
        ((), "", "09:00 in the morning"),
        ((), "Tuesdays", "Tuesdays"),
        (("0 9:00 reached",), "", "09:00 in the morning"),
        (("0 9:00 busy",), "Tuesdays", "11:30 before noon"),
        (("0 10:00 busy",), "", "14:00 after lunch"),
        (("0 9:00 busy", "1 12:00 voicemail"), "", "14:00 after lunch"),
        (("0 9:00 busy", "1 11:30 busy", "2 14:00 busy"), "", "16:00 in the afternoon"),
        (("0 9:00 reached", "1 16:00 busy"), "", "09:00 in the morning"),
    ],
)
def test_the_next_try_is_at_another_time(said: tuple[str, ...], best: str, when: str) -> None:
    """Unlike every try since somebody was reached; the contact's best time until it failed."""
    assert calls.next_time(tries(*said), best=best) == when


def test_once_every_time_was_tried_the_one_longest_ago_comes_again() -> None:
    """Tried least, and of those the one tried longest ago."""
    said = ["0 9:00 busy", "1 11:30 busy", "2 14:00 busy", "3 16:00 busy"]
    assert calls.next_time(tries(*said)) == "09:00 in the morning"
    assert calls.next_time(tries(*said, "4 9:00 busy")) == "11:30 before noon"
