"""What every entry of a chronicle needs: names of items, events of a row, what people wrote.

Must not know: what happened (`desk.chronicle` and `desk.dealings` tell it).
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from dunwell.core import money
from dunwell.store.lists import evidence as rows


class Telling:
    """The rows with what several kinds of entry need: names of items, events of a row."""

    def __init__(
        self,
        held: rows.Held,
        told: Sequence[rows.Told],
        exhibits: dict[int, tuple[int, str]],
        as_of: dt.date,
        shown: Collection[int],
    ) -> None:
        self.held, self.exhibits, self.as_of, self.shown = held, exhibits, as_of, shown
        self.zone = zoneinfo.ZoneInfo(held.entity.time_zone)
        self.items = {i.pk: i for i in held.items}
        self._about: dict[tuple[str, int], list[rows.Told]] = defaultdict(list)
        for event in told:
            for row in rows.about(event):
                self._about[row].append(event)
            for first, last in event.refs.get("decisions", ()):
                for d in held.decisions:
                    if event.verb == "decided" and first <= d.pk <= last:
                        self._about["decision", d.pk].append(event)

    def label(self, item_id: int) -> str:
        """Return an item's number as people write it."""
        item = self.items.get(item_id)
        return f"{item.number}/{item.part}" if item and item.part else item.number if item else ""

    def labels(self, numbers: Iterable[Any]) -> list[str]:
        """Return the numbers of items; an id may come with an amount behind it."""
        found = [self.label(i[0] if isinstance(i, list | tuple) else i) for i in numbers]
        return [x for x in found if x]

    def covered(self, stop_id: int) -> list[str]:
        """Return what a stop covers: items, or parts of them."""
        return [
            self.part(x.item_id, x.amount_minor)
            for x in self.held.stop_items
            if x.stop_id == stop_id and x.item_id in self.items
        ]

    def part(self, item_id: int, minor: int | None) -> str:
        """Write an item, with how much of it where that is a part."""
        item, label = self.items[item_id], self.label(item_id)
        return label if minor is None else f"{label} ({money.text(minor, item.currency)})"

    def covers(self, parts: Sequence[Any]) -> list[str]:
        """Write items with the amounts of them that something covers."""
        found = []
        for one in parts:
            item, minor = (one[0], one[1]) if isinstance(one, list) else (one, None)
            if item in self.items:
                found.append(self.part(item, minor))
        return found

    def words(self, subject: str, number: int) -> tuple[tuple[str, str], ...]:
        """Return what people said or wrote about a row, by field."""
        return tuple(self.held.words(subject, number))

    def events(self, noun: str, number: int, *verbs: str) -> list[rows.Told]:
        """Return the events about a row, those of these verbs only, where any are named."""
        return [e for e in self._about[noun, number] if not verbs or e.verb in verbs]

    def day(self, at: dt.datetime) -> dt.date:
        """Return the entity's day of a time."""
        return at.astimezone(self.zone).date()


def ids(events: Iterable[rows.Told]) -> tuple[int, ...]:
    """Return the numbers of events, in order."""
    return tuple(sorted({e.id for e in events}))


def began(events: Sequence[rows.Told]) -> list[rows.Told]:
    """Return the events with which something began: the first, and those of its very time."""
    return [e for e in events if e.at == events[0].at]


def later(events: Sequence[rows.Told]) -> list[rows.Told]:
    """Return the events after something began."""
    return [e for e in events if e.at != events[0].at]


def recorded(events: Sequence[rows.Told]) -> dict[str, Any]:
    """Return what the first of some events says about who entered it and when."""
    if not events:
        return {}
    return {"recorded_at": events[0].at, "by": events[0].actor, "events": ids(events)}
