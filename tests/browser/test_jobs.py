"""The jobs of a working day, done in a real browser as a person does them (issue: the desk)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from looking import Served, violations

from dunwell.desk import dispute, look, plan, promise
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, invoice

pytestmark = pytest.mark.one_database
DAY = dt.timedelta(days=1)
PAGES = (
    "/", "/worklist", "/tonight", "/silence", "/cases", "/cases/disputes", "/customers",
    "/customers/C-1", "/aging", "/do/call/C-1", "/do/dispute/C-1", "/approvals", "/deliveries",
    "/aging/trend", "/import", "/policy", "/policy/classic", "/policy/classic/numbers",
    "/policy/classic/edit", "/policy/classic/texts", "/policy/classic/texts/first_reminder",
    "/policy/classic/texts/first_reminder/de", "/policy/classic/effect",
    "/policy/classic/stories", "/policy/classic/publish", "/journal", "/settings",
    "/settings/companies", "/settings/people", "/settings/people/add", "/settings/channels",
    "/settings/calendars", "/settings/feeds", "/settings/webhooks", "/settings/alerts",
    "/settings/health", "/settings/law", "/sign-in", "/briefing/C-1", "/nothing-here",
    "/before-agency/C-1", "/interest", "/interest/of/C-1", "/letters", "/do/interest/C-1",
    "/insights", "/insights/rows/cash", "/calls", "/settings/contact", "/you",
)  # fmt: skip


@pytest.fixture(autouse=True)
def owing(book: Book) -> Book:
    """Three customers who are late, one of them with two invoices."""
    book.customers(*(customer(f"C-{n}", name=f"Customer {n}") for n in (1, 2, 3)))
    book.items(
        invoice("R-1", 90_000), invoice("R-2", 60_000, due_on=TODAY - 20 * DAY),
        invoice("S-1", 400_000, customer="C-2"), invoice("T-1", 5_000, customer="C-3"),
    )  # fmt: skip
    return book


def test_the_worklist_is_worked_by_keyboard_alone(page: Any, served: Served) -> None:
    """Down a row, log a call with a promise, undo it, go on: never a mouse."""
    page.goto("/worklist")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.dataset.customer")
    page.keyboard.press("j")
    second = page.evaluate("document.activeElement.dataset.customer")
    assert {first, second} <= {"C-1", "C-2", "C-3"}
    assert first != second
    page.keyboard.press("k")
    page.keyboard.press("c")
    page.wait_for_selector("#panel form")
    assert page.evaluate("document.activeElement.name") == "outcome"
    page.keyboard.type("promised")
    page.keyboard.press("Tab")
    page.keyboard.type("By Friday, says Eva.")
    page.keyboard.press("Tab")
    page.fill("#panel [name=promise_by]", str(TODAY + 4 * DAY))
    page.focus("#panel button.main")
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel .done")
    assert "Promised by 6 March" in page.inner_text("#panel")
    with tx.reading(served.scope):
        kept = promise.listed(served.scope, customer=first, as_of=TODAY)
    assert [(p["by_on"], p["state"]) for p in kept] == [(TODAY + 4 * DAY, "open")]
    page.keyboard.press("u")
    page.wait_for_selector("text=The call is taken back")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/customers/{second}")


def test_why_a_customer_hears_nothing_is_two_clicks_away(page: Any, served: Served) -> None:
    """From today to the list of a reason, to the customer with the sentence and the day."""
    promise.open_promise(served.scope, "C-2", until=TODAY + 5 * DAY, on=TODAY, now=NOW)
    page.goto("/")
    page.click("a[href^='/silence/promise_open']")
    page.click("main a[href='/customers/C-2']")
    said = page.inner_text(".next")
    assert "A promise covers everything overdue" in said
    assert "Looked at again on" in said


def test_one_of_two_invoices_is_disputed_answered_and_settled(page: Any, served: Served) -> None:
    """The other goes on; the answer is asked for, and the list is empty after it."""
    page.goto("/customers/C-1")
    page.keyboard.press("d")
    page.wait_for_selector("#panel form")
    page.select_option("#panel [name=code]", "quantity")
    page.check("#panel input[value='R-1']")
    page.fill("#panel [name=note]", "three boxes short")
    page.click("#panel button.main")
    page.wait_for_selector("#panel .done")
    (line,) = [x for x in look.propose(served.scope, as_of=TODAY).lines if x.customer == "C-1"]
    assert dict(line.made.amounts) == {"EUR": 60_000}
    page.goto("/cases/disputes")
    page.click("text=Settle")
    page.select_option("[name=outcome]", "rejected")
    page.click("button.main")
    assert page.url.endswith("/settle"), "an answer is needed"
    page.fill("[name=answer]", "The delivery note shows all boxes.")
    page.click("button.main")
    page.wait_for_selector("text=The dispute is settled")
    with tx.reading(served.scope):
        (row,) = dispute.listed(served.scope, customer="C-1", as_of=TODAY)
    assert row["outcome"] == "rejected"


def test_a_payment_plan_is_proposed_and_waits_for_its_role(page: Any, served: Served) -> None:
    """Three months, the first in two weeks: nothing stops until the manager has said yes."""
    page.goto("/customers/C-2")
    page.click("a[data-verb=plan]")
    page.wait_for_selector("#panel form")
    page.select_option("#panel [name=instalments]", "3")
    page.fill("#panel [name=first_on]", str(TODAY + 14 * DAY))
    page.click("#panel button.main")
    page.wait_for_selector("#panel .done")
    with tx.reading(served.scope):
        (made,) = plan.listed(served.scope, customer="C-2", as_of=TODAY)
        asked = models.Approval.objects.get(organisation_id=served.scope.organisation_id)
    assert (made["state"], len(made["instalments"]), asked.what) == ("asked", 3, "plan")


def test_without_scripts_the_same_can_be_done(browser: Any, served: Served) -> None:
    """A browser that runs none opens the form as a page, and does it."""
    context = browser.new_context(java_script_enabled=False, base_url=served.url)
    page = context.new_page()
    page.goto("/customers/C-3")
    page.click("a[data-verb=hold]")
    page.fill("[name=reason]", "asked by sales")
    page.click("button.main")
    assert "Held: everything." in page.inner_text(".said")
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_nothing_hinders_anybody_on_a_page(page: Any, path: str) -> None:
    """axe-core finds no violation, in light and in dark, and nothing runs off a phone."""
    page.goto(path)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
