"""The trail: seal what was written, verify that nothing was changed since (DATA.md 1.4)."""

from __future__ import annotations

import datetime as dt

from dunwell.core.scope import Scope
from dunwell.store import journal
from dunwell.store.records import cases


def seal(scope: Scope, *, now: dt.datetime) -> str:
    """Chain what was appended since the last seal; return the head of the chain."""
    return journal.seal(scope, at=now)


def verify(scope: Scope) -> journal.Verdict:
    """Recompute the whole chain, and the decisions it commits to; say where it does not fit."""
    found = journal.verify(scope)
    if not found.ok:
        return found
    problem = cases.changed_since(scope)
    return found._replace(ok=not problem, problem=problem)
