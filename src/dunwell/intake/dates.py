"""How a column writes its dates, and one date read by it.

ISO dates, YYYYMMDD, month names and a spreadsheet's own dates need no guessing; 03/04/2026 needs
an order, proven by the file or said by a mapping (docs/reference/files.md).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from dunwell.intake.values import Bad, Exact, tame

_YEAR_MIN, _YEAR_MAX = 1950, 2149  # an old debt at one end, a lease at the other
_MONTHS = {
    name: n
    for n, names in enumerate(
        (
            "jan january januar jänner janvier", "feb february februar février",
            "mar march mär mrz märz mars", "apr april avr avril", "may mai", "jun june juni juin",
            "jul july juli juillet", "aug august août", "sep sept september septembre",
            "oct october okt oktober octobre", "nov november novembre",
            "dec december dez dezember décembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_THREE = re.compile(r"(\d{1,4})([./\-])(\d{1,2})\2(\d{1,4})")
_DAY_NAME = re.compile(r"(\d{1,2})[. \-/]+([^\W\d_]{3,9})[. ,\-/]+(\d{2,4})")
_NAME_DAY = re.compile(r"([^\W\d_]{3,9})[. \-]+(\d{1,2})[, ]+(\d{4})")
_TIME = re.compile(
    r"[T ]\s*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([AaPp][Mm])?(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_EPOCH = dt.date(1899, 12, 30)  # day 0 of the spreadsheets' count from 1900


class Parts(NamedTuple):
    """A date of three numbers whose order is not known yet."""

    first: int
    mark: str
    second: int
    third: int

    def as_day(self, order: str) -> dt.date | None:
        """Return the date when read in this order, None when there is no such day."""
        day, month = (self.first, self.second) if order == "dmy" else (self.second, self.first)
        try:
            return dt.date(self.third, month, day)
        except ValueError:
            return None


def parts_of(text: str) -> Parts | None:
    """Return the numbers of a date such as 03/04/2026, None for any other text.

    >>> parts_of("03/04/2026")
    Parts(first=3, mark='/', second=4, third=2026)
    """
    found = _THREE.fullmatch(_TIME.sub("", text))
    if found is None or len(found[1]) > 2 or len(found[4]) != 4:
        return None
    return Parts(int(found[1]), found[2], int(found[3]), int(found[4]))


class Dates:
    """How one column writes its dates: `order` is dmy, mdy or "" (not decided), or a format.

    ISO dates, YYYYMMDD, month names and a spreadsheet's own dates are read in every column;
    only numbers such as 03/04/2026 need an order.
    """

    def __init__(self, order: str = "", *, style: str = "") -> None:
        self.order, self.style = order, style
        self._format = date_format(style) if style and style != "serial" else None

    def read(self, text: str) -> dt.date:
        """Read a date.

        Raises: Bad.

        >>> Dates("dmy").read("03/04/2026"), Dates().read("2026-04-03T00:00:00")
        (datetime.date(2026, 4, 3), datetime.date(2026, 4, 3))
        """
        found = self._parse(text)
        if not _YEAR_MIN <= found.year <= _YEAR_MAX:
            raise Bad(f"a date between {_YEAR_MIN} and {_YEAR_MAX}")
        return found

    def _parse(self, text: str) -> dt.date:
        if type(text) is Exact:
            return self._of_spreadsheet(text)
        plain = tame(unicodedata.normalize("NFKC", text))
        if self._format is not None:
            found = self._format(plain) or _iso(plain)
            if found is None:
                raise Bad(f"a date written {self.style}, as the mapping says")
            return found
        if self.style == "serial" and plain.isdecimal():
            return _serial(plain)
        time = _TIME.search(plain)
        if time and time["zone"] and not time[0].strip("T ").startswith("00:00"):
            raise Bad("a date, or a time without a zone: with one it may be another day here")
        plain = _TIME.sub("", plain).strip()
        found = _iso(plain) or _compact(plain) or _named_month(plain)
        return found or self._in_order(plain)

    def _in_order(self, text: str) -> dt.date:
        found = _THREE.fullmatch(text)
        if found is None:
            raise Bad("a date such as 2026-02-28")
        first, mark, second, third = found[1], found[2], found[3], found[4]
        if len(first) == 4 and len(third) <= 2:
            return _day(int(first), int(second), int(third))
        if len(third) != 4 or len(first) > 2:
            raise Bad("a year of four digits, or a mapping that says `dates: DD.MM.YY`")
        order = self.order or ("dmy" if mark == "." else "")
        parts = Parts(int(first), mark, int(second), int(third))
        if not order:
            if is_either(parts):
                raise Bad("a mapping that says `dates: DD/MM/YYYY` or `dates: MM/DD/YYYY`")
            order = self.order = proven_order(parts)
        found_day = parts.as_day(order)
        if found_day is None and not proven_order(parts):
            raise Bad("a day that exists, such as 2026-02-28")
        if found_day is None:
            said = "the day" if order == "dmy" else "the month"
            raise Bad(f"a date with {said} first, as in the rest of this column")
        return found_day

    def _of_spreadsheet(self, text: str) -> dt.date:
        if self._format is not None and text.isdecimal():
            # 1012026 is 01012026 once a spreadsheet took it for a number.
            found = self._format(text.zfill(len(self.style)))
            if found is None:
                raise Bad(f"a date written {self.style}, as the mapping says")
            return found
        return _iso(text) or _compact(text) or _serial(text)


def proven_order(parts: Parts) -> str:
    """Return the only order in which the numbers are a day, "" when both or neither are.

    >>> proven_order(Parts(31, "/", 3, 2026)), proven_order(Parts(3, "/", 4, 2026))
    ('dmy', '')
    """
    by_day, by_month = parts.as_day("dmy"), parts.as_day("mdy")
    if by_day and not by_month:
        return "dmy"
    if by_month and not by_day:
        return "mdy"
    return ""


def is_either(parts: Parts) -> bool:
    """Tell whether the numbers are two different days, depending on the order."""
    by_day, by_month = parts.as_day("dmy"), parts.as_day("mdy")
    return by_day is not None and by_month is not None and by_day != by_month


def _day(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise Bad("a day that exists, such as 2026-02-28") from None


def _iso(text: str) -> dt.date | None:
    found = _ISO.fullmatch(_TIME.sub("", text))
    return _day(int(found[1]), int(found[2]), int(found[3])) if found else None


def _compact(text: str) -> dt.date | None:
    if len(text) == 8 and text.isascii() and text.isdecimal():
        try:
            found = dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            return None
        return found if _YEAR_MIN <= found.year <= _YEAR_MAX else None
    return None


def _named_month(text: str) -> dt.date | None:
    if found := _DAY_NAME.fullmatch(text):
        day, name, year = found[1], found[2], found[3]
    elif found := _NAME_DAY.fullmatch(text):
        name, day, year = found[1], found[2], found[3]
    else:
        return None
    month = _MONTHS.get(name.casefold())
    if month is None:
        return None
    if len(year) != 4:
        raise Bad("a year of four digits, or a mapping that says `dates: DD-MMM-YY`")
    return _day(int(year), month, int(day))


def _serial(text: str) -> dt.date:
    days = text.partition(".")[0]
    if not days.isdecimal() or len(days) > 6 or int(days) < 18_264:  # 1950
        raise Bad("a date such as 2026-02-28")
    return _EPOCH + dt.timedelta(days=int(days))


_TOKENS = re.compile(r"YYYY|YY|MMM|MM|M|DD|D|[^A-Za-z0-9]+")
_NUMBERS = {"YYYY": r"\d{4}", "YY": r"\d{2}", "MMM": r"[^\W\d_]{3,9}\.?", "M": r"\d{1,2}",
            "MM": r"\d{1,2}", "D": r"\d{1,2}", "DD": r"\d{1,2}"}  # fmt: skip


def date_format(style: str) -> Callable[[str], dt.date | None]:
    """Return what reads dates written in a style such as DD.MM.YYYY, M/D/YY or YYYYMMDD.

    Years of two digits are 1970 to 2069. A time after the date is dropped.
    Raises: ValueError when the style is not made of one year, one month and one day.

    >>> date_format("D-MMM-YY")("3-Apr-26")
    datetime.date(2026, 4, 3)
    """
    tokens = _TOKENS.findall(style)
    kinds = [t[0] for t in tokens if t[0] in "YMD"]
    if "".join(tokens) != style or sorted(kinds) != ["D", "M", "Y"]:
        raise ValueError(style)
    is_tight = all(t[0] in "YMD" for t in tokens)
    if is_tight and not all(t in ("YYYY", "YY", "MM", "DD") for t in tokens):
        raise ValueError(style)
    pattern = ""
    for token in tokens:
        if token[0] not in "YMD":
            pattern += re.escape(token)
            continue
        number = rf"\d{{{len(token)}}}" if is_tight else _NUMBERS[token]
        pattern += f"(?P<{token[0]}>{number})"
    whole = re.compile(pattern)

    def read(text: str) -> dt.date | None:
        found = whole.fullmatch(_TIME.sub("", text).strip())
        if found is None:
            return None
        named = found["M"].rstrip(".").casefold()
        month = int(named) if named.isdecimal() else _MONTHS.get(named, 0)
        year = int(found["Y"])
        if len(found["Y"]) == 2:
            year += 1900 if year >= 70 else 2000
        return _day(year, month, int(found["D"]))

    return read
