"""What every format offers, and the one look at the bytes that tells the format.

The format is told by the first bytes, never by the name of the file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from dunwell.core.errors import Refused

_CHUNK = 1 << 20
_SAMPLE_MAX = 64_000
_NOT_ASCII = re.compile(rb"[ -~]{0,80}[\x80-\xff]+[ -~]{0,40}")
_SAVE = "open it in a spreadsheet program, save it as .xlsx or CSV and import that"
_EXPORT = "export the list as CSV or .xlsx and import that"
_MAGICS = (
    (b"\xd0\xcf\x11\xe0", f"an old .xls workbook, or one with a password; {_SAVE}"),
    (b"\x09\x08\x10\x00", f"an old .xls workbook; {_SAVE}"),
    (b"%PDF", f"a PDF; {_EXPORT}"),
    (b"\x1f\x8b", "compressed (gzip); unpack it first"),
    (b"7z\xbc\xaf", "compressed (7z); unpack it first"),
    (b"Rar!", "compressed (rar); unpack it first"),
    (b"PK", f"a damaged or empty archive; {_EXPORT}"),
    (b"\x89PNG", f"a picture; {_EXPORT}"),
    (b"\xff\xd8\xff", f"a picture; {_EXPORT}"),
    (b"SQLite format 3", f"a database; {_EXPORT}"),
)
_MARKUP = re.compile(rb"\s*<(\?xml|!doctype|html|table|style|meta|head|\w+:?workbook)", re.I)
_RICH = re.compile(rb"\s*[\[{]\s*[\[{\"]")


class Fault(NamedTuple):
    """What is wrong with a line that is no row: what was found, and what would do."""

    found: str
    want: str


class Line(NamedTuple):
    """One line of a file: where it begins, its stripped cells, or what is wrong with it."""

    line: int
    cells: Sequence[str]
    fault: Fault | None = None


class Wanted(NamedTuple):
    """What the user says about how a file is written ("": nothing)."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""


class Look(NamedTuple):
    """What one pass over the bytes tells: their hash, the first of them, those not ASCII."""

    sha256: str
    size: int
    head: bytes
    sample: bytes


class Table(Protocol):
    """A file as lines of cells, read as often as asked, a line at a time."""

    @property
    def guesses(self) -> tuple[str, ...]:
        """Return what was guessed about the format, in sentences."""
        ...

    @property
    def has_types(self) -> bool:
        """Tell whether cells can be `values.Exact`: numbers and dates, not text."""
        ...

    @property
    def sha256(self) -> str:
        """Return the hash of the bytes."""
        ...

    def lines(self, *, is_whole: Callable[[Sequence[str]], bool] | None = None) -> Iterator[Line]:
        """Yield the lines. `is_whole` tells whether cells over several lines can be one row."""
        ...


def look_at(path: Path) -> Look:
    """Read the bytes once: hash them, keep their head and a sample of those not ASCII.

    Raises: Refused when it is no file, OSError when it cannot be read.
    """
    if not path.is_file():
        raise Refused("unreadable", f"{path.name} is not a file")
    digest = hashlib.sha256()
    head, sample, size = b"", bytearray(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            if size == 0:
                head = chunk[:65_536]
            if len(sample) < _SAMPLE_MAX and not chunk.isascii():
                for found in _NOT_ASCII.finditer(chunk):
                    is_cut = found.end() == len(chunk) == _CHUNK or (found.start() == 0 < size)
                    if not is_cut:
                        sample += found[0][:2000] + b"\n"
                    if len(sample) >= _SAMPLE_MAX:
                        break
            size += len(chunk)
    return Look(digest.hexdigest(), size, head, bytes(sample))


def refuse_others(path: Path, look: Look) -> None:
    """Refuse what is neither a workbook nor a text of cells, by its first bytes.

    Raises: Refused.
    """
    for magic, what in _MAGICS:
        if look.head.startswith(magic):
            raise Refused("wrong_file", f"{path.name} is {what}")
    if _MARKUP.match(look.head):
        raise Refused("wrong_file", f"{path.name} is a web page or XML, whatever its name; {_SAVE}")
    if _RICH.match(look.head):
        raise Refused("wrong_file", f"{path.name} is JSON; {_EXPORT}")
