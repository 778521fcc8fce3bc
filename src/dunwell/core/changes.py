"""What differs between two policies, in words: one sentence a change, nothing for what is equal.

Read top-down: settings, segments, cadences, steps. Steps are matched by id, then by `was`, as
running cases are (SEMANTICS 1, Policy). Pure; both documents must hold all their cadences (an
`include` taken in). Must not know: files, versions, the book.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pydantic

from dunwell.core import policy as policies
from dunwell.core.lint import ladders
from dunwell.core.lint import segments as conditions

Path = tuple[str | int, ...]


class Change(msgspec.Struct, frozen=True):
    """One difference: its place in the newer document (the older one's where it is gone)."""

    place: Path
    text: str


def changes(before: policies.Document, after: policies.Document) -> list[Change]:
    """Return what differs, in the order of the document.

    >>> step = {"id": "first", "day": 8, "actions": [{"channel": "email"}]}
    >>> def policy(**more):
    ...     return policies.parse({"policy": "house", "cadences": {"plain": {"steps": [
    ...         step | more]}}, "segments": [{"name": "standard", "cadence": "plain"}]})
    >>> [c.text for c in changes(policy(), policy(day=5, wait=4))]
    ['Step first opens on day 5 instead of 8', 'Wait after first shortened from 7 to 4 days']
    """
    return [
        *_of(("policy",), _said("The policy is called", before.policy, after.policy)),
        *_of(("title",), _said("The title is", before.title or "empty", after.title or "empty")),
        *_of(("include",), _members("The policies taken in", before.include, after.include)),
        *_settings(before.settings, after.settings),
        *_segments(before.segments, after.segments),
        *_cadences(before.cadences, after.cadences),
        *(Change(*pair) for pair in policies.reworded(before, after)),
    ]


def _of(place: Path, texts: Iterable[str]) -> Iterator[Change]:
    return (Change(place, text) for text in texts)


def _said(what: str, old: object, new: object) -> Iterator[str]:
    """Say one value instead of another."""
    if old != new:
        yield f"{what} {new} instead of {old}"


def _members(what: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """Say what a list has gained and lost, else that its order is another."""
    gained, lost = [x for x in new if x not in old], [x for x in old if x not in new]
    if gained:
        yield f"{what} now include {_listed(gained)}"
    if lost:
        yield f"{what} no longer include {_listed(lost)}"
    if not gained and not lost and list(old) != list(new):
        yield f"{what} stand in the order {_listed(new)} instead of {_listed(old)}"


def _listed(words: Sequence[object]) -> str:
    return ", ".join(map(str, words)) or "none"


def _amount(value: Decimal) -> str:
    return f"{value:,}"


# --- settings ---------------------------------------------------------------------------------


def _plain(name: str, unit: str = "") -> Callable[[Any, Any], Iterator[str]]:
    """Return how a single value is said, with its unit."""

    def say(old: Any, new: Any) -> Iterator[str]:
        tail = f" {unit}" if unit else ""
        shown = [f"{x:,}" if isinstance(x, Decimal) else "none" if x is None else x
                 for x in (old, new)]  # fmt: skip
        yield f"{name} is {shown[1]}{tail} instead of {shown[0]}"

    return say


def _hours(old: policies.HoursDoc, new: policies.HoursDoc) -> Iterator[str]:
    yield (
        f"The hours of contact are {new.start:%H:%M} to {new.end:%H:%M} "
        f"instead of {old.start:%H:%M} to {old.end:%H:%M}"
    )


def _seasons(old: list[policies.SeasonDoc], new: list[policies.SeasonDoc]) -> Iterator[str]:
    for season in (s for s in new if s not in old):
        yield f"The season from {season.first} to {season.last} is quiet now"
    for season in (s for s in old if s not in new):
        yield f"The season from {season.first} to {season.last} is no longer quiet"


def _opening(old: list[policies.OpeningDoc], new: list[policies.OpeningDoc]) -> Iterator[str]:
    for rule in (r for r in new if r not in old):
        yield f"At go-live, items overdue {rule.from_day} days or more start at {rule.step}"
    for rule in (r for r in old if r not in new):
        yield (
            f"At go-live, items overdue {rule.from_day} days or more no longer start at {rule.step}"
        )


def _interest(old: policies.InterestDoc, new: policies.InterestDoc) -> Iterator[str]:
    if old.enabled != new.enabled:
        yield f"Interest is {'claimed now' if new.enabled else 'no longer claimed'}"
    for field in policies.InterestDoc.model_fields:
        a, b = (_shown(getattr(x, field)) for x in (old, new))
        if field != "enabled":
            yield from _said(f"The {_word(field)} of interest is", a, b)


def _shown(value: object) -> str:
    """Write one value of a part of the settings."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _within(what: str) -> Callable[[Any, Any], Iterator[str]]:
    """Return how the fields of a part of the settings are said, one by one."""

    def say(old: pydantic.BaseModel, new: pydantic.BaseModel) -> Iterator[str]:
        for field in type(new).model_fields:
            a, b = (getattr(x, field) for x in (old, new))
            shown = [_listed(v) if v == "" or isinstance(v, list) else v for v in (a, b)]
            yield from _said(f"For {what} the {_word(field)} is", *shown)

    return say


SETTINGS: Mapping[str, Callable[[Any, Any], Iterator[str]]] = {
    "small_balance": _plain("The small balance"),
    "write_off_after_days": _plain("The time until a small balance is written off", "days"),
    "min_days_between_contacts": _plain("The least time between two contacts", "days"),
    "min_days_milder_after_firm": _plain("The least time before a milder message", "days"),
    "due_soon_days": _plain("The time in which items count as due soon", "days"),
    "hours": _hours,
    "quiet_seasons": _seasons,
    "holds_lower_working_days": _plain(
        "The time a waiting step holds lower ones back", "working days"
    ),
    "approval_lapses_working_days": _plain("The time until an approval lapses", "working days"),
    "refusal_days": _plain("The time until a refused case comes back", "days"),
    "contact_order": lambda old, new: _members("The contacts tried in turn", old, new),
    "opening": _opening,
    "daily_cap": _plain("The daily cap of cases"),
    "aging_buckets": lambda old, new: _said(
        "The aging buckets end on the days", _listed(old), _listed(new)
    ),
    "automatic_methods": lambda old, new: _members("The automatic payment methods", old, new),
    "collection_result_working_days": _plain(
        "The time for the result of an automatic collection", "working days"
    ),
    "promises": _within("promises"),
    "plans": _within("plans"),
    "interest": _interest,
    "agency": _within("the agency"),
    "bureau_reports": lambda old, new: iter(
        [f"Companies are {'now' if new else 'no longer'} reported to a credit bureau"]
    ),
    "write_off_manager_max": _plain("The most a manager may write off"),
}
"""How the change of each setting is said."""


def _settings(old: policies.SettingsDoc, new: policies.SettingsDoc) -> Iterator[Change]:
    for field, say in SETTINGS.items():
        a, b = getattr(old, field), getattr(new, field)
        if a != b:
            said = list(say(a, b)) or [f"The {_word(field)} are written otherwise"]
            yield from _of(("settings", field), said)


# --- segments ---------------------------------------------------------------------------------


def _segments(old: list[policies.SegmentDoc], new: list[policies.SegmentDoc]) -> Iterator[Change]:
    was, names = {s.name: s for s in old}, [s.name for s in new]
    for n, segment in enumerate(new):
        place: Path = ("segments", n)
        if segment.name in was:
            yield from _of(place, _segment(was[segment.name], segment))
            continue
        yield Change(
            place,
            f"Segment {segment.name} is new{_between(names, n)}: it takes "
            f"{_takes(segment)} and walks {segment.cadence}",
        )
    for n, segment in enumerate(old):
        if segment.name not in names:
            yield Change(("segments", n), f"Segment {segment.name} is gone")
    both = [n for n in names if n in was]
    if both != [n for n in was if n in names]:
        yield Change(("segments",), f"The segments are matched in the order {_listed(names)}")


def _takes(segment: policies.SegmentDoc) -> str:
    return ", or ".join(map(conditions.words, segment.any)) or "everybody"


def _segment(old: policies.SegmentDoc, new: policies.SegmentDoc) -> Iterator[str]:
    name = f"Segment {new.name}"
    for condition in (c for c in new.any if c not in old.any):
        yield f"{name} also matches {conditions.words(condition)}"
    for condition in (c for c in old.any if c not in new.any):
        yield f"{name} no longer matches {conditions.words(condition)}"
    if bool(old.any) != bool(new.any):
        yield f"{name} takes {'only those' if new.any else 'everybody'}"
    yield from _said(f"{name} walks", old.cadence, new.cadence)
    yield from _said(f"{name} has a grace in days of", old.grace_days, new.grace_days)
    if old.enters_at_once != new.enters_at_once:
        how = "at once" if new.enters_at_once else "from the customer's next case on"
        yield f"{name} is entered {how}"


# --- cadences ---------------------------------------------------------------------------------


def _cadences(
    old: Mapping[str, policies.CadenceDoc], new: Mapping[str, policies.CadenceDoc]
) -> Iterator[Change]:
    stands = {(name, s.id) for part in (old, new) for name, c in part.items() for s in c.steps}
    times = Counter(step for _, step in stands)
    for name, cadence in new.items():
        if name not in old:
            steps = ", ".join(f"{s.id} {_opens(s)}" for s in cadence.steps)
            yield Change(("cadences", name), f"Cadence {name} is new: {steps}")
            continue
        yield from _cadence(name, old[name], cadence, {i for i in times if times[i] > 1})
    for name in old:
        if name not in new:
            yield Change(("cadences", name), f"Cadence {name} is gone")


def _cadence(
    name: str, old: policies.CadenceDoc, new: policies.CadenceDoc, shared: set[str]
) -> Iterator[Change]:
    """Compare one cadence; a step whose id stands in others too is said with its cadence."""
    place: Path = ("cadences", name)
    came_from = matched(old.steps, new.steps)
    ids = [s.id for s in new.steps]
    for n, step in enumerate(new.steps):
        of = f" of {name}" if step.id in shared else ""
        before = came_from[n]
        if before is None:
            said = f"Step {step.id}{of} is new{_between(ids, n)}: it opens {_opens(step)}, "
            said += f"{step.tone}, by {_listed([a.channel for a in step.actions])}"
            yield Change((*place, "steps", n), said)
            continue
        yield from _of((*place, "steps", n), _step(old.steps[before], step, of))
    for n, step in enumerate(old.steps):
        if n not in came_from:
            of = f" of {name}" if step.id in shared else ""
            yield Change((*place, "steps", n), f"Step {step.id}{of}, {_opens(step)}, is gone")
    kept = [n for n in came_from if n is not None]
    if kept != sorted(kept):
        order = [s.id for s, n in zip(new.steps, came_from, strict=True) if n is not None]
        yield Change(place, f"The steps of {name} stand in the order {_listed(order)}")
    yield from _of((*place, "outcomes"), _outcomes(name, old.outcomes, new.outcomes))


def matched(old: Sequence[policies.StepDoc], new: Sequence[policies.StepDoc]) -> list[int | None]:
    """Return for each new step the place of the old step it goes on from: by id, then `was`."""
    at = {s.id: n for n, s in enumerate(old)}
    found = [at.get(s.id) for s in new]
    free = set(at.values()) - set(found)
    for n, step in enumerate(new):
        if found[n] is None:
            found[n] = next((at[i] for i in step.was if at.get(i) in free), None)
            free -= {found[n]}
    return found


def _between(names: Sequence[str], n: int) -> str:
    """Say where a new member of a list stands."""
    before, after = names[n - 1] if n else "", names[n + 1] if n + 1 < len(names) else ""
    if before and after:
        return f", between {before} and {after}"
    return f", after {before}" if before else f", before {after}" if after else ""


def _opens(step: policies.StepDoc) -> str:
    if step.phase == "pre_due":
        return f"{step.day} days before the due date"
    return "on the due date" if step.phase == "due" else f"on day {step.day}"


def _outcomes(
    name: str, old: list[policies.OutcomeDoc], new: list[policies.OutcomeDoc]
) -> Iterator[str]:
    was, now = {o.what: o for o in old}, {o.what: o for o in new}
    for what, outcome in now.items():
        words = _word(what)
        if what not in was:
            yield (
                f"Cadence {name} may end with a {words}, from day {outcome.from_day} and "
                f"{_amount(outcome.minimum)} on, approved by the {_role(outcome.approve)}"
            )
            continue
        said = f"The {words} at the end of {name} is proposed"
        yield from _said(f"{said} from day", was[what].from_day, outcome.from_day)
        yield from _said(f"{said} from", _amount(was[what].minimum), _amount(outcome.minimum))
        yield from _said(
            f"The {words} at the end of {name} is approved by the",
            _role(was[what].approve),
            _role(outcome.approve),
        )
    for what in was:
        if what not in now:
            yield f"Cadence {name} no longer ends with a {_word(what)}"
    both = [w for w in now if w in was]
    if both != [w for w in was if w in now]:
        yield f"The outcomes of {name} are proposed in the order {_listed(list(map(_word, now)))}"


def _word(code: str) -> str:
    return code.replace("_", " ")


def _role(code: str) -> str:
    return {"legal": "legal team", "admin": "administrator"}.get(code, _word(code))


# --- steps ------------------------------------------------------------------------------------

Say = Callable[[policies.StepDoc, policies.StepDoc, str], Iterator[str]]


def _step(old: policies.StepDoc, new: policies.StepDoc, of: str) -> Iterator[str]:
    if old.id != new.id:
        yield f"Step {old.id} is now called {new.id}"
    for say in STEP.values():
        yield from say(old, new, f"{new.id}{of}")


def _when(old: policies.StepDoc, new: policies.StepDoc, name: str) -> Iterator[str]:
    short = str(old.day) if old.phase == new.phase != "due" else _opens(old)
    if _opens(old) != _opens(new):
        yield f"Step {name} opens {_opens(new)} instead of {short}"


def _wait(old: policies.StepDoc, new: policies.StepDoc, name: str) -> Iterator[str]:
    if old.wait != new.wait:
        how = "shortened" if new.wait < old.wait else "lengthened"
        yield f"Wait after {name} {how} from {old.wait} to {new.wait} days"


def _was(old: policies.StepDoc, new: policies.StepDoc, name: str) -> Iterator[str]:
    gained = [i for i in new.was if i not in (*old.was, old.id)]
    lost = [i for i in old.was if i not in new.was]
    if gained:
        yield f"Step {name} takes over from {_listed(gained)}"
    if lost:
        yield f"Step {name} no longer takes over from {_listed(lost)}"


def _actions(old: policies.StepDoc, new: policies.StepDoc, name: str) -> Iterator[str]:
    if [a.channel for a in old.actions] != [a.channel for a in new.actions]:
        yield f"Step {name} goes {_ways(new)} instead of {_ways(old)}"
        return
    for a, b in zip(old.actions, new.actions, strict=True):
        yield from _said(f"The {b.channel} of {name} goes to", a.to, b.to)
        texts = (a.template or old.template or old.id, b.template or new.template or new.id)
        is_own = a.template != b.template
        if is_own and texts[0] != texts[1]:
            yield f"The {b.channel} of {name} uses the text {texts[1]} instead of {texts[0]}"
        yield from _flags(a, b, f"The {b.channel} of {name}")


def _flags(old: policies.ActionDoc, new: policies.ActionDoc, what: str) -> Iterator[str]:
    if old.urgent != new.urgent:
        yield f"{what} is {'now' if new.urgent else 'no longer'} marked urgent"
    if old.read_receipt != new.read_receipt:
        yield f"{what} {'now asks' if new.read_receipt else 'no longer asks'} for a read receipt"


def _ways(step: policies.StepDoc) -> str:
    return " and ".join(f"by {a.channel} to {a.to}" for a in step.actions)


def _template(old: policies.StepDoc, new: policies.StepDoc, name: str) -> Iterator[str]:
    if any(a.template is None for a in new.actions):
        yield from _said(
            f"Step {name} uses the text", old.template or old.id, new.template or new.id
        )


def _taken_by(old: policies.StepDoc, new: policies.StepDoc, name: str) -> Iterator[str]:
    return _said(f"Step {name} is taken by", ladders.taken_by(old), ladders.taken_by(new))


def _minimum(old: policies.StepDoc, new: policies.StepDoc, name: str) -> Iterator[str]:
    shown = ["the small balance" if s.minimum is None else _amount(s.minimum) for s in (old, new)]
    return _said(f"Step {name} goes from", shown[0], shown[1])


def _share(old: policies.StepDoc, new: policies.StepDoc, name: str) -> Iterator[str]:
    if old.share_percent != new.share_percent:
        yield (
            f"Step {name} goes from {new.share_percent}% of the balance on instead of "
            f"{old.share_percent}%"
        )


def _requires(old: policies.StepDoc, new: policies.StepDoc, name: str) -> Iterator[str]:
    for need in (r for r in new.requires if r not in old.requires):
        yield f"Step {name} requires {need.text()}"
    for need in (r for r in old.requires if r not in new.requires):
        yield f"Step {name} no longer requires {need.text()}"


def _approve(old: policies.StepDoc, new: policies.StepDoc, name: str) -> Iterator[str]:
    if old.approve == new.approve:
        return
    if new.approve is None:
        yield f"Step {name} goes without approval; the {_role(str(old.approve))} approved it before"
    else:
        instead = f" instead of the {_role(old.approve)}" if old.approve else ""
        yield f"Step {name} waits for approval by the {_role(new.approve)}{instead}"


def _names(old: policies.StepDoc, new: policies.StepDoc, name: str) -> Iterator[str]:
    for word in (w for w in new.names if w not in old.names):
        yield f"Step {name} also names {_word(word)}"
    for word in (w for w in old.names if w not in new.names):
        yield f"Step {name} no longer names {_word(word)}"


def _proposes(old: policies.StepDoc, new: policies.StepDoc, name: str) -> Iterator[str]:
    was, now = {p.what: p for p in old.proposes}, {p.what: p for p in new.proposes}
    for what, p in now.items():
        if what not in was:
            yield (
                f"Step {name} also proposes {_word(what)}, from day {p.from_day} and "
                f"{_amount(p.minimum)} on, approved by the {_role(p.approve)}"
            )
            continue
        said = f"Step {name} proposes {_word(what)}"
        yield from _said(f"{said} from day", was[what].from_day, p.from_day)
        yield from _said(f"{said} from", _amount(was[what].minimum), _amount(p.minimum))
        by = f"The {_word(what)} of {name} is approved by the"
        yield from _said(by, _role(was[what].approve), _role(p.approve))
    for what in (w for w in was if w not in now):
        yield f"Step {name} no longer proposes {_word(what)}"


def _demand(old: policies.StepDoc, new: policies.StepDoc, name: str) -> Iterator[str]:
    if old.final_demand != new.final_demand:
        yield f"Step {name} is {'now' if new.final_demand else 'no longer'} the final demand"


def _respond(old: policies.StepDoc, new: policies.StepDoc, name: str) -> Iterator[str]:
    was, now = old.respond_within, new.respond_within
    if was != now:
        yield f"Step {name} leaves {now} days to respond instead of {was}"


NOBODY = "nobody by name"
STEP: Mapping[str, Say] = {
    "day": _when,
    "wait": _wait,
    "tone": lambda a, b, name: _said(f"Step {name} is", a.tone, b.tone),
    "actions": _actions,
    "template": _template,
    "taken_by": _taken_by,
    "minimum": _minimum,
    "share_percent": _share,
    "requires": _requires,
    "responsible": lambda a, b, name: _said(
        f"Responsible for {name} is the", _role(a.responsible), _role(b.responsible)
    ),
    "person": lambda a, b, n: _said(f"Step {n} falls to", a.person or NOBODY, b.person or NOBODY),
    "signatory": lambda a, b, name: _said(
        f"Step {name} is signed by the", _role(a.signatory), _role(b.signatory)
    ),
    "approve": _approve,
    "names": _names,
    "proposes": _proposes,
    "final_demand": _demand,
    "respond_within": _respond,
    "was": _was,
}
"""How the change of each field of a step is said; `day` stands for its phase too."""
