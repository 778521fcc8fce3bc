"""Calls: what counts as one made, the step that waits for it, and what follows (6.6)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from evening import DAY, Evening, at, contacted, person

from dunwell.core import calls as rules
from dunwell.core.decision import Wait
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import call, call_queue, dispute, hold, settle
from dunwell.store import models, personal, tx
from helpers import TODAY, Book, cache_faults, customer, invoice, payment, reversal

TEN, THREE = dt.time(10), dt.time(15)


@pytest.fixture
def vip(scope: Scope, book: Book) -> Evening:
    """A call by the account manager is planned with C-1, a VIP; TODAY is its day."""
    book.customers(
        customer("C-1", segment="vip", account_owner="vera", phone="+49 30 1111", name="Lowry")
    )
    book.take(
        "contacts",
        person("ap", phone="+49 30 2222", mobile="+49 170 3", best_time="mornings"),
        person("manager", phone="+49 30 4444"),
    )
    book.items(invoice("R-1", 90_000, due_on=TODAY - 7 * DAY))
    evening = Evening(scope)
    evening.look()
    return evening


def said(outcome: str, day: dt.date = TODAY, time: dt.time = TEN, **more: Any) -> call.Said:
    """What a person says of a call."""
    return call.Said(outcome=outcome, on=day, at_time=time, **more)


def noted(
    evening: Evening, outcome: str, day: dt.date = TODAY, time: dt.time = TEN, **more: Any
) -> dict[str, Any]:
    """Note a call with C-1."""
    return call.open_call(
        evening.scope, "C-1", said(outcome, day, time, **more), today=day, now=at(day, 16)
    )


def rows(scope: Scope, model: Any, **more: Any) -> list[Any]:
    """Return the rows of a table."""
    with tx.reading(scope):
        return list(model.objects.filter(organisation_id=scope.organisation_id, **more))


def tasks(scope: Scope, **more: Any) -> list[tuple[str, str]]:
    """Return kind and state of every task, oldest first."""
    return [(t.kind, t.state) for t in sorted(rows(scope, models.Task, **more), key=lambda t: t.pk)]


def test_a_planned_call_waits_with_a_task(vip: Evening) -> None:
    """The case is in flight until the call is made; its task is the account owner's."""
    assert vip.states() == [("call", "waiting")]
    (task,) = rows(vip.scope, models.Task)
    assert (task.kind, task.owner, task.due_on) == ("call", "vera", dt.date(2026, 3, 4))
    made = vip.decided(day=TODAY + 9 * DAY)
    assert isinstance(made, Wait)
    assert made.reason == "in_flight"


@pytest.mark.parametrize("outcome", ["reached", "dispute", "refused"])
def test_whoever_is_reached_takes_the_step(vip: Evening, outcome: str) -> None:
    """The step is taken that day, its task is done, and the next demand keeps its distance."""
    done = noted(vip, outcome)
    assert done["made"]
    assert vip.steps("R-1") == [("account_manager_call", TODAY)]
    assert vip.states() == [("call", "sent")]
    assert ("call", "done") in tasks(vip.scope)
    (contact,) = rows(vip.scope, models.Outreach)
    assert (contact.by_hand, contact.reached, contact.tone) == (True, True, "friendly")
    assert [(d.kind, d.channel) for d in rows(vip.scope, models.Done)] == [("call", "call")]
    (receipt,) = rows(vip.scope, models.Receipt)
    assert receipt.kind == "by_hand"


@pytest.mark.parametrize("outcome", sorted({*rules.LEFT_WORD, *rules.IN_VAIN}))
def test_one_try_that_reaches_nobody_takes_nothing(vip: Evening, outcome: str) -> None:
    """It is an attempt: the call still waits, and nobody was contacted."""
    assert not noted(vip, outcome)["made"]
    assert vip.steps("R-1") == []
    assert vip.states() == [("call", "waiting")]
    assert ("call", "open") in tasks(vip.scope)
    assert rows(vip.scope, models.Outreach) == []
    assert [d.kind for d in rows(vip.scope, models.Done)] == ["attempt"]


