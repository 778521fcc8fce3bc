"""Dunwell against Tryton's dunning: the same lines, the same levels, CPU seconds in one run.

    .venv/bin/python bench/vs_tryton.py [--lines 10000] [--runs 3]

Installs Tryton from PyPI into `build/bench-tryton` at the versions below, builds one book there
once for each size, and times the two wizards a person works with: *create* (which lines are to
be dunned, at which level) and *process* (mark them done). Dunwell then looks at the same lines.
Each side runs in a process of its own on a fresh copy; building the book is not timed against
each other. bench/README.md says what each side does and does not do.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import common

VERSIONS = """argon2-cffi==25.1.0 argon2-cffi-bindings==26.2.0 cffi==2.1.1 defusedxml==0.7.1
Genshi==0.7.12 lxml==6.1.3 MarkupSafe==3.0.4 polib==1.2.0 proteus==8.2.0 puremagic==1.30
pwdlib==0.3.1 pycparser==3.12 python-dateutil==4.0.0 python-sql==1.8.1 python-stdnum==2.2
relatorio==1.0.0 simpleeval==1.0.8 trytond==8.2.1 trytond_account==8.2.1
trytond_account_dunning==8.2.0 trytond_company==8.2.0 trytond_country==8.2.0
trytond_currency==8.2.0 trytond_party==8.2.0 tzdata==2026.6 Werkzeug==3.1.9""".split()

HOME = common.BUILD / "bench-tryton"
AS_OF = dt.date(2026, 3, 2)  # a Monday without a holiday
LEVELS = (1, 8, 15, 30, 45)  # days overdue of the five steps of `classic`
PER_PARTY = 5
TARGET = 200.0
RATIOS = (
    ("create", "look", True),
    ("create", "propose", True),
    ("quiet", "quiet", True),
    ("process", "hand over", False),
)
"""Tryton's part, ours, and whether the target is meant for the pair."""

TOLD = """
Tryton  create     finds the overdue lines, gives each the procedure's first level, writes a draft
        process    sets the drafts to "waiting" with today's date; no message is made or sent
        quiet      create again when every line stands at the level its age allows
Dunwell propose    decides every case (items, ladders, stops, minimums, contact days and hours),
                   with reasons; writes nothing
        look       propose, and keeps decision, facts, case, actions and journal
        hand over  each action claimed, decided again, written durably to the file outbox,
                   receipt and steps taken recorded; without the messages
        messages   one mail a customer: text, HTML, statement of account as PDF
        after      look again once all was sent: every case decided afresh, its wait recorded
        quiet      look once more, nothing having happened: what was decided stands, with reasons
Not compared: Tryton's messages (separate modules) and its accounting; Dunwell's import.
"""


class Line(NamedTuple):
    """One receivable."""

    party: int
    number: str
    issued_on: str
    due_on: str
    minor: int


