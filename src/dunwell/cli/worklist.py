"""`dunwell worklist`: what is worth a person's time today, and the sentence why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.core import ranking

HEADING = ("", "customer", "entity", "at stake", "risk", "lifts", "next", "responsible", "why")


def add_to(main: click.Group) -> None:
    """Add this command."""

    @door.command(main, "worklist")
    @click.option(
        "--capacity",
        type=click.IntRange(1),
        metavar="N",
        help="how many customers each person can work in a day; those that fit are marked",
    )
    @click.option("--owner", metavar="USER", help="only what this person is responsible for")
    @show.format_option()
    @door.as_of_option()
    def worklist(
        at: door.Door, *, capacity: int | None, owner: str | None, shape: str, as_of: dt.date | None
    ) -> None:
        """Show who is worth a person's time today, the first one first, and why."""
        from dunwell.desk import worklist as desk

        _print(desk.run(at.scope, as_of=at.day(as_of), capacity=capacity, owner=owner), shape)


def _print(found: ranking.Worklist, shape: str) -> None:
    if shape == "json":
        show.as_json(as_plain(found))
    elif shape == "csv":
        rows = (as_row(r) for r in found.rows)
        show.as_csv(
            ("rank", "customer", "entity", "currency", "at_stake_minor", "risk", "lifts",
             "next_action", "responsible", "due_on", "fits", "why"),
            ((r["rank"], r["customer"], r["entity"], found.currency, r["at_stake_minor"], r["risk"],
              _lifts(r["lifts"]), r["next_action"], r["responsible"], r["due_on"] or "",
              "yes" if r["fits"] else "no", r["why"]) for r in rows),
        )  # fmt: skip
    else:
        _as_table(found)


def _as_table(found: ranking.Worklist) -> None:
    title = f"worklist {found.as_of} · {len(found.rows)} customers"
    if found.capacity is not None:
        title += f", {found.fitting} fit in the day"
    show.as_table(
        HEADING,
        (
            (
                r.rank if r.fits else f"({r.rank})", r.of.customer, r.of.entity,
                show.amount(r.at_stake_minor, found.currency), f"{r.risk} %",
                ", ".join(x.name.replace("_", " ") for x in r.lifts),
                r.next_action.replace("_", " "), r.responsible, r.why,
            )
            for r in found.rows
        ),
        title=title,
        right=(3, 4),
    )  # fmt: skip
    left = ", ".join(f"{n} {reason.replace('_', ' ')}" for reason, n in found.left_out.items())
    show.say(f"nothing to do: {left}" if left else "nobody is left out")


def as_plain(found: ranking.Worklist) -> dict[str, Any]:
    """Return the worklist as it is printed."""
    return {
        "as_of": found.as_of,
        "currency": found.currency,
        "capacity": found.capacity,
        "rows": [as_row(r) for r in found.rows],
        "left_out": found.left_out,
    }


def as_row(row: ranking.Row) -> dict[str, Any]:
    """Return one row as it is printed."""
    return {
        "rank": row.rank,
        "customer": row.of.customer,
        "entity": row.of.entity,
        "amounts": [{"currency": c, "amount_minor": m} for c, m in row.of.amounts],
        "at_stake_minor": row.at_stake_minor,
        "risk": row.risk,
        "lifts": [x._asdict() for x in row.lifts],
        "why": row.why,
        "next_action": row.next_action,
        "responsible": row.responsible,
        "due_on": row.due_on,
        "task": row.task,
        "fits": row.fits,
    }


def _lifts(lifts: Iterable[dict[str, Any]]) -> str:
    return " ".join(f"{x['name']}:{x['weight']}" for x in lifts)
