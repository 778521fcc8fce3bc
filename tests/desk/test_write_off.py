"""Giving a debt up: who may, what it stops, how it is taken back, what is reported (7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ended import open_tasks, people, verbs
from evening import DAY, Evening

from dunwell.core.decision import Act, Ask, Wait
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import approve, found, hold, settle, write_off
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, invoice, payment


@pytest.fixture
def owing(book: Book) -> Book:
    """C-1 owes two invoices of EUR 400.00 and 5.00; ben proposes, cleo answers."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 40_000), invoice("R-2", 500))
    people(book.scope)
    return book


def proposed(book: Book, *items: str, **said: Any) -> dict[str, Any]:
    """Let ben propose a write-off today."""
    given: dict[str, Any] = {"amount": None, "reason": "gone", "entity": None} | said
    ben = book.scope._replace(actor="ben")
    return write_off.propose(ben, "C-1", items=list(items), as_of=TODAY, now=NOW, **given)


def answered(book: Book, made: dict[str, Any], by: str = "cleo") -> None:
    """Let somebody approve it."""
    approve.approve(book.scope._replace(actor=by), made["approval"], as_of=TODAY, now=NOW)


@pytest.mark.parametrize(
    ("minor", "role"),
    [(500, "collector"), (501, "manager"), (100_000, "manager"), (100_001, "executive")],
)
def test_the_amount_says_who_answers(book: Book, minor: int, role: str) -> None:
    """The small balance a collector, up to 1,000 a manager, above it an executive."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", minor))
    assert proposed(book)["role"] == role


def test_what_is_written_off_is_stopped_and_stays_in_the_book(owing: Book) -> None:
    """Nothing is posted; the item is open, and chased no more."""
    made = proposed(owing, "R-1")
    assert made["amounts"] == [{"currency": "EUR", "amount_minor": 40_000}]
    evening = Evening(owing.scope)
    assert isinstance(evening.decided(), Act), "asked is not done"
    answered(owing, made)
    act = evening.decided()
    assert isinstance(act, Act)
    assert act.lines == ((owing.item("R-2").pk, 500),)
    assert owing.open("R-1") == 40_000
    (row,) = write_off.listed(owing.scope)
    assert [row[k] for k in ("state", "reason", "proposed_by", "approved_by")] == [
        "written_off", "gone", "ben", "cleo",
    ]  # fmt: skip
    with pytest.raises(Refused, match="left the ladder already"):
        proposed(owing, "R-1")


def test_four_eyes_and_the_persons_own_limit(owing: Book) -> None:
    """Who proposed it may not approve it; a limit below the amount does not cover it."""
    made = proposed(owing, "R-1")
    with pytest.raises(Refused, match="somebody else must answer") as refusal:
        answered(owing, made, by="ben")
    assert refusal.value.reason == "own_proposal"
    limited(owing.scope, 39_999)
    with pytest.raises(Refused, match=r"limit of cleo as manager, EUR 399\.99") as refusal:
        answered(owing, made)
    assert refusal.value.reason == "over_limit"
    limited(owing.scope, 40_000)
    answered(owing, made)
    assert write_off.listed(owing.scope)[0]["state"] == "written_off"


def limited(scope: Scope, minor: int) -> None:
    """Set cleo's limit as a manager."""
    with tx.transaction_of(scope):
        models.Membership.objects.filter(
            organisation_id=scope.organisation_id, user__name="cleo", role="manager"
        ).update(limit_minor=minor)


def test_a_part_of_an_item_may_be_given_up(owing: Book) -> None:
    """The rest is chased on; more than is open of it cannot be given up."""
    with pytest.raises(Refused, match=r"only EUR 400\.00 of R-1"):
        proposed(owing, "R-1", amount=Decimal("400.01"))
    with pytest.raises(Refused, match="one item"):
        proposed(owing, "R-1", "R-2", amount=Decimal(5))
    answered(owing, proposed(owing, "R-1", amount=Decimal("150.00")))
    act = Evening(owing.scope).decided()
    assert isinstance(act, Act)
    assert dict(act.lines)[owing.item("R-1").pk] == 25_000


