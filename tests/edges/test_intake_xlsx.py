"""Workbooks: what their cells mean, and what a small archive must not be able to do to us."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from intake_helpers import read_file

from dunwell.core.errors import Refused

DAY = dt.date(2026, 1, 5)
HEAD = ["customer", "number", "issued_on", "due_on", "amount", "currency"]


def workbook(path: Path, rows: list[list[Any]], *, sheets: tuple[str, ...] = ("Items",)) -> Path:
    """Write rows into the first sheet; dates as a spreadsheet keeps them."""
    with xlsxwriter.Workbook(path) as book:
        as_date = book.add_format({"num_format": "dd.mm.yyyy"})
        made = [book.add_worksheet(name) for name in sheets]
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, dt.date):
                    made[0].write_datetime(r, c, dt.datetime.combine(value, dt.time()), as_date)
                elif isinstance(value, str):
                    made[0].write_string(r, c, value)
                elif value is not None:
                    made[0].write(r, c, value)
    return path


def test_numbers_and_dates_of_a_sheet_need_no_guessing(tmp_path: Path) -> None:
    """A date is a date, a number an amount, a whole number a reference without a point."""
    path = workbook(tmp_path / "items.xlsx", [
        HEAD,
        [4711, "A-1", DAY, dt.date(2026, 2, 4), 1234.5, "EUR"],
        ["0012", 99, DAY, dt.date(2026, 2, 4), 0.1 + 0.2, "EUR"],
    ])  # fmt: skip
    found = read_file(path, "items")
    assert found.errors == []
    assert found.guesses == (
        "no column for the kind: rows are invoices (with a part: instalments)",
    )
    assert [(r.line, r.customer, r.number) for r in found.rows] == [
        (2, "4711", "A-1"),
        (3, "0012", "99"),
    ]
    assert [r.amount_minor for r in found.rows] == [123_450, 30]
    assert [r.issued_on for r in found.rows] == [DAY, DAY]
    assert {type(r.number) for r in found.rows} == {str}


def test_dates_a_sheet_keeps_as_bare_numbers_are_read_and_said(tmp_path: Path) -> None:
    """46027 in a date column is 5 January 2026, and the guess says so."""
    path = workbook(tmp_path / "items.xlsx", [HEAD, ["C-1", "A-1", 46027, 20260204, 5, "EUR"]])
    found = read_file(path, "items")
    assert (found.rows[0].issued_on, found.rows[0].due_on) == (DAY, dt.date(2026, 2, 4))
    assert any("issued_on: numbers are read as a spreadsheet's count" in g for g in found.guesses)


def test_text_in_a_sheet_is_read_by_the_same_rules_as_in_a_text_file(tmp_path: Path) -> None:
    """Amounts kept as text may have decimal commas while numbers beside them have none."""
    path = workbook(tmp_path / "items.xlsx", [
        HEAD,
        ["C-1", "A-1", DAY, "04.02.2026", "1.234,50", "EUR"],
        ["C-1", "A-2", DAY, "04.02.2026", 1234.5, "EUR"],
        ["C-1", "A-3", DAY, "04.02.2026", "1.234", "EUR"],
    ])  # fmt: skip
    found = read_file(path, "items")
    assert [r.amount_minor for r in found.rows] == [123_450, 123_450, 123_400]


def test_blank_rows_and_rows_above_do_not_move_the_row_numbers(tmp_path: Path) -> None:
    """A complaint names the row number the spreadsheet shows."""
    path = workbook(tmp_path / "items.xlsx", [
        [], ["Open items of January"], [], HEAD, [], ["C-1", "A-1", DAY, DAY, 5, "EUR"], [],
        ["C-1", "A-2", DAY, DAY, -5, "EUR"], ["Total", None, None, None, 0, None],
    ])  # fmt: skip
    found = read_file(path, "items")
    assert [r.line for r in found.rows] == [6]
    assert [(c.line, c.column) for c in found.errors] == [(8, "amount"), (9, "number")]


def test_headings_grouped_under_merged_ones_are_found(tmp_path: Path) -> None:
    """A row of merged group headings stands above the real ones and is passed over."""
    path = tmp_path / "items.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 1, "Item")
        sheet.merge_range(0, 2, 0, 3, "Money")
        sheet.write_row(1, 0, ["Customer", "Number", "Amount", "Currency"])
        sheet.write_row(2, 0, ["C-1", "A-1", 5, "EUR"])
    found = read_file(path, "items")
    assert [(r.line, r.number) for r in found.rows] == [(3, "A-1")]
    assert "the headings stand in line 2" in found.guesses


def test_an_error_in_a_cell_is_complained_about_and_not_taken_for_empty(tmp_path: Path) -> None:
    """#N/A in open_amount must not mean that all is open."""
    path = tmp_path / "items.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["customer", "number", "amount", "open_amount", "due_on"])
        sheet.write_row(1, 0, ["C-1", "A-1", 5])
        sheet.write_formula(1, 3, "=VLOOKUP(1,B1,1)", None, "#N/A")
        sheet.write_row(2, 0, ["C-1", "A-2", 5, 5, "2026-01-05"])
    found = read_file(path, "items")
    assert [r.number for r in found.rows] == ["A-2"]
    assert (found.errors[0].line, found.errors[0].column, found.errors[0].found) == (
        2, "open_amount", "#N/A",
    )  # fmt: skip


