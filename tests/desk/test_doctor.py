"""The doctor recomputes what is kept for speed, and says where it differs (DATA.md 1.6)."""

from __future__ import annotations

from pathlib import Path

import pytest
from ended import people
from evening import DAY, Evening, at

from dunwell.core.scope import Scope
from dunwell.desk import approve, doctor, plan, promise, settle
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, invoice, payment

NAME = "promises and plans"


@pytest.fixture
def agreed(scope: Scope, book: Book) -> Book:
    """C-1 promised R-1; C-2 pays S-1 in two instalments; the night has judged both."""
    ben, cleo = people(scope)
    book.customers(customer("C-1"), customer("C-2"))
    book.items(invoice("R-1", 60_000), invoice("S-1", 60_000, customer="C-2"))
    promise.open_promise(scope, "C-1", until=TODAY + 4 * DAY, on=TODAY, now=NOW)
    number = plan.open_plan(ben, "C-2", instalments=2, first_on=TODAY + 5 * DAY, on=TODAY, now=NOW)
    (row,) = plan.listed(ben, customer="C-2", as_of=TODAY, plan=number)
    approve.approve(cleo, row["approval"], as_of=TODAY, now=NOW)
    return book


def found(book: Book, home: Path) -> doctor.Finding:
    """Return what the doctor says of promises and plans."""
    (one,) = [f for f in doctor.run(book.scope, home) if f.name == NAME]
    return one


def night(book: Book, days: int) -> None:
    """Judge a later night, and look."""
    on = TODAY + days * DAY
    assert settle.nightly(book.scope, as_of=on, now=at(on, 1)) == []
    Evening(book.scope).look(on)


def test_what_the_night_judged_is_well(agreed: Book, home: Path) -> None:
    """Open, kept, broken and in default alike, on whichever day it was judged."""
    for days in (1, 10, 12):
        night(agreed, days)
        assert found(agreed, home).ok
    got = payment("P-1", 60_000, on=TODAY + 12 * DAY, items=[("R-1", None)])
    agreed.payments(got, as_of=TODAY + 12 * DAY, now=at(TODAY + 12 * DAY))
    assert found(agreed, home).ok


@pytest.mark.parametrize("model", [models.Promise, models.Plan])
def test_a_state_that_payments_do_not_bear_out_is_found(
    agreed: Book, home: Path, model: type[models.Promise] | type[models.Plan]
) -> None:
    """It is counted, and nobody should run on it."""
    night(agreed, 1)
    with tx.transaction_of(agreed.scope):
        model.objects.filter(organisation_id=agreed.scope.organisation_id).update(state="kept")
    one = found(agreed, home)
    assert (one.ok, one.found) == (False, "1 say otherwise than the payments")
    assert one.fix.startswith("do not run")
