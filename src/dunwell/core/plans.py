"""A payment plan before it is agreed: whether it may be offered, and what it comes to.

Origin: SEMANTICS 7, Plan. What became of it afterwards is told by `core.promises`. Must not
know: the store, what day it is.

Interest, where there is any, is simple: each instalment's share of the principal bears it from
the day the plan is made until the instalment is due, a year being 365 days. The sum is rounded
once, half to even, and split over the instalments like the principal: no cent is lost.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from dunwell.core import money, policy, promises, workdays

LEAST = 2
"""A plan has at least so many instalments; one is a promise."""


class Terms(NamedTuple):
    """What a plan comes to: its principal, what is charged beside it, and its instalments."""

    principal_minor: int
    interest_minor: int
    fee_minor: int
    schedule: tuple[promises.Part, ...]


def refusal(rules: policy.PlansDoc, *, base_minor: int, minimum_minor: int, segment: str) -> str:
    """Return why a plan may not be offered, or "".

    `base_minor` is what it would cover, in base currency, where the policy's minimum stands.

    >>> rules = policy.PlansDoc(segments=["vip"])
    >>> refusal(rules, base_minor=1, minimum_minor=0, segment="standard")
    'the policy offers plans to vip, not to standard'
    """
    if rules.segments and segment not in rules.segments:
        return f"the policy offers plans to {', '.join(rules.segments)}, not to {segment}"
    if base_minor < minimum_minor:
        return f"the policy offers plans from {rules.minimum} in base currency on"
    return ""


def terms(
    principal_minor: int,
    *,
    instalments: int,
    made_on: dt.date,
    first_on: dt.date,
    percent: Decimal,
    fee_minor: int,
    calendar: workdays.Calendar,
    tolerance: int,
) -> Terms:
    """Return what a plan comes to, instalment by instalment.

    >>> day = dt.date
    >>> made = terms(100_000, instalments=2, made_on=day(2026, 3, 2), first_on=day(2026, 4, 1),
    ...     percent=Decimal(12), fee_minor=0, calendar=workdays.Calendar("-/0"), tolerance=3)
    >>> made.interest_minor, [p.minor for p in made.schedule]
    (1479, [50740, 50739])
    """
    parts = promises.schedule(
        principal_minor,
        instalments=instalments,
        first_on=first_on,
        calendar=calendar,
        tolerance=tolerance,
    )
    minor_days = sum(p.minor * (p.due_on - made_on).days for p in parts)
    interest = money.simple_interest(minor_days, percent)
    charges = money.split(interest + fee_minor, instalments)
    schedule = tuple(
        p._replace(minor=p.minor + extra) for p, extra in zip(parts, charges, strict=True)
    )
    return Terms(principal_minor, interest, fee_minor, schedule)
