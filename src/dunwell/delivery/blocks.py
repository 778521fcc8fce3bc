"""The building blocks of a message: paragraphs and tables, and how each medium shows them.

A template's words become paragraphs; each block placeholder becomes a heading, a table or a
few lines. Text, HTML and letter are three ways to show the same pieces.
"""

from __future__ import annotations

import datetime as dt
import html
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import jinja2.sandbox
from babel.dates import format_date
from babel.numbers import format_currency
from markdown_it.token import Token

from dunwell.core import message, money

_LOCALES = {"en": "en_GB", "pt": "pt_PT"}
_environment = jinja2.sandbox.SandboxedEnvironment(undefined=jinja2.StrictUndefined)


class Piece(NamedTuple):
    """One thing on the page. `kind`: paragraph, bullet, heading, table, lines.

    `runs` are (style, text) with style "", "b" or "i"; `rows` hold cells, the first row being
    the heading; `right` names the columns set to the right; `strong` marks a last total row.
    """

    kind: str
    runs: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    right: tuple[int, ...] = ()
    strong: bool = False

    @property
    def words(self) -> str:
        """The runs without their style."""
        return "".join(text for _, text in self.runs)


class Words:
    """How one language says dates, money and labels."""

    def __init__(self, language: str, phrases: dict[str, Any]) -> None:
        self.language, self.phrases = language, phrases
        self.locale = _LOCALES.get(language, language)

    def date(self, day: dt.date) -> str:
        """Write a date as people of this language write it in a letter."""
        return format_date(day, format="long", locale=self.locale)

    def short_date(self, day: dt.date | None) -> str:
        """Write a date for a table."""
        return format_date(day, format="medium", locale=self.locale) if day else ""

    def money(self, minor: int, currency: str) -> str:
        """Write an amount with its currency code."""
        return format_currency(
            money.to_decimal(minor, currency), currency, locale=self.locale,
            format_type="standard", currency_digits=True, format="¤¤ #,##0.00",
        )  # fmt: skip

    def amount(self, minor: int, currency: str) -> str:
        """Write an amount without its currency, for a column."""
        return format_currency(
            money.to_decimal(minor, currency), currency, format="#,##0.00", locale=self.locale,
            currency_digits=True,
        )  # fmt: skip

    def label(self, name: str) -> str:
        """Return the word for a label."""
        return str(self.phrases["labels"].get(name, name.replace("_", " ")))

    def phrase(self, name: str, **fields: object) -> str:
        """Return a whole sentence, its fields filled."""
        source = str(self.phrases.get(name, ""))
        return _environment.from_string(source).render(fields)

    def kinds(self, kinds: Iterable[str]) -> tuple[str, str]:
        """Return what these items are called, for one and for several of them."""
        found = set(kinds)
        name = found.pop() if len(found) == 1 else "mixed"
        one, many = self.phrases["kinds"].get(name, self.phrases["kinds"]["mixed"])
        return str(one), str(many)

    def join(self, texts: Sequence[str], word: str = "and") -> str:
        """Join with commas and the language's "and" or "or"."""
        if len(texts) < 2:
            return "".join(texts)
        return f"{', '.join(texts[:-1])} {self.phrases[word]} {texts[-1]}"


def paragraphs(tokens: list[Token]) -> list[Piece]:
    """Turn Markdown tokens into paragraphs and bullets; anything else stays words."""
    pieces: list[Piece] = []
    depth = 0
    for token in tokens:
        depth += token.type in ("bullet_list_open", "ordered_list_open")
        depth -= token.type in ("bullet_list_close", "ordered_list_close")
        if token.type == "inline":
            runs: list[tuple[str, str]] = []
            style = ""
            for child in token.children or []:
                if child.type in ("strong_open", "em_open"):
                    style = "b" if child.type == "strong_open" else "i"
                elif child.type in ("strong_close", "em_close"):
                    style = ""
                elif child.type in ("softbreak", "hardbreak"):
                    runs.append((style, " " if child.type == "softbreak" else "\n"))
                else:
                    runs.append((style, child.content))
            pieces.append(Piece("bullet" if depth else "paragraph", tuple(runs)))
    return pieces


