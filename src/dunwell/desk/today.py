"""One day on the desk: who hears something, who is asked about, who hears nothing and why.

Tonight and the days ahead are proposed afresh, which writes nothing. A day whose run has been
made is told as it was decided then (SEMANTICS 2.6, 6.13), with what became of each message.
Must not know: how it is shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.db.models import Q

from dunwell.core import ladder, views
from dunwell.core.decision import Act, Ask, Asked, Decision, Wait
from dunwell.core.scope import Scope
from dunwell.desk import compose, look
from dunwell.store import models, personal, tx
from dunwell.store import policies as published
from dunwell.store.lists import aging, decided
from dunwell.store.records import cases

_RUNS = ("run", "release")
MANY = 2000
"""How many values a query may list."""


class Case(NamedTuple):
    """One customer of one entity on the day; `states` says what became of its messages, by key."""

    entity: str
    customer: str
    name: str
    made: Decision
    states: Mapping[str, str] = {}


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
    """All cases of a day with their decisions, and the questions still open.

    `decided_on` is the day of the run that is told here, None where nothing is decided yet and
    the day is proposed. `gate` says why nothing may be sent, "" when the data is fresh.
    """

    as_of: dt.date
    decided_on: dt.date | None
    policy: str
    gate: str
    cases: list[Case]
    questions: list[Question]
    failed: list[tuple[str, str]]

    @cached_property
    def acts(self) -> list[tuple[Case, Act]]:
        """The cases in which something goes out."""
        return [(c, c.made) for c in self.cases if isinstance(c.made, Act)]

    @cached_property
    def waits(self) -> list[tuple[Case, Wait]]:
        """The cases that hear nothing."""
        return [(c, c.made) for c in self.cases if isinstance(c.made, Wait)]


class Standing(NamedTuple):
    """One open item on its ladder: the step taken last (-1: none) and the one it takes next."""

    label: str
    due_on: dt.date
    currency: str
    open_minor: int
    at: int
    next_step: str
    opens_on: dt.date | None


class Ladder(NamedTuple):
    """The steps of one case's cadence, with its items where they stand."""

    entity: str
    cadence: str
    policy: str
    steps: list[tuple[str, str]]
    items: list[Standing]


class Balance(NamedTuple):
    """What one customer owes one entity: by currency (open in all, past due), and since when."""

    amounts: dict[str, tuple[int, int]]
    oldest_due_on: dt.date | None


def head(scope: Scope) -> int:
    """Return the number of the last event: while it stands, so does whatever was read."""
    with tx.reading(scope):
        last = models.Event.objects.filter(organisation_id=scope.organisation_id)
        found: int = last.order_by("-pk").values_list("pk", flat=True).first() or 0
    return found


def day(scope: Scope, *, as_of: dt.date, today: dt.date) -> Day:
    """Return a day: as it was decided where its run has been made, else as it would be."""
    with tx.reading(scope):
        if as_of < today or _is_run(scope, as_of):
            return _decided(scope, as_of)
        return _proposed(scope, as_of)


def more(scope: Scope, *, as_of: dt.date) -> Day:
    """Return what would go out beyond what was released: came up, or was approved, since."""
    with tx.reading(scope):
        found = [x for x in look.decided_today(scope, as_of=as_of) if isinstance(x.made, Act)]
        known = names(scope, {x.customer for x in found})
    shown = [Case(x.entity, x.customer, known.get(x.customer, ""), x.made) for x in found]
    shown.sort(key=lambda c: (c.customer, c.entity))
    return Day(as_of, None, "", "", shown, [], [])


def told(
    scope: Scope, customers: Iterable[str], *, as_of: dt.date
) -> dict[tuple[str, str], Decision]:
    """Decide some customers afresh, so that a wait that stands can name its dates and items."""
    with tx.reading(scope):
        ids = models.Customer.objects.filter(
            organisation_id=scope.organisation_id, reference__in=list(customers)
        ).values_list("pk", flat=True)
        found = look.propose(scope, as_of=as_of, customers=list(ids))
    return {(x.entity, x.customer): x.made for x in found.lines}


