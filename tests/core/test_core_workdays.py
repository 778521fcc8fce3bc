"""Working days: which days are closed, and how one steps over them."""

from __future__ import annotations

import pytest
from casebook import OPEN, WEEK, calendar, day

from dunwell.core import workdays

EASTER = calendar("2026-04-03", "2026-04-06")


@pytest.mark.parametrize(
    ("on", "is_open"),
    [
        ("2026-04-02", True),
        ("2026-04-03", False),
        ("2026-04-04", False),
        ("2026-04-05", False),
        ("2026-04-06", False),
        ("2026-04-07", True),
    ],
)
def test_weekends_and_holidays_are_closed(on: str, is_open: bool) -> None:  # noqa: FBT001
    """Easter closes four days in a row."""
    assert EASTER.is_open(day(on)) is is_open


def test_a_calendar_may_have_another_weekend_or_none() -> None:
    """Friday and Saturday are closed where they are the weekend."""
    gulf = workdays.Calendar("AE/1", weekend=(4, 5))
    assert not gulf.is_open(day("2026-03-06"))
    assert gulf.is_open(day("2026-03-08"))
    assert OPEN.is_open(day("2026-03-08"))


def test_the_next_and_the_previous_working_day() -> None:
    """An open day is its own next and previous; a closed one steps over all that is closed."""
    assert workdays.next_working(EASTER, day("2026-04-03")) == day("2026-04-07")
    assert workdays.previous_working(EASTER, day("2026-04-06")) == day("2026-04-02")
    assert workdays.next_working(EASTER, day("2026-04-07")) == day("2026-04-07")
    assert workdays.previous_working(EASTER, day("2026-04-02")) == day("2026-04-02")


@pytest.mark.parametrize(
    ("start", "days", "found"),
    [
        ("2026-03-06", 1, "2026-03-09"),
        ("2026-03-07", 1, "2026-03-09"),
        ("2026-03-02", 10, "2026-03-16"),
        ("2026-03-09", -1, "2026-03-06"),
        ("2026-03-07", 0, "2026-03-07"),
        ("2026-04-02", 1, "2026-04-07"),
    ],
)
def test_working_days_are_added_and_taken_off(start: str, days: int, found: str) -> None:
    """One working day after Friday is Monday, before Easter it is the Tuesday after."""
    assert workdays.add_working(EASTER, day(start), days) == day(found)


def test_a_calendar_is_known_by_its_name_and_version() -> None:
    """Stored facts keep only the name, so two with one name are the same calendar."""
    same = workdays.Calendar("week/0", closed=[day("2026-03-02")])
    assert same == WEEK
    assert hash(WEEK) == hash(same)
    assert WEEK != OPEN
    assert WEEK != "week/0"
    assert repr(WEEK) == "Calendar('week/0')"
    assert same.closed == {day("2026-03-02")}
