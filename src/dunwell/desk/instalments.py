"""Instalments of payment plans: which are paid, and which nobody was reminded of (7, Plan).

The reminder itself is a message that the core decides on (`core.reminder`). Where none could go
on its day (no address, too soon, another demand went) a person is given a task; it is over by
itself once a message went after all, or the instalment has come in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from dunwell.core import money, promises, reminder, workdays
from dunwell.core.scope import Scope
from dunwell.desk import agreeing
from dunwell.store import agreements, calendars, facts, models, policies, tx
from dunwell.store.records import tasks


def remind(
    scope: Scope, _customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Put before a person what no message reminded of in time: a judge of time.

    From the working day after the message's own day on, once an instalment. What is paid, or
    being sent just now, is left alone.
    """
    with tx.reading(scope):
        parts = list(
            models.Instalment.objects.filter(
                organisation_id=scope.organisation_id, plan__state="running"
            )
            .select_related("plan__stop__entity", "plan__stop__customer")
            .order_by("plan_id", "n")
        )
        over = [_reminder(p.plan.stop_id, p.n) for p in parts if p.reminded_on]
        missed = [_task(p, as_of) for p in _missed(scope, parts, as_of)]
        known = _known(scope, [w.cause for w in missed])
    with tx.transaction_of(scope):
        tasks.end(scope, over, outcome="reminded", on=as_of, at=now)
        tasks.open_all(scope, [w for w in missed if w.cause not in known], on=as_of, at=now)


def _missed(
    scope: Scope, parts: Sequence[models.Instalment], as_of: dt.date
) -> list[models.Instalment]:
    """Return the instalments whose reminder should have gone by now, and did not."""
    days = calendars.load(scope)
    late = [
        p for p in parts
        if not p.reminded_on and p.due_on >= as_of and _task_on(scope, days, p) <= as_of
    ]  # fmt: skip
    with_money = agreeing.money_of(scope, [p.plan for p in late], as_of=as_of)
    payer_of = facts.families(scope).payer_of
    flying = set(
        models.Action.objects.filter(
            organisation_id=scope.organisation_id, step=reminder.STEP, state__in=facts.LIVE_FLIGHTS
        ).values_list("entity_id", "customer_id")
    )
    found = []
    for part in late:
        stop = part.plan.stop
        who = (stop.entity_id, payer_of.get(stop.customer_id, stop.customer_id))
        if who not in flying and not is_paid(with_money[stop.pk], part.n, as_of):
            found.append(part)
    return found


def _task_on(
    scope: Scope, days: Mapping[str, workdays.Calendar], part: models.Instalment
) -> dt.date:
    """Return the working day after the one on which the message should have gone."""
    plan, stop = part.plan, part.plan.stop
    assert stop.entity is not None, "a plan is owed to one entity"
    rules = policies.current(scope, stop.entity.policy)[1].settings.plans
    ours = days.get(stop.entity.calendar) or workdays.Calendar("-/0")
    opens_on = reminder.opens_on(
        part.due_on, days_before=rules.remind_days_before,
        calendar=days.get(stop.customer.country, ours),
    )  # fmt: skip
    return workdays.add_working(ours, max(opens_on, plan.in_force_on or opens_on), 1)


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
        if is_paid(one, part.n, as_of)
    ]
    if paid:
        tasks.end(scope, paid, outcome="paid", on=as_of, at=now)


def end_all(scope: Scope, row: models.Plan, outcome: str, on: dt.date, now: dt.datetime) -> None:
    """End every reminder of a plan that is over."""
    causes = [_reminder(row.stop_id, part.n) for part in of_plans(scope, [row.pk])[row.pk]]
    tasks.end(scope, causes, outcome=outcome, on=on, at=now)


def _known(scope: Scope, causes: list[str]) -> set[str]:
    """Return those of some causes that were put before a person already, done or not."""
    rows = models.Task.objects.filter(organisation_id=scope.organisation_id, cause__in=causes)
    return set(rows.values_list("cause", flat=True))


def _task(part: models.Instalment, as_of: dt.date) -> tasks.Wanted:
    stop, amount = part.plan.stop, money.text(part.amount_minor, part.plan.currency)
    return tasks.Wanted(
        "follow_up", _reminder(stop.pk, part.n), stop.entity_id, stop.customer_id,
        note=f"Remind: instalment {part.n} of plan {stop.pk}, {amount}, is due {part.due_on}.",
        due_on=as_of,
    )  # fmt: skip


def _reminder(stop: int, n: int) -> str:
    return f"plan:{stop}:instalment:{n}"
