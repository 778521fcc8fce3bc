"""A food supplier's settled invoices lived through a day at a time: one customer has a third."""

from __future__ import annotations

import datetime as dt
import zlib
from pathlib import Path

import pytest
import real_books
import settled
import year
from real_books import Invoice

FIRST = dt.date(2018, 12, 31)
LARGE = "200769623"
PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "real-books.md"

pytestmark = pytest.mark.one_database


@pytest.fixture(scope="module")
def invoices() -> list[Invoice]:
    return real_books.hrc()


def test_the_file_is_what_it_is_said_to_be(invoices: list[Invoice]) -> None:
    """29,003 settled invoices of 732 customers, one of whom has a third and pays early."""
    assert (len(invoices), len({x.customer for x in invoices})) == (29_003, 732)
    large = [x for x in invoices if x.customer == LARGE]
    late = sum((x.settled_on - x.due_on).days for x in large)
    assert len(large) / len(invoices) == pytest.approx(0.33, abs=0.01)
    assert late / len(large) == pytest.approx(-2.4, abs=0.1)
    assert all(x.issued_on <= x.settled_on for x in invoices)


def test_a_quarter_of_the_large_customer_and_some_others(
    home: Path, invoices: list[Invoice]
) -> None:
    """Nobody is asked for what is settled, and each total is what the published lines add up to."""
    some = [x for x in invoices if x.customer == LARGE or zlib.crc32(x.customer.encode()) % 4 == 0]
    lived = settled.Lived(settled.founded(FIRST), some, first=FIRST).until(dt.date(2019, 3, 31))
    assert year.news(lived.faults(home)) == []
    assert len(lived.year.sent) > 150
    assert LARGE in {s.customer for s in lived.year.sent}


@pytest.mark.long
def test_the_whole_book_for_a_year(home: Path, invoices: list[Invoice]) -> None:
    """The same for all 732 customers through 2019; the page of real books says what came of it."""
    lived = settled.Lived(settled.founded(FIRST), invoices, first=FIRST)
    lived.until(dt.date(2019, 12, 31))
    assert year.news(lived.faults(home)) == []
    assert settled.said(PAGE, "## HRC") == lived.year.table()
