"""`dunwell delivery`: what was handed over, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun


def add_to(main: click.Group) -> None:
    """Add these commands."""

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
    @noun.draft_option()
    @show.format_option()
    def list_(
        at: door.Door, *, customer: str | None, states: tuple[str, ...], drafts: bool, shape: str
    ) -> None:
        """List deliveries by state, all or one customer's; by default the unknown ones."""
        from dunwell.desk import deliveries

        rows = deliveries.listed(at.scope, states=states, customer=customer)
        rows = noun.drafted(at, rows, "delivery", key="key") if drafts else rows
        _list_deliveries(rows, shape)
        if drafts and shape == "table":
            noun.print_drafts(rows, key="key")

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

    @door.command(delivery, "read")
    @click.argument(
        "paths", nargs=-1, required=True, metavar="PATH…",
        type=click.Path(path_type=Path),
    )  # fmt: skip
    @show.json_option()
    def read(at: door.Door, *, paths: tuple[Path, ...]) -> int:
        """Read what came in: mails (.eml, mbox, maildir) and saved webhooks, each taken once."""
        return _read(at, paths)

    @door.command(delivery, "repair")
    @click.argument("customer")
    @click.option(
        "--channel",
        type=click.Choice(["email", "sms", "phone", "mobile", "letter"]),
        default="email",
        show_default=True,
        help="which way",
    )
    @click.option(
        "--role",
        type=click.Choice(["ap", "buyer", "manager", "owner", "executive", "legal", "alternate"]),
        default="ap",
        show_default=True,
        help="whose",
    )
    @click.option("--reason", default="", metavar="R", help="why; an opt-out asks for it")
    @door.key_option()
    @show.json_option()
    def repair(at: door.Door, **values: Any) -> None:
        """Say that a way to a contact works again, and that nothing else is to be repaired."""
        _repair(at, **values)


def _read(at: door.Door, paths: tuple[Path, ...]) -> int:
    from dunwell.desk import inbox

    report = inbox.take(at.scope, inbox.read(paths), now=at.now)
    at.seal()
    for complaint in report.complaints:
        show.say(f"  {complaint}")
    done = {
        "taken": report.taken,
        "known": report.known,
        "complaints": [str(c) for c in report.complaints],
    }
    counts = Counter(row["kind"] for row in report.taken)
    said = ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items())) or "nothing new"
    show.as_done(done, f"{said}; {report.known} known already")
    return door.COMPLAINTS if report.complaints else 0


def _repair(
    at: door.Door, *, customer: str, channel: str, role: str, reason: str, request_key: str | None
) -> None:
    from dunwell.desk import inbox, once

    def do() -> dict[str, Any]:
        count = inbox.repair(
            at.scope, customer, channel=channel, role=role, reason=reason, on=at.today, now=at.now
        )
        return {"id": customer, "channel": channel, "role": role, "repaired": count}

    request = [customer, channel, role, reason]
    done = once.run(
        at.scope, request_key, verb="delivery repair", request=request, now=at.now, do=do
    )
    at.seal()
    show.as_done(done, f"{customer} may be reached by {channel} again")


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
