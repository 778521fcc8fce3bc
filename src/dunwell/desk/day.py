"""One day on the desk: who hears something, who is asked about, who hears nothing and why.

Tonight and the days ahead are proposed afresh, which writes nothing. A day whose run has been
made is told as it was decided then (SEMANTICS 2.6, 6.13), with what became of each message.
A day once made is brought up to date case by case (`again`): a book has hundreds of thousands,
and one event changes one of them. Must not know: how it is shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.db.models import Q

from dunwell.core.decision import Act, Ask, Asked, Decision, Wait
from dunwell.core.reasons import Reason
from dunwell.core.scope import Scope
from dunwell.desk import look, today
from dunwell.store import models, since, tx
from dunwell.store.lists import decided
from dunwell.store.records import cases

_RUNS = ("run", "release")
Key = tuple[str, str]
"""What tells one case from another here: entity code and customer reference."""


class Case(NamedTuple):
    """One customer of one entity on the day; `states` says what became of its messages, by key.

    `decision` is the number of the decision that is told, 0 where it is only proposed.
    """

    entity: str
    customer: str
    name: str
    made: Decision
    states: Mapping[str, str] = {}
    decision: int = 0

    @property
    def key(self) -> Key:
        """What tells it from another."""
        return (self.entity, self.customer)


class Question(NamedTuple):
    """What waits for a role; `asked_on` is None for what tonight's run would ask anew."""

    entity: str
    customer: str
    name: str
    what: str
    step: str
    role: str
    amounts: tuple[tuple[str, int], ...]
    key: str
    asked_on: dt.date | None


@dataclass(frozen=True)
class Day:
    """All cases of a day by what was decided, and the questions still open.

    `decided_on` is the day of the run that is told here, None where nothing is decided yet and
    the day is proposed. `gate` says why nothing may be sent, "" when the data is fresh.
    """

    as_of: dt.date
    decided_on: dt.date | None
    policy: str
    gate: str
    acting: Mapping[Key, Case]
    asking: Mapping[Key, Case]
    silent: Mapping[Reason, Mapping[Key, Case]]
    questions: list[Question]
    failed: list[tuple[str, str]]

    @property
    def acts(self) -> list[tuple[Case, Act]]:
        """The cases in which something goes out."""
        return [(c, c.made) for c in self.acting.values() if isinstance(c.made, Act)]

    @property
    def waits(self) -> list[tuple[Case, Wait]]:
        """The cases that hear nothing."""
        return [
            (c, c.made)
            for some in self.silent.values()
            for c in some.values()
            if isinstance(c.made, Wait)
        ]

    @property
    def waiting(self) -> int:
        """How many cases hear nothing."""
        return sum(map(len, self.silent.values()))

    @property
    def asks(self) -> Iterator[tuple[Case, Asked]]:
        """What the day would ask a role, with the case it is about."""
        for some in (self.acting, self.asking):
            for c in some.values():
                for asked in c.made.asks if isinstance(c.made, Act | Ask) else ():
                    yield c, asked


class _Sorted:
    """Cases by what was decided; made from those of a day, it changes nothing of that day's."""

    def __init__(self, was: Day | None = None) -> None:
        self.acting: dict[Key, Case] = dict(was.acting) if was else {}
        self.asking: dict[Key, Case] = dict(was.asking) if was else {}
        self.silent: dict[Reason, Mapping[Key, Case]] = dict(was.silent) if was else {}
        self._own: dict[Reason, dict[Key, Case]] = {}

    def put(self, case: Case) -> None:
        if isinstance(case.made, Act):
            self.acting[case.key] = case
        elif isinstance(case.made, Ask):
            self.asking[case.key] = case
        else:
            self._mine(case.made.reason)[case.key] = case

    def drop(self, keys: Collection[Key]) -> None:
        for key in keys:
            self.acting.pop(key, None)
            self.asking.pop(key, None)
        for reason, some in list(self.silent.items()):
            gone = [key for key in keys if key in some]
            if gone:
                mine = self._mine(reason)
                for key in gone:
                    del mine[key]

    def _mine(self, reason: Reason) -> dict[Key, Case]:
        if reason not in self._own:
            self.silent[reason] = self._own[reason] = dict(self.silent.get(reason, {}))
        return self._own[reason]

    def day(self, was: Day) -> Day:
        silent = {reason: some for reason, some in self.silent.items() if some}
        return replace(was, acting=self.acting, asking=self.asking, silent=silent)


