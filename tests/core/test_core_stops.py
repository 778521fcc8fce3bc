"""Stops: what they cover on a day, and which days they take off the clock (SEMANTICS 2.3, 3.2)."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from casebook import day, invoice, stop

from dunwell.core import book, ladder, stops

A = invoice("A", 100, due="2026-03-01")


def span(first: str, last: str | None) -> stops.Interval:
    """A closed interval of days; open-ended without a last day."""
    return (day(first), day(last) if last else stops.FOREVER)


def age(item: book.Item, on: str, *found: book.Stop) -> int:
    """Return the item's cadence age on a day."""
    return ladder.cadence_age(item, quiet=stops.quiet_days(item, stops=found), as_of=day(on))


@pytest.mark.parametrize(
    ("on", "minor"),
    [("2026-03-09", 0), ("2026-03-10", 100), ("2026-03-12", 100), ("2026-03-13", 0)],
)
def test_a_stop_covers_its_first_and_its_last_day(on: str, minor: int) -> None:
    """Both ends are included."""
    hold = stop("hold", "2026-03-10", "2026-03-12")
    assert stops.covered(A, stops=[hold], as_of=day(on)).minor == minor


def test_an_open_ended_stop_covers_until_an_event_ends_it() -> None:
    """Nothing ends it by itself."""
    hold = stop("hold", "2026-03-10")
    assert stops.is_active(hold, as_of=day("2036-03-10"))
    assert not stops.is_active(hold, as_of=day("2026-03-09"))


@pytest.mark.parametrize(
    ("found", "minor", "kinds"),
    [
        ([], 0, {}),
        ([stop("hold", "2026-03-01")], 100, {"hold": 100}),
        ([stop("hold", "2026-03-01", items=["A"])], 100, {"hold": 100}),
        ([stop("hold", "2026-03-01", items=["B"])], 0, {}),
        ([stop("dispute", "2026-03-01", items=["A"], minor=30)], 30, {"dispute": 30}),
        ([stop("dispute", "2026-03-01", items=["A"], minor=300)], 100, {"dispute": 100}),
        (
            [
                stop("dispute", "2026-03-01", items=["A"], minor=30),
                stop("promise", "2026-03-01", items=["A"], minor=50),
            ],
            80,
            {"dispute": 30, "promise": 50},
        ),
        (
            [
                stop("dispute", "2026-03-01", items=["A"], minor=60),
                stop("dispute", "2026-03-02", items=["A"], minor=70),
            ],
            100,
            {"dispute": 100},
        ),
    ],
)
def test_a_stop_covers_only_what_it_names(
    found: list[book.Stop], minor: int, kinds: dict[str, int]
) -> None:
    """All items, some, or an amount of one; amounts add up, never to more than is open."""
    covered = stops.covered(A, stops=found, as_of=day("2026-03-05"))
    assert (covered.minor, covered.by_kind) == (minor, kinds)


def test_days_overdue_count_from_the_day_after_the_due_date() -> None:
    """0 on the due date, 1 the day after; before it the days are negative (2.2)."""
    assert age(A, "2026-03-01") == 0
    assert age(A, "2026-03-02") == 1
    assert age(A, "2026-02-26") == -3


@pytest.mark.parametrize(
    ("found", "on", "days"),
    [
        ([stop("hold", "2026-03-05", "2026-03-09")], "2026-03-04", 3),
        ([stop("hold", "2026-03-05", "2026-03-09")], "2026-03-05", 3),
        ([stop("hold", "2026-03-05", "2026-03-09")], "2026-03-09", 3),
        ([stop("hold", "2026-03-05", "2026-03-09")], "2026-03-10", 4),
        ([stop("hold", "2026-03-02")], "2026-03-02", 0),
        # one day is a day
        ([stop("hold", "2026-03-05", "2026-03-05")], "2026-03-20", 18),
        # overlapping and touching: a union, subtracted once
        (
            [stop("hold", "2026-03-05", "2026-03-09"), stop("dispute", "2026-03-07", "2026-03-12")],
            "2026-03-13",
            4,
        ),
        (
            [stop("hold", "2026-03-05", "2026-03-09"), stop("hold", "2026-03-06", "2026-03-07")],
            "2026-03-10",
            4,
        ),
        # before the due date there is nothing to count
        ([stop("hold", "2026-02-20", "2026-03-03")], "2026-03-05", 2),
        # open-ended: the age stands still
        ([stop("hold", "2026-03-05")], "2026-06-30", 3),
        # a stop on another item, or on a part of the amount, stops no clock
        ([stop("hold", "2026-03-05", items=["B"])], "2026-03-20", 19),
        ([stop("dispute", "2026-03-05", items=["A"], minor=99)], "2026-03-20", 19),
        # a stop that ends before it begins covers nothing
        ([stop("hold", "2026-03-05", "2026-03-04")], "2026-03-20", 19),
        # a promise broken, a plan in default: their days count after all
        ([stop("promise", "2026-03-05", "2026-03-19", gives_back=True)], "2026-03-20", 19),
        # a rejected dispute stays a stop, but its last days stop no clock
        ([stop("dispute", "2026-03-05", "2026-03-16", clock="2026-03-09")], "2026-03-20", 14),
        ([stop("dispute", "2026-03-05", "2026-03-16", clock="2026-03-04")], "2026-03-20", 19),
    ],
)
def test_stopped_days_do_not_age_an_item(found: list[book.Stop], on: str, days: int) -> None:
    """Cadence age is days overdue less the days on which the whole open amount was stopped."""
    assert age(A, on, *found) == days


