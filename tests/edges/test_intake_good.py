"""Good files of every kind, in the many ways in which good files are written."""

from __future__ import annotations

import datetime as dt
import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest
from intake_helpers import read, read_file, written

import dunwell.intake
from dunwell import intake
from dunwell.core import rows


def day(text: str) -> dt.date:
    """Read an ISO date."""
    return dt.date.fromisoformat(text)


def test_an_item_says_no_more_than_it_must(tmp_path: Path) -> None:
    """Customer, number and amount are enough to know an item; the rest stays unsaid."""
    found = read(tmp_path, "customer,number,amount\nC-1,A-1,100.00\n")
    assert found.rows == [
        rows.ItemRow(
            line=2, customer="C-1", number="A-1", kind="invoice", amount_minor=10_000,
            currency="EUR",
        )
    ]  # fmt: skip
    assert found.errors == []
    assert "no column for the currency: amounts without one are in EUR" in found.guesses
    assert any("rows are invoices" in g for g in found.guesses)


def test_a_whole_item_keeps_all_it_says(tmp_path: Path) -> None:
    """Every column of an item arrives in its field, blanks around it gone."""
    found = read(tmp_path, (
        "entity,customer,number,part,kind,issued_on,due_on,terms,amount,open_amount,currency,"
        "applies_to,po_number,description,document,payment_method\n"
        "DE01, C-1 ,A-1,2,instalment,2026-01-05,2026-02-04,30,100.00,40.00,USD,"
        'A-0,PO 7,"Pumps, and seals",a-1.pdf,transfer\n'
    ))  # fmt: skip
    assert found.rows == [
        rows.ItemRow(
            line=2, entity="DE01", customer="C-1", number="A-1", part="2", kind="instalment",
            issued_on=day("2026-01-05"), due_on=day("2026-02-04"), terms_days=30,
            amount_minor=10_000, open_minor=4_000, currency="USD", applies_to="A-0",
            po_number="PO 7", description="Pumps, and seals", document="a-1.pdf",
            payment_method="transfer",
        )
    ]  # fmt: skip
    assert found.guesses == ()


@pytest.mark.parametrize(
    ("kind", "text", "row"),
    [
        (
            "customers",
            "reference,name,entity,language,country,region,time_zone,currency,terms_days,"
            "account_owner,annual_revenue,strategic,natural_person,segment,history_grade,"
            "credit_limit,payment_method,parent,pays_via_parent,email,phone\n"
            "C-1,Müller GmbH,DE01,DE-at,de,Bayern,Europe/Berlin,eur,net 30,M. Ito,120000.50,ja,no,"
            "vip,Good,5000,transfer,C-0,true,ap@example.com,+49 30 1\n",
            rows.CustomerRow(
                line=2, reference="C-1", name="Müller GmbH", entity="DE01", language="de",
                country="DE", region="Bayern", time_zone="Europe/Berlin", currency="EUR",
                terms_days=30, account_owner="M. Ito", annual_revenue_minor=12_000_050,
                strategic=True, natural_person=False, segment="vip", history_grade="good",
                credit_limit_minor=500_000, payment_method="transfer", parent="C-0",
                pays_via_parent=True, email="ap@example.com", phone="+49 30 1",
            ),
        ),
        (
            "contacts",
            "customer,name,role,email,phone,mobile,address,language,consent,best_time\n"
            'C-1,Ann,AP,a@example.com,030 1,0170 1,"Weg 1\n12345 Ort",fr,"E-Mail, letter",'
            "09:00-11:30\n",
            rows.ContactRow(
                line=2, customer="C-1", name="Ann", role="ap", email="a@example.com",
                phone="030 1", mobile="0170 1", address="Weg 1\n12345 Ort", language="fr",
                consent="email letter", best_time="09:00-11:30",
            ),
        ),
        (
            "payments",
            "entity,customer,reference,kind,reverses,paid_on,amount,currency,items\n"
            "DE01,C-1,P-1,payment,,2026-02-04,150.00,EUR,INV-1=100.00;INV-2/1=50.00;INV-3\n",
            rows.PaymentRow(
                line=2, entity="DE01", customer="C-1", reference="P-1", kind="payment",
                amount_minor=15_000, currency="EUR", paid_on=day("2026-02-04"),
                items=(("INV-1", 10_000), ("INV-2/1", 5_000), ("INV-3", None)),
            ),
        ),
        (
            "history",
            "entity,customer,item,step,tone,date,channel\nDE01,C-1,A-1/2,first,Firm,2026-01-05,"
            "E-Mail\n",
            rows.HistoryRow(
                line=2, entity="DE01", customer="C-1", item="A-1/2", step="first", tone="firm",
                on=day("2026-01-05"), channel="email",
            ),
        ),
        (
            "rates",
            "currency,base,date,rate\nUSD,EUR,2026-01-05,0.9215\n",
            rows.RateRow(line=2, currency="USD", base="EUR", on=day("2026-01-05"), rate="0.9215"),
        ),
        (
            "orders",
            "entity,customer,number,ordered_on,amount,currency,status\n"
            "DE01,C-1,O-1,2026-01-05,99.95,EUR,open\n",
            rows.OrderRow(
                line=2, entity="DE01", customer="C-1", number="O-1", amount_minor=9_995,
                currency="EUR", ordered_on=day("2026-01-05"), status="open",
            ),
        ),
    ],
)  # fmt: skip
def test_each_kind_keeps_all_it_says(kind: str, text: str, row: rows.Row, tmp_path: Path) -> None:
    """Every column of every kind arrives in its field, and nothing need be guessed."""
    found = read(tmp_path, text, kind)
    assert found.rows == [row]
    assert (found.errors, found.notes, found.guesses) == ([], [], ())


