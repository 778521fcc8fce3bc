"""The outer door: who may call, by which name, and what a page may load.

Without sign-in (the demo) whoever reaches a page can work on the book, so three walls stand,
each of which would do: the server binds a loopback address (`server.check_host`), a caller from
anywhere else is refused, and so is a request that names another host, which is how a page in
the user's own browser could be made to read this one (DNS rebinding). With sign-in the names
of `DUNWELL_HOSTS` are answered to as well.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

MOST, MOST_FILE, MOST_PORTAL = 1_000_000, 200_000_000, 5_100_000
"""Bytes of a form; of a file from the ledger; of what a customer sends, a file along with it."""
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]{1,5})?")
LOOPBACK_NAMES = ("localhost",)
CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "font-src 'self'; img-src 'self' data:; frame-src 'self'; object-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""What a page may load: its own files and nothing inline; every page works without a script."""
_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


def is_loopback(name: str) -> bool:
    """Tell whether a host name or address means this machine and no other.

    >>> [is_loopback(n) for n in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "example.com", "")]
    [True, True, True, False, False, False]
    """
    if name.lower() in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """Return the host that a Host header names, without its port.

    >>> [host_of(h) for h in ("127.0.0.1:8000", "[::1]:8000", "localhost", "[::1", "a:80@b", "")]
    ['127.0.0.1', '::1', 'localhost', '', '', '']
    """
    found = _HOST.fullmatch(header)
    return (found[1] or found[2]) if found else ""


def most(path: str, *, is_in: bool) -> int:
    """Return how many bytes may be sent to an address, by somebody who signed in or by anybody.

    >>> most("/sign-in", is_in=False), most("/import", is_in=False), most("/import", is_in=True)
    (1000000, 1000000, 201000000)
    """
    if path == "/import":
        return MOST_FILE + MOST if is_in else MOST
    return MOST_PORTAL if path.startswith("/portal/") else MOST


class Guard:
    """Refuses what comes from elsewhere or under another name; sets the headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or refuse in one plain line."""
        refused = _refusal(request)
        response = self.get_response(request) if refused is None else _plain(*refused)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def _refusal(request: HttpRequest) -> tuple[int, str] | None:
    host = host_of(str(request.META.get("HTTP_HOST", ""))).lower()
    named = {h.lower() for h in settings.DUNWELL_HOSTS}
    if not named and not is_loopback(str(request.META.get("REMOTE_ADDR", ""))):
        return 403, "This page is shown on the machine it runs on, and nowhere else."
    if not (is_loopback(host) or host in named):
        return 421, "This page does not answer to that name."
    if request.method not in ("GET", "HEAD", "POST"):
        return 405, "There is nothing here for that."
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    # The customers' own pages say it in their words, and the import in its own.
    is_own = request.path == "/import" or request.path.startswith("/portal/")
    if not is_own and not (length.isdecimal() and int(length) <= MOST):
        return 413, "This is more than a form here takes."
    return None


def _plain(status: int, words: str) -> HttpResponse:
    response = HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")
    if status == 405:
        response.headers["Allow"] = "GET, HEAD, POST"
    return response
