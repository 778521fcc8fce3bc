"""Suspensions and credit holds: proposed, approved, told to the other system, lifted.

They happen in another system, so each is in force only once that system, or a person, has
confirmed it (SEMANTICS 7). This file knows what may be proposed, what an approval sets going and
what a confirmation ends; `desk.lifting` judges when one is over, `desk.hooks` carries the calls.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.delivery import webhook
from dunwell.desk import grounds, named
from dunwell.store import facts, journal, models, policies, tx
from dunwell.store.records import measures, questions, tasks, watch

KINDS = ("suspension", "credit_hold")


def noun(kind: str) -> str:
    """Return what a kind is called at the command line."""
    return kind.replace("_", "-")


def open_measure(
    scope: Scope,
    kind: str,
    customer: str,
    *,
    items: list[str],
    entity: str | None,
    on: dt.date,
    reason: str,
    now: dt.datetime,
) -> dict[str, Any]:
    """Propose to suspend or hold a customer for what is overdue; a role must approve it.

    Raises: Refused where nothing is overdue, one runs already, or SEMANTICS 7 forbids it.
    """
    if not reason.strip():
        raise Refused("reason_missing", f"a {noun(kind)} needs a reason: --reason")
    with tx.transaction_of(scope):
        who = named.customer(scope, customer)
        chosen = named.items(scope, who, items, entity_code=entity)
        of = named.entity_for(scope, who, entity, chosen)
        seen = grounds.picture(scope, of, who.pk, as_of=on)
        about = grounds.overdue(seen, {i.pk for i in chosen}, as_of=on)
        payer = named.customer(scope, seen.customer) if seen else who
        _check_none_runs(scope, kind, of.pk, payer.pk)
        if kind == "suspension":
            grounds.check_may_suspend(scope, of, payer, seen, about, as_of=on)
        row = models.Measure.objects.create(
            organisation_id=scope.organisation_id,
            entity=of,
            customer=payer,
            kind=kind,
            items=[s.item.id for s in about],
            amounts=grounds.amounts((s.item.currency, s.net_minor) for s in about),
            proposed_on=on,
            proposed_by=scope.actor,
            reason=reason[:200],
        )
        put_question(scope, row, role=role_for(scope, of, kind), on=on, at=now)
    return {"id": row.pk, "state": "proposed", "key": row.approval_key}


def put_question(
    scope: Scope, row: models.Measure, *, role: str, on: dt.date, at: dt.datetime
) -> None:
    """Ask a role about a measure a person proposes, inside the caller's transaction."""
    row.approval_key = questions.ask(
        scope,
        row.kind,
        cause=f"measure:{row.pk}",
        role=role,
        entity_id=row.entity_id,
        customer_id=row.customer_id,
        items=row.items,
        amounts=[(c, m) for c, m in row.amounts],
        on=on,
        at=at,
    )
    row.save()
    refs = {"measure": row.pk, "kind": row.kind, "customer": row.customer_id, "items": row.items}
    journal.append(scope, "measure_proposed", refs=refs, at=at)


def granted(scope: Scope, row: models.Approval, as_of: dt.date, now: dt.datetime) -> None:
    """Set an approved suspension or credit hold going: the other system is told.

    Raises: Refused when all it names is paid meanwhile, or one of its kind runs already.
    """
    made = proposed(scope, row)
    _check_none_runs(scope, row.what, row.entity_id, row.customer_id, but=made.pk)
    names = [i for i in row.items if i in grounds.unpaid(scope, row.items)]
    if not names:
        raise Refused("nothing_open", f"all this {noun(row.what)} names is paid")
    made.items, made.amounts = names, row.amounts
    made.state, made.approved_on = "approved", as_of
    made.save()
    refs = {"measure": made.pk, "kind": made.kind, "customer": made.customer_id, "on": as_of}
    journal.append(
        scope, "measure_approved", refs=refs | {"items": names, "amounts": row.amounts}, at=now
    )
    tell(scope, made, "requested", on=as_of, now=now)


def proposed(scope: Scope, row: models.Approval) -> models.Measure:
    """Return the measure a question is about: a person's, or a new one that a step proposed."""
    mine = models.Measure.objects.filter(
        organisation_id=scope.organisation_id, approval_key=row.key, state="proposed"
    ).first()
    return mine or models.Measure.objects.create(
        organisation_id=scope.organisation_id,
        entity_id=row.entity_id,
        customer_id=row.customer_id,
        kind=row.what,
        items=row.items,
        amounts=row.amounts,
        approval_key=row.key,
        proposed_on=row.asked_on,
        proposed_by=row.proposed_by,
        reason=f"proposed by step {row.step}" if row.step else "proposed",
    )


