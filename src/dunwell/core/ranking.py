"""The worklist: what is worth a person's time today, in which order, and the sentence why.

Cash first: what can be brought in, times the risk that it does not come by itself; then named
lifts. Whoever gives nobody anything to do is left out and counted. Whole numbers only, so that
the same book gives the same list. Read `rank`, then `FromHistory` and `_lifts`. Must not know:
where rows come from, or how they are shown. Origin: SEMANTICS 10; docs/spec/worklist.md.
"""

from __future__ import annotations

import bisect
import copy
import datetime as dt
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import mul
from typing import Any, NamedTuple, Protocol, overload

import msgspec

from dunwell.core import money
from dunwell.core.candidate import ACTIONS, Candidate, ToDo
from dunwell.core.reasons import ORDER, Reason, day_text

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

        >>> from dunwell.core.candidate import Habit
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


class Place(NamedTuple):
    """Where a candidate stands: what orders it, first things first, then what its row says.

    The names end every tie, since no customer of an entity comes twice.
    """

    minus_score: int
    minus_stake: int
    minus_weight: int
    by_on: dt.date
    since_on: dt.date
    customer: str
    entity: str
    risk: int
    lifts: tuple[Lift, ...]
    action: str
    responsible: str
    due_on: dt.date | None
    task: int | None
    of: Candidate


_RESPONSIBLE = operator.attrgetter("responsible")
_MINUS_STAKE = operator.attrgetter("minus_stake")


class Rows(Sequence[Row]):
    """The places of a list, each made when it is looked at: a book has many more than a page."""

    def __init__(self, places: Sequence[Place], fits: Sequence[bool]) -> None:
        self._places, self._fits = places, fits

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, n: int) -> Row: ...
    @overload
    def __getitem__(self, n: slice) -> list[Row]: ...
    def __getitem__(self, n: int | slice) -> Row | list[Row]:
        if isinstance(n, slice):
            return [self[i] for i in range(*n.indices(len(self)))]
        p = self._places[n]
        at = n + 1 if n >= 0 else len(self) + n + 1
        return Row(
            at, p.of, -p.minus_stake, p.risk, p.lifts, p.action, p.responsible, p.due_on, p.task,
            self._fits[n],
        )  # fmt: skip


