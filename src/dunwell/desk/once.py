"""The same request key is done once: the answer it had is given again (DATA.md 1.11)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.store import models, tx


def run(
    scope: Scope,
    key: str | None,
    *,
    verb: str,
    request: Sequence[Any],
    now: dt.datetime,
    do: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """Do it, or give the answer this key has had; without a key just do it.

    The answer is kept in the same transaction as what was done, so that neither stands alone.
    Raises: Refused when the key was used for another request; what `do` raises.
    """
    if not key:
        return do()
    digest = hashlib.sha256(msgspec.json.encode([verb, *request], enc_hook=str)).hexdigest()
    with tx.transaction_of(scope):
        had = models.Idempotency.objects.filter(
            organisation_id=scope.organisation_id, key=key
        ).first()
        if had is not None:
            if had.request_sha256 != digest:
                raise Refused("key_used", f"--key {key!r} was used for another request")
            answer: dict[str, Any] = msgspec.json.decode(had.response)
            return answer
        done = do()
        models.Idempotency.objects.create(
            organisation_id=scope.organisation_id,
            key=key,
            verb=verb,
            request_sha256=digest,
            response=msgspec.json.encode(done).decode(),
            at=now,
        )
        return done
