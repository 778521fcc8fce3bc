"""One cadence as a ladder: where it stands in the document, and when each step really comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dunwell.core import book
from dunwell.core import policy as policies
from dunwell.core.lint.findings import Path

FIRM = book.harshness("firm")


class Ladder(NamedTuple):
    """One cadence with its place, and the day on which each step really comes (None: never).

    A cadence taken in from another policy has the place of the `include`.
    """

    name: str
    path: Path
    doc: policies.CadenceDoc
    comes: tuple[int | None, ...]
    is_own: bool

    def at(self, n: int, *more: str | int) -> Path:
        """Return the place of a step or of something in it."""
        return (*self.path, "steps", n, *more) if self.is_own else self.path

    def outcome_at(self, n: int, *more: str | int) -> Path:
        """Return the place of an outcome or of something in it."""
        return (*self.path, "outcomes", n, *more) if self.is_own else self.path

    @property
    def demands(self) -> list[int]:
        """The places of the steps that are final demands."""
        return [n for n, s in enumerate(self.doc.steps) if s.final_demand]


def ladders_of(
    document: policies.Document, included: Mapping[str, policies.Document]
) -> list[Ladder]:
    """Return the document's own cadences, then those it takes in; its own come first (4.7)."""
    found: dict[str, Ladder] = {}
    for name, doc in document.cadences.items():
        comes = walk(doc.steps, document.settings)
        found[name] = Ladder(name, ("cadences", name), doc, comes, is_own=True)
    for n, policy in enumerate(document.include):
        taken_in = included[policy].cadences if policy in included else {}
        for name, doc in taken_in.items():
            comes = walk(doc.steps, document.settings)
            found.setdefault(name, Ladder(name, ("include", n), doc, comes, is_own=False))
    return list(found.values())


def walk(
    steps: Sequence[policies.StepDoc], settings: policies.SettingsDoc
) -> tuple[int | None, ...]:
    """Return the day, counted from the due date, on which each step comes at the earliest.

    None where the step's moment has then passed (SEMANTICS 4.1, 4.2, 4.5). No stops, no closed
    days, everything confirmed at once: the quickest way up the ladder.
    """
    comes: list[int | None] = []
    last: tuple[policies.StepDoc, int] | None = None
    for step in steps:
        on = says(step)
        if last is not None:
            on = max(on, last[1] + least_days(last[0], step, settings))
        closes = {"pre_due": -1, "due": 0}.get(step.phase)
        if closes is not None and on > closes:
            comes.append(None)
            continue
        comes.append(on)
        last = (step, on)
    return tuple(comes)


def says(step: policies.StepDoc) -> int:
    """Return the day a step names, counted from the due date."""
    return {"pre_due": -step.day, "due": 0}.get(step.phase, step.day)


def least_days(
    before: policies.StepDoc, after: policies.StepDoc, settings: policies.SettingsDoc
) -> int:
    """Return the days that must lie between two steps: wait, spacing, and a respond-by date."""
    spacing = settings.min_days_between_contacts
    harsh = book.harshness(before.tone)
    if harsh >= FIRM and book.harshness(after.tone) < harsh:
        spacing = max(spacing, settings.min_days_milder_after_firm)
    respond = before.respond_within + 1 if before.final_demand else 0
    return max(before.wait, spacing, respond)


def taken_by(step: policies.StepDoc) -> str:
    """Return the channel that takes a step: as it says, else its first written notice."""
    written = (a.channel for a in step.actions if a.channel != "call")
    return step.taken_by or next(written, "call")
