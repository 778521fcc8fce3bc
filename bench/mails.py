"""Mails per second: Dunwell's mail, made and handed over, against a bare loop over smtplib.

    .venv/bin/python bench/mails.py [--mails 300] [--runs 3]

Both sides speak to the same sink (aiosmtpd, in a process of its own) over one connection. The
bare loop is given the finished words, addresses and files: it builds an `EmailMessage` with the
same headers, parts and attachments and calls `send_message`. Dunwell starts from a case's
figures: template, language, tables, text, HTML, then its own bytes through `SmtpChannel`. With
a statement attached, the bare loop also sets the same page with a warm Typst compiler.
"""

from __future__ import annotations

import argparse
import contextlib
import email
import email.message
import email.policy
import importlib.metadata
import json
import pickle
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import common
import letters
import msgspec

from dunwell.core import message
from dunwell.delivery import render
from dunwell.delivery.email import SmtpChannel, SmtpSettings

WARM_UP = 5
TARGET = 0.7
KINDS = ("plain", "statement")
MIME = ("content-", "mime-")  # headers the library writes itself


class Parts(NamedTuple):
    """One mail taken apart: what a bare loop is given."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    filenames: tuple[str, ...]


class Figures(NamedTuple):
    """What one side did."""

    mails: int
    cpu: float
    wall: float
    size: int


def mails(kind: str, count: int) -> list[message.MessageData]:
    """Return first reminders by mail, without or with the statement as PDF."""
    made = (
        letters.sample(n, template="first_reminder", tone="friendly", channel="email")
        for n in range(count)
    )
    return [msgspec.structs.replace(m, attach_statement=kind == "statement") for m in made]


def ours(kind: str, count: int, port: int) -> Figures:
    """Render and send as dispatch does."""
    templates = render.load_templates()
    channel = SmtpChannel(SmtpSettings(host="127.0.0.1", port=port, tls="none"))
    todo, size = mails(kind, count + WARM_UP), 0
    channel.open()

    def send(data: message.MessageData) -> int:
        made = render.render(data, templates=templates, sent_at=letters.SENT_AT)
        channel.send(made, at=letters.SENT_AT)
        return len(made.raw)

    for data in todo[count:]:
        send(data)
    with common.timed() as clock:
        for data in todo[:count]:
            size += send(data)
    channel.close()
    return Figures(count, clock.spent.cpu, clock.spent.wall, size)


def bare(count: int, port: int, folder: Path) -> Figures:
    """Build an `EmailMessage` from the same parts, page set by bare Typst, and send it."""
    kept: list[Parts] = pickle.loads((folder / "parts").read_bytes())
    page = letters.Calls(folder / "calls")
    server = smtplib.SMTP("127.0.0.1", port)

    def send(n: int) -> None:
        parts = kept[n]
        mail = email.message.EmailMessage()
        for name, value in parts.headers:
            mail[name] = value
        mail.set_content(parts.text)
        mail.add_alternative(parts.html, subtype="html")
        for name in parts.filenames:
            mail.add_attachment(page(n), maintype="application", subtype="pdf", filename=name)
        server.send_message(mail)

    for n in range(count, count + WARM_UP):
        send(n)
    with common.timed() as clock:
        for n in range(count):
            send(n)
    server.quit()
    return Figures(count, clock.spent.cpu, clock.spent.wall, 0)


def keep_parts(kind: str, count: int, folder: Path) -> None:
    """Render once, take the mails apart, and keep parts and Typst calls for the bare loop."""
    data = mails(kind, count + WARM_UP)
    templates = render.load_templates()
    letters.keep_calls(data, folder / "calls")
    kept = []
    for one in data:
        raw = render.render(one, templates=templates, sent_at=letters.SENT_AT).raw
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(mail, email.message.EmailMessage)
        text, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert text is not None
        assert html is not None
        kept.append(
            Parts(
                headers=tuple(
                    (n, str(v)) for n, v in mail.items() if not n.lower().startswith(MIME)
                ),
                text=text.get_content(),
                html=html.get_content(),
                filenames=tuple(part.get_filename() or "" for part in mail.iter_attachments()),
            )
        )
    (folder / "parts").write_bytes(pickle.dumps(kept))


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """Run a mail server that takes everything and keeps nothing; yield its port."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    with subprocess.Popen(
        [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink",
         "-l", f"127.0.0.1:{port}"]
    ) as server:  # fmt: skip
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.05)
            yield port
        finally:
            server.terminate()


def ask(side: str, kind: str, count: int, port: int, folder: Path) -> Figures:
    """Run one side in a process of its own."""
    words = ["--side", side, "--kind", kind, "--mails", str(count), "--port", str(port)]
    answer = subprocess.run(
        [sys.executable, __file__, *words, "--folder", folder],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Figures(*json.loads(answer.stdout.splitlines()[-1]))


def report(kind: str, count: int, times: int) -> None:
    """Measure both sides in turn, print mails per second and the ratios."""
    sides: dict[str, list[Figures]] = {"ours": [], "bare": []}
    with tempfile.TemporaryDirectory() as name, sink() as port:
        ask("keep", kind, count, port, Path(name))
        for n in range(times):
            for side in ("ours", "bare") if n % 2 else ("bare", "ours"):
                sides[side].append(ask(side, kind, count, port, Path(name)))
    size = sides["ours"][0].size / count / 1000
    print(f"\n{kind}: {size:.1f} kB a mail")
    rows = [("median (least to most)", "mails per second", "mails per CPU second of the sender")]
    for side, told in (("ours", "Dunwell"), ("bare", "bare loop")):
        walls = [f.mails / f.wall for f in sides[side]]
        cpus = [f.mails / f.cpu for f in sides[side]]
        rows.append((told, common.spread(walls, digits=0), common.spread(cpus, digits=0)))
    common.table(rows)
    pairs = list(zip(sides["ours"], sides["bare"], strict=True))
    common.verdict("Dunwell / bare loop", [b.wall / a.wall for a, b in pairs], target=TARGET)
    common.verdict("the same by sender's CPU", [b.cpu / a.cpu for a, b in pairs], target=TARGET)


def main() -> None:
    """Run the bench, or one side of it when called by itself."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--mails", type=int, default=300)
    options.add_argument("--runs", type=int, default=common.RUNS)
    options.add_argument("--side", choices=("ours", "bare", "keep"), help=argparse.SUPPRESS)
    options.add_argument("--kind", choices=KINDS, help=argparse.SUPPRESS)
    options.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.side == "keep":
        keep_parts(given.kind, given.mails, given.folder)
        print("[0, 0, 0, 0]")
    elif given.side == "ours":
        print(json.dumps(ours(given.kind, given.mails, given.port)))
    elif given.side == "bare":
        print(json.dumps(bare(given.mails, given.port, given.folder)))
    else:
        version = importlib.metadata.version
        common.print_machine(aiosmtpd=version("aiosmtpd"), typst=version("typst"))
        for kind in KINDS:
            report(kind, given.mails, given.runs)


if __name__ == "__main__":
    main()
