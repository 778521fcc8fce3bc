"""Terms changed by collections: shorter, in advance, a lower limit, longer for a VIP.

Proposed by a person or a step, approved by a role, in force on a day, entered in the ledger,
and told to the customer only once a person releases it. Payment in advance is a decision kept
inside the house until all past dues are paid: no message, and no other system, hears of it
before (SEMANTICS 7).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import grounds, measure, named
from dunwell.store import facts, journal, models, tx
from dunwell.store.records import people, tasks, watch

KIND = "terms"
_FIELDS = {"days": "terms_days", "limit": "credit_limit_minor"}
"""What of a change stands on the customer, and in which column."""


def open_terms(
    scope: Scope,
    customer: str,
    *,
    days: int | None,
    limit: Decimal | None,
    is_prepaid: bool,
    entity: str | None,
    on: dt.date,
    until: dt.date | None,
    reason: str,
    as_of: dt.date,
    now: dt.datetime,
) -> dict[str, Any]:
    """Propose other terms from a day on; a role must approve them.

    Raises: Refused without a reason or a change, for dates that cross, and for longer terms or
    a higher limit unless the customer is a VIP.
    """
    if not reason.strip():
        raise Refused("reason_missing", "changed terms need a reason: --reason")
    if days is None and limit is None and not is_prepaid:
        raise Refused("which_terms", "say what changes: --days, --limit or --prepayment")
    if until is not None and until < on:
        raise Refused("dates_crossed", f"the terms would end {until} before they begin {on}")
    with tx.transaction_of(scope):
        who = named.customer(scope, customer)
        of = named.entity_for(scope, who, entity)
        wanted = {
            "days": days,
            "limit": None if limit is None else named.minor(limit, of.base_currency),
        }
        changes = {k: v for k, v in wanted.items() if v is not None}
        _check_change(scope, of, who, changes, is_prepaid=is_prepaid)
        details: dict[str, Any] = {**changes, "from_on": on.isoformat()}
        mine = models.Item.objects.filter(
            organisation_id=scope.organisation_id, entity=of, customer=who, open_minor__gt=0
        )
        row = models.Measure.objects.create(
            organisation_id=scope.organisation_id,
            entity=of,
            customer=who,
            kind=KIND,
            items=list(mine.order_by("pk").values_list("pk", flat=True)),
            details=details | ({"prepayment": True} if is_prepaid else {}),
            until_on=until,
            proposed_on=as_of,
            proposed_by=scope.actor,
            reason=reason[:200],
        )
        role = measure.role_for(scope, of, KIND)
        measure.put_question(scope, row, role=role, on=as_of, at=now)
    return {"id": row.pk, "state": "proposed", "key": row.approval_key}


def granted(scope: Scope, row: models.Approval, as_of: dt.date, now: dt.datetime) -> None:
    """Let approved terms begin on their day; a bare proposal of a step asks which terms."""
    made = measure.proposed(scope, row)
    if row.what == "prepayment":
        made.kind, made.details = KIND, {"prepayment": True, "from_on": as_of.isoformat()}
    made.state, made.approved_on = "approved", as_of
    made.save()
    refs = {"measure": made.pk, "kind": made.kind, "customer": made.customer_id, "on": as_of}
    refs |= {"items": made.items, "amounts": made.amounts}
    journal.append(scope, "measure_approved", refs=refs, at=now)
    if not made.details:
        note = (
            f"dunwell terms open {made.customer.reference} …, then: dunwell terms close {made.pk}"
        )
        wanted = tasks.Wanted(
            "set_terms", f"measure:{made.pk}", row.entity_id, row.customer_id, note
        )
        tasks.open_all(scope, [wanted], on=as_of, at=now)
    elif made.details["from_on"] <= as_of.isoformat():
        _begin(scope, made, on=as_of, now=now)


def release(scope: Scope, measure_id: int, *, on: dt.date, now: dt.datetime) -> dict[str, Any]:
    """Let the customer be told, by the account manager; before this nobody tells them.

    Raises: Refused before the terms are in force, twice, or, for payment in advance, while
    anything is past due.
    """
    with tx.transaction_of(scope):
        row = measure.find(scope, KIND, measure_id)
        if row.state != "in_force":
            raise Refused("not_in_force", f"terms {row.pk} are {row.state}: nothing to tell")
        if row.told_on is not None:
            raise Refused("told_already", f"terms {row.pk} were released on {row.told_on}")
        if row.details.get("prepayment") and is_past_due(scope, row, as_of=on):
            raise Refused("past_dues_open", "payment in advance is told once past dues are paid")
        row.told_on = on
        row.save()
        journal.append(scope, "terms_released", refs={"measure": row.pk, "on": on}, at=now)
        tasks.end(scope, [_may_tell(row)], outcome="released", on=on, at=now)
        wanted = tasks.Wanted("tell_terms", f"measure:{row.pk}", row.entity_id, row.customer_id)
        tasks.open_all(scope, [wanted], on=on, at=now)
        if row.details.get("prepayment"):
            _tell_ledger(scope, row, {"prepayment": True}, on=on, now=now)
    return {"id": row.pk, "state": row.state, "told_on": on}


def confirm(scope: Scope, measure_id: int, *, on: dt.date, now: dt.datetime) -> dict[str, Any]:
    """Say that the ledger has the terms. Raises: Refused where nothing was to be entered."""
    with tx.transaction_of(scope):
        row = measure.find(scope, KIND, measure_id)
        if not measure.awaits(row):
            raise Refused("nothing_to_confirm", f"terms {row.pk}: nothing to confirm")
        measure.in_ledger(scope, row, on=on, how="by hand", now=now)
    return {"id": row.pk, "state": row.state}


def close(
    scope: Scope, measure_id: int, *, reason: str, on: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """Withdraw terms that wait, or end those in force: what stood before stands again.

    Raises: Refused without a reason, or when they are over already.
    """
    if not reason.strip():
        raise Refused("reason_missing", "say why: --reason")
    with tx.transaction_of(scope):
        row = measure.find(scope, KIND, measure_id)
        row.details = {**row.details, "closed": {"by": scope.actor, "reason": reason[:200]}}
        if row.state == "proposed":
            measure.withdraw(scope, row)
        elif row.state == "approved":
            row.state = "withdrawn"
            row.save()
            tasks.end(scope, [f"measure:{row.pk}"], outcome="withdrawn", on=on, at=now)
        elif row.state == "in_force":
            _end(scope, row, why="by_hand", on=on, now=now)
        else:
            raise Refused("nothing_to_close", f"terms {row.pk} are {row.state} already")
    return {"id": row.pk, "state": row.state}


def nightly(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Let terms begin and end on their day."""
    with tx.reading(scope):
        rows = models.Measure.objects.filter(organisation_id=scope.organisation_id, kind=KIND)
        waits = rows.filter(state="approved").values_list("pk", "details")
        begin = [pk for pk, d in waits if d and d["from_on"] <= as_of.isoformat()]
        end = list(rows.filter(state="in_force", until_on__lt=as_of).values_list("pk", flat=True))
    for pk in begin:
        with tx.transaction_of(scope):
            _begin(scope, measure.find(scope, KIND, pk), on=as_of, now=now)
    for pk in end:
        with tx.transaction_of(scope):
            _end(scope, measure.find(scope, KIND, pk), why="until", on=as_of, now=now)


