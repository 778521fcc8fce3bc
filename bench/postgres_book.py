"""The big book on PostgreSQL: the settled SQLite one, copied row by row with COPY.

    scripts/postgres .venv/bin/python bench/pages.py --postgres

`DATABASE_URL` names a superuser's server (`scripts/postgres` starts one). The book is owned by
one role and read by another that is no owner, so that row-level security is in force.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

NAME = "dunwell_bench"
_SKIPPED = ("sqlite_sequence", "django_migrations")


def enter(home: Path) -> Any:
    """Copy a data folder's book to PostgreSQL and open it there; return whose data it is."""
    _create()
    from dunwell.store import connect

    connect.setup(
        home=home, database_url=_url("dunwell_login:login"), owner_url=_url("dunwell_owner:owner")
    )
    connect.migrate()
    _copy(home / "dunwell.sqlite3")
    from dunwell.desk import found

    return found.enter(None, by="bench")


def cpu() -> float:
    """Return the CPU seconds of this process and of the server's process that answers it."""
    from django.db import connection

    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    ran = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    return time.process_time() + ran / 1e9


def _admin(name: str = "") -> str:
    parts = urlsplit(os.environ["DATABASE_URL"])
    return parts._replace(path=f"/{name}").geturl() if name else parts.geturl()


def _url(login: str) -> str:
    parts = urlsplit(os.environ["DATABASE_URL"])
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{login}@{place}", path=f"/{NAME}").geturl()


def _create() -> None:
    import psycopg

    with psycopg.connect(_admin(), autocommit=True) as admin:
        for name, how in (("owner", "CREATEROLE PASSWORD 'owner'"), ("login", "PASSWORD 'login'")):
            admin.execute(
                f"DO $$ BEGIN CREATE ROLE dunwell_{name} LOGIN {how};"
                " EXCEPTION WHEN duplicate_object THEN NULL; END $$"
            )
        admin.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {NAME} OWNER dunwell_owner")


def _copy(file: Path) -> None:
    import psycopg

    book = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    tables = [
        name
        for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if name not in _SKIPPED and not name.startswith("sqlite_")
    ]
    with psycopg.connect(_admin(NAME), autocommit=True) as target:
        target.execute("SET session_replication_role = replica")
        target.execute(f"TRUNCATE {', '.join(tables)}")
        for table in tables:
            _copy_table(book, target, table)
        target.execute("VACUUM ANALYZE")


def _copy_table(book: sqlite3.Connection, target: Any, table: str) -> None:
    kinds = dict(
        target.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s",
            [table],
        ).fetchall()
    )
    columns = [row[1] for row in book.execute(f'PRAGMA table_info("{table}")')]
    named = ", ".join(f'"{c}"' for c in columns)
    as_bool = [n for n, c in enumerate(columns) if kinds[c] == "boolean"]
    with (
        target.cursor() as cursor,
        cursor.copy(f'COPY "{table}" ({named}) FROM STDIN') as copy,
    ):
        for row in _rows(book, f'SELECT {named} FROM "{table}"', as_bool):
            copy.write_row(row)
    if "id" in kinds:
        target.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
            f' (SELECT COALESCE(MAX(id), 1) FROM "{table}"))'
        )


def _rows(book: sqlite3.Connection, sql: str, as_bool: list[int]) -> Iterator[list[Any]]:
    for row in book.execute(sql):
        values = list(row)
        for n in as_bool:
            values[n] = None if values[n] is None else bool(values[n])
        yield values
