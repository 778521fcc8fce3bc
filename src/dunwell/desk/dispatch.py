"""Hand over what is due: claim, check again, make durable, send, confirm (SEMANTICS 6.4-6.6).

Read top-down: `run` claims batches, `_prepare` decides each case again with fresh figures,
`_hand_over` sends. The network is never used inside a transaction, and nothing is sent whose
state is not first `handing` on disk. What was paid, stopped or corrected since is cancelled
with its reason; what only fell goes with fresh figures.
"""

from __future__ import annotations

import datetime as dt
import logging
import zoneinfo
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import msgspec

from dunwell.core import book, decide, message, position, workdays
from dunwell.core import policy as policies
from dunwell.core.decision import Act
from dunwell.core.errors import DeliveryFailed, HandoverUnknown, Refused, Unavailable
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
    """How many actions were sent, failed, are unknown, were cancelled, or wait for their hour."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    cancelled: int = 0
    postponed: int = 0


class Ready(NamedTuple):
    """One action with the act it stands for now, its message, and when it goes."""

    action: models.Action
    act: Act
    message: message.Message
    at: dt.datetime
    on: dt.date


def owners(scope: Scope) -> set[str]:
    """Return the workers that hold a claim."""
    return outbox.owners(scope)


def run(
    scope: Scope,
    routes: Mapping[str, channels.Channel],
    *,
    worker: str,
    now: dt.datetime,
    plays: dt.date | None = None,
    dead: Collection[str] = (),
    clock: Callable[[], dt.datetime] | None = None,
) -> Dispatched:
    """Send everything whose slot has come by `now`; safe to run twice and side by side.

    `plays`: a day that is not today is played whole, each action confirmed at its own slot.
    `dead`: workers known to have died, whose claims need not wait for their lease to end.
    `clock` times the leases; by default they begin at `now`.
    Raises: Misconfigured when a channel cannot be used as set; what was claimed is given back.
    """
    clock = clock or (lambda: now)
    counts = dict.fromkeys(Dispatched._fields, 0)
    _, lost = outbox.release_expired(scope, now=clock(), dead=dead)
    counts["unknown"] += lost
    opened: set[str] = set()
    try:
        while claimed := outbox.claim_actions(
            scope,
            by=worker,
            now=clock(),
            until=now,
            channels=list(routes),
            plays=plays,
            limit=BATCH,
        ):
            ready = _prepare(scope, claimed, now, counts, plays=plays)
            for name in {r.action.channel for r in ready} - opened:
                _open(scope, routes, name, claimed, now)
                opened.add(name)
            _hand_over(scope, routes, ready, worker, now, counts)
    except Unavailable as error:
        log.warning("dispatch stops: %s", error)
    finally:
        for name in opened:
            routes[name].close()
    return Dispatched(**counts)


def _open(
    scope: Scope,
    routes: Mapping[str, channels.Channel],
    name: str,
    claimed: Sequence[models.Action],
    now: dt.datetime,
) -> None:
    try:
        routes[name].open()
    except Exception as error:
        # Nothing has left the house: whatever the channel's trouble is, the work is kept.
        seconds = error.retry_after if isinstance(error, Unavailable) else 0
        again = now + dt.timedelta(seconds=seconds)
        outbox.give_back(scope, [a.pk for a in claimed], send_at=again)
        raise


def _prepare(
    scope: Scope,
    claimed: Sequence[models.Action],
    now: dt.datetime,
    counts: dict[str, int],
    *,
    plays: dt.date | None,
) -> list[Ready]:
    """Decide each case again with fresh figures; cancel or postpone what must not go now."""
    ready: list[Ready] = []
    dropped: list[tuple[models.Action, str]] = []
    later: list[tuple[models.Action, dt.datetime]] = []
    with tx.transaction_of(scope):
        times = {a.pk: _at(a, now, plays=plays) for a in claimed}
        seen = _gather(scope, claimed, times)
        rows = compose.Book(scope, claimed)
        first_sent = outbox.decisions_sent(scope, [a.decision_id for a in claimed])
        for action in claimed:
            at = times[action.pk]
            on = _day(action, at)
            case = seen.get((action.entity_id, on, action.customer_id))
            policy = published.load(scope, action.decision.policy_version_id)
            if plays is None and case is not None:
                slot = _next_slot(case, policy, at=at)
                if slot > at:
                    later.append((action, slot))
                    continue
            act, why = _again(
                action, case, policy, on=on, is_second=action.decision_id in first_sent
            )
            if act is None or case is None:
                dropped.append((action, why))
                continue
            try:
                data = rows.data(action, act, case, on=on)
                made = render.render(data, templates=render.load_templates(), sent_at=at)
            except Refused as error:
                dropped.append((action, f"no message could be made: {error}"))
                continue
            ready.append(Ready(action, act, made, at, on))
    for action, why in dropped:
        outbox.record_cancelled(scope, action, why=why, now=now)
    for action, slot in later:
        outbox.give_back(scope, [action.pk], send_at=slot)
    counts["cancelled"] += len(dropped)
    counts["postponed"] += len(later)
    return ready


def _at(action: models.Action, now: dt.datetime, *, plays: dt.date | None) -> dt.datetime:
    """Return when an action goes: now, or at its slot on the day that is played."""
    if plays is None:
        return now
    zone = zoneinfo.ZoneInfo(action.customer.time_zone or action.entity.time_zone)
    slot: dt.datetime = action.send_at.astimezone(zone)
    return max(slot, dt.datetime.combine(plays, slot.timetz()))


def _gather(
    scope: Scope, claimed: Sequence[models.Action], times: Mapping[int, dt.datetime]
) -> dict[tuple[int, dt.date, int], book.Facts]:
    """Load the claimed cases as they are now, in one go for each entity and day."""
    wanted: dict[tuple[int, dt.date], set[int]] = {}
    entities: dict[int, models.Entity] = {}
    for action in claimed:
        day = _day(action, times[action.pk])
        wanted.setdefault((action.entity_id, day), set()).add(action.customer_id)
        entities[action.entity_id] = action.entity
    return {
        (entity_id, day, loaded.customer_id): loaded.facts
        for (entity_id, day), customers in wanted.items()
        for loaded in facts.Loader(scope, entities[entity_id], as_of=day).stream(sorted(customers))
    }


def _day(action: models.Action, at: dt.datetime) -> dt.date:
    """Return the entity's day a message goes out on; never before the day decided for."""
    zone = zoneinfo.ZoneInfo(action.entity.time_zone)
    decided_for: dt.date = action.decision.as_of
    return max(decided_for, at.astimezone(zone).date())


