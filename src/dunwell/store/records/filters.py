"""Parts of a list that a person comes back to, kept under names of their own.

What somebody likes to look at changes nothing of the book, so no event tells of it.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from dunwell.core.scope import Scope
from dunwell.store import models


def mine(scope: Scope, page: str) -> QuerySet[models.SavedFilter]:
    """Return what whoever asks has kept for a list, in the order of its making."""
    rows = models.SavedFilter.objects.filter(
        organisation_id=scope.organisation_id, by=scope.actor, page=page
    )
    return rows.order_by("pk")


def keep(scope: Scope, page: str, name: str, query: dict[str, Any]) -> None:
    """Keep a part under a name, instead of what the name stood for."""
    models.SavedFilter.objects.update_or_create(
        organisation_id=scope.organisation_id, by=scope.actor, page=page, name=name,
        defaults={"query": query},
    )  # fmt: skip
