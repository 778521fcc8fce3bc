"""Payment plans: offered by the policy's conditions, approved, watched, in default (7, Plan).

A plan covers all that was open of its items and nothing that comes later; it begins when a role
approves it. What became of it is computed from payments (`core.promises`). Interest and fee
stand in its schedule and nowhere else: items come from the ledger, and a claim made here would
be missing from its next full list. Read `open_plan`, `close_plan`, then `judge`; who is
reminded of what stands in `instalments`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from dunwell.core import money, plans, promises, workdays
from dunwell.core import policy as documents
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import agreeing, instalments
from dunwell.store import agreements, calendars, facts, journal, models, personal, policies, tx
from dunwell.store.records import agreements as records
from dunwell.store.records import questions, tasks

LOOK_BACK_DAYS = 120
"""How long the night still judges a plan that is over; what money touches is always judged."""

MOST_PERCENT = 100
"""What nobody means by a year's interest."""


def open_plan(
    scope: Scope,
    customer: str,
    *,
    items: Sequence[str] = (),
    instalments: int,
    on: dt.date,
    now: dt.datetime,
    first_on: dt.date | None = None,
    interest_percent: Decimal | None = None,
    fee_minor: int | None = None,
    origin: str = "hand",
    note: str = "",
    entity: str | None = None,
    currency: str | None = None,
) -> int:
    """Propose to pay what is open in monthly instalments; return the plan's number.

    It covers the items named, else all that is overdue; the first instalment is due within a
    month, by default on its last working day. Interest and fee are the policy's unless said. It
    stops nothing until its role has approved it.

    Raises: Refused where the policy offers none, for a number of instalments or a first day
    that it does not allow, and for what is not open, in two currencies, or agreed on already.
    """
    with tx.transaction_of(scope):
        found, rules = check_offer(scope, customer, items, on=on, entity=entity, currency=currency)
        terms = _terms(
            scope, found, rules, instalments=instalments, on=on, first_on=first_on,
            percent=rules.interest_percent if interest_percent is None else interest_percent,
            fee_minor=fee_minor,
        )  # fmt: skip
        covers = [promises.Cover(r.pk, r.open_minor, is_whole=True) for r in found.items]
        stop = records.open_stop(
            scope, "plan", customer_id=found.who.pk, entity_id=found.entity.pk, covers=covers,
            from_on=on, state="asked", at=now,
        )  # fmt: skip
        total = sum(p.minor for p in terms.schedule)
        key = questions.ask(
            scope, "plan", cause=f"plan:{stop.pk}", role=rules.approve,
            entity_id=found.entity.pk, customer_id=found.who.pk, items=[c.item for c in covers],
            amounts=[(found.currency, total)], on=records.today(found.entity, now), at=now,
            by=None if origin in agreeing.BY_OUR_OWN else "",
        )  # fmt: skip
        _keep(scope, stop, found, terms, on=on, origin=origin, key=key)
        if note:
            personal.keep(scope, "plan", {(stop.pk, "note"): note.encode()}, at=now)
        refs = {"stop": stop.pk, "customer": found.who.pk, "on": on, "currency": found.currency}
        refs |= {"items": [[c.item, c.minor] for c in covers], "interest": terms.interest_minor}
        refs |= {
            "fee": terms.fee_minor,
            "instalments": [[p.due_on, p.minor] for p in terms.schedule],
        }
        journal.append(scope, "plan_opened", refs=refs, at=now)
    return stop.pk


def drafted(
    scope: Scope, customer: str, *, items: Sequence[str], instalments: int,
    first_on: dt.date | None, on: dt.date,
) -> tuple[str, plans.Terms]:  # fmt: skip
    """Return the currency of a plan and what it would come to; propose nothing.

    Raises: Refused as `open_plan` does.
    """
    with tx.reading(scope):
        found, rules = check_offer(scope, customer, items, on=on)
        made = _terms(
            scope, found, rules, instalments=instalments, on=on, first_on=first_on,
            percent=rules.interest_percent, fee_minor=None,
        )  # fmt: skip
    return found.currency, made


class Offered(NamedTuple):
    """What a plan could be about: how much, in at most how many instalments, from when."""

    currency: str
    minor: int
    instalments_max: int
    first_by: dt.date


def offered(
    scope: Scope, customer: str, *, on: dt.date, entity: str, currency: str
) -> Offered | None:
    """Return what a plan for all that is overdue could be, None where the policy offers none."""
    try:
        found, rules = check_offer(scope, customer, (), on=on, entity=entity, currency=currency)
    except Refused:
        return None
    minor = sum(r.open_minor for r in found.items)
    return Offered(currency, minor, rules.instalments_max, promises.months_later(on, 1))


