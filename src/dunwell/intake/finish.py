"""What is a kind's own in making its row: signs, due dates, named items, identity.

One function a kind, the last step of `lines.Taker.take`: plain cells are read, amounts are not.
Each returns the row, or None after complaints. Origin: DATA.md 3.5; docs/reference/files.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from dunwell.core import rows
from dunwell.intake import values
from dunwell.intake.lines import Finish, Said, Taker
from dunwell.intake.values import Bad


def _item(taker: Taker, line: int, cells: Sequence[str], said: Said) -> rows.Row | None:
    """Finish an item: kind, sign, open amount, due date (DATA.md 3.5)."""
    kind = said.get("kind") or ("instalment" if "part" in said else "invoice")
    text = taker.text("amount", cells)
    if not text:
        taker.complain(line, "amount", "", "an amount")
        return None
    minor = taker.amount(line, "amount", text, said)
    if minor is None:
        return None
    taker.settle_currency(line, said)
    was_negative = minor < 0
    if was_negative:
        if kind == "credit_note":
            taker.note(line, "amount", text, "an amount above 0; credit notes are taken as such")
        elif taker.mapping.negative == "credit_note":
            kind = "credit_note"
        elif not taker.is_bad(line, "kind"):
            taker.complain(
                line, "amount", text, "an amount above 0; for a credit note the kind credit_note, "
                "or `negative: credit_note` in a mapping"
            )  # fmt: skip
            return None
        minor = -minor
    elif not minor:
        taker.complain(line, "amount", text, "an amount above 0")
        return None
    said["kind"], said["amount_minor"] = kind, minor
    open_text = taker.text("open_amount", cells)
    if open_text == text:
        said["open_minor"] = minor
    elif open_text:
        _open_amount(taker, line, open_text, said, is_flipped=was_negative)
    _due_on(taker, line, said)
    number = said.get("number", "")
    key = (said.get("entity"), said.get("customer"), kind, number, said.get("part", ""))
    if taker.is_bad(line):
        return None
    return rows.ItemRow(**said) if taker.is_new(line, "number", number, key) else None


def _open_amount(taker: Taker, line: int, text: str, said: Said, *, is_flipped: bool) -> None:
    minor = taker.amount(line, "open_amount", text, said)
    if minor is None:
        return
    if is_flipped or (said["kind"] == "credit_note" and minor < 0):
        minor = -minor
    if minor < 0 or minor > said["amount_minor"]:
        want = "nothing below 0" if minor < 0 else "no more than the amount"
        taker.complain(line, "open_amount", text, want)
        return
    said["open_minor"] = minor


def _due_on(taker: Taker, line: int, said: Said) -> None:
    """Derive a due date that is not given; a file without any dates can only correct amounts."""
    issued_on: dt.date | None = said.get("issued_on")
    if "due_on" in said:
        if issued_on is not None and said["due_on"] < issued_on and said["kind"] != "credit_note":
            found = str(said["due_on"])
            taker.note(line, "due_on", found, "a due date that is not before issued_on; taken")
        return
    if issued_on is None:
        dates = ("due_on", "issued_on")
        if any(map(taker.has, dates)) and not any(taker.is_bad(line, d) for d in dates):
            taker.complain(line, "due_on", "", "a due date, or issued_on to count the terms from")
    elif "terms_days" in said and said["kind"] != "credit_note":
        said["due_on"] = issued_on + dt.timedelta(days=said["terms_days"])
        said["due_derived"] = True


def _payment(taker: Taker, line: int, cells: Sequence[str], said: Said) -> rows.Row | None:
    """Finish a payment or reversal: sign, what it reverses, the items it names."""
    kind = said.get("kind") or ("reversal" if "reverses" in said else "payment")
    text = taker.text("amount", cells)
    if not text:
        taker.complain(line, "amount", "", "an amount")
        return None
    minor = taker.amount(line, "amount", text, said)
    if minor is None:
        return None
    taker.settle_currency(line, said)
    if minor < 0:
        if kind == "reversal":
            taker.note(line, "amount", text, "an amount above 0; reversals are taken as such")
        elif taker.mapping.negative == "reversal":
            kind = "reversal"
        else:
            taker.complain(
                line, "amount", text, "an amount above 0; for a payment taken back the kind "
                "reversal; if your ledger writes payments below 0, `sign: reversed` in a mapping"
            )  # fmt: skip
            return None
        minor = -minor
    elif not minor:
        taker.complain(line, "amount", text, "an amount above 0")
        return None
    said["kind"], said["amount_minor"] = kind, minor
    if kind == "payment" and "reverses" in said:
        taker.complain(line, "reverses", said["reverses"], "nothing, or the kind reversal")
    if kind == "reversal" and "reverses" not in said:
        taker.complain(line, "reverses", "", "the reference of the payment taken back")
    if text := taker.text("items", cells):
        _named_items(taker, line, text, said)
    if "paid_on" not in said:
        said["paid_on"] = None
        taker.note(line, "paid_on", "", "a day; taken as the day the file speaks for")
    reference = said.get("reference", "")
    if taker.is_bad(line):
        return None
    key = (said.get("entity"), reference)
    return rows.PaymentRow(**said) if taker.is_new(line, "reference", reference, key) else None


def _named_items(taker: Taker, line: int, text: str, said: Said) -> None:
    """Read `INV-1=100.00;INV-2`: the items a payment is for, with or without amounts."""
    named: list[tuple[str, int | None]] = []
    read = values.code(121)
    for part in text.split(";"):
        if not part.strip():
            continue
        name, mark, amount = (s.strip() for s in part.rpartition("="))
        if not mark:
            name, amount = amount, ""
        try:
            name = read(name) if name else ""
        except Bad as wrong:
            taker.complain(line, "items", part, f"the number of an item: {wrong.want}")
            continue
        if not name:
            taker.complain(line, "items", part, "the number of an item before =")
            continue
        minor = taker.amount(line, "items", amount, said) if amount else None
        if amount and minor is None:
            continue
        if minor is not None and minor < 0:
            minor = -minor if taker.mapping.is_reversed else minor
        if (minor is not None and minor <= 0) or (mark and not amount):
            taker.complain(line, "items", part, "an amount above 0 after =, or none and no =")
            continue
        named.append((name, minor))
    if sum(minor or 0 for _, minor in named) > said["amount_minor"]:
        taker.complain(line, "items", text, "amounts that add up to no more than the payment")
    said["items"] = tuple(named)


def _customer(taker: Taker, line: int, cells: Sequence[str], said: Said) -> rows.Row | None:
    for field in ("annual_revenue", "credit_limit"):
        if text := taker.text(field, cells):
            minor = taker.amount(line, field, text, said)
            if minor is not None and minor < 0:
                taker.complain(line, field, text, "nothing below 0")
            elif minor is not None:
                said[f"{field}_minor"] = minor
    reference = said.get("reference", "")
    if said.get("parent") == reference and reference:
        taker.complain(line, "parent", reference, "another customer, or nothing")
    if taker.is_bad(line):
        return None
    is_new = taker.is_new(line, "reference", reference, (reference,))
    return rows.CustomerRow(**said) if is_new else None


def _contact(taker: Taker, line: int, cells: Sequence[str], said: Said) -> rows.Row | None:
    if not any(f in said for f in ("name", "email", "phone", "mobile", "address")):
        taker.complain(line, "name", "", "a name, or a way to reach somebody")
    if taker.is_bad(line):
        return None
    key = (said["customer"], said.get("role", "ap"), said.get("name", ""))
    is_new = taker.is_new(line, "name", said.get("name", ""), key)
    return rows.ContactRow(**said) if is_new else None


def _history(taker: Taker, line: int, cells: Sequence[str], said: Said) -> rows.Row | None:
    if taker.is_bad(line):
        return None
    key = tuple(said.get(f.to or f.name) for f in taker.kind.fields)
    is_new = taker.is_new(line, "date", str(said["on"]), key)
    return rows.HistoryRow(**said) if is_new else None


def _rate(taker: Taker, line: int, cells: Sequence[str], said: Said) -> rows.Row | None:
    if "base" not in said:
        said["base"] = taker.ways.currency
        if "base" in taker.layout.at:
            taker.note(line, "base", "", f"a currency; taken as {said['base']}")
    if said["base"] == said.get("currency"):
        taker.complain(
            line, "currency", said["base"], f"another currency than the base, {said['base']}"
        )
    if taker.is_bad(line):
        return None
    key = (said["currency"], said["base"], said["on"])
    return rows.RateRow(**said) if taker.is_new(line, "date", str(said["on"]), key) else None


def _order(taker: Taker, line: int, cells: Sequence[str], said: Said) -> rows.Row | None:
    text = taker.text("amount", cells)
    minor = taker.amount(line, "amount", text, said) if text else None
    if not text or (minor is not None and minor <= 0):
        taker.complain(line, "amount", text, "an amount above 0")
    taker.settle_currency(line, said)
    if taker.is_bad(line):
        return None
    said["amount_minor"] = minor
    number = said["number"]
    key = (said.get("entity"), said["customer"], number)
    return rows.OrderRow(**said) if taker.is_new(line, "number", number, key) else None


OF: dict[str, Finish] = {
    "customers": _customer,
    "contacts": _contact,
    "items": _item,
    "payments": _payment,
    "history": _history,
    "rates": _rate,
    "orders": _order,
}
