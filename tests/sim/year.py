"""Watch a played book from outside: what went out, and what must never be true of it.

Nothing here asks the engine whether it was right. Messages are taken as the customer reads
them, ladders as the policy files have them, days as the calendar counts them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

from dunwell.core import reminder
from dunwell.core.decision import Act, Ask, Asked
from dunwell.core.message import Message, Receipt
from dunwell.core.scope import Scope
from dunwell.delivery.channel import Channel
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import approve, doctor, replay, trail
from dunwell.sim import play
from dunwell.store import models, tx
from dunwell.store.records import cases

TONES = ("friendly", "urgent", "firm", "severe", "formal")
BETWEEN_CONTACTS, BEFORE_A_MILDER = 3, 7
"""Days between two contacts; before a milder one after a firm or harsher one (SEMANTICS 4.5)."""
SECTIONS = {
    "Open items": "about", "Also past due": "also", "Under query, not part of the total": "query",
    "Due soon, not part of the total": "soon",
}  # fmt: skip
POLICIES = Path(__file__).parents[2] / "src" / "dunwell" / "policies"

_DAY = r"\d{1,2} [A-Z][a-z]{2,4} \d{4}"
_LINE = re.compile(rf"^(?P<number>\S.*?) {{2,}}.*?{_DAY}(?P<rest>[ \d,.-]*)$")
_TOTAL = re.compile(r"^Total to pay +([A-Z]{3})\s+([\d,.]+)$", re.MULTILINE)


class Shown(NamedTuple):
    """One item as a message lists it: in which part, days overdue, open amount in minor units."""

    part: str
    number: str
    days: int
    minor: int


class Sent(NamedTuple):
    """One message as it left the house, and the decision behind it."""

    on: dt.date
    entity: str
    customer: str
    act: Act
    message: Message

    def shown(self) -> Iterator[Shown]:
        """Yield the items it lists, read from its English text.

        A reminder of a plan's instalment lists none: its one line is the instalment.
        """
        if self.act.step == reminder.STEP:
            return
        part, tells_days = "", False
        for line in self.message.text.splitlines():
            part = SECTIONS.get(re.sub(r" \([A-Z]{3}\)$", "", line), part if line else "")
            if line.startswith("Number "):
                tells_days = "Days overdue" in line
            elif part and (m := _LINE.match(line)):
                cells = [re.sub(r"\D", "", cell) for cell in m["rest"].split()]
                days = int(cells[0] or 0) if tells_days else 0
                number = m["number"].removeprefix("Debit note ")
                yield Shown(part, number, days, int(cells[-1]))

    @property
    def totals(self) -> dict[str, int]:
        """What it asks for, by currency, in minor units."""
        return {c: int(re.sub(r"\D", "", x)) for c, x in _TOTAL.findall(self.message.text)}


class Post(MemoryChannel):
    """A whole channel in memory that also keeps every call it got, the same key twice or not."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[dt.date, Message]] = []

    def send(self, message: Message, *, at: dt.datetime) -> Receipt:
        """Keep the message, and that it came."""
        receipt = super().send(message, at=at)
        self.calls.append((at.date(), message))
        return receipt


def questions(day: play.Day) -> Iterator[tuple[cases.Line, Asked]]:
    """Yield what waits for a role on a day."""
    for line in day.proposal.lines:
        for asked in line.made.asks if isinstance(line.made, Act | Ask) else ():
            yield line, asked


def approve_notices(scope: Scope, day: play.Day) -> bool:
    """Say yes the same day to every notice that waits for a manager, and leave the rest asked.

    Returns whether there was any.
    """
    keys = [asked.actions[0].key for _, asked in questions(day) if asked.what == "notice"]
    for key in keys:
        approve.approve(scope, key, as_of=day.on, now=play.instant(day.on, 15))
    return bool(keys)


