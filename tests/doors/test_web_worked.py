"""The worklist is worked through: a part kept by name, what is done on a row, and taken back."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from django.test import Client
from test_web import client_of, links, main_of, seen

from dunwell.core.scope import Scope
from dunwell.desk import call, filters, note, plan, promise, task
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, invoice


@pytest.fixture
def listed(scope: Scope, book: Book) -> Scope:
    """Three customers worth a person's time: one to call, one large, one small."""
    book.customers(*(customer(f"C-{n}", name=f"Customer {n}") for n in (1, 2, 3)))
    book.items(
        invoice("R-1", 60_000, customer="C-1"), invoice("R-2", 900_000, customer="C-2"),
        invoice("R-3", 50_000, customer="C-3"),
    )  # fmt: skip
    task.open_task(
        scope, "C-1", kind="call", until=TODAY, note="ask", owner="anna", on=TODAY, now=NOW
    )
    return scope


def rows(page: str) -> list[str]:
    """Return the customers of a list, first things first."""
    return re.findall(r'data-row data-customer="([^"]+)"', page)


def text(client: Client, path: str) -> str:
    """Return what a page shows."""
    response = client.get(path)
    assert response.status_code == 200, response.content
    return main_of(response.content.decode())


def test_a_part_of_the_list_is_chosen_kept_under_a_name_and_forgotten(listed: Scope) -> None:
    """By what comes next, company, segment and amount; each person has tabs of their own."""
    client = client_of(listed)
    assert sorted(rows(text(client, "/worklist"))) == ["C-1", "C-2", "C-3"]
    assert rows(text(client, "/worklist?action=call&owner=anna")) == ["C-1"]
    assert rows(text(client, "/worklist?least=5,000")) == ["C-2"]
    assert rows(text(client, "/worklist?segment=no_such")) == []
    assert rows(text(client, "/worklist?entity=UK")) == []
    wrong = text(client, "/worklist?capacity=-3&least=much")
    assert "A day holds 1 to 9,999 customers each, not -3." in seen(wrong)
    assert "much is no amount." in seen(wrong)
    query = {"least": "5000", "owner": ""}
    answer = client.post("/worklist/filters", query | {"name": "Big <ones>"})
    assert answer["Location"] == "/worklist?least=5000"
    page = text(client, "/worklist?least=5000")
    assert '<a href="/worklist?least=5000" aria-current="true">Big &lt;ones&gt;</a>' in page
    assert rows(page) == ["C-2"]
    (kept,) = filters.mine(listed, "worklist")
    other = listed._replace(actor="somebody else")
    assert filters.mine(other, "worklist") == []
    assert not filters.forget(other, "worklist", kept.number)
    client.post(f"/worklist/filters/{kept.number}/forget")
    assert filters.mine(listed, "worklist") == []


def test_what_is_done_on_a_row_names_its_customer_and_is_undone_for_it(listed: Scope) -> None:
    """A list finds the row again by it; undone, the call counts no more and the row is back."""
    client = client_of(listed)
    page = text(client, "/worklist")
    for verb in ("call", "promise", "dispute", "hold", "note"):
        assert f"/do/{verb}/C-2?back=/worklist" in links(page)
    part = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "panel"}
    done = client.post("/do/call/C-2", {"outcome": "reached"}, **part)
    assert json.loads(done["HX-Trigger"]) == {"done": {"customer": "C-2"}}
    assert "C-2" not in rows(text(client, "/worklist"))
    undo = re.search(r'hx-post="(/undo/call/\d+)"', done.content.decode())
    assert undo
    back = client.post(undo[1], {"about": "C-2"}, **part)
    assert json.loads(back["HX-Trigger"]) == {"done": {"customer": "C-2"}}
    assert "C-2" in rows(text(client, "/worklist"))
    assert call.history(listed, customer="C-2")[0]["withdrawn_on"] == TODAY


def test_a_call_asks_only_for_what_its_outcome_needs(listed: Scope) -> None:
    """Nothing is chosen beforehand, and what was typed for another outcome is left out."""
    client = client_of(listed)
    page = text(client, "/do/call/C-2")
    assert '<option value="" selected>choose</option>' in page
    assert page.count('data-when="promise"') == 2
    assert client.post("/do/call/C-2", {"outcome": ""}).status_code == 422
    said = {"outcome": "voicemail", "promise_by": "2026-03-06", "dispute_code": "price"}
    assert client.post("/do/call/C-2", said).status_code == 303
    assert [c["outcome"] for c in call.history(listed, customer="C-2")] == ["voicemail"]


