"""The first screen: its sentences add up, its doors open, and it speaks to this machine only."""

from __future__ import annotations

import base64
import datetime as dt
import email
import email.policy
import hashlib
import html
import re
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

import helpers
from dunwell.core import money, rows
from dunwell.core.reasons import SENTENCES, Reason
from dunwell.core.scope import Scope
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import approve, dispatch, found, hold, look, preview, report
from dunwell.desk import day as days
from dunwell.store import models, tx
from dunwell.web import guard, server, views, words
from helpers import NOW, TODAY, credit_note, customer, instant, invoice, payment

DAY = dt.timedelta(days=1)
BAD_NAME = "Bumble & <b>Sons</b> <script>alert(1)</script>"
UK = found.NewEntity("UK", "GBP", "Europe/London", "GB", name="Sample Works Ltd")
PAGES = ("/", "/tonight", "/silence", "/silence/disputed", "/aging", "/aging?entity=MAIN",
         "/customers", "/customers?q=quince", "/customers/ACTS", "/customers/A%2F1%20%3F",
         "/nothing-here")  # fmt: skip


class Desk(NamedTuple):
    """A small book, and somebody who looks at it through the screens."""

    scope: Scope
    book: helpers.Book
    client: Client

    def page(self, path: str, *, status: int = 200, **headers: str) -> HttpResponse:
        """Fetch a page."""
        response: Any = self.client.get(path, **headers)
        assert response.status_code == status, response.content.decode()[:2000]
        return response

    def text(self, path: str, **more: Any) -> str:
        """Fetch a page and return its source."""
        return self.page(path, **more).content.decode()

    def words(self, path: str, **more: Any) -> str:
        """Fetch a page and return what a person reads."""
        return seen(self.text(path, **more))


