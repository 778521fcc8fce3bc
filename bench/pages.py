"""How long the desk's pages take on a large book, warm: the server's own time, without a network.

    .venv/bin/python bench/pages.py [--items 1000000] [--runs 40]
    scripts/postgres .venv/bin/python bench/pages.py --postgres

Each page is asked for as often as said, by the Django test client in this process, after one
call that warms it. Customers' pages are each another customer's: every one of them is new.
Then somebody does something about one customer (an event), and each page is asked for again:
what a page costs that must be brought up to date, ten times. The worklist is also that of a day
two weeks on, when nobody was contacted of late: it is as long as it gets. What a server leaves
to go on beside a page is done in it here, so the first call shows it. The time is this
process's CPU and, on PostgreSQL, that of the server's process that answers it. Target: 150 ms at
the 95th percentile; a past day the first time 2 s.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import time
from pathlib import Path
from typing import Any

import big_book
import common
import look as look_bench
import postgres_book

TARGET, PAST_TARGET = 0.150, 2.0
PAST = {
    "a past day by region": "/aging?by=region&as_of=2026-10-31",
    "a past day by customer": "/aging?by=customer&as_of=2026-09-30",
    "twelve month ends": "/aging/trend",
    "days outstanding": "/insights/days",
    "insights": "/insights",
}
"""What is worked out beside the page the first time, and kept."""
PAGES = {
    "today": "/",
    "worklist": "/worklist",
    "long worklist": "/worklist?as_of=2026-11-17",
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
    asked.add_argument("--postgres", action="store_true")
    said = asked.parse_args()
    home = big_book.ready(said.items)
    scope = _settled(home, is_on_postgres=said.postgres)
    common.print_machine()
    where = "PostgreSQL" if said.postgres else "SQLite"
    print(f"{said.items:,} open items, {where}; {said.runs} calls a page")
    _measure(scope, said.runs)


def _settled(home: Path, *, is_on_postgres: bool) -> Any:
    """Open the book on the morning after a night's run; settled once, on SQLite."""
    if not is_on_postgres:
        scope = big_book.enter(home)
        look_bench.settle(scope, 20)
        return scope
    settling = multiprocessing.get_context("spawn").Process(target=_settle, args=(home,))
    settling.start()
    settling.join()
    if settling.exitcode:
        raise SystemExit("the book could not be settled")
    scope = postgres_book.enter(home)
    global _clock
    _clock = postgres_book.cpu
    return scope


def _settle(home: Path) -> None:
    look_bench.settle(big_book.enter(home), 20)


_clock = time.process_time


def _measure(scope: Any, runs: int) -> None:
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
    print("worked out beside the page, the first time; then kept:")
    for page, address in PAST.items():
        first, kept = _took(client, address), _took(client, address)
        verdict = ""
        if page.startswith("a past day"):
            verdict = " (met)" if first <= PAST_TARGET else " (MISSED)"
        print(f"  {page}: {first * 1000:,.0f} ms{verdict}; kept {kept * 1000:,.0f} ms", flush=True)
    print("after an event about one customer:")
    for page, address in PAGES.items():
        times = []
        for customer in customers[:10]:
            _event(scope, customer)
            times.append(_took(client, address.format(customer=customer)))
        told = f"{sorted(times)[5] * 1000:,.0f} ms, at most {max(times) * 1000:,.0f} ms"
        print(f"  {page}: {told}", flush=True)


def _client(scope: Any) -> Any:
    from django.test import Client

    from dunwell.sim import play
    from dunwell.web import server

    now = play.instant(look_bench.NEXT_DAY) + dt.timedelta(hours=8)
    return Client(
        REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:8000",
        **{server.SCOPE: scope, server.CLOCK: lambda: now, server.STARTS: lambda work: work()},
    )  # fmt: skip


def _customers(scope: Any, count: int) -> list[str]:
    from dunwell.store import models, tx

    with tx.reading(scope):
        rows = models.Customer.objects.filter(organisation_id=scope.organisation_id)
        found = list(rows.order_by("pk").values_list("reference", flat=True))
    return found[:: max(1, len(found) // count)][:count]


def _took(client: Any, url: str) -> float:
    begun = _clock()
    answer = client.get(url)
    b"".join(answer) if answer.streaming else answer.content
    took = _clock() - begun
    assert answer.status_code == 200, (url, answer.status_code)
    return took


def _event(scope: Any, customer: str) -> None:
    from dunwell.desk import note
    from dunwell.sim import play

    at, day = play.instant(look_bench.NEXT_DAY), look_bench.NEXT_DAY
    note.open_note(scope, customer, note.Said("spoke of nothing"), on=day, today=day, now=at)


if __name__ == "__main__":
    main()
