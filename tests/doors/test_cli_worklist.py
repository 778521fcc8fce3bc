"""`dunwell worklist`: the same list for people, for sheets and for machines."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from command import dunwell

from dunwell.core import candidate
from helpers import Book, customer, invoice

ROOT = Path(__file__).parents[2]
JSON = (ROOT / "docs" / "reference" / "json.md").read_text("utf-8")
PAGE = (ROOT / "docs" / "reference" / "casework" / "worklist.md").read_text("utf-8")


@pytest.fixture
def owing(book: Book) -> Book:
    """BIG owes 80,000 and MID 900, ben's both; OLD owes 400. REST has promised, SOON is not due."""
    book.customers(
        *(customer(name, account_owner="ben") for name in ("BIG", "MID")),
        *(customer(name) for name in ("OLD", "REST", "SOON")),
    )
    late = dt.date(2026, 2, 20)
    book.items(
        invoice("R-1", 8_000_000, customer="BIG", due_on=late),
        invoice("R-2", 90_000, customer="MID", due_on=late),
        invoice("R-3", 40_000, customer="OLD", due_on=dt.date(2026, 1, 1)),
        invoice("R-4", 90_000, customer="REST", due_on=late),
        invoice("R-5", 90_000, customer="SOON", due_on=dt.date(2026, 3, 20)),
    )
    dunwell("promise", "open", "REST", "--until", "2026-03-06")
    return book


def test_the_list_as_json(owing: Book) -> None:
    """Rows in order with all that explains them, and who is left out."""
    found = dunwell("worklist", "--capacity", 1, "--format", "json").json
    assert [r["customer"] for r in found["rows"]] == ["BIG", "MID", "OLD"]
    assert found["left_out"] == {"promise_open": 1, "not_due": 1}
    assert found["rows"][0] == {
        "rank": 1,
        "customer": "BIG",
        "entity": "MAIN",
        "amounts": [{"currency": "EUR", "amount_minor": 8_000_000}],
        "at_stake_minor": 8_000_000,
        "risk": 40,
        "lifts": [],
        "why": "Nobody there can be reached; EUR 80,000.00 overdue, the oldest since 20 February"
        " 2026.",
        "next_action": "find_contact",
        "responsible": "ben",
        "due_on": None,
        "task": None,
        "fits": True,
    }
    assert [(r["responsible"], r["fits"]) for r in found["rows"]] == [
        ("ben", True), ("ben", False), ("anna", True),
    ]  # fmt: skip
    del found["rows"], found["left_out"]
    assert found == {"as_of": "2026-03-02", "currency": "EUR", "capacity": 1}


def test_another_day_and_one_persons_list(owing: Book) -> None:
    """On 25 March SOON is late too; anna has what is nobody else's."""
    found = dunwell("worklist", "--as-of", "2026-03-25", "--owner", "anna", "--format", "json").json
    assert found["as_of"] == "2026-03-25"
    assert sorted(r["customer"] for r in found["rows"]) == ["OLD", "REST", "SOON"]
    assert {r["responsible"] for r in found["rows"]} == {"anna"}
    assert dunwell("worklist", "--owner", "nobody", "--format", "json").json["rows"] == []


def test_the_list_for_people(owing: Book) -> None:
    """What does not fit stands in brackets; the counts go to stderr."""
    said = dunwell("worklist", "--capacity", 1)
    assert "worklist 2026-03-02 · 3 customers, 2 fit in the day" in said.out
    assert re.search(r"^ +1 .*BIG .* 80,000.00 .*40 % ", said.out, re.M)
    assert re.search(r"^ +\(2\) .*MID", said.out, re.M)
    assert said.err == "nothing to do: 1 promise open, 1 not due\n"


def test_the_list_for_a_sheet(owing: Book) -> None:
    """One line a row; lifts with their weights in one cell."""
    rows = dunwell("worklist", "--as-of", "2026-04-02", "--format", "csv").rows
    big = next(r for r in rows if r["customer"] == "BIG")
    assert (big["rank"], big["at_stake_minor"], big["currency"]) == ("1", "8000000", "EUR")
    assert (big["lifts"], big["fits"], big["due_on"]) == ("silent:25 left_alone:15", "yes", "")


def test_a_book_with_nothing_in_it_has_an_empty_list(book: Book) -> None:
    """Nobody is on it, and nobody is left out."""
    said = dunwell("worklist")
    assert said.err == "nobody is left out\n"
    assert dunwell("worklist", "--format", "json").json["rows"] == []


def test_what_is_printed_is_documented(owing: Book) -> None:
    """Each field stands in json.md, and each next action on the command's page."""
    (text,) = re.findall(r"^## worklist$(.*?)(?=^## )", JSON, flags=re.M | re.S)
    cells = re.findall(r"^\| ([^|]*`[^|]*) \|", text, flags=re.M)
    listed = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    found = dunwell("worklist", "--format", "json").json
    assert listed == (set(found) - {"rows"}) | set(found["rows"][0])
    actions = PAGE.partition("| Next | Means |")[2]
    assert re.findall(r"^\| `(\w+)` \|", actions, flags=re.M) == list(candidate.ACTIONS)
