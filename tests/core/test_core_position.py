"""The position: what may be demanded, item by item and net (SEMANTICS 3)."""

from __future__ import annotations

import msgspec
import pytest
from casebook import (
    act,
    credit,
    day,
    decide_on,
    facts,
    invoice,
    labels,
    policy,
    step,
    stop,
    took,
    wait,
)

from dunwell.core import book, position

ON = day("2026-04-01")


def nets(**said: object) -> dict[str, int]:
    """Return what is demanded of each item on 1 April, by number."""
    found = position.stand(facts(**said), as_of=ON)
    return {s.item.label: s.net_minor for s in found.standings}


OLD, NEW, LATER = (
    invoice("A", 100, due="2026-02-01"),
    invoice("B", 100, due="2026-03-01"),
    invoice("C", 100, due="2026-05-01"),
)


@pytest.mark.parametrize(
    ("credits", "unapplied", "net"),
    [
        # unapplied cash: the oldest overdue first, then the younger, then what is not due
        ([], 30, {"A": 70, "B": 100, "C": 100}),
        ([], 130, {"A": 0, "B": 70, "C": 100}),
        ([], 230, {"A": 0, "B": 0, "C": 70}),
        ([], 400, {"A": 0, "B": 0, "C": 0}),
        # a credit note reduces the item it names, the rest the oldest
        ([credit("N", 30, names="B")], 0, {"A": 100, "B": 70, "C": 100}),
        ([credit("N", 130, names="B")], 0, {"A": 70, "B": 0, "C": 100}),
        ([credit("N", 130, names="C")], 0, {"A": 70, "B": 100, "C": 0}),
        # named credit notes go before unnamed ones and cash
        ([credit("M", 50), credit("N", 100, names="A")], 0, {"A": 0, "B": 50, "C": 100}),
        ([credit("N", 100, names="A")], 50, {"A": 0, "B": 50, "C": 100}),
        # a credit note that names nothing known reduces the oldest
        ([credit("N", 30, names="Z")], 0, {"A": 70, "B": 100, "C": 100}),
    ],
)
def test_credit_and_cash_reduce_in_order(
    credits: list[book.Item], unapplied: int, net: dict[str, int]
) -> None:
    """The named item first; the rest, and cash, the oldest overdue item first (3.4)."""
    cash = [("EUR", unapplied)] if unapplied else []
    for order in (1, -1):
        items = [OLD, NEW, LATER, *credits][::order]
        assert nets(items=items, unapplied=cash) == net


def test_a_credit_note_reduces_the_disputed_part_first() -> None:
    """It was most likely issued for the dispute, so what is demanded stays (3.4)."""
    dispute = [stop("dispute", "2026-03-01", items=["A"], minor=30)]
    assert nets(items=[OLD, credit("N", 20, names="A")], stops=dispute) == {"A": 70}
    assert nets(items=[OLD, credit("N", 50, names="A")], stops=dispute) == {"A": 50}
    assert nets(items=[OLD, credit("N", 50)], stops=dispute) == {"A": 20}


def test_a_credit_note_for_one_instalment_leaves_the_others() -> None:
    """The label names one instalment; the rest of the credit goes to the oldest."""
    parts = [
        invoice("A", 100, due="2026-02-01", kind="instalment", part="1"),
        invoice("A", 100, due="2026-03-01", kind="instalment", part="2"),
    ]
    assert nets(items=[*parts, credit("N", 40, names="A/2")]) == {"A/1": 100, "A/2": 60}


def test_currencies_never_pay_for_each_other() -> None:
    """Cash in dollars covers no euros (3.1)."""
    dollars = invoice("D", 100, due="2026-01-01", currency="USD")
    found = position.stand(
        facts(items=[OLD, dollars, credit("N", 60, names="A", currency="USD")],
              unapplied=[("USD", 10)]),
        as_of=ON,
    )  # fmt: skip
    assert [s.net_minor for s in found.standings] == [100, 30]
    assert found.balance == {"EUR": 100, "USD": 30}
    assert found.credit_used == {"USD": 70}


