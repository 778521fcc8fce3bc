"""The published late-payment histories: days late by country, right to the cent and the day."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
import real_books
from real_books import Invoice

import helpers
from dunwell.core.scope import Scope
from dunwell.desk import outstanding
from helpers import customer, invoice, payment

LAST = dt.date(2014, 1, 9)  # the day on which the last invoice of the file was settled
DAY = dt.timedelta(days=1)


@pytest.fixture
def histories(database: Any) -> tuple[Scope, list[Invoice]]:
    """The file's invoices and payments in a book of its own; the country is the region."""
    found = real_books.ibm()
    scope = helpers.bare_organisation("ibm")
    book = helpers.Book(scope)
    regions = {x.customer: x.region for x in found}
    book.customers(*(customer(c, region=r) for c, r in sorted(regions.items())), as_of=LAST)
    book.items(
        *(invoice(x.number, x.minor, customer=x.customer, due_on=x.due_on, issued_on=x.issued_on)
          for x in found), as_of=LAST,
    )  # fmt: skip
    book.payments(
        *(payment(f"P-{x.number}", x.minor, on=x.settled_on, customer=x.customer,
                  items=[(x.number, None)]) for x in found), as_of=LAST,
    )  # fmt: skip
    return scope, found


def tenth(part: int, whole: int) -> Decimal:
    """Divide to one decimal, half up."""
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def test_average_days_late_by_country_is_the_files_own(
    histories: tuple[Scope, list[Invoice]],
) -> None:
    """Over all it holds, each country's days late and days to pay are those of the file's columns.

    The columns `DaysLate` and `DaysToSettle` are the publisher's; here they are only weighed by
    `InvoiceAmount`.
    """
    scope, _ = histories
    amounts, late, took = Counter[str](), Counter[str](), Counter[str]()
    with gzip.open(real_books.IBM, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            minor = int((Decimal(row["InvoiceAmount"]) * 100).to_integral_exact())
            amounts[row["countryCode"]] += minor
            late[row["countryCode"]] += minor * int(row["DaysLate"])
            took[row["countryCode"]] += minor * int(row["DaysToSettle"])
    assert len(amounts) == 5
    book = outstanding.load(scope, as_of=LAST, days=730)
    rows = {r.key: r for r in outstanding.rows(book, by="region")}
    assert {k: (r.of.weighed, r.of.late_days) for k, r in rows.items()} == {
        k: (amounts[k], late[k]) for k in amounts
    }
    for key, row in rows.items():
        assert row.measures.late == tenth(late[key], amounts[key])
        assert row.measures.to_pay == tenth(took[key], amounts[key])
        assert (row.of.open, row.of.paid) == (0, amounts[key])


def test_a_day_in_the_middle_is_counted_as_it_stood(
    histories: tuple[Scope, list[Invoice]],
) -> None:
    """On 30 September 2013 each country's figures are those of the invoices of that day."""
    scope, found = histories
    as_of, days = dt.date(2013, 9, 30), 90
    start = as_of - days * DAY
    book = outstanding.load(scope, as_of=as_of, days=days)
    for row in outstanding.rows(book, by="region"):
        mine = [x for x in found if x.region == row.key]
        open_ = [x for x in mine if x.issued_on <= as_of < x.settled_on]
        overdue = [x for x in open_ if x.due_on < as_of]
        settled = [x for x in mine if start < x.settled_on <= as_of]
        billed = sum(x.minor for x in mine if start < x.issued_on <= as_of)
        opened = sum(x.minor for x in mine if x.issued_on <= start < x.settled_on)
        late = sum(x.minor * max(0, (x.settled_on - x.due_on).days) for x in settled)
        late += sum(x.minor * (as_of - x.due_on).days for x in overdue)
        weighed = sum(x.minor for x in settled + overdue)
        due = [x for x in mine if start < x.due_on + 30 * DAY <= as_of]
        in_time = [x for x in due if (x.settled_on - x.due_on).days <= 30]
        owed, past = sum(x.minor for x in open_), sum(x.minor for x in overdue)
        m = row.measures
        assert (row.of.open, row.of.past_due, row.of.billed) == (owed, past, billed)
        assert m.dso == tenth(owed * days, billed)
        assert m.best == tenth((owed - past) * days, billed)
        assert m.late == tenth(late, weighed)
        assert m.effective == tenth((opened + billed - owed) * 100, opened + billed - (owed - past))
        assert m.past_due == tenth(past * 100, owed)
        assert m.collected == tenth(sum(x.minor for x in in_time) * 100, sum(x.minor for x in due))
