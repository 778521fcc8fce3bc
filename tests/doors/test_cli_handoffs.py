"""The end of the ladder by command: checklist, placement, referral, write-off, insolvency (7)."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from command import dunwell

from dunwell.core import handoff
from dunwell.core.rows import ContactRow, HistoryRow
from dunwell.core.scope import Scope
from dunwell.desk import found
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, invoice, payment

JSON = ("--format", "json")


@pytest.fixture
def ended(scope: Scope, book: Book) -> Book:
    """C-1 owes EUR 900.00 and 6,000.00, both at the end of the ladder; ben asks, cleo answers."""
    book.customers(customer("C-1", phone="+49 30 1"))
    book.items(
        invoice("R-1", 90_000, due_on=TODAY - dt.timedelta(days=70)),
        invoice("R-2", 600_000, due_on=TODAY - dt.timedelta(days=100)),
    )
    book.take("contacts", ContactRow(line=2, customer="C-1", role="alternate", name="Ida Voss"))
    book.take(
        "history",
        *(
            HistoryRow(line=2, customer="C-1", item=n, step="final_demand", channel="email",
                       on=TODAY - dt.timedelta(days=20))
            for n in ("R-1", "R-2")
        ),
    )  # fmt: skip
    found.add_user(scope, "ben", roles=["collector", "manager"], now=NOW)
    found.add_user(scope, "cleo", roles=["manager", "executive", "legal"], now=NOW)
    return book


def complete(who: str = "C-1") -> None:
    """Let ben work through the checklist."""
    shown = dunwell("checklist", "show", who, *JSON).json
    for row in shown["rows"]:
        if row["state"] == "open":
            dunwell("checklist", "close", who, row["row"], "--note", "tried", by="ben")


def placed(*words: str) -> dict[str, Any]:
    """Ask and approve; return the placement."""
    key = dunwell("placement", "open", "C-1", *words, by="ben").json["id"]
    complete()
    dunwell("approve", key, by="cleo")
    (row,) = dunwell("placement", "list", *JSON).json
    return dict(row)


def test_the_checklist_by_command(ended: Book) -> None:
    """Shown, filled and waived; the same key is done once, a collector may not waive."""
    shown = dunwell("checklist", "show", "C-1", *JSON).json
    assert [r["row"] for r in shown["rows"]] == list(handoff.ROWS)
    assert shown["is_complete"] is False
    table = dunwell("checklist", "show", "C-1").out
    assert "alternate" in table
    words = ("checklist", "close", "C-1", "ask_sales", "--note", "asked Eva", "--key", "k-1")
    first = dunwell(*words, by="ben")
    assert dunwell(*words, by="ben").json == first.json
    assert first.err == "ask_sales of C-1: done by ben\n"
    waive = ("checklist", "waive", "C-1", "alternate", "--reason", "none known")
    found.add_user(ended.scope, "dan", roles=["collector"], now=NOW)
    assert "refused (role_missing)" in dunwell(*waive, by="dan", code=3).err
    assert dunwell(*waive, by="ben").json["state"] == "waived"
    rows = dunwell("checklist", "show", "C-1", "--format", "csv").rows
    by_row = {r["row"]: r for r in rows}
    assert (by_row["alternate"]["state"], by_row["alternate"]["by"]) == ("waived", "ben")
    assert by_row["ask_sales"]["why"] == "asked Eva"


def test_a_placement_by_command(ended: Book, tmp_path: Path) -> None:
    """Weighed, asked, approved, shown with its payments, exported, recalled."""
    seen = dunwell("placement", "weigh", "C-1", *JSON).json
    assert seen["amounts"] == [{"currency": "EUR", "amount_minor": 690_000}]
    assert seen["gaps"] == []
    words = dunwell("placement", "weigh", "C-1").out
    assert "assumed figures" in words
    assert "still open" in words
    assert len(dunwell("placement", "weigh", "C-1", "--format", "csv").rows) == 2
    row = placed("--item", "R-1")
    assert (row["state"], [i["number"] for i in row["items"]]) == ("placed", ["R-1"])
    ended.payments(payment("P-1", 10_000, items=[("R-1", None)]))
    shown = dunwell("placement", "show", row["id"], *JSON).json
    assert shown["payments_since"][0]["amount_minor"] == 10_000
    assert "EUR 100.00" in dunwell("placement", "show", "C-1").out
    assert dunwell("placement", "list", "C-2", *JSON).json == []
    out = tmp_path / "files"
    done = dunwell("placement", "export", row["id"], "--out", out)
    assert sorted(p.name for p in out.iterdir()) == done.json["files"]
    back = ("placement", "recall", row["id"], "--reason", "sales wants them", "--key", "k-9")
    assert dunwell(*back).json == dunwell(*back).json == {
        "id": row["id"], "state": "recalled", "held": 1,
    }  # fmt: skip
    assert "nothing_to_close" in dunwell("placement", "close", row["id"], code=3).err


def test_approving_says_what_is_missing(ended: Book) -> None:
    """Without the checklist the yes is refused, and the question stays open."""
    key = dunwell("placement", "open", "C-1", by="ben").json["id"]
    assert "refused (checklist_gaps)" in dunwell("approve", key, by="cleo", code=3).err
    assert "refused (own_proposal)" in dunwell("approve", key, by="ben", code=3).err
    (row,) = dunwell("approval", "list", *JSON).json
    assert (row["key"], row["what"], row["approval"]) == (key, "placement", "manager")


def test_a_referral_by_command(ended: Book, tmp_path: Path) -> None:
    """What is old and large enough; the role legal answers."""
    assert "too_early" in dunwell("referral", "open", "C-1", by="ben", code=3).err
    key = dunwell("referral", "open", "C-1", "--item", "R-2", by="ben").json["id"]
    found.add_user(ended.scope, "mia", roles=["manager"], now=NOW)
    assert "role legal" in dunwell("approve", key, by="mia", code=3).err
    dunwell("approve", key, by="cleo")
    (row,) = dunwell("referral", "list", "C-1", *JSON).json
    assert (row["kind"], row["amounts"][0]["amount_minor"]) == ("legal", 600_000)
    assert dunwell("placement", "list", *JSON).json == []
    assert "unknown_referral" in dunwell("referral", "show", "99", code=3).err
    assert dunwell("referral", "show", row["id"], *JSON).json == row
    dunwell("referral", "export", row["id"], "--out", tmp_path / "law")
    names = {p.name for p in (tmp_path / "law").iterdir()}
    assert {"items.csv", "evidence-MAIN-C-1-2026-03-02.zip"} <= names
    verified = dunwell("evidence", "verify", tmp_path / "law" / "evidence-MAIN-C-1-2026-03-02.zip")
    assert verified.code == 0
    assert dunwell("referral", "close", row["id"], "--reason", "settled").json["held"] == 1


def test_a_write_off_by_command(ended: Book) -> None:
    """Asked, approved, listed for the ledger, reversed."""
    done = dunwell("write-off", "open", "C-1", "--item", "R-1", "--amount", "250.00",
                   "--reason", "goodwill", by="ben").json  # fmt: skip
    assert (done["role"], done["state"]) == ("manager", "asked")
    dunwell("approve", done["approval"], by="cleo")
    (line,) = dunwell("write-off", "list", "--format", "csv").rows
    assert line == {
        "id": str(done["id"]), "entity": "MAIN", "customer": "C-1", "number": "R-1",
        "currency": "EUR", "amount": "250.00", "on": "2026-03-02", "state": "written_off",
        "reason": "goodwill", "proposed_by": "ben", "approved_by": "cleo",
    }  # fmt: skip
    shown = dunwell("write-off", "show", done["id"], *JSON).json
    assert shown == dunwell("write-off", "list", "C-1", *JSON).json[0]
    assert "EUR 250.00" in dunwell("write-off", "show", "C-1").out
    assert "unknown_write_off" in dunwell("write-off", "show", "99", code=3).err
    assert dunwell("write-off", "close", done["id"], "--reason", "they paid").json == {
        "id": done["id"], "state": "reversed",
    }  # fmt: skip


def test_an_insolvency_by_command(ended: Book) -> None:
    """Opened for a past day, parted, its claim filed, closed."""
    opened = dunwell("insolvency", "open", "C-1", "--on", "2026-01-20", "--kind", "chapter 11",
                     "--court-reference", "36 IN 1/26", "--claim-due", "2026-04-01")  # fmt: skip
    number = opened.json["id"]
    waits = dunwell("propose", "--customer", "C-1", *JSON).json["waits"]
    assert [w["reason"] for w in waits] == ["insolvent"]
    shown = dunwell("insolvency", "show", number, *JSON).json
    assert [i["number"] for i in shown["before"]["items"]] == ["R-2", "R-1"]
    assert shown["after"]["items"] == []
    page = dunwell("insolvency", "show", number).out
    assert "Before the filing" in page
    assert "EUR 6,900.00" in page
    assert {r["side"] for r in dunwell("insolvency", "show", number, "--format", "csv").rows} == {
        "before"
    }
    claim = ("insolvency", "claim", number, "--on", "2026-02-10", "--key", "c-1")
    assert dunwell(*claim).json == dunwell(*claim).json
    (row,) = dunwell("insolvency", "list", "C-1", *JSON).json
    assert (row["kind"], row["claimed_on"]) == ("chapter 11", "2026-02-10")
    assert "36 IN 1/26" in dunwell("insolvency", "list").out
    assert dunwell("insolvency", "close", number, "--reason", "dismissed").json["state"] == "closed"


def test_a_lawyer_and_a_wish_for_no_contact_by_command(ended: Book) -> None:
    """Opened, listed, shown and closed, each by its own noun."""
    number = dunwell(
        "lawyer", "open", "C-1", "--contact", "Dr Ada Holm", "--email", "holm@law.example"
    ).json["id"]
    assert "Dr Ada Holm" in dunwell("lawyer", "list").out
    shown = dunwell("lawyer", "show", number, *JSON).json
    assert shown["contacts"][0]["email"] == "holm@law.example"
    assert "nothing_to_close" in dunwell("ceased", "close", number, "--reason", "r", code=3).err
    dunwell("lawyer", "close", number, "--reason", "mandate ended")
    number = dunwell("ceased", "open", "C-1", "--channel", "email").json["id"]
    (row,) = dunwell("ceased", "list", "C-1", *JSON).json
    assert (row["channel"], row["state"]) == ("email", "open")
    assert "email" in dunwell("ceased", "show", "C-1").out
    assert "unknown_ceased" in dunwell("ceased", "show", "99", code=3).err
    dunwell("ceased", "close", number, "--reason", "they wrote again")


def test_another_organisation_sees_and_ends_nothing(ended: Book) -> None:
    """By whatever number."""
    row = placed("--item", "R-1")
    number = dunwell("insolvency", "open", "C-1", "--on", "2026-03-01").json["id"]
    dunwell("init", "--organisation", "beta", by="ben")
    beta = ("--organisation", "beta")
    for words, reason in (
        (["placement", "show", row["id"]], "unknown_placement"),
        (["placement", "recall", row["id"], "--reason", "r"], "nothing_to_close"),
        (["placement", "export", row["id"], "--out", "x"], "unknown_placement"),
        (["insolvency", "show", number], "unknown_insolvency"),
        (["insolvency", "claim", number], "nothing_to_close"),
        (["checklist", "show", "C-1"], "unknown_customer"),
        (["write-off", "open", "C-1", "--reason", "r"], "unknown_customer"),
    ):
        assert f"refused ({reason})" in dunwell(*words, *beta, by="ben", code=3).err
    for noun in ("placement", "referral", "write-off", "insolvency", "lawyer", "ceased"):
        assert dunwell(noun, "list", *beta, *JSON, by="ben").json == []


def test_the_journal_names_what_was_handed_over(ended: Book) -> None:
    """Ids, days and amounts; no names."""
    placed("--item", "R-1")
    with tx.reading(ended.scope):
        event = models.Event.objects.get(
            organisation_id=ended.scope.organisation_id, verb="handed_over"
        )
    refs = json.loads(event.refs)
    assert (refs["kind"], refs["amounts"], refs["on"]) == ("agency", [["EUR", 90000]], "2026-03-02")
