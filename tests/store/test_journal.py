"""The journal: appended, sealed in a chain, and whatever is changed afterwards shows."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import threading
from typing import Any

import psycopg
import pytest
from django.db import connection

from databases import Database
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import once
from dunwell.store import journal, models, tx
from dunwell.store.records import cash
from dunwell.store.records.inbound import Inbound
from helpers import NOW, Book, bare_organisation, beside, cache_faults, invoice, payment

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def acme(database: Database) -> Scope:
    """An organisation that needs no policy; its journal holds that it was set up."""
    return bare_organisation("acme")


def tell(scope: Scope, verb: str, **refs: Any) -> int:
    """Append one event in a transaction of its own; return its number."""
    with tx.transaction_of(scope):
        return journal.append(scope, verb, refs=refs, at=NOW)


def two_seals(scope: Scope) -> None:
    """Append and seal twice: the chain has two links of two events each."""
    for n in (1, 2):
        tell(scope, "first", n=n, commitment="")
        tell(scope, "second", n=n)
        journal.seal(scope, at=NOW + n * MINUTE)


def tamper(database: Database, sql: str, *values: Any) -> None:
    """Change a row behind the application's back, as somebody with the disk could."""
    if connection.vendor == "sqlite":
        with sqlite3.connect(database.name) as raw:
            for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                raw.execute(f"DROP TRIGGER {name}")
            assert raw.execute(sql, values).rowcount == 1
        raw.close()
        return
    parts = psycopg.conninfo.conninfo_to_dict(os.environ["DATABASE_URL"])
    with psycopg.connect(**parts | {"dbname": database.name}) as admin:
        assert admin.execute(sql.replace("?", "%s"), values).rowcount == 1


def test_a_chain_nobody_touched_verifies(acme: Scope) -> None:
    """Sealed events verify; the tail is counted until it is sealed; nothing new, no new seal."""
    two_seals(acme)
    tell(acme, "later")
    found = journal.verify(acme)
    assert (found.ok, found.seals, found.unsealed, found.problem) == (True, 2, 1, "")
    head = journal.seal(acme, at=NOW)
    assert journal.seal(acme, at=NOW) == head == journal.verify(acme).head
    assert journal.verify(acme).seals == 3


def test_each_organisation_has_a_chain_of_its_own(database: Database) -> None:
    """Events of others in between leave no mark on an organisation's chain."""
    one, other = bare_organisation("one"), bare_organisation("other")
    for scope in (one, other, one, other):
        tell(scope, "told")
        journal.seal(scope, at=NOW)
    assert [journal.verify(s).ok for s in (one, other)] == [True, True]
    assert journal.verify(one).head != journal.verify(other).head


TAMPERED = {
    "when": "UPDATE event SET at = '2026-03-02 08:00:00.000001+00' WHERE id = ?",
    "who": "UPDATE event SET actor = 'annA' WHERE id = ?",
    "what": "UPDATE event SET verb = 'firsT' WHERE id = ?",
    "about what": "UPDATE event SET refs = replace(refs, '1', '2') WHERE id = ?",
    "commitment": "UPDATE event SET commitment = '0' WHERE id = ?",
    "secret": "UPDATE event SET seed = NULL WHERE id = ?",
    "deleted": "DELETE FROM event WHERE id = ?",
    "renumbered": "UPDATE event SET id = id + 1000 WHERE id = ?",
}


@pytest.mark.parametrize("what", TAMPERED)
def test_one_changed_byte_of_an_event_is_found(acme: Scope, database: Database, what: str) -> None:
    """Change any field of a sealed event by one byte, or take it away, and the chain says so."""
    journal.seal(acme, at=NOW)
    first = tell(acme, "first", n=1)
    two_seals(acme)
    assert journal.verify(acme).ok
    tamper(database, TAMPERED[what], first)
    found = journal.verify(acme)
    assert not found.ok
    assert "seal 2 " in found.problem


SEALS = {
    "when": "UPDATE seal SET at = '2026-03-02 08:02:00.000001+00' WHERE n = ?",
    "how many": "UPDATE seal SET events = events - 1 WHERE n = ?",
    "how far": "UPDATE seal SET upto = upto - 1 WHERE n = ?",
    "hash": "UPDATE seal SET hash = replace(hash, substr(hash, 1, 1), '_') WHERE n = ?",
    "before": "UPDATE seal SET prev = '' WHERE n = ?",
    "deleted": "DELETE FROM seal WHERE n = ?",
}


@pytest.mark.parametrize("what", SEALS)
def test_a_changed_seal_is_found(acme: Scope, database: Database, what: str) -> None:
    """A seal that was changed or taken out of the chain breaks it."""
    two_seals(acme)
    two_seals(acme)
    tamper(database, SEALS[what], 2)
    assert not journal.verify(acme).ok


