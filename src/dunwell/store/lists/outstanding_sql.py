"""The words of SQL behind days outstanding: which rows count, and with how much, in both dialects.

A `Source` names the rows and what each of them adds to which sum, so that sums by customer
(`store.lists.outstanding`) and the rows behind them (`store.lists.outstanding_lines`) cannot
differ. A past day counts by effective dates and what is known now (SEMANTICS 2.6): what was open
is what is open now, and what was allocated since. Claims (interest, costs) are no sales and are
left out. What was paid before the book came in has no day and counts as paid, not as a payment;
what a later list of open items says was settled counts on the day of that list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connection

from dunwell.core.outstanding import sums
from dunwell.core.scope import Scope

DEBIT = "i.kind IN ('invoice', 'instalment', 'debit_note')"
CREDIT = "i.kind = 'credit_note'"
MONTHS = tuple(f"month_{n}" for n in range(sums.HISTORY_MONTHS + 1))
YEAR = 365
ALL_ROWS = 2**62
"""A limit that limits nothing. Below it the database works each row out once before it sorts
them; without it, once a sum, which takes twice as long."""


class Period(NamedTuple):
    """So many days up to and with `as_of`; `start` is the day before the first of them."""

    as_of: dt.date
    days: int

    @property
    def start(self) -> dt.date:
        """The last day before the period."""
        return self.as_of - dt.timedelta(days=self.days)

    @property
    def before(self) -> Period:
        """What it is compared with: the year before it, or as many days where they are more."""
        return Period(self.start, max(self.days, YEAR))


class Source(NamedTuple):
    """Rows of one kind: their alias, what each adds to the sums by name, and FROM … WHERE.

    `by_month`: in which month a row counts (0 is the running one), and with how much.
    """

    alias: str
    adds: dict[str, str]
    rows: str
    by_month: tuple[str, str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Name the sums in the order of the statement."""
        return (*self.adds, *(("invoices", *MONTHS) if self.by_month else ()))

    def grouped(self) -> str:
        """Return the statement that adds them up by customer, entity and currency."""
        names = [f"{sql} AS {name}" for name, sql in self.adds.items()]
        totals = [f"SUM(g.{name})" for name in self.adds]
        if self.by_month is not None:
            names += [f"{self.by_month[0]} AS place", f"{self.by_month[1]} AS minor"]
            totals.append("SUM(CASE WHEN g.weighed > 0 THEN 1 ELSE 0 END)")
            totals += [f"SUM({_if(f'g.place = {n}', 'g.minor')})" for n in range(len(MONTHS))]
        x = self.alias
        return (
            f"SELECT g.who, g.entity, g.currency, {', '.join(totals)} FROM"
            f" (SELECT {x}.customer_id AS who, {x}.entity_id AS entity,"
            f" {x}.currency AS currency, {', '.join(names)}{self.rows}"
            f" LIMIT {ALL_ROWS}) g GROUP BY g.who, g.entity, g.currency"
        )


def sources(period: Period) -> tuple[Source, ...]:
    """Return all that the sums of a period are made of."""
    return _items(period), _moves(period), _cash(period), _matched(period)


