"""The customer's own pages: what they show, what can be said there, and what cannot be reached."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dunwell.core import authority
from dunwell.core.scope import Scope
from dunwell.delivery.memory import MemoryChannel
from dunwell.delivery.pay import double
from dunwell.desk import (
    access,
    approve,
    dispatch,
    dispute,
    found,
    inbox,
    letterhead,
    look,
    plan,
    portal,
    promise,
    task,
    tries,
    upload,
)
from dunwell.policies import portal as phrases
from dunwell.portal import bounds, views
from dunwell.store import models, personal, tx
from dunwell.store.records import setup
from dunwell.web import server
from helpers import NOW, TODAY, Book, customer, found_organisation, invoice, payment

DAY = dt.timedelta(days=1)
HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000"}
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
IBAN = "DE89370400440532013000"
PAGES = ("", "/pay", "/promise", "/dispute", "/plan", "/ask", "/contact")


class Clock:
    """What time it is, until somebody moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def owing(scope: Scope, book: Book) -> Scope:
    """C-1 owes two invoices that are late and one that is not, and has a credit note; C-2 one."""
    setup.record_letterhead(
        scope, "MAIN", name="Dunwell Works GmbH",
        sender={"email": "ar@example.com", "phone": "+49 30 1234"},
        bank={"EUR": {"account_name": "Dunwell Works GmbH", "iban": IBAN}}, at=NOW,
    )  # fmt: skip
    book.customers(
        customer("C-1", name="Lowry Sign Works", email="ann.lee@example.com"),
        customer("C-2", name="Vega Traders"),
    )
    book.items(
        invoice("R-1", 50_000), invoice("R-2", 20_000, due_on=TODAY - 10 * DAY),
        invoice("R-3", 7_000, due_on=TODAY + 20 * DAY),
        invoice("G-1", 1_000, kind="credit_note"), invoice("S-1", 99_900, customer="C-2"),
    )  # fmt: skip
    return scope


def browser(scope: Scope, clock: Clock, *, checks: bool = False, **more: str) -> Client:
    """Return a customer's browser; `checks` that forms carry what they must."""
    env = {server.SCOPE: scope._replace(actor="nobody"), server.CLOCK: clock, server.SIGNS_IN: True}
    return Client(enforce_csrf_checks=checks, **(HERE | more), **env)


def link(scope: Scope, who: str = "C-1", **more: Any) -> str:
    """Return the address of a customer's pages."""
    return f"/portal/{portal.open_link(scope, who, now=NOW, **more).token}"


def text(client: Client, where: str) -> str:
    """Return a page's words."""
    response = client.get(where)
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def key_of(client: Client, where: str) -> str:
    """Return the key of the form at an address."""
    return re.search(r'name="key" value="([\w-]+)"', text(client, where))[1]


def send(client: Client, where: str, **said: Any) -> Any:
    """Fill in the form at an address and send it."""
    return client.post(where, {"key": key_of(client, where), "currency": "EUR"} | said)


def item(scope: Scope, number: str) -> int:
    """Return the id of an item."""
    with tx.reading(scope):
        return models.Item.objects.get(organisation_id=scope.organisation_id, number=number).pk


def reason(scope: Scope, who: str = "C-1", on: dt.date = TODAY) -> str:
    """Return why a customer hears nothing on a day, or ""."""
    with tx.reading(scope):
        pk = models.Customer.objects.get(organisation_id=scope.organisation_id, reference=who).pk
    lines = look.propose(scope, as_of=on, customers=[pk]).lines
    return next((str(getattr(x.made, "reason", "")) for x in lines), "")


# --- what is shown ----------------------------------------------------------------------------


def test_the_account_shows_what_is_open_and_what_is_to_be_paid(owing: Scope, clock: Clock) -> None:
    """Each item with its due day, the credit note against it, and what is due now, to the cent."""
    page = text(browser(owing, clock), link(owing))
    assert "Account of Lowry Sign Works" in page
    assert "EUR\xa0690.00 is due for payment now." in page
    assert "EUR\xa0760.00 is open in all." in page
    for said in ("R-1", "R-2", "R-3", "30 days late", "10 days late", "Credit note G-1"):
        assert said in page
    assert "S-1" not in page
    assert "Vega" not in page


def test_a_message_and_the_page_ask_for_the_same(owing: Scope, clock: Clock) -> None:
    """What tonight's notice demands is what the page says is due now."""
    with tx.reading(owing):
        pk = models.Customer.objects.get(organisation_id=owing.organisation_id, reference="C-1").pk
    (line,) = look.propose(owing, as_of=TODAY, customers=[pk]).lines
    assert line.made.amounts == (("EUR", 69_000),)
    assert "EUR\xa0690.00 is due" in text(browser(owing, clock), link(owing))


def test_how_to_pay_is_as_in_the_mails(owing: Scope, clock: Clock) -> None:
    """The account, the reference of ISO 11649, and a code to scan; no button without a provider."""
    page = text(browser(owing, clock), link(owing) + "/pay")
    assert IBAN in page.replace(" ", "")
    reference = re.search(r"RF\d\d[A-Z0-9]+", page)[0]
    assert reference.endswith("C1EUR")
    assert "QR code for a bank transfer of EUR\xa0690.00" in page
    assert "<svg" in page
    assert "online" not in page


