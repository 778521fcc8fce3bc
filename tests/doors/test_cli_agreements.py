"""Disputes, promises and plans at the command line: {id, …} out, the same verbs for each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from command import dunwell, write

from dunwell.core.scope import Scope
from dunwell.desk import found
from helpers import NOW, Book, customer, invoice

JSON = (Path(__file__).parents[2] / "docs" / "reference" / "json.md").read_text("utf-8")


@pytest.fixture
def owing(scope: Scope, book: Book) -> Book:
    """C-1 owes two invoices, C-2 one; all overdue. Cleo may approve."""
    book.customers(customer("C-1"), customer("C-2"))
    book.items(
        invoice("R-1", 90_000), invoice("R-2", 30_000), invoice("S-1", 50_000, customer="C-2")
    )  # fmt: skip
    found.add_user(scope, "cleo", roles=["manager"], now=NOW)
    return book


def waits(customer: str, on: str = "2026-03-02") -> str:
    """Return why a customer hears nothing on a day, or ""."""
    said = dunwell("propose", "--customer", customer, "--as-of", on, "--format", "json").json
    return next((w["reason"] for w in said["waits"]), "")


def listed(noun: str, *words: object) -> list[dict[str, Any]]:
    """Return what `NOUN list` prints as JSON."""
    return dunwell(noun, "list", *words, "--format", "json").json


def fields(title: str) -> set[str]:
    """Return the fields the reference of JSON lists under a heading."""
    (text,) = re.findall(rf"^## {title}$(.*?)(?=^## |\Z)", JSON, flags=re.M | re.S)
    cells = re.findall(r"^\| ([^|]*`[^|]*) \|", text, flags=re.M)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


OPENED = {
    "dispute": ["--item", "R-1", "--reason", "price"],
    "promise": ["--until", "2026-03-06"],
    "plan": ["--instalments", "3"],
}


@pytest.mark.parametrize("noun", OPENED)
def test_one_is_opened_shown_listed_and_kept_apart_by_customer(owing: Book, noun: str) -> None:
    """By its id it is one object, by the customer a list; the fields are those documented."""
    done = dunwell(noun, "open", "C-1", *OPENED[noun], "--note", "Eva Kern called", by="ben")
    number = done.json["id"]
    assert done.err.startswith(f"{noun} {number} of C-1")
    shown = dunwell(noun, "show", number, "--format", "json").json
    assert (shown["id"], shown["customer"], shown["note"]) == (number, "C-1", "Eva Kern called")
    assert set(shown) == fields(noun)
    assert listed(noun) == listed(noun, "C-1") == [shown]
    assert dunwell(noun, "show", "C-1", "--format", "json").json == [shown]
    assert listed(noun, "C-2") == []
    for shape in ("table", "csv"):
        assert "C-1" in dunwell(noun, "list", "--format", shape).out
        assert dunwell(noun, "show", number, "--format", shape).out
    assert f"unknown_{noun}" in dunwell(noun, "show", "C-2", code=3).err


@pytest.mark.parametrize("noun", OPENED)
def test_the_same_key_opens_one(owing: Book, noun: str) -> None:
    """Asked twice it gives the same answer; for another request the key is refused."""
    words = [noun, "open", "C-1", *OPENED[noun], "--key", "mail-7"]
    assert dunwell(*words).json == dunwell(*words).json
    assert len(listed(noun)) == 1
    assert "key_used" in dunwell(*words, "--note", "more", code=3).err


def test_a_dispute_is_decided_with_an_answer(owing: Book) -> None:
    """A part is disputed; rejected, it is left alone for a week after the answer."""
    number = dunwell(
        "dispute", "open", "C-2", "--item", "S-1", "--amount", "120.50", "--reason", "quantity",
        "--owner", "ben", "--due", "2026-03-04", "--on", "2026-02-27",
    ).json["id"]  # fmt: skip
    (row,) = dunwell("dispute", "list", "--format", "csv").rows
    assert (row["items"], row["owner"], row["due_on"]) == ("S-1 EUR 120.50", "ben", "2026-03-04")
    assert "answer_missing" in dunwell(
        "dispute", "close", number, "--outcome", "rejected", code=3
    ).err  # fmt: skip
    done = dunwell(
        "dispute", "close", number, "--outcome", "rejected", "--answer", "It was 100",
        "--answered-on", "2026-03-01",
    )  # fmt: skip
    assert done.json == {"id": number, "outcome": "rejected", "state": "rejected"}
    (shown,) = listed("dispute")
    assert (shown["until_on"], shown["days_paused"], shown["cycle_days"]) == ("2026-03-08", 4, 3)
    assert "decided_before" in dunwell(
        "dispute", "close", number, "--outcome", "credited", "--answer", "x", code=3
    ).err  # fmt: skip


def test_an_unknown_reason_is_answered_with_those_there_are(owing: Book) -> None:
    """The command line names them."""
    done = dunwell("dispute", "open", "C-1", "--item", "R-1", "--reason", "weather", code=2)
    assert "not_received" in done.err


def test_a_promise_is_kept_by_the_file_that_brings_the_money(owing: Book, tmp_path: Path) -> None:
    """Everything overdue was promised; the payment ends it, the rest of the day is as before."""
    done = dunwell("promise", "open", "C-1", "--until", "2026-03-06")
    assert done.json["amount_minor"] == 120_000
    assert waits("C-1") == "promise_open"
    file = write(
        tmp_path / "payments.csv", "customer reference paid_on amount currency items",
        ["C-1", "P-1", "2026-03-04", "1200.00", "EUR", "R-1=900.00;R-2=300.00"],
    )  # fmt: skip
    dunwell("import", "payments", file, "--as-of", "2026-03-04", at="2026-03-04T10:00+01:00")
    (shown,) = listed("promise")
    assert shown["state"] == "kept"
    assert "over_already" in dunwell("promise", "close", shown["id"], code=3).err


def test_an_amount_is_promised_of_the_items_named(owing: Book) -> None:
    """In the currency of the items; taken back, they are demanded again."""
    done = dunwell("promise", "open", "C-2", "--item", "S-1", "--amount", "500.00", "--until",
                   "2026-03-06")  # fmt: skip
    assert (done.json["amount_minor"], waits("C-2")) == (50_000, "promise_open")
    done = dunwell("promise", "close", done.json["id"])
    assert (done.json["state"], waits("C-2")) == ("withdrawn", "")


def test_a_promise_broken_is_found_by_the_run(owing: Book) -> None:
    """Nobody has to look: the night judges it before it proposes."""
    number = dunwell("promise", "open", "C-1", "--until", "2026-03-03").json["id"]
    dunwell("run", at="2026-03-06T10:00+01:00")
    shown = dunwell("promise", "show", number, "--format", "json").json
    assert (shown["state"], shown["last_on"]) == ("broken", "2026-03-04")


def test_a_promise_far_ahead_waits_for_approval(owing: Book) -> None:
    """It says under which key; somebody else approves it, and it stops the customer."""
    done = dunwell("promise", "open", "C-1", "--until", "2026-03-20")
    key = done.json["approval"]
    assert done.json["state"] == "asked"
    assert f"dunwell approve {key}" in done.err
    assert waits("C-1") == ""
    assert "own_proposal" in dunwell("approve", key, code=3).err
    dunwell("approve", key, by="cleo")
    assert waits("C-1") == waits("C-1", "2026-03-20") == "promise_open"


def test_a_plan_is_approved_and_shows_its_schedule(owing: Book) -> None:
    """Interest and fee stand beside the principal; every cent is there."""
    done = dunwell(
        "plan", "open", "C-1", "--instalments", "3", "--first", "2026-03-16", "--interest", "12",
        "--fee", "10.00",
    )  # fmt: skip
    number, key = done.json["id"], done.json["approval"]
    dunwell("approve", key, by="cleo")
    assert waits("C-1") == waits("C-1", "2026-03-19") == "plan_running"
    rows = dunwell("plan", "show", number, "--format", "csv").rows
    assert [r["due_on"] for r in rows] == ["2026-03-16", "2026-04-16", "2026-05-16"]
    assert [r["principal"] for r in rows] == ["EUR 400.00"] * 3
    total = sum(float(r["amount"].removeprefix("EUR ")) for r in rows)
    assert round(total * 100) == done.json["total_minor"] == 120_000 + 1_762 + 1_000
    assert "running" in dunwell("plan", "show", number).err
    done = dunwell("plan", "close", number)
    assert (done.json["state"], waits("C-1")) == ("withdrawn", "")


def test_a_fee_of_nothing_is_no_fee(owing: Book) -> None:
    """Said so it is nothing, whatever the policy says."""
    done = dunwell("plan", "open", "C-1", "--instalments", "2", "--fee", "0")
    assert done.json["total_minor"] == 120_000


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (["promise", "open", "C-1", "--until", "2026-03-06", "--amount", "0"], "bad_amount"),
        (["promise", "open", "C-1", "--until", "2026-03-06", "--amount", "1.005"], "bad_amount"),
        (["promise", "open", "C-9", "--until", "2026-03-06"], "unknown_customer"),
        (["plan", "open", "C-1", "--instalments", "3", "--interest", "101"], "bad_amount"),
        (["plan", "open", "C-1", "--instalments", "3", "--fee", "-1"], "bad_amount"),
        (["dispute", "open", "C-1", "--item", "S-1", "--reason", "tax"], "unknown_item"),
    ],
)
def test_what_makes_no_sense_is_refused(owing: Book, words: list[str], word: str) -> None:
    """Exit code 3, and a word to look up."""
    assert f"({word})" in dunwell(*words, code=3).err