@pytest.mark.parametrize(
    ("written_as", "minor"),
    [
        ("1234.50", 123_450), ("1,234.50", 123_450), ("1'234.50", 123_450),
        ("1\u2019234.50", 123_450), ("1 234.50", 123_450), ("1\u00a0234.50", 123_450),
        ("1\u202f234.50", 123_450), ("12,34,567.50", 123_456_750), ("€ 1,234.50", 123_450),
        ("1,234.50 €", 123_450), ("EUR 1,234.50", 123_450), ("1,234.50EUR", 123_450),
        ("1,234.50 Euro", 123_450), ("1234", 123_400), ("1234.5", 123_450), (".50", 50),
        ("1234.", 123_400), ("1234.-", 123_400), ("1234.--", 123_400), ("+1234.50", 123_450),
        ("1234.50 DR", 123_450),
        ("\uff11\uff12\uff13\uff14.\uff15\uff10", 123_450), ("1234.5000", 123_450),
        ("0.07", 7), ("999999999999.99", 99_999_999_999_999),
    ],
)  # fmt: skip
def test_an_amount_is_read_however_people_write_it(
    written_as: str, minor: int, tmp_path: Path
) -> None:
    """Currency signs, blanks of any kind, apostrophes and wide digits change no amount."""
    head = "customer;number;amount;due_on\nC-1;A-0;0.01;2026-01-05\n"
    text = f'{head}C-1;A-1;"{written_as}";2026-01-05\n'
    found = read(tmp_path, text)
    assert [r.amount_minor for r in found.rows] == [1, minor]
    assert found.errors == []


@pytest.mark.parametrize(
    ("written_as", "minor"),
    [
        ("1234,50", 123_450), ("1.234,50", 123_450), ("1.234.567,5", 123_456_750),
        ("1 234,50", 123_450), ("€ 1.234,50", 123_450), ("120,-", 12_000), ("120,--", 12_000),
        ("1.234", 123_400), (",5", 50),
    ],
)  # fmt: skip
def test_a_column_with_decimal_commas_is_read_so(
    written_as: str, minor: int, tmp_path: Path
) -> None:
    """One 0,01 proves the comma for its column; 1.234 is then a thousand and said in a guess."""
    found = read(
        tmp_path, f"customer;number;amount;due_on\nC-1;A-0;0,01;2026-01-05\nC-1;A-1;{written_as};"
        "2026-01-05\n"
    )  # fmt: skip
    assert [r.amount_minor for r in found.rows] == [1, minor]
    assert "amount: the comma is the decimal mark, as line 2 proves ('0,01')" in found.guesses
    assert "cells are taken to be separated by semicolons" in found.guesses


