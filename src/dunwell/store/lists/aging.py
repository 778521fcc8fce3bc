"""The open amounts behind the aging report, as of any date, by the key asked for.

As of a past date: effective dates and what is known now (SEMANTICS 2.6). An item counts from
its issue date; what was allocated to it on or before the day has left it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence

from django.db import connection

from dunwell.core import aging
from dunwell.core.scope import Scope
from dunwell.store import facts, models

BY = ("customer", "segment", "region", "owner", "entity", "currency")

UNKNOWN = "(unknown payer)"
"""The key of money whose payer nobody knows."""
_KEY = {
    "customer": "c.reference",
    "region": "c.region",
    "owner": "c.owner",
    "entity": "e.code",
    "currency": "x.currency",
    "segment": "COALESCE((SELECT a.segment FROM assessment a WHERE a.organisation_id ="
    " x.organisation_id AND a.customer_id = c.id AND a.entity_id = x.entity_id AND"
    " a.since_on <= {day} ORDER BY a.since_on DESC LIMIT 1), 'standard')",
}


def key_of(by: str, *, as_of: dt.date) -> str:
    """Return what a row is about, in SQL over `x`, its customer `c` and its entity `e`."""
    return _KEY[by].replace("{day}", f"'{as_of.isoformat()}'")


def open_amounts(
    scope: Scope,
    *,
    as_of: dt.date,
    by: str = "customer",
    entity: str | None = None,
    customers: Collection[int] | None = None,
    within: tuple[str, str] | None = None,
) -> Iterator[aging.Open]:
    """Yield every open amount as of a day, summed by key, currency, kind and due date.

    `within` limits it to one value of another key, such as ("region", "north"), `customers` to
    what some of them owe, by id.
    """
    day = f"'{as_of.isoformat()}'"
    key = key_of(by, as_of=as_of)
    where, more = narrowed(as_of=as_of, entity=entity, within=within)
    if customers is not None:
        marks = ",".join(["%s"] * len(customers)) or "NULL"
        where, more = f"{where} AND x.customer_id IN ({marks})", [*more, *sorted(customers)]
    items = (
        f"SELECT {key}, x.currency, x.kind, x.due_on, SUM(x.amount_minor - COALESCE(("
        "SELECT SUM(a.amount_minor) FROM allocation a WHERE a.item_id = x.id"
        f' AND a.organisation_id = x.organisation_id AND a."on" <= {day}), 0))'
        " FROM item x JOIN customer c ON c.id = x.customer_id JOIN entity e ON e.id = x.entity_id"
        f" WHERE x.organisation_id = %s AND (x.issued_on IS NULL OR x.issued_on <= {day})"
        f" AND (x.open_minor > 0 OR x.closed_on IS NULL OR x.closed_on > {day}){where}"
        " GROUP BY 1, 2, 3, 4"
    )
    with connection.cursor() as cursor:
        cursor.execute(items, [scope.organisation_id, *more])
        for found, currency, kind, due_on, minor in cursor.fetchall():
            if minor:
                yield aging.Open(found or "", currency, kind, facts.as_day(due_on), int(minor))
    yield from unapplied(scope, as_of=as_of, by=by, where=where, more=more)


def narrowed(
    *, as_of: dt.date, entity: str | None, within: tuple[str, str] | None
) -> tuple[str, list[int | str]]:
    """Return the conditions, in SQL, of one entity and of one value of another key."""
    where, more = "", list[int | str]()
    if within is not None:
        where, more = f" AND COALESCE({key_of(within[0], as_of=as_of)}, '') = %s", [within[1]]
    if entity is not None:
        where, more = f"{where} AND e.code = %s", [*more, entity]
    return where, more


def unapplied(
    scope: Scope, *, as_of: dt.date, by: str, where: str, more: Sequence[int | str]
) -> Iterator[aging.Open]:
    """Yield the money that paid nothing yet at the end of a day, by key and currency.

    Only what pays nothing now, or did so then, is looked at: the rest is spent.
    """
    day, key = f"'{as_of.isoformat()}'", key_of(by, as_of=as_of)
    first = [UNKNOWN] if by == "customer" else []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key if by != 'customer' else 'COALESCE(c.reference, %s)'}, x.currency,"
            " SUM(x.amount_minor - COALESCE(("
            "SELECT SUM(a.amount_minor) FROM allocation a WHERE a.payment_id = x.id"
            f' AND a.organisation_id = x.organisation_id AND a."on" <= {day}), 0))'
            " FROM payment x LEFT JOIN customer c ON c.id = x.customer_id"
            " JOIN entity e ON e.id = x.entity_id"
            f" WHERE x.organisation_id = %s AND x.kind = 'payment' AND x.paid_on <= {day}"
            f" AND (x.reversed_on IS NULL OR x.reversed_on > {day})"
            f" AND (x.unapplied_minor > 0 OR x.reversed_on > {day} OR x.id IN (SELECT l.payment_id"
            f' FROM allocation l WHERE l.organisation_id = %s AND l."on" > {day}))'
            f"{where} GROUP BY 1, 2",
            [*first, scope.organisation_id, scope.organisation_id, *more],
        )
        for found, currency, minor in cursor.fetchall():
            if minor:
                yield aging.Open(found or "", currency, "unapplied", None, int(minor))


def is_past(scope: Scope, as_of: dt.date) -> bool:
    """Tell whether the book says more by now than it did at the end of a day."""
    return models.ImportBatch.objects.filter(
        organisation_id=scope.organisation_id, state="published", as_of__gt=as_of
    ).exists()


def oldest_due(scope: Scope, *, before: dt.date) -> Iterator[tuple[str, str, dt.date]]:
    """Yield what each customer has owed longest of what is past due: entity, customer, due date."""
    mine = {"organisation_id": scope.organisation_id}
    people = dict(models.Customer.objects.filter(**mine).values_list("pk", "reference"))
    for pk, code in models.Entity.objects.filter(**mine).values_list("pk", "code"):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT customer_id, MIN(due_on) FROM item WHERE organisation_id = %s"
                " AND entity_id = %s AND open_minor > 0 AND kind <> 'credit_note'"
                " AND due_on < %s GROUP BY customer_id",
                [scope.organisation_id, pk, before],
            )
            for customer, due_on in cursor.fetchall():
                yield code, people[customer], facts.as_day(due_on)


def owing(scope: Scope) -> set[str]:
    """Return the customers of whom anything is open: an item, a credit, money not matched yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reference FROM customer WHERE organisation_id = %s AND id IN ("
            "SELECT customer_id FROM item WHERE organisation_id = %s AND open_minor > 0"
            " UNION SELECT customer_id FROM payment WHERE organisation_id = %s"
            " AND unapplied_minor > 0)",
            [scope.organisation_id] * 3,
        )
        return {reference for (reference,) in cursor.fetchall()}
