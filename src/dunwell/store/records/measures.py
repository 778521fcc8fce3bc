"""Measures in other systems, and the calls that carry them there: every write of them.

A measure goes proposed -> approved -> in_force -> lifting -> lifted, or ends as refused or
withdrawn. A call goes ready -> claimed -> confirmed | accepted | failed; one that no longer
matters is cancelled. A claim is one conditional update, tries are counted before they are made,
and of one measure's calls to one hook only the oldest is ever under way: what was lifted is
never told before what was asked. Inside the caller's transaction unless it says otherwise.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec
from django.db.models import Exists, F, OuterRef, Q

from dunwell.core.scope import Scope
from dunwell.store import journal, models, tx

LEASE = dt.timedelta(minutes=2)
"""Longer than a try may take; whoever dies holding it gives it back by letting it end."""

LIVE = ("approved", "in_force", "lifting")
_encoder = msgspec.json.Encoder(order="sorted")


def queue(
    scope: Scope,
    measure: models.Measure,
    event: str,
    data: Mapping[str, Any],
    *,
    is_wanted: Callable[[list[str], str], bool],
    at: dt.datetime,
) -> int:
    """Make an event ready for every hook that wants it; return for how many.

    The same news of one measure is told a hook once: asked again, it is there already.
    """
    body, digest = message(scope, event, data, at=at), hashlib.sha256(_encoder.encode(data))
    hooks = models.Hook.objects.filter(organisation_id=scope.organisation_id, is_active=True)
    wanted = [h for h in hooks.order_by("pk") if is_wanted(h.events, event)]
    for hook in wanted:
        models.HookCall.objects.get_or_create(
            organisation_id=scope.organisation_id,
            key=message_id(scope, hook.pk, measure.pk, event, digest.hexdigest()),
            defaults={
                "hook": hook, "measure": measure, "event": event, "body": body,
                "next_try_at": at, "made_at": at,
            },
        )  # fmt: skip
    return len(wanted)


def message_id(scope: Scope, *parts: object) -> str:
    """Return the id a receiver tells doubles by; without a full stop, as the signature needs."""
    text = "\x1f".join((scope.organisation, *(str(p) for p in parts)))
    return f"msg_{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"


def message(scope: Scope, event: str, data: Mapping[str, Any], *, at: dt.datetime) -> str:
    """Return the body of an event: its type, when it happened, and what it is about."""
    stamp = at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    whole = {
        "type": event,
        "timestamp": stamp,
        "data": {"organisation": scope.organisation, **data},
    }
    return _encoder.encode(whole).decode()


def supersede(scope: Scope, measure: models.Measure) -> bool:
    """Take back what waits to be told of a measure; tell whether anything may have left already."""
    calls = models.HookCall.objects.filter(organisation_id=scope.organisation_id, measure=measure)
    calls.filter(state="ready", tries=0).update(state="cancelled", evidence="not needed any more")
    has_left = calls.filter(tries__gt=0).exists()
    calls.filter(state="ready").update(state="cancelled", evidence="overtaken")
    return has_left


def release_expired(scope: Scope, *, now: dt.datetime, dead: Collection[str] = ()) -> int:
    """Give back the calls of workers that died; the same id makes a second try harmless."""
    with tx.transaction_of(scope):
        return models.HookCall.objects.filter(
            Q(lease_until__lt=now) | Q(lease_owner__in=list(dead)),
            organisation_id=scope.organisation_id,
            state="claimed",
        ).update(state="ready", lease_owner="", lease_until=None)


def claim_call(
    scope: Scope, *, by: str, now: dt.datetime, but: Collection[str] = ()
) -> models.HookCall | None:
    """Take the next call that is due, in a transaction of its own; None when there is none.

    `but` names events that must wait.
    """
    mine = {"organisation_id": scope.organisation_id}
    with tx.transaction_of(scope):
        earlier = models.HookCall.objects.filter(
            **mine, hook=OuterRef("hook"), measure=OuterRef("measure"), pk__lt=OuterRef("pk"),
            state__in=("ready", "claimed"),
        )  # fmt: skip
        due = (
            models.HookCall.objects.filter(
                ~Exists(earlier), **mine, state="ready", next_try_at__lte=now, hook__is_active=True
            )
            .exclude(event__in=list(but))
            .order_by("next_try_at", "pk")
        )
        for pk in list(due.values_list("pk", flat=True)[:20]):
            taken = models.HookCall.objects.filter(**mine, pk=pk, state="ready").update(
                state="claimed", lease_owner=by, lease_until=now + LEASE, tries=F("tries") + 1
            )
            if taken:
                return models.HookCall.objects.select_related("hook", "measure").get(**mine, pk=pk)
    return None


def keep_answer(
    scope: Scope,
    call: models.HookCall,
    *,
    state: str,
    status: int | None,
    evidence: str,
    next_try_at: dt.datetime | None,
    now: dt.datetime,
) -> bool:
    """Keep what became of a try; False when the claim is not this worker's any more."""
    changed = models.HookCall.objects.filter(
        organisation_id=scope.organisation_id, pk=call.pk, state="claimed",
        lease_owner=call.lease_owner,
    ).update(
        state=state, status=status, evidence=evidence, next_try_at=next_try_at, answered_at=now,
        lease_owner="", lease_until=None,
    )  # fmt: skip
    if not changed:
        return False
    call.state, call.status, call.evidence = state, status, evidence
    refs = {
        "call": call.pk, "hook": call.hook.name, "key": call.key, "event": call.event,
        "state": state, "status": status, "tries": call.tries,
    }  # fmt: skip
    journal.append(scope, "hook_answered", refs=refs, at=now)
    return True


def is_confirmed(scope: Scope, measure: models.Measure, event: str) -> bool:
    """Tell whether every hook that was told this of a measure has confirmed it."""
    told = models.HookCall.objects.filter(
        organisation_id=scope.organisation_id, measure=measure, event=event
    ).exclude(state="cancelled")
    states = set(told.values_list("state", flat=True))
    return states == {"confirmed"}


def is_told(scope: Scope, measure: models.Measure, event: str) -> bool:
    """Tell whether some hook has been told this of a measure, or will be."""
    told = models.HookCall.objects.filter(
        organisation_id=scope.organisation_id, measure=measure, event=event
    )
    return told.exclude(state__in=("cancelled", "failed")).exists()


def drop_hook(scope: Scope, hook: models.Hook) -> list[int]:
    """Close a hook; return the measures of which something was still to be told it."""
    models.Hook.objects.filter(organisation_id=scope.organisation_id, pk=hook.pk).update(
        is_active=False
    )
    left = models.HookCall.objects.filter(
        organisation_id=scope.organisation_id, hook=hook, state="ready"
    )
    measures = sorted({m for m in left.values_list("measure_id", flat=True) if m is not None})
    left.update(state="cancelled", evidence="the hook was closed")
    return measures
