"""Files come in whole or not at all; the same file twice changes nothing."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from databases import Database
from dunwell.core import rows
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import receive
from dunwell.store import models, tx
from helpers import (
    NOW,
    TODAY,
    Book,
    bare_organisation,
    cache_faults,
    credit_note,
    customer,
    fingerprint,
    invoice,
    payment,
    reversal,
)

DAY = dt.timedelta(days=1)
FIRST = (
    invoice("R-1", 10_000), invoice("R-2", 20_000, open_minor=5_000), invoice("R-3", 30_000),
    invoice("R-4", 40_000, customer="C-2"), credit_note("N-1", 1_000, applies_to="R-1"),
)  # fmt: skip
SECOND = (
    invoice("R-1", 9_000), invoice("R-2", 20_000, open_minor=4_000, due_on=TODAY - 9 * DAY),
    invoice("R-5", 50_000), invoice("R-6", 60_000, customer="C-3"), invoice("R-7", 70_000),
)  # fmt: skip
MONEY = (
    reversal("X-1", 700, reverses="P-3"), payment("P-1", 3_000, items=[("R-1", None)]),
    payment("P-2", 90_000, items=[("R-3", None), ("R-9", 5)]),
    payment("P-3", 700, items=[("R-4", 700)], customer="C-2"), payment("P-4", 50, customer=None),
)  # fmt: skip


@pytest.fixture
def book(database: Database) -> Book:
    """A book of an organisation that needs no policy."""
    return Book(bare_organisation("acme"))


def rows_of(scope: Scope, model: Any, **where: Any) -> list[Any]:
    """Return the organisation's rows of a table."""
    with tx.transaction_of(scope):
        found = model.objects.filter(organisation_id=scope.organisation_id, **where)
        return list(found.order_by("pk"))


def test_the_same_files_twice_change_nothing(book: Book) -> None:
    """What comes again with nothing new leaves the book, its history and its customers alone."""
    files = (
        ("customers", [customer("C-1"), customer("C-2")]),
        ("items", FIRST),
        ("payments", MONEY),
    )
    for kind, given in files:
        book.take(kind, *given)
    before = fingerprint(book.scope)
    for kind, given in files:
        found = book.take(kind, *given)
        assert (found.counts.get("created"), found.counts.get("changed", 0)) == (0, 0)
    assert fingerprint(book.scope) == before
    assert rows_of(book.scope, models.History) == []


def test_a_correction_keeps_what_stood_before(book: Book) -> None:
    """A row that says something else corrects the item, and history holds who said what when."""
    book.items(invoice("R-1", 10_000, po_number="4711"))
    book.items(invoice("R-1", 12_000, due_on=TODAY), now=NOW + DAY)
    (row,) = rows_of(book.scope, models.History)
    item = book.item("R-1")
    assert (item.amount_minor, item.open_minor, item.due_on) == (12_000, 12_000, TODAY)
    assert item.po_number == "4711", "what a row does not say stays"
    assert row.former == {"amount_minor": 10_000, "due_on": str(TODAY - 30 * DAY)}
    assert (row.row, row.recorded_at, row.actor) == (item.pk, NOW + DAY, "anna")
    assert cache_faults(book.scope) == []


def test_a_customer_corrected_keeps_what_stood_before(book: Book) -> None:
    """Master data is corrected like items: the former values are in history."""
    book.customers(customer("C-1", country="DE", terms_days=30))
    book.customers(customer("C-1", country="AT", terms_days=None), now=NOW + DAY)
    (row,) = rows_of(book.scope, models.History, table="customer")
    (found,) = rows_of(book.scope, models.Customer)
    assert (found.country, found.terms_days, row.former) == ("AT", 30, {"country": "DE"})


def test_a_customer_twice_in_a_file_is_one_customer(book: Book) -> None:
    """Two rows of one new customer add up; neither loses what only the other says."""
    book.customers(
        customer("C-1", country="DE", region="North"), customer("C-1", country=None, terms_days=14)
    )
    (found,) = rows_of(book.scope, models.Customer)
    assert (found.country, found.region, found.terms_days) == ("DE", "North", 14)


def test_a_row_twice_in_a_file_of_rates_or_orders_is_one(book: Book) -> None:
    """The later of two rows of one identity stands, on either database."""
    rate = {"line": 2, "currency": "USD", "base": "EUR", "on": TODAY}
    book.take("rates", rows.RateRow(**rate, rate="0.9"), rows.RateRow(**rate, rate="0.8"))
    order = {"line": 2, "customer": "C-1", "number": "O-1", "currency": "EUR"}
    book.take("orders", *(rows.OrderRow(**order, amount_minor=m) for m in (100, 200)))
    assert [r.rate for r in rows_of(book.scope, models.FxRate)] == ["0.8"]
    assert [r.amount_minor for r in rows_of(book.scope, models.Order)] == [200]


def test_a_full_list_settles_what_it_does_not_hold(book: Book) -> None:
    """An item missing from a list declared complete is presumed settled, and is named."""
    book.items(*FIRST)
    found = book.items(*FIRST[:2], is_full=True, as_of=TODAY + DAY)
    assert sorted(found.settled) == ["N-1", "R-3", "R-4"]
    assert (book.open("R-3"), book.item("R-3").closed_on) == (0, TODAY + DAY)
    assert cache_faults(book.scope) == []


def test_a_full_list_with_a_faulty_row_settles_nothing(book: Book) -> None:
    """A list of which one line could not be read is not complete: nothing is presumed settled."""
    book.items(*FIRST)
    faulty = invoice("R-3", 30_000, open_minor=99_999)
    found = book.items(*FIRST[:2], faulty, is_full=True)
    assert found.settled == []
    assert [c.column for c in found.complaints] == ["open_amount", None]
    assert book.open("R-4") == 40_000


