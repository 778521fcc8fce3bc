"""Suspensions and credit holds: proposed, approved, told, confirmed, lifted (SEMANTICS 7)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from casework_of_measures import (
    TEN,
    asked,
    connect,
    grant,
    measures,
    night,
    open_tasks,
    person,
    send,
    states,
)
from evening import DAY, Evening, at, contacted

from dunwell.core import rows
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import approve, hold, lifting, measure, settle
from dunwell.store import models, tx
from dunwell.store.records import measures as records
from helpers import NOW, TODAY, Book, credit_note, customer, invoice, payment, reversal
from other_system import OtherSystem, Says, listening

MONTH = TODAY - 30 * DAY


@pytest.fixture
def evening(scope: Scope, book: Book) -> Evening:
    """C-1 is 30 days late with 900.00; the final notice, a fortnight ago, named a suspension."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=MONTH))
    book.take("history", contacted("R-1", "final_notice", TODAY - 15 * DAY))
    evening = Evening(scope)
    evening.look()
    return evening


@pytest.fixture
def there() -> Iterator[OtherSystem]:
    """The other system, listening."""
    with listening() as system:
        yield system


@pytest.fixture
def suspended(evening: Evening, there: OtherSystem, home: Path) -> Scope:
    """C-1 is suspended: approved, told, confirmed."""
    connect(evening.scope, there, home)
    grant(evening.scope, "suspension")
    assert send(evening.scope, home).confirmed == 1
    assert states(evening.scope) == ["in_force"]
    return evening.scope


# --- the whole path ---------------------------------------------------------------------------


def test_a_suspension_goes_its_whole_way(
    evening: Evening, there: OtherSystem, home: Path, book: Book
) -> None:
    """Proposed by the step, approved by a manager, told and confirmed, lifted by the payment."""
    scope = evening.scope
    connect(scope, there, home)
    question = asked(scope, "suspension")
    assert question is not None
    assert (question.step, question.role, question.amounts) == (
        "pre_collections", "manager", [["EUR", 90_000]],
    )  # fmt: skip
    assert there.heard == []
    grant(scope, "suspension")
    assert states(scope) == ["approved"]
    assert send(scope, home).confirmed == 1
    (row,) = measures(scope)
    assert (row.state, row.in_force_on) == ("in_force", TODAY)
    (asked_for,) = there.heard
    assert asked_for.is_signed
    assert asked_for.body == {
        "type": "suspension.requested",
        "timestamp": "2026-03-02T09:00:00Z",
        "data": {
            "organisation": "acme", "id": row.pk, "entity": "MAIN", "customer": "C-1",
            "on": "2026-03-02", "amounts": [{"currency": "EUR", "amount_minor": 90_000}],
            "items": [{"number": "R-1", "currency": "EUR", "due_on": "2026-01-31"}],
        },
    }  # fmt: skip
    book.payments(payment("P-1", 90_000, items=[("R-1", None)], on=TODAY + DAY), as_of=TODAY + DAY)
    assert states(scope) == ["lifting"]
    assert there.events == ["suspension.requested"]
    assert send(scope, home, when=at(TODAY + DAY)).confirmed == 1
    (row,) = measures(scope)
    assert (row.state, row.lift_on, row.lifted_on) == ("lifted", TODAY + DAY, TODAY + DAY)
    assert there.events == ["suspension.requested", "suspension.lifted"]
    assert there.heard[1].body["data"]["because"] == "paid"
    assert open_tasks(scope) == []


def test_everything_about_it_stands_in_the_journal(suspended: Scope, book: Book) -> None:
    """Approved, told with its answer, in force, lifting: each with its ids."""
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    with tx.reading(suspended):
        mine = models.Event.objects.filter(organisation_id=suspended.organisation_id)
        found = [
            (e.verb, json.loads(e.refs))
            for e in mine.order_by("pk")
            if e.verb.startswith(("measure_", "hook_"))
        ]
    assert [v for v, _ in found] == [
        "hook_added", "measure_approved", "hook_answered", "measure_in_force", "measure_lifting",
    ]  # fmt: skip
    assert found[2][1]["status"] == 200
    assert found[4][1]["why"] == "paid"
    assert not any("whsec" in json.dumps(r) for _, r in found)


