"""Calls and notes logged in error: taken back by a record of their own, they count as nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from evening import DAY, Evening, at, contacted, person

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import call, call_queue, dispute, note, promise, worklist
from dunwell.store import models, tx
from helpers import TODAY, Book, cache_faults, customer, invoice

TEN, THREE = dt.time(10), dt.time(15)
NOON = at(TODAY, 11)


@pytest.fixture
def vip(scope: Scope, book: Book) -> Evening:
    """A call by the account manager is planned with C-1, a VIP; TODAY is its day."""
    book.customers(
        customer("C-1", segment="vip", account_owner="vera", phone="+49 30 1111", name="Lowry")
    )
    book.take("contacts", person("ap", phone="+49 30 2222", mobile="+49 170 3"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 7 * DAY))
    evening = Evening(scope)
    evening.look()
    return evening


def noted(
    vip: Evening, outcome: str, *, on: dt.date = TODAY, time: dt.time = TEN, **more: Any
) -> int:
    """Note a call with C-1; return its number."""
    said = call.Said(outcome=outcome, on=on, at_time=time, **more)
    done = call.open_call(vip.scope, "C-1", said, today=on, now=at(on, 16))
    return int(done["id"])


def back(vip: Evening, number: int, on: dt.date = TODAY) -> None:
    """Take a call back."""
    call.close_call(vip.scope, number, on=on, now=at(on, 17))


def rows(scope: Scope, model: Any, **more: Any) -> list[Any]:
    """Return the rows of a table."""
    with tx.reading(scope):
        return list(model.objects.filter(organisation_id=scope.organisation_id, **more))


def standing(vip: Evening) -> tuple[Any, ...]:
    """Return all that a call moves: the outbox, steps, tasks, contacts, the queue, the worklist."""
    queue = call_queue.queue(vip.scope, as_of=TODAY)
    found = worklist.run(vip.scope, as_of=TODAY)
    return (
        vip.states(), vip.steps("R-1"),
        sorted((t.kind, t.state, t.owner, t.outcome) for t in rows(vip.scope, models.Task)),
        len(rows(vip.scope, models.Outreach, voided_on__isnull=True)),
        [(d.kind, d.on) for d in rows(vip.scope, models.Done)],
        [(r["what"], r["attempts"], r["last"], r["suggested"], r["held_back"]) for r in queue],
        [(r.of.customer, r.next_action, r.why) for r in found.rows], found.left_out,
        getattr(vip.decided(day=TODAY + 2 * DAY), "reason", None),
    )  # fmt: skip


@pytest.mark.parametrize("outcome", ["reached", "refused", "voicemail", "no_answer", "promise"])
def test_a_call_taken_back_leaves_everything_as_it_was(vip: Evening, outcome: str) -> None:
    """Outbox, steps, tasks, contacts, the queue, the worklist and what comes next are as before."""
    before = standing(vip)
    more = {"promise_by": TODAY + 3 * DAY} if outcome == "promise" else {}
    number = noted(vip, outcome, **more)
    assert standing(vip) != before
    back(vip, number)
    assert standing(vip) == before
    with tx.reading(vip.scope):
        assert {p["state"] for p in promise.listed(vip.scope, customer="C-1", as_of=TODAY)} <= {
            "withdrawn"
        }
        assert cache_faults(vip.scope) == []
    (row,) = call.history(vip.scope, customer="C-1")
    assert (row["withdrawn_on"], row["withdrawn_by"]) == (TODAY, vip.scope.actor)
    assert [e.verb for e in rows(vip.scope, models.Event)][-1] == "call_withdrawn"


def test_what_followed_from_a_call_ends_with_it(vip: Evening) -> None:
    """The dispute it opened is no more, nor the reminder; the number it called wrong is used."""
    number = noted(vip, "dispute", dispute_code="price", follow_up_on=TODAY + DAY)
    back(vip, number)
    (row,) = dispute.listed(vip.scope, customer="C-1", as_of=TODAY)
    assert (row["state"], row["outcome"]) == ("ended", "withdrawn")
    assert not [t for t in rows(vip.scope, models.Task, state="open") if t.kind != "call"]
    wrong = noted(vip, "wrong_number")
    assert rows(vip.scope, models.Route, invalid_reason="wrong number")
    back(vip, wrong)
    assert not rows(vip.scope, models.Route, invalid_reason="wrong number")


def test_a_call_the_case_went_on_from_is_not_put_back_into_the_queue(vip: Evening) -> None:
    """Its step is not taken after all, and nobody is sent to make a call that is too late."""
    number = noted(vip, "reached")
    later = TODAY + 21 * DAY
    vip.look(later)
    vip.send(at(later))
    assert len(vip.states()) > 1, "something went out since"
    back(vip, number, on=later)
    assert vip.states()[0] == ("call", "cancelled")
    assert "account_manager_call" not in [step for step, _ in vip.steps("R-1")]


def test_a_voicemail_that_makes_a_call_with_another_goes_last(vip: Evening) -> None:
    """The later of the two is taken back first; then the earlier one may be."""
    first = noted(vip, "voicemail")
    second = noted(vip, "gatekeeper", on=TODAY + DAY, time=THREE)
    with pytest.raises(Refused) as error:
        back(vip, first, on=TODAY + DAY)
    assert error.value.reason == "counted_together"
    back(vip, second, on=TODAY + DAY)
    back(vip, first, on=TODAY + DAY)
    assert vip.states() == [("call", "waiting")]
    with pytest.raises(Refused) as error:
        back(vip, first, on=TODAY + DAY)
    assert error.value.reason == "over_already"


def test_a_note_of_a_contact_taken_back_is_no_contact(scope: Scope, book: Book) -> None:
    """The step it said it was is open again, and the next message goes as if nobody had written."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 20 * DAY))
    book.take("history", contacted("R-1", "first_reminder", TODAY - 12 * DAY))
    evening = Evening(scope)
    before = evening.decided(), evening.steps("R-1")
    said = note.Said("wrote myself", contacted="email", step="second_notice")
    made = note.open_note(scope, "C-1", said, on=TODAY, today=TODAY, now=NOON)
    assert (evening.decided(), evening.steps("R-1")) != before
    note.close_note(scope, made["id"], on=TODAY, now=NOON)
    assert (evening.decided(), evening.steps("R-1")) == before
    assert rows(scope, models.Done) == []
    (row,) = note.listed(scope, customer="C-1")
    assert row["withdrawn_on"] == TODAY
    with pytest.raises(Refused):
        note.close_note(scope, made["id"], on=TODAY, now=NOON)
