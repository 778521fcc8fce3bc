"""`dunwell interest`: interest and fixed compensation on late items."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.core import money


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def interest() -> None:
        """Interest and fixed compensation on late items: counted, claimed, waived."""

    @door.command(interest, "list")
    @click.argument("customer", required=False)
    @click.option("--entity", metavar="CODE", help="only of this entity")
    @click.option("--paid", "with_paid", is_flag=True, help="also items that were paid late")
    @door.as_of_option("the day through which it is counted; by default today")
    @show.format_option()
    def list_(
        at: door.Door,
        *,
        customer: str | None,
        entity: str | None,
        with_paid: bool,
        as_of: dt.date | None,
        shape: str,
    ) -> None:
        """List what would be claimed on each late item, or why nothing is."""
        from dunwell.desk import interest as desk

        rows = desk.listed(
            at.scope, customer=customer, entity=entity, as_of=at.day(as_of), with_paid=with_paid
        )
        _list(rows, shape)

    @door.command(interest, "open")
    @click.argument("customer")
    @click.option("--item", "items", multiple=True, metavar="N", help="an item; else all late ones")
    @click.option("--entity", metavar="CODE", help="which entity is owed, if several")
    @door.as_of_option("the last day that is claimed; by default today")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Claim what is left of interest and compensation, or ask the role that approves it."""
        _open(at, **values)

    @door.command(interest, "close")
    @click.argument("claim_id", type=int, metavar="ID")
    @click.option("--reason", required=True, metavar="R", help="why it is given up")
    @door.day_option("--on", "the day it is given up; by default today")
    @door.key_option()
    @show.json_option()
    def close(
        at: door.Door, *, claim_id: int, reason: str, on: dt.date | None, request_key: str | None
    ) -> None:
        """Waive what is open of a claim, by name; its history is kept."""
        from dunwell.desk import interest as desk
        from dunwell.desk import once

        done = once.run(
            at.scope, request_key, verb="interest close", request=[claim_id, reason, on],
            now=at.now,
            do=lambda: desk.waive(at.scope, claim_id, reason=reason, on=at.day(on), now=at.now),
        )  # fmt: skip
        at.seal()
        amount = money.text(done["amount_minor"], done["currency"])
        show.as_done(done, f"claim {claim_id} waived: {amount}")

    @door.command(interest, "show")
    @click.argument("claim_id", type=int, metavar="ID")
    @click.option(
        "--format", "shape", type=click.Choice(["table", "json"]), default="table",
        show_default=True, help="how to print it",
    )  # fmt: skip
    def show_(at: door.Door, *, claim_id: int, shape: str) -> None:
        """Show a claim with all it rests on, line by line."""
        from dunwell.desk import interest as desk

        found = desk.shown(at.scope, claim_id)
        if shape == "json":
            show.as_json(found)
        else:
            _show(found)


def _open(
    at: door.Door,
    *,
    customer: str,
    items: tuple[str, ...],
    entity: str | None,
    as_of: dt.date | None,
    request_key: str | None,
) -> None:
    from dunwell.desk import interest as desk
    from dunwell.desk import once

    done = once.run(
        at.scope, request_key, verb="interest open", request=[customer, *items, entity, as_of],
        now=at.now,
        do=lambda: desk.open_claims(
            at.scope, customer, items=items, entity=entity, as_of=at.day(as_of), on=at.today,
            now=at.now,
        ),
    )  # fmt: skip
    at.seal()
    total = " + ".join(money.text(a["amount_minor"], a["currency"]) for a in done["amounts"])
    if done["state"] == "asked":
        said = f"waits for the role {done['approval']}: dunwell approve {done['key']}"
    else:
        said = "posted as " + ", ".join(c["number"] for c in done["claims"])
    show.as_done(done, f"{total} {said}")


def _list(rows: list[dict[str, Any]], shape: str) -> None:
    if shape == "json":
        show.as_json(rows)
        return
    heading = ["customer", "entity", "item", "due", "currency", "principal", "days", "percent",
               "claimed", "interest", "compensation", "why not"]  # fmt: skip
    table = [
        [r["customer"], r["entity"], r["item"], r["due_on"], r["currency"],
         show.amount(r["principal_minor"], r["currency"]), r["days"],
         ", ".join(dict.fromkeys(x["rate_percent"] for x in r["lines"])),
         show.amount(r["claimed_minor"], r["currency"]),
         show.amount(r["interest_minor"], r["currency"]),
         show.amount(r["compensation_minor"], r["currency"]),
         r["why_not"]["text"] if r["why_not"] else ""]
        for r in rows
    ]  # fmt: skip
    if shape == "csv":
        show.as_csv(heading, table)
    else:
        show.as_table(heading, table)


def _show(c: dict[str, Any]) -> None:
    """Print a claim as people check it: the lines, their sum, what was claimed before, the law."""
    basis, currency = c["basis"], c["currency"]
    click.echo(f"{c['number']}: {c['kind']} on {c['on_item']}, {c['from_on']} to {c['to_on']}")
    lines = basis.get("lines", [])
    table = [
        [x["first_on"], x["last_on"], x["days"], x["principal"], x["rate_percent"], x["interest"]]
        for x in lines
    ]
    if table:
        show.as_table(
            ["from", "to", "days", f"principal {currency}", "percent", f"interest {currency}"],
            table, right=(2, 3, 4, 5),
        )  # fmt: skip
        said = [
            ["sum, exact", basis["interest_exact"]],
            ["rounded once" if basis["rounding"] == "once" else "rounded each day",
             show.amount(basis["interest_so_far_minor"], currency)],
            ["claimed before", show.amount(basis["claimed_minor"], currency)],
        ]  # fmt: skip
    else:
        said = [["on", show.amount(basis["principal_minor"], currency)]]
    said += [["claimed", show.amount(c["amount_minor"], currency)],
             ["open", show.amount(c["open_minor"], currency)], ["state", c["state"]]]  # fmt: skip
    if c["waived_on"]:
        said.append(["waived", f"{c['waived_on']} by {c['waived_by']}: {c['reason']}"])
    show.as_table(["", currency], said)
    rows = [r for x in lines for r in x["rows"]] + basis.get("rows", [])
    law = {(r["jurisdiction"], r["rule"], r["value"], r["source"]): None for r in rows}
    show.as_table(["law of", "rule", "value", "source"], list(law))
