"""A file a customer sends along: what may come in, where it is kept, and how it goes out again.

Only a PDF, a JPEG or a PNG, told by its bytes and not by what it calls itself, and not large.
It is kept as personal data of its dispute, under no name of the sender's choosing; it is never
shown in a page, only saved by a person of ours.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.delivery.words import one_line
from dunwell.store import personal, tx

LARGEST = 5_000_000
KINDS = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
"""How each kind of file begins; source: ISO 32000-1 7.5.2, ITU-T T.81 B.1, RFC 2083 3.1."""
SUBJECT = "dispute_file"
_LARGEST_ID = 2**63 - 1


class Upload(NamedTuple):
    """A file that may come in: what its sender called it, what it is, and its bytes."""

    said_name: str
    suffix: str
    content: bytes

    def name(self, dispute: int) -> str:
        """Return the name it is saved under: ours, with the suffix of what it is."""
        return f"dispute-{dispute}.{self.suffix}"


def check(name: str, content: bytes) -> Upload:
    """Return a file that may come in.

    Raises: Refused for one that is empty, too large, or neither PDF, JPEG nor PNG.

    >>> check("a/b\\\\c.exe", b"%PDF-1.7 ...").said_name
    'c.exe'
    """
    if not content:
        raise Refused("empty_file", "the file is empty")
    if len(content) > LARGEST:
        raise Refused("too_large_file", f"a file may have {LARGEST:,} bytes at most")
    suffix = next((kind for head, kind in KINDS.items() if content.startswith(head)), "")
    if not suffix:
        raise Refused("wrong_file", "a file must be a PDF, a JPEG or a PNG")
    said = one_line(name.replace("\\", "/").rpartition("/")[2])[:100]
    return Upload(said, suffix, content)


def keep(scope: Scope, dispute: int, file: Upload, *, now: dt.datetime) -> None:
    """Keep a file with its dispute, inside the caller's transaction."""
    bodies = {(dispute, "content"): file.content, (dispute, "name"): file.said_name.encode()}
    personal.keep(scope, SUBJECT, bodies, at=now)


def of_dispute(scope: Scope, dispute: int) -> Upload:
    """Return the file that came with a dispute. Raises: Refused where there is none."""
    if dispute > _LARGEST_ID:
        raise Refused("no_file", f"no file came with dispute {dispute}")
    with tx.reading(scope):
        found = personal.read_bytes(scope, SUBJECT, [dispute])
    content, name = found.get((dispute, "content")), found.get((dispute, "name"))
    if content is None:
        raise Refused("no_file", f"no file came with dispute {dispute}")
    return check(name[1].decode("utf-8", "replace") if name else "", content[1])


def as_exhibit(dispute: int, content: bytes) -> str:
    """Return the name a kept file has in an evidence file."""
    return f"files/{check('', content).name(dispute)}"


def with_file(scope: Scope) -> set[int]:
    """Return the disputes a file came with."""
    with tx.reading(scope):
        return personal.subjects(scope, SUBJECT, "content")
