"""Letters and statements as PDF: one Typst compiler, kept warm; data by input, never as markup."""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import segno
import typst

from dunwell.core import message, money

if TYPE_CHECKING:
    from dunwell.delivery import blocks

HERE = Path(__file__).parent
_FONTS = HERE.parent / "fonts"
# Countries where a SEPA credit transfer reaches; source: EPC409-09, list of SEPA countries.
SEPA = frozenset(
    """AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL
    NO PL PT RO RS SE SI SK SM VA""".split()
)


@functools.lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    return typst.Compiler(
        str(HERE / "page.typ"), font_paths=[str(_FONTS)], ignore_system_fonts=True
    )


def letter(
    data: message.MessageData,
    subject: str,
    pieces: Sequence[blocks.Piece],
    say: blocks.Words,
) -> bytes:
    """Return the letter as PDF."""
    return _compile(_page(data, subject, pieces, say, with_qr=True))


def statement(data: message.MessageData, say: blocks.Words) -> bytes:
    """Return a statement of account as PDF: every item shown, totals and how to pay."""
    from dunwell.delivery import blocks  # the two rooms of one house know each other

    names = ("items", "also_overdue", "under_query", "due_soon", "credits", "totals", "counted",
             "bank")  # fmt: skip
    pieces = [p for name in names for p in blocks.block(name, data, say)]
    return _compile(_page(data, say.label("statement"), pieces, say, with_qr=True))


def epc_qr(part: message.CurrencyPart) -> str:
    """Return the payload of an EPC QR code, or "" where it does not apply.

    Source: EPC069-12 v2.1: EUR only, 0.01 to 999,999,999.99, a SEPA IBAN; reference or text.
    """
    bank = part.bank
    iban = bank.iban.replace(" ", "") if bank else ""
    if part.currency != "EUR" or bank is None or iban[:2] not in SEPA:
        return ""
    amount = money.to_decimal(part.total_minor, "EUR")
    if not Decimal("0.01") <= amount <= Decimal("999999999.99"):
        return ""
    name = bank.account_name[:70]
    lines = ["BCD", "002", "1", "SCT", bank.bic.replace(" ", ""), name, iban, f"EUR{amount}", ""]
    lines += [part.reference, "", ""] if part.reference else ["", "", ""]
    return "\n".join(lines).rstrip("\n")


def _page(
    data: message.MessageData,
    subject: str,
    pieces: Sequence[blocks.Piece],
    say: blocks.Words,
    *,
    with_qr: bool,
) -> dict[str, Any]:
    s, r = data.sender, data.recipient
    payloads = [epc_qr(p) for p in data.parts] if with_qr else []
    qr = next((p for p in payloads if p), "")
    name = r.customer_name or r.customer_reference
    address = [x for x in r.address_lines if x not in (name, r.contact_name)]
    return {
        "language": say.language,
        "subject": subject,
        "sender": {
            "name": s.entity_name,
            "lines": [x for x in (*s.address_lines, s.phone, s.email, s.website) if x],
            "return-line": " · ".join((s.entity_name, *s.address_lines)),
        },
        "recipient": [x for x in (name, r.contact_name, *address) if x],
        "facts": [
            [say.label("date"), say.date(data.as_of)],
            [say.label("customer_number"), r.customer_reference],
            [say.label("our_reference"), data.case_reference],
        ],
        "pieces": [msgspec.to_builtins(p._asdict()) for p in pieces],
        "qr": _svg(qr) if qr else "",
        "footer": " · ".join((s.entity_name, *s.legal_lines)),
        "words": {k: say.label(k) for k in ("page", "of", "pay_by_qr")},
    }


def _svg(payload: str) -> str:
    out = io.BytesIO()
    segno.make(payload, error="m", boost_error=False, micro=False, encoding="utf-8").save(
        out, kind="svg", border=2, xmldecl=False
    )
    return out.getvalue().decode()


def _compile(page: dict[str, Any]) -> bytes:
    made = _compiler().compile(
        format="pdf",
        sys_inputs={"data": msgspec.json.encode(page).decode()},
        pdf_standards="a-3b",
        timestamp=0,
    )
    assert isinstance(made, bytes)
    return made
