"""Findings about the settings of a policy."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence

from dunwell.core import book
from dunwell.core import policy as policies
from dunwell.core.lint.findings import Finding, Path
from dunwell.core.lint.ladders import Ladder

URGENT = book.harshness("urgent")


def check(s: policies.SettingsDoc, ladders: Sequence[Ladder]) -> Iterator[Finding]:
    """Look at limits, hours, seasons and openings."""
    if s.daily_cap == 0:
        yield Finding("cap_zero", ("settings", "daily_cap"), "0", "a number, or leave it out")
    if s.hours.end.replace(tzinfo=None) <= s.hours.start.replace(tzinfo=None):
        yield Finding(
            "hours_reversed",
            ("settings", "hours"),
            f"from {s.hours.start:%H:%M} to {s.hours.end:%H:%M}",
            "an end later than the start",
        )
    yield from _seasons(s)
    yield from _opening(s, ladders)
    if "ap" not in s.contact_order:
        yield Finding(
            "contacts_without_ap",
            ("settings", "contact_order"),
            ", ".join(s.contact_order) or "nobody",
            "ap among the roles, best as the first",
        )
    if s.min_days_milder_after_firm < s.min_days_between_contacts:
        yield Finding(
            "milder_sooner",
            ("settings", "min_days_milder_after_firm"),
            f"{s.min_days_milder_after_firm} days, where any two contacts lie "
            f"{s.min_days_between_contacts} apart",
            f"at least {s.min_days_between_contacts}",
        )
    edges = s.aging_buckets
    if any(b <= a for a, b in itertools.pairwise([0, *edges])):
        yield Finding(
            "buckets_unordered",
            ("settings", "aging_buckets"),
            ", ".join(map(str, edges)),
            "days that rise, such as 30, 60, 90",
        )


def _seasons(settings: policies.SettingsDoc) -> Iterator[Finding]:
    quiet: set[tuple[int, int]] = set()
    place: Path = ("settings", "quiet_seasons")
    for n, season in enumerate(settings.quiet_seasons):
        ends = [_day_of_year(season.first), _day_of_year(season.last)]
        if None in ends:
            which = "first" if ends[0] is None else "last"
            yield Finding(
                "season_no_day", (*place, n, which), getattr(season, which), "MM-DD, such as 12-24"
            )
            continue
        first, last = season.first, season.last
        for day in _days_of_year():
            text = f"{day[0]:02}-{day[1]:02}"
            if (first <= text <= last) if first <= last else (text >= first or text <= last):
                quiet.add(day)
    if len(quiet) == 365:
        yield Finding(
            "season_all_year", place, "every day of the year", "days on which firm steps may go"
        )


def _day_of_year(text: str) -> dt.date | None:
    """Return the day in a year without a 29 February, or None where there is none."""
    try:
        return dt.date.fromisoformat(f"2025-{text}")
    except ValueError:
        return None


def _days_of_year() -> Iterator[tuple[int, int]]:
    first = dt.date(2025, 1, 1)
    return ((d.month, d.day) for d in (first + dt.timedelta(days=n) for n in range(365)))


def _opening(settings: policies.SettingsDoc, ladders: Sequence[Ladder]) -> Iterator[Finding]:
    for n, rule in enumerate(settings.opening):
        place: Path = ("settings", "opening", n, "step")
        steps = [s for ladder in ladders for s in ladder.doc.steps if s.id == rule.step]
        if not steps:
            yield Finding("opening_unknown", place, rule.step, "a step of one of the cadences")
        elif all(book.harshness(s.tone) > URGENT for s in steps):
            yield Finding(
                "opening_too_harsh",
                place,
                f"{rule.step}, which is {steps[0].tone}; the rule is passed over",
                "a friendly or urgent step",
            )
        elif all(s.phase != "overdue" for s in steps):
            yield Finding(
                "opening_not_overdue",
                place,
                f"{rule.step}, which is not for overdue items; the rule has no effect",
                "an overdue step",
            )