def test_high_risk_is_proposed_with_the_first_notice(scope: Scope, book: Book) -> None:
    """On the first day overdue, for a hundred and not for less."""
    book.customers(customer("C-1", segment="high_risk"), customer("C-2", segment="high_risk"))
    book.items(
        invoice("R-1", 10_000, due_on=TODAY - 3 * DAY),
        invoice("S-1", 9_999, customer="C-2", due_on=TODAY - 3 * DAY),
    )
    evening = Evening(scope)
    evening.look()
    question = asked(scope, "suspension")
    assert question is not None
    assert (question.step, question.amounts) == ("risk_first", [["EUR", 10_000]])
    with tx.reading(scope):
        assert models.Approval.objects.filter(organisation_id=scope.organisation_id).count() == 1


def test_standard_is_not_proposed_before_thirty_days(scope: Scope, book: Book) -> None:
    """On day 29 nothing is asked, on day 30 it is."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=MONTH))
    book.take("history", contacted("R-1", "final_notice", TODAY - 15 * DAY))
    evening = Evening(scope)
    evening.look(TODAY - DAY)
    assert asked(scope, "suspension") is None
    evening.look(TODAY)
    assert asked(scope, "suspension") is not None


def test_the_notice_goes_without_waiting_for_the_answer(evening: Evening) -> None:
    """The suspension delays nothing, and nothing is suspended unasked (6.3)."""
    assert evening.send().sent == 1
    assert asked(evening.scope, "suspension") is not None
    assert states(evening.scope) == []


def test_a_refused_suspension_leaves_no_measure(evening: Evening) -> None:
    """Nothing is told, and the step does not ask again."""
    row = asked(evening.scope, "suspension")
    assert row is not None
    approve.refuse(evening.scope, row.key, reason="no", until=None, as_of=TODAY, now=NOW)
    assert states(evening.scope) == []
    assert open_tasks(evening.scope) == []


# --- by hand, where no other system is told ----------------------------------------------------


def test_without_a_hook_a_person_does_it_and_says_so(evening: Evening, book: Book) -> None:
    """A task to suspend, another to lift; each ends with `confirm`."""
    scope = evening.scope
    grant(scope, "suspension")
    (row,) = measures(scope)
    assert (row.state, open_tasks(scope)) == ("approved", ["by_hand"])
    with tx.reading(scope):
        task = models.Task.objects.get(organisation_id=scope.organisation_id, kind="by_hand")
    assert task.note == f"Do it by hand, then: dunwell suspension confirm {row.pk}"
    done = measure.confirm(scope, "suspension", row.pk, on=TODAY, now=NOW)
    assert (done["state"], open_tasks(scope)) == ("in_force", [])
    with pytest.raises(Refused, match="nothing to confirm"):
        measure.confirm(scope, "suspension", row.pk, on=TODAY, now=NOW)
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    assert (states(scope), open_tasks(scope)) == (["lifting"], ["by_hand"])
    measure.confirm(scope, "suspension", row.pk, on=TODAY, now=NOW)
    assert (states(scope), open_tasks(scope)) == (["lifted"], [])


def test_a_hook_that_listens_to_something_else_is_not_told(
    evening: Evening, there: OtherSystem, home: Path
) -> None:
    """A person does it, as if there were none."""
    connect(evening.scope, there, home, "terms.*", "suspension.lifted")
    grant(evening.scope, "suspension")
    assert open_tasks(evening.scope) == ["by_hand"]
    send(evening.scope, home)
    assert there.heard == []


# --- what lifts, and what does not --------------------------------------------------------------


def test_a_part_payment_does_not_lift(suspended: Scope, book: Book, there: OtherSystem) -> None:
    """Neither does the next part; only the last cent."""
    book.payments(payment("P-1", 50_000, items=[("R-1", None)]))
    book.payments(payment("P-2", 39_999, items=[("R-1", None)]))
    assert states(suspended) == ["in_force"]
    night(suspended, TODAY)
    assert states(suspended) == ["in_force"]
    book.payments(payment("P-3", 1, items=[("R-1", None)]))
    assert states(suspended) == ["lifting"]


@pytest.mark.parametrize("kind", ["promise", "dispute", "hold"])
def test_a_stop_does_not_lift(suspended: Scope, kind: str) -> None:
    """What is promised, disputed or held is not paid."""
    hold.open_hold(
        suspended, "C-1", items=["R-1"], amount_minor=None, on=TODAY, until=None, reason="said so",
        now=NOW, kind=kind,
    )  # fmt: skip
    night(suspended, TODAY + DAY)
    assert states(suspended) == ["in_force"]


def test_a_newer_debt_does_not_hold_it(suspended: Scope, book: Book) -> None:
    """It is lifted when what it names is paid, whatever came due since."""
    book.items(invoice("R-2", 70_000, due_on=TODAY - DAY))
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    assert states(suspended) == ["lifting"]


def test_credit_counts_as_paid(suspended: Scope, book: Book) -> None:
    """A credit note for the item and loose cash together cover it; one alone does not."""
    book.items(credit_note("N-1", 40_000, applies_to="R-1"))
    assert states(suspended) == ["in_force"]
    book.payments(payment("P-1", 50_000))
    assert book.open("R-1") == 90_000
    assert states(suspended) == ["lifting"]


def test_a_payment_of_one_customer_lifts_nobody_elses(suspended: Scope, book: Book) -> None:
    """Another customer's money says nothing about this one."""
    book.customers(customer("C-2"))
    book.items(invoice("S-1", 90_000, customer="C-2"))
    book.payments(payment("P-1", 90_000, customer="C-2", items=[("S-1", None)]))
    night(suspended, TODAY)
    assert states(suspended) == ["in_force"]


