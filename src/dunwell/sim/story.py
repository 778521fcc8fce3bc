"""Stories: a book, a calendar and expectations, on one page a finance person can read.

The runner plays every day from the first line to the last: the day's events first, then one
look at the case, whose message (if any) is confirmed the same day; a call waits until the
story says it was made. It uses the core alone, so that a story about a policy runs in
milliseconds; the same file serves engine tests and users' policies (DATA.md 3.8).
Grammar: docs/reference/stories.md.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from dunwell.core import book, decide, decision, money, workdays
from dunwell.core import policy as policies
from dunwell.core.complaints import Complaint
from dunwell.core.reasons import Reason

DAY = dt.timedelta(days=1)
_DATE = r"(\d{4}-\d\d-\d\d)"
_AMOUNT = r"([A-Z]{3}) ([\d,.]+)"


class Failure(NamedTuple):
    """One expectation that did not hold."""

    file: str
    line: int
    text: str
    found: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: expected `{self.text}`; found {self.found}"


class _Line(NamedTuple):
    number: int
    text: str


class Expectation(NamedTuple):
    line: _Line
    first: dt.date
    last: dt.date
    is_never: bool
    words: str


class Story:
    """A parsed story: settings, events by day, expectations."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.settings: list[_Line] = []
        self.events: dict[dt.date, list[_Line]] = {}
        self.expectations: list[Expectation] = []

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """The first and the last day the story speaks of."""
        dates = [*self.events, *(d for e in self.expectations for d in (e.first, e.last))]
        return min(dates), max(dates)


def parse(text: str, *, file: str) -> tuple[Story, list[Complaint]]:
    """Return the story a text holds, and located complaints about lines not understood."""
    story, complaints = Story(file), []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.split("#")[0].strip()
        if not line:
            continue
        here = _Line(number, line)
        try:
            _take(story, here)
        except ValueError as error:
            complaints.append(
                Complaint(file=file, line=number, column=None, found=line, want=str(error))
            )
    return story, complaints


def _take(story: Story, here: _Line) -> None:
    if match := re.fullmatch(rf"between {_DATE} and {_DATE},? never (.+)", here.text):
        first, last = (dt.date.fromisoformat(d) for d in match.groups()[:2])
        story.expectations.append(Expectation(here, first, last, is_never=True, words=match[3]))
    elif match := re.fullmatch(rf"{_DATE} (?:expect|look ->) (.+)", here.text):
        on = dt.date.fromisoformat(match[1])
        story.expectations.append(Expectation(here, on, on, is_never=False, words=match[2]))
    elif match := re.fullmatch(rf"{_DATE} (.+)", here.text):
        words = match[2]
        if not any(re.fullmatch(p, words) for p in _EVENTS):
            raise ValueError("one of: " + ", ".join(sorted({n for n, _ in _EVENTS.values()})))
        story.events.setdefault(dt.date.fromisoformat(match[1]), []).append(
            _Line(here.number, words)
        )
    elif here.text.split()[0] in _SETTINGS:
        story.settings.append(here)
    else:
        raise ValueError("a date, `between D and E, never …`, or " + ", ".join(_SETTINGS))


_SETTINGS = ("policy", "segment", "grade", "country", "currency", "route", "natural_person")


