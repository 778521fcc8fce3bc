"""Published policy versions, compiled once a process."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from dunwell.core import policy as policies
from dunwell.core.errors import Misconfigured
from dunwell.core.scope import Scope
from dunwell.store import models, tx


@lru_cache(maxsize=64)
def _compiled(sha256: str, body: str, version: int) -> policies.Policy:
    return policies.compile_policy(policies.parse(json.loads(body)), version=version)


def load(scope: Scope, version_id: int) -> policies.Policy:
    """Return a published version, ready for `decide`."""
    row = models.PolicyVersion.objects.get(organisation_id=scope.organisation_id, pk=version_id)
    return _compiled(row.sha256, row.body, row.n)


def current(scope: Scope, name: str) -> tuple[int, policies.Policy]:
    """Return the newest version of a policy: its id and the policy.

    Raises: Misconfigured when none was published.
    """
    row = _newest(scope, name)
    return row.pk, _compiled(row.sha256, row.body, row.n)


def body(scope: Scope, name: str) -> dict[str, Any]:
    """Return the newest version of a policy as plain data.

    Raises: Misconfigured when none was published.
    """
    found: dict[str, Any] = json.loads(_newest(scope, name).body)
    return found


def _newest(scope: Scope, name: str) -> models.PolicyVersion:
    with tx.transaction_of(scope):
        row = (
            models.PolicyVersion.objects.filter(
                organisation_id=scope.organisation_id, policy__name=name
            )
            .order_by("-n")
            .first()
        )
    if row is None:
        raise Misconfigured(f"policy {name}", "publish it: dunwell policy publish FILE")
    return row
