"""A made-up company lives with its people: `dunwell run` every day, and work at every desk.

A day goes as with the command: mail and files come in, imports are finished, what time and money
have changed is judged, the run proposes, records and sends; then people work (`sim.staff`).
Faults strike as `faults.Calendar` says. `watcher.Watcher` holds every message against a ledger
of its own. Run it alone for a report:

    .venv/bin/python tests/sim/peopled.py --customers 300 --days 365
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import company
import msgspec
import year
from faults import Calendar, Crash, Street
from watcher import Fault, Sent, Watcher

from dunwell.core import rows
from dunwell.core.decision import Act
from dunwell.core.scope import Scope
from dunwell.desk import dispatch, gate, look, receive, settle, trail
from dunwell.sim import book, demo, play
from dunwell.sim.nouns import Book, Contacted, DayEvents, key_of
from dunwell.sim.staff import Staff, Word
from dunwell.sim.world import World
from dunwell.store import models, tx
from dunwell.store.records import cases

DAY = dt.timedelta(days=1)
FIRST = dt.date(2026, 1, 5)
_LITTLE = 2_000
"""In minor units of any currency here, more than the small balance below which nobody is chased."""
_NOT_LASTING = ("", "nothing_open", "not_yet", "too_soon", "quiet_hours")
"""Reasons that do not explain a month's silence."""
ENDS = ("insolvent", "placed")
"""Reasons of a case that is over but for the ledger: in court, at an agency, given up."""


