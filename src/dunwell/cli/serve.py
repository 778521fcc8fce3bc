"""`dunwell serve` and `dunwell invite`: the desk in the browser, for people who sign in."""

from __future__ import annotations

import os
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
        from django.conf import settings

        from dunwell.web import guard, serving

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
        serving.run(host, port, workers=workers, proxy=settings.DUNWELL_PROXY)


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
