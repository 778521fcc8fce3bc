"""What the measures of days outstanding rest on, over the whole book at once, as of any day.

Sums are made in the database, one row a customer, entity and currency
(`store.lists.outstanding_sql` says of what). Nothing is divided here.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from dunwell.core.outstanding import payers, sums
from dunwell.core.scope import Scope
from dunwell.store.lists import outstanding_sql as sql

Period = sql.Period
Account = tuple[int, int, str]
"""A customer and an entity, by the store's ids, and a currency."""


class Samples(NamedTuple):
    """How a customer's invoices went over the period, and over the one before."""

    now: payers.Sample
    before: payers.Sample


def accounts(
    scope: Scope, period: Period, *, customer: int | None = None
) -> dict[Account, sums.Sums]:
    """Return the sums of every account that has any, or of one customer's."""
    found: dict[Account, dict[str, int]] = {}
    for source in sql.sources(period):
        names = source.names
        for who, entity, currency, *values in sql.rows(scope, source.grouped(), customer):
            row = found.setdefault((who, entity, currency), {})
            for name, value in zip(names, values, strict=True):
                if value:
                    row[name] = row.get(name, 0) + int(value)
    return {account: netted(row) for account, row in found.items() if any(row.values())}


_PLAIN = ("billed", "paid", "paid_days", "weighed", "late_days", "due", "due_paid", "invoices")


def netted(row: dict[str, int]) -> sums.Sums:
    """Take an account's credit off what it owes, and put everything in its place."""

    def of(name: str) -> int:
        return row.get(name, 0)

    open_minor, current, left = sums.net(of("overdue"), of("current"), of("credit"))
    opened, _, _ = sums.net(of("opened_debit"), 0, of("opened_credit"))
    return sums.Sums(
        opened=opened, open=open_minor, current=current, left=left,
        by_month=tuple(of(name) for name in sql.MONTHS), **{name: of(name) for name in _PLAIN},
    )  # fmt: skip


def samples(scope: Scope, period: Period, *, customer: int | None = None) -> dict[int, Samples]:
    """Return how the invoices of each customer went, over this period and the one before."""
    tallies = [_tally(scope, span, customer) for span in (period, period.before)]
    nothing = _Tally({}, set())
    found = {}
    for who in tallies[0].keys() | tallies[1].keys():
        now, before = (
            payers.Sample(t.days, len(t.occasions)) for t in (x.get(who, nothing) for x in tallies)
        )
        found[who] = Samples(now, before)
    return found


class _Tally(NamedTuple):
    """Invoices of one customer by days after the due date, as they are read, and the occasions."""

    days: dict[int, int]
    occasions: set[int]


def _tally(scope: Scope, span: Period, customer: int | None) -> dict[int, _Tally]:
    found: dict[int, _Tally] = {}
    for who, late, occasion in sql.rows(scope, _went(span), customer):
        tally = found.get(who)
        if tally is None:
            found[who] = _Tally({late: 1}, {occasion})
        else:
            days = tally.days
            days[late] = days.get(late, 0) + 1
            tally.occasions.add(occasion)
    return found


def _went(period: Period) -> str:
    """Return customer, days after the due date, and the occasion, of each invoice."""
    epoch = sql.day(dt.date(2000, 1, 1))
    # An occasion of not paying must not fall together with one of paying: it is negative.
    return (
        f"SELECT i.customer_id, {sql.late(period)}, CASE WHEN i.closed_on <="
        f" {sql.day(period.as_of)} THEN {sql.apart('i.closed_on', epoch)}"
        f" ELSE -1 - {sql.apart('i.due_on', epoch)} END"
        " FROM item i JOIN entity n ON n.id = i.entity_id WHERE {all}i.organisation_id = %s"
        f" AND ({sql.settled(period)} OR {sql.overdue(period)}) AND i.customer_id = {{one}}"
    )
