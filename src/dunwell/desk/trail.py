"""The trail: seal what was written, verify that nothing was changed since (DATA.md 1.4)."""

from __future__ import annotations

import datetime as dt

from dunwell.core.scope import Scope
from dunwell.store import journal


def seal(scope: Scope, *, now: dt.datetime) -> str:
    """Chain what was appended since the last seal; return the head of the chain."""
    return journal.seal(scope, at=now)


def verify(scope: Scope) -> journal.Verdict:
    """Recompute the whole chain and say where, if anywhere, it does not fit."""
    return journal.verify(scope)
