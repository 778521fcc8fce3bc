"""Deliveries nobody knows the end of: a person says what became of them (SEMANTICS 6.5)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dunwell.core.decision import Act
from dunwell.core.errors import Refused
from dunwell.core.message import Receipt
from dunwell.core.scope import Scope
from dunwell.store import models, tx
from dunwell.store.records import cases, outbox

OUTCOMES = ("sent", "not_sent")


def listed(scope: Scope, *, states: tuple[str, ...] = ("unknown",)) -> list[dict[str, Any]]:
    """List the actions in these states, oldest first."""
    with tx.reading(scope):
        return [
            {
                "key": a.key,
                "customer": a.customer.reference,
                "entity": a.entity.code,
                "step": a.step,
                "channel": a.channel,
                "state": a.state,
                "send_at": a.send_at,
                "handed_at": a.handed_at,
                "reason": a.reason,
            }
            for a in models.Action.objects.filter(
                organisation_id=scope.organisation_id, state__in=states
            )
            .select_related("customer", "entity")
            .order_by("send_at", "pk")
        ]


def close(scope: Scope, key: str, *, outcome: str, now: dt.datetime) -> str:
    """Treat an unknown delivery as sent, on the day it was handed over, or as not sent.

    Not sent counts as a proven failure: the step may be tried again, under a new attempt.
    Raises: Refused for a key that is not unknown, or an outcome there is not.
    """
    if outcome not in OUTCOMES:
        raise Refused("unknown_outcome", f"--outcome {outcome!r} is not sent or not_sent")
    with tx.transaction_of(scope):
        action = (
            models.Action.objects.filter(
                organisation_id=scope.organisation_id, key=key, state="unknown"
            )
            .select_related("decision", "customer", "entity")
            .first()
        )
        if action is None:
            raise Refused(
                "not_unknown", f"no unknown delivery {key!r}; see `dunwell delivery list`"
            )
        handed_at = action.handed_at or now
        said = f"{scope.actor} says: {outcome.replace('_', ' ')}"
        on = max(action.decision.as_of, handed_at.date())
        kind = "by_hand" if outcome == "sent" else "failed"
        receipt = Receipt(key=key, channel=action.channel, kind=kind, at=now, evidence=said)
        if outcome == "sent":
            act = cases.unpack(bytes(action.decision.body))
            assert isinstance(act, Act)
            outbox.record_sent(scope, action, receipt, act=act, on=on, sha256="")
        else:
            outbox.record_failed(scope, action, receipt, on=on)
    return str(action.customer.reference)
