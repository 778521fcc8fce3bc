"""The worklist: what is worth a person's time today, in which order, and the sentence why.

Cash first: what can be brought in, times the risk that it does not come by itself; then named
lifts. Whoever gives nobody anything to do is left out and counted. Whole numbers only, so that
the same book gives the same list. Read `rank`, then `FromHistory` and `_lifts`. Must not know:
where rows come from, or how they are shown. Origin: SEMANTICS 10; docs/spec/worklist.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from operator import mul
from typing import NamedTuple, Protocol

import msgspec

from dunwell.core import money
from dunwell.core.reasons import ORDER, Reason, day_text

BANDS = (10, 30, 60, 90)
"""The last day late of each band of age but the last one, which has no end."""
NO_BANDS = (0,) * (len(BANDS) + 1)

ACTIONS: dict[str, str] = {
    "approve": "a question waits for an answer by its role",
    "read_reply": "a reply waits to be read",
    "answer_dispute": "a dispute waits for its answer",
    "confirm_delivery": "nobody knows whether a message arrived",
    "file_claim": "the proof of claim is to be filed",
    "call": "a call is to be made",
    "find_contact": "nobody there can be reached",
    "offer_plan": "a payment plan may be offered",
    "decide_outcome": "a person decides what follows",
    "complete_checklist": "the checklist before the agency is not complete",
    "tell_agency": "the agency is to be told",
    "ask_sales": "sales is asked what it knows",
    "match_cash": "cash or credit waits to be matched",
    "send_again": "an invoice is to be sent again",
    "confirm_measure": "a measure is to be confirmed",
    "settle_terms": "changed terms wait for the next step",
    "follow_up": "somebody wanted to be reminded",
    "review": "somebody should look at it",
}
"""Everything that can come next, the more urgent first, with the words that say why."""

OF_TASK: dict[str, str] = {
    "add_to_placement": "tell_agency", "allocate": "match_cash", "ask_sales": "ask_sales",
    "broken_promise": "call", "by_hand": "confirm_measure", "call": "call",
    "checklist": "complete_checklist", "choose_outcome": "decide_outcome",
    "dispute": "answer_dispute", "find_route": "find_contact", "follow_up": "follow_up",
    "offer_plan": "offer_plan", "placement_payment": "tell_agency", "plan_default": "call",
    "proof_of_claim": "file_claim", "read_reply": "read_reply", "recalled": "decide_outcome",
    "release_terms": "settle_terms", "repair_route": "find_contact", "returned_payment": "call",
    "send_again": "send_again", "set_terms": "settle_terms", "system_silent": "confirm_measure",
    "tell_terms": "settle_terms", "unknown_delivery": "confirm_delivery",
}  # fmt: skip
"""What comes next, by kind of task; any other kind is reviewed."""

LATER = frozenset({"follow_up", "review_hold", "proof_of_claim"})
"""Kinds of task that want nobody before their day."""

OF_REASON: dict[str, str] = {
    Reason.NO_ROUTE: "find_contact",
    Reason.CADENCE_ENDED: "decide_outcome",
    Reason.REQUIREMENT_MISSING: "review",
    Reason.NO_RATE: "review",
    Reason.DELIVERY_UNKNOWN: "confirm_delivery",
}
"""What comes next where no task stands, by the reason of the decision in force."""

OF_COVER: dict[str, Reason] = {
    "insolvency": Reason.INSOLVENT,
    "legal_representation": Reason.LEGAL_REPRESENTATION,
    "ceased": Reason.CEASED,
    "placement": Reason.PLACED,
    "written_off": Reason.PLACED,
    "hold": Reason.ON_HOLD,
    "commercial_pause": Reason.ON_HOLD,
    "moved_out": Reason.ON_HOLD,
    "closed": Reason.ON_HOLD,
    "plan": Reason.PLAN_RUNNING,
    "promise": Reason.PROMISE_OPEN,
    "automatic_collection": Reason.AUTOMATIC_COLLECTION,
    "dispute": Reason.DISPUTED,
}
"""Why nobody need do anything about what a stop covers, by its kind."""

NOT_DUE = "not_due"
CONTACTED = "contacted"


class ToDo(NamedTuple):
    """Something a person has to do about a customer; `about` is the step, task or question."""

    action: str
    responsible: str
    due_on: dt.date | None = None
    about: str = ""
    task: int | None = None


class Habit(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """How a customer has paid: average days late in the last cycles and in those before.

    `likelihood`: of payment within 30 days of the due date, in percent (SEMANTICS 6.12). The
    averages are None where too little is known.
    """

    grade: str = "unknown"
    likelihood: int | None = None
    recent_days: int | None = None
    earlier_days: int | None = None


NO_HABIT = Habit()


class Candidate(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One customer of one entity with something open, or something for a person to do.

    `amounts` are overdue and may be pursued, net, by currency; `by_age` the same in `currency`,
    by band of age, so that it adds up to what is at stake. `unrated` are the currencies that
    lack a rate and weigh nothing. `covers` are the kinds of stop that keep the rest out.
    `since_on`: the working day before; who was contacted then rests today. `heard_on` is the
    last sign from the customer, `contacted_on` the last time we reached out.
    """

    entity: str
    customer: str
    owner: str
    currency: str
    amounts: tuple[tuple[str, int], ...] = ()
    by_age: tuple[int, ...] = NO_BANDS
    unrated: tuple[str, ...] = ()
    oldest_due_on: dt.date | None = None
    is_overdue: bool = False
    covers: tuple[str, ...] = ()
    habit: Habit = NO_HABIT
    broken_promises: int = 0
    heard_on: dt.date | None = None
    contacted_on: dt.date | None = None
    since_on: dt.date | None = None
    is_under_way: bool = False
    reason: str = ""
    to_dos: tuple[ToDo, ...] = ()
    small_balance_minor: int = 0
    has_number: bool = True
    may_have_plan: bool = False
    in_hardship: bool = False

    @property
    def at_stake_minor(self) -> int:
        """What can be brought in by acting: overdue, net, in one currency."""
        return sum(self.by_age)


