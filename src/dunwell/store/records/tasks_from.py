"""The tasks that follow from a look: what only a person can do about what was decided.

One pass over the lines of a batch, and one query for what is open about them: a night's many
silences that want nobody cost no more. A task ends by itself when what it was about is over.
Must not know: how a task is given to somebody (`tasks`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Protocol

from dunwell.core import book, ladder, naming, standing, views
from dunwell.core.decision import Act, Decision, Wait
from dunwell.core.reasons import Reason
from dunwell.core.scope import Scope
from dunwell.store import models, policies
from dunwell.store.records import by_case, tasks


class Line(Protocol):
    """What is read of a case that was decided (`cases.Line`)."""

    @property
    def entity_id(self) -> int: ...
    @property
    def customer_id(self) -> int: ...
    @property
    def made(self) -> Decision: ...
    @property
    def facts(self) -> book.Facts | None: ...
    @property
    def policy_version_id(self) -> int: ...
    @property
    def key(self) -> tuple[int, int]: ...


OVER = "over"
"""The outcome of a task whose cause is gone; nobody did anything about it."""

_IN_FUNDS = (Reason.CASH_UNAPPLIED, Reason.IN_CREDIT)
_OUT_OF_REACH = frozenset(
    (Reason.NOTHING_OPEN, Reason.INSOLVENT, Reason.LEGAL_REPRESENTATION, Reason.CEASED,
     Reason.PLACED, *_IN_FUNDS, Reason.PLAN_RUNNING, Reason.PROMISE_OPEN)
)  # fmt: skip
"""Reasons for which nobody need find a contact, call or choose any more. A case that is only
quiet for a while (too soon, on hold, a reply unread) keeps its tasks with their due dates, so
that they reach the manager in the end."""


_NO_CHOICE = frozenset((*_OUT_OF_REACH, Reason.STALE_DATA, Reason.ON_HOLD, Reason.NO_RATE))
"""Reasons for which nobody is asked anew what follows the end of a ladder."""


def from_lines(
    scope: Scope, lines: Sequence[Line], fresh: Sequence[Line], *, as_of: dt.date, at: dt.datetime
) -> None:
    """Open and end the tasks of one batch of decisions, inside the caller's transaction.

    A reason raises its task when it is new (`fresh`), so that what a person closed is not
    opened again every night; cash in another currency when its amount is new; the end of a
    ladder that younger items hide when nobody has chosen since.
    """
    new, people = {x.key for x in fresh}, _People(scope)
    wanted: list[tasks.Wanted] = []
    foreign: list[tasks.Wanted] = []
    ended: dict[str, tuple[tasks.Wanted, dt.date]] = {}
    true: set[str] = set()
    over: set[tuple[int, int]] = set()
    for x in lines:
        if (task := _of_reason(scope, x, people)) is not None:
            true.add(task.cause)
            if x.key in new:
                wanted.append(task)
        elif (hidden := _of_hidden_end(scope, x, as_of)) is not None:
            true.add(hidden[0].cause)
            ended[hidden[0].cause] = hidden
        loose = list(_of_loose_cash(x))
        foreign += loose
        true.update(w.cause for w in loose)
        if _is_over(x):
            over.add(x.key)
    _end(scope, lines, true, over, as_of=as_of, at=at)
    wanted += _not_answered(scope, foreign)
    wanted += _not_chosen(scope, ended)
    wanted += _calls(scope, fresh, people)
    tasks.open_all(scope, wanted, on=as_of, at=at)


def _of_reason(scope: Scope, x: Line, people: _People) -> tasks.Wanted | None:
    """Return the task one silence wants, or None."""
    made = x.made
    if not isinstance(made, Wait):
        return None
    case = f"{x.entity_id}:{x.customer_id}"
    if made.reason in _IN_FUNDS:
        return tasks.Wanted("allocate", f"allocate:{case}", *x.key)
    if made.reason is Reason.NO_ROUTE:
        return tasks.Wanted("find_route", f"find_route:{case}", *x.key)
    if made.reason is Reason.CADENCE_ENDED:
        return tasks.Wanted("choose_outcome", f"choose_outcome:{case}", *x.key)
    if made.reason is Reason.REQUIREMENT_MISSING and _wants_call(scope, x, made):
        step = str(made.refs["step"])
        note = f"Make the call that {step.replace('_', ' ')} requires."
        owner = people.of(x, step)
        return tasks.Wanted("call", f"call:{case}:{step}", *x.key, note=note, owner=owner)
    return None


class _People:
    """Whom steps name, asked of the book once and only where one does."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._here: set[str] | None = None

    def of(self, x: Line, step: str) -> str:
        """Return whom a step names, "" for nobody, or for somebody without a role here."""
        if x.facts is None:
            return ""
        policy = policies.load(self._scope, x.policy_version_id)
        cadence = policy.cadences.get(x.facts.cadence) or policy.cadence_of(x.facts.segment)
        at = cadence.by_id.get(step)
        person = "" if at is None else cadence.steps[at].person
        return person if person and person in self._staff() else ""

    def _staff(self) -> set[str]:
        if self._here is None:
            rows = models.Membership.objects.filter(organisation_id=self._scope.organisation_id)
            self._here = set(rows.values_list("user__name", flat=True))
        return self._here


