"""What waits for a role, told whole; and an answer taken back while nothing has come of it."""

from __future__ import annotations

import pytest
from ended import ended, people
from evening import DAY, NINE, Evening, contacted, person

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import approve, asked, found, hold, measure, placement, plan
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, invoice, payment

ALL = ("manager", "executive", "legal")


@pytest.fixture
def demanded(scope: Scope, book: Book) -> Evening:
    """A final demand to C-1 waits for the manager."""
    book.customers(customer("C-1", name="Lowry"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 70 * DAY))
    book.take("contacts", person("executive", email="exec@example.com"))
    book.take("history", contacted("R-1", "pre_collections", TODAY - 20 * DAY))
    evening = Evening(scope)
    evening.look()
    return evening


def only(scope: Scope, *roles: str) -> asked.Waiting:
    """Return the one notice that waits, as somebody with these roles sees it."""
    rows = asked.waiting(scope, who="cleo", roles=roles or ALL)
    (row,) = [w for w in rows if w.what == "notice"]
    return row


def one(scope: Scope, key: str) -> asked.Question:
    """Return a question as cleo sees it."""
    return asked.one(scope, key, who="cleo", roles=ALL, as_of=TODAY)


def test_a_question_says_what_it_is_about(demanded: Evening) -> None:
    """Whose, what, how much, which items, who must answer, and whether whoever looks may."""
    row = only(demanded.scope)
    assert (row.step, row.role, row.name, row.is_mine) == ("final_demand", "manager", "Lowry", True)
    assert only(demanded.scope, "collector").is_mine is False
    question = one(demanded.scope, row.key)
    assert [(i.label, i.open_minor) for i in question.items] == [("R-1", 90_000)]
    assert question.state == "asked"


def test_what_was_paid_meanwhile_is_not_listed(demanded: Evening, book: Book) -> None:
    """A question whose items are all paid asks nothing any more."""
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    assert asked.waiting(demanded.scope, who="cleo", roles=ALL) == []


def test_its_mark_moves_with_whatever_changes(demanded: Evening, book: Book) -> None:
    """A payment, a stop or an answer makes it another question than the one that was seen."""
    key = only(demanded.scope).key
    marks = [one(demanded.scope, key).mark]
    assert one(demanded.scope, key).mark == marks[0]
    book.payments(payment("P-1", 1_000, items=[("R-1", None)]))
    marks.append(one(demanded.scope, key).mark)
    hold.open_hold(
        demanded.scope, "C-1", items=[], amount_minor=None, on=TODAY, until=None, reason="audit",
        now=NOW,
    )  # fmt: skip
    marks.append(one(demanded.scope, key).mark)
    approve.approve(demanded.scope, key, as_of=TODAY, now=NOW)
    marks.append(one(demanded.scope, key).mark)
    assert len(set(marks)) == 4


def test_a_yes_covers_what_was_seen_today(demanded: Evening, book: Book) -> None:
    """A question asked over less is shown, and approved, with today's figures; it then goes."""
    key = only(demanded.scope).key
    book.items(invoice("R-2", 5_000, due_on=TODAY - 40 * DAY))
    question = one(demanded.scope, key)
    assert question.of.amounts == (("EUR", 95_000),)
    assert [i.label for i in question.items] == ["R-1", "R-2"]
    asked.restate(demanded.scope, key, as_of=TODAY, now=NOW)
    assert one(demanded.scope, key).mark == question.mark
    approve.approve(demanded.scope, key, as_of=TODAY, now=NOW)
    assert demanded.decided().step == "final_demand"


def test_an_approved_notice_is_asked_again_when_taken_back(demanded: Evening) -> None:
    """Nothing goes out by it then; the same question waits under the same key."""
    key = only(demanded.scope).key
    approve.approve(demanded.scope, key, as_of=TODAY, now=NOW)
    assert demanded.decided().step == "final_demand"
    asked.take_back(demanded.scope, key, on=TODAY, now=NOW)
    assert only(demanded.scope).key == key
    demanded.look()
    assert demanded.outbox() == []
    approve.approve(demanded.scope, key, as_of=TODAY, now=NOW)
    demanded.look()
    assert {a.step for a in demanded.outbox()} == {"final_demand"}


