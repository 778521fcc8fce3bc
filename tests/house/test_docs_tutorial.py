"""The tutorial can be followed: every command, every figure, on the files beside it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pages
import pytest

START = pages.ROOT / "docs" / "start"
REFUSED, COMPLAINTS = 3, 4


@pytest.mark.one_database
def test_the_tutorial_can_be_followed(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Doing what the tutorial says, in its order, prints what it shows."""
    folder = tmp_path / "reader"
    shutil.copytree(START / "files", folder)
    monkeypatch.chdir(folder)
    Path(".dunwell").symlink_to(home)  # where the reader's data folder would be
    done = 0
    for typed in pages.follow(START / "tutorial.md"):
        done += 1
        assert typed.fits, f"$ {typed.command}\n{typed.printed}\n--- shown:\n{typed.shown}"
        assert typed.code == expected(typed.shown), typed.command
    assert done == 26


def expected(shown: str) -> int:
    """Return the exit code that goes with what a command shows."""
    if "refused (" in shown:
        return REFUSED
    return COMPLAINTS if "row not taken" in shown or "the book is off by" in shown else 0


def test_the_tutorial_shows_its_files() -> None:
    """The mapping is shown whole, and the lines of the list are lines of the list."""
    text = (START / "tutorial.md").read_text("utf-8")
    (mapping,) = re.findall(r"```yaml\n(.*?)```", text, re.S)
    assert mapping == (START / "files" / "openitems.yaml").read_text("utf-8")
    (shown,) = re.findall(r"```\n(Harbour.*?)```", text, re.S)
    listed = (START / "files" / "openitems.csv").read_text("utf-8").splitlines()
    assert [x for x in shown.splitlines() if x != "…" and x not in listed] == []
