"""Days outstanding over a book: sums as the rows say, any day, any key, down to the invoices."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import helpers
from dunwell.core.outstanding import sums
from dunwell.core.scope import Scope
from dunwell.desk import found, outstanding, report
from dunwell.store import models, tx
from dunwell.store.lists.aging import UNKNOWN
from helpers import TODAY, credit_note, customer, invoice, payment, reversal

DAY = dt.timedelta(days=1)
UK = found.NewEntity("UK", "GBP", "Europe/London", "GB")
QUERIES = 18
"""What reading a whole book asks for, however many customers there are."""


@pytest.fixture
def lived(database: Any) -> Scope:
    """Two companies and a year and a half of invoices, payments, reversals and credit notes."""
    scope = helpers.found_organisation("acme", helpers.MAIN, UK)
    book = helpers.Book(scope)
    book.customers(*(customer(f"C-{n}", region=("north", "south", "")[n % 3]) for n in range(9)))
    dice = random.Random(11)
    items, paid = [], []
    for n in range(160):
        due = TODAY - dice.randint(-40, 480) * DAY
        entity, currency = dice.choice([("MAIN", "EUR"), ("MAIN", "USD"), ("UK", "GBP")])
        more = {"entity": entity, "currency": currency, "customer": f"C-{dice.randint(0, 8)}"}
        minor = dice.randint(100, 500_000)
        terms = dice.choice([14, 30, 60])
        items.append(invoice(f"R-{n}", minor, due_on=due, issued_on=due - terms * DAY, **more))
        if dice.random() < 0.7:
            on = min(due + dice.randint(-12, 90) * DAY, TODAY)
            part = dice.choice([minor, minor, minor // 2, minor // 3 + 1])
            said = [(f"R-{n}", None)] if dice.random() < 0.85 else []
            paid.append(payment(f"P-{n}", part, on=on, items=said, **more))
    dates = {"due_on": TODAY - 100 * DAY, "issued_on": TODAY - 100 * DAY}
    book.items(
        *items, credit_note("N-1", 4_321, customer="C-1", **dates),
        credit_note("N-2", 2_000_000, customer="C-2", **dates),
        invoice("X-1", 700, customer="C-3", due_on=TODAY - 5 * DAY, kind="debit_note"),
    )  # fmt: skip
    book.payments(*paid, payment("P-X", 777, customer=None, on=TODAY - 70 * DAY))
    back = [p for p in paid if p.currency == "EUR" and p.items][:3]
    book.payments(
        *(reversal(f"B-{n}", p.amount_minor, reverses=p.reference, on=p.paid_on + 40 * DAY)
          for n, p in enumerate(back) if p.paid_on + 40 * DAY <= TODAY)
    )  # fmt: skip
    return scope


def by_hand(scope: Scope, as_of: dt.date, days: int) -> dict[tuple[str, str, str], sums.Sums]:
    """Work the sums out row by row from what they mean, without any SQL of the reader's."""
    start = as_of - days * DAY
    mine = {"organisation_id": scope.organisation_id}
    raw: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    with tx.transaction_of(scope):
        items = list(models.Item.objects.filter(**mine).select_related("customer", "entity"))
        moves = list(models.Allocation.objects.filter(**mine).select_related("payment"))
        cash = list(models.Payment.objects.filter(**mine).select_related("customer", "entity"))
    for i in items:
        row = raw[i.customer.reference, i.entity.code, i.currency]
        own = [m for m in moves if m.item_id == i.pk]
        sign = -1 if i.kind == "credit_note" else 1
        for n, (a, b) in enumerate(sums.months(as_of)):
            row[f"m{n}"] += sign * i.amount_minor * bool(i.issued_on and a <= i.issued_on <= b)
        row["billed"] += sign * i.amount_minor * bool(i.issued_on and start < i.issued_on <= as_of)
        was_open = {
            d: 0 if i.issued_on and i.issued_on > d
            else i.amount_minor - sum(m.amount_minor for m in own if m.on <= d)
            for d in (start, as_of)
        }  # fmt: skip
        if sign < 0:
            row["credit"] += was_open[as_of]
            row["opened_credit"] += was_open[start]
            continue
        row["overdue" if i.due_on < as_of else "current"] += was_open[as_of]
        row["opened"] += was_open[start]
        is_settled = i.closed_on is not None and start < i.closed_on <= as_of
        if is_settled or (was_open[as_of] and i.due_on < as_of):
            ended = i.closed_on if is_settled else as_of
            row["weighed"] += i.amount_minor
            row["late_days"] += i.amount_minor * max(0, (ended - i.due_on).days)
            row["invoices"] += 1
        is_due = start < i.due_on + 30 * DAY <= as_of
        row["due"] += i.amount_minor * (is_due and not (i.issued_on and i.issued_on > as_of))
        for m in own:
            back = m.payment.reversed_on if m.payment else None
            if m.payment is None or m.on > as_of or (back and back <= as_of):
                continue
            if m.on > start and i.issued_on:
                row["paid"] += m.amount_minor
                row["paid_days"] += m.amount_minor * (m.on - i.issued_on).days
            row["due_paid"] += m.amount_minor * (is_due and (m.on - i.due_on).days <= 30)
    for p in cash:
        for d, name in ((as_of, "credit"), (start, "opened_credit")):
            is_held = p.kind == "payment" and p.paid_on <= d < (p.reversed_on or dt.date.max)
            if p.customer and is_held:
                spent = sum(m.amount_minor for m in moves if m.payment_id == p.pk and m.on <= d)
                row = raw[p.customer.reference, p.entity.code, p.currency]
                row[name] += p.amount_minor - spent
    return {key: as_sums(row) for key, row in raw.items() if any(row.values())}


