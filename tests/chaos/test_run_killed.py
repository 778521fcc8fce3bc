"""A night's run killed at any moment, and run again: each customer hears one voice, once."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection
from killing import again, chance, kill, run, start, wait_until

from dunwell.core.scope import Scope
from dunwell.desk import replay
from dunwell.store import journal, models, tx
from helpers import TODAY, Book, customer, invoice

pytestmark = pytest.mark.chaos

CUSTOMERS = 600
RUN = ("run", "--at", "2026-03-02T10:00+01:00", "--format", "json")
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 12))]


def actions(scope: Scope) -> list[tuple[str, str]]:
    """Return customer and state of every action that was not cancelled."""
    with tx.reading(scope):
        mine = models.Action.objects.filter(organisation_id=scope.organisation_id)
        found = list(mine.exclude(state="cancelled").values_list("customer__reference", "state"))
    connection.close()
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_killed_and_run_again_writes_to_everybody_once(
    scope: Scope, book: Book, home: Path, seed: int, request: pytest.FixtureRequest
) -> None:
    """While it looks, records or sends: afterwards one action a customer, sent or unknown."""
    print(again(request))
    rng = chance(seed)
    names = [f"C-{n:03}" for n in range(CUSTOMERS)]
    book.customers(*(customer(n) for n in names))
    book.items(*(invoice(f"R-{n}", customer=n) for n in names))
    connection.close()
    kills = 0
    for _ in range(4):
        process = start(*RUN)
        enough = rng.choice([0, 1, 250, 251])
        wait_until(process, lambda enough=enough: len(actions(scope)) >= enough, every=0.05)
        time.sleep(rng.uniform(0, 0.8))
        kills += kill(process)
    assert kills >= 2, "it was never at work"
    said = json.loads(run(*RUN))
    assert said["counts"]["looked"] == CUSTOMERS
    found = actions(scope)
    assert Counter(c for c, _ in found) == dict.fromkeys(names, 1)
    states = Counter(s for _, s in found)
    assert set(states) <= {"sent", "unknown"}
    assert states["unknown"] <= kills * 20
    files = list((home / "outbox").glob("*/*/*.eml"))
    assert states["sent"] <= len(files) <= CUSTOMERS
    done = replay.run(scope, first=TODAY, last=TODAY)
    assert done.differences == []
    assert journal.verify(scope).ok
