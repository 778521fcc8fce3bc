"""`dunwell demo`: a made-up company with all its troubles, ready to look at."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import click

from dunwell.cli import door, show
from dunwell.core import money
from dunwell.core.decision import Act, Wait

DAYS = 28


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.command()
    @click.option("--once", is_flag=True, help="prepare, run, print the report, exit")
    @click.option("--home", type=click.Path(path_type=Path), help="data folder (DUNWELL_HOME)")
    @click.option("--at", metavar="ISO-TIME", help="what time it is; by default the clock")
    @click.option("--host", default="127.0.0.1", show_default=True, help="loopback only")
    @click.option("--port", type=int, default=8000, show_default=True)
    @click.option(
        "--days",
        type=click.IntRange(1, 400),
        default=DAYS,
        show_default=True,
        help="how many days have been lived through before today",
    )
    def demo(
        *, once: bool, home: Path | None, at: str | None, host: str, port: int, days: int
    ) -> None:
        """Show a seeded company: six entities, their books, tonight's run, every reason.

        The data goes to a folder of its own, made anew each time.
        """
        with door.translated():
            from dunwell.web import server

            server.check_host(host)
            here = door.Door(home=_folder(home), organisation=None, by="demo", at=at)
            _prepare(here, days)
            _report(here)
            if not once:
                server.serve(here.scope, host=host, port=port, clock=door.clock)


def _folder(home: Path | None) -> Path:
    """Return a folder that holds a demo or nothing; nobody's book is ever overwritten."""
    folder = (home or Path(".dunwell") / "demo").absolute()
    mark = folder / "this-is-a-demo"
    if mark.exists():
        shutil.rmtree(folder)
    elif folder.exists() and any(folder.iterdir()):
        from dunwell.core.errors import Refused

        raise Refused("not_empty", f"{folder} holds something else; name another with --home")
    folder.mkdir(parents=True)
    mark.touch()
    return folder


def _prepare(here: door.Door, days: int) -> None:
    from dunwell.delivery.file_outbox import FileOutbox
    from dunwell.desk import found
    from dunwell.sim import demo, play, world

    today = here.now.date()
    start = today - dt.timedelta(days=days)
    here.open(makes=True)
    book = demo.demo_book(as_of=start)
    scope = found.run(
        "demo", [play.new_entity(e) for e in demo.ENTITIES], by=here.by, now=play.instant(start)
    )
    here.__dict__["scope"] = scope
    show.say(f"six entities, {len(book.customers)} customers, {len(book.items):,} items …")
    play.take_in(scope, book)
    outbox = FileOutbox(here.home / "outbox" / scope.organisation)
    routes = {"email": outbox, "letter": outbox}
    show.say(f"living {days} days, from {start} on …")
    played = world.World(seed=book.seed, as_of=book.as_of, book=book)
    play.days(scope, played, until=today - dt.timedelta(days=1), routes=routes)
    events = played.tomorrow([])
    play.take(scope, "items", [*events.items, *events.credit_notes], as_of=today)
    play.take(scope, "payments", [*events.payments, *events.reversals], as_of=today)
    here.seal()


def _report(here: door.Door) -> None:
    """Print the aging, tonight's run by step, and the silences by reason."""
    from dunwell.core import aging, reasons
    from dunwell.desk import look, report

    today = here.now.date()
    aged = report.aging_rows(here.scope, as_of=today, by="entity", entity=None)
    names = aging.labels(aged.edges)
    show.as_table(
        ["entity", "currency", "not due", *names, "credits", "unapplied", "total"],
        [
            [r.key, r.currency, *(show.amount(m, r.currency) for m in
             (r.not_due, *r.buckets, r.credits, r.unapplied, r.total))]
            for r in aged.rows
        ],
        title=f"Aging as of {today}", right=range(2, 10),
    )  # fmt: skip
    found = look.propose(here.scope, as_of=today)
    steps: dict[tuple[str, str], tuple[int, dict[str, int]]] = {}
    for x in found.lines:
        if isinstance(x.made, Act):
            n, sums = steps.get((x.made.step, x.made.tone), (0, {}))
            for currency, minor in x.made.amounts:
                sums[currency] = sums.get(currency, 0) + minor
            steps[(x.made.step, x.made.tone)] = (n + 1, sums)
    show.as_table(
        ["tonight", "tone", "customers", "about"],
        [
            [step.replace("_", " "), tone, n, " + ".join(money.text(m, c) for c, m in sums.items())]
            for (step, tone), (n, sums) in sorted(steps.items())
        ],
        title="What would go out tonight", right=[2],
    )  # fmt: skip
    waits = sum(isinstance(x.made, Wait) for x in found.lines)
    counts = found.counts["by_reason"]
    show.as_table(
        ["customers", "why they hear nothing"],
        [[n, reasons.sentence(reasons.Reason(r), {})] for r, n in counts.items()],
        title=f"{waits} customers hear nothing",
        right=[0],
    )
    show.say(
        f"Data and messages: {here.home}. Ask why: dunwell explain CUSTOMER --home {here.home}"
    )
