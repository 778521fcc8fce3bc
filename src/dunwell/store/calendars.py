"""Calendars by version: made once from the holidays library, then kept for replays."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import holidays

from dunwell.core import workdays
from dunwell.core.scope import Scope
from dunwell.store import models

YEARS = range(2012, 2041)


@lru_cache(maxsize=128)
def closed_days(code: str) -> tuple[dt.date, ...]:
    """Return the public holidays of a country ("DE") or part of one ("DE-BY"); () if unknown."""
    country, _, part = code.partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=part or None, years=YEARS)
    except NotImplementedError:
        return ()
    return tuple(sorted(found))


def ensure(scope: Scope, codes: set[str]) -> None:
    """Keep a first version of each calendar that is not there yet."""
    have = set(
        models.CalendarVersion.objects.filter(
            organisation_id=scope.organisation_id, code__in=codes
        ).values_list("code", flat=True)
    )
    models.CalendarVersion.objects.bulk_create(
        models.CalendarVersion(
            organisation_id=scope.organisation_id,
            code=code,
            n=1,
            closed=[d.isoformat() for d in closed_days(code)],
        )
        for code in sorted(codes - have)
    )


def load(scope: Scope) -> dict[str, workdays.Calendar]:
    """Return every calendar version by its reference ("DE/1"); newest also by its code."""
    out: dict[str, workdays.Calendar] = {}
    rows = models.CalendarVersion.objects.filter(organisation_id=scope.organisation_id)
    for code, n, closed in rows.order_by("code", "n").values_list("code", "n", "closed"):
        calendar = workdays.Calendar(
            f"{code}/{n}", closed=[dt.date.fromisoformat(d) for d in closed]
        )
        out[calendar.ref] = out[code] = calendar
    return out
