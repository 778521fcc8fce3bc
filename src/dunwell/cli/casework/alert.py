"""`dunwell alert`: who hears when a customer crosses a threshold."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun

FIELDS = ("name", "on_what", "threshold", "entity", "who", "opened_on", "closed_on", "beyond")
CROSSED = ("customer", "entity", "crossed_on", "cleared_on")


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def alert() -> None:
        """Who hears when a customer crosses a threshold: amount, age, grade or step."""

    _seeing(alert)

    @door.command(alert, "open")
    @click.argument("name")
    @click.option(
        "--on-what",
        required=True,
        type=click.Choice(["amount", "age", "grade", "step"]),
        help="what is watched",
    )
    @click.option(
        "--threshold", required=True, metavar="X", help="5000.00, 60 (days), poor, or a step"
    )
    @click.option("--entity", metavar="CODE", help="only at this entity")
    @click.option("--who", default="", metavar="USER", help="who is told; by default you")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Watch a threshold: a task for each customer who crosses it, once."""
        _open_alert(at, **values)

    @door.command(alert, "close")
    @click.argument("name")
    @door.day_option("--on", "from when nobody is told; by default today")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, *, name: str, on: dt.date | None, request_key: str | None) -> None:
        """Watch a threshold no more; its crossings are kept."""
        from dunwell.desk import alert as desk
        from dunwell.desk import once

        def do() -> dict[str, Any]:
            closed = desk.close_alert(at.scope, name, on=at.day(on), now=at.now)
            return {"id": closed, "state": "closed"}

        done = once.run(
            at.scope, request_key, verb="alert close", request=[name, on], now=at.now, do=do
        )
        at.seal()
        show.as_done(done, f"alert {name} closed")


def _seeing(alert: click.Group) -> None:
    """Add list and show."""

    @door.command(alert, "list")
    @show.format_option()
    def list_(at: door.Door, *, shape: str) -> None:
        """List alerts, with how many customers lie beyond each."""
        from dunwell.desk import alert as desk

        noun.listed(desk.listed(at.scope), FIELDS, shape)

    @door.command(alert, "show")
    @click.argument("name")
    @show.format_option()
    def show_(at: door.Door, *, name: str, shape: str) -> None:
        """Show who has crossed a threshold, newest first."""
        from dunwell.desk import alert as desk

        found = desk.show(at.scope, name)
        if shape == "json":
            show.as_json(found)
        else:
            noun.listed(found["crossings"], CROSSED, shape)


def _open_alert(
    at: door.Door,
    *,
    name: str,
    on_what: str,
    threshold: str,
    entity: str | None,
    who: str,
    request_key: str | None,
) -> None:
    from dunwell.desk import alert, once

    def do() -> dict[str, Any]:
        made = alert.open_alert(
            at.scope, name, on_what=on_what, threshold=threshold, entity=entity, who=who,
            on=at.today, now=at.now,
        )  # fmt: skip
        return {"id": made, "state": "open"}

    request = [name, on_what, threshold, entity, who]
    done = once.run(at.scope, request_key, verb="alert open", request=request, now=at.now, do=do)
    at.seal()
    show.as_done(done, f"alert {name}: {on_what} {threshold}, for {who or at.by}")
