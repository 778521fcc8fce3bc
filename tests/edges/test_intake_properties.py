"""What holds for every file there can be: it is read or refused; what we write comes back."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

import msgspec
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_helpers import Read, read_file

from dunwell import intake
from dunwell.core import money, rows
from dunwell.core.errors import Refused
from dunwell.sim import files

KINDS = st.sampled_from(intake.KINDS)
GOOD = (
    "customer,number,kind,issued_on,due_on,terms,amount,open_amount,currency,description\n"
    'C-1,A-1,invoice,2026-01-05,2026-02-04,30,"1,234.50",1.00,EUR,"Größe ""9"""\n'
    "C-2,A-2,credit_note,05.01.2026,,,7.00,,USD,\n"
).encode()
PIECES = st.sampled_from([
    b'customer', b'number', b'amount', b'reference', b'date', b'rate', b'currency', b'due_on',
    b',', b';', b'\t', b'\n', b'\r', b'\r\n', b'"', b'""', b"'", b'=', b'\x00', b'\xff', b'\xc3',
    b'\xef\xbb\xbf', b'\xff\xfe', b'1,234', b'1.234,50', b'-5.00', b'(1)', b'03/04/2026',
    b'31/12/2026', b'2026-02-30', b'EUR', b'\xe2\x82\xac', b'sep=;', b'Total',
    b'999999999999999999999999999999', b'1E+5', b' ', b'\xc2\xa0', b'0000-00-00', b'99/99/9999',
    b'\xd9\xa1', b'A-1=5;B=', b'\xed\xa0\x80', b'+', b'--', b'.', b'-',
])  # fmt: skip


