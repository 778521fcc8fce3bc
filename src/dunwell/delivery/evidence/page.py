"""The document of an evidence file: values to words to a PDF, through Typst as letters are.

Words come from `words/` by language, so that other languages can follow; the code says none.
Read `pdf` first: cover, statement, chronology, messages, annex are one function each.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import zoneinfo
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import ruamel.yaml
import typst

from dunwell.core import money, reasons
from dunwell.delivery import letter
from dunwell.delivery.evidence.case import Entry, Evidence, Exhibit, ItemTold
from dunwell.delivery.words import Words, compiled, one_line

HERE = Path(__file__).parent
_FRAME = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ue000-\uf8ff\ud800-\udfff]")


@functools.lru_cache(maxsize=4)
def load_words(language: str = "en") -> Words:
    """Return what an evidence file says in a language; English where there is no other."""
    file = HERE / "words" / f"{language}.yaml"
    if not file.exists():
        language, file = "en", HERE / "words" / "en.yaml"
    phrases = ruamel.yaml.YAML(typ="safe", pure=True).load(file.read_text("utf-8"))
    return Words(language, phrases)


def pdf(case: Evidence) -> bytes:
    """Return the document: PDF/A-3b where the house's fonts have every character."""
    return letter.compile_page(HERE / "page.typ", shown(case), day=case.as_of)


def shown(case: Evidence) -> dict[str, Any]:
    """Return all that the document shows, in words, as its page takes it."""
    say = _Say(case)
    phrases = say.words.phrases
    return {
        "language": say.words.language,
        "paper": "us-letter" if case.sender.country in ("US", "CA", "MX") else "a4",
        "title": phrases["title"],
        "sender": {
            "name": one_line(case.sender.entity_name),
            "lines": [one_line(x) for x in _home(case) if x],
        },
        "footer": " · ".join(
            x for x in (one_line(case.sender.entity_name), case.customer, say.day(case.as_of)) if x
        ),
        "cover": _cover(case, say),
        "statement": _statement(case, say),
        "entries": _chronology(case, say),
        "exhibits": [_exhibit(x, say) for x in case.exhibits],
        "events": _events(case, say),
        "seals": _seals(case, say),
        "proof": phrases["proof"],
        "sections": phrases["sections"],
        "words": phrases["labels"],
    }


def _home(case: Evidence) -> tuple[str, ...]:
    s = case.sender
    return (*s.address_lines, s.phone, s.email, s.website, *s.legal_lines)


class _Say:
    """How values are written in this file: dates, times of the entity's zone, amounts, codes."""

    def __init__(self, case: Evidence) -> None:
        self.words = load_words()
        self.zone = zoneinfo.ZoneInfo(case.time_zone)
        self.codes: dict[str, str] = self.words.phrases["codes"]
        self._details: dict[str, str] = self.words.phrases["details"]

    def day(self, day: dt.date | None) -> str:
        """Write a date."""
        return self.words.date(day) if day else ""

    def time(self, at: dt.datetime | None) -> str:
        """Write a time to the second, on the entity's clock."""
        if at is None:
            return ""
        local = at.astimezone(self.zone)
        return f"{self.words.short_date(local.date())} {local:%H:%M:%S}"

    def amount(self, minor: int, currency: str) -> str:
        """Write an amount without its currency."""
        return self.words.amount(minor, currency)

    def amounts(self, parts: Iterable[Sequence[Any]]) -> str:
        """Write amounts with their currencies."""
        return self.words.join([self.words.money(m, c) for c, m in parts])

    def code(self, code: str) -> str:
        """Write a code as words."""
        return self.codes.get(code, code.replace("_", " "))

    def label(self, name: str) -> str:
        """Return what a detail is called."""
        return self._details.get(name, name.removesuffix("_on").replace("_", " ").capitalize())

    def phrase(self, group: str, name: str, **fields: object) -> str:
        """Return a sentence of a group, its fields filled."""
        return compiled(str(self.words.phrases[group][name])).render(fields)

    def value(self, name: str, value: Any, currency: str = "") -> str:
        """Write a detail, whatever it is."""
        if value in (None, "", [], {}):
            return ""
        special = _SPECIAL.get(name)
        if special is not None:
            return special(self, value, currency)
        if isinstance(value, dt.datetime):
            return self.time(value)
        if isinstance(value, dt.date):
            return self.day(value)
        if isinstance(value, list | tuple):
            return ", ".join(self.value(name, v) for v in value)
        if isinstance(value, dict):
            return ", ".join(f"{self.label(k)} {self.value(k, v)}" for k, v in value.items())
        text = one_line(str(value))
        named = self.codes.get(f"{name}.{text}")
        return named or (self.code(text) if name in _CODES else text)


