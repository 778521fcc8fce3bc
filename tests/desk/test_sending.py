"""What was released is carried out, paused, gone on with; a carrier that died is seen (6.4)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from evening import DAY, NINE, Evening

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import dispatch, hold, look, release, sending, worker
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, invoice

MANY = dispatch.BATCH + 5
GONE = worker.name().rpartition(":")[0] + ":1"
"""A worker of this process's number that began at another time: it has died."""


class Hours:
    """A clock that moves only while somebody waits, or when it is told to."""

    def __init__(self, now: dt.datetime = NINE) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def rest(self, seconds: float) -> None:
        """Let time pass."""
        self.now += dt.timedelta(minutes=10)


@pytest.fixture
def evening(scope: Scope, book: Book) -> Evening:
    """More customers than one batch takes would hear a first reminder."""
    book.customers(*(customer(f"C-{n:02}") for n in range(MANY)))
    book.items(*(invoice(f"R-{n:02}", customer=f"C-{n:02}") for n in range(MANY)))
    return Evening(scope)


def saved(scope: Scope) -> int:
    """Keep what would happen today; return its number."""
    return release.save(scope, look.propose(scope, as_of=TODAY), now=NOW)


def way(evening: Evening, hours: Hours, name: str, **more: Any) -> sending.Way:
    """Return how a carrier goes about it."""
    return sending.Way(
        routes=evening.routes, carrier=name, clock=hours, rest=hours.rest, **more
    )  # fmt: skip


def begun(evening: Evening, name: str, hours: Hours) -> int:
    """Save tonight's proposal and name its carrier."""
    number = saved(evening.scope)
    sending.begin(evening.scope, number, carrier=name, today=TODAY, now=hours())
    return number


def state(evening: Evening, number: int, hours: Hours) -> str:
    """Return where a proposal is."""
    return sending.where(evening.scope, number, now=hours()).state


def test_all_that_stands_is_released_and_sent(evening: Evening) -> None:
    """Before, nothing has left; after, every message has, and the proposal is done."""
    hours, name = Hours(), worker.name("a")
    number = begun(evening, name, hours)
    assert state(evening, number, hours) == "checking"
    assert evening.mail.sent == []
    sending.carry(evening.scope, number, way=way(evening, hours, name))
    found = sending.where(evening.scope, number, now=hours())
    assert (found.state, found.counts, found.total, found.left) == (
        "done", {"sent": MANY}, MANY, 0,
    )  # fmt: skip
    assert len(evening.mail.sent) == MANY


def test_what_waits_is_recorded_too(evening: Evening, book: Book) -> None:
    """A release by a person keeps the waits of the day as a run does: each case has its reason."""
    book.customers(customer("D-1"))
    book.items(invoice("S-1", customer="D-1", due_on=TODAY + 60 * DAY))
    hours, name = Hours(), worker.name("a")
    number = begun(evening, name, hours)
    sending.carry(evening.scope, number, way=way(evening, hours, name))
    with tx.reading(evening.scope):
        found = models.Decision.objects.get(
            organisation_id=evening.scope.organisation_id, customer__reference="D-1"
        )
    assert (found.verdict, found.reason) == ("wait", "not_yet")


def test_a_pause_is_kept_before_the_next_batch(evening: Evening) -> None:
    """What was being handed over is finished; the rest goes when somebody goes on."""
    hours, name = Hours(), worker.name("a")
    number = begun(evening, name, hours)

    class Interrupted(MemoryChannel):
        def send(self, message: Any, *, at: dt.datetime) -> Any:
            if not self.sent:
                sending.pause(evening.scope, number, now=hours())
            return super().send(message, at=at)

    mail = Interrupted()
    first = way(evening, hours, name)._replace(routes=evening.routes | {"email": mail})
    sending.carry(evening.scope, number, way=first)
    assert len(mail.sent) == dispatch.BATCH
    assert state(evening, number, hours) == "paused"
    again = worker.name("b")
    sending.go_on(evening.scope, number, carrier=again, now=hours())
    sending.carry(evening.scope, number, way=first._replace(carrier=again))
    assert len(mail.sent) == MANY
    assert state(evening, number, hours) == "done"