def test_strict_takes_nothing_when_a_row_is_wrong(book: Book) -> None:
    """With --strict, an entity nobody set up or a missing due date keeps the whole file out."""
    for wrong in (
        invoice("R-8", entity="NOWHERE"),
        msgspec.structs.replace(invoice("R-8"), due_on=None),
    ):
        found = book.items(invoice("R-1"), wrong, is_strict=True)
        assert (found.state, len(found.complaints)) == ("refused", 1)
    assert rows_of(book.scope, models.Item) == []


def test_a_dry_run_reports_and_changes_nothing(book: Book) -> None:
    """A dry run counts, totals and complains as the real one would, and takes nothing."""
    found = book.items(*FIRST, invoice("R-8", entity="NOWHERE"), is_dry=True)
    assert (found.state, found.counts["rows"], found.totals) == ("dry run", 6, {"EUR": 84_000})
    assert [c.column for c in found.complaints] == ["entity"]
    assert rows_of(book.scope, models.Item) == []


def test_control_totals_tie_out(book: Book) -> None:
    """The book's open balance is set beside what the ledger says, by currency (SEMANTICS 3.5)."""
    found = book.items(*FIRST, control={"EUR": 84_000, "USD": 5})
    assert found.control == {"EUR": (84_000, 84_000), "USD": (5, 0)}
    assert not found.ties_out


class KilledError(BaseException):
    """The process is gone: nothing it would have done afterwards happens."""


@contextlib.contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, number: int, *, where: str) -> Iterator[list[int]]:
    """Let the process die at its n-th transaction: just before its commit, or just after."""
    real, begun = tx.transaction_of, [0]

    @contextlib.contextmanager
    def dying(scope: Scope, **options: Any) -> Iterator[None]:
        if begun[0] > number:
            raise KilledError
        begun[0] += 1
        with real(scope, **options):
            yield
            if begun[0] > number and where == "within":
                raise KilledError
        if begun[0] > number:
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(tx, "transaction_of", dying)
        yield begun


FILES = {
    "full list": ((("items", FIRST),), ("items", SECOND, {"is_full": True})),
    "payments": ((("items", FIRST),), ("payments", MONEY, {})),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("where", ["within", "after"])
def test_a_killed_import_is_whole_or_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch, name: str, where: str
) -> None:
    """Killed at any transaction, the next command leaves the file in the book whole or not at
    all, with every cache true; and the same file once more makes it whole."""
    monkeypatch.setattr(receive, "BLOCK", 2)
    before, (kind, given, options) = FILES[name]
    whole, nothing = Book(bare_organisation("whole")), Book(bare_organisation("nothing"))
    for one in (whole, nothing):
        for k, r in before:
            one.take(k, *r)
    with killed_at(monkeypatch, 10_000, where=where) as count:
        whole.take(kind, *given, **options)
    goal, start = fingerprint(whole.scope), fingerprint(nothing.scope)
    outcomes = set()
    for number in range(count[0]):
        book = Book(bare_organisation(f"o{number}"))
        for k, r in before:
            book.take(k, *r)
        with (
            pytest.raises(KilledError),
            killed_at(monkeypatch, number, where=where),
        ):
            book.take(kind, *given, **options)
        receive.finish_others(book.scope, now=NOW)
        found = fingerprint(book.scope)
        assert found in (start, goal), f"half a file after transaction {number}"
        outcomes.add(found == goal)
        assert cache_faults(book.scope) == []
        assert rows_of(book.scope, models.StagedRow) == []
        book.take(kind, *given, **options)
        assert fingerprint(book.scope) == goal
    assert outcomes == {True, False}, "both ends were seen"


def test_a_batch_taken_over_is_not_finished_twice(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two commands at the same import one goes on, and the other says it was overtaken."""
    monkeypatch.setattr(receive, "BLOCK", 2)

    def other_command(_rows: int) -> None:
        receive.finish_others(book.scope, now=NOW)

    with pytest.raises(Refused, match="took over"):
        book.items(*FIRST, parts=3, progress=other_command)
    assert rows_of(book.scope, models.Item) == []
    assert [b.state for b in rows_of(book.scope, models.ImportBatch)] == ["discarded"]


def test_no_transaction_writes_more_than_2000_rows(written: list[int]) -> None:
    """However long a file, SQLite's one writer is free again after 2,000 rows (DATA.md 1.7)."""
    book, many = Book(bare_organisation("acme")), range(210)
    everything = {"email": "a@example.com", "phone": "1", "mobile": "2", "address": "Street 1"}
    book.customers(*(customer(f"C-{n}", phone="+49 30 3") for n in many))
    book.take("contacts", *(
        rows.ContactRow(line=2, customer=f"C-{n}", name=f"Person {n}", **everything) for n in many
    ))  # fmt: skip
    book.items(*(invoice(f"R-{n}", 1_000, open_minor=900, customer=f"C-{n}", due_on=TODAY - n * DAY)
                 for n in many))  # fmt: skip
    book.items(*(invoice(f"R-{n}", 1_100, open_minor=800, customer=f"C-{n}",
                         due_on=TODAY - (n + 9_999) * DAY) for n in many))  # fmt: skip
    book.payments(*(payment(f"P-{n}", 950, customer=f"C-{n}", items=[(f"R-{n}", None)])
                    for n in many))  # fmt: skip
    book.items(invoice("R-1", 1_100, customer="C-1"), is_full=True)
    assert sum(written) > 5_000, "the counter counts"
    assert max(written) <= 2_000
