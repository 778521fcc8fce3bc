"""The worklist of a real book: what is read, whose it is, and what is left out (SEMANTICS 10)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from evening import DAY, NINE, Evening, at

from dunwell.core import position, ranking, rows
from dunwell.core.scope import Scope
from dunwell.desk import (
    approve,
    call,
    dispute,
    found,
    hold,
    look,
    plan,
    promise,
    settle,
    task,
    worklist,
)
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, credit_note, customer, invoice, payment


def listed(scope: Scope, *, on: dt.date = TODAY, **said: Any) -> ranking.Worklist:
    """Return the worklist of a day."""
    return worklist.run(scope, as_of=on, **said)


def row(scope: Scope, who: str = "C-1", **said: Any) -> ranking.Row:
    """Return one customer's row."""
    (one,) = [r for r in listed(scope, **said).rows if r.of.customer == who]
    return one


def order(scope: Scope, **said: Any) -> list[str]:
    """Return who is on the list, in order."""
    return [r.of.customer for r in listed(scope, **said).rows]


def held(scope: Scope, who: str, *items: str, minor: int | None = None) -> None:
    """Hold a customer, items, or an amount of one, from today on."""
    hold.open_hold(
        scope, who, items=list(items), amount_minor=minor, reason="asked", on=TODAY, until=None,
        now=NOW,
    )  # fmt: skip


@pytest.fixture
def owing(scope: Scope, book: Book) -> Scope:
    """C-1 owes EUR 1,000.00, C-2 EUR 80,000.00, C-3 EUR 400.00; C-4 owes what is not due."""
    book.customers(
        customer("C-1", phone="+49 30 1"), customer("C-2", phone="+49 30 2"), customer("C-3"),
        customer("C-4"),
    )  # fmt: skip
    book.items(
        invoice("R-1", 100_000, due_on=TODAY - 20 * DAY),
        invoice("R-2", 8_000_000, customer="C-2", due_on=TODAY - 10 * DAY),
        invoice("R-3", 40_000, customer="C-3", due_on=TODAY - 60 * DAY),
        invoice("R-4", 40_000, customer="C-4", due_on=TODAY),
    )  # fmt: skip
    return scope


def test_cash_first_and_what_is_not_due_left_out(owing: Scope) -> None:
    """400 that is 60 days late ranks below 80,000 that is 10 days late."""
    found = listed(owing)
    assert [(r.of.customer, r.at_stake_minor) for r in found.rows] == [
        ("C-2", 8_000_000), ("C-1", 100_000), ("C-3", 40_000),
    ]  # fmt: skip
    assert (found.currency, found.left_out) == ("EUR", {"not_due": 1})


def test_it_writes_nothing(owing: Scope) -> None:
    """Looking at the list leaves no event and no row."""
    with tx.reading(owing):
        before = models.Event.objects.filter(organisation_id=owing.organisation_id).count()
    listed(owing)
    with tx.reading(owing):
        after = models.Event.objects.filter(organisation_id=owing.organisation_id).count()
    assert after == before


def test_the_number_of_statements_does_not_grow_with_the_book(owing: Scope, book: Book) -> None:
    """Ten customers more, with stops and named credit, cost no statement more."""

    def statements() -> int:
        with CaptureQueriesContext(connection) as caught:
            listed(owing)
        return len(caught)

    def grow(names: list[str]) -> None:
        book.customers(*(customer(n) for n in names))
        book.items(
            *(invoice(f"I-{n}", 50_000, customer=n) for n in names),
            *(credit_note(f"N-{n}", 500, customer=n, applies_to=f"I-{n}") for n in names),
        )  # fmt: skip
        for n in names:
            held(owing, n)

    grow(["D-0"])
    few = statements()
    grow([f"D-{n}" for n in range(1, 11)])
    assert statements() == few < 60


# --- what is at stake ----------------------------------------------------------------------------


