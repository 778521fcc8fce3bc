"""Finding one's way: by an invoice's number, between who pays for whom, from the worklist on."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from test_web import client_of, main_of, seen

from dunwell.core.scope import Scope
from dunwell.desk import dispute
from helpers import NOW, TODAY, Book, customer, invoice


@pytest.fixture
def owing(scope: Scope, book: Book) -> Scope:
    """C-1 pays for C-2; C-3 has an item of the same number as C-1."""
    book.customers(
        customer("C-1", name="Vega Holding"),
        customer("C-2", name="Vega Print", parent="C-1", pays_via_parent=True),
        customer("C-3", name="Lowry"),
    )
    book.items(
        invoice("R-1", 90_000), invoice("R-2", customer="C-2"), invoice("r-3", customer="C-3"),
        invoice("R-1", customer="C-3"),
    )  # fmt: skip
    return scope


def test_an_invoices_number_leads_to_whoever_has_it(owing: Scope) -> None:
    """One customer: straight to its items, on the day looked at; several are listed."""
    client = client_of(owing)
    found = client.get("/customers?q=r-2&as_of=2026-03-05")
    assert (found.status_code, found["Location"]) == (302, "/customers/C-2?as_of=2026-03-05#items")
    assert client.get("/customers?q=r-3")["Location"] == "/customers/C-3#items"
    both = seen(main_of(client.get("/customers?q=R-1").content.decode()))
    assert "2 customers found" in both
    assert "0 customers found" in seen(main_of(client.get("/customers?q=R-9").content.decode()))
    by_name = client.get("/customers?q=vega")
    assert "2 customers found" in seen(main_of(by_name.content.decode()))


def test_a_payer_and_those_it_pays_for_name_each_other(owing: Scope) -> None:
    """Their items stand on one ladder, so each page says whose they are."""
    client = client_of(owing)
    payer = client.get("/customers/C-1").content.decode()
    assert "Pays for Vega Print too" in seen(main_of(payer))
    assert "R-2" in payer
    child = seen(main_of(client.get("/customers/C-2").content.decode()))
    assert "Paid by Vega Holding, who hears about it" in child
    other = seen(main_of(client.get("/customers/C-3").content.decode()))
    assert "Pays for" not in other
    assert "Paid by" not in other


def test_what_comes_next_on_the_worklist_has_a_door(owing: Scope) -> None:
    """A form where one does it, else the list with this customer's part of it."""
    dispute.open_dispute(
        owing, "C-3", items=["r-3", "R-1"], amount_minor=None, code="price", note="",
        on=TODAY - dt.timedelta(days=20), due_on=TODAY - dt.timedelta(days=9), now=NOW,
    )  # fmt: skip
    client = client_of(owing)
    page = main_of(client.get("/worklist").content.decode())
    rows = re.findall(r'<td role="cell" class="next-do"><a href="([^"]+)"[^>]*>([^<]+)</a>', page)
    assert ("/cases/disputes?customer=C-3", "answer dispute") in rows
    assert len(rows) == page.count('class="next-do"')
    for href, _ in rows:
        assert client.get(href).status_code == 200
