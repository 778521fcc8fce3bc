"""A stand-in for Twilio on this machine: real HTTP, the same answers, nothing is sent.

For tests and for trying things out (`sms.url` in settings.yaml). It knows one account, takes
messages, refuses the numbers it is told to with the published error codes, and can be asked.
"""

from __future__ import annotations

import base64
import datetime as dt
import email.utils
import hmac
import json
import socket
import threading
import urllib.parse
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ACCOUNT, TOKEN, SENDER = f"AC{'0' * 32}", "token-of-the-double", "+15005550006"
_WORDS = {
    21211: "The 'To' number is not a valid phone number.",
    21610: "Attempt to send to unsubscribed recipient",
    21614: "'To' number is not a valid mobile number",
    21606: "The 'From' phone number provided is not a valid message-capable number",
    30003: "Unreachable destination handset",
}


class Double:
    """The other side: who is refused and how, and what was taken, in order.

    `refuses` gives a number the error code of a 400 answer, `fails` the code of a message that
    is taken and has failed at once, `statuses` an HTTP status without more; with numbers in
    `breaks` the message is taken and the connection breaks before the answer, with those in
    `drops` before it is taken. `clock` says when a message was made.
    """

    def __init__(self, *, clock: Callable[[], dt.datetime]) -> None:
        self.clock = clock
        self.refuses: dict[str, int] = {}
        self.fails: dict[str, int] = {}
        self.statuses: dict[str, int] = {}
        self.breaks: set[str] = set()
        self.drops: set[str] = set()
        self.token = TOKEN
        self.messages: list[dict[str, Any]] = []
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> str:
        """Listen on a free port of this machine; return the address to set as `sms.url`."""
        handler = type("Handler", (_Handler,), {"double": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Listen no more; may be called twice."""
        server, self._server = self._server, None
        if server is not None and self._thread is not None:
            server.shutdown()
            self._thread.join()
            server.server_close()

    def taken(self) -> list[tuple[str, str]]:
        """Return number and text of every message that was taken."""
        return [(m["to"], m["body"]) for m in self.messages if m["error_code"] is None]

    def make(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Take one message, as the API shows it."""
        code = self.fails.get(form["To"])
        made = {
            "sid": f"SM{len(self.messages) + 1:032x}",
            "account_sid": ACCOUNT,
            "to": form["To"],
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "body": form["Body"],
            "status": "queued" if code is None else "failed",
            "direction": "outbound-api",
            "error_code": code,
            "error_message": None if code is None else _WORDS.get(code, "failed"),
            "date_created": email.utils.format_datetime(self.clock().astimezone(dt.UTC)),
        }
        self.messages.append(made)
        return made


class _Handler(BaseHTTPRequestHandler):
    """One request, answered as the API does."""

    double: Double
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Show the account, or list messages to a number."""
        url = urllib.parse.urlsplit(self.path)
        if not self._is_known():
            return
        if url.path == f"/2010-04-01/Accounts/{ACCOUNT}.json":
            self._say(200, {"sid": ACCOUNT, "status": "active"})
        elif url.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
            to = dict(urllib.parse.parse_qsl(url.query)).get("To")
            rows = [m for m in self.double.messages if to in (None, m["to"])]
            self._say(200, {"messages": rows[::-1]})
        else:
            self._refuse(404, 20404, "The requested resource was not found")

    def do_POST(self) -> None:
        """Take a message, or do whatever was set for its number."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self._is_known():
            return
        form = dict(urllib.parse.parse_qsl(raw.decode()))
        to, double = form.get("To", ""), self.double
        if to in double.drops:
            self._hang_up()
        elif to in double.statuses:
            self._refuse(double.statuses[to], 0, "as set")
        elif to in double.refuses:
            code = double.refuses[to]
            self._refuse(400, code, _WORDS.get(code, "refused"))
        else:
            made = double.make(form)
            if to in double.breaks:
                self._hang_up()
            else:
                self._say(201, made)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr."""

    def _is_known(self) -> bool:
        wanted = base64.b64encode(f"{ACCOUNT}:{self.double.token}".encode()).decode()
        given = self.headers.get("Authorization", "")
        if hmac.compare_digest(given, f"Basic {wanted}"):
            return True
        self._refuse(401, 20003, "Authenticate")
        return False

    def _refuse(self, status: int, code: int, words: str) -> None:
        self._say(status, {"code": code, "message": words, "status": status})

    def _say(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)
