"""The building blocks of a message: paragraphs, headings, lists and tables.

A template's words become paragraphs; each block placeholder becomes a heading, a table or a
few lines. Text, HTML (`media`) and letter (`letter`) are three ways to show the same pieces.
Must not know: how they are shown.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from typing import NamedTuple

from markdown_it.token import Token

from dunwell.core import message
from dunwell.delivery.words import Words, one_line

SHOWN_WITHOUT_KIND = frozenset({"invoice", "instalment"})


class Piece(NamedTuple):
    """One thing on the page. `kind`: paragraph, closing (one too), bullet, heading or table.

    `runs` are (style, text) with style "", "b", "i" or "a" (a link whose text is its address);
    `rows` hold cells, the first row being the heading, of empty cells where there is none;
    `right` names the columns set to the right; `strong` marks a table of totals; `pays` is the
    currency whose payment a table tells how to make.
    """

    kind: str
    runs: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    right: tuple[int, ...] = ()
    strong: bool = False
    pays: str = ""

    @property
    def words(self) -> str:
        """The runs without their style."""
        return "".join(text for _, text in self.runs)


_STYLES = {"strong_open": "b", "em_open": "i", "strong_close": "", "em_close": ""}


def paragraphs(tokens: Iterable[Token]) -> list[Piece]:
    """Turn Markdown tokens into paragraphs, headings and bullets; anything else stays words."""
    pieces: list[Piece] = []
    depth, kind = 0, "paragraph"
    for token in tokens:
        depth += token.type in ("bullet_list_open", "ordered_list_open")
        depth -= token.type in ("bullet_list_close", "ordered_list_close")
        if token.type == "heading_open":
            kind = "heading"
        elif token.type == "inline":
            pieces.append(Piece("bullet" if depth else kind, _runs(token.children or [])))
            kind = "paragraph"
    return pieces


def _runs(children: Iterable[Token]) -> tuple[tuple[str, str], ...]:
    runs: list[tuple[str, str]] = []
    style = ""
    for child in children:
        if child.type in _STYLES:
            style = _STYLES[child.type]
        elif child.type in ("softbreak", "hardbreak"):
            runs.append((style, " " if child.type == "softbreak" else "\n"))
        elif child.content:
            runs.append((style, child.content))
    return tuple(runs)


def block(name: str, data: message.MessageData, say: Words) -> list[Piece]:
    """Return the pieces a placeholder stands for; none when there is nothing to say."""
    return _BLOCKS[name](data, say)


def shown_email(data: message.MessageData) -> str:
    """Return the address people can write to; none where the entity has not given one."""
    return "" if data.sender.email.endswith(".invalid") else one_line(data.sender.email)


def _plain(text: str) -> Piece:
    return Piece("paragraph", (("", text),))


def _heading(text: str) -> Piece:
    return Piece("heading", (("b", text),))


def _greeting(data: message.MessageData, say: Words) -> list[Piece]:
    name = one_line(data.recipient.contact_name)
    words = (
        say.phrase("greeting_named", contact_name=name) if name else say.phrase("greeting_unnamed")
    )
    return [_plain(words)]


def _items(data: message.MessageData, say: Words) -> list[Piece]:
    return _tables("items", ((p.currency, p.about) for p in data.parts), data, say)


def _also(data: message.MessageData, say: Words) -> list[Piece]:
    return _tables("also_overdue", ((p.currency, p.also_overdue) for p in data.parts), data, say)


def _query(data: message.MessageData, say: Words) -> list[Piece]:
    return _tables("under_query", ((p.currency, p.under_query) for p in data.parts), data, say)


def _soon(data: message.MessageData, say: Words) -> list[Piece]:
    return _tables("due_soon", ((p.currency, p.due_soon) for p in data.parts), data, say)


def _tables(
    label: str,
    lists: Iterable[tuple[str, tuple[message.LineShown, ...]]],
    data: message.MessageData,
    say: Words,
) -> list[Piece]:
    """Return one table a currency; the heading names it where there are several."""
    pieces: list[Piece] = []
    for currency, lines in lists:
        if lines:
            title = say.label(label)
            title = f"{title} ({currency})" if len(data.parts) > 1 else title
            pieces += [_heading(title), _table(currency, lines, say)]
    return pieces


def _table(currency: str, lines: tuple[message.LineShown, ...], say: Words) -> Piece:
    """Return the items as a table, without the columns that have nothing to show."""
    columns: list[tuple[str, list[str], bool]] = [
        (say.label("number"), [_number(x, say) for x in lines], False)
    ]
    if any(x.po_number for x in lines):
        columns.append((say.label("po_number"), [one_line(x.po_number) for x in lines], False))
    if any(x.issued_on for x in lines):
        columns.append((say.label("issued"), [say.short_date(x.issued_on) for x in lines], False))
    columns.append((say.label("due"), [say.short_date(x.due_on) for x in lines], False))
    if any(x.days_overdue > 0 for x in lines):
        days = [str(x.days_overdue) if x.days_overdue > 0 else "-" for x in lines]
        columns.append((say.label("days_overdue"), days, True))
    if any(x.open_minor != x.amount_minor for x in lines):
        whole = [say.amount(x.amount_minor, currency) for x in lines]
        columns.append((say.label("amount"), whole, True))
    left = [say.amount(x.open_minor, currency) for x in lines]
    columns.append((f"{say.label('open')} {currency}", left, True))
    return Piece(
        "table",
        rows=(tuple(c[0] for c in columns), *zip(*(c[1] for c in columns), strict=True)),
        right=tuple(n for n, c in enumerate(columns) if c[2]),
    )


def _number(line: message.LineShown, say: Words) -> str:
    """Return the item's number; what is not an invoice says so."""
    number = one_line(line.number)
    if line.kind in SHOWN_WITHOUT_KIND:
        return number
    word, _ = say.kinds([line.kind])
    return f"{word[:1].upper()}{word[1:]} {number}"


