"""Claims beside a debt: items of their own, posted with what they rest on, waived by name.

A claim stays open when its principal is paid. Waived, it is closed by an allocation of its own
source, so that nothing of its history is lost.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Q

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.store import journal, models
from dunwell.store.records import watch
from dunwell.store.records.ledger import Ledger


class Wanted(NamedTuple):
    """A claim to be posted: interest or compensation on a principal, for days, with its basis."""

    principal: models.Item
    kind: str
    minor: int
    from_on: dt.date
    to_on: dt.date
    basis: dict[str, Any]


def post(
    scope: Scope, wanted: Sequence[Wanted], *, on: dt.date, at: dt.datetime
) -> list[models.Claim]:
    """Post claims as items due on the day, inside the caller's transaction."""
    ledger = Ledger(scope)
    made: list[models.Claim] = []
    for w in wanted:
        number = _number(scope, w.principal)
        item = models.Item.objects.create(
            organisation_id=scope.organisation_id,
            entity_id=w.principal.entity_id,
            customer_id=w.principal.customer_id,
            kind="claim",
            number=number,
            issued_on=on,
            due_on=on,
            currency=w.principal.currency,
            amount_minor=w.minor,
            open_minor=w.minor,
            description=f"{w.kind} on {label(w.principal)}, {w.from_on} to {w.to_on}"[:500],
        )
        ledger.begin(item, on=on)
        made.append(
            models.Claim.objects.create(
                organisation_id=scope.organisation_id,
                item=item,
                principal=w.principal,
                kind=w.kind,
                from_on=w.from_on,
                to_on=w.to_on,
                basis=w.basis,
            )
        )
    ledger.record()
    refs = {
        "claims": [[c.pk, c.item_id, c.principal_id, c.kind, c.item.amount_minor] for c in made],
        "on": on,
    }
    journal.append(scope, "claims_posted", refs=refs, at=at)
    watch.wake(scope, sorted({c.item.customer_id for c in made}))
    return made


def waive(scope: Scope, claim: models.Claim, *, reason: str, on: dt.date, at: dt.datetime) -> int:
    """Give up what is open of a claim, inside the caller's transaction; return how much.

    Raises: Refused where nothing of it is open.
    """
    ledger = Ledger(scope)
    (item,) = ledger.lock(Q(pk=claim.item_id))
    given_up = item.open_minor
    if not given_up:
        how = f"waived on {claim.waived_on}" if claim.waived_on else "paid"
        raise Refused("nothing_to_close", f"claim {claim.pk} is {how}: nothing of it is open")
    ledger.allocate(item, given_up, on=on, source="waived")
    ledger.record()
    claim.waived_on, claim.waived_by, claim.reason = on, scope.actor, reason[:200]
    claim.save(update_fields=["waived_on", "waived_by", "reason"])
    refs = {"claim": claim.pk, "item": item.pk, "amount_minor": given_up, "on": on}
    journal.append(scope, "claim_waived", refs=refs, at=at)
    watch.wake(scope, [item.customer_id])
    return given_up


def label(item: models.Item) -> str:
    """Return the number people know an item by; instalments as number/part."""
    return f"{item.number}/{item.part}" if item.part else item.number


def _number(scope: Scope, principal: models.Item) -> str:
    """Return the next free number of a claim on an item: INT-<number>-<n>."""
    stem = f"INT-{label(principal).replace('/', '-')}"[:90]
    taken = set(
        models.Item.objects.filter(
            organisation_id=scope.organisation_id,
            entity_id=principal.entity_id,
            customer_id=principal.customer_id,
            kind="claim",
            number__startswith=f"{stem}-",
        ).values_list("number", flat=True)
    )
    return next(n for k in range(1, len(taken) + 2) if (n := f"{stem}-{k}") not in taken)
