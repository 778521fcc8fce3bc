"""`dunwell reply`: what customers answered, and what it came to."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun

FIELDS = ("id", "received_at", "kind", "channel", "customer", "from", "subject", "state", "done")
OUTCOMES = (
    "understood", "promise", "dispute", "paid", "plan", "question", "wrong_contact", "unrelated",
)  # fmt: skip


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def reply() -> None:
        """What came in: answers that pause their case, bounces, receipts, stop words."""

    @door.command(reply, "list")
    @click.argument("customer", required=False)
    @click.option(
        "--state",
        "states",
        multiple=True,
        default=("unread",),
        show_default=True,
        type=click.Choice(["unread", "closed", "done", "unmatched"]),
        help="which; may be repeated",
    )
    @noun.draft_option()
    @show.format_option()
    def list_(
        at: door.Door, *, customer: str | None, states: tuple[str, ...], drafts: bool, shape: str
    ) -> None:
        """List what came in by state, all or one customer's; by default what waits for a reader."""
        from dunwell.desk import inbox

        rows = inbox.listed(at.scope, states=states, customer=customer)
        rows = noun.drafted(at, rows, "reply") if drafts else rows
        noun.listed(rows, FIELDS, shape)
        if drafts and shape == "table":
            noun.print_drafts(rows)

    @door.command(reply, "show")
    @click.argument("reply_id", type=int, metavar="ID")
    @click.option(
        "--format", "shape", type=click.Choice(["table", "json"]), default="table",
        show_default=True, help="how to print it",
    )  # fmt: skip
    def show_(at: door.Door, *, reply_id: int, shape: str) -> None:
        """Show one with its words."""
        from dunwell.desk import inbox

        found = inbox.shown(at.scope, reply_id)
        if shape == "json":
            show.as_json(found)
        else:
            _print(found)

    @door.command(reply, "close")
    @click.argument("reply_id", type=int, metavar="ID")
    @click.option(
        "--outcome",
        type=click.Choice(OUTCOMES),
        default="understood",
        show_default=True,
        help="what it came to; wrong_contact ends the way to whoever wrote",
    )
    @door.day_option("--on", "the first day its case goes on; by default today")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, **values: Any) -> None:
        """Say that a reply is understood, and what it came to; its case goes on."""
        _close(at, **values)


def _close(
    at: door.Door, *, reply_id: int, outcome: str, on: dt.date | None, request_key: str | None
) -> None:
    from dunwell.desk import inbox, once

    def do() -> dict[str, Any]:
        customer = inbox.close(at.scope, reply_id, outcome=outcome, on=at.day(on), now=at.now)
        return {"id": reply_id, "state": "closed", "outcome": outcome, "customer": customer}

    request = [reply_id, outcome, on]
    done = once.run(at.scope, request_key, verb="reply close", request=request, now=at.now, do=do)
    at.seal()
    show.as_done(done, f"reply {reply_id}: {outcome.replace('_', ' ')}")


def _print(found: dict[str, Any]) -> None:
    head = f"{found['kind']} {found['id']}, {found['received_at']:%Y-%m-%d %H:%M}, {found['state']}"
    click.echo(head + (f", {found['customer']}" if found["customer"] else ""))
    for name in ("from", "subject", "done", "outcome"):
        if found[name]:
            click.echo(f"  {name}: {found[name]}")
    if found["words"]:
        click.echo(f"\n{found['words']}")
