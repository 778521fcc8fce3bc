"""What a book may look like, drawn at random: calendars, policies, cases, and days to play them.

Small numbers on purpose: a handful of items, days that touch, amounts around the thresholds
the policies use, so that rules meet. Facts never hold a contact, answer or step of tomorrow;
a stop may begin in the future, as a hold agreed ahead does.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from hypothesis import settings
from hypothesis import strategies as st

from dunwell import policies as built_in
from dunwell.core import book, decide, decision, ladder, money, workdays
from dunwell.core import policy as policies

DAY = dt.timedelta(days=1)
WEEK = workdays.Calendar("week/0")
OPEN = workdays.Calendar("open/0", weekend=())
CALENDARS = (
    OPEN,
    WEEK,
    workdays.Calendar(
        "DE/1",
        closed=[
            dt.date(2026, m, d)
            for m, d in [(1, 1), (4, 3), (4, 6), (5, 1), (12, 24), (12, 25), (12, 28), (12, 31)]
        ]
        + [dt.date(2027, 1, 1)],
    ),
    workdays.Calendar("AE/1", weekend=(4, 5), closed=[dt.date(2026, 3, 19), dt.date(2026, 3, 22)]),
)
BUILT_IN = {
    name: policies.compile_policy(built_in.built_in(name), version=1) for name in built_in.BUILT_IN
}
STOP_KINDS = (
    "hold", "dispute", "promise", "plan", "insolvency", "legal_representation", "ceased",
    "placement", "reply_unread", "automatic_collection", "undelivered", "moved_out", "written_off",
    "closed",
)  # fmt: skip
PAUSE = "hardship"
WHOLE_KINDS = ("insolvency", "legal_representation", "ceased")
COVERING_KINDS = tuple(k for k in STOP_KINDS if k not in WHOLE_KINDS)


def many(examples: int) -> settings:
    """So many examples in every run; fifteen times as many where one searches."""
    is_search = settings.get_current_profile_name() == "search"
    return settings(max_examples=examples * (15 if is_search else 1))


_SHOWN = (
    "id phase day wait tone minimum share_percent requires approve final_demand taken_by".split()
)

calendars = st.sampled_from(CALENDARS)
minors = st.sampled_from(
    (299, 499, 500, 4_999, 5_000, 9_999, 10_000, 20_000, 60_000, 70_000, 600_000, 1_000_000)
)


def days(first: dt.date, last: dt.date) -> st.SearchStrategy[dt.date]:
    """Days from one through another, the early ones first when shrinking."""
    return st.dates(first, last)


as_ofs = days(dt.date(2026, 2, 20), dt.date(2026, 5, 5)) | days(
    dt.date(2026, 12, 15), dt.date(2027, 1, 6)
)


# --- policies --------------------------------------------------------------------------------

_requires = st.one_of(
    st.fixed_dictionaries({"call_within_days": st.integers(0, 21)}),
    st.fixed_dictionaries({"no_reply_days": st.integers(1, 12)}),
    st.fixed_dictionaries({"attempts": st.integers(1, 2), "channels": st.integers(1, 2)}),
    st.just({"plan_defaulted": True}),
    st.just({"final_demand_expired": True}),
)


@st.composite
def _steps(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Up to five steps whose days and tones rise, as a policy that makes sense has them."""
    phases = draw(
        st.sampled_from(
            (
                ["overdue"],
                ["overdue"] * 2,
                ["overdue"] * 4,
                ["due", "overdue", "overdue"],
                ["pre_due", "overdue", "overdue"],
                ["pre_due", "pre_due", "due", "overdue", "overdue"],
            )
        )
    )
    gaps = draw(st.lists(st.integers(1, 12), min_size=len(phases), max_size=len(phases)))
    tones = sorted(
        draw(st.lists(st.sampled_from(book.TONES[:4]), min_size=len(phases), max_size=len(phases))),
        key=book.harshness,
    )
    ends = draw(st.booleans())
    before = list(itertools.accumulate(g for g, p in zip(gaps, phases, strict=True) if p != "due"))
    ahead = sorted(before, reverse=True)
    made: list[dict[str, Any]] = []
    after = 0
    for n, phase in enumerate(phases):
        if phase == "overdue":
            after += gaps[n]
        day = {"pre_due": ahead[n] if n < len(ahead) else 1, "due": 0, "overdue": after}[phase]
        step: dict[str, Any] = {
            "id": f"step_{n}",
            "phase": phase,
            "day": day,
            "wait": draw(st.integers(1, 14)),
            "tone": tones[n] if phase == "overdue" else "friendly",
            "actions": [{"channel": c} for c in draw(_channels)],
            "minimum": draw(st.sampled_from((None, None, 0, 50, 100, 5_000))),
            "share_percent": draw(st.sampled_from((0, 0, 0, 20, 60))),
        }
        if draw(st.integers(0, 4)) == 0:
            step["approve"] = "manager"
        if draw(st.integers(0, 4)) == 0:
            step["requires"] = [draw(_requires)]
        if draw(st.integers(0, 3)) == 0:
            step["proposes"] = [{"what": "suspension", "minimum": 100}]
            step["names"] = ["suspension"]
        made.append(step)
    if ends:
        made[-1] |= {"final_demand": True, "tone": "formal"}
    return made


