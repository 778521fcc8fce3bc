"""Hooks: which other systems are told of what, and the carrying of the calls.

`send` takes one call at a time: claim, post outside any transaction, keep the answer. A try
that fails is repeated later under the same id, each time after a longer pause; after the last
one a person is asked. A hook that answers 410 is closed (SEMANTICS 7, FEATURES X2).
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple

from dunwell.core.errors import Misconfigured, Refused
from dunwell.core.scope import Scope
from dunwell.delivery import webhook
from dunwell.desk import gate, measure
from dunwell.store import journal, models, secrets, tx
from dunwell.store.records import measures, tasks

log = logging.getLogger("dunwell.hooks")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class Sent(NamedTuple):
    """How many calls were confirmed, were taken, failed for good, or are tried again later."""

    confirmed: int = 0
    accepted: int = 0
    failed: int = 0
    again: int = 0


def poster(scope: Scope, home: Path, *, files_only: bool) -> webhook.Poster:
    """Return the way out: the network, or files where a day is only played."""
    if files_only:
        return webhook.FilePoster(home / "outbox" / scope.organisation / "hooks")
    return webhook.HttpPoster()


def add(
    scope: Scope,
    name: str,
    url: str,
    *,
    secret: str | None,
    events: list[str],
    home: Path,
    now: dt.datetime,
) -> dict[str, Any]:
    """Add a hook, with a secret that is kept elsewhere, or one made now in a file of the home.

    Raises: Refused for a name in use, an address or event that is none, or a secret said outright.
    """
    if not _NAME.fullmatch(name):
        raise Refused("bad_name", f"{name!r}: small letters, digits, - and _, at most 40")
    webhook.check_url(url)
    for event in events:
        _check_event(event)
    if secret is not None:
        secrets.check(secret)
    with tx.reading(scope):
        if models.Hook.objects.filter(organisation_id=scope.organisation_id, name=name).exists():
            raise Refused(
                "already_there", f"there is a hook {name} already; see `dunwell hook list`"
            )
    kept_in = secret or secrets.make(f"hook-{scope.organisation}-{name}", home=home)
    with tx.transaction_of(scope):
        hook = models.Hook.objects.create(
            organisation_id=scope.organisation_id, name=name, url=url, events=events, secret=kept_in
        )
        refs = {"hook": hook.pk, "name": name, "events": events}
        journal.append(scope, "hook_added", refs=refs, at=now)
    return {"id": name, "state": "active", "secret": kept_in}


def _check_event(event: str) -> None:
    nouns = {e.partition(".")[0] for e in webhook.EVENTS}
    if event not in {"*", *webhook.EVENTS, *(f"{n}.*" for n in nouns)}:
        known = ", ".join(webhook.EVENTS)
        raise Refused("unknown_event", f"no event {event!r}; there are {known}, and suspension.*")


def close(scope: Scope, name: str, *, on: dt.date, now: dt.datetime) -> dict[str, Any]:
    """Close a hook: nothing is sent there any more, and what waited is done by hand."""
    with tx.transaction_of(scope):
        hook = _find(scope, name)
        if not hook.is_active:
            raise Refused("nothing_to_close", f"hook {name} is closed already")
        _close(scope, hook, on=on, now=now)
    return {"id": name, "state": "closed"}


def _close(scope: Scope, hook: models.Hook, *, on: dt.date, now: dt.datetime) -> None:
    left = measures.drop_hook(scope, hook)
    journal.append(scope, "hook_closed", refs={"hook": hook.pk, "name": hook.name}, at=now)
    for row in models.Measure.objects.filter(organisation_id=scope.organisation_id, pk__in=left):
        event = measure.awaits(row)
        if event and not measures.is_told(scope, row, event):
            measure.by_hand(scope, row, event, on=on, now=now)


def test(
    scope: Scope, name: str, *, poster: webhook.Poster, home: Path, now: dt.datetime
) -> dict[str, Any]:
    """Send a trial event to a hook at once, and return the answer; nothing is kept of it.

    Raises: Refused for a closed hook; Misconfigured where its secret is not there.
    """
    with tx.reading(scope):
        hook = _find(scope, name)
    if not hook.is_active:
        raise Refused("hook_closed", f"hook {name} is closed")
    key = measures.message_id(scope, hook.pk, webhook.TEST, now.isoformat())
    body = measures.message(scope, webhook.TEST, {"hook": name}, at=now)
    secret = secrets.resolve(hook.secret, home=home) if poster.signs else ""
    answer = poster.post(webhook.Call(key, hook.url, body), secret=secret, at=now)
    return {
        "id": name, "key": key, "outcome": answer.outcome, "status": answer.status,
        "evidence": answer.evidence,
    }  # fmt: skip


def listed(scope: Scope) -> list[dict[str, Any]]:
    """List hooks with what they listen to and how many calls wait or failed; no secret."""
    with tx.reading(scope):
        mine = {"organisation_id": scope.organisation_id}
        calls = list(models.HookCall.objects.filter(**mine).values_list("hook_id", "state"))
        return [
            {
                "id": h.name,
                "url": h.url,
                "events": h.events,
                "secret": h.secret.partition(":")[0],
                "state": "active" if h.is_active else "closed",
                "waiting": sum(i == h.pk and s in ("ready", "claimed") for i, s in calls),
                "failed": sum(i == h.pk and s == "failed" for i, s in calls),
            }
            for h in models.Hook.objects.filter(**mine).order_by("name")
        ]


def calls(scope: Scope, name: str) -> list[dict[str, Any]]:
    """List the calls of a hook, newest first."""
    with tx.reading(scope):
        hook = _find(scope, name)
        rows = models.HookCall.objects.filter(organisation_id=scope.organisation_id, hook=hook)
        return [
            {
                "id": c.pk, "event": c.event, "measure": c.measure_id, "key": c.key,
                "state": c.state, "tries": c.tries, "status": c.status, "evidence": c.evidence,
                "next_try_at": c.next_try_at if c.state == "ready" else None,
            }
            for c in rows.order_by("-pk")
        ]  # fmt: skip


def again(scope: Scope, call_id: int, *, now: dt.datetime) -> None:
    """Make a call that failed ready once more, under the id it had.

    Raises: Refused for a call that did not fail, or is about what has moved on since.
    """
    with tx.transaction_of(scope):
        row = (
            models.HookCall.objects.filter(organisation_id=scope.organisation_id, pk=call_id)
            .select_related("measure", "hook")
            .first()
        )
        if row is None or row.state != "failed" or not row.hook.is_active:
            raise Refused("not_failed", f"no failed call {call_id}; see `dunwell hook show NAME`")
        if row.measure is not None and not measure.is_current(row.measure, row.event):
            raise Refused("not_failed", f"call {call_id} is overtaken: it is {row.measure.state}")
        row.state, row.tries, row.next_try_at = "ready", 0, now
        row.save()


def owners(scope: Scope) -> set[str]:
    """Return the workers that hold a call."""
    with tx.reading(scope):
        return set(
            models.HookCall.objects.filter(
                organisation_id=scope.organisation_id, state="claimed"
            ).values_list("lease_owner", flat=True)
        )


def send(
    scope: Scope,
    way: webhook.Poster,
    *,
    worker: str,
    home: Path,
    on: dt.date,
    clock: Callable[[], dt.datetime],
    dead: Collection[str] = (),
) -> Sent:
    """Carry every call that is due; safe to run twice and side by side.

    `on` is the day a confirmation counts for, `clock` times tries and leases, `dead` names
    workers whose calls need not wait for their lease to end. On data older than the policy
    allows nothing is suspended or held, but what was lifted is told (6.8).
    """
    counts = dict.fromkeys(Sent._fields, 0)
    measures.release_expired(scope, now=clock(), dead=dead)
    held: tuple[str, ...] = ()
    if stale := gate.stale_feed(scope, as_of=on):
        log.info("nothing harsher is asked for: %s", stale)
        held = tuple(e for e in webhook.EVENTS if e.endswith(".requested"))
    while (call := measures.claim_call(scope, by=worker, now=clock(), but=held)) is not None:
        answer = _post(way, call, home=home, at=clock())
        with tx.transaction_of(scope):
            became = _keep(scope, call, answer, on=on, now=clock())
        if became in counts:
            counts[became] += 1
    return Sent(**counts)


def _post(way: webhook.Poster, call: models.HookCall, *, home: Path, at: dt.datetime) -> Any:
    """Post one call, outside any transaction; a setting that is wrong is a try that failed."""
    try:
        secret = secrets.resolve(call.hook.secret, home=home) if way.signs else ""
        return way.post(webhook.Call(call.key, call.hook.url, call.body), secret=secret, at=at)
    except (Misconfigured, Refused) as error:
        log.warning("hook %s: %s", call.hook.name, error)
        return webhook.Answer("failed", None, "the hook's address or secret cannot be used")


def _keep(
    scope: Scope, call: models.HookCall, answer: webhook.Answer, *, on: dt.date, now: dt.datetime
) -> str:
    """Keep an answer and what follows from it; return how it counts, "" if it does not."""
    row = call.measure
    if row is not None:
        row = models.Measure.objects.select_for_update().get(
            organisation_id=scope.organisation_id, pk=row.pk
        )
    is_current = row is None or measure.is_current(row, call.event)
    is_last = answer.outcome == "gone" or call.tries >= webhook.TRIES
    if answer.outcome in ("confirmed", "accepted"):
        state: str = answer.outcome
    elif not is_current:
        state = "cancelled"
    else:
        state = "failed" if is_last else "ready"
    pause = webhook.pause(call.key, tries=call.tries)
    if answer.retry_after is not None:
        pause = max(pause, dt.timedelta(seconds=answer.retry_after))
    kept = measures.keep_answer(
        scope, call, state=state, status=answer.status, evidence=answer.evidence,
        next_try_at=now + pause if state == "ready" else None, now=now,
    )  # fmt: skip
    if not kept:
        return ""
    if row is not None and is_current:
        _follow(scope, row, call, on=on, now=now)
    if answer.outcome == "gone":
        _close(scope, call.hook, on=on, now=now)
    return "again" if state == "ready" else state


def _follow(
    scope: Scope, row: models.Measure, call: models.HookCall, *, on: dt.date, now: dt.datetime
) -> None:
    """Let a measure move on when all have confirmed, and ask a person about what failed."""
    if measures.is_confirmed(scope, row, call.event):
        measure.confirmed(scope, row, call.event, on=on, now=now)
    elif call.state == "failed":
        note = f"{call.hook.name} did not take {call.event} of {row.pk}: {call.evidence}"
        wanted = tasks.Wanted(
            "system_silent", measure.cause(row, call.event), row.entity_id, row.customer_id,
            note=note,
        )  # fmt: skip
        tasks.open_all(scope, [wanted], on=on, at=now)


def faults(scope: Scope, home: Path) -> list[str]:
    """Return what is wrong with hooks in use, for `doctor`: never what a secret is."""
    wrong = []
    with tx.reading(scope):
        mine = models.Hook.objects.filter(organisation_id=scope.organisation_id, is_active=True)
        found = [(h.name, h.secret) for h in mine.order_by("name")]
        failed = models.HookCall.objects.filter(
            organisation_id=scope.organisation_id, state="failed",
            measure__state__in=("approved", "lifting"),
        ).count()  # fmt: skip
    for name, reference in found:
        try:
            webhook.key_of(secrets.resolve(reference, home=home))
        except Misconfigured as error:
            wrong.append(f"{name}: {error.fix}")
    if failed:
        wrong.append(f"{failed} calls failed for good")
    return wrong


def _find(scope: Scope, name: str) -> models.Hook:
    hook = models.Hook.objects.filter(organisation_id=scope.organisation_id, name=name).first()
    if hook is None:
        raise Refused("unknown_hook", f"no hook {name!r}; see `dunwell hook list`")
    return hook
