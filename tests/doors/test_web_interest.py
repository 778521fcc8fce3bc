"""Interest and fees in the browser: over the book, of a customer, claimed, given up; the law."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from test_web import client_of, main_of, seen
from test_web_cases import text
from test_web_tonight import browser, mark, user

from dunwell import policies
from dunwell.core import policy as documents
from dunwell.core.scope import Scope
from dunwell.desk import interest
from dunwell.store import models, tx
from dunwell.store.records import setup
from helpers import NOW, Book, customer, instant, invoice

DUE = dt.date(2025, 7, 1)
END = dt.date(2025, 12, 31)
AT = instant(END)
DAY = dt.timedelta(days=1)


def claims_interest(scope: Scope, approve: str | None = None) -> None:
    """Publish a policy under which the company claims interest."""
    plain = policies.built_in("classic").model_dump(mode="json", exclude_defaults=True)
    plain["settings"] = {"interest": {"enabled": True, "approve": approve}}
    setup.record_policy(scope, documents.parse(plain), at=NOW)


@pytest.fixture
def owing(scope: Scope, book: Book) -> Scope:
    """C-1 owes EUR 3,650.00 since 1 July 2025; interest is claimed and posted at once."""
    claims_interest(scope)
    book.customers(customer("C-1", name="Lowry"), customer("C-2", name="Vega"))
    book.items(invoice("R-1", 3_650_00, due_on=DUE))
    return scope


def test_by_default_nothing_is_claimed_and_the_page_says_where_it_is_turned_on(
    scope: Scope, book: Book
) -> None:
    """No company claims interest: no rows, and the verb is refused with what to do."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 3_650_00, due_on=DUE))
    client = client_of(scope, at=AT)
    for path in ("/interest", "/interest/of/C-1"):
        assert "No company claims interest: it is off until its policy says so" in seen(
            text(client, path)
        )
    done = client.post("/do/interest/C-1", {})
    assert done.status_code == 409
    assert b"No interest is claimed" in done.content


def test_what_could_be_claimed_stands_over_the_book_and_on_the_customer(owing: Scope) -> None:
    """The same figures as the command lists, and the rows of law with their sources."""
    client = client_of(owing, at=AT)
    (row,) = interest.listed(owing, customer="C-1", entity=None, as_of=END, with_paid=False)
    assert (row["interest_minor"], row["compensation_minor"]) == (187_94, 40_00)
    page = seen(main_of(text(client, "/interest")))
    assert "EUR 227.94 could be claimed today from 1 late customer" in page
    assert "Lowry" in page
    assert "Vega" not in page
    page = text(client, "/interest/of/C-1")
    assert "EUR 227.94 could be claimed today beside what Lowry owes" in seen(page)
    for law in (r for line in row["lines"] for r in line["rows"]):
        assert law["source"] in page, law
    assert "187.94" in page
    assert "Nothing of Vega is late" in seen(text(client, "/interest/of/C-2"))
    assert client.get("/interest/of/C-9").status_code == 404
    assert 'href="/interest/of/C-1' in text(client, "/customers/C-1")


def test_many_customers_cost_as_many_queries_as_one(owing: Scope, book: Book) -> None:
    """A page counts its customers together."""
    client = client_of(owing, at=AT)

    def cost() -> int:
        text(client, "/interest")
        with CaptureQueriesContext(connection) as queries:
            text(client, "/interest")
        return len(queries)

    one = cost()
    book.customers(*(customer(f"D-{n}") for n in range(12)))
    book.items(*(invoice(f"Q-{n}", 50_000, customer=f"D-{n}", due_on=DUE) for n in range(12)))
    assert cost() <= one
    assert "13 late customers" in seen(text(client, "/interest"))


def test_interest_is_claimed_and_given_up_by_name(owing: Scope) -> None:
    """Posted with what it rests on; given up with a reason; a stale form does nothing."""
    client = client_of(owing, at=AT)
    assert client.post("/do/interest/C-1", {"until": str(END + DAY)}).status_code == 409
    assert client.post("/do/interest/C-1", {}).status_code == 303
    page = text(client, "/interest/of/C-1")
    assert "Claimed EUR 187.94" in seen(page) or "Claimed EUR 227.94" in seen(page)
    (of_interest,) = (c for c in interest.posted(owing, "C-1") if c["kind"] == "interest")
    where = f"/interest/claims/{of_interest['id']}"
    assert f'href="{where}"' in page
    page = text(client, where)
    assert "rounded once to EUR 187.94" in seen(page)
    assert "Bundesbank" in page
    assert client.post(where, {"reason": ""}).status_code == 200
    old = {"reason": "goodwill", "mark": "0" * 16}
    assert client.post(where, old).status_code == 409
    done = client.post(where, {"reason": "goodwill", "mark": mark(page)})
    assert (done.status_code, done["Location"]) == (303, "/interest/of/C-1")
    assert "Given up: EUR 187.94" in seen(text(client, "/interest/of/C-1"))
    assert "Give it up" not in text(client, where)
    assert client.get("/interest/claims/999").status_code == 404


def test_where_a_role_must_approve_it_is_asked(scope: Scope, book: Book) -> None:
    """Nothing is claimed until then, and the page says who is asked."""
    claims_interest(scope, approve="manager")
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 3_650_00, due_on=DUE))
    client = client_of(scope, at=AT)
    assert client.post("/do/interest/C-1", {}).status_code == 303
    assert "Asked the manager: EUR 227.94" in seen(text(client, "/interest/of/C-1"))
    assert interest.posted(scope, "C-1") == []
    with tx.reading(scope):
        assert models.Approval.objects.filter(
            organisation_id=scope.organisation_id, what="interest", state="asked"
        ).exists()  # fmt: skip


def test_who_may_not_claim_reads_only(owing: Scope) -> None:
    """A collector sees what could be claimed, and neither claims nor gives up."""
    interest.open_claims(owing, "C-1", items=[], entity=None, as_of=END, on=END, now=AT)
    number = interest.posted(owing, "C-1")[0]["id"]
    user(owing, "rae", "collector")
    client = browser(owing, "rae", now=AT)
    assert client.get("/interest/of/C-1").status_code == 200
    assert "Give it up" not in text(client, f"/interest/claims/{number}")
    assert client.post(f"/interest/claims/{number}", {"reason": "no"}).status_code == 403
    assert client.post("/do/interest/C-1", {}).status_code == 403


def test_a_row_of_law_is_added_with_its_source_and_shown(scope: Scope) -> None:
    """Without a source or with another form of value it is refused; added, it counts at once."""
    client = client_of(scope, at=AT)
    page = text(client, "/settings/law?country=DE&rule=reference_rate")
    assert "1.27" in page
    assert "Bundesbank" in page
    row = {
        "jurisdiction": "DE", "rule": "reference_rate", "value": "1,27", "first": "2026-01-01",
        "source": "Bundesbank, 24 December 2025", "debtor": "any", "creditor": "any",
    }  # fmt: skip
    assert client.post("/settings/law", row | {"source": ""}).status_code == 422
    wrong = client.post("/settings/law", row | {"value": "much"})
    assert wrong.status_code == 409
    done = client.post("/settings/law", row | {"value": "1.27"})
    assert (done.status_code, done["Location"]) == (303, "/settings/law")
    page = text(client, "/settings/law?country=DE&rule=reference_rate&all=1")
    assert "1 added here" in seen(page)
    assert "24 December 2025" in page
    assert "No row says that today" in seen(text(client, "/settings/law?country=X"))
