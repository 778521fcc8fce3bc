"""What the operator has set: the entity's days, and the ways out (settings.yaml in the home)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import ruamel.yaml
from ruamel.yaml.error import YAMLError

from dunwell.core.errors import Misconfigured
from dunwell.core.scope import Scope
from dunwell.delivery.channel import Channel
from dunwell.delivery.email import SmtpChannel, SmtpSettings
from dunwell.delivery.file_outbox import FileOutbox
from dunwell.store import models, tx

EXAMPLE = """smtp:
  host: mail.example.com
  port: 587
  tls: starttls        # starttls, tls or none
  username: ar@example.com
  password: env:DUNWELL_SMTP_PASSWORD
"""


def time_zone(scope: Scope) -> str:
    """Return the time zone of the organisation's first entity.

    Raises: Misconfigured when there is no entity.
    """
    zone: str = _first_entity(scope).time_zone
    return zone


def currencies(scope: Scope) -> dict[str, str]:
    """Return each entity's base currency, for rows that name the entity and no currency."""
    with tx.reading(scope):
        return dict(
            models.Entity.objects.filter(organisation_id=scope.organisation_id).values_list(
                "code", "base_currency"
            )
        )


def _first_entity(scope: Scope) -> models.Entity:
    with tx.reading(scope):
        row = (
            models.Entity.objects.filter(organisation_id=scope.organisation_id)
            .order_by("pk")
            .first()
        )
    if row is None:
        raise Misconfigured("entity", "there is none yet; run `dunwell init`")
    return row


def base_currency(scope: Scope) -> str:
    """Return the currency of amounts that name none: the first entity's.

    Raises: Misconfigured when there is no entity.
    """
    currency: str = _first_entity(scope).base_currency
    return currency


def channels(scope: Scope, home: Path, *, files_only: bool) -> dict[str, Channel]:
    """Return the ways out: SMTP where it is set, else the file outbox; letters as files.

    Raises: Misconfigured when settings.yaml cannot be used.
    """
    outbox = FileOutbox(home / "outbox" / scope.organisation)
    smtp = None if files_only else load(home).get("smtp")
    mail: Channel = SmtpChannel(smtp_settings(smtp)) if smtp else outbox
    return {"email": mail, "letter": outbox}


def load(home: Path) -> dict[str, Any]:
    """Read settings.yaml of the home, {} where there is none.

    Raises: Misconfigured when it is not YAML of the shape in `EXAMPLE`.
    """
    path = home / "settings.yaml"
    if not path.exists():
        return {}
    try:
        found = ruamel.yaml.YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        wrong = getattr(error, "problem", None) or error
        raise Misconfigured("settings.yaml", f"not readable as YAML{line}: {wrong}") from error
    if not isinstance(found, dict | None):
        raise Misconfigured("settings.yaml", f"write it as:\n{EXAMPLE}")
    return found or {}


def smtp_settings(given: Any) -> SmtpSettings:
    """Return how to reach the mail server.

    Raises: Misconfigured for a missing host, an unknown key, or a password not found.
    """
    if not isinstance(given, dict) or not given.get("host"):
        raise Misconfigured("smtp.host", f"name the mail server:\n{EXAMPLE}")
    unknown = set(given) - {"host", "port", "tls", "username", "password", "timeout"}
    if unknown:
        raise Misconfigured(f"smtp.{min(unknown)}", f"no such setting; write:\n{EXAMPLE}")
    tls = str(given.get("tls", "starttls"))
    if tls not in ("starttls", "tls", "none"):
        raise Misconfigured("smtp.tls", f"{tls!r} is not starttls, tls or none")
    password = str(given.get("password", ""))
    if password.startswith("env:"):
        name = password[4:]
        if name not in os.environ:
            raise Misconfigured("smtp.password", f"set {name} in the environment")
        password = os.environ[name]
    return SmtpSettings(
        host=str(given["host"]),
        port=int(given.get("port", 587)),
        tls=tls,
        username=str(given.get("username", "")),
        password=password,
        timeout=float(given.get("timeout", 30)),
    )
