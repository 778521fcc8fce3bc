"""Watch what goes out from outside: a ledger of our own of what files and people have said.

Nothing here asks the desk whether it was right. Items, credit notes and money are added up as
their files came in, stops as people told of them (`sim.staff.Word`), promises and plans are
judged by the money that came in (SEMANTICS 3, 7). `Watcher.against` says what was wrong with a
message as its customer read it; `Watcher.at_the_end` what only the whole year shows.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
import year

from dunwell.core import reminder, rows
from dunwell.core.decision import Act
from dunwell.core.message import Message
from dunwell.sim.nouns import Book, label
from dunwell.sim.staff import Word

DAY = dt.timedelta(days=1)
LATEST = 16
"""Days from a reminder to the last day of tolerance, over Christmas: 3 and 3, and closed days."""
REJECTED_DAYS = 7
"""Days for which what was rejected stays disputed, after the answer."""
SILENT = ("insolvency", "lawyer", "ceased", "reply")
"""What forbids every word to a customer."""
COVERING = ("dispute", "promise", "plan", "hold", "agency", "legal", "written off")
Who = tuple[str, str]
"""An entity and a customer."""


class Sent(NamedTuple):
    """One message as it left the house, and the decision behind it."""

    on: dt.date
    entity: str
    customer: str
    act: Act
    message: Message
    decision: int
    segment: str

    @property
    def read(self) -> year.Sent:
        """The message as its customer reads it."""
        return year.Sent(self.on, self.entity, self.customer, self.act, self.message)


class Owed(msgspec.Struct):
    """One item as its files told of it."""

    row: rows.ItemRow
    open_minor: int


class Money(msgspec.Struct):
    """One payment: what it named, and what is loose of it."""

    row: rows.PaymentRow
    parts: list[tuple[Owed, int]]
    left_minor: int
    n: int
    is_back: bool = False


class Stop(msgspec.Struct):
    """Something a person said that stops items or a customer, and how it ended.

    Money known when it was first spoken of, by `known_to`, keeps no promise.
    """

    word: Word
    known_to: int
    about: list[Owed]
    whole: list[Owed]
    until_on: dt.date | None = None
    ended_on: dt.date | None = None
    is_upheld: bool = False


class Fault(NamedTuple):
    """One thing that must never be: its kind, and what shows it."""

    kind: str
    text: str


class Watcher:
    """What files and people have told, added up; and what was wrong with what was sent."""

    def __init__(self, made: Book) -> None:
        self.items: dict[Who, dict[str, Owed]] = defaultdict(dict)
        self.credits: dict[Who, dict[str, Owed]] = defaultdict(dict)
        self.money: dict[Who, list[Money]] = defaultdict(list)
        self.payers: dict[str, str] = {}
        self.children: dict[str, list[str]] = defaultdict(list)
        self.automatic: set[str] = set()
        self.strategic: set[str] = set()
        self.about: dict[tuple[Who, str], list[Stop]] = defaultdict(list)
        self.whole: dict[str, list[Stop]] = defaultdict(list)
        self.stops: dict[tuple[str, int], Stop] = {}
        self.asked: dict[int, int] = {}
        self.contacts: dict[Who, list[tuple[dt.date, str, int, str]]] = defaultdict(list)
        self.called: dict[Who, list[dt.date]] = defaultdict(list)
        self.taken: dict[tuple[int, str], tuple[int, str]] = {}
        self.bounced: set[str] = set()
        self.keys: Counter[str] = Counter()
        self.defaulted: set[str] = set()
        self._by_reference: dict[tuple[str, str], Money] = {}
        self._n = 0
        self.take_customers(made.customers)
        self.take_items(made.items)
        for row in made.payments:
            self._earlier(row)
        for one in made.history:
            self.contacts[one.entity or "", one.customer].append((one.on, one.tone or "", 0, ""))

    # ------------------------------------------------------------------ what files say

    def take_customers(self, some: Iterable[rows.CustomerRow]) -> None:
        """Note who pays for whom, who is collected from, whom one wants to keep."""
        for row in some:
            if row.parent is not None and row.pays_via_parent:
                self.payers[row.reference] = row.parent
                self.children[row.parent].append(row.reference)
            if row.payment_method == "direct_debit":
                self.automatic.add(row.reference)
            if row.strategic:
                self.strategic.add(row.reference)

    def take_items(self, some: Iterable[rows.ItemRow]) -> None:
        """Note items and credit notes; one that comes again says what is open of it now."""
        for row in some:
            minor = row.amount_minor if row.open_minor is None else row.open_minor
            to = self.credits if row.kind == "credit_note" else self.items
            mine = to[row.entity or "", row.customer]
            known = mine.get(label(row))
            if known is None:
                mine[label(row)] = Owed(row, minor)
            else:
                known.row, known.open_minor = row, minor

    def take_money(self, some: Iterable[rows.PaymentRow]) -> None:
        """Note money: what it names falls, the rest is loose; a reversal undoes both."""
        for row in some:
            entity = row.entity or ""
            if row.kind == "reversal":
                first = self._by_reference[entity, row.reverses or ""]
                if not first.is_back:
                    first.is_back = True
                    for owed, minor in first.parts:
                        owed.open_minor += minor
                continue
            if (entity, row.reference) in self._by_reference:
                continue  # a file imported twice
            parts, left = [], row.amount_minor
            for name, minor in row.items:
                owed = self.items[entity, row.customer or ""][name]
                cut = min(left, owed.open_minor, left if minor is None else minor)
                owed.open_minor -= cut
                left -= cut
                parts.append((owed, cut))
            self._keep(row, parts, left)

    def _earlier(self, row: rows.PaymentRow) -> None:
        """Note of the money that came before the book only what is loose still."""
        if row.kind == "reversal":
            self._by_reference[row.entity or "", row.reverses or ""].is_back = True
            return
        self._keep(row, [], row.amount_minor - sum(minor or 0 for _, minor in row.items))

    def _keep(self, row: rows.PaymentRow, parts: list[tuple[Owed, int]], left: int) -> None:
        self._n += 1
        money = Money(row, parts, left, self._n)
        self._by_reference[row.entity or "", row.reference] = money
        self.money[row.entity or "", row.customer or ""].append(money)

    # ------------------------------------------------------------------ what people say

    def hear(self, word: Word) -> None:
        """Note what a person told the desk; it holds from now on."""
        if word.what == "call":
            self._called(word)
        elif word.what.endswith(" asked"):
            self.asked[word.id] = self._n
        elif word.what.endswith((" ended", " closed")):
            self._end(word.what.rpartition(" ")[0], word)
        elif word.what.startswith("dispute "):
            self._decided(word)
        else:
            self._begin(word)

    def _begin(self, word: Word) -> None:
        stop = Stop(word, self.asked.get(word.id, self._n), [], [], word.until_on)
        for name, minor in word.items:
            member = self._whose(word, name)
            owed = self.items[member][name]
            stop.about.append(owed)
            if minor is None or minor >= owed.open_minor:
                stop.whole.append(owed)
            self.about[member, name].append(stop)
        self.stops[word.what, word.id] = stop
        if not word.items:
            self.whole[word.customer].append(stop)

    def _whose(self, word: Word, name: str) -> Who:
        """Return whose item a person meant: the customer's own, else that of one it pays for."""
        members = self.family((word.entity, word.customer), alone=True)
        return next(m for m in members if name in self.items[m])

    def _end(self, what: str, word: Word) -> None:
        if stop := self.stops.get((what, word.id)):
            stop.ended_on = word.ended_on

    def _decided(self, word: Word) -> None:
        stop = self.stops["dispute", word.id]
        if word.what == "dispute rejected":
            assert word.ended_on is not None
            stop.until_on = word.ended_on + REJECTED_DAYS * DAY
        elif word.what == "dispute upheld":
            stop.is_upheld = True
        else:
            stop.ended_on = word.ended_on

    def _called(self, word: Word) -> None:
        who = (word.entity, word.customer)
        self.called[who].append(word.on)
        if word.outcome != "word left":
            self.contacts[who].append((word.on, "", -word.id, ""))

    def bounce(self, message: Message) -> None:
        """Note that nobody got a message: it is no contact, and its steps are not taken."""
        self.bounced.add(message.key)

    # ------------------------------------------------------------------ what may be demanded

    def family(self, who: Who, *, alone: bool = False) -> list[Who]:
        """Return whose items stand in a payer's case: its own and those of its children.

        `alone` keeps a child that another pays for too.
        """
        entity, payer = who
        own = [] if payer in self.payers and not alone else [payer]
        return [(entity, c) for c in (*own, *self.children.get(payer, ()))]

    def is_over(self, stop: Stop, *, on: dt.date) -> bool:
        """Tell whether a stop does not hold on a day, as far as is known by then."""
        word = stop.word
        if on < word.on or (stop.ended_on is not None and on >= stop.ended_on):
            return True
        if word.what == "promise":
            came = self._came_in(stop, through=min(on, word.until_on or on))
            return on > (word.until_on or on) or came >= word.amount_minor
        if word.what == "plan":
            return self._plan_is_over(stop, on=on)
        if stop.is_upheld and self._is_credited(stop):
            stop.ended_on = on
            return True
        return stop.until_on is not None and on > stop.until_on

    def held(self, member: Who, owed: Owed, *, on: dt.date) -> dict[str, int]:
        """Return how much of an item is stopped on a day, by what stops it."""
        held: dict[str, int] = {}
        left = owed.open_minor
        for stop in self.whole.get(member[1], ()):
            if stop.word.what in SILENT and self._fits(stop, member, on):
                return {stop.word.what: left}
        for stop in self.about.get((member, label(owed.row)), ()):
            if stop.word.what not in COVERING or self.is_over(stop, on=on):
                continue
            cut = min(left, self._covered(stop, owed))
            held[stop.word.what] = held.get(stop.word.what, 0) + cut
            left -= cut
        return held

    def _disputed(self, member: Who, owed: Owed, *, on: dt.date) -> int:
        """Return how much of an item is in dispute, whatever else stops the same part."""
        parts = (
            self._covered(stop, owed)
            for stop in self.about.get((member, label(owed.row)), ())
            if stop.word.what == "dispute" and not self.is_over(stop, on=on)
        )
        return min(owed.open_minor, sum(parts))

    def _fits(self, stop: Stop, who: Who, on: dt.date) -> bool:
        return stop.word.entity in ("", who[0]) and not self.is_over(stop, on=on)

    def _covered(self, stop: Stop, owed: Owed) -> int:
        """Return how much of an item a stop covers: all, a part, what is still promised of it."""
        if any(one is owed for one in stop.whole):
            return owed.open_minor
        minor = next(
            m or 0 for one, (_, m) in zip(stop.about, stop.word.items, strict=True) if one is owed
        )
        if stop.word.what != "promise":
            return minor
        came = sum(m for x in self._since(stop) for part, m in x.parts if part is owed)
        return max(0, minor - came)

    def _since(self, stop: Stop) -> Iterator[Money]:
        """Yield the money that came in for a promise or plan since it was made."""
        word = stop.word
        first = word.made_on or word.on
        for who in self.family((word.entity, self.payers.get(word.customer, word.customer))):
            for x in self.money[who]:
                paid_on = x.row.paid_on or first
                is_new = x.n > stop.known_to and paid_on >= first and not x.is_back
                if is_new and x.row.currency == word.currency:
                    yield x

    def _came_in(self, stop: Stop, *, through: dt.date) -> int:
        mine = {id(owed) for owed in stop.about}
        return sum(
            x.left_minor + sum(m for owed, m in x.parts if id(owed) in mine)
            for x in self._since(stop)
            if (x.row.paid_on or through) <= through
        )

    def _plan_is_over(self, stop: Stop, *, on: dt.date) -> bool:
        """Tell whether a plan is all paid, or an instalment of it was missed by a day."""
        owed = 0
        for last_on, minor in stop.word.due:
            owed += minor
            if self._came_in(stop, through=last_on) < owed and on > last_on:
                self.defaulted.update(name for name, _ in stop.word.items)
                return True
        return self._came_in(stop, through=on) >= owed

    def _is_credited(self, stop: Stop) -> bool:
        """Tell whether credit notes since a dispute began take back what was disputed."""
        word = stop.word
        ((name, minor),), (owed,) = word.items, stop.about
        notes = [
            c for c in self.credits[word.entity, word.customer].values()
            if c.row.applies_to in (name, owed.row.number)
            and (c.row.issued_on or word.on) >= word.on
        ]  # fmt: skip
        open_of_notes = sum(c.open_minor for c in notes)
        return (
            sum(c.row.amount_minor for c in notes) >= (minor or word.amount_minor)
            or owed.open_minor <= open_of_notes
        )

    def nets(self, who: Who, *, on: dt.date) -> dict[tuple[Who, str], int]:
        """Return what may be demanded of each open item of a case on a day (SEMANTICS 3).

        What is not stopped, less credit notes (first from the item they name, its disputed part
        first), less loose money and what is left of credit notes: the oldest overdue item first.
        """
        nets: dict[tuple[Who, str], int] = {}
        disputed: dict[tuple[Who, str], int] = {}
        pool: Counter[str] = Counter()
        for member in self.family(who):
            named: dict[str, list[tuple[dt.date, str]]] = defaultdict(list)
            for name, owed in self.items[member].items():
                if not owed.open_minor:
                    continue
                held = self.held(member, owed, on=on)
                nets[member, name] = owed.open_minor - sum(held.values())
                disputed[member, name] = self._disputed(member, owed, on=on)
                for key in {name, owed.row.number}:
                    named[key].append((owed.row.due_on or dt.date.min, name))
            for note in self.credits[member].values():
                rest = note.open_minor
                for _, name in sorted(named.get(note.row.applies_to or "-", ())) if rest else ():
                    for part in (disputed, nets):
                        cut = min(rest, part[member, name])
                        part[member, name] -= cut
                        rest -= cut
                pool[note.row.currency or ""] += rest
            for x in self.money[member]:
                if not x.is_back:
                    pool[x.row.currency or ""] += x.left_minor
        for key in sorted(nets, key=lambda key: self.row(key).due_on or on):
            row = self.row(key)
            if (row.due_on or on) < on:
                cut = min(pool[row.currency or ""], nets[key])
                nets[key] -= cut
                pool[row.currency or ""] -= cut
        return nets

    def net(self, who: Who, *, on: dt.date) -> dict[str, int]:
        """Return what may be demanded of a case on a day, by currency: net and overdue."""
        total: Counter[str] = Counter()
        for key, minor in self.nets(who, on=on).items():
            row = self.row(key)
            if minor and (row.due_on or on) < on:
                total[row.currency or ""] += minor
        return dict(total)

    def row(self, key: tuple[Who, str]) -> rows.ItemRow:
        """Return an item as its file had it."""
        return self.items[key[0]][key[1]].row

    # ------------------------------------------------------------------ one message

    def against(self, sent: Sent) -> list[Fault]:
        """Say what is wrong with a message on its day, and remember it."""
        found = [
            Fault(kind, f"{sent.on} {sent.entity} {sent.customer} {sent.act.step}: {text}")
            for kind, text in (
                *self._silenced(sent), *self._lines(sent), *self._totals(sent),
                *self._spaced(sent), *self._repeated(sent), *self._before_a_call(sent),
                *self._reminded(sent),
            )
        ]  # fmt: skip
        self.keys[sent.message.key] += 1
        who = (sent.entity, sent.customer)
        self.contacts[who].append((sent.on, sent.act.tone, sent.decision, sent.message.key))
        return found

    def _silenced(self, sent: Sent) -> Iterator[tuple[str, str]]:
        for stop in self.whole.get(sent.customer, ()):
            what = stop.word.what
            if not self._fits(stop, (sent.entity, sent.customer), sent.on):
                continue
            if what in SILENT:
                yield what, f"was written to under {what} since {stop.word.on}"
            elif what == "hardship" and sent.act.tone in ("firm", "severe", "formal"):
                yield what, f"a {sent.act.tone} message in hardship since {stop.word.on}"

    def _lines(self, sent: Sent) -> Iterator[tuple[str, str]]:
        known = {
            name: (member, self.items[member][name])
            for member in self.family((sent.entity, sent.customer))
            for name in self.items[member]
        }
        for line in sent.read.shown():
            if line.part not in ("about", "also"):
                continue
            member, owed = known[line.number]
            held = self.held(member, owed, on=sent.on)
            left = owed.open_minor - sum(held.values())
            days = max(0, (sent.on - (owed.row.due_on or sent.on)).days)
            if not owed.open_minor:
                yield "paid", f"{line} is paid"
            elif left <= 0:
                yield max(held, key=lambda k: held[k]), f"{line} of {owed.open_minor}: {held}"
            elif days < 1 and sent.act.phase == "overdue":
                yield "figures", f"{line} is not overdue"
            elif (line.minor, line.days) != (left, days):
                yield "figures", f"{line}: {left} of {owed.open_minor}, {days} days; {held}"

    def _totals(self, sent: Sent) -> Iterator[tuple[str, str]]:
        totals = sent.read.totals
        if not totals:
            yield "figures", "demands nothing"
        if sent.act.phase != "overdue":
            return  # a courtesy asks for what falls due, which is no debt yet
        who = (sent.entity, sent.customer)
        most = self.net(who, on=sent.on)
        is_collected = {m for _, m in self.family(who)} & self.automatic
        for currency, minor in totals.items():
            if minor > most.get(currency, 0):
                yield "in credit", f"asks for {currency} {minor} of {most}"
            elif minor != most[currency] and not is_collected:
                yield "figures", f"asks for {currency} {minor} of {most}"

    def _reminded(self, sent: Sent) -> Iterator[tuple[str, str]]:
        """A reminder is of a plan that runs, and asks for what is left of one instalment."""
        about = reminder.about(sent.act)
        if about is None:
            return
        plan = self.stops.get(("plan", about.stop))
        if plan is None or self.is_over(plan, on=sent.on):
            yield "plan", f"reminds of an instalment of plan {about.stop}, which does not run"
            return
        due = [minor for _, minor in plan.word.due[: about.n]]
        left = min(due[-1], sum(due) - self._came_in(plan, through=sent.on))
        if sent.read.totals != {plan.word.currency: left}:
            yield "figures", f"asks for {sent.read.totals}, {left} are left of the instalment"
        if not 0 <= (plan.word.due[about.n - 1][0] - sent.on).days <= LATEST:
            yield "plan", f"reminds of what may be paid until {plan.word.due[about.n - 1][0]}"

    def _spaced(self, sent: Sent) -> Iterator[tuple[str, str]]:
        """Between contacts lie 3 days, before a milder one 7; a bounced mail was none."""
        tone = year.TONES.index(sent.act.tone)
        for on, was, decision, key in self.contacts[sent.entity, sent.customer]:
            if decision == sent.decision or key in self.bounced or on >= sent.on:
                continue
            before = year.TONES.index(was) if was else 0
            is_milder = before >= year.TONES.index("firm") and tone < before
            least = year.BEFORE_A_MILDER if is_milder else year.BETWEEN_CONTACTS
            if (sent.on - on).days < least:
                yield "spacing", f"{sent.act.tone} after {was or 'a call'} on {on}"

    def _repeated(self, sent: Sent) -> Iterator[tuple[str, str]]:
        """An item takes a step once; a bounced message took none."""
        mine = next(a.takes_steps for a in sent.act.actions if a.key == sent.message.key)
        for item, step in sent.act.takes:
            if step not in mine:
                continue  # another action of the decision takes it: a call, say
            decision, key = self.taken.get((item, step), (sent.decision, ""))
            if decision != sent.decision and key not in self.bounced:
                yield "repeated step", f"item {item} takes {step} again"
            self.taken[item, step] = (sent.decision, sent.message.key)

    def _before_a_call(self, sent: Sent) -> Iterator[tuple[str, str]]:
        """A stern mail never precedes a call to a VIP."""
        is_vip = sent.customer in self.strategic or sent.segment == "vip"
        is_stern = year.TONES.index(sent.act.tone) >= year.TONES.index("urgent")
        if is_vip and is_stern and not self.called[sent.entity, sent.customer]:
            yield "stern before a call", f"{sent.act.tone} to a VIP nobody has called"

    # ------------------------------------------------------------------ the whole

    def at_the_end(self) -> list[Fault]:
        """Say what only the whole shows: a key that was sent twice."""
        return [
            Fault("duplicate", f"{key} was sent {n} times") for key, n in self.keys.items() if n > 1
        ]

    def open_of(self) -> Iterator[tuple[tuple[Any, ...], int]]:
        """Yield what is open of each item by our own sums."""
        for (entity, customer), mine in self.items.items():
            for owed in mine.values():
                row = owed.row
                yield (entity, customer, row.kind, row.number, row.part), owed.open_minor
