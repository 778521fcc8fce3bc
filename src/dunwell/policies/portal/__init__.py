"""The words of the customer's own page, as data files: one a language, the same keys in each."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import ruamel.yaml

HERE = Path(__file__).parent
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
NAMES = {
    "en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "it": "Italiano",
    "nl": "Nederlands", "pt": "Português",
}  # fmt: skip
"""What each language calls itself."""


@functools.cache
def phrases(language: str) -> dict[str, Any]:
    """Return the words of a language; English where there are none."""
    code = language if language in LANGUAGES else "en"
    yaml = ruamel.yaml.YAML(typ="safe", pure=True)
    found: dict[str, Any] = yaml.load((HERE / f"{code}.yaml").read_text("utf-8"))
    return found