def test_the_code_to_scan_is_the_one_of_the_letters(
    owing: Scope, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An EPC code over what is due, to the account, with the reference on the page."""
    made: list[str] = []
    real = views.segno.make
    monkeypatch.setattr(views.segno, "make", lambda x, **more: made.append(x) or real(x, **more))
    page = text(browser(owing, clock), link(owing) + "/pay")
    reference = re.search(r"RF\d\d[A-Z0-9]+", page)[0]
    (payload,) = made
    lines = payload.split("\n")
    assert lines[:2] == ["BCD", "002"]
    assert lines[5:8] == ["Dunwell Works GmbH", IBAN, "EUR690.00"]
    assert lines[9] == reference


@pytest.mark.parametrize("language", phrases.LANGUAGES)
def test_every_page_speaks_every_language(owing: Scope, clock: Clock, language: str) -> None:
    """Each page is whole in each language, and says in which it is."""
    client, base = browser(owing, clock), link(owing)
    for where in PAGES:
        page = text(client, f"{base}{where}?l={language}")
        assert f'<html lang="{language}">' in page
        assert "{{" not in page
    assert f'<html lang="{language}">' in text(client, base), "the choice is kept"


def test_the_words_are_the_same_in_number_and_fields() -> None:
    """No language lacks a sentence, or a field of one."""

    def shape(found: Any, path: str = "") -> dict[str, tuple[str, ...]]:
        if isinstance(found, dict):
            out: dict[str, tuple[str, ...]] = {}
            for k, v in found.items():
                out |= shape(v, f"{path}.{k}")
            return out
        return {path: tuple(sorted(re.findall(r"{{ (\w+) }}", str(found))))}

    english = shape(phrases.phrases("en"))
    assert len(english) > 120
    for language in phrases.LANGUAGES:
        assert shape(phrases.phrases(language)) == english, language


def test_a_customer_is_met_in_their_own_language(owing: Scope, book: Book, clock: Clock) -> None:
    """The first page is in the customer's language, whatever the browser asks for."""
    book.customers(customer("C-3", language="fr", country="FR"))
    book.items(invoice("F-1", customer="C-3"))
    page = text(browser(owing, clock, HTTP_ACCEPT_LANGUAGE="de"), link(owing, "C-3"))
    assert '<html lang="fr">' in page


def test_the_statement_is_a_pdf_to_be_saved(owing: Scope, clock: Clock) -> None:
    """In the language of the page, under a name that says whose and when; nothing open is fine."""
    client, base = browser(owing, clock), link(owing)
    response = client.get(f"{base}/statement.pdf?l=de")
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"] == (
        'attachment; filename="Kontoauszug-C-1-2026-03-02.pdf"'
    )
    assert response["Content-Type"] == "application/pdf"


def test_what_a_parent_pays_for_stands_in_its_account(
    owing: Scope, book: Book, clock: Clock
) -> None:
    """A child's items are named by child and can be disputed; the child has no page of its own."""
    book.customers(customer("C-1A", parent="C-1", pays_via_parent=True))
    book.items(invoice("K-1", 3_000, customer="C-1A"))
    client, base = browser(owing, clock), link(owing)
    page = text(client, base)
    assert "K-1" in page
    assert "C-1A" in page
    done = send(client, f"{base}/dispute", items=[item(owing, "K-1")], code="price")
    assert done.status_code == 303
    (row,) = dispute.listed(owing, customer="C-1A", as_of=TODAY)
    assert row["items"][0]["number"] == "K-1"
    assert "Your query about K-1" in text(client, base)
    with pytest.raises(Exception, match="share theirs"):
        portal.open_link(owing, "C-1A", now=NOW)


def test_a_customer_another_one_pays_for_by_now_is_shown_nothing(
    owing: Scope, book: Book, clock: Clock
) -> None:
    """A link made before does not open the payer's account."""
    base = link(owing, "C-2")
    book.customers(customer("C-2", parent="C-1", pays_via_parent=True))
    assert browser(owing, clock).get(base).status_code == 404


def test_a_longer_account_costs_no_more_queries(owing: Scope, book: Book, clock: Clock) -> None:
    """Sixty items are read with as many queries as three."""
    client, base = browser(owing, clock), link(owing)
    client.get(base)
    with CaptureQueriesContext(connection) as few:
        client.get(base)
    book.items(*(invoice(f"X-{n}", 1_000 + n, po_number=f"P{n}") for n in range(60)))
    with CaptureQueriesContext(connection) as many:
        client.get(base)
    assert len(many) == len(few)


# --- what can be said -------------------------------------------------------------------------


def test_a_promise_stops_tonights_notice(owing: Scope, clock: Clock) -> None:
    """At once nothing goes out about what is promised; the account says so."""
    client, base = browser(owing, clock), link(owing)
    assert reason(owing) == ""
    done = send(client, f"{base}/promise", until="2026-03-09")
    assert (done.status_code, done["Location"]) == (303, f"{base}?said=promise")
    assert reason(owing) == "promise_open"
    page = text(client, done["Location"])
    assert "Your promise is noted" in page
    assert "You promised EUR\xa0700.00 by 9 March 2026." in page
    assert "EUR\xa0690.00 is due for payment now." in page, "a promise is no payment"
    (row,) = promise.listed(owing, customer="C-1", as_of=TODAY)
    assert (row["origin"], row["state"], row["amount_minor"]) == ("portal", "open", 70_000)
    with tx.reading(owing):
        (stop,) = models.Stop.objects.filter(organisation_id=owing.organisation_id)
    assert re.fullmatch(r"portal link \d+", stop.by)


