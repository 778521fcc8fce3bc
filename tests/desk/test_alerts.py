"""Alerts and notes: told once a crossing; what people write, and contacts made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from evening import DAY, Evening, at

from dunwell.core import rows
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import alert, note, settle, task
from dunwell.store import models, tx
from helpers import TODAY, Book, credit_note, customer, invoice, payment


@pytest.fixture
def owing(scope: Scope, book: Book) -> Book:
    """C-1 owes 900.00 since ten days, C-2 owes 50.00 since a hundred."""
    book.customers(customer("C-1"), customer("C-2"))
    book.items(
        invoice("R-1", 90_000, due_on=TODAY - 10 * DAY),
        invoice("S-1", 5_000, customer="C-2", due_on=TODAY - 100 * DAY),
    )
    return book


def watch(book: Book, on_what: str, threshold: str, **more: Any) -> None:
    """Open an alert named like what it is about."""
    alert.open_alert(
        book.scope, f"{on_what} {threshold}", on_what=on_what, threshold=threshold, on=TODAY,
        now=at(TODAY), **more,
    )  # fmt: skip


def beyond(book: Book, name: str) -> set[str]:
    """Return who lies beyond an alert's threshold now."""
    found = alert.show(book.scope, name)["crossings"]
    return {c["customer"] for c in found if c["cleared_on"] is None}


def night(book: Book, n: int = 0) -> None:
    """Let a night pass, so many days from today."""
    assert settle.nightly(book.scope, as_of=TODAY + n * DAY, now=at(TODAY + n * DAY, 1)) == []


def told(book: Book) -> list[str]:
    """Return whom alert tasks are about."""
    found = task.listed(book.scope, kind="alert", state="all", as_of=TODAY)
    return sorted(t["customer"] or "" for t in found)


@pytest.mark.parametrize(
    ("on_what", "threshold", "who"),
    [
        ("amount", "900.00", {"C-1"}),
        ("amount", "900.01", set()),
        ("amount", "50", {"C-1", "C-2"}),
        ("age", "100", {"C-2"}),
        ("age", "101", set()),
        ("age", "10", {"C-1", "C-2"}),
        ("step", "first_reminder", set()),
    ],
)
def test_a_threshold_is_crossed_when_it_is_met(
    owing: Book, on_what: str, threshold: str, who: set[str]
) -> None:
    """At the amount or the day itself, to the cent."""
    watch(owing, on_what, threshold)
    night(owing)
    assert beyond(owing, f"{on_what} {threshold}") == who
    assert told(owing) == sorted(who)


def test_a_step_taken_is_a_crossing_until_it_is_paid(owing: Book) -> None:
    """Live steps of open items count."""
    watch(owing, "step", "first_reminder")
    evening = Evening(owing.scope)
    evening.look()
    evening.send()
    night(owing, 1)
    assert beyond(owing, "step first_reminder") == {"C-1", "C-2"}
    owing.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    night(owing, 2)
    assert beyond(owing, "step first_reminder") == {"C-2"}


def test_a_grade_that_fell_is_a_crossing(owing: Book) -> None:
    """An alert is about its grade and every worse one; the newest counts."""
    watch(owing, "grade", "fair")
    with tx.transaction_of(owing.scope):
        mine = {"organisation_id": owing.scope.organisation_id}
        entity = models.Entity.objects.get(**mine)
        who = models.Customer.objects.get(**mine, reference="C-1")
        for days, grade in ((9, "good"), (3, "poor")):
            models.Assessment.objects.create(
                **mine, entity=entity, customer=who, segment="standard", grade=grade,
                since_on=TODAY - days * DAY,
            )  # fmt: skip
    night(owing, -5)
    assert beyond(owing, "grade fair") == set()
    night(owing)
    assert beyond(owing, "grade fair") == {"C-1"}