def test_what_nothing_proved_at_first_a_later_amount_may_prove(tmp_path: Path) -> None:
    """Whole amounts need no decimal mark; the first comma that proves itself is taken and noted."""
    head = "".join(f"C-1;A-{n};{n};2026-01-05\n" for n in range(1, 2_501))
    tail = "C-1;B-1;1.234;2026-01-05\nC-1;B-2;12,50;2026-01-05\nC-1;B-3;1.234;2026-01-05\n"
    found = read(tmp_path, "customer;number;amount;due_on\n" + head + tail)
    assert [(c.line, c.found) for c in found.errors] == [(2502, "1.234")]
    assert "decimal: comma" in found.errors[0].want
    assert [(r.number, r.amount_minor) for r in found.rows[-2:]] == [
        ("B-2", 1_250),
        ("B-3", 123_400),
    ]
    assert [(c.line, c.column) for c in found.notes] == [(2503, "amount")]


def test_three_decimals_are_read_as_we_write_them(tmp_path: Path) -> None:
    """Where all amounts have three decimals by their currency, 1.234 is one and a bit; said."""
    found = read(
        tmp_path, "customer,number,amount,currency,due_on\nC-1,A-1,1.234,KWD,2026-01-05\n"
    )  # fmt: skip
    assert found.rows[0].amount_minor == 1_234
    assert any("three decimals" in g for g in found.guesses)


def test_the_currency_beside_the_digits_is_the_rows(tmp_path: Path) -> None:
    """An amount in pounds in a row that names no currency makes it a row of pounds."""
    head = "customer,number,amount,due_on\n"
    found = read(tmp_path, head + "C-1,A-1,£1.50,2026-01-05\nC-1,A-2,2.50,2026-01-05\n")
    assert [r.currency for r in found.rows] == ["GBP", "EUR"]


def test_rows_without_a_currency_take_their_entitys(tmp_path: Path) -> None:
    """An entity's own currency goes before the book's, with its own decimals."""
    head = "entity,customer,number,amount,due_on\n"
    path = written(tmp_path, head + "JP,C-1,A-1,500,2026-01-05\n,C-1,A-2,5.00,2026-01-05\n")
    source = intake.open_source(
        path, "items", defaults=intake.Defaults(currency="EUR", currency_of={"JP": "JPY"})
    )
    found = [r for b in source.batches() for r in b.rows]
    assert [(r.currency, r.amount_minor) for r in found] == [("JPY", 500), ("EUR", 500)]


@pytest.mark.parametrize(
    ("written_as", "is_day"),
    [
        ("2026-02-04", "2026-02-04"), ("2026-2-4", "2026-02-04"), ("2026/02/04", "2026-02-04"),
        ("20260204", "2026-02-04"), ("2026-02-04T00:00:00", "2026-02-04"),
        ("2026-02-04 13:45", "2026-02-04"), ("2026-02-04T00:00:00.000Z", "2026-02-04"),
        ("04.02.2026", "2026-02-04"), ("4.2.2026 00:00:00", "2026-02-04"),
        ("4 Feb 2026", "2026-02-04"), ("04-FEB-2026", "2026-02-04"),
        ("4. Februar 2026", "2026-02-04"), ("February 4, 2026", "2026-02-04"),
        ("13/02/2026", "2026-02-13"), ("02-13-2026", "2026-02-13"), ("03/03/2026", "2026-03-03"),
    ],
)  # fmt: skip
def test_a_date_that_can_be_only_one_day_is_read(
    written_as: str, is_day: str, tmp_path: Path
) -> None:
    """Whatever its form, a date that is one day under every reading needs no mapping."""
    found = read(tmp_path, f'customer,number,amount,due_on\nC-1,A-1,1.00,"{written_as}"\n')
    assert [r.due_on for r in found.rows] == [day(is_day)]