def test_messages_wait_for_their_hour(evening: Evening) -> None:
    """Released at night, nothing leaves before the contact hours open; the carrier waits."""
    hours, name = Hours(NINE - dt.timedelta(hours=2)), worker.name("a")
    number = begun(evening, name, hours)
    seen: list[str] = []

    def rest(seconds: float) -> None:
        seen.append(state(evening, number, hours))
        assert evening.mail.sent == []
        hours.rest(seconds)

    sending.carry(evening.scope, number, way=way(evening, hours, name)._replace(rest=rest))
    assert set(seen) == {"waiting"}
    assert hours() == NINE
    assert len(evening.mail.sent) == MANY


def test_a_day_that_is_played_waits_for_no_hour(evening: Evening) -> None:
    """In a demo every hour of the day has come; nobody rests."""
    hours, name = Hours(NINE - dt.timedelta(hours=2)), worker.name("a")
    number = begun(evening, name, hours)
    sending.carry(evening.scope, number, way=way(evening, hours, name, plays=TODAY))
    assert state(evening, number, hours) == "done"
    assert hours() == NINE - dt.timedelta(hours=2)


def test_a_played_day_can_be_paused_too(evening: Evening) -> None:
    """What is left then is not taken for what goes another day."""
    hours, name = Hours(), worker.name("a")
    number = begun(evening, name, hours)

    class Interrupted(MemoryChannel):
        def send(self, message: Any, *, at: dt.datetime) -> Any:
            if not self.sent:
                sending.pause(evening.scope, number, now=hours())
            return super().send(message, at=at)

    mail = Interrupted()
    played = way(evening, hours, name, plays=TODAY)
    played = played._replace(routes=evening.routes | {"email": mail})
    sending.carry(evening.scope, number, way=played)
    found = sending.where(evening.scope, number, now=hours())
    assert (found.state, found.left) == ("paused", MANY - dispatch.BATCH)


def test_a_dead_carrier_is_seen_and_another_goes_on(evening: Evening) -> None:
    """What it was handing over is unknown and for a person; the rest goes, nothing twice."""
    hours = Hours()
    number = begun(evening, GONE, hours)
    release.run(evening.scope, number, drop={}, now=hours(), is_whole=True)
    with tx.transaction_of(evening.scope):
        mine = models.Action.objects.filter(organisation_id=evening.scope.organisation_id)
        lost = mine.order_by("pk").first()
        mine.filter(pk=lost.pk).update(
            state="handing", lease_owner=GONE, lease_until=hours() + DAY
        )  # fmt: skip
    assert state(evening, number, hours) == "lost"
    name = worker.name("b")
    sending.go_on(evening.scope, number, carrier=name, now=hours())
    sending.carry(evening.scope, number, way=way(evening, hours, name))
    found = sending.where(evening.scope, number, now=hours())
    assert (found.state, found.counts) == ("done", {"sent": MANY - 1, "unknown": 1})
    (fault,) = sending.faults(evening.scope, number)
    assert (fault.customer, fault.state) == ("C-00", "unknown")


def test_a_release_cut_short_is_finished(evening: Evening) -> None:
    """Lines recorded before the crash are not taken for dropped ones, and none goes twice."""
    hours = Hours()
    number = begun(evening, GONE, hours)
    with tx.transaction_of(evening.scope):
        models.Proposal.objects.filter(
            organisation_id=evening.scope.organisation_id, pk=number
        ).update(state="releasing")
    fresh = look.propose(evening.scope, as_of=TODAY)
    some = {x.key for x in fresh.lines[:3]}
    look.record(evening.scope, fresh, mode="release", now=NOW, only=some, released=number)
    assert state(evening, number, hours) == "lost"
    name = worker.name("b")
    sending.go_on(evening.scope, number, carrier=name, now=hours())
    sending.carry(evening.scope, number, way=way(evening, hours, name))
    found = sending.where(evening.scope, number, now=hours())
    assert (found.dropped, found.counts) == ([], {"sent": MANY})


def test_old_data_stops_it_with_the_reason(evening: Evening) -> None:
    """Nothing goes on data older than the policy allows; a person goes on once it came."""
    hours, name = Hours(), worker.name("a")
    number = begun(evening, name, hours)
    release.run(evening.scope, number, drop={}, now=hours(), is_whole=True)
    with tx.transaction_of(evening.scope):
        models.Entity.objects.filter(organisation_id=evening.scope.organisation_id).update(
            feeds_required=["payments"]
        )
    sending.carry(evening.scope, number, way=way(evening, hours, name))
    found = sending.where(evening.scope, number, now=hours())
    assert found.state == "stopped"
    assert "payments" in found.why
    assert evening.mail.sent == []
    assert [w.number for w in sending.unfinished(evening.scope, now=hours())] == [number]


