"""The night through the command line: propose, release, run, answer, explain, replay (3.6)."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import sqlite3
from pathlib import Path
from typing import Any

import jsonschema
import psycopg
import pytest
from command import Ran, dunwell, keys_of, write
from django.db import connection

from databases import Database
from dunwell import policies
from dunwell.core import book as core
from dunwell.core import rows
from dunwell.core.reasons import Reason
from dunwell.core.scope import Scope
from dunwell.desk import found, hold
from dunwell.store import models, tx
from dunwell.store.records import setup
from helpers import NOW, TODAY, Book, credit_note, customer, invoice, payment, reversal

DAY = dt.timedelta(days=1)
NOON = "2026-03-02T12:00+01:00"
LATER = "2026-06-01T08:00+02:00"  # from here every day of March is one that is played
DAYTIME = {"sent": 0, "failed": 0, "unknown": 0, "cancelled": 0}


@pytest.fixture
def mixed(scope: Scope, book: Book) -> Book:
    """Acts, asks and waits: two entities, two currencies, an instalment, something in dispute."""
    found.add_entity(scope, found.NewEntity("UK", "GBP", "Europe/London", "GB"), now=NOW)
    book.customers(*(customer(f"C-{n}") for n in range(1, 7)))
    eva = {"email": "eva@example.com", "address": "Ada Ltd\nMain Street 1"}
    book.take("contacts", rows.ContactRow(line=2, customer="C-3", role="executive", **eva))
    book.take("rates", rows.RateRow(line=2, currency="USD", base="EUR", on=TODAY, rate="0.9"))
    book.items(
        invoice("R-1", 10_000), invoice("R-1b", 5_000, kind="instalment", part="2"),
        invoice("R-1c", 7_000, currency="USD"),
        invoice("U-1", 3_000, entity="UK", currency="GBP"),
        invoice("R-2", 4_000, customer="C-2", due_on=TODAY + 40 * DAY),
        invoice("R-3", 90_000, customer="C-3", due_on=TODAY - 70 * DAY),
        invoice("R-4", 8_000, customer="C-4"),
        invoice("R-5", 50_000, customer="C-5", due_on=TODAY - 40 * DAY),
        credit_note("N-1", 1_000, applies_to="R-1"),
    )  # fmt: skip
    taken = [("C-3", "R-3", "pre_collections"), ("C-5", "R-5", "final_notice")]
    for who, item, step in taken:
        history = rows.HistoryRow(
            line=2, customer=who, item=item, step=step, on=TODAY - 20 * DAY, channel="email"
        )
        book.take("history", history)
    hold.open_hold(
        scope, "C-4", items=[], amount_minor=None, on=TODAY, until=TODAY + 3 * DAY, reason="asked",
        now=NOW,
    )  # fmt: skip
    return book


def proposal(*words: str, **options: Any) -> Any:
    """Return what `propose` prints."""
    return dunwell("propose", "--format", "json", *words, **options).json


KEY = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
ON = {"type": "string", "format": "date"}
TEXT = {"type": "string", "minLength": 1}


def shape(**properties: Any) -> dict[str, Any]:
    """An object with exactly these properties."""
    return {
        "type": "object", "properties": properties, "required": sorted(properties),
        "additionalProperties": False,
    }  # fmt: skip


def several(schema: dict[str, Any]) -> dict[str, Any]:
    """A list of such."""
    return {"type": "array", "items": schema}


ACTION = shape(
    channel={"enum": ["email", "letter", "call", "webhook", "internal"]}, to_role=TEXT, key=KEY,
    send_at={"type": "string", "format": "date-time"},
)  # fmt: skip
CASE = {
    "customer": TEXT, "entity": TEXT, "case": {"type": "string", "pattern": "^.+/.+/[0-9]+$"},
    "step": TEXT, "items": several(TEXT),
    "takes": {"type": "object", "additionalProperties": TEXT},
    "amounts": several(shape(
        currency={"type": "string", "pattern": "^[A-Z]{3}$"}, amount_minor={"type": "integer"}
    )),
    "actions": several(ACTION), "why": {"type": "string", "pattern": "^[A-Z].*[.]$"},
}  # fmt: skip
ACT = shape(**CASE, tone={"enum": list(core.TONES)})
ASK = shape(
    **CASE, tone={"enum": ["", *core.TONES]}, approval={"enum": list(setup.ROLES)}, what=TEXT
)
WAIT = shape(
    customer=TEXT, entity=TEXT, reason={"enum": [str(r) for r in Reason]},
    also=several({"enum": [str(r) for r in Reason]}),
    look_again_on={"anyOf": [ON, {"type": "null"}]},
)  # fmt: skip
NUMBER = {"type": "integer", "minimum": 0}
COUNTS = shape(
    looked=NUMBER, acted=NUMBER, asked=NUMBER, waited=NUMBER, failed=NUMBER,
    by_reason={"type": "object", "additionalProperties": NUMBER},
)  # fmt: skip
PROPOSE = shape(
    as_of=ON, policy=TEXT, acts=several(ACT), asks=several(ASK), waits=several(WAIT), counts=COUNTS
)
RUN = shape(
    **PROPOSE["properties"],
    dispatched=shape(sent=NUMBER, failed=NUMBER, unknown=NUMBER, cancelled=NUMBER),
    tasks_past_due=NUMBER,
    alerts_crossed=NUMBER,
)


def test_propose_prints_the_contracts_json(mixed: Book) -> None:
    """One act to the letter: what each item takes, the net of each currency, the channel."""
    said = proposal()
    jsonschema.validate(said, PROPOSE)
    act = next(a for a in said["acts"] if (a["customer"], a["entity"]) == ("C-1", "MAIN"))
    (key,) = keys_of([act])
    assert act == {
        "customer": "C-1",
        "entity": "MAIN",
        "case": "MAIN/C-1/1",
        "step": "first_reminder",
        "tone": "friendly",
        "items": ["R-1", "R-1b/2", "R-1c"],
        "takes": {
            "R-1": "first_reminder", "R-1b/2": "first_reminder", "R-1c": "first_reminder",
        },
        "amounts": [
            {"currency": "EUR", "amount_minor": 14_000}, {"currency": "USD", "amount_minor": 7_000},
        ],
        "actions": [
            {"channel": "email", "to_role": "ap", "key": key,
             "send_at": "2026-03-02T09:00:00+01:00"},
        ],
        "why": "R-1 was due 31 January 2026; this is its first step.",
    }  # fmt: skip


def test_asks_are_acts_with_who_must_approve_what(mixed: Book) -> None:
    """A final demand waits for the manager; a suspension waits beside the notice that names it."""
    asks = {(a["customer"], a["what"]): a for a in proposal()["asks"]}
    notice = asks["C-3", "notice"]
    assert (notice["approval"], notice["step"], notice["tone"]) == (
        "manager",
        "final_demand",
        "formal",
    )
    assert [a["channel"] for a in notice["actions"]] == ["email", "letter"]
    assert notice["takes"] == {"R-3": "final_demand"}
    assert notice["why"] == "Final demand about EUR 900.00 waits for approval by the manager."
    beside = asks["C-5", "suspension"]
    assert (beside["approval"], beside["items"], beside["takes"]) == ("manager", ["R-5"], {})
    assert [a["channel"] for a in beside["actions"]] == ["webhook"]


def test_waits_say_why_and_when_to_look_again(mixed: Book) -> None:
    """A hold names its end; an item not due names its first step's day."""
    waits = {w["customer"]: w for w in proposal()["waits"]}
    assert waits["C-4"] == {
        "customer": "C-4", "entity": "MAIN", "reason": "on_hold", "also": [],
        "look_again_on": "2026-03-06",
    }  # fmt: skip
    # Due on Saturday, so nothing before the day after Monday (SEMANTICS 2.2).
    assert (waits["C-2"]["reason"], waits["C-2"]["look_again_on"]) == ("not_yet", "2026-04-14")


