"""A server that says "later" is asked again, but not for ever (SEMANTICS 6.6)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from evening import DAY, NINE, Evening, at, person

from dunwell.core import tries, workdays
from dunwell.core.decision import Act, Wait
from dunwell.core.errors import DeliveryFailed
from dunwell.core.message import Message, Receipt
from dunwell.core.scope import Scope
from dunwell.delivery.email import SmtpChannel, SmtpSettings
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import again, deliveries, dispatch
from dunwell.store import models, tx
from edges import smtp_sink
from helpers import TODAY, Book, customer, invoice, payment

MAIL = "c-1@example.com"
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def evening(scope: Scope, book: Book) -> Evening:
    """One customer a month overdue, whose mail server says "later"."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1"))
    evening = Evening(scope, defers=[MAIL])
    evening.look()
    return evening


def mine(scope: Scope, **more: Any) -> dict[str, Any]:
    """The organisation's own rows."""
    return {"organisation_id": scope.organisation_id} | more


def route(scope: Scope, channel: str = "email", role: str = "ap") -> models.Route:
    """Return one way to reach C-1."""
    with tx.reading(scope):
        return models.Route.objects.get(**mine(scope, channel=channel, contact__role=role))


def open_tasks(scope: Scope) -> list[str]:
    """Return the kinds of the tasks that are open."""
    with tx.reading(scope):
        rows = models.Task.objects.filter(**mine(scope, state="open")).order_by("pk")
        return list(rows.values_list("kind", flat=True))


# --- when -------------------------------------------------------------------------------------


