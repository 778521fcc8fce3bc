"""Cells we write for spreadsheets: no text becomes a formula, and no number becomes text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.core.cells import safe_cell

STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\ufeff=1",
        "=cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", '=HYPERLINK("http://example.com";"pay")',
        "\uff1d1+1", "+49 30 23125-100", "-A1", "--5", "-1.2.3", "=", "@",
    ],
)  # fmt: skip
def test_text_that_could_be_a_formula_is_made_text(text: str) -> None:
    """An apostrophe in front makes it what it is, and nothing else is changed."""
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "value",
    [
        "-12.50", "-1,234.50", "-1.234,50", "+7", "-0.07", "-", "", "Müller = Söhne", "a@b.example",
        "12-34", "R-1", " ", 5, -5, Decimal("-5.00"), 0.5, None, True, dt.date(2026, 1, 5),
    ],
)  # fmt: skip
def test_numbers_and_plain_text_are_left_alone(value: object) -> None:
    """What no spreadsheet takes for a formula is written as it is, numbers as numbers."""
    assert safe_cell(value) is value


@given(st.text(max_size=20) | st.sampled_from(STARTS).flatmap(lambda s: st.text().map(s.__add__)))
def test_nothing_we_write_begins_a_formula_but_a_number(text: str) -> None:
    """For any text the cell is a number, or begins with no sign that begins a formula."""
    cell = safe_cell(text)
    first = cell.lstrip(" \u00a0\ufeff\u200b")[:1]
    is_number = set(cell) <= set("+-0123456789.,' ")
    assert first not in STARTS or first == "" or is_number
    assert cell in (text, f"'{text}")
