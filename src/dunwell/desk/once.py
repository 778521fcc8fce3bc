"""The same request key is done once: the answer it had is given again (DATA.md 1.11)."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from django.db import IntegrityError

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.store import models, tx


class _SecondAtOnce(Exception):
    """Two requests with one key met, and this is the later."""


def run(
    scope: Scope,
    key: str | None,
    *,
    verb: str,
    request: Sequence[Any],
    now: dt.datetime,
    do: Callable[[], dict[str, Any]],
    is_long: bool = False,
) -> dict[str, Any]:
    """Do it, or give the answer this key has had; without a key just do it.

    The answer is kept in the same transaction as what was done, so that neither stands alone.
    What is too long for one transaction (`is_long`) must be safe to do twice: its answer is
    kept after it, and a crash in between lets the same key do it again.
    Raises: Refused when the key was used for another request; what `do` raises.
    """
    if not key:
        return do()
    request_sha256 = hashlib.sha256(msgspec.json.encode([verb, *request], enc_hook=str)).hexdigest()

    def had() -> dict[str, Any] | None:
        with tx.transaction_of(scope):
            row = models.Idempotency.objects.filter(
                organisation_id=scope.organisation_id, key=key
            ).first()
        if row is None:
            return None
        if row.request_sha256 != request_sha256:
            raise Refused("key_used", f"--key {key!r} was used for another request")
        answer: dict[str, Any] = msgspec.json.decode(row.response)
        return answer

    def keep(done: dict[str, Any]) -> None:
        try:
            models.Idempotency.objects.create(
                organisation_id=scope.organisation_id,
                key=key,
                verb=verb,
                request_sha256=request_sha256,
                response=msgspec.json.encode(done, enc_hook=str).decode(),
                at=now,
            )
        except IntegrityError as error:
            raise _SecondAtOnce from error

    if (answer := had()) is not None:
        return answer
    with contextlib.suppress(_SecondAtOnce):  # undone; it gives the answer of the first
        if is_long:
            done = do()
            with tx.transaction_of(scope):
                keep(done)
        else:
            with tx.transaction_of(scope):
                done = do()
                keep(done)
        return done
    answer = had()
    assert answer is not None, "the key was there a moment ago"
    return answer
