"""The end of a ladder: its task beside younger items, and each choice done, or said why not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from ended import ended, open_tasks, people, verbs
from evening import DAY, Evening, at

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import approve, hold, placement, task, write_off
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, invoice, payment

CHOICE = "choose_outcome"


@pytest.fixture
def small(book: Book) -> Evening:
    """R-1 of 200.00 is behind its expired final demand: too small for an agency."""
    ended(book, minor=20_000)
    return Evening(book.scope)


def choice(scope: Scope) -> models.Task:
    """Return the one choice that is before somebody."""
    (one,) = open_tasks(scope, CHOICE)
    return one


def choose(who: Scope, outcome: str, note: str = "not worth it") -> dict[str, Any]:
    """Answer the one choice."""
    return task.close_task(
        who, choice(who).pk, outcome=outcome, note=note, on=TODAY, now=NOW
    )  # fmt: skip


def test_a_fresh_invoice_does_not_hide_the_end(small: Evening, book: Book) -> None:
    """The reason stays the fresh one's; the task names the old one, and stays while it acts."""
    book.items(invoice("R-9", 5_000, due_on=TODAY + DAY))
    small.look()
    assert small.decided().reason == "not_yet"  # type: ignore[union-attr]
    assert choice(book.scope).note == "The ladder has ended for R-1: choose what follows."
    small.look(TODAY + 2 * DAY)
    assert [a.step for a in small.outbox() if a.state == "ready"] == ["first_reminder"]
    assert choice(book.scope).due_on == dt.date(2026, 3, 9)


def test_it_is_not_asked_again_once_chosen(small: Evening, book: Book) -> None:
    """Night after night, whatever the fresh one does; a second item at its end asks anew."""
    ben, _ = people(book.scope)
    book.items(invoice("R-9", 5_000, due_on=TODAY + 20 * DAY))
    small.look()
    choose(ben, "write_off")
    small.look(TODAY + DAY)
    assert open_tasks(book.scope, CHOICE) == []


def test_before_the_demand_expires_there_is_none(book: Book) -> None:
    """It comes the day after, though nothing else happens that day."""
    ended(book, minor=20_000, demanded_on=TODAY - 3 * DAY)
    book.items(invoice("R-9", 5_000, due_on=TODAY + 40 * DAY))
    evening = Evening(book.scope)
    for n in range(40):
        evening.look(TODAY + n * DAY)
        if open_tasks(book.scope, CHOICE):
            break
    wait = evening.decided(day=TODAY + (n - 1) * DAY)
    assert n > 1
    assert (wait.reason, wait.look_again_on) == ("not_yet", TODAY + n * DAY)  # type: ignore[union-attr]


def test_a_hold_on_the_younger_one_hides_it_no_more(book: Book) -> None:
    """Beside a stop the day is found by trying, and the end is one of the days."""
    ended(book, minor=20_000, demanded_on=TODAY - 3 * DAY)
    book.items(invoice("R-9", 5_000, due_on=TODAY + 40 * DAY))
    hold.open_hold(
        book.scope, "C-1", items=["R-9"], amount_minor=1_000, on=TODAY, until=None, reason="x",
        now=NOW,
    )  # fmt: skip
    evening = Evening(book.scope)
    evening.look()
    day = evening.decided().look_again_on
    assert day is not None
    evening.look(day)
    assert evening.decided(day=day).reason == "not_yet"  # type: ignore[union-attr]
    assert choice(book.scope).note.startswith("The ladder has ended for R-1")


def test_paid_it_is_over(small: Evening, book: Book) -> None:
    """Nobody chooses about what is paid."""
    book.items(invoice("R-9", 5_000, due_on=TODAY + DAY))
    small.look()
    book.payments(payment("P-1", 20_000, items=[("R-1", None)]))
    small.look(TODAY + 2 * DAY)
    assert open_tasks(book.scope, CHOICE) == []


def test_an_outcome_that_may_still_hold_asks_no_choice(book: Book) -> None:
    """600.00 at its end goes to the agency's question, not to a choice."""
    ended(book, minor=60_000)
    book.items(invoice("R-9", 5_000, due_on=TODAY + DAY))
    evening = Evening(book.scope)
    evening.look()
    assert open_tasks(book.scope, CHOICE) == []
    assert [a.what for a in evening.decided().asks] == ["placement"]  # type: ignore[union-attr]


# --- the choices -------------------------------------------------------------------------------


