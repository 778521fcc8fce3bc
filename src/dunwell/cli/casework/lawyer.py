"""`dunwell lawyer` and `dunwell ceased`: who may not be written to, and whose word it is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun

CHANNELS = ("email", "phone", "sms")


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def lawyer() -> None:
        """Customers a lawyer speaks for: nothing goes to them by itself."""

    @door.command(lawyer, "open")
    @click.argument("customer")
    @click.option("--contact", required=True, metavar="NAME", help="the lawyer's name")
    @click.option("--email", default="", metavar="E", help="the lawyer's e-mail address")
    @click.option("--phone", default="", metavar="P", help="the lawyer's number")
    @click.option("--address", default="", metavar="A", help="the lawyer's postal address")
    @door.day_option("--on", "since when, also in the past; by default today")
    @click.option("--note", default="", metavar="T", help="more about it, for colleagues")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Name the lawyer of a customer; everything by itself stops, at every entity."""
        _open(at, "lawyer", **values)

    _add_rest(lawyer, "lawyer")

    @main.group()
    def ceased() -> None:
        """Customers who want no contact, at all or by one channel."""

    @door.command(ceased, "open")
    @click.argument("customer")
    @click.option("--channel", type=click.Choice(CHANNELS), help="only this channel; else all")
    @door.day_option("--on", "since when, also in the past; by default today")
    @click.option("--note", default="", metavar="T", help="more about it, for colleagues")
    @door.key_option()
    @show.json_option()
    def cease(at: door.Door, **values: Any) -> None:
        """Keep a customer's wish for no contact; prints the stop's id."""
        _open(at, "ceased", **values)

    _add_rest(ceased, "ceased")


def _add_rest(group: click.Group, word: str) -> None:
    """Add close, list and show, which both nouns have alike."""

    @door.command(group, "close", help="End the stop; contact is allowed again from that day on.")
    @click.argument("number", type=int, metavar="ID")
    @door.day_option("--on", "the first day it holds no more; by default today")
    @click.option("--reason", required=True, metavar="R", help="why")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, **values: Any) -> None:
        _close(at, word, **values)

    @door.command(group, "list", help="List these stops, newest first: all, or one customer's.")
    @click.argument("customer", required=False)
    @show.format_option()
    def list_(at: door.Door, *, customer: str | None, shape: str) -> None:
        from dunwell.desk import standstill

        _print(standstill.listed(at.scope, noun=word, customer=customer), word, shape)

    @door.command(group, "show", help="Show one by its id, or those of a customer.")
    @click.argument("what", metavar="ID|CUSTOMER")
    @show.format_option()
    def show_(at: door.Door, *, what: str, shape: str) -> None:
        from dunwell.desk import standstill

        found = noun.of(standstill.listed(at.scope, noun=word), what, word)
        if shape == "json" and str(found[0]["id"]) == what:
            show.as_json(found[0])
        else:
            _print(found, word, shape)


def _open(
    at: door.Door,
    word: str,
    *,
    customer: str,
    on: dt.date | None,
    note: str,
    request_key: str | None,
    **more: Any,
) -> None:
    from dunwell.desk import once, standstill

    when: dict[str, Any] = {"on": at.day(on), "note": note, "as_of": at.today, "now": at.now}

    def do() -> dict[str, Any]:
        if word == "lawyer":
            return standstill.open_lawyer(at.scope, customer, **more, **when)
        return standstill.open_ceased(at.scope, customer, **more, **when)

    request = [customer, on, note, *more.values()]
    done = once.run(at.scope, request_key, verb=f"{word} open", request=request, now=at.now, do=do)
    at.seal()
    show.as_done(done, f"{word} {done['id']} on {customer}")


def _close(
    at: door.Door,
    word: str,
    *,
    number: int,
    on: dt.date | None,
    reason: str,
    request_key: str | None,
) -> None:
    from dunwell.desk import once, standstill

    def do() -> dict[str, Any]:
        return standstill.close(
            at.scope, number, noun=word, reason=reason, as_of=at.day(on), now=at.now
        )

    request = [number, on, reason]
    done = once.run(at.scope, request_key, verb=f"{word} close", request=request, now=at.now, do=do)
    at.seal()
    show.as_done(done, f"{word} {number} ended")


def _print(rows: list[dict[str, Any]], word: str, shape: str) -> None:
    last = "channel" if word == "ceased" else "lawyers"
    flat = [
        r if word == "ceased" else r | {"lawyers": [c["name"] for c in r["contacts"]]} for r in rows
    ]
    fields = ("id", "customer", "state", "from_on", "ended_on", last, "by", "note")
    noun.listed(rows if shape == "json" else flat, fields, shape)
