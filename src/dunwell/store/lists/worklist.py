"""Every row the worklist is made of, over the whole book at once: a few statements an entity.

Money comes from `at_stake`, habits from `habits`; here stands what people have to do, when
either side was last heard, and whose each customer is. Never a query a customer. Must not
know: what is worth more (`core.ranking`).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q

from dunwell.core import calls, money, ranking, workdays
from dunwell.core import policy as documents
from dunwell.core.scope import Scope
from dunwell.store import facts, models, policies
from dunwell.store.lists import at_stake, habits
from dunwell.store.records import tasks

Key = tuple[int, int]
"""Whose a row is: entity and paying customer."""


class Book(NamedTuple):
    """A day's candidates, and the currency in which they are compared."""

    currency: str
    rows: list[ranking.Candidate]


class _Person(NamedTuple):
    """What is read of a customer."""

    reference: str
    owner: str
    grade: str
    segment: str


def load(scope: Scope, *, as_of: dt.date) -> Book:
    """Return every customer with something open, or with something for a person to do."""
    entities = list(
        models.Entity.objects.filter(organisation_id=scope.organisation_id).order_by("pk")
    )
    people = _people(scope)
    staff = Staff(scope)
    rates = _rates(scope, entities, as_of)
    readers = [at_stake.reader(scope, entity, as_of=as_of) for entity in entities]
    pressing = _pressing(scope, as_of)
    found: list[ranking.Candidate] = []
    stakes: dict[int, dict[int, at_stake.Stake]] = {}
    rules: dict[int, documents.Policy] = {}
    for by in readers:
        rules[by.entity.pk] = policies.current(scope, by.entity.policy)[1]
        stakes[by.entity.pk] = at_stake.load(by, rules[by.entity.pk], pressing=pressing)
    to_dos = _to_dos(scope, readers, stakes, people, staff, as_of)
    for by in readers:
        pk = by.entity.pk
        found += _of_entity(by, rules[pk], stakes[pk], to_dos, people, staff, rates)
    return Book(entities[0].base_currency if entities else "", found)


def _of_entity(
    by: at_stake.Reader,
    rules: documents.Policy,
    stakes: Mapping[int, at_stake.Stake],
    to_dos: Mapping[Key, tuple[ranking.ToDo, ...]],
    people: Mapping[int, _Person],
    staff: Staff,
    rates: Mapping[str, Decimal],
) -> Iterator[ranking.Candidate]:
    """Yield the candidates of one entity."""
    pk, currency, code = by.entity.pk, staff.currency, by.entity.code
    collector = staff.first("collector")
    before = habits.past(by)
    given = {c: people[c].grade for c in stakes if c in people and people[c].grade}
    habit = habits.load(by, before, given=given)
    heard, contacted = _heard(by), _contacted(by)
    under_way, reasons = _under_way(by), _reasons(by)
    silent, paused = _without_number(by), _paused(by)
    plans = _segments(by, rules, before)
    since = workdays.previous_working(by.calendar, by.as_of - workdays.DAY)
    small = rules.small_balance_minor(by.entity.base_currency)
    small = _scaled(small, by.entity.base_currency, rates)
    least = documents.minor(rules.settings.plans.minimum, by.entity.base_currency)
    least = _scaled(least, by.entity.base_currency, rates)
    more = {c for e, c in to_dos if e == pk} - stakes.keys()
    for customer in (*stakes, *sorted(more)):
        if customer not in people:
            continue
        who = people[customer]
        stake = stakes.get(customer, at_stake.NOTHING)
        wanted = to_dos.get((pk, customer), ())
        if not (stake.is_overdue or wanted):
            yield ranking.Candidate(code, who.reference, who.owner or collector, currency)
            continue
        amounts, by_age, unrated = _converted(stake.bands, rates)
        yield ranking.Candidate(
            code,
            who.reference,
            who.owner or collector,
            currency,
            amounts,
            by_age,
            unrated,
            stake.oldest_due_on,
            stake.is_overdue,
            stake.covers,
            habit.get(customer, ranking.NO_HABIT),
            before.broken.get(customer, 0),
            heard.get(customer),
            contacted.get(customer),
            since,
            customer in under_way,
            reasons.get(customer, ""),
            wanted,
            small,
            customer not in silent,
            customer in plans and sum(by_age) >= least,
            customer in paused,
        )


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
    total = [0] * len(ranking.NO_BANDS)
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


