"""`dunwell path`: one case on another path than its own, until a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun

FIELDS = ("id", "customer", "entity", "segment", "cadence", "from_on", "until_on", "ended_on",
          "state", "by", "reason")  # fmt: skip


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def path() -> None:
        """One case on another path than its own, until a day."""

    @door.command(path, "open")
    @click.argument("customer")
    @click.option("--segment", default="", metavar="S", help="the path of this segment")
    @click.option("--cadence", default="", metavar="C", help="this cadence")
    @door.day_option("--until", "the last day on it; then its own is given back", required=True)
    @click.option("--reason", required=True, metavar="R", help="why")
    @click.option("--entity", metavar="CODE", help="toward this entity")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Move a customer's case to another path from today on; prints its id."""
        _open(at, **values)

    @door.command(path, "close")
    @click.argument("path_id", type=int, metavar="ID")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, *, path_id: int, request_key: str | None) -> None:
        """Give a case its own path back from today on."""
        from dunwell.desk import once
        from dunwell.desk import path as desk

        def do() -> dict[str, Any]:
            desk.close_path(at.scope, path_id, on=at.today, now=at.now)
            return {"id": path_id, "state": "over"}

        done = once.run(
            at.scope, request_key, verb="path close", request=[path_id], now=at.now, do=do
        )
        at.seal()
        show.as_done(done, f"path {path_id} is over")

    @door.command(path, "list")
    @click.argument("customer", required=False)
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, shape: str) -> None:
        """List paths, newest first: all, or one customer's."""
        from dunwell.desk import path as desk

        noun.listed(desk.listed(at.scope, customer=customer, as_of=at.today), FIELDS, shape)

    @door.command(path, "show")
    @click.argument("what", metavar="ID|CUSTOMER")
    @show.format_option()
    def show_(at: door.Door, *, what: str, shape: str) -> None:
        """Show one path by its id, or those of a customer."""
        from dunwell.desk import path as desk

        found = noun.of(desk.listed(at.scope, as_of=at.today), what, "path")
        if shape == "json" and str(found[0]["id"]) == what:
            show.as_json(found[0])
        else:
            noun.listed(found, FIELDS, shape)


def _open(
    at: door.Door,
    *,
    customer: str,
    segment: str,
    cadence: str,
    until: dt.date,
    reason: str,
    entity: str | None,
    request_key: str | None,
) -> None:
    from dunwell.desk import once, path

    def do() -> dict[str, Any]:
        made = path.open_path(
            at.scope, customer, segment=segment, cadence=cadence, until=until, reason=reason,
            entity=entity, on=at.today, now=at.now,
        )  # fmt: skip
        return {"id": made, "state": "open"}

    request = [customer, segment, cadence, until, reason, entity]
    done = once.run(at.scope, request_key, verb="path open", request=request, now=at.now, do=do)
    at.seal()
    words = f"path {done['id']}: {customer} walks {segment or cadence} until {until}"
    show.as_done(done, words)
