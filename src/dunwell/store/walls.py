"""What the database itself enforces: organisations kept apart, and what is never changed.

On PostgreSQL the application acts as a role that owns no table. Row-level security shows it
the rows of one organisation only, the one its transaction has named (`store.tx`), and it may
not change or delete what is append-only. On SQLite, where there are no roles, triggers keep
the append-only tables, and the scope is the only wall between organisations (SECURITY.md).
Raised by the first migration and again after every later one, so that no table is forgotten.
Origin: DATA.md 1.1 and 1.4.
"""

from __future__ import annotations

from typing import Any, Protocol

ROLE = "dunwell_app"
SETTING = "dunwell.organisation_id"
APPEND_ONLY = ("allocation", "calendar_version", "event", "history", "policy_version", "seal")

_MINE = f"(SELECT NULLIF(current_setting('{SETTING}', true), '')::bigint)"
_ENSURE_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        CREATE ROLE {ROLE} NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database of this server was set up at the same moment
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION '% may not create the role {ROLE}', current_user
        USING HINT = 'As an administrator: CREATE ROLE {ROLE} NOLOGIN';
END $$"""
_ADMIT = f"""
DO $$ BEGIN
    IF NOT pg_has_role(%(name)s, '{ROLE}', 'MEMBER') THEN
        GRANT {ROLE} TO %(quoted)s;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION '%% may not let %(quoted)s act as {ROLE}', current_user
    USING HINT = 'As an administrator: GRANT {ROLE} TO %(quoted)s';
END $$"""
_OWNED = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
AND a.attname = 'organisation_id' AND NOT a.attisdropped ORDER BY c.relname"""


class Cursor(Protocol):
    """What is needed of a database cursor."""

    def execute(self, sql: str) -> Any: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...


def raise_walls(vendor: str, cursor: Cursor) -> None:
    """Raise every wall on every table there is; again changes nothing."""
    if vendor == "postgresql":
        _raise_on_postgresql(cursor)
    else:
        _raise_on_sqlite(cursor)


def admit(cursor: Cursor, login: str) -> None:
    """Let a login act as the application, on PostgreSQL."""
    name = "'" + login.replace("'", "''") + "'"
    quoted = '"' + login.replace('"', '""') + '"'
    cursor.execute(_ADMIT % {"name": name, "quoted": quoted})


def _raise_on_postgresql(cursor: Cursor) -> None:
    cursor.execute(_ENSURE_ROLE)
    cursor.execute("SELECT current_schema()")
    schema = cursor.fetchall()[0][0]
    cursor.execute(f'GRANT USAGE ON SCHEMA "{schema}" TO {ROLE}')
    cursor.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO {ROLE}')
    cursor.execute(f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA "{schema}" TO {ROLE}')
    cursor.execute(_OWNED)
    for (table,) in cursor.fetchall():
        _stand(cursor, table, f"USING (organisation_id = {_MINE})", name="own_rows")
        verbs = "INSERT" if table in APPEND_ONLY else "INSERT, UPDATE, DELETE"
        cursor.execute(f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM {ROLE}')
        cursor.execute(f'GRANT {verbs} ON "{table}" TO {ROLE}')
    # Which organisations there are must be readable before one can be named.
    cursor.execute(f"GRANT INSERT, UPDATE ON organisation TO {ROLE}")
    _stand(cursor, "organisation", "FOR SELECT USING (true)", name="all_may_look")
    _stand(cursor, "organisation", "FOR INSERT WITH CHECK (true)", name="found")
    _stand(cursor, "organisation", f"FOR UPDATE USING (id = {_MINE})", name="own_row")


def _stand(cursor: Cursor, table: str, rule: str, *, name: str) -> None:
    cursor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    cursor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    cursor.execute(f'DROP POLICY IF EXISTS {name} ON "{table}"')
    cursor.execute(f'CREATE POLICY {name} ON "{table}" {rule}')


def _raise_on_sqlite(cursor: Cursor) -> None:
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    there = {name for (name,) in cursor.fetchall()}
    for table in APPEND_ONLY:
        if table not in there:
            continue
        for verb in ("UPDATE", "DELETE"):
            cursor.execute(
                f"CREATE TRIGGER IF NOT EXISTS keep_{table}_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
