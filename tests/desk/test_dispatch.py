"""Just before a message goes: what changed since stops it, and no failure moves a ladder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from evening import DAY, NINE, Evening, at, contacted, person

from dunwell.core.scope import Scope
from dunwell.desk import dispatch, hold
from dunwell.store import models, tx
from helpers import (
    NOW,
    TODAY,
    Book,
    credit_note,
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


# --- decided again ----------------------------------------------------------------------------


def stop(book: Book, *items: str, amount: int | None = None) -> None:
    """Hold the customer, items, or part of one."""
    hold.open_hold(
        book.scope, "C-1", items=list(items), amount_minor=amount, on=TODAY, until=None,
        reason="agreed by phone", now=NOW,
    )  # fmt: skip


CHANGES: dict[str, tuple[Callable[[Book], object], str]] = {
    "paid": (lambda b: paid(b, 10_000, "R-1"), "nothing is open any more"),
    "held": (stop, "the case changed before sending: on_hold"),
    "paid on account": (
        lambda b: b.payments(payment("P-1", 10_000)),
        "the case changed before sending: cash_unapplied",
    ),
    "due later": (
        lambda b: b.items(invoice("R-1", due_on=TODAY + 30 * DAY)),
        "the case changed before sending: not_yet",
    ),
    "written to by hand": (
        lambda b: b.take("history", contacted("R-1", "first_reminder", TODAY - DAY)),
        "the case changed before sending: not_yet",
    ),
    "more is demanded": (
        lambda b: b.items(invoice("R-1", 10_001)), "the amount rose since it was decided",
    ),
    "another item fell due": (
        lambda b: b.items(invoice("R-2", 5_000, due_on=TODAY - 20 * DAY)),
        "the amount rose since it was decided",
    ),
    "credited": (
        lambda b: b.items(credit_note("N-1", 10_000, applies_to="R-1")),
        "the case changed before sending: cash_unapplied",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_since_is_cancelled_with_its_reason(
    evening: Evening, book: Book, change: str
) -> None:
    """Nothing goes out, the reason can be read, and no step is taken."""
    owing(book, "R-1")
    evening.look()
    happens, why = CHANGES[change]
    happens(book)
    assert evening.send() == dispatch.Dispatched(cancelled=1)
    (action,) = evening.outbox()
    assert (action.state, action.reason) == ("cancelled", why)
    assert evening.mail.sent == []
    assert ("first_reminder", TODAY) not in evening.steps("R-1")


def test_an_older_item_that_is_free_again_changes_the_step(evening: Evening, book: Book) -> None:
    """A hold that ends before sending lets a higher step come first; the lower one is cancelled."""
    owing(book, "R-1", "R-2")
    book.take("history", contacted("R-2", "first_reminder", TODAY - 20 * DAY))
    number = hold.open_hold(
        book.scope, "C-1", items=["R-2"], amount_minor=None, on=TODAY, until=None, reason="asked",
        now=NOW,
    )  # fmt: skip
    evening.look()
    hold.close_hold(book.scope, number, on=TODAY, now=NOW)
    assert evening.send().cancelled == 1
    (action,) = evening.outbox()
    assert action.reason == "the case changed before sending: second_notice would go instead"
    evening.look()
    assert evening.send().sent == 1
    assert dict(evening.steps("R-2"))["second_notice"] == TODAY


def test_another_recipient_is_decided_afresh(evening: Evening, book: Book) -> None:
    """When the person written to is reachable no more, the next look takes the next one."""
    owing(book, "R-1")
    book.take("contacts", person("manager", email="boss@example.com"))
    evening.look()
    with tx.transaction_of(book.scope):
        models.Route.objects.filter(
            organisation_id=book.scope.organisation_id, contact__role="ap"
        ).update(invalid_on=TODAY)
    assert evening.send().cancelled == 1
    evening.look()
    assert evening.send().sent == 1
    assert [m.to for m in evening.mail.sent] == ["boss@example.com"]
    assert [a.state for a in evening.outbox()] == ["cancelled", "sent"]


def test_an_amount_that_only_fell_goes_out_with_fresh_figures(evening: Evening, book: Book) -> None:
    """The message demands what is open now, and the items shown take their step."""
    owing(book, "R-1", "R-2")
    evening.look()
    paid(book, 4_000, "R-1")
    assert evening.send() == dispatch.Dispatched(sent=1)
    (mail,) = evening.mail.sent
    assert "160.00" in mail.text
    assert "200.00" not in mail.text
    for number in ("R-1", "R-2"):
        assert evening.steps(number) == [("first_reminder", TODAY)]


def test_a_payers_message_shows_its_childs_items_whole(evening: Evening, book: Book) -> None:
    """Number and order number of what the child bought stand in the mail to its payer."""
    book.customers(customer("C-1"), customer("K-1", parent="C-1", pays_via_parent=True))
    book.items(invoice("R-1", customer="K-1", po_number="PO-77"))
    evening.look()
    assert evening.send() == dispatch.Dispatched(sent=1)
    (mail,) = evening.mail.sent
    assert mail.to == MAIL
    assert "R-1" in mail.text
    assert "PO-77" in mail.text


def test_an_item_paid_since_takes_no_step(evening: Evening, book: Book) -> None:
    """Of two items the younger is paid before sending: the message and the step are the other's."""
    owing(book, "R-1")
    book.items(invoice("R-2", 5_000, due_on=TODAY - 20 * DAY))
    evening.look()
    paid(book, 5_000, "R-2")
    assert evening.send().sent == 1
    assert "R-2" not in evening.mail.sent[0].text
    assert (len(evening.steps("R-1")), len(evening.steps("R-2"))) == (1, 0)


