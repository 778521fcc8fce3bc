"""Mapping files: what they can say, and how what they say wrongly is said back."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path
from typing import NamedTuple

import pytest
from intake_helpers import Read, read, read_file, written

from dunwell import intake
from dunwell.core.errors import Refused

SAP = """\
kind: items
heading_line: 3
delimiter: semicolon
encoding: windows-1252
columns:
  customer: Debitor
  number: Belegnr
  kind: Art
  issued_on: Beleg
  due_on: Fällig
  amount: Betrag
constants:
  entity: "0010"
  currency: EUR
dates: DD.MM.YY
decimal: comma
thousands: point
values:
  kind: {RE: invoice, GS: credit_note, RV: invoice}
negative: credit_note
ignore_rows: [Summe, Gesamt]
ignore_columns: [Saldo]
"""
SAP_FILE = """\
Offene Posten;;;;;;
Stand 05.01.26;;;;;;
Debitor;Belegnr;Art;Beleg;Fällig;Betrag;Saldo
0000471;R1;RE;05.01.26;04.02.26;1.234,50;1
0000471;R2;rv;05.01.26;04.02.26;2.000;1
0000471;G1;GS;05.01.26;04.02.26;50,00-;1
0000471;R3;RE;05.01.26;04.02.26;7,00-;1
Summe;;;;;3.000,00;1
0000472;R4;XX;05.01.26;04.02.26;7,00;1
0000472;R5;RE;2026-01-05;31.02.26;7,00;1
""".encode("cp1252")


def test_a_foreign_list_is_read_as_the_mapping_says(tmp_path: Path) -> None:
    """Columns, constants, formats, words, signs and rows to leave out: all as stated."""
    found = read(tmp_path, SAP_FILE, mapping=SAP)
    assert [(r.number, r.kind, r.amount_minor) for r in found.rows] == [
        ("R1", "invoice", 123_450),
        ("R2", "invoice", 200_000),
        ("G1", "credit_note", 5_000),
        ("R3", "credit_note", 700),
    ]
    assert {(r.entity, r.currency, r.customer) for r in found.rows} == {("0010", "EUR", "0000471")}
    assert found.rows[0].due_on == dt.date(2026, 2, 4)
    assert [(c.line, c.column, c.found) for c in found.errors] == [
        (9, "Art (kind)", "XX"), (10, "Fällig (due_on)", "31.02.26"),
    ]  # fmt: skip
    assert "nothing here; left out, as the mapping says" in [c.want for c in found.notes]
    assert found.guesses == ("columns not used: 'Saldo'",)


def test_a_mapping_that_says_nothing_changes_nothing(tmp_path: Path) -> None:
    """An empty mapping is none."""
    found = read(tmp_path, "customer,number,amount\nC-1,A-1,5.00\n", mapping="# later\n")
    assert found.numbers == ["A-1"]


@pytest.mark.parametrize(
    ("style", "text", "day"),
    [
        ("M/D/YYYY", "3/4/2026", "2026-03-04"), ("D/M/YYYY", "3/4/2026", "2026-04-03"),
        ("DD.MM.YYYY", "03.04.2026", "2026-04-03"), ("YYYYMMDD", "20260403", "2026-04-03"),
        ("DDMMYYYY", "03042026", "2026-04-03"), ("DD-MMM-YY", "03-Apr-26", "2026-04-03"),
        ("MMM D YYYY", "Apr 3 2026", "2026-04-03"), ("YYMMDD", "260403", "2026-04-03"),
        ("DD.MM.YY", "03.04.98", "1998-04-03"), ("serial", "46115", "2026-04-03"),
        ("DD/MM/YYYY", "2026-04-03", "2026-04-03"),
        ("DD.MM.YYYY", "03.04.2026 10:30", "2026-04-03"),
    ],
)  # fmt: skip
def test_dates_are_read_in_the_style_stated(
    style: str, text: str, day: str, tmp_path: Path
) -> None:
    """A stated style settles what the file alone cannot; ISO dates are read beside it."""
    found = read(
        tmp_path, f"customer,number,amount,due_on\nC-1,A-1,5.00,{text}\n", mapping=f"dates: {style}"
    )  # fmt: skip
    assert [str(r.due_on) for r in found.rows] == [day]
    assert not any("due_on" in g for g in found.guesses)


def test_each_date_column_may_have_its_own_style(tmp_path: Path) -> None:
    """Styles may be stated by column."""
    found = read(
        tmp_path, "customer,number,amount,issued_on,due_on\nC-1,A-1,5.00,03/04/2026,03/04/2026\n",
        mapping="dates:\n  issued_on: DD/MM/YYYY\n  due_on: MM/DD/YYYY\n",
    )  # fmt: skip
    assert (str(found.rows[0].issued_on), str(found.rows[0].due_on)) == ("2026-04-03", "2026-03-04")


def test_another_style_than_the_one_stated_is_complained_about(tmp_path: Path) -> None:
    """With a style stated there is no second guess."""
    text = "customer,number,amount,due_on\nC-1,A-1,5.00,04/13/2026\n"
    found = read(tmp_path, text, mapping="dates: DD.MM.YYYY")
    assert found.errors[0].want == "a date written DD.MM.YYYY, as the mapping says"


def test_an_ambiguous_amount_is_settled_by_the_mapping(tmp_path: Path) -> None:
    """1,234 is a thousand with `decimal: point`, and one and a bit with `decimal: comma`."""
    text = 'customer,number,amount,currency,due_on\nC-1,A-1,"1,234",KWD,2026-01-05\n'
    assert read(tmp_path, text, mapping="decimal: point").rows[0].amount_minor == 1_234_000
    assert read(tmp_path, text, mapping="decimal: comma").rows[0].amount_minor == 1_234
    assert read(tmp_path, text, mapping="thousands: comma").rows[0].amount_minor == 1_234_000
    refused = read(tmp_path, text, mapping="decimal: point\nthousands: none")
    assert refused.errors[0].column == "amount"


def test_payments_written_below_zero_can_be_turned(tmp_path: Path) -> None:
    """A ledger that credits payments writes them below zero; `sign: reversed` turns them."""
    head = "reference,amount,paid_on,items,reverses\n"
    text = head + "P-1,-5.00,2026-01-05,A-1=-5.00,\nP-2,5.00,2026-01-06,,P-1\n"
    found = read(tmp_path, text, "payments", mapping="sign: reversed\nnegative: reversal")
    assert [(r.kind, r.amount_minor, r.items) for r in found.rows] == [
        ("payment", 500, (("A-1", 500),)), ("reversal", 500, ()),
    ]  # fmt: skip


def test_a_word_for_yes_is_the_users_own(tmp_path: Path) -> None:
    """`yes: [X]` makes X a yes, and then only X."""
    text = "reference,strategic\nC-1,X\nC-2,-\nC-3,yes\n"
    found = read(tmp_path, text, "customers", mapping="yes: X\nno: ['-']")
    assert [(r.reference, r.strategic) for r in found.rows] == [("C-1", True), ("C-2", False)]
    assert [c.line for c in found.errors] == [4]


def test_rates_follow_the_decimal_mark(tmp_path: Path) -> None:
    """A rate written 0,9215 is read with the comma its column proves."""
    found = read(tmp_path, "currency;date;rate\nUSD;2026-01-05;0,9215\n", "rates")
    assert (found.rows[0].rate, found.rows[0].base) == ("0.9215", "EUR")
    assert "no column for the base: rates are into EUR" in found.guesses


class Wrong(NamedTuple):
    """A mapping that is wrong: the lines said, and what would do."""

    name: str
    text: str
    lines: list[int]
    want: str


WRONG = [
    Wrong("an unknown key", "colums:\n  number: Nr\n", [1], "one of kind, encoding"),
    Wrong("a column we have not", "columns:\n  amount: B\n  invoice: Nr\n", [3], "a column of"),
    Wrong("a list where names should be", "columns: [a, b]\n", [1], "keys and values"),
    Wrong("a column that is nothing", "columns:\n  amount: ''\n", [2], "leave the line out"),
    Wrong("a column that is a list", "columns:\n  amount: [a]\n", [2], "one value"),
    Wrong("an unknown kind", "kind: invoices\n", [1], "one of customers"),
    Wrong("a date without a year", "dates: DD.MM\n", [1], "one year, month and day"),
    Wrong("a date with two years", "dates: DD.MM.YYYY YYYY\n", [1], "one year"),
    Wrong("a date in another notation", "dates: '%d.%m.%Y'\n", [1], "such as DD.MM.YYYY"),
    Wrong("a date of an amount", "dates:\n  amount: DD.MM.YYYY\n", [2], "a column of"),
    Wrong("an unknown mark", "decimal: ';'\n", [1], "one of point, comma"),
    Wrong("an unknown delimiter", "delimiter: x\n", [1], "one of comma, semicolon"),
    Wrong("an unknown encoding", "encoding: utf-9\n", [1], "an encoding such as utf-8"),
    Wrong("an encoding that runs code", "encoding: unicode_escape\n", [1], "an encoding such as"),
    Wrong("a heading line of words", "heading_line: third\n", [1], "a number of lines"),
    Wrong("a sign of its own", "negative: refund\n", [1], "one of credit_note, reversal"),
    Wrong("the same key twice", "decimal: point\ndecimal: comma\n", [2], "each key once"),
    Wrong("several at once", "kind: x\ncolumns:\n  a: b\ndecimal: '*'\n", [1, 3, 4], "one of"),
    Wrong("no keys at all", "- a\n- b\n", [1], "keys and values"),
    Wrong("no YAML", "columns: {a: b\nkind: items\n", [2], "not YAML"),
    Wrong("a tab before a key", "columns:\n\tnumber: Nr\n", [2], "not YAML"),
    Wrong("words that are lists", "values:\n  kind: [RE]\n", [2], "keys and values"),
    Wrong("a word for no column", "values:\n  art: {RE: invoice}\n", [2], "a column of"),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=[w.name for w in WRONG])
def test_what_is_wrong_with_a_mapping_is_said_by_line(wrong: Wrong, tmp_path: Path) -> None:
    """Every wrong line of a mapping is named at once with what would do."""
    with pytest.raises(Refused) as refused:
        intake.load_mapping(written(tmp_path, wrong.text, "map.yaml"))
    said = str(refused.value).splitlines()
    assert refused.value.reason == "wrong_mapping"
    assert [int(line.split(":")[1].split()[0]) for line in said] == wrong.lines
    assert all(line.startswith("map.yaml:") for line in said)
    assert wrong.want in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\x00", "größe: 1".encode("cp1252"), b"[" * 5_000, b"{" * 5_000,
        b"x" * 300_000, b"a: &a [*a]\n", b"!!python/object/apply:os.system [ls]\n", b"? [a]\n: b\n",
        b"%YAML 9.9\n---\na: 1\n", b"columns: !!binary x\n", b"a: 1\n---\nb: 2\n", b"\x00",
    ],
)  # fmt: skip
def test_no_mapping_brings_the_reader_down(data: bytes, tmp_path: Path) -> None:
    """Whatever stands in a mapping, it is read or refused."""
    path = tmp_path / "map.yaml"
    path.write_bytes(data)
    with pytest.raises(Refused, match=r"map\.yaml"):
        intake.load_mapping(path)


@pytest.mark.parametrize(
    ("mapping", "want"),
    [
        ("kind: payments", "mapping.yaml:1 kind is payments, not items"),
        ("columns:\n  paid_on: x", "mapping.yaml:2 columns.paid_on: items have no such column"),
        ("columns:\n  amount: Betrag", "mapping.yaml:2 columns.amount: items.csv has no column"),
        ("constants:\n  currency: EURO", "mapping.yaml:2 constants.currency: found 'EURO'; want"),
        ("constants:\n  amount: 5", "mapping.yaml:2 constants.amount: an amount stands in"),
        (
            "values:\n  kind: {RE: invoce}",
            "mapping.yaml:2 values.kind: found 're: invoce'; want one",
        ),
        ("negative: reversal", "mapping.yaml:1 negative: reversal is for payments"),
    ],
)
def test_a_mapping_that_does_not_fit_its_file_is_refused_by_line(
    mapping: str, want: str, tmp_path: Path
) -> None:
    """What only the file can show to be wrong is said with the mapping's line, before any row."""
    with pytest.raises(Refused) as refused:
        read(tmp_path, "customer,number,amount,kind\nC-1,A-1,5.00,RE\n", mapping=mapping)
    assert want in str(refused.value)


