"""What crosses the wire when somebody opens the desk for the first time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from looking import Served

from helpers import TODAY, Book, customer, invoice

pytestmark = pytest.mark.one_database
MOST = 250_000
"""Bytes as they travel, compressed: the page, its styles, scripts and letters."""


def test_the_first_load_is_small_and_comes_from_one_host(
    page: Any, served: Served, book: Book
) -> None:
    """Today with sixty customers, nothing kept by the browser yet, and no host but ours."""
    book.customers(*(customer(f"C-{n}", name=f"Firm {n}") for n in range(60)))
    book.items(
        *(
            invoice(f"R-{n}", 1_000 * n + 1_000, customer=f"C-{n}",
                    due_on=TODAY - dt.timedelta(days=n))
            for n in range(60)
        )
    )  # fmt: skip
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.goto("/")
    page.evaluate("document.fonts.ready")
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate(
        "[...performance.getEntriesByType('navigation'),"
        " ...performance.getEntriesByType('resource')].map((e) => [e.name, e.transferSize])"
    )
    assert len(sizes) > 4
    assert {u.partition("/static")[0] for u in asked if "desk-400" in u} == {served.url}
    assert all(u.startswith((served.url, "data:")) for u in asked)
    assert 40_000 < sum(n for _, n in sizes) < MOST, sizes
