"""The days after the book: customers buy, pay, object, promise, forget, and answer us.

Read `World.tomorrow` first: it is the order of one day. Everything is drawn from one stream of
chance, so a world is a function of its seed, its book and the contacts it was told, in order.
Customers pay by the habits of `Book.habits`; a contact raises the chance that they pay soon.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from dunwell.core import money, rows
from dunwell.sim import files, habits, names, replies
from dunwell.sim.book import DISPUTE_REASONS
from dunwell.sim.habits import NEVER, Habit
from dunwell.sim.nouns import (
    Book,
    Casework,
    Contacted,
    DayEvents,
    ItemKey,
    Reply,
    Spoken,
    key_of,
    label,
)
from dunwell.sim.truth import Truth

_LATE_BANK_FILE = 0.02
_DOUBLE_IMPORT = 0.04
_SAYS_NOT_WHAT_FOR = 0.02
_PAYS_TOO_MUCH = 0.008
_PAYS_TWICE = 0.003
_MASTER_DATA_CHANGES = 0.0004
_LOUDER = {"friendly": 1.0, "urgent": 1.3, "firm": 1.6, "severe": 1.9, "formal": 2.2}
_ANSWERS = (
    "promise_to_pay", "promise_to_pay", "promise_to_pay", "promise_to_pay", "promise_to_pay",
    "already_paid", "already_paid", "dispute", "dispute", "request_document",
    "request_document", "out_of_office", "acknowledgement", "question", "wrong_contact",
)  # fmt: skip
_SINKERS_ANSWERS = (
    "promise_to_pay", "promise_to_pay", "promise_to_pay", "hardship", "hardship",
    "payment_plan_request", "out_of_office", "bankruptcy_or_insolvency",
)  # fmt: skip
_RINGS = (
    *("reached",) * 11, *("voicemail",) * 4, *("no_answer",) * 2, "gatekeeper", "gatekeeper",
    "busy",
)  # fmt: skip
"""What comes of ringing a customer up, in twentieths; one call in a hundred is a wrong number."""
_SAYS = (
    *("promise_to_pay",) * 10, "dispute", "dispute", "refused", "payment_plan_request",
    "payment_plan_request", "already_paid", "already_paid", "acknowledgement", "acknowledgement",
    "question",
)  # fmt: skip
_SINKERS_SAY = (
    "promise_to_pay", "promise_to_pay", "promise_to_pay", "refused", "refused",
    "payment_plan_request", "payment_plan_request", "hardship", "acknowledgement",
    "bankruptcy_or_insolvency",
)  # fmt: skip


class _Live(msgspec.Struct, kw_only=True):
    """An item on which something is owed, and when its customer means to pay it."""

    key: ItemKey
    row: rows.ItemRow
    habit: Habit
    owed_minor: int
    due: int
    pay_on: int = NEVER
    is_disputed: bool = False


class _Agreed(msgspec.Struct, kw_only=True):
    """A plan: the items it is about, the oldest first, and how many instalments will be paid."""

    keys: list[ItemKey]
    pays: int
    paid: int = 0


class _Money(msgspec.Struct, kw_only=True):
    """A bank line, with what it really was for: (item, minor, said so)."""

    row: rows.PaymentRow
    parts: list[tuple[ItemKey, int, bool]]


class World:
    """A book in motion. Ask for `tomorrow` again and again; `truth` knows what really happened."""

    def __init__(self, *, seed: int, as_of: dt.date, book: Book) -> None:
        self.book, self.truth = book, Truth()
        self._rng = habits.dice(seed, 4, as_of.toordinal())
        self._voices = habits.dice(seed, 5, as_of.toordinal())
        self._today = as_of.toordinal()
        self._customers = {row.reference: row for row in book.customers}
        self._mail = {row.reference: row.email for row in book.customers}
        self._habits = dict(book.habits)
        self._rows: dict[ItemKey, rows.ItemRow] = {}
        self._live: dict[ItemKey, _Live] = {}
        self._of: dict[tuple[str, str], list[ItemKey]] = {}
        self._to_pay: dict[int, list[ItemKey]] = {}
        self._to_invoice: dict[int, list[str]] = {}
        self._to_return: dict[int, list[_Money]] = {}
        self._to_pay_again: dict[int, list[rows.PaymentRow]] = {}
        self._to_reply: dict[int, list[Reply]] = {}
        self._to_object: dict[int, list[tuple[ItemKey, str]]] = {}
        self._to_settle_dispute: dict[int, list[tuple[ItemKey, str, int]]] = {}
        self._instalments: dict[int, list[tuple[_Agreed, int]]] = {}
        self._notes: list[tuple[rows.ItemRow, ItemKey]] = []
        self._bank: list[_Money] = []
        self._gone: dict[str, int] = {}
        self._serials: dict[tuple[str, str], int] = {}
        self._rates = {(row.currency, row.base): float(row.rate) for row in book.rates}
        self._enter_book()

    @property
    def as_of(self) -> dt.date:
        """The day the world has reached."""
        return dt.date.fromordinal(self._today)

    def tomorrow(self, contacts_yesterday: list[Contacted]) -> DayEvents:
        """Live one more day and return what reaches us on it.

        Contacts work at once; on a weekend nothing but reading happens.
        """
        self._today += 1
        day = DayEvents(on=self.as_of)
        for contact in contacts_yesterday:
            self._hear(contact)
        if (self._today - 1) % 7 > 4:
            return day
        self._object(day)
        self._settle_disputes(day)
        self._pay(day)
        self._pay_instalments()
        self._return_money(day)
        self._invoice(day)
        self._change_master_data(day)
        self._post_rates(day)
        day.replies += self._to_reply.pop(self._today, [])
        self._send_bank_file(day)
        day.double_import = self._rng.random() < _DOUBLE_IMPORT
        return day

    def files(self, day_events: DayEvents, out_dir: Path) -> dict[str, Path]:
        """Write the day's CSV files, those that have rows, and return them by kind."""
        casework = day_events.disputes + day_events.promises + day_events.stops
        lists: dict[str, int] = {
            "customers": len(day_events.customers),
            "contacts": len(day_events.contacts),
            "items": len(day_events.items) + len(day_events.credit_notes),
            "payments": len(day_events.payments) + len(day_events.reversals),
            "rates": len(day_events.rates),
            "casework": len(casework),
        }
        kinds = [kind for kind, count in lists.items() if count]
        with files.Writer(
            out_dir, seed=self.book.seed, as_of=day_events.on, entities=self.book.entities,
            kinds=kinds,
        ) as to:  # fmt: skip
            to.customers(day_events.customers)
            to.contacts(day_events.contacts)
            to.items(day_events.items + day_events.credit_notes)
            to.payments(day_events.payments + day_events.reversals)
            to.rates(day_events.rates)
            to.casework(casework)
        return {kind: out_dir / f"{kind}.csv" for kind in kinds}

    # ------------------------------------------------------------------ the first day

    def _enter_book(self) -> None:
        credits: dict[tuple[str, str, str], int] = {}
        for row in self.book.items:
            if row.kind == "credit_note" and row.applies_to:
                named = (row.entity or "", row.customer, row.applies_to)
                credits[named] = credits.get(named, 0) + (row.open_minor or 0)
        disputed = {
            (case.entity or "", case.customer, name)
            for case in self.book.casework if case.kind == "dispute"
            for name, _ in case.items
        }  # fmt: skip
        for row in self.book.items:
            if row.kind != "credit_note":
                named = (row.entity or "", row.customer, row.number)
                self._enter(
                    row, self.as_of, credit_minor=credits.pop(named, 0),
                    is_disputed=(row.entity or "", row.customer, label(row)) in disputed,
                )  # fmt: skip
        for reference in self._habits:
            self._plan_invoice(reference, self._today)
        for case in self.book.casework:
            if case.kind == "insolvency":
                self._sink(case.customer)

    def _enter(
        self, row: rows.ItemRow, on: dt.date, *, credit_minor: int = 0, is_disputed: bool = False
    ) -> None:
        key, habit = key_of(row), self._habits[row.customer]
        self._rows[key] = row
        told = row.amount_minor if row.open_minor is None else row.open_minor
        owed = max(0, told - credit_minor)
        self.truth.begin(key, on=on, owed_minor=owed, told_minor=told)
        if owed == 0:
            return
        due = (row.due_on or on).toordinal()
        live = _Live(key=key, row=row, habit=habit, owed_minor=owed, due=due)
        self._live[key] = live
        self._of.setdefault(key[:2], []).append(key)
        if is_disputed:
            self._open_dispute(live, "other", after=12)
            return
        pay_on = habits.pay_on(habit, self._rng, due=due)
        if owed < row.amount_minor and pay_on <= self._today:
            # What somebody left unpaid on purpose is not paid without being asked for.
            pay_on = NEVER if self._rng.random() < 0.5 else self._today + 30
        elif pay_on != NEVER and pay_on <= self._today:
            pay_on = self._today + 1 + int(self._rng.random() * 15)
        self._mean_to_pay(live, pay_on)

    def _mean_to_pay(self, live: _Live, pay_on: int) -> None:
        if pay_on != NEVER:
            pay_on = habits.on_to_workday(max(pay_on, self._today))
            self._to_pay.setdefault(pay_on, []).append(live.key)
        live.pay_on = pay_on

    # ------------------------------------------------------------------ hearing from us

    def _hear(self, contact: Contacted) -> None:
        if contact.customer in self._gone or contact.customer not in self._habits:
            return
        habit, rng = self._habits[contact.customer], self._rng
        found = self._demanded(contact)
        if not found:
            return
        chance = habit.heeds * _LOUDER.get(contact.tone, 1.0)
        chance = min(0.95, chance * (1.4 if contact.channel == "call" else 1.0))
        for live in found:
            soon = habits.on_to_workday(self._today + int(rng.random() * 6))
            if rng.random() < chance and (live.pay_on == NEVER or soon < live.pay_on):
                self._mean_to_pay(live, soon)
        if rng.random() < habit.answers:
            self._answer(contact, habit, found)

    def _demanded(self, contact: Contacted) -> list[_Live]:
        """Return what a contact is about, as far as its customer still owes it undisputed."""
        return [
            live
            for key in self._of.get((contact.entity, contact.customer), ())
            if (live := self._live.get(key)) is not None
            and (label(live.row) in contact.items if contact.items else live.due < self._today)
            and not live.is_disputed
        ]

    def _answer(self, contact: Contacted, habit: Habit, found: list[_Live]) -> None:
        rng = self._rng
        intent = habits.pick(rng, _SINKERS_ANSWERS if habit.kind == "sinker" else _ANSWERS)
        day = habits.on_to_workday(self._today + int(rng.random() * 2))
        about, promised, reason = found[:5], NEVER, None
        if intent == "promise_to_pay":
            promised = habits.on_to_workday(day + 2 + int(rng.random() * 9))
            self._promise(habit, about, promised)
        elif intent == "dispute":
            about, reason = found[:1], habits.pick(rng, DISPUTE_REASONS[:-1])
            self._to_object.setdefault(day, []).append((found[0].key, reason))
        elif intent == "already_paid":
            for live in about:
                self._mean_to_pay(live, self._today)
        elif intent == "bankruptcy_or_insolvency":
            self._sink(contact.customer)
        customer = self._customers[contact.customer]
        owed = sum(live.owed_minor for live in about)
        shown = dt.date.fromordinal(promised or (self._today if intent == "already_paid" else day))
        currency = about[0].row.currency or customer.currency or "EUR"
        text = replies.text(
            rng, intent=intent, language=customer.language or "en",
            items=", ".join(label(live.row) for live in about), date=shown.isoformat(),
            amount=money.text(owed, currency), reason=reason,
        )  # fmt: skip
        self._to_reply.setdefault(day, []).append(
            Reply(
                customer=contact.customer, entity=contact.entity, intent=intent, text=text,
                received_on=dt.date.fromordinal(day), language=customer.language or "en",
                sender=self._mail.get(contact.customer) or "unknown@example.org",
                items=tuple(label(live.row) for live in about), reason=reason,
                promised_on=dt.date.fromordinal(promised) if promised else None,
                amount_minor=owed if promised else None, currency=currency,
            )
        )  # fmt: skip

    def _promise(self, habit: Habit, about: list[_Live], promised: int) -> None:
        keeps = self._rng.random() < habit.keeps_word
        late = NEVER if habit.kind == "sinker" else promised + 6 + int(self._rng.random() * 20)
        for live in about:
            self._mean_to_pay(live, promised if keeps else late)

    def _sink(self, customer: str) -> None:
        """Let a customer fail: it pays nothing and buys nothing from now on."""
        self._gone[customer] = self._today
        for live in self._live.values():
            if live.key[1] == customer:
                live.pay_on = NEVER

    # ------------------------------------------------------------------ being spoken to

    def call(self, contact: Contacted) -> Spoken:
        """Let a customer be rung up today; what it says it does, or not, as its habit is."""
        rng = self._voices
        outcome = "wrong_number" if rng.random() < 0.01 else habits.pick(rng, _RINGS)
        if outcome != "reached":
            return Spoken(outcome=outcome)
        if contact.customer in self._gone:
            return Spoken(outcome="reached", intent="bankruptcy_or_insolvency")
        habit, found = self._habits[contact.customer], self._demanded(contact)
        if not found:
            return Spoken(outcome="reached", intent="already_paid")
        intent = habits.pick(rng, _SINKERS_SAY if habit.kind == "sinker" else _SAYS)
        about, promised, reason = found[:5], NEVER, None
        if intent == "promise_to_pay":
            promised = habits.on_to_workday(self._today + 2 + int(rng.random() * 9))
            self._promise(habit, about, promised)
        elif intent == "dispute":
            about, reason = found[:1], habits.pick(rng, DISPUTE_REASONS[:-1])
            self._open_dispute(found[0], reason, after=7)
        elif intent == "already_paid":
            for live in about:
                self._mean_to_pay(live, habits.on_to_workday(self._today + 1))
        elif intent == "bankruptcy_or_insolvency":
            self._sink(contact.customer)
        outcome = {"promise_to_pay": "promise", "dispute": "dispute", "refused": "refused"}.get(
            intent, "reached"
        )
        return Spoken(
            outcome=outcome, intent=intent, items=tuple(label(live.row) for live in about),
            promised_on=dt.date.fromordinal(promised) if promised else None, reason=reason,
        )  # fmt: skip

    def agree(
        self, customer: str, *, items: Collection[str], due: Sequence[tuple[dt.date, int]]
    ) -> None:
        """Let a customer pay items in instalments, and nothing else on them meanwhile.

        Whoever does not keep its word stops after some of them; a failing customer after one.
        """
        rng, habit = self._voices, self._habits[customer]
        keys = [
            live.key for live in sorted(self._live.values(), key=lambda one: one.due)
            if live.key[1] == customer and label(live.row) in items
        ]  # fmt: skip
        for key in keys:
            self._live[key].pay_on = NEVER
        keeps = rng.random() < max(habit.keeps_word, 0.3)
        pays = len(due) if keeps else int(rng.random() * len(due))
        agreed = _Agreed(keys=keys, pays=pays)
        for on, minor in due:
            day = habits.on_to_workday(max(on.toordinal(), self._today + 1))
            self._instalments.setdefault(day, []).append((agreed, minor))

    def press(self, contact: Contacted, *, within: int) -> None:
        """Let an agency or a court bring in what a customer can still pay, or not."""
        for live in self._demanded(contact):
            if live.key[1] not in self._gone and self._voices.random() < 0.4:
                day = self._today + 5 + int(self._voices.random() * within)
                self._mean_to_pay(live, habits.on_to_workday(day))

    def clear(self) -> list[rows.ItemRow]:
        """Let bookkeeping clear credit notes that settled what they name; return what changed.

        Only what nobody owes any more, once all money for it has come in: a ledger states an
        open amount when it has posted what it knows.
        """
        left: list[tuple[rows.ItemRow, ItemKey]] = []
        cleared: list[rows.ItemRow] = []
        under_way = {key for money in self._bank for key, _, _ in money.parts}
        for note, key in self._notes:
            told = self.truth.told_open_on(key, on=self.as_of)
            is_over = not self.truth.owed_on(key, on=self.as_of)
            if not is_over or told != note.amount_minor or key in under_way:
                left.append((note, key))
                continue
            self.truth.tell(key, on=self.as_of, change_minor=-told)
            cleared += [
                msgspec.structs.replace(row, line=len(cleared) + n, open_minor=0)
                for n, row in enumerate((self._rows[key], note), start=2)
            ]
        self._notes = left
        return cleared

    def _pay_instalments(self) -> None:
        """Pay the instalments due today, the oldest item first."""
        for agreed, due in self._instalments.pop(self._today, ()):
            agreed.paid += 1
            live = [self._live[k] for k in agreed.keys if k in self._live]
            if agreed.paid > agreed.pays or not live or live[0].key[1] in self._gone:
                continue
            parts, left = [], due
            for one in live:
                if cut := min(left, one.owed_minor):
                    parts.append((one, cut))
                    left -= cut
            self._bank.append(self._paid(parts, due - left))

    def _paid(self, parts: list[tuple[_Live, int]], total: int) -> _Money:
        first = parts[0][0]
        for live, minor in parts:
            self._reduce(live, minor)
        return _Money(
            row=rows.PaymentRow(
                line=0, reference=self._number("B", first.row.entity), kind="payment",
                amount_minor=total, currency=first.row.currency, paid_on=self.as_of,
                customer=first.row.customer, entity=first.row.entity,
                items=tuple((label(live.row), minor) for live, minor in parts),
            ),
            parts=[(live.key, minor, True) for live, minor in parts],
        )  # fmt: skip

    # ------------------------------------------------------------------ objections

    def _object(self, day: DayEvents) -> None:
        for reply in self._to_reply.get(self._today, ()):
            self._note_reply(day, reply)
        for key, reason in self._to_object.pop(self._today, ()):
            live = self._live.get(key)
            if live is None or live.is_disputed:
                continue
            self._open_dispute(live, reason, after=7)
            day.disputes.append(
                self._case(live, "dispute", len(day.disputes), minor=live.owed_minor, reason=reason)
            )

    def _note_reply(self, day: DayEvents, reply: Reply) -> None:
        """Add what a person would file from this reply."""
        if reply.promised_on is None and reply.intent != "bankruptcy_or_insolvency":
            return
        is_promise = reply.promised_on is not None
        to = day.promises if is_promise else day.stops
        to.append(
            Casework(
                line=len(to) + 2, kind="promise" if is_promise else "insolvency",
                customer=reply.customer, entity=reply.entity or None, on=day.on,
                items=tuple((name, None) for name in reply.items) if is_promise else (),
                amount_minor=reply.amount_minor, until_on=reply.promised_on,
                currency=reply.currency if is_promise else None,
            )
        )  # fmt: skip

    def _open_dispute(self, live: _Live, reason: str, *, after: int) -> None:
        live.is_disputed, live.pay_on = True, NEVER
        end = habits.on_to_workday(self._today + after + int(self._rng.random() * 18))
        self._to_settle_dispute.setdefault(end, []).append((live.key, reason, self._today))

    def _settle_disputes(self, day: DayEvents) -> None:
        for key, reason, opened in self._to_settle_dispute.pop(self._today, ()):
            live = self._live.get(key)
            if live is None:
                continue
            live.is_disputed = False
            is_credited = self._rng.random() < 0.5
            day.disputes.append(
                msgspec.structs.replace(
                    self._case(
                        live, "dispute", len(day.disputes), minor=live.owed_minor, reason=reason
                    ),
                    on=dt.date.fromordinal(opened),
                    ended_on=day.on,
                    outcome="credited" if is_credited else "rejected",
                )
            )
            if is_credited:
                self._credit(day, live)
            if live.owed_minor and live.key[1] not in self._gone:
                self._mean_to_pay(live, self._today + 3 + int(self._rng.random() * 14))

    def _credit(self, day: DayEvents, live: _Live) -> None:
        whole = self._rng.random() < 0.4
        percent = 100 if whole else 5 + int(self._rng.random() * 45)
        minor = max(1, live.owed_minor * percent // 100)
        note = rows.ItemRow(
            line=len(day.credit_notes) + 2, customer=live.row.customer,
            number=self._number("C", live.row.entity), kind="credit_note",
            amount_minor=minor, open_minor=minor, currency=live.row.currency,
            entity=live.row.entity, issued_on=day.on, applies_to=live.row.number,
        )  # fmt: skip
        day.credit_notes.append(note)
        self._notes.append((note, live.key))
        self._reduce(live, minor)

    def _case(
        self, live: _Live, kind: str, count: int, *, minor: int, reason: str | None = None
    ) -> Casework:
        return Casework(
            line=count + 2, kind=kind, customer=live.row.customer, entity=live.row.entity,
            on=self.as_of, items=((label(live.row), minor),), amount_minor=minor,
            currency=live.row.currency, reason=reason,
        )  # fmt: skip

    # ------------------------------------------------------------------ money

    def _reduce(self, live: _Live, minor: int) -> None:
        live.owed_minor = self.truth.owe(live.key, on=self.as_of, change_minor=-minor)
        if live.owed_minor == 0:
            del self._live[live.key]

    def _pay(self, day: DayEvents) -> None:
        """Let everybody pay what they mean to pay today: one transfer for each currency."""
        together: dict[tuple[str, str, str], list[_Live]] = {}
        for key in self._to_pay.pop(self._today, ()):
            live = self._live.get(key)
            # An entry is stale where the customer has changed its mind since.
            if live is not None and live.pay_on == self._today and not live.is_disputed:
                live.pay_on = NEVER
                together.setdefault((*key[:2], live.row.currency or ""), []).append(live)
        for payers in together.values():
            self._transfer(day, payers)
        for again in self._to_pay_again.pop(self._today, ()):
            row = msgspec.structs.replace(
                again, reference=self._number("B", again.entity), paid_on=day.on, items=()
            )
            day.overpaid.append(row.reference)
            self._bank.append(_Money(row=row, parts=[]))

    def _transfer(self, day: DayEvents, payers: list[_Live]) -> None:
        rng, first = self._rng, payers[0]
        says_what_for = rng.random() >= _SAYS_NOT_WHAT_FOR
        reference = self._number("B", first.row.entity)
        parts: list[tuple[ItemKey, int, bool]] = []
        allocations: list[tuple[str, int | None]] = []
        for live in payers:
            minor = self._share(live)
            parts.append((live.key, minor, says_what_for))
            allocations.append((label(live.row), minor))
            self._reduce(live, minor)
            if not says_what_for:
                self.truth.unmatched[live.key] = reference
        total = sum(minor for _, minor, _ in parts)
        if rng.random() < _PAYS_TOO_MUCH:
            total += 1 + int(total * rng.random() * 0.1)
            day.overpaid.append(reference)
        paid = _Money(
            row=rows.PaymentRow(
                line=0, reference=reference, kind="payment", amount_minor=total,
                currency=first.row.currency, paid_on=day.on, customer=first.row.customer,
                entity=first.row.entity, items=tuple(allocations) if says_what_for else (),
            ),
            parts=parts,
        )  # fmt: skip
        self._bank.append(paid)
        if rng.random() < first.habit.bounces_money:
            back = habits.on_to_workday(self._today + 2 + int(rng.random() * 4))
            self._to_return.setdefault(back, []).append(paid)
        elif rng.random() < _PAYS_TWICE:
            again = habits.on_to_workday(self._today + 4 + int(rng.random() * 10))
            self._to_pay_again.setdefault(again, []).append(paid.row)

    def _share(self, live: _Live) -> int:
        """Return how much of what is owed is paid now, and plan the rest."""
        rng, habit, minor = self._rng, live.habit, live.owed_minor
        if minor > 200 and rng.random() < habit.part_pays:
            self._mean_to_pay(live, self._today + 20 + int(rng.random() * 30))
            return max(1, minor * (20 + int(rng.random() * 60)) // 100)
        if minor > 2_000 and rng.random() < habit.short_pays:
            return minor * (95 + int(rng.random() * 4)) // 100
        return minor

    def _return_money(self, day: DayEvents) -> None:
        """Take payments back: what they paid is owed again."""
        for paid in self._to_return.pop(self._today, ()):
            for key, minor, _ in paid.parts:
                if self.truth.unmatched.get(key) == paid.row.reference:
                    del self.truth.unmatched[key]
                left = self.truth.owe(key, on=day.on, change_minor=minor)
                live = self._live.get(key)
                if live is None:
                    live = self._revived(key, left)
                live.owed_minor = left
                if key[1] not in self._gone and live.habit.kind != "sinker":
                    self._mean_to_pay(live, self._today + 8 + int(self._rng.random() * 25))
            row = msgspec.structs.replace(
                paid.row, reference=f"{paid.row.reference}-R", kind="reversal",
                reverses=paid.row.reference, paid_on=day.on, items=(),
            )  # fmt: skip
            back = [(key, -minor, told) for key, minor, told in paid.parts]
            self._bank.append(_Money(row=row, parts=back))

    def _revived(self, key: ItemKey, owed_minor: int) -> _Live:
        row = self._rows[key]
        live = _Live(
            key=key, row=row, habit=self._habits[row.customer], owed_minor=owed_minor,
            due=(row.due_on or self.as_of).toordinal(),
        )  # fmt: skip
        self._live[key] = live
        return live

    def _send_bank_file(self, day: DayEvents) -> None:
        """Hand over the bank's lines, or none today if its file is late."""
        if self._rng.random() < _LATE_BANK_FILE:
            day.late_bank_file = True
            return
        for n, entry in enumerate(self._bank, start=2):
            row = msgspec.structs.replace(entry.row, line=n)
            (day.reversals if row.kind == "reversal" else day.payments).append(row)
            for key, minor, told in entry.parts:
                if told:
                    self.truth.tell(key, on=day.on, change_minor=-minor)
        self._bank = []

    # ------------------------------------------------------------------ trade goes on

    def _plan_invoice(self, reference: str, day: int) -> None:
        gap = int(self._rng.expovariate(1 / self._habits[reference].invoice_every_days) + 0.5)
        self._to_invoice.setdefault(habits.on_to_workday(day + max(1, gap)), []).append(reference)

    def _invoice(self, day: DayEvents) -> None:
        for reference in self._to_invoice.pop(self._today, ()):
            if reference in self._gone:
                continue
            habit = self._habits[reference]
            # A customer that buys several times a day gets the day's invoices together.
            for _ in range(max(1, int(1 / habit.invoice_every_days))):
                if not habit.sunk_on or self._rng.random() < 0.3:
                    self._bill(day, self._customers[reference], habit)
            self._plan_invoice(reference, self._today)

    def _bill(self, day: DayEvents, customer: rows.CustomerRow, habit: Habit) -> None:
        rng = self._rng
        minor = max(100, int(habit.typical_minor * math.exp(rng.gauss(0.0, 0.65))))
        first = rows.ItemRow(
            line=len(day.items) + 2, customer=customer.reference,
            number=self._number("R", customer.entity), kind="invoice", amount_minor=minor,
            open_minor=minor, currency=customer.currency, entity=customer.entity,
            issued_on=day.on, due_on=day.on + dt.timedelta(days=habit.terms_days),
            terms_days=habit.terms_days,
        )  # fmt: skip
        billed = [first]
        if rng.random() < 0.01:
            billed = [
                msgspec.structs.replace(
                    first, line=first.line + n, kind="instalment", part=str(n + 1),
                    amount_minor=part, open_minor=part,
                    due_on=day.on + dt.timedelta(days=habit.terms_days + 30 * n),
                )
                for n, part in enumerate(money.split(minor, 3))
            ]  # fmt: skip
        for row in billed:
            day.items.append(row)
            self._enter(row, day.on)
        if rng.random() < habit.objects:
            when = habits.on_to_workday(self._today + 4 + int(rng.random() * 12))
            about = (key_of(billed[0]), habits.pick(rng, DISPUTE_REASONS))
            self._to_object.setdefault(when, []).append(about)

    def _change_master_data(self, day: DayEvents) -> None:
        rng = self._rng
        expected = len(self.book.customers) * _MASTER_DATA_CHANGES
        for _ in range(int(expected + rng.random())):
            row = habits.pick(rng, self.book.customers)
            country = names.COUNTRIES[row.country or "DE"]
            said = rows.CustomerRow(line=len(day.customers) + 2, reference=row.reference)
            chance = rng.random()
            if chance < 0.4:
                mail = names.mail(rng, local=f"accounts {row.reference}")
                self._mail[row.reference] = mail
                day.customers.append(msgspec.structs.replace(said, email=mail))
                day.contacts.append(
                    rows.ContactRow(
                        line=len(day.contacts) + 2, customer=row.reference, role="ap",
                        name=names.person(rng), email=mail, language=row.language,
                    )
                )  # fmt: skip
            elif chance < 0.6 and country.phone:
                phone = names.phone(rng, pattern=country.phone)
                day.customers.append(msgspec.structs.replace(said, phone=phone))
            elif chance < 0.8:
                owner = f"collector{1 + int(rng.random() * 6)}"
                day.customers.append(msgspec.structs.replace(said, account_owner=owner))
            else:
                terms_days = habits.pick(rng, (14, 30, 45))
                habit = self._habits[row.reference]
                self._habits[row.reference] = msgspec.structs.replace(
                    habit, terms_days=terms_days, lag_days=max(habit.lag_days, 5 - terms_days)
                )
                day.customers.append(msgspec.structs.replace(said, terms_days=terms_days))

    def _post_rates(self, day: DayEvents) -> None:
        """Post new rates on Mondays."""
        if (self._today - 1) % 7:
            return
        for n, (pair, rate) in enumerate(self._rates.items(), start=2):
            self._rates[pair] = rate = rate * (1 + (self._rng.random() - 0.5) * 0.01)
            day.rates.append(
                rows.RateRow(line=n, currency=pair[0], base=pair[1], on=day.on, rate=f"{rate:.6f}")
            )

    def _number(self, letter: str, entity: str | None) -> str:
        """Number by entity and day, as the book does."""
        stamp = f"{letter}{self.as_of:%y%m%d}"
        serial = self._serials[entity or "", stamp] = (
            self._serials.get((entity or "", stamp), 0) + 1
        )
        return f"{stamp}-{serial:05d}"
