"""A look through a workbook's archive before anything unpacks it.

The reader unpacks whole sheets into memory and keeps the whole rectangle from the first cell to
the last: one cell in the far corner of a file of 6 kB would ask for 500 GB and take the process
down. So what a file really holds is measured first, streaming: bytes, and how far its cells
reach; what no ledger has is refused. On the way it notes the cells that hold an error or a
formula never computed, which the reader would show as empty.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from dunwell.core.errors import Refused

MEMBERS_MAX = 2_000
UNPACKED_MAX = 1_000_000_000
RATIO_MAX = 150  # the letters of a sheet shrink ten to sixty times, a bomb a thousand times
RATIO_FROM = 20_000_000
CELLS_MAX = 20_000_000  # the reader needs about a hundred bytes for each
COLUMNS_MAX = 16_384
HOLES_MAX = 10_000
PROMISED_FREE = 1_000_000  # texts the reader may make room for, whatever there is of them
_CHUNK = 1 << 20
_PROMISED = re.compile(rb"uniqueCount\s*=\s*[\"'](\d{1,18})")
_REF = rb"<c(?:\s(?!r=)\w{1,2}=\"\w*\")*\sr=\"([A-Z]{1,3}\d{1,7})\"(?:\s\w{1,2}=\"\w*\")*\s*"
_FILLED = re.compile(_REF + rb">")
_PAINTED = re.compile(_REF + rb"/>")  # no value in it: the reader leaves it out
_TAG = re.compile(rb"<c[\s/>]")
_FOREIGN_TAG = re.compile(rb":c[\s/>]")
_ROW = re.compile(rb"\sr\s*=\s*[\"'](\d{1,9})[\"']")
_ERROR = re.compile(_REF + rb">(?:<f\b[^>]*(?:/>|>[^<]*</f>))?<v>(#[^<]{1,20})<")
_UNCOMPUTED = re.compile(_REF + rb"><f\b[^>]*>([^<]*)</f>(?:<v\s*/>|<v></v>)?</c>")
_PLACE = re.compile(rb"([A-Z]+)(\d+)")
_SAVE = "Open it in a spreadsheet program, copy the list into a new workbook and import that"


class Hole(msgspec.Struct, frozen=True):
    """A cell the reader leaves empty though something stands there."""

    row: int
    column: int
    text: str


def holes_of(path: Path) -> dict[str, list[Hole]]:
    """Look through the archive; return the holes of each sheet, by the sheet's name.

    Raises: Refused when it is damaged, encrypted, no workbook, or unpacks to more than a ledger.
    """
    found: dict[str, list[Hole]] = {}
    index: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
            members = archive.infolist()
            _check(path, members)
            total = 0
            for member in members:
                scan, size = _Scan(path), 0
                for part in _unpacked(raw, member):
                    size += len(part)
                    if total + size > UNPACKED_MAX:
                        raise _too_large(path, f"over {UNPACKED_MAX:,} bytes")
                    scan.add(part)
                    if member.filename in _INDEX and size <= _CHUNK:
                        index[member.filename] = index.get(member.filename, b"") + part
                if size != member.file_size or scan.promised > max(size, PROMISED_FREE):
                    raise zipfile.BadZipFile("a part is not of the size it declares")
                total += size
                found[member.filename.lower()] = scan.done()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        what = str(error)[:120] or "not whole"
        raise Refused("damaged_file", f"{path.name} cannot be unpacked ({what}). {_SAVE}") from None
    return {name: found.get(part, []) for name, part in _sheets(index).items()}


_INDEX = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
_ELEMENT = re.compile(rb"<(?:\w+:)?(sheet|Relationship)\s[^>]*>")
_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def _sheets(index: dict[str, bytes]) -> dict[str, str]:
    """Return which part of the archive holds each sheet, by the sheet's name."""
    targets: dict[str, str] = {}
    names: dict[str, str] = {}
    for part in _INDEX:
        for element in _ELEMENT.finditer(index.get(part, b"")):
            said = {
                m[1].rpartition(b":")[2].decode(): html.unescape(
                    (m[2] or m[3] or b"").decode("utf-8", "replace")
                )
                for m in _ATTRIBUTE.finditer(element[0])
            }
            if element[1] == b"sheet":
                names[said.get("name", "")] = said.get("id", "")
            else:
                path = said.get("Target", "")
                path = path.lstrip("/") if path.startswith("/") else f"xl/{path}"
                targets[said.get("Id", "")] = posixpath.normpath(path).lower()
    return {name: targets.get(key, "") for name, key in names.items()}


def _kind_of(names: set[str]) -> str:
    if "mimetype" in names and "content.xml" in names:
        return "an OpenDocument file; save it as .xlsx or CSV and import that"
    if "xl/workbook.bin" in names:
        return "an .xlsb workbook; save it as .xlsx or CSV and import that"
    if any(n.startswith("word/") for n in names):
        return "a text document; export the list as CSV or .xlsx and import that"
    return "a ZIP archive and no workbook; unpack it and import the file inside"


