"""Django's settings, from the environment (docs/reference/settings.md)."""

from __future__ import annotations

import contextlib
import os
import secrets
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


def _key(file: Path) -> str:
    """Return the key that signs what goes out, made once a data folder; only its owner reads it."""
    made = secrets.token_urlsafe(48)
    if not file.exists() and file.parent.is_dir():  # before `init` there is no folder to keep it in
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(made + "\n")
        with contextlib.suppress(FileExistsError):  # another process was first: its key stands
            os.link(draft, file)
        draft.unlink()
    return file.read_text("ascii").strip() if file.exists() else made


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
SECRET_KEY = os.environ.get("DUNWELL_SECRET_KEY") or _key(HOME / "secret.key")
DUNWELL_HOSTS = [h.strip() for h in os.environ.get("DUNWELL_HOSTS", "").split(",") if h.strip()]
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *DUNWELL_HOSTS]
DUNWELL_PROXY = os.environ.get("DUNWELL_PROXY", "").strip()
IS_HTTPS = os.environ.get("DUNWELL_HTTPS", "") == "1"
ROOT_URLCONF = "dunwell.web.urls"
# Who tells the stories of a policy; the screens and the player know nothing of each other.
STORY_TELLER = "dunwell.sim.story.tell_text"
MIDDLEWARE = [
    "django.middleware.gzip.GZipMiddleware",  # pads what it packs, against guessing by length
    "django.middleware.security.SecurityMiddleware",  # says to browsers: over TLS only
    "dunwell.web.guard.Guard",
    "dunwell.portal.bounds.Bounds",
    "django.middleware.csrf.CsrfViewMiddleware",
    "dunwell.web.entry.Entry",
]
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_NAME = "dunwell_form"
CSRF_TRUSTED_ORIGINS = [f"https://{h}" for h in DUNWELL_HOSTS] if IS_HTTPS else []
CSRF_FAILURE_VIEW = "dunwell.project.doors.not_this_form"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = None  # `web.guard` says them
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000
# Nowhere does a file come in but where a page has its own way of taking one.
FILE_UPLOAD_HANDLERS: list[str] = []
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": False,
        "DIRS": [Path(__file__).parent.parent / r / "templates" for r in ("web", "portal")],
        "OPTIONS": {
            "builtins": ["dunwell.web.marks"],
            "libraries": {"portal": "dunwell.portal.marks"},
            "context_processors": ["django.template.context_processors.csrf"],
        },
    }
]
LOGGING_CONFIG = None
