"""One cell of text to one value: references, words, codes. Each says what it wanted.

Cells arrive stripped. A value that cannot be read raises `Bad` with what would do; nothing is
repaired in silence and nothing is taken for today. `Exact` marks text a spreadsheet held as a
number or a date, which needs no guessing. Dates and amounts: `dates`, `amounts`.
"""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from dunwell.core import money
from dunwell.intake import codes


class Bad(ValueError):
    """This cell cannot be read; `want` says what would do."""

    def __init__(self, want: str) -> None:
        self.want = want
        super().__init__(want)


class Exact(str):
    """Text made from a spreadsheet's number, date or yes/no: a point, ISO dates, no guessing."""

    __slots__ = ()


Read = Callable[[str], Any]


def reader(shape: str, limit: int) -> Read:
    """Return what reads cells of a shape; dates and amounts have their own classes."""
    if shape in ("code", "text", "lines"):
        return _TEXTS[shape](limit)
    if shape in codes.WORDS:
        return words(codes.WORDS[shape])
    return {
        "currency": currency,
        "country": country,
        "language": language,
        "time_zone": time_zone,
        "email": email,
        "phone": phone,
        "terms": terms,
        "consent": consent,
        "rate": rate,
    }[shape]


def fits(read: Read, text: str) -> bool:
    """Tell whether a cell can be read so."""
    try:
        read(text)
    except Bad:
        return False
    return True


def code(limit: int) -> Read:
    """Return a reader of references and numbers: one line, kept as written.

    >>> code(10)("INV-001"), code(10)('="00123"')
    ('INV-001', '00123')
    """

    def read(text: str) -> str:
        if text.isprintable() and len(text) <= limit and text[0] != "=" and "E+" not in text:
            return text
        return _careful(text, limit, keeps_lines=False, is_code=True)

    return read


def words_of(limit: int) -> Read:
    """Return a reader of plain text; a line break inside it becomes a blank."""

    def read(text: str) -> str:
        if text.isprintable() and len(text) <= limit:
            return text
        return _careful(text, limit, keeps_lines=False, is_code=False)

    return read


def lines_of(limit: int) -> Read:
    r"""Return a reader of text that keeps its line breaks, such as an address.

    >>> lines_of(40)("Lager 2\r\n12345 Ort")
    'Lager 2\n12345 Ort'
    """

    def read(text: str) -> str:
        if text.isprintable() and len(text) <= limit:
            return text
        return _careful(text, limit, keeps_lines=True, is_code=False)

    return read


_TEXTS = {"code": code, "text": words_of, "lines": lines_of}
_TAMED = str.maketrans({"\xa0": " ", "\u202f": " ", "\u2007": " ", "\ufeff": None, "\u200b": None})
_BY_EXCEL = re.compile(r"-?\d+([.,]\d+)?E\+\d+", re.ASCII)
_EXCEL_TEXT = re.compile(r'="([^"]*)"')


def tame(text: str) -> str:
    """Return text with blanks that are no plain blanks made plain, composed, and stripped.

    >>> tame("Rechnungs\\xa0nr ")
    'Rechnungs nr'
    """
    return unicodedata.normalize("NFC", text.translate(_TAMED)).strip()


