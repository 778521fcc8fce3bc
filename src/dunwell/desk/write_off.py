"""Giving a debt up: asked, approved by amount, reversible, reported (SEMANTICS 7).

Nothing is posted to the ledger: `listed` gives the lines somebody posts there. Until the ledger
does, the items stay open in the book, and stopped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from dunwell.core import handoff, money, position
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.core.views import Place, View
from dunwell.desk import checklist, named, placement
from dunwell.store import journal, models, tx
from dunwell.store.records import handoffs, questions, tasks, watch


class Part(NamedTuple):
    """How much of an item is given up."""

    item: int
    currency: str
    minor: int
    is_whole: bool


def propose(
    scope: Scope,
    customer: str,
    *,
    items: Sequence[str],
    amount: Decimal | None,
    reason: str,
    entity: str | None,
    as_of: dt.date,
    now: dt.datetime,
) -> dict[str, Any]:
    """Ask to write off a customer's debts, items, or a part of one; return id and question.

    By default everything that is open and not stopped. Raises: Refused without a reason, for an
    amount that is not about one item or more than is open of it, or where nothing is open.
    """
    if not reason.strip():
        raise Refused("reason_missing", "a write-off needs a reason: --reason")
    if amount is not None and len(items) != 1:
        raise Refused("which_item", "--amount is a part of one item: name it with --item")
    with tx.transaction_of(scope):
        who = named.customer(scope, customer)
        rows = named.items(scope, who, items, entity_code=entity)
        case = checklist.case_of(scope, who, named.entity_for(scope, who, entity, rows),
                                 as_of=as_of)  # fmt: skip
        parts = _parts(case.view, [i.pk for i in rows], amount)
        total = _in_base(case.view, parts)
        role = handoff.approver(
            total, case.view.policy.settings, case.view.facts.base_currency
        )  # fmt: skip
        made = _record(scope, case, parts, reason, as_of)
        key = questions.ask(
            scope, "write_off", cause=f"write_off:{made.pk}", role=role,
            entity_id=case.entity.pk, customer_id=case.customer.pk,
            items=[p.item for p in parts], amounts=_amounts(parts), on=as_of, at=now,
        )  # fmt: skip
        models.WriteOff.objects.filter(
            organisation_id=scope.organisation_id, pk=made.pk
        ).update(approval_key=key)  # fmt: skip
    return {
        "id": made.pk,
        "state": "asked",
        "approval": key,
        "role": role,
        "amounts": [{"currency": c, "amount_minor": m} for c, m in _amounts(parts)],
    }


def _parts(view: View, ids: Collection[int], amount: Decimal | None) -> list[Part]:
    places = [p for p in view.places if p.at.chaseable_minor and (not ids or p.at.item.id in ids)]
    if not places:
        raise Refused("nothing_open", "nothing of it is open, or it has left the ladder already")
    if amount is not None:
        item = places[0].at.item
        minor = named.minor(amount, item.currency)
        if minor > places[0].at.chaseable_minor:
            left = money.text(places[0].at.chaseable_minor, item.currency)
            raise Refused("bad_amount", f"only {left} of {item.label} can be written off")
        return [Part(item.id, item.currency, minor, minor == item.open_minor)]
    return [_whole(p) for p in places]


def _whole(place: Place) -> Part:
    item, minor = place.at.item, place.at.chaseable_minor
    return Part(item.id, item.currency, minor, minor == item.open_minor)


def _amounts(parts: Sequence[Part]) -> list[tuple[str, int]]:
    return sorted(money.by_currency((p.currency, p.minor) for p in parts).items())


def _in_base(view: View, parts: Sequence[Part]) -> int:
    found = position.in_base(view.facts, ((p.currency, p.minor) for p in parts))
    if found.missing:
        base = view.facts.base_currency
        raise Refused("no_rate", f"no rate for {', '.join(found.missing)} into {base}: import one")
    return found.minor


def _record(
    scope: Scope, case: checklist.Case, parts: Sequence[Part], reason: str, on: dt.date
) -> models.WriteOff:
    return models.WriteOff.objects.create(
        organisation_id=scope.organisation_id,
        entity=case.entity,
        customer=case.customer,
        items=[[p.item, p.minor, p.is_whole] for p in parts],
        amounts=[list(pair) for pair in _amounts(parts)],
        reason=reason[:200],
        proposed_by=scope.actor,
        on=on,
    )


# --- the answer -------------------------------------------------------------------------------


def granted(scope: Scope, question: models.Approval, as_of: dt.date, now: dt.datetime) -> None:
    """Write off what was asked for: its items leave the ladder from today.

    Raises: Refused where the person's own limit does not cover it, or nothing is open any more.
    """
    case = checklist.case_of(scope, question.customer, question.entity, as_of=as_of)
    made = _asked(scope, question, case, as_of)
    standing = {p.at.item.id: p.at for p in case.view.places if p.at.chaseable_minor}
    parts = [
        Part(i, standing[i].item.currency, min(m, standing[i].chaseable_minor), whole)
        for i, m, whole in made.items
        if i in standing
    ]
    if not parts:
        raise Refused("nothing_open", "nothing of it is open, or it has left the ladder already")
    _check_limit(scope, question, _in_base(case.view, parts), case.view.facts.base_currency)
    made.stop = handoffs.open_stop(
        scope, "written_off", customer_id=made.customer_id, entity_id=made.entity_id, on=as_of,
        reason=made.reason, at=now,
        items=[(p.item, None if p.is_whole else p.minor) for p in parts],
    )  # fmt: skip
    made.state, made.on = "written_off", as_of
    made.items = [[p.item, p.minor, p.is_whole] for p in parts]
    made.amounts = [list(pair) for pair in _amounts(parts)]
    made.reported = [a.pk for a in handoffs.paid(scope, [p.item for p in parts])]
    made.save()
    whole = [p.item for p in parts if p.is_whole]
    handoffs.withdraw(
        scope, customer_id=made.customer_id, entity_id=made.entity_id, items=whole,
        keep=question.pk,
    )  # fmt: skip
    refs = {"write_off": made.pk, "customer": made.customer_id, "items": made.items,
            "amounts": made.amounts, "on": as_of}  # fmt: skip
    journal.append(scope, "written_off", refs=refs, at=now)


def _asked(
    scope: Scope, question: models.Approval, case: checklist.Case, as_of: dt.date
) -> models.WriteOff:
    """Return the write-off a question is about; what a run proposed gets its own row now."""
    made = models.WriteOff.objects.filter(
        organisation_id=scope.organisation_id, approval_key=question.key, state="asked"
    ).first()
    if made is not None:
        return made
    parts = [_whole(p) for p in case.view.places
             if p.at.item.id in question.items and p.at.chaseable_minor]  # fmt: skip
    made = _record(scope, case, parts, "small balance", as_of)
    made.approval_key, made.proposed_by = question.key, ""
    return made


def _check_limit(scope: Scope, question: models.Approval, minor: int, base: str) -> None:
    """Check the person's own limit, where one is set. Raises: Refused."""
    mine = models.Membership.objects.filter(
        organisation_id=scope.organisation_id, user__name=scope.actor, role=question.role
    ).first()
    if mine is not None and mine.limit_minor is not None and minor > mine.limit_minor:
        raise Refused(
            "over_limit",
            f"{money.text(minor, base)} is over the limit of {scope.actor} as {question.role}, "
            f"{money.text(mine.limit_minor, base)}; somebody else must answer",
        )


