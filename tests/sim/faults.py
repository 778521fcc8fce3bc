"""What goes wrong in a year: late bank files, files twice, a mail server down, crashes, no runs.

`Calendar` says on which days what goes wrong, from a seed; `Street` is the way out of the house,
on which mails bounce, lines break, the server is down, and the sending process dies.
"""

from __future__ import annotations

import datetime as dt
import zlib
from typing import NamedTuple

from dunwell.core.errors import DeliveryFailed, HandoverUnknown, Unavailable
from dunwell.core.message import Message, Receipt
from dunwell.sim import habits

DAY = dt.timedelta(days=1)


class Crash(BaseException):
    """The sending process is gone: nothing of it runs any further."""


class Calendar(NamedTuple):
    """The days on which something goes wrong."""

    bank_late: frozenset[dt.date]
    mail_down: frozenset[dt.date]
    no_run: frozenset[dt.date]
    crash: frozenset[dt.date]
    twice: frozenset[dt.date]

    @classmethod
    def made(cls, *, first: dt.date, days: int, seed: int) -> Calendar:
        """Spread the faults over some days: all of them even in a short time."""
        rng = habits.dice(seed, 7)
        working = [d for n in range(1, days) if (d := first + n * DAY).weekday() < 5]
        week = working[int(len(working) * 0.6)]
        no_run = frozenset(week + n * DAY for n in range(7))
        taken = set(no_run)

        def some(count: int, *, length: int = 1) -> frozenset[dt.date]:
            """Return so many spells, spread over all the days, each on days of its own."""
            found: set[dt.date] = set()
            for n in range(count):
                part = working[n * len(working) // count : (n + 1) * len(working) // count]
                starts = [
                    k
                    for k in range(len(part) - length + 1)
                    if taken.isdisjoint(part[k : k + length])
                ]
                if starts:
                    k = habits.pick(rng, starts)
                    found.update(part[k : k + length])
                    taken.update(part[k : k + length])
            return frozenset(found)

        return cls(
            bank_late=some(max(1, days // 60), length=3),
            mail_down=some(max(1, days // 120), length=3),
            no_run=no_run,
            crash=some(max(4, days // 12)),
            twice=some(max(3, days // 20)),
        )


class Street:
    """The way from the house to the customers, with its weather.

    Messages to some addresses are refused for good; those to others are taken and come back a
    day later; some lines break. Which ones follows from address and key. `is_down` makes the
    other side unreachable; after `dies_at` more messages the process that sends is gone, before
    or after the message has left.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[dt.datetime, Message]] = []
        self.to_bounce: list[Message] = []
        self.is_down = False
        self.dies_at: int | None = None
        self.dies_late = False
        self._came: set[str] = set()

    def arrived(self, key: str) -> bool:
        """Tell whether a message came to its customer."""
        return key in self._came

    def open(self) -> None:
        """Raises: Unavailable while the server is down."""
        if self.is_down:
            raise Unavailable("the mail server is down")

    def send(self, message: Message, *, at: dt.datetime) -> Receipt:
        """Hand one message over.

        Raises: DeliveryFailed, Unavailable, HandoverUnknown as a channel does; Crash.
        """
        self.open()
        if self.dies_at is not None:
            self.dies_at -= 1
            if self.dies_at < 0:
                self.dies_at = None
                if self.dies_late:
                    self._take(message, at)
                raise Crash
        if message.channel == "email":
            if _one_in(70, f"address {message.to}"):
                raise DeliveryFailed(
                    f"{message.to}: no such mailbox", permanent=True, evidence="550 5.1.1"
                )
            if _one_in(150, f"line {message.key}"):
                if _one_in(2, f"got through {message.key}"):
                    self._take(message, at)
                raise HandoverUnknown("the connection broke while handing over")
        self._take(message, at)
        return Receipt(
            key=message.key, channel=message.channel, kind="accepted", at=at, evidence="taken"
        )

    def close(self) -> None:
        """Nothing to close."""

    def _take(self, message: Message, at: dt.datetime) -> None:
        self.calls.append((at, message))
        if message.channel == "email" and _one_in(60, f"bounces {message.to}"):
            self.to_bounce.append(message)
        else:
            self._came.add(message.key)


def _one_in(count: int, about: str) -> bool:
    return zlib.crc32(about.encode()) % count == 0