class Player:
    """One customer's book in memory, played day by day."""

    def __init__(
        self,
        *,
        policy_named: Callable[[str], policies.Policy],
        calendar_of: Callable[[str], workdays.Calendar],
        policy: policies.Policy | None = None,
    ) -> None:
        self.policy_named, self.calendar_of = policy_named, calendar_of
        self.policy = policy or policy_named("classic")
        self.is_fixed = policy is not None
        self.calendar = calendar_of("-")
        self.base, self.segment, self.grade = "EUR", "standard", "unknown"
        self.routes: list[book.Route] = [book.Route("ap", "email", 1)]
        self.natural_person = False
        self.items: dict[str, book.Item] = {}
        self.payments: dict[str, list[tuple[str, int]]] = {}
        self.paid_on: dict[str, dt.date] = {}
        self.unapplied: dict[str, int] = {}
        self.stops: dict[str, book.Stop] = {}
        self.outreach: list[book.Outreach] = []
        self.flights: list[book.Flight] = []
        self.pending: decision.Act | None = None
        self.approvals: list[book.Approval] = []
        self.done: list[book.Done] = []
        self.waiting: dict[str, dt.date] = {}
        self.last_payment_on: dt.date | None = None
        self.is_missed = self.is_stale = False
        self.bounced = False
        self.case_no, self.has_case = 0, False

    def facts(self, as_of: dt.date) -> book.Facts:
        """Return the case as of a day."""
        return book.Facts(
            organisation="story", entity="S", customer="C", base_currency=self.base,
            calendar=self.calendar, entity_calendar=self.calendar, segment=self.segment,
            grade=self.grade, natural_person=self.natural_person,
            items=tuple(i for i in self.items.values() if i.open_minor),
            unapplied=tuple((c, m) for c, m in sorted(self.unapplied.items()) if m),
            stops=tuple(self.stops.values()), outreach=tuple(self.outreach),
            flights=tuple(self.flights), approvals=tuple(self.approvals),
            done=tuple(self.done), routes=tuple(self.routes),
            waiting_since=tuple(sorted(self.waiting.items())),
            last_payment_on=self.last_payment_on, is_stale=self.is_stale,
            case_no=self.case_no, has_open_case=self.has_case,
        )  # fmt: skip

    def look(self, as_of: dt.date) -> decision.Decision:
        """Decide for the day and carry out what is decided."""
        self._keep_case(as_of)
        made = decide.decide(self.facts(as_of), self.policy, as_of=as_of)
        if isinstance(made, decision.Act):
            self._carry_out(made, as_of)
        asks = () if isinstance(made, decision.Wait) else made.asks
        for ask in asks:
            if not any(a.what == ask.what and a.step == ask.step for a in self.approvals):
                self.approvals.append(book.Approval(ask.what, ask.step, as_of))
            if not isinstance(made, decision.Act):
                self.waiting.setdefault(ask.step, as_of)
        if isinstance(made, decision.Wait) and made.reason is Reason.REQUIREMENT_MISSING:
            self.waiting.setdefault(str(made.refs["step"]), as_of)
        return made

    def _keep_case(self, as_of: dt.date) -> None:
        is_overdue = any(
            i.open_minor and i.due_on < as_of and i.kind in book.DEBITS for i in self.items.values()
        )
        if is_overdue and not self.has_case:
            self.case_no, self.has_case = self.case_no + 1, True
        elif not is_overdue:
            self.has_case = False

    def _carry_out(self, act: decision.Act, as_of: dt.date) -> None:
        by_call = next((a for a in act.actions if a.takes_step and a.channel == "call"), None)
        if by_call:
            self.flights.append(book.Flight(by_call.key, act.step, "call", "waiting", as_of))
            self.pending = act
        elif self.bounced:
            self.bounced = False
        else:
            self._confirm(act, as_of)

    def _confirm(self, act: decision.Act, on: dt.date) -> None:
        steps = {s.id: s for c in self.policy.cadences.values() for s in c.steps}
        for item_id, step_id in act.takes:
            label = next(k for k, i in self.items.items() if i.id == item_id)
            step, item = steps[step_id], self.items[label]
            taken = book.Taken(step_id, on, step.tone, step.phase, act.named_on)
            self.items[label] = msgspec.structs.replace(item, taken=(*item.taken, taken))
        channel = next((a.channel for a in act.actions if a.takes_step), "email")
        self.outreach.append(book.Outreach(on, act.tone, channel))
        self.done.append(book.Done("attempt", on, channel))


class Check(NamedTuple):
    failures: list[Failure]
    decisions: dict[dt.date, decision.Decision]


