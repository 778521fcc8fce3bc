"""Telling a story: read it, play it day by day, and say which expectations did not hold."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import holidays

from dunwell import policies as built_in
from dunwell.core import policy as policies
from dunwell.core import workdays
from dunwell.core.complaints import Complaint
from dunwell.core.errors import Refused
from dunwell.sim.story import expect, forms, happen
from dunwell.sim.story.expect import Expected
from dunwell.sim.story.ledger import DAY
from dunwell.sim.story.player import Player, Ran

RUN_AT = dt.time(2, 0)
NOON = dt.time(12, 0)
END_OF_DAY = dt.time(23, 59, 59)
YEARS = range(2012, 2041)
_DATE = r"(\d{4}-\d\d-\d\d)"


class Event(NamedTuple):
    """One thing that happens: its line, and what it fills into its form."""

    line: int
    text: str
    kind: happen.Kind
    when: happen.When
    said: forms.Said


class Expectation(NamedTuple):
    """One thing expected: on a day (or at an hour of it), or on every day between two."""

    line: int
    text: str
    first: dt.date
    last: dt.date
    time: dt.time | None
    is_never: bool
    expected: Expected


class Failure(NamedTuple):
    """One expectation that did not hold, or a line that could not be played."""

    file: str
    line: int
    text: str
    day: dt.date | None
    found: str
    why: str = ""

    def __str__(self) -> str:
        on = f"{self.day:%a} {self.day}: " if self.day else ""
        lines = [f"{self.file}:{self.line}: {on}expected {self.text}", f"    found   {self.found}"]
        if self.why:
            lines.append(f"    because {self.why}")
        return "\n".join(lines)


class Story:
    """A parsed story: settings, events by day, expectations."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.settings: list[Event] = []
        self.events: dict[dt.date, list[Event]] = {}
        self.expectations: list[Expectation] = []

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """The first and the last day the story speaks of."""
        dates = [*self.events, *(d for e in self.expectations for d in (e.first, e.last))]
        return min(dates), max(dates)


class Check(NamedTuple):
    """What a told story came to: the failures, and every look with what it decided."""

    failures: list[Failure]
    runs: list[Ran]


class Told(NamedTuple):
    """A story file told: complaints about lines not understood, or failures."""

    complaints: list[Complaint]
    failures: list[Failure]
    days: int
    expectations: int

    @property
    def is_true(self) -> bool:
        """Whether every line was understood and every expectation held."""
        return not self.complaints and not self.failures


# --- reading ---------------------------------------------------------------------------------


def parse(text: str, *, file: str) -> tuple[Story, list[Complaint]]:
    """Return the story a text holds, and located complaints about lines not understood."""
    story, complaints = Story(file), []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = " ".join(raw.split("#")[0].split())
        if not line:
            continue
        try:
            _take(story, number, line)
        except (ValueError, KeyError) as error:
            complaints.append(
                Complaint(file=file, line=number, column=None, found=line, want=str(error.args[0]))
            )
    if not complaints and not story.expectations:
        complaints.append(
            Complaint(
                file=file, line=None, column=None, found="no expectation",
                want="at least one `DATE expect …` or `between DATE and DATE, never …`",
            )
        )  # fmt: skip
    return story, complaints


def _take(story: Story, number: int, line: str) -> None:
    """Put one line where it belongs. Raises: ValueError with what would do."""
    if line.startswith("between "):
        match = re.fullmatch(rf"between {_DATE} and {_DATE},? (never|always) (.+)", line)
        if match is None:
            raise ValueError("`between DATE and DATE, never|always EXPECTATION`")
        first, last = forms.day(match[1]), forms.day(match[2])
        if last < first:
            raise ValueError(f"the earlier date first: {last} lies before {first}")
        story.expectations.append(
            Expectation(
                number, f"{match[3]} {match[4]}", first, last, None, match[3] == "never",
                expect.parse(match[4]),
            )
        )  # fmt: skip
        return
    dated = re.fullmatch(rf"{_DATE}(?: (\d\d:\d\d))? (.+)", line)
    if dated is None:
        _setting(story, number, line)
        return
    on, words = forms.day(dated[1]), dated[3]
    time = _time(dated[2]) if dated[2] else None
    if match := re.fullmatch(r"(?:expect|look ->) (.+)", words):
        story.expectations.append(
            Expectation(number, match[1], on, on, time, False, expect.parse(match[1]))  # noqa: FBT003
        )
        return
    kind, said = _read(words, [k for k in happen.KINDS if k.is_event])
    story.events.setdefault(on, []).append(Event(number, words, kind, happen.When(on, time), said))


