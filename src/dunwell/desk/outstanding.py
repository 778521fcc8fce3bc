"""Days outstanding: the measures by any key, who pays later than before, which kinds pay late.

Reads the whole book once (`load`) and turns it any way round without asking again, so that the
numbers of all views agree. Writes nothing. Must not know: a formula (`core.outstanding`).
"""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from dunwell.core.outstanding import hints, payers, sums
from dunwell.core.scope import Scope
from dunwell.desk import view
from dunwell.store import models, tx
from dunwell.store.lists import outstanding, outstanding_lines
from dunwell.store.lists import payers as people

BY = ("customer", "region", "country", "segment", "owner", "terms", "entity")
KINDS = ("region", "country", "segment", "owner", "terms")
"""Keys by which customers are set against the rest of the book."""
STANDARD = "standard"
"""The segment of whom nobody has assessed."""
tenth = sums.tenth


class Account(NamedTuple):
    """One customer at one entity in one currency: where it belongs, and its sums."""

    customer: str
    entity: str
    currency: str
    segment: str
    of: sums.Sums


class Row(NamedTuple):
    """One line: a value of the key in one currency, how many customers, sums and measures."""

    key: str
    currency: str
    customers: int
    of: sums.Sums
    measures: sums.Measures


class Changed(NamedTuple):
    """A customer that pays later or earlier than in the period before."""

    customer: str
    change: payers.Change


class Changes(NamedTuple):
    """Who got worse and who got better, the largest change first; how many were compared."""

    worse: list[Changed]
    better: list[Changed]
    compared: int
    too_few: int


class Book(NamedTuple):
    """All that is known of a period, read at once."""

    period: outstanding.Period
    accounts: list[Account]
    cards: dict[str, people.Card]
    payers: list[payers.Payer]
    changes: Changes
    segments: dict[str, str]
    currencies: list[str]


def load(scope: Scope, *, as_of: dt.date, days: int) -> Book:
    """Return the book of the days up to and with one."""
    period = outstanding.Period(as_of, days)
    was_on = gc.isenabled()
    gc.disable()  # hundreds of thousands of values, and no cycle among them
    try:
        with tx.reading(scope):
            return _book(scope, period, None)
    finally:
        if was_on:
            gc.enable()


def _book(scope: Scope, period: outstanding.Period, customer: int | None) -> Book:
    cards = people.cards(scope, as_of=period.as_of, customer=customer)
    codes = dict(
        models.Entity.objects.filter(organisation_id=scope.organisation_id).values_list(
            "pk", "code"
        )
    )
    found = outstanding.accounts(scope, period, customer=customer)
    accounts = [
        Account(
            cards[pk].reference, codes[entity], currency,
            cards[pk].segments.get(entity, STANDARD), of,
        )
        for (pk, entity, currency), of in found.items()
    ]  # fmt: skip
    accounts.sort(key=lambda a: (a.customer, a.entity, a.currency))
    everybody, changes = [], {}
    for pk, sample in outstanding.samples(scope, period, customer=customer).items():
        name = cards[pk].reference
        one = payers.payer(name, sample.now)
        if one is not None:
            everybody.append(one)
        changes[name] = payers.compare(sample.before, sample.now)
    everybody.sort(key=lambda p: p.customer)
    by_name = {c.reference: c for c in cards.values()}
    return Book(
        period, accounts, by_name, everybody, _changes(changes), _main_segments(accounts),
        sorted({a.currency for a in accounts}),
    )  # fmt: skip


def _changes(changes: Mapping[str, payers.Change]) -> Changes:
    named = [Changed(c, changes[c]) for c in payers.changed(changes)]
    too_few = sum(x.verdict == "too_few" for x in changes.values())
    return Changes(
        [c for c in named if c.change.verdict == "worse"],
        [c for c in named if c.change.verdict == "better"],
        len(changes) - too_few, too_few,
    )  # fmt: skip


