"""The aging in the browser: any way round, down to the items, over a year, as a file."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import random
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
import python_calamine
from command import dunwell
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import helpers
from dunwell.core import aging, money
from dunwell.core.scope import Scope
from dunwell.desk import found, look, report, report_lines
from dunwell.store import models, tx
from dunwell.store.lists import aging as lists
from dunwell.store.lists import open_items
from dunwell.web import server, views
from helpers import NOW, TODAY, credit_note, customer, instant, invoice, payment, reversal

DAY = dt.timedelta(days=1)
UK = found.NewEntity("UK", "GBP", "Europe/London", "GB", name="Sample Works Ltd")
BY = ("entity", "currency", "region", "segment", "owner", "customer")
EVIL = "=HYPERLINK(1)"


class Desk(NamedTuple):
    """A book with a past, and somebody who looks at its aging."""

    scope: Scope
    book: helpers.Book
    client: Client

    def text(self, path: str, *, status: int = 200) -> str:
        """Fetch a page and return its source."""
        response: Any = self.client.get(path)
        assert response.status_code == status, response.content.decode()[:2000]
        return str(response.content.decode())


def client_of(scope: Scope, *, at: dt.datetime = NOW) -> Client:
    """Return a browser on this machine."""
    env: dict[str, Any] = {server.SCOPE: scope, server.CLOCK: lambda: at}
    return Client(REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:8000", **env)


@pytest.fixture
def desk(database: Any) -> Desk:
    """Two companies, three currencies, a year of invoices, payments, reversals, credit notes."""
    scope = helpers.found_organisation("acme", helpers.MAIN, UK)
    book = helpers.Book(scope)
    regions = ("north", "south", "", EVIL)
    book.customers(
        *(
            customer(f"C-{n}", region=regions[n % 4], account_owner=("Ito", "Kern", "")[n % 3],
                     segment=("vip", None)[n % 2])
            for n in range(9)
        )
    )  # fmt: skip
    dice = random.Random(7)
    items, paid = [], []
    for n in range(140):
        due = TODAY - dice.randint(-40, 420) * DAY
        entity, currency = dice.choice([("MAIN", "EUR"), ("MAIN", "USD"), ("UK", "GBP")])
        who = f"C-{dice.randint(0, 8)}"
        more = {"entity": entity, "currency": currency, "customer": who}
        minor = dice.randint(100, 500_000)
        items.append(invoice(f"R-{n}", minor, due_on=due, issued_on=due - 30 * DAY, **more))
        if dice.random() < 0.6:
            on = min(due + dice.randint(-20, 90) * DAY, TODAY)
            part = dice.choice([minor, minor // 2, minor // 3 + 1])
            paid.append(
                payment(f"P-{n}", part, on=on, customer=who, currency=currency, entity=entity,
                        items=[(f"R-{n}", None)] if dice.random() < 0.8 else [])
            )  # fmt: skip
    book.items(*items, credit_note("N-1", 4_321, customer="C-1", due_on=TODAY - 100 * DAY),
               credit_note("N-2", 987, customer="C-2", due_on=TODAY - 9 * DAY))  # fmt: skip
    book.payments(*paid, payment("P-X", 777, customer=None, on=TODAY - 70 * DAY))
    back = next(p for p in paid if p.currency == "EUR" and p.items)
    on = back.paid_on + 40 * DAY
    book.payments(reversal("B-1", back.amount_minor, reverses=back.reference, on=on))
    proposed = look.propose(scope, as_of=TODAY)
    look.record(scope, proposed, mode="run", now=instant(TODAY, 6))
    return Desk(scope, book, client_of(scope))


def counted(scope: Scope, day: dt.date) -> Counter[tuple[str, str, str, str]]:
    """Add up what was open on a day from the rows themselves, by (entity, customer, currency, age).

    Written without `store.lists`: every item less what was allocated to it, every payment less
    what of it was allocated.
    """
    sums: Counter[tuple[str, str, str, str]] = Counter()
    mine = {"organisation_id": scope.organisation_id}
    with tx.transaction_of(scope):
        moved: Counter[tuple[str, int]] = Counter()
        for a in models.Allocation.objects.filter(**mine, on__lte=day):
            moved["item", a.item_id] += a.amount_minor
            if a.payment_id:
                moved["payment", a.payment_id] += a.amount_minor
        for i in models.Item.objects.filter(**mine).select_related("customer", "entity"):
            if i.issued_on and i.issued_on > day:
                continue
            minor = i.amount_minor - moved["item", i.pk]
            late = (day - i.due_on).days
            age = "not due" if late <= 0 else "91+" if late > 90 else f"{(late - 1) // 30}"
            age = {"0": "1-30", "1": "31-60", "2": "61-90"}.get(age, age)
            where = (i.entity.code, i.customer.reference, i.currency)
            if i.kind == "credit_note":
                sums[*where, "credits"] -= minor
            else:
                sums[*where, age] += minor
        for p in models.Payment.objects.filter(**mine, kind="payment", paid_on__lte=day):
            if p.reversed_on is None or p.reversed_on > day:
                who = p.customer.reference if p.customer else lists.UNKNOWN
                sums[p.entity.code, who, p.currency, "unapplied"] -= (
                    p.amount_minor - moved["payment", p.pk]
                )
    return Counter({k: v for k, v in sums.items() if v})


def figure(shown: str) -> int:
    """Return a figure of a page in minor units."""
    return int(
        html.unescape(shown).replace("\N{MINUS SIGN}", "-").replace(",", "").replace(".", "")
    )


def cells(page: str) -> Iterator[tuple[str, int, str]]:
    """Yield (address, minor units, currency) of every number that is a door."""
    for row in re.findall(r"<tr>.*?</tr>", page, re.S):
        code = re.search(r'<td class="code">(\w{3})</td>', row)
        for address, shown in re.findall(
            r'<td class="num[^"]*"><a [^>]*href="([^"]+)">([^<]+)<', row
        ):
            assert code is not None
            yield html.unescape(address), figure(shown), code[1]


def behind(desk: Desk, address: str) -> tuple[int, int]:
    """Open every page of a list of items; return what its lines add up to, and what it says."""
    added, page = 0, desk.text(address)
    said = re.search(r'<tfoot>.*?<td class="num">([^<]+)</td>', page, re.S)
    assert said is not None, address
    while True:
        for row in re.findall(r"<tr data-row.*?</tr>", page, re.S):
            added += figure(re.findall(r'<td class="num">([^<]+)</td>', row)[-1])
        following = re.search(r'href="([^"]+)" rel="next"', page)
        if following is None:
            return added, figure(said[1])
        page = desk.text(html.unescape(following[1]))


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("ago", [0, 61])
def test_every_number_comes_down_to_items_that_add_up_to_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, by: str, ago: int
) -> None:
    """Whatever the rows are about, today and on a past day, to the cent; page by page."""
    monkeypatch.setattr(views, "PAGE", 25)
    day = TODAY - ago * DAY
    at = f"&as_of={day.isoformat()}" if ago else ""
    page = desk.text(f"/aging?by={by}{at}")
    totals = page.partition("<tfoot>")[2]
    doors = list(cells(totals)) + list(cells(page))[:12]
    assert len(doors) > 15
    for address, minor, _ in doors:
        while not address.startswith("/aging/items"):
            opened = desk.text(address)
            whole = re.search(r'<p class="lead">.*?<a href="([^"]+)">', opened, re.S)
            assert whole is not None, address
            column = re.search(r"column=([^&]+)", address)
            assert column is not None
            sums = [m for a, m, _ in cells(opened.partition("<tfoot>")[2]) if column[0] in a]
            assert sums == [minor], address
            address = html.unescape(whole[1])
        assert behind(desk, address) == (minor, minor), address


@pytest.mark.parametrize("ago", [0, 1, 61, 200])
def test_the_sums_are_those_of_the_rows_themselves(desk: Desk, ago: int) -> None:
    """Every cell by customer equals a sum made without the report, today and in the past."""
    day = TODAY - ago * DAY
    independent = counted(desk.scope, day)
    said: Counter[tuple[str, str, str, str]] = Counter()
    for entity in ("MAIN", "UK"):
        aged = report.aging_rows(desk.scope, as_of=day, by="customer", entity=entity)
        names = report.columns(aged.edges)
        for r in aged.rows:
            for name, minor in zip(
                names, (r.not_due, *r.buckets, r.credits, r.unapplied), strict=False
            ):
                if minor:
                    said[entity, r.key, r.currency, name] = minor
    assert said == independent
    for currency in ("EUR", "USD", "GBP"):
        cut = open_items.Cut(currency)
        whole = report.behind(desk.scope, cut, as_of=day, limit=1000)
        assert whole.sum_minor == sum(m for k, m in independent.items() if k[2] == currency)
        assert sum(line.open_minor for line in whole.lines) == whole.sum_minor
        assert whole.n == len(whole.lines)


def test_a_region_opens_its_customers_and_then_its_items(desk: Desk) -> None:
    """Also the customers of no known region, and a region whose name is a formula."""
    page = desk.text("/aging?by=region")
    assert "by=customer&amp;currency=EUR&amp;column=total&amp;in=region&amp;is=north" in page
    for region in ("north", "", EVIL):
        opened = desk.text(f"/aging?by=customer&in=region&is={region}&currency=EUR")
        ours = {n for n in range(9) if ("north", "south", "", EVIL)[n % 4] == region}
        shown = {int(n) for n in re.findall(r"<small>C-(\d)</small>", opened)}
        assert shown
        assert shown <= ours
    assert "Region not known, EUR" in desk.text("/aging?by=customer&in=region&currency=EUR")


def test_the_year_is_the_aging_of_each_month_end(desk: Desk) -> None:
    """All twelve in one pass come out as each of them alone, by company and by currency."""
    for entity, currency in ((None, None), ("MAIN", None), (None, "EUR"), ("UK", "GBP")):
        found_ = report.trend(desk.scope, as_of=TODAY, entity=entity, currency=currency)
        assert [a.as_of for a in found_] == aging.month_ends(TODAY, 12)
        for a in found_:
            alone = report.aging_rows(desk.scope, as_of=a.as_of, by="currency", entity=entity)
            rows = [r for r in alone.rows if currency in (None, r.currency)]
            assert a.rows == rows, a.as_of
            independent = counted(desk.scope, a.as_of)
            for r in rows:
                assert r.total == sum(
                    m for k, m in independent.items()
                    if k[2] == r.currency and entity in (None, k[0])
                )  # fmt: skip


def test_the_picture_of_a_year_is_its_table(desk: Desk) -> None:
    """Each currency has a band an age whose heights are the table's; the table opens the day."""
    page = desk.text("/aging/trend?currency=EUR")
    assert page.count("<polygon") == 5
    rows = report.trend(desk.scope, as_of=TODAY, entity=None, currency="EUR")
    top = max(r.not_due + sum(r.buckets) for a in rows for r in a.rows)
    last = re.findall(r'<polygon class="age-4" points="([^"]+)"', page)[0].split()
    assert min(float(p.split(",")[1]) for p in last) == 0.0
    (row,) = rows[-1].rows
    height = 300 - 300 * (row.not_due + sum(row.buckets)) / top
    assert last[11] == f"1000.0,{height:.1f}"
    assert f"{money.to_decimal(row.total, 'EUR'):,}" in page
    assert "currency=EUR&amp;as_of=2026-02-28" in page
    assert (
        "Nothing was open"
        in client_of(helpers.found_organisation("empty")).get("/aging/trend").content.decode()
    )


