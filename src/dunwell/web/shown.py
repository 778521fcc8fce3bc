"""What the pages say, as plain values: sentences with doors in them, groups, rows and sums.

Every number that is a door is counted from the same rows that stand behind it. Currencies are
never added. Must not know: requests and templates.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from dunwell.core import aging, money, reasons
from dunwell.core.decision import Act, Ask, Asked, Decision, Planned, Wait
from dunwell.core.reasons import Reason
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
    """One case in which something goes out."""

    case: today.Case
    act: Act
    why: str
    items: int
    sent: list[Sent]

    @property
    def is_open(self) -> bool:
        """Tell whether any of it can still be kept from going."""
        return any(s.is_open for s in self.sent)

    @property
    def line(self) -> str:
        """What names it on a form: the key of its first message."""
        return self.act.actions[0].key

    @property
    def messages(self) -> int:
        """How many mails and letters there are."""
        return sum(s.planned.channel != "call" for s in self.sent)

    @property
    def calls(self) -> int:
        """How many calls there are."""
        return sum(s.planned.channel == "call" for s in self.sent)


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

    It is put into words only where it is shown: a list has many more rows than a page.
    """

    case: today.Case
    wait: Wait
    balance: today.Balance | None

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

    question: today.Question
    title: str
    message: str


def acted(day: today.Day, *, seen_on: dt.date) -> list[Acted]:
    """Return the cases in which something goes out, mildest step first."""
    rows = []
    for case, act in day.acts:
        sent = [_sent(p, case, day, seen_on) for p in act.actions]
        items = len(act.about) + len(act.also_overdue)
        rows.append(Acted(case, act, explain.why(act), items, sent))
    return sorted(rows, key=lambda r: (*_rung(r.act), r.case.name.casefold(), r.case.customer))


def _sent(planned: Planned, case: today.Case, day: today.Day, seen_on: dt.date) -> Sent:
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
    return [Group(*key, rows, sums(rows).amounts) for key, rows in found.items()]


def sums(rows: Iterable[Acted]) -> Sums:
    """Count customers, messages and calls, and add up what is demanded by currency."""
    rows = list(rows)
    return Sums(
        len({r.case.customer for r in rows}),
        sum(r.messages for r in rows),
        sum(r.calls for r in rows),
        money.by_currency(pair for r in rows for pair in r.act.amounts),
    )


def questions(day: today.Day) -> list[Asking]:
    """Return what waits for an answer; notices with the message they are about."""
    notices = {
        a.actions[0].key: a.actions[0].key
        for c in day.cases
        for a in _asks(c)
        if a.what == "notice" and day.decided_on is None
    }
    found = [
        Asking(q, words.titled(q.step if q.what == "notice" else q.what), notices.get(q.key, ""))
        for q in day.questions
    ]
    return sorted(found, key=lambda a: (a.title, a.question.name.casefold(), a.question.key))


def _asks(case: today.Case) -> Sequence[Asked]:
    return case.made.asks if isinstance(case.made, Act | Ask) else ()


def silences(day: today.Day) -> list[Silence]:
    """Return the reasons for silence, the most frequent first; nothing open comes last."""
    counted = Counter(w.reason for _, w in day.waits)
    found = [Silence(r, words.SILENCES[r], reasons.sentence(r, {}), n) for r, n in counted.items()]
    return sorted(
        found, key=lambda s: (s.reason is Reason.NOTHING_OPEN, -s.cases, reasons.ORDER[s.reason])
    )


def waiting(
    day: today.Day, reason: Reason | None, balances: Mapping[tuple[str, str], today.Balance]
) -> list[Waiting]:
    """Return the cases that hear nothing for a reason (None: for any), the oldest debt first."""
    rows = [
        Waiting(c, w, balances.get((c.entity, c.customer)))
        for c, w in day.waits
        if reason is None or w.reason is reason
    ]
    return sorted(rows, key=lambda r: (_oldest(r.balance), r.case.name.casefold(), r.case.customer))


def told(rows: Sequence[Waiting], afresh: Mapping[tuple[str, str], Decision]) -> list[Waiting]:
    """Return the rows with the dates and items that belong in their sentences."""
    out = []
    for r in rows:
        made = afresh.get((r.case.entity, r.case.customer))
        if isinstance(made, Wait) and made.reason is r.wait.reason:
            r = r._replace(wait=made)
        out.append(r)
    return out


def _oldest(balance: today.Balance | None) -> dt.date:
    return (balance and balance.oldest_due_on) or dt.date.max


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


def owed(balance: Mapping[str, Any]) -> Owed:
    """Return one currency of a customer's balance."""
    return Owed(balance["currency"], balance["total"], sum(balance["buckets"].values()))


def lead(
    day: today.Day, rows: Sequence[Acted], *, seen_on: dt.date, link: Link
) -> list[list[Part]]:
    """Say what matters in sentences whose numbers are doors; `rows` are the cases acted on."""
    said = [_going(day, rows, seen_on, link)]
    is_past = day.decided_on is not None and day.as_of < seen_on
    asked, silent = len(day.questions), len(day.waits)
    if asked:
        verb = "waited" if is_past else "waits" if asked == 1 else "wait"
        said.append(
            [Part(f"{asked:,}", link("tonight", _at="approval")), Part(f" {verb} for approval.")]
        )
    noun = "customer" if silent == 1 else "customers"
    verb = "heard" if is_past else "hears" if silent == 1 else "hear"
    said.append([Part(f"{silent:,} {noun}", link("silence")), Part(f" {verb} nothing.")])
    return said


def _going(day: today.Day, rows: Sequence[Acted], seen_on: dt.date, link: Link) -> list[Part]:
    """Say what goes out, to how many, about how much; one amount a currency."""
    opening, verb = _opening(day, seen_on)
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


def _opening(day: today.Day, seen_on: dt.date) -> tuple[str, str]:
    if day.as_of == seen_on:
        return ("Tonight", "go") if day.decided_on is None else ("Today", "go")
    if day.as_of > seen_on:
        return f"On {words.long_day(day.as_of)}, if nothing happens before,", "would go"
    return f"On {words.long_day(day.decided_on or day.as_of)}", "went"


def by_state(rows: Iterable[Acted]) -> list[tuple[str, int]]:
    """Count what became of messages, for a day whose run has been made."""
    counted = Counter(words.STATES.get(s.state, s.state) for r in rows for s in r.sent if s.state)
    return counted.most_common()
