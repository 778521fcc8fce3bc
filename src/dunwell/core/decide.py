"""The front door: what to do about one case today, or why nothing.

Read top-down. `decide` asks in the order of precedence: is there a reason to leave the
customer alone (`_early`), and if not, which step is it, may it go, to whom (`_choose`).
Pure: the same facts, policy and date give the same decision, byte for byte.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from functools import lru_cache
from typing import NamedTuple

import msgspec

from dunwell.core import book, keys, ladder, position, stops, workdays
from dunwell.core import policy as policies
from dunwell.core.decision import Act, Ask, Asked, Decision, Planned, Wait
from dunwell.core.reasons import Reason

DAY = dt.timedelta(days=1)
FIRM = book.harshness("firm")
URGENT = book.harshness("urgent")

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


def decide(facts: book.Facts, policy: policies.Policy, *, as_of: dt.date) -> Decision:
    """Return what to do about this case on this day: Act, Ask or Wait, with its reasons.

    Origin: SEMANTICS 2-6. `facts` must have been gathered as of the same day.
    """
    view = _view(facts, policy, as_of)
    early = _early(view)
    if early:
        first = early[0]
        return Wait(
            reason=first,
            also=tuple(early[1:]),
            look_again_on=_look_again(view, first),
            refs=_refs(view, first),
        )
    return _choose(view)


def _view(facts: book.Facts, policy: policies.Policy, as_of: dt.date) -> View:
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
    return View(facts, policy, cadence, as_of, pos, places, _outlook(facts, cadence, places, as_of))


def _outlook(
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


# --- why the customer is left alone ----------------------------------------------------------


def _early(view: View) -> list[Reason]:
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
    found.sort(key=list(Reason).index)
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
        amount = _weight(view, step)
        if amount.minor >= _minimum(view, step):
            return False
        lacking = lacking or bool(amount.missing)
    return lacking


def _look_again(view: View, first: Reason) -> dt.date | None:
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
        early = _early(_view(facts, view.policy, day))
        if not early or early[0] is not first:
            return day
    return None


def _refs(view: View, reason: Reason) -> dict[str, object]:
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


# --- which step, and may it go ---------------------------------------------------------------


def _choose(view: View) -> Decision:
    """Pick the highest step that may go, ask for what needs asking, or say what is missing."""
    asks: list[Asked] = []
    if view.outlook.ready is not None:
        asks.append(_ask_outcome(view, view.outlook.ready))
        if _holds_lower(view, asks[0].step) or not view.open_places:
            return Ask(asks=tuple(asks), refs={"step": asks[0].what, "role": asks[0].approval})
    by_step: dict[int, list[Place]] = {}
    for place in view.open_places:
        assert place.rung.step is not None
        by_step.setdefault(place.rung.step.index, []).append(place)
    if not by_step:
        return Wait(reason=Reason.CADENCE_ENDED)
    season_ends = _season_ends_on(view)
    steps = [view.cadence.steps[i] for i in sorted(by_step, reverse=True)]
    allowed = [s for s in steps if not (season_ends and s.harshness >= FIRM)]
    top = (allowed or steps)[0]
    if (hold_on := _spaced_on(view, top)) > view.as_of:
        return _too_soon(view, top, hold_on, by_step)
    if not allowed:
        assert season_ends is not None
        return _wait(view, Reason.QUIET_HOURS, season_ends + DAY, step=top.id)
    met = [s for s in allowed if _weight_is_enough(view, s)]
    if not met:
        return _below_minimum(view, top)
    return _first_that_may_go(view, met, asks, by_step)


def _first_that_may_go(
    view: View, met: list[policies.Step], asks: list[Asked], by_step: dict[int, list[Place]]
) -> Decision:
    """Go down from the highest step: what waits holds the lower ones for a while (4.6)."""
    waiting: Decision | None = None
    for step in met:
        if (hold_on := _spaced_on(view, step)) > view.as_of:
            return waiting or _too_soon(view, step, hold_on, by_step)
        missing = next((r for r in step.requires if not _is_satisfied(view, r)), None)
        if missing is not None:
            waiting = waiting or _wait(
                view,
                Reason.REQUIREMENT_MISSING,
                _holds_until(view, step.id),
                step=step.id,
                requirement=missing.text(),
            )
        elif step.approve and not _is_granted(view, "notice", step.id):
            plan = _plan(view, step, met, by_step)
            if isinstance(plan, Wait):
                return waiting or plan
            asks.append(
                Asked(
                    "notice", step.id, step.tone, step.approve, plan.about + plan.also_overdue,
                    plan.takes, plan.amounts, plan.actions,
                )
            )  # fmt: skip
            waiting = waiting or Ask(
                asks=tuple(asks),
                refs={"step": step.id, "role": step.approve},
                look_again_on=_holds_until(view, step.id),
            )
        else:
            plan = _plan(view, step, met, by_step)
            if isinstance(plan, Wait):
                return waiting or plan
            if not view.facts.calendar.is_open(view.as_of) and (
                Reason.QUIET_HOURS not in view.facts.brought_forward
            ):
                on = workdays.next_working(view.facts.calendar, view.as_of)
                return waiting or _wait(view, Reason.QUIET_HOURS, on, step=step.id, on=on)
            return _with_asks(plan, asks)
        if _holds_lower(view, step.id):
            return waiting
    return waiting or Wait(reason=Reason.CADENCE_ENDED)


def _with_asks(act: Act, asks: list[Asked]) -> Act:

    return msgspec.structs.replace(act, asks=(*asks, *act.asks)) if asks else act


def _wait(view: View, reason: Reason, look_on: dt.date | None, **refs: object) -> Wait:
    """Return a Wait that looks again on the day given, or when another step opens before it."""
    opens = [
        p.rung.opens_on
        for p in view.places
        if p.rung.opens_on and p.rung.opens_on > view.as_of and p.at.net_minor > 0
    ]
    edges = [s.until_on + DAY for s in view.facts.stops if s.until_on]
    edges += [s.from_on for s in view.facts.stops]
    edges += [i.due_on + DAY for i in view.facts.items]
    later = [d for d in [*opens, *edges] if d > view.as_of]
    days = [*later, look_on] if look_on is not None and look_on > view.as_of else later
    return Wait(reason=reason, look_again_on=min(days) if days else None, refs=dict(refs))


def _too_soon(
    view: View, step: policies.Step, on: dt.date, by_step: dict[int, list[Place]]
) -> Wait:
    last = max(view.facts.outreach, key=lambda o: o.on)
    place = by_step[step.index][0]
    return _wait(
        view,
        Reason.TOO_SOON,
        on,
        step=step.id,
        item=place.at.item.label,
        on=on,
        contact_on=last.on,
    )


def _below_minimum(view: View, top: policies.Step) -> Decision:
    """Wait below the minimum; a case small for long is proposed for write-off (4.4)."""
    facts, settings = view.facts, view.policy.settings
    overdue = [s for s in view.pos.overdue if s.net_minor]
    total = position.in_base(facts, ((s.item.currency, s.net_minor) for s in overdue)).minor
    if not overdue:
        return _wait(view, Reason.BELOW_MINIMUM, None, step=top.id)
    since = min(s.item.due_on for s in overdue)
    if facts.last_payment_on:
        since = max(since, facts.last_payment_on)
    ripe_on = since + dt.timedelta(days=settings.write_off_after_days)
    small = total < policies.minor(settings.small_balance, facts.base_currency)
    if small and ripe_on <= view.as_of:
        lead = min(overdue, key=_by_age).item
        return Ask(
            asks=(_asked(view, "write_off", "write_off", "manager", lead, overdue, ()),),
            refs={"step": "write_off", "role": "manager"},
        )
    return _wait(view, Reason.BELOW_MINIMUM, ripe_on if small else None, step=top.id)


def _weight(view: View, step: policies.Step) -> position.InBase:
    """Return the net chaseable of items whose next step is this one or a higher one (4.4)."""
    amounts = []
    for p in view.places:
        if p.at.item.kind == "claim" or p.at.net_minor <= 0:
            continue
        is_due_now = p.at.is_overdue or (step.phase != "overdue" and p.is_open)
        if is_due_now and (p.rung.step is None or p.rung.step.index >= step.index):
            amounts.append((p.at.item.currency, p.at.net_minor))
    return position.in_base(view.facts, amounts)


def _minimum(view: View, step: policies.Step) -> int:
    least = step.minimum if step.minimum is not None else view.policy.settings.small_balance
    return policies.minor(least, view.facts.base_currency)


def _weight_is_enough(view: View, step: policies.Step) -> bool:
    if Reason.BELOW_MINIMUM in view.facts.brought_forward:
        return True
    weight = _weight(view, step).minor
    if weight < _minimum(view, step):
        return False
    if not step.share_percent:
        return True
    balance = position.in_base(view.facts, view.pos.balance.items()).minor
    return weight * 100 >= step.share_percent * balance


def _spaced_on(view: View, step: policies.Step) -> dt.date:
    """Return the first day this step may contact the customer after earlier contacts (4.5)."""
    settings, on = view.policy.settings, dt.date.min
    if Reason.TOO_SOON in view.facts.brought_forward:
        return on
    for past in view.facts.outreach:
        if not past.reached or past.on > view.as_of:
            continue
        days = settings.min_days_between_contacts
        tone = book.harshness(past.tone)
        if tone >= FIRM and step.harshness < tone:
            days = max(days, settings.min_days_milder_after_firm)
        on = max(on, past.on + dt.timedelta(days=days))
    return on


def _season_ends_on(view: View) -> dt.date | None:
    """Return the last day of the quiet season that `as_of` lies in, or None (2.5)."""
    for season in view.policy.settings.quiet_seasons:
        first, last = season.first, season.last
        today = f"{view.as_of:%m-%d}"
        wraps = first > last
        inside = today >= first or today <= last if wraps else first <= today <= last
        if inside:
            year = view.as_of.year + (1 if wraps and today >= first else 0)
            month, day = (int(n) for n in last.split("-"))
            return dt.date(year, month, day)
    return None


def _is_satisfied(view: View, need: policies.RequireDoc) -> bool:
    """Tell whether what a step requires has happened (4.6)."""
    done, as_of = view.facts.done, view.as_of
    if need.call_within_days is not None:
        since = as_of - dt.timedelta(days=need.call_within_days)
        return any(d.kind == "call" and since <= d.on <= as_of for d in done)
    if need.no_reply_days is not None:
        since = as_of - dt.timedelta(days=need.no_reply_days)
        return not any(d.kind == "reply" and since < d.on <= as_of for d in done)
    if need.attempts is not None:
        tried = [d for d in done if d.kind in ("attempt", "call")]
        return len(tried) >= need.attempts and len({d.channel for d in tried}) >= need.channels
    if need.final_demand_expired:
        return bool(view.outlook.places)
    return any(d.kind == "plan_default" for d in done)


def _is_granted(view: View, what: str, step: str) -> bool:
    """Tell whether an approval stands that has not lapsed (6.3)."""
    lapse = view.policy.settings.approval_lapses_working_days
    for a in view.facts.approvals:
        if a.what == what and a.step == step and a.state == "granted" and a.decided_on:
            last = workdays.add_working(view.facts.entity_calendar, a.decided_on, lapse)
            if view.as_of <= last:
                return True
    return False


def _holds_until(view: View, step: str) -> dt.date:
    since = dict(view.facts.waiting_since).get(step, view.as_of)
    days = view.policy.settings.holds_lower_working_days
    return workdays.add_working(view.facts.entity_calendar, since, days)


def _holds_lower(view: View, step: str) -> bool:
    """Tell whether a waiting step still holds the case's lower steps (4.6)."""
    return view.as_of < _holds_until(view, step)


