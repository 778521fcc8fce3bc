"""What takes long on a large book is worked out beside the page that asks for it.

`ask` begins it, waits a moment, and hands over what was made; where it takes longer, whoever
asked is told how far it is (`Waiting`), and finds it made when they come back. It can be left
and come back to; others who ask for the same wait for the same work. Must not know: what is
worked out, or how waiting looks.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from dunwell.core.errors import DunwellError

log = logging.getLogger("dunwell.aside")
PATIENCE = 0.7
"""Seconds a page waits before it says how far the work is."""
_EVERY = 1_000
_jobs: dict[tuple[Any, ...], Job] = {}
_lock = threading.Lock()
_here = threading.local()


class Door(NamedTuple):
    """What a page has that may leave work to go on beside it: a clock, and how work is begun."""

    clock: Callable[[], dt.datetime]
    start: Callable[[Callable[[], None]], None]


class Job:
    """Work that goes on: what it is, in words, and how far it is; `whole` is 0 if nobody knows."""

    def __init__(self, key: tuple[Any, ...], words: str) -> None:
        self.key, self.words = key, words
        self.token = secrets.token_urlsafe(12)
        self.done = self.whole = 0
        self.over = threading.Event()
        self.error: Exception | None = None

    @property
    def percent(self) -> int:
        """How much of it is done, in percent; 0 where nobody knows how much there is."""
        return min(99, self.done * 100 // self.whole) if self.whole else 0


class Waiting(Exception):
    """It is being worked out; ask again later."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.words)
        self.job = job


def ask(key: tuple[Any, ...], work: Callable[[], None], *, door: Door, words: str) -> Job:
    """Begin work, or find it begun; wait a moment for it. `over` tells whether it is done.

    Raises: whatever went wrong in it, once.
    """
    with _lock:
        job = _jobs.get(key)
        is_new = job is None
        if job is None:
            job = _jobs[key] = Job(key, words)
    if is_new:
        door.start(lambda: _work(job, work))
    if job.over.wait(PATIENCE) and job.error is not None:
        _forget(job)
        raise job.error
    return job


def _work(job: Job, work: Callable[[], None]) -> None:
    _here.job = job
    try:
        work()
    except Exception as error:
        if not isinstance(error, DunwellError):
            log.exception("%s: it could not be worked out", job.words)
        job.error = error  # it stays until somebody is told
    else:
        _forget(job)
    finally:
        _here.job = None
        job.over.set()


def _forget(job: Job) -> None:
    with _lock:
        if _jobs.get(job.key) is job:
            del _jobs[job.key]


def is_beside() -> bool:
    """Tell whether this thread works beside the pages already: then nothing more is left aside."""
    return getattr(_here, "job", None) is not None


def tell(done: int, whole: int) -> None:
    """Say how far the work of this thread is."""
    job: Job | None = getattr(_here, "job", None)
    if job is not None:
        job.done, job.whole = done, whole


def counted(whole: int) -> Callable[[], None]:
    """Return what is called for each piece of the work of this thread, of about so many."""
    seen = 0

    def tick() -> None:
        nonlocal seen
        seen += 1
        if seen % _EVERY == 0:
            tell(seen, max(whole, seen))

    return tick


def find(organisation_id: int, token: str) -> Job | None:
    """Return work of an organisation that goes on, or went wrong and was not told of yet."""
    with _lock:
        return next(
            (j for j in _jobs.values() if j.token == token and organisation_id in j.key), None
        )
