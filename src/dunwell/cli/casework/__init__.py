"""Casework at the command line: one module a noun, the same verbs for each (DATA.md 3.7)."""

from __future__ import annotations

import click

from dunwell.cli.casework import approval, customer, delivery, dispute, hold

NOUNS = (customer, hold, dispute, approval, delivery)


def add_to(main: click.Group) -> None:
    """Add the commands of every noun."""
    for noun in NOUNS:
        noun.add_to(main)