def _items(period: Period) -> Source:
    """Items: what is open now of what had been issued, what was billed, and days late."""
    end, start = day(period.as_of), day(period.start)
    signed = f"CASE WHEN {CREDIT} THEN -i.amount_minor ELSE i.amount_minor END"
    months = sums.months(period.as_of)
    places = " ".join(f"WHEN i.issued_on >= {day(a)} THEN {n}" for n, (a, _) in enumerate(months))
    counts = f"({settled(period)} OR {overdue(period)})"
    is_due, first = _cohort(period)
    return Source(
        "i",
        {
            "overdue": _if(f"{DEBIT} AND {then(end)} AND i.due_on < {end}", "i.open_minor"),
            "current": _if(f"{DEBIT} AND {then(end)} AND i.due_on >= {end}", "i.open_minor"),
            "credit": _if(f"{CREDIT} AND {then(end)}", "i.open_minor"),
            "opened_debit": _if(f"{DEBIT} AND {then(start)}", "i.open_minor"),
            "opened_credit": _if(f"{CREDIT} AND {then(start)}", "i.open_minor"),
            "weighed": _if(counts, "i.amount_minor"),
            "late_days": _if(
                f"{counts} AND (i.closed_on IS NULL OR i.closed_on > i.due_on)",
                f"i.amount_minor * {late(period)}",
            ),
            "due": _if(f"{is_due} AND {then(end)}", "i.amount_minor"),
            "billed": _if(f"i.issued_on > {start} AND i.issued_on <= {end}", signed),
        },
        " FROM item i JOIN entity n ON n.id = i.entity_id WHERE {all}i.organisation_id = %s"
        f" AND i.kind <> 'claim' AND (i.open_minor > 0 OR i.closed_on > {start}"
        f" OR i.issued_on >= {day(months[-1][0])} OR i.issued_on > {start} OR i.due_on > {first})"
        " AND i.customer_id = {one}",
        (f"CASE WHEN i.issued_on > {end} THEN -1 {places} ELSE -1 END", signed),
    )


def _moves(period: Period) -> Source:
    """What was allocated to items: since the day, since the start, and the payments of the
    period with the days they took.
    """
    end, start = day(period.as_of), day(period.start)
    is_due, first = _cohort(period)
    on, minor = 'a."on"', "a.amount_minor"
    took = apart(on, "i.issued_on")
    in_time = f"{apart(on, 'i.due_on')} <= {sums.COLLECTED_DAYS}"
    is_paid = f"{DEBIT} AND {_paid(period)}"
    in_period = f"{on} > {start} AND {on} <= {end} AND i.issued_on IS NOT NULL AND {is_paid}"
    since_end, since_start = (f"{on} > {x} AND {then(x)}" for x in (end, start))
    return Source(
        "i",
        {
            "overdue": _if(f"{since_end} AND {DEBIT} AND i.due_on < {end}", minor),
            "current": _if(f"{since_end} AND {DEBIT} AND i.due_on >= {end}", minor),
            "credit": _if(f"{since_end} AND {CREDIT}", minor),
            "opened_debit": _if(f"{since_start} AND {DEBIT}", minor),
            "opened_credit": _if(f"{since_start} AND {CREDIT}", minor),
            "paid": _if(in_period, minor),
            "paid_days": _if(in_period, f"{minor} * {took}"),
            "due_paid": _if(
                f"{is_due} AND {on} <= {end} AND {in_time} AND {then(end)} AND {is_paid}", minor
            ),
        },
        " FROM allocation a {with} item i {with} entity n"
        " WHERE {all}a.organisation_id = %s AND i.id = a.item_id"
        " AND i.organisation_id = a.organisation_id AND n.id = i.entity_id AND i.kind <> 'claim'"
        f" AND ({on} > {start} OR i.due_on > {first}) AND i.customer_id = {{one}}",
    )


def _cash(period: Period) -> Source:
    """The money matched to nothing now, and that which was taken back since."""
    end, start = day(period.as_of), day(period.start)
    held = "CASE WHEN p.reversed_on IS NULL THEN p.unapplied_minor ELSE p.amount_minor END"
    return Source(
        "p",
        {"credit": _if(_had(end), held), "opened_credit": _if(_had(start), held)},
        " FROM payment p WHERE {all}p.organisation_id = %s AND p.kind = 'payment'"
        # Not "<=": an index by day would be taken, and most of the table read in its order.
        f" AND p.customer_id IS NOT NULL AND NOT p.paid_on > {end}"
        f" AND (p.unapplied_minor > 0 OR p.reversed_on > {start}) AND p.customer_id = {{one}}",
    )


def _matched(period: Period) -> Source:
    """What was matched since: it was still unmatched then."""
    end, start = day(period.as_of), day(period.start)
    on, minor = 'a."on"', "a.amount_minor"
    return Source(
        "p",
        {
            "credit": _if(f"{on} > {end} AND {_had(end)}", minor),
            "opened_credit": _if(f"{on} > {start} AND {_had(start)}", minor),
        },
        " FROM allocation a {with} payment p WHERE {all}a.organisation_id = %s"
        " AND p.id = a.payment_id AND p.organisation_id = a.organisation_id"
        f" AND p.kind = 'payment' AND p.customer_id IS NOT NULL AND {on} > {start}"
        f" AND p.paid_on <= {end} AND p.paid_on < {on} AND p.customer_id = {{one}}",
    )