def test_a_formula_nobody_computed_is_complained_about(tmp_path: Path) -> None:
    """Programs that write formulas without values leave nothing to read; that is said."""
    path = workbook(tmp_path / "a.xlsx", [HEAD, ["C-1", "A-1", DAY, DAY, 5, "EUR"]])
    formula = b'<c r="E2"><f>2+3</f></c>'
    hurt(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'<c r="E2"><v>5</v></c>', formula),
    )
    found = read_file(path, "items")
    assert [(c.line, c.column, c.found) for c in found.errors] == [(2, "amount", "=2+3")]


def test_a_number_with_more_digits_than_a_sheet_keeps_is_complained_about(tmp_path: Path) -> None:
    """Sixteen digits and more are lost in a number cell: the reference would be another one."""
    path = workbook(tmp_path / "a.xlsx", [HEAD, ["C-1", 1234567890123456789, DAY, DAY, 5, "EUR"]])
    found = read_file(path, "items")
    assert found.errors[0].column == "number"
    assert "all its digits" in found.errors[0].want


def test_a_time_or_a_yes_where_a_date_should_be_is_complained_about(tmp_path: Path) -> None:
    """What is no date is none, whatever type its cell has."""
    path = workbook(tmp_path / "a.xlsx", [
        HEAD, ["C-1", "A-1", DAY, True, 5, "EUR"], ["C-1", "A-2", DAY, 0.5, 5, "EUR"],
        ["C-1", "A-3", DAY, DAY, True, "EUR"],
    ])  # fmt: skip
    found = read_file(path, "items")
    assert found.rows == []
    assert [(c.line, c.column) for c in found.errors] == [
        (2, "due_on"),
        (3, "due_on"),
        (4, "amount"),
    ]


def test_the_sheet_is_chosen_and_said(tmp_path: Path) -> None:
    """The first sheet shown is read and named; another one is asked for by name."""
    path = workbook(
        tmp_path / "a.xlsx", [HEAD, ["C-1", "A-1", DAY, DAY, 5, "EUR"]], sheets=("Now", "Old")
    )
    assert "sheet 'Now' is read; --sheet reads another: 'Old'" in read_file(path, "items").guesses
    assert read_file(path, "items", sheet="Now").numbers == ["A-1"]
    with pytest.raises(Refused, match="no sheet 'New'; it has 'Now', 'Old'"):
        read_file(path, "items", sheet="New")
    with pytest.raises(Refused, match="no headings"):
        read_file(path, "items", sheet="Old")


def test_the_name_of_a_file_does_not_decide_its_format(tmp_path: Path) -> None:
    """A workbook called .csv is read as a workbook, a text called .xlsx as text."""
    path = workbook(tmp_path / "items.csv", [HEAD, ["C-1", "A-1", DAY, DAY, 5, "EUR"]])
    found = read_file(path, "items")
    assert found.numbers == ["A-1"]
    assert "it is a workbook, whatever its name, and read as one" in found.guesses
    text = tmp_path / "items.xlsx"
    text.write_bytes(b"customer,number,amount\nC-1,A-1,5.00\n")
    assert read_file(text, "items").numbers == ["A-1"]


# --- archives made to hurt ---------------------------------------------------------------------