def client_of(scope: Scope, *, at: dt.datetime = NOW) -> Client:
    """Return a browser on this machine."""
    desk = {server.SCOPE: scope, server.CLOCK: lambda: at}
    return Client(REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:8000", **desk)


def seen(page: str) -> str:
    """Return the words of a page, as one line."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", page)))


def main_of(page: str) -> str:
    """Return what a page shows, without what stands around it on every page."""
    return page.partition('<main id="main">')[2].partition("</main>")[0]


def links(page: str) -> list[str]:
    """Return where a page's links lead."""
    return [html.unescape(a) for a in re.findall(r'<a [^>]*?href="([^"]+)"', page)]


@pytest.fixture
def desk(database) -> Desk:
    """A company with two entities and a customer for each kind of evening."""
    scope = helpers.found_organisation("acme", helpers.MAIN, UK)
    book = helpers.Book(scope)
    due = TODAY - 10 * DAY
    book.customers(
        customer("ACTS", name=BAD_NAME), customer("BOTH", name="Quince & Co"),
        customer("ASKS", name="Medlar GmbH"), customer("DISPUTES", name="Sloe Ltd"),
        customer("PROMISES"), customer("YOUNG"), customer("PAID"), customer("A/1 ?"),
        customer("POST", name="Rowan Ltd", email=None), customer("BRIT", country="GB"),
        customer("CALLS", name="Hazel AG"),
    )  # fmt: skip
    book.take(
        "contacts",
        rows.ContactRow(line=2, customer="POST", role="ap", address="1 Lane\nTown", name="R. Ash"),
        rows.ContactRow(line=3, customer="ASKS", role="ap", address="2 Lane\nTown"),
    )
    book.take("rates", rows.RateRow(line=2, currency="USD", base="EUR", on=due, rate="0.9"))
    book.items(
        invoice("R-1", 15_000, customer="ACTS", due_on=due),
        invoice("R-2", 50_000, customer="BOTH", due_on=due),
        invoice("R-3", 70_000, customer="BOTH", due_on=due - DAY, currency="USD"),
        invoice("R-4", 900_000, customer="ASKS", due_on=TODAY - 60 * DAY),
        invoice("R-5", 33_333, customer="DISPUTES", due_on=due),
        invoice("R-6", 44_444, customer="PROMISES", due_on=due),
        invoice("R-7", 55_555, customer="YOUNG", due_on=TODAY + 20 * DAY),
        invoice("R-8", 66_666, customer="PAID", due_on=due),
        invoice("R-9", 77_777, customer="A/1 ?", due_on=due),
        invoice("R-10", 88_888, customer="POST", due_on=due),
        invoice("R-11", 99_999, customer="BRIT", due_on=due, entity="UK", currency="GBP"),
        invoice("R-12", 12_121, customer="BOTH", due_on=TODAY - 40 * DAY, entity="UK",
                currency="GBP"),
        invoice("R-13", 30_000, customer="CALLS", due_on=TODAY - 30 * DAY),
        credit_note("CN-1", 2_000, customer="ACTS"),
    )  # fmt: skip
    book.payments(payment("P-1", 66_666, customer="PAID", items=[("R-8", None)]))
    book.take(
        "history",
        rows.HistoryRow(line=2, customer="ASKS", item="R-4", on=TODAY - 20 * DAY,
                        step="pre_collections", channel="email"),
        rows.HistoryRow(line=3, customer="CALLS", item="R-13", on=TODAY - 12 * DAY,
                        step="second_notice", channel="email"),
    )  # fmt: skip
    for reference, kind, until in (
        ("DISPUTES", "dispute", None), ("PROMISES", "promise", TODAY + 5 * DAY),
        ("A/1 ?", "hold", TODAY + 9 * DAY),
    ):  # fmt: skip
        hold.open_hold(
            scope, reference, items=[], amount_minor=None, on=TODAY - DAY, until=until,
            reason=kind, now=NOW, kind=kind,
        )  # fmt: skip
    return Desk(scope, book, client_of(scope))


def told(desk: Desk, **more: Any) -> days.Day:
    """Return the day as the desk tells it."""
    return days.day(desk.scope, as_of=TODAY, today=TODAY, **more)


def test_the_sentence_of_today_is_what_tonight_holds(desk: Desk) -> None:
    """Messages, customers, amounts, questions and silences are counted from the proposal."""
    day = told(desk)
    said = desk.words("/")
    sent = [a for _, act in day.acts for a in act.actions if a.channel != "call"]
    customers = {case.customer for case, _ in day.acts}
    assert f"Tonight {len(sent)} messages" in said
    assert f"go to {len(customers)} customers about" in said
    for currency, minor in money.by_currency(
        pair for _, act in day.acts for pair in act.amounts
    ).items():
        assert money.text(minor, currency) in said
    assert [q.customer for q in day.questions] == ["ASKS"]
    assert "1 waits for approval." in said
    assert f"{len(day.waits)} customers hear nothing." in said
    assert {c.customer for c, _ in day.acts} == {"ACTS", "BOTH", "POST", "BRIT", "CALLS"}


def test_every_message_of_tonight_has_a_door(desk: Desk) -> None:
    """The list of tonight links each message and call, each of which opens."""
    page = desk.text("/tonight")
    keys = {x.split("/")[2] for x in links(page) if x.startswith("/message/")}
    day = told(desk)
    assert {a.key for _, act in day.acts for a in act.actions} <= keys
    asked = {q.key for q in day.questions if q.what == "notice"}
    assert asked <= keys
    for key in keys:
        desk.page(f"/message/{key}")


def test_amounts_of_tonight_add_up_behind_their_door(desk: Desk) -> None:
    """The amount of a currency in the sentence opens the rows that add up to it."""
    doors = [x for x in links(desk.text("/")) if x.startswith("/tonight?currency=")]
    assert len(doors) >= 3
    for door in doors:
        currency = door.split("=")[1]
        page = desk.text(door)
        body = page.split('class="meta"')[1].split("</section>")
        shown = sum(
            (figure(x) for part in body for x in amounts(part.split("<tbody>")[-1], currency)),
            start=Decimal(0),
        )
        total = amounts(page.split('class="meta"')[1].split("</p>")[0], currency)
        assert [figure(x) for x in total] == [shown] != [0]
        assert money.text(money.to_minor(shown, currency), currency) in desk.words("/")


def amounts(page: str, currency: str) -> list[str]:
    """Return the amounts of one currency on a piece of a page."""
    return re.findall(rf'class="amount"><small>{currency}</small> ([^<]+)<', page)


def figure(text: str) -> Decimal:
    """Read an amount as it is shown."""
    return Decimal(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))


