"""`dunwell serve` and `dunwell invite`: the desk in the browser, for people who sign in."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
from urllib.parse import urlsplit

import click

from dunwell.cli import door, show
from dunwell.core.errors import Refused


def add_to(main: click.Group) -> None:
    """Add these commands."""
    _serve(main)
    _invite(main)


def _serve(main: click.Group) -> None:
    @door.command(main, "serve")
    @click.option(
        "--host", default="127.0.0.1", show_default=True, help="the address it listens on"
    )
    @click.option(
        "--port", type=click.IntRange(1, 65_535), default=8000, show_default=True, help="its port"
    )
    @click.option(
        "--workers", type=click.IntRange(1, 64), default=1, show_default=True,
        help="processes that answer",
    )  # fmt: skip
    def serve(at: door.Door, *, host: str, port: int, workers: int) -> None:
        """Serve the desk to people who sign in; behind a proxy with TLS for other machines."""
        from dunwell.web import guard

        scope = at.scope  # refuses here, and not in a worker, when nothing is set up
        if not guard.is_loopback(host) and not os.environ.get("DUNWELL_HOSTS"):
            raise Refused(
                "not_loopback",
                f"say by which name the desk is called before it listens on {host}: "
                "DUNWELL_HOSTS=desk.example.com, and DUNWELL_HTTPS=1 behind a proxy with TLS",
            )
        os.environ["DUNWELL_HOME"] = str(at.home)
        os.environ["DUNWELL_SERVES"] = scope.organisation
        show.say(f"The desk is open at http://{host}:{port}/. Ctrl-C closes it.")
        _run(host, port, workers)


def _run(host: str, port: int, workers: int) -> None:
    """Serve until interrupted or told to end, in one process or in several on one socket.

    Where one of several ends, all do: what starts this starts it anew.
    Raises: Refused where the address cannot be listened on.
    """
    signal.signal(signal.SIGTERM, _end)
    with bound(host, port) as sock:
        if workers == 1:
            _work(sock)
            return
        context = multiprocessing.get_context("spawn")
        staff = [context.Process(target=_work, args=(sock,), daemon=True) for _ in range(workers)]
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


def _work(sock: socket.socket) -> None:
    """Answer on a socket until told to end; what is being answered then is finished first."""
    signal.signal(signal.SIGTERM, _end)
    from dunwell.web import wsgi  # sets Django up, for the home in the environment

    from django.conf import settings  # isort: skip
    from dunwell.web import serving  # isort: skip

    serving.server(wsgi.application, sock, proxy=settings.DUNWELL_PROXY).run()


def _end(*_: object) -> None:
    raise SystemExit(0)


def bound(host: str, port: int) -> socket.socket:
    """Return a socket on an address. Raises: Refused where it cannot be listened on."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise Refused("cannot_listen", f"cannot listen on {host}:{port}: {error}") from error
    return sock


def _invite(main: click.Group) -> None:
    @door.command(main, "invite")
    @click.argument("name")
    @click.option(
        "--url", default="http://127.0.0.1:8000", show_default=True, metavar="URL",
        help="where the desk is served",
    )  # fmt: skip
    @show.json_option()
    def invite(at: door.Door, *, name: str, url: str) -> None:
        """Print a link with which a user chooses a password: once, within three days."""
        from dunwell.desk import access

        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise click.BadParameter(f"{url!r}: write https://desk.example.com", param_hint="--url")
        token = access.invite(at.scope, name, now=at.now)
        at.seal()
        link = f"{url.rstrip('/')}/invitation/{token}"
        show.as_done({"id": name, "link": link}, f"{name} chooses a password at {link}")