def test_two_voicemails_at_other_times_stand_for_one(vip: Evening) -> None:
    """On other days and at another time of day; nobody was reached, so nothing is held back."""
    assert not noted(vip, "voicemail", TODAY, TEN)["made"]
    assert not noted(vip, "voicemail", TODAY + DAY, TEN)["made"]
    done = noted(vip, "gatekeeper", TODAY + 2 * DAY, THREE)
    assert done["made"]
    assert vip.steps("R-1") == [("account_manager_call", TODAY + 2 * DAY)]
    assert rows(vip.scope, models.Outreach) == []


def test_busy_lines_never_stand_for_a_call(vip: Evening) -> None:
    """However many, on however many days."""
    for n in range(6):
        time = TEN if n % 2 else THREE
        assert not noted(vip, ("busy", "no_answer")[n % 2], TODAY + n * DAY, time)["made"]
    assert vip.steps("R-1") == []


def test_a_wrong_number_is_repaired_and_another_is_tried(vip: Evening) -> None:
    """The route is broken, a task says so, and the queue goes on to the next contact."""
    first = call_queue.queue(vip.scope, as_of=TODAY)[0]["contact"]
    assert first["number"] == "+49 30 1111"
    noted(vip, "wrong_number")
    assert ("repair_route", "open") in tasks(vip.scope)
    (row,) = call_queue.queue(vip.scope, as_of=TODAY)
    assert row["contact"]["number"] == "+49 30 2222"
    assert [o["number"] for o in row["others"]] == ["+49 170 3", "+49 30 4444"]
    # The right number ends the task by itself.
    book = Book(vip.scope)
    book.customers(customer("C-1", phone="+49 30 9999"))
    settle.nightly(vip.scope, as_of=TODAY, now=at(TODAY, 20))
    assert ("repair_route", "done") in tasks(vip.scope)


def test_the_next_try_is_at_another_time_of_day(vip: Evening) -> None:
    """What failed in the morning is tried later in the day."""
    assert call_queue.queue(vip.scope, as_of=TODAY)[0]["suggested"] == "09:00 in the morning"
    noted(vip, "voicemail", TODAY, dt.time(9, 30))
    (row,) = call_queue.queue(vip.scope, as_of=TODAY)
    assert (row["attempts"], row["suggested"]) == (1, "11:30 before noon")
    assert row["last"] == "2026-03-02 09:30 voicemail"


def test_the_script_has_the_figures_of_the_day(vip: Evening, book: Book) -> None:
    """What was paid since is not demanded on the telephone."""
    found = call_queue.prepare(vip.scope, "C-1", as_of=TODAY)
    assert "900.00" in found["calls"][0]["script"]
    book.payments(payment("P-1", 40_000, items=[("R-1", None)]))
    script = call_queue.prepare(vip.scope, "C-1", as_of=TODAY)["calls"][0]["script"]
    assert "500.00" in script
    assert "Lowry" in script or "R-1" in script


def test_nobody_is_called_who_must_not_be_chased(vip: Evening) -> None:
    """A hold keeps the call recorded, and out of the queue with its reason."""
    hold.open_hold(
        vip.scope, "C-1", items=[], amount_minor=None, on=TODAY, until=None, reason="audit",
        now=at(TODAY),
    )  # fmt: skip
    (row,) = call_queue.queue(vip.scope, as_of=TODAY)
    assert row["held_back"] == "on_hold"
    assert vip.states() == [("call", "waiting")]


def test_a_call_about_what_is_paid_is_taken_back(vip: Evening, book: Book) -> None:
    """The same minute the money comes in, with its task."""
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    assert vip.states() == [("call", "cancelled")]
    assert tasks(vip.scope) == [("call", "done")]
    assert call_queue.queue(vip.scope, as_of=TODAY) == []


def test_a_call_partly_paid_for_stays(vip: Evening, book: Book) -> None:
    """A part payment takes back nothing."""
    book.payments(payment("P-1", 10_000, items=[("R-1", None)]))
    assert vip.states() == [("call", "waiting")]


def test_a_promise_on_the_phone_is_a_promise(vip: Evening) -> None:
    """It stops its amount until its day, and the call is made."""
    done = noted(
        vip, "promise", promise_by=TODAY + 7 * DAY, promise_amount=Decimal("900.00"),
        note="Ms Kern promised the whole",
    )  # fmt: skip
    (row,) = rows(vip.scope, models.Promise)
    assert (row.by_on, row.amount_minor, row.origin) == (TODAY + 7 * DAY, 90_000, "call")
    assert done["promise"] == row.stop_id
    made = vip.decided(day=TODAY + DAY)
    assert isinstance(made, Wait)
    assert made.reason == "promise_open"