def _main_segments(accounts: list[Account]) -> dict[str, str]:
    """Return the segment of each customer where it has the most invoices."""
    most: dict[str, tuple[int, str]] = {}
    for a in accounts:
        if a.customer not in most or a.of.invoices > most[a.customer][0]:
            most[a.customer] = (a.of.invoices, a.segment)
    return {customer: segment for customer, (_, segment) in most.items()}


def rows(book: Book, *, by: str, within: tuple[str, str] | None = None) -> list[Row]:
    """Return the measures by a key and currency, in order of both.

    `within` keeps one value of another key, such as ("region", "north"), or of what a hint
    rests on: ("trait", "no_po"), ("method", "card").
    """
    parts: dict[tuple[str, str], list[Account]] = {}
    for account in _within(book, within):
        parts.setdefault((key_of(book, account, by), account.currency), []).append(account)
    return [_row(book, key, currency, mine) for (key, currency), mine in sorted(parts.items())]


def totals(book: Book, *, within: tuple[str, str] | None = None) -> list[Row]:
    """Return the measures of all accounts, one row a currency."""
    parts: dict[str, list[Account]] = {}
    for account in _within(book, within):
        parts.setdefault(account.currency, []).append(account)
    return [_row(book, "", currency, parts[currency]) for currency in sorted(parts)]


def _row(book: Book, key: str, currency: str, mine: list[Account]) -> Row:
    of = mine[0].of if len(mine) == 1 else sums.add(a.of for a in mine)
    measures = sums.measure(of, days=book.period.days, as_of=book.period.as_of)
    return Row(key, currency, len({a.customer for a in mine}), of, measures)


def _within(book: Book, within: tuple[str, str] | None) -> Iterator[Account]:
    for account in book.accounts:
        if within is None or holds(book, account, *within):
            yield account


def holds(book: Book, account: Account, key: str, value: str) -> bool:
    """Tell whether an account has a value of a key, a trait, or a way of paying."""
    if key == "trait":
        return value in book.cards[account.customer].about.traits
    if key == "method":
        return book.cards[account.customer].about.method == value
    return key_of(book, account, key) == value


def key_of(book: Book, account: Account, by: str) -> str:
    """Return what an account is counted under."""
    if by in ("customer", "entity", "segment"):
        found: str = getattr(account, by)
        return found
    card = book.cards[account.customer]
    if by == "terms":
        return card.about.terms
    value: str = getattr(card, by)
    return value


def kinds(book: Book, *, by: str) -> list[payers.Kind]:
    """Return each kind of customer set against the rest of the book, the latest first."""

    def key(customer: str) -> str:
        if by == "segment":
            return book.segments.get(customer, STANDARD)
        card = book.cards[customer]
        return card.about.terms if by == "terms" else str(getattr(card, by))

    return payers.kinds(book.payers, key)


def said(book: Book) -> hints.Hints:
    """Return what late payers have in common that terms or invoicing could change."""
    about: Mapping[str, hints.About] = {
        p.customer: book.cards[p.customer].about for p in book.payers
    }
    return hints.look(book.payers, about)


def start_of(as_of: dt.date, days: int) -> dt.date:
    """Return the first day looked at."""
    return outstanding.Period(as_of, days).start + dt.timedelta(days=1)


class One(NamedTuple):
    """One customer: its measures by currency, how it has changed, and how it is invoiced."""

    customer: str
    period: outstanding.Period
    rows: list[Row]
    change: payers.Change
    about: hints.About


def one(scope: Scope, reference: str, *, as_of: dt.date, days: int) -> One:
    """Return one customer's measures. Raises: Refused for a reference nobody has."""
    period = outstanding.Period(as_of, days)
    (pk,) = view.ids_of(scope, [reference])
    with tx.reading(scope):
        book = _book(scope, period, pk)
        sample = outstanding.samples(scope, period, customer=pk).get(pk)
    change = payers.compare(payers.NO_SAMPLE, payers.NO_SAMPLE)
    if sample is not None:
        change = payers.compare(sample.before, sample.now)
    about = book.cards[reference].about
    return One(reference, period, rows(book, by="customer"), change, about)


