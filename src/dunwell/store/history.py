"""What the last twelve months say about customers, for grades: sums only, nothing divided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from dunwell.core import segments
from dunwell.core.scope import Scope
from dunwell.store import models


def known(
    scope: Scope, entity: models.Entity, customers: Sequence[int], *, as_of: dt.date
) -> dict[int, segments.Known]:
    """Return what is known of some customers, by customer.

    Counts items closed in the 12 months before `as_of`, and what is overdue now but was not
    at go-live (SEMANTICS 4.8, 8).
    """
    since = as_of - dt.timedelta(days=365)
    sums = _sums(scope, entity, customers, since, as_of)
    marks = ",".join(["%s"] * len(customers)) or "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, kind, state, CAST(from_on AS TEXT) FROM stop"
            " WHERE organisation_id = %s AND kind IN ('placement', 'promise')"
            f" AND customer_id IN ({marks})",
            [scope.organisation_id, *customers],
        )
        stops = cursor.fetchall()
    placed: set[int] = set()
    broken: dict[int, int] = {}
    for customer, kind, state, from_on in stops:
        if kind == "placement":
            placed.add(customer)
        elif state == "broken" and from_on >= since.isoformat():
            broken[customer] = broken.get(customer, 0) + 1
    nothing = (0, 0, 0, 0)
    marks = ",".join(["%s"] * len(customers)) or "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, strategic, revenue_minor, natural_person, country, payment_method,"
            f" terms_days FROM customer WHERE organisation_id = %s AND id IN ({marks})",
            [scope.organisation_id, *customers],
        )
        return {
            r[0]: segments.Known(
                bool(r[1]), r[2], bool(r[3]), r[4], r[5], r[6], r[0] in placed,
                broken.get(r[0], 0), *sums.get(r[0], nothing),
            )
            for r in cursor.fetchall()
        }  # fmt: skip


def _sums(
    scope: Scope,
    entity: models.Entity,
    customers: Sequence[int],
    since: dt.date,
    as_of: dt.date,
) -> dict[int, tuple[int, int, int, int]]:
    """Add up what was paid or is overdue: how many, weight, weight times days late, late."""
    late = (
        "CAST(julianday(COALESCE(closed_on, %s)) - julianday(due_on) AS INTEGER)"
        if connection.vendor == "sqlite"
        else "(COALESCE(closed_on, %s::date) - due_on)"
    )
    marks = ",".join(["%s"] * len(customers)) or "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, COUNT(*), SUM(amount_minor),"
            " SUM(CASE WHEN late > 0 THEN amount_minor * late ELSE 0 END),"
            " SUM(CASE WHEN late > 0 THEN amount_minor ELSE 0 END) FROM ("
            f"SELECT customer_id, amount_minor, {late} AS late FROM item"
            f" WHERE organisation_id = %s AND entity_id = %s AND customer_id IN ({marks})"
            " AND kind IN ('invoice', 'instalment') AND ((closed_on > %s AND closed_on <= %s)"
            " OR (open_minor > 0 AND due_on < %s AND go_live_on IS NULL))"
            ") AS counted GROUP BY customer_id",
            [as_of, scope.organisation_id, entity.pk, *customers, since, as_of, as_of],
        )
        return {r[0]: (r[1], int(r[2]), int(r[3]), int(r[4])) for r in cursor.fetchall()}
