"""What happened since something was read of the book: nothing, to whom, or to the whole book.

Whoever keeps what was worked out of the book takes a `mark` before reading it. Later `changes`
says whose cases may be another now: those an event woke since (SEMANTICS 2.7). What wakes
nobody, or touches more than cases, changes the whole book. Must not know: what is kept.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection

from dunwell.core.scope import Scope
from dunwell.store import models, tx

BY_CASE = frozenset({
    "alert_crossed", "answer_taken_back", "approved", "asked", "call_withdrawn", "called",
    "cancelled", "ceased", "channel_tested", "checklist_marked", "claim_filed", "deferred",
    "delivery_unknown", "dispute_decided", "dispute_ended", "dispute_escalated", "dispute_opened",
    "dispute_withdrawn", "evidence_made", "exported", "failed", "handed_over", "hook_answered",
    "insolvency_closed", "insolvency_opened", "link_made", "link_revoked", "measure_approved",
    "measure_in_force", "measure_lifted", "measure_lifting", "measure_proposed", "note_withdrawn",
    "noted", "outcome_chosen", "path_closed", "path_opened", "placement_payment", "plan_in_default",
    "plan_kept", "plan_opened", "plan_running_again", "plan_withdrawn", "print_taken_back",
    "printed", "promise_broken", "promise_kept", "promise_open_again", "promise_opened",
    "promise_partly_kept", "promise_withdrawn", "proposal_saved", "received", "refused",
    "reply_closed", "route_ended", "route_restored", "sending_paused", "sending_resumed",
    "sending_stopped", "sent", "sign_in_failed", "signed_in", "stop_closed", "stop_opened",
    "taken_back", "tasks_ended", "tasks_escalated", "tasks_given", "tasks_opened", "words_kept",
})  # fmt: skip
"""Events about single cases: they wake whom they concern, and leave the ledger, the names, the
policies and the decisions in force as they are."""

MANY_EVENTS, MANY_CASES = 5_000, 1_000
"""Beyond so many, the whole book is read sooner than case by case."""
_LATE = 1_000
"""How far behind the newest number an event may still show up (PostgreSQL numbers before it
commits)."""

Pair = tuple[int, int]
"""A case: (entity id, customer id)."""


class Mark(NamedTuple):
    """How far the book had come: its last event, and where waking stood.

    `known` counts the events just before the last one, so that one showing up late is noticed.
    """

    head: int
    known: int
    woken: int


class Changes(NamedTuple):
    """The cases that may be another now."""

    cases: frozenset[Pair]


def mark(scope: Scope) -> Mark:
    """Return how far the book has come; taken before it is read, nothing is missed."""
    with tx.reading(scope), connection.cursor() as cursor:
        cursor.execute(_HEAD, [scope.organisation_id])
        head = cursor.fetchone()[0]
        if connection.vendor == "sqlite":
            return Mark(head, 0, head + 1)
        cursor.execute(_KNOWN, [scope.organisation_id, head - _LATE, head])
        known, woken = cursor.fetchone()
        return Mark(head, known, woken)


_HEAD = "SELECT COALESCE(MAX(id), 0) FROM event WHERE organisation_id = %s"
_KNOWN = (
    "SELECT COUNT(*), pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM event"
    " WHERE organisation_id = %s AND id > %s AND id <= %s"
)


def is_same(before: Mark, now: Mark) -> bool:
    """Tell whether nothing happened between two marks."""
    return before[:2] == now[:2]


def stamp() -> str:
    """Return, in SQL, what a case is stamped with when it is woken: never below a later mark's."""
    if connection.vendor == "sqlite":
        return (
            "(SELECT COALESCE(MAX(v.id), 0) + 1 FROM event v"
            " WHERE v.organisation_id = watch.organisation_id)"
        )
    return "pg_current_xact_id()::text::bigint"


def is_only(scope: Scope, before: Mark, verbs: frozenset[str]) -> bool:
    """Tell whether nothing happened since a mark but events of some verbs."""
    with tx.reading(scope):
        found = _verbs(scope, before)
        return len(found) <= MANY_EVENTS and verbs.issuperset(found)


def changes(scope: Scope, before: Mark) -> Changes | None:
    """Return the cases that may be another since a mark; None: the whole book may be."""
    with tx.reading(scope):
        if not is_only(scope, before, BY_CASE):
            return None
        rows = models.Watch.objects.filter(
            organisation_id=scope.organisation_id, woken__gte=before.woken
        ).values_list("entity_id", "customer_id")
        cases = frozenset(rows[: MANY_CASES + 1])
        return None if len(cases) > MANY_CASES else Changes(cases)


def _verbs(scope: Scope, before: Mark) -> list[str]:
    """Return what was done since a mark, once for each event; what came late with all about it."""
    mine = models.Event.objects.filter(organisation_id=scope.organisation_id)
    least = before.head
    if connection.vendor != "sqlite":
        late = mine.filter(pk__gt=before.head - _LATE, pk__lte=before.head)
        if late.count() != before.known:
            least -= _LATE
    rows = mine.filter(pk__gt=least).order_by("-pk").values_list("verb", flat=True)
    return list(rows[: MANY_EVENTS + _LATE + 1])


__all__ = ["BY_CASE", "Changes", "Mark", "Pair", "changes", "is_only", "is_same", "mark", "stamp"]
