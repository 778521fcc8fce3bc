"""Limits of contact on a page: what each company keeps to, what was asked for, who is held."""

from __future__ import annotations

import datetime as dt
import html

import pytest
from django.test import Client
from test_web import client_of, main_of, seen

from dunwell.core.inbound import Inbound
from dunwell.core.scope import Scope
from dunwell.desk import call, found, inbox, law, note
from helpers import NOW, TODAY, Book, customer, invoice

WHERE = "/settings/contact"


@pytest.fixture
def held(scope: Scope, book: Book) -> Scope:
    """C-1 was written to today, C-2 wants no mail, C-3 nothing special."""
    book.customers(*(customer(f"C-{n}", name=f"Customer <{n}>") for n in (1, 2, 3)))
    book.items(*(invoice(f"R-{n}", 60_000, customer=f"C-{n}") for n in (1, 2, 3)))
    said = note.Said("wrote", contacted="email")
    note.open_note(scope, "C-1", said, on=TODAY, today=TODAY, now=NOW)
    stop = Inbound(
        file="s.eml", kind="stop", channel="email", sha256="a" * 64, sender="c-2@example.com",
        received_at=NOW, words="Stop",
    )  # fmt: skip
    inbox.take(scope, [stop], now=NOW)
    return scope


def text(client: Client, path: str, status: int = 200) -> str:
    """Return a page."""
    response = client.get(path)
    assert response.status_code == status, response.content
    return str(response.content.decode())


def test_the_limits_in_force_stand_with_their_numbers(held: Scope) -> None:
    """Hours, distance, seasons and calendar of each company's policy."""
    said = seen(main_of(text(client_of(held), WHERE)))
    assert "classic v1" in said
    assert "09:00\N{EN DASH}17:00" in said
    assert "12-24 to 01-01" in said
    assert "unsubscribe" in said


def test_who_is_held_now_is_a_door_to_the_silence(held: Scope) -> None:
    """The sentence counts what the list of that reason holds."""
    client = client_of(held)
    page = main_of(text(client, WHERE))
    assert "were contacted recently" in page
    assert 'href="/silence/too_soon">1</a>' in page
    assert "1 of them were contacted recently" in seen(text(client, "/silence/too_soon"))
    assert f'href="{WHERE}"' in text(client, "/silence")


def test_an_opt_out_is_counted_and_its_contact_named(held: Scope) -> None:
    """Each channel opens the contacts without consent; a channel nobody left opens nothing."""
    client = client_of(held)
    page = main_of(text(client, WHERE))
    assert f'href="{WHERE}?without=email#without">1</a>' in page
    listed = main_of(text(client, f"{WHERE}?without=email"))
    assert 'href="/customers/C-2#contacts"' in listed
    assert "Customer <2>" in html.unescape(listed)
    assert "opted out" in listed
    assert "/customers/C-1" not in listed
    text(client, f"{WHERE}?without=sms", 404)


def test_rows_of_law_stand_with_their_source_as_soon_as_they_are_added(held: Scope) -> None:
    """What is shipped, and what was added here; a row of another rule is not contact."""
    client = client_of(held)
    assert "12 CFR 1006.6(b)(1)" in html.unescape(text(client, WHERE))
    law.add(
        held, jurisdiction="DE", rule="calls_in_7_days", value="3", first=TODAY, last=None,
        source="our own rule", debtor_type="consumer", creditor_role="any", now=NOW,
    )  # fmt: skip
    page = seen(text(client, WHERE))
    assert "our own rule" in page
    assert "added here" in page
    assert "reference rate" not in page


def test_everybody_may_read_the_limits_and_only_an_admin_the_other_settings(held: Scope) -> None:
    """A collector sees the page alone, without doors that would refuse."""
    found.add_user(held, "cole", roles=["collector"], now=NOW)
    client = client_of(held._replace(actor="cole"))
    page = main_of(text(client, WHERE))
    assert 'href="/settings"' not in page
    assert "/settings/webhooks" not in page
    text(client, "/settings", 403)
    said = call.Said(outcome="reached", on=TODAY)
    call.open_call(held, "C-3", said, today=TODAY, now=NOW + dt.timedelta(hours=1))
    assert 'href="/silence/too_soon">2</a>' in text(client, WHERE)