def test_what_a_parent_pays_for_its_child_lifts_the_parents(scope: Scope, book: Book) -> None:
    """A child that pays via its parent has no case of its own (SEMANTICS 1)."""
    book.customers(customer("P"), customer("C", parent="P", pays_via_parent=True))
    book.items(invoice("R-1", 90_000, customer="C", due_on=MONTH))
    book.take("history", contacted("R-1", "final_notice", TODAY - 15 * DAY, customer="C"))
    Evening(scope).look()
    grant(scope, "suspension")
    (row,) = measures(scope)
    measure.confirm(scope, "suspension", row.pk, on=TODAY, now=NOW)
    book.payments(payment("P-1", 90_000, customer="P", items=[("R-1", None)]))
    assert states(scope) == ["lifting"]


def plan(scope: Scope, *parts: int, state: str = "running") -> models.Plan:
    """Put all of R-1 in a plan that began today, a part a month."""
    with tx.transaction_of(scope):
        item = models.Item.objects.get(organisation_id=scope.organisation_id, number="R-1")
        mine = {"organisation_id": scope.organisation_id}
        stop = models.Stop.objects.create(
            **mine, customer=item.customer, entity=item.entity, kind="plan", from_on=TODAY,
            opened_at=NOW,
        )  # fmt: skip
        models.StopItem.objects.create(**mine, stop=stop, item=item)
        row = models.Plan.objects.create(
            **mine, stop=stop, made_on=TODAY, currency="EUR", principal_minor=item.open_minor,
            covers=[[item.pk, item.open_minor]], in_force_on=TODAY, state=state,
        )  # fmt: skip
        for n, minor in enumerate(parts):
            due_on = TODAY + 30 * n * DAY
            models.Instalment.objects.create(
                **mine, plan=row, n=n + 1, due_on=due_on, last_on=due_on + 3 * DAY,
                amount_minor=minor,
            )  # fmt: skip
    return row