def test_what_is_to_follow_becomes_a_task(vip: Evening) -> None:
    """A reminder on its day, for whoever called."""
    noted(vip, "reached", follow_up_on=TODAY + 3 * DAY)
    open_now = rows(vip.scope, models.Task, state="open")
    assert [(t.kind, t.owner, t.due_on) for t in open_now] == [
        ("follow_up", "anna", TODAY + 3 * DAY)
    ]  # fmt: skip


def test_a_dispute_told_on_the_phone_is_open_with_the_call(vip: Evening, book: Book) -> None:
    """Over what the planned call was about, and before who looks after it; nothing else."""
    book.items(invoice("R-2", 5_000, due_on=TODAY - DAY))
    done = noted(vip, "dispute", dispute_code="quantity", note="only half came")
    (row,) = dispute.listed(vip.scope, customer="C-1", as_of=TODAY)
    assert (row["id"], row["code"], row["owner"]) == (done["dispute"], "quantity", "vera")
    assert [(i["number"], i["amount_minor"]) for i in row["items"]] == [("R-1", 90_000)]
    assert row["note"] == "only half came"
    assert tasks(vip.scope) == [("call", "done"), ("dispute", "open")]


def test_part_of_one_item_may_be_disputed_on_the_phone(vip: Evening, book: Book) -> None:
    """The item and the amount as the customer names them; without a code it is about other."""
    book.items(invoice("R-2", 5_000, due_on=TODAY - DAY))
    noted(vip, "dispute", items=("R-2",), dispute_amount=Decimal("12.50"))
    (row,) = dispute.listed(vip.scope, customer="C-1", as_of=TODAY)
    assert row["code"] == "other"
    assert [(i["number"], i["amount_minor"]) for i in row["items"]] == [("R-2", 1_250)]


def test_a_dispute_that_cannot_be_leaves_no_call(vip: Evening) -> None:
    """One transaction: more than is open is refused, and nothing of it stays."""
    with pytest.raises(Refused) as refused:
        noted(vip, "dispute", items=("R-1",), dispute_amount=Decimal("900.01"))
    assert refused.value.reason == "above_open"
    assert rows(vip.scope, models.Call) == []
    assert rows(vip.scope, models.Dispute) == []


def test_where_nothing_is_left_to_dispute_it_is_a_reminder(vip: Evening) -> None:
    """What is in dispute already is not disputed again unless it is named."""
    noted(vip, "dispute")
    done = noted(vip, "dispute", TODAY + DAY)
    assert "dispute" not in done
    assert len(rows(vip.scope, models.Dispute)) == 1
    (task,) = rows(vip.scope, models.Task, kind="follow_up")
    assert task.note == f"Open the dispute told on the phone on {TODAY + DAY}."


def test_a_call_nobody_planned_is_a_contact_and_no_step(vip: Evening) -> None:
    """Made before the plan was: it takes nothing, and keeps the next demand its distance."""
    done = noted(vip, "reached", TODAY)
    assert done["confirmed"]
    again = noted(vip, "reached", TODAY + DAY)
    assert again["made"]
    assert again["confirmed"] == []
    assert vip.steps("R-1") == [("account_manager_call", TODAY)]
    assert len(rows(vip.scope, models.Outreach)) == 2


