"""The front door: what to do about one case today, or why nothing.

Read top-down. `decide` asks in the order of precedence: is there a reason to leave the
customer alone (`standing`), and if not, which step is it, may it go (here), and what goes out
(`notice`). Pure: the same facts, policy and date give the same decision, byte for byte.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from dunwell.core import book, notice, position, standing, views, workdays
from dunwell.core import policy as policies
from dunwell.core.decision import Act, Ask, Asked, Decision, Wait
from dunwell.core.reasons import Reason
from dunwell.core.views import DAY, Place, View

FIRM = book.harshness("firm")


def decide(facts: book.Facts, policy: policies.Policy, *, as_of: dt.date) -> Decision:
    """Return what to do about this case on this day: Act, Ask or Wait, with its reasons.

    Origin: SEMANTICS 2-6. `facts` must have been gathered as of the same day.
    """
    view = views.look(facts, policy, as_of)
    early = standing.obstacles(view)
    if early:
        first = early[0]
        return Wait(
            reason=first,
            also=tuple(early[1:]),
            look_again_on=standing.look_again(view, first),
            refs=standing.refs(view, first),
        )
    return _choose(view)


def _choose(view: View) -> Decision:
    """Pick the highest step that may go, ask for what needs asking, or say what is missing."""
    asks: list[Asked] = []
    if view.outlook.ready is not None:
        asks.append(notice.ask_outcome(view, view.outlook.ready))
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
    met = [s for s in allowed if views.is_enough(view, s)]
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
            plan = notice.plan(view, step, met, by_step)
            if plan is None:
                return waiting or _wait(view, Reason.NO_ROUTE, None, step=step.id)
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
            plan = notice.plan(view, step, met, by_step)
            if plan is None:
                return waiting or _wait(view, Reason.NO_ROUTE, None, step=step.id)
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
        lead = min(overdue, key=views.by_age).item
        return Ask(
            asks=(notice.asked(view, "write_off", "write_off", "manager", lead, overdue, ()),),
            refs={"step": "write_off", "role": "manager"},
        )
    return _wait(view, Reason.BELOW_MINIMUM, ripe_on if small else None, step=top.id)


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
