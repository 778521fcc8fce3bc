"""Every row the worklist is made of, over the whole book at once: a few statements an entity.

Money comes from `at_stake`, habits and what was heard from `signs`; here stands what people have
to do, and whose each customer is. Never a query a customer. Must not know: what is worth more
(`core.ranking`).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q

from dunwell.core import candidate, money, workdays
from dunwell.core import policy as documents
from dunwell.core.scope import Scope
from dunwell.store import facts, models, policies
from dunwell.store.lists import at_stake, signs
from dunwell.store.records import tasks

Key = tuple[int, int]
"""Whose a row is: entity and paying customer."""


class Book(NamedTuple):
    """A day's candidates, and the currency in which they are compared.

    `owing` are the payers with something open, by entity; `to_dos` what people have to do. `read`
    are the cases that were read anew, where it was made of the one before.
    """

    currency: str
    found: Mapping[Key, candidate.Candidate]
    owing: Mapping[int, frozenset[int]]
    to_dos: Mapping[Key, tuple[candidate.ToDo, ...]]
    read: frozenset[Key] = frozenset()


class _Person(NamedTuple):
    """What is read of a customer."""

    reference: str
    owner: str
    grade: str
    segment: str


def load(scope: Scope, *, as_of: dt.date) -> Book:
    """Return every customer with something open, or with something for a person to do."""
    desk = _Desk(scope, as_of)
    people = _people(scope, None)
    readers = [at_stake.reader(scope, entity, as_of=as_of) for entity in desk.entities]
    stakes = {by.entity.pk: desk.stakes(by) for by in readers}
    owing = {pk: frozenset(some) for pk, some in stakes.items()}
    to_dos = _to_dos(scope, readers, owing, people, desk.staff, as_of)
    found: dict[Key, candidate.Candidate] = {}
    for by in readers:
        found.update(desk.candidates(by, stakes[by.entity.pk], to_dos, people))
    return Book(desk.currency, found, owing, to_dos)


def again(scope: Scope, was: Book, cases: Collection[Key], *, as_of: dt.date) -> Book:
    """Return the book as it is now, where since it was read only these cases may be others.

    What people have to do is read as a whole: no event about it need wake anybody.
    """
    desk = _Desk(scope, as_of)
    customers = {customer for _, customer in cases}
    readers = [
        at_stake.reader(scope, entity, as_of=as_of, customers=customers) for entity in desk.entities
    ]
    stakes = {by.entity.pk: desk.stakes(by) for by in readers}
    owing = {
        by.entity.pk: (was.owing[by.entity.pk] - (by.only or frozenset())).union(
            stakes[by.entity.pk]
        )
        for by in readers
    }
    to_dos = _to_dos(scope, readers, owing, None, desk.staff, as_of)
    others = {key[1] for key in was.to_dos.keys() | to_dos.keys()
              if was.to_dos.get(key) != to_dos.get(key)} - customers  # fmt: skip
    if others:
        return again(scope, was, [*cases, *((0, c) for c in others)], as_of=as_of)
    found, read = dict(was.found), set[Key]()
    for by in readers:
        pk, mine = by.entity.pk, by.only or frozenset()
        read.update((pk, customer) for customer in mine)
        for customer in mine:
            found.pop((pk, customer), None)
        some = {key: to_dos[key] for key in to_dos if key[0] == pk and key[1] in mine}
        found.update(desk.candidates(by, stakes[pk], some, _people(scope, mine)))
    return Book(desk.currency, found, owing, to_dos, frozenset(read))


class _Desk:
    """What holds for all candidates of a day: entities, rates, rules, who answers for what."""

    def __init__(self, scope: Scope, as_of: dt.date) -> None:
        self.scope = scope
        self.entities = list(
            models.Entity.objects.filter(organisation_id=scope.organisation_id).order_by("pk")
        )
        self.currency: str = self.entities[0].base_currency if self.entities else ""
        self.staff = Staff(scope)
        self.rates = _rates(scope, self.entities, as_of)
        self.rules = {e.pk: policies.current(scope, e.policy)[1] for e in self.entities}
        self.pressing = _pressing(scope, as_of)

    def stakes(self, by: at_stake.Reader) -> dict[int, at_stake.Stake]:
        """Return what is at stake with each customer of an entity that has something open."""
        return at_stake.load(by, self.rules[by.entity.pk], pressing=self.pressing)

    def candidates(
        self,
        by: at_stake.Reader,
        stakes: Mapping[int, at_stake.Stake],
        to_dos: Mapping[Key, tuple[candidate.ToDo, ...]],
        people: Mapping[int, _Person],
    ) -> Iterator[tuple[Key, candidate.Candidate]]:
        """Yield the candidates of one entity."""
        rules = self.rules[by.entity.pk]
        given = {c: people[c].grade for c in stakes if c in people and people[c].grade}
        seen = signs.load(by, rules, given=given)
        terms = _terms(by, rules, self.staff, self.rates)
        return _of_entity(by, terms, seen, stakes, to_dos, people, self.rates)


class _Terms(NamedTuple):
    """What holds for all candidates of one entity; limits are in the currency compared in."""

    code: str
    currency: str
    collector: str
    since_on: dt.date
    small_minor: int
    plan_minor: int


def _terms(
    by: at_stake.Reader, rules: documents.Policy, staff: Staff, rates: Mapping[str, Decimal]
) -> _Terms:
    base = by.entity.base_currency
    small = rules.small_balance_minor(base)
    least = documents.minor(rules.settings.plans.minimum, base)
    return _Terms(
        by.entity.code, staff.currency, staff.first("collector"),
        workdays.previous_working(by.calendar, by.as_of - workdays.DAY),
        _scaled(small, base, rates), _scaled(least, base, rates),
    )  # fmt: skip


def _of_entity(
    by: at_stake.Reader,
    terms: _Terms,
    seen: signs.Signs,
    stakes: Mapping[int, at_stake.Stake],
    to_dos: Mapping[Key, tuple[candidate.ToDo, ...]],
    people: Mapping[int, _Person],
    rates: Mapping[str, Decimal],
) -> Iterator[tuple[Key, candidate.Candidate]]:
    """Yield the candidates of one entity."""
    pk = by.entity.pk
    more = {c for e, c in to_dos if e == pk} - stakes.keys()
    for customer in (*stakes, *sorted(more)):
        if customer not in people:
            continue
        key, who = (pk, customer), people[customer]
        stake = stakes.get(customer, at_stake.NOTHING)
        wanted = to_dos.get(key, ())
        owner = who.owner or terms.collector
        if not (stake.is_overdue or wanted):
            yield key, candidate.Candidate(terms.code, who.reference, owner, terms.currency)
            continue
        amounts, by_age, unrated = _converted(stake.bands, rates)
        row = candidate.Candidate(
            terms.code, who.reference, owner, terms.currency, amounts, by_age, unrated,
            stake.oldest_due_on, stake.is_overdue, stake.covers,
            seen.habit.get(customer, candidate.NO_HABIT), seen.broken.get(customer, 0),
            seen.heard.get(customer), seen.contacted.get(customer), terms.since_on,
            customer in seen.under_way, seen.reasons.get(customer, ""), wanted,
            terms.small_minor, customer not in seen.without_number,
            customer in seen.plans and sum(by_age) >= terms.plan_minor, customer in seen.paused,
        )  # fmt: skip
        yield key, row


# --- money --------------------------------------------------------------------------------------


def _rates(scope: Scope, entities: list[models.Entity], as_of: dt.date) -> dict[str, Decimal]:
    """Return what a minor unit of each currency is in that of the first entity's base.

    What has no rate there may have one to another entity's base, which has one.
    """
    if not entities:
        return {}
    found = facts.rates(scope, entities[0], as_of=as_of)
    for entity in entities[1:]:
        through = found.get(entity.base_currency)
        if through is not None:
            for currency, rate in facts.rates(scope, entity, as_of=as_of).items():
                found.setdefault(currency, rate * through)
    return found


def _scaled(minor: int, currency: str, rates: Mapping[str, Decimal]) -> int:
    return money.scale(minor, rates[currency]) if currency in rates else 0


def _converted(
    bands: Mapping[str, list[int]], rates: Mapping[str, Decimal]
) -> tuple[tuple[tuple[str, int], ...], tuple[int, ...], tuple[str, ...]]:
    """Return amounts by currency, their bands in one currency, and what lacks a rate."""
    if len(bands) == 1:
        ((currency, late),) = bands.items()
        if rates.get(currency) == 1:
            whole = sum(late)
            return ((currency, whole),) if whole else (), tuple(late), ()
    amounts = []
    total = [0] * len(candidate.NO_BANDS)
    unrated = []
    for currency, late in sorted(bands.items()):
        if not (whole := sum(late)):
            continue
        amounts.append((currency, whole))
        rate = rates.get(currency)
        if rate is None:
            unrated.append(currency)
            continue
        for n, minor in enumerate(late):
            total[n] += minor if rate == 1 else money.scale(minor, rate)
    return tuple(amounts), tuple(total), tuple(unrated)


# --- people -------------------------------------------------------------------------------------


class Staff:
    """Who holds which role, and the currency of the first entity."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._held: dict[str, list[str]] = {}
        entity = models.Entity.objects.filter(organisation_id=scope.organisation_id)
        first = entity.order_by("pk").first()
        self.currency: str = first.base_currency if first else ""

    def first(self, role: str, *, but: str = "") -> str:
        """Return who answers for a role: its first holder, else a manager; not `but`, if any."""
        for one in (role, "manager", "collector", "admin"):
            if one not in self._held:
                self._held[one] = tasks.holders(self._scope, one)
            others = [name for name in self._held[one] if name != but]
            if others:
                return others[0]
        return but or role


