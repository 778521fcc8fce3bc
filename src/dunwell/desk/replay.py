"""Decide again what was decided, on the facts then seen; find no difference (SEMANTICS 6.13)."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import msgspec

from dunwell.core import book, decide, workdays
from dunwell.core.decision import Act
from dunwell.core.scope import Scope
from dunwell.store import calendars, models, policies, tx
from dunwell.store.records import cases

BATCH = 500
_encoder = msgspec.json.Encoder()


class Difference(NamedTuple):
    """A decision that would come out differently now."""

    decision: int
    customer: str
    entity: str
    as_of: dt.date
    was: str
    now: str
    rules: int


class Replayed(NamedTuple):
    """How many decisions were replayed, and what differs; `newer_rules` are expected to."""

    decisions: int
    differences: list[Difference]
    newer_rules: list[Difference]


def run(scope: Scope, *, first: dt.date, last: dt.date) -> Replayed:
    """Replay the decisions of the days from `first` through `last`."""
    count, after = 0, 0
    differs: list[Difference] = []
    expected: list[Difference] = []
    with tx.transaction_of(scope):
        known = calendars.load(scope)
    while True:
        with tx.transaction_of(scope):
            rows = list(
                models.Decision.objects.filter(
                    organisation_id=scope.organisation_id,
                    as_of__range=(first, last),
                    pk__gt=after,
                )
                .select_related("customer", "entity")
                .order_by("pk")[:BATCH]
            )
            for row in rows:
                found = _again(scope, row, known)
                if found is not None:
                    (differs if row.rules == book.RULES else expected).append(found)
        if not rows:
            return Replayed(count, differs, expected)
        count, after = count + len(rows), rows[-1].pk


def _again(
    scope: Scope, row: models.Decision, known: dict[str, workdays.Calendar]
) -> Difference | None:
    seen = book.restore(cases.plain(row.facts), calendars=known)
    policy = policies.load(scope, row.policy_version_id)
    made = decide.decide(seen, policy, as_of=row.as_of)
    was = cases.plain(row.body)
    if _encoder.encode(made) == was:
        return None
    if row.reason == "over_capacity" and isinstance(made, Act):
        return None  # the cap holds for the day's run as a whole, not for one case (4.8)
    return Difference(
        row.pk, row.customer.reference, row.entity.code, row.as_of,
        " ".join(cases.outcome(cases.unpack(bytes(row.body)))).strip(),
        " ".join(cases.outcome(made)).strip(), row.rules,
    )  # fmt: skip
