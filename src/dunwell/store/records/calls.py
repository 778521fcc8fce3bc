"""Calls and contacts made by hand: what was tried, what was reached, which step it was.

A call that was made takes the step that waits for it; a contact by hand is a step only if the
person says which (SEMANTICS 6.6). Each function is a part of its caller's transaction.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Q

from dunwell.core import book, calls
from dunwell.core.decision import Act
from dunwell.core.scope import Scope
from dunwell.store import journal, models, personal
from dunwell.store.records import cases, outbox, steps, tasks

CHANNEL = "call"
"""What a try by telephone counts as in a policy's terms, whichever number was called."""
TASKS = ("call", "broken_promise", "returned_payment")
"""The kinds of task that a call made answers."""


def cause(action: models.Action) -> str:
    """Return what the task of a planned call goes by."""
    return f"call:{action.key}"


def waiting(
    scope: Scope,
    *,
    entity_id: int | None = None,
    customers: Collection[int] | None = None,
    planned_by: dt.date | None = None,
) -> list[models.Action]:
    """Return the planned calls that wait to be made, the oldest first."""
    rows = models.Action.objects.filter(
        organisation_id=scope.organisation_id, state="waiting", channel=CHANNEL
    )
    if entity_id is not None:
        rows = rows.filter(entity_id=entity_id)
    if customers is not None:
        rows = rows.filter(customer_id__in=list(customers))
    if planned_by is not None:
        rows = rows.filter(decision__as_of__lte=planned_by)
    return list(rows.select_related("decision", "entity", "customer").order_by("send_at", "pk"))


def tries(scope: Scope, customers: Collection[int]) -> dict[tuple[int, int], list[calls.Try]]:
    """Return what was tried with these customers, oldest first, by (entity, customer).

    Times are on the entity's clock.
    """
    found: dict[tuple[int, int], list[calls.Try]] = {}
    rows = models.Call.objects.filter(
        organisation_id=scope.organisation_id, customer_id__in=list(customers),
        withdrawn_on__isnull=True,
    )  # fmt: skip
    for row in rows.select_related("entity").order_by("at", "pk"):
        local = row.at.astimezone(zoneinfo.ZoneInfo(row.entity.time_zone))
        found.setdefault((row.entity_id, row.customer_id), []).append(calls.Try(local, row.outcome))
    return found


def record(scope: Scope, call: models.Call, *, note: str, at: dt.datetime) -> bool:
    """Write a call, and what it counts as; return whether it is a call made, or makes one."""
    call.save(force_insert=True)
    if note:
        personal.keep(scope, "call", {(call.pk, "note"): note.encode()}, at=at)
    mine = tries(scope, [call.customer_id])[(call.entity_id, call.customer_id)]
    is_made = calls.is_made([t for t in mine if t.at <= call.at])
    kinds = [] if call.outcome in calls.REACHED else ["attempt"]
    kinds += ["call"] if is_made else []
    done = models.Done.objects.bulk_create(
        models.Done(
            organisation_id=scope.organisation_id, entity_id=call.entity_id,
            customer_id=call.customer_id, kind=kind, on=call.on, channel=CHANNEL,
            outcome=call.outcome,
        )
        for kind in kinds
    )  # fmt: skip
    call.led_to = {"made": is_made, "done": [d.pk for d in done]}
    refs = {
        "call": call.pk, "customer": call.customer_id, "outcome": call.outcome, "on": call.on,
        "made": is_made, "action": call.action_id,
    }  # fmt: skip
    journal.append(scope, "called", refs=refs, at=at)
    return is_made


def confirm(
    scope: Scope, planned: Sequence[models.Action], call: models.Call, *, at: dt.datetime
) -> None:
    """Take the steps that waited for this call: the world has confirmed it (6.6)."""
    for action in planned:
        act = cases.unpack(bytes(action.decision.body))
        assert isinstance(act, Act), "only an act plans a call"
        action.state = "sent"
        action.save(update_fields=["state"])
        models.Receipt.objects.create(
            organisation_id=scope.organisation_id, action=action, kind="by_hand", at=at,
            evidence=f"call {call.pk}: {call.outcome}",
        )  # fmt: skip
        if action.takes_step:
            outbox.take_steps(scope, action, act, on=call.on)
        refs = {"action": action.pk, "key": action.key, "on": call.on, "sha256": ""}
        journal.append(scope, "sent", refs=refs, at=at)


def end_tasks(
    scope: Scope, call: models.Call, *, spared: Iterable[str], at: dt.datetime
) -> list[int]:
    """End the tasks this call answers; `spared` are the causes of calls that still wait."""
    rows = models.Task.objects.filter(
        Q(entity_id=call.entity_id) | Q(entity_id__isnull=True),
        organisation_id=scope.organisation_id,
        customer_id=call.customer_id,
        state="open",
        kind__in=TASKS,
    ).exclude(cause__in=list(spared))
    ids = list(rows.values_list("pk", flat=True))
    tasks.end_these(scope, ids, outcome=call.outcome, on=call.on, at=at)
    return ids


def record_contact(
    scope: Scope,
    *,
    entity_id: int,
    customer_id: int,
    on: dt.date,
    tone: str,
    channel: str,
    step: str = "",
    action: models.Action | None = None,
) -> int:
    """Write that a person reached the customer: it keeps the next demand its distance (4.5)."""
    made = models.Outreach.objects.create(
        organisation_id=scope.organisation_id, entity_id=entity_id, customer_id=customer_id,
        on=on, tone=tone, channel=channel, step=step, action=action, by_hand=True,
    )  # fmt: skip
    return int(made.pk)


def take_by_hand(scope: Scope, items: Sequence[int], taken: book.Taken) -> None:
    """Write the step a person says a contact was, for the items it was about."""
    models.StepTaken.objects.bulk_create(
        models.StepTaken(
            organisation_id=scope.organisation_id, item_id=i, step=taken.step, on=taken.on,
            tone=taken.tone, phase=taken.phase, source="by_hand",
        )
        for i in items
    )  # fmt: skip
    steps.add(scope, taken, items)


def break_route(
    scope: Scope, contact: models.Contact, channel: str, *, entity_id: int, on: dt.date,
    at: dt.datetime,
) -> None:  # fmt: skip
    """Mark a number as wrong, and let somebody find the right one."""
    models.Route.objects.filter(
        organisation_id=scope.organisation_id, contact=contact, channel=channel
    ).update(invalid_on=on, invalid_reason="wrong number")
    wanted = tasks.broken_route(contact.pk, channel, entity_id, contact.customer_id)
    tasks.open_all(scope, [wanted], on=on, at=at)
