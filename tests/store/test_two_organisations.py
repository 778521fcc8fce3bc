"""Two organisations in one database, with customers and items of the same names."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import pytest

from databases import Database
from dunwell.core.decision import Act
from dunwell.core.scope import Scope
from dunwell.desk import explain, hold, look, report
from dunwell.store import journal, tx
from helpers import NOW, TODAY, Book, customer, found_organisation, invoice, payment


class Two(NamedTuple):
    """Both scopes with their books."""

    acme: Scope
    beta: Scope
    acme_book: Book
    beta_book: Book


@pytest.fixture
def two(database: Database) -> Two:
    """Acme and beta know the same customer C-1 with the same invoice R-1, over other amounts."""
    acme, beta = found_organisation("acme"), found_organisation("beta", by="ben")
    both = Two(acme, beta, Book(acme), Book(beta))
    for book, minor in ((both.acme_book, 10_000), (both.beta_book, 77_000)):
        book.customers(customer("C-1"))
        book.items(invoice("R-1", minor, due_on=TODAY - dt.timedelta(days=10)))
    return both


def totals(scope: Scope) -> list[tuple[str, int]]:
    """Return the aging total of each customer."""
    found = report.aging_rows(scope, as_of=TODAY, by="customer", entity=None)
    return [(r.key, r.total) for r in found.rows]


def acts(scope: Scope) -> list[tuple[str, dict[str, int]]]:
    """Return who would hear something today, and about how much."""
    proposal = look.propose(scope, as_of=TODAY)
    return [(x.facts.customer, dict(x.made.amounts)) for x in proposal.lines
            if isinstance(x.made, Act)]  # fmt: skip


def test_an_import_of_one_leaves_the_other_alone(two: Two) -> None:
    """The same customer and invoice numbers are two customers and two invoices."""
    two.acme_book.items(invoice("R-1", 12_000, due_on=TODAY - dt.timedelta(days=10)))
    two.acme_book.payments(payment("P-1", 2_000, items=[("R-1", None)]))
    two.beta_book.payments(payment("P-1", 7_000, items=[("R-1", None)]))
    assert (two.acme_book.open("R-1"), two.beta_book.open("R-1")) == (10_000, 70_000)


def test_aging_shows_one_organisation(two: Two) -> None:
    """Each aging report holds the organisation's own amounts and no others."""
    assert totals(two.acme) == [("C-1", 10_000)]
    assert totals(two.beta) == [("C-1", 77_000)]


def test_proposals_speak_of_one_organisation(two: Two) -> None:
    """Each proposal demands what is owed to the organisation that asks."""
    assert acts(two.acme) == [("C-1", {"EUR": 10_000})]
    assert acts(two.beta) == [("C-1", {"EUR": 77_000})]


def test_a_hold_of_one_stops_nothing_of_the_other(two: Two) -> None:
    """Acme's hold on C-1 keeps acme quiet, and beta goes on."""
    hold.open_hold(
        two.acme, "C-1", items=[], amount_minor=None, on=TODAY, until=None, reason="agreed",
        now=NOW,
    )  # fmt: skip
    assert acts(two.acme) == []
    assert acts(two.beta) == [("C-1", {"EUR": 77_000})]


def test_explanations_know_one_organisation(two: Two) -> None:
    """Why C-1 hears something is answered with the amounts of the organisation that asks."""
    for scope, amount in ((two.acme, "100.00"), (two.beta, "770.00")):
        (found,) = explain.run(scope, "C-1", as_of=TODAY, today=TODAY)
        text = " ".join(found.sentences)
        assert amount in text
        assert ("100.00" in text) != ("770.00" in text)


def test_a_recorded_run_of_one_leaves_the_other_alone(two: Two) -> None:
    """What acme recorded today is not in beta's journal, and both chains stand by themselves."""
    look.record(two.acme, look.propose(two.acme, as_of=TODAY), mode="run", now=NOW)
    for scope in (two.acme, two.beta):
        journal.seal(scope, at=NOW)
    verdicts = [journal.verify(s) for s in (two.acme, two.beta)]
    assert [v.ok for v in verdicts] == [True, True]
    assert verdicts[0].events > verdicts[1].events
    assert acts(two.beta) == [("C-1", {"EUR": 77_000})]


def test_a_foreign_id_opens_nothing(two: Two) -> None:
    """An id of another organisation's row is unknown here."""
    theirs = two.beta_book.item("R-1")
    with tx.transaction_of(two.acme):
        mine = type(theirs).objects.filter(organisation_id=two.acme.organisation_id)
        assert not mine.filter(pk=theirs.pk).exists()