def outcome(data: bytes, kind: str, *, name: str = "file.csv") -> Read | Refused:
    """Read bytes as a kind of file: what came of it, or the refusal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            return read_file(path, kind)
        except Refused as refused:
            return refused


def is_sound(found: Read | Refused) -> bool:
    """Tell whether an outcome is one that people and programs can work with."""
    said = str(found) if isinstance(found, Refused) else "".join([*found.said, *found.guesses])
    said.encode()
    msgspec.json.encode([] if isinstance(found, Refused) else [found.rows, found.errors])
    if isinstance(found, Refused):
        return bool(found.reason) and len(str(found)) > 10
    places = all(c.line is not None and c.line >= 1 and c.want for c in found.errors)
    amounts = [getattr(r, "amount_minor", 1) for r in found.rows]
    opens = [
        r.amount_minor - r.open_minor
        for r in found.rows
        if isinstance(r, rows.ItemRow) and r.open_minor is not None
    ]
    refused = {c.line for c in found.errors}
    taken = {r.line for r in found.rows}
    return places and all(a > 0 for a in amounts) and all(o >= 0 for o in opens) and (
        not refused & taken
    )  # fmt: skip


@given(st.binary(max_size=2_000), KINDS)
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes, kind: str) -> None:
    """No bytes make the reader raise anything but a refusal."""
    assert is_sound(outcome(data, kind))


@given(st.lists(PIECES, max_size=80), KINDS)
@settings(max_examples=400, deadline=None)
def test_any_heap_of_pieces_is_read_or_refused(pieces: list[bytes], kind: str) -> None:
    """Neither does any heap of the pieces that such files are made of."""
    assert is_sound(outcome(b"".join(pieces), kind))


@given(
    st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 3), PIECES), max_size=6),
)
@settings(max_examples=400, deadline=None)
def test_a_good_file_with_bites_taken_out_is_read_or_refused(
    bites: list[tuple[int, int, bytes]],
) -> None:
    """Pieces put into or in place of parts of a good file are complained about or harmless."""
    data = GOOD
    for at, length, piece in bites:
        data = data[:at] + piece + data[at + length :]
    assert is_sound(outcome(data, "items"))


def _workbook() -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        for r, line in enumerate(GOOD.decode().splitlines()[:1] + ["C-1,A-1,invoice"] * 30):
            sheet.write_row(r, 0, line.split(","))
    return made.getvalue()


WORKBOOK = _workbook()


@given(
    st.lists(
        st.tuples(st.integers(0, len(WORKBOOK) - 1), st.binary(min_size=1, max_size=4)), max_size=5
    )
)
@settings(max_examples=150, deadline=None)
def test_a_workbook_with_bytes_changed_is_read_or_refused(
    changes: list[tuple[int, bytes]],
) -> None:
    """Neither does a damaged archive."""
    data = bytearray(WORKBOOK)
    for at, piece in changes:
        data[at : at + len(piece)] = piece
    assert is_sound(outcome(bytes(data), "items", name="file.xlsx"))


# --- what we write comes back ------------------------------------------------------------------


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


LETTERS = st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\ufffd")
TEXT = st.text(LETTERS, min_size=1, max_size=30).map(_plain).filter(bool)
CODE = TEXT.filter(lambda t: not t.startswith("=") and "E+" not in t)
NAMED = CODE.filter(lambda t: not set(t) & set(";="))
MAYBE = st.none() | TEXT
DATES = st.dates(dt.date(1950, 1, 1), dt.date(2149, 12, 31))
MINOR = st.integers(1, 10**12)
CURRENCY = st.sampled_from(["EUR", "USD", "JPY", "KWD", "CLF"])
KIND = st.sampled_from(["invoice", "instalment", "debit_note", "credit_note", "claim"])
YES_NO = st.none() | st.booleans()


@st.composite
def item(draw: Any, line: int = 0) -> rows.ItemRow:
    """Draw an item as a file can say it."""
    minor, kind = draw(MINOR), draw(KIND)
    said: dict[str, Any] = {"issued_on": draw(DATES), "due_on": draw(DATES)}
    if kind != "credit_note" and said["issued_on"].year < 2148 and draw(st.booleans()):
        said["terms_days"] = draw(st.integers(0, 730))
        said["due_on"] = said["issued_on"] + dt.timedelta(days=said["terms_days"])
        said["due_derived"] = True
    return rows.ItemRow(
        line=line, customer=draw(CODE), number=draw(CODE), kind=kind, amount_minor=minor,
        currency=draw(CURRENCY), entity=draw(st.none() | CODE),
        part=draw(st.sampled_from(["", "1", "2b"])),
        open_minor=draw(st.integers(0, minor)), applies_to=draw(st.none() | CODE),
        po_number=draw(MAYBE), description=draw(MAYBE), document=draw(MAYBE),
        payment_method=draw(st.none() | CODE), **said,
    )  # fmt: skip


@st.composite
def customer(draw: Any) -> rows.CustomerRow:
    """Draw a customer as a file can say it."""
    return rows.CustomerRow(
        line=0, reference=draw(CODE), name=draw(MAYBE), entity=draw(st.none() | CODE),
        language=draw(st.sampled_from([None, "de", "en"])),
        country=draw(st.sampled_from([None, "DE"])),
        region=draw(MAYBE), time_zone=draw(st.sampled_from([None, "Europe/Berlin"])),
        currency=draw(CURRENCY), terms_days=draw(st.none() | st.integers(0, 730)),
        account_owner=draw(MAYBE), annual_revenue_minor=draw(st.none() | MINOR),
        strategic=draw(YES_NO), natural_person=draw(YES_NO), segment=draw(st.none() | CODE),
        history_grade=draw(st.sampled_from([None, "good", "poor"])),
        credit_limit_minor=draw(st.none() | MINOR), payment_method=draw(st.none() | CODE),
        pays_via_parent=draw(YES_NO), email=draw(st.sampled_from([None, "a@example.com"])),
        phone=draw(st.sampled_from([None, "+49 30 1"])),
    )  # fmt: skip


@st.composite
def payment(draw: Any) -> rows.PaymentRow:
    """Draw a payment as a file can say it."""
    minor = draw(st.integers(100, 10**12))
    parts = draw(st.lists(st.tuples(NAMED, st.none() | st.integers(1, minor // 4)), max_size=4))
    kind = draw(st.sampled_from(["payment", "reversal"]))
    return rows.PaymentRow(
        line=0, reference=draw(CODE), kind=kind, amount_minor=minor, currency=draw(CURRENCY),
        paid_on=draw(DATES), customer=draw(st.none() | CODE), entity=draw(st.none() | CODE),
        reverses=draw(CODE) if kind == "reversal" else None, items=tuple(parts),
    )  # fmt: skip


@st.composite
def order(draw: Any) -> rows.OrderRow:
    """Draw an order as a file can say it."""
    return rows.OrderRow(
        line=0, customer=draw(CODE), number=draw(CODE), amount_minor=draw(MINOR),
        currency=draw(CURRENCY), ordered_on=draw(st.none() | DATES), entity=draw(st.none() | CODE),
        status=draw(MAYBE),
    )  # fmt: skip


@st.composite
def contact(draw: Any) -> rows.ContactRow:
    """Draw a contact as a file can say it."""
    return rows.ContactRow(
        line=0, customer=draw(CODE), name=draw(TEXT),
        role=draw(st.sampled_from([None, "ap", "legal"])),
        email=draw(st.sampled_from([None, "a@example.com"])),
        mobile=draw(st.sampled_from([None, "0170 1"])),
        address=draw(st.none() | st.lists(TEXT, min_size=1, max_size=3).map("\n".join)),
        language=draw(st.sampled_from([None, "de", "en"])),
        consent=draw(st.sampled_from([None, "none", "email letter"])), best_time=draw(MAYBE),
    )  # fmt: skip


ROWS: dict[str, Any] = {
    "items": item(), "customers": customer(), "payments": payment(), "orders": order(),
    "contacts": contact(),
}  # fmt: skip
IDENTITY = {
    "items": lambda r: (r.entity, r.customer, r.kind, r.number, r.part),
    "customers": lambda r: r.reference,
    "payments": lambda r: (r.entity, r.reference),
    "orders": lambda r: (r.entity, r.customer, r.number),
    "contacts": lambda r: (r.customer, r.role or "ap", r.name),
}


@pytest.mark.parametrize("kind", ROWS)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_we_write_comes_back(kind: str, data: st.DataObject) -> None:
    """Rows of any text, date and amount, written to CSV and read again, are the same rows."""
    wanted = data.draw(st.lists(ROWS[kind], min_size=1, max_size=8, unique_by=IDENTITY[kind]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with files.Writer(
            folder, seed=1, as_of=dt.date(2026, 1, 1), entities=(), kinds=[kind]
        ) as out:  # fmt: skip
            getattr(out, kind)(wanted)
        found = read_file(folder / f"{kind}.csv", kind)
    assert found.errors == []
    assert [without_line(r) for r in found.rows] == [without_line(r) for r in wanted]


def without_line(row: Any) -> dict[str, Any]:
    """Return what a row says, wherever it stood."""
    return {f: getattr(row, f) for f in row.__struct_fields__ if f != "line"}


@given(st.lists(DATES, min_size=1, max_size=20), st.sampled_from(["/", "-", "."]),
       st.sampled_from(["day", "month"]))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_dates_of_one_order_are_never_read_in_the_other(
    days: list[dt.date], mark: str, first: str
) -> None:
    """Whatever the days, a column is read as it was written, or refused; never otherwise."""
    style = f"%d{mark}%m{mark}%Y" if first == "day" or mark == "." else f"%m{mark}%d{mark}%Y"
    lines = [f"C-1,A-{n},5.00,{d.strftime(style)}\n" for n, d in enumerate(days)]
    found = outcome("".join(["customer,number,amount,due_on\n", *lines]).encode(), "items")
    if isinstance(found, Refused):
        assert found.reason == "which_date_order"
        assert all(d.day <= 12 for d in days)
    else:
        assert [r.due_on for r in found.rows] == days


@given(st.lists(MINOR, min_size=1, max_size=20),
       st.sampled_from([",.", ".,", "',", "'.", ".", ","]),
       st.sampled_from(["EUR", "JPY", "KWD"]))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_amounts_of_one_mark_are_never_read_by_the_other(
    minors: list[int], marks: str, currency: str
) -> None:
    """Whatever the amounts, a column is read as it was written, or refused; never otherwise."""
    *group, decimal = marks
    lines = []
    for n, minor in enumerate(minors):
        text = f"{money.to_decimal(minor, currency):,}" if group else str(
            money.to_decimal(minor, currency)
        )  # fmt: skip
        text = text.replace(",", "G").replace(".", decimal).replace("G", "".join(group))
        lines.append(f'C-1;A-{n};"{text}";{currency};2026-01-05\n')
    found = outcome("".join(["customer;number;amount;currency;due_on\n", *lines]).encode(), "items")
    if isinstance(found, Refused):
        assert found.reason == "which_decimal_mark"
    else:
        assert [r.amount_minor for r in found.rows] == minors
