"""The checklist before an agency: filled from the record, the rest by people (SEMANTICS 7).

`rows` reads what was tried from calls, messages, tasks and steps; `close` and `waive` keep what
a person says of a row; `judge` puts what is open before somebody once a placement is proposed.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from dunwell.core import handoff, views
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.core.views import View
from dunwell.desk import look, named
from dunwell.store import journal, models, personal, policies, tx
from dunwell.store.records import handoffs, outbox, tasks

WAIVED_BY = "manager"


class Case(NamedTuple):
    """One customer of one entity, worked out for a day."""

    customer: models.Customer
    entity: models.Entity
    view: View


def case_of(scope: Scope, who: models.Customer, entity: models.Entity, *, as_of: dt.date) -> Case:
    """Return a customer's case at an entity, or its payer's, in which its items stand.

    Raises: Refused where there is none.
    """
    found = look.propose(scope, as_of=as_of, customers=[who.pk])
    for line in found.lines:
        if line.entity_id == entity.pk and line.facts is not None:
            policy = policies.load(scope, line.policy_version_id)
            payer = named.customer(scope, line.customer)
            return Case(payer, entity, views.look(line.facts, policy, as_of))
    raise Refused("nothing_open", f"customer {who.reference} owes {entity.code} nothing")


def rows(scope: Scope, case: Case) -> list[handoff.Row]:
    """Return the eight rows of a case, as the record and people's marks fill them."""
    return handoff.checklist(_record(scope, case), _marks(scope, case))


def show(scope: Scope, customer: str, *, entity: str | None, as_of: dt.date) -> dict[str, Any]:
    """Return a customer's checklist: each row with its state, proof and what is missing."""
    with tx.reading(scope):
        who = named.customer(scope, customer)
        case = case_of(scope, who, named.entity_for(scope, who, entity), as_of=as_of)
        notes = _notes(scope, case)
        found = rows(scope, case)
    return {
        "customer": case.customer.reference,
        "entity": case.entity.code,
        "as_of": as_of,
        "is_complete": not any(r.state == "open" for r in found),
        "rows": [_shown(r, notes.get(r.row, "")) for r in found],
    }


def close(
    scope: Scope,
    customer: str,
    row: str,
    *,
    note: str,
    entity: str | None,
    as_of: dt.date,
    now: dt.datetime,
) -> int:
    """Say that a row was done by hand, with the evidence; return the mark's id.

    Raises: Refused without evidence.
    """
    if not note.strip():
        raise Refused("reason_missing", "say what shows that it was done: --note")
    with tx.transaction_of(scope):
        made = _mark(scope, customer, row, "done", "", entity=entity, as_of=as_of, now=now)
        personal.keep(scope, "checklist_mark", {(made.pk, "note"): note.encode()}, at=now)
    return made.pk


def waive(
    scope: Scope,
    customer: str,
    row: str,
    *,
    reason: str,
    entity: str | None,
    as_of: dt.date,
    now: dt.datetime,
) -> int:
    """Let a row go undone, by name and with a reason; return the mark's id.

    Raises: Refused without a reason, or for somebody who is no manager.
    """
    if not reason.strip():
        raise Refused("reason_missing", "say why it may go undone: --reason")
    with tx.transaction_of(scope):
        must_hold(scope, WAIVED_BY)
        made = _mark(scope, customer, row, "waived", reason, entity=entity, as_of=as_of, now=now)
    return made.pk


def must_hold(scope: Scope, role: str) -> None:
    """Check that whoever acts holds a role. Raises: Refused."""
    if scope.actor not in tasks.holders(scope, role):
        raise Refused("role_missing", f"this takes the role {role}; {scope.actor} does not hold it")


def complete(scope: Scope, key: str, *, note: str, as_of: dt.date, now: dt.datetime) -> list[str]:
    """Say of every row a placement that is asked for still lacks that it was done; return which."""
    with tx.transaction_of(scope):
        question = (
            models.Approval.objects.filter(
                organisation_id=scope.organisation_id, key=key, state="asked", what="placement"
            )
            .select_related("customer", "entity")
            .first()
        )
        if question is None:
            return []
        case = case_of(scope, question.customer, question.entity, as_of=as_of)
        found = [r.row for r in rows(scope, case) if r.state == "open"]
        who, entity = case.customer.reference, case.entity.code
        for row in found:
            close(scope, who, row, note=note, entity=entity, as_of=as_of, now=now)
    return found


def judge(
    scope: Scope, customers: Collection[int] | None, as_of: dt.date, now: dt.datetime
) -> None:
    """Put the open rows before a person while a placement is asked for; end those filled."""
    with tx.transaction_of(scope):
        asked = models.Approval.objects.filter(
            organisation_id=scope.organisation_id, state="asked", what="placement"
        ).select_related("customer", "entity")
        if customers is not None:
            asked = asked.filter(customer_id__in=list(customers))
        found = list(asked.order_by("customer_id", "entity_id", "pk"))
        wanted: list[tasks.Wanted] = []
        for question in {(q.customer_id, q.entity_id): q for q in found}.values():
            wanted += _open_rows(scope, question, as_of)
        _end_others(scope, {w.cause for w in wanted}, customers, as_of, now)
        tasks.open_all(scope, wanted, on=as_of, at=now)