def test_a_plan_lifts_with_its_first_instalment(suspended: Scope, book: Book) -> None:
    """Accepted is not enough, nor a part of the instalment; the whole of it is."""
    plan(suspended, 30_000, 30_000, 30_000)
    night(suspended, TODAY)
    assert states(suspended) == ["in_force"]
    book.payments(payment("P-1", 29_999, items=[("R-1", None)], on=TODAY + DAY))
    assert states(suspended) == ["in_force"]
    book.payments(
        payment("P-2", 1, items=[("R-1", None)], on=TODAY + 2 * DAY), as_of=TODAY + 2 * DAY
    )
    (row,) = measures(suspended)
    assert (row.state, row.details["lifted_by"]) == ("lifting", "plan")


def test_a_plan_that_is_not_agreed_lifts_nothing(suspended: Scope, book: Book) -> None:
    """While its approval is awaited a plan is only a wish."""
    row = plan(suspended, 30_000, 60_000)
    with tx.transaction_of(suspended):
        models.Plan.objects.filter(
            organisation_id=suspended.organisation_id, pk=row.pk
        ).update(in_force_on=None, state="asked")  # fmt: skip
    book.payments(payment("P-1", 30_000, items=[("R-1", None)], on=TODAY + DAY), as_of=TODAY + DAY)
    assert states(suspended) == ["in_force"]


def test_a_plan_in_default_brings_the_proposal_back(suspended: Scope, book: Book) -> None:
    """What it had lifted is proposed again, once."""
    plan(suspended, 30_000, 60_000)
    book.payments(payment("P-1", 30_000, items=[("R-1", None)], on=TODAY + DAY), as_of=TODAY + DAY)
    assert states(suspended) == ["lifting"]
    night(suspended, TODAY + 33 * DAY)
    assert asked(suspended, "suspension") is None
    night(suspended, TODAY + 35 * DAY)
    row = asked(suspended, "suspension")
    assert row is not None
    assert row.amounts == [["EUR", 60_000]]


# --- money that goes back (SEMANTICS 3.6) -------------------------------------------------------


def test_a_reversal_proposes_it_again(
    suspended: Scope, book: Book, there: OtherSystem, home: Path
) -> None:
    """Asked of the same role for what is owed again; approved, the other system is told again."""
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    send(suspended, home)
    assert states(suspended) == ["lifted"]
    later = TODAY + 3 * DAY
    book.payments(reversal("X-1", 90_000, reverses="P-1", on=later), as_of=later, now=at(later))
    row = asked(suspended, "suspension")
    assert row is not None
    assert (row.role, row.step, row.amounts, row.asked_on) == (
        "manager", "pre_collections", [["EUR", 90_000]], later,
    )  # fmt: skip
    night(suspended, later)
    assert there.events == ["suspension.requested", "suspension.lifted"]
    grant(suspended, "suspension", day=later)
    send(suspended, home, when=at(later, 10))
    assert states(suspended) == ["lifted", "in_force"]
    assert there.events[2:] == ["suspension.requested"]
    assert len({h.key for h in there.heard}) == 3
    night(suspended, later + DAY)
    assert asked(suspended, "suspension") is None


def test_a_reversal_of_a_small_part_proposes_nothing(suspended: Scope, book: Book) -> None:
    """Not under 100.00, again as at first."""
    book.payments(
        payment("P-1", 80_001, items=[("R-1", None)]), payment("P-2", 9_999, items=[("R-1", None)])
    )
    book.payments(reversal("X-1", 9_999, reverses="P-2", on=TODAY + DAY), as_of=TODAY + DAY)
    assert asked(suspended, "suspension") is None


