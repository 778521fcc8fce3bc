"""A stand-in for Stripe Checkout on this machine: real HTTP, the same answers, no money.

For tests and for trying things out (`pay.url` in settings.yaml). It knows one key, makes
sessions, shows a page on which each can be paid, and can be asked what became of them.
"""

from __future__ import annotations

import html
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk_test_of_the_double"


class Double:
    """The other side: the sessions made, in order, and the requests that made them.

    `status` lets every request be answered with that status and nothing more.
    """

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.forms: list[dict[str, str]] = []
        self.by_key: dict[str, str] = {}
        self.status = 0
        self.url = ""
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> str:
        """Listen on a free port of this machine; return the address to set as `pay.url`."""
        handler = type("Handler", (_Handler,), {"double": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self.url

    def stop(self) -> None:
        """Listen no more; may be called twice."""
        server, self._server = self._server, None
        if server is not None and self._thread is not None:
            server.shutdown()
            self._thread.join()
            server.server_close()

    def pay(self, id: str) -> str:
        """Let a session be paid; return where the customer is sent back to."""
        session = self.sessions[id]
        session |= {"payment_status": "paid", "status": "complete", "payment_intent": f"pi_{id}"}
        return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", id)

    def make(self, form: dict[str, str], key: str) -> dict[str, Any]:
        """Make a session as the API does: the same key, the same session."""
        self.forms.append(form)
        if key and key in self.by_key:
            return self.sessions[self.by_key[key]]
        id = f"cs_test_{len(self.sessions) + 1:08d}"
        money = "line_items[0][price_data]"
        self.sessions[id] = {
            "id": id,
            "object": "checkout.session",
            "url": f"{self.url}/pay/{id}",
            "amount_total": int(form[f"{money}[unit_amount]"]),
            "currency": form[f"{money}[currency]"],
            "client_reference_id": form["client_reference_id"],
            "metadata": {"dunwell": form["metadata[dunwell]"]},
            "success_url": form["success_url"],
            "cancel_url": form["cancel_url"],
            "payment_status": "unpaid",
            "payment_intent": None,
            "status": "open",
        }
        if key:
            self.by_key[key] = id
        return self.sessions[id]


class _Handler(BaseHTTPRequestHandler):
    """One request, answered as the API does."""

    double: Double
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Show a session, or the page on which it is paid."""
        where, _, id = self.path.partition("?")[0].rpartition("/")
        found = self.double.sessions.get(id)
        if where == "/pay" and found is not None:
            self._page(found)
        elif where == "/done" and found is not None:
            self._away(self.double.pay(id))
        elif self._is_known():
            missing = {"error": {"message": f"No such checkout.session: '{id}'"}}
            self._say(200 if found else 404, found or missing)

    def do_POST(self) -> None:
        """Make a session."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self._is_known():
            form = dict(urllib.parse.parse_qsl(body))
            self._say(200, self.double.make(form, self.headers.get("Idempotency-Key") or ""))

    def _is_known(self) -> bool:
        if self.double.status:
            self._say(self.double.status, {})
            return False
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            self._say(401, {"error": {"message": "Invalid API Key provided"}})
            return False
        return True

    def _page(self, session: dict[str, Any]) -> None:
        amount = f"{session['currency'].upper()} {session['amount_total']}"
        page = (
            f"<!doctype html><title>Stand-in</title><p>{html.escape(amount)} to be paid; no money "
            f'moves here.</p><p><a href="/done/{html.escape(session["id"])}">Pay</a> '
            f'<a href="{html.escape(session["cancel_url"])}">Leave</a></p>'
        ).encode()
        self._answer(200, page, "text/html; charset=utf-8")

    def _away(self, where: str) -> None:
        self.send_response(303)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _say(self, status: int, said: dict[str, Any]) -> None:
        self._answer(status, json.dumps(said).encode(), "application/json")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on the terminal."""