def nets(scope: Scope) -> dict[str, int]:
    """Return what the core says is overdue and may be demanded, by customer."""
    found = {}
    for x in look.with_facts(scope, look.propose(scope, as_of=TODAY).lines, as_of=TODAY):
        if x.facts is not None:
            overdue = position.stand(x.facts, as_of=TODAY).overdue
            found[x.customer] = sum(s.net_minor for s in overdue)
    return {c: minor for c, minor in found.items() if minor}


def test_what_is_at_stake_is_what_the_core_says_may_be_demanded(scope: Scope, book: Book) -> None:
    """With loose cash, credit notes named and not, part stops, and several ages, to the cent."""
    names = [f"C-{n}" for n in range(1, 9)]
    book.customers(*(customer(n) for n in names))
    late, later, ahead = (TODAY - 40 * DAY, TODAY - 5 * DAY, TODAY + 5 * DAY)
    for n in names:
        book.items(
            invoice(f"A-{n}", 30_000, customer=n, due_on=late),
            invoice(f"B-{n}", 20_000, customer=n, due_on=later),
            invoice(f"D-{n}", 10_000, customer=n, due_on=ahead),
        )  # fmt: skip
    book.items(
        credit_note("N-2", 2_500, customer="C-2"),
        credit_note("N-3", 2_500, customer="C-3", applies_to="D-C-3"),
        credit_note("N-4", 25_000, customer="C-4", applies_to="B-C-4"),
        credit_note("N-8", 1_000, customer="C-8", applies_to="A-C-8"),
    )  # fmt: skip
    book.payments(
        payment("P-1", 33_000, customer="C-5"),
        payment("P-2", 4_000, customer="C-6", items=[("A-C-6", None)]),
        payment("P-3", 90_000, customer="C-7"),
    )  # fmt: skip
    held(scope, "C-6", "B-C-6", minor=1_500)
    held(scope, "C-8", "A-C-8")
    found = listed(scope)
    assert {r.of.customer: r.at_stake_minor for r in found.rows} == nets(scope)
    assert len(found.rows) == 7
    assert found.left_out == {"cash_unapplied": 1}


def test_an_automatic_collection_is_waited_for(scope: Scope, book: Book) -> None:
    """What the bank collects is left out until its result must have come."""
    book.customers(customer("C-1", payment_method="direct_debit"), customer("C-2"))
    book.items(
        invoice("R-1", due_on=TODAY - 3 * DAY),
        invoice("R-2", customer="C-2", due_on=TODAY - 3 * DAY),
    )
    found = listed(scope)
    assert [r.of.customer for r in found.rows] == ["C-2"]
    assert found.left_out == {"automatic_collection": 1}
    assert sorted(order(scope, on=TODAY + 7 * DAY)) == ["C-1", "C-2"]


def test_who_pays_for_a_child_stands_for_both(scope: Scope, book: Book) -> None:
    """One row, for the payer, with the items of both; a hold on the child covers the child's."""
    book.customers(customer("P"), customer("K", parent="P", pays_via_parent=True))
    book.items(invoice("R-1", 10_000, customer="P"), invoice("R-2", 5_000, customer="K"))
    assert [(r.of.customer, r.at_stake_minor) for r in listed(scope).rows] == [("P", 15_000)]
    held(scope, "K")
    assert row(scope, "P").at_stake_minor == 10_000


def test_currencies_and_entities_are_compared_in_one_currency(scope: Scope, book: Book) -> None:
    """That of the first entity; what has no rate weighs nothing, and is said."""
    uk = found.NewEntity("UK", "GBP", "Europe/London", "GB")
    found.add_entity(scope, uk, now=NOW)
    book.customers(customer("C-1"), customer("C-2"), customer("C-3"))
    book.items(
        invoice("R-1", 10_000, entity="MAIN"),
        invoice("R-2", 9_000, customer="C-2", currency="GBP", entity="UK"),
        invoice("R-3", 99_000, customer="C-3", currency="JPY", entity="MAIN"),
    )  # fmt: skip
    book.take("rates", rows.RateRow(line=2, currency="GBP", base="EUR", on=TODAY, rate="1.20"))
    lined = [(r.of.customer, r.of.entity, r.at_stake_minor) for r in listed(scope).rows]
    assert lined == [("C-2", "UK", 10_800), ("C-1", "MAIN", 10_000), ("C-3", "MAIN", 0)]
    assert "no rate is known for JPY" in row(scope, "C-3").why


