"""Transactions that know whose data they touch.

On PostgreSQL each transaction names its organisation, and row-level security does the rest;
on SQLite the scope is the only wall (SECURITY.md).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import connection, transaction

from dunwell.core.scope import Scope


@contextlib.contextmanager
def transaction_of(scope: Scope, *, durable: bool = False) -> Iterator[None]:
    """Run one short transaction of one organisation; never any network inside (DATA.md 1.7)."""
    with transaction.atomic(durable=durable):
        enter(scope)
        yield


def enter(scope: Scope) -> None:
    """Name the organisation to the database, for the rest of this transaction."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('dunwell.organisation_id', %s, true)",
                [str(scope.organisation_id)],
            )
