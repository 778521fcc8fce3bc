"""Published policy versions, compiled once a process."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from dunwell.core import policy as policies
from dunwell.core.errors import Misconfigured
from dunwell.core.scope import Scope
from dunwell.store import models, tx


@lru_cache(maxsize=64)
def _compiled(sha256: str, body: str, version: int) -> policies.Policy:
    return policies.compile_policy(policies.parse(json.loads(body)), version=version)


def load(scope: Scope, version_id: int) -> policies.Policy:
    """Return a published version, ready for `decide`; a version never changes."""
    return _loaded(str(connection.settings_dict["NAME"]), scope.organisation_id, version_id)


@lru_cache(maxsize=256)
def _loaded(_database: str, organisation_id: int, version_id: int) -> policies.Policy:
    row = models.PolicyVersion.objects.get(organisation_id=organisation_id, pk=version_id)
    return _compiled(row.sha256, row.body, row.n)


def current(scope: Scope, name: str) -> tuple[int, policies.Policy]:
    """Return the newest version of a policy: its id and the policy.

    Raises: Misconfigured when none was published.
    """
    row = _newest(scope, name)
    return row.pk, _compiled(row.sha256, row.body, row.n)


class Versions(NamedTuple):
    """The versions of one policy: the newest, and the newest to which running cases moved."""

    newest_id: int
    newest: policies.Policy
    moved_id: int
    moved: policies.Policy
    name: str
    by_id: dict[int, policies.Policy]

    def of(self, case_version_id: int | None) -> tuple[int, policies.Policy]:
        """Return the version a case walks: its own, or one that running cases moved to since."""
        if case_version_id is None:
            return self.newest_id, self.newest
        own = self.by_id.get(case_version_id)
        if own is None or own.version < self.moved.version:
            return self.moved_id, self.moved
        return case_version_id, own


def versions(scope: Scope, name: str) -> Versions:
    """Return every published version of a policy, ready for `decide`.

    Raises: Misconfigured when none was published.
    """
    rows = list(
        models.PolicyVersion.objects.filter(
            organisation_id=scope.organisation_id, policy__name=name
        ).order_by("n")
    )
    if not rows:
        raise Misconfigured(f"policy {name}", "publish it: dunwell policy publish FILE")
    by_id = {r.pk: _compiled(r.sha256, r.body, r.n) for r in rows}
    moved = next((r for r in reversed(rows) if r.moves), rows[0])
    newest = rows[-1]
    return Versions(newest.pk, by_id[newest.pk], moved.pk, by_id[moved.pk], name, by_id)


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
