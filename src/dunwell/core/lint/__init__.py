"""The linter: what is wrong or doubtful in a policy that can be read, each with its place.

Front door: `lint`. `findings` lists everything that is looked for; the other modules each look
at one part of the document. Pure: templates, included policies and earlier versions are handed
in as data. Must not know: files, lines, the database, today. Origin: SEMANTICS 4, 6.3, 6.9, 7-9.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from dunwell.core import policy as policies
from dunwell.core.lint import ladders, measures, segments, settings, steps
from dunwell.core.lint import texts as texts_
from dunwell.core.lint.findings import CHECKS, Finding, Path
from dunwell.core.lint.texts import Texts

__all__ = ["CHECKS", "Finding", "Path", "Texts", "lint"]


def lint(
    document: policies.Document,
    *,
    included: Mapping[str, policies.Document] | None = None,
    texts: Texts | None = None,
    earlier: Sequence[policies.Document] = (),
    gap_days: int = steps.GAP_DAYS,
    staff: Collection[str] | None = None,
) -> list[Finding]:
    """Return what is wrong or doubtful in a policy, in the order of the document.

    `included` holds the policies an `include` may name, `texts` the templates there are (None:
    not looked at), `earlier` the versions published before, oldest first, `staff` who works here
    (None: not looked at).
    """
    found = ladders.ladders_of(document, included or {})
    findings = [
        *settings.check(document.settings, found),
        *segments.check(document, found, included or {}),
        *steps.check(found, document.settings, gap_days),
        *measures.check(found, document.settings),
        *(texts_.check(found, texts) if texts is not None else ()),
        *(texts_.own(document, found, texts) if texts is not None else ()),
        *(steps.people(found, staff) if staff is not None else ()),
        *(steps.history(found, earlier) if earlier else ()),
    ]
    unique = {(f.code, f.path, f.found): f for f in findings}
    return sorted(unique.values(), key=lambda f: _order(document, f.path))


def _order(document: policies.Document, path: Path) -> tuple[tuple[int, str], ...]:
    """Order places as the document is read: settings, segments, cadences, each from the top."""
    tops = {"policy": 0, "include": 1, "settings": 2, "segments": 3, "cadences": 4, "texts": 5}
    names = {name: n for n, name in enumerate(document.cadences)}
    key = []
    for depth, part in enumerate(path):
        if isinstance(part, int):
            key.append((part, ""))
        elif depth == 0:
            key.append((tops.get(part, 9), part))
        else:
            key.append((names.get(part, 0) if depth == 1 else 0, part))
    return tuple(key)