def test_steps_are_filtered_and_counted(desk: Desk) -> None:
    """The number beside a step opens as many rows; a channel and an entity can be chosen too."""
    day = told(desk)
    for step in {act.step for _, act in day.acts}:
        rows_ = desk.text(f"/tonight?step={step}").count('<tr role="row" data-row')
        assert rows_ == sum(act.step == step for _, act in day.acts)
    assert "Rowan Ltd" in desk.words("/tonight?channel=letter")
    assert "Quince" not in desk.words("/tonight?channel=letter")
    british = desk.words("/tonight?entity=UK")
    assert "Customer BRIT" in british
    assert "Rowan Ltd" not in british


def test_reasons_for_silence_add_up(desk: Desk) -> None:
    """The reasons sum to all that hear nothing, and each opens as many customers."""
    day = told(desk)
    page = desk.text("/silence")
    doors = [x for x in dict.fromkeys(links(page)) if x.startswith("/silence/")]
    counted = {}
    for door in doors:
        (said,) = re.findall(rf'href="{door}">([\d,]+)</a>', page)
        body = desk.text(door).rpartition("<tbody>")[2]
        counted[door] = int(said)
        assert body.count('<tr role="row">') == int(said)
    assert sum(counted.values()) == len(day.waits)
    assert set(counted) >= {"/silence/disputed", "/silence/promise_open", "/silence/not_yet",
                            "/silence/on_hold"}  # fmt: skip


def test_each_silence_says_its_reason_with_its_dates(desk: Desk) -> None:
    """A row says why, since when, and when it is looked at again."""
    assert "Everything overdue is in dispute since 1 March 2026." in desk.words("/silence/disputed")
    promised = desk.words("/silence/promise_open")
    assert "A promise covers everything overdue through 7 March 2026." in promised
    assert "again on" in promised
    assert "No step is due" in desk.words("/silence/not_yet")


def test_a_silence_that_stands_names_its_dates_too(desk: Desk) -> None:
    """What was decided on an earlier night and stands still is told with its dates and items."""
    run(desk, on=TODAY - DAY)
    assert any(x.stands for x in look.propose(desk.scope, as_of=TODAY).lines)
    assert "first reminder for R-7 opens on 24 March 2026" in desk.words("/silence/not_yet")


def run(desk: Desk, *, on: dt.date, sends: bool = True) -> MemoryChannel:
    """Make a day's run."""
    channel = MemoryChannel()
    proposed = look.propose(desk.scope, as_of=on)
    look.record(desk.scope, proposed, mode="run", now=instant(on, 6))
    if sends:
        routes = {"email": channel, "letter": channel}
        dispatch.run(desk.scope, routes, worker="w", now=instant(on, 21), plays=on)
    return channel


def test_every_number_of_the_aging_opens_what_adds_up_to_it(desk: Desk) -> None:
    """Each figure by entity, and each total, is the sum of the customers behind its door."""
    page = desk.text("/aging")
    doors = re.findall(r'href="(/aging\?[^"]*column=[^"]*)">([^<]+)</a>', page)
    assert len(doors) > 12
    for address, shown in doors:
        opened = desk.text(html.unescape(address))
        column = re.search(r"column=([^&]+)", html.unescape(address))
        assert column is not None
        here = re.findall(r'<td class="num here">(?:<a [^>]*>)?([^<]+)<', opened)
        assert sum(map(figure, here[:-1])) == figure(here[-1]) == figure(shown), address


def test_the_aging_is_the_report(desk: Desk) -> None:
    """Currencies stand apart; each line is that of `dunwell aging --by entity`."""
    said = desk.words("/aging")
    for r in report.aging_rows(desk.scope, as_of=TODAY, by="entity", entity=None).rows:
        assert f"{money.to_decimal(r.total, r.currency):,}" in said
        assert r.currency in said


