"""The rows of law a user added to those that are shipped."""

from __future__ import annotations

from dunwell.core import law
from dunwell.core.scope import Scope
from dunwell.store import models


def rows(scope: Scope) -> tuple[law.Row, ...]:
    """Return what was added, in the order in which it was."""
    return tuple(
        law.Row(
            jurisdiction=r.jurisdiction,
            rule=r.rule,
            value=r.value,
            valid_from=r.valid_from_on,
            valid_to=r.valid_to_on,
            source=r.source,
            debtor_type=r.debtor_type,
            creditor_role=r.creditor_role,
            is_own=True,
        )
        for r in models.LawRow.objects.filter(organisation_id=scope.organisation_id).order_by("pk")
    )
