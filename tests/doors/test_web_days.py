"""Days outstanding in the browser: every number opens rows that add up to it, on any day."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re
from typing import Any

import paying
import pytest
from command import dunwell
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dunwell.core.scope import Scope
from dunwell.web import server
from helpers import NOW, TODAY, Book, credit_note, customer, invoice, payment

DAY = dt.timedelta(days=1)
READS = 7
"""Statements over the book's rows for a page that nobody has looked at yet."""


class Desk:
    """Somebody who looks at a book."""

    def __init__(self, scope: Scope) -> None:
        env: dict[str, Any] = {server.SCOPE: scope, server.CLOCK: lambda: NOW}
        self.client = Client(REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:8000", **env)

    def text(self, path: str, *, status: int = 200) -> str:
        """Fetch a page and return its source, entities resolved."""
        response: Any = self.client.get(path)
        assert response.status_code == status, response.content.decode()[:2000]
        return html.unescape(response.content.decode())


@pytest.fixture
def desk(book: Book) -> Desk:
    """Two regions, one of which pays late; in dollars one has a credit, and one got worse."""
    paying.fill(book)
    book.customers(customer("U-1", region="north"), customer("W-1", region="west"))
    book.items(
        invoice("U-1", 50_000, customer="U-1", currency="USD", issued_on=TODAY),
        credit_note("U-2", 20_000, customer="U-1", currency="USD", issued_on=TODAY),
    )
    dollars = {"customer": "W-1", "currency": "USD"}
    due = [TODAY - (300 - 12 * n) * DAY for n in range(24)]
    paid = [on + (0 if n < 14 else 25) * DAY for n, on in enumerate(due)]
    book.items(
        *(invoice(f"W-{n}", 7_000, due_on=on, issued_on=on - 14 * DAY, **dollars)
          for n, on in enumerate(due))
    )  # fmt: skip
    book.payments(
        *(payment(f"P-W-{n}", 7_000, on=on, items=[(f"W-{n}", None)], **dollars)
          for n, on in enumerate(paid) if on <= TODAY)
    )  # fmt: skip
    return Desk(book.scope)


def row(page: str, name: str) -> list[tuple[str, str]]:
    """Return (figure, address) of each number in the row of a table that begins with a name."""
    rows = re.findall(r"<tr[^>]*>.*?</tr>", page, re.S)
    found, *_ = [
        r for r in rows if re.match(rf"<tr[^>]*>\s*<th scope=\"row\">\W*{name}\W", plain(r))
    ]
    pairs = re.findall(r'<td class="num">(?:<a [^>]*href="([^"]+)">([^<]+)</a>|<span)', found)
    return [(figure, address) for address, figure in pairs]


def plain(row_: str) -> str:
    """Return a row without the marks around its name."""
    return re.sub(r"<(?:a|span|small|/a|/span|/small)[^>]*>", "", row_)


def test_the_page_says_first_what_matters(desk: Desk) -> None:
    """One sentence of the company's own currency, with numbers that are links.

    12,000 of the south and 1,000 of N-0 are open, 6,000 of it not due; billed in 90 days were
    twice 12,000 (70 and 40 days ago): 13 / 24 x 90 = 48.75 days of sales, 6 / 24 x 90 not due.
    """
    page = desk.text("/insights/days")
    (lead,) = re.findall(r'<p class="lead">(.*?)</p>', page, re.S)
    said = re.sub(r"<[^>]+>", "", lead)
    assert said.startswith("EUR 13,000.00 is open: 48.8 days of sales, of which 22.5")
    assert "days late" in said
    assert "1 customer pays later than before. Nobody clearly pays earlier than before." in said
    assert 'href="/insights/days?by=customer&days=90&currency=EUR"' in lead


def test_a_regions_numbers_open_its_customers_and_those_their_invoices(desk: Desk) -> None:
    """From the south's days late to one customer's, to the four invoices they rest on.

    Counting back 12,000: March 2 days, February 28 (nothing billed in either), all 6,000 of
    January, all 6,000 of December: 2 + 28 + 31 + 31 = 92. Owed 90 days before were three each,
    18,000: effectiveness (18 + 12 - 12) / (18 + 12 - 6) = 75 %. All that fell due came in 20
    days later.
    """
    figures = row(desk.text("/insights/days?by=region&currency=EUR"), "south")
    assert [f.replace("\N{NO-BREAK SPACE}", "") for f, _ in figures] == [
        "12,000.00", "50.0%", "90.0", "92.0", "45.0", "17.5", "80.0", "75.0%", "100.0%",
    ]  # fmt: skip
    inside = desk.text(figures[5][1])
    assert "Region south" in inside
    mine = row(inside, "Customer S-1")
    lines = desk.text(mine[5][1])
    assert "EUR 4,000.00 in 4 lines" in re.sub(r"<[^>]+>", "", lines)
    assert "17.5 days late on average" in lines
    assert [n for n in re.findall(r'<th scope="row">(S-1-\d+)', lines)] == [
        "S-1-9", "S-1-10", "S-1-11", "S-1-12",
    ]  # fmt: skip
    for _, address in mine:
        assert desk.text(address)


def test_credit_is_taken_off_what_its_customer_owes(desk: Desk) -> None:
    """USD 500.00 less a credit note of 200.00, and both lines behind it."""
    page = desk.text("/insights/days?by=customer&currency=USD")
    (figure, address), *_ = row(page, "Customer U-1")
    assert figure == "300.00"
    lines = desk.text(address)
    assert "\N{MINUS SIGN}200.00" in lines
    assert "300.00" in re.sub(r"<[^>]+>", "", lines)


def test_who_pays_later_is_named_with_its_numbers(desk: Desk) -> None:
    """W-1 went from the due day to 25 days late; its numbers are a click away, the list another."""
    page = desk.text("/insights/days")
    for text in (page, desk.text("/insights/days/changed/worse")):
        (address, figure), *_ = re.findall(
            r'data-customer="W-1".*?<td class="num"><a [^>]*href="([^"]+)">([\d.]+)<', text, re.S
        )
        assert float(figure) > 20
        assert "Customer W-1" in desk.text(address)
    assert "1 customer of 1 compared pays later than before." in re.sub(r"<[^>]+>", "", text)
    assert "Nobody clearly does." in desk.text("/insights/days/changed/better")
    desk.text("/insights/days/changed/later", status=404)


def test_kinds_that_pay_late_and_hints_lead_to_their_customers(desk: Desk) -> None:
    """The south, and what its terms have to do with it."""
    page = desk.text("/insights/days?days=365")
    assert "pay later than the others" in page
    assert "Customers on terms of 46-60 days pay " in page
    (address,) = re.findall(r'href="([^"]+in=terms[^"]+)"', page)
    inside = desk.text(address)
    assert "Payment terms 46-60 days" in inside
    assert len(re.findall(r'data-customer="S-\d"', inside)) == 6
    assert "What terms and invoicing could change" not in inside


def test_the_file_is_what_the_command_prints(desk: Desk) -> None:
    """The table saved is `dunwell outstanding list --format csv`, formulas made harmless."""
    saved = desk.client.get("/insights/days/export?by=owner")
    assert saved["Content-Disposition"] == (
        'attachment; filename="days-outstanding-2026-03-02.csv"'
    )
    body = saved.content.decode()
    assert body == dunwell("outstanding", "list", "--by", "owner", "--format", "csv").out
    assert "'" + paying.EVIL in [r["owner"] for r in csv.DictReader(io.StringIO(body))]


def test_a_past_day_is_kept_through_the_pages(desk: Desk) -> None:
    """What is looked at as of a day stays as of that day."""
    page = desk.text("/insights/days?as_of=2025-09-01")
    assert "1 September 2025" in page
    figures = row(page, "north")
    assert all("as_of=2025-09-01" in address for _, address in figures)


@pytest.mark.parametrize(
    "query", ["by=colour", "days=7", "in=colour", "by=customer&days=90&in=trait&is=none"]
)
def test_what_there_is_not_is_no_page(desk: Desk, query: str) -> None:
    """An address with another key or window is not found; a trait of nobody is an empty page."""
    if "trait" in query:
        assert "Nothing was billed, paid or open" in desk.text(f"/insights/days?{query}")
    else:
        desk.text(f"/insights/days?{query}", status=404)
    desk.text("/insights/days/lines?customer=S-1&what=all&currency=EUR", status=404)


def test_an_empty_book_says_how_figures_come(scope: Scope) -> None:
    """Nothing in the book: what would be here, and how it gets there."""
    page = Desk(scope).text("/insights/days")
    assert "There is nothing to measure here yet." in page
    assert 'href="/import"' in page


def test_the_book_is_read_once_for_all_its_views(desk: Desk) -> None:
    """The first look reads invoices and payments in so many statements; the next views in none."""
    with CaptureQueriesContext(connection) as first:
        desk.text("/insights/days")
    assert 0 < sum(map(reads, first.captured_queries)) <= READS
    with CaptureQueriesContext(connection) as after:
        for by in ("segment", "terms", "customer", "country"):
            desk.text(f"/insights/days?by={by}")
    assert sum(map(reads, after.captured_queries)) == 0


def reads(query: dict[str, str]) -> bool:
    """Tell whether a statement reads the book's rows."""
    return re.search(r"FROM (item|allocation|payment) ", query["sql"]) is not None


def test_the_insights_lead_here(desk: Desk) -> None:
    """The overview has the door."""
    assert 'href="/insights/days"' in desk.text("/insights")