def _asking(step: dict[str, Any], *, asks: bool | None) -> dict[str, Any]:
    """Return the step with an approval role, or without one and any requirement."""
    if asks is None:
        return step
    rest = {k: v for k, v in step.items() if k not in ("approve", "requires", "share_percent")}
    return rest | ({"approve": "manager"} if asks else {})


_channels = st.sampled_from((("email",), ("email", "letter"), ("call",), ("email", "call")))
_outcomes = st.lists(
    st.fixed_dictionaries(
        {
            "what": st.sampled_from(("placement", "legal_referral")),
            "from_day": st.sampled_from((1, 30, 45, 90)),
            "minimum": st.sampled_from((0, 100, 5_000)),
        }
    ),
    max_size=2,
)


@st.composite
def made_policies(draw: st.DrawFn, *, asks: bool | None = None) -> policies.Policy:
    """A policy nobody wrote, of one cadence; `asks`: every step waits for a role, or none."""
    document = {
        "policy": "drawn",
        "settings": {
            "min_days_between_contacts": draw(st.integers(0, 5)),
            "min_days_milder_after_firm": draw(st.integers(0, 10)),
            "holds_lower_working_days": draw(st.integers(0, 10)),
            "approval_lapses_working_days": draw(st.integers(1, 10)),
            "write_off_after_days": draw(st.sampled_from((10, 90))),
            "small_balance": draw(st.sampled_from((0, 5, 50))),
            "quiet_seasons": draw(
                st.sampled_from(
                    (
                        [],
                        [{"first": "12-24", "last": "01-01"}],
                        [{"first": "03-10", "last": "03-20"}, {"first": "03-18", "last": "03-25"}],
                    )
                )
            ),
        },
        "segments": [
            {"name": "standard", "cadence": "only", "grace_days": draw(st.sampled_from((0, 3)))}
        ],
        "cadences": {
            "only": {
                "steps": [_asking(s, asks=asks) for s in draw(_steps())],
                "outcomes": draw(_outcomes),
            }
        },
    }
    return policies.compile_policy(policies.parse(document), version=1)


def keen_cases(*, asks: bool = False) -> st.SearchStrategy[Drawn]:
    """Cases that most likely act, or ask a role."""
    policy = made_policies(asks=True) if asks else any_policy | made_policies(asks=False)
    return cases(policy=policy, stopped=not asks, busy=False, keen=True)


any_policy = st.sampled_from(tuple(BUILT_IN.values())) | made_policies()


# --- cases -----------------------------------------------------------------------------------


class Drawn(NamedTuple):
    """A case on a day, under a policy."""

    facts: book.Facts
    policy: policies.Policy
    as_of: dt.date

    def decide(self) -> decision.Decision:
        """Return what is decided."""
        return decide.decide(self.facts, self.policy, as_of=self.as_of)

    def __repr__(self) -> str:
        """Write what matters of it, so that a failing example can be read."""
        steps = [
            msgspec.to_builtins({k: getattr(s, k) for k in _SHOWN if getattr(s, k)}, enc_hook=repr)
            for s in self.policy.cadence_of("standard").steps
        ]
        facts = book.canonical(self.facts).decode()
        return f"on {self.as_of}, {self.policy.name} {steps}, {facts}"


