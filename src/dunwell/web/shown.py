"""What the pages say, as plain values: sentences with doors in them, groups, rows and sums.

Every number that is a door is counted from the same rows that stand behind it. Currencies are
never added. Must not know: requests and templates.
"""

from __future__ import annotations

import bisect
import datetime as dt
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from dunwell.core import aging, money, reasons
from dunwell.core.decision import Act, Decision, Planned, Wait
from dunwell.core.reasons import Reason
from dunwell.desk import day as days
from dunwell.desk import explain, today
from dunwell.web import words

Link = Callable[..., str]
"""Makes the address of a page from its path and query, on the day looked at."""


class Part(NamedTuple):
    """A piece of a sentence; with an address it is a door."""

    text: str
    href: str = ""


class Sent(NamedTuple):
    """One message or call of an act, whether it can be looked at, and what became of it."""

    planned: Planned
    at: dt.datetime
    state: str
    is_open: bool


class Acted(NamedTuple):
    """One case in which something goes out: how many messages and calls, and where it is listed."""

    case: days.Case
    act: Act
    why: str
    items: int
    sent: list[Sent]
    messages: int
    calls: int
    place: tuple[int, int, str, str, str, str]

    @property
    def is_open(self) -> bool:
        """Tell whether any of it can still be kept from going."""
        return any(s.is_open for s in self.sent)

    @property
    def line(self) -> str:
        """What names it on a form: the key of its first message."""
        return self.act.actions[0].key


class Group(NamedTuple):
    """The cases that take one step, with their sums."""

    step: str
    tone: str
    rows: list[Acted]
    amounts: dict[str, int]


class Sums(NamedTuple):
    """What some cases come to."""

    customers: int
    messages: int
    calls: int
    amounts: dict[str, int]


class Silence(NamedTuple):
    """One reason for silence and how many cases it explains."""

    reason: Reason
    words: str
    sentence: str
    cases: int


class Waiting(NamedTuple):
    """One case that hears nothing, why, and what it owes.

    `since_on` is the day since which something is past due. What is owed is read, and put into
    words, only where it is shown: a list has many more rows than a page.
    """

    case: days.Case
    wait: Wait
    since_on: dt.date | None
    balance: today.Balance | None = None

    @property
    def sentence(self) -> str:
        """Why it hears nothing."""
        return explain.sentence(self.wait)

    @property
    def also(self) -> list[str]:
        """What else would keep it from hearing anything."""
        return [words.SILENCES[r] for r in self.wait.also]


class Asking(NamedTuple):
    """One question to a role, and the key of the message it is about, if that can be seen."""

    question: days.Question
    title: str
    message: str


def acted(day: days.Day, *, seen_on: dt.date, was: Iterable[Acted] = ()) -> list[Acted]:
    """Return the cases in which something goes out, mildest step first.

    `was` are the rows of before: those of cases that are the same still are taken from there.
    """
    have = {r.case.key: r for r in was}
    rows = []
    for case, act in day.acts:
        row = have.get(case.key)
        rows.append(row if row and row.case is case else _acted(case, act, day, seen_on))
    rows.sort(key=_BY_PLACE)
    return rows


_BY_PLACE = operator.attrgetter("place")


def _acted(case: days.Case, act: Act, day: days.Day, seen_on: dt.date) -> Acted:
    sent = [_sent(p, case, day, seen_on) for p in act.actions]
    calls = sum(p.channel == "call" for p in act.actions)
    return Acted(
        case, act, explain.why(act), len(act.about) + len(act.also_overdue), sent,
        len(sent) - calls, calls,
        (*_rung(act), case.name.casefold(), case.customer, case.entity),
    )  # fmt: skip


def _sent(planned: Planned, case: days.Case, day: days.Day, seen_on: dt.date) -> Sent:
    state = case.states.get(planned.key, "")
    is_open = day.decided_on is None or (
        day.as_of == seen_on and state in ("ready", "claimed", "waiting")
    )
    return Sent(planned, dt.datetime.fromisoformat(planned.send_at), state, is_open)