def test_scalars_are_taken_as_they_are_written(tmp_path: Path) -> None:
    """0010 stays 0010, and `no` stays no: nothing is a number or a boolean."""
    found = intake.load_mapping(
        written(tmp_path, "constants: {entity: 0010, region: no, currency: ~}\n", "map.yaml")
    )
    assert found.constants == {"entity": "0010", "region": "no", "currency": "~"}


# --- lists that people have really exported ----------------------------------------------------

SHARED = Path(__file__).parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="NOT RUN: no ../shared/data beside this repository"
)
IBM = """\
columns: {customer: customerID, number: invoiceNumber, issued_on: InvoiceDate, due_on: DueDate,
          amount: InvoiceAmount}
constants: {currency: USD}
dates: M/D/YYYY
decimal: point
"""
HRC_OPEN = """\
columns: {entity: business_code, customer: cust_number, number: doc_id, issued_on: posting_date,
          due_on: due_date, amount: amount, currency: invoice_currency}
"""
HRC_CLOSED = """\
columns: {customer: cust_number, number: invoice_id, due_on: due_date, amount: amount}
constants: {currency: USD}
"""


def unpacked(folder: Path, name: str) -> Path:
    """Unpack a shared file."""
    path = folder / "list.csv"
    path.write_bytes(gzip.decompress((SHARED / name).read_bytes()))
    return path