def test_a_reversal_dated_before_the_lifting_counts_too(suspended: Scope, book: Book) -> None:
    """What the bank dates back is still money that went back."""
    later = TODAY + 5 * DAY
    book.payments(payment("P-1", 90_000, items=[("R-1", None)], on=TODAY), as_of=later)
    book.payments(reversal("X-1", 90_000, reverses="P-1", on=TODAY + DAY), as_of=later)
    assert asked(suspended, "suspension") is not None


def test_a_corrected_amount_proposes_nothing_again(suspended: Scope, book: Book) -> None:
    """Only money that went back does; what is corrected upward is a matter for people."""
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    book.items(invoice("R-1", 140_000, due_on=MONTH, open_minor=50_000))
    night(suspended, TODAY)
    assert asked(suspended, "suspension") is None


def test_paid_twice_and_returned_twice_is_asked_once_each_time(
    suspended: Scope, book: Book
) -> None:
    """The question goes with the second payment, and comes back with its reversal."""
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    book.payments(reversal("X-1", 90_000, reverses="P-1"))
    assert asked(suspended, "suspension") is not None
    book.payments(payment("P-2", 90_000, items=[("R-1", None)]))
    assert asked(suspended, "suspension") is None
    book.payments(reversal("X-2", 90_000, reverses="P-2"))
    assert asked(suspended, "suspension") is not None


# --- paid meanwhile -----------------------------------------------------------------------------


def test_paid_before_the_answer_the_question_is_taken_back(evening: Evening, book: Book) -> None:
    """Nobody approves a suspension for what is paid."""
    row = asked(evening.scope, "suspension")
    assert row is not None
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    assert asked(evening.scope, "suspension") is None
    with pytest.raises(Refused, match="it was withdrawn"):
        approve.approve(evening.scope, row.key, as_of=TODAY, now=NOW)


def test_paid_before_it_was_told_nobody_is_told(
    evening: Evening, there: OtherSystem, home: Path, book: Book
) -> None:
    """Approved in the morning, paid at noon, sent in the evening: nothing is sent."""
    connect(evening.scope, there, home)
    grant(evening.scope, "suspension")
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    assert send(evening.scope, home) == (0, 0, 0, 0)
    assert there.heard == []
    assert states(evening.scope) == ["lifted"]


def test_paid_while_it_is_tried_it_is_lifted_all_the_same(
    evening: Evening, there: OtherSystem, home: Path, book: Book
) -> None:
    """A try that failed may have been heard: it is not tried again, and the lifting is told."""
    connect(evening.scope, there, home)
    grant(evening.scope, "suspension")
    there.next = [Says(500, b"")]
    assert send(evening.scope, home).again == 1
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    send(evening.scope, home, when=NOW + dt.timedelta(days=1))
    assert there.events == ["suspension.requested", "suspension.lifted"]
    assert states(evening.scope) == ["lifted"]


def test_paid_while_it_is_on_its_way_the_lifting_waits_its_turn(
    evening: Evening, there: OtherSystem, home: Path, book: Book
) -> None:
    """Not told while the suspension is under way, whose answer is old news then."""
    scope = evening.scope
    connect(scope, there, home)
    grant(scope, "suspension")
    call = records.claim_call(scope, by="slow", now=TEN)
    assert call is not None
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    assert send(scope, home) == (0, 0, 0, 0)
    with tx.transaction_of(scope):
        assert records.keep_answer(
            scope, call, state="confirmed", status=200, evidence="", next_try_at=None, now=TEN
        )
    assert states(scope) == ["lifting"]
    assert send(scope, home).confirmed == 1
    assert (there.events, states(scope)) == (["suspension.lifted"], ["lifted"])


# --- proposed by a person -----------------------------------------------------------------------


def by_hand(scope: Scope, *, kind: str = "suspension", **said: object) -> dict[str, object]:
    """Propose a measure by hand."""
    given = {"items": [], "entity": None, "on": TODAY, "reason": "asked by sales", "now": NOW}
    return measure.open_measure(scope, kind, "C-1", **(given | said))  # type: ignore[arg-type]


