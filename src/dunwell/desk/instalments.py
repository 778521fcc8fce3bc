"""Instalments of payment plans: which are paid, and who is reminded of the next (7, Plan).

A reminder is a contact before the day, and no demand: it is put before a person as a task,
because a message goes out only for a step that a decision takes. It is over by itself once the
instalment has come in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from dunwell.core import money, promises
from dunwell.core.scope import Scope
from dunwell.desk import agreeing
from dunwell.store import agreements, models, policies, tx
from dunwell.store.records import tasks


def remind(
    scope: Scope, _customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Put the reminder of each instalment before a person, some days ahead: a judge of time.

    What is paid already is not reminded of. A contact before the day is no demand.
    """
    with tx.reading(scope):
        running = list(
            models.Plan.objects.filter(organisation_id=scope.organisation_id, state="running")
            .select_related("stop", "stop__entity")
            .order_by("pk")
        )
        with_money = agreeing.money_of(scope, running, as_of=as_of)
        waiting = list(
            models.Instalment.objects.filter(
                organisation_id=scope.organisation_id,
                plan__in=[r.pk for r in running],
                reminded_on__isnull=True,
                due_on__gte=as_of,
            ).order_by("plan_id", "n")
        )
    by_id = {r.pk: r for r in running}
    for part in waiting:
        row = by_id[part.plan_id]
        entity = row.stop.entity
        assert entity is not None, "a plan is owed to one entity"
        rules = policies.current(scope, entity.policy)[1].settings.plans
        soon = part.due_on - dt.timedelta(days=rules.remind_days_before) <= as_of
        if soon and not is_paid(with_money[row.stop_id], part.n, as_of):
            with tx.transaction_of(scope):
                _remind(scope, row, part, as_of, now)


def is_paid(one: agreements.Made, n: int, as_of: dt.date) -> bool:
    """Tell whether all that is due with the n-th instalment has come in."""
    assert isinstance(one.made, promises.Plan)
    owed = sum(part.minor for part in one.made.schedule[:n])
    return promises.plan_paid(one.made, one.received, through=as_of) >= owed


def of_plans(scope: Scope, rows: Sequence[int]) -> dict[int, list[models.Instalment]]:
    """Return the instalments of plans, by plan, the first one first."""
    found: dict[int, list[models.Instalment]] = {pk: [] for pk in rows}
    for part in models.Instalment.objects.filter(
        organisation_id=scope.organisation_id, plan_id__in=list(rows)
    ).order_by("plan_id", "n"):
        found[part.plan_id].append(part)
    return found


def end_paid(
    scope: Scope, row: models.Plan, one: agreements.Made, as_of: dt.date, now: dt.datetime
) -> None:
    """End the reminders of what is paid by now."""
    paid = [
        _reminder(row.stop_id, part.n)
        for part in of_plans(scope, [row.pk])[row.pk]
        if part.reminded_on and is_paid(one, part.n, as_of)
    ]
    if paid:
        tasks.end(scope, paid, outcome="paid", on=as_of, at=now)


def end_all(scope: Scope, row: models.Plan, outcome: str, on: dt.date, now: dt.datetime) -> None:
    """End every reminder of a plan that is over."""
    causes = [_reminder(row.stop_id, part.n) for part in of_plans(scope, [row.pk])[row.pk]]
    tasks.end(scope, causes, outcome=outcome, on=on, at=now)


def _remind(
    scope: Scope, row: models.Plan, part: models.Instalment, as_of: dt.date, now: dt.datetime
) -> None:
    part.reminded_on = as_of
    part.save(update_fields=["reminded_on"])
    amount = money.text(part.amount_minor, row.currency)
    wanted = tasks.Wanted(
        "follow_up", _reminder(row.stop_id, part.n), row.stop.entity_id, row.stop.customer_id,
        note=f"Remind: instalment {part.n} of plan {row.stop_id}, {amount}, is due {part.due_on}.",
        due_on=as_of,
    )  # fmt: skip
    tasks.open_all(scope, [wanted], on=as_of, at=now)


def _reminder(stop: int, n: int) -> str:
    return f"plan:{stop}:instalment:{n}"