def test_one_date_proves_the_order_of_its_column_only(tmp_path: Path) -> None:
    """A day above 12 in one column says nothing about another: each is proven by itself."""
    found = read(tmp_path, (
        "customer,number,amount,issued_on,due_on\n"
        "C-1,A-1,1.00,25/01/2026,02/25/2026\nC-1,A-2,1.00,03/04/2026,03/04/2026\n"
    ))  # fmt: skip
    second = found.rows[1]
    assert (second.issued_on, second.due_on) == (day("2026-04-03"), day("2026-03-04"))
    assert "issued_on: dates are read day first, as line 2 proves ('25/01/2026')" in found.guesses
    assert "due_on: dates are read month first, as line 2 proves ('02/25/2026')" in found.guesses


def test_a_later_date_that_contradicts_the_order_is_complained_about(tmp_path: Path) -> None:
    """Once a column is day first, a date with a 13th month costs its row and changes nothing."""
    head = "".join(f"C-1,A-{n},1.00,25/01/2026\n" for n in range(60))
    found = read(
        tmp_path, f"customer,number,amount,due_on\n{head}C-1,B-1,1.00,01/25/2026\n"
        "C-1,B-2,1.00,03/04/2026\n"
    )  # fmt: skip
    assert [(c.line, c.column, c.found) for c in found.errors] == [(62, "due_on", "01/25/2026")]
    assert "the day first" in found.errors[0].want
    assert found.rows[-1].due_on == day("2026-04-03")


@pytest.mark.parametrize(
    ("terms", "days"),
    [("30", 30), ("net 30", 30), ("Net30", 30), ("30 days", 30), ("30 Tage netto", 30),
     ("30 jours", 30), ("due on receipt", 0), ("0", 0), ("14 d", 14)],
)  # fmt: skip
def test_a_due_date_is_derived_from_terms_and_marked(terms: str, days: int, tmp_path: Path) -> None:
    """Where no due date is given it is issued_on plus the terms, and the row says so."""
    head = "customer,number,amount,issued_on,due_on,terms\n"
    found = read(tmp_path, f"{head}C-1,A-1,1.00,2026-01-05,,{terms}\n")
    assert found.rows[0].due_on == day("2026-01-05") + dt.timedelta(days=days)
    assert found.rows[0].due_derived
    assert found.rows[0].terms_days == days


def test_a_due_date_without_terms_is_left_to_the_desk(tmp_path: Path) -> None:
    """A row with issued_on alone waits for the customer's or entity's terms."""
    found = read(tmp_path, "customer,number,amount,issued_on\nC-1,A-1,1.00,2026-01-05\n")
    assert (found.rows[0].due_on, found.rows[0].due_derived) == (None, False)


def test_an_item_with_a_part_is_an_instalment(tmp_path: Path) -> None:
    """Where no kind is said a row with a part is an instalment, one without an invoice."""
    found = read(
        tmp_path, "customer,number,part,amount,due_on\nC-1,A-1,1,1.00,2026-01-05\n"
        "C-1,A-1,2,1.00,2026-02-05\nC-1,A-2,,1.00,2026-02-05\n"
    )  # fmt: skip
    assert [r.kind for r in found.rows] == ["instalment", "instalment", "invoice"]


def test_a_credit_note_may_be_written_below_zero(tmp_path: Path) -> None:
    """Amounts of credit notes are taken without their sign, noted once with their count."""
    found = read(tmp_path, (
        "customer,number,kind,amount,open_amount,due_on\n"
        "C-1,G-1,credit_note,-10.00,-4.00,2026-01-05\nC-1,G-2,credit_note,7.00,7.00,2026-01-05\n"
        "C-1,G-3,Credit Note,-8.00,,2026-01-05\n"
    ))  # fmt: skip
    assert [(r.amount_minor, r.open_minor) for r in found.rows] == [
        (1000, 400),
        (700, 700),
        (800, None),
    ]
    assert [(c.line, c.want) for c in found.notes] == [
        (2, "an amount above 0; credit notes are taken as such (2 rows so)")
    ]


