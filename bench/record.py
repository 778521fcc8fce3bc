"""How long it takes to keep decisions, beside a bare `executemany` of the same rows.

    .venv/bin/python bench/record.py [--decisions 100000]

Ours writes a decision with the facts it saw (compressed), the day to look again, the case, and
one journal event a batch that commits to all of them. The baseline writes the finished rows of
decisions and days to look again, blobs and all, into the same tables with the same indexes, in
transactions of the same size. The ratio to the rows of decisions alone is printed beside it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import shutil
import time
from pathlib import Path
from typing import Any

import big_book
import common
import look as look_bench


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--decisions", type=int, default=100_000)
    asked.add_argument("--runs", type=int, default=common.RUNS)
    said = asked.parse_args()
    home = big_book.ready(said.decisions * 5)
    ratios, alone = [], []
    common.print_machine()
    for _ in range(said.runs):
        work = common.BUILD / "record"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(home, work)
        context = multiprocessing.get_context("spawn")
        results = context.Queue()
        child = context.Process(target=_measure, args=(str(work), results))
        child.start()
        n, ours, decisions, days = common.from_child(results, child)
        child.join()
        ratios.append(ours / (decisions + days))
        alone.append(ours / decisions)
        print(
            f"  {n:,} decisions: {ours:.2f} CPU s; bare executemany {decisions:.2f} CPU s,"
            f" and {days:.2f} CPU s for the days to look again"
        )
    shutil.rmtree(common.BUILD / "record", ignore_errors=True)
    print(f"recording beside bare executemany: {common.spread(ratios)} times (target 3.5)")
    print(f"  beside the rows of decisions alone: {common.spread(alone)} times")


def _measure(home: str, results: Any) -> None:
    scope = big_book.enter(Path(home))
    from django.db import connection

    from dunwell.core.decision import Wait
    from dunwell.desk import look
    from dunwell.sim import play
    from dunwell.store.records import watch

    look_bench.settle(scope, 0)
    day = look_bench.NEXT_DAY + dt.timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE watch SET look_on = '0001-01-01'")
        cursor.execute("UPDATE decision SET in_force = 0")
        cursor.execute("SELECT MAX(id) FROM decision")
        last = cursor.fetchone()[0]
    proposal = look.propose(scope, as_of=day)
    # With their facts in hand: what is measured is the keeping, not the loading.
    lines = look.with_facts(scope, proposal.lines, as_of=day)
    lines = [x for x in lines if isinstance(x.made, Wait) and x.facts is not None]
    proposal = proposal._replace(lines=lines)
    begun = time.process_time()
    look.record(scope, proposal, mode="run", now=play.instant(day))
    ours = time.process_time() - begun
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM decision WHERE id > %s", [last])
        rows = cursor.fetchall()
        cursor.execute("DELETE FROM decision WHERE id > %s", [last])
        bare = _bare(cursor, f"INSERT INTO decision VALUES ({_marks(rows)})", rows)
        columns = "organisation_id, entity_id, customer_id, epoch, look_on, decided_on, verdict"
        cursor.execute(
            f"SELECT {columns}, reason, also, look_again_on FROM watch WHERE decided_on = %s", [day]
        )
        watched = cursor.fetchall()
        cursor.execute("UPDATE watch SET look_on = '0001-01-01' WHERE decided_on = %s", [day])
        days = _bare(cursor, watch.UPSERT, watched)
    results.put((len(rows), ours, bare, days))


def _marks(rows: list[tuple[Any, ...]]) -> str:
    return ", ".join(["%s"] * len(rows[0]))


def _bare(cursor: Any, sql: str, rows: list[tuple[Any, ...]]) -> float:
    """Return the CPU seconds that writing these rows takes, 500 a transaction."""
    begun = time.process_time()
    for start in range(0, len(rows), 500):
        cursor.execute("BEGIN")
        cursor.executemany(sql, rows[start : start + 500])
        cursor.execute("COMMIT")
    return time.process_time() - begun


if __name__ == "__main__":
    main()
