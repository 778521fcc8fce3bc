"""Who pays later than before, and which kinds of customer pay later than the rest of the book.

A customer is judged against its own past, a kind of customer against all others. Both abstain
where too little is known, and both must be more than luck (`chance`) and large enough to
matter. Days are counted from the due date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from dunwell.core.outstanding import chance, sums

LEAST_INVOICES = 5
"""So many invoices in each of two periods, or nothing is said of a customer's change."""
LEAST_OCCASIONS = 3
"""So many different days of paying (or of not paying): invoices paid at once are one habit."""
LEAST_SHIFT = Decimal(3)
"""Fewer days are no change worth a person's time."""
LEAST_OF_ONE = 3
"""So many invoices, or a customer does not speak for its kind."""
LEAST_CUSTOMERS = 5
"""So many customers of a kind, and so many others, or nothing is said of the kind."""


class Sample(NamedTuple):
    """How invoices went over a period, counted by days after the due date (early is negative).

    Counted are those settled in it, and those overdue at its end as of that day. `occasions` are
    the different days on which some were settled, and the different due days of those overdue.
    """

    days: Mapping[int, int]
    occasions: int

    @property
    def invoices(self) -> int:
        """How many invoices were counted."""
        return sum(self.days.values())


Counts = dict[Decimal, int]
"""Customers by the days late of their average invoice."""
Verdict = Literal["worse", "better", "same", "too_few"]
NO_SAMPLE = Sample({}, 0)


class Change(NamedTuple):
    """A customer's two periods set against each other.

    `before` and `now`: days after the due date of the average invoice, None without any. `luck`:
    how likely so large a difference is where nothing has changed, None where it was not asked.
    """

    verdict: Verdict
    before: Decimal | None
    now: Decimal | None
    invoices_before: int
    invoices_now: int
    luck: float | None


class Payer(NamedTuple):
    """One customer among others: days late of its average invoice, early being 0."""

    customer: str
    late: Decimal
    invoices: int


class Kind(NamedTuple):
    """One kind of customer against all others (`late`, `others_late`: the average customer).

    `verdict` is late, early, like_others or too_few; `luck` None where it was not asked.
    """

    key: str
    verdict: Literal["late", "early", "like_others", "too_few"]
    customers: int
    others: int
    late: Decimal | None
    others_late: Decimal | None
    luck: float | None


def compare(before: Sample, now: Sample) -> Change:
    """Return how a customer has changed from one period to the next.

    Worse or better by three days or more on average, where luck alone would do so at most once
    in twenty times (Mann-Whitney, two-sided); too_few below five invoices or three occasions in
    either period.

    >>> early, late = Sample({0: 4, 2: 4}, 4), Sample({9: 4, 14: 4}, 5)
    >>> compare(early, late).verdict, compare(late, early).verdict
    ('worse', 'better')
    >>> compare(early, Sample({60: 4}, 4)).verdict
    'too_few'
    """
    was, is_ = average(before.days), average(now.days)
    told = (was, is_, before.invoices, now.invoices)
    if any(s.invoices < LEAST_INVOICES or s.occasions < LEAST_OCCASIONS for s in (before, now)):
        return Change("too_few", *told, None)
    assert was is not None
    assert is_ is not None
    if abs(is_ - was) < LEAST_SHIFT:
        return Change("same", *told, None)
    ranked = chance.rank(now.days, before.days)
    if ranked.luck <= chance.LEVEL and is_ > was and ranked.larger > 0.5:
        return Change("worse", *told, ranked.luck)
    if ranked.luck <= chance.LEVEL and is_ < was and ranked.larger < 0.5:
        return Change("better", *told, ranked.luck)
    return Change("same", *told, ranked.luck)


def changed(changes: Mapping[str, Change]) -> list[str]:
    """Return the customers to name of many compared: few of them are there by luck alone.

    Whoever is worse or better when looked at alone, less those that so many comparisons bring
    about (Benjamini-Hochberg, one in ten); the largest change first.
    """
    asked = {c: x for c, x in changes.items() if x.verdict != "too_few"}
    lucks = [1.0 if x.luck is None else x.luck for x in asked.values()]
    names = [
        (customer, change)
        for (customer, change), is_named in zip(asked.items(), chance.named(lucks), strict=True)
        if is_named and change.verdict in ("worse", "better")
    ]
    return [c for c, x in sorted(names, key=lambda pair: (-shift(pair[1]), pair[0]))]


