"""Hand over what is due: claim, check again, make durable, send, confirm (SEMANTICS 6.4-6.6).

Read top-down: `run` claims batches, `prepare` decides each case again with fresh figures,
`hand_over` sends. The network is never used inside a transaction, and nothing is sent whose
state is not first `handing` on disk. What was paid, stopped or corrected since is cancelled
with its reason; what only fell goes with fresh figures. A channel that is down keeps its work
and stops no other.
"""

from __future__ import annotations

import datetime as dt
import logging
import zoneinfo
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import msgspec

from dunwell.core import book, decide, law, message, position, reminder, stops, workdays
from dunwell.core import policy as policies
from dunwell.core.decision import Act
from dunwell.core.errors import DeliveryFailed, HandoverUnknown, Refused, Unavailable
from dunwell.core.scope import Scope
from dunwell.delivery import channel as channels
from dunwell.delivery import render
from dunwell.desk import again, ask, compose, gate, pay_link, setting
from dunwell.desk import law as desk_law
from dunwell.store import facts, limits, models, tx
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
    goes_on: Callable[[], bool] = lambda: True,
    links: pay_link.Links | None = None,
) -> Dispatched:
    """Send everything whose slot has come by `now`; safe to run twice and side by side.

    `plays`: a day that is not today is played whole, each action confirmed at its own slot.
    `dead`: workers known to have died, whose claims need not wait for their lease to end.
    `clock` times the leases; by default they begin at `now`. `goes_on` is asked before each
    batch: a person may have paused it. `links`: mails carry a link to the customer's own page.
    Nothing is sent on data older than the policy allows (6.8).
    Raises: Misconfigured when a channel cannot be used as set; what was claimed is given back.
    """
    clock = clock or (lambda: now)
    going = _Going(scope, routes, worker, now, plays, clock, links)
    _, lost = outbox.release_expired(scope, now=clock(), dead=dead)
    going.counts["unknown"] += lost
    if plays is None:
        going.counts["sent"] += ask.run(scope, routes, now=now)
    zone = zoneinfo.ZoneInfo(setting.time_zone(scope))
    if stale := gate.stale_feed(scope, as_of=plays or now.astimezone(zone).date()):
        log.warning("nothing is sent: %s", stale)
        return Dispatched(**going.counts)
    try:
        while (usable := sorted(set(routes) - set(going.down))) and goes_on():
            claimed = outbox.claim_actions(
                scope,
                by=worker,
                now=clock(),
                until=now,
                channels=usable,
                plays=plays,
                limit=BATCH,
                without=going.deferred,
            )
            if not claimed:
                break
            going.hand_over(going.prepare(claimed))
    finally:
        going.close()
    return Dispatched(**going.counts)


