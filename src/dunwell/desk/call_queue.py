"""What is to be called about today: planned calls and call tasks, with whom, when and what to say.

A call to somebody who must not be chased now (in dispute, promised, insolvent, paid …) stays
recorded but is left out, with its reason. Must not know: what a call that was made counts as
(`call`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from dunwell.core import calls as rules
from dunwell.core import law, standing, views
from dunwell.core.decision import Act
from dunwell.core.errors import Refused
from dunwell.core.reasons import Reason
from dunwell.core.scope import Scope
from dunwell.delivery import render
from dunwell.desk import by_hand, call, compose, numbers
from dunwell.store import models, personal, tx
from dunwell.store.records import calls, cases

TASK_KINDS = ("call", "broken_promise", "returned_payment")
TEMPLATE = "call_overdue"
"""The script of a call that no step planned."""
_NO_HINDRANCE = frozenset(
    (Reason.STALE_DATA, Reason.IN_FLIGHT, Reason.DELIVERY_UNKNOWN, Reason.NO_RATE, Reason.NOT_YET)
)
"""Reasons that hold messages back, and no call that is wanted anyway."""


class ToCall(NamedTuple):
    """One call to be made: the planned action, its task, or both."""

    entity: models.Entity
    customer: models.Customer
    action: models.Action | None
    task: models.Task | None

    @property
    def key(self) -> tuple[int, int]:
        """Whose case it is."""
        return (self.entity.pk, self.customer.pk)


class Part(NamedTuple):
    """A part of the queue: its calls, how many there are in all, and of whom.

    `late` are those past their day; `owners` who is to make how many of everybody's.
    """

    rows: list[dict[str, Any]]
    n: int
    late: int
    owners: dict[str, int]


def part(scope: Scope, *, owner: str, as_of: dt.date, start: int, limit: int) -> Part:
    """Return a part of the queue, or of one person's: only its own cases are worked out."""
    with tx.reading(scope):
        whole = _wanted(scope, None)
        owners = Counter(w.task.owner for w in whole if w.task and w.task.owner)
        wanted = [w for w in whole if not owner or _is_of(w, owner)]
        late = sum(_due_on(w) < as_of for w in wanted)
        rows = _told(scope, wanted[start : start + limit], as_of)
        return Part(rows, len(wanted), late, dict(owners))


def _is_of(one: ToCall, owner: str) -> bool:
    return one.task is not None and owner in (one.task.owner, one.task.escalated_to)


def queue(
    scope: Scope, *, owner: str | None = None, customer: str | None = None, as_of: dt.date
) -> list[dict[str, Any]]:
    """List what is to be called about, what is due first first; `owner` keeps one's own.

    `held_back` is the reason why a call must not be made now, or None.
    """
    with tx.reading(scope):
        whose = None
        if customer is not None:
            whose = by_hand.payer(scope, customer).pk
        wanted = _wanted(scope, whose)
        if owner is not None:
            wanted = [w for w in wanted if _is_of(w, owner)]
        return _told(scope, wanted, as_of)


def prepare(scope: Scope, customer: str, *, as_of: dt.date) -> dict[str, Any]:
    """Return what a caller has before them: what is wanted, with scripts, and what was tried.

    Raises: Refused for an unknown customer.
    """
    with tx.reading(scope):
        wanted = _wanted(scope, by_hand.payer(scope, customer).pk)
        rows = _told(scope, wanted, as_of)
        for row, one in zip(rows, wanted, strict=True):
            row["script"] = script(scope, one, as_of=as_of)
        said = call.history(scope, customer=customer)
        return {"customer": customer, "calls": rows, "history": said}


def _wanted(scope: Scope, customer_id: int | None) -> list[ToCall]:
    """Return the planned calls that wait and the other call tasks, by their due day."""
    waiting = calls.waiting(scope, customers=None if customer_id is None else [customer_id])
    rows = models.Task.objects.filter(
        organisation_id=scope.organisation_id, state="open", kind__in=TASK_KINDS,
        customer__isnull=False,
    ).select_related("entity", "customer")  # fmt: skip
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    of_action = {t.action_id: t for t in rows if t.action_id is not None}
    mine = models.Entity.objects.filter(organisation_id=scope.organisation_id)
    first = mine.order_by("pk").first()
    found = [ToCall(a.entity, a.customer, a, of_action.get(a.pk)) for a in waiting]
    for task in rows:
        if task.action_id is None and task.customer is not None:
            entity = task.entity or first
            assert entity is not None, "nobody owes where there is no company"
            found.append(ToCall(entity, task.customer, None, task))
    return sorted(found, key=lambda w: (_due_on(w), w.customer.reference, w.entity.code))


def _due_on(one: ToCall) -> dt.date:
    if one.task is not None:
        return one.task.due_on
    assert one.action is not None
    decided_on: dt.date = one.action.decision.as_of
    return decided_on


def _told(scope: Scope, wanted: Sequence[ToCall], as_of: dt.date) -> list[dict[str, Any]]:
    by_entity: dict[int, list[ToCall]] = defaultdict(list)
    for one in wanted:
        by_entity[one.entity.pk].append(one)
    seen: dict[tuple[int, int], views.View] = {}
    for pk, some in by_entity.items():
        ids = sorted({w.customer.pk for w in some})
        found = by_hand.views_of(scope, some[0].entity, ids, as_of=as_of)
        seen |= {(pk, customer): view for customer, view in found.items()}
    ids = sorted({w.customer.pk for w in wanted})
    tried, whom = calls.tries(scope, ids), numbers.of(scope, ids)
    names = personal.read(scope, "customer", ids, fields=["name"])
    notes = personal.read(scope, "task", [w.task.pk for w in wanted if w.task], fields=["note"])
    return [
        _row(w, seen.get(w.key), tried.get(w.key, []), whom.get(w.customer.pk, []))
        | {
            "name": names.get((w.customer.pk, "name"), ""),
            "why": notes.get((w.task.pk, "note"), w.task.note) if w.task else "",
            "note": notes.get((w.task.pk, "note"), "") if w.task else "",
        }
        for w in wanted
    ]


