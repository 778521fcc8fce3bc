"""What the pages read, kept while nothing happens: the same book gives the same page.

A proposal of a day is a function of the book, so it is worked out once and serves every page,
which also makes the numbers of two pages agree. After an event it is brought up to date: what
the event cannot change stands, a few cases are worked out again, and only what touches the
whole book (an import, a run, a policy) makes it anew (`store.since`). On a large book that is
done beside the page (`web.aside`), which says how far it is. Figures that nobody acts upon
tonight (a past day, a trend, insights) are shown meanwhile as they were known before, with the
hour they speak for.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import zoneinfo
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from dunwell.core import aging, ranking
from dunwell.core.decision import Decision
from dunwell.core.reasons import Reason
from dunwell.core.scope import Scope
from dunwell.desk import day as days
from dunwell.desk import effect, pay_link, preview, report, setting
from dunwell.desk import today as book
from dunwell.desk import worklist as worklists
from dunwell.store import since
from dunwell.web import aside, errands, server, shown

T = TypeVar("T")
_KEPT = 48
LARGE = 10_000
"""From so many cases on, what reads the whole book is done beside the page."""
_TRIES = 3
"""How often a page asks for what is made in no time, and is another by then."""


class Kept(NamedTuple):
    """What was made, how far the book had come, and when that was; None: nobody had a clock."""

    mark: since.Mark
    at: dt.datetime | None
    made: Any


class Stamp(NamedTuple):
    """When a figure of the page was known to be so, and the work that brings it up to date."""

    at: dt.datetime
    job: aside.Job | None


_kept: OrderedDict[tuple[Any, ...], Kept] = OrderedDict()
_turns: dict[tuple[Any, ...], tuple[threading.RLock, int]] = {}
_lock = threading.Lock()
FARTHEST = dt.timedelta(days=400)
FIRST = dt.date(2000, 1, 1)
NOTHING: frozenset[str] = frozenset()
LEDGER = since.BY_CASE | {"run", "decided", "proposal_released"}
"""Events that leave open amounts as they are."""
NAMES = LEDGER | {"policy_published", "policy_assigned", "claims_posted", "claim_waived"}
"""Events that leave names as they are."""
Again = Callable[[T, since.Changes], T | None]
"""Brings what was made up to date with a few cases; None where all must be read."""


class BadDay(ValueError):
    """The day asked for is none, or too far away."""


class Desk(NamedTuple):
    """Whose desk it is, what day it is there, and the day looked at.

    `mark` is how far the book had come when the page was asked for: all of a page that only
    reads shows the book as of then, or later. None: it is looked up each time. `door` lets what
    takes long go on beside the page; without it, it is waited for. `stamps` tells of the figures
    used that carry the hour they speak for.
    """

    scope: Scope
    today: dt.date
    as_of: dt.date
    mark: since.Mark | None = None
    door: aside.Door | None = None
    stamps: list[Stamp] | None = None

    @property
    def is_today(self) -> bool:
        """Tell whether the day looked at is today."""
        return self.as_of == self.today

    def day(self) -> days.Day:
        """Return the day looked at: who hears what, and who hears nothing."""
        return self._once(
            "day",
            lambda: days.day(
                self.scope, as_of=self.as_of, today=self.today, names=self.names(),
                tick=aside.counted(effect.cases(self.scope)),
            ),
            lambda was, change: days.again(self.scope, was, change),
            words="every case is looked at",
        )  # fmt: skip

    def more(self) -> days.Day:
        """Return what would go out beyond what was released."""
        return self._once(
            "more",
            lambda: days.more(self.scope, as_of=self.as_of),
            lambda was, change: days.more_again(self.scope, was, change),
        )

    def acted(self) -> list[shown.Acted]:
        """Return the cases of the day in which something goes out, mildest step first."""
        return self.of(
            self.day(), "acted", lambda d, was: shown.acted(d, seen_on=self.today, was=was)
        )

    def acted_more(self) -> list[shown.Acted]:
        """Return the cases in which something goes out beyond what was released."""
        return self.of(
            self.more(), "acted more", lambda d, was: shown.acted(d, seen_on=self.today, was=was)
        )

    def silences(self) -> list[shown.Silence]:
        """Return the day's reasons for silence, the most frequent first."""
        return shown.silences(self.day())

    def waiting(self, reason: Reason | None) -> list[shown.Waiting]:
        """Return the cases that hear nothing for a reason (None: any), the oldest debt first."""
        day = self.day()
        if not (day.silent if reason is None else day.silent.get(reason)):
            return []
        return self.of(
            day, f"waiting {reason}", lambda d, was: shown.waiting(d, reason, self.oldest(), was)
        )

    def balances_of(self, references: Iterable[str]) -> dict[tuple[str, str], book.Balance]:
        """Return what some customers owe, by (entity, customer): what a page shows."""
        return book.balances(self.scope, as_of=self.as_of, customers=references)

    def oldest(self) -> dict[tuple[str, str], dt.date]:
        """Return since when something is past due, by (entity, customer)."""
        return self._once(
            "oldest", lambda: book.oldest(self.scope, as_of=self.as_of), quiet=LEDGER,
            words="what is past due is looked up",
        )  # fmt: skip

    def owing(self) -> set[str]:
        """Return the customers of whom anything is open, by reference."""
        return self._once(
            "owing", lambda: book.owing(self.scope, as_of=self.as_of), quiet=LEDGER,
            words="who owes something is looked up",
        )  # fmt: skip

    def aged(
        self, *, by: str, entity: str | None = None, within: tuple[str, str] | None = None
    ) -> report.Aged:
        """Return the aging by entity, customer or another key, of one value of a key or of all."""
        is_decided = "segment" in (by, *(within or ()))
        return self._once(
            f"aged {by} {entity} {within}",
            lambda: report.aging_rows(
                self.scope, as_of=self.as_of, by=by, entity=entity, within=within, tell=aside.tell
            ),
            quiet=since.BY_CASE if is_decided else LEDGER,
            words="the aging is added up",
            is_stamped=True,
        )

    def trend(self, *, entity: str, currency: str) -> list[report.Aged]:
        """Return the aging at the last twelve month ends."""
        return self._once(
            f"trend {entity} {currency}",
            lambda: report.trend(
                self.scope, as_of=self.as_of, entity=entity or None, currency=currency or None,
                tell=aside.tell,
            ),
            quiet=LEDGER, words="the month ends are added up", is_stamped=True,
        )  # fmt: skip

    def once(self, what: str, make: Callable[[], T], *, words: str = "") -> T:
        """Return what a page made of the book, made anew when the book has changed.

        With `words` for it, it carries the hour it speaks for, and may be made beside the page.
        """
        return self._once(f"made {what}", make, words=words, is_stamped=bool(words))

    @property
    def at_once(self) -> Desk:
        """This desk, for somebody who waits however long it takes: a file, a form."""
        return self._replace(door=None)

    def labels(self) -> list[str]:
        """Name the buckets of the aging."""
        return aging.labels(self.edges())

    def edges(self) -> tuple[int, ...]:
        """Return where the buckets of the aging end, in days past due."""
        return self._once("edges", lambda: report.bucket_edges(self.scope), quiet=LEDGER)

    def base_currency(self) -> str:
        """Return the currency of the first company, which a sentence tells of first."""
        return self._once("base currency", lambda: setting.base_currency(self.scope), quiet=NAMES)

    def entities(self) -> dict[str, str]:
        """Return the entities' names by code."""
        return self._once("entities", lambda: book.entities(self.scope), quiet=NAMES)

    def names(self) -> dict[str, str]:
        """Return every customer's name by reference."""
        return self._once(
            "names", lambda: book.names(self.scope), quiet=NAMES, words="the names are read"
        )

    def names_of(self, references: Iterable[str]) -> dict[str, str]:
        """Return the names of some customers by reference: what a page shows, not the book."""
        return book.names(self.scope, set(references))

    def counted_to(self) -> dt.date | None:
        """Return the day the newest payments or open items speak for."""
        return self._once("counted", lambda: book.counted_to(self.scope), quiet=LEDGER)

    def worklist(
        self, *, owner: str, capacity: int | None, part: worklists.Part = worklists.WHOLE,
        segment: str = "",
    ) -> ranking.Worklist:  # fmt: skip
        """Return the day's worklist, or one person's, or another part of it."""
        whole = self._once(
            "worklist",
            lambda: worklists.load(self.scope, as_of=self.as_of),
            lambda was, change: worklists.again(self.scope, was, change),
            words="the worklist is put in order",
        )
        if segment:  # of two things that are kept, each with its own time
            part = part._replace(among=self._of_segment(segment))
            return worklists.ranked(whole, capacity=capacity, owner=owner or None, part=part)
        return self.of(
            whole, f"worklist {owner} {capacity} {part}",
            lambda kept, _: worklists.ranked(
                kept, capacity=capacity, owner=owner or None, part=part
            ),
        )  # fmt: skip

    def _of_segment(self, segment: str) -> frozenset[ranking.Key]:
        """Return the cases of a segment: who stands in one changes with a run only."""
        return self._once(
            f"segment {segment}", lambda: worklists.of_segment(self.scope, segment),
            quiet=since.BY_CASE,
        )  # fmt: skip

    def told(self, customers: Iterable[str]) -> dict[tuple[str, str], Decision]:
        """Return some customers decided afresh, with all that belongs in their reasons."""
        wanted = sorted(set(customers))
        return self._once(f"told {wanted}", lambda: book.told(self.scope, wanted, as_of=self.as_of))

    def previews(self, customer: str) -> list[preview.Preview]:
        """Return the messages a customer would get on the day looked at."""
        return self._once(
            f"preview {customer}",
            lambda: preview.preview(
                self.scope, customer, as_of=self.as_of, link=pay_link.shown(settings.HOME)
            ),
        )

    def _once(
        self,
        what: str,
        make: Callable[[], T],
        again: Again[T] | None = None,
        *,
        quiet: frozenset[str] = NOTHING,
        words: str = "",
        is_stamped: bool = False,
    ) -> T:
        """Return what was made of the book, made or brought up to date by one request.

        Others who ask for the same wait for it; who asks for something else does not. `quiet`
        are verbs of events that do not change it at all, `again` takes in those about cases.
        What has `words` is made beside the page where the book is large; `is_stamped` shows
        meanwhile what was known before.

        Raises: aside.Waiting where it is not made yet.
        """
        key, kept, job = self._key(what), None, None
        for n in range(_TRIES):
            with _turn(key):
                # Taken before anything is read, so that nothing is missed.
                now = (self.mark if n == 0 else None) or since.mark(self.scope)
                at, kept = self.door and self.door.clock(), _get(key)
                made = None if kept is None else self._still(kept, now, again, quiet)
                if made is not None or not words or not self._is_left_aside():
                    made = make() if made is None else made
                    _put(key, Kept(now, at, made))
                    self._note(at, None, is_stamped=is_stamped)
                    return made
            job = self._beside(key, make, words)
            if not job.over.is_set():
                break
        assert job is not None
        if kept is None or not is_stamped:
            raise aside.Waiting(job)
        self._note(kept.at, job, is_stamped=is_stamped)
        before: T = kept.made
        return before

    def _still(
        self, kept: Kept, now: since.Mark, again: Again[T] | None, quiet: frozenset[str]
    ) -> T | None:
        """Return what was made before, as it is now; None where all must be read anew."""
        was: T = kept.made
        if since.is_same(kept.mark, now):
            return was
        if again is not None:
            change = since.changes(self.scope, kept.mark)
            return None if change is None else again(was, change)
        return was if quiet and since.is_only(self.scope, kept.mark, quiet) else None

    def _is_left_aside(self) -> bool:
        return self.door is not None and not aside.is_beside() and effect.cases(self.scope) >= LARGE

    def _beside(self, key: tuple[Any, ...], make: Callable[[], Any], words: str) -> aside.Job:
        door = self.door
        assert door is not None

        def work() -> None:
            mark, at = since.mark(self.scope), door.clock()
            _put(key, Kept(mark, at, make()))

        return aside.ask(key, work, door=door, words=words)

    def _note(self, at: dt.datetime | None, job: aside.Job | None, *, is_stamped: bool) -> None:
        """Note the hour a figure speaks for, and the work that makes a newer one."""
        if is_stamped and self.stamps is not None and at is not None:
            self.stamps.append(Stamp(at, job))

    def of(self, source: Any, what: str, make: Callable[[Any, Any], T]) -> T:
        """Return what was made of something that is kept itself, as long as it is the same.

        `make` is given the source, and what was made of the one before (empty: nothing was).
        """
        key = self._key(f"of {what}")
        with _turn(key):
            kept = _get(key)
            if kept is not None and kept.made[0] is source:
                found: T = kept.made[1]
                return found
            made = make(source, kept.made[1] if kept is not None else ())
            _put(key, Kept(_NO_MARK, None, (source, made)))
            return made

    def _key(self, what: str) -> tuple[Any, ...]:
        base, whose = connection.settings_dict["NAME"], self.scope.organisation_id
        return (base, whose, self.today, self.as_of, what)


