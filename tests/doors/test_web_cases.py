"""Casework as lists: each noun's page, what is late on it, and settling it there."""

from __future__ import annotations

import datetime as dt
import html
import re
from pathlib import Path

import pytest
from django.test import Client
from test_web import client_of, main_of, seen

from dunwell.core.errors import Refused
from dunwell.core.rows import HistoryRow
from dunwell.core.scope import Scope
from dunwell.desk import (
    approve,
    dispute,
    done_there,
    found,
    hold,
    hooks,
    insolvency,
    look,
    measure,
    note,
    plan,
    promise,
    task,
)
from dunwell.store import models, tx
from dunwell.web import cases
from helpers import NOW, TODAY, Book, customer, invoice

DAY = dt.timedelta(days=1)


@pytest.fixture
def worked(scope: Scope, book: Book) -> Scope:
    """Customers with something of each noun that a person can open."""
    book.customers(*(customer(f"C-{n}", name=f"Customer <{n}>") for n in range(1, 7)))
    book.items(*(invoice(f"R-{n}", 60_000, customer=f"C-{n}") for n in range(1, 7)))
    at = {"on": TODAY, "now": NOW}
    dispute.open_dispute(
        scope, "C-1", items=["R-1"], amount_minor=None, code="price", due_on=TODAY,
        note="20 <b>too much</b>", **at,
    )  # fmt: skip
    promise.open_promise(scope, "C-2", until=TODAY + 5 * DAY, **at)
    plan.open_plan(scope, "C-3", instalments=3, **at)
    hold.open_hold(scope, "C-4", items=[], amount_minor=None, until=None, reason="audit", **at)
    task.open_task(scope, "C-5", kind="follow_up", until=TODAY + DAY, note="ring Eva", **at)
    insolvency.open_filing(scope, "C-6", as_of=TODAY, **at)
    return scope


def text(client: Client, path: str, status: int = 200) -> str:
    """Return a page."""
    response = client.get(path)
    assert response.status_code == status, response.content
    return str(response.content.decode())


def test_every_list_can_be_opened_and_says_when_it_is_empty(worked: Scope) -> None:
    """The overview counts what is open on each; an empty list says what would be there."""
    client = client_of(worked)
    whole = main_of(text(client, "/cases"))
    for slug, noun in cases.NOUNS.items():
        page = main_of(text(client, f"/cases/{slug}"))
        assert noun.title in page
        count = int(re.search(r'class="lead">\s*([\d,]+)', page)[1])
        assert (f'href="/cases/{slug}">{count}<' in whole) is bool(count)
        if not count:
            assert noun.empty in html.unescape(page)
    assert text(client, "/cases/nothing", 404)


def test_names_and_words_stay_words(worked: Scope) -> None:
    """What a customer or colleague wrote is text."""
    page = text(client_of(worked), "/cases/disputes")
    assert "<b>too much" not in page
    assert "Customer <1>" in html.unescape(page)


def test_a_dispute_is_settled_with_an_answer_where_it_stands(worked: Scope) -> None:
    """Without an answer the form comes back; with one it is decided, and the list is shorter."""
    client = client_of(worked)
    late = client_of(worked, at=NOW + 3 * DAY)
    assert "past its day" in seen(text(late, "/cases/disputes"))
    (where,) = re.findall(r'href="(/cases/disputes/\d+/settle)"', text(client, "/cases/disputes"))
    assert client.post(where, {"outcome": "rejected", "answer": ""}).status_code == 200
    done = client.post(where, {"outcome": "rejected", "answer": "The price is as agreed."})
    assert (done.status_code, done["Location"]) == (303, "/cases/disputes")
    page = text(client, "/cases/disputes")
    assert "The dispute is settled: rejected." in page
    assert "0 open" in seen(page)
    assert "Customer <1>" in html.unescape(text(client, "/cases/disputes?all=1"))
    assert client.post(where, {"outcome": "rejected", "answer": "Again."}).status_code == 409


