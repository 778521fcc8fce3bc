"""The outbox: claim, hand over, confirm. The product's core promise (SEMANTICS 6.4-6.6).

ready -> claimed -> handing -> sent | failed; after a crash `handing` becomes `unknown` and a
person decides. A claim is one conditional update, so that two workers never take one action;
`handing` is durable before the first byte leaves.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from collections.abc import Collection, Mapping, Sequence

import msgspec
from django.db import connection
from django.db.models import Q

from dunwell.core import book
from dunwell.core.decision import Act
from dunwell.core.message import Receipt
from dunwell.core.scope import Scope
from dunwell.store import journal, models, personal, policies, tx
from dunwell.store.records import reminders, steps, tasks, watch

LEASE = dt.timedelta(minutes=10)


def claim_actions(
    scope: Scope,
    *,
    by: str,
    now: dt.datetime,
    until: dt.datetime,
    channels: Collection[str],
    plays: dt.date | None = None,
    limit: int = 50,
    without: Collection[int] = (),
) -> list[models.Action]:
    """Take up to `limit` actions that are due, for a lease.

    Due is what has its slot by `until`, or, where a day is played, what was decided by then
    and is not put off beyond that day. `without`: those this worker was told to try later.
    """
    due_now = Q(send_at__lte=until) if plays is None else _due_on(plays)
    with tx.transaction_of(scope):
        due = list(
            models.Action.objects.filter(
                due_now,
                organisation_id=scope.organisation_id,
                state="ready",
                channel__in=channels,
            )
            .exclude(pk__in=without)
            .order_by("send_at", "pk")
            .values_list("pk", flat=True)[:limit]
        )
        models.Action.objects.filter(
            organisation_id=scope.organisation_id, pk__in=due, state="ready"
        ).update(state="claimed", lease_owner=by, lease_until=now + LEASE)
        return list(
            models.Action.objects.filter(
                organisation_id=scope.organisation_id,
                pk__in=due,
                state="claimed",
                lease_owner=by,
            )
            .select_related("decision", "entity", "customer")
            .order_by("send_at", "pk")
        )


def _due_on(day: dt.date) -> Q:
    ends_at = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, tzinfo=dt.UTC)
    is_now = Q(next_try_at__isnull=True) | Q(next_try_at__lt=ends_at)
    return Q(decision__as_of__lte=day) & is_now


def decisions_sent(scope: Scope, ids: list[int]) -> set[int]:
    """Return those decisions of which a written channel that takes the step has already gone out.

    A call is no first half of a message: what is written after it is decided afresh.
    """
    return set(
        models.Action.objects.filter(
            organisation_id=scope.organisation_id,
            decision_id__in=ids,
            state="sent",
            takes_step=True,
        )
        .exclude(channel="call")
        .values_list("decision_id", flat=True)
    )


def give_back(scope: Scope, ids: list[int], *, by: str, send_at: dt.datetime) -> None:
    """Make actions of which nothing has left ready again, for a later time.

    Only those still held by `by`: whoever took over an ended lease may be handing them over.
    """
    with tx.transaction_of(scope):
        models.Action.objects.filter(
            organisation_id=scope.organisation_id,
            pk__in=ids,
            state__in=("claimed", "handing"),
            lease_owner=by,
        ).update(state="ready", lease_owner="", lease_until=None, send_at=send_at)


def owners(scope: Scope) -> set[str]:
    """Return the workers that hold a claim."""
    with tx.transaction_of(scope):
        return set(
            models.Action.objects.filter(
                organisation_id=scope.organisation_id, state__in=("claimed", "handing")
            ).values_list("lease_owner", flat=True)
        )


def release_expired(
    scope: Scope, *, now: dt.datetime, dead: Collection[str] = ()
) -> tuple[int, int]:
    """Give back claims whose worker died; what it was handing over is now unknown.

    A worker is dead when its lease ended or when it is named in `dead`. Returns (given back,
    unknown). Nothing unknown is ever sent again by itself (6.5).
    """
    with tx.transaction_of(scope):
        mine = models.Action.objects.filter(
            Q(lease_until__lt=now) | Q(lease_until__isnull=True) | Q(lease_owner__in=dead),
            organisation_id=scope.organisation_id,
        )
        back = mine.filter(state="claimed").update(state="ready", lease_owner="", lease_until=None)
        lost = list(mine.filter(state="handing"))
        for action in lost:
            action.state = "unknown"
            action.save(update_fields=["state"])
            refs = {"action": action.pk, "key": action.key}
            journal.append(scope, "delivery_unknown", refs=refs, at=now)
        _ask_what_became(scope, lost, now=now)
        watch.wake(scope, {a.customer_id for a in lost})
    return back, len(lost)


def record_handing(
    scope: Scope, messages: Mapping[int, bytes], *, by: str, now: dt.datetime
) -> set[int]:
    """Make it durable that these are being handed over, before the first byte leaves.

    `messages` are the bytes of each action's message; they are kept, small, as personal data.
    Returns those that were still this worker's; another may have taken over an expired lease.
    """
    ids = list(messages)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")
    with tx.transaction_of(scope):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit = on")
        held = models.Action.objects.filter(
            organisation_id=scope.organisation_id, pk__in=ids, state="claimed", lease_owner=by
        )
        mine = set(held.values_list("pk", flat=True))
        changed = held.filter(pk__in=mine).update(state="handing", handed_at=now)
        if changed != len(mine):
            mine &= set(
                models.Action.objects.filter(
                    organisation_id=scope.organisation_id, state="handing", lease_owner=by
                ).values_list("pk", flat=True)
            )
        bodies = {(pk, "message"): zlib.compress(messages[pk], 1) for pk in sorted(mine)}
        personal.keep(scope, "action", bodies, at=now)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=NORMAL")
    return mine


def record_printed(
    scope: Scope,
    acts: Mapping[int, Act],
    *,
    run: str,
    by: str,
    until: dt.datetime,
    on: dt.date,
    at: dt.datetime,
) -> None:
    """Keep that letters were printed together, and what each says with its fresh figures.

    They stay handed over until somebody says that they are in the post, at most `until`.
    """
    with tx.transaction_of(scope):
        models.Action.objects.filter(
            organisation_id=scope.organisation_id, pk__in=list(acts), state="handing",
            lease_owner=by,
        ).update(lease_until=until)  # fmt: skip
        bodies = {(pk, "act"): msgspec.json.encode(act) for pk, act in sorted(acts.items())}
        personal.keep(scope, "action", bodies, at=at)
        refs = {"run": run, "actions": sorted(acts), "on": on}
        journal.append(scope, "printed", refs=refs, at=at)
        mine = models.Action.objects.filter(
            organisation_id=scope.organisation_id, pk__in=list(acts)
        )
        watch.wake(scope, set(mine.values_list("customer_id", flat=True)))


def record_unprinted(
    scope: Scope, actions: Sequence[models.Action], *, run: str, by: str, at: dt.datetime
) -> None:
    """Take letters out of a print run: they are ready again, and decided anew by the next."""
    ids = [a.pk for a in actions]
    with tx.transaction_of(scope):
        models.Action.objects.filter(
            organisation_id=scope.organisation_id, pk__in=ids, state="handing", lease_owner=by
        ).update(state="ready", lease_owner="", lease_until=None, handed_at=None)
        refs = {"run": run, "actions": sorted(ids)}
        journal.append(scope, "print_taken_back", refs=refs, at=at)
        watch.wake(scope, {a.customer_id for a in actions})


def printed_act(scope: Scope, action_id: int) -> bytes | None:
    """Return what a printed letter says, as `record_printed` kept it; None if it was erased."""
    row = models.Personal.objects.filter(
        organisation_id=scope.organisation_id, subject="action", subject_id=action_id, field="act"
    ).first()
    return None if row is None or row.body is None else bytes(row.body)


def digest(raw: bytes) -> str:
    """Return what a receipt keeps of a message's bytes."""
    return hashlib.sha256(raw).hexdigest()


