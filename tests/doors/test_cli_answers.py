"""Released and approved by command: what is asked is asked, and no more is approved than seen."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from command import dunwell

from dunwell.core.rows import ContactRow, HistoryRow
from dunwell.core.scope import Scope
from helpers import TODAY, Book, customer, invoice, payment

DAY = dt.timedelta(days=1)


@pytest.fixture
def demanded(scope: Scope, book: Book) -> Book:
    """C-1 is to get a final demand, which waits for the manager; C-2 a first reminder."""
    book.customers(customer("C-1"), customer("C-2"))
    book.items(
        invoice("R-1", 90_000, due_on=TODAY - 70 * DAY), invoice("S-1", customer="C-2")
    )  # fmt: skip
    book.take("contacts", ContactRow(line=2, customer="C-1", role="executive", name="the boss",
                                     email="exec@example.com"))  # fmt: skip
    book.take("history", HistoryRow(line=2, customer="C-1", item="R-1", step="pre_collections",
                                    on=TODAY - 20 * DAY, channel="email"))  # fmt: skip
    return book


def asked() -> list[dict[str, Any]]:
    """Return what waits for a role."""
    found: list[dict[str, Any]] = dunwell("approval", "list", "--format", "json").json
    return found


def late(number: str, minor: int, days: int = 40) -> Any:
    """An invoice that has been overdue for so many days."""
    return invoice(number, minor, due_on=TODAY - days * DAY)


def test_a_release_asks_what_its_day_asks(demanded: Book) -> None:
    """The line that acts is released; the question beside it is before its role, with no run."""
    said = dunwell("propose", "--save").err
    number = said.split("proposal ")[1].split(";")[0]
    assert asked() == []
    done = dunwell("release", number, "--format", "json").json
    assert [x["customer"] for x in done["released"]] == ["C-2"]
    (one,) = asked()
    assert (one["customer"], one["step"], one["approval"]) == ("C-1", "final_demand", "manager")


def test_what_rose_is_asked_again_and_not_approved(demanded: Book) -> None:
    """The first yes is refused and names both amounts; the second is one to what it named."""
    dunwell("run")
    (before,) = asked()
    demanded.items(late("R-2", 5_000))
    done = dunwell("approve", before["key"], code=3)
    assert "amount_rose" in done.err
    assert "EUR 950.00" in done.err
    assert "EUR 900.00" in done.err
    (again,) = asked()
    assert again["amounts"] == [{"currency": "EUR", "amount_minor": 95_000}]
    dunwell("approve", again["key"])
    assert asked() == []
    (act,) = [a for a in dunwell("propose", "--format", "json").json["acts"]
              if a["customer"] == "C-1"]  # fmt: skip
    assert act["step"] == "final_demand"


def test_what_only_fell_is_approved_as_it_is_today(demanded: Book) -> None:
    """A part payment needs no second question (SEMANTICS 6.2)."""
    dunwell("run")
    (one,) = asked()
    demanded.payments(payment("P-1", 10_000, items=[("R-1", None)]))
    assert dunwell("approve", one["key"]).json["state"] == "granted"
    (granted,) = dunwell("approval", "list", "--state", "granted", "--format", "json").json
    assert granted["amounts"] == [{"currency": "EUR", "amount_minor": 80_000}]


def test_who_may_not_answer_is_told_so_and_changes_nothing(demanded: Book) -> None:
    """The question keeps its figures: it was not theirs to look at."""
    dunwell("run")
    (one,) = asked()
    demanded.items(late("R-2", 5_000))
    assert "role_missing" in dunwell("approve", one["key"], by="otto", code=3).err
    assert asked() == [one]
