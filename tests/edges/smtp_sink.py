"""A mail server of its own process that writes down what it takes before it says so.

`python tests/edges/smtp_sink.py FOLDER` listens on a free port of this machine, named in
FOLDER/port. Every mail it takes is one line of FOLDER/taken.jsonl, on disk before the answer
250 leaves: whoever is killed while waiting for that answer, the line tells the truth. `--pause`
makes the time around that moment wide: so many milliseconds before the line is written, and as
many after it. `--refuse` and `--defer` answer 550 and 451 to a recipient.

A test starts it with `running(folder)`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import email
import email.message
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Taken(NamedTuple):
    """One mail the server said 250 to, or was about to."""

    key: str
    to: str


class Sink:
    """The server as a test sees it."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder, self.process = folder, process

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int((self.folder / "port").read_text())

    @property
    def settings(self) -> str:
        """The settings.yaml that sends mail here."""
        return f"smtp:\n  host: 127.0.0.1\n  port: {self.port}\n  tls: none\n  timeout: 60\n"

    def count(self) -> int:
        """Return how many mails it has taken; cheap, for whoever asks often."""
        file = self.folder / "taken.jsonl"
        return file.read_bytes().count(b"\n") if file.exists() else 0

    def taken(self) -> list[Taken]:
        """Return every mail taken so far, in order."""
        file = self.folder / "taken.jsonl"
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        return [Taken(**json.loads(line)) for line in lines]


@contextlib.contextmanager
def running(folder: Path, *words: str) -> Iterator[Sink]:
    """Run a server while the block lasts; `words` are its options."""
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen([sys.executable, __file__, str(folder), *words])
    try:
        deadline = time.monotonic() + 60
        while not (folder / "port").exists():
            assert process.poll() is None, "the mail server ended before it listened"
            assert time.monotonic() < deadline, "the mail server does not listen"
            time.sleep(0.01)
        yield Sink(folder, process)
    finally:
        process.kill()
        process.wait()


class _Server:
    """Just enough of RFC 5321 for a client that speaks it well."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.pause = given.pause / 1000
        self.log = os.open(given.folder / "taken.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def serve(self) -> None:
        """Listen until killed."""
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, limit=2**24)
        port = server.sockets[0].getsockname()[1]
        draft = self.given.folder / "port.part"
        draft.write_text(str(port))
        draft.rename(self.given.folder / "port")
        async with server:
            await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._session(reader, writer)
        writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def answer(text: str) -> None:
            writer.write(f"{text}\r\n".encode())
            await writer.drain()

        to = ""
        await answer("220 sink.test ready")
        while line := await reader.readline():
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            verb = verb.upper()
            if verb in ("EHLO", "HELO"):
                await answer("250-sink.test\r\n250-8BITMIME\r\n250 SMTPUTF8")
            elif verb == "RCPT":
                to = rest.partition("<")[2].partition(">")[0]
                await answer(self._about(to))
            elif verb == "DATA":
                await answer("354 go on")
                raw = await reader.readuntil(b"\r\n.\r\n")
                await asyncio.sleep(self.pause)
                self._keep(raw, to)
                await asyncio.sleep(self.pause)
                await answer("250 taken")
            elif verb == "QUIT":
                await answer("221 bye")
                return
            else:
                await answer("250 ok")

    def _about(self, to: str) -> str:
        if to in self.given.refuse:
            return "550 5.1.1 no such mailbox"
        return "451 4.7.1 come back later" if to in self.given.defer else "250 ok"

    def _keep(self, raw: bytes, to: str) -> None:
        """Write one line, in one piece, and wait until it is on disk."""
        mail = email.message_from_bytes(raw, _class=email.message.Message)
        line = json.dumps({"key": mail["X-Dunwell-Key"], "to": to}) + "\n"
        os.write(self.log, line.encode())
        os.fsync(self.log)


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pause", type=float, default=0, help="milliseconds before and after")
    parser.add_argument("--refuse", action="append", default=[], metavar="ADDRESS")
    parser.add_argument("--defer", action="append", default=[], metavar="ADDRESS")
    asyncio.run(_Server(parser.parse_args()).serve())


if __name__ == "__main__":
    _main()