def test_a_write_off_needs_a_reason_and_something_open(owing: Book) -> None:
    """Nothing is asked otherwise."""
    with pytest.raises(Refused, match="--reason"):
        proposed(owing, reason=" ")
    owing.payments(payment("P-1", 40_500, items=[("R-1", None), ("R-2", None)]))
    with pytest.raises(Refused) as refusal:
        proposed(owing)
    assert refusal.value.reason == "nothing_open"
    assert write_off.listed(owing.scope) == []


def test_what_was_paid_before_the_answer_is_not_written_off(owing: Book) -> None:
    """Only what is left that day is given up; nothing left, it is refused."""
    made = proposed(owing, "R-1")
    owing.payments(payment("P-1", 10_000, items=[("R-1", None)]))
    answered(owing, made)
    assert write_off.listed(owing.scope)[0]["amounts"] == [
        {"currency": "EUR", "amount_minor": 30_000}
    ]
    made = proposed(owing, "R-2")
    owing.payments(payment("P-2", 500, items=[("R-2", None)]))
    with pytest.raises(Refused) as refusal:
        answered(owing, made, by="anna")
    assert refusal.value.reason == "nothing_open"


def test_a_write_off_can_be_reversed(owing: Book) -> None:
    """Its items are chased again where they had stopped; it stays on record."""
    made = proposed(owing, "R-1")
    more: dict[str, Any] = {"as_of": TODAY + DAY, "now": NOW}
    with pytest.raises(Refused) as refusal:
        write_off.close(owing.scope, made["id"], reason="they pay", **more)
    assert refusal.value.reason == "nothing_to_close"
    answered(owing, made)
    with pytest.raises(Refused, match="--reason"):
        write_off.close(owing.scope, made["id"], reason="", **more)
    write_off.close(owing.scope, made["id"], reason="they pay", **more)
    (row,) = write_off.listed(owing.scope, customer="C-1")
    assert (row["state"], row["reversed_on"]) == ("reversed", TODAY + DAY)
    act = Evening(owing.scope).decided(day=TODAY + DAY)
    assert isinstance(act, Act)
    assert owing.item("R-1").pk in dict(act.lines)
    assert "write_off_reversed" in verbs(owing.scope)


def test_a_refused_write_off_stays_on_the_ladder(owing: Book) -> None:
    """Nothing is held, and it is kept as refused."""
    made = proposed(owing, "R-1")
    approve.refuse(
        owing.scope, made["approval"], reason="they pay", until=None, as_of=TODAY, now=NOW
    )
    assert write_off.listed(owing.scope)[0]["state"] == "refused"
    assert hold.listed(owing.scope, customer="C-1") == []
    assert isinstance(Evening(owing.scope).decided(), Act)


def test_what_is_paid_after_all_is_reported_once(owing: Book) -> None:
    """A task for the manager; credits do not count as paid."""
    answered(owing, proposed(owing, "R-1"))
    settle.nightly(owing.scope, as_of=TODAY, now=NOW)
    assert open_tasks(owing.scope, "write_off_paid") == []
    owing.payments(payment("P-1", 10_000, items=[("R-1", None)]))
    settle.nightly(owing.scope, as_of=TODAY, now=NOW)
    assert len(open_tasks(owing.scope, "write_off_paid")) == 1
    assert verbs(owing.scope).count("write_off_paid") == 1


def test_a_small_balance_a_run_proposed_gets_its_row_too(scope: Scope, book: Book) -> None:
    """Proposed by nobody, approved by the manager; it is listed like any other."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 499, due_on=TODAY - 90 * DAY))
    evening = Evening(scope)
    evening.look()
    assert isinstance(evening.decided(), Ask)
    evening.approve_all(TODAY)
    (row,) = write_off.listed(scope)
    assert (row["state"], row["proposed_by"], row["approved_by"]) == ("written_off", "", "anna")
    made = evening.decided(day=TODAY + DAY)
    assert isinstance(made, Wait)
    assert made.reason == "placed"


def test_an_amount_without_a_rate_waits_for_one(book: Book) -> None:
    """Who must answer cannot be told without it."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 40_000, currency="USD"))
    found.add_user(book.scope, "ben", roles=["collector"], now=NOW)
    with pytest.raises(Refused) as refusal:
        proposed(book)
    assert refusal.value.reason == "no_rate"
