"""Tasks: the same cause makes one open task, and each has an owner, a deputy and a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dunwell.core import tasks, workdays
from dunwell.core.scope import Scope
from dunwell.store import calendars, journal, models


class Wanted(NamedTuple):
    """A task to be put before a person, unless the same cause is before somebody already.

    `due_on` and `role` are those of its kind unless said; `owner` names a person outright.
    """

    kind: str
    cause: str
    entity_id: int | None
    customer_id: int | None
    note: str = ""
    due_on: dt.date | None = None
    role: str = ""
    owner: str = ""
    item_id: int | None = None
    action_id: int | None = None


def open_all(
    scope: Scope, wanted: Sequence[Wanted], *, on: dt.date, at: dt.datetime
) -> list[models.Task]:
    """Open the tasks whose cause has none open, inside the caller's transaction."""
    if not wanted:
        return []
    by_cause = {w.cause: w for w in wanted}
    open_now = set(
        models.Task.objects.filter(
            organisation_id=scope.organisation_id, state="open", cause__in=list(by_cause)
        ).values_list("cause", flat=True)
    )
    fresh = [w for cause, w in by_cause.items() if cause not in open_now]
    if not fresh:
        return []
    staff = _Staff(scope, {w.customer_id for w in fresh if w.customer_id})
    days = _Days(scope)
    made = models.Task.objects.bulk_create(
        [_task(scope, w, staff, days, on) for w in fresh], batch_size=200
    )
    refs = {"tasks": [[t.kind, t.cause] for t in made], "on": on}
    journal.append(scope, "tasks_opened", refs=refs, at=at)
    return made


def end(scope: Scope, causes: Iterable[str], *, outcome: str, on: dt.date, at: dt.datetime) -> int:
    """Close the open tasks of these causes, because what they were about is over."""
    rows = models.Task.objects.filter(
        organisation_id=scope.organisation_id, state="open", cause__in=list(causes)
    )
    return end_these(scope, list(rows.values_list("pk", flat=True)), outcome=outcome, on=on, at=at)


def end_these(
    scope: Scope, ids: Sequence[int], *, outcome: str, on: dt.date, at: dt.datetime
) -> int:
    """Close these open tasks, because what they were about is over."""
    if ids:
        models.Task.objects.filter(organisation_id=scope.organisation_id, pk__in=ids).update(
            state="done", outcome=outcome[:60], done_on=on, done_by=scope.actor
        )
        journal.append(scope, "tasks_ended", refs={"tasks": list(ids), "outcome": outcome}, at=at)
    return len(ids)


def broken_route(contact: int, channel: str, entity_id: int | None, customer_id: int) -> Wanted:
    """Return the task to repair a way to a contact that came back as no good (SEMANTICS 6.6)."""
    return Wanted("repair_route", f"repair_route:{contact}:{channel}", entity_id, customer_id)


def holders(scope: Scope, role: str) -> list[str]:
    """Return who holds a role, in the order in which they were given it."""
    rows = models.Membership.objects.filter(
        organisation_id=scope.organisation_id, role=role
    ).order_by("pk")
    return list(rows.values_list("user__name", flat=True))


def _task(scope: Scope, w: Wanted, staff: _Staff, days: _Days, on: dt.date) -> models.Task:
    kind = tasks.KINDS[w.kind]
    owner, deputy = staff.of(w.role or kind.role, w.customer_id, w.owner)
    due_on = w.due_on or workdays.add_working(days.of(w.entity_id), on, kind.working_days)
    return models.Task(
        organisation_id=scope.organisation_id,
        kind=w.kind,
        entity_id=w.entity_id,
        customer_id=w.customer_id,
        item_id=w.item_id,
        action_id=w.action_id,
        cause=w.cause[:120],
        owner=owner,
        deputy=deputy,
        due_on=due_on,
        note=(w.note or kind.sentence)[:300],
        created_on=on,
        created_by=scope.actor,
    )


class _Staff:
    """Who owns a task: the person named, the customer's own account owner, or a role's holder."""

    def __init__(self, scope: Scope, customers: set[int]) -> None:
        self._scope = scope
        self._held: dict[str, list[str]] = {}
        self._owner_of = dict(
            models.Customer.objects.filter(
                organisation_id=scope.organisation_id, pk__in=customers
            ).values_list("pk", "owner")
        )

    def of(self, role: str, customer_id: int | None, named: str) -> tuple[str, str]:
        """Return owner and deputy; two people where there are two, else the same twice."""
        people = [named] if named else []
        theirs = self._owner_of.get(customer_id or 0, "")
        if theirs and role in ("collector", "account_manager"):
            people.append(theirs)
        for one in (role, "manager", "collector", "admin"):
            people += self._holders(one)
        people = list(dict.fromkeys(people)) or [role]
        return people[0], people[1] if len(people) > 1 else people[0]

    def _holders(self, role: str) -> list[str]:
        if role not in self._held:
            self._held[role] = holders(self._scope, role)
        return self._held[role]


class _Days:
    """The working days of each entity."""

    def __init__(self, scope: Scope) -> None:
        self._calendars = calendars.load(scope)
        self._code_of = dict(
            models.Entity.objects.filter(organisation_id=scope.organisation_id).values_list(
                "pk", "calendar"
            )
        )

    def of(self, entity_id: int | None) -> workdays.Calendar:
        code = self._code_of.get(entity_id or 0) or next(iter(self._code_of.values()), "")
        return self._calendars.get(code) or workdays.Calendar("-/0")
