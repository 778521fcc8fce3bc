"""Keep what people write of policies: drafts, what they would change, and stories.

None of it moves anybody's case, so none of it stands in the journal; publishing does
(`records.setup`).
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db.models import QuerySet

from dunwell.core.scope import Scope
from dunwell.store import models, tx


class Begun(NamedTuple):
    """What an effect is worked out of: the draft's document, the day, and the last event known."""

    sha256: str
    as_of: dt.date
    head: int
    whole: int


def record_draft(scope: Scope, name: str, text: str, *, base_n: int, at: dt.datetime) -> None:
    """Keep a person's draft of a policy, instead of what it said before."""
    with tx.transaction_of(scope):
        models.PolicyDraft.objects.update_or_create(
            organisation_id=scope.organisation_id, name=name, by=scope.actor,
            defaults={"text": text, "base_n": base_n, "at": at},
        )  # fmt: skip


def drop_draft(scope: Scope, name: str) -> bool:
    """Throw a person's draft away, with what was found about it; tell whether there was one."""
    with tx.transaction_of(scope):
        mine = {"organisation_id": scope.organisation_id, "name": name, "by": scope.actor}
        models.PolicyEffect.objects.filter(**mine).delete()
        n, _ = models.PolicyDraft.objects.filter(**mine).delete()
    return bool(n)


def begin_effect(scope: Scope, name: str, begun: Begun, *, at: dt.datetime) -> int:
    """Say that the effect of a person's draft is being worked out; return its number.

    One that was begun before is given up: its number is no longer there.
    """
    with tx.transaction_of(scope):
        mine = {"organisation_id": scope.organisation_id, "name": name, "by": scope.actor}
        models.PolicyEffect.objects.filter(**mine).delete()
        made = models.PolicyEffect.objects.create(
            **mine, sha256=begun.sha256, as_of=begun.as_of, head=begun.head, whole=begun.whole,
            began_at=at, beat_at=at,
        )  # fmt: skip
        number: int = made.pk
    return number


def beat_effect(scope: Scope, number: int, *, seen: int, at: dt.datetime) -> bool:
    """Say how far it is; tell whether anybody still wants to know."""
    with tx.transaction_of(scope):
        n: int = _running(scope, number).update(seen=seen, beat_at=at)
    return bool(n)


def end_effect(
    scope: Scope, number: int, *, body: bytes, why: str, seen: int, at: dt.datetime
) -> None:
    """Keep what was found; or `why` nothing could be."""
    with tx.transaction_of(scope):
        _running(scope, number).update(
            state="failed" if why else "done", body=body, why=why[:200], seen=seen, beat_at=at
        )


def _running(scope: Scope, number: int) -> QuerySet[models.PolicyEffect]:
    return models.PolicyEffect.objects.filter(
        organisation_id=scope.organisation_id, pk=number, state="running"
    )


def record_story(scope: Scope, policy: str, name: str, text: str, *, at: dt.datetime) -> None:
    """Keep a story with a policy, instead of one of the same name."""
    with tx.transaction_of(scope):
        models.PolicyStory.objects.update_or_create(
            organisation_id=scope.organisation_id, policy=policy, name=name,
            defaults={"text": text, "by": scope.actor, "at": at},
        )  # fmt: skip


def drop_story(scope: Scope, policy: str, name: str) -> bool:
    """Throw a story away; tell whether there was one."""
    with tx.transaction_of(scope):
        n, _ = models.PolicyStory.objects.filter(
            organisation_id=scope.organisation_id, policy=policy, name=name
        ).delete()
    return bool(n)
