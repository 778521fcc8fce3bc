"""Paths a person moved cases to, until a day (SEMANTICS 4.7): read here, written by `desk.path`.

Must not know: the steps of a path, or how a case's own segment is found (`core.segments`).
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from dunwell.core import policy as policies
from dunwell.core.scope import Scope
from dunwell.store import models


class Path(NamedTuple):
    """The path of another segment, or another cadence, that a case walks through a day."""

    customer_id: int
    segment: str
    cadence: str
    until_on: dt.date
    reason: str
    by: str

    def walked(self, own: str, policy: policies.Policy) -> tuple[str, str]:
        """Return the segment and cadence walked on it; what the policy lacks stays as it was."""
        segment = self.segment if self.segment in policy.segment_by_name else own
        if self.cadence in policy.cadences:
            return segment, self.cadence
        return segment, policy.cadence_of(segment).name


def in_force(
    scope: Scope, entity: models.Entity, *, as_of: dt.date, customer_id: int | None = None
) -> dict[int, Path]:
    """Return the paths in force on a day, by customer: of all, or of one."""
    rows = models.Path.objects.filter(
        organisation_id=scope.organisation_id, entity=entity, from_on__lte=as_of,
        until_on__gte=as_of,
    ).exclude(ended_on__lte=as_of)  # fmt: skip
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    found = rows.order_by("pk").values_list(
        "customer_id", "segment", "cadence", "until_on", "reason", "by"
    )
    return {row[0]: Path(*row) for row in found}


def ever(scope: Scope, entity: models.Entity) -> set[int]:
    """Return the customers who are or were on another path: no glance tells where they stand."""
    rows = models.Path.objects.filter(organisation_id=scope.organisation_id, entity=entity)
    return set(rows.values_list("customer_id", flat=True))
