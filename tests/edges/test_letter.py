"""Letters, statements and tables as PDF: their pages, what is on them, and names that hurt."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import pytest
import typst
from sample_messages import DOLLAR, EURO, RECIPIENT, SENDER, SENT_AT, data, line, part, with_

from dunwell.core import message
from dunwell.delivery import letter, render
from dunwell.delivery.words import Words

TEMPLATES = render.load_templates()
FOREIGN = {
    "Chinese": "株式会社サンプル商事",
    "Arabic": "شركة المثال للتجارة 123",
    "Hebrew": "חברה לדוגמה בעמ",
    "Cyrillic and Greek": "Ромашка Αθήνα",
    "emoji": "Café 😀 GmbH",
    "markup": '#set page(fill: red) $x$ *b* _i_ @ref <label> `c` \\ // /* "q"',
    "newlines": "Smith\nand\r\nSons\x00\x0c",
    "override": "evil \u202egpj.exe",
    "private use": "logo \ue000\uf8ff",
    "three hundred": "Very Long Name " * 20,
    "three hundred in one word": "W" * 300,
    "nothing": "",
}


def _letter(template: str = "final_demand", *parts: message.CurrencyPart, **said: Any) -> bytes:
    made = data(template, *parts, channel="letter", **said)
    return render.render(made, templates=TEMPLATES, sent_at=SENT_AT).raw


def _statement(*parts: message.CurrencyPart, language: str = "en") -> bytes:
    made = data("first_reminder", *parts, language=language)
    return letter.statement(made, Words(language, TEMPLATES.phrases[language]))


def _pages(pdf: bytes) -> int:
    (told,) = re.findall(rb"<xmpTPg:NPages>(\d+)<", pdf)
    return int(told)


def _sizes(pdf: bytes) -> set[tuple[int, int]]:
    boxes = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return {(round(float(w)), round(float(h))) for w, h in boxes}


class Recorder:
    """Typst's own compiler, keeping what each page was given."""

    pages: ClassVar[list[dict[str, Any]]] = []
    real = typst.Compiler

    def __init__(self, *places: Any, **options: Any) -> None:
        self.inner = Recorder.real(*places, **options)

    def compile(self, **call: Any) -> bytes:
        made = self.inner.compile(**call)
        Recorder.pages.append(json.loads(call["sys_inputs"]["data"]))
        assert isinstance(made, bytes)
        return made


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What the pages set in this test were given."""
    monkeypatch.setattr(typst, "Compiler", Recorder)
    letter._compiler.cache_clear()
    Recorder.pages.clear()
    yield Recorder.pages
    letter._compiler.cache_clear()


def _words(page: dict[str, Any]) -> str:
    shown = [text for p in page["pieces"] for _, text in p["runs"]]
    cells = [c for p in page["pieces"] for row in p["rows"] for c in row]
    return re.sub(r"\s+", " ", " ".join([*shown, *cells]))


def test_a_letter_is_a_lasting_pdf_dated_by_itself() -> None:
    """It is PDF/A-3b, and its date is the letter's day, not the time it was made."""
    made = _letter()
    assert made.startswith(b"%PDF-")
    assert b"<pdfaid:part>3<" in made
    assert b"<pdfaid:conformance>B<" in made
    assert b"2026-03-12T00:00:00" in made
    assert b"1970" not in made


def test_the_same_letter_is_the_same_bytes() -> None:
    """Made twice, also after another, a letter does not change."""
    first = _letter()
    assert _letter("first_reminder", part(3)) != first
    assert _letter() == first


@pytest.mark.parametrize(("count", "least", "most"), [(1, 1, 1), (12, 1, 2), (200, 4, 8)])
def test_a_letter_has_the_pages_it_needs(count: int, least: int, most: int) -> None:
    """One invoice fits on a page, two hundred run over several."""
    assert least <= _pages(_letter("first_reminder", part(count))) <= most


