"""One customer's page: what it says, what it costs however much happened, what it gives."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from test_web import client_of, main_of, seen

from dunwell.core.scope import Scope
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import (
    account_letter,
    call,
    dispatch,
    dispute,
    folder,
    found,
    hold,
    look,
    note,
    promise,
)
from dunwell.store import models, tx
from dunwell.store.lists import casework, timeline
from dunwell.web import acts, read, telling
from helpers import NOW, TODAY, Book, customer, instant, invoice, payment

DAY = dt.timedelta(days=1)
MOST = 210
"""Queries of a customer's page, whatever happened with the customer."""
NAMING = 60
"""So many more on PostgreSQL, where each transaction first names its organisation."""


def text(client: Client, path: str, status: int = 200) -> str:
    """Return a page."""
    response = client.get(path)
    assert response.status_code == status, response.content
    return str(response.content.decode())


@pytest.fixture
def told(scope: Scope, book: Book) -> Scope:
    """C-1 got a reminder yesterday, was called, paid a part, disputes one and promised another."""
    book.customers(
        customer("C-1", name="Lowry <Sign> Works", language="de", phone="+49 30 1"),
        customer("C-2", name="Quiet Ltd"),
    )
    book.items(invoice("R-1"), invoice("R-2", 20_000), invoice("R-3", 30_000, due_on=TODAY + DAY))
    yesterday = TODAY - 3 * DAY
    proposal = look.propose(scope, as_of=yesterday)
    look.record(scope, proposal, mode="run", now=instant(yesterday, 1))
    channel = MemoryChannel()
    done = dispatch.run(
        scope, {"email": channel, "letter": channel}, worker="w", now=instant(yesterday, 9)
    )
    assert done.sent == 1
    book.payments(payment("P-1", 4_000, items=[("R-1", None)]))
    at = {"on": TODAY, "now": NOW}
    note.open_note(scope, "C-1", note.Said("<b>likes</b> Tuesdays"), today=TODAY, **at)
    dispute.open_dispute(scope, "C-1", items=["R-2"], amount_minor=None, code="price", **at)
    promise.open_promise(scope, "C-1", until=TODAY + 5 * DAY, items=["R-1"], **at)
    call.open_call(scope, "C-1", call.Said(outcome="voicemail", on=TODAY), today=TODAY, now=NOW)
    return scope


def test_the_page_says_how_it_stands_and_what_runs(told: Scope) -> None:
    """Owed, by age, casework with its lists, and every kind of thing that happened."""
    page = text(client_of(told), "/customers/C-1")
    words = seen(main_of(page))
    assert "Lowry <Sign> Works" in words
    assert "EUR 560.00 open" in words
    for what in ("Dispute: price", "Promise", "Paid, P-1", "Call by anna: voicemail",
                 "First reminder by e-mail: sent", "<b>likes</b> Tuesdays"):  # fmt: skip
        assert what in words, what
    assert "<b>likes" not in page
    assert 'href="/cases/disputes?customer=C-1"' in page
    only = seen(main_of(text(client_of(told), "/cases/disputes?customer=C-2")))
    assert "0 open" in only
    assert "Quiet Ltd" in only


def test_what_waits_for_an_answer_about_a_customer_stands_on_its_page(told: Scope) -> None:
    """A promise that needs an approval is asked beside what is next, and counted as running."""
    promise.open_promise(told, "C-1", until=TODAY + 20 * DAY, items=["R-3"], on=TODAY,
                                now=NOW)  # fmt: skip
    page = text(client_of(told), "/customers/C-1")
    words = seen(main_of(page))
    assert "1 question about this customer waits for an answer" in words
    (key, again) = re.findall(r'href="/approvals/(\w+)"', page)
    assert key == again
    assert "question" not in seen(main_of(text(client_of(told), "/customers/C-2")))


