"""One customer's account in memory: items, money received, and how the one met the other.

Keeps what the store keeps about an item (payments with their dates, days paid by money that
went back), so that the facts of a story look like the facts of a real book.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from dunwell.core import book
from dunwell.core.errors import Refused

DAY = dt.timedelta(days=1)


class Absent(Exception):
    """A line speaks of something that is not there; the message says what there is."""


class Received(msgspec.Struct):
    """A payment: what it paid, and what of it is not allocated."""

    name: str
    on: dt.date
    currency: str
    left: int
    parts: dict[str, int]
    is_reversed: bool = False


class Ledger:
    """Items by the number people know them by, and payments by name."""

    def __init__(self) -> None:
        self.items: dict[str, book.Item] = {}
        self.payments: dict[str, Received] = {}
        self.closed_on: dict[str, dt.date] = {}

    def item(self, label: str) -> book.Item:
        """Return an item. Raises: Absent with the numbers there are."""
        if label not in self.items:
            known = ", ".join(self.items) or "none"
            raise Absent(f"there is no item {label} yet; there are: {known}")
        return self.items[label]

    def open(self) -> tuple[book.Item, ...]:
        """Return what is open, in the order it came in."""
        return tuple(i for i in self.items.values() if i.open_minor)

    def unapplied(self) -> tuple[tuple[str, int], ...]:
        """Return the cash not allocated, by currency."""
        totals: dict[str, int] = {}
        for p in self.payments.values():
            totals[p.currency] = totals.get(p.currency, 0) + p.left
        return tuple((c, m) for c, m in sorted(totals.items()) if m)

    def last_payment_on(self) -> dt.date | None:
        """Return the date of the last payment that was not reversed."""
        return max((p.on for p in self.payments.values() if not p.is_reversed), default=None)

    def credited(self, label: str, *, since: dt.date) -> int:
        """Return what credit notes that name an item and came since a day add up to."""
        return sum(
            i.amount_minor
            for i in self.items.values()
            if i.kind == "credit_note" and i.applies_to == label and (i.issued_on or since) >= since
        )

    def add(
        self,
        label: str,
        kind: str,
        amount: tuple[str, int],
        *,
        on: dt.date,
        due_on: dt.date,
        applies_to: str = "",
        method: str = "",
        is_go_live: bool = False,
    ) -> None:
        """Take an item in. Raises: Refused when its number is there already."""
        if label in self.items:
            raise Refused("duplicate", f"item {label} is there already; correct it instead")
        number, _, part = label.partition("/")
        currency, minor = amount
        self.items[label] = book.Item(
            len(self.items) + 1, number, kind, currency, due_on, minor, minor, issued_on=on,
            part=part, applies_to=applies_to, go_live_on=on if is_go_live else None,
            method=method,
        )  # fmt: skip

    def pay(
        self, name: str, amount: tuple[str, int], labels: Sequence[str], *, on: dt.date
    ) -> None:
        """Receive money and allocate it to the items named, in order; the rest is unapplied."""
        if name in self.payments:
            raise Refused("duplicate", f"a payment {name} is there already")
        currency, minor = amount
        payment = Received(name, on, currency, minor, {})
        self.payments[name] = payment
        for label in labels:
            self._allocate(payment, label, payment.left, on=on)

    def allocate(
        self, amount: tuple[str, int], labels: Sequence[str], *, credit: str | None, on: dt.date
    ) -> None:
        """Match unapplied cash, or a credit note's amount, to the items named, in order."""
        currency, left = amount
        for label in labels:
            if credit is not None:
                left -= self._credit(self.item(credit), label, left, on=on)
                continue
            for payment in list(self.payments.values()):
                if payment.currency == currency:
                    left -= self._allocate(payment, label, min(left, payment.left), on=on)

    def reverse(self, name: str, *, on: dt.date) -> list[str]:
        """Take a payment back; return the items it reopens.

        The days an item counted as paid through this money do not age it (SEMANTICS 2.3).
        Raises: Absent for a payment that is not there.
        """
        if name not in self.payments:
            raise Absent(f"there is no payment {name}; name one with `payment … as {name}`")
        payment = self.payments[name]
        for label, cut in payment.parts.items():
            item = self.items[label]
            gaps = item.paid_gaps
            closed_on = self.closed_on.pop(label, None)
            if closed_on is not None and closed_on < on:
                gaps = (*gaps, (closed_on, on - DAY))
            self.items[label] = msgspec.structs.replace(
                item, open_minor=item.open_minor + cut, paid_gaps=gaps,
                paid=(*item.paid, (on, -cut)),
            )  # fmt: skip
        reopened = list(payment.parts)
        payment.parts, payment.left, payment.is_reversed = {}, 0, True
        return reopened

    def correct(
        self, label: str, *, amount: tuple[str, int] | None, due_on: dt.date | None, on: dt.date
    ) -> None:
        """Correct an item; a due date moved to later starts its ladder anew (SEMANTICS 1)."""
        item = self.item(label)
        if amount is not None:
            minor = amount[1]
            paid = item.amount_minor - item.open_minor
            item = msgspec.structs.replace(
                item, amount_minor=minor, open_minor=max(0, minor - paid)
            )
        if due_on is not None:
            taken = () if due_on > item.due_on else item.taken
            item = msgspec.structs.replace(item, due_on=due_on, taken=taken)
        self.items[label] = item
        self._note_closed(label, on=on)

    def received(
        self, labels: Sequence[str], currency: str, *, since: dt.date, through: dt.date
    ) -> int:
        """Return what came in for these items between two days, unapplied cash included."""
        total = 0
        for p in self.payments.values():
            if p.currency == currency and since <= p.on <= through:
                total += p.left + sum(m for label, m in p.parts.items() if label in labels)
        return total

    def _allocate(self, payment: Received, label: str, minor: int, *, on: dt.date) -> int:
        item = self.item(label)
        if item.currency != payment.currency:
            raise Refused("other_currency", f"{label} is in {item.currency}, {payment.name} is not")
        cut = min(minor, item.open_minor)
        self._reduce(label, cut, paid_on=payment.on, on=on)
        payment.left -= cut
        payment.parts[label] = payment.parts.get(label, 0) + cut
        return cut

    def _credit(self, credit: book.Item, label: str, minor: int, *, on: dt.date) -> int:
        cut = min(minor, credit.open_minor, self.item(label).open_minor)
        self._reduce(label, cut, paid_on=on, on=on)
        self.items[credit.label] = msgspec.structs.replace(
            credit, open_minor=credit.open_minor - cut
        )
        return cut

    def _reduce(self, label: str, cut: int, *, paid_on: dt.date, on: dt.date) -> None:
        item = self.items[label]
        self.items[label] = msgspec.structs.replace(
            item, open_minor=item.open_minor - cut, paid=(*item.paid, (paid_on, cut))
        )
        self._note_closed(label, on=on)

    def _note_closed(self, label: str, *, on: dt.date) -> None:
        if self.items[label].open_minor:
            self.closed_on.pop(label, None)
        else:
            self.closed_on.setdefault(label, on)