def test_a_promise_stops_a_notice_that_waits_to_be_sent(owing: Scope, clock: Clock) -> None:
    """What the run recorded this morning is looked at again before it goes, and does not go."""
    look.record(owing, look.propose(owing, as_of=TODAY), mode="run", now=NOW)
    send(browser(owing, clock), f"{link(owing)}/promise", until="2026-03-09")
    mail = MemoryChannel()
    noon = NOW + dt.timedelta(hours=4)
    dispatch.run(owing, {"email": mail, "letter": mail}, worker="w", now=noon)
    with tx.reading(owing):
        states = dict(
            models.Action.objects.filter(organisation_id=owing.organisation_id).values_list(
                "customer__reference", "state"
            )
        )
    assert states == {"C-1": "cancelled", "C-2": "sent"}


def test_a_promise_far_ahead_waits_and_stops_nothing(owing: Scope, clock: Clock) -> None:
    """Beyond fourteen days a role confirms it first; beyond thirty it is refused kindly."""
    client, base = browser(owing, clock), link(owing)
    done = send(client, f"{base}/promise", until="2026-03-25")
    assert done["Location"].endswith("said=promise_asked")
    assert reason(owing) == ""
    assert "we still have to confirm it" in text(client, base)
    late = send(client, f"{base}/promise", until="2026-05-01", items=[item(owing, "R-3")])
    assert late.status_code == 409
    assert "too far ahead" in late.content.decode()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"until": "2026-02-27"}, "in the past"),
        ({"until": "2026-03-09", "amount": "0"}, "more than nothing"),
        ({"until": ""}, "Please fill this in"),
    ],
)
def test_what_cannot_be_promised_is_said_kindly(
    owing: Scope, clock: Clock, said: dict[str, str], words: str
) -> None:
    """The form comes back with what was wrong, and nothing is recorded."""
    response = send(browser(owing, clock), f"{link(owing)}/promise", **said)
    assert response.status_code in (409, 422)
    assert words in response.content.decode()
    assert promise.listed(owing, customer="C-1", as_of=TODAY) == []


def test_no_more_is_in_query_than_is_open(owing: Scope, clock: Clock) -> None:
    """A part is of one item, and not more than it; the words say which was wrong."""
    client, base, one = browser(owing, clock), link(owing), item(owing, "R-1")
    for items, amount, words in (
        ([one], "500.01", "more than is open"),
        ([one, item(owing, "R-2")], "10", "one item only"),
        ([], "", "Please choose what it is about"),
    ):
        said = {"items": items, "amount": amount, "code": "price"}
        response = send(client, f"{base}/dispute", **said)
        assert response.status_code in (409, 422)
        assert words in response.content.decode()
    assert dispute.listed(owing, customer="C-1", as_of=TODAY) == []


def test_a_form_sent_twice_is_done_once(owing: Scope, clock: Clock) -> None:
    """A second tap gives the same answer; the same form with other words is not taken."""
    client, base = browser(owing, clock), link(owing)
    where = f"{base}/dispute"
    said = {"key": key_of(client, where), "items": [item(owing, "R-1")], "code": "price"}
    assert client.post(where, said).status_code == 303
    assert client.post(where, said).status_code == 303
    assert len(dispute.listed(owing, customer="C-1", as_of=TODAY)) == 1
    other = client.post(where, said | {"code": "tax"})
    assert (other.status_code, b"sent already" in other.content) == (409, True)
    assert client.post(where, said | {"key": "short"}).status_code == 403


def test_a_dispute_comes_with_its_file(owing: Scope, clock: Clock) -> None:
    """It stops what it covers; the file is kept as personal data, and a person can save it."""
    client, base = browser(owing, clock), link(owing)
    file = SimpleUploadedFile("../../My proof.exe.pdf", PDF, "text/html")
    done = send(
        client, f"{base}/dispute", items=[item(owing, "R-1")], code="quantity",
        note="Three boxes were missing", file=file,
    )  # fmt: skip
    assert done["Location"].endswith("said=dispute")
    (row,) = dispute.listed(owing, customer="C-1", as_of=TODAY)
    assert (row["code"], row["note"]) == ("quantity", "Three boxes were missing")
    kept = upload.of_dispute(owing, row["id"])
    assert (kept.content, kept.suffix, kept.said_name) == (PDF, "pdf", "My proof.exe.pdf")
    assert kept.name(row["id"]) == f"dispute-{row['id']}.pdf"
    page = text(client, base)
    assert "in query: EUR\xa0500.00" in page
    assert "EUR\xa0190.00 is due for payment now." in page
    with tx.reading(owing):
        (opened,) = models.Task.objects.filter(organisation_id=owing.organisation_id)
    assert opened.kind == "dispute"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><script>alert(1)</script>", "must be a PDF"),
        (b"MZ\x90\x00", "must be a PDF"),
        (b"%PDF-1.7 " + b"x" * (upload.LARGEST - 8), "too large"),
        (b"", "empty"),
    ],
)
def test_a_file_that_may_not_come_in_is_refused(
    owing: Scope, clock: Clock, content: bytes, words: str
) -> None:
    """Whatever it calls itself: told by its bytes and its size, and no dispute is opened."""
    file = SimpleUploadedFile("proof.pdf", content, "application/pdf")
    response = send(
        browser(owing, clock), f"{link(owing)}/dispute", items=[item(owing, "R-1")], code="price",
        file=file,
    )  # fmt: skip
    assert response.status_code in (409, 422)
    assert words in response.content.decode()
    assert dispute.listed(owing, customer="C-1", as_of=TODAY) == []
    with tx.reading(owing):
        assert personal.subjects(owing, upload.SUBJECT, "content") == set()