class Worklist(NamedTuple):
    """A day's list, the first thing first, and how many were left out for which reason.

    `at_stake_minor` adds up the rows, `fitting` counts those that fit into the day,
    `by_responsible` those of each person.
    """

    as_of: dt.date
    currency: str
    capacity: int | None
    rows: Rows
    left_out: dict[str, int]
    at_stake_minor: int
    fitting: int
    by_responsible: dict[str, int]


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
    first ones. Ties go by amount, then age, then name. No customer of an entity comes twice.

    >>> day = dt.date(2026, 3, 2)
    >>> old = Candidate("e", "OLD", "o", "EUR", by_age=(0, 0, 400_00, 0, 0), is_overdue=True)
    >>> big = Candidate("e", "BIG", "o", "EUR", by_age=(80_000_00, 0, 0, 0, 0), is_overdue=True)
    >>> [r.of.customer for r in rank([old, big], as_of=day).rows]
    ['BIG', 'OLD']
    """
    return Order(rows, as_of=as_of, risk=risk).listed(capacity, owner, currency)


Key = tuple[str, str]
"""Whose a row is: entity and customer."""


class Order:
    """The candidates of a day in their order, kept so that a few can be put in anew."""

    def __init__(
        self, rows: Iterable[Candidate], *, as_of: dt.date, risk: Risk = FROM_HISTORY
    ) -> None:
        self.as_of, self.risk = as_of, risk
        self.out: dict[Key, tuple[str, str]] = {}
        self.stakes: list[tuple[int, Key]] = []
        self.stay: dict[Key, Place] = {}
        rows = list(self._staying(rows))
        self.stakes = sorted((stake, key_of(row)) for row in rows if (stake := row.at_stake_minor))
        self.large = self._large()
        self.stay = {key_of(row): self._place(row) for row in rows}
        self.places = sorted(self.stay.values())

    def again(self, gone: Iterable[Key], rows: Iterable[Candidate]) -> Order:
        """Return the order without some, and with others, or the same as they are now."""
        rows = list(rows)
        new = copy.copy(self)
        new.out, new.stay = dict(self.out), dict(self.stay)
        new.stakes, new.places = list(self.stakes), list(self.places)
        for key in {*gone, *map(key_of, rows)}:
            new.out.pop(key, None)
            new._take(key)
        staying = list(new._staying(rows))
        for row in staying:
            if stake := row.at_stake_minor:
                bisect.insort(new.stakes, (stake, key_of(row)))
        new.large = new._large()
        low, high = sorted((self.large, new.large))
        if low != high:  # whose balance is large no more, or is so now
            first, last = (bisect.bisect_left(new.stakes, (edge,)) for edge in (low, high))
            keys = [key for _, key in new.stakes[first:last]]
            staying += [new._take(key, keep_stake=True).of for key in keys if key in new.stay]
        for row in staying:
            place = new.stay[key_of(row)] = new._place(row)
            bisect.insort(new.places, place)
        return new

    def listed(
        self,
        capacity: int | None = None,
        owner: str | None = None,
        currency: str = "",
        narrow: Callable[[list[Place]], list[Place]] | None = None,
    ) -> Worklist:
        """Return the list, of all or of what one person is responsible for.

        `narrow` keeps a part of it; what is left out is counted whole.
        """
        places = self.places
        if owner is not None:
            places = [p for p in places if p.responsible == owner]
        if narrow is not None:
            places = narrow(places)
        by_responsible = Counter(map(_RESPONSIBLE, places))
        fits, fitting = [True] * len(places), len(places)
        if capacity is not None:
            left = {who: capacity for who in by_responsible}
            for n, who in enumerate(map(_RESPONSIBLE, places)):
                fits[n] = left[who] > 0
                left[who] -= 1
            fitting = sum(min(n, capacity) for n in by_responsible.values())
        found = Counter(why for why, whose in self.out.values() if owner in (None, whose))
        left_out = {reason: found[reason] for reason in _precedence(found)}
        stake = -sum(map(_MINUS_STAKE, places))
        return Worklist(
            self.as_of, currency, capacity, Rows(places, fits), left_out, stake, fitting,
            dict(by_responsible),
        )  # fmt: skip

    def _staying(self, rows: Iterable[Candidate]) -> Iterator[Candidate]:
        """Yield who gives somebody something to do; keep why the others do not."""
        for row in rows:
            reason = idle(row, as_of=self.as_of)
            if reason is None:
                yield row
            else:
                self.out[key_of(row)] = (reason, row.owner)

    def _take(self, key: Key, *, keep_stake: bool = False) -> Any:
        """Take a row out of the order; return its place, if it had one."""
        place = self.stay.pop(key, None)
        if place is not None:
            del self.places[bisect.bisect_left(self.places, place)]
            if place.minus_stake and not keep_stake:
                del self.stakes[bisect.bisect_left(self.stakes, (-place.minus_stake, key))]
        return place

    def _large(self) -> int:
        """Return the least that counts as large: what the row in the middle has at stake."""
        return self.stakes[(len(self.stakes) - 1) // 2][0] if self.stakes else 1

    def _place(self, row: Candidate) -> Place:
        """Work out where a row stands: by score, then amount, lifts, days and names."""
        stake = row.at_stake_minor
        percent = self.risk.percent(row)
        lifts = _lifts(row, self.as_of, is_large=stake >= self.large)
        weight = sum([x.weight for x in lifts]) if lifts else 0
        action, who, due_on, task = _next(row)
        return Place(
            -stake * percent * (100 + weight), -stake, -weight, due_on or dt.date.max,
            row.oldest_due_on or dt.date.max, row.customer, row.entity,
            percent, lifts, action, who, due_on, task, row,
        )  # fmt: skip


def key_of(row: Candidate) -> Key:
    """Return whose a row is."""
    return (row.entity, row.customer)


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
    """Write one sentence: what waits for a person, what lifts the row, then the money."""
    of = row.of
    parts = [_waits(t) for t in sorted(of.to_dos, key=_urgency)[:2]]
    if not of.to_dos and of.reason == Reason.REQUIREMENT_MISSING:
        parts.append("the next step waits for something that has not happened")
    elif not of.to_dos and row.next_action not in ("call", "review"):
        parts.append(ACTIONS[row.next_action])
    parts += [_lift_words(of, lift.name) for lift in row.lifts if not lift.name.endswith("_due")]
    if of.amounts:
        said = " and ".join(money.text(minor, currency) for currency, minor in of.amounts)
        since = f", the oldest since {day_text(of.oldest_due_on)}" if of.oldest_due_on else ""
        parts.append(f"{said} overdue{since}")
    else:
        parts.append("nothing overdue can be pursued at the moment")
    parts += [f"no rate is known for {c}" for c in of.unrated]
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _lift_words(row: Candidate, name: str) -> str:
    if name == "silent":
        since = _silent_since(row)
        assert since is not None, "who is silent is so since a day"
        return f"not heard from since {day_text(since)}"
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
    about = "" if is_said else f": {todo.about.replace('_', ' ')}"
    due = f", due {day_text(todo.due_on)}" if todo.due_on else ""
    return f"{ACTIONS[todo.action]}{about}{due}"


def _precedence(reasons: Iterable[str]) -> list[str]:
    """Return reasons in the order of the enum, what is not of it last."""
    order = {str(r): n for r, n in ORDER.items()}
    return sorted(reasons, key=lambda r: (order.get(r, len(order)), r))