def refused(scope: Scope, question: models.Approval, as_of: dt.date, now: dt.datetime) -> None:
    """Keep that a write-off was refused; its items stay on the ladder."""
    models.WriteOff.objects.filter(
        organisation_id=scope.organisation_id, approval_key=question.key, state="asked"
    ).update(state="refused")


def close(
    scope: Scope, write_off_id: int, *, reason: str, as_of: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """Reverse a write-off: its items may be chased again, where their ladder had stopped.

    Raises: Refused for an unknown or reversed one, or without a reason.
    """
    if not reason.strip():
        raise Refused("reason_missing", "say why it is reversed: --reason")
    with tx.transaction_of(scope):
        made = (
            models.WriteOff.objects.filter(
                organisation_id=scope.organisation_id, pk=write_off_id, state="written_off"
            )
            .select_related("stop")
            .first()
        )
        if made is None:
            raise Refused(
                "nothing_to_close",
                f"no write-off {write_off_id} is in force; see `dunwell write-off list`",
            )
        handoffs.end_stop(scope, made.stop, on=as_of, at=now)
        made.state, made.reversed_on = "reversed", as_of
        made.save(update_fields=["state", "reversed_on"])
        refs = {"write_off": made.pk, "on": as_of, "reason": reason[:200]}
        journal.append(scope, "write_off_reversed", refs=refs, at=now)
        watch.wake(scope, [made.customer_id])
    return {"id": write_off_id, "state": "reversed"}


def judge(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Report what a customer paid on a debt that was given up, once each."""
    with tx.transaction_of(scope):
        rows = models.WriteOff.objects.filter(
            organisation_id=scope.organisation_id, state="written_off"
        )
        if customers is not None:
            rows = rows.filter(customer_id__in=list(customers))
        for made in rows.order_by("pk"):
            ids = [i for i, _, _ in made.items]
            fresh = [a for a in handoffs.paid(scope, ids)
                     if a.pk not in made.reported and a.payment_id]  # fmt: skip
            if not fresh:
                continue
            made.reported = [*made.reported, *(a.pk for a in fresh)]
            made.save(update_fields=["reported"])
            refs = {"write_off": made.pk, "customer": made.customer_id, "on": as_of,
                    "payments": [[a.item_id, a.on, a.item.currency, a.amount_minor]
                                 for a in fresh]}  # fmt: skip
            journal.append(scope, "write_off_paid", refs=refs, at=now)
            wanted = tasks.Wanted(
                "write_off_paid", f"write_off_paid:{made.pk}:{fresh[-1].pk}", made.entity_id,
                made.customer_id,
            )  # fmt: skip
            tasks.open_all(scope, [wanted], on=as_of, at=now)


# --- lists ------------------------------------------------------------------------------------


def listed(scope: Scope, *, customer: str | None = None) -> list[dict[str, Any]]:
    """List write-offs, newest first, item by item as the ledger must post them."""
    with tx.reading(scope):
        rows = models.WriteOff.objects.filter(
            organisation_id=scope.organisation_id
        ).select_related("customer", "entity").order_by("-pk")  # fmt: skip
        if customer is not None:
            rows = rows.filter(customer__reference=customer)
        answers = dict(
            models.Approval.objects.filter(
                organisation_id=scope.organisation_id,
                key__in=[r.approval_key for r in rows],
                state="granted",
            ).values_list("key", "decided_by")
        )
        label = placement.labels(scope, {i for r in rows for i, _, _ in r.items})
        return [_row(r, label, answers.get(r.approval_key, "")) for r in rows]


def _row(
    made: models.WriteOff, label: dict[int, tuple[str, str]], approved_by: str
) -> dict[str, Any]:
    return {
        "id": made.pk,
        "customer": made.customer.reference,
        "entity": made.entity.code,
        "state": made.state,
        "on": made.on,
        "items": [{"number": label[i][0], "currency": label[i][1], "amount_minor": m}
                  for i, m, _ in made.items],
        "amounts": [{"currency": c, "amount_minor": m} for c, m in made.amounts],
        "reason": made.reason,
        "proposed_by": made.proposed_by,
        "approved_by": approved_by,
        "reversed_on": made.reversed_on,
        "approval": made.approval_key,
    }  # fmt: skip
