"""How a customer came to its grade and its segment, in sentences that can be checked.

From the inputs recorded with the assessment, so that a grade of last year is told with the
figures of last year. Must not know: pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from dunwell.core import policy as policies
from dunwell.core import segments
from dunwell.core.lint import segments as wording
from dunwell.core.scope import Scope
from dunwell.store import models, tx
from dunwell.store import policies as published

_FIELDS = frozenset(segments.Known.__struct_fields__)


class Told(NamedTuple):
    """What a customer is at one entity: since when, and why, by which policy."""

    entity: str
    segment: str
    grade: str
    since_on: Any
    sentences: list[str]
    policy: str
    version: int


def told(scope: Scope, assessments: Iterable[Mapping[str, Any]]) -> list[Told]:
    """Tell each assessment of a customer, by the policy its entity follows."""
    rows = list(assessments)
    with tx.reading(scope):
        found = {
            e.code: (published.current(scope, e.policy)[1], e.base_currency)
            for e in models.Entity.objects.filter(
                organisation_id=scope.organisation_id, code__in=[r["entity"] for r in rows]
            )
        }
    out = []
    for r in rows:
        policy, base = found[r["entity"]]
        how = [why_grade(r["grade"], r["inputs"]), _why_segment(r, policy, base)]
        out.append(
            Told(r["entity"], r["segment"], r["grade"], r["since_on"], how, policy.name,
                 policy.version)
        )  # fmt: skip
    return out


def why_grade(grade: str, inputs: Mapping[str, Any] | None) -> str:
    """Say why somebody has a grade, from what was counted.

    >>> why_grade("poor", {"items": 4, "weight_minor": 1000, "late_minor_days": 92000,
    ...                    "late_minor": 1000})[:70]
    'Grade poor: paid 92 days late on average, weighed by amount, over 4 it'
    >>> why_grade("unknown", {"items": 2, "weight_minor": 1000})
    'Grade unknown: 2 items were counted in twelve months, and a grade takes 3.'
    """
    known = _known(inputs)
    if not inputs or segments.grade(known) != grade:
        return f"Grade {grade}: as the ledger gives it."
    if known.earlier_placement:
        return f"Grade {grade}: something was with an agency or lawyer before."
    if grade == "unknown":
        counted = f"{known.items} item{' was' if known.items == 1 else 's were'} counted"
        return (
            f"Grade unknown: {counted} in twelve months, and a grade takes {segments.LEAST_ITEMS}."
        )
    return f"Grade {grade}: {_paid(known)}; {_bounds(segments.place_of(known))}{_broken(known)}."


def _known(inputs: Mapping[str, Any] | None) -> segments.Known:
    return msgspec.convert(
        {k: v for k, v in (inputs or {}).items() if k in _FIELDS}, segments.Known
    )


def _paid(known: segments.Known) -> str:
    days = _ratio(known.late_minor_days, known.weight_minor)
    share = _ratio(known.late_minor * 100, known.weight_minor)
    how = "paid on time" if days == "0" else f"paid {days} day{'' if days == '1' else 's'} late"
    return (
        f"{how} on average, weighed by amount, over {known.items} items of the last twelve "
        f"months, {share} % of the amount late"
    )


def _ratio(part: int, whole: int) -> str:
    """Write a share with one decimal, and a whole one without.

    >>> _ratio(304, 10), _ratio(300, 10), _ratio(1, 3)
    ('30.4', '30', '0.3')
    """
    tenths = (20 * part + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else str(tenths // 10)


def _bounds(place: int) -> str:
    """Say which bound was kept, and which was not.

    >>> _bounds(0)
    'excellent bears 3 days and 10 %'
    >>> _bounds(3)
    'poor begins above 30 days'
    """
    if place == len(segments.BOUNDS):
        return f"poor begins above {segments.BOUNDS[-1][1]} days"
    grade, days, share = segments.BOUNDS[place]
    here = f"{grade} bears {days} days" + (f" and {share} %" if share < 100 else "")
    if not place:
        return here
    better, days, share = segments.BOUNDS[place - 1]
    return f"{here}, {better} only {days} days and {share} %"


def _broken(known: segments.Known) -> str:
    n = known.broken_promises
    if not n:
        return ""
    return (
        "; a broken promise took a grade off" if n == 1 else f"; {n} broken promises took {n} off"
    )


def _why_segment(row: Mapping[str, Any], policy: policies.Policy, base: str) -> str:
    name = row["segment"]
    titled = f"Segment {name.replace('_', ' ')}"
    segment = policy.segment_by_name.get(name)
    if segment is None:
        return f"{titled}: as an earlier policy has it."
    if not segment.any:
        return f"{titled}: no other segment fits."
    late = int((row["inputs"] or {}).get("late_invoices") or 0)
    found = segments.because(
        _known(row["inputs"]), segment, how=row["grade"], late=late, base_currency=base
    )
    if found is None:
        return f"{titled}: as it was when the case began, or as the ledger gives it."
    return f"{titled}: {wording.words(found)}."
