"""The end of a ladder: what a person chose is done, or it is said why not (SEMANTICS 4.9).

Read `choose`, then the five ways. An agency, a lawyer and a write-off are asked of their role; a
plan is put before a collector; what is closed is left alone for good, until a person takes that
back. A question refused brings the choice back (`refused`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from dunwell.core import standing
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.core.views import Place
from dunwell.desk import checklist, placement, plan, write_off
from dunwell.store import journal, models
from dunwell.store.records import handoffs, tasks, watch

CLOSED = "closed"
"""The kind of the stop that leaves items alone for good."""


def choose(
    scope: Scope, task: models.Task, outcome: str, *, note: str, on: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """Do what was chosen, inside the caller's transaction; return what came of it, by its id.

    Raises: Refused for what is none of the choices, whose conditions do not hold today, or
    where nothing is at its end any more.
    """
    if outcome not in WAYS:
        raise Refused("bad_outcome", f"--outcome {outcome!r} is none of {', '.join(WAYS)}")
    assert task.customer is not None, "a ladder is a customer's"
    assert task.entity is not None, "and owed to one entity"
    case = checklist.case_of(scope, task.customer, task.entity, as_of=on)
    places = [p for p in standing.behind(case.view) if p.at.net_minor > 0]
    if not places:
        raise Refused("nothing_open", "nothing is at the end of its ladder any more")
    made = WAYS[outcome](scope, case, places, note, on, now)
    refs = {"task": task.pk, "customer": case.customer.pk, "outcome": outcome, "on": on}
    refs["items"] = [p.at.item.id for p in places]
    journal.append(scope, "outcome_chosen", refs=refs | made, at=now)
    return made


def _hand_over(kind: str) -> _Way:
    def do(
        scope: Scope, case: checklist.Case, places: list[Place], note: str, on: dt.date,
        now: dt.datetime,
    ) -> dict[str, Any]:  # fmt: skip
        asked = placement.propose(
            scope, case.customer.reference, kind=kind, entity=case.entity.code, as_of=on, now=now
        )
        return {"approval": asked["id"]}

    return do


def _give_up(
    scope: Scope, case: checklist.Case, places: list[Place], note: str, on: dt.date,
    now: dt.datetime,
) -> dict[str, Any]:  # fmt: skip
    if not note.strip():
        raise Refused("reason_missing", "say why it is written off: --note")
    is_all = len(places) == sum(bool(p.at.chaseable_minor) for p in case.view.places)
    asked = write_off.propose(
        scope, case.customer.reference, items=[] if is_all else [p.at.item.label for p in places],
        amount=None, reason=note, entity=case.entity.code, as_of=on, now=now,
    )  # fmt: skip
    return {"approval": asked["approval"], "write_off": asked["id"]}


def _offer_plan(
    scope: Scope, case: checklist.Case, places: list[Place], note: str, on: dt.date,
    now: dt.datetime,
) -> dict[str, Any]:  # fmt: skip
    plan.check_offer(
        scope, case.customer.reference, [p.at.item.label for p in places], on=on,
        entity=case.entity.code,
    )  # fmt: skip
    cause = f"offer_plan:end:{case.entity.pk}:{case.customer.pk}"
    wanted = tasks.Wanted("offer_plan", cause, case.entity.pk, case.customer.pk)
    tasks.open_all(scope, [wanted], on=on, at=now)
    task = models.Task.objects.get(organisation_id=scope.organisation_id, cause=cause, state="open")
    return {"task": task.pk}


def _leave_alone(
    scope: Scope, case: checklist.Case, places: list[Place], note: str, on: dt.date,
    now: dt.datetime,
) -> dict[str, Any]:  # fmt: skip
    """Stop the items without an end: by name, with a reason, and by a manager's word."""
    if not note.strip():
        raise Refused("reason_missing", "say why it is left alone: --note")
    mine = models.Membership.objects.filter(
        organisation_id=scope.organisation_id, user__name=scope.actor, role="manager"
    )
    if not mine.exists():
        raise Refused("role_missing", f"a manager closes what is owed; {scope.actor} is none")
    stop = handoffs.open_stop(
        scope, CLOSED, customer_id=case.customer.pk, entity_id=case.entity.pk, on=on,
        reason=note, at=now, items=[(p.at.item.id, None) for p in places],
    )  # fmt: skip
    refs = {"stop": stop.pk, "kind": CLOSED, "customer": case.customer.pk, "from": on}
    refs |= {"items": [p.at.item.id for p in places], "until": None}
    journal.append(scope, "stop_opened", refs=refs, at=now)
    watch.wake(scope, [case.customer.pk])
    return {"hold": stop.pk}


_Way = Callable[[Scope, checklist.Case, list[Place], str, dt.date, dt.datetime], dict[str, Any]]
WAYS: dict[str, _Way] = {
    "agency": _hand_over("agency"),
    "legal": _hand_over("legal"),
    "write_off": _give_up,
    "plan": _offer_plan,
    "closed": _leave_alone,
}
"""What a person may choose once a ladder has ended."""
_ASKED = {"placement": "agency", "legal_referral": "legal", "write_off": "write_off"}


def refused(scope: Scope, question: models.Approval, on: dt.date, now: dt.datetime) -> None:
    """Let a person choose again, on the day given, where a role refused what was chosen."""
    cause = f"choose_outcome:{question.entity_id}:{question.customer_id}"
    chosen = models.Task.objects.filter(
        organisation_id=scope.organisation_id, cause=cause, state="done",
        outcome=_ASKED[question.what],
    )  # fmt: skip
    if question.proposed_by and chosen.exists():
        wanted = tasks.Wanted(
            "choose_outcome", cause, question.entity_id, question.customer_id,
            due_on=question.until_on,
        )  # fmt: skip
        tasks.open_all(scope, [wanted], on=on, at=now)