def _people(scope: Scope) -> dict[int, _Person]:
    rows = models.Customer.objects.filter(organisation_id=scope.organisation_id)
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
    stakes: Mapping[int, Mapping[int, at_stake.Stake]],
    people: Mapping[int, _Person],
    staff: Staff,
    as_of: dt.date,
) -> dict[Key, tuple[ranking.ToDo, ...]]:
    """Return what people have to do, by entity and payer.

    What belongs to no entity stands with the first one to which the customer owes something.
    """
    found: dict[Key, list[ranking.ToDo]] = defaultdict(list)
    entities = [by.entity.pk for by in readers]
    family = readers[0].family if readers else None

    def place(entity: int | None, customer: int) -> Key:
        payer = family.payer_of.get(customer, customer) if family else customer
        if entity is None:
            owed = (e for e in entities if payer in stakes[e])
            entity = next(owed, entities[0])
        return (entity, payer)

    for entity, customer, one in _tasks(scope, as_of):
        found[place(entity, customer)].append(one)
    for entity, customer, one in _questions(scope, staff, as_of):
        found[place(entity, customer)].append(one)
    for entity, customer, one in _disputes(scope, people, staff, as_of):
        found[place(entity, customer)].append(one)
    for entity, customer, one in _replies(scope, as_of):
        key = place(entity, customer)
        if not any(t.action == one.action for t in found.get(key, ())):
            who = people[key[1]].owner if key[1] in people else ""
            found[key].append(one._replace(responsible=who or staff.first("collector")))
    return {key: tuple(some) for key, some in found.items()}


Found = Iterator[tuple[int | None, int, ranking.ToDo]]


def _tasks(scope: Scope, as_of: dt.date) -> Found:
    """Yield the open tasks about customers; a dispute's stands for itself (`_disputes`)."""
    rows = models.Task.objects.filter(
        Q(state="open") | Q(done_on__gt=as_of), organisation_id=scope.organisation_id,
        customer__isnull=False, created_on__lte=as_of,
    ).exclude(kind="dispute")  # fmt: skip
    for pk, kind, entity, customer, owner, sent_up, escalated_on, due_on in rows.values_list(
        "pk", "kind", "entity_id", "customer_id", "owner", "escalated_to", "escalated_on", "due_on"
    ):
        if kind in ranking.LATER and due_on > as_of:
            continue
        is_up = sent_up and escalated_on is not None and escalated_on <= as_of
        action = ranking.OF_TASK.get(kind, "review")
        yield entity, customer, ranking.ToDo(action, sent_up if is_up else owner, due_on, kind, pk)


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
            yield entity, customer, ranking.ToDo("approve", who, None, what)


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


def _disputes(scope: Scope, people: Mapping[int, _Person], staff: Staff, as_of: dt.date) -> Found:
    """Yield the disputes that wait for somebody: past due they are the manager's (SEMANTICS 7)."""
    for entity, customer, owner, due_on, code in _unanswered(scope, as_of).values_list(
        "stop__entity_id", "stop__customer_id", "owner", "due_on", "code"
    ):
        who = owner or (people[customer].owner if customer in people else "")
        who = who or staff.first("collector")
        if due_on < as_of:
            who = staff.first("manager", but=owner)
        yield entity, customer, ranking.ToDo("answer_dispute", who, due_on, code)


def _replies(scope: Scope, as_of: dt.date) -> Found:
    """Yield the replies nobody has read; their task says whose they are, where there is one."""
    rows = models.Reply.objects.filter(
        organisation_id=scope.organisation_id, kind="reply", state="unread",
        customer__isnull=False, received_at__date__lte=as_of,
    )  # fmt: skip
    for entity, customer in rows.values_list("entity_id", "customer_id"):
        yield entity, customer, ranking.ToDo("read_reply", "")


# --- signs --------------------------------------------------------------------------------------


def _newest(by: at_stake.Reader, *found: Any) -> dict[int, dt.date]:
    """Return the newest day of each payer among rows of (customer, day)."""
    newest: dict[int, dt.date] = {}
    for rows in found:
        for customer, value in rows:
            day = facts.as_day(value)
            payer = by.payer(customer)
            if payer not in newest or newest[payer] < day:
                newest[payer] = day
    return newest