def test_a_customer_page_explains_itself(desk: Desk) -> None:
    """What is next and why, where each item stands on its ladder, and by which policy."""
    said = desk.words("/customers/BOTH")
    assert "R-3 was due 19 February 2026; this is its first step." in said
    assert "first reminder" in said
    assert "policy classic v1" in said
    assert "USD 700.00 open" in said
    asks = desk.words("/customers/ASKS")
    assert "Final demand about EUR 9,000.00 waits for approval by the manager." in asks
    assert "See the letter" in asks


def test_references_of_any_kind_are_found(desk: Desk) -> None:
    """A reference with a slash, a blank and a question mark is a page like any other."""
    assert "/customers/A%2F1%20%3F" in desk.text("/silence/on_hold")
    assert "Customer A/1 ?" in desk.words("/customers/A%2F1%20%3F")


def test_search_finds_names_and_references(desk: Desk) -> None:
    """A part of a name or reference is enough, in any case; nothing found is said plainly."""
    assert "1 customer found" in desk.words("/customers?q=qUiNcE")
    assert "1 customer found" in desk.words("/customers?q=disp")
    assert "have nothing" not in desk.words("/customers?q=paid")
    assert "nothing open" in desk.words("/customers?q=paid")
    assert "Nobody by that name or reference, and no item" in desk.words(
        "/customers?q=%3Cnobody%3E"
    )


def test_the_preview_is_what_is_sent(desk: Desk) -> None:
    """The bytes shown before the night are the bytes handed over in it."""
    day = told(desk)
    shown = {
        p.key: p.message.raw
        for reference in {case.customer for case, _ in day.acts}
        for p in preview.preview(desk.scope, reference, as_of=TODAY)
        if p.message is not None and not p.asks
    }
    sent = {m.key: m.raw for m in run(desk, on=TODAY).sent}
    assert len(sent) >= 5
    assert shown == sent


def test_what_waits_for_approval_is_shown_as_it_will_go(desk: Desk) -> None:
    """A notice is shown in every channel before its approval, and goes out so afterwards."""
    run(desk, on=TODAY)
    (question,) = (q for q in told(desk).questions if q.what == "notice")
    later = TODAY + DAY
    shown = {
        p.key: p.message.raw
        for p in preview.preview(desk.scope, "ASKS", as_of=later)
        if p.message is not None
    }
    assert {p.asks for p in preview.preview(desk.scope, "ASKS", as_of=later)} == {"manager"}
    assert len(shown) == 2
    approve.approve(desk.scope, question.key, as_of=TODAY, now=NOW)
    assert {m.key: m.raw for m in run(desk, on=later).sent if m.key in shown} == shown


def test_what_is_recorded_and_not_sent_yet_can_still_be_seen(desk: Desk) -> None:
    """Between the night's run and the morning's dispatch a message still opens."""
    before = preview.preview(desk.scope, "ACTS", as_of=TODAY)
    run(desk, on=TODAY, sends=False)
    assert preview.preview(desk.scope, "ACTS", as_of=TODAY) == before
    page = desk.text("/tonight")
    assert "ready to go" in page
    assert f"/message/{before[0].key}" in page
    desk.page(f"/message/{before[0].key}")


def test_looking_writes_nothing(desk: Desk) -> None:
    """Pages and previews leave the book and its journal as they were."""

    def state() -> list[int]:
        with tx.reading(desk.scope):
            return [
                m.objects.filter(organisation_id=desk.scope.organisation_id).count()
                for m in (models.Event, models.Decision, models.Action, models.Run,
                          models.Approval, models.Assessment, models.Case)
            ]  # fmt: skip

    before = state()
    for path in PAGES:
        desk.client.get(path)
    preview.preview(desk.scope, "ASKS", as_of=TODAY)
    assert state() == before