def test_a_past_day_is_as_it_was(owing: Scope, book: Book) -> None:
    """What was paid since was open then; what was unapplied since was not."""
    later = TODAY + 5 * DAY
    book.payments(
        payment("P-1", 100_000, on=later, items=[("R-1", None)]),
        payment("P-2", 40_000, on=later, customer="C-3"), as_of=later,
    )  # fmt: skip
    assert order(owing, on=later) == ["C-2", "C-4"]
    assert {r.of.customer: r.at_stake_minor for r in listed(owing).rows} == {
        "C-2": 8_000_000, "C-1": 100_000, "C-3": 40_000,
    }  # fmt: skip


# --- left out ------------------------------------------------------------------------------------


def test_a_promise_rests_until_it_is_broken_and_then_lifts(owing: Scope) -> None:
    """Open, it is counted; broken, the call is past due in the end and the customer lifted."""
    promise.open_promise(owing, "C-1", until=TODAY + 3 * DAY, on=TODAY, now=NOW)
    assert listed(owing).left_out == {"promise_open": 1, "not_due": 1}
    on = TODAY + 10 * DAY
    settle.nightly(owing, as_of=on, now=at(on))
    found = row(owing, on=on)
    assert [x.name for x in found.lifts] == ["broken_promises"]
    assert (found.next_action, found.responsible) == ("call", "anna")
    assert "a promise was broken" in found.why


def test_a_dispute_rests_until_it_is_past_due(owing: Scope) -> None:
    """With an owner and time it is counted; past due it is the manager's, and lifted."""
    found.add_user(owing, "mia", roles=("manager",), now=NOW)
    dispute.open_dispute(
        owing, "C-1", items=("R-1",), amount_minor=None, code="price", owner="anna", on=TODAY,
        due_on=TODAY + 3 * DAY, now=NOW,
    )  # fmt: skip
    assert listed(owing).left_out == {"disputed": 1, "not_due": 1}
    late = row(owing, on=TODAY + 4 * DAY)
    assert (late.next_action, late.responsible, late.at_stake_minor) == (
        "answer_dispute", "mia", 100_000,
    )  # fmt: skip
    assert [x.name for x in late.lifts] == ["dispute_past_due"]


def test_who_was_contacted_rests_for_a_working_day(owing: Scope) -> None:
    """What went out on Monday is not worked on Tuesday, and again on Wednesday."""
    evening = Evening(owing)
    evening.look()
    assert listed(owing).left_out["in_flight"] == 3
    evening.send(NINE)
    tuesday, wednesday = TODAY + DAY, TODAY + 2 * DAY
    assert (order(owing, on=tuesday), listed(owing, on=tuesday).left_out) == (
        ["C-4"], {"contacted": 3},
    )  # fmt: skip
    assert len(listed(owing, on=wednesday).rows) == 4


def test_a_plan_waits_for_its_role_and_is_then_left_out(owing: Scope) -> None:
    """Its question goes to another than who proposed it; nobody calls who pays in instalments."""
    found.add_user(owing, "mia", roles=("manager",), now=NOW)
    plan.open_plan(
        owing, "C-1", items=("R-1",), instalments=2, first_on=TODAY + 10 * DAY, on=TODAY, now=NOW
    )
    asked = row(owing)
    assert (asked.next_action, asked.responsible) == ("approve", "mia")
    (key,) = [a["key"] for a in approve.listed(owing)]
    approve.approve(owing._replace(actor="mia"), key, as_of=TODAY, now=NOW)
    assert listed(owing).left_out == {"plan_running": 1, "not_due": 1}


# --- what comes next and whose it is -------------------------------------------------------------


