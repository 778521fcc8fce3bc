"""May we act? Why the customer is left alone today, strongest reason first.

Origin: SEMANTICS 3, 5, 7. Knows: stops, credit, what is under way, what is not yet due. Must
not know: which step would go (that is `decide`'s), or how a message is made (`notice`'s).
"""

from __future__ import annotations

from dunwell.core import book, stops, views
from dunwell.core.reasons import ORDER, Reason
from dunwell.core.views import Place, View

FIRM = book.harshness("firm")
# Stops that hold for the whole customer, whatever is overdue (SEMANTICS 5, 7).
_WHOLE = {
    Reason.INSOLVENT: "insolvency",
    Reason.LEGAL_REPRESENTATION: "legal_representation",
    Reason.CEASED: "ceased",
}
# Stops that hold when they cover an overdue amount and nothing chaseable is left.
COVERING = {
    Reason.PLACED: ("placement", "written_off"),
    Reason.ON_HOLD: ("hold", "commercial_pause", "moved_out", "closed", "hardship"),
    Reason.PLAN_RUNNING: ("plan",),
    Reason.PROMISE_OPEN: ("promise",),
    Reason.AUTOMATIC_COLLECTION: ("automatic_collection",),
    Reason.DISPUTED: ("dispute",),
    Reason.REPLY_UNREAD: ("reply_unread",),
    Reason.DELIVERY_UNKNOWN: ("undelivered",),
}


def obstacles(view: View) -> list[Reason]:
    """Return the reasons up to `not_yet` that hold, strongest first."""
    facts = view.facts
    found: set[Reason] = set()
    if facts.is_stale:
        found.add(Reason.STALE_DATA)
    if not view.places:
        found.add(Reason.NOTHING_OPEN)
    if facts.stops:
        found.update(_stopped(view))
    if view.pos.credit_used or facts.unapplied or any(b < 0 for b in view.pos.balance.values()):
        found.update(_in_funds(view))
    found.update(reason for reason, _ in _under_way(view))
    if facts.stops and hardship(view) is not None and _only_firm(view):
        found.add(Reason.ON_HOLD)
    live = [p for p in view.places if p.is_open] if found else view.open_places
    if live and _lacks_rate(view):
        found.add(Reason.NO_RATE)
    elif view.places and not live and view.outlook.ready is None:
        if view.outlook.lacks_rate:
            found.add(Reason.NO_RATE)
        elif not _is_ended(view):
            found.add(Reason.NOT_YET)
    return sorted(found, key=ORDER.__getitem__)


def hardship(view: View) -> book.Stop | None:
    """Return the hardship pause of the day: firm and harsher steps wait, soft ones go (7)."""
    active = [
        s for s in view.facts.stops if s.kind == "hardship" and stops.is_active(s, as_of=view.as_of)
    ]
    return min(active, key=lambda s: (s.from_on, s.id), default=None)


def _only_firm(view: View) -> bool:
    """Tell whether everything that could be done today is firm or harsher."""
    steps = [p.rung.step for p in view.open_places if p.rung.step]
    if not steps:
        return view.outlook.ready is not None
    return all(s.harshness >= FIRM for s in steps)


def _stopped(view: View) -> list[Reason]:
    active = [s for s in view.facts.stops if stops.is_active(s, as_of=view.as_of)]
    found = [r for r, kind in _WHOLE.items() if any(s.kind == kind for s in active)]
    overdue = view.pos.overdue
    if not any(s.chaseable_minor for s in overdue):
        kinds = {kind for s in overdue for kind in s.covered.by_kind}
        found.extend(r for r, names in COVERING.items() if kinds.intersection(names))
    return found


def _in_funds(view: View) -> list[Reason]:
    """Credit, or cash and credit notes that cover what would be chased (SEMANTICS 3.3)."""
    balance = view.pos.balance
    owed_in = {p.at.item.currency for p in view.places} or set(balance)
    found = []
    if all(balance[c] < 0 for c in owed_in):
        found.append(Reason.IN_CREDIT)
    targets = [p for p in view.places if p.at.is_overdue and p.at.chaseable_minor]
    targets = targets or [p for p in view.places if p.is_open and p.at.chaseable_minor]
    if targets and not any(p.at.net_minor for p in targets):
        found.append(Reason.CASH_UNAPPLIED)
    return found


def _under_way(view: View) -> list[tuple[Reason, book.Flight]]:
    """Return what is not confirmed yet, the unknown first (6.5, 6.6)."""
    found = [
        (Reason.DELIVERY_UNKNOWN if f.state == "unknown" else Reason.IN_FLIGHT, f)
        for f in view.facts.flights
        if f.state == "unknown" or (f.takes_step and f.state not in ("failed", "cancelled"))
    ]
    return sorted(found, key=lambda pair: (ORDER[pair[0]], pair[1].on, pair[1].key))


def at_end(view: View) -> list[Place]:
    """Return the items behind the last step, where no outcome can hold by itself (4.9).

    A person chooses what follows, whatever younger items are on their way. Empty while an
    outcome may be proposed, today or on a day ahead.
    """
    ahead = view.outlook
    if ahead.ready is not None or ahead.days or ahead.lacks_rate:
        return []
    return behind(view)


def behind(view: View) -> list[Place]:
    """Return the overdue items that stand behind the last step, whatever may follow."""
    return [
        p for p in view.places
        if p.rung.step is None and p.at.is_overdue and p.at.chaseable_minor
    ]  # fmt: skip


def _is_ended(view: View) -> bool:
    """Tell whether every chaseable item is at the end and no outcome can hold by itself."""
    return bool(at_end(view)) and not any(
        p.rung.step is not None and p.rung.opens_on is not None
        for p in view.places
        if p.at.chaseable_minor
    )


def _lacks_rate(view: View) -> bool:
    """Tell whether no step can be judged only because an exchange rate is missing (3.1)."""
    live = [p.rung.step for p in view.places if p.is_open and p.at.net_minor > 0 and p.rung.step]
    lacking = False
    for step in {s.index: s for s in live}.values():
        if views.lacks_rate(view, step):
            lacking = True
        elif views.is_enough(view, step):
            return False
    return lacking


def refs(view: View, reason: Reason) -> dict[str, object]:
    """Return the dates and ids that belong in the reason's sentence; never day counts."""
    kinds = COVERING.get(reason) or ((_WHOLE[reason],) if reason in _WHOLE else ())
    covering = [
        s for s in view.facts.stops if s.kind in kinds and stops.is_active(s, as_of=view.as_of)
    ]
    if covering:
        stop = min(covering, key=lambda s: (s.from_on, s.id))
        refs: dict[str, object] = {"from_on": stop.from_on, "stop": stop.id}
        if stop.until_on:
            refs["until_on"] = stop.until_on
        return refs
    for found, flight in _under_way(view):
        if found is reason:
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
