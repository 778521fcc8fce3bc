"""The product's promise: no message is ever sent twice, and none is lost (SEMANTICS 6.5).

Real processes against a real mail server, killed as a power cut would at moments a seed
decides, then started again until nothing is ready. The mail server's own file is the truth.
"""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from killing import again, chance, finish, kill, run, start, wait_until

from dunwell.core.decision import Wait
from dunwell.core.scope import Scope
from dunwell.desk import look
from dunwell.store import journal, models, tx
from edges import smtp_sink
from helpers import NOW, TODAY, Book, customer, invoice

pytestmark = pytest.mark.chaos

KILLS, MESSAGES = 10, 260
PAUSE_MS = 12
DISPATCH = ("dispatch", "--at", "2026-03-02T10:00+01:00", "--really", "--format", "json")
SEEDS = [
    0,
    *(pytest.param(seed, marks=pytest.mark.one_database) for seed in range(1, 4)),
    *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 20)),
]
"""Ten kills each: 40 in the normal suite (ten of them on PostgreSQL as well), 200 in the long."""


@pytest.fixture
def sink(tmp_path: Path, home: Path) -> Iterator[smtp_sink.Sink]:
    """A mail server, named in the data folder's settings."""
    with smtp_sink.running(tmp_path / "sink", "--pause", str(PAUSE_MS)) as server:
        (home / "settings.yaml").write_text(server.settings)
        yield server


def decided(scope: Scope, book: Book, count: int) -> set[str]:
    """Record a reminder for each of some customers; return the keys."""
    names = [f"C-{n:03}" for n in range(count)]
    book.customers(*(customer(n) for n in names))
    book.items(*(invoice(f"R-{n}", customer=n) for n in names))
    look.record(scope, look.propose(scope, as_of=TODAY), mode="run", now=NOW)
    return {key for key, _ in outbox(scope)}


def outbox(scope: Scope) -> list[tuple[str, str]]:
    """Return key and state of every action."""
    with tx.reading(scope):
        mine = models.Action.objects.filter(organisation_id=scope.organisation_id)
        found = list(mine.order_by("pk").values_list("key", "state"))
    connection.close()  # nothing of this process may stand in the way of the others
    return found


def kill_somewhere(
    process: subprocess.Popen[str], sink: smtp_sink.Sink, rng: random.Random
) -> bool:
    """Kill a dispatch after some mails or, now and then, while it is still getting ready."""
    if rng.random() < 0.2:
        time.sleep(rng.uniform(0.2, 1.0))
    else:
        enough = sink.count() + rng.randint(1, 25)
        wait_until(process, lambda: sink.count() >= enough)
        time.sleep(rng.uniform(0, 3 * PAUSE_MS / 1000))
    return kill(process)