def empty(as_of: dt.date, *, gate: str = "") -> Day:
    """Return a day on which there is no case."""
    return Day(as_of, None, "", gate, {}, {}, {}, [], [])


def day(
    scope: Scope,
    *,
    as_of: dt.date,
    today: dt.date,
    names: Mapping[str, str] | None = None,
    tick: Callable[[], object] | None = None,
) -> Day:
    """Return a day: as it was decided where its run has been made, else as it would be.

    `names` are all customers' by reference, where the caller has them. `tick` is called for each
    case that is looked at, where somebody waits for a large book.
    """
    with tx.reading(scope):
        if as_of < today or is_run(scope, as_of):
            return _decided(scope, as_of, names)
        return _proposed(scope, as_of, names, tick)


def again(scope: Scope, was: Day, change: since.Changes) -> Day | None:
    """Return a day with what a few cases have become since; None where all must be read."""
    with tx.reading(scope):
        if was.decided_on is None:
            return _proposed_again(scope, was, change)
        return _states_again(scope, was, change)


def more(scope: Scope, *, as_of: dt.date) -> Day:
    """Return what would go out beyond what was released: came up, or was approved, since."""
    with tx.reading(scope):
        found = look.decided_today(scope, as_of=as_of)
        return _acting(scope, empty(as_of), found, ())


def more_again(scope: Scope, was: Day, change: since.Changes) -> Day | None:
    """Return what would go out beyond what was released, with what a few cases have become."""
    with tx.reading(scope):
        found = look.again(scope, change.cases, as_of=was.as_of)
        keys = _keys(scope, change.cases)
        return None if found is None else _acting(scope, was, found.lines, keys)


def _acting(scope: Scope, was: Day, lines: Iterable[cases.Line], gone: Collection[Key]) -> Day:
    found = [x for x in lines if isinstance(x.made, Act)]
    known = today.names(scope, {x.customer for x in found})
    put = _Sorted(was)
    put.drop(gone)
    for x in sorted(found, key=lambda x: (x.customer, x.entity)):
        put.put(Case(x.entity, x.customer, known.get(x.customer, ""), x.made))
    return put.day(was)


def is_run(scope: Scope, as_of: dt.date) -> bool:
    """Tell whether a day's run has been made."""
    return models.Run.objects.filter(
        organisation_id=scope.organisation_id, as_of=as_of, mode__in=_RUNS, gate=""
    ).exists()


def _proposed(
    scope: Scope,
    as_of: dt.date,
    names: Mapping[str, str] | None,
    tick: Callable[[], object] | None,
) -> Day:
    found = look.propose(scope, as_of=as_of, tick=tick)
    known = today.names(scope, {x.customer for x in found.lines}) if names is None else names
    put = _Sorted()
    for x in found.lines:
        put.put(Case(x.entity, x.customer, known.get(x.customer, ""), x.made))
    made = Day(as_of, None, found.policy, found.gate.why, {}, {}, {}, [], found.failed)
    made = put.day(made)
    return replace(made, questions=_questions(scope, made))


def _proposed_again(scope: Scope, was: Day, change: since.Changes) -> Day | None:
    found = look.again(scope, change.cases, as_of=was.as_of)
    if found is None:
        return None
    keys = _keys(scope, change.cases)
    known = today.names(scope, {x.customer for x in found.lines})
    put = _Sorted(was)
    put.drop(keys)
    for x in found.lines:
        put.put(Case(x.entity, x.customer, known.get(x.customer, ""), x.made))
    them = {customer for _, customer in keys}
    failed = [f for f in was.failed if f[0] not in them] + found.failed
    made = replace(put.day(was), failed=failed)
    return replace(made, questions=_questions(scope, made))


