"""The invoices and payments behind one customer's numbers: they add up to them.

The same rows and amounts that `store.lists.outstanding` sums, not summed. Names of customers are
not read here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

from dunwell.core.scope import Scope
from dunwell.store import facts
from dunwell.store.lists import outstanding_sql as sql


class Line(NamedTuple):
    """One item (or a payment matched to nothing), and what it adds to which sum by name."""

    id: int
    number: str
    part: str
    kind: str
    entity: str
    currency: str
    issued_on: dt.date | None
    due_on: dt.date
    amount_minor: int
    closed_on: dt.date | None
    adds: dict[str, int]


def lines(scope: Scope, period: sql.Period, *, customer: int) -> list[Line]:
    """Return every line that adds something to a customer's sums, by due date."""
    items: dict[int, dict[str, int]] = {}
    payments: dict[int, dict[str, int]] = {}
    for source in sql.sources(period):
        found = items if source.alias == "i" else payments
        names = tuple(source.adds)
        picked = ", ".join(source.adds.values())
        statement = f"SELECT {source.alias}.id, {picked}{source.rows}"
        for pk, *values in sql.rows(scope, statement, customer):
            adds = found.setdefault(pk, {})
            for name, value in zip(names, values, strict=True):
                if value:
                    adds[name] = adds.get(name, 0) + int(value)
    out = [*_of_items(scope, items), *_of_payments(scope, payments)]
    return sorted(out, key=lambda x: (x.due_on, x.kind, x.number, x.part, x.id))


def _of_items(scope: Scope, adds: dict[int, dict[str, int]]) -> list[Line]:
    rows = _read(
        scope, "SELECT x.id, x.number, x.part, x.kind, e.code, x.currency, x.issued_on, x.due_on,"
        " x.amount_minor, x.closed_on FROM item x JOIN entity e ON e.id = x.entity_id"
        " WHERE x.organisation_id = %s", [pk for pk, x in adds.items() if any(x.values())],
    )  # fmt: skip
    return [
        Line(pk, number, part, kind, code, currency, _date(issued), facts.as_day(due),
             int(amount), _date(closed), adds[pk])
        for pk, number, part, kind, code, currency, issued, due, amount, closed in rows
    ]  # fmt: skip


def _of_payments(scope: Scope, adds: dict[int, dict[str, int]]) -> list[Line]:
    rows = _read(
        scope, "SELECT x.id, x.reference, e.code, x.currency, x.paid_on, x.amount_minor"
        " FROM payment x JOIN entity e ON e.id = x.entity_id WHERE x.organisation_id = %s",
        [pk for pk, x in adds.items() if any(x.values())],
    )  # fmt: skip
    return [
        Line(pk, reference, "", "unapplied", code, currency, None, facts.as_day(paid),
             int(amount), None, adds[pk])
        for pk, reference, code, currency, paid, amount in rows
    ]  # fmt: skip


AT_ONCE = 10_000
"""How many rows one query asks for by their ids."""


def _read(scope: Scope, statement: str, ids: Sequence[int]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            marks = ",".join(["%s"] * len(some))
            cursor.execute(f"{statement} AND x.id IN ({marks})", [scope.organisation_id, *some])
            found += cursor.fetchall()
    return found


def _date(value: Any) -> dt.date | None:
    return None if value is None else facts.as_day(value)