def check(scope: Scope, sink: smtp_sink.Sink, keys: set[str]) -> Counter[str]:
    """Nothing twice, nothing lost, everything known or listed; return how many of each state."""
    arrived = [t.key for t in sink.taken()]
    assert [k for k, n in Counter(arrived).items() if n > 1] == [], "sent twice"
    states = dict(outbox(scope))
    assert set(states) == keys
    assert set(states.values()) <= {"sent", "unknown"}
    assert {k for k, s in states.items() if s == "sent"} <= set(arrived), "said to be sent"
    unknown = {k for k, s in states.items() if s == "unknown"}
    assert keys - set(arrived) <= unknown, "lost"
    listed = json.loads(run("delivery", "list", "--format", "json"))
    assert {row["key"] for row in listed} == unknown
    return Counter(states.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_any_moment_nothing_is_sent_twice_or_lost(
    scope: Scope, book: Book, sink: smtp_sink.Sink, seed: int, request: pytest.FixtureRequest
) -> None:
    """Ten kills a seed: each message has arrived once, or is listed for a person to decide."""
    print(again(request))
    rng = chance(seed)
    keys = decided(scope, book, MESSAGES)
    kills = 0
    while kills < KILLS:
        assert any(state in ("ready", "claimed") for _, state in outbox(scope)), "too few messages"
        kills += kill_somewhere(start(*DISPATCH), sink, rng)
    while any(state not in ("sent", "unknown") for _, state in outbox(scope)):
        run(*DISPATCH)
    counts = check(scope, sink, keys)
    assert counts["sent"] >= MESSAGES - KILLS * 20, "more than a batch was lost sight of by a kill"
    before = sink.count()
    repeated = json.loads(
        run("run", "--at", "2026-03-02T11:00+01:00", "--really", "--format", "json")
    )
    assert repeated["acts"] == []
    assert sink.count() == before, "what nobody knows about was sent again"
    waits = [x.made for x in look.propose(scope, as_of=TODAY).lines]
    reasons = Counter(str(w.reason) for w in waits if isinstance(w, Wait))
    assert reasons["delivery_unknown"] == counts["unknown"]
    assert journal.verify(scope).ok


def test_two_processes_at_once_share_the_work(
    scope: Scope, book: Book, sink: smtp_sink.Sink
) -> None:
    """Side by side they send everything once, and neither loses sight of anything."""
    keys = decided(scope, book, 120)
    both = [start(*DISPATCH) for _ in range(2)]
    sent = [json.loads(finish(p))["sent"] for p in both]
    assert sum(sent) == 120
    assert check(scope, sink, keys) == {"sent": 120}


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(s, marks=pytest.mark.long) for s in range(1, 12))]
)
def test_one_of_two_is_killed_and_the_other_goes_on(
    scope: Scope, book: Book, sink: smtp_sink.Sink, seed: int, request: pytest.FixtureRequest
) -> None:
    """What the dead one had claimed goes later, what it was handing over is unknown."""
    print(again(request))
    rng = chance(seed)
    keys = decided(scope, book, 120)
    first, second = start(*DISPATCH), start(*DISPATCH)
    enough = rng.randint(2, 60)
    wait_until(first, lambda: sink.count() >= enough)
    kill(first)
    finish(second)
    run(*DISPATCH)
    assert check(scope, sink, keys)["unknown"] <= 20


def test_a_live_process_keeps_what_it_holds(scope: Scope, book: Book, sink: smtp_sink.Sink) -> None:
    """A second dispatch during the first takes nothing from it: it is alive, so is its claim."""
    keys = decided(scope, book, 40)
    first = start(*DISPATCH)
    wait_until(first, lambda: sink.count() >= 2)
    for _ in range(2):
        assert json.loads(run(*DISPATCH))["unknown"] == 0
    finish(first)
    assert check(scope, sink, keys) == {"sent": 40}


def test_a_server_that_dies_and_comes_back_gets_the_rest(
    scope: Scope, book: Book, tmp_path: Path, home: Path
) -> None:
    """Mails in its hands are unknown, all others go when it is back; the command ends well."""
    keys = decided(scope, book, 60)
    with smtp_sink.running(tmp_path / "one", "--pause", str(PAUSE_MS)) as server:
        (home / "settings.yaml").write_text(server.settings)
        process = start(*DISPATCH)
        wait_until(process, lambda: server.count() >= 7)
    said = json.loads(finish(process))
    assert said["sent"] >= 6
    assert said["unknown"] <= 1
    assert said["failed"] == 0
    with smtp_sink.running(tmp_path / "two") as server:
        (home / "settings.yaml").write_text(server.settings)
        later = ("dispatch", "--at", "2026-03-02T10:05+01:00", "--really", "--format", "json")
        assert json.loads(run(*later))["sent"] == 60 - said["sent"] - said["unknown"]
        arrived = Counter(t.key for t in server.taken())
    (tmp_path / "both").mkdir()
    files = [(tmp_path / n / "taken.jsonl").read_text() for n in ("one", "two")]
    (tmp_path / "both" / "taken.jsonl").write_text("".join(files))
    both = smtp_sink.Sink(tmp_path / "both", server.process)
    assert max(arrived.values()) == 1
    check(scope, both, keys)