@pytest.mark.parametrize("by", BY)
def test_what_is_saved_is_what_the_command_makes(desk: Desk, by: str) -> None:
    """CSV to the byte, the spreadsheet to the cell; no cell of either is a formula."""
    saved: Any = desk.client.get(f"/aging/export?by={by}&shape=csv").content
    made = dunwell("aging", "--by", by, "--format", "csv")
    assert saved == made.raw
    rows = list(csv.reader(io.StringIO(saved.decode())))
    assert not any(str(c).startswith(("=", "@", "+")) for row in rows for c in row)
    if by == "region":
        assert f"'{EVIL}" in {row[0] for row in rows}
    sheet: Any = desk.client.get(f"/aging/export?by={by}&shape=xlsx").content
    book = python_calamine.load_workbook(io.BytesIO(sheet))
    values = book.get_sheet_by_index(0).to_python()[3:]
    assert [v[:2] for v in values[: len(rows) - 1]] == [r[:2] for r in rows[1:]]
    assert [f"{v[-1]:.2f}" for v in values[: len(rows) - 1]] == [r[-1] for r in rows[1:]]
    with zipfile.ZipFile(io.BytesIO(sheet)) as archive:
        assert b"<f" not in archive.read("xl/worksheets/sheet1.xml")


def test_the_pdf_is_the_report(desk: Desk) -> None:
    """The rows of the page as a PDF, as the command makes it of them."""
    saved: Any = desk.client.get("/aging/export?by=entity&shape=pdf&currency=GBP").content
    aged = report.aging_rows(desk.scope, as_of=TODAY, by="entity", entity="UK")
    assert saved == report.aging_file(aged, shape="pdf", by="entity")
    assert saved.startswith(b"%PDF-")


