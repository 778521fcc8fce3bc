"""Fixtures for every room's tests. What there is, and how to use it:

`database`  a fresh, migrated, empty database in a fresh data folder. This process and those it
            starts find it: Django points at it, DUNWELL_HOME and DUNWELL_DATABASE_URL name it.
            Reading or writing outside `tx.transaction_of(scope)` fails, as PostgreSQL would show
            nothing there.
`home`      its data folder (settings.yaml, key file and outbox go there).
`scope`     organisation "acme", founded by anna (who holds every role) on `helpers.NOW`, with
            one entity MAIN, EUR, Europe/Berlin, DE, and all built-in policies.
`book`      a `helpers.Book`: puts typed rows into that organisation through the same door as
            files, `desk.receive`, and reads balances back:

                def test_…(scope, book):
                    book.customers(customer("C-1"))
                    book.items(invoice("R-1", 10_000, due_on=date(2026, 2, 1)))
                    book.payments(payment("P-1", 4_000, items=[("R-1", None)]))
                    assert book.open("R-1") == 6_000

Both databases: `pytest` runs everything on SQLite. `DUNWELL_TEST_DATABASE=postgres pytest` runs
the tests that use `database` (or a fixture made from it) once more on PostgreSQL, and those
marked `postgres`, which run nowhere else; `scripts/test` does both. A test that says nothing
about the database takes the mark `one_database` and runs on SQLite only. On PostgreSQL the
application's role owns nothing, as in production.

No test sees the real home, the real database settings of the machine, or the real day.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import connection

import databases
import postgres
from dunwell.core.scope import Scope

VENDOR = os.environ.get("DUNWELL_TEST_DATABASE", "sqlite")
assert VENDOR in ("sqlite", "postgres"), "DUNWELL_TEST_DATABASE is sqlite or postgres"
for name in [n for n in os.environ if n.startswith("DUNWELL_") and n != "DUNWELL_TEST_DATABASE"]:
    del os.environ[name]  # a developer's own data is out of reach

_run = ExitStack()
_databases: list[databases.Sqlite | databases.Postgres] = []


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark, start the server before any worker needs it, make Django ready."""
    config.addinivalue_line(
        "markers", "one_database: says nothing about the database, runs on SQLite only"
    )
    if VENDOR == "postgres" and "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = _run.enter_context(postgres.server())
    folder = _run.enter_context(tempfile.TemporaryDirectory(prefix="dunwell-test-"))
    _databases.append(databases.of(VENDOR, Path(folder)))


def pytest_unconfigure() -> None:
    """Stop the server this run has started."""
    _run.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that belong to this run's database."""
    keep, drop = [], []
    for item in items:
        names = getattr(item, "fixturenames", ())
        needs_postgres = item.get_closest_marker("postgres") is not None
        is_single = item.get_closest_marker("one_database") is not None
        if VENDOR == "sqlite":
            belongs = not needs_postgres
        else:
            belongs = needs_postgres or ("database" in names and not is_single)
        (keep if belongs else drop).append(item)
    if drop:
        config.hook.pytest_deselected(items=drop)
        items[:] = keep


@pytest.fixture(scope="session")
def template() -> Iterator[databases.Sqlite | databases.Postgres]:
    """A migrated database, made once a session, of which every test gets a copy."""
    made = _databases[0]
    made.migrate()
    yield made
    made.drop()


@pytest.fixture
def database(
    template: databases.Sqlite | databases.Postgres,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[databases.Database]:
    """A fresh, migrated, empty database; Django in this process points at it."""
    made = template.fresh(tmp_path / "home")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    with connection.execute_wrapper(databases.inside_only):
        yield made
    template.take_back(made)


@pytest.fixture
def home(database: databases.Database) -> Path:
    """The data folder of `database`."""
    return database.home


@pytest.fixture
def scope(database: databases.Database) -> Scope:
    """An organisation with one entity, and anna who holds every role."""
    import helpers

    return helpers.found_organisation("acme")


@pytest.fixture
def book(scope: Scope) -> object:
    """Rows go in through the desk, balances come out."""
    import helpers

    return helpers.Book(scope)
