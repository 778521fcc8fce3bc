"""Segments and grades: who a customer is to the policy, from what is known about them.

Computed by their own pass and recorded as dated facts (SEMANTICS 2.7, 8); `decide` only reads
the outcome. The grade's formula is shown with its inputs: docs/concepts/grades.md.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from dunwell.core import book, position
from dunwell.core import policy as policies

LATE_DAYS = 8
LEAST_ITEMS = 3
LIKELY_DAYS = 30
BOUNDS = (("excellent", 3, 10), ("good", 10, 40), ("fair", 30, 100))
"""Each grade with the days late and the percent of the amount late it bears; the rest is poor."""
BOOK_WEIGHT = 10
"""How many items of the book stand beside a customer's own when payment is judged likely."""


class Known(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What is known of a customer; the history counts the last 12 months.

    `weight_minor` is the amount of the items counted, `late_minor_days` amount times days late
    (early is 0), `late_minor` the amount paid late or overdue now. Of `due_30` items that fell
    due 30 or more days ago, `paid_30` were paid within 30 days.
    """

    strategic: bool = False
    revenue_minor: int | None = None
    natural_person: bool = False
    country: str = ""
    payment_method: str = ""
    terms_days: int | None = None
    earlier_placement: bool = False
    broken_promises: int = 0
    items: int = 0
    weight_minor: int = 0
    late_minor_days: int = 0
    late_minor: int = 0
    due_30: int = 0
    paid_30: int = 0


class Assessed(msgspec.Struct, frozen=True):
    """A segment and a grade, with the inputs they rest on."""

    segment: str
    grade: str
    late_invoices: int
    inputs: Known


def grade(known: Known) -> str:
    """Return the history grade: excellent, good, fair, poor or unknown.

    Below three items nothing is known. Amount-weighted days late and the share paid late set
    the grade; one broken promise costs a grade, an earlier placement makes it poor.

    >>> grade(Known(items=5, weight_minor=1000, late_minor_days=2000, late_minor=50))
    'excellent'
    >>> grade(Known(items=5, weight_minor=1000, late_minor_days=40000, late_minor=900))
    'poor'
    """
    if known.earlier_placement:
        return "poor"
    if known.items < LEAST_ITEMS or not known.weight_minor:
        return "unknown"
    place = place_of(known) + known.broken_promises
    return BOUNDS[place][0] if place < len(BOUNDS) else "poor"


def place_of(known: Known) -> int:
    """Return how far down the grades days and share late lead; broken promises lead further."""
    days, share, weight = known.late_minor_days, known.late_minor * 100, known.weight_minor
    return next(
        (
            n for n, (_, most, part) in enumerate(BOUNDS)
            if days <= most * weight and (share <= part * weight or part == 100)
        ),
        len(BOUNDS),
    )  # fmt: skip


def likelihood(known: Known, *, book_due: int, book_paid: int) -> int | None:
    """Return in percent how likely it is that the customer pays within 30 days of the due date.

    The customer's own share of items so paid, with the book's share standing beside it as if
    `BOOK_WEIGHT` more items had gone as the book's do: who is little known is judged like the
    others (SEMANTICS 6.12). None where nothing is known of the book's: a few items of one's own
    tell nothing by themselves.

    >>> likelihood(Known(due_30=5, paid_30=5), book_due=1000, book_paid=600)
    73
    """
    if not book_due:
        return None
    whole = (known.due_30 + BOOK_WEIGHT) * book_due
    part = known.paid_30 * book_due + BOOK_WEIGHT * book_paid
    return (200 * part + whole) // (2 * whole)


def late_invoices(facts: book.Facts, *, small_balance_minor: int, as_of: dt.date) -> int:
    """Count chaseable invoices 8 or more days late; 0 unless over two due dates (SEMANTICS 8).

    Items already overdue at go-live do not count (4.8).
    """
    limit = as_of - dt.timedelta(days=LATE_DAYS)
    candidates = [
        i for i in facts.items
        if i.due_on <= limit and i.kind in ("invoice", "instalment") and not i.go_live_on
    ]  # fmt: skip
    if len({i.due_on for i in candidates}) < 2:
        return 0
    late = {i.id for i in candidates}
    found = [
        s.item
        for s in position.stand(facts, as_of=as_of).standings
        if s.item.id in late
        and position.in_base(facts, [(s.item.currency, s.chaseable_minor)]).minor
        > small_balance_minor
    ]
    return len(found) if len({i.due_on for i in found}) > 1 else 0


def assess(
    facts: book.Facts,
    known: Known,
    policy: policies.Policy,
    *,
    as_of: dt.date,
    in_force: str | None,
    segment_given: str = "",
    grade_given: str = "",
) -> Assessed:
    """Return the segment and grade of a customer on a day.

    `in_force` is the segment the open case walks (None: no open case): it is kept until the
    case closes, but for a segment that is entered at once (SEMANTICS 8). What the ledger says
    of segment or grade goes before what is computed.
    """
    small = policy.small_balance_minor(facts.base_currency)
    late = late_invoices(facts, small_balance_minor=small, as_of=as_of) if facts.items else 0
    how = grade_given or grade(known)
    return place(
        known, policy, how=how, late=late, base_currency=facts.base_currency, in_force=in_force,
        segment_given=segment_given,
    )  # fmt: skip


def place(
    known: Known,
    policy: policies.Policy,
    *,
    how: str,
    late: int,
    base_currency: str,
    in_force: str | None,
    segment_given: str = "",
) -> Assessed:
    """Return the segment of a customer of whom grade and late invoices are known."""
    if segment_given in policy.segment_by_name:
        return Assessed(segment_given, how, late, known)
    matched = next(
        s
        for s in policy.segments
        if not s.any or any(_holds(c, base_currency, known, how, late) for c in s.any)
    )
    if in_force is not None and matched.name != in_force and in_force in policy.segment_by_name:
        stays = policy.segment_by_name[in_force].enters_at_once or not matched.enters_at_once
        if stays:
            matched = policy.segment_by_name[in_force]
    return Assessed(matched.name, how, late, known)


def review_on(facts: book.Facts, policy: policies.Policy, *, as_of: dt.date) -> dt.date | None:
    """Return the next day on which an invoice more may count as late, or None.

    Only a segment that is entered at once can change a running case (SEMANTICS 8); where one
    counts late invoices, the case is looked at again on that day.
    """
    counts = any(
        c.late_invoices_at_least is not None
        for s in policy.segments
        if s.enters_at_once and s.name != facts.segment
        for c in s.any
    )
    if not counts:
        return None
    days = [i.due_on + dt.timedelta(days=LATE_DAYS) for i in facts.items if not i.go_live_on]
    return min((d for d in days if d > as_of), default=None)


def because(
    known: Known, segment: policies.SegmentDoc, *, how: str, late: int, base_currency: str
) -> policies.ConditionDoc | None:
    """Return the condition by which a customer belongs to a segment; None where none holds."""
    return next((c for c in segment.any if _holds(c, base_currency, known, how, late)), None)


def _holds(c: policies.ConditionDoc, base: str, known: Known, how: str, late: int) -> bool:
    """Tell whether every field the condition states holds."""
    if c.grade is not None and how not in c.grade:
        return False
    if c.late_invoices_at_least is not None and late < c.late_invoices_at_least:
        return False
    if c.earlier_placement is not None and c.earlier_placement != known.earlier_placement:
        return False
    if c.strategic is not None and c.strategic != known.strategic:
        return False
    if c.annual_revenue_over is not None:
        least = policies.minor(c.annual_revenue_over, base)
        if (known.revenue_minor or 0) <= least:
            return False
    if c.natural_person is not None and c.natural_person != known.natural_person:
        return False
    if c.country is not None and known.country not in c.country:
        return False
    if c.payment_method is not None and known.payment_method not in c.payment_method:
        return False
    return c.terms_days_over is None or (known.terms_days or 0) > c.terms_days_over
