"""What people do, from the command line: calls, tasks, notes, alerts, pauses, the briefing."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from command import dunwell

from dunwell.core.scope import Scope
from dunwell.desk import found, look
from helpers import NOW, TODAY, Book, customer, invoice, payment

DAY = dt.timedelta(days=1)


@pytest.fixture
def owing(scope: Scope, book: Book) -> Book:
    """C-1 is a VIP who owes 900.00, with a call planned; mia manages too."""
    found.add_user(scope, "mia", roles=["manager"], now=NOW)
    book.customers(
        customer("C-1", segment="vip", account_owner="vera", phone="+49 30 1", name="Lowry")
    )
    book.items(invoice("R-1", 90_000, due_on=TODAY - 7 * DAY))
    look.record(scope, look.propose(scope, as_of=TODAY), mode="run", now=NOW)
    return book


# --- call -------------------------------------------------------------------------------------


def test_the_queue_says_whom_to_call_and_when(owing: Book) -> None:
    """One row a call, with the number, the time, the amount and whose it is."""
    (row,) = dunwell("call", "list", "--format", "json").json
    assert (row["customer"], row["what"], row["owner"], row["held_back"]) == (
        "C-1", "account_manager_call", "vera", None,
    )  # fmt: skip
    assert row["contact"]["number"] == "+49 30 1"
    assert row["overdue"] == [{"currency": "EUR", "amount_minor": 90_000}]
    assert "+49 30 1" in dunwell("call", "list").out
    (table,) = dunwell("call", "list", "--format", "csv").rows
    assert (table["call"], table["overdue"]) == ("ap +49 30 1", "EUR 900.00")
    assert dunwell("call", "list", "--owner", "ben", "--format", "json").json == []
    assert len(dunwell("call", "list", "--owner", "vera", "--format", "json").json) == 1


def test_a_call_held_back_is_left_out_and_counted(owing: Book) -> None:
    """With `--all` it is there, with its reason."""
    dunwell("hold", "open", "C-1", "--reason", "audit")
    done = dunwell("call", "list", "--format", "json")
    assert done.json == []
    assert "1 held back" in done.err
    (row,) = dunwell("call", "list", "--all", "--format", "json").json
    assert row["held_back"] == "on_hold"
    assert "do not call now: on hold" in dunwell("call", "show", "C-1").out


def test_what_a_caller_needs_is_on_one_screen(owing: Book) -> None:
    """The script has the figures; what was tried stands below it."""
    dunwell("call", "open", "C-1", "--outcome", "voicemail", "--note", "left my name")
    shown = dunwell("call", "show", "C-1").out
    assert "EUR 900.00" in shown or "€900.00" in shown or "900.00" in shown
    assert "tried 1 times, last 2026-03-02 08:00 voicemail" in shown
    assert "left my name" in shown
    found = dunwell("call", "show", "C-1", "--format", "json").json
    assert {"customer", "calls", "history", "talking_points"} <= set(found)
    assert found["calls"][0]["suggested"] == "11:30 before noon"
    (row,) = dunwell("call", "show", "C-1", "--format", "csv").rows
    assert row["tries"] == "1"


def test_a_call_is_noted_listed_and_shown(owing: Book) -> None:
    """It answers {id, …}, says whether it was one, and is done once under its key."""
    words = (
        "call", "open", "C-1", "--outcome", "reached", "--minutes", "12", "--at-time", "10:30",
        "--note", "spoke to Ms Kern", "--follow-up", "2026-03-06", "--key", "k-1",
        "--at", "2026-03-02T12:00+01:00",
    )  # fmt: skip
    done = dunwell(*words)
    assert done.err == f"call {done.json['id']} with C-1: reached; a call made\n"
    assert (done.json["made"], len(done.json["confirmed"]), len(done.json["tasks"])) == (
        True, 1, 1,
    )  # fmt: skip
    assert dunwell(*words).json == done.json
    (made,) = dunwell("call", "list", "C-1", "--format", "json").json
    assert made == dunwell("call", "show", made["id"], "--format", "json").json
    assert (made["at"], made["minutes"], made["note"], made["follow_up_on"]) == (
        "10:30", 12, "spoke to Ms Kern", "2026-03-06",
    )  # fmt: skip
    assert "spoke to Ms Kern" in dunwell("call", "list", "C-1").out
    assert "spoke to Ms Kern" in dunwell("call", "show", made["id"]).out
    assert dunwell("call", "list", "--format", "json").json == []
    assert "No call is planned." in dunwell("call", "show", "C-1").out


def test_a_call_promises_and_disputes(owing: Book) -> None:
    """The promise stops what it is about; a dispute is open, or says what to type next."""
    done = dunwell(
        "call", "open", "C-1", "--outcome", "promise", "--promise-by", "2026-03-09",
        "--promise-amount", "900.00",
    )  # fmt: skip
    assert isinstance(done.json["promise"], int)
    (wait,) = dunwell("propose", "--as-of", "2026-03-03", "--format", "json").json["waits"]
    assert wait["reason"] == "promise_open"
    done = dunwell("call", "open", "C-1", "--outcome", "dispute", "--dispute-reason", "price",
                   "--item", "R-1", "--dispute-amount", "100.00")  # fmt: skip
    assert f"dispute {done.json['dispute']} is open" in done.err
    (row,) = dunwell("dispute", "list", "--format", "json").json
    assert row["items"] == [{"number": "R-1", "currency": "EUR", "amount_minor": 10_000}]
    done = dunwell("call", "open", "C-1", "--outcome", "dispute")
    assert "next: dunwell dispute open C-1" in done.err
    assert "unknown_call" in dunwell("call", "show", "C-9", code=3).err
    dunwell("call", "open", "C-1", "--outcome", "promise", "--promise-amount", "x", code=2)


# --- path -------------------------------------------------------------------------------------


def test_a_case_walks_another_path_and_explain_says_so(owing: Book) -> None:
    """Opened, listed, shown and closed by its id; why it is there stands first."""
    words = ["path", "open", "C-1", "--segment", "standard", "--until", "2026-03-31",
             "--reason", "new owner"]  # fmt: skip
    done = dunwell(*words, "--key", "k-1")
    assert done.err == "path 1: C-1 walks standard until 2026-03-31\n"
    assert dunwell(*words, "--key", "k-1").json == done.json == {"id": 1, "state": "open"}
    said = "anna moved it to the path of standard through 31 March 2026: new owner."
    assert said in dunwell("explain", "C-1").out
    (row,) = dunwell("path", "list", "--format", "json").json
    assert row == dunwell("path", "show", "1", "--format", "json").json
    assert (row["segment"], row["cadence"], row["until_on"], row["state"]) == (
        "standard", "", "2026-03-31", "open",
    )  # fmt: skip
    assert dunwell("path", "list", "C-1", "--format", "csv").rows[0]["reason"] == "new owner"
    assert dunwell("path", "close", "1").json == {"id": 1, "state": "over"}
    assert said not in dunwell("explain", "C-1").out
    assert "nothing_to_close" in dunwell("path", "close", "1", code=3).err


# --- task -------------------------------------------------------------------------------------


def test_a_task_is_opened_given_listed_and_closed(owing: Book) -> None:
    """The same verbs as every noun, and `give`."""
    done = dunwell("task", "open", "C-1", "--until", "2026-03-06", "--note", "ask again")
    number = done.json["id"]
    assert done.json == {"id": number, "state": "open", "owner": "anna", "due_on": "2026-03-06"}
    assert done.err == f"task {number} for anna, due 2026-03-06\n"
    mine = dunwell("task", "list", "--mine", "--format", "json").json
    assert [t["id"] for t in mine] == [number]
    assert (
        dunwell("task", "list", "--due", "2026-03-05", "--kind", "follow_up").out.count("C-1") == 0
    )
    given = dunwell("task", "give", number, "--to", "mia")
    assert given.json == {"id": number, "owner": "mia", "deputy": "anna"}
    shown = dunwell("task", "show", number, "--format", "json").json
    assert (shown["owner"], shown["note"], shown["kind"]) == ("mia", "ask again", "follow_up")
    assert "ask again" in dunwell("task", "show", number).out
    words = ("task", "close", number, "--outcome", "answered", "--note", "no", "--key", "k-1")
    assert dunwell(*words).json == dunwell(*words).json == {
        "id": number, "state": "done", "outcome": "answered",
    }  # fmt: skip
    rows = dunwell("task", "list", "C-1", "--state", "done", "--format", "csv").rows
    assert [r["id"] for r in rows] == [str(number)]
    assert len(dunwell("task", "list", "C-1", "--state", "all", "--format", "json").json) == 2


def test_every_run_reports_what_is_past_due(owing: Book) -> None:
    """As a count for machines and a line for people; the manager's list has it."""
    dunwell("task", "open", "C-1", "--until", "2026-03-02", "--note", "ask again")
    at = "2026-03-04T06:00+01:00"
    assert (
        dunwell("run", "--format", "json", at="2026-03-02T20:00+01:00").json["tasks_past_due"] == 0
    )
    assert dunwell("run", "--format", "json", at=at).json["tasks_past_due"] == 1
    assert "1 task is past due" in dunwell("run", at=at).err
    counts = json.loads(dunwell("run", "--format", "jsonl", at=at).out.splitlines()[-1])
    assert (counts["tasks_past_due"], counts["alerts_crossed"]) == (1, 0)
    assert len(dunwell("task", "list", "--owner", "mia", "--format", "json", at=at).json) == 1