def tell(story: Story, player: Player) -> Check:
    """Play a story day by day and return the expectations that did not hold."""
    for line in story.settings:
        _set(player, line)
    first, last = story.days
    made: dict[dt.date, decision.Decision] = {}
    day = first
    while day <= last:
        player.is_missed = player.is_stale = False
        for line in story.events.get(day, ()):
            _happen(player, day, line)
        if not player.is_missed:
            made[day] = player.look(day)
        day += DAY
    failures = [
        f for e in story.expectations if (f := _judge(story.file, e, made, player)) is not None
    ]
    return Check(failures, made)


def _judge(
    file: str, e: Expectation, made: dict[dt.date, decision.Decision], player: Player
) -> Failure | None:
    for day in _span(e.first, e.last):
        found = made.get(day)
        said = say(found, player) if found else "no run"
        holds = _matches(e.words, said)
        if holds is e.is_never:
            return Failure(file, e.line.number, e.line.text, f"{day}: {said}")
    return None


def _matches(words: str, said: str) -> bool:
    """Tell whether all the words expected stand in what was said, in order."""
    if words == "anything":
        return said.startswith("act")
    at = 0
    have = said.split()
    for word in words.split():
        if word not in have[at:]:
            return False
        at = have.index(word, at) + 1
    return words.split()[0] == have[0] or words.split()[0] not in ("act", "ask", "wait")


def say(made: decision.Decision, player: Player) -> str:
    """Write a decision as a story writes it.

    act STEP TONE items A B takes A=STEP total EUR 1.00 [pay-by D] [asks WHAT …]
    ask WHAT STEP by ROLE | wait REASON [also …] until D|event
    """
    label = {i.id: i.label for i in player.items.values()}
    if isinstance(made, decision.Wait):
        also = f" also {' '.join(made.also)}" if made.also else ""
        return f"wait {made.reason}{also} until {made.look_again_on or 'event'}"
    if isinstance(made, decision.Ask):
        return " ".join(f"ask {a.what} {a.step} by {a.approval}" for a in made.asks)
    items = " ".join(label[i] for i in (*made.about, *made.also_overdue))
    takes = " ".join(f"{label[i]}={s}" for i, s in made.takes)
    total = " ".join(f"{c} {money.to_decimal(m, c)}" for c, m in made.amounts)
    by = f" pay-by {made.named_on}" if made.named_on else ""
    channels = " ".join(a.channel for a in made.actions)
    names = f" names {' '.join(made.consequences)}" if made.consequences else ""
    asks = " ".join(f"asks {a.what}" for a in made.asks)
    return (
        f"act {made.step} {made.tone} by {channels} items {items} takes {takes} "
        f"total {total}{by}{names} {asks}"
    ).strip()


def _set(p: Player, line: _Line) -> None:
    word, _, value = line.text.partition(" ")
    if word == "policy" and not p.is_fixed:
        p.policy = p.policy_named(value)
    elif word == "segment":
        p.segment = value
    elif word == "grade":
        p.grade = value
    elif word == "country":
        p.calendar = p.calendar_of(value)
    elif word == "currency":
        p.base = value
    elif word == "route":
        p.routes = [] if value == "none" else [
            book.Route(role, channel, n)
            for n, pair in enumerate(value.split(), start=1)
            for channel, role in [pair.split(":")]
        ]  # fmt: skip
    elif word == "natural_person":
        p.natural_person = value == "yes"


def _happen(p: Player, day: dt.date, line: _Line) -> None:
    for pattern, (_, effect) in _EVENTS.items():
        if match := re.fullmatch(pattern, line.text):
            effect(p, day, match)
            return


# --- events ----------------------------------------------------------------------------------


def _minor(currency: str, text: str) -> int:
    return money.to_minor(Decimal(text.replace(",", "")), currency)