def test_a_body_that_is_too_large_is_not_even_read(owing: Scope, clock: Clock) -> None:
    """Before anything is parsed, and without a link: nobody fills a disk here."""
    client = browser(owing, clock)
    for where in (f"{link(owing)}/dispute", f"/portal/{'x' * 43}/dispute"):
        response = client.generic(
            "POST", where, b"", CONTENT_LENGTH=str(bounds.LARGEST + 1),
            content_type="multipart/form-data; boundary=x",
        )  # fmt: skip
        assert response.status_code == 413
        assert "5 MB" in response.content.decode()


def test_a_plan_is_a_question_to_the_role(owing: Scope, clock: Clock) -> None:
    """Within the policy; it stops nothing until somebody approves it, and then it is shown."""
    client, base = browser(owing, clock), link(owing)
    assert "3 monthly instalments of about EUR\xa0233.34" in text(client, f"{base}/plan")
    done = send(client, f"{base}/plan", instalments="3", first_on="2026-03-20")
    assert done["Location"].endswith("said=plan")
    assert reason(owing) == ""
    (row,) = plan.listed(owing, customer="C-1", as_of=TODAY)
    assert (row["origin"], row["state"], len(row["instalments"])) == ("portal", "asked", 3)
    assert "waits for our answer" in text(client, base)
    approve.approve(owing, row["approval"], as_of=TODAY, now=NOW)
    assert reason(owing) == "plan_running"
    page = text(client, f"{base}/pay")
    assert "Next instalment" in page
    assert "EUR\xa0233.34" in page


def test_no_plan_is_offered_where_the_policy_offers_none(
    owing: Scope, book: Book, clock: Clock
) -> None:
    """Below the minimum there is no button, and the page behind it says why not."""
    book.customers(customer("C-4"))
    book.items(invoice("T-1", 4_000, customer="C-4"))
    client, base = browser(owing, clock), link(owing, "C-4")
    assert "Pay in instalments" not in text(client, base)
    assert "cannot be offered here" in text(client, f"{base}/plan")
    assert client.post(f"{base}/plan", {"instalments": "3"}).status_code == 200
    assert plan.listed(owing, customer="C-4", as_of=TODAY) == []


def test_a_question_pauses_the_case_until_it_is_read(owing: Scope, clock: Clock) -> None:
    """It comes in as a reply does, with a task; what is due stays due on the page."""
    client, base = browser(owing, clock), link(owing)
    done = send(client, f"{base}/ask", question="Which order is R-1 for?", name="Ann Lee")
    assert done["Location"].endswith("said=ask")
    assert reason(owing) == "reply_unread"
    (row,) = inbox.listed(owing, customer="C-1")
    assert (row["channel"], row["state"], row["from"]) == ("portal", "unread", "Ann Lee")
    assert inbox.shown(owing, row["id"])["words"] == "Which order is R-1 for?"
    (opened,) = task.listed(owing, customer="C-1", as_of=TODAY)
    assert opened["kind"] == "read_reply"
    assert "EUR\xa0690.00 is due for payment now." in text(client, base)
    inbox.close(owing, row["id"], outcome="question", on=TODAY, now=NOW)
    assert reason(owing) == ""


def test_a_contact_is_corrected_by_a_person_only(owing: Scope, clock: Clock) -> None:
    """A task with the words, kept as personal data; the address stays as it was."""
    client, base = browser(owing, clock), link(owing)
    page = text(client, f"{base}/contact")
    assert "a…@example.com" in page
    assert "ann.lee@example.com" not in page
    contact = re.search(r'<option value="(\d+)"', page)[1]
    done = send(
        client, f"{base}/contact", contact=contact, wrong="other", name="Bea Kern",
        email="bea@example.com", note="Ann left",
    )  # fmt: skip
    assert done["Location"].endswith("said=contact")
    (opened,) = task.listed(owing, customer="C-1", as_of=TODAY)
    assert opened["kind"] == "correct_contact"
    for words in ("Bea Kern", "bea@example.com", "Ann left"):
        assert words in opened["note"]
    with tx.reading(owing):
        said = personal.read(owing, "contact", [int(contact)], fields=["email"])
        (row,) = models.Task.objects.filter(organisation_id=owing.organisation_id)
    assert list(said.values()) == ["ann.lee@example.com"]
    assert "Bea" not in row.note