# --- note, alert ------------------------------------------------------------------------------


def test_a_note_is_kept_listed_and_shown(owing: Book) -> None:
    """Words only, unless the customer was contacted."""
    done = dunwell("note", "open", "C-1", "--note", "new buyer", "--key", "k-1")
    assert done.json == {"id": done.json["id"], "contacted": "", "step": ""}
    assert dunwell("note", "open", "C-1", "--note", "new buyer", "--key", "k-1").json == done.json
    (row,) = dunwell("note", "list", "--format", "json").json
    assert (row["note"], row["customer"], row["by"]) == ("new buyer", "C-1", "anna")
    assert dunwell("note", "show", row["id"], "--format", "json").json == row
    assert "new buyer" in dunwell("note", "show", "C-1").out
    assert "unknown_note" in dunwell("note", "show", "99", code=3).err
    done = dunwell("note", "open", "C-1", "--note", "met them", "--contacted", "in_person")
    assert "contacted by in person" in done.err


def test_an_alert_is_opened_crossed_shown_and_closed(owing: Book) -> None:
    """The run says so once."""
    opened = dunwell("alert", "open", "large", "--on-what", "amount", "--threshold", "500.00")
    assert opened.json["state"] == "open"
    done = dunwell("run", "--format", "json", at="2026-03-02T20:00+01:00")
    assert done.json["alerts_crossed"] == 1
    assert "1 thresholds were crossed" in dunwell("run", at="2026-03-02T21:00+01:00").err
    (row,) = dunwell("alert", "list", "--format", "json").json
    assert (row["name"], row["who"], row["beyond"]) == ("large", "anna", 1)
    (crossing,) = dunwell("alert", "show", "large", "--format", "json").json["crossings"]
    assert (crossing["customer"], crossing["crossed_on"]) == ("C-1", "2026-03-02")
    assert "C-1" in dunwell("alert", "show", "large").out
    assert dunwell("alert", "close", "large").json["state"] == "closed"
    assert dunwell("run", "--format", "json", at="2026-03-03T20:00+01:00").json[
        "alerts_crossed"
    ] == 0  # fmt: skip


