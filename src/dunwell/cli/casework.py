"""Casework by hand: a customer at a glance, holds, deliveries nobody knows the end of."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.core import money
from dunwell.core.errors import Refused


def add_to(main: click.Group) -> None:
    """Add these commands."""
    _customer(main)
    _hold(main)
    _delivery(main)


def _customer(main: click.Group) -> None:
    @main.group()
    def customer() -> None:
        """One customer: balance, items, contacts, what was done, what is next and why."""

    @door.command(customer, "show")
    @click.argument("reference")
    @show.format_option()
    @door.as_of_option()
    def show_(at: door.Door, *, reference: str, shape: str, as_of: dt.date | None) -> None:
        """Show everything about a customer."""
        from dunwell.desk import view

        found = view.customer(at.scope, reference, as_of=at.day(as_of), today=at.today)
        if shape == "json":
            show.as_json(found)
        elif shape == "csv":
            show.as_csv(
                ["number", "kind", "due_on", "days_overdue", "currency", "open"],
                [[i["number"], i["kind"], i["due_on"], i["days_overdue"], i["currency"],
                  money.to_decimal(i["open_minor"], i["currency"])] for i in found["items"]],
            )  # fmt: skip
        else:
            _print_customer(found)


def _print_customer(found: dict[str, Any]) -> None:
    click.echo(f"{found['reference']}  {found['name']}  {found['country']}".rstrip())
    for b in found["balance"]:
        overdue = sum(b["buckets"].values())
        click.echo(
            f"  {money.text(b['total'], b['currency'])} open, "
            f"{money.text(overdue, b['currency'])} overdue"
        )
    for a in found["assessments"]:
        click.echo(f"  {a['entity']}: segment {a['segment']}, grade {a['grade']}")
    for n in found["next"]:
        click.echo(f"  next ({n['entity'] or '-'}): " + " ".join(n["sentences"]))
    show.as_table(
        ["item", "kind", "due", "days", "open", "steps"],
        [
            [i["number"], i["kind"], i["due_on"], i["days_overdue"],
             money.text(i["open_minor"], i["currency"]),
             ", ".join(f"{s['step']} {s['on']}" for s in i["steps"] if not s["voided_on"])]
            for i in found["items"]
        ],
        title="Open items", right=[3, 4],
    )  # fmt: skip
    show.as_table(
        ["day", "what", "", ""],
        [
            [t["on"], t["what"], str(t.get("step") or t.get("reference") or "").replace("_", " "),
             t.get("reason") or t.get("channel") or ""]
            for t in found["timeline"][:25]
        ],
        title="Timeline",
    )  # fmt: skip


def _hold(main: click.Group) -> None:
    @main.group()
    def hold() -> None:
        """Our own stops: who holds what back, why, and until when."""

    @door.command(hold, "open")
    @click.argument("customer")
    @click.option("--item", "items", multiple=True, metavar="N", help="an item; else everything")
    @click.option("--amount", metavar="A", help="a part of one item")
    @click.option("--on", type=door.DAY, callback=door.as_date, help="from; may be in the past")
    @click.option("--until", type=door.DAY, callback=door.as_date, help="its last day")
    @click.option("--reason", required=True)
    @click.option("--key", "request_key", metavar="K", help="the same key is done once")
    @show.format_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Hold a customer, items, or an amount of one item; prints its id."""
        _open_hold(at, **values)

    @door.command(hold, "close")
    @click.argument("hold_id", type=int)
    @click.option("--on", type=door.DAY, callback=door.as_date, help="first day it holds no more")
    @show.format_option()
    def close(at: door.Door, *, hold_id: int, on: dt.date | None, shape: str) -> None:
        """Release a hold; it is never deleted."""
        from dunwell.desk import hold as desk

        desk.close_hold(at.scope, hold_id, on=at.day(on), now=at.now)
        at.seal()
        _said(shape, {"id": hold_id, "state": "released"}, f"hold {hold_id} released")

    @door.command(hold, "list")
    @click.option("--customer")
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, shape: str) -> None:
        """List holds, newest first."""
        from dunwell.desk import hold as desk

        _list_holds(desk.listed(at.scope, customer=customer), shape)

    @door.command(hold, "show")
    @click.argument("what", metavar="ID|CUSTOMER")
    @show.format_option()
    def show_(at: door.Door, *, what: str, shape: str) -> None:
        """Show one hold by its id, or those of a customer."""
        from dunwell.desk import hold as desk

        rows = desk.listed(at.scope, customer=None)
        found = [r for r in rows if str(r["id"]) == what or r["customer"] == what]
        if not found:
            raise Refused("unknown_hold", f"no hold {what!r}; see `dunwell hold list`")
        _list_holds(found, shape)