def message_of(scope: Scope, action_id: int) -> bytes | None:
    """Return the bytes of the message an action handed over; None if erased or never made."""
    row = models.Personal.objects.filter(
        organisation_id=scope.organisation_id, subject="action", subject_id=action_id,
        field="message",
    ).first()  # fmt: skip
    return None if row is None or row.body is None else zlib.decompress(bytes(row.body))


def record_cancelled(scope: Scope, action: models.Action, *, why: str, now: dt.datetime) -> None:
    """Take an action back that must not go out any more, with its visible reason."""
    with tx.transaction_of(scope):
        action.state, action.reason = "cancelled", why
        action.save(update_fields=["state", "reason"])
        refs = {"action": action.pk, "why": why}
        journal.append(scope, "cancelled", refs=refs, at=now)
        watch.wake(scope, [action.customer_id])


def record_unknown(scope: Scope, action: models.Action, *, why: str, now: dt.datetime) -> None:
    """Keep that nobody knows whether this arrived; a person decides."""
    with tx.transaction_of(scope):
        action.state, action.reason = "unknown", why[:200]
        action.save(update_fields=["state", "reason"])
        refs = {"action": action.pk, "key": action.key}
        journal.append(scope, "delivery_unknown", refs=refs, at=now)
        _ask_what_became(scope, [action], now=now)
        watch.wake(scope, [action.customer_id])


def _ask_what_became(scope: Scope, lost: Sequence[models.Action], *, now: dt.datetime) -> None:
    """Put before a person, a message each, what nobody knows (6.5)."""
    wanted = [
        tasks.Wanted("unknown_delivery", _unknown(a), a.entity_id, a.customer_id, action_id=a.pk)
        for a in lost
    ]
    if wanted:
        tasks.open_all(scope, wanted, on=max(a.decision.as_of for a in lost), at=now)


def _unknown(action: models.Action) -> str:
    return f"unknown_delivery:{action.pk}"