def test_a_task_is_done_and_a_hold_ended_from_their_lists(worked: Scope) -> None:
    """Each by a record of its own; the page after it says so."""
    client = client_of(worked)
    (where,) = re.findall(r'href="(/cases/tasks/\d+/settle)"[^>]*>Settle</a></td>\s*</tr>\s*'
                          r"</tbody>", text(client, "/cases/tasks"))[-1:]  # fmt: skip
    assert client.post(where, {"outcome": "done", "note": "reached her"}).status_code == 303
    (end,) = re.findall(r'action="(/undo/hold/\d+)"', text(client, "/cases/holds"))
    assert client.post(end, {"back": "/cases/holds"})["Location"] == "/cases/holds"
    assert "The hold is released." in text(client, "/cases/holds")
    with tx.reading(worked):
        assert models.Stop.objects.get(
            organisation_id=worked.organisation_id, kind="hold"
        ).state == "released"  # fmt: skip


def test_a_list_says_whose_each_row_is_and_shows_ones_own_and_the_late_ones(worked: Scope) -> None:
    """The most pressing first; narrowed by person, day and company, with the number of each."""
    for name in ("anna", "ben"):
        found.add_user(worked, name, roles=["collector"], now=NOW)
    for n, owner in ((9, "anna"), (2, "ben"), (5, "anna")):
        task.open_task(worked, "C-1", kind="follow_up", until=TODAY + n * DAY, note=f"n{n}",
                       owner=owner, on=TODAY, now=NOW)  # fmt: skip
    client = client_of(worked, at=NOW + 6 * DAY)

    def rows(query: str) -> list[str]:
        page = seen(main_of(text(client, f"/cases/tasks?{query}")))
        return [n for n in re.findall(r"\bn\d\b", page)]

    assert rows("") == ["n2", "n5", "n9"]
    assert rows("mine=1") == ["n5", "n9"]
    assert rows("late=1") == ["n2", "n5"]
    assert rows("mine=1&due=1") == ["n5"]
    assert rows("company=NONE") == []
    page = seen(main_of(text(client, "/cases/tasks")))
    assert "with ben" in page
    assert "yours" in page
    assert "overdue" in page, "what the customer owes stands beside the task"


def test_a_hold_that_has_run_out_is_open_no_more(worked: Scope) -> None:
    """The day after its last one it is not open, and nothing offers to end it."""
    hold.open_hold(worked, "C-1", items=[], amount_minor=None, on=TODAY, until=TODAY + DAY,
                   reason="audit", now=NOW)  # fmt: skip
    before, after = (
        main_of(text(client_of(worked, at=NOW + n * DAY), "/cases/holds")) for n in (1, 2)
    )
    assert before.count("End it") == after.count("End it") + 1
    whole = seen(main_of(text(client_of(worked, at=NOW + 2 * DAY), "/cases/holds?all=1")))
    assert "run out" in whole


def test_what_was_done_by_hand_at_another_system_is_confirmed_where_it_stands(
    worked: Scope,
) -> None:
    """Done, the credit hold is in force and its task over; not done, the task alone ends."""
    client = client_of(worked)
    for who in ("C-3", "C-5"):
        made = measure.open_measure(
            worked, "credit_hold", who, items=[], entity=None, on=TODAY, reason="agreed", now=NOW
        )
        with tx.reading(worked):
            key = models.Approval.objects.get(
                organisation_id=worked.organisation_id, what="credit_hold", state="asked"
            ).key
        found.add_user(worked, "mona", roles=["manager"], now=NOW)
        approve.approve(worked._replace(actor="mona"), key, as_of=TODAY, now=NOW)
        assert made["state"] == "proposed"
    page = main_of(text(client, "/cases/tasks"))
    assert "dunwell credit-hold confirm" not in page
    tasks = {t["customer"]: t["id"] for t in task.listed(worked, kind="by_hand", as_of=TODAY)}
    at = f"/cases/tasks/{tasks['C-3']}/settle"
    assert "in force, or over, from today" in text(client, at)
    assert client.post(at, {"outcome": "perhaps"}).status_code == 200
    assert client.post(at, {"outcome": "done"}).status_code == 303
    assert "Confirmed: it is in force." in seen(text(client, "/cases/tasks"))
    assert client.post(
        f"/cases/tasks/{tasks['C-5']}/settle", {"outcome": "not_done", "note": "no such service"}
    ).status_code == 303  # fmt: skip
    states = {m["customer"]: m["state"] for m in measure.listed(worked, "credit_hold")}
    assert states == {"C-3": "in_force", "C-5": "approved"}
    assert task.listed(worked, kind="by_hand", as_of=TODAY) == []
    with pytest.raises(Refused, match="nothing to confirm"):
        done_there.confirm(worked, tasks["C-3"], on=TODAY, now=NOW)


