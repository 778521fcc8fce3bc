"""The ladder: which step an item takes next, and from which day.

History is kept per item. Age sets the ceiling, history sets the next, one step at a time,
and the wait of the step last taken lies between (SEMANTICS 4.1, 4.2). Must not know: amounts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from dunwell.core import book, stops, workdays
from dunwell.core import policy as policies

DAY = dt.timedelta(days=1)


class Rung(NamedTuple):
    """Where an item stands: the step it takes next (None: all taken) and from when.

    `opens_on` None: only an event can open it. `closes_on` is the last day of a pre-due or
    due-date step's moment. `last` is the live step taken last.
    """

    step: policies.Step | None
    opens_on: dt.date | None
    last: book.Taken | None
    closes_on: dt.date | None = None


def place(taken: book.Taken, cadence: policies.Cadence) -> int:
    """Return the index in this cadence that a step already taken stands for, or -1.

    By id, then by `was:`, else the highest step of its phase not harsher (SEMANTICS 1, Policy).
    """
    index = cadence.by_id.get(taken.step, cadence.by_was.get(taken.step))
    if index is not None:
        return index
    limit = book.harshness(taken.tone)
    best = -1
    for step in cadence.steps:
        if step.phase == taken.phase and step.harshness <= limit:
            best = step.index
    return best


WITHIN = "\x1f"


def place_text(
    due_on: dt.date, taken: Sequence[book.Taken] = (), go_live_on: dt.date | None = None
) -> str:
    """Return what tells the rung of a plain item, as one text: what an engine can put together.

    >>> place_text(dt.date(2026, 3, 2)).split(WITHIN)
    ['2026-03-02', '', '']
    """
    return WITHIN.join((due_on.isoformat(), book.taken_text(taken), str(go_live_on or "")))


class Rungs:
    """Where items stand that nothing but their due date tells apart: each day worked out once.

    A book has far more items than due dates. Pure: it holds what `climb` returns.
    """

    def __init__(
        self,
        *,
        cadence: policies.Cadence,
        settings: policies.SettingsDoc,
        grace_days: int,
        calendar: workdays.Calendar,
        as_of: dt.date,
    ) -> None:
        self.cadence, self.settings, self.grace_days = cadence, settings, grace_days
        self.calendar, self.as_of = calendar, as_of
        self._plain: dict[dt.date, Rung] = {}
        self._known: dict[tuple[object, ...], Rung] = {}
        self._places: dict[str, Rung] = {}

    def at(self, place: str) -> Rung:
        """Return the rung of an item told by its `place_text`."""
        found = self._places.get(place)
        if found is None:
            due_on, taken, go_live_on = place.split(WITHIN)
            item = book.Item(
                0, "", "invoice", "", dt.date.fromisoformat(due_on), 1, 1,
                taken=book.taken_from(taken),
                go_live_on=dt.date.fromisoformat(go_live_on) if go_live_on else None,
            )  # fmt: skip
            found = self._places[place] = self.of(item, ())
        return found

    def of(self, item: book.Item, quiet: Sequence[stops.Interval]) -> Rung:
        """Return the item's next step and the first day it may be taken."""
        if quiet:
            return self._climb(item, quiet)
        if not (item.taken or item.go_live_on):
            plain = self._plain.get(item.due_on)
            if plain is None:
                plain = self._plain[item.due_on] = self._climb(item, quiet)
            return plain
        key = (item.due_on, item.taken, item.go_live_on)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._climb(item, quiet)
        return found

    def _climb(self, item: book.Item, quiet: Sequence[stops.Interval]) -> Rung:
        return climb(
            item, cadence=self.cadence, settings=self.settings, grace_days=self.grace_days,
            calendar=self.calendar, quiet=quiet, as_of=self.as_of,
        )  # fmt: skip