def generated(*, customers: int, seed: int, companies: int = 3) -> Book:
    """Return the book of some of the demo's companies, five open items a customer."""
    return company.in_english(
        book.generate(
            customers=customers, items=5 * customers, seed=seed, as_of=FIRST,
            entities=demo.ENTITIES[:companies], settled_per_open=0.5,
            whale=min(customers // 2, 200),
        )
    )  # fmt: skip


class Peopled:
    """A company in motion, with people and faults, and all that was wrong with what it sent."""

    def __init__(self, scope: Scope, made: Book, *, days: int, seed: int) -> None:
        self.scope, self.made, self.days = scope, made, days
        self.world = World(seed=made.seed, as_of=made.as_of, book=made)
        self.watcher, self.street = Watcher(made), Street()
        self.calendar = Calendar.made(first=made.as_of, days=days, seed=seed)
        self.wrong: list[Fault] = []
        self.sent: list[Sent] = []
        self.counts: Counter[str] = Counter()
        self.waits: Counter[str] = Counter()
        self._words: list[Word] = []
        self._fresh: list[Sent] = []
        self._bounced: list[Any] = []
        self._bank: list[rows.PaymentRow] = []
        self._notes: list[tuple[dt.date, rows.ItemRow]] = []
        self._calls = 0
        self._zones = {entity.code: entity.time_zone for entity in made.entities}
        for entity in made.entities:
            gate.declare(
                scope, entity.code, ["payments"], within_days=1, now=play.instant(made.as_of)
            )
        for kind, some in (
            ("rates", made.rates), ("customers", made.customers), ("contacts", made.contacts),
            ("items", made.items), ("payments", made.payments), ("history", made.history),
            ("orders", made.orders),
        ):  # fmt: skip
            self._take(made.as_of, kind, some)
        self.staff = Staff(scope, self.world, arrived=self.street.arrived, told=self._words.append)
        self.staff.begin(made.casework, on=made.as_of)
        self._hear_words()

    def live(self) -> Peopled:
        """Live through all the days."""
        while (self.world.as_of - self.made.as_of).days < self.days:
            self.day()
        return self

    def day(self) -> None:
        """Live one day."""
        day = self.world.tomorrow(list(self._heard()))
        on = day.on
        bounced, self._bounced = self._bounced, self.street.to_bounce
        self.street.to_bounce = []
        self._files(day)
        self.staff.morning(day, bounced, [(s.entity, s.customer, s.message) for s in self._fresh])
        for message in bounced:
            self.watcher.bounce(message)
        self._hear_words()
        self._fresh = []
        if on in self.calendar.no_run:
            self.counts["days without a run"] += 1
        else:
            self._run(on)
        self.staff.work(day, credits=_by_number(day.credit_notes))
        self._hear_words()
        if on.weekday() == 0 and on not in self.calendar.no_run:
            self.wrong += self._forgotten(on)
        self.counts["days"] += 1

    # ------------------------------------------------------------------ what comes in

    def _files(self, day: DayEvents) -> None:
        """Take the day's files; some late, some twice."""
        on = day.on
        notes = [n for due, n in self._notes if due <= on]
        self._notes = [(due, n) for due, n in self._notes if due > on]
        for note in day.credit_notes:
            if self._is_posted_late(note):
                self._notes.append((on + 4 * DAY, note))
                self.counts["credit notes posted late"] += 1
            else:
                notes.append(note)
        cleared = self.world.clear() if on.weekday() == 4 and not self._is_bank_late(day) else []
        self._bank += [*day.payments, *day.reversals]
        money: list[rows.PaymentRow] | None = None
        if on.weekday() < 5 and not self._is_bank_late(day):
            money, self._bank = self._bank, []
        is_twice = day.double_import or on in self.calendar.twice
        self.counts["files imported twice"] += is_twice
        self.counts["days without a bank file"] += on.weekday() < 5 and money is None
        for _ in range(2 if is_twice else 1):
            self._take(on, "customers", day.customers)
            self._take(on, "contacts", day.contacts)
            self._take(on, "rates", day.rates)
            self._take(on, "items", [*day.items, *notes, *cleared])
            if money is not None:
                self._take(on, "payments", money, is_empty=not money)
        self.watcher.take_customers(day.customers)
        self.watcher.take_items([*day.items, *notes])
        self.watcher.take_money(money or ())
        self.watcher.take_items(cleared)

    def _is_bank_late(self, day: DayEvents) -> bool:
        return day.late_bank_file or day.on in self.calendar.bank_late

    def _is_posted_late(self, note: rows.ItemRow) -> bool:
        return self.staff.office.chance(note.number, "posted late") < 30

    def _take(self, on: dt.date, kind: str, some: Sequence[Any], *, is_empty: bool = False) -> None:
        if is_empty:  # a bank file without a line says that nothing came
            receive.run(
                self.scope, kind, [], file="bank.csv", sha256="", as_of=on, now=play.instant(on, 5)
            )
        play.take(self.scope, kind, some, as_of=on)

    # ------------------------------------------------------------------ the run

    def _run(self, on: dt.date) -> None:
        """Do what `dunwell run` does; after a crash, what the next one does."""
        receive.finish_others(self.scope, now=play.instant(on, 5))
        for wrong in settle.nightly(self.scope, as_of=on, now=play.instant(on, 5)):
            self.wrong.append(Fault("judge failed", f"{on} {wrong}"))
        found = look.propose(self.scope, as_of=on)
        look.record(self.scope, found, mode="run", now=play.instant(on))
        for failed in found.failed:
            self.wrong.append(Fault("case failed", f"{on} {failed}"))
        self.waits.update(found.counts["by_reason"])
        self.counts["days nothing was sent for stale data"] += found.gate.is_stale
        if not found.gate.is_stale:
            self._dispatch(on)
        trail.seal(self.scope, now=play.instant(on, 22))
        self._fresh = list(self._gone())
        self.sent += self._fresh
        for one in self._fresh:
            self.wrong += self.watcher.against(one)
            self.counts["messages while the money was under way"] += self._is_paid(one)

    def _dispatch(self, on: dt.date) -> None:
        self.street.is_down = on in self.calendar.mail_down
        self.counts["days without a mail server"] += self.street.is_down
        if on in self.calendar.crash:
            self.street.dies_at = self.staff.office.chance(on, "nth") % 6
            self.street.dies_late = self.staff.office.chance(on, "late") < 50
        routes = {"email": self.street, "letter": self.street}
        try:
            done = dispatch.run(
                self.scope, routes, worker="sim", now=play.instant(on, 21), plays=on
            )
        except Crash:
            self.counts["crashes while sending"] += 1
            done = dispatch.run(
                self.scope, routes, worker="sim2", now=play.instant(on, 21), plays=on,
                dead={"sim"},
            )  # fmt: skip
        self.street.dies_at = None
        self.counts.update({f"dispatch {k}": v for k, v in done._asdict().items()})

    def _gone(self) -> Iterator[Sent]:
        """Yield what left the house since the last time, each with its decision."""
        calls = self.street.calls[self._calls :]
        self._calls = len(self.street.calls)
        with tx.reading(self.scope):
            actions = {
                a.key: a
                for a in models.Action.objects.filter(
                    organisation_id=self.scope.organisation_id, key__in=[m.key for _, m in calls]
                )
                .exclude(state="cancelled")
                .select_related("decision", "customer", "entity")
            }
        for at, message in calls:
            action = actions[message.key]
            # The day at the company: it is tomorrow already where some of its customers are.
            zone = zoneinfo.ZoneInfo(self._zones[action.entity.code])
            on = max(action.decision.as_of, at.astimezone(zone).date())
            act = cases.unpack(bytes(action.decision.body))
            assert isinstance(act, Act)
            seen = msgspec.json.decode(cases.plain(action.decision.facts), type=_Seen)
            yield Sent(
                on, action.entity.code, action.customer.reference, act, message,
                action.decision_id, seen.segment,
            )  # fmt: skip

    def _heard(self) -> Iterator[Contacted]:
        """Yield what customers read today: what has come to them since yesterday."""
        for s in self._fresh:
            if self.street.arrived(s.message.key):
                items = [x.number for x in s.read.shown() if x.part in ("about", "also")]
                if not items:
                    continue  # a reminder of an instalment demands nothing, and is just heard
                yield Contacted(
                    customer=s.customer, entity=s.entity, tone=s.act.tone,
                    channel=s.message.channel, items=tuple(items),
                )  # fmt: skip

    def _hear_words(self) -> None:
        for word in self._words:
            self.watcher.hear(word)
        self._words.clear()

    def _is_paid(self, sent: Sent) -> bool:
        """Tell whether all a message lists was paid, in a bank file nobody has seen yet."""
        truth = self.world.truth
        mine: dict[tuple[str, str], int] = {}
        for line in sent.read.shown():
            for member in self.watcher.family((sent.entity, sent.customer)):
                if owed := self.watcher.items[member].get(line.number):
                    mine[owed.row.number, owed.row.part] = truth.owed_on(
                        key_of(owed.row), on=sent.on
                    )
        return bool(mine) and not any(mine.values())

    # ------------------------------------------------------------------ what is never to be

    def _forgotten(self, on: dt.date) -> Iterator[Fault]:
        """Yield who has owed for 30 days, heard nothing, and is silent for no lasting reason."""
        since = on - 30 * DAY
        if since <= self.made.as_of:
            return
        with tx.reading(self.scope):
            silent = {
                (w.entity.code, w.customer.reference)
                for w in models.Watch.objects.filter(
                    organisation_id=self.scope.organisation_id, reason__in=_NOT_LASTING
                ).select_related("entity", "customer")
            }
            ended = {
                (t.item.number, t.item.part)
                for t in models.StepTaken.objects.filter(
                    organisation_id=self.scope.organisation_id, step="final_demand"
                ).select_related("item")
            }
        for who in sorted(silent):
            if any(
                day > (since if decision else since - 30 * DAY)
                for day, _, decision, _ in self.watcher.contacts.get(who, ())
            ):
                continue  # one imported friendly contact stands for all friendly steps of a ladder
            for (member, name), minor in self.watcher.nets(who, on=on).items():
                row = self.watcher.row((member, name))
                is_old = row.due_on is not None and row.due_on < since
                if not is_old or minor <= _LITTLE or (row.number, row.part) in ended:
                    continue
                if not self._was_stopped(member, name, since=since, on=on):
                    yield Fault("forgotten", f"{on} {who} owes {minor} on {name}")

    def _was_stopped(
        self, member: tuple[str, str], name: str, *, since: dt.date, on: dt.date
    ) -> bool:
        owed = self.watcher.items[member][name]
        days = (on - since).days + 1
        whole = self.watcher.whole.get(member[1], ())
        if any(s.ended_on is None or s.ended_on > since for s in whole):
            return True
        return any(self.watcher.held(member, owed, on=since + n * DAY) for n in range(days))

    def faults(self, home: Path) -> list[Fault]:
        """Say everything that was wrong on the way, and what is wrong now."""
        on, truth = self.world.as_of, self.world.truth
        late = {key for money in self._bank for key in (money.reference,)}
        mine = dict(self.watcher.open_of())
        told = [
            Fault("book", f"{key}: {mine[key]} by our sums, {truth.told_open_on(key, on=on)} told")
            for key in truth.items()
            if not late and truth.told_open_on(key, on=on) != mine[key]
        ]
        steps = [
            Fault("ladder", text)
            for text in year._steps(self.scope)
            if not self._is_exception(text)
        ]
        days = [Fault("closed day", x) for x in year._closed_days([s.read for s in self.sent])]
        unsound = [
            Fault("unsound", x)
            for x in year.unsound(self.scope, home, first=self.made.as_of, last=on)
        ]
        ends = [Fault("no outcome", x) for x in self.unended()]
        return [*self.wrong, *self.watcher.at_the_end(), *told, *steps, *days, *unsound, *ends]

    def _is_exception(self, text: str) -> bool:
        """Tell whether a jump is the one allowed: after a plan in default the demand comes next."""
        number = text.partition(":")[0]
        names = {name.partition("/")[0] for name in self.watcher.defaulted}
        return "final_demand" in text and number in names

    # ------------------------------------------------------------------ how cases ended

    def outcomes(self) -> Counter[str]:
        """Count the cases that are closed, by outcome."""
        with tx.reading(self.scope):
            return Counter(
                models.Case.objects.filter(
                    organisation_id=self.scope.organisation_id, closed_on__isnull=False
                ).values_list("outcome", flat=True)
            )

    def open_cases(self) -> list[tuple[str, str, str, bool, bool]]:
        """List the cases that are open: whose, the reason, whether a day or a task is next."""
        mine = {"organisation_id": self.scope.organisation_id}
        with tx.reading(self.scope):
            watches = {(w.entity_id, w.customer_id): w for w in models.Watch.objects.filter(**mine)}
            busy = (
                {
                    (e, c)
                    for e, c in models.Task.objects.filter(**mine, state="open").values_list(
                        "entity_id", "customer_id"
                    )
                }
                | {
                    (e, c)
                    for e, c in models.Approval.objects.filter(**mine, state="asked").values_list(
                        "entity_id", "customer_id"
                    )
                }
                | {
                    (e, c)
                    for e, c in models.Action.objects.filter(
                        **mine, state__in=("ready", "claimed", "waiting", "handing", "unknown")
                    ).values_list("entity_id", "customer_id")
                }
            )
            found = []
            for c in models.Case.objects.filter(**mine, closed_on__isnull=True).select_related(
                "customer", "entity"
            ):
                w = watches[c.entity_id, c.customer_id]
                is_woken = w.look_on <= self.world.as_of  # somebody did something since the run
                has_day = is_woken or w.look_again_on is not None
                has_task = not busy.isdisjoint(
                    {(c.entity_id, c.customer_id), (None, c.customer_id)}
                )
                found.append(
                    (c.customer.reference, c.entity.code, w.reason or w.verdict, has_day, has_task)
                )
        return found

    def unended(self) -> Iterator[str]:
        """Yield the cases that have neither an end nor a next day nor a task."""
        for outcome, n in self.outcomes().items():
            if not outcome:
                yield f"{n} cases are closed without an outcome"
        for customer, entity, reason, has_day, has_task in self.open_cases():
            if not reason or not (has_day or has_task or reason in ENDS):
                yield f"{entity} {customer}: {reason or 'no reason'}, no day, no task"


class _Seen(msgspec.Struct):
    segment: str = ""


def _by_number(notes: Sequence[rows.ItemRow]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for note in notes:
        found[note.applies_to or ""] += note.amount_minor
    return dict(found)
