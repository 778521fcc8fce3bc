"""Money is conserved, and what is open, closed and unapplied follows from the allocations."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from databases import Database
from dunwell.core import rows
from dunwell.store import tx
from dunwell.store.lists import aging
from helpers import (
    TODAY,
    Book,
    bare_organisation,
    cache_faults,
    credit_note,
    customer,
    fingerprint,
    instant,
    invoice,
    payment,
    reversal,
)

DAY = dt.timedelta(days=1)
names = itertools.count(1)


@pytest.fixture
def book(database: Database) -> Book:
    """A book of an organisation that needs no policy."""
    return Book(bare_organisation("acme"))


def test_a_payment_closes_what_it_names_on_the_day_it_was_made(book: Book) -> None:
    """An item is closed on the day of the last money it needed, not on the day of the file."""
    book.items(invoice("R-1", 10_000))
    book.payments(
        payment("P-2", 6_000, on=TODAY - 2 * DAY, items=[("R-1", None)]),
        payment("P-1", 4_000, on=TODAY - 9 * DAY, items=[("R-1", None)]),
    )
    item = book.item("R-1")
    assert (item.open_minor, item.closed_on) == (0, TODAY - 2 * DAY)
    assert cache_faults(book.scope) == []


def test_what_is_paid_beyond_an_item_stays_unapplied(book: Book) -> None:
    """An overpayment fills its item and keeps the rest; nothing is lost."""
    book.items(invoice("R-1", 10_000))
    book.payments(payment("P-1", 12_500, items=[("R-1", None)]))
    assert (book.open("R-1"), book.payment("P-1").unapplied_minor) == (0, 2_500)


def test_a_payment_takes_the_place_of_what_the_ledger_had_counted(book: Book) -> None:
    """Money the ledger had already counted as paid is not counted twice when it comes itself."""
    book.items(invoice("R-1", 10_000, open_minor=7_000))
    book.payments(payment("P-1", 3_000, on=TODAY - 5 * DAY, items=[("R-1", None)]))
    assert (book.open("R-1"), book.payment("P-1").unapplied_minor) == (7_000, 0)
    book.payments(payment("P-2", 3_000, on=TODAY + DAY, items=[("R-1", None)]), as_of=TODAY + DAY)
    assert (book.open("R-1"), book.payment("P-2").unapplied_minor) == (4_000, 0)
    assert cache_faults(book.scope) == []


def test_an_item_corrected_below_what_was_paid_gives_the_rest_back(book: Book) -> None:
    """What was paid beyond the corrected amount is unapplied again, the newest payment first."""
    book.items(invoice("R-1", 10_000))
    book.payments(
        payment("P-1", 5_000, on=TODAY - 9 * DAY, items=[("R-1", None)]),
        payment("P-2", 5_000, on=TODAY - 2 * DAY, items=[("R-1", None)]),
    )
    book.items(invoice("R-1", 6_000))
    left = [book.payment(p).unapplied_minor for p in ("P-1", "P-2")]
    assert (book.open("R-1"), left) == (0, [0, 4_000])
    assert book.item("R-1").closed_on == TODAY - 2 * DAY
    assert cache_faults(book.scope) == []


def test_a_reversal_opens_what_the_payment_had_closed(book: Book) -> None:
    """A payment taken back leaves its item open with the days it was paid kept as a gap."""
    book.items(invoice("R-1", 10_000))
    book.payments(payment("P-1", 10_000, on=TODAY - 9 * DAY, items=[("R-1", None)]))
    book.payments(reversal("X-1", 10_000, reverses="P-1", on=TODAY - 2 * DAY))
    item, first = book.item("R-1"), book.payment("P-1")
    assert (item.open_minor, item.closed_on) == (10_000, None)
    assert item.paid_gaps == [[str(TODAY - 9 * DAY), str(TODAY - 3 * DAY)]]
    assert (first.unapplied_minor, first.reversed_on) == (0, TODAY - 2 * DAY)
    assert cache_faults(book.scope) == []


def test_a_reversal_after_a_correction_opens_no_more_than_is_owed(book: Book) -> None:
    """After an amount was corrected, a reversal opens what its payment still stood for."""
    book.items(invoice("R-1", 10_000))
    book.payments(
        payment("P-1", 5_000, on=TODAY - 9 * DAY, items=[("R-1", None)]),
        payment("P-2", 5_000, on=TODAY - 2 * DAY, items=[("R-1", None)]),
    )
    book.items(invoice("R-1", 6_000))
    book.payments(reversal("X-1", 5_000, reverses="P-2"))
    assert book.open("R-1") == 1_000
    assert cache_faults(book.scope) == []


def test_a_payment_is_taken_back_whole_and_once(book: Book) -> None:
    """A part of a payment, or a payment a second time, is not taken back, and the file says so."""
    book.items(invoice("R-1", 10_000))
    book.payments(payment("P-1", 10_000, items=[("R-1", None)]))
    (part,) = book.payments(reversal("X-1", 4_000, reverses="P-1")).complaints
    book.payments(reversal("X-2", 10_000, reverses="P-1"))
    (twice,) = book.payments(reversal("X-3", 10_000, reverses="P-1")).complaints
    assert (part.column, twice.column) == ("amount", "reverses")
    assert book.open("R-1") == 10_000
    assert cache_faults(book.scope) == []


def test_a_reversal_may_stand_before_its_payment_in_the_file(book: Book) -> None:
    """The order of rows in a payments file does not decide what is open."""
    book.items(invoice("R-1", 10_000))
    found = book.payments(
        reversal("X-1", 10_000, reverses="P-1"), payment("P-1", 10_000, items=[("R-1", None)])
    )
    assert found.complaints == []
    assert (book.open("R-1"), book.payment("P-1").reversed_on) == (10_000, TODAY)


def test_the_ledger_may_state_open_what_a_later_reversal_explains(book: Book) -> None:
    """An item stated open again, and the reversal that explains it, open it once."""
    book.items(invoice("R-1", 10_000))
    book.payments(payment("P-1", 10_000, on=TODAY - 9 * DAY, items=[("R-1", None)]))
    book.items(invoice("R-1", 10_000, open_minor=10_000))
    assert book.open("R-1") == 10_000
    book.payments(reversal("X-1", 10_000, reverses="P-1", on=TODAY - DAY))
    assert book.open("R-1") == 10_000
    assert cache_faults(book.scope) == []


def test_a_parent_pays_for_its_child(book: Book) -> None:
    """A payer's money reaches the items of the children it pays for, and of no other customer."""
    book.customers(
        customer("P"), customer("C", parent="P", pays_via_parent=True), customer("D", parent="P")
    )
    book.items(invoice("R-1", 10_000, customer="C"), invoice("R-2", 10_000, customer="D"))
    found = book.payments(
        payment("P-1", 20_000, customer="P", items=[("R-1", None), ("R-2", None)])
    )
    assert [(c.column, c.found) for c in found.complaints] == [("items", "R-2")]
    assert (book.open("R-1"), book.open("R-2")) == (0, 10_000)


