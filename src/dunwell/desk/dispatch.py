"""Hand over what is due: claim, check again, make durable, send, confirm (SEMANTICS 6.4-6.6).

Nothing here runs inside a transaction while the network is used, and nothing is sent whose
state is not first `handing` on disk. Just before sending, the case is decided again: what was
paid, stopped or corrected since is cancelled with its reason; what only fell goes with fresh
figures.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from dunwell.core import decide, message, stops
from dunwell.core.decision import Act
from dunwell.core.errors import DeliveryFailed, HandoverUnknown, Unavailable
from dunwell.core.scope import Scope
from dunwell.delivery import channel as channels
from dunwell.delivery import render
from dunwell.desk import compose
from dunwell.store import facts, models, tx
from dunwell.store import policies as published
from dunwell.store.records import cases, outbox

log = logging.getLogger("dunwell.dispatch")
BATCH = 20


class Dispatched(NamedTuple):
    """How many actions were sent, failed, are unknown, were cancelled."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    cancelled: int = 0


def run(
    scope: Scope,
    routes: Mapping[str, channels.Channel],
    *,
    worker: str,
    now: dt.datetime,
    until: dt.datetime,
    plays_day: bool = False,
) -> Dispatched:
    """Send everything whose slot has come by `until`; safe to run twice and side by side.

    `plays_day`: a day that is not today is played; each action is confirmed at its own slot.
    """
    counts = dict.fromkeys(Dispatched._fields, 0)
    _, lost = outbox.release_expired(scope, now=now)
    counts["unknown"] += lost
    opened: set[str] = set()
    try:
        while True:
            claimed = outbox.claim_actions(scope, by=worker, now=now, until=until, limit=BATCH)
            if not claimed:
                break
            for name in {a.channel for a in claimed if a.channel in routes} - opened:
                routes[name].open()
                opened.add(name)
            _send_batch(scope, routes, claimed, worker, now, counts, plays_day=plays_day)
    finally:
        for name in opened:
            routes[name].close()
    return Dispatched(**counts)


def _send_batch(
    scope: Scope,
    routes: Mapping[str, channels.Channel],
    claimed: list[models.Action],
    worker: str,
    now: dt.datetime,
    counts: dict[str, int],
    *,
    plays_day: bool,
) -> None:
    ready: list[tuple[models.Action, message.Message, dt.datetime]] = []
    for action in claimed:
        at = action.send_at if plays_day else now
        made = _prepare(scope, action, at=at, counts=counts, now=now)
        if made is not None:
            ready.append((action, made, at))
    if outbox.record_handing(scope, [a.pk for a, _, _ in ready], by=worker, now=now) != len(ready):
        mine = set(
            models.Action.objects.filter(
                organisation_id=scope.organisation_id, state="handing", lease_owner=worker
            ).values_list("pk", flat=True)
        )
        ready = [r for r in ready if r[0].pk in mine]
    for action, made, at in ready:
        on = at.astimezone(_zone(action)).date()
        try:
            receipt = routes[action.channel].send(made, at=at)
        except HandoverUnknown as error:
            outbox.record_unknown(scope, action, why=str(error), now=now)
            counts["unknown"] += 1
        except DeliveryFailed as error:
            failed = message.Receipt(
                key=action.key, channel=action.channel, kind="failed", at=at,
                evidence=f"{error} {error.evidence}".strip(), permanent=error.permanent,
            )  # fmt: skip
            outbox.record_failed(scope, action, failed, on=on)
            counts["failed"] += 1
        except Unavailable as error:
            log.warning("channel %s: %s", action.channel, error)
            _give_back(scope, action, error, now)
            counts["failed"] += 1
        else:
            outbox.record_sent(scope, action, receipt, on=on, sha256=made.sha256)
            counts["sent"] += 1


def _zone(action: models.Action) -> dt.tzinfo:
    import zoneinfo  # here only: a zone by name

    return zoneinfo.ZoneInfo(action.customer.time_zone or action.entity.time_zone)


def _give_back(
    scope: Scope, action: models.Action, error: Unavailable, now: dt.datetime
) -> None:
    """The server was not reached, so nothing left: the action is ready again, later."""
    with tx.transaction_of(scope):
        models.Action.objects.filter(
            organisation_id=scope.organisation_id, pk=action.pk, state="handing"
        ).update(
            state="ready",
            lease_owner="",
            lease_until=None,
            send_at=now + dt.timedelta(seconds=error.retry_after),
        )


def _prepare(
    scope: Scope,
    action: models.Action,
    *,
    at: dt.datetime,
    counts: dict[str, int],
    now: dt.datetime,
) -> message.Message | None:
    """Decide again with fresh figures; return the message, or None when it must not go."""
    with tx.transaction_of(scope):
        act = cases.unpack(bytes(action.decision.body))
        assert isinstance(act, Act)
        day = action.decision.as_of
        fresh, seen = _again(scope, action, act, day)
        made = None
        if fresh is not None:
            data = compose.message(scope, action, fresh, seen, at=at)
            made = render.render(data, templates=render.load_templates(), sent_at=at)
    if made is None:
        outbox.record_cancelled(scope, action, why="the case changed before sending", now=now)
        counts["cancelled"] += 1
    return made


def _again(
    scope: Scope, action: models.Action, act: Act, day: dt.date
) -> tuple[Act | None, facts.Loaded]:
    """Return the act with fresh figures, or None where paid, stopped or gone up (6.2, 6.4)."""
    entity = models.Entity.objects.get(pk=action.entity_id)
    loader = facts.Loader(scope, entity, as_of=day)
    [seen] = list(loader.stream([action.customer_id]))
    policy = published.load(scope, action.decision.policy_version_id)
    own = tuple(f for f in seen.facts.flights if f.step != act.step and f.state != "unknown")
    before = tuple(o for o in seen.facts.outreach if o.on < day)
    stored = msgspec.structs.replace(
        seen.facts,
        flights=own,
        outreach=before,
        approvals=tuple(seen.facts.approvals),
        cadence=_cadence_of(action),
    )
    made = decide.decide(stored, policy, as_of=day)
    if not isinstance(made, Act) or made.step != act.step:
        still = _still_owed(act, seen)
        return (None, seen) if not still else _same_act(act, made, seen)
    was, is_now = dict(act.amounts), dict(made.amounts)
    higher = any(is_now.get(c, 0) > was.get(c, 0) for c in is_now)
    keys = {a.key for a in made.actions}
    return (None if higher or action.key not in keys else made), seen


def _same_act(act: Act, made: object, seen: facts.Loaded) -> tuple[Act | None, facts.Loaded]:
    """A second channel of one step (letter beside mail) goes with what its first one said."""
    first_went = any(
        t.step == act.step for i in seen.facts.items if i.id == act.lead for t in i.taken
    )
    is_stopped = any(
        stops.is_active(s, as_of=act.named_on or seen.facts.items[0].due_on)
        for s in seen.facts.stops
    )
    return (act if first_went and not is_stopped else None), seen


def _still_owed(act: Act, seen: facts.Loaded) -> bool:
    """Tell whether every item demanded is still open with at least what is demanded."""
    left = {i.id: i.open_minor for i in seen.facts.items}
    return all(left.get(i, 0) >= minor for i, minor in act.lines)


def _cadence_of(action: models.Action) -> str:
    case = models.Case.objects.filter(
        organisation_id=action.organisation_id,
        entity_id=action.entity_id,
        customer_id=action.customer_id,
        closed_on__isnull=True,
    ).first()
    return case.cadence if case else ""
