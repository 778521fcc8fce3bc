"""A real browser before a real server: Chromium, the desk of an organisation, and a person.

`page` is a browser window of somebody signed in; `served` the desk it looks at, on a thread of
this process, so that a test can look into the book behind it.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def chromium() -> str | None:
    """Return the browser there is."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all tests of this process."""
    where = chromium()
    if where is None:
        pytest.skip("no Chromium: scripts/browser installs one")
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop on this thread, in which Django would refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as made:
        window = made.chromium.launch(executable_path=where, args=FLAGS)
        yield window
        window.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def served(scope: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The desk of the organisation, on a port of its own; whoever looks is anna.

    The day is only played: what is sent goes into files of `home`.
    """
    # Django is ready only once a test runs: this file is read before that.
    from django.conf import settings
    from django.db import connection
    from looking import Served

    from dunwell.web import server
    from helpers import NOW

    monkeypatch.setattr(settings, "HOME", home)
    listening = server.listen("127.0.0.1", 0)
    pages = server.application(scope, clock=lambda: NOW + dt.timedelta(hours=1), plays=True)
    listening.set_app(pages)
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
    connection.close()
    thread.start()
    yield Served(scope, f"http://127.0.0.1:{listening.server_port}")
    listening.shutdown()
    listening.server_close()
    thread.join(10)


@pytest.fixture
def page(browser: Any, served: Any) -> Iterator[Any]:
    """A window on the desk; whatever the page complains about fails the test."""
    window = browser.new_page(viewport={"width": 1280, "height": 900}, base_url=served.url)
    window.set_default_timeout(15_000)
    said: list[str] = []
    window.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    window.on("pageerror", lambda error: said.append(str(error)))
    yield window
    window.close()
    assert [s for s in said if "status of 4" not in s] == []
