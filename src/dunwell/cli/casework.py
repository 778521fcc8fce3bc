"""Casework by hand: a customer at a glance, holds, questions, deliveries of unknown end."""

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
    _approval(main)
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
    @click.option("--amount", metavar="A", help="a part of one item, such as 250.00")
    @door.day_option("--on", "when it begins, also in the past; by default today")
    @door.day_option("--until", "its last day; by default it has none")
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
    items: tuple[str, ...],
    amount: str | None,
    on: dt.date | None,
    until: dt.date | None,
    reason: str,
    note: str,
    request_key: str | None,
) -> None:
    from dunwell.desk import hold, once

    part = None if amount is None else _decimal(amount)

    def do() -> dict[str, Any]:
        minor = None if part is None else hold.amount_of(at.scope, customer, items, part)
        made = hold.open_hold(
            at.scope, customer, items=list(items), amount_minor=minor, on=at.day(on),
            until=until, reason=reason, note=note, now=at.now,
        )  # fmt: skip
        return {"id": made, "state": "open"}

    request = [customer, *items, amount, on, until, reason, note]
    done = once.run(at.scope, request_key, verb="hold open", request=request, now=at.now, do=do)
    at.seal()
    show.as_done(done, f"hold {done['id']} on {customer}")


def _decimal(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise click.BadParameter(f"{text!r}: write 1234.56", param_hint="--amount")
    return found


def _list_holds(rows: list[dict[str, Any]], shape: str) -> None:
    if shape == "json":
        show.as_json(rows)
        return
    heading = ["id", "customer", "items", "from", "until", "ended", "state", "by", "reason", "note"]
    table = [
        [r["id"], r["customer"], ", ".join(_part(i) for i in r["items"]), r["from_on"],
         r["until_on"], r["ended_on"], r["state"], r["by"], r["reason"], r["note"]]
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


def _approval(main: click.Group) -> None:
    @main.group()
    def approval() -> None:
        """What waits for a role's answer; see `approve` and `refuse`."""

    @door.command(approval, "list")
    @click.argument("customer", required=False)
    @click.option(
        "--state",
        "states",
        multiple=True,
        default=("asked",),
        show_default=True,
        type=click.Choice(["asked", "granted", "refused"]),
        help="which; may be repeated",
    )
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, states: tuple[str, ...], shape: str) -> None:
        """List questions by state, all or one customer's; by default the open ones."""
        from dunwell.desk import approve

        _list_questions(approve.listed(at.scope, states=states, customer=customer), shape)


def _list_questions(rows: list[dict[str, Any]], shape: str) -> None:
    if shape == "json":
        show.as_json(rows)
        return
    heading = ["key", "customer", "entity", "what", "step", "by role", "amount", "asked", "state"]
    table = [
        [r["key"], r["customer"], r["entity"], r["what"], r["step"], r["approval"],
         " + ".join(money.text(a["amount_minor"], a["currency"]) for a in r["amounts"]),
         r["asked_on"], r["state"]]
        for r in rows
    ]  # fmt: skip
    if shape == "csv":
        show.as_csv(heading, table)
    else:
        show.as_table(heading, table)


def _delivery(main: click.Group) -> None:
    @main.group()
    def delivery() -> None:
        """What was handed over: list it, and say what became of the unknown."""

    @door.command(delivery, "list")
    @click.argument("customer", required=False)
    @click.option(
        "--state",
        "states",
        multiple=True,
        default=("unknown",),
        show_default=True,
        type=click.Choice(
            ["ready", "claimed", "handing", "waiting", "sent", "failed", "unknown", "cancelled"]
        ),
        help="which; may be repeated",
    )
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, states: tuple[str, ...], shape: str) -> None:
        """List deliveries by state, all or one customer's; by default the unknown ones."""
        from dunwell.desk import deliveries

        _list_deliveries(deliveries.listed(at.scope, states=states, customer=customer), shape)

    @door.command(delivery, "close")
    @click.argument("delivery_key", metavar="KEY")
    @click.option(
        "--outcome",
        type=click.Choice(["sent", "not_sent"]),
        default="sent",
        show_default=True,
        help="what became of it; not_sent may be tried again",
    )
    @door.day_option("--on", "when it was sent; by default the day it was handed over")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, **values: Any) -> None:
        """Say what became of an unknown delivery; nothing happens by itself."""
        _close_delivery(at, **values)


def _list_deliveries(rows: list[dict[str, Any]], shape: str) -> None:
    if shape == "json":
        show.as_json(rows)
        return
    fields = ["key", "customer", "entity", "step", "channel", "state", "handed_at", "reason"]
    table = [[r[f] for f in fields] for r in rows]
    if shape == "csv":
        show.as_csv(fields, table)
    else:
        show.as_table(fields, table)


def _close_delivery(
    at: door.Door, *, delivery_key: str, outcome: str, on: dt.date | None, request_key: str | None
) -> None:
    from dunwell.desk import deliveries, once

    def do() -> dict[str, Any]:
        customer = deliveries.close(at.scope, delivery_key, outcome=outcome, on=on, now=at.now)
        return {"id": delivery_key, "outcome": outcome, "customer": customer}

    request = [delivery_key, outcome, on]
    done = once.run(
        at.scope, request_key, verb="delivery close", request=request, now=at.now, do=do
    )
    at.seal()
    said = f"{delivery_key}: {outcome.replace('_', ' ')}; {done['customer']} is looked at again"
    show.as_done(done, said)
