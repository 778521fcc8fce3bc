"""When a message does not get through: no ladder moves, nothing is lost or sent twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from evening import DAY, NINE, Evening, at, contacted, person

from dunwell.core import message
from dunwell.core.decision import Ask, Wait
from dunwell.core.scope import Scope
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import approve, deliveries, dispatch
from dunwell.store import models, tx
from helpers import (
    NOW,
    TODAY,
    Book,
    customer,
    invoice,
    payment,
)

MAIL = "c-1@example.com"


@pytest.fixture
def evening(scope: Scope) -> Evening:
    """A book in which nothing has happened yet."""
    return Evening(scope)


def owing(book: Book, *numbers: str, minor: int = 10_000, **said: Any) -> None:
    """Let C-1 owe some invoices, a month overdue."""
    book.customers(customer("C-1", **said))
    book.items(*(invoice(n, minor) for n in numbers))


def paid(book: Book, minor: int, *items: str) -> None:
    """Take money in for some items."""
    book.payments(payment(f"P-{minor}", minor, items=[(i, None) for i in items]))


# --- failures ---------------------------------------------------------------------------------


def test_a_permanent_failure_takes_no_step_and_ends_the_route(scope: Scope, book: Book) -> None:
    """The next look writes to the next contact, then by post, then there is no route left."""
    evening = Evening(scope, refuses=[MAIL, "boss@example.com"])
    owing(book, "R-1")
    book.take(
        "contacts",
        person("manager", email="boss@example.com"),
        person("owner", address="Ada Ltd\nMain Street 1"),
    )
    for _ in range(2):
        evening.look()
        assert evening.send() == dispatch.Dispatched(failed=1)
        assert evening.steps("R-1") == []
    evening.look()
    with tx.transaction_of(scope):
        models.Route.objects.filter(organisation_id=scope.organisation_id, channel="letter").update(
            consent=False
        )
    assert evening.send() == dispatch.Dispatched(cancelled=1)
    assert [(a.channel, a.role, a.state) for a in evening.outbox()] == [
        ("email", "ap", "failed"), ("email", "manager", "failed"), ("letter", "owner", "cancelled"),
    ]  # fmt: skip
    made = evening.decided()
    assert isinstance(made, Wait)
    assert made.reason == "no_route"
    assert len({a.key for a in evening.outbox()}) == 3


def test_post_is_the_last_way(scope: Scope, book: Book) -> None:
    """With the only address refused for good, the step is taken by letter."""
    evening = Evening(scope, refuses=[MAIL])
    owing(book, "R-1")
    book.take("contacts", person("owner", address="Ada Ltd\nMain Street 1"))
    for _ in range(2):
        evening.look()
        evening.send()
    assert evening.states() == [("email", "failed"), ("letter", "sent")]
    assert evening.steps("R-1") == [("first_reminder", TODAY)]
    assert evening.post.sent[0].raw.startswith(b"%PDF-")


def test_a_temporary_failure_is_tried_again_under_the_same_key(scope: Scope, book: Book) -> None:
    """It moves no ladder and ends no route; how often, and what then, stands in test_retries."""
    evening = Evening(scope, defers=[MAIL])
    owing(book, "R-1")
    evening.look()
    assert evening.send() == dispatch.Dispatched(postponed=1)
    assert evening.steps("R-1") == []
    evening.mail.defers = []
    evening.look(TODAY + DAY)
    assert evening.send(at(TODAY + DAY)) == dispatch.Dispatched(sent=1)
    assert [(a.step, a.role, a.state) for a in evening.outbox()] == [
        ("first_reminder", "ap", "sent")
    ]
    assert evening.steps("R-1") == [("first_reminder", TODAY + DAY)]
    with tx.reading(scope):
        route = models.Route.objects.get(
            organisation_id=scope.organisation_id, contact__role="ap", channel="email"
        )
    assert route.invalid_on is None


def test_a_server_that_is_down_keeps_the_work(evening: Evening, book: Book) -> None:
    """Nothing is lost or counted as failed; the same action under the same key goes later."""
    owing(book, "R-1")
    evening.look()
    evening.mail.is_down = True
    assert evening.send() == dispatch.Dispatched(postponed=1)
    assert evening.states() == [("email", "ready")]
    (before,) = evening.outbox()
    evening.mail.is_down = False
    assert evening.send(NINE + dt.timedelta(seconds=59)) == dispatch.Dispatched()
    assert evening.send(NINE + dt.timedelta(seconds=60)) == dispatch.Dispatched(sent=1)
    assert [a.key for a in evening.outbox()] == [before.key]


class Fickle(MemoryChannel):
    """Goes down after it has taken some messages."""

    def __init__(self, takes: int) -> None:
        super().__init__()
        self.takes = takes

    def send(self, message: message.Message, *, at: dt.datetime) -> message.Receipt:
        """Keep the message, while it is up."""
        self.is_down = len(self.sent) == self.takes
        return super().send(message, at=at)


def test_a_server_that_goes_down_meanwhile_keeps_the_rest(evening: Evening, book: Book) -> None:
    """What it took is confirmed, the rest of the batch is ready again; letters still go."""
    names = [f"C-{n}" for n in range(1, 31)]
    book.customers(*(customer(n) for n in names))
    book.customers(customer("L-1", email=None))
    book.take("contacts", person("ap", customer="L-1", address="Ada Ltd\nMain Street 1"))
    book.items(*(invoice(f"R-{n}", customer=n) for n in [*names, "L-1"]))
    evening.look()
    fickle = Fickle(takes=7)
    evening.routes["email"] = fickle
    assert evening.send() == dispatch.Dispatched(sent=8, postponed=13)
    assert len(evening.post.sent) == 1
    fickle.takes, fickle.is_down = 99, False
    assert evening.send(NINE + dt.timedelta(hours=1)) == dispatch.Dispatched(sent=23)
    assert len({m.key for m in fickle.sent}) == 30


def test_nobody_knows_is_never_repeated(scope: Scope, book: Book) -> None:
    """It is listed, the case waits for a person, and neither dispatch nor look sends it again."""
    evening = Evening(scope, breaks=[MAIL])
    owing(book, "R-1")
    evening.look()
    assert evening.send() == dispatch.Dispatched(unknown=1)
    evening.mail.breaks = []
    for day in (TODAY, TODAY + DAY, TODAY + 30 * DAY):
        assert evening.look(day) == [] or day == TODAY
        assert evening.send(at(day, 9)) == dispatch.Dispatched()
        made = evening.decided(day=day)
        assert isinstance(made, Wait)
        assert made.reason == "delivery_unknown"
    assert evening.mail.sent == []
    (row,) = deliveries.listed(scope)
    assert (row["customer"], row["state"], row["handed_at"]) == ("C-1", "unknown", NINE)


def test_a_person_says_it_was_sent_and_the_step_is_of_the_day_it_was_handed_over(
    scope: Scope, book: Book
) -> None:
    """The ladder goes on from that day, not from the day of the answer."""
    evening = Evening(scope, breaks=[MAIL])
    owing(book, "R-1")
    evening.look()
    evening.send()
    (row,) = deliveries.listed(scope)
    deliveries.close(scope, row["key"], outcome="sent", now=at(TODAY + 5 * DAY))
    assert evening.steps("R-1") == [("first_reminder", TODAY)]
    made = evening.decided(day=TODAY + DAY)
    assert isinstance(made, Wait)
    assert made.look_again_on == TODAY + 7 * DAY


def test_the_day_it_was_handed_over_is_the_entitys(scope: Scope, book: Book) -> None:
    """Late in the evening UTC it is already tomorrow in Tokyo."""
    from dunwell.desk import found

    found.add_entity(scope, found.NewEntity("JP", "JPY", "Asia/Tokyo", "JP"), now=NOW)
    evening = Evening(scope, breaks=[MAIL])
    book.customers(customer("C-1", country="JP", time_zone="Asia/Tokyo"))
    book.items(invoice("R-1", entity="JP", currency="JPY"))
    evening.look()
    assert evening.send(at(TODAY, 0)).unknown == 1
    (row,) = deliveries.listed(scope)
    with tx.transaction_of(scope):
        models.Action.objects.filter(organisation_id=scope.organisation_id).update(
            handed_at=at(TODAY, 23)
        )
    deliveries.close(scope, row["key"], outcome="sent", now=at(TODAY + DAY))
    assert evening.steps("R-1") == [("first_reminder", TODAY + DAY)]


def test_a_person_says_it_was_not_sent_and_it_is_tried_again(scope: Scope, book: Book) -> None:
    """A person's word is as good as a proven failure: another attempt, under another key."""
    evening = Evening(scope, breaks=[MAIL])
    owing(book, "R-1")
    evening.look()
    evening.send()
    (row,) = deliveries.listed(scope)
    deliveries.close(scope, row["key"], outcome="not_sent", now=at(TODAY, 9))
    evening.mail.breaks = []
    evening.look()
    assert evening.send(at(TODAY, 10)) == dispatch.Dispatched(sent=1)
    first, second = evening.outbox()
    assert (first.state, second.state) == ("failed", "sent")
    assert first.key != second.key