def test_what_is_left_out_stands_with_who_and_why(evening: Evening) -> None:
    """It is held for the day alone, is no line of the proposal, and is kept with it."""
    held = release.leave_out(evening.scope, "C-03", reason="called", as_of=TODAY, now=NOW)
    left = release.left_out(evening.scope, as_of=TODAY)
    assert [(x.stop, x.customer, x.reason, x.by) for x in left] == [
        (held, "C-03", "called", "anna")
    ]
    found = look.propose(evening.scope, as_of=TODAY)
    number = release.save(evening.scope, found, now=NOW, left=left)
    lines = sending.lines(evening.scope, number)
    assert "C-03" not in {x.customer for x in lines}
    assert len(lines) == MANY - 1
    where = sending.where(evening.scope, number, now=NINE)
    assert where.dropped == [
        {"customer": "C-03", "entity": "", "reason": "called", "by": "anna"}
    ]  # fmt: skip
    hold.close_hold(evening.scope, held, on=TODAY, now=NOW)
    assert release.left_out(evening.scope, as_of=TODAY) == []
    assert release.left_out(evening.scope, as_of=TODAY + DAY) == []


def test_a_way_that_is_down_is_tried_again_and_said(evening: Evening) -> None:
    """Nothing is lost while the server is not reached; it goes once it is."""
    hours, name = Hours(), worker.name("a")
    number = begun(evening, name, hours)
    evening.mail.is_down = True
    seen: list[str] = []

    def rest(seconds: float) -> None:
        seen.append(sending.where(evening.scope, number, now=hours()).why)
        evening.mail.is_down = False
        hours.rest(seconds)

    sending.carry(evening.scope, number, way=way(evening, hours, name)._replace(rest=rest))
    assert "tried again" in seen[0]
    found = sending.where(evening.scope, number, now=hours())
    assert (found.state, found.why, found.counts) == ("done", "", {"sent": MANY})


@pytest.mark.parametrize("how", ["twice", "tomorrow", "unknown"])
def test_it_is_begun_once_and_on_its_day(evening: Evening, how: str) -> None:
    """A second release, one of yesterday's proposal, and one of none are refused."""
    number, day = saved(evening.scope), TODAY
    if how == "twice":
        sending.begin(evening.scope, number, carrier="a", today=TODAY, now=NOW)
    elif how == "tomorrow":
        day = TODAY + DAY
    else:
        number += 1
    with pytest.raises(Refused) as error:
        sending.begin(evening.scope, number, carrier="b", today=day, now=NOW)
    reasons = {
        "twice": "released_already", "tomorrow": "another_day", "unknown": "unknown_proposal",
    }  # fmt: skip
    assert error.value.reason == reasons[how]


def test_only_what_moves_is_paused_and_only_what_stands_goes_on(evening: Evening) -> None:
    """Each is refused where it has nothing to do."""
    number, hours = saved(evening.scope), Hours()
    with pytest.raises(Refused, match="nothing to pause"):
        sending.pause(evening.scope, number, now=NOW)
    name = worker.name("a")
    sending.begin(evening.scope, number, carrier=name, today=TODAY, now=hours())
    with pytest.raises(Refused, match="under way"):
        sending.go_on(evening.scope, number, carrier="b", now=hours())
    sending.carry(evening.scope, number, way=way(evening, hours, name))
    with pytest.raises(Refused, match="done"):
        sending.go_on(evening.scope, number, carrier="b", now=hours())


def test_a_carrier_that_was_replaced_stops(evening: Evening) -> None:
    """Two never carry one proposal: who no longer is its carrier does nothing."""
    hours = Hours()
    number = begun(evening, worker.name("a"), hours)
    sending.carry(evening.scope, number, way=way(evening, hours, worker.name("b")))
    assert evening.outbox() == []


def test_a_silent_carrier_elsewhere_is_taken_for_lost(evening: Evening) -> None:
    """Of another machine nothing is known but when it was last heard of."""
    hours = Hours()
    number = begun(evening, "elsewhere:1:1:a", hours)
    assert state(evening, number, hours) == "checking"
    hours.now += sending.LOST + dt.timedelta(seconds=1)
    assert state(evening, number, hours) == "lost"