def test_counts_add_up_and_who_also_acts_is_counted_as_acted(mixed: Book) -> None:
    """Every case looked at is counted once, and the reasons add up to those that wait."""
    said = proposal()
    counts = said["counts"]
    assert (
        counts["looked"] == counts["acted"] + counts["asked"] + counts["waited"] + counts["failed"]
    )
    assert counts["acted"] == len(said["acts"])
    assert counts["waited"] == len(said["waits"]) == sum(counts["by_reason"].values())
    both = {a["customer"] for a in said["acts"]} & {a["customer"] for a in said["asks"]}
    assert both == {"C-5"}
    assert counts["asked"] == len({a["customer"] for a in said["asks"]} - both)


def test_lists_are_sorted_by_customer_then_entity(mixed: Book) -> None:
    """So that two proposals can be compared line by line."""
    said = proposal()
    for kind in ("acts", "asks", "waits"):
        who = [(x["customer"], x["entity"]) for x in said[kind]]
        assert who == sorted(who)
    assert [(a["customer"], a["entity"]) for a in said["acts"]][:2] == [
        ("C-1", "MAIN"),
        ("C-1", "UK"),
    ]


def test_propose_twice_gives_the_same_bytes(mixed: Book) -> None:
    """Every format, today and a day to come."""
    for words in (["--format", "json"], ["--format", "jsonl"], ["--format", "csv"], [],
                  ["--format", "json", "--as-of", "2026-05-04"]):  # fmt: skip
        first, second = dunwell("propose", *words), dunwell("propose", *words)
        assert first.out == second.out
        assert first.err == second.err