class Broken(MemoryChannel):
    """Has a fault of its own with one recipient."""

    def send(self, message: message.Message, *, at: dt.datetime) -> message.Receipt:
        """Fail in a way no channel should."""
        if message.to == MAIL:
            raise ZeroDivisionError("a fault")
        return super().send(message, at=at)


def test_a_fault_in_a_channel_stops_no_other_message(evening: Evening, book: Book) -> None:
    """Nobody knows what became of that one; all others go."""
    owing(book, "R-1")
    book.customers(customer("C-2"))
    book.items(invoice("R-2", customer="C-2"))
    evening.look()
    evening.routes["email"] = Broken()
    assert evening.send() == dispatch.Dispatched(sent=1, unknown=1)
    assert {a.customer: a.state for a in evening.outbox()} == {"C-1": "unknown", "C-2": "sent"}


def test_a_message_that_cannot_be_made_stops_no_other(evening: Evening, book: Book) -> None:
    """It is cancelled with its reason."""
    owing(book, "R-1")
    book.customers(customer("C-2"))
    book.items(invoice("R-2", customer="C-2"))
    evening.look()
    with tx.transaction_of(book.scope):
        models.Action.objects.filter(
            organisation_id=book.scope.organisation_id, customer__reference="C-1"
        ).update(template="no_such_text")
    assert evening.send() == dispatch.Dispatched(sent=1, cancelled=1)
    first = evening.outbox()[0]
    assert first.reason == "no message could be made: no template 'no_such_text' in en or en"


