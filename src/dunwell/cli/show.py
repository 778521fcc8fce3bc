"""How results are printed: JSON for machines on stdout, tables for people, CSV for sheets."""

from __future__ import annotations

import contextlib
import csv
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click
import msgspec
import rich.box
import rich.console
import rich.table
import rich.text

from dunwell.core import cells, money

_json = msgspec.json.Encoder()


def format_option(*more: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the `--format` option."""
    return click.option(
        "--format", "shape", type=click.Choice(["table", "json", "csv", *more]), default="table",
        show_default=True, help="how to print it",
    )  # fmt: skip


def json_option() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the `--format` option of what always answers in JSON: {id, …} on stdout."""
    return click.option(
        "--format", type=click.Choice(["json"]), default="json", show_default=True,
        expose_value=False, help="how the answer is printed",
    )  # fmt: skip


def as_done(value: dict[str, Any], words: str) -> None:
    """Print what was done, {id, …} on stdout, and say it to a person on stderr."""
    as_json(value)
    say(words)


def as_json(value: Any) -> None:
    """Print one JSON document on stdout."""
    text = msgspec.json.format(_json.encode(value), indent=2).decode()
    sys.stdout.write(text + "\n")


def as_lines(values: Iterable[Any]) -> None:
    """Print one JSON value a line."""
    for value in values:
        sys.stdout.write(_json.encode(value).decode() + "\n")


def as_csv(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print CSV; text that a spreadsheet would take for a formula is made harmless."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(heading)
    for row in rows:
        out.writerow([cells.safe_cell(c) for c in row])


def as_table(
    heading: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    title: str = "",
    right: Sequence[int] = (),
    total: Sequence[Any] | None = None,
) -> None:
    """Print a table for people."""
    table = rich.table.Table(title=title or None, box=rich.box.SIMPLE_HEAD, title_justify="left")
    for n, name in enumerate(heading):
        table.add_column(
            name, justify="right" if n in right else "left", overflow="fold", no_wrap=n in right
        )
    for row in rows:
        table.add_row(*(rich.text.Text("" if c is None else str(c)) for c in row))
    if total is not None:
        table.add_section()
        table.add_row(*(rich.text.Text(str(c), style="bold") for c in total))
    console().print(table)


class _Console(rich.console.Console):
    """A console that ends well when its reader has seen enough (`dunwell aging | head`)."""

    def on_broken_pipe(self) -> None:
        """Let go of stdout, and end as any other command does."""
        with contextlib.suppress(SystemExit):
            super().on_broken_pipe()
        sys.exit(0)


def console() -> rich.console.Console:
    """Return the console on stdout; a pipe gets wide lines."""
    width = None if sys.stdout.isatty() else 160
    return _Console(width=width, highlight=False)


def say(text: str) -> None:
    """Say something to a person, on stderr."""
    click.echo(text, err=True)


def amount(minor: int, currency: str) -> str:
    """Write an amount with thousands, without its currency."""
    return f"{money.to_decimal(minor, currency):,}"
