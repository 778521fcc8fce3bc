"""Calls to other systems: tried again under the same id, never twice at once, never for ever."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from casework_of_measures import (
    TEN,
    asked,
    connect,
    grant,
    measures,
    night,
    open_tasks,
    send,
    states,
)
from evening import DAY, Evening, at, contacted

from dunwell.core.errors import Misconfigured, Refused
from dunwell.core.scope import Scope
from dunwell.delivery import webhook
from dunwell.desk import doctor, gate, hooks, measure
from dunwell.store import models, tx
from dunwell.store.records import measures as records
from helpers import NOW, TODAY, Book, customer, found_organisation, invoice, payment
from other_system import SECRET, OtherSystem, Says, listening

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def there() -> Iterator[OtherSystem]:
    """The other system, listening."""
    with listening() as system:
        yield system


@pytest.fixture
def proposed(scope: Scope, book: Book) -> Scope:
    """A step has proposed to suspend C-1."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 30 * DAY))
    book.take("history", contacted("R-1", "final_notice", TODAY - 15 * DAY))
    Evening(scope).look()
    return scope


@pytest.fixture
def approved(proposed: Scope, there: OtherSystem, home: Path) -> Scope:
    """A suspension of C-1 is approved, and one hook is to be told."""
    connect(proposed, there, home)
    grant(proposed, "suspension")
    return proposed


def calls(scope: Scope) -> list[models.HookCall]:
    """Return every call, oldest first."""
    with tx.reading(scope):
        rows = models.HookCall.objects.filter(organisation_id=scope.organisation_id)
        return list(rows.order_by("pk"))


def call(scope: Scope) -> models.HookCall:
    """Return the only call."""
    (found,) = calls(scope)
    return found


# --- trying again -------------------------------------------------------------------------------


def test_a_failed_try_comes_again_under_the_same_id(
    approved: Scope, there: OtherSystem, home: Path
) -> None:
    """Not before its pause is over; the time of the try is new, the id and the words are not."""
    there.next = [Says(500, b""), Says(breaks=True)]
    assert send(approved, home).again == 1
    first = call(approved)
    assert (first.state, first.tries, first.status) == ("ready", 1, 500)
    assert first.next_try_at == TEN + webhook.pause(first.key, tries=1)
    assert send(approved, home, when=first.next_try_at - dt.timedelta(seconds=1)) == (0, 0, 0, 0)
    assert send(approved, home, when=first.next_try_at).again == 1
    assert send(approved, home, when=TEN + HOUR).confirmed == 1
    assert len(there.heard) == 3
    assert len({(h.key, json.dumps(h.body)) for h in there.heard}) == 1
    assert len({h.timestamp for h in there.heard}) == 3
    assert all(h.is_signed for h in there.heard)
    assert states(approved) == ["in_force"]


def test_after_the_last_try_a_person_is_asked(
    approved: Scope, there: OtherSystem, home: Path
) -> None:
    """Ten tries, then a task; nothing is in force, and nothing is tried any more."""
    there.next = [Says(503, b"") for _ in range(webhook.TRIES)]
    when = TEN
    for n in range(webhook.TRIES):
        found = send(approved, home, when=when)
        assert found == ((0, 0, 1, 0) if n == webhook.TRIES - 1 else (0, 0, 0, 1))
        when += DAY
    assert (call(approved).state, states(approved)) == ("failed", ["approved"])
    assert open_tasks(approved) == ["system_silent"]
    send(approved, home, when=when)
    assert len(there.heard) == webhook.TRIES
    with tx.reading(approved):
        task = models.Task.objects.get(
            organisation_id=approved.organisation_id, kind="system_silent"
        )
    assert "billing did not take suspension.requested" in task.note
    assert "1 calls failed for good" in hooks.faults(approved, home)


def test_a_failed_call_can_be_tried_once_more(
    approved: Scope, there: OtherSystem, home: Path
) -> None:
    """By a person, under the id it had; once in force the task is over."""
    there.next = [Says(503, b"") for _ in range(webhook.TRIES)]
    for n in range(webhook.TRIES):
        send(approved, home, when=TEN + n * DAY)
    hooks.again(approved, call(approved).pk, now=TEN)
    assert send(approved, home).confirmed == 1
    assert (states(approved), open_tasks(approved)) == (["in_force"], [])
    assert len({h.key for h in there.heard}) == 1
    for number in (call(approved).pk, 99):
        with pytest.raises(Refused, match="no failed call"):
            hooks.again(approved, number, now=TEN)


