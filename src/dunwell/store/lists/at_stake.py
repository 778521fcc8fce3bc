"""What is overdue and may be pursued, over a whole entity at once, net and by band of age.

Most customers have nothing but invoices and loose cash: sums in SQL tell their position. Who
has a stop, a credit note that names an item, a family or a bank that collects gets the whole
position (`core.position.stand`), from the same few queries. Both give the same. Claims are
left out: they count toward nothing (SEMANTICS 1). Read `load`. Must not know: who does what.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q

from dunwell.core import book, candidate, policy, position, views, workdays
from dunwell.core.scope import Scope
from dunwell.store import agreements, calendars, facts, models
from dunwell.store.lists import aging

_NEVER_OUT = ("reply_unread", "undelivered", "hardship")
"""Stops about which a person has something to do: what they cover stays at stake."""
_JUDGED = ("asked", "open", "running")


class Stake(NamedTuple):
    """One customer's overdue money: net by currency and band, and what keeps the rest out."""

    bands: dict[str, list[int]]
    oldest_due_on: dt.date | None
    is_overdue: bool
    covers: tuple[str, ...] = ()


class Reader(NamedTuple):
    """Whose open amounts are read, as of which day; `is_past`: money came in since.

    `only` are the customers that are read, by id: payers with all their children; None: all.
    """

    scope: Scope
    entity: models.Entity
    as_of: dt.date
    is_past: bool
    family: facts.Families
    calendar: workdays.Calendar
    only: frozenset[int] | None = None

    def among(self, column: str) -> str:
        """Return the condition, in SQL, that a column is one of the customers that are read."""
        if self.only is None:
            return ""
        return f" AND {column} IN ({','.join(map(str, sorted(self.only))) or 'NULL'})"

    @property
    def key(self) -> list[Any]:
        """The values every statement here begins with."""
        return [self.scope.organisation_id, self.entity.pk]

    @property
    def open_minor(self) -> str:
        """What was open of an item at the end of the day."""
        if not self.is_past:
            return "i.open_minor"
        return (
            "(i.open_minor + COALESCE((SELECT SUM(a.amount_minor) FROM allocation a WHERE"
            " a.organisation_id = i.organisation_id AND a.item_id = i.id"
            f" AND a.\"on\" > '{self.as_of}'), 0))"
        )

    @property
    def is_open(self) -> str:
        """Which items were open then."""
        if not self.is_past:
            return "i.open_minor > 0"
        return (
            f"(i.open_minor > 0 OR i.closed_on > '{self.as_of}')"
            f" AND (i.issued_on IS NULL OR i.issued_on <= '{self.as_of}')"
        )

    def rows(self, sql: str, more: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement about the entity."""
        with connection.cursor() as cursor:
            cursor.execute(sql, [*self.key, *more])
            return list(cursor.fetchall())

    def payer(self, customer: int) -> int:
        """Return whose case a customer's items stand in."""
        return self.family.payer_of.get(customer, customer)


def reader(
    scope: Scope,
    entity: models.Entity,
    *,
    as_of: dt.date,
    customers: Collection[int] | None = None,
) -> Reader:
    """Return a reader of one entity's open amounts as of a day, of all customers or of some.

    Of some: of whoever pays for them, and of all for whom these pay.
    """
    calendar = calendars.load(scope).get(entity.calendar, workdays.Calendar("-/0"))
    family = facts.families(scope)
    only = None if customers is None else _whole_families(family, customers)
    return Reader(scope, entity, as_of, aging.is_past(scope, as_of), family, calendar, only)


def _whole_families(family: facts.Families, customers: Collection[int]) -> frozenset[int]:
    payers = {family.payer_of.get(c, c) for c in customers}
    return frozenset(payers.union(*(family.children.get(p, ()) for p in payers)))


def load(by: Reader, rules: policy.Policy, *, pressing: Collection[int] = ()) -> dict[int, Stake]:
    """Return what is at stake with each customer that has something open.

    `pressing` are the disputes that are past due or have no owner: what they cover is at stake.
    """
    cash = _cash(by)
    named = _stops(by, frozenset(pressing))
    parents = by.family.children
    whole = {*named, *(p for p in parents if by.only is None or p in by.only)}
    found = _plain(by, cash, whole)
    # Sums mislead where credit goes to one item, or a bank collects another.
    whole |= {c for c in _peculiar(by, rules) if c not in found or found[c].is_overdue}
    if whole:
        found |= _worked_out(by, rules, cash, named, whole)
    return found


def _plain(
    by: Reader, cash: Mapping[int, dict[str, int]], whole: Collection[int]
) -> dict[int, Stake]:
    """Return the position of customers whose sums tell it; credit takes the oldest first."""
    found: dict[int, Stake] = {}
    used: dict[tuple[int, str], int] = {}
    others = by.family.payer_of.keys() | whole
    for customer, kind, currency, oldest, total, late in _sums(by):
        if customer in others:
            continue
        if kind == "credit_note":
            key = (customer, currency)
            used[key] = used.get(key, 0) + total
            found.setdefault(customer, NOTHING)
            continue
        have = found.get(customer, NOTHING)
        if not any(late):
            found[customer] = have
        elif have is NOTHING:
            found[customer] = Stake({currency: late}, facts.as_day(oldest), is_overdue=True)
        else:
            found[customer] = _joined(have, currency, late, facts.as_day(oldest))
    for customer, held in cash.items():
        for currency, minor in held.items():
            used[(customer, currency)] = used.get((customer, currency), 0) + minor
    for (customer, currency), minor in used.items():
        if customer in found and currency in found[customer].bands:
            _take(found[customer].bands[currency], minor)
    return found


def _sums(by: Reader) -> Iterator[tuple[int, str, str, Any, int, list[int]]]:
    """Yield what is open by customer, kind and currency: in all, and late by band of age.

    In the order of a covering index, so that nothing is sorted. SQL adds up what is later than
    each limit; a band is what lies between two of them.
    """
    days = [by.as_of, *(by.as_of - dt.timedelta(days=d) for d in candidate.BANDS)]
    late = (f"SUM(CASE WHEN i.due_on < '{day}' THEN {by.open_minor} ELSE 0 END)" for day in days)
    rows = by.rows(
        "SELECT i.customer_id, i.kind, i.currency, MIN(i.due_on),"
        f" SUM({by.open_minor}), {', '.join(late)} FROM item i"
        f" WHERE i.organisation_id = %s AND i.entity_id = %s AND {by.is_open}"
        f" AND i.kind <> 'claim'{by.among('i.customer_id')}"
        " GROUP BY i.customer_id, i.kind, i.currency"
    )
    for customer, kind, currency, oldest, whole, a, b, c, d, e in rows:
        yield customer, kind, currency, oldest, int(whole), [
            int(a - b), int(b - c), int(c - d), int(d - e), int(e),
        ]  # fmt: skip


def _joined(have: Stake, currency: str, late: list[int], oldest: dt.date) -> Stake:
    """Add another kind or currency to what is overdue."""
    before = have.bands.get(currency, candidate.NO_BANDS)
    summed = [a + b for a, b in zip(before, late, strict=True)]
    first_on = oldest if have.oldest_due_on is None else min(oldest, have.oldest_due_on)
    return Stake(have.bands | {currency: summed}, first_on, is_overdue=True)


NOTHING = Stake({}, None, is_overdue=False)


def _take(bands: list[int], minor: int) -> None:
    """Take credit off the oldest band first (SEMANTICS 3.4)."""
    for n in range(len(bands) - 1, -1, -1):
        cut = min(bands[n], minor)
        bands[n] -= cut
        minor -= cut


def _cash(by: Reader) -> dict[int, dict[str, int]]:
    """Return the unapplied cash of each payer, by currency."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    sql = (
        "SELECT p.customer_id, p.currency, SUM(p.unapplied_minor) FROM payment p"
        " WHERE p.organisation_id = %s AND p.entity_id = %s AND p.unapplied_minor > 0"
        f" AND p.customer_id IS NOT NULL{by.among('p.customer_id')}"
        " GROUP BY p.customer_id, p.currency"
    )
    if by.is_past:
        sql = (
            "SELECT p.customer_id, p.currency, SUM(p.amount_minor - COALESCE((SELECT"
            " SUM(a.amount_minor) FROM allocation a WHERE a.organisation_id = p.organisation_id"
            f" AND a.payment_id = p.id AND a.\"on\" <= '{by.as_of}'), 0)) FROM payment p"
            " WHERE p.organisation_id = %s AND p.entity_id = %s AND p.kind = 'payment'"
            f" AND p.customer_id IS NOT NULL AND p.paid_on <= '{by.as_of}'"
            f" AND (p.reversed_on IS NULL OR p.reversed_on > '{by.as_of}')"
            f"{by.among('p.customer_id')} GROUP BY p.customer_id, p.currency"
        )
    for customer, currency, minor in by.rows(sql):
        held = found[by.payer(customer)]
        held[currency] = held.get(currency, 0) + int(minor)
    return found


def _peculiar(by: Reader, rules: policy.Policy) -> set[int]:
    """Return whose credit notes name an item, and whose money the bank collects by itself."""
    methods = list(rules.settings.automatic_methods)
    marks = ",".join(["%s"] * len(methods)) or "NULL"
    rows = by.rows(
        "SELECT DISTINCT i.customer_id FROM item i WHERE i.organisation_id = %s"
        f" AND i.entity_id = %s AND {by.is_open}{by.among('i.customer_id')}"
        " AND ((i.kind = 'credit_note'"
        f" AND i.applies_to <> '') OR (NOT i.is_plain AND i.payment_method IN ({marks})))",
        methods,
    )
    people = models.Customer.objects.filter(
        organisation_id=by.scope.organisation_id, payment_method__in=methods
    )
    if by.only is not None:
        people = people.filter(pk__in=by.only)
    return {by.payer(c) for c in (*(r[0] for r in rows), *people.values_list("pk", flat=True))}


def _worked_out(
    by: Reader,
    rules: policy.Policy,
    cash: Mapping[int, dict[str, int]],
    named: Mapping[int, list[tuple[int, book.Stop]]],
    whole: Collection[int],
) -> dict[int, Stake]:
    """Return the position of the others, item by item."""
    items = _items(by, whole)
    found: dict[int, Stake] = {}
    for payer, mine in items.items():
        given = book.Facts(
            by.scope.organisation, by.entity.code, "", by.entity.base_currency,
            by.calendar, by.calendar,
            items=tuple(mine), unapplied=tuple(cash.get(payer, {}).items()),
            stops=_of_items(by, payer, named.get(payer, ()), mine),
        )  # fmt: skip
        pos = position.stand(views.with_collections(given, rules.settings), as_of=by.as_of)
        bands: dict[str, list[int]] = {}
        for s in pos.overdue:
            if s.net_minor > 0:
                late = bands.setdefault(s.item.currency, list(candidate.NO_BANDS))
                late[_band((by.as_of - s.item.due_on).days)] += s.net_minor
        found[payer] = Stake(
            bands,
            min((s.item.due_on for s in pos.overdue), default=None),
            is_overdue=bool(pos.overdue),
            covers=tuple(sorted({k for s in pos.overdue for k in s.covered.by_kind})),
        )
    return found


def _band(days: int) -> int:
    return next((n for n, last in enumerate(candidate.BANDS) if days <= last), len(candidate.BANDS))


def _items(by: Reader, whole: Collection[int]) -> dict[int, list[book.Item]]:
    """Return the open items of these payers, their children's among them."""
    people = sorted(c for p in whole for c in (p, *by.family.children.get(p, ())))
    found: dict[int, list[book.Item]] = defaultdict(list)
    for start in range(0, len(people), facts.CHUNK):
        part = people[start : start + facts.CHUNK]
        marks = ",".join(["%s"] * len(part))
        for r in by.rows(
            "SELECT i.customer_id, i.id, i.number, i.part, i.kind, i.currency, i.due_on,"
            f" i.amount_minor, {by.open_minor}, i.applies_to, i.is_plain,"
            " COALESCE(NULLIF(i.payment_method, ''), c.payment_method), i.paid_gaps"
            " FROM item i JOIN customer c ON c.id = i.customer_id"
            " AND c.organisation_id = i.organisation_id WHERE i.organisation_id = %s"
            f" AND i.entity_id = %s AND {by.is_open} AND i.kind <> 'claim'"
            f" AND i.customer_id IN ({marks})",
            part,
        ):
            # Only whether it was ever paid and reopened matters here, not on which days.
            reopened = ((dt.date.min, dt.date.min),) if r[12] not in (None, "[]", []) else ()
            found[by.payer(r[0])].append(
                book.Item(
                    r[1], r[2], r[4], r[5], facts.as_day(r[6]), r[7], int(r[8]), part=r[3],
                    applies_to=r[9], method=r[11] or "", paid_gaps=reopened,
                    child=by.family.names.get(r[0], ""),
                )
            )  # fmt: skip
    return found


def _stops(by: Reader, pressing: frozenset[int]) -> dict[int, list[tuple[int, book.Stop]]]:
    """Return the stops of the day by payer, each with the customer it was made for."""
    here = Q(entity_id=by.entity.pk) | Q(entity__isnull=True)
    mine = models.Stop.objects.filter(here, organisation_id=by.scope.organisation_id)
    if by.only is not None:
        mine = mine.filter(customer_id__in=by.only)
    active = mine.filter(
        Q(until_on__isnull=True) | Q(until_on__gte=by.as_of),
        Q(ended_on__isnull=True) | Q(ended_on__gt=by.as_of),
        from_on__lte=by.as_of,
    ).exclude(kind__in=(*_NEVER_OUT, *agreements.KINDS))
    found: dict[int, list[tuple[int, book.Stop]]] = defaultdict(list)
    rows = [
        r
        for r in active.values_list("pk", "customer_id", "kind", "from_on").iterator()
        if r[0] not in pressing and not r[2].startswith(facts.CEASED)
    ]
    parts = _parts(by, {r[0] for r in rows})
    for pk, customer, kind, from_on in rows:
        stop = book.Stop(pk, kind, from_on, None, tuple(sorted(parts.get(pk, ()))))
        found[by.payer(customer)].append((customer, stop))
    for customer, stop in _agreed(by, mine):
        found[by.payer(customer)].append((customer, stop))
    return found


def _parts(by: Reader, wanted: Collection[int]) -> dict[int, list[tuple[int, int | None]]]:
    """Return the items each of these stops names, with their amounts."""
    found: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
    ids = sorted(wanted)
    for start in range(0, len(ids), facts.CHUNK):
        rows = models.StopItem.objects.filter(
            organisation_id=by.scope.organisation_id, stop_id__in=ids[start : start + facts.CHUNK]
        )
        for stop, item, minor in rows.values_list("stop_id", "item_id", "amount_minor"):
            found[stop].append((item, minor))
    return found


def _agreed(by: Reader, mine: Any) -> Iterable[tuple[int, book.Stop]]:
    """Yield the promises and plans of the day as payments tell what they are.

    Those judged by then are history, but for a plan in default: its rest is due.
    """
    open_then = Q(state__in=_JUDGED) | Q(judged_on__gt=by.as_of)
    here = {"organisation_id": by.scope.organisation_id, "made_on__lte": by.as_of}
    waiting = {
        *models.Promise.objects.filter(open_then, **here).values_list("stop_id", flat=True),
        *models.Plan.objects.filter(open_then | Q(state="in_default"), **here).values_list(
            "stop_id", flat=True
        ),
    }
    ids = sorted(waiting)
    for start in range(0, len(ids), facts.CHUNK):
        part = dict(mine.filter(pk__in=ids[start : start + facts.CHUNK])
                    .values_list("pk", "customer_id"))  # fmt: skip
        judged = agreements.judged(
            by.scope, by.entity, part, as_of=by.as_of, payer_of=by.family.payer_of,
            children=by.family.children,
        )  # fmt: skip
        for pk, stop in judged.items():
            if stop is not None:
                yield part[pk], stop


def _of_items(
    by: Reader, payer: int, named: Iterable[tuple[int, book.Stop]], items: Sequence[book.Item]
) -> tuple[book.Stop, ...]:
    """Return a payer's stops; one on a whole child covers the child's items (`store.facts`)."""
    found = []
    for customer, stop in named:
        if customer == payer or stop.items:
            found.append(stop)
            continue
        child = by.family.names.get(customer, "")
        covered = tuple((i.id, None) for i in items if i.child == child)
        if covered:
            kind = "hold" if stop.kind in facts.WHOLE else stop.kind
            found.append(book.Stop(stop.id, kind, stop.from_on, stop.until_on, covered))
    return tuple(found)


__all__ = ["NOTHING", "Reader", "Stake", "load", "reader"]
