"""What can be told of a file before anything is decided: kind, columns, questions with examples."""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunwell import intake
from dunwell.core.errors import Refused
from dunwell.intake import kinds
from dunwell.sim.files import COLUMNS


def written(folder: Path, *rows: str, name: str = "list.csv") -> Path:
    """Write lines to a file."""
    path = folder / name
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def mapped(folder: Path, said: dict[str, object]) -> intake.Mapping:
    """Return a mapping that says this, by way of its file."""
    path = folder / "mapping.yaml"
    intake.write_mapping(said, path)
    return intake.load_mapping(path)


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_a_file_with_our_headings_is_known_by_them(tmp_path: Path, kind: str) -> None:
    """Each kind is told from the others by its headings, and none of them is a proposal."""
    path = written(tmp_path, ",".join(COLUMNS[kind]), ",".join("1" for _ in COLUMNS[kind]))
    found = intake.outline(path)
    assert (found.kind, found.missing) == (kind, ())
    assert [c.field for c in found.columns] == list(COLUMNS[kind])
    assert not any(c.is_proposed for c in found.columns)


def test_headings_in_other_words_are_proposed(tmp_path: Path) -> None:
    """With examples; a column of codes that fits nothing is left alone."""
    path = written(tmp_path, "Debitor;Beleg;Betrag;Zahlungsziel;Farbe",
                   "471;90001;12,50;NT30;rot", "472;90002;13,50;NT60;blau")  # fmt: skip
    found = intake.outline(path)
    assert [(c.field, c.is_proposed) for c in found.columns] == [
        ("customer", True), ("number", True), ("amount", True), ("", False), ("", False),
    ]  # fmt: skip
    assert found.columns[4].examples == ("rot", "blau")
    assert (found.heading_line, found.delimiter, found.rows) == (1, ";", 2)


def test_what_is_picked_goes_before_what_is_proposed(tmp_path: Path) -> None:
    """And a column set aside is not proposed again."""
    path = written(tmp_path, "customer,number,total,amount", "C-1,R-1,2.50,1.50")
    said = {"columns": {"customer": "customer", "number": "number", "amount": "total"},
            "ignore_columns": ["amount"]}  # fmt: skip
    found = intake.outline(path, "items", mapped(tmp_path, said))
    assert [c.field for c in found.columns] == ["customer", "number", "amount", ""]


def test_headings_that_stand_twice_are_not_picked(tmp_path: Path) -> None:
    """They are shown as such, and what they would have been is missing."""
    found = intake.outline(written(tmp_path, "customer,number,amount,Amount", "C,R,1,2"), "items")
    assert [c.is_double for c in found.columns] == [False, False, True, True]
    assert found.missing == ("amount",)


@pytest.mark.parametrize(
    ("text", "styles"),
    [
        ("03/04/2026", {"DD/MM/YYYY": "3 April 2026", "MM/DD/YYYY": "4 March 2026"}),
        ("03.04.26", {"DD.MM.YY": "3 April 2026", "MM.DD.YY": "4 March 2026"}),
        ("3-Apr-26", {"DD-MMM-YY": "3 April 2026"}),
        ("030426", {"YYMMDD": "26 April 2003", "DDMMYY": "3 April 2026", "MMDDYY": "4 March 2026"}),
    ],
)
def test_dates_nothing_decides_are_asked_with_what_they_would_be(
    tmp_path: Path, text: str, styles: dict[str, str]
) -> None:
    """Each way of reading the file's own example; said in a mapping, nothing is open any more."""
    path = written(tmp_path, "customer,number,amount,due_on", f"C-1,R-1,1.50,{text}")
    (question,) = intake.outline(path, "items").dates
    assert (question.field, question.example, question.is_open) == ("due_on", text, True)
    assert dict(question.choices) == styles
    style = next(iter(styles))
    found = intake.outline(path, "items", mapped(tmp_path, {"dates": {"due_on": style}}))
    assert found.open_questions == []
    assert found.dates[0].chosen == style


def test_dates_the_file_decides_are_said_and_not_asked(tmp_path: Path) -> None:
    """A day above twelve proves the order, and the sentence names its line."""
    path = written(tmp_path, "customer,number,amount,due_on", "C,R,1.50,03/04/2026",
                   "C,S,1.50,13/04/2026")  # fmt: skip
    (question,) = intake.outline(path, "items").dates
    assert not question.is_open
    assert "line 3 proves ('13/04/2026')" in question.found


def test_amounts_nothing_decides_are_asked(tmp_path: Path) -> None:
    """1,234 is a thousand or one and a bit; a proven column asks nothing."""
    path = written(tmp_path, "customer;number;amount", "C;R;1.234", "C;S;2.000")
    found = intake.outline(path, "items")
    assert found.amounts is not None
    assert found.amounts.is_open
    assert found.amounts.choices == (("point", "1.234"), ("comma", "1,234"))
    assert (
        intake.outline(path, "items", mapped(tmp_path, {"decimal": "comma"})).open_questions == []
    )
    proven = intake.outline(written(tmp_path, "customer;number;amount", "C;R;1,5"), "items")
    assert proven.open_questions == []