def _rung(act: Act) -> tuple[int, int, str]:
    phases = ("pre_due", "due", "overdue")
    return words.TONES.index(act.tone), phases.index(act.phase), act.step


def groups(rows: Iterable[Acted]) -> list[Group]:
    """Put cases of the same step together."""
    found: dict[tuple[str, str], list[Acted]] = {}
    for r in rows:
        found.setdefault((r.act.step, r.act.tone), []).append(r)
    return [
        Group(*key, rows, money.by_currency(pair for r in rows for pair in r.act.amounts))
        for key, rows in found.items()
    ]


def sums(rows: Iterable[Acted]) -> Sums:
    """Count customers, messages and calls, and add up what is demanded by currency."""
    rows = list(rows)
    return Sums(
        len({r.case.customer for r in rows}),
        sum(r.messages for r in rows),
        sum(r.calls for r in rows),
        money.by_currency(pair for r in rows for pair in r.act.amounts),
    )


def questions(day: days.Day) -> list[Asking]:
    """Return what waits for an answer; notices with the message they are about."""
    notices: set[str] = set()
    if day.decided_on is None:
        notices = {a.actions[0].key for _, a in day.asks if a.what == "notice"}
    found = [
        Asking(
            q, words.titled(q.step if q.what == "notice" else q.what),
            q.key if q.key in notices else "",
        )
        for q in day.questions
    ]  # fmt: skip
    return sorted(found, key=lambda a: (a.title, a.question.name.casefold(), a.question.key))


def silences(day: days.Day) -> list[Silence]:
    """Return the reasons for silence, the most frequent first; nothing open comes last."""
    found = [
        Silence(r, words.SILENCES[r], reasons.sentence(r, {}), len(some))
        for r, some in day.silent.items()
    ]
    return sorted(
        found, key=lambda s: (s.reason is Reason.NOTHING_OPEN, -s.cases, reasons.ORDER[s.reason])
    )


Oldest = Mapping[tuple[str, str], dt.date]
"""Since when something is past due, by entity and customer."""


def waiting(
    day: days.Day, reason: Reason | None, oldest: Oldest, was: Iterable[Waiting] = ()
) -> list[Waiting]:
    """Return the cases that hear nothing for a reason (None: for any), the oldest debt first.

    `was` are the rows of before: those of cases that are the same still are taken from there.
    """
    wanted = {why: some for why, some in day.silent.items() if reason in (None, why)}
    rows = [r for r in was if wanted.get(r.wait.reason, {}).get(r.case.key) is r.case]
    if len(rows) == sum(map(len, wanted.values())):
        return rows
    have = {r.case.key for r in rows}
    fresh = [
        Waiting(case, case.made, oldest.get(key))
        for some in wanted.values()
        for key, case in some.items()
        if key not in have and isinstance(case.made, Wait)
    ]
    if len(fresh) > FEW:
        return sorted([*rows, *fresh], key=_by_age)
    for row in fresh:
        bisect.insort(rows, row, key=_by_age)
    return rows


FEW = 500
"""So many rows are put in one by one sooner than all are sorted anew."""


def _by_age(row: Waiting) -> tuple[dt.date, str, str, str]:
    case = row.case
    return row.since_on or dt.date.max, case.name.casefold(), case.customer, case.entity


def owed(
    rows: Sequence[Waiting], balances: Mapping[tuple[str, str], today.Balance]
) -> list[Waiting]:
    """Return the rows with what is owed."""
    return [r._replace(balance=balances.get(r.case.key)) for r in rows]


def told(rows: Sequence[Waiting], afresh: Mapping[tuple[str, str], Decision]) -> list[Waiting]:
    """Return the rows with the dates and items that belong in their sentences."""
    out = []
    for r in rows:
        made = afresh.get(r.case.key)
        if isinstance(made, Wait) and made.reason is r.wait.reason:
            r = r._replace(wait=made)
        out.append(r)
    return out