class Year:
    """Days played one after the other, and all that went out on them.

    `around` is what the weather does to the channel; `answers` the person who says yes or no to
    what waits for a role.
    """

    def __init__(
        self,
        scope: Scope,
        *,
        around: Callable[[Channel], Channel] = lambda channel: channel,
        answers: Callable[[Scope, play.Day], bool],
    ) -> None:
        self.scope, self.post, self.answers = scope, Post(), answers
        channel = around(self.post)
        self.routes = {"email": channel, "letter": channel}
        self.sent: list[Sent] = []
        self.waits: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()

    def play(self, on: dt.date) -> tuple[play.Day, list[Sent]]:
        """Do one day's run, its questions answered; return it, and what left the house."""
        done = play.run(self.scope, on, routes=self.routes)
        if self.answers(self.scope, done):
            again = play.run(self.scope, on, routes=self.routes)  # what was approved goes today
            self.counts.update(again.sent._asdict())
        trail.seal(self.scope, now=play.instant(on, 22))
        assert not done.proposal.failed, done.proposal.failed
        self.waits.update(done.proposal.counts["by_reason"])
        self.counts.update(done.sent._asdict())
        self.counts.update(days=1, asked=done.proposal.counts["asked"])
        fresh = list(self._fresh())
        self.sent += fresh
        return done, fresh

    def _fresh(self) -> Iterator[Sent]:
        """Yield what was sent since the last time, each message with its decision."""
        calls = self.post.calls[len(self.sent) :]
        with tx.reading(self.scope):
            actions = {
                a.key: a
                for a in models.Action.objects.filter(
                    organisation_id=self.scope.organisation_id, key__in=[m.key for _, m in calls]
                )
                .exclude(state="cancelled")
                .select_related("decision", "customer", "entity")
            }
        for on, message in calls:
            action = actions[message.key]
            act = cases.unpack(bytes(action.decision.body))
            assert isinstance(act, Act)
            yield Sent(on, action.entity.code, action.customer.reference, act, message)

    def table(self) -> str:
        """Return what it came to as the rows of a table, as docs/concepts/real-books.md has it."""
        with tx.reading(self.scope):
            mine = {"organisation_id": self.scope.organisation_id}
            cases = models.Case.objects.filter(**mine).count()
            decisions = models.Decision.objects.filter(**mine).count()
        steps = sorted(Counter(s.act.step for s in self.sent).items(), key=_most)
        waits = sorted(self.waits.items(), key=_most)
        rows = [
            ("days", self.counts["days"]), ("cases opened", cases), ("messages", len(self.sent)),
            *((f"of these `{step}`", n) for step, n in steps),
            ("decisions recorded", decisions),
            *((f"case-days of silence, `{reason}`", n) for reason, n in waits),
        ]  # fmt: skip
        return "".join(f"| {what} | {n:,} |\n" for what, n in rows)


def _most(pair: tuple[str, int]) -> tuple[int, str]:
    return (-pair[1], pair[0])


KNOWN: dict[str, str] = {}
"""What is wrong and known, and how it shows; what is mended must leave the list."""


def news(found: Sequence[str]) -> list[str]:
    """Return the faults that nobody knows of yet."""
    return [x for x in found if not any(re.search(known, x) for known in KNOWN.values())]


def mended(found: Sequence[str]) -> list[str]:
    """Return what is on the list of known faults and does not show any more."""
    return [why for why, known in KNOWN.items() if not any(re.search(known, x) for x in found)]


Contact = tuple[str, str, dt.date, str]
"""Entity, customer, day and tone."""


def faults(year: Year, *, before: Sequence[Contact] = ()) -> list[str]:
    """Say what was wrong with a year in itself: keys, ladders, waits, contacts, days.

    `before` are contacts made with the system before ours.
    """
    ours = [(s.entity, s.customer, s.on, s.act.tone) for s in year.sent]
    return [
        *_sent_twice(year), *_steps(year.scope), *_contacts(before, ours), *_closed_days(year.sent),
    ]  # fmt: skip


def _sent_twice(year: Year) -> Iterator[str]:
    for key, n in Counter(m.key for _, m in year.post.calls).items():
        if n > 1:
            yield f"{key} was sent {n} times"


def _closed_days(sent: Sequence[Sent]) -> Iterator[str]:
    """Nothing goes out on a weekend; nothing firm or harsher from 24 December to 1 January."""
    for s in sent:
        if s.on.weekday() > 4:
            yield f"{s.customer}: {s.act.step} on {s.on:%A %d %B %Y}"
        is_quiet = (s.on.month, s.on.day) == (1, 1) or (s.on.month == 12 and s.on.day >= 24)
        if is_quiet and TONES.index(s.act.tone) >= TONES.index("firm"):
            yield f"{s.customer}: {s.act.tone} on {s.on}"


def _contacts(before: Sequence[Contact], ours: Sequence[Contact]) -> Iterator[str]:
    """Between two contacts of a customer lie 3 days at least; 7 before a milder tone."""
    by_customer: dict[tuple[str, str], dict[dt.date, set[int]]] = defaultdict(dict)
    our_days = {(entity, customer, on) for entity, customer, on, _ in ours}
    for entity, customer, on, tone in (*before, *ours):
        tones = by_customer[entity, customer].setdefault(on, set())
        tones.add(TONES.index(tone))
    for who, days in by_customer.items():
        for on, tones in days.items():
            for earlier, were in days.items():
                is_milder = max(were) >= TONES.index("firm") and min(tones) < max(were)
                least = BEFORE_A_MILDER if is_milder else BETWEEN_CONTACTS
                if (*who, on) in our_days and 0 < (on - earlier).days < least:
                    yield f"{who}: tone {tones} on {on}, {were} on {earlier}"


