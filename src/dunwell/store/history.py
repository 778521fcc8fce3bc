"""What the last twelve months say about customers, for grades: sums only, nothing divided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from dunwell.core import money, segments
from dunwell.core.scope import Scope
from dunwell.store import agreements, facts, models

Sums = tuple[int, int, int, int, int, int]


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
            "SELECT customer_id, kind, id, state, CAST(from_on AS TEXT) FROM stop"
            " WHERE organisation_id = %s AND kind IN ('placement', 'promise')"
            f" AND customer_id IN ({marks})",
            [scope.organisation_id, *customers],
        )
        stops = cursor.fetchall()
    placed: set[int] = set()
    broken: dict[int, int] = {}
    lapsed = lapsed_promises(scope, customers, as_of=as_of) if stops else set()
    for customer, kind, stop, state, from_on in stops:
        if kind == "placement":
            placed.add(customer)
        elif (state == "broken" or stop in lapsed) and from_on >= since.isoformat():
            broken[customer] = broken.get(customer, 0) + 1
    nothing = (0, 0, 0, 0, 0, 0)
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


def lapsed_promises(scope: Scope, customers: Collection[int] | None, *, as_of: dt.date) -> set[int]:
    """Return the promises that are broken on a day though no run has said so yet, by stop.

    What came of a promise is computed (SEMANTICS 7): so the night is shown as it will be, before
    the run that judges it.
    """
    rows = models.Promise.objects.filter(
        organisation_id=scope.organisation_id, state="open", last_on__lt=as_of,
        in_force_on__isnull=False, stop__entity__isnull=False,
    )  # fmt: skip
    if customers is not None:
        rows = rows.filter(stop__customer_id__in=customers)
    waiting = list(rows.select_related("stop__entity"))
    if not waiting:
        return set()
    found: dict[int, agreements.Made] = {}
    families = facts.families(scope)
    for entity in {r.stop.entity_id: r.stop.entity for r in waiting}.values():
        assert entity is not None
        mine = {r.stop_id: r.stop.customer_id for r in waiting if r.stop.entity_id == entity.pk}
        found |= agreements.load(
            scope, entity, mine, as_of=as_of, payer_of=families.payer_of,
            children=families.children,
        )  # fmt: skip
    return {s for s, one in found.items() if agreements.state(one, as_of=as_of) == "broken"}


def _sums(
    scope: Scope,
    entity: models.Entity,
    customers: Sequence[int],
    since: dt.date,
    as_of: dt.date,
) -> dict[int, Sums]:
    """Add up what was paid or is overdue: how many, weight, weight times days late, late.

    The last two count what fell due 30 or more days ago, and what of it was paid within 30.
    """
    ripe = as_of - dt.timedelta(days=segments.LIKELY_DAYS)
    late = (
        "CAST(julianday(COALESCE(closed_on, %s)) - julianday(due_on) AS INTEGER)"
        if connection.vendor == "sqlite"
        else "(COALESCE(closed_on, %s::date) - due_on)"
    )
    marks = ",".join(["%s"] * len(customers)) or "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, currency, COUNT(*), SUM(amount_minor),"
            " SUM(CASE WHEN late > 0 THEN amount_minor * late ELSE 0 END),"
            " SUM(CASE WHEN late > 0 THEN amount_minor ELSE 0 END),"
            " SUM(CASE WHEN due_on <= %s THEN 1 ELSE 0 END),"
            " SUM(CASE WHEN due_on <= %s AND is_paid = 1 AND late <= 30 THEN 1 ELSE 0 END)"
            " FROM ("
            f"SELECT customer_id, currency, amount_minor, {late} AS late, due_on,"
            " CASE WHEN closed_on IS NULL THEN 0 ELSE 1 END AS is_paid FROM item"
            f" WHERE organisation_id = %s AND entity_id = %s AND customer_id IN ({marks})"
            " AND kind IN ('invoice', 'instalment') AND ((closed_on > %s AND closed_on <= %s)"
            " OR (open_minor > 0 AND due_on < %s AND go_live_on IS NULL))"
            ") AS counted GROUP BY customer_id, currency",
            [ripe, ripe, as_of, scope.organisation_id, entity.pk, *customers, since, as_of, as_of],
        )
        return _in_base(cursor.fetchall(), facts.rates(scope, entity, as_of=as_of))


def _in_base(rows: Sequence[tuple[Any, ...]], rates: dict[str, Decimal]) -> dict[int, Sums]:
    """Add each customer's currencies up in base currency (SEMANTICS 3.1).

    Only the weights matter, so a customer of one currency needs no rate; beside another one,
    what has no rate is left out.
    """
    by_customer: dict[int, list[tuple[str, int, list[int], tuple[int, int]]]] = {}
    for customer, currency, n, *sums, due, paid in rows:
        by_customer.setdefault(customer, []).append(
            (currency, n, [int(x) for x in sums], (int(due), int(paid)))
        )
    found: dict[int, Sums] = {}
    for customer, parts in by_customer.items():
        totals = [0, 0, 0, 0]
        due_30 = sum(counts[0] for *_, counts in parts)
        paid_30 = sum(counts[1] for *_, counts in parts)
        for currency, n, sums, _ in parts:
            rate = rates.get(currency)
            if rate is None and len(parts) > 1:
                continue
            totals[0] += n
            for place, minor in enumerate(sums, start=1):
                one = rate if rate is not None and len(parts) > 1 else Decimal(1)
                totals[place] += money.scale(minor, one)
        found[customer] = (totals[0], totals[1], totals[2], totals[3], due_30, paid_30)
    return found


def shares(scope: Scope, entity: models.Entity, *, as_of: dt.date) -> tuple[int, int]:
    """Return the entity's items that fell due 30 days to 13 months ago, and those paid in 30."""
    last = as_of - dt.timedelta(days=segments.LIKELY_DAYS)
    late = (
        "julianday(closed_on) - julianday(due_on)"
        if connection.vendor == "sqlite"
        else "closed_on - due_on"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*), SUM(CASE WHEN closed_on IS NOT NULL"
            f" AND {late} <= {segments.LIKELY_DAYS} THEN 1 ELSE 0 END) FROM item"
            " WHERE organisation_id = %s AND entity_id = %s AND kind IN ('invoice', 'instalment')"
            " AND due_on <= %s AND due_on > %s AND go_live_on IS NULL",
            [scope.organisation_id, entity.pk, last, last - dt.timedelta(days=365)],
        )
        due, paid = cursor.fetchone()
    return int(due), int(paid or 0)
