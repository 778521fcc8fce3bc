"""Letters, statements and tables as PDF: Typst compilers kept warm; data by input, never markup.

The same data gives the same bytes: the fonts are the house's own and the time in the file is
the day of the letter. Names in scripts the house's font does not have (Chinese, Japanese,
emoji) are set with the machine's fonts, and shown as boxes where it has none either.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import re
import tempfile
import threading
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import segno
import typst
from stdnum import iban as ibans
from stdnum import iso11649

from dunwell.core import message, money
from dunwell.delivery.words import one_line

if TYPE_CHECKING:
    from dunwell.delivery import blocks
    from dunwell.delivery.words import Words

HERE = Path(__file__).parent
_FONTS = HERE.parent / "fonts"
# Countries where a SEPA credit transfer reaches; source: EPC409-09, list of SEPA countries.
SEPA = frozenset(
    """AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL
    NO PL PT RO RS SE SI SK SM VA""".split()
)
_LETTER_PAPER = frozenset(("US", "CA", "MX"))
_LONG_WORD = re.compile(r"([^\s\u200b]{24})(?=[^\s\u200b])")
_ADDRESS_LINES = 6
_PAGE = re.compile(rb"/Type\s*/Page\b")
_alone = threading.Lock()
"""A compiler sets one page at a time, and refuses a second thread that asks meanwhile."""


def letter(
    data: message.MessageData,
    subject: str,
    pieces: Sequence[blocks.Piece],
    say: Words,
) -> bytes:
    """Return the letter as PDF."""
    return _compile("page.typ", _page(data, subject, pieces, say), day=data.as_of)


def statement(data: message.MessageData, say: Words) -> bytes:
    """Return a statement of account as PDF: every item shown, totals and how to pay."""
    from dunwell.delivery import blocks  # the two rooms of one house know each other

    names = ("items", "also_overdue", "credits", "totals", "counted", "under_query", "due_soon",
             "bank")  # fmt: skip
    pieces = [p for name in names for p in blocks.block(name, data, say)]
    page = _page(data, say.label("statement"), pieces, say)
    return _compile("page.typ", page, day=data.as_of)


def table(
    *, title: str, heading: Sequence[str], rows: Sequence[Sequence[str]], strong: int = 0
) -> bytes:
    """Return a table as landscape PDF: columns after the second set right, last `strong` bold."""
    shown = [[_breakable(one_line(cell)) for cell in row] for row in (heading, *rows)]
    data = {"title": title, "heading": shown[0], "rows": shown[1:], "strong": strong}
    return _compile("table.typ", data, day=dt.date(1970, 1, 1))


def bound(letters: Sequence[bytes], *, both_sides: bool = False) -> bytes:
    """Return letters as one PDF for a printer, page by page as they are.

    `both_sides` puts an empty page after an odd one, so that each begins on a sheet of its own.
    """
    pages = [len(_PAGE.findall(raw)) for raw in letters]
    lines = ["#set page(margin: 0pt, width: auto, height: auto)"]
    for n, count in enumerate(pages):
        lines += [f'#page(image("{n}.pdf", page: {p}))' for p in range(1, count + 1)]
        if both_sides and count % 2 and n + 1 < len(pages):
            lines.append("#page(width: 21cm, height: 29.7cm)[]")
    with tempfile.TemporaryDirectory() as folder, _alone:
        for n, raw in enumerate(letters):
            (Path(folder) / f"{n}.pdf").write_bytes(raw)
        whole = Path(folder) / "whole.typ"
        whole.write_text("\n".join(lines), "utf-8")
        made = typst.compile(str(whole), format="pdf", ignore_system_fonts=True)
    assert isinstance(made, bytes)
    return made


def epc_qr(part: message.CurrencyPart) -> str:
    """Return the payload of an EPC QR code, or "" where it does not apply.

    Source: EPC069-12 v2.1: EUR only, 0.01 to 999,999,999.99, a SEPA IBAN; a reference that is
    ISO 11649, or else a text of up to 140 characters.
    """
    bank = part.bank
    iban = bank.iban.replace(" ", "").upper() if bank else ""
    if part.currency != "EUR" or bank is None or iban[:2] not in SEPA or not ibans.is_valid(iban):
        return ""
    amount = money.to_decimal(part.total_minor, "EUR")
    name = one_line(bank.account_name)[:70]
    if not name or not Decimal("0.01") <= amount <= Decimal("999999999.99"):
        return ""
    is_structured = iso11649.is_valid(part.reference)
    reference = part.reference if is_structured else ""
    text = "" if is_structured else one_line(part.reference)[:140]
    bic = bank.bic.replace(" ", "").upper()
    lines = ["BCD", "002", "1", "SCT", bic, name, iban, f"EUR{amount}", "", reference, text]
    return "\n".join(lines).rstrip("\n")


def _page(
    data: message.MessageData, subject: str, pieces: Sequence[blocks.Piece], say: Words
) -> dict[str, Any]:
    s, r = data.sender, data.recipient
    codes = {p.currency: epc_qr(p) for p in data.parts}
    name = one_line(r.customer_name) or r.customer_reference
    person = one_line(r.contact_name)
    address = [x for x in map(one_line, r.address_lines) if x not in ("", name, person)]
    address = [x for x in (name, person, *address) if x][:_ADDRESS_LINES]
    home = [x for x in map(one_line, s.address_lines) if x]
    entity = one_line(s.entity_name)
    return {
        "paper": "us-letter" if s.country in _LETTER_PAPER else "a4",
        "language": say.language,
        "subject": _breakable(subject),
        "author": entity,
        "sender": {
            "name": _breakable(entity),
            "lines": [_breakable(one_line(x)) for x in (*home, s.phone, s.email, s.website) if x],
            "return-line": " · ".join((entity, *home)),
        },
        "recipient": [_breakable(x) for x in address],
        "facts": [
            [say.label("date"), say.date(data.as_of)],
            [say.label("customer_number"), _breakable(one_line(r.customer_reference))],
            [say.label("our_reference"), _breakable(one_line(data.case_reference))],
        ],
        "pieces": [_shown(p, codes) for p in pieces],
        "footer": " · ".join(one_line(x) for x in (entity, *s.legal_lines)),
        "words": {k: say.label(k) for k in ("page", "of", "pay_by_qr")},
    }


def _shown(piece: blocks.Piece, codes: dict[str, str]) -> dict[str, Any]:
    code = codes.get(piece.pays, "")
    return {
        "kind": piece.kind,
        "runs": [(style, _breakable(text)) for style, text in piece.runs],
        "rows": [[_breakable(cell) for cell in row] for row in piece.rows],
        "right": piece.right,
        "strong": piece.strong,
        "qr": _svg(code) if code else "",
    }


def _breakable(text: str) -> str:
    """Let a very long word break across lines, where else it would leave the page."""
    return _LONG_WORD.sub("\\1\u200b", text) if len(text) > 24 else text


def _svg(payload: str) -> str:
    """Draw the code. The mask is fixed: readers take any, and weighing all eight costs more
    time than the rest of the letter's data."""
    out = io.BytesIO()
    segno.make(
        payload, error="m", boost_error=False, micro=False, encoding="utf-8", mask=4
    ).save(out, kind="svg", border=2, xmldecl=False)  # fmt: skip
    return out.getvalue().decode()


@functools.lru_cache(maxsize=4)
def _compiler(source: str, *, with_system_fonts: bool = False) -> typst.Compiler:
    return typst.Compiler(
        str(HERE / source), font_paths=[str(_FONTS)], ignore_system_fonts=not with_system_fonts
    )


def compile_page(source: Path, data: dict[str, Any], *, day: dt.date) -> bytes:
    """Set another room's page with the house's fonts, as letters are set."""
    return _compile(str(source), data, day=day)


def _compile(source: str, data: dict[str, Any], *, day: dt.date) -> bytes:
    """Set the page as PDF/A-3b; as plain PDF where no font has a character it needs."""
    inputs = {"data": msgspec.json.encode(data).decode()}
    midnight = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    seconds = int(midnight.timestamp())
    with _alone:
        try:
            made = _compiler(source).compile(
                format="pdf", sys_inputs=inputs, pdf_standards="a-3b", timestamp=seconds
            )
        except typst.TypstError:
            made = _compiler(source, with_system_fonts=True).compile(
                format="pdf", sys_inputs=inputs, timestamp=seconds
            )
    assert isinstance(made, bytes)
    return made
