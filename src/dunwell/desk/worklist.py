"""The day's worklist: the whole book read at once, ranked by the core (SEMANTICS 10).

Writes nothing. Must not know: what is worth more (`core.ranking`), or how it is shown.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Collection
from typing import NamedTuple

from dunwell.core import ranking
from dunwell.core.scope import Scope
from dunwell.desk import look
from dunwell.store import models, policies, since, tx
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


class Part(NamedTuple):
    """A part of the list: of one company, one thing to do next, so much at stake at least.

    `among` are the cases it is of, where it is of a segment.
    """

    entity: str = ""
    action: str = ""
    least_minor: int = 0
    among: frozenset[ranking.Key] | None = None


WHOLE = Part()


def ranked(
    kept: Kept, *, capacity: int | None = None, owner: str | None = None, part: Part = WHOLE
) -> ranking.Worklist:
    """Return the list of the day, or one person's, or another part of it."""
    narrow = None if part == WHOLE else functools.partial(_narrowed, part)
    return kept.order.listed(capacity, owner, kept.book.currency, narrow)


def _narrowed(part: Part, places: list[ranking.Place]) -> list[ranking.Place]:
    """Return the places of a part, one thing asked at a time: a book has hundreds of thousands."""
    entity, action, least, among = part
    if entity:
        places = [p for p in places if p.entity == entity]
    if action:
        places = [p for p in places if p.action == action]
    if least:
        places = [p for p in places if p.minus_stake <= -least]
    if among is not None:
        places = [p for p in places if (p.entity, p.customer) in among]
    return places


def segments(scope: Scope) -> list[str]:
    """Return the segments of the policies in force, in the order in which they stand there."""
    with tx.reading(scope):
        names: dict[str, None] = {}
        for entity in models.Entity.objects.filter(organisation_id=scope.organisation_id).order_by(
            "pk"
        ):
            names |= dict.fromkeys(
                s.name for s in policies.current(scope, entity.policy)[1].segments
            )
        return list(names)


def of_segment(scope: Scope, segment: str) -> frozenset[ranking.Key]:
    """Return the cases that stand in a segment, as they were assessed last."""
    with tx.reading(scope):
        rows = models.Assessment.objects.filter(
            organisation_id=scope.organisation_id, segment=segment, until_on__isnull=True
        )
        return frozenset(rows.values_list("entity__code", "customer__reference"))


def questions(scope: Scope, customers: Collection[str]) -> dict[ranking.Key, str]:
    """Return the key of the oldest question that waits about each of some customers."""
    with tx.reading(scope):
        rows = models.Approval.objects.filter(
            organisation_id=scope.organisation_id, state="asked",
            customer__reference__in=list(customers),
        ).order_by("-asked_on", "-pk")  # fmt: skip
        found = rows.values_list("entity__code", "customer__reference", "key")
        return {(entity, customer): key for entity, customer, key in found}