def test_what_is_saved_is_what_is_shown(desk: Desk) -> None:
    """A filter holds for the file as well, and all pages are in it."""
    address = "/aging/export?by=customer&currency=EUR&column=91%2B&shape=csv"
    rows = list(csv.reader(io.StringIO(desk.client.get(address).content.decode())))  # type: ignore[attr-defined]
    aged = report.aging_rows(desk.scope, as_of=TODAY, by="customer", entity=None).rows
    assert [r[0] for r in rows[1:]] == [
        r.key for r in aged if r.currency == "EUR" and r.buckets[-1]
    ]
    response = desk.client.get(f"{address}&as_of=2025-12-31")
    assert "aging-2025-12-31.csv" in response["Content-Disposition"]


def saved_of(desk: Desk, query: str) -> bytes:
    """Save the items behind a number."""
    response: Any = desk.client.get(f"/aging/items/export?{query}")
    assert response.status_code == 200
    return b"".join(response.streaming_content)


@pytest.mark.parametrize("query", ["currency=EUR", "currency=GBP&column=91%2B&as_of=2025-12-31",
                                   "currency=EUR&in=region&is=" + EVIL])  # fmt: skip
def test_the_items_behind_a_number_are_saved_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    """All pages of them, and they add up to it; no cell of either file is a formula."""
    desk.book.customers(customer("C-1", name=EVIL))
    page = desk.text(f"/aging/items?{query}")
    sum_minor = behind(desk, f"/aging/items?{query}")[0]
    for shape in ("csv", "xlsx"):
        assert f"shape={shape}" in page
    heading, *rows = csv.reader(io.StringIO(saved_of(desk, query + "&shape=csv").decode()))
    assert heading[-1] == "open"
    assert sum(money.to_minor(Decimal(r[-1]), r[-3]) for r in rows) == sum_minor
    assert not any(c.startswith(("=", "@", "+")) for row in rows for c in row)
    sheet = saved_of(desk, query + "&shape=xlsx")
    values = python_calamine.load_workbook(io.BytesIO(sheet)).get_sheet_by_index(0).to_python()[3:]
    assert [f"{v[-1]:.2f}" for v in values] == [r[-1] for r in rows]
    assert [v[:6] for v in values] == [r[:6] for r in rows]
    with zipfile.ZipFile(io.BytesIO(sheet)) as archive:
        assert b"<f" not in archive.read("xl/worksheets/sheet1.xml")
    monkeypatch.setattr(report_lines, "SHEET", 1)
    assert "shape=xlsx" not in desk.text(f"/aging/items?{query}"), "more than a spreadsheet holds"