# --- a step's second channel ------------------------------------------------------------------


@pytest.fixture
def demanded(evening: Evening, book: Book) -> Evening:
    """A final demand approved and decided: a mail and a letter to the executive."""
    owing(book, "R-1", minor=90_000)
    book.take(
        "contacts", person("executive", email="exec@example.com", address="Ada Ltd\nMain Street 1")
    )
    book.items(invoice("R-1", 90_000, due_on=TODAY - 70 * DAY))
    book.take("history", contacted("R-1", "pre_collections", TODAY - 20 * DAY))
    evening.look()
    made = evening.decided()
    assert isinstance(made, Ask)
    with tx.reading(book.scope):
        asked = models.Approval.objects.get(
            organisation_id=book.scope.organisation_id, what="notice"
        )
    approve.approve(book.scope, asked.key, as_of=TODAY, now=NOW)
    evening.look()
    return evening


def test_a_step_of_two_channels_goes_by_both_and_is_taken_once(demanded: Evening) -> None:
    """Mail and letter both go; one step, one contact."""
    assert demanded.send() == dispatch.Dispatched(sent=2)
    assert demanded.states() == [("email", "sent"), ("letter", "sent")]
    assert demanded.steps("R-1")[-1] == ("final_demand", TODAY)
    with tx.reading(demanded.scope):
        mine = {"organisation_id": demanded.scope.organisation_id, "on": TODAY}
        assert models.Outreach.objects.filter(**mine).count() == 1


def test_the_letter_goes_after_its_mail_has_taken_the_step(demanded: Evening) -> None:
    """Handed over later that day it says what the mail said."""
    assert demanded.send(routes={"email": demanded.mail}).sent == 1
    assert demanded.send(at(TODAY, 12)).sent == 1
    assert demanded.states() == [("email", "sent"), ("letter", "sent")]


def test_the_letter_stays_when_something_was_paid_since_its_mail(
    demanded: Evening, book: Book
) -> None:
    """A second channel demands no more than is open."""
    demanded.send(routes={"email": demanded.mail})
    paid(book, 100, "R-1")
    assert demanded.send(at(TODAY, 12)) == dispatch.Dispatched(cancelled=1)
    assert demanded.outbox()[1].reason == "paid or stopped since its first channel went"


def test_the_first_channel_that_is_confirmed_takes_the_step(demanded: Evening) -> None:
    """The mail is refused for good, the letter takes the step."""
    demanded.mail.refuses = ["exec@example.com"]
    assert demanded.send() == dispatch.Dispatched(sent=1, failed=1)
    assert demanded.steps("R-1")[-1] == ("final_demand", TODAY)
    made = demanded.decided(day=TODAY + DAY)
    assert isinstance(made, Wait)


def test_the_letter_is_not_sent_while_nobody_knows_about_the_mail(demanded: Evening) -> None:
    """A person decides first; the letter is cancelled, visibly."""
    demanded.mail.breaks = ["exec@example.com"]
    assert demanded.send(routes={"email": demanded.mail}).unknown == 1
    assert demanded.send(at(TODAY, 12)).cancelled == 1
    assert demanded.outbox()[1].reason.endswith("delivery_unknown")
