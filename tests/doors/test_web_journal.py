"""The journal in the browser: each event in words, narrowed down, checked; why on a past day."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from test_web import client_of, main_of, seen

from dunwell.core.scope import Scope
from dunwell.desk import diary, found, hold, look, note, trail
from dunwell.store import tx
from dunwell.store.lists import journal as lists
from dunwell.web import journal_page
from helpers import NOW, TODAY, Book, customer, instant, invoice

DAY = dt.timedelta(days=1)
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "journal.md"


def text(client: Client, path: str, status: int = 200) -> str:
    """Return a page."""
    response = client.get(path)
    assert response.status_code == status, response.content
    return str(response.content.decode())


@pytest.fixture
def lived(scope: Scope, book: Book) -> Scope:
    """Two customers; C-1 is held and C-2 has a note, on different days by different people."""
    book.customers(customer("C-1", name="Lowry"), customer("C-2", name="Quiet <Ltd>"))
    book.items(invoice("R-1"), invoice("R-2", customer="C-2"))
    hold.open_hold(
        scope, "C-1", items=[], amount_minor=None, on=TODAY, until=None, reason="audit", now=NOW
    )
    carl = scope._replace(actor="carl")
    found.add_user(scope, "carl", roles=["collector"], now=NOW)
    later = TODAY + DAY
    note.open_note(carl, "C-2", note.Said("a note"), on=later, today=later, now=instant(later))
    trail.seal(scope, now=instant(later))
    return scope


def test_every_verb_of_the_journal_is_said_in_words() -> None:
    """What the reference lists has a sentence here, and nothing else does."""
    listed = set(re.findall(r"^\| `([a-z_]+)` \|", REFERENCE.read_text("utf-8"), re.M))
    columns = {"id", "at", "actor", "verb", "refs", "commitment", "seed", "n", "upto", "events",
               "prev", "hash"}  # fmt: skip
    assert set(journal_page.SAYS) == listed - columns


def test_events_are_told_newest_first_with_whom_they_are_about(lived: Scope) -> None:
    """A row says who did what, and its customer is a door."""
    page = text(client_of(lived, at=NOW + DAY), "/journal")
    words = seen(main_of(page))
    assert words.index("carl wrote a note") < words.index("anna opened a stop: hold")
    assert "Quiet <Ltd>" in words
    assert "<Ltd>" not in page
    assert 'href="/customers/C-2"' in page


@pytest.mark.parametrize(
    ("query", "has", "lacks"),
    [
        ("customer=C-1", "opened a stop", "wrote a note"),
        ("actor=carl", "wrote a note", "opened a stop"),
        ("verb=stop_opened", "opened a stop", "wrote a note"),
        (f"day={TODAY}", "opened a stop", "carl wrote a note"),
        (f"day={TODAY + DAY}", "carl wrote a note", "opened a stop"),
    ],
)
def test_the_journal_is_narrowed_down(lived: Scope, query: str, has: str, lacks: str) -> None:
    """By customer, person, verb and day."""
    page = main_of(text(client_of(lived, at=NOW + DAY), f"/journal?{query}"))
    rows = seen(page.partition("<tbody>")[2])
    assert has in rows
    assert lacks not in rows


def test_a_filter_that_is_none_is_refused(lived: Scope) -> None:
    """An unknown verb, customer or day."""
    client = client_of(lived)
    text(client, "/journal?verb=nothing", 404)
    text(client, "/journal?customer=C-9", 404)
    text(client, "/journal?day=never", 400)


@pytest.mark.parametrize("whose", ["", "C-1"])
def test_pages_of_the_journal_leave_nothing_out(lived: Scope, whose: str) -> None:
    """Walked two at a time it is the whole journal, or all of a customer, in one order."""
    whole = diary.read(lived, customer=whose, limit=500)
    walked: list[int] = []
    before: int | None = None
    while True:
        page = diary.read(lived, customer=whose, before=before, limit=2)
        walked += [e.event.id for e in page.entries]
        before = page.before
        if before is None:
            break
    assert walked == [e.event.id for e in whole.entries]
    assert walked == sorted(walked, reverse=True)


def test_a_long_search_stops_and_says_where_to_read_on(
    lived: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more than so many events are read for one page; the next page goes on from there."""
    monkeypatch.setattr(lists, "SCAN", 1)
    page = diary.read(lived, customer="C-1", limit=50)
    assert not page.entries
    assert page.before is not None
    assert "search further back" in text(client_of(lived, at=NOW + DAY), "/journal?customer=C-1")


def test_a_page_costs_the_same_however_many_events_it_tells(lived: Scope) -> None:
    """Names and owners are looked up for the whole page at once."""

    def cost() -> int:
        with tx.reading(lived), CaptureQueriesContext(connection) as found_:
            diary.read(lived, limit=50)
        return len(found_)

    few = cost()
    for n in range(20):
        said = note.Said(f"note {n}")
        note.open_note(lived, f"C-{1 + n % 2}", said, on=TODAY, today=TODAY, now=NOW)
        hold.open_hold(
            lived, "C-1", items=[], amount_minor=None, on=TODAY, until=None, reason="x", now=NOW
        )
    assert cost() <= few
    assert few <= 20


def test_the_chain_is_checked_and_its_head_can_be_kept_elsewhere(lived: Scope) -> None:
    """The same answer as the command's; the head is that of the newest seal."""
    client = client_of(lived, at=NOW + DAY)
    head = diary.chain(lived).head
    assert head
    assert f'value="{head}"' in text(client, "/journal")
    assert client.post("/journal/verify").status_code == 303
    assert "The chain holds" in seen(text(client, "/journal"))


def test_why_on_a_day_leads_to_that_day(lived: Scope) -> None:
    """A customer and a day open the page of the customer as of that day, with its reasons."""
    proposal = look.propose(lived, as_of=TODAY)
    look.record(lived, proposal, mode="run", now=NOW)
    client = client_of(lived, at=NOW + 3 * DAY)
    where = client.get(f"/journal/why?customer=C-1&day={TODAY}")
    assert where["Location"] == f"/customers/C-1?as_of={TODAY}"
    page = seen(main_of(text(client, where["Location"])))
    assert "In force then" in page
    assert "hold" in page
    text(client, "/journal/why?customer=C-1&day=never", 400)


def test_only_who_may_reads_the_journal(lived: Scope) -> None:
    """A collector neither sees it in the rail nor gets in; an auditor does."""
    found.add_user(lived, "audrey", roles=["auditor"], now=NOW)
    carl = client_of(lived._replace(actor="carl"))
    assert 'href="/journal"' not in text(carl, "/customers")
    text(carl, "/journal", 403)
    assert carl.post("/journal/verify").status_code == 403
    assert 'href="/journal"' in text(client_of(lived._replace(actor="audrey")), "/journal")
