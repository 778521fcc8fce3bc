"""Findings about the order of steps: days, waits, tones, ids and actions."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence

from dunwell.core import book
from dunwell.core import policy as policies
from dunwell.core.lint.findings import Finding
from dunwell.core.lint.ladders import Ladder, least_days, says

URGENT = book.harshness("urgent")
GAP_DAYS = 31


def check(
    ladders: Sequence[Ladder], settings: policies.SettingsDoc, gap_days: int
) -> Iterator[Finding]:
    """Look at every cadence by itself, and at the ids they share."""
    for ladder in ladders:
        yield from _reached(ladder, settings)
        yield from _waits(ladder, settings.min_days_between_contacts)
        yield from _gaps(ladder, gap_days)
        yield from _tones(ladder)
        yield from _ids(ladder)
        yield from _doing(ladder)
    yield from _between(ladders)


def _reached(ladder: Ladder, settings: policies.SettingsDoc) -> Iterator[Finding]:
    """Compare the day each step names with the day it really comes."""
    last: int | None = None
    for n, (step, comes) in enumerate(zip(ladder.doc.steps, ladder.comes, strict=True)):
        before = ladder.doc.steps[last] if last is not None else None
        if comes is None:
            yield _skipped(ladder, n, before)
            continue
        if before is not None and last is not None and step.phase == "overdue":
            yield from _late(ladder, n, last, settings)
        last = n


def _skipped(ladder: Ladder, n: int, before: policies.StepDoc | None) -> Finding:
    step = ladder.doc.steps[n]
    if before is None:
        return Finding(
            "step_unreachable",
            ladder.at(n, "day"),
            f"{step.id} stands before the due date, on day 0",
            "a day from 1, or phase: due",
        )
    why = f"{before.id} ({before.day} days before, then a wait of {before.wait})"
    if step.phase == "pre_due":
        return Finding(
            "step_unreachable",
            ladder.at(n),
            f"{step.id} can never go: after {why} the due date has come",
            "a shorter wait, or an earlier day for the step before",
        )
    return Finding(
        "step_seldom",
        ladder.at(n),
        f"{step.id} is skipped after {why}",
        f"a wait of {before.day} or less, at least as long as two contacts must lie apart",
    )


def _late(ladder: Ladder, n: int, last: int, settings: policies.SettingsDoc) -> Iterator[Finding]:
    step, before, comes = ladder.doc.steps[n], ladder.doc.steps[last], ladder.comes[n]
    assert comes is not None
    if before.phase == "overdue" and step.day < before.day:
        yield Finding(
            "days_fall",
            ladder.at(n, "day"),
            f"day {step.day} for {step.id}, after {before.id} on day {before.day}; it comes on "
            f"day {comes}",
            f"a day from {before.day} on, or another place",
        )
    elif comes > says(step):
        apart = least_days(before, step, settings)
        why = "waits" if apart == before.wait else "is followed by nothing for"
        yield Finding(
            "step_late",
            ladder.at(n, "day"),
            f"{step.id} says day {step.day} and comes on day {comes} at the earliest: "
            f"{before.id} {why} {apart} days",
            f"day: {comes}, or a shorter wait before it",
        )


def _waits(ladder: Ladder, least: int) -> Iterator[Finding]:
    for n, step in enumerate(ladder.doc.steps[:-1]):
        if step.wait < least:
            yield Finding(
                "wait_too_short",
                ladder.at(n, "wait"),
                f"a wait of {step.wait} days after {step.id}, where two contacts lie at least "
                f"{least} days apart",
                f"wait: {least}, or a lower min_days_between_contacts",
            )


def _gaps(ladder: Ladder, gap_days: int) -> Iterator[Finding]:
    known = [(n, on) for n, on in enumerate(ladder.comes) if on is not None]
    overdue = [(n, on) for n, on in known if ladder.doc.steps[n].phase == "overdue"]
    if not overdue:
        yield Finding(
            "no_overdue_step",
            ladder.path,
            f"{ladder.name} ends on the due date",
            "an overdue step",
        )
        return
    previous = max((on for n, on in known if ladder.doc.steps[n].phase != "overdue"), default=0)
    since = "the due date"
    for n, on in overdue:
        step = ladder.doc.steps[n]
        if on - max(previous, 0) > gap_days:
            yield Finding(
                "gap",
                ladder.at(n, "day"),
                f"{on - max(previous, 0)} days of silence between {since} and {step.id}",
                f"a step between, or gaps of at most {gap_days} days",
            )
        previous, since = on, step.id


def _tones(ladder: Ladder) -> Iterator[Finding]:
    for n, step in enumerate(ladder.doc.steps):
        if step.phase != "overdue" and book.harshness(step.tone) >= URGENT:
            yield Finding(
                "stern_before_due",
                ladder.at(n, "tone"),
                f"{step.tone} for {step.id}, when nothing is overdue yet",
                "tone: friendly",
            )
    for n, (before, after) in enumerate(itertools.pairwise(ladder.doc.steps), start=1):
        if book.harshness(after.tone) < book.harshness(before.tone):
            yield Finding(
                "tone_falls",
                ladder.at(n, "tone"),
                f"{after.id} is {after.tone}, after {before.id}, which is {before.tone}",
                f"{before.tone} or harsher, or a milder step before it",
            )


def _ids(ladder: Ladder) -> Iterator[Finding]:
    ids = {s.id for s in ladder.doc.steps}
    claimed: dict[str, str] = {}
    for n, step in enumerate(ladder.doc.steps):
        for k, old in enumerate(step.was):
            if old in ids:
                yield Finding(
                    "id_in_was",
                    ladder.at(n, "was", k),
                    f"{step.id} was {old}, but {old} is still a step of {ladder.name}",
                    "an id that has gone",
                )
            elif claimed.setdefault(old, step.id) != step.id:
                yield Finding(
                    "was_twice",
                    ladder.at(n, "was", k),
                    f"{step.id} and {claimed[old]} both were {old}",
                    "one step only",
                )


def _doing(ladder: Ladder) -> Iterator[Finding]:
    """Look at the actions of each step."""
    for n, step in enumerate(ladder.doc.steps):
        channels = [a.channel for a in step.actions]
        for k, channel in enumerate(channels):
            if channel in channels[:k]:
                yield Finding(
                    "channel_twice",
                    ladder.at(n, "actions", k, "channel"),
                    f"{channel} a second time in {step.id}",
                    "one action a channel: a case hears one of a kind",
                )


def people(ladders: Sequence[Ladder], staff: Collection[str]) -> Iterator[Finding]:
    """Whom a step names should work here: the role takes the place of whoever does not."""
    for ladder in ladders:
        for n, step in enumerate(ladder.doc.steps):
            if step.person and step.person not in staff:
                yield Finding(
                    "person_unknown",
                    ladder.at(n, "person"),
                    f"{step.person}, for {step.id}",
                    f"a user with a role, or nobody: the {step.responsible} answers for it",
                )


def _between(ladders: Sequence[Ladder]) -> Iterator[Finding]:
    """One id means one thing: a change of segment takes it for the same step (SEMANTICS 8)."""
    seen: dict[str, tuple[str, policies.StepDoc]] = {}
    for ladder in ladders:
        for n, step in enumerate(ladder.doc.steps):
            other, first = seen.setdefault(step.id, (ladder.name, step))
            if (first.phase, first.tone) != (step.phase, step.tone):
                yield Finding(
                    "id_two_meanings",
                    ladder.at(n, "id"),
                    f"{step.id} is {step.tone} ({step.phase}) in {ladder.name} and {first.tone} "
                    f"({first.phase}) in {other}",
                    "an id of its own: a case that changes over takes one for the other",
                )


def history(ladders: Sequence[Ladder], earlier: Sequence[policies.Document]) -> Iterator[Finding]:
    """Compare with the published versions: ids that come back, steps that go without a word."""
    newest = earlier[-1]
    for ladder in ladders:
        if not ladder.is_own:
            continue
        now = {s.id for s in ladder.doc.steps}
        known = now | {old for s in ladder.doc.steps for old in s.was}
        last = newest.cadences.get(ladder.name)
        was = {s.id for s in last.steps} if last else set()
        ever = {
            s.id for d in earlier[:-1] if ladder.name in d.cadences
            for s in d.cadences[ladder.name].steps
        }  # fmt: skip
        for n, step in enumerate(ladder.doc.steps):
            if step.id in ever - was:
                yield Finding(
                    "id_back",
                    ladder.at(n, "id"),
                    f"{step.id} was a step of an earlier version and then gone; items that took "
                    "it count as having taken this one",
                    "a new id, unless it is the same step",
                )
        for step in last.steps if last else ():
            if step.id not in known:
                yield Finding(
                    "step_dropped",
                    ladder.path,
                    f"{step.id} is gone; items that took it go on from the highest step that is "
                    f"not harsher than {step.tone}",
                    f"was: [{step.id}] on the step that takes its place, if one does",
                )