def _people(scope: Scope, only: Collection[int] | None) -> dict[int, _Person]:
    rows = models.Customer.objects.filter(organisation_id=scope.organisation_id)
    if only is not None:
        rows = rows.filter(pk__in=only)
    return {
        r[0]: _Person._make(r[1:])
        for r in rows.values_list(
            "pk", "reference", "owner", "grade_given", "segment_given"
        ).iterator()
    }


# --- what waits for a person --------------------------------------------------------------------


def _to_dos(
    scope: Scope,
    readers: list[at_stake.Reader],
    owing: Mapping[int, Collection[int]],
    people: Mapping[int, _Person] | None,
    staff: Staff,
    as_of: dt.date,
) -> dict[Key, tuple[candidate.ToDo, ...]]:
    """Return what people have to do, by entity and payer.

    What belongs to no entity stands with the first one to which the customer owes something.
    `people` are all customers, where the caller has them.
    """
    found: dict[Key, list[candidate.ToDo]] = defaultdict(list)
    entities = [by.entity.pk for by in readers]
    family = readers[0].family if readers else None

    def place(entity: int | None, customer: int) -> Key:
        payer = family.payer_of.get(customer, customer) if family else customer
        if entity is None:
            owed = (e for e in entities if payer in owing[e])
            entity = next(owed, entities[0])
        return (entity, payer)

    for entity, customer, one in _tasks(scope, as_of):
        found[place(entity, customer)].append(one)
    for entity, customer, one in _questions(scope, staff, as_of):
        found[place(entity, customer)].append(one)
    disputes, replies = _disputes(scope, as_of), list(_replies(scope, as_of))
    if people is None:
        people = _people(scope, {d[1] for d in disputes} | {r[1] for r in replies})
    for entity, customer, one in _answers(disputes, people, staff, as_of):
        found[place(entity, customer)].append(one)
    for entity, customer, one in replies:
        key = place(entity, customer)
        if not any(t.action == one.action for t in found.get(key, ())):
            who = people[key[1]].owner if key[1] in people else ""
            found[key].append(one._replace(responsible=who or staff.first("collector")))
    return {key: tuple(some) for key, some in found.items()}


