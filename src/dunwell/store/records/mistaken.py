"""Calls and contacts logged in error: what they wrote is taken back by a record of its own.

Nothing is deleted but what only a step's requirement reads: the row stays, with who took it back
and when. Each function is a part of its caller's transaction. Must not know: who may do so.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from dunwell.core.scope import Scope
from dunwell.store import journal, models
from dunwell.store.records import steps, tasks, watch

WHY = "logged in error"


def withdraw_call(scope: Scope, call: models.Call, *, on: dt.date, at: dt.datetime) -> None:
    """Let a call count as nothing: no try, no contact, no step; what it answered waits again."""
    led = call.led_to
    actions = list(led.get("confirmed", ()))
    _take_back(scope, led, actions, on=on)
    is_next = not _went_on(scope, call, after=led.get("newest", 0))
    _wait_again(scope, call, actions, is_next=is_next, at=at)
    if is_next:
        _reopen(scope, led.get("tasks_ended", ()))
    opened = models.Task.objects.filter(
        organisation_id=scope.organisation_id, pk__in=led.get("tasks", ()), state="open"
    )
    ids = list(opened.values_list("pk", flat=True))
    tasks.end_these(scope, ids, outcome="withdrawn", on=on, at=at)
    call.withdrawn_on, call.withdrawn_by = on, scope.actor
    call.save(update_fields=["withdrawn_on", "withdrawn_by"])
    refs = {"call": call.pk, "customer": call.customer_id, "on": on, "actions": actions}
    journal.append(scope, "call_withdrawn", refs=refs, at=at)
    watch.wake(scope, [call.customer_id])


def withdraw_note(scope: Scope, note: models.Note, *, on: dt.date, at: dt.datetime) -> None:
    """Let a note and the contact it told of count as nothing."""
    _take_back(scope, note.led_to, [], on=on)
    note.withdrawn_on, note.withdrawn_by = on, scope.actor
    note.save(update_fields=["withdrawn_on", "withdrawn_by"])
    refs = {"note": note.pk, "customer": note.customer_id, "on": on}
    journal.append(scope, "note_withdrawn", refs=refs, at=at)
    watch.wake(scope, [note.customer_id])


def newest(scope: Scope, customer_id: int) -> int:
    """Return the newest action about a customer: what comes after it may rest on what is logged."""
    rows = models.Action.objects.filter(
        organisation_id=scope.organisation_id, customer_id=customer_id
    )
    found = rows.order_by("-pk").values_list("pk", flat=True).first()
    return found or 0


def _take_back(scope: Scope, led: dict[str, Any], actions: list[int], *, on: dt.date) -> None:
    """Take back the contact, the requirement it met, and the steps."""
    mine = {"organisation_id": scope.organisation_id}
    models.Done.objects.filter(**mine, pk__in=led.get("done", ())).delete()
    models.Outreach.objects.filter(
        **mine, pk=led.get("outreach") or 0, voided_on__isnull=True
    ).update(voided_on=on)
    live = models.StepTaken.objects.filter(**mine, voided_on__isnull=True)
    rows = list(live.filter(action_id__in=actions).values_list("pk", "item_id")) if actions else []
    items = led.get("items", ())
    if items:
        by_hand = live.filter(item_id__in=items, step=led["step"], source="by_hand")
        rows += by_hand.values_list("pk", "item_id")
    models.StepTaken.objects.filter(**mine, pk__in=[pk for pk, _ in rows]).update(
        voided_on=on, void_reason=WHY
    )
    steps.refresh(scope, [item for _, item in rows])


def _went_on(scope: Scope, call: models.Call, *, after: int) -> bool:
    """Tell whether anything left the house, or was planned to be called about, since the call."""
    rows = models.Action.objects.filter(
        organisation_id=scope.organisation_id, entity_id=call.entity_id,
        customer_id=call.customer_id, pk__gt=after,
    )  # fmt: skip
    return rows.exclude(state__in=("ready", "cancelled")).exists()


def _wait_again(
    scope: Scope, call: models.Call, actions: list[int], *, is_next: bool, at: dt.datetime
) -> None:
    """Put the planned calls it answered back into the queue; where the case went on, end them."""
    for pk in actions:
        state = {"state": "waiting"} if is_next else {"state": "cancelled", "reason": WHY}
        models.Action.objects.filter(
            organisation_id=scope.organisation_id, pk=pk, state="sent"
        ).update(**state)
        models.Receipt.objects.create(
            organisation_id=scope.organisation_id, action_id=pk, kind="taken_back", at=at,
            evidence=f"call {call.pk} was {WHY}",
        )  # fmt: skip


def _reopen(scope: Scope, ids: Any) -> None:
    """Open again the tasks it ended, but for those whose cause is before somebody already."""
    rows = models.Task.objects.filter(
        organisation_id=scope.organisation_id, pk__in=list(ids), state="done"
    )
    causes = [c for c in rows.values_list("cause", flat=True) if c]
    taken = models.Task.objects.filter(
        organisation_id=scope.organisation_id, state="open", cause__in=causes
    ).values_list("cause", flat=True)
    rows.exclude(cause__in=list(taken)).update(state="open", outcome="", done_on=None, done_by="")
