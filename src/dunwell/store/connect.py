"""Reach the database: Django made ready for one data folder, its schema brought up to date."""

from __future__ import annotations

import os
from pathlib import Path

from dunwell.core.errors import Misconfigured


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
    """Bring the database's schema up to date, as the owner of its tables.

    On PostgreSQL the login of daily work is then let in, to act as a role that owns nothing.
    Raises: Misconfigured when the database cannot be reached, or a right is missing.
    """
    from django.core.management import call_command
    from django.db import connections
    from django.db.utils import OperationalError, ProgrammingError

    from dunwell.store import walls

    owner = "owner" if "owner" in connections else "default"
    login = connections["default"].settings_dict["USER"]
    try:
        call_command("migrate", database=owner, verbosity=0, interactive=False)
        if connections[owner].vendor == "postgresql" and login:
            with connections[owner].cursor() as cursor:
                walls.admit(cursor, login)
    except (OperationalError, ProgrammingError) as error:
        raise Misconfigured("database", " ".join(str(error).split())) from error
    finally:
        connections[owner].close()
