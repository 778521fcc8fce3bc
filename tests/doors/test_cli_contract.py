"""What a user's script relies on (DATA.md 3.1-3.6): set up, clock, exit codes, files, aging."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from command import dunwell, write

from databases import Database
from dunwell.cli import bookkeeping, door
from dunwell.core.scope import Scope
from dunwell.desk import found
from dunwell.store import models, tx
from dunwell.store.records import setup
from helpers import NOW, TODAY, Book, credit_note, customer, invoice, payment

DAY = dt.timedelta(days=1)
DUNWELL = Path(sys.executable).with_name("dunwell")
Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """The command as it is installed, in an empty folder of a machine of its own."""
    plain = {n: v for n, v in os.environ.items() if not n.startswith(("DUNWELL_", "LC_", "LANG"))}

    def run(*words: str, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [DUNWELL, *words], cwd=tmp_path, env=plain | environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


# --- 3.1 set up -------------------------------------------------------------------------------


def test_init_asks_nothing_and_takes_a_plain_machine_for_american(shell: Shell) -> None:
    """Without a locale the entity is MAIN in USD, UTC and US, on classic, with a file outbox."""
    done = shell("init")
    assert done.stdout == ""
    for word in ("entity MAIN, USD, UTC, US;", "policy classic;", "messages go to files in"):
        assert word in done.stderr
    assert shell("aging", "--format", "json", "--as-of", "2026-03-02").stdout.startswith("{")
    assert "already there" in shell("init", code=3).stderr


def test_init_takes_country_currency_and_zone_from_the_locale(shell: Shell) -> None:
    """On a German machine the entity keeps its book in EUR, Europe/Berlin and DE."""
    assert "entity MAIN, EUR, Europe/Berlin, DE;" in shell("init", LANG="de_DE.UTF-8").stderr


def test_the_whole_evening_through_the_installed_command(shell: Shell, tmp_path: Path) -> None:
    """Set up, take a book in, run: JSON alone on stdout, and the message lies in the outbox."""
    shell("init", "--currency", "EUR", "--time-zone", "Europe/Berlin", "--country", "DE")
    people = "reference name country email"
    write(tmp_path / "c.csv", people, ["C-1", "Ada Ltd", "DE", "ap@ada.example"])
    write(tmp_path / "i.csv", "customer number due_on amount", ["C-1", "R-1", "2026-02-02", 100])
    on = ("--as-of", "2026-03-02")
    shell("import", "customers", "c.csv", *on)
    shell("import", "items", "i.csv", *on)
    done = json.loads(shell("run", "--format", "json", *on).stdout)
    assert done["dispatched"] == {"sent": 1, "failed": 0, "unknown": 0, "cancelled": 0}
    key = done["acts"][0]["actions"][0]["key"]
    assert (tmp_path / f".dunwell/outbox/main/2026-03-02/{key}.eml").exists()
    assert shell("verify-journal").returncode == 0


def test_a_reader_who_has_seen_enough_ends_it_well(shell: Shell, tmp_path: Path) -> None:
    """`dunwell … | head -1` is no error, and says nothing on stderr."""
    shell("init", "--currency", "EUR", "--time-zone", "Europe/Berlin", "--country", "DE")
    rows = [[f"C-{n}", f"R-{n}", "2026-02-02", 100] for n in range(3000)]
    write(tmp_path / "i.csv", "customer number due_on amount", *rows)
    shell("import", "items", "i.csv", "--as-of", "2026-03-02")
    for words in (["aging"], ["propose", "--format", "jsonl", "--as-of", "2026-03-02"]):
        with subprocess.Popen(
            [DUNWELL, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={n: v for n, v in os.environ.items() if not n.startswith("DUNWELL_")},
        ) as process:  # fmt: skip
            assert process.stdout
            assert process.stderr
            process.stdout.readline()
            process.stdout.close()
            said = process.stderr.read()
        assert (process.returncode, said) == (0, b""), words


def test_a_command_before_init_says_what_to_do_first(shell: Shell) -> None:
    """Exit 3, and the words name `dunwell init`."""
    assert "dunwell init" in shell("aging", code=3).stderr


LOCALES = [
    ("de_DE.UTF-8", ("DE", "EUR", "Europe/Berlin")),
    ("en_GB.UTF-8", ("GB", "GBP", "Europe/London")),
    ("pl_PL", ("PL", "PLN", "Europe/Warsaw")),
    ("en_US.UTF-8", ("US", "USD", "")),
    ("sr_RS@latin", ("RS", "RSD", "Europe/Belgrade")),
    ("C.UTF-8", ("", "", "")),
    ("POSIX", ("", "", "")),
    ("en_ZZ.UTF-8", ("ZZ", "", "")),
]


@pytest.mark.parametrize(("name", "said"), LOCALES, ids=[n for n, _ in LOCALES])
def test_a_locale_says_country_currency_and_zone(
    monkeypatch: pytest.MonkeyPatch, name: str, said: tuple[str, str, str]
) -> None:
    """A country with one zone has that one; with several, the one most people live in, or none."""
    for variable in bookkeeping._LOCALE:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", name)
    assert bookkeeping._locale() == said


def test_init_takes_what_it_is_told(database: Database) -> None:
    """Entity, currency, zone, country, name, policy; the founder holds every working role."""
    dunwell(
        "init", "--entity", "UK", "--currency", "gbp", "--time-zone", "Europe/London",
        "--country", "gb", "--name", "Ada plc", "--policy", "net30", by="ben",
    )  # fmt: skip
    scope = setup.load_scope(None, actor="ben")
    with tx.transaction_of(scope):
        mine = {"organisation_id": scope.organisation_id}
        (e,) = models.Entity.objects.filter(**mine)
        roles = set(models.Membership.objects.filter(**mine).values_list("role", flat=True))
    made = (e.code, e.base_currency, e.time_zone, e.country, e.name, e.policy, e.feeds_required)
    assert made == ("UK", "GBP", "Europe/London", "GB", "Ada plc", "net30", [])
    assert (scope.organisation, roles) == ("main", set(setup.WORKING))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--currency", "ABC"], "not an ISO 4217 code"),
        (["--time-zone", "Berlin"], "no zone such as"),
        (["--policy", "harsh"], "no policy"),
    ],
)
def test_init_refuses_what_is_not_there(database: Database, words: list[str], said: str) -> None:
    """An unknown currency, zone or policy is refused, and nothing is set up by halves."""
    assert said in dunwell("init", *words, code=3).err
    assert "dunwell init" in dunwell("aging", code=3).err


def test_entities_and_users_are_added(scope: Scope) -> None:
    """A second entity and a colleague stand in the journal, sealed with the command's end."""
    dunwell("entity", "UK", "--currency", "GBP", "--time-zone", "Europe/London", "--country", "GB")
    dunwell("user", "ben", "--role", "collector", "--role", "legal")
    assert "no role" in dunwell("user", "ben", "--role", "king", code=3).err.replace(
        "none", "no role"
    )
    assert "already there" in dunwell(
        "entity", "UK", "--currency", "GBP", "--time-zone", "UTC", "--country", "GB", code=3
    ).err  # fmt: skip
    assert dunwell("verify-journal", "--format", "json").json["unsealed"] == 0