def test_a_message_holds_one_customers_data_only(desk: Desk) -> None:
    """Nothing of any other customer stands in a message, its attachments or its page."""
    others = {"BOTH": ("R-2", "Quince"), "POST": ("R-10", "Rowan"), "ACTS": ("R-1<", "Bumble")}
    for mine in others:
        for p in preview.preview(desk.scope, mine, as_of=TODAY):
            page = main_of(desk.text(f"/message/{p.key}"))
            shown = page + (p.message.text + p.message.html if p.message else "")
            for other, marks in others.items():
                assert all((mark in shown) <= (other == mine) for mark in marks), (mine, other)
            assert all(other == mine or other.lower() not in page.lower() for other in others)


def test_markup_in_names_stays_words(desk: Desk) -> None:
    """A customer's name is text on every page, in the mail and in its title."""
    (mail, *_) = preview.preview(desk.scope, "ACTS", as_of=TODAY)
    for path in ("/", "/tonight", "/customers", "/customers/ACTS", "/aging?entity=MAIN",
                 f"/message/{mail.key}", f"/message/{mail.key}/mail.html",
                 "/customers?q=%22%3E%3Cscript%3E"):  # fmt: skip
        page = desk.text(path)
        assert "<b>Sons" not in page
        assert "<script>" not in page.lower()
    assert html.escape(BAD_NAME, quote=False) in desk.text("/customers/ACTS").replace("&#x27;", "'")


@pytest.mark.parametrize("path", PAGES)
def test_no_page_loads_what_is_not_ours(desk: Desk, path: str) -> None:
    """Every page says what it may load: its own files, with nothing inline and no other host."""
    response = desk.client.get(path)
    page = response.content.decode()
    policy = response.headers["Content-Security-Policy"]
    assert policy == guard.CONTENT_POLICY
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert all(s.startswith(' src="/static/') for s in re.findall(r"<script([^>]*)>", page))
    assert not re.search(r"<script[^>]*>[^<]", page)
    assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:", page)
    assert not re.search(r'(?:href|src|action|data)="(?:[a-z]+:)?//', page)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
def test_pages_can_be_read_aloud(desk: Desk, path: str) -> None:
    """One heading of the first order, a language, captions, headed columns, labelled fields."""
    page = desk.text(path, status=404 if path == "/nothing-here" else 200)
    assert '<html lang="en">' in page
    assert page.count("<h1") == 1
    assert page.count("<table") == page.count("<caption")
    assert page.count("<th ") == page.count('scope="col"') + page.count('scope="row"')
    fields = set(re.findall(r'<input id="(\w+)"', page))
    assert set(re.findall(r'<label for="(\w+)"', page)) == fields
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_mail_is_shown_in_a_box_that_can_do_nothing(desk: Desk) -> None:
    """Only the styles the mail itself carries are let in, each by its hash; no frame but ours."""
    (mail, *_) = preview.preview(desk.scope, "ACTS", as_of=TODAY)
    page = desk.text(f"/message/{mail.key}")
    assert f'src="/message/{mail.key}/mail.html" sandbox ' in page
    response = desk.page(f"/message/{mail.key}/mail.html")
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-hashes' 'sha256-")
    assert "; sandbox;" in policy
    assert policy.endswith("frame-ancestors 'self'")
    assert "unsafe-inline" not in policy
    for style in re.findall(r'style="([^"]*)"', response.content.decode()):
        digest = hashlib.sha256(html.unescape(style).encode()).digest()
        assert f"'sha256-{base64.b64encode(digest).decode()}'" in policy
    assert mail.message is not None
    parsed = email.message_from_bytes(mail.message.raw, policy=email.policy.default)
    body = parsed.get_body(preferencelist=("html",))
    assert body is not None
    assert response.content.decode() == body.get_content()


def test_letters_and_attachments_open_as_pdf(desk: Desk) -> None:
    """The letter is the PDF that would be posted; a statement opens from its mail."""
    found = preview.preview(desk.scope, "ASKS", as_of=TODAY)
    letter = next(p for p in found if p.channel == "letter")
    mail = next(p for p in found if p.channel == "email")
    assert letter.message is not None
    response = desk.page(f"/message/{letter.key}/letter.pdf")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert response.content == letter.message.raw
    assert desk.page(f"/message/{mail.key}/attachment/1").content.startswith(b"%PDF")
    saved = desk.page(f"/message/{mail.key}/raw")
    assert mail.message is not None
    assert saved.content == mail.message.raw
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{mail.key}.eml"'
    for path in ("letter.pdf", "attachment/9"):
        desk.page(f"/message/{mail.key}/{path}", status=404)


