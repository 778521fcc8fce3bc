"""Drafts of answers in the browser and at the command line: for whom, for whom not, and after."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from command import dunwell
from django.test import Client
from test_web import client_of, main_of, seen

from dunwell.core.inbound import Inbound
from dunwell.core.scope import Scope
from dunwell.desk import dispute, draft, found, inbox, insolvency, note, promise, settle, task
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, instant, invoice

DAY = dt.timedelta(days=1)
LATER = TODAY + 20 * DAY


def mail(n: int, sender: str) -> Inbound:
    """A mail somebody wrote."""
    return Inbound(
        file=f"{n}.eml", kind="reply", channel="email", sha256=f"{n}" * 64, sender=sender,
        received_at=NOW, subject="Question", words="Where is the copy?",
    )  # fmt: skip


@pytest.fixture
def waiting(scope: Scope, book: Book) -> Scope:
    """A dispute, a reply, one of a stranger, and a promise that was not kept."""
    book.customers(
        customer("C-1", name="Kern <& Co>", language="de"),
        *(customer(f"C-{n}", name=f"Customer {n}") for n in (2, 3)),
    )
    book.items(*(invoice(f"R-{n}", 60_000, customer=f"C-{n}") for n in (1, 2, 3)))
    at = {"on": TODAY, "now": NOW}
    dispute.open_dispute(
        scope, "C-1", items=["R-1"], amount_minor=None, code="price", due_on=TODAY + 5 * DAY,
        note="", **at,
    )  # fmt: skip
    promise.open_promise(scope, "C-2", until=TODAY + DAY, **at)
    inbox.take(scope, [mail(1, "c-3@example.com"), mail(2, "stranger@example.net")], now=NOW)
    return scope


@pytest.fixture
def broken(waiting: Scope, book: Book) -> Scope:
    """The same, after the promise has been broken."""
    book.payments(as_of=LATER, now=instant(LATER))
    settle.nightly(waiting, as_of=LATER, now=instant(LATER))
    return waiting


def text(client: Client, path: str, status: int = 200) -> str:
    """Return a page."""
    response = client.get(path)
    assert response.status_code == status, response.content
    return str(response.content.decode())


def draft_links(client: Client, path: str) -> list[str]:
    """Return where the drafts of a list are."""
    return re.findall(r'href="(/draft/[^"]+)"', text(client, path))


def draft_of(scope: Scope, where: str) -> str:
    """Return whose draft it is."""
    made = draft.of(scope, *where.split("/")[2:], as_of=LATER)
    assert made is not None
    return made.customer or ""


def test_a_dispute_is_answered_in_the_customers_language(waiting: Scope) -> None:
    """The draft names the item and the day; noted as sent it is a contact, and leads on."""
    client = client_of(waiting)
    (where,) = draft_links(client, "/cases/disputes")
    page = text(client, where)
    shown = html.unescape(page)
    assert "Ihre Rückfrage zu R-1" in shown
    assert "bis zum 7. März 2026" in shown
    assert "Eine Entscheidung ist das noch nicht." in shown
    assert "<& Co>" not in page
    assert 'href="mailto:c-1@example.com?subject=' in page
    settled = where.replace("/draft/dispute/", "/cases/disputes/") + "/settle"
    assert "Ihre Rückfrage zu R-1" in html.unescape(text(client, settled))
    said = {"subject": "Zu R-1", "text": "Wir prüfen.", "how": "sent"}
    done = client.post(where, said)
    assert (done.status_code, done["Location"]) == (303, settled)
    (row,) = note.listed(waiting, customer="C-1")
    assert row["note"] == "Zu R-1\n\nWir prüfen."
    with tx.reading(waiting):
        contact = models.Outreach.objects.get(organisation_id=waiting.organisation_id)
        assert (contact.channel, contact.by_hand, contact.on) == ("email", True, TODAY)
    assert client.post(where, said | {"text": ""}).status_code == 422


def test_a_draft_is_kept_as_a_task(waiting: Scope) -> None:
    """Whoever has no time now finds the words in the task of tomorrow."""
    client = client_of(waiting)
    (where,) = draft_links(client, "/cases/disputes")
    client.post(where, {"subject": "S", "text": "T", "how": "task"})
    (row,) = task.listed(waiting, customer="C-1", kind="follow_up", as_of=TODAY)
    assert (row["note"], row["due_on"]) == ("Write: S\n\nT", TODAY + DAY)


def test_a_reply_is_answered_to_whoever_wrote(waiting: Scope) -> None:
    """A stranger is told nothing of anybody's account, and there is nobody to note it with."""
    client = client_of(waiting)
    links = draft_links(client, "/cases/replies")
    assert len(links) == 2
    pages = {w: html.unescape(main_of(text(client, w))) for w in links}
    (known,) = [p for p in pages.values() if "account C-3" in p]
    assert "to c-3@example.com" in seen(known)
    ((where, strange),) = [(w, p) for w, p in pages.items() if "stranger@example.net" in p]
    assert "zu welchem Konto sie gehört" in strange, "in the language of the company"
    assert not re.search("C-[123]|R-[123]|600", strange)
    assert "Note it as sent" not in strange
    assert client.post(where, {"text": "x", "how": "sent"}).status_code == 404