WHAT = {
    "open": ("overdue", "current", "credit"), "late": ("weighed", "late_days"),
    "paid": ("paid", "paid_days"), "billed": ("billed",), "due": ("due", "due_paid"),
}  # fmt: skip
"""What stands behind which numbers: the sums a line must add something to."""


class Behind(NamedTuple):
    """The lines behind a customer's numbers: each with its amount, and what it is weighed by.

    `left` is credit among them that nothing was owed against: it is not taken off what is open.
    """

    what: str
    lines: list[tuple[outstanding_lines.Line, int, int]]
    total: int
    weighed: int
    left: int


def behind(
    scope: Scope, reference: str, *, what: str, currency: str, as_of: dt.date, days: int,
    entities: frozenset[str] | None = None,
) -> Behind:  # fmt: skip
    """Return the lines behind a customer's numbers in one currency, by due date.

    `what`: open (what is owed less credit), late (settled in the period or overdue, weighed by
    amount times days late), paid (weighed by amount times days from the invoice), billed, due
    (weighed by what came in within 30 days). `entities` keeps those of some.
    Raises: Refused for a reference nobody has.
    """
    (pk,) = view.ids_of(scope, [reference])
    period = outstanding.Period(as_of, days)
    with tx.reading(scope):
        found = outstanding_lines.lines(scope, period, customer=pk)
    kept = []
    for line in found:
        if line.currency != currency or (entities is not None and line.entity not in entities):
            continue
        minor, weight = _amounts(line.adds, what)
        if minor or weight:
            kept.append((line, minor, weight))
    total, weighed = sum(m for _, m, _ in kept), sum(w for _, _, w in kept)
    left = _left([line for line, _, _ in kept]) if what == "open" else 0
    return Behind(what, kept, total, weighed, left)


def _left(lines: list[outstanding_lines.Line]) -> int:
    """Return the credit that nothing was owed against, at each company by itself."""
    by_entity: dict[str, list[int]] = {}
    for line in lines:
        owed = by_entity.setdefault(line.entity, [0, 0, 0])
        for n, name in enumerate(WHAT["open"]):
            owed[n] += line.adds.get(name, 0)
    return sum(sums.net(*owed)[2] for owed in by_entity.values())


def _amounts(adds: Mapping[str, int], what: str) -> tuple[int, int]:
    first, *more = (adds.get(name, 0) for name in WHAT[what])
    if what == "open":
        current, credit = more
        return first + current - credit, 0
    return first, more[0] if more else 0


def said_of(change: payers.Change) -> str:
    """Say how a customer has changed, in a sentence.

    >>> said_of(payers.compare(payers.NO_SAMPLE, payers.Sample({3: 4}, 2)))[:52]
    'Too little is known to say whether it pays later tha'
    """
    before, now = change.before, change.now
    if change.verdict == "too_few":
        return (
            f"Too little is known to say whether it pays later than before: {change.invoices_now}"
            f" invoices, and {change.invoices_before} in the period before;"
            f" {payers.LEAST_INVOICES} on {payers.LEAST_OCCASIONS} days are needed in each."
        )
    assert before is not None
    assert now is not None
    how = {"worse": "It pays later than before", "better": "It pays earlier than before"}.get(
        change.verdict, "It pays as before, or the difference may be luck"
    )
    return (
        f"{how}: its average invoice went {_about_due(now)}"
        f" ({change.invoices_now} invoices), against {_about_due(before)}"
        f" ({change.invoices_before})."
    )


def _about_due(days: Decimal) -> str:
    """Say when, as people do.

    >>> _about_due(Decimal("-1.5")), _about_due(Decimal("0.0")), _about_due(Decimal("12.0"))
    ('1.5 days early', 'on the due day', '12.0 days late')
    """
    if not days:
        return "on the due day"
    return f"{abs(days)} days {'late' if days > 0 else 'early'}"
