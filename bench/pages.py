"""How long the desk's pages take on a large book, warm: the server's own time, without a network.

    .venv/bin/python bench/pages.py [--items 1000000] [--runs 40]

Each page is asked for as often as said, by the Django test client in this process, after one
call that warms it. Customers' pages are each another customer's: every one of them is new.
Then somebody does something about one customer (an event), and each page is asked for once
more: what a page costs that must be brought up to date. Target: 150 ms at the 95th percentile.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from pathlib import Path
from typing import Any

import big_book
import common
import look as look_bench

TARGET = 0.150
PAGES = {
    "today": "/",
    "worklist": "/worklist",
    "customer": "/customers/{customer}",
    "aging": "/aging",
    "proposal": "/tonight",
    "silence": "/silence",
    "journal": "/journal",
}


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--items", type=int, default=1_000_000)
    asked.add_argument("--runs", type=int, default=40)
    said = asked.parse_args()
    home = big_book.ready(said.items)
    common.print_machine()
    print(f"{said.items:,} open items, SQLite; {said.runs} calls a page")
    _measure(home, said.runs)


def _measure(home: Path, runs: int) -> None:
    scope = big_book.enter(home)
    look_bench.settle(scope, 20)
    customers = _customers(scope, runs + 2)
    client = _client(scope)
    for page, address in PAGES.items():
        urls = [address.format(customer=c) for c in customers]
        first = _took(client, urls[0])
        times = sorted(_took(client, url) for url in urls[1 : runs + 1])
        p95 = times[int(len(times) * 0.95) - 1]
        verdict = "met" if p95 <= TARGET else "MISSED"
        print(
            f"  {page}: first {first * 1000:,.0f} ms; warm {times[len(times) // 2] * 1000:,.0f} ms,"
            f" 95th percentile {p95 * 1000:,.0f} ms ({verdict})",
            flush=True,
        )
    print("after an event about one customer:")
    for page, address in PAGES.items():
        _event(scope, customers[-1])
        took = _took(client, address.format(customer=customers[-1]))
        print(f"  {page}: {took * 1000:,.0f} ms", flush=True)


def _client(scope: Any) -> Any:
    from django.test import Client

    from dunwell.sim import play
    from dunwell.web import server

    now = play.instant(look_bench.NEXT_DAY) + dt.timedelta(hours=8)
    return Client(
        REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:8000",
        **{server.SCOPE: scope, server.CLOCK: lambda: now},
    )  # fmt: skip


def _customers(scope: Any, count: int) -> list[str]:
    from dunwell.store import models

    rows = models.Customer.objects.filter(organisation_id=scope.organisation_id)
    every = max(1, rows.count() // count)
    return [r for n, r in enumerate(rows.order_by("pk").values_list("reference", flat=True))
            if n % every == 0][:count]  # fmt: skip


def _took(client: Any, url: str) -> float:
    begun = time.process_time()
    answer = client.get(url)
    b"".join(answer) if answer.streaming else answer.content
    took = time.process_time() - begun
    assert answer.status_code == 200, (url, answer.status_code)
    return took


def _event(scope: Any, customer: str) -> None:
    from dunwell.desk import note
    from dunwell.sim import play

    at, day = play.instant(look_bench.NEXT_DAY), look_bench.NEXT_DAY
    note.open_note(scope, customer, note.Said("spoke of nothing"), on=day, today=day, now=at)


if __name__ == "__main__":
    main()