def test_credit_and_claims_do_not_count(owing: Book) -> None:
    """Net of credit notes and loose cash; interest asked for lifts nobody over a threshold."""
    watch(owing, "amount", "900.00")
    owing.items(credit_note("N-1", 1_000), invoice("Z-1", 50_000, kind="claim"))
    night(owing)
    assert beyond(owing, "amount 900.00") == set()
    owing.items(invoice("R-2", 1_000, due_on=TODAY - 5 * DAY))
    night(owing, 1)
    assert beyond(owing, "amount 900.00") == {"C-1"}
    owing.payments(payment("P-1", 100))
    night(owing, 2)
    assert beyond(owing, "amount 900.00") == set()


def test_other_currencies_weigh_with_the_days_rate(owing: Book) -> None:
    """What has no rate weighs nothing."""
    watch(owing, "amount", "1000.00")
    owing.items(invoice("U-1", 20_000, due_on=TODAY - 5 * DAY, currency="USD"))
    night(owing)
    assert beyond(owing, "amount 1000.00") == set()
    owing.take("rates", rows.RateRow(line=2, currency="USD", base="EUR", on=TODAY, rate="0.5"))
    night(owing, 1)
    assert beyond(owing, "amount 1000.00") == {"C-1"}


def test_a_crossing_is_told_once_and_again_after_it_came_back(owing: Book) -> None:
    """Night after night nothing more; paid it is cleared; a new debt crosses anew."""
    watch(owing, "amount", "500.00")
    for n in range(3):
        night(owing, n)
    night(owing, 2)
    assert told(owing) == ["C-1"]
    assert alert.crossed(owing.scope, as_of=TODAY) == 1
    assert alert.crossed(owing.scope, as_of=TODAY + DAY) == 0
    owing.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    night(owing, 3)
    night(owing, 3)
    (crossing,) = alert.show(owing.scope, "amount 500.00")["crossings"]
    assert (crossing["crossed_on"], crossing["cleared_on"]) == (TODAY, TODAY + 3 * DAY)
    owing.items(invoice("R-9", 80_000, due_on=TODAY - DAY))
    night(owing, 4)
    assert told(owing) == ["C-1", "C-1"]


def test_back_and_forth_on_one_day_is_told_once(owing: Book) -> None:
    """The second night of a day finds what the first has told."""
    watch(owing, "amount", "500.00")
    night(owing)
    owing.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    night(owing)
    owing.items(invoice("R-9", 80_000, due_on=TODAY - DAY))
    night(owing)
    assert told(owing) == ["C-1"]
    assert beyond(owing, "amount 500.00") == {"C-1"}


def test_many_crossings_of_one_night_make_one_task(owing: Book) -> None:
    """And a book of any size costs the same few questions."""
    watch(owing, "age", "5")
    owing.customers(*(customer(f"D-{n}") for n in range(30)))
    owing.items(*(invoice(f"T-{n}", customer=f"D-{n}") for n in range(30)))
    with CaptureQueriesContext(connection) as asked:
        alert.watch(owing.scope, None, TODAY, at(TODAY, 1))
    assert len(asked) < 50
    (one,) = task.listed(owing.scope, kind="alert", as_of=TODAY)
    assert one["customer"] is None
    assert "32 customers" in one["note"]
    assert len(beyond(owing, "age 5")) == 32


def test_a_child_counts_as_whoever_pays_for_it(owing: Book) -> None:
    """Its items stand in the payer's case."""
    owing.customers(customer("K-1", parent="C-2", pays_via_parent=True))
    owing.items(invoice("K-9", 90_000, customer="K-1", due_on=TODAY - DAY))
    watch(owing, "amount", "950.00")
    night(owing)
    assert beyond(owing, "amount 950.00") == {"C-2"}


def test_a_closed_alert_tells_nobody(owing: Book) -> None:
    """Its name stays taken, and its crossings are kept."""
    watch(owing, "amount", "500.00")
    alert.close_alert(owing.scope, "amount 500.00", on=TODAY, now=at(TODAY))
    night(owing)
    assert told(owing) == []
    with pytest.raises(Refused, match="no open alert"):
        alert.close_alert(owing.scope, "amount 500.00", on=TODAY, now=at(TODAY))
    with pytest.raises(Refused, match="already"):
        watch(owing, "amount", "500.00")


