"""Why not before: the days, rules and amounts that a reason for silence rests on, in sentences.

A decision names its reason and its day; here stands what led to that day, worked out of the same
facts and policy. Must not know: what to do (`decide`), or who reads it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from dunwell.core import book, ladder, money, position, standing, views
from dunwell.core import policy as policies
from dunwell.core.decision import Decision, Wait
from dunwell.core.reasons import Reason, day_text
from dunwell.core.views import DAY, Place, View

_COVERED: Mapping[Reason, str] = {
    Reason.PLACED: "with an agency or lawyer",
    Reason.ON_HOLD: "on hold",
    Reason.PLAN_RUNNING: "in a payment plan",
    Reason.PROMISE_OPEN: "promised",
    Reason.AUTOMATIC_COLLECTION: "being collected automatically",
    Reason.DISPUTED: "in dispute",
    Reason.REPLY_UNREAD: "what an unread reply is about",
    Reason.DELIVERY_UNKNOWN: "on invoices that may not have arrived",
}
"""What to say of the part of what is overdue that a reason of `standing.COVERING` covers."""


def sentences(
    facts: book.Facts, policy: policies.Policy, made: Decision, *, as_of: dt.date
) -> list[str]:
    """Return what a silence rests on beyond its reason; nothing where the reason says it all."""
    if not isinstance(made, Wait):
        return []
    tell = _TELLS.get(made.reason)
    if tell is None and parts_of(made) < 2:
        return []
    view = views.look(facts, policy, as_of)
    said = [_parts(view)] if parts_of(made) > 1 else []
    said += [tell(view, made)] if tell is not None else []
    return [s for s in said if s]


def parts_of(made: Wait) -> int:
    """Count the reasons that each cover a part of what is overdue.

    >>> parts_of(Wait(reason=Reason.PROMISE_OPEN, also=(Reason.DISPUTED, Reason.NOT_YET)))
    2
    """
    return sum(r in standing.COVERING for r in (made.reason, *made.also))


def _parts(view: View) -> str:
    """Say how much of what is overdue each reason covers."""
    said = []
    for reason, kinds in standing.COVERING.items():
        sums: dict[str, int] = {}
        for s in view.pos.overdue:
            minor = sum(s.covered.by_kind.get(kind, 0) for kind in kinds)
            if minor:
                sums[s.item.currency] = sums.get(s.item.currency, 0) + minor
        if sums:
            said.append(f"{_amounts(sums)} is {_COVERED[reason]}")
    return f"Of what is overdue, {_list(said)}." if said else ""


def _not_yet(view: View, made: Wait) -> str:
    """Say which rule keeps the next step from going before its day."""
    place = _named(view, made)
    if place is None or place.rung.step is None or place.rung.opens_on is None:
        return ""
    step, opens_on, last = place.rung.step, place.rung.opens_on, place.rung.last
    item = place.at.item
    named_on = max(filter(None, (t.named_on for t in item.taken)), default=None)
    if named_on is not None and opens_on == named_on + DAY:
        return f"Not before, because a letter gave them until {day_text(named_on)} to pay."
    if last is not None:
        wait = view.cadence.steps[ladder.place(last, view.cadence)].wait
        waited = last.on + dt.timedelta(days=wait)
        if wait and opens_on >= waited and opens_on > _aged_on(view, place):
            return (
                f"Not before, because the policy waits {_days(wait)} after the"
                f" {_words(last.step)}, which was confirmed {day_text(last.on)}"
                f"{_paused(opens_on, waited)}."
            )
    if step.phase != "overdue":
        return f"Not before, because {item.label} is due {day_text(item.due_on)}."
    grace = view.policy.grace_of(view.facts.segment) if step.is_first_overdue else 0
    more = f" and {_days(grace)} of grace" if grace else ""
    return (
        f"Not before, because the policy takes that step {_days(step.day)}{more} after the due"
        f" date, {day_text(item.due_on)}{_paused(opens_on, _aged_on(view, place))}."
    )


def _aged_on(view: View, place: Place) -> dt.date:
    """Return the day on which its age alone would open an item's step, if no day were paused."""
    step = place.rung.step
    assert step is not None
    grace = view.policy.grace_of(view.facts.segment) if step.is_first_overdue else 0
    return place.at.item.due_on + dt.timedelta(days=step.day + grace)


def _paused(opens_on: dt.date, plain_on: dt.date) -> str:
    days = (opens_on - plain_on).days
    return f"; {_days(days)} between do not count" if days > 0 else ""


def _too_soon(view: View, made: Wait) -> str:
    days = view.policy.settings.min_days_between_contacts
    on, contact_on = _day(made.refs.get("on")), _day(made.refs.get("contact_on"))
    if on is None or contact_on is None:
        return ""
    gap = (on - contact_on).days
    if gap == max(1, days):
        return f"The policy leaves {_days(gap)} between two contacts."
    if gap == view.policy.settings.min_days_milder_after_firm:
        return f"The policy leaves {_days(gap)} before anything milder follows a firm notice."
    return ""


def _below(view: View, made: Wait) -> str:
    step = next((s for s in view.cadence.steps if s.id == made.refs.get("step")), None)
    if step is None:
        return ""
    base = view.facts.base_currency
    met = views.weight(view, step)
    least = views.minimum(view, step)
    if met.minor < least:
        return (
            f"It comes to {money.text(met.minor, base)}; the policy takes that step from"
            f" {money.text(least, base)} on."
        )
    whole = position.in_base(view.facts, view.pos.balance.items()).minor
    return (
        f"It comes to {money.text(met.minor, base)}, less than {step.share_percent} percent of"
        f" the balance of {money.text(whole, base)}."
    )


_TELLS: Mapping[Reason, Callable[[View, Wait], str]] = {
    Reason.NOT_YET: _not_yet, Reason.TOO_SOON: _too_soon, Reason.BELOW_MINIMUM: _below,
}  # fmt: skip


def _named(view: View, made: Wait) -> Place | None:
    """Return the item whose next step the decision names."""
    for p in view.places:
        rung = p.rung
        if rung.step is None or p.at.item.label != made.refs.get("item"):
            continue
        if rung.step.id == made.refs.get("step") and rung.opens_on == _day(made.refs.get("on")):
            return p
    return None


def _day(value: object) -> dt.date | None:
    """Read a day of a decision, which was a day when it was made and is a text once kept."""
    if isinstance(value, str):
        return dt.date.fromisoformat(value)
    return value if isinstance(value, dt.date) else None


def _amounts(sums: Mapping[str, int]) -> str:
    return " and ".join(money.text(m, c) for c, m in sorted(sums.items()))


def _list(said: list[str]) -> str:
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def _days(n: int) -> str:
    return f"{n} day" if n == 1 else f"{n} days"


def _words(step: str) -> str:
    return step.replace("_", " ")