def ladders(
    scope: Scope, customer_id: int, *, as_of: dt.date, fresh: look.Proposal | None = None
) -> list[Ladder]:
    """Return where a customer's items stand on their ladders, for each entity that is owed.

    `fresh` is what the day would bring the customer, where the caller has looked already.
    """
    with tx.reading(scope):
        found = fresh or look.propose(scope, as_of=as_of, customers=[customer_id])
        made = (_ladder(scope, line, as_of) for line in found.lines)
        return [x for x in made if x is not None and x.items]


def _ladder(scope: Scope, line: cases.Line, as_of: dt.date) -> Ladder | None:
    if line.facts is None:
        return None
    policy = published.load(scope, line.policy_version_id)
    view = views.look(line.facts, policy, as_of)
    return Ladder(
        line.entity,
        line.cadence,
        f"{policy.name} v{policy.version}",
        [(s.id, s.tone) for s in view.cadence.steps],
        [
            Standing(
                p.at.item.label, p.at.item.due_on, p.at.item.currency, p.at.item.open_minor,
                -1 if p.rung.last is None else ladder.place(p.rung.last, view.cadence),
                "" if p.rung.step is None else p.rung.step.id, p.rung.opens_on,
            )
            for p in sorted(view.places, key=lambda p: views.by_age(p.at))
        ],
    )  # fmt: skip


def balances(scope: Scope, *, as_of: dt.date) -> dict[tuple[str, str], Balance]:
    """Return what is open at the end of a day, by (entity, customer)."""
    found: dict[tuple[str, str], Balance] = {}
    with tx.reading(scope):
        for entity in _entities(scope):
            for o in aging.open_amounts(scope, as_of=as_of, by="customer", entity=entity):
                have = found.setdefault((entity, o.key), Balance({}, None))
                is_debit = o.kind not in ("credit_note", "unapplied")
                total, overdue = have.amounts.get(o.currency, (0, 0))
                if is_debit and o.due_on is not None and o.due_on < as_of:
                    overdue += o.minor
                    oldest = min(have.oldest_due_on or o.due_on, o.due_on)
                    found[(entity, o.key)] = have._replace(oldest_due_on=oldest)
                have.amounts[o.currency] = (total + (o.minor if is_debit else -o.minor), overdue)
    return found


def entities(scope: Scope) -> dict[str, str]:
    """Return the name of each entity by its code, in order of code."""
    with tx.reading(scope):
        return dict(
            models.Entity.objects.filter(organisation_id=scope.organisation_id)
            .order_by("code")
            .values_list("code", "name")
        )


def names(scope: Scope, references: Iterable[str] | None = None) -> dict[str, str]:
    """Return the names of customers by reference; of all when none are given."""
    with tx.reading(scope):
        rows = models.Customer.objects.filter(organisation_id=scope.organisation_id)
        wanted = None if references is None else list(references)
        if wanted is not None and len(wanted) <= MANY:  # beyond that, all are read sooner
            rows = rows.filter(reference__in=wanted)
        ids = dict(rows.values_list("pk", "reference"))
        said = personal.read(scope, "customer", ids, fields=["name"])
    return {reference: said.get((pk, "name"), "") for pk, reference in ids.items()}


def billed(scope: Scope, number: str, *, most: int = 20) -> list[str]:
    """Return the customers that have an item of this number, by reference."""
    with tx.reading(scope):
        rows = models.Item.objects.filter(
            organisation_id=scope.organisation_id, number__in={number, number.upper()}
        )
        return sorted(set(rows.values_list("customer__reference", flat=True)[:most]))


def counted_to(scope: Scope) -> dt.date | None:
    """Return the day the newest payments or open items taken in speak for."""
    with tx.reading(scope):
        return compose.counted_to(scope)


