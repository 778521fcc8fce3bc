"""`dunwell evidence`: what is written where, what is printed, and who may check it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from command import dunwell

from dunwell.core.scope import Scope
from dunwell.desk import found
from helpers import MAIN, NOW, Book, customer, invoice

TEN = "2026-03-02T10:00+01:00"


@pytest.fixture
def owing(scope: Scope, book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    """C-1 owes one invoice and was written to; the folder is empty."""
    book.customers(customer("C-1", name="Lowry"))
    book.items(invoice("R-1"))
    dunwell("run", at=TEN)
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    return book


def test_it_is_written_here_and_said_on_stdout(owing: Book) -> None:
    """A PDF and a ZIP of one name; the answer holds what to write into the letter beside them."""
    done = dunwell("evidence", "make", "C-1", at="2026-03-03T10:00+01:00")
    name = "evidence-MAIN-C-1-2026-03-03"
    assert sorted(p.name for p in Path().iterdir()) == [f"{name}.pdf", f"{name}.zip"]
    answer = done.json
    assert answer["files"] == [f"{name}.zip", f"{name}.pdf"]
    assert answer["owed"] == [{"currency": "EUR", "amount_minor": 10_000}]
    assert (answer["customer"], answer["entity"], answer["messages"]) == ("C-1", "MAIN", 1)
    with zipfile.ZipFile(f"{name}.zip") as packed:
        assert packed.read("evidence.pdf") == Path(f"{name}.pdf").read_bytes()
        assert json.loads(packed.read("manifest.json"))["head"] == answer["head"]
    assert dunwell("verify-journal", "--format", "json").json["ok"]


def test_a_folder_and_a_day_may_be_named(owing: Book) -> None:
    """The folder is made; a day before anything happened has nothing in it."""
    done = dunwell("evidence", "make", "C-1", "--out", "court/a", "--as-of", "2026-03-01")
    assert Path(done.json["files"][0]).parent == Path("court/a")
    assert (done.json["messages"], done.json["as_of"]) == (0, "2026-03-01")


def test_an_archive_and_its_folder_can_be_checked(owing: Book) -> None:
    """The check says what it found, and where the file was made here, when."""
    made = dunwell("evidence", "make", "C-1", at=TEN).json
    zipped = made["files"][0]
    said = dunwell("evidence", "verify", zipped, "--head", made["head"])
    assert "1 messages are the ones that were sent" in said.out
    assert said.out.endswith("made here 2026-03-02T09:00:00+00:00\nOK\n")
    with zipfile.ZipFile(zipped) as packed:
        packed.extractall("file")
    answer = dunwell("evidence", "verify", "file", "--format", "json").json
    assert (answer["ok"], answer["sha256"], answer["problem"]) == (True, made["sha256"], "")
    assert answer["made_at"] == "2026-03-02T09:00:00Z"
    (row,) = dunwell("evidence", "verify", "file", "--format", "csv").rows
    assert row["ok"] == "True"


def test_a_changed_byte_ends_with_three(owing: Book) -> None:
    """And names the file; so do a wrong head and a file that is none."""
    zipped = dunwell("evidence", "make", "C-1", at=TEN).json["files"][0]
    with zipfile.ZipFile(zipped) as packed:
        packed.extractall("file")
    sheet = Path("file/statement.csv")
    sheet.write_bytes(sheet.read_bytes().replace(b"100.00", b"900.00"))
    said = dunwell("evidence", "verify", "file", code=3)
    assert said.out == (
        "DOES NOT FIT: statement.csv was changed: it is not the file the manifest names\n"
    )
    assert not dunwell("evidence", "verify", "file", "--format", "json", code=3).json["ok"]
    head = dunwell("evidence", "verify", zipped, "--head", "0" * 64, code=3).out
    assert "no seal of this chain has the hash" in head
    assert "cannot be read" in dunwell("evidence", "verify", "nowhere.zip", code=3).out


def test_no_data_folder_is_needed_to_check(
    owing: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lawyer who has Dunwell and no book of ours can check it; nobody says when it was made."""
    zipped = dunwell("evidence", "make", "C-1", at=TEN).json["files"][0]
    monkeypatch.setenv("DUNWELL_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("DUNWELL_DATABASE_URL", raising=False)
    said = dunwell("evidence", "verify", zipped)
    assert said.out.endswith("OK\n")
    assert "made here" not in said.out
    assert not (tmp_path / "none").exists()


def test_the_entity_must_be_plain(owing: Book, scope: Scope) -> None:
    """Who owes two entities has a file for each."""
    found.add_entity(scope, MAIN._replace(code="UK"), now=NOW)
    owing.items(invoice("U-1", 5_000, entity="UK"))
    assert "which_entity" in dunwell("evidence", "make", "C-1", code=3).err
    assert not list(Path().iterdir())
    made = dunwell("evidence", "make", "C-1", "--entity", "UK").json
    assert made["owed"] == [{"currency": "EUR", "amount_minor": 5_000}]


def test_a_file_that_cannot_be_written_is_not_said_to_be_made(owing: Book) -> None:
    """The journal keeps it once it is there."""
    Path("court").write_text("in the way")
    assert dunwell("evidence", "make", "C-1", "--out", "court", code=2).err
    told = dunwell("evidence", "make", "C-1", "--out", "else").json
    with zipfile.ZipFile(told["files"][0]) as packed:
        events = b"".join(packed.read(n) for n in packed.namelist() if n.startswith("events/"))
    assert b"evidence_made" not in events
