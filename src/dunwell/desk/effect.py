"""What a draft would send: worked out beside the pages, kept, and read from page to page.

A large book takes minutes, so where it is stands in the database: whoever comes back sees how
far it got, and one whose worker died is seen too. It writes nothing but that (`desk.publish`
compares the two proposals).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import msgspec
from django.db import connection

from dunwell.core import policy as documents
from dunwell.core.scope import Scope
from dunwell.desk import publish
from dunwell.store import models, since, tx
from dunwell.store.records import drafts

log = logging.getLogger("dunwell.effect")
SMALL = 3_000
"""Up to so many cases it is worked out at once."""
BEAT = 1.0
LOST = dt.timedelta(minutes=2)
"""Seconds between two words of how far it is, and after what silence it is taken for lost."""


class Effect(NamedTuple):
    """What is known of the effect of a draft; `found` is None until it is done.

    `state`: running, lost, failed, done. `is_other`: the draft says something else by now;
    `is_old`: something happened in the book since.
    """

    state: str
    as_of: dt.date
    seen: int
    whole: int
    began_at: dt.datetime
    why: str
    is_other: bool
    is_old: bool
    found: publish.Preview | None


def cases(scope: Scope) -> int:
    """Count the cases that have to be looked at, once."""
    with tx.reading(scope):
        found: int = models.Watch.objects.filter(organisation_id=scope.organisation_id).count()
    return found


def day(scope: Scope, *, on: dt.date) -> dt.date:
    """Return the day whose run comes next: today, or tomorrow where today's has been made."""
    with tx.reading(scope):
        is_made = models.Run.objects.filter(
            organisation_id=scope.organisation_id, as_of=on, gate="", mode__in=("run", "release")
        ).exists()
    return on + dt.timedelta(days=1) if is_made else on


def begin(
    scope: Scope, name: str, whole: documents.Document, *, as_of: dt.date, now: dt.datetime
) -> int:
    """Say that it is being worked out; return its number. One begun before is given up."""
    begun = drafts.Begun(_sha256(whole), as_of, since.mark(scope).head, 2 * cases(scope))
    return drafts.begin_effect(scope, name, begun, at=now)


def work(
    scope: Scope,
    number: int,
    whole: documents.Document,
    *,
    as_of: dt.date,
    clock: Callable[[], dt.datetime],
) -> None:
    """Work it out beside the pages, and say how far it is while it goes on."""
    seen = [0]

    def look() -> None:
        try:
            find(scope, number, whole, as_of=as_of, clock=clock, seen=seen)
        finally:
            connection.close()

    looker = threading.Thread(target=look, name="dunwell effect", daemon=True)
    looker.start()
    while looker.is_alive():
        looker.join(BEAT)
        drafts.beat_effect(scope, number, seen=seen[0], at=clock())


def find(
    scope: Scope,
    number: int,
    whole: documents.Document,
    *,
    as_of: dt.date,
    clock: Callable[[], dt.datetime],
    seen: list[int] | None = None,
) -> None:
    """Work it out and keep what was found, or why nothing could be."""
    count = [0] if seen is None else seen

    def tick() -> None:
        count[0] += 1

    body, why = b"", ""
    try:
        found = publish.preview(scope, whole, as_of=as_of, tick=tick)
        body = zlib.compress(msgspec.msgpack.encode(found), 1)
    except Exception as error:  # it is kept and said on the page; the thread has no other door
        log.exception("the effect of %s could not be worked out", whole.policy)
        why = f"a fault of ours ({type(error).__name__}); the log of the server says more"
    drafts.end_effect(scope, number, body=body, why=why, seen=count[0], at=clock())


def read(
    scope: Scope, name: str, whole: documents.Document | None, *, now: dt.datetime
) -> Effect | None:
    """Return what is known of the effect of a person's draft; None where nobody asked."""
    with tx.reading(scope):
        row = (
            models.PolicyEffect.objects.filter(
                organisation_id=scope.organisation_id, name=name, by=scope.actor
            )
            .defer("body")
            .first()
        )
        if row is None:
            return None
        found = _found(scope, row.pk) if row.state == "done" else None
    is_lost = row.state == "running" and now - row.beat_at > LOST
    return Effect(
        "lost" if is_lost else row.state, row.as_of, row.seen, max(row.whole, row.seen),
        row.began_at, row.why, whole is None or _sha256(whole) != row.sha256,
        since.mark(scope).head != row.head, found,
    )  # fmt: skip


def _found(scope: Scope, number: int) -> publish.Preview:
    return _decoded(str(connection.settings_dict["NAME"]), scope.organisation_id, number)


@lru_cache(maxsize=8)
def _decoded(_database: str, organisation_id: int, number: int) -> publish.Preview:
    """Read what was found, once a process: it never changes once it is done."""
    row = models.PolicyEffect.objects.get(organisation_id=organisation_id, pk=number)
    return msgspec.msgpack.decode(zlib.decompress(bytes(row.body)), type=publish.Preview)


def _sha256(whole: documents.Document) -> str:
    return hashlib.sha256(documents.canonical(whole).encode()).hexdigest()