def _open_hold(
    at: door.Door,
    *,
    customer: str,
    items: tuple[str, ...],
    amount: str | None,
    on: dt.date | None,
    until: dt.date | None,
    reason: str,
    request_key: str | None,
    shape: str,
) -> None:
    from dunwell.desk import hold, once

    def do() -> dict[str, Any]:
        minor = hold.amount_of(at.scope, customer, items, _decimal(amount)) if amount else None
        made = hold.open_hold(
            at.scope, customer, items=list(items), amount_minor=minor, on=at.day(on),
            until=until, reason=reason, now=at.now,
        )  # fmt: skip
        return {"id": made, "state": "open"}

    request = ["hold open", customer, *items, amount, str(on), str(until), reason]
    done = once.run(at.scope, request_key, verb="hold open", request=request, now=at.now, do=do)
    at.seal()
    _said(shape, done, f"hold {done['id']} on {customer}")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise click.BadParameter(f"{text!r}: write 1234.56", param_hint="--amount") from None


def _list_holds(rows: list[dict[str, Any]], shape: str) -> None:
    if shape == "json":
        show.as_json(rows)
        return
    heading = ["id", "customer", "items", "from", "until", "ended", "state", "by", "reason"]
    table = [
        [r["id"], r["customer"], " ".join(r["items"]), r["from_on"], r["until_on"],
         r["ended_on"], r["state"], r["by"], r["reason"]]
        for r in rows
    ]  # fmt: skip
    if shape == "csv":
        show.as_csv(heading, table)
    else:
        show.as_table(heading, table)


def _said(shape: str, value: dict[str, Any], words: str) -> None:
    if shape == "json":
        show.as_json(value)
    else:
        show.say(words)


def _delivery(main: click.Group) -> None:
    @main.group()
    def delivery() -> None:
        """What was handed over: list it, and say what became of the unknown."""

    @door.command(delivery, "list")
    @click.option(
        "--state",
        "states",
        multiple=True,
        default=("unknown",),
        show_default=True,
        type=click.Choice(
            ["ready", "claimed", "handing", "waiting", "sent", "failed", "unknown", "cancelled"]
        ),
    )
    @show.format_option()
    def list_(at: door.Door, *, states: tuple[str, ...], shape: str) -> None:
        """List deliveries by state; by default those nobody knows the end of."""
        from dunwell.desk import deliveries

        rows = deliveries.listed(at.scope, states=states)
        if shape == "json":
            show.as_json(rows)
            return
        heading = ["key", "customer", "entity", "step", "channel", "state", "handed", "reason"]
        table = [
            [
                r["key"],
                r["customer"],
                r["entity"],
                r["step"],
                r["channel"],
                r["state"],
                r["handed_at"] or "",
                r["reason"],
            ]
            for r in rows
        ]
        if shape == "csv":
            show.as_csv(heading, table)
        else:
            show.as_table(heading, table)

    @door.command(delivery, "close")
    @click.argument("key")
    @click.option(
        "--outcome",
        type=click.Choice(["sent", "not_sent"]),
        default="sent",
        show_default=True,
        help="sent: on the day it was handed over",
    )
    @show.format_option()
    def close(at: door.Door, *, key: str, outcome: str, shape: str) -> None:
        """Say what became of an unknown delivery; nothing happens by itself."""
        from dunwell.desk import deliveries

        customer = deliveries.close(at.scope, key, outcome=outcome, now=at.now)
        at.seal()
        said = f"{key}: {outcome.replace('_', ' ')}; {customer} is looked at again"
        _said(shape, {"id": key, "outcome": outcome}, said)