def test_an_event_added_later_under_a_sealed_number_is_found(
    acme: Scope, database: Database
) -> None:
    """Nobody can slip an event in between those that are sealed."""
    gap = tell(acme, "first", n=1)
    two_seals(acme)
    tamper(database, "UPDATE event SET id = id + 1000 WHERE id = ?", gap)
    tamper(
        database,
        "INSERT INTO event (id, organisation_id, at, actor, verb, refs, commitment)"
        " VALUES (?, ?, '2026-03-02 08:00:00+00', 'eve', 'first', '{}', '')",
        gap, acme.organisation_id,
    )  # fmt: skip
    assert not journal.verify(acme).ok


@pytest.mark.postgres
@pytest.mark.parametrize("sealer", ["waits", "does not wait"])
def test_no_seal_is_written_while_an_event_is_in_flight(
    acme: Scope, monkeypatch: pytest.MonkeyPatch, sealer: str
) -> None:
    """PostgreSQL numbers an event before it commits it; a seal waits until nobody writes.

    Without the wait (the second run) the late event breaks the chain: the wait is needed.
    """
    monkeypatch.setattr(journal, "_TRIES", 2)
    if sealer == "does not wait":
        monkeypatch.setattr(journal, "_may_seal", lambda _scope: True)
    journal.seal(acme, at=NOW)
    appended, sealed = threading.Event(), threading.Event()

    def slow() -> None:
        with tx.transaction_of(acme):
            journal.append(acme, "slow", refs={}, at=NOW)
            appended.set()
            sealed.wait(10)

    thread = beside(slow)
    assert appended.wait(10)
    tell(acme, "quick")
    journal.seal(acme, at=NOW)
    sealed.set()
    thread.join(10)
    journal.seal(acme, at=NOW)
    assert journal.verify(acme).ok is (sealer == "waits")


def test_two_writers_lose_nothing(acme: Scope) -> None:
    """Payments for one item, taken in side by side, are all counted."""
    book = Book(acme)
    book.items(invoice("R-1", 100_000))
    failed: list[BaseException] = []

    def pay(who: str) -> None:
        with tx.transaction_of(acme):
            entity = models.Entity.objects.get(organisation_id=acme.organisation_id)
        try:
            for n in range(8):
                rows = [payment(f"{who}-{n}", 1_000, items=[("R-1", None)])]
                inbound = Inbound("file", NOW.date(), NOW, {"MAIN": entity}, entity)
                with tx.transaction_of(acme):
                    cash.upsert_payments(acme, rows, inbound)
        except BaseException as error:
            failed.append(error)
            raise

    threads = [beside(lambda who=who: pay(who)) for who in "ab"]
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert book.open("R-1") == 100_000 - 2 * 8 * 1_000
    assert cache_faults(acme) == []


def test_a_request_key_is_done_once(acme: Scope) -> None:
    """The same key with the same request gives the first answer and does nothing again."""
    done: list[int] = []

    def do() -> dict[str, Any]:
        done.append(journal.append(acme, "done", refs={}, at=NOW))
        return {"event": done[-1]}

    answers = [
        once.run(acme, "k-1", verb="hold", request=["C-1", 5], now=NOW, do=do) for _ in range(3)
    ]
    assert answers == [{"event": done[0]}] * 3
    assert len(done) == 1


def test_a_request_key_is_not_used_twice_for_different_things(acme: Scope) -> None:
    """A key that stands for another request is refused, and nothing is done."""
    once.run(acme, "k-1", verb="hold", request=["C-1"], now=NOW, do=lambda: {"id": 1})
    for verb, request in (("hold", ["C-2"]), ("dispute", ["C-1"])):
        with pytest.raises(Refused, match="another request"):
            once.run(acme, "k-1", verb=verb, request=request, now=NOW, do=lambda: {"id": 2})


def test_what_fails_leaves_its_request_key_free(acme: Scope) -> None:
    """Answer and work are kept together or not at all: after a failure the key may be used."""

    def fail() -> dict[str, Any]:
        journal.append(acme, "half", refs={}, at=NOW)
        raise Refused("no", "not now")

    with pytest.raises(Refused, match="not now"):
        once.run(acme, "k-1", verb="hold", request=[], now=NOW, do=fail)
    with tx.transaction_of(acme):
        assert not models.Event.objects.filter(verb="half").exists()
    assert once.run(acme, "k-1", verb="hold", request=[], now=NOW, do=lambda: {"id": 1}) == {
        "id": 1
    }
