"""One line of a file to one typed row, or to complaints that say what is wrong with it.

A row goes in whole or not at all, and all that is wrong with it is said at once. `Taker` does
what every kind shares; below it stands one function a kind for what is its own.
Origin: DATA.md 3.4, 3.5; docs/reference/files.md.
"""

from __future__ import annotations

import datetime as dt
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
_TOTALS = frozenset(
    "total totals sum summe gesamt gesamtsumme subtotal zwischensumme endsumme totale suma".split()
) | {"grand total", "sub total"}


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
        self._plain = [
            (layout.at[f.name], f.name, f.to or f.name, self._reader(f.name, f.shape, f.limit))
            for f in kind.fields
            if f.name in layout.at and f.name not in self._money
        ]
        self._constant = self._constants()
        self._required = tuple(
            (f.name, f.to or f.name)
            for f in kind.fields
            if f.name in kind.required and f.shape not in MONEY
        )
        self._finish = _FINISH[kind.name]

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
        if len(cells) != self._wide and not self.fits(cells):
            want = f"{self._narrow}, one for each heading"
            self.complain(line, None, f"{len(cells)} cells", want)
            return None
        said = {"line": line, **self._constant}
        before = len(self.complaints)
        for at, field, to, read in self._plain:
            text = cells[at]
            if text:
                try:
                    said[to] = read(text)
                except Bad as wrong:
                    self.complain(line, field, text, wrong.want)
        for field, to in self._required:
            if to not in said:
                if len(self.complaints) == before and self._is_left_out(line, cells):
                    return None
                self._missing(line, field, cells)
        if self.mapping.ignore_rows and self._is_left_out(line, cells):
            del self.complaints[before:]
            return None
        row = self._finish(self, line, cells, said)
        if self._pending:
            self._keep_notes(is_taken=row is not None and len(self.complaints) == before)
        return row if len(self.complaints) == before else None

    def _missing(self, line: int, field: str, cells: Sequence[str]) -> None:
        if self.is_bad(line, field):
            return
        total = next((c for c in cells if values.same(c) in _TOTALS), None)
        if total is None:
            self.complain(line, field, "", "a value")
        else:
            self.complain(
                line, field, total, f"one {self.kind.one} a row; a row of totals is none (a "
                f"mapping can leave it out: `ignore_rows: [{total[:40]}]`)"
            )  # fmt: skip

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


# --- one function a kind ---------------------------------------------------------------------


def _item(taker: Taker, line: int, cells: Sequence[str], said: Said) -> rows.Row | None:
    """Finish an item: kind, sign, open amount, due date (DATA.md 3.5)."""
    kind = said.get("kind") or ("instalment" if "part" in said else "invoice")
    text = taker.text("amount", cells)
    if not text:
        taker.complain(line, "amount", "", "an amount")
        return None
    minor = taker.amount(line, "amount", text, said)
    if minor is None:
        return None
    taker.settle_currency(line, said)
    was_negative = minor < 0
    if was_negative:
        if kind == "credit_note":
            taker.note(line, "amount", text, "an amount above 0; credit notes are taken as such")
        elif taker.mapping.negative == "credit_note":
            kind = "credit_note"
        else:
            taker.complain(
                line, "amount", text, "an amount above 0; for a credit note the kind credit_note, "
                "or `negative: credit_note` in a mapping"
            )  # fmt: skip
            return None
        minor = -minor
    elif not minor:
        taker.complain(line, "amount", text, "an amount above 0")
        return None
    said["kind"], said["amount_minor"] = kind, minor
    if text := taker.text("open_amount", cells):
        _open_amount(taker, line, text, said, is_flipped=was_negative)
    _due_on(taker, line, said)
    number = said.get("number", "")
    key = (said.get("entity"), said.get("customer"), kind, number, said.get("part", ""))
    if taker.is_bad(line):
        return None
    return rows.ItemRow(**said) if taker.is_new(line, "number", number, key) else None


def _open_amount(taker: Taker, line: int, text: str, said: Said, *, is_flipped: bool) -> None:
    minor = taker.amount(line, "open_amount", text, said)
    if minor is None:
        return
    if is_flipped or (said["kind"] == "credit_note" and minor < 0):
        minor = -minor
    if minor < 0 or minor > said["amount_minor"]:
        want = "nothing below 0" if minor < 0 else "no more than the amount"
        taker.complain(line, "open_amount", text, want)
        return
    said["open_minor"] = minor


def _due_on(taker: Taker, line: int, said: Said) -> None:
    """Derive a due date that is not given; a file without any dates can only correct amounts."""
    issued_on: dt.date | None = said.get("issued_on")
    if "due_on" in said:
        if issued_on is not None and said["due_on"] < issued_on and said["kind"] != "credit_note":
            found = str(said["due_on"])
            taker.note(line, "due_on", found, "a due date that is not before issued_on; taken")
        return
    if issued_on is None:
        dates = ("due_on", "issued_on")
        if any(map(taker.has, dates)) and not any(taker.is_bad(line, d) for d in dates):
            taker.complain(line, "due_on", "", "a due date, or issued_on to count the terms from")
    elif "terms_days" in said and said["kind"] != "credit_note":
        said["due_on"] = issued_on + dt.timedelta(days=said["terms_days"])
        said["due_derived"] = True


