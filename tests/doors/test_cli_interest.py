"""`dunwell interest` and `dunwell law`: what they print, and the words with which they refuse."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from command import dunwell

from dunwell.core.scope import Scope
from helpers import Book, customer, invoice

HOUSE = """policy: house
settings: {interest: {enabled: true%s}}
segments: [{name: all, cadence: plain}]
cadences: {plain: {steps: [{id: first_reminder, day: 1, actions: [{channel: email}]}]}}
"""
END = ("--as-of", "2025-12-31")


@pytest.fixture
def owing(scope: Scope, book: Book, tmp_path: Path) -> Path:
    """C-1 owes EUR 3,650.00 since 1 July 2025, and interest is claimed with a manager's yes."""
    file = tmp_path / "house.yaml"
    file.write_text(HOUSE % "")
    dunwell("policy", "publish", file)
    dunwell("policy", "assign", "MAIN", "house")
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 3_650_00, due_on=dt.date(2025, 7, 1)))
    dunwell("user", "bob", "--role", "manager")
    return file


def test_from_the_list_to_the_waiver(owing: Path) -> None:
    """Listed, asked, approved, shown line by line, waived by name; each prints {id, …}."""
    (row,) = dunwell("interest", "list", "C-1", *END, "--format", "json").json
    assert (row["interest_minor"], row["compensation_minor"]) == (187_94, 40_00)
    (cells,) = dunwell("interest", "list", *END, "--format", "csv").rows
    assert (cells["item"], cells["percent"], cells["interest"], cells["compensation"]) == (
        "R-1", "10.27", "187.94", "40.00",
    )  # fmt: skip
    asked = dunwell("interest", "open", "C-1", *END, "--key", "k-1", by="ben")
    assert asked.json["state"] == "asked"
    assert asked.err.startswith("EUR 227.94 waits for the role manager: dunwell approve ")
    assert dunwell("interest", "open", "C-1", *END, "--key", "k-1", by="ben").json == asked.json
    dunwell("approve", asked.json["key"], by="bob")
    shown = dunwell("interest", "show", 1).out
    for text in ("INT-R-1-1: interest on R-1", "10.27", "187.941000", "BGB section 247", "rounded"):
        assert text in shown
    fixed = dunwell("interest", "show", 2).out
    assert "INT-R-1-2: compensation on R-1" in fixed
    assert "EUR 0=40" in fixed
    done = dunwell("interest", "close", 1, "--reason", "goodwill", "--key", "k-2", by="bob")
    assert done.json == {
        "id": 1, "state": "waived", "number": "INT-R-1-1", "currency": "EUR",
        "amount_minor": 187_94,
    }  # fmt: skip
    assert done.err == "claim 1 waived: EUR 187.94\n"
    again = dunwell("interest", "close", 1, "--reason", "goodwill", "--key", "k-2", by="bob")
    assert again.json == done.json
    kept = dunwell("interest", "show", 1, "--format", "json").json
    assert (kept["state"], kept["waived_by"], kept["reason"]) == ("waived", "bob", "goodwill")
    assert "by bob: goodwill" in dunwell("interest", "show", 1).out
    assert "refused (nothing_to_close)" in dunwell(
        "interest", "close", 1, "--reason", "again", code=3
    ).err  # fmt: skip


def test_without_a_role_it_is_posted_at_once(owing: Path) -> None:
    """The policy may say that nobody has to approve."""
    owing.write_text(HOUSE % ", approve: null, rounding: daily")
    dunwell("policy", "publish", owing)
    done = dunwell("interest", "open", "C-1", "--item", "R-1", *END)
    assert done.err == "EUR 228.49 posted as INT-R-1-1, INT-R-1-2\n"
    assert done.json["id"] == done.json["claims"][0]["id"]
    assert "rounded each day" in dunwell("interest", "show", done.json["id"]).out


def test_a_missing_rate_refuses_until_it_is_added(owing: Path) -> None:
    """The words hold the command that adds it; with it the list is there."""
    said = dunwell("interest", "list", code=3).err
    assert said.startswith("refused (no_rate_row): no row of DE says the reference_rate of 2026-01")
    words = ("law", "add", "--jurisdiction", "DE", "--rule", "reference_rate", "--value", "1.27",
             "--from", "2026-01-01", "--source", "Deutsche Bundesbank")  # fmt: skip
    assert " ".join(words[:6]) in said
    done = dunwell(*words)
    assert done.json["to_on"] == "2026-06-30"
    assert done.err == "reference_rate of DE is 1.27 from 2026-01-01 to 2026-06-30\n"
    (row,) = dunwell("interest", "list", "--format", "json").json
    assert row["lines"][-1]["rows"][0]["source"] == "Deutsche Bundesbank"
    assert "refused (row_there)" in dunwell(*words, code=3).err


def test_why_nothing_is_claimed_stands_in_the_list(owing: Path) -> None:
    """A table for people, with the reason at its end."""
    owing.write_text(HOUSE % ", minimum: 500")
    dunwell("policy", "publish", owing)
    assert "less than EUR 500 is not claimed" in dunwell("interest", "list", *END).out


def test_rows_of_law_are_listed(scope: Scope) -> None:
    """By jurisdiction, rule and day; the United Kingdom by either of its codes."""
    rows = dunwell("law", "list", "uk", "--rule", "margin", "--format", "json").json
    assert [(r["jurisdiction"], r["value"], r["is_own"]) for r in rows] == [("GB", "8", False)]
    on = ("--rule", "reference_rate", "--on", "2025-12-31", "--format", "csv")
    assert {r["jurisdiction"]: r["value"] for r in dunwell("law", "list", *on).rows} == {
        "DE": "1.27", "EU": "2.15", "FI": "2.5", "GB": "4.25",
    }  # fmt: skip
    added = dunwell("law", "add", "--jurisdiction", "UK", "--rule", "margin", "--value", "9",
                    "--from", "2027-01-01", "--source", "a new act", "--debtor", "business",
                    "--key", "k-1")  # fmt: skip
    assert added.err == "margin of GB is 9 from 2027-01-01 on\n"
    assert "a new act" in dunwell("law", "list", "GB", "--rule", "margin").out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--rule", "vat", "--value", "1", "--source", "s"], "unknown_rule"),
        (["--rule", "margin", "--value", "much", "--source", "s"], "bad_value"),
        (["--rule", "margin", "--value", "1", "--source", " "], "source_missing"),
        (["--rule", "margin", "--value", "1", "--source", "s", "--to", "2025-12-31"],
         "dates_crossed"),
    ],
)  # fmt: skip
def test_a_row_that_says_nothing_is_refused(scope: Scope, words: list[str], reason: str) -> None:
    """Nothing is kept that could not be counted with or looked up."""
    given = ["law", "add", "--jurisdiction", "DE", "--from", "2026-01-01", *words]
    assert f"refused ({reason})" in dunwell(*given, code=3).err
    rows = dunwell("law", "list", "DE", "--rule", "margin", "--format", "json").json
    assert not any(r["is_own"] for r in rows)