def _check(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Refuse by what the archive declares, before unpacking a byte."""
    names = {m.filename for m in members}
    if not any(n.lower() == "xl/workbook.xml" for n in names):
        raise Refused("wrong_file", f"{path.name} is {_kind_of(names)}")
    if any(m.flag_bits & 1 for m in members):
        raise Refused("wrong_file", f"{path.name} has a password; save it without one")
    packed = sum(m.compress_size for m in members)
    declared = sum(m.file_size for m in members)
    if len(members) > MEMBERS_MAX:
        raise _too_large(path, f"{len(members):,} parts")
    if declared > UNPACKED_MAX:
        raise _too_large(path, f"{declared:,} bytes")
    if declared > RATIO_FROM and declared > RATIO_MAX * max(packed, 1):
        raise _too_large(path, f"{declared:,} bytes from {packed:,}")


def _unpacked(raw: BinaryIO, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield what a member really unpacks to, whatever size it declares."""
    raw.seek(member.header_offset)
    header = raw.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile("a part has no beginning")
    raw.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = member.compress_size
    if member.compress_type == zipfile.ZIP_STORED:
        while left > 0 and (part := raw.read(min(left, _CHUNK))):
            left -= len(part)
            yield part
        return
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile("an unusual compression")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    packed = b""
    while not inflate.eof:
        if not packed:
            packed = raw.read(min(left, _CHUNK))
            left -= len(packed)
            if not packed:
                raise zipfile.BadZipFile("a part is cut short")
        part = inflate.decompress(packed, _CHUNK)
        packed = inflate.unconsumed_tail
        if part:
            yield part


def _too_large(path: Path, what: str) -> Refused:
    said = f"{path.name} would unpack to {what}, more than any ledger. {_SAVE}"
    return Refused("too_large", said)


class _Scan:
    """Goes through a part as it is unpacked; of a sheet it keeps the extent and the holes.

    `promised` is how many texts a part says it has; the reader makes room for them at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.promised = 0
        self.is_sheet = False
        self.height = self.rows = 0
        self.columns: set[bytes] = set()
        self.is_odd = False
        self.holes: list[Hole] = []
        self.rest = b""

    def add(self, part: bytes) -> None:
        """Look at a part; a cell that is cut in two waits for the next one."""
        text = self.rest + part
        if not self.is_sheet:
            self.promised = max([self.promised, *map(int, _PROMISED.findall(text))])
            self.is_sheet = b"sheetData" in text
            if not self.is_sheet:
                self.rest = text[-40:]
                return
        cut = max(text.rfind(b"</c>"), text.rfind(b"</row>"))
        if cut < 0 and len(text) > 4 * _CHUNK:
            # No cell ends in four million letters: it holds what no cell may hold.
            raise zipfile.BadZipFile("a cell is too long")
        self.rest = text[max(cut, 0) :]
        self._look(text[: max(cut, 0)])

    def done(self) -> list[Hole]:
        """Return the holes.

        Raises: Refused when the rectangle of the sheet is too large.
        """
        if not self.is_sheet:
            return []
        self._look(self.rest)
        width = max((column_of(c) for c in self.columns), default=-1) + 1
        height = self.height
        if self.is_odd:
            # Cells that are not labelled in the usual way: count on the widest sheet there is.
            width, height = COLUMNS_MAX, max(height, self.rows)
        if width * height > CELLS_MAX:
            raise Refused(
                "too_large",
                f"{self.path.name} has cells up to column {width:,} and row {height:,}, more than "
                "can be read at once. Delete what stands far outside the list, or export it as "
                "CSV and import that",
            )
        return self.holes

    def _look(self, text: bytes) -> None:
        filled = _FILLED.findall(text)
        self.columns.update({ref.rstrip(b"0123456789") for ref in filled})
        numbers = {ref.lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ") for ref in filled}
        self.height = max([self.height, *map(int, numbers)])
        others = len(_TAG.findall(text)) - len(filled)
        if (others and others != len(_PAINTED.findall(text))) or (
            b":c" in text and _FOREIGN_TAG.search(text)
        ):
            self.is_odd = True
        if self.is_odd:
            labels = [int(n) for n in _ROW.findall(text)]
            self.rows = max([self.rows + text.count(b"row"), *labels])
        if len(self.holes) < HOLES_MAX:
            if b't="e"' in text:
                self.holes += [_hole(m) for m in _ERROR.finditer(text)]
            if b"</f>" in text:
                self.holes += [_hole(m, "=") for m in _UNCOMPUTED.finditer(text)]


def _hole(found: re.Match[bytes], mark: str = "") -> Hole:
    place = _PLACE.fullmatch(found[1])
    assert place is not None
    text = html.unescape(found[2].decode("utf-8", "replace"))
    return Hole(int(place[2]), column_of(place[1]), f"{mark}{text}"[:80])


def column_of(letters: bytes) -> int:
    """Return the number of a column from 0.

    >>> column_of(b"A"), column_of(b"AB")
    (0, 27)
    """
    n = 0
    for letter in letters.upper():
        n = n * 26 + letter - 64
    return n - 1
