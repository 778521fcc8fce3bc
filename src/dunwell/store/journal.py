"""The journal: append events, seal them in a chain, verify the chain.

Events are appended freely; a seal written at the end of every command holds the hash of the
events since the last one and the hash of the last seal, so writers do not queue
(DATA.md 1.4). Personal bodies stand outside: the event holds sha256(salt || body).

The hash of a seal is SHA-256 over lines of JSON arrays without spaces, each ended by a line
feed: first [previous hash, number, upto, count, time], then for each event in the order of ids
[id, time, actor, verb, refs, commitment]; times are UTC with microseconds. Anybody who has the
rows can check it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
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
EventRow = tuple[int, dt.datetime, str, str, str, str]


class Verdict(NamedTuple):
    """What verifying found: `problem` names the first place that does not fit."""

    ok: bool
    seals: int
    events: int
    unsealed: int
    head: str
    problem: str


def event(
    scope: Scope, verb: str, *, refs: dict[str, Any], at: dt.datetime, commitment: str = ""
) -> models.Event:
    """Make an event ready to be appended, alone or with others in one insert."""
    return models.Event(
        organisation_id=scope.organisation_id,
        at=at,
        actor=scope.actor,
        verb=verb,
        refs=_encoder.encode(refs).decode(),
        commitment=commitment,
    )


def append(
    scope: Scope, verb: str, *, refs: dict[str, Any], at: dt.datetime, commitment: str = ""
) -> int:
    """Append one event inside the caller's transaction; return its number."""
    _hold_off_sealer(scope)
    made = event(scope, verb, refs=refs, at=at, commitment=commitment)
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
    digest, found = _digest(head, _events(scope, after=after, through=upto))
    assert found == count, "an event came between counting and reading"
    head.hash = digest
    head.save(force_insert=True)
    return digest


def verify(scope: Scope) -> Verdict:
    """Recompute the whole chain and say where, if anywhere, it does not fit."""
    with tx.transaction_of(scope):
        upto, prev, total, n = 0, "", 0, 0
        problem = ""
        for n, head in enumerate(_seals(scope), start=1):
            digest, found = _digest(head, _events(scope, after=upto, through=head.upto))
            if head.n != n or head.prev != prev:
                problem = f"seal {head.n} does not follow the seal before it"
            elif found != head.events:
                problem = f"seal {head.n} covers {head.events} events, {found} found"
            elif digest != head.hash:
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


def _seals(scope: Scope) -> Any:
    return models.Seal.objects.filter(organisation_id=scope.organisation_id).order_by("n")


def _events(scope: Scope, *, after: int, through: int) -> Iterator[EventRow]:
    rows = models.Event.objects.filter(
        organisation_id=scope.organisation_id, pk__gt=after, pk__lte=through
    ).order_by("pk")
    fields = ("pk", "at", "actor", "verb", "refs", "commitment")
    yield from rows.values_list(*fields).iterator(chunk_size=5000)


def _digest(head: models.Seal, rows: Iterator[EventRow]) -> tuple[str, int]:
    """Hash a seal and the ordered events it covers; return the hash and how many there are."""
    digest = hashlib.sha256(_line(head.prev, head.n, head.upto, head.events, _stamp(head.at)))
    count = 0
    for pk, at, *words in rows:
        digest.update(_line(pk, _stamp(at), *words))
        count += 1
    return digest.hexdigest(), count


def _line(*cells: int | str) -> bytes:
    return msgspec.json.encode(cells) + b"\n"


def _stamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")