def test_with_several_organisations_one_must_be_named(scope: Scope) -> None:
    """`--organisation` says whose data; it may stand before the command or after it."""
    dunwell("init", "--organisation", "beta", by="ben")
    assert "which_organisation" in dunwell("aging", code=3).err
    dunwell("aging", "--organisation", "beta")
    dunwell("--organisation", "acme", "aging")
    assert "not_set_up" in dunwell("aging", "--organisation", "gamma", code=3).err


# --- 3.2 clock --------------------------------------------------------------------------------


def overdue(book: Book, *customers: str, **said: Any) -> None:
    """Give each customer one invoice a month overdue."""
    book.customers(*(customer(c, **said) for c in customers))
    book.items(*(invoice(f"R-{c}", customer=c) for c in customers))


def receipts(scope: Scope) -> list[tuple[str, str, dt.datetime]]:
    """Return customer, kind and time of every receipt, in the order they were written."""
    with tx.transaction_of(scope):
        return list(
            models.Receipt.objects.filter(organisation_id=scope.organisation_id)
            .order_by("pk")
            .values_list("action__customer__reference", "kind", "at")
        )


def test_at_sets_now_and_the_day_is_that_of_the_entity(scope: Scope, book: Book) -> None:
    """At 23:30 UTC it is already the next day in Berlin."""
    at = "2026-03-01T23:30+00:00"
    assert dunwell("aging", "--format", "json", at=at).json["as_of"] == "2026-03-02"
    assert dunwell("propose", "--format", "json", at=at).json["as_of"] == "2026-03-02"


def test_messages_wait_for_their_hour(scope: Scope, book: Book) -> None:
    """At night the run records, and sends nothing before nine in the debtor's zone."""
    overdue(book, "C-1")
    assert dunwell("run", "--format", "json", at="2026-03-02T02:00+01:00").json["dispatched"] == {
        "sent": 0, "failed": 0, "unknown": 0, "cancelled": 0,
    }  # fmt: skip
    assert dunwell("dispatch", "--format", "json", at="2026-03-02T08:59+01:00").json["sent"] == 0
    assert dunwell("dispatch", "--format", "json", at="2026-03-02T09:00+01:00").json["sent"] == 1
    assert dunwell("dispatch", "--format", "json", at="2026-03-02T09:01+01:00").json["sent"] == 0


