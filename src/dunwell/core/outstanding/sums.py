"""The measures of what is outstanding: amounts are added up first and divided once, at the end.

Read top-down: `Sums` is what is known of a customer, or of many, in one currency over one period;
`measure` turns it into days and shares. Amounts are integer minor units, and what is weighed by
days is minor units times days. Days and shares come out to one decimal, half up. Formulas are
the trade's usual ones; docs/concepts/days-outstanding.md says each, and where it misleads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

HISTORY_MONTHS = 12
"""Whole months of sales the countback may use up, beside the one that runs."""
COLLECTED_DAYS = 30
"""Within how many days of the due date money counts as collected in time."""


class Sums(NamedTuple):
    """What is known over a period, in minor units of one currency; sums of it may be added.

    `opened`, `open` and `current`: owed at the start, at the end, and what of that is not due
    yet, after the customer's own credit (`net`); `left` is credit that nothing was owed against.
    `billed` are invoices less credit notes issued in the period, `by_month` the same by month,
    the running one first (`months`). `paid` came in, after `paid_days` (amount times days since
    the invoice). `weighed` are the amounts of invoices settled in the period or overdue at its
    end, `late_days` amount times days late, early being 0; `invoices` is how many they are. Of
    `due`, whose 30th day after the due date fell in the period, `due_paid` came in by that day.
    """

    opened: int = 0
    billed: int = 0
    open: int = 0
    current: int = 0
    left: int = 0
    by_month: tuple[int, ...] = (0,) * (HISTORY_MONTHS + 1)
    paid: int = 0
    paid_days: int = 0
    weighed: int = 0
    late_days: int = 0
    due: int = 0
    due_paid: int = 0
    invoices: int = 0

    @property
    def past_due(self) -> int:
        """What of it is past due."""
        return self.open - self.current


class Measures(NamedTuple):
    """The measures of one `Sums`, in days or percent; None where nothing can be divided.

    `dso` days of sales outstanding; `countback` the same by using up the sales of the last
    months, `is_capped` when they did not suffice; `best` what of `dso` is not due yet, `beyond`
    the rest; `late` average days late of an invoice, by amount; `to_pay` average days from
    invoice to payment; `effective` the collection effectiveness index in percent; `past_due`
    the share past due; `collected` the share that came in within 30 days of its due date.
    """

    dso: Decimal | None
    countback: Decimal | None
    is_capped: bool
    best: Decimal | None
    beyond: Decimal | None
    late: Decimal | None
    to_pay: Decimal | None
    effective: Decimal | None
    past_due: Decimal | None
    collected: Decimal | None


NOTHING = Sums()
NAMES = tuple(name for name in Sums._fields if name != "by_month")


def net(overdue: int, current: int, credit: int) -> tuple[int, int, int]:
    """Take a customer's credit off what it owes, the oldest first; return open, current, left.

    Origin: SEMANTICS 3.4, as in a demand. One customer's credit pays nobody else's invoice.

    >>> net(300, 500, 400), net(300, 500, 900)
    ((400, 400, 0), (0, 0, 100))
    """
    on_overdue = min(credit, overdue)
    on_current = min(credit - on_overdue, current)
    left = credit - on_overdue - on_current
    return overdue + current - on_overdue - on_current, current - on_current, left


def add(parts: Iterable[Sums]) -> Sums:
    """Add sums of one currency up.

    >>> add([Sums(open=5, billed=2), Sums(open=1)]).open
    6
    """
    total = dict.fromkeys(NAMES, 0)
    by_month = list(NOTHING.by_month)
    for part in parts:
        for name in NAMES:
            total[name] += getattr(part, name)
        for n, minor in enumerate(part.by_month):
            by_month[n] += minor
    return Sums(**total, by_month=tuple(by_month))


def months(as_of: dt.date, count: int = HISTORY_MONTHS) -> list[tuple[dt.date, dt.date]]:
    """Return the running month up to a day, then whole months before it, the latest first.

    >>> [(a.isoformat(), b.isoformat()) for a, b in months(dt.date(2026, 3, 2), 1)]
    [('2026-03-01', '2026-03-02'), ('2026-02-01', '2026-02-28')]
    """
    found = [(as_of.replace(day=1), as_of)]
    for _ in range(count):
        last = found[-1][0] - dt.timedelta(days=1)
        found.append((last.replace(day=1), last))
    return found


def countback(open_minor: int, billed: Sequence[int], days: Sequence[int]) -> tuple[Decimal, bool]:
    """Return how many days of the latest sales are still out, and whether sales ran out.

    Month by month back from today: a month whose sales are all still out counts with all its
    days, the last one with a part of them. Where what is open is more than the sales known of,
    the days of all months are a floor, and the flag says so. A month of more credit notes than
    invoices counts as one without sales.

    >>> countback(150, [100, 100], [31, 30])
    (Decimal('46.0'), False)
    >>> countback(250, [100, 100], [31, 30])
    (Decimal('61.0'), True)
    """
    rest, found = open_minor, Fraction(0)
    for minor, length in zip(billed, days, strict=True):
        if rest <= 0:
            break
        if rest >= max(minor, 0):
            found, rest = found + length, rest - max(minor, 0)
        else:
            found, rest = found + Fraction(rest * length, minor), 0
    return tenth(found.numerator, found.denominator), rest > 0


def measure(sums: Sums, *, days: int, as_of: dt.date) -> Measures:
    """Return the measures of a period of so many days that ends on a day.

    Origin: the formulas of docs/concepts/days-outstanding.md.

    >>> m = measure(Sums(opened=80, billed=900, open=100, current=70), days=90,
    ...             as_of=dt.date(2026, 3, 2))
    >>> m.dso, m.best, m.beyond, m.past_due, m.effective
    (Decimal('10.0'), Decimal('7.0'), Decimal('3.0'), Decimal('30.0'), Decimal('96.7'))
    """
    dso, best = (_over(x * days, sums.billed) for x in (sums.open, sums.current))
    back, is_capped = None, False
    if sums.billed > 0 or any(minor > 0 for minor in sums.by_month):
        lengths = [(last - first).days + 1 for first, last in months(as_of)]
        back, is_capped = countback(sums.open, sums.by_month, lengths)
    could = sums.opened + sums.billed - sums.current
    return Measures(
        dso, back, is_capped, best,
        None if dso is None or best is None else dso - best,
        _over(sums.late_days, sums.weighed), _over(sums.paid_days, sums.paid),
        _over((sums.opened + sums.billed - sums.open) * 100, could),
        _over(sums.past_due * 100, sums.open), _over(sums.due_paid * 100, sums.due),
    )  # fmt: skip


def tenth(part: int, whole: int) -> Decimal:
    """Divide to one decimal, half up.

    >>> tenth(1, 4), tenth(-1, 4), tenth(10, 1)
    (Decimal('0.3'), Decimal('-0.2'), Decimal('10.0'))
    """
    return Decimal((20 * part + whole) // (2 * whole)).scaleb(-1)


def _over(part: int, whole: int) -> Decimal | None:
    return tenth(part, whole) if whole > 0 else None