_CODES = frozenset(
    """step tone channel role state outcome what stop code measure placement claim reply task row
    reason origin kind consequences proposed proceeding""".split()
)
"""Details that are codes; free text stands as it was written."""


def _receipts(say: _Say, value: list[dict[str, Any]], _currency: str) -> str:
    return "; ".join(
        f"{say.code(r['kind'])} {say.time(r['at'])}"
        + (f" ({one_line(r['evidence'])})" if r["evidence"] else "")
        for r in value
    )


def _parts(say: _Say, value: list[Any], _currency: str) -> str:
    return "; ".join(f"{say.day(on)} {say.amounts(amounts)}" for on, amounts in value)


def _changes(say: _Say, value: list[Any], currency: str) -> str:
    shown = []
    for name, was, now in value:
        pair = [_plain(say, name, v, currency) or "-" for v in (was, now)]
        field = say.words.phrases["changed"].get(name, name.replace("_", " "))
        shown.append(f"{field} {pair[0]} → {pair[1]}")
    return "; ".join(shown)


def _plain(say: _Say, name: str, value: Any, currency: str) -> str:
    """Write a field of an item as it was kept in history: dates are texts there."""
    if isinstance(value, int) and name.endswith("_minor"):
        return say.amounts([(currency, value)])
    if name.endswith("_on") and isinstance(value, str) and value:
        return say.day(dt.date.fromisoformat(value))
    return say.value("", value)


def _answers(say: _Say, value: list[Any], _currency: str) -> str:
    return "; ".join(f"{say.time(at)} {say.code(state)}" for at, state in value)


def _also(_say: _Say, value: list[str], _currency: str) -> str:
    return " ".join(reasons.sentence(reasons.Reason(code), {}) for code in value)


_SPECIAL: dict[str, Callable[[_Say, Any, str], str]] = {
    "also": _also,
    "amounts": lambda say, v, _: say.amounts(v),
    "fee": lambda say, v, _: say.amounts(v),
    "interest": lambda say, v, _: say.amounts(v),
    "receipts": _receipts,
    "instalments": _parts,
    "changes": _changes,
    "confirmed": _answers,
    "was_open_minor": lambda say, v, currency: say.amounts([(currency, v)]),
}


def _cover(case: Evidence, say: _Say) -> dict[str, Any]:
    words = say.words.phrases["cover"]
    creditor = one_line(case.sender.entity_name)
    debtor = one_line(case.name) or case.customer
    address = [x for x in map(one_line, case.address) if x and x != debtor]
    rows = [
        [words["creditor"], ", ".join([creditor, *filter(None, map(one_line, _home(case)))])],
        [words["debtor"], ", ".join([debtor, *address])],
        [words["reference"], case.customer],
    ]
    if case.family:
        rows.append([words["also"], ", ".join(case.family)])
    amounts = [
        [say.words.money(t.owed_minor, t.currency),
         f"{words['overdue']} {say.words.money(t.overdue_minor, t.currency)}"]
        for t in case.totals
    ]  # fmt: skip
    counts = {"entries": len(case.entries), "exhibits": len(case.exhibits),
              "events": len(case.events)}  # fmt: skip
    last = case.seals[-1] if case.seals else None
    n, at = case.sealed, say.time(last.at) if last and last.n == case.sealed else ""
    notes = [say.phrase("cover", "made", at=say.time(case.made_at), by=case.made_by),
             say.phrase("cover", "times", zone=case.time_zone)]  # fmt: skip
    if case.unsealed:
        notes.append(say.phrase("cover", "unsealed", n=case.unsealed))
    notes += [say.phrase("cover", "erased", what=what) for what in case.erased]
    return {
        "about": say.phrase("cover", "about", debtor=debtor, creditor=creditor),
        "as_of": say.phrase("cover", "as_of", day=say.day(case.as_of)),
        "rows": rows,
        "amounts": amounts or [[say.words.phrases["statement"]["nothing"], ""]],
        "amount": words["amount"],
        "holds": words["holds"],
        "holds_text": say.phrase("cover", "holds_text", **counts),
        "verify": words["verify"],
        "verify_text": words["verify_text"],
        "verify_command": words["verify_command"],
        "verify_more": words["verify_more"],
        "head_label": say.phrase("cover", "head", n=n, at=at or say.time(case.made_at)),
        "head": case.head,
        "head_text": words["head_text"],
        "notes": notes,
    }


