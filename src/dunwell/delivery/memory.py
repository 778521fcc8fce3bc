"""A whole channel in memory, for tests and previews; it answers as a real one does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from dunwell.core.errors import DeliveryFailed, HandoverUnknown, Unavailable
from dunwell.core.message import Message, Receipt


class MemoryChannel:
    """Keeps what was sent, once a key.

    Addresses in `refuses` are refused for good, those in `defers` for now; with those in
    `breaks` the connection breaks while handing over, and nobody knows. `is_down` makes the
    other side unreachable.
    """

    def __init__(
        self,
        *,
        refuses: Collection[str] = (),
        defers: Collection[str] = (),
        breaks: Collection[str] = (),
    ) -> None:
        self.refuses, self.defers, self.breaks = refuses, defers, breaks
        self.is_down = False
        self._kept: dict[str, Message] = {}

    @property
    def sent(self) -> list[Message]:
        """What the other side has taken, in order."""
        return list(self._kept.values())

    def open(self) -> None:
        """Raises: Unavailable when the other side is down."""
        if self.is_down:
            raise Unavailable("the other side is down")

    def send(self, message: Message, *, at: dt.datetime) -> Receipt:
        """Keep the message.

        Raises: DeliveryFailed, Unavailable or HandoverUnknown, as `channel.Channel` says.
        """
        self.open()
        if message.to in self.refuses:
            raise DeliveryFailed(f"{message.to}: no such mailbox", permanent=True, evidence="550")
        if message.to in self.defers:
            raise DeliveryFailed(f"{message.to}: try later", permanent=False, evidence="451")
        if message.to in self.breaks:
            raise HandoverUnknown("the connection broke while handing over")
        self._kept.setdefault(message.key, message)
        return Receipt(
            key=message.key, channel=message.channel, kind="accepted", at=at, evidence="kept"
        )

    def close(self) -> None:
        """Nothing to close."""