def test_nobody_approves_what_they_proposed(evening: Evening) -> None:
    """Ben proposes, and is refused as approver; anna is not."""
    book = Book(evening.scope)
    book.items(invoice("R-2", 50_000, due_on=TODAY - 3 * DAY))
    ben = person(evening.scope, "ben", "manager")
    made = by_hand(ben, kind="credit_hold")
    assert states(ben, "credit_hold") == ["proposed"]
    with pytest.raises(Refused, match="somebody else") as refusal:
        approve.approve(ben, str(made["key"]), as_of=TODAY, now=NOW)
    assert refusal.value.reason == "own_proposal"
    grant(evening.scope, "credit_hold")
    (row,) = measures(ben, "credit_hold")
    assert (row.state, row.proposed_by, len(row.items)) == ("approved", "ben", 2)


def test_a_person_may_not_suspend_what_was_never_warned_of(scope: Scope, book: Book) -> None:
    """Old enough and dear enough, but no notice of ours has named a suspension."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=MONTH))
    with pytest.raises(Refused) as refusal:
        by_hand(scope)
    assert refusal.value.reason == "not_warned"


@pytest.mark.parametrize(
    ("minor", "age", "reason"), [(9_999, 40, "below_minimum"), (10_000, 29, "too_young")]
)
def test_a_person_keeps_the_limits_of_a_suspension(
    scope: Scope, book: Book, minor: int, age: int, reason: str
) -> None:
    """Not under 100.00, and from 30 days; a credit hold knows neither."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", minor, due_on=TODAY - age * DAY))
    with pytest.raises(Refused) as refusal:
        by_hand(scope)
    assert refusal.value.reason == reason
    assert by_hand(scope, kind="credit_hold")["state"] == "proposed"


def test_after_a_notice_that_named_it_a_person_may_propose(scope: Scope, book: Book) -> None:
    """The final notice, as it went out, names the suspension of what it demands."""
    book.customers(customer("C-1"))
    first = TODAY - 14 * DAY
    book.items(invoice("R-1", 90_000, due_on=MONTH), as_of=first, now=at(first))
    book.take("history", contacted("R-1", "second_notice", first - 8 * DAY), as_of=first)
    evening = Evening(scope)
    evening.look(first)
    assert evening.send(at(first)).sent == 1
    assert evening.steps("R-1")[-1] == ("final_notice", first)
    made = by_hand(scope)
    assert made["state"] == "proposed"
    with pytest.raises(Refused) as refusal:
        by_hand(scope)
    assert refusal.value.reason == "already_there"


def test_only_what_is_overdue_and_free_can_be_named(evening: Evening, book: Book) -> None:
    """What is not due, disputed, or not there is no ground."""
    book.items(invoice("R-2", 90_000, due_on=TODAY + DAY), invoice("R-3", 20_000, due_on=MONTH))
    hold.open_hold(
        evening.scope, "C-1", items=["R-3"], amount_minor=None, on=TODAY, until=None, reason="x",
        now=NOW,
    )  # fmt: skip
    for name in ("R-2", "R-3"):
        with pytest.raises(Refused) as refusal:
            by_hand(evening.scope, kind="credit_hold", items=[name])
        assert refusal.value.reason == "nothing_overdue"
    by_hand(evening.scope, kind="credit_hold")
    (row,) = measures(evening.scope, "credit_hold")
    assert row.amounts == [["EUR", 90_000]]


def test_a_proposal_refused_or_withdrawn_is_over(evening: Evening) -> None:
    """Refused by the manager; another one taken back by who made it."""
    scope = evening.scope
    ben = person(scope, "ben")
    made = by_hand(ben, kind="credit_hold")
    approve.refuse(
        scope, str(made["key"]), reason="no", until=None, as_of=TODAY, now=NOW
    )  # fmt: skip
    made = by_hand(ben, kind="credit_hold")
    done = measure.close(
        ben, "credit_hold", int(str(made["id"])), reason="a mistake", on=TODAY, now=NOW
    )
    assert done["state"] == "withdrawn"
    assert asked(scope, "credit_hold") is None
    assert states(scope, "credit_hold") == ["refused", "withdrawn"]