def _statement(case: Evidence, say: _Say) -> dict[str, Any]:
    words = say.words.phrases["statement"]
    tables = []
    for total in case.totals:
        c = total.currency
        mine = [i for i in case.items if i.currency == c and i.open_minor]
        closing = [
            [say.phrase("statement", "total", currency=c), say.amount(total.open_minor, c)],
        ]
        if total.credits_minor:
            closing.append([words["credits"], say.amount(-total.credits_minor, c)])
        if total.unapplied_minor:
            closing.append([words["unapplied"], say.amount(-total.unapplied_minor, c)])
        if len(closing) > 1:
            closing.append([words["owed"], say.amount(total.owed_minor, c)])
        tables.append({
            "rows": [
                [_name(i, say), say.words.short_date(i.issued_on),
                 say.words.short_date(i.due_on), str(i.days_overdue or ""),
                 say.amount(i.amount_minor, c), say.amount(_signed(i), c)]
                for i in mine
            ],
            "closing": closing,
        })  # fmt: skip
    return {
        "intro": say.phrase("statement", "intro", day=say.day(case.as_of)),
        "heading": [words[k] for k in ("item", "issued", "due", "days", "amount", "open")],
        "tables": tables,
        "nothing": words["nothing"],
        "left_out": say.phrase("statement", "left_out", n=case.left_out) if case.left_out else "",
        "history": words["history"],
        "move_heading": [words[k] for k in ("on", "what", "reference", "amount", "balance")],
        "items": [_item(i, say) for i in case.items],
        "unapplied_title": words["unapplied_list"],
        "unapplied": [
            [say.words.short_date(u.on), u.reference, say.words.money(u.amount_minor, u.currency)]
            for u in case.unapplied
        ],
    }


def _signed(item: ItemTold) -> int:
    return -item.open_minor if item.kind == "credit_note" else item.open_minor


def _name(item: ItemTold, say: _Say) -> str:
    kind = "" if item.kind == "invoice" else f"{say.code(item.kind)} ".capitalize()
    whose = f" ({item.customer})" if item.customer else ""
    return f"{kind}{one_line(item.number)}{whose}"


def _item(item: ItemTold, say: _Say) -> dict[str, Any]:
    moves = say.words.phrases["moves"]
    words = say.words.phrases["statement"]
    marks = [say.code(m) for m in item.marks]
    if item.po_number:
        marks.append(f"{words['po_number']} {one_line(item.po_number)}")
    if item.document:
        marks.append(f"{words['document']} {one_line(item.document)}")
    return {
        "title": _name(item, say),
        "due": f"{words['due']} {say.day(item.due_on)}",
        "currency": item.currency,
        "marks": "; ".join(marks),
        "rows": [
            [say.words.short_date(m.on), moves.get(m.kind, say.code(m.kind)), one_line(m.reference),
             say.amount(m.amount_minor, item.currency), say.amount(m.balance_minor, item.currency)]
            for m in item.moves
        ],
    }  # fmt: skip


def _chronology(case: Evidence, say: _Say) -> list[dict[str, Any]]:
    shown, day = [], None
    for entry in case.entries:
        shown.append(_entry(entry, say, is_new_day=entry.on != day))
        day = entry.on
    return shown


def _entry(entry: Entry, say: _Say, *, is_new_day: bool) -> dict[str, Any]:
    currency = str(entry.said.get("currency", ""))
    values = {k: say.value(k, v, currency) for k, v in entry.said.items()}
    title = compiled(str(say.words.phrases["entries"][entry.kind])).render(values)
    hidden = say.words.phrases["hidden"].get(entry.kind, ())
    fields = say.words.phrases["fields"]
    return {
        "day": say.day(entry.on) if is_new_day else "",
        "time": "" if entry.at is None else f"{entry.at.astimezone(say.zone):%H:%M}",
        "title": one_line(title[:1].upper() + title[1:]),
        "kind": entry.kind,
        "details": [[say.label(k), v] for k, v in values.items() if v and k not in hidden],
        "words": [[fields.get(k, say.label(k)), _text(v)] for k, v in entry.words if v.strip()],
        "exhibit": entry.exhibit,
        "foot": _foot(entry, say),
        "is_long": sum(len(v) for _, v in entry.words) > 1_500,
    }