class _Going:
    """What one dispatch has in hand: the ways out, those that are down, and its counts."""

    def __init__(
        self,
        scope: Scope,
        routes: Mapping[str, channels.Channel],
        worker: str,
        now: dt.datetime,
        plays: dt.date | None,
        clock: Callable[[], dt.datetime],
        links: pay_link.Links | None = None,
    ) -> None:
        self.links = links
        self.scope, self.routes, self.worker = scope, routes, worker
        self.now, self.plays, self.clock = now, plays, clock
        self.counts = dict.fromkeys(Dispatched._fields, 0)
        self.down: dict[str, Unavailable] = {}
        self.deferred: set[int] = set()
        self._opened: set[str] = set()

    def prepare(self, claimed: Sequence[models.Action]) -> list[Ready]:
        """Decide each case again with fresh figures; cancel or postpone what must not go now."""
        ready: list[Ready] = []
        dropped: list[tuple[models.Action, str]] = []
        later: list[tuple[models.Action, dt.datetime]] = []
        with tx.reading(self.scope):
            times = {a.pk: _at(a, self.now, plays=self.plays) for a in claimed}
            seen = _gather(self.scope, claimed, times)
            rows = compose.Book(self.scope, claimed)
            sent = outbox.decisions_sent(self.scope, [a.decision_id for a in claimed])
            for action in claimed:
                at = times[action.pk]
                on = _day(action, at)
                case = seen.get((action.entity_id, on, action.customer_id))
                policy = published.load(self.scope, action.decision.policy_version_id)
                if self.plays is None and case is not None:
                    slot = _next_slot(case, policy, at=at)
                    if slot > at:
                        later.append((action, slot))
                        continue
                try:
                    is_second = action.decision_id in sent
                    act, why = _again(action, case, policy, on=on, is_second=is_second)
                    if act is None or case is None:
                        dropped.append((action, why))
                        continue
                    data = rows.data(action, act, case, on=on)
                    if self.links:
                        link = self.links.url(self.scope, action)
                        data = msgspec.structs.replace(data, portal_link=link)
                    texts = render.with_own(policy.texts)
                    made = render.render(data, templates=texts, sent_at=at)
                except Refused as error:
                    dropped.append((action, f"no message could be made: {error}"))
                except Exception as error:  # one case's error stops no other (6.7)
                    log.exception("the message of action %s failed", action.pk)
                    dropped.append((action, f"no message could be made: {type(error).__name__}"))
                else:
                    ready.append(Ready(action, act, made, at, on))
        for action, why in dropped:
            outbox.record_cancelled(self.scope, action, why=why, now=self.now)
        for action, slot in later:
            self._give_back(action, slot)
        self.counts["cancelled"] += len(dropped)
        self.counts["postponed"] += len(later)
        return ready

    def hand_over(self, ready: Sequence[Ready]) -> None:
        """Make the hand-over durable, then send each and record what its channel answered.

        Raises: Misconfigured when a channel cannot be used as set.
        """
        self._open(ready)
        for one in ready:
            if one.action.channel in self.down:
                self._keep(one)
        goes = [r for r in ready if r.action.channel not in self.down]
        raw = {r.action.pk: r.message.raw for r in goes}
        if self.links:
            self.links.keep(self.scope, [r.action for r in goes], now=self.now)
        mine = outbox.record_handing(self.scope, raw, by=self.worker, now=self.now)
        for one in goes:
            if one.action.pk not in mine:
                continue  # its lease had ended: another worker has taken it over
            if one.action.channel in self.down or self._is_over(one.action):
                self._keep(one)
            else:
                self._send(one)

    def close(self) -> None:
        """Let go of the channels."""
        for name in self._opened:
            self.routes[name].close()

    def _open(self, ready: Sequence[Ready]) -> None:
        for name in sorted({r.action.channel for r in ready} - self._opened):
            try:
                self.routes[name].open()
            except Unavailable as error:
                self._is_down(name, error)
            except Exception:
                # Nothing has left the house: whatever the trouble is, the work is kept.
                for one in ready:
                    self._give_back(one.action, one.action.send_at)
                raise
            else:
                self._opened.add(name)

    def _is_down(self, name: str, error: Unavailable) -> None:
        self.down[name] = error
        log.warning("no %s is sent: %s", name, error)

    def _send(self, one: Ready) -> None:
        """Send one message; whatever the channel does not answer properly is unknown."""
        action, at = one.action, one.at
        try:
            receipt = self.routes[action.channel].send(one.message, at=at)
        except DeliveryFailed as error:
            said = again.record(self.scope, action, error, at=at, on=one.on, by=self.worker)
            self.counts[said] += 1
            if said == "postponed":
                self.deferred.add(action.pk)
        except Unavailable as error:
            self._is_down(action.channel, error)
            self._keep(one)
        except Exception as error:
            if not isinstance(error, HandoverUnknown):
                log.exception("sending action %s failed", action.pk)
            outbox.record_unknown(self.scope, action, why=str(error), now=self.now)
            self.counts["unknown"] += 1
        else:
            outbox.record_sent(
                self.scope, action, receipt, act=one.act, on=one.on, sha256=one.message.sha256
            )
            self.counts["sent"] += 1

    def _is_over(self, action: models.Action) -> bool:
        """Tell whether the lease ended before this one's turn: a slow server took all of it."""
        return action.lease_until is not None and self.clock() >= action.lease_until

    def _keep(self, one: Ready) -> None:
        """The other side was not reached, so nothing left: the action is ready again.

        It goes later; on a played day its slot stays what it is.
        """
        error = self.down.get(one.action.channel)
        wait = dt.timedelta(seconds=error.retry_after if error else 0)
        self._give_back(one.action, self.now + wait if self.plays is None else one.action.send_at)
        self.counts["postponed"] += 1

    def _give_back(self, action: models.Action, send_at: dt.datetime) -> None:
        outbox.give_back(self.scope, [action.pk], by=self.worker, send_at=send_at)


class Press:
    """Makes the messages of one channel that somebody hands over by hand: a run of letters."""

    def __init__(
        self, scope: Scope, *, worker: str, now: dt.datetime, plays: dt.date | None = None
    ) -> None:
        self._going = _Going(scope, {}, worker, now, plays, lambda: now)
        self.counts = self._going.counts

    def press(self, channel: str, *, most: int) -> list[Ready]:
        """Claim what is due, decide each once more, and make its bytes durable."""
        going, made = self._going, list[Ready]()
        while left := most - len(made):
            claimed = outbox.claim_actions(
                going.scope, by=going.worker, now=going.now, until=going.now, channels=[channel],
                plays=going.plays, limit=min(left, BATCH),
            )  # fmt: skip
            if not claimed:
                break
            ready = going.prepare(claimed)
            raw = {r.action.pk: r.message.raw for r in ready}
            mine = outbox.record_handing(going.scope, raw, by=going.worker, now=going.now)
            made += [r for r in ready if r.action.pk in mine]
        return made


