"""The mapping file: what a user says about a foreign file, so that nothing need be guessed.

YAML 1.2 over a closed list of keys (`KEYS`). Every scalar is taken as it is written, so that
`0012` stays 0012 and `no` stays no. All that is wrong is said at once, each with its line.
Origin: DATA.md 3.4; docs/guides/import.md.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import ruamel.yaml
import ruamel.yaml.error
import ruamel.yaml.nodes

from dunwell.core.errors import Refused
from dunwell.intake import codes, kinds
from dunwell.intake.dates import date_format
from dunwell.intake.values import same

_BYTES_MAX = 200_000
_MARKS = {"point": ".", "comma": ",", ".": ".", ",": ","}
_THOUSANDS = {"point": ".", "comma": ",", "blank": " ", "apostrophe": "'", "none": "",
              ".": ".", ",": ",", " ": " ", "'": "'", "": ""}  # fmt: skip
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|",
               ",": ",", ";": ";", "\t": "\t", "|": "|"}  # fmt: skip
ENCODINGS = frozenset(
    """utf-8 utf-16 utf-16-le utf-16-be utf-32 ascii cp1250 cp1251 cp1252 cp1253 cp1254 cp1255
    cp1256 cp1257 cp1258 cp437 cp850 cp852 cp858 cp866 cp874 cp932 cp949 cp950 iso8859-1 iso8859-2
    iso8859-3 iso8859-4 iso8859-5 iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-13 iso8859-14
    iso8859-15 iso8859-16 koi8-r koi8-u mac-roman mac-latin2 shift_jis euc_jp euc_kr gb18030 gbk
    big5""".split()
)
FIELDS = frozenset(f.name for kind in kinds.ALL.values() for f in kind.fields)
_DATES = frozenset(
    f.name for kind in kinds.ALL.values() for f in kind.fields if f.shape == "date"
)  # fmt: skip


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """What a mapping file says. `where` holds the line each key stands in, for complaints.

    `dates` has the style by field, "" for all of them; `values` our word by field and foreign
    word (as `same` writes it); `negative` the kind a negative amount stands for.
    """

    file: str = ""
    kind: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    heading_line: int = 0
    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    dates: dict[str, str] = {}
    decimal: str = ""
    thousands: str | None = None
    values: dict[str, dict[str, str]] = {}
    yes: frozenset[str] = codes.YES
    no: frozenset[str] = codes.NO
    negative: str = ""
    is_reversed: str = ""
    ignore_columns: frozenset[str] = frozenset()
    ignore_rows: frozenset[str] = frozenset()
    where: dict[str, int] = {}

    def place(self, key: str) -> str:
        """Return file:line of a key, for a sentence about it."""
        line = self.where.get(key)
        return f"{self.file}:{line} {key}" if line else f"{self.file} {key}"


class _Problems:
    """Gathers what is wrong, each with its line."""

    def __init__(self, file: str) -> None:
        self.file, self.said = file, list[str]()

    def add(self, node: Any, key: str, want: str) -> None:
        found = node.value if isinstance(node, ruamel.yaml.nodes.ScalarNode) else "something else"
        line = node.start_mark.line + 1
        self.said.append(f"{self.file}:{line} {key}: found {str(found)[:60]!r}; want {want}")

    def stop_if_any(self) -> None:
        if self.said:
            raise Refused("wrong_mapping", "\n".join(self.said))


def load_mapping(path: Path | str) -> Mapping:
    """Read a mapping file.

    Raises: Refused with every line that is wrong and what would do.
    """
    path = Path(path)
    problems = _Problems(path.name)
    root = _compose(path)
    if root is None:
        return Mapping(file=path.name)
    said: dict[str, Any] = {"file": path.name}
    where: dict[str, int] = {}
    for key, node, value in _pairs(root, "the mapping", problems):
        read = KEYS.get(key)
        if read is None:
            problems.add(node, key, f"one of {', '.join(KEYS)}")
            continue
        where[key] = node.start_mark.line + 1
        to, found = read(value, key, problems)
        if found is not None:
            said[to] = found
        for name, inner, _ in _pairs(value, key, None):
            where[f"{key}.{name}"] = inner.start_mark.line + 1
    problems.stop_if_any()
    return Mapping(**said, where=where)


def write_mapping(said: dict[str, Any], path: Path) -> None:
    """Write what was said about a file, key by key, as a mapping file."""
    out = io.StringIO()
    writer = ruamel.yaml.YAML()
    writer.width = 1_000_000  # a long heading stays on its line
    writer.dump(said, out)
    path.write_text(out.getvalue(), "utf-8")


def plain_mapping(path: Path) -> dict[str, Any]:
    """Return what a mapping file says, key by key, each scalar as it is written.

    Raises: Refused as `load_mapping` does.
    """
    load_mapping(path)
    return _plain_of(_compose(path)) or {}


def _plain_of(node: Any) -> Any:
    if isinstance(node, ruamel.yaml.nodes.MappingNode):
        return {key.value: _plain_of(value) for key, value in node.value}
    if isinstance(node, ruamel.yaml.nodes.SequenceNode):
        return [_plain_of(each) for each in node.value]
    return None if node is None else str(node.value)


def _compose(path: Path) -> Any:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Refused("unreadable", f"{path.name}: {error.strerror or error}") from None
    if len(data) > _BYTES_MAX:
        raise Refused("wrong_mapping", f"{path.name}: a mapping is a page, not {len(data):,} bytes")
    try:
        text = data.decode("utf-8-sig")
        return ruamel.yaml.YAML().compose(text)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Refused("wrong_mapping", f"{path.name}:{line}: save the mapping as UTF-8") from None
    except ruamel.yaml.error.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = error.problem or error.context or "not YAML"
        raise Refused("wrong_mapping", f"{path.name}:{line}: not YAML: {what}") from None
    except (ruamel.yaml.error.YAMLError, RecursionError, ValueError) as error:
        what = str(error).splitlines()[0] if str(error) else "nested too deeply"
        raise Refused("wrong_mapping", f"{path.name}: not YAML: {what}") from None


def _pairs(
    node: Any, key: str, problems: _Problems | None
) -> Iterator[tuple[str, ruamel.yaml.nodes.ScalarNode, Any]]:
    """Yield (key, its node, value node) of a YAML mapping, each key once."""
    if not isinstance(node, ruamel.yaml.nodes.MappingNode):
        if problems is not None:
            problems.add(node, key, "keys and values, such as `columns: {number: Belegnr}`")
        return
    seen = set[str]()
    for name, value in node.value:
        if not isinstance(name, ruamel.yaml.nodes.ScalarNode):
            if problems is not None:
                problems.add(name, key, "a plain key")
            continue
        if name.value in seen and problems is not None:
            problems.add(name, key, "each key once")
            continue
        seen.add(name.value)
        yield name.value, name, value


def _text(node: Any, key: str, problems: _Problems) -> str | None:
    if isinstance(node, ruamel.yaml.nodes.ScalarNode):
        return str(node.value)
    problems.add(node, key, "one value")
    return None


_Read = Callable[[Any, str, _Problems], tuple[str, Any]]


def _choice(to: str, known: dict[str, str]) -> _Read:
    def read(node: Any, key: str, problems: _Problems) -> tuple[str, Any]:
        text = _text(node, key, problems)
        if text is not None and text not in known:
            problems.add(node, key, f"one of {', '.join(k for k in known if k.strip())}")
            text = None
        return to, None if text is None else known[text]

    return read


def _plain(to: str) -> _Read:
    return lambda node, key, problems: (to, _text(node, key, problems))


def _encoding(node: Any, key: str, problems: _Problems) -> tuple[str, Any]:
    text = _text(node, key, problems)
    if text is None:
        return "encoding", None
    try:
        found = codecs.lookup(text.strip()).name
    except (LookupError, ValueError):
        found = ""
    if found not in ENCODINGS and found != "utf-8-sig":
        problems.add(node, key, "an encoding such as utf-8, windows-1252, iso-8859-1 or utf-16")
        return "encoding", None
    return "encoding", found


def _number(to: str, *, plus: int) -> _Read:
    def read(node: Any, key: str, problems: _Problems) -> tuple[str, Any]:
        text = _text(node, key, problems) or ""
        if text.isascii() and text.isdecimal() and 0 < int(text[:9]) + plus <= 10_000:
            return to, int(text) + plus
        problems.add(node, key, "a number of lines")
        return to, None

    return read


def _by_field(to: str, *, fields: frozenset[str] = FIELDS) -> _Read:
    def read(node: Any, key: str, problems: _Problems) -> tuple[str, Any]:
        found = {}
        for name, at, value in _pairs(node, key, problems):
            if name not in fields:
                problems.add(at, key, f"a column of ours: {', '.join(sorted(fields))}")
            elif (text := _text(value, f"{key}.{name}", problems)) is not None:
                if text.strip():
                    found[name] = text
                else:
                    problems.add(value, f"{key}.{name}", "something; leave the line out if nothing")
        return to, found

    return read


def _dates(node: Any, key: str, problems: _Problems) -> tuple[str, Any]:
    if isinstance(node, ruamel.yaml.nodes.ScalarNode):
        found = {"": str(node.value)}
        nodes = {"": node}
    else:
        _, found = _by_field("dates", fields=_DATES)(node, key, problems)
        nodes = {name: value for name, _, value in _pairs(node, key, None)}
    for name, style in found.items():
        try:
            if style != "serial":
                date_format(style)
        except ValueError:
            problems.add(nodes[name], key, "one year, month and day, such as DD.MM.YYYY, M/D/YYYY, "
                         "YYYYMMDD or D-MMM-YY; or serial")  # fmt: skip
    return "dates", found


def _values(node: Any, key: str, problems: _Problems) -> tuple[str, Any]:
    found: dict[str, dict[str, str]] = {}
    for field, at, words in _pairs(node, key, problems):
        if field not in FIELDS:
            problems.add(at, key, f"a column of ours: {', '.join(sorted(FIELDS))}")
            continue
        found[field] = {}
        for foreign, _, ours in _pairs(words, f"{key}.{field}", problems):
            text = _text(ours, f"{key}.{field}.{foreign}", problems)
            if text is not None:
                found[field][same(foreign)] = text
    return "values", found


def _list(to: str) -> _Read:
    def read(node: Any, key: str, problems: _Problems) -> tuple[str, Any]:
        if isinstance(node, ruamel.yaml.nodes.ScalarNode):
            return to, frozenset({same(node.value)})
        if not isinstance(node, ruamel.yaml.nodes.SequenceNode):
            problems.add(node, key, "a list such as [Total, Summe]")
            return to, None
        texts = [_text(each, key, problems) for each in node.value]
        return to, frozenset(same(t) for t in texts if t)

    return read


KEYS: dict[str, _Read] = {
    "kind": _choice("kind", {k: k for k in kinds.KINDS}),
    "encoding": _encoding,
    "delimiter": _choice("delimiter", _DELIMITERS),
    "sheet": _plain("sheet"),
    "heading_line": _number("heading_line", plus=0),
    "skip_lines": _number("heading_line", plus=1),
    "columns": _by_field("columns"),
    "ignore_columns": _list("ignore_columns"),
    "ignore_rows": _list("ignore_rows"),
    "constants": _by_field("constants"),
    "dates": _dates,
    "decimal": _choice("decimal", _MARKS),
    "thousands": _choice("thousands", _THOUSANDS),
    "values": _values,
    "yes": _list("yes"),
    "no": _list("no"),
    "negative": _choice("negative", {"credit_note": "credit_note", "reversal": "reversal"}),
    "sign": _choice("is_reversed", {"plain": "", "reversed": "yes"}),
}
