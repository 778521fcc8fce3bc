"""The other system: a real HTTP server that checks signatures by the standard, and answers.

It knows nothing of Dunwell's code: what it verifies it computes itself, as a receiver would.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()


class Heard(NamedTuple):
    """One request: its id and time, whether its signature holds, and what it says."""

    key: str
    timestamp: int
    is_signed: bool
    body: dict[str, Any]
    path: str


class Says(NamedTuple):
    """One answer. `drips`: seconds between its bytes; `breaks`: no answer at all."""

    status: int = 200
    body: bytes = b'{"confirmed": true}'
    headers: tuple[tuple[str, str], ...] = ()
    drips: float = 0
    breaks: bool = False


class OtherSystem:
    """Hears events and answers them in turn; `next` holds the answers to come.

    `raw` holds headers and body of each request as they came.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.heard: list[Heard] = []
        self.raw: list[tuple[dict[str, str], bytes]] = []
        self.next: list[Says] = []

    @property
    def events(self) -> list[str]:
        """The type of each event heard."""
        return [h.body["type"] for h in self.heard]


def is_signed(headers: Any, body: bytes) -> bool:
    """Check the signature as the standard says."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


@contextmanager
def listening() -> Iterator[OtherSystem]:
    """Run the other system on this machine."""

    class Handler(BaseHTTPRequestHandler):
        """Answers one request."""

        def do_POST(self) -> None:
            """Hear an event."""
            body = self.rfile.read(int(self.headers["content-length"]))
            system.raw.append(({k.lower(): v for k, v in self.headers.items()}, body))
            system.heard.append(
                Heard(
                    self.headers["webhook-id"], int(self.headers["webhook-timestamp"]),
                    is_signed(self.headers, body), json.loads(body), self.path,
                )
            )  # fmt: skip
            says = system.next.pop(0) if system.next else Says()
            if says.breaks:
                self.close_connection = True
                return
            self.send_response(says.status)
            for name, value in says.headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(says.body)))
            self.end_headers()
            try:
                for at in range(0, len(says.body), 1 if says.drips else 65_536):
                    self.wfile.write(says.body[at : at + (1 if says.drips else 65_536)])
                    time.sleep(says.drips)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    system = OtherSystem(f"http://127.0.0.1:{server.server_address[1]}/hook?from=dunwell")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield system
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
