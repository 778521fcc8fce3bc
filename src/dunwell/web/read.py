"""What the pages read, kept while nothing happens: the same book gives the same page.

A proposal of a day is a function of the book, so it is worked out once and serves every page
until the next event. That also makes the numbers of two pages agree.
"""

from __future__ import annotations

import datetime as dt
import threading
import zoneinfo
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.http import HttpRequest

from dunwell.core import aging, ranking
from dunwell.core.decision import Decision
from dunwell.core.reasons import Reason
from dunwell.core.scope import Scope
from dunwell.desk import preview, report, setting
from dunwell.desk import today as days
from dunwell.desk import worklist as worklists
from dunwell.web import server, shown

T = TypeVar("T")
_KEPT = 48
_kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_turns: dict[tuple[Any, ...], threading.RLock] = {}
_lock = threading.Lock()
FARTHEST = dt.timedelta(days=400)
FIRST = dt.date(2000, 1, 1)


class BadDay(ValueError):
    """The day asked for is none, or too far away."""


class Desk(NamedTuple):
    """Whose desk it is, what day it is there, and the day looked at."""

    scope: Scope
    today: dt.date
    as_of: dt.date

    @property
    def is_today(self) -> bool:
        """Tell whether the day looked at is today."""
        return self.as_of == self.today

    def day(self) -> days.Day:
        """Return the day looked at: who hears what, and who hears nothing."""
        return self._once("day", lambda: days.day(self.scope, as_of=self.as_of, today=self.today))

    def more(self) -> days.Day:
        """Return what would go out beyond what was released."""
        return self._once("more", lambda: days.more(self.scope, as_of=self.as_of))

    def acted(self) -> list[shown.Acted]:
        """Return the cases of the day in which something goes out, mildest step first."""
        return self._once("acted", lambda: shown.acted(self.day(), seen_on=self.today))

    def silences(self) -> list[shown.Silence]:
        """Return the day's reasons for silence, the most frequent first."""
        return self._once("silences", lambda: shown.silences(self.day()))

    def waiting(self, reason: Reason | None) -> list[shown.Waiting]:
        """Return the cases that hear nothing for a reason (None: any), the oldest debt first."""
        if not any(reason in (None, w.reason) for _, w in self.day().waits):
            return []
        return self._once(
            f"waiting {reason}", lambda: shown.waiting(self.day(), reason, self.balances())
        )

    def balances(self) -> dict[tuple[str, str], days.Balance]:
        """Return what is open, by (entity, customer)."""
        return self._once("balances", lambda: days.balances(self.scope, as_of=self.as_of))

    def aged(
        self, *, by: str, entity: str | None = None, within: tuple[str, str] | None = None
    ) -> report.Aged:
        """Return the aging by entity, customer or another key, of one value of a key or of all."""
        return self._once(
            f"aged {by} {entity} {within}",
            lambda: report.aging_rows(
                self.scope, as_of=self.as_of, by=by, entity=entity, within=within
            ),
        )

    def trend(self, *, entity: str, currency: str) -> list[report.Aged]:
        """Return the aging at the last twelve month ends."""
        return self._once(
            f"trend {entity} {currency}",
            lambda: report.trend(
                self.scope, as_of=self.as_of, entity=entity or None, currency=currency or None
            ),
        )

    def once(self, what: str, make: Callable[[], T]) -> T:
        """Return what a page made of the book, made anew when the book has changed."""
        return self._once(f"made {what}", make)

    def labels(self) -> list[str]:
        """Name the buckets of the aging."""
        return aging.labels(self.aged(by="entity").edges)

    def entities(self) -> dict[str, str]:
        """Return the entities' names by code."""
        return self._once("entities", lambda: days.entities(self.scope))

    def names(self) -> dict[str, str]:
        """Return every customer's name by reference."""
        return self._once("names", lambda: days.names(self.scope))

    def names_of(self, references: Iterable[str]) -> dict[str, str]:
        """Return the names of some customers by reference: what a page shows, not the book."""
        return days.names(self.scope, set(references))

    def counted_to(self) -> dt.date | None:
        """Return the day the newest payments or open items speak for."""
        return self._once("counted", lambda: days.counted_to(self.scope))

    def worklist(self, *, owner: str, capacity: int | None) -> ranking.Worklist:
        """Return the day's worklist, or one person's part of it."""
        return self._once(
            f"worklist {owner} {capacity}",
            lambda: worklists.run(
                self.scope, as_of=self.as_of, capacity=capacity, owner=owner or None
            ),
        )

    def told(self, customers: Iterable[str]) -> dict[tuple[str, str], Decision]:
        """Return some customers decided afresh, with all that belongs in their reasons."""
        wanted = sorted(set(customers))
        return self._once(f"told {wanted}", lambda: days.told(self.scope, wanted, as_of=self.as_of))

    def previews(self, customer: str) -> list[preview.Preview]:
        """Return the messages a customer would get on the day looked at."""
        return self._once(
            f"preview {customer}",
            lambda: preview.preview(self.scope, customer, as_of=self.as_of),
        )

    def _once(self, what: str, make: Callable[[], T]) -> T:
        """Return what was made of the book as it is, made by one request while others wait for it.

        Who asks for something else does not wait.
        """
        base, whose = connection.settings_dict["NAME"], self.scope.organisation_id
        key = (base, whose, days.head(self.scope), self.today, self.as_of, what)
        with _lock:
            turn = _turns.setdefault(key, threading.RLock())
        with turn:
            with _lock:
                if key in _kept:
                    _kept.move_to_end(key)
                    kept: T = _kept[key]
                    return kept
            try:
                made = make()
                with _lock:
                    _kept[key] = made
                    while len(_kept) > _KEPT:
                        _kept.popitem(last=False)
                return made
            finally:
                with _lock:
                    _turns.pop(key, None)


def desk(request: HttpRequest) -> Desk:
    """Return the desk a request looks at: today's, or that of `?as_of=`.

    Raises: BadDay for a day that is none.
    """
    scope: Scope = request.META[server.SCOPE]
    now: dt.datetime = request.META[server.CLOCK]()
    on = now.astimezone(zoneinfo.ZoneInfo(setting.time_zone(scope))).date()
    asked = request.GET.get("as_of", "")
    return Desk(scope, on, _day(asked, on) if asked else on)


def _day(text: str, on: dt.date) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise BadDay(f"{text[:20]!r} is no day such as {on.isoformat()}") from None
    if not FIRST <= day <= on + FARTHEST:
        raise BadDay(f"{day.isoformat()} is too far away to look at")
    return day