def test_a_number_two_customers_share_is_not_guessed(book: Book) -> None:
    """Money of an unknown payer naming a number that two customers have stays unapplied."""
    book.items(invoice("R-1", 10_000, customer="C-1"), invoice("R-1", 10_000, customer="C-2"))
    book.payments(payment("P-1", 10_000, customer=None, items=[("R-1", None)]))
    one = book.payment("P-1")
    assert (one.customer_id, one.unapplied_minor) == (None, 10_000)


def test_another_currency_is_never_paid(book: Book) -> None:
    """Cash in one currency never covers an item in another (SEMANTICS 3.1)."""
    book.items(invoice("R-1", 10_000, currency="USD"))
    book.payments(payment("P-1", 10_000, items=[("R-1", None)]))
    assert (book.open("R-1"), book.payment("P-1").unapplied_minor) == (10_000, 10_000)
    (said,) = book.items(invoice("R-1", 10_000, currency="CHF")).complaints or [None]
    assert said is None
    book.payments(payment("P-2", 1_000, items=[("R-1", None)], currency="CHF"))
    (said,) = book.items(invoice("R-1", 10_000, currency="USD")).complaints
    assert said.column == "currency"
    assert book.item("R-1").currency == "CHF"


# What happens to a book, as small values: items, payments, reversals and full lists over few
# numbers, so that they meet each other; days only go forward.
numbers = st.sampled_from("ABC")
amounts = st.integers(1, 12).map(lambda n: n * 10)
a_share = st.one_of(st.none(), amounts)
one_item = st.tuples(st.just("item"), numbers, amounts, st.one_of(st.none(), st.integers(0, 12)),
                     st.integers(-40, 5))  # fmt: skip
