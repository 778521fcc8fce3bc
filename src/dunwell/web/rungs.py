"""A policy's ladders as they are shown: one a segment, as a picture and as the same in rows.

The days are those on which a step really comes at the earliest, for an invoice nobody pays
(`core.lint.ladders`). Must not know: requests, versions, the book.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dunwell.core import policy as policies
from dunwell.core.lint import ladders as core
from dunwell.core.lint import segments as conditions
from dunwell.web import words

_WIDE, _EDGE, _LANE, _CHAR, _SMALL = 1000, 26, 38, 6.6, 5.7
_ENDS = {"placement": "agency", "legal_referral": "lawyer"}


class Rung(NamedTuple):
    """One step in words; `comes` is None where its moment has always passed."""

    id: str
    comes: int | None
    when: str
    wait: int
    tone: str
    harsh: int
    ways: list[str]
    is_call: bool
    approve: str
    more: list[str]


class End(NamedTuple):
    """One outcome in words, and the day from which it is proposed at the earliest."""

    what: str
    comes: int
    when: str
    minimum: str
    approve: str


class Ladder(NamedTuple):
    """Who walks it, in words, its steps, its ends and its picture."""

    segment: str
    takes: str
    cadence: str
    notes: list[str]
    rungs: list[Rung]
    ends: list[End]
    picture: SafeString


class _Mark(NamedTuple):
    """One thing on the day axis: where, how it looks, and its two lines of words."""

    day: int
    name: str
    said: str
    shape: str
    harsh: int
    is_asked: bool


def ladders(document: policies.Document) -> list[Ladder]:
    """Return the ladder of each segment of a whole document, in the order of matching."""
    return [_ladder(document, s, n) for n, s in enumerate(document.segments)]


def _ladder(document: policies.Document, segment: policies.SegmentDoc, n: int) -> Ladder:
    cadence = document.cadences[segment.cadence]
    comes = core.walk(cadence.steps, document.settings)
    rungs = [_rung(s, c) for s, c in zip(cadence.steps, comes, strict=True)]
    ends = [_end(o, cadence, comes) for o in cadence.outcomes]
    takes = ", or ".join(map(conditions.words, segment.any))
    everybody = "everybody else" if n else "everybody"
    notes = []
    if segment.grace_days:
        notes.append(f"the first overdue step comes {segment.grace_days} days later")
    if segment.enters_at_once:
        notes.append("entered at once, in a running case too")
    return Ladder(
        segment.name, takes or everybody, segment.cadence, notes, rungs, ends,
        _picture(segment.name, rungs, ends),
    )  # fmt: skip


def _rung(step: policies.StepDoc, comes: int | None) -> Rung:
    ways = [
        f"{words.CHANNELS.get(a.channel, a.channel)} to {words.ROLES.get(a.to, words.plain(a.to))}"
        for a in step.actions
    ]
    more = [f"requires {r.text()}" for r in step.requires]
    if step.minimum is not None:
        more.append(f"from {step.minimum:,} on")
    if step.share_percent:
        more.append(f"from {step.share_percent}% of the balance on")
    if step.names:
        more.append(f"names {words.listed([words.plain(x) for x in step.names])}")
    more += [f"proposes {words.plain(p.what)}, approved by the {_role(p.approve)}"
             for p in step.proposes]  # fmt: skip
    if step.final_demand:
        more.append(f"final demand: {step.respond_within} days to respond")
    return Rung(
        step.id, comes, day_words(comes), step.wait, step.tone, words.TONES.index(step.tone),
        ways, core.taken_by(step) == "call", _role(step.approve or ""), more,
    )  # fmt: skip


def _role(code: str) -> str:
    return {"legal": "legal team", "admin": "administrator"}.get(code, words.plain(code))


def day_words(day: int | None) -> str:
    """Say a day counted from the due date.

    >>> [day_words(d) for d in (-3, 0, 1, 15, None)]
    ['3 days before', 'due date', 'day 1', 'day 15', 'never']
    """
    if day is None:
        return "never"
    if day < 0:
        return f"{-day} day{'s' if day < -1 else ''} before"
    return "due date" if day == 0 else f"day {day}"


def _end(
    outcome: policies.OutcomeDoc, cadence: policies.CadenceDoc, comes: Sequence[int | None]
) -> End:
    """Say an outcome: it follows the final demand once that has expired (SEMANTICS 4.9)."""
    demands = [
        day + step.respond_within + 1
        for step, day in zip(cadence.steps, comes, strict=True)
        if step.final_demand and day is not None
    ]
    day = max(outcome.from_day, *demands) if demands else outcome.from_day
    return End(
        _ENDS.get(outcome.what, words.plain(outcome.what)), day, day_words(day),
        f"{outcome.minimum:,}", _role(outcome.approve),
    )  # fmt: skip


# --- the picture ------------------------------------------------------------------------------


def _picture(segment: str, rungs: Sequence[Rung], ends: Sequence[End]) -> SafeString:
    marks = [
        _Mark(
            r.comes, words.plain(r.id), f"{r.when}, {_by(r)}", "call" if r.is_call else "sent",
            r.harsh, bool(r.approve),
        )
        for r in rungs
        if r.comes is not None
    ]  # fmt: skip
    marks += [_Mark(e.comes, e.what, f"from {e.when}", "end", 5, is_asked=True) for e in ends]
    if not marks:
        return SafeString("")
    first, last = min(0, *(m.day for m in marks)), max(1, *(m.day for m in marks))
    places = [_EDGE + (m.day - first) * (_WIDE - 2 * _EDGE) / (last - first) for m in marks]
    lanes = _lanes(marks, places)
    base = (max(lanes) + 1) * _LANE + 16
    drawn = [_drawn(m, x, base - 16 - _LANE * lane, base)
             for m, x, lane in zip(marks, places, lanes, strict=True)]  # fmt: skip
    return format_html(
        '<svg class="rungs" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<line class="axis" x1="0" x2="{}" y1="{}" y2="{}"/>{}{}</svg>',
        _WIDE, base + 34, _spoken(segment, rungs, ends), _WIDE, base, base,
        _ticks(first, last, base), format_html_join("", "{}", ((d,) for d in drawn)),
    )  # fmt: skip


def _spoken(segment: str, rungs: Sequence[Rung], ends: Sequence[End]) -> str:
    """Say the picture to whoever cannot see it."""
    steps = [f"{words.plain(r.id)} on {r.when}" for r in rungs if r.comes is not None]
    steps += [f"{e.what} from {e.when}" for e in ends]
    return f"Ladder of {words.plain(segment)}: {', '.join(steps)}"


def _by(r: Rung) -> str:
    kinds = dict.fromkeys(way.partition(" to ")[0] for way in r.ways)
    return " + ".join("mail" if k == "e-mail" else k for k in kinds)


def _lanes(marks: Sequence[_Mark], places: Sequence[float]) -> list[int]:
    """Return how high the words of each mark stand, so that none lie upon others.

    From the right: words run to the right of their mark, so the line of a mark further left,
    which stands higher, passes them by.
    """
    taken: list[list[tuple[float, float]]] = []
    found = []
    for mark, x in reversed(list(zip(marks, places, strict=True))):
        left, right = _span(mark, x)
        lane = 0
        while lane < len(taken) and any(left < b and a < right for a, b in taken[lane]):
            lane += 1
        if lane == len(taken):
            taken.append([])
        for lower in taken[:lane]:
            lower.append((x - 3, x + 3))  # its line down to the axis
        taken[lane].append((left, right))
        found.append(lane)
    return found[::-1]


def _span(mark: _Mark, x: float) -> tuple[float, float]:
    width = max(len(mark.name) * _CHAR, len(mark.said) * _SMALL) + 10
    return (x - width, x + 6) if x + width > _WIDE else (x - 6, x + width)


def _drawn(mark: _Mark, x: float, y: float, base: float) -> SafeString:
    left, _ = _span(mark, x)
    anchor = "end" if left < x - 10 else "start"
    at = x - 5 if anchor == "end" else x + 5
    return format_html(
        '<g><line class="lead-line" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>{3}'
        '<text class="name" x="{4}" y="{5}" text-anchor="{6}">{7}</text>'
        '<text class="said-of" x="{4}" y="{8}" text-anchor="{6}">{9}</text></g>',
        round(x, 1), round(y - 22, 1), base, _shape(mark, x, base), round(at, 1),
        round(y - 13, 1), anchor, mark.name, round(y + 2, 1), mark.said,
    )  # fmt: skip


def _shape(mark: _Mark, x: float, y: float) -> SafeString:
    """Draw a message as a circle, a call as a diamond, an end as a square; a ring: approval."""
    x, ring = round(x, 1), SafeString("")
    if mark.is_asked:
        ring = format_html('<circle class="ring" cx="{}" cy="{}" r="12"/>', x, y)
    if mark.shape == "sent":
        node = format_html('<circle class="tone-{}" cx="{}" cy="{}" r="7"/>', mark.harsh, x, y)
    elif mark.shape == "call":
        path = f"M{x} {y - 9} L{x + 9} {y} L{x} {y + 9} L{x - 9} {y} Z"
        node = format_html('<path class="tone-{}" d="{}"/>', mark.harsh, path)
    else:
        node = format_html(
            '<rect class="end" x="{}" y="{}" width="13" height="13"/>', x - 6.5, y - 6.5
        )
    return format_html("{}{}", ring, node)


def _ticks(first: int, last: int, base: float) -> SafeString:
    step = 30 if last - first > 45 else 7
    days = [0, *range(step, last + 1, step)]
    scale = (_WIDE - 2 * _EDGE) / (last - first)
    places = [(round(_EDGE + (d - first) * scale, 1), "due" if d == 0 else str(d)) for d in days]
    return format_html_join(
        "", '<text class="tick-of" x="{}" y="{}" text-anchor="middle">{}</text>',
        ((x, base + 28, said) for x, said in places),
    )  # fmt: skip
