"""Damaged files, one a line: each is complained about where it hurts, and nothing else is lost."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from intake_helpers import read

from dunwell.core.errors import Refused

COLUMNS = (
    "customer number part kind issued_on due_on terms amount open_amount currency description"
).split()
GOOD = {"customer": "C-1", "issued_on": "2026-01-05", "due_on": "2026-02-04", "amount": "100.00",
        "currency": "EUR"}  # fmt: skip
HEADING = ",".join(COLUMNS) + "\n"


def row(**said: str) -> str:
    """Write one item; what is not said is good."""
    return ",".join((GOOD | said).get(c, "") for c in COLUMNS) + "\n"


class Cell(NamedTuple):
    """One bad cell in one good row: what it says, and what is said about it."""

    name: str
    said: dict[str, str]
    column: str
    found: str
    want: str


CELLS = [
    Cell("a day that does not exist", {"due_on": "2026-02-31"}, "due_on", "2026-02-31", "a day"),
    Cell("a month that does not exist", {"due_on": "2026-13-01"}, "due_on", "2026-13-01", "a day"),
    Cell("a date that is none", {"due_on": "soon"}, "due_on", "soon", "a date such as"),
    Cell("a year of two digits", {"due_on": "04.02.26"}, "due_on", "04.02.26", "four digits"),
    Cell("a named month and two digits", {"due_on": "4-Feb-26"}, "due_on", "4-Feb-26",
         "four digits"),
    Cell("a date before any ledger", {"due_on": "1899-12-30"}, "due_on", "1899-12-30", "between"),
    Cell("the end of time", {"due_on": "9999-12-31"}, "due_on", "9999-12-31", "between"),
    Cell("a number where a date should be", {"due_on": "45000"}, "due_on", "45000", "a date such"),
    Cell("a time in another zone", {"due_on": "2026-02-03T23:30:00Z"}, "due_on", "23:30",
         "without a zone"),
    Cell("an amount in words", {"amount": "hundred"}, "amount", "hundred", "an amount such as"),
    Cell("an amount of nothing", {"amount": "0.00"}, "amount", "0.00", "above 0"),
    Cell("no amount", {"amount": ""}, "amount", "", "an amount"),
    Cell("a fraction of a cent", {"amount": "100.005"}, "amount", "100.005",
         "at most 2 decimals (EUR)"),
    Cell("three decimals that may be a thousand", {"amount": "1.000"}, "amount", "1.000",
         "2 decimals (EUR), or a mapping that says `decimal: comma`"),
    Cell("cents of a currency without", {"amount": "100.50", "currency": "JPY"}, "amount",
         "100.50", "no decimals (JPY)"),
    Cell("a comma in the wrong place", {"amount": '"1,23,45"'}, "amount", "1,23,45", "an amount"),
    Cell("two points", {"amount": "1.2.3"}, "amount", "1.2.3", "an amount"),
    Cell("two minuses", {"amount": "--5.00"}, "amount", "--5.00", "an amount"),
    Cell("an exponent", {"amount": "1E+03"}, "amount", "1E+03", "an amount"),
    Cell("a sum as a formula", {"amount": "=100+20"}, "amount", "=100+20", "an amount"),
    Cell("more money than there is", {"amount": "9" * 16 + ".00"}, "amount", "9999", "below"),
    Cell("a negative invoice", {"amount": "-100.00"}, "amount", "-100.00", "credit_note"),
    Cell("a negative invoice, the minus behind", {"amount": "100.00-"}, "amount", "100.00-",
         "credit_note"),
    Cell("a negative invoice in brackets", {"amount": "(100.00)"}, "amount", "(100.00)",
         "credit_note"),
    Cell("a minus from a typesetter", {"amount": "\u2212100.00"}, "amount", "\u2212100.00",
         "credit_note"),
    Cell("dollars in a row of euros", {"amount": "$100.00"}, "amount", "$100.00",
         "an amount in EUR"),
    Cell("pounds in a row of euros", {"amount": "GBP 100.00"}, "amount", "GBP 100.00",
         "an amount in EUR"),
    Cell("a unit that is no currency", {"amount": "100.00 pcs"}, "amount", "100.00 pcs",
         "an amount such as"),
    Cell("more open than billed", {"open_amount": "100.01"}, "open_amount", "100.01",
         "no more than the amount"),
    Cell("less than nothing open", {"open_amount": "-1.00"}, "open_amount", "-1.00",
         "nothing below 0"),
    Cell("an unknown currency", {"currency": "EURO"}, "currency", "EURO", "ISO 4217"),
    Cell("a currency that is no more", {"currency": "DEM"}, "currency", "DEM", "ISO 4217"),
    Cell("no customer", {"customer": ""}, "customer", "", "a value"),
    Cell("no number", {"number": ""}, "number", "", "a value"),
    Cell("a customer of blanks", {"customer": " \u00a0 "}, "customer", "", "a value"),
    Cell("an unknown kind", {"kind": "RE"}, "kind", "RE", "one of invoice, instalment"),
    Cell("terms nobody can count", {"terms": "2/10 net 30"}, "terms", "2/10 net 30", "days"),
    Cell("terms of a lifetime", {"terms": "9000"}, "terms", "9000", "at most 730"),
    Cell("no date at all", {"issued_on": "", "due_on": ""}, "due_on", "", "issued_on"),
    Cell("a number a spreadsheet shortened", {"number": "1.23457E+11"}, "number", "1.23457E+11",
         "all its digits"),
    Cell("a reference that is a formula", {"number": "=A1"}, "number", "=A1", "not a formula"),
    Cell("a number longer than any", {"number": "9" * 101}, "number", "999", "at most 100"),
    Cell("a bell in a reference", {"number": "A\x07-2"}, "number", "A\x07-2", "control character"),
    Cell("a reference on two lines", {"number": '"A\n2"'}, "", "A", "quote"),
    Cell("a total", {"customer": "", "number": "Total"}, "customer", "Total", "row of totals"),
    Cell("a total in German", {"customer": "", "number": "", "issued_on": "", "due_on": "",
         "description": "Summe"}, "customer", "Summe", "row of totals"),
]  # fmt: skip


@pytest.mark.parametrize("cell", CELLS, ids=[c.name for c in CELLS])
def test_a_bad_cell_costs_its_row_and_no_other(cell: Cell, tmp_path: Path) -> None:
    """The complaint names line, column, what was found and what would do; others go in."""
    bad = row(**({"number": "A-2"} | cell.said))
    found = read(tmp_path, HEADING + row(number="A-1") + bad + row(number="A-9"))
    assert found.numbers == ["A-1", "A-9"]
    first = found.errors[0]
    assert first.line == 3
    assert first.column == (cell.column or None)
    assert cell.found in first.found
    assert cell.want in first.want
    assert str(first).startswith("items.csv:3")
    assert {c.line for c in found.errors} <= {3, 4}


class File(NamedTuple):
    """A file that is damaged as a whole: the rows that go in, the lines complained about."""

    name: str
    data: bytes
    numbers: list[str]
    lines: list[int]
    want: str


def lines(*texts: str | bytes) -> bytes:
    """Put a heading and lines together."""
    return HEADING.encode() + b"".join(t.encode() if isinstance(t, str) else t for t in texts)


ONE, NINE = row(number="A-1"), row(number="A-9")
FILES = [
    File("a row with a cell too many", lines(
        ONE, "C-1,A-2,,,,2026-02-04,,5.00,,EUR,x,more\n", NINE), ["A-1", "A-9"], [3],
        "11, one for each heading"),
    File("a row with cells missing", lines(ONE, "C-1,A-2,,,\n", NINE), ["A-1", "A-9"], [3],
         "11, one for each heading"),
    File("a row of one cell", lines(ONE, "end of report\n", NINE), ["A-1", "A-9"], [3],
         "11, one for each heading"),
    File("a quote that is never closed", lines(ONE, row(number='"A-2'), NINE, row(number="A-10")),
         ["A-1", "A-9", "A-10"], [3], "each quote closed"),
    File("a quote that a later quote closes", lines(
        ONE, row(number='"A-2'), NINE, row(number='"A-10"'), row(number="A-11")),
        ["A-1", "A-9", "A-10", "A-11"], [3], "each quote closed"),
    File("a quote in the last row", lines(ONE, row(number='"A-2')), ["A-1"], [3],
         "each quote closed"),
    File("quotes inside quotes", lines(ONE, row(number="A-2", description='"a "big" box"'), NINE),
         ["A-1", "A-9"], [3], "doubled"),
    File("empty bytes", lines(ONE, row(number="A-\x002"), NINE), ["A-1", "A-9"], [3], "NUL"),
    File("a row of empty bytes", lines(ONE, b"\x00" * 200 + b"\n", NINE), ["A-1", "A-9"], [3],
         "NUL"),
    File("bytes that are no letters", lines(
        row(number="A-1", description="Größe"), row().encode().replace(b"C-1", b"\xff"), NINE),
         ["A-1", "A-9"], [3], "letters in the encoding"),
    File("half a letter at the end", lines(row(number="A-1", description="Größe"),
         row(number="A-2").encode().rstrip() + b"\xc3"), ["A-1"], [3], "letters in the encoding"),
    File("a line of ten million letters", lines(
        ONE, "C-1," + "x" * 10_000_000 + "\n", NINE), ["A-1", "A-9"], [3], "usual length"),
    File("a quoted cell of a million letters", lines(
        ONE, row(number="A-2", description='"' + "x" * 200_000 + '"'), NINE), ["A-1", "A-9"], [3],
        "each quote closed"),
    File("the same item twice", lines(ONE, row(number="A-2"), row(number="A-2", amount="7.00"),
         NINE), ["A-1", "A-2", "A-9"], [4], "line 3 has it already"),
    File("the same row twice", lines(ONE, ONE, NINE), ["A-1", "A-9"], [3],
         "line 2 has it already"),
    File("a second heading in the middle", lines(ONE, HEADING, NINE), ["A-1", "A-9"], [3] * 6,
         "ISO 4217"),
    File("everything wrong at once", lines(ONE, row(
        number="A-2", kind="X", due_on="never", terms="?", amount="0", currency="?"), NINE),
        ["A-1", "A-9"], [3] * 5, ""),
    File("three bad rows and three good", lines(
        ONE, row(number="A-2", amount="?"), row(number="A-3"), row(number="A-4", due_on="?"),
        row(number="A-5", customer=""), NINE), ["A-1", "A-3", "A-9"], [3, 5, 6], ""),
]  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=[f.name for f in FILES])
def test_a_damaged_line_costs_its_row_and_no_other(file: File, tmp_path: Path) -> None:
    """Whatever a line does to the reader, the next one is read as if nothing had been."""
    found = read(tmp_path, file.data)
    assert found.numbers == file.numbers
    assert [c.line for c in found.errors] == file.lines
    assert any(file.want in c.want for c in found.errors)
    assert all(c.file == "items.csv" for c in found.errors)


class Whole(NamedTuple):
    """A file that is refused as a whole: with which word, and what would do."""

    name: str
    data: bytes
    reason: str
    want: str
    file: str = "items.csv"


def ambiguous(**said: str) -> bytes:
    """Two rows whose cells can be read two ways."""
    return lines(row(number="A-1", **said), row(number="A-2", **said))


WHOLE = [
    Whole("an empty file", b"", "empty_file", "export it again"),
    Whole("nothing but blank lines", b"\n\n  \n", "empty_file", "no headings"),
    Whole("a file of other columns", b"a,b,c\n1,2,3\n", "wrong_columns",
          "Found: 'a', 'b', 'c'"),
    Whole("a column short", b"customer,number\nC-1,A-1\n", "wrong_columns",
          "no column for amount"),
    Whole("data without headings", ONE.encode(), "wrong_columns", "Wanted for items"),
    Whole("two columns of one name", b"customer,number,amount,Amount\nC,A,1.00,2.00\n",
          "wrong_columns", "more than one column can be amount"),
    Whole("two columns of one meaning", b"customer,number,Betrag,Rechnungsbetrag\nC,A,1,2\n",
          "wrong_columns", "'Betrag' and 'Rechnungsbetrag'"),
    Whole("dates of either order", ambiguous(due_on="03/04/2026"), "which_date_order",
          "dates: DD/MM/YYYY"),
    Whole("dates of either order with dashes", ambiguous(due_on="03-04-2026"),
          "which_date_order", "dates: MM/DD/YYYY"),
    Whole("dates of both orders", lines(row(number="A-1", due_on="31/01/2026"),
          row(number="A-2", due_on="01/31/2026")), "written_two_ways", "'01/31/2026' in line 3"),
    Whole("amounts of either mark", ambiguous(amount='"1,234"'), "which_decimal_mark",
          "decimal: comma"),
    Whole("amounts of either mark, a point", ambiguous(amount="1.234"), "which_decimal_mark",
          "decimal: point"),
    Whole("amounts of both marks", lines(row(number="A-1", amount="1.5"),
          row(number="A-2", amount='"1,5"')), "written_two_ways", "'1,5' in line 3"),
    Whole("a picture", b"\x89PNG\r\n\x1a\n" + bytes(100), "wrong_file", "a picture"),
    Whole("a PDF", b"%PDF-1.7\n%\xe2\xe3", "wrong_file", "a PDF"),
    Whole("a packed file", b"\x1f\x8b\x08\x00" + bytes(20), "wrong_file", "unpack it first"),
    Whole("an old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "wrong_file",
          "an old .xls workbook", "items.xls"),
    Whole("a web page called a workbook", b"<html><table><tr><td>customer</td></tr></table>",
          "wrong_file", "a web page", "items.xls"),
    Whole("an XML workbook", b'<?xml version="1.0"?><Workbook/>', "wrong_file", "XML",
          "items.xls"),
    Whole("JSON", b'[{"customer": "C-1"}]', "wrong_file", "JSON"),
    Whole("a packed file called a workbook", b"PK\x05\x06" + bytes(18), "wrong_file",
          "archive", "items.xlsx"),
    Whole("half a workbook", b"PK\x03\x04" + bytes(400), "damaged_file", "cannot be unpacked",
          "items.xlsx"),
    Whole("noise", bytes((i * 7919 + 13) % 251 for i in range(5_000)), "", ""),
]  # fmt: skip


@pytest.mark.parametrize("file", WHOLE, ids=[f.name for f in WHOLE])
def test_what_is_no_list_is_refused_with_what_would_do(file: Whole, tmp_path: Path) -> None:
    """A file nobody can read is refused in one sentence that names it and the way out."""
    with pytest.raises(Refused) as refused:
        read(tmp_path, file.data, name=file.file)
    if file.reason:
        assert refused.value.reason == file.reason
    assert file.want in str(refused.value)
    assert str(refused.value).startswith(file.file)


def test_the_table_of_damage_is_long() -> None:
    """At least sixty kinds of damage are tried."""
    assert len(CELLS) + len(FILES) + len(WHOLE) >= 60


def test_all_that_is_wrong_with_a_row_is_said_at_once(tmp_path: Path) -> None:
    """A row with five bad cells has complaints about each; nobody mends a file five times."""
    bad = row(number="A-2", kind="X", due_on="never", terms="?", amount="0", currency="?")
    found = read(tmp_path, HEADING + ONE + bad)
    assert [c.column for c in found.errors] == [
        "kind", "due_on", "terms", "currency", "amount",
    ]  # fmt: skip


def test_a_file_none_of_whose_rows_fit_is_given_up(tmp_path: Path) -> None:
    """After a hundred thousand bad rows and no good one, the file is refused with its last."""
    data = HEADING + row(number="A-1", kind="RE") * 100_500
    with pytest.raises(Refused) as refused:
        read(tmp_path, data)
    assert refused.value.reason == "no_row_fits"
    assert "kind: found 'RE'" in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "heading", "cells", "column", "want"),
    [
        ("customers", "reference,country", "C-1,UK", "country", "GB"),
        ("customers", "reference,country", "C-1,Germany", "country", "ISO 3166"),
        ("customers", "reference,language", "C-1,german", "language", "ISO 639-1"),
        ("customers", "reference,time_zone", "C-1,Berlin", "time_zone", "Europe/Berlin"),
        ("customers", "reference,time_zone", "C-1,../../etc/passwd", "time_zone", "IANA"),
        ("customers", "reference,email", "C-1,a@b.example; c@d.example", "email", "one e-mail"),
        ("customers", "reference,email", "C-1,nobody", "email", "one e-mail"),
        ("customers", "reference,phone", "C-1,ask Anna", "phone", "a phone number"),
        ("customers", "reference,phone", "C-1,4.93012E+11", "phone", "a phone number"),
        ("customers", "reference,strategic", "C-1,perhaps", "strategic", "yes or no"),
        ("customers", "reference,terms_days", "C-1,a month", "terms_days", "days"),
        ("customers", "reference,history_grade", "C-1,A+", "history_grade", "excellent"),
        ("customers", "reference,credit_limit", "C-1,-5.00", "credit_limit", "nothing below 0"),
        ("customers", "reference,parent", "C-1,C-1", "parent", "another customer"),
        ("contacts", "customer,name,role", "C-1,Ann,CFO", "role", "ap, buyer"),
        ("contacts", "customer,name,consent", "C-1,Ann,fax", "consent", "email letter call"),
        ("contacts", "customer,name", "C-1,", "name", "a way to reach"),
        ("payments", "reference,amount", "P-1,-5.00", "amount", "reversal"),
        ("payments", "reference,amount,kind", "P-1,5.00,reversal", "reverses", "taken back"),
        (
            "payments",
            "reference,amount,kind,reverses",
            "P-1,5.00,payment,P-0",
            "reverses",
            "nothing, or the kind reversal",
        ),
        ("payments", "reference,amount,items", "P-1,5.00,A-1=6.00", "items", "add up"),
        ("payments", "reference,amount,items", "P-1,5.00,A-1=x", "items", "an amount"),
        ("payments", "reference,amount,items", "P-1,5.00,A-1=0", "items", "above 0"),
        ("payments", "reference,amount,items", "P-1,5.00,=5.00", "items", "the number of an item"),
        (
            "payments",
            "reference,amount,paid_on",
            "P-1,5.00,31.02.2026",
            "paid_on",
            "a day that exists",
        ),
        ("history", "customer,date,tone", "C-1,2026-01-05,angry", "tone", "friendly"),
        ("history", "customer,date,channel", "C-1,2026-01-05,fax", "channel", "email, letter"),
        ("history", "customer,date", "C-1,", "date", "a value"),
        ("rates", "currency,date,rate", "USD,2026-01-05,-1", "rate", "above 0"),
        ("rates", "currency,date,rate", "USD,2026-01-05,NaN", "rate", "a rate"),
        ("rates", "currency,date,rate", "EUR,2026-01-05,1", "currency", "another currency"),
        ("orders", "customer,number,amount", "C-1,O-1,-5.00", "amount", "above 0"),
        ("orders", "customer,number,amount", "C-1,O-1,", "amount", "above 0"),
    ],
)
def test_a_bad_cell_of_any_kind_is_named(
    kind: str, heading: str, cells: str, column: str, want: str, tmp_path: Path
) -> None:
    """Every kind of file complains by line and column, and takes no such row."""
    found = read(tmp_path, f"{heading}\n{cells}\n", kind)
    assert found.rows == []
    assert [c.line for c in found.errors] == [2]
    assert found.errors[0].column == column
    assert want in found.errors[0].want
