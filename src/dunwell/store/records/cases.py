"""Decisions, the cases they belong to, and the actions they put in the outbox.

A decision is written when its outcome differs from the one in force, with the facts it saw
(DATA.md 1.2). Everything about one batch of cases goes in one short transaction.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from dunwell.core import book, decision
from dunwell.core.decision import Act, Ask, Decision, Wait
from dunwell.core.scope import Scope
from dunwell.store import journal, models

_body = msgspec.json.Encoder()


class Line(NamedTuple):
    """One case looked at: who, the facts seen, and what was decided under which version."""

    entity_id: int
    customer_id: int
    facts: book.Facts
    made: Decision
    policy_version_id: int
    cadence: str


def pack(made: Decision) -> bytes:
    """Return a decision as compressed JSON."""
    return zlib.compress(_body.encode(made), 1)


def unpack(data: bytes) -> Decision:
    """Return the decision a stored body holds."""
    return msgspec.json.decode(zlib.decompress(bytes(data)), type=Act | Ask | Wait)


def outcome(made: Decision) -> tuple[str, str, str]:
    """Return what makes one outcome differ from another: verdict, reason, step."""
    if isinstance(made, Act):
        return ("act", "", made.step)
    if isinstance(made, Ask):
        return ("ask", "needs_approval", " ".join(a.what + ":" + a.step for a in made.asks)[:42])
    return ("wait", str(made.reason), str(made.refs.get("step", ""))[:42])


def record_decisions(
    scope: Scope, lines: Sequence[Line], *, run: models.Run | None, as_of: dt.date, at: dt.datetime
) -> list[Line]:
    """Write the decisions that are new, with their cases, actions and questions.

    Returns the lines whose outcome differed from the one in force. An `Act` is always new: its
    actions are recorded at once, and the case is then in flight until the world confirms it.
    """
    in_force = {
        (d.entity_id, d.customer_id): d
        for d in models.Decision.objects.filter(
            organisation_id=scope.organisation_id,
            in_force=True,
            customer_id__in=[x.customer_id for x in lines],
        ).defer("body", "facts")
    }
    _keep_cases(scope, lines, as_of=as_of)
    fresh: list[Line] = []
    for line in lines:
        last = in_force.get((line.entity_id, line.customer_id))
        same = last is not None and (last.verdict, last.reason, last.step) == outcome(line.made)
        if same and last is not None and not isinstance(line.made, Act):
            if last.look_again_on != line.made.look_again_on:
                last.look_again_on = line.made.look_again_on
                last.save(update_fields=["look_again_on"])
            continue
        fresh.append(line)
    models.Decision.objects.filter(
        organisation_id=scope.organisation_id,
        pk__in=[in_force[k].pk for x in fresh if (k := (x.entity_id, x.customer_id)) in in_force],
    ).update(in_force=False)
    rows = [_decision(scope, x, run, as_of, at) for x in fresh]
    models.Decision.objects.bulk_create(rows, batch_size=200)
    events = []
    for line, row in zip(fresh, rows, strict=True):
        _record_consequences(scope, line, row, as_of=as_of)
        verdict, reason, step = outcome(line.made)
        refs = {
            "customer": line.customer_id,
            "entity": line.entity_id,
            "decision": row.pk,
            "as_of": as_of,
            "verdict": verdict,
            "reason": reason,
            "step": step,
        }
        events.append(journal.event(scope, "decided", refs=refs, at=at))
    models.Event.objects.bulk_create(events, batch_size=500)
    return fresh


def _decision(
    scope: Scope, line: Line, run: models.Run | None, as_of: dt.date, at: dt.datetime
) -> models.Decision:
    verdict, reason, step = outcome(line.made)
    return models.Decision(
        organisation_id=scope.organisation_id,
        entity_id=line.entity_id,
        customer_id=line.customer_id,
        run=run,
        as_of=as_of,
        recorded_at=at,
        verdict=verdict,
        reason=reason,
        step=step,
        look_again_on=line.made.look_again_on,
        body=pack(line.made),
        facts=zlib.compress(book.canonical(line.facts), 1),
        policy_version_id=line.policy_version_id,
        rules=book.RULES,
    )


def _keep_cases(scope: Scope, lines: Sequence[Line], *, as_of: dt.date) -> None:
    """Open a case with its first overdue item; keep its cadence and look date true."""
    have = {
        (c.entity_id, c.customer_id): c
        for c in models.Case.objects.filter(
            organisation_id=scope.organisation_id,
            closed_on__isnull=True,
            customer_id__in=[x.customer_id for x in lines],
        )
    }
    fresh: list[models.Case] = []
    for line in lines:
        overdue = any(
            i.due_on < as_of and i.open_minor and i.kind in book.DEBITS for i in line.facts.items
        )
        case = have.get((line.entity_id, line.customer_id))
        if case is None and overdue:
            fresh.append(
                models.Case(
                    organisation_id=scope.organisation_id,
                    entity_id=line.entity_id,
                    customer_id=line.customer_id,
                    no=line.facts.case_no + (0 if line.facts.has_open_case else 1),
                    policy_version_id=line.policy_version_id,
                    cadence=line.cadence,
                    opened_on=as_of,
                    look_again_on=line.made.look_again_on,
                )
            )
        elif case is not None:
            closing = not overdue
            case.look_again_on = line.made.look_again_on
            case.cadence, case.policy_version_id = line.cadence, line.policy_version_id
            case.closed_on, case.outcome = (as_of, "paid") if closing else (None, "")
            case.version += 1
            case.save()
    models.Case.objects.bulk_create(fresh, batch_size=500)


def close_settled(scope: Scope, entity: models.Entity, *, as_of: dt.date) -> int:
    """Close the cases in which nothing overdue is open any more; return how many."""
    still = models.Item.objects.filter(
        organisation_id=scope.organisation_id,
        entity=entity,
        open_minor__gt=0,
        due_on__lt=as_of,
        kind__in=book.DEBITS,
    ).values("customer_id")
    return (
        models.Case.objects.filter(
            organisation_id=scope.organisation_id, entity=entity, closed_on__isnull=True
        )
        .exclude(customer_id__in=still)
        .update(closed_on=as_of, outcome="paid")
    )


def _record_consequences(scope: Scope, line: Line, row: models.Decision, *, as_of: dt.date) -> None:
    made = line.made
    if isinstance(made, Act):
        lead = made.lead
        for planned in made.actions:
            known = models.Action.objects.filter(
                organisation_id=scope.organisation_id, key=planned.key
            ).exclude(state="cancelled")
            if known.exists():
                continue  # the same key is never sent twice; what was cancelled never went out
            models.Action.objects.create(
                organisation_id=scope.organisation_id,
                entity_id=line.entity_id,
                customer_id=line.customer_id,
                decision=row,
                key=planned.key,
                channel=planned.channel,
                to_role=planned.to_role,
                contact_id=planned.contact,
                step=made.step,
                takes_step=planned.takes_step,
                template=planned.template,
                send_at=dt.datetime.fromisoformat(planned.send_at),
                state="waiting" if planned.channel == "call" else "ready",
                attempt_of=f"{made.step}:{lead}:{planned.channel}",
            )
    for ask in () if isinstance(made, Wait) else made.asks:
        _record_question(scope, line, ask, as_of=as_of)
    if isinstance(made, Ask):
        for ask in made.asks:
            _wait_for(scope, line, ask.step, as_of)
    elif isinstance(made, Wait) and made.reason == "requirement_missing":
        _wait_for(scope, line, str(made.refs["step"]), as_of)


def _record_question(scope: Scope, line: Line, ask: decision.Asked, *, as_of: dt.date) -> None:
    key = ask.actions[0].key
    pending = models.Approval.objects.filter(
        organisation_id=scope.organisation_id, key=key, state="asked"
    ).exists()
    if not pending:
        models.Approval.objects.create(
            organisation_id=scope.organisation_id,
            entity_id=line.entity_id,
            customer_id=line.customer_id,
            what=ask.what,
            step=ask.step,
            key=key,
            role=ask.approval,
            items=list(ask.items),
            asked_on=as_of,
        )


def _wait_for(scope: Scope, line: Line, step: str, as_of: dt.date) -> None:
    models.CaseWait.objects.get_or_create(
        organisation_id=scope.organisation_id,
        entity_id=line.entity_id,
        customer_id=line.customer_id,
        step=step,
        defaults={"since_on": as_of},
    )
