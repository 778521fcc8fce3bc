"""`dunwell demo`: a made-up company with all its troubles, ready to look at."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dunwell.cli import door, show
from dunwell.core import money, reasons
from dunwell.core.errors import Refused

if TYPE_CHECKING:
    from dunwell.desk import day as days

DAYS = 15
MISSED = 1
"""How many runs just before today were missed: tonight's catches up once (SEMANTICS 2.4)."""


def add_to(main: click.Group) -> None:
    """Add these commands."""

    @main.command()
    @click.option("--once", is_flag=True, help="prepare, print the report, exit")
    @click.option("--home", type=click.Path(path_type=Path), help="data folder of its own")
    @click.option("--at", metavar="ISO-TIME", help="what time it is; by default the clock")
    @click.option("--host", default="127.0.0.1", show_default=True, help="loopback only")
    @click.option(
        "--port", type=click.IntRange(0, 65_535), default=8000, show_default=True,
        help="the next free one is taken where it is not",
    )  # fmt: skip
    @click.option(
        "--days",
        type=click.IntRange(MISSED + 1, 400),
        default=DAYS,
        show_default=True,
        help="how many days have been lived through before today",
    )
    def demo(
        *, once: bool, home: Path | None, at: str | None, host: str, port: int, days: int
    ) -> None:
        """Show a seeded company: six entities, their books, tonight's run, every reason.

        The data goes to a folder of its own, made anew each time; no other database is touched.
        """
        top = click.get_current_context().find_root().params
        with door.translated():
            from dunwell.web import server

            server.check_host(host)
            folder = _folder(home or top.get("home"))
            here = door.Door(home=folder, organisation=None, by="demo", at=at or top.get("at"))
            started = door.clock()
            here.now = _weekday(here.now)
            _prepare(here, days)
            _report(here)
            if not once:
                server.serve(
                    here.scope, host=host, port=port, say=show.say, plays=True,
                    beside=("A customer's own page", _share(here)),
                    clock=lambda: here.now + (door.clock() - started),
                )  # fmt: skip


def _folder(home: Path | None) -> Path:
    """Return a folder that holds a demo or nothing; nobody's book is ever overwritten.

    Raises: Refused for a folder that holds something else.
    """
    base = Path(os.environ.get("DUNWELL_HOME") or ".dunwell")
    folder = (home or base / "demo").absolute()
    mark = folder / "this-is-a-demo"
    if mark.exists():
        shutil.rmtree(folder)
    elif folder.exists() and any(folder.iterdir()):
        raise Refused("not_empty", f"{folder} holds something else; name another with --home")
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()
    return folder


def _weekday(now: dt.datetime) -> dt.datetime:
    """Return the time, on a weekend the Monday after: on a closed day nothing would go out."""
    ahead = max(0, 7 - now.weekday()) if now.weekday() > 4 else 0
    if not ahead:
        return now
    monday = now + dt.timedelta(days=ahead)
    show.say(f"it is {now:%A}, on which nobody is written to: this shows {monday:%A %d %B %Y}")
    return monday


def _prepare(here: door.Door, days: int) -> None:
    """Found the company, take its book in, live with it until today."""
    for name in ("DUNWELL_DATABASE_URL", "DUNWELL_DATABASE_OWNER_URL"):
        os.environ.pop(name, None)  # a demo never goes into a database that somebody works with
    here.prepare()
    here.open(makes=True)
    from dunwell.delivery.file_outbox import FileOutbox
    from dunwell.desk import found
    from dunwell.sim import demo, play, world

    today = here.now.date()
    start = today - dt.timedelta(days=days)
    book = demo.demo_book(as_of=start)
    here.scope = scope = found.run(
        "demo", [play.new_entity(e) for e in demo.ENTITIES], by=here.by, now=play.instant(start)
    )
    show.say(
        f"{len(demo.ENTITIES)} companies, {len(book.customers):,} customers, "
        f"{len(book.items):,} invoices and credit notes"
    )
    play.take_in(scope, book)
    outbox = play.Weather(FileOutbox(here.home / "outbox" / scope.organisation))
    played = world.World(seed=book.seed, as_of=start, book=book)
    lived = days - 1 - MISSED
    progress: Any = click.progressbar(
        length=lived, label="living with them", file=sys.stderr, show_eta=False,
        item_show_func=lambda day: f"{day.on:%a %d %b}, {day.sent.sent} sent" if day else None,
    )  # fmt: skip
    with progress as bar:
        heard = play.days(
            scope, played, until=start + dt.timedelta(days=lived),
            routes={"email": outbox, "letter": outbox},
            told=lambda day: bar.update(1, day), answers=play.answer,
        )  # fmt: skip
    for _ in range(MISSED + 1):
        play.wake(scope, played, heard)
        heard = []
    show.say("yesterday's run was missed, so tonight's catches up")
    here.seal()


