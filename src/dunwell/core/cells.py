"""Cells of the spreadsheets we write: text stays text, whatever it begins with.

Origin: OWASP, CSV injection: a spreadsheet takes text that begins with = + - @, a tab or a
carriage return for a formula. Must not know: files.
"""

from __future__ import annotations

import re
from typing import Any

_FORMULA = re.compile(r"^[\s\x00]*[=+\-@\t\r＝＋－＠]")  # noqa: RUF001  full-width signs work too
_NUMBER = re.compile(r"^[+-]?\d[\d,.' ]*$")


def safe_cell(value: Any) -> Any:
    """Return a cell that no spreadsheet runs; numbers, dates and plain text stay as they are.

    >>> safe_cell("=1+1"), safe_cell("-12.50"), safe_cell(-5), safe_cell("A-1")
    ("'=1+1", '-12.50', -5, 'A-1')
    """
    if not isinstance(value, str) or not _FORMULA.match(value) or _NUMBER.match(value):
        return value
    return "'" + value
