"""The front door: a file and what is known about it become batches of rows and complaints.

Opening decides everything that is decided once for the whole file, from its head, and says it
in `guesses`; reading streams. Nothing but `Refused` leaves this room for a bad file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from dunwell.core.complaints import Complaint
from dunwell.core.errors import Refused
from dunwell.intake import amounts, evidence, finish, kinds, layout, lines, values
from dunwell.intake.files import Line, Table, Wanted, open_table
from dunwell.intake.kinds import Kind
from dunwell.intake.mapping import Mapping

BATCH = 1_000
_HEAD = 2_000  # rows from which dates and amounts are decided
_HOPELESS = 100_000  # rows after which a file none of whose rows fits is given up
_SPARE = frozenset("language country time_zone grade role email phone consent".split())
_HEADINGS_WITHIN = 30  # lines in which the headings must stand


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """What the book knows and a file need not say.

    `currency` is the base currency, for rows that name none; `currency_of` that of each entity.
    """

    currency: str = "EUR"
    currency_of: dict[str, str] = {}


class Batch(NamedTuple):
    """Some rows of a file, in its order, and what was wrong with others."""

    rows: tuple[Any, ...]
    complaints: tuple[Complaint, ...]


class Source:
    """A file that can be read as a kind; see `open_source`."""

    def __init__(
        self, path: Path, kind: Kind, table: Table, mapping: Mapping, defaults: Defaults
    ) -> None:
        self.path, self.kind, self.sha256 = path, kind.name, table.sha256
        self._kind, self._table, self._mapping, self._defaults = kind, table, mapping, defaults
        self._heading = _heading(kind, table, mapping, file=path.name)
        self._layout = layout.find(kind, self._heading.cells, mapping, file=path.name)
        self._guesses = [*table.guesses]
        if self._heading.line > 1 and not mapping.heading_line:
            self._guesses.append(f"the headings stand in line {self._heading.line}")
        self._head = tuple(
            (line.line, line.cells) for line in islice(self._body(), _HEAD) if line.fault is None
        )
        self._drop_unfit()
        self._guesses += self._layout.guesses()
        bare = [i for i, h in enumerate(self._heading.cells) if not h]
        lost = sum(any(i < len(cells) and cells[i] for _, cells in self._head) for i in bare)
        if lost:
            self._guesses.append(f"columns without a heading are not used ({lost})")
        self._guesses += self._ways()[1]
        self._taken = self._taker()

    def _drop_unfit(self) -> None:
        """Take back proposals for columns a row can do without, where few of their cells fit.

        A column of codes such as NT30 may be called "payment terms"; it must not cost the rows.
        """
        has_due_on = "due_on" in self._layout.at
        for field in self._kind.fields:
            is_spare = field.shape in _SPARE or (field.name == "terms" and has_due_on)
            if field.name not in self._layout.proposed or not is_spare:
                continue
            at, read = self._layout.at[field.name], values.reader(field.shape, field.limit)
            cells = [cells[at] for _, cells in self._head if at < len(cells) and cells[at]]
            wrong = [cell for cell in cells if not values.fits(read, cell)]
            if 2 * len(wrong) > len(cells) and field.name not in self._mapping.values:
                self._guesses.append(
                    f"column {self._layout.headings[at]!r} is not taken as {field.name}: it holds "
                    f"others than ours, such as {wrong[0][:40]!r}; a mapping can say what they are"
                )
                self._layout = self._layout.without(field.name)

    @property
    def guesses(self) -> tuple[str, ...]:
        """Return everything that was guessed about the file, in sentences."""
        return tuple(self._guesses)

    def batches(self) -> Iterator[Batch]:
        """Yield the rows and complaints of the file, about a thousand lines at a time.

        Raises: Refused when the file can no longer be read.
        """
        taker = self._taker()
        found: list[Any] = []
        n = taken = 0
        for line in self._body(is_whole=self._is_whole):
            n += 1
            if line.fault is not None:
                taker.complain(line.line, None, line.fault.found, line.fault.want)
            elif (row := taker.take(line.line, line.cells)) is not None:
                found.append(row)
            if n % BATCH == 0:
                taken += len(found)
                if not taken and n >= _HOPELESS:
                    raise Refused("no_row_fits", _hopeless(n, taker.complaints))
                yield Batch(tuple(found), tuple(taker.complaints))
                found.clear()
                taker.complaints.clear()
        if n == 0:
            taker.complaints.append(self._no_rows())
        yield Batch(tuple(found), (*taker.complaints, *taker.notes()))

    def _no_rows(self) -> Complaint:
        return Complaint(
            file=self.path.name, line=self._heading.line, column=None,
            found="nothing below the headings", want="rows, if there are any", severity="note",
        )  # fmt: skip

    def _body(self, is_whole: Any = None) -> Iterator[Line]:
        for line in self._table.lines(is_whole=is_whole):
            if line.line > self._heading.line:
                yield line

    def _is_whole(self, cells: Sequence[str]) -> bool:
        """Tell whether cells that stand on several lines can be a row: breaks only in text."""
        if not self._taken.fits(cells):
            return False
        if [cell.strip() for cell in cells] == [*self._heading.cells]:
            return True
        shapes = {f.name: f.shape for f in self._kind.fields}
        return not any(
            "\n" in cells[at] or "\r" in cells[at]
            for field, at in self._layout.at.items()
            if shapes[field] not in ("text", "lines")
        )

    def _ways(self) -> tuple[lines.Ways, list[str]]:
        """Decide how dates and amounts are written; return that and the sentences about it."""
        dates, ways_of, said = {}, {}, []
        file, mapping = self.path.name, self._mapping
        for field in self._kind.fields:
            if field.shape == "date":
                dates[field.name], guess = evidence.dates_of(
                    field.name, self._layout, self._head, mapping, file=file
                )
            elif field.shape in ("amount", "rate"):
                is_fine = self._is_fine if field.shape == "amount" else (lambda _: True)
                ways_of[field.name], guess = evidence.amounts_of(
                    field.name, self._layout, self._head, mapping, file=file, is_fine=is_fine
                )
            else:
                continue
            if guess:
                said.append(guess)
        if "items" in self._layout.at and self._kind.name == "payments":
            ways_of["items"] = ways_of["amount"]
        known, base = self._layout.at.keys() | mapping.constants.keys(), self._defaults.currency
        if self._kind.name in ("items", "payments", "orders") and "currency" not in known:
            said.append(f"no column for the currency: amounts without one are in {base}")
        if self._kind.name == "rates" and "base" not in known:
            said.append(f"no column for the base: rates are into {base}")
        if self._kind.name == "items" and "kind" not in known:
            said.append("no column for the kind: rows are invoices (with a part: instalments)")
        ways = lines.Ways(dates, ways_of, self._defaults.currency, self._defaults.currency_of)
        return ways, said

    def _is_fine(self, cells: Sequence[str]) -> bool:
        """Tell whether the amounts of a row are of a currency with three decimals."""
        at = self._layout.at.get("currency", len(cells))
        said = cells[at] if at < len(cells) else self._mapping.constants.get("currency", "")
        return amounts.EXPONENTS.get((said or self._defaults.currency).upper()) == 3

    def _taker(self) -> lines.Taker:
        ways, _ = self._ways()
        return lines.Taker(
            self._kind,
            self._layout,
            self._mapping,
            ways,
            file=self.path.name,
            finish=finish.OF[self._kind.name],
            has_types=self._table.has_types,
        )


def open_source(
    path: Path | str,
    kind: str,
    *,
    mapping: Mapping | None = None,
    defaults: Defaults | None = None,
    sheet: str | None = None,
) -> Source:
    """Open a file as a kind; decide how it is written, and say what was guessed.

    Raises: Refused when it cannot be read as that, with what was found and what would do.
    """
    found = kinds.ALL.get(kind)
    if found is None:
        raise Refused("unknown_kind", f"{kind!r} is none of {', '.join(kinds.KINDS)}")
    path, mapping = Path(path), mapping or Mapping()
    _check_mapping(found, mapping)
    wanted = Wanted(mapping.encoding, mapping.delimiter, sheet or mapping.sheet)
    table = open_table(path, wanted, scored=lambda cells: layout.fit(found, cells, mapping)[1])
    return Source(path, found, table, mapping, defaults or Defaults())


def _check_mapping(kind: Kind, mapping: Mapping) -> None:
    if mapping.kind and mapping.kind != kind.name:
        raise Refused(
            "wrong_mapping", f"{mapping.place('kind')} is {mapping.kind}, not {kind.name}"
        )
    for key in ("columns", "constants", "values", "dates"):
        for name in getattr(mapping, key):
            if name and name not in kind.columns:
                raise Refused(
                    "wrong_mapping",
                    f"{mapping.place(f'{key}.{name}')}: {kind.name} have no such column; they "
                    f"have {', '.join(kind.columns)}",
                )
    for field in kind.fields:
        if field.name in mapping.constants and field.shape in lines.MONEY:
            place = mapping.place(f"constants.{field.name}")
            raise Refused("wrong_mapping", f"{place}: an amount stands in a column, not here")
    meant = {"credit_note": "items", "reversal": "payments"}.get(mapping.negative)
    if meant and meant != kind.name:
        said = f"{mapping.place('negative')}: {mapping.negative} is for {meant}, not {kind.name}"
        raise Refused("wrong_mapping", said)


def _hopeless(n: int, complaints: Sequence[Complaint]) -> str:
    last = f" The last of them: {complaints[-1]}" if complaints else ""
    return f"none of the first {n:,} rows can be taken; nothing was.{last}"


def _heading(kind: Kind, table: Table, mapping: Mapping, *, file: str) -> Line:
    """Find the line of headings: where the mapping says, else the first that has what is needed.

    Raises: Refused when there is none.
    """
    best: Line | None = None
    most = -1
    for line in islice(table.lines(), _HEADINGS_WITHIN if not mapping.heading_line else None):
        if line.fault is not None:
            continue
        if mapping.heading_line:
            if line.line >= mapping.heading_line:
                return line
            continue
        is_whole, known = layout.fit(kind, line.cells, mapping)
        if is_whole:
            return line
        if known > most:
            best, most = line, known
    if best is None:
        raise Refused("empty_file", f"{file} has no headings; export it again")
    return best
