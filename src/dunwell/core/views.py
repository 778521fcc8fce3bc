"""One case on one day, worked out once: each item's place on its ladder, and the way out.

What `standing`, `notice` and `decide` all read. Must not know: what to do about it.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import msgspec

from dunwell.core import book, ladder, position, stops, workdays
from dunwell.core import policy as policies
from dunwell.core.reasons import Reason

DAY = dt.timedelta(days=1)


class Place(NamedTuple):
    """One open item with where it stands on its ladder."""

    at: position.Standing
    rung: ladder.Rung
    is_open: bool


class Outlook(NamedTuple):
    """What the end of the cadence holds: an outcome ready now, or the day one may be."""

    ready: policies.OutcomeDoc | None
    later_on: dt.date | None
    places: tuple[Place, ...]


class View(NamedTuple):
    """Everything about the case on one day, worked out once."""

    facts: book.Facts
    policy: policies.Policy
    cadence: policies.Cadence
    as_of: dt.date
    pos: position.Position
    places: list[Place]
    outlook: Outlook

    @property
    def open_places(self) -> list[Place]:
        """Places whose next step age and wait allow, and that still have something to demand."""
        return [p for p in self.places if p.is_open and p.at.net_minor > 0]


def look(facts: book.Facts, policy: policies.Policy, as_of: dt.date) -> View:
    """Work the case out as of a day: position, and each open item's place on its ladder."""
    facts = _with_collections(facts, policy.settings)
    cadence = (
        policy.cadences[facts.cadence]
        if facts.cadence in policy.cadences
        else policy.cadence_of(facts.segment)
    )
    grace = policy.grace_of(facts.segment)
    forward = Reason.NOT_YET in facts.brought_forward
    pos = position.stand(facts, as_of=as_of)
    places = []
    for at in pos.standings:
        rung = ladder.climb(
            at.item,
            cadence=cadence,
            settings=policy.settings,
            grace_days=grace,
            calendar=facts.calendar,
            quiet=at.quiet,
            as_of=as_of,
        )
        is_open = rung.step is not None and (
            (rung.opens_on is not None and rung.opens_on <= as_of) or (forward and at.is_overdue)
        )
        places.append(Place(at, rung, is_open))
    return View(facts, policy, cadence, as_of, pos, places, outlook(facts, cadence, places, as_of))


def _with_collections(facts: book.Facts, settings: policies.SettingsDoc) -> book.Facts:
    """Stop what is collected automatically until its result must have come (SEMANTICS 3.2).

    What was collected and returned (paid by a payment later reversed) is chaseable at once.
    """
    derived = tuple(
        book.Stop(
            id=-item.id,
            kind="automatic_collection",
            from_on=dt.date.min,
            until_on=workdays.add_working(
                facts.entity_calendar, item.due_on, settings.collection_result_working_days
            ),
            items=((item.id, None),),
        )
        for item in facts.items
        if item.method and item.method in settings.automatic_methods and not item.paid_gaps
    )
    if not derived:
        return facts
    return msgspec.structs.replace(facts, stops=(*facts.stops, *derived))


def outlook(
    facts: book.Facts, cadence: policies.Cadence, places: list[Place], as_of: dt.date
) -> Outlook:
    """Find the outcome that may be proposed, once the final demand has expired (4.9)."""
    ended = [p for p in places if p.rung.step is None and p.at.is_overdue and p.at.net_minor > 0]
    if not ended:
        return Outlook(None, None, ())
    expiry = [_expires_on(p, cadence) for p in ended]
    expired = tuple(p for p, on in zip(ended, expiry, strict=True) if on <= as_of)
    later = [on for on in expiry if on > as_of]
    amount = position.in_base(
        facts, ((p.at.item.currency, p.at.net_minor) for p in ended if p.at.item.kind != "claim")
    ).minor
    for outcome in cadence.outcomes:
        if amount < policies.minor(outcome.minimum, facts.base_currency):
            continue
        reached = [
            stops.reach(p.at.quiet, start=p.at.item.due_on, days=outcome.from_day) for p in expired
        ]
        days = [on for on in reached if on is not None]
        if any(on <= as_of for on in days):
            return Outlook(outcome, None, expired)
        later.extend(days)
    return Outlook(None, min(later) if later else None, expired)


def _expires_on(place: Place, cadence: policies.Cadence) -> dt.date:
    """Return the first day after the item's final demand has expired."""
    last = place.rung.last
    if last is None:
        return place.at.item.due_on + DAY
    index = ladder.place(last, cadence)
    by_wait = last.on + dt.timedelta(days=cadence.steps[index].wait)
    return last.named_on + DAY if last.named_on else by_wait


def weight(view: View, step: policies.Step) -> position.InBase:
    """Return the net chaseable of items whose next step is this one or a higher one (4.4)."""
    amounts = []
    for p in view.places:
        if p.at.item.kind == "claim" or p.at.net_minor <= 0:
            continue
        is_due_now = p.at.is_overdue or (step.phase != "overdue" and p.is_open)
        if is_due_now and (p.rung.step is None or p.rung.step.index >= step.index):
            amounts.append((p.at.item.currency, p.at.net_minor))
    return position.in_base(view.facts, amounts)


def minimum(view: View, step: policies.Step) -> int:
    least = step.minimum if step.minimum is not None else view.policy.settings.small_balance
    return policies.minor(least, view.facts.base_currency)


def is_enough(view: View, step: policies.Step) -> bool:
    if Reason.BELOW_MINIMUM in view.facts.brought_forward:
        return True
    met = weight(view, step).minor
    if met < minimum(view, step):
        return False
    if not step.share_percent:
        return True
    balance = position.in_base(view.facts, view.pos.balance.items()).minor
    return met * 100 >= step.share_percent * balance


def by_age(standing: position.Standing) -> tuple[str, dt.date, str, str]:
    """Order items as a message lists them: a payer's children apart, the oldest first."""
    item = standing.item
    return (item.child, item.due_on, item.number, item.part)
