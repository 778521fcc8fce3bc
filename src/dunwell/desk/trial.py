"""Try the ways out, and say what is set of them: one message to one's own address, no secret.

Nothing of a trial is kept but that it was made, by whom, and what came of it.
"""

from __future__ import annotations

import datetime as dt
import email.policy
import hashlib
import secrets
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

from dunwell.core.errors import DeliveryFailed, HandoverUnknown, Misconfigured, Refused, Unavailable
from dunwell.core.message import Message, Receipt
from dunwell.core.scope import Scope
from dunwell.desk import setting
from dunwell.store import journal, models, tx

CHANNELS = ("email", "sms", "letter")


class Way(NamedTuple):
    """One way out: where it leads, its settings as (name, value), and what is wrong with it."""

    channel: str
    leads_to: str
    says: list[tuple[str, str]]
    wrong: str = ""


def ways(home: Path, *, files_only: bool) -> list[Way]:
    """Return each way out as it is set, without secrets."""
    if files_only:
        return [Way(c, "files; this day is only played", []) for c in CHANNELS]
    try:
        given = setting.load(home)
    except Misconfigured as error:
        return [Way(c, "nowhere", [], str(error)) for c in CHANNELS]
    return [_mail(given.get("smtp")), _text(given.get("sms")), _letter(given)]


def _letter(given: dict[str, Any]) -> Way:
    try:
        is_run = setting.is_print_run(given)
    except Misconfigured as error:
        return Way("letter", "nowhere", [], str(error))
    return Way("letter", "a print run, posted by hand" if is_run else "files to print", [])


def _mail(given: object) -> Way:
    if not given:
        return Way("email", "files; no mail server is set", [])
    try:
        said = setting.smtp_settings(given)
    except Misconfigured as error:
        return Way("email", "nowhere", [], str(error))
    shown = [
        ("host", said.host), ("port", str(said.port)), ("tls", said.tls),
        ("username", said.username or "none"), ("password", "set" if said.password else "none"),
    ]  # fmt: skip
    return Way("email", f"the mail server {said.host}", shown)


def _text(given: object) -> Way:
    if not given:
        return Way("sms", "files; no provider is set", [])
    try:
        said = setting.sms_settings(given)
    except Misconfigured as error:
        return Way("sms", "nowhere", [], str(error))
    shown = [("provider", "twilio"), ("from", said.sender), ("token", "set")]
    return Way("sms", "the provider of text messages", shown)


def send(
    scope: Scope,
    address: str,
    *,
    entity: str,
    home: Path,
    files_only: bool,
    now: dt.datetime,
) -> Receipt:
    """Send one mail that says it is a trial; return the receipt.

    Raises: Refused for an unknown entity, one without an address to write from, or where the
    server said no, with what it said.
    """
    with tx.reading(scope):
        row = models.Entity.objects.filter(
            organisation_id=scope.organisation_id, code=entity
        ).first()
    if row is None:
        raise Refused("unknown_entity", f"no entity {entity!r}")
    sender = str((row.sender or {}).get("email") or "")
    if not sender:
        raise Refused(
            "no_sender", f"{entity} has no address to write from: dunwell letterhead {entity} FILE"
        )
    message = _message(row.name or row.code, sender, address, by=scope.actor, at=now)
    channel = setting.channels(scope, home, files_only=files_only)["email"]
    try:
        channel.open()
        receipt = channel.send(message, at=now)
    except (DeliveryFailed, HandoverUnknown, Unavailable) as error:
        _keep(scope, "failed", now=now)
        raise Refused("trial_failed", f"it did not go: {error}") from error
    finally:
        channel.close()
    _keep(scope, "sent", now=now)
    return receipt


def _keep(scope: Scope, outcome: str, *, now: dt.datetime) -> None:
    with tx.transaction_of(scope):
        refs = {"channel": "email", "outcome": outcome}
        journal.append(scope, "channel_tested", refs=refs, at=now)


def _message(name: str, sender: str, to: str, *, by: str, at: dt.datetime) -> Message:
    key = f"trial-{secrets.token_hex(8)}"
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"] = sender, to
    mail["Subject"] = f"A trial from {name}"
    mail["Date"] = at
    mail["Message-ID"] = f"<{key}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    text = (
        f"This is a trial of the way out of {name}, asked for by {by}.\n"
        "It asks for nothing. If you can read it, mails go out.\n"
    )
    mail.set_content(text)
    raw = mail.as_bytes()
    return Message(
        key=key, channel="email", to=to, subject=str(mail["Subject"]), language="en", text=text,
        html="", raw=raw, sha256=hashlib.sha256(raw).hexdigest(), sender_address=sender,
    )  # fmt: skip