class Aged(NamedTuple):
    """One currency of the aging: its line, what of it is overdue, and its shares by age."""

    row: aging.Row
    overdue: int
    shares: list[int]


def aged(row: aging.Row) -> Aged:
    """Return a line of the aging as it is drawn."""
    return Aged(row, sum(row.buckets), [row.not_due, *row.buckets])


class Owed(NamedTuple):
    """What a customer owes in one currency: in all, and what of it is overdue."""

    currency: str
    open: int
    overdue: int


def in_currency(balance: Mapping[str, Any]) -> Owed:
    """Return one currency of a customer's balance."""
    return Owed(balance["currency"], balance["total"], sum(balance["buckets"].values()))


def lead(day: days.Day, rows: Sequence[Acted], *, seen_on: dt.date, link: Link) -> list[list[Part]]:
    """Say what matters in sentences whose numbers are doors; `rows` are the cases acted on."""
    said = [_going(day, rows, seen_on, link)]
    is_past = day.decided_on is not None and day.as_of < seen_on
    asked, silent = len(day.questions), day.waiting
    if asked:
        verb = "waited" if is_past else "waits" if asked == 1 else "wait"
        said.append(
            [Part(f"{asked:,}", link("tonight", _at="approval")), Part(f" {verb} for approval.")]
        )
    noun = "customer" if silent == 1 else "customers"
    verb = "heard" if is_past else "hears" if silent == 1 else "hear"
    said.append([Part(f"{silent:,} {noun}", link("silence")), Part(f" {verb} nothing.")])
    return said


def _going(day: days.Day, rows: Sequence[Acted], seen_on: dt.date, link: Link) -> list[Part]:
    """Say what goes out, to how many, about how much; one amount a currency."""
    opening, verb = _opening(day, seen_on)
    if day.as_of == seen_on and day.decided_on is not None and not any(r.is_open for r in rows):
        verb = "went"
    total = sums(rows)
    if not rows:
        return [Part(f"{opening} {_NOTHING[verb]}.")]
    said = [Part(f"{opening} ")]
    things = []
    if total.messages:
        things.append(Part(words.count(total.messages, "message"), link("tonight")))
    if total.calls:
        things.append(Part(words.count(total.calls, "call"), link("tonight", channel="call")))
    for n, thing in enumerate(things):
        said += [Part(" and ")] * bool(n) + [thing]
    if total.messages + total.calls == 1 and verb == "go":
        verb = "goes"
    said += [
        Part(f" {verb} to "), Part(words.count(total.customers, "customer"), link("tonight")),
        Part(" about "),
    ]  # fmt: skip
    for n, (currency, minor) in enumerate(total.amounts.items()):
        last = n and n + 1 == len(total.amounts)
        said.append(Part(" and " if last else ", " if n else ""))
        said.append(Part(money.text(minor, currency), link("tonight", currency=currency)))
    return [*said, Part(".")]


_NOTHING = {
    "go": "nothing goes out", "would go": "nothing would go out", "went": "nothing went out",
}  # fmt: skip


def _opening(day: days.Day, seen_on: dt.date) -> tuple[str, str]:
    if day.as_of == seen_on:
        return ("Tonight", "go") if day.decided_on is None else ("Today", "go")
    if day.as_of > seen_on:
        return f"On {words.long_day(day.as_of)}, if nothing happens before,", "would go"
    return f"On {words.long_day(day.decided_on or day.as_of)}", "went"


def by_state(rows: Iterable[Acted]) -> list[tuple[str, int]]:
    """Count what became of messages, for a day whose run has been made."""
    counted = Counter(words.STATES.get(s.state, s.state) for r in rows for s in r.sent if s.state)
    return counted.most_common()
