"""The one Django app; after every migration it raises the walls the database keeps."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StoreConfig(AppConfig):
    name = "dunwell.store"
    label = "store"

    def ready(self) -> None:
        """Let no migration leave a table without its wall."""
        post_migrate.connect(_raise_walls, sender=self, dispatch_uid="dunwell.walls")


def _raise_walls(using: str, plan: list[Any], **_: Any) -> None:
    from django.db import connections, transaction

    from dunwell.store import walls

    if not plan:
        return
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        walls.raise_walls(connections[using].vendor, cursor)