class Step(NamedTuple):
    """A step of a built-in policy, as its file has it."""

    place: int
    day: int
    wait: int
    tone: str
    phase: str


def ladders(policy: str) -> dict[str, dict[str, Step]]:
    """Return the cadences of a built-in policy and of those it includes, from their files."""
    document = YAML(typ="safe").load((POLICIES / f"{policy}.yaml").read_text("utf-8"))
    found: dict[str, dict[str, Step]] = {}
    for other in document.get("include", []):
        found |= ladders(other)
    for name, cadence in document["cadences"].items():
        found[name] = {
            s["id"]: Step(n, s["day"], s["wait"], s["tone"], s.get("phase", "overdue"))
            for n, s in enumerate(cadence["steps"])
        }
    return found


class Taken(NamedTuple):
    """A step an item took."""

    item: str
    due_on: dt.date
    step: str
    on: dt.date
    named_on: dt.date | None
    tone: str
    source: str


def _steps(scope: Scope, *, policy: str = "classic") -> Iterator[str]:
    """No item takes a step twice, out of order, too young, or before the last one's wait."""
    walks = ladders(policy)
    with tx.reading(scope):
        rows = models.StepTaken.objects.filter(
            organisation_id=scope.organisation_id, voided_on__isnull=True
        ).order_by("item_id", "on", "pk")
        taken: dict[int, list[Taken]] = defaultdict(list)
        for x in rows.values_list(
            "item_id", "item__number", "item__due_on", "step", "on", "named_on", "tone", "source"
        ):
            taken[x[0]].append(Taken(*x[1:]))
    for steps in taken.values():
        for n, after in enumerate(steps):
            if after.source == "imported":
                continue
            yield from _young(after, walks)
            if after.step in [s.step for s in steps[:n]]:
                yield f"{after.item} takes {after.step} twice"
            before = steps[n - 1] if n else None
            if before is None:
                continue
            said = f"{after.item}: {after.step} on {after.on}, {before.step} on {before.on}"
            if before.named_on and after.on <= before.named_on:
                yield f"{said} named {before.named_on}"
            if not any(_follows(before, after, walk) for walk in walks.values()):
                yield said


def _young(taken: Taken, walks: dict[str, dict[str, Step]]) -> Iterator[str]:
    """Say where an item took a step before its age allowed it on any ladder that has it."""
    days = [w[taken.step].day for w in walks.values() if taken.step in w]
    phases = {w[taken.step].phase for w in walks.values() if taken.step in w}
    age = (taken.on - taken.due_on).days
    if phases == {"overdue"} and age < min(days):
        yield f"{taken.item}: {taken.step} at {age} days"


def _follows(before: Taken, after: Taken, walk: dict[str, Step]) -> bool:
    """Tell whether a ladder has one step right after the other, and its wait was kept.

    A step of another ladder stands for the highest one here that is not harsher (SEMANTICS 1).
    """
    if after.step not in walk:
        return False
    last = walk.get(before.step)
    if last is None:
        milder = [
            s for s in walk.values()
            if s.phase == "overdue" and TONES.index(s.tone) <= TONES.index(before.tone)
        ]  # fmt: skip
        if not milder:
            first = min(s.place for s in walk.values() if s.phase == "overdue")
            return walk[after.step].place == first
        last = max(milder)
    waited = (after.on - before.on).days >= last.wait
    return walk[after.step].place == last.place + 1 and waited


def unsound(scope: Scope, home: Path, *, first: dt.date, last: dt.date) -> list[str]:
    """Say what the desk itself finds wrong afterwards: caches, chain, replayed decisions."""
    trail.seal(scope, now=play.instant(last, 23))
    found = [f"{f.name}: {f.found}" for f in doctor.run(scope, home) if not f.ok]
    again = replay.run(scope, first=first, last=last)
    found += [f"{d.as_of} {d.customer}: was {d.was}; now {d.now}" for d in again.differences]
    verdict = trail.verify(scope)
    assert again.decisions > 0
    return found + ([] if verdict.ok and not verdict.unsealed else [f"journal: {verdict}"])