def test_the_pauses_grow_and_then_it_is_the_next_working_day() -> None:
    """A quarter of an hour, an hour, four hours, the next working day, and no more."""
    friday = dt.datetime(2026, 3, 6, 9, 0, tzinfo=dt.UTC)
    days = workdays.Calendar("-/0")
    at_ = friday
    found = []
    for made in range(1, 7):
        after = tries.next_try(
            made, at=at_, first_at=friday, calendar=days, opens=dt.time(9)
        )  # fmt: skip
        found.append(after)
        at_ = after or at_
    assert found == [
        friday + 15 * MINUTE, friday + 75 * MINUTE, friday + 315 * MINUTE,
        dt.datetime(2026, 3, 9, 9, 0, tzinfo=dt.UTC), None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(("days_on", "is_over"), [(1, False), (2, True), (3, True), (30, True)])
def test_two_working_days_are_the_most(days_on: int, is_over: bool) -> None:  # noqa: FBT001
    """Whoever looks once a day has tried on three days, and then it has failed."""
    monday = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
    found = tries.next_try(
        2, at=monday + days_on * DAY, first_at=monday, calendar=workdays.Calendar("-/0"),
        opens=dt.time(9),
    )  # fmt: skip
    assert (found is None) is is_over


# --- tried again ------------------------------------------------------------------------------


def test_what_is_put_off_goes_later_under_the_same_key(evening: Evening) -> None:
    """The case is in flight meanwhile; nothing is planned beside it, and no attempt is counted."""
    assert evening.send() == dispatch.Dispatched(postponed=1)
    (waiting,) = evening.outbox()
    assert (waiting.state, waiting.reason.startswith(MAIL)) == ("ready", True)
    made = evening.decided()
    assert isinstance(made, Wait)
    assert made.reason == "in_flight"
    assert evening.send(NINE + 14 * MINUTE) == dispatch.Dispatched()
    evening.mail.defers = []
    assert evening.send(NINE + 15 * MINUTE) == dispatch.Dispatched(sent=1)
    assert [(a.key, a.state) for a in evening.outbox()] == [(waiting.key, "sent")]
    assert evening.steps("R-1") == [("first_reminder", TODAY)]


def test_what_was_paid_between_two_tries_is_not_sent(evening: Evening, book: Book) -> None:
    """Each try is decided afresh."""
    evening.send()
    book.payments(payment("P-1", 10_000, items=[("R-1", None)]))
    evening.mail.defers = []
    assert evening.send(NINE + 15 * MINUTE) == dispatch.Dispatched(cancelled=1)
    assert evening.mail.sent == []


def test_five_tries_over_two_days_are_a_proven_failure(evening: Evening, scope: Scope) -> None:
    """Then the route rests, a person is told, and each try stands on record."""
    times = [NINE, NINE + 15 * MINUTE, NINE + 75 * MINUTE, NINE + 315 * MINUTE]
    for time in times:
        assert evening.send(time) == dispatch.Dispatched(postponed=1)
    assert evening.send(at(TODAY, 20)) == dispatch.Dispatched()
    assert evening.send(NINE + DAY) == dispatch.Dispatched(failed=1)
    (action,) = evening.outbox()
    assert (action.state, evening.steps("R-1")) == ("failed", [])
    found = route(scope)
    assert (found.invalid_on, found.invalid_reason) == (TODAY + DAY, "took nothing for days")
    assert open_tasks(scope) == ["repair_route"]
    with tx.reading(scope):
        kinds = models.Receipt.objects.filter(**mine(scope)).order_by("at", "pk")
        assert list(kinds.values_list("kind", flat=True)) == [*["deferred"] * 4, "failed"]


def test_a_house_that_sends_once_a_day_gives_up_on_the_third(evening: Evening) -> None:
    """Two working days are over, however few tries there were."""
    assert evening.send(at(TODAY)) == dispatch.Dispatched(postponed=1)
    assert evening.send(at(TODAY + DAY)) == dispatch.Dispatched(postponed=1)
    assert evening.send(at(TODAY + 2 * DAY)) == dispatch.Dispatched(failed=1)


def give_up(evening: Evening) -> None:
    """Let a message be put off until it has failed."""
    for day in range(3):
        evening.send(at(TODAY + day * DAY))


def test_after_the_proven_failure_comes_the_next_contact_then_post(
    scope: Scope, book: Book
) -> None:
    """Nothing is planned again for the way that failed, and attempts rise only now."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1"))
    book.take(
        "contacts",
        person("manager", email="boss@example.com"),
        person("owner", address="Ada Ltd\nMain Street 1"),
    )
    evening = Evening(scope, defers=[MAIL, "boss@example.com"])
    for week in (0, 1):
        day = TODAY + 7 * week * DAY
        evening.look(day)
        for n in range(3):
            evening.send(at(day + n * DAY))
    evening.look(TODAY + 10 * DAY)
    assert evening.send(at(TODAY + 10 * DAY)).sent == 1
    assert [(a.channel, a.role, a.state) for a in evening.outbox()] == [
        ("email", "ap", "failed"), ("email", "manager", "failed"), ("letter", "owner", "sent"),
    ]  # fmt: skip
    assert len({a.key for a in evening.outbox()}) == 3


def test_a_route_rests_for_two_weeks_and_is_tried_again(evening: Evening, scope: Scope) -> None:
    """On the fourteenth day it is in use again, its task is over, and the case is looked at."""
    give_up(evening)
    failed_on = TODAY + 2 * DAY
    again.review(scope, None, failed_on + 13 * DAY, at(failed_on + 13 * DAY))
    assert route(scope).invalid_on == failed_on
    made = evening.decided(day=failed_on + 13 * DAY)
    assert isinstance(made, Wait)
    assert made.reason == "no_route"
    again.review(scope, None, failed_on + 14 * DAY, at(failed_on + 14 * DAY))
    assert route(scope).invalid_on is None
    assert "repair_route" not in open_tasks(scope)
    evening.mail.defers = []
    evening.look(failed_on + 14 * DAY)
    assert evening.send(at(failed_on + 14 * DAY)).sent == 1
    first, second = evening.outbox()
    assert first.key != second.key


def test_a_new_address_ends_the_rest_and_the_task(
    evening: Evening, scope: Scope, book: Book
) -> None:
    """What was wrong with the old one is forgotten; the night closes the task."""
    give_up(evening)
    book.customers(customer("C-1", email="new@example.com"))
    again.review(scope, None, TODAY + 3 * DAY, at(TODAY + 3 * DAY))
    assert "repair_route" not in open_tasks(scope)
    made = evening.decided(day=TODAY + 3 * DAY)
    assert isinstance(made, Act)


class Strict(MemoryChannel):
    """Refuses our sender, whoever it is for."""

    def send(self, message: Message, *, at: dt.datetime) -> Receipt:
        """Refuse, for now."""
        raise DeliveryFailed(
            "sender refused: 550 5.7.1", permanent=False, evidence="550", about="us"
        )


def test_what_is_refused_because_of_us_never_counts_against_the_customer(
    evening: Evening, scope: Scope
) -> None:
    """It is tried once each working day; no route rests, and no letter goes instead."""
    evening.routes["email"] = Strict()
    for n in range(9):
        evening.send(at(TODAY + n * DAY))
        evening.send(at(TODAY + n * DAY, 12))
    (action,) = evening.outbox()
    assert action.state == "ready"
    assert route(scope).invalid_on is None
    with tx.reading(scope):
        tried = models.Receipt.objects.filter(**mine(scope, kind="deferred")).count()
    assert tried == 7  # Monday to the Tuesday after, without the weekend
    evening.routes["email"] = evening.mail
    evening.mail.defers = []
    assert evening.send(at(TODAY + 9 * DAY)).sent == 1


def test_on_a_played_day_it_is_tried_once(evening: Evening, scope: Scope) -> None:
    """A day that is played whole does not ask a real server again and again."""
    assert evening.send(plays=TODAY) == dispatch.Dispatched(postponed=1)
    evening.look(TODAY + DAY)
    evening.mail.defers = []
    assert evening.send(plays=TODAY + DAY) == dispatch.Dispatched(sent=1)
    assert evening.steps("R-1") == [("first_reminder", TODAY + DAY)]


def test_a_real_mail_server_that_greets_late(evening: Evening, tmp_path: Path) -> None:
    """A greylisting server says 451 first and takes the mail later; it has it once."""
    with smtp_sink.running(tmp_path / "grey", "--defer", MAIL) as grey:
        evening.routes["email"] = channel(grey)
        assert evening.send() == dispatch.Dispatched(postponed=1)
        assert grey.taken() == []
    with smtp_sink.running(tmp_path / "open") as sink:
        evening.routes["email"] = channel(sink)
        assert evening.send(NINE + HOUR) == dispatch.Dispatched(sent=1)
        (mail,) = sink.taken()
    (action,) = evening.outbox()
    assert (mail.to, mail.key) == (MAIL, action.key)


def channel(sink: smtp_sink.Sink) -> SmtpChannel:
    """Return the channel to a mail server of this test."""
    return SmtpChannel(SmtpSettings(host="127.0.0.1", port=sink.port, tls="none", timeout=20))


def test_a_delivery_that_is_put_off_can_be_seen(evening: Evening, scope: Scope) -> None:
    """The list of deliveries says why it still waits, and until when."""
    evening.send()
    (row,) = deliveries.listed(scope, states=("ready",))
    assert "try later" in row["reason"]
    assert row["send_at"] == NINE + 15 * MINUTE
