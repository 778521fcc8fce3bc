"""Published invoices as plain facts, read straight from their files: the yardstick of real books.

Nothing here knows Dunwell. What it is to find (who owes what on which day, how old that is) is
worked out from the lines of the published files alone. The files name no licence, so they stay
outside the repository, beside it in ../shared/data; where they are not, a test says so.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

DATA = Path(__file__).parents[3] / "shared" / "data"
IBM = DATA / "ibm_late_payments" / "invoices.csv.gz"
HRC = DATA / "hrc_invoices" / "closed.csv.gz"
HRC_CUSTOMERS = DATA / "hrc_invoices" / "customers.csv.gz"
DAY = dt.timedelta(days=1)


class Invoice(NamedTuple):
    """One settled invoice: owed from its issue until the day it was settled in full."""

    customer: str
    number: str
    issued_on: dt.date
    due_on: dt.date
    settled_on: dt.date
    minor: int
    currency: str = "USD"
    region: str = ""

    def is_open(self, on: dt.date) -> bool:
        """Tell whether it is owed at the end of a day."""
        return self.issued_on <= on < self.settled_on


def needed(path: Path) -> Path:
    """Return the file, or skip the test and say plainly what was not there."""
    if not path.exists():
        pytest.skip(f"NOT RUN: the public data is not here ({path.relative_to(DATA.parents[1])})")
    return path


def ibm() -> list[Invoice]:
    """Return the IBM sample of late payment histories, as published."""
    return [
        Invoice(
            row["customerID"], row["invoiceNumber"], us_day(row["InvoiceDate"]),
            us_day(row["DueDate"]), us_day(row["SettledDate"]), cents(row["InvoiceAmount"]),
            region=row["countryCode"],
        )
        for row in lines(needed(IBM))
    ]  # fmt: skip


def hrc() -> list[Invoice]:
    """Return the settled invoices of the food supplier; what the file lacks is derived.

    Issued 30 days before the due date, or on the day of clearing where that was earlier: the
    file has no posting date. Numbered by line. The currency is what the customer's open
    invoices carry; where there is none, USD.
    """
    currencies = {r["cust_number"]: r["invoice_currency"] for r in lines(needed(HRC_CUSTOMERS))}
    found = []
    for n, row in enumerate(lines(needed(HRC)), start=2):
        due, cleared = (dt.date.fromisoformat(row[c]) for c in ("due_date", "clear_date"))
        customer = row["cust_number"]
        found.append(
            Invoice(
                customer, f"L{n:05d}", min(due - 30 * DAY, cleared), due, cleared,
                cents(row["amount"]), currencies.get(customer) or "USD",
            )
        )  # fmt: skip
    return found


def lines(path: Path) -> list[dict[str, str]]:
    """Return the lines of a packed CSV file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def us_day(text: str) -> dt.date:
    """Read M/D/YYYY.

    >>> us_day("2/4/2013")
    datetime.date(2013, 2, 4)
    """
    month, day, year = text.split("/")
    return dt.date(int(year), int(month), int(day))


def cents(text: str) -> int:
    """Read an amount with up to two decimals, without a fraction anywhere.

    >>> cents("61.7"), cents("61"), cents("61.74")
    (6170, 6100, 6174)
    """
    whole, _, part = text.partition(".")
    assert len(part) <= 2, text
    return int(whole) * 100 + int(part.ljust(2, "0"))


def month_ends(year: int) -> list[dt.date]:
    """Return the last day of each month."""
    firsts = [dt.date(year, month, 1) for month in range(2, 13)] + [dt.date(year + 1, 1, 1)]
    return [first - DAY for first in firsts]


def aged(invoices: Iterable[Invoice], *, on: dt.date) -> dict[tuple[str, str], dict[str, int]]:
    """Return by customer and currency what is owed on a day, by age in days past due."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for x in invoices:
        if x.is_open(on):
            days = (on - x.due_on).days
            age = (
                "not_due" if days < 1 else "1-30" if days < 31 else "31-60" if days < 61
                else "61-90" if days < 91 else "91+"
            )  # fmt: skip
            found.setdefault((x.customer, x.currency), Counter())[age] += x.minor
    return {key: dict(ages) for key, ages in found.items()}
