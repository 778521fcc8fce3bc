"""Letters per CPU second: Dunwell's final demand against bare Typst.

    .venv/bin/python bench/letters.py [--letters 100] [--runs 3]

Bare Typst is one compiler, kept warm, given the same page and the very calls our side makes,
their data ready as JSON; it reads no template, no data, draws no QR code. What is left between
the two is what Dunwell adds. Each side runs in a process of its own, in turn.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import common
import typst

from dunwell.core import message
from dunwell.delivery import references, render

AS_OF = dt.date(2026, 3, 2)
SENT_AT = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
WARM_UP = 5
TARGET = 0.7


class Compiler:
    """Typst's compiler, which also keeps how each one was made and every call that went well."""

    made: ClassVar[list[tuple[Sequence[Any], dict[str, Any]]]] = []
    calls: ClassVar[list[tuple[int, dict[str, Any]]]] = []
    real = typst.Compiler

    def __init__(self, *places: Any, **options: Any) -> None:
        self._inner, self._n = Compiler.real(*places, **options), len(Compiler.made)
        Compiler.made.append((places, options))

    def compile(self, **call: Any) -> Any:
        page = self._inner.compile(**call)
        Compiler.calls.append((self._n, call))
        return page


class Calls:
    """What was kept of Typst, to be done again and nothing else."""

    def __init__(self, file: Path) -> None:
        made, self.kept = json.loads(file.read_text())
        self._compilers = [typst.Compiler(*places, **options) for places, options in made]

    def __call__(self, n: int) -> bytes:
        which, call = self.kept[n]
        page = self._compilers[which].compile(**call)
        assert isinstance(page, bytes)
        return page


class Figures(NamedTuple):
    """What one side did."""

    letters: int
    cpu: float
    size: int


def sample(n: int, *, template: str, tone: str, channel: str) -> message.MessageData:
    """Return what a demand for three invoices says; no two are alike."""
    minors = (124_000 + 37 * n, 58_230 + 11 * n, 9_900 + n)
    lines = tuple(
        message.LineShown(
            number=f"2025-{4000 + 10 * n + k}",
            kind="invoice",
            issued_on=AS_OF - dt.timedelta(days=80 + 7 * k + n % 5),
            due_on=AS_OF - dt.timedelta(days=50 + 7 * k + n % 5),
            amount_minor=minor,
            open_minor=minor,
            demanded_minor=minor,
            days_overdue=50 + 7 * k + n % 5,
            po_number=f"PO-{7000 + n}" if k == 0 else "",
        )
        for k, minor in enumerate(minors)
    )
    is_final = template == "final_demand"
    return message.MessageData(
        key=f"main-C{n:05}-1-{template}-{channel}-1",
        template=template,
        tone=tone,
        channel=channel,
        case_reference=f"MAIN-C{n:05}-1",
        as_of=AS_OF,
        counted_to=AS_OF - dt.timedelta(days=1),
        sender=message.Sender(
            entity_name="Sample Works GmbH",
            address_lines=("Werkstraße 1", "10115 Berlin"),
            country="DE",
            email="ar@example.com",
            phone="+49 30 5550100",
            website="www.example.com",
            legal_lines=("Amtsgericht Berlin HRB 000000", "VAT DE000000000"),
            signatory_name="Petra Muster",
            signatory_role="manager" if is_final else "collector",
        ),
        recipient=message.Recipient(
            customer_reference=f"C{n:05}",
            customer_name=f"Kunde & Söhne {n} GmbH",
            language="en",
            country="DE",
            role="executive" if is_final else "ap",
            contact_name=f"Erika Beispiel {n}",
            email=f"ap{n}@example.org",
            address_lines=(f"Hauptstraße {n % 200 + 1}", "20095 Hamburg"),
        ),
        parts=(
            message.CurrencyPart(
                currency="EUR",
                about=lines,
                total_minor=sum(minors),
                reference=references.creditor_reference(f"C{n:05}", "EUR"),
                bank=message.BankDetails(
                    account_name="Sample Works GmbH",
                    iban="DE02120300000000202051",
                    bic="BYLADEM1001",
                    bank_name="Beispielbank",
                ),
            ),
        ),
        pay_by=None if is_final else AS_OF + dt.timedelta(days=7),
        respond_by=AS_OF + dt.timedelta(days=14) if is_final else None,
        consequences=("agency", "legal") if is_final else (),
        attempts=tuple(
            message.Attempt(on=AS_OF - dt.timedelta(days=d), channel=c)
            for d, c in ((44, "email"), (37, "email"), (30, "call"), (15, "email"))
            if is_final
        ),
        reply_to=f"ar+c1.{n}.1@example.com",
        attach_statement=False,
    )


