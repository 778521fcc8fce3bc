"""Insights: figures that are doors, rows that add up to them, and whose page it is."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from command import dunwell
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from test_web import client_of, main_of, seen

from dunwell.core.scope import Scope
from dunwell.desk import call, dashboard, dispute, found, note, promise, task
from helpers import NOW, TODAY, Book, customer, instant, invoice, payment, reversal

DAY = dt.timedelta(days=1)


@pytest.fixture
def lived(scope: Scope, book: Book) -> Scope:
    """Money in two currencies, one payment taken back; promises, disputes, a call, tasks."""
    book.customers(*(customer(f"C-{n}", name=f"Customer <{n}>") for n in range(1, 5)))
    book.items(
        *(invoice(f"R-{n}", 60_000, customer=f"C-{n}") for n in range(1, 5)),
        invoice("R-9", 9_000, customer="C-4", currency="USD"),
    )
    book.payments(
        payment("P-1", 1_000, on=TODAY - 3 * DAY),
        payment("P-2", 2_000, on=TODAY - 3 * DAY, customer="C-2"),
        payment("P-3", 500, on=TODAY - 40 * DAY, customer="C-2"),
        payment("P-4", 7_000, on=TODAY - 2 * DAY, customer="C-3"),
        payment("P-5", 300, on=TODAY, customer="C-4", currency="USD"),
        reversal("P-6", 7_000, reverses="P-4", on=TODAY - DAY),
    )
    at = {"on": TODAY, "now": NOW}
    promise.open_promise(scope, "C-2", until=TODAY + 2 * DAY, **at)
    promise.open_promise(scope, "C-3", until=TODAY + 9 * DAY, **at)
    dispute.open_dispute(
        scope, "C-1", items=["R-1"], amount_minor=20_000, code="price", due_on=TODAY - DAY,
        note="too much", on=TODAY - 9 * DAY, now=instant(TODAY - 9 * DAY),
    )  # fmt: skip
    said = call.Said(outcome="no_answer", on=TODAY)
    call.open_call(scope, "C-4", said, today=TODAY, now=NOW)
    note.open_note(scope, "C-4", note.Said("ask for Eva"), on=TODAY, today=TODAY, now=NOW)
    task.open_task(
        scope, "C-4", kind="follow_up", until=TODAY - DAY, note="ring", owner="anna",
        on=TODAY - 3 * DAY, now=instant(TODAY - 3 * DAY),
    )  # fmt: skip
    return scope


def text(client: Client, path: str, status: int = 200) -> str:
    """Return a page."""
    response = client.get(path)
    assert response.status_code == status, response.content
    return str(response.content.decode())


def figures(page: str) -> list[tuple[str, str]]:
    """Return each door to rows with the number it shows."""
    doors = re.findall(r'href="(/insights/rows/[^"]+)"[^>]*>(.*?)</a>', page, re.S)
    return [(html.unescape(href), seen(label).strip()) for href, label in doors]


@pytest.mark.parametrize("preset", ["controller", "collector", "manager"])
def test_every_number_opens_rows_that_add_up_to_it(lived: Scope, preset: str) -> None:
    """The sum over the rows of each door is the number that led there, by the day or the week."""
    client = client_of(lived)
    for days in (30, 90):
        doors = figures(main_of(text(client, f"/insights?for={preset}&days={days}")))
        assert len(doors) > 10
        for href, label in doors:
            page = main_of(text(client, href))
            lead = seen(re.search(r'class="lead">(.*?)</p>', page, re.S)[1])
            figure = re.search(r"[\d,.]*\d", label)[0]
            assert figure in lead, (href, label, lead)
            rows = page.count('<tr role="row" data-row')
            assert f"{rows:,} " in lead, (href, lead)


def test_money_that_went_back_did_not_come_in(lived: Scope) -> None:
    """Each currency stands alone; a payment taken back counts on days before that only."""
    found = dashboard.of(lived, as_of=TODAY, today=TODAY)
    assert {c: (s.n, s.amounts[c]) for c, s in found.taken().items()} == {
        "EUR": (2, 3_000), "USD": (1, 300),
    }  # fmt: skip
    before = dashboard.of(lived, as_of=TODAY - 2 * DAY, today=TODAY, days=90)
    assert before.taken()["EUR"].amounts == {"EUR": 10_500}
    assert before.stages is None
    assert {t.first for t in before.cash} == {dt.date(2026, 2, 23), dt.date(2026, 1, 19)}
    assert dashboard.of(lived, as_of=TODAY, today=TODAY).stages


def test_promises_disputes_and_work_are_counted(lived: Scope) -> None:
    """One promise is due this week; the dispute is late and keeps out its part; anna worked."""
    found = dashboard.of(lived, as_of=TODAY, today=TODAY)
    assert (found.due.n, found.due.amounts) == (1, {"EUR": 60_000})
    assert (found.disputes.n, found.disputes.amounts, found.late) == (1, {"EUR": 20_000}, 1)
    assert found.ages == {"0-7": 0, "8-30": 1, "31+": 0}
    (anna,) = [p for p in found.work if p.name == "anna"]
    assert anna.counts["calls"] == anna.counts["notes"] == 1
    assert anna.counts["promises-made"] == 2
    overdue = anna.counts["tasks-overdue"]
    assert (overdue, found.overdue_tasks) == (2, 2), "the dispute waits for an answer too"


def test_a_role_opens_its_own_insights(lived: Scope) -> None:
    """A collector sees promises first and only their own work, an auditor the money first."""
    for role, first, has_others in (
        ("collector", "Promises", False), ("auditor", "Money in", True), ("manager", "The", True),
    ):  # fmt: skip
        found_by = role
        found.add_user(lived, found_by, roles=[role], now=NOW)
        page = main_of(text(client_of(lived._replace(actor=found_by)), "/insights"))
        assert seen(re.search(r"<h2[^>]*>(.*?)</h2>", page, re.S)[1]).startswith(first)
        assert ("anna" in page) is (has_others and role == "manager")


def test_what_there_is_not_is_not_found(lived: Scope) -> None:
    """An unknown preset, length, figure or day is no page; a past day stays in its doors."""
    client = client_of(lived)
    for path in ("?for=owner", "?days=7", "/rows/secrets", "/rows/cash?from=x", "/rows/stages",
                 "/rows/disputes?age=9", "/rows/cash?from=2026-03-02&to=2026-03-01"):  # fmt: skip
        text(client, f"/insights{path}", 404)
    past = main_of(text(client, "/insights?for=controller&as_of=2026-02-27"))
    assert "as_of=2026-02-27" in past
    assert "known as of today only" in past


def test_the_page_takes_as_many_queries_whatever_the_book_holds(lived: Scope, book: Book) -> None:
    """Ten times the payments and promises cost not one query more."""

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen_:
            dashboard.of(lived, as_of=TODAY, today=TODAY)
        return len(seen_)

    dashboard.of(lived, as_of=TODAY, today=TODAY)
    few = cost()
    book.customers(*(customer(f"M-{n}") for n in range(20)))
    book.items(*(invoice(f"M-{n}", 5_000, customer=f"M-{n}") for n in range(20)))
    book.payments(*(payment(f"M-{n}", 100, customer=f"M-{n}") for n in range(20)))
    for n in range(20):
        promise.open_promise(lived, f"M-{n}", until=TODAY + DAY, on=TODAY, now=NOW)
    assert cost() == few <= 46


def test_the_command_prints_the_same_figures(lived: Scope) -> None:
    """As JSON, as a table, and as rows for a sheet."""
    at = ("--at", NOW.isoformat())
    plain = dunwell("dashboard", "show", *at, "--format", "json").json
    assert plain["promises"]["due"]["n"] == 1
    assert plain["disputes"]["reasons"] == [
        {"n": 1, "amounts": [{"currency": "EUR", "amount_minor": 20_000}], "code": "price",
         "late": 1},
    ]  # fmt: skip
    assert sum(t["minor"] for t in plain["cash"] if t["currency"] == "EUR") == 3_000
    table = dunwell("dashboard", "show", *at).out
    assert "due this week" in table
    assert "anna: calls" in table
    sheet = dunwell("dashboard", "show", "--as-of", "2026-02-27", *at, "--format", "csv")
    assert "cash,2026-02-27,2,EUR,3000" in sheet.out
    assert "as of today only" in sheet.err


def test_today_shows_money_in_promises_of_the_week_and_how_fresh_the_money_is(
    lived: Scope, book: Book
) -> None:
    """Three queries tell it, kept until something happens; without a payment it says so."""
    page = main_of(text(client_of(lived), "/"))
    said = seen(page)
    assert "EUR 30.00 2 payments" in said
    assert "1 promise: EUR 600.00" in said
    assert "The newest speak for 2 Mar, taken in on 2 Mar at 09:00." in said
    for href, _ in figures(page):
        text(client_of(lived), href)
    with CaptureQueriesContext(connection) as seen_:
        dashboard.pulse(lived, as_of=TODAY)
    asked = [q["sql"] for q in seen_ if q["sql"].startswith("SELECT")]
    assert len([q for q in asked if "set_config" not in q]) == 4
    long_ago = seen(main_of(text(client_of(lived), "/?as_of=2025-12-01")))
    assert "none was ever taken in" in long_ago