def test_headings_match_in_any_dress(tmp_path: Path) -> None:
    """Case, blanks, underscores, colons and hard blanks in headings do not matter."""
    head = "Customer ,NUMBER:,Open_Amount,  amount\u00a0,Due On\n"
    found = read(tmp_path, head + "C-1,A-1,1.00,2.00,2026-01-05\n")
    assert (found.rows[0].amount_minor, found.rows[0].open_minor) == (200, 100)
    assert not any("taken as" in g for g in found.guesses)


def test_well_known_headings_are_proposed_and_said(tmp_path: Path) -> None:
    """A German list is understood, and every heading that was interpreted is named."""
    found = read(tmp_path, (
        "Kundennr;Belegnummer;Belegdatum;Fällig am;Betrag;Offen;Währung;Sachbuch\n"
        "4711;RE-1;05.01.2026;04.02.2026;1.234,50;234,50;EUR;9\n"
    ))  # fmt: skip
    assert found.rows == [
        rows.ItemRow(
            line=2, customer="4711", number="RE-1", kind="invoice", issued_on=day("2026-01-05"),
            due_on=day("2026-02-04"), amount_minor=123_450, open_minor=23_450, currency="EUR",
        )
    ]  # fmt: skip
    said = " ".join(found.guesses)
    for heading, field in (("Kundennr", "customer"), ("Belegnummer", "number"),
                           ("Fällig am", "due_on"), ("Betrag", "amount"),
                           ("Offen", "open_amount"), ("Währung", "currency")):  # fmt: skip
        assert f"column {heading!r} is taken as {field}" in said
    assert "columns not used: 'Sachbuch'" in said


def test_a_complaint_names_the_columns_own_heading(tmp_path: Path) -> None:
    """People look for the heading they see; our name stands behind it."""
    head = "Kundennr;Belegnummer;Betrag;Fällig am\n"
    found = read(tmp_path, head + "1;RE-1;5,00;01.01.2026\n1;RE-2;5,00;31.02.2026\n")
    assert found.errors[0].column == "Fällig am (due_on)"


def test_headings_may_stand_on_two_lines_of_one_cell(tmp_path: Path) -> None:
    """A heading with a line break in it is one heading, and the rows begin below it."""
    found = read(tmp_path, 'customer,"Invoice\nno",amount\nC-1,A-1,5.00\n')
    assert [(r.line, r.number) for r in found.rows] == [(3, "A-1")]
    assert found.errors == []


def test_lines_above_the_headings_are_passed_over_and_said(tmp_path: Path) -> None:
    """A report's title and date stand above its headings; the line they stand in is said."""
    above = 'Open items;;\n"printed 5 Jan";;\n\n'
    found = read(tmp_path, above + "Customer;Number;Amount\nC-1;A-1;5.00\nC-1;;\n")
    assert [r.line for r in found.rows] == [5]
    assert "the headings stand in line 4" in found.guesses
    assert [c.line for c in found.errors] == [6, 6]


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"),
     ("utf-16-be", b"\xfe\xff"), ("utf-16-le", b""), ("utf-32-le", b"\xff\xfe\x00\x00"),
     ("cp1252", b"")],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_letters_survive_every_usual_encoding(
    encoding: str, mark: bytes, end: str, tmp_path: Path
) -> None:
    """With or without a byte order mark, and with any line end, Müller stays Müller."""
    text = end.join(["reference,name", "C-1,Müller & Söhne", 'C-2,"Straße, Größe"', ""])
    found = read(tmp_path, mark + text.encode(encoding), "customers")
    assert [(r.line, r.name) for r in found.rows] == [(2, "Müller & Söhne"), (3, "Straße, Größe")]
    is_guess = encoding == "cp1252" or (not mark and encoding.startswith("utf-16"))
    assert any("read as" in g for g in found.guesses) == is_guess


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str, tmp_path: Path) -> None:
    """Commas, semicolons, tabs and bars are told apart by the headings they make."""
    lines = [["customer", "number", "amount", "description"], ["C-1", "A-1", "5.00", "a; b | c"]]
    text = "\n".join(delimiter.join(f'"{c}"' for c in line) for line in lines)
    found = read(tmp_path, text)
    assert found.rows[0].description == "a; b | c"
    assert any("separated by" in g for g in found.guesses) == (delimiter != ",")


