"""When to look again: the first day on which the outcome may differ, with no event (2.7).

Whatever a decision rests on that moves by itself is a day here: a stop that begins or ends, a
step that opens, a date named that passes, an approval that lapses. From each such day to the
next nothing changes; so the case is decided afresh on one after the other, until it comes out
otherwise. Sound by construction: a day too many costs one look, a day missing a silence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import msgspec

from dunwell.core import book, law, position, reminder, standing, views, workdays
from dunwell.core import policy as policies
from dunwell.core.decision import Ask, Decision, Wait
from dunwell.core.reasons import ORDER, Reason
from dunwell.core.views import DAY, View

_BY_EVENT = (Reason.NOTHING_OPEN, Reason.DELIVERY_UNKNOWN, Reason.IN_FLIGHT)
"""Where no stop or money stands beside them, only an event can change these."""
FIRM = book.harshness("firm")
LOOKS = 24
"""How many days are tried ahead; beyond them the case is simply looked at again."""


def look_again(
    view: View, made: Ask | Wait, *, again: Callable[[View], Decision]
) -> dt.date | None:
    """Return the first day on which this outcome may not hold any more, or None.

    `again` decides a view afresh.
    """
    if isinstance(made, Wait) and made.reason is Reason.STALE_DATA:
        return None
    if isinstance(made, Wait) and _is_simple(view):
        if made.reason is Reason.NOT_YET:
            return min((d for d in _opens(view) if d > view.as_of), default=None)
        if made.reason in _BY_EVENT:
            return None
        if made.reason is Reason.TOO_SOON and (until_on := _held_until(view)) is not None:
            return until_on
    is_early = isinstance(made, Wait) and ORDER[made.reason] <= ORDER[Reason.NOT_YET]
    given = view.given if is_early else _waiting_since_now(view, made)
    # A ladder that ends beside a younger item changes no outcome, and is a person's task (4.9).
    said, here, day = (signature(made), bool(standing.at_end(view))), view, None
    for _ in range(LOOKS):
        # A reminder of an instalment asks all that a step asks, though the wait is an early one.
        is_narrow = is_early and not view.facts.instalments
        days = _standing_edges(here) if is_narrow else edges(here, given.waiting_since)
        day = min((d for d in days if d > here.as_of), default=None)
        if day is None:
            return None
        here = views.look(given, view.policy, day)
        if (signature(again(here)), bool(standing.at_end(here))) != said:
            return day
    return day


def signature(made: Decision) -> tuple[object, ...]:
    """Return what must stay the same: the outcome, and its first reason."""
    if isinstance(made, Wait):
        return ("wait", made.reason)
    if isinstance(made, Ask):
        return ("ask", *((a.what, a.step) for a in made.asks))
    return ("act",)


def _is_simple(view: View) -> bool:
    """Tell whether nothing but the steps' own days moves: no stop, no money that silences.

    Money is netted in one order whatever the day, so an overdue item with something left to
    demand keeps it, and is demanded; as does every item where money covers none.
    """
    if view.facts.stops:
        return False
    if not (view.facts.unapplied or view.pos.credit_used):
        return True
    is_demanded = any(s.is_overdue and s.net_minor > 0 for s in view.pos.standings)
    return is_demanded or position.covers_no_item(view.facts)


def _held_until(view: View) -> dt.date | None:
    """Return until when the last contact holds every step back alike, or None.

    So it is where no contact was firm, and no step closes or is judged by a rate or the law.
    """
    facts = view.facts
    if facts.limits is not None or any(i.currency != facts.base_currency for i in facts.items):
        return None
    if any(p.rung.step is None or (p.is_open and p.rung.closes_on) for p in view.places):
        return None
    return held_until(facts.outreach, view.policy.settings, as_of=view.as_of)


def held_until(
    outreach: Sequence[book.Outreach], settings: policies.SettingsDoc, *, as_of: dt.date
) -> dt.date | None:
    """Return the first day on which contacts hold no step back, None where tones tell (4.5)."""
    reached = [past for past in outreach if past.reached]
    if any(past.on > as_of or book.harshness(past.tone) >= FIRM for past in reached):
        return None
    last_on = max((past.on for past in reached), default=None)
    if last_on is None:
        return None
    until_on = last_on + dt.timedelta(days=max(1, settings.min_days_between_contacts))
    return until_on if as_of < until_on <= as_of + dt.timedelta(days=LOOKS) else None


def _opens(view: View) -> Iterator[dt.date]:
    for p in view.places:
        if p.rung.opens_on and p.at.net_minor > 0:
            yield p.rung.opens_on
    yield from view.outlook.days


def _waiting_since_now(view: View, made: Ask | Wait) -> book.Facts:
    """Return the facts as they stand once this outcome is recorded: it waits since today."""
    have = dict(view.given.waiting_since)
    steps = [a.step for a in made.asks] if isinstance(made, Ask) else []
    if isinstance(made, Wait) and made.reason is Reason.REQUIREMENT_MISSING:
        steps = [str(made.refs["step"])]
    new = tuple((s, view.as_of) for s in steps if s not in have)
    if not new:
        return view.given
    return msgspec.structs.replace(view.given, waiting_since=(*view.given.waiting_since, *new))


def _standing_edges(view: View) -> Iterator[dt.date]:
    """Yield every day on which what `standing` asks may change by itself."""
    for stop in view.facts.stops:
        yield stop.from_on
        if stop.until_on:
            yield stop.until_on + DAY
        if stop.clock_until_on:
            yield stop.clock_until_on + DAY
    for place in view.places:
        yield place.at.item.due_on
        yield place.at.item.due_on + DAY
        if place.rung.opens_on:
            yield place.rung.opens_on
        if place.rung.closes_on:
            yield place.rung.closes_on + DAY
    yield from view.outlook.days


def edges(view: View, waiting_since: tuple[tuple[str, dt.date], ...]) -> Iterator[dt.date]:
    """Yield every day on which something this view rests on may change by itself."""
    facts, settings = view.facts, view.policy.settings
    yield from _standing_edges(view)
    yield from reminder.edges(view)
    for approval in facts.approvals:
        if approval.until_on:
            yield approval.until_on
        if approval.decided_on:
            yield lapses_on(view, approval.decided_on)
    for _, since in waiting_since:
        yield released_on(view, since)
    for past in facts.outreach:
        yield past.on + dt.timedelta(days=max(1, settings.min_days_between_contacts))
        yield past.on + dt.timedelta(days=settings.min_days_milder_after_firm)
    if any(p.rung.step and p.rung.step.harshness >= FIRM for p in view.open_places):
        # A season silences only what is firm or harsher, and only where it could go.
        for season in settings.quiet_seasons:
            yield from _season_edges(season, view.as_of.year)
    if facts.limits is not None:
        yield law.next_call_on(facts.limits, as_of=view.as_of)
    yield from _required(view)
    yield from _ripe(view)
    if not facts.calendar.is_open(view.as_of):
        yield workdays.next_working(facts.calendar, view.as_of)


def lapses_on(view: View, decided_on: dt.date) -> dt.date:
    """Return the first day on which an approval stands no more (6.3)."""
    days = view.policy.settings.approval_lapses_working_days
    return workdays.add_working(view.facts.entity_calendar, decided_on, days) + DAY


def released_on(view: View, since: dt.date) -> dt.date:
    """Return the day on which what waits since then no longer holds the lower steps (4.6)."""
    days = view.policy.settings.holds_lower_working_days
    return workdays.add_working(view.facts.entity_calendar, since, days)


def season_days(season: policies.SeasonDoc, year: int) -> tuple[dt.date, dt.date]:
    """Return the first and last day of the season that begins in a year; 02-29 is February's end.

    >>> season_days(policies.SeasonDoc(first="12-24", last="01-01"), 2026)
    (datetime.date(2026, 12, 24), datetime.date(2027, 1, 1))
    """
    ends_in = year + (1 if season.first > season.last else 0)
    return _day(year, season.first), _day(ends_in, season.last)


def _day(year: int, month_day: str) -> dt.date:
    month, day = (int(n) for n in month_day.split("-"))
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return dt.date(year, month, 28 if (month, day) == (2, 29) and not is_leap else day)


@lru_cache(maxsize=256)
def _season_edges(season: policies.SeasonDoc, year: int) -> tuple[dt.date, ...]:
    days: list[dt.date] = []
    for begins_in in (year - 1, year, year + 1):
        first, last = season_days(season, begins_in)
        days += (first, last + DAY)
    return tuple(days)


def _required(view: View) -> Iterator[dt.date]:
    """Yield the days on which what a step requires comes true, or no longer is."""
    for step in {p.rung.step.index: p.rung.step for p in view.places if p.rung.step}.values():
        for need in step.requires:
            for done in view.facts.done:
                if need.call_within_days is not None and done.kind == "call":
                    yield done.on + dt.timedelta(days=need.call_within_days + 1)
                if need.no_reply_days is not None and done.kind == "reply":
                    yield done.on + dt.timedelta(days=need.no_reply_days)


def _ripe(view: View) -> Iterator[dt.date]:
    """Yield the days on which a small balance may be old enough to be written off (4.4)."""
    days = dt.timedelta(days=view.policy.settings.write_off_after_days)
    for place in view.places:
        yield place.at.item.due_on + days
    if view.facts.last_payment_on:
        yield view.facts.last_payment_on + days