def _time(text: str) -> dt.time:
    try:
        return dt.time.fromisoformat(text)
    except ValueError:
        raise ValueError(f"a time of day such as 09:30 for {text}") from None


def _setting(story: Story, number: int, line: str) -> None:
    if line[0].isdigit():
        raise ValueError("a date such as 2026-03-02, then what happened or `expect …`")
    kinds = [k for k in happen.KINDS if k.is_setting]
    events = [k for k in happen.KINDS if k.is_event and not k.is_setting]
    if any(line.split()[0] in k.form.first for k in events):
        raise ValueError("a date before what happens, such as `2026-03-02 " + line + "`")
    if not any(line.split()[0] in k.form.first for k in happen.KINDS):
        want = forms.nearest(line, [k.form for k in kinds])
        raise ValueError(f"a date, `between DATE and DATE, never …`, or {want}")
    kind, said = _read(line, kinds)
    story.settings.append(Event(number, line, kind, happen.When(dt.date.min, None), said))


def _read(words: str, kinds: list[happen.Kind]) -> tuple[happen.Kind, forms.Said]:
    for kind in kinds:
        said = kind.form.read(words)
        if said is not None:
            return kind, said
    raise ValueError(forms.nearest(words, [k.form for k in kinds]))


# --- playing ---------------------------------------------------------------------------------


def tell(story: Story, player: Player) -> Check:
    """Play a story day by day and return the expectations that did not hold."""
    first, last = story.days
    refusals: dict[dt.date, list[tuple[Event, str]]] = {}
    failures: list[Failure] = []
    for setting in story.settings:
        _play(story, player, setting._replace(when=happen.When(first, None)), refusals, failures)
    day = first
    while day <= last:
        _play_day(story, player, day, refusals, failures)
        day += DAY
    failures += _misspelt(story, player)
    failures += (
        Failure(story.file, 1, "that no message goes out twice", ran.on, words)
        for ran, words in player.faults
    )
    failures += _unexpected(story, refusals)
    for e in story.expectations:
        failure = _judge(story, e, player, refusals)
        if failure is not None:
            failures.append(failure)
    return Check(sorted(failures, key=lambda f: f.line), player.runs)


def _play_day(
    story: Story,
    player: Player,
    day: dt.date,
    refusals: dict[dt.date, list[tuple[Event, str]]],
    failures: list[Failure],
) -> None:
    """Play one day: what has no hour, the night's look, then the rest by the clock."""
    player.start(day)
    events = story.events.get(day, [])
    timed: list[tuple[dt.time, Event | None]] = [(RUN_AT, None)]
    for event in events:
        time = event.when.time or (NOON if event.text == "run again" else None)
        if time is None:
            _play(story, player, event, refusals, failures)
        else:
            timed.append((time, event))
    for time, timed_event in sorted(timed, key=lambda pair: pair[0]):
        now = player.moment(day, time)
        player.dispatch(until=now)
        if timed_event is not None:
            _play(story, player, timed_event, refusals, failures)
        elif day > player.no_run_until:
            player.look(day, at=now)
    player.dispatch(until=player.moment(day, END_OF_DAY))


def _play(
    story: Story,
    player: Player,
    event: Event,
    refusals: dict[dt.date, list[tuple[Event, str]]],
    failures: list[Failure],
) -> None:
    try:
        event.kind.effect(player, event.when, event.said)
    except Refused as error:
        refusals.setdefault(event.when.day, []).append((event, str(error)))
    except KeyError as error:
        failures.append(
            Failure(
                story.file, event.line, f"`{event.text}` to be possible", event.when.day,
                str(error.args[0]),
            )
        )  # fmt: skip


