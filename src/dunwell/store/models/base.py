"""What every table has: an organisation first."""

from __future__ import annotations

from django.db import models


class Owned(models.Model):
    """A row of one organisation; nothing crosses from one to another (DATA.md 1.1)."""

    organisation = models.ForeignKey(
        "store.Organisation", on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        abstract = True


def link(to: str, *, null: bool = False) -> models.ForeignKey:  # type: ignore[type-arg]
    """A reference without an index of its own: indexes begin with the organisation."""
    return models.ForeignKey(
        f"store.{to}", on_delete=models.PROTECT, related_name="+", db_index=False, null=null
    )


def word(length: int = 60, *, default: str = "") -> models.CharField:  # type: ignore[type-arg]
    """A short text, empty by default."""
    return models.CharField(max_length=length, default=default, blank=True)


def unique(table: str, *fields: str) -> models.UniqueConstraint:
    """A unique key that begins with the organisation."""
    return models.UniqueConstraint(fields=["organisation", *fields], name=f"uq_{table}")
