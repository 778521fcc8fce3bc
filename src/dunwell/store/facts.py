"""Rows to frozen Facts: the one loader.

Works on ranges of customers, so that a night's look costs a handful of queries a thousand
cases. Loads what was known at the time of asking, as of a day; past days as then known come
from the decisions that were recorded (DATA.md 1.2).
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.db import connection

from dunwell.core import book, workdays
from dunwell.core.scope import Scope
from dunwell.store import calendars, models

CHUNK = 1000
LIVE_FLIGHTS = ("ready", "claimed", "handing", "unknown", "waiting")


class Loaded(NamedTuple):
    """The facts of one case and the store's id of its customer."""

    customer_id: int
    facts: book.Facts


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

    def stream(self, customers: Sequence[int] | None = None) -> Iterator[Loaded]:
        """Yield every case with an open item (or those of the customers named), by customer."""
        ids = sorted(customers) if customers is not None else self._with_open_items()
        for start in range(0, len(ids), CHUNK):
            yield from self._chunk(ids[start : start + CHUNK])

    def _with_open_items(self) -> list[int]:
        rows = self._rows(
            "SELECT DISTINCT customer_id FROM item WHERE organisation_id = %s AND entity_id = %s"
            " AND open_minor > 0 ORDER BY customer_id",
            [],
        )
        return [r[0] for r in rows]

    def _rates(self) -> tuple[tuple[str, str], ...]:
        newest: dict[str, str] = {}
        for rate in models.FxRate.objects.filter(
            organisation_id=self.scope.organisation_id,
            base=self.entity.base_currency,
            on__lte=self.as_of,
        ).order_by("on"):
            newest[rate.currency] = rate.rate
        return tuple(sorted(newest.items()))

    def _rows(self, sql: str, more: list[Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, [self.scope.organisation_id, self.entity.pk, *more])
            return list(cursor.fetchall())

    def _by_customer(
        self, sql: str, ids: Sequence[int], more: Iterable[Any] = ()
    ) -> dict[int, list[tuple[Any, ...]]]:
        """Run a query over the customers of a chunk; its first column is the customer."""
        marks = ",".join(["%s"] * len(ids))
        found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for row in self._rows(sql.replace("{ids}", f"({marks})"), [*ids, *more]):
            found[row[0]].append(row)
        return found

    def _chunk(self, ids: Sequence[int]) -> Iterator[Loaded]:
        people = {r[0]: r for r in self._people(ids)}
        items = self._by_customer(_ITEMS, ids, [self.as_of])
        taken = self._taken(ids)
        stops = self._stops(ids)
        partly = {i for found in stops.values() for s in found for i, m in s.items if m is not None}
        paid = self._paid(partly)
        unapplied = self._by_customer(_UNAPPLIED, ids)
        outreach = self._by_customer(_OUTREACH, ids, [self.as_of - dt.timedelta(days=120)])
        flights = self._by_customer(_FLIGHTS, ids)
        attempts = self._by_customer(_ATTEMPTS, ids)
        approvals = self._by_customer(_APPROVALS, ids)
        done = self._by_customer(_DONE, ids)
        routes = self._by_customer(_ROUTES, ids)
        waits = self._by_customer(_WAITS, ids)
        cases = self._by_customer(_CASES, ids)
        assessed = self._by_customer(_ASSESSED, ids, [self.as_of])
        paid_last = self._by_customer(_LAST_PAID, ids)
        for customer_id in ids:
            if customer_id not in people:
                continue
            _, reference, country, zone, natural, segment_given, grade_given = people[customer_id]
            case = cases.get(customer_id, [(0, 0, "", None)])[-1]
            segment, grade = (assessed.get(customer_id) or [(0, "standard", "unknown")])[-1][1:3]
            yield Loaded(
                customer_id,
                book.Facts(
                    organisation=self.scope.organisation,
                    entity=self.entity.code,
                    customer=reference,
                    base_currency=self.entity.base_currency,
                    calendar=self.calendars.get(country, self.entity_calendar),
                    entity_calendar=self.entity_calendar,
                    time_zone=zone or self.entity.time_zone,
                    case_no=case[1],
                    has_open_case=case[1] > 0 and case[3] is None,
                    segment=segment_given or segment,
                    grade=grade_given or grade,
                    cadence=case[2] if case[3] is None else "",
                    natural_person=bool(natural),
                    items=tuple(
                        _item(r, taken.get(r[1], ()), paid.get(r[1], ()))
                        for r in items.get(customer_id, ())
                    ),
                    unapplied=tuple((r[1], r[2]) for r in unapplied.get(customer_id, ())),
                    stops=tuple(stops.get(customer_id, ())),
                    outreach=tuple(
                        book.Outreach(as_day(r[1]), r[2], r[3], bool(r[4]))
                        for r in outreach.get(customer_id, ())
                    ),
                    flights=tuple(
                        book.Flight(r[1], r[2], r[3], r[4], as_day(r[5]), bool(r[6]))
                        for r in flights.get(customer_id, ())
                    ),
                    approvals=tuple(
                        book.Approval(r[1], r[2], as_day(r[3]), r[4], _maybe(r[5]), _maybe(r[6]))
                        for r in approvals.get(customer_id, ())
                    ),
                    done=tuple(
                        book.Done(r[1], as_day(r[2]), r[3]) for r in done.get(customer_id, ())
                    ),
                    routes=tuple(book.Route(r[1], r[2], r[3]) for r in routes.get(customer_id, ())),
                    rates=self.rates if _is_foreign(items, customer_id, self.entity) else (),
                    waiting_since=tuple((r[1], as_day(r[2])) for r in waits.get(customer_id, ())),
                    last_payment_on=_maybe((paid_last.get(customer_id) or [(0, None)])[0][1]),
                    attempts=tuple((r[1], r[2]) for r in attempts.get(customer_id, ())),
                    is_stale=self.is_stale,
                ),
            )

    def _people(self, ids: Sequence[int]) -> list[tuple[Any, ...]]:
        marks = ",".join(["%s"] * len(ids))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, reference, country, time_zone, natural_person, segment_given, "
                f"grade_given FROM customer WHERE organisation_id = %s AND id IN ({marks})",
                [self.scope.organisation_id, *ids],
            )
            return list(cursor.fetchall())

    def _taken(self, ids: Sequence[int]) -> dict[int, tuple[book.Taken, ...]]:
        found: dict[int, tuple[book.Taken, ...]] = {}
        for rows in self._by_customer(_TAKEN, ids).values():
            for _, item, step, on, tone, phase, named_on in rows:
                one = book.Taken(step, as_day(on), tone, phase, _maybe(named_on))
                found[item] = (*found.get(item, ()), one)
        return found

    def _stops(self, ids: Sequence[int]) -> dict[int, list[book.Stop]]:
        parts: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
        for rows in self._by_customer(_STOP_ITEMS, ids).values():
            for _, stop, item, minor in rows:
                parts[stop].append((item, minor))
        found: dict[int, list[book.Stop]] = defaultdict(list)
        for customer, rows in self._by_customer(_STOPS, ids).items():
            for _, pk, kind, first, until, ended, clock, gives_back in rows:
                last = _maybe(until)
                if ended is not None:
                    before = as_day(ended) - dt.timedelta(days=1)
                    last = before if last is None else min(last, before)
                found[customer].append(
                    book.Stop(
                        pk, kind, as_day(first), last, tuple(sorted(parts.get(pk, ()))),
                        _maybe(clock), bool(gives_back),
                    )
                )  # fmt: skip
        return found

    def _paid(self, items: set[int]) -> dict[int, tuple[tuple[dt.date, int], ...]]:
        found: dict[int, tuple[tuple[dt.date, int], ...]] = {}
        for a in models.Allocation.objects.filter(
            organisation_id=self.scope.organisation_id, item_id__in=items
        ).order_by("on", "pk"):
            found[a.item_id] = (*found.get(a.item_id, ()), (a.on, a.amount_minor))
        return found


