"""Tonight in the browser: lines left out, released once confirmed, and where they are."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dunwell.core import authority
from dunwell.core.errors import Misconfigured
from dunwell.core.rows import ContactRow, HistoryRow
from dunwell.core.scope import Scope
from dunwell.delivery.channel import Channel
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import access, approve, checklist, found, look, placement, sending, worker
from dunwell.store import models, tx
from dunwell.web import errands, server
from helpers import NOW, TODAY, Book, customer, invoice, payment

WORDS = "a calm desk in the morning"
DAY = dt.timedelta(days=1)
NINE = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)  # Monday, nine o'clock in Berlin
HERE: dict[str, Any] = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000"}


def at_once(work: Callable[[], None]) -> None:
    """Do beside the pages what is to be done, before the page is answered."""
    work()


def never(work: Callable[[], None]) -> None:
    """Lose what was to be done, as a crash does."""


def browser(
    scope: Scope,
    who: str = "",
    *,
    now: dt.datetime = NINE,
    starts: Callable[[Callable[[], None]], None] = at_once,
    **env: Any,
) -> Client:
    """Return the browser of anna, who holds every role, or of somebody who signs in."""
    given = {server.SCOPE: scope, server.CLOCK: lambda: now, server.STARTS: starts} | env
    if not who:
        return Client(**HERE, **given)
    client = Client(**HERE, **(given | {server.SIGNS_IN: True}))
    assert client.post("/sign-in", {"name": who, "password": WORDS}).status_code == 303
    return client


def user(scope: Scope, name: str, *roles: str) -> None:
    """Add a user with a password."""
    found.add_user(scope, name, roles=roles, now=NOW)
    access.accept(scope, access.invite(scope, name, now=NOW), WORDS, now=NOW)


def contacted(item: str, step: str, on: dt.date) -> HistoryRow:
    """A step C-1's item took in the old system."""
    return HistoryRow(line=2, customer="C-1", item=item, step=step, on=on, channel="email")


def person(role: str, **said: Any) -> ContactRow:
    """A person at C-1."""
    return ContactRow(line=2, customer="C-1", role=role, name=f"the {role}", **said)


def looked(scope: Scope) -> None:
    """Record a run of today."""
    look.record(scope, look.propose(scope, as_of=TODAY), mode="run", now=NOW)


def ended(book: Book) -> None:
    """C-1 owes one item whose final demand went out in the old system, and has expired."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 70 * DAY))
    book.take("contacts", person("alternate", phone="+49 30 1"))
    book.take("history", contacted("R-1", "final_demand", TODAY - 20 * DAY))


def text(client: Client, path: str, **more: Any) -> str:
    """Return a page."""
    response = client.get(path, **more)
    assert response.status_code == 200, (path, response.status_code)
    return response.content.decode()


def said(page: str) -> str:
    """Return the words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def states(scope: Scope) -> list[tuple[str, str]]:
    """Return whose each action is, and its state."""
    with tx.reading(scope):
        rows = models.Action.objects.filter(organisation_id=scope.organisation_id)
        return list(rows.order_by("pk").values_list("customer__reference", "state"))


def lines(page: str) -> dict[str, str]:
    """Return the lines that can be ticked: the value of each by its customer."""
    rows = re.findall(
        r'data-customer="([^"]+)" tabindex="-1">\s*<td role="cell" class="pick"><input[^>]*'
        r'value="(\w+)"', page,
    )  # fmt: skip
    return dict(rows)


@pytest.fixture
def owing(scope: Scope, book: Book) -> Scope:
    """C-1, C-2 and C-3 would hear a first reminder tonight; C-9 is not due for anything."""
    book.customers(*(customer(c, name=f"Firm {c}") for c in ("C-1", "C-2", "C-3", "C-9")))
    book.items(
        *(invoice(f"R-{n}", customer=f"C-{n}") for n in (1, 2, 3)),
        invoice("R-9", customer="C-9", due_on=TODAY + 60 * DAY),
    )
    return scope


