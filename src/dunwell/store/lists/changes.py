"""Whether a customer changed since somebody looked: a mark that moves with every event.

A form carries the mark it was made with; where the customer's is another by then, nothing is
done and the page says so (HOUSE 3, Stale).
"""

from __future__ import annotations

import hashlib

from django.db import connection

from dunwell.core.scope import Scope
from dunwell.store import tx

_MARKS = (
    ("stop", "MAX(id)", "COUNT(ended_on)"),
    ("action", "MAX(id)", "SUM(CASE WHEN state IN ('sent', 'failed') THEN 1 ELSE 0 END)"),
    ("payment", "MAX(id)", "COUNT(reversed_on)"),
    ("item", "MAX(id)", "SUM(open_minor)"),
    ("approval", "MAX(id)", "COUNT(decided_on)"),
    ("outreach", "MAX(id)", "COUNT(voided_on)"),
)


def mark(scope: Scope, customer_id: int) -> str:
    """Return the mark of a customer's casework and money as it stands."""
    found: list[object] = []
    with tx.reading(scope), connection.cursor() as cursor:
        for table, newest, state in _MARKS:
            cursor.execute(
                f"SELECT {newest}, {state} FROM {table}"
                " WHERE organisation_id = %s AND customer_id = %s",
                [scope.organisation_id, customer_id],
            )
            found += cursor.fetchone()
    return hashlib.blake2b(repr(found).encode(), digest_size=8).hexdigest()
