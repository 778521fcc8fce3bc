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

import jinja2
import jinja2.sandbox
from babel import Locale
from babel.dates import format_date
from babel.numbers import get_decimal_symbol, get_group_symbol
from jinja2 import nodes

from dunwell.core import money
from dunwell.core.errors import Refused

_LOCALES = {"en": "en_GB", "pt": "pt_PT"}
_NOT_SHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029"  # controls and line ends: a value is one line
    "\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks, which could turn what follows
    "\ue000-\uf8ff\ud800-\udfff]+"  # private use and half characters: no font has them
)

environment = jinja2.sandbox.SandboxedEnvironment(
    undefined=jinja2.StrictUndefined, keep_trailing_newline=False, autoescape=False
)


_LONGEST = 50_000
_PLAIN = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.List,
    nodes.Tuple, nodes.If, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Compare,
    nodes.Operand, nodes.Concat, nodes.Add, nodes.Sub, nodes.For,
)  # fmt: skip
_FILTERS = frozenset(
    "capitalize count default first join last length lower title trim upper".split()
)
_TESTS = frozenset("defined even none odd undefined".split())
"""What a text may be made of: what is written in it is about as long as what comes out. Nothing
repeats, calls or keeps anything, so nobody fills the memory with a few words, not even while a
text is compiled."""


def foreign(tree: nodes.Template) -> list[str]:
    """Return what a text is made of that no text may be made of, each with its line."""
    found = []
    for node in tree.find_all(nodes.Node):
        kind = type(node).__name__.lower()
        if isinstance(node, nodes.Filter | nodes.Test):
            known = _FILTERS if isinstance(node, nodes.Filter) else _TESTS
            if node.name not in known:
                found.append((node.lineno, f"{kind} {node.name!r}"))
        elif isinstance(node, nodes.For):
            is_nested = next(node.find_all(nodes.For), None) is not None
            if is_nested or node.recursive or not isinstance(node.iter, nodes.Name):
                found.append((node.lineno, "a loop in a loop, or over more than a field"))
        elif not isinstance(node, _PLAIN):
            found.append((node.lineno, f"'{kind}'"))
    return [f"{line}: a text cannot have {what}" for line, what in dict.fromkeys(found)]


def read(source: str) -> nodes.Template:
    """Return what a text is made of.

    Whatever else looks at it comes after `foreign`: jinja2 works constants out as it compiles.
    Raises: Refused("bad_template") for one that cannot be read, or is too long or too deep.
    """
    if len(source) > _LONGEST:
        raise Refused("bad_template", f"longer than {_LONGEST:,} characters")
    try:
        return environment.parse(source)
    except jinja2.TemplateSyntaxError as error:
        raise Refused("bad_template", f"{error.lineno}: {error.message}") from error
    except RecursionError as error:
        raise Refused("bad_template", "1: nested too deep") from error


@functools.lru_cache(maxsize=4096)
def compiled(source: str) -> jinja2.Template:
    """Return a text of ours, ready to be filled; each text is compiled once."""
    return environment.from_string(source)


@functools.lru_cache(maxsize=4096)
def plain(source: str) -> jinja2.Template:
    """Return a text that somebody wrote into a policy, ready to be filled.

    Raises: Refused("bad_template") for one that cannot be read, or does more than say something.
    """
    tree = read(source)
    if wrong := foreign(tree):
        raise Refused("bad_template", wrong[0])
    try:
        return environment.from_string(tree)
    except RecursionError as error:
        raise Refused("bad_template", "1: nested too deep") from error


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
