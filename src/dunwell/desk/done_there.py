"""What somebody did by hand at another system: said where its task stands (SEMANTICS 7)."""

from __future__ import annotations

import datetime as dt
import re

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import measure, terms
from dunwell.store import models, tx

_CAUSE = re.compile(r"measure:(\d+):(\w+)\.\w+")


def confirm(scope: Scope, task_id: int, *, on: dt.date, now: dt.datetime) -> str:
    """Say that what a task asks for is done there: its measure moves on, and the task ends.

    Returns the measure's state. Raises: Refused for a task of another kind, or one that waits
    for nothing any more.
    """
    with tx.reading(scope):
        cause = (
            models.Task.objects.filter(
                organisation_id=scope.organisation_id, pk=task_id, kind="by_hand", state="open"
            )
            .values_list("cause", flat=True)
            .first()
        )
    found = _CAUSE.fullmatch(cause or "")
    if found is None:
        raise Refused("nothing_to_confirm", f"task {task_id}: nothing to confirm")
    number, kind = int(found[1]), found[2]
    if kind == terms.KIND:
        made = terms.confirm(scope, number, on=on, now=now)
    else:
        made = measure.confirm(scope, kind, number, on=on, now=now)
    return str(made["state"])
