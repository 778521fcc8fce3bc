"""Serve the desk and the customers' pages to other machines: waitress, within bounds.

Waitress reads a whole request before a worker is taken for it, so that nobody holds a worker by
sending slowly. What may be sent to an address (`guard.most`) is checked as soon as its headers
are here: nobody fills a disk either. Read `server`, then what is above it.
"""

from __future__ import annotations

import copy
import socket
import time
from collections.abc import Callable
from typing import Any

from django.http import parse_cookie
from waitress import channel, parser
from waitress import server as waitress
from waitress.adjustments import Adjustments

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
