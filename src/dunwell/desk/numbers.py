"""Whom to call, under which number: the contact planned first, then the others in order (6.6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from dunwell.core.scope import Scope
from dunwell.store import models, personal

CHANNELS = ("phone", "mobile")


class Number(NamedTuple):
    """A number that is valid and may be called, and who is there."""

    contact_id: int
    role: str
    name: str
    channel: str
    number: str
    best_time: str


def of(scope: Scope, customers: Collection[int]) -> dict[int, list[Number]]:
    """Return the numbers of each customer: by contact, a phone before a mobile."""
    rows = list(
        models.Route.objects.filter(
            organisation_id=scope.organisation_id, contact__customer_id__in=list(customers),
            channel__in=CHANNELS, consent=True, invalid_on__isnull=True,
        )
        .select_related("contact")
        .order_by("contact__number", "contact_id", "-channel")
    )  # fmt: skip
    said = personal.read(scope, "contact", {r.contact_id for r in rows})
    found: dict[int, list[Number]] = {}
    for r in rows:
        found.setdefault(r.contact.customer_id, []).append(
            Number(
                r.contact_id, r.contact.role, said.get((r.contact_id, "name"), ""), r.channel,
                said.get((r.contact_id, r.channel), ""), r.contact.best_time,
            )
        )  # fmt: skip
    return found


def in_order(
    numbers: Sequence[Number], *, role: str, contact_id: int | None, order: Sequence[str]
) -> list[Number]:
    """Order numbers as they are to be tried: who was planned, that role, then policy's order."""

    def rank(n: Number) -> tuple[object, ...]:
        place = order.index(n.role) if n.role in order else len(order)
        return (n.contact_id != contact_id, n.role != role, place, n.channel != "phone")

    return sorted(numbers, key=rank)