def test_closed_leaves_it_alone_for_good(small: Evening, book: Book) -> None:
    """By a manager's name and with a reason, visible as such; the fresh one goes its own way."""
    ben, _ = people(book.scope)
    book.items(invoice("R-9", 5_000, due_on=TODAY + DAY))
    small.look()
    done = choose(ben, "closed", "the board's wish")
    (row,) = hold.listed(book.scope, customer="C-1")
    assert (row["id"], row["kind"], row["until_on"]) == (done["hold"], "closed", None)
    assert (row["by"], row["reason"]) == ("ben", "the board's wish")
    assert [i["number"] for i in row["items"]] == ["R-1"]
    assert "outcome_chosen" in verbs(book.scope)
    small.look(TODAY + 2 * DAY)
    (act,) = [x for x in small.outbox() if x.state == "ready"]
    assert act.step == "first_reminder"
    assert open_tasks(book.scope, CHOICE) == []


def test_what_was_closed_can_be_opened_again(small: Evening, book: Book) -> None:
    """Then somebody chooses anew; meanwhile the case said why it was silent."""
    ben, _ = people(book.scope)
    small.look()
    done = choose(ben, "closed")
    assert small.decided(day=TODAY + 90 * DAY).reason == "on_hold"  # type: ignore[union-attr]
    hold.close_hold(ben, done["hold"], on=TODAY + 90 * DAY, now=at(TODAY + 90 * DAY))
    assert choice(book.scope).due_on > TODAY + 90 * DAY
    small.look(TODAY + 90 * DAY)
    assert choice(book.scope).state == "open"


def test_a_case_that_was_closed_ends_so(small: Evening, book: Book) -> None:
    """When the ledger drops what was left alone, its case ended closed, not paid."""
    ben, _ = people(book.scope)
    small.look()
    choose(ben, "closed")
    book.items(invoice("R-1", 20_000, due_on=TODAY - 70 * DAY, open_minor=0))
    small.look(TODAY + DAY)
    with tx.reading(book.scope):
        case = models.Case.objects.get(organisation_id=book.scope.organisation_id)
    assert (case.closed_on, case.outcome) == (TODAY + DAY, "closed")


@pytest.mark.parametrize(
    ("outcome", "note", "reason"),
    [
        ("agency", "x", "below_minimum"),
        ("legal", "x", "too_early"),
        ("write_off", " ", "reason_missing"),
        ("closed", " ", "reason_missing"),
        ("whatever", "x", "bad_outcome"),
    ],
)
def test_what_cannot_be_is_refused_and_the_task_stays(
    small: Evening, outcome: str, note: str, reason: str
) -> None:
    """It says what is lacking; nothing was asked or held."""
    ben, _ = people(small.scope)
    small.look()
    with pytest.raises(Refused) as error:
        choose(ben, outcome, note)
    assert error.value.reason == reason
    assert choice(small.scope).state == "open"
    assert approve.listed(small.scope) == []
    assert hold.listed(small.scope, customer=None) == []


def test_closing_takes_a_manager(small: Evening, book: Book) -> None:
    """A collector may propose to write off, not leave alone for good."""
    small.look()
    people(book.scope)
    with pytest.raises(Refused) as error:
        choose(book.scope._replace(actor="otto"), "closed")
    assert error.value.reason == "role_missing"


def test_a_write_off_is_asked_for_the_old_one_alone(small: Evening, book: Book) -> None:
    """Refused, the choice comes back on the day the role named."""
    ben, cleo = people(book.scope)
    book.items(invoice("R-9", 5_000, due_on=TODAY - DAY))
    small.look()
    done = choose(ben, "write_off", "gone abroad")
    (row,) = write_off.listed(book.scope)
    assert (row["id"], row["reason"]) == (done["write_off"], "gone abroad")
    assert row["amounts"] == [{"currency": "EUR", "amount_minor": 20_000}]
    until = TODAY + 10 * DAY
    approve.refuse(cleo, done["approval"], reason="ask again", until=until, as_of=TODAY, now=NOW)
    assert choice(book.scope).due_on == until


def test_a_plan_is_put_before_a_collector(small: Evening) -> None:
    """As a task to offer one; it covers nothing until it is agreed."""
    ben, _ = people(small.scope)
    small.look()
    done = choose(ben, "plan")
    (one,) = open_tasks(small.scope, "offer_plan")
    assert one.pk == done["task"]


def test_the_agency_is_asked_where_nothing_lacks(book: Book) -> None:
    """A debt that grew over its minimum may be chosen for the agency."""
    ben, _ = people(book.scope)
    ended(book, minor=20_000)
    evening = Evening(book.scope)
    evening.look()
    ended(book, minor=60_000, number="R-2")
    done = choose(ben, "agency")
    assert done["approval"] in {a["key"] for a in approve.listed(book.scope)}
    assert placement.listed(book.scope, kinds=("agency",)) == []
