"""`dunwell placement` and `dunwell referral`: debts handed to an agency, a lawyer, a bureau."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun
from dunwell.core import money


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def placement() -> None:
        """Debts with an agency, and what is reported to a credit bureau."""

    @door.command(placement, "open")
    @click.argument("customer")
    @click.option("--item", "items", multiple=True, metavar="N", help="an item; else all expired")
    @click.option("--entity", metavar="CODE", help="toward which entity, if several")
    @click.option(
        "--kind",
        type=click.Choice(["agency", "bureau"]),
        default="agency",
        show_default=True,
        help="who gets it",
    )
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Ask the manager to hand a customer's debts over; prints the question's key."""
        propose(at, "placement", **values)

    @door.command(placement, "weigh")
    @click.argument("customer")
    @click.option("--entity", metavar="CODE", help="toward which entity, if several")
    @door.as_of_option()
    @show.format_option()
    def weigh(
        at: door.Door, *, customer: str, entity: str | None, as_of: dt.date | None, shape: str
    ) -> None:
        """Show what could be placed, what is missing for it, and what it is worth."""
        from dunwell.desk import placement as desk

        _print_worth(desk.weigh(at.scope, customer, entity=entity, as_of=at.day(as_of)), shape)

    add_common(placement, "placement", ("agency", "bureau"))


def add_common(group: click.Group, word: str, kinds: tuple[str, ...]) -> None:
    """Add what every hand-over has: list, show, export, recall, close."""

    @door.command(group, "list", help=f"List {word}s, newest first: all, or one customer's.")
    @click.argument("customer", required=False)
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, shape: str) -> None:
        from dunwell.desk import placement as desk

        print_list(desk.listed(at.scope, customer=customer, kinds=kinds), shape)

    @door.command(group, "show", help=f"Show one {word} by its id, or those of a customer.")
    @click.argument("what", metavar="ID|CUSTOMER")
    @show.format_option()
    def show_(at: door.Door, *, what: str, shape: str) -> None:
        from dunwell.desk import placement as desk

        print_one(found(desk.listed(at.scope, kinds=kinds), what, word), what, shape)

    @door.command(group, "export", help=f"Write the files of a {word} into a folder.")
    @click.argument("number", type=int, metavar="ID")
    @click.option(
        "--out", required=True, metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
        help="the folder; it is made if it is not there",
    )  # fmt: skip
    @show.json_option()
    def export(at: door.Door, *, number: int, out: Path) -> None:
        from dunwell.desk import agency_file

        done = agency_file.write(
            at.scope, number, noun=word, out=out, as_of=at.today, now=at.now
        )  # fmt: skip
        at.seal()
        show.as_done(done, f"{word} {number}: {len(done['files'])} files in {out}")

    _add_ends(group, word)


def _add_ends(group: click.Group, word: str) -> None:
    @door.command(group, "recall", help=f"Take a {word} back; what is open waits for a person.")
    @click.argument("number", type=int, metavar="ID")
    @door.day_option("--on", "the day it is taken back; by default today")
    @click.option("--reason", required=True, metavar="R", help="why")
    @door.key_option()
    @show.json_option()
    def recall(at: door.Door, **values: Any) -> None:
        _end(at, word, "recalled", **values)

    @door.command(group, "close", help=f"End a {word} that has run its course.")
    @click.argument("number", type=int, metavar="ID")
    @door.day_option("--on", "the day it ended; by default today")
    @click.option("--reason", default="", metavar="R", help="how it ended")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, **values: Any) -> None:
        _end(at, word, "closed", **values)


def propose(
    at: door.Door,
    word: str,
    *,
    customer: str,
    items: tuple[str, ...],
    entity: str | None,
    request_key: str | None,
    kind: str = "legal",
) -> None:
    """Put the question, and say what it is about."""
    from dunwell.desk import once
    from dunwell.desk import placement as desk

    def do() -> dict[str, Any]:
        return desk.propose(
            at.scope, customer, kind=kind, items=items, entity=entity, as_of=at.today, now=at.now
        )

    request = [customer, *items, entity, kind]
    done = once.run(at.scope, request_key, verb=f"{word} open", request=request, now=at.now, do=do)
    at.seal()
    show.as_done(done, f"asked; next: dunwell approve {done['id']}")


def _end(
    at: door.Door,
    word: str,
    state: str,
    *,
    number: int,
    on: dt.date | None,
    reason: str,
    request_key: str | None,
) -> None:
    from dunwell.desk import once
    from dunwell.desk import placement as desk

    def do() -> dict[str, Any]:
        return desk.take_back(
            at.scope, number, noun=word, state=state, reason=reason, as_of=at.day(on), now=at.now
        )

    done = once.run(
        at.scope, request_key, verb=f"{word} {state}", request=[number, on, reason], now=at.now,
        do=do,
    )  # fmt: skip
    at.seal()
    held = f"; {done['held']} items wait for a person" if done["held"] else ""
    show.as_done(done, f"{word} {number} {state}{held}")


def found(rows: list[dict[str, Any]], what: str, word: str) -> list[dict[str, Any]]:
    """Return the row of an id, or those of a customer. Raises: Refused where there is none."""
    return noun.of(rows, what, word)


FIELDS = ("id", "customer", "entity", "kind", "partner", "state", "placed_on", "items", "amounts",
          "payments_since")  # fmt: skip


def print_list(rows: list[dict[str, Any]], shape: str) -> None:
    """Print hand-overs; a table shows amounts as people write them."""
    if shape == "json":
        show.as_json(rows)
        return
    noun.listed([_flat(r) for r in rows], FIELDS, shape)


def print_one(rows: list[dict[str, Any]], what: str, shape: str) -> None:
    """Print the one asked for as JSON, else the table."""
    if shape == "json" and str(rows[0]["id"]) == what:
        show.as_json(rows[0])
    else:
        print_list(rows, shape)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    amounts: Callable[[dict[str, Any]], str] = lambda a: money.text(  # noqa: E731
        a["amount_minor"], a["currency"]
    )
    return row | {
        "items": [i["number"] for i in row["items"]],
        "amounts": [amounts(a) for a in row["amounts"]],
        "payments_since": [amounts(a) for a in row["payments_since"]],
    }


def _print_worth(seen: dict[str, Any], shape: str) -> None:
    if shape == "json":
        show.as_json(seen)
        return
    noun_rows = [[i["number"], i["due_on"], money.text(i["amount_minor"], i["currency"])]
                 for i in seen["items"]]  # fmt: skip
    if shape == "csv":
        show.as_csv(["number", "due_on", "amount"], noun_rows)
        return
    show.as_table(["item", "due", "amount"], noun_rows, title=f"{seen['customer']}", right=[2])
    for gap in seen["gaps"]:
        click.echo(f"missing ({gap['reason']}): {gap['text']}")
    if seen["checklist_open"]:
        click.echo(f"checklist: {', '.join(seen['checklist_open'])} still open")
    worth = seen["expected"]
    currency = worth["currency"]
    basis = "assumed figures" if worth["is_assumed"] else "the policy's figures"
    click.echo(
        f"expected of an agency, {worth['commission_percent']} percent commission off: "
        f"{money.text(worth['agency_minor'], currency)}; without one: "
        f"{money.text(worth['staying_minor'], currency)} ({basis}); better: {worth['better']}"
    )
