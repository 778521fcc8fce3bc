"""Proofread a policy: the linter, given the built-in policies and the texts there are.

Needs no data folder: what is wrong with a policy can be known before there is any book.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from dunwell import policies
from dunwell.core import lint
from dunwell.core import policy as documents
from dunwell.delivery import render


def run(
    document: documents.Document,
    *,
    earlier: Sequence[documents.Document] = (),
    gap_days: int | None = None,
    staff: Collection[str] | None = None,
) -> list[lint.Finding]:
    """Return what is wrong or doubtful in a policy, in the order of the document.

    `earlier` are the versions published before; `gap_days` the silence that is too long,
    `staff` who works here, where that is known.
    """
    more = {} if gap_days is None else {"gap_days": gap_days}
    included = {name: policies.built_in(name) for name in policies.BUILT_IN}
    return lint.lint(
        document, included=included, texts=texts(document), earlier=earlier, staff=staff, **more
    )  # fmt: skip


def texts(document: documents.Document | None = None) -> lint.Texts:
    """Return the texts there are, each with the tones the built-in policies use it at.

    A document's own stand in their place, with what is wrong with each.
    """
    known: dict[str, dict[str, bool]] = {code: {} for code in render.LANGUAGES}
    for (code, name), template in render.load_templates().texts.items():
        known[code][name] = template.is_call_script
    tones: dict[str, set[str]] = defaultdict(set)
    for policy in policies.BUILT_IN:
        for cadence in policies.built_in(policy).cadences.values():
            for step in cadence.steps:
                for action in step.actions:
                    tones[action.template or step.template or step.id].add(step.tone)
    short = frozenset(render.load_templates().short["en"]) - {"ending"}
    faults = {}
    for code, name, text in documents.own_texts(document) if document is not None else ():
        faults[name, code] = render.check(text, name=name)
        if code in known and not faults[name, code]:
            known[code][name] = render.parse(text, name=name).is_call_script
    return lint.Texts(
        known, {name: frozenset(found) for name, found in tones.items()}, short, faults
    )
