"""`dunwell`: the list of commands, and the options that may stand before any of them."""

from __future__ import annotations

from pathlib import Path

import click

import dunwell


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=False,
)
@click.option("--home", type=click.Path(path_type=Path), help="data folder (or DUNWELL_HOME)")
@click.option("--organisation", metavar="SLUG", help="which organisation, if several")
@click.option("--by", metavar="USER", help="who asks; by default the system's user")
@click.option("--at", metavar="ISO-TIME", help="what time it is; by default the clock")
@click.version_option(dunwell.__version__, prog_name="dunwell")
def main(home: Path | None, organisation: str | None, by: str | None, at: str | None) -> None:
    """Collections for accounts receivable: a written policy decides, and says why.

    Start with `dunwell demo`, or `dunwell init` and `dunwell import items FILE`.
    """


def _load() -> None:
    from dunwell.cli import (  # the commands add themselves to `main`
        bookkeeping,
        casework,
        demo,
        night,
        policy,
        serve,
        upkeep,
        worklist,
    )

    for module in (bookkeeping, night, casework, policy, serve, upkeep, demo, worklist):
        module.add_to(main)


_load()