def _heard(by: at_stake.Reader) -> dict[int, dt.date]:
    """Return when each payer last paid, answered, was spoken to, promised or objected."""
    reached = ",".join(f"'{o}'" for o in calls.REACHED)
    payments = by.rows(
        "SELECT p.customer_id, MAX(p.paid_on) FROM payment p WHERE p.organisation_id = %s"
        " AND p.entity_id = %s AND p.kind = 'payment' AND p.reversed_on IS NULL"
        f" AND p.paid_on <= '{by.as_of}' AND p.customer_id IS NOT NULL GROUP BY p.customer_id"
    )
    spoken = by.rows(
        'SELECT c.customer_id, MAX(c."on") FROM call c WHERE c.organisation_id = %s'
        f" AND c.entity_id = %s AND c.outcome IN ({reached}) AND c.\"on\" <= '{by.as_of}'"
        " GROUP BY c.customer_id"
    )
    replied = by.rows(
        'SELECT d.customer_id, MAX(d."on") FROM done d WHERE d.organisation_id = %s'
        f" AND d.entity_id = %s AND d.kind = 'reply' AND d.\"on\" <= '{by.as_of}'"
        " GROUP BY d.customer_id"
    )
    said = by.rows(
        "SELECT s.customer_id, MAX(s.from_on) FROM stop s WHERE s.organisation_id = %s"
        " AND (s.entity_id = %s OR s.entity_id IS NULL)"
        " AND s.kind IN ('dispute', 'promise', 'plan', 'reply_unread')"
        f" AND s.from_on <= '{by.as_of}' GROUP BY s.customer_id"
    )
    return _newest(by, payments, spoken, replied, said)


def _contacted(by: at_stake.Reader) -> dict[int, dt.date]:
    """Return when we last reached each payer, by a message or by hand (SEMANTICS 4.5)."""
    reached = by.rows(
        'SELECT o.customer_id, MAX(o."on") FROM outreach o WHERE o.organisation_id = %s'
        f" AND o.entity_id = %s AND o.reached AND o.\"on\" <= '{by.as_of}'"
        f" AND (o.voided_on IS NULL OR o.voided_on > '{by.as_of}') GROUP BY o.customer_id"
    )
    return _newest(by, reached)


def _under_way(by: at_stake.Reader) -> set[int]:
    """Return to whom a message is on its way: it goes first."""
    rows = by.rows(
        "SELECT DISTINCT a.customer_id FROM action a WHERE a.organisation_id = %s"
        " AND a.entity_id = %s AND a.state IN ('ready', 'claimed', 'handing')"
        " AND a.takes_step AND a.channel <> 'call'"
    )
    return {by.payer(r[0]) for r in rows}


def _reasons(by: at_stake.Reader) -> dict[int, str]:
    """Return the reason in force of those about whom it says what comes next.

    Who was woken since is about to be decided afresh: what was said of them stands no more.
    """
    wanted = ",".join(f"'{r}'" for r in ranking.OF_REASON)
    rows = by.rows(
        "SELECT w.customer_id, w.reason FROM watch w WHERE w.organisation_id = %s"
        f" AND w.entity_id = %s AND w.verdict = 'wait' AND w.reason IN ({wanted})"
        f" AND w.decided_on <= '{by.as_of}' AND w.look_on > '{by.as_of}' AND w.epoch = %s",
        [by.entity.epoch],
    )
    return dict(rows)


def _paused(by: at_stake.Reader) -> set[int]:
    """Return who has said that they are in difficulties."""
    rows = by.rows(
        "SELECT s.customer_id FROM stop s WHERE s.organisation_id = %s"
        " AND (s.entity_id = %s OR s.entity_id IS NULL) AND s.kind = 'hardship'"
        f" AND s.from_on <= '{by.as_of}' AND (s.until_on IS NULL OR s.until_on >= '{by.as_of}')"
        f" AND (s.ended_on IS NULL OR s.ended_on > '{by.as_of}')"
    )
    return {by.payer(r[0]) for r in rows}


def _without_number(by: at_stake.Reader) -> set[int]:
    """Return who cannot be called: no number that is valid and may be used."""
    rows = by.rows(
        "SELECT c.id FROM customer c WHERE c.organisation_id = %s AND %s IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM contact k JOIN route r ON r.contact_id = k.id"
        " AND r.organisation_id = k.organisation_id WHERE k.organisation_id = c.organisation_id"
        " AND k.customer_id = c.id AND r.channel IN ('phone', 'mobile') AND r.consent"
        " AND r.invalid_on IS NULL)"
    )
    return {r[0] for r in rows}


def _segments(by: at_stake.Reader, rules: documents.Policy, before: habits.Past) -> set[int]:
    """Return who, of those that broke promises, stands in a segment that may have a plan."""
    least = ranking.BROKEN[0][0]
    wanted = sorted(c for c, n in before.broken.items() if n >= least)
    allowed = rules.settings.plans.segments
    if not allowed:
        return set(wanted)
    newest: dict[int, str] = {}
    for start in range(0, len(wanted), facts.CHUNK):
        rows = models.Assessment.objects.filter(
            organisation_id=by.scope.organisation_id, entity_id=by.entity.pk,
            customer_id__in=wanted[start : start + facts.CHUNK], since_on__lte=by.as_of,
        ).order_by("since_on")  # fmt: skip
        newest |= dict(rows.values_list("customer_id", "segment"))
    return {c for c in wanted if newest.get(c) in allowed}


__all__ = ["Book", "Staff", "load"]
