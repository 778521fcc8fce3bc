"""`dunwell task`: what is before whom, and by when."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun
from dunwell.core import tasks

FIELDS = ("id", "kind", "customer", "owner", "due_on", "state", "escalated_to", "note")


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def task() -> None:
        """What is before whom, and by when; past due it goes to the manager."""

    _seeing(task)
    _doing(task)


def _seeing(task: click.Group) -> None:
    """Add list and show."""

    @door.command(task, "list")
    @click.argument("customer", required=False)
    @click.option("--mine", is_flag=True, help="only those of whoever asks")
    @click.option("--owner", metavar="USER", help="only those of a user, or passed on to them")
    @door.day_option("--due", "only those due by this day")
    @click.option("--kind", type=click.Choice(sorted(tasks.KINDS)), help="only this kind")
    @click.option(
        "--state",
        type=click.Choice(["open", "done", "all"]),
        default="open",
        show_default=True,
        help="which",
    )
    @show.format_option()
    def list_(
        at: door.Door, *, customer: str | None, mine: bool, owner: str | None,
        due: dt.date | None, kind: str | None, state: str, shape: str,
    ) -> None:  # fmt: skip
        """List tasks, what is due first first: all, or one customer's."""
        from dunwell.desk import task as desk

        rows = desk.listed(
            at.scope, customer=customer, owner=at.by if mine else owner, due=due, kind=kind,
            state=state, as_of=at.today,
        )  # fmt: skip
        noun.listed(rows, FIELDS, shape)

    @door.command(task, "show")
    @click.argument("task_id", type=int, metavar="ID")
    @show.format_option()
    def show_(at: door.Door, *, task_id: int, shape: str) -> None:
        """Show one task."""
        from dunwell.desk import task as desk

        found = desk.show(at.scope, task_id, as_of=at.today)
        if shape == "json":
            show.as_json(found)
        else:
            noun.listed([found], FIELDS, shape)


def _doing(task: click.Group) -> None:
    """Add open, close and give."""

    @door.command(task, "open")
    @click.argument("customer")
    @click.option(
        "--kind",
        type=click.Choice(["follow_up", "call", "ask_sales"]),
        default="follow_up",
        show_default=True,
        help="what is to be done",
    )
    @door.day_option("--until", "the day it is due; a reminder needs one")
    @click.option("--note", required=True, metavar="T", help="what it is about")
    @click.option("--owner", metavar="USER", default="", help="whose it is; by default yours")
    @click.option("--entity", metavar="CODE", help="toward this entity")
    @door.key_option()
    @show.json_option()
    def open_(at: door.Door, **values: Any) -> None:
        """Open a reminder, a call, or a question to sales; prints its id."""
        _open_task(at, **values)

    @door.command(task, "close")
    @click.argument("task_id", type=int, metavar="ID")
    @click.option("--outcome", required=True, metavar="O", help="what came of it")
    @click.option("--note", default="", metavar="T", help="the answer, in words")
    @door.day_option("--on", "when it was done; by default today")
    @door.key_option()
    @show.json_option()
    def close(at: door.Door, **values: Any) -> None:
        """Close a task, with what came of it."""
        _close_task(at, **values)

    @door.command(task, "give")
    @click.argument("task_id", type=int, metavar="ID")
    @click.option("--to", required=True, metavar="USER", help="whose it is from now on")
    @door.key_option()
    @show.json_option()
    def give(at: door.Door, *, task_id: int, to: str, request_key: str | None) -> None:
        """Give an open task to another user; who had it is the deputy."""
        from dunwell.desk import once
        from dunwell.desk import task as desk

        done = once.run(
            at.scope, request_key, verb="task give", request=[task_id, to], now=at.now,
            do=lambda: desk.give(at.scope, task_id, to=to, now=at.now),
        )  # fmt: skip
        at.seal()
        show.as_done(done, f"task {task_id} is {to}'s; deputy {done['deputy']}")


def _open_task(
    at: door.Door,
    *,
    customer: str,
    kind: str,
    until: dt.date | None,
    note: str,
    owner: str,
    entity: str | None,
    request_key: str | None,
) -> None:
    from dunwell.desk import once, task

    def do() -> dict[str, Any]:
        return task.open_task(
            at.scope, customer, kind=kind, until=until, note=note, owner=owner, entity=entity,
            on=at.today, now=at.now,
        )  # fmt: skip

    request = [customer, kind, until, note, owner, entity]
    done = once.run(at.scope, request_key, verb="task open", request=request, now=at.now, do=do)
    at.seal()
    show.as_done(done, f"task {done['id']} for {done['owner']}, due {done['due_on']}")


def _close_task(
    at: door.Door,
    *,
    task_id: int,
    outcome: str,
    note: str,
    on: dt.date | None,
    request_key: str | None,
) -> None:
    from dunwell.desk import once, task

    def do() -> dict[str, Any]:
        return task.close_task(
            at.scope, task_id, outcome=outcome, note=note, on=at.day(on), now=at.now
        )

    request = [task_id, outcome, note, on]
    done = once.run(at.scope, request_key, verb="task close", request=request, now=at.now, do=do)
    at.seal()
    show.as_done(done, f"task {task_id}: {outcome}")
