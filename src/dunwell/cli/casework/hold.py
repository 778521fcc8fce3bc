"""`dunwell hold`: our own stops."""

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

    @main.group()
    def hold() -> None:
        """Our own stops: who holds what back, why, and until when."""

    @door.command(hold, "open")
    @click.argument("customer")
    @click.option(
        "--kind",
        type=click.Choice(["hold", "commercial_pause", "hardship", "moved_out"]),
        default="hold",
        show_default=True,
        help="which sort of hold",
    )
    @click.option("--item", "items", multiple=True, metavar="N", help="an item; else everything")
    @click.option("--amount", metavar="A", help="a part of one item, such as 250.00")
    @click.option("--entity", metavar="CODE", help="only toward this entity")
    @door.day_option("--on", "when it begins, also in the past; by default today")
    @door.day_option("--until", "its last day; by default it has none")
    @door.day_option("--review", "a day on which it is looked at again", param="review_on")
    @click.option("--reason", required=True, metavar="R", help="why")
    @click.option("--note", default="", metavar="T", help="more about it, for colleagues")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Hold a customer, items, or an amount of one item; prints its id."""
        _open_hold(at, **values)

    @door.command(hold, "close")
    @click.argument("hold_id", type=int, metavar="ID")
    @door.day_option("--on", "the first day it holds no more; by default today")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, *, hold_id: int, on: dt.date | None, request_key: str | None) -> None:
        """Release a hold; it is never deleted."""
        from dunwell.desk import hold as desk
        from dunwell.desk import once

        def do() -> dict[str, Any]:
            desk.close_hold(at.scope, hold_id, on=at.day(on), now=at.now)
            return {"id": hold_id, "state": "released"}

        done = once.run(
            at.scope, request_key, verb="hold close", request=[hold_id, on], now=at.now, do=do
        )
        at.seal()
        show.as_done(done, f"hold {hold_id} released")

    @door.command(hold, "list")
    @click.argument("customer", required=False)
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, shape: str) -> None:
        """List holds, newest first: all, or one customer's."""
        from dunwell.desk import hold as desk

        _list_holds(desk.listed(at.scope, customer=customer), shape)

    @door.command(hold, "show")
    @click.argument("what", metavar="ID|CUSTOMER")
    @show.format_option()
    def show_(at: door.Door, *, what: str, shape: str) -> None:
        """Show one hold by its id, or those of a customer."""
        from dunwell.desk import hold as desk

        rows = desk.listed(at.scope, customer=None)
        by_id = [r for r in rows if str(r["id"]) == what]
        found = by_id or [r for r in rows if r["customer"] == what]
        if not found:
            raise Refused("unknown_hold", f"no hold {what!r}; see `dunwell hold list`")
        if by_id and shape == "json":
            show.as_json(by_id[0])
        else:
            _list_holds(found, shape)


def _open_hold(
    at: door.Door,
    *,
    customer: str,
    kind: str,
    items: tuple[str, ...],
    amount: str | None,
    entity: str | None,
    on: dt.date | None,
    until: dt.date | None,
    review_on: dt.date | None,
    reason: str,
    note: str,
    request_key: str | None,
) -> None:
    from dunwell.desk import hardship, hold, once

    part = None if amount is None else noun.decimal(amount)

    def do() -> dict[str, Any]:
        minor = (
            None if part is None else hold.amount_of(at.scope, customer, items, part, entity=entity)
        )
        wanted = hardship.Wanted(
            kind, items, minor, until=until, review_on=review_on, reason=reason, note=note,
            entity=entity,
        )  # fmt: skip
        return hardship.open_stop(at.scope, customer, wanted, on=at.day(on), now=at.now)

    request = [customer, kind, *items, amount, entity, on, until, review_on, reason, note]
    done = once.run(at.scope, request_key, verb="hold open", request=request, now=at.now, do=do)
    at.seal()
    asks = f"; waits for the manager: dunwell approve {done['key']}" if "key" in done else ""
    show.as_done(done, f"{kind.replace('_', ' ')} {done['id']} on {customer}{asks}")


def _list_holds(rows: list[dict[str, Any]], shape: str) -> None:
    if shape == "json":
        show.as_json(rows)
        return
    heading = [
        "id", "kind", "customer", "items", "from", "until", "ended", "review", "state", "by",
        "reason", "note",
    ]  # fmt: skip
    table = [
        [r["id"], r["kind"], r["customer"], ", ".join(_part(i) for i in r["items"]), r["from_on"],
         r["until_on"], r["ended_on"], r["review_on"], r["state"], r["by"], r["reason"], r["note"]]
        for r in rows
    ]  # fmt: skip
    if shape == "csv":
        show.as_csv(heading, table)
    else:
        show.as_table(heading, table)


def _part(item: dict[str, Any]) -> str:
    """Write an item that is held, with how much of it where that is a part."""
    minor = item["amount_minor"]
    return item["number"] if minor is None else (
        f"{item['number']} ({money.text(minor, item['currency'])})"
    )  # fmt: skip
