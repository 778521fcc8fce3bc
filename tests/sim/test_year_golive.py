"""The guide for going live is followed, on a made-up old book, and shows what is printed."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from databases import Database

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests" / "house"))

import pages  # noqa: E402  it lies beside the tests of the other pages

GUIDE = ROOT / "docs" / "guides" / "go-live.md"
SAVED = re.compile(r"save this as\s+`([^`]+)`:\n\n```yaml\n(.*?)```", re.S)


@pytest.mark.one_database
def test_the_guide_can_be_followed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command does what the page shows, in its order; what it lets you save is saved."""
    monkeypatch.chdir(tmp_path)
    for file, text in SAVED.findall(GUIDE.read_text("utf-8")):
        Path(file).write_text(text, "utf-8")
    typed = list(pages.follow(GUIDE))
    wrong = [t for t in typed if not t.fits]
    assert len(typed) > 20
    assert wrong == [], f"{wrong[0].command}\n{wrong[0].printed}"
