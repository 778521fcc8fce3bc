"""What a file looks like before anything is decided: columns, examples, proposals, questions.

For a screen on which somebody picks what the columns mean. Nothing is refused here that can be
asked: what `open_source` would refuse (an order of dates nothing proves, a column missing) is a
question or a gap, with an example from the file. Front door: `outline`; `cells_at` brings the
lines that were complained about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from dunwell.core.errors import Refused
from dunwell.intake import amounts, codes, dates, evidence, kinds, values
from dunwell.intake.files import Line, Table, Wanted, open_table
from dunwell.intake.kinds import Field, Kind
from dunwell.intake.layout import Layout
from dunwell.intake.mapping import Mapping
from dunwell.intake.synonyms import SYNONYMS

HEAD = 2_000
HEADINGS_WITHIN = 30
EXAMPLES = 3
WORDS_MAX = 12
_DECIMALS = (("point", "."), ("comma", ","))
_FREE = frozenset("code text lines rate date amount named_amounts yes_no".split())


class Column(NamedTuple):
    """One column of the file: what stands in it, and the field it is taken or proposed as."""

    at: int
    heading: str
    examples: tuple[str, ...]
    field: str
    is_proposed: bool
    is_double: bool
    misfit: str


class Question(NamedTuple):
    """How a column is written: what the file proves of it, else what must be chosen.

    `choices` are (value, what it makes of the example).
    """

    field: str
    heading: str
    found: str
    example: str
    choices: tuple[tuple[str, str], ...]
    chosen: str
    is_open: bool


class Words(NamedTuple):
    """Words of a column that are none of ours, each with what it was said to mean."""

    field: str
    heading: str
    foreign: tuple[tuple[str, str], ...]
    ours: tuple[str, ...]


class Outline(NamedTuple):
    """A file read as a kind, as far as it can be told."""

    kind: str
    heading_line: int
    columns: tuple[Column, ...]
    dates: tuple[Question, ...]
    amounts: Question | None
    words: tuple[Words, ...]
    missing: tuple[str, ...]
    guesses: tuple[str, ...]
    sheets: tuple[str, ...]
    delimiter: str
    encoding: str
    has_negative: bool
    rows: int

    @property
    def open_questions(self) -> list[Question]:
        """Return what must be chosen before the file can be read."""
        asked = [*self.dates, *([self.amounts] if self.amounts else [])]
        return [q for q in asked if q.is_open and not q.chosen]


Head = Sequence[tuple[int, Sequence[str]]]


def outline(path: Path, kind: str = "", mapping: Mapping | None = None) -> Outline:
    """Look at a file as a kind; without one, as the kind its headings fit best.

    Raises: Refused when it is no list at all.
    """
    mapping = mapping or Mapping()
    named = kinds.ALL.get(kind)
    table, heading, found = _opened(path, named, mapping)
    head = tuple(
        (line.line, line.cells)
        for line in islice((x for x in table.lines() if x.line > heading.line), HEAD)
        if line.fault is None
    )
    at, proposed = _picked(found, heading.cells, mapping)
    misfits = _misfits(found, at, head, mapping)
    for field, (_, is_most) in misfits.items():
        if field in proposed and is_most:  # as `Source` takes such proposals back
            at = {f: i for f, i in at.items() if f != field}
    laid = Layout(at, tuple(heading.cells), frozenset(proposed & at.keys()))
    return Outline(
        kind=found.name,
        heading_line=heading.line,
        columns=_columns(laid, head, {f: said for f, (said, _) in misfits.items()}),
        dates=tuple(_date_questions(found, laid, head, mapping, path.name)),
        amounts=_amount_question(found, laid, head, mapping, path.name),
        words=tuple(_words(found, laid, head, mapping)),
        missing=tuple(f for f in found.required if f not in at and f not in mapping.constants),
        guesses=table.guesses,
        sheets=tuple(getattr(table, "sheets", ())),
        delimiter=str(getattr(table, "delimiter", "")),
        encoding=str(getattr(table, "encoding", "")),
        has_negative=_has_negative(laid, head),
        rows=len(head),
    )


def cells_at(
    path: Path, kind: str, mapping: Mapping, wanted: Iterable[int]
) -> tuple[tuple[str, ...], dict[int, tuple[str, ...]], dict[str, int]]:
    """Return the headings, the cells of some lines, and where each column named stands.

    A complaint names a column by its heading and our name; both are found.
    Raises: Refused when the file can no longer be read.
    """
    table, heading, found = _opened(path, kinds.ALL[kind], mapping)
    at, proposed = _picked(found, heading.cells, mapping)
    laid = Layout(at, tuple(heading.cells), frozenset(proposed))
    places = {name: i for f, i in at.items() for name in (f, laid.column(f))}
    left = set(wanted)
    out: dict[int, tuple[str, ...]] = {}
    for line in table.lines() if left else ():
        if line.line in left:
            out[line.line] = tuple(cell[:200] for cell in line.cells)
            left.discard(line.line)
            if not left:
                break
    return tuple(heading.cells), out, places


def _opened(path: Path, kind: Kind | None, mapping: Mapping) -> tuple[Table, Line, Kind]:
    """Open the table and find its headings; where the kind is not said, find that too."""
    tried = [kind] if kind else list(kinds.ALL.values())

    def score(cells: Sequence[str]) -> int:
        return max(_fit(k, cells, mapping)[1] for k in tried)

    wanted = Wanted(mapping.encoding, mapping.delimiter, mapping.sheet)
    table = open_table(path, wanted, scored=score)
    best: tuple[tuple[bool, int], Line, Kind] | None = None
    for line in islice(table.lines(), HEADINGS_WITHIN if not mapping.heading_line else None):
        if line.fault is not None or line.line < mapping.heading_line:
            continue
        for k in tried:
            fits = _fit(k, line.cells, mapping)
            if best is None or fits > best[0]:
                best = fits, line, k
        if mapping.heading_line or (kind and best and best[0][0]):
            break
    if best is None:
        raise Refused("empty_file", f"{path.name} has no headings; export it again")
    return table, best[1], best[2]


def _fit(kind: Kind, cells: Sequence[str], mapping: Mapping) -> tuple[bool, int]:
    at, _ = _picked(kind, cells, mapping)
    missing = [f for f in kind.required if f not in at and f not in mapping.constants]
    return bool(at) and not missing, len(at)


def _picked(
    kind: Kind, headings: Sequence[str], mapping: Mapping
) -> tuple[dict[str, int], set[str]]:
    """Return where each field stands, and which of those are only proposed."""
    plain = [values.same(h) for h in headings]
    often = Counter(plain)
    free = {
        h: i for i, h in enumerate(plain) if h and often[h] == 1 and h not in mapping.ignore_columns
    }
    at: dict[str, int] = {}
    for field, heading in mapping.columns.items():
        place = free.pop(values.same(heading), None)
        if place is not None and field in kind.columns:
            at[field] = place
    proposed: set[str] = set()
    rest = [f for f in kind.columns if f not in at and f not in mapping.constants]
    for field in rest:
        if (place := free.pop(values.same(field), None)) is not None:
            at[field] = place
    for field in [f for f in rest if f not in at]:
        known = SYNONYMS.get((kind.name, field)) or SYNONYMS.get(("", field), frozenset())
        fits = [h for h in free if h in known]
        if len(fits) == 1:
            at[field] = free.pop(fits[0])
            proposed.add(field)
    return at, proposed


def _columns(laid: Layout, head: Head, misfits: dict[str, str]) -> tuple[Column, ...]:
    fields = {i: f for f, i in laid.at.items()}
    often = Counter(values.same(h) for h in laid.headings)
    out = []
    for i, heading in enumerate(laid.headings):
        examples = tuple(islice(dict.fromkeys(_cells(head, i)), EXAMPLES))
        if not heading and not examples:
            continue
        field = fields.get(i, "")
        out.append(
            Column(
                i, heading, tuple(e[:40] for e in examples), field, field in laid.proposed,
                bool(heading) and often[values.same(heading)] > 1, misfits.get(field, ""),
            )
        )  # fmt: skip
    return tuple(out)


def _cells(head: Head, at: int) -> Iterable[str]:
    return (cells[at] for _, cells in head if at < len(cells) and cells[at])


def _fields(kind: Kind, laid: Layout, shapes: Callable[[str], bool]) -> list[tuple[Field, int]]:
    return [(f, laid.at[f.name]) for f in kind.fields if f.name in laid.at and shapes(f.shape)]


def _misfits(
    kind: Kind, at: dict[str, int], head: Head, mapping: Mapping
) -> dict[str, tuple[str, bool]]:
    """Return columns with cells that cannot be read as what they are taken for.

    Each with a sentence, and whether that is so for most of them.
    """
    out = {}
    laid = Layout(at, ())
    for field, i in _fields(kind, laid, lambda s: s not in _FREE and s not in codes.WORDS):
        read, known = values.reader(field.shape, field.limit), mapping.values.get(field.name, {})
        cells = [known.get(values.same(c), c) for c in _cells(head, i)]
        wrong = [c for c in cells if not values.fits(read, c)]
        if wrong:
            said = (
                f"{len(wrong):,} of the first {len(cells):,} cells cannot be read so, such as "
                f"{wrong[0]!r}"
            )
            out[field.name] = said[:160], 2 * len(wrong) > len(cells)
    return out


def _date_questions(
    kind: Kind, laid: Layout, head: Head, mapping: Mapping, file: str
) -> Iterable[Question]:
    for field, i in _fields(kind, laid, lambda s: s == "date"):
        cells = [c for c in _cells(head, i) if type(c) is not values.Exact]
        chosen = mapping.dates.get(field.name) or mapping.dates.get("", "")
        free = Mapping(columns=mapping.columns)
        try:
            way, found = evidence.dates_of(field.name, laid, head, free, file=file)
            wrong = [c for c in cells if not values.fits(way.read, c)]
            is_open = 2 * len(wrong) > len(cells)
        except Refused:
            found, is_open, wrong = "", True, cells
        example = next(filter(_is_either, cells), next(iter(wrong or cells), ""))
        choices = tuple(_date_choices(example))
        heading = laid.headings[i]
        if choices or found:
            yield Question(
                field.name, heading, found, example, choices, chosen, is_open and bool(choices)
            )


def _is_either(text: str) -> bool:
    parts = dates.parts_of(text)
    return parts is not None and dates.is_either(parts)


_TIGHT = {8: ("YYYYMMDD", "DDMMYYYY", "MMDDYYYY"), 6: ("YYMMDD", "DDMMYY", "MMDDYY")}


def _date_choices(example: str) -> Iterable[tuple[str, str]]:
    """Yield the ways in which a date can be read, each with the day it then is."""
    mark = next((c for c in "./-" if c in example), "")
    digits = len(example) if example.isdecimal() else 0
    styles: tuple[str, ...] = _TIGHT.get(digits, ())
    if mark:
        year = "YYYY" if len(example.rpartition(mark)[2].split(" ")[0]) == 4 else "YY"
        month = "MMM" if any(c.isalpha() for c in example) else "MM"
        styles = (f"DD{mark}{month}{mark}{year}", f"{month}{mark}DD{mark}{year}")
    for style in styles:
        try:
            day = dates.date_format(style)(example)
        except (values.Bad, ValueError):
            continue
        if day is not None:
            yield style, f"{day.day} {day:%B %Y}"
    if digits == 5:
        yield "serial", "days counted from 1900, as spreadsheets do"


def _amount_question(
    kind: Kind, laid: Layout, head: Head, mapping: Mapping, file: str
) -> Question | None:
    said, example, heading, is_open = [], "", "", False
    for field, i in _fields(kind, laid, lambda s: s == "amount"):
        try:
            _, found = evidence.amounts_of(
                field.name, laid, head, Mapping(), file=file, is_fine=_is_fine(laid, mapping)
            )
        except Refused:
            is_open = True
            found = ""
            texts = [c for c in _cells(head, i) if type(c) is not values.Exact]
            unsure = next((t for t in texts if _mark_of(t) == "?"), next(iter(texts), ""))
            example, heading = example or unsure, heading or laid.headings[i]
        if found:
            said.append(found)
    if not said and not is_open and not mapping.decimal:
        return None
    chosen = next((word for word, mark in _DECIMALS if mark == mapping.decimal), "")
    choices = tuple((word, _as_number(example, mark)) for word, mark in _DECIMALS)
    return Question("amount", heading, "; ".join(said), example, choices, chosen, is_open)


def _is_fine(laid: Layout, mapping: Mapping) -> Callable[[Sequence[str]], bool]:
    at = laid.at.get("currency")

    def is_fine(cells: Sequence[str]) -> bool:
        said = cells[at] if at is not None and at < len(cells) else ""
        said = said or mapping.constants.get("currency", "")
        return amounts.EXPONENTS.get(said.upper()) == 3

    return is_fine


def _mark_of(text: str) -> str:
    try:
        return amounts.decimal_of(amounts.written(text).digits)
    except values.Bad:
        return "!"


def _as_number(text: str, mark: str) -> str:
    """Show what an amount is with a decimal mark.

    >>> _as_number("1,234", "."), _as_number("1,234", ",")
    ('1,234', '1.234')
    """
    try:
        digits = amounts.written(text).digits
    except values.Bad:
        return ""
    whole, _, cents = digits.partition(mark)
    plain = "".join(c for c in whole if c.isdecimal())
    cents = "".join(c for c in cents if c.isdecimal())
    return (f"{int(plain or 0):,}" + (f".{cents}" if cents else "")) if plain or cents else ""


def _words(kind: Kind, laid: Layout, head: Head, mapping: Mapping) -> Iterable[Words]:
    for field, i in _fields(kind, laid, lambda s: s in codes.WORDS or s == "yes_no"):
        if field.shape == "yes_no":
            read: values.Read = values.yes_no(mapping.yes, mapping.no)
            ours: tuple[str, ...] = ("yes", "no")
        else:
            read = values.words(codes.WORDS[field.shape])
            ours = tuple(dict.fromkeys(codes.WORDS[field.shape].values()))
        known = mapping.values.get(field.name, {})
        foreign = dict.fromkeys(c for c in _cells(head, i) if not values.fits(read, c))
        if foreign:
            said = tuple((w, known.get(values.same(w), "")) for w in islice(foreign, WORDS_MAX))
            yield Words(field.name, laid.headings[i], said, ours)


def _has_negative(laid: Layout, head: Head) -> bool:
    at: Any = laid.at.get("amount")
    return at is not None and any(_is_negative(c) for c in _cells(head, at))


def _is_negative(text: str) -> bool:
    try:
        return amounts.written(text).is_negative
    except values.Bad:
        return False
