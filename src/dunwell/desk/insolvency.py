"""Insolvency: a hard stop for the whole customer, from the filing, at every entity (SEMANTICS 7).

No contact of any kind; what was ready to go is taken back at once, and no policy can let it out.
The debts are parted at the filing, and the role legal has the claim to file.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from dunwell.core import handoff
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import named
from dunwell.store import journal, models, personal, tx
from dunwell.store.records import handoffs, tasks, watch


def open_filing(
    scope: Scope,
    customer: str,
    *,
    on: dt.date,
    kind: str = "insolvency",
    court_reference: str = "",
    claim_due: dt.date | None = None,
    note: str = "",
    as_of: dt.date,
    now: dt.datetime,
) -> dict[str, Any]:
    """Stop everything toward a customer from the day of the filing, also backdated.

    Raises: Refused for a day ahead, a deadline before the filing, or one that is open already.
    """
    if on > as_of:
        raise Refused("date_ahead", f"--on {on} lies ahead: enter it on the day it is filed")
    if claim_due is not None and claim_due < on:
        raise Refused("dates_crossed", f"the claim would be due {claim_due}, before {on}")
    with tx.transaction_of(scope):
        who = named.customer(scope, customer)
        _check_none_open(scope, who)
        stop = handoffs.open_stop(
            scope, "insolvency", customer_id=who.pk, entity_id=None, on=on, reason=kind, at=now
        )
        made = models.Insolvency.objects.create(
            organisation_id=scope.organisation_id, stop=stop, customer=who, kind=kind[:30],
            filed_on=on, court_reference=court_reference[:100], claim_due_on=claim_due,
        )  # fmt: skip
        if note:
            personal.keep(scope, "insolvency", {(made.pk, "note"): note.encode()}, at=now)
        cancelled = handoffs.silence(scope, who.pk, why="insolvent", on=as_of, at=now)
        wanted = tasks.Wanted("proof_of_claim", _claim(made), None, who.pk, due_on=claim_due)
        tasks.open_all(scope, [wanted], on=as_of, at=now)
        handoffs.tell_children(scope, who, stop, on=as_of, at=now)
        refs = {"insolvency": made.pk, "stop": stop.pk, "customer": who.pk, "filed_on": on,
                "cancelled": cancelled}  # fmt: skip
        journal.append(scope, "insolvency_opened", refs=refs, at=now)
        watch.wake(scope, [who.pk])
    return {"id": made.pk, "state": "open", "cancelled": len(cancelled)}


def _check_none_open(scope: Scope, who: models.Customer) -> None:
    row = models.Insolvency.objects.filter(
        organisation_id=scope.organisation_id, customer=who, closed_on__isnull=True
    ).first()
    if row is not None:
        raise Refused("already_open", f"insolvency {row.pk} of {who.reference} is open already")


def _claim(made: models.Insolvency) -> str:
    return f"proof_of_claim:{made.pk}"


def claim(
    scope: Scope, insolvency_id: int, *, on: dt.date, as_of: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """Say that the proof of claim was filed; its task is done. Raises: Refused, also twice."""
    with tx.transaction_of(scope):
        made = _open(scope, insolvency_id)
        if made.claimed_on is not None:
            raise Refused("already_claimed", f"its claim was filed on {made.claimed_on}")
        if on > as_of or on < made.filed_on:
            raise Refused(
                "dates_crossed", f"--on {on} lies before the filing ({made.filed_on}) or ahead"
            )
        made.claimed_on = on
        made.save(update_fields=["claimed_on"])
        tasks.end(scope, [_claim(made)], outcome="claim filed", on=as_of, at=now)
        refs = {"insolvency": made.pk, "on": on}
        journal.append(scope, "claim_filed", refs=refs, at=now)
    return {"id": insolvency_id, "state": "open", "claimed_on": on}


def close(
    scope: Scope, insolvency_id: int, *, reason: str, as_of: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """End the stop: from this day on the customer may be chased again.

    Raises: Refused for an unknown or closed one, or without a reason.
    """
    if not reason.strip():
        raise Refused("reason_missing", "say how it ended: --reason")
    with tx.transaction_of(scope):
        made = _open(scope, insolvency_id)
        handoffs.end_stop(scope, made.stop, on=as_of, at=now)
        made.closed_on, made.closed_reason = as_of, reason[:200]
        made.save(update_fields=["closed_on", "closed_reason"])
        tasks.end(scope, [_claim(made)], outcome="closed", on=as_of, at=now)
        refs = {"insolvency": made.pk, "on": as_of}
        journal.append(scope, "insolvency_closed", refs=refs, at=now)
        watch.wake(scope, [made.customer_id])
    return {"id": insolvency_id, "state": "closed"}


def _open(scope: Scope, insolvency_id: int) -> models.Insolvency:
    made = (
        models.Insolvency.objects.filter(
            organisation_id=scope.organisation_id, pk=insolvency_id, closed_on__isnull=True
        )
        .select_related("stop", "customer")
        .first()
    )
    if made is None:
        raise Refused(
            "nothing_to_close",
            f"no insolvency {insolvency_id} is open; see `dunwell insolvency list`",
        )
    return made


# --- lists ------------------------------------------------------------------------------------


def listed(scope: Scope, *, customer: str | None = None) -> list[dict[str, Any]]:
    """List insolvencies, newest first."""
    with tx.reading(scope):
        rows = models.Insolvency.objects.filter(
            organisation_id=scope.organisation_id
        ).select_related("customer", "stop").order_by("-pk")  # fmt: skip
        if customer is not None:
            rows = rows.filter(customer__reference=customer)
        notes = personal.read(scope, "insolvency", [r.pk for r in rows], fields=["note"])
        return [_row(r, notes.get((r.pk, "note"), "")) for r in rows]


def show(scope: Scope, insolvency_id: int) -> dict[str, Any]:
    """Show one with its debts parted at the filing, and what was sent since by mistake.

    Raises: Refused for one that is not there.
    """
    found = [r for r in listed(scope) if r["id"] == insolvency_id]
    if not found:
        raise Refused(
            "unknown_insolvency", f"no insolvency {insolvency_id}; see `dunwell insolvency list`"
        )
    with tx.reading(scope):
        made = models.Insolvency.objects.get(
            organisation_id=scope.organisation_id, pk=insolvency_id
        )
        items = list(
            models.Item.objects.filter(
                organisation_id=scope.organisation_id,
                customer_id=made.customer_id,
                open_minor__gt=0,
            )
            .select_related("entity")
            .order_by("due_on", "number", "part", "pk")
        )
        contacts = models.Outreach.objects.filter(
            organisation_id=scope.organisation_id,
            customer_id=made.customer_id,
            on__gte=made.filed_on,
            voided_on__isnull=True,
        ).order_by("on", "pk")
        since = [{"on": o.on, "channel": o.channel, "step": o.step} for o in contacts]
    by_id = {i.pk: i for i in items}
    before, after = handoff.split(map(_dated, items), filed_on=made.filed_on)
    return found[0] | {
        "before": _side(before, by_id),
        "after": _side(after, by_id),
        "contacts_since": since,
    }


def _dated(i: models.Item) -> handoff.Dated:
    return handoff.Dated(i.pk, i.kind, i.currency, i.open_minor, i.issued_on, i.due_on)


def _side(found: list[handoff.Dated], by_id: dict[int, models.Item]) -> dict[str, Any]:
    return {
        "items": [
            {"entity": by_id[d.item].entity.code, "number": _label(by_id[d.item]), "kind": d.kind,
             "issued_on": d.issued_on, "due_on": d.due_on, "is_assumed": d.is_assumed,
             "currency": d.currency, "open_minor": d.signed_minor}
            for d in found
        ],
        "totals": [{"currency": c, "open_minor": m} for c, m in handoff.totals(found).items()],
    }  # fmt: skip


def _label(item: models.Item) -> str:
    return f"{item.number}/{item.part}" if item.part else item.number


def _row(made: models.Insolvency, note: str) -> dict[str, Any]:
    return {
        "id": made.pk,
        "customer": made.customer.reference,
        "kind": made.kind,
        "state": "closed" if made.closed_on else "open",
        "filed_on": made.filed_on,
        "court_reference": made.court_reference,
        "claim_due_on": made.claim_due_on,
        "claimed_on": made.claimed_on,
        "closed_on": made.closed_on,
        "reason": made.closed_reason,
        "by": made.stop.by,
        "note": note,
    }
