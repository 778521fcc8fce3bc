"""What is set up, for the pages that show it: companies, calendars, how fresh the data is."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from dunwell.core.scope import Scope
from dunwell.store import models

FEEDS = ("customers", "items", "payments")


class Company(NamedTuple):
    """One entity, with its letterhead as its file would write it."""

    code: str
    name: str
    currency: str
    time_zone: str
    country: str
    calendar: str
    policy: str
    feeds: tuple[str, ...]
    within_days: int
    live_on: dt.date | None
    sender: dict[str, Any]
    bank: dict[str, Any]


class Calendar(NamedTuple):
    """The newest version of a calendar, with who keeps it and the days ahead on which it rests."""

    code: str
    version: int
    companies: tuple[str, ...]
    closed: tuple[dt.date, ...]
    ahead: int


class Feed(NamedTuple):
    """What came in last of a kind: the day it speaks for, when, and from which file."""

    kind: str
    as_of: dt.date | None
    at: dt.datetime | None
    file: str


def companies(scope: Scope) -> list[Company]:
    """Return every entity, in the order of its code."""
    rows = models.Entity.objects.filter(organisation_id=scope.organisation_id).order_by("code")
    return [
        Company(
            e.code, e.name, e.base_currency, e.time_zone, e.country, e.calendar, e.policy,
            tuple(e.feeds_required), e.max_data_age_days, e.went_live_on, e.sender or {},
            e.bank or {},
        )
        for e in rows
    ]  # fmt: skip


def calendars(scope: Scope, *, after: dt.date, ahead: int) -> list[Calendar]:
    """Return the newest version of each calendar with the next closed days."""
    mine = {"organisation_id": scope.organisation_id}
    kept: dict[str, list[str]] = {}
    for code, calendar in models.Entity.objects.filter(**mine).values_list("code", "calendar"):
        kept.setdefault(calendar, []).append(code)
    newest = {
        code: (n, closed)
        for code, n, closed in models.CalendarVersion.objects.filter(**mine)
        .order_by("code", "n")
        .values_list("code", "n", "closed")
    }
    found = []
    for code, (n, closed) in newest.items():
        days = sorted(dt.date.fromisoformat(d) for d in closed)
        coming = tuple(d for d in days if d >= after)
        users = tuple(sorted(kept.get(code, ())))
        if users:
            found.append(Calendar(code, n, users, coming[:ahead], len(coming)))
    return found


def feeds(scope: Scope) -> list[Feed]:
    """Return the newest published file of each kind that can be required."""
    found = []
    for kind in FEEDS:
        row = (
            models.ImportBatch.objects.filter(
                organisation_id=scope.organisation_id, state="published", kind=kind
            )
            .order_by("-as_of", "-pk")
            .first()
        )
        found.append(Feed(kind, row.as_of, row.at, row.file) if row else Feed(kind, None, None, ""))
    return found
