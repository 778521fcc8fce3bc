"""What pages share is made once, and nobody waits for what somebody else asked for."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator

import pytest

from dunwell.core.scope import Scope
from dunwell.store import since
from dunwell.web import read

pytestmark = pytest.mark.one_database
DAY = dt.date(2026, 3, 2)


@pytest.fixture
def desk(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> Iterator[read.Desk]:
    """The desk of a book in which nothing happens."""
    mark = since.Mark(7, 0, 8)
    monkeypatch.setattr(since, "mark", lambda scope: mark)
    yield read.Desk(scope, DAY, DAY)
    read._kept.clear()


def test_the_same_is_made_once_for_all_who_ask_together(desk: read.Desk) -> None:
    """The second waits for the first and gets what it made."""
    going, go, made = threading.Event(), threading.Event(), []

    def make() -> str:
        made.append(1)
        going.set()
        assert go.wait(10)
        return "whole"

    found: list[str] = []
    asking = [threading.Thread(target=lambda: found.append(desk.once("it", make))) for _ in "ab"]
    asking[0].start()
    assert going.wait(10)
    asking[1].start()
    go.set()
    for thread in asking:
        thread.join(10)
    assert (found, len(made)) == (["whole", "whole"], 1)


def test_who_asks_for_something_else_does_not_wait(desk: read.Desk) -> None:
    """A page that takes long holds up no other page."""
    going, go = threading.Event(), threading.Event()

    def slow() -> str:
        going.set()
        assert go.wait(10)
        return "slow"

    thread = threading.Thread(target=lambda: desk.once("slow", slow))
    thread.start()
    assert going.wait(10)
    assert desk.once("quick", lambda: "quick") == "quick"
    assert thread.is_alive()
    go.set()
    thread.join(10)


def test_what_failed_is_made_again(desk: read.Desk) -> None:
    """An error is the asker's; the next one who asks is answered."""

    def broken() -> str:
        raise ZeroDivisionError("once")

    with pytest.raises(ZeroDivisionError):
        desk.once("it", broken)
    assert desk.once("it", lambda: "whole") == "whole"