def _credits(data: message.MessageData, say: Words) -> list[Piece]:
    rows = tuple(
        (say.label("credits"), say.money(-p.credits_minor, p.currency))
        for p in data.parts
        if p.credits_minor
    )
    return [Piece("table", rows=(("", ""), *rows), right=(1,))] if rows else []


def _totals(data: message.MessageData, say: Words) -> list[Piece]:
    rows = tuple(
        (say.label("total"), say.money(p.total_minor, p.currency))
        for p in data.parts
        if p.total_minor
    )
    return [Piece("table", rows=(("", ""), *rows), right=(1,), strong=True)] if rows else []


def _bank(data: message.MessageData, say: Words) -> list[Piece]:
    """Return where to pay each currency in which something is to be paid."""
    pieces: list[Piece] = []
    for part in data.parts:
        if not part.total_minor:
            continue
        rows: list[tuple[str, ...]] = []
        if part.bank is not None:
            b = part.bank
            shown = (
                ("account_name", b.account_name), ("iban", _grouped(b.iban)), ("bic", b.bic),
                ("account_number", b.account_number), ("routing", b.routing),
                ("bank_name", b.bank_name),
            )  # fmt: skip
            rows += [(say.label(name), one_line(value)) for name, value in shown if value]
        if part.reference:
            rows.append((say.label("reference"), part.reference))
        if rows:
            title = say.label("bank")
            title = f"{title} ({part.currency})" if len(data.parts) > 1 else title
            paying = Piece("table", rows=(("", ""), *rows), pays=part.currency)
            pieces += [_heading(title), paying]
    return pieces


def _grouped(iban: str) -> str:
    return "\xa0".join(textwrap.wrap(iban.replace(" ", ""), 4))


def _consequence(data: message.MessageData, say: Words) -> list[Piece]:
    """Say what may follow: only what this step or the next proposes (SEMANTICS 6.9)."""
    what = say.join([str(say.phrases["consequences"][c]) for c in data.consequences], "or")
    if not what:
        return []
    if data.respond_by:
        return [_plain(say.phrase("consequence_final", what=what, by=say.date(data.respond_by)))]
    if data.pay_by:
        return [_plain(say.phrase("consequence", what=what, by=say.date(data.pay_by)))]
    return [_plain(say.phrase("consequence_undated", what=what))]


def _attempts(data: message.MessageData, say: Words) -> list[Piece]:
    if not data.attempts:
        return []
    how = say.phrases["channels"]
    lines = (f"{say.date(a.on)}: {how.get(a.channel, a.channel)}" for a in data.attempts)
    return [
        _heading(say.label("attempts")),
        *(Piece("bullet", (("", line),)) for line in lines),
    ]


def _portal(data: message.MessageData, say: Words) -> list[Piece]:
    link = one_line(data.portal_link)
    if not link.startswith(("https://", "http://")):
        return []
    before, _, after = say.phrase("portal", portal_link=link).partition(link)
    runs = (("", before), ("a", link), ("", after))
    return [Piece("paragraph", tuple(r for r in runs if r[1]))]


def _counted(data: message.MessageData, say: Words) -> list[Piece]:
    return [_plain(say.phrase("counted_to", counted_to=say.date(data.counted_to)))]


def _contact(data: message.MessageData, say: Words) -> list[Piece]:
    words = say.phrase(
        "contact", email=shown_email(data), phone=one_line(data.sender.phone),
        is_letter=data.channel == "letter",
    )  # fmt: skip
    return [_plain(words)] if words else []


def _enclosed(data: message.MessageData, say: Words) -> list[Piece]:
    is_enclosed = data.channel == "email" and data.attach_statement
    return [_plain(say.phrase("enclosed"))] if is_enclosed else []


def _signature(data: message.MessageData, say: Words) -> list[Piece]:
    s = data.sender
    lines = [s.signatory_name, say.role(s.signatory_role), s.entity_name]
    if data.channel != "letter":  # the head of a letter has them already
        lines += [s.phone, shown_email(data)]
    lines = [x for x in map(one_line, lines) if x]
    closing = Piece("closing", (("", str(say.phrases["closing"])),))
    return [closing, _plain("\n".join(lines))]


_BLOCKS: dict[str, Callable[[message.MessageData, Words], list[Piece]]] = {
    "greeting": _greeting, "items": _items, "also_overdue": _also, "under_query": _query,
    "due_soon": _soon, "credits": _credits, "totals": _totals, "bank": _bank,
    "consequence": _consequence, "attempts": _attempts, "portal": _portal,
    "counted": _counted, "contact": _contact, "enclosed": _enclosed, "signature": _signature,
}  # fmt: skip
NAMES = frozenset(_BLOCKS)
