"""`dunwell suspension`: a service stopped in another system until it is paid."""

from __future__ import annotations

import click

from dunwell.cli.casework import measures


def add_to(main: click.Group) -> None:
    """Add these commands."""
    measures.service(
        main, "suspension", "A service suspended in another system until what it names is paid."
    )
