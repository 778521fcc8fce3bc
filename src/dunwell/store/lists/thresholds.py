"""Who lies beyond a threshold, over a whole entity at once: by amount, age, grade or step.

Plain SQL that adds and compares, one statement an alert, so that a night with a hundred
thousand customers asks no more questions than one with ten. Claims count toward no threshold
(SEMANTICS 1). A child that pays via its parent is counted as its parent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from dunwell.core import book
from dunwell.core.scope import Scope
from dunwell.store import facts, models

_COUNTED = tuple(sorted(book.DEBITS - {"claim"}))


def by_amount(scope: Scope, entity: models.Entity, *, least_minor: int, as_of: dt.date) -> set[int]:
    """Return who owes so much overdue, in base currency, net of credit notes and loose cash.

    What has no rate for the day weighs nothing (SEMANTICS 3.1).
    """
    rows = _rows(
        "SELECT customer_id, currency, SUM(CASE WHEN kind = 'credit_note' THEN -open_minor"
        f" WHEN kind IN {_COUNTED!r} AND due_on < %s THEN open_minor ELSE 0 END)"
        " FROM item WHERE organisation_id = %s AND entity_id = %s AND open_minor > 0"
        " GROUP BY customer_id, currency",
        [as_of, scope.organisation_id, entity.pk],
    )
    rows += _rows(
        "SELECT customer_id, currency, -SUM(unapplied_minor) FROM payment WHERE"
        " organisation_id = %s AND entity_id = %s AND unapplied_minor > 0"
        " AND customer_id IS NOT NULL GROUP BY customer_id, currency",
        [scope.organisation_id, entity.pk],
    )
    payer_of = facts.families(scope).payer_of
    sums: dict[tuple[int, str], int] = {}
    for customer, currency, minor in rows:
        key = (payer_of.get(customer, customer), currency)
        sums[key] = sums.get(key, 0) + int(minor)
    rates = facts.rates(scope, entity, as_of=as_of)
    owed: dict[int, Decimal] = {}
    for (customer, currency), minor in sums.items():
        if minor > 0 and currency in rates:
            owed[customer] = owed.get(customer, Decimal(0)) + minor * rates[currency]
    return {customer for customer, minor in owed.items() if minor >= least_minor}


def by_age(scope: Scope, entity: models.Entity, *, least_days: int, as_of: dt.date) -> set[int]:
    """Return whose oldest open item is overdue by so many days."""
    rows = _rows(
        "SELECT DISTINCT customer_id FROM item WHERE organisation_id = %s AND entity_id = %s"
        f" AND open_minor > 0 AND kind IN {_COUNTED!r} AND due_on <= %s",
        [scope.organisation_id, entity.pk, as_of - dt.timedelta(days=least_days)],
    )
    return _payers(scope, rows)


def by_grade(
    scope: Scope, entity: models.Entity, *, grades: Sequence[str], as_of: dt.date
) -> set[int]:
    """Return whose newest grade is one of these, and who still owes something."""
    marks = ",".join(["%s"] * len(grades))
    rows = _rows(
        "SELECT a.customer_id FROM assessment a WHERE a.organisation_id = %s AND a.entity_id = %s"
        f" AND a.grade IN ({marks}) AND a.since_on <= %s AND NOT EXISTS (SELECT 1 FROM assessment"
        " later WHERE later.organisation_id = a.organisation_id AND later.entity_id = a.entity_id"
        " AND later.customer_id = a.customer_id AND later.since_on > a.since_on"
        " AND later.since_on <= %s) AND EXISTS (SELECT 1 FROM item i WHERE i.organisation_id ="
        " a.organisation_id AND i.entity_id = a.entity_id AND i.customer_id = a.customer_id"
        " AND i.open_minor > 0)",
        [scope.organisation_id, entity.pk, *grades, as_of, as_of],
    )
    return {r[0] for r in rows}


def by_step(scope: Scope, entity: models.Entity, *, step: str) -> set[int]:
    """Return who has an open item that has taken a step."""
    rows = _rows(
        "SELECT DISTINCT i.customer_id FROM item i JOIN step_taken t ON t.item_id = i.id"
        " AND t.organisation_id = i.organisation_id WHERE i.organisation_id = %s"
        " AND i.entity_id = %s AND i.open_minor > 0 AND t.step = %s AND t.voided_on IS NULL",
        [scope.organisation_id, entity.pk, step],
    )
    return _payers(scope, rows)


def _payers(scope: Scope, rows: Iterable[tuple[Any, ...]]) -> set[int]:
    payer_of = facts.families(scope).payer_of
    return {payer_of.get(r[0], r[0]) for r in rows}


def _rows(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