def test_a_call_shows_its_script(desk: Desk) -> None:
    """What the caller reads opens like a message, and is no mail to save."""
    found = preview.preview(desk.scope, "CALLS", as_of=TODAY)
    call = next(p for p in found if p.channel == "call")
    assert "What the caller reads." in desk.words(f"/message/{call.key}")
    assert "R-13" in desk.text(f"/message/{call.key}/mail.html")
    assert "1 call go" in desk.words("/")
    desk.page(f"/message/{call.key}/raw", status=404)


@pytest.mark.parametrize(
    ("path", "words_"),
    [
        ("/nothing-here", "There is nothing at this address."),
        ("/customers/NOBODY", "No customer 'NOBODY'"),
        ("/silence/because", "There is nothing at this address."),
        ("/aging?entity=NONE", "There is nothing at this address."),
        ("/aging?column=13-14", "There is nothing at this address."),
        ("/message/0123456789", "There is nothing at this address."),
        ("/font/desk", "There is nothing at this address."),
    ],
)
def test_what_is_not_there_is_said_plainly(desk: Desk, path: str, words_: str) -> None:
    """A page that does not exist says so in a sentence, with the way back."""
    page = desk.text(path, status=404)
    assert words_ in seen(page)
    assert links(page) == ["/"]


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "9999-12-31", "0001-01-01", "1e9"])
def test_a_day_that_is_none_is_refused(desk: Desk, day: str) -> None:
    """Only days between 2000 and a year ahead can be looked at."""
    assert "No such day" in desk.words(f"/?as_of={day}", status=400)


def test_another_day_keeps_its_day_in_every_link(desk: Desk) -> None:
    """A banner says which day it is, and no link falls back to today unnoticed."""
    page = desk.text("/tonight?as_of=2026-03-05")
    assert "You are looking at Thursday 5 March 2026, not at today." in seen(page)
    assert "On Thursday 5 March 2026, if nothing happens before," in seen(page)
    doors = [x for x in links(page) if x.startswith("/") and x != "/tonight"]
    assert len(doors) > 5
    assert [x for x in doors if "as_of=2026-03-05" not in x] == []


def test_a_past_day_is_told_as_it_was(desk: Desk) -> None:
    """What went out on a day stays what went out, whatever came after; its messages are sent."""
    evening = told(desk)
    channel = run(desk, on=TODAY)
    desk.book.payments(payment("P-2", 15_000, customer="ACTS", on=TODAY + DAY))
    client = client_of(desk.scope, at=NOW + 7 * DAY)
    then = seen(client.get(f"/?as_of={TODAY}").content.decode())
    assert f"On Monday 2 March 2026 {len(channel.sent)} messages" in then
    assert f"{len(channel.sent)} sent" in then
    assert f"{len(evening.waits)} customers heard nothing." in then
    page = client.get(f"/tonight?as_of={TODAY}").content.decode()
    assert "/message/" not in page
    assert "no run had been made by that day" in client.get("/?as_of=2026-02-01").content.decode()


def test_after_the_run_today_says_what_was_decided(desk: Desk) -> None:
    """Once the night's run is made, today shows its decisions and what became of them."""
    sent = run(desk, on=TODAY).sent
    said = desk.words("/")
    assert f"Today {len(sent)} messages" in said
    assert f"{len(sent)} sent" in said


def test_a_page_follows_what_happens(desk: Desk) -> None:
    """What is kept between pages is forgotten with the next event."""
    assert "Rowan Ltd" in desk.words("/tonight")
    desk.book.payments(payment("P-3", 88_888, customer="POST", items=[("R-10", None)]))
    assert "Rowan Ltd" not in desk.words("/tonight")


