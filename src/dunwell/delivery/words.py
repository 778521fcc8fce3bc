"""How a language says dates, money and labels.

Knows: the phrases of a language and the habits of its locale (Babel). Must not know: what a
message is about. Values given here come back as plain words, never as markup.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable, Sequence
from typing import Any

import jinja2.sandbox
from babel import Locale
from babel.dates import format_date
from babel.numbers import get_decimal_symbol, get_group_symbol

from dunwell.core import money

_LOCALES = {"en": "en_GB", "pt": "pt_PT"}
_NOT_SHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029"  # controls and line ends: a value is one line
    "\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks, which could turn what follows
    "\ue000-\uf8ff\ud800-\udfff]+"  # private use and half characters: no font has them
)

environment = jinja2.sandbox.SandboxedEnvironment(
    undefined=jinja2.StrictUndefined, keep_trailing_newline=False, autoescape=False
)


@functools.lru_cache(maxsize=4096)
def compiled(source: str) -> jinja2.Template:
    """Return a text ready to be filled; each text is compiled once."""
    return environment.from_string(source)


def one_line(text: str) -> str:
    """Return a value as one line of what can be shown, whatever was typed.

    >>> one_line("Smith\\r\\nBcc: all@example.com")
    'Smith Bcc: all@example.com'
    """
    if _NOT_SHOWN.search(text):
        text = re.sub(" {2,}", " ", _NOT_SHOWN.sub(" ", text))
    return text.strip()


class Words:
    """One language's dates, money, labels and sentences."""

    def __init__(self, language: str, phrases: dict[str, Any]) -> None:
        self.language, self.phrases = language, phrases
        self.locale = _LOCALES.get(language, language)

    def date(self, day: dt.date) -> str:
        """Write a date as people of this language write it in a letter."""
        return _date(day, "long", self.locale)

    def short_date(self, day: dt.date | None) -> str:
        """Write a date for a table."""
        return _date(day, "medium", self.locale) if day else ""

    def amount(self, minor: int, currency: str) -> str:
        """Write an amount without its currency, for a column.

        >>> Words("de", {}).amount(-123456, "EUR")
        '-1.234,56'
        """
        return f"{money.to_decimal(minor, currency):,}".translate(_signs(self.locale))

    def money(self, minor: int, currency: str) -> str:
        """Write an amount with its currency code, on the side where the language has it."""
        amount = self.amount(minor, currency)
        is_first = _code_is_first(self.locale)
        return f"{currency}\xa0{amount}" if is_first else f"{amount}\xa0{currency}"

    def label(self, name: str) -> str:
        """Return the word for a label."""
        return str(self.phrases["labels"].get(name, name.replace("_", " ")))

    def phrase(self, name: str, **fields: object) -> str:
        """Return a whole sentence, its fields filled."""
        return compiled(str(self.phrases[name])).render(fields)

    def role(self, name: str) -> str:
        """Return what a signatory's role is called."""
        return str(self.phrases["roles"].get(name, ""))

    def kinds(self, kinds: Iterable[str]) -> tuple[str, str]:
        """Return what items of these kinds are called, for one and for several of them."""
        found = set(kinds)
        name = found.pop() if len(found) == 1 else "mixed"
        one, many = self.phrases["kinds"].get(name, self.phrases["kinds"]["mixed"])
        return str(one), str(many)

    def join(self, texts: Sequence[str], word: str = "and") -> str:
        """Join with commas and the language's "and" or "or"."""
        if len(texts) < 2:
            return "".join(texts)
        return f"{', '.join(texts[:-1])} {self.phrases[word]} {texts[-1]}"


@functools.lru_cache(maxsize=8192)
def _date(day: dt.date, style: str, locale: str) -> str:
    return format_date(day, format=style, locale=locale)


@functools.cache
def _signs(locale: str) -> dict[int, str]:
    return {ord(","): get_group_symbol(locale), ord("."): get_decimal_symbol(locale)}


@functools.cache
def _code_is_first(locale: str) -> bool:
    return bool(Locale.parse(locale).currency_formats["standard"].pattern.startswith("¤"))
