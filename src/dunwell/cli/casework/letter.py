"""`dunwell letter`: letters printed together, put into the post by hand, marked as posted."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import click

from dunwell.cli import door, show
from dunwell.cli.casework import noun

FIELDS = ("key", "customer", "name", "entity", "step", "state", "send_at", "run", "why_not")


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.group()
    def letter() -> None:
        """Letters of a print run: printed, posted by hand, and marked as posted."""

    @door.command(letter, "list")
    @show.format_option()
    def list_(at: door.Door, *, shape: str) -> None:
        """List the letters that wait to be printed or posted, in the order they are printed."""
        from dunwell.desk import letter as desk

        noun.listed(desk.listed(at.scope, as_of=at.today), FIELDS, shape)

    @door.command(letter, "export")
    @click.argument("run", required=False)
    @click.option(
        "--out", required=True, metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
        help="the PDF it is written to",
    )  # fmt: skip
    @click.option("--both-sides", is_flag=True, help="let each letter begin on its own sheet")
    @show.json_option()
    def export(at: door.Door, *, run: str | None, out: Path, both_sides: bool) -> None:
        """Print what waits as one PDF, or a run that was printed before once more."""
        _export(at, run, out, both_sides=both_sides)

    @door.command(letter, "post")
    @click.argument("run")
    @click.option("--letter", "keys", multiple=True, metavar="KEY", help="one; else the whole run")
    @door.day_option("--on", "the day they were posted; by default today")
    @door.key_option()
    @show.json_option()
    def post(at: door.Door, **values: Any) -> None:
        """Mark a run as posted: from that day on each letter counts as a contact."""
        _post(at, **values)

    @door.command(letter, "recall")
    @click.argument("run")
    @click.option("--letter", "keys", multiple=True, metavar="KEY", help="one; else the whole run")
    @door.key_option()
    @show.json_option()
    def recall(at: door.Door, **values: Any) -> None:
        """Take letters out of a run before they are posted; the next run decides them anew."""
        _recall(at, **values)


def _export(at: door.Door, run: str | None, out: Path, *, both_sides: bool) -> None:
    from dunwell.desk import letter as desk

    made = None if run else desk.print_run(at.scope, now=at.now, today=at.today)
    at.seal()
    name = made.run if made else run
    done: dict[str, Any] = {"id": name or None, "files": []}
    if made:
        done |= {"letters": made.letters, "cancelled": made.cancelled,
                 "postponed": made.postponed, "left": made.left}  # fmt: skip
    if name:
        whole = desk.file(at.scope, name, both_sides=both_sides)
        out.parent.mkdir(parents=True, exist_ok=True)
        part = out.with_name(out.name + ".part")
        part.write_bytes(whole)
        os.replace(part, out)
        done["files"] = [str(out)]
    said = f"print run {name}: {out}" if name else "none of them may go now"
    more = f"; {made.letters} letters, {made.cancelled} cancelled" if made else ""
    show.as_done(done, f"{said}{more}; next: dunwell letter post {name}" if name else said)


def _post(
    at: door.Door, *, run: str, keys: tuple[str, ...], on: dt.date | None, request_key: str | None
) -> None:
    from dunwell.desk import letter as desk
    from dunwell.desk import once

    def do() -> dict[str, Any]:
        day = at.day(on)
        n = desk.post(at.scope, run, keys=keys, on=day, today=at.today, now=at.now)
        return {"id": run, "state": "posted", "letters": n, "on": day}

    done = once.run(
        at.scope, request_key, verb="letter post", request=[run, *keys, on], now=at.now, do=do
    )
    at.seal()
    show.as_done(done, f"{done['letters']} letters of run {run} posted")


def _recall(at: door.Door, *, run: str, keys: tuple[str, ...], request_key: str | None) -> None:
    from dunwell.desk import letter as desk
    from dunwell.desk import once

    def do() -> dict[str, Any]:
        n = desk.recall(at.scope, run, keys=keys, now=at.now)
        return {"id": run, "state": "recalled", "letters": n}

    done = once.run(
        at.scope, request_key, verb="letter recall", request=[run, *keys], now=at.now, do=do
    )
    at.seal()
    show.as_done(done, f"{done['letters']} letters of run {run} are ready again")
