"""What `suspension`, `credit-hold` and `terms` share at the command line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.core import money


def done(
    at: door.Door,
    verb: str,
    request: list[Any],
    request_key: str | None,
    do: Callable[[], dict[str, Any]],
    words: str = "",
) -> None:
    """Do it once, seal the journal, print {id, state, …} and say it to a person."""
    from dunwell.desk import once

    made = once.run(at.scope, request_key, verb=verb, request=[*request, at.by], now=at.now, do=do)
    at.seal()
    noun = verb.rpartition(" ")[0]
    said = words or f"{noun} {made['id']}: {str(made['state']).replace('_', ' ')}"
    show.as_done(made, said)


def asked(noun: str) -> str:
    """Say what follows a proposal."""
    return f"{noun} proposed; somebody else must approve it: dunwell approval list"


def service(main: click.Group, kind: str, about: str) -> click.Group:
    """Add the verbs that a suspension and a credit hold have in common; return the noun."""
    noun = kind.replace("_", "-")
    group = main.group(noun, help=about)(lambda: None)

    @door.command(
        group, "open", help=f"Propose a {noun} of a customer for what is overdue; prints its id."
    )
    @click.argument("customer")
    @click.option("--item", "items", multiple=True, metavar="N", help="an item; else all overdue")
    @click.option("--entity", metavar="CODE", help="toward which entity, if several")
    @door.day_option("--on", "the day it is proposed; by default today")
    @click.option("--reason", required=True, metavar="R", help="why")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        _open(at, kind, **values)

    @door.command(group, "confirm", help="Say that the other system has done it.")
    @click.argument("measure_id", type=int, metavar="ID")
    @door.day_option("--on", "the day it was done; by default today")
    @door.key_option()
    @show.json_option()
    def confirm(at: door.Door, *, measure_id: int, on: dt.date | None, request_key: str) -> None:
        from dunwell.desk import measure

        def do() -> dict[str, Any]:
            return measure.confirm(at.scope, kind, measure_id, on=at.day(on), now=at.now)

        done(at, f"{noun} confirm", [measure_id, on], request_key, do)

    @door.command(group, "close", help="Withdraw it, or lift it though nothing is paid.")
    @click.argument("measure_id", type=int, metavar="ID")
    @door.day_option("--on", "the day it is lifted; by default today")
    @click.option("--reason", required=True, metavar="R", help="why")
    @door.key_option()
    @show.json_option()
    def close(
        at: door.Door, *, measure_id: int, on: dt.date | None, reason: str, request_key: str
    ) -> None:
        from dunwell.desk import measure

        def do() -> dict[str, Any]:
            return measure.close(
                at.scope, kind, measure_id, reason=reason, on=at.day(on), now=at.now
            )

        done(at, f"{noun} close", [measure_id, on, reason], request_key, do)

    @door.command(group, "list", help=f"List every {noun}, newest first: all, or one customer's.")
    @click.argument("customer", required=False)
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, shape: str) -> None:
        from dunwell.desk import measure

        _print(measure.listed(at.scope, kind, customer=customer), shape)

    @door.command(group, "show", help=f"Show one {noun} and what was told to other systems.")
    @click.argument("measure_id", type=int, metavar="ID")
    @show.format_option()
    def show_(at: door.Door, *, measure_id: int, shape: str) -> None:
        from dunwell.desk import measure

        _show(measure.one(at.scope, kind, measure_id), shape)

    return group


def _open(
    at: door.Door,
    kind: str,
    *,
    customer: str,
    items: tuple[str, ...],
    entity: str | None,
    on: dt.date | None,
    reason: str,
    request_key: str | None,
) -> None:
    from dunwell.desk import measure

    noun = kind.replace("_", "-")

    def do() -> dict[str, Any]:
        return measure.open_measure(
            at.scope, kind, customer, items=list(items), entity=entity, on=at.day(on),
            reason=reason, now=at.now,
        )  # fmt: skip

    request = [customer, *items, entity, on, reason]
    done(at, f"{noun} open", request, request_key, do, asked(noun))


def _print(rows: list[dict[str, Any]], shape: str) -> None:
    if shape == "json":
        show.as_json(rows)
        return
    heading = [
        "id", "customer", "entity", "items", "amount", "state", "approved", "in force", "lifted",
        "reason",
    ]  # fmt: skip
    table = [
        [r["id"], r["customer"], r["entity"], ", ".join(r["items"]), amount(r["amounts"]),
         r["state"], r["approved_on"], r["in_force_on"], r["lifted_on"], r["reason"]]
        for r in rows
    ]  # fmt: skip
    if shape == "csv":
        show.as_csv(heading, table)
    else:
        show.as_table(heading, table)


def _show(row: dict[str, Any], shape: str) -> None:
    if shape == "json":
        show.as_json(row)
        return
    _print([row], shape)
    if shape == "csv":
        return
    orders = row.get("orders", [])
    if orders:
        show.as_table(
            ["order", "amount", "ordered", "status"],
            [[o["number"], amount([o]), o["ordered_on"], o["status"]] for o in orders],
            title="Open orders",
        )
    told(row["calls"])


def told(calls: list[dict[str, Any]]) -> None:
    """Print what was told to other systems."""
    if calls:
        show.as_table(
            ["hook", "event", "state", "tries", "status"],
            [[c["hook"], c["event"], c["state"], c["tries"], c["status"]] for c in calls],
            title="Told",
        )


def amount(amounts: list[dict[str, Any]]) -> str:
    """Write amounts, one a currency."""
    return " + ".join(money.text(a["amount_minor"], a["currency"]) for a in amounts)
