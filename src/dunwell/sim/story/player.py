"""The Player: one customer's book, played day by day through the core alone.

It is the world around `decide`: it keeps the ledger, the stops and the questions, gathers the
facts of a day, looks, and records what is to be handed over (`hand_over`). Must not know: the
words of a story (`happen`, `expect`).
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable

import msgspec

from dunwell.core import book, calls, decide, decision, law, segments, workdays
from dunwell.core import policy as policies
from dunwell.core.errors import Refused
from dunwell.core.reasons import Reason
from dunwell.policies import law as shipped
from dunwell.sim.story import agreed
from dunwell.sim.story.ledger import DAY, Absent, Ledger

OUTCOMES = ("placement", "legal_referral", "write_off")
PAUSE_DAYS = 14


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
    """One look: when, what was decided, on which facts, and what became of its message.

    Once a message is handed over, `made` is what was said, with its fresh figures.
    """

    at: dt.datetime
    on: dt.date
    made: decision.Decision
    seen: book.Facts
    policy: policies.Policy
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
        self.segment = self.own_segment = "standard"
        self.segment_given = self.grade_given = ""
        self.lacking: list[str] = []
        self.path = ("", dt.date.max, dt.date.min)
        self.likelihood: int | None = None
        self.known = segments.Known()
        self.natural_person, self.country, self.method = False, "", ""
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
        self.calls: list[calls.Try] = []
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
        seen, policy = self.facts(as_of), self.policy_in_force
        made = decide.decide(seen, policy, as_of=as_of)
        if not self.has_case and self._is_overdue(as_of):
            self.case_no, self.has_case, self.case_policy = self.case_no + 1, True, self.policy
        ran = Ran(at, as_of, made, seen, policy, self.case_no if self.has_case else 0)
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
                for p in self.pending
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
            brought_forward=self.brought_forward, share_paid_30=self.likelihood,
            is_stale=self.is_stale(as_of), limits=self.limits(as_of),
            instalments=tuple(
                part
                for plan in self.plans.values()
                for part in plan.awaited(self.ledger, as_of=as_of, data_to=self.data_to)
            ),
        )  # fmt: skip

    def limits(self, as_of: dt.date) -> book.Limits | None:
        """Return what the law allows toward a natural person, with the calls of seven days."""
        if not self.natural_person:
            return None
        found = law.contact_limits(law.Law(shipped.shipped()), country=self.country, on=as_of)
        if found is None:
            return None
        days = [(t.at.date(), t.outcome in calls.REACHED) for t in self.calls]
        return msgspec.structs.replace(
            found,
            calls=tuple(sorted(on for on, _ in days if as_of - 6 * DAY <= on <= as_of)),
            talked_on=max((on for on, is_reached in days if is_reached), default=None),
        )

    def all_stops(self, as_of: dt.date) -> tuple[book.Stop, ...]:
        """Return every stop as it stands on a day; promises and plans judged from payments."""
        judged = [
            one.stop(self.ledger, as_of=as_of, data_to=self.data_to)
            for one in self.agreeing(as_of).agreed
        ]
        found = [*self.stops.values(), *(s for s in judged if s is not None)]
        return tuple(sorted(found, key=lambda s: s.id))

    def agreeing(self, on: dt.date) -> agreed.Day:
        """Return what is known on a day on which something is agreed."""
        made: list[agreed.Promise | agreed.Plan] = [*self.promises.values(), *self.plans.values()]
        return agreed.Day(self.ledger, on, self.data_to, made, tuple(self.stops.values()))

    def defaults(self, as_of: dt.date) -> None:
        """Note the plans that went into default by this day, as something that has happened."""
        noted = {d.on for d in self.done if d.kind == "plan_default"}
        for plan in self.plans.values():
            missed = plan.default_on(self.ledger, as_of=as_of, data_to=self.data_to)
            if missed and missed not in noted:
                self.done.append(book.Done("plan_default", missed))

    def _is_overdue(self, as_of: dt.date) -> bool:
        return any(i.due_on < as_of and i.kind in book.DEBITS for i in self.ledger.open())

    def _settle(self, as_of: dt.date) -> None:
        """Close a case in which nothing overdue is open, and cancel what it had under way."""
        self.defaults(as_of)
        if self.has_case and not self._is_overdue(as_of):
            self._close_case()
        still = {i.id for i in self.ledger.open()}
        for p in list(self.pending):
            takes = [i for i, step in p.act.takes if step in p.steps] if p.steps else p.act.about
            if not still.intersection(takes):
                p.ran.fate = "cancelled"
                self.pending.remove(p)

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
        before = self.segment
        self.own_segment = segments.assess(
            self.facts(as_of),
            self.known,
            self.policy_in_force,
            as_of=as_of,
            in_force=self.own_segment if self.has_case else None,
            segment_given=self.segment_given,
            grade_given=self.grade_given,
        ).segment
        to, first, last = self.path
        self.segment = to if first <= as_of <= last else self.own_segment
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
        opens, closes = law.hours(self.limits(at.date()), opens=hours.start, closes=hours.end)
        local = at.astimezone(zoneinfo.ZoneInfo(self.customer_zone or self.zone))
        day = local.date()
        if local.time() > closes:
            day += DAY
        elif local.time() >= opens and self.calendar.is_open(day):
            return at
        return dt.datetime.combine(
            workdays.next_working(self.calendar, day), opens, tzinfo=local.tzinfo
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

    def try_again(self, step: str, lead: int, channel: str) -> None:
        """Count an attempt that came to nothing: the next has a key of its own (6.5)."""
        key = f"{step}:{lead}:{channel}"
        self.attempts[key] = self.attempts.get(key, 0) + 1

    # --- stops, questions and answers -----------------------------------------------------

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
        """End a stop with a last day. Raises: Absent with the names there are."""
        if name not in self.stops:
            known = ", ".join(self.stops) or "none"
            raise Absent(f"nothing is named {name}; there are: {known}")
        stop = self.stops[name]
        until = last_on if stop.until_on is None else min(last_on, stop.until_on)
        self.stops[name] = msgspec.structs.replace(stop, until_on=until)

    def answer(
        self, name: str, *, granted: bool, on: dt.date, until: dt.date | None, role: str | None
    ) -> None:
        """Approve or refuse what waits under a name (SEMANTICS 6.3).

        Raises: Absent when nothing waits under it; Refused when another role must answer.
        """
        q = next((q for q in self.questions if q.name == name and q.state == "asked"), None)
        if q is None:
            waits = ", ".join(q.name for q in self.questions if q.state == "asked") or "nothing"
            raise Absent(f"nothing waits for approval under {name}; waiting: {waits}")
        if role is not None and role != q.role:
            raise Refused("role_missing", f"{name} waits for the {q.role}, not the {role}")
        if granted and q.what == "placement" and self.lacking:
            raise Refused("checklist_gaps", f"the checklist lacks {', '.join(self.lacking)}")
        q.state, q.decided_on = ("granted" if granted else "refused"), on
        if granted:
            self._granted(q, on)
        else:
            q.until_on = until or on + dt.timedelta(days=self.policy_in_force.settings.refusal_days)
            if q.what in self.promises:
                self.promises[q.what].is_refused = True
            elif q.what in self.plans:
                self.plans[q.what].is_refused = True
            elif q.what == "notice" or q.what in OUTCOMES:
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
            self.promises[q.what].begin(on)
        elif q.what in self.plans:
            self.plans[q.what].begin(on)
        elif q.what in self.pauses:
            asked = self.pauses[q.what]
            until = asked.until_on or on + (PAUSE_DAYS - 1) * DAY
            self.stops[q.what] = msgspec.structs.replace(asked, from_on=on, until_on=until)