def test_the_balance_is_open_less_credit_notes_less_cash() -> None:
    """In whatever order they stand; a stop changes nothing about what is owed (3.1)."""
    items = [credit("N", 30), OLD, NEW]
    held = [stop("hold", "2026-03-01")]
    for order in (items, items[::-1]):
        seen = facts(items=order, unapplied=[("EUR", 5), ("USD", 7)], stops=held)
        assert position.stand(seen, as_of=ON).balance == {"EUR": 165, "USD": -7}


def test_nothing_is_taken_from_what_a_stop_covers() -> None:
    """What is held, promised or in dispute is not demanded; cash goes to what is (3.2)."""
    held = [stop("hold", "2026-03-01", items=["A"]), stop("promise", "2026-03-01", items=["B"],
            minor=40)]  # fmt: skip
    assert nets(items=[OLD, NEW], stops=held) == {"A": 0, "B": 60}
    assert nets(items=[OLD, NEW], stops=held, unapplied=[("EUR", 50)]) == {"A": 0, "B": 10}


def test_items_with_nothing_open_stand_nowhere() -> None:
    """A paid item, a used-up credit note: neither counts."""
    paid = invoice("P", 0, due="2026-02-01", amount=100)
    found = position.stand(facts(items=[paid, credit("N", 0)]), as_of=ON)
    assert (found.standings, found.balance, found.credit_used) == ([], {}, {})


def test_an_item_is_overdue_from_the_day_after_its_due_date() -> None:
    """On the due date it is not (2.2)."""
    due = invoice("A", due=ON)
    assert position.stand(facts(items=[due]), as_of=ON).overdue == []
    assert len(position.stand(facts(items=[due]), as_of=day("2026-04-02")).overdue) == 1


def test_base_currency_is_for_thresholds_only_and_says_what_is_missing() -> None:
    """Amounts without a rate are left out and named (3.1); nothing at all needs no rate."""
    seen = facts(rates=[("USD", "0.9")])
    found = position.in_base(
        seen, [("EUR", 100), ("USD", 1000), ("GBP", 5), ("CHF", 5), ("CHF", 1), ("JPY", 0)]
    )
    assert (found.minor, found.missing) == (1000, ("CHF", "GBP"))


def test_a_part_covered_shows_and_demands_the_net() -> None:
    """The message demands what is left, line by line (3.3)."""
    seen = facts(items=[OLD_EUR, NEW_EUR, credit("N", 30_00, names="B")])
    made = act(decide_on(ON, policy(), seen))
    assert dict(made.lines) == {OLD_EUR.id: 100_00, NEW_EUR.id: 70_00}
    assert made.amounts == (("EUR", 170_00),)


OLD_EUR, NEW_EUR = invoice("A", due="2026-02-01"), invoice("B", due="2026-03-01")


def test_what_cash_covers_wholly_is_not_shown() -> None:
    """Nothing is demanded of an item that unapplied cash pays in full."""
    seen = facts(items=[OLD_EUR, NEW_EUR], unapplied=[("EUR", 100_00)])
    made = act(decide_on(ON, policy(), seen))
    assert labels(seen, [*made.about, *made.also_overdue]) == ["B"]


def test_a_customer_in_credit_is_not_chased() -> None:
    """In credit in every currency owed in (3.3)."""
    seen = {"items": [OLD_EUR], "unapplied": [("EUR", 100_01)]}
    assert _because(seen) == ["in_credit", "cash_unapplied"]
    exactly = {"items": [OLD_EUR], "unapplied": [("EUR", 100_00)]}
    assert _because(exactly) == ["cash_unapplied"]