def prepared(client: Client, *ticked: str, **more: str) -> str:
    """Ask for the release of what is ticked, or of all; return the page that confirms it."""
    page = text(client, "/tonight")
    keys = [lines(page)[c] for c in ticked]
    response = client.post("/tonight/release", {"line": keys} | more)
    assert response.status_code == 303
    return str(response["Location"])


# --- releasing --------------------------------------------------------------------------------


def test_the_page_says_what_a_release_does(owing: Scope) -> None:
    """How many messages go to how many customers, by channel; each line can be ticked."""
    page = text(browser(owing), "/tonight")
    assert "3 messages go to 3 customers: 3 mails." in said(page)
    assert set(lines(page)) == {"C-1", "C-2", "C-3"}
    assert ">Release 3</button>" in page


def test_nothing_leaves_before_it_is_confirmed(owing: Scope) -> None:
    """The first press keeps a proposal and asks; the second lets it go, and it went."""
    client = browser(owing)
    where = prepared(client)
    page = text(client, where)
    assert "Release 3 messages?" in said(page)
    assert "Nothing has left the house." in said(page)
    assert states(owing) == []
    assert client.post(f"{where}/release").status_code == 303
    assert states(owing) == [("C-1", "sent"), ("C-2", "sent"), ("C-3", "sent")]
    assert "3 of 3 went out" in said(text(client, where))
    with tx.reading(owing):
        verdicts = models.Decision.objects.filter(
            organisation_id=owing.organisation_id, customer__reference="C-9"
        ).values_list("verdict", "reason")
        assert list(verdicts) == [("wait", "not_yet")]


def test_it_is_released_once(owing: Scope) -> None:
    """A second press of the button, or of somebody else's, sends nothing more and says so."""
    client = browser(owing)
    where = prepared(client)
    client.post(f"{where}/release")
    client.post(f"{where}/release")
    assert "was released already" in said(text(client, where))
    assert len(states(owing)) == 3


def test_only_what_is_ticked_goes_and_the_rest_stays(owing: Scope) -> None:
    """The lines left are offered again, beside what was released."""
    client = browser(owing)
    where = prepared(client, "C-2")
    assert "Release 1 message?" in said(text(client, where))
    client.post(f"{where}/release")
    assert states(owing) == [("C-2", "sent")]
    page = text(client, "/tonight")
    assert set(lines(page)) == {"C-1", "C-3"}
    assert "Since the release more came up. 2 messages go to 2 customers" in said(page)
    second = prepared(client)
    client.post(f"{second}/release")
    assert len(states(owing)) == 3


def test_a_filter_releases_only_what_it_shows(owing: Scope, book: Book) -> None:
    """On the list of one entity the button is about that entity."""
    found.add_entity(owing, found.NewEntity("UK", "GBP", "Europe/London", "GB"), now=NOW)
    book.items(invoice("R-4", 5_000, customer="C-9", entity="UK", currency="GBP"))
    client = browser(owing, now=NINE + dt.timedelta(hours=1))  # nine o'clock in London
    page = text(client, "/tonight?entity=UK")
    assert ">Release 1</button>" in page
    where = client.post("/tonight/release", {"entity": "UK"})["Location"]
    client.post(f"{where}/release")
    assert [c for c, _ in states(owing)] == ["C-9"]


def test_what_changed_since_drops_out_and_the_page_says_why(owing: Scope, book: Book) -> None:
    """A line paid between the look and the release does not go; the others do."""
    client = browser(owing)
    where = prepared(client)
    book.payments(payment("P-1", 10_000, items=[("R-1", None)]))
    client.post(f"{where}/release")
    assert states(owing) == [("C-2", "sent"), ("C-3", "sent")]
    page = said(text(client, where))
    assert "Dropped out when checked again 1" in page
    assert "Firm C-1 MAIN Nothing is open." in page


def test_a_list_that_changed_before_it_was_confirmed_says_so(owing: Scope, book: Book) -> None:
    """The page that confirms says that it is about another number than the list did."""
    client = browser(owing)
    text(client, "/tonight")
    book.payments(payment("P-1", 10_000, items=[("R-1", None)]))
    where = client.post("/tonight/release", {"n": "3"})["Location"]
    page = said(text(client, where))
    assert "The book changed since you looked" in page
    assert "Release 2 messages?" in page