def _invoice(p: Player, day: dt.date, m: re.Match[str]) -> None:
    kind, label, currency, text, due = m.group(1, 2, 3, 4, 5)
    number, _, part = label.partition("/")
    minor = _minor(currency, text)
    rest = m.group(6) or ""
    p.items[label] = book.Item(
        len(p.items) + 1, number, kind.replace(" ", "_"), currency,
        dt.date.fromisoformat(due) if due else day, minor, minor, issued_on=day, part=part,
        go_live_on=day if "go-live" in rest else None,
    )  # fmt: skip


def _credit(p: Player, day: dt.date, m: re.Match[str]) -> None:
    label, currency, text, applies = m.group(1, 2, 3, 4)
    minor = _minor(currency, text)
    p.items[label] = book.Item(
        len(p.items) + 1, label, "credit_note", currency, day, minor, minor,
        issued_on=day, applies_to=applies or "",
    )  # fmt: skip


def _payment(p: Player, day: dt.date, m: re.Match[str]) -> None:
    currency, text, labels, reference = m.group(1, 2, 3, 4)
    left = _minor(currency, text)
    parts: list[tuple[str, int]] = []
    for label in (labels or "").split():
        item = p.items[label]
        cut = min(left, item.open_minor)
        p.items[label] = msgspec.structs.replace(
            item, open_minor=item.open_minor - cut, paid=(*item.paid, (day, cut))
        )
        parts.append((label, cut))
        left -= cut
    p.unapplied[currency] = p.unapplied.get(currency, 0) + left
    p.payments[reference or f"P{len(p.payments) + 1}"] = parts
    p.paid_on[reference or f"P{len(p.payments)}"] = day
    p.last_payment_on = day


def _reversal(p: Player, day: dt.date, m: re.Match[str]) -> None:
    reference = m.group(1)
    for label, cut in p.payments.pop(reference):
        item = p.items[label]
        gaps = item.paid_gaps
        if not item.open_minor:
            gaps = (*gaps, (p.paid_on[reference], day - DAY))
        p.items[label] = msgspec.structs.replace(
            item, open_minor=item.open_minor + cut, paid_gaps=gaps
        )


def _correction(p: Player, _day: dt.date, m: re.Match[str]) -> None:
    label, currency, text, due = m.group(1, 2, 3, 4)
    item = p.items[label]
    if text:
        minor = _minor(currency, text)
        opened = max(0, item.open_minor + minor - item.amount_minor)
        item = msgspec.structs.replace(item, amount_minor=minor, open_minor=opened)
    if due:
        on = dt.date.fromisoformat(due)
        item = msgspec.structs.replace(
            item, due_on=on, taken=() if on > item.due_on else item.taken
        )
    p.items[label] = item


_STOP_KINDS = {
    "hold": "hold", "dispute": "dispute", "promise": "promise", "plan": "plan",
    "insolvency": "insolvency", "lawyer": "legal_representation", "ceased": "ceased",
    "placement": "placement", "collection": "automatic_collection", "reply": "reply_unread",
    "undelivered": "undelivered", "moved out": "moved_out",
}  # fmt: skip


def _stop(p: Player, day: dt.date, m: re.Match[str]) -> None:
    word, labels, currency, text, start, until, name = m.group(1, 2, 3, 4, 5, 6, 7)
    ids = tuple(p.items[x].id for x in (labels or "").split())
    amount = _minor(currency, text) if text else None
    last = dt.date.fromisoformat(until) if until else None
    if word == "promise" and last:
        last = workdays.add_working(p.calendar, last, 1)
    p.stops[name or word] = book.Stop(
        len(p.stops) + 1, _STOP_KINDS[word],
        dt.date.fromisoformat(start) if start else day, last,
        tuple((i, amount) for i in ids),
    )  # fmt: skip


def _end(p: Player, day: dt.date, m: re.Match[str]) -> None:
    name, how = m.group(1, 2)
    stop = p.stops[name]
    changes: dict[str, Any] = {"until_on": min(day - DAY, stop.until_on or day)}
    if how == "broken":
        changes["gives_back"] = True
    if how == "rejected":
        changes = {"until_on": day + 7 * DAY, "clock_until_on": day}
    p.stops[name] = msgspec.structs.replace(stop, **changes)


