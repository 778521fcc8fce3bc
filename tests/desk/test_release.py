"""A saved proposal is released line by line: every reason that drops one (SEMANTICS 6.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from evening import DAY, NINE, Evening, contacted, person

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import dispatch, found, hold, look, release
from dunwell.store import journal, models, tx
from helpers import NOW, TODAY, Book, credit_note, customer, invoice, payment


@pytest.fixture
def evening(scope: Scope, book: Book) -> Evening:
    """C-1 owes two invoices, C-2 one; both would hear a first reminder."""
    book.customers(customer("C-1"), customer("C-2"))
    book.items(invoice("R-1"), invoice("R-2", 5_000), invoice("S-1", customer="C-2"))
    return Evening(scope)


def saved(scope: Scope, day: dt.date = TODAY) -> int:
    """Keep what would happen on a day; return its number."""
    return release.save(scope, look.propose(scope, as_of=day), now=NOW)


def released(scope: Scope, number: int, **drop: str) -> release.Released:
    """Release a proposal."""
    return release.run(
        scope, number, drop={k.replace("_", "-"): v for k, v in drop.items()}, now=NOW
    )


def why(done: release.Released) -> dict[str, str]:
    """Return the dropped customers, each with its reason."""
    return {d["customer"]: d["reason"] for d in done.dropped}


def test_what_still_stands_goes(evening: Evening) -> None:
    """Every line is recorded under the key that was reviewed, and dispatch sends it."""
    proposal = look.propose(evening.scope, as_of=TODAY)
    number = release.save(evening.scope, proposal, now=NOW)
    assert evening.outbox() == []
    done = released(evening.scope, number)
    assert (done.proposal, done.as_of, len(done.lines), done.dropped) == (number, TODAY, 2, [])
    keys = {a.key for x in proposal.lines for a in x.made.actions}
    assert {a.key for a in evening.outbox()} == keys
    assert evening.send() == dispatch.Dispatched(sent=2)


def stopped(book: Book, *items: str, amount: int | None = None, kind: str = "hold") -> None:
    """Stop the customer, items, or part of one."""
    hold.open_hold(
        book.scope, "C-1", items=list(items), amount_minor=amount, on=TODAY, until=None,
        reason="agreed", now=NOW, kind=kind,
    )  # fmt: skip


def unreachable(book: Book) -> None:
    """Let the address of C-1 bounce."""
    with tx.transaction_of(book.scope):
        models.Route.objects.filter(
            organisation_id=book.scope.organisation_id, contact__customer__reference="C-1",
            contact__role="ap",
        ).update(invalid_on=TODAY)  # fmt: skip


DROPS: dict[str, tuple[Callable[[Book], object], str]] = {
    "a new stop": (stopped, "now waits: on_hold"),
    "a new stop on an item": (lambda b: stopped(b, "R-2"), "a new stop"),
    "a new stop on a part": (lambda b: stopped(b, "R-2", amount=100, kind="dispute"), "a new stop"),
    "paid": (
        lambda b: b.payments(payment("P-1", 15_000, items=[("R-1", None), ("R-2", None)])),
        "now waits: nothing_open",
    ),
    "another step": (
        lambda b: b.take("history", contacted("R-1", "first_reminder", TODAY - 9 * DAY)),
        "another step: second_notice instead of first_reminder",
    ),
    "a new item": (
        lambda b: b.items(invoice("R-3", 1_000, due_on=TODAY - DAY)), "an item was added",
    ),
    "another recipient": (unreachable, "another recipient"),
    "a higher amount": (lambda b: b.items(invoice("R-1", 10_001)), "the amount rose"),
    "written to meanwhile": (
        lambda b: b.take("history", contacted("R-1", "first_reminder", TODAY - DAY)),
        "now waits: too_soon",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", DROPS)
def test_a_line_that_changed_is_dropped_with_its_reason(
    evening: Evening, book: Book, change: str
) -> None:
    """The other line goes as it was reviewed."""
    book.take("contacts", person("manager", email="boss@example.com"))
    number = saved(evening.scope)
    happens, reason = DROPS[change]
    happens(book)
    done = released(evening.scope, number)
    assert why(done) == {"C-1": reason}
    assert [x.customer for x in done.lines] == ["C-2"]
    assert {a.customer for a in evening.outbox()} == {"C-2"}


FALLS: dict[str, Callable[[Book], object]] = {
    "part of the oldest is paid": lambda b: b.payments(payment("P-1", 400, items=[("R-1", None)])),
    "the oldest is paid": lambda b: b.payments(payment("P-1", 10_000, items=[("R-1", None)])),
    "one is credited": lambda b: b.items(credit_note("N-1", 500, applies_to="R-2")),
    "one is corrected": lambda b: b.items(invoice("R-2", 4_000)),
}


@pytest.mark.parametrize("change", FALLS)
def test_an_amount_that_only_fell_goes_out_with_fresh_figures(
    evening: Evening, book: Book, change: str
) -> None:
    """Nothing is dropped, and the message demands what is open now."""
    number = saved(evening.scope)
    FALLS[change](book)
    done = released(evening.scope, number)
    assert (len(done.lines), done.dropped) == (2, [])
    assert evening.send() == dispatch.Dispatched(sent=2)
    (mail,) = [m for m in evening.mail.sent if m.to == "c-1@example.com"]
    left = {"R-1": book.open("R-1"), "R-2": book.open("R-2")}
    credited = 500 if "credited" in change else 0
    assert f"{(sum(left.values()) - credited) / 100:.2f}" in mail.text
    assert "150.00" not in mail.text


def test_an_earlier_stop_drops_nothing(evening: Evening, book: Book) -> None:
    """What was on hold when it was reviewed was seen; it is no new stop."""
    stopped(book, "R-2")
    number = saved(evening.scope)
    assert released(evening.scope, number).dropped == []


def test_a_dropped_line_is_held_for_that_day(evening: Evening) -> None:
    """It goes neither with this release nor with a run of the day; the day after it is free."""
    number = saved(evening.scope)
    done = released(evening.scope, number, C_1="called already")
    assert why(done) == {"C-1": "called already"}
    (held,) = hold.listed(evening.scope, customer="C-1")
    assert (held["from_on"], held["until_on"]) == (TODAY, TODAY)
    assert held["reason"] == f"dropped from proposal {number}: called already"
    evening.look()
    assert {a.customer for a in evening.outbox()} == {"C-2"}
    evening.look(TODAY + DAY)
    assert {a.customer for a in evening.outbox()} == {"C-1", "C-2"}


def test_a_proposal_is_released_once(evening: Evening) -> None:
    """The second release is refused and sends nothing more."""
    number = saved(evening.scope)
    released(evening.scope, number)
    with pytest.raises(Refused, match="already"):
        released(evening.scope, number)
    assert len(evening.outbox()) == 2


def test_a_name_that_is_not_in_it_changes_nothing(evening: Evening) -> None:
    """A mistyped customer is refused before anything is held or released."""
    number = saved(evening.scope)
    with pytest.raises(Refused, match="no line for customer 'C-9'"):
        released(evening.scope, number, C_1="called", C_9="called")
    assert hold.listed(evening.scope, customer=None) == []
    assert len(released(evening.scope, number).lines) == 2


def test_a_run_in_between_leaves_nothing_to_release(evening: Evening) -> None:
    """What the run put under way is not put under way twice."""
    number = saved(evening.scope)
    evening.look()
    done = released(evening.scope, number)
    assert why(done) == {"C-1": "now waits: in_flight", "C-2": "now waits: in_flight"}
    assert len(evening.outbox()) == 2


def test_under_the_gate_nothing_is_released(evening: Evening, book: Book) -> None:
    """Stale data drops every line, with that reason."""
    number = saved(evening.scope)
    with tx.transaction_of(evening.scope):
        models.Entity.objects.filter(organisation_id=evening.scope.organisation_id).update(
            feeds_required=["payments"]
        )
    done = released(evening.scope, number)
    assert set(why(done).values()) == {"now waits: stale_data"}
    assert evening.outbox() == []


def test_each_entitys_line_stands_by_itself(evening: Evening, book: Book) -> None:
    """A customer of two entities loses one line and keeps the other."""
    found.add_entity(evening.scope, found.NewEntity("UK", "GBP", "Europe/London", "GB"), now=NOW)
    book.items(invoice("U-1", 2_000, entity="UK", currency="GBP"))
    number = saved(evening.scope)
    book.payments(payment("P-1", 15_000, items=[("R-1", None), ("R-2", None)]))
    done = released(evening.scope, number)
    assert [(d["customer"], d["entity"]) for d in done.dropped] == [("C-1", "MAIN")]
    assert [(x.customer, x.entity) for x in done.lines] == [("C-1", "UK"), ("C-2", "MAIN")]


def test_an_approved_amount_that_fell_keeps_its_approval(evening: Evening, book: Book) -> None:
    """A final demand approved and saved goes out over less; over more it asks again."""
    book.items(invoice("R-1", 90_000, due_on=TODAY - 70 * DAY))
    book.take("contacts", person("executive", email="exec@example.com"))
    book.take("history", contacted("R-1", "pre_collections", TODAY - 20 * DAY))
    evening.look()
    evening.approve_all(TODAY)
    number = saved(evening.scope)
    book.payments(payment("P-1", 1_000, items=[("R-1", None)]))
    done = released(evening.scope, number)
    assert [x.made.step for x in done.lines if x.customer == "C-1"] == ["final_demand"]
    assert evening.send(NINE).cancelled == 0


def test_saving_and_releasing_stand_in_the_journal(evening: Evening) -> None:
    """Who saved and who released, and how many lines went."""
    number = saved(evening.scope)
    released(evening.scope, number, C_1="called")
    with tx.reading(evening.scope):
        events = models.Event.objects.filter(organisation_id=evening.scope.organisation_id)
        verbs = list(events.order_by("pk").values_list("verb", "refs"))
    said = dict(verbs)
    assert f'"proposal":{number}' in said["proposal_saved"]
    assert '"dropped":1' in said["proposal_released"]
    journal.seal(evening.scope, at=NOW)
    assert journal.verify(evening.scope).ok