def _row(
    one: ToCall,
    view: views.View | None,
    tried: list[rules.Try],
    whom: list[numbers.Number],
) -> dict[str, Any]:
    action, task = one.action, one.task
    order = view.policy.settings.contact_order if view else ()
    people = numbers.in_order(
        whom, role=action.to_role if action else "ap",
        contact_id=action.contact_id if action else None, order=order,
    )  # fmt: skip
    first = people[0] if people else None
    since = [n for n, t in enumerate(tried) if t.outcome in rules.REACHED]
    missed = tried[since[-1] + 1 :] if since else tried
    return {
        "key": action.key if action else None,
        "task": task.pk if task else None,
        "what": action.step if action else (task.kind if task else ""),
        "customer": one.customer.reference,
        "entity": one.entity.code,
        "overdue": _overdue(view),
        "contact": _person(first),
        "others": [_person(n) for n in people[1:]],
        "attempts": len(missed),
        "last": f"{missed[-1].at:%Y-%m-%d %H:%M} {missed[-1].outcome}" if missed else None,
        "suggested": rules.next_time(missed, best=first.best_time if first else ""),
        "due_on": _due_on(one),
        "owner": task.owner if task else "",
        "escalated_to": task.escalated_to if task else "",
        "account_owner": one.customer.owner,
        "held_back": hindrance(view, action),
    }


def _person(n: numbers.Number | None) -> dict[str, Any] | None:
    if n is None:
        return None
    return {
        "role": n.role, "name": n.name, "channel": n.channel, "number": n.number,
        "best_time": n.best_time,
    }  # fmt: skip


def _overdue(view: views.View | None) -> list[dict[str, Any]]:
    """Return what is overdue and may be demanded, net, by currency."""
    sums: dict[str, int] = {}
    for s in view.pos.overdue if view else ():
        sums[s.item.currency] = sums.get(s.item.currency, 0) + s.net_minor
    return [{"currency": c, "amount_minor": m} for c, m in sorted(sums.items()) if m]


def hindrance(view: views.View | None, action: models.Action | None) -> str | None:
    """Return why nobody may call now, apart from the call itself being under way."""
    if view is None:
        return str(Reason.NOTHING_OPEN)
    flights = tuple(f for f in view.facts.flights if action is None or f.key != action.key)
    facts = msgspec.structs.replace(view.given, flights=flights)
    found = standing.obstacles(views.look(facts, view.policy, view.as_of))
    if law.next_call_on(view.facts.limits, as_of=view.as_of) > view.as_of:
        found = [*found, Reason.TOO_SOON]  # the law's count of calls, over all entities (4.5)
    return next((str(r) for r in found if r not in _NO_HINDRANCE), None)


def script(scope: Scope, one: ToCall, *, as_of: dt.date) -> str | None:
    """Return what the caller reads, with the figures of the day; None where nothing is owed."""
    view = by_hand.views_of(scope, one.entity, [one.customer.pk], as_of=as_of).get(one.customer.pk)
    if view is None:
        return None
    act = _act(one, view)
    if act is None:
        return None
    action = one.action or models.Action(
        organisation_id=scope.organisation_id, entity=one.entity, customer=one.customer,
        key="", channel="call", to_role="ap", template=TEMPLATE, step=act.step,
    )  # fmt: skip
    first = numbers.in_order(
        numbers.of(scope, [one.customer.pk]).get(one.customer.pk, []),
        role=action.to_role, contact_id=action.contact_id, order=view.policy.settings.contact_order,
    )  # fmt: skip
    action.contact_id = first[0].contact_id if first else action.contact_id
    data = compose.Book(scope, [action]).data(action, act, view.facts, on=as_of)
    try:
        return render.script(data, templates=render.with_own(view.policy.texts)).text
    except Refused as error:
        return f"({error})"


def _act(one: ToCall, view: views.View) -> Act | None:
    """Return what the call is about with fresh figures: the planned act, or all that is overdue."""
    net = {s.item.id: (s.item.currency, s.net_minor) for s in view.pos.standings if s.net_minor > 0}
    if one.action is not None:
        said = cases.unpack(bytes(one.action.decision.body))
        assert isinstance(said, Act), "only an act plans a call"
        about = tuple(i for i in said.about if i in net)
        lines = [i for i, _ in said.lines if i in net]
    else:
        said = None
        overdue = sorted((s for s in view.pos.overdue if s.item.id in net), key=views.by_age)
        about = tuple(s.item.id for s in overdue)
        lines = list(about)
    if not about:
        return None
    sums: dict[str, int] = {}
    for i in lines:
        sums[net[i][0]] = sums.get(net[i][0], 0) + net[i][1]
    fresh: dict[str, Any] = {
        "about": about,
        "lines": tuple((i, net[i][1]) for i in lines),
        "amounts": tuple(sorted(sums.items())),
        "lead": about[0],
    }
    if said is not None:
        return msgspec.structs.replace(said, **fresh)
    return Act(
        step="", tone="friendly", phase="overdue", template=TEMPLATE, takes=(), actions=(),
        refs={}, **fresh,
    )  # fmt: skip
