"""`dunwell plan`: payment plans and their instalments."""

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
    def plan() -> None:
        """Payment plans: monthly instalments for what is open, approved, watched."""

    @door.command(plan, "open")
    @click.argument("customer")
    @click.option("--instalments", type=int, required=True, metavar="N", help="how many, 2 to 6")
    @click.option(
        "--item", "items", multiple=True, metavar="N",
        help="an item, may be repeated; by default all that is overdue",
    )  # fmt: skip
    @door.day_option(
        "--first",
        "when the first is due; by default the last working day within a month",
        param="first_on",
    )
    @click.option(
        "--interest", metavar="PERCENT", help="simple interest a year; by default the policy's"
    )
    @click.option("--fee", metavar="A", help="a fee for the whole; by default the policy's")
    @click.option("--currency", metavar="ISO", help="which, where several are overdue")
    @click.option("--entity", metavar="CODE", help="which entity, where it owes several")
    @door.day_option("--on", "when it was agreed; by default today")
    @click.option("--note", default="", metavar="T", help="what was said")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Propose a plan for what is open; it begins when approved; prints its id."""
        _open(at, **values)

    @door.command(plan, "close")
    @click.argument("plan_id", type=int, metavar="ID")
    @click.option(
        "--outcome", type=click.Choice(["withdrawn"]), default="withdrawn", show_default=True,
        help="how it ends; kept and in default are computed",
    )  # fmt: skip
    @door.day_option("--on", "the first day it covers no more; by default today")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, **values: Any) -> None:
        """Take back a plan that runs or waits for its approval."""
        _close(at, **values)

    @door.command(plan, "list")
    @click.argument("customer", required=False)
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, shape: str) -> None:
        """List plans, newest first, with what has come in: all, or one customer's."""
        from dunwell.desk import plan as desk

        _list(desk.listed(at.scope, customer=customer, as_of=at.today), shape)

    @door.command(plan, "show")
    @click.argument("what", metavar="ID|CUSTOMER")
    @show.format_option()
    def show_(at: door.Door, *, what: str, shape: str) -> None:
        """Show one plan by its id with its schedule, or those of a customer."""
        from dunwell.desk import plan as desk

        found = noun.of(desk.listed(at.scope, customer=None, as_of=at.today), what, "plan")
        _show(found, shape, is_one=str(found[0]["id"]) == what)


def _open(
    at: door.Door,
    *,
    customer: str,
    instalments: int,
    items: tuple[str, ...],
    first_on: dt.date | None,
    interest: str | None,
    fee: str | None,
    currency: str | None,
    entity: str | None,
    on: dt.date | None,
    note: str,
    request_key: str | None,
) -> None:
    from dunwell.desk import agreeing, once, plan

    percent = None if interest is None else noun.decimal(interest, "--interest")
    charge = None if fee is None else noun.decimal(fee, "--fee")

    def do() -> dict[str, Any]:
        minor = None if not charge else agreeing.minor_of(
            at.scope, customer, items, charge, on=at.day(on), entity=entity, currency=currency
        )  # fmt: skip
        made = plan.open_plan(
            at.scope, customer, items=items, instalments=instalments, first_on=first_on,
            interest_percent=percent, fee_minor=0 if charge is not None and not charge else minor,
            on=at.day(on), now=at.now, note=note, entity=entity, currency=currency,
        )  # fmt: skip
        (row,) = plan.listed(at.scope, customer=None, as_of=at.today, plan=made)
        return {f: row[f] for f in ("id", "state", "currency", "total_minor", "approval")}

    request = [customer, instalments, *items, first_on, interest, fee, currency, entity, on, note]
    done = once.run(at.scope, request_key, verb="plan open", request=request, now=at.now, do=do)
    at.seal()
    show.as_done(
        done,
        f"plan {done['id']} of {customer} over {_amount(done, 'total_minor')}; it waits for"
        f" approval: dunwell approve {done['approval']}",
    )


def _close(
    at: door.Door,
    *,
    plan_id: int,
    outcome: str,
    on: dt.date | None,
    request_key: str | None,
) -> None:
    from dunwell.desk import once, plan

    def do() -> dict[str, Any]:
        plan.close_plan(at.scope, plan_id, on=at.day(on), now=at.now)
        return {"id": plan_id, "state": outcome}

    request = [plan_id, outcome, on]
    done = once.run(at.scope, request_key, verb="plan close", request=request, now=at.now, do=do)
    at.seal()
    show.as_done(done, f"plan {plan_id} {outcome}")


def _amount(row: dict[str, Any], field: str) -> str:
    return money.text(row[field], row["currency"])


def _list(rows: list[dict[str, Any]], shape: str) -> None:
    fields = (
        "id", "customer", "items", "total", "paid", "instalments", "made_on", "in_force_on",
        "state",
    )  # fmt: skip
    if shape != "json":
        rows = [
            r
            | {"items": [i["number"] for i in r["items"]], "instalments": len(r["instalments"])}
            | {"total": _amount(r, "total_minor"), "paid": _amount(r, "paid_minor")}
            for r in rows
        ]
    noun.listed(rows, fields, shape)


def _show(found: list[dict[str, Any]], shape: str, *, is_one: bool) -> None:
    if shape == "json" and is_one:
        show.as_json(found[0])
        return
    if not is_one:
        _list(found, shape)
        return
    row = found[0]
    fields = ("n", "due_on", "last_on", "principal", "charges", "amount", "paid")
    schedule = [
        p | {f: money.text(p[f"{f}_minor"], row["currency"]) for f in fields[3:]}
        for p in row["instalments"]
    ]
    if shape == "table":
        show.say(f"plan {row['id']} of {row['customer']}: {row['state'].replace('_', ' ')}")
    noun.listed(schedule, fields, shape)