def make_lines(count: int) -> list[Line]:
    """Return `count` lines over a fifth as many parties, exactly half of them overdue."""
    chance = random.Random(1)
    overdue = [n % 2 == 0 for n in range(count)]
    chance.shuffle(overdue)
    lines = []
    for n, is_overdue in enumerate(overdue):
        days = chance.randint(1, 60) if is_overdue else -chance.randint(2, 30)
        due_on = AS_OF - dt.timedelta(days)
        issued_on = min(due_on - dt.timedelta(30), AS_OF)
        lines.append(
            Line(
                party=n % (count // PER_PARTY),
                number=f"INV-{n + 1:07}",
                issued_on=issued_on.isoformat(),
                due_on=due_on.isoformat(),
                minor=chance.randint(1_000, 500_000),
            )
        )
    return lines


# Tryton, in its own virtualenv


def build_tryton(lines: list[Line], folder: Path) -> dict[str, float]:
    """Create Tryton's database with the helpers of its own scenarios, and post the lines."""
    from proteus import Model
    from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
    from trytond.modules.company.tests.tools import create_company
    from trytond.tests.tools import activate_modules

    config = activate_modules("account_dunning", create_company, create_chart)
    year = create_fiscalyear(today=(AS_OF - dt.timedelta(days=150), AS_OF))
    year.click("create_period")
    periods = {(p.start_date.year, p.start_date.month): p.id for p in year.periods}
    accounts = get_accounts()
    (journal,) = Model.get("account.journal").find([("code", "=", "REV")])
    procedure = Model.get("account.dunning.procedure")(name="Classic")
    for n, days in enumerate(LEVELS):
        level = procedure.levels.new()
        level.sequence, level.overdue = n, dt.timedelta(days)
    procedure.save()
    parties = config.get_proxy("party.party").create(
        [
            {"name": f"Customer {n}", "dunning_procedure": procedure.id}
            for n in range(1 + max(line.party for line in lines))
        ],
        config.context,
    )
    moves = config.get_proxy("account.move")
    for start in range(0, len(lines), 50):  # larger batches take more than their share
        part = []
        for line in lines[start : start + 50]:
            issued_on, amount = dt.date.fromisoformat(line.issued_on), Decimal(line.minor) / 100
            due_on = dt.date.fromisoformat(line.due_on)
            owed = {
                "account": accounts["receivable"].id,
                "debit": amount,
                "party": parties[line.party],
                "maturity_date": due_on,
            }
            earned = {"account": accounts["revenue"].id, "credit": amount}
            part.append(
                {
                    "journal": journal.id,
                    "period": periods[issued_on.year, issued_on.month],
                    "date": issued_on,
                    "lines": [("create", [owed, earned])],
                }
            )
        moves.post(moves.create(part, config.context), config.context)
    (folder / "done").touch()
    return {"parties": len(parties)}


def time_tryton() -> dict[str, float]:
    """Run both wizards through the calls a client makes, and once more with nothing to do."""
    from proteus import Model
    from proteus import config as connection

    config = connection.set_trytond()
    (company,) = Model.get("company.company").find()
    dunning = config.get_proxy("account.dunning")
    start = {"start": {"date": AS_OF, "companies": [company.id]}}

    def wizard(name: str, state: str, data: dict[str, Any], ids: list[int]) -> common.Spent:
        proxy = config.get_proxy(name, type="wizard")
        context = config.context | {
            "active_model": "account.dunning",
            "active_ids": ids,
            "active_id": ids[0] if ids else None,
        }
        with common.timed() as clock:
            session, *_ = proxy.create(context)
            proxy.execute(session, data, state, context)
            proxy.delete(session, context)
        return clock.spent

    def create() -> common.Spent:
        return wizard("account.dunning.create", "create_", start, [])

    def drafts() -> list[int]:
        found = dunning.search([("state", "=", "draft")], 0, None, None, config.context)
        return [record.id if hasattr(record, "id") else record for record in found]

    made = create()
    ids = drafts()
    _raise_to_age(config, Model)
    processed = wizard("account.dunning.process", "process", {"start": {}}, ids)
    create()  # what stands at the last level becomes final
    left = len(drafts())
    assert not left, f"{left} drafts where nothing was to do"
    quiet = create()
    return {
        "create": made.cpu,
        "process": processed.cpu,
        "quiet": quiet.cpu,
        "dunnings": len(ids),
    }


def _raise_to_age(config: Any, model: Any) -> None:
    """Put each draft at the highest level its age allows, where some nights would have brought it.

    Tryton knows no wait between levels: run again the same day, it would raise each by one, and
    there would be no night with nothing to do to measure.
    """
    (procedure,) = model.get("account.dunning.procedure").find()
    by_days = {level.overdue.days: level.id for level in procedure.levels}
    at_level: dict[int, list[int]] = {}
    for record in model.get("account.dunning").find([]):
        days = (AS_OF - record.maturity_date).days
        level = by_days[max(d for d in by_days if d <= days)]
        at_level.setdefault(level, []).append(record.id)
    for level, ids in at_level.items():
        config.get_proxy("account.dunning").write(ids, {"level": level}, config.context)


# Dunwell


class Batch(NamedTuple):
    """A part of a file, already read."""

    rows: tuple[Any, ...]
    complaints: tuple[Any, ...] = ()


def time_dunwell(lines: list[Line], home: Path) -> dict[str, float]:
    """Import the same lines, look, record, dispatch to files, and look again."""
    from dunwell import project

    project.setup(home=home)
    project.migrate()
    from dunwell.core import rows
    from dunwell.core.decision import Act
    from dunwell.delivery.file_outbox import FileOutbox
    from dunwell.desk import dispatch, found, look, receive
    from dunwell.store import journal

    now = dt.datetime(AS_OF.year, AS_OF.month, AS_OF.day, 3, tzinfo=dt.UTC)
    sender = {"email": "ar@example.com", "address_lines": ["Werkstr. 1", "10115 Berlin"]}
    bank = {"EUR": {"account_name": "Sample Works", "iban": "DE02120300000000202051"}}
    entity = found.NewEntity(
        "MAIN", "EUR", "Europe/Berlin", "DE", "Sample Works", sender=sender, bank=bank
    )
    scope = found.run("main", [entity], by="bench", now=now)
    customers = tuple(
        rows.CustomerRow(
            line=n + 1,
            reference=f"C{n:06}",
            name=f"Customer {n}",
            language="en",
            country="DE",
            email=f"ap{n}@example.org",
        )
        for n in range(1 + max(line.party for line in lines))
    )
    items = tuple(
        rows.ItemRow(
            line=n + 1,
            customer=f"C{line.party:06}",
            number=line.number,
            kind="invoice",
            amount_minor=line.minor,
            currency="EUR",
            issued_on=dt.date.fromisoformat(line.issued_on),
            due_on=dt.date.fromisoformat(line.due_on),
        )
        for n, line in enumerate(lines)
    )

    def take(kind: str, everything: tuple[Any, ...]) -> None:
        parts = (Batch(everything[n : n + 1000]) for n in range(0, len(everything), 1000))
        receive.run(scope, kind, parts, file=kind, sha256="", as_of=AS_OF, now=now)

    with common.timed() as imported:
        take("customers", customers)
        take("items", items)
    with common.timed() as proposed:
        proposal = look.propose(scope, as_of=AS_OF)
    acts = sum(isinstance(line.made, Act) for line in proposal.lines)
    assert not proposal.failed, proposal.failed[:3]
    with common.timed() as recorded:
        look.record(scope, proposal, mode="run", now=now)
        journal.seal(scope, at=now)
    outbox = FileOutbox(home / "outbox")
    messages = _timed_messages(dispatch)
    with common.timed() as dispatched:
        sent = dispatch.run(
            scope, {"email": outbox, "letter": outbox}, worker="bench", now=now, plays=AS_OF
        )
        journal.seal(scope, at=now)
    looks = []
    for _ in range(2):  # first every case is woken by what was sent, then none
        with common.timed() as looked:
            again = look.propose(scope, as_of=AS_OF)
            look.record(scope, again, mode="run", now=now)
            journal.seal(scope, at=now)
        late = sum(isinstance(line.made, Act) for line in again.lines)
        assert not late, f"{late} acts where nothing was to do"
        looks.append(looked.spent.cpu)
    return {
        "import": imported.spent.cpu,
        "propose": proposed.spent.cpu,
        "look": proposed.spent.cpu + recorded.spent.cpu,
        "hand over": dispatched.spent.cpu - sum(messages),
        "messages": sum(messages),
        "after": looks[0],
        "quiet": looks[1],
        "cases": proposal.counts["looked"],
        "acts": acts,
        "sent": sent.sent,
    }


def _timed_messages(dispatch: Any) -> list[float]:
    """Let dispatch render as ever, and return the list each message's CPU seconds go to."""
    spent: list[float] = []
    render = dispatch.render.render

    def timed(*args: Any, **options: Any) -> Any:
        with common.timed() as clock:
            made = render(*args, **options)
        spent.append(clock.spent.cpu)
        return made

    dispatch.render.render = timed
    return spent


# The bench


def install() -> Path:
    """Make Tryton's virtualenv where it is not there yet; return its Python."""
    python = HOME / "venv" / "bin" / "python"
    done = HOME / "venv" / "installed"
    if not done.exists() or done.read_text() != " ".join(VERSIONS):
        print(f"installing Tryton into {python.parent.parent.relative_to(common.ROOT)}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", HOME / "venv"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", "--no-deps", *VERSIONS], check=True)
        done.write_text(" ".join(VERSIONS))
    return python


def ask(
    python: Path | str, side: str, folder: Path, *flags: str, **environment: str
) -> dict[str, float]:
    """Run one side in a process of its own and return the figures it prints last."""
    answer = subprocess.run(
        [python, *flags, __file__, "--side", side, "--folder", folder],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    ).stdout
    figures: dict[str, float] = json.loads(answer.splitlines()[-1])
    return figures


def tryton_book(python: Path, lines: list[Line]) -> Path:
    """Return Tryton's database with the lines in it, built once for each size."""
    kept = HOME / f"book-{len(lines)}"
    if not (kept / "done").exists():
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        (kept / "lines.json").write_text(json.dumps(lines))
        print(f"building Tryton's book of {len(lines):,} lines (minutes; kept)", flush=True)
        ask(python, "build", kept, **_database(kept))
    return kept


def _database(folder: Path) -> dict[str, str]:
    return {
        "TRYTOND_DATABASE_URI": "sqlite://",
        "TRYTOND_DATABASE__PATH": str(folder),
        "DB_NAME": "book",
    }


def one_run(python: Path, book: Path, lines: list[Line]) -> dict[str, dict[str, float]]:
    """Measure Tryton as it is, Tryton without Python's asserts, and Dunwell, each on a copy."""
    figures = {}
    for name, flags in (("tryton", ()), ("tryton -O", ("-O",))):
        with tempfile.TemporaryDirectory() as folder:
            for file in book.glob("book.sqlite*"):
                shutil.copy(file, folder)
            figures[name] = ask(python, "tryton", Path(folder), *flags, **_database(Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "lines.json").write_text(json.dumps(lines))
        figures["dunwell"] = ask(sys.executable, "dunwell", Path(folder))
    return figures


def report(runs: list[dict[str, dict[str, float]]], count: int) -> None:
    """Print medians with their spread, lines per CPU second, and the ratios."""

    def of(side: str, part: str) -> list[float]:
        return [run[side][part] for run in runs]

    last = runs[-1]
    print(TOLD)
    print(
        f"{count:,} lines, {count // PER_PARTY:,} parties; Tryton made "
        f"{last['tryton']['dunnings']:,} dunnings, Dunwell looked at {last['dunwell']['cases']:,} "
        f"cases, acts in {last['dunwell']['acts']:,}, sent {last['dunwell']['sent']:,} mails\n"
    )
    rows = [("CPU seconds, median (least to most)", "seconds", "lines per CPU second")]
    for side, parts in (
        ("tryton", ("create", "process", "quiet")),
        ("tryton -O", ("create", "process", "quiet")),
        ("dunwell", ("import", "propose", "look", "hand over", "messages", "after", "quiet")),
    ):
        for part in parts:
            values = of(side, part)
            rates = common.spread([count / v for v in values], digits=0)
            rows.append((f"{side}: {part}", common.spread(values, digits=3), rates))
    common.table(rows)
    print()
    for side in ("tryton", "tryton -O"):
        for theirs, ours, is_aimed_at in RATIOS:
            pairs = zip(of(side, theirs), of("dunwell", ours), strict=True)
            common.verdict(
                f"{side} {theirs} / dunwell {ours}",
                [a / b for a, b in pairs],
                target=TARGET if is_aimed_at else None,
                digits=1,
            )


def main() -> None:
    """Run the bench, or one side of it when called by itself."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--lines", type=int, default=10_000)
    options.add_argument("--runs", type=int, default=common.RUNS)
    options.add_argument("--side", choices=("build", "tryton", "dunwell"), help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.side:
        sides: dict[str, Callable[[], dict[str, float]]] = {
            "build": lambda: build_tryton(_read(given.folder), given.folder),
            "tryton": time_tryton,
            "dunwell": lambda: time_dunwell(_read(given.folder), given.folder),
        }
        print(json.dumps(sides[given.side]()))
        return
    lines = make_lines(given.lines)
    python = install()
    book = tryton_book(python, lines)
    versions = dict(v.split("==") for v in VERSIONS)
    names = ("trytond", "trytond_account_dunning")
    common.print_machine(**{n: versions[n] for n in names}, SQLite=sqlite3.sqlite_version)
    runs = [one_run(python, book, lines) for _ in range(given.runs)]
    report(runs, given.lines)


def _read(folder: Path) -> list[Line]:
    return [Line(*fields) for fields in json.loads((folder / "lines.json").read_text())]


if __name__ == "__main__":
    main()
