"""Setting up on PostgreSQL as SECURITY.md says, with the command and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

NAME = f"dunwell_setup_{os.getpid()}"
SETUP = f"""
CREATE ROLE {NAME}_owner LOGIN CREATEROLE PASSWORD 'one';
CREATE ROLE {NAME}_login LOGIN PASSWORD 'two';
CREATE DATABASE {NAME} OWNER {NAME}_owner;
REVOKE CONNECT ON DATABASE {NAME} FROM PUBLIC;
GRANT CONNECT ON DATABASE {NAME} TO {NAME}_login;
GRANT dunwell_app TO {NAME}_owner WITH ADMIN OPTION;
"""
AFTER = f"""
DROP DATABASE {NAME} WITH (FORCE);
DROP OWNED BY {NAME}_login, {NAME}_owner CASCADE;
DROP ROLE {NAME}_login;
DROP ROLE {NAME}_owner;
"""


@pytest.fixture
def admin(template: object) -> Iterator[psycopg.Connection]:
    """The administrator of a server on which another Dunwell database is set up already."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        yield connection
        for statement in AFTER.strip().splitlines():
            connection.execute(statement)


def url(user: str, password: str) -> str:
    """Return the address of the new database for one login."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{user}:{password}@{place}", path=f"/{NAME}").geturl()


def dunwell(home: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("dunwell")), *words, "--home", str(home)],
        env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.postgres
def test_a_missing_right_is_said_with_what_to_do(admin: psycopg.Connection, tmp_path: Path) -> None:
    """An owner that may not let the daily login in stops `init` with the statement that would."""
    for statement in SETUP.strip().splitlines()[:-1]:
        admin.execute(statement)
    made = dunwell(
        tmp_path, "init", DUNWELL_DATABASE_URL=url(f"{NAME}_login", "two"),
        DUNWELL_DATABASE_OWNER_URL=url(f"{NAME}_owner", "one"),
    )  # fmt: skip
    assert made.returncode == 3
    assert f'GRANT dunwell_app TO "{NAME}_login"' in made.stderr
    assert "Traceback" not in made.stderr


@pytest.mark.postgres
def test_two_logins_are_all_it_takes(admin: psycopg.Connection, tmp_path: Path) -> None:
    """After the statements of SECURITY.md, `dunwell init` sets everything up; the daily login
    works from then on without the owner's, and can take no wall down."""
    for statement in SETUP.strip().splitlines():
        admin.execute(statement)
    daily = {"DUNWELL_DATABASE_URL": url(f"{NAME}_login", "two")}
    owner = {"DUNWELL_DATABASE_OWNER_URL": url(f"{NAME}_owner", "one")}
    made = dunwell(tmp_path, "init", "--entity", "MAIN", "--currency", "EUR",
                   "--time-zone", "Europe/Berlin", "--country", "DE", **daily, **owner)  # fmt: skip
    assert made.returncode == 0, made.stderr
    items = tmp_path / "items.csv"
    items.write_text("customer,number,amount,due_on\nC-1,R-1,100.00,2026-02-01\n", "utf-8")
    taken = dunwell(tmp_path, "import", "items", str(items), "--as-of", "2026-03-02", **daily)
    assert taken.returncode == 0, taken.stderr
    aged = dunwell(tmp_path, "aging", "--as-of", "2026-03-02", "--format", "json", **daily)
    assert json.loads(aged.stdout)["totals"][0]["total"] == 10_000
    with psycopg.connect(daily["DUNWELL_DATABASE_URL"], autocommit=True) as login:
        assert login.execute("SELECT count(*) FROM item").fetchone() == (0,)
        for attack in (
            "ALTER TABLE item DISABLE ROW LEVEL SECURITY", "DROP POLICY own_rows ON item",
            "UPDATE event SET actor = 'eve'", "DELETE FROM seal", "TRUNCATE event",
            "ALTER ROLE dunwell_app BYPASSRLS", "DROP TABLE item",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                login.execute(attack)