def _next_slot(case: book.Facts, policy: policies.Policy, *, at: dt.datetime) -> dt.datetime:
    """Return `at` inside the contact hours, else when they open next (SEMANTICS 2.5)."""
    hours, zone = policy.settings.hours, zoneinfo.ZoneInfo(case.time_zone)
    local = at.astimezone(zone)
    day = local.date()
    if local.time() > hours.end:
        day += dt.timedelta(days=1)
    elif local.time() >= hours.start and case.calendar.is_open(day):
        return at
    return dt.datetime.combine(workdays.next_working(case.calendar, day), hours.start, tzinfo=zone)


def _again(
    action: models.Action,
    case: book.Facts | None,
    policy: policies.Policy,
    *,
    on: dt.date,
    is_second: bool,
) -> tuple[Act | None, str]:
    """Return the act with fresh figures, or None and why it must not go (6.2, 6.4)."""
    said = cases.unpack(bytes(action.decision.body))
    assert isinstance(said, Act)
    if case is None or not case.items:
        return None, "nothing is open any more"
    if is_second:
        return _beside(said, case, on=on)
    mine = tuple(f for f in case.flights if f.step != said.step or f.state == "unknown")
    made = decide.decide(msgspec.structs.replace(case, flights=mine), policy, as_of=on)
    if not isinstance(made, Act):
        reason = made.reason
        return None, f"the case changed before sending: {reason}"
    if made.step != said.step or action.key not in {a.key for a in made.actions}:
        return None, f"the case changed before sending: {made.step} would go instead"
    was = dict(said.amounts)
    if any(minor > was.get(currency, 0) for currency, minor in made.amounts):
        return None, "the amount rose since it was decided"
    return made, ""


def _beside(said: Act, case: book.Facts, *, on: dt.date) -> tuple[Act | None, str]:
    """Let a step's second channel (a letter beside a mail) say what its first one said.

    Its step is taken already, so deciding again cannot give it; it goes while what it demands
    is still chaseable in full.
    """
    net = {s.item.id: s.net_minor for s in position.stand(case, as_of=on).standings}
    if any(net.get(i, 0) < minor for i, minor in said.lines):
        return None, "paid or stopped since its first channel went"
    return said, ""


def _hand_over(
    scope: Scope,
    routes: Mapping[str, channels.Channel],
    ready: list[Ready],
    worker: str,
    now: dt.datetime,
    counts: dict[str, int],
) -> None:
    """Make the hand-over durable, then send each and record what the channel answered."""
    mine = outbox.record_handing(scope, [r.action.pk for r in ready], by=worker, now=now)
    broken: Unavailable | None = None
    for action, act, made, at, on in ready:
        if action.pk not in mine:
            continue
        if broken is not None:
            _postpone(scope, action, broken, now)
            continue
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
            _postpone(scope, action, error, now)
            counts["failed"] += 1
            broken = error
        else:
            outbox.record_sent(scope, action, receipt, act=act, on=on, sha256=made.sha256)
            counts["sent"] += 1
    if broken is not None:
        raise broken


def _postpone(scope: Scope, action: models.Action, error: Unavailable, now: dt.datetime) -> None:
    """The server was not reached, so nothing left: the action is ready again, later."""
    outbox.give_back(scope, [action.pk], send_at=now + dt.timedelta(seconds=error.retry_after))
