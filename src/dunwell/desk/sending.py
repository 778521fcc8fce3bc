"""What was released, on its way out of the house: carried, paused, gone on with, and where it is.

Everything stands in the database, so that a page may be left and come back to, and a carrier
that died is seen. `begin` and `go_on` name a carrier; `carry` is what it does: check every line
again (`desk.release`), then hand over what is due, batch by batch, until nothing is left; a
message whose hour has not come is waited for. `pause` is honoured before the next batch.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from django.db.models import QuerySet

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.delivery import channel as channels
from dunwell.desk import dispatch, gate, pay_link, receive, release, setting, settle, trail, worker
from dunwell.store import journal, models, personal, tx

BEAT = dt.timedelta(minutes=1)
LOST = dt.timedelta(minutes=10)
"""How often a carrier says that it lives, and after what silence it is taken for lost."""
NAP = 2.0
"""Seconds between two looks at whether somebody paused it."""
_ON_ITS_WAY = ("ready", "claimed", "handing")


class Way(NamedTuple):
    """How a carrier goes about it: the ways out, its name, its clock, and how it waits.

    `plays` is a day that is played whole; `rest` waits some seconds; `tell` tells other systems
    what they are to be told; `links` lets mails carry a link to the customer's own page.
    """

    routes: Mapping[str, channels.Channel]
    carrier: str
    clock: Callable[[], dt.datetime]
    rest: Callable[[float], None]
    tell: Callable[[], object] = lambda: None
    plays: dt.date | None = None
    links: pay_link.Links | None = None


class Line(NamedTuple):
    """One line of a proposal: whose, which step, about how much, by which channels."""

    customer: str
    name: str
    entity: str
    step: str
    amounts: tuple[tuple[str, int], ...]
    channels: tuple[str, ...]


class Fault(NamedTuple):
    """One message that did not go as meant."""

    customer: str
    name: str
    channel: str
    state: str
    reason: str


class Where(NamedTuple):
    """A proposal and where its messages are.

    `state`: saved, checking, going, waiting, paused, stopped, lost (its carrier is gone), done,
    or released, where nobody carries it from here. `counts` are its messages by state, `calls`
    those of them that are calls to be made; `next_at` is when the next one goes.
    """

    number: int
    as_of: dt.date
    at: dt.datetime
    by: str
    state: str
    counts: dict[str, int]
    calls: int
    next_at: dt.datetime | None
    why: str
    dropped: list[dict[str, str]]

    @property
    def total(self) -> int:
        """How many messages there are, calls not counted."""
        return sum(self.counts.values())

    @property
    def left(self) -> int:
        """How many messages are still to go."""
        return sum(self.counts.get(s, 0) for s in _ON_ITS_WAY)

    @property
    def is_under_way(self) -> bool:
        """Tell whether somebody carries it just now."""
        return self.state in ("checking", "going", "waiting")


def where(scope: Scope, number: int, *, now: dt.datetime) -> Where:
    """Return where a proposal is. Raises: Refused for an unknown one."""
    with tx.reading(scope):
        row = _row(scope, number)
        rows = list(_actions(scope, number).values_list("channel", "state", "send_at"))
    counts = Counter(state for channel, state, _ in rows if channel != "call")
    due = [at for channel, state, at in rows if channel != "call" and state == "ready"]
    next_at = min(due, default=None)
    return Where(
        number, row.as_of, row.at, row.by, _state(row, counts, next_at, now), dict(counts),
        sum(channel == "call" for channel, _, _ in rows), next_at, row.why,
        list(row.dropped or []),
    )  # fmt: skip


def lines(scope: Scope, number: int) -> list[Line]:
    """Return the lines of a proposal by name, as they were reviewed."""
    with tx.reading(scope):
        saved = release.lines_of(_row(scope, number))
        said = personal.read(scope, "customer", {s.customer_id for s in saved}, fields=["name"])
    found = [
        Line(
            s.customer, said.get((s.customer_id, "name"), ""), s.entity, s.step,
            tuple(s.amounts.items()), tuple(c for c, _, _ in s.recipients),
        )
        for s in saved
    ]  # fmt: skip
    return sorted(found, key=lambda x: (x.name.casefold(), x.customer, x.entity))


class Went(NamedTuple):
    """One message of a released proposal: its number, channel and state, and its hour there."""

    number: int
    channel: str
    state: str
    at: dt.datetime


def went(
    scope: Scope, number: int, lines: Sequence[Line]
) -> dict[tuple[str, str, str], list[Went]]:
    """Return the messages of some lines of a released proposal, by company, customer and step."""
    found: dict[tuple[str, str, str], list[Went]] = {}
    with tx.reading(scope):
        rows = _actions(scope, number).filter(
            customer__reference__in=sorted({x.customer for x in lines})
        )
        for a in rows.select_related("customer", "entity").order_by("pk"):
            at = (a.handed_at or a.send_at).astimezone(zoneinfo.ZoneInfo(a.entity.time_zone))
            one = Went(a.pk, a.channel, a.state, at)
            found.setdefault((a.entity.code, a.customer.reference, a.step), []).append(one)
    return found


def faults(scope: Scope, number: int) -> list[Fault]:
    """Return the messages that failed, are unknown, or were taken back before they went."""
    with tx.reading(scope):
        rows = list(
            _actions(scope, number)
            .filter(state__in=("failed", "unknown", "cancelled"))
            .select_related("customer")
            .order_by("state", "pk")
        )
        said = personal.read(scope, "customer", {a.customer_id for a in rows}, fields=["name"])
    return [
        Fault(
            a.customer.reference, said.get((a.customer_id, "name"), ""), a.channel, a.state,
            a.reason,
        )
        for a in rows
    ]  # fmt: skip


def unfinished(scope: Scope, *, now: dt.datetime) -> list[Where]:
    """Return what is on its way, or stands still half done; the newest first."""
    with tx.reading(scope):
        numbers = list(
            models.Proposal.objects.filter(
                organisation_id=scope.organisation_id, carried__in=("going", "paused", "stopped")
            )
            .order_by("-pk")
            .values_list("pk", flat=True)
        )
    return [where(scope, n, now=now) for n in numbers]


def begin(scope: Scope, number: int, *, carrier: str, today: dt.date, now: dt.datetime) -> None:
    """Let a saved proposal be carried: it is the carrier's from here on.

    Raises: Refused for an unknown one, one of another day, or one released already.
    """
    with tx.transaction_of(scope):
        row = _row(scope, number)
        if row.as_of != today:
            raise Refused(
                "another_day", f"proposal {number} was made for {row.as_of}: make one for today"
            )
        mine = models.Proposal.objects.filter(
            organisation_id=scope.organisation_id, pk=number, state="saved", carried=""
        )
        if not mine.update(carried="going", carrier=carrier, beat_at=now):
            raise Refused("released_already", f"proposal {number} was released already")


def pause(scope: Scope, number: int, *, now: dt.datetime) -> None:
    """Stop before the next batch; what is being handed over is finished first.

    Raises: Refused where nothing is under way.
    """
    with tx.transaction_of(scope):
        mine = models.Proposal.objects.filter(organisation_id=scope.organisation_id, pk=number)
        if not mine.filter(carried="going").update(carried="paused"):
            raise Refused("not_under_way", f"proposal {number} is not under way: nothing to pause")
        journal.append(scope, "sending_paused", refs={"proposal": number}, at=now)


def go_on(scope: Scope, number: int, *, carrier: str, now: dt.datetime) -> None:
    """Go on with what was paused, was stopped, or lost its carrier.

    Raises: Refused for one that is under way, done, or was never released.
    """
    with tx.transaction_of(scope):
        row = _row(scope, number)
        is_lost = row.carried == "going" and _is_lost(row, now)
        is_loose = row.carried == "" and row.state == "released"
        if not (row.carried in ("paused", "stopped") or is_lost or is_loose):
            said = "done" if row.carried == "done" else "under way"
            raise Refused("nothing_to_go_on", f"proposal {number} is {said}: nothing to go on with")
        mine = models.Proposal.objects.filter(
            organisation_id=scope.organisation_id, pk=number, carried=row.carried,
            carrier=row.carrier,
        )  # fmt: skip
        if not mine.update(carried="going", carrier=carrier, beat_at=now, why=""):
            raise Refused("nothing_to_go_on", f"somebody else goes on with proposal {number}")
        journal.append(scope, "sending_resumed", refs={"proposal": number}, at=now)


def carry(scope: Scope, number: int, *, way: Way) -> None:
    """Carry a proposal out: check it again, hand over what is due, until nothing is left.

    Ends early when somebody pauses it, or another carrier goes on with it.
    """
    with tx.reading(scope):
        row = _row(scope, number)
    if row.state != "released" and _is_mine(scope, number, way):
        receive.finish_others(scope, now=way.clock())
        settle.nightly(scope, as_of=row.as_of, now=way.clock())
        release.run(
            scope, number, drop={}, now=way.clock(), is_whole=True,
            resumes=row.state == "releasing",
        )  # fmt: skip
        trail.seal(scope, now=way.clock())
    while _is_mine(scope, number, way):
        made = _send(scope, number, way)
        way.tell()
        trail.seal(scope, now=way.clock())
        next_at = _next(scope, number, way)
        # A day that is played is over when it was played: what goes later goes another day.
        is_over = way.plays is not None and _is_mine(scope, number, way)
        if next_at is None or is_over:
            _keep(scope, number, way, "done", "")
            return
        if stale := gate.stale_feed(scope, as_of=_today(scope, way)):
            stop(scope, number, carrier=way.carrier, why=stale, now=way.clock())
            return
        is_down = made.postponed and not made.sent
        _keep(scope, number, way, "going", _DOWN if is_down else "")
        _wait(scope, number, way, until=next_at)


_DOWN = "some could not be handed over, and are tried again later"


def stop(scope: Scope, number: int, *, carrier: str, why: str, now: dt.datetime) -> None:
    """Keep that a carrier could not go on, and why; a person goes on once that is mended."""
    with tx.transaction_of(scope):
        mine = models.Proposal.objects.filter(
            organisation_id=scope.organisation_id, pk=number, carrier=carrier
        )
        if mine.exclude(carried="done").update(carried="stopped", why=why[:200]):
            refs = {"proposal": number, "why": why[:200]}
            journal.append(scope, "sending_stopped", refs=refs, at=now)


def _send(scope: Scope, number: int, way: Way) -> dispatch.Dispatched:
    """Hand over what is due, as long as it is this carrier's to do."""
    now = way.clock()
    if way.plays is not None:
        zone = zoneinfo.ZoneInfo(setting.time_zone(scope))
        now = dt.datetime.combine(way.plays, dt.time(23, 59), tzinfo=zone)
    return dispatch.run(
        scope, way.routes, worker=way.carrier, now=now, plays=way.plays,
        dead=worker.dead(dispatch.owners(scope)), clock=way.clock,
        goes_on=lambda: _is_mine(scope, number, way), links=way.links,
    )  # fmt: skip


