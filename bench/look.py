"""How long a look takes, beside one covering aggregate over the same book on the same machine.

    .venv/bin/python bench/look.py [--items 1000000]

In one process CPU seconds are compared, so that what else the machine does counts less; two
processes are compared by the clock.

Baseline: one `GROUP BY customer` over a covering index on SQLite, with count, net, overdue,
oldest due date and four buckets, warm. Each look is `desk.look.propose`: the whole of what
`dunwell propose` does but for printing.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import big_book
import common

NEXT_DAY = big_book.AS_OF + dt.timedelta(days=1)
DUE_SHARE = 20  # one customer in twenty is due on the next day: 5%


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--items", type=int, default=1_000_000)
    asked.add_argument("--runs", type=int, default=common.RUNS)
    said = asked.parse_args()
    home = big_book.ready(said.items)
    small = big_book.ready(said.items // 10)
    rows = _in_child(home, said.runs, _measure)
    base = rows["baseline"]
    common.print_machine()
    print(f"{said.items:,} open items; baseline: one aggregate {base:.2f} s")
    _print("everything decided afresh (a new policy), one process", rows["afresh"] / base, 6.0)
    _print("the same, two processes", _two(home, afresh=True) / base, 3.5)
    _print("full look, every case with its reasons, one process", rows["full"] / base, 2.5)
    _print("the same, two processes", _two(home, afresh=False) / base, 1.5)
    _print("daily look, 5% due", rows["daily"] / base, 0.5)
    small_rows = _in_child(small, said.runs, _measure_same_due)
    big_rows = _in_child(home, said.runs, _measure_same_due)
    ratio = big_rows["daily"] / small_rows["daily"]
    _print("the same number due on a book ten times larger", ratio, 1.5)
    print(f"peak memory {rows['peak_mb']:.0f} MB (target 600): {rows['peak_mb'] < 600}")
    print(f"one case with 10,000 open items: {_one_large_case():.2f} s (target 1)")


def _print(what: str, ratio: float, target: float) -> None:
    print(
        f"  {what}: {ratio:.2f} times (target {target}): {'met' if ratio <= target else 'MISSED'}"
    )


def _in_child(home: Path, runs: int, measure: Callable[..., None]) -> dict[str, float]:
    """Measure in a process of its own, so that its peak memory is its own."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    child = context.Process(target=measure, args=(str(home), runs, results))
    child.start()
    found: dict[str, float] = common.from_child(results, child)
    child.join()
    return found