def content(scope: Scope) -> dict[str, Any]:
    """Return how many rows each table of the organisation has, and the newest of each."""
    with tx.transaction_of(scope):
        return {
            m._meta.db_table: list(m.objects.filter(organisation_id=scope.organisation_id).values())
            for m in (models.Decision, models.Action, models.Approval, models.Watch, models.Run,
                      models.Event, models.Case, models.Assessment, models.CaseWait, models.Item)
        }  # fmt: skip


def test_propose_writes_nothing(mixed: Book, database: Database) -> None:
    """Not a row, and on SQLite not a byte of the file."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = content(mixed.scope)
    files = {f.name: f.read_bytes() for f in database.home.glob("*") if f.is_file()}
    for words in ([], ["--as-of", "2026-06-01"], ["--customer", "C-1"]):
        dunwell("propose", *words)
    for name, data in files.items():
        assert (database.home / name).read_bytes() == data, name
    assert content(mixed.scope) == before


def test_only_and_jsonl_are_for_large_books(mixed: Book) -> None:
    """One list, or one line a case with what it came to; the last line counts."""
    whole = proposal()
    assert proposal("--only", "acts") == {
        k: v for k, v in whole.items() if k not in ("asks", "waits")
    }
    lines = dunwell("propose", "--format", "jsonl").lines
    assert [x["verdict"] for x in lines] == (
        ["act"] * len(whole["acts"]) + ["ask"] * len(whole["asks"])
        + ["wait"] * len(whole["waits"]) + ["counts"]
    )  # fmt: skip
    assert [
        {k: v for k, v in x.items() if k != "verdict"} for x in lines[: len(whole["acts"])]
    ] == (whole["acts"])
    last = lines[-1]
    assert {k: last[k] for k in whole["counts"]} == whole["counts"]
    assert (last["as_of"], last["policy"]) == ("2026-03-02", "classic")
    waits = dunwell("propose", "--only", "waits", "--format", "jsonl").lines
    assert {x["verdict"] for x in waits} == {"wait", "counts"}
    assert dunwell("run", "--format", "jsonl", at=NOON).lines[-1]["dispatched"]["sent"] == 3


def test_propose_for_some_customers_looks_at_them_alone(mixed: Book) -> None:
    """`--customer` may be repeated."""
    said = proposal("--customer", "C-2", "--customer", "C-1")
    assert {x["customer"] for kind in ("acts", "waits") for x in said[kind]} == {"C-1", "C-2"}


def test_tables_for_people(mixed: Book) -> None:
    """What goes and what is asked with the key to approve; counts and reasons on stderr."""
    done = dunwell("propose")
    assert "first_reminder" in done.out
    assert "waits for the manager: dunwell approve " in re.sub(r"\s+", " ", done.out)
    assert "on_hold: Everything overdue is on hold." in done.err
    waits = dunwell("propose", "--only", "waits", "--format", "csv").rows
    assert {(w["customer"], w["what"]) for w in waits} >= {("C-4", "on_hold"), ("C-2", "not_yet")}


# --- run --------------------------------------------------------------------------------------


def test_run_prints_the_contracts_json(mixed: Book) -> None:
    """What propose said, and what was dispatched."""
    proposed = proposal(at=NOON)
    done = dunwell("run", "--format", "json", at=NOON).json
    jsonschema.validate(done, RUN)
    assert done.pop("dispatched") == DAYTIME | {"sent": 3}
    assert (done.pop("tasks_past_due"), done.pop("alerts_crossed")) == (0, 0)
    assert done == proposed


def test_the_second_run_of_a_day_does_nothing_more(mixed: Book) -> None:
    """It sends nothing, its acts are empty, what was asked is still asked, once."""
    first = dunwell("run", "--format", "json", at=NOON).json
    second = dunwell("run", "--format", "json", at="2026-03-02T15:00+01:00").json
    assert (second["acts"], second["dispatched"]) == ([], DAYTIME)
    assert {a["what"] for a in second["asks"]} <= {a["what"] for a in first["asks"]}
    with tx.transaction_of(mixed.scope):
        asked = models.Approval.objects.filter(organisation_id=mixed.scope.organisation_id)
        keys = list(asked.values_list("key", flat=True))
    assert len(keys) == len(set(keys)) == 2


def test_the_acts_of_a_second_run_are_the_new_ones(mixed: Book) -> None:
    """A customer who came in between is the only one in it."""
    dunwell("run", at=NOON)
    mixed.items(invoice("R-6", 2_000, customer="C-6"))
    done = dunwell("run", "--format", "json", at="2026-03-02T15:00+01:00").json
    assert [a["customer"] for a in done["acts"]] == ["C-6"]
    assert done["dispatched"]["sent"] == 1


def test_three_missed_days_and_one_run(mixed: Book) -> None:
    """Each customer is contacted once by each entity."""
    dunwell("run", at=NOON)
    done = dunwell("run", "--as-of", "2026-04-07", "--format", "json").json
    again = dunwell("run", "--as-of", "2026-04-07", "--format", "json").json
    assert again["acts"] == []
    who = [(a["customer"], a["entity"]) for a in done["acts"]]
    assert len(who) == len(set(who)) >= 3


def test_the_run_of_two_nights_moves_one_step(scope: Scope, book: Book) -> None:
    """A week after the reminder comes the second notice; each is sent once."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1"))
    steps = []
    for n in range(0, 31):
        on = (TODAY + n * DAY).isoformat()
        steps += [
            (on, a["step"])
            for a in dunwell("run", "--as-of", on, "--format", "json", at=LATER).json["acts"]
        ]
    assert steps == [
        ("2026-03-02", "first_reminder"), ("2026-03-09", "second_notice"),
        ("2026-03-16", "final_notice"), ("2026-03-30", "pre_collections"),
    ]  # fmt: skip


