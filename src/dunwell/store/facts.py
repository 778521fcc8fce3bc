"""Rows to frozen Facts: the one loader.

Works on chunks of customers, so that a night's look costs a handful of queries for thousands
of cases. Loads what was known at the time of asking, as of a day; past days as then known come
from the decisions that were recorded (DATA.md 1.2). A child with `pays_via_parent` has no case
of its own: its items stand in its parent's, named by child.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection

from dunwell.core import book, money, workdays
from dunwell.core.scope import Scope
from dunwell.store import agreements, calendars, models

CHUNK = 4000
LIVE_FLIGHTS = ("ready", "claimed", "handing", "unknown", "waiting")
OUTREACH_DAYS = 120
"""How far back contacts are loaded: longer than any spacing a policy may set."""

WHOLE = ("insolvency", "legal_representation", "ceased")
CEASED = "ceased_"
"""What the kind of a stop begins with that closes one channel: `ceased_email`."""


class Loaded(NamedTuple):
    """The facts of one case, with what the store alone knows of it.

    `policy_version_id` is the version an open case walks; segment and grade are as the ledger
    gave them, if it did.
    """

    customer_id: int
    facts: book.Facts
    policy_version_id: int | None
    segment_given: str
    grade_given: str


class Families(NamedTuple):
    """Who pays for whom: each child's payer, and each payer's children by id and reference."""

    payer_of: dict[int, int]
    children: dict[int, list[int]]
    names: dict[int, str]


def families(scope: Scope) -> Families:
    """Return who pays via a parent; a parent that is not there pays for nobody."""
    rows = list(
        models.Customer.objects.filter(organisation_id=scope.organisation_id, pays_via_parent=True)
        .exclude(parent="")
        .values_list("pk", "reference", "parent")
    )
    parents = dict(
        models.Customer.objects.filter(
            organisation_id=scope.organisation_id, reference__in={p for _, _, p in rows}
        ).values_list("reference", "pk")
    )
    payer_of = {pk: parents[p] for pk, _, p in rows if p in parents and parents[p] != pk}
    children: dict[int, list[int]] = defaultdict(list)
    for child, payer in payer_of.items():
        children[payer].append(child)
    return Families(payer_of, dict(children), {pk: ref for pk, ref, _ in rows if pk in payer_of})


class Loader:
    """Loads the cases of one entity as of a day; make one a run."""

    def __init__(
        self, scope: Scope, entity: models.Entity, *, as_of: dt.date, is_stale: bool = False
    ) -> None:
        self.scope, self.entity, self.as_of, self.is_stale = scope, entity, as_of, is_stale
        self.calendars = calendars.load(scope)
        nowhere = self.calendars.get("-") or workdays.Calendar("-/0")
        self.entity_calendar = self.calendars.get(entity.calendar, nowhere)
        self.nowhere = nowhere
        self.rates = self._rates()
        self.families = families(scope)
        self._empty = self._empty_tables()
        self._ceased: dict[int, set[str]] = defaultdict(set)

    def calendar_of(self, country: str) -> workdays.Calendar:
        """Return the working days of a debtor's country; the entity's where none is known."""
        return self.calendars.get(country, self.entity_calendar)

    def stream(self, customers: Sequence[int] | None = None) -> Iterator[Loaded]:
        """Yield every case with an open item (or those of the customers named), by customer."""
        ids = customers if customers is not None else self._with_open_items()
        payers = sorted({self.families.payer_of.get(i, i) for i in ids})
        for start in range(0, len(payers), CHUNK):
            yield from self._chunk(payers[start : start + CHUNK])

    def _with_open_items(self) -> list[int]:
        rows = self._rows(
            "SELECT DISTINCT customer_id FROM item WHERE organisation_id = %s AND entity_id = %s"
            " AND open_minor > 0 ORDER BY customer_id",
            [],
        )
        return [r[0] for r in rows]

    def _rates(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(_newest_rates(self.scope, self.entity, self.as_of).items()))

    def _empty_tables(self) -> set[str]:
        """Find the tables that hold nothing here, so that they are not asked chunk by chunk."""
        empty = set()
        with connection.cursor() as cursor:
            for table in _OPTIONAL:
                cursor.execute(
                    f"SELECT EXISTS (SELECT 1 FROM {table} WHERE organisation_id = %s)",
                    [self.scope.organisation_id],
                )
                if not cursor.fetchone()[0]:
                    empty.add(table)
        return empty

    def _rows(self, sql: str, more: list[Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, [self.scope.organisation_id, self.entity.pk, *more])
            return list(cursor.fetchall())

    def _by_customer(
        self, table: str, sql: str, ids: Sequence[int], more: Iterable[Any] = ()
    ) -> dict[int, list[tuple[Any, ...]]]:
        """Run a query over the customers of a chunk and group it by its first column.

        A child's rows stand with its payer.
        """
        found: dict[int, list[tuple[Any, ...]]] = {}
        if table in self._empty:
            return found
        payer_of = self.families.payer_of
        marks = ",".join(["%s"] * len(ids)) or "NULL"
        rows = self._rows(sql.replace("{ids}", f"({marks})"), [*ids, *more])
        if not payer_of:
            return {key: list(group) for key, group in groupby(rows, itemgetter(0))}
        for row in rows:
            found.setdefault(payer_of.get(row[0], row[0]), []).append(row)
        return found

    def _chunk(self, payers: Sequence[int]) -> Iterator[Loaded]:
        ids = list(payers)
        if self.families.children:
            ids += [c for p in payers for c in self.families.children.get(p, ())]
        people = {r[0]: r for r in self._people(ids)}
        items = self._by_customer("item", _ITEMS, ids)
        stops = self._stops(ids)
        partly = {i for found in stops.values() for s in found for i, m in s.items if m is not None}
        paid = self._paid(partly)
        unapplied = self._by_customer("payment", _UNAPPLIED, ids)
        since = self.as_of - dt.timedelta(days=OUTREACH_DAYS)
        outreach = self._by_customer("outreach", OUTREACH, payers, [since])
        flights = self._by_customer("action", _FLIGHTS, payers)
        attempts = self._by_customer("action", _ATTEMPTS, payers)
        approvals = self._by_customer("approval", _APPROVALS, payers)
        done = self._by_customer("done", _DONE, payers)
        routes = self._by_customer("contact", _ROUTES, payers)
        waits = self._by_customer("case_wait", _WAITS, payers)
        cases = self._by_customer("dunning_case", _CASES, payers)
        assessed = self._by_customer("assessment", _ASSESSED, payers, [self.as_of])
        paid_last = self._by_customer("payment", _LAST_PAID, ids)
        base, entity_zone = self.entity.base_currency, self.entity.time_zone
        none: tuple[tuple[Any, ...], ...] = ()
        for customer_id in payers:
            if customer_id not in people:
                continue
            person = people[customer_id]
            case = cases.get(customer_id, _NO_CASE)[-1]
            is_open = case[1] > 0 and case[3] is None
            segment, grade = assessed.get(customer_id, _NOT_ASSESSED)[-1][1:3]
            mine = items.get(customer_id, none)
            facts = book.Facts(
                organisation=self.scope.organisation,
                entity=self.entity.code,
                customer=person[1],
                base_currency=base,
                calendar=self.calendar_of(person[2]),
                entity_calendar=self.entity_calendar,
                time_zone=person[3] or entity_zone,
                case_no=case[1],
                has_open_case=is_open,
                segment=segment,
                grade=grade,
                cadence=case[2] if is_open else "",
                natural_person=bool(person[4]),
                items=tuple([self._item(r, paid, people) for r in mine]),
                unapplied=_sums(unapplied.get(customer_id, none)),
                stops=tuple(stops.get(customer_id, ())),
                outreach=tuple([as_outreach(r) for r in outreach.get(customer_id, none)]),
                flights=tuple(
                    book.Flight(r[1], r[2], r[3], r[4], as_day(r[5]), bool(r[6]))
                    for r in flights.get(customer_id, none)
                ),
                approvals=tuple(
                    book.Approval(
                        r[1],
                        r[2],
                        as_day(r[3]),
                        r[4],
                        _maybe(r[5]),
                        _maybe(r[6]),
                        tuple(_plain(r[7])),
                        tuple((c, m) for c, m in _plain(r[8])),
                    )
                    for r in approvals.get(customer_id, none)
                ),
                done=tuple(
                    book.Done(r[1], as_day(r[2]), r[3]) for r in done.get(customer_id, none)
                ),
                routes=tuple([book.Route(r[1], r[2], r[3]) for r in routes.get(customer_id, none)]),
                rates=self.rates if any(r[4] != base for r in mine) else (),
                waiting_since=tuple((r[1], as_day(r[2])) for r in waits.get(customer_id, none)),
                last_payment_on=max(
                    (as_day(r[1]) for r in paid_last.get(customer_id, none)), default=None
                ),
                attempts=tuple((r[1], r[2]) for r in attempts.get(customer_id, none)),
                ceased=tuple(sorted(self._ceased.get(customer_id, ()))),
                is_stale=self.is_stale,
                instalments=self._awaited.get(customer_id, ()),
            )
            version = case[4] if is_open else None
            yield Loaded(customer_id, facts, version, person[5], person[6])

    def _item(
        self,
        r: tuple[Any, ...],
        paid: dict[int, tuple[tuple[dt.date, int], ...]],
        people: dict[int, tuple[Any, ...]],
    ) -> book.Item:
        child = self.families.names.get(r[0], "") if self.families.names else ""
        method = r[13] or people[r[0]][7]
        if not (r[11] or r[12] or method or child or r[14] or r[1] in paid):
            # The plain item, by far the most frequent: nothing but what every item has.
            return book.Item(
                r[1], r[2], r[3], r[4], _day_of(r[5]), r[6], r[7],
                None if r[8] is None else _day_of(r[8]), r[9], (), (), (), r[10],
            )  # fmt: skip
        return book.Item(
            id=r[1],
            number=r[2],
            kind=r[3],
            currency=r[4],
            due_on=as_day(r[5]),
            amount_minor=r[6],
            open_minor=r[7],
            issued_on=_maybe(r[8]),
            part=r[9],
            taken=book.taken_from(r[14]),
            paid_gaps=tuple(
                (dt.date.fromisoformat(a), dt.date.fromisoformat(b)) for a, b in _plain(r[11])
            ),
            paid=paid.get(r[1], ()),
            applies_to=r[10],
            go_live_on=_maybe(r[12]),
            method=method,
            child=child,
        )

    def _people(self, ids: Sequence[int]) -> list[tuple[Any, ...]]:
        marks = ",".join(["%s"] * len(ids)) or "NULL"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, reference, country, time_zone, natural_person, segment_given, "
                "grade_given, payment_method FROM customer"
                f" WHERE organisation_id = %s AND id IN ({marks})",
                [self.scope.organisation_id, *ids],
            )
            return list(cursor.fetchall())

    def _stops(self, ids: Sequence[int]) -> dict[int, list[book.Stop]]:
        parts: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
        for rows in self._by_customer("stop", _STOP_ITEMS, ids).values():
            for _, stop, item, minor in rows:
                parts[stop].append((item, minor))
        found: dict[int, list[book.Stop]] = defaultdict(list)
        of_child = self._items_of_children(ids) if self.families.children else {}
        by_customer = self._by_customer("stop", _STOPS, ids)
        agreed = self._agreed(by_customer)
        stops_of = {c: [r[1] for r in rows] for c, rows in by_customer.items()}
        self._awaited = agreements.awaited(agreed, stops_of, as_of=self.as_of)
        for customer, rows in by_customer.items():
            for owner, pk, kind, first, until, ended, clock, gives_back in rows:
                if pk in agreed:
                    if (stop := agreements.as_stop(agreed[pk], as_of=self.as_of)) is not None:
                        found[customer].append(stop)
                    continue
                last = _maybe(until)
                if ended is not None:
                    before = as_day(ended) - dt.timedelta(days=1)
                    last = before if last is None else min(last, before)
                if kind.startswith(CEASED):
                    # It closes a channel, and takes nothing out of what may be demanded.
                    is_on = as_day(first) <= self.as_of and (last is None or self.as_of <= last)
                    if is_on and owner == customer:
                        self._ceased[customer].add(kind.removeprefix(CEASED))
                    continue
                named = parts.get(pk, [])
                if owner in self.families.payer_of:
                    # A stop on the whole child covers the child's items, not its payer's case.
                    named = named or [(i, None) for i in of_child.get(owner, ())]
                    kind = "hold" if kind in WHOLE else kind
                    if not named:
                        continue
                found[customer].append(
                    book.Stop(
                        pk, kind, as_day(first), last, tuple(sorted(named)),
                        _maybe(clock), bool(gives_back),
                    )
                )  # fmt: skip
        return found

    def _agreed(self, by_customer: dict[int, list[tuple[Any, ...]]]) -> dict[int, agreements.Made]:
        """Return the promises and plans among these stops, with the money they are judged by."""
        stops = {
            r[1]: r[0] for rows in by_customer.values() for r in rows if r[2] in agreements.KINDS
        }
        if not stops:
            return {}
        return agreements.load(
            self.scope, self.entity, stops, as_of=self.as_of,
            payer_of=self.families.payer_of, children=self.families.children,
        )  # fmt: skip

    def _items_of_children(self, ids: Sequence[int]) -> dict[int, list[int]]:
        """Return the open items of each child: a stop on the whole child covers these."""
        children = [i for i in ids if i in self.families.payer_of]
        found: dict[int, list[int]] = defaultdict(list)
        for customer, pk in models.Item.objects.filter(
            organisation_id=self.scope.organisation_id,
            entity=self.entity,
            customer_id__in=children,
            open_minor__gt=0,
        ).values_list("customer_id", "pk"):
            found[customer].append(pk)
        return found

    def _paid(self, items: set[int]) -> dict[int, tuple[tuple[dt.date, int], ...]]:
        found: dict[int, tuple[tuple[dt.date, int], ...]] = {}
        if not items:
            return found
        for a in models.Allocation.objects.filter(
            organisation_id=self.scope.organisation_id, item_id__in=items
        ).order_by("on", "pk"):
            found[a.item_id] = (*found.get(a.item_id, ()), (a.on, a.amount_minor))
        return found


def rates(scope: Scope, entity: models.Entity, *, as_of: dt.date) -> dict[str, Decimal]:
    """Return what a minor unit of each currency is worth in minor units of the base on a day."""
    base = entity.base_currency
    found = {base: Decimal(1)}
    for currency, text in _newest_rates(scope, entity, as_of).items():
        found[currency] = money.minor_rate(Decimal(text), currency=currency, base=base)
    return found


def _newest_rates(scope: Scope, entity: models.Entity, as_of: dt.date) -> dict[str, str]:
    newest: dict[str, str] = {}
    for rate in models.FxRate.objects.filter(
        organisation_id=scope.organisation_id, base=entity.base_currency, on__lte=as_of
    ).order_by("on"):
        newest[rate.currency] = rate.rate
    return newest


def _sums(rows: Iterable[tuple[Any, ...]]) -> tuple[tuple[str, int], ...]:
    totals: dict[str, int] = {}
    for _, currency, minor in rows:
        totals[currency] = totals.get(currency, 0) + int(minor)
    return tuple(sorted(totals.items()))


def as_day(value: Any) -> dt.date:
    """Return a date; SQLite gives text, PostgreSQL dates, both maybe with a time."""
    if isinstance(value, str):
        return _day_of(value)
    if isinstance(value, dt.datetime):
        return value.date()
    assert isinstance(value, dt.date)
    return value


@lru_cache(maxsize=16_384)
def _day_of(text: str) -> dt.date:
    """Parse an ISO date; a book has far fewer days than rows."""
    return dt.date.fromisoformat(text[:10])


def as_outreach(row: tuple[Any, ...]) -> book.Outreach:
    """Return a contact from a row of `OUTREACH`."""
    return book.Outreach(as_day(row[1]), row[2], row[3], bool(row[4]))


def _plain(value: Any) -> Any:
    """Return a JSON column's value; a plain cursor gives SQLite's as text. Nothing is empty."""
    return (json.loads(value) if isinstance(value, str) else value) or ()


def _maybe(value: Any) -> dt.date | None:
    return None if value is None else as_day(value)


_NO_CASE: list[tuple[Any, ...]] = [(0, 0, "", None, None)]
_NOT_ASSESSED: list[tuple[Any, ...]] = [(0, "standard", "unknown")]
_OPTIONAL = (
    "stop", "outreach", "action", "approval", "done", "contact", "case_wait",
    "dunning_case", "assessment", "payment",
)  # fmt: skip
_OF = "organisation_id = %s AND entity_id = %s AND customer_id IN {ids}"
_ITEMS = (
    "SELECT customer_id, id, number, kind, currency, CAST(due_on AS TEXT), amount_minor,"
    " open_minor, CAST(issued_on AS TEXT), part, applies_to, paid_gaps,"
    " CAST(go_live_on AS TEXT), payment_method, taken FROM item"
    f" WHERE {_OF} AND open_minor > 0 ORDER BY customer_id, due_on, number, part, kind"
)
_STOPS = (
    "SELECT customer_id, id, kind, from_on, until_on, ended_on, clock_until_on, gives_back"
    " FROM stop WHERE organisation_id = %s AND (entity_id = %s OR entity_id IS NULL)"
    " AND customer_id IN {ids} ORDER BY customer_id, id"
)
_STOP_ITEMS = (
    "SELECT t.customer_id, t.id, x.item_id, x.amount_minor FROM stop t"
    " JOIN stop_item x ON x.stop_id = t.id AND x.organisation_id = t.organisation_id"
    " WHERE t.organisation_id = %s AND (t.entity_id = %s OR t.entity_id IS NULL)"
    " AND t.customer_id IN {ids} ORDER BY t.customer_id, t.id, x.item_id"
)
_UNAPPLIED = (
    "SELECT customer_id, currency, SUM(unapplied_minor) FROM payment"
    f" WHERE {_OF} AND unapplied_minor > 0"
    " GROUP BY customer_id, currency ORDER BY customer_id, currency"
)
_LAST_PAID = (
    "SELECT customer_id, MAX(paid_on) FROM payment"
    f" WHERE {_OF} AND kind = 'payment' AND reversed_on IS NULL GROUP BY customer_id"
    " ORDER BY customer_id"
)
OUTREACH = (
    'SELECT customer_id, "on", tone, channel, reached FROM outreach'
    f' WHERE {_OF} AND voided_on IS NULL AND "on" >= %s ORDER BY customer_id, "on", id'
)
_OUT = (
    f"state IN {LIVE_FLIGHTS!r} AND (takes_step OR state = 'unknown')"
    " AND (state = 'unknown' OR NOT EXISTS (SELECT 1 FROM action sent WHERE"
    " sent.organisation_id = action.organisation_id AND sent.decision_id = action.decision_id"
    " AND sent.step = action.step AND sent.state = 'sent' AND sent.takes_step))"
)
"""What is under way; of several written channels the first confirmed took the step (6.6)."""
_FLIGHTS = (
    "SELECT customer_id, key, step, channel, state, send_at, takes_step FROM action"
    f" WHERE {_OF} AND {_OUT} ORDER BY customer_id, id"
)
UNDER_WAY = (
    "SELECT customer_id, state FROM action WHERE organisation_id = %s AND entity_id = %s"
    f" AND {_OUT}"
)
"""Whose messages are under way, and their state: for a glance."""
_ATTEMPTS = (
    "SELECT customer_id, attempt_of, COUNT(*) FROM action"
    f" WHERE {_OF} AND attempt_of <> '' AND (state = 'failed' OR (state = 'sent' AND (EXISTS ("
    "SELECT 1 FROM step_taken t WHERE t.organisation_id = action.organisation_id"
    " AND t.action_id = action.id AND t.voided_on IS NOT NULL)"
    f" OR {agreements.REMINDER_TAKEN_BACK})))"
    " GROUP BY customer_id, attempt_of ORDER BY customer_id, attempt_of"
)
"""Attempts that came to nothing: failed, or their step was taken back (6.5)."""
_APPROVALS = (
    "SELECT customer_id, what, step, asked_on, state, decided_on, until_on, items, amounts"
    " FROM approval"
    f" WHERE {_OF} AND state IN ('asked', 'granted', 'refused') ORDER BY customer_id, id"
)
_DONE = f'SELECT customer_id, kind, "on", channel FROM done WHERE {_OF} ORDER BY customer_id, id'
_ROUTES = (
    "SELECT c.customer_id, c.role, r.channel, c.id FROM contact c"
    " JOIN route r ON r.contact_id = c.id AND r.organisation_id = c.organisation_id"
    " WHERE c.organisation_id = %s AND %s IS NOT NULL AND c.customer_id IN {ids}"
    " AND r.consent AND r.invalid_on IS NULL ORDER BY c.customer_id, c.number, c.role, r.channel"
)
_WAITS = f"SELECT customer_id, step, since_on FROM case_wait WHERE {_OF} ORDER BY customer_id, step"
_CASES = (
    "SELECT customer_id, no, cadence, closed_on, policy_version_id FROM dunning_case"
    f" WHERE {_OF} ORDER BY customer_id, no"
)
_ASSESSED = (
    f"SELECT customer_id, segment, grade FROM assessment WHERE {_OF}"
    " AND since_on <= %s ORDER BY customer_id, since_on"
)
