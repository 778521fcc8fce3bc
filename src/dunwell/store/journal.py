"""The journal: append events, seal them in a chain, verify the chain.

Events are appended freely; a seal written at the end of every command holds the hash of the
events since the last one and the hash of the last seal, so writers do not queue
(DATA.md 1.4). Personal bodies stand outside: the event holds sha256(salt || body).

Three hashes stand on each other, each SHA-256, each of JSON arrays without spaces ended by a
line feed; times are UTC with microseconds. An event's digest is of [id, time, actor, verb,
refs, commitment, salt]. The root of a seal is of its events' digests, one a line, in the order
of ids. The hash of the seal is of [previous hash, number, upto, count, time, root]. So one event
can be shown to somebody with nothing but digests of those beside it, and the salt keeps them from
being guessed (docs/decisions/0013). Anybody who has the rows can check it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from dunwell.core.scope import Scope
from dunwell.store import models, tx

_encoder = msgspec.json.Encoder(order="sorted")
_LOCK = 0x44756E77
_TRIES, _PAUSE = 20, 0.05
EventRow = tuple[int, dt.datetime, str, str, str, str, str | None]


class Verdict(NamedTuple):
    """What verifying found: `problem` names the first place that does not fit."""

    ok: bool
    seals: int
    events: int
    unsealed: int
    head: str
    problem: str


def event(
    scope: Scope,
    verb: str,
    *,
    refs: dict[str, Any],
    at: dt.datetime,
    commitment: str = "",
    seed: str = "",
) -> models.Event:
    """Make an event ready to be appended, alone or with others in one insert.

    `seed` is its secret (`new_seed`), given where something else was salted from it already.
    """
    return models.Event(
        organisation_id=scope.organisation_id,
        at=at,
        actor=scope.actor,
        verb=verb,
        refs=_encoder.encode(refs).decode(),
        commitment=commitment,
        seed=seed or new_seed(),
    )


def append(
    scope: Scope,
    verb: str,
    *,
    refs: dict[str, Any],
    at: dt.datetime,
    commitment: str = "",
    seed: str = "",
) -> int:
    """Append one event inside the caller's transaction; return its number."""
    _hold_off_sealer(scope)
    made = event(scope, verb, refs=refs, at=at, commitment=commitment, seed=seed)
    made.save(force_insert=True)
    return made.pk


def _hold_off_sealer(scope: Scope) -> None:
    """Let no seal be written while this transaction has an event in flight.

    PostgreSQL gives numbers before it commits: a seal could cover a number whose event shows
    up later. Writers share the lock and do not wait for each other.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [_LOCK, _lock_of(scope)])


def _may_seal(scope: Scope) -> bool:
    """Take the sealer's lock if nobody is writing just now; never stand in a writer's way."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, _lock_of(scope)])
        return bool(cursor.fetchone()[0])


def _lock_of(scope: Scope) -> int:
    return scope.organisation_id % 2**31


def seal(scope: Scope, *, at: dt.datetime) -> str:
    """Seal the events since the last seal; return the head of the chain.

    While others write without a pause, the tail stays unsealed and the next command seals it.
    """
    for _ in range(_TRIES):
        with tx.transaction_of(scope):
            if _may_seal(scope):
                return _seal(scope, at=at)
        time.sleep(_PAUSE)
    with tx.transaction_of(scope):
        last = _seals(scope).last()
        return last.hash if last else ""


def _seal(scope: Scope, *, at: dt.datetime) -> str:
    last = _seals(scope).last()
    after, prev, n = (last.upto, last.hash, last.n) if last else (0, "", 0)
    rows = models.Event.objects.filter(organisation_id=scope.organisation_id, pk__gt=after)
    count, upto = rows.count(), rows.order_by("pk").values_list("pk", flat=True).last()
    if upto is None:
        return prev
    head = models.Seal(
        organisation_id=scope.organisation_id, n=n + 1, upto=upto, events=count, prev=prev, at=at
    )
    top, found = root(events(scope, after=after, through=upto))
    assert found == count, "an event came between counting and reading"
    sealed = hashlib.sha256(seal_line(head, top)).hexdigest()
    head.hash = sealed
    head.save(force_insert=True)
    return sealed


def verify(scope: Scope) -> Verdict:
    """Recompute the whole chain and say where, if anywhere, it does not fit."""
    with tx.transaction_of(scope):
        upto, prev, total, n = 0, "", 0, 0
        problem = ""
        for n, head in enumerate(_seals(scope), start=1):
            top, found = root(events(scope, after=upto, through=head.upto))
            if head.n != n or head.prev != prev:
                problem = f"seal {head.n} does not follow the seal before it"
            elif found != head.events:
                problem = f"seal {head.n} covers {head.events} events, {found} found"
            elif hashlib.sha256(seal_line(head, top)).hexdigest() != head.hash:
                problem = (
                    f"seal {head.n} or an event between {upto + 1} and {head.upto} was changed"
                )
            total += found
            upto, prev = head.upto, head.hash
            if problem:
                break
        tail = models.Event.objects.filter(
            organisation_id=scope.organisation_id, pk__gt=upto
        ).count()
    return Verdict(not problem, n, total, tail, prev, problem)


def commit_to(salt: bytes, body: bytes) -> str:
    """Return what an event may hold of a personal body: sha256(salt || body)."""
    return hashlib.sha256(salt + body).hexdigest()


def new_seed() -> str:
    """Return the secret of a new event: never shown, salts are made from it."""
    return secrets.token_hex(16)


def salt(seed: str | None, what: str) -> str:
    """Return the salt made from an event's secret for one thing it commits to.

    Shown with that thing; it tells nothing about the salts of others.
    """
    return hashlib.sha256(f"{seed or ''} {what}".encode()).hexdigest()[:32]


def event_line(row: EventRow) -> bytes:
    """Return an event as it is hashed; the SHA-256 of this line is its digest."""
    pk, at, *words, seed = row
    return _line(pk, _stamp(at), *words, salt(seed, "event"))


def seal_line(head: models.Seal, top: str) -> bytes:
    """Return a seal as it is hashed, with the root of its events; its hash is this line's."""
    return _line(head.prev, head.n, head.upto, head.events, _stamp(head.at), top)


def root(rows: Iterator[EventRow]) -> tuple[str, int]:
    """Return the hash over the digests of a seal's events, and how many there are."""
    digest, count = hashlib.sha256(), 0
    for count, row in enumerate(rows, start=1):  # noqa: B007  how many there were
        digest.update(hashlib.sha256(event_line(row)).hexdigest().encode() + b"\n")
    return digest.hexdigest(), count


def _seals(scope: Scope) -> Any:
    return models.Seal.objects.filter(organisation_id=scope.organisation_id).order_by("n")


def events(scope: Scope, *, after: int, through: int) -> Iterator[EventRow]:
    """Yield the events after one number and through another, in their order."""
    rows = models.Event.objects.filter(
        organisation_id=scope.organisation_id, pk__gt=after, pk__lte=through
    ).order_by("pk")
    fields = ("pk", "at", "actor", "verb", "refs", "commitment", "seed")
    yield from rows.values_list(*fields).iterator(chunk_size=5000)


def _line(*cells: int | str) -> bytes:
    return msgspec.json.encode(cells) + b"\n"


def _stamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")