def block(name: str, data: message.MessageData, say: Words) -> list[Piece]:
    """Return the pieces a placeholder stands for; none when there is nothing to say."""
    made = {
        "greeting": _greeting, "items": _items, "also_overdue": _also, "under_query": _query,
        "due_soon": _soon, "credits": _credits, "totals": _totals, "bank": _bank,
        "consequence": _consequence, "attempts": _attempts, "portal": _portal,
        "counted": _counted, "contact": _contact, "enclosed": _enclosed, "signature": _signature,
    }  # fmt: skip
    return made[name](data, say)


def _plain(text: str) -> Piece:
    return Piece("paragraph", (("", text),))


def _greeting(data: message.MessageData, say: Words) -> list[Piece]:
    name = data.recipient.contact_name
    words = (
        say.phrase("greeting_named", contact_name=name) if name else say.phrase("greeting_unnamed")
    )
    return [_plain(words)]


def _table(
    heading: str, data: message.MessageData, say: Words, lists: list[tuple[str, Any]]
) -> list[Piece]:
    pieces: list[Piece] = []
    many = len(lists) > 1
    for currency, lines in lists:
        if not lines:
            continue
        title = f"{heading} ({currency})" if many else heading
        rows = [
            (
                say.label("number"), say.label("issued"), say.label("due"),
                say.label("days_overdue"), f"{say.label('open')} {currency}",
            ),
            *(
                (
                    f"{line.number}" + (f" · {line.po_number}" if line.po_number else ""),
                    say.short_date(line.issued_on), say.short_date(line.due_on),
                    str(line.days_overdue) if line.days_overdue > 0 else "-",
                    say.amount(line.open_minor, currency),
                )
                for line in lines
            ),
        ]  # fmt: skip
        pieces += [
            Piece("heading", (("b", title),)),
            Piece("table", rows=tuple(rows), right=(3, 4)),
        ]
    return pieces


def _items(data: message.MessageData, say: Words) -> list[Piece]:
    return _table(say.label("items"), data, say, [(p.currency, p.about) for p in data.parts])


def _also(data: message.MessageData, say: Words) -> list[Piece]:
    lists = [(p.currency, p.also_overdue) for p in data.parts]
    return _table(say.label("also_overdue"), data, say, lists)


def _query(data: message.MessageData, say: Words) -> list[Piece]:
    lists = [(p.currency, p.under_query) for p in data.parts]
    return _table(say.label("under_query"), data, say, lists)


def _soon(data: message.MessageData, say: Words) -> list[Piece]:
    lists = [(p.currency, p.due_soon) for p in data.parts]
    return _table(say.label("due_soon"), data, say, lists)


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
    pieces: list[Piece] = []
    for part in data.parts:
        rows: list[tuple[str, ...]] = [("", "")]
        bank = part.bank
        if bank is not None:
            shown = (
                ("account_name", bank.account_name), ("iban", bank.iban), ("bic", bank.bic),
                ("account_number", bank.account_number), ("routing", bank.routing),
                ("bank_name", bank.bank_name),
            )  # fmt: skip
            rows += [(say.label(k), _grouped(k, v)) for k, v in shown if v]
        if part.reference:
            rows.append((say.label("reference"), part.reference))
        if len(rows) > 1:
            title = say.label("bank")
            title = f"{title} ({part.currency})" if len(data.parts) > 1 else title
            pieces += [Piece("heading", (("b", title),)), Piece("table", rows=tuple(rows))]
    return pieces


def _grouped(kind: str, value: str) -> str:
    return " ".join(textwrap.wrap(value.replace(" ", ""), 4)) if kind == "iban" else value


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
    names = say.phrases.get("channels", {})
    lines = tuple(
        Piece("bullet", (("", f"{say.date(a.on)}: {names.get(a.channel, a.channel)}"),))
        for a in data.attempts
    )
    return [Piece("heading", (("b", say.label("attempts")),)), *lines]


def _portal(data: message.MessageData, say: Words) -> list[Piece]:
    if not data.portal_link:
        return []
    return [_plain(say.phrase("portal", portal_link=data.portal_link))]


def _counted(data: message.MessageData, say: Words) -> list[Piece]:
    return [_plain(say.phrase("counted_to", counted_to=say.date(data.counted_to)))]


def shown_email(data: message.MessageData) -> str:
    """Return the address people can write to; none where the entity has not given one."""
    return "" if data.sender.email.endswith(".invalid") else data.sender.email