def over(scope: Scope, actions: Sequence[models.Action], *, on: dt.date) -> dict[int, str]:
    """Return why each of some messages would not go out any more on a day, "" where it would."""
    noon = dt.datetime.combine(on, dt.time(12), tzinfo=dt.UTC)
    seen = _gather(scope, actions, {a.pk: noon for a in actions})
    sent = outbox.decisions_sent(scope, [a.decision_id for a in actions])
    found = {}
    for action in actions:
        day = _day(action, noon)
        case = seen.get((action.entity_id, day, action.customer_id))
        policy = published.load(scope, action.decision.policy_version_id)
        is_second = action.decision_id in sent
        found[action.pk] = _again(action, case, policy, on=day, is_second=is_second)[1]
    return found


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
    rows = desk_law.of(scope)
    for action in claimed:
        day = _day(action, times[action.pk])
        wanted.setdefault((action.entity_id, day), set()).add(action.customer_id)
        entities[action.entity_id] = action.entity
    return {
        (entity_id, day, loaded.customer_id): loaded.facts
        for (entity_id, day), customers in wanted.items()
        for loaded in limits.within(
            scope,
            rows,
            facts.Loader(scope, entities[entity_id], as_of=day).stream(sorted(customers)),
            home=entities[entity_id].country,
            as_of=day,
        )
    }


def _day(action: models.Action, at: dt.datetime) -> dt.date:
    """Return the entity's day a message goes out on; never before the day decided for."""
    zone = zoneinfo.ZoneInfo(action.entity.time_zone)
    decided_for: dt.date = action.decision.as_of
    return max(decided_for, at.astimezone(zone).date())


def _next_slot(case: book.Facts, policy: policies.Policy, *, at: dt.datetime) -> dt.datetime:
    """Return `at` inside the contact hours, else when they open next (SEMANTICS 2.5)."""
    hours, zone = policy.settings.hours, zoneinfo.ZoneInfo(case.time_zone)
    opens, closes = law.hours(case.limits, opens=hours.start, closes=hours.end)
    local = at.astimezone(zone)
    day = local.date()
    if local.time() > closes:
        day += dt.timedelta(days=1)
    elif local.time() >= opens and case.calendar.is_open(day):
        return at
    return dt.datetime.combine(workdays.next_working(case.calendar, day), opens, tzinfo=zone)


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
    # What was decided together goes together: a call of this decision holds its mail not back.
    mine = {a.key for a in said.actions}
    flights = tuple(f for f in case.flights if f.key not in mine or f.state == "unknown")
    seen = msgspec.structs.replace(
        case, flights=flights, share_paid_30=cases.likelihood_seen(bytes(action.decision.facts))
    )
    made = decide.decide(seen, policy, as_of=on)
    if not isinstance(made, Act):
        gone = _is_gone(said, seen, on=on)
        return None, gone or f"the case changed before sending: {made.reason}"
    if made.step != said.step:
        return None, f"the case changed before sending: {made.step} would go instead"
    if action.key not in {a.key for a in made.actions}:
        return None, "the case changed before sending: another item or person would be concerned"
    was = dict(said.amounts)
    if any(minor > was.get(currency, 0) for currency, minor in made.amounts):
        return None, "the amount rose since it was decided"
    return made, ""


def _is_gone(said: Act, case: book.Facts, *, on: dt.date) -> str:
    """Say why the instalment a reminder is of is awaited no more; "" where it is, or none is."""
    about = reminder.about(said)
    if about is None or about in {(x.stop, x.n) for x in case.instalments}:
        return ""
    if any(s.id == about.stop and stops.is_active(s, as_of=on) for s in case.stops):
        return "its instalment was paid, or fell due, before the reminder went"
    return "its payment plan is over"


def _beside(said: Act, case: book.Facts, *, on: dt.date) -> tuple[Act | None, str]:
    """Let a step's second channel (a letter beside a mail) say what its first one said.

    Its step is taken already, so deciding again cannot give it; it goes while what it demands
    is still chaseable in full.
    """
    net = {s.item.id: s.net_minor for s in position.stand(case, as_of=on).standings}
    if any(net.get(i, 0) < minor for i, minor in said.lines):
        return None, "paid or stopped since its first channel went"
    return said, ""
