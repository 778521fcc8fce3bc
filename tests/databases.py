"""Databases for tests: migrated once, copied for each test, on SQLite or PostgreSQL.

Django reads its settings once a process; `point` moves it to another database of the same
kind, which is all a copy is.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.apps import apps

from dunwell import project


class Database(NamedTuple):
    """One database of one test: its data folder, its name, and what a process needs to find it."""

    home: Path
    name: str
    environment: dict[str, str]


class Sqlite:
    """A migrated file, copied."""

    vendor = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.file = folder / "dunwell.sqlite3"
        project.setup(home=folder)
        point("")

    def migrate(self) -> None:
        """Make the template."""
        point(str(self.file))
        project.migrate()
        point("")

    def fresh(self, home: Path) -> Database:
        """Copy the template into a new data folder."""
        home.mkdir(mode=0o700)
        shutil.copy(self.file, home / "dunwell.sqlite3")
        point(str(home / "dunwell.sqlite3"))
        return Database(home, str(home / "dunwell.sqlite3"), {"DUNWELL_HOME": str(home)})

    def take_back(self, made: Database) -> None:
        """Let go of a copy; its folder is the test's."""
        point("")

    def drop(self) -> None:
        """Nothing: the folder goes with the session."""


class Postgres:
    """A migrated database, cloned. Its owner is no superuser, the application owns nothing."""

    vendor = "postgresql"

    def __init__(self, folder: Path) -> None:
        self.admin = os.environ["DATABASE_URL"]
        self.name, self.count = f"dunwell_test_{os.getpid()}", 0
        project.setup(
            home=folder,
            database_url=self._url("dunwell_login:login", self.name),
            owner_url=self._url("dunwell_owner:owner", self.name),
        )
        point("")

    def migrate(self) -> None:
        """Make the template, as its owner."""
        self._run(
            _role("dunwell_owner", "CREATEROLE PASSWORD 'owner'"),
            _role("dunwell_login", "PASSWORD 'login'"),
            f"CREATE DATABASE {self.name} OWNER dunwell_owner",
        )
        point(self.name)
        project.migrate()
        point("")

    def fresh(self, home: Path) -> Database:
        """Clone the template."""
        home.mkdir(mode=0o700)
        self.count += 1
        name = f"{self.name}_{self.count}"
        self._run(
            f"CREATE DATABASE {name} TEMPLATE {self.name} OWNER dunwell_owner STRATEGY FILE_COPY"
        )
        point(name)
        environment = {
            "DUNWELL_HOME": str(home),
            "DUNWELL_DATABASE_URL": self._url("dunwell_login:login", name),
            "DUNWELL_DATABASE_OWNER_URL": self._url("dunwell_owner:owner", name),
        }
        return Database(home, name, environment)

    def take_back(self, made: Database) -> None:
        """Drop a clone."""
        point("")
        self._run(f"DROP DATABASE {made.name} WITH (FORCE)")

    def drop(self) -> None:
        """Drop the template."""
        self._run(f"DROP DATABASE {self.name} WITH (FORCE)")

    def _url(self, login: str, name: str) -> str:
        parts = urlsplit(self.admin)
        place = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=f"{login}@{place}", path=f"/{name}").geturl()

    def _run(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(self.admin, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


def inside_only(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
    """Let a statement on an organisation's rows fail outside a transaction, on SQLite as well.

    On PostgreSQL it would find no row, since nothing has named the organisation (`store.tx`).
    """
    assert "IN ()" not in str(sql), "PostgreSQL has no empty list; write IN (NULL)"
    if not context["connection"].in_atomic_block:
        named = set(_TABLES.findall(str(sql)))
        owned = {m._meta.db_table for m in apps.get_app_config("store").get_models()}
        touched = sorted(named & (owned - {"organisation"}))
        assert not touched, f"outside tx.transaction_of: {', '.join(touched)}"
    return execute(sql, params, many, context)


_TABLES = re.compile(r'\b(?:FROM|JOIN|INTO|UPDATE)\s+"?(\w+)', re.IGNORECASE)


def of(vendor: str, folder: Path) -> Sqlite | Postgres:
    """Make Django ready for one kind of database; the template is made when first needed."""
    return Postgres(folder) if vendor == "postgres" else Sqlite(folder)


def point(name: str) -> None:
    """Move Django to another database; with "" to none, so that a test without one fails."""
    from django.db import connections

    connections.close_all()
    for alias in connections:
        connections[alias].settings_dict["NAME"] = name or "/nowhere/no test asked for a database"


def _role(name: str, how: str) -> str:
    return (
        f"DO $$ BEGIN CREATE ROLE {name} LOGIN {how}; "
        "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