def test_yesterdays_proposal_is_not_released(owing: Scope) -> None:
    """It was made for another day; the page says what to do."""
    where = prepared(browser(owing))
    later = browser(owing, now=NINE + DAY)
    assert "It was made for another day" in said(text(later, where))
    later.post(f"{where}/release")
    assert states(owing) == []


def test_under_the_gate_nothing_is_offered(owing: Scope) -> None:
    """With data older than the policy allows there is no button, and asking anyway is refused."""
    client = browser(owing)
    keys = list(lines(text(client, "/tonight")).values())
    with tx.transaction_of(owing):
        models.Entity.objects.filter(organisation_id=owing.organisation_id).update(
            feeds_required=["payments"]
        )
    assert client.post("/tonight/release", {"line": keys})["Location"] == "/tonight"
    with tx.reading(owing):
        mine = models.Proposal.objects.filter(organisation_id=owing.organisation_id)
        assert not mine.exists()


# --- left out ---------------------------------------------------------------------------------


def test_ticked_lines_are_left_out_for_one_reason(owing: Scope) -> None:
    """Both are held for today alone, stand with who and why, and can be put back."""
    client = browser(owing)
    keys = lines(text(client, "/tonight"))
    asks = client.post("/tonight/leave-out", {"line": [keys["C-1"], keys["C-2"]]})
    assert "Leave 2 customers out today" in said(asks.content.decode())
    done = client.post(
        "/tonight/leave-out", {"line": [keys["C-1"], keys["C-2"]], "reason": "called them"}
    )
    assert done.status_code == 303
    page = text(client, "/tonight")
    assert "2 customers left out today." in page
    assert set(lines(page)) == {"C-3"}
    assert "Left out today 2" in said(page)
    where = prepared(client)
    confirm = said(text(client, where))
    assert "Left out by hand 2 Firm C-1 called them by anna" in confirm
    both = re.search(r'action="(/undo/drop/\d+\.\d+)"', page)[1]
    assert client.post(both).status_code == 303
    assert set(lines(text(client, "/tonight"))) == {"C-1", "C-2", "C-3"}


def test_nobody_ticked_or_no_reason_is_asked_for(owing: Scope) -> None:
    """Nothing is left out by accident."""
    client = browser(owing)
    none = client.post("/tonight/leave-out", {})
    assert none.status_code == 422
    assert "Choose the lines first" in none.content.decode()
    key = lines(text(client, "/tonight"))["C-1"]
    empty = client.post("/tonight/leave-out", {"line": [key], "reason": " "})
    assert empty.status_code == 422
    assert set(lines(text(client, "/tonight"))) == {"C-1", "C-2", "C-3"}


def test_one_line_is_left_out_from_its_row(owing: Scope) -> None:
    """The verb asks why, holds the day, and can be undone."""
    client = browser(owing)
    assert client.post("/do/drop/C-1", {"reason": "asked for a copy"}).status_code == 303
    page = text(client, "/tonight")
    assert set(lines(page)) == {"C-2", "C-3"}
    where = re.search(r'action="(/undo/drop/\d+)"', page)[1]
    client.post(where)
    assert set(lines(text(client, "/tonight"))) == {"C-1", "C-2", "C-3"}


# --- on its way -------------------------------------------------------------------------------


def test_a_thread_of_the_server_carries_it(owing: Scope) -> None:
    """The page is answered at once, and shows by and by that all of it went."""
    client = browser(owing, starts=errands._in_a_thread)
    where = prepared(client)
    client.post(f"{where}/release")
    for _ in range(100):
        page = text(client, where)
        if "3 of 3 went out" in said(page):
            break
        time.sleep(0.1)
    assert states(owing) == [("C-1", "sent"), ("C-2", "sent"), ("C-3", "sent")]


