"""The call queue in the browser: whom, when, under which number; and what is read before a call."""

from __future__ import annotations

import datetime as dt
import html

import pytest
from command import dunwell
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from test_web import client_of, main_of, seen

from dunwell.core.rows import ContactRow
from dunwell.core.scope import Scope
from dunwell.desk import call, call_queue, dispute, found, hold, promise, task
from helpers import NOW, TODAY, Book, customer, invoice

DAY = dt.timedelta(days=1)


@pytest.fixture
def queue(scope: Scope, book: Book) -> Scope:
    """Three calls that colleagues ask for: one tried in vain, one due, one held back."""
    book.customers(
        customer("C-1", name="Lowry <& Sons>", phone="+49 (30) 123-4", account_owner="sam"),
        *(customer(f"C-{n}", name=f"Customer {n}", phone=f"+49 30 {n}") for n in (2, 3)),
    )
    book.take(
        "contacts",
        ContactRow(line=2, customer="C-1", role="alternate", name="Eva", mobile="+49 170 77"),
    )
    book.items(*(invoice(f"R-{n}", 60_000, customer=f"C-{n}") for n in (1, 2, 3)))
    for n, until in ((1, TODAY), (2, TODAY + 3 * DAY), (3, TODAY + DAY)):
        task.open_task(
            scope, f"C-{n}", kind="call", until=until, note=f"ask <{n}>", owner="anna",
            on=TODAY, now=NOW,
        )  # fmt: skip
    said = call.Said(outcome="no_answer", on=TODAY)
    call.open_call(scope, "C-1", said, today=TODAY, now=NOW)
    hold.open_hold(
        scope, "C-3", items=[], amount_minor=None, until=None, reason="audit", on=TODAY, now=NOW
    )
    return scope


def text(client: Client, path: str, status: int = 200, **more: str) -> str:
    """Return a page."""
    response = client.get(path, **more)
    assert response.status_code == status, response.content
    return str(response.content.decode())


def test_the_queue_says_whom_to_call_when_and_under_which_number(queue: Scope) -> None:
    """What is due first is first; a try in vain moves the time; what is held back says why."""
    page = main_of(text(client_of(queue, at=NOW + DAY), "/calls"))
    said = seen(page)
    assert "3 calls wait, 1 of them past its day; 1 is held back." in said
    assert page.index("Lowry") < page.index("Customer 2") < page.index("Customer 3")
    assert 'href="tel:+49301234"' in page
    assert 'href="tel:+4917077"' in page
    assert "tried 1 time, last 2 March 2026" in said
    assert "sales rep sam" in said
    assert "ask <1>" in html.unescape(page)
    assert "<b>" not in page
    assert 'href="/silence/on_hold"' in page
    assert page.count('data-verb="call"') == 2, "whom nobody may call now has no script to open"
    assert page.count("data-row") == 3


def test_a_page_of_a_long_queue_works_out_only_its_own_cases(queue: Scope, book: Book) -> None:
    """Ten times the calls cost not one query more, and none is shown twice."""

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen_:
            call_queue.part(queue, owner="", as_of=TODAY, start=0, limit=2)
        return len(seen_)

    cost()
    few = cost()
    book.customers(*(customer(f"M-{n}", phone=f"+49 40 {n}") for n in range(20)))
    book.items(*(invoice(f"M-{n}", 5_000, customer=f"M-{n}") for n in range(20)))
    for n in range(20):
        task.open_task(
            queue, f"M-{n}", kind="call", until=TODAY + 9 * DAY, note="ring", owner="anna",
            on=TODAY, now=NOW,
        )  # fmt: skip
    assert cost() == few
    parts = [
        call_queue.part(queue, owner="anna", as_of=TODAY, start=n, limit=10) for n in (0, 10, 20)
    ]
    assert [p.n for p in parts] == [23, 23, 23]
    assert len({r["customer"] for p in parts for r in p.rows}) == 23


def test_each_sees_their_own_calls(queue: Scope) -> None:
    """The list can be one person's; with nobody's left it says what would be here."""
    client = client_of(queue)
    assert "3 calls wait for anna" in seen(text(client, "/calls?owner=anna"))
    assert "Nobody is to be called by zoe" in seen(text(client, "/calls?owner=zoe"))
    found.add_user(queue, "rae", roles=["reader"], now=NOW)
    assert 'data-verb="call"' not in text(client_of(queue._replace(actor="rae")), "/calls")


def test_the_briefing_and_the_script_come_with_the_form(queue: Scope, book: Book) -> None:
    """Whom, what to talk about, the script and the briefing stand above the form, as text."""
    at = {"on": TODAY, "now": NOW}
    promise.open_promise(queue, "C-2", until=TODAY + 5 * DAY, **at)
    dispute.open_dispute(
        queue, "C-1", items=["R-1"], amount_minor=10_000, code="price", due_on=TODAY,
        note="", **at,
    )  # fmt: skip
    client = client_of(queue)
    panel = text(client, "/do/call/C-1", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="panel")
    said = seen(panel)
    assert "Bring news of the dispute about R-1 (price)" in said
    assert 'href="tel:+49301234"' in panel
    assert "Script: call, MAIN" in said
    assert "I am calling about your account C-1." in said
    assert "account of sam" in said
    assert "<& Sons" not in panel
    other = seen(text(client, "/do/call/C-2"))
    assert "Thank them for the promise" in other
    assert "Do not call about call now: they promised to pay." in other
    assert "Script" not in other
    assert "Talk about" not in text(client, "/do/note/C-1")


def test_a_call_is_logged_from_the_queue_and_leaves_it(queue: Scope) -> None:
    """The answer leads back to the queue, where the call is over."""
    client = client_of(queue)
    form = text(client, "/do/call/C-2?back=/calls")
    assert 'name="back" value="/calls"' in form
    done = client.post("/do/call/C-2", {"outcome": "reached", "back": "/calls"})
    assert (done.status_code, done["Location"]) == (303, "/calls")
    page = seen(text(client, "/calls"))
    assert "Call noted: reached." in page
    assert "Customer 2" not in page


def test_the_command_says_what_to_talk_about_first(queue: Scope) -> None:
    """`call show` begins with it; as JSON it stands beside the calls."""
    at = ("--at", NOW.isoformat())
    assert dunwell("call", "show", "C-1", *at).out.startswith("Talk about:\n- R-1, due")
    plain = dunwell("call", "show", "C-1", *at, "--format", "json").json
    assert sorted(plain) == ["account_owner", "calls", "customer", "history", "talking_points"]
    assert plain["calls"][0]["note"] == "ask <1>"
    assert plain["calls"][0]["account_owner"] == "sam"
