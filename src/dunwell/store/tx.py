"""Transactions that know whose data they touch.

On PostgreSQL each transaction names its organisation, and row-level security does the rest;
on SQLite the scope is the only wall (SECURITY.md). Reads need a transaction too: outside one,
PostgreSQL shows no row.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from django.db import connection, transaction

from dunwell.core.scope import Scope
from dunwell.store import walls

_named: ContextVar[int | None] = ContextVar("organisation of the transaction", default=None)


@contextlib.contextmanager
def transaction_of(scope: Scope, *, durable: bool = False) -> Iterator[None]:
    """Run one short transaction of one organisation; never any network inside (DATA.md 1.7).

    Inside another it must be of the same organisation: nothing crosses.
    """
    assert _named.get() in (None, scope.organisation_id), "a transaction of two organisations"
    token = _named.set(scope.organisation_id)
    try:
        with transaction.atomic(durable=durable):
            enter(scope)
            yield
    finally:
        _named.reset(token)


@contextlib.contextmanager
def reading(scope: Scope) -> Iterator[None]:
    """Run one transaction that only reads: one picture of the book, and nobody has to wait.

    SQLite's write lock is taken by whoever begins as a writer; a reader begins without it.
    """
    was = getattr(connection, "transaction_mode", None)
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction_of(scope):
            yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = was  # type: ignore[attr-defined]


def enter(scope: Scope) -> None:
    """Name the organisation to the database, for the rest of this transaction."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config(%s, %s, true)", [walls.SETTING, str(scope.organisation_id)]
            )
