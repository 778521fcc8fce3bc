"""What was agreed, objected to, measured and handed on, as entries of a chronicle.

Stops, disputes, promises, plans, measures in other systems, placements, write-offs,
insolvencies, claims, and the checklist before an agency; each with how it ended. Read `told`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from dunwell.delivery.evidence.case import Entry
from dunwell.desk import upload
from dunwell.desk.telling import Telling, began, ids, later, recorded
from dunwell.store import models

DETAILED = ("dispute", "promise", "plan", "placement", "written_off", "insolvency")
"""Stops that are told by their own rows."""


def told(them: Telling) -> Iterator[Entry]:
    """Yield every entry about agreements, objections, measures and hand-overs."""
    for kind in (
        _stops, _disputes, _promises, _plans, _measures, _placements, _write_offs,
        _insolvencies, _claims, _checklist,
    ):  # fmt: skip
        yield from kind(them)


def _stops(them: Telling) -> Iterator[Entry]:
    """Tell holds and other stops; those with rows of their own are told by these."""
    for row in them.held.stops:
        if row.kind in DETAILED:
            continue
        events = them.events("stop", row.pk)
        said = {"stop": row.kind, "items": them.covered(row.pk), "reason": row.reason,
                "set_by": row.by, "until_on": row.until_on}  # fmt: skip
        yield Entry(
            on=row.from_on, kind="stop_opened", said=said, words=them.words("stop", row.pk),
            **({"recorded_at": row.opened_at, "by": row.by} | recorded(began(events))),
        )  # fmt: skip
        if row.ended_on:
            said = {"stop": row.kind, "items": them.covered(row.pk), "state": row.state,
                    "ended_by": row.ended_by}  # fmt: skip
            yield Entry(on=row.ended_on, kind="stop_ended", said=said, **recorded(later(events)))


def _disputes(them: Telling) -> Iterator[Entry]:
    stops = {s.pk: s for s in them.held.stops}
    for row in them.held.disputes:
        stop = stops[row.stop_id]
        events = them.events("stop", stop.pk)
        words = dict(them.words("dispute", stop.pk))
        answer = words.pop("answer", "")
        said = {"code": row.code, "items": them.covers(row.covers) or them.covered(stop.pk),
                "owner": row.owner, "answer_due_on": row.due_on}  # fmt: skip
        sent_along = them.held.bodies.get((upload.SUBJECT, stop.pk, "content"))
        if sent_along is not None:
            said["file"] = upload.as_exhibit(stop.pk, sent_along[1])
        yield Entry(
            on=stop.from_on, kind="dispute_opened", said=said, words=tuple(words.items()),
            **({"recorded_at": stop.opened_at, "by": stop.by} | recorded(began(events))),
        )  # fmt: skip
        if row.outcome and row.decided_on:
            said = {"code": row.code, "outcome": row.outcome, "answered_on": row.answered_on,
                    "items": them.covers(row.covers), "credit_note": row.credit_note,
                    "escalated_on": row.escalated_on}  # fmt: skip
            yield Entry(
                on=row.decided_on, kind="dispute_decided", said=said,
                words=(("answer", answer),) if answer else (), **recorded(later(events)),
            )  # fmt: skip
        if stop.ended_on:
            said = {"stop": "dispute", "items": them.covers(row.covers), "state": stop.state,
                    "ended_by": stop.ended_by}  # fmt: skip
            yield Entry(
                on=stop.ended_on, kind="stop_ended", said=said, events=ids(later(events)[-1:])
            )


def _promises(them: Telling) -> Iterator[Entry]:
    stops = {s.pk: s for s in them.held.stops}
    for row in them.held.promises:
        stop = stops[row.stop_id]
        events = them.events("stop", stop.pk)
        said = {"amounts": [[row.currency, row.amount_minor]], "promised_on": row.by_on,
                "items": them.covers(row.covers), "origin": row.origin,
                "tolerance_on": row.last_on, "in_force_on": row.in_force_on}  # fmt: skip
        yield Entry(
            on=row.made_on, kind="promise_made", said=said,
            words=them.words("promise", stop.pk),
            **({"recorded_at": stop.opened_at, "by": stop.by} | recorded(began(events))),
        )  # fmt: skip
        ended = row.withdrawn_on or row.judged_on
        if row.state != "open" and ended:
            said = {"state": row.state, "promised_on": row.by_on,
                    "amounts": [[row.currency, row.amount_minor]]}  # fmt: skip
            yield Entry(on=ended, kind="promise_ended", said=said, **recorded(later(events)))


def _plans(them: Telling) -> Iterator[Entry]:
    stops = {s.pk: s for s in them.held.stops}
    for row in them.held.plans:
        stop = stops[row.stop_id]
        events = them.events("stop", stop.pk)
        mine = [p for p in them.held.instalments if p.plan_id == row.pk]
        parts = [[p.due_on, [[row.currency, p.amount_minor]]] for p in mine]
        said: dict[str, Any] = {
            "amounts": [[row.currency, sum(p.amount_minor for p in mine)]],
            "items": them.covers(row.covers), "instalments": parts,
            "interest": [[row.currency, row.interest_minor]] if row.interest_minor else [],
            "fee": [[row.currency, row.fee_minor]] if row.fee_minor else [],
            "origin": row.origin, "in_force_on": row.in_force_on,
        }  # fmt: skip
        yield Entry(
            on=row.made_on, kind="plan_made", said=said, words=them.words("plan", stop.pk),
            **({"recorded_at": stop.opened_at, "by": stop.by} | recorded(began(events))),
        )  # fmt: skip
        ended = row.default_on or row.withdrawn_on or stop.ended_on
        if ended:
            said = {"state": row.state}
            yield Entry(on=ended, kind="plan_ended", said=said, **recorded(later(events)))


def _measures(them: Telling) -> Iterator[Entry]:
    answers: dict[int, list[models.HookCall]] = defaultdict(list)
    for call in them.held.hook_calls:
        answers[call.measure_id or 0].append(call)
    for row in them.held.measures:
        events = them.events("measure", row.pk)
        said = {
            "measure": row.kind, "items": them.labels(row.items), "amounts": row.amounts,
            "reason": row.reason, "proposed_by": row.proposed_by, "approved_on": row.approved_on,
            "in_force_on": row.in_force_on, "told_on": row.told_on, "details": row.details,
            "confirmed": [[c.answered_at, c.state] for c in answers[row.pk] if c.answered_at],
        }  # fmt: skip
        told = [e for c in answers[row.pk] for e in them.events("hook_call", c.pk)]
        yield Entry(
            on=row.proposed_on, kind="measure", said=said, words=them.words("measure", row.pk),
            **(recorded(began(events)) | {"events": ids([*began(events), *told])}),
        )  # fmt: skip
        if row.lifted_on:
            said = {"measure": row.kind, "state": row.state}
            yield Entry(
                on=row.lifted_on, kind="measure_ended", said=said, **recorded(later(events))
            )


def _placements(them: Telling) -> Iterator[Entry]:
    for row in them.held.placements:
        events = them.events("placement", row.pk) or them.events("stop", row.stop_id or 0)
        said = {
            "placement": row.kind, "partner": row.partner, "items": them.covers(row.items),
            "amounts": row.amounts, "commission_percent": row.commission_percent,
            "reason": row.reason, "exported_at": row.exported_at,
        }  # fmt: skip
        yield Entry(
            on=row.placed_on, kind="placement", said=said,
            words=them.words("placement", row.pk), **recorded(began(events)),
        )  # fmt: skip
        for kind, day in (
            ("placement_recalled", row.recalled_on),
            ("placement_closed", row.closed_on),
        ):
            if day:
                said = {"placement": row.kind, "partner": row.partner, "state": row.state}
                yield Entry(on=day, kind=kind, said=said, **recorded(later(events)))


def _write_offs(them: Telling) -> Iterator[Entry]:
    for off in them.held.write_offs:
        events = them.events("write_off", off.pk) or them.events("stop", off.stop_id or 0)
        said = {
            "items": them.covers(off.items),
            "amounts": off.amounts,
            "reason": off.reason,
        }
        yield Entry(on=off.on, kind="write_off", said=said, **recorded(began(events)))
        if off.reversed_on:
            said = {"items": them.covers(off.items), "amounts": off.amounts}
            yield Entry(
                on=off.reversed_on,
                kind="write_off_reversed",
                said=said,
                **recorded(later(events)),
            )


def _insolvencies(them: Telling) -> Iterator[Entry]:
    for row in them.held.insolvencies:
        said = {"proceeding": row.kind, "court_reference": row.court_reference,
                "claim_due_on": row.claim_due_on, "claimed_on": row.claimed_on,
                "closed_on": row.closed_on}  # fmt: skip
        yield Entry(
            on=row.filed_on, kind="insolvency", said=said,
            words=them.words("insolvency", row.pk),
            **recorded(them.events("insolvency", row.pk)),
        )  # fmt: skip


def _claims(them: Telling) -> Iterator[Entry]:
    for row in them.held.claims:
        item = them.items[row.item_id]
        said: dict[str, Any] = {
            "claim": row.kind, "items": them.labels([row.principal_id]), "from_on": row.from_on,
            "to_on": row.to_on, "amounts": [[item.currency, item.amount_minor]],
            "basis": row.basis,
        }  # fmt: skip
        on = item.issued_on or item.due_on
        yield Entry(on=on, kind="claim", said=said, **recorded(began(them.events("item", item.pk))))
        if row.waived_on:
            said = {"claim": row.kind, "items": them.labels([row.principal_id]),
                    "waived_by": row.waived_by, "reason": row.reason}  # fmt: skip
            yield Entry(on=row.waived_on, kind="claim_waived", said=said)


def _checklist(them: Telling) -> Iterator[Entry]:
    for row in them.held.marks:
        said = {"row": row.row, "state": row.state, "evidence": row.evidence}
        entered = recorded(them.events("mark", row.pk))
        yield Entry(
            on=row.on, kind="checklist", said=said,
            words=them.words("checklist_mark", row.pk), **({"by": row.by} | entered),
        )  # fmt: skip