def test_a_statement_shows_every_item(pages: list[dict[str, Any]]) -> None:
    """Sixty lines go over pages; query and due soon are there, and stand outside the total."""
    parts = part(
        60, credits_minor=7_000, under_query=(line("Q-1"),),
        due_soon=(line("S-1", due_on=dt.date(2026, 3, 20), days_overdue=0),),
        also_overdue=(line("A-1", days_overdue=70),),
    )  # fmt: skip
    made = _statement(parts, language="de")
    assert 2 <= _pages(made) <= 4
    words = _words(pages[-1])
    for number in ("INV-1", "INV-60", "Q-1", "S-1", "A-1"):
        assert f" {number} " in f" {words} "
    assert pages[-1]["subject"] == "Kontoauszug"
    assert "-70,00 EUR" in words


def test_a_final_demand_says_all_it_must(pages: list[dict[str, Any]]) -> None:
    """Full balance, each item, the day to answer, what follows, attempts, and whom to turn to."""
    _letter("final_demand", part(2), language="de", consequences=("agency",))
    page = pages[-1]
    words = _words(page)
    for said in (
        "2.413,75 EUR", "INV-1", "INV-2", "23. März 2026", "Inkassounternehmen",
        "2. Februar 2026: per E-Mail", "20. Februar 2026: telefonisch", "+49 40 123456-0",
        "ar@nordwind.example", "RF18539007547034", "DE02 1203 0000 0000 2020 51",
    ):  # fmt: skip
        assert said in words, said
    assert page["recipient"] == [
        "Bäckerei Schröder & Söhne KG", "Jutta Schröder", "Am Markt 3", "24103 Kiel",
    ]  # fmt: skip
    assert ["Kundennummer", "C-1042"] in page["facts"]
    assert page["language"] == "de"


def test_an_address_is_not_said_twice(pages: list[dict[str, Any]]) -> None:
    """Where the address begins with the name already, the window shows it once."""
    lines = (RECIPIENT.customer_name, RECIPIENT.contact_name, "", "Am Markt 3")
    recipient = with_(RECIPIENT, address_lines=lines)
    _letter(recipient=recipient)
    assert pages[-1]["recipient"] == [
        "Bäckerei Schröder & Söhne KG", "Jutta Schröder", "Am Markt 3",
    ]  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN.values(), ids=FOREIGN.keys())
def test_no_name_can_break_a_letter(name: str) -> None:
    """Any script, markup or length gives a letter of few pages, and never an error."""
    made = _letter(
        "final_demand",
        part(about=(line(name or "1", po_number=name),), bank=with_(EURO, account_name=name)),
        recipient=with_(
            RECIPIENT, customer_name=name, contact_name=name, address_lines=(name,) * 9
        ),
        sender=with_(SENDER, entity_name=name, address_lines=(name,) * 9, legal_lines=(name,) * 9),
    )  # fmt: skip
    assert made.startswith(b"%PDF-")
    assert _pages(made) <= 4


def test_names_in_the_house_font_stay_in_lasting_pdf() -> None:
    """Latin, Greek and Cyrillic names need no font of the machine."""
    recipient = with_(RECIPIENT, customer_name="Şirket Łódź Αθήνα Ромашка ½ ‰ →")
    assert b"<pdfaid:part>3<" in _letter(recipient=recipient)


def test_paper_is_the_senders() -> None:
    """Letters from the United States are on their paper, all others on A4."""
    assert _sizes(_letter()) == {(595, 842)}
    assert _sizes(_letter(sender=with_(SENDER, country="US"))) == {(612, 792)}


def test_a_link_in_a_letter_can_be_followed() -> None:
    """The customer's page is a link in the PDF too."""
    assert b"https://pay.example/p/1" in _letter(portal_link="https://pay.example/p/1")


EPC = "BCD\n002\n1\nSCT\nBYLADEM1001\nNordwind Handels GmbH\nDE02120300000000202051\nEUR1200.00"


