"""The day's worklist: the whole book read at once, ranked by the core (SEMANTICS 10).

Writes nothing. Must not know: what is worth more (`core.ranking`), or how it is shown.
"""

from __future__ import annotations

import datetime as dt
import gc

from dunwell.core import ranking
from dunwell.core.scope import Scope
from dunwell.store import tx
from dunwell.store.lists import worklist


def run(
    scope: Scope, *, as_of: dt.date, capacity: int | None = None, owner: str | None = None
) -> ranking.Worklist:
    """Return the worklist of a day; `owner` keeps what one person is responsible for.

    `capacity` is how many each person can work in a day: those that fit are marked.
    """
    with tx.reading(scope):
        was_on = gc.isenabled()
        gc.disable()  # hundreds of thousands of values, and no cycle among them
        try:
            book = worklist.load(scope, as_of=as_of)
            return ranking.rank(
                book.rows, as_of=as_of, capacity=capacity, owner=owner, currency=book.currency
            )
        finally:
            if was_on:
                gc.enable()
