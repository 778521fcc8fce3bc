"""The contract every channel keeps; tests/edges/test_channels.py holds each one to it."""

from __future__ import annotations

import datetime as dt
from typing import Protocol, runtime_checkable

from dunwell.core.message import Message, Receipt


class Channel(Protocol):
    """A way out of the house.

    `send` returns a receipt only for what the other side has taken. Raises DeliveryFailed (a
    proven no), Unavailable (nothing left the house; the same call may work later) or
    HandoverUnknown (it may have been taken; never send it again blindly).
    """

    def open(self) -> None:
        """Make ready to send many."""
        ...

    def send(self, message: Message, *, at: dt.datetime) -> Receipt:
        """Hand one message over."""
        ...

    def close(self) -> None:
        """Let go of what `open` took; may be called twice."""
        ...


@runtime_checkable
class Answering(Channel, Protocol):
    """A channel that can be asked what became of a message (SEMANTICS 6.5)."""

    def ask(self, message: Message, *, handed_at: dt.datetime, within: dt.timedelta) -> str | None:
        """Return the other side's own id of a message it has taken; None: it knows of none.

        Raises: Unavailable when it cannot be asked.
        """
        ...
