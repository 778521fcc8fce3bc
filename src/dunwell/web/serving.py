"""Serve the desk and the customers' pages to other machines: waitress, within bounds.

Waitress reads a whole request before a worker is taken for it, so that nobody holds a worker by
sending slowly. What may be sent to an address (`guard.most`) is checked as soon as its headers
are here: nobody fills a disk either. Read `run`, then `Server`.
"""

from __future__ import annotations

import copy
import multiprocessing
import multiprocessing.connection
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from django.http import parse_cookie
from waitress import channel, parser
from waitress import server as waitress
from waitress.adjustments import Adjustments

from dunwell.core.errors import Refused
from dunwell.web import entry, guard

THREADS, CONNECTIONS = 8, 1000
"""How many requests one process answers at once, and how many it listens to meanwhile."""
IDLE_SECONDS, LONGEST_SECONDS = 30, 600
"""How long a connection may say nothing, and how long sending one request may take."""


class _Request(parser.HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """A request as it comes in; what is larger than its address takes ends with its headers."""

    def __init__(self, adj: Adjustments) -> None:
        super().__init__(adj)
        self.begun = time.time()

    def parse_header(self, header_plus: bytes) -> None:
        """Read the headers, and learn how much may follow."""
        super().parse_header(header_plus)
        cookies = parse_cookie(self.headers.get("COOKIE", ""))
        self.adj: Any = copy.copy(self.adj)
        self.adj.max_request_body_size = 1 + guard.most(
            self.path, is_in=bool(entry.token_in(cookies))
        )


class _Channel(channel.HTTPChannel):  # type: ignore[misc]
    parser_class = _Request


class Server(waitress.TcpWSGIServer):  # type: ignore[misc]
    """Answers on one socket; leaves whoever takes too long to say what they want."""

    channel_class = _Channel

    def maintenance(self, now: float) -> None:
        """Close what is idle, and what is being sent for too long, byte by byte."""
        super().maintenance(now)
        for one in self.active_channels.values():
            if one.request is not None and one.request.begun + LONGEST_SECONDS < now:
                one.will_close = True


def server(application: Callable[..., Any], sock: socket.socket, *, proxy: str = "") -> Server:
    """Return a server on a socket that is bound; `proxy` is the address of the one in front.

    A request from there is one from the last address it says (`X-Forwarded-For`); what anybody
    else says of that is not read.
    """
    trusted: dict[str, Any] = {
        "trusted_proxy": proxy, "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }  # fmt: skip
    said = Adjustments(
        sockets=[sock], threads=THREADS, connection_limit=CONNECTIONS, asyncore_use_poll=True,
        channel_timeout=IDLE_SECONDS, cleanup_interval=10, max_request_header_size=32_768, ident="",
        clear_untrusted_proxy_headers=bool(proxy), **(trusted if proxy else {}),
    )  # fmt: skip
    info = (sock.family, sock.type, sock.proto, sock.getsockname())
    return Server(application, _sock=sock, bind_socket=False, adj=said, sockinfo=info)


def run(host: str, port: int, *, workers: int, proxy: str) -> None:
    """Serve until interrupted or told to end, in one process or in several on one socket.

    Where one of several ends, all do: what starts this starts it anew.
    Raises: Refused where the address cannot be listened on.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _bound(host, port) as sock:
        if workers == 1:
            _work(sock, proxy)
            return
        context = multiprocessing.get_context("spawn")
        staff = [
            context.Process(target=_work, args=(sock, proxy), daemon=True) for _ in range(workers)
        ]
        try:
            for one in staff:
                one.start()
            multiprocessing.connection.wait([one.sentinel for one in staff])
        except KeyboardInterrupt:
            pass
        finally:
            for one in staff:
                one.terminate()
            for one in staff:
                one.join(10)


def _work(sock: socket.socket, proxy: str) -> None:
    """Answer on a socket until this process is told to end; what is being answered is finished."""
    from dunwell.web import wsgi  # it sets Django up, for the home this process was given

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server(wsgi.application, sock, proxy=proxy).run()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise Refused("cannot_listen", f"cannot listen on {host}:{port}: {error}") from error
    return sock
