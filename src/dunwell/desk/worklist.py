"""The day's worklist: the whole book read at once, ranked by the core (SEMANTICS 10).

Writes nothing. Must not know: what is worth more (`core.ranking`), or how it is shown.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from dunwell.core import ranking
from dunwell.core.scope import Scope
from dunwell.desk import look
from dunwell.store import since, tx
from dunwell.store.lists import worklist


class Kept(NamedTuple):
    """A day's candidates, and their order."""

    book: worklist.Book
    order: ranking.Order


def run(
    scope: Scope, *, as_of: dt.date, capacity: int | None = None, owner: str | None = None
) -> ranking.Worklist:
    """Return the worklist of a day; `owner` keeps what one person is responsible for.

    `capacity` is how many each person can work in a day: those that fit are marked.
    """
    return ranked(load(scope, as_of=as_of), capacity=capacity, owner=owner)


def load(scope: Scope, *, as_of: dt.date) -> Kept:
    """Return every candidate of a day, in order."""
    with tx.reading(scope), look.uncollected():
        book = worklist.load(scope, as_of=as_of)
        return Kept(book, ranking.Order(book.found.values(), as_of=as_of))


def again(scope: Scope, was: Kept, change: since.Changes) -> Kept:
    """Return the candidates of a day with what a few cases have become."""
    with tx.reading(scope):
        book = worklist.again(scope, was.book, change.cases, as_of=was.order.as_of)
    before, now = was.book.found, book.found
    gone = [ranking.key_of(before[key]) for key in book.read if key in before]
    return Kept(book, was.order.again(gone, [now[key] for key in book.read if key in now]))


def ranked(
    kept: Kept, *, capacity: int | None = None, owner: str | None = None
) -> ranking.Worklist:
    """Return the list of the day, or one person's part of it."""
    return kept.order.listed(capacity, owner, kept.book.currency)
