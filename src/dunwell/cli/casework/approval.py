"""`dunwell approval`: what waits for a role."""

from __future__ import annotations

from typing import Any

import click

from dunwell.cli import door, show
from dunwell.core import money


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def approval() -> None:
        """What waits for a role's answer; see `approve` and `refuse`."""

    @door.command(approval, "list")
    @click.argument("customer", required=False)
    @click.option(
        "--state",
        "states",
        multiple=True,
        default=("asked",),
        show_default=True,
        type=click.Choice(["asked", "granted", "refused"]),
        help="which; may be repeated",
    )
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, states: tuple[str, ...], shape: str) -> None:
        """List questions by state, all or one customer's; by default the open ones."""
        from dunwell.desk import approve

        _list_questions(approve.listed(at.scope, states=states, customer=customer), shape)


def _list_questions(rows: list[dict[str, Any]], shape: str) -> None:
    if shape == "json":
        show.as_json(rows)
        return
    heading = ["key", "customer", "entity", "what", "step", "by role", "amount", "asked", "state"]
    table = [
        [r["key"], r["customer"], r["entity"], r["what"], r["step"], r["approval"],
         " + ".join(money.text(a["amount_minor"], a["currency"]) for a in r["amounts"]),
         r["asked_on"], r["state"]]
        for r in rows
    ]  # fmt: skip
    if shape == "csv":
        show.as_csv(heading, table)
    else:
        show.as_table(heading, table)