# --- what goes out ---------------------------------------------------------------------------


def _by_age(standing: position.Standing) -> tuple[dt.date, str, str]:
    return (standing.item.due_on, standing.item.number, standing.item.part)


def _plan(
    view: View, step: policies.Step, met: list[policies.Step], by_step: dict[int, list[Place]]
) -> Act | Wait:
    """Put the message together: what it is about, what it shows, what each item takes (4.3)."""
    about = sorted(by_step[step.index], key=lambda p: _by_age(p.at))
    shown = {p.at.item.id for p in about}
    also = sorted(
        (
            p
            for p in view.places
            if p.at.is_overdue and p.at.net_minor > 0 and p.at.item.id not in shown
        ),
        key=lambda p: _by_age(p.at),
    )
    soon = _due_soon(view, step, shown) if step.harshness <= URGENT else []
    met_indexes = {s.index for s in met if s.index <= step.index}
    takes = tuple(
        (p.at.item.id, p.rung.step.id)
        for p in (*about, *also, *soon)
        if p.is_open and p.rung.step is not None and p.rung.step.index in met_indexes
    )
    demanded = [p.at for p in (*about, *also)]
    lead = about[0].at.item
    actions = _actions(view, step, takes, lead)
    if isinstance(actions, Wait):
        return actions
    taken = {step_id for _, step_id in takes}
    return Act(
        step=step.id,
        tone=step.tone,
        phase=step.phase,
        template=step.template,
        lead=lead.id,
        about=tuple(p.at.item.id for p in about),
        also_overdue=tuple(p.at.item.id for p in also),
        under_query=tuple(
            (s.item.id, s.covered.by_kind["dispute"])
            for s in view.pos.standings
            if "dispute" in s.covered.by_kind
        ),
        due_soon=tuple(p.at.item.id for p in soon),
        takes=takes,
        lines=tuple((s.item.id, s.net_minor) for s in demanded),
        amounts=_amounts(demanded),
        actions=actions,
        asks=_proposals(view, [s for s in view.cadence.steps if s.id in taken], lead, demanded),
        named_on=_named_on(view, step),
        is_final_demand=step.final_demand,
        signatory=step.signatory,
        responsible=step.responsible,
        consequences=_consequences(view, step, demanded),
        checkpoint=_checkpoint(view, step),
        refs=_why(about[0], step),
    )


