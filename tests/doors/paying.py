"""A book of two regions whose figures can be worked out in the head.

Six customers of the north pay on the due day, six of the south 20 days late, each twelve
invoices of EUR 1,000.00 a month apart, on 30 days' terms in the north and 60 in the south.
N-0 used to pay on the due day and has paid 40 days late since `TURN`.
"""

from __future__ import annotations

import datetime as dt

import helpers
from helpers import TODAY, customer, invoice, payment

DAY = dt.timedelta(days=1)
MONTHS = 14
TURN = TODAY - 175 * DAY
EVIL = "=HYPERLINK(1)"


def fill(book: helpers.Book) -> None:
    """Put the book into an organisation."""
    names = [f"{side}-{n}" for side in "NS" for n in range(6)]
    book.customers(
        *(customer(c, region="north" if c[0] == "N" else "south",
                   account_owner=EVIL if c == "S-5" else "Ito") for c in names)
    )  # fmt: skip
    items, paid = [], []
    for c in names:
        for n in range(MONTHS):
            number, issued = f"{c}-{n}", TODAY - (430 - 30 * n) * DAY
            due = issued + (30 if c[0] == "N" else 60) * DAY
            late = 20 if c[0] == "S" else 40 if c == "N-0" and due > TURN else 0
            items.append(
                invoice(number, 100_000, customer=c, due_on=due, issued_on=issued,
                        po_number="PO-7")
            )  # fmt: skip
            if due + late * DAY <= TODAY:
                paid.append(
                    payment(f"P-{number}", 100_000, on=due + late * DAY, customer=c,
                            items=[(number, None)])
                )  # fmt: skip
    book.items(*items)
    book.payments(*paid)