# --- release, approve, refuse -----------------------------------------------------------------


def number_of(done: Ran) -> str:
    """Return the number a saved proposal was given."""
    (number,) = re.findall(r"kept as proposal (\d+)", done.err)
    return number


def test_a_saved_proposal_is_released_and_dispatched(mixed: Book) -> None:
    """Dropped lines come back with their reasons; the others are sent by the next dispatch."""
    number = number_of(dunwell("propose", "--save"))
    mixed.payments(payment("P-1", 50_000, customer="C-5", items=[("R-5", None)]))
    done = dunwell("release", number, "--drop", "C-1=called today", "--format", "json").json
    assert done == {
        "proposal": int(number),
        "as_of": "2026-03-02",
        "released": [],
        "dropped": [
            {"customer": "C-1", "entity": "MAIN", "reason": "called today"},
            {"customer": "C-1", "entity": "UK", "reason": "called today"},
            {"customer": "C-5", "entity": "MAIN", "reason": "now waits: nothing_open"},
        ],
    }
    assert dunwell("dispatch", "--format", "json", at=NOON).json["sent"] == 0
    assert "already" in dunwell("release", number, code=3).err


def test_a_release_key_is_done_once(mixed: Book) -> None:
    """The same key gives the same answer; the number it was for is not released twice."""
    number = number_of(dunwell("propose", "--save"))
    words = ("release", number, "--key", "k-1", "--format", "json")
    first = dunwell(*words).json
    assert len(first["released"]) == 3
    assert dunwell(*words).json == first
    assert "key_used" in dunwell("release", "99", "--key", "k-1", code=3).err