def shift(change: Change) -> Decimal:
    """Return by how many days the average invoice moved, either way; 0 where none is known."""
    if change.now is None or change.before is None:
        return Decimal(0)
    return abs(change.now - change.before)


def average(days: Mapping[int, int]) -> Decimal | None:
    """Return the average of days counted by how often they occur, to one decimal.

    >>> average({0: 1, 3: 1}), average({})
    (Decimal('1.5'), None)
    """
    whole = sum(days.values())
    return sums.tenth(sum(d * n for d, n in days.items()), whole) if whole else None


def payer(customer: str, sample: Sample) -> Payer | None:
    """Return a customer as one among others, or None where it has too few invoices to speak."""
    if sample.invoices < LEAST_OF_ONE:
        return None
    late = sum(d * n for d, n in sample.days.items() if d > 0)
    return Payer(customer, sums.tenth(late, sample.invoices), sample.invoices)


def kinds(payers: Iterable[Payer], key_of: Callable[[str], str]) -> list[Kind]:
    """Return each kind of customer, set against all others; the latest first.

    Each customer counts once, however many invoices it has, so that one large one does not
    stand for its region. A kind is late (or early) where its average customer is three days or
    more later (earlier) than that of the others and that is more than luck, all kinds looked
    at together (Mann-Whitney, Holm).

    >>> many = [Payer(f"A{n}", Decimal(n), 9) for n in range(6)]
    >>> many += [Payer(f"B{n}", Decimal(20 + n), 9) for n in range(6)]
    >>> [(k.key, k.verdict, str(k.late)) for k in kinds(many, lambda c: c[0])]
    [('B', 'late', '22.5'), ('A', 'early', '2.5')]
    """
    everybody: Counts = {}
    groups: dict[str, Counts] = {}
    for one in payers:
        for counts in (everybody, groups.setdefault(key_of(one.customer), {})):
            counts[one.late] = counts.get(one.late, 0) + 1
    found = against([(key, mine, _less(everybody, mine)) for key, mine in groups.items()])
    return sorted(found, key=lambda k: (-(k.late or Decimal(0)), k.key))


def counted(payers: Iterable[Payer]) -> Counts:
    """Return how many customers there are by days late."""
    found: Counts = {}
    for one in payers:
        found[one.late] = found.get(one.late, 0) + 1
    return found


def against(groups: Sequence[tuple[str, Counts, Counts]]) -> list[Kind]:
    """Return groups of customers each set against some others, all looked at together."""
    sizes = [(sum(mine.values()), sum(others.values())) for _, mine, others in groups]
    asked = [n for n, size in enumerate(sizes) if min(size) >= LEAST_CUSTOMERS]
    ranked = {n: chance.rank(groups[n][1], groups[n][2]) for n in asked}
    holds = dict(zip(asked, chance.stands([ranked[n].luck for n in asked]), strict=True))
    out = []
    for n, (key, mine, others) in enumerate(groups):
        here, there = _typical(mine), _typical(others)
        if n not in ranked:
            out.append(Kind(key, "too_few", *sizes[n], here, there, None))
            continue
        assert here is not None
        assert there is not None
        verdict: Literal["late", "early", "like_others"] = "like_others"
        if holds[n] and here - there >= LEAST_SHIFT and ranked[n].larger > 0.5:
            verdict = "late"
        elif holds[n] and there - here >= LEAST_SHIFT and ranked[n].larger < 0.5:
            verdict = "early"
        out.append(Kind(key, verdict, *sizes[n], here, there, ranked[n].luck))
    return out


def _less(everybody: Counts, mine: Counts) -> Counts:
    left = {late: n - mine.get(late, 0) for late, n in everybody.items()}
    return {late: n for late, n in left.items() if n}


def _typical(counts: Counts) -> Decimal | None:
    """Return the average of the customers' averages."""
    n = sum(counts.values())
    if not n:
        return None
    return sums.tenth(int(sum(late * times for late, times in counts.items()) * 10), 10 * n)