def _of_hidden_end(scope: Scope, x: Line, as_of: dt.date) -> tuple[tasks.Wanted, dt.date] | None:
    """Return the choice some items want that are at their end beside younger ones (4.9).

    With it the day of the newest last step: what was chosen before it was about others.
    """
    if x.facts is None or (isinstance(x.made, Wait) and x.made.reason in _NO_CHOICE):
        return None
    policy = policies.load(scope, x.policy_version_id)
    cadence = policy.cadences.get(x.facts.cadence) or policy.cadence_of(x.facts.segment)
    end = len(cadence.steps) - 1
    if not any(ladder.place(t, cadence) == end for i in x.facts.items for t in i.taken):
        return None
    view = views.look(x.facts, policy, as_of)
    found = [p for p in standing.at_end(view) if p.at.net_minor > 0]
    if not found:
        return None
    about = ", ".join(p.at.item.label for p in found[:5]) + (" …" if len(found) > 5 else "")
    note = f"The ladder has ended for {about}: choose what follows."
    cause = f"choose_outcome:{x.entity_id}:{x.customer_id}"
    newest = max((p.rung.last.on for p in found if p.rung.last), default=dt.date.min)
    return tasks.Wanted("choose_outcome", cause, *x.key, note=note), newest


def _not_chosen(scope: Scope, ended: dict[str, tuple[tasks.Wanted, dt.date]]) -> list[tasks.Wanted]:
    """Leave out where a person has chosen since the newest last step."""
    if not ended:
        return []
    chosen: dict[str, dt.date] = {}
    for cause, on in models.Task.objects.filter(
        organisation_id=scope.organisation_id, state="done", cause__in=list(ended)
    ).exclude(outcome=OVER).values_list("cause", "created_on"):  # fmt: skip
        chosen[cause] = max(on, chosen.get(cause, on))
    return [w for cause, (w, newest) in ended.items() if chosen.get(cause, newest) <= newest]


def _wants_call(scope: Scope, x: Line, made: Wait) -> bool:
    """Tell whether what a step lacks is a call."""
    policy = policies.load(scope, x.policy_version_id)
    return any(
        need.call_within_days is not None and need.text() == made.refs["requirement"]
        for cadence in policy.cadences.values()
        for step in cadence.steps
        if step.id == made.refs["step"]
        for need in step.requires
    )


def _of_loose_cash(x: Line) -> Iterator[tasks.Wanted]:
    """Yield a task for cash in each currency in which nothing is owed, but in another (3.1)."""
    if x.facts is None or not x.facts.unapplied:
        return
    owed = {i.currency for i in x.facts.items if i.kind in book.DEBITS}
    for currency, minor in x.facts.unapplied:
        if owed and currency not in owed:
            cause = f"allocate:{x.entity_id}:{x.customer_id}:{currency}:{minor}"
            note = f"Cash in {currency}, in which nothing is owed: match it or pay it back."
            yield tasks.Wanted("allocate", cause, *x.key, note=note)


def _not_answered(scope: Scope, foreign: Sequence[tasks.Wanted]) -> list[tasks.Wanted]:
    """Leave out what a person has answered already: the same amount is not put again."""
    if not foreign:
        return []
    answered = set(
        models.Task.objects.filter(
            organisation_id=scope.organisation_id,
            state="done",
            cause__in=[w.cause for w in foreign],
        )
        .exclude(outcome=OVER)
        .values_list("cause", flat=True)
    )
    return [w for w in foreign if w.cause not in answered]


def _is_over(x: Line) -> bool:
    """Tell whether the case has moved on, or is out of reach: nobody need do anything."""
    made = x.made
    return made.reason in _OUT_OF_REACH if isinstance(made, Wait) else True


def _end(
    scope: Scope,
    lines: Sequence[Line],
    true: set[str],
    over: set[tuple[int, int]],
    *,
    as_of: dt.date,
    at: dt.datetime,
) -> None:
    """End the open tasks of these cases whose cause is over."""
    keys = {x.key for x in lines}
    rows = by_case.rows_of(
        "SELECT id, kind, cause, entity_id, customer_id FROM task WHERE organisation_id = %s"
        " AND state = 'open' AND kind IN ('allocate', 'find_route', 'choose_outcome', 'call')"
        " AND action_id IS NULL",
        scope,
        keys,
    )
    gone = [
        pk
        for pk, kind, cause, entity, customer in rows
        if cause.startswith(f"{kind}:{entity}:{customer}")
        and (entity, customer) in keys
        and cause not in true
        and (kind == "allocate" or (entity, customer) in over)
    ]
    tasks.end_these(scope, gone, outcome=OVER, on=as_of, at=at)


def _calls(scope: Scope, fresh: Sequence[Line], people: _People) -> list[tasks.Wanted]:
    """Return a task for each call that was planned, for whoever is responsible for its step."""
    planned = {
        a.key: (x, x.made)
        for x in fresh
        if isinstance(x.made, Act)
        for a in x.made.actions
        if a.channel == "call"
    }
    if not planned:
        return []
    waiting = models.Action.objects.filter(
        organisation_id=scope.organisation_id, key__in=list(planned), state="waiting"
    ).values_list("pk", "key", "step")
    found = []
    for pk, key, step in waiting:
        line, made = planned[key]
        note = f"Make the call of the {naming.plain(step)}."
        found.append(
            tasks.Wanted(
                "call", f"call:{key}", *line.key, note=note, role=made.responsible, action_id=pk,
                owner=people.of(line, step),
            )
        )  # fmt: skip
    return found