def test_a_person_lifts_by_name(suspended: Scope, there: OtherSystem, home: Path) -> None:
    """With a reason; the other system is told, and the journal knows who."""
    (row,) = measures(suspended)
    with pytest.raises(Refused, match="--reason"):
        measure.close(suspended, "suspension", row.pk, reason=" ", on=TODAY, now=NOW)
    measure.close(suspended, "suspension", row.pk, reason="goodwill", on=TODAY, now=NOW)
    send(suspended, home)
    (row,) = measures(suspended)
    assert (row.state, row.details["closed"]["by"]) == ("lifted", "anna")
    assert there.heard[-1].body["data"]["because"] == "by_hand"
    with pytest.raises(Refused, match="lifted already"):
        measure.close(suspended, "suspension", row.pk, reason="x", on=TODAY, now=NOW)


# --- credit hold --------------------------------------------------------------------------------


def test_a_credit_hold_shows_the_orders_it_blocks(
    evening: Evening, book: Book, there: OtherSystem, home: Path
) -> None:
    """Open orders of the customer, not those of others or delivered ones."""
    scope = evening.scope
    connect(scope, there, home, "credit_hold.*")
    book.customers(customer("C-2"))
    book.take(
        "orders",
        rows.OrderRow(line=2, customer="C-1", number="O-1", amount_minor=55_000, currency="EUR",
                      ordered_on=TODAY, status="open"),
        rows.OrderRow(line=3, customer="C-1", number="O-2", amount_minor=1, currency="EUR",
                      status="delivered"),
        rows.OrderRow(line=4, customer="C-2", number="O-3", amount_minor=1, currency="EUR"),
    )  # fmt: skip
    by_hand(person(scope, "ben"), kind="credit_hold")
    (shown,) = measure.listed(scope, "credit_hold")
    assert shown["orders"] == [
        {"number": "O-1", "currency": "EUR", "amount_minor": 55_000, "ordered_on": TODAY,
         "status": "open"}
    ]  # fmt: skip
    grant(scope, "credit_hold")
    send(scope, home)
    assert (there.events, states(scope, "credit_hold")) == (
        ["credit_hold.requested"], ["in_force"],
    )  # fmt: skip
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    send(scope, home)
    assert states(scope, "credit_hold") == ["lifted"]


def test_an_offer_of_a_plan_that_was_approved_becomes_a_task(scope: Scope, book: Book) -> None:
    """For a VIP the policy proposes it; the account manager offers it."""
    book.customers(customer("C-1", segment="vip"))
    book.items(invoice("R-1", 90_000, due_on=MONTH))
    book.take("history", contacted("R-1", "account_manager_note", TODAY - 16 * DAY))
    Evening(scope).look()
    grant(scope, "plan_offer")
    assert (states(scope, "plan_offer"), open_tasks(scope)) == (["in_force"], ["offer_plan"])


# --- one error stops no other -------------------------------------------------------------------


def test_one_that_cannot_be_judged_stops_no_other(
    suspended: Scope, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said, and the others are lifted."""
    book.customers(customer("C-0"))
    book.items(invoice("S-1", 10_000, customer="C-0", due_on=MONTH))
    whole = lifting.over

    def broken(scope: Scope, row: models.Measure, *seen: Any) -> str:
        if row.kind == "credit_hold":
            raise ZeroDivisionError("a bug")
        return whole(scope, row, *seen)

    by_hand(suspended, kind="credit_hold")
    monkeypatch.setattr(lifting, "over", broken)
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    assert states(suspended) == ["lifting"]
    assert "ZeroDivisionError" in settle.nightly(suspended, as_of=TODAY, now=NOW)[0]
