"""What the operator has set: the entity's days, and the ways out (settings.yaml in the home)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import ruamel.yaml
from ruamel.yaml.error import YAMLError

from dunwell.core.errors import Misconfigured
from dunwell.core.scope import Scope
from dunwell.delivery import pay
from dunwell.delivery.channel import Channel
from dunwell.delivery.email import SmtpChannel, SmtpSettings
from dunwell.delivery.file_outbox import FileOutbox
from dunwell.delivery.pay import stripe
from dunwell.delivery.sms import SmsChannel
from dunwell.delivery.sms.twilio import Twilio, TwilioSettings
from dunwell.store import models, tx

EXAMPLE = """smtp:
  host: mail.example.com
  port: 587
  tls: starttls        # starttls, tls or none
  username: ar@example.com
  password: env:DUNWELL_SMTP_PASSWORD
"""
PAY_EXAMPLE = """pay:
  provider: stripe
  key: env:DUNWELL_PAY_KEY
"""
SMS_EXAMPLE = """sms:
  provider: twilio
  account: AC00000000000000000000000000000000
  token: env:DUNWELL_SMS_TOKEN
  from: "+15005550006"   # a number, a short code, or a messaging service (MG…)
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
    """Return the ways out: SMTP and SMS where they are set, else files; letters as files.

    Letters that wait for a print run have no way out by themselves (`desk.letter`).

    Raises: Misconfigured when settings.yaml cannot be used.
    """
    outbox = FileOutbox(home / "outbox" / scope.organisation)
    given = {} if files_only else load(home)
    smtp, sms = given.get("smtp"), given.get("sms")
    ways: dict[str, Channel] = {} if is_print_run(given) else {"letter": outbox}
    mail: Channel = SmtpChannel(smtp_settings(smtp)) if smtp else outbox
    text: Channel = SmsChannel(Twilio(sms_settings(sms))) if sms else outbox
    return {"email": mail, "sms": text} | ways


def is_print_run(given: dict[str, Any]) -> bool:
    """Tell whether letters wait for a print run, as settings.yaml says; else they go as files.

    Raises: Misconfigured for a way there is not.
    """
    way = given.get("letters", "files")
    if way not in ("files", "print_run"):
        raise Misconfigured("letters", f"{way!r} is not files or print_run")
    return bool(way == "print_run")


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
    password = _secret("smtp.password", given.get("password", ""))
    return SmtpSettings(
        host=str(given["host"]),
        port=int(given.get("port", 587)),
        tls=tls,
        username=str(given.get("username", "")),
        password=password,
        timeout=float(given.get("timeout", 30)),
    )


def sms_settings(given: Any) -> TwilioSettings:
    """Return how to reach the provider of text messages.

    Raises: Misconfigured for a missing or unknown key, another provider, or a token not found.
    """
    if not isinstance(given, dict):
        raise Misconfigured("sms", f"write it as:\n{SMS_EXAMPLE}")
    unknown = set(given) - {"provider", "account", "token", "from", "url", "timeout"}
    if unknown:
        raise Misconfigured(f"sms.{min(unknown)}", f"no such setting; write:\n{SMS_EXAMPLE}")
    for name in ("account", "token", "from"):
        if not given.get(name):
            raise Misconfigured(f"sms.{name}", f"is missing; write:\n{SMS_EXAMPLE}")
    provider = str(given.get("provider", "twilio"))
    if provider != "twilio":
        raise Misconfigured("sms.provider", f"{provider!r} is not twilio")
    return TwilioSettings(
        account=_secret("sms.account", given["account"]),
        token=_secret("sms.token", given["token"]),
        sender=str(given["from"]),
        url=str(given.get("url", TwilioSettings._field_defaults["url"])),
        timeout=float(given.get("timeout", 30)),
    )


def pay_provider(home: Path) -> pay.Provider | None:
    """Return who takes payments online, None where nobody is set.

    Raises: Misconfigured for a missing or unknown key, another provider, or a key not found.
    """
    given = load(home).get("pay")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise Misconfigured("pay", f"write it as:\n{PAY_EXAMPLE}")
    unknown = set(given) - {"provider", "key", "url", "timeout"}
    if unknown:
        raise Misconfigured(f"pay.{min(unknown)}", f"no such setting; write:\n{PAY_EXAMPLE}")
    if not given.get("key"):
        raise Misconfigured("pay.key", f"is missing; write:\n{PAY_EXAMPLE}")
    provider = str(given.get("provider", "stripe"))
    if provider != "stripe":
        raise Misconfigured("pay.provider", f"{provider!r} is not stripe")
    return stripe.Stripe(
        stripe.StripeSettings(
            key=_secret("pay.key", given["key"]),
            url=str(given.get("url", stripe.API)),
            timeout=float(given.get("timeout", 20)),
        )
    )


def _secret(name: str, given: object) -> str:
    """Return a secret as it is written, or the environment variable it names."""
    text = str(given)
    if not text.startswith("env:"):
        return text
    if text[4:] not in os.environ:
        raise Misconfigured(name, f"set {text[4:]} in the environment")
    return os.environ[text[4:]]
