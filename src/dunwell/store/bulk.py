"""The whole book at once: who is due to be looked at, what stands for the others, and sums.

Plain SQL over covering indexes, so that a night's cost follows what is due, not the size of
the book. Engines add, compare and count; they never divide or round (DATA.md 1.12).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db import connection

from dunwell.core import glance
from dunwell.core.reasons import Reason
from dunwell.core.scope import Scope
from dunwell.store import facts, models
from dunwell.store.models.casework import NEVER


class Standing(NamedTuple):
    """A case that waits, as last decided; it stands until its look day (SEMANTICS 2.7)."""

    customer_id: int
    customer: str
    reason: Reason
    also: tuple[Reason, ...]
    look_again_on: dt.date | None


Part = tuple[int, int]
"""One share of the book: (number from 0, of how many). Every customer is in exactly one."""


def due(scope: Scope, entity: models.Entity, *, as_of: dt.date, part: Part = (0, 1)) -> list[int]:
    """Return the customers to decide for a day: woken, due, or decided for a later day."""
    sql = (
        "SELECT customer_id FROM watch WHERE organisation_id = %s AND entity_id = %s"
        " AND look_on <= %s{part} UNION SELECT customer_id FROM watch"
        " WHERE organisation_id = %s AND entity_id = %s AND decided_on > %s{part} ORDER BY 1"
    )
    where, more = _part(part)
    key: tuple[int | dt.date, ...] = (scope.organisation_id, entity.pk, as_of, *more)
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("{part}", where), (*key, *key))
        return [r[0] for r in cursor.fetchall()]


def standing(
    scope: Scope, entity: models.Entity, *, as_of: dt.date, part: Part = (0, 1)
) -> Iterator[Standing]:
    """Yield what stands for everybody else: the wait last decided, with its reasons."""
    where, more = _part(part)
    children = facts.families(scope).payer_of
    reasons = {str(r): r for r in Reason}
    lists: dict[str, tuple[Reason, ...]] = {"": ()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.customer_id, c.reference, w.reason, w.also, w.look_again_on FROM watch w"
            " JOIN customer c ON c.id = w.customer_id AND c.organisation_id = w.organisation_id"
            " WHERE w.organisation_id = %s AND w.entity_id = %s AND w.look_on > %s"
            " AND w.decided_on <= %s AND w.verdict = 'wait'"
            f"{where.replace('customer_id', 'w.customer_id')}",
            [scope.organisation_id, entity.pk, as_of, as_of, *more],
        )
        while rows := cursor.fetchmany(10_000):
            for customer_id, reference, reason, also, look_on in rows:
                if customer_id in children:
                    continue
                if also not in lists:
                    lists[also] = tuple(reasons[r] for r in also.split())
                on = None if look_on is None else facts.as_day(look_on)
                yield Standing(customer_id, reference, reasons[reason], lists[also], on)


def summaries(
    scope: Scope, entity: models.Entity, customers: Sequence[int]
) -> dict[int, glance.Summary]:
    """Add up the open items of some customers; a customer with none is absent.

    `is_plain` speaks of the items alone; who has anything else is `unplain`'s to say.
    """
    marks = ",".join(["%s"] * len(customers))
    plain = "MIN(is_plain)" if connection.vendor == "sqlite" else "BOOL_AND(is_plain)"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, COUNT(*), MIN(due_on),"
            f" SUM(CASE WHEN kind = 'credit_note' THEN 1 ELSE 0 END), {plain} FROM item"
            " WHERE organisation_id = %s AND entity_id = %s AND open_minor > 0"
            f" AND customer_id IN ({marks}) GROUP BY customer_id",
            [scope.organisation_id, entity.pk, *customers],
        )
        return {
            r[0]: glance.Summary(r[1], facts.as_day(r[2]), bool(r[4]) and not r[3])
            for r in cursor.fetchall()
        }


class Given(NamedTuple):
    """What the ledger says of a customer that a glance needs."""

    customer_id: int
    reference: str
    country: str
    segment: str
    grade: str
    has_open_case: bool


def given(scope: Scope, entity: models.Entity, customers: Sequence[int]) -> Iterator[Given]:
    """Yield what is known of some customers beside their items."""
    marks = ",".join(["%s"] * len(customers))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, c.reference, c.country, c.segment_given, c.grade_given, EXISTS ("
            "SELECT 1 FROM dunning_case d WHERE d.organisation_id = c.organisation_id"
            " AND d.entity_id = %s AND d.customer_id = c.id AND d.closed_on IS NULL)"
            f" FROM customer c WHERE c.organisation_id = %s AND c.id IN ({marks})",
            [entity.pk, scope.organisation_id, *customers],
        )
        for row in cursor.fetchall():
            yield Given(*row)


def unplain(scope: Scope, entity: models.Entity) -> set[int]:
    """Return the customers that have more than open items: money, stops, messages, a payer."""
    found: set[int] = set()
    with connection.cursor() as cursor:
        for sql in _UNPLAIN:
            cursor.execute(sql, [scope.organisation_id, entity.pk])
            found.update(r[0] for r in cursor.fetchall())
    family = facts.families(scope)
    return found | set(family.payer_of) | set(family.children)


def _part(part: Part) -> tuple[str, list[int]]:
    number, of = part
    return ("", []) if of == 1 else (" AND customer_id %% %s = %s", [of, number])


_UNPLAIN = (
    "SELECT customer_id FROM payment WHERE organisation_id = %s AND entity_id = %s"
    " AND unapplied_minor > 0 AND customer_id IS NOT NULL",
    "SELECT customer_id FROM stop WHERE organisation_id = %s"
    " AND (entity_id = %s OR entity_id IS NULL)",
    "SELECT customer_id FROM action WHERE organisation_id = %s AND entity_id = %s"
    f" AND state IN {facts.LIVE_FLIGHTS!r}",
    "SELECT customer_id FROM customer WHERE organisation_id = %s AND payment_method <> ''"
    " AND %s IS NOT NULL".replace("customer_id", "id", 1),
)

__all__ = ["NEVER", "Part", "Standing", "due", "standing", "summaries", "unplain"]
