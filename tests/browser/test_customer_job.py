"""Job 9: a customer, on a telephone, behind the link they were sent."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from looking import Served, violations

from dunwell.desk import dispute, look, portal, promise, trail, upload
from dunwell.store import tx
from dunwell.store.records import setup
from helpers import NOW, TODAY, Book, customer, invoice

pytestmark = pytest.mark.one_database
DAY = dt.timedelta(days=1)
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
IBAN = "DE89370400440532013000"


@pytest.fixture
def link(served: Served, book: Book) -> str:
    """C-1 would hear of two late invoices tonight, and has a link to their account."""
    setup.record_letterhead(
        served.scope, "MAIN", name="Dunwell Works GmbH", sender={"email": "ar@example.com"},
        bank={"EUR": {"account_name": "Dunwell Works GmbH", "iban": IBAN}}, at=NOW,
    )  # fmt: skip
    book.customers(customer("C-1", name="Lowry Sign Works"))
    book.items(invoice("R-1", 50_000), invoice("R-2", 20_000, due_on=TODAY - 10 * DAY))
    return f"/portal/{portal.open_link(served.scope, 'C-1', now=NOW).token}"


def tonight(served: Served) -> str:
    """Return what the evening would do about C-1: the step, or why nothing."""
    (line,) = [x for x in look.propose(served.scope, as_of=TODAY).lines if x.customer == "C-1"]
    return str(getattr(line.made, "step", "") or line.made.reason)


def looked(page: Any) -> None:
    """Look at a page: nothing hinders anybody, and nothing runs off a phone."""
    assert violations(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_customer_promises_objects_and_sees_how_to_pay(
    page: Any, served: Served, link: str, tmp_path: Path
) -> None:
    """The promise stops tonight's notice at once, the dispute stands with its file."""
    assert tonight(served) == "first_reminder"
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(link)
    assert "EUR 700.00 is due" in page.inner_text(".lead").replace("\xa0", " ")
    looked(page)
    page.click("nav.do a[href$='/promise']")
    looked(page)
    page.fill("[name=until]", str(TODAY + 4 * DAY))
    page.click("button.main")
    page.wait_for_selector(".done")
    looked(page)
    with tx.reading(served.scope):
        (made,) = promise.listed(served.scope, customer="C-1", as_of=TODAY)
    assert (made["by_on"], made["state"]) == (TODAY + 4 * DAY, "open")
    assert tonight(served) == "promise_open"

    page.click("nav.do a[href$='/dispute']")
    looked(page)
    page.get_by_label("R-1").check()
    page.select_option("[name=code]", "quantity")
    page.fill("[name=note]", "three boxes short")
    (tmp_path / "delivery note.pdf").write_bytes(PDF)
    page.set_input_files("[name=file]", tmp_path / "delivery note.pdf")
    page.click("button.main")
    page.wait_for_selector(".done")
    with tx.reading(served.scope):
        (row,) = dispute.listed(served.scope, customer="C-1", as_of=TODAY)
    assert (row["code"], row["state"]) == ("quantity", "open")
    assert upload.of_dispute(served.scope, row["id"]).content == PDF

    page.click("nav.do a[href$='/pay']")
    looked(page)
    said = page.inner_text("main")
    assert IBAN in said.replace(" ", "")
    assert "RF" in said
    assert page.locator(".qr svg").count() == 1
    assert trail.verify(served.scope).ok
