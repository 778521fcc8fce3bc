"""What a person could write: short letters in seven languages, filled with what is known.

The words stand in `policies/templates/<language>/drafts.yaml`; greeting, closing and roles are
those of the messages (`delivery.words`). Must not know: whom it is for, or whether anybody may
write to them now (`desk.draft`).
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import ruamel.yaml

from dunwell.delivery import render, words

KINDS = ("reply", "unmatched", "dispute", "promise", "delivery")
"""What can be answered: something that was written, an objection, a promise, a message."""


class Signed(NamedTuple):
    """Who writes to whom: names as they stand in the book, empty where none is known."""

    contact: str
    person: str
    role: str
    entity: str


class Written(NamedTuple):
    """A draft: its subject, its text, and the language it is in."""

    subject: str
    text: str
    language: str


def write(
    kind: str, fields: Mapping[str, str | dt.date | tuple[int, str]], *, language: str, by: Signed
) -> Written:
    """Return a draft; days and amounts (minor, currency) are written as the language has them."""
    texts = texts_of()
    code = language if language in texts else "en"
    say = words.Words(code, render.load_templates().phrases[code])
    said = {name: _said(value, say) for name, value in fields.items()}
    one = texts[code][kind]
    subject = " ".join(words.compiled(one["subject"]).render(said).split())
    greeting = "greeting_named" if by.contact else "greeting_unnamed"
    parts = [
        say.phrase(greeting, contact_name=words.one_line(by.contact)),
        words.compiled(one["body"]).render(said).strip(),
        "\n".join(
            line
            for line in (str(say.phrases["closing"]), by.person, say.role(by.role), by.entity)
            if line
        ),
    ]
    return Written(subject, "\n\n".join(parts) + "\n", code)


def _said(value: str | dt.date | tuple[int, str], say: words.Words) -> str:
    if isinstance(value, dt.date):
        return say.date(value)
    if isinstance(value, tuple):
        return say.money(*value)
    return words.one_line(value)


@functools.cache
def texts_of() -> dict[str, dict[str, Any]]:
    """Return the subject and body of each draft, by language and kind."""
    root = Path(render.__file__).parent.parent / "policies" / "templates"
    yaml = ruamel.yaml.YAML(typ="safe", pure=True)
    return {
        language: yaml.load((root / language / "drafts.yaml").read_text("utf-8"))
        for language in render.LANGUAGES
    }


__all__ = ["KINDS", "Signed", "Written", "texts_of", "write"]
