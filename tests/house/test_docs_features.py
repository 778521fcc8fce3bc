"""The page of features is strict: each row has its state, and names what is there."""

from __future__ import annotations

import re
from typing import NamedTuple

import click
import pages
import pytest

from dunwell.cli.main import main

TEXT = (pages.ROOT / "docs" / "features.md").read_text("utf-8")
ASKED = {"K": 8, "P": 9, "O": 8, "C": 11, "J": 5, "M": 4, "I": 5, "X": 6}
"""How many features were asked for, by the letter of their area."""


class Row(NamedTuple):
    """One feature as the page tells of it."""

    id: str
    feature: str
    state: str
    today: str
    missing: str
    shown_by: str


ROWS = [
    Row(*(cell.strip() for cell in line.strip("|").split("|")))
    for line in TEXT.splitlines()
    if re.match(r"\| [A-Z]\d+ \|", line)
]


def test_every_feature_asked_for_has_one_row() -> None:
    """Each id has a row, once, in order."""
    assert [r.id for r in ROWS] == [f"{a}{n}" for a, c in ASKED.items() for n in range(1, c + 1)]


@pytest.mark.parametrize("row", ROWS, ids=[r.id for r in ROWS])
def test_a_row_says_no_more_than_is_so(row: Row) -> None:
    """What is done lacks nothing; what is part can be used, is tested, and lacks something."""
    assert row.state in ("done", "part", "not")
    can_be_used = bool(named_commands(row.today))
    if row.state == "done":
        assert can_be_used
        assert "page" in row.today
        assert not row.missing
    if row.state == "part":
        assert can_be_used
        assert row.missing
    if row.state == "not":
        assert row.missing
        assert not can_be_used
    assert row.shown_by or row.state == "not"


def named_commands(text: str) -> list[list[str]]:
    """Return the commands a text names, as words."""
    return [m.split() for m in re.findall(r"`dunwell ([a-z -]+)`", text)]


def test_commands_named_exist() -> None:
    """Every command the page names is one."""
    assert [w for w in named_commands(TEXT) if not is_command(w)] == []


def is_command(words: list[str]) -> bool:
    """Tell whether words lead to a command."""
    at: click.Command | None = main
    for word in words:
        at = at.commands.get(word) if isinstance(at, click.Group) else None
    return at is not None and not isinstance(at, click.Group)


def test_tests_named_exist() -> None:
    """Every test the page names is there, and its function where one is named."""
    named = re.findall(r"`(tests/[^`]+)`", TEXT)
    assert len(named) > 40
    gone = []
    for name in named:
        file, _, function = name.partition("::")
        path = pages.ROOT / file
        if not path.exists() or (function and f"def {function}(" not in path.read_text("utf-8")):
            gone.append(name)
    assert gone == []
