"""Casework at the command line: one module a noun, the same verbs for each (DATA.md 3.7)."""

from __future__ import annotations

import click

from dunwell.cli.casework import (
    alert,
    approval,
    call,
    checklist,
    credit_hold,
    customer,
    dashboard,
    delivery,
    dispute,
    evidence,
    hold,
    hook,
    insolvency,
    interest,
    law,
    lawyer,
    letter,
    note,
    outstanding,
    path,
    placement,
    plan,
    portal,
    promise,
    referral,
    reply,
    suspension,
    task,
    terms,
    write_off,
)

NOUNS = (
    customer,
    hold,
    dispute,
    promise,
    plan,
    path,
    approval,
    delivery,
    letter,
    reply,
    suspension,
    credit_hold,
    terms,
    hook,
    checklist,
    placement,
    referral,
    write_off,
    insolvency,
    lawyer,
    alert,
    call,
    note,
    task,
    interest,
    law,
    evidence,
    portal,
    dashboard,
    outstanding,
)


def add_to(main: click.Group) -> None:
    """Add the commands of every noun."""
    for noun in NOUNS:
        noun.add_to(main)
