"""Findings about segments: who can never be in one, and what a VIP's cadence must respect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from dunwell.core import book
from dunwell.core import policy as policies
from dunwell.core.lint.findings import Finding, Path
from dunwell.core.lint.ladders import Ladder, says, taken_by

URGENT = book.harshness("urgent")
VIP_REVENUE = Decimal(100_000)


def check(
    document: policies.Document,
    ladders: Sequence[Ladder],
    included: Mapping[str, policies.Document],
) -> Iterator[Finding]:
    """Look at who walks what, and at the conditions of every segment."""
    by_name = {ladder.name: ladder for ladder in ladders}
    for n, name in enumerate(document.include):
        if name not in included:
            want = f"one of {', '.join(sorted(included))}" if included else "a built-in policy"
            yield Finding("include_unknown", ("include", n), name, want)
    for n, segment in enumerate(document.segments):
        here: Path = ("segments", n)
        ladder = by_name.get(segment.cadence)
        if ladder is None:
            yield Finding(
                "cadence_unknown",
                (*here, "cadence"),
                segment.cadence,
                f"one of {', '.join(sorted(by_name)) or 'the cadences'}",
            )
            continue
        yield from _grace(segment, ladder, here)
        if _is_vip(segment):
            yield from _stern_before_call(segment, ladder, here)
    yield from _conditions(document.segments)
    walked = {s.cadence for s in document.segments}
    for ladder in ladders:
        if ladder.name not in walked:
            yield Finding(
                "cadence_unused",
                ladder.path,
                f"{ladder.name} is walked by no segment",
                "a segment that walks it, or leave it out",
            )


def _grace(segment: policies.SegmentDoc, ladder: Ladder, here: Path) -> Iterator[Finding]:
    days = [s for s in ladder.doc.steps if s.phase == "overdue"][:2]
    if len(days) < 2 or not segment.grace_days:
        return
    first, second = days
    comes = says(first) + segment.grace_days
    if comes >= says(second):
        yield Finding(
            "grace_past_next",
            (*here, "grace_days"),
            f"{segment.grace_days} days: {first.id} comes on day {comes}, {second.id} says day "
            f"{second.day}",
            f"fewer than {says(second) - says(first)}, or a cadence of its own",
        )


def _is_vip(segment: policies.SegmentDoc) -> bool:
    """Tell whether a segment holds customers one wants to keep (SEMANTICS 8)."""
    return segment.name == "vip" or any(
        c.strategic or (c.annual_revenue_over or 0) >= VIP_REVENUE for c in segment.any
    )


def _stern_before_call(
    segment: policies.SegmentDoc, ladder: Ladder, here: Path
) -> Iterator[Finding]:
    """A stern mail never precedes a call for a VIP: a call takes a step before, or is required."""
    for step in ladder.doc.steps:
        if taken_by(step) == "call" or any(r.call_within_days is not None for r in step.requires):
            return
        if book.harshness(step.tone) >= URGENT and any(a.channel != "call" for a in step.actions):
            yield Finding(
                "vip_stern_before_call",
                (*here, "cadence"),
                f"{segment.name} walks {ladder.name}, where {step.id} ({step.tone}) goes before "
                "any call was made",
                "a step with taken_by: call before it, or requires: [{call_within_days: …}]",
            )
            return


def _conditions(segments: Sequence[policies.SegmentDoc]) -> Iterator[Finding]:
    """Find conditions nobody, everybody, or only customers of an earlier segment can meet."""
    before: list[tuple[str, policies.ConditionDoc | None]] = []
    for n, segment in enumerate(segments):
        everybody = next((name for name, c in before if c is None), None)
        if everybody is not None:
            yield _segment_gone(n, segment, f"{everybody} before it takes everybody")
            continue
        shadowed = []
        for k, condition in enumerate(segment.any):
            place: Path = ("segments", n, "any", k)
            yield from _alone(condition, place)
            wide = next((name for name, c in before if c and implies(condition, c)), None)
            if wide is not None:
                shadowed.append((place, wide))
            elif any(j != k and implies(condition, other) and not (
                k < j and implies(other, condition)
            ) for j, other in enumerate(segment.any)):  # fmt: skip
                yield Finding(
                    "condition_repeats",
                    place,
                    f"{words(condition)}: another condition of {segment.name} takes them too",
                    "leave it out",
                )
        if segment.any and len(shadowed) == len(segment.any):
            who = " and ".join(dict.fromkeys(name for _, name in shadowed))
            yield _segment_gone(n, segment, f"{who} before it takes everybody it would take")
        else:
            for place, wide in shadowed:
                said = words(segment.any[int(place[-1])])
                yield Finding(
                    "condition_unreachable",
                    place,
                    f"{said}: {wide} before it takes all of them",
                    f"a narrower condition in {wide}, an earlier place, or leave it out",
                )
        takes_all = not segment.any or any(_is_always(c) for c in segment.any)
        before += [(segment.name, None)] if takes_all else [(segment.name, c) for c in segment.any]


def _segment_gone(n: int, segment: policies.SegmentDoc, why: str) -> Finding:
    return Finding(
        "segment_unreachable",
        ("segments", n),
        f"{segment.name} takes nobody: {why}",
        "an earlier place for it, or leave it out",
    )


def _alone(c: policies.ConditionDoc, place: Path) -> Iterator[Finding]:
    """Look at one condition by itself."""
    for field in ("grade", "country", "payment_method"):
        if getattr(c, field) == []:
            yield Finding(
                "condition_never", (*place, field), f"no {field} at all", f"at least one {field}"
            )
    for k, code in enumerate(c.country or ()):
        if not (len(code) == 2 and code.isascii() and code.isupper()):
            yield Finding(
                "country_code", (*place, "country", k), code, "two capital letters, such as DE"
            )
    if c.earlier_placement and c.grade and "poor" not in c.grade:
        yield Finding(
            "condition_contradicts",
            (*place, "grade"),
            f"an earlier placement together with grade {' or '.join(c.grade)}",
            "poor among the grades: an earlier placement makes the grade poor",
        )
    if _is_always(c):
        yield Finding(
            "condition_everybody",
            place,
            "a condition that holds for everybody",
            "a fact that tells some customers from others",
        )


_NARROWER: Mapping[str, Callable[[Any, Any], bool]] = {
    "strategic": lambda narrow, wide: bool(narrow == wide),
    "annual_revenue_over": lambda narrow, wide: bool(narrow >= wide),
    "grade": lambda narrow, wide: set(narrow) <= set(wide),
    "earlier_placement": lambda narrow, wide: bool(narrow == wide),
    "late_invoices_at_least": lambda narrow, wide: bool(max(2, narrow) >= wide),
    "natural_person": lambda narrow, wide: bool(narrow == wide),
    "country": lambda narrow, wide: set(narrow) <= set(wide),
    "payment_method": lambda narrow, wide: set(narrow) <= set(wide),
    "terms_days_over": lambda narrow, wide: bool(narrow >= wide),
}
"""For each fact: whether one value takes only customers the other takes as well."""


def implies(narrow: policies.ConditionDoc, wide: policies.ConditionDoc) -> bool:
    """Tell whether everybody who meets one condition meets the other.

    >>> doc = policies.ConditionDoc
    >>> implies(doc(strategic=True, country=["DE"]), doc(country=["DE", "AT"]))
    True
    >>> implies(doc(country=["DE", "FR"]), doc(country=["DE", "AT"]))
    False
    """
    return all(
        field in stated(narrow) and _NARROWER[field](stated(narrow)[field], value)
        for field, value in stated(wide).items()
    )


def stated(condition: policies.ConditionDoc) -> dict[str, Any]:
    """Return the facts a condition asks for; late invoices below 1 ask for nothing."""
    asked = {f: getattr(condition, f) for f in type(condition).model_fields}
    return {
        f: v
        for f, v in asked.items()
        if v is not None and not (f == "late_invoices_at_least" and v < 1)
    }


def _is_always(condition: policies.ConditionDoc) -> bool:
    return not stated(condition)


def words(condition: policies.ConditionDoc) -> str:
    """Say a condition in words.

    >>> words(policies.ConditionDoc(annual_revenue_over=100000, grade=["excellent"]))
    'annual revenue over 100,000 and grade excellent'
    """
    said = []
    for field, value in stated(condition).items():
        name = field.replace("_", " ")
        if isinstance(value, bool):
            said.append(name if value else f"not {name}")
        elif isinstance(value, list):
            said.append(f"{name} {' or '.join(value)}")
        else:
            name = name.removesuffix(" over").removesuffix(" at least")
            least = "over" if field.endswith("_over") else "at least"
            said.append(f"{name} {least} {value:,}")
    return " and ".join(said) or "everybody"