def _item(
    r: tuple[Any, ...], taken: tuple[book.Taken, ...], paid: tuple[tuple[dt.date, int], ...]
) -> book.Item:
    gaps = json.loads(r[11]) if isinstance(r[11], str) else r[11]
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
        taken=taken,
        paid_gaps=tuple((dt.date.fromisoformat(a), dt.date.fromisoformat(b)) for a, b in gaps)
        if gaps
        else (),
        paid=paid,
        applies_to=r[10],
        go_live_on=_maybe(r[12]),
    )


def as_day(value: Any) -> dt.date:
    """Return a date; SQLite gives text, PostgreSQL dates, both maybe with a time."""
    if isinstance(value, str):
        return dt.date.fromisoformat(value[:10])
    if isinstance(value, dt.datetime):
        return value.date()
    assert isinstance(value, dt.date)
    return value


def _maybe(value: Any) -> dt.date | None:
    return None if value is None else as_day(value)


def _is_foreign(
    items: dict[int, list[tuple[Any, ...]]], customer: int, entity: models.Entity
) -> bool:
    return any(r[4] != entity.base_currency for r in items.get(customer, ()))


_OF = "organisation_id = %s AND entity_id = %s AND customer_id IN {ids}"
_ITEMS = (
    "SELECT customer_id, id, number, kind, currency, due_on, amount_minor, open_minor, issued_on,"
    " part, applies_to, paid_gaps, go_live_on FROM item"
    f" WHERE {_OF} AND open_minor > 0 AND (issued_on IS NULL OR issued_on <= %s)"
    " ORDER BY customer_id, due_on, number, part, kind"
)
_TAKEN = (
    "SELECT i.customer_id, s.item_id, s.step, s.on, s.tone, s.phase, s.named_on"
    " FROM step_taken s JOIN item i ON i.id = s.item_id AND i.organisation_id = s.organisation_id"
    " WHERE i.organisation_id = %s AND i.entity_id = %s AND i.customer_id IN {ids}"
    " AND i.open_minor > 0 AND s.voided_on IS NULL ORDER BY s.item_id, s.on, s.id"
).replace("s.on", 's."on"')
_STOPS = (
    "SELECT customer_id, id, kind, from_on, until_on, ended_on, clock_until_on, gives_back"
    " FROM stop WHERE organisation_id = %s AND (entity_id = %s OR entity_id IS NULL)"
    " AND customer_id IN {ids} ORDER BY id"
)
_STOP_ITEMS = (
    "SELECT t.customer_id, t.id, x.item_id, x.amount_minor FROM stop t"
    " JOIN stop_item x ON x.stop_id = t.id AND x.organisation_id = t.organisation_id"
    " WHERE t.organisation_id = %s AND (t.entity_id = %s OR t.entity_id IS NULL)"
    " AND t.customer_id IN {ids} ORDER BY t.id, x.item_id"
)
_UNAPPLIED = (
    "SELECT customer_id, currency, SUM(unapplied_minor) FROM payment"
    f" WHERE {_OF} AND unapplied_minor > 0"
    " GROUP BY customer_id, currency ORDER BY customer_id, currency"
)
_LAST_PAID = (
    "SELECT customer_id, MAX(paid_on) FROM payment"
    f" WHERE {_OF} AND kind = 'payment' AND reversed_on IS NULL GROUP BY customer_id"
)
_OUTREACH = (
    'SELECT customer_id, "on", tone, channel, reached FROM outreach'
    f' WHERE {_OF} AND voided_on IS NULL AND "on" >= %s ORDER BY customer_id, "on", id'
)
_FLIGHTS = (
    "SELECT customer_id, key, step, channel, state, send_at, takes_step FROM action"
    f" WHERE {_OF} AND state IN {LIVE_FLIGHTS!r} AND (takes_step OR state = 'unknown')"
    " ORDER BY customer_id, id"
)
_ATTEMPTS = (
    "SELECT customer_id, attempt_of, COUNT(*) FROM action"
    f" WHERE {_OF} AND state = 'failed' AND attempt_of <> ''"
    " GROUP BY customer_id, attempt_of ORDER BY customer_id, attempt_of"
)
_APPROVALS = (
    "SELECT customer_id, what, step, asked_on, state, decided_on, until_on FROM approval"
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
    f"SELECT customer_id, no, cadence, closed_on FROM dunning_case WHERE {_OF}"
    " ORDER BY customer_id, no"
)
_ASSESSED = (
    f"SELECT customer_id, segment, grade FROM assessment WHERE {_OF}"
    " AND since_on <= %s ORDER BY customer_id, since_on"
)