def _foot(entry: Entry, say: _Say) -> str:
    """Say where in the journal an entry stands, when it was recorded, and by whom."""
    labels = say.words.phrases["labels"]
    parts = []
    if entry.events:
        parts.append(f"{labels['journal']} {', '.join(map(str, entry.events))}")
    if entry.recorded_at:
        parts.append(f"{labels['recorded']} {say.time(entry.recorded_at)}")
    if entry.by:
        parts.append(f"{labels['by']} {one_line(entry.by)}")
    return " ".join(parts)


def _text(text: str) -> str:
    """Return a text of several lines with nothing in it that cannot be shown."""
    return _FRAME.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def _exhibit(exhibit: Exhibit, say: _Say) -> dict[str, Any]:
    labels = say.words.phrases["labels"]
    heads = [[labels.get(k, k.capitalize()), one_line(v)] for k, v in exhibit.heads if v]
    heads += [
        [labels["attached"], f"{one_line(a.name)} ({a.size:,} bytes)"] for a in exhibit.attached
    ]
    heads.append([labels["file"], exhibit.file])
    return {
        "n": exhibit.n,
        "title": f"{labels['exhibit']} {exhibit.n}",
        "on": f"{say.code(exhibit.channel)}, {say.time(exhibit.at) or say.day(exhibit.on)}",
        "heads": heads,
        "hash": exhibit.sha256,
        "hash_label": labels["hash"],
        "text": _text(exhibit.text),
        "pages": [page for one in exhibit.pdfs for page in pages_of(one)],
        "page": labels["as_page"],
    }


def pages_of(document: bytes) -> list[str]:
    """Return the pages of a PDF as SVG, so that a letter is shown as it went out.

    Typst embeds no PDF in a PDF/A, but draws its pages. One it cannot read is left to the archive.
    """
    count = len(re.findall(rb"/Type\s*/Page\b(?!s)", document))
    data = msgspec.json.encode({"pdf": list(document), "pages": count}).decode()
    try:
        made = _drawer().compile(format="svg", sys_inputs={"data": data})
    except typst.TypstError:
        return []
    drawn = made if isinstance(made, list) else [made]
    return [page.decode() for page in drawn if page is not None] if count else []


@functools.lru_cache(maxsize=1)
def _drawer() -> typst.Compiler:
    return typst.Compiler(str(HERE / "letter.typ"), ignore_system_fonts=True)


def _events(case: Evidence, say: _Say) -> dict[str, Any]:
    labels = say.words.phrases["labels"]
    return {
        "heading": [labels[k] for k in ("number", "time", "actor", "verb", "refs")],
        "rows": [
            [str(e.id), say.time(e.at), one_line(e.actor), e.verb, one_line(e.refs), e.commitment]
            for e in case.events
        ],
    }


def _seals(case: Evidence, say: _Say) -> dict[str, Any]:
    labels = say.words.phrases["labels"]
    return {
        "heading": [labels[k] for k in ("seal", "time", "upto", "events", "hash")],
        "rows": [
            [str(s.n), say.time(s.at), str(s.upto), str(s.events), s.hash] for s in case.seals
        ],
    }


def statement_rows(case: Evidence) -> list[list[Any]]:
    """Return the statement as rows for a sheet: one a line of an item's account, heading first."""
    heading = ["customer", "kind", "number", "issued_on", "due_on", "currency", "on", "what",
               "reference", "amount", "open_after"]  # fmt: skip
    rows: list[list[Any]] = [heading]
    for i in case.items:
        c, item = i.currency, [i.customer or case.customer, i.kind, i.number, i.issued_on, i.due_on]
        rows += [
            [*item, c, m.on, m.kind, m.reference, money.to_decimal(m.amount_minor, c),
             money.to_decimal(m.balance_minor, c)]
            for m in i.moves
        ]  # fmt: skip
    for u in case.unapplied:
        amount = money.to_decimal(u.amount_minor, u.currency)
        rows.append(
            [case.customer, "unapplied", "", None, None, u.currency, u.on, "payment", u.reference,
             amount, -amount]
        )  # fmt: skip
    return rows
