"""A reminder of a plan's instalment on every page that shows what goes, and went: in words."""

from __future__ import annotations

import datetime as dt

import pytest
from command import dunwell
from django.test import Client
from test_web import client_of, links, main_of, seen

from dunwell.core.scope import Scope
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import approve, dispatch, evidence, found, look, plan, release
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, instant, invoice

DAY = dt.timedelta(days=1)
FIRST = dt.date(2026, 3, 17)
GOES = dt.date(2026, 3, 13)
"""Three days before the first instalment is a Saturday, so it goes on the Friday before."""
WHY = "is due on 17 March 2026."


@pytest.fixture
def planned(scope: Scope, book: Book) -> Scope:
    """C-1 pays in three instalments, the first of EUR 300.00 due on FIRST."""
    book.customers(customer("C-1", name="Lowry Works"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 20 * DAY))
    found.add_user(scope, "cleo", roles=["manager"], now=NOW)
    plan.open_plan(scope, "C-1", instalments=3, first_on=FIRST, on=TODAY, now=NOW)
    (asked,) = approve.listed(scope)
    approve.approve(scope._replace(actor="cleo"), asked["key"], as_of=TODAY, now=NOW)
    return scope


def words(client: Client, path: str) -> str:
    """Return the words of a page's own part."""
    response = client.get(path)
    assert response.status_code == 200, (path, response.content)
    return seen(main_of(response.content.decode()))


def went(scope: Scope) -> models.Action:
    """Look at the day, hand its reminder over, and return it as it was sent."""
    look.record(scope, look.propose(scope, as_of=GOES), mode="run", now=instant(GOES, 1))
    routes = {"email": MemoryChannel()}
    assert dispatch.run(scope, routes, worker="w", now=instant(GOES, 9)).sent == 1
    with tx.reading(scope):
        return models.Action.objects.get(organisation_id=scope.organisation_id)


def test_before_it_goes_it_stands_on_every_page_in_words(planned: Scope) -> None:
    """The first screen, tonight's list, the customer's page, and the message itself."""
    client = client_of(planned, at=instant(GOES, 6))
    assert "Instalment reminder friendly" in words(client, "/")
    for path in ("/tonight", "/tonight?step=instalment_reminder"):
        said = words(client, path)
        assert "Instalment reminder" in said
        assert "EUR 300.00" in said
        assert WHY in said
    said = words(client, "/customers/C-1")
    assert "Instalment reminder" in said
    page = client.get("/tonight").content.decode()
    (door,) = {a for a in links(page) if a.startswith("/message/")}
    assert "Instalment reminder to Lowry Works" in words(client, door)
    mail = client.get(f"{door}/mail.html").content.decode()
    assert "Total to pay" in mail


def test_a_proposal_speaks_of_it_and_is_released(planned: Scope) -> None:
    """Saved, shown line by line, released, and where it is."""
    client = client_of(planned, at=instant(GOES, 6))
    number = release.save(planned, look.propose(planned, as_of=GOES), now=instant(GOES, 6))
    assert "Instalment reminder" in words(client, f"/proposal/{number}")
    done = release.run(planned, number, drop={}, now=instant(GOES, 6))
    assert (len(done.lines), done.dropped) == (1, [])


def test_after_it_went_it_is_told_of_in_words(planned: Scope) -> None:
    """The customer's page, the message as sent, the journal, a past day, the evidence file."""
    action = went(planned)
    client = client_of(planned, at=instant(GOES, 12))
    assert "Instalment reminder by e-mail: sent" in words(client, "/customers/C-1")
    assert "Instalment reminder" in words(client, f"/sent/{action.pk}")
    for path in ("/journal", "/silence", "/cases/plans", "/worklist", f"/?as_of={GOES}"):
        assert client.get(path).status_code == 200, path
    made = evidence.make(planned, "C-1", as_of=GOES, now=instant(GOES, 20))
    assert made.archive


def test_the_commands_tell_of_it(planned: Scope) -> None:
    """Proposed with nothing demanded and the instalment's amount; explained in a sentence."""
    at = f"{GOES}T08:00+01:00"
    (act,) = dunwell("propose", "--format", "json", at=at).json["acts"]
    assert (act["step"], act["tone"], act["items"], act["takes"]) == (
        "instalment_reminder", "friendly", [], {},
    )  # fmt: skip
    assert act["amounts"] == [{"currency": "EUR", "amount_minor": 30_000}]
    assert act["why"].endswith(WHY)
    assert "Instalment reminder (friendly) by email" in dunwell("explain", "C-1", at=at).out
    assert "instalment_reminder" in dunwell("propose", at=at).out
