"""`dunwell call`: whom to call and what to say, and what came of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun
from dunwell.core import calls, disputes, money
from dunwell.core.errors import Refused

MADE = (
    "id",
    "customer",
    "on",
    "at",
    "outcome",
    "contact",
    "name",
    "channel",
    "by",
    "note",
    "withdrawn_on",
)
TIME = click.DateTime(formats=["%H:%M"])


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def call() -> None:
        """Whom to call and what to say; and what came of it."""

    _seeing(call)

    @door.command(call, "open")
    @click.argument("customer")
    @click.option(
        "--outcome", required=True, type=click.Choice(calls.OUTCOMES), help="what came of it"
    )
    @click.option("--contact", default="", metavar="ROLE", help="who was called, by role")
    @click.option("--mobile", is_flag=True, help="it was the mobile number")
    @click.option(
        "--action", metavar="KEY", help="the planned call it answers; else every one that waits"
    )
    @door.day_option("--on", "when, also in the past; by default today")
    @click.option("--at-time", type=TIME, metavar="HH:MM", help="at what time; by default now")
    @click.option("--minutes", type=int, default=0, metavar="N", help="how long it took")
    @click.option("--note", default="", metavar="T", help="what was said")
    @door.day_option("--follow-up", "a day to be reminded on", param="follow_up_on")
    @door.day_option("--promise-by", "the day payment was promised for")
    @click.option("--promise-amount", metavar="A", help="how much; by default all that is overdue")
    @click.option(
        "--item", "items", multiple=True, metavar="N", help="what is promised, disputed or the step"
    )
    @click.option(
        "--dispute-reason",
        "dispute_code",
        type=click.Choice(disputes.CODES),
        help="what is disputed of it; by default other",
    )
    @click.option("--dispute-amount", metavar="A", help="how much, a part of one item")
    @click.option(
        "--step", default="", metavar="S", help="the step it was; else only a planned one"
    )
    @click.option("--entity", metavar="CODE", help="about this entity")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Note a call, and what follows from it; prints its id."""
        _open_call(at, **values)

    @door.command(call, "close")
    @click.argument("number", type=int, metavar="ID")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, *, number: int, request_key: str | None) -> None:
        """Take back a call that was logged in error, with what followed from it."""
        from dunwell.desk import call as desk
        from dunwell.desk import once

        def do() -> dict[str, Any]:
            return desk.close_call(at.scope, number, on=at.today, now=at.now)

        request = [number]
        done = once.run(
            at.scope, request_key, verb="call close", request=request, now=at.now, do=do
        )
        at.seal()
        show.as_done(done, f"call {number} is taken back: it counts as nothing")


def _seeing(call: click.Group) -> None:
    """Add list and show."""

    @door.command(call, "list")
    @click.argument("customer", required=False)
    @click.option("--owner", metavar="USER", help="only those a user is to make")
    @click.option("--all", "everything", is_flag=True, help="also those held back, with the reason")
    @show.format_option()
    @door.as_of_option()
    def list_(
        at: door.Door, *, customer: str | None, owner: str | None, everything: bool, shape: str,
        as_of: dt.date | None,
    ) -> None:  # fmt: skip
        """List whom to call, due first first; with CUSTOMER the calls made, newest first."""
        from dunwell.desk import call as desk
        from dunwell.desk import call_queue

        if customer is not None:
            noun.listed(desk.history(at.scope, customer=customer), MADE, shape)
            return
        rows = call_queue.queue(at.scope, owner=owner, as_of=at.day(as_of))
        shown = rows if everything else [r for r in rows if r["held_back"] is None]
        _list_queue(shown, shape)
        if len(shown) < len(rows):
            show.say(f"{len(rows) - len(shown)} held back just now: dunwell call list --all")

    @door.command(call, "show")
    @click.argument("what", metavar="ID|CUSTOMER")
    @show.format_option()
    @door.as_of_option()
    def show_(at: door.Door, *, what: str, shape: str, as_of: dt.date | None) -> None:
        """Show a call made by its id, or a customer's: whom, when, the script, what was tried."""
        from dunwell.desk import briefing
        from dunwell.desk import call as desk

        made = [r for r in desk.history(at.scope, customer=None) if str(r["id"]) == what]
        if made:
            if shape == "json":
                show.as_json(made[0])
            else:
                noun.listed(made, MADE, shape)
            return
        try:
            day = at.day(as_of)
            found = briefing.before_call(at.scope, what, as_of=day, today=at.today)
        except Refused as error:
            raise Refused("unknown_call", f"no call and no customer {what!r}") from error
        if shape == "json":
            show.as_json({k: v for k, v in found.items() if k != "sections"})
        elif shape == "csv":
            _list_queue(found["calls"], shape)
        else:
            _print_prepared(found)