def test_what_is_asked_is_approved_by_its_key(mixed: Book) -> None:
    """The key stands in `propose` and `run`; the answer names what it was."""
    dunwell("run", at=NOON)
    dunwell("user", "ben", "--role", "collector")
    notice = next(a for a in proposal()["asks"] if a["what"] == "notice")
    key = keys_of([notice])[0]
    assert "role_missing" in dunwell("approve", key, by="ben", code=3).err
    done = dunwell("approve", key, "--key", "a-1")
    assert done.json == {"id": key, "state": "granted", "what": "notice final_demand"}
    assert "approved by anna" in done.err
    assert dunwell("approve", key, "--key", "a-1").json == done.json
    assert "granted on 2026-03-02" in dunwell("approve", key, code=3).err
    sent = dunwell("run", "--format", "json", at="2026-03-02T15:00+01:00").json
    assert [(a["customer"], a["step"]) for a in sent["acts"]] == [("C-3", "final_demand")]
    assert sent["dispatched"]["sent"] == 2


def test_open_questions_are_listed_until_they_are_answered(mixed: Book) -> None:
    """Also those asked beside a notice that has gone; answered ones with who answered."""
    asks = dunwell("run", "--format", "json", at=NOON).json["asks"]
    questions = dunwell("approval", "list", "--format", "json").json
    assert [
        (q["key"], q["customer"], q["what"], q["approval"], q["asked_on"]) for q in questions
    ] == [(keys_of([a])[0], a["customer"], a["what"], "manager", "2026-03-02") for a in asks]
    assert [q["amounts"] for q in questions] == [a["amounts"] for a in asks]
    dunwell("approve", questions[0]["key"])
    left = dunwell("approval", "list", "--format", "csv").rows
    assert [q["key"] for q in left] == [questions[1]["key"]]
    (granted,) = dunwell("approval", "list", "--state", "granted", "--format", "json").json
    assert (granted["by"], granted["decided_on"]) == ("anna", "2026-03-02")
    assert dunwell("approval", "list", "C-1", "--format", "json").json == []


def test_what_is_asked_is_refused_until_a_day(mixed: Book) -> None:
    """By default it is looked at again in 14 days."""
    asks = {
        a["what"]: keys_of([a])[0] for a in dunwell("run", "--format", "json", at=NOON).json["asks"]
    }
    done = dunwell("refuse", asks["notice"], "--reason", "they called")
    assert done.json == {
        "id": asks["notice"], "state": "refused", "look_again_on": "2026-03-16",
    }  # fmt: skip
    done = dunwell("refuse", asks["suspension"], "--reason", "no", "--until", "2026-03-10")
    assert done.json["look_again_on"] == "2026-03-10"
    waits = {w["customer"]: w["reason"] for w in proposal()["waits"]}
    assert waits["C-3"] == "on_hold"


# --- explain, replay, journal -----------------------------------------------------------------


def explained(*words: str, **options: Any) -> Any:
    """Return what `explain` prints."""
    return dunwell("explain", *words, "--format", "json", **options).json