def test_one_organisation_never_sees_another(desk: Desk) -> None:
    """Customers, messages and numbers of one organisation do not exist for the other."""
    key = preview.preview(desk.scope, "ACTS", as_of=TODAY)[0].key
    desk.page(f"/message/{key}")
    beta = client_of(helpers.found_organisation("beta"))
    assert "nothing goes out" in seen(beta.get("/").content.decode())
    assert beta.get("/customers/ACTS").status_code == 404
    assert beta.get(f"/message/{key}").status_code == 404
    assert "Quince" not in beta.get("/customers?q=quince").content.decode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"HTTP_HOST": "evil.example"}, 421),
        ({"HTTP_HOST": "127.0.0.1.evil.example:8000"}, 421),
        ({"HTTP_HOST": "[::1"}, 421),
        ({"HTTP_HOST": ""}, 421),
        ({"REMOTE_ADDR": "192.0.2.7"}, 403),
        ({"REMOTE_ADDR": ""}, 403),
        ({"HTTP_HOST": "localhost"}, 200),
        ({"HTTP_HOST": "[::1]:8000", "REMOTE_ADDR": "::1"}, 200),
    ],
)
def test_only_this_machine_is_answered(desk: Desk, headers: dict[str, str], status: int) -> None:
    """Another caller is refused, and so is a page that reaches us under another name."""
    response = desk.page("/", status=status, **headers)
    assert ("Tonight" in response.content.decode()) is (status == 200)


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options", "trace"])
def test_nothing_but_pages_and_forms_is_answered(desk: Desk, method: str) -> None:
    """Whatever else is sent changes nothing."""
    response = getattr(desk.client, method)("/")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, POST"


def test_the_head_of_a_page_can_be_asked_for(desk: Desk) -> None:
    """HEAD is answered as GET is, without the page."""
    response = desk.client.head("/")
    assert response.status_code == 200
    assert response.content == b""


def test_a_bug_is_a_plain_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks says sorry without a word of what it is inside."""

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr(views.shown, "lead", breaks)
    client = client_of(desk.scope)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 500
    assert "Something went wrong here." in response.content.decode()
    assert "42" not in response.content.decode()


def test_stale_data_is_said_first(desk: Desk) -> None:
    """When the gate is closed the page says that nothing is sent, and why."""
    with tx.transaction_of(desk.scope):
        models.Entity.objects.filter(
            organisation_id=desk.scope.organisation_id, code="MAIN"
        ).update(feeds_required=["payments"])
    client = client_of(desk.scope, at=NOW + 10 * DAY)
    said = seen(client.get("/").content.decode())
    assert "Nothing is sent: payments for MAIN reach to 2026-03-02." in said
    assert "nothing goes out" in said


def test_every_reason_has_words_for_the_screen() -> None:
    """No silence is shown as a code."""
    assert list(words.SILENCES) == list(Reason) == list(SENTENCES)
    assert all(w and "_" not in w for w in words.SILENCES.values())


def test_of_thousands_of_pages_the_first_the_last_and_those_near_are_offered() -> None:
    """A list of 200,000 rows is no page of numbers."""
    request = RequestFactory().get("/customers?q=a&page=50")
    found = views.pages(request, 4_000 * views.PAGE)
    numbers = [number for number, *_ in found]
    assert numbers == [1, 2, 0, 47, 48, 49, 50, 51, 52, 53, 0, 3999, 4000]
    assert [(n, href) for n, href, is_here in found if is_here] == [(50, "/customers?q=a&page=50")]


def test_long_lists_come_in_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list is cut into pages that hold every customer once; the sums stay whole."""
    monkeypatch.setattr(views, "PAGE", 3)
    names: list[str] = []
    first = desk.text("/customers")
    pages = [x for x in links(first) if x.startswith("/customers?page=")]
    assert len(pages) == 4
    for page in pages:
        names += [x for x in links(desk.text(page).split("<tbody>")[1]) if "/customers/" in x]
    assert len(names) == len(set(names)) == 10
    totals = [desk.text(f"/aging?entity=MAIN{p}").split("<tfoot>")[1] for p in ("", "&page=2")]
    assert totals[0].split("</tfoot>")[0] == totals[1].split("</tfoot>")[0]
    desk.page("/customers?page=zero")
