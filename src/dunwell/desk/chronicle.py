"""What happened with one customer, in the order of days: rows to entries of an evidence file.

Each kind of row has a function that yields its entries; `entries` puts them in order. An entry
stands under the day it was true and says when it was recorded where that was another. Nothing
is left out because it speaks against us: messages that failed, promises that were kept and
disputes that were upheld stand beside the rest. Must not know: words, pages, archives.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

from dunwell.core.decision import Act, Ask, Wait
from dunwell.delivery.evidence.case import Entry
from dunwell.desk import dealings, explain
from dunwell.desk.telling import Telling, ids, recorded
from dunwell.store import models
from dunwell.store.lists import evidence as rows
from dunwell.store.records import cases

ORDER = {
    kind: n
    for n, kind in enumerate(
        """case_opened correction payment reversal credit_note claim reply note stop_opened
        dispute_opened promise_made plan_made insolvency act asked granted refused
        message message_failed message_cancelled message_unknown message_open call
        contact_by_hand bounced step_taken_back dispute_decided promise_ended
        plan_ended stop_ended measure measure_ended checklist placement
        placement_recalled placement_closed write_off write_off_reversed
        claim_waived task silence case_closed""".split()
    )
}
"""On one day, what came in comes first, then what was decided, what went out, what ended."""

ABOUT_SENDING = ("sent", "failed", "cancelled", "delivery_unknown", "taken_back")
"""Verbs of events about a message of ours; what came in about one is told as a reply."""

STATES = {
    "sent": "message", "failed": "message_failed", "cancelled": "message_cancelled",
    "unknown": "message_unknown",
}  # fmt: skip


def entries(
    held: rows.Held,
    told: Sequence[rows.Told],
    *,
    exhibits: dict[int, tuple[int, str]],
    shown: Collection[int],
    as_of: dt.date,
) -> list[Entry]:
    """Return everything that happened by the end of a day, oldest first.

    `exhibits` gives number and subject of the message that an action sent; `shown` are the items of
    the statement, whose payments and corrections are told.
    """
    them = Telling(held, told, exhibits, as_of, shown)
    found = [
        entry
        for kind in (
            _cases, _decided, _asked, _messages, _calls, _by_hand, _steps, dealings.told,
            _replies, _notes, _tasks, _corrections, _payments, _credit_notes,
        )
        for entry in kind(them)
        if entry.on <= as_of
    ]  # fmt: skip
    return sorted(found, key=lambda entry: _place(entry, them))


def _place(entry: Entry, them: Telling) -> tuple[Any, ...]:
    """Return where an entry stands: its day, its time where that is known, then its kind.

    What has no time of its own stands before the others if it came in, else after them.
    """
    at = entry.at or entry.recorded_at
    if at is None or them.day(at) != entry.on:
        at = _MORNING if ORDER[entry.kind] < ORDER["act"] else _EVENING
    return (entry.on, at, ORDER[entry.kind], entry.events)


_MORNING, _EVENING = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (1, 9999))
DAY = dt.timedelta(days=1)


def _cases(them: Telling) -> Iterator[Entry]:
    for case in them.held.cases:
        policy = f"{case.policy_version.policy.name} v{case.policy_version.n}"
        said = {"case_no": case.no, "policy": policy, "path": case.cadence}
        yield Entry(on=case.opened_on, kind="case_opened", said=said)
        if case.closed_on:
            said = {"case_no": case.no, "outcome": case.outcome}
            yield Entry(on=case.closed_on, kind="case_closed", said=said)


def _decided(them: Telling) -> Iterator[Entry]:
    """Tell each decision to act, and for each stretch of silence why nothing was done.

    A decision is in force until the next; the same sentence is told once for its whole stretch.
    """
    made = [(d, cases.unpack(bytes(d.body))) for d in them.held.decisions if d.as_of <= them.as_of]
    made.sort(key=lambda x: (x[0].as_of, x[0].pk))
    acted_on = {d.as_of for d, one in made if isinstance(one, Act)}
    silent: list[tuple[dt.date, dt.date, str, str, tuple[str, ...], list[rows.Told]]] = []
    for (row, one), following in pairwise([*made, (None, None)]):
        assert row is not None
        events = them.events("decision", row.pk, "decided")
        if isinstance(one, Act):
            said = _acted(them, one)
            yield Entry(on=row.as_of, kind="act", said=said, **recorded(events))
            continue
        first = row.as_of + DAY if row.as_of in acted_on else row.as_of
        last = following[0].as_of - DAY if following[0] else them.as_of
        if last < first:
            continue  # the same day something else was decided, or sent
        assert isinstance(one, Ask | Wait)
        why, also = _why_not(one)
        before = silent[-1] if silent else None
        if before and before[2] == why and before[1] >= first - DAY:
            silent[-1] = (before[0], last, why, before[3], before[4], [*before[5], *events])
        else:
            silent.append((first, last, why, one.reason.value, also, events))
    for first, last, why, reason, also, events in silent:
        said = {
            "until_on": last if last > first else None,
            "why": why,
            "reason": reason,
            "also": list(also),
        }
        yield Entry(on=first, kind="silence", said=said, events=ids(events))


def _why_not(made: Ask | Wait) -> tuple[str, tuple[str, ...]]:
    if isinstance(made, Ask):
        return " ".join(explain.why_asked(made, a) for a in made.asks), ()
    return explain.sentence(made), tuple(r.value for r in made.also)


def _acted(them: Telling, made: Act) -> dict[str, Any]:
    return {
        "step": made.step,
        "tone": made.tone,
        "why": explain.why(made),
        "items": them.labels(made.about),
        "also_overdue": them.labels(made.also_overdue),
        "under_query": them.labels(made.under_query),
        "amounts": [list(a) for a in made.amounts],
        "pay_by_on": made.named_on,
        "consequences": list(made.consequences),
        "proposed": [a.what for a in made.asks],
        "likelihood": _likelihood(made),
    }


def _likelihood(made: Act) -> str:
    found = (made.checkpoint or {}).get("likelihood")
    return "" if found is None else str(found)


def _asked(them: Telling) -> Iterator[Entry]:
    for row in them.held.approvals:
        said = {
            "what": row.what, "step": row.step, "role": row.role, "amounts": row.amounts,
            "items": them.labels(row.items), "proposed_by": row.proposed_by,
        }  # fmt: skip
        asked = them.events("approval", row.pk, "asked") or _asked_by_a_run(them, row)
        yield Entry(on=row.asked_on, kind="asked", said=said, **recorded(asked))
        answered = them.events("approval", row.pk, "approved", "refused")
        if row.state in ("granted", "refused") and row.decided_on:
            said = {"what": row.what, "step": row.step, "role": row.role,
                    "decided_by": row.decided_by, "reason": row.reason,
                    "again_on": row.until_on}  # fmt: skip
            yield Entry(on=row.decided_on, kind=row.state, said=said, **recorded(answered))


def _asked_by_a_run(them: Telling, row: models.Approval) -> list[rows.Told]:
    """Return the event of the decision that put a question, where no person did."""
    for d in them.held.decisions:
        if d.as_of == row.asked_on and d.verdict != "wait":
            made = cases.unpack(bytes(d.body))
            if any((a.what, a.step) == (row.what, row.step) for a in getattr(made, "asks", ())):
                return them.events("decision", d.pk)
    return []


def _messages(them: Telling) -> Iterator[Entry]:
    receipts: dict[int, list[models.Receipt]] = defaultdict(list)
    for r in them.held.receipts:
        receipts[r.action_id].append(r)
    acts = {d.pk: d for d in them.held.decisions}
    contacts = {c.pk: c for c in them.held.contacts}
    for row in them.held.actions:
        if row.channel == "call" or row.state in ("ready", "claimed"):
            continue
        events = them.events("action", row.pk, *ABOUT_SENDING)
        mine = receipts[row.pk]
        at = mine[0].at if mine else row.handed_at or row.send_at
        made = cases.unpack(bytes(acts[row.decision_id].body)) if row.decision_id in acts else None
        exhibit, subject = them.exhibits.get(row.pk, (0, ""))
        said: dict[str, Any] = {
            "subject": subject, "step": row.step, "channel": row.channel, "role": row.to_role,
            "state": row.state, "approved_by": row.approved_by, "reason": row.reason,
            "key": row.key, "contact": _person(them, contacts, row), "handed_at": row.handed_at,
            "receipts": [_receipt(r) for r in mine],
        }  # fmt: skip
        if isinstance(made, Act):
            said |= {"tone": made.tone, "items": them.labels([*made.about, *made.also_overdue]),
                     "amounts": [list(a) for a in made.amounts], "pay_by_on": made.named_on,
                     "is_final_demand": made.is_final_demand}  # fmt: skip
        yield Entry(
            on=them.day(at), at=at, kind=STATES.get(row.state, "message_open"), said=said,
            exhibit=exhibit, **recorded(events),
        )  # fmt: skip


def _person(them: Telling, contacts: dict[int, models.Contact], row: models.Action) -> str:
    """Return whom a message was addressed to, by name where one is kept."""
    if row.contact_id not in contacts:
        return ""
    return dict(them.held.words("contact", row.contact_id)).get("name", "")


def _receipt(row: models.Receipt) -> dict[str, Any]:
    return {"kind": row.kind, "at": row.at, "evidence": row.evidence}


def _calls(them: Telling) -> Iterator[Entry]:
    roles = {c.pk: c.role for c in them.held.contacts}
    for row in them.held.calls:
        said = {
            "channel": row.channel, "outcome": row.outcome, "minutes": row.minutes,
            "role": roles.get(row.contact_id or 0, ""), "follow_up_on": row.follow_up_on,
            "withdrawn_on": row.withdrawn_on, "withdrawn_by": row.withdrawn_by,
        }  # fmt: skip
        entered = recorded(them.events("call", row.pk))
        yield Entry(
            on=row.on, at=row.at, kind="call", said=said, words=them.words("call", row.pk),
            **({"by": row.by} | entered),
        )  # fmt: skip


def _by_hand(them: Telling) -> Iterator[Entry]:
    """Tell contacts no action of ours made: by hand, or with an older system; and bounces.

    A call is told by its own row.
    """
    called = {c.on for c in them.held.calls}
    for row in them.held.outreach:
        said = {"channel": row.channel, "tone": row.tone, "step": row.step}
        if row.by_hand and not (row.channel in ("call", "phone") and row.on in called):
            back = said | {"withdrawn_on": row.voided_on}
            yield Entry(on=row.on, kind="contact_by_hand", said=back)
        if row.voided_on and not row.by_hand:
            yield Entry(on=row.voided_on, kind="bounced", said=said | {"sent_on": row.on})


def _steps(them: Telling) -> Iterator[Entry]:
    for row in them.held.steps:
        if row.voided_on:
            said = {"items": them.labels([row.item_id]), "step": row.step, "taken_on": row.on,
                    "reason": row.void_reason}  # fmt: skip
            yield Entry(on=row.voided_on, kind="step_taken_back", said=said)


def _replies(them: Telling) -> Iterator[Entry]:
    keys = {a.pk: a.key for a in them.held.actions}
    for row in them.held.replies:
        said = {"channel": row.channel, "reply": row.kind, "state": row.state,
                "answers": keys.get(row.action_id or 0, ""), "sha256": row.sha256,
                "done": row.evidence.get("done", "")}  # fmt: skip
        yield Entry(
            on=them.day(row.received_at), at=row.received_at, kind="reply", said=said,
            words=them.words("reply", row.pk), **recorded(them.events("reply", row.pk)),
        )  # fmt: skip


def _notes(them: Telling) -> Iterator[Entry]:
    for row in them.held.notes:
        entered = recorded(them.events("note", row.pk))
        yield Entry(
            on=them.day(row.at), at=row.at, kind="note", words=them.words("note", row.pk),
            said={"withdrawn_on": row.withdrawn_on, "withdrawn_by": row.withdrawn_by},
            **({"by": row.by} | entered),
        )  # fmt: skip


def _tasks(them: Telling) -> Iterator[Entry]:
    for row in them.held.tasks:
        said = {"task": row.kind, "owner": row.owner, "due_on": row.due_on, "about": row.note,
                "done_on": row.done_on, "done_by": row.done_by, "outcome": row.outcome,
                "escalated_on": row.escalated_on}  # fmt: skip
        yield Entry(
            on=row.created_on, kind="task", said=said, words=them.words("task", row.pk),
            by=row.created_by, events=ids(them.events("task", row.pk)),
        )  # fmt: skip


def _corrections(them: Telling) -> Iterator[Entry]:
    """Tell what an item said before it was corrected, and what after: as later rows, or now."""
    by_item: dict[int, list[models.History]] = defaultdict(list)
    for row in sorted(them.held.histories, key=lambda h: (h.recorded_at, h.pk)):
        by_item[row.row].append(row)
    for item_id, rows_of in by_item.items():
        if item_id not in them.shown:
            continue
        item = them.items[item_id]
        for n, row in enumerate(rows_of):
            changes = []
            for name, was in row.former.items():
                if name in ("why", "open_minor"):
                    continue
                later = (h.former[name] for h in rows_of[n + 1 :] if name in h.former)
                changes.append([name, was, next(later, getattr(item, name, None))])
            said = {"items": them.labels([item_id]), "changes": changes,
                    "currency": item.currency, "why": row.former.get("why", ""),
                    "was_open_minor": row.former.get("open_minor")}  # fmt: skip
            yield Entry(
                on=them.day(row.recorded_at), kind="correction", said=said,
                recorded_at=row.recorded_at, by=row.actor,
            )  # fmt: skip


def _payments(them: Telling) -> Iterator[Entry]:
    mine = {c.pk for c in them.held.family}
    for row in them.held.payments:
        mine_of = [a for a in them.held.allocations if a.payment_id == row.pk]
        is_told = any(a.item_id in them.shown for a in mine_of) or row.unapplied_minor
        if not is_told and row.kind == "payment" and row.reversed_on is None:
            continue  # it settled, in time, what the statement leaves out
        parts = [
            them.part(a.item_id, a.amount_minor)
            for a in mine_of
            if a.amount_minor > 0 and a.item_id in them.items
        ]
        is_ours = row.customer_id in mine
        said = {
            "reference": row.reference if is_ours else "",
            "amounts": [[row.currency, row.amount_minor]] if is_ours else [],
            "items": parts, "reversed_on": row.reversed_on, "reverses": row.reverses,
        }  # fmt: skip
        kind = "reversal" if row.kind == "reversal" else "payment"
        yield Entry(
            on=row.paid_on, kind=kind, said=said, **recorded(them.events("payment", row.pk))
        )


def _credit_notes(them: Telling) -> Iterator[Entry]:
    for item in them.held.items:
        if item.kind == "credit_note" and item.pk in them.shown:
            said = {"items": them.labels([item.pk]), "applies_to": item.applies_to,
                    "amounts": [[item.currency, item.amount_minor]]}  # fmt: skip
            yield Entry(on=item.issued_on or item.due_on, kind="credit_note", said=said)
