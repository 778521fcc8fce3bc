"""How the customers of an entity have paid, over the whole book at once: sums only.

The same counts as `store.history` makes for some, so that grade and likelihood come out alike;
beside them the last cycles, to tell who pays later than before. Must not know: what a habit is
worth (`core.ranking`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from dunwell.core import candidate, money, segments
from dunwell.store import facts, history, models
from dunwell.store.lists.at_stake import Reader

CYCLE_DAYS = 90
"""The last cycles: what was settled in so many days, and what is overdue now."""
LEAST_ITEMS = 2
"""Fewer items tell nothing of the last cycles, nor of those before."""
YEAR = dt.timedelta(days=365)


class Past(NamedTuple):
    """What stops of the past tell: promises broken in twelve months, and who was placed."""

    broken: dict[int, int]
    placed: set[int]


def past(by: Reader) -> Past:
    """Return broken promises and earlier placements, by payer."""
    stops = models.Stop.objects.filter(
        organisation_id=by.scope.organisation_id, kind__in=("placement", "promise"),
        from_on__lte=by.as_of,
    )  # fmt: skip
    if by.only is not None:
        stops = stops.filter(customer_id__in=by.only)
    rows = stops.values_list("customer_id", "kind", "id", "state", "from_on").iterator()
    found = Past({}, set())
    since = by.as_of - YEAR
    lapsed = history.lapsed_promises(by.scope, by.only, as_of=by.as_of)
    for customer, kind, stop, state, from_on in rows:
        payer = by.payer(customer)
        if kind == "placement":
            found.placed.add(payer)
        elif (state == "broken" or stop in lapsed) and from_on >= since:
            found.broken[payer] = found.broken.get(payer, 0) + 1
    return found


def load(by: Reader, before: Past, *, given: Mapping[int, str]) -> dict[int, candidate.Habit]:
    """Return the habit of each customer of which anything is known; `given` grades go first."""
    rates = facts.rates(by.scope, by.entity, as_of=by.as_of)
    parts: dict[int, list[tuple[str, tuple[int, ...]]]] = {}
    for customer, currency, *sums in _rows(by):
        counted = tuple(int(x) for x in sums)
        parts.setdefault(by.payer(customer), []).append((currency, counted))
    found = {}
    for customer in parts.keys() | given.keys() | before.placed:
        whole = _in_base(parts.get(customer, ()), rates)
        how = _habit(
            by.entity, whole, before.broken.get(customer, 0), is_placed=customer in before.placed
        )
        grade = given.get(customer) or how.grade
        found[customer] = candidate.Habit(
            grade, how.likelihood, how.recent_days, how.earlier_days
        )  # fmt: skip
    return found


_COUNTS = (0, 4, 5, 6)
"""Places of the sums that are counts, and weigh the same in every currency."""
_WIDTH = 9


def _in_base(
    parts: list[tuple[str, tuple[int, ...]]] | tuple[()], rates: Mapping[str, Decimal]
) -> tuple[int, ...]:
    """Add a customer's currencies up; what has no rate beside another one is left out."""
    if len(parts) == 1:
        return parts[0][1]
    totals = [0] * _WIDTH
    for currency, sums in parts:
        rate = rates.get(currency)
        if rate is None:
            continue
        for place, value in enumerate(sums):
            totals[place] += value if place in _COUNTS else money.scale(value, rate)
    return tuple(totals)


def _habit(
    entity: models.Entity, sums: tuple[int, ...], broken: int, *, is_placed: bool
) -> candidate.Habit:
    """Tell grade, likelihood and trend from the sums."""
    n, weight, late_days, late, due_30, paid_30, recent_n, recent, recent_days = sums
    known = segments.Known(
        earlier_placement=is_placed, broken_promises=broken, items=n, weight_minor=weight,
        late_minor_days=late_days, late_minor=late, due_30=due_30, paid_30=paid_30,
    )  # fmt: skip
    is_told = recent_n >= LEAST_ITEMS and n - recent_n >= LEAST_ITEMS
    earlier = weight - recent
    return candidate.Habit(
        segments.grade(known),
        segments.likelihood(known, book_due=entity.due_30, book_paid=entity.paid_30),
        recent_days // recent if is_told and recent else None,
        (late_days - recent_days) // earlier if is_told and earlier else None,
    )


def _rows(by: Reader) -> list[tuple[Any, ...]]:
    """Add up what was settled in twelve months or is overdue now, by customer and currency."""
    late = (
        f"CAST(julianday(COALESCE(i.closed_on, '{by.as_of}')) - julianday(i.due_on) AS INTEGER)"
        if connection.vendor == "sqlite"
        else f"(COALESCE(i.closed_on, DATE '{by.as_of}') - i.due_on)"
    )
    ripe = by.as_of - dt.timedelta(days=segments.LIKELY_DAYS)
    cycle = by.as_of - dt.timedelta(days=CYCLE_DAYS)
    return by.rows(
        "SELECT customer_id, currency, COUNT(*), SUM(amount_minor),"
        " SUM(CASE WHEN late > 0 THEN amount_minor * late ELSE 0 END),"
        " SUM(CASE WHEN late > 0 THEN amount_minor ELSE 0 END),"
        f" SUM(CASE WHEN due_on <= '{ripe}' THEN 1 ELSE 0 END),"
        f" SUM(CASE WHEN due_on <= '{ripe}' AND is_paid = 1 AND late <= {segments.LIKELY_DAYS}"
        " THEN 1 ELSE 0 END),"
        " SUM(is_recent), SUM(CASE WHEN is_recent = 1 THEN amount_minor ELSE 0 END),"
        " SUM(CASE WHEN is_recent = 1 AND late > 0 THEN amount_minor * late ELSE 0 END)"
        f" FROM (SELECT i.customer_id, i.currency, i.amount_minor, {late} AS late, i.due_on,"
        f" CASE WHEN i.closed_on IS NULL OR i.closed_on > '{by.as_of}' THEN 0 ELSE 1 END"
        f" AS is_paid, CASE WHEN i.closed_on IS NULL OR i.closed_on > '{cycle}' THEN 1 ELSE 0 END"
        " AS is_recent FROM item i WHERE i.organisation_id = %s AND i.entity_id = %s"
        " AND i.kind IN ('invoice', 'instalment')"
        f" AND ((i.closed_on > '{by.as_of - YEAR}' AND i.closed_on <= '{by.as_of}')"
        f" OR (i.open_minor > 0 AND i.due_on < '{by.as_of}' AND i.go_live_on IS NULL))"
        f"{by.among('i.customer_id')}) AS counted GROUP BY customer_id, currency"
    )


__all__ = ["CYCLE_DAYS", "LEAST_ITEMS", "Past", "load", "past"]
