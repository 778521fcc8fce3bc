"""Questions put to a role by a person or a pass: the same answer path as those of a look."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

from dunwell.core.scope import Scope
from dunwell.store import journal, models


def ask(
    scope: Scope,
    what: str,
    *,
    cause: str,
    role: str,
    entity_id: int,
    customer_id: int,
    items: Sequence[int],
    amounts: Sequence[tuple[str, int]],
    on: dt.date,
    at: dt.datetime,
    step: str = "",
    by: str | None = None,
) -> str:
    """Put a question before a role; return the key to answer it under.

    `cause` tells this question from every other (such as "promise:17"): asked again while it is
    open, it stays the same question. `by` proposed it, and may not answer it; "" for a run.
    """
    text = "\x1f".join((scope.organisation, what, cause))
    key = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    asked = models.Approval.objects.filter(
        organisation_id=scope.organisation_id, key=key, state="asked"
    )
    if asked.exists():
        return key
    row = models.Approval.objects.create(
        organisation_id=scope.organisation_id,
        entity_id=entity_id,
        customer_id=customer_id,
        what=what,
        step=step,
        key=key,
        role=role,
        items=list(items),
        amounts=[list(pair) for pair in amounts],
        asked_on=on,
        proposed_by=scope.actor if by is None else by,
    )
    refs = {"approval": row.pk, "key": key, "what": what, "role": role, "on": on}
    journal.append(scope, "asked", refs=refs, at=at)
    return key


def withdraw(scope: Scope, key: str) -> None:
    """Take a question back that is not asked any more."""
    models.Approval.objects.filter(
        organisation_id=scope.organisation_id, key=key, state="asked"
    ).update(state="withdrawn")