@pytest.mark.parametrize("listens", ["erp", ""])
def test_a_yes_says_who_does_it_then(worked: Scope, tmp_path: Path, listens: str) -> None:
    """A system that listens is told; where none does, a task asks for it to be done by hand."""
    if listens:
        hooks.add(worked, listens, "https://erp.example/hook", secret=None,
                  events=["credit_hold.requested"], home=tmp_path, now=NOW)  # fmt: skip
    measure.open_measure(
        worked, "credit_hold", "C-3", items=[], entity=None, on=TODAY, reason="agreed", now=NOW
    )
    found.add_user(worked, "mona", roles=["manager"], now=NOW)
    client = client_of(worked._replace(actor="mona"))
    (key,) = re.findall(r'href="/approvals/(\w+)"', text(client, "/customers/C-3"))[:1]
    (mark,) = re.findall(r'name="mark" value="(\w+)"', text(client, f"/approvals/{key}"))
    done = client.post(f"/approvals/{key}/answer", {"answer": "approve", "mark": mark})
    assert done.status_code == 303
    said = seen(text(client, "/approvals"))
    assert ("The other system is told" in said) is bool(listens)
    assert ("A task asks somebody to do it by hand" in said) is not bool(listens)


def test_who_may_not_work_on_a_list_reads_it(worked: Scope) -> None:
    """A reader sees the rows, and neither settles nor ends any."""
    found.add_user(worked, "rae", roles=["reader"], now=NOW)
    note.open_note(worked, "C-1", note.Said("read by all"), on=TODAY, today=TODAY, now=NOW)
    client = client_of(worked._replace(actor="rae"))
    page = text(client, "/cases/disputes")
    assert "Customer <1>" in html.unescape(page)
    assert "settle" not in main_of(page)
    with tx.reading(worked):
        number = models.Dispute.objects.get(organisation_id=worked.organisation_id).stop_id
    text(client, f"/cases/disputes/{number}/settle", 403)


def test_the_end_of_a_ladder_is_chosen_where_it_stands(scope: Scope, book: Book) -> None:
    """What cannot be is said on the form; closed, it stands among the holds with its reason."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 20_000, due_on=TODAY - 100 * DAY))
    book.take(
        "history",
        HistoryRow(line=2, customer="C-1", item="R-1", step="final_demand", on=TODAY - 40 * DAY,
                   channel="email"),
    )  # fmt: skip
    look.record(scope, look.propose(scope, as_of=TODAY), mode="run", now=NOW)
    client = client_of(scope)
    (where,) = re.findall(r'href="(/cases/tasks/\d+/settle)"', text(client, "/cases/tasks"))
    assert "leave it alone for good" in text(client, where)
    wrong = client.post(where, {"outcome": "whatever", "note": "x"})
    assert "Select a valid choice" in wrong.content.decode()
    no = client.post(where, {"outcome": "agency", "note": "x"})
    assert (no.status_code, "500.00" in no.content.decode()) == (409, True)
    done = client.post(where, {"outcome": "closed", "note": "the board's wish"})
    assert (done.status_code, done["Location"]) == (303, "/cases/tasks")
    page = seen(main_of(text(client, "/cases/holds")))
    assert "the board's wish" in page
    shown = seen(main_of(text(client, "/customers/C-1")))
    assert "Left alone for good open · anna R-1: the board's wish" in shown
