r"""Delimited text: a stream of lines, each one row, whatever stands around it.

A bad line costs that line and no other: a quote that is never closed, a row too long for any
row, bytes that are no letters. Memory stays bounded by one chunk and one row. Line numbers
are those an editor shows: lines end with \n, \r\n or \r, also inside quotes.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from dunwell.core.errors import Refused
from dunwell.intake.files import encoding
from dunwell.intake.files.table import Fault, Line, Look, Wanted

_CHUNK = 1 << 18
LINE_MAX = 1 << 18  # characters; a row of sixteen cells has about two hundred
_ROW_LINES_MAX = 100  # a quoted address has a few lines; more is a quote never closed
_DELIMITERS = (",", ";", "\t", "|")
_KEEP = "dunwell.intake.keep"
_NO_LETTERS = re.compile("[\ud800-\udfff]")
_END = "\0end"  # no line of a file: a NUL and no line end
_LINE_END = re.compile(r"\r\n|\n|\r")
_SEP = re.compile(r"sep=([,;\t|:^~])", re.I)


def _keep(error: UnicodeError) -> tuple[str, int]:
    """Let bytes that are no letters stand as signs no letter has, so that their line is found."""
    assert isinstance(error, UnicodeDecodeError)
    wrong = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + b) for b in wrong) or "\udc00", max(error.end, error.start + 1)


codecs.register_error(_KEEP, _keep)


class Text:
    """A delimited text file."""

    has_types = False

    def __init__(self, path: Path, look: Look, name: str, delimiter: str, *, skip: int) -> None:
        self.path, self.sha256, self.encoding, self.delimiter = path, look.sha256, name, delimiter
        self._skip = skip
        self.guesses: tuple[str, ...] = ()

    def lines(self, *, is_whole: Callable[[Sequence[str]], bool] | None = None) -> Iterator[Line]:
        """Yield the lines, blank ones left out.

        Raises: Refused when the file can no longer be read.
        """
        reading = _Reading(self.path, self.encoding, self.delimiter, is_whole)
        try:
            for line in reading.lines():
                if line.line > self._skip:
                    yield line
        except OSError as error:
            raise Refused("unreadable", f"{self.path.name}: {error.strerror or error}") from None


def open_text(
    path: Path, look: Look, wanted: Wanted, *, scored: Callable[[Sequence[str]], int]
) -> Text:
    """Open a text file; find its encoding and delimiter where they are not said.

    Raises: Refused when no encoding makes text of it.
    """
    name, guess = encoding.of(look, stated=wanted.encoding, file=path.name)
    guesses = [guess] if guess else []
    first = next(_physical(path, name), "") or ""
    said = _SEP.fullmatch(first.lstrip("\ufeff").rstrip("\r\n").strip('"'))
    delimiter = wanted.delimiter or (said[1] if said else "")
    if not delimiter:
        delimiter = _delimiter(path, name, scored)
        if delimiter != ",":
            word = {"\t": "tabs", ";": "semicolons", "|": "bars"}[delimiter]
            guesses.append(f"cells are taken to be separated by {word}")
    table = Text(path, look, name, delimiter, skip=1 if said else 0)
    table.guesses = tuple(guesses)
    return table


def _delimiter(path: Path, name: str, scored: Callable[[Sequence[str]], int]) -> str:
    """Return the delimiter under which most headings are found and rows are of one width."""
    best = (0, 0.0, 0)
    found = ","
    for delimiter in _DELIMITERS:
        some = list(islice(_Reading(path, name, delimiter, None).lines(), 30))
        cells = [line.cells for line in some if line.fault is None]
        if not cells:
            continue
        widths = Counter(len(c) for c in cells)
        width, often = max(widths.items(), key=lambda pair: (pair[0] > 1, pair[1], pair[0]))
        score = (max(scored(c) for c in cells), often / len(cells) if width > 1 else 0.0, width)
        if score > best:
            best, found = score, delimiter
    return found


class _Reading:
    """One pass over the file; lines put back after a quote that was never closed come again."""

    def __init__(
        self,
        path: Path,
        name: str,
        delimiter: str,
        is_whole: Callable[[Sequence[str]], bool] | None,
    ) -> None:
        self.delimiter, self.is_whole = delimiter, is_whole
        self.source = _physical(path, name)
        self.ahead: deque[str | None] = deque()
        self.dialect = csv.reader(
            (), delimiter=delimiter, strict=True, skipinitialspace=True
        ).dialect  # made once: a reader is made for each line with quotes

    def lines(self) -> Iterator[Line]:
        n, delimiter = 0, self.delimiter
        before, behind = f" {delimiter}", f"{delimiter} "
        source, ahead = self.source, self.ahead
        while True:
            text = ahead.popleft() if ahead else next(source, _END)
            n += 1
            if text is _END:
                return
            if text is None or len(text) > LINE_MAX:
                yield Line(n, (), Fault(f"over {LINE_MAX:,} characters", "a line of usual length"))
                continue
            cells: Sequence[str]
            taken = 1
            if '"' in text:
                cells, taken = self._quoted(text)
            elif text.isascii() and not (before in text or behind in text or text[0] == " "):
                cells = text.rstrip("\r\n ").split(delimiter)
            else:
                cells = [c.strip() for c in text.split(delimiter)]
            if not taken:
                yield Line(n, (), _unclosed(text))
            elif "\0" in text:
                yield Line(n, cells, Fault(_some(text), "text; these are empty (NUL) bytes"))
            elif not text.isascii() and _NO_LETTERS.search("".join(cells)):
                yield Line(n, cells, Fault(_some(text), "letters in the encoding of the file"))
            elif any(cells):
                yield Line(n, cells)
            n += max(taken, 1) - 1

    def _quoted(self, text: str) -> tuple[Sequence[str], int]:
        """Return the cells and how many lines they took; 0 when the quotes do not fit."""
        try:
            return [c.strip() for c in next(csv.reader((text,), self.dialect))], 1
        except csv.Error:
            pass  # a quote is open at the end of the line, or one stands where none may
        taken: list[str | None] = [text]
        try:
            cells = next(csv.reader(self._more(taken), self.dialect), [])
        except csv.Error:
            cells = []
        if cells and (self.is_whole is None or self.is_whole(cells)):
            return [c.strip() for c in cells], len(taken)
        self.ahead.extendleft(reversed(taken[1:]))
        return (), 0

    def _more(self, taken: list[str | None]) -> Iterator[str]:
        """Yield the first line taken, then take more, as long as they can be one row."""
        yield taken[0] or ""
        while len(taken) < _ROW_LINES_MAX:
            text = self.ahead.popleft() if self.ahead else next(self.source, _END)
            if text is _END:
                return
            taken.append(text)
            if text is None or len(text) > LINE_MAX:
                return
            yield text


def _physical(path: Path, name: str) -> Iterator[str | None]:
    """Yield lines with their ends; None stands for a line too long to be one."""
    decoder = codecs.getincrementaldecoder(name)(errors=_KEEP)
    rest, is_skipping, is_first = "", False, True
    with path.open("rb") as file:
        while True:
            data = file.read(_CHUNK)
            text = rest + decoder.decode(data, final=not data)
            rest = ""
            if is_first and text:
                text, is_first = text.lstrip("\ufeff"), False
            if is_skipping:
                end = _LINE_END.search(text)
                if end is None or (data and end.end() == len(text) and end[0] == "\r"):
                    rest = "\r" if text.endswith("\r") else ""
                    if not data:
                        yield None
                        return
                    continue
                yield None
                text, is_skipping = text[end.end() :], False
            if data:
                # A \r at the very end may be half of \r\n: it stays with the rest.
                cut = max(text.rfind("\n"), text.rfind("\r", 0, max(len(text) - 1, 0))) + 1
                text, rest = text[:cut], text[cut:]
                if len(rest) > LINE_MAX:
                    is_skipping, rest = True, "\r" if rest.endswith("\r") else ""
            yield from io.StringIO(text, newline="")
            if not data:
                return


def _unclosed(text: str) -> Fault:
    return Fault(
        _some(text), "each quote closed in its row; quotes inside a quoted cell are doubled"
    )


def _some(text: str) -> str:
    """Return the beginning of a line as it can be shown, lost letters as \ufffd."""
    return _NO_LETTERS.sub("\ufffd", text.strip()[:60])