def test_a_backdated_stop_takes_days_off_that_have_passed() -> None:
    """A hold recorded today from the 5th gives the days since then back at once."""
    assert age(A, "2026-03-20") == 19
    assert age(A, "2026-03-20", stop("hold", "2026-03-05")) == 3


def test_parts_that_cover_the_whole_together_stop_the_clock() -> None:
    """60 in dispute and 40 promised leave nothing to chase, so those days do not count."""
    dispute = stop("dispute", "2026-03-05", "2026-03-12", items=["A"], minor=60)
    promise = stop("promise", "2026-03-08", "2026-03-20", items=["A"], minor=40)
    assert stops.quiet_days(A, stops=[dispute, promise]) == (span("2026-03-08", "2026-03-12"),)
    assert stops.quiet_days(A, stops=[dispute]) == ()


def test_a_part_becomes_the_whole_when_the_rest_is_paid() -> None:
    """From the day of the payment on the promise covers all that is still open."""
    paid = msgspec.structs.replace(A, open_minor=60, paid=((day("2026-03-10"), 40),))
    promise = stop("promise", "2026-03-05", "2026-03-14", items=["A"], minor=60)
    assert stops.quiet_days(paid, stops=[promise]) == (span("2026-03-10", "2026-03-14"),)


def test_a_part_without_end_stops_the_clock_for_good() -> None:
    """Nothing but an event gives the day on which it ends."""
    dispute = stop("dispute", "2026-03-05", items=["A"], minor=100)
    assert stops.quiet_days(A, stops=[dispute]) == (span("2026-03-05", None),)


def test_an_amount_of_nothing_covers_nothing() -> None:
    """A stop that names an item with amount 0 neither covers nor stops."""
    none = stop("dispute", "2026-03-05", items=["A"], minor=0)
    assert stops.covered(A, stops=[none], as_of=day("2026-03-06")).minor == 0
    assert stops.quiet_days(A, stops=[none]) == ()


def test_days_paid_by_a_payment_later_reversed_do_not_count() -> None:
    """The item was not open then (2.3, 3.6); stops that overlap are subtracted once."""
    back = msgspec.structs.replace(A, paid_gaps=((day("2026-03-06"), day("2026-03-10")),))
    assert age(back, "2026-03-20") == 14
    assert age(back, "2026-03-20", stop("hold", "2026-03-09", "2026-03-12")) == 12


@pytest.mark.parametrize(
    ("intervals", "days", "found"),
    [
        ([], 7, "2026-03-08"),
        ([("2026-03-05", "2026-03-09")], 7, "2026-03-13"),
        ([("2026-03-08", "2026-03-09")], 7, "2026-03-10"),
        ([("2026-03-09", "2026-03-09")], 7, "2026-03-08"),
        ([("2026-02-20", "2026-03-01")], 7, "2026-03-08"),
        ([("2026-02-20", "2026-03-03")], 7, "2026-03-10"),
        ([("2026-03-02", "2026-03-03"), ("2026-03-10", "2026-03-11")], 7, "2026-03-12"),
        ([("2026-03-05", None)], 7, None),
        ([("2026-03-09", None)], 7, "2026-03-08"),
        ([], 0, "2026-03-01"),
    ],
)
def test_a_number_of_days_is_reached_when_stopped_days_are_left_out(
    intervals: list[tuple[str, str | None]], days: int, found: str | None
) -> None:
    """Seven days from 1 March, less what is stopped; an open-ended stop keeps it away."""
    reached = stops.reach([span(*i) for i in intervals], start=day("2026-03-01"), days=days)
    assert reached == (day(found) if found else None)


def test_intervals_that_touch_are_one() -> None:
    """A stop through the 4th and one from the 5th are one; a day between keeps them two."""
    joined = stops.union([span("2026-03-05", "2026-03-09"), span("2026-03-01", "2026-03-04")])
    assert joined == (span("2026-03-01", "2026-03-09"),)
    apart = stops.union([span("2026-03-06", "2026-03-09"), span("2026-03-01", "2026-03-04")])
    assert len(apart) == 2
    assert stops.union([span("2026-03-01", "2026-03-09"), span("2026-03-02", "2026-03-03")]) == (
        span("2026-03-01", "2026-03-09"),
    )


def test_only_days_after_the_start_are_counted() -> None:
    """The due date itself is no day overdue, so a stop on it takes none off."""
    found = stops.count(
        [span("2026-03-01", "2026-03-03")], after=day("2026-03-01"), through=day("2026-03-31")
    )
    assert found == 2
    assert stops.count([], after=dt.date.min, through=dt.date.max) == 0


def test_a_wait_or_day_of_none_is_over_at_once() -> None:
    """No days to wait are over on the day itself, also when a stop begins on it (2.3)."""
    covered = [(day("2026-03-01"), day("2026-03-10"))]
    assert stops.reach(covered, start=day("2026-03-01"), days=0) == day("2026-03-01")
