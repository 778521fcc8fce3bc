"""One customer's folder: how it pays, what runs with it, all that happened, what was sent.

Each is a handful of queries whatever the customer's size, so that the page stays quick on a
large book. `view` has how the account stands, `explain` what is next and why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

from dunwell.core import candidate
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import day, explain, look, setting
from dunwell.desk import today as days
from dunwell.store import facts, models, personal, tx
from dunwell.store.lists import at_stake, casework, habits, timeline
from dunwell.store.records import outbox

LIVE = ("ready", "claimed", "waiting")
_WORDS = {"note": ("note", "note"), "call": ("call", "note"), "reply": ("reply", "subject"),
          "stop": ("stop", "note")}  # fmt: skip
"""What people wrote about a line of the timeline: whose row in `personal`, and its field."""


class Habit(NamedTuple):
    """How a customer pays one entity; days are None where too little is known.

    `average_days` counts twelve months, `recent_days` and `earlier_days` the last 90 days and
    those before.
    """

    entity: str
    average_days: int | None
    recent_days: int | None
    earlier_days: int | None
    likelihood: int | None
    broken_promises: int


class Happened(NamedTuple):
    """One line of the timeline, with what somebody wrote there, and what was agreed."""

    line: timeline.Line
    said: str
    agreed: casework.Agreed | None = None


class Page(NamedTuple):
    """One page of the timeline; `after` begins the next, None at its end."""

    lines: list[Happened]
    after: timeline.After | None


class Contact(NamedTuple):
    """One person, or the customer's own address: when best, and each way there."""

    role: str
    name: str
    language: str
    best_time: str
    routes: list[dict[str, Any]]


class Sent(NamedTuple):
    """A message as it was handed over, None where its bytes were erased, and its receipts."""

    customer: str
    name: str
    entity: str
    key: str
    channel: str
    step: str
    to_role: str
    state: str
    reason: str
    handed_at: dt.datetime | None
    sha256: str
    raw: bytes | None
    receipts: list[dict[str, Any]]
    time_zone: str


def entities_of(scope: Scope, customer: str) -> list[tuple[str, str]]:
    """Return the entities a customer has to do with, as (code, name)."""
    with tx.reading(scope):
        return list(
            models.Entity.objects.filter(
                organisation_id=scope.organisation_id,
                pk__in=models.Watch.objects.filter(
                    organisation_id=scope.organisation_id, customer__reference=customer
                ).values("entity_id"),
            )
            .order_by("code")
            .values_list("code", "name")
        )


def looked(
    scope: Scope, customer_id: int, reference: str, *, as_of: dt.date, today: dt.date
) -> tuple[list[explain.Explanation], list[days.Ladder]]:
    """Return what is next and why, and where each item stands on its ladder: one look for both.

    A past day is told from its decisions, and has no ladder.
    """
    if as_of < today:
        return explain.run(scope, reference, as_of=as_of, today=today), []
    with tx.reading(scope):
        payer = facts.families(scope).payer_of.get(customer_id, customer_id)
        known = models.Watch.objects.filter(
            organisation_id=scope.organisation_id, customer_id=payer
        )
        entities = set(known.values_list("entity_id", flat=True))
        fresh = look.propose(scope, as_of=as_of, customers=[payer], entities=entities)
        told = explain.run(scope, reference, as_of=as_of, today=today, fresh=fresh)
        return told, days.ladders(scope, payer, as_of=as_of, fresh=fresh)


def kin(scope: Scope, customer_id: int) -> tuple[list[str], list[str]]:
    """Return who pays for a customer, and for whom it pays, by reference: one case for all."""
    with tx.reading(scope):
        mine = models.Customer.objects.filter(organisation_id=scope.organisation_id)
        row = mine.get(pk=customer_id)
        payer = mine.filter(reference=row.parent).exclude(pk=row.pk) if row.parent else mine.none()
        payers = list(payer.values_list("reference", flat=True)) if row.pays_via_parent else []
        children = mine.filter(parent=row.reference, pays_via_parent=True).exclude(pk=row.pk)
        return payers, list(children.order_by("reference").values_list("reference", flat=True))


def pays(scope: Scope, customer_id: int, *, as_of: dt.date) -> list[Habit]:
    """Return how a customer pays each entity of which it had items in the last twelve months."""
    found = []
    with tx.reading(scope):
        owed = models.Assessment.objects.filter(
            organisation_id=scope.organisation_id, customer_id=customer_id, since_on__lte=as_of
        )
        newest: dict[int, models.Assessment] = {}
        for row in owed.select_related("entity").order_by("since_on", "pk"):
            newest[row.entity_id] = row
        for row in newest.values():
            by = at_stake.reader(scope, row.entity, as_of=as_of)
            by = by._replace(only=frozenset({customer_id}))
            made = habits.load(by, habits.Past({}, set()), given={})
            how = made.get(customer_id, candidate.NO_HABIT)
            found.append(_habit(row, how))
    return sorted(found)