Found = Iterator[tuple[int | None, int, candidate.ToDo]]


def _tasks(scope: Scope, as_of: dt.date) -> Found:
    """Yield the open tasks about customers; a dispute's stands for itself (`_disputes`)."""
    rows = models.Task.objects.filter(
        Q(state="open") | Q(done_on__gt=as_of), organisation_id=scope.organisation_id,
        customer__isnull=False, created_on__lte=as_of,
    ).exclude(kind="dispute")  # fmt: skip
    for pk, kind, entity, customer, owner, sent_up, escalated_on, due_on in rows.values_list(
        "pk", "kind", "entity_id", "customer_id", "owner", "escalated_to", "escalated_on", "due_on"
    ):
        if kind in candidate.LATER and due_on > as_of:
            continue
        is_up = sent_up and escalated_on is not None and escalated_on <= as_of
        action = candidate.OF_TASK.get(kind, "review")
        who = sent_up if is_up else owner
        yield entity, customer, candidate.ToDo(action, who, due_on, kind, pk)


def _questions(scope: Scope, staff: Staff, as_of: dt.date) -> Found:
    """Yield what waits for a role, unless all it was about is paid.

    Whoever proposed it does not answer, where somebody else holds the role.
    """
    rows = list(
        models.Approval.objects.filter(
            Q(state="asked") | Q(decided_on__gt=as_of),
            organisation_id=scope.organisation_id,
            asked_on__lte=as_of,
        ).values_list("entity_id", "customer_id", "what", "role", "proposed_by", "items")
    )
    unpaid = _unpaid(scope, {i for *_, items in rows for i in items})
    for entity, customer, what, role, proposed_by, items in rows:
        if not items or unpaid.intersection(items):
            who = staff.first(role, but=proposed_by)
            yield entity, customer, candidate.ToDo("approve", who, None, what)