def as_sums(row: dict[str, int]) -> sums.Sums:
    """Take credit off, the oldest debt first, and name what is left."""
    overdue, current, credit = row["overdue"], row["current"], row["credit"]
    taken = min(credit, overdue)
    more = min(credit - taken, current)
    return sums.Sums(
        max(0, row["opened"] - row["opened_credit"]), row["billed"],
        overdue - taken + current - more, current - more, credit - taken - more,
        tuple(row[f"m{n}"] for n in range(13)), row["paid"], row["paid_days"], row["weighed"],
        row["late_days"], row["due"], row["due_paid"], row["invoices"],
    )  # fmt: skip


@pytest.mark.parametrize(("back", "days"), [(0, 90), (0, 365), (47, 90), (200, 120)])
def test_sums_are_what_the_rows_say(lived: Scope, back: int, days: int) -> None:
    """On today and on past days, each account's sums are those worked out row by row."""
    as_of = TODAY - back * DAY
    book = outstanding.load(lived, as_of=as_of, days=days)
    found = {(a.customer, a.entity, a.currency): a.of for a in book.accounts}
    expected = by_hand(lived, as_of, days)
    assert {k for k, v in expected.items() if any(v[:5])} <= found.keys()
    for key, of in found.items():
        assert of == expected.get(key, sums.NOTHING), key


def test_what_is_open_ties_out_with_the_aging(lived: Scope) -> None:
    """What is open less what is left of credits is the aging's total, of each customer."""
    for back in (0, 30, 150):
        as_of = TODAY - back * DAY
        book = outstanding.load(lived, as_of=as_of, days=90)
        aged = report.aging_rows(lived, as_of=as_of, by="customer", entity=None).rows
        expected = {(r.key, r.currency): r.total for r in aged if r.key != UNKNOWN and r.total}
        found = {(r.key, r.currency): r.of.open - r.of.left for r in rows_of(book, "customer")}
        assert {k: v for k, v in found.items() if v} == expected


def rows_of(book: outstanding.Book, by: str) -> list[outstanding.Row]:
    """Return the rows by a key."""
    return outstanding.rows(book, by=by)


@pytest.mark.parametrize("by", outstanding.BY)
def test_groups_add_up_to_the_whole(lived: Scope, by: str) -> None:
    """However the book is turned, the rows of a currency add up to its total."""
    book = outstanding.load(lived, as_of=TODAY, days=90)
    for total in outstanding.totals(book):
        mine = [r.of for r in rows_of(book, by) if r.currency == total.currency]
        assert sums.add(mine) == total.of
    for key in {r.key for r in rows_of(book, by)}:
        inside = outstanding.rows(book, by="customer", within=(by, key))
        outside = [r for r in rows_of(book, by) if r.key == key]
        for row in outside:
            parts = [r.of for r in inside if r.currency == row.currency]
            assert sums.add(parts) == row.of


def test_the_lines_behind_a_number_add_up_to_it(lived: Scope) -> None:
    """For each customer, currency and kind of number the lines are the number."""
    for as_of, days in ((TODAY, 90), (TODAY - 60 * DAY, 365)):
        book = outstanding.load(lived, as_of=as_of, days=days)
        for row in rows_of(book, "customer"):
            of = row.of
            for what, total, weighed in (
                ("open", of.open - of.left, 0), ("late", of.weighed, of.late_days),
                ("paid", of.paid, of.paid_days), ("billed", of.billed, 0),
                ("due", of.due, of.due_paid),
            ):  # fmt: skip
                found = outstanding.behind(
                    lived, row.key, what=what, currency=row.currency, as_of=as_of, days=days
                )
                assert (found.total, found.weighed) == (total, weighed), (row.key, what)
                assert total == 0 or found.lines
                assert found.left == (of.left if what == "open" else 0)


def test_reading_takes_the_same_queries_for_any_book(lived: Scope) -> None:
    """The number of statements does not grow with the customers."""
    with CaptureQueriesContext(connection) as asked:
        outstanding.load(lived, as_of=TODAY, days=90)
    assert len(asked) <= QUERIES


def test_another_organisations_rows_are_not_seen(lived: Scope) -> None:
    """A second organisation in the same database has a book of its own."""
    other = helpers.found_organisation("other")
    helpers.Book(other).items(invoice("R-1", customer="C-1", issued_on=TODAY - 60 * DAY))
    (row,) = outstanding.totals(outstanding.load(other, as_of=TODAY, days=90))
    assert (row.of.open, row.customers) == (10_000, 1)