def _contact(data: message.MessageData, say: Words) -> list[Piece]:
    words = say.phrase(
        "contact", email=shown_email(data), phone=data.sender.phone,
        is_letter=data.channel == "letter",
    )  # fmt: skip
    return [_plain(words)] if words else []


def _enclosed(data: message.MessageData, say: Words) -> list[Piece]:
    is_enclosed = data.channel == "email" and data.attach_statement
    return [_plain(say.phrase("enclosed"))] if is_enclosed else []


def _signature(data: message.MessageData, say: Words) -> list[Piece]:
    s = data.sender
    role = str(say.phrases["roles"].get(s.signatory_role, ""))
    lines = [s.signatory_name, role, s.entity_name, s.phone, shown_email(data)]
    words = "\n".join(x for x in lines if x)
    return [_plain(str(say.phrases.get("closing", ""))), _plain(words)]


def as_text(pieces: Sequence[Piece]) -> str:
    """Show the pieces as plain text: wrapped words, tables in columns."""
    out: list[str] = []
    for n, p in enumerate(pieces):
        if p.kind == "table":
            out.append(_text_table(p))
        elif p.kind == "bullet":
            wrapped = textwrap.fill(p.words, 74, initial_indent="- ", subsequent_indent="  ")
            out.append(wrapped)
            if n + 1 < len(pieces) and pieces[n + 1].kind == "bullet":
                continue
        else:
            out.append("\n".join(textwrap.fill(x, 76) for x in p.words.split("\n")))
        if p.kind != "heading":
            out.append("")
    return "\n".join(out).strip() + "\n"


def _text_table(p: Piece) -> str:
    rows = p.rows if any(p.rows[0]) else p.rows[1:]
    widths = [max(len(r[c]) for r in rows) for c in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(w) if c in p.right else cell.ljust(w)
            for c, (cell, w) in enumerate(zip(r, widths, strict=True))
        ).rstrip()
        for r in rows
    )


_CELL = "padding:3px 14px 3px 0;vertical-align:top;"
_FONT = "font-family:Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5;color:#1d2430;"


def as_html(pieces: Sequence[Piece], *, language: str, title: str) -> str:
    """Show the pieces as a plain, sturdy HTML page for mail programs."""
    body: list[str] = []
    for n, p in enumerate(pieces):
        if p.kind == "table":
            body.append(_html_table(p))
        elif p.kind == "heading":
            body.append(f'<p style="margin:18px 0 4px"><strong>{_h(p.words)}</strong></p>')
        elif p.kind == "bullet":
            first = n == 0 or pieces[n - 1].kind != "bullet"
            last = n + 1 == len(pieces) or pieces[n + 1].kind != "bullet"
            body.append("<ul>" * first + f"<li>{_runs(p)}</li>" + "</ul>" * last)
        else:
            body.append(f'<p style="margin:0 0 12px">{_runs(p)}</p>')
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<title>{_h(title)}</title></head><body style="{_FONT}max-width:640px">'
        + "".join(body)
        + "</body></html>"
    )


def _html_table(p: Piece) -> str:
    rows: list[str] = []
    has_head = any(p.rows[0])
    for n, r in enumerate(p.rows):
        if n == 0 and not has_head:
            continue
        tag = "th" if n == 0 else "td"
        weight = "bold" if p.strong or n == 0 else "normal"
        line = "border-bottom:1px solid #c9ced6;" if n == 0 else ""
        cells = "".join(
            f'<{tag} style="{_CELL}{line}font-weight:{weight};'
            f'text-align:{"right" if c in p.right else "left"}">{_h(cell)}</{tag}>'
            for c, cell in enumerate(r)
        )
        rows.append(f"<tr>{cells}</tr>")
    style = "border-collapse:collapse;margin:0 0 12px;font-variant-numeric:tabular-nums"
    return f'<table style="{style}">{"".join(rows)}</table>'


def _runs(p: Piece) -> str:
    tags = {"b": "strong", "i": "em"}
    return "".join(
        f"<{tags[s]}>{_h(t)}</{tags[s]}>" if s else _h(t).replace("\n", "<br>") for s, t in p.runs
    )


def _h(text: str) -> str:
    return html.escape(text, quote=True)
