"""What really happened to each item: the yardstick for "nobody who paid is chased".

Two ledgers are kept apart. *Owed* is the customer's side: it falls the day money leaves or a
credit note names the item. *Told* is what a perfect ledger shows as open once the files of a
day are in: a late bank file, or money that came without saying what for, makes them differ.
"""

from __future__ import annotations

import bisect
import datetime as dt

from dunwell.sim.nouns import ItemKey


class Truth:
    """The history of every item in both ledgers, by day."""

    def __init__(self) -> None:
        self.settled: dict[ItemKey, dt.date] = {}
        """The day since which nothing is owed on an item; gone again after a reversal."""
        self.unmatched: dict[ItemKey, str] = {}
        """Items paid, in part at least, by money that did not say what for: its reference."""
        self._owed: dict[ItemKey, list[tuple[dt.date, int]]] = {}
        self._told: dict[ItemKey, list[tuple[dt.date, int]]] = {}

    def owed_on(self, key: ItemKey, *, on: dt.date) -> int:
        """Return what the customer really owes on an item at the end of a day."""
        return _at(self._owed.get(key, []), on)

    def told_open_on(self, key: ItemKey, *, on: dt.date) -> int:
        """Return what our ledger can know to be open once that day's files are in."""
        return _at(self._told.get(key, []), on)

    def settled_on(self, key: ItemKey) -> dt.date | None:
        """Return the day since which nothing is owed on an item, or None while something is."""
        return self.settled.get(key)

    def items(self) -> list[ItemKey]:
        """Return every item the world ever had, oldest knowledge first."""
        return list(self._owed)

    def begin(self, key: ItemKey, *, on: dt.date, owed_minor: int, told_minor: int) -> None:
        """Enter an item with what is owed and shown as open from that day."""
        self._owed[key] = [(on, owed_minor)]
        self._told[key] = [(on, told_minor)]
        if owed_minor == 0:
            self.settled[key] = on

    def owe(self, key: ItemKey, *, on: dt.date, change_minor: int) -> int:
        """Change what is owed from `on`, and return it."""
        left = _change(self._owed[key], on, change_minor)
        if left == 0:
            self.settled.setdefault(key, on)
        else:
            self.settled.pop(key, None)
        return left

    def tell(self, key: ItemKey, *, on: dt.date, change_minor: int) -> int:
        """Change what our ledger can know from `on`, and return it."""
        return _change(self._told[key], on, change_minor)


def _at(trail: list[tuple[dt.date, int]], on: dt.date) -> int:
    place = bisect.bisect_right(trail, on, key=lambda entry: entry[0])
    return trail[place - 1][1] if place else 0


def _change(trail: list[tuple[dt.date, int]], on: dt.date, change_minor: int) -> int:
    left = trail[-1][1] + change_minor
    # A bug of the world, not a fault of anybody's input.
    assert left >= 0, f"an item was paid beyond its amount on {on}"
    if trail[-1][0] == on:
        trail[-1] = (on, left)
    else:
        trail.append((on, left))
    return left
