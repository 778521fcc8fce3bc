"""What a person says of an unknown delivery still speaks of the bytes that were handed over."""

from __future__ import annotations

import datetime as dt
import hashlib

from evening import NINE, Evening

from dunwell.core.scope import Scope
from dunwell.desk import deliveries
from dunwell.store import models, tx
from dunwell.store.records import outbox
from helpers import Book, customer, invoice


def test_treated_as_sent_it_holds_the_hash_of_what_was_handed_over(
    scope: Scope, book: Book
) -> None:
    """The receipt and the event name the very message that may have arrived."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1"))
    evening = Evening(scope)
    evening.look()
    claim = {"by": "dead", "now": NINE, "until": NINE, "channels": ["email"], "limit": 1}
    (action,) = outbox.claim_actions(scope, **claim)
    outbox.record_handing(scope, {action.pk: b"a mail"}, by="dead", now=NINE)
    outbox.release_expired(scope, now=NINE + dt.timedelta(hours=1), dead=["dead"])
    deliveries.close(scope, action.key, outcome="sent", now=NINE)
    with tx.reading(scope):
        (receipt,) = models.Receipt.objects.filter(organisation_id=scope.organisation_id)
    assert receipt.message_sha256 == hashlib.sha256(b"a mail").hexdigest()