def _approve(p: Player, day: dt.date, m: re.Match[str]) -> None:
    for n, a in enumerate(p.approvals):
        if m.group(2) in (a.step, a.what) and a.state == "asked":
            granted = m.group(1) == "approve"
            p.approvals[n] = msgspec.structs.replace(
                a,
                state="granted" if granted else "refused",
                decided_on=day,
                until_on=None if granted else day + 14 * DAY,
            )
            if not granted and a.what == "notice":
                p.stops[f"refused {a.step}"] = book.Stop(
                    len(p.stops) + 1, "hold", day, day + 13 * DAY
                )


def _call(p: Player, day: dt.date, m: re.Match[str]) -> None:
    p.done.append(book.Done("call", day, "call"))
    if m.group(1) in ("reached", "promise", "dispute", "refused"):
        if p.pending is not None:
            p._confirm(p.pending, day)
            p.pending = None
            p.flights = [f for f in p.flights if f.channel != "call"]
        else:
            p.outreach.append(book.Outreach(day, "friendly", "call"))


def _bounce(p: Player, _day: dt.date, _m: re.Match[str]) -> None:
    p.bounced = True


def _miss(p: Player, _day: dt.date, _m: re.Match[str]) -> None:
    p.is_missed = True


def _late(p: Player, _day: dt.date, _m: re.Match[str]) -> None:
    p.is_stale = True


def _publish(p: Player, _day: dt.date, m: re.Match[str]) -> None:
    p.policy = p.policy_named(m.group(1))


def _segment(p: Player, _day: dt.date, m: re.Match[str]) -> None:
    p.segment = m.group(1)


def _route(p: Player, _day: dt.date, m: re.Match[str]) -> None:
    _set(p, _Line(0, f"route {m.group(1)}"))


_Effect = Callable[[Player, dt.date, "re.Match[str]"], None]
_LABEL = r"[\w./-]+"
_EVENTS: dict[str, tuple[str, _Effect]] = {
    rf"(invoice|instalment|debit note|claim) ({_LABEL}) {_AMOUNT}(?: due {_DATE})?( go-live)?": (
        "invoice", _invoice),
    rf"credit note ({_LABEL}) {_AMOUNT}(?: for ({_LABEL}))?": ("credit note", _credit),
    rf"payment {_AMOUNT}(?: for ((?:{_LABEL} ?)+?))?(?: as ({_LABEL}))?": ("payment", _payment),
    rf"reversal of ({_LABEL})": ("reversal", _reversal),
    rf"correction ({_LABEL})(?: amount {_AMOUNT})?(?: due {_DATE})?": ("correction", _correction),
    rf"({'|'.join(_STOP_KINDS)})(?: on ((?:{_LABEL} ?)+?))?(?: of {_AMOUNT})?(?: from {_DATE})?"
    rf"(?: (?:until|by) {_DATE})?(?: as ({_LABEL}))?": ("dispute, promise, plan, hold …", _stop),
    rf"end ({_LABEL}|moved out)(?: (broken|rejected|upheld|kept|released|read))?": ("end", _end),
    rf"(approve|refuse) ({_LABEL})": ("approve, refuse", _approve),
    r"call (reached|voicemail|gatekeeper|promise|dispute|refused|wrong number)": ("call", _call),
    r"next message bounces": ("next message bounces", _bounce),
    r"no run": ("no run", _miss),
    r"late bank file": ("late bank file", _late),
    rf"publish ({_LABEL})": ("publish", _publish),
    r"segment (\w+)": ("segment", _segment),
    r"route (.+)": ("route", _route),
}  # fmt: skip


def _span(first: dt.date, last: dt.date) -> Iterable[dt.date]:
    return (first + n * DAY for n in range((last - first).days + 1))