def test_a_grade_says_how_it_was_reached(told: Scope) -> None:
    """The figures in a sentence with the bound they passed, the condition of the segment."""
    known = {"items": 4, "weight_minor": 100_000, "late_minor_days": 9_250_000,
             "late_minor": 100_000, "late_invoices": 0}  # fmt: skip
    with tx.transaction_of(told):
        mine = models.Assessment.objects.filter(organisation_id=told.organisation_id)
        mine.filter(customer__reference="C-1").update(
            segment="high_risk", grade="poor", inputs=known
        )
    page = seen(main_of(text(client_of(told), "/customers/C-1")))
    assert "Grade poor: paid 92.5 days late on average" in page
    assert "poor begins above 30 days." in page
    assert "Segment high risk: grade poor." in page
    assert "minor" not in page


def test_the_page_costs_the_same_however_much_happened(told: Scope, book: Book) -> None:
    """Forty items, notes, calls and payments more cost no query more."""
    client = client_of(told)

    def cost() -> int:
        read._kept.clear()  # what is kept from before is asked about, and need not be read
        with CaptureQueriesContext(connection) as found_:
            text(client, "/customers/C-1")
        return len(found_)

    held = {"amount_minor": None, "on": TODAY, "until": None, "reason": "audit", "now": NOW}
    hold.open_hold(told, "C-1", items=["R-3"], **held)
    book.payments(payment("N", 100))
    cost()
    few = cost()
    book.items(*(invoice(f"M-{n}", due_on=TODAY + 40 * DAY) for n in range(40)))
    book.payments(*(payment(f"N-{n}", 100) for n in range(40)))
    for n in range(20):
        said = note.Said(f"note {n}")
        note.open_note(told, "C-1", said, on=TODAY, today=TODAY, now=NOW)
        hold.open_hold(told, "C-1", items=[f"M-{n}"], **held)
    assert cost() < few + 10  # a first of its kind costs a query, eighty rows more do not
    assert few < MOST + (NAMING if connection.vendor == "postgresql" else 0)


def test_the_timeline_is_paged_without_gap_or_double(told: Scope, book: Book) -> None:
    """Walked page by page it tells each line once, in one order, whatever the size of a page."""
    book.payments(*(payment(f"N-{n}", 100, on=TODAY - n % 5 * DAY) for n in range(23)))
    pk = _pk(told, "C-1")
    whole = folder.happened(told, pk, until=TODAY, limit=500)
    assert whole.after is None
    for size in (1, 3, 7):
        walked, after = [], None
        while True:
            page = folder.happened(told, pk, until=TODAY, after=after, limit=size)
            walked += page.lines
            if page.after is None:
                break
            after = page.after
        assert [x.line for x in walked] == [x.line for x in whole.lines]
    days = [x.line.on for x in whole.lines]
    assert days == sorted(days, reverse=True)


def test_the_timeline_says_what_was_agreed_when_and_by_whom(told: Scope) -> None:
    """A promise with amount, day and item, the customer for their link; no nightly routine."""
    by_link = told._replace(actor="portal link 7")
    promise.open_promise(by_link, "C-1", until=TODAY + 3 * DAY, items=["R-3"], on=TODAY, now=NOW)
    page = seen(main_of(text(client_of(told), "/customers/C-1")))
    until = f"{TODAY + 3 * DAY:%B %Y}"
    assert "Promise made by the customer, EUR 300.00 by " in page
    assert f"{until}, for R-3." in page
    assert re.findall("Dispute opened[^.]*[.]", page) == ["Dispute opened by anna, price, on R-2."]
    assert re.search(r"27 Feb 10:00 First reminder by e-mail: sent", page) is not None
    assert "First reminder decided." not in page
    every = seen(main_of(text(client_of(told), "/customers/C-1?kind=decisions")))
    assert "First reminder decided." in every