@needs_shared
def test_the_ibm_list_goes_in_through_a_mapping(tmp_path: Path) -> None:
    """All 1,834 invoices of 74 customers, to the cent, with US dates."""
    path = unpacked(tmp_path, "ibm_late_payments/invoices.csv.gz")
    found = read_file(path, "items", mapping=IBM)
    assert (len(found.rows), found.errors) == (1_834, [])
    assert len({r.customer for r in found.rows}) == 74
    assert {(r.due_on - r.issued_on).days for r in found.rows} == {30}
    assert (found.rows[0].number, found.rows[0].amount_minor) == ("7900770", 6_174)
    assert found.rows[0].due_on == dt.date(2013, 2, 25)


@needs_shared
def test_the_ibm_list_proves_its_own_dates(tmp_path: Path) -> None:
    """Without a stated style the same days are found, and both orders are named as guesses."""
    path = unpacked(tmp_path, "ibm_late_payments/invoices.csv.gz")
    stated = read_file(path, "items", mapping=IBM)
    guessed = read_file(path, "items", mapping=IBM.replace("dates: M/D/YYYY\n", ""))
    assert guessed.rows == stated.rows
    assert sum("month first" in g for g in guessed.guesses) == 2


@needs_shared
def test_the_open_list_of_a_large_supplier_goes_in(tmp_path: Path) -> None:
    """All 13,829 open invoices; its codes for terms are seen to be none of ours, and said."""
    path = unpacked(tmp_path, "hrc_invoices/open.csv.gz")
    found = read_file(path, "items", mapping=HRC_OPEN)
    assert (len(found.rows), found.errors) == (13_829, [])
    assert any("'payment_terms' is not taken as terms" in g for g in found.guesses)
    assert {r.currency for r in found.rows} == {"USD", "CAD"}
    assert sum(r.amount_minor for r in found.rows) == cents(path, "amount", found)


@needs_shared
def test_settled_invoices_without_numbers_are_told_one_by_one(tmp_path: Path) -> None:
    """Most settled rows of that supplier have no number: each is named, the others go in."""
    path = unpacked(tmp_path, "hrc_invoices/closed.csv.gz")
    found = read_file(path, "items", mapping=HRC_CLOSED)
    assert len(found.rows) > 4_000
    assert len(found.rows) + len({c.line for c in found.errors}) == 29_003
    assert sum(c.column == "invoice_id (number)" and c.found == "" for c in found.errors) > 20_000


def cents(path: Path, column: str, found: Read) -> int:
    """Add a column up without our reader, over the lines whose rows were taken."""
    import csv
    from decimal import Decimal

    lines = {r.line for r in found.rows}
    with path.open(newline="", encoding="utf-8") as file:
        amounts = [
            Decimal(row[column]) for n, row in enumerate(csv.DictReader(file), 2) if n in lines
        ]
    return int(sum(amounts) * 100)