def _misspelt(story: Story, player: Player) -> Iterator[Failure]:
    """Find steps and items that no policy and no line has: a `never` would pass on them."""
    steps = {s.id for p in player.policies_seen for c in p.cadences.values() for s in c.steps}
    for e in story.expectations:
        for step in sorted(e.expected.steps() - steps):
            yield Failure(
                story.file, e.line, f"`{e.text}`", None,
                f"no step {step} in {player.policy.name}; there are: {', '.join(sorted(steps))}",
            )  # fmt: skip
        for label in sorted(e.expected.items() - set(player.ledger.items)):
            yield Failure(
                story.file, e.line, f"`{e.text}`", None,
                f"no item {label}; there are: {', '.join(player.ledger.items) or 'none'}",
            )  # fmt: skip


def _unexpected(
    story: Story, refusals: dict[dt.date, list[tuple[Event, str]]]
) -> Iterator[Failure]:
    """Find events that were refused though the story does not expect it."""
    foreseen = {e.first for e in story.expectations if e.expected.verb == "refused"}
    for day, found in refusals.items():
        if day not in foreseen:
            for event, words in found:
                yield Failure(
                    story.file, event.line, f"`{event.text}` to be possible", day,
                    f"refused: {words}",
                )  # fmt: skip


def _judge(
    story: Story,
    e: Expectation,
    player: Player,
    refusals: dict[dt.date, list[tuple[Event, str]]],
) -> Failure | None:
    day = e.first
    while day <= e.last:
        if e.expected.verb == "refused":
            words = [w for _, w in refusals.get(day, [])]
            if any(e.expected.step in w for w in words) is e.is_never:
                found = f"refused: {'; '.join(words)}" if words else "nothing was refused"
                return Failure(story.file, e.line, f"`{e.text}`", day, found)
        else:
            for ran in _looks(player, day, e):
                if expect.holds(e.expected, ran, player, is_never=e.is_never) is e.is_never:
                    found = expect.say(ran, player) if ran else "no run"
                    because = expect.why(ran) if ran else ""
                    return Failure(story.file, e.line, f"`{e.text}`", day, found, because)
        day += DAY
    return None


def _looks(player: Player, day: dt.date, e: Expectation) -> list[Ran | None]:
    """Return the looks an expectation is about: all of a day, its first, or the last by an hour."""
    found = [r for r in player.runs if r.on == day]
    if not found:
        return [None]
    if e.time is not None:
        by = player.moment(day, e.time)
        return [next((r for r in reversed(found) if r.at <= by), None)]
    return list(found) if e.first != e.last or e.is_never else [found[0]]


# --- where policies and calendars come from --------------------------------------------------


@lru_cache(maxsize=64)
def calendar_of(code: str) -> workdays.Calendar:
    """Return the public holidays of a country ("DE") or a part of one ("DE-BY"); "-": none.

    Raises: KeyError for a country that is not known.
    """
    if code == "-":
        return workdays.Calendar("-/0")
    country, _, part = code.partition("-")
    try:
        closed = holidays.country_holidays(country, subdiv=part or None, years=YEARS)
    except NotImplementedError:
        raise KeyError(f"no country {code!r}; write an ISO 3166 code such as DE or US") from None
    return workdays.Calendar(f"{code}/0", closed=closed)


def policies_near(folder: Path) -> Callable[[str], policies.Policy]:
    """Return a finder of policies: the built-in ones by name, others as files near a story."""

    def policy_named(name: str) -> policies.Policy:
        if name in built_in.BUILT_IN:
            return _compiled(name)
        path = folder / name
        if not path.is_file():
            raise KeyError(
                f"no policy {name}; there are {', '.join(built_in.BUILT_IN)}, "
                "or a file beside the story"
            )
        document, complaints = built_in.read(path.read_text("utf-8"), file=name)
        if document is None:
            raise KeyError("; ".join(map(str, complaints)))
        return policies.compile_policy(built_in.whole(document), version=1)

    return policy_named


@lru_cache(maxsize=16)
def _compiled(name: str) -> policies.Policy:
    return policies.compile_policy(built_in.built_in(name), version=1)


def tell_file(path: Path, *, policy: policies.Policy | None = None) -> Told:
    """Tell one story file; `policy` is the one under test, else the story names its own.

    Raises: OSError when the file cannot be read.
    """
    story, complaints = parse(path.read_text("utf-8"), file=str(path))
    if complaints:
        return Told(complaints, [], 0, len(story.expectations))
    player = Player(policy_named=policies_near(path.parent), calendar_of=calendar_of, policy=policy)
    failures = tell(story, player).failures
    first, last = story.days
    return Told([], failures, (last - first).days + 1, len(story.expectations))