def _is_mine(scope: Scope, number: int, way: Way) -> bool:
    """Say that this carrier lives; tell whether it may go on."""
    with tx.transaction_of(scope):
        mine = models.Proposal.objects.filter(
            organisation_id=scope.organisation_id, pk=number, carried="going", carrier=way.carrier
        )
        return bool(mine.update(beat_at=way.clock()))


def _next(scope: Scope, number: int, way: Way) -> dt.datetime | None:
    """Return when the next message of a proposal goes by a way there is; None when none does."""
    with tx.reading(scope):
        left = _actions(scope, number).filter(
            state__in=_ON_ITS_WAY, channel__in=sorted(way.routes)
        )  # fmt: skip
        found: dt.datetime | None = (
            left.order_by("send_at").values_list("send_at", flat=True).first()
        )
    return found


def _wait(scope: Scope, number: int, way: Way, *, until: dt.datetime) -> None:
    """Wait for an hour to come, at least one nap, until somebody pauses it."""
    beat_at = way.clock()
    while True:
        way.rest(NAP)
        now = way.clock()
        if now >= until or now - beat_at >= BEAT:
            return  # `carry` says that it lives, and looks again at what is due
        with tx.reading(scope):
            row = _row(scope, number)
        if row.carried != "going" or row.carrier != way.carrier:
            return