def test_what_was_cancelled_may_go_later_under_the_same_key(evening: Evening, book: Book) -> None:
    """A cancelled action never left the house, so its key is still unused."""
    owing(book, "R-1")
    evening.look()
    stop(book)
    evening.send()
    evening.look()
    (held,) = hold.listed(book.scope, customer="C-1")
    hold.close_hold(book.scope, held["id"], on=TODAY, now=NOW)
    evening.look()
    assert evening.send() == dispatch.Dispatched(sent=1)
    cancelled, sent = evening.outbox()
    assert (cancelled.state, sent.state, cancelled.key) == ("cancelled", "sent", sent.key)


def test_a_call_of_the_same_decision_holds_its_mail_not_back(evening: Evening, book: Book) -> None:
    """One item is ready for a mail, another for a call: the mail goes, the call waits."""
    owing(book, "R-1", strategic=True)
    book.items(invoice("R-2", 5_000, due_on=TODAY - 6 * DAY))
    book.take("history", contacted("R-1", "account_manager_call", TODAY - 10 * DAY))
    evening.look()
    assert [(a.step, a.channel) for a in evening.outbox()] == [
        ("account_manager_note", "email"), ("account_manager_call", "call"),
    ]  # fmt: skip
    assert evening.send() == dispatch.Dispatched(sent=1)
    assert evening.states() == [("email", "sent"), ("call", "waiting")]
    assert ("account_manager_note", TODAY) in evening.steps("R-1")
    assert evening.steps("R-2") == []


def test_a_quiet_season_begun_since_stops_what_is_firm(evening: Evening, book: Book) -> None:
    """A firm notice decided on the last day before the season does not go out on its first."""
    day = dt.date(2026, 12, 23)
    book.customers(customer("C-1"))
    book.items(invoice("R-1", due_on=day - 60 * DAY), as_of=day)
    book.take("history", contacted("R-1", "second_notice", day - 20 * DAY), as_of=day)
    evening.look(day)
    assert evening.outbox()[0].step == "final_notice"
    assert evening.send(at(day + DAY)).cancelled == 1
    assert evening.outbox()[0].reason == "the case changed before sending: quiet_hours"


# --- hours ------------------------------------------------------------------------------------

ZONES = [
    ("US", "America/New_York", NINE, NINE + dt.timedelta(hours=6)),
    (
        "JP",
        "Asia/Tokyo",
        NINE + dt.timedelta(hours=1),
        dt.datetime(2026, 3, 3, 0, 0, tzinfo=dt.UTC),
    ),
    ("DE", "Europe/Berlin", NINE + dt.timedelta(hours=9), NINE + DAY),
    ("DE", "Europe/Berlin", NINE - dt.timedelta(minutes=1), NINE),
]


@pytest.mark.parametrize(("country", "zone", "when", "opens"), ZONES)
def test_nothing_goes_outside_the_debtors_hours(
    evening: Evening, book: Book, country: str, zone: str, when: dt.datetime, opens: dt.datetime
) -> None:
    """It waits for the next hour in which the customer is written to, and then goes."""
    owing(book, "R-1", country=country, time_zone=zone)
    evening.look()
    with tx.transaction_of(book.scope):  # whatever its slot was, the clock says it is due
        models.Action.objects.filter(organisation_id=book.scope.organisation_id).update(
            send_at=when
        )
    assert evening.send(when) == dispatch.Dispatched(postponed=1)
    assert evening.send(opens - dt.timedelta(minutes=1)) == dispatch.Dispatched()
    assert evening.send(opens) == dispatch.Dispatched(sent=1)


def test_a_day_that_is_closed_where_the_customer_is_waits_for_the_next(
    evening: Evening, book: Book
) -> None:
    """Decided for Friday, dispatched on Saturday: it goes on Monday, with Monday's figures."""
    friday = dt.date(2026, 3, 6)
    owing(book, "R-1")
    evening.look(friday)
    assert evening.send(at(friday + DAY)) == dispatch.Dispatched(postponed=1)
    paid(book, 1_000, "R-1")
    assert evening.send(at(friday + 3 * DAY)) == dispatch.Dispatched(sent=1)
    assert evening.steps("R-1") == [("first_reminder", friday + 3 * DAY)]
    assert "90.00" in evening.mail.sent[0].text
