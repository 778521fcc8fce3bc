"""Answer what waits for a role: approve, or refuse with a reason and a date (SEMANTICS 6.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import (
    ending,
    hardship,
    interest,
    measure,
    placement,
    plan,
    promise,
    terms,
    write_off,
)
from dunwell.store import journal, models, policies, tx
from dunwell.store.records import watch


def approve(scope: Scope, key: str, *, as_of: dt.date, now: dt.datetime) -> str:
    """Grant what was asked under a key; return what it was.

    Raises: Refused when nothing is asked under it, the person lacks the role, or proposed it.
    """
    with tx.transaction_of(scope):
        row = _asked(scope, key)
        _check_may(scope, row)
        row.state, row.decided_on, row.decided_by = "granted", as_of, scope.actor
        row.save()
        if row.what in _GRANTED:
            _GRANTED[row.what](scope, row, as_of, now)
        refs = {"approval": row.pk, "key": key, "what": row.what, "on": as_of}
        journal.append(scope, "approved", refs=refs, at=now)
        watch.wake(scope, [row.customer_id])
    return f"{row.what} {row.step}".strip()


def refuse(
    scope: Scope,
    key: str,
    *,
    reason: str,
    until: dt.date | None,
    as_of: dt.date,
    now: dt.datetime,
) -> dt.date:
    """Refuse what was asked under a key; return the day on which it is looked at again.

    A notice refused holds the items that would have taken its step until then, an outcome its
    items; a measure is not proposed again
    before then. Raises: Refused as `approve` does, and without a reason.
    """
    if not reason.strip():
        raise Refused("reason_missing", "say why: --reason")
    if until is not None and until <= as_of:
        raise Refused("date_passed", f"--until {until} must lie after {as_of}")
    with tx.transaction_of(scope):
        row = _asked(scope, key)
        _check_may(scope, row)
        again = until or as_of + dt.timedelta(days=_refusal_days(scope, row))
        row.state, row.decided_on, row.decided_by = "refused", as_of, scope.actor
        row.until_on, row.reason = again, reason
        row.save()
        # What a person proposed and another refused leaves the ladder as it was.
        is_outcome = row.what in ("placement", "legal_referral", "write_off")
        if row.what == "notice" or (is_outcome and not row.proposed_by):
            _stop(
                scope, row, "hold", f"refused {row.what}: {reason}", as_of,
                again - dt.timedelta(days=1), now, items=row.takes or row.items,
            )  # fmt: skip
        if row.what in _REFUSED:
            _REFUSED[row.what](scope, row, as_of, now)
        refs = {"approval": row.pk, "key": key, "what": row.what, "until": again}
        journal.append(scope, "refused", refs=refs, at=now)
        watch.wake(scope, [row.customer_id])
    return again


def _refusal_days(scope: Scope, row: models.Approval) -> int:
    """Return after how many days what was refused comes back, as the entity's policy says."""
    policy = policies.current(scope, row.entity.policy)[1]
    return max(1, policy.settings.refusal_days)


def listed(
    scope: Scope, *, states: Sequence[str] = ("asked",), customer: str | None = None
) -> list[dict[str, Any]]:
    """List questions in these states, oldest first, with who must answer and what was answered."""
    with tx.reading(scope):
        rows = models.Approval.objects.filter(
            organisation_id=scope.organisation_id, state__in=list(states)
        )
        if customer is not None:
            rows = rows.filter(customer__reference=customer)
        return [
            {
                "key": a.key,
                "customer": a.customer.reference,
                "entity": a.entity.code,
                "what": a.what,
                "step": a.step,
                "approval": a.role,
                "amounts": [{"currency": c, "amount_minor": m} for c, m in a.amounts],
                "asked_on": a.asked_on,
                "state": a.state,
                "decided_on": a.decided_on,
                "by": a.decided_by,
                "reason": a.reason,
                "look_again_on": a.until_on,
            }
            for a in rows.select_related("customer", "entity").order_by("asked_on", "pk")
        ]


def _asked(scope: Scope, key: str) -> models.Approval:
    row = (
        models.Approval.objects.filter(organisation_id=scope.organisation_id, key=key)
        .order_by("-pk")
        .first()
    )
    if row is None or row.state != "asked":
        state = f"it was {row.state} on {row.decided_on}" if row else "see `dunwell approval list`"
        raise Refused("nothing_asked", f"nothing waits under key {key!r}; {state}")
    return row


def may(scope: Scope, key: str) -> models.Approval:
    """Return what waits under a key, if who asks may answer it. Raises: Refused otherwise."""
    row = _asked(scope, key)
    _check_may(scope, row)
    return row


def _check_may(scope: Scope, row: models.Approval) -> None:
    if row.proposed_by and row.proposed_by == scope.actor:
        raise Refused("own_proposal", f"{scope.actor} proposed this; somebody else must answer")
    roles = set(
        models.Membership.objects.filter(
            organisation_id=scope.organisation_id, user__name=scope.actor
        ).values_list("role", flat=True)
    )
    if row.role not in roles:
        held = ", ".join(sorted(roles)) or "no role"
        raise Refused(
            "role_missing", f"this waits for the role {row.role}; {scope.actor} holds {held}"
        )


def _stop(
    scope: Scope,
    row: models.Approval,
    kind: str,
    reason: str,
    first: dt.date,
    until: dt.date | None,
    now: dt.datetime,
    *,
    items: Sequence[int],
) -> None:
    stop = models.Stop.objects.create(
        organisation_id=scope.organisation_id,
        customer_id=row.customer_id,
        entity_id=row.entity_id,
        kind=kind,
        from_on=first,
        until_on=until,
        reason=reason[:200],
        by=scope.actor,
        opened_at=now,
    )
    models.StopItem.objects.bulk_create(
        models.StopItem(organisation_id=scope.organisation_id, stop=stop, item_id=i) for i in items
    )


def _write_off_refused(
    scope: Scope, row: models.Approval, as_of: dt.date, now: dt.datetime
) -> None:
    write_off.refused(scope, row, as_of, now)
    ending.refused(scope, row, as_of, now)


Answered = Callable[[Scope, models.Approval, dt.date, dt.datetime], None]
"""What is done with an answer, in its own transaction: (scope, question, day, time)."""

_GRANTED: dict[str, Answered] = {
    "interest": interest.granted,
    "commercial_pause": hardship.grant_pause,
    "promise": promise.granted,
    "plan": plan.granted,
    "placement": placement.placed,
    "legal_referral": placement.referred,
    "bureau_report": placement.reported,
    "write_off": write_off.granted,
    "suspension": measure.granted,
    "credit_hold": measure.granted,
    "terms": terms.granted,
    "prepayment": terms.granted,
    "plan_offer": measure.offered,
}
_REFUSED: dict[str, Answered] = {
    "commercial_pause": hardship.refuse_pause,
    "promise": promise.refused,
    "plan": plan.refused,
    "placement": ending.refused,
    "legal_referral": ending.refused,
    "write_off": _write_off_refused,
    "suspension": measure.refused,
    "credit_hold": measure.refused,
    "terms": measure.refused,
}
