"""One line of a file to one typed row, or to complaints that say what is wrong with it.

A row goes in whole or not at all, and all that is wrong with it is said at once. `Taker` does
what every kind shares; `finish` has one function a kind for what is its own.
Origin: DATA.md 3.4, 3.5; docs/reference/files.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from dunwell.core import rows
from dunwell.core.complaints import Complaint
from dunwell.core.errors import Refused
from dunwell.intake import values
from dunwell.intake.amounts import EXPONENTS, Amounts, written
from dunwell.intake.dates import Dates
from dunwell.intake.kinds import Kind
from dunwell.intake.layout import Layout
from dunwell.intake.mapping import Mapping
from dunwell.intake.values import Bad, Read

Said = dict[str, Any]
MONEY = frozenset({"amount", "named_amounts"})
_KNOWN_MAX = 20_000
_TOTALS = frozenset(
    "total totals sum summe gesamt gesamtsumme subtotal zwischensumme endsumme totale suma".split()
) | {"grand total", "sub total"}


Finish = Callable[["Taker", int, Sequence[str], Said], rows.Row | None]


class Ways(NamedTuple):
    """How a file writes what can be written in more than one way, by field."""

    dates: dict[str, Dates]
    amounts: dict[str, Amounts]
    currency: str
    currency_of: dict[str, str]


class Taker:
    """Makes rows of lines. What it cannot take stands in `complaints` until it is fetched."""

    def __init__(
        self,
        kind: Kind,
        layout: Layout,
        mapping: Mapping,
        ways: Ways,
        *,
        file: str,
        finish: Finish,
        has_types: bool = False,
    ) -> None:
        self.kind, self.layout, self.mapping, self.file = kind, layout, mapping, file
        self.ways, self._has_types = ways, has_types
        self.complaints: list[Complaint] = []
        self._wide = len(layout.headings)
        self._narrow = max((i + 1 for i, h in enumerate(layout.headings) if h), default=0)
        self._pending: list[Complaint] = []
        self._noted: dict[str, tuple[Complaint, int]] = {}
        self._seen: dict[int, int] = {}
        self._money = {
            f.name: layout.at[f.name]
            for f in kind.fields
            if f.shape in MONEY and f.name in layout.at
        }
        # What repeats down a column (dates, codes, customers) is read once and known thereafter.
        self._plain: list[tuple[int, str, str, Read, dict[str, Any]]] = [
            (layout.at[f.name], f.name, f.to or f.name, self._reader(f.name, f.shape, f.limit), {})
            for f in kind.fields
            if f.name in layout.at and f.name not in self._money
        ]
        self._unique = "number" if "number" in kind.columns else "reference"
        self._constant = self._constants()
        self._required = tuple(
            (f.name, f.to or f.name)
            for f in kind.fields
            if f.name in kind.required and f.shape not in MONEY
        )
        self._finish = finish

    def _reader(self, field: str, shape: str, limit: int) -> Read:
        """Return what reads a column, with the mapping's own words put into ours first."""
        read: Read
        if shape == "date":
            read = self.ways.dates[field].read
        elif shape == "yes_no":
            read = values.yes_no(self.mapping.yes, self.mapping.no)
        elif shape == "rate":
            read = _rate_reader(self.ways.amounts[field])
        else:
            read = values.reader(shape, limit)
        if self._has_types and shape in ("code", "text", "lines"):
            of_text = read
            read = lambda text: str(of_text(text))  # noqa: E731  an Exact becomes plain text
        known = self.mapping.values.get(field)
        if not known:
            return read
        for foreign, ours in known.items():
            self._tried(read, ours, f"values.{field}", f"{foreign}: {ours}")
        return lambda text: read(known.get(values.same(text), text))

    def _constants(self) -> Said:
        found: Said = {}
        for f in self.kind.fields:
            if f.name in self.mapping.constants:
                text = self.mapping.constants[f.name]
                key = f"constants.{f.name}"
                found[f.to or f.name] = self._tried(
                    self._reader(f.name, f.shape, f.limit), text, key, text
                )
        return found

    def _tried(self, read: Read, text: str, key: str, shown: str) -> Any:
        """Read a word of the mapping.

        Raises: Refused when our side of it is none of our words.
        """
        try:
            return read(text)
        except Bad as wrong:
            place = self.mapping.place(key)
            said = f"{place}: found {shown[:60]!r}; want {wrong.want}"
            raise Refused("wrong_mapping", said) from None

    # --- one line -----------------------------------------------------------------------------

    def take(self, line: int, cells: Sequence[str]) -> rows.Row | None:
        """Return the row of a line, None when something is wrong with it."""
        if self.mapping.ignore_rows and self._is_left_out(line, cells):
            return None
        if len(cells) != self._wide and not self.fits(cells):
            want = f"{self._narrow}, one for each heading"
            self.complain(line, None, f"{len(cells)} cells", want)
            return None
        said = {"line": line, **self._constant}
        before = len(self.complaints)
        for at, field, to, read, known in self._plain:
            text = cells[at]
            if not text:
                continue
            value = known.get(text)
            if value is None:
                try:
                    value = read(text)
                except Bad as wrong:
                    self.complain(line, field, text, wrong.want)
                    continue
                if len(known) < _KNOWN_MAX and field != self._unique:
                    known[text] = value
            said[to] = value
        for field, to in self._required:
            if to not in said and not self.is_bad(line, field):
                if self._is_total(line, field, cells, before):
                    return None
                self.complain(line, field, "", "a value")
        row = self._finish(self, line, cells, said)
        if self._pending:
            self._keep_notes(is_taken=row is not None and len(self.complaints) == before)
        return row if len(self.complaints) == before else None

    def _is_total(self, line: int, field: str, cells: Sequence[str], before: int) -> bool:
        """Tell whether a line that lacks what it must have is one of totals, and say only that."""
        total = next((c for c in cells if values.same(c) in _TOTALS), None)
        if total is None:
            return False
        del self.complaints[before:]
        self.complain(
            line, field, total, f"one {self.kind.one} a row; a row of totals is none (a mapping "
            f"can leave it out: `ignore_rows: [{total[:40]}]`)"
        )  # fmt: skip
        return True

    def _is_left_out(self, line: int, cells: Sequence[str]) -> bool:
        first = next((c for c in cells if c), "")
        if values.same(first) not in self.mapping.ignore_rows:
            return False
        self.note(line, None, first, "nothing here; left out, as the mapping says")
        self._keep_notes(is_taken=True)
        return True

    def fits(self, cells: Sequence[str]) -> bool:
        """Tell whether there is a cell for each heading, and nothing beyond the last."""
        return self._narrow <= len(cells) and not any(cells[self._wide :])

    # --- what the kinds share -------------------------------------------------------------------

    def is_bad(self, line: int, field: str = "") -> bool:
        """Tell whether something was found wrong with a line, or with one cell of it."""
        if not self.complaints or self.complaints[-1].line != line:
            return False
        column = field and self.layout.column(field)
        return not field or any(c.line == line and c.column == column for c in self.complaints)

    def complain(self, line: int, field: str | None, found: str, want: str) -> None:
        """Say what is wrong with a line; its row will not be taken."""
        column = None if field is None else self.layout.column(field)
        self.complaints.append(
            Complaint(file=self.file, line=line, column=column, found=found[:80], want=want)
        )

    def note(self, line: int, field: str | None, found: str, want: str) -> None:
        """Say what the reader should know of a row that is taken."""
        column = None if field is None else self.layout.column(field)
        self._pending.append(
            Complaint(file=self.file, line=line, column=column, found=found[:80], want=want,
                      severity="note")
        )  # fmt: skip

    def _keep_notes(self, *, is_taken: bool) -> None:
        """Keep the notes of a row that was taken: the first that says a thing, and how many."""
        for note in self._pending if is_taken else ():
            first, count = self._noted.get(note.want, (note, 0))
            self._noted[note.want] = (first, count + 1)
        self._pending.clear()

    def notes(self) -> list[Complaint]:
        """Return what was noted, each thing once, with its first line and how many rows do it."""
        return [
            first
            if count == 1
            else msgspec.structs.replace(first, want=f"{first.want} ({count:,} rows so)")
            for first, count in self._noted.values()
        ]

    def has(self, field: str) -> bool:
        """Tell whether the file, or the mapping for it, says something about a field."""
        return field in self.layout.at or field in self.mapping.constants

    def text(self, field: str, cells: Sequence[str]) -> str:
        """Return an amount's cell, "" where the file has no such column."""
        at = self._money.get(field)
        return "" if at is None else cells[at]

    def currency(self, said: Said) -> str:
        """Return the row's currency, else its entity's, else that of the book."""
        found: str | None = said.get("currency")
        return found or self.ways.currency_of.get(said.get("entity", ""), self.ways.currency)

    def amount(self, line: int, field: str, text: str, said: Said) -> int | None:
        """Read an amount in minor units of the row's currency, None after a complaint.

        A currency beside the digits must be the row's; where the row says none, it is the row's.
        """
        way = self.ways.amounts[field]
        was_open = not way.decimal
        currency = said.get("currency") or self.currency(said)
        minor = way.minor(text, EXPONENTS[currency])
        if minor is None:
            try:
                form = written(text)
                if form.currency and form.currency != currency:
                    if "currency" in said or self.kind.name == "customers":
                        raise Bad(f"an amount in {currency}")
                    currency = said["currency"] = form.currency
                if form.shared and currency not in form.shared:
                    raise Bad(f"an amount in {currency}, or another currency in its column")
                minor = way.careful(form, text, EXPONENTS[currency], currency)
            except Bad as wrong:
                self.complain(line, field, text, wrong.want)
                return None
            if was_open and way.decimal == ",":
                self.note(line, field, text, "amounts whose decimal mark is a comma, as here")
        return -minor if self.mapping.is_reversed else minor

    def settle_currency(self, line: int, said: Said) -> None:
        """Write the currency the amounts were read in into the row, and say so once."""
        if "currency" not in said:
            said["currency"] = self.currency(said)
            if "currency" in self.layout.at:
                self.note(line, "currency", "", f"a currency; taken as {said['currency']}")

    def is_new(self, line: int, field: str, found: str, key: tuple[Any, ...]) -> bool:
        """Tell whether a row's identity is new in this file; complain when it is not.

        Only hashes are kept: two in a million rows are the same once in ten million files.
        """
        first = self._seen.setdefault(hash(key), line)
        if first == line:
            return True
        self.complain(line, field, found, f"each {self.kind.one} once; line {first} has it already")
        return False


def _rate_reader(way: Amounts) -> Read:
    if way.decimal != ",":
        return values.rate
    return lambda text: values.rate(text.replace(".", "").replace(",", "."))