def _open_rows(scope: Scope, question: models.Approval, as_of: dt.date) -> Iterator[tasks.Wanted]:
    try:
        case = case_of(scope, question.customer, question.entity, as_of=as_of)
    except Refused:
        return
    for row in rows(scope, case):
        if row.state == "open":
            yield tasks.Wanted(
                "checklist", _cause(case, row.row), case.entity.pk, case.customer.pk,
                note=handoff.ROWS[row.row],
            )  # fmt: skip


def _end_others(
    scope: Scope,
    live: set[str],
    customers: Collection[int] | None,
    as_of: dt.date,
    now: dt.datetime,
) -> None:
    """End the tasks of rows that are filled, or of a placement nobody asks for any more."""
    mine = models.Task.objects.filter(
        organisation_id=scope.organisation_id, kind="checklist", state="open"
    )
    if customers is not None:
        mine = mine.filter(customer_id__in=list(customers))
    over = [c for c in mine.values_list("cause", flat=True) if c not in live]
    tasks.end(scope, over, outcome="no longer open", on=as_of, at=now)


def _cause(case: Case, row: str) -> str:
    return f"checklist:{case.entity.pk}:{case.customer.pk}:{case.view.facts.case_no}:{row}"


# --- marks ------------------------------------------------------------------------------------


def _mark(
    scope: Scope,
    customer: str,
    row: str,
    state: str,
    reason: str,
    *,
    entity: str | None,
    as_of: dt.date,
    now: dt.datetime,
) -> models.ChecklistMark:
    if row not in handoff.ROWS:
        raise Refused("unknown_row", f"no row {row!r}; there are {', '.join(handoff.ROWS)}")
    who = named.customer(scope, customer)
    case = case_of(scope, who, named.entity_for(scope, who, entity), as_of=as_of)
    made = handoffs.mark(
        scope, entity_id=case.entity.pk, customer_id=case.customer.pk,
        case_no=case.view.facts.case_no, row=row, state=state, reason=reason, on=as_of,
    )  # fmt: skip
    refs = {"mark": made.pk, "row": row, "state": state, "customer": case.customer.pk,
            "entity": case.entity.pk, "on": as_of}  # fmt: skip
    journal.append(scope, "checklist_marked", refs=refs, at=now)
    tasks.end(scope, [_cause(case, row)], outcome=state, on=as_of, at=now)
    return made


def _of_case(scope: Scope, case: Case) -> list[models.ChecklistMark]:
    return list(
        models.ChecklistMark.objects.filter(
            organisation_id=scope.organisation_id,
            entity=case.entity,
            customer=case.customer,
            case_no=case.view.facts.case_no,
        )
    )


def _marks(scope: Scope, case: Case) -> dict[str, handoff.Mark]:
    return {
        m.row: handoff.Mark(m.state, m.by, m.on, m.evidence) for m in _of_case(scope, case)
    }  # fmt: skip


def _notes(scope: Scope, case: Case) -> dict[str, str]:
    """Return the evidence people wrote, by row; what was erased is absent."""
    row_of = {m.pk: m.row for m in _of_case(scope, case)}
    kept = personal.read(scope, "checklist_mark", row_of, fields=["note"])
    return {row_of[pk]: text for (pk, _), text in kept.items()}


def _shown(row: handoff.Row, note: str) -> dict[str, Any]:
    mark = row.mark
    return {
        "row": row.row,
        "what": handoff.ROWS[row.row],
        "state": row.state,
        "proof": [{"ref": p.ref, "on": p.on} for p in row.proof],
        "missing": list(row.missing),
        "by": mark.by if mark else "",
        "on": mark.on if mark else None,
        "why": (note or mark.why) if mark else "",
    }


# --- the record -------------------------------------------------------------------------------


def _record(scope: Scope, case: Case) -> handoff.Record:
    """Gather what was tried since the oldest debt of the case fell due."""
    overdue = [p.at.item.due_on for p in case.view.places if p.at.is_overdue]
    since = min(overdue, default=case.view.as_of)
    contacts = {
        c.pk: c.role
        for c in models.Contact.objects.filter(
            organisation_id=scope.organisation_id, customer=case.customer
        )
    }
    tried = [
        *_messages(scope, case, since, contacts),
        *_calls(scope, case, since, contacts),
        *_by_hand(scope, case, since),
    ]
    return handoff.Record(
        routes=frozenset(_routes(scope, contacts)),
        tried=tuple(sorted(tried, key=lambda t: (t.on, t.ref))),
        sales=tuple(_sales(scope, case, since)),
        warned=tuple(_demands(scope, case, only_dated=True)),
        expired=tuple(_demands(scope, case, only_dated=False)),
    )