def test_every_record_tells_that_it_came_by_the_link(owing: Scope, clock: Clock) -> None:
    """Who did it is the link, by its number; the journal keeps no token and no words."""
    client, base = browser(owing, clock), link(owing)
    send(client, f"{base}/promise", until="2026-03-09", note="secret words")
    with tx.reading(owing):
        events = list(
            models.Event.objects.filter(organisation_id=owing.organisation_id).order_by("pk")
        )
        links = list(
            models.PortalLink.objects.filter(organisation_id=owing.organisation_id).values()
        )
    token = base.rpartition("/")[2]
    assert [e.verb for e in events if e.actor.startswith("portal link")] == [
        "words_kept", "promise_opened",
    ]  # fmt: skip
    kept = str([(e.actor, e.verb, e.refs) for e in events]) + str(links)
    assert token not in kept
    assert "secret words" not in kept
    assert hashlib.sha256(token.encode()).hexdigest() in kept


# --- what cannot be reached -------------------------------------------------------------------


def test_an_unknown_an_old_and_a_revoked_link_look_alike(owing: Scope, clock: Clock) -> None:
    """One page for all three, with nothing of the customer on it, for reading and for writing."""
    client = browser(owing, clock)
    old, revoked = link(owing, days=1), portal.open_link(owing, "C-1", now=NOW)
    portal.close_link(owing, revoked.id, now=NOW)
    clock.now += DAY
    seen = set()
    for base in (f"/portal/{'A' * 43}", old, f"/portal/{revoked.token}"):
        for where in (*PAGES, "/statement.pdf", "/paid"):
            response = client.get(base + where)
            assert response.status_code == 404
            seen.add(response.content)
        said = {"key": "k" * 20, "currency": "EUR", "until": "2026-03-09", "question": "?"}
        for where in ("/promise", "/ask", "/pay"):
            assert client.post(base + where, said).status_code == 404
    assert len(seen) == 1
    assert b"Lowry" not in seen.pop()
    assert promise.listed(owing, customer="C-1", as_of=TODAY) == []


def test_a_link_opens_until_its_last_moment_and_tells_when_it_was_used(
    owing: Scope, clock: Clock
) -> None:
    """Thirty days are thirty days; the list says when it was opened, never with what."""
    base = link(owing, days=30)
    clock.now += 30 * DAY - dt.timedelta(seconds=1)
    assert browser(owing, clock).get(base).status_code == 200
    (row,) = portal.listed(owing, customer="C-1", now=clock.now)
    assert (row["seen_at"], row["state"]) == (clock.now, "open")
    assert base.rpartition("/")[2] not in str(row)
    clock.now += dt.timedelta(seconds=1)
    assert browser(owing, clock).get(base).status_code == 404


def test_a_link_cannot_be_widened(owing: Scope, book: Book, clock: Clock) -> None:
    """Items, contacts and currencies of somebody else are refused whatever a form says."""
    client, base = browser(owing, clock), link(owing)
    other = item(owing, "S-1")
    with tx.reading(owing):
        theirs = models.Contact.objects.get(
            organisation_id=owing.organisation_id, customer__reference="C-2"
        ).pk
    for where, said in (
        ("/promise", {"until": "2026-03-09", "items": [other]}),
        ("/dispute", {"items": [other], "code": "price"}),
        ("/dispute", {"items": [item(owing, "R-1"), other], "code": "price"}),
        ("/contact", {"contact": theirs, "wrong": "gone"}),
        ("/promise", {"until": "2026-03-09", "currency": "USD"}),
        ("/plan", {"instalments": "3", "currency": "USD"}),
    ):
        assert send(client, base + where, **said).status_code == 422, where
    with tx.reading(owing):
        assert not models.Stop.objects.filter(organisation_id=owing.organisation_id).exists()
        assert not models.Task.objects.filter(organisation_id=owing.organisation_id).exists()
    for more in ("?customer=C-2", "/../C-2", "/customers/C-2", "/S-1"):
        assert "Vega" not in client.get(base + more).content.decode()


def test_what_a_form_lets_through_is_checked_again_at_the_desk(owing: Scope) -> None:
    """The desk knows the link's customer and entity, and takes nothing of another."""
    from dunwell.desk import guest

    made = portal.open_link(owing, "C-1", now=NOW)
    who = portal.enter(owing, made.token, address="192.0.2.1", now=NOW)
    with pytest.raises(Exception, match="not open in this account"):
        guest.object_to(
            who, items=[item(owing, "S-1")], amount=None, code="price", words="", file=None,
            key="k" * 20,
        )  # fmt: skip
    with pytest.raises(Exception, match="not one of this account"):
        guest.correct(who, guest.Correction(999_999, "gone"), key="k" * 20)


