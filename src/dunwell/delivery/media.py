"""The pieces of a message shown as plain text and as HTML; the letter shows the same ones."""

from __future__ import annotations

import html
from collections.abc import Sequence

from dunwell.delivery.blocks import Piece

_WIDTH = 76
_PLAIN_SPACES = str.maketrans("\xa0\u202f", "  ")


def as_text(pieces: Sequence[Piece]) -> str:
    """Show the pieces as plain text: wrapped words, tables in columns."""
    out: list[str] = []
    for n, p in enumerate(pieces):
        if p.kind == "table":
            out.append(_text_table(p))
        elif p.kind == "bullet":
            out.append(_wrapped(p.words, first="- ", later="  "))
            if n + 1 < len(pieces) and pieces[n + 1].kind == "bullet":
                continue
        else:
            out.append("\n".join(_wrapped(line) for line in p.words.split("\n")))
        if p.kind != "heading":
            out.append("")
    return ("\n".join(out).strip() + "\n").translate(_PLAIN_SPACES)


def _wrapped(text: str, *, first: str = "", later: str = "") -> str:
    """Wrap at spaces only: a link or a long name stays whole, and amounts keep their currency."""
    lines, line = [], first
    is_empty = True
    for word in text.split(" "):
        if not is_empty and len(line) + 1 + len(word) > _WIDTH:
            lines.append(line)
            line, is_empty = later, True
        line += word if is_empty else f" {word}"
        is_empty = False
    return "\n".join([*lines, line])


def _text_table(p: Piece) -> str:
    rows = p.rows if any(p.rows[0]) else p.rows[1:]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(w) if c in p.right else cell.ljust(w)
            for c, (cell, w) in enumerate(zip(r, widths, strict=True))
        ).rstrip()
        for r in rows
    )


_FONT = "font-family:Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5;color:#1d2430"
_PAGE = (
    '<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<title>{title}</title></head>\n<body style="margin:0;padding:16px;background:#ffffff">'
    f'<div style="max-width:680px;{_FONT}">\n'
    "{body}\n</div></body></html>\n"
)


def as_html(pieces: Sequence[Piece], *, language: str, title: str) -> str:
    """Show the pieces as a plain, sturdy HTML page for mail programs."""
    body: list[str] = []
    for n, p in enumerate(pieces):
        if p.kind == "table":
            body.append(_html_table(p))
        elif p.kind == "heading":
            body.append(f'<p style="margin:20px 0 4px"><strong>{_h(p.words)}</strong></p>')
        elif p.kind == "bullet":
            first = n == 0 or pieces[n - 1].kind != "bullet"
            last = n + 1 == len(pieces) or pieces[n + 1].kind != "bullet"
            opened = '<ul style="margin:0 0 12px;padding-left:20px">' * first
            body.append(opened + f"<li>{_runs(p)}</li>" + "</ul>" * last)
        else:
            body.append(f'<p style="margin:0 0 12px">{_runs(p)}</p>')
    return _PAGE.format(language=language, title=_h(title), body="\n".join(body))


_TABLE = "border-collapse:collapse;margin:0 0 14px;font-size:14px;font-variant-numeric:tabular-nums"
_WHOLE = "white-space:nowrap"
_LONG = "overflow-wrap:anywhere"


def _html_table(p: Piece) -> str:
    """Amounts and dates stay whole; on a narrow screen the table is moved sideways instead."""
    has_head = any(p.rows[0])
    sides = ["right" if c in p.right else "left" for c in range(len(p.rows[0]))]
    wraps = ["" if c == 0 else _WHOLE if p.right else _LONG for c in range(len(sides))]
    line = "border-bottom:1px solid #e6e9ee" if has_head else ""
    line = "font-weight:bold" if p.strong else line
    rows = []
    if has_head:
        head = ["vertical-align:bottom;border-bottom:1px solid #8d96a5"] * len(sides)
        rows.append(_html_row("th", p.rows[0], sides, head))
    rows += [_html_row("td", r, sides, [f"{w};{line}" for w in wraps]) for r in p.rows[1:]]
    width = ";width:100%" if p.right else ""
    table = f'<table style="{_TABLE}{width}">{"".join(rows)}</table>'
    return f'<div style="overflow-x:auto">{table}</div>'


def _html_row(tag: str, cells: Sequence[str], sides: Sequence[str], styles: Sequence[str]) -> str:
    made = "".join(
        f'<{tag} style="padding:4px 0 4px {14 if c else 0}px;vertical-align:top;'
        f'text-align:{sides[c]};{styles[c]}">{_h(cell)}</{tag}>'
        for c, cell in enumerate(cells)
    )
    return f"<tr>{made}</tr>\n"


_TAGS = {"b": "strong", "i": "em"}


def _runs(p: Piece) -> str:
    out: list[str] = []
    for style, text in p.runs:
        words = _h(text).replace("\n", "<br>")
        if style == "a":
            words = f'<a href="{words}" style="color:#1d4f8f">{words}</a>'
        elif style:
            words = f"<{_TAGS[style]}>{words}</{_TAGS[style]}>"
        out.append(words)
    return "".join(out)


def _h(text: str) -> str:
    return html.escape(text, quote=True)
