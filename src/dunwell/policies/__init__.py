"""The built-in policies, their templates and law rows, as data files.

Knows: how a policy file is read (YAML 1.2) and where the built-in ones lie. Rules about what
a policy means live in `core.policy`.
"""

from __future__ import annotations

import functools
import io
from pathlib import Path
from typing import Any

import pydantic
import ruamel.yaml
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from dunwell.core import policy as policies
from dunwell.core.complaints import Complaint

HERE = Path(__file__).parent
BUILT_IN = ("classic", "net30", "aging", "key-account", "high-risk")


def read(text: str, *, file: str) -> tuple[policies.Document | None, list[Complaint]]:
    """Return the policy a YAML text holds, or located complaints about it."""
    yaml = ruamel.yaml.YAML(typ="rt", pure=True)
    try:
        data = yaml.load(io.StringIO(text))
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        problem = str(getattr(error, "problem", error))
        line = mark.line + 1 if mark else 1
        return None, [_complaint(file, line, None, problem, "YAML 1.2, indented evenly")]
    if not isinstance(data, dict):
        return None, [_complaint(file, 1, None, type(data).__name__, "a policy document")]
    try:
        return policies.parse(_plain(data)), []
    except pydantic.ValidationError as error:
        return None, [
            _complaint(
                file,
                _line_of(data, e["loc"]),
                ".".join(str(p) for p in e["loc"]) or None,
                str(e.get("input", ""))[:80],
                e["msg"],
            )
            for e in error.errors()
        ]


def whole(document: policies.Document) -> policies.Document:
    """Return the document with what it includes taken in.

    Raises: KeyError for an included policy that is not built in.
    """
    if not document.include:
        return document
    return policies.merge(document, {name: built_in(name) for name in document.include})


@functools.cache
def built_in(name: str) -> policies.Document:
    """Return a built-in policy, self-contained.

    Raises: KeyError for a name that is not one of `BUILT_IN`.
    """
    if name not in BUILT_IN:
        raise KeyError(name)
    document, complaints = read((HERE / f"{name}.yaml").read_text("utf-8"), file=f"{name}.yaml")
    if document is None:
        raise ValueError("; ".join(map(str, complaints)))
    return whole(document)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value


def _line_of(data: Any, loc: tuple[int | str, ...]) -> int:
    """Return the line of the innermost part of the place that the file itself holds."""
    line = 1
    for part in loc:
        try:
            mark = getattr(data, "lc")  # noqa: B009  ruamel keeps lines there, untyped
            place = mark.key(part) if isinstance(data, dict) else mark.item(part)
            line = place[0] + 1
            data = data[part]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return line


def _complaint(file: str, line: int, column: str | None, found: str, want: str) -> Complaint:
    return Complaint(file=file, line=line, column=column, found=found, want=want, severity="note")