class Risk(Protocol):
    """The seam for how likely it is that money does not come by itself: a learned one fits."""

    def percent(self, row: Candidate) -> int:
        """Return the risk in percent, from `LEAST_RISK` to `MOST_RISK`."""
        ...


LEAST_RISK, MOST_RISK = 5, 95
GRADE_RISK = {"excellent": 10, "good": 25, "fair": 45, "poor": 70}
UNKNOWN_RISK = 40
LATE_RISK = (0, 10, 20, 30, 40)
"""Points for each band of age, beside `BANDS`."""


class FromHistory:
    """Risk as the customer's own past tells it, and the days that have gone by already.

    It begins with what the likelihood of payment leaves open, else with the grade; each band
    of age adds its points, weighted by the amount that stands in it.
    """

    def percent(self, row: Candidate) -> int:
        """Return the risk in percent.

        >>> row = Candidate("e", "c", "o", "EUR", by_age=(100, 0, 100, 0, 0),
        ...     habit=Habit(likelihood=70))
        >>> FromHistory().percent(row)
        40
        """
        habit = row.habit
        if habit.likelihood is not None:
            begins = 100 - habit.likelihood
        else:
            begins = GRADE_RISK.get(habit.grade, UNKNOWN_RISK)
        whole = sum(row.by_age)
        part = sum(map(mul, row.by_age, LATE_RISK))
        late = (2 * part + whole) // (2 * whole) if whole else 0
        return max(LEAST_RISK, min(MOST_RISK, begins + late))


FROM_HISTORY = FromHistory()


class Lift(NamedTuple):
    """Why a row stands higher than its cash and risk alone would put it, and by how much."""

    name: str
    weight: int


SILENT = ((60, 50), (30, 25))
"""Days without a sign from the customer, and the weight of a large balance gone silent."""
ALONE_DAYS, ALONE = 30, 15
BROKEN = ((2, 50), (1, 25))
"""Promises broken in twelve months, and their weight."""
WORSE = ((21, 30), (7, 15))
"""Days later in the last cycles than in those before, and their weight."""
DISPUTE_LATE, TASK_LATE = 30, 20


class Row(msgspec.Struct, frozen=True, gc=False):
    """One place on the worklist. `fits`: within the day's capacity of who is responsible."""

    rank: int
    of: Candidate
    at_stake_minor: int
    risk: int
    lifts: tuple[Lift, ...]
    next_action: str
    responsible: str
    due_on: dt.date | None
    task: int | None
    fits: bool

    @property
    def why(self) -> str:
        """The sentence that says why the row stands here."""
        return _why(self)


class Worklist(NamedTuple):
    """A day's list, the first thing first, and how many were left out for which reason."""

    as_of: dt.date
    currency: str
    capacity: int | None
    rows: list[Row]
    left_out: dict[str, int]


