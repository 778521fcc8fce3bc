"""How a column writes its amounts, and one amount read by it, to whole minor units.

1.234 is a thousand or one and a bit: the decimal mark is proven by the file or said by a
mapping, never assumed (docs/reference/files.md).
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from dunwell.core import money
from dunwell.intake.values import Bad, Exact, tame

EXPONENTS = {c: money.exponent(c) for c in money.CURRENCIES}
MINOR_MAX = 10**15
_SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₪": "ILS", "₺": "TRY", "₴": "UAH",
          "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "US$": "USD", "C$": "CAD", "A$": "AUD",
          "Euro": "EUR", "EURO": "EUR"}  # fmt: skip
_SHARED = {"$": frozenset("USD CAD AUD NZD HKD SGD MXN TWD ARS CLP COP BSD BBD BZD BMD".split()),
           "¥": frozenset(("JPY", "CNY")), "kr": frozenset(("SEK", "NOK", "DKK", "ISK")),
           "Fr": frozenset(("CHF",))}  # fmt: skip
_MONEY = re.compile(r"Euro|EURO|[A-Za-z]{3}|US\$|C\$|A\$|[€£₹₩₪₺₴$¥]|zł|Kč|Ft|kr\.?|Fr\.?")
_MINUSES = str.maketrans(
    dict.fromkeys("\u2212\u2013\u2014\u2012", "-") | dict.fromkeys("\u2019`\u00b4\u2032", "'")
)
_NO_CENTS = re.compile(r"([.,])-+$")
# Thousands stand in groups of three behind one mark, or as in India in twos and a last three.
_FORMS = {
    ".": re.compile(
        r"(?:\d+|[1-9]\d{0,2}([,' ])\d{3}(?:\1\d{3})*|[1-9]\d?(?:,\d\d)+,\d{3})(?:\.\d*)?|\.\d+"
    ),
    ",": re.compile(r"(?:\d+|[1-9]\d{0,2}([.' ])\d{3}(?:\1\d{3})*)(?:,\d*)?|,\d+"),
}


class Written(NamedTuple):
    """An amount as written: its digits with marks, its sign and the currency beside it."""

    digits: str
    is_negative: bool
    currency: str
    shared: frozenset[str]


def written(text: str) -> Written:
    """Take an amount's sign and currency off its digits.

    Raises: Bad.

    >>> written("€ 1.234,50-")
    Written(digits='1.234,50', is_negative=True, currency='EUR', shared=frozenset())
    >>> written("(120.00)").is_negative, written("1'234.-").digits
    (True, "1'234")
    """
    if len(text) > 60:
        raise Bad("an amount such as 1234.50")
    plain = tame(unicodedata.normalize("NFKC", text)).translate(_MINUSES)
    signs = 0
    if plain.startswith("(") and plain.endswith(")"):
        plain, signs = plain[1:-1].strip(), 1
    code, shared = "", frozenset[str]()
    for token in _MONEY.findall(plain):
        name = token.rstrip(".")
        if name in _SIGNS or name.upper() in EXPONENTS:
            found = _SIGNS.get(name, name.upper())
            if code not in ("", found):
                raise Bad("an amount in one currency")
            code = found
        else:
            shared = _SHARED.get(name, frozenset())
            if not shared:
                raise Bad("an amount such as 1234.50")
        plain = plain.replace(token, " ", 1)
    plain = plain.strip()
    if plain[-2:].upper() == "CR":
        plain, signs = plain[:-2].strip(), signs + 1
    elif plain[-2:].upper() == "DR":
        plain = plain[:-2].strip()
    plain = _NO_CENTS.sub("", plain)
    if plain.startswith(("+", "-")):
        plain, signs = plain[1:].strip(), signs + (plain[0] == "-")
    if plain.endswith(("+", "-")):
        plain, signs = plain[:-1].strip(), signs + (plain[-1] == "-")
    if signs > 1 or not plain or not any(c.isdecimal() for c in plain):
        raise Bad("an amount such as 1234.50")
    return Written(plain, signs == 1, code, shared)


def decimal_of(digits: str) -> str:
    """Tell the decimal mark that digits prove: "." or ",", "" for none, "?" for either.

    Digits that are well written with neither give "!".

    >>> decimal_of("1.234,5"), decimal_of("12,50"), decimal_of("1,234"), decimal_of("1.234.567")
    (',', ',', '?', ',')
    >>> decimal_of("1'234"), decimal_of("1.2.3")
    ('', '!')
    """
    with_point, with_comma = (_FORMS[mark].fullmatch(digits) for mark in ".,")
    if with_point and with_comma:
        return "?" if "." in digits or "," in digits else ""
    return "." if with_point else "," if with_comma else "!"


class Amounts:
    """How one column writes its amounts: `decimal` is ".", "," or "" (not decided yet).

    `is_stated`: a mapping says so; what only the file proves is believed a little less.
    """

    def __init__(
        self, decimal: str = "", thousands: str | None = None, *, is_stated: bool = False
    ) -> None:
        self.decimal, self.thousands, self.is_stated = decimal, thousands, is_stated

    def minor(self, text: str, exponent: int) -> int | None:
        """Read a plain amount fast, None where it needs a closer look."""
        head, mark, tail = text.partition(self.decimal or ".")
        if len(head) > 12 or not head.isdecimal():
            return None
        if not mark:
            return int(f"{head}{'0' * exponent}")
        if len(tail) == exponent and self.decimal and tail.isdecimal():
            return int(head + tail)
        return None

    def careful(self, said: Written, text: str, exponent: int, currency: str) -> int:
        """Read an amount that is not plain, strictly by the column's marks.

        Raises: Bad.

        >>> Amounts(",").careful(written("1.234,5"), "1.234,5", 2, "EUR")
        123450
        """
        decimal = "." if type(text) is Exact else self.decimal
        if not decimal:
            decimal = decimal_of(said.digits)
            if decimal == "?" and exponent == 3 and "." in said.digits:
                decimal = "."  # as we write amounts of a currency with three decimals
            if decimal == "?":
                raise Bad(undecided(said.digits))
            if decimal in (".", ","):
                self.decimal = decimal
            decimal = "," if decimal == "," else "."
        if not _FORMS[decimal].fullmatch(said.digits):
            raise Bad(self._example())
        is_sure = self.is_stated or exponent == 3 or type(text) is Exact
        if not is_sure and decimal in said.digits and decimal_of(said.digits) == "?":
            # 1.000 euros among 12.50 may be a thousand from another program: cents are two.
            raise Bad(f"{_decimals(exponent, currency)}, or {undecided(said.digits)}")
        whole, _, cents = said.digits.partition(decimal)
        if self.thousands is not None and not self._may_group(whole):
            raise Bad(self._example())
        digits = "".join(c for c in whole if c.isdecimal())
        if cents[exponent:].strip("0"):
            raise Bad(_decimals(exponent, currency))
        if len(digits) > 15:
            raise Bad("an amount below a million billions")
        minor = int((digits or "0") + cents[:exponent].ljust(exponent, "0"))
        if minor > MINOR_MAX:
            raise Bad("an amount below ten thousand billions")
        return -minor if said.is_negative else minor

    def _may_group(self, whole: str) -> bool:
        return {c for c in whole if not c.isdecimal()} <= set(self.thousands or "")

    def _example(self) -> str:
        if self.decimal == ",":
            return "an amount such as 1.234,50, as in the rest of this column"
        return "an amount such as 1234.50"


def _decimals(exponent: int, currency: str) -> str:
    return f"at most {exponent} decimals ({currency})" if exponent else f"no decimals ({currency})"


def undecided(digits: str) -> str:
    """Say what a mapping must state for an amount that can be read two ways."""
    return f'a mapping that says `decimal: comma` or `decimal: point` ("{digits}" can be both)'
