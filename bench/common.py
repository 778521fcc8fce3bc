"""What every bench shares: clocks, medians, the machine's name, and the verdict on a ratio.

Standard library only: the baselines import it from virtualenvs of their own. A bench prints
figures, the target and whether it was met; it never fails because of time.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import platform
import queue
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
RUNS = 3


class Spent(NamedTuple):
    """Seconds of this process's CPU (all threads, user and system) and of the wall clock."""

    cpu: float
    wall: float


class Clock:
    """Reads both clocks between `start` and `stop`."""

    def __init__(self) -> None:
        self.spent = Spent(0.0, 0.0)
        self._from = Spent(0.0, 0.0)

    def start(self) -> None:
        self._from = Spent(time.process_time(), time.perf_counter())

    def stop(self) -> None:
        cpu, wall = time.process_time(), time.perf_counter()
        self.spent = Spent(cpu - self._from.cpu, wall - self._from.wall)


@contextlib.contextmanager
def timed() -> Iterator[Clock]:
    """Time the block; read `spent` after it."""
    clock = Clock()
    clock.start()
    try:
        yield clock
    finally:
        clock.stop()


def spread(values: Sequence[float], *, digits: int = 2) -> str:
    """Write the median, and between which values it lies.

    >>> spread([3.0, 1.0, 2.0])
    '2.00 (1.00 to 3.00)'
    """
    middle = statistics.median(values)
    return f"{middle:,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def verdict(name: str, ratios: Sequence[float], *, target: float | None, digits: int = 2) -> None:
    """Print the ratio of each run's two sides, the target, and whether the median met it."""
    told = f"{name}: {spread(ratios, digits=digits)}"
    if target is not None:
        met = "met" if statistics.median(ratios) >= target else "NOT met"
        told += f"; target at least {target:g}: {met}"
    print(told)


def print_machine(**versions: str) -> None:
    """Print where and when this was measured, and with what."""
    told = "; ".join(f"{name} {version}" for name, version in versions.items())
    print(
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}; {told}"
    )


def table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns, the first to the left and the others to the right."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  ".join(cells).rstrip())


def from_child(results: Any, child: Any) -> Any:
    """Return what a child process puts into its queue; end with it if it fails."""
    while True:
        try:
            return results.get(timeout=2)
        except queue.Empty:
            if not child.is_alive() and results.empty():
                raise SystemExit("the measuring process failed; see above") from None