def test_explain_says_why_today(mixed: Book) -> None:
    """In sentences with dates, under which policy and version, from a fresh look."""
    (told,) = explained("C-4")
    assert told["verdict"] == "wait"
    assert told["sentences"][0] == (
        "Everything overdue is on hold from 2 March 2026 through 5 March 2026."
    )
    assert (told["policy"], told["source"]) == ("classic v1", "looked at now")
    both = explained("C-1")
    assert [x["entity"] for x in both] == ["MAIN", "UK"]
    assert both[0]["sentences"][:2] == [
        "First reminder (friendly) by email about EUR 140.00 and USD 70.00.",
        "Because R-1 was due 31 January 2026; this is its first step.",
    ]
    words = dunwell("explain", "C-1").out
    assert "C-1 (MAIN), 2 March 2026" in words
    assert "[classic v1; looked at now]" in words


def test_a_child_is_explained_by_its_payers_case(scope: Scope, book: Book) -> None:
    """Its items stand there, today and on a past day."""
    book.customers(customer("P"), customer("C", parent="P", pays_via_parent=True))
    book.items(invoice("R-1", customer="C"))
    (today,) = explained("C")
    assert today["customer"] == "P"
    assert today["sentences"][0] == "C's items stand in the case of P, who pays for it."
    assert "EUR 100.00" in today["sentences"][1]
    dunwell("run", at=NOON)
    (past,) = explained("C", "--as-of", "2026-03-02", at=LATER)
    assert past["source"].startswith("decided on 2026-03-02")
    assert past["sentences"][:2] == today["sentences"][:2]


def test_explain_a_customer_with_nothing_open(mixed: Book) -> None:
    """Nothing is open, and that is the reason."""
    (told,) = explained("C-6")
    assert told["sentences"][0] == "Nothing is open."


def test_a_past_day_is_explained_as_it_was_then_known(mixed: Book) -> None:
    """Whatever is corrected, paid or published later, that day's decision stays what it was."""
    dunwell("run", "--as-of", "2026-03-02")
    then = explained("C-1", "--as-of", "2026-03-02", at="2026-03-20T08:00Z")
    held = explained("C-4", "--as-of", "2026-03-04", at="2026-03-20T08:00Z")
    assert then[0]["policy"] == "classic v1"
    assert then[0]["source"].startswith("decided on 2026-03-02, decision ")
    assert then[0]["verdict"] == "act"
    assert held[0]["sentences"][0].startswith("Everything overdue is on hold")
    mixed.items(invoice("R-1", 1_000), as_of=TODAY + 9 * DAY, now=NOW + 9 * DAY)
    mixed.payments(payment("P-9", 3_000, items=[("U-1", None)], entity="UK", currency="GBP"))
    text = policies.built_in_text("classic").replace("day: 8, wait: 7", "day: 9, wait: 7")
    document, _ = policies.read(text, file="classic.yaml")
    assert document is not None
    assert setup.record_policy(mixed.scope, policies.whole(document), at=NOW) == 2
    dunwell("run", "--as-of", "2026-03-11")
    assert explained("C-1", "--as-of", "2026-03-02", at="2026-03-20T08:00Z") == then
    assert explained("C-4", "--as-of", "2026-03-04", at="2026-03-20T08:00Z") == held
    (main, *_) = explained("C-1", "--as-of", "2026-03-12", at="2026-03-20T08:00Z")
    assert main["policy"] == "classic v2"