def record_failed(scope: Scope, action: models.Action, receipt: Receipt, *, on: dt.date) -> None:
    """Keep a proven failure: no step taken, the route invalid if that is what it says."""
    with tx.transaction_of(scope):
        was, action.state, action.reason = action.state, "failed", receipt.evidence[:200]
        action.attempts += 1
        action.save(update_fields=["state", "reason", "attempts"])
        _receipt(scope, action, receipt, "")
        if receipt.permanent and receipt.is_address and action.contact_id is not None:
            models.Route.objects.filter(
                organisation_id=scope.organisation_id,
                contact_id=action.contact_id,
                channel=action.channel,
            ).update(invalid_on=on, invalid_reason="refused by the server")
            wanted = tasks.broken_route(
                action.contact_id, action.channel, action.entity_id, action.customer_id
            )
            tasks.open_all(scope, [wanted], on=on, at=receipt.at)
        if was == "unknown":
            tasks.end(scope, [_unknown(action)], outcome="not sent", on=on, at=receipt.at)
        refs = {"action": action.pk, "permanent": receipt.permanent}
        journal.append(scope, "failed", refs=refs, at=receipt.at)
        watch.wake(scope, [action.customer_id])


def record_sent(
    scope: Scope, action: models.Action, receipt: Receipt, *, act: Act, on: dt.date, sha256: str
) -> None:
    """Keep the confirmed hand-over: the step is taken by every item it was for (6.6).

    `act` is what was said at the time of sending, with its fresh figures.
    """
    with tx.transaction_of(scope):
        was, action.state = action.state, "sent"
        action.save(update_fields=["state"])
        _receipt(scope, action, receipt, sha256)
        confirm_step(scope, action, act, on=on)
        if was == "unknown":
            tasks.end(scope, [_unknown(action)], outcome="sent", on=on, at=receipt.at)
        refs = {"action": action.pk, "key": action.key, "on": on, "sha256": sha256}
        journal.append(scope, "sent", refs=refs, at=receipt.at)
        watch.wake(scope, [action.customer_id])


def confirm_step(scope: Scope, action: models.Action, act: Act, *, on: dt.date) -> None:
    """Write the steps a confirmed message takes, and that it reached the customer (6.6, 4.5)."""
    if not action.takes_step or not take_steps(scope, action, act, on=on):
        return
    reminders.keep(scope, act, on=on)
    models.Outreach.objects.create(
        organisation_id=scope.organisation_id,
        entity_id=action.entity_id,
        customer_id=action.customer_id,
        on=on,
        tone=act.tone,
        channel=action.channel,
        step=act.step,
        action=action,
    )
    models.Done.objects.create(
        organisation_id=scope.organisation_id,
        entity_id=action.entity_id,
        customer_id=action.customer_id,
        kind="attempt",
        on=on,
        channel=action.channel,
    )


def take_steps(scope: Scope, action: models.Action, act: Act, *, on: dt.date) -> bool:
    """Write the steps an action takes, once an item (unique in the database).

    Returns whether no other channel of the same step had taken any of them before.
    """
    mine = next((a.takes_steps for a in act.actions if a.key == action.key), ())
    takes = [(item_id, step) for item_id, step in act.takes if not mine or step in mine]
    tones = _steps(scope, action)
    already = set(takes) & set(
        models.StepTaken.objects.filter(
            organisation_id=scope.organisation_id,
            item_id__in=[i for i, _ in takes],
            voided_on__isnull=True,
        ).values_list("item_id", "step")
    )
    new: dict[str, list[int]] = {}
    for item_id, step in takes:
        if (item_id, step) not in already:
            new.setdefault(step, []).append(item_id)
    for step, items in new.items():
        tone, phase = tones.get(step, (act.tone, act.phase))
        taken = book.Taken(step, on, tone, phase, act.named_on)
        models.StepTaken.objects.bulk_create(
            models.StepTaken(
                organisation_id=scope.organisation_id, item_id=item_id, step=step, on=on,
                tone=tone, phase=phase, named_on=act.named_on, action=action,
            )
            for item_id in items
        )  # fmt: skip
        steps.add(scope, taken, items)
    models.CaseWait.objects.filter(
        organisation_id=scope.organisation_id,
        entity_id=action.entity_id,
        customer_id=action.customer_id,
        step__in={step for _, step in takes},
    ).delete()
    return not already


def _steps(scope: Scope, action: models.Action) -> dict[str, tuple[str, str]]:
    """Return tone and phase of each step of the cadence the decision was made under."""

    version = action.decision.policy_version_id
    policy = policies.load(scope, version)
    return {s.id: (s.tone, s.phase) for c in policy.cadences.values() for s in c.steps}


def _receipt(scope: Scope, action: models.Action, receipt: Receipt, sha256: str) -> None:
    models.Receipt.objects.create(
        organisation_id=scope.organisation_id,
        action=action,
        kind=receipt.kind,
        at=receipt.at,
        evidence=receipt.evidence,
        message_sha256=sha256,
    )
