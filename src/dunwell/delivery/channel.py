"""The contract every channel keeps; tests/edges/test_channels.py holds each one to it."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

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
