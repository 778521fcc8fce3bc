"""`dunwell terms`: payment terms changed by collections."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import measures, noun
from dunwell.core import money


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def terms() -> None:
        """Changed payment terms: shorter, in advance, a lower limit; longer for a VIP."""

    @door.command(terms, "open")
    @click.argument("customer")
    @click.option("--days", type=click.IntRange(0, 365), metavar="N", help="days to pay")
    @click.option("--limit", metavar="A", help="credit limit in base currency, such as 5000.00")
    @click.option("--prepayment", "is_prepaid", is_flag=True, help="future orders in advance")
    @click.option("--entity", metavar="CODE", help="of which entity, if several")
    @door.day_option("--on", "the first day they hold; by default today")
    @door.day_option("--until", "their last day; by default they have none")
    @click.option("--reason", required=True, metavar="R", help="why")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Propose other terms for a customer; prints their id."""
        _open(at, **values)

    @door.command(terms, "release")
    @click.argument("measure_id", type=int, metavar="ID")
    @door.day_option("--on", "the day they are released; by default today")
    @door.key_option()
    @show.json_option()
    def release(at: door.Door, **values: Any) -> None:
        """Let the account manager tell the customer; nobody tells them before."""
        _move(at, "release", **values)

    @door.command(terms, "confirm")
    @click.argument("measure_id", type=int, metavar="ID")
    @door.day_option("--on", "the day they were entered; by default today")
    @door.key_option()
    @show.json_option()
    def confirm(at: door.Door, **values: Any) -> None:
        """Say that the ledger has them."""
        _move(at, "confirm", **values)

    @door.command(terms, "close")
    @click.argument("measure_id", type=int, metavar="ID")
    @door.day_option("--on", "the first day they hold no more; by default today")
    @click.option("--reason", required=True, metavar="R", help="why")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, **values: Any) -> None:
        """Withdraw them, or let the former terms hold again."""
        _move(at, "close", **values)

    _showing(terms)


def _showing(terms: click.Group) -> None:
    """Add the verbs that only read."""

    @door.command(terms, "list")
    @click.argument("customer", required=False)
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, shape: str) -> None:
        """List changed terms, newest first: all, or one customer's."""
        from dunwell.desk import terms as desk

        _print(desk.listed(at.scope, customer=customer), shape)

    @door.command(terms, "show")
    @click.argument("measure_id", type=int, metavar="ID")
    @show.format_option()
    def show_(at: door.Door, *, measure_id: int, shape: str) -> None:
        """Show changed terms and what was told to the ledger."""
        from dunwell.desk import terms as desk

        row = desk.one(at.scope, measure_id)
        if shape == "json":
            show.as_json(row)
            return
        _print([row], shape)
        if shape == "table":
            measures.told(row["calls"])


def _open(
    at: door.Door,
    *,
    customer: str,
    days: int | None,
    limit: str | None,
    is_prepaid: bool,
    entity: str | None,
    on: dt.date | None,
    until: dt.date | None,
    reason: str,
    request_key: str | None,
) -> None:
    from dunwell.desk import terms as desk

    amount = None if limit is None else noun.decimal(limit, "--limit")

    def do() -> dict[str, Any]:
        return desk.open_terms(
            at.scope, customer, days=days, limit=amount, is_prepaid=is_prepaid, entity=entity,
            on=at.day(on), until=until, reason=reason, as_of=at.today, now=at.now,
        )  # fmt: skip

    request = [customer, days, limit, is_prepaid, entity, on, until, reason]
    measures.done(at, "terms open", request, request_key, do, measures.asked("terms"))


def _move(
    at: door.Door,
    verb: str,
    *,
    measure_id: int,
    on: dt.date | None,
    request_key: str | None,
    reason: str = "",
) -> None:
    from dunwell.desk import terms as desk

    def do() -> dict[str, Any]:
        if verb == "close":
            return desk.close(at.scope, measure_id, reason=reason, on=at.day(on), now=at.now)
        move = desk.release if verb == "release" else desk.confirm
        return move(at.scope, measure_id, on=at.day(on), now=at.now)

    words = f"terms {measure_id} released: the account manager tells the customer"
    measures.done(
        at, f"terms {verb}", [measure_id, on, reason], request_key, do,
        words if verb == "release" else "",
    )  # fmt: skip


def _print(rows: list[dict[str, Any]], shape: str) -> None:
    if shape == "json":
        show.as_json(rows)
        return
    heading = [
        "id", "customer", "entity", "days", "limit", "in advance", "state", "from", "until",
        "ledger", "told", "reason",
    ]  # fmt: skip
    table = [
        [r["id"], r["customer"], r["entity"], r["days"],
         None if r["limit_minor"] is None else money.text(r["limit_minor"], r["currency"]),
         "yes" if r["prepayment"] else "", r["state"], r["from_on"], r["until_on"],
         r["ledger_on"], r["told_on"], r["reason"]]
        for r in rows
    ]  # fmt: skip
    if shape == "csv":
        show.as_csv(heading, table)
    else:
        show.as_table(heading, table)