@st.composite
def items(
    draw: st.DrawFn,
    cadence: policies.Cadence,
    as_of: dt.date,
    *,
    id: int,
    plain: bool = False,
    keen: bool = False,
) -> book.Item:
    """An open debit item somewhere on its ladder; a keen one is overdue and not small."""
    due_on = as_of - draw(st.integers(2 if keen else -12, 60)) * DAY
    minor = draw(minors) * (100 if keen else 1)
    history = () if plain else draw(_history(cadence, due_on, as_of))
    is_old = due_on < as_of and not plain and draw(st.integers(0, 9)) == 0
    gaps = ()
    if not plain and draw(st.integers(0, 9)) == 0:
        start = due_on + draw(st.integers(-5, 20)) * DAY
        gaps = ((start, start + draw(st.integers(0, 15)) * DAY),)
    kind = "invoice" if plain else draw(_kinds)
    is_claim = kind == "claim"
    return book.Item(
        id=id,
        number="R-1" if is_claim else f"R-{id}",  # a claim carries its invoice's number
        part=str(id) if is_claim else "",
        kind=kind,
        currency="EUR" if plain else draw(_currencies),
        due_on=due_on,
        amount_minor=minor,
        open_minor=minor,
        taken=history,
        paid_gaps=gaps,
        go_live_on=min(as_of, due_on + draw(st.integers(1, 30)) * DAY) if is_old else None,
        method="" if plain or keen else draw(_methods),
    )


_methods = st.sampled_from(("",) * 8 + ("card", "transfer"))
_kinds = st.sampled_from(("invoice", "invoice", "invoice", "debit_note", "claim"))
_currencies = st.sampled_from(("EUR", "EUR", "EUR", "USD"))


@st.composite
def _history(
    draw: st.DrawFn, cadence: policies.Cadence, due_on: dt.date, as_of: dt.date
) -> tuple[book.Taken, ...]:
    """The first steps of the cadence, confirmed on rising days that lie behind."""
    taken: list[book.Taken] = []
    on = due_on - 10 * DAY
    for step in cadence.steps[: draw(st.integers(0, len(cadence.steps)))]:
        on = max(on, due_on + DAY if step.phase == "overdue" else on)
        on += draw(st.integers(0, 12)) * DAY
        if on > as_of:
            break
        named = on + draw(st.integers(1, 14)) * DAY if draw(st.booleans()) else None
        taken.append(book.Taken(step.id, on, step.tone, step.phase, named))
    return tuple(taken)


@st.composite
def stops(
    draw: st.DrawFn,
    ids: Sequence[int],
    as_of: dt.date,
    *,
    id: int,
    kinds: Sequence[str] = (*COVERING_KINDS * 3, *WHOLE_KINDS, PAUSE, PAUSE),
) -> book.Stop:
    """A stop around the day: of all, of some items, or of part of one; maybe open-ended."""
    start = as_of + draw(st.integers(-30, 12)) * DAY
    until = None if draw(st.booleans()) else start + draw(st.integers(0, 30)) * DAY
    kind = draw(st.sampled_from(kinds))
    named: tuple[tuple[int, int | None], ...] = ()
    if draw(st.integers(0, 3)):
        some = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=2, unique=True))
        named = tuple((i, draw(st.none() | minors)) for i in sorted(some))
    return book.Stop(
        id, kind, start, until, named,
        clock_until_on=start + 2 * DAY if draw(st.integers(0, 9)) == 0 else None,
        gives_back=draw(st.integers(0, 9)) == 0,
    )  # fmt: skip