def _keep(scope: Scope, number: int, way: Way, carried: str, why: str) -> None:
    """Keep where it is, and what to say of it; a pause stays one while anything is left."""
    states = ("going", "paused") if carried == "done" else ("going",)
    with tx.transaction_of(scope):
        models.Proposal.objects.filter(
            organisation_id=scope.organisation_id, pk=number, carrier=way.carrier,
            carried__in=states,
        ).update(carried=carried, why=why)  # fmt: skip


def _today(scope: Scope, way: Way) -> dt.date:
    zone = zoneinfo.ZoneInfo(setting.time_zone(scope))
    return way.plays or way.clock().astimezone(zone).date()


def _state(
    row: models.Proposal,
    counts: Mapping[str, int],
    next_at: dt.datetime | None,
    now: dt.datetime,
) -> str:
    if row.carried != "going":
        return row.carried or ("saved" if row.state == "saved" else "released")
    if _is_lost(row, now):
        return "lost"
    if row.state != "released":
        return "checking"
    is_handing = counts.get("claimed", 0) + counts.get("handing", 0)
    return "waiting" if next_at is not None and next_at > now and not is_handing else "going"


def _is_lost(row: models.Proposal, now: dt.datetime) -> bool:
    """Tell whether a carrier's process is gone, or nothing was heard of it for long.

    Checking a large book says nothing for a while; a process of this machine is seen to run.
    """
    if worker.dead([row.carrier]):
        return True
    silent = row.beat_at is None or now - row.beat_at > LOST
    return silent and (row.state == "released" or not worker.is_here(row.carrier))


def _actions(scope: Scope, number: int) -> QuerySet[models.Action]:
    return models.Action.objects.filter(
        organisation_id=scope.organisation_id, decision__run__proposal_id=number
    )


def _row(scope: Scope, number: int) -> models.Proposal:
    row = models.Proposal.objects.filter(organisation_id=scope.organisation_id, pk=number).first()
    if row is None:
        raise Refused("unknown_proposal", f"no proposal {number}; save one: propose --save")
    return row


__all__ = ["Way", "Where", "begin", "carry", "go_on", "pause", "stop", "unfinished", "where"]
