"""`dunwell outstanding`: the measures, who changed, which kinds pay late, one customer."""

from __future__ import annotations

import paying
import pytest
from command import dunwell

from dunwell.cli.casework import outstanding as command
from dunwell.core.scope import Scope
from dunwell.desk import outstanding as desk
from helpers import Book

AS = ("--format", "json")


@pytest.fixture
def paid(book: Book) -> Scope:
    """Two regions, one of which pays late."""
    paying.fill(book)
    return book.scope


def test_the_command_offers_the_keys_there_are() -> None:
    """What can be asked for at the command line is what the desk knows."""
    assert command.BY == desk.BY
    assert command.KINDS == desk.KINDS


def test_the_list_is_the_measures_by_region(paid: Scope) -> None:
    """Each customer of the south was billed EUR 1,000.00 every 30 days, the last time 40 days ago.

    On 60 days' terms those of 70 and 40 days ago are open, one of them overdue by 10 days: owed
    and billed in 90 days is 6 x 2,000. Paid 20 days late were three, so that the average of the
    four is (3 x 20 + 10) / 4 = 17.5 days, and 80 days after the invoice. All that is owed was
    billed in these 90 days: 90 days of sales, of which one half is not due.
    """
    found = dunwell("outstanding", "list", "--by", "region", *AS).json
    assert (found["as_of"], found["days"], found["by"]) == ("2026-03-02", 90, "region")
    north, south = found["rows"]
    assert (north["key"], south["key"], south["currency"]) == ("north", "south", "EUR")
    assert [south[f"{name}_minor"] for name in ("open", "billed", "past_due", "paid")] == [
        1_200_000, 1_200_000, 600_000, 1_800_000,
    ]  # fmt: skip
    assert (south["late_days"], south["to_pay_days"], south["past_due_percent"]) == (17.5, 80, 50)
    assert (south["dso_days"], south["best_days"], south["beyond_days"]) == (90, 45, 45)
    assert (south["customers"], south["invoices"], south["countback_is_floor"]) == (6, 24, False)
    (total,) = found["totals"]
    assert total["open_minor"] == north["open_minor"] + south["open_minor"]
    assert "key" not in total


def test_the_list_can_be_taken_into_a_spreadsheet(paid: Scope) -> None:
    """CSV with amounts as people write them; what looks like a formula is harmless."""
    rows = dunwell("outstanding", "list", "--by", "owner", "--format", "csv").rows
    assert [(r["owner"], r["currency"], r["customers"]) for r in rows] == [
        ("'" + paying.EVIL, "EUR", "1"), ("Ito", "EUR", "11"),
    ]  # fmt: skip
    assert rows[0]["late_days"] == "17.5"


def test_the_list_is_a_table_with_its_totals(paid: Scope) -> None:
    """For people: a row a region, and the sums below."""
    ran = dunwell("outstanding", "list", "--by", "region")
    assert "south" in ran.out
    assert "all EUR: open " in ran.err


def test_who_changed_is_named_and_the_rest_counted(paid: Scope) -> None:
    """N-0 went from the due day to 40 days late; the other eleven pay as ever.

    Five invoices 40 days late and one of 10 days so far are 35 on average.
    """
    found = dunwell("outstanding", "changes", "--days", 160, *AS).json
    (worse,) = found["worse"]
    assert (worse["customer"], worse["before_days"], worse["now_days"]) == ("N-0", 0, 35)
    assert (found["better"], found["compared"], found["days_before"]) == ([], 12, 365)
    ran = dunwell("outstanding", "changes")
    assert ran.err == ("0 customers compared with the 365 days before; of 12 too little is known\n")


def test_hints_name_the_kind_and_the_terms_that_pay_late(paid: Scope) -> None:
    """The south is later than the north by more than luck, and so are its longer terms."""
    found = dunwell("outstanding", "hints", "--by", "region", "--days", 365, *AS).json
    assert [(k["key"], k["verdict"], k["customers"]) for k in found["kinds"]] == [
        ("south", "late", 6), ("north", "early", 6),
    ]  # fmt: skip
    (hint,) = found["hints"]
    assert (hint["kind"], hint["value"]) == ("terms", "46-60 days")
    said = dunwell("outstanding", "hints", "--days", 365)
    assert hint["sentence"] in said.err
    assert "pay later" not in said.out


def test_one_customer_is_shown_with_its_change(paid: Scope) -> None:
    """Its measures, its verdict in words, and how it is invoiced."""
    found = dunwell("outstanding", "show", "N-0", "--days", 160, *AS).json
    assert (found["customer"], found["terms"], found["change"]["verdict"]) == (
        "N-0", "15-30 days", "worse",
    )  # fmt: skip
    ran = dunwell("outstanding", "show", "N-0", "--days", 160)
    assert ran.err == (
        "It pays later than before: its average invoice went 35.0 days late (6 invoices),"
        " against on the due day (8).\n"
    )
    assert dunwell("outstanding", "show", "S-1").err.startswith("Too little is known")


def test_a_past_day_is_measured_as_it_stood(paid: Scope) -> None:
    """Half a year earlier N-0 had paid on time, like the others of the north."""
    found = dunwell("outstanding", "show", "N-0", "--as-of", "2025-09-01", *AS).json
    assert found["rows"][0]["late_days"] == 0
    assert dunwell("outstanding", "show", "N-0", *AS).json["rows"][0]["late_days"] > 20


def test_an_unknown_customer_is_refused(paid: Scope) -> None:
    """A reference nobody has is said to be one."""
    ran = dunwell("outstanding", "show", "X-9", code=3)
    assert ran.err == "refused (unknown_customer): no customer 'X-9'; check the reference\n"
