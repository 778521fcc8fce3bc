"""The forms of a story's lines: the notation people read is the one that is parsed.

A form is written as the reference prints it: words stand for themselves, CAPITALS are to be
filled in, `[…]` may be left out, `a|b` chooses. From it come the pattern, the complaint about
a line that nearly fits, and the page in the docs. Knows nothing of what a line means.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from dunwell.core import book, money

_LABEL = r"(?!(?:as|of|on|for|from|until|by|about|due|dated|in|and|at) )[\w./-]+"
_ANY_OF = {
    "TONE": "|".join(book.TONES),
    "CHANNEL": "email|letter|call|sms|portal",
    "ROLE": "collector|account_manager|manager|executive|legal|admin",
    "OUTCOME": "reached|promise|dispute|refused|voicemail|gatekeeper|no answer|busy|wrong number",
    "REASON": "price|quantity|quality|not received|duplicate|missing PO|wrong entity|tax|terms|"
    "cancelled|other",
}
_FREE = {
    "NUMBER": _LABEL,
    "ITEM": _LABEL,
    "CREDIT": _LABEL,
    "NAME": _LABEL,
    "STEP": r"[a-z]\w*",
    "WHAT": _LABEL,
    "ITEMS": rf"{_LABEL}(?:(?:,? and |, | ){_LABEL})*?",
    "AMOUNT": r"[A-Z]{3} \S+",
    "N": r"\d+",
    "CODE": r"[A-Za-z][\w/+-]*|-",
    "RATE": r"\d+(?:\.\d+)?",
    "TIME": r"\d\d:\d\d",
    "WORD": r"\w+",
    "POLICY": r"[\w./-]+",
    "ROUTES": r"none|\w+:\w+(?: \w+:\w+)*",
}


class Said(dict[str, str]):
    """What a line filled into its form, by the name of the place."""

    def items_named(self, place: str = "items") -> list[str]:
        """Return the item numbers named; [] when the place was left out."""
        return re.split(r",? and |, | ", self[place]) if place in self else []

    def day(self, place: str) -> dt.date | None:
        """Return a date, known by the word before it; None when it was left out."""
        return dt.date.fromisoformat(self[place]) if place in self else None

    def amount(self, place: str = "amount") -> tuple[str, int] | None:
        """Return a currency and minor units; None when the place was left out."""
        return amount(self[place]) if place in self else None


def amount(text: str) -> tuple[str, int]:
    """Return an amount written as `EUR 1,200.00` in minor units.

    Raises: ValueError for an unknown currency, no number, or more decimals than it has.

    >>> amount("EUR 1,200.00")
    ('EUR', 120000)
    """
    currency, _, digits = text.partition(" ")
    if currency not in money.CURRENCIES:
        raise ValueError(f"an ISO 4217 currency, such as EUR, for {currency}")
    try:
        number = Decimal(digits.replace(",", ""))
    except InvalidOperation:
        raise ValueError(f"an amount such as EUR 1,200.00 for {text!r}") from None
    if number < 0:
        raise ValueError("a positive amount; credit notes and payments say the direction")
    try:
        return currency, money.to_minor(number, currency)
    except ValueError:
        most = money.exponent(currency)
        raise ValueError(f"an amount with at most {most} decimals for {text!r}") from None


class Form:
    """One form: its notation, and how a line is read by it.

    >>> Form("payment AMOUNT [for ITEMS] [dated DATE]").read("payment EUR 5.00 for A and B")
    {'amount': 'EUR 5.00', 'items': 'A and B'}
    """

    def __init__(self, notation: str) -> None:
        self.notation = notation.replace("_", " ")
        self.first = tuple(w.partition("_")[0] for w in notation.split()[0].split("|"))
        self.pattern = re.compile(_compile(notation))

    def read(self, line: str) -> Said | None:
        """Return what the line fills in, or None when it does not fit.

        Raises: ValueError when it fits but a date or an amount is none.
        """
        match = self.pattern.fullmatch(line)
        if match is None:
            return None
        said = Said({k: v for k, v in match.groupdict().items() if v is not None})
        for value in said.values():
            if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                day(value)
        said.amount()
        return said


def day(text: str) -> dt.date:
    """Return a date. Raises: ValueError when the calendar has no such day."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"a day of the calendar, such as 2026-02-28, for {text}") from None


def _compile(notation: str) -> str:
    """Turn a form's notation into a regular expression with named groups.

    A part that may be left out and has nothing to fill in is known as `flag`.
    """
    notation = re.sub(r" \[([^]A-Z|]+)\]", r"(?: (?P<flag>\1))?", notation)
    out: list[str] = []
    before = ""
    for part in re.findall(r"\(\?: \(\?P<flag>[^)]+\)\)\?| ?\[|\]| |[^][( ]+", notation):
        if part.strip() == "[":
            out.append("(?:" + " " * part.startswith(" "))
        elif part == "]":
            out.append(")?")
        elif part == " " or part.startswith("(?:"):
            out.append(part)
        else:
            out.append(_place(part, before))
            before = part
    return "".join(out)


def _place(part: str, before: str) -> str:
    if part == "DATE":
        return rf"(?P<{before}>\d{{4}}-\d\d-\d\d)"
    if part in _ANY_OF:
        return f"(?P<{part.lower()}>{_ANY_OF[part]})"
    if part in _FREE:
        return f"(?P<{part.lower()}>{_FREE[part]})"
    if "|" in part:
        return f"(?P<word>{part.replace('_', ' ')})"
    return re.escape(part.replace("_", " "))


def nearest(line: str, known: Iterable[Form]) -> str:
    """Return the forms that would do for a line that fits none, as one text.

    >>> nearest("paymant EUR 5", [Form("payment AMOUNT"), Form("reply")])
    '`payment AMOUNT`'
    """
    by_word: dict[str, list[str]] = {}
    for form in known:
        for word in form.first:
            by_word.setdefault(word, []).append(f"`{form.notation}`")
    first = line.split()[0]
    if first not in by_word:
        close = difflib.get_close_matches(first, by_word, n=1, cutoff=0.6)
        if not close:
            return "one of: " + ", ".join(sorted(by_word))
        first = close[0]
    return " or ".join(by_word[first])
