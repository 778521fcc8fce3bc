"""On a large book, what reads all of it is worked out beside the page that asks for it."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from dunwell.core.scope import Scope
from dunwell.desk import note, outstanding, report
from dunwell.web import aside, read, server
from helpers import NOW, TODAY, Book, customer, invoice, payment

DAY = dt.timedelta(days=1)
PAST = TODAY - 40 * DAY
ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
Work = Callable[[], None]


class Desk:
    """Somebody at the desk of a book taken for large; `begun` is what was left aside."""

    def __init__(self, scope: Scope) -> None:
        self.begun: list[Work] = []
        self.now = NOW
        self.client = Client(
            REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:8000",
            **{server.SCOPE: scope, server.CLOCK: lambda: self.now,
               server.STARTS: self.begun.append},
        )  # fmt: skip

    def get(self, path: str, **more: Any) -> str:
        """Return what a page says."""
        response = self.client.get(path, **more)
        assert response.status_code == 200, response.content.decode()[:2000]
        return response.content.decode()

    def seen(self, path: str) -> str:
        """Return a page's words in one line."""
        return " ".join(re.sub(r"<[^>]+>", " ", self.get(path)).split())

    def work(self) -> int:
        """Do what was left aside; return how much that was."""
        begun, self.begun[:] = list(self.begun), []
        for work in begun:
            work()
        return len(begun)

    def whole(self, path: str) -> str:
        """Look at a page until it is there."""
        for _ in range(9):
            found = self.seen(path)
            if "One moment" not in found:
                return found
            assert self.work()
        raise AssertionError(f"{path} never came")


@pytest.fixture
def desk(scope: Scope, book: Book, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A book of two customers, taken for a large one by all who ask for it."""
    monkeypatch.setattr(settings, "HOME", home)
    monkeypatch.setattr(read, "LARGE", 1)
    monkeypatch.setattr(aside, "PATIENCE", 0)
    book.customers(customer("C-1", name="Lowry", region="north"), customer("C-2", name="Vega"))
    book.items(
        invoice("R-1", 500_00, due_on=PAST), invoice("R-2", 300_00, customer="C-2", due_on=PAST)
    )
    yield Desk(scope)
    read._kept.clear()
    aside._jobs.clear()


def test_a_page_that_reads_the_whole_book_says_how_far_it_is(desk: Desk) -> None:
    """It can be left, tells how far it is, and is there when it is asked for once it is done."""
    first = desk.get("/tonight")
    assert "One moment" in first
    (where,) = re.findall(r'hx-get="(/beside/[^"]+)"', first)
    assert desk.client.get(where).headers.get("HX-Refresh") is None
    assert desk.work() == 1
    assert desk.client.get(where)["HX-Refresh"] == "true"
    assert "Lowry" in desk.whole("/tonight")


def test_how_far_it_is_is_told_in_parts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The part that moves shows what the work said of itself."""
    told: list[str] = []
    real = report.aging_rows

    def slowly(scope: Scope, *, tell: aside.Callable[[int, int], None], **asked: Any) -> Any:
        (job,) = aside._jobs.values()
        tell(1, 3)
        told.append(desk.seen(f"/beside/{job.token}"))
        return real(scope, tell=tell, **asked)

    monkeypatch.setattr(report, "aging_rows", slowly)
    assert "One moment" in desk.seen(f"/aging?as_of={PAST}")
    assert desk.work() == 1
    assert told == ["The aging is added up: part 2 of 3. 33%"]


def test_a_past_day_is_shown_with_the_hour_it_speaks_for(desk: Desk, book: Book) -> None:
    """After something came in, what was known before stands there, and says so, until newer is."""
    where = f"/aging?by=region&as_of={TODAY - DAY}"
    assert "Figures as known on" in desk.whole(where)
    assert "800.00" in desk.seen(where)
    assert not desk.begun
    book.payments(payment("P-1", 200_00, items=[("R-1", None)]))
    book.payments(payment("P-2", 100_00, on=PAST, items=[("R-2", None)]))
    desk.now += dt.timedelta(hours=3)
    before = desk.seen(where)
    assert "800.00" in before
    assert "What came in since is being added up." in before
    (where_to,) = re.findall(r'hx-get="(/beside/[^"]+)"', desk.get(where))
    assert "being added up" in desk.seen(where_to.replace("&amp;", "&"))
    assert desk.work() == 1
    assert "is added up: look at it" in desk.seen(where_to.replace("&amp;", "&"))
    after = desk.seen(where)
    assert "700.00" in after
    assert "being added up" not in after
    assert f"at {desk.now.astimezone(ZONE):%H:%M}" in after


def test_what_is_acted_upon_tonight_is_never_shown_as_it_was(desk: Desk, book: Book) -> None:
    """After an import, tonight's mails wait until the book is read: nobody who paid is in it."""
    assert "Lowry" in desk.whole("/tonight")
    book.payments(payment("P-1", 500_00, items=[("R-1", None)]))
    assert "One moment" in desk.seen("/tonight")
    assert "Lowry" not in desk.whole("/tonight")


def test_what_came_in_while_the_work_went_on_is_in_it(desk: Desk, book: Book) -> None:
    """Work that ends with an older book than the page asks for is done again."""
    assert "One moment" in desk.seen("/tonight")
    (work,) = desk.begun
    desk.begun.clear()
    work()
    book.payments(payment("P-1", 500_00, items=[("R-1", None)]))
    assert "One moment" in desk.seen("/tonight")
    assert "Lowry" not in desk.whole("/tonight")


def test_an_event_about_one_customer_leaves_nothing_aside(desk: Desk, scope: Scope) -> None:
    """What is brought up to date case by case is done in the page that asks."""
    desk.whole("/tonight")
    note.open_note(scope, "C-1", note.Said("spoke of it"), on=TODAY, today=TODAY, now=NOW)
    assert "One moment" not in desk.seen("/tonight")


def test_what_goes_wrong_beside_the_page_is_said_on_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault is the page's own, once; the next one who asks has it worked out again."""
    monkeypatch.setattr(outstanding, "load", lambda *_, **__: 1 / 0)
    assert "One moment" in desk.seen("/insights/days")
    assert desk.work() == 1
    with pytest.raises(ZeroDivisionError):
        desk.client.get("/insights/days")
    monkeypatch.undo()
    monkeypatch.setattr(aside, "PATIENCE", 0)
    monkeypatch.setattr(read, "LARGE", 1)
    assert "days" in desk.whole("/insights/days")


@pytest.mark.parametrize("path", ["/", "/worklist", "/silence", "/customers", "/aging/trend",
                                  "/insights", "/insights/days?by=customer"])  # fmt: skip
def test_every_page_comes_in_the_end(desk: Desk, path: str) -> None:
    """However much of it is left aside, a page is whole when it comes, and stays."""
    desk.whole(path)
    assert "One moment" not in desk.seen(path)
    assert not desk.begun


def test_a_file_is_waited_for(desk: Desk) -> None:
    """Whoever asks for a file gets the file, not a page that says to wait."""
    response = desk.client.get(f"/aging/export?shape=csv&by=region&as_of={TODAY - DAY}")
    assert response["Content-Type"].startswith("text/csv")
    assert not desk.begun


def test_work_of_another_organisation_is_not_told_of(desk: Desk, scope: Scope) -> None:
    """A token of theirs is as good as none."""
    desk.seen("/tonight")
    (job,) = aside._jobs.values()
    assert aside.find(scope.organisation_id, job.token) is job
    assert aside.find(scope.organisation_id + 1, job.token) is None
