"""Twilio's Messages API (version 2010-04-01), over HTTPS with the standard library alone.

Knows: where a message is created and looked up, what the published error codes mean, and how
its webhooks say what came in or became of a message. A request that was written and not
answered is never repeated: Twilio keeps no key of ours, so it is looked up instead.
"""

from __future__ import annotations

import base64
import datetime as dt
import email.utils
import hashlib
import http.client
import json
import re
import ssl
import urllib.parse
from typing import Any, NamedTuple

from dunwell.core import stop_words
from dunwell.core.errors import (
    DeliveryFailed,
    HandoverUnknown,
    Misconfigured,
    Unavailable,
)
from dunwell.core.inbound import Failed, Inbound, e164

API = "https://api.twilio.com"
_VERSION = "2010-04-01"
_LARGEST = 5_000_000
_LISTED = 100
_SHORT = 20_000

# Error codes as published under www.twilio.com/docs/api/errors.
_BAD_NUMBER = frozenset({21211, 21214, 21217, 21265, 21401, 21421, 21614, 30004, 30005, 30006})
_OPTED_OUT = frozenset({21610})
_OURS = frozenset(
    {10001, 20003, 20005, 21212, 21408, 21603, 21606, 21608, 21609, 21612, 21659, 21660, 21661,
     21703, 30002, 30032, 30034}
)  # fmt: skip
_LATER = frozenset({20429, 21611, 30001, 30003, 30008, 30017, 30022})


class TwilioSettings(NamedTuple):
    """How to reach Twilio. `sender`: a number, a short code or a messaging service (MG…)."""

    account: str
    token: str
    sender: str
    url: str = API
    timeout: float = 30.0
    context: ssl.SSLContext | None = None