@st.composite
def cases(
    draw: st.DrawFn,
    *,
    policy: st.SearchStrategy[policies.Policy] = any_policy,
    stopped: bool = True,
    funded: bool = True,
    busy: bool = True,
    plain: bool = False,
    keen: bool = False,
    planned: bool = False,
) -> Drawn:
    """A case with everything that may bear on it; `plain` leaves only invoices and contacts.

    `keen`: nothing but the ladder keeps it from being contacted, so that most of them are.
    `planned`: a plan over everything runs, and one of its instalments is close.
    """
    as_of, chosen = draw(as_ofs), draw(policy)
    cadence = chosen.cadence_of("standard")
    book_items = tuple(
        draw(items(cadence, as_of, id=n, plain=plain, keen=keen and n == 1))
        for n in range(1, draw(st.integers(1, 4)) + 1)
    )
    ids = [i.id for i in book_items]
    rest: dict[str, Any] = {}
    if stopped and not plain:
        rest["stops"] = tuple(
            draw(stops(ids, as_of, id=n))
            for n in range(draw(st.sampled_from((0, 0, 0, 1, 1, 2, 3))))
        )
        if planned or (not keen and draw(st.integers(0, 3)) == 0):
            plan, rest["instalments"] = draw(_plans(ids, as_of, whole=planned))
            rest["stops"] = (*(rest["stops"] if not draw(st.booleans()) else ()), plan)
    if funded and not plain and draw(st.integers(0, 2)) == 0:
        credits = tuple(
            book.Item(
                100 + n, f"C-{n}", "credit_note", draw(_currencies), as_of, m, m,
                applies_to=draw(st.sampled_from(("", "R-1", "R-2"))),
            )
            for n, m in enumerate(draw(st.lists(minors, max_size=2)))
        )  # fmt: skip
        book_items += credits
        rest["unapplied"] = tuple(
            (c, draw(minors)) for c in draw(st.sets(st.sampled_from(("EUR", "USD"))))
        )
    if busy:
        rest |= draw(_under_way(cadence, as_of))
    return Drawn(
        book.Facts(
            organisation="org",
            entity="MAIN",
            customer="C-1",
            base_currency="EUR",
            calendar=OPEN if keen else draw(calendars),
            entity_calendar=draw(calendars),
            items=book_items,
            outreach=draw(_outreach(as_of, keen=keen)),
            done=draw(_done(as_of)),
            approvals=draw(_approvals(cadence, as_of)),
            routes=_EVERYWHERE if keen else draw(_routes),
            rates=(("USD", "0.9"),) if keen or draw(st.booleans()) else (),
            case_no=1,
            has_open_case=True,
            last_payment_on=draw(st.none() | days(as_of - 60 * DAY, as_of)),
            **rest,
        ),
        chosen,
        as_of,
    )


@st.composite
def _plans(
    draw: st.DrawFn, ids: Sequence[int], as_of: dt.date, *, whole: bool
) -> tuple[book.Stop, tuple[book.Instalment, ...]]:
    """A running plan, mostly over everything, with the instalments still to come."""
    some = ids if whole or draw(st.booleans()) else ids[:1]
    first_on = as_of + draw(st.integers(0, 5) | st.integers(0, 20)) * DAY
    parts = draw(st.lists(minors, min_size=1, max_size=3))
    until = first_on + draw(st.integers(3, 8)) * DAY
    stop = book.Stop(
        50, "plan", as_of - draw(st.integers(0, 20)) * DAY, until, tuple((i, None) for i in some)
    )
    return stop, tuple(
        book.Instalment(50, n, len(parts), first_on + 30 * (n - 1) * DAY, "EUR", m, m)
        for n, m in enumerate(parts, start=1)
    )


def with_one_instalment(due_on: dt.date) -> book.Facts:
    """A customer with nothing but a plan's instalment ahead, on a week of five days."""
    one = book.Instalment(1, 1, 2, due_on, "EUR", 100, 100)
    return book.Facts("org", "MAIN", "C-1", "EUR", WEEK, WEEK, instalments=(one,))


def planned_cases() -> st.SearchStrategy[Drawn]:
    """Cases with a plan that runs, in which a reminder of an instalment may be all there is."""
    return cases(funded=False, planned=True)


_EVERYWHERE = tuple(book.Route("ap", c, 1) for c in ("email", "letter", "phone"))
_routes = st.sampled_from(
    (
        *(_EVERYWHERE,) * 5,
        (book.Route("buyer", "email", 2),),
        (book.Route("ap", "letter", 1),),
        (),
    )
)