def test_what_is_overtaken_is_not_tried_once_more(
    approved: Scope, there: OtherSystem, home: Path, book: Book
) -> None:
    """After the payment nobody may send the old suspension again."""
    there.next = [Says(503, b"") for _ in range(webhook.TRIES)]
    for n in range(webhook.TRIES):
        send(approved, home, when=TEN + n * DAY)
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    with pytest.raises(Refused, match="overtaken"):
        hooks.again(approved, calls(approved)[0].pk, now=TEN)


def test_a_server_that_asks_for_patience_gets_it(
    approved: Scope, there: OtherSystem, home: Path
) -> None:
    """Retry-After lengthens the pause; it never shortens it."""
    there.next = [
        Says(429, b"", (("retry-after", "7200"),)),
        Says(429, b"", (("retry-after", "1"),)),
    ]
    send(approved, home)
    assert call(approved).next_try_at == TEN + 2 * HOUR
    send(approved, home, when=TEN + 2 * HOUR)
    second = call(approved)
    assert second.next_try_at == TEN + 2 * HOUR + webhook.pause(second.key, tries=2)


def test_a_hook_that_is_gone_is_closed(approved: Scope, there: OtherSystem, home: Path) -> None:
    """410 ends it at once: a person does what it was told, and nothing more goes there."""
    there.next = [Says(410, b"")]
    assert send(approved, home).failed == 1
    assert [h["state"] for h in hooks.listed(approved)] == ["closed"]
    assert open_tasks(approved) == ["system_silent"]


# --- later confirmed ----------------------------------------------------------------------------


def test_what_is_taken_for_later_is_confirmed_by_a_person(
    approved: Scope, there: OtherSystem, home: Path
) -> None:
    """202 is not in force; after a day of silence somebody is asked; `confirm` ends it."""
    there.next = [Says(202, b"")]
    assert send(approved, home).accepted == 1
    assert states(approved) == ["approved"]
    night(approved, TODAY)
    assert open_tasks(approved) == []
    night(approved, TODAY + 2 * DAY)
    night(approved, TODAY + 2 * DAY)
    assert open_tasks(approved) == ["system_silent"]
    (row,) = measures(approved)
    measure.confirm(approved, "suspension", row.pk, on=TODAY + 2 * DAY, now=at(TODAY + 2 * DAY))
    assert (states(approved), open_tasks(approved)) == (["in_force"], [])
    night(approved, TODAY + 3 * DAY)
    assert open_tasks(approved) == []


def test_two_systems_must_both_confirm(
    proposed: Scope, there: OtherSystem, home: Path, book: Book
) -> None:
    """In force once each that is told has said so; lifted likewise."""
    connect(proposed, there, home)
    with listening() as second:
        connect(proposed, second, home, "*", name="shop")
        grant(proposed, "suspension")
        second.next = [Says(500, b"")]
        assert send(proposed, home) == (1, 0, 0, 1)
        assert states(proposed) == ["approved"]
        assert send(proposed, home, when=TEN + HOUR).confirmed == 1
        assert states(proposed) == ["in_force"]
        book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
        second.next = [Says(500, b"")]
        send(proposed, home, when=TEN + HOUR)
        assert states(proposed) == ["lifting"]
        send(proposed, home, when=TEN + 2 * HOUR)
        assert states(proposed) == ["lifted"]
    assert len({c.key for c in calls(proposed)}) == 4


# --- side by side -------------------------------------------------------------------------------


def test_one_call_is_never_with_two_workers(approved: Scope) -> None:
    """The second finds nothing while the first holds it."""
    assert records.claim_call(approved, by="one", now=TEN) is not None
    assert records.claim_call(approved, by="two", now=TEN) is None


def test_a_worker_that_died_gives_its_call_back(
    approved: Scope, there: OtherSystem, home: Path
) -> None:
    """When its lease has ended, or at once where it is known to be dead; the id stays."""
    held = records.claim_call(approved, by="one", now=TEN)
    assert held is not None
    assert hooks.owners(approved) == {"one"}
    assert send(approved, home) == (0, 0, 0, 0)
    assert send(approved, home, dead=["one"]).confirmed == 1
    assert there.heard[0].key == held.key
    assert call(approved).tries == 2


