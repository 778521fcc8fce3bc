"""Casework by hand: one noun, one set of verbs, and each prints {id, …} (DATA.md 3.7)."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from command import dunwell

from dunwell.core.scope import Scope
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import dispatch, look
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, invoice, payment

DAY = dt.timedelta(days=1)
NOON = dt.datetime(2026, 3, 2, 11, 0, tzinfo=dt.UTC)


@pytest.fixture
def owing(scope: Scope, book: Book) -> Book:
    """C-1 owes two invoices and an instalment, C-2 one."""
    book.customers(customer("C-1"), customer("C-2"))
    book.items(
        invoice("R-1"), invoice("R-2", 5_000), invoice("R-3", 9_000, kind="instalment", part="2"),
        invoice("S-1", customer="C-2"),
    )  # fmt: skip
    return book


def wait(customer: str, on: str = "2026-03-02") -> str:
    """Return why a customer hears nothing on a day, or ""."""
    said = dunwell("propose", "--customer", customer, "--as-of", on, "--format", "json").json
    return next((w["reason"] for w in said["waits"]), "")


# --- hold -------------------------------------------------------------------------------------


def test_a_hold_is_opened_listed_shown_and_closed(owing: Book) -> None:
    """It stops the customer from its first to its last day; closed, it is kept."""
    done = dunwell(
        "hold", "open", "C-1", "--on", "2026-03-01", "--until", "2026-03-10", "--reason", "audit",
        "--note", "asked by Eva Kern", by="ben",
    )  # fmt: skip
    number = done.json["id"]
    assert done.json == {"id": number, "state": "open"}
    assert done.err == f"hold {number} on C-1\n"
    assert wait("C-1") == wait("C-1", "2026-03-10") == "on_hold"
    assert wait("C-1", "2026-03-11") == ""
    shown = dunwell("hold", "show", number, "--format", "json").json
    assert shown == {
        "id": number, "kind": "hold", "customer": "C-1", "entity": "", "items": [],
        "from_on": "2026-03-01",
        "until_on": "2026-03-10", "ended_on": None, "review_on": None, "reason": "audit",
        "note": "asked by Eva Kern",
        "by": "ben", "state": "open",
    }  # fmt: skip
    assert dunwell("hold", "list", "--format", "json").json == [shown]
    assert dunwell("hold", "list", "C-1", "--format", "json").json == [shown]
    assert dunwell("hold", "list", "C-2", "--format", "json").json == []
    assert dunwell("hold", "show", "C-1", "--format", "json").json == [shown]
    done = dunwell("hold", "close", number, "--on", "2026-03-05")
    assert done.json == {"id": number, "state": "released"}
    assert (wait("C-1", "2026-03-04"), wait("C-1", "2026-03-05")) == ("on_hold", "")
    (kept,) = dunwell("hold", "list", "--format", "csv").rows
    assert (kept["state"], kept["ended"], kept["reason"]) == ("released", "2026-03-05", "audit")
    assert "nothing_to_close" in dunwell("hold", "close", number, code=3).err


def test_a_hold_may_cover_items_or_a_part(owing: Book) -> None:
    """What is not covered is still demanded."""
    dunwell("hold", "open", "C-1", "--item", "R-1", "--item", "R-3/2", "--reason", "asked")
    dunwell("hold", "open", "C-1", "--item", "R-2", "--amount", "20.50", "--reason", "half")
    (act,) = dunwell("propose", "--customer", "C-1", "--format", "json").json["acts"]
    assert (act["items"], act["amounts"]) == (
        ["R-2"], [{"currency": "EUR", "amount_minor": 2_950}],
    )  # fmt: skip
    part, items = dunwell("hold", "list", "C-1", "--format", "json").json
    assert part["items"] == [{"number": "R-2", "currency": "EUR", "amount_minor": 2_050}]
    assert [i["number"] for i in items["items"]] == ["R-1", "R-3/2"]
    assert "R-2 (EUR 20.50)" in dunwell("hold", "list").out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--reason", "  "], "reason_missing"),
        (["--reason", "r", "--until", "2026-03-01"], "dates_crossed"),
        (["--reason", "r", "--amount", "5.00"], "which_item"),
        (["--reason", "r", "--item", "R-1", "--item", "R-2", "--amount", "5.00"], "which_item"),
        (["--reason", "r", "--item", "R-9"], "unknown_item"),
        (["--reason", "r", "--item", "S-1"], "unknown_item"),
        (["--reason", "r", "--item", "R-1", "--amount", "0.001"], "bad_amount"),
        (["--reason", "r", "--item", "R-1", "--amount", "-1"], "bad_amount"),
    ],
)
def test_a_hold_that_makes_no_sense_is_refused(owing: Book, words: list[str], reason: str) -> None:
    """Nothing is opened, and the words say what would do."""
    assert f"refused ({reason})" in dunwell("hold", "open", "C-1", *words, code=3).err
    assert dunwell("hold", "list", "--format", "json").json == []


def test_the_same_key_is_done_once(owing: Book) -> None:
    """The answer is given again; the same key for something else is refused."""
    words = ("hold", "open", "C-1", "--reason", "asked", "--key", "k-1")
    first = dunwell(*words).json
    assert dunwell(*words, at="2026-03-04T08:00Z").json == first
    assert len(dunwell("hold", "list", "--format", "json").json) == 1
    other = ("hold", "open", "C-1", "--reason", "another", "--key", "k-1")
    assert "refused (key_used)" in dunwell(*other, code=3).err
    close = ("hold", "close", first["id"], "--key", "k-2")
    assert dunwell(*close).json == dunwell(*close).json == {"id": first["id"], "state": "released"}
    assert "key_used" in dunwell("hold", "close", first["id"], "--key", "k-1", code=3).err


def test_what_failed_keeps_no_key(owing: Book) -> None:
    """A refused request may be mended and sent under its key again."""
    dunwell("hold", "open", "C-9", "--reason", "asked", "--key", "k-1", code=3)
    assert dunwell("hold", "open", "C-1", "--reason", "asked", "--key", "k-1").json["id"]


def test_names_and_notes_stay_out_of_the_journal(owing: Book) -> None:
    """A note may speak of people: it is kept where it can be erased."""
    dunwell("hold", "open", "C-1", "--reason", "asked", "--note", "Eva Kern is ill")
    with tx.transaction_of(owing.scope):
        mine = {"organisation_id": owing.scope.organisation_id}
        events = models.Event.objects.filter(**mine).values_list("refs", flat=True)
        assert not any("Kern" in e for e in events)
        (note,) = models.Personal.objects.filter(**mine, subject="stop")
    assert bytes(note.body or b"") == b"Eva Kern is ill"


# --- delivery ---------------------------------------------------------------------------------


@pytest.fixture
def unknown(owing: Book) -> str:
    """The key of a mail during whose hand-over the connection broke."""
    look.record(owing.scope, look.propose(owing.scope, as_of=TODAY), mode="run", now=NOW)
    channel = MemoryChannel(breaks=["c-1@example.com"])
    dispatch.run(owing.scope, {"email": channel}, worker="w", now=NOON)
    (row,) = dunwell("delivery", "list", "--format", "json").json
    assert (row["customer"], row["state"], row["step"]) == ("C-1", "unknown", "first_reminder")
    return str(row["key"])


def taken(book: Book, number: str) -> list[tuple[str, str]]:
    """Return the steps an item has taken, as `customer show` says."""
    shown = dunwell("customer", "show", "C-1", "--format", "json").json
    (item,) = [i for i in shown["items"] if i["number"] == number]
    return [(s["step"], s["on"]) for s in item["steps"]]


def test_a_person_says_an_unknown_delivery_was_sent(owing: Book, unknown: str) -> None:
    """The step is taken on the day it was handed over; it is listed no more."""
    at = "2026-03-06T08:00Z"
    done = dunwell("delivery", "close", unknown, at=at)
    assert done.json == {"id": unknown, "outcome": "sent", "customer": "C-1"}
    assert taken(owing, "R-1") == [("first_reminder", "2026-03-02")]
    assert dunwell("delivery", "list", "--format", "json").json == []
    assert "not_unknown" in dunwell("delivery", "close", unknown, code=3).err


def test_or_on_another_day_or_not_at_all(owing: Book, unknown: str) -> None:
    """`--on` says when; `not_sent` lets the step be tried again under another key."""
    assert "too_early" in dunwell(
        "delivery", "close", unknown, "--on", "2026-03-01", code=3
    ).err  # fmt: skip
    done = dunwell("delivery", "close", unknown, "--outcome", "not_sent", "--key", "k-1")
    assert dunwell("delivery", "close", unknown, "--outcome", "not_sent", "--key", "k-1").json == (
        done.json
    )
    assert taken(owing, "R-1") == []
    (act,) = dunwell("propose", "--customer", "C-1", "--format", "json").json["acts"]
    assert (act["step"], act["actions"][0]["key"] == unknown) == ("first_reminder", False)


def test_a_day_may_be_given(owing: Book, unknown: str) -> None:
    """The step counts from the day the person names."""
    dunwell("delivery", "close", unknown, "--on", "2026-03-04", at="2026-03-06T08:00Z")
    assert taken(owing, "R-1") == [("first_reminder", "2026-03-04")]


def test_deliveries_are_listed_by_state_and_customer(owing: Book, unknown: str) -> None:
    """Several states may be asked for."""
    states = ("--state", "sent", "--state", "unknown")
    rows = dunwell("delivery", "list", *states, "--format", "csv").rows
    assert {(r["customer"], r["state"]) for r in rows} == {("C-1", "unknown"), ("C-2", "sent")}
    assert len(dunwell("delivery", "list", "C-2", *states, "--format", "json").json) == 1
    assert unknown in dunwell("delivery", "list").out


# --- customer ---------------------------------------------------------------------------------


def test_a_customer_on_one_page(owing: Book) -> None:
    """Balance by age, items with their steps, contacts, what was done, what is next and why."""
    dunwell("run", at="2026-03-02T12:00+01:00")
    owing.payments(payment("P-1", 2_000, items=[("R-1", None)]))
    dunwell("hold", "open", "C-1", "--item", "R-2", "--reason", "asked")
    shown = dunwell("customer", "show", "C-1", "--format", "json").json
    assert shown["reference"] == "C-1"
    (balance,) = shown["balance"]
    assert (balance["currency"], balance["buckets"]["1-30"], balance["total"]) == (
        "EUR", 22_000, 22_000,
    )  # fmt: skip
    assert [(i["number"], i["open_minor"]) for i in shown["items"]] == [
        ("R-1", 8_000), ("R-2", 5_000), ("R-3/2", 9_000),
    ]  # fmt: skip
    assert taken(owing, "R-1") == [("first_reminder", "2026-03-02")]
    assert [s["kind"] for s in shown["stops"]] == ["hold"]
    assert {t["what"] for t in shown["timeline"]} >= {"decided", "sent", "payment"}
    (next_one,) = shown["next"]
    assert (next_one["verdict"], next_one["policy"]) == ("wait", "classic v1")
    assert next_one["sentences"][0].startswith("No step is due")
    assert json.dumps(shown).count("c-1@example.com") == 1


def test_a_customer_for_people_and_for_sheets(owing: Book) -> None:
    """A table says the same as the JSON; CSV lists the open items."""
    page = dunwell("customer", "show", "C-1").out
    for words in ("C-1  Customer C-1  DE", "EUR 240.00 open, EUR 240.00 overdue", "R-3/2"):
        assert words in page
    rows: list[dict[str, Any]] = dunwell("customer", "show", "C-1", "--format", "csv").rows
    assert [(r["number"], r["open"]) for r in rows] == [
        ("R-1", "100.00"), ("R-2", "50.00"), ("R-3/2", "90.00"),
    ]  # fmt: skip


# --- walls ------------------------------------------------------------------------------------


def test_ids_and_keys_of_another_organisation_are_unknown(owing: Book, unknown: str) -> None:
    """Whoever is in beta can neither see nor answer anything of acme, by whatever number."""
    number = str(dunwell("hold", "open", "C-1", "--reason", "asked").json["id"])
    saved = re.findall(r"proposal (\d+)", dunwell("propose", "--save").err)[0]
    dunwell("init", "--organisation", "beta", by="ben")
    beta = ("--organisation", "beta")
    for words, reason in (
        (["hold", "close", number], "nothing_to_close"),
        (["hold", "show", number], "unknown_hold"),
        (["release", saved], "unknown_proposal"),
        (["approve", unknown], "nothing_asked"),
        (["delivery", "close", unknown], "not_unknown"),
        (["customer", "show", "C-1"], "unknown_customer"),
        (["explain", "C-1"], "unknown_customer"),
    ):
        assert f"refused ({reason})" in dunwell(*words, *beta, by="ben", code=3).err
    for words in (["hold", "list"], ["delivery", "list"], ["approval", "list"]):
        assert dunwell(*words, *beta, "--format", "json", by="ben").json == []
    done = dunwell("run", *beta, "--format", "json", by="ben", at="2026-03-02T12:00+01:00").json
    assert (done["counts"]["looked"], done["dispatched"]["sent"]) == (0, 0)
    assert dunwell("aging", *beta, "--format", "json", by="ben").json["rows"] == []
