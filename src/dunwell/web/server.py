"""Serve the first screen on this machine: the standard library's server, one thread a request."""

from __future__ import annotations

import datetime as dt
import errno
import logging
import socket
import socketserver
import sys
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.web import guard

SCOPE, CLOCK, SIGNS_IN = "dunwell.scope", "dunwell.clock", "dunwell.signs_in"
"""Where a request carries whose desk it is, what tells the time, and whether people sign in."""
PLAYS, STARTS = "dunwell.plays", "dunwell.starts"
"""Where it carries whether the day is only played, and how work is started that goes on beside
the pages; by default in a thread."""
_PORTS = 20
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def check_host(host: str) -> None:
    """Let nothing but this machine's own addresses be listened on.

    Raises: Refused for any other, since there is no sign-in yet.
    """
    if not guard.is_loopback(host):
        raise Refused(
            "not_loopback",
            f"the first screen has no sign-in, so it is served on this machine only: {host!r} "
            "is not 127.0.0.1, ::1 or localhost",
        )


def application(
    scope: Scope,
    *,
    clock: Callable[[], dt.datetime],
    signs_in: bool = False,
    plays: bool = False,
) -> Application:
    """Return the pages of one organisation as a WSGI application.

    Where nobody signs in, whoever asks is the scope's actor. Where the day is only played, what
    is sent goes into files, and every hour of the day has come.
    """
    from django.core.handlers.wsgi import WSGIHandler

    pages = WSGIHandler()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        found: Iterable[bytes] = pages(
            environ | {SCOPE: scope, CLOCK: clock, SIGNS_IN: signs_in, PLAYS: plays},
            start_response,
        )
        return found

    return answer


def serve(
    scope: Scope,
    *,
    host: str,
    port: int,
    clock: Callable[[], dt.datetime],
    plays: bool = False,
    beside: tuple[str, str] = ("", ""),
    say: Callable[[str], None] = lambda words: print(words, file=sys.stderr, flush=True),
) -> None:
    """Serve until interrupted, on this port or, where it is taken, on the next free one.

    `beside` names one more page that is worth opening, and its path.

    Raises: Refused for a host that is not loopback, or when no port is free.
    """
    check_host(host)
    server = listen(host, port)
    server.set_app(application(scope, clock=clock, plays=plays))
    logging.getLogger("django.request").setLevel(logging.ERROR)  # a page not found is no news
    taken = f" (port {port} is taken)" if server.server_port != port and port else ""
    shown = f"[{host}]" if ":" in host else host
    site = f"http://{shown}:{server.server_port}"
    say(f"The desk is open at {site}/{taken}. Ctrl-C closes it.")
    if beside[1]:
        say(f"{beside[0]}: {site}{beside[1]}")
    with server:
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            say("Closed.")


def listen(host: str, port: int) -> Server:
    """Return a server on this port or the next free one after it; 0 takes any.

    Raises: Refused for a host that is not loopback, or when no port near it is free.
    """
    check_host(host)
    kind = _Server6 if ":" in host else Server
    for tried in range(port, min(port + _PORTS, 65_536)) if port else (0,):
        try:
            return kind((host, tried), _Handler)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise Refused("cannot_listen", f"cannot listen on {host}: {error}") from error
    raise Refused("port_taken", f"no free port from {port} on; name another with --port")


class Server(socketserver.ThreadingMixIn, WSGIServer):
    """Answers each request on a thread of its own: a browser keeps idle connections open."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def server_bind(self) -> None:
        """Take the address, without asking a name server what this machine is called."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went away; anything else is a bug and is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Server6(Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = 30

    def address_string(self) -> str:
        return str(self.client_address[0])

    def log_message(self, format: str, *args: Any) -> None:
        """Write no line a request: the terminal belongs to the person who started the demo."""
