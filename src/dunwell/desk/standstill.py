"""A lawyer named, and a customer who wants no contact: what stops then, and by whose word it ends.

Either stops the whole customer at every entity; a wish about one channel stops that channel
alone. Statutory letters stay open to the role legal, who writes them by hand (SEMANTICS 7).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from dunwell.core import rows as inbound
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import named
from dunwell.store import journal, models, personal, tx
from dunwell.store.records import handoffs, people, watch

CHANNELS = ("email", "phone", "sms")
"""The channels a customer may want no contact by; phone means calls, at any number."""
KINDS = {
    "lawyer": ("legal_representation",),
    "ceased": ("ceased", *(f"ceased_{c}" for c in CHANNELS)),
}


def open_lawyer(
    scope: Scope,
    customer: str,
    *,
    contact: str,
    email: str = "",
    phone: str = "",
    address: str = "",
    on: dt.date,
    note: str = "",
    as_of: dt.date,
    now: dt.datetime,
) -> dict[str, Any]:
    """Stop everything toward a customer whom a lawyer speaks for, and keep the lawyer's address.

    Raises: Refused without any way to reach the lawyer, for a day ahead, or where one is named.
    """
    if not (email or phone or address):
        raise Refused("address_missing", "say how to reach the lawyer: --email, --phone, --address")
    made = inbound.ContactRow(
        line=0, customer=customer, role="legal", name=contact, email=email or None,
        phone=phone or None, address=address or None,
    )  # fmt: skip
    with tx.transaction_of(scope):
        done = _open(
            scope, customer, "legal_representation", on=on, note=note, as_of=as_of, now=now
        )
        people.upsert_contacts(scope, [made], at=now)
    return done


def open_ceased(
    scope: Scope,
    customer: str,
    *,
    channel: str | None,
    on: dt.date,
    note: str = "",
    as_of: dt.date,
    now: dt.datetime,
) -> dict[str, Any]:
    """Keep a customer's wish for no contact: at all, or by one channel; return the stop's id.

    Raises: Refused for a day ahead, or where it is kept already.
    """
    kind = f"ceased_{channel}" if channel else "ceased"
    with tx.transaction_of(scope):
        return _open(scope, customer, kind, on=on, note=note, as_of=as_of, now=now)


def _open(
    scope: Scope,
    customer: str,
    kind: str,
    *,
    on: dt.date,
    note: str,
    as_of: dt.date,
    now: dt.datetime,
) -> dict[str, Any]:
    if on > as_of:
        raise Refused("date_ahead", f"--on {on} lies ahead: enter it on the day it is known")
    who = named.customer(scope, customer)
    there = models.Stop.objects.filter(
        organisation_id=scope.organisation_id, customer=who, kind=kind, ended_on__isnull=True
    ).first()
    if there is not None:
        raise Refused("already_open", f"stop {there.pk} of {customer} says so already")
    stop = handoffs.open_stop(
        scope, kind, customer_id=who.pk, entity_id=None, on=on, reason=kind, at=now
    )
    if note:
        personal.keep(scope, "stop", {(stop.pk, "note"): note.encode()}, at=now)
    is_whole = kind in ("ceased", "legal_representation")
    cancelled = (
        handoffs.silence(scope, who.pk, why=kind.replace("_", " "), on=as_of, at=now)
        if is_whole
        else []
    )
    refs = {"stop": stop.pk, "kind": kind, "customer": who.pk, "items": [], "from": on,
            "until": None, "cancelled": cancelled}  # fmt: skip
    journal.append(scope, "stop_opened", refs=refs, at=now)
    watch.wake(scope, [who.pk])
    return {"id": stop.pk, "state": "open", "cancelled": len(cancelled)}


def close(
    scope: Scope, stop_id: int, *, noun: str, reason: str, as_of: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """End a stop of this noun: the customer may be contacted again from this day on.

    Raises: Refused for an unknown or ended one, or without a reason.
    """
    if not reason.strip():
        raise Refused("reason_missing", "say why contact is allowed again: --reason")
    with tx.transaction_of(scope):
        stop = models.Stop.objects.filter(
            organisation_id=scope.organisation_id, pk=stop_id, kind__in=KINDS[noun],
            ended_on__isnull=True,
        ).first()  # fmt: skip
        if stop is None:
            raise Refused(
                "nothing_to_close", f"no {noun} {stop_id} is open; see `dunwell {noun} list`"
            )
        handoffs.end_stop(scope, stop, on=as_of, at=now)
        refs = {"stop": stop.pk, "on": as_of, "reason": reason[:200]}
        journal.append(scope, "stop_closed", refs=refs, at=now)
        watch.wake(scope, [stop.customer_id])
    return {"id": stop_id, "state": "released"}


def listed(scope: Scope, *, noun: str, customer: str | None = None) -> list[dict[str, Any]]:
    """List the stops of this noun, newest first; a lawyer with name and address."""
    with tx.reading(scope):
        stops = models.Stop.objects.filter(
            organisation_id=scope.organisation_id, kind__in=KINDS[noun]
        ).select_related("customer").order_by("-pk")  # fmt: skip
        if customer is not None:
            stops = stops.filter(customer__reference=customer)
        notes = personal.read(scope, "stop", [s.pk for s in stops], fields=["note"])
        found = []
        for s in stops:
            row: dict[str, Any] = {
                "id": s.pk,
                "customer": s.customer.reference,
                "state": s.state,
                "from_on": s.from_on,
                "ended_on": s.ended_on,
                "by": s.by,
                "note": notes.get((s.pk, "note"), ""),
            }
            if noun == "ceased":
                row["channel"] = s.kind.removeprefix("ceased").removeprefix("_") or "all"
            else:
                row["contacts"] = _lawyers(scope, s.customer_id)
            found.append(row)
        return found


def _lawyers(scope: Scope, customer_id: int) -> list[dict[str, str]]:
    ids = list(
        models.Contact.objects.filter(
            organisation_id=scope.organisation_id, customer_id=customer_id, role="legal"
        )
        .order_by("number", "pk")
        .values_list("pk", flat=True)
    )
    kept = personal.read(scope, "contact", ids)
    return [
        {field: kept.get((pk, key), "")
         for field, key in (("name", "name"), ("email", "email"), ("phone", "phone"),
                            ("address", "letter"))}
        for pk in ids
    ]  # fmt: skip
