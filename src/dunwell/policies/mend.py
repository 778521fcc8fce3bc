"""Change one value in the text of a policy, and nothing else of it.

Comments, order and layout are the writer's own: only the characters of the value are replaced,
or one field is put beside its neighbours. What that comes to is read back and compared; where
the text is written in a way that this cannot do safely, the whole document is written anew by
ruamel, which keeps the comments (docs/guides/write-a-policy.md).
"""

from __future__ import annotations

import copy
import difflib
import io
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import ruamel.yaml
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import LiteralScalarString

Place = Sequence[int | str]
Value = int | Decimal | str | None
_SCALAR = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^\s,}\]#]+""")


class Line(NamedTuple):
    """One line that is otherwise: its number in the newer text, what it was and what it is."""

    number: int
    was: str
    now: str


class Unmendable(ValueError):
    """The text cannot be read, or has no such place."""


def mend(text: str, place: Place, value: Value) -> str:
    r"""Return the text with another value at a place; the mapping that holds it is made if need be.

    Raises: Unmendable for a text that is no YAML, or a place whose list or step is not there.

    >>> print(mend("a: 1  # why\nb: {c: 2, d: [3]}\n", ("b", "c"), 5), end="")
    a: 1  # why
    b: {c: 5, d: [3]}
    """
    data = _load(text)
    wanted = _with(data, place, value)
    for made in (_replaced(text, data, place, value), _beside(text, data, place, value)):
        if made is not None and _reads(made) == _plain(wanted):
            return made
    return _anew(wanted)


def lines(before: str, after: str) -> list[Line]:
    r"""Return the lines that are otherwise, paired where one stands for another.

    >>> lines("a: 1\nb: 2\n", "a: 1\nb: 3\nc: 4\n")
    [Line(number=2, was='b: 2', now='b: 3'), Line(number=3, was='', now='c: 4')]
    """
    old, new = before.splitlines(), after.splitlines()
    found = []
    pairs = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, i1, i2, j1, j2 in pairs.get_opcodes():
        if tag == "equal":
            continue
        for k in range(max(i2 - i1, j2 - j1)):
            was = old[i1 + k] if i1 + k < i2 else ""
            now = new[j1 + k] if j1 + k < j2 else ""
            found.append(Line(min(j1 + k, max(j2 - 1, j1)) + 1, was.strip(), now.strip()))
    return found


def named(text: str, name: str) -> str:
    """Return the text as that of a policy of another name.

    Raises: Unmendable for a text that is no policy.
    """
    return mend(text, ("policy",), name)


def worded(text: str, name: str, language: str, words: str | None) -> str:
    """Return the text of a policy with another own text of a message; None takes it out.

    All own texts are written as blocks of lines; nothing else of the policy changes.
    Raises: Unmendable for a text that is no policy.
    """
    data = _load(text)
    wanted = copy.deepcopy(data)
    own = wanted.get("texts") or CommentedMap()
    wanted["texts"] = own
    if words is None:
        own.get(name, {}).pop(language, None)
    else:
        own.setdefault(name, CommentedMap())[language] = LiteralScalarString(words)
    if not own.get(name, True):
        del own[name]
    if not own:
        del wanted["texts"]
    made = _section(text, data, wanted)
    return made if _reads(made) == _plain(wanted) else _anew(wanted)


def _section(text: str, data: Any, wanted: Any) -> str:
    """Put the own texts where they stood, else at the end."""
    said = _anew(CommentedMap(texts=wanted["texts"])) if "texts" in wanted else ""
    rows = text.splitlines(keepends=True)
    if rows and not rows[-1].endswith("\n"):
        rows[-1] += "\n"
    first = last = len(rows)
    if "texts" in data:
        first = data.lc.key("texts")[0]
        last = min((data.lc.key(k)[0] for k in data if data.lc.key(k)[0] > first), default=last)
    return "".join([*rows[:first], said, *rows[last:]])


def _yaml() -> Any:
    yaml = ruamel.yaml.YAML(typ="rt", pure=True)
    yaml.preserve_quotes, yaml.width = True, 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _load(text: str) -> Any:
    try:
        data = _yaml().load(io.StringIO(text))
    except YAMLError:
        raise Unmendable("the text is not YAML") from None
    if not isinstance(data, CommentedMap):
        raise Unmendable("the text is no policy document")
    return data


def _reads(text: str) -> Any:
    try:
        return _plain(_yaml().load(io.StringIO(text)))
    except YAMLError:
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value


def _with(data: Any, place: Place, value: Value) -> Any:
    """Return the data with the value at its place."""
    made = copy.deepcopy(data)
    at = made
    for part in place[:-1]:
        if isinstance(at, CommentedMap) and isinstance(part, str):
            if at.get(part) is None:
                at[part] = CommentedMap()
        elif not isinstance(at, list) or not isinstance(part, int) or part >= len(at):
            raise Unmendable("there is no such place in the text")
        at = at[part]
    if not isinstance(at, CommentedMap):
        raise Unmendable("there is no such place in the text")
    at[place[-1]] = float(value) if isinstance(value, Decimal) else value
    return made


def _token(value: Value) -> str:
    return "null" if value is None else str(value)


def _replaced(text: str, data: Any, place: Place, value: Value) -> str | None:
    """Replace the characters of a value that stands in the text."""
    at = _at(data, place[:-1])
    key = place[-1]
    if not isinstance(at, CommentedMap) or key not in at or isinstance(at[key], dict | list):
        return None
    line, column = at.lc.value(key)
    rows = text.splitlines(keepends=True)
    if line >= len(rows):
        return None
    found = _SCALAR.match(rows[line], column)
    if found is None:
        return None
    rows[line] = rows[line][:column] + _token(value) + rows[line][found.end() :]
    return "".join(rows)


def _beside(text: str, data: Any, place: Place, value: Value) -> str | None:
    """Put a field that is not there yet beside its neighbours."""
    *outer, key = place
    said = f"{key}: {_token(value)}"
    at = _at(data, outer)
    while at is None and outer:  # a mapping that is not there yet gets one field
        said = f"{outer[-1]}: {{{said}}}"
        outer = outer[:-1]
        at = _at(data, outer)
    if not isinstance(at, CommentedMap) or not len(at):
        return None
    rows = text.splitlines(keepends=True)
    anchor = _anchor(at)
    line, column = at.lc.key(anchor or next(iter(at)))
    if at.fa.flow_style() or anchor is None:
        tail = ", " if at.fa.flow_style() else "\n" + " " * column
        rows[line] = rows[line][:column] + said + tail + rows[line][column:]
        return "".join(rows)
    if not rows[line].endswith("\n"):
        rows[line] += "\n"
    rows.insert(line + 1, " " * column + said + "\n")
    return "".join(rows)


def _anchor(at: CommentedMap) -> str | None:
    """Return the field after which another is put: the last plain one before any list or part."""
    found = None
    for key, value in at.items():
        if isinstance(value, dict | list):
            break
        found = key
    return found


def _at(data: Any, place: Place) -> Any:
    for part in place:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _anew(data: Any) -> str:
    out = io.StringIO()
    _yaml().dump(data, out)
    return out.getvalue()
