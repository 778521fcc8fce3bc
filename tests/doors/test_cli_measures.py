"""Suspensions, credit holds, terms and hooks from the command line (DATA.md 3.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import dunwell

from dunwell.core import tasks
from dunwell.core.scope import Scope
from helpers import Book, customer, invoice, payment
from other_system import SECRET, OtherSystem, Says, listening

ROOT = Path(__file__).parents[2]
JSON = (ROOT / "docs" / "reference" / "json.md").read_text("utf-8")
WEBHOOKS = (ROOT / "docs" / "guides" / "webhooks.md").read_text("utf-8")
NINE, TEN = "2026-03-02T09:00+01:00", "2026-03-02T10:00+01:00"


@pytest.fixture
def there() -> Iterator[OtherSystem]:
    """The other system, listening."""
    with listening() as system:
        yield system


@pytest.fixture
def owing(scope: Scope, book: Book, monkeypatch: pytest.MonkeyPatch) -> Book:
    """C-1 of high risk owes 900.00 since yesterday, at two items; ben collects."""
    monkeypatch.setenv("BILLING_SECRET", SECRET)
    book.customers(customer("C-1", segment="high_risk"), customer("C-2"))
    book.items(invoice("R-1", 60_000), invoice("R-2", 30_000), invoice("S-1", customer="C-2"))
    dunwell("user", "ben", "--role", "collector")
    return book


def add_hook(there: OtherSystem, *events: str) -> None:
    """Add the other system."""
    chosen = [w for e in events for w in ("--event", e)]
    done = dunwell("hook", "add", "billing", there.url, *chosen, "--secret", "env:BILLING_SECRET")
    assert done.json == {"id": "billing", "state": "active", "secret": "env:BILLING_SECRET"}


def fields(title: str) -> set[str]:
    """Return the fields a section of the page lists in its table."""
    (text,) = re.findall(rf"^## {title}$(.*?)(?=^## |\Z)", JSON, flags=re.MULTILINE | re.DOTALL)
    cells = re.findall(r"^\| ([^|]*`[^|]*) \|", text, flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_a_run_proposes_and_tells_what_was_approved(owing: Book, there: OtherSystem) -> None:
    """Asked by the run, approved, told by the next dispatch, lifted by the payment's."""
    add_hook(there, "suspension.*")
    (ask,) = dunwell("run", "--only", "asks", "--format", "json", at=NINE).json["asks"]
    assert (ask["what"], ask["approval"]) == ("suspension", "manager")
    dunwell("approve", ask["actions"][0]["key"], at=NINE)
    said = dunwell("dispatch", "--really", at=TEN).err
    assert "hooks: 1 confirmed, 0 taken, 0 failed, 0 to be tried again" in said
    (row,) = dunwell("suspension", "list", "C-1", "--format", "json").json
    assert (row["state"], row["items"], row["in_force_on"]) == (
        "in_force", ["R-1", "R-2"], "2026-03-02",
    )  # fmt: skip
    owing.payments(payment("P-1", 90_000, items=[("R-1", None), ("R-2", None)]))
    assert dunwell("hook", "send", "--really", at=TEN).json == {
        "confirmed": 1, "accepted": 0, "failed": 0, "again": 0,
    }  # fmt: skip
    assert there.events == ["suspension.requested", "suspension.lifted"]
    assert "lifted" in dunwell("suspension", "show", row["id"]).out


def test_a_day_that_is_played_tells_no_other_system(
    owing: Book, there: OtherSystem, home: Path
) -> None:
    """Its events lie in the outbox (DATA.md 3.2)."""
    add_hook(there, "suspension.*")
    asks = dunwell("run", "--only", "asks", "--format", "json", at=NINE).json["asks"]
    dunwell("approve", asks[0]["actions"][0]["key"], at=NINE)
    dunwell("run", "--as-of", "2026-03-03", at=TEN)
    assert there.heard == []
    assert len(list((home / "outbox" / "acme" / "hooks").iterdir())) == 1
    (call,) = dunwell("hook", "show", "billing", "--format", "json").json
    assert (call["state"], call["evidence"]) == ("accepted", "written to a file")


def test_a_credit_hold_is_opened_confirmed_and_closed(owing: Book) -> None:
    """Proposed by ben, approved by anna; without a hook a person says that it is done."""
    done = dunwell("credit-hold", "open", "C-1", "--reason", "orders wait", by="ben")
    number, key = done.json["id"], done.json["key"]
    assert done.err.startswith("credit-hold proposed; somebody else must approve it")
    assert "own_proposal" not in dunwell("approve", key).err
    assert dunwell("credit-hold", "confirm", number).json == {"id": number, "state": "in_force"}
    assert "nothing_to_confirm" in dunwell("credit-hold", "confirm", number, code=3).err
    closed = dunwell("credit-hold", "close", number, "--reason", "paid in cash", by="ben")
    assert closed.json == {"id": number, "state": "lifting"}
    dunwell("credit-hold", "confirm", number)
    (row,) = dunwell("credit-hold", "list", "--format", "csv").rows
    assert (row["state"], row["amount"], row["reason"]) == ("lifted", "EUR 900.00", "orders wait")
    assert dunwell("credit-hold", "list", "C-2", "--format", "json").json == []


def test_the_orders_it_blocks_are_shown(owing: Book, tmp_path: Path) -> None:
    """As `import orders` brought them in."""
    file = tmp_path / "orders.csv"
    file.write_text("customer,number,amount,currency,ordered_on,status\nC-1,O-1,77.50,EUR,,open\n")
    dunwell("import", "orders", file)
    number = dunwell("credit-hold", "open", "C-1", "--reason", "orders wait").json["id"]
    out = dunwell("credit-hold", "show", number).out
    assert "Open orders" in out
    assert "EUR 77.50" in out


