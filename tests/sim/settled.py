"""Live through a published book of settled invoices, a day at a time, as its ledger would tell it.

Each day the items issued on it and the money that came on it go in by the desk's own door, then
the day's run is played. What goes out is held against the published lines and nothing else.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import year
from real_books import DAY, Invoice

from dunwell.core import rows
from dunwell.core.scope import Scope
from dunwell.desk import found
from dunwell.sim import play

Open = dict[str, dict[str, Invoice]]
"""What is owed by customer, by number."""


def founded(first: dt.date) -> Scope:
    """Return an organisation in the United States that has walked `classic` from that day."""
    entity = found.NewEntity("MAIN", "USD", "America/New_York", "US", name="Sample Works Inc.")
    return found.run("acme", [entity], by="anna", now=play.instant(first, 4))


class Lived:
    """A book of settled invoices in motion: what comes in each day, and what is wrong with it."""

    def __init__(self, scope: Scope, invoices: Sequence[Invoice], *, first: dt.date) -> None:
        self.scope, self.year = scope, year.Year(scope, answers=year.approve_notices)
        self.invoices, self.first, self.today = invoices, first, first
        self.wrong: list[str] = []
        self.owed: Open = defaultdict(dict)
        self._issued: dict[dt.date, list[Invoice]] = defaultdict(list)
        self._settled: dict[dt.date, list[Invoice]] = defaultdict(list)
        for x in invoices:
            self._issued[max(x.issued_on, first)].append(x)
            self._settled[max(x.settled_on, first)].append(x)
        play.take(scope, "rates", [_RATE], as_of=first)
        play.take(scope, "customers", list(_customers(invoices)), as_of=first)
        self._take_in(first)

    def until(self, last: dt.date) -> Lived:
        """Live through the days up to `last`; say each month on stderr how far it is."""
        while self.today < last:
            self.today += DAY
            self._take_in(self.today)
            for sent in self.year.play(self.today)[1]:
                self.wrong += self._against(sent)
            if (self.today + DAY).day == 1:
                still = sum(map(len, self.owed.values()))
                print(
                    f"{self.today:%B %Y}: {len(self.year.sent):,} sent, {still:,} open",
                    file=sys.stderr, flush=True,
                )  # fmt: skip
        return self

    def faults(self, home: Path) -> list[str]:
        """Say everything that was wrong, with the book and with the year itself."""
        return [
            *self.wrong, *year.faults(self.year),
            *year.unsound(self.scope, home, first=self.first, last=self.today),
        ]  # fmt: skip

    def _take_in(self, on: dt.date) -> None:
        play.take(self.scope, "items", [_item(x) for x in self._issued[on]], as_of=on)
        play.take(self.scope, "payments", list(_payments(self._settled[on])), as_of=on)
        for x in self._issued[on]:
            self.owed[x.customer][x.number] = x
        for x in self._settled[on]:
            del self.owed[x.customer][x.number]

    def _against(self, sent: year.Sent) -> Iterator[str]:
        """Yield where a message says otherwise than the published lines on its day."""
        said = f"{sent.on} {sent.customer} {sent.act.step}"
        owed = self.owed[sent.customer]
        overdue = {n: x for n, x in owed.items() if x.due_on < sent.on}
        if sent.message.to != _address(sent.customer):
            yield f"{said}: went to {sent.message.to}"
        for line in sent.shown():
            x = owed.get(line.number)
            if x is None:
                yield f"{said}: {line.number} is not owed"
            elif (line.minor, line.days) != (x.minor, max(0, (sent.on - x.due_on).days)):
                yield f"{said}: {line} of {x}"
        demanded = {line.number for line in sent.shown() if line.part in ("about", "also")}
        if demanded != set(overdue):
            yield f"{said}: shows {sorted(demanded)}, overdue are {sorted(overdue)}"
        total = sum(x.minor for x in overdue.values())
        if list(sent.totals.values()) != [total]:
            yield f"{said}: asks for {sent.totals}, overdue are {total}"


_RATE = rows.RateRow(
    line=2, currency="CAD", base="USD", on=dt.date(2000, 1, 1), rate="0.75"
)  # of no day: minimums need one, and the files have none


def _address(customer: str) -> str:
    return f"{customer.lower()}@example.com"


def _customers(invoices: Sequence[Invoice]) -> Iterator[rows.CustomerRow]:
    currencies = {x.customer: x.currency for x in invoices}
    for n, (customer, currency) in enumerate(sorted(currencies.items()), start=2):
        yield rows.CustomerRow(
            line=n, reference=customer, name=f"Customer {customer}", language="en",
            country="CA" if currency == "CAD" else "US", currency=currency,
            email=_address(customer),
        )  # fmt: skip


def _item(x: Invoice) -> rows.ItemRow:
    return rows.ItemRow(
        line=2, customer=x.customer, number=x.number, kind="invoice", amount_minor=x.minor,
        currency=x.currency, issued_on=x.issued_on, due_on=x.due_on,
    )  # fmt: skip


def _payments(settled: Sequence[Invoice]) -> Iterator[rows.PaymentRow]:
    """Yield one payment a customer and day for all that it settles, as money comes."""
    together: dict[tuple[str, dt.date], list[Invoice]] = defaultdict(list)
    for x in settled:
        together[x.customer, x.settled_on].append(x)
    for (customer, on), paid in together.items():
        yield rows.PaymentRow(
            line=2, reference=f"{customer} {on}", kind="payment", customer=customer,
            currency=paid[0].currency, paid_on=on, amount_minor=sum(x.minor for x in paid),
            items=tuple((x.number, x.minor) for x in paid),
        )  # fmt: skip


def said(page: Path, heading: str) -> str:
    """Return the rows of the table of counts that stands below a heading of a page."""
    below = page.read_text("utf-8").partition(f"\n{heading}")[2].partition("\n## ")[0]
    return "".join(
        x for x in below.splitlines(keepends=True) if re.match(r"\| [^|]* \| [\d,]+ \|", x)
    )
