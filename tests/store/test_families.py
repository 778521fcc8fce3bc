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