def test_a_link_is_for_one_entity_alone(book: Book, clock: Clock, database: Any) -> None:
    """What the same customer owes to a sister company is neither shown nor touched."""
    two = found_organisation(
        "twins", found.NewEntity("ONE", "EUR", "Europe/Berlin", "DE"),
        found.NewEntity("TWO", "EUR", "Europe/Berlin", "DE"),
    )  # fmt: skip
    mine = Book(two)
    mine.customers(customer("C-1"))
    mine.items(invoice("A-1", entity="ONE"), invoice("B-1", entity="TWO"))
    client, base = browser(two, clock), link(two, entity="ONE")
    page = text(client, base)
    assert "A-1" in page
    assert "B-1" not in page
    said = {"until": "2026-03-09", "items": [item(two, "B-1")]}
    assert send(client, f"{base}/promise", **said).status_code == 422
    send(client, f"{base}/promise", until="2026-03-09")
    (row,) = promise.listed(two, customer="C-1", as_of=TODAY)
    assert row["entity"] == "ONE"
    with pytest.raises(Exception, match="several entities"):
        portal.open_link(two, "C-1", now=NOW)


def test_a_link_of_one_organisation_opens_nothing_of_another(owing: Scope, clock: Clock) -> None:
    """The same token at another organisation's door is no link."""
    base = link(owing)
    assert browser(found_organisation("other"), clock).get(base).status_code == 404


def test_a_link_cannot_be_guessed(owing: Scope, clock: Clock) -> None:
    """After thirty unknown tokens an address must wait; a valid link still opens from there."""
    client, base = browser(owing, clock), link(owing)
    answers = [client.get(f"/portal/{n:043d}").status_code for n in range(40)]
    assert answers == [404] * tries.AN_ADDRESS + [429] * 10
    assert client.get(base).status_code == 200
    elsewhere = browser(owing, clock, REMOTE_ADDR="127.0.0.2")
    assert elsewhere.get(f"/portal/{'B' * 43}").status_code == 404
    clock.now += dt.timedelta(seconds=tries.WINDOW)
    assert client.get(f"/portal/{'B' * 43}").status_code == 404


@pytest.mark.parametrize("token", ["x", "A" * 42, "A" * 44, "é" * 43, "..", "A" * 4000])
def test_what_looks_like_no_link_is_none(owing: Scope, clock: Clock, token: str) -> None:
    """Other lengths and letters are refused like any unknown link."""
    assert browser(owing, clock).get(f"/portal/{token}").status_code == 404


def test_the_tokens_are_long_and_all_different(owing: Scope) -> None:
    """Each holds 256 bits."""
    made = {portal.open_link(owing, "C-1", now=NOW).token for _ in range(20)}
    assert len(made) == 20
    assert {len(t) for t in made} == {43}


def test_a_form_from_elsewhere_does_nothing(owing: Scope, clock: Clock) -> None:
    """Without the token of a page of ours nothing is recorded; the refusal is a page of ours."""
    client, base = browser(owing, clock, checks=True), link(owing)
    page = text(client, f"{base}/promise")
    said = {"key": re.search(r'name="key" value="([\w-]+)"', page)[1], "currency": "EUR"}
    said |= {"until": "2026-03-09"}
    foreign = client.post(f"{base}/promise", said)
    assert foreign.status_code == 403
    assert "not sent from this page" in foreign.content.decode()
    assert "To the desk" not in foreign.content.decode()
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    said["csrfmiddlewaretoken"] = token
    away = client.post(f"{base}/promise", said, HTTP_ORIGIN="https://evil.example")
    assert away.status_code == 403
    assert promise.listed(owing, customer="C-1", as_of=TODAY) == []
    ours = client.post(f"{base}/promise", said, HTTP_ORIGIN="http://127.0.0.1:8000")
    assert ours.status_code == 303