def test_a_call_by_hand_is_the_step_a_person_says(scope: Scope, book: Book) -> None:
    """Only the one each item takes next, and none that waits for an approval."""
    book.customers(customer("C-1", phone="1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 3 * DAY))
    evening = Evening(scope)
    for step, reason in (
        ("second_notice", "not_next"), ("no_such", "unknown_step"), ("final_demand", "not_next"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            noted(evening, "reached", step=step)
        assert refused.value.reason == reason
    noted(evening, "reached", step="first_reminder")
    assert evening.steps("R-1") == [("first_reminder", TODAY)]
    assert isinstance(evening.decided(day=TODAY), Wait)


@pytest.mark.parametrize(
    ("outcome", "more", "reason"),
    [
        ("reached", {"on": TODAY + DAY}, "date_ahead"),
        ("voicemail", {"on": TODAY - DAY, "at_time": None}, "time_missing"),
        ("promise", {}, "promise_day"),
        ("reached", {"promise_by": TODAY + DAY}, "promise_day"),
        ("reached", {"dispute_code": "price"}, "not_disputed"),
        ("promise", {"promise_by": TODAY + DAY, "dispute_amount": Decimal(1)}, "not_disputed"),
        ("reached", {"follow_up_on": TODAY - DAY}, "date_passed"),
        ("reached", {"minutes": -1}, "bad_minutes"),
        ("reached", {"contact": "legal"}, "unknown_contact"),
        ("reached", {"action": "0" * 32}, "unknown_call"),
        ("reached", {"step": "account_manager_call"}, "step_waits"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(
    vip: Evening, outcome: str, more: dict[str, Any], reason: str
) -> None:
    """Nothing is written."""
    with pytest.raises(Refused) as refused:
        call.open_call(
            vip.scope, "C-1", said(outcome)._replace(**more), today=TODAY, now=at(TODAY, 16)
        )
    assert refused.value.reason == reason
    assert rows(vip.scope, models.Call) == []
    assert vip.states() == [("call", "waiting")]


def test_a_step_by_hand_comes_after_the_one_before_it(scope: Scope, book: Book) -> None:
    """Backdated before the last step it cannot be; on that step's day it can."""
    book.customers(customer("C-1", phone="1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 12 * DAY))
    evening = Evening(scope)
    noted(evening, "reached", step="first_reminder")
    with pytest.raises(Refused) as refused:
        noted(evening, "reached", TODAY - DAY, step="second_notice")
    assert refused.value.reason == "date_passed"
    noted(evening, "reached", TODAY + DAY, step="second_notice")
    assert [s for s, _ in evening.steps("R-1")] == ["first_reminder", "second_notice"]
    assert cache_faults(scope) == []


def test_a_wrong_number_needs_a_number(scope: Scope, book: Book) -> None:
    """Where none is known there is nothing to repair."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 12 * DAY))
    with pytest.raises(Refused) as refused:
        noted(Evening(scope), "wrong_number")
    assert refused.value.reason == "unknown_number"


def test_a_final_demand_by_hand_needs_its_approval(scope: Scope, book: Book) -> None:
    """Approved, it is the step; lapsed, it is not."""
    book.customers(customer("C-1", phone="1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 70 * DAY))
    book.take("contacts", person("executive", phone="2"))
    book.take("history", contacted("R-1", "pre_collections", TODAY - 20 * DAY))
    evening = Evening(scope)
    evening.look()
    with pytest.raises(Refused) as refused:
        noted(evening, "reached", step="final_demand")
    assert refused.value.reason == "not_approved"
    evening.approve_all(TODAY)
    with pytest.raises(Refused) as refused:
        noted(evening, "reached", TODAY + 30 * DAY, step="final_demand")
    assert refused.value.reason == "not_approved"
    noted(evening, "reached", step="final_demand")
    assert evening.steps("R-1")[-1] == ("final_demand", TODAY)


def test_words_said_stay_out_of_the_journal(vip: Evening) -> None:
    """A note is personal, and can be erased."""
    done = noted(vip, "reached", note="Eva Kern is ill", contact="manager")
    events = rows(vip.scope, models.Event)
    assert not any("Kern" in e.refs for e in events)
    assert any(e.verb == "called" for e in events)
    with tx.transaction_of(vip.scope):
        assert personal.erase(vip.scope, "call", done["id"], at=at(TODAY)) == 1
    (row,) = call.history(vip.scope, customer="C-1")
    assert (row["contact"], row["note"]) == ("manager", "")


def test_a_call_answers_what_was_to_be_called_about(vip: Evening, book: Book) -> None:
    """A returned payment wants a call; one made ends that task too."""
    book.payments(payment("P-1", 5_000, items=[("R-1", None)]))
    book.payments(reversal("X-1", 5_000, reverses="P-1"))
    assert ("returned_payment", "open") in tasks(vip.scope)
    noted(vip, "voicemail")
    assert ("returned_payment", "open") in tasks(vip.scope)
    noted(vip, "reached")
    assert ("returned_payment", "done") in tasks(vip.scope)
