"""`dunwell checklist`: what must be done before an agency."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.core import handoff

ROW = click.Choice(list(handoff.ROWS))


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def checklist() -> None:
        """The checklist before an agency: eight rows, from the record and by people."""

    @door.command(checklist, "show")
    @click.argument("customer")
    @click.option("--entity", metavar="CODE", help="toward which entity, if several")
    @door.as_of_option()
    @show.format_option()
    def show_(
        at: door.Door, *, customer: str, entity: str | None, as_of: dt.date | None, shape: str
    ) -> None:
        """Show a customer's checklist: each row, what shows it, and what is missing."""
        from dunwell.desk import checklist as desk

        _print(desk.show(at.scope, customer, entity=entity, as_of=at.day(as_of)), shape)

    @door.command(checklist, "close")
    @click.argument("customer")
    @click.argument("row", type=ROW)
    @click.option("--entity", metavar="CODE", help="toward which entity, if several")
    @click.option("--note", required=True, metavar="T", help="what shows that it was done")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, **values: Any) -> None:
        """Say that a row was done by hand; prints the mark's id."""
        _mark(at, "close", **values)

    @door.command(checklist, "waive")
    @click.argument("customer")
    @click.argument("row", type=ROW)
    @click.option("--entity", metavar="CODE", help="toward which entity, if several")
    @click.option("--reason", required=True, metavar="R", help="why it may go undone")
    @door.key_option()
    @show.json_option()
    def waive(at: door.Door, **values: Any) -> None:
        """Let a row go undone, by name; it takes the role manager."""
        _mark(at, "waive", **values)


def _mark(
    at: door.Door,
    verb: str,
    *,
    customer: str,
    row: str,
    entity: str | None,
    request_key: str | None,
    **words: str,
) -> None:
    from dunwell.desk import checklist, once

    def do() -> dict[str, Any]:
        more: dict[str, Any] = {"entity": entity, "as_of": at.today, "now": at.now}
        if verb == "close":
            made = checklist.close(at.scope, customer, row, note=words["note"], **more)
        else:
            made = checklist.waive(at.scope, customer, row, reason=words["reason"], **more)
        return {"id": made, "row": row, "state": "done" if verb == "close" else "waived"}

    request = [customer, row, entity, *words.values()]
    done = once.run(
        at.scope, request_key, verb=f"checklist {verb}", request=request, now=at.now, do=do
    )
    at.seal()
    show.as_done(done, f"{row} of {customer}: {done['state']} by {at.by}")


def _print(found: dict[str, Any], shape: str) -> None:
    if shape == "json":
        show.as_json(found)
        return
    heading = ["row", "state", "proof", "missing", "by", "on", "why"]
    table = [
        [r["row"], r["state"], ", ".join(f"{p['ref']} {p['on']}" for p in r["proof"]),
         ", ".join(r["missing"]), r["by"], r["on"], r["why"]]
        for r in found["rows"]
    ]  # fmt: skip
    if shape == "csv":
        show.as_csv(heading, table)
    else:
        show.as_table(heading, table, title=f"{found['customer']}, {found['entity']}")
