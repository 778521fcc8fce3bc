"""An entity goes live with the first file of its own items (SEMANTICS 4.8)."""

from __future__ import annotations

import datetime as dt

from dunwell.desk import found
from dunwell.store import models, tx
from helpers import NOW, TODAY, invoice


def test_each_entity_goes_live_with_its_own_first_file(scope, book) -> None:
    """MAIN's book today leaves UK's to come: what is old then counts as old, not as late."""
    found.add_entity(scope, found.NewEntity("UK", "GBP", "Europe/London", "GB"), now=NOW)
    later = TODAY + dt.timedelta(days=7)
    book.items(invoice("M-1", entity="MAIN"))
    book.items(invoice("U-1", entity="UK", currency="GBP"), as_of=later)
    with tx.reading(scope):
        live = dict(
            models.Item.objects.filter(organisation_id=scope.organisation_id).values_list(
                "number", "go_live_on"
            )
        )
    assert live == {"M-1": TODAY, "U-1": later}
