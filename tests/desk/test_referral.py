"""To a lawyer: from 90 days and 5,000, and only with the yes of the role legal (SEMANTICS 7)."""

from __future__ import annotations

from typing import Any

import pytest
from ended import LONG_AGO, ended, open_tasks, people, placed
from evening import DAY, Evening

from dunwell.core.decision import Wait
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import approve, found, placement
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, instant, payment

EARLY = TODAY - 100 * DAY


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"minor": 499_999}, "below_minimum"),
        ({"due_on": TODAY - 89 * DAY}, "too_early"),
        ({"demanded_on": TODAY - 13 * DAY}, "final_demand_missing"),
        ({"due_on": TODAY - 90 * DAY, "minor": 500_000}, ""),
    ],
)
def test_legal_needs_ninety_days_five_thousand_and_a_demand(
    scope: Scope, book: Book, said: dict[str, Any], reason: str
) -> None:
    """To the day and the cent."""
    ended(book, **({"minor": 600_000, "due_on": EARLY} | said))
    ben, _ = people(scope)
    if not reason:
        assert placement.propose(ben, "C-1", kind="legal", as_of=TODAY, now=NOW)["id"]
        return
    with pytest.raises(Refused) as refusal:
        placement.propose(ben, "C-1", kind="legal", as_of=TODAY, now=NOW)
    assert refusal.value.reason == reason


def test_only_the_role_legal_may_approve(scope: Scope, book: Book) -> None:
    """A manager is told whom it waits for; no checklist is asked for."""
    ended(book, minor=600_000, due_on=EARLY)
    ben, cleo = people(scope)
    found.add_user(scope, "mia", roles=["manager", "executive"], now=NOW)
    key = placement.propose(ben, "C-1", kind="legal", as_of=TODAY, now=NOW)["id"]
    with pytest.raises(Refused, match="waits for the role legal"):
        approve.approve(scope._replace(actor="mia"), key, as_of=TODAY, now=NOW)
    assert placement.listed(scope, kinds=("legal",)) == []
    approve.approve(cleo, key, as_of=TODAY, now=NOW)
    (row,) = placement.listed(scope, kinds=("legal",))
    assert (row["kind"], row["state"]) == ("legal", "placed")
    assert placement.listed(scope) == [], "it is no placement with an agency"


def test_what_was_referred_is_left_alone_and_its_payments_are_reported(
    scope: Scope, book: Book
) -> None:
    """As with an agency: no outreach, a task for each payment, and back only to a person."""
    ended(book, minor=600_000, due_on=EARLY)
    number = placed(book, kind="legal")["id"]
    made = Evening(scope).decided(day=TODAY + DAY)
    assert isinstance(made, Wait)
    assert made.reason == "placed"
    book.payments(payment("P-1", 5_000, items=[("R-1", None)]))
    assert len(open_tasks(scope, "placement_payment")) == 1
    with pytest.raises(Refused, match="no placement"):
        back(scope, number, "placement")
    assert back(scope, number, "referral")["held"] == 1
    assert len(open_tasks(scope, "recalled")) == 1


def back(scope: Scope, number: int, noun: str) -> dict[str, Any]:
    """Recall it by the command of a noun."""
    return placement.take_back(
        scope, number, noun=noun, state="recalled", reason="settled out of court",
        as_of=TODAY + DAY, now=instant(TODAY + DAY),
    )  # fmt: skip


def test_a_placement_takes_back_what_else_was_asked(scope: Scope, book: Book) -> None:
    """Once the lawyer has it, the agency is no longer asked about."""
    ended(book, minor=600_000, due_on=EARLY)
    ben, cleo = people(scope)
    agency = placement.propose(ben, "C-1", as_of=TODAY, now=NOW)["id"]
    legal = placement.propose(ben, "C-1", kind="legal", as_of=TODAY, now=NOW)["id"]
    approve.approve(cleo, legal, as_of=TODAY, now=NOW)
    with tx.reading(scope):
        state = models.Approval.objects.get(
            organisation_id=scope.organisation_id, key=agency
        ).state  # fmt: skip
    assert state == "withdrawn"


def test_an_item_that_is_young_may_be_left_out(scope: Scope, book: Book) -> None:
    """Named items are judged alone."""
    ended(book, minor=600_000, due_on=EARLY)
    ended(book, number="R-2", minor=600_000, due_on=LONG_AGO)
    ben, _ = people(scope)
    with pytest.raises(Refused, match="R-2 is 90 days overdue only on"):
        placement.propose(ben, "C-1", kind="legal", as_of=TODAY, now=NOW)
    made = placement.propose(ben, "C-1", kind="legal", items=["R-1"], as_of=TODAY, now=NOW)
    assert [i["number"] for i in made["items"]] == ["R-1"]