def rank(
    rows: Iterable[Candidate],
    *,
    as_of: dt.date,
    capacity: int | None = None,
    owner: str | None = None,
    currency: str = "",
    risk: Risk = FROM_HISTORY,
) -> Worklist:
    """Return the worklist of a day; `owner` keeps what one person is responsible for.

    `capacity` is how many a person can work in a day: those that fit are marked, each person's
    first ones. Ties go by amount, then age, then name.

    >>> day = dt.date(2026, 3, 2)
    >>> old = Candidate("e", "OLD", "o", "EUR", by_age=(0, 0, 400_00, 0, 0), is_overdue=True)
    >>> big = Candidate("e", "BIG", "o", "EUR", by_age=(80_000_00, 0, 0, 0, 0), is_overdue=True)
    >>> [r.of.customer for r in rank([old, big], as_of=day).rows]
    ['BIG', 'OLD']
    """
    left_out: dict[str, int] = {}
    stay: list[tuple[int, Candidate]] = []
    for row in rows:
        reason = idle(row, as_of=as_of)
        if reason is None:
            stay.append((row.at_stake_minor, row))
        elif owner is None or row.owner == owner:
            left_out[reason] = left_out.get(reason, 0) + 1
    large = _large([stake for stake, _ in stay])
    places = [_place(row, stake, as_of, large, risk, n) for n, (stake, row) in enumerate(stay)]
    places.sort()  # a number of its own ends every tie
    taken: dict[str, int] = {}
    found: list[Row] = []
    for *_, n, percent, lifts in places:
        stake, row = stay[n]
        action, who, due_on, task = _next(row)
        if owner is not None and who != owner:
            continue
        taken[who] = taken.get(who, 0) + 1
        fits = capacity is None or taken[who] <= capacity
        found.append(
            Row(len(found) + 1, row, stake, percent, lifts, action, who, due_on, task, fits)
        )
    known = _precedence(left_out)
    return Worklist(as_of, currency, capacity, found, {r: left_out[r] for r in known})


def idle(row: Candidate, *, as_of: dt.date) -> str | None:
    """Return why nobody has anything to do about a row today, or None.

    What waits for a person comes first: whatever is promised or paused, it is done.
    """
    if row.to_dos:
        return None
    stake = row.at_stake_minor
    if not stake and not row.unrated:
        if not row.is_overdue:
            return NOT_DUE
        covered = [OF_COVER[c] for c in row.covers if c in OF_COVER]
        return str(min(covered, key=ORDER.__getitem__, default=Reason.CASH_UNAPPLIED))
    if row.is_under_way:
        return str(Reason.IN_FLIGHT)
    if row.contacted_on is not None and row.contacted_on >= (row.since_on or as_of):
        return CONTACTED
    if not row.unrated and stake < row.small_balance_minor:
        return str(Reason.BELOW_MINIMUM)
    return None


_Place = tuple[int, int, int, dt.date, dt.date, str, str, int, int, tuple[Lift, ...]]
"""What orders rows, first things first; then which row it is, its risk and its lifts."""


def _place(row: Candidate, stake: int, as_of: dt.date, large: int, risk: Risk, n: int) -> _Place:
    """Work out where a row stands: by score, then amount, lifts, days and names."""
    percent = risk.percent(row)
    lifts = _lifts(row, as_of, is_large=stake >= large)
    weight = sum([x.weight for x in lifts]) if lifts else 0
    due_on = _next(row)[2] if row.to_dos else None
    return (
        -stake * percent * (100 + weight), -stake, -weight,
        due_on or dt.date.max, row.oldest_due_on or dt.date.max, row.customer, row.entity, n,
        percent, lifts,
    )  # fmt: skip


def _next(row: Candidate) -> tuple[str, str, dt.date | None, int | None]:
    """Return what comes next, who does it, by when, and the number of its task."""
    if not row.to_dos:
        return recommended(row), row.owner, None, None
    first = min(row.to_dos, key=_urgency)
    return first.action, first.responsible, first.due_on, first.task


_URGENCY = {action: n for n, action in enumerate(ACTIONS)}


def _urgency(todo: ToDo) -> tuple[object, ...]:
    return (
        _URGENCY.get(todo.action, len(_URGENCY)), todo.due_on or dt.date.max, todo.responsible,
        todo.about, todo.task or 0,
    )  # fmt: skip