def _if(condition: str, value: str) -> str:
    return f"CASE WHEN {condition} THEN {value} ELSE 0 END"


def _had(on: str) -> str:
    """Which payments had been received by a day, and not been taken back."""
    return f"p.paid_on <= {on} AND (p.reversed_on IS NULL OR p.reversed_on > {on})"


def then(on: str) -> str:
    """Which items had been issued by a day."""
    return f"(i.issued_on IS NULL OR i.issued_on <= {on})"


def _cohort(period: Period) -> tuple[str, str]:
    """Return which items fell due so that their 30 days ended in the period, and after when."""
    back = dt.timedelta(days=sums.COLLECTED_DAYS)
    first, last = day(period.start - back), day(period.as_of - back)
    return f"{DEBIT} AND i.due_on > {first} AND i.due_on <= {last}", first


def settled(period: Period) -> str:
    """Which items were settled in the period, on a day that is known."""
    start, end = day(period.start), day(period.as_of)
    return (
        f"({DEBIT} AND i.closed_on > {start} AND i.closed_on <= {end}"
        " AND (i.closed_on > n.went_live_on OR i.id IN (SELECT k.item_id FROM allocation k"
        " WHERE k.organisation_id = {org} AND k.payment_id IS NOT NULL"
        f' AND k."on" > {start}{{its}})))'
    )


def overdue(period: Period) -> str:
    """Which items were overdue at the end of the period."""
    end = day(period.as_of)
    return (
        f"({DEBIT} AND i.due_on < {end} AND {then(end)}"
        f" AND (i.open_minor > 0 OR i.closed_on > {end}))"
    )


def late(period: Period) -> str:
    """Return the days after the due date on which an item was settled, or those so far."""
    end = day(period.as_of)
    return apart(f"CASE WHEN i.closed_on <= {end} THEN i.closed_on ELSE {end} END", "i.due_on")


def _paid(period: Period) -> str:
    """Which allocations are payments that stand, or what a later list says was settled."""
    return (
        "((a.payment_id IS NULL AND a.source = 'opening' AND a.\"on\" > n.went_live_on)"
        " OR a.payment_id NOT IN (SELECT r.id FROM payment r WHERE r.organisation_id = {org}"
        f" AND r.reversed_on <= {day(period.as_of)}{{this}}))"
    )


def rows(scope: Scope, sql: str, customer: int | None) -> Iterator[tuple[Any, ...]]:
    """Run a statement for the whole book, or for one customer where it says {one}.

    For the whole book tables are read through ({all}) in the order written ({with}), where an
    index would only make it slower, and a subquery that depends on nothing around it is answered
    once; for one customer it asks about one row ({its}, {this}). {org} is the organisation in it.
    """
    sql = sql.replace("{org}", f"{scope.organisation_id:d}")
    if customer is None:
        for whose in ("i", "p"):
            sql = sql.replace(f" AND {whose}.customer_id = {{one}}", "")
    for token, of_all, of_one in (
        ("{one}", "", f"{customer or 0:d}"), ("{all}", "+", ""), (" {with}", " CROSS JOIN", ","),
        ("{its}", "", " AND k.item_id = i.id"), ("{this}", "", " AND r.id = a.payment_id"),
    ):  # fmt: skip
        sql = sql.replace(token, of_all if customer is None else of_one)
    with connection.cursor() as cursor:
        cursor.execute(sql, [scope.organisation_id])
        while chunk := cursor.fetchmany(10_000):
            yield from chunk


def day(on: dt.date) -> str:
    """Write a day as both databases compare it."""
    text = f"'{on.isoformat()}'"
    return text if connection.vendor == "sqlite" else f"DATE {text}"


def apart(later: str, earlier: str) -> str:
    """Return the days between two dates, in SQL."""
    if connection.vendor == "sqlite":
        return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"
    return f"(({later}) - ({earlier}))"
