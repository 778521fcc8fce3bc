"""Reach the database: Django made ready for one data folder, its schema brought up to date."""

from __future__ import annotations

import os
from pathlib import Path


def setup(
    home: Path | None = None, database_url: str | None = None, owner_url: str | None = None
) -> None:
    """Make Django ready for one data folder; the first call in a process decides.

    `home` holds the database, key file and outbox. `database_url` (postgresql://…) takes the
    place of the embedded SQLite file; `owner_url` is the login that owns its tables, used by
    migrations alone (by default the same one).
    """
    if home is not None:
        os.environ["DUNWELL_HOME"] = str(home)
    if database_url is not None:
        os.environ["DUNWELL_DATABASE_URL"] = database_url
    if owner_url is not None:
        os.environ["DUNWELL_DATABASE_OWNER_URL"] = owner_url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dunwell.project.settings")
    import django  # the settings must be in place before Django is loaded

    django.setup()


def migrate() -> None:
    """Bring the database's schema up to date, as the owner of its tables."""
    from django.core.management import call_command
    from django.db import connections

    owner = "owner" if "owner" in connections else "default"
    call_command("migrate", database=owner, verbosity=0, interactive=False)
    connections[owner].close()