def check_offer(
    scope: Scope,
    customer: str,
    items: Sequence[str],
    *,
    on: dt.date,
    entity: str | None = None,
    currency: str | None = None,
) -> tuple[agreeing.About, documents.PlansDoc]:
    """Return what a plan would be about, and its rules. Raises: Refused where none is offered."""
    with tx.reading(scope):
        found = agreeing.about(scope, customer, items, on=on, entity=entity, currency=currency)
        rules = policies.current(scope, found.entity.policy)[1].settings.plans
        _check_may_offer(scope, found, rules, on=on)
    return found, rules


def close_plan(scope: Scope, plan: int, *, on: dt.date, now: dt.datetime) -> None:
    """Take back a plan that runs or waits for its approval: `on` it covers no more.

    Raises: Refused for an unknown plan, one that is over, or a day before it was made.
    """
    with tx.transaction_of(scope):
        row = _row(scope, plan)
        if row.state not in ("running", "asked"):
            said = row.state.replace("_", " ")
            raise Refused("over_already", f"plan {plan} is {said} already")
        if on < row.made_on:
            raise Refused("dates_crossed", f"it was made {row.made_on}, after {on}")
        questions.withdraw(scope, row.approval_key)
        _withdraw(scope, row, on, now)


def _withdraw(scope: Scope, row: models.Plan, on: dt.date, now: dt.datetime) -> None:
    row.state, row.withdrawn_on, row.judged_on = "withdrawn", on, on
    row.save()
    records.end_stop(scope, row.stop, on=on, state="withdrawn", at=now)
    instalments.end_all(scope, row, "withdrawn", on, now)
    journal.append(scope, "plan_withdrawn", refs={"stop": row.stop_id, "on": on}, at=now)


def granted(scope: Scope, approval: models.Approval, on: dt.date, now: dt.datetime) -> None:
    """Let a plan that was approved begin.

    Raises: Refused when its first instalment was due before: it would begin in arrears.
    """
    row = _rows(scope, approval_key=approval.key).get()
    first = instalments.of_plans(scope, [row.pk])[row.pk][0]
    if first.due_on < on:
        raise Refused(
            "date_passed",
            f"its first instalment was due {first.due_on}: withdraw plan {row.stop_id} and open"
            " another",
        )
    row.in_force_on, row.state = on, "running"
    row.save()
    row.stop.from_on, row.stop.state = on, "running"
    records.keep_stop(scope, row.stop)


def refused(scope: Scope, approval: models.Approval, on: dt.date, now: dt.datetime) -> None:
    """Let a plan that was refused be over: it never covered anything."""
    row = _rows(scope, approval_key=approval.key).get()
    row.state, row.judged_on = "refused", on
    row.save()
    records.end_stop(scope, row.stop, on=row.stop.from_on, state="refused", at=now)