_NO_MARK = since.Mark(0, 0, 0)


@contextlib.contextmanager
def _turn(key: tuple[Any, ...]) -> Iterator[None]:
    """Let one at a time see to what is kept under a key."""
    with _lock:
        turn, n = _turns.get(key, (None, 0))
        turn = turn or threading.RLock()
        _turns[key] = (turn, n + 1)
    try:
        with turn:
            yield
    finally:
        with _lock:
            turn, n = _turns[key]
            if n == 1:
                del _turns[key]
            else:
                _turns[key] = (turn, n - 1)


def _get(key: tuple[Any, ...]) -> Kept | None:
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
        return _kept.get(key)


def _put(key: tuple[Any, ...], kept: Kept) -> None:
    with _lock:
        _kept[key] = kept
        _kept.move_to_end(key)
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)


def desk(request: HttpRequest) -> Desk:
    """Return the desk a request looks at: today's, or that of `?as_of=`.

    Raises: BadDay for a day that is none.
    """
    scope: Scope = request.META[server.SCOPE]
    now: dt.datetime = request.META[server.CLOCK]()
    on = now.astimezone(zoneinfo.ZoneInfo(setting.time_zone(scope))).date()
    asked = request.GET.get("as_of", "")
    is_whole_page = request.method == "GET" and not request.headers.get("HX-Request")
    return Desk(
        scope, on, _day(asked, on) if asked else on, _mark(request, scope),
        _door(request) if is_whole_page else None, stamps(request),
    )  # fmt: skip


def stamps(request: HttpRequest) -> list[Stamp]:
    """Return the hours that figures of a page speak for, so far."""
    found: list[Stamp] = request.META.setdefault(_STAMPS, [])
    return found


def _door(request: HttpRequest) -> aside.Door:
    return aside.Door(request.META[server.CLOCK], lambda work: errands.start(request, work))


def _mark(request: HttpRequest, scope: Scope) -> since.Mark | None:
    """Return how far the book had come when a page was asked for; None where it is written to."""
    if request.method not in ("GET", "HEAD"):
        return None
    if _MARK not in request.META:
        request.META[_MARK] = since.mark(scope)
    found: since.Mark = request.META[_MARK]
    return found


_MARK, _STAMPS = "dunwell.mark", "dunwell.stamps"


def _day(text: str, on: dt.date) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise BadDay(f"{text[:20]!r} is no day such as {on.isoformat()}") from None
    if not FIRST <= day <= on + FARTHEST:
        raise BadDay(f"{day.isoformat()} is too far away to look at")
    return day