def _list_queue(rows: list[dict[str, Any]], shape: str) -> None:
    if shape == "json":
        show.as_json(rows)
        return
    heading = ["customer", "name", "entity", "what", "overdue", "call", "at", "tries", "due",
               "owner", "held back"]  # fmt: skip
    table = [
        [r["customer"], r["name"], r["entity"], r["what"],
         " + ".join(money.text(a["amount_minor"], a["currency"]) for a in r["overdue"]),
         _whom(r["contact"]), r["suggested"], r["attempts"], r["due_on"], r["owner"],
         r["held_back"]]
        for r in rows
    ]  # fmt: skip
    if shape == "csv":
        show.as_csv(heading, table)
    else:
        show.as_table(heading, table)


def _whom(person: dict[str, Any] | None) -> str:
    if person is None:
        return "no number"
    return " ".join(x for x in (person["role"], person["name"], person["number"]) if x)


def _print_prepared(found: dict[str, Any]) -> None:
    click.echo("Talk about:")
    for point in found["talking_points"]:
        click.echo(f"- {point}")
    click.echo("")
    for row in found["calls"]:
        click.echo(f"{row['what'].replace('_', ' ')}, due {row['due_on']}, {row['owner']}")
        if row["held_back"]:
            click.echo(f"  do not call now: {row['held_back'].replace('_', ' ')}")
        click.echo(f"  {_whom(row['contact'])}, at {row['suggested']}")
        for other in row["others"]:
            click.echo(f"  else {_whom(other)}")
        if row["last"]:
            click.echo(f"  tried {row['attempts']} times, last {row['last']}")
        click.echo("")
        click.echo(row["script"] or "Nothing is overdue any more.")
    if not found["calls"]:
        click.echo("No call is planned.")
    if found["history"]:
        noun.listed(found["history"], MADE, "table")


def _open_call(
    at: door.Door,
    *,
    customer: str,
    outcome: str,
    contact: str,
    mobile: bool,
    action: str | None,
    on: dt.date | None,
    at_time: dt.datetime | None,
    minutes: int,
    note: str,
    follow_up_on: dt.date | None,
    promise_by: dt.date | None,
    promise_amount: str | None,
    dispute_code: str | None,
    dispute_amount: str | None,
    items: tuple[str, ...],
    step: str,
    entity: str | None,
    request_key: str | None,
) -> None:
    from dunwell.desk import call as desk
    from dunwell.desk import once

    said = desk.Said(
        outcome=outcome, on=at.day(on), at_time=at_time.time() if at_time else None,
        contact=contact, is_mobile=mobile, action=action, minutes=minutes, note=note,
        follow_up_on=follow_up_on, promise_by=promise_by,
        promise_amount=noun.decimal(promise_amount, "--promise-amount") if promise_amount else None,
        dispute_code=dispute_code or "",
        dispute_amount=noun.decimal(dispute_amount, "--dispute-amount") if dispute_amount else None,
        items=items, step=step, entity=entity,
    )  # fmt: skip

    def do() -> dict[str, Any]:
        return desk.open_call(at.scope, customer, said, today=at.today, now=at.now)

    done = once.run(
        at.scope, request_key, verb="call open", request=[customer, *said], now=at.now, do=do
    )
    at.seal()
    words = f"call {done['id']} with {customer}: {outcome.replace('_', ' ')}"
    words += "; a call made" if done["made"] else "; an attempt"
    if "dispute" in done:
        words += f"; dispute {done['dispute']} is open"
    elif outcome == "dispute":
        words += f"; next: dunwell dispute open {customer}"
    show.as_done(done, words)