def test_the_address_does_not_leak(owing: Scope, clock: Clock) -> None:
    """No other host learns it, nothing keeps it, no index lists it, and nothing else is loaded."""
    client, base = browser(owing, clock), link(owing)
    for where in (*PAGES, "/statement.pdf", "/nothing"):
        response = client.get(base + where)
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Cache-Control"] == "no-store, private"
        assert response["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert response["X-Frame-Options"] == "DENY"
        assert "'unsafe-inline'" not in response["Content-Security-Policy"]
        page = response.content.decode("utf-8", "replace")
        if where != "/statement.pdf":
            assert 'name="robots" content="noindex' in page
            assert not re.search(r'(src|href|action)="(https?:)?//', page)
            assert "<script" not in page
            assert " style=" not in page


def test_the_address_stands_in_no_log(
    owing: Scope, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """A page refused or a form not taken is logged without what opens the account."""
    client, base = browser(owing, clock, checks=True), link(owing)
    with caplog.at_level(logging.INFO):
        client.post(f"{base}/promise", {})
        client.get(f"{base}/nothing/here")
        send(browser(owing, clock), f"{base}/promise", until="")
    assert "/portal/…" in caplog.text
    assert base.rpartition("/")[2] not in caplog.text


def test_nobody_at_a_link_is_at_the_desk(owing: Scope, clock: Clock) -> None:
    """A link opens no page of the desk, and a person signed in needs a link like anybody."""
    client, base = browser(owing, clock), link(owing)
    client.get(base)
    for where in ("/", "/customers/C-1", "/do/hold/C-1", "/worklist"):
        assert client.get(where).status_code == 302
    user(owing, "eva", "manager")
    assert client.post("/sign-in", {"name": "eva", "password": WORDS}).status_code == 303
    assert client.get(f"/portal/{'C' * 43}").status_code == 404


def test_a_bug_of_ours_is_a_kind_page(
    owing: Scope, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The customer reads that it is our fault; the log has the details."""

    def fails(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(views.owing, "account", fails)
    response = browser(owing, clock).get(link(owing))
    assert response.status_code == 500
    assert "on our side" in response.content.decode()
    assert "ZeroDivisionError" in caplog.text


# --- paying online ----------------------------------------------------------------------------


@pytest.fixture
def stripe(owing: Scope) -> Iterator[double.Double]:
    """A stand-in for the provider, and settings that name it."""
    made = double.Double()
    url = made.start()
    (there := settings.HOME / "settings.yaml").write_text(
        f"pay: {{provider: stripe, key: {double.KEY}, url: '{url}'}}\n", "utf-8"
    )
    yield made
    made.stop()
    there.unlink()


def test_a_customer_pays_online_and_a_person_is_told(
    owing: Scope, clock: Clock, stripe: double.Double
) -> None:
    """The amount is ours, the way back holds no key, and what was paid pauses the case, once."""
    client, base = browser(owing, clock), link(owing)
    page = text(client, f"{base}/pay")
    assert "Pay EUR\xa0690.00 online" in page
    key = re.search(r'name="key" value="([\w-]+)"', page)[1]
    said = {"key": key, "currency": "EUR", "what": "now", "minor": "1"}
    leaving = client.post(f"{base}/pay", said)
    assert leaving.status_code == 200
    assert f'href="{stripe.url}/pay/cs_test_00000001"' in leaving.content.decode()
    (form,) = stripe.forms
    assert form["line_items[0][price_data][unit_amount]"] == "69000"
    assert form["line_items[0][price_data][currency]"] == "eur"
    assert form["client_reference_id"].startswith("RF")
    assert base.rpartition("/")[2] not in str(form)
    where = stripe.pay("cs_test_00000001").removeprefix("http://127.0.0.1:8000")
    done = client.get(where)
    assert done["Location"] == f"{base}/paid?session=cs_test_00000001"
    home = client.get(done["Location"])
    assert home["Location"] == f"{base}?said=paid"
    assert "reported to us" in text(client, home["Location"])
    assert reason(owing) == "reply_unread"
    client.get(done["Location"])
    (row,) = inbox.listed(owing, customer="C-1")
    words = inbox.shown(owing, row["id"])["words"]
    assert "EUR 690.00" in words
    assert "pi_cs_test_00000001" in words


def test_a_payment_is_believed_from_the_provider_only(
    owing: Scope, clock: Clock, stripe: double.Double
) -> None:
    """One not made, somebody else's, or a number made up: nothing is recorded."""
    client, base = browser(owing, clock), link(owing)
    other, theirs = browser(owing, clock), link(owing, "C-2")
    for who, where in ((client, base), (other, theirs)):
        key = key_of(who, f"{where}/pay")
        who.post(f"{where}/pay", {"key": key, "currency": "EUR", "what": "now"})
    stripe.pay("cs_test_00000002")
    for session in ("cs_test_00000001", "cs_test_00000002", "cs_test_9", "../../x", ""):
        home = client.get(f"{base}/paid", {"session": session})
        assert home["Location"].endswith("said=unpaid")
    assert inbox.listed(owing) == []
    assert b"You may close this page" in browser(owing, clock).get("/portal/back").content


@pytest.mark.parametrize("wrong", [{"what": "half"}, {"currency": "USD"}, {"what": ""}])
def test_only_what_is_offered_can_be_paid(
    owing: Scope, clock: Clock, stripe: double.Double, wrong: dict[str, str]
) -> None:
    """Amount and currency are looked up, never taken from the form."""
    client, base = browser(owing, clock), link(owing)
    said = {"key": key_of(client, f"{base}/pay"), "currency": "EUR", "what": "now"}
    assert client.post(f"{base}/pay", said | wrong).status_code == 503
    assert stripe.forms == []


def test_a_provider_that_does_not_answer_is_no_dead_end(
    owing: Scope, clock: Clock, stripe: double.Double
) -> None:
    """The page comes back with the bank details and a kind word."""
    client, base = browser(owing, clock), link(owing)
    stripe.status = 500
    said = {"key": key_of(client, f"{base}/pay"), "currency": "EUR", "what": "now"}
    response = client.post(f"{base}/pay", said)
    assert response.status_code == 503
    page = response.content.decode()
    assert "does not answer at the moment" in page
    assert IBAN in page.replace(" ", "")


def test_settings_that_are_wrong_take_the_button_away_and_no_more(
    owing: Scope, clock: Clock
) -> None:
    """Bank details are shown all the same."""
    (settings.HOME / "settings.yaml").write_text("pay: {provider: other, key: x}\n", "utf-8")
    page = text(browser(owing, clock), f"{link(owing)}/pay")
    assert "online" not in page
    assert IBAN in page.replace(" ", "")


# --- at the desk -----------------------------------------------------------------------------


def test_what_a_customer_said_stands_at_the_desk(owing: Scope, clock: Clock) -> None:
    """On the customer's page, in the lists, with the file to save for those who may."""
    client, base = browser(owing, clock), link(owing)
    send(client, f"{base}/promise", until="2026-03-09", items=[item(owing, "R-2")])
    file = SimpleUploadedFile("photo.pdf", PDF)
    said = {"items": [item(owing, "R-1")], "code": "price", "note": "Too dear", "file": file}
    send(client, f"{base}/dispute", **said)
    send(client, f"{base}/ask", question="Who looks after us?", name="Ann Lee")
    user(owing, "eva", "collector")
    desk = browser(owing, clock)
    desk.post("/sign-in", {"name": "eva", "password": WORDS})
    page = text(desk, "/customers/C-1").lower()
    for word in ("promise", "dispute", "reply"):
        assert word in page
    (row,) = dispute.listed(owing, customer="C-1", as_of=TODAY)
    settle = text(desk, f"/cases/disputes/{row['id']}/settle")
    assert "Too dear" in settle
    saved = desk.get(re.search(r'href="(/cases/disputes/\d+/file)"', settle)[1])
    assert saved.content == PDF
    assert saved["Content-Type"] == "application/octet-stream"
    assert saved["Content-Disposition"] == f'attachment; filename="dispute-{row["id"]}.pdf"'
    assert "sandbox" in saved["Content-Security-Policy"]
    user(owing, "ron", "reader")
    desk.post("/sign-in", {"name": "ron", "password": WORDS})
    assert desk.get(f"/cases/disputes/{row['id']}/file").status_code == 403


# --- sharing ----------------------------------------------------------------------------------

WORDS = "a sentence nobody guesses"


def user(scope: Scope, name: str, *roles: str) -> None:
    """Add a user with a password."""
    found.add_user(scope, name, roles=roles, now=NOW)
    access.accept(scope, access.invite(scope, name, now=NOW), WORDS, now=NOW)


def test_a_link_is_shared_from_the_customers_page_and_shown_once(
    owing: Scope, clock: Clock
) -> None:
    """The page after it holds the link; undone, the link opens nothing."""
    user(owing, "eva", "collector")
    desk = browser(owing, clock)
    desk.post("/sign-in", {"name": "eva", "password": WORDS})
    assert desk.post("/do/share/C-1", {"days": "10", "entity": "MAIN"}).status_code == 303
    page = desk.get("/customers/C-1").content.decode()
    base = re.search(r"http://127\.0\.0\.1:8000(/portal/[\w-]{43})", page)[1]
    assert base not in desk.get("/customers/C-1").content.decode()
    guest = browser(owing, clock)
    assert "Lowry" in text(guest, base)
    where = re.search(r'action="(/undo/share/\d+)"', page)[1]
    assert desk.post(where).status_code == 303
    assert guest.get(base).status_code == 404
    (row,) = portal.listed(owing, customer="C-1", now=NOW)
    assert (row["made_by"], row["state"], row["expires_at"]) == ("eva", "revoked", NOW + 10 * DAY)


@pytest.mark.parametrize("role", authority.ROLES)
def test_who_may_share_is_said_by_the_roles(owing: Scope, clock: Clock, role: str) -> None:
    """Collectors, account managers and managers; nobody else opens the form."""
    user(owing, "eva", role)
    desk = browser(owing, clock)
    desk.post("/sign-in", {"name": "eva", "password": WORDS})
    allowed = role in ("collector", "account_manager", "manager")
    assert (desk.get("/do/share/C-1").status_code == 200) is allowed
    assert (desk.post("/do/share/C-1", {"days": "10"}).status_code == 303) is allowed


def test_the_portal_and_the_desk_name_the_same_things() -> None:
    """The two doors know nothing of each other; what a request carries is called alike."""
    assert (views.SCOPE, views.CLOCK) == (server.SCOPE, server.CLOCK)


def test_letterheads_are_what_the_desk_keeps(owing: Scope, clock: Clock) -> None:
    """Bank details follow the letterhead; a currency without any says so."""
    letterhead.keep(owing, "MAIN", letterhead.Letterhead(name="New Name"), now=NOW)
    page = text(browser(owing, clock), f"{link(owing)}/pay")
    assert IBAN not in page.replace(" ", "")
    assert "no bank details here" in page


def test_what_is_paid_leaves_the_account(owing: Scope, book: Book, clock: Clock) -> None:
    """Settled in full, the page says thank you, and every page still opens."""
    book.payments(payment("P-1", 76_000, items=[("R-1", None), ("R-2", None), ("R-3", 6_000)]))
    client, base = browser(owing, clock), link(owing)
    assert "Nothing is open. Thank you." in text(client, base)
    for where in PAGES:
        assert client.get(base + where).status_code == 200
    assert client.get(f"{base}/statement.pdf").content.startswith(b"%PDF-")


def test_what_is_in_query_is_in_no_amount_to_pay(owing: Scope, clock: Clock) -> None:
    """Not in what is due now, nor in all that may be paid, which then is not called the balance."""
    client, base = browser(owing, clock), link(owing)
    assert "Balance" in text(client, f"{base}/pay")
    send(client, f"{base}/dispute", items=[item(owing, "R-1")], code="price")
    page = text(client, f"{base}/pay")
    assert "EUR\xa0190.00" in page
    assert "EUR\xa0260.00" in page
    assert "Balance" not in page
    assert "without what is in query" in page