def _payment(taker: Taker, line: int, cells: Sequence[str], said: Said) -> rows.Row | None:
    """Finish a payment or reversal: sign, what it reverses, the items it names."""
    kind = said.get("kind") or ("reversal" if "reverses" in said else "payment")
    text = taker.text("amount", cells)
    if not text:
        taker.complain(line, "amount", "", "an amount")
        return None
    minor = taker.amount(line, "amount", text, said)
    if minor is None:
        return None
    taker.settle_currency(line, said)
    if minor < 0:
        if kind == "reversal":
            taker.note(line, "amount", text, "an amount above 0; reversals are taken as such")
        elif taker.mapping.negative == "reversal":
            kind = "reversal"
        else:
            taker.complain(
                line, "amount", text, "an amount above 0; for a payment taken back the kind "
                "reversal; if your ledger writes payments below 0, `sign: reversed` in a mapping"
            )  # fmt: skip
            return None
        minor = -minor
    elif not minor:
        taker.complain(line, "amount", text, "an amount above 0")
        return None
    said["kind"], said["amount_minor"] = kind, minor
    if kind == "reversal" and "reverses" not in said:
        taker.complain(line, "reverses", "", "the reference of the payment taken back")
    if text := taker.text("items", cells):
        _named_items(taker, line, text, said)
    if "paid_on" not in said:
        said["paid_on"] = None
        taker.note(line, "paid_on", "", "a day; taken as the day the file speaks for")
    reference = said.get("reference", "")
    if taker.is_bad(line):
        return None
    key = (said.get("entity"), reference)
    return rows.PaymentRow(**said) if taker.is_new(line, "reference", reference, key) else None


def _named_items(taker: Taker, line: int, text: str, said: Said) -> None:
    """Read `INV-1=100.00;INV-2`: the items a payment is for, with or without amounts."""
    named: list[tuple[str, int | None]] = []
    read = values.code(121)
    for part in text.split(";"):
        if not part.strip():
            continue
        name, mark, amount = (s.strip() for s in part.rpartition("="))
        if not mark:
            name, amount = amount, ""
        try:
            name = read(name) if name else ""
        except Bad as wrong:
            taker.complain(line, "items", part, f"the number of an item: {wrong.want}")
            continue
        if not name:
            taker.complain(line, "items", part, "the number of an item before =")
            continue
        minor = taker.amount(line, "items", amount, said) if amount else None
        if amount and minor is None:
            continue
        if minor is not None and minor < 0:
            minor = -minor if taker.mapping.is_reversed else minor
        if (minor is not None and minor <= 0) or (mark and not amount):
            taker.complain(line, "items", part, "an amount above 0 after =, or none and no =")
            continue
        named.append((name, minor))
    if sum(minor or 0 for _, minor in named) > said["amount_minor"]:
        taker.complain(line, "items", text, "amounts that add up to no more than the payment")
    said["items"] = tuple(named)


def _customer(taker: Taker, line: int, cells: Sequence[str], said: Said) -> rows.Row | None:
    for field in ("annual_revenue", "credit_limit"):
        if text := taker.text(field, cells):
            minor = taker.amount(line, field, text, said)
            if minor is not None and minor < 0:
                taker.complain(line, field, text, "nothing below 0")
            elif minor is not None:
                said[f"{field}_minor"] = minor
    reference = said.get("reference", "")
    if said.get("parent") == reference and reference:
        taker.complain(line, "parent", reference, "another customer, or nothing")
    if taker.is_bad(line):
        return None
    is_new = taker.is_new(line, "reference", reference, (reference,))
    return rows.CustomerRow(**said) if is_new else None


def _contact(taker: Taker, line: int, cells: Sequence[str], said: Said) -> rows.Row | None:
    if not any(f in said for f in ("name", "email", "phone", "mobile", "address")):
        taker.complain(line, "name", "", "a name, or a way to reach somebody")
    if taker.is_bad(line):
        return None
    key = (said["customer"], said.get("role", "ap"), said.get("name", ""))
    is_new = taker.is_new(line, "name", said.get("name", ""), key)
    return rows.ContactRow(**said) if is_new else None


def _history(taker: Taker, line: int, cells: Sequence[str], said: Said) -> rows.Row | None:
    if taker.is_bad(line):
        return None
    key = tuple(said.get(f.to or f.name) for f in taker.kind.fields)
    is_new = taker.is_new(line, "date", str(said["on"]), key)
    return rows.HistoryRow(**said) if is_new else None


def _rate(taker: Taker, line: int, cells: Sequence[str], said: Said) -> rows.Row | None:
    if "base" not in said:
        said["base"] = taker.ways.currency
        if "base" in taker.layout.at:
            taker.note(line, "base", "", f"a currency; taken as {said['base']}")
    if said["base"] == said.get("currency"):
        taker.complain(
            line, "currency", said["base"], f"another currency than the base, {said['base']}"
        )
    if taker.is_bad(line):
        return None
    key = (said["currency"], said["base"], said["on"])
    return rows.RateRow(**said) if taker.is_new(line, "date", str(said["on"]), key) else None


def _order(taker: Taker, line: int, cells: Sequence[str], said: Said) -> rows.Row | None:
    text = taker.text("amount", cells)
    minor = taker.amount(line, "amount", text, said) if text else None
    if not text or (minor is not None and minor <= 0):
        taker.complain(line, "amount", text, "an amount above 0")
    taker.settle_currency(line, said)
    if taker.is_bad(line):
        return None
    said["amount_minor"] = minor
    number = said["number"]
    key = (said.get("entity"), said["customer"], number)
    return rows.OrderRow(**said) if taker.is_new(line, "number", number, key) else None


_FINISH: dict[str, Callable[[Taker, int, Sequence[str], Said], rows.Row | None]] = {
    "customers": _customer,
    "contacts": _contact,
    "items": _item,
    "payments": _payment,
    "history": _history,
    "rates": _rate,
    "orders": _order,
}