def _why(place: Place, step: policies.Step) -> dict[str, object]:
    refs: dict[str, object] = {
        "item": place.at.item.label,
        "due_on": place.at.item.due_on,
        "step": step.id,
    }
    if place.rung.last is not None:
        refs |= {"last_step": place.rung.last.step, "last_on": place.rung.last.on}
    return refs


def _due_soon(view: View, step: policies.Step, shown: set[int]) -> list[Place]:
    horizon = view.as_of + dt.timedelta(days=view.policy.settings.due_soon_days)
    return sorted(
        (
            p
            for p in view.places
            if not p.at.is_overdue
            and p.at.net_minor > 0
            and p.at.item.id not in shown
            and (p.at.item.due_on <= horizon or p.is_open)
        ),
        key=lambda p: _by_age(p.at),
    )


def _amounts(demanded: list[position.Standing]) -> tuple[tuple[str, int], ...]:
    totals: dict[str, int] = {}
    for s in demanded:
        totals[s.item.currency] = totals.get(s.item.currency, 0) + s.net_minor
    return tuple(sorted(totals.items()))


def _actions(
    view: View, step: policies.Step, takes: tuple[tuple[int, str], ...], lead: book.Item
) -> tuple[Planned, ...] | Wait:
    """Return the step's actions, with the calls of the other steps taken, one of a kind."""
    wanted = list(step.actions)
    taken = {step_id for _, step_id in takes}
    for other in view.cadence.steps:
        if other.id in taken and other.id != step.id:
            kinds = {a.channel for a in wanted}
            wanted += [a for a in other.actions if a.channel == "call" and "call" not in kinds]
    planned: list[Planned] = []
    for action in wanted:
        channel, contact, role = _route(view, action)
        if channel is None:
            return _wait(view, Reason.NO_ROUTE, None, step=step.id)
        if channel in {p.channel for p in planned}:
            continue
        planned.append(
            _planned(
                view, step.id, lead, channel, role, action.template, contact,
                takes_step=channel == step.taken_by or action.channel == step.taken_by,
            )
        )  # fmt: skip
    return tuple(planned)


