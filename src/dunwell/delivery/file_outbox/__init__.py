"""The file outbox, for those who have no server yet: one file a message, by day."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from dunwell.core.errors import Unavailable
from dunwell.core.message import Message, Receipt


class FileOutbox:
    """Writes `<folder>/<day>/<key>.eml`, `.pdf` or `.txt`, whole or not at all, once a key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._written: set[Path] = set()

    def open(self) -> None:
        """Make the folder.

        Raises: Unavailable when it cannot be made.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"outbox folder: {error}") from error

    def send(self, message: Message, *, at: dt.datetime) -> Receipt:
        """Write the file durably, then name it; a file that is there already stays.

        Raises: Unavailable when it cannot be written.
        """
        suffix = {"letter": "pdf", "sms": "txt"}.get(message.channel, "eml")
        day = self.folder / at.date().isoformat()
        target = day / f"{message.key}.{suffix}"
        if not target.exists():
            part = day / f"{message.key}.part"
            try:
                day.mkdir(parents=True, exist_ok=True)
                with part.open("wb") as out:
                    out.write(message.raw)
                    out.flush()
                    os.fsync(out.fileno())
                part.rename(target)
            except OSError as error:
                raise Unavailable(f"outbox: {error}") from error
            self._written.add(day)
        return Receipt(
            key=message.key,
            channel=message.channel,
            kind="written",
            at=at,
            evidence=f"{day.name}/{target.name}",
        )

    def close(self) -> None:
        """Make the names durable too: once a batch, for it takes longer than writing a file."""
        while self._written:
            handle = os.open(self._written.pop(), os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