@st.composite
def _outreach(draw: st.DrawFn, as_of: dt.date, *, keen: bool) -> tuple[book.Outreach, ...]:
    past = draw(st.lists(st.integers(10, 20) if keen else st.integers(0, 9), max_size=3))
    return tuple(
        book.Outreach(
            as_of - n * DAY, draw(st.sampled_from(book.TONES)), "email", draw(st.booleans())
        )
        for n in past
    )


@st.composite
def _done(draw: st.DrawFn, as_of: dt.date) -> tuple[book.Done, ...]:
    kinds = draw(
        st.lists(st.sampled_from(("call", "attempt", "reply", "plan_default")), max_size=3)
    )
    return tuple(
        book.Done(
            k, as_of - draw(st.integers(0, 15)) * DAY, draw(st.sampled_from(("email", "call")))
        )
        for k in kinds
    )


@st.composite
def _approvals(
    draw: st.DrawFn, cadence: policies.Cadence, as_of: dt.date
) -> tuple[book.Approval, ...]:
    """A grant or two, of days that lie behind; most cases have none."""
    if draw(st.integers(0, 2)):
        return ()
    step = draw(st.sampled_from(cadence.steps))
    on = as_of - draw(st.integers(0, 15)) * DAY
    limits = draw(
        st.sampled_from(({}, {"items": (1,)}, {"items": (1, 2)}, {"amounts": (("EUR", 60_000),)}))
    )
    return (book.Approval("notice", step.id, on, "granted", on, **limits),)


@st.composite
def _under_way(draw: st.DrawFn, cadence: policies.Cadence, as_of: dt.date) -> dict[str, Any]:
    """Messages on their way, now and then; steps that have waited."""
    flights: tuple[book.Flight, ...] = ()
    if draw(st.integers(0, 7)) == 0:
        flights = tuple(
            book.Flight(
                f"k{n}", cadence.steps[0].id, "email", state, as_of - DAY, draw(st.booleans())
            )
            for n, state in enumerate(
                draw(
                    st.lists(st.sampled_from(("ready", "handing", "unknown", "failed")), max_size=2)
                )
            )
        )
    waits: tuple[tuple[str, dt.date], ...] = ()
    if draw(st.integers(0, 2)) == 0:
        names = [s.id for s in cadence.steps] + ["placement", "legal_referral", "write_off"]
        step = draw(st.sampled_from(names))
        waits = ((step, as_of - draw(st.integers(0, 20)) * DAY),)
    return {"flights": flights, "waiting_since": waits}


# --- what to compare -------------------------------------------------------------------------


def outcome(made: decision.Decision) -> tuple[Any, ...]:
    """Return what makes two decisions the same in the sense of SEMANTICS 2.7."""
    if isinstance(made, decision.Act):
        return ("act", made.step, made.takes)
    if isinstance(made, decision.Ask):
        return ("ask", made.reason, tuple((a.what, a.step) for a in made.asks))
    return ("wait", made.reason)


def encoded(made: decision.Decision) -> bytes:
    """Return the decision as bytes."""
    return msgspec.json.encode(made)


def recorded(facts: book.Facts, made: decision.Decision, on: dt.date) -> book.Facts:
    """Return the facts after a decision not to act was recorded: since when a step waits."""
    steps: list[str] = []
    if isinstance(made, decision.Ask):
        steps = [a.step for a in made.asks]
    elif isinstance(made, decision.Wait) and made.reason == "requirement_missing":
        steps = [str(made.refs["step"])]
    known = dict(facts.waiting_since)
    since = {s: on for s in steps} | known
    return msgspec.structs.replace(facts, waiting_since=tuple(sorted(since.items())))