def hurt(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """Change one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {m.filename: archive.read(m) for m in archive.infolist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def far(cell: bytes, row: bytes = b'<row r="1048576">') -> Callable[[bytes], bytes]:
    """Put a cell into the last row of a sheet."""
    end = b"</sheetData>"
    return lambda xml: xml.replace(end, row + cell + b"</row>" + end)


FAR = {
    "a cell in the far corner": far(b'<c r="XFD1048576"><v>1</v></c>'),
    "one in single quotes": far(b"<c r='XFD1048576'><v>1</v></c>"),
    "one in small letters": far(b'<c r="xfd1048576"><v>1</v></c>'),
    "one behind a sign that ends nothing": far(b'<c x=">" r="XFD1048576"><v>1</v></c>'),
    "one that seems to be empty": far(b'<c r="XFD1048576" x="/>"><v>1</v></c>'),
    "one under another prefix": far(b'<y:c r="XFD1048576"><v>1</v></y:c>'),
    "one beyond any sheet": far(b'<c r="ZZZ9999999"><v>1</v></c>'),
    "one in a row that says it is the first": far(
        b'<c r="XFD1048576"><v>1</v></c>', b'<row r="1">'
    ),
    "many that say no place": far(b"<c><v>1</v></c>" * 16_384),
    "many that pretend to": far(b"<c x=' r=\"A1\"'><v>1</v></c>" * 16_384),
}


@pytest.mark.parametrize("change", FAR.values(), ids=FAR)
def test_a_cell_far_outside_is_refused_before_room_is_made_for_it(
    change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    """A rectangle of seventeen billion cells would take the process down; it is never asked for."""
    path = workbook(tmp_path / "a.xlsx", [HEAD, ["C-1", "A-1", DAY, DAY, 5, "EUR"]])
    hurt(path, "xl/worksheets/sheet1.xml", change)
    with pytest.raises(Refused) as refused:
        read_file(path, "items")
    assert refused.value.reason == "too_large"
    assert "Delete what stands far outside the list" in str(refused.value)


def test_cells_that_are_only_painted_do_no_harm(tmp_path: Path) -> None:
    """Whole columns are often coloured down to the last row; nothing stands in them."""
    path = workbook(tmp_path / "a.xlsx", [HEAD, ["C-1", "A-1", DAY, DAY, 5, "EUR"]])
    hurt(path, "xl/worksheets/sheet1.xml", far(b'<c r="XFD1048576" s="1"/>'))
    assert read_file(path, "items").numbers == ["A-1"]


def zeros(path: Path, n: int, *, declared: int | None = None) -> Path:
    """Write a workbook with a part of n zeros, which may declare another size."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(n >> 20):
                part.write(bytes(1 << 20))
    data = bytearray(made.getvalue())
    if declared is not None:
        size = struct.pack("<L", n)
        data = bytearray(bytes(data).replace(size, struct.pack("<L", declared)))
    path.write_bytes(bytes(data))
    return path


def test_a_bomb_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    """A hundred kilobytes that promise a hundred megabytes are no ledger."""
    with pytest.raises(Refused, match="would unpack to") as refused:
        read_file(zeros(tmp_path / "a.xlsx", 100 << 20), "items")
    assert refused.value.reason == "too_large"


def test_a_bomb_that_lies_about_its_size_is_refused_too(tmp_path: Path) -> None:
    """What a part really unpacks to is counted, whatever it declares."""
    with pytest.raises(Refused, match="not of the size it declares") as refused:
        read_file(zeros(tmp_path / "a.xlsx", 32 << 20, declared=1000), "items")
    assert refused.value.reason == "damaged_file"


def test_a_promise_of_a_billion_texts_is_refused(tmp_path: Path) -> None:
    """The reader makes room for the number of texts a part promises; so it is held to its size."""
    path = workbook(tmp_path / "a.xlsx", [HEAD, ["C-1", "A-1", DAY, DAY, 5, "EUR"]])
    head = b'<sst xmlns="x" count="1" uniqueCount="4000000000">'
    hurt(path, "xl/sharedStrings.xml", lambda xml: head + xml.partition(b">")[2])
    with pytest.raises(Refused, match="size it declares"):
        read_file(path, "items")


DAMAGE: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "a sheet that is cut off": ("xl/worksheets/sheet1.xml", lambda xml: xml[:-60]),
    "a sheet that is no XML": ("xl/worksheets/sheet1.xml", lambda xml: b"sheetData" + xml[::-1]),
    "a workbook that is no XML": ("xl/workbook.xml", lambda xml: b"<x"),
    "a text that is not there": (
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"<v>0</v>", b"<v>999</v>", 1),
    ),
    "a cell without a row": (
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'r="A1"', b'r="A"', 1),
    ),
}


@pytest.mark.parametrize(("part", "change"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_workbook_is_refused_in_one_sentence(
    part: str, change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    """Whatever the reader trips over, people are told what to do."""
    path = workbook(tmp_path / "a.xlsx", [HEAD, ["C-1", "A-1", DAY, DAY, 5, "EUR"]])
    hurt(path, part, change)
    with pytest.raises(Refused) as refused:
        read_file(path, "items")
    assert refused.value.reason in ("damaged_file", "empty_file")
    assert str(refused.value).startswith("a.xlsx")


@pytest.mark.parametrize("cut", [30, 100, 1000, -1, -22, -100])
def test_a_workbook_cut_off_anywhere_is_refused(cut: int, tmp_path: Path) -> None:
    """An interrupted download is told apart from a workbook."""
    path = workbook(tmp_path / "a.xlsx", [HEAD, ["C-1", "A-1", DAY, DAY, 5, "EUR"]])
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(Refused) as refused:
        read_file(path, "items")
    assert refused.value.reason in ("damaged_file", "wrong_file")


@pytest.mark.parametrize(
    ("parts", "want"),
    [
        (["mimetype", "content.xml"], "an OpenDocument file"),
        (["xl/workbook.bin"], "an .xlsb workbook"),
        (["word/document.xml"], "a text document"),
        (["items.csv"], "unpack it and import the file inside"),
    ],
)
def test_other_archives_are_named(parts: list[str], want: str, tmp_path: Path) -> None:
    """What else begins like a workbook is called by its name, with what would do."""
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    with pytest.raises(Refused, match=want):
        read_file(path, "items")


def test_a_workbook_with_a_password_is_refused(tmp_path: Path) -> None:
    """Old encryption marks its parts; the new kind is an old container and told by its bytes."""
    path = workbook(tmp_path / "a.xlsx", [HEAD])
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(Refused, match="has a password"):
        read_file(path, "items")