def test_after_a_crash_the_page_shows_where_it_is_and_goes_on(owing: Scope) -> None:
    """Begun and lost: the page and Today say so, and one press goes on."""
    client = browser(owing, starts=never)
    where = prepared(client)
    client.post(f"{where}/release")
    moving = text(client, where)
    assert 'hx-trigger="every 1s"' in moving
    assert "/pause" in moving
    gone = worker.name().rpartition(":")[0] + ":1"
    with tx.transaction_of(owing):
        models.Proposal.objects.filter(organisation_id=owing.organisation_id).update(carrier=gone)
    page = text(client, where)
    assert "It was interrupted" in page
    assert "stopped on its way" in text(client, "/")
    back = browser(owing)
    assert back.post(f"{where}/go-on").status_code == 303
    assert len(states(owing)) == 3
    assert "3 of 3 went out" in said(text(back, where))


def test_it_is_paused_and_gone_on_with(owing: Scope) -> None:
    """While it is on its way it can be paused; nothing more leaves until somebody goes on."""
    client = browser(owing, starts=never)
    where = prepared(client)
    client.post(f"{where}/release")
    client.post(f"{where}/pause")
    page = text(client, where)
    assert "Paused. Nothing more leaves" in said(page)
    assert "hx-trigger" not in page
    assert "is paused" in text(client, "/tonight")
    again = browser(owing)
    again.post(f"{where}/go-on")
    assert [s for _, s in states(owing)] == ["sent"] * 3


def test_the_part_that_moves_asks_for_the_whole_when_the_state_changed(owing: Scope) -> None:
    """While the state stays only the figures come; else the page is loaded anew."""
    client = browser(owing, starts=never)
    where = prepared(client)
    client.post(f"{where}/release")
    same = client.get(f"{where}/progress?was=checking")
    assert b'id="progress"' in same.content
    assert b"<html" not in same.content
    client.post(f"{where}/pause")
    assert client.get(f"{where}/progress?was=checking")["HX-Refresh"] == "true"


