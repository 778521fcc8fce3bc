"""Claims, leases and receipts; fresh data, the day's cap; one case or organisation, no other."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest
from evening import DAY, NINE, Evening, at

from dunwell import policies
from dunwell.core.decision import Act, Wait
from dunwell.core.scope import Scope
from dunwell.desk import dispatch, gate, look, publish
from dunwell.store import models, personal, tx
from dunwell.store.records import outbox
from helpers import (
    NOW,
    TODAY,
    Book,
    customer,
    found_organisation,
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


# --- receipts, leases, gate, cap, walls -------------------------------------------------------


def test_the_receipt_holds_the_hash_of_what_was_sent(evening: Evening, book: Book) -> None:
    """The bytes the channel took are the bytes the receipt speaks of."""
    owing(book, "R-1")
    evening.look()
    evening.send()
    (mail,) = evening.mail.sent
    with tx.reading(book.scope):
        (receipt,) = models.Receipt.objects.filter(organisation_id=book.scope.organisation_id)
    assert receipt.message_sha256 == mail.sha256 == hashlib.sha256(mail.raw).hexdigest()
    assert (receipt.kind, receipt.at) == ("accepted", NINE)


def test_the_bytes_of_a_message_are_kept_and_can_be_erased(evening: Evening, book: Book) -> None:
    """They stand as personal data under their action, for the evidence file (DATA.md 1.5)."""
    owing(book, "R-1")
    evening.look()
    evening.send()
    (mail,) = evening.mail.sent
    with tx.transaction_of(book.scope):
        action = models.Action.objects.get(organisation_id=book.scope.organisation_id, key=mail.key)
        assert outbox.message_of(book.scope, action.pk) == mail.raw
        assert personal.erase(book.scope, "action", action.pk, at=NINE) == 1
        assert outbox.message_of(book.scope, action.pk) is None


def test_what_a_dead_worker_claimed_goes_and_what_it_handed_over_is_unknown(
    evening: Evening, book: Book
) -> None:
    """Before a lease ends nobody else touches it, unless the worker is known to be dead."""
    names = [f"C-{n}" for n in range(1, 5)]
    book.customers(*(customer(n) for n in names))
    book.items(*(invoice(f"R-{n}", customer=n) for n in names))
    evening.look()
    claim = {"now": NINE, "until": NINE, "channels": ["email"]}
    (first,) = outbox.claim_actions(book.scope, by="dead", limit=1, **claim)
    (_second,) = outbox.claim_actions(book.scope, by="dead", limit=1, **claim)
    (_third,) = outbox.claim_actions(book.scope, by="slow", limit=1, **claim)
    outbox.record_handing(book.scope, {first.pk: b"a mail"}, by="dead", now=NINE)
    assert evening.send(dead=["dead"]) == dispatch.Dispatched(sent=2, unknown=1)
    assert [a.state for a in evening.outbox()] == ["unknown", "sent", "claimed", "sent"]
    late = NINE + outbox.LEASE
    assert evening.send(late) == dispatch.Dispatched()
    assert evening.send(late + dt.timedelta(seconds=1)) == dispatch.Dispatched(sent=1)
    assert len({m.key for m in evening.mail.sent}) == 3


def test_a_claim_is_given_back_only_by_who_holds_it(evening: Evening, book: Book) -> None:
    """A worker that lost its lease cannot make ready again what another one is handing over."""
    owing(book, "R-1")
    evening.look()
    claim = {"until": NINE, "channels": ["email"], "limit": 1}
    (action,) = outbox.claim_actions(book.scope, by="slow", now=NINE, **claim)
    later = NINE + 2 * outbox.LEASE
    outbox.release_expired(book.scope, now=later)
    outbox.claim_actions(book.scope, by="fast", now=later, **claim)
    mails = {action.pk: b"a mail"}
    assert outbox.record_handing(book.scope, mails, by="slow", now=later) == set()
    assert outbox.record_handing(book.scope, {action.pk: b"a mail"}, by="fast", now=later) == {
        action.pk
    }
    outbox.give_back(book.scope, [action.pk], by="slow", send_at=later)
    assert evening.states() == [("email", "handing")]


def test_a_lease_that_ends_before_its_turn_sends_nothing(evening: Evening, book: Book) -> None:
    """A slow server took the whole lease: what had not had its turn goes under a new claim."""
    names = [f"C-{n}" for n in range(1, 4)]
    book.customers(*(customer(n) for n in names))
    book.items(*(invoice(f"R-{n}", customer=n) for n in names))
    evening.look()
    ticks = iter(NINE + n * dt.timedelta(minutes=6) for n in range(100))
    assert evening.send(clock=lambda: next(ticks)) == dispatch.Dispatched(sent=3, postponed=3)
    assert len({m.key for m in evening.mail.sent}) == 3


def test_nothing_goes_on_data_older_than_allowed(evening: Evening, book: Book) -> None:
    """What was decided on fresh data stays in the house once a required feed is too old."""
    owing(book, "R-1")
    gate.declare(book.scope, "MAIN", ["items"], within_days=1, now=NOW)
    evening.look()
    assert evening.send(at(TODAY + 2 * DAY)) == dispatch.Dispatched()
    assert evening.states() == [("email", "ready")]
    book.items(invoice("R-1"), as_of=TODAY + DAY)
    assert evening.send(at(TODAY + 2 * DAY)) == dispatch.Dispatched(sent=1)


def capped(book: Book, cap: int) -> None:
    """Publish classic with a daily cap."""
    text = f"settings: {{daily_cap: {cap}}}\n" + policies.built_in_text("classic")
    document, wrong = policies.read(text, file="classic.yaml")
    assert document is not None, wrong
    publish.publish(book.scope, document, now=NOW)


def test_the_days_cap_takes_the_largest_first(evening: Evening, book: Book) -> None:
    """The rest wait with `over_capacity`, and a run repeated that day sends no more."""
    capped(book, 2)
    for n, minor in ((1, 1_000), (2, 9_000), (3, 5_000)):
        book.customers(customer(f"C-{n}"))
        book.items(invoice(f"R-{n}", minor, customer=f"C-{n}"))
    evening.look()
    assert {a.customer for a in evening.outbox()} == {"C-2", "C-3"}
    waiting = evening.decided("C-1")
    assert isinstance(waiting, Wait)
    assert (waiting.reason, waiting.look_again_on) == ("over_capacity", TODAY + DAY)
    assert evening.send().sent == 2
    evening.look()
    assert evening.send(at(TODAY, 12)).sent == 0
    evening.look(TODAY + DAY)
    assert evening.send(at(TODAY + DAY)).sent == 1


def test_an_event_does_not_lift_the_days_cap(evening: Evening, book: Book) -> None:
    """A customer woken by a payment on the same day still waits for tomorrow."""
    capped(book, 1)
    for n, minor in ((1, 1_000), (2, 9_000)):
        book.customers(customer(f"C-{n}"))
        book.items(invoice(f"R-{n}", minor, customer=f"C-{n}"))
    evening.look()
    evening.send()
    book.payments(payment("P-1", 100, customer="C-1", items=[("R-1", None)]))
    evening.look()
    assert evening.send(at(TODAY, 12)).sent == 0


def test_two_organisations_send_their_own(database: Any) -> None:
    """Dispatch of one leaves the other's outbox alone, whoever's worker it is."""
    both = []
    for slug, minor in (("acme", 11_100), ("beta", 22_200)):
        scope = found_organisation(slug)
        owing(Book(scope), "R-1", minor=minor)
        both.append(Evening(scope))
    acme, beta = both
    acme.look()
    beta.look()
    assert acme.send().sent == 1
    assert beta.states() == [("email", "ready")]
    assert "111.00" in acme.mail.sent[0].text
    assert beta.send().sent == 1
    assert "222.00" in beta.mail.sent[0].text
    assert acme.outbox()[0].key != beta.outbox()[0].key


def test_one_cases_error_stops_no_other(evening: Evening, book: Book) -> None:
    """A case that cannot be decided is reported, and every other one is recorded and goes."""
    owing(book, "R-1")
    book.customers(customer("C-2"))
    book.items(invoice("R-2", customer="C-2"))
    with tx.transaction_of(book.scope):  # a time zone no clock knows
        models.Customer.objects.filter(
            organisation_id=book.scope.organisation_id, reference="C-1"
        ).update(time_zone="Mars/Base")
    proposal = look.propose(book.scope, as_of=TODAY)
    assert [c for c, _ in proposal.failed] == ["C-1"]
    assert (proposal.counts["failed"], proposal.counts["looked"]) == (1, 2)
    look.record(book.scope, proposal, mode="run", now=NOW)
    assert evening.send() == dispatch.Dispatched(sent=1)
    assert {a.customer for a in evening.outbox()} == {"C-2"}


def test_three_missed_days_are_caught_up_once(evening: Evening, book: Book) -> None:
    """A run after three days without one contacts each customer once."""
    owing(book, "R-1")
    evening.look()
    evening.send()
    back = TODAY + 30 * DAY
    evening.look(back)
    evening.send(at(back))
    evening.look(back)
    evening.send(at(back, 12))
    assert [a.step for a in evening.outbox()] == ["first_reminder", "second_notice"]


def test_an_act_says_what_goes(evening: Evening, book: Book) -> None:
    """What is recorded is what was proposed."""
    owing(book, "R-1")
    made = evening.decided()
    assert isinstance(made, Act)
    (line,) = evening.look()
    assert line.made == made
    assert [a.key for a in evening.outbox()] == [a.key for a in made.actions]
