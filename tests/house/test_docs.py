"""Documents that can fail: reasons, settings, the journal's hash, and pages spoken of."""

from __future__ import annotations

import ast
import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from dunwell.core.reasons import Reason
from dunwell.delivery.email import SmtpSettings
from dunwell.store import journal, models, tx
from helpers import NOW, bare_organisation

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "dunwell"

EAST = dt.timezone(dt.timedelta(hours=5))


def pages() -> Iterator[Path]:
    """Yield every page of the documentation."""
    yield from sorted(ROOT.glob("*.md"))
    yield from sorted((ROOT / "docs").rglob("*.md"))


def test_every_environment_variable_is_documented() -> None:
    """Each variable the product reads stands in the reference of settings."""
    said = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
    read = {
        node.value
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(r"DUNWELL_[A-Z_]+", node.value)
    }
    assert "DUNWELL_HOME" in read
    assert sorted(v for v in read if f"`{v}`" not in said) == []


def test_every_key_of_the_settings_file_is_documented() -> None:
    """Each key of settings.yaml stands in the reference of settings."""
    said = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
    keys = [f"smtp.{name}" for name in SmtpSettings._fields if name != "context"]
    assert [k for k in ["smtp", *keys] if f"`{k}`" not in said] == []


def test_every_reason_is_documented_in_its_order() -> None:
    """The reasons stand in docs/spec/reasons.md, all of them, the strongest first."""
    page = (ROOT / "docs" / "spec" / "reasons.md").read_text("utf-8")
    named = re.findall(r"^\|\s*(?:\d+\s*\|\s*)?`([a-z_]+)`", page, re.MULTILINE)
    assert [n for n in dict.fromkeys(named) if n in {str(r) for r in Reason}] == list(Reason)


def test_links_lead_somewhere() -> None:
    """Every link from one page to another file finds it."""
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages()
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists()
    ]
    assert broken == []


def test_pages_the_code_speaks_of_are_there() -> None:
    """A page named in a docstring, message or comment exists."""
    texts = [p.read_text("utf-8") for p in SOURCE.rglob("*.py")]
    named = {m for t in texts for m in re.findall(r"docs/[a-z]+/[a-z0-9_-]+\.md", t)}
    assert "docs/reference/settings.md" in named
    assert sorted(m for m in named if not (ROOT / m).exists()) == []


def test_the_documented_hash_is_the_one_we_write(database) -> None:
    """Twenty lines of Python, as the page of the journal gives them, find the hash of a seal."""
    page = (ROOT / "docs" / "reference" / "journal.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    scope: dict[str, object] = {"hashlib": hashlib, "json": json, "timezone": dt.timezone}
    exec(code, scope)  # noqa: S102  the page is ours, and this is what a reader would do
    acme = bare_organisation("acme")
    with tx.transaction_of(acme):
        refs = {"customer": 5, "why": 'Zürich "quoted" \\ line\n', "amounts": [["EUR", 100]]}
        journal.append(acme, "told", refs=refs, at=NOW.astimezone(EAST))
    journal.seal(acme, at=NOW)
    with tx.transaction_of(acme):
        (seal,) = models.Seal.objects.filter(organisation_id=acme.organisation_id)
        events = list(
            models.Event.objects.filter(organisation_id=acme.organisation_id).order_by("pk")
        )
    assert scope["seal_hash"](seal, events) == seal.hash