def judge(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Say to a person that payment in advance may be told, once all past dues are paid."""
    with tx.transaction_of(scope):
        rows = models.Measure.objects.filter(
            organisation_id=scope.organisation_id, kind=KIND, state="in_force", told_on=None
        ).select_related("entity")
        if customers is not None:
            payer_of = facts.families(scope).payer_of
            rows = rows.filter(
                customer_id__in={*customers, *(payer_of.get(c, c) for c in customers)}
            )
        prepaid = [r for r in rows if r.details.get("prepayment")]
        owed = grounds.owed_by(scope, prepaid, as_of=as_of)
        wanted = [
            tasks.Wanted(
                "release_terms", _may_tell(r), r.entity_id, r.customer_id,
                note=f"All past dues are paid: dunwell terms release {r.pk}",
            )
            for r in prepaid
            if not any(s.is_overdue for s in owed[r.entity_id, r.customer_id].values())
        ]  # fmt: skip
        tasks.open_all(scope, wanted, on=as_of, at=now)


def is_past_due(scope: Scope, row: models.Measure, *, as_of: dt.date) -> bool:
    """Tell whether anything is past due and not covered by credit, whatever stops it."""
    owed = grounds.owed(scope, row.entity, row.customer_id, as_of=as_of)
    return any(s.is_overdue for s in owed.values())


def listed(
    scope: Scope, *, customer: str | None = None, measure_id: int | None = None
) -> list[dict[str, Any]]:
    """List changed terms, newest first."""
    with tx.reading(scope):
        rows = models.Measure.objects.filter(organisation_id=scope.organisation_id, kind=KIND)
        if customer is not None:
            rows = rows.filter(customer__reference=customer)
        if measure_id is not None:
            rows = rows.filter(pk=measure_id)
        found = list(rows.select_related("customer", "entity").order_by("-pk"))
        calls = measure.calls_of(scope, [r.pk for r in found])
        return [_shown(r) | {"calls": calls.get(r.pk, [])} for r in found]


def one(scope: Scope, measure_id: int) -> dict[str, Any]:
    """Return changed terms by id. Raises: Refused where there are none."""
    with tx.reading(scope):
        measure.find(scope, KIND, measure_id)
    return listed(scope, measure_id=measure_id)[0]


def _shown(r: models.Measure) -> dict[str, Any]:
    return {
        "id": r.pk,
        "customer": r.customer.reference,
        "entity": r.entity.code,
        "days": r.details.get("days"),
        "currency": r.entity.base_currency,
        "limit_minor": r.details.get("limit"),
        "prepayment": bool(r.details.get("prepayment")),
        "state": r.state,
        "key": r.approval_key,
        "from_on": r.details.get("from_on"),
        "until_on": r.until_on,
        "proposed_by": r.proposed_by,
        "approved_on": r.approved_on,
        "in_force_on": r.in_force_on,
        "ledger_on": r.details.get("ledger_on"),
        "told_on": r.told_on,
        "lifted_on": r.lifted_on,
        "reason": r.reason,
    }


def _check_change(
    scope: Scope,
    entity: models.Entity,
    who: models.Customer,
    changes: dict[str, int],
    *,
    is_prepaid: bool,
) -> None:
    now = {
        "days": entity.terms_days if who.terms_days is None else who.terms_days,
        "limit": who.credit_limit_minor,
    }
    if not is_prepaid and all(now[k] == v for k, v in changes.items()):
        raise Refused("no_change", f"these are the terms of {who.reference} already")
    is_better = any((had := now[k]) is not None and v > had for k, v in changes.items())
    if is_better and _segment(scope, entity, who) != "vip":
        raise Refused("only_vip", "longer terms and a higher limit are for VIPs only")


def _segment(scope: Scope, entity: models.Entity, who: models.Customer) -> str:
    row = (
        models.Assessment.objects.filter(
            organisation_id=scope.organisation_id, entity=entity, customer=who
        )
        .order_by("-since_on")
        .first()
    )
    return row.segment if row else ""


def _begin(scope: Scope, row: models.Measure, *, on: dt.date, now: dt.datetime) -> None:
    """Let terms be in force: the customer has them from today, the ledger is told."""
    changes = {_FIELDS[k]: row.details[k] for k in _FIELDS if k in row.details}
    former = _set(scope, row, changes, at=now)
    row.details = {**row.details, "former": former}
    row.state, row.in_force_on = "in_force", on
    row.save()
    refs = {"measure": row.pk, "customer": row.customer_id, "on": on, **changes}
    journal.append(scope, "terms_changed", refs=refs, at=now)
    if changes:
        until = {"until_on": row.until_on.isoformat()} if row.until_on else {}
        _tell_ledger(scope, row, _in_words(row, changes) | until, on=on, now=now)


def _end(scope: Scope, row: models.Measure, *, why: str, on: dt.date, now: dt.datetime) -> None:
    """End terms: what stood before stands again, unless it was changed by others since."""
    customer = models.Customer.objects.get(
        organisation_id=scope.organisation_id, pk=row.customer_id
    )
    was = row.details.get("former", {})
    ours = {_FIELDS[k]: row.details[k] for k in _FIELDS if k in row.details}
    back = {f: was[f] for f, v in ours.items() if f in was and getattr(customer, f) == v}
    _set(scope, row, back, at=now)
    row.state, row.lift_on, row.lifted_on = "lifted", on, on
    row.details = {**row.details, "lifted_by": why}
    row.save()
    refs = {"measure": row.pk, "customer": row.customer_id, "on": on, "why": why, **back}
    journal.append(scope, "terms_ended", refs=refs, at=now)
    tasks.end(scope, [_may_tell(row), f"measure:{row.pk}"], outcome="ended", on=on, at=now)
    said = _in_words(row, back)
    if row.told_on is not None and row.details.get("prepayment"):
        said["prepayment"] = False
    if said:
        _tell_ledger(scope, row, said, on=on, now=now)


def _in_words(row: models.Measure, changes: dict[str, Any]) -> dict[str, Any]:
    """Return changes as the ledger is told them: an amount beside its currency."""
    has_limit = "credit_limit_minor" in changes
    return changes | ({"currency": row.entity.base_currency} if has_limit else {})


def _set(
    scope: Scope, row: models.Measure, changes: dict[str, Any], *, at: dt.datetime
) -> dict[str, Any]:
    """Change the customer and keep what it was (DATA.md 1.3); return what it was."""
    customer = models.Customer.objects.select_for_update().get(
        organisation_id=scope.organisation_id, pk=row.customer_id
    )
    former = {f: getattr(customer, f) for f in changes}
    if changes:
        people.former(scope, "customer", customer.pk, former, at).save(force_insert=True)
        for field, value in changes.items():
            setattr(customer, field, value)
        customer.save(update_fields=list(changes))
        watch.wake(scope, [customer.pk])
    return former


def _tell_ledger(
    scope: Scope, row: models.Measure, said: dict[str, Any], *, on: dt.date, now: dt.datetime
) -> None:
    row.details = {k: v for k, v in row.details.items() if k != "ledger_on"} | {"said": said}
    row.save()
    measure.tell(scope, row, "changed", on=on, now=now)


def _may_tell(row: models.Measure) -> str:
    return f"measure:{row.pk}:release"
