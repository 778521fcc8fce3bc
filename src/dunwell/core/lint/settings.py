"""Findings about the settings of a policy."""

from __future__ import annotations

import datetime as dt
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


def _seasons(settings: policies.SettingsDoc) -> Iterator[Finding]:
    year = [dt.date(2024, 1, 1) + n * dt.timedelta(days=1) for n in range(366)]
    free = [d for d in year if not any(_covers(s, d) for s in settings.quiet_seasons)]
    if not free:
        yield Finding(
            "season_all_year",
            ("settings", "quiet_seasons"),
            "every day of the year",
            "days on which firm steps may go",
        )


def _covers(season: policies.SeasonDoc, day: dt.date) -> bool:
    """Tell whether a season, which may run over the new year, covers a day of the year."""
    first, last, today = season.first, season.last, f"{day:%m-%d}"
    return (first <= today <= last) if first <= last else (today >= first or today <= last)


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