def _route(view: View, action: policies.Action) -> tuple[str | None, int | None, str]:
    """Find whom to reach: the role, then others in the policy's order, then post (6.6)."""
    if action.channel == "call":
        roles = [r for r in view.facts.routes if r.channel in ("phone", "mobile")]
    else:
        roles = [r for r in view.facts.routes if r.channel == action.channel]
    order = [action.to, *(r for r in view.policy.settings.contact_order if r != action.to)]
    for role in order:
        for route in roles:
            if route.role == role:
                return action.channel, route.contact, role
    if action.channel == "call":
        return "call", None, action.to
    for role in order:
        for route in view.facts.routes:
            if route.channel == "letter" and route.role == role:
                return "letter", route.contact, role
    return None, None, action.to


def _planned(
    view: View,
    step: str,
    lead: book.Item,
    channel: str,
    role: str,
    template: str,
    contact: int | None,
    *,
    takes_step: bool,
) -> Planned:
    facts = view.facts
    overdue = any(p.at.is_overdue for p in view.places)
    case_no = facts.case_no + (0 if facts.has_open_case else 1) if overdue else 0
    attempt = dict(facts.attempts).get(f"{step}:{lead.id}:{channel}", 0) + 1
    return Planned(
        channel=channel,
        to_role=role,
        key=keys.action_key(
            facts, case_no=case_no, step=step, lead=lead, channel=channel, role=role,
            attempt=attempt,
        ),
        send_at=_slot(view.as_of, view.policy.settings.hours.start, facts.time_zone),
        template=template,
        contact=contact,
        takes_step=takes_step,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _slot(day: dt.date, start: dt.time, time_zone: str) -> str:
    """Return the day's first contact slot in the debtor's zone, as ISO text (2.5)."""
    zone = zoneinfo.ZoneInfo(time_zone)
    return dt.datetime.combine(day, start, tzinfo=zone).isoformat()


def _named_on(view: View, step: policies.Step) -> dt.date | None:
    """Return the pay-by or respond-by date the message names (4.2, 2.5)."""
    if step.phase != "overdue":
        return None
    calendar, as_of = view.facts.calendar, view.as_of
    if step.final_demand:
        return workdays.next_working(calendar, as_of + dt.timedelta(days=step.respond_within))
    last = workdays.previous_working(calendar, as_of + dt.timedelta(days=step.wait - 1))
    return last if last > as_of else workdays.next_working(calendar, as_of + DAY)


def _consequences(
    view: View, step: policies.Step, demanded: list[position.Standing]
) -> tuple[str, ...]:
    """Name only what this step or the next one proposes (6.9)."""
    nexts = view.cadence.steps[step.index : step.index + 2]
    base = view.facts.base_currency
    amount = position.in_base(view.facts, _amounts(demanded)).minor
    proposed: set[str] = {
        p.what for s in nexts for p in s.proposes if amount >= policies.minor(p.minimum, base)
    }
    if step.final_demand or step is view.cadence.steps[-1]:
        names = {"placement": "agency", "legal_referral": "legal"}
        proposed |= {
            names[o.what]
            for o in view.cadence.outcomes
            if amount >= policies.minor(o.minimum, base)
        }
    return tuple(n for n in step.names if n in proposed)


def _checkpoint(view: View, step: policies.Step) -> dict[str, object] | None:
    """Record likelihood, what was tried and what changed before each step above friendly."""
    if step.harshness == 0:
        return None
    tried = [(o.on.isoformat(), o.channel, o.tone) for o in view.facts.outreach]
    return {
        "share_paid_within_30_days_percent": view.facts.share_paid_30,
        "tried": tried,
        "last_payment_on": view.facts.last_payment_on,
    }


def _proposals(
    view: View,
    taken: list[policies.Step],
    lead: book.Item,
    demanded: list[position.Standing],
) -> tuple[Asked, ...]:
    """Return the measures the steps taken propose; they wait for their own approval (6.3)."""
    facts, asked = view.facts, []
    amount = position.in_base(facts, _amounts(demanded)).minor
    for step in taken:
        for p in step.proposes:
            pending = any(
                a.what == p.what
                and (a.state != "refused" or (a.until_on and view.as_of < a.until_on))
                for a in facts.approvals
            )
            if not pending and amount >= policies.minor(p.minimum, facts.base_currency):
                asked.append(_asked(view, p.what, step.id, p.approve, lead, demanded, ()))
    return tuple({a.what: a for a in reversed(asked)}.values())


def _asked(
    view: View,
    what: str,
    step: str,
    approval: str,
    lead: book.Item,
    demanded: list[position.Standing],
    takes: tuple[tuple[int, str], ...],
) -> Asked:
    channel = "webhook" if what in ("suspension", "credit_hold") else "internal"
    action = _planned(view, what, lead, channel, approval, "", None, takes_step=False)
    return Asked(
        what=what,
        step=step,
        tone="",
        approval=approval,
        items=tuple(s.item.id for s in demanded),
        takes=takes,
        amounts=_amounts(demanded),
        actions=(action,),
    )


def _ask_outcome(view: View, outcome: policies.OutcomeDoc) -> Asked:
    places = [p.at for p in view.outlook.places]
    lead = min(places, key=_by_age).item
    return _asked(view, outcome.what, outcome.what, outcome.approve, lead, places, ())
