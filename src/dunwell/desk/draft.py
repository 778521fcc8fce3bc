"""Drafts of what a person could write about what waits for them, in the customer's language.

For a reply that was not read, one of an unknown sender, a dispute that was not answered, a promise
that was not kept, a message of unknown delivery. The words are fixed and filled with what is known
(`delivery.answers`); they admit, promise and settle nothing, and nothing is sent from here. Where
nobody may write now the draft says why and has no words. Writes nothing.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.db.models import Q

from dunwell.core.reasons import Reason
from dunwell.core.scope import Scope
from dunwell.delivery import answers
from dunwell.desk import by_hand, call_queue, compose
from dunwell.store import models, personal, tx
from dunwell.store.records import agreements

UNKEPT = ("broken", "partly_kept")
_SIGNS = "collector"
_NUMBER = re.compile("[0-9]{1,18}")
_SILENCED = {
    "insolvency": Reason.INSOLVENT, "legal_representation": Reason.LEGAL_REPRESENTATION,
    "ceased": Reason.CEASED, "ceased_email": Reason.CEASED,
}  # fmt: skip
"""Stops under which nobody writes to a customer, not even an answer."""
Fields = Mapping[str, str | dt.date | tuple[int, str]]


class Draft(NamedTuple):
    """One draft. `to` is empty where no address is known, `withheld` a reason or empty."""

    kind: str
    of: str
    customer: str | None
    entity: str
    to: str
    language: str
    subject: str
    text: str
    withheld: str


class _About(NamedTuple):
    """What a draft is made from."""

    kind: str
    customer: models.Customer | None
    entity: models.Entity
    fields: Fields
    to: str = ""


def of(scope: Scope, kind: str, of_: str, *, as_of: dt.date) -> Draft | None:
    """Return the draft about one thing: None where there is nothing of it to be answered.

    `kind` is reply, dispute, promise or delivery, or task for a broken promise's; `of_` its
    number, or the key of a delivery.
    """
    find = _FIND.get(kind)
    if find is None or (kind != "delivery" and not _NUMBER.fullmatch(of_)):
        return None
    with tx.reading(scope):
        about = find(scope, of_, as_of)
        return None if about is None else _made(scope, kind, of_, about, as_of)


def _made(scope: Scope, kind: str, of_: str, about: _About, as_of: dt.date) -> Draft:
    who, entity = about.customer, about.entity
    contact = None if who is None else _contact(scope, who)
    said = {} if contact is None else personal.read(scope, "contact", [contact.pk])
    pk = contact.pk if contact else 0
    to = about.to or (said.get((pk, "email"), "") if contact and _is_good(scope, contact) else "")
    if who is None:
        language = compose.LANGUAGE_OF.get(entity.country, "en")
    else:
        language = compose.language_of(contact.language if contact else None, who, entity)
    reference = who.reference if who else None
    withheld = _withheld(scope, about, as_of)
    if withheld:
        return Draft(kind, of_, reference, entity.code, "", language, "", "", withheld)
    signs = (entity.sender or {}).get("signatories", {}).get(_SIGNS, "")
    by = answers.Signed(said.get((pk, "name"), ""), signs, _SIGNS, entity.name or entity.code)
    made = answers.write(about.kind, about.fields, language=language, by=by)
    return Draft(
        kind, of_, reference, entity.code, to, made.language, made.subject, made.text, ""
    )  # fmt: skip


def _contact(scope: Scope, who: models.Customer) -> models.Contact | None:
    """Return whom a mail to a customer goes to: accounts payable, a person there first."""
    rows = models.Contact.objects.filter(
        organisation_id=scope.organisation_id, customer=who, role="ap"
    )
    return rows.order_by("-number", "pk").first()


def _is_good(scope: Scope, contact: models.Contact) -> bool:
    return models.Route.objects.filter(
        organisation_id=scope.organisation_id, contact=contact, channel="email", consent=True,
        invalid_on__isnull=True,
    ).exists()  # fmt: skip


def _withheld(scope: Scope, about: _About, as_of: dt.date) -> str:
    """Return why nobody may write now; chasing a promise is kept to all that a call is."""
    if about.customer is None:
        return ""
    kinds = (
        models.Stop.objects.filter(
            Q(until_on__isnull=True) | Q(until_on__gte=as_of),
            Q(ended_on__isnull=True) | Q(ended_on__gt=as_of),
            organisation_id=scope.organisation_id, customer=about.customer, from_on__lte=as_of,
            kind__in=tuple(_SILENCED),
        )
        .order_by("pk")
        .values_list("kind", flat=True)
    )  # fmt: skip
    found = next((str(_SILENCED[k]) for k in kinds), "")
    if found or about.kind != "promise":
        return found
    views = by_hand.views_of(scope, about.entity, [about.customer.pk], as_of=as_of)
    return call_queue.hindrance(views.get(about.customer.pk), None) or ""


# --- what each is about --------------------------------------------------------------------------


def _reply(scope: Scope, of_: str, as_of: dt.date) -> _About | None:
    row = (
        models.Reply.objects.filter(
            organisation_id=scope.organisation_id, pk=int(of_), state="unread"
        )
        .select_related("customer", "entity")
        .first()
    )
    if row is None:
        return None
    entity = row.entity or _first(scope)
    received = row.received_at.astimezone(zoneinfo.ZoneInfo(entity.time_zone)).date()
    sender = personal.read(scope, "reply", [row.pk], fields=["from"]).get((row.pk, "from"), "")
    to = sender if row.channel == "email" else ""
    if row.customer is None:
        return _About("unmatched", None, entity, {"received": received}, to)
    said = {"received": received, "reference": row.customer.reference}
    return _About("reply", row.customer, entity, said, to)


def _dispute(scope: Scope, of_: str, as_of: dt.date) -> _About | None:
    row = (
        models.Dispute.objects.filter(
            organisation_id=scope.organisation_id, stop_id=int(of_), decided_on__isnull=True,
            stop__ended_on__isnull=True,
        )
        .select_related("stop__customer", "stop__entity")
        .first()
    )  # fmt: skip
    if row is None:
        return None
    covers = agreements.covers_of(row.covers)
    numbers = sorted(agreements.labels(scope, [c.item for c in covers]).values())
    about = ", ".join(numbers) or row.stop.customer.reference
    said: Fields = {"about": about, "by": row.due_on if row.due_on > as_of else ""}
    return _About("dispute", row.stop.customer, row.stop.entity or _first(scope), said)


def _promise(scope: Scope, of_: str, as_of: dt.date) -> _About | None:
    row = (
        models.Promise.objects.filter(
            organisation_id=scope.organisation_id, stop_id=int(of_), state__in=UNKEPT
        )
        .select_related("stop__customer", "stop__entity")
        .first()
    )
    if row is None:
        return None
    said: Fields = {
        "amount": (row.amount_minor, row.currency), "by": row.by_on,
        "counted_to": min(as_of, compose.counted_to(scope) or as_of),
    }  # fmt: skip
    return _About("promise", row.stop.customer, row.stop.entity or _first(scope), said)


def _task(scope: Scope, of_: str, as_of: dt.date) -> _About | None:
    """Return the broken promise a task is about; other tasks have no draft."""
    cause = (
        models.Task.objects.filter(
            organisation_id=scope.organisation_id, pk=int(of_), kind="broken_promise", state="open"
        )
        .values_list("cause", flat=True)
        .first()
    )
    what, _, promise = (cause or "").partition(":")
    return _promise(scope, promise, as_of) if what == "promise" and promise.isdigit() else None


def _delivery(scope: Scope, of_: str, as_of: dt.date) -> _About | None:
    row = (
        models.Action.objects.filter(
            organisation_id=scope.organisation_id, key=of_, state="unknown"
        )
        .select_related("customer", "entity")
        .first()
    )
    if row is None or row.channel == "call":
        return None
    sent = (row.handed_at or row.send_at).astimezone(zoneinfo.ZoneInfo(row.entity.time_zone))
    said = {"sent": sent.date(), "reference": row.customer.reference}
    return _About("delivery", row.customer, row.entity, said)


_FIND: dict[str, Callable[[Scope, str, dt.date], _About | None]] = {
    "reply": _reply, "dispute": _dispute, "promise": _promise, "task": _task,
    "delivery": _delivery,
}  # fmt: skip


def _first(scope: Scope) -> models.Entity:
    entities = models.Entity.objects.filter(organisation_id=scope.organisation_id)
    return entities.order_by("pk")[0]


def as_plain(found: Draft) -> dict[str, Any]:
    """Return a draft as plain data."""
    return {
        "to": found.to, "language": found.language, "subject": found.subject, "text": found.text,
        "withheld": found.withheld or None,
    }  # fmt: skip
