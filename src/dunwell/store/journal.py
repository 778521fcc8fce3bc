"""The journal: append events, seal them in a chain, verify the chain.

Events are appended freely; a seal written at the end of every command holds the hash of the
events since the last one and the hash of the last seal, so writers do not queue
(DATA.md 1.4). Personal bodies stand outside: the event holds sha256(salt || body).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, NamedTuple

import msgspec

from dunwell.core.scope import Scope
from dunwell.store import models, tx

_encoder = msgspec.json.Encoder(order="sorted")


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
    made = event(scope, verb, refs=refs, at=at, commitment=commitment)
    made.save(force_insert=True)
    return made.pk


def seal(scope: Scope, *, at: dt.datetime) -> str:
    """Seal the events since the last seal; return the head of the chain."""
    with tx.transaction_of(scope):
        last = _seals(scope).last()
        upto, prev, n = (last.upto, last.hash, last.n) if last else (0, "", 0)
        rows = list(_events(scope, after=upto))
        if not rows:
            return prev
        digest = _digest(prev, rows)
        models.Seal.objects.create(
            organisation_id=scope.organisation_id,
            n=n + 1,
            upto=rows[-1][0],
            events=len(rows),
            prev=prev,
            hash=digest,
            at=at,
        )
    return digest


def verify(scope: Scope) -> Verdict:
    """Recompute the whole chain and say where, if anywhere, it does not fit."""
    with tx.transaction_of(scope):
        upto, prev, total, n = 0, "", 0, 0
        problem = ""
        for n, seal_row in enumerate(_seals(scope), start=1):
            rows = list(_events(scope, after=upto, through=seal_row.upto))
            if seal_row.n != n or seal_row.prev != prev:
                problem = f"seal {seal_row.n} does not follow the seal before it"
            elif len(rows) != seal_row.events:
                problem = f"seal {seal_row.n} covers {seal_row.events} events, {len(rows)} found"
            elif _digest(prev, rows) != seal_row.hash:
                problem = f"an event between {upto + 1} and {seal_row.upto} was changed"
            total += len(rows)
            upto, prev = seal_row.upto, seal_row.hash
            if problem:
                break
        tail = len(list(_events(scope, after=upto)))
    return Verdict(not problem, n, total, tail, prev, problem)


def commit_to(salt: bytes, body: bytes) -> str:
    """Return what an event may hold of a personal body: sha256(salt || body)."""
    return hashlib.sha256(salt + body).hexdigest()


def _seals(scope: Scope) -> Any:
    return models.Seal.objects.filter(organisation_id=scope.organisation_id).order_by("n")


def _events(scope: Scope, *, after: int, through: int | None = None) -> Any:
    rows = models.Event.objects.filter(organisation_id=scope.organisation_id, pk__gt=after)
    if through is not None:
        rows = rows.filter(pk__lte=through)
    return rows.order_by("pk").values_list("pk", "at", "actor", "verb", "refs", "commitment")


def _digest(prev: str, rows: list[tuple[int, dt.datetime, str, str, str, str]]) -> str:
    """Hash the ordered events with the last seal; the format is in docs/reference/journal.md."""
    digest = hashlib.sha256(prev.encode())
    for pk, at, actor, verb, refs, commitment in rows:
        stamp = at.astimezone(dt.UTC).isoformat(timespec="microseconds")
        digest.update(f"{pk}\x1f{stamp}\x1f{actor}\x1f{verb}\x1f{refs}\x1f{commitment}\n".encode())
    return digest.hexdigest()