def test_credit_in_one_currency_leaves_the_debt_in_another() -> None:
    """The customer owes euros, however many dollars we hold."""
    dollars = invoice("D", due="2026-02-01", currency="USD")
    seen = facts(items=[OLD_EUR, dollars], unapplied=[("USD", 900_00)], rates=[("USD", "0.9")])
    made = act(decide_on(ON, policy(), seen))
    assert made.amounts == (("EUR", 100_00),)


def test_cash_that_covers_what_is_overdue_is_to_be_allocated() -> None:
    """What is not due yet does not matter (3.3)."""
    seen = {
        "items": [OLD_EUR, invoice("C", 500_00, due="2026-05-01")],
        "unapplied": [("EUR", 100_00)],
    }
    assert _because(seen)[0] == "cash_unapplied"


def _because(said: dict) -> list[str]:
    made = wait(decide_on(ON, policy(), **said))
    return [str(r) for r in (made.reason, *made.also) if r != "not_yet"]


def test_a_disputed_part_takes_up_credit_once() -> None:
    """Two credit notes for one item reduce it by both; its disputed part is reduced once (3.4)."""
    seen = facts(
        items=[
            invoice("A", 100, due="2026-02-01"),
            credit("N", 30, names="A"),
            credit("M", 30, names="A"),
        ],
        stops=[stop("dispute", "2026-02-10", items=["A"], minor=30)],
    )
    [a] = position.stand(seen, as_of=day("2026-03-02")).standings
    assert a.net_minor == 40


def test_a_credit_for_an_invoice_in_instalments_reduces_the_oldest_first() -> None:
    """A credit note that names the whole invoice reduces its instalments by due date (3.4)."""
    late = invoice("A", 100, due="2026-02-20", kind="instalment", part="2")
    early = invoice("A", 100, due="2026-02-01", kind="instalment", part="1")
    note = credit("N", 120, names="A")
    for items in ([late, early, note], [early, late, note]):
        found = position.stand(facts(items=items), as_of=day("2026-03-02"))
        assert {s.item.part: s.net_minor for s in found.standings} == {"1": 0, "2": 80}


def test_cash_is_to_be_allocated_also_while_the_next_step_waits() -> None:
    """What is overdue is covered, whenever its next step opens; so is a reminder's item (3.3)."""
    waiting = invoice("A", due="2026-02-01", taken=[took("one", "2026-03-30")])
    assert _because({"items": [waiting], "unapplied": [("EUR", 100_00)]})[0] == "cash_unapplied"
    by = policy(step("ahead", 5, phase="pre_due"), step("one", 1))
    items = [invoice("S", due="2026-04-04"), invoice("L", due="2026-06-01")]
    made = wait(decide_on(ON, by, items=items, unapplied=[("EUR", 100_00)]), "cash_unapplied")
    assert made.also == ()


def test_a_credit_note_of_one_child_leaves_anothers_invoice_of_the_same_number() -> None:
    """Numbers are one customer's own: K1's credit note names K1's invoice (1, 3.4)."""
    theirs = msgspec.structs.replace(invoice("A", due="2026-02-01", child="K2"), id=1)
    mine = msgspec.structs.replace(invoice("A", due="2026-03-01", child="K1"), id=2)
    note = msgspec.structs.replace(credit("N", 100_00, names="A"), child="K1")
    for items in ([theirs, mine, note], [note, mine, theirs]):
        found = position.stand(facts(items=items), as_of=day("2026-04-01")).standings
        assert {s.item.child: s.net_minor for s in found} == {"K2": 100_00, "K1": 0}


def test_items_that_share_a_number_keep_one_order() -> None:
    """An invoice and the claim made for it, of one due date: the same bytes in any order."""
    items = [invoice("A", due="2026-03-01"), invoice("A", 40_00, due="2026-03-01", kind="claim")]
    cash = [("EUR", 50_00)]
    one, two = (
        decide_on("2026-03-02", policy(), items=order, unapplied=cash)
        for order in (items, items[::-1])
    )
    assert one == two
