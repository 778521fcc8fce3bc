"""Our own stops: who holds what back, why, from when, until when (SEMANTICS 7, Hold)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import named
from dunwell.store import journal, models, personal, tx
from dunwell.store.records import tasks, watch

KINDS = ("hold", "commercial_pause", "hardship", "moved_out")
"""Our own stops; what opens each but the plain hold stands in `hardship`."""
LISTED = (*KINDS, "closed")
"""With what a person closed at the end of its ladder (`ending`). Every other stop (a dispute, a
promise, a plan, a placement, …) ends by its own verb only, with its own consequences."""


def open_hold(
    scope: Scope,
    customer: str,
    *,
    items: list[str],
    amount_minor: int | None,
    on: dt.date,
    until: dt.date | None,
    reason: str,
    now: dt.datetime,
    kind: str = "hold",
    note: str = "",
    entity: str | None = None,
) -> int:
    """Hold a customer, items, or an amount of one item; may be backdated; return its id.

    A note may speak of people, so it is kept apart as personal data.

    Raises: Refused for an unknown customer or item, no reason, or an end before the start.
    """
    if not reason.strip():
        raise Refused("reason_missing", "a hold needs a reason: --reason")
    if until is not None and until < on:
        raise Refused("dates_crossed", f"the hold would end {until} before it begins {on}")
    if amount_minor is not None and len(items) != 1:
        raise Refused("which_item", "--amount holds a part of one item: name it with --item")
    with tx.transaction_of(scope):
        row = named.customer(scope, customer)
        ids = [i.pk for i in named.items(scope, row, items, entity_code=entity)]
        stop = models.Stop.objects.create(
            organisation_id=scope.organisation_id,
            customer=row,
            entity=named.entity(scope, entity) if entity else None,
            kind=kind,
            from_on=on,
            until_on=until,
            reason=reason[:200],
            by=scope.actor,
            opened_at=now,
        )
        models.StopItem.objects.bulk_create(
            models.StopItem(
                organisation_id=scope.organisation_id,
                stop=stop,
                item_id=i,
                amount_minor=amount_minor,
            )
            for i in ids
        )
        if note:
            personal.keep(scope, "stop", {(stop.pk, "note"): note.encode()}, at=now)
        refs = {"stop": stop.pk, "kind": kind, "customer": row.pk, "items": ids, "from": on}
        journal.append(scope, "stop_opened", refs=refs | {"until": until}, at=now)
        watch.wake(scope, [row.pk])
    return stop.pk


def amount_of(
    scope: Scope, customer: str, items: Sequence[str], amount: Decimal, *, entity: str | None = None
) -> int:
    """Return an amount in minor units of the one item it is about.

    Raises: Refused where it is not about exactly one item, or has too many decimals.
    """
    if len(items) != 1:
        raise Refused("which_item", "--amount is a part of one item: name it with --item")
    with tx.reading(scope):
        row = named.customer(scope, customer)
        item = named.items(scope, row, items, entity_code=entity)[0]
    return named.minor(amount, item.currency)


def close_hold(
    scope: Scope,
    stop_id: int,
    *,
    on: dt.date,
    now: dt.datetime,
    kinds: Sequence[str] = LISTED,
    marked: str = "",
) -> None:
    """Release a hold: `on` is the first day it no longer covers; it is never deleted.

    It must be of one of these kinds, and its reason begin as `marked` says: whoever takes back
    what one verb made ends nothing that another did.

    Raises: Refused for an unknown or already ended hold, and for a stop of another kind.
    """
    with tx.transaction_of(scope):
        stop = models.Stop.objects.filter(
            organisation_id=scope.organisation_id, pk=stop_id, kind__in=kinds,
            reason__startswith=marked,
        ).first()  # fmt: skip
        if stop is None or stop.ended_on is not None:
            raise Refused("nothing_to_close", f"no open stop {stop_id}; see `dunwell hold list`")
        stop.ended_on, stop.ended_at, stop.ended_by = on, now, scope.actor
        stop.state = "released"
        stop.save()
        if stop.kind == "closed":
            # What is opened again is at the end of its ladder still: somebody chooses anew.
            cause = f"choose_outcome:{stop.entity_id}:{stop.customer_id}"
            again = tasks.Wanted("choose_outcome", cause, stop.entity_id, stop.customer_id)
            tasks.open_all(scope, [again], on=on, at=now)
        refs = {"stop": stop.pk, "on": on}
        journal.append(scope, "stop_closed", refs=refs, at=now)
        watch.wake(scope, [stop.customer_id])


def listed(
    scope: Scope, *, customer: str | None, kinds: Sequence[str] = LISTED
) -> list[dict[str, Any]]:
    """List holds, newest first, with what they cover and who set them."""
    with tx.reading(scope):
        rows = models.Stop.objects.filter(
            organisation_id=scope.organisation_id, kind__in=kinds
        ).select_related("customer", "entity").order_by("-pk")  # fmt: skip
        if customer is not None:
            rows = rows.filter(customer__reference=customer)
        notes = personal.read(scope, "stop", [r.pk for r in rows], fields=["note"])
        parts: dict[int, list[dict[str, Any]]] = {}
        for x in models.StopItem.objects.filter(
            organisation_id=scope.organisation_id, stop__in=[r.pk for r in rows]
        ).select_related("item"):
            label = f"{x.item.number}/{x.item.part}" if x.item.part else x.item.number
            parts.setdefault(x.stop_id, []).append(
                {"number": label, "currency": x.item.currency, "amount_minor": x.amount_minor}
            )
        return [
            {
                "id": r.pk,
                "kind": r.kind,
                "customer": r.customer.reference,
                "entity": r.entity.code if r.entity else "",
                "items": parts.get(r.pk, []),
                "from_on": r.from_on,
                "until_on": r.until_on,
                "ended_on": r.ended_on,
                "review_on": r.review_on,
                "reason": r.reason,
                "note": notes.get((r.pk, "note"), ""),
                "by": r.by,
                "state": r.state,
            }
            for r in rows
        ]
