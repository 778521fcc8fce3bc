"""Django's settings, from the environment (docs/reference/settings.md)."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from dunwell.store import walls

HOME = Path(os.environ.get("DUNWELL_HOME", ".dunwell")).absolute()


def _postgres(url: str, **options: str) -> dict[str, object]:
    """Read postgresql://user:password@host:port/name?sslmode=…; a socket folder goes in ?host=."""
    parts = urlsplit(url)
    query = {k: v[-1] for k, v in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": query | options,
    }


def _sqlite() -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(HOME / "dunwell.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;",
        },
    }


_url = os.environ.get("DUNWELL_DATABASE_URL", "")
_owner_url = os.environ.get("DUNWELL_DATABASE_OWNER_URL", "") or _url
DATABASES = (
    # The application acts as a role that owns nothing; only migrations act as the owner.
    {"default": _postgres(_url, assume_role=walls.ROLE), "owner": _postgres(_owner_url)}
    if _url
    else {"default": _sqlite()}
)
INSTALLED_APPS = ["dunwell.store"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
SECRET_KEY = os.environ.get("DUNWELL_SECRET_KEY", "the first screen signs nothing")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ROOT_URLCONF = "dunwell.web.urls"
MIDDLEWARE: list[str] = []
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": False,
        "DIRS": [Path(__file__).parent.parent / "web" / "templates"],
        "OPTIONS": {},
    }
]
LOGGING_CONFIG = None
