"""Cells we write into files that people open in spreadsheets: no text may become a formula.

A customer can call itself `=HYPERLINK(...)`; a name like that must stay a name when a colleague
opens our export. Used for every CSV and XLSX we write. Must not know: files, formats.
"""

from __future__ import annotations

import re
from typing import TypeVar

T = TypeVar("T")

# What spreadsheets take as the beginning of a formula, also as wide letters (OWASP, "CSV
# injection"). A tab or line end in front hides it from the eye, and from naive checks.
_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*)(?:[.,]\d+)?-?", re.ASCII)


def safe_cell(value: T) -> T | str:
    """Return a cell that no spreadsheet takes for a formula; numbers and dates stay as they are.

    Text that would be one gets an apostrophe in front, which spreadsheets read as "this is
    text". Text that is plainly a number is not harmed. Origin: SECURITY, DATA.md 3.4.

    >>> safe_cell('=HYPERLINK("http://example.com")')
    '\\'=HYPERLINK("http://example.com")'
    >>> safe_cell("@SUM(A1)"), safe_cell("\\t=1+1"), safe_cell("  +1+1"), safe_cell("-2+3")
    ("'@SUM(A1)", "'\\t=1+1", "'  +1+1", "'-2+3")
    >>> safe_cell("-12.50"), safe_cell("-1.234,50"), safe_cell("+7"), safe_cell("-"), safe_cell("")
    ('-12.50', '-1.234,50', '+7', '-', '')
    >>> safe_cell(-5), safe_cell(None), safe_cell("Müller = Söhne")
    (-5, None, 'Müller = Söhne')
    """
    if not isinstance(value, str):
        return value
    first = value.lstrip(" \xa0\ufeff\u200b")[:1]
    if first not in _STARTS or not first or value == "-" or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"
