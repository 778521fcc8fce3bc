"""The published late-payment histories, taken in as a reader would: aging right to the cent."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import real_books
import settled
import year
from real_books import Invoice

from databases import Database
from dunwell import intake
from dunwell.cli import shapes
from dunwell.core.scope import Scope
from dunwell.desk import report
from dunwell.store.records import setup

EXAMPLE = Path(__file__).parents[2] / "examples" / "ibm"
BIN = Path(sys.executable).parent
PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "real-books.md"


@pytest.fixture(scope="module")
def invoices() -> list[Invoice]:
    return real_books.ibm()


@pytest.fixture
def taken_in(invoices: list[Invoice], database: Database) -> Scope:
    """An organisation into which the example's own script has taken the published file."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [EXAMPLE / "take-in", real_books.IBM], env=os.environ | {"PATH": path},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "invoices.csv (items, as of 2014-01-09): published; 1,834 rows, 1,834 created\n" in (
        done.stderr
    )
    assert "invoices.csv (payments, as of 2014-01-09): published; 1,834 rows, 1,834 created\n" in (
        done.stderr
    )
    return setup.load_scope(None, actor="anna")


def as_shown(aged: dict[str, Any]) -> dict[tuple[str, str], dict[str, int]]:
    """Return what the aging report says in the shape of the yardstick; nothing may be left over."""
    found = {}
    for row in aged["rows"]:
        ages = {"not_due": row["not_due"], **row["buckets"]}
        assert (row["credits"], row["unapplied"]) == (0, 0)
        assert row["total"] == sum(ages.values())
        found[row["key"], row["currency"]] = {age: minor for age, minor in ages.items() if minor}
    return found


def test_each_month_end_of_2013_is_aged_to_the_cent(
    taken_in: Scope, invoices: list[Invoice]
) -> None:
    """For every customer and bucket, the report of a past month end is what the file says.

    So is what `dunwell aging --as-of` prints.
    """
    open_customers = 0
    for on in real_books.month_ends(2013):
        found = report.aging_rows(taken_in, as_of=on, by="customer", entity=None)
        aged = shapes.aging_report(found.rows, as_of=on, edges=found.edges)
        expected = real_books.aged(invoices, on=on)
        assert as_shown(aged) == expected, on
        (total,) = aged["totals"]
        assert total["total"] == sum(x.minor for x in invoices if x.is_open(on)), on
        open_customers += len(expected)
        if on.month == 6:
            assert as_shown(printed(on)) == expected
    assert open_customers > 400  # no yardstick of empty books


def printed(on: dt.date) -> Any:
    """Return what the command prints as JSON for a day."""
    done = subprocess.run(
        [BIN / "dunwell", "aging", "--as-of", on.isoformat(), "--format", "json"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_thirty_days_after_the_issue_is_the_due_date_published(
    invoices: list[Invoice], tmp_path: Path
) -> None:
    """Without the column of due dates, the mapping's terms of 30 days give every one of them."""
    published = tmp_path / "invoices.csv"
    text = "\n".join(
        ",".join(
            [
                x.customer,
                x.number,
                f"{x.issued_on:%m/%d/%Y}",
                f"{x.minor // 100}.{x.minor % 100:02d}",
            ]
        )
        for x in invoices
    )
    published.write_text("customerID,invoiceNumber,InvoiceDate,InvoiceAmount\n" + text, "utf-8")
    mapping = tmp_path / "items.yaml"
    said = (EXAMPLE / "items.yaml").read_text("utf-8")
    mapping.write_text(
        "".join(x for x in said.splitlines(keepends=True) if "DueDate" not in x), "utf-8"
    )
    source = intake.open_source(published, "items", mapping=intake.load_mapping(mapping))
    found = [row for batch in source.batches() for row in batch.rows]
    assert [row.due_on for row in found] == [x.due_on for x in invoices]
    assert [row.amount_minor for row in found] == [x.minor for x in invoices]
    assert all(row.due_derived for row in found)


@pytest.mark.one_database
def test_a_year_lived_through_asks_nobody_for_what_is_settled(
    home: Path, invoices: list[Invoice]
) -> None:
    """Through 2013 under `classic` each message asks for what the file says is overdue that day.

    Nothing is sent twice, no step is taken twice, early or out of order, contacts keep their
    distance; replay, journal and caches agree. The page of real books says what came of it.
    """
    first = dt.date(2012, 12, 31)
    lived = settled.Lived(settled.founded(first), invoices, first=first)
    lived.until(dt.date(2013, 12, 31))
    assert year.news(lived.faults(home)) == []
    assert settled.said(PAGE, "## IBM") == lived.year.table()