def _report(here: door.Door) -> None:
    """Print the aging, tonight's run by step, what waits, and the silences by reason."""
    from dunwell.desk import day as desk

    today = here.today
    _print_aging(here, today)
    found = desk.day(here.scope, as_of=today, today=today)
    _print_acts(found)
    _print_questions(found)
    counts: dict[reasons.Reason, int] = {}
    for _, wait in found.waits:
        counts[wait.reason] = counts.get(wait.reason, 0) + 1
    show.as_table(
        ["customers", "why they hear nothing"],
        [[n, reasons.sentence(r, {})] for r, n in sorted(counts.items(), key=lambda x: -x[1])],
        title=f"{len(found.waits)} customers hear nothing",
        right=[0],
    )
    show.say(
        f"Data and messages: {here.home}\nAsk why: dunwell explain CUSTOMER --home {here.home}"
    )


def _share(here: door.Door) -> str:
    """Return the address of one customer's own page: of those who hear from us, who owes most.

    It says in English what it would say in the customer's language.
    """
    from dunwell.desk import day as desk
    from dunwell.desk import portal

    found = desk.day(here.scope, as_of=here.today, today=here.today)
    in_euro = [x for x in found.acts if {c for c, _ in x[1].amounts} == {"EUR"}] or found.acts
    case, _ = max(in_euro, key=lambda x: (len(x[1].lines), x[0].customer))
    made = portal.open_link(here.scope, case.customer, entity=case.entity, now=here.now)
    here.seal()
    return f"/portal/{made.token}?l=en"


def _print_aging(here: door.Door, today: dt.date) -> None:
    from dunwell.core import aging
    from dunwell.desk import report

    aged = report.aging_rows(here.scope, as_of=today, by="entity", entity=None)
    show.as_table(
        ["entity", "currency", "not due", *aging.labels(aged.edges), "credits", "unapplied",
         "total"],
        [
            [r.key, r.currency, *(show.amount(m, r.currency) for m in
             (r.not_due, *r.buckets, r.credits, r.unapplied, r.total))]
            for r in aged.rows
        ],
        title=f"Aging as of {today}", right=range(2, 10),
    )  # fmt: skip


def _print_acts(found: days.Day) -> None:
    steps: dict[tuple[str, str], list[tuple[tuple[str, int], ...]]] = {}
    for _, act in found.acts:
        steps.setdefault((act.step, act.tone), []).append(act.amounts)
    show.as_table(
        ["tonight", "tone", "customers", "about"],
        [
            [step.replace("_", " "), tone, len(sums), _sum(sums)]
            for (step, tone), sums in sorted(steps.items())
        ],
        title=f"What would go out tonight, to {len({c.customer for c, _ in found.acts})} customers",
        right=[2],
    )


def _print_questions(found: days.Day) -> None:
    asked: dict[tuple[str, str], list[tuple[tuple[str, int], ...]]] = {}
    for q in found.questions:
        what = q.step if q.what == "notice" else q.what
        asked.setdefault((what, q.role), []).append(q.amounts)
    show.as_table(
        ["waits for approval", "by", "customers", "about"],
        [
            [what.replace("_", " "), role, len(sums), _sum(sums)]
            for (what, role), sums in sorted(asked.items())
        ],
        title=f"{len(found.questions)} wait for approval",
        right=[2],
    )


def _sum(sums: list[tuple[tuple[str, int], ...]]) -> str:
    total = money.by_currency(pair for amounts in sums for pair in amounts)
    return " + ".join(money.text(m, c) for c, m in total.items())
