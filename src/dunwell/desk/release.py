"""Keep a proposal for review, drop lines of it, and release what still stands (SEMANTICS 6.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from dunwell.core import stops
from dunwell.core.decision import Act
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import hold, look
from dunwell.store import journal, models, tx
from dunwell.store.records import cases


class Saved(msgspec.Struct, frozen=True):
    """One act of a proposal as it was reviewed: what must still hold when it is released.

    `recipients` are (channel, role, contact), `stops` those in force that day, by id.
    """

    entity_id: int
    customer_id: int
    customer: str
    entity: str
    step: str
    recipients: tuple[tuple[str, str, int], ...]
    items: tuple[int, ...]
    stops: tuple[int, ...]
    amounts: dict[str, int]


class Released(NamedTuple):
    """What a release did: the lines that are new now, and those dropped with their reason."""

    proposal: int
    as_of: dt.date
    lines: list[cases.Line]
    dropped: list[dict[str, str]]


def save(scope: Scope, proposal: look.Proposal, *, now: dt.datetime) -> int:
    """Keep a proposal for review; return its number."""
    acts = ((x, x.made) for x in proposal.lines)
    kept = [_saved(x, made, as_of=proposal.as_of) for x, made in acts if isinstance(made, Act)]
    with tx.transaction_of(scope):
        row = models.Proposal.objects.create(
            organisation_id=scope.organisation_id,
            as_of=proposal.as_of,
            at=now,
            by=scope.actor,
            body=msgspec.json.encode(kept),
        )
        refs = {"proposal": row.pk, "as_of": proposal.as_of, "acts": len(kept)}
        journal.append(scope, "proposal_saved", refs=refs, at=now)
    return row.pk


def run(scope: Scope, number: int, *, drop: Mapping[str, str], now: dt.datetime) -> Released:
    """Release a saved proposal: every line is decided again, and only what still stands goes.

    `drop` holds customers left out with a reason; they are held for that day. Raises: Refused
    for an unknown proposal, one that was released already, or a customer it does not name.
    """
    with tx.transaction_of(scope):
        row = _claim(scope, number, drop)
    saved = msgspec.json.decode(bytes(row.body), type=list[Saved])
    for customer, why in drop.items():
        hold.open_hold(
            scope, customer, items=[], amount_minor=None, on=row.as_of, until=row.as_of,
            reason=f"dropped from proposal {number}: {why}", now=now,
        )  # fmt: skip
    wanted = sorted({s.customer_id for s in saved})
    fresh = look.propose(scope, as_of=row.as_of, customers=wanted)
    now_stands = {(x.entity_id, x.customer_id): x for x in fresh.lines}
    dropped: list[dict[str, str]] = []
    goes: set[tuple[int, int]] = set()
    for line in saved:
        found = now_stands.get((line.entity_id, line.customer_id))
        why = drop.get(line.customer) or _changed(line, found, as_of=row.as_of)
        if why:
            dropped.append({"customer": line.customer, "entity": line.entity, "reason": why})
        else:
            goes.add((line.entity_id, line.customer_id))
    lines = look.record(scope, fresh, mode="release", now=now, only=goes)
    with tx.transaction_of(scope):
        models.Proposal.objects.filter(organisation_id=scope.organisation_id, pk=number).update(
            dropped=dropped
        )
        refs: dict[str, Any] = {"proposal": number, "released": len(lines)}
        refs["dropped"] = len(dropped)
        journal.append(scope, "proposal_released", refs=refs, at=now)
    return Released(number, row.as_of, lines, dropped)


def _claim(scope: Scope, number: int, drop: Mapping[str, str]) -> models.Proposal:
    """Take a saved proposal to release it; nobody else can, and nothing is changed on a refusal."""
    mine = models.Proposal.objects.filter(organisation_id=scope.organisation_id, pk=number)
    row = mine.first()
    if row is None:
        raise Refused("unknown_proposal", f"no proposal {number}; save one: propose --save")
    named = {s.customer for s in msgspec.json.decode(bytes(row.body), type=list[Saved])}
    if unknown := sorted(set(drop) - named):
        raise Refused("not_proposed", f"proposal {number} has no line for customer {unknown[0]!r}")
    if not mine.filter(state="saved").update(state="released"):
        raise Refused("released_already", f"proposal {number} was {row.state} already")
    return row


def _saved(line: cases.Line, made: Act, *, as_of: dt.date) -> Saved:
    assert line.facts is not None, "what acts was decided on its facts"
    return Saved(
        entity_id=line.entity_id,
        customer_id=line.customer_id,
        customer=line.customer,
        entity=line.entity,
        step=made.step,
        recipients=tuple((a.channel, a.to_role, a.contact or 0) for a in made.actions),
        items=tuple(i for i, _ in made.lines),
        stops=tuple(s.id for s in line.facts.stops if stops.is_active(s, as_of=as_of)),
        amounts=dict(made.amounts),
    )


def _changed(line: Saved, found: cases.Line | None, *, as_of: dt.date) -> str:
    """Return why a reviewed line must not go as it stands now, or ""."""
    if found is None:
        return "nothing is open any more"
    made = found.made
    if not isinstance(made, Act):
        return f"now waits: {made.reason}"
    is_now = _saved(found, made, as_of=as_of)
    if is_now.step != line.step:
        return f"another step: {is_now.step} instead of {line.step}"
    if set(is_now.stops) - set(line.stops):
        return "a new stop"
    if is_now.recipients != line.recipients:
        return "another recipient"
    if set(is_now.items) - set(line.items):
        return "an item was added"
    if any(minor > line.amounts.get(c, 0) for c, minor in is_now.amounts.items()):
        return "the amount rose"
    return ""
