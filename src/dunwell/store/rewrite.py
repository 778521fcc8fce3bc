"""Write rows anew: one prepared statement for all of them, many times faster than one for each."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from dunwell.store.models.base import Owned


def rewrite(rows: Sequence[Owned], names: Sequence[str]) -> None:
    """Write these fields of rows of one table anew, one prepared statement for all of them."""
    if not rows:
        return
    meta = rows[0]._meta
    assert {f.name for f in meta.concrete_fields} >= set(names), "a field that is no column"
    fields = [f for f in meta.concrete_fields if f.name in names]
    said = ", ".join(f"{connection.ops.quote_name(str(f.column))} = %s" for f in fields)
    table = connection.ops.quote_name(meta.db_table)
    values = [
        (
            *(f.get_db_prep_save(getattr(row, f.attname), connection=connection) for f in fields),
            row.organisation_id,
            row.pk,
        )
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {said} WHERE organisation_id = %s AND id = %s", values
        )
