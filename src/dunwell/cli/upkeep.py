"""Upkeep: is the trail whole, is everything well, how fast is it, a book to try things on."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import click

from dunwell.cli import door, show
from dunwell.core.errors import Refused


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @door.command(main, "verify-journal")
    @show.format_option()
    def verify(at: door.Door, *, shape: str) -> int:
        """Recompute the journal's chain, and say where anything was changed."""
        from dunwell.desk import trail

        found = trail.verify(at.scope)
        if shape == "json":
            show.as_json(found._asdict())
        elif shape == "csv":
            show.as_csv(found._fields, [found])
        else:
            said = "the chain holds" if found.ok else f"the chain is broken: {found.problem}"
            show.say(
                f"{said}; {found.events:,} events under {found.seals:,} seals, "
                f"{found.unsealed:,} not sealed yet; head {found.head or '-'}"
            )
        return 0 if found.ok else door.REFUSED

    @door.command(main, "upgrade")
    def upgrade(at: door.Door) -> None:
        """Bring the database's schema up to this version of Dunwell; again changes nothing."""
        at.open()
        at.open(makes=True)
        show.say(f"{at.home} is up to date")

    @door.command(main, "doctor")
    @click.option("--mend", is_flag=True, help="make the sums by due date anew")
    @show.format_option()
    def doctor(at: door.Door, *, mend: bool, shape: str) -> int:
        """Look at everything the night run depends on, before the night run does."""
        from dunwell.desk import doctor as desk

        scope = at.scope
        if mend:
            desk.mend(scope)
        found = desk.run(scope, at.home)
        rows = [
            [f.name, "well" if f.ok else "NOT WELL", f.found, "" if f.ok else f.fix] for f in found
        ]
        if shape == "json":
            show.as_json([f._asdict() for f in found])
        elif shape == "csv":
            show.as_csv(["what", "", "found", "what would do"], rows)
        else:
            show.as_table(["what", "", "found", "what would do"], rows)
        return 0 if all(f.ok for f in found) else door.REFUSED

    @main.command()
    @click.argument("names", nargs=-1, metavar="[NAME]…")
    def bench(names: tuple[str, ...]) -> None:
        """Measure: look, record, letters, mails, vs_tryton; each beside a baseline."""
        folder = Path(__file__).parents[3] / "bench"
        if not folder.is_dir():
            with door.translated():
                raise Refused("no_bench", "the benchmarks are in the source tree, not installed")
        for name in names or ("look", "record", "letters", "mails"):
            subprocess.run([sys.executable, str(folder / f"{name}.py")], check=True)  # noqa: S603  our own file

    @main.group()
    def sim() -> None:
        """Made-up books that behave like real ones, from a seed."""

    @sim.command("book")
    @click.option(
        "--items",
        type=click.IntRange(1),
        default=2000,
        show_default=True,
        metavar="N",
        help="how many are open",
    )
    @click.option(
        "--seed",
        type=int,
        default=1,
        show_default=True,
        metavar="N",
        help="the same seed gives the same book",
    )
    @click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        required=True,
        help="the folder they are written to",
    )
    @door.day_option("--as-of", "the day it speaks for; by default today")
    @click.option(
        "--settled",
        type=click.FloatRange(0),
        default=0.0,
        show_default=True,
        metavar="N",
        help="invoices paid within a year, for each open one",
    )
    def book(items: int, seed: int, out: Path, as_of: dt.date | None, settled: float) -> None:
        """Write a seeded book as CSV files, ready for `dunwell import`, and its control totals."""
        from dunwell.sim import book as sim_book

        day = as_of or door.clock().date()
        made = sim_book.write_book(out, items=items, seed=seed, as_of=day, settled_per_open=settled)
        show.as_json(made)
