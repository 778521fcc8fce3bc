"""`dunwell dispute`: what customers object to."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun
from dunwell.core import disputes


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def dispute() -> None:
        """Disputes: what a customer objects to, who answers, by when, how it ended."""

    @door.command(dispute, "open")
    @click.argument("customer")
    @click.option(
        "--item",
        "items",
        multiple=True,
        required=True,
        metavar="N",
        help="an item; may be repeated",
    )
    @click.option("--amount", metavar="A", help="a part of one item, such as 250.00")
    @click.option("--entity", metavar="CODE", help="which entity, where several have the item")
    @click.option(
        "--reason", "code", required=True, type=click.Choice(disputes.CODES), help="what about"
    )
    @door.day_option("--on", "since when, also in the past; by default today")
    @click.option("--owner", default="", metavar="USER", help="who answers; by default theirs")
    @door.day_option("--due", "when it must be answered; by default 5 working days", param="due_on")
    @click.option("--note", default="", metavar="T", help="what the customer says")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Record a dispute over items, or an amount of one; prints its id."""
        _open(at, **values)

    @door.command(dispute, "close")
    @click.argument("dispute_id", type=int, metavar="ID")
    @click.option(
        "--outcome", required=True, type=click.Choice(disputes.OUTCOMES), help="how it ended"
    )
    @click.option("--answer", default="", metavar="T", help="what the customer was told")
    @door.day_option("--answered-on", "when; by default the day it is decided")
    @click.option(
        "--credit-note", default="", metavar="N", help="the one that ends what was upheld"
    )
    @door.day_option("--on", "when it was decided; by default today")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, **values: Any) -> None:
        """Decide a dispute that was answered: upheld, rejected or credited."""
        _close(at, **values)

    @door.command(dispute, "list")
    @click.argument("customer", required=False)
    @noun.draft_option()
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, drafts: bool, shape: str) -> None:
        """List disputes, newest first, with the days each has paused: all, or one customer's."""
        from dunwell.desk import dispute as desk

        rows = desk.listed(at.scope, customer=customer, as_of=at.today)
        rows = noun.drafted(at, rows, "dispute") if drafts else rows
        _list(rows, shape)
        if drafts and shape == "table":
            noun.print_drafts(rows)

    @door.command(dispute, "show")
    @click.argument("what", metavar="ID|CUSTOMER")
    @show.format_option()
    def show_(at: door.Door, *, what: str, shape: str) -> None:
        """Show one dispute by its id, or those of a customer."""
        from dunwell.desk import dispute as desk

        rows = desk.listed(at.scope, customer=None, as_of=at.today)
        found = noun.of(rows, what, "dispute")
        if shape == "json" and str(found[0]["id"]) == what:
            show.as_json(found[0])
        else:
            _list(found, shape)


def _open(
    at: door.Door,
    *,
    customer: str,
    items: tuple[str, ...],
    amount: str | None,
    entity: str | None,
    code: str,
    on: dt.date | None,
    owner: str,
    due_on: dt.date | None,
    note: str,
    request_key: str | None,
) -> None:
    from dunwell.desk import dispute, hold, once

    part = None if amount is None else noun.decimal(amount)

    def do() -> dict[str, Any]:
        minor = (
            None if part is None else hold.amount_of(at.scope, customer, items, part, entity=entity)
        )
        made = dispute.open_dispute(
            at.scope, customer, items=items, amount_minor=minor, code=code, on=at.day(on),
            now=at.now, owner=owner, due_on=due_on, note=note, entity=entity,
        )  # fmt: skip
        return {"id": made, "state": "open"}

    request = [customer, *items, amount, entity, code, on, owner, due_on, note]
    done = once.run(at.scope, request_key, verb="dispute open", request=request, now=at.now, do=do)
    at.seal()
    show.as_done(done, f"dispute {done['id']} of {customer} about {code.replace('_', ' ')}")


def _close(
    at: door.Door,
    *,
    dispute_id: int,
    outcome: str,
    answer: str,
    answered_on: dt.date | None,
    credit_note: str,
    on: dt.date | None,
    request_key: str | None,
) -> None:
    from dunwell.desk import dispute, once

    def do() -> dict[str, Any]:
        state = dispute.close_dispute(
            at.scope, dispute_id, outcome=outcome, answer=answer, answered_on=answered_on,
            credit_note=credit_note, on=at.day(on), now=at.now,
        )  # fmt: skip
        return {"id": dispute_id, "outcome": outcome, "state": state}

    request = [dispute_id, outcome, answer, answered_on, credit_note, on]
    done = once.run(at.scope, request_key, verb="dispute close", request=request, now=at.now, do=do)
    at.seal()
    show.as_done(done, f"dispute {dispute_id} {outcome}; {_WHAT_FOLLOWS[outcome]}")


_WHAT_FOLLOWS = {
    "upheld": "its amount stays out until the credit note is posted",
    "rejected": f"it stays disputed for {disputes.REJECTED_DAYS} days after the answer",
    "credited": "it covers nothing any more",
}


def _list(rows: list[dict[str, Any]], shape: str) -> None:
    fields = (
        "id", "customer", "items", "code", "owner", "from_on", "due_on", "state", "outcome",
        "until_on", "days_paused", "cycle_days",
    )  # fmt: skip
    if shape != "json":
        rows = [r | {"items": [noun.part(i) for i in r["items"]]} for r in rows]
    noun.listed(rows, fields, shape)
