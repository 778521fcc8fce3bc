"""What is decided about a customer and kept inside the house (SEMANTICS 7, Credit hold)."""

from __future__ import annotations

from casebook import act, day, decide_on, invoice, policy, step

from dunwell.core import book


def test_payment_in_advance_is_never_named_to_who_is_past_due() -> None:
    """A step may name it and propose it: the credit hold is said, payment in advance is not."""
    by = policy(
        step(
            "one", 1, names=["credit_hold", "prepayment"],
            proposes=[{"what": "credit_hold"}, {"what": "prepayment"}],
        )
    )  # fmt: skip
    item: book.Item = invoice("A", 100_00, due="2026-03-01")
    made = act(decide_on(day("2026-03-17"), by, items=[item]))
    assert made.consequences == ("credit_hold",)
    assert sorted(a.what for a in made.asks) == ["credit_hold", "prepayment"]
