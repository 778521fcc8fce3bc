"""The law the desk goes by: the rows that are shipped, and those a user added."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dunwell.core import law
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.policies import law as shipped
from dunwell.store import law as store
from dunwell.store import tx
from dunwell.store.records import law as records

DEBTORS = (law.ANY, "business", "consumer")
CREDITORS = (law.ANY, "first_party", "third_party")


def of(scope: Scope) -> law.Law:
    """Return all rows that hold for an organisation."""
    with tx.reading(scope):
        return law.Law([*shipped.shipped(), *store.rows(scope)])


def add(
    scope: Scope,
    *,
    jurisdiction: str,
    rule: str,
    value: str,
    first: dt.date,
    last: dt.date | None,
    source: str,
    debtor_type: str,
    creditor_role: str,
    now: dt.datetime,
) -> tuple[int, law.Row]:
    """Add a row; return its id and itself. A reference rate ends with its half-year unless said.

    Raises: Refused for an unknown rule, a value of another form, no source, crossed dates, or a
    row that is there.
    """
    if not source.strip():
        raise Refused("source_missing", "say where it stands: --source")
    if last is None and rule == "reference_rate":
        last = law.half_year(first)[1]
    if last is not None and last < first:
        raise Refused("dates_crossed", f"the row would end {last} before it begins {first}")
    row = law.Row(
        jurisdiction=law.jurisdiction(jurisdiction),
        rule=rule,
        value=law.check(rule, value),
        valid_from=first,
        valid_to=last,
        source=source.strip()[:300],
        debtor_type=debtor_type,
        creditor_role=creditor_role,
        is_own=True,
    )
    with tx.transaction_of(scope):
        return records.record(scope, row, at=now), row


def listed(
    scope: Scope, *, jurisdiction: str | None, rule: str | None, on: dt.date | None
) -> list[dict[str, Any]]:
    """List rows by jurisdiction, rule and day, those of a later day after earlier ones."""
    code = law.jurisdiction(jurisdiction) if jurisdiction else None
    rows = [
        r
        for r in of(scope).rows
        if code in (None, r.jurisdiction)
        and rule in (None, r.rule)
        and (on is None or r.covers(on))
    ]
    rows.sort(key=lambda r: (r.jurisdiction, r.rule, r.debtor_type, r.valid_from))
    return [as_plain(r) for r in rows]


def as_plain(row: law.Row) -> dict[str, Any]:
    """Return a row as plain data, as JSON and a claim's basis hold it."""
    return {
        "jurisdiction": row.jurisdiction,
        "rule": row.rule,
        "value": row.value,
        "debtor_type": row.debtor_type,
        "creditor_role": row.creditor_role,
        "from_on": row.valid_from.isoformat(),
        "to_on": row.valid_to.isoformat() if row.valid_to else None,
        "source": row.source,
        "is_own": row.is_own,
    }
