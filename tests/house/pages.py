"""Follow a page of the documentation: do what it says, and compare what it shows.

A page shows commands in ```console blocks, each after `$ `, with what they print below. A line
that is only … stands for any number of lines, a … inside a line for any text. “In `FILE`, change
`OLD` to `NEW`” is done as well, at its place among the commands.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from dunwell.cli.main import main

ROOT = Path(__file__).parents[2]
AT = "2026-11-25T09:00+00:00"
"""When the reader sits down: after every day the pages play."""

_DOING = re.compile(
    r"[Ii]n\s`(?P<file>[^`]+)`,\s(?=change)"
    r"|change\s`(?P<old>[^`]+)`\sto\s`(?P<new>[^`]+)`"
    r"|```console\n(?P<shell>.*?)```",
    re.S,
)


class Typed(NamedTuple):
    """One command, what the page shows below it, and what it printed."""

    command: str
    shown: str
    printed: str
    code: int

    @property
    def fits(self) -> bool:
        """Tell whether what was printed is what is shown."""
        return re.fullmatch(pattern(self.shown), self.printed + "\n") is not None


def follow(page: Path) -> Iterator[Typed]:
    """Do what the page says, in its order, in the current folder."""
    file = Path()
    for found in _DOING.finditer(page.read_text("utf-8")):
        if found["file"]:
            file = Path(found["file"])
        elif found["old"]:
            text = file.read_text("utf-8")
            assert found["old"] in text, f"{file} has no {found['old']!r}"
            file.write_text(text.replace(found["old"], found["new"], 1), "utf-8")
        else:
            for command in re.split(r"^\$ ", found["shell"], flags=re.M)[1:]:
                line, _, shown = command.partition("\n")
                yield Typed(line, plain(shown), *type_in(line))


def type_in(line: str, *, at: str = AT, by: str = "anna") -> tuple[str, int]:
    """Type a command; return what a terminal shows of it, and its exit code.

    `dunwell` runs inside this process, so that it finds the test's own database.
    """
    line, _, target = line.partition(" > ")
    words = shlex.split(line)
    if words[0] != "dunwell":
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True)
        return plain(done.stdout + done.stderr), done.returncode
    ran = CliRunner().invoke(main, ["--at", at, "--by", by, *words[1:]])
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    if target:
        Path(target).write_text(ran.stdout, "utf-8")
    return plain(ran.stderr if target else ran.output), ran.exit_code


def plain(text: str) -> str:
    """Return text without blanks at the end of lines and without empty lines around it."""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def pattern(shown: str) -> str:
    """Return what a shown text stands for, as a pattern of lines that each have their end.

    >>> bool(re.fullmatch(pattern("a\\n…\\nb … d"), "a\\nx\\ny\\nb c d\\n"))
    True
    """
    return "".join(
        "(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + "\n"
        for line in shown.split("\n")
    )