def test_the_line_a_spreadsheet_writes_about_its_delimiter_is_understood(tmp_path: Path) -> None:
    """`sep=;` in the first line says the delimiter and is no heading."""
    found = read(tmp_path, "\ufeffsep=;\r\ncustomer;number;amount\r\nC-1;A-1;5.00\r\n")
    assert [r.line for r in found.rows] == [3]


def test_text_kept_as_text_by_a_formula_is_unwrapped(tmp_path: Path) -> None:
    """A spreadsheet keeps leading zeros as ="00123"; the zeros are what is meant."""
    found = read(tmp_path, 'customer,number,amount\n="00123",="A-1",5.00\n')
    assert (found.rows[0].customer, found.rows[0].number) == ("00123", "A-1")


def test_headings_alone_are_an_empty_list(tmp_path: Path) -> None:
    """A day without payments is a file with headings only: nothing goes in, and it is noted."""
    found = read(tmp_path, "reference,amount\n", "payments")
    assert (found.rows, found.errors) == ([], [])
    assert [c.found for c in found.notes] == ["nothing below the headings"]


def test_blanks_before_a_quote_are_nothing(tmp_path: Path) -> None:
    """`"a", "b"` is two quoted cells, not a cell that begins with a quote."""
    found = read(tmp_path, '"customer", "number", "amount"\n"C-1", "A, 1", "5.00"\n')
    assert (found.rows[0].customer, found.rows[0].number) == ("C-1", "A, 1")


def test_blank_lines_and_trailing_delimiters_are_nothing(tmp_path: Path) -> None:
    """Rows of blanks are passed over; empty cells beyond the headings do no harm."""
    found = read(
        tmp_path, "customer,number,amount,,\n\nC-1,A-1,5.00\n,,,,\n   \nC-1,A-2,6.00,,,,\n"
    )  # fmt: skip
    assert [(r.line, r.number) for r in found.rows] == [(3, "A-1"), (6, "A-2")]
    assert found.errors == []


def test_a_file_can_be_read_again_and_its_hash_is_that_of_its_bytes(tmp_path: Path) -> None:
    """Reading twice gives the same rows; sha256 is what sha256sum would print."""
    import hashlib

    data = b"customer,number,amount\nC-1,A-1,5.00\nC-1,A-1,5.00\n"
    source = intake.open_source(written(tmp_path, data), "items")
    assert list(source.batches()) == list(source.batches())
    assert source.sha256 == hashlib.sha256(data).hexdigest()


def test_rows_come_about_a_thousand_at_a_time(tmp_path: Path) -> None:
    """Batches follow the file and hold at most a thousand lines each."""
    text = "customer,number,amount\n" + "".join(f"C-1,A-{n},5.00\n" for n in range(2_500))
    source = intake.open_source(written(tmp_path, text), "items")
    assert [len(b.rows) for b in source.batches()] == [1000, 1000, 500]


def test_an_unknown_kind_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    """Neither is a bug: both are said in one sentence."""
    from dunwell.core.errors import Refused

    with pytest.raises(Refused, match="none of customers, contacts"):
        intake.open_source(tmp_path, "invoices")
    with pytest.raises(Refused, match="is not a file"):
        read_file(tmp_path / "missing.csv", "items")
    with pytest.raises(Refused, match="has no sheets"):
        read(tmp_path, "customer,number,amount\n", sheet="Tabelle1")


def test_the_examples_in_the_rooms_docstrings_hold() -> None:
    """Every doctest of `dunwell.intake` passes, and there are some."""
    tried = 0
    for module in pkgutil.walk_packages(dunwell.intake.__path__, "dunwell.intake."):
        result = doctest.testmod(importlib.import_module(module.name))
        assert result.failed == 0, module.name
        tried += result.attempted
    assert tried > 10