def judge(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Say what became of plans: a judge of the money that came in, or did not.

    In default its days count after all, the covered rest is due, and the core makes the final
    demand its next step, with approval; a person is told to call. All paid, it is over; so is
    one that waits for an approval nobody is asked for any more.
    """
    with tx.transaction_of(scope):
        for row in agreeing.asked_no_more(scope, models.Plan):
            _withdraw(scope, row, max(as_of, row.made_on), now)
    with tx.reading(scope):
        rows = _rows(scope, in_force_on__isnull=False).exclude(state="withdrawn")
        if customers is None:
            since = as_of - dt.timedelta(days=LOOK_BACK_DAYS)
            rows = rows.filter(Q(state="running") | Q(judged_on__gte=since))
        else:
            family = agreeing.with_families(scope, customers)
            rows = rows.filter(stop__customer_id__in=sorted(family))
        waiting = list(rows.order_by("pk"))
        with_money = agreeing.money_of(scope, waiting, as_of=as_of)
    for row in waiting:
        one = with_money[row.stop_id]
        assert isinstance(one.made, promises.Plan)
        how = promises.plan_state(one.made, one.received, as_of=as_of, data_to=one.data_to)
        with tx.transaction_of(scope):
            if how != row.state:
                _become(scope, row, how, one, as_of, now)
            instalments.end_paid(scope, row, one, as_of, now)


def first_instalment_paid(scope: Scope, plan: int, *, as_of: dt.date) -> bool:
    """Tell whether a plan is in force and its first instalment paid: that lifts a suspension."""
    with tx.reading(scope):
        row = _row(scope, plan)
        if row.in_force_on is None or row.state in ("withdrawn", "refused"):
            return False
        one = agreeing.money_of(scope, [row], as_of=as_of)[plan]
    return instalments.is_paid(one, 1, as_of)


def listed(
    scope: Scope, *, customer: str | None, as_of: dt.date, plan: int | None = None
) -> list[dict[str, Any]]:
    """List plans, newest first, with their schedules and what of each instalment is paid."""
    with tx.reading(scope):
        rows = _rows(scope).order_by("-stop_id")
        if customer is not None:
            rows = rows.filter(stop__customer__reference=customer)
        if plan is not None:
            rows = rows.filter(stop_id=plan)
        found = list(rows)
        with_money = agreeing.money_of(scope, found, as_of=as_of)
        notes = personal.read(scope, "plan", [r.stop_id for r in found], fields=["note"])
        labels = records.labels(scope, {c[0] for r in found for c in r.covers})
        parts = instalments.of_plans(scope, [r.pk for r in found])
        return [
            _shown(r, parts[r.pk], with_money[r.stop_id], labels, as_of)
            | {"note": notes.get((r.stop_id, "note"), "")}
            for r in found
        ]


def _shown(
    row: models.Plan,
    parts: Sequence[models.Instalment],
    one: agreements.Made,
    labels: dict[int, str],
    as_of: dt.date,
) -> dict[str, Any]:
    assert isinstance(one.made, promises.Plan)
    came_in = promises.plan_paid(one.made, one.received, through=as_of)
    principal = money.split(row.principal_minor, len(parts))
    schedule, left = [], came_in
    for part, own in zip(parts, principal, strict=True):
        paid = min(left, part.amount_minor)
        left -= paid
        schedule.append(
            {
                "n": part.n,
                "due_on": part.due_on,
                "last_on": part.last_on,
                "amount_minor": part.amount_minor,
                "principal_minor": own,
                "charges_minor": part.amount_minor - own,
                "paid_minor": paid,
                "reminded_on": part.reminded_on,
            }
        )
    return {
        "id": row.stop_id,
        "customer": row.stop.customer.reference,
        "entity": row.stop.entity.code if row.stop.entity else "",
        "items": [
            {"number": labels[i], "currency": row.currency, "amount_minor": m}
            for i, m in row.covers
        ],
        "currency": row.currency,
        "principal_minor": row.principal_minor,
        "interest_minor": row.interest_minor,
        "fee_minor": row.fee_minor,
        "total_minor": row.principal_minor + row.interest_minor + row.fee_minor,
        "paid_minor": came_in,
        "made_on": row.made_on,
        "in_force_on": row.in_force_on,
        "withdrawn_on": row.withdrawn_on,
        "default_on": row.default_on,
        "state": row.state,
        "judged_on": row.judged_on,
        "approval": row.approval_key,
        "origin": row.origin,
        "instalments": schedule,
    }


def _check_may_offer(
    scope: Scope, found: agreeing.About, rules: documents.PlansDoc, *, on: dt.date
) -> None:
    """Raises: Refused where the policy's conditions do not hold, or a rate is missing."""
    rates = facts.rates(scope, found.entity, as_of=on)
    if found.currency not in rates:
        raise Refused(
            "no_rate", f"the policy's minimum needs a rate of {found.currency} by {on}: import it"
        )
    base = found.entity.base_currency
    why = plans.refusal(
        rules,
        base_minor=money.scale(sum(r.open_minor for r in found.items), rates[found.currency]),
        minimum_minor=documents.minor(rules.minimum, base),
        segment=_segment(scope, found, on),
    )
    if why:
        raise Refused("not_offered", why)


def _terms(
    scope: Scope,
    found: agreeing.About,
    rules: documents.PlansDoc,
    *,
    instalments: int,
    on: dt.date,
    first_on: dt.date | None,
    percent: Decimal,
    fee_minor: int | None,
) -> plans.Terms:
    calendar = calendars.load(scope).get(found.entity.calendar) or workdays.Calendar("-/0")
    if not 0 <= percent <= MOST_PERCENT:
        raise Refused("bad_amount", f"interest of {percent} percent a year")
    if not plans.LEAST <= instalments <= rules.instalments_max:
        raise Refused(
            "instalments",
            f"a plan has {plans.LEAST} to {rules.instalments_max} monthly instalments,"
            f" not {instalments}",
        )
    return plans.terms(
        sum(r.open_minor for r in found.items),
        instalments=instalments,
        made_on=on,
        first_on=_first_on(first_on, on, calendar),
        percent=percent,
        fee_minor=documents.minor(rules.fee, found.currency) if fee_minor is None else fee_minor,
        calendar=calendar,
        tolerance=rules.tolerance_working_days,
    )


def _segment(scope: Scope, found: agreeing.About, on: dt.date) -> str:
    """Return the segment the customer is in; one never looked at is standard."""
    row = (
        models.Assessment.objects.filter(
            organisation_id=scope.organisation_id,
            entity=found.entity,
            customer=found.who,
            since_on__lte=on,
        )
        .order_by("-since_on")
        .first()
    )
    return str(row.segment) if row else found.who.segment_given or "standard"


def _first_on(first_on: dt.date | None, on: dt.date, calendar: workdays.Calendar) -> dt.date:
    """Return when the first instalment is due: unless said, the last working day in a month."""
    latest = promises.months_later(on, 1)
    if first_on is None:
        return max(workdays.previous_working(calendar, latest), on)
    if first_on < on:
        raise Refused("date_passed", f"its first instalment would be due {first_on}, before {on}")
    if first_on > latest:
        raise Refused("too_far", f"the first instalment of a plan is due by {latest}")
    return first_on


def _keep(
    scope: Scope,
    stop: models.Stop,
    found: agreeing.About,
    terms: plans.Terms,
    *,
    on: dt.date,
    origin: str,
    key: str,
) -> None:
    row = models.Plan.objects.create(
        organisation_id=scope.organisation_id,
        stop=stop,
        made_on=on,
        currency=found.currency,
        principal_minor=terms.principal_minor,
        interest_minor=terms.interest_minor,
        fee_minor=terms.fee_minor,
        covers=[[r.pk, r.open_minor] for r in found.items],
        origin=origin,
        approval_key=key,
        known_to=agreements.last_payment(scope, found.family),
    )
    models.Instalment.objects.bulk_create(
        models.Instalment(
            organisation_id=scope.organisation_id,
            plan=row,
            n=n,
            due_on=part.due_on,
            last_on=part.last_on,
            amount_minor=part.minor,
        )
        for n, part in enumerate(terms.schedule, start=1)
    )


def _become(
    scope: Scope,
    row: models.Plan,
    how: str,
    one: agreements.Made,
    as_of: dt.date,
    now: dt.datetime,
) -> None:
    """Keep what a plan has become, say so, and put a default before a person."""
    assert isinstance(one.made, promises.Plan)
    was, stop = row.default_on, agreements.as_stop(one, as_of=as_of)
    missed = promises.missed_on(one.made, one.received)
    row.state, row.judged_on = how, as_of
    row.default_on = missed if how == "in_default" else None
    row.save(update_fields=["state", "judged_on", "default_on"])
    kept = row.stop
    kept.state, kept.ended_on, kept.gives_back = how, None, how == "in_default"
    kept.until_on = None
    if how == "kept":
        last = None if stop is None else stop.until_on
        kept.ended_on = kept.from_on if last is None else last + promises.DAY
        kept.ended_at, kept.ended_by = now, scope.actor
    elif how == "in_default" and stop is not None:
        kept.until_on = stop.until_on
    records.keep_stop(scope, kept)
    _note_default(scope, row, was)
    cause = f"plan:{row.stop_id}:default"
    if how == "in_default":
        wanted = tasks.Wanted("plan_default", cause, kept.entity_id, kept.customer_id)
        tasks.open_all(scope, [wanted], on=as_of, at=now)
        instalments.end_all(scope, row, how, as_of, now)
    else:
        tasks.end(scope, [cause], outcome=how, on=as_of, at=now)
    _SAY[how](scope, {"stop": row.stop_id, "on": row.default_on or as_of}, now)


Say = Callable[[Scope, dict[str, Any], dt.datetime], int]
_SAY: dict[str, Say] = {
    "kept": lambda s, refs, at: journal.append(s, "plan_kept", refs=refs, at=at),
    "in_default": lambda s, refs, at: journal.append(s, "plan_in_default", refs=refs, at=at),
    "running": lambda s, refs, at: journal.append(s, "plan_running_again", refs=refs, at=at),
}


def _note_default(scope: Scope, row: models.Plan, was: dt.date | None) -> None:
    """Note a default as something a step may require, or take back one that was none."""
    mine = {
        "organisation_id": scope.organisation_id,
        "entity_id": row.stop.entity_id,
        "customer_id": row.stop.customer_id,
        "kind": "plan_default",
    }
    if was is not None and was != row.default_on:
        models.Done.objects.filter(**mine, on=was).delete()
    if row.default_on is not None and was != row.default_on:
        models.Done.objects.create(**mine, on=row.default_on)


def _row(scope: Scope, plan: int) -> models.Plan:
    row = _rows(scope, stop_id=plan).first()
    if row is None:
        raise Refused("unknown_plan", f"no plan {plan}; see `dunwell plan list`")
    return row


def _rows(scope: Scope, **where: Any) -> QuerySet[models.Plan]:
    return models.Plan.objects.filter(
        organisation_id=scope.organisation_id, **where
    ).select_related("stop", "stop__customer", "stop__entity")
