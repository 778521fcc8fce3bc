"""A machine of random days: whatever people, customers, banks and servers do, in any order.

A rule is one event, done through the desk's own verbs; each may be refused, which is fine, and
anything else that goes wrong is a bug. After every event everything `machine_truth` knows of must
hold. Rules draw small numbers only and point into what there is, in the order it came, so that a
seed always plays the same. How to run it: docs/concepts/never-twice.md.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

import machine_pages
import machine_truth
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from machine_world import DAY, FIRST, MOODS, WHO, World, digest

from dunwell import policies
from dunwell.core import rows
from dunwell.core.decision import Act
from dunwell.core.errors import Refused
from dunwell.core.inbound import Failed, Inbound
from dunwell.core.scope import Scope
from dunwell.desk import (
    approve,
    call,
    checklist,
    deliveries,
    dispute,
    hardship,
    hold,
    inbox,
    insolvency,
    look,
    measure,
    note,
    placement,
    plan,
    promise,
    publish,
    release,
    standstill,
    task,
    terms,
    write_off,
)
from dunwell.store import models, tx
from helpers import invoice

Made = TypeVar("Made")

SOMEBODY = st.sampled_from(WHO)
ONE_OF = st.integers(0, 30)
"""Points at one of whatever there is, the first one when it shrinks."""
SHARES = st.sampled_from((100, 40, 130))
"""Percent of what is open: all, a part, too much."""
AGO = st.sampled_from((0, 3, 12))
STEPS = ("first_reminder", "second_notice", "final_notice", "account_manager_note", "risk_second")
HOLDS = ("hold", "commercial_pause", "hardship", "moved_out")
CODES = ("price", "not_received", "other")
MAILS = ("bounce", "delivered", "reply", "stop", "auto")
CALLS = ("reached", "voicemail", "promise", "refused", "no_answer", "wrong_number", "dispute")


class Owed(NamedTuple):
    """An item as people name it."""

    who: str
    entity: str
    label: str
    row: models.Item


THEN: dict[str, Callable[[Machine], None]] = {
    "": lambda _: None,
    "sent": lambda machine: machine.world.dispatch(),
    "run": lambda machine: machine.run(),
    "a day": lambda machine: machine.live(1),
    "a day of yes": lambda machine: machine.live(1, answer="yes"),
    "three days": lambda machine: machine.live(3),
}
"""How time goes on after an event."""


def event(*, needs: str = "", **draws: Any) -> Callable[[Callable[..., None]], Any]:
    """Make a rule of what happens, and of how time goes on then.

    That the desk refuses it is no fault, and leaves no stop. `needs` names what there must be.
    """

    def as_rule(happens: Callable[..., None]) -> Any:
        @functools.wraps(happens)
        def doing(self: Machine, then: str, **drawn: Any) -> None:
            self.forget()
            stops = self.count(models.Stop)
            try:
                happens(self, **drawn)
            except Refused as no:
                self.world.seen[f"refused: {happens.__name__} {no.reason}"] += 1
                if self.count(models.Stop) != stops:
                    self.world.wrong.append(f"{happens.__name__} was refused and left a stop")
            else:
                self.world.seen[happens.__name__] += 1
            THEN[then](self)
            self.forget()

        made = rule(then=st.sampled_from(list(THEN)), **draws)(doing)
        return precondition(lambda self: self.there(needs))(made) if needs else made

    return as_rule


class Machine(RuleBasedStateMachine):
    """Everything that may happen; see the module."""

    def __init__(self) -> None:
        super().__init__()
        machine_pages.forget()
        self.world = World(judge=machine_truth.against)
        self.count_of: dict[str, int] = {}
        self.steps = 0
        self._there: dict[str, bool] = {}

    # --- finding what there is ------------------------------------------------------------

    def count(self, model: Any) -> int:
        """Return how many rows of a kind our organisation has."""
        with tx.reading(self.world.scope):
            found: int = model.objects.filter(
                organisation_id=self.world.scope.organisation_id
            ).count()
        return found

    def rows(self, model: Any, *, order: str = "pk", **where: Any) -> list[Any]:
        """Return our rows of a kind, in the order they came."""
        with tx.reading(self.world.scope):
            mine = model.objects.filter(organisation_id=self.world.scope.organisation_id, **where)
            return list(mine.order_by(order))

    def items(
        self, *, kinds: Sequence[str] = ("invoice", "instalment"), **where: Any
    ) -> list[Owed]:
        """Return our items as people name them."""
        with tx.reading(self.world.scope):
            found = models.Item.objects.filter(
                organisation_id=self.world.scope.organisation_id, kind__in=kinds, **where
            ).select_related("customer", "entity")
            return [
                Owed(
                    i.customer.reference, i.entity.code,
                    f"{i.number}/{i.part}" if i.part else i.number, i,
                )
                for i in found.order_by("pk")
            ]  # fmt: skip

    def open_items(self, **where: Any) -> list[Owed]:
        """Return what is open."""
        return self.items(open_minor__gt=0, **where)

    def there(self, what: str) -> bool:
        """Tell whether there is anything of a kind that an event needs."""
        if what not in self._there:
            model, where = NEEDS[what]
            self._there[what] = bool(self.rows(model, **where))
        return self._there[what]

    def forget(self) -> None:
        """Look again at what there is: something happened."""
        self._there = {}

    def next(self, what: str) -> str:
        """Return a number nobody has had."""
        self.count_of[what] = self.count_of.get(what, 0) + 1
        return f"{what}-{self.count_of[what]}"

    @property
    def ben(self) -> Scope:
        """Ben, who works the cases."""
        return self.world.ben

    @property
    def cleo(self) -> Scope:
        """Cleo, who answers."""
        return self.world.cleo

    @property
    def when(self) -> dict[str, Any]:
        """On today's day, at the time it is."""
        return {"on": self.world.day, "now": self.world.now()}

    @property
    def today(self) -> dict[str, Any]:
        """As of today, at the time it is."""
        return {"as_of": self.world.day, "now": self.world.now()}

    # --- time passes ----------------------------------------------------------------------

    def live(self, days: int, *, answer: str = "") -> None:
        """Live some days whole: night, sending, and maybe somebody who answers everything."""
        for _ in range(days):
            self.world.tomorrow()
            self.run()
            if answer:
                self.answer_all(is_yes=answer == "yes")
                self.make_calls()
            self.world.seal()

    def run(self) -> None:
        """Do the night's work, and send what is due."""
        self.world.night()
        self.world.judged_on = self.world.day
        self.world.dispatch()

    @event(mood=st.sampled_from(MOODS), after=st.integers(0, 2))
    def a_day_comes(self, *, mood: str, after: int) -> None:
        """A night and a morning; one of its messages may have bad luck."""
        self.world.tomorrow()
        self.world.night()
        self.world.judged_on = self.world.day
        self.world.dispatch(mood=mood, after=after)

    @event()
    def a_day_goes_by(self) -> None:
        """A day as it should be."""
        self.live(1)

    @event(days=st.sampled_from((2, 5)), answer=st.sampled_from(("yes", "no", "")))
    def days_go_by(self, *, days: int, answer: str) -> None:
        """Some days, on which somebody may answer all that is asked."""
        self.live(days, answer=answer)

    @event(days=st.sampled_from((1, 3)))
    def the_server_is_down(self, *, days: int) -> None:
        """Days pass on which nothing runs."""
        for _ in range(days):
            self.world.tomorrow()

    @event(times=st.sampled_from((1, 2)))
    def the_night_runs_again(self, *, times: int) -> None:
        """The night's work is done (again) today."""
        for _ in range(times):
            self.world.night()
            self.world.judged_on = self.world.day

    @event(
        mood=st.sampled_from(MOODS), after=st.integers(0, 2), hour=st.sampled_from((6, 10, 15, 22))
    )
    def what_is_due_is_sent(self, *, mood: str, after: int, hour: int) -> None:
        """Another worker sends what is due, at some hour, maybe with bad luck."""
        self.world.dispatch(mood=mood, after=after, hour=hour)

    # --- the ledger -----------------------------------------------------------------------

    @event(
        who=SOMEBODY, minor=st.sampled_from((40_000, 400, 700_000)),
        days=st.sampled_from((-1, -9, -40, 3, 14)),
        currency=st.sampled_from(("EUR", "GBP", "USD", "SEK")),
        is_isle=st.booleans(), parts=st.sampled_from((1, 2)),
    )  # fmt: skip
    def an_invoice_comes(
        self, *, who: str, minor: int, days: int, currency: str, is_isle: bool, parts: int
    ) -> None:
        """An invoice, or one in instalments a month apart."""
        number, due_on = self.next("I"), self.world.day + days * DAY
        said = {"customer": who, "currency": currency, "entity": "ISLE" if is_isle else "MAIN"}
        if parts == 1:
            self.world.take("items", invoice(number, minor, due_on=due_on, **said))
            return
        self.world.take("items", *(
            invoice(number, minor, due_on=due_on + 30 * n * DAY, kind="instalment",
                    part=str(n + 1), **said)
            for n in range(parts)
        ))  # fmt: skip

    @event(n=ONE_OF, share=SHARES, is_named=st.booleans())
    def a_credit_note_comes(self, *, n: int, share: int, is_named: bool) -> None:
        """A credit note for an item, or for nothing in particular."""
        if one := pick(self.open_items(), n):
            self.world.take("items", rows.ItemRow(
                line=2, customer=one.who, number=self.next("CN"), kind="credit_note",
                amount_minor=max(1, one.row.open_minor * share // 100),
                currency=one.row.currency, entity=one.entity, issued_on=self.world.day,
                applies_to=one.label if is_named else None,
            ))  # fmt: skip

    @event(n=ONE_OF, percent=st.sampled_from((100, 50, 150)), days=st.sampled_from((0, 10, -10)))
    def an_item_is_corrected(self, *, n: int, percent: int, days: int) -> None:
        """The ledger says another amount or due date of an item."""
        if one := pick(self.items(), n):
            self.world.take("items", rows.ItemRow(
                line=2, customer=one.who, number=one.row.number, part=one.row.part,
                kind=one.row.kind, amount_minor=one.row.amount_minor * percent // 100,
                currency=one.row.currency, entity=one.entity,
                due_on=one.row.due_on + days * DAY,
            ))  # fmt: skip

    @event(n=ONE_OF, share=SHARES, ago=AGO, is_named=st.booleans(), is_known=st.booleans())
    def money_comes(self, *, n: int, share: int, ago: int, is_named: bool, is_known: bool) -> None:
        """A payment for an item, or one that says not for what, or not from whom."""
        if one := pick(self.open_items(), n):
            self.world.take("payments", rows.PaymentRow(
                line=2, reference=self.next("P"), kind="payment",
                amount_minor=max(1, one.row.open_minor * share // 100),
                currency=one.row.currency, paid_on=self.world.day - ago * DAY,
                customer=one.who if is_known or is_named else None, entity=one.entity,
                items=((one.label, None),) if is_named else (),
            ))  # fmt: skip

    @event(who=SOMEBODY, is_isle=st.booleans())
    def somebody_pays_everything(self, *, who: str, is_isle: bool) -> None:
        """One payment for all that somebody owes an entity in one currency."""
        code = "ISLE" if is_isle else "MAIN"
        mine = [x for x in self.open_items() if (x.who, x.entity) == (who, code)]
        mine = [x for x in mine if x.row.currency == mine[0].row.currency]
        if mine:
            self.world.take("payments", rows.PaymentRow(
                line=2, reference=self.next("P"), kind="payment",
                amount_minor=sum(x.row.open_minor for x in mine),
                currency=mine[0].row.currency, paid_on=self.world.day, customer=who, entity=code,
                items=tuple((x.label, None) for x in mine),
            ))  # fmt: skip

    @event(needs="payment", n=ONE_OF)
    def money_goes_back(self, *, n: int) -> None:
        """A payment is returned."""
        if key := pick(sorted(self.world.payments), n):
            first = self.world.payments[key]
            self.world.take("payments", rows.PaymentRow(
                line=2, reference=self.next("R"), kind="reversal", entity=key[0],
                amount_minor=first.amount_minor, currency=first.currency, paid_on=self.world.day,
                reverses=first.reference,
            ))  # fmt: skip

    @event(times=st.sampled_from((1, 2)))
    def the_last_file_comes_again(self, *, times: int) -> None:
        """The same file once or twice more."""
        for _ in range(times):
            self.world.take_again()

    @event(who=SOMEBODY, change=st.sampled_from(("strategic", "parent", "method", "grade")),
           is_on=st.booleans())  # fmt: skip
    def the_customer_changes(self, *, who: str, change: str, is_on: bool) -> None:
        """Master data change: a key account, a parent that pays, direct debit, a poor grade."""
        said: dict[str, dict[str, Any]] = {
            "strategic": {"strategic": is_on},
            "parent": {"parent": "MUM", "pays_via_parent": is_on},
            "method": {"payment_method": "direct_debit" if is_on else "transfer"},
            "grade": {"history_grade": "poor" if is_on else "good"},
        }
        if not (change == "parent" and who == "MUM"):
            self.world.take("customers", rows.CustomerRow(line=2, reference=who, **said[change]))

    # --- what is said and agreed ----------------------------------------------------------

    @event(n=ONE_OF, share=SHARES, code=st.sampled_from(CODES), ago=AGO)
    def somebody_objects(self, *, n: int, share: int, code: str, ago: int) -> None:
        """A dispute over an item or a part of it, maybe known late."""
        if one := pick(self.open_items(), n):
            dispute.open_dispute(
                self.ben, one.who, items=[one.label], entity=one.entity, code=code,
                amount_minor=None if share == 100 else one.row.open_minor * share // 100,
                on=self.world.day - ago * DAY, now=self.world.now(),
            )  # fmt: skip

    @event(needs="dispute", n=ONE_OF, outcome=st.sampled_from(("rejected", "upheld", "credited")))
    def a_dispute_is_decided(self, *, n: int, outcome: str) -> None:
        """A dispute is answered."""
        if one := pick(self.rows(models.Dispute, outcome=""), n):
            dispute.close_dispute(
                self.ben, one.stop_id, outcome=outcome, answer="We looked.", **self.when
            )

    @event(n=ONE_OF, share=SHARES, ahead=st.sampled_from((3, 0, 9, 20, 45)),
           is_named=st.booleans())  # fmt: skip
    def somebody_promises(self, *, n: int, share: int, ahead: int, is_named: bool) -> None:
        """A promise to pay an item or the oldest ones, all or a part, soon or far ahead."""
        if one := pick(self.open_items(), n):
            promise.open_promise(
                self.ben, one.who, items=[one.label] if is_named else [], entity=one.entity,
                amount_minor=None if share == 100 else max(1, one.row.open_minor * share // 100),
                currency=one.row.currency, until=self.world.day + ahead * DAY, **self.when,
            )  # fmt: skip

    @event(needs="promise", n=ONE_OF)
    def a_promise_is_withdrawn(self, *, n: int) -> None:
        """A promise is taken back."""
        if one := pick(self.rows(models.Promise), n):
            promise.close_promise(self.ben, one.stop_id, **self.when)

    @event(n=ONE_OF, instalments=st.sampled_from((2, 3, 6)), soon=st.sampled_from((30, 2)),
           is_named=st.booleans(), is_granted=st.booleans())  # fmt: skip
    def a_plan_is_made(
        self, *, n: int, instalments: int, soon: int, is_named: bool, is_granted: bool
    ) -> None:
        """A plan for an item or all that is overdue; maybe granted at once."""
        if one := pick(self.open_items(), n):
            plan.open_plan(
                self.ben, one.who, items=[one.label] if is_named else [], entity=one.entity,
                currency=one.row.currency, instalments=instalments,
                first_on=self.world.day + soon * DAY, **self.when,
            )  # fmt: skip
            if is_granted:
                self.answer_all(is_yes=True, what="plan")

    @event(needs="plan", n=ONE_OF)
    def a_plan_is_withdrawn(self, *, n: int) -> None:
        """A plan is taken back."""
        if one := pick(self.rows(models.Plan), n):
            plan.close_plan(self.ben, one.stop_id, **self.when)

    @event(n=ONE_OF, kind=st.sampled_from(HOLDS), share=SHARES, ago=AGO,
           days=st.sampled_from((5, 0, 13, None)), is_whole=st.booleans())  # fmt: skip
    def something_is_held(
        self, *, n: int, kind: str, share: int, ago: int, days: int | None, is_whole: bool
    ) -> None:
        """A hold of any kind on a customer, an item or a part of one, maybe backdated."""
        if one := pick(self.open_items(), n):
            minor = None if is_whole or share == 100 else one.row.open_minor * share // 100
            until = None if days is None else self.world.day + days * DAY
            hardship.open_stop(
                self.ben, one.who,
                hardship.Wanted(
                    kind, items=() if is_whole else (one.label,), amount_minor=minor,
                    until=None if kind == "hardship" else until, reason="a word from sales",
                    entity=None if is_whole else one.entity,
                ),
                on=self.world.day - (0 if kind == "hardship" else ago) * DAY,
                now=self.world.now(),
            )  # fmt: skip

    @event(needs="hold", n=ONE_OF, ago=st.sampled_from((0, 2)))
    def a_hold_is_released(self, *, n: int, ago: int) -> None:
        """A stop of our own ends, maybe in the past."""
        if one := pick(self.rows(models.Stop, kind__in=HOLDS, ended_on__isnull=True), n):
            hold.close_hold(self.ben, one.pk, on=self.world.day - ago * DAY, now=self.world.now())

    # --- people at work -------------------------------------------------------------------

    @event(who=SOMEBODY, outcome=st.sampled_from(CALLS), ago=st.sampled_from((0, 1)),
           hour=st.sampled_from((9, 14)), ahead=st.sampled_from((4, 10)))  # fmt: skip
    def somebody_is_called(
        self, *, who: str, outcome: str, ago: int, hour: int, ahead: int
    ) -> None:
        """A call, which may answer a planned one, and may bring a promise."""
        on = self.world.day - ago * DAY
        said = call.Said(
            outcome=outcome, on=on, at_time=dt.time(hour), note="as said",
            promise_by=on + ahead * DAY if outcome == "promise" else None, entity="MAIN",
        )  # fmt: skip
        call.open_call(self.ben, who, said, today=self.world.day, now=self.world.now())

    @event(who=SOMEBODY, contacted=st.sampled_from(("", "email", "in_person")),
           step=st.sampled_from(("", *STEPS)), ago=st.sampled_from((0, 2)))  # fmt: skip
    def somebody_is_written_to_by_hand(
        self, *, who: str, contacted: str, step: str, ago: int
    ) -> None:
        """A note, or a contact by hand, maybe as a step of the ladder."""
        said = note.Said("as told", contacted=contacted, step=step if contacted else "",
                         entity="MAIN")  # fmt: skip
        note.open_note(self.ben, who, said, on=self.world.day - ago * DAY, today=self.world.day,
                       now=self.world.now())  # fmt: skip

    @event(who=SOMEBODY, kind=st.sampled_from(("follow_up", "ask_sales")))
    def a_task_is_opened(self, *, who: str, kind: str) -> None:
        """Somebody is to do something."""
        task.open_task(
            self.ben, who, kind=kind, until=self.world.day + 3 * DAY, note="look after it",
            **self.when,
        )  # fmt: skip

    @event(needs="task", n=ONE_OF, is_given=st.booleans())
    def a_task_is_done(self, *, n: int, is_given: bool) -> None:
        """A task is done, or goes to somebody else."""
        if one := pick(self.rows(models.Task, state="open"), n):
            if is_given:
                task.give(self.ben, one.pk, to="cleo", now=self.world.now())
            else:
                is_choice = one.kind == "choose_outcome"
                who, outcome = (self.cleo, "closed") if is_choice else (self.ben, "done")
                task.close_task(who, one.pk, outcome=outcome, note="nothing there", **self.when)

    def make_calls(self) -> None:
        """Let ben reach everybody who is to be called."""
        for one in self.rows(models.Action, state="waiting"):
            said = call.Said(outcome="reached", on=self.world.day, action=one.key)
            with tx.reading(self.world.scope):
                who, entity = one.customer.reference, one.entity.code
            try:
                call.open_call(
                    self.ben,
                    who,
                    said._replace(entity=entity),
                    today=self.world.day,
                    now=self.world.now(),
                )
            except Refused as no:
                self.world.seen[f"refused: call {no}"] += 1

    def answer_all(self, *, is_yes: bool, what: str = "") -> None:
        """Let cleo answer what is asked (and anna what cleo may not)."""
        for one in self.rows(models.Approval, state="asked"):
            if not what or one.what == what:
                try:
                    self.answer(one.key, is_yes=is_yes)
                except Refused as no:
                    self.world.seen[f"refused: answer {one.what} {no.reason}"] += 1

    def answer(self, key: str, *, is_yes: bool) -> None:
        """Let cleo say yes, the checklist worked through, or no."""
        if is_yes:
            checklist.complete(self.ben, key, note="worked through", **self.today)
            approve.approve(self.cleo, key, **self.today)
        else:
            approve.refuse(self.cleo, key, reason="not now", until=None, **self.today)

    @event(needs="question", n=ONE_OF, is_yes=st.booleans())
    def a_question_is_answered(self, *, n: int, is_yes: bool) -> None:
        """One thing that waits for a role is granted, or refused."""
        if one := pick(self.rows(models.Approval, state="asked"), n):
            self.answer(one.key, is_yes=is_yes)

    @event(drop=st.booleans(), days=st.sampled_from((0, 0, 1)))
    def a_proposal_is_released(self, *, drop: bool, days: int) -> None:
        """A proposal is kept, something may pass, then it is released, maybe without a line."""
        found = look.propose(self.world.scope, as_of=self.world.day)
        number = release.save(self.ben, found, now=self.world.now())
        for _ in range(days):
            self.world.tomorrow()
        acts = [x.customer for x in found.lines if isinstance(x.made, Act)]
        release.run(
            self.ben, number, drop={acts[0]: "asked by sales"} if drop and acts else {},
            now=self.world.now(),
        )  # fmt: skip

    # --- measures and the end of the ladder -----------------------------------------------

    @event(who=SOMEBODY, kind=st.sampled_from(measure.KINDS), is_isle=st.booleans())
    def a_measure_is_proposed(self, *, who: str, kind: str, is_isle: bool) -> None:
        """A suspension or credit hold is proposed by hand."""
        measure.open_measure(
            self.ben, kind, who, items=[], reason="enough",
            entity="ISLE" if is_isle else "MAIN", **self.when,
        )  # fmt: skip

    @event(needs="measure", n=ONE_OF, is_closed=st.booleans())
    def a_measure_moves_on(self, *, n: int, is_closed: bool) -> None:
        """The other system confirms, or a person lifts it."""
        live = self.rows(models.Measure, kind__in=measure.KINDS)
        if one := pick([m for m in live if m.state not in ("lifted", "withdrawn", "refused")], n):
            if is_closed:
                measure.close(self.ben, one.kind, one.pk, reason="they talked", **self.when)
            else:
                measure.confirm(self.ben, one.kind, one.pk, **self.when)

    @event(who=SOMEBODY, days=st.sampled_from((10, 60, None)), ahead=st.sampled_from((0, 3)))
    def terms_are_proposed(self, *, who: str, days: int | None, ahead: int) -> None:
        """Other terms, or payment in advance."""
        terms.open_terms(
            self.ben, who, days=days, limit=None, is_prepaid=days is None, entity="MAIN",
            on=self.world.day + ahead * DAY, until=None, reason="slow", **self.today,
        )  # fmt: skip

    @event(needs="terms", n=ONE_OF, how=st.sampled_from(("release", "confirm", "close")))
    def terms_move_on(self, *, n: int, how: str) -> None:
        """Terms are told, entered in the ledger, or ended."""
        if one := pick(self.rows(models.Measure, kind="terms"), n):
            if how == "close":
                terms.close(self.ben, one.pk, reason="a new start", **self.when)
            elif how == "release":
                terms.release(self.ben, one.pk, **self.when)
            else:
                terms.confirm(self.ben, one.pk, **self.when)

    @event(who=SOMEBODY, kind=st.sampled_from(("agency", "legal")), is_isle=st.booleans(),
           is_granted=st.booleans())  # fmt: skip
    def debts_are_handed_over(
        self, *, who: str, kind: str, is_isle: bool, is_granted: bool
    ) -> None:
        """Debts are proposed to an agency or a lawyer, and maybe placed."""
        entity = "ISLE" if is_isle else "MAIN"
        asked = placement.propose(self.ben, who, kind=kind, entity=entity, **self.today)
        if is_granted:
            self.answer(asked["id"], is_yes=True)

    @event(needs="placement", n=ONE_OF, state=st.sampled_from(("recalled", "closed")))
    def debts_come_back(self, *, n: int, state: str) -> None:
        """What was placed comes back."""
        if one := pick(self.rows(models.Placement, state="placed"), n):
            placement.take_back(
                self.ben, one.pk, noun=placement.NOUN[one.kind], state=state, reason="no luck",
                **self.today,
            )  # fmt: skip

    @event(n=ONE_OF, amount=st.sampled_from((None, "3.50")), is_granted=st.booleans())
    def something_is_given_up(self, *, n: int, amount: str | None, is_granted: bool) -> None:
        """An item or a part of it is written off."""
        if one := pick(self.open_items(), n):
            asked = write_off.propose(
                self.ben, one.who, items=[one.label], entity=one.entity, reason="too small",
                amount=None if amount is None else Decimal(amount), **self.today,
            )  # fmt: skip
            if is_granted:
                self.answer(asked["approval"], is_yes=True)

    @event(needs="write-off", n=ONE_OF)
    def a_write_off_is_reversed(self, *, n: int) -> None:
        """What was given up is wanted again."""
        if one := pick(self.rows(models.WriteOff, state="written_off"), n):
            write_off.close(self.ben, one.pk, reason="they have money", **self.today)

    @event(who=SOMEBODY, ago=AGO)
    def somebody_is_insolvent(self, *, who: str, ago: int) -> None:
        """A filing, maybe known late."""
        insolvency.open_filing(self.ben, who, on=self.world.day - ago * DAY, **self.today)

    @event(needs="insolvency", n=ONE_OF, is_claimed=st.booleans())
    def an_insolvency_moves_on(self, *, n: int, is_claimed: bool) -> None:
        """The claim is filed, or it is over."""
        if one := pick(self.rows(models.Insolvency, closed_on__isnull=True), n):
            if is_claimed:
                insolvency.claim(self.ben, one.pk, on=self.world.day, **self.today)
            else:
                insolvency.close(self.ben, one.pk, reason="dismissed", **self.today)

    @event(who=SOMEBODY, what=st.sampled_from(("lawyer", "all", "email", "phone")), ago=AGO)
    def somebody_wants_silence(self, *, who: str, what: str, ago: int) -> None:
        """A lawyer is named, or no contact is wanted, at all or by a channel."""
        on = self.world.day - ago * DAY
        if what == "lawyer":
            standstill.open_lawyer(self.ben, who, contact="A. Law", email="law@firm.example",
                                   on=on, **self.today)  # fmt: skip
        else:
            channel = None if what == "all" else what
            standstill.open_ceased(self.ben, who, channel=channel, on=on, **self.today)

    @event(needs="silence", n=ONE_OF)
    def silence_ends(self, *, n: int) -> None:
        """Contact is allowed again."""
        kinds = {kind: noun for noun, of in standstill.KINDS.items() for kind in of}
        if one := pick(self.rows(models.Stop, kind__in=list(kinds), ended_on__isnull=True), n):
            standstill.close(self.ben, one.pk, noun=kinds[one.kind], reason="said so",
                             **self.today)  # fmt: skip

    # --- what comes in --------------------------------------------------------------------

    @event(needs="unknown", n=ONE_OF, outcome=st.sampled_from(deliveries.OUTCOMES))
    def a_delivery_is_looked_into(self, *, n: int, outcome: str) -> None:
        """A person says what became of a message nobody knows the end of."""
        if one := pick(self.rows(models.Action, state="unknown"), n):
            deliveries.close(self.ben, one.key, outcome=outcome, now=self.world.now())
            self.world.said_sent.add(one.key)

    @event(needs="mail", n=ONE_OF, kind=st.sampled_from(MAILS), is_hard=st.booleans())
    def a_mail_comes(self, *, n: int, kind: str, is_hard: bool) -> None:
        """A bounce, a receipt, or an answer to something that was sent."""
        gone = self.rows(models.Action, channel="email", state__in=("sent", "unknown"))
        if one := pick(gone, n):
            mail = Inbound(
                file="in.eml", kind=kind, channel="email", sha256=f"{self.next('mail'):0>64}",
                sender="somebody@else.example", subject="Re:", words="Hello", keys=(one.key,),
                received_at=self.world.now(),
                failed=(Failed(address="x@y.example", status="5.1.1", is_hard=is_hard),)
                if kind == "bounce" else (),
            )  # fmt: skip
            report = inbox.take(self.ben, [mail], now=self.world.now())
            self.world.wrong += [str(c) for c in report.complaints]
            self.world.said_sent.add(one.key)

    @event(needs="reply", n=ONE_OF, outcome=st.sampled_from(inbox.OUTCOMES))
    def a_reply_is_read(self, *, n: int, outcome: str) -> None:
        """A person says what a reply came to."""
        if one := pick(self.rows(models.Reply, state="unread"), n):
            inbox.close(self.ben, one.pk, outcome=outcome, **self.when)

    @event(needs="dead route", who=SOMEBODY, role=st.sampled_from(("ap", "executive", "manager")),
           channel=st.sampled_from(("email", "phone")))  # fmt: skip
    def a_route_is_repaired(self, *, who: str, role: str, channel: str) -> None:
        """A way to a contact may be used again."""
        inbox.repair(self.ben, who, channel=channel, role=role, reason="they agreed", **self.when)

    # --- the rules change -----------------------------------------------------------------

    @event(variant=st.sampled_from(("quick", "renamed", "plain")), moves=st.booleans())
    def a_policy_is_published(self, *, variant: str, moves: bool) -> None:
        """Another version of `classic`: other waits, a step with a new name, or as it was."""
        publish.publish(self.world.scope, VARIANTS[variant], now=self.world.now(), moves=moves)

    @event(is_isle=st.booleans(), policy=st.sampled_from(("net30", "classic")))
    def an_entity_changes_policy(self, *, is_isle: bool, policy: str) -> None:
        """An entity walks another policy from now on."""
        publish.assign(
            self.world.scope, "ISLE" if is_isle else "MAIN", policy, now=self.world.now()
        )

    # --- and after each -------------------------------------------------------------------

    @invariant()
    def nothing_is_wrong(self) -> None:
        """All that must be true is true."""
        self.steps += 1
        world = self.world
        wrong = [*world.wrong, *machine_truth.faults(world)]
        wrong += machine_truth.looks(world, ahead=self.steps)
        wrong += machine_truth.trail_faults(world, first=world.day)
        if self.steps % 4 == 0:  # after each in test_machine.Desk
            wrong += machine_pages.stale(world.scope, world.day)
        if digest(world.neighbour) != world.before:
            wrong.append("a row of the neighbour changed")
        assert not wrong, f"on {world.day}:\n" + "\n".join(wrong)

    def teardown(self) -> None:
        """At the end of a play its whole trail is replayed."""
        wrong = list(machine_truth.trail_faults(self.world, first=FIRST - 30 * DAY))
        assert not wrong, "\n".join(wrong)


NEEDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "dispute": (models.Dispute, {"outcome": ""}),
    "promise": (models.Promise, {"state__in": ("open", "asked")}),
    "plan": (models.Plan, {"state__in": ("running", "asked")}),
    "hold": (models.Stop, {"kind__in": HOLDS, "ended_on": None}),
    "task": (models.Task, {"state": "open"}),
    "question": (models.Approval, {"state": "asked"}),
    "measure": (models.Measure, {"kind__in": measure.KINDS}),
    "terms": (models.Measure, {"kind": "terms"}),
    "placement": (models.Placement, {"state": "placed"}),
    "write-off": (models.WriteOff, {"state": "written_off"}),
    "insolvency": (models.Insolvency, {"closed_on": None}),
    "silence": (models.Stop, {
        "kind__in": [k for of in standstill.KINDS.values() for k in of], "ended_on": None,
    }),
    "unknown": (models.Action, {"state": "unknown"}),
    "mail": (models.Action, {"channel": "email", "state__in": ("sent", "unknown")}),
    "reply": (models.Reply, {"state": "unread"}),
    "dead route": (models.Route, {"invalid_on__isnull": False}),
    "payment": (models.Payment, {"kind": "payment", "reversed_on": None}),
}  # fmt: skip
"""What some events need: rows of a kind, and which."""


def pick(found: Sequence[Made], n: int) -> Made | None:
    """Return the n-th of what there is, counting round; None where there is nothing."""
    return found[n % len(found)] if found else None


def _variant(*pairs: tuple[str, str]) -> Any:
    text = policies.built_in_text("classic")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    document, complaints = policies.read(text, file="classic.yaml")
    assert document is not None, complaints
    return policies.whole(document)


VARIANTS = {
    "quick": _variant(("first_reminder, day: 1, wait: 7", "first_reminder, day: 1, wait: 5")),
    "renamed": _variant(
        (
            "{id: second_notice, day: 8, wait: 7, tone: urgent, actions: [{channel: email}]}",
            "{id: second_reminder, was: [second_notice], day: 8, wait: 7, tone: urgent,"
            " actions: [{channel: email, template: second_notice}]}",
        )
    ),
    "plain": policies.built_in("classic"),
}
"""What is published of `classic`; see `machine_truth.HASTE` and `machine_truth.RENAMED`."""