def climb(
    item: book.Item,
    *,
    cadence: policies.Cadence,
    settings: policies.SettingsDoc,
    grace_days: int,
    calendar: workdays.Calendar,
    quiet: Sequence[stops.Interval],
    as_of: dt.date,
) -> Rung:
    """Return the item's next step and the first day it may be taken."""
    last_index, last, named_on = -1, None, None
    for taken in item.taken:
        # A date we named binds whatever cadence the case walks by now (4.2).
        named_on = max(filter(None, (named_on, taken.named_on)), default=None)
        at = place(taken, cadence)
        if at >= 0 and at >= last_index:
            last_index, last = at, taken
    index = last_index + 1
    if item.go_live_on and index <= cadence.first_overdue:
        age = (item.go_live_on - item.due_on).days
        index = max(index, _opening(cadence, settings, age=age))
    wait = cadence.steps[last_index].wait if last else 0
    for step in cadence.steps[index:]:
        opens = _opens_on(item, step, grace_days, calendar, quiet)
        if opens is not None and last is not None:
            waited = stops.reach(quiet, start=last.on, days=wait)
            opens = None if waited is None else max(opens, waited)
        if opens is not None and named_on is not None:
            opens = max(opens, named_on + DAY)
        closes = _closes_on(item, step, calendar)
        if closes is not None and (as_of > closes or (opens is not None and opens > closes)):
            continue  # its moment has passed: skipped, not owed (4.1)
        return Rung(step, opens, last, closes)
    return Rung(None, None, last)


def call_in(rung: Rung, cadence: policies.Cadence, *, on: dt.date) -> Rung:
    """Return the rung of an item whose plan is in default: its next step is the final demand."""
    demand = next((s for s in cadence.steps if s.final_demand), None)
    if demand is None or rung.step is None or rung.step.index > demand.index:
        return rung
    if rung.last is not None and rung.last.named_on is not None:
        on = max(on, rung.last.named_on + DAY)  # a date we gave the customer stands (4.2)
    return Rung(demand, on, rung.last)


def cadence_age(item: book.Item, *, quiet: Sequence[stops.Interval], as_of: dt.date) -> int:
    """Return the days overdue less the days that did not count (SEMANTICS 2.3)."""
    days = (as_of - item.due_on).days
    if days <= 0:
        return days
    return days - stops.count(quiet, after=item.due_on, through=as_of)


def _opens_on(
    item: book.Item,
    step: policies.Step,
    grace_days: int,
    calendar: workdays.Calendar,
    quiet: Sequence[stops.Interval],
) -> dt.date | None:
    """Return the first day the item's age allows the step."""
    if step.phase == "pre_due":
        return workdays.previous_working(calendar, item.due_on - dt.timedelta(days=step.day))
    if step.phase == "due":
        return workdays.next_working(calendar, item.due_on)
    days = step.day + (grace_days if step.is_first_overdue else 0)
    opens = stops.reach(quiet, start=item.due_on, days=days)
    if opens is not None and not calendar.is_open(item.due_on):
        opens = max(opens, workdays.next_working(calendar, item.due_on) + DAY)
    return opens


def _closes_on(item: book.Item, step: policies.Step, calendar: workdays.Calendar) -> dt.date | None:
    """Return the last day of a step's moment; overdue steps have none.

    A reminder before the due date that a run missed may still go while the date lies ahead
    (2.4); a due-date notice is true on its day only.
    """
    if step.phase == "pre_due":
        return item.due_on - DAY
    if step.phase == "due":
        return workdays.next_working(calendar, item.due_on)
    return None


def _opening(cadence: policies.Cadence, settings: policies.SettingsDoc, *, age: int) -> int:
    """Return where an item starts that was overdue at go-live; never above urgent (4.8)."""
    start = cadence.first_overdue
    for rule in settings.opening:
        index = cadence.by_id.get(rule.step)
        if index is None or cadence.steps[index].harshness > book.harshness("urgent"):
            continue
        if age >= rule.from_day:
            start = max(start, index)
    return start
