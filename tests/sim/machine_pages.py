"""What the desk's pages keep of the book, beside what they would read of it anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec

from dunwell.core import aging
from dunwell.core.decision import Act
from dunwell.core.reasons import Reason
from dunwell.core.scope import Scope
from dunwell.desk import day as days
from dunwell.desk import report, today, worklist
from dunwell.store import tx
from dunwell.store.lists import aging as items
from dunwell.web import read, shown

DAY = dt.timedelta(days=1)

Told = tuple[Any, ...]


def forget() -> None:
    """Keep nothing of another book."""
    read._kept.clear()


def stale(scope: Scope, on: dt.date) -> Iterator[str]:
    """Yield where what is kept, and was brought up to date, is not what stands in the book."""
    desk = read.Desk(scope, on, on)
    fresh = days.day(scope, as_of=on, today=on)
    yield from _apart("day", _told(desk.day()), _told(fresh))
    if fresh.decided_on is not None:
        yield from _apart("more", _told(desk.more()), _told(days.more(scope, as_of=on)))
    oldest = today.oldest(scope, as_of=on)
    for reason in (None, *Reason):
        kept = [_row(w) for w in desk.waiting(reason)]
        yield from _apart(
            f"silent: {reason}", kept, map(_row, shown.waiting(fresh, reason, oldest))
        )
    acted = shown.acted(fresh, seen_on=on)
    yield from _apart("acted", map(_acted, desk.acted()), map(_acted, acted))
    yield from _apart("silences", desk.silences(), shown.silences(fresh))
    yield from _apart("names", desk.names().items(), today.names(scope).items())
    yield from _apart("owing", sorted(desk.owing()), sorted(today.owing(scope, as_of=on)))
    ranked = worklist.run(scope, as_of=on, capacity=3)
    kept_list = desk.worklist(owner="", capacity=3)
    yield from _apart("worklist", map(_ranked, kept_list.rows), map(_ranked, ranked.rows))
    yield from _apart("left out", kept_list.left_out.items(), ranked.left_out.items())
    yield from untrue_aging(scope, on)
    for by in ("entity", "segment"):
        aged = report.aging_rows(scope, as_of=on, by=by, entity=None)
        yield from _apart(f"aging by {by}", desk.aged(by=by).rows, aged.rows)


def untrue_aging(scope: Scope, on: dt.date) -> Iterator[str]:
    """Yield where the quick sums of the aging are not those of item by item, now and before."""
    for day in (on, on - 9 * DAY, on - 40 * DAY, on + 5 * DAY):
        for by in ("entity", "customer", "segment", "currency"):
            with tx.reading(scope):
                edges = report.bucket_edges(scope)
                exact = aging.age(
                    items.open_amounts(scope, as_of=day, by=by), as_of=day, edges=edges
                )
            quick = report.aging_rows(scope, as_of=day, by=by, entity=None)
            yield from _apart(f"aging of {day} by {by}", quick.rows, exact)


def _apart(what: str, kept: Any, fresh: Any) -> Iterator[str]:
    kept, fresh = list(kept), list(fresh)
    if kept != fresh:
        gone = [x for x in kept if x not in fresh]
        new = [x for x in fresh if x not in kept]
        yield f"pages keep of {what}: {gone[:2]}, and it is: {new[:2]}"


def _told(day: days.Day) -> list[Told]:
    """Return all of a day; a wait that stands has no dates and items in its reasons."""
    some = [*day.acting.values(), *day.asking.values()]
    found: list[Told] = [
        (*c.key, c.name, msgspec.json.encode(c.made), sorted(c.states.items())) for c in some
    ]
    found += [(*c.key, c.name, str(w.reason)) for c, w in day.waits]
    return [
        (day.as_of, day.decided_on, day.gate, day.waiting), *sorted(found, key=lambda t: t[:3]),
        *sorted(day.questions, key=lambda q: q.key), *day.failed,
    ]  # fmt: skip


def _row(row: shown.Waiting) -> Told:
    return (*row.case.key, row.case.name, row.wait.reason, row.since_on)


def _acted(row: shown.Acted) -> Told:
    assert isinstance(row.case.made, Act)
    return (*row.case.key, row.why, row.items, row.sent, row.messages, row.calls)


def _ranked(row: Any) -> bytes:
    return msgspec.json.encode(row)