def test_the_same_key_proposes_once(owing: Book) -> None:
    """The answer is given again; for another request it is refused."""
    words = ["credit-hold", "open", "C-1", "--reason", "orders wait", "--key", "k-1"]
    first, second = dunwell(*words).json, dunwell(*words).json
    assert first == second
    assert len(dunwell("credit-hold", "list", "--format", "json").json) == 1
    other = ["credit-hold", "open", "C-2", "--reason", "orders wait", "--key", "k-1"]
    assert "key_used" in dunwell(*other, code=3).err


def test_terms_are_opened_approved_entered_released_and_closed(
    owing: Book, there: OtherSystem
) -> None:
    """Told to the ledger by hook; to the customer only by release."""
    add_hook(there, "terms.changed")
    done = dunwell(
        "terms", "open", "C-1", "--days", "7", "--limit", "1000.00", "--reason", "late", by="ben",
        at=NINE,
    )  # fmt: skip
    number = done.json["id"]
    dunwell("approve", done.json["key"], at=NINE)
    dunwell("hook", "send", "--really", at=TEN)
    row = dunwell("terms", "show", number, "--format", "json").json
    assert (row["days"], row["limit_minor"], row["state"], row["ledger_on"], row["told_on"]) == (
        7, 100_000, "in_force", "2026-03-02", None,
    )  # fmt: skip
    said = dunwell("terms", "release", number)
    assert said.err == f"terms {number} released: the account manager tells the customer\n"
    assert dunwell("terms", "close", number, "--reason", "pays").json["state"] == "lifted"
    (row,) = dunwell("terms", "list", "C-1", "--format", "csv").rows
    assert (row["limit"], row["told"], row["state"]) == ("EUR 1,000.00", "2026-03-02", "lifted")
    assert "EUR 1,000.00" in dunwell("terms", "show", number).out
    assert "bad" in dunwell("terms", "open", "C-1", "--limit", "0", "--reason", "x", code=3).err


def test_terms_without_a_hook_are_confirmed_by_a_person(owing: Book) -> None:
    """Entered by hand."""
    done = dunwell("terms", "open", "C-1", "--days", "7", "--reason", "late", by="ben")
    dunwell("approve", done.json["key"])
    dunwell("terms", "confirm", done.json["id"], "--on", "2026-03-04")
    row = dunwell("terms", "show", done.json["id"], "--format", "json").json
    assert row["ledger_on"] == "2026-03-04"


def test_a_trial_ends_with_what_came_back(owing: Book, there: OtherSystem) -> None:
    """Exit code 0 where it was taken, 3 where not; the list counts, and says no secret."""
    add_hook(there, "*")
    there.next = [Says(200, b""), Says(404, b"")]
    assert dunwell("hook", "test", "billing", at=NINE).json["outcome"] == "confirmed"
    assert "failed (HTTP 404)" in dunwell("hook", "test", "billing", at=TEN, code=3).err
    (row,) = dunwell("hook", "list", "--format", "csv").rows
    assert (row["secret"], row["events"], row["waiting"]) == ("env", "*", "0")
    assert "billing" in dunwell("hook", "list").out
    assert dunwell("hook", "close", "billing").json == {"id": "billing", "state": "closed"}
    assert dunwell("hook", "show", "billing", "--format", "json").json == []


def test_a_failed_call_is_tried_once_more(owing: Book, there: OtherSystem) -> None:
    """`--again` with the number that `hook show` says; it must have failed."""
    add_hook(there, "*")
    assert "not_failed" in dunwell("hook", "send", "--again", "1", code=3).err


def test_the_fields_listed_are_those_printed(owing: Book, there: OtherSystem) -> None:
    """A field that is new or gone breaks the build."""
    add_hook(there, "terms.*")
    hold = dunwell("credit-hold", "open", "C-1", "--reason", "orders wait").json["id"]
    done = dunwell("terms", "open", "C-1", "--days", "7", "--reason", "late").json["id"]
    printed = dunwell("credit-hold", "show", hold, "--format", "json").json
    assert set(printed) == fields("suspension and credit-hold")
    assert set(dunwell("terms", "show", done, "--format", "json").json) == fields("terms")
    (row,) = dunwell("hook", "list", "--format", "json").json
    assert set(row) == fields("hook")


def test_the_receiver_of_the_guide_knows_a_genuine_event(owing: Book, there: OtherSystem) -> None:
    """The function on the page takes what is sent, and nothing that was changed."""
    (code,) = re.findall(r"```py\n(.*?)```", WEBHOOKS, flags=re.DOTALL)
    made: dict[str, object] = {}
    exec(code, made)  # noqa: S102  the page's own function
    genuine = made["is_genuine"]
    assert callable(genuine)
    add_hook(there, "*")
    dunwell("hook", "test", "billing", at=NINE)
    (heard,) = there.raw
    assert genuine(SECRET, *heard)
    assert not genuine(SECRET, heard[0], heard[1] + b" ")
    assert not genuine(SECRET[:-6] + "AAAAA=", *heard)


def test_every_event_and_task_of_measures_stands_in_the_guides() -> None:
    """What another system may hear is on the page; what a person is asked has a sentence."""
    from dunwell.delivery import webhook

    listed = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", WEBHOOKS, flags=re.MULTILINE))
    assert listed == {*webhook.EVENTS, webhook.TEST}
    assert {"by_hand", "release_terms", "set_terms", "system_silent"} <= set(tasks.KINDS)
