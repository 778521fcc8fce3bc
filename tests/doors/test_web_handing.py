"""Handed over, given up, stopped and changed: what a row of casework lets a person do."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from test_web import client_of, main_of, seen
from test_web_cases import text
from test_web_tonight import browser, contacted, ended, mark, said, user

from dunwell.core.rows import OrderRow
from dunwell.core.scope import Scope
from dunwell.desk import approve, checklist, insolvency, measure, placement, terms, write_off
from dunwell.store import models, tx
from dunwell.web import cases, deeds
from helpers import NOW, TODAY, Book, customer, invoice

DAY = dt.timedelta(days=1)
AT: dict[str, Any] = {"as_of": TODAY, "now": NOW}


@pytest.fixture
def late(scope: Scope, book: Book) -> Scope:
    """C-1 owes 900.00 whose final demand has expired; mona may answer, ben proposed."""
    ended(book)
    user(scope, "mona", "manager", "executive", "legal")
    user(scope, "ben", "collector", "manager")
    return scope._replace(actor="ben")


def granted(scope: Scope, key: str) -> None:
    """Let mona say yes to what was asked."""
    approve.approve(scope._replace(actor="mona"), key, **AT)


def placed(scope: Scope, kind: str = "agency") -> int:
    """Hand C-1's debt over; return the id of it."""
    key = placement.propose(scope, "C-1", kind=kind, **AT)["id"]
    checklist.complete(scope, key, note="tried", **AT)
    granted(scope, key)
    return int(placement.listed(scope, kinds=(kind,))[0]["id"])


def doors(page: str, slug: str) -> set[str]:
    """Return what can be done with the rows of a list."""
    return set(re.findall(rf'href="/cases/{slug}/\d+/(\w+)"', page))


def kept(scope: Scope, verb: str) -> int:
    """Return how often the journal has a verb."""
    with tx.reading(scope):
        return models.Event.objects.filter(
            organisation_id=scope.organisation_id, verb=verb
        ).count()  # fmt: skip


