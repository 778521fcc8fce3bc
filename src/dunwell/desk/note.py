"""Notes, and contacts made by hand in another way than by telephone (SEMANTICS 4.5, 6.6)."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any, NamedTuple

from dunwell.core import book
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import by_hand, named
from dunwell.store import journal, models, personal, tx
from dunwell.store.records import calls, mistaken, watch

CONTACTED = ("email", "letter", "sms", "in_person")


class Said(NamedTuple):
    """What a person notes; `contacted` says how the customer was reached, "" for not at all."""

    note: str
    contacted: str = ""
    tone: str = ""
    step: str = ""
    items: tuple[str, ...] = ()
    entity: str | None = None


def open_note(
    scope: Scope, customer: str, said: Said, *, on: dt.date, today: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """Keep a note; where the customer was contacted, the contact counts, and a step if said.

    Raises: Refused for an empty note, a contact of tomorrow, a tone or step of no contact.
    """
    if not said.note.strip():
        raise Refused("note_missing", "a note needs its words: --note")
    if not said.contacted and (said.tone or said.step or said.items):
        raise Refused("not_contacted", "--tone, --step and --item are of a contact: --contacted")
    if on > today:
        raise Refused("date_ahead", f"a contact of {on} cannot be noted on {today}")
    with tx.transaction_of(scope):
        who, entity = named.customer(scope, customer), None
        led_to: dict[str, Any] = {}
        if said.contacted:
            entity, led_to = _contact(scope, customer, said, on)
        elif said.entity:
            entity = named.entity(scope, said.entity)
        row = models.Note.objects.create(
            organisation_id=scope.organisation_id, entity=entity, customer=who, at=now,
            by=scope.actor, led_to=led_to,
        )  # fmt: skip
        personal.keep(scope, "note", {(row.pk, "note"): said.note.encode()}, at=now)
        refs = {
            "note": row.pk, "customer": who.pk, "on": on, "contacted": said.contacted,
            "step": said.step,
        }  # fmt: skip
        journal.append(scope, "noted", refs=refs, at=now)
        if said.contacted:
            watch.wake(scope, [who.pk])
    return {"id": row.pk, "contacted": said.contacted, "step": said.step}


def close_note(scope: Scope, number: int, *, on: dt.date, now: dt.datetime) -> dict[str, Any]:
    """Take back a note that was kept in error, and the contact it told of; return what stands.

    Raises: Refused for an unknown note, or one taken back before.
    """
    with tx.transaction_of(scope):
        rows = models.Note.objects.filter(organisation_id=scope.organisation_id, pk=number)
        row = rows.select_related("customer").first()
        if row is None:
            raise Refused("unknown_note", f"no note {number}; see `dunwell note list`")
        if row.withdrawn_on is not None:
            raise Refused("over_already", f"note {number} was taken back already")
        mistaken.withdraw_note(scope, row, on=on, at=now)
    return {"id": row.pk, "customer": row.customer.reference, "state": "withdrawn"}


def _contact(
    scope: Scope, customer: str, said: Said, on: dt.date
) -> tuple[models.Entity, dict[str, Any]]:
    """Write the contact, and the step it was; return whose it is, and what was written."""
    case = by_hand.case_of(scope, customer, entity=said.entity)
    tone = said.tone or "friendly"
    led_to: dict[str, Any] = {}
    if said.step:
        step = by_hand.step_of(scope, case, said.step, said.items, on=on)
        if said.tone and book.harshness(said.tone) != book.harshness(step.step.tone):
            raise Refused("other_tone", f"{said.step} is {step.step.tone}, not {said.tone}")
        tone = step.step.tone
        by_hand.take(scope, step, on=on)
        led_to = {"items": step.items, "step": step.step.id}
    entity, who = case.entity.pk, case.customer.pk
    led_to["outreach"] = calls.record_contact(
        scope, entity_id=entity, customer_id=who, on=on, tone=tone, channel=said.contacted,
        step=said.step,
    )  # fmt: skip
    done = models.Done.objects.create(
        organisation_id=scope.organisation_id, entity_id=entity, customer_id=who, kind="attempt",
        on=on, channel=said.contacted,
    )  # fmt: skip
    led_to["done"] = [done.pk]
    return case.entity, led_to


def listed(
    scope: Scope, *, customer: str | None, number: int | None = None
) -> list[dict[str, Any]]:
    """List notes, newest first: all, one customer's, or the one of a number."""
    with tx.reading(scope):
        rows = models.Note.objects.filter(organisation_id=scope.organisation_id)
        if customer is not None:
            rows = rows.filter(customer=named.customer(scope, customer))
        if number is not None:
            rows = rows.filter(pk=number)
        found = list(rows.select_related("customer", "entity").order_by("-at", "-pk"))
        words = personal.read(scope, "note", [r.pk for r in found], fields=["note"])
        first = (
            models.Entity.objects.filter(organisation_id=scope.organisation_id)
            .order_by("pk")
            .first()
        )
        return [
            {
                "id": r.pk,
                "customer": r.customer.reference,
                "entity": r.entity.code if r.entity else None,
                "on": _day(r.at, r.entity or first),
                "note": words.get((r.pk, "note"), ""),
                "by": r.by,
                "withdrawn_on": r.withdrawn_on,
                "withdrawn_by": r.withdrawn_by,
            }
            for r in found
        ]


def _day(at: dt.datetime, entity: models.Entity | None) -> dt.date:
    return at.astimezone(zoneinfo.ZoneInfo(entity.time_zone if entity else "UTC")).date()
