"""What leaves the ladder: placements, referrals, write-offs, insolvencies, and their stops.

Every function stands inside the caller's transaction, which also appends to the journal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from dunwell.core.scope import Scope
from dunwell.store import models
from dunwell.store.records import tasks

ENDS = ("notice", "placement", "legal_referral", "write_off")
"""Questions that are over once their items have left the ladder."""
CONTACTS = ("call", "broken_promise", "follow_up", "offer_plan", "returned_payment", "find_route")
"""Tasks that lead to a contact with the customer."""


def open_stop(
    scope: Scope,
    kind: str,
    *,
    customer_id: int,
    entity_id: int | None,
    on: dt.date,
    reason: str,
    at: dt.datetime,
    items: Iterable[tuple[int, int | None]] = (),
) -> models.Stop:
    """Open a stop over items (with the amount, or None for the whole), or over everything."""
    stop = models.Stop.objects.create(
        organisation_id=scope.organisation_id,
        customer_id=customer_id,
        entity_id=entity_id,
        kind=kind,
        from_on=on,
        reason=reason[:200],
        by=scope.actor,
        opened_at=at,
    )
    models.StopItem.objects.bulk_create(
        models.StopItem(
            organisation_id=scope.organisation_id, stop=stop, item_id=item, amount_minor=minor
        )
        for item, minor in items
    )
    return stop


def end_stop(scope: Scope, stop: models.Stop | None, *, on: dt.date, at: dt.datetime) -> None:
    """End a stop that has not ended: on this day it no longer covers."""
    if stop is None or stop.ended_on is not None:
        return
    stop.ended_on, stop.ended_at, stop.ended_by = on, at, scope.actor
    stop.state = "released"
    stop.save(update_fields=["ended_on", "ended_at", "ended_by", "state"])


def open_items(scope: Scope, ids: Collection[int]) -> list[int]:
    """Return those of some items of which something is open."""
    return list(
        models.Item.objects.filter(
            organisation_id=scope.organisation_id, pk__in=list(ids), open_minor__gt=0
        )
        .order_by("due_on", "pk")
        .values_list("pk", flat=True)
    )


def paid(scope: Scope, ids: Collection[int]) -> list[models.Allocation]:
    """Return every payment and credit matched to some items, oldest first."""
    return list(
        models.Allocation.objects.filter(
            organisation_id=scope.organisation_id, item_id__in=list(ids)
        )
        .exclude(source="opening")
        .select_related("item", "payment")
        .order_by("on", "pk")
    )


def withdraw(
    scope: Scope, *, customer_id: int, entity_id: int, items: Collection[int], keep: int
) -> int:
    """Take back what is asked about items that have left the ladder, but for one question.

    A notice that is also about others stays: the next look puts it with its new figures.
    """
    asked = models.Approval.objects.filter(
        organisation_id=scope.organisation_id,
        customer_id=customer_id,
        entity_id=entity_id,
        state="asked",
        what__in=ENDS,
    ).exclude(pk=keep)
    gone = set(items)
    over = [
        pk
        for pk, what, about in asked.values_list("pk", "what", "items")
        if gone & set(about) and (what != "notice" or gone >= set(about))
    ]
    return models.Approval.objects.filter(
        organisation_id=scope.organisation_id, pk__in=over
    ).update(state="withdrawn")


def silence(scope: Scope, customer_id: int, *, why: str, on: dt.date, at: dt.datetime) -> list[int]:
    """Take back everything that would reach a customer: the outbox, questions, calls to make.

    Returns the actions. What a worker has claimed is taken from it; what is being handed over
    at this moment is not (nobody can), and its receipt will say so.
    """
    mine = {"organisation_id": scope.organisation_id, "customer_id": customer_id}
    rows = models.Action.objects.filter(**mine, state__in=("ready", "claimed", "waiting"))
    ids = list(rows.values_list("pk", flat=True))
    rows.filter(pk__in=ids).update(state="cancelled", reason=why[:200])
    models.Approval.objects.filter(**mine, state="asked").update(state="withdrawn")
    causes = models.Task.objects.filter(**mine, state="open", kind__in=CONTACTS)
    named = [c for c in causes.values_list("cause", flat=True) if c]
    tasks.end(scope, named, outcome=why, on=on, at=at)
    return ids


def children(scope: Scope, parent: models.Customer) -> list[int]:
    """Return the customers whose parent this one is."""
    return list(
        models.Customer.objects.filter(
            organisation_id=scope.organisation_id, parent=parent.reference
        )
        .exclude(pk=parent.pk)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def tell_children(
    scope: Scope, parent: models.Customer, stop: models.Stop, *, on: dt.date, at: dt.datetime
) -> None:
    """Put a task before the manager for each child of a customer that is insolvent or placed."""
    wanted = [
        tasks.Wanted("child_of_insolvent", f"child_of:{stop.pk}:{child}", stop.entity_id, child)
        for child in children(scope, parent)
    ]
    tasks.open_all(scope, wanted, on=on, at=at)


def place(
    scope: Scope,
    question: models.Approval,
    *,
    kind: str,
    items: Sequence[tuple[int, int]],
    amounts: Sequence[tuple[str, int]],
    on: dt.date,
    at: dt.datetime,
    partner: str = "",
    commission: str = "",
    expected: dict[str, Any] | None = None,
) -> models.Placement:
    """Hand items over: to an agency or a lawyer they leave the ladder, to a bureau they do not."""
    ids = [i for i, _ in items]
    stop = None
    if kind != "bureau":
        stop = open_stop(
            scope, "placement", customer_id=question.customer_id, entity_id=question.entity_id,
            on=on, reason=question.what, at=at, items=[(i, None) for i in ids],
        )  # fmt: skip
        withdraw(
            scope, customer_id=question.customer_id, entity_id=question.entity_id, items=ids,
            keep=question.pk,
        )  # fmt: skip
    before = [a.pk for a in paid(scope, ids)]
    return models.Placement.objects.create(
        organisation_id=scope.organisation_id,
        stop=stop,
        entity_id=question.entity_id,
        customer_id=question.customer_id,
        kind=kind,
        partner=partner[:100],
        approval_key=question.key,
        placed_on=on,
        items=[list(pair) for pair in items],
        amounts=[list(pair) for pair in amounts],
        commission_percent=commission,
        expected=expected or {},
        paid_before=before,
        reported=before,
    )


def mark(
    scope: Scope,
    *,
    entity_id: int,
    customer_id: int,
    case_no: int,
    row: str,
    state: str,
    reason: str,
    on: dt.date,
) -> models.ChecklistMark:
    """Keep what a person says of a row of the checklist; the newest word stands."""
    made, _ = models.ChecklistMark.objects.update_or_create(
        organisation_id=scope.organisation_id,
        entity_id=entity_id,
        customer_id=customer_id,
        case_no=case_no,
        row=row,
        defaults={"state": state, "evidence": reason[:300], "by": scope.actor, "on": on},
    )
    return made
