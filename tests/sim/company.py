"""Live with a made-up company, and keep a ledger of our own of what it told us.

The desk gets each day's files as the world has them: late bank files, files imported twice,
money that says not what for. What goes out is held against this ledger (items, credit notes,
loose money, stops), which adds up rows and asks the desk nothing.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import year

from dunwell.core import position, rows
from dunwell.core.decision import Asked
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.delivery.channel import Channel
from dunwell.desk import approve, checklist, deliveries, found, hold
from dunwell.sim import book, demo, play
from dunwell.sim.nouns import Book, Casework, Contacted, DayEvents, key_of, label
from dunwell.sim.world import World
from dunwell.store import models, tx
from dunwell.store.records.cases import Line

STOPS = (
    "dispute", "promise", "hold", "insolvency", "legal_representation", "ceased", "placed",
)  # fmt: skip
Who = tuple[str, str]
"""An entity and a customer."""


_LITTLE = 2_000
"""In minor units of any currency here, more than the small balance below which nobody is chased."""


class Owed(msgspec.Struct):
    """One item as its files told of it."""

    row: rows.ItemRow
    open_minor: int


class Ledger:
    """What files and people have told us, added up."""

    def __init__(self, made: Book) -> None:
        self.items: dict[Who, dict[str, Owed]] = defaultdict(dict)
        self.credits: dict[Who, dict[str, Owed]] = defaultdict(dict)
        self.loose: Counter[tuple[Who, str]] = Counter()
        self.stops: dict[str, list[Casework]] = defaultdict(list)
        self.payers: dict[str, str] = {}
        self.automatic: set[str] = set()
        self.returned: list[rows.PaymentRow] = []
        self.paid: dict[Who, tuple[rows.PaymentRow, list[tuple[Owed, int]], int]] = {}
        self.customers(made.customers)
        self.take_items(made.items)
        for row in made.payments:
            self._loosen(row, () if row.kind == "reversal" else row.items)

    def customers(self, some: Iterable[rows.CustomerRow]) -> None:
        """Note who pays for whom, and who is collected from."""
        for row in some:
            if row.parent is not None and row.pays_via_parent:
                self.payers[row.reference] = row.parent
            if row.payment_method == "direct_debit":
                self.automatic.add(row.reference)

    def take_items(self, some: Iterable[rows.ItemRow]) -> None:
        """Note items and credit notes."""
        for row in some:
            minor = row.amount_minor if row.open_minor is None else row.open_minor
            to = self.credits if row.kind == "credit_note" else self.items
            to[row.entity or "", row.customer][label(row)] = Owed(row, minor)

    def take_money(self, some: Iterable[rows.PaymentRow]) -> None:
        """Note money: what it names falls, the rest is loose; a reversal undoes both."""
        for row in some:
            if row.kind == "reversal":
                self.returned.append(row)
                first, parts, loose = self.paid[row.entity or "", row.reverses or ""]
                for owed, minor in parts:
                    owed.open_minor += minor
                self.loose[self._who(first), first.currency or ""] -= loose
                continue
            parts, left = [], row.amount_minor
            for name, minor in row.items:
                owed = self.items[self._who(row)][name]
                cut = min(left, owed.open_minor, left if minor is None else minor)
                owed.open_minor -= cut
                left -= cut
                parts.append((owed, cut))
            self.paid[row.entity or "", row.reference] = (row, parts, left)
            self.loose[self._who(row), row.currency or ""] += left

    def case(self, case: Casework) -> None:
        """Note a stop, or its end."""
        if case.ended_on is not None:
            for n, known in enumerate(self.stops[case.customer]):
                if (known.kind, known.on, known.items) == (case.kind, case.on, case.items):
                    self.stops[case.customer][n] = case
            return
        self.stops[case.customer].append(case)

    def _loosen(self, row: rows.PaymentRow, named: Sequence[tuple[str, int | None]]) -> None:
        """Note of the money that came before the book only what is loose still."""
        if row.kind == "reversal":
            self.returned.append(row)
            first, _, loose = self.paid[row.entity or "", row.reverses or ""]
            self.loose[self._who(first), first.currency or ""] -= loose
            return
        left = row.amount_minor - sum(minor or 0 for _, minor in named)
        self.paid[row.entity or "", row.reference] = (row, [], left)
        self.loose[self._who(row), row.currency or ""] += left

    def _who(self, row: Any) -> Who:
        return (row.entity or "", row.customer or "")

    # ------------------------------------------------------------------ what may be demanded

    def family(self, who: Who) -> list[Who]:
        """Return whose items stand in a payer's case: its own and those of its children."""
        entity, payer = who
        children = [c for c, parent in self.payers.items() if parent == payer]
        own = [] if payer in self.payers else [payer]
        return [(entity, c) for c in (*own, *children)]

    def held_minor(self, who: Who, owed: Owed, *, on: dt.date, kinds: Sequence[str] = ()) -> int:
        """Return how much of an item is disputed, promised, held or placed on a day."""
        held = 0
        for stop in self._active(who[1], on=on):
            is_elsewhere = stop.items and stop.entity not in (None, who[0])
            if is_elsewhere or (kinds and stop.kind not in kinds):
                continue
            if not stop.items:
                return owed.open_minor
            for name, minor in stop.items:
                if name == label(owed.row):
                    part = minor if len(stop.items) == 1 else None
                    held += owed.open_minor if part is None else part
        return min(held, owed.open_minor)

    def was_stopped(self, who: Who, owed: Owed, *, since: dt.date, on: dt.date) -> bool:
        """Tell whether anything stopped an item on any of some days."""
        days = (on - since).days + 1
        return any(self.held_minor(who, owed, on=since + dt.timedelta(days=n)) for n in range(days))

    def hard_stop(self, who: Who, *, on: dt.date) -> Casework | None:
        """Return what forbids every word to a customer on a day, or None."""
        return next((s for s in self._active(who[1], on=on) if not s.items), None)

    def nets(self, who: Who, *, on: dt.date) -> dict[tuple[Who, str], int]:
        """Return what may be demanded of each item of a case on a day (SEMANTICS 3).

        What is not stopped, less credit notes (first from the item they name, its disputed part
        first), less loose money and what is left of credit notes: the oldest overdue item first.
        """
        nets: dict[tuple[Who, str], int] = {}
        disputed: dict[tuple[Who, str], int] = {}
        pool: Counter[str] = Counter()
        for member in self.family(who):
            for name, owed in self.items[member].items():
                nets[member, name] = owed.open_minor - self.held_minor(member, owed, on=on)
                disputed[member, name] = self.held_minor(member, owed, on=on, kinds=["dispute"])
            for owed in self.credits[member].values():
                rest = owed.open_minor
                for named in self._named(member, owed.row.applies_to):
                    for part in (disputed, nets):
                        cut = min(rest, part[member, named])
                        part[member, named] -= cut
                        rest -= cut
                pool[owed.row.currency or ""] += rest
            for (loose_of, currency), minor in self.loose.items():
                if loose_of == member:
                    pool[currency] += minor
        for key in sorted(nets, key=lambda key: self._row(key).due_on or on):
            row = self._row(key)
            if (row.due_on or on) < on:
                cut = min(pool[row.currency or ""], nets[key])
                nets[key] -= cut
                pool[row.currency or ""] -= cut
        return nets

    def net(self, who: Who, *, on: dt.date) -> dict[str, int]:
        """Return what may be demanded of a case on a day, by currency: net and overdue."""
        total: Counter[str] = Counter()
        for key, minor in self.nets(who, on=on).items():
            row = self._row(key)
            if minor and (row.due_on or on) < on:
                total[row.currency or ""] += minor
        return dict(total)

    def _row(self, key: tuple[Who, str]) -> rows.ItemRow:
        return self.items[key[0]][key[1]].row

    def _named(self, member: Who, applies_to: str | None) -> list[str]:
        """Return the items a credit note names: one, or the instalments of one number."""
        found = [
            (owed.row.due_on or dt.date.min, name)
            for name, owed in self.items[member].items()
            if applies_to in (name, owed.row.number)
        ]
        return [name for _, name in sorted(found)]

    def _active(self, customer: str, *, on: dt.date) -> Iterator[Casework]:
        for stop in self.stops.get(customer, ()):
            ends = stop.ended_on - dt.timedelta(days=1) if stop.ended_on else stop.until_on
            if stop.on <= on and (ends is None or on <= ends):
                yield stop


