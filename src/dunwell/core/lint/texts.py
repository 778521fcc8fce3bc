"""Findings about texts: missing, in the wrong language, of the wrong kind or tone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from dunwell.core import policy as policies
from dunwell.core import reminder
from dunwell.core.lint.findings import Finding, Path
from dunwell.core.lint.ladders import Ladder


class Texts(NamedTuple):
    """The texts there are: by language, each with whether it is a call script.

    `tones` holds the tones a text was written for, where that is known; `short` the names of
    those for text messages. `faults` says what is wrong with the document's own texts, by
    (name, language).
    """

    by_language: Mapping[str, Mapping[str, bool]]
    tones: Mapping[str, frozenset[str]]
    short: frozenset[str] = frozenset()
    faults: Mapping[tuple[str, str], Sequence[str]] = MappingProxyType({})


def check(ladders: Sequence[Ladder], texts: Texts) -> Iterator[Finding]:
    """Look at every text a step uses; what is wrong with a text itself is said once."""
    said: set[str] = set()
    first_tone: dict[str, str] = {}
    for ladder in ladders:
        for n, step in enumerate(ladder.doc.steps):
            for k, action in enumerate(step.actions):
                if action.channel == "sms":
                    yield from _short(texts, action.template, step.id, ladder.at(n, "actions", k))
                    continue
                name = action.template or step.template or step.id
                is_own = action.template or not step.template
                place = ladder.at(n, "actions", k) if is_own else ladder.at(n, "template")
                if name not in said:
                    said.add(name)
                    yield from _there(texts, name, step.id, place)
                yield from _kind(texts, name, action.channel, step.id, place)
                if action.channel != "call":
                    tones = texts.tones.get(name) or {first_tone.setdefault(name, step.tone)}
                    yield from _tone(tones, name, step, place)


def own(document: policies.Document, ladders: Sequence[Ladder], texts: Texts) -> Iterator[Finding]:
    """Look at the document's own texts: each must be whole, of its kind, and used."""
    used = {
        a.template or s.template or s.id
        for ladder in ladders
        for s in ladder.doc.steps
        for a in s.actions
        if a.channel != "sms"
    }
    for name, by_language in document.texts.items():
        for code in by_language:
            place: Path = ("texts", name, code)
            if code not in texts.by_language:
                want = f"one of {', '.join(texts.by_language)}"
                yield Finding("text_wrong", place, f"{code} is no language of a message", want)
            for fault in texts.faults.get((name, code), ()):
                yield Finding("text_wrong", place, fault, _WHOLE)
            kinds = {texts.by_language.get(c, {}).get(name) for c in ("en", code)} - {None}
            if len(kinds) > 1:
                found = f"{name} is a call script in one of en and {code}, and none in the other"
                yield Finding("text_wrong", place, found, "`call_script: true` in both, or neither")
        if name not in used and name != reminder.STEP:  # every plan's instalments use that one
            found = f"no step uses {name}"
            yield Finding("text_unused", ("texts", name), found, "a step with this `template`")


_WHOLE = "a subject between two lines of ---, then a body of known fields"


def _short(texts: Texts, name: str | None, step: str, place: Path) -> Iterator[Finding]:
    if name is not None and name not in texts.short:
        yield Finding(
            "template_missing",
            place,
            f"{step} uses {name}, which is no text for text messages",
            f"one of {', '.join(sorted(texts.short))}, or none: then its tone says which",
        )


def _there(texts: Texts, name: str, step: str, place: Path) -> Iterator[Finding]:
    lacking = [code for code, known in texts.by_language.items() if name not in known]
    if "en" in lacking or not texts.by_language:
        yield Finding(
            "template_missing",
            place,
            f"{step} uses {name}, which is missing in en, where every language falls back to",
            f"a text {name}.md in en",
        )
    elif lacking:
        yield Finding(
            "template_untranslated",
            place,
            f"{step} uses {name}, which is missing in {', '.join(lacking)} and goes in English",
            f"{name}.md in those languages",
        )


def _kind(texts: Texts, name: str, channel: str, step: str, place: Path) -> Iterator[Finding]:
    is_script, is_call = texts.by_language.get("en", {}).get(name), channel == "call"
    if is_script is not None and is_script is not is_call:
        yield Finding(
            "template_kind",
            place,
            f"{step} uses {name}, {'a call script' if is_script else 'a message'}, for "
            f"{'a call' if is_call else channel}",
            "a call script" if is_call else "a message",
        )


def _tone(
    tones: Collection[str], name: str, step: policies.StepDoc, place: Path
) -> Iterator[Finding]:
    if step.tone not in tones:
        yield Finding(
            "template_tone",
            place,
            f"{step.id} is {step.tone} and uses {name}, which is written for "
            f"{' or '.join(sorted(tones))}",
            "a text of its own",
        )
