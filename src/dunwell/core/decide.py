"""The front door: what to do about one case today, or why nothing.

Read top-down. `decide` asks in the order of precedence: is there a reason to leave the
customer alone (`standing`), and if not, which step is it, may it go (here), and what goes out
(`notice`); last, when to look again (`horizon`). Pure: the same facts, policy and date give
the same decision, byte for byte.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import msgspec

from dunwell.core import book, horizon, law, notice, position, reminder, standing, views, workdays
from dunwell.core import policy as policies
from dunwell.core.decision import Act, Ask, Asked, Decision, Wait
from dunwell.core.reasons import Reason
from dunwell.core.views import DAY, Place, View

FRIENDLY, FIRM = book.harshness("friendly"), book.harshness("firm")


def decide(facts: book.Facts, policy: policies.Policy, *, as_of: dt.date) -> Decision:
    """Return what to do about this case on this day: Act, Ask or Wait, with its reasons.

    Origin: SEMANTICS 2-6. `facts` must have been gathered as of the same day.
    """
    view = views.look(facts, policy, as_of)
    made = _outcome(view)
    if isinstance(made, Act):
        return made
    on = horizon.look_again(view, made, again=_outcome)
    return msgspec.structs.replace(made, look_again_on=on) if on is not None else made


def _outcome(view: View) -> Decision:
    """Decide a case as worked out for a day, but for the day to look again."""
    early = standing.obstacles(view)
    if early:
        first = early[0]
        wait = Wait(reason=first, also=tuple(early[1:]), refs=standing.refs(view, first))
        return _reminder(view, early) or wait
    asks: list[Asked] = []
    if view.outlook.ready is not None and standing.hardship(view) is None:
        asks.append(notice.ask_outcome(view, view.outlook.ready))
        if _holds_lower(view, asks[0].step) or not view.open_places:
            return _ask(asks)
    by_step: dict[int, list[Place]] = {}
    for place in view.open_places:
        assert place.rung.step is not None
        by_step.setdefault(place.rung.step.index, []).append(place)
    if not by_step:
        return _write_off(view) or Wait(reason=Reason.CADENCE_ENDED)
    made = _choose(view, by_step, asks)
    if asks and isinstance(made, Wait):
        # What is asked stays asked while the lower steps wait for something of their own.
        return msgspec.structs.replace(_ask(asks), also=(made.reason,))
    return made


def _reminder(view: View, early: list[Reason]) -> Act | None:
    """Return the reminder of an instalment, where a plan is all there is to speak of (7, Plan).

    It is a contact like any other: spaced (4.5), on a contact day, after what is under way.
    """
    if early[0] is not Reason.PLAN_RUNNING or _CLEARED_UP_FIRST.intersection(early):
        return None
    if _spaced(view, FRIENDLY) is not None or not view.facts.calendar.is_open(view.as_of):
        return None
    return reminder.act(view)


_CLEARED_UP_FIRST = frozenset({Reason.REPLY_UNREAD, Reason.DELIVERY_UNKNOWN, Reason.IN_FLIGHT})


def _choose(view: View, by_step: dict[int, list[Place]], asks: list[Asked]) -> Decision:
    """Go down from the highest step: what waits holds the lower ones for a while (4.6)."""
    steps = [view.cadence.steps[i] for i in sorted(by_step, reverse=True)]
    if standing.hardship(view) is not None:
        steps = [s for s in steps if s.harshness < FIRM]
    spacing = _spacing(view, steps[0])
    if spacing is not None:
        return _too_soon(view, steps[0], spacing, by_step)
    met = [s for s in steps if views.is_enough(view, s)]
    if not met:
        return _write_off(view) or Wait(reason=Reason.BELOW_MINIMUM, refs={"step": steps[0].id})
    waiting: Decision | None = None
    for step in met:
        spacing = _spacing(view, step)
        if spacing is not None:
            return waiting or _too_soon(view, step, spacing, by_step)
        made = _may_go(view, step, met, by_step, asks)
        if isinstance(made, Act):
            return made
        waiting = waiting or made
        if isinstance(made, Ask):
            asks = list(made.asks)
            waiting = made if isinstance(waiting, Ask) else waiting
        holds = isinstance(made, Ask) or made.reason is Reason.REQUIREMENT_MISSING
        if made.reason is Reason.NO_ROUTE or (holds and _holds_lower(view, step.id)):
            return waiting
    assert waiting is not None
    return waiting


def _may_go(
    view: View,
    step: policies.Step,
    met: list[policies.Step],
    by_step: dict[int, list[Place]],
    asks: list[Asked],
) -> Act | Ask | Wait:
    """Return the act of one step, or what it lacks, in order: requirement … contact day."""
    missing = next((r for r in step.requires if not _is_satisfied(view, r)), None)
    if missing is not None:
        return Wait(
            reason=Reason.REQUIREMENT_MISSING,
            refs={"step": step.id, "requirement": missing.text()},
        )
    plan = notice.plan(view, step, met, by_step)
    if any(p.channel == "call" for p in plan.actions) and (held := _call_held(view)) is not None:
        return _too_soon(view, step, held, by_step)  # a call of a step that is taken along
    if step.approve and not _is_granted(view, step, plan):
        return _ask([*asks, notice.ask_notice(view, step, plan)])
    if not plan.actions:
        return Wait(reason=Reason.NO_ROUTE, refs={"step": step.id})
    opens_on = _contact_day(view, step)
    if opens_on is not None:
        return Wait(reason=Reason.QUIET_HOURS, refs={"step": step.id, "on": opens_on})
    return msgspec.structs.replace(plan, asks=(*asks, *plan.asks)) if asks else plan


def _ask(asks: list[Asked]) -> Ask:
    last = asks[-1]
    what = last.step if last.what == "notice" else last.what
    return Ask(asks=tuple(asks), refs={"step": what, "role": last.approval})


class _Spacing(NamedTuple):
    """Until when an earlier contact holds a step back."""

    until_on: dt.date
    contact_on: dt.date


def _spacing(view: View, step: policies.Step) -> _Spacing | None:
    """Return the contact that keeps this step from going today, or None (4.5)."""
    if any(a.channel == "call" for a in step.actions) and (held := _call_held(view)) is not None:
        return held  # the law's: nobody may bring it forward
    return _spaced(view, step.harshness)


def _spaced(view: View, harshness: int) -> _Spacing | None:
    """Return the contact that keeps one of this harshness from being made today, or None."""
    if Reason.TOO_SOON in view.facts.brought_forward:
        return None
    settings = view.policy.settings
    found: list[_Spacing] = []
    for past in view.facts.outreach:
        if not past.reached or past.on > view.as_of:
            continue
        days = max(1, settings.min_days_between_contacts)  # never two messages on one day
        tone = book.harshness(past.tone)
        if tone >= FIRM and harshness < tone:
            days = max(days, settings.min_days_milder_after_firm)
        found.append(_Spacing(past.on + dt.timedelta(days=days), past.on))
    latest = max(found, default=None)
    return latest if latest is not None and latest.until_on > view.as_of else None


def _call_held(view: View) -> _Spacing | None:
    """Return until when the law keeps a natural person from being called, or None (4.5, 13)."""
    limits = view.facts.limits
    until_on = law.next_call_on(limits, as_of=view.as_of)
    if limits is None or until_on <= view.as_of:
        return None
    days = [*limits.calls, *([limits.talked_on] if limits.talked_on else ())]
    return _Spacing(until_on, max(days, default=view.as_of))


def _too_soon(
    view: View, step: policies.Step, spacing: _Spacing, by_step: dict[int, list[Place]]
) -> Wait:
    place = min(by_step[step.index], key=lambda p: views.by_age(p.at))
    return Wait(
        reason=Reason.TOO_SOON,
        refs={
            "step": step.id,
            "item": place.at.item.label,
            "on": spacing.until_on,
            "contact_on": spacing.contact_on,
        },
    )


def _write_off(view: View) -> Ask | None:
    """Propose to write a case off that has been small for long, or None (4.4)."""
    facts, settings = view.facts, view.policy.settings
    overdue = sorted((s for s in view.pos.overdue if s.net_minor), key=views.by_age)
    counted = [s for s in overdue if s.item.kind != "claim"]
    if not counted:
        return None
    total = position.in_base(facts, ((s.item.currency, s.net_minor) for s in counted))
    if total.missing or total.minor >= policies.minor(settings.small_balance, facts.base_currency):
        return None
    since = min(s.item.due_on for s in counted)
    if facts.last_payment_on:
        since = max(since, facts.last_payment_on)
    if since + dt.timedelta(days=settings.write_off_after_days) > view.as_of:
        return None
    lead = overdue[0].item
    return _ask([notice.asked(view, "write_off", "write_off", "manager", lead, overdue, ())])


def _contact_day(view: View, step: policies.Step) -> dt.date | None:
    """Return the day on which the step may go where today is none, or None (2.5)."""
    if Reason.QUIET_HOURS in view.facts.brought_forward:
        return None
    if step.harshness >= FIRM and (ends_on := _season_ends_on(view)) is not None:
        return workdays.next_working(view.facts.calendar, ends_on + DAY)
    if view.facts.calendar.is_open(view.as_of):
        return None
    return workdays.next_working(view.facts.calendar, view.as_of)


def _season_ends_on(view: View) -> dt.date | None:
    """Return the last day of the quiet season that `as_of` lies in, or None (2.5)."""
    for season in view.policy.settings.quiet_seasons:
        for year in (view.as_of.year - 1, view.as_of.year):
            first, last = horizon.season_days(season, year)
            if first <= view.as_of <= last:
                return last
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
        return bool(view.outlook.expired)
    if need.likelihood_below is not None:
        return notice.is_likely_below(view, need.likelihood_below)
    if need.likelihood_from is not None:
        share = view.facts.share_paid_30
        return share is not None and share >= need.likelihood_from
    return any(d.kind == "plan_default" for d in done)


def _is_granted(view: View, step: policies.Step, plan: Act) -> bool:
    """Tell whether an approval stands for all that this notice demands (6.2, 6.3).

    It has not lapsed, covers every item, and no amount is higher than the one approved.
    """
    items = {i for i, _ in plan.lines}
    for a in view.facts.approvals:
        if (a.what, a.step, a.state) != ("notice", step.id, "granted") or not a.decided_on:
            continue
        most = dict(a.amounts)
        covers = not a.items or items <= set(a.items)
        no_more = not most or all(minor <= most.get(c, 0) for c, minor in plan.amounts)
        if covers and no_more and view.as_of < horizon.lapses_on(view, a.decided_on):
            return True
    return False


def _holds_lower(view: View, step: str) -> bool:
    """Tell whether a waiting step still holds the case's lower steps (4.6)."""
    since = dict(view.facts.waiting_since).get(step, view.as_of)
    return view.as_of < horizon.released_on(view, since)
