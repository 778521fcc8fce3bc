"""The built-in policies, their templates and law rows, as data files.

Knows: how a policy file is read and written (YAML 1.2), where in it a thing stands, and where
the built-in ones lie. Rules about what a policy means live in `core.policy`.
"""

from __future__ import annotations

import difflib
import functools
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pydantic
import ruamel.yaml
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarstring import LiteralScalarString

from dunwell.core import policy as policies
from dunwell.core.complaints import Complaint

HERE = Path(__file__).parent
BUILT_IN = ("classic", "net30", "aging", "key-account", "high-risk")
SCHEMA = HERE / "policy.schema.json"
AMOUNTS = frozenset({"minimum", "annual_revenue_over", "small_balance", "write_off_manager_max"})


class Source(NamedTuple):
    """A policy as it was read: the document, or located complaints, and the lines it stands on.

    `spots` are the complaints' lines and columns, counted from 1 as editors do.
    """

    file: str
    data: Any
    document: policies.Document | None
    complaints: list[Complaint]
    spots: tuple[tuple[int, int], ...] = ()

    def line(self, place: Sequence[int | str]) -> int:
        """Return the line a place in the document stands on."""
        return line_of(self.data, place)

    def spot(self, place: Sequence[int | str]) -> tuple[int, int]:
        """Return the line and the column at which a place in the document stands."""
        return spot_of(self.data, place)


def read(text: str, *, file: str) -> tuple[policies.Document | None, list[Complaint]]:
    """Return the policy a YAML text holds, or located complaints about it."""
    source = load(text, file=file)
    return source.document, source.complaints


def load(text: str, *, file: str) -> Source:
    """Return the policy a YAML text holds together with the lines everything stands on."""
    yaml = ruamel.yaml.YAML(typ="rt", pure=True)
    try:
        data = yaml.load(io.StringIO(text))
    except RecursionError:
        wrong = _complaint(file, 1, None, "more levels than a policy has", "a policy document")
        return Source(file, None, None, [wrong], ((1, 1),))
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        problem = str(getattr(error, "problem", None) or error)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        wrong = _complaint(file, line, None, problem, "YAML 1.2, indented evenly")
        return Source(file, None, None, [wrong], ((line, column),))
    if not isinstance(data, dict):
        found = "nothing" if data is None else f"a {type(data).__name__}"
        wrong = _complaint(file, 1, None, found, "a policy document")
        return Source(file, None, None, [wrong], ((1, 1),))
    try:
        return Source(file, data, policies.parse(_plain(data)), [])
    except pydantic.ValidationError as error:
        errors = error.errors()
        spots = tuple(spot_of(data, _place(e)) for e in errors)
        return Source(file, data, None, [_located(file, data, e) for e in errors], spots)


def schema_text() -> str:
    """Return the JSON Schema of a policy as text: what `SCHEMA` must hold."""
    return json.dumps(policies.schema(), indent=1, ensure_ascii=False) + "\n"


def text_of(document: policies.Document) -> str:
    """Return a policy as YAML that reads back as the same document; defaults are left out."""
    out = io.StringIO()
    yaml = ruamel.yaml.YAML(typ="rt", pure=True)
    yaml.width, yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(_numbers(document.model_dump(mode="json", exclude_defaults=True)), out)
    return out.getvalue()


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
    document, complaints = read(built_in_text(name), file=f"{name}.yaml")
    assert document is not None, complaints
    return whole(document)


def built_in_text(name: str) -> str:
    """Return a built-in policy as its file says it, with its comments.

    Raises: KeyError for a name that is not one of `BUILT_IN`.
    """
    if name not in BUILT_IN:
        raise KeyError(name)
    return (HERE / f"{name}.yaml").read_text("utf-8")


def line_of(data: Any, place: Sequence[int | str]) -> int:
    """Return the line of the innermost part of the place that the file itself holds."""
    return spot_of(data, place)[0]


def spot_of(data: Any, place: Sequence[int | str]) -> tuple[int, int]:
    """Return the line and column of the innermost part of the place that the file holds."""
    line, column = 1, 1
    for part in place:
        try:
            mark = getattr(data, "lc")  # noqa: B009  ruamel keeps lines there, untyped
            found = mark.key(part) if isinstance(data, dict) else mark.item(part)
            line, column = found[0] + 1, found[1] + 1
            data = data[part]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return line, column


def place_text(place: Sequence[int | str]) -> str:
    """Write a place in a document as people read it.

    >>> place_text(("cadences", "classic", "steps", 4, "approve"))
    'cadences.classic.steps[4].approve'
    """
    out = ""
    for part in place:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else part
    return out


def _located(file: str, data: Any, error: Any) -> Complaint:
    """Turn one of pydantic's errors into a complaint: its line, what is there, what would do."""
    context = error.get("ctx", {})
    place = _place(error)
    found = str(context.get("found", error.get("input", "")))[:80]
    want = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    if error["type"] == "string_pattern_mismatch":
        want = f"text of the form {context['pattern']}"
    elif error["type"] == "missing":
        found, want = "nothing", f"{place[-1]}, which must be given"
    elif error["type"] == "extra_forbidden":
        fields = _fields_at(policies.schema(), place[:-1])
        near = difflib.get_close_matches(str(place[-1]), fields, n=1)
        found = str(place[-1])
        want = f"{near[0]}, perhaps" if near else f"one of {', '.join(fields)}"
    return _complaint(file, line_of(data, place), place_text(place) or None, found, want)


def _place(error: Any) -> tuple[int | str, ...]:
    """Return where one of pydantic's errors is."""
    return (*error["loc"], *error.get("ctx", {}).get("at", ()))


def _fields_at(schema: dict[str, Any], place: Sequence[int | str]) -> list[str]:
    """Return the fields a part of the document may have, read from the schema."""
    at = schema
    for part in place:
        at = at.get("items", {}) if isinstance(part, int) else (
            at.get("properties", {}).get(part) or at.get("additionalProperties") or {}
        )  # fmt: skip
        at = next((x for x in at.get("anyOf", ()) if x.get("type") != "null"), at)
        if "$ref" in at:
            at = schema["$defs"][at["$ref"].rpartition("/")[2]]
    return sorted(at.get("properties", {}))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value


def _numbers(value: Any, key: str = "") -> Any:
    """Write whole amounts as numbers, others as text, so that no cent is lost; lines as lines."""
    if isinstance(value, dict):
        return {k: _numbers(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_numbers(v) for v in value]
    if isinstance(value, str) and "\n" in value:
        return LiteralScalarString(value)
    is_whole = key in AMOUNTS and isinstance(value, str) and value.isdecimal()
    return int(value) if is_whole and str(int(value)) == value else value


def _complaint(file: str, line: int, column: str | None, found: str, want: str) -> Complaint:
    return Complaint(file=file, line=line, column=column, found=found, want=want, severity="note")
