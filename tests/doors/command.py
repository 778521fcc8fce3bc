"""Run `dunwell …` inside this process, and read what it said on each stream."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from dunwell.cli.main import main

AT = "2026-03-02T08:00+01:00"  # a Monday, before the hours in which customers are written to


class Ran(NamedTuple):
    """What a command answered: exit code, stdout, stderr."""

    code: int
    out: str
    err: str
    raw: bytes

    @property
    def json(self) -> Any:
        """The one JSON document on stdout; anything else there fails."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON documents on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def rows(self) -> list[dict[str, str]]:
        """The CSV on stdout."""
        return list(csv.DictReader(io.StringIO(self.out)))


def dunwell(*words: object, at: str = AT, by: str = "anna", code: int = 0) -> Ran:
    """Run a command; it must end with this exit code. A crash is a crash of the test."""
    found = CliRunner().invoke(main, ["--at", at, "--by", by, *map(str, words)])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == code, f"exit {found.exit_code}\n{found.stdout}\n{found.stderr}"
    return Ran(found.exit_code, found.stdout, found.stderr, found.stdout_bytes)


def write(file: Path, heading: str, *rows: Sequence[object]) -> Path:
    """Write a CSV file; `heading` is its columns, separated by blanks."""
    out = io.StringIO()
    book = csv.writer(out, lineterminator="\n")
    book.writerow(heading.split())
    book.writerows(rows)
    file.write_text(out.getvalue(), "utf-8")
    return file


def keys_of(found: Iterable[dict[str, Any]]) -> list[str]:
    """Return the key of each action of acts or asks."""
    return [a["key"] for x in found for a in x["actions"]]
