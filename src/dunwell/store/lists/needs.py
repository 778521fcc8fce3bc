"""What needs a person today, counted: tasks due, replies to read, deliveries, failures.

One statement for each, none of them longer with the age of the book. Must not know: whose screen
it is for.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db.models import Count, Q

from dunwell.core.scope import Scope
from dunwell.store import models, tx


class Needs(NamedTuple):
    """How many tasks are due (and how many of them are one's own), and what else waits."""

    tasks: int
    mine: int
    replies: int
    unknown: int
    failed: int


def unread(scope: Scope, *, most: int) -> int:
    """Count the replies that nobody has read; beyond `most` it is only known to be more."""
    with tx.reading(scope):
        rows = models.Reply.objects.filter(organisation_id=scope.organisation_id, state="unread")
        return rows[: most + 1].count()


def counted(scope: Scope, *, who: str, as_of: dt.date) -> Needs:
    """Return what needs a person by the end of a day."""
    own = {"organisation_id": scope.organisation_id}
    with tx.reading(scope):
        tasks = models.Task.objects.filter(**own, state="open", due_on__lte=as_of).aggregate(
            n=Count("pk"), mine=Count("pk", filter=Q(owner=who) | Q(escalated_to=who))
        )
        replies = models.Reply.objects.filter(**own, state="unread").count()
        unknown = models.Action.objects.filter(**own, state="unknown").count()
        failed = models.Action.objects.filter(
            **own, state="failed", decision__as_of=as_of
        ).count()  # fmt: skip
    return Needs(tasks["n"], tasks["mine"], replies, unknown, failed)