def test_what_was_logged_in_error_is_taken_back_from_the_timeline(listed: Scope) -> None:
    """Later too, and said there; nobody takes back what is taken back."""
    said = note.Said("wrong customer")
    made = note.open_note(listed, "C-2", said, on=TODAY, today=TODAY, now=NOW)
    client = client_of(listed)
    where = f"/undo/note/{made['id']}"
    assert where in links(text(client, "/customers/C-2"))
    assert "wrong customer" in seen(text(client, where))
    client.post(where, {"back": "/customers/C-2"})
    said_of_it = seen(text(client, "/customers/C-2"))
    assert f"Logged in error, taken back by {listed.actor}." in said_of_it
    assert client.get(where).status_code == 404


def test_a_question_is_answered_from_the_row_it_stands_on(scope: Scope, book: Book) -> None:
    """The worklist opens that customer's question, not all that wait."""
    book.customers(customer("C-9", name="Asked"))
    book.items(invoice("R-9", 900_000, customer="C-9"))
    until = TODAY + dt.timedelta(days=25)
    promise.open_promise(scope, "C-9", items=[], until=until, on=TODAY, now=NOW)
    with tx.reading(scope):
        keys = list(models.Approval.objects.values_list("key", flat=True))
    page = text(client_of(scope), "/worklist")
    doors = [x for x in links(page) if x.startswith("/approvals/")]
    assert doors
    assert doors[0].split("/")[2] in keys


def test_links_to_the_customers_page_are_copied_when_made_listed_and_revoked(listed: Scope) -> None:
    """Made, it stands whole in a field of its own; later the page says whose it is and ends it."""
    client = client_of(listed)
    part = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "panel"}
    made = client.post("/do/share/C-2", {"days": "30"}, **part).content.decode()
    link = re.search(r">(http://127\.0\.0\.1:8000/portal/[^<]+)</output>", made)
    assert link
    where = link[1].removeprefix("http://127.0.0.1:8000")
    assert "data-copy" in made
    assert client.get(where).status_code == 200
    page = text(client, "/customers/C-2")
    assert f"Shared by {listed.actor}" in seen(page)
    assert "last opened" in seen(page)
    revoke = re.search(r'action="(/undo/share/\d+)"', page)
    assert revoke
    assert client.post(revoke[1], {"back": "/customers/C-2"})["Location"] == "/customers/C-2"
    assert client.get(where).status_code == 404
    assert "Links to their page" not in text(client, "/customers/C-2")


def test_a_plan_shows_what_it_comes_to_before_it_is_proposed(listed: Scope) -> None:
    """With the form at once, and anew with each change; nothing is proposed by looking."""
    client = client_of(listed)
    form = text(client, "/do/plan/C-2")
    assert "in 2 instalments" in seen(form)
    assert "Thu 2 Apr 2026" in seen(form)
    part = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "seen"}
    asked = {"look": "1", "instalments": "3", "first_on": "2026-03-16"}
    schedule = seen(client.post("/do/plan/C-2", asked, **part).content.decode())
    assert "EUR 9,000.00 in 3 instalments" in schedule
    assert [x in schedule for x in ("16 Mar 2026", "16 Apr 2026", "16 May 2026")] == [True] * 3
    late = client.post("/do/plan/C-2", asked | {"first_on": "2026-06-01"}, **part)
    assert "The first instalment of a plan is due by 2 April 2026." in seen(late.content.decode())
    assert plan.listed(listed, customer="C-2", as_of=TODAY) == []


def test_what_is_promised_already_is_said_with_its_day(listed: Scope) -> None:
    """Not that nothing is open: all of it stands in a promise, and until when."""
    until = TODAY + dt.timedelta(days=4)
    made = promise.open_promise(listed, "C-2", items=[], until=until, on=TODAY, now=NOW)
    again = client_of(listed).post("/do/promise/C-2", {"until": "2026-03-09"})
    assert again.status_code == 409
    said = seen(main_of(again.content.decode()))
    assert f"All that is overdue stands in promise {made} (by 6 March 2026) already" in said


def test_the_rail_says_where_a_person_is_needed(listed: Scope) -> None:
    """As many as the page behind it offers for an answer; nothing where nobody is needed."""
    client = client_of(listed)
    assert 'class="badge"' not in client.get("/worklist").content.decode()
    until = TODAY + dt.timedelta(days=25)
    other = listed._replace(actor="ben")
    promise.open_promise(other, "C-2", items=[], until=until, on=TODAY, now=NOW)
    page = client.get("/worklist").content.decode()
    assert re.findall(r'class="badge">(\d+)<', page) == ["1"]
    assert client.get("/approvals").content.decode().count('data-verb="approval"') == 1
