"""How a text message is counted, and how a text is made to fit.

A message is sent in the 7-bit alphabet of GSM 03.38 (160 signs, or 153 a part) or, when one
sign is not in it, as UTF-16 (70, or 67 a part). No text of ours takes more than two parts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from dunwell.core.errors import Refused

PARTS = 2
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")  # each takes two of the 7-bit signs
_ASCII_FOR = str.maketrans(
    {
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2018": "'", "\u2019": "'",
        "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"',
        "\u00bb": '"', "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-",
        "\u2026": "...", "\u2022": "-",
    }
)  # fmt: skip
_LETTER_FOR = str.maketrans(
    {"œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "\u0131": "i"}
)
_NAME_CHARS = (40, 28, 20, 12)
"""How short the sender's name is cut, step by step, when a text does not fit."""


def is_seven_bit(text: str) -> bool:
    """Tell whether every sign is in the alphabet of GSM 03.38."""
    return all(c in _BASIC or c in _EXTENDED for c in text)


def parts(text: str) -> int:
    """Return in how many parts a text is sent, and charged.

    A sign that takes two places is never cut in two.

    >>> parts("a" * 160), parts("a" * 161), parts("ł" * 70), parts("ł" * 71), parts("€" * 81)
    (1, 2, 1, 2, 2)
    """
    if is_seven_bit(text):
        return _count((2 if c in _EXTENDED else 1 for c in text), whole=160, part=153)
    return _count((2 if ord(c) > 0xFFFF else 1 for c in text), whole=70, part=67)


def _count(sizes: Iterable[int], *, whole: int, part: int) -> int:
    found = list(sizes)
    if sum(found) <= whole:
        return 1
    count, used = 1, 0
    for size in found:
        if used + size > part:
            count, used = count + 1, 0
        used += size
    return count


def fitted(fill: Callable[[str], str], name: str) -> str:
    """Return the text that `fill` makes of the sender's name, in at most two parts.

    First as it is, then with letters outside the alphabet written without their accents, then
    with a shorter name.
    Raises: Refused when no name is short enough.
    """
    for length in _NAME_CHARS:
        text = plain(fill(name if len(name) <= length else f"{name[: length - 1].rstrip()}."))
        for one in (text, without_accents(text)):
            if parts(one) <= PARTS:
                return one
    raise Refused("too_long", f"a text message of more than {PARTS} parts: {text[:60]}…")


def plain(text: str) -> str:
    """Return a text on one line, with typographic signs written as keyboards have them.

    >>> plain("1\\u202f200,00\\xa0EUR \\u2013 l\\u2019état")
    "1 200,00 EUR - l'état"
    """
    return re.sub(r"\s+", " ", text.translate(_ASCII_FOR)).strip()


def without_accents(text: str) -> str:
    """Return a text with the accents left out that would make it twice as long.

    >>> without_accents("à payer, não ê ç ü ß")
    'à payer, nao e c ü ß'
    """
    return "".join(
        c if c in _BASIC or c in _EXTENDED else _base(c) for c in text.translate(_LETTER_FOR)
    )


def _base(sign: str) -> str:
    first = unicodedata.normalize("NFKD", sign)[0]
    return first if first in _BASIC else sign