WRONG = ("by=colour", "entity=NOWHERE", "column=13-14", "in=colour&is=red", "currency=EUR&after=x",
         "currency=EUR&after=0_2026-02-30_1", "")  # fmt: skip


@pytest.mark.parametrize("query", WRONG)
def test_what_there_is_not_is_not_found(desk: Desk, query: str) -> None:
    """A made-up address is a page that says so."""
    assert "There is nothing at this address." in desk.text(f"/aging/items?{query}", status=404)


def test_numbers_are_asked_for_a_fixed_number_of_times(desk: Desk) -> None:
    """However many customers and items there are: the table, the items, the year, the file."""
    pages = ("/aging?by=customer", "/aging?by=region", "/aging/items?currency=EUR", "/aging/trend",
             "/aging/export?by=customer&shape=csv")  # fmt: skip

    def asked() -> list[int]:
        out = []
        for path in pages:
            with CaptureQueriesContext(connection) as done:
                desk.text(path)
            out.append(sum(" FROM " in q["sql"] for q in done))
        return out

    asked()  # what is kept of the book is asked about alike both times
    desk.book.items(invoice("W-0", 1, customer="C-1"))
    few = asked()
    desk.book.customers(*(customer(f"D-{n}", region="west") for n in range(150)))
    desk.book.items(*(invoice(f"V-{n}", 100, customer=f"D-{n}") for n in range(150)))
    many = asked()
    assert many == few
    assert max(few) <= 34
    assert max(asked()) <= 12  # and fewer while nothing happens


def test_nobody_sees_another_organisations_numbers(desk: Desk) -> None:
    """Items, years and files are those of one's own book."""
    other = client_of(helpers.found_organisation("beta", helpers.MAIN))
    for path in ("/aging", "/aging/items?currency=EUR", "/aging/trend",
                 "/aging/export?by=customer&shape=csv"):  # fmt: skip
        page = other.get(path).content.decode()  # type: ignore[attr-defined]
        assert "C-1" not in page
        assert "R-1" not in page
