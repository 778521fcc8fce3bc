"""Who carries work, by name, so that the death of one can be seen by the next.

A worker is a thread of a process of a machine. Knows how to tell whether a process of this
machine still runs; of other machines it knows nothing, and their leases tell (SEMANTICS 6.5).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from pathlib import Path


def name(part: str = "") -> str:
    """Return who this is: host, process and when it began; `part` tells threads apart."""
    found = f"{_host()}:{os.getpid()}:{_started(os.getpid())}"
    return f"{found}:{part}" if part else found


def dead(owners: Iterable[str]) -> set[str]:
    """Return those workers of this machine whose process is gone."""
    found = set()
    for owner in owners:
        host, _, rest = owner.partition(":")
        number, _, rest = rest.partition(":")
        is_ours = host == _host() and number.isdigit()
        if is_ours and _started(int(number)) != rest.partition(":")[0]:
            found.add(owner)
    return found


def is_here(owner: str) -> bool:
    """Tell whether a worker is of this machine."""
    return owner.partition(":")[0] == _host()


def _host() -> str:
    return socket.gethostname()[:24]


def _started(number: int) -> str:
    """Return when a process of this machine started, in clock ticks; "" when it is gone."""
    try:
        text = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        try:
            os.kill(number, 0)
        except OSError:
            return ""
        return "alive"
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]