@pytest.mark.parametrize(
    ("changed", "payload"),
    [
        ({}, f"{EPC}\n\nRF18539007547034"),
        ({"reference": "Kunde 1042"}, f"{EPC}\n\n\nKunde 1042"),
        ({"reference": "two\nlines"}, f"{EPC}\n\n\ntwo lines"),
        ({"reference": ""}, EPC),
        ({"bank": with_(EURO, bic="")}, f"{EPC}\n\nRF18539007547034".replace("BYLADEM1001", "")),
        ({"bank": with_(EURO, iban="de02 1203 0000 0000 2020 51")}, f"{EPC}\n\nRF18539007547034"),
        ({"bank": None}, ""),
        ({"bank": DOLLAR}, ""),
        ({"bank": with_(EURO, account_name="")}, ""),
        ({"bank": with_(EURO, iban="DE03120300000000202051")}, ""),  # a wrong check number
        ({"bank": with_(EURO, iban="BR1500000000000010932840814P2")}, ""),  # not SEPA
        ({"currency": "USD"}, ""),
        ({"total_minor": 0}, ""),
        ({"total_minor": -5}, ""),
        ({"total_minor": 1}, f"{EPC}\n\nRF18539007547034".replace("1200.00", "0.01")),
        ({"total_minor": 99_999_999_999},
         f"{EPC}\n\nRF18539007547034".replace("1200.00", "999999999.99")),
        ({"total_minor": 100_000_000_000}, ""),
    ],
)  # fmt: skip
def test_the_payment_code_is_made_where_it_applies(changed: dict[str, Any], payload: str) -> None:
    """EUR, a valid SEPA IBAN, an amount in range and a name: else there is no code (EPC069-12)."""
    assert letter.epc_qr(with_(part(), **changed)) == payload


def test_a_name_in_the_code_is_one_line_of_seventy() -> None:
    """A long or broken account name cannot push the other fields out of their places."""
    bank = with_(EURO, account_name="A\nB " + "x" * 100)
    lines = letter.epc_qr(with_(part(), bank=bank)).split("\n")
    assert len(lines[5]) == 70
    assert lines[6] == "DE02120300000000202051"


def test_the_code_stands_beside_the_account_it_pays(pages: list[dict[str, Any]]) -> None:
    """Of two currencies only the one in euro has a code, beside its own bank details."""
    _letter("first_reminder", part(), part(currency="USD"))
    codes = [(p["rows"][1][0], bool(p["qr"])) for p in pages[-1]["pieces"] if p["kind"] == "table"]
    assert codes.count(("Account holder", True)) == 1
    assert [is_there for _, is_there in codes].count(True) == 1


def test_two_readers_at_once_each_get_their_letter() -> None:
    """A page is set on whatever thread asks: none is refused because another is being set."""
    with ThreadPoolExecutor(4) as readers:
        made = list(readers.map(lambda _: _letter(), range(8)))
    assert set(made) == {_letter()}


def test_a_table_is_landscape_and_runs_over_pages(pages: list[dict[str, Any]]) -> None:
    """Long tables take several pages, the last rows can be strong, and any cell is harmless."""
    heading = ["Customer", "Currency", "Not due", "1-30", "Total"]
    rows = [[f"C-{n}", "EUR", "1,000.00", "-5.00", "995.00"] for n in range(150)]
    rows += [["*#[x]\n" + "y" * 300, "株", "", "", ""], ["Total", "EUR", "1", "2", "3"]]
    made = letter.table(title="Aging as of 2026-03-12", heading=heading, rows=rows, strong=1)
    assert _sizes(made) == {(842, 595)}
    assert re.findall(rb"/Count (\d+)", made)[0] in (b"4", b"5", b"6")
    assert pages[-1]["heading"] == heading
    assert pages[-1]["strong"] == 1
    short = letter.table(title="Empty", heading=heading, rows=[])
    assert _pages(short) == 1
    assert letter.table(title="Empty", heading=heading, rows=[]) == short