def test_a_day_run_twice_also_says_what_went_out_earlier(scope: Scope, book: Book) -> None:
    """The decision in force is the last; the message of that day is not forgotten."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1"))
    for _ in range(2):
        dunwell("run", "--as-of", "2026-03-02")
    (told,) = explained("C-1", "--as-of", "2026-03-02", at="2026-03-20T08:00Z")
    assert told["verdict"] == "wait"
    assert told["sentences"][0].startswith("Earlier that day: First reminder (friendly) by email")


def test_replay_finds_no_difference_after_everything(mixed: Book) -> None:
    """After corrections, reversals, holds closed and a new policy version, decisions replay."""
    mixed.payments(payment("P-1", 10_000, items=[("R-1", None)]))
    dunwell("run", "--as-of", "2026-03-02")
    mixed.payments(
        reversal("X-1", 10_000, reverses="P-1", on=TODAY + 3 * DAY), as_of=TODAY + 3 * DAY
    )
    mixed.items(invoice("R-5", 45_000, customer="C-5", due_on=TODAY - 10 * DAY))
    dunwell("run", "--as-of", "2026-03-05")
    text = policies.built_in_text("classic").replace("wait: 7", "wait: 9")
    document, _ = policies.read(text, file="classic.yaml")
    assert document is not None
    setup.record_policy(mixed.scope, policies.whole(document), at=NOW)
    for row in hold.listed(mixed.scope, customer="C-4"):
        hold.close_hold(mixed.scope, row["id"], on=TODAY + 4 * DAY, now=NOW)
    dunwell("run", "--as-of", "2026-03-16")
    done = dunwell("replay", "--from", "2026-03-01", "--to", "2026-03-31", "--format", "json").json
    assert (done["differences"], done["newer_rules"]) == ([], [])
    with tx.transaction_of(mixed.scope):
        mine = models.Decision.objects.filter(organisation_id=mixed.scope.organisation_id)
        assert done["decisions"] == mine.count() >= 10
    assert "0 differ" in dunwell("replay", "--from", "2026-03-01", "--to", "2026-03-31").err
    words = ("replay", "--from", "2026-03-01", "--to", "2026-03-31", "--format", "csv")
    assert dunwell(*words).out == "decision,customer,entity,as_of,was,now,rules\n"


def test_replay_names_a_decision_that_would_come_out_differently(mixed: Book) -> None:
    """Somebody changed what a decision saw: exit 3, with the customer and both outcomes."""
    dunwell("run", "--as-of", "2026-03-02")
    with tx.transaction_of(mixed.scope):
        mine = models.Decision.objects.filter(organisation_id=mixed.scope.organisation_id)
        act, wait = mine.filter(verdict="act")[0], mine.filter(verdict="wait")[0]
        mine.filter(pk=act.pk).update(facts=wait.facts)
    done = dunwell("replay", "--from", "2026-03-01", "--to", "2026-03-31", code=3)
    assert re.search(r"C-1 \(MAIN\): was act +first_reminder; now wait", done.err)


def test_a_changed_byte_is_found(mixed: Book, database: Database) -> None:
    """The chain holds after a day's work; one changed letter breaks it, with the place."""
    dunwell("run", "--as-of", "2026-03-02")
    dunwell("hold", "open", "C-2", "--reason", "asked")
    said = dunwell("verify-journal", "--format", "json").json
    assert (said["ok"], said["unsealed"], said["problem"]) == (True, 0, "")
    assert re.fullmatch("[0-9a-f]{64}", said["head"])
    assert "the chain holds" in dunwell("verify-journal").err
    assert dunwell("verify-journal", "--format", "csv").rows[0]["head"] == said["head"]
    tamper(database)
    done = dunwell("verify-journal", code=3)
    assert re.search(r"seal \d+ or an event between \d+ and \d+ was changed", done.err)
    assert not dunwell("verify-journal", "--format", "json", code=3).json["ok"]


def tamper(database: Database) -> None:
    """Change one letter of one event, as whoever owns the database could."""
    wrong = "UPDATE event SET actor = 'annb' WHERE id = (SELECT MIN(id) FROM event)"
    if connection.vendor == "sqlite":
        with contextlib.closing(sqlite3.connect(database.name)) as file, file:
            triggers = file.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'event'"
            ).fetchall()
            for (name,) in triggers:
                file.execute(f"DROP TRIGGER {name}")
            assert triggers
            file.execute(wrong)
        return
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, dbname=database.name, autocommit=True) as admin:
        admin.execute(wrong)


