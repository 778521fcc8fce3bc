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
def rehearsal_of(scope: Scope) -> Iterator[None]:
    """Run one transaction as if, and take back all it wrote: what it would do can be read in it."""
    with transaction_of(scope, durable=True):
        yield
        transaction.set_rollback(True)


@contextlib.contextmanager
def reading(scope: Scope) -> Iterator[None]:
    """Run one transaction that only reads: one picture of the book, and nobody has to wait.

    The database refuses to write in it. SQLite's write lock is taken by whoever begins as a
    writer; a reader begins without it. Inside a transaction of the organisation it is a part of
    that, and costs nothing.
    """
    if connection.in_atomic_block and _named.get() == scope.organisation_id:
        yield
    elif connection.in_atomic_block:
        with transaction_of(scope):
            yield
    elif connection.vendor == "sqlite":
        with _reading_on_sqlite(scope):
            yield
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            token = _named.set(scope.organisation_id)
            try:
                enter(scope)
                yield
            finally:
                _named.reset(token)


@contextlib.contextmanager
def _reading_on_sqlite(scope: Scope) -> Iterator[None]:
    was = getattr(connection, "transaction_mode", None)
    connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction_of(scope), connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = ON")
            yield
    finally:
        connection.transaction_mode = was  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = OFF")


def enter(scope: Scope) -> None:
    """Name the organisation to the database, for the rest of this transaction."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config(%s, %s, true)", [walls.SETTING, str(scope.organisation_id)]
            )
