"""A child that pays via its parent: its items stand in the parent's case (SEMANTICS 1)."""

from __future__ import annotations

from dunwell.core.decision import Act
from dunwell.desk import look
from dunwell.store import models, tx
from helpers import TODAY, customer, instant, invoice


def test_a_child_that_pays_via_its_parent_is_asked_through_the_parent(scope, book) -> None:
    """One case, the parent's, with the child's items in it by name; none for the child."""
    book.customers(customer("HQ"), customer("SHOP", parent="HQ", pays_via_parent=True))
    book.items(invoice("S-1", customer="SHOP"))
    found = look.propose(scope, as_of=TODAY)
    [line] = found.lines
    assert line.customer == "HQ"
    assert isinstance(line.made, Act)
    assert line.facts is not None
    assert [(i.number, i.child) for i in line.facts.items] == [("S-1", "SHOP")]


def test_a_child_that_joins_its_parent_ends_its_own_case(scope, book) -> None:
    """What it owes goes on in the parent's case from that day; nobody is looked at twice."""
    book.customers(customer("HQ"), customer("SHOP"))
    book.items(invoice("S-1", customer="SHOP"))
    look.record(scope, look.propose(scope, as_of=TODAY), mode="run", now=instant(TODAY))
    book.customers(customer("SHOP", parent="HQ", pays_via_parent=True))
    with tx.transaction_of(scope):
        [case] = models.Case.objects.filter(organisation_id=scope.organisation_id)
        assert case.outcome == "joined its payer"
    assert {x.customer for x in look.propose(scope, as_of=TODAY).lines} == {"HQ"}


def test_what_was_planned_and_asked_of_a_child_ends_when_it_joins_its_parent(scope, book) -> None:
    """A call planned in its own case could not be noted any more; so it is taken back."""
    book.customers(customer("HQ"), customer("SHOP", strategic=True, phone="+49 30 1"))
    book.items(invoice("S-1", customer="SHOP"))
    look.record(scope, look.propose(scope, as_of=TODAY), mode="run", now=instant(TODAY))
    with tx.transaction_of(scope):
        [planned] = models.Action.objects.filter(organisation_id=scope.organisation_id)
        assert planned.state == "waiting"
    book.customers(customer("SHOP", parent="HQ", pays_via_parent=True))
    with tx.transaction_of(scope):
        planned.refresh_from_db()
        assert (planned.state, planned.reason) == ("cancelled", "its payer is asked instead")
        [call] = models.Task.objects.filter(organisation_id=scope.organisation_id, kind="call")
        assert call.state == "done"


def test_a_child_that_leaves_its_parent_is_looked_at_again_and_so_is_the_parent(
    scope, book
) -> None:
    """It has a case of its own the same day, and the parent's holds its items no more."""
    book.customers(customer("HQ"), customer("SHOP", parent="HQ", pays_via_parent=True))
    book.items(invoice("S-1", customer="SHOP"))
    look.record(scope, look.propose(scope, as_of=TODAY), mode="run", now=instant(TODAY))
    book.customers(customer("SHOP", pays_via_parent=False))
    found = {x.customer: x for x in look.propose(scope, as_of=TODAY).lines}
    assert isinstance(found["SHOP"].made, Act)
    assert not found["HQ"].stands
    assert found["HQ"].made.reason == "nothing_open"
