"""One customer on one page: what is open, where each item stands, what was done, what is next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from dunwell.core import aging
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import explain, folder
from dunwell.store import facts, models, personal, tx
from dunwell.store.lists import aging as open_lists


def ids_of(scope: Scope, references: Sequence[str]) -> list[int]:
    """Return the store's ids of customers by reference.

    Raises: Refused for a reference nobody has.
    """
    with tx.reading(scope):
        found = dict(
            models.Customer.objects.filter(
                organisation_id=scope.organisation_id, reference__in=list(references)
            ).values_list("reference", "pk")
        )
    missing = sorted(set(references) - set(found))
    if missing:
        raise Refused("unknown_customer", f"no customer {missing[0]!r}; check the reference")
    return [found[r] for r in references]


def customer(scope: Scope, reference: str, *, as_of: dt.date, today: dt.date) -> dict[str, Any]:
    """Return everything about a customer: balance by age, items, contacts, timeline, next step.

    Raises: Refused for a reference nobody has.
    """
    with tx.reading(scope):
        pk, found = picture(scope, reference, as_of=as_of)
        found["timeline"] = _timeline(scope, pk)
    found["next"] = [
        {"entity": x.entity, "verdict": x.verdict, "sentences": x.sentences,
         "look_again_on": x.look_again_on, "policy": x.policy}
        for x in explain.run(scope, reference, as_of=as_of, today=today)
    ]  # fmt: skip
    return found


def picture(scope: Scope, reference: str, *, as_of: dt.date) -> tuple[int, dict[str, Any]]:
    """Return a customer's id, and how it stands: balance by age, items, contacts, stops.

    Raises: Refused for a reference nobody has.
    """
    pk = ids_of(scope, [reference])[0]
    with tx.reading(scope):
        row = models.Customer.objects.get(organisation_id=scope.organisation_id, pk=pk)
        open_rows = [
            o
            for o in open_lists.open_amounts(scope, as_of=as_of, customers=[pk])
            if o.key == reference
        ]
        aged = aging.age(open_rows, as_of=as_of)
        return pk, {
            "reference": reference,
            "name": personal.read(scope, "customer", [pk], fields=["name"]).get((pk, "name"), ""),
            "country": row.country,
            "language": row.language,
            "account_owner": row.owner,
            "strategic": row.strategic,
            "as_of": as_of,
            "balance": [
                {"currency": r.currency, "not_due": r.not_due,
                 "buckets": dict(zip(aging.labels(aging.DEFAULT_EDGES), r.buckets, strict=True)),
                 "credits": r.credits, "unapplied": r.unapplied, "total": r.total}
                for r in aged
            ],
            "assessments": _assessments(scope, pk),
            "items": _items(scope, pk, as_of),
            "contacts": _contacts(scope, pk),
            "stops": _stops(scope, pk),
        }  # fmt: skip


def _assessments(scope: Scope, customer_id: int) -> list[dict[str, Any]]:
    """Return the newest segment and grade at each entity, with the inputs they rest on."""
    newest: dict[str, dict[str, Any]] = {}
    for a in (
        models.Assessment.objects.filter(
            organisation_id=scope.organisation_id, customer_id=customer_id
        )
        .select_related("entity")
        .order_by("since_on")
    ):
        newest[a.entity.code] = {
            "entity": a.entity.code, "segment": a.segment, "grade": a.grade,
            "since_on": a.since_on, "inputs": a.inputs,
        }  # fmt: skip
    return list(newest.values())


def _items(scope: Scope, customer_id: int, as_of: dt.date) -> list[dict[str, Any]]:
    mine = models.Item.objects.filter(
        organisation_id=scope.organisation_id, customer_id=customer_id, open_minor__gt=0
    )
    items = list(mine.select_related("entity").order_by("entity__code", "due_on", "number", "part"))
    taken = _taken(scope, [i.pk for i in items])
    return [
        {
            "entity": i.entity.code,
            "number": f"{i.number}/{i.part}" if i.part else i.number,
            "kind": i.kind,
            "issued_on": i.issued_on,
            "due_on": i.due_on,
            "due_derived": i.due_derived,
            "days_overdue": max(0, (as_of - i.due_on).days) if i.kind != "credit_note" else 0,
            "currency": i.currency,
            "amount_minor": i.amount_minor,
            "open_minor": i.open_minor,
            "steps": taken.get(i.pk, []),
        }
        for i in items
    ]


def _taken(scope: Scope, items: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Return the steps items have taken; those taken back have an index of their own."""
    steps = [
        s
        for start in range(0, len(items), facts.CHUNK)
        for taken_back in (False, True)
        for s in models.StepTaken.objects.filter(
            organisation_id=scope.organisation_id,
            item_id__in=items[start : start + facts.CHUNK],
            voided_on__isnull=not taken_back,
        )
    ]
    found: dict[int, list[dict[str, Any]]] = {}
    for s in sorted(steps, key=lambda s: (s.on, s.pk)):
        found.setdefault(s.item_id, []).append(
            {"step": s.step, "on": s.on, "tone": s.tone, "voided_on": s.voided_on}
        )
    return found


