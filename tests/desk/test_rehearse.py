"""A dry run says what the run then does, and leaves no trace of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dunwell.core import rows
from dunwell.core.scope import Scope
from dunwell.desk import receive, rehearse
from dunwell.store import models, tx
from helpers import (
    NOW,
    TODAY,
    Book,
    cache_faults,
    credit_note,
    customer,
    invoice,
    payment,
    reversal,
)

DAY = dt.timedelta(days=1)
TABLES = (models.Item, models.Customer, models.Payment, models.Allocation, models.History,
          models.Personal, models.Event, models.Task, models.Order, models.FxRate)  # fmt: skip


def counted(scope: Scope) -> dict[str, int]:
    """Count the rows of what an import may write."""
    with tx.transaction_of(scope):
        return {
            m.__name__: m.objects.filter(organisation_id=scope.organisation_id).count()
            for m in TABLES
        }


def rate(value: str, on: dt.date = TODAY) -> rows.RateRow:
    """A rate of the dollar."""
    return rows.RateRow(line=2, currency="USD", base="EUR", on=on, rate=value)


def order(number: str, minor: int) -> rows.OrderRow:
    """An open order of C-1."""
    return rows.OrderRow(
        line=2, customer="C-1", number=number, amount_minor=minor, currency="EUR"
    )  # fmt: skip


FILES: dict[str, tuple[str, tuple[Any, ...]]] = {
    "items": ("items", (
        invoice("R-1", 12_000), invoice("R-2", 5_000), invoice("R-3", 700, customer="C-9"),
        invoice("R-4", 900, customer="C-9"), credit_note("N-1", 300),
    )),
    "customers": ("customers", (
        customer("C-1", region="north"), customer("C-2"), customer("C-3"),
    )),
    "payments": ("payments", (
        payment("P-1", 4_000, items=[("R-1", None)]), payment("P-2", 1_000),
        reversal("B-1", 4_000, reverses="P-1"),
    )),
    "rates": ("rates", (rate("0.9"), rate("0.8", TODAY - DAY), rate("0.7", TODAY - 2 * DAY))),
    "orders": ("orders", (order("O-1", 5_000), order("O-2", 7_000), order("O-3", 1))),
}  # fmt: skip


@pytest.fixture
def there(book: Book) -> Book:
    """A book that knows some of what the files bring."""
    book.customers(customer("C-1"), customer("C-2"))
    book.items(invoice("R-1", 10_000), invoice("R-2", 5_000))
    book.take("rates", rate("0.9"), rate("0.85", TODAY - DAY))
    book.take("orders", order("O-1", 5_000), order("O-2", 6_000))
    return book


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("block", [1, 200])
def test_a_dry_run_counts_what_the_run_then_does(
    there: Book, monkeypatch: pytest.MonkeyPatch, name: str, block: int
) -> None:
    """New, changed, as it was, refused and what is open then: the same, however it is cut."""
    monkeypatch.setattr(receive, "BLOCK", block)
    kind, given = FILES[name]
    before = counted(there.scope)
    told = there.take(kind, *given, is_dry=True)
    assert counted(there.scope) == before
    assert cache_faults(there.scope) == []
    done = there.take(kind, *given)
    assert {k: v for k, v in told.counts.items() if v} == {
        k: v for k, v in done.counts.items() if v
    }
    assert told.complaints == done.complaints
    assert told.settled == done.settled == []
    if kind == "items":
        assert told.book == rehearse.open_totals(there.scope) == {"EUR": 18_300}


@pytest.mark.parametrize("name", ["items", "rates", "orders", "customers"])
def test_what_came_in_once_would_change_nothing(there: Book, name: str) -> None:
    """The second time all rows are as they were, and the dry run says so."""
    kind, given = FILES[name]
    there.take(kind, *given)
    for is_dry in (True, False):
        counts = there.take(kind, *given, is_dry=is_dry).counts
        assert (counts["created"], counts["changed"], counts["unchanged"]) == (0, 0, len(given))


def test_a_dry_run_names_what_would_be_corrected(there: Book) -> None:
    """Field by field, with what stands there and what would: of items and of customers."""
    told = there.items(invoice("R-1", 12_000, due_on=TODAY), is_dry=True)
    was = TODAY - 30 * DAY
    assert {(c.customer, c.label, c.field, c.was, c.becomes) for c in told.changes} == {
        ("C-1", "R-1", "amount_minor", 10_000, 12_000),
        ("C-1", "R-1", "due_on", was.isoformat(), TODAY),
    }
    (change,) = there.customers(customer("C-1", region="north"), is_dry=True).changes
    assert (change.field, change.was, change.becomes) == ("region", "", "north")
    assert there.items(invoice("R-2", 5_000), is_dry=True).changes == ()


def test_a_full_list_says_what_it_would_settle(there: Book) -> None:
    """What the list lacks is named, and what is open then is without it."""
    told = there.items(invoice("R-2", 5_000), is_dry=True, is_full=True)
    assert (told.settled, told.book) == (["R-1"], {"EUR": 5_000})
    assert there.open("R-1") == 10_000
    done = there.items(invoice("R-2", 5_000), is_full=True)
    assert (done.settled, rehearse.open_totals(there.scope)) == (["R-1"], {"EUR": 5_000})


def test_progress_counts_what_is_read_and_then_what_is_in(there: Book) -> None:
    """Whoever waits is told twice how far it is; each good row is shown once."""
    told: list[int] = []
    seen: list[str] = []
    kind, given = FILES["items"]
    receive.run(
        there.scope, kind, [_Part(given)], file="i.csv", sha256="0" * 64, as_of=TODAY, now=NOW,
        progress=told.append, seen=lambda r: seen.append(r.number),
    )  # fmt: skip
    assert told == [5, 5]
    assert seen == ["R-1", "R-2", "R-3", "R-4", "N-1"]


class _Part:
    complaints = ()

    def __init__(self, given: tuple[Any, ...]) -> None:
        self.rows = given
