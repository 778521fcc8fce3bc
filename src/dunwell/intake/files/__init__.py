"""One file a format: bytes on disk become lines of cells, with what is wrong with a line.

Knows encodings, quotes and sheets. Must not know what the cells mean. `open_table` tells the
format by the first bytes, whatever the file is called.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from dunwell.core.errors import Refused
from dunwell.intake.files.csv import open_text
from dunwell.intake.files.table import Fault, Line, Table, Wanted, look_at, refuse_others
from dunwell.intake.files.xlsx import open_workbook

__all__ = ["Fault", "Line", "Table", "Wanted", "open_table"]


def open_table(path: Path, wanted: Wanted, *, scored: Callable[[Sequence[str]], int]) -> Table:
    """Open a file by its contents. `scored` tells how many headings some cells hold.

    Raises: Refused when it is none of the formats, or cannot be read.
    """
    try:
        look = look_at(path)
        if look.size == 0:
            raise Refused("empty_file", f"{path.name} is empty; export it again")
        if look.head.startswith(b"PK\x03\x04"):
            return open_workbook(path, look, wanted)
        refuse_others(path, look)
        if wanted.sheet:
            raise Refused("no_such_sheet", f"{path.name} is a text file and has no sheets")
        return open_text(path, look, wanted, scored=scored)
    except OSError as error:
        raise Refused("unreadable", f"{path.name}: {error.strerror or error}") from None
