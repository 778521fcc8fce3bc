"""Telling a story: read it, play it day by day, and say which expectations did not hold."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from dunwell.core import policy as policies
from dunwell.core import reminder
from dunwell.core.complaints import Complaint
from dunwell.core.errors import Refused
from dunwell.sim.story import expect, forms, hand_over, happen, sources
from dunwell.sim.story.expect import Expected
from dunwell.sim.story.ledger import DAY, Absent
from dunwell.sim.story.player import Player, Ran

RUN_AT = dt.time(2, 0)
NOON = dt.time(12, 0)
END_OF_DAY = dt.time(23, 59, 59)
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
    is_span: bool
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
        line = " ".join(re.split(r"(?:^|\s)#", raw)[0].split())
        if not line:
            continue
        try:
            _take(story, number, line)
        except ValueError as error:
            complaints.append(
                Complaint(file=file, line=number, column=None, found=line, want=str(error))
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
                number, f"{match[3]} {match[4]}", first, last, None, is_span=True,
                is_never=match[3] == "never", expected=expect.parse(match[4]),
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
            Expectation(
                number, match[1], on, on, time, is_span=False, is_never=False,
                expected=expect.parse(match[1]),
            )
        )  # fmt: skip
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
        start = "a date, `between DATE and DATE, never …`, or " if want[0] != "`" else ""
        raise ValueError(start + want)
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
    course = _Course(story, player)
    first, last = story.days
    for setting in story.settings:
        course.play(setting._replace(when=happen.When(first, None)))
    day = first
    while day <= last:
        course.play_day(day)
        day += DAY
    failures = [*course.failures, *course.faults(), *course.misspelt(), *course.unexpected()]
    judged = (course.judge(e) for e in story.expectations)
    failures += [failure for failure in judged if failure is not None]
    return Check(sorted(failures, key=lambda f: f.line), player.runs)


class _Course:
    """One telling of a story: what was refused on which day, and what could not be played."""

    def __init__(self, story: Story, player: Player) -> None:
        self.story, self.player = story, player
        self.refused: dict[dt.date, list[tuple[Event, str]]] = {}
        self.failures: list[Failure] = []

    def play_day(self, day: dt.date) -> None:
        """Play one day: what has no hour, the night's look, then the rest by the clock."""
        self.player.start(day)
        timed: list[tuple[dt.time, Event | None]] = [(RUN_AT, None)]
        for event in self.story.events.get(day, ()):
            time = event.when.time or (NOON if event.text == "run again" else None)
            if time is None:
                self.play(event)
            else:
                timed.append((time, event))
        for time, timed_event in sorted(timed, key=lambda pair: pair[0]):
            now = self.player.moment(day, time)
            hand_over.dispatch(self.player, until=now)
            if timed_event is not None:
                self.play(timed_event)
            elif day > self.player.no_run_until:
                self.player.look(day, at=now)
        hand_over.dispatch(self.player, until=self.player.moment(day, END_OF_DAY))

    def play(self, event: Event) -> None:
        """Let one thing happen, or note why it cannot."""
        try:
            event.kind.effect(self.player, event.when, event.said)
        except Refused as error:
            self.refused.setdefault(event.when.day, []).append((event, str(error)))
        except Absent as error:
            self.failures.append(self._impossible(event, event.when.day, str(error)))

    def _impossible(self, event: Event, day: dt.date | None, found: str) -> Failure:
        return Failure(self.story.file, event.line, f"`{event.text}` to be possible", day, found)

    def faults(self) -> Iterator[Failure]:
        """Find messages that would have gone out twice: never the story's fault."""
        for ran, words in self.player.faults:
            yield Failure(self.story.file, 1, "that no message goes out twice", ran.on, words)

    def misspelt(self) -> Iterator[Failure]:
        """Find steps, items and segments that nothing has: a `never` would pass on them."""
        seen, file = self.player.policies_seen, self.story.file
        names = sorted({s.name for p in seen for s in p.segments})
        later = (e for found in self.story.events.values() for e in found)
        for event in (*self.story.settings, *later):
            if event.text.startswith(("segment ", "path ")) and event.said["word"] not in names:
                there = f"no such segment in {seen[-1].name}; there are: {', '.join(names)}"
                yield self._impossible(event, None, there)
        steps = {s.id for p in seen for c in p.cadences.values() for s in c.steps}
        steps.add(reminder.STEP)
        for e in self.story.expectations:
            for step in sorted(e.expected.steps() - steps):
                there = f"no step {step} in {seen[-1].name}; there are: {', '.join(sorted(steps))}"
                yield Failure(file, e.line, f"`{e.text}`", None, there)
            for label in sorted(e.expected.items() - set(self.player.ledger.items)):
                known = ", ".join(self.player.ledger.items) or "none"
                there = f"no item {label}; there are: {known}"
                yield Failure(file, e.line, f"`{e.text}`", None, there)

    def unexpected(self) -> Iterator[Failure]:
        """Find events that were refused though the story does not expect it."""
        foreseen = {e.first for e in self.story.expectations if e.expected.verb == "refused"}
        for day, found in self.refused.items():
            if day not in foreseen:
                for event, words in found:
                    yield self._impossible(event, day, f"refused: {words}")

    def judge(self, e: Expectation) -> Failure | None:
        """Return the first day on which an expectation does not hold, or None."""
        day = e.first
        while day <= e.last:
            found = self._refusals(e, day) if e.expected.verb == "refused" else self._looks(e, day)
            if found is not None:
                return Failure(self.story.file, e.line, f"`{e.text}`", day, *found)
            day += DAY
        return None

    def _refusals(self, e: Expectation, day: dt.date) -> tuple[str, str] | None:
        words = [w for _, w in self.refused.get(day, ())]
        if any(e.expected.step in w for w in words) is not e.is_never:
            return None
        return (f"refused: {'; '.join(words)}" if words else "nothing was refused", "")

    def _looks(self, e: Expectation, day: dt.date) -> tuple[str, str] | None:
        for ran in self._about(e, day):
            if expect.holds(e.expected, ran, self.player, is_never=e.is_never) is e.is_never:
                return (expect.say(ran, self.player), expect.why(ran)) if ran else ("no run", "")
        return None

    def _about(self, e: Expectation, day: dt.date) -> list[Ran | None]:
        """Return the looks it is about: all of a day, its first, or the last by an hour."""
        found = [r for r in self.player.runs if r.on == day]
        if not found:
            return [None]
        if e.time is not None:
            by = self.player.moment(day, e.time)
            return [next((r for r in reversed(found) if r.at <= by), None)]
        return list(found) if e.is_span else [found[0]]


