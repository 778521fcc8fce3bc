"""A customer's account as of a day: each item with what moved it, and what is owed in all.

Amounts as they stand after any correction; what was allocated by the end of the day counts
(SEMANTICS 2.6). Must not know: how an account is shown.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import NamedTuple

from dunwell.core import book
from dunwell.delivery.evidence import case
from dunwell.store import models
from dunwell.store.lists import evidence as rows


class Account(NamedTuple):
    """What is owed: totals by currency, the items, how many are left out, unmatched money.

    `shown` are the numbers of the items told.
    """

    totals: tuple[case.Total, ...]
    items: tuple[case.ItemTold, ...]
    left_out: int
    unapplied: tuple[case.Unapplied, ...]
    shown: frozenset[int]


def tell(held: rows.Held, *, as_of: dt.date) -> Account:
    """Return the account as of a day.

    Items settled by their due dates that nothing was ever done about are counted, not told.
    """
    moves: dict[int, list[models.Allocation]] = defaultdict(list)
    for a in held.allocations:
        if a.on <= as_of:
            moves[a.item_id].append(a)
    spoken_of = {s.item_id for s in held.steps} | {x.item_id for x in held.stop_items}
    payments = {p.pk: p for p in held.payments}
    told: dict[int, case.ItemTold] = {}
    left_out = 0
    for item in held.items:
        if item.issued_on is not None and item.issued_on > as_of:
            continue
        minor = item.amount_minor - sum(m.amount_minor for m in moves[item.pk])
        was_late = item.closed_on is None or item.closed_on > item.due_on
        if minor or item.pk in spoken_of or (was_late and item.kind != "credit_note"):
            told[item.pk] = _item(held, item, minor, moves[item.pk], payments, as_of)
        else:
            left_out += 1
    unapplied = _unapplied(held, as_of)
    items = tuple(told.values())
    return Account(_totals(items, unapplied), items, left_out, unapplied, frozenset(told))


def _item(
    held: rows.Held,
    item: models.Item,
    minor: int,
    moves: list[models.Allocation],
    payments: dict[int, models.Payment],
    as_of: dt.date,
) -> case.ItemTold:
    started = case.Move(
        on=item.issued_on or item.due_on, kind="issued" if item.issued_on else "entered",
        reference="", amount_minor=item.amount_minor, balance_minor=item.amount_minor,
    )  # fmt: skip
    lines, balance = [started], item.amount_minor
    for m in moves:
        balance -= m.amount_minor
        paid = payments.get(m.payment_id or 0)
        lines.append(
            case.Move(
                on=m.on, kind=_kind(m), reference=paid.reference if paid else "",
                amount_minor=-m.amount_minor, balance_minor=balance,
            )
        )  # fmt: skip
    is_late = minor > 0 and item.kind in book.DEBITS and item.due_on < as_of
    whose = next(c.reference for c in held.family if c.pk == item.customer_id)
    return case.ItemTold(
        customer=whose if len(held.family) > 1 else "",
        kind=item.kind,
        number=f"{item.number}/{item.part}" if item.part else item.number,
        issued_on=item.issued_on,
        due_on=item.due_on,
        currency=item.currency,
        amount_minor=item.amount_minor,
        open_minor=minor,
        days_overdue=(as_of - item.due_on).days if is_late else 0,
        moves=tuple(lines),
        marks=_marks(held, item, as_of) if minor else (),
        document=item.document,
        po_number=item.po_number,
    )


def _kind(move: models.Allocation) -> str:
    is_back = move.amount_minor < 0
    if move.payment_id:
        return "returned" if is_back else "payment"
    return "reopened" if is_back else move.source


def _marks(held: rows.Held, item: models.Item, as_of: dt.date) -> tuple[str, ...]:
    """Return what keeps an item from being demanded on the day: disputes, holds, placements."""
    on_it = {x.stop_id for x in held.stop_items if x.item_id == item.pk}
    whole = {x.stop_id for x in held.stop_items}
    return tuple(
        dict.fromkeys(
            s.kind
            for s in held.stops
            if (s.pk in on_it or s.pk not in whole)
            and s.from_on <= as_of
            and (s.ended_on is None or s.ended_on > as_of)
            and (s.until_on is None or s.until_on >= as_of)
        )
    )


def _unapplied(held: rows.Held, as_of: dt.date) -> tuple[case.Unapplied, ...]:
    """Return the money of the customer's own that is matched to nothing on the day."""
    used: dict[int, int] = defaultdict(int)
    for a in held.allocations:
        if a.payment_id and a.on <= as_of:
            used[a.payment_id] += a.amount_minor
    mine = {c.pk for c in held.family}
    found = []
    for p in held.payments:
        is_gone = p.reversed_on is not None and p.reversed_on <= as_of
        if p.kind == "reversal" or is_gone or p.paid_on > as_of or p.customer_id not in mine:
            continue
        left = p.amount_minor - used[p.pk]
        if left > 0:
            found.append(
                case.Unapplied(
                    on=p.paid_on, reference=p.reference, currency=p.currency, amount_minor=left
                )
            )
    return tuple(found)


def _totals(
    items: tuple[case.ItemTold, ...], unapplied: tuple[case.Unapplied, ...]
) -> tuple[case.Total, ...]:
    currencies = sorted(
        {i.currency for i in items if i.open_minor} | {u.currency for u in unapplied}
    )
    return tuple(
        case.Total(
            currency=c,
            open_minor=sum(
                i.open_minor for i in items if i.currency == c and i.kind in book.DEBITS
            ),
            overdue_minor=sum(i.open_minor for i in items if i.currency == c and i.days_overdue),
            credits_minor=sum(
                i.open_minor for i in items if i.currency == c and i.kind not in book.DEBITS
            ),
            unapplied_minor=sum(u.amount_minor for u in unapplied if u.currency == c),
        )
        for c in currencies
    )
