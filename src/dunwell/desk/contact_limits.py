"""The limits of contact in force: each company's, the law's, and what customers asked for.

Writes nothing. Must not know: whom a limit holds today (`desk.today` does).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from dunwell.core import law as rules
from dunwell.core import stop_words
from dunwell.core.scope import Scope
from dunwell.desk import law
from dunwell.store import models, policies, tx
from dunwell.store.lists import consent

RULES = (*rules.OF_CONTACT, "sms_stop_words")


class Company(NamedTuple):
    """What a company's policy allows, and which calendar's closed days it keeps."""

    code: str
    name: str
    policy: str
    version: int
    calendar: str
    hours: tuple[dt.time, dt.time]
    days_between: int
    days_milder: int
    daily_cap: int | None
    seasons: list[tuple[str, str]]
    order: list[str]


class Limits(NamedTuple):
    """All limits of a day: by company, rows of law with their sources, opt-outs, stop words."""

    companies: list[Company]
    law: list[dict[str, Any]]
    without: dict[str, int]
    silent: dict[str, int]
    stop_words: list[str]


def of(scope: Scope, *, as_of: dt.date) -> Limits:
    """Return the limits in force on a day."""
    found = [
        r for r in law.listed(scope, jurisdiction=None, rule=None, on=as_of) if r["rule"] in RULES
    ]
    with tx.reading(scope):
        entities = models.Entity.objects.filter(organisation_id=scope.organisation_id)
        return Limits(
            [_company(scope, e) for e in entities.order_by("pk")], found,
            consent.by_channel(scope), consent.silent(scope, as_of=as_of),
            sorted(stop_words.WORDS),
        )  # fmt: skip


def without(scope: Scope, channel: str, *, start: int, limit: int) -> list[consent.Without]:
    """Return contacts that may not be reached on a channel."""
    with tx.reading(scope):
        return consent.without(scope, channel, start=start, limit=limit)


def _company(scope: Scope, entity: models.Entity) -> Company:
    policy = policies.current(scope, entity.policy)[1]
    said = policy.settings
    return Company(
        entity.code, entity.name, policy.name, policy.version, entity.calendar,
        (said.hours.start, said.hours.end), said.min_days_between_contacts,
        said.min_days_milder_after_firm, said.daily_cap,
        [(s.first, s.last) for s in said.quiet_seasons], list(said.contact_order),
    )  # fmt: skip
