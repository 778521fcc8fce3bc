"""Deliveries nobody knows the end of: a person says what became of them (SEMANTICS 6.5)."""

from __future__ import annotations

import datetime as dt
import hashlib
import zoneinfo
from typing import Any

from dunwell.core.decision import Act
from dunwell.core.errors import Refused
from dunwell.core.message import Receipt
from dunwell.core.scope import Scope
from dunwell.store import models, tx
from dunwell.store.records import cases, outbox

OUTCOMES = ("sent", "not_sent")


def listed(
    scope: Scope, *, states: tuple[str, ...] = ("unknown",), customer: str | None = None
) -> list[dict[str, Any]]:
    """List the actions in these states, oldest first: all, or one customer's."""
    with tx.reading(scope):
        rows = models.Action.objects.filter(organisation_id=scope.organisation_id, state__in=states)
        if customer is not None:
            rows = rows.filter(customer__reference=customer)
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
            for a in rows.select_related("customer", "entity").order_by("send_at", "pk")
        ]


def close(
    scope: Scope, key: str, *, outcome: str, now: dt.datetime, on: dt.date | None = None
) -> str:
    """Treat an unknown delivery as sent, or as not sent; return whose it is.

    Sent: on the entity's day on which it was handed over, unless `on` says another. Not sent
    counts as a proven failure: the step may be tried again, under a new attempt.
    Raises: Refused for a key that is not unknown, an outcome there is not, or a day before the
    step was decided.
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
        zone = zoneinfo.ZoneInfo(action.entity.time_zone)
        decided_for = action.decision.as_of
        on = on or max(decided_for, handed_at.astimezone(zone).date())
        if on < decided_for:
            raise Refused("too_early", f"--on {on} lies before {decided_for}, when it was decided")
        kind = "by_hand" if outcome == "sent" else "failed"
        receipt = Receipt(key=key, channel=action.channel, kind=kind, at=now, evidence=said)
        if outcome == "sent":
            act = cases.unpack(bytes(action.decision.body))
            assert isinstance(act, Act)
            raw = outbox.message_of(scope, action.pk)
            sha256 = hashlib.sha256(raw).hexdigest() if raw is not None else ""
            outbox.record_sent(scope, action, receipt, act=act, on=on, sha256=sha256)
        else:
            outbox.record_failed(scope, action, receipt, on=on)
    return str(action.customer.reference)
