"""What goes out: one message about a case, what it shows, what each item takes, to whom.

Origin: SEMANTICS 4.3, 6.5, 6.6, 6.9. Must not know: whether it may go (`standing`, `decide`).
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from functools import lru_cache

import msgspec

from dunwell.core import book, keys, ladder, law, position, workdays
from dunwell.core import policy as policies
from dunwell.core.decision import Act, Asked, Planned
from dunwell.core.views import DAY, Place, View, by_age

URGENT = book.harshness("urgent")


def plan(
    view: View, step: policies.Step, met: list[policies.Step], by_step: dict[int, list[Place]]
) -> Act:
    """Put the message together: what it is about, what it shows, what each item takes (4.3).

    Without any action where there is no valid way to reach the customer.
    """
    about = sorted(by_step[step.index], key=lambda p: by_age(p.at))
    shown = {p.at.item.id for p in about}
    also = sorted(
        (
            p
            for p in view.places
            if p.at.is_overdue and p.at.net_minor > 0 and p.at.item.id not in shown
        ),
        key=lambda p: by_age(p.at),
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
    confirmable = {s for a in actions for s in a.takes_steps}
    takes = tuple(pair for pair in takes if pair[1] in confirmable) if actions else takes
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
            for s in sorted(view.pos.standings, key=by_age)
            if "dispute" in s.covered.by_kind
        ),
        due_soon=tuple(p.at.item.id for p in soon),
        takes=takes,
        lines=tuple((s.item.id, s.net_minor) for s in demanded),
        amounts=amounts(demanded),
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
        key=lambda p: by_age(p.at),
    )


def amounts(demanded: list[position.Standing]) -> tuple[tuple[str, int], ...]:
    totals: dict[str, int] = {}
    for s in demanded:
        totals[s.item.currency] = totals.get(s.item.currency, 0) + s.net_minor
    return tuple(sorted(totals.items()))


def _actions(
    view: View, step: policies.Step, takes: tuple[tuple[int, str], ...], lead: book.Item
) -> tuple[Planned, ...]:
    """Return what is done: the step's actions, and those of the other steps taken (4.3).

    One of a kind a case: its written notice speaks for every step, and is added only where the
    step itself has none. Whatever nobody can be reached by is left out; what takes the step
    must be reachable, or nothing is.
    """
    taken = [s for s in view.cadence.steps if s.id in {step_id for _, step_id in takes}]
    others = [s for s in taken if s.id != step.id]
    wanted = [(step, a) for a in step.actions]
    for other in others:
        for action in other.actions:
            kinds = {_kind(a.channel) for _, a in wanted}
            # What says that something falls due cannot speak of what is overdue.
            if _kind(action.channel) not in kinds and other.phase == step.phase:
                wanted.append((other, action))
    planned: list[Planned] = []
    for owner, action in wanted:
        channel, contact, role = _route(view, action)
        if channel is None or channel in {p.channel for p in planned}:
            continue
        # A letter that goes because no number is known says what the step's own text says.
        text = owner.template if (action.channel, channel) == ("sms", "letter") else action.template
        planned.append(
            _planned(
                view, owner.id, lead, channel, role, text, contact,
                takes_steps=_takes(step, owner, others, action.channel, takes),
                options=action,
            )
        )  # fmt: skip
    return tuple(planned) if any(p.takes_step for p in planned) else ()


def alone(
    view: View, step: str, mark: str, lead: book.Item, *, template: str
) -> tuple[Planned, ...]:
    """Return the one mail of a message that is no step of a ladder, or what goes instead (6.6).

    It waits to be confirmed like any other, and takes no item's step; `mark` tells it from
    others about the same item. Empty where nobody can be reached.
    """
    channel, contact, role = _route(view, policies.Action("email", "ap", template))
    if channel is None:
        return ()
    made = _planned(view, step, lead, channel, role, template, contact, mark=mark)
    return (msgspec.structs.replace(made, takes_step=True),)


def _kind(channel: str) -> str:
    return channel if channel == "call" else "written"


def _takes(
    step: policies.Step,
    owner: policies.Step,
    others: list[policies.Step],
    channel: str,
    takes: tuple[tuple[int, str], ...],
) -> tuple[str, ...]:
    """Return the steps an action takes once it is confirmed (6.6).

    A step is taken by its written notice, by any of its written channels, unless it says that
    a call takes it. The message speaks for the other steps taken along with it; one that is
    taken by another kind of action waits for its own.
    """
    if _kind(channel) != _kind(owner.taken_by):
        return ()
    wanted = {step.id, *(s.id for s in others)} & {step_id for _, step_id in takes}
    mine = {
        s.id
        for s in (step, *others)
        if s is owner or (owner is step and _kind(s.taken_by) == _kind(step.taken_by))
    }
    return tuple(s.id for s in (step, *others) if s.id in wanted & mine)


def _route(view: View, action: policies.Action) -> tuple[str | None, int | None, str]:
    """Find whom to reach: the role, then others in the policy's order, then post (6.6)."""
    ceased = view.facts.ceased
    if action.channel == "call":
        if "phone" in ceased:
            return None, None, action.to
        roles = [r for r in view.facts.routes if r.channel in ("phone", "mobile")]
    elif action.channel in ceased:
        roles = []
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
    takes_steps: tuple[str, ...] = (),
    options: policies.Action | None = None,
    mark: str = "",
) -> Planned:
    facts = view.facts
    overdue = any(p.at.is_overdue for p in view.places)
    case_no = facts.case_no + (0 if facts.has_open_case else 1) if overdue else 0
    mine = view.policy.settings.hours
    hours = law.hours(facts.limits, opens=mine.start, closes=mine.end)
    attempt = dict(facts.attempts).get(f"{step}:{lead.id}:{channel}", 0) + 1
    return Planned(
        channel=channel,
        to_role=role,
        key=keys.action_key(
            facts, case_no=case_no, step=mark or step, lead=lead, channel=channel, role=role,
            attempt=attempt,
        ),
        send_at=_slot(view.as_of, hours[0], facts.time_zone),
        template=template,
        contact=contact,
        takes_step=bool(takes_steps),
        step=step,
        takes_steps=takes_steps,
        urgent=options is not None and options.urgent and channel == "email",
        read_receipt=options is not None and options.read_receipt and channel == "email",
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
    """Name only what this step or the next one proposes (6.9).

    Payment in advance is kept inside the house while anything is past due (7, Credit hold), and
    a consequence is only ever named to who is past due.
    """
    nexts = view.cadence.steps[step.index : step.index + 2]
    base = view.facts.base_currency
    amount = _counted(view, demanded)
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
    return tuple(n for n in step.names if n in proposed and n != "prepayment")


def _checkpoint(view: View, step: policies.Step) -> dict[str, object] | None:
    """Record likelihood, what was tried and what changed before each step above friendly."""
    if step.harshness == 0:
        return None
    tried = sorted((o.on.isoformat(), o.channel, o.tone) for o in view.facts.outreach)
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
    facts = view.facts
    ages = (ladder.cadence_age(s.item, quiet=s.quiet, as_of=view.as_of) for s in demanded)
    oldest = max(ages, default=0)
    amount = _counted(view, demanded)
    measures = [
        asked(view, p.what, step.id, p.approve, lead, demanded, ())
        for step in taken
        for p in step.proposes
        if oldest >= p.from_day
        and amount >= policies.minor(p.minimum, facts.base_currency)
        and (p.likelihood_below is None or is_likely_below(view, p.likelihood_below))
        and not any(a.what == p.what and _stands(view, a) for a in facts.approvals)
    ]
    return tuple({a.what: a for a in reversed(measures)}.values())


def is_likely_below(view: View, percent: int) -> bool:
    """Tell whether payment is known to be less likely than this; unknown is not below (6.12)."""
    share = view.facts.share_paid_30
    return share is not None and share < percent


def _counted(view: View, demanded: list[position.Standing]) -> int:
    """Return the amount that counts toward a threshold, in base currency: no claims (1)."""
    counted = [s for s in demanded if s.item.kind != "claim"]
    return position.in_base(view.facts, amounts(counted)).minor


def _stands(view: View, approval: book.Approval) -> bool:
    """Tell whether a measure is asked for, or in force, or refused for a while yet.

    One that was granted ends with the items it was granted for: paid, or paid and returned
    since (SEMANTICS 3.6, 7).
    """
    if approval.state == "refused":
        return approval.until_on is not None and view.as_of < approval.until_on
    if approval.state == "asked" or not approval.items or not approval.decided_on:
        return True
    granted_on = approval.decided_on
    return any(
        item.id in approval.items and not any(last >= granted_on for _, last in item.paid_gaps)
        for item in view.facts.items
    )


def ask_notice(view: View, step: policies.Step, plan: Act) -> Asked:
    """Ask the step's role about its notice, as it would go out."""
    lead = next(i for i in view.facts.items if i.id == plan.lead)
    actions = plan.actions or (
        _planned(view, step.id, lead, "internal", step.approve or "", "", None),
    )
    return Asked(
        "notice", step.id, step.tone, step.approve or "", tuple(i for i, _ in plan.lines),
        plan.takes, plan.amounts, actions,
    )  # fmt: skip


def asked(
    view: View,
    what: str,
    step: str,
    approval: str,
    lead: book.Item,
    demanded: list[position.Standing],
    takes: tuple[tuple[int, str], ...],
) -> Asked:
    """Ask a role about a measure or an outcome: an action inside the house, under its own key."""
    channel = "webhook" if what in ("suspension", "credit_hold") else "internal"
    action = _planned(view, what, lead, channel, approval, "", None)
    return Asked(
        what=what,
        step=step,
        tone="",
        approval=approval,
        items=tuple(s.item.id for s in demanded),
        takes=takes,
        amounts=amounts(demanded),
        actions=(action,),
    )


def ask_outcome(view: View, outcome: policies.OutcomeDoc) -> Asked:
    """Ask a role about an outcome for the items it would take, the oldest first (4.9)."""
    places = sorted((p.at for p in view.outlook.places), key=by_age)
    lead = places[0].item
    return asked(view, outcome.what, outcome.what, outcome.approve, lead, places, ())