# --- the front door --------------------------------------------------------------------------


def tell_file(path: Path, *, policy: policies.Policy | None = None) -> Told:
    """Tell one story file; `policy` is the one under test, else the story names its own.

    Raises: OSError when the file cannot be read.
    """
    text = path.read_text("utf-8-sig")
    return _told(text, file=str(path), policy=policy, named=sources.policies_near(path.parent))


def tell_text(
    text: str, *, file: str, policy: policies.Policy, days_max: int | None = None
) -> Told:
    """Tell a story that stands in no file, under a policy; it reads none either.

    `days_max` is how long a span it may speak of.
    """
    return _told(text, file=file, policy=policy, named=sources.built_in_named, days_max=days_max)


def _told(
    text: str,
    *,
    file: str,
    policy: policies.Policy | None,
    named: Callable[[str], policies.Policy],
    days_max: int | None = None,
) -> Told:
    story, complaints = parse(text, file=file)
    if complaints:
        return Told(complaints, [], 0, len(story.expectations))
    first, last = story.days
    days = (last - first).days + 1
    if days_max is not None and days > days_max:
        long = Complaint(
            file=file, line=None, column=None, found=f"{days:,} days",
            want=f"a story of at most {days_max:,} days",
        )  # fmt: skip
        return Told([long], [], 0, len(story.expectations))
    player = Player(policy_named=named, calendar_of=sources.calendar_of, policy=policy)
    failures = tell(story, player).failures
    return Told([], failures, days, len(story.expectations))