def test_an_account_owner_a_collector_and_their_capacity(scope: Scope, book: Book) -> None:
    """A customer is its account owner's, else a collector's; each has a day of their own."""
    book.customers(*(customer(n, account_owner="eva") for n in ("C-1", "C-2")), customer("C-3"))
    book.items(
        invoice("R-1", 30_000), invoice("R-2", 20_000, customer="C-2"),
        invoice("R-3", 10_000, customer="C-3"),
    )  # fmt: skip
    found = listed(scope, capacity=1)
    assert [(r.responsible, r.fits) for r in found.rows] == [
        ("eva", True), ("eva", False), ("anna", True),
    ]  # fmt: skip
    assert order(scope, owner="eva") == ["C-1", "C-2"]


def test_a_call_where_there_is_a_number_else_a_contact(owing: Scope) -> None:
    """C-1 can be called, C-3 has an address only."""
    assert row(owing).next_action == "call"
    assert row(owing, "C-3").next_action == "find_contact"


def test_a_reminder_waits_for_its_day(owing: Scope) -> None:
    """Until then the customer stands without it; from that day on it is what comes next."""
    task.open_task(owing, "C-1", kind="follow_up", until=TODAY + 3 * DAY, note="ask", on=TODAY,
                   now=NOW)  # fmt: skip
    assert row(owing).next_action == "call"
    due = row(owing, on=TODAY + 3 * DAY)
    assert (due.next_action, due.responsible, due.task is not None) == ("follow_up", "anna", True)
    late = row(owing, on=TODAY + 4 * DAY)
    assert [x.name for x in late.lifts] == ["task_past_due"]


def test_a_task_about_somebody_who_owes_nothing_is_there(owing: Scope, book: Book) -> None:
    """Last, with nothing at stake: what needs a person reaches a person."""
    book.customers(customer("C-9"))
    task.open_task(owing, "C-9", kind="ask_sales", until=TODAY, note="ask", on=TODAY, now=NOW)
    last = listed(owing).rows[-1]
    assert (last.of.customer, last.next_action, last.at_stake_minor) == ("C-9", "ask_sales", 0)


# --- habits --------------------------------------------------------------------------------------


def test_habits_tell_risk_and_who_pays_later_than_before(scope: Scope, book: Book) -> None:
    """C-1 paid at once last year and three weeks late since; C-2 always paid at once."""
    book.customers(customer("C-1"), customer("C-2"))
    for who, late in (("C-1", 24), ("C-2", 0)):
        for n, ago in enumerate((300, 270, 240, 80, 60, 40)):
            due_on = TODAY - ago * DAY
            paid_on = due_on + (late if ago < 100 else 0) * DAY
            number = f"{who}-{n}"
            book.items(invoice(number, 1_000, customer=who, due_on=due_on), as_of=due_on)
            book.payments(
                payment(f"P-{number}", 1_000, customer=who, on=paid_on, items=[(number, None)]),
                as_of=paid_on,
            )  # fmt: skip
    book.items(
        invoice("R-1", 1_000, due_on=TODAY - 2 * DAY),
        invoice("R-2", 1_000, customer="C-2", due_on=TODAY - 2 * DAY),
    )  # fmt: skip
    worse, steady = row(scope, "C-1"), row(scope, "C-2")
    assert [x.name for x in worse.lifts] == ["worsening"]
    assert (worse.of.habit.recent_days, worse.of.habit.earlier_days) == (18, 0)
    assert steady.lifts == ()
    assert order(scope) == ["C-1", "C-2"]


def test_silence_ends_with_a_call_that_reached_somebody(owing: Scope) -> None:
    """Nothing heard since the debt fell due lifts C-2; a conversation does away with it."""
    on = TODAY + 25 * DAY
    assert [x.name for x in row(owing, "C-2", on=on).lifts] == ["silent", "left_alone"]
    spoke = on - 5 * DAY
    said = call.Said(outcome="reached", on=spoke)
    call.open_call(owing, "C-2", said, today=spoke, now=at(spoke))
    assert row(owing, "C-2", on=on).lifts == ()