def refused(scope: Scope, row: models.Approval, as_of: dt.date, now: dt.datetime) -> None:
    """Keep that a role refused what a person had proposed; what a step proposed has no row yet."""
    models.Measure.objects.filter(
        organisation_id=scope.organisation_id, approval_key=row.key, state="proposed"
    ).update(state="refused")


def tell(scope: Scope, row: models.Measure, what: str, *, on: dt.date, now: dt.datetime) -> None:
    """Tell every hook that listens, or a person where none does, inside the transaction."""
    event = f"{row.kind}.{what}"
    told = measures.queue(
        scope, row, event, _said(scope, row, on), is_wanted=webhook.listens, at=now
    )
    if not told:
        by_hand(scope, row, event, on=on, now=now)


def by_hand(
    scope: Scope, row: models.Measure, event: str, *, on: dt.date, now: dt.datetime
) -> None:
    """Put before a person what no other system will be told."""
    words = {
        "requested": f"Do it by hand, then: dunwell {noun(row.kind)} confirm {row.pk}",
        "lifted": f"Lift it by hand, then: dunwell {noun(row.kind)} confirm {row.pk}",
        "changed": f"Enter the terms in the ledger, then: dunwell terms confirm {row.pk}",
    }
    note = words[event.partition(".")[2]]
    wanted = tasks.Wanted("by_hand", cause(row, event), row.entity_id, row.customer_id, note=note)
    tasks.open_all(scope, [wanted], on=on, at=now)


def cause(row: models.Measure, event: str) -> str:
    """Return the cause of every task about one event of a measure."""
    return f"measure:{row.pk}:{event}"