def test_what_is_on_its_way_is_not_taken_back(demanded: Evening) -> None:
    """Once the message is recorded, the answer has had its effect."""
    key = only(demanded.scope).key
    approve.approve(demanded.scope, key, as_of=TODAY, now=NOW)
    demanded.look()
    demanded.send(NINE)
    with pytest.raises(Refused) as error:
        asked.take_back(demanded.scope, key, on=TODAY, now=NOW)
    assert error.value.reason == "too_late"


def test_a_refusal_taken_back_ends_its_hold(demanded: Evening) -> None:
    """The items are free again and the question waits again."""
    key = only(demanded.scope).key
    approve.refuse(demanded.scope, key, reason="not yet", until=None, as_of=TODAY, now=NOW)
    (held,) = hold.listed(demanded.scope, customer="C-1")
    assert held["state"] == "open"
    asked.take_back(demanded.scope, key, on=TODAY, now=NOW)
    (held,) = hold.listed(demanded.scope, customer="C-1")
    assert held["state"] == "released"
    assert only(demanded.scope).key == key


def test_only_who_answered_takes_it_back(demanded: Evening) -> None:
    """Somebody else's answer stands."""
    key = only(demanded.scope).key
    approve.approve(demanded.scope, key, as_of=TODAY, now=NOW)
    found.add_user(demanded.scope, "dora", roles=["manager"], now=NOW)
    with pytest.raises(Refused) as error:
        asked.take_back(demanded.scope._replace(actor="dora"), key, on=TODAY, now=NOW)
    assert error.value.reason == "not_yours"


def test_a_measure_names_who_will_be_told_and_is_lifted_when_taken_back(
    scope: Scope, book: Book
) -> None:
    """A suspension approved by mistake is over at once, by a record of its own; once only."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 30 * DAY))
    book.take("history", contacted("R-1", "final_notice", TODAY - 15 * DAY))
    Evening(scope).look()
    (row,) = asked.waiting(scope, who="cleo", roles=ALL)
    about = asked.about(scope, one(scope, row.key), as_of=TODAY)
    assert (about["event"], about["hooks"]) == ("suspension.requested", [])
    approve.approve(scope, row.key, as_of=TODAY, now=NOW)
    asked.take_back(scope, row.key, on=TODAY, now=NOW)
    (made,) = measure.listed(scope, "suspension")
    assert made["state"] == "lifting"
    with pytest.raises(Refused) as error:
        asked.take_back(scope, row.key, on=TODAY, now=NOW)
    assert error.value.reason == "too_late"


def test_a_plan_shows_its_instalments_and_ends_when_taken_back(scope: Scope, book: Book) -> None:
    """Approved by mistake, it is withdrawn; what it covered is chased as before."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000))
    ben, cleo = people(scope)
    plan.open_plan(
        ben, "C-1", items=[], instalments=3, first_on=TODAY + 30 * DAY, on=TODAY, now=NOW
    )  # fmt: skip
    (row,) = asked.waiting(scope, who="cleo", roles=ALL)
    about = asked.about(scope, one(scope, row.key), as_of=TODAY)
    assert [i["amount_minor"] for i in about["row"]["instalments"]] == [30_000] * 3
    approve.approve(cleo, row.key, as_of=TODAY, now=NOW)
    asked.take_back(cleo, row.key, on=TODAY, now=NOW)
    (made,) = plan.listed(scope, customer="C-1", as_of=TODAY)
    assert made["state"] == "withdrawn"


def test_a_placement_shows_its_checklist_and_what_it_is_worth(scope: Scope, book: Book) -> None:
    """The rows that are open, and an agency set against going on."""
    ended(book)
    ben, _ = people(scope)
    key = placement.propose(ben, "C-1", as_of=TODAY, now=NOW)["id"]
    question = one(scope, key)
    about = asked.about(scope, question, as_of=TODAY)
    assert not about["checklist"]["is_complete"]
    assert about["worth"]["expected"]["amount_minor"] == 90_000
    assert not asked.can_take_back("placement", "granted")
    with tx.transaction_of(scope):
        models.Approval.objects.filter(organisation_id=scope.organisation_id).update(
            state="granted", decided_by="cleo", decided_on=TODAY
        )
    with pytest.raises(Refused):
        asked.take_back(scope._replace(actor="cleo"), key, on=TODAY, now=NOW)


def test_nobody_asked_under_a_key_is_said(scope: Scope) -> None:
    """A key that was never asked is refused."""
    with pytest.raises(Refused) as error:
        one(scope, "0000")
    assert error.value.reason == "nothing_asked"
