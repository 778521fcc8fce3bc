"""`dunwell promise`: what customers promise to pay, and what came of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun
from dunwell.core import money


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def promise() -> None:
        """Promises to pay: an amount by a day; kept or broken as payments show."""

    @door.command(promise, "open")
    @click.argument("customer")
    @door.day_option("--until", "the day promised", required=True)
    @click.option(
        "--item", "items", multiple=True, metavar="N",
        help="an item, may be repeated; by default the oldest overdue",
    )  # fmt: skip
    @click.option("--amount", metavar="A", help="how much; by default all that is open of them")
    @click.option("--currency", metavar="ISO", help="which, where several are overdue")
    @click.option("--entity", metavar="CODE", help="which entity, where it owes several")
    @door.day_option("--on", "when it was made; by default today")
    @click.option("--note", default="", metavar="T", help="what was said")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Record a promise to pay by a day; prints its id."""
        _open(at, **values)

    @door.command(promise, "close")
    @click.argument("promise_id", type=int, metavar="ID")
    @click.option(
        "--outcome", type=click.Choice(["withdrawn"]), default="withdrawn", show_default=True,
        help="how it ends; kept and broken are computed",
    )  # fmt: skip
    @door.day_option("--on", "the first day it covers no more; by default today")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, **values: Any) -> None:
        """Take back a promise that is open or waits for its approval."""
        _close(at, **values)

    @door.command(promise, "list")
    @click.argument("customer", required=False)
    @noun.draft_option()
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, drafts: bool, shape: str) -> None:
        """List promises, newest first, with what has come in: all, or one customer's."""
        from dunwell.desk import promise as desk

        rows = desk.listed(at.scope, customer=customer, as_of=at.today)
        rows = noun.drafted(at, rows, "promise") if drafts else rows
        _list(rows, shape)
        if drafts and shape == "table":
            noun.print_drafts(rows)

    @door.command(promise, "show")
    @click.argument("what", metavar="ID|CUSTOMER")
    @show.format_option()
    def show_(at: door.Door, *, what: str, shape: str) -> None:
        """Show one promise by its id, or those of a customer."""
        from dunwell.desk import promise as desk

        found = noun.of(desk.listed(at.scope, customer=None, as_of=at.today), what, "promise")
        if shape == "json" and str(found[0]["id"]) == what:
            show.as_json(found[0])
        else:
            _list(found, shape)


def _open(
    at: door.Door,
    *,
    customer: str,
    until: dt.date,
    items: tuple[str, ...],
    amount: str | None,
    currency: str | None,
    entity: str | None,
    on: dt.date | None,
    note: str,
    request_key: str | None,
) -> None:
    from dunwell.desk import agreeing, once, promise

    part = None if amount is None else noun.decimal(amount)

    def do() -> dict[str, Any]:
        minor = None if part is None else agreeing.minor_of(
            at.scope, customer, items, part, on=at.day(on), entity=entity, currency=currency
        )  # fmt: skip
        made = promise.open_promise(
            at.scope, customer, items=items, amount_minor=minor, until=until, on=at.day(on),
            now=at.now, note=note, entity=entity, currency=currency,
        )  # fmt: skip
        (row,) = promise.listed(at.scope, customer=None, as_of=at.today, promise=made)
        fields = ("id", "state", "currency", "amount_minor", "by_on", "last_on", "approval")
        return {f: row[f] for f in fields}

    request = [customer, until, *items, amount, currency, entity, on, note]
    done = once.run(at.scope, request_key, verb="promise open", request=request, now=at.now, do=do)
    at.seal()
    said = f"promise {done['id']} of {customer}: {_amount(done)} by {done['by_on']}"
    if done["state"] == "asked":
        said += f"; it waits for approval: dunwell approve {done['approval']}"
    show.as_done(done, said)


def _close(
    at: door.Door,
    *,
    promise_id: int,
    outcome: str,
    on: dt.date | None,
    request_key: str | None,
) -> None:
    from dunwell.desk import once, promise

    def do() -> dict[str, Any]:
        promise.close_promise(at.scope, promise_id, on=at.day(on), now=at.now)
        return {"id": promise_id, "state": outcome}

    request = [promise_id, outcome, on]
    done = once.run(at.scope, request_key, verb="promise close", request=request, now=at.now, do=do)
    at.seal()
    show.as_done(done, f"promise {promise_id} {outcome}")


def _amount(row: dict[str, Any], field: str = "amount_minor") -> str:
    return money.text(row[field], row["currency"])


def _list(rows: list[dict[str, Any]], shape: str) -> None:
    fields = ("id", "customer", "items", "amount", "paid", "made_on", "by_on", "last_on", "state")
    if shape != "json":
        rows = [
            r
            | {"items": [noun.part(i) for i in r["items"]]}
            | {"amount": _amount(r), "paid": _amount(r, "paid_minor")}
            for r in rows
        ]
    noun.listed(rows, fields, shape)