@pytest.mark.parametrize("on", ["2026-02-26", "2026-03-05"], ids=["past", "future"])
def test_a_day_that_is_not_today_is_played_whole(scope: Scope, book: Book, on: str) -> None:
    """Its slots come in order, each confirmed at its own time in the debtor's zone."""
    overdue(book, "C-EU")
    overdue(book, "C-US", country="US", time_zone="America/New_York")
    overdue(book, "C-JP", country="JP", time_zone="Asia/Tokyo")
    assert dunwell("run", "--as-of", on, "--format", "json").json["dispatched"]["sent"] == 3
    at = {c: f"{on}T{hour:02}:00:00+00:00" for c, hour in (("JP", 0), ("EU", 8), ("US", 14))}
    assert [(c, kind, when.isoformat()) for c, kind, when in receipts(scope)] == [
        (f"C-{c}", "written", when) for c, when in at.items()
    ]
    with tx.transaction_of(scope):
        steps = models.StepTaken.objects.filter(organisation_id=scope.organisation_id)
        assert {s.on.isoformat() for s in steps} == {on}


def test_a_call_never_confirms_itself(scope: Scope, book: Book) -> None:
    """A step taken by a call is under way, on a played day and on every day after it."""
    book.customers(customer("C-1", strategic=True))
    book.items(invoice("R-1", 100_000, due_on=TODAY - 6 * DAY))
    played = dunwell("run", "--as-of", "2026-03-02", "--format", "json", at="2026-03-20T08:00Z")
    assert [a["channel"] for a in played.json["acts"][0]["actions"]] == ["call"]
    assert played.json["dispatched"]["sent"] == 0
    for on in ("2026-03-03", "2026-03-19"):
        (wait,) = dunwell("propose", "--as-of", on, "--format", "json").json["waits"]
        assert wait["reason"] == "in_flight"
    (waiting,) = dunwell("delivery", "list", "--state", "waiting", "--format", "json").json
    assert (waiting["customer"], waiting["channel"]) == ("C-1", "call")


SMTP = "smtp:\n  host: 127.0.0.1\n  port: 1\n  tls: none\n  timeout: 5\n"