def test_a_broken_promise_is_asked_about_where_its_task_stands(broken: Scope) -> None:
    """From the task and from the promise, in the same words; kept promises have no draft."""
    client = client_of(broken, at=instant(LATER))
    (where,) = draft_links(client, "/cases/tasks")
    shown = html.unescape(text(client, where))
    assert "EUR\xa0600.00 would reach us by 3 March 2026" in shown
    (also,) = draft_links(client, "/cases/promises?all=1")
    assert "EUR\xa0600.00 would reach us" in html.unescape(text(client, also))


def test_nobody_is_written_to_who_must_not_be(broken: Scope) -> None:
    """Insolvent: no draft of anything; disputed: none that asks for money."""
    at = {"on": LATER, "now": instant(LATER)}
    client = client_of(broken, at=instant(LATER))
    (asks,) = draft_links(client, "/cases/tasks")
    dispute.open_dispute(
        broken, "C-2", items=["R-2"], amount_minor=None, code="price", due_on=LATER, note="", **at
    )
    said = seen(main_of(text(client, asks)))
    assert "There is no draft: nobody writes to them now, because they dispute what" in said
    insolvency.open_filing(broken, "C-1", as_of=LATER, **at)
    links = draft_links(client, "/cases/disputes")
    (answer,) = [w for w in links if "C-1" in draft_of(broken, w)]
    assert "they are insolvent" in seen(text(client, answer))
    assert client.post(answer, {"text": "x", "how": "sent"}).status_code == 404


def test_what_there_is_nothing_to_write_about_has_no_page(waiting: Scope) -> None:
    """Unknown kinds and numbers, and promises still open."""
    client = client_of(waiting)
    for path in ("/draft/dispute/999", "/draft/letter/1", "/draft/reply/x", "/draft/delivery/none",
                 "/draft/promise/2", "/draft/task/1"):  # fmt: skip
        text(client, path, 404)
    found.add_user(waiting, "rae", roles=["reader"], now=NOW)
    reader = client_of(waiting._replace(actor="rae"))
    assert draft_links(reader, "/cases/disputes") == []


def test_the_commands_print_drafts_beside_their_rows(broken: Scope) -> None:
    """As text to copy, and in JSON; without --draft nothing of it."""
    at = ("--at", instant(LATER).isoformat())
    rows = dunwell("dispute", "list", "--draft", *at, "--format", "json").json
    assert rows[0]["draft"]["language"] == "de"
    assert rows[0]["draft"]["to"] == "c-1@example.com"
    assert "draft" not in dunwell("dispute", "list", *at, "--format", "json").json[0]
    replies = dunwell("reply", "list", "--draft", *at).out
    assert "Wir konnten nicht erkennen, zu welchem Konto sie gehört." in replies
    (kept,) = dunwell("promise", "list", "--draft", *at, "--format", "json").json
    assert "would reach us by 3 March 2026" in kept["draft"]["text"]
    assert dunwell("delivery", "list", "--draft", *at, "--format", "json").json == []
