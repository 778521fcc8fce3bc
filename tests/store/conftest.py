"""Fixtures of the store's own tests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from databases import Database
from dunwell.core.scope import Scope
from dunwell.store import tx


@pytest.fixture
def written(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many rows each transaction writes."""
    counts: list[int] = []
    real, depth = tx.transaction_of, [0]

    @contextlib.contextmanager
    def counting(scope: Scope, **options: Any) -> Iterator[None]:
        depth[0] += 1
        if depth[0] == 1:
            counts.append(0)
        try:
            with real(scope, **options):
                yield
        finally:
            depth[0] -= 1

    def count(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        found = execute(sql, params, many, context)
        if str(sql).startswith(("INSERT", "UPDATE", "DELETE")) and counts:
            rows = context["cursor"].rowcount
            counts[-1] += rows if rows > 0 else str(sql).count("), (") + 1  # SQLite, RETURNING
        return found

    monkeypatch.setattr(tx, "transaction_of", counting)
    with connection.execute_wrapper(count):
        yield counts
