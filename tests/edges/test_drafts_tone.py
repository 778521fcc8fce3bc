"""Drafts in every language: filled, polite, and settling nothing."""

from __future__ import annotations

import datetime as dt
import itertools
import re

import pytest
from test_templates import MEASURES, SHORT_FORMS, THREATS

from dunwell.delivery import answers, render

DAY = dt.date(2026, 3, 2)
FIELDS: dict[str, dict[str, str | dt.date | tuple[int, str]]] = {
    "reply": {"received": DAY, "reference": "C-1"},
    "unmatched": {"received": DAY},
    "dispute": {"about": "R-1, R-2", "by": DAY},
    "promise": {"amount": (120_050, "EUR"), "by": DAY, "counted_to": DAY},
    "delivery": {"sent": DAY, "reference": "C-1"},
}
BY = answers.Signed("Eva Kern", "Anna Ito", "collector", "Sample Works GmbH")
EVERY = list(itertools.product(render.LANGUAGES, answers.KINDS))
# What would admit a claim or a fault, give something up, or close a matter.
SETTLES = {
    "en": r"our (?:mistake|fault|error)|we apologi|waive|credit note|you are right|settled|agree",
    "de": r"unser fehler|entschuldig|verzicht|gutschrift|sie haben recht|erledigt|einverstanden",
    "fr": r"notre erreur|excus|renon[cç]|avoir de|vous avez raison|réglé|d'accord",
    "es": r"nuestro error|disculp|renunci|abono|tiene razón|resuelt|de acuerdo",
    "it": r"nostro errore|scus|rinunci|nota di credito|ha ragione|risolt|d'accordo",
    "nl": r"onze fout|excus|afzien|creditnota|u hebt gelijk|afgehandeld|akkoord",
    "pt": r"nosso erro|desculp|renunci|nota de crédito|tem razão|resolvid|de acordo",
}


@pytest.mark.parametrize(("language", "kind"), EVERY)
def test_a_draft_is_filled_polite_and_settles_nothing(language: str, kind: str) -> None:
    """Nothing is left unfilled; no threat, no measure, no admission, nothing waived or closed."""
    made = answers.write(kind, FIELDS[kind], language=language, by=BY)
    whole = f"{made.subject}\n{made.text}"
    assert made.language == language
    assert made.text.startswith(made.text.splitlines()[0])
    assert "Eva Kern" in made.text.splitlines()[0]
    assert made.text.endswith("Sample Works GmbH\n")
    assert not re.search(r"[{}]|%}|\bNone\b|\bUndefined\b| ,|,,|\.\.", whole)
    assert not re.search("[!¡]", whole)
    assert not set(re.findall(r"\b[A-ZÀ-ÖØ-Þ]{3,}\b", whole)) - SHORT_FORMS
    flat = whole.lower()
    for words in (MEASURES[language], THREATS[language], SETTLES[language]):
        assert not re.search(words, flat), re.search(words, flat)
    for value in FIELDS[kind].values():
        if isinstance(value, str):
            assert value in whole


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_every_language_has_the_same_drafts_with_the_same_fields(language: str) -> None:
    """A draft says as much in each language, and greets whoever is not known by name."""
    mine, english = answers.texts_of()[language], answers.texts_of()["en"]
    assert set(mine) == set(english) == set(answers.KINDS) == set(FIELDS)
    for kind in answers.KINDS:
        for part in ("subject", "body"):
            asked = [sorted(re.findall(r"{[{%]\s*(?:if )?(\w+)", t[kind][part]))
                     for t in (mine, english)]  # fmt: skip
            assert asked[0] == asked[1], (kind, part)
    unnamed = answers.write(
        "dispute", {"about": "C-1", "by": ""}, language=language, by=BY._replace(contact="")
    )
    assert "Eva" not in unnamed.text
    assert "2026" not in unnamed.text


def test_an_unknown_language_is_english() -> None:
    """And a value is one line, whatever was typed."""
    made = answers.write(
        "unmatched", {"received": DAY}, language="xx", by=BY._replace(contact="Eva\r\nBcc: all")
    )
    assert made.language == "en"
    assert made.text.startswith("Dear Eva Bcc: all,")
