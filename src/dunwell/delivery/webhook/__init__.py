"""Signed webhooks to another system, as Standard Webhooks 1.0.0 has them.

One event is one POST: `webhook-id` tells it from every other and stays the same at each try,
`webhook-timestamp` is when it was tried, `webhook-signature` the HMAC-SHA256 of both and the
body. The answer is read for one thing: whether the other system confirms. No redirect is
followed, and neither a slow nor a long answer can hold us up. Must not know: measures, tables.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import datetime as dt
import hashlib
import hmac
import http.client
import ipaddress
import json
import re
import socket
import threading
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol
from urllib.parse import urlsplit

from dunwell.core.errors import Misconfigured, Refused

EVENTS = (
    "suspension.requested",
    "suspension.lifted",
    "credit_hold.requested",
    "credit_hold.lifted",
    "terms.changed",
)
"""Every event another system may be told of."""

TEST = "hook.test"
"""The event of a trial; every hook understands it by answering 2xx."""

TRIES = 10
_FIRST, _LONGEST = 30, 12 * 3600
_PREFIX = "whsec_"
_KEY_BYTES = (24, 64)
_ANSWER_BYTES = 65_536
_REFERENCE = re.compile(r"[A-Za-z0-9._:/#-]{1,100}")


class Call(NamedTuple):
    """One event on its way: the same `key` and `body` at every try."""

    key: str
    url: str
    body: str


class Answer(NamedTuple):
    """What the other side said.

    confirmed: it is done; accepted: taken, and confirmed later by a person; failed: try again;
    gone: it wants to hear no more. `retry_after`: seconds it asks for. `evidence` holds no text
    of the answer but a reference, since people may have written it.
    """

    outcome: Literal["confirmed", "accepted", "failed", "gone"]
    status: int | None = None
    evidence: str = ""
    retry_after: int | None = None


class Poster(Protocol):
    """A way to hand an event over. `signs`: it needs the secret."""

    signs: bool

    def post(self, call: Call, *, secret: str, at: dt.datetime) -> Answer:
        """Hand one event over and return the answer; never raises for what the world does."""
        ...


def listens(patterns: list[str], event: str) -> bool:
    """Tell whether a hook that wants these events wants this one.

    >>> listens(["suspension.*"], "suspension.lifted"), listens(["terms.changed"], "terms.other")
    (True, False)
    """
    noun = event.partition(".")[0]
    return any(p in ("*", event, f"{noun}.*") for p in patterns)


def check_url(url: str) -> None:
    """Check an address events may go to: https, or http on this machine.

    Raises: Refused for any other, and for one that holds a password.
    """
    try:
        parts = urlsplit(url)
        host, port_is_fine = parts.hostname or "", parts.port != 0
    except ValueError:
        host, port_is_fine = "", False
    fine = host and port_is_fine and url.isascii() and not re.search(r"[\s\x00-\x20\x7f]", url)
    if not fine or parts.scheme not in ("https", "http") or len(url) > 500:
        raise Refused("bad_url", "write an address such as https://billing.example.com/hook")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Refused("bad_url", "no user, password or # in the address: events are signed instead")
    if parts.scheme == "http" and not _is_loopback(host):
        raise Refused("bad_url", f"{host}: only https, so that nobody on the way reads the events")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def key_of(secret: str) -> bytes:
    """Return the signing key of a secret such as whsec_….

    Raises: Misconfigured when it is not base64 of 24 to 64 bytes.
    """
    try:
        key = base64.b64decode(secret.strip().removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not _KEY_BYTES[0] <= len(key) <= _KEY_BYTES[1]:
        raise Misconfigured("secret", "write whsec_ and then base64 of 24 to 64 random bytes")
    return key


def signature(secret: str, *, key: str, at: int, body: bytes) -> str:
    """Return the `webhook-signature` of a message tried at a Unix time."""
    signed = b".".join((key.encode(), str(at).encode(), body))
    digest = hmac.digest(key_of(secret), signed, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(call: Call, *, secret: str, at: dt.datetime) -> dict[str, str]:
    """Return the headers of one try."""
    moment = int(at.timestamp())
    return {
        "content-type": "application/json",
        "user-agent": "dunwell",
        "webhook-id": call.key,
        "webhook-timestamp": str(moment),
        "webhook-signature": signature(secret, key=call.key, at=moment, body=call.body.encode()),
    }


def pause(key: str, *, tries: int) -> dt.timedelta:
    """Return how long to wait after so many tries: longer each time, spread by the key.

    >>> [pause("msg_1", tries=n).seconds // 60 for n in (1, 2, 3, 4)]
    [0, 2, 8, 30]
    >>> pause("msg_1", tries=10) < dt.timedelta(hours=15)
    True
    """
    base = min(_FIRST * 4 ** (tries - 1), _LONGEST)
    spread = hashlib.sha256(f"{key}:{tries}".encode()).digest()[0] % 41
    return dt.timedelta(seconds=base * (80 + spread) // 100)


def read(status: int, *, body: bytes, retry_after: str = "", is_whole: bool = True) -> Answer:
    """Return what an HTTP answer means; one that is too long to be read confirms nothing.

    >>> read(200, body=b"ok").outcome, read(202, body=b"").outcome, read(500, body=b"").outcome
    ('confirmed', 'accepted', 'failed')
    >>> read(200, body=b'{"confirmed": false}').outcome
    'accepted'
    """
    said = _json(body)
    reference = said.get("reference")
    known = isinstance(reference, str) and _REFERENCE.fullmatch(reference) is not None
    evidence = f"HTTP {status}" + (f", reference {reference}" if known else "")
    if 200 <= status < 300:
        is_done = is_whole and status != 202 and said.get("confirmed", True) is True
        return Answer("confirmed" if is_done else "accepted", status, evidence)
    later = min(int(retry_after), 2 * _LONGEST) if re.fullmatch(r"\d{1,9}", retry_after) else None
    return Answer("gone" if status == 410 else "failed", status, evidence, later)


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


class HttpPoster:
    """Posts over HTTPS, straight to the address; `seconds` bound one try from end to end."""

    signs = True

    def __init__(self, *, seconds: float = 20) -> None:
        self.seconds = seconds

    def post(self, call: Call, *, secret: str, at: dt.datetime) -> Answer:
        """Post one event. Raises: Refused or Misconfigured for an address or secret that is none.

        What the network does is an answer: no connection, no answer in time, a broken one.
        """
        check_url(call.url)
        parts = urlsplit(call.url)
        make = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        there = make(parts.hostname or "", parts.port, timeout=self.seconds)
        sent = headers(call, secret=secret, at=at)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        cut = threading.Event()
        try:
            there.connect()
            guard = threading.Timer(self.seconds, _cut, [there.sock, cut])
            guard.daemon = True
            guard.start()
            try:
                there.request("POST", target, body=call.body.encode(), headers=sent)
                answer = there.getresponse()
                body = answer.read(_ANSWER_BYTES)
                is_long = len(body) == _ANSWER_BYTES
                is_whole = not answer.length or is_long
            finally:
                guard.cancel()
        except (OSError, http.client.HTTPException, ValueError) as error:
            said = "no answer in time" if cut.is_set() else type(error).__name__
            return Answer("failed", None, said)
        finally:
            there.close()
        if cut.is_set() or not is_whole:
            return Answer("failed", None, "no whole answer in time")
        return read(
            answer.status, body=body, is_whole=not is_long,
            retry_after=answer.headers.get("retry-after") or "",
        )  # fmt: skip


def _cut(sock: socket.socket, cut: threading.Event) -> None:
    """End a connection that takes too long, whatever it is doing."""
    cut.set()
    with contextlib.suppress(OSError):
        # The plain shutdown: that of TLS would first take its state away from the reader.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class FilePoster:
    """Writes events to files instead, for days that are played; a person confirms them."""

    signs = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def post(self, call: Call, *, secret: str, at: dt.datetime) -> Answer:
        """Write one event; it is taken, and nobody has confirmed it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{call.key}.json").write_text(call.body + "\n", "utf-8")
        return Answer("accepted", None, "written to a file")