def _routes(scope: Scope, contacts: Collection[int]) -> set[str]:
    """Return the ways that may be tried: agreed to, and not known to be dead."""
    return set(
        models.Route.objects.filter(
            organisation_id=scope.organisation_id,
            contact_id__in=list(contacts),
            consent=True,
            invalid_on__isnull=True,
        ).values_list("channel", flat=True)
    )


def _messages(
    scope: Scope, case: Case, since: dt.date, contacts: dict[int, str]
) -> Iterator[handoff.Try]:
    """Yield what went out, or proved that it could not."""
    zone = zoneinfo.ZoneInfo(case.entity.time_zone)
    for a in models.Action.objects.filter(
        organisation_id=scope.organisation_id,
        entity=case.entity,
        customer=case.customer,
        channel__in=("email", "letter", "sms"),
        state__in=("sent", "failed"),
    ):
        on = (a.handed_at or a.send_at).astimezone(zone).date()
        if on >= since:
            yield handoff.Try(
                f"action:{a.pk}", "mobile" if a.channel == "sms" else a.channel, on,
                contacts.get(a.contact_id or 0, a.to_role), a.contact_id or 0,
                asks_receipt=a.channel == "email" and _asks_receipt(scope, a),
            )  # fmt: skip


def _asks_receipt(scope: Scope, action: models.Action) -> bool:
    """Tell whether a mail went out urgent and asking for a receipt, by its own bytes."""
    if action.state != "sent":
        return False
    raw = outbox.message_of(scope, action.pk) or b""
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0].lower()
    lines = head.split(b"\n")
    is_urgent = any(x.startswith((b"importance: high", b"x-priority: ")) for x in lines)
    return is_urgent and any(x.startswith(b"disposition-notification-to:") for x in lines)


def _calls(
    scope: Scope, case: Case, since: dt.date, contacts: dict[int, str]
) -> Iterator[handoff.Try]:
    zone = zoneinfo.ZoneInfo(case.customer.time_zone or case.entity.time_zone)
    for c in models.Call.objects.filter(
        organisation_id=scope.organisation_id,
        entity=case.entity,
        customer=case.customer,
        on__gte=since,
        withdrawn_on__isnull=True,
    ):
        local = c.at.astimezone(zone)
        yield handoff.Try(
            f"call:{c.pk}", c.channel, c.on, contacts.get(c.contact_id or 0, ""),
            c.contact_id or 0, local.hour * 60 + local.minute, c.outcome,
        )  # fmt: skip


def _by_hand(scope: Scope, case: Case, since: dt.date) -> Iterator[handoff.Try]:
    """Yield contacts made by hand or in an old system; which hour nobody knows."""
    for o in models.Outreach.objects.filter(
        organisation_id=scope.organisation_id,
        entity=case.entity,
        customer=case.customer,
        on__gte=since,
        action__isnull=True,
        voided_on__isnull=True,
    ):
        channel = {"call": "phone", "sms": "mobile"}.get(o.channel, o.channel)
        yield handoff.Try(f"outreach:{o.pk}", channel, o.on)


def _sales(scope: Scope, case: Case, since: dt.date) -> Iterator[handoff.Proof]:
    for t in models.Task.objects.filter(
        organisation_id=scope.organisation_id,
        customer=case.customer,
        kind="ask_sales",
        state="done",
        done_on__gte=since,
    ).order_by("done_on", "pk"):
        assert t.done_on is not None
        yield handoff.Proof(f"task:{t.pk}", t.done_on)
    for d in models.Done.objects.filter(
        organisation_id=scope.organisation_id,
        entity=case.entity,
        customer=case.customer,
        kind="ask_sales",
        on__gte=since,
    ).order_by("on", "pk"):
        yield handoff.Proof(f"done:{d.pk}", d.on)


def _demands(scope: Scope, case: Case, *, only_dated: bool) -> Sequence[handoff.Proof]:
    """Return the final demands sent: those that named a date, or those that have expired.

    Whatever stops the items today: what was sent and has expired stays so.
    """
    waits = {s.id: s.wait for s in case.view.cadence.steps if s.final_demand}
    ids = [p.at.item.id for p in case.view.places if p.at.is_overdue]
    taken = models.StepTaken.objects.filter(
        organisation_id=scope.organisation_id,
        item_id__in=ids,
        step__in=list(waits),
        voided_on__isnull=True,
    ).order_by("on", "pk")
    if only_dated:
        # The final demand lists the attempts made; one sent by Dunwell is on record as an action.
        return [handoff.Proof(f"step:{t.pk}", t.on) for t in taken if t.named_on and t.action_id]
    return [
        handoff.Proof(f"step:{t.pk}", t.on)
        for t in taken
        if (t.named_on or t.on + (waits[t.step] - 1) * views.DAY) < case.view.as_of
    ]
