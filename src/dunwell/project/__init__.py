"""Settings and wiring, nothing else."""

from __future__ import annotations

import os
from pathlib import Path


def setup(home: Path | None = None, database_url: str | None = None) -> None:
    """Make Django ready for one data folder; the first call in a process decides.

    `home` holds the database, key file and outbox. `database_url` (postgresql://…) takes the
    place of the embedded SQLite file.
    """
    if home is not None:
        os.environ["DUNWELL_HOME"] = str(home)
    if database_url is not None:
        os.environ["DUNWELL_DATABASE_URL"] = database_url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dunwell.project.settings")
    import django  # the settings must be in place before Django is loaded

    django.setup()


def migrate() -> None:
    """Bring the database's schema up to date."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
