"""`dunwell credit-hold`: no new orders until what is overdue is paid."""

from __future__ import annotations

import click

from dunwell.cli.casework import measures


def add_to(main: click.Group) -> None:
    """Add these commands."""
    measures.service(
        main, "credit_hold", "No new orders for a customer until what it names is paid."
    )