def test_an_answer_that_comes_too_late_changes_nothing(
    approved: Scope, there: OtherSystem, home: Path
) -> None:
    """Whoever lost the lease has lost the word; the one who took over has it."""
    late = records.claim_call(approved, by="one", now=TEN)
    assert late is not None
    assert send(approved, home, when=TEN + records.LEASE * 2).confirmed == 1
    with tx.transaction_of(approved):
        assert not records.keep_answer(
            approved, late, state="failed", status=500, evidence="", next_try_at=None, now=TEN
        )
    assert call(approved).state == "confirmed"


def test_nothing_is_posted_inside_a_transaction(
    approved: Scope, there: OtherSystem, home: Path
) -> None:
    """The network is waited for with the database free (DATA 1.7)."""

    class Watching:
        """Posts as the real one does, and looks whether a transaction is open."""

        signs = True

        def post(self, call: webhook.Call, *, secret: str, at: dt.datetime) -> webhook.Answer:
            """Look, and post."""
            inside.append(models.Hook.objects.db and tx.connection.in_atomic_block)
            return webhook.HttpPoster(seconds=5).post(call, secret=secret, at=at)

    inside: list[bool] = []
    assert send(approved, home, way=Watching()).confirmed == 1
    assert inside == [False]


def test_one_organisation_never_carries_anothers_calls(
    approved: Scope, there: OtherSystem, home: Path
) -> None:
    """Neither its hooks nor its calls are seen from elsewhere."""
    other = found_organisation("other")
    assert send(other, home) == (0, 0, 0, 0)
    assert hooks.listed(other) == []
    with pytest.raises(Refused, match="no hook"):
        hooks.close(other, "billing", on=TODAY, now=NOW)
    assert there.heard == []


# --- when nothing may go ------------------------------------------------------------------------


def test_on_stale_data_nothing_is_asked_for_but_lifting_goes(
    approved: Scope, there: OtherSystem, home: Path, book: Book
) -> None:
    """Who may have paid is not suspended (6.8); who has paid is not kept waiting."""
    gate.declare(approved, "MAIN", ["payments"], within_days=1, now=NOW)
    assert send(approved, home) == (0, 0, 0, 0)
    book.payments(payment("P-0", 1, items=[("R-1", None)]))
    assert send(approved, home).confirmed == 1
    book.payments(payment("P-1", 89_999, items=[("R-1", None)]))
    later = at(TODAY + 10 * DAY)
    assert gate.stale_feed(approved, as_of=later.date())
    assert send(approved, home, when=later).confirmed == 1
    assert there.events == ["suspension.requested", "suspension.lifted"]


def test_a_day_that_is_played_tells_nobody(approved: Scope, there: OtherSystem, home: Path) -> None:
    """The event lies in a file of the outbox, and a person confirms it."""
    way = hooks.poster(approved, home, files_only=True)
    assert send(approved, home, way=way).accepted == 1
    assert there.heard == []
    (file,) = (home / "outbox" / "acme" / "hooks").iterdir()
    assert json.loads(file.read_text())["type"] == "suspension.requested"
    assert isinstance(hooks.poster(approved, home, files_only=False), webhook.HttpPoster)


# --- the hooks themselves -----------------------------------------------------------------------


def add(scope: Scope, home: Path, **said: object) -> dict[str, object]:
    """Add a hook."""
    given = {
        "name": "shop", "url": "https://shop.example/hook", "secret": "env:SHOP_SECRET",
        "events": ["suspension.*"], "home": home, "now": NOW,
    } | said  # fmt: skip
    return hooks.add(scope, given.pop("name"), given.pop("url"), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"name": "Shop 1"}, "bad_name"),
        ({"url": "http://shop.example/hook"}, "bad_url"),
        ({"events": ["suspension"]}, "unknown_event"),
        ({"events": ["suspension.*", "invoice.paid"]}, "unknown_event"),
        ({"secret": SECRET}, "bad_secret"),
        ({"name": "billing"}, "already_there"),
    ],
)
def test_a_hook_is_checked_before_it_is_kept(
    approved: Scope, home: Path, said: dict[str, object], reason: str
) -> None:
    """Name, address, events and where its secret is."""
    with pytest.raises(Refused) as refusal:
        add(approved, home, **said)
    assert refusal.value.reason == reason
    assert len(hooks.listed(approved)) == 1