def test_doctor_finds_everything_well(mixed: Book) -> None:
    """After a day's work every finding is well; what is not says what would do, with exit 3."""
    dunwell("run", "--as-of", "2026-03-02")
    findings = dunwell("doctor", "--format", "json").json
    assert {f["name"]: f["found"] for f in findings if not f["ok"]} == {}
    with tx.transaction_of(mixed.scope):
        models.DueBin.objects.filter(organisation_id=mixed.scope.organisation_id).update(n=99)
    found_wrong = [f for f in dunwell("doctor", "--format", "json", code=3).json if not f["ok"]]
    assert [f["fix"] for f in found_wrong] == ["run `dunwell doctor --mend`"]
    assert "NOT WELL" in dunwell("doctor", "--format", "csv", code=3).out
    dunwell("doctor", "--mend")


# --- a made-up book ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_a_made_up_book_goes_in_and_ties_out(scope: Scope, tmp_path: Path, seed: int) -> None:
    """Every file of `sim book` imports without a complaint and meets the manifest's totals."""
    made = dunwell(
        "sim", "book", "--items", 150, "--seed", seed, "--out", tmp_path / "b", "--as-of",
        "2026-03-02",
    ).json  # fmt: skip
    assert made == json.loads((tmp_path / "b" / "manifest.json").read_text())
    for kind in ("customers", "contacts", "items", "payments", "history", "rates", "orders"):
        dunwell("import", kind, tmp_path / "b" / f"{kind}.csv", "--as-of", "2026-03-02")
    totals = []
    for currency, minor in made["open_minor"].items():
        totals += ["--control-total", f"{currency}={minor / 100:.2f}"]
    dunwell("import", "items", tmp_path / "b" / "items.csv", "--as-of", "2026-03-02", *totals)
    aged = dunwell("aging", "--as-of", "2026-03-02", "--format", "json").json["totals"]
    assert {t["currency"]: t["total"] - t["unapplied"] for t in aged} == made["open_minor"]
    for t in aged:
        assert -t["unapplied"] == made["unapplied_minor"].get(t["currency"], 0)
        assert sum(t["buckets"].values()) == made["overdue_minor"].get(t["currency"], 0)


def test_a_made_up_book_runs_in_the_contracts_shape(scope: Scope, tmp_path: Path) -> None:
    """Two weeks of runs over a book with all its troubles keep the shape, and replay."""
    dunwell("sim", "book", "--items", 120, "--seed", 7, "--out", tmp_path / "b", "--as-of",
            "2026-03-02")  # fmt: skip
    for kind in ("customers", "contacts", "rates", "items", "payments", "history", "orders"):
        dunwell("import", kind, tmp_path / "b" / f"{kind}.csv", "--as-of", "2026-03-02")
    for n in (0, 1, 4, 7, 14):
        on = (TODAY + n * DAY).isoformat()
        done = dunwell("run", "--as-of", on, "--format", "json").json
        jsonschema.validate(done, RUN)
        assert done["dispatched"]["failed"] == done["counts"]["failed"] == 0
    done = dunwell("replay", "--from", "2026-03-01", "--to", "2026-03-31", "--format", "json").json
    assert done["differences"] == []
    assert dunwell("doctor", "--format", "json").json
    assert dunwell("verify-journal", "--format", "json").json["ok"]


def test_files_of_a_book_may_come_in_any_order(scope: Scope, tmp_path: Path) -> None:
    """Items before customers make customers to be filled in later; the totals are the same."""
    items = write(
        tmp_path / "i.csv", "customer number due_on amount", ["C-9", "R-1", "2026-02-01", 10]
    )
    people = write(tmp_path / "c.csv", "reference name", ["C-9", "Late Ltd"])
    done = dunwell("import", "items", items, "--format", "json").json
    assert done["counts"]["stub_customers"] == 1
    dunwell("import", "customers", people)
    shown = dunwell("customer", "show", "C-9", "--format", "json").json
    assert (shown["name"], shown["balance"][0]["total"]) == ("Late Ltd", 1_000)
