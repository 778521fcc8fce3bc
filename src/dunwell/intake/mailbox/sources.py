"""Where mails lie: single files, mbox files, maildirs and folders. Reads, and changes nothing.

Yields each mail's bytes with the name it can be found by, or a complaint that names the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from dunwell.core.complaints import Complaint

LARGEST = 30 * 1024 * 1024
"""Bytes of one mail that are read; no bounce or reply is larger."""

_MBOX = re.compile(rb"^From [^\r\n]*\r?\n", re.M)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.M)
_HEADER = re.compile(
    rb"^(?:from|to|date|subject|received|message-id|return-path|mime-version|content-type)\s*:",
    re.I | re.M,
)

Found = tuple[str, bytes]


def found(path: Path) -> Iterator[Found | Complaint]:
    """Yield every mail of a file or folder, in the order of names; a maildir by its cur and new.

    Files whose name begins with a dot are left alone.
    """
    if path.is_dir():
        for inner in sorted(path.iterdir()):
            if not inner.name.startswith(".") and not (inner.is_dir() and inner.name == "tmp"):
                yield from found(inner)
        return
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= 20 * LARGEST else b""
    except OSError as error:
        yield _complaint(path.name, str(error.strerror or error), "a file that can be read")
        return
    if raw.startswith(b"From "):
        yield from _mbox(path.name, raw)
    elif not raw.strip():
        yield _complaint(path.name, "nothing" if size == len(raw) else f"{size} bytes", _WANT)
    else:
        yield from _one(path.name, raw)


_WANT = "a mail: headers, an empty line, words"


def is_mail(raw: bytes) -> bool:
    """Tell whether bytes begin as a mail does."""
    head = re.split(rb"\r?\n\r?\n", raw.lstrip()[:65_536], maxsplit=1)[0]
    return bool(_HEADER.search(head))


def not_mail(name: str, raw: bytes) -> Complaint:
    """Say that a file holds no mail, and what it begins with."""
    return _complaint(name, raw[:40].decode("utf-8", "replace"), _WANT)


def _mbox(name: str, raw: bytes) -> Iterator[Found | Complaint]:
    """Split an mbox file at its From lines; those inside a mail are quoted with a >."""
    starts = [m for m in _MBOX.finditer(raw) if _begins(raw, m.start())]
    for n, start in enumerate(starts):
        end = starts[n + 1].start() if n + 1 < len(starts) else len(raw)
        mail = _QUOTED_FROM.sub(rb"\1", raw[start.end() : end])
        yield from _one(f"{name}:{n + 1}", mail)


def _begins(raw: bytes, at: int) -> bool:
    """Tell whether a mail can begin here: at the start, or after an empty line."""
    return at == 0 or raw[max(0, at - 3) : at].endswith((b"\n\n", b"\n\r\n"))


def _one(name: str, raw: bytes) -> Iterator[Found | Complaint]:
    if len(raw) > LARGEST:
        yield _complaint(name, f"{len(raw)} bytes", f"a mail of at most {LARGEST} bytes")
    else:
        yield name, raw


def _complaint(name: str, found: str, want: str) -> Complaint:
    return Complaint(file=name, line=None, column=None, found=found, want=want)