def _median(runs: int, work: Callable[[], Any]) -> float:
    times = []
    for _ in range(runs):
        gc.collect()
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return sorted(times)[len(times) // 2]


def _aggregate() -> None:
    from django.db import connection

    day = NEXT_DAY
    edges = [day - dt.timedelta(days=n) for n in (30, 60, 90)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, COUNT(*), SUM(CASE WHEN kind = 'credit_note' THEN -open_minor"
            " ELSE open_minor END), SUM(CASE WHEN due_on < %s THEN open_minor ELSE 0 END),"
            " MIN(due_on), SUM(CASE WHEN due_on < %s AND due_on >= %s THEN open_minor ELSE 0 END),"
            " SUM(CASE WHEN due_on < %s AND due_on >= %s THEN open_minor ELSE 0 END),"
            " SUM(CASE WHEN due_on < %s AND due_on >= %s THEN open_minor ELSE 0 END),"
            " SUM(CASE WHEN due_on < %s THEN open_minor ELSE 0 END) FROM item"
            " WHERE organisation_id = 1 AND entity_id = 1 AND open_minor > 0"
            " GROUP BY customer_id ORDER BY customer_id",
            [day, day, edges[0], edges[0], edges[1], edges[1], edges[2], edges[2]],
        )
        while cursor.fetchmany(10_000):
            pass


def _measure(home: str, runs: int, results: Any) -> None:
    scope = big_book.enter(Path(home))
    from dunwell.desk import look

    settle(scope, DUE_SHARE)
    _aggregate()
    found = {"baseline": _median(max(runs, 3), _aggregate)}
    found["daily"] = _median(runs, lambda: look.decided_today(scope, as_of=NEXT_DAY))
    found["full"] = _median(runs, lambda: look.propose(scope, as_of=NEXT_DAY))
    from dunwell.store import policies

    _, policy = policies.current(scope, "classic")
    found["afresh"] = _median(runs, lambda: look.propose(scope, as_of=NEXT_DAY, policy=policy))
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    results.put(found)


def _measure_same_due(home: str, runs: int, results: Any) -> None:
    scope = big_book.enter(Path(home))
    from django.db import connection

    from dunwell.desk import look

    settle(scope, 0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE watch SET look_on = '0001-01-01' WHERE customer_id <= 5000")
    times = _median(runs, lambda: look.decided_today(scope, as_of=NEXT_DAY))
    settle(scope, DUE_SHARE)
    results.put({"daily": times})


def settle(scope: Any, share: int) -> None:
    """Bring the book to the morning after a night's run: all stands but one in `share`.

    The first time the whole book is looked at and recorded, and what was decided to be sent is
    confirmed, as a night would have done; then every case stands as decided.
    """
    from django.db import connection

    from dunwell.desk import look
    from dunwell.sim import play

    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM decision")
        if not cursor.fetchone()[0]:
            look.record(
                scope, look.propose(scope, as_of=big_book.AS_OF), mode="run",
                now=play.instant(big_book.AS_OF),
            )  # fmt: skip
            _confirm_all(cursor)
            look.record(
                scope, look.propose(scope, as_of=NEXT_DAY), mode="run", now=play.instant(NEXT_DAY)
            )
            cursor.execute("ANALYZE")
        cursor.execute(
            "UPDATE watch SET look_on = COALESCE(look_again_on, '9999-12-31')"
            " WHERE look_on = '0001-01-01'"
        )
        if share:
            cursor.execute(
                f"UPDATE watch SET look_on = '0001-01-01' WHERE customer_id % {share} = 0"
            )


def _confirm_all(cursor: Any) -> None:
    """Confirm every notice recorded, in plain SQL: the lead item of each takes its step."""
    day = big_book.AS_OF.isoformat()
    cursor.execute("UPDATE action SET state = 'sent' WHERE state = 'ready'")
    cursor.execute(
        'INSERT INTO step_taken (organisation_id, item_id, step, "on", tone, phase, action_id,'
        " source, void_reason) SELECT a.organisation_id, i.id, a.step, '" + day + "', 'friendly',"
        " 'overdue', MIN(a.id), 'action', '' FROM action a JOIN item i"
        " ON i.organisation_id = a.organisation_id AND i.entity_id = a.entity_id"
        " AND i.customer_id = a.customer_id WHERE a.takes_step AND a.state = 'sent'"
        " AND i.due_on < '" + day + "'"
        " AND i.kind <> 'credit_note' GROUP BY i.id, a.step"
    )
    cursor.execute(
        'INSERT INTO outreach (organisation_id, entity_id, customer_id, "on", tone, channel,'
        " step, action_id, by_hand, reached) SELECT organisation_id, entity_id, customer_id,"
        " '" + day + "', 'friendly', channel, step, id, 0, 1 FROM action"
        " WHERE takes_step AND state = 'sent'"
    )
    cursor.execute(
        "UPDATE item SET taken = (SELECT t.step || '|' || t.\"on\" || '|friendly|overdue|'"
        " FROM step_taken t WHERE t.organisation_id = item.organisation_id AND t.item_id = item.id"
        " AND t.voided_on IS NULL)"
        " WHERE id IN (SELECT item_id FROM step_taken)"
    )


def _two(home: Path, *, afresh: bool) -> float:
    """Return the wall time of two processes, each with half the book, started and warm."""
    context = multiprocessing.get_context("spawn")
    go, done = context.Barrier(3), context.Barrier(3)
    children = [
        context.Process(target=_half, args=(str(home), n, afresh, go, done)) for n in range(2)
    ]
    for child in children:
        child.start()
    times = []
    for _ in range(3):
        go.wait()
        begun = time.perf_counter()
        done.wait()
        times.append(time.perf_counter() - begun)
    for child in children:
        child.join()
    return sorted(times)[1]


def _half(home: str, number: int, afresh: bool, go: Any, done: Any) -> None:
    scope = big_book.enter(Path(home))
    from dunwell.desk import look
    from dunwell.store import policies

    _aggregate()
    policy = policies.current(scope, "classic")[1] if afresh else None
    for _ in range(3):
        go.wait()
        look.propose(scope, as_of=NEXT_DAY, policy=policy, part=(number, 2))
        done.wait()


def _one_large_case() -> float:
    """Return the time to decide one case with 10,000 open items, facts in hand."""
    from dunwell import policies as built_in
    from dunwell.core import book, decide, workdays
    from dunwell.core import policy as policies

    policy = policies.compile_policy(built_in.built_in("classic"), version=1)
    calendar = workdays.Calendar("-/0")
    items = tuple(
        book.Item(
            n, f"A-{n}", "invoice", "EUR", big_book.AS_OF - dt.timedelta(days=n % 60), 10_000,
            10_000,
        )
        for n in range(1, 10_001)
    )  # fmt: skip
    facts = book.Facts(
        "o", "e", "c", "EUR", calendar, calendar, items=items,
        routes=(book.Route("ap", "email", 1),), case_no=1, has_open_case=True,
    )  # fmt: skip
    return _median(3, lambda: decide.decide(facts, policy, as_of=big_book.AS_OF))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()