def test_the_timeline_is_narrowed_to_a_kind(told: Scope) -> None:
    """Each kind shows its own lines; together they are all of them."""
    pk = _pk(told, "C-1")
    whole = {
        (x.line.what, x.line.id) for x in folder.happened(told, pk, until=TODAY, limit=500).lines
    }
    parts = [
        {(x.line.what, x.line.id) for x in folder.happened(
            told, pk, until=TODAY, kinds=[kind], limit=500).lines}
        for kind in timeline.KINDS
    ]  # fmt: skip
    assert set.union(*parts) == whole
    assert sum(map(len, parts)) == len(whole)
    page = seen(main_of(text(client_of(told), "/customers/C-1?kind=money")))
    assert "Paid, P-1" in page
    assert "Call by anna" not in page
    text(client_of(told), "/customers/C-1?kind=weather", 404)
    text(client_of(told), "/customers/C-1?after=2026-03-02.nothing.1", 404)


def test_a_past_day_shows_nothing_that_came_later(told: Scope) -> None:
    """What happened after the day looked at is not on its timeline."""
    past = (TODAY - 2 * DAY).isoformat()
    page = seen(main_of(text(client_of(told), f"/customers/C-1?as_of={past}")))
    assert "First reminder by e-mail: sent" in page
    assert "Paid, P-1" not in page


def test_every_kind_of_line_can_be_said() -> None:
    """Each branch of the timeline has words."""
    assert set(telling._SAYS) == timeline.WHATS


def test_how_they_pay_is_told_with_its_direction() -> None:
    """Better, worse or steady, and nothing said where too little is known."""
    known = {"likelihood": None, "broken_promises": 0, "entity": "MAIN"}
    say = lambda a, r, e: telling.pays(  # noqa: E731 - three of it in a row
        folder.Habit(average_days=a, recent_days=r, earlier_days=e, **known)
    )
    assert "getting worse" in say(11, 20, 9)
    assert "getting better" in say(11, 5, 14)
    assert say(11, 12, 10) == "pays 11 days late on average, steadily"
    assert say(0, None, None) == "pays on time"


def test_a_message_is_shown_from_the_bytes_that_were_sent(told: Scope) -> None:
    """The page, the mail framed alone, and the very bytes; nobody else's."""
    client = client_of(told)
    (where,) = set(re.findall(r'href="(/sent/\d+)"', text(client, "/customers/C-1")))
    page = text(client, where)
    assert "c-1@example.com" in page
    assert f'src="{where}/mail.html" sandbox' in page
    with tx.reading(told):
        row = models.Action.objects.get(
            organisation_id=told.organisation_id, pk=int(where.rpartition("/")[2])
        )
        receipt = models.Receipt.objects.filter(
            organisation_id=told.organisation_id, action=row
        ).first()
    raw = client.get(f"{where}/raw")
    assert hashlib.sha256(raw.content).hexdigest() == receipt.message_sha256
    framed = client.get(f"{where}/mail.html")
    assert "sandbox" in framed["Content-Security-Policy"]
    text(client, "/sent/999999", 404)
    text(client, f"{where}/letter.pdf", 404)
    text(client, f"{where}/attachment/9", 404)


def test_the_statement_is_a_pdf_with_all_that_is_open(told: Scope) -> None:
    """Also what is disputed or promised is on the account; it is in the customer's language."""
    response = client_of(told).get("/statement/C-1")
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert "attachment" in response["Content-Disposition"]
    again = account_letter.make(told, "C-1", as_of=TODAY, now=NOW)
    assert again.pdf == response.content
    text(client_of(told), "/statement/C-9", 404)


def test_the_briefing_is_one_page_to_read_before_a_call(told: Scope) -> None:
    """What to talk about comes first, and what people wrote stays words."""
    page = text(client_of(told), "/briefing/C-1")
    assert "Talk about" in page
    assert "Bring news of the dispute about R-2" in page
    assert "<b>likes" not in page