one_payment = st.tuples(
    st.just("payment"), amounts, st.lists(st.tuples(numbers, a_share), max_size=3),
    st.integers(0, 8), st.booleans(),
)  # fmt: skip
one_reversal = st.tuples(st.just("reversal"), st.integers(0, 5))
a_list = st.tuples(st.just("full"), st.lists(numbers, unique=True, min_size=1, max_size=2))
happenings = st.lists(
    st.one_of(one_item, one_payment, one_payment, one_reversal, a_list), min_size=1, max_size=9
)


def happen(book: Book, what: tuple[Any, ...], day: dt.date, paid: list[rows.PaymentRow]) -> None:
    """Let one thing happen to a book on a day."""
    at = {"as_of": day, "now": instant(day)}
    if what[0] == "item":
        _, number, minor, open_tenths, due = what
        stated = None if open_tenths is None else min(minor, open_tenths * 10)
        book.items(invoice(number, minor, due_on=TODAY + due * DAY, open_minor=stated), **at)
    elif what[0] == "payment":
        _, minor, items, ago, is_known = what
        paid.append(
            payment(f"P-{len(paid)}", minor, on=day - ago * DAY, items=items,
                    customer="C-1" if is_known else None)
        )  # fmt: skip
        book.payments(paid[-1], **at)
    elif what[0] == "reversal" and what[1] < len(paid):
        one = paid[what[1]]
        book.payments(reversal(f"X-{day}", one.amount_minor, reverses=one.reference, on=day), **at)
    elif what[0] == "full":
        known = [i for i in fingerprint(book.scope)["items"] if i[3] in what[1]]
        rows_ = [invoice(i[3], i[7], due_on=i[5], open_minor=i[8]) for i in known]
        book.items(*rows_, is_full=True, **at)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(what=happenings)
def test_caches_equal_what_they_are_computed_from(database: Database, what: list[Any]) -> None:
    """After any sequence of imports, payments, corrections and reversals every cache is true,
    received money is allocated or unapplied to the cent, and the aging adds up to the book."""
    book = Book(bare_organisation(f"o{next(names)}"))
    paid: list[rows.PaymentRow] = []
    for n, one in enumerate(what):
        happen(book, one, TODAY + n * DAY, paid)
        assert cache_faults(book.scope) == [], what[: n + 1]
    found = fingerprint(book.scope)
    book_total = sum(i[8] for i in found["items"]) - sum(p[5] for p in found["payments"])
    with tx.transaction_of(book.scope):
        aged = list(aging.open_amounts(book.scope, as_of=TODAY + len(what) * DAY))
    assert sum(-a.minor if a.kind == "unapplied" else a.minor for a in aged) == book_total


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_the_order_of_rows_does_not_matter(database: Database, data: st.DataObject) -> None:
    """However the rows of a file are ordered or cut into parts, the book says the same."""
    items = [invoice(n, 10_000, open_minor=o, due_on=TODAY + d * DAY)
             for n, o, d in (("A", None, -9), ("B", 4_000, -30), ("C", 0, -2))]  # fmt: skip
    items.append(credit_note("N", 500, applies_to="A"))
    money = [payment("P-1", 3_000, items=[("A", None)]), payment("P-2", 900, items=[("B", 900)]),
             payment("P-3", 50, customer=None), reversal("X", 900, reverses="P-2")]  # fmt: skip
    plain, mixed = (Book(bare_organisation(f"o{next(names)}")) for _ in range(2))
    plain.items(*items)
    plain.payments(*money)
    mixed.items(*data.draw(st.permutations(items)), parts=data.draw(st.integers(1, 4)))
    mixed.payments(*data.draw(st.permutations(money)), parts=data.draw(st.integers(1, 4)))
    assert fingerprint(mixed.scope) == fingerprint(plain.scope)
