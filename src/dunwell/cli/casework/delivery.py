"""`dunwell delivery`: what was handed over, and what became of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def delivery() -> None:
        """What was handed over: list it, and say what became of the unknown."""

    @door.command(delivery, "list")
    @click.argument("customer", required=False)
    @click.option(
        "--state",
        "states",
        multiple=True,
        default=("unknown",),
        show_default=True,
        type=click.Choice(
            ["ready", "claimed", "handing", "waiting", "sent", "failed", "unknown", "cancelled"]
        ),
        help="which; may be repeated",
    )
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, states: tuple[str, ...], shape: str) -> None:
        """List deliveries by state, all or one customer's; by default the unknown ones."""
        from dunwell.desk import deliveries

        _list_deliveries(deliveries.listed(at.scope, states=states, customer=customer), shape)

    @door.command(delivery, "close")
    @click.argument("delivery_key", metavar="KEY")
    @click.option(
        "--outcome",
        type=click.Choice(["sent", "not_sent"]),
        default="sent",
        show_default=True,
        help="what became of it; not_sent may be tried again",
    )
    @door.day_option("--on", "when it was sent; by default the day it was handed over")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, **values: Any) -> None:
        """Say what became of an unknown delivery; nothing happens by itself."""
        _close_delivery(at, **values)


def _list_deliveries(rows: list[dict[str, Any]], shape: str) -> None:
    if shape == "json":
        show.as_json(rows)
        return
    fields = ["key", "customer", "entity", "step", "channel", "state", "handed_at", "reason"]
    table = [[r[f] for f in fields] for r in rows]
    if shape == "csv":
        show.as_csv(fields, table)
    else:
        show.as_table(fields, table)


def _close_delivery(
    at: door.Door, *, delivery_key: str, outcome: str, on: dt.date | None, request_key: str | None
) -> None:
    from dunwell.desk import deliveries, once

    def do() -> dict[str, Any]:
        customer = deliveries.close(at.scope, delivery_key, outcome=outcome, on=on, now=at.now)
        return {"id": delivery_key, "outcome": outcome, "customer": customer}

    request = [delivery_key, outcome, on]
    done = once.run(
        at.scope, request_key, verb="delivery close", request=request, now=at.now, do=do
    )
    at.seal()
    said = f"{delivery_key}: {outcome.replace('_', ' ')}; {done['customer']} is looked at again"
    show.as_done(done, said)
