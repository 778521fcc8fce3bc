"""`dunwell write-off`: debts that are given up."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun
from dunwell.core import money
from dunwell.core.errors import Refused


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group("write-off")
    def write_off() -> None:
        """Debts that are given up, with approval by amount; reversible."""

    @door.command(write_off, "open")
    @click.argument("customer")
    @click.option("--item", "items", multiple=True, metavar="N", help="an item; else all open ones")
    @click.option("--amount", metavar="A", help="a part of one item, such as 250.00")
    @click.option("--entity", metavar="CODE", help="toward which entity, if several")
    @click.option("--reason", required=True, metavar="R", help="why")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Ask to write debts off; the amount says which role answers."""
        _propose(at, **values)

    @door.command(write_off, "close")
    @click.argument("number", type=int, metavar="ID")
    @door.day_option("--on", "the day it is reversed; by default today")
    @click.option("--reason", required=True, metavar="R", help="why")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, **values: Any) -> None:
        """Reverse a write-off; its items may be chased again."""
        _close(at, **values)

    @door.command(write_off, "list")
    @click.argument("customer", required=False)
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, shape: str) -> None:
        """List write-offs, newest first; as CSV a line for each item, for the ledger."""
        from dunwell.desk import write_off as desk

        _print(desk.listed(at.scope, customer=customer), shape)

    @door.command(write_off, "show")
    @click.argument("what", metavar="ID|CUSTOMER")
    @show.format_option()
    def show_(at: door.Door, *, what: str, shape: str) -> None:
        """Show one write-off by its id, or those of a customer."""
        from dunwell.desk import write_off as desk

        rows = desk.listed(at.scope)
        by_id = [r for r in rows if str(r["id"]) == what]
        found = by_id or [r for r in rows if r["customer"] == what]
        if not found:
            raise Refused("unknown_write_off", f"no write-off {what!r}; see `write-off list`")
        if by_id and shape == "json":
            show.as_json(by_id[0])
        else:
            _print(found, shape)


def _propose(
    at: door.Door,
    *,
    customer: str,
    items: tuple[str, ...],
    amount: str | None,
    entity: str | None,
    reason: str,
    request_key: str | None,
) -> None:
    from dunwell.desk import once, write_off

    part = None if amount is None else noun.decimal(amount)

    def do() -> dict[str, Any]:
        return write_off.propose(
            at.scope, customer, items=items, amount=part, reason=reason, entity=entity,
            as_of=at.today, now=at.now,
        )  # fmt: skip

    request = [customer, *items, amount, entity, reason]
    done = once.run(
        at.scope, request_key, verb="write-off open", request=request, now=at.now, do=do
    )
    at.seal()
    show.as_done(done, f"waits for the {done['role']}; next: dunwell approve {done['approval']}")


def _close(
    at: door.Door, *, number: int, on: dt.date | None, reason: str, request_key: str | None
) -> None:
    from dunwell.desk import once, write_off

    def do() -> dict[str, Any]:
        return write_off.close(at.scope, number, reason=reason, as_of=at.day(on), now=at.now)

    request = [number, on, reason]
    done = once.run(
        at.scope, request_key, verb="write-off close", request=request, now=at.now, do=do
    )
    at.seal()
    show.as_done(done, f"write-off {number} reversed")


LEDGER = ("id", "entity", "customer", "number", "currency", "amount", "on", "state", "reason",
          "proposed_by", "approved_by")  # fmt: skip


def _print(rows: list[dict[str, Any]], shape: str) -> None:
    if shape == "json":
        show.as_json(rows)
    elif shape == "csv":
        show.as_csv(
            list(LEDGER),
            [[r["id"], r["entity"], r["customer"], i["number"], i["currency"],
              money.to_decimal(i["amount_minor"], i["currency"]), r["on"], r["state"],
              r["reason"], r["proposed_by"], r["approved_by"]]
             for r in rows for i in r["items"]],
        )  # fmt: skip
    else:
        heading = ["id", "customer", "entity", "state", "on", "items", "amount", "reason"]
        show.as_table(
            heading,
            [[r["id"], r["customer"], r["entity"], r["state"], r["on"],
              ", ".join(i["number"] for i in r["items"]),
              " + ".join(money.text(a["amount_minor"], a["currency"]) for a in r["amounts"]),
              r["reason"]]
             for r in rows],
        )  # fmt: skip
