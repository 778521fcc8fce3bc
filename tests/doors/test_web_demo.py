"""The demo: a company that lives, has its troubles, and touches nobody else's data."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dunwell.cli import demo
from dunwell.cli.main import main
from dunwell.core import rows
from dunwell.core.errors import DeliveryFailed, HandoverUnknown, Refused
from dunwell.core.message import Message
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import day as days
from dunwell.desk import look
from dunwell.sim import play
from helpers import NOW, TODAY, customer, invoice

DAY = dt.timedelta(days=1)


def letter_or_mail(n: int, channel: str = "email") -> Message:
    """Return a message nobody reads."""
    return Message(
        key=f"{n:032x}", channel=channel, to=f"c-{n}@example.com", subject="", language="en",
        text="", html="", raw=b"", sha256="",
    )  # fmt: skip


def send(n: int, channel: str = "email") -> str:
    """Send one message through the weather; return what came of it."""
    weather = play.Weather(MemoryChannel(), dead_in=10, breaks_in=15)
    weather.open()
    try:
        return weather.send(letter_or_mail(n, channel), at=NOW).kind
    except DeliveryFailed as error:
        return "dead" if error.permanent else "deferred"
    except HandoverUnknown:
        return "unknown"
    finally:
        weather.close()


def test_the_same_book_has_the_same_weather() -> None:
    """Some addresses are dead and some lines break, always the same ones; letters arrive."""
    came = [send(n) for n in range(300)]
    assert came == [send(n) for n in range(300)]
    assert {"accepted", "dead", "unknown"} == set(came)
    assert came.count("accepted") > 200
    assert {send(n, "letter") for n in range(300)} == {"accepted"}


def test_a_manager_answers_some_questions_each_day(scope, book) -> None:
    """Most of what waits is approved, a little refused, and some waits for another day."""
    book.customers(*(customer(f"C-{n}") for n in range(40)))
    book.take("contacts", *(
        rows.ContactRow(line=2, customer=f"C-{n}", role="ap", address="1 Lane") for n in range(40)
    ))  # fmt: skip
    book.items(*(
        invoice(f"R-{n}", 90_000, customer=f"C-{n}", due_on=TODAY - 60 * DAY) for n in range(40)
    ))  # fmt: skip
    book.take("history", *(
        rows.HistoryRow(line=2, customer=f"C-{n}", item=f"R-{n}", on=TODAY - 20 * DAY,
                        step="pre_collections", channel="email")
        for n in range(40)
    ))  # fmt: skip
    proposal = look.propose(scope, as_of=TODAY)
    look.record(scope, proposal, mode="run", now=NOW)
    assert len(days.day(scope, as_of=TODAY, today=TODAY).questions) == 40
    done = play.Day(TODAY, proposal, None)
    play.answer(scope, done)
    left = len(days.day(scope, as_of=TODAY, today=TODAY).questions)
    assert 5 < left < 25
    play.answer(scope, done)
    assert len(days.day(scope, as_of=TODAY, today=TODAY).questions) == left


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        ("2026-11-27T08:00", "2026-11-27"),
        ("2026-11-28T08:00", "2026-11-30"),
        ("2026-11-29T23:00", "2026-11-30"),
    ],
)
def test_on_a_weekend_the_demo_shows_monday(now: str, shown: str) -> None:
    """Nobody is written to on a weekend, so the demo shows the next working day."""
    found = demo._weekday(dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC))
    assert found.date().isoformat() == shown


def test_a_demo_never_takes_a_folder_that_is_not_one(tmp_path: Path) -> None:
    """A folder with somebody's data is refused and left as it is; an old demo is made anew."""
    (tmp_path / "book").write_text("mine")
    with pytest.raises(Refused, match="holds something else"):
        demo._folder(tmp_path)
    assert (tmp_path / "book").read_text() == "mine"
    own = demo._folder(tmp_path / "demo")
    (own / "old").touch()
    assert sorted(p.name for p in demo._folder(tmp_path / "demo").iterdir()) == ["this-is-a-demo"]


def test_the_demo_finds_its_place_in_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --home the demo is a folder of its own inside the data folder."""
    monkeypatch.setenv("DUNWELL_HOME", str(tmp_path / "data"))
    assert demo._folder(None) == tmp_path / "data" / "demo"
    monkeypatch.delenv("DUNWELL_HOME")
    monkeypatch.chdir(tmp_path)
    assert demo._folder(None) == tmp_path / ".dunwell" / "demo"


def test_too_few_days_are_a_usage_error() -> None:
    """The company must have lived a day before the one that was missed."""
    found = CliRunner().invoke(main, ["demo", "--once", "--days", "1"])
    assert found.exit_code == 2


@pytest.mark.long
def test_the_demo_has_every_trouble(tmp_path: Path) -> None:
    """In the full demo something goes out, waits for approval, and is silent for many reasons.

    It ignores the database that the environment names.
    """
    home = tmp_path / "demo"
    done = subprocess.run(
        [Path(sys.executable).parent / "dunwell", "demo", "--once", "--home", home,
         "--at", "2026-11-25T06:00+00:00"],
        capture_output=True, text=True, timeout=900,
        env=os.environ | {"DUNWELL_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (home / "dunwell.sqlite3").exists()
    assert re.search(r"What would go out tonight, to (\d\d+) customers", done.stdout)
    assert re.search(r"([1-9]\d*) wait for approval", done.stdout)
    silent = re.search(r"(\d+) customers hear nothing", done.stdout)
    assert silent is not None
    reasons = done.stdout.partition(silent[0])[2]
    counts = [int(n) for n in re.findall(r"^ +(\d+)  ", reasons, re.MULTILINE)]
    assert sum(counts) == int(silent[1])
    assert len(counts) >= 8
    assert "in dispute" in reasons
    assert "promise" in reasons
    assert list((home / "outbox" / "demo").rglob("*.eml"))
    assert list((home / "outbox" / "demo").rglob("*.pdf"))