@pytest.mark.parametrize(
    ("on_what", "threshold"),
    [
        ("amount", "much"), ("amount", "0.001"), ("age", "0"), ("age", "x"), ("grade", "excellent"),
        ("grade", "bad"), ("step", "no_such"), ("weather", "rain"),
    ],
)  # fmt: skip
def test_a_threshold_nobody_can_cross_is_refused(owing: Book, on_what: str, threshold: str) -> None:
    """Nothing is watched."""
    with pytest.raises(Refused) as refused:
        watch(owing, on_what, threshold)
    assert refused.value.reason == "bad_threshold"
    assert alert.listed(owing.scope) == []


def test_only_a_user_can_be_told(owing: Book) -> None:
    """A task for nobody would be lost."""
    with pytest.raises(Refused, match="no user 'eve'"):
        watch(owing, "age", "30", who="eve")


# --- notes ------------------------------------------------------------------------------------


def kept(book: Book, words: str = "spoke to Ms Kern", **more: Any) -> dict[str, Any]:
    """Keep a note on C-1."""
    return note.open_note(
        book.scope, "C-1", note.Said(words, **more), on=TODAY, today=TODAY, now=at(TODAY)
    )


def test_a_note_is_words_only(owing: Book) -> None:
    """It is kept apart as personal, and counts as no contact."""
    kept(owing)
    (row,) = note.listed(owing.scope, customer="C-1")
    assert (row["note"], row["by"], row["on"]) == ("spoke to Ms Kern", "anna", TODAY)
    with tx.reading(owing.scope):
        mine = {"organisation_id": owing.scope.organisation_id}
        assert not models.Outreach.objects.filter(**mine).exists()
        events = models.Event.objects.filter(**mine)
        assert not any("Kern" in e.refs for e in events)
    assert note.listed(owing.scope, customer="C-2") == []


def test_a_contact_by_hand_keeps_the_next_demand_its_distance(owing: Book) -> None:
    """It is no step: after the distance the first reminder goes as it would have."""
    evening = Evening(owing.scope)
    kept(owing, contacted="email")
    assert evening.decided().reason == "too_soon"  # type: ignore[union-attr]
    assert evening.steps("R-1") == []
    assert evening.decided(day=TODAY + 3 * DAY).step == "first_reminder"  # type: ignore[union-attr]


def test_a_contact_by_hand_is_the_step_that_is_said(owing: Book) -> None:
    """With that step's tone, for the items named; the others keep theirs."""
    owing.items(invoice("R-2", 9_000, due_on=TODAY - 4 * DAY))
    kept(owing, contacted="letter", step="first_reminder", items=("R-2",))
    evening = Evening(owing.scope)
    assert evening.steps("R-1") == []
    assert evening.steps("R-2") == [("first_reminder", TODAY)]
    with tx.reading(owing.scope):
        (contact,) = models.Outreach.objects.filter(organisation_id=owing.scope.organisation_id)
    assert (contact.tone, contact.step, contact.by_hand) == ("friendly", "first_reminder", True)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"words": " "}, "note_missing"),
        ({"tone": "firm"}, "not_contacted"),
        ({"step": "first_reminder"}, "not_contacted"),
        ({"contacted": "email", "step": "second_notice"}, "not_next"),
        ({"contacted": "email", "step": "first_reminder", "tone": "firm"}, "other_tone"),
        ({"contacted": "email", "step": "first_reminder", "items": ("S-1",)}, "unknown_item"),
    ],
)
def test_a_note_that_makes_no_sense_is_refused(
    owing: Book, more: dict[str, Any], reason: str
) -> None:
    """Nothing is kept."""
    with pytest.raises(Refused) as refused:
        kept(owing, **more)
    assert refused.value.reason == reason
    assert note.listed(owing.scope, customer=None) == []
