"""`dunwell insolvency`: a hard stop from the day of the filing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun
from dunwell.core import money

FIELDS = ("id", "customer", "kind", "state", "filed_on", "court_reference", "claim_due_on",
          "claimed_on", "closed_on", "by")  # fmt: skip


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def insolvency() -> None:
        """Customers who are insolvent: no contact of any kind, at any entity."""

    @door.command(insolvency, "open")
    @click.argument("customer")
    @door.day_option("--on", "the day of the filing, also in the past", required=True)
    @click.option("--kind", default="insolvency", metavar="K", help="such as chapter 11")
    @click.option("--court-reference", default="", metavar="R", help="the court's number of it")
    @door.day_option("--claim-due", "the last day for the proof of claim")
    @click.option("--note", default="", metavar="T", help="more about it, for colleagues")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Stop everything toward a customer from the day of the filing."""
        _open(at, **values)

    @door.command(insolvency, "claim")
    @click.argument("number", type=int, metavar="ID")
    @door.day_option("--on", "the day the claim was filed; by default today")
    @door.key_option()
    @show.json_option()
    def claim(at: door.Door, **values: Any) -> None:
        """Say that the proof of claim was filed; its task is done."""
        _claim(at, **values)

    @door.command(insolvency, "close")
    @click.argument("number", type=int, metavar="ID")
    @door.day_option("--on", "the day from which contact is allowed; by default today")
    @click.option("--reason", required=True, metavar="R", help="how it ended")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, **values: Any) -> None:
        """End the stop; from that day on the customer may be chased again."""
        _close(at, **values)

    @door.command(insolvency, "list")
    @click.argument("customer", required=False)
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, shape: str) -> None:
        """List insolvencies, newest first: all, or one customer's."""
        from dunwell.desk import insolvency as desk

        noun.listed(desk.listed(at.scope, customer=customer), FIELDS, shape)

    @door.command(insolvency, "show")
    @click.argument("number", type=int, metavar="ID")
    @show.format_option()
    def show_(at: door.Door, *, number: int, shape: str) -> None:
        """Show one, with the debts from before the filing and those from it on."""
        from dunwell.desk import insolvency as desk

        _print(desk.show(at.scope, number), shape)


def _open(
    at: door.Door,
    *,
    customer: str,
    on: dt.date,
    kind: str,
    court_reference: str,
    claim_due: dt.date | None,
    note: str,
    request_key: str | None,
) -> None:
    from dunwell.desk import insolvency, once

    def do() -> dict[str, Any]:
        return insolvency.open_filing(
            at.scope, customer, on=on, kind=kind, court_reference=court_reference,
            claim_due=claim_due, note=note, as_of=at.today, now=at.now,
        )  # fmt: skip

    request = [customer, on, kind, court_reference, claim_due, note]
    done = once.run(
        at.scope, request_key, verb="insolvency open", request=request, now=at.now, do=do
    )
    at.seal()
    back = f"; {done['cancelled']} actions taken back" if done["cancelled"] else ""
    show.as_done(done, f"{customer} is insolvent since {on}: nothing goes out{back}")


def _claim(at: door.Door, *, number: int, on: dt.date | None, request_key: str | None) -> None:
    from dunwell.desk import insolvency, once

    def do() -> dict[str, Any]:
        return insolvency.claim(at.scope, number, on=at.day(on), as_of=at.today, now=at.now)

    done = once.run(
        at.scope, request_key, verb="insolvency claim", request=[number, on], now=at.now, do=do
    )
    at.seal()
    show.as_done(done, f"claim of insolvency {number} filed on {done['claimed_on']}")


def _close(
    at: door.Door, *, number: int, on: dt.date | None, reason: str, request_key: str | None
) -> None:
    from dunwell.desk import insolvency, once

    def do() -> dict[str, Any]:
        return insolvency.close(at.scope, number, reason=reason, as_of=at.day(on), now=at.now)

    request = [number, on, reason]
    done = once.run(
        at.scope, request_key, verb="insolvency close", request=request, now=at.now, do=do
    )
    at.seal()
    show.as_done(done, f"insolvency {number} closed; the customer is looked at again")


SIDES = (("before", "Before the filing"), ("after", "From the filing on"))


def _print(found: dict[str, Any], shape: str) -> None:
    if shape == "json":
        show.as_json(found)
        return
    heading = ["side", "entity", "number", "kind", "issued_on", "due_on", "currency", "open"]
    rows = [
        [side, i["entity"], i["number"], i["kind"], i["issued_on"], i["due_on"], i["currency"],
         money.to_decimal(i["open_minor"], i["currency"])]
        for side, _ in SIDES
        for i in found[side]["items"]
    ]  # fmt: skip
    if shape == "csv":
        show.as_csv(heading, rows)
        return
    click.echo(f"{found['customer']}  {found['kind']}  filed {found['filed_on']}  {found['state']}")
    for side, title in SIDES:
        mine = [row[1:] for row in rows if row[0] == side]
        show.as_table(heading[1:], mine, title=title, right=[6])
        for t in found[side]["totals"]:
            click.echo(f"  {money.text(t['open_minor'], t['currency'])}")
    for c in found["contacts_since"]:
        click.echo(f"contact since the filing: {c['on']} {c['channel']} {c['step']}")