def test_words_that_are_none_of_ours_are_asked_one_by_one(tmp_path: Path) -> None:
    """With what was said of them already; ours are not asked."""
    path = written(tmp_path, "customer,number,amount,kind", "C,1,1.5,RE", "C,2,1.5,invoice",
                   "C,3,1.5,GS", "C,4,1.5,RE")  # fmt: skip
    (asked,) = intake.outline(path, "items").words
    assert (asked.field, asked.foreign) == ("kind", (("RE", ""), ("GS", "")))
    said = mapped(tmp_path, {"values": {"kind": {"RE": "invoice"}}})
    (asked,) = intake.outline(path, "items", said).words
    assert asked.foreign == (("RE", "invoice"), ("GS", ""))


def test_amounts_below_zero_are_noticed(tmp_path: Path) -> None:
    """So that it can be asked what they stand for."""
    path = written(tmp_path, "customer,number,amount", "C,R,1.50", "C,S,-1.50")
    assert intake.outline(path, "items").has_negative
    assert not intake.outline(written(tmp_path, "customer,number,amount", "C,R,1.50")).has_negative


def test_a_mapping_written_is_read_back_as_it_was_said(tmp_path: Path) -> None:
    """Whatever the headings hold: quotes, colons, words YAML would take for others."""
    said = {
        "kind": "items", "heading_line": "3",
        "columns": {"customer": "no", "number": "Rg: Nr", "amount": "0012", "due_on": "- \"x\" #"},
        "ignore_columns": ["null", "~", "yes", "Müller\u2028"], "ignore_rows": ["Summe"],
        "values": {"kind": {"RE": "invoice", "no": "claim"}},
    }  # fmt: skip
    path = tmp_path / "m.yaml"
    intake.write_mapping(said, path)
    assert intake.plain_mapping(path) == said
    found = intake.load_mapping(path)
    assert found.columns == said["columns"]
    assert found.heading_line == 3


def test_the_cells_of_lines_are_found_by_what_a_complaint_calls_their_column(
    tmp_path: Path,
) -> None:
    """By the heading with our name behind it, and by our name alone."""
    path = written(tmp_path, "Debitor;Beleg;Betrag;Nettofällig", "471;1;1,50;31.02.2026",
                   "472;2;1,50;01.02.2026")  # fmt: skip
    source = intake.open_source(path, "items")
    (batch,) = source.batches()
    (complaint,) = batch.complaints
    assert complaint.line == 2
    headings, lines, places = intake.cells_at(path, "items", intake.Mapping(), [2, 99])
    assert headings[places[complaint.column or ""]] == "Nettofällig"
    assert places["due_on"] == 3
    assert lines == {2: ("471", "1", "1,50", "31.02.2026")}


def test_what_is_no_list_is_refused(tmp_path: Path) -> None:
    """In the words of `open_source`."""
    path = tmp_path / "x.csv"
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(Refused, match="is a PDF"):
        intake.outline(path)
    path.write_bytes(b"")
    with pytest.raises(Refused, match="is empty"):
        intake.outline(path)


def test_the_headings_may_stand_below_a_title(tmp_path: Path) -> None:
    """They are found; or said, where they are in words of nobody."""
    rows = ["Title", "", "customer,number,amount", "C-1,R-1,1.50"]
    assert intake.outline(written(tmp_path, *rows)).heading_line == 3
    out = io.StringIO()
    csv.writer(out).writerows([["Liste"], ["eins", "zwei", "drei"], ["C-1", "R-1", "1.50"]])
    path = written(tmp_path, out.getvalue())
    found = intake.outline(path, "items", mapped(tmp_path, {"heading_line": "2"}))
    assert [c.heading for c in found.columns] == ["eins", "zwei", "drei"]
    assert found.missing == ("customer", "number", "amount")


_WORDS = """customer number amount due_on kind Betrag Offen C-1 1,234 1.5 - 03/04/2026 030426
3-Apr-26 31.02.2026 RE Total =1+1 \u0660\u0661 ½ ²²²²²² 1/2/3 €1,2 99999999999999999999"""
WORDS = st.sampled_from([*_WORDS.split(), "", " ", "\x85"])
ROWS = st.lists(st.lists(WORDS, min_size=1, max_size=8), min_size=1, max_size=12)


@given(ROWS, st.sampled_from(["", *kinds.KINDS]), st.sampled_from(",;\t"))
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_a_file_it_is_told_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], kind: str, mark: str
) -> None:
    """No cell, heading or width of a row makes it stumble."""
    folder = tmp_path_factory.getbasetemp()
    path = written(folder, *(mark.join(row) for row in rows), name="any.csv")
    try:
        found = intake.outline(path, kind)
    except Refused:
        return
    assert found.kind in kinds.KINDS
    assert len({c.field for c in found.columns if c.field}) == sum(
        bool(c.field) for c in found.columns
    )


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_whatever_bytes_come_they_are_told_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Also where they are no text at all."""
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    path.write_bytes(content)
    with contextlib.suppress(Refused):
        intake.outline(path)
