"""Aging: what is open by bucket, to the cent (SEMANTICS 3.5)."""

from __future__ import annotations

import datetime as dt

import pytest
from casebook import DAY, day

from dunwell.core import aging

AS_OF = day("2026-04-30")


def owed(days_overdue: int, minor: int, *, key: str = "C-1", currency: str = "EUR") -> aging.Open:
    """An open invoice, so many days overdue."""
    return aging.Open(key, currency, "invoice", AS_OF - dt.timedelta(days=days_overdue), minor)


@pytest.mark.parametrize(
    ("days_overdue", "place"),
    [
        (-1, None), (0, None), (1, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3),
        (3000, 3),
    ],
)  # fmt: skip
def test_an_item_falls_in_the_bucket_of_its_days(days_overdue: int, place: int | None) -> None:
    """On its due date it is not due; the day after it is 1-30 (2.2)."""
    assert aging.bucket(days_overdue, aging.DEFAULT_EDGES) == place
    [row] = aging.age([owed(days_overdue, 100)], as_of=AS_OF)
    assert row.not_due == (100 if place is None else 0)
    assert row.buckets == tuple(100 if n == place else 0 for n in range(4))


def test_credits_and_cash_stand_in_columns_of_their_own() -> None:
    """They are negative, and no bucket is reduced by them."""
    [row] = aging.age(
        [
            owed(10, 500),
            owed(-5, 300),
            aging.Open("C-1", "EUR", "credit_note", None, 200),
            aging.Open("C-1", "EUR", "unapplied", None, 50),
        ],
        as_of=AS_OF,
    )
    assert (row.not_due, row.buckets) == (300, (500, 0, 0, 0))
    assert (row.credits, row.unapplied, row.total) == (-200, -50, 550)


def test_currencies_and_customers_stand_apart() -> None:
    """One row a customer and currency, in order; one total a currency."""
    rows = aging.age(
        [
            owed(10, 1, key="C-2"),
            owed(40, 2, key="C-1", currency="USD"),
            owed(70, 4, key="C-1"),
            owed(0, 8, key="C-2"),
        ],
        as_of=AS_OF,
    )
    assert [(r.key, r.currency, r.total) for r in rows] == [
        ("C-1", "EUR", 4),
        ("C-1", "USD", 2),
        ("C-2", "EUR", 9),
    ]
    assert [(t.key, t.currency, t.not_due, t.buckets, t.total) for t in aging.totals(rows)] == [
        ("", "EUR", 8, (1, 0, 4, 0), 13),
        ("", "USD", 0, (0, 2, 0, 0), 2),
    ]


def test_buckets_can_be_set() -> None:
    """A book may age by weeks, or not at all."""
    assert aging.labels((7, 14)) == ["1-7", "8-14", "15+"]
    assert aging.labels(()) == ["1+"]
    [row] = aging.age([owed(8, 1), owed(15, 2)], as_of=AS_OF, edges=(7, 14))
    assert row.buckets == (0, 1, 2)
    [row] = aging.age([owed(8, 1)], as_of=AS_OF, edges=())
    assert row.buckets == (1,)


def test_a_day_later_everything_is_a_day_older() -> None:
    """An item moves from not due to 1-30 on the day after its due date; the total stays."""
    amounts = [owed(0, 100)]
    assert aging.age(amounts, as_of=AS_OF)[0].not_due == 100
    [row] = aging.age(amounts, as_of=AS_OF + DAY)
    assert (row.not_due, row.buckets[0], row.total) == (0, 100, 100)