def confirm(
    scope: Scope, kind: str, measure_id: int, *, on: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """Say that the other system has done it: a measure is in force, or lifted.

    Raises: Refused for one that waits for no confirmation.
    """
    with tx.transaction_of(scope):
        row = find(scope, kind, measure_id)
        if row.state not in ("approved", "lifting"):
            raise Refused(
                "nothing_to_confirm", f"{noun(kind)} {row.pk} is {row.state}: nothing to confirm"
            )
        take_effect(scope, row, on=on, how="by hand", now=now)
    return {"id": row.pk, "state": row.state}


def take_effect(
    scope: Scope, row: models.Measure, *, on: dt.date, how: str, now: dt.datetime
) -> None:
    """Move a measure on that was confirmed, and end the tasks about it."""
    if row.state == "approved":
        row.state, row.in_force_on, event = "in_force", on, f"{row.kind}.requested"
        refs = {"measure": row.pk, "on": on, "how": how}
        journal.append(scope, "measure_in_force", refs=refs, at=now)
    else:
        row.state, row.lifted_on, event = "lifted", on, f"{row.kind}.lifted"
        refs = {"measure": row.pk, "on": on, "how": how}
        journal.append(scope, "measure_lifted", refs=refs, at=now)
    row.save()
    tasks.end(scope, [cause(row, event)], outcome="confirmed", on=on, at=now)


def offered(scope: Scope, row: models.Approval, as_of: dt.date, now: dt.datetime) -> None:
    """Let a person offer the plan that a role has agreed to offer."""
    made = proposed(scope, row)
    made.state, made.approved_on, made.in_force_on = "in_force", as_of, as_of
    made.save()
    refs = {"measure": made.pk, "kind": made.kind, "customer": made.customer_id, "on": as_of}
    refs |= {"items": made.items, "amounts": made.amounts}
    journal.append(scope, "measure_approved", refs=refs, at=now)
    wanted = tasks.Wanted("offer_plan", f"measure:{made.pk}", row.entity_id, row.customer_id)
    tasks.open_all(scope, [wanted], on=as_of, at=now)


def awaits(row: models.Measure) -> str:
    """Return the event of which a measure still awaits the confirmation, or ""."""
    if row.kind == "terms":
        is_told = "said" in row.details and "ledger_on" not in row.details
        return "terms.changed" if is_told else ""
    what = {"approved": "requested", "lifting": "lifted"}.get(row.state, "")
    return f"{row.kind}.{what}" if what else ""


def is_current(row: models.Measure, event: str) -> bool:
    """Tell whether an event still says how a measure stands, and may be told."""
    states = {
        "requested": ("approved", "in_force"),
        "lifted": ("lifting", "lifted"),
        "changed": ("in_force", "lifted"),
    }
    return row.state in states[event.partition(".")[2]]


def confirmed(
    scope: Scope, row: models.Measure, event: str, *, on: dt.date, now: dt.datetime
) -> None:
    """Follow the answers of all hooks: the measure is in force, or lifted, or in the ledger."""
    if row.kind == "terms":
        in_ledger(scope, row, on=on, how="answer", now=now)
    elif event == awaits(row):
        take_effect(scope, row, on=on, how="answer", now=now)


def in_ledger(
    scope: Scope, row: models.Measure, *, on: dt.date, how: str, now: dt.datetime
) -> None:
    """Keep that the ledger has the terms, and end the tasks about it."""
    row.details = {**row.details, "ledger_on": on.isoformat()}
    row.save()
    journal.append(scope, "terms_in_ledger", refs={"measure": row.pk, "on": on, "how": how}, at=now)
    tasks.end(scope, [cause(row, "terms.changed")], outcome="confirmed", on=on, at=now)


def close(
    scope: Scope, kind: str, measure_id: int, *, reason: str, on: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """Withdraw a measure that was proposed, or lift one that runs, because a person says so.

    Raises: Refused without a reason, or when it is over already.
    """
    if not reason.strip():
        raise Refused("reason_missing", "say why: --reason")
    with tx.transaction_of(scope):
        row = find(scope, kind, measure_id)
        if row.state == "proposed":
            withdraw(scope, row)
        elif row.state in ("approved", "in_force"):
            row.details = {**row.details, "closed": {"by": scope.actor, "reason": reason[:200]}}
            lift(scope, row, why="by_hand", on=on, now=now)
        else:
            raise Refused("nothing_to_close", f"{noun(kind)} {row.pk} is {row.state} already")
    return {"id": row.pk, "state": row.state}


def withdraw(scope: Scope, row: models.Measure) -> None:
    """Take a proposal back that nobody has answered yet."""
    questions.withdraw(scope, row.approval_key)
    row.state = "withdrawn"
    row.save()


def lift(scope: Scope, row: models.Measure, *, why: str, on: dt.date, now: dt.datetime) -> None:
    """Lift a measure: the other system is told, unless it has never heard of it."""
    had_calls = models.HookCall.objects.filter(
        organisation_id=scope.organisation_id, measure=row
    ).exists()
    has_left = measures.supersede(scope, row)
    never_told = row.state == "approved" and had_calls and not has_left
    row.lift_on, row.details = on, {**row.details, "lifted_by": why}
    tasks.end(scope, [cause(row, f"{row.kind}.requested")], outcome="lifted", on=on, at=now)
    refs = {"measure": row.pk, "why": why, "on": on}
    journal.append(scope, "measure_lifting", refs=refs, at=now)
    row.state = "lifting"
    if never_told:
        take_effect(scope, row, on=on, how="never told", now=now)
        return
    row.save()
    tell(scope, row, "lifted", on=on, now=now)
    watch.wake(scope, [row.customer_id])


def find(scope: Scope, kind: str, measure_id: int) -> models.Measure:
    """Return the measure of a kind with this id. Raises: Refused where there is none."""
    row = models.Measure.objects.filter(
        organisation_id=scope.organisation_id, kind=kind, pk=measure_id
    ).first()
    if row is None:
        raise Refused(
            "unknown_measure", f"no {noun(kind)} {measure_id}; see `dunwell {noun(kind)} list`"
        )
    return row


def listed(
    scope: Scope, kind: str, *, customer: str | None = None, measure_id: int | None = None
) -> list[dict[str, Any]]:
    """List measures of a kind, newest first; credit holds with the open orders they block."""
    with tx.reading(scope):
        rows = models.Measure.objects.filter(organisation_id=scope.organisation_id, kind=kind)
        if customer is not None:
            rows = rows.filter(customer__reference=customer)
        if measure_id is not None:
            rows = rows.filter(pk=measure_id)
        found = list(rows.select_related("customer", "entity").order_by("-pk"))
        labels = labels_of(scope, {i for r in found for i in r.items})
        calls = calls_of(scope, [r.pk for r in found])
        held = orders(scope, found) if kind == "credit_hold" else None
        return [
            shown(r, labels)
            | {"calls": calls.get(r.pk, [])}
            | ({} if held is None else {"orders": held[r.pk]})
            for r in found
        ]


def one(scope: Scope, kind: str, measure_id: int) -> dict[str, Any]:
    """Return the measure of a kind with this id. Raises: Refused where there is none."""
    with tx.reading(scope):
        find(scope, kind, measure_id)
    return listed(scope, kind, measure_id=measure_id)[0]


def shown(r: models.Measure, labels: dict[int, str]) -> dict[str, Any]:
    """Return a measure as plain data."""
    return {
        "id": r.pk,
        "customer": r.customer.reference,
        "entity": r.entity.code,
        "items": [labels[i] for i in r.items if i in labels],
        "amounts": [{"currency": c, "amount_minor": m} for c, m in r.amounts],
        "state": r.state,
        "key": r.approval_key,
        "proposed_on": r.proposed_on,
        "proposed_by": r.proposed_by,
        "approved_on": r.approved_on,
        "in_force_on": r.in_force_on,
        "lift_on": r.lift_on,
        "lifted_on": r.lifted_on,
        "lifted_by": r.details.get("lifted_by", ""),
        "reason": r.reason,
    }


def orders(scope: Scope, rows: Sequence[models.Measure]) -> dict[int, list[dict[str, Any]]]:
    """Return the open orders behind each hold, by its id: what it has as leverage.

    They are those of the customer and of whoever it pays for, at the same entity.
    """
    children = facts.families(scope).children
    of = {r.pk: {r.customer_id, *children.get(r.customer_id, ())} for r in rows}
    mine: dict[tuple[int, int], list[models.Order]] = {}
    for o in models.Order.objects.filter(
        organisation_id=scope.organisation_id, customer_id__in=set().union(*of.values())
    ).exclude(status__in=("closed", "cancelled", "delivered", "invoiced")):
        mine.setdefault((o.entity_id, o.customer_id), []).append(o)
    found = {r.pk: [o for who in of[r.pk] for o in mine.get((r.entity_id, who), ())] for r in rows}
    return {
        pk: [
            {"number": o.number, "currency": o.currency, "amount_minor": o.amount_minor,
             "ordered_on": o.ordered_on, "status": o.status}
            for o in sorted(some, key=lambda o: (o.ordered_on or dt.date.min, o.number))
        ]
        for pk, some in found.items()
    }  # fmt: skip


def _said(scope: Scope, row: models.Measure, on: dt.date) -> dict[str, Any]:
    """Return what the other system learns: ids, numbers, amounts and dates, and no names."""
    found = models.Item.objects.filter(organisation_id=scope.organisation_id, pk__in=row.items)
    said: dict[str, Any] = {
        "id": row.pk,
        "entity": row.entity.code,
        "customer": row.customer.reference,
        "on": on,
        "items": [
            {"number": label(i.number, i.part), "currency": i.currency, "due_on": i.due_on}
            for i in found.order_by("due_on", "number", "part")
        ],
        "amounts": [{"currency": c, "amount_minor": m} for c, m in row.amounts],
    }
    if row.lift_on is not None and row.kind in KINDS:
        said["because"] = row.details.get("lifted_by", "")
    more: dict[str, Any] = row.details.get("said", {})
    return said | more


def label(number: str, part: str) -> str:
    """Return the number people know an item by."""
    return f"{number}/{part}" if part else number


def is_free(scope: Scope, kind: str, entity: int, customer: int) -> bool:
    """Tell whether no measure of this kind runs or is asked about."""
    try:
        _check_none_runs(scope, kind, entity, customer)
    except Refused:
        return False
    return True


def _check_none_runs(
    scope: Scope, kind: str, entity: int, customer: int, *, but: int | None = None
) -> None:
    mine = {"organisation_id": scope.organisation_id, "entity_id": entity, "customer_id": customer}
    runs = (
        models.Measure.objects.filter(
            **mine, kind=kind, state__in=("proposed", "approved", "in_force")
        )
        .exclude(pk=but or 0)
        .first()
    )
    if runs is not None:
        raise Refused("already_there", f"{noun(kind)} {runs.pk} of this customer is {runs.state}")
    asked = models.Approval.objects.filter(**mine, what=kind, state="asked").first()
    if but is None and asked is not None:
        raise Refused("already_there", f"a {noun(kind)} waits for the {asked.role}: {asked.key}")


def role_for(scope: Scope, entity: models.Entity, kind: str) -> str:
    """Return who approves a measure of a kind: as the entity's policy says, else the manager."""
    _, policy = policies.current(scope, entity.policy)
    for cadence in policy.cadences.values():
        for step in cadence.steps:
            for p in step.proposes:
                if p.what == kind:
                    return p.approve
    return "manager"


def labels_of(scope: Scope, ids: Collection[int]) -> dict[int, str]:
    """Return the number people know each item by."""
    found = models.Item.objects.filter(organisation_id=scope.organisation_id, pk__in=ids)
    return {pk: label(n, p) for pk, n, p in found.values_list("pk", "number", "part")}


def calls_of(scope: Scope, ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """Return what was told to other systems about each measure, oldest first."""
    found: dict[int, list[dict[str, Any]]] = {}
    rows = models.HookCall.objects.filter(
        organisation_id=scope.organisation_id, measure_id__in=ids
    ).select_related("hook")
    for c in rows.order_by("pk"):
        assert c.measure_id is not None
        found.setdefault(c.measure_id, []).append(
            {
                "hook": c.hook.name, "event": c.event, "key": c.key, "state": c.state,
                "tries": c.tries, "status": c.status, "answered_at": c.answered_at,
            }
        )  # fmt: skip
    return found
