"""Handing debts over: to an agency, to a lawyer, or as a report to a bureau (SEMANTICS 7).

A run proposes it, or a person does with `propose`; the role's yes arrives in `placed`, `referred`
or `reported`, which check what the book says that day before anything is handed over. What came
back (`take_back`) does not enter the ladder again: it is held until a person has decided.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from dunwell.core import handoff, money
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.core.views import Place
from dunwell.desk import checklist, named
from dunwell.store import journal, models, tx
from dunwell.store.records import handoffs, questions, tasks, watch

WHAT = {"agency": "placement", "legal": "legal_referral", "bureau": "bureau_report"}
ROLE = {"agency": "manager", "legal": "legal", "bureau": "manager"}
NOUN = {"agency": "placement", "legal": "referral", "bureau": "placement"}


def propose(
    scope: Scope,
    customer: str,
    *,
    kind: str = "agency",
    items: Sequence[str] = (),
    entity: str | None = None,
    as_of: dt.date,
    now: dt.datetime,
) -> dict[str, Any]:
    """Ask the role to hand a customer's debts over; return the question and what it is worth.

    By default everything whose final demand has expired. The checklist may still be open: it is
    asked for when the role answers. Raises: Refused for what the book lacks today.
    """
    with tx.transaction_of(scope):
        who = named.customer(scope, customer)
        rows = named.items(scope, who, items, entity_code=entity)
        case = checklist.case_of(scope, who, named.entity_for(scope, who, entity, rows),
                                 as_of=as_of)  # fmt: skip
        places = handoff.handed(case.view, [i.pk for i in rows])
        _check(case, WHAT[kind], places)
        key = questions.ask(
            scope, WHAT[kind], cause=_cause(case, kind, places), role=_role(case, kind),
            entity_id=case.entity.pk, customer_id=case.customer.pk,
            items=[p.at.item.id for p in places], amounts=_amounts(places), on=as_of, at=now,
        )  # fmt: skip
        said = _proposed(scope, case, kind, places)
    return {"id": key, "state": "asked"} | said


def _cause(case: checklist.Case, kind: str, places: Sequence[Place]) -> str:
    ids = ",".join(str(p.at.item.id) for p in places)
    return f"{kind}:{case.entity.pk}:{case.customer.pk}:{case.view.facts.case_no}:{ids}"


def _role(case: checklist.Case, kind: str) -> str:
    """Return who must say yes: as the cadence says, else the role of SEMANTICS 7."""
    for outcome in case.view.cadence.outcomes:
        if outcome.what == WHAT[kind]:
            return outcome.approve
    return ROLE[kind]


def weigh(
    scope: Scope, customer: str, *, entity: str | None, kind: str = "agency", as_of: dt.date
) -> dict[str, Any]:
    """Show what would be handed over today, what is missing for it, and what it is worth."""
    with tx.reading(scope):
        who = named.customer(scope, customer)
        case = checklist.case_of(scope, who, named.entity_for(scope, who, entity), as_of=as_of)
        return _proposed(scope, case, kind, handoff.handed(case.view))


def _proposed(
    scope: Scope, case: checklist.Case, kind: str, places: Sequence[Place]
) -> dict[str, Any]:
    gaps = handoff.gaps(case.view, WHAT[kind], places)
    found: dict[str, Any] = {
        "customer": case.customer.reference,
        "entity": case.entity.code,
        "kind": kind,
        "items": [_shown(p) for p in places],
        "amounts": [{"currency": c, "amount_minor": m} for c, m in _amounts(places)],
        "gaps": [g._asdict() for g in gaps],
        "checklist_open": [],
        "expected": None,
    }
    if kind == "agency":
        found["checklist_open"] = [
            r.row for r in checklist.rows(scope, case) if r.state == "open"
        ]  # fmt: skip
        found["expected"] = _worth(case, places)
    return found


def _worth(case: checklist.Case, places: Sequence[Place]) -> dict[str, Any]:
    found = handoff.worth(case.view, places)
    return found._asdict() | {"better": found.better}


def _shown(place: Place) -> dict[str, Any]:
    item = place.at.item
    return {"number": item.label, "currency": item.currency, "due_on": item.due_on,
            "amount_minor": place.at.net_minor}  # fmt: skip


def _amounts(places: Sequence[Place]) -> list[tuple[str, int]]:
    totals = money.by_currency((p.at.item.currency, p.at.net_minor) for p in places)
    return sorted(totals.items())


def _check(case: checklist.Case, what: str, places: Sequence[Place]) -> None:
    """Refuse with the first thing that is missing. Raises: Refused."""
    if what == "bureau_report":
        _check_bureau(case)
    for gap in handoff.gaps(case.view, what, places):
        raise Refused(gap.reason, gap.text)


def _check_bureau(case: checklist.Case) -> None:
    if case.customer.natural_person:
        raise Refused(
            "natural_person", f"{case.customer.reference} is a natural person: never reported"
        )
    if not case.view.policy.settings.bureau_reports:
        raise Refused(
            "bureau_off", "the policy reports nobody: set bureau_reports and publish it first"
        )


# --- the answer -------------------------------------------------------------------------------


def placed(scope: Scope, question: models.Approval, as_of: dt.date, now: dt.datetime) -> None:
    """Place what was asked for with the agency, if the checklist is complete too.

    Raises: Refused with what is missing; then nothing was approved.
    """
    case = _case(scope, question, as_of)
    places = handoff.handed(case.view, question.items)
    _check(case, "placement", places)
    missing = [r.row for r in checklist.rows(scope, case) if r.state == "open"]
    if missing:
        raise Refused(
            "checklist_gaps",
            f"the checklist lacks {', '.join(missing)}; see `dunwell checklist show "
            f"{case.customer.reference}`",
        )
    agency = case.view.policy.settings.agency
    made = handoffs.place(
        scope, question, kind="agency", items=_handed(places), amounts=_amounts(places), on=as_of,
        at=now, partner=agency.partner, commission=str(agency.commission_percent),
        expected=_worth(case, places),
    )  # fmt: skip
    _tell(scope, case, made, as_of, now)


def referred(scope: Scope, question: models.Approval, as_of: dt.date, now: dt.datetime) -> None:
    """Refer what was asked for to a lawyer. Raises: Refused with what is missing."""
    case = _case(scope, question, as_of)
    places = handoff.handed(case.view, question.items)
    _check(case, "legal_referral", places)
    made = handoffs.place(
        scope, question, kind="legal", items=_handed(places), amounts=_amounts(places), on=as_of,
        at=now,
    )  # fmt: skip
    _tell(scope, case, made, as_of, now)


def reported(scope: Scope, question: models.Approval, as_of: dt.date, now: dt.datetime) -> None:
    """Let what was asked for be exported to a bureau; nothing stops. Raises: Refused."""
    case = _case(scope, question, as_of)
    places = handoff.handed(case.view, question.items)
    _check(case, "bureau_report", places)
    made = handoffs.place(
        scope, question, kind="bureau", items=_handed(places), amounts=_amounts(places), on=as_of,
        at=now,
    )  # fmt: skip
    _opened(scope, made, now)


def _case(scope: Scope, question: models.Approval, as_of: dt.date) -> checklist.Case:
    return checklist.case_of(scope, question.customer, question.entity, as_of=as_of)


def _handed(places: Sequence[Place]) -> list[tuple[int, int]]:
    return [(p.at.item.id, p.at.net_minor) for p in places]


def _tell(
    scope: Scope, case: checklist.Case, made: models.Placement, as_of: dt.date, now: dt.datetime
) -> None:
    assert made.stop is not None
    handoffs.tell_children(scope, case.customer, made.stop, on=as_of, at=now)
    _opened(scope, made, now)


def _opened(scope: Scope, made: models.Placement, now: dt.datetime) -> None:
    refs = {
        "placement": made.pk, "kind": made.kind, "customer": made.customer_id, "items": made.items,
        "amounts": made.amounts, "on": made.placed_on,
    }  # fmt: skip
    journal.append(scope, "handed_over", refs=refs, at=now)


# --- and back ---------------------------------------------------------------------------------


def take_back(
    scope: Scope,
    placement_id: int,
    *,
    noun: str,
    state: str,
    reason: str,
    as_of: dt.date,
    now: dt.datetime,
) -> dict[str, Any]:
    """End a placement, recalled or closed; what is still open of it is held for a person.

    Raises: Refused for an unknown or ended one, or a recall without a reason.
    """
    if state == "recalled" and not reason.strip():
        raise Refused("reason_missing", "say why it is recalled: --reason")
    with tx.transaction_of(scope):
        made = _live(scope, placement_id, noun)
        made.state, made.reason = state, reason[:200]
        if state == "recalled":
            made.recalled_on = as_of
        else:
            made.closed_on = as_of
        left = handoffs.open_items(scope, [i for i, _ in made.items]) if made.stop else []
        handoffs.end_stop(scope, made.stop, on=as_of, at=now)
        if left:
            _hold(scope, made, left, as_of, now)
        made.save()
        refs = {"placement": made.pk, "state": state, "on": as_of, "left": left}
        journal.append(scope, "taken_back", refs=refs, at=now)
        watch.wake(scope, [made.customer_id])
    return {"id": placement_id, "state": state, "held": len(left)}


def _hold(
    scope: Scope, made: models.Placement, left: Sequence[int], as_of: dt.date, now: dt.datetime
) -> None:
    """Hold what came back, and ask a person what follows: it does not enter the ladder (7)."""
    word = "came back from the lawyer" if made.kind == "legal" else "came back from the agency"
    made.hold = handoffs.open_stop(
        scope, "hold", customer_id=made.customer_id, entity_id=made.entity_id, on=as_of,
        reason=f"{word}: {NOUN[made.kind]} {made.pk}", at=now, items=[(i, None) for i in left],
    )  # fmt: skip
    wanted = tasks.Wanted("recalled", _recalled(made), made.entity_id, made.customer_id)
    tasks.open_all(scope, [wanted], on=as_of, at=now)


def _recalled(made: models.Placement) -> str:
    return f"recalled:{made.pk}"


def _live(scope: Scope, placement_id: int, noun: str) -> models.Placement:
    made = (
        models.Placement.objects.filter(
            organisation_id=scope.organisation_id, pk=placement_id, state="placed"
        )
        .select_related("stop", "customer", "entity")
        .first()
    )
    if made is None or NOUN[made.kind] != noun:
        raise Refused(
            "nothing_to_close", f"no {noun} {placement_id} is open; see `dunwell {noun} list`"
        )
    return made


# --- judges -----------------------------------------------------------------------------------


def judge_payments(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Report what was paid on placed items since, once each: an event, and a task to tell."""
    with tx.transaction_of(scope):
        for made in _placed(scope, customers, kinds=("agency", "legal")):
            fresh = [
                a for a in handoffs.paid(scope, [i for i, _ in made.items])
                if a.pk not in made.reported
            ]  # fmt: skip
            if not fresh:
                continue
            made.reported = [*made.reported, *(a.pk for a in fresh)]
            made.save(update_fields=["reported"])
            refs = {
                "placement": made.pk, "customer": made.customer_id, "on": as_of,
                "payments": [[a.item_id, a.on, a.item.currency, a.amount_minor] for a in fresh],
            }  # fmt: skip
            journal.append(scope, "placement_payment", refs=refs, at=now)
            cause = f"placement_payment:{made.pk}:{fresh[-1].pk}"
            wanted = tasks.Wanted(
                "placement_payment", cause, made.entity_id, made.customer_id,
                note=f"Tell who has {NOUN[made.kind]} {made.pk} what was paid: "
                + ", ".join(money.text(a.amount_minor, a.item.currency) for a in fresh),
            )  # fmt: skip
            tasks.open_all(scope, [wanted], on=as_of, at=now)


