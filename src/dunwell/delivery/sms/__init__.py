"""Text messages through a provider: one seam, `Provider`; one real provider, `twilio`.

A number must be in international form: what the country is, is not guessed at. The channel can
be asked what became of a message, so that what broke off is cleared up without a person where
the provider knows (SEMANTICS 6.5).
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from dunwell.core.errors import DeliveryFailed
from dunwell.core.inbound import e164
from dunwell.core.message import Message, Receipt


class Provider(Protocol):
    """A company that sends text messages.

    `send` returns its own id of the message it has taken. Raises DeliveryFailed, Unavailable or
    HandoverUnknown as a channel does; `open` also Misconfigured.
    """

    def open(self) -> None:
        """Find out whether the provider can be reached and knows us."""
        ...

    def send(self, to: str, text: str, key: str) -> str:
        """Hand one text over; return the provider's id of it."""
        ...

    def find(self, to: str, text: str, *, after: dt.datetime, before: dt.datetime) -> str | None:
        """Return the id of a text that was taken in a span of time, None where none is known."""
        ...

    def close(self) -> None:
        """Let go of whatever `open` took; may be called twice."""
        ...


class SmsChannel:
    """A way out for text messages, through whichever provider."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def open(self) -> None:
        """Raises: Unavailable or Misconfigured, as the provider does."""
        self.provider.open()

    def send(self, message: Message, *, at: dt.datetime) -> Receipt:
        """Hand one text over; the receipt holds the provider's id of it.

        Raises: DeliveryFailed, Unavailable or HandoverUnknown, as `channel.Channel` says.
        """
        number = e164(message.to)
        if number is None:
            raise DeliveryFailed(
                f"{message.to!r} is no number with its country, such as +491711234567",
                permanent=True,
                evidence="not a number",
            )
        taken = self.provider.send(number, message.raw.decode("utf-8"), message.key)
        return Receipt(key=message.key, channel="sms", kind="accepted", at=at, evidence=taken)

    def ask(self, message: Message, *, handed_at: dt.datetime, within: dt.timedelta) -> str | None:
        """Return the provider's id of a message nobody knows the end of; None: it knows none.

        None proves nothing: a person still decides.
        Raises: Unavailable when the provider cannot be asked.
        """
        number = e164(message.to)
        if number is None:
            return None
        text = message.raw.decode("utf-8")
        slack = dt.timedelta(minutes=1)  # between our clock and theirs
        return self.provider.find(
            number, text, after=handed_at - slack, before=handed_at + within + slack
        )

    def close(self) -> None:
        """Let go of the provider."""
        self.provider.close()