def _large(stakes: Sequence[int]) -> int:
    """Return the least that counts as large: what the row in the middle has at stake."""
    some = sorted(stake for stake in stakes if stake)
    return some[(len(some) - 1) // 2] if some else 1


def _lifts(row: Candidate, as_of: dt.date, *, is_large: bool) -> tuple[Lift, ...]:
    """Return what lifts a row, in the order in which it is said."""
    found: list[Lift] = []
    if is_large:
        found += _silence(row, as_of)
    if row.broken_promises:
        found.append(Lift("broken_promises", _beyond(BROKEN, row.broken_promises)))
    habit = row.habit
    if habit.recent_days is not None and habit.earlier_days is not None:
        later = habit.recent_days - habit.earlier_days
        if weight := _beyond(WORSE, later):
            found.append(Lift("worsening", weight))
    if not row.to_dos:
        return tuple(found)
    late = [t for t in row.to_dos if t.due_on is not None and t.due_on < as_of]
    if any(t.action == "answer_dispute" for t in late):
        found.append(Lift("dispute_past_due", DISPUTE_LATE))
    if any(t.action != "answer_dispute" for t in late):
        found.append(Lift("task_past_due", TASK_LATE))
    return tuple(found)


def _silence(row: Candidate, as_of: dt.date) -> list[Lift]:
    """Return the lifts of a large balance that nothing was heard of, and nothing done about."""
    since = _silent_since(row)
    weight = 0 if since is None else _beyond(SILENT, (as_of - since).days)
    if since is None or not weight:
        return []
    last = max(row.contacted_on or since, row.oldest_due_on or since)
    is_alone = (as_of - last).days >= ALONE_DAYS
    return [Lift("silent", weight), *([Lift("left_alone", ALONE)] if is_alone else [])]


def _silent_since(row: Candidate) -> dt.date | None:
    """Return since when nothing was heard: no earlier than the oldest due date."""
    if row.oldest_due_on is None:
        return row.heard_on
    return max(row.heard_on or row.oldest_due_on, row.oldest_due_on)


def _beyond(steps: Sequence[tuple[int, int]], found: int) -> int:
    return next((weight for least, weight in steps if found >= least), 0)


def recommended(row: Candidate) -> str:
    """Return what to do next where nothing stands as a task: the reason in force, else a call."""
    if row.reason in OF_REASON:
        return OF_REASON[row.reason]
    if row.unrated and not row.at_stake_minor:
        return "review"
    if row.in_hardship or (row.broken_promises >= BROKEN[0][0] and row.may_have_plan):
        return "offer_plan"
    return "call" if row.has_number else "find_contact"


def _why(row: Row) -> str:
    """Write one sentence: the money and its risk, then what lifts it, then what waits."""
    of = row.of
    if of.amounts:
        said = " and ".join(money.text(minor, currency) for currency, minor in of.amounts)
        verb = "is" if len(of.amounts) == 1 else "are"
        since = f", the oldest since {day_text(of.oldest_due_on)}" if of.oldest_due_on else ""
        parts = [
            f"{said} {verb} overdue{since}",
            f"the risk that it does not come by itself is {row.risk} %",
        ]
    else:
        parts = ["Nothing overdue can be pursued at the moment"]
    parts += [f"no rate is known for {c}" for c in of.unrated]
    parts += [_lift_words(of, lift.name) for lift in row.lifts if not lift.name.endswith("_due")]
    parts += [_waits(t) for t in sorted(of.to_dos, key=_urgency)[:2]]
    if not of.to_dos and of.reason == Reason.REQUIREMENT_MISSING:
        parts.append("the next step waits for something that has not happened")
    elif not of.to_dos and row.next_action not in ("call", "review"):
        parts.append(ACTIONS[row.next_action])
    return f"{'; '.join(parts)}."


def _lift_words(row: Candidate, name: str) -> str:
    if name == "silent":
        since = _silent_since(row)
        assert since is not None, "who is silent is so since a day"
        return f"nothing was heard from the customer since {day_text(since)}"
    if name == "left_alone":
        last = row.contacted_on
        return (
            f"nobody wrote or called since {day_text(last)}" if last else "nobody wrote or called"
        )
    if name == "broken_promises":
        n = row.broken_promises
        return f"{n} promises were broken" if n > 1 else "a promise was broken"
    habit = row.habit
    return f"pays {habit.recent_days} days late now, {habit.earlier_days} before"


def _waits(todo: ToDo) -> str:
    is_said = todo.about in ("", todo.action)
    about = "" if is_said else f" ({todo.about.replace('_', ' ')})"
    due = f", due {day_text(todo.due_on)}" if todo.due_on else ""
    return f"{ACTIONS[todo.action]}{about}{due}"


def _precedence(reasons: Iterable[str]) -> list[str]:
    """Return reasons in the order of the enum, what is not of it last."""
    order = {str(r): n for r, n in ORDER.items()}
    return sorted(reasons, key=lambda r: (order.get(r, len(order)), r))