def test_a_secret_is_nowhere_but_in_its_file(
    approved: Scope, there: OtherSystem, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Made for the hook; not in the database, the list, the journal, doctor or the log."""
    made = add(approved, home, secret=None)
    assert made["secret"] == "file:hook-acme-shop"
    text = (home / "secrets" / "hook-acme-shop").read_text().strip()
    there.next = [Says(500, b"")]
    with caplog.at_level(logging.DEBUG):
        send(approved, home)
        said = repr(hooks.listed(approved)) + repr(hooks.calls(approved, "billing"))
        said += repr(doctor.run(approved, home)) + caplog.text
    with tx.reading(approved):
        mine = {"organisation_id": approved.organisation_id}
        said += repr(list(models.Hook.objects.filter(**mine).values()))
        said += repr(list(models.HookCall.objects.filter(**mine).values()))
        said += repr(list(models.Event.objects.filter(**mine).values()))
    for secret in (text, SECRET):
        assert secret not in said
        assert secret.removeprefix("whsec_") not in said


def test_a_secret_that_is_missing_costs_a_try_and_is_found_by_doctor(
    approved: Scope, there: OtherSystem, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing goes unsigned; once it is there again the call goes."""
    (home / "secrets" / "shared").rename(home / "secrets" / "away")
    assert send(approved, home).again == 1
    assert there.heard == []
    assert "secret cannot be used" in call(approved).evidence
    finding = next(f for f in doctor.run(approved, home) if f.name == "hooks")
    assert not finding.ok
    assert "no secret in" in finding.found
    (home / "secrets" / "away").rename(home / "secrets" / "shared")
    assert send(approved, home, when=TEN + HOUR).confirmed == 1
    assert next(f for f in doctor.run(approved, home) if f.name == "hooks").ok


def test_a_closed_hook_hears_nothing_and_a_person_does_it(
    approved: Scope, there: OtherSystem, home: Path
) -> None:
    """What waited for it is put before somebody; it cannot be closed twice or tried."""
    hooks.close(approved, "billing", on=TODAY, now=NOW)
    assert open_tasks(approved) == ["by_hand"]
    assert send(approved, home) == (0, 0, 0, 0)
    assert there.heard == []
    with pytest.raises(Refused, match="closed already"):
        hooks.close(approved, "billing", on=TODAY, now=NOW)
    way = webhook.HttpPoster(seconds=5)
    with pytest.raises(Refused, match="is closed"):
        hooks.test(approved, "billing", poster=way, home=home, now=NOW)


def test_a_trial_says_what_came_back_and_keeps_nothing(
    scope: Scope, there: OtherSystem, home: Path
) -> None:
    """Signed as every event is, at once, and once."""
    connect(scope, there, home)
    way = webhook.HttpPoster(seconds=5)
    there.next = [Says(200, b"{}"), Says(401, b"")]
    found = hooks.test(scope, "billing", poster=way, home=home, now=TEN)
    assert (found["outcome"], found["status"]) == ("confirmed", 200)
    assert hooks.test(scope, "billing", poster=way, home=home, now=NOW)["outcome"] == "failed"
    assert there.events == ["hook.test", "hook.test"]
    assert all(h.is_signed for h in there.heard)
    assert len({h.key for h in there.heard}) == 2
    assert calls(scope) == []
    (home / "secrets" / "shared").unlink()
    with pytest.raises(Misconfigured):
        hooks.test(scope, "billing", poster=way, home=home, now=TEN)


def test_a_list_counts_what_waits_and_what_failed(
    approved: Scope, there: OtherSystem, home: Path
) -> None:
    """Beside address, events and where the secret is."""
    assert hooks.listed(approved) == [
        {"id": "billing", "url": there.url, "events": ["suspension.*"], "secret": "file",
         "state": "active", "waiting": 1, "failed": 0}
    ]  # fmt: skip
    (shown,) = hooks.calls(approved, "billing")
    assert (shown["event"], shown["state"], shown["next_try_at"]) == (
        "suspension.requested", "ready", at(TODAY, 9),
    )  # fmt: skip
    assert asked(approved, "suspension") is None
