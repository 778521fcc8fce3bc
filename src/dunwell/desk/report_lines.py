"""What stands behind one number of the aging, as a file: every line of it, however many.

The lines are written as they are read, so that a file of a million lines takes no more memory
than one of ten. Must not know: pages.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from typing import IO

import xlsxwriter  # type: ignore[import-untyped]

from dunwell.core import cells, money
from dunwell.core.scope import Scope
from dunwell.desk import report
from dunwell.store import tx
from dunwell.store.lists import open_items

SHEET = 100_000
"""So many lines fit in a spreadsheet we make; more are given as csv only."""
HEADING = (
    "number", "part", "kind", "customer", "name", "company", "issued", "due", "days late",
    "currency", "amount", "open",
)  # fmt: skip
Names = Mapping[str, str]


def write(
    scope: Scope, out: IO[bytes], cut: open_items.Cut, *, as_of: dt.date, shape: str, names: Names
) -> None:
    """Write all that adds up to a number of the aging into a file, as csv or xlsx.

    No cell becomes a formula. Of a spreadsheet only the first `SHEET` lines are made.
    """
    with tx.reading(scope):
        lines = open_items.each(scope, cut, as_of=as_of, edges=report.bucket_edges(scope))
        if shape == "csv":
            _csv(out, lines, cut.currency, names)
        else:
            _xlsx(out, lines, cut.currency, names, as_of=as_of)


def _csv(out: IO[bytes], lines: Iterable[open_items.Line], currency: str, names: Names) -> None:
    words = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    table = csv.writer(words, lineterminator="\n")
    table.writerow(HEADING)
    table.writerows(
        [*said, *(money.to_decimal(m, currency) for m in (line.amount_minor, line.open_minor))]
        for line in lines
        for said in [_words(line, currency, names)]
    )
    words.detach()


def _words(line: open_items.Line, currency: str, names: Names) -> list[str | int]:
    """Return the cells before the amounts, fit to be written."""
    is_money = line.kind == "unapplied"
    said: list[str | int] = [
        line.number, line.part, line.kind.replace("_", " "), line.customer,
        names.get(line.customer, ""), line.entity,
        "" if line.issued_on is None else line.issued_on.isoformat(),
        "" if is_money else line.due_on.isoformat(), line.days_overdue, currency,
    ]  # fmt: skip
    return [cells.safe_cell(c) for c in said]


def _xlsx(
    out: IO[bytes], lines: Iterable[open_items.Line], currency: str, names: Names, *, as_of: dt.date
) -> None:
    how = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, how)
    sheet, places = book.add_worksheet("Items"), money.exponent(currency)
    style = book.add_format({"num_format": "#,##0" + ("." + "0" * places if places else "")})
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.set_column(0, len(HEADING) - 1, 14)
    sheet.write_row(0, 0, [f"Items behind the aging as of {as_of.isoformat()}"])
    sheet.write_row(2, 0, HEADING, bold)
    sheet.freeze_panes(3, 1)
    for n, line in zip(range(3, 3 + SHEET), lines, strict=False):
        for at, said in enumerate(_words(line, currency, names)):
            (sheet.write_number if isinstance(said, int) else sheet.write_string)(n, at, said)
        for at, minor in enumerate((line.amount_minor, line.open_minor), start=len(HEADING) - 2):
            sheet.write_number(n, at, money.to_decimal(minor, currency), style)
    book.close()