def judge_debts(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Ask of each debt overdue since a placement whether it goes along; it is chased meanwhile."""
    with tx.transaction_of(scope):
        live = _placed(scope, customers, kinds=("agency",))
        taken = {i for made in live for i, _ in made.items}
        wanted = []
        for made in live:
            for item in models.Item.objects.filter(
                organisation_id=scope.organisation_id,
                entity_id=made.entity_id,
                customer_id=made.customer_id,
                kind__in=("invoice", "instalment", "debit_note"),
                due_on__lt=as_of,
                due_on__gte=made.placed_on,
                open_minor__gt=0,
            ).exclude(pk__in=taken):
                cause = f"add_to_placement:{made.pk}:{item.pk}"
                wanted.append(
                    tasks.Wanted("add_to_placement", cause, made.entity_id, made.customer_id,
                                 item_id=item.pk)
                )  # fmt: skip
        tasks.open_all(scope, _never_asked(scope, wanted), on=as_of, at=now)


def _never_asked(scope: Scope, wanted: Sequence[tasks.Wanted]) -> list[tasks.Wanted]:
    """Leave out what a person has answered already."""
    had = set(
        models.Task.objects.filter(
            organisation_id=scope.organisation_id, cause__in=[w.cause for w in wanted]
        ).values_list("cause", flat=True)
    )
    return [w for w in wanted if w.cause not in had]


def judge_recalled(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Let the hold on what came back and its task end together, whichever a person closed."""
    with tx.transaction_of(scope):
        rows = models.Placement.objects.filter(
            organisation_id=scope.organisation_id, hold__isnull=False
        )
        if customers is not None:
            rows = rows.filter(customer_id__in=list(customers))
        for made in rows.select_related("hold").order_by("pk"):
            is_open = models.Task.objects.filter(
                organisation_id=scope.organisation_id, cause=_recalled(made), state="open"
            ).exists()
            assert made.hold is not None
            if made.hold.ended_on is None and not is_open:
                handoffs.end_stop(scope, made.hold, on=as_of, at=now)
                refs = {"stop": made.hold.pk, "on": as_of}
                journal.append(scope, "stop_closed", refs=refs, at=now)
                watch.wake(scope, [made.customer_id])
            elif made.hold.ended_on is not None and is_open:
                tasks.end(scope, [_recalled(made)], outcome="hold released", on=as_of, at=now)


def _placed(
    scope: Scope, customers: Collection[int] | None, *, kinds: Sequence[str]
) -> list[models.Placement]:
    rows = models.Placement.objects.filter(
        organisation_id=scope.organisation_id, state="placed", kind__in=kinds
    )
    if customers is not None:
        rows = rows.filter(customer_id__in=list(customers))
    return list(rows.order_by("pk"))


# --- lists ------------------------------------------------------------------------------------


def listed(
    scope: Scope, *, customer: str | None = None, kinds: Sequence[str] = ("agency", "bureau")
) -> list[dict[str, Any]]:
    """List placements (or referrals), newest first, with what was paid since."""
    with tx.reading(scope):
        rows = models.Placement.objects.filter(
            organisation_id=scope.organisation_id, kind__in=kinds
        ).select_related("customer", "entity")
        if customer is not None:
            rows = rows.filter(customer__reference=customer)
        found = list(rows.order_by("-pk"))
        ids = {i for made in found for i, _ in made.items}
        label, paid = labels(scope, ids), handoffs.paid(scope, ids)
        return [_row(r, label, paid) for r in found]


def _row(
    made: models.Placement, label: dict[int, tuple[str, str]], paid: list[models.Allocation]
) -> dict[str, Any]:
    mine = {i for i, _ in made.items}
    since = [a for a in paid if a.item_id in mine and a.pk not in made.paid_before]
    return {
        "id": made.pk,
        "customer": made.customer.reference,
        "entity": made.entity.code,
        "kind": made.kind,
        "partner": made.partner,
        "state": made.state,
        "placed_on": made.placed_on,
        "items": [{"number": label[i][0], "currency": label[i][1], "amount_minor": m}
                  for i, m in made.items],
        "amounts": [{"currency": c, "amount_minor": m} for c, m in made.amounts],
        "commission_percent": made.commission_percent,
        "expected": made.expected,
        "payments_since": [
            {"number": label[a.item_id][0], "on": a.on, "currency": a.item.currency,
             "amount_minor": a.amount_minor, "source": a.source}
            for a in since
        ],
        "exported_at": made.exported_at,
        "recalled_on": made.recalled_on,
        "closed_on": made.closed_on,
        "reason": made.reason,
        "approval": made.approval_key,
    }  # fmt: skip


def labels(scope: Scope, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return the number people know each item by, and its currency."""
    rows = models.Item.objects.filter(organisation_id=scope.organisation_id, pk__in=list(ids))
    return {i.pk: (f"{i.number}/{i.part}" if i.part else i.number, i.currency) for i in rows}