def test_the_evidence_file_is_made_by_whom_may(
    told: Scope, tmp_path: pytest.TempPathFactory
) -> None:
    """A manager gets a file that verifies; a collector neither sees the door nor gets through."""
    client = client_of(told)
    assert "As of" in text(client, "/evidence/C-1")
    made = client.post("/evidence/C-1", {"as_of": TODAY.isoformat()})
    assert made["Content-Type"] == "application/zip"
    assert made.content.startswith(b"PK")
    ahead = client.post("/evidence/C-1", {"as_of": (TODAY + DAY).isoformat()})
    assert ahead.status_code == 409
    assert client.post("/evidence/C-1", {"as_of": "never"}).status_code == 409
    found.add_user(told, "carl", roles=["collector"], now=NOW)
    other = client_of(told._replace(actor="carl"))
    assert "/evidence/C-1" not in text(other, "/customers/C-1")
    assert other.post("/evidence/C-1", {"as_of": TODAY.isoformat()}).status_code == 403


SELDOM = {
    "hardship": {"reason": "flood"},
    "commercial-pause": {"reason": "deal", "until": (TODAY + 7 * DAY).isoformat()},
    "out-of-cadence": {"reason": "big deal", "until": (TODAY + 7 * DAY).isoformat()},
    "credit-hold": {"reason": "overdue"},
    "terms": {"days": "10", "reason": "late"},
    "no-contact": {"channel": "phone"},
    "lawyer": {"contact": "Ms Law", "email": "law@example.com"},
    "insolvency": {"on": TODAY.isoformat(), "kind": "insolvency"},
    "write-off": {"reason": "too small"},
}


@pytest.mark.parametrize("verb", sorted(SELDOM))
def test_a_verb_behind_more_is_done_and_taken_back(scope: Scope, book: Book, verb: str) -> None:
    """The form asks for what is needed, the answer says what was done, and Undo ends it."""
    book.customers(customer("C-1", name="Lowry"))
    book.items(invoice("R-1", 60_000, due_on=TODAY - 70 * DAY))
    client = client_of(scope)
    assert f"/do/{verb}/C-1" in text(client, "/customers/C-1")
    form = text(client, f"/do/{verb}/C-1")
    assert acts.registry()[verb].button in html.unescape(form)
    assert client.post(f"/do/{verb}/C-1", {"on": "never", "channel": "?"}).status_code == 422
    done = client.post(f"/do/{verb}/C-1", SELDOM[verb], headers={"HX-Request": "true"})
    assert done.status_code == 200, done.content.decode()
    shown = done.content.decode()
    again = re.search(rf'action="(/undo/{verb}/\d+)"', shown)
    assert (again is not None) is (acts.registry()[verb].undo is not None)
    before = folder.runs(scope, _pk(scope, "C-1"), as_of=TODAY)[0].rows
    assert before
    if again is not None:
        client.post(again[1])
        after = folder.runs(scope, _pk(scope, "C-1"), as_of=TODAY)[0].rows
        kinds = {r.noun for r in before} - {"tasks"}
        assert not kinds & {r.noun for r in after if r.noun != "tasks"}


def test_a_case_is_moved_to_another_path_and_back(scope: Scope, book: Book) -> None:
    """The form offers the paths of its policy; the page says who moved it, until when and why."""
    book.customers(customer("C-1", name="Lowry"))
    book.items(invoice("R-1", 60_000, due_on=TODAY - DAY))
    client = client_of(scope)
    form = text(client, "/do/path/C-1")
    assert 'value="segment high_risk"' in form
    assert 'value="cadence key-account"' in form
    until = (TODAY + 7 * DAY).isoformat()
    said = {"to": "segment vip", "until": until, "reason": "new owner"}
    assert client.post("/do/path/C-1", said | {"to": "gold"}).status_code == 422
    done = client.post("/do/path/C-1", said, headers={"HX-Request": "true"}).content.decode()
    words = "anna moved it to the path of vip through 9 March 2026: new owner."
    assert words in seen(main_of(text(client, "/customers/C-1")))
    assert client.post("/do/path/C-1", said).status_code == 409
    (back,) = re.findall(r'action="(/undo/path/\d+)"', done)
    client.post(back)
    assert words not in seen(main_of(text(client, "/customers/C-1")))


