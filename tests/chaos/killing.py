"""Start `dunwell` as a process of its own, and kill it at a moment a seed decides."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

DUNWELL = Path(sys.executable).with_name("dunwell")
LIMIT = 180
"""Seconds after which a process counts as hanging, on a machine that has other work to do."""


def start(*words: str) -> subprocess.Popen[str]:
    """Start a command; it finds the test's data folder in the environment."""
    return subprocess.Popen(
        [DUNWELL, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str], *, code: int = 0) -> str:
    """Wait for a command to end well; return its stdout."""
    out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == code, f"exit {process.returncode}\n{out}\n{err}"
    return out


def run(*words: str, code: int = 0) -> str:
    """Run a command to its end; return its stdout."""
    return finish(start(*words), code=code)


def kill(process: subprocess.Popen[str]) -> bool:
    """Kill a process at once, as a power cut would; tell whether it was still at work."""
    was_at_work = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return was_at_work


def wait_until(
    process: subprocess.Popen[str], is_so: Callable[[], bool], *, every: float = 0.003
) -> None:
    """Wait until something is so, or the process has ended; ask again after `every` seconds."""
    deadline = time.monotonic() + LIMIT
    while process.poll() is None and not is_so():
        assert time.monotonic() < deadline, "the command hangs"
        time.sleep(every)


def again(request: pytest.FixtureRequest) -> str:
    """Say how to repeat a test that failed: the seed is in its name."""
    vendor = os.environ.get("DUNWELL_TEST_DATABASE", "sqlite")
    how = "" if vendor == "sqlite" else f"DUNWELL_TEST_DATABASE={vendor} scripts/postgres "
    return f"repeat it: {how}.venv/bin/python -m pytest '{request.node.nodeid}'"


def chance(seed: int) -> random.Random:
    """Return the chance a seed stands for."""
    return random.Random(f"kill {seed}")