def _habit(row: models.Assessment, how: candidate.Habit) -> Habit:
    known = row.inputs or {}
    weight = int(known.get("weight_minor") or 0)
    average = int(known.get("late_minor_days") or 0) // weight if weight else None
    return Habit(
        row.entity.code, average, how.recent_days, how.earlier_days, how.likelihood,
        int(known.get("broken_promises") or 0),
    )  # fmt: skip


def runs(
    scope: Scope, customer_id: int, *, as_of: dt.date
) -> tuple[casework.Casework, list[dict[str, Any]]]:
    """Return the casework of a customer, and its open orders where one is held or may be."""
    with tx.reading(scope):
        return casework.of(scope, customer_id, as_of=as_of), casework.orders(scope, customer_id)


def happened(
    scope: Scope,
    customer_id: int,
    *,
    until: dt.date,
    kinds: Collection[str] = (),
    after: timeline.After | None = None,
    limit: int,
    leaves_out_routine: bool = False,
) -> Page:
    """Return a page of everything that happened with a customer, newest first.

    `leaves_out_routine` keeps out decisions that say no more than the day or the message does.
    """
    zone = setting.time_zone(scope)
    with tx.reading(scope):
        lines = timeline.page(
            scope, customer_id, zone=zone, until=until, kinds=kinds, after=after, limit=limit + 1,
            leaves_out_routine=leaves_out_routine,
        )  # fmt: skip
        rest, lines = lines[limit:], lines[:limit]
        written = {
            (what, pk): text
            for what, (subject, field) in _WORDS.items()
            if (ids := [x.id for x in lines if x.what == what])
            for (pk, _), text in personal.read(scope, subject, ids, fields=[field]).items()
        }
        stops = {x.id for x in lines if x.what in ("stop", "stop_end")}
        agreed = casework.agreed(scope, stops) if stops else {}
    shown = [
        Happened(
            x, written.get((x.what, x.id), ""),
            agreed.get(x.id) if x.what in ("stop", "stop_end") else None,
        )
        for x in lines
    ]  # fmt: skip
    last = lines[-1] if rest else None
    return Page(shown, last and timeline.After(last.on, last.what, last.id))


def contacts(scope: Scope, customer_id: int) -> list[Contact]:
    """Return a customer's contacts with how valid each way is and since when it is not."""
    with tx.reading(scope):
        rows = list(
            models.Contact.objects.filter(
                organisation_id=scope.organisation_id, customer_id=customer_id
            ).order_by("number", "role")
        )
        said = personal.read(scope, "contact", [c.pk for c in rows])
        routes: dict[int, list[dict[str, Any]]] = {}
        for r in models.Route.objects.filter(
            organisation_id=scope.organisation_id, contact__in=rows
        ).order_by("channel"):
            routes.setdefault(r.contact_id, []).append(
                {
                    "channel": r.channel, "address": said.get((r.contact_id, r.channel), ""),
                    "consent": r.consent, "invalid_on": r.invalid_on, "invalid": r.invalid_reason,
                }
            )  # fmt: skip
    return [
        Contact(c.role, said.get((c.pk, "name"), ""), c.language, c.best_time, routes.get(c.pk, []))
        for c in rows
    ]


def openable(scope: Scope, keys: Collection[str], *, as_of: dt.date, today: dt.date) -> set[str]:
    """Return which of a customer's planned messages can be looked at on the day, by key."""
    if as_of < today or not keys:
        return set()
    with tx.reading(scope):
        if as_of > today or not day.is_run(scope, as_of):
            return set(keys)
        return set(
            models.Action.objects.filter(
                organisation_id=scope.organisation_id, key__in=list(keys), state__in=LIVE
            ).values_list("key", flat=True)
        )


def sent(scope: Scope, action_id: int) -> Sent:
    """Return what was handed over under an action. Raises: Refused where there is none."""
    with tx.reading(scope):
        row = (
            models.Action.objects.filter(organisation_id=scope.organisation_id, pk=action_id)
            .select_related("customer", "entity")
            .first()
        )
        if row is None:
            raise Refused("unknown_message", f"no message {action_id} of ours")
        receipts = list(
            models.Receipt.objects.filter(
                organisation_id=scope.organisation_id, action=row
            ).order_by("at", "pk")
        )
        names = personal.read(scope, "customer", [row.customer_id], fields=["name"])
        return Sent(
            row.customer.reference, names.get((row.customer_id, "name"), ""), row.entity.name,
            row.key, row.channel, row.step, row.to_role, row.state, row.reason, row.handed_at,
            next((r.message_sha256 for r in receipts if r.message_sha256), ""),
            outbox.message_of(scope, row.pk),
            [{"kind": r.kind, "at": r.at, "evidence": r.evidence} for r in receipts],
            row.entity.time_zone,
        )  # fmt: skip
