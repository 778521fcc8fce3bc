"""May we act? Why the customer is left alone today, strongest reason first, and until when.

Origin: SEMANTICS 3, 5, 7. Knows: stops, credit, what is under way, what is not yet due. Must
not know: which step would go (that is `decide`'s), or how a message is made (`notice`'s).
"""

from __future__ import annotations

import datetime as dt

from dunwell.core import stops, views
from dunwell.core.reasons import ORDER, Reason
from dunwell.core.views import DAY, View

# Stops that hold for the whole customer, whatever is overdue (SEMANTICS 5, 7).
_WHOLE = {
    Reason.INSOLVENT: "insolvency",
    Reason.LEGAL_REPRESENTATION: "legal_representation",
    Reason.CEASED: "ceased",
}
# Stops that hold when they cover an overdue amount and nothing chaseable is left.
_COVERING = {
    Reason.PLACED: ("placement", "written_off"),
    Reason.ON_HOLD: ("hold", "moved_out"),
    Reason.PLAN_RUNNING: ("plan",),
    Reason.PROMISE_OPEN: ("promise",),
    Reason.AUTOMATIC_COLLECTION: ("automatic_collection",),
    Reason.DISPUTED: ("dispute",),
    Reason.REPLY_UNREAD: ("reply_unread",),
    Reason.DELIVERY_UNKNOWN: ("undelivered",),
}


def obstacles(view: View) -> list[Reason]:
    """Return the reasons up to `not_yet` that hold, strongest first."""
    facts, places = view.facts, view.places
    found: list[Reason] = []
    if facts.is_stale:
        found.append(Reason.STALE_DATA)
    if not places:
        found.append(Reason.NOTHING_OPEN)
        return found
    if facts.stops:
        found.extend(_stopped(view))
    if view.pos.credit_used or facts.unapplied or any(b < 0 for b in view.pos.balance.values()):
        found.extend(_in_funds(view))
    for flight in facts.flights:
        if flight.state == "unknown" and Reason.DELIVERY_UNKNOWN not in found:
            found.append(Reason.DELIVERY_UNKNOWN)
        elif flight.takes_step and flight.state not in ("unknown", "failed", "cancelled"):
            found.append(Reason.IN_FLIGHT)
            break
    found.sort(key=ORDER.__getitem__)
    live = [p for p in places if p.is_open] if found else view.open_places
    if not live and view.outlook.ready is None:
        if _is_ended(view):
            return found
        found.append(Reason.NOT_YET)
    elif live and not found and _lacks_rate(view):
        found.append(Reason.NO_RATE)
    return found


def _stopped(view: View) -> list[Reason]:
    active = [s for s in view.facts.stops if stops.is_active(s, as_of=view.as_of)]
    found = [r for r, kind in _WHOLE.items() if any(s.kind == kind for s in active)]
    overdue = view.pos.overdue
    if not any(s.chaseable_minor for s in overdue):
        kinds = {kind for s in overdue for kind in s.covered.by_kind}
        found.extend(r for r, names in _COVERING.items() if kinds.intersection(names))
    return found


def _in_funds(view: View) -> list[Reason]:
    """Credit, or cash and credit notes that cover what would be chased (SEMANTICS 3.3)."""
    owed_in = {p.at.item.currency for p in view.places}
    found = []
    if all(view.pos.balance[c] < 0 for c in owed_in):
        found.append(Reason.IN_CREDIT)
    targets = [p for p in view.places if p.at.is_overdue and p.at.chaseable_minor]
    targets = targets or [p for p in view.places if p.is_open and p.at.chaseable_minor]
    if targets and not any(p.at.net_minor for p in targets):
        found.append(Reason.CASH_UNAPPLIED)
    return found


def _is_ended(view: View) -> bool:
    """Tell whether every chaseable item is at the end and no outcome can ever hold."""
    if view.outlook.later_on is not None or not view.outlook.places:
        return False
    return not any(
        p.rung.step is not None and p.rung.opens_on is not None
        for p in view.places
        if p.at.chaseable_minor
    )


def _lacks_rate(view: View) -> bool:
    """Tell whether no step's minimum is met only because an exchange rate is missing (3.1)."""
    lacking = False
    for step in {p.rung.step.index: p.rung.step for p in view.open_places if p.rung.step}.values():
        amount = views.weight(view, step)
        if amount.minor >= views.minimum(view, step):
            return False
        lacking = lacking or bool(amount.missing)
    return lacking


def look_again(view: View, first: Reason) -> dt.date | None:
    """Return the first day on which this reason may no longer be the first (2.7)."""
    if first is Reason.STALE_DATA:
        return None
    as_of = view.as_of
    opens = [p.rung.opens_on for p in view.places if p.rung.opens_on and p.at.net_minor > 0]
    if view.outlook.later_on:
        opens.append(view.outlook.later_on)
    facts = view.facts
    if first is Reason.NOT_YET and not facts.stops and not view.pos.credit_used:
        later = [on for on in opens if on > as_of]
        return min(later) if later else None
    days = {p.rung.opens_on for p in view.places if p.rung.opens_on}
    days.update(opens)
    for stop in facts.stops:
        days.add(stop.from_on)
        if stop.until_on:
            days.add(stop.until_on + DAY)
        if stop.clock_until_on:
            days.add(stop.clock_until_on + DAY)
    for item in facts.items:
        days.update((item.due_on, item.due_on + DAY))
    for day in sorted(d for d in days if d > as_of):
        early = obstacles(views.look(facts, view.policy, day))
        if not early or early[0] is not first:
            return day
    return None


def refs(view: View, reason: Reason) -> dict[str, object]:
    """Return the dates and ids that belong in the reason's sentence; never day counts."""
    kinds = _COVERING.get(reason) or ((_WHOLE[reason],) if reason in _WHOLE else ())
    for stop in view.facts.stops:
        if stop.kind in kinds and stops.is_active(stop, as_of=view.as_of):
            refs: dict[str, object] = {"from_on": stop.from_on, "stop": stop.id}
            if stop.until_on:
                refs["until_on"] = stop.until_on
            return refs
    if reason in (Reason.IN_FLIGHT, Reason.DELIVERY_UNKNOWN):
        for flight in view.facts.flights:
            return {"step": flight.step, "on": flight.on, "key": flight.key}
    if reason is Reason.NOT_YET:
        nexts = [
            (p.rung.opens_on, p.at.item.label, p.rung.step.id)
            for p in view.places
            if p.rung.opens_on and p.rung.step and p.at.net_minor > 0
        ]
        if nexts:
            on, label, step = min(nexts)
            return {"on": on, "item": label, "step": step}
    return {}
