"""What came in, at the command line: read, listed, shown, closed; ways to customers repaired."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import dunwell

from helpers import Book, customer, invoice

ANSWER = "From: c-1@example.com\nSubject: Re: Reminder\nDate: Mon, 2 Mar 2026 09:00:00 +0000\n\n"


@pytest.fixture
def owing(book: Book) -> Book:
    """C-1 owes an invoice."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1"))
    return book


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    """A folder with an answer in it."""
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "answer.eml").write_text(f"{ANSWER}Which invoice is that?\n")
    return folder


def wait(on: str = "2026-03-02") -> str:
    """Return why C-1 hears nothing on a day, or ""."""
    said = dunwell("propose", "--as-of", on, "--format", "json").json
    return next((w["reason"] for w in said["waits"]), "")


def test_an_answer_is_read_listed_shown_and_closed(owing: Book, mails: Path) -> None:
    """It holds its case back until it is closed, and each command says what was done."""
    done = dunwell("delivery", "read", mails)
    (row,) = done.json["taken"]
    assert row == {
        "id": row["id"], "file": "answer.eml", "kind": "reply", "customer": "C-1", "key": None,
        "state": "unread", "done": "paused until it is read",
    }  # fmt: skip
    assert (done.json["known"], done.json["complaints"]) == (0, [])
    assert done.err == "1 reply; 0 known already\n"
    assert wait() == "reply_unread"
    (listed,) = dunwell("reply", "list", "--format", "json").json
    assert (listed["id"], listed["from"], listed["state"]) == (
        row["id"], "c-1@example.com", "unread"
    )  # fmt: skip
    shown = dunwell("reply", "show", row["id"])
    assert "Which invoice is that?" in shown.out
    assert "reply 1, 2026-03-02 09:00, unread, C-1" in shown.out
    closed = dunwell("reply", "close", row["id"], "--outcome", "question", "--key", "k-1")
    assert closed.json == {
        "id": row["id"], "state": "closed", "outcome": "question", "customer": "C-1"
    }  # fmt: skip
    again = dunwell("reply", "close", row["id"], "--outcome", "question", "--key", "k-1")
    assert again.json == closed.json
    assert dunwell("reply", "list", "--format", "json").json == []
    assert wait() == ""


def test_what_cannot_be_read_ends_with_four(owing: Book, mails: Path) -> None:
    """The good ones are taken; read again, they are known."""
    (mails / "page.pdf").write_bytes(b"%PDF-1.7")
    first = dunwell("delivery", "read", mails, code=4)
    assert len(first.json["taken"]) == 1
    assert "page.pdf: found '%PDF-1.7'" in first.err
    again = dunwell("delivery", "read", mails, code=4)
    assert (again.json["taken"], again.json["known"]) == ([], 1)


def test_a_stop_word_is_undone_with_a_reason_only(owing: Book, mails: Path) -> None:
    """Refused without one; with it the address is written to again."""
    (mails / "answer.eml").write_text(f"{ANSWER}STOP\n")
    assert dunwell("delivery", "read", mails).json["taken"][0]["kind"] == "stop"
    assert wait() == "no_route"
    refused = dunwell("delivery", "repair", "C-1", code=3)
    assert "how they agreed again" in refused.err
    done = dunwell("delivery", "repair", "C-1", "--reason", "asked by phone")
    assert done.json == {"id": "C-1", "channel": "email", "role": "ap", "repaired": 1}
    assert wait() == ""


def test_a_table_of_what_came_in_can_be_read(owing: Book, mails: Path) -> None:
    """By state, and by customer."""
    dunwell("delivery", "read", mails)
    found = dunwell("reply", "list", "C-1").out
    assert "Re: Reminder" in found
    assert "Re: Reminder" not in dunwell("reply", "list", "--state", "closed").out
    assert "subject" in dunwell("reply", "list", "--format", "csv").out