@pytest.mark.parametrize("on", ["2026-02-26", "2026-03-05"], ids=["past", "future"])
def test_a_played_day_reaches_a_real_channel_only_when_told_to(
    scope: Scope, book: Book, home: Path, on: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a mail server set, another day's mails are files; `--really` turns to the server."""
    monkeypatch.setattr(door, "clock", lambda: NOW)
    (home / "settings.yaml").write_text(SMTP)
    overdue(book, "C-1")
    run = ("run", "--as-of", on, "--format", "json")
    assert dunwell(*run, "--really").json["dispatched"]["sent"] == 0
    assert list(home.glob("outbox/*/*/*.eml")) == []
    done = dunwell("dispatch", "--as-of", on, "--format", "json")
    assert done.json["sent"] == 1
    assert len(list(home.glob(f"outbox/acme/{on}/*.eml"))) == 1


def test_a_past_day_set_by_the_clock_stays_with_files_too(
    scope: Scope, book: Book, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--at` in the past is a past day as well; today's own mail goes to the server that is set."""
    (home / "settings.yaml").write_text(SMTP)
    overdue(book, "C-1", "C-2")
    monkeypatch.setattr(door, "clock", lambda: NOW + 9 * DAY)
    done = dunwell("run", "--format", "json", at="2026-03-02T10:00+01:00").json
    assert done["dispatched"]["sent"] == 2
    book.items(invoice("R-9", customer="C-1"), now=NOW + DAY)
    monkeypatch.setattr(door, "clock", lambda: NOW + 8 * DAY)
    done = dunwell("run", "--format", "json", at="2026-03-10T10:00+01:00").json
    assert (len(done["acts"]), done["dispatched"]["sent"]) == (2, 0)
    ready = dunwell("delivery", "list", "--state", "ready", "--format", "json").json
    assert len(ready) == 2


# --- 3.3 exit codes and streams ---------------------------------------------------------------


@pytest.mark.one_database
@pytest.mark.parametrize(
    "words",
    [
        ["agin"],
        ["aging", "--by", "colour"],
        ["aging", "--as-of", "02.03.2026"],
        ["aging", "--out", "x.csv", "--format", "csv"],
        ["import", "items", "nowhere.csv"],
        ["import", "items"],
        ["release", "first"],
        ["release", "1", "--drop", "C-1"],
        ["hold", "open", "C-1"],
        ["hold", "open", "C-1", "--reason", "r", "--item", "R", "--amount", "ten"],
        ["hold", "open", "C-1", "--reason", "r", "--item", "R", "--amount", "NaN"],
        ["refuse", "0" * 32],
        ["delivery", "close", "0" * 32, "--outcome", "perhaps"],
        ["--at", "tomorrow", "aging"],
    ],
    ids=" ".join,
)
def test_usage_is_exit_2(scope: Scope, words: list[str]) -> None:
    """A command that cannot be understood ends with 2, says why, and prints nothing."""
    done = dunwell(*words, code=2)
    assert done.out == ""
    assert "Usage:" in done.err or "Error:" in done.err


@pytest.mark.one_database
@pytest.mark.parametrize(
    "words",
    [
        ["release", "7"],
        ["approve", "0" * 32],
        ["refuse", "0" * 32, "--reason", "not yet"],
        ["explain", "NOBODY"],
        ["customer", "show", "NOBODY"],
        ["propose", "--customer", "NOBODY"],
        ["hold", "open", "NOBODY", "--reason", "r"],
        ["hold", "close", "7"],
        ["hold", "show", "7"],
        ["delivery", "close", "0" * 32],
        ["aging", "--entity", "NOWHERE"],
        ["aging", "--format", "pdf", "--out", "no/such/folder/a.pdf"],
        ["require", "NOWHERE", "items"],
        ["require", "MAIN", "weather"],
    ],
    ids=" ".join,
)
def test_refused_is_exit_3(scope: Scope, words: list[str]) -> None:
    """What is understood and will not be done ends with 3, in one line of words on stderr."""
    done = dunwell(*words, code=3)
    assert done.out == ""
    assert done.err.startswith("refused (")
    assert done.err.count("\n") == 1


@pytest.mark.one_database
def test_a_setting_that_is_wrong_is_exit_3(scope: Scope, book: Book, home: Path) -> None:
    """The words name the setting and what would do, and nothing is lost."""
    overdue(book, "C-1")
    (home / "settings.yaml").write_text("smtp:\n  host: h\n  tls: perhaps\n")
    at = "2099-03-02T10:00+01:00"
    assert "smtp.tls" in dunwell("run", at=at, code=3).err
    assert dunwell("delivery", "list", "--state", "ready", "--format", "json").json == []
    (home / "settings.yaml").unlink()
    assert dunwell("run", "--format", "json", at=at).json["dispatched"]["sent"] == 1


ITEMS = "customer number due_on amount"


def test_input_with_complaints_is_exit_4_and_the_good_rows_went_in(
    scope: Scope, book: Book, tmp_path: Path
) -> None:
    """Each bad row is named with its line and column; the others are in the book."""
    book.customers(customer("C-1"))
    rows = [["C-1", "R-1", "2026-02-02", 100], ["C-1", "R-2", "31.02.2026", 50]]
    file = write(tmp_path / "i.csv", ITEMS, *rows)
    done = dunwell("import", "items", file, code=4)
    assert "i.csv:3 due_on: found '31.02.2026'" in done.err
    assert dunwell("aging", "--format", "json").json["totals"][0]["total"] == 10_000


def test_complaints_as_csv_are_a_list_to_mend(scope: Scope, book: Book, tmp_path: Path) -> None:
    """One row a complaint on stdout, the summary on stderr."""
    book.customers(customer("C-1"))
    file = write(tmp_path / "i.csv", ITEMS, ["C-1", "R-2", "31.02.2026", 50])
    (found_,) = dunwell("import", "items", file, "--format", "csv", code=4).rows
    assert (found_["line"], found_["column"], found_["found"]) == ("2", "due_on", "31.02.2026")


def test_strict_takes_nothing_that_has_complaints(scope: Scope, book: Book, tmp_path: Path) -> None:
    """`--strict`: exit 4 as well, and the book is as it was."""
    book.customers(customer("C-1"))
    rows = [["C-1", "R-1", "2026-02-02", 100], ["C-1", "R-2", "31.02.2026", 50]]
    file = write(tmp_path / "i.csv", ITEMS, *rows)
    done = dunwell("import", "items", file, "--strict", "--format", "json", code=4)
    assert done.json["state"] == "refused"
    assert dunwell("aging", "--format", "json").json["rows"] == []


def test_a_dry_run_changes_nothing(scope: Scope, book: Book, tmp_path: Path) -> None:
    """It counts and complains as the import would."""
    book.customers(customer("C-1"))
    file = write(tmp_path / "i.csv", ITEMS, ["C-1", "R-1", "2026-02-02", 100])
    done = dunwell("import", "items", file, "--dry-run", "--format", "json").json
    assert (done["state"], done["counts"]["rows"], done["totals"]) == ("dry run", 1, {"EUR": 10000})
    assert dunwell("aging", "--format", "json").json["rows"] == []


def test_a_control_total_that_is_missed_is_exit_4(scope: Scope, book: Book, tmp_path: Path) -> None:
    """The import says by how much the book is off; one that ties out is silent about it."""
    book.customers(customer("C-1"))
    file = write(tmp_path / "i.csv", ITEMS, ["C-1", "R-1", "2026-02-02", "100.00"])
    done = dunwell("import", "items", file, "--control-total", "EUR=99.50", code=4)
    assert "off by EUR 0.50" in done.err
    done = dunwell("import", "items", file, "--control-total", "EUR=100.00", "--format", "json")
    assert done.json["control"] == {"EUR": {"want": 10_000, "found": 10_000}}


def test_an_import_key_is_done_once(scope: Scope, book: Book, tmp_path: Path) -> None:
    """The same key and file give the same answer and no second import; another file is refused."""
    book.customers(customer("C-1"))
    file = write(tmp_path / "i.csv", ITEMS, ["C-1", "R-1", "2026-02-02", "100.00"])
    words = ("import", "items", file, "--key", "night-1", "--format", "json")
    first, again = dunwell(*words), dunwell(*words, at="2026-03-02T11:00+01:00")
    assert again.json == first.json
    assert first.json["counts"]["created"] == 1
    with tx.transaction_of(scope):
        batches = models.ImportBatch.objects.filter(organisation_id=scope.organisation_id)
        assert batches.filter(kind="items").count() == 1
    write(file, ITEMS, ["C-1", "R-1", "2026-02-02", "200.00"])
    assert "key_used" in dunwell(*words, code=3).err


@pytest.mark.parametrize(
    "words",
    [
        ["aging"],
        ["propose"],
        ["propose", "--save"],
        ["run"],
        ["dispatch"],
        ["explain", "C-1"],
        ["replay", "--from", "2026-03-01", "--to", "2026-03-31"],
        ["customer", "show", "C-1"],
        ["hold", "open", "C-1", "--reason", "agreed"],
        ["hold", "list"],
        ["delivery", "list"],
        ["verify-journal"],
        ["doctor"],
        ["policy", "list"],
    ],
    ids=" ".join,
)
def test_stdout_holds_json_and_nothing_else(scope: Scope, book: Book, words: list[str]) -> None:
    """One document a command; whatever is said to a person goes to stderr."""
    overdue(book, "C-1")
    done = dunwell(*words, "--format", "json")
    assert done.out.endswith("\n")
    assert isinstance(done.json, dict | list)


# --- 3.4, 3.5 files ---------------------------------------------------------------------------

COLUMNS = {
    "customers": "reference name entity language country region time_zone currency terms_days"
    " account_owner annual_revenue strategic natural_person segment history_grade credit_limit"
    " payment_method parent pays_via_parent email phone",
    "contacts": "customer name role email phone mobile address language consent best_time",
    "items": "entity customer number part kind issued_on due_on terms amount open_amount currency"
    " applies_to po_number description document payment_method",
    "payments": "entity customer reference kind reverses paid_on amount currency items",
}
FULL = {
    "customers": [
        ["C-1", "Ada Ltd", "MAIN", "de", "DE", "south", "Europe/Berlin", "EUR", "30", "M. Ito",
         "250000.00", "yes", "no", "standard", "good", "5000.00", "transfer", "", "no",
         "ap@ada.example", "+49 30 1"],
    ],
    "contacts": [
        ["C-1", "Eva Kern", "ap", "eva@ada.example", "+49 30 2", "+49 170 1", "Weg 1\nBerlin",
         "de", "email letter call", "09:00-12:00"],
    ],
    "items": [
        ["MAIN", "C-1", "R-1", "", "invoice", "2026-01-02", "2026-02-01", "30", "119.00", "119.00",
         "EUR", "", "PO-1", "seals", "R-1.pdf", ""],
        ["MAIN", "C-1", "R-2", "1", "instalment", "2026-01-02", "2026-03-01", "", "50.00", "50.00",
         "EUR", "", "", "", "", "direct_debit"],
        ["MAIN", "C-1", "N-1", "", "credit_note", "2026-01-20", "2026-01-20", "", "19.00", "19.00",
         "EUR", "R-1", "", "", "", ""],
    ],
    "payments": [
        ["MAIN", "C-1", "P-1", "payment", "", "2026-02-20", "100.00", "EUR",
         "R-1=60.00;R-2/1=40.00"],
        ["MAIN", "C-1", "P-2", "payment", "", "2026-02-21", "7.00", "EUR", ""],
        ["MAIN", "C-1", "X-2", "reversal", "P-2", "2026-02-25", "7.00", "EUR", ""],
    ],
}  # fmt: skip


def test_every_column_of_the_contract_is_taken(scope: Scope, book: Book, tmp_path: Path) -> None:
    """Files with all the columns go in without a complaint, and say what they say."""
    for kind, columns in COLUMNS.items():
        file = write(tmp_path / f"{kind}.csv", columns, *FULL[kind])
        done = dunwell("import", kind, file, "--format", "json").json
        assert (kind, done["complaints"]) == (kind, [])
        assert done["counts"]["created"] == len(FULL[kind])
    assert (book.open("R-1"), book.open("R-2"), book.open("N-1")) == (5_900, 1_000, 1_900)
    shown = dunwell("customer", "show", "C-1", "--format", "json").json
    assert (shown["name"], shown["account_owner"], shown["strategic"]) == (
        "Ada Ltd",
        "M. Ito",
        True,
    )
    assert {r["channel"] for c in shown["contacts"] for r in c["routes"]} >= {"email", "letter"}


MINIMAL = {
    "customers": ("reference", ["C-1"]),
    "items": ("customer number due_on amount", ["C-1", "R-1", "2026-02-01", "119.00"]),
    "payments": ("customer reference paid_on amount", ["C-1", "P-1", "2026-02-20", "19.00"]),
}


def test_only_what_identifies_a_row_and_its_amount_is_required(
    scope: Scope, tmp_path: Path
) -> None:
    """The smallest files make a book."""
    for kind, (columns, row) in MINIMAL.items():
        file = write(tmp_path / f"{kind}.csv", columns, row)
        assert dunwell("import", kind, file, "--format", "json").json["counts"]["created"] == 1
    (total,) = dunwell("aging", "--format", "json").json["totals"]
    assert (total["currency"], total["total"]) == ("EUR", 10_000)


def test_the_same_file_twice_changes_nothing(scope: Scope, book: Book, tmp_path: Path) -> None:
    """A second import finds every row unchanged, and the journal still holds."""
    for kind, columns in COLUMNS.items():
        file = write(tmp_path / f"{kind}.csv", columns, *FULL[kind])
        dunwell("import", kind, file)
        again = dunwell("import", kind, file, "--format", "json").json["counts"]
        assert again["unchanged"] == len(FULL[kind])
        assert (again["created"], again.get("changed", 0)) == (0, 0)


def test_a_negative_invoice_is_a_complaint_that_suggests_a_credit_note(
    scope: Scope, book: Book, tmp_path: Path
) -> None:
    """It is not taken, and the words say how it should be written."""
    book.customers(customer("C-1"))
    file = write(tmp_path / "i.csv", ITEMS, ["C-1", "R-1", "2026-02-02", "-100.00"])
    assert "credit_note" in dunwell("import", "items", file, code=4).err


def test_a_due_date_left_out_is_derived_and_counted(
    scope: Scope, book: Book, tmp_path: Path
) -> None:
    """It is the issue date and the terms; the report says how many were derived."""
    book.customers(customer("C-1", terms_days=14))
    columns = "customer number issued_on terms due_on amount"
    rows = [["C-1", "R-1", "2026-02-02", 30, "", 100], ["C-1", "R-2", "2026-02-02", "", "", 100]]
    file = write(tmp_path / "i.csv", columns, *rows)
    done = dunwell("import", "items", file, "--format", "json").json
    assert done["counts"]["due_derived"] == 2
    assert (book.item("R-1").due_on, book.item("R-2").due_on) == (
        dt.date(2026, 3, 4), dt.date(2026, 2, 16),
    )  # fmt: skip


def test_a_full_list_settles_what_it_lacks_and_names_it(
    scope: Scope, book: Book, tmp_path: Path
) -> None:
    """`--full` settles a missing item; without it the item stays open."""
    book.customers(customer("C-1"))
    both = [["C-1", "R-1", "2026-02-02", 100], ["C-1", "R-2", "2026-02-02", 50]]
    dunwell("import", "items", write(tmp_path / "i.csv", ITEMS, *both))
    file = write(tmp_path / "i.csv", ITEMS, both[0])
    assert dunwell("import", "items", file, "--format", "json").json["settled"] == []
    assert book.open("R-2") == 5_000
    done = dunwell("import", "items", file, "--full", "--format", "json").json
    assert done["settled"] == ["R-2"]
    assert book.open("R-2") == 0


def test_the_day_a_file_speaks_for_opens_the_gate(scope: Scope, book: Book, tmp_path: Path) -> None:
    """A required feed older than a working day keeps everything in the house, and says so."""
    overdue(book, "C-1")
    dunwell("require", "MAIN", "payments")
    stale = dunwell("run", "--format", "json", at="2026-03-02T10:00+01:00").json
    assert stale["gate"] == "payments for MAIN were never imported"
    assert (stale["acts"], stale["dispatched"]["sent"]) == ([], 0)
    assert {w["reason"] for w in stale["waits"]} == {"stale_data"}
    file = write(
        tmp_path / "p.csv", "customer reference paid_on amount", ["C-1", "P-1", "2026-02-26", 1]
    )
    dunwell("import", "payments", file, "--as-of", "2026-02-26")
    assert "gate" in dunwell("propose", "--format", "json").json
    dunwell("import", "payments", file, "--as-of", "2026-02-27")
    done = dunwell("run", "--format", "json", at="2026-03-02T10:00+01:00").json
    assert ("gate" in done, done["dispatched"]["sent"]) == (False, 1)
    dunwell("require", "MAIN")
    assert "gate" not in dunwell("propose", "--as-of", "2026-06-01", "--format", "json").json


# --- 3.6 aging --------------------------------------------------------------------------------


@pytest.fixture
def aged(scope: Scope, book: Book) -> Book:
    """Two entities, two currencies, every bucket, a credit note and unapplied cash."""
    found.add_entity(scope, found.NewEntity("UK", "GBP", "Europe/London", "GB"), now=NOW)
    book.customers(
        customer("C-1", region="north", account_owner="Ito"),
        customer("C-2", region="south", account_owner="Kern", segment="vip"),
    )
    for n, days in enumerate((-5, 0, 1, 30, 31, 60, 61, 90, 91, 400)):
        book.items(invoice(f"R-{n}", 100 * 2**n, due_on=TODAY - days * DAY))
    book.items(
        invoice("S-1", 7_777, customer="C-2", due_on=TODAY - 10 * DAY),
        invoice("S-2", 5_000, customer="C-2", entity="UK", currency="GBP", due_on=TODAY - 40 * DAY),
        credit_note("N-1", 1_000, customer="C-2", due_on=TODAY),
    )
    book.payments(payment("P-1", 333, customer="C-2"), payment("P-2", 44, customer=None))
    return book


def row(key: str, currency: str, *amounts: int) -> dict[str, Any]:
    """One row of the aging as the contract writes it."""
    not_due, a, b, c, d, credits, unapplied = amounts
    return {
        "key": key, "currency": currency, "not_due": not_due,
        "buckets": {"1-30": a, "31-60": b, "61-90": c, "91+": d}, "credits": credits,
        "unapplied": unapplied, "total": sum(amounts),
    }  # fmt: skip


C1 = (300, 1_200, 4_800, 19_200, 76_800, 0, 0)
C2 = (0, 7_777, 0, 0, 0, -1_000, -333)
UK = (0, 0, 5_000, 0, 0, 0, 0)
LOOSE = (0, 0, 0, 0, 0, 0, -44)
ALL = tuple(map(sum, zip(C1, C2, LOOSE, strict=True)))
BY = {
    "customer": [
        row("(unknown payer)", "EUR", *LOOSE), row("C-1", "EUR", *C1), row("C-2", "EUR", *C2),
        row("C-2", "GBP", *UK),
    ],
    "entity": [row("MAIN", "EUR", *ALL), row("UK", "GBP", *UK)],
    "currency": [row("EUR", "EUR", *ALL), row("GBP", "GBP", *UK)],
    "region": [
        row("", "EUR", *LOOSE), row("north", "EUR", *C1), row("south", "EUR", *C2),
        row("south", "GBP", *UK),
    ],
    "owner": [
        row("", "EUR", *LOOSE), row("Ito", "EUR", *C1), row("Kern", "EUR", *C2),
        row("Kern", "GBP", *UK),
    ],
}  # fmt: skip


@pytest.mark.parametrize("by", BY)
def test_the_aging_is_the_contracts_json(aged: Book, by: str) -> None:
    """Minor units by key and currency; each row adds up, and so do the totals."""
    said = dunwell("aging", "--by", by, "--format", "json").json
    assert said == {
        "as_of": "2026-03-02",
        "buckets": ["1-30", "31-60", "61-90", "91+"],
        "rows": BY[by],
        "totals": [
            {k: v for k, v in row("", c, *amounts).items() if k != "key"}
            for c, amounts in (("EUR", ALL), ("GBP", UK))
        ],
    }


def test_without_by_the_key_is_the_customer(aged: Book) -> None:
    """The plain command is `--by customer`."""
    plain, by = (
        dunwell("aging", "--format", "json"),
        dunwell("aging", "--by", "customer", "--format", "json"),
    )
    assert plain.out == by.out


def test_the_aging_by_segment_follows_the_assessment(aged: Book) -> None:
    """Before anybody was looked at all are standard; the run records who is what."""
    keys = {r["key"] for r in dunwell("aging", "--by", "segment", "--format", "json").json["rows"]}
    assert keys == {"standard"}
    dunwell("run", "--as-of", "2026-03-02")
    rows = dunwell("aging", "--by", "segment", "--format", "json").json["rows"]
    assert {(r["key"], r["currency"]) for r in rows} >= {("vip", "EUR"), ("vip", "GBP")}
    assert sum(r["total"] for r in rows if r["currency"] == "EUR") == sum(ALL)


def test_the_aging_of_one_entity_holds_its_items_alone(aged: Book) -> None:
    """`--entity UK` shows what is owed to UK."""
    assert dunwell("aging", "--entity", "UK", "--format", "json").json["rows"] == [
        row("C-2", "GBP", *UK)
    ]


def test_the_aging_as_of_a_past_day_counts_what_was_open_then(aged: Book) -> None:
    """Effective dates, and what is known now: money that came later is not in it."""
    aged.payments(payment("P-3", 7_777, customer="C-2", on=TODAY, items=[("S-1", None)]))
    today = dunwell("aging", "--format", "json").json["rows"]
    assert next(r for r in today if r["key"] == "C-2")["buckets"]["1-30"] == 0
    past = dunwell("aging", "--as-of", "2026-02-25", "--format", "json").json
    found = next(r for r in past["rows"] if r["key"] == "C-2" and r["currency"] == "EUR")
    assert (found["buckets"]["1-30"], found["unapplied"]) == (7_777, 0)


HEADING = ["currency", "not due", "1-30", "31-60", "61-90", "91+", "credits", "unapplied", "total"]
MAJOR = [3.0, 12.0, 48.0, 192.0, 768.0, 0.0, 0.0, 1023.0]


@pytest.mark.one_database
def test_the_aging_as_csv(aged: Book) -> None:
    """Decimal amounts, the same rows; a cell that looks like a formula is made harmless."""
    aged.customers(customer("=1+1"))
    aged.items(invoice("F-1", 100, customer="=1+1", due_on=TODAY))
    rows = dunwell("aging", "--format", "csv").rows
    assert list(rows[0]) == ["customer", *HEADING]
    (mine,) = [r for r in rows if r["customer"] == "C-1"]
    assert [float(mine[h]) for h in HEADING[1:]] == MAJOR
    assert "'=1+1" in {r["customer"] for r in rows}


@pytest.mark.one_database
def test_the_aging_as_a_spreadsheet(aged: Book, tmp_path: Path) -> None:
    """A spreadsheet program reads numbers, not texts, and the totals below."""
    target = tmp_path / "aging.xlsx"
    assert str(target) in dunwell("aging", "--format", "xlsx", "--out", target).err
    sheet = python_calamine.CalamineWorkbook.from_path(str(target)).get_sheet_by_index(0)
    cells = sheet.to_python()
    assert cells[0][0] == "Aging as of 2026-03-02"
    assert [str(c).lower() for c in cells[2]] == ["customer", *HEADING]
    assert next(r for r in cells if r[0] == "C-1")[2:] == MAJOR
    totals = {r[1]: r[-1] for r in cells if r[0] == "Total"}
    assert totals == {"EUR": sum(ALL) / 100, "GBP": 50.0}


@pytest.mark.one_database
def test_the_aging_as_a_page(aged: Book, tmp_path: Path) -> None:
    """One HTML page of its own, with names that can do no harm."""
    aged.customers(customer("<script>"))
    aged.items(invoice("F-1", 100, customer="<script>", due_on=TODAY))
    page = dunwell("aging", "--format", "html", "--out", "-").out
    assert page.startswith("<!doctype html>")
    assert "<td>C-1</td><td>EUR</td><td>3.00</td><td>12.00</td>" in page
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.one_database
def test_the_aging_as_pdf(aged: Book, tmp_path: Path) -> None:
    """A PDF, in a file or on stdout; without a name it is called by its day."""
    target = tmp_path / "aging.pdf"
    dunwell("aging", "--format", "pdf", "--out", target)
    assert target.read_bytes().startswith(b"%PDF-")
    assert dunwell("aging", "--format", "pdf", "--out", "-").raw.startswith(b"%PDF-")


@pytest.mark.one_database
def test_a_report_without_a_name_is_called_by_its_day(
    aged: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies in the folder one stands in."""
    monkeypatch.chdir(tmp_path)
    dunwell("aging", "--format", "xlsx", "--as-of", "2026-02-28")
    assert (tmp_path / "aging-2026-02-28.xlsx").exists()


@pytest.mark.one_database
def test_the_aging_as_a_table_for_people(aged: Book) -> None:
    """Amounts with thousands, a total a currency."""
    said = dunwell("aging").out
    assert "Aging as of 2026-03-02, by customer" in said
    assert "1,023.00" in said
    assert "Totals" in said
