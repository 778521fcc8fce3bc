"""The day's worklist: the whole book read at once, ranked by the core (SEMANTICS 10).

Writes nothing. Must not know: what is worth more (`core.ranking`), or how it is shown.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
from collections.abc import Iterator

from dunwell.core import ranking
from dunwell.core.scope import Scope
from dunwell.store import since, tx
from dunwell.store.lists import worklist

Book = worklist.Book


def run(
    scope: Scope, *, as_of: dt.date, capacity: int | None = None, owner: str | None = None
) -> ranking.Worklist:
    """Return the worklist of a day; `owner` keeps what one person is responsible for.

    `capacity` is how many each person can work in a day: those that fit are marked.
    """
    return ranked(load(scope, as_of=as_of), as_of=as_of, capacity=capacity, owner=owner)


def load(scope: Scope, *, as_of: dt.date) -> Book:
    """Return every candidate of a day, to be ranked."""
    with tx.reading(scope), _uncollected():
        return worklist.load(scope, as_of=as_of)


def again(scope: Scope, was: Book, change: since.Changes, *, as_of: dt.date) -> Book:
    """Return the candidates of a day with what a few cases have become."""
    with tx.reading(scope):
        return worklist.again(scope, was, change.cases, as_of=as_of)


def ranked(
    book: Book, *, as_of: dt.date, capacity: int | None = None, owner: str | None = None
) -> ranking.Worklist:
    """Return candidates in the order of the day."""
    with _uncollected():
        return ranking.rank(
            book.rows, as_of=as_of, capacity=capacity, owner=owner, currency=book.currency
        )


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Let the cycle collector rest: hundreds of thousands of values, and no cycle among them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
