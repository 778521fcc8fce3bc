"""A large import killed at any moment: after the next command the file is in whole, or not."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest
from django.db import connection
from killing import again, chance, kill, run, start, wait_until

from dunwell.core.scope import Scope
from dunwell.store import models, tx
from helpers import cache_faults

pytestmark = pytest.mark.chaos

ROWS = 20_000
SEEDS = [
    0,
    pytest.param(1, marks=pytest.mark.one_database),
    *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12)),
]


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 20,000 invoices of 500 customers."""
    file = tmp_path_factory.mktemp("large") / "items.csv"
    with file.open("w") as out:
        out.write("customer,number,kind,due_on,amount,currency\n")
        for n in range(ROWS):
            due_on = dt.date(2026, 1, 1) + dt.timedelta(days=n % 90)
            out.write(f"C-{n % 500},R-{n},invoice,{due_on},{n % 997 + 1}.25,EUR\n")
    return file


def found(scope: Scope) -> int:
    """Return how many items are in the book."""
    with tx.reading(scope):
        count = models.Item.objects.filter(organisation_id=scope.organisation_id).count()
    connection.close()
    return count


def state(scope: Scope) -> str:
    """Return what the newest import has come to, "" while there is none."""
    with tx.reading(scope):
        row = models.ImportBatch.objects.filter(organisation_id=scope.organisation_id)
        last = row.order_by("pk").last()
    connection.close()
    return last.state if last else ""


@pytest.mark.parametrize("seed", SEEDS)
def test_after_the_next_command_the_batch_is_whole_or_none(
    scope: Scope, large: Path, tmp_path: Path, seed: int, request: pytest.FixtureRequest
) -> None:
    """Killed while it is staged nothing is in, killed while it is published all of it is."""
    print(again(request))
    rng = chance(seed)
    other = tmp_path / "c.csv"
    other.write_text("reference,name\nZ-1,Other Ltd\n")
    nexts = [
        ("run", "--as-of", "2026-03-02"), ("import", "customers", str(other)),
    ]  # fmt: skip
    words = ("import", "items", str(large), "--as-of", "2026-03-02")
    was = ""
    while found(scope) != ROWS:
        process = start(*words)
        wait_until(process, lambda was=was: state(scope) not in ("", was), every=0.05)
        wanted = rng.choice(["staging", "staged"])
        ends = (wanted, "published")
        wait_until(process, lambda ends=ends: state(scope) in ends, every=0.05)
        time.sleep(rng.uniform(0, 1.5))
        kill(process)
        run(*rng.choice(nexts))
        was = state(scope)
        assert found(scope) in (0, ROWS)
        assert was in ("published", "discarded")
    with tx.reading(scope):
        staged = models.StagedRow.objects.filter(organisation_id=scope.organisation_id)
        assert staged.count() == 0
    assert cache_faults(scope) == []
    connection.close()
    said = run("import", "items", str(large), "--as-of", "2026-03-02", "--format", "json")
    assert f'"unchanged": {ROWS}' in said