# --- pauses, briefing -------------------------------------------------------------------------


def test_a_commercial_pause_waits_for_the_manager(owing: Book) -> None:
    """It is asked with a key; approved by somebody else it holds, and is listed as what it is."""
    done = dunwell(
        "hold", "open", "C-1", "--kind", "commercial_pause", "--reason", "contract talks", by="vera"
    )
    assert done.json["state"] == "asked"
    assert f"dunwell approve {done.json['key']}" in done.err
    (row,) = dunwell("hold", "list", "C-1", "--format", "json").json
    assert (row["kind"], row["state"]) == ("commercial_pause", "asked")
    dunwell("approve", done.json["key"], by="mia")
    (row,) = dunwell("hold", "list", "C-1", "--format", "json").json
    assert (row["state"], row["from_on"], row["until_on"]) == ("open", "2026-03-02", "2026-03-15")
    assert dunwell("hold", "close", row["id"]).json["state"] == "released"


def test_hardship_opens_a_task_to_offer_a_plan(owing: Book) -> None:
    """And `--review` a day to look at a hold again."""
    done = dunwell("hold", "open", "C-1", "--kind", "hardship", "--reason", "lost a customer")
    (task,) = dunwell("task", "list", "--kind", "offer_plan", "--format", "json").json
    assert done.json["tasks"] == [task["id"]]
    done = dunwell("hold", "open", "C-1", "--reason", "audit", "--review", "2026-03-05")
    assert dunwell("hold", "show", done.json["id"], "--format", "json").json["review_on"] == (
        "2026-03-05"
    )


def test_the_briefing_is_one_page_to_read_before_calling(owing: Book) -> None:
    """What is owed, paid, said, agreed and next, and what to talk about."""
    owing.payments(payment("P-1", 20_000, on=TODAY - 20 * DAY, items=[("R-1", None)]))
    dunwell("note", "open", "C-1", "--note", "they move in May")
    dunwell("dispute", "open", "C-1", "--item", "R-1", "--amount", "50.00", "--reason", "price")
    page = dunwell("customer", "briefing", "C-1").out
    for words in (
        "# Lowry (C-1)", "account owner: vera", "R-1, due 23 February 2026, is the oldest of 1",
        "Bring news of the dispute about R-1 (price)", "EUR 700.00 open",
        "EUR 200.00", "note by anna: they move in May", "accounts payable: +49 30 1; call at 09:00",
        "Nobody has called them yet", "dispute: vera",
    ):  # fmt: skip
        assert words in page, words
    found = dunwell("customer", "briefing", "C-1", "--format", "json").json
    assert found["disputes"][0]["items"] == ["R-1"]
    assert found["talking_points"][0].startswith("Bring news")
    assert "unknown_customer" in dunwell("customer", "briefing", "C-9", code=3).err


def test_the_briefing_of_somebody_who_owes_nothing_says_so(owing: Book) -> None:
    """There is nothing to ask for."""
    owing.customers(customer("C-2"))
    assert "Nothing is overdue" in dunwell("customer", "briefing", "C-2").out


def test_what_people_did_stands_on_the_timeline(owing: Book) -> None:
    """Calls with their outcome, notes and contacts by hand, beside what was sent and decided."""
    dunwell("call", "open", "C-1", "--outcome", "voicemail")
    dunwell("note", "open", "C-1", "--note", "met them", "--contacted", "in_person")
    told = dunwell("customer", "show", "C-1", "--format", "json").json["timeline"]
    assert {"call", "note", "by_hand"} <= {e["what"] for e in told}
    assert "voicemail" in dunwell("customer", "show", "C-1").out
