"""Rows of law that a user adds: dated, with their source, never changed."""

from __future__ import annotations

import datetime as dt

from dunwell.core import law
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.store import journal, models
from dunwell.store.records import watch


def record(scope: Scope, row: law.Row, *, at: dt.datetime) -> int:
    """Keep a row inside the caller's transaction; return its id.

    Raises: Refused where one for the same from the same day on is there.
    """
    same = {
        "jurisdiction": row.jurisdiction,
        "debtor_type": row.debtor_type,
        "creditor_role": row.creditor_role,
        "rule": row.rule,
        "valid_from_on": row.valid_from,
    }
    there = models.LawRow.objects.filter(organisation_id=scope.organisation_id, **same).first()
    if there is not None:
        raise Refused(
            "row_there",
            f"a {row.rule} of {row.jurisdiction} from {row.valid_from} on was added before: "
            f"{there.value} ({there.source}); a row never changes, add one from a later day",
        )
    made = models.LawRow.objects.create(
        organisation_id=scope.organisation_id,
        value=row.value,
        valid_to_on=row.valid_to,
        source=row.source,
        added_by=scope.actor,
        added_at=at,
        **same,
    )
    refs = {"row": made.pk, "jurisdiction": row.jurisdiction, "rule": row.rule,
            "value": row.value, "from": row.valid_from, "to": row.valid_to}  # fmt: skip
    journal.append(scope, "law_row_added", refs=refs, at=at)
    if row.rule in law.OF_CONTACT:
        watch.wake_all(scope)  # what may be done may be another thing today
    return made.pk