class Company:
    """A made-up company in motion at a desk, and all that was wrong with what it sent."""

    def __init__(self, scope: Scope, made: Book, *, around: Callable[[Channel], Channel]) -> None:
        self.scope, self.made = scope, made
        self.world = World(seed=made.seed, as_of=made.as_of, book=made)
        self.ledger = Ledger(made)
        self.year = year.Year(scope, answers=self._answer, around=around)
        self.wrong: list[str] = []
        self.seen: Counter[str] = Counter()
        self._ids: dict[tuple[str, str, dt.date, tuple[Any, ...]], int] = {}
        self._heard: list[Contacted] = []
        self._noted: list[Casework] = []
        self._take(
            made.as_of, rates=made.rates, customers=made.customers, contacts=made.contacts,
            items=made.items, payments=made.payments, history=made.history, orders=made.orders,
        )  # fmt: skip
        for case in made.casework:
            self._case(case, on=made.as_of)

    def until(self, last: dt.date) -> Company:
        """Live through the days up to `last`."""
        while self.world.as_of < last:
            self._live(self.world.tomorrow(self._heard))
        return self

    def faults(self, home: Path) -> list[str]:
        """Say everything that was wrong on the way, and what is wrong now."""
        last = self.world.as_of
        before = [(r.entity or "", r.customer, r.on, r.tone or "") for r in self.made.history]
        return [
            *self.wrong, *year.faults(self.year, before=before), *self._told(),
            *year.unsound(self.scope, home, first=self.made.as_of, last=last),
        ]  # fmt: skip

    def _live(self, day: DayEvents) -> None:
        """Live one day: what comes in, the run, what people do; and look at what went out."""
        self.seen.update(late=day.late_bank_file, twice=day.double_import)
        for _ in range(2 if day.double_import else 1):
            self._take(
                day.on, customers=day.customers, contacts=day.contacts, rates=day.rates,
                items=[*day.items, *day.credit_notes], payments=[*day.payments, *day.reversals],
            )  # fmt: skip
        self.ledger.customers(day.customers)
        self.ledger.take_items([*day.items, *day.credit_notes])
        self.ledger.take_money([*day.payments, *day.reversals])
        for case in (*day.disputes, *day.promises, *day.stops):
            self._case(case, on=day.on)
        _, sent = self.year.play(day.on)
        for one in sent:
            self.wrong += [f"{one.on} {one.customer} {x}" for x in self._against(one)]
        self._decide_unknown(day.on)
        while self._noted:
            self.ledger.case(self._noted.pop())
        if day.on.weekday() == 0:
            self.wrong += self._forgotten(day.on)
        self._heard = [
            Contacted(
                customer=s.customer, entity=s.entity, tone=s.act.tone, channel=s.message.channel,
                items=tuple(line.number for line in s.shown() if line.part in ("about", "also")),
            )
            for s in sent
        ]  # fmt: skip

    def _take(self, on: dt.date, **files: Sequence[Any]) -> None:
        for kind, some in files.items():
            play.take(self.scope, kind, some, as_of=on)

    def _case(self, case: Casework, *, on: dt.date) -> None:
        """Tell desk and ledger of a stop, or of its end."""
        if case.kind not in STOPS or (case.until_on is not None and case.until_on < case.on):
            return
        key = (case.customer, case.kind, case.on, case.items)
        if case.ended_on is not None:
            if key in self._ids:
                hold.close_hold(
                    self.scope, self._ids.pop(key), on=case.ended_on, now=play.instant(on, 7),
                    kinds=STOPS,
                )  # fmt: skip
                self.ledger.case(case)
            return
        self._ids[key] = hold.open_hold(
            self.scope, case.customer, items=[name for name, _ in case.items],
            amount_minor=case.items[0][1] if len(case.items) == 1 else None, on=case.on,
            until=case.until_on, reason=case.reason or case.kind, kind=case.kind,
            now=play.instant(on, 7),
        )  # fmt: skip
        self.ledger.case(case)
        self.seen[case.kind] += 1

    def _against(self, sent: year.Sent) -> Iterator[str]:
        """Yield where a message demands what our own ledger does not allow on its day."""
        who, on = (sent.entity, sent.customer), sent.on
        if stop := self.ledger.hard_stop(who, on=on):
            yield f"was written to under {stop.kind} since {stop.on}"
        known = {
            name: (member, owed)
            for member in self.ledger.family(who)
            for name, owed in self.ledger.items[member].items()
        }
        for line in sent.shown():
            if line.part not in ("about", "also"):
                continue
            member, owed = known[line.number]
            left = owed.open_minor - self.ledger.held_minor(member, owed, on=on)
            days = max(0, (on - (owed.row.due_on or on)).days)
            if left <= 0 or (days < 1 and sent.act.phase == "overdue"):
                yield f"{line} of {owed}: paid, stopped or not due"
            elif (line.minor, line.days) != (left, days):
                yield f"{line} of {owed}: {left} are to be demanded, {days} days overdue"
        most = self.ledger.net(who, on=on)
        if not sent.totals:
            yield "demands nothing"
        if sent.act.phase != "overdue":
            return  # a courtesy asks for what falls due, which is no debt yet
        for currency, minor in sent.totals.items():
            is_collected = {m for _, m in self.ledger.family(who)} & self.ledger.automatic
            if minor > most.get(currency, 0) or (minor != most[currency] and not is_collected):
                yield f"asks for {currency} {minor} of {most}"

    def _forgotten(self, on: dt.date) -> Iterator[str]:
        """Yield who has owed for 30 days without a stop, and heard nothing, for no lasting reason.

        A step not open yet, too soon or a closed day are no reasons that last so long. What has had
        its final demand is a person's to decide.
        """
        since = on - dt.timedelta(days=30)
        heard = {(s.entity, s.customer) for s in self.year.sent if s.on > since}
        with tx.reading(self.scope):
            silent = {
                (w.entity.code, w.customer.reference)
                for w in models.Watch.objects.filter(
                    organisation_id=self.scope.organisation_id,
                    reason__in=("", "nothing_open", "not_yet", "too_soon", "quiet_hours"),
                ).select_related("entity", "customer")
            } - heard
            ended = {
                (t.item.number, t.item.part)
                for t in models.StepTaken.objects.filter(
                    organisation_id=self.scope.organisation_id, step="final_demand"
                ).select_related("item")
            }
        for who in sorted(silent) if since > self.made.as_of else ():
            for (member, name), minor in self.ledger.nets(who, on=on).items():
                owed = self.ledger.items[member][name]
                row = owed.row
                if (
                    row.due_on and row.due_on < since and minor > _LITTLE
                    and (row.number, row.part) not in ended
                    and not self.ledger.was_stopped(member, owed, since=since, on=on)
                ):  # fmt: skip
                    yield f"{on} {who} owes {minor} on {name}, last heard before {since}"

    def _answer(self, scope: Scope, day: play.Day) -> bool:
        """Answer a part of what waits for a role: most with a yes, some with a no, by its key.

        What is placed by it, or held by a no, is noted in our ledger.
        """
        for line, asked in year.questions(day):
            key = asked.actions[0].key
            chance = zlib.crc32(f"{key} {day.on}".encode()) % 100
            if chance >= 65:
                continue
            try:
                if chance < 55:
                    checklist.complete(
                        scope, key, note="worked through", as_of=day.on,
                        now=play.instant(day.on, 15),
                    )  # fmt: skip
                    approve.approve(scope, key, as_of=day.on, now=play.instant(day.on, 15))
                else:
                    approve.refuse(
                        scope, key, reason="speaks to them first", until=None, as_of=day.on,
                        now=play.instant(day.on, 15),
                    )  # fmt: skip
            except Refused as error:
                self.wrong.append(f"{day.on} {line.customer} {asked.what} is asked; {error}")
                continue
            self._note(line, asked, on=day.on, is_yes=chance < 55)
        return False

    def _note(self, line: Line, asked: Asked, *, on: dt.date, is_yes: bool) -> None:
        """Note which items an answer takes out from the evening on: placed, or held for 14 days."""
        self.seen[f"{'yes' if is_yes else 'no'} to {asked.what}"] += 1
        is_outcome = asked.what in ("placement", "legal_referral", "write_off")
        if not is_outcome and (is_yes or asked.what != "notice"):
            return
        takes = [i for i, step in asked.takes if step == asked.step]
        ids = set(asked.items) if is_outcome or not takes else set(takes)
        assert line.facts is not None
        parts = {}
        if is_yes and asked.what == "write_off":  # of a disputed item only the rest is given up
            stood = position.stand(line.facts, as_of=on).standings
            parts = {s.item.id: s.chaseable_minor for s in stood if s.covered.minor}
        for item in line.facts.items:
            if item.id in ids:
                self._noted.append(
                    Casework(
                        line=0, kind="placed" if is_yes else "hold",
                        customer=item.child or line.customer, entity=line.entity, on=on,
                        items=((item.label, parts.get(item.id)),),
                        until_on=None if is_yes else on + dt.timedelta(days=13),
                    )
                )  # fmt: skip

    def _decide_unknown(self, on: dt.date) -> None:
        """Say of every delivery that nobody knows the end of whether it came; half did."""
        for one in deliveries.listed(self.scope):
            came = zlib.crc32(one["key"].encode()) % 2
            deliveries.close(
                self.scope, one["key"], outcome="sent" if came else "not_sent",
                now=play.instant(on, 23),
            )  # fmt: skip
            self.seen["unknown"] += 1

    def _told(self) -> Iterator[str]:
        """Yield where our own ledger, the world's truth and the desk's book differ."""
        on, truth = self.world.as_of, self.world.truth
        mine = {
            key_of(owed.row): owed.open_minor
            for items in self.ledger.items.values()
            for owed in items.values()
        }
        for key in truth.items():
            if truth.told_open_on(key, on=on) != mine[key]:
                yield f"{key}: {mine[key]} in our ledger, {truth.told_open_on(key, on=on)} told"


def in_english(made: Book) -> Book:
    """Return the book with everybody reading English, the language the yardstick reads."""
    made.customers = [msgspec.structs.replace(c, language="en") for c in made.customers]
    made.contacts = [msgspec.structs.replace(c, language="en") for c in made.contacts]
    return made


def founded(made: Book) -> Scope:
    """Return an organisation with the companies of a book, who all walk `classic`."""
    return found.run(
        "acme", [play.new_entity(e) for e in made.entities], by="anna", now=play.instant(made.as_of)
    )


def generated(*, customers: int, seed: int, as_of: dt.date) -> Book:
    """Return a book of the demo's six companies: five open items a customer."""
    return in_english(
        book.generate(
            customers=customers, items=5 * customers, seed=seed, as_of=as_of,
            entities=demo.ENTITIES, settled_per_open=0.5, whale=customers // 2,
        )
    )  # fmt: skip