class Twilio:
    """One account; a connection of its own for each request."""

    def __init__(self, settings: TwilioSettings) -> None:
        self.settings = settings

    def open(self) -> None:
        """Ask for the account.

        Raises: Unavailable when Twilio does not answer, Misconfigured when it does not know us.
        """
        try:
            status, said = self._call("GET", ".json")
        except HandoverUnknown as error:
            raise Unavailable(str(error)) from error
        if status in (401, 403, 404):
            raise Misconfigured("sms.token", f"{_words(said)}; check account and token")
        if status != 200:
            raise Unavailable(f"twilio answers {status}: {_words(said)}")

    def send(self, to: str, text: str, key: str) -> str:
        """Create one message; return its SID. `key` is ours alone: Twilio takes none.

        Raises: DeliveryFailed, Unavailable or HandoverUnknown.
        """
        sender = self.settings.sender
        by = "MessagingServiceSid" if sender.startswith("MG") else "From"
        status, said = self._call("POST", "/Messages.json", {"To": to, by: sender, "Body": text})
        sid = str(said.get("sid") or "")
        if status in (200, 201) and sid:
            if said.get("status") in ("failed", "undelivered"):
                raise refusal(_code(said.get("error_code")), str(said.get("error_message") or ""))
            return sid
        if status in (429, 503):
            raise Unavailable(f"twilio answers {status}: {_words(said)}")
        if status in (401, 403) and not said.get("code"):
            raise Unavailable(f"twilio answers {status}: {_words(said)}")
        if 400 <= status < 500:
            raise refusal(_code(said.get("code")), _words(said))
        if 300 <= status < 400:
            raise Unavailable(f"twilio answers {status}, a redirect, which is not followed")
        # A gateway that gave up may have passed the message on before; it is looked up instead.
        raise HandoverUnknown(f"twilio answers {status}: {_words(said)}")

    def find(self, to: str, text: str, *, after: dt.datetime, before: dt.datetime) -> str | None:
        """Return the SID of this very text to this number, created in that time.

        Raises: Unavailable when Twilio cannot be asked.
        """
        query = urllib.parse.urlencode({"To": to, "PageSize": _LISTED})
        try:
            status, said = self._call("GET", f"/Messages.json?{query}")
        except HandoverUnknown as error:
            raise Unavailable(str(error)) from error
        if status != 200:
            raise Unavailable(f"twilio answers {status}: {_words(said)}")
        rows = said.get("messages")
        for row in rows if isinstance(rows, list) else ():
            made = _time(row.get("date_created"))
            is_it = row.get("body") == text and str(row.get("direction", "")).startswith("outbound")
            has_failed = row.get("status") in ("failed", "undelivered", "canceled")
            if is_it and not has_failed and made is not None and after <= made <= before:
                return str(row["sid"])
        return None

    def close(self) -> None:
        """Nothing is kept open."""

    def _call(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Make one request; return status and JSON answer.

        Raises: Unavailable when nothing left the house, HandoverUnknown when it may have.
        """
        connection = _connection(self.settings)
        try:
            connection.connect()
        except OSError as error:
            raise Unavailable(f"twilio cannot be reached: {error}") from error
        try:
            connection.request(
                method,
                f"/{_VERSION}/Accounts/{urllib.parse.quote(self.settings.account)}{path}",
                body=urllib.parse.urlencode(form).encode() if form else None,
                headers=_headers(self.settings, is_form=form is not None),
            )
            answer = connection.getresponse()
            said = answer.read(_LARGEST)
        except (OSError, http.client.HTTPException) as error:
            said_so = str(error) or type(error).__name__
            raise HandoverUnknown(f"the connection to twilio broke: {said_so}") from error
        finally:
            connection.close()
        return answer.status, _json(said)


def refusal(code: int, words: str) -> DeliveryFailed:
    """Return what one of the published error codes means for a message of ours.

    A code that is not known here is about the message: it is not tried again, and the number
    is left alone.
    """
    said, evidence = f"twilio: {words}".strip(), str(code)
    if code in _BAD_NUMBER:
        return DeliveryFailed(said, permanent=True, evidence=evidence)
    if code in _OPTED_OUT:
        return DeliveryFailed(
            said, permanent=True, evidence=evidence, is_address=False, about="opt_out"
        )
    about = "us" if code in _OURS else ""
    is_later = code in _LATER or code in _OURS
    return DeliveryFailed(
        said, permanent=not is_later, evidence=evidence, is_address=False, about=about
    )


def read(raw: bytes, *, file: str) -> Inbound | None:
    """Return what a saved webhook says, None where the bytes are none of Twilio's.

    Both forms are taken: the form-encoded body as it was posted, and the same fields as JSON.
    """
    fields = _fields(raw)
    sid = fields.get("MessageSid") or fields.get("SmsSid") or fields.get("SmsMessageSid") or ""
    if not sid or not fields.keys() & {"AccountSid", "From"}:
        return None
    status = (fields.get("MessageStatus") or fields.get("SmsStatus") or "received").lower()
    common: dict[str, Any] = {
        "file": file,
        "channel": "sms",
        "sha256": hashlib.sha256(raw).hexdigest(),
        "message_id": sid,
    }
    if status == "received":
        words = fields.get("Body", "")
        is_stop = fields.get("OptOutType", "").upper() == "STOP" or stop_words.is_stop(words)
        return Inbound(
            kind="stop" if is_stop else "reply",
            sender=_number(fields.get("From", "")),
            words=words,
            own_words=words,
            **common,
        )
    return _became(fields, status, sid, common)


def _became(fields: dict[str, str], status: str, sid: str, common: dict[str, Any]) -> Inbound:
    """Return what a status callback says of a message of ours."""
    to = _number(fields.get("To", ""))
    if status in ("failed", "undelivered"):
        no = refusal(_code(fields.get("ErrorCode")), fields.get("ErrorMessage", ""))
        failed = Failed(address=to, status=no.evidence, is_hard=no.permanent and no.is_address)
        return Inbound(kind="bounce", sender=to, reference=sid, failed=(failed,), **common)
    # Queued, sending and sent are only steps on the way.
    kind = status if status in ("delivered", "read") else "own"
    return Inbound(kind=kind, sender=to, reference=sid, **common)


def _number(text: str) -> str:
    return e164(text) or text.strip()[:40]


def _fields(raw: bytes) -> dict[str, str]:
    if len(raw) > _LARGEST:
        return {}
    text = raw.decode("utf-8", "replace").strip()
    if text.startswith("{"):
        found = _json(raw)
        return {str(k): str(v) for k, v in found.items() if isinstance(v, str | int)}
    if "\n" in text or not re.search(r"\b(?:Message|Sms)Sid=", text[:_SHORT]):
        return {}
    try:
        pairs = urllib.parse.parse_qsl(text, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return {}
    return dict(pairs)


def _connection(settings: TwilioSettings) -> http.client.HTTPConnection:
    """Return a connection that is not open yet.

    Raises: Misconfigured for an address that is neither HTTPS nor on this machine.
    """
    url = urllib.parse.urlsplit(settings.url)
    host = url.hostname or ""
    if url.scheme == "https":
        context = settings.context or ssl.create_default_context()
        return http.client.HTTPSConnection(
            host, url.port, timeout=settings.timeout, context=context
        )
    if url.scheme == "http" and host in ("127.0.0.1", "localhost", "::1"):
        return http.client.HTTPConnection(host, url.port, timeout=settings.timeout)
    raise Misconfigured("sms.url", f"{settings.url!r}: write an address that begins with https://")


def _headers(settings: TwilioSettings, *, is_form: bool) -> dict[str, str]:
    secret = base64.b64encode(f"{settings.account}:{settings.token}".encode()).decode()
    headers = {"Authorization": f"Basic {secret}", "Accept": "application/json",
               "Connection": "close"}  # fmt: skip
    if is_form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    return headers


def _json(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _code(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isdecimal() else 0


def _words(said: dict[str, Any]) -> str:
    return str(said.get("message") or "no reason given")[:300]


def _time(value: object) -> dt.datetime | None:
    try:
        return email.utils.parsedate_to_datetime(str(value))
    except (ValueError, TypeError):
        return None
