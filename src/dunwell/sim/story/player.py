"""The Player: one customer's book, played day by day through the core alone.

It is the world around `decide`: it keeps the ledger and the stops, looks once a night, hands
messages over at their slot after deciding again (SEMANTICS 6.4), and leaves a call waiting
until the story says it was made. Must not know: the words of a story (`happen`, `expect`).
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable

import msgspec

from dunwell.core import book, decide, decision, segments, workdays
from dunwell.core import policy as policies
from dunwell.core.errors import Refused
from dunwell.core.reasons import Reason
from dunwell.sim.story import agreed
from dunwell.sim.story.ledger import DAY, Ledger

OUTCOMES = ("placement", "legal_referral", "write_off")
REACHED = ("reached", "promise", "dispute", "refused")
PAUSE_DAYS = 14
OTHER_TIME = dt.timedelta(hours=2)


class Question(msgspec.Struct):
    """Something put to a role: about a step, an outcome, a measure, or a promise or plan.

    `items` and `amounts` are what it was asked for, `holds` what a refusal holds back.
    """

    what: str
    step: str
    role: str
    asked_on: dt.date
    items: tuple[int, ...] = ()
    amounts: tuple[tuple[str, int], ...] = ()
    holds: tuple[int, ...] = ()
    state: str = "asked"
    decided_on: dt.date | None = None
    until_on: dt.date | None = None

    @property
    def name(self) -> str:
        """What people call it: the step a notice takes, else the thing itself."""
        return self.step if self.what == "notice" else self.what


class Ran(msgspec.Struct):
    """One look: when, what was decided, and what became of its message.

    Once a message is handed over, `made` is what was said, with its fresh figures.
    """

    at: dt.datetime
    on: dt.date
    made: decision.Decision
    case_no: int
    fate: str = ""


class Pending(msgspec.Struct):
    """A message or call recorded and not yet confirmed, and the steps it takes then.

    `planned` is the first of its written actions, or the call.
    """

    act: decision.Act
    planned: decision.Planned
    steps: frozenset[str]
    at: dt.datetime
    ran: Ran
    state: str = "ready"


class Sent(msgspec.Struct):
    """A message handed over, so that a bounce can take it back."""

    act: decision.Act
    on: dt.date
    ran: Ran


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
        self.case_policy = self.policy
        self.is_fixed = policy is not None
        self.policies_seen = [self.policy]
        self.calendar = self.entity_calendar = calendar_of("-")
        self.base, self.zone, self.customer_zone = "EUR", "UTC", ""
        self.segment, self.segment_given, self.grade_given = "standard", "", ""
        self.known = segments.Known()
        self.natural_person = False
        self.routes = [book.Route("ap", c, n) for n, c in enumerate(("email", "letter", "phone"))]
        self.rates: dict[str, str] = {}
        self.ledger = Ledger()
        self.stops: dict[str, book.Stop] = {}
        self.pauses: dict[str, book.Stop] = {}
        self.upheld: set[str] = set()
        self.promises: dict[str, agreed.Promise] = {}
        self.plans: dict[str, agreed.Plan] = {}
        self.stop_count = 0
        self.questions: list[Question] = []
        self.outreach: list[book.Outreach] = []
        self.done: list[book.Done] = []
        self.missed_calls: list[dt.datetime] = []
        self.pending: list[Pending] = []
        self.sent: list[Sent] = []
        self.keys: set[str] = set()
        self.attempts: dict[str, int] = {}
        self.waiting: dict[str, dt.date] = {}
        self.brought_forward: tuple[str, ...] = ()
        self.data_to = self.data_before = dt.date.min
        self.no_run_until = dt.date.min
        self.is_next_unknown = False
        self.case_no, self.has_case = 0, False
        self.runs: list[Ran] = []
        self.faults: list[tuple[Ran, str]] = []
        self.woken: set[dt.date] = set()

    # --- the day --------------------------------------------------------------------------

    def start(self, day: dt.date) -> None:
        """Begin a day: by default the data reach to the day before."""
        if self.brought_forward or self.data_to < day - 2 * DAY:
            self.woken.add(day)
        self.brought_forward = ()
        self.data_before, self.data_to = self.data_to, day - DAY

    def is_stale(self, as_of: dt.date) -> bool:
        """Tell whether the bank's data are older than a working day (SEMANTICS 6.8)."""
        return self.data_to < as_of - DAY and (
            workdays.add_working(self.entity_calendar, self.data_to, 1) < as_of
        )

    def moment(self, day: dt.date, time: dt.time) -> dt.datetime:
        """Return a time of day at the entity."""
        return dt.datetime.combine(day, time, tzinfo=zoneinfo.ZoneInfo(self.zone))

    def look(self, as_of: dt.date, *, at: dt.datetime) -> decision.Decision:
        """Decide for the day, and record what is decided."""
        self._settle(as_of)
        self._assess(as_of)
        made = decide.decide(self.facts(as_of), self.policy_in_force, as_of=as_of)
        if not self.has_case and self._is_overdue(as_of):
            self.case_no, self.has_case, self.case_policy = self.case_no + 1, True, self.policy
        ran = Ran(at, as_of, made, self.case_no if self.has_case else 0)
        self.runs.append(ran)
        if isinstance(made, decision.Act):
            self._record(made, ran, at)
        if not isinstance(made, decision.Wait):
            self._ask(made, as_of)
        elif made.reason is Reason.REQUIREMENT_MISSING:
            self.waiting.setdefault(str(made.refs["step"]), as_of)
        return made

    @property
    def policy_in_force(self) -> policies.Policy:
        """The version the open case keeps, else the one published last."""
        return self.case_policy if self.has_case else self.policy

    @property
    def cadence(self) -> policies.Cadence:
        """The cadence the case walks."""
        return self.policy_in_force.cadence_of(self.segment)

    def facts(self, as_of: dt.date) -> book.Facts:
        """Return the case as of a day, as the store would load it."""
        waiting = [p for p in self.pending if p.state != "cancelled"]
        return book.Facts(
            organisation="story", entity="S", customer="C", base_currency=self.base,
            calendar=self.calendar, entity_calendar=self.entity_calendar,
            time_zone=self.customer_zone or self.zone, case_no=self.case_no,
            has_open_case=self.has_case, segment=self.segment,
            grade=self.grade_given or "unknown", natural_person=self.natural_person,
            items=self.ledger.open(), unapplied=self.ledger.unapplied(),
            stops=self.all_stops(as_of), outreach=tuple(self.outreach),
            flights=tuple(
                book.Flight(p.planned.key, p.act.step, p.planned.channel, p.state, p.ran.on)
                for p in waiting
            ),
            approvals=tuple(
                book.Approval(
                    q.what, q.step, q.asked_on, q.state, q.decided_on, q.until_on, q.items,
                    q.amounts,
                )
                for q in self.questions
                if q.state in ("asked", "granted", "refused")
            ),
            done=tuple(self.done), routes=tuple(self.routes),
            rates=tuple(sorted(self.rates.items())),
            waiting_since=tuple(sorted(self.waiting.items())),
            last_payment_on=self.ledger.last_payment_on(),
            attempts=tuple(sorted(self.attempts.items())),
            brought_forward=self.brought_forward, is_stale=self.is_stale(as_of),
        )  # fmt: skip

    def all_stops(self, as_of: dt.date) -> tuple[book.Stop, ...]:
        """Return every stop as it stands on a day; promises and plans judged from payments."""
        judged = [
            agreed.promise_stop(p, self.ledger, as_of=as_of, data_to=self.data_to)
            for p in self.promises.values()
        ]
        judged += [
            agreed.plan_stop(
                p, self.ledger, as_of=as_of, data_to=self.data_to, calendar=self.entity_calendar
            )
            for p in self.plans.values()
        ]
        found = [*self.stops.values(), *(s for s in judged if s is not None)]
        return tuple(sorted(found, key=lambda s: s.id))

    def defaults(self, as_of: dt.date) -> None:
        """Note the plans that went into default by this day, as something that has happened."""
        noted = {d.on for d in self.done if d.kind == "plan_default"}
        for plan in self.plans.values():
            missed = agreed.missed_on(plan, self.ledger, calendar=self.entity_calendar)
            if plan.in_force_on and missed and missed <= as_of and missed not in noted:
                self.done.append(book.Done("plan_default", missed))

    def _is_overdue(self, as_of: dt.date) -> bool:
        return any(i.due_on < as_of and i.kind in book.DEBITS for i in self.ledger.open())

    def _settle(self, as_of: dt.date) -> None:
        """Close a case in which nothing overdue is open, and cancel what it had under way."""
        self.defaults(as_of)
        if self.has_case and not self._is_overdue(as_of):
            self._close_case()
        still = {i.id for i in self.ledger.open()}
        for p in self.pending:
            if not still.intersection(i for i, step in p.act.takes if step in p.steps):
                p.state = p.ran.fate = "cancelled"
        self.pending = [p for p in self.pending if p.state != "cancelled"]

    def _close_case(self) -> None:
        """Close the case: what was asked for it and what it waited for ends with it."""
        self.has_case = False
        self.waiting.clear()
        agreed_on = {*self.promises, *self.plans, *self.pauses}
        self.questions = [q for q in self.questions if q.what in agreed_on]

    def reopen_case(self) -> None:
        """Open the last case again: its payment went back (SEMANTICS 1, Case)."""
        self.has_case = self.has_case or self.case_no > 0

    def _assess(self, as_of: dt.date) -> None:
        """Find the segment the customer belongs to (SEMANTICS 8)."""
        if self.segment_given:
            self.segment = self.segment_given
            return
        before = self.segment
        self.segment = segments.assess(
            self.facts(as_of),
            self.known,
            self.policy_in_force,
            as_of=as_of,
            in_force=self.segment if self.has_case else None,
            grade_given=self.grade_given,
        ).segment
        if self.segment != before:
            self.woken.add(as_of)

    # --- what a decision sets going -------------------------------------------------------

    def _record(self, act: decision.Act, ran: Ran, at: dt.datetime) -> None:
        """Record what takes a step: the written notice by any of its channels, or a call."""
        takers = [p for p in act.actions if p.takes_step]
        again = [p.key for p in takers if p.key in self.keys]
        if again:
            self.faults.append((ran, f"{act.step} would go out twice under the key {again[0]}"))
            return
        written = [p for p in takers if p.channel != "call"]
        for group in (written, [p for p in takers if p.channel == "call"]):
            if not group:
                continue
            slot = self._slot(max(at, dt.datetime.fromisoformat(group[0].send_at)))
            state = "ready" if group is written else "waiting"
            steps = frozenset(step for p in group for step in p.takes_steps)
            self.pending.append(Pending(act, group[0], steps, slot, ran, state))
        ran.fate = "ready" if written else "waiting"

    def _slot(self, at: dt.datetime) -> dt.datetime:
        """Return `at` inside the contact hours, else when they open next (SEMANTICS 2.5)."""
        hours = self.policy_in_force.settings.hours
        local = at.astimezone(zoneinfo.ZoneInfo(self.customer_zone or self.zone))
        day = local.date()
        if local.time() > hours.end:
            day += DAY
        elif local.time() >= hours.start and self.calendar.is_open(day):
            return at
        return dt.datetime.combine(
            workdays.next_working(self.calendar, day), hours.start, tzinfo=local.tzinfo
        )

    def _ask(self, made: decision.Act | decision.Ask, as_of: dt.date) -> None:
        """Put each question, or bring the one that waits up to today's items and amounts."""
        for ask in made.asks:
            takes = tuple(i for i, step in ask.takes if step == ask.step)
            waits = next(
                (
                    q
                    for q in self.questions
                    if (q.what, q.step, q.state) == (ask.what, ask.step, "asked")
                ),
                None,
            )
            if waits is None:
                waits = Question(ask.what, ask.step, ask.approval, as_of)
                self.questions.append(waits)
            waits.items, waits.amounts, waits.holds = ask.items, ask.amounts, takes or ask.items
            if isinstance(made, decision.Ask):
                self.waiting.setdefault(ask.step, as_of)

    def dispatch(self, *, until: dt.datetime) -> None:
        """Hand over what is due: decide again just before, then confirm or cancel (6.4)."""
        for p in [p for p in self.pending if p.state == "ready" and p.at <= until]:
            self.pending.remove(p)
            on = max(p.ran.on, p.at.astimezone(zoneinfo.ZoneInfo(self.zone)).date())
            mine = [o for o in self.pending if o.ran is p.ran]
            self.pending = [o for o in self.pending if o.ran is not p.ran]
            again = decide.decide(self.facts(on), self.policy_in_force, as_of=on)
            self.pending += mine
            if not isinstance(again, decision.Act) or not _is_same(p.act, again):
                p.ran.fate = "cancelled"
                self.pending = [o for o in self.pending if o.ran is not p.ran]
                self.woken.add(on + DAY)
            elif self.is_next_unknown:
                self.is_next_unknown = False
                p.act, p.state, p.ran.fate = again, "unknown", "unknown"
                self.keys.add(p.planned.key)
                self.pending.append(p)
            else:
                self.confirm(again, p, on)

    def confirm(self, act: decision.Act, p: Pending, on: dt.date) -> None:
        """Take the step: the world has confirmed the hand-over (SEMANTICS 6.6)."""
        self.keys.add(p.planned.key)
        p.ran.fate, p.ran.made = "sent", msgspec.structs.replace(act, asks=p.act.asks)
        self.woken.add(on + DAY)
        steps = {s.id: s for s in self.cadence.steps}
        open_ids = {i.id: label for label, i in self.ledger.items.items() if i.open_minor}
        takes = [(i, step) for i, step in act.takes if step in p.steps]
        for item_id, step_id in takes:
            if item_id in open_ids:
                step, label = steps[step_id], open_ids[item_id]
                taken = book.Taken(step_id, on, step.tone, step.phase, act.named_on)
                item = self.ledger.items[label]
                self.ledger.items[label] = msgspec.structs.replace(item, taken=(*item.taken, taken))
            self.waiting.pop(step_id, None)
        for q in self.questions:
            if q.what == "notice" and q.step in p.steps and q.state in ("asked", "granted"):
                q.state = "used"
        if p.planned.channel == "call":
            return
        self.outreach.append(book.Outreach(on, act.tone, p.planned.channel))
        written = [a.channel for a in act.actions if a.channel != "call"]
        self.done += [book.Done("attempt", on, channel) for channel in written]
        self.sent.append(Sent(act, on, p.ran))

    # --- what people and the world do -----------------------------------------------------

    def called(self, outcome: str, at: dt.datetime, *, on: dt.date) -> None:
        """Note a call: one that reached somebody takes the step that waits for it (6.6).

        Two that reached nobody, on different days and at different times, stand for one.
        """
        if outcome == "wrong number":
            self.routes = [r for r in self.routes if r.channel not in ("phone", "mobile")]
            return
        is_reached = outcome in REACHED
        if not is_reached:
            self.done.append(book.Done("attempt", on, "call"))
            earlier = [m for m in self.missed_calls if m.date() != on and _differs(m, at)]
            self.missed_calls.append(at)
            if not earlier:
                return
            self.missed_calls.clear()
        self.done.append(book.Done("call", on, "call"))
        waits = next((p for p in self.pending if p.state == "waiting"), None)
        if is_reached:
            tone = waits.act.tone if waits else "friendly"
            self.outreach.append(book.Outreach(on, tone, "call"))
        if waits is not None:
            self.pending.remove(waits)
            self.confirm(waits.act, waits, on)

    def bounced(self) -> None:
        """Take the last message back when no other channel carried it (SEMANTICS 6.6).

        Raises: Refused when nothing was sent.
        """
        if not self.sent:
            raise Refused("nothing_sent", "no message was sent yet that could bounce")
        last = self.sent.pop()
        mailed = next((a for a in last.act.actions if a.channel == "email"), None)
        if mailed is None:
            raise Refused("nothing_sent", f"{last.act.step} did not go by email")
        broken = book.Route(mailed.to_role, "email", mailed.contact or 0)
        self.routes = [r for r in self.routes if r != broken]
        if any(a.channel not in ("email", "call") for a in last.act.actions):
            return
        last.ran.fate = "bounced"
        for label, item in self.ledger.items.items():
            kept = tuple(
                t for t in item.taken if (item.id, t.step) not in last.act.takes or t.on != last.on
            )
            self.ledger.items[label] = msgspec.structs.replace(item, taken=kept)
        at = max(n for n, o in enumerate(self.outreach) if o.on == last.on and o.channel == "email")
        self.outreach[at] = msgspec.structs.replace(self.outreach[at], reached=False)
        key = f"{last.act.step}:{last.act.lead}:email"
        self.attempts[key] = self.attempts.get(key, 0) + 1

    def treat(self, *, as_sent: bool, on: dt.date) -> None:
        """Let a person decide about a delivery nobody knows of (SEMANTICS 6.5).

        Raises: Refused when there is none.
        """
        p = next((p for p in self.pending if p.state == "unknown"), None)
        if p is None:
            raise Refused("nothing_unknown", "no delivery is unknown")
        self.pending.remove(p)
        if as_sent:
            self.confirm(p.act, p, p.at.astimezone(zoneinfo.ZoneInfo(self.zone)).date())
        else:
            p.ran.fate = "failed"
            key = f"{p.act.step}:{p.act.lead}:{p.planned.channel}"
            self.attempts[key] = self.attempts.get(key, 0) + 1

    def stop(
        self,
        kind: str,
        name: str,
        *,
        on: dt.date,
        until: dt.date | None = None,
        items: tuple[tuple[int, int | None], ...] = (),
    ) -> book.Stop:
        """Open a stop under a name. Raises: Refused when the name is taken or the dates cross."""
        self.check_free(name)
        if until is not None and until < on:
            raise Refused("dates_crossed", f"it would end {until} before it begins {on}")
        self.stops[name] = book.Stop(self.next_id(), kind, on, until, items)
        return self.stops[name]

    def check_free(self, name: str) -> None:
        """Make sure that nothing bears a name yet. Raises: Refused."""
        if name in {*self.stops, *self.promises, *self.plans, *self.pauses}:
            raise Refused("duplicate", f"something is named {name} already; add `as ANOTHER`")

    def next_id(self) -> int:
        """Return the number of the next stop."""
        self.stop_count += 1
        return self.stop_count

    def end(self, name: str, *, last_on: dt.date) -> None:
        """End a stop with a last day. Raises: KeyError with the names there are."""
        if name not in self.stops:
            known = ", ".join(self.stops) or "none"
            raise KeyError(f"nothing is named {name}; there are: {known}")
        stop = self.stops[name]
        until = last_on if stop.until_on is None else min(last_on, stop.until_on)
        self.stops[name] = msgspec.structs.replace(stop, until_on=until)

    def answer(
        self, name: str, *, granted: bool, on: dt.date, until: dt.date | None, role: str | None
    ) -> None:
        """Approve or refuse what waits under a name (SEMANTICS 6.3).

        Raises: KeyError when nothing waits under it; Refused when another role must answer.
        """
        q = next((q for q in self.questions if q.name == name and q.state == "asked"), None)
        if q is None:
            waits = ", ".join(q.name for q in self.questions if q.state == "asked") or "nothing"
            raise KeyError(f"nothing waits for approval under {name}; waiting: {waits}")
        if role is not None and role != q.role:
            raise Refused("role_missing", f"{name} waits for the {q.role}, not the {role}")
        q.state, q.decided_on = ("granted" if granted else "refused"), on
        if granted:
            self._granted(q, on)
        else:
            q.until_on = until or on + dt.timedelta(days=self.policy_in_force.settings.refusal_days)
            if q.what == "notice" or q.what in OUTCOMES:
                self.stop(
                    "hold", f"refused-{self.stop_count + 1}", on=on, until=q.until_on - DAY,
                    items=tuple((i, None) for i in q.holds),
                )  # fmt: skip

    def _granted(self, q: Question, on: dt.date) -> None:
        if q.what in OUTCOMES:
            kind = "written_off" if q.what == "write_off" else "placement"
            name = q.what if q.what not in self.stops else f"{q.what}-{self.stop_count}"
            self.stop(kind, name, on=on, items=tuple((i, None) for i in q.items))
        elif q.what in self.promises:
            self.promises[q.what].in_force_on = on
        elif q.what in self.plans:
            self.plans[q.what].in_force_on = on
        elif q.what in self.pauses:
            asked = self.pauses[q.what]
            until = asked.until_on or on + (PAUSE_DAYS - 1) * DAY
            self.stops[q.what] = msgspec.structs.replace(asked, from_on=on, until_on=until)


def _is_same(said: decision.Act, again: decision.Act) -> bool:
    """Tell whether a message may still go: the same step and key, and no higher amount (6.2)."""
    was = dict(said.amounts)
    return (
        again.step == said.step
        and {a.key for a in said.actions if a.takes_step}
        <= {a.key for a in again.actions if a.takes_step}
        and all(minor <= was.get(currency, 0) for currency, minor in again.amounts)
    )


def _differs(one: dt.datetime, other: dt.datetime) -> bool:
    """Tell whether two calls were made at different times of day: two hours apart or more."""
    a = dt.timedelta(hours=one.hour, minutes=one.minute)
    b = dt.timedelta(hours=other.hour, minutes=other.minute)
    return abs(a - b) >= OTHER_TIME
