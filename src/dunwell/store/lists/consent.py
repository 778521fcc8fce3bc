"""Who wants no contact on a channel, and who wants none at all: counted, and listed by channel.

Must not know: why somebody hears nothing today (`core.standing`).
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db.models import Count, Q

from dunwell.core.scope import Scope
from dunwell.store import models

SILENT = ("ceased", "ceased_email", "ceased_phone", "ceased_sms", "legal_representation")
"""Stops by which a customer, or the law, has asked for silence."""


class Without(NamedTuple):
    """One contact that may not be reached on a channel: whose, in which role, since when."""

    customer: str
    role: str
    reason: str
    since_on: dt.date | None


def by_channel(scope: Scope) -> dict[str, int]:
    """Return how many contacts have no consent, by channel."""
    rows = models.Route.objects.filter(organisation_id=scope.organisation_id, consent=False)
    return dict(rows.values_list("channel").annotate(n=Count("pk")).order_by("channel"))


def without(scope: Scope, channel: str, *, start: int, limit: int) -> list[Without]:
    """Return contacts without consent on a channel, by customer."""
    rows = (
        models.Route.objects.filter(
            organisation_id=scope.organisation_id, consent=False, channel=channel
        )
        .order_by("contact__customer__reference", "pk")
        .values_list("contact__customer__reference", "contact__role", "invalid_reason",
                     "invalid_on")
    )  # fmt: skip
    return [Without(*row) for row in rows[start : start + limit]]


def silent(scope: Scope, *, as_of: dt.date) -> dict[str, int]:
    """Return how many customers asked for silence, by kind, as of a day."""
    rows = models.Stop.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gte=as_of),
        Q(ended_on__isnull=True) | Q(ended_on__gt=as_of),
        organisation_id=scope.organisation_id, kind__in=SILENT, from_on__lte=as_of,
    )  # fmt: skip
    return dict(
        rows.values_list("kind").annotate(n=Count("customer_id", distinct=True)).order_by("kind")
    )
