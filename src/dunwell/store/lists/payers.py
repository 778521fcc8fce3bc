"""What is known of customers beside their payments: where they belong, and how they are invoiced.

Owner, region and the like are as they are now: the book keeps no history of them. The segment is
that of the day. Must not know: what any of it says about paying (`core.outstanding`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

from dunwell.core.outstanding import hints
from dunwell.core.scope import Scope
from dunwell.store import models
from dunwell.store.lists import outstanding_sql as sql

USUAL_DAYS = 365
"""Over how many days a customer's usual terms and habits of invoicing are read."""


class Card(NamedTuple):
    """One customer's reference and where it belongs; `segments` by entity, where assessed."""

    reference: str
    region: str
    country: str
    owner: str
    segments: dict[int, str]
    about: hints.About


def cards(scope: Scope, *, as_of: dt.date, customer: int | None = None) -> dict[int, Card]:
    """Return what is known of every customer, or of one."""
    invoiced = _invoiced(scope, as_of, customer)
    segments = _segments(scope, as_of, customer)
    reached, bounced = _reached(scope, as_of, customer)
    only = {} if customer is None else {"pk": customer}
    found = {}
    for pk, reference, region, country, owner, terms, method in models.Customer.objects.filter(
        organisation_id=scope.organisation_id, **only
    ).values_list(
        "pk", "reference", "region", "country", "owner", "terms_days", "payment_method"
    ).iterator():  # fmt: skip
        usual, traits = invoiced.get(pk, (None, set()))
        if pk not in reached:
            traits = {*traits, "no_contact"}
        if pk in bounced:
            traits = {*traits, "bounced"}
        terms_days = terms if usual is None else usual
        about = hints.About(hints.terms_class(terms_days), method, frozenset(traits))
        found[pk] = Card(reference, region, country, owner, segments.get(pk, {}), about)
    return found


def _invoiced(
    scope: Scope, as_of: dt.date, customer: int | None
) -> dict[int, tuple[int | None, set[str]]]:
    """Return the terms most of a year's invoices carried, and what else they have in common.

    Of two terms as frequent the shorter; a due date before the issue date is no term.
    """
    end, since = (sql.day(d) for d in (as_of, as_of - dt.timedelta(days=USUAL_DAYS)))
    statement = (
        f"SELECT i.customer_id, {sql.apart('i.due_on', 'i.issued_on')} AS terms, COUNT(*),"
        " SUM(CASE WHEN i.po_number <> '' THEN 1 ELSE 0 END),"
        f" SUM(CASE WHEN i.undelivered_on <= {end} THEN 1 ELSE 0 END)"
        f" FROM item i WHERE i.organisation_id = %s AND {sql.DEBIT}"
        f" AND i.issued_on > {since} AND i.issued_on <= {end} AND i.customer_id = {{one}}"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    )
    counted: dict[int, list[int]] = {}
    best: dict[int, tuple[int, int]] = {}
    for pk, terms, n, with_po, undelivered in sql.rows(scope, statement, customer):
        sums = counted.setdefault(pk, [0, 0, 0])
        for place, value in enumerate((n, with_po, undelivered)):
            sums[place] += int(value)
        if terms >= 0 and n > best.get(pk, (0, 0))[1]:
            best[pk] = (int(terms), int(n))
    out: dict[int, tuple[int | None, set[str]]] = {}
    for pk, (n, with_po, undelivered) in counted.items():
        traits = {"no_po"} if 2 * with_po < n else set()
        if undelivered:
            traits.add("undelivered")
        out[pk] = (best[pk][0] if pk in best else None, traits)
    return out


def _segments(scope: Scope, as_of: dt.date, customer: int | None) -> dict[int, dict[int, str]]:
    """Return the segment in force on the day, by customer and entity."""
    only = {} if customer is None else {"customer_id": customer}
    found: dict[int, dict[int, str]] = {}
    for pk, entity, segment in (
        models.Assessment.objects.filter(
            organisation_id=scope.organisation_id, since_on__lte=as_of, **only
        )
        .order_by("since_on", "pk")
        .values_list("customer_id", "entity_id", "segment")
        .iterator()
    ):
        found.setdefault(pk, {})[entity] = segment
    return found


def _reached(scope: Scope, as_of: dt.date, customer: int | None) -> tuple[set[int], set[int]]:
    """Return whom a message can reach, and who has an address found not to work by the day."""
    where, params = "", list[Any]([scope.organisation_id])
    if customer is not None:
        where, params = " AND c.customer_id = %s", [*params, customer]
    day = sql.day(as_of)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.customer_id, MIN(CASE WHEN r.invalid_on <= {day} THEN 1 ELSE 0 END),"
            f" MAX(CASE WHEN r.invalid_on <= {day} THEN 1 ELSE 0 END)"
            " FROM route r JOIN contact c ON c.id = r.contact_id"
            " AND c.organisation_id = r.organisation_id"
            f" WHERE r.organisation_id = %s AND r.channel IN ('email', 'letter'){where}"
            " GROUP BY c.customer_id",
            params,
        )
        rows: Sequence[tuple[int, int, int]] = cursor.fetchall()
    return {pk for pk, least, _ in rows if not least}, {pk for pk, _, most in rows if most}