def _contacts(scope: Scope, customer_id: int) -> list[dict[str, Any]]:
    return [
        {"role": c.role, "name": c.name, "routes": c.routes}
        for c in folder.contacts(scope, customer_id)
    ]


def _stops(scope: Scope, customer_id: int) -> list[dict[str, Any]]:
    return [
        {
            "id": s.pk, "kind": s.kind, "from_on": s.from_on, "until_on": s.until_on,
            "ended_on": s.ended_on, "reason": s.reason, "by": s.by, "state": s.state,
        }
        for s in models.Stop.objects.filter(
            organisation_id=scope.organisation_id, customer_id=customer_id
        ).order_by("-from_on", "-pk")
    ]  # fmt: skip


def _timeline(scope: Scope, customer_id: int) -> list[dict[str, Any]]:
    """Return what was decided, sent, said, paid and answered, newest first."""
    mine = {"organisation_id": scope.organisation_id, "customer_id": customer_id}
    decided = models.Decision.objects.filter(**mine).defer("body", "facts")
    sent = models.Action.objects.filter(**mine).exclude(state__in=("ready", "claimed"))
    paid = models.Payment.objects.filter(**mine)
    answered = models.Approval.objects.filter(**mine).exclude(state="asked")
    called = models.Call.objects.filter(**mine, withdrawn_on__isnull=True)
    noted = models.Note.objects.filter(**mine, withdrawn_on__isnull=True)
    by_hand = models.Outreach.objects.filter(**mine, by_hand=True, voided_on__isnull=True)
    by_hand = by_hand.exclude(channel="call")
    out: list[dict[str, Any]] = [
        *(
            {"on": d.as_of, "what": "decided", "verdict": d.verdict, "reason": d.reason,
             "step": d.step, "id": d.pk}
            for d in decided
        ),
        *(
            {"on": (a.handed_at or a.send_at).date(), "what": a.state, "channel": a.channel,
             "step": a.step, "key": a.key, "reason": a.reason}
            for a in sent
        ),
        *(
            {"on": p.paid_on, "what": p.kind, "reference": p.reference, "currency": p.currency,
             "amount_minor": p.amount_minor}
            for p in paid
        ),
        *(
            {"on": q.decided_on or q.asked_on, "what": q.state, "step": q.step,
             "by": q.decided_by, "reason": q.reason}
            for q in answered
        ),
        *(
            {"on": c.on, "what": "call", "channel": c.channel, "reason": c.outcome, "by": c.by,
             "id": c.pk}
            for c in called
        ),
        *({"on": n.at.date(), "what": "note", "by": n.by, "id": n.pk} for n in noted),
        *(
            {"on": o.on, "what": "by_hand", "channel": o.channel, "step": o.step}
            for o in by_hand
        ),
    ]  # fmt: skip
    return sorted(out, key=lambda x: x["on"], reverse=True)
