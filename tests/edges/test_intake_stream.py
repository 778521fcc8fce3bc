"""Large files: read as they come, in memory that does not grow with them, at a steady pace."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from dunwell import intake
from dunwell.sim import book

AS_OF = dt.date(2026, 11, 2)
# Reads a file in a process of its own and prints rows, open cents and the memory it came to need.
MEASURE = """
import resource, sys
from dunwell import intake
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
source = intake.open_source(sys.argv[1], "items")
for batch in source.batches():
    break
before = peak()
rows = minor = complaints = 0
for batch in source.batches():
    rows += len(batch.rows)
    minor += sum(-r.open_minor if r.kind == "credit_note" else r.open_minor for r in batch.rows)
    complaints += len(batch.complaints)
print(rows, minor, complaints, peak() - before)
"""


def measured(path: Path) -> tuple[int, int, int, int]:
    """Read items in a process of its own: rows, open cents, complaints, kilobytes it grew by."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
    )
    rows, minor, complaints, grown_kb = map(int, done.stdout.split())
    return rows, minor, complaints, grown_kb


def test_fifty_thousand_rows_are_never_held_at_once(tmp_path: Path) -> None:
    """A book of 50,000 items is read whole, to the cent, in a few megabytes."""
    manifest = book.write_book(tmp_path, items=50_000, seed=3, as_of=AS_OF)
    rows, minor, complaints, grown_kb = measured(tmp_path / "items.csv")
    assert (rows, complaints) == (manifest.counts["items"], 0)
    assert minor == sum(manifest.open_minor.values())
    # Held at once they would take about 50 MB; one hash a row takes about 5.
    assert grown_kb < 15_000


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    """Twenty megabytes without a line end cost a chunk, a complaint and nothing else."""
    path = tmp_path / "items.csv"
    with path.open("wb") as file:
        file.write(b"customer,number,amount\nC-1,A-1,5.00\n")
        for _ in range(20):
            file.write(b'x"' * 500_000)
        file.write(b"\nC-1,A-9,5.00\n")
    source = intake.open_source(path, "items")
    tracemalloc.start()
    try:
        batches = list(source.batches())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [r.number for b in batches for r in b.rows] == ["A-1", "A-9"]
    assert [c.line for b in batches for c in b.complaints] == [3]
    assert peak < 8_000_000


@pytest.mark.long
def test_a_million_rows_are_read_in_bounded_memory(tmp_path: Path) -> None:
    """A million items are read to the cent; what grows is one hash a row, nothing of the rows."""
    manifest = book.write_book(tmp_path, items=1_000_000, seed=3, as_of=AS_OF)
    rows, minor, complaints, grown_kb = measured(tmp_path / "items.csv")
    assert (rows, complaints) == (manifest.counts["items"], 0)
    assert minor == sum(manifest.open_minor.values())
    assert grown_kb < 160_000
