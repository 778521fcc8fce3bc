"""Keep a proposal for review, drop lines of it, and release what still stands (SEMANTICS 6.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
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

    @property
    def key(self) -> tuple[int, int]:
        """Which case it is about."""
        return (self.entity_id, self.customer_id)


LEFT_OUT = "left out of the day: "
"""How the reason of a hold begins that leaves somebody out of one day."""


class LeftOut(NamedTuple):
    """Somebody left out of a day by hand: the hold that does it, whose, why, by whom."""

    stop: int
    customer: str
    entity: str
    reason: str
    by: str

    def row(self) -> dict[str, str]:
        """Return it as a saved proposal keeps it."""
        return {"customer": self.customer, "entity": self.entity, "reason": self.reason,
                "by": self.by}  # fmt: skip


class Released(NamedTuple):
    """What a release did: the lines that are new now, and those dropped with their reason."""

    proposal: int
    as_of: dt.date
    lines: list[cases.Line]
    dropped: list[dict[str, str]]


def leave_out(
    scope: Scope,
    customer: str,
    *,
    reason: str,
    as_of: dt.date,
    now: dt.datetime,
    entity: str | None = None,
) -> int:
    """Leave a customer (or its line at one entity) out of a day: held for that day alone.

    Returns the hold's id. Raises: Refused without a reason, or for an unknown customer.
    """
    if not reason.strip():
        raise Refused("reason_missing", "say why it is left out")
    return hold.open_hold(
        scope, customer, items=[], amount_minor=None, on=as_of, until=as_of,
        reason=f"{LEFT_OUT}{reason.strip()}", entity=entity, now=now,
    )  # fmt: skip


def put_back(scope: Scope, stops: Sequence[int], *, as_of: dt.date, now: dt.datetime) -> None:
    """Take back that customers were left out of a day: all of them, or none.

    Raises: Refused for anything else than what `leave_out` made.
    """
    with tx.transaction_of(scope):
        for stop in stops:
            hold.close_hold(scope, stop, on=as_of, now=now, kinds=("hold",), marked=LEFT_OUT)


def left_out(scope: Scope, *, as_of: dt.date) -> list[LeftOut]:
    """Return who was left out of a day by hand, in the order in which it was done."""
    with tx.reading(scope):
        rows = models.Stop.objects.filter(
            organisation_id=scope.organisation_id, kind="hold", from_on=as_of, until_on=as_of,
            reason__startswith=LEFT_OUT, ended_on__isnull=True,
        )  # fmt: skip
        return [
            LeftOut(
                s.pk, s.customer.reference, s.entity.code if s.entity else "",
                s.reason.removeprefix(LEFT_OUT), s.by,
            )
            for s in rows.select_related("customer", "entity").order_by("pk")
        ]  # fmt: skip


def save(
    scope: Scope,
    proposal: look.Proposal,
    *,
    now: dt.datetime,
    only: Collection[tuple[int, int]] | None = None,
    left: Sequence[LeftOut] = (),
) -> int:
    """Keep a proposal for review; return its number.

    `only` keeps the lines of these cases alone, `left` who was left out of it by hand.
    """
    acts = ((x, x.made) for x in proposal.lines if only is None or x.key in only)
    kept = [_saved(x, made, as_of=proposal.as_of) for x, made in acts if isinstance(made, Act)]
    with tx.transaction_of(scope):
        row = models.Proposal.objects.create(
            organisation_id=scope.organisation_id,
            as_of=proposal.as_of,
            at=now,
            by=scope.actor,
            body=msgspec.json.encode(kept),
            dropped=[x.row() for x in left],
        )
        refs = {"proposal": row.pk, "as_of": proposal.as_of, "acts": len(kept)}
        journal.append(scope, "proposal_saved", refs=refs, at=now)
    return row.pk


def run(
    scope: Scope,
    number: int,
    *,
    drop: Mapping[str, str],
    now: dt.datetime,
    is_whole: bool = False,
    resumes: bool = False,
) -> Released:
    """Release a saved proposal: every line is decided again, and only what still stands goes.

    `drop` holds customers left out with a reason; they are held for that day. `is_whole` also
    keeps what waits and what is asked that day, as a run does. `resumes` one that was begun.
    Raises: Refused for an unknown proposal, one that was released already, or a customer it
    does not name.
    """
    with tx.transaction_of(scope):
        row = _claim(scope, number, drop, resumes=resumes)
    for customer, why in drop.items():
        hold.open_hold(
            scope, customer, items=[], amount_minor=None, on=row.as_of, until=row.as_of,
            reason=f"dropped from proposal {number}: {why}", now=now,
        )  # fmt: skip
    saved = lines_of(row)
    wanted = None if is_whole else sorted({s.customer_id for s in saved})
    fresh = look.propose(scope, as_of=row.as_of, customers=wanted)
    gone = _gone_before(scope, number) if resumes else set()
    goes, dropped = _checked([s for s in saved if s.key not in gone], fresh, drop, row)
    only = goes | {x.key for x in fresh.lines if is_whole and not isinstance(x.made, Act)}
    lines = look.record(scope, fresh, mode="release", now=now, only=only, released=number)
    lines = [x for x in lines if x.key in goes]
    with tx.transaction_of(scope):
        models.Proposal.objects.filter(organisation_id=scope.organisation_id, pk=number).update(
            dropped=[*(row.dropped or []), *dropped], state="released"
        )
        refs: dict[str, Any] = {"proposal": number, "released": len(lines)}
        refs["dropped"] = len(dropped)
        journal.append(scope, "proposal_released", refs=refs, at=now)
    return Released(number, row.as_of, lines, dropped)


def lines_of(row: models.Proposal) -> list[Saved]:
    """Return the lines of a saved proposal."""
    return msgspec.json.decode(bytes(row.body), type=list[Saved])


def _checked(
    saved: Sequence[Saved], fresh: look.Proposal, drop: Mapping[str, str], row: models.Proposal
) -> tuple[set[tuple[int, int]], list[dict[str, str]]]:
    """Return the cases that go as they were reviewed, and the lines that do not, each with why."""
    now_stands = {x.key: x for x in fresh.lines}
    goes: set[tuple[int, int]] = set()
    dropped: list[dict[str, str]] = []
    for line in saved:
        found = now_stands.get(line.key)
        why = drop.get(line.customer) or _changed(line, found, as_of=row.as_of)
        if why:
            dropped.append({"customer": line.customer, "entity": line.entity, "reason": why})
        else:
            goes.add(line.key)
    return goes, dropped


def _gone_before(scope: Scope, number: int) -> set[tuple[int, int]]:
    """Return the cases that a release recorded before it was interrupted."""
    with tx.reading(scope):
        return set(
            models.Decision.objects.filter(
                organisation_id=scope.organisation_id, run__proposal_id=number, verdict="act"
            ).values_list("entity_id", "customer_id")
        )


def _claim(scope: Scope, number: int, drop: Mapping[str, str], *, resumes: bool) -> models.Proposal:
    """Take a saved proposal to release it; nobody else can, and nothing is changed on a refusal."""
    mine = models.Proposal.objects.filter(organisation_id=scope.organisation_id, pk=number)
    row = mine.first()
    if row is None:
        raise Refused("unknown_proposal", f"no proposal {number}; save one: propose --save")
    named = {s.customer for s in lines_of(row)}
    if unknown := sorted(set(drop) - named):
        raise Refused("not_proposed", f"proposal {number} has no line for customer {unknown[0]!r}")
    states = ("saved", "releasing") if resumes else ("saved",)
    if not mine.filter(state__in=states).update(state="releasing"):
        raise Refused("released_already", f"proposal {number} was released already")
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
