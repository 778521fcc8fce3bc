"""A whole channel in memory, for tests and previews; it answers as a real one does."""

from __future__ import annotations

import datetime as dt

from dunwell.core.errors import DeliveryFailed
from dunwell.core.message import Message, Receipt


class MemoryChannel:
    """Keeps what was sent; addresses in `refuses` are refused for good."""

    def __init__(self, *, refuses: frozenset[str] = frozenset()) -> None:
        self.sent: list[Message] = []
        self.refuses = refuses

    def open(self) -> None:
        """Nothing to open."""

    def send(self, message: Message, *, at: dt.datetime) -> Receipt:
        """Keep the message; the same key twice is kept once."""
        if message.to in self.refuses:
            raise DeliveryFailed(f"{message.to}: no such mailbox", permanent=True, evidence="550")
        if message.key not in {m.key for m in self.sent}:
            self.sent.append(message)
        return Receipt(
            key=message.key, channel=message.channel, kind="accepted", at=at, evidence="kept"
        )

    def close(self) -> None:
        """Nothing to close."""
