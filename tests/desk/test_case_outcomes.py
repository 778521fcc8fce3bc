"""How a case ended is said in one honest word: what closed it, and not always "paid"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from ended import ended, people, placed
from evening import DAY, Evening, at

from dunwell.desk import approve, insolvency, placement, plan, settle, write_off
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, credit_note, invoice, payment

LATER = TODAY + 40 * DAY


def looked(book: Book, on: dt.date) -> str:
    """Judge and look at a day; return how C-1's last case ended, "" while it is open."""
    assert settle.nightly(book.scope, as_of=on, now=at(on, 1)) == []
    Evening(book.scope).look(on)
    with tx.reading(book.scope):
        case = models.Case.objects.filter(
            organisation_id=book.scope.organisation_id, customer__reference="C-1"
        ).order_by("-no")[0]
    assert (case.outcome == "") is (case.closed_on is None)
    return case.outcome


def paid(book: Book) -> None:
    """The money comes in."""
    got = payment("P-1", 90_000, on=LATER, items=[("R-1", None)])
    book.payments(got, as_of=LATER, now=at(LATER))


def posted(book: Book) -> None:
    """The ledger states that nothing of the item is open any more."""
    row = invoice("R-1", 90_000, due_on=TODAY - 70 * DAY, open_minor=0)
    book.items(row, as_of=LATER, now=at(LATER))


def credited(book: Book) -> None:
    """A credit note takes all of it back, and the ledger has set it against the item."""
    book.items(
        credit_note("C-9", 90_000, applies_to="R-1", due_on=LATER, open_minor=0),
        as_of=LATER, now=at(LATER),
    )  # fmt: skip
    posted(book)


def given_up(book: Book) -> None:
    """It is written off today."""
    ben, cleo = people(book.scope)
    made = write_off.propose(
        ben, "C-1", items=[], amount=None, reason="gone", entity=None, as_of=TODAY, now=NOW
    )
    approve.approve(cleo, made["approval"], as_of=TODAY, now=NOW)


def planned(book: Book) -> None:
    """It is to be paid in two instalments."""
    ben, cleo = people(book.scope)
    number = plan.open_plan(ben, "C-1", instalments=2, first_on=TODAY + 5 * DAY, on=TODAY, now=NOW)
    (row,) = plan.listed(ben, customer="C-1", as_of=TODAY, plan=number)
    approve.approve(cleo, row["approval"], as_of=TODAY, now=NOW)


def filed(book: Book) -> None:
    """The customer is insolvent."""
    insolvency.open_filing(book.scope, "C-1", on=TODAY, as_of=TODAY, now=NOW)


def with_the_agency(book: Book) -> None:
    """It is with the agency."""
    placed(book)


def referred(book: Book) -> None:
    """It is with a lawyer."""
    placed(book, kind="legal")


def paid_in_time(book: Book) -> None:
    """Both instalments come in."""
    for n, on in ((1, TODAY + 5 * DAY), (2, TODAY + 36 * DAY)):
        got = payment(f"P-{n}", 45_000, on=on, items=[("R-1", None)])
        book.payments(got, as_of=on, now=at(on))


@pytest.mark.parametrize(
    ("before", "end", "outcome"),
    [
        (None, paid, "paid"),
        (None, credited, "credited"),
        (given_up, posted, "written_off"),
        (planned, paid_in_time, "plan"),
        (with_the_agency, paid, "placed"),
        (filed, posted, "insolvent"),
        (None, posted, "paid"),
    ],
)
def test_what_closed_a_case_names_its_end(
    book: Book, before: Callable[[Book], None] | None, end: Callable[[Book], None], outcome: str
) -> None:
    """It is open until nothing overdue is; then its outcome is what was done about its debts."""
    ended(book)
    assert looked(book, TODAY) == ""
    if before is not None:
        before(book)
        assert looked(book, TODAY + DAY) == "", "a stop closes no case"
    end(book)
    assert looked(book, LATER + DAY) == outcome


def test_a_large_debt_ends_in_court(book: Book) -> None:
    """What was paid while it was with the lawyer ended there."""
    ended(book, minor=600_000, due_on=TODAY - 95 * DAY)
    assert looked(book, TODAY) == ""
    referred(book)
    got = payment("P-1", 600_000, on=LATER, items=[("R-1", None)])
    book.payments(got, as_of=LATER, now=at(LATER))
    assert looked(book, LATER + DAY) == "legal"


def test_what_was_taken_back_explains_nothing(book: Book) -> None:
    """Recalled from the agency and paid to us, a case is paid; so is one whose write-off ended."""
    ended(book)
    made = placed(book)
    _, cleo = people(book.scope)
    placement.take_back(
        cleo, made["id"], noun="placement", state="recalled", reason="they pay",
        as_of=TODAY + 5 * DAY, now=at(TODAY + 5 * DAY),
    )  # fmt: skip
    assert looked(book, TODAY + 5 * DAY) == ""
    paid(book)
    assert looked(book, LATER + DAY) == "paid"


def test_an_end_of_an_earlier_case_is_not_that_of_a_later_one(book: Book) -> None:
    """What was credited in the first case says nothing about the next."""
    ended(book)
    assert looked(book, TODAY) == ""
    credited(book)
    assert looked(book, LATER + DAY) == "credited"
    book.items(invoice("R-2", 5_000, due_on=LATER), as_of=LATER + 2 * DAY, now=at(LATER + 2 * DAY))
    assert looked(book, LATER + 2 * DAY) == ""
    on = LATER + 5 * DAY
    got = payment("P-2", 5_000, on=on, items=[("R-2", None)])
    book.payments(got, as_of=on, now=at(on))
    assert looked(book, on + DAY) == "paid"
