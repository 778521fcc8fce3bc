"""`dunwell portal`: links to customers' own pages, and what came in through them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun

FIELDS = ("id", "customer", "entity", "state", "made_at", "made_by", "expires_at", "seen_at")


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def portal() -> None:
        """A customer's own page: links that open it, for one customer of one entity."""

    @door.command(portal, "open")
    @click.argument("customer")
    @click.option("--entity", metavar="CODE", help="which entity, where it owes several")
    @click.option(
        "--days", type=click.IntRange(1, 366), default=60, show_default=True,
        help="how long it opens",
    )  # fmt: skip
    @click.option(
        "--url", default="http://127.0.0.1:8000", show_default=True, metavar="URL",
        help="where customers reach the pages",
    )  # fmt: skip
    @show.json_option()
    def open_(at: door.Door, *, customer: str, entity: str | None, days: int, url: str) -> None:
        """Make a link for a customer; it is printed once and kept nowhere."""
        from dunwell.desk import portal as desk

        site = _site(url)
        made = desk.open_link(at.scope, customer, entity=entity, days=days, now=at.now)
        at.seal()
        link = f"{site}/portal/{made.token}"
        done = {"id": made.id, "entity": made.entity, "expires_at": made.expires_at, "link": link}
        show.as_done(done, f"link {made.id} of {customer}, until {made.expires_at:%Y-%m-%d}")

    @door.command(portal, "close")
    @click.argument("link_id", type=int, metavar="ID")
    @show.json_option()
    def close(at: door.Door, *, link_id: int) -> None:
        """Revoke a link: it opens nothing from now on."""
        from dunwell.desk import portal as desk

        customer = desk.close_link(at.scope, link_id, now=at.now)
        at.seal()
        show.as_done({"id": link_id, "state": "revoked"}, f"link {link_id} of {customer} revoked")

    @door.command(portal, "list")
    @click.argument("customer", required=False)
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, shape: str) -> None:
        """List links, newest first: all, or one customer's; never what opens them."""
        from dunwell.desk import portal as desk

        noun.listed(desk.listed(at.scope, customer=customer, now=at.now), FIELDS, shape)

    @door.command(portal, "file")
    @click.argument("dispute_id", type=int, metavar="DISPUTE")
    @click.option(
        "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("."),
        help="the folder it is written to; by default this one",
    )  # fmt: skip
    @show.json_option()
    def file(at: door.Door, *, dispute_id: int, out: Path) -> None:
        """Save the file a customer sent with a dispute, under a name of ours."""
        _save(at, dispute_id, out)


def _site(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise click.BadParameter(f"{url!r}: write https://pay.example.com", param_hint="--url")
    return url.rstrip("/")


def _save(at: door.Door, dispute: int, out: Path) -> None:
    from dunwell.desk import upload

    found = upload.of_dispute(at.scope, dispute)
    out.mkdir(parents=True, exist_ok=True)
    where = out / found.name(dispute)
    where.write_bytes(found.content)
    done: dict[str, Any] = {
        "id": dispute, "file": str(where), "bytes": len(found.content), "said": found.said_name,
    }  # fmt: skip
    show.as_done(done, f"{where}, sent as {found.said_name or 'a file without a name'}")
