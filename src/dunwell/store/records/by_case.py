"""Rows of the cases of a batch, in plain SQL: the ORM spends more on long lists than on rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from dunwell.core.scope import Scope


def rows_of(sql: str, scope: Scope, keys: Iterable[tuple[int, int]]) -> list[tuple[Any, ...]]:
    """Run a query over the rows of some cases, by (entity, customer); it ends in its WHERE clause.

    Entity by entity, so that the indexes, which begin with both, find each row directly.
    """
    by_entity: dict[int, list[int]] = {}
    for entity, customer in keys:
        by_entity.setdefault(entity, []).append(customer)
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for entity, customers in by_entity.items():
            marks = ",".join(["%s"] * len(customers))
            cursor.execute(
                f"{sql} AND entity_id = %s AND customer_id IN ({marks})",
                [scope.organisation_id, entity, *customers],
            )
            found += cursor.fetchall()
    return found
