"""`dunwell note`: what people write down, and contacts made by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun
from dunwell.core import book

FIELDS = ("id", "customer", "on", "by", "note", "withdrawn_on")


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def note() -> None:
        """What people write down, and contacts made by hand; calls are `dunwell call`."""

    @door.command(note, "open")
    @click.argument("customer")
    @click.option("--note", required=True, metavar="T", help="the words")
    @click.option(
        "--contacted",
        type=click.Choice(["email", "letter", "sms", "in_person"]),
        help="how the customer was reached by hand; it counts as a contact",
    )
    @click.option("--tone", type=click.Choice(book.TONES), help="how it sounded; else friendly")
    @click.option("--step", default="", metavar="S", help="the step it was; else it is none")
    @click.option(
        "--item", "items", multiple=True, metavar="N", help="what the step was about; else all"
    )
    @click.option("--entity", metavar="CODE", help="toward this entity")
    @door.day_option("--on", "when the customer was reached; by default today")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Keep a note, or note a contact made by hand; prints its id."""
        _open_note(at, **values)

    @door.command(note, "close")
    @click.argument("number", type=int, metavar="ID")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, *, number: int, request_key: str | None) -> None:
        """Take back a note kept in error, and the contact it told of."""
        from dunwell.desk import note as desk
        from dunwell.desk import once

        def do() -> dict[str, Any]:
            return desk.close_note(at.scope, number, on=at.today, now=at.now)

        request = [number]
        done = once.run(
            at.scope, request_key, verb="note close", request=request, now=at.now, do=do
        )
        at.seal()
        show.as_done(done, f"note {number} is taken back: it counts as nothing")

    @door.command(note, "list")
    @click.argument("customer", required=False)
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, shape: str) -> None:
        """List notes, newest first: all, or one customer's."""
        from dunwell.desk import note as desk

        noun.listed(desk.listed(at.scope, customer=customer), FIELDS, shape)

    @door.command(note, "show")
    @click.argument("what", metavar="ID|CUSTOMER")
    @show.format_option()
    def show_(at: door.Door, *, what: str, shape: str) -> None:
        """Show one note by its id, or those of a customer."""
        from dunwell.desk import note as desk

        found = noun.of(desk.listed(at.scope, customer=None), what, "note")
        if shape == "json" and str(found[0]["id"]) == what:
            show.as_json(found[0])
        else:
            noun.listed(found, FIELDS, shape)


def _open_note(
    at: door.Door,
    *,
    customer: str,
    note: str,
    contacted: str | None,
    tone: str | None,
    step: str,
    items: tuple[str, ...],
    entity: str | None,
    on: dt.date | None,
    request_key: str | None,
) -> None:
    from dunwell.desk import note as desk
    from dunwell.desk import once

    said = desk.Said(note, contacted or "", tone or "", step, items, entity)

    def do() -> dict[str, Any]:
        return desk.open_note(at.scope, customer, said, on=at.day(on), today=at.today, now=at.now)

    request = [customer, *said, on]
    done = once.run(at.scope, request_key, verb="note open", request=request, now=at.now, do=do)
    at.seal()
    how = f"; contacted by {contacted.replace('_', ' ')}" if contacted else ""
    show.as_done(done, f"note {done['id']} on {customer}{how}")
