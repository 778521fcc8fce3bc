"""Which language a page speaks, and how it says things in it.

The words are data (`policies.portal`, and for tables those of the mails); dates and amounts are
written as in the mails. Values put into a sentence come back as plain text, never as markup.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from dunwell.delivery import render, words
from dunwell.policies import portal as said

COOKIE = "dunwell_language"


class Tongue:
    """One language: its sentences, labels, dates and amounts."""

    def __init__(self, language: str) -> None:
        self.language = language if language in said.LANGUAGES else "en"
        self.phrases = said.phrases(self.language)
        self.words = words.Words(
            self.language, render.load_templates().phrases[self.language]
        )  # fmt: skip

    def say(self, name: str, /, **fields: object) -> str:
        """Return a sentence by its name, such as "said.promise", its fields filled."""
        found: Any = self.phrases
        for part in name.split("."):
            found = found[part]
        return words.compiled(str(found)).render(fields) if fields else str(found)

    def error(self, reason: str) -> str:
        """Say why something was not done; what has no words of its own gets general ones."""
        errors = self.phrases["errors"]
        return str(errors.get(reason, errors["generic"]))

    def money(self, minor: int, currency: str) -> str:
        """Write an amount with its currency."""
        return self.words.money(minor, currency)

    def amounts(self, pairs: Sequence[tuple[int, str]]) -> str:
        """Write amounts of several currencies in one phrase; they are never added."""
        return self.words.join([self.money(minor, currency) for minor, currency in pairs])

    def date(self, on: dt.date) -> str:
        """Write a date as in a letter."""
        return self.words.date(on)

    def short(self, on: dt.date) -> str:
        """Write a date for a table."""
        return self.words.short_date(on)


def chosen(request: HttpRequest) -> str:
    """Return the language somebody chose on these pages, or ""."""
    for asked in (request.GET.get("l", ""), request.COOKIES.get(COOKIE, "")):
        if asked in said.LANGUAGES:
            return asked
    return ""


def accepted(request: HttpRequest) -> str:
    """Return the language a browser asks for: for pages that know no customer."""
    for part in request.headers.get("Accept-Language", "").split(","):
        code = part.partition(";")[0].strip()[:2].lower()
        if code in said.LANGUAGES:
            return code
    return "en"
