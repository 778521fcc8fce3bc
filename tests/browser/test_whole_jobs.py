"""The longer jobs of the desk, walked from end to end; the book says afterwards what was done."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from looking import Served, violations
from playwright.sync_api import expect

from dunwell.core import money
from dunwell.core.rows import ContactRow, HistoryRow
from dunwell.desk import (
    checklist,
    found,
    look,
    measure,
    placement,
    publish,
    release,
    report,
    trail,
)
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, invoice, payment

pytestmark = pytest.mark.one_database
DAY = dt.timedelta(days=1)
LEDGER = """Offene Posten;;;;;;;
Stand 31.01.2026;;;;;;;
Debitor;Name 1;Beleg;Art;Belegdatum;Nettofällig;Betrag;Offen
471;Müller;90001;RE;05.01.2026;04.02.2026;1.234,50;1.234,50
471;Müller;90002;RE;05.01.2026;31.02.2026;310,00;310,00
471;Müller;90003;GS;07.01.2026;07.01.2026;-50,00;-50,00
472;Lüders;90004;RE;08.12.2025;07.01.2026;1.000,00;725,00
Summe;;;;;;2.494,50;2.219,50
""".encode("cp1252")


def looked(page: Any) -> None:
    """Look at the page a job has come to: axe-core finds no violation on it."""
    assert violations(page) == [], page.url


def journal(served: Served) -> list[str]:
    """Return what the journal says was done, by whom, oldest first; its chain holds."""
    assert trail.verify(served.scope).ok
    with tx.reading(served.scope):
        rows = models.Event.objects.filter(organisation_id=served.scope.organisation_id)
        return list(rows.order_by("pk").values_list("verb", flat=True))


def goes(served: Served) -> set[str]:
    """Return who would hear something this evening."""
    lines = look.propose(served.scope, as_of=TODAY).lines
    return {x.customer for x in lines if hasattr(x.made, "step")}


def waits(served: Served, who: str) -> str:
    """Return why a customer would hear nothing this evening."""
    (line,) = [x for x in look.propose(served.scope, as_of=TODAY).lines if x.customer == who]
    return str(getattr(line.made, "reason", ""))


def test_a_foreign_ledger_is_mapped_tried_tied_out_and_taken_in(
    page: Any, served: Served, tmp_path: Path
) -> None:
    """Job 1: what the German list says stands in the book to the cent, the bad row outside."""
    (tmp_path / "op.csv").write_bytes(LEDGER)
    page.goto("/import")
    looked(page)
    page.set_input_files("#file", tmp_path / "op.csv")
    page.click("button.main")
    page.wait_for_url("**/columns")
    assert "7 columns are proposed" in page.inner_text("main")
    looked(page)
    page.get_by_label("RE means").select_option("invoice")
    page.get_by_label("GS means").select_option("credit_note")
    page.get_by_text("Amounts below zero are credit notes").click()
    page.get_by_text("The file itself").click()
    page.get_by_label("Leave out lines that begin with").fill("Summe")
    page.fill("#as_of_file", "2026-01-31")
    page.click("button.main")
    page.wait_for_selector("text=3 rows would come in")
    assert page.inner_text("mark") == "31.02.2026"
    looked(page)
    page.get_by_label("What your ledger says is open in EUR").fill("2.219,50")
    page.click("text=Compare")
    assert "off by" in page.inner_text(".tie")
    page.get_by_label("What your ledger says is open in EUR").fill("1.909,50")
    page.click("text=Compare")
    assert "ties out" in page.inner_text(".tie")
    page.click("text=Take it in")
    page.wait_for_selector("text=3 rows came in")
    looked(page)
    aged = report.aging_rows(served.scope, as_of=TODAY, by="customer", entity=None)
    assert {r.key: r.total for r in aged.rows} == {"471": 123_450 - 5_000, "472": 72_500}
    assert "imported" in journal(served)


def test_tonight_is_read_one_dropped_one_held_and_the_rest_released(
    page: Any, served: Served, book: Book, home: Path
) -> None:
    """Job 2: exactly the one message that was left goes out, as it was read before."""
    book.customers(*(customer(f"C-{n}", name=f"Firm {n}") for n in (1, 2, 3)))
    book.items(*(invoice(f"R-{n}", 10_000 * n, customer=f"C-{n}") for n in (1, 2, 3)))
    page.goto("/tonight")
    looked(page)
    page.click("tr[data-customer='C-1'] a[href^='/message/']")
    page.wait_for_url("**/message/**")
    assert "Firm 1" in page.inner_text("main")
    as_read = page.frame_locator("iframe.mail").locator("body").inner_text()
    assert "R-1" in as_read
    looked(page)
    page.go_back()
    page.click("tr[data-customer='C-2'] a[data-verb=drop]")
    page.fill("#panel [name=reason]", "called this morning")
    page.click("#panel button.main")
    page.wait_for_selector("#left")
    page.click("tr[data-customer='C-3'] a[data-verb=hold]")
    page.fill("#panel [name=reason]", "asked by sales")
    page.click("#panel button.main")
    page.wait_for_selector("tr[data-customer='C-3']", state="detached")
    page.click("#lines button.main")
    page.wait_for_selector("h1:has-text('Release 1 message?')")
    assert "called this morning" in page.inner_text("main")
    looked(page)
    page.click("main button.main")
    page.wait_for_selector("h1:has-text('1 of 1 went out')")
    looked(page)
    with tx.reading(served.scope):
        rows = models.Action.objects.filter(organisation_id=served.scope.organisation_id)
        assert list(rows.values_list("customer__reference", "state")) == [("C-1", "sent")]
    (left,) = release.left_out(served.scope, as_of=TODAY)
    assert (left.customer, left.reason) == ("C-2", "called this morning")
    assert (goes(served), waits(served, "C-3")) == (set(), "on_hold")
    (mail,) = (home / "outbox").rglob("*.eml")
    assert b"R-1" in mail.read_bytes()
    assert {"proposal_saved", "proposal_released", "sent"} <= set(journal(served))


def test_a_suspension_is_approved_and_a_checklist_completed_to_the_placement(
    page: Any, served: Served, book: Book
) -> None:
    """Job 7: both were asked by the run; each is seen whole, answered, and in the book."""
    book.customers(customer("C-1", name="Vega Traders"), customer("C-2", name="Lowry Sign Works"))
    book.items(
        invoice("R-1", 90_000), invoice("R-2", 90_000, customer="C-2", due_on=TODAY - 70 * DAY)
    )
    book.take(
        "contacts",
        ContactRow(line=2, customer="C-2", role="alternate", name="Ann", phone="+49 30 1"),
    )
    book.take(
        "history",
        HistoryRow(line=2, customer="C-1", item="R-1", step="final_notice", on=TODAY - 15 * DAY,
                   channel="email"),
        HistoryRow(line=3, customer="C-2", item="R-2", step="final_demand", on=TODAY - 20 * DAY,
                   channel="letter"),
    )  # fmt: skip
    look.record(served.scope, look.propose(served.scope, as_of=TODAY), mode="run", now=NOW)
    page.goto("/approvals")
    looked(page)
    page.click("section:has(h2:has-text('Suspension')) a:has-text('Vega Traders')")
    assert "No other system listens" in page.inner_text("main")
    looked(page)
    page.click("button[value=approve]")
    page.wait_for_selector("text=A task asks somebody to do it by hand")
    page.click("section:has(h2:has-text('Placement')) a:has-text('Lowry Sign Works')")
    assert "not complete" in page.inner_text(".question")
    looked(page)
    page.click("button[value=approve]")
    page.wait_for_selector("text=The checklist lacks")
    rows = page.locator(".checklist a[data-verb=checklist]").count()
    assert rows > 2
    for left in range(rows, 0, -1):
        assert page.locator(".checklist a[data-verb=checklist]").count() == left
        page.locator(".checklist a[data-verb=checklist]").first.click()
        page.fill("#panel [name=said]", "Done on the telephone, says Ann.")
        if left == rows:
            looked(page)
        page.click("#panel button.main")
        expect(page.locator(".checklist a[data-verb=checklist]")).to_have_count(left - 1)
    page.click("button[value=approve]")
    page.wait_for_selector("text=exported for the agency")
    (suspended,) = measure.listed(served.scope, "suspension")
    assert (suspended["customer"], suspended["state"]) == ("C-1", "approved")
    (placed,) = placement.listed(served.scope)
    assert (placed["customer"], placed["state"]) == ("C-2", "placed")
    assert checklist.show(served.scope, "C-2", entity=None, as_of=TODAY)["is_complete"]
    assert {"approved", "checklist_marked", "handed_over"} <= set(journal(served))


def test_a_number_of_the_policy_is_changed_its_effect_read_and_published(
    page: Any, served: Served, book: Book
) -> None:
    """Job 8: what the effect said is what the next evening would send."""
    book.customers(*(customer(f"C-{n}", name=f"Firm {n}") for n in (3, 12)))
    book.items(
        *(invoice(f"R-{n}", 60_000, customer=f"C-{n}", due_on=TODAY - n * DAY) for n in (3, 12))
    )
    page.goto("/policy")
    looked(page)
    page.click("main a[href='/policy/classic']")
    looked(page)
    page.goto("/policy/classic/numbers")
    looked(page)
    page.get_by_label("day of first reminder").fill("5")
    page.click("text=Change these numbers")
    page.wait_for_selector("text=Step first reminder opens on day 5 instead of 1")
    page.click("text=See what it would send")
    looked(page)
    page.fill("#on", str(TODAY))
    page.click("text=Work it out")
    page.wait_for_selector("text=this sends to 2 cases; with your change to 1")
    assert "Firm 3" in page.inner_text("main")
    looked(page)
    assert goes(served) == {"C-3", "C-12"}, "nothing holds yet"
    page.click("p.buttons a:has-text('Publish')")
    looked(page)
    page.click("button:has-text('Publish version 2 of classic')")
    page.wait_for_selector("text=Version 2 of classic is published")
    assert publish.documents(served.scope, "classic")[-1].cadences["classic"].steps[0].day == 5
    assert goes(served) == {"C-12"}
    assert journal(served)[-1] == "policy_published"


def test_a_past_month_end_by_region_is_followed_to_its_items_and_saved(
    page: Any, served: Served, book: Book, tmp_path: Path
) -> None:
    """Job 10: paid since or not, what was open then adds up on the page, below it and in the file.

    A payment of March does not count at the end of February.
    """
    found.add_user(served.scope, "eva", roles=["reader"], now=NOW)
    book.customers(
        customer("C-1", name="Firm 1", region="north"), customer("C-2", region="north"),
        customer("C-3", region="south"),
    )  # fmt: skip
    book.items(
        *(
            invoice(f"R-{n}", 10_000 * n, customer=f"C-{n}", due_on=TODAY - 25 * DAY,
                    issued_on=TODAY - 60 * DAY)
            for n in (1, 2, 3)
        )
    )  # fmt: skip
    book.payments(payment("P-1", 4_000, on=TODAY, items=[("R-1", None)]))
    page.goto("/aging")
    page.fill("#as_of", "2026-02-28")
    page.click("form.day button")
    assert "You are looking at Saturday 28 February" in page.inner_text(".banner")
    page.click("text=By region")
    looked(page)
    page.click("tr:has(th:text-is('north')) td:last-child a")
    assert "Region north, EUR, total: 2 customers." in page.inner_text(".lead")
    looked(page)
    page.click(".lead a")
    assert "EUR 300.00" in page.inner_text(".lead").replace("\xa0", " ")
    shown = page.locator("tbody tr").all_inner_texts()
    assert [("R-1" in t, "100.00" in t) for t in shown if "R-1" in t] == [(True, True)]
    assert sum("R-2" in t for t in shown) == 1
    looked(page)
    page.go_back()
    page.go_back()
    with page.expect_download() as saving:
        page.click("a[download]:has-text('csv')")
    saving.value.save_as(tmp_path / "aging.csv")
    rows = list(csv.DictReader((tmp_path / "aging.csv").read_text("utf-8").splitlines()))
    aged = report.aging_rows(
        served.scope, as_of=dt.date(2026, 2, 28), by="region", entity=None
    ).rows
    assert {(r["region"], Decimal(r["total"])) for r in rows} == {
        (r.key, money.to_decimal(r.total, "EUR")) for r in aged
    }
    assert {r.key: r.total for r in aged} == {"north": 30_000, "south": 30_000}
