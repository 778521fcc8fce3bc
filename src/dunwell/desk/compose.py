"""Put one message's data together, from one customer's rows only (SEMANTICS 6.9)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dunwell.core import message
from dunwell.core.decision import Act
from dunwell.core.scope import Scope
from dunwell.delivery import references
from dunwell.store import facts, models, personal


def message_data_of(row: Any) -> Any:
    """Return JSON of a struct's row as it stands; empty becomes {}."""
    return row or {}


def message(  # type: ignore[no-redef]
    scope: Scope, action: models.Action, act: Act, seen: facts.Loaded, *, at: dt.datetime
) -> Any:
    raise NotImplementedError