def _unpaid(scope: Scope, wanted: Collection[int]) -> set[int]:
    found: set[int] = set()
    ids = sorted(wanted)
    for start in range(0, len(ids), facts.CHUNK):
        found.update(
            models.Item.objects.filter(
                organisation_id=scope.organisation_id, open_minor__gt=0,
                pk__in=ids[start : start + facts.CHUNK],
            ).values_list("pk", flat=True)
        )  # fmt: skip
    return found


def _unanswered(scope: Scope, as_of: dt.date) -> Any:
    """Return the disputes nobody has decided by a day."""
    return models.Dispute.objects.filter(
        Q(decided_on__isnull=True) | Q(decided_on__gt=as_of),
        Q(stop__ended_on__isnull=True) | Q(stop__ended_on__gt=as_of),
        organisation_id=scope.organisation_id,
        stop__from_on__lte=as_of,
    ).filter(Q(due_on__lt=as_of) | Q(owner=""))


def _pressing(scope: Scope, as_of: dt.date) -> set[int]:
    """Return the stops of disputes that are past due, or that nobody owns."""
    return set(_unanswered(scope, as_of).values_list("stop_id", flat=True))


def _disputes(scope: Scope, as_of: dt.date) -> list[tuple[int | None, int, str, dt.date, str]]:
    """Return the disputes that wait for somebody: entity, customer, owner, due date, code."""
    return list(
        _unanswered(scope, as_of).values_list(
            "stop__entity_id", "stop__customer_id", "owner", "due_on", "code"
        )
    )


def _answers(
    disputes: Iterable[tuple[int | None, int, str, dt.date, str]],
    people: Mapping[int, _Person],
    staff: Staff,
    as_of: dt.date,
) -> Found:
    """Yield the answers that are wanted: past due they are the manager's (SEMANTICS 7)."""
    for entity, customer, owner, due_on, code in disputes:
        who = owner or (people[customer].owner if customer in people else "")
        who = who or staff.first("collector")
        if due_on < as_of:
            who = staff.first("manager", but=owner)
        yield entity, customer, candidate.ToDo("answer_dispute", who, due_on, code)


def _replies(scope: Scope, as_of: dt.date) -> Found:
    """Yield the replies nobody has read; their task says whose they are, where there is one."""
    rows = models.Reply.objects.filter(
        organisation_id=scope.organisation_id, kind="reply", state="unread",
        customer__isnull=False, received_at__date__lte=as_of,
    )  # fmt: skip
    for entity, customer in rows.values_list("entity_id", "customer_id"):
        yield entity, customer, candidate.ToDo("read_reply", "")


__all__ = ["Book", "Staff", "load"]
