"""`dunwell law`: dated rows of law, shipped and added."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun

FIELDS = (
    "jurisdiction", "rule", "value", "debtor_type", "creditor_role", "from_on", "to_on", "is_own",
    "source",
)  # fmt: skip


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def law() -> None:
        """Dated rows of law: reference rates, margins, fixed sums, limits of contact."""

    @door.command(law, "add")
    @click.option("--jurisdiction", required=True, metavar="CODE", help="a country's code, or EU")
    @click.option("--rule", required=True, metavar="R", help="which rule, such as reference_rate")
    @click.option("--value", required=True, metavar="V", help="what it says, such as 2.15")
    @door.day_option("--from", "its first day", param="first", required=True)
    @door.day_option(
        "--to", "its last day; by default none, for a reference rate the half-year's", param="last"
    )
    @click.option("--source", required=True, metavar="S", help="where it stands")
    @click.option(
        "--debtor",
        type=click.Choice(["any", "business", "consumer"]),
        default="any",
        show_default=True,
        help="whose debts it is about",
    )
    @click.option(
        "--creditor",
        type=click.Choice(["any", "first_party", "third_party"]),
        default="any",
        show_default=True,
        help="whom it binds: who is owed, or who collects for others",
    )
    @door.key_option()
    @show.json_option()
    def add(at: door.Door, **values: Any) -> None:
        """Add a row of law; prints its id. It goes before what is shipped, and never changes."""
        _add(at, **values)

    @door.command(law, "list")
    @click.argument("jurisdiction", required=False)
    @click.option("--rule", metavar="R", help="only this rule")
    @door.day_option("--on", "only what holds on a day")
    @show.format_option()
    def list_(
        at: door.Door,
        *,
        jurisdiction: str | None,
        rule: str | None,
        on: dt.date | None,
        shape: str,
    ) -> None:
        """List the rows of law, shipped and added, each with its source."""
        from dunwell.desk import law as desk

        rows = desk.listed(at.scope, jurisdiction=jurisdiction, rule=rule, on=on)
        noun.listed(rows, FIELDS, shape)


def _add(
    at: door.Door,
    *,
    jurisdiction: str,
    rule: str,
    value: str,
    first: dt.date,
    last: dt.date | None,
    source: str,
    debtor: str,
    creditor: str,
    request_key: str | None,
) -> None:
    from dunwell.desk import law as desk
    from dunwell.desk import once

    def do() -> dict[str, Any]:
        made, row = desk.add(
            at.scope, jurisdiction=jurisdiction, rule=rule, value=value, first=first, last=last,
            source=source, debtor_type=debtor, creditor_role=creditor, now=at.now,
        )  # fmt: skip
        return {"id": made, **desk.as_plain(row)}

    request = [jurisdiction, rule, value, first, last, source, debtor, creditor]
    done = once.run(at.scope, request_key, verb="law add", request=request, now=at.now, do=do)
    at.seal()
    until = f" to {done['to_on']}" if done["to_on"] else " on"
    words = f"{done['rule']} of {done['jurisdiction']} is {done['value']}"
    show.as_done(done, f"{words} from {done['from_on']}{until}")
