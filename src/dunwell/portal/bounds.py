"""The outer bounds of the customer's pages: how much may be sent, and what every answer says.

Stands before anything reads a request's body, so that nobody fills a disk with it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponseBase

from dunwell.desk import upload

PREFIX = "/portal/"
LARGEST = upload.LARGEST + 100_000
"""A file as large as may be, and a form around it."""
_FILE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}/dispute")
"""Where a file may come along."""
_HEADERS = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    # The address is the key. No other host learns it; of our own, a form must say where it
    # comes from: with "no-referrer" a browser would send "Origin: null", which no form may.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store, private",
}

_LOGGERS = (
    "django.request", "django.server", "django.security.csrf", "django.security.RequestDataTooBig",
    "waitress",
)  # fmt: skip
"""Who writes addresses into a log: the customer's are keys, and a log is read by others; so is
an invitation's."""
_ADDRESS = re.compile(rf"({PREFIX}|/invitation/)[A-Za-z0-9_-]{{20,}}")


def hide(record: logging.LogRecord) -> bool:
    """Take the keys out of what is written about these pages."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            _ADDRESS.sub(r"\1…", a) if isinstance(a, str) else a for a in record.args
        )
    return True


class Bounds:
    """Refuses bodies too large for the customer's pages; keeps them out of every index."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(hide)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or say that it is too large; other pages are left alone."""
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        if _length(request) > LARGEST:
            from dunwell.portal import views

            response: HttpResponseBase = views.too_large(request)
        else:
            if _FILE.fullmatch(request.path):
                request.upload_handlers = [TemporaryFileUploadHandler(request)]
            response = self.get_response(request)
        for name, value in _HEADERS.items():
            if name != "Cache-Control" or name not in response.headers:
                response.headers[name] = value
        return response


def _length(request: HttpRequest) -> int:
    """Return how long a request says its body is; what says nothing has none (WSGI)."""
    text = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(text) if text.isascii() and text.isdigit() else LARGEST + 1
