"""The outbox under several workers: what one has taken no other takes (SEMANTICS 6.4, 6.5)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.utils import IntegrityError

from dunwell.core.scope import Scope
from dunwell.desk import look
from dunwell.store import models, tx
from dunwell.store.records import outbox
from helpers import NOW, TODAY, Book, beside, customer, instant, invoice

HOUR = dt.timedelta(hours=1)
MANY = 60


@pytest.fixture
def ready(scope: Scope) -> Scope:
    """An organisation with as many first reminders in its outbox as customers."""
    book = Book(scope)
    due = TODAY - dt.timedelta(days=10)
    book.customers(*(customer(f"C-{n}") for n in range(MANY)))
    book.items(*(invoice(f"R-{n}", customer=f"C-{n}", due_on=due) for n in range(MANY)))
    look.record(scope, look.propose(scope, as_of=TODAY), mode="run", now=NOW)
    return scope


def claim(scope: Scope, worker: str, *, now: dt.datetime, limit: int = 7) -> list[int]:
    """Take some of what is due, and return it by its id."""
    taken = outbox.claim_actions(
        scope, by=worker, now=now, until=instant(TODAY, 20), channels=["email"], limit=limit
    )
    return [a.pk for a in taken]


def test_two_workers_share_the_work_and_none_is_done_twice(ready: Scope) -> None:
    """Two workers claiming side by side take everything, each action once."""
    taken: dict[str, list[int]] = {"one": [], "two": []}

    def work(worker: str) -> None:
        while found := claim(ready, worker, now=NOW):
            taken[worker] += found

    threads = [beside(lambda w=w: work(w)) for w in taken]
    for thread in threads:
        thread.join(60)
    together = taken["one"] + taken["two"]
    assert len(together) == len(set(together)) == MANY


def test_what_a_dead_worker_had_claimed_is_given_back(ready: Scope) -> None:
    """A claim ends with its lease; what was being handed over is unknown, never ready again."""
    first = claim(ready, "one", now=NOW)
    handed = outbox.record_handing(ready, dict.fromkeys(first[:2], b"a mail"), by="one", now=NOW)
    assert outbox.release_expired(ready, now=NOW) == (0, 0), "the lease still runs"
    assert outbox.release_expired(ready, now=NOW + HOUR) == (len(first) - 2, 2)
    again = claim(ready, "two", now=NOW + HOUR, limit=MANY)
    assert set(again) & set(first) == set(first) - handed
    with tx.transaction_of(ready):
        mine = models.Action.objects.filter(organisation_id=ready.organisation_id, pk__in=handed)
        assert {a.state for a in mine} == {"unknown"}


def test_a_worker_that_lost_its_claim_hands_nothing_over(ready: Scope) -> None:
    """Who comes back after its lease ended finds that another has taken the work."""
    first = claim(ready, "slow", now=NOW)
    outbox.release_expired(ready, now=NOW + HOUR)
    second = claim(ready, "quick", now=NOW + HOUR, limit=MANY)
    assert set(first) <= set(second)
    assert (
        outbox.record_handing(ready, dict.fromkeys(first, b"a mail"), by="slow", now=NOW + HOUR)
        == set()
    )
    assert outbox.record_handing(
        ready, dict.fromkeys(first, b"a mail"), by="quick", now=NOW + HOUR
    ) == set(first)


def test_the_database_knows_a_key_once(ready: Scope) -> None:
    """A second live action with the same key cannot stand beside the first."""
    with tx.transaction_of(ready):
        one = models.Action.objects.filter(organisation_id=ready.organisation_id).first()
    one.pk, one._state.adding = None, True
    with pytest.raises(IntegrityError), tx.transaction_of(ready):
        one.save(force_insert=True)
    one.state = "cancelled"
    with tx.transaction_of(ready):
        one.save(force_insert=True)


def test_the_database_knows_a_step_once(ready: Scope) -> None:
    """An item takes a step once; only a step taken back may be taken again (6.5)."""
    with tx.transaction_of(ready):
        item = models.Item.objects.filter(organisation_id=ready.organisation_id).first()

    def take(voided_on: dt.date | None) -> None:
        with tx.transaction_of(ready):
            models.StepTaken.objects.create(
                organisation_id=ready.organisation_id, item=item, step="first_reminder", on=TODAY,
                tone="friendly", phase="overdue", voided_on=voided_on,
            )  # fmt: skip

    take(TODAY)
    take(None)
    with pytest.raises(IntegrityError):
        take(None)
