"""Workbooks: one sheet of a .xlsx file as lines of cells, by python-calamine.

`archive` looks through the file before the reader unpacks it into memory. What the reader would
leave silently empty (errors such as #N/A, formulas never computed) comes as text, so that it is
complained about and not taken for nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import python_calamine

from dunwell.core.errors import Refused
from dunwell.intake.files import archive
from dunwell.intake.files.table import Line, Look, Wanted
from dunwell.intake.values import Exact

_SAVE = "open it in a spreadsheet program, save it again as .xlsx or CSV and import that"


class Workbook:
    """One sheet of a workbook."""

    has_types = True

    def __init__(self, path: Path, look: Look, sheet: Any, holes: Sequence[archive.Hole]) -> None:
        self.path, self.sha256 = path, look.sha256
        self.guesses: tuple[str, ...] = ()
        self.sheets: tuple[str, ...] = ()
        self._sheet = sheet
        self._holes: dict[int, list[archive.Hole]] = {}
        for hole in holes:
            self._holes.setdefault(hole.row, []).append(hole)

    def lines(self, *, is_whole: Callable[[Sequence[str]], bool] | None = None) -> Iterator[Line]:
        """Yield the rows, blank ones left out; lines are the row numbers the sheet shows."""
        first = self._sheet.start[1] if self._sheet.start else 0
        for n, row in enumerate(self._sheet.iter_rows(), start=1):
            cells = [_text(value) for value in row]
            for hole in self._holes.get(n, ()):
                at = hole.column - first
                if 0 <= at < len(cells) and cells[at] in ("", "0"):
                    cells[at] = hole.text
            if any(cells):
                yield Line(n, cells)


def open_workbook(path: Path, look: Look, wanted: Wanted) -> Workbook:
    """Open a sheet of a workbook: the one wanted, else the first one that is shown.

    Raises: Refused when it is no workbook, too large, damaged, or has no such sheet.
    """
    holes = archive.holes_of(path)
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
        raise _damaged(path, error) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how the reader's own bugs arrive
            raise
        raise _damaged(path, error) from None
    found = Workbook(path, look, sheet, holes.get(name, []))
    guesses = []
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        guesses.append("it is a workbook, whatever its name, and read as one")
    if not wanted.sheet and len(book.sheet_names) > 1:
        others = _names([n for n in book.sheet_names if n != name])
        guesses.append(f"sheet {name!r} is read; --sheet reads another: {others}")
    found.guesses, found.sheets = tuple(guesses), tuple(book.sheet_names)
    return found


def _damaged(path: Path, error: BaseException) -> Refused:
    what = str(error).splitlines()[0][:120] if str(error) else "unknown"
    return Refused("damaged_file", f"{path.name} cannot be read ({what}); {_SAVE}")


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
            f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.15G}"
        )
    if isinstance(value, dt.datetime | dt.date):
        return Exact(value.isoformat()[:10])
    if isinstance(value, bool):
        return Exact("yes" if value else "no")
    return Exact(str(value))
