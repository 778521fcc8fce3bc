"""The gallery of errors is what the program says: made again here, and compared."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import gallery
import pages
import pytest

import databases

SHOWN = gallery.PAGE.read_text("utf-8")
SOURCE = pages.ROOT / "src" / "dunwell"


@pytest.mark.one_database
def test_the_gallery_is_what_is_said_today(
    template: databases.Sqlite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every sample, tried anew, gives the page; `python tests/house/gallery.py` writes it."""
    monkeypatch.delenv("DUNWELL_HOME", raising=False)
    assert gallery.page(template, tmp_path) == SHOWN


def raised(name: str) -> set[str]:
    """Return the first words with which an error is raised anywhere in the product."""
    return {
        node.args[0].value
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == name
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def not_shown() -> set[str]:
    """Return the words that the page explains instead of showing."""
    table = (gallery.HERE / "not-shown.md").read_text("utf-8")
    return {w for row in table.splitlines() for w in re.findall(r"`([^`]+)`", row.split("|")[1])}


def test_every_refusal_is_shown_or_explained() -> None:
    """Each word with which something is refused is in the gallery, or it says why not."""
    shown = set(re.findall(r"^(?:refused \()(\w+)\)", SHOWN, re.M))
    words = raised("Refused") - {"policy_errors"}  # `publish` shows its findings instead
    assert sorted(words - shown - not_shown()) == []
    assert sorted(not_shown() & shown) == [], "it is shown now: take it off the list"


def test_every_setting_that_can_be_wrong_is_shown_or_explained() -> None:
    """Each setting that `Misconfigured` names is in the gallery, or it says why not."""
    shown = set(re.findall(r"^Misconfigured: ([\w.]+):", SHOWN, re.M))
    assert "smtp.passwort" in shown
    assert sorted(raised("Misconfigured") - shown - not_shown()) == []


def test_every_sample_shows_what_it_is_about() -> None:
    """A sample headed by a word ends in that refusal, one about rows in complaints."""
    wrong = []
    for title, text in re.findall(r"^### `([\w.]+)`\n(.*?)(?=^##|\Z)", SHOWN, re.M | re.S):
        is_kind = f"dunwell import {title} " in text
        said = "row not taken" if is_kind else f"({title})"
        if said not in text and title != "policy_errors":
            wrong.append(title)
    assert wrong == []
