"""What is wrong with one place of an input file, said so that a person can mend it."""

from __future__ import annotations

import msgspec


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with one input line; good rows go on without it.

    `line` counts from 1 and includes the heading line, as editors and spreadsheets do.
    `severity` is "error" (the row was not taken), or "note" (taken, but the reader should
    know: a derived due date, a corrected amount).

    >>> print(Complaint(file="items.csv", line=3, column="due_on", found="31.02.2026",
    ...                 want="a date such as 2026-02-28"))
    items.csv:3 due_on: found '31.02.2026'; want a date such as 2026-02-28; row not taken
    """

    file: str
    line: int | None
    column: str | None
    found: str
    want: str
    severity: str = "error"

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        column = f" {self.column}" if self.column else ""
        tail = "; row not taken" if self.severity == "error" and self.line is not None else ""
        return f"{place}{column}: found {self.found!r}; want {self.want}{tail}"
