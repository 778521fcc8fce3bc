"""The position: what may be demanded of a customer today, item by item and net.

Chaseable is an amount: open, less what is stopped. Credit notes and unapplied cash then
reduce it: a credit note the item it names, disputed part first; the rest the oldest overdue
item first. Nothing is posted. Currencies are never added. Origin: SEMANTICS 3.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from dunwell.core import book, money, stops


class Standing(msgspec.Struct, gc=False):
    """One open item today: what stops cover, what is chaseable, what is left net."""

    item: book.Item
    is_overdue: bool
    covered: stops.Covered
    quiet: tuple[stops.Interval, ...]
    chaseable_minor: int
    net_minor: int


class Position(msgspec.Struct, gc=False):
    """All of a case today. `balance` is by currency: open less credits less unapplied."""

    standings: list[Standing]
    balance: dict[str, int]
    credit_used: dict[str, int]

    @property
    def overdue(self) -> list[Standing]:
        """The overdue items, chaseable or not."""
        return [s for s in self.standings if s.is_overdue]


def stand(facts: book.Facts, *, as_of: dt.date) -> Position:
    """Return the customer's position as of a day.

    >>> from dunwell.core.workdays import Calendar
    >>> c, d = Calendar("-/0"), dt.date(2026, 3, 1)
    >>> a = book.Item(1, "A", "invoice", "EUR", d, 100, 100)
    >>> n = book.Item(2, "N", "credit_note", "EUR", d, 30, 30)
    >>> p = stand(book.Facts("o", "e", "c", "EUR", c, c, items=(a, n)), as_of=dt.date(2026, 4, 1))
    >>> p.standings[0].net_minor, p.balance
    (70, {'EUR': 70})
    """
    standings: list[Standing] = []
    credits: list[book.Item] = []
    balance: dict[str, int] = {}
    no_stops = not facts.stops
    called_in = {} if no_stops else stops.defaulted(facts.stops, as_of=as_of)
    for item in facts.items:
        if not item.open_minor:
            continue
        if item.kind not in book.DEBITS:
            credits.append(item)
            balance[item.currency] = balance.get(item.currency, 0) - item.open_minor
            continue
        balance[item.currency] = balance.get(item.currency, 0) + item.open_minor
        cover = stops.NOTHING if no_stops else stops.covered(item, stops=facts.stops, as_of=as_of)
        left = item.open_minor - cover.minor
        quiet = stops.quiet_days(item, stops=facts.stops) if facts.stops or item.paid_gaps else ()
        is_overdue = item.due_on < as_of or item.id in called_in
        standings.append(Standing(item, is_overdue, cover, quiet, left, left))
    for currency, minor in facts.unapplied:
        balance[currency] = balance.get(currency, 0) - minor
    used: dict[str, int] = {}
    if credits or facts.unapplied:
        _net(standings, credits, facts.unapplied, used)
    return Position(standings, balance, used)


def covers_no_item(facts: book.Facts) -> bool:
    """Tell whether credit notes and unapplied cash are less than any item of their currency.

    However they are netted, each item then keeps something to demand.
    """
    on_account = dict[str, int]()
    least = dict[str, int]()
    for currency, minor in facts.unapplied:
        on_account[currency] = on_account.get(currency, 0) + minor
    for i in facts.items:
        if i.kind not in book.DEBITS:
            on_account[i.currency] = on_account.get(i.currency, 0) + i.open_minor
        elif i.open_minor:
            least[i.currency] = min(i.open_minor, least.get(i.currency, i.open_minor))
    return all(minor < least.get(c, minor + 1) for c, minor in on_account.items())


def _net(
    standings: list[Standing],
    credits: list[book.Item],
    unapplied: Iterable[tuple[str, int]],
    used: dict[str, int],
) -> None:
    pool: dict[str, int] = {}
    for currency, minor in unapplied:
        pool[currency] = pool.get(currency, 0) + minor
    in_order = sorted(standings, key=_oldest_overdue_first)
    disputed = {s.item.id: s.covered.by_kind.get("dispute", 0) for s in standings}
    for credit in sorted(credits, key=lambda c: (c.due_on, c.number, c.id)):
        left = credit.open_minor
        for s in in_order:
            same = (
                credit.applies_to in (s.item.number, s.item.label)
                and credit.child == s.item.child
                and s.item.kind != "claim"
            )
            if left and credit.applies_to and same and s.item.currency == credit.currency:
                taken_up = min(left, disputed[s.item.id])
                disputed[s.item.id] -= taken_up
                cut = min(left - taken_up, s.net_minor)
                s.net_minor -= cut
                used[credit.currency] = used.get(credit.currency, 0) + cut
                left -= taken_up + cut
        pool[credit.currency] = pool.get(credit.currency, 0) + left
    for s in in_order:
        cut = min(pool.get(s.item.currency, 0), s.net_minor)
        if cut > 0:
            s.net_minor -= cut
            pool[s.item.currency] -= cut
            used[s.item.currency] = used.get(s.item.currency, 0) + cut


def _oldest_overdue_first(s: Standing) -> tuple[object, ...]:
    """Order items as loose credit reduces them; ties end, so that their order changes nothing."""
    i = s.item
    return (not s.is_overdue, i.due_on, i.number, i.part, i.child, i.kind, i.id)


class InBase(msgspec.Struct):
    """An amount in base currency, and the currencies whose rate was missing for it."""

    minor: int
    missing: tuple[str, ...] = ()


def in_base(facts: book.Facts, amounts: Iterable[tuple[str, int]]) -> InBase:
    """Add amounts up in base currency, for thresholds and ranking only (SEMANTICS 3.1)."""
    total = 0
    missing: set[str] = set()
    rates: dict[str, str] | None = None
    for currency, minor in amounts:
        if currency == facts.base_currency:
            total += minor
        elif minor:
            rates = rates if rates is not None else dict(facts.rates)
            rate = rates.get(currency)
            if rate is None:
                missing.add(currency)
            else:
                total += money.convert(
                    minor, currency=currency, base=facts.base_currency, rate=Decimal(rate)
                )
    return InBase(total, tuple(sorted(missing)))
