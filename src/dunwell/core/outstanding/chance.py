"""Telling a difference from luck: one rank test, and what many tests at once ask for.

The test is Mann and Whitney's U (Wilcoxon's rank sum), two-sided, by the normal approximation
with mid-ranks for ties, the variance corrected for ties and the usual step of one half for
continuity. It compares ranks, so one invoice a year late weighs no more than one a month later
than all others. From five values a side on the approximation is close enough to go by; below,
nobody here asks. Many tests at once find something by luck alone. For a few, of which each is to
be acted on, Holm's procedure keeps the chance of naming even one wrongly below the level; for a
long list to look into, Benjamini and Hochberg's keeps the share of wrong names in it low.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeVar

LEVEL = 0.05
"""How likely luck may at most be."""
SHARE = 0.1
"""How many of those named in a long list may be there by luck, on average."""
Value = TypeVar("Value", int, Decimal)


class Ranked(NamedTuple):
    """How often one of these is the larger, set against one of the others (ties are half), and
    how likely two samples of one kind differ so much.
    """

    larger: float
    luck: float


def rank(these: Mapping[Value, int], others: Mapping[Value, int]) -> Ranked:
    """Set two samples, given as counts by value, against each other.

    >>> found = rank({2: 5}, {1: 5})
    >>> found.larger, round(found.luck, 3)
    (1.0, 0.004)
    >>> rank({1: 3, 2: 2}, {1: 3, 2: 2})
    Ranked(larger=0.5, luck=1.0)
    """
    n, m = sum(these.values()), sum(others.values())
    if not n or not m:
        return Ranked(0.5, 1.0)
    twice, ties, before = 0, 0, 0
    for value in sorted(these.keys() | others.keys()):
        mine = these.get(value, 0)
        here = mine + others.get(value, 0)
        twice += mine * (2 * before + here + 1)
        ties += here**3 - here
        before += here
    whole, pairs = n + m, n * m
    spread = pairs / 12 * (whole + 1 - ties / (whole * (whole - 1)))
    u = (twice - n * (n + 1)) / 2
    if spread <= 0:
        return Ranked(0.5, 1.0)
    off = max(abs(u - pairs / 2) - 0.5, 0.0)
    return Ranked(u / pairs, math.erfc(off / math.sqrt(spread) / math.sqrt(2)))


def stands(likelihoods: Sequence[float], level: float = LEVEL) -> list[bool]:
    """Tell which of several findings stand when all of them are looked at together (Holm).

    The smallest must be below the level divided by their number, the next below the level
    divided by one less, and so on; from the first that is not, none stands.

    >>> stands([0.001, 0.04, 0.03])
    [True, False, False]
    """
    order = sorted(range(len(likelihoods)), key=lambda n: likelihoods[n])
    found = [False] * len(likelihoods)
    for place, n in enumerate(order):
        if likelihoods[n] * (len(likelihoods) - place) > level:
            break
        found[n] = True
    return found


def named(likelihoods: Sequence[float], share: float = SHARE) -> list[bool]:
    """Tell which of many findings to name: few of those named are luck (Benjamini-Hochberg).

    The k-th smallest must be at most k times the share divided by their number; up to the last
    of which that holds, all are named.

    >>> named([0.001, 0.04, 0.9, 0.03])
    [True, True, False, True]
    """
    order = sorted(range(len(likelihoods)), key=lambda n: likelihoods[n])
    last = 0
    for place, n in enumerate(order, start=1):
        if likelihoods[n] * len(likelihoods) <= place * share:
            last = place
    found = [False] * len(likelihoods)
    for n in order[:last]:
        found[n] = True
    return found