def test_what_an_agency_gets_is_saved_from_its_row(late: Scope) -> None:
    """One archive with the files the command writes; that it was given out is kept."""
    number = placed(late)
    client = client_of(late)
    assert doors(text(client, "/cases/agency"), "agency") == {"export", "recall", "close"}
    page = text(client, f"/cases/agency/{number}/export")
    assert "That it was given out is kept in the journal." in seen(page)
    assert kept(late, "exported") == 0, "looking gives nothing out"
    given = client.post(f"/cases/agency/{number}/export", {"mark": mark(page)})
    assert given["Content-Type"] == "application/zip"
    assert f"placement-{number}.zip" in given["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(given.content)) as archive:
        assert archive.testzip() is None
        assert {"items.csv", "debtor.csv", "history.csv", "statement.pdf"} <= {*archive.namelist()}
        assert b"R-1" in archive.read("items.csv")
    assert kept(late, "exported") == 1
    assert placement.listed(late)[0]["exported_at"] is not None


def test_a_placement_is_recalled_with_a_reason_and_what_is_open_waits(late: Scope) -> None:
    """Without a reason nothing happens; recalled, the item is held and a task asks."""
    number = placed(late)
    client, where = client_of(late), f"/cases/agency/{number}/recall"
    assert "Why" in text(client, where)
    assert client.post(where, {"reason": ""}).status_code == 200
    assert placement.listed(late)[0]["state"] == "placed"
    done = client.post(where, {"reason": "they pay us now"})
    assert (done.status_code, done["Location"]) == (303, "/cases/agency")
    page = text(client, "/cases/agency")
    assert "Taken back. 1 item waits for a person" in seen(page)
    assert doors(text(client, "/cases/agency?all=1"), "agency") == set()
    assert client.post(where, {"reason": "again"}).status_code == 409


def test_a_row_whose_customer_changed_is_shown_again_first(late: Scope) -> None:
    """The mark of the form is that of the customer as it was."""
    number = placed(late)
    where = f"/cases/agency/{number}/recall"
    client = client_of(late)
    before = mark(text(client, where))
    placement.take_back(late, number, noun="placement", state="closed", reason="paid", **AT)
    done = client.post(where, {"reason": "they pay us now", "mark": before})
    assert done.status_code == 409
    assert b"changed since you looked" in done.content
    assert client.get("/cases/agency/999/recall").status_code == 404
    assert client.get(f"/cases/agency/{number}/sell").status_code == 404


def test_a_lawyer_gets_the_evidence_file_too(scope: Scope, book: Book) -> None:
    """From 90 days and 5,000; saved from its row, beside the tables."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 900_000, due_on=TODAY - 120 * DAY))
    book.take("history", contacted("R-1", "final_demand", TODAY - 20 * DAY))
    user(scope, "mona", "manager", "executive", "legal")
    user(scope, "ben", "manager")
    number = placed(scope._replace(actor="ben"), kind="legal")
    client = client_of(scope)
    assert doors(text(client, "/cases/legal"), "legal") == {"export", "recall", "close"}
    given = client.post(f"/cases/legal/{number}/export", {})
    with zipfile.ZipFile(io.BytesIO(given.content)) as archive:
        names = archive.namelist()
    assert any(n.startswith("evidence") and n.endswith(".zip") for n in names), names
    assert kept(scope, "evidence_made") == 1


def test_the_checklist_is_worked_before_a_placement_is_asked_for(late: Scope) -> None:
    """It says what is open and what it is worth; completed there, it leads to the question."""
    client = browser(late)
    page = text(client, "/before-agency/C-1")
    rows = checklist.show(late, "C-1", entity=None, as_of=TODAY)["rows"]
    gaps = re.findall(r'href="(/checklist/[^"]+)"', page)
    assert len(gaps) == sum(r["state"] == "open" for r in rows) > 1
    assert f"{len(gaps)} of {len(rows)} rows of the checklist are open" in said(page)
    assert "With the agency EUR 405.00" in said(page)
    assert 'href="/before-agency/C-1"' in text(client, "/customers/C-1")
    for gap in gaps:
        where = gap.replace("&amp;", "&")
        assert client.get(where).status_code == 200
        back = re.search(r'name="back" value="([^"]+)"', client.get(where).content.decode())[1]
        row = {"how": "done", "said": "tried", "entity": "MAIN", "back": back}
        done = client.post(where.partition("?")[0], row)
        assert done["Location"] == "/before-agency/C-1?entity=MAIN"
    page = text(client, "/before-agency/C-1")
    assert "0 of 8 rows of the checklist are open" in said(page)
    assert "/do/agency/C-1" in page
    assert client.post("/do/agency/C-1", {}).status_code == 303
    assert placement.listed(late) == []
    with tx.reading(late):
        assert models.Approval.objects.filter(
            organisation_id=late.organisation_id, what="placement", state="asked"
        ).exists()  # fmt: skip


def test_before_an_agency_says_what_is_missing_and_when_nothing_is_owed(
    scope: Scope, book: Book
) -> None:
    """No final demand has gone out yet; a customer without debts has no such page to fill."""
    book.customers(customer("C-1"), customer("C-2", name="Vega"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 3 * DAY))
    client = browser(scope)
    page = main_of(text(client, "/before-agency/C-1"))
    assert "No final demand has expired" in said(page)
    assert "/do/agency/" not in page
    assert "Nothing of Vega is overdue" in said(text(client, "/before-agency/C-2"))
    assert client.get("/before-agency/C-9").status_code == 404
    user(scope, "rae", "reader")
    page = main_of(text(browser(scope, "rae"), "/before-agency/C-1"))
    assert "complete or waive" not in page


def test_a_write_off_is_reversed_where_it_stands(late: Scope) -> None:
    """With a reason; then its item is chased again, and the row says when."""
    made = write_off.propose(
        late, "C-1", items=[], amount=None, reason="not worth it", entity=None, **AT
    )
    granted(late, made["approval"])
    client = client_of(late)
    assert doors(text(client, "/cases/write-offs"), "write-offs") == {"reverse"}
    where = f"/cases/write-offs/{made['id']}/reverse"
    assert client.post(where, {"reason": "they came back"}).status_code == 303
    assert "may be chased again" in seen(text(client, "/cases/write-offs"))
    assert write_off.listed(late)[0]["state"] == "reversed"
    assert "reversed" in seen(text(client, "/cases/write-offs?all=1"))


def test_a_bureau_is_asked_for_on_the_page_and_refused_where_the_policy_reports_nobody(
    late: Scope,
) -> None:
    """The refusal says what to do; nothing is asked."""
    client = client_of(late)
    assert "Report to a bureau" in text(client, "/do/bureau/C-1")
    done = client.post("/do/bureau/C-1", {})
    assert done.status_code == 409
    assert b"The policy reports nobody" in done.content


def test_an_insolvency_shows_our_claim_and_is_closed_when_it_is_over(
    scope: Scope, book: Book
) -> None:
    """Opened on the customer's page; what is from before the filing is our claim."""
    book.customers(customer("C-1"))
    book.items(
        invoice("R-1", 90_000, due_on=TODAY - 30 * DAY),
        invoice("R-2", 5_000, issued_on=TODAY, due_on=TODAY + 30 * DAY),
    )
    client = client_of(scope)
    opened = {"on": str(TODAY - DAY), "kind": "insolvency", "court_reference": "5 IN 12/26"}
    assert client.post("/do/insolvency/C-1", opened).status_code == 303
    (row,) = insolvency.listed(scope)
    assert doors(text(client, "/cases/insolvencies"), "insolvencies") == {"claim", "close"}
    where = f"/cases/insolvencies/{row['id']}"
    page = seen(text(client, f"{where}/claim"))
    assert "EUR 900.00 from before the filing; EUR 50.00 from after it" in page
    assert "5 IN 12/26" in page
    assert client.post(f"{where}/claim", {"on": str(TODAY + DAY)}).status_code == 409
    assert client.post(f"{where}/claim", {}).status_code == 303
    assert insolvency.listed(scope)[0]["claimed_on"] == TODAY
    assert doors(text(client, "/cases/insolvencies"), "insolvencies") == {"close"}
    assert client.post(f"{where}/close", {"reason": "plan confirmed"}).status_code == 303
    assert insolvency.listed(scope)[0]["state"] == "closed"


def test_changed_terms_are_released_and_ended_on_their_list(late: Scope) -> None:
    """Told to nobody until released; ended, what stood before stands again."""
    made = terms.open_terms(
        late, "C-1", days=7, limit=None, is_prepaid=False, entity=None, on=TODAY, until=None,
        reason="pays late", **AT,
    )  # fmt: skip
    client = client_of(late)
    page = text(client, "/cases/terms")
    assert "7 days to pay: pays late" in seen(page)
    assert doors(page, "terms") == {"end"}, "nothing to tell before it is approved"
    granted(late, made["key"])
    assert doors(text(client, "/cases/terms"), "terms") == {"end", "release"}
    where = f"/cases/terms/{made['id']}"
    assert client.post(f"{where}/release", {}).status_code == 303
    assert terms.one(late, made["id"])["told_on"] == TODAY
    assert client.post(f"{where}/release", {}).status_code == 409, "once is enough"
    assert "/cases/terms?customer=C-1" in text(client, "/customers/C-1")
    assert client.post(f"{where}/end", {"reason": "paid well since"}).status_code == 303
    assert terms.one(late, made["id"])["state"] == "lifted"
    assert "what stood before stands again" in seen(text(client, "/cases/terms"))


def test_credit_holds_show_the_orders_they_block_in_few_queries(scope: Scope, book: Book) -> None:
    """Each its own, none that is delivered; more holds cost no more queries."""
    book.customers(*(customer(f"C-{n}") for n in range(1, 7)))
    book.items(*(invoice(f"R-{n}", 60_000, customer=f"C-{n}") for n in range(1, 7)))
    for n, status in enumerate(("open", "open", "delivered"), start=1):
        book.take("orders", OrderRow(
            line=2, customer=f"C-{min(n, 2)}", number=f"O-{n}", currency="EUR",
            amount_minor=10_000 * n, ordered_on=TODAY, status=status,
        ))  # fmt: skip
    asked = {"items": [], "entity": None, "on": TODAY, "reason": "agreed", "now": NOW}
    client = client_of(scope)

    def cost() -> int:
        text(client, "/cases/credit-holds")  # what is kept of the book is made
        with CaptureQueriesContext(connection) as queries:
            text(client, "/cases/credit-holds")
        return len(queries)

    measure.open_measure(scope, "credit_hold", "C-1", **asked)
    one = cost()
    made = [measure.open_measure(scope, "credit_hold", f"C-{n}", **asked) for n in range(2, 7)]
    assert cost() <= one
    page = seen(text(client, "/cases/credit-holds"))
    assert "1 open order it blocks O-1 EUR 100.00" in page
    assert "O-2 EUR 200.00" in page
    assert "O-3" not in page
    where = f"/cases/credit-holds/{made[0]['id']}/end"
    assert client.post(where, {"reason": "paid by phone"}).status_code == 303
    assert "Withdrawn." in seen(text(client, "/cases/credit-holds"))


def test_every_deed_stands_on_a_list_and_only_for_who_may(late: Scope) -> None:
    """A reader sees the row without its doors."""
    assert {slug for slug, _ in deeds.TABLE} <= set(cases.NOUNS)
    placed(late)
    user(late, "rae", "reader")
    assert doors(text(browser(late, "rae"), "/cases/agency"), "agency") == set()
