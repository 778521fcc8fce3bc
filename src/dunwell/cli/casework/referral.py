"""`dunwell referral`: debts with a lawyer."""

from __future__ import annotations

from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import placement


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def referral() -> None:
        """Debts referred to a lawyer, from 90 days and 5,000."""

    @door.command(referral, "open")
    @click.argument("customer")
    @click.option("--item", "items", multiple=True, metavar="N", help="an item; else all expired")
    @click.option("--entity", metavar="CODE", help="toward which entity, if several")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Ask the role legal to refer a customer's debts; prints the question's key."""
        placement.propose(at, "referral", **values)

    placement.add_common(referral, "referral", ("legal",))
