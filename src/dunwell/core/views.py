"""One case on one day, worked out once: each item's place on its ladder, and the way out.

What `standing`, `notice` and `decide` all read. Must not know: what to do about it.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
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
    """What the end of the cadence holds.

    `ready` is the outcome that may be proposed now, for `places`; `days` are the days ahead on
    which one may ripen; `lacks_rate`: an outcome's minimum cannot be judged without a rate.
    `expired` are all the items whose final demand has expired.
    """

    ready: policies.OutcomeDoc | None
    days: tuple[dt.date, ...]
    places: tuple[Place, ...]
    expired: tuple[Place, ...] = ()
    lacks_rate: bool = False


class View(NamedTuple):
    """Everything about the case on one day, worked out once.

    `given` are the facts as they were gathered, `facts` with the stops that follow from them.
    """

    given: book.Facts
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
    given, facts = facts, with_collections(facts, policy.settings)
    cadence = (
        policy.cadences[facts.cadence]
        if facts.cadence in policy.cadences
        else policy.cadence_of(facts.segment)
    )
    forward = Reason.NOT_YET in facts.brought_forward
    pos = position.stand(facts, as_of=as_of)
    places = []
    rungs = rungs_of(policy, cadence, facts.segment, facts.calendar, as_of)
    called_in = stops.defaulted(facts.stops, as_of=as_of) if facts.stops else {}
    for at in pos.standings:
        rung = rungs.of(at.item, at.quiet)
        if at.item.id in called_in:
            rung = ladder.call_in(rung, cadence, on=called_in[at.item.id])
        is_open = rung.step is not None and (
            (rung.opens_on is not None and rung.opens_on <= as_of) or (forward and at.is_overdue)
        )
        places.append(Place(at, rung, is_open))
    ahead = outlook(facts, cadence, places, as_of)
    return View(given, facts, policy, cadence, as_of, pos, places, ahead)


_known_rungs: OrderedDict[tuple[object, ...], ladder.Rungs] = OrderedDict()
_RUNGS_KEPT = 256


def rungs_of(
    policy: policies.Policy,
    cadence: policies.Cadence,
    segment: str,
    calendar: workdays.Calendar,
    as_of: dt.date,
) -> ladder.Rungs:
    """Return the rungs of a cadence on a day; the night's cases share a few of them."""
    # By identity: two organisations may each have a calendar of one name. The value keeps it.
    key = (policy.sha256, cadence.name, segment, id(calendar), as_of)
    found = _known_rungs.get(key)
    if found is None:
        found = _known_rungs[key] = ladder.Rungs(
            cadence=cadence,
            settings=policy.settings,
            grace_days=policy.grace_of(segment),
            calendar=calendar,
            as_of=as_of,
        )
        while len(_known_rungs) > _RUNGS_KEPT:
            _known_rungs.popitem(last=False)
    return found


def with_collections(facts: book.Facts, settings: policies.SettingsDoc) -> book.Facts:
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
    """Find the outcome that may be proposed, once the final demand has expired (4.9).

    Each outcome is judged on the items it would take: those whose final demand has expired and
    that are old enough for it. Claims go along, but count toward no minimum.
    """
    ended = [p for p in places if _has_final_demand(p, cadence)]
    if not ended:
        return _NO_OUTLOOK
    expiry = [_expires_on(p, cadence) for p in ended]
    expired = tuple(p for p, on in zip(ended, expiry, strict=True) if on <= as_of)
    days = [on for on in expiry if on > as_of]
    lacks = False
    most = _counted(facts, ended)
    for outcome in cadence.outcomes:
        least = policies.minor(outcome.minimum, facts.base_currency)
        if most.minor < least and not most.missing:
            continue  # no day ahead can lift it over its minimum
        taken: list[Place] = []
        for p in expired:
            on = stops.reach(p.at.quiet, start=p.at.item.due_on, days=outcome.from_day)
            if on is not None and on <= as_of:
                taken.append(p)
            elif on is not None:
                days.append(on)
        if not any(p.at.item.kind != "claim" for p in taken):
            continue
        amount = _counted(facts, taken)
        if amount.minor >= least:
            return Outlook(outcome, tuple(days), tuple(taken), expired)
        lacks = lacks or bool(amount.missing)
    return Outlook(None, tuple(days), (), expired, lacks)


def _counted(facts: book.Facts, places: list[Place]) -> position.InBase:
    """Add up what counts toward an outcome's minimum: no claims (SEMANTICS 1)."""
    return position.in_base(
        facts, ((p.at.item.currency, p.at.net_minor) for p in places if p.at.item.kind != "claim")
    )


_NO_OUTLOOK = Outlook(None, (), ())


def _has_final_demand(place: Place, cadence: policies.Cadence) -> bool:
    """Tell whether an item stands behind its final demand with something left to demand."""
    if place.rung.step is not None or not place.at.is_overdue or place.at.net_minor <= 0:
        return False
    last = place.rung.last
    return last is not None and cadence.steps[ladder.place(last, cadence)].final_demand


def _expires_on(place: Place, cadence: policies.Cadence) -> dt.date:
    """Return the first day after the item's final demand has expired."""
    last = place.rung.last
    assert last is not None
    if last.named_on:
        return last.named_on + DAY
    return last.on + dt.timedelta(days=cadence.steps[ladder.place(last, cadence)].wait)


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
    """Tell whether what the step is about meets its minimum and its share (4.4)."""
    if Reason.BELOW_MINIMUM in view.facts.brought_forward:
        return True
    met = weight(view, step).minor
    if met < minimum(view, step):
        return False
    if not step.share_percent:
        return True
    balance = position.in_base(view.facts, view.pos.balance.items()).minor
    return met * 100 >= step.share_percent * balance


def lacks_rate(view: View, step: policies.Step) -> bool:
    """Tell whether a missing rate keeps this step's minimum or share from being judged (3.1)."""
    if Reason.BELOW_MINIMUM in view.facts.brought_forward:
        return False
    amount = weight(view, step)
    if amount.minor < minimum(view, step):
        return bool(amount.missing)
    if not step.share_percent:
        return False
    balance = position.in_base(view.facts, view.pos.balance.items())
    return bool(amount.missing or balance.missing)


def by_age(standing: position.Standing) -> tuple[str, dt.date, str, str, str, int]:
    """Order items as a message lists them: a payer's children apart, the oldest first."""
    item = standing.item
    return (item.child, item.due_on, item.number, item.part, item.kind, item.id)