def total(amounts: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Add amounts up by currency."""
    return money.by_currency(amounts)


def span(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield the days from one through another."""
    while first <= last:
        yield first
        first += DAY


# --- a calendar played ------------------------------------------------------------------------


class Sent(NamedTuple):
    """One message that went out."""

    on: dt.date
    act: decision.Act


class Play:
    """A case played day by day in memory: what goes out is confirmed the same day.

    A call is made the same day and somebody is reached. A role asked about a notice grants it
    the day after; a call that a step requires is made the day after. Both are events, and wake
    the case. `is_lazy`: the case is looked at only when an event or its day to look again says.
    """

    def __init__(self, drawn: Drawn, *, is_lazy: bool = False) -> None:
        self.facts, self.policy, self.is_lazy = drawn.facts, drawn.policy, is_lazy
        self.cadence = drawn.policy.cadence_of(drawn.facts.segment)
        self.steps = {s.id: s for s in self.cadence.steps}
        self.sent: list[Sent] = []
        self.look_on: dt.date | None = dt.date.min
        self.call_on: dt.date | None = None

    def run(self, first: dt.date, last: dt.date, *, missed: Sequence[dt.date] = ()) -> list[Sent]:
        """Play the days; on those missed nothing is looked at."""
        for on in span(first, last):
            self.events(on)
            if on not in missed:
                self.look(on)
        return self.sent

    def events(self, on: dt.date) -> None:
        """Let happen what was asked for yesterday."""
        asked = [a for a in self.facts.approvals if a.state == "asked" and a.what == "notice"]
        if any(a.asked_on < on for a in asked):
            self._know(
                on,
                approvals=tuple(
                    msgspec.structs.replace(a, state="granted", decided_on=on)
                    if a in asked and a.asked_on < on
                    else a
                    for a in self.facts.approvals
                ),
            )
        if self.call_on is not None and self.call_on < on:
            self.call_on = None
            self._know(on, done=(*self.facts.done, book.Done("call", on, "call")))

    def look(self, on: dt.date) -> decision.Decision | None:
        """Decide, and carry out what is decided; None where there is no need to look."""
        if self.is_lazy and (self.look_on is None or on < self.look_on):
            return None
        made = decide.decide(self.facts, self.policy, as_of=on)
        self.look_on = made.look_again_on
        if isinstance(made, decision.Act):
            self.confirm(made, on)
        else:
            self.facts = recorded(self.facts, made, on)
        self._ask(made, on)
        if made_reason(made) == "requirement_missing":
            self.call_on = self.call_on or on
        return made

    def confirm(self, made: decision.Act, on: dt.date) -> None:
        """Record what the message did: steps taken, a contact, a call where there was one."""
        can = {s for a in made.actions for s in a.takes_steps}
        takes = {i: s for i, s in made.takes if s in can}
        done = [book.Done("attempt", on, a.channel) for a in made.actions]
        done += [book.Done("call", on, "call") for a in made.actions if a.channel == "call"]
        self._know(
            on + DAY,
            items=tuple(self._after(i, takes, made, on) for i in self.facts.items),
            outreach=(*self.facts.outreach, book.Outreach(on, made.tone, "email")),
            done=(*self.facts.done, *done),
        )
        self.sent.append(Sent(on, made))

    def _know(self, wake_on: dt.date, **news: Any) -> None:
        """Take in what happened, and wake the case."""
        self.facts = msgspec.structs.replace(self.facts, **news)
        self.look_on = min(self.look_on or wake_on, wake_on)

    def _after(
        self, item: book.Item, takes: dict[int, str], made: decision.Act, on: dt.date
    ) -> book.Item:
        if item.id not in takes:
            return item
        step = self.steps[takes[item.id]]
        one = book.Taken(step.id, on, step.tone, step.phase, made.named_on)
        return msgspec.structs.replace(item, taken=(*item.taken, one))

    def _ask(self, made: decision.Decision, on: dt.date) -> None:
        """Put what is asked on record, anew where more is asked than before."""
        asks = () if isinstance(made, decision.Wait) else made.asks
        known = {(a.what, a.step, a.items, a.amounts) for a in self.facts.approvals
                 if a.state == "asked"}  # fmt: skip
        new = [
            book.Approval(a.what, a.step, on, items=a.items, amounts=a.amounts)
            for a in asks
            if (a.what, a.step, a.items, a.amounts) not in known
        ]
        self.facts = msgspec.structs.replace(self.facts, approvals=(*self.facts.approvals, *new))


def made_reason(made: decision.Decision) -> str:
    """Return the reason of a decision not to act, or nothing."""
    return "" if isinstance(made, decision.Act) else str(made.reason)


def index_of(cadence: policies.Cadence, taken: book.Taken) -> int:
    """Return where a step taken stands in the cadence."""
    return ladder.place(taken, cadence)