def test_a_fault_stops_it_with_its_reason(owing: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel that cannot be used as set stops the carrier; the page says what, to go on."""

    class Wrong(MemoryChannel):
        def open(self) -> None:
            raise Misconfigured("smtp.password", "the server does not take it")

    wrong: dict[str, Channel] = {"email": Wrong()}
    monkeypatch.setattr(errands.setting, "channels", lambda *_, **__: wrong)
    client = browser(owing)
    where = prepared(client)
    client.post(f"{where}/release")
    page = said(text(client, where))
    assert "It stopped, and waits for somebody to go on. Smtp.password" in page
    assert [s for _, s in states(owing)] == ["ready"] * 3
    wrong["email"] = MemoryChannel()
    client.post(f"{where}/go-on")
    assert [s for _, s in states(owing)] == ["sent"] * 3


def test_wrong_settings_begin_nothing(owing: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where settings.yaml cannot be used the page says so, and the release can be tried again."""

    def broken(*_: object, **__: object) -> None:
        raise Misconfigured("settings.yaml", "not readable")

    client = browser(owing)
    where = prepared(client)
    with monkeypatch.context() as patched:
        patched.setattr(errands.setting, "channels", broken)
        client.post(f"{where}/release")
    assert "ettings.yaml" in said(text(client, where))
    client.post(f"{where}/release")
    assert [s for _, s in states(owing)] == ["sent"] * 3


def test_a_played_day_waits_for_no_hour(owing: Scope) -> None:
    """In the demo everything goes into files at once, whatever the clock says."""
    client = browser(owing, now=NINE - dt.timedelta(hours=2), **{server.PLAYS: True})
    where = prepared(client)
    assert "This is a demo" in text(client, where)
    client.post(f"{where}/release")
    assert [s for _, s in states(owing)] == ["sent"] * 3


def test_a_message_that_broke_off_is_settled(owing: Scope) -> None:
    """What nobody knows the end of is listed, "sent" preselected, and settled by a person."""
    client = browser(owing)
    where = prepared(client)
    client.post(f"{where}/release")
    with tx.transaction_of(owing):
        models.Action.objects.filter(
            organisation_id=owing.organisation_id, customer__reference="C-1"
        ).update(state="unknown")
        key = models.Action.objects.get(
            organisation_id=owing.organisation_id, customer__reference="C-1"
        ).key
    page = text(client, "/deliveries")
    assert "Of 1 message nobody knows whether it arrived." in said(page)
    assert 'value="sent" checked' in page
    assert "1 delivery unknown" in said(text(client, "/"))
    assert "unknown</a>" in text(client, where)
    client.post(f"/deliveries/{key}", {"outcome": "not_sent"})
    assert ("C-1", "failed") in states(owing)
    assert "Of every message it is known" in text(client, "/deliveries")
    assert client.post(f"/deliveries/{key}", {"outcome": "lost"}).status_code == 404


# --- approvals --------------------------------------------------------------------------------


@pytest.fixture
def asking(scope: Scope, book: Book) -> Scope:
    """A final demand to C-1 waits for the manager; eva collects, mona manages."""
    book.customers(customer("C-1", name="Lowry"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 70 * DAY))
    book.take("contacts", person("executive", email="exec@example.com"))
    book.take("history", contacted("R-1", "pre_collections", TODAY - 20 * DAY))
    looked(scope)
    user(scope, "eva", "collector")
    user(scope, "mona", "manager")
    return scope


def key_of(scope: Scope, what: str = "notice") -> str:
    """Return the key of the one open question of a kind."""
    with tx.reading(scope):
        return str(
            models.Approval.objects.get(
                organisation_id=scope.organisation_id, what=what, state="asked"
            ).key
        )


def mark(page: str) -> str:
    """Return the mark a question's form carries."""
    return re.search(r'name="mark" value="(\w+)"', page)[1]


def test_a_notice_is_seen_as_it_will_look_then_approved(asking: Scope) -> None:
    """The page frames the very message; approved, it goes with tonight's."""
    client = browser(asking, "mona")
    key = key_of(asking)
    assert "Lowry" in text(client, "/approvals")
    page = text(client, f"/approvals/{key}")
    frame = re.search(r'<iframe class="mail" src="([^"]+)"', page)[1]
    assert b"900" in client.get(frame).content
    done = client.post(f"/approvals/{key}/answer", {"answer": "approve", "mark": mark(page)})
    assert (done.status_code, done["Location"]) == (303, "/approvals")
    assert "approved. It goes with tonight" in said(text(client, "/approvals"))
    assert set(lines(text(browser(asking), "/tonight"))) == {"C-1"}


def test_a_refusal_takes_a_reason_and_can_be_taken_back(asking: Scope) -> None:
    """Without one the form says so; with it, it is kept, and undo asks the question again."""
    client = browser(asking, "mona")
    key = key_of(asking)
    page = text(client, f"/approvals/{key}")
    given = {"answer": "refuse", "mark": mark(page)}
    empty = client.post(f"/approvals/{key}/answer", given)
    assert empty.status_code == 422
    assert b"Say why." in empty.content
    until = (TODAY + 20 * DAY).isoformat()
    client.post(f"/approvals/{key}/answer", given | {"reason": "they called", "until": until})
    after = text(client, "/approvals")
    assert "refused; looked at again on 22 Mar." in after
    client.post(re.search(r'action="(/undo/approval/\w+)"', after)[1])
    assert key_of(asking) == key


def test_what_changed_or_was_answered_meanwhile_is_said(asking: Scope, book: Book) -> None:
    """Nothing is done on a question that is another than the one that was seen."""
    client = browser(asking, "mona")
    key = key_of(asking)
    page = text(client, f"/approvals/{key}")
    book.payments(payment("P-1", 1_000, items=[("R-1", None)]))
    given = {"answer": "approve", "mark": mark(page)}
    late = client.post(f"/approvals/{key}/answer", given)
    assert late.status_code == 409
    assert b"This changed since you looked" in late.content
    page = text(client, f"/approvals/{key}")
    approve.approve(asking, key, as_of=TODAY, now=NOW)
    late = client.post(f"/approvals/{key}/answer", given | {"mark": mark(page)})
    assert late.status_code == 409
    assert b"Meanwhile anna approved this." in late.content


def test_a_role_one_does_not_hold_may_look_and_no_more(asking: Scope) -> None:
    """A collector sees what waits for the manager and is told so; asking anyway is refused."""
    client = browser(asking, "eva")
    key = key_of(asking)
    page = text(client, f"/approvals/{key}")
    assert "a role you do not hold" in page
    assert 'value="approve"' not in page
    seen = mark(text(browser(asking, "mona"), f"/approvals/{key}"))
    done = client.post(f"/approvals/{key}/answer", {"answer": "approve", "mark": seen})
    assert done.status_code == 409
    assert b"waits for the role manager" in done.content
    assert key_of(asking) == key


def test_nobody_approves_what_they_proposed(scope: Scope, book: Book) -> None:
    """The page says so, and the desk refuses."""
    ended(book)
    user(scope, "ben", "collector", "manager")
    ben = scope._replace(actor="ben")
    key = placement.propose(ben, "C-1", as_of=TODAY, now=NOW)["id"]
    client = browser(scope, "ben")
    page = text(client, f"/approvals/{key}")
    assert "You proposed this; somebody else must answer." in page
    seen = mark(text(browser(scope), f"/approvals/{key}"))
    done = client.post(f"/approvals/{key}/answer", {"answer": "approve", "mark": seen})
    assert done.status_code == 409
    assert b"somebody else must answer" in done.content


def test_a_placement_is_approved_once_its_checklist_is_complete(scope: Scope, book: Book) -> None:
    """Its gaps stand on the page, each with a way to complete it; then it is handed over."""
    ended(book)
    user(scope, "ben", "collector", "manager")
    ben = scope._replace(actor="ben")
    key = placement.propose(ben, "C-1", as_of=TODAY, now=NOW)["id"]
    client = browser(scope)
    page = text(client, f"/approvals/{key}")
    assert "Before the agency not complete" in said(page)
    assert "With the agency EUR" in said(page)
    given = {"answer": "approve", "mark": mark(page)}
    early = client.post(f"/approvals/{key}/answer", given)
    assert early.status_code == 409
    assert b"The checklist lacks" in early.content
    gaps = re.findall(r'href="(/checklist/[^"]+)"', page)
    rows = checklist.show(scope, "C-1", entity=None, as_of=TODAY)["rows"]
    assert len(gaps) == sum(r["state"] == "open" for r in rows)
    for gap in gaps:
        where = gap.replace("&amp;", "&")
        assert client.get(where).status_code == 200
        row = {"how": "done", "said": "tried", "entity": "MAIN", "back": f"/approvals/{key}"}
        done = client.post(where.partition("?")[0], row)
        assert (done.status_code, done["Location"]) == (303, f"/approvals/{key}")
    page = text(client, f"/approvals/{key}")
    assert "Before the agency complete" in said(page)
    client.post(f"/approvals/{key}/answer", {"answer": "approve", "mark": mark(page)})
    (made,) = placement.listed(scope)
    assert made["state"] == "placed"


def test_only_a_manager_lets_a_row_go_undone(scope: Scope, book: Book) -> None:
    """A collector may complete it; waiving it is refused with the reason."""
    ended(book)
    user(scope, "eva", "collector")
    client = browser(scope, "eva")
    given = {"how": "waived", "said": "they moved", "entity": "MAIN"}
    done = client.post("/checklist/ask_sales/C-1", given)
    assert done.status_code == 422
    assert b"takes the role manager" in done.content
    assert client.post("/checklist/nothing/C-1", given).status_code == 404


def test_a_suspension_says_what_happens_at_the_other_system(scope: Scope, book: Book) -> None:
    """With nobody listening a person is asked to do it; undone, it is lifted."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 30 * DAY))
    book.take("history", contacted("R-1", "final_notice", TODAY - 15 * DAY))
    looked(scope)
    key = key_of(scope, "suspension")
    client = browser(scope)
    page = text(client, f"/approvals/{key}")
    assert "No other system listens" in page
    client.post(f"/approvals/{key}/answer", {"answer": "approve", "mark": mark(page)})
    assert "1 task due" in said(text(browser(scope, now=NINE + DAY), "/"))
    assert client.post(f"/undo/approval/{key}").status_code == 303


# --- walls ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", authority.ROLES)
def test_each_role_does_what_it_may_and_no_more(owing: Scope, role: str) -> None:
    """Reading is for all; leaving out, releasing, settling and answering for those who may."""
    where = prepared(browser(owing))
    user(owing, "eva", role)
    client = browser(owing, "eva", starts=never)
    for path in ("/tonight", "/approvals", "/deliveries", where):
        assert client.get(path).status_code == 200, path
    may = {r: authority.may({role}, r) for r in ("release", "delivery", "answer", "checklist")}
    page = text(client, "/tonight")
    assert (">Release 3</button>" in page) is may["release"]
    assert (f'action="{where}/release"' in text(client, where)) is may["release"]
    tries = {
        "/tonight/leave-out": "release", "/tonight/release": "release",
        f"{where}/release": "release", f"{where}/pause": "release", f"{where}/go-on": "release",
        "/deliveries/0000": "delivery", "/approvals/0000/answer": "answer",
        "/undo/approval/0000": "answer", "/checklist/ask_sales/C-1": "checklist",
    }  # fmt: skip
    for path, right in tries.items():
        status = client.post(path).status_code
        assert (status == 403) is not may[right], (role, path, status)


def test_a_form_from_elsewhere_releases_nothing(owing: Scope) -> None:
    """Without the token of a page of ours nothing is saved, left out, released or answered."""
    where = prepared(browser(owing))
    env = {server.SCOPE: owing, server.CLOCK: lambda: NINE, server.STARTS: at_once}
    client = Client(enforce_csrf_checks=True, **HERE, **env)
    for path in ("/tonight/release", "/tonight/leave-out", f"{where}/release", "/deliveries/0000",
                 "/approvals/0000/answer", "/undo/approval/0000"):  # fmt: skip
        assert client.post(path).status_code == 403
    assert states(owing) == []


def test_a_past_day_is_only_looked_at(owing: Scope) -> None:
    """No button stands on a day that is not today, and posting there does nothing."""
    client = browser(owing)
    day = (TODAY + DAY).isoformat()
    page = text(client, f"/tonight?as_of={day}")
    assert lines(page) == {}
    assert "Release" not in said(page)
    assert client.post(f"/tonight/release?as_of={day}").status_code == 404


def test_unknown_numbers_and_moves_are_not_found(owing: Scope) -> None:
    """A proposal that is none, a move that is none, a question that is none."""
    client = browser(owing)
    assert client.get("/proposal/99").status_code == 404
    where = prepared(client)
    assert client.post(f"{where}/explode").status_code == 404
    assert client.get(f"{where}/release").status_code == 404
    assert client.get("/approvals/0000").status_code == 404


def test_more_lines_take_no_more_queries(owing: Scope, book: Book) -> None:
    """The list, the proposal and the approvals cost the same for three lines and for thirty."""
    client = browser(owing)
    prepared(client)

    def count(path: str) -> int:
        text(client, path)  # what is kept of the book is worked out once
        with CaptureQueriesContext(connection) as queries:
            text(client, path)
        return sum(" FROM " in q["sql"] for q in queries)

    paths = ("/tonight", "/approvals", "/deliveries", "/")
    few = {p: count(p) for p in paths} | {"proposal": count(prepared(client))}
    book.customers(*(customer(f"D-{n}") for n in range(30)))
    book.items(*(invoice(f"S-{n}", customer=f"D-{n}") for n in range(30)))
    many = {p: count(p) for p in paths} | {"proposal": count(prepared(client))}
    assert many == few
    assert max(many.values()) < 30


def test_a_step_with_many_lines_shows_the_first_and_opens_the_rest(
    owing: Scope, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long list is cut, says how many there are, and all of them go when it is released."""
    from dunwell.web import releasing

    monkeypatch.setattr(releasing, "FIRST", 2)
    client = browser(owing)
    page = text(client, "/tonight")
    assert len(lines(page)) == 2
    assert "All 3 of this step" in page
    step = re.search(r'href="(/tonight\?step=\w+)">All 3', page)[1]
    assert len(lines(text(client, step))) == 3
    where = prepared(client)
    assert sending.where(owing, int(where.rpartition("/")[2]), now=NINE).number
    assert "Release 3 messages?" in said(text(client, where))