def _careful(text: str, limit: int, *, keeps_lines: bool, is_code: bool) -> str:
    if is_code and (found := _EXCEL_TEXT.fullmatch(text)):
        text = found[1]
    text = tame(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if not keeps_lines and not is_code:
        text = text.replace("\n", " ")
    if is_code and text.startswith("="):
        raise Bad("a value, not a formula")
    if is_code and _BY_EXCEL.fullmatch(text):
        raise Bad("all its digits; a spreadsheet shortened it: format the column as text there")
    if not text:
        raise Bad("text")
    for sign in text:
        # Cc: control characters; Cs, Co, Cn: nothing a person can read
        if unicodedata.category(sign) in ("Cc", "Cs", "Co", "Cn") and sign != "\n":
            raise Bad(f"text without the control character {sign!a}")
    if is_code and "\n" in text:
        raise Bad("one line; a quote may have been opened and not closed")
    if len(text) > limit:
        raise Bad(f"at most {limit} characters, not {len(text)}")
    return text


def words(known: dict[str, str]) -> Read:
    """Return a reader of a closed list; case, blanks, hyphens and underscores do not matter.

    >>> words({"credit_note": "credit_note"})("Credit Note")
    'credit_note'
    """
    choices = ", ".join(dict.fromkeys(known.values()))

    def read(text: str) -> str:
        found = known.get(text) or known.get(same(text).replace(" ", "_"))
        if found is None:
            raise Bad(f"one of {choices}")
        return found

    return read


def yes_no(yes: frozenset[str], no: frozenset[str]) -> Read:
    """Return a reader of yes and no."""

    def read(text: str) -> bool:
        word = same(text)
        if word in yes:
            return True
        if word in no:
            return False
        raise Bad("yes or no")

    return read


def same(text: str) -> str:
    """Return text in the form in which headings and words are compared.

    >>> same("Due_Date"), same("  Fällig\\xa0 am:"), same("Credit-Note")
    ('due date', 'fällig am', 'credit note')
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[\s_\-]+", " ", plain).strip(" .:*#\ufeff\u200b").split())


def currency(text: str) -> str:
    """Read an ISO 4217 code.

    >>> currency("eur")
    'EUR'
    """
    found = text if text in money.CURRENCIES else text.upper()
    if found not in money.CURRENCIES:
        raise Bad("an ISO 4217 code such as EUR")
    return found


def country(text: str) -> str:
    """Read an ISO 3166 code of two letters."""
    found = text.upper()
    if found not in codes.COUNTRIES:
        instead = {"UK": "GB", "EL": "GR"}.get(found)
        raise Bad(instead or "an ISO 3166 code of two letters such as DE")
    return found


def language(text: str) -> str:
    """Read an ISO 639-1 code; what follows a hyphen is dropped.

    >>> language("de-AT")
    'de'
    """
    found = re.split(r"[-_]", text, maxsplit=1)[0].lower()
    if found not in codes.LANGUAGES:
        raise Bad("an ISO 639-1 code of two letters such as de")
    return found


@lru_cache(maxsize=1000)
def _has_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def time_zone(text: str) -> str:
    """Read the name of an IANA time zone."""
    if len(text) > 60 or not text.isascii() or not _has_zone(text):
        raise Bad("an IANA name such as Europe/Berlin")
    return text


_EMAIL = re.compile(r"[^\s@,;<>()\"]+@[^\s@,;<>()\"]+\.[^\s@,;<>().\"]+")


def email(text: str) -> str:
    """Read one address; several belong into the contacts file."""
    text = tame(text)
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise Bad("one e-mail address; further people go into a contacts file")
    return text


def phone(text: str) -> str:
    """Read a phone number as people write it."""
    text = tame(text)
    is_shown = text.isprintable() and len(text) <= 60 and any(c.isdigit() for c in text)
    if not is_shown or _BY_EXCEL.fullmatch(text):
        raise Bad("a phone number")
    return text


_TERMS = re.compile(
    r"(?:net|netto|zahlbar innerhalb|within)? ?(\d{1,4}) ?"
    r"(?:d|days?|t|tg|tage?n?|jours?|d[ií]as?|giorni|dagen|dni)?(?: (?:net|netto|nets|neto))?"
)
_AT_ONCE = frozenset(
    {"due on receipt", "on receipt", "immediate", "immediately", "sofort", "cod", "comptant"}
)


def terms(text: str) -> int:
    """Read payment terms in days.

    >>> terms("30"), terms("net 30"), terms("14 Tage netto"), terms("due on receipt")
    (30, 30, 14, 0)
    """
    if text.isdecimal() and len(text) <= 4:
        days = int(text)
    else:
        plain = same(text).replace(".", "").replace(",", "")
        if plain in _AT_ONCE:
            return 0
        found = _TERMS.fullmatch(plain)
        if found is None:
            raise Bad('days, such as 30, "net 30" or "30 days"')
        days = int(found[1])
    if days > 730:
        raise Bad("days, at most 730")
    return days


def consent(text: str) -> str:
    """Read the channels a person agreed to, or none.

    >>> consent("Email, letter")
    'email letter'
    """
    found = re.split(r"[\s,;]+", text.lower().replace("e-mail", "email"))
    found = [w for w in found if w]
    unknown = [w for w in found if w not in codes.CONSENTS]
    if unknown or not found or ("none" in found and len(found) > 1):
        raise Bad("channels such as email letter call sms, or none")
    return " ".join(found)


_RATE = re.compile(r"\d{1,15}(?:\.\d{1,20})?", re.ASCII)


def rate(text: str) -> str:
    """Read an exchange rate: plain digits and a point, more than nothing.

    >>> rate("0.9215")
    '0.9215'
    """
    if not _RATE.fullmatch(text) or not text.strip("0."):
        raise Bad("a rate above 0 such as 0.9215")
    return text