def _entities(scope: Scope) -> list[str]:
    return list(
        models.Entity.objects.filter(organisation_id=scope.organisation_id)
        .order_by("code")
        .values_list("code", flat=True)
    )


def _is_run(scope: Scope, as_of: dt.date) -> bool:
    return models.Run.objects.filter(
        organisation_id=scope.organisation_id, as_of=as_of, mode__in=_RUNS, gate=""
    ).exists()


def _proposed(scope: Scope, as_of: dt.date) -> Day:
    found = look.propose(scope, as_of=as_of)
    known = names(scope, {x.customer for x in found.lines})
    shown = [Case(x.entity, x.customer, known.get(x.customer, ""), x.made) for x in found.lines]
    return Day(
        as_of, None, found.policy, found.gate.why, shown,
        _questions(scope, shown, known, as_of=as_of), found.failed,
    )  # fmt: skip


def _decided(scope: Scope, as_of: dt.date) -> Day:
    """Tell a day from the decisions in force then: the newest of each case up to that day."""
    run = (
        models.Run.objects.filter(
            organisation_id=scope.organisation_id, as_of__lte=as_of, mode__in=_RUNS, gate=""
        )
        .order_by("as_of", "pk")
        .last()
    )
    if run is None:
        return Day(as_of, None, "", "no run had been made by that day", [], [], [])
    # What was sent on an earlier day is decided again the next, so an act is of the run's day.
    stood = [d for d in decided.in_force(scope, as_of) if d.verdict != "act" or d.on == run.as_of]
    known = names(scope, {d.customer for d in stood})
    states = _states(scope, [d.id for d in stood if d.verdict == "act"])
    shown = [
        Case(
            d.entity, d.customer, known.get(d.customer, ""), cases.unpack(d.body),
            states.get(d.id, {}),
        )
        for d in stood
    ]  # fmt: skip
    policy = ",".join(sorted(set(_policies(scope))))
    return Day(as_of, run.as_of, policy, "", shown, _questions(scope, [], known, as_of=as_of), [])


def _policies(scope: Scope) -> Sequence[str]:
    return list(
        models.Entity.objects.filter(organisation_id=scope.organisation_id).values_list(
            "policy", flat=True
        )
    )


def _states(scope: Scope, decisions: Sequence[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for start in range(0, len(decisions), MANY):
        for decision, key, state in models.Action.objects.filter(
            organisation_id=scope.organisation_id, decision_id__in=decisions[start : start + MANY]
        ).values_list("decision_id", "key", "state"):
            found.setdefault(decision, {})[key] = state
    return found


def _questions(
    scope: Scope, shown: Sequence[Case], known: dict[str, str], *, as_of: dt.date
) -> list[Question]:
    """Return what waits for an answer: asked and open on that day, then what would be asked.

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
    open_items = open_of(scope, {i for a in asked for i in a.items})
    known = known | names(scope, {a.customer.reference for a in asked} - set(known))
    found = [
        Question(
            a.entity.code, a.customer.reference, known.get(a.customer.reference, ""), a.what,
            a.step, a.role, tuple((c, m) for c, m in a.amounts), a.key, a.asked_on,
        )
        for a in asked
        if not a.items or open_items.intersection(a.items)
    ]  # fmt: skip
    have = {a.key for a in asked}
    found += [
        Question(
            c.entity, c.customer, c.name, a.what, a.step, a.approval, a.amounts,
            a.actions[0].key, None,
        )
        for c in shown
        for a in _asks(c.made)
        if a.actions[0].key not in have
    ]  # fmt: skip
    return found


def _asks(made: Decision) -> tuple[Asked, ...]:
    return made.asks if isinstance(made, Act | Ask) else ()


def open_of(scope: Scope, items: set[int]) -> set[int]:
    """Return those of some items of which something is open."""
    return set(
        models.Item.objects.filter(
            organisation_id=scope.organisation_id, pk__in=items, open_minor__gt=0
        ).values_list("pk", flat=True)
    )