def _keys(scope: Scope, pairs: Collection[since.Pair]) -> list[Key]:
    """Return entity code and customer reference of some cases."""
    mine = {"organisation_id": scope.organisation_id}
    codes = dict(models.Entity.objects.filter(**mine).values_list("pk", "code"))
    people = dict(
        models.Customer.objects.filter(**mine, pk__in={c for _, c in pairs}).values_list(
            "pk", "reference"
        )
    )
    return [(codes[e], people[c]) for e, c in sorted(pairs) if e in codes and c in people]


def _decided(scope: Scope, as_of: dt.date, names: Mapping[str, str] | None) -> Day:
    """Tell a day from the decisions in force then: the newest of each case up to that day."""
    run = (
        models.Run.objects.filter(
            organisation_id=scope.organisation_id, as_of__lte=as_of, mode__in=_RUNS, gate=""
        )
        .order_by("as_of", "pk")
        .last()
    )
    if run is None:
        return empty(as_of, gate="no run had been made by that day")
    # What was sent on an earlier day is decided again the next, so an act is of the run's day.
    stood = [d for d in decided.in_force(scope, as_of) if d.verdict != "act" or d.on == run.as_of]
    known = today.names(scope, {d.customer for d in stood}) if names is None else names
    states = _states(scope, [d.id for d in stood if d.verdict == "act"])
    put = _Sorted()
    for d in stood:
        name, made = known.get(d.customer, ""), cases.unpack(d.body)
        put.put(Case(d.entity, d.customer, name, made, states.get(d.id, {}), d.id))
    policy = ",".join(sorted(set(_policies(scope))))
    told = put.day(Day(as_of, run.as_of, policy, "", {}, {}, {}, [], []))
    return replace(told, questions=_asked(scope, as_of))


def _states_again(scope: Scope, was: Day, change: since.Changes) -> Day:
    """Tell what became of the messages of a few cases: what was decided stays as it was."""
    told = [was.acting[key] for key in _keys(scope, change.cases) if key in was.acting]
    states = _states(scope, [c.decision for c in told])
    acting = dict(was.acting)
    for c in told:
        acting[c.key] = c._replace(states=states.get(c.decision, {}))
    return replace(was, acting=acting, questions=_asked(scope, was.as_of))


def _policies(scope: Scope) -> Sequence[str]:
    return list(
        models.Entity.objects.filter(organisation_id=scope.organisation_id).values_list(
            "policy", flat=True
        )
    )


def _states(scope: Scope, decisions: Sequence[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for start in range(0, len(decisions), today.MANY):
        some = decisions[start : start + today.MANY]
        for decision, key, state in models.Action.objects.filter(
            organisation_id=scope.organisation_id, decision_id__in=some
        ).values_list("decision_id", "key", "state"):
            found.setdefault(decision, {})[key] = state
    return found


def _questions(scope: Scope, made: Day) -> list[Question]:
    """Return what waits for an answer: asked and open on that day, then what would be asked."""
    found = _asked(scope, made.as_of)
    have = {q.key for q in found}
    would = [
        Question(
            c.entity, c.customer, c.name, a.what, a.step, a.approval, a.amounts,
            a.actions[0].key, None,
        )
        for c, a in made.asks
        if a.actions[0].key not in have
    ]  # fmt: skip
    return [*found, *sorted(would, key=lambda q: (q.customer, q.entity))]


def _asked(scope: Scope, as_of: dt.date) -> list[Question]:
    """Return what had been asked and was open on a day.

    A question whose items are all paid asks nothing any more.
    """
    asked = list(
        models.Approval.objects.filter(
            Q(state="asked") | Q(decided_on__gt=as_of),
            organisation_id=scope.organisation_id,
            asked_on__lte=as_of,
        )
        .select_related("entity", "customer")
        .order_by("asked_on", "pk")
    )
    open_items = today.open_of(scope, {i for a in asked for i in a.items})
    known = today.names(scope, {a.customer.reference for a in asked})
    return [
        Question(
            a.entity.code, a.customer.reference, known.get(a.customer.reference, ""), a.what,
            a.step, a.role, tuple((c, m) for c, m in a.amounts), a.key, a.asked_on,
        )
        for a in asked
        if not a.items or open_items.intersection(a.items)
    ]  # fmt: skip
