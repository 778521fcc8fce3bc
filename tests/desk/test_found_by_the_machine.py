"""What random days at the desk brought to light (tests/sim/machine.py), each told as a test."""

from __future__ import annotations

from ended import ended, placed
from evening import DAY, Evening

from dunwell.core.scope import Scope
from dunwell.desk import found, look
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, invoice


def test_who_is_placed_by_one_company_is_a_high_risk_to_another_at_once(
    scope: Scope, book: Book
) -> None:
    """The other company's case walks the high-risk ladder the night after, not at its next step."""
    found.add_entity(scope, found.NewEntity("ISLE", "GBP", "Europe/London", "GB"), now=NOW)
    ended(book)
    book.items(invoice("I-1", 650_000, due_on=TODAY - 12 * DAY, currency="GBP", entity="ISLE"))
    evening = Evening(scope)
    evening.look()
    evening.send()
    evening.look(TODAY + DAY)
    placed(book, on=TODAY + DAY, entity="MAIN")
    look.record(scope, look.propose(scope, as_of=TODAY + 2 * DAY), mode="run", now=NOW)
    with tx.reading(scope):
        case = models.Case.objects.get(
            organisation_id=scope.organisation_id, entity__code="ISLE", closed_on=None
        )
    assert case.cadence == "high-risk"
