"""Tasks: what is before whom and by when; past due it goes to the manager (SEMANTICS 6.10).

Nothing is ever dropped: a task ends when somebody says so, or when what it is about is over.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Iterator
from typing import Any

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import ending, named
from dunwell.store import journal, models, personal, tx
from dunwell.store.records import tasks

BY_HAND = ("follow_up", "call", "ask_sales")
"""The kinds a person may open; the others follow from what happened."""
PART = 1000
"""How many tasks one transaction changes; what is left over is next."""


def open_task(
    scope: Scope,
    customer: str,
    *,
    kind: str,
    until: dt.date | None,
    note: str,
    owner: str = "",
    entity: str | None = None,
    on: dt.date,
    now: dt.datetime,
) -> dict[str, Any]:
    """Open a task about a customer; return its id, owner and due day.

    A reminder is its opener's, a question to sales its account owner's, unless said.
    Raises: Refused for a kind nobody opens by hand, a reminder without a day, or a past one.
    """
    if kind not in BY_HAND:
        raise Refused("unknown_kind", f"--kind {kind!r} is none of {', '.join(BY_HAND)}")
    if kind == "follow_up" and until is None:
        raise Refused("until_missing", "a reminder needs its day: --until")
    if until is not None and until < on:
        raise Refused("date_passed", f"--until {until} lies before {on}")
    if not note.strip():
        raise Refused("note_missing", "say what is to be done: --note")
    with tx.transaction_of(scope):
        who = named.customer(scope, customer)
        at_entity = named.entity(scope, entity) if entity else None
        if owner:
            _check_user(scope, owner)
        wanted = tasks.Wanted(
            kind, f"by_hand:{secrets.token_hex(8)}", at_entity.pk if at_entity else None, who.pk,
            due_on=until,
            owner=owner or (scope.actor if kind == "follow_up" else ""),
        )  # fmt: skip
        (made,) = tasks.open_all(scope, [wanted], on=on, at=now)
        personal.keep(scope, "task", {(made.pk, "note"): note.encode()}, at=now)
    return {"id": made.pk, "state": "open", "owner": made.owner, "due_on": made.due_on}


def close_task(
    scope: Scope, task_id: int, *, outcome: str, note: str = "", on: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """Close a task, with what came of it; return its id, state and outcome.

    Where a ladder has ended the outcome is a choice, which is done (`ending`). Raises: Refused
    for a task that is not open, no outcome, or one that cannot be chosen.
    """
    if not outcome.strip():
        raise Refused("outcome_missing", "say what came of it: --outcome")
    with tx.transaction_of(scope):
        row = _open(scope, task_id)
        made = {}
        if row.kind == "choose_outcome":
            made = ending.choose(scope, row, outcome, note=note, on=on, now=now)
        tasks.end_these(scope, [row.pk], outcome=outcome, on=on, at=now)
        if note:
            personal.keep(scope, "task", {(row.pk, "answer"): note.encode()}, at=now)
    return {"id": row.pk, "state": "done", "outcome": outcome} | made


def give(scope: Scope, task_id: int, *, to: str, now: dt.datetime) -> dict[str, Any]:
    """Give an open task to another user, who owns it from now on; who had it is the deputy.

    Raises: Refused for a task that is not open, or somebody who is no user.
    """
    with tx.transaction_of(scope):
        row = _open(scope, task_id)
        _check_user(scope, to)
        row.owner, row.deputy = to, row.owner if row.owner != to else row.deputy
        row.save(update_fields=["owner", "deputy"])
        journal.append(scope, "tasks_given", refs={"tasks": [row.pk], "to": to}, at=now)
    return {"id": row.pk, "owner": to, "deputy": row.deputy}


def _open(scope: Scope, task_id: int) -> models.Task:
    row = models.Task.objects.filter(organisation_id=scope.organisation_id, pk=task_id).first()
    if row is None or row.state != "open":
        said = f"it was closed on {row.done_on}" if row else "see `dunwell task list`"
        raise Refused("task_not_open", f"no open task {task_id}; {said}")
    return row


def _check_user(scope: Scope, name: str) -> None:
    users = models.User.objects.filter(organisation_id=scope.organisation_id)
    if not users.filter(name=name).exists():
        known = ", ".join(users.order_by("name").values_list("name", flat=True))
        raise Refused("unknown_user", f"no user {name!r}; there are: {known}")


def listed(
    scope: Scope,
    *,
    customer: str | None = None,
    owner: str | None = None,
    due: dt.date | None = None,
    kind: str | None = None,
    state: str = "open",
    as_of: dt.date,
) -> list[dict[str, Any]]:
    """List tasks, what is due first first; `owner` also finds what was passed on to a manager.

    `due` keeps those due by that day, `state` is open, done or all.
    """
    with tx.reading(scope):
        rows = models.Task.objects.filter(organisation_id=scope.organisation_id)
        if customer is not None:
            rows = rows.filter(customer=named.customer(scope, customer))
        if owner is not None:
            rows = rows.filter(owner=owner) | rows.filter(escalated_to=owner)
        if due is not None:
            rows = rows.filter(due_on__lte=due)
        if kind is not None:
            rows = rows.filter(kind=kind)
        if state != "all":
            rows = rows.filter(state=state)
        return _told(scope, list(rows.select_related("customer", "entity", "action", "item")
                                 .order_by("due_on", "pk")), as_of)  # fmt: skip


def show(scope: Scope, task_id: int, *, as_of: dt.date) -> dict[str, Any]:
    """Return one task. Raises: Refused where there is none."""
    with tx.reading(scope):
        rows = models.Task.objects.filter(organisation_id=scope.organisation_id, pk=task_id)
        found = _told(scope, list(rows.select_related("customer", "entity", "action", "item")),
                      as_of)  # fmt: skip
    if not found:
        raise Refused("unknown_task", f"no task {task_id}; see `dunwell task list`")
    return found[0]


def _told(scope: Scope, rows: list[models.Task], as_of: dt.date) -> list[dict[str, Any]]:
    words = personal.read(scope, "task", [r.pk for r in rows], fields=["note", "answer"])
    return [
        {
            "id": r.pk,
            "kind": r.kind,
            "cause": r.cause,
            "customer": r.customer.reference if r.customer else None,
            "entity": r.entity.code if r.entity else None,
            "item": r.item.number if r.item else None,
            "action": r.action.key if r.action else None,
            "note": words.get((r.pk, "note"), r.note),
            "owner": r.owner,
            "deputy": r.deputy,
            "due_on": r.due_on,
            "is_past_due": r.state == "open" and r.due_on < as_of,
            "state": r.state,
            "created_on": r.created_on,
            "created_by": r.created_by,
            "escalated_on": r.escalated_on,
            "escalated_to": r.escalated_to,
            "done_on": r.done_on,
            "done_by": r.done_by,
            "outcome": r.outcome,
            "answer": words.get((r.pk, "answer"), ""),
        }
        for r in rows
    ]


# --- every night --------------------------------------------------------------------------------


def mind(scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime) -> None:
    """Mind what is open: repaired routes, owners who are gone, what is past due, reviews."""
    del customers  # time alone is judged here
    _end_repaired(scope, as_of, now)
    _replace_the_gone(scope, as_of, now)
    _escalate(scope, as_of, now)


def past_due(scope: Scope, *, as_of: dt.date) -> int:
    """Return how many tasks are past due: every run report says so."""
    with tx.reading(scope):
        count: int = _past_due(scope, as_of).count()
    return count


def _past_due(scope: Scope, as_of: dt.date) -> Any:
    return models.Task.objects.filter(
        organisation_id=scope.organisation_id, state="open", due_on__lt=as_of
    )


def _escalate(scope: Scope, as_of: dt.date, now: dt.datetime) -> None:
    """Let the manager know of each task past due, once."""
    with tx.reading(scope):
        managers = tasks.holders(scope, "manager")
        late = _past_due(scope, as_of).filter(escalated_on=None)
        rows = list(late.values_list("pk", "owner", "deputy"))
    by_manager: dict[str, list[int]] = {}
    for pk, owner, deputy in rows:
        other = next((m for m in managers if m != owner), None)
        by_manager.setdefault(other or (managers[0] if managers else deputy), []).append(pk)
    for to, part in _parts(by_manager):
        with tx.transaction_of(scope):
            models.Task.objects.filter(organisation_id=scope.organisation_id, pk__in=part).update(
                escalated_on=as_of, escalated_to=to
            )
            refs = {"tasks": part, "to": to, "on": as_of}
            journal.append(scope, "tasks_escalated", refs=refs, at=now)


def _replace_the_gone(scope: Scope, as_of: dt.date, now: dt.datetime) -> None:
    """Give what belongs to nobody who works here any more to the deputy, else a manager.

    An account owner whom only the ledger names stays the owner: their customer says so.
    """
    gone: dict[str, list[int]] = {}
    with tx.reading(scope):
        members = models.Membership.objects.filter(organisation_id=scope.organisation_id)
        here = set(members.values_list("user__name", flat=True))
        managers = tasks.holders(scope, "manager")
        mine = models.Task.objects.filter(organisation_id=scope.organisation_id, state="open")
        for pk, owner, deputy, account_owner in mine.exclude(owner__in=here).values_list(
            "pk", "owner", "deputy", "customer__owner"
        ):
            to = deputy if deputy in here else next(iter(managers), "")
            if to and owner != account_owner:
                gone.setdefault(to, []).append(pk)
    for to, part in _parts(gone):
        with tx.transaction_of(scope):
            models.Task.objects.filter(organisation_id=scope.organisation_id, pk__in=part).update(
                owner=to
            )
            refs = {"tasks": part, "to": to, "on": as_of}
            journal.append(scope, "tasks_given", refs=refs, at=now)


def _parts(some: dict[str, list[int]]) -> Iterator[tuple[str, list[int]]]:
    """Cut what goes to each person so that a transaction stays short (DATA.md 1.7)."""
    for to, ids in some.items():
        for start in range(0, len(ids), PART):
            yield to, ids[start : start + PART]


def _end_repaired(scope: Scope, as_of: dt.date, now: dt.datetime) -> None:
    """End the repair of ways to a contact that are good again."""
    with tx.transaction_of(scope):
        open_now = models.Task.objects.filter(
            organisation_id=scope.organisation_id, state="open", kind="repair_route"
        )
        asked = {
            (int(contact), channel): pk
            for pk, cause in open_now.order_by("-pk").values_list("pk", "cause")[: 10 * PART]
            for _, contact, channel in [cause.split(":")]
        }
        good = models.Route.objects.filter(
            organisation_id=scope.organisation_id,
            contact_id__in={contact for contact, _ in asked},
            invalid_on__isnull=True,
        ).values_list("contact_id", "channel")
        ids = [asked[pair] for pair in good if pair in asked]
        tasks.end_these(scope, ids[:PART], outcome="repaired", on=as_of, at=now)