def letters(count: int) -> list[message.MessageData]:
    """Return final demands by letter."""
    return [
        sample(n, template="final_demand", tone="formal", channel="letter") for n in range(count)
    ]


def ours(count: int) -> Figures:
    """Render letters as dispatch does."""
    templates = render.load_templates()
    for data in letters(count + WARM_UP)[count:]:
        render.render(data, templates=templates, sent_at=SENT_AT)
    todo, size = letters(count), 0
    with common.timed() as clock:
        for data in todo:
            size += len(render.render(data, templates=templates, sent_at=SENT_AT).raw)
    return Figures(count, clock.spent.cpu, size)


def bare(count: int, file: Path) -> Figures:
    """Make the calls that were kept."""
    calls = Calls(file)
    for n in range(count, count + WARM_UP):
        calls(n)
    size = 0
    with common.timed() as clock:
        for n in range(count):
            size += len(calls(n))
    return Figures(count, clock.spent.cpu, size)


def keep_calls(data: list[message.MessageData], calls: Path) -> None:
    """Render once and write down how Typst was called."""
    typst.Compiler = Compiler
    templates = render.load_templates()
    for one in data:
        render.render(one, templates=templates, sent_at=SENT_AT)
    assert len(Compiler.calls) in (0, len(data)), "one page a message, or none"
    calls.write_text(json.dumps([Compiler.made, Compiler.calls]))


def ask(side: str, count: int, calls: Path) -> Figures:
    """Run one side in a process of its own."""
    answer = subprocess.run(
        [sys.executable, __file__, "--side", side, "--letters", str(count), "--calls", calls],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Figures(*json.loads(answer.stdout.splitlines()[-1]))


def main() -> None:
    """Run the bench, or one side of it when called by itself."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--letters", type=int, default=100)
    options.add_argument("--runs", type=int, default=common.RUNS)
    options.add_argument("--side", choices=("ours", "bare", "keep"), help=argparse.SUPPRESS)
    options.add_argument("--calls", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.side == "keep":
        keep_calls(letters(given.letters + WARM_UP), given.calls)
        print("[0, 0, 0]")
    elif given.side == "ours":
        print(json.dumps(ours(given.letters)))
    elif given.side == "bare":
        print(json.dumps(bare(given.letters, given.calls)))
    else:
        report(given.letters, given.runs)


def report(count: int, times: int) -> None:
    """Measure both sides in turn, print letters per CPU second and the ratio."""
    common.print_machine(typst=importlib.metadata.version("typst"))
    with tempfile.TemporaryDirectory() as folder:
        calls = Path(folder) / "calls.json"
        ask("keep", count, calls)
        sides: dict[str, list[Figures]] = {"ours": [], "bare": []}
        for n in range(times):
            for side in ("ours", "bare") if n % 2 else ("bare", "ours"):
                sides[side].append(ask(side, count, calls))
    rows = [("", "letters per CPU second, median (least to most)", "kB a letter")]
    for side, name in (("ours", "Dunwell"), ("bare", "bare Typst")):
        rates = [f.letters / f.cpu for f in sides[side]]
        size = sides[side][0].size / count / 1000
        rows.append((name, common.spread(rates, digits=1), f"{size:.1f}"))
    common.table(rows)
    pairs = zip(sides["ours"], sides["bare"], strict=True)
    common.verdict("Dunwell / bare Typst", [b.cpu / a.cpu for a, b in pairs], target=TARGET)


if __name__ == "__main__":
    main()
