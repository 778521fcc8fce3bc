"""How a file writes its dates and amounts, decided column by column from the head of the file.

A day above 12 proves the order of day and month; 12,50 or 1.234,50 prove the decimal mark.
What nothing proves is not guessed: the file is refused with the line a mapping needs. Values
that prove the opposite of what others prove are one in fifty at most (a slip, later a
complaint), else the file is refused too. Origin: docs/reference/files.md, "Dates", "Amounts".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from dunwell.core.errors import Refused
from dunwell.intake.amounts import Amounts, decimal_of, written
from dunwell.intake.dates import Dates, is_either, parts_of, proven_order
from dunwell.intake.layout import Layout
from dunwell.intake.mapping import Mapping
from dunwell.intake.values import Bad, Exact

Head = Sequence[tuple[int, Sequence[str]]]
_SLIPS_AT_MOST = 50  # one value in so many may contradict the others


class Proof(NamedTuple):
    """Where a value stands that proves something, and what it is."""

    line: int
    text: str


def dates_of(
    field: str, layout: Layout, head: Head, mapping: Mapping, *, file: str
) -> tuple[Dates, str]:
    """Decide how a date column is written; return that and the sentence about it, if guessed.

    Raises: Refused("which_date_order") when 03/04/2026 stands there and nothing proves it.
    """
    style = mapping.dates.get(field) or mapping.dates.get("", "")
    if style:
        return Dates(style=style), ""
    proofs: dict[str, list[Proof]] = {"dmy": [], "mdy": []}
    column = layout.column(field)
    unsure: Proof | None = None
    dotted = False
    for line, text, _ in _column(layout, field, head):
        parts = parts_of(text)
        if parts is None:
            continue
        if parts.mark == ".":
            dotted = True
        elif order := proven_order(parts):
            proofs[order].append(Proof(line, text))
        elif is_either(parts):
            unsure = unsure or Proof(line, text)
    order = _decided(proofs, column, "dates: DD/MM/YYYY", "dates: MM/DD/YYYY", file=file)
    if order:
        said = "day" if order == "dmy" else "month"
        proof = proofs[order][0]
        return Dates(order), (
            f"{column}: dates are read {said} first, as line {proof.line} proves ({proof.text!r})"
        )
    if unsure is not None:
        raise Refused(
            "which_date_order",
            f"{file}:{unsure.line} {column}: {unsure.text!r} can be two different days, and no "
            f"date in the first {len(head):,} rows has a day above 12. Say which in a mapping: "
            "`dates: DD/MM/YYYY` or `dates: MM/DD/YYYY`",
        )
    if dotted:
        return Dates(), f"{column}: dates with points are read day first"
    return Dates(), _of_numbers(layout, field, head)


def _of_numbers(layout: Layout, field: str, head: Head) -> str:
    """Return the sentence about a column in which a spreadsheet keeps dates as bare numbers."""
    at = layout.at.get(field)
    for line, cells in head:
        text = "" if at is None else cells[at] if at < len(cells) else ""
        if type(text) is Exact and text.isdecimal() and len(text) < 8:
            return (
                f"{layout.column(field)}: numbers are read as a spreadsheet's count of days from "
                f"1900, such as {text} in line {line}"
            )
    return ""


def amounts_of(
    field: str,
    layout: Layout,
    head: Head,
    mapping: Mapping,
    *,
    file: str,
    is_fine: Callable[[Sequence[str]], bool],
) -> tuple[Amounts, str]:
    """Decide how an amount column is written; return that and the sentence about it.

    `is_fine` tells whether a row's amounts have three decimals, so that 1.234 is as we write it.
    Raises: Refused("which_decimal_mark") when 1,234 stands there and nothing proves it.
    """
    if mapping.decimal or mapping.thousands:
        decimal = mapping.decimal or ("," if mapping.thousands == "." else ".")
        return Amounts(decimal, mapping.thousands, is_stated=True), ""
    proofs: dict[str, list[Proof]] = {".": [], ",": []}
    unsure: Proof | None = None
    has_commas = has_three = False
    for line, text, cells in _column(layout, field, head):
        has_commas = has_commas or "," in text
        try:
            digits = written(text).digits
        except Bad:
            continue
        mark = decimal_of(digits)
        if mark in proofs:
            proofs[mark].append(Proof(line, text))
        elif mark == "?" and "." in digits and is_fine(cells):
            has_three = True
        elif mark == "?":
            unsure = unsure or Proof(line, text)
    column = layout.column(field)
    decimal = _decided(proofs, column, "decimal: point", "decimal: comma", file=file)
    if decimal:
        if decimal == "." and not has_commas:
            return Amounts("."), ""  # as the reference says amounts are written
        word, proof = "comma" if decimal == "," else "point", proofs[decimal][0]
        return Amounts(decimal), (
            f"{column}: the {word} is the decimal mark, as line {proof.line} proves "
            f"({proof.text!r})"
        )
    if unsure is not None:
        raise Refused(
            "which_decimal_mark",
            f"{file}:{unsure.line} {column}: {unsure.text!r} can be two different amounts, and "
            f"nothing in the first {len(head):,} rows proves the decimal mark. Say which in a "
            "mapping: `decimal: point` or `decimal: comma`",
        )
    if has_three:
        return Amounts("."), (
            f"{column}: the point is taken as the decimal mark, the currency having three decimals"
        )
    return Amounts(), ""


def _column(layout: Layout, field: str, head: Head) -> Iterable[tuple[int, str, Sequence[str]]]:
    at = layout.at.get(field)
    if at is None:
        return
    for line, cells in head:
        if at < len(cells) and cells[at] and type(cells[at]) is not Exact:
            yield line, cells[at], cells


def _decided(
    proofs: dict[str, list[Proof]], column: str, one: str, other: str, *, file: str
) -> str:
    """Return what the proofs agree on, "" where there are none.

    Raises: Refused where they contradict each other.
    """
    (a, for_a), (b, for_b) = proofs.items()
    if not for_a or not for_b:
        return a if for_a else b if for_b else ""
    if min(len(for_a), len(for_b)) * _SLIPS_AT_MOST <= max(len(for_a), len(for_b)):
        return a if len(for_a) > len(for_b) else b
    raise Refused(
        "written_two_ways",
        f"{file}: {column} is written in two ways: {for_a[0].text!r} in line {for_a[0].line}, "
        f"{for_b[0].text!r} in line {for_b[0].line}. Say which is right in a mapping (`{one}` or "
        f"`{other}`); the others will be named line by line",
    )
