"""What the last twelve months say about customers, for grades: sums only, nothing divided."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from dunwell.core import segments
from dunwell.core.scope import Scope
from dunwell.store import models


def known(
    scope: Scope, entity: models.Entity, *, customers: list[int] | None, as_of: dt.date
) -> dict[int, segments.Known]:
    """Return what is known of customers with items in the last 12 months, by customer.

    Counts items closed in the 12 months before `as_of`, and what is overdue now but was not
    at go-live (SEMANTICS 4.8, 8).
    """
    since = as_of - dt.timedelta(days=365)
    sqlite = connection.vendor == "sqlite"
    late = (
        "CAST(julianday(COALESCE(closed_on, %s)) - julianday(due_on) AS INTEGER)"
        if sqlite
        else "(COALESCE(closed_on, %s::date) - due_on)"
    )
    found: dict[int, tuple[int, int, int, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, COUNT(*), SUM(amount_minor),"
            " SUM(CASE WHEN late > 0 THEN amount_minor * late ELSE 0 END),"
            " SUM(CASE WHEN late > 0 THEN amount_minor ELSE 0 END) FROM ("
            f"SELECT customer_id, amount_minor, {late} AS late FROM item"
            " WHERE organisation_id = %s AND entity_id = %s AND kind IN ('invoice', 'instalment')"
            " AND ((closed_on > %s AND closed_on <= %s)"
            " OR (open_minor > 0 AND due_on < %s AND go_live_on IS NULL))"
            ") AS counted GROUP BY customer_id",
            [as_of, scope.organisation_id, entity.pk, since, as_of, as_of],
        )
        for customer, n, weight, late_days, late_minor in cursor.fetchall():
            found[customer] = (n, int(weight), int(late_days), int(late_minor))
    placed = _customers_with(scope, "placement")
    broken = _broken(scope, since)
    people = models.Customer.objects.filter(organisation_id=scope.organisation_id)
    if customers is not None:
        people = people.filter(pk__in=customers)
    return {
        c[0]: segments.Known(
            strategic=c[1], revenue_minor=c[2], natural_person=c[3], country=c[4],
            payment_method=c[5], terms_days=c[6], earlier_placement=c[0] in placed,
            broken_promises=broken.get(c[0], 0), items=f[0], weight_minor=f[1],
            late_minor_days=f[2], late_minor=f[3],
        )
        for c in people.values_list(
            "pk", "strategic", "revenue_minor", "natural_person", "country", "payment_method",
            "terms_days",
        ).iterator(chunk_size=5000)
        for f in [found.get(c[0], (0, 0, 0, 0))]
    }  # fmt: skip


def _customers_with(scope: Scope, kind: str) -> set[int]:
    rows = models.Stop.objects.filter(organisation_id=scope.organisation_id, kind=kind)
    return set(rows.values_list("customer_id", flat=True))


def _broken(scope: Scope, since: dt.date) -> dict[int, int]:
    counts: dict[int, int] = {}
    for customer in models.Stop.objects.filter(
        organisation_id=scope.organisation_id, kind="promise", state="broken", from_on__gte=since
    ).values_list("customer_id", flat=True):
        counts[customer] = counts.get(customer, 0) + 1
    return counts