def test_a_dispute_is_opened_with_the_call(scope: Scope, book: Book) -> None:
    """The form of the call asks what it is about; the dispute is open in the same moment."""
    book.customers(customer("C-1", name="Lowry"))
    book.items(invoice("R-1", 60_000), invoice("R-2", 5_000))
    client = client_of(scope)
    said = {"outcome": "dispute", "items": ["R-2"], "dispute_amount": "12.50"}
    assert client.post("/do/call/C-1", said).status_code == 422
    said |= {"dispute_code": "price"}
    done = client.post("/do/call/C-1", said, headers={"HX-Request": "true"}).content.decode()
    assert "The dispute is open" in done
    (row,) = dispute.listed(scope, customer="C-1", as_of=TODAY)
    assert [(i["number"], i["amount_minor"]) for i in row["items"]] == [("R-2", 1_250)]
    assert row["code"] == "price"


@pytest.mark.parametrize("verb", ["suspension", "agency", "legal"])
def test_what_the_book_lacks_is_said_on_the_form(scope: Scope, book: Book, verb: str) -> None:
    """No notice named a suspension, no final demand went out: nothing is asked, and why is said."""
    book.customers(customer("C-1", name="Lowry"))
    book.items(invoice("R-1", 60_000, due_on=TODAY - 70 * DAY))
    client = client_of(scope)
    answer = client.post(f"/do/{verb}/C-1", {"reason": "overdue"})
    assert answer.status_code == 409
    assert 'class="wrong"' in answer.content.decode()
    assert not folder.runs(scope, _pk(scope, "C-1"), as_of=TODAY)[0].rows


def test_a_way_out_of_use_is_repaired_from_the_page(told: Scope) -> None:
    """The page says since when and why, and one form brings it back."""
    with tx.transaction_of(told):
        models.Route.objects.filter(
            organisation_id=told.organisation_id, contact__customer__reference="C-1",
            channel="email",
        ).update(invalid_on=TODAY - DAY, invalid_reason="bounced")  # fmt: skip
    client = client_of(told)
    assert "bounced since" in seen(main_of(text(client, "/customers/C-1")))
    done = client.post("/do/repair/C-1", {"way": "email.ap", "reason": "they called"})
    assert done.status_code == 303
    assert "bounced" not in seen(main_of(text(client, "/customers/C-1")))


def test_what_a_role_may_not_do_is_not_offered(told: Scope) -> None:
    """A reader sees the page and no verb; a door tried anyway stays shut."""
    found.add_user(told, "rae", roles=["reader"], now=NOW)
    client = client_of(told._replace(actor="rae"))
    page = main_of(text(client, "/customers/C-1"))
    assert "/do/" not in page
    for verb in SELDOM:
        assert client.post(f"/do/{verb}/C-1", SELDOM[verb]).status_code == 403


def test_casework_of_every_noun_is_read_in_a_few_queries(told: Scope) -> None:
    """However much runs."""
    pk = _pk(told, "C-1")
    with tx.reading(told), CaptureQueriesContext(connection) as found_:
        rows = casework.of(told, pk, as_of=TODAY).rows
    assert {r.noun for r in rows} >= {"disputes", "promises"}
    assert len(found_) <= 14


def test_a_hold_that_has_run_out_is_not_told_as_running(told: Scope) -> None:
    """The day after its last one it counts among what ended."""
    hold.open_hold(
        told, "C-1", items=[], amount_minor=None, on=TODAY, until=TODAY, reason="audit", now=NOW
    )
    pk = _pk(told, "C-1")
    running, over = (folder.runs(told, pk, as_of=TODAY + n * DAY)[0] for n in (0, 1))
    assert "holds" in {r.noun for r in running.rows}
    assert "holds" not in {r.noun for r in over.rows}
    assert over.ended["holds"] == 1


def _pk(scope: Scope, reference: str) -> int:
    with tx.reading(scope):
        return models.Customer.objects.get(
            organisation_id=scope.organisation_id, reference=reference
        ).pk
