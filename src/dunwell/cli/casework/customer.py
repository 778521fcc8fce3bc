"""`dunwell customer`: everything about one of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.core import money


def add_to(main: click.Group) -> None:
    """Add these commands."""

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

    @door.command(customer, "briefing")
    @click.argument("reference")
    @click.option(
        "--format",
        "shape",
        type=click.Choice(["markdown", "json"]),
        default="markdown",
        show_default=True,
        help="how to print it",
    )
    @door.as_of_option()
    def briefing(at: door.Door, *, reference: str, shape: str, as_of: dt.date | None) -> None:
        """Print the page to read before calling: what is owed, said and agreed, what to say."""
        from dunwell.desk import briefing as desk

        page = desk.of(at.scope, reference, as_of=at.day(as_of), today=at.today)
        if shape == "json":
            show.as_json(page)
        else:
            click.echo(desk.markdown(page), nl=False)


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
