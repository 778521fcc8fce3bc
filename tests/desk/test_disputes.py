"""Disputes: what they stop, who answers by when, and how each way to end one ends it (7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from evening import DAY, Evening, at

from dunwell.core.decision import Act, Wait
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import dispute, settle, task
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, credit_note, customer, invoice, payment


@pytest.fixture
def evening(scope: Scope, book: Book) -> Evening:
    """C-1 owes R-1 of EUR 900.00 and R-2 of EUR 300.00, both 20 days late; C-2 owes S-1."""
    book.customers(customer("C-1"), customer("C-2"))
    late = TODAY - 20 * DAY
    book.items(
        invoice("R-1", 90_000, due_on=late), invoice("R-2", 30_000, due_on=late),
        invoice("S-1", 10_000, customer="C-2", due_on=late),
    )  # fmt: skip
    return Evening(scope)


def objected(evening: Evening, *items: str, **said: Any) -> int:
    """Open a dispute today, about quantity, unless said otherwise."""
    given = {"amount_minor": None, "code": "quantity", "on": TODAY, "now": NOW} | said
    return dispute.open_dispute(evening.scope, "C-1", items=items or ("R-1", "R-2"), **given)


def decided(evening: Evening, number: int, outcome: str, **said: Any) -> str:
    """Decide it two days later, with an answer, unless said otherwise."""
    on = TODAY + 2 * DAY
    given = {"answer": "We looked into it.", "on": on, "now": at(on)} | said
    return dispute.close_dispute(evening.scope, number, outcome=outcome, **given)


def shown(evening: Evening, number: int, on: dt.date = TODAY) -> dict[str, Any]:
    """Return a dispute as it is listed on a day."""
    (found,) = dispute.listed(evening.scope, customer=None, as_of=on, dispute=number)
    return found


def reason(evening: Evening, on: dt.date) -> str:
    """Return why nothing is demanded on a day, or ""."""
    made = evening.decided(day=on)
    return str(made.reason) if isinstance(made, Wait) else ""


def demanded(evening: Evening, on: dt.date) -> int:
    """Return what is demanded on a day, in minor units."""
    made = evening.decided(day=on)
    return sum(minor for _, minor in made.amounts) if isinstance(made, Act) else 0


def open_tasks(scope: Scope, on: dt.date | None = None) -> dict[str, models.Task]:
    """Return the open tasks by kind."""
    with tx.reading(scope):
        rows = models.Task.objects.filter(organisation_id=scope.organisation_id, state="open")
        return {t.kind: t for t in rows}


def nightly(evening: Evening, on: dt.date) -> None:
    """Judge a day."""
    assert settle.nightly(evening.scope, as_of=on, now=at(on, 1)) == []


def test_only_what_is_disputed_is_kept_out(evening: Evening) -> None:
    """One of two invoices, then a part of one: the rest is still demanded."""
    assert demanded(evening, TODAY) == 120_000
    objected(evening, "R-2")
    assert demanded(evening, TODAY) == 90_000
    objected(evening, "R-1", amount_minor=25_000)
    assert demanded(evening, TODAY) == 65_000


def test_disputes_on_one_item_add_up_but_never_beyond_what_is_open(evening: Evening) -> None:
    """Two objections of 600.00 to 900.00 leave nothing to demand, not less than nothing."""
    objected(evening, "R-1", amount_minor=60_000)
    objected(evening, "R-1", amount_minor=60_000, code="price")
    assert demanded(evening, TODAY) == 30_000


def test_what_is_wholly_disputed_waits_and_does_not_age(evening: Evening) -> None:
    """Everything disputed: the reason says so, and the days are given back to the debtor."""
    number = objected(evening)
    assert reason(evening, TODAY) == reason(evening, TODAY + 90 * DAY) == "disputed"
    decided(evening, number, "credited", on=TODAY + 30 * DAY)
    made = evening.decided(day=TODAY + 30 * DAY)
    assert isinstance(made, Act)
    assert made.step == "first_reminder"


def test_it_may_have_begun_in_the_past(evening: Evening) -> None:
    """Entered late, it counts from its day, and is put before its owner from today."""
    number = objected(evening, "R-1", on=TODAY - 10 * DAY)
    assert shown(evening, number)["days_paused"] == 11
    task = open_tasks(evening.scope)["dispute"]
    assert (task.created_on, task.due_on) == (TODAY, TODAY + 7 * DAY)


def test_it_has_an_owner_and_a_due_date(evening: Evening) -> None:
    """By default a task's five working days; named, they are as named."""
    first = shown(evening, objected(evening, "R-1"))
    assert (first["owner"], first["due_on"]) == ("anna", TODAY + 7 * DAY)
    second = shown(evening, objected(evening, "R-2", owner="ben", due_on=TODAY + DAY))
    assert (second["owner"], second["due_on"]) == ("ben", TODAY + DAY)


def test_past_its_due_date_it_goes_to_the_manager_and_not_back_to_the_ladder(
    evening: Evening,
) -> None:
    """The day after, once; what is disputed is still not demanded."""
    number = objected(evening, due_on=TODAY + DAY)
    nightly(evening, TODAY + DAY)
    assert shown(evening, number)["escalated_on"] is None
    for _ in range(2):
        nightly(evening, TODAY + 2 * DAY)
    nightly(evening, TODAY + 3 * DAY)
    found = shown(evening, number)
    assert (found["escalated_on"], found["escalated_to"]) == (TODAY + 2 * DAY, "anna")
    assert open_tasks(evening.scope)["dispute"].escalated_on == TODAY + 2 * DAY
    assert reason(evening, TODAY + 3 * DAY) == "disputed"
    assert verbs(evening.scope).count("dispute_escalated") == 1


def verbs(scope: Scope) -> list[str]:
    """Return the verbs of the journal, in order."""
    with tx.reading(scope):
        events = models.Event.objects.filter(organisation_id=scope.organisation_id)
        return list(events.order_by("pk").values_list("verb", flat=True))


def test_one_that_was_decided_is_not_escalated(evening: Evening) -> None:
    """Its task is over with it."""
    number = objected(evening, due_on=TODAY + 2 * DAY)
    decided(evening, number, "rejected")
    nightly(evening, TODAY + 20 * DAY)
    assert shown(evening, number)["escalated_on"] is None
    assert "dispute" not in open_tasks(evening.scope)


def test_it_is_decided_only_with_an_answer(evening: Evening) -> None:
    """Neither words nor a day: refused, and it stays open."""
    number = objected(evening)
    with pytest.raises(Refused, match="only with an answer") as refusal:
        decided(evening, number, "rejected", answer="  ")
    assert refusal.value.reason == "answer_missing"
    assert shown(evening, number)["state"] == "open"
    decided(evening, number, "rejected", answer="", answered_on=TODAY + DAY)
    assert shown(evening, number)["answered_on"] == TODAY + DAY


def test_rejected_it_stays_a_week_after_the_answer_without_stopping_the_clock(
    evening: Evening,
) -> None:
    """Disputed through the seventh day; the days since the answer count."""
    number = objected(evening)
    assert decided(evening, number, "rejected", answered_on=TODAY + DAY) == "rejected"
    last = TODAY + 8 * DAY
    assert reason(evening, last) == "disputed"
    assert shown(evening, number, last)["state"] == "rejected"
    assert reason(evening, last + DAY) == ""
    assert shown(evening, number, last + DAY)["state"] == "ended"
    with tx.reading(evening.scope):
        stop = models.Stop.objects.get(organisation_id=evening.scope.organisation_id, pk=number)
    assert (stop.until_on, stop.clock_until_on) == (last, TODAY + DAY)


def test_credited_it_covers_nothing_from_that_day_on(evening: Evening) -> None:
    """The day before it still did."""
    number = objected(evening)
    decided(evening, number, "credited")
    assert reason(evening, TODAY + DAY) == "disputed"
    assert reason(evening, TODAY + 2 * DAY) == ""
    assert shown(evening, number, TODAY + 9 * DAY)["days_paused"] == 2


def test_upheld_it_stays_out_until_its_credit_note_is_posted(evening: Evening, book: Book) -> None:
    """However long that takes; the note ends it the same minute."""
    number = objected(evening, "R-1", amount_minor=20_000)
    assert decided(evening, number, "upheld") == "upheld"
    nightly(evening, TODAY + 60 * DAY)
    assert shown(evening, number, TODAY + 60 * DAY)["state"] == "upheld"
    (still,) = task.listed(evening.scope, kind="credit_note", as_of=TODAY + 60 * DAY)
    assert (still["due_on"], still["escalated_on"]) == (TODAY + 16 * DAY, TODAY + 60 * DAY)
    came = TODAY + 61 * DAY
    book.items(
        credit_note("N-1", 20_000, applies_to="R-1", due_on=came, issued_on=came),
        as_of=came, now=at(came),
    )  # fmt: skip
    found = shown(evening, number, came)
    assert (found["state"], found["until_on"]) == ("ended", came - DAY)
    assert verbs(evening.scope).count("dispute_ended") == 1
    assert task.listed(evening.scope, kind="credit_note", as_of=came) == []


@pytest.mark.parametrize(
    "note",
    [
        {"minor": 19_999},
        {"applies_to": "R-2"},
        {"issued_on": TODAY - DAY, "due_on": TODAY - DAY},
        {"applies_to": "S-1", "customer": "C-2"},
    ],
    ids=["too little", "another item", "from before", "another customer"],
)
def test_another_credit_note_does_not_end_it(
    evening: Evening, book: Book, note: dict[str, Any]
) -> None:
    """It must name the item, come after the dispute began, and reach the disputed amount."""
    number = objected(evening, "R-1", amount_minor=20_000)
    decided(evening, number, "upheld")
    came = TODAY + 5 * DAY
    said = {"minor": 20_000, "applies_to": "R-1", "due_on": came, "issued_on": came} | note
    book.items(credit_note("N-1", said.pop("minor"), **said), as_of=came, now=at(came))
    nightly(evening, came + DAY)
    assert shown(evening, number, came + DAY)["state"] == "upheld"


def test_a_credit_note_still_to_come_is_always_before_somebody(
    evening: Evening, book: Book
) -> None:
    """Its task closed too soon is open again after the night, until the credit note is there."""
    number = objected(evening, "R-1", amount_minor=20_000)
    decided(evening, number, "upheld")
    (first,) = task.listed(evening.scope, kind="credit_note", as_of=TODAY)
    task.close_task(evening.scope, first["id"], outcome="done", on=TODAY + DAY, now=at(TODAY + DAY))
    assert task.listed(evening.scope, kind="credit_note", as_of=TODAY + DAY) == []
    nightly(evening, TODAY + 2 * DAY)
    nightly(evening, TODAY + 2 * DAY)
    (again,) = task.listed(evening.scope, kind="credit_note", as_of=TODAY + 2 * DAY)
    assert again["owner"] == first["owner"]
    came = TODAY + 5 * DAY
    book.items(
        credit_note("N-1", 20_000, applies_to="R-1", due_on=came, issued_on=came),
        as_of=came, now=at(came),
    )  # fmt: skip
    nightly(evening, came)
    nightly(evening, came + DAY)
    assert task.listed(evening.scope, kind="credit_note", as_of=came + DAY) == []


def test_several_credit_notes_may_end_it_together(evening: Evening, book: Book) -> None:
    """The second reaches the amount."""
    number = objected(evening, "R-1", amount_minor=20_000)
    decided(evening, number, "upheld")
    for n, minor in enumerate((12_000, 8_000)):
        assert shown(evening, number, TODAY + 5 * DAY)["state"] == "upheld"
        came = TODAY + (4 + n) * DAY
        book.items(
            credit_note(f"N-{n}", minor, applies_to="R-1", due_on=came, issued_on=came),
            as_of=came, now=at(came),
        )  # fmt: skip
    assert shown(evening, number, TODAY + 5 * DAY)["state"] == "ended"


def test_one_credit_note_does_not_end_two_disputes(evening: Evening, book: Book) -> None:
    """The older takes it; what is left must reach the younger."""
    older = objected(evening, "R-1", amount_minor=20_000)
    younger = objected(evening, "R-1", amount_minor=20_000, code="price")
    decided(evening, younger, "upheld")
    decided(evening, older, "upheld")
    came = TODAY + 5 * DAY
    book.items(
        credit_note("N-1", 30_000, applies_to="R-1", due_on=came, issued_on=came),
        as_of=came, now=at(came),
    )  # fmt: skip
    nightly(evening, came)
    assert shown(evening, older, came)["state"] == "ended"
    assert shown(evening, younger, came)["state"] == "upheld"


def test_the_credit_note_may_be_named_and_may_be_there_already(
    evening: Evening, book: Book
) -> None:
    """Posted without a reference before it was decided: its number does."""
    number = objected(evening, "R-1", amount_minor=20_000)
    book.items(credit_note("N-7", 20_000, due_on=TODAY, issued_on=TODAY))
    assert decided(evening, number, "upheld", credit_note="N-7") == "ended"


def test_upheld_it_also_ends_when_its_item_is_closed(evening: Evening, book: Book) -> None:
    """The ledger settled it: nothing is left to be kept out."""
    number = objected(evening, "R-1")
    decided(evening, number, "upheld")
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    assert shown(evening, number, TODAY + DAY)["state"] == "ended"


def test_a_credit_note_the_ledger_has_matched_counts_whole(evening: Evening, book: Book) -> None:
    """Half of a wholly disputed item credited and matched does not end it."""
    number = objected(evening, "R-1")
    decided(evening, number, "upheld")
    came = TODAY + 5 * DAY
    book.items(
        invoice("R-1", 90_000, due_on=TODAY - 20 * DAY, open_minor=45_000),
        credit_note("N-1", 45_000, applies_to="R-1", due_on=came, issued_on=came, open_minor=0),
        as_of=came, now=at(came),
    )  # fmt: skip
    assert shown(evening, number, came)["state"] == "upheld"


def test_what_was_not_received_is_sent_again(evening: Evening) -> None:
    """A task beside the answer; other disputes have none."""
    objected(evening, "R-1", code="price")
    assert set(open_tasks(evening.scope)) == {"dispute"}
    number = objected(evening, "R-2", code="not_received")
    again = open_tasks(evening.scope)["send_again"]
    assert (again.due_on, "R-2" in again.note) == (TODAY + DAY, True)
    decided(evening, number, "rejected")
    assert "send_again" not in open_tasks(evening.scope)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"code": "weather"}, "unknown_code"),
        ({"items": ("R-1",), "amount_minor": 90_001}, "above_open"),
        ({"items": ("R-1",), "amount_minor": 0}, "bad_amount"),
        ({"items": ("S-1",)}, "unknown_item"),
        ({"items": ("R-1", "R-2"), "amount_minor": 100}, "which_item"),
        ({"items": ()}, "which_item"),
        ({"items": ("N-1",)}, "not_owed"),
        ({"items": ("R-3",)}, "nothing_open"),
        ({"items": ("R-1",), "due_on": TODAY - DAY}, "dates_crossed"),
    ],
)
def test_what_makes_no_sense_is_refused(
    evening: Evening, book: Book, said: dict[str, Any], word: str
) -> None:
    """Nothing is kept of it."""
    book.items(credit_note("N-1", 1_000), invoice("R-3", 500, open_minor=0))
    given = {"items": ("R-1",), "amount_minor": None, "code": "tax", "on": TODAY, "now": NOW}
    with pytest.raises(Refused) as refusal:
        dispute.open_dispute(evening.scope, "C-1", **(given | said))
    assert refusal.value.reason == word
    assert dispute.listed(evening.scope, customer=None, as_of=TODAY) == []
    assert open_tasks(evening.scope) == {}


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"outcome": "won"}, "unknown_outcome"),
        ({"answered_on": TODAY - DAY}, "dates_crossed"),
        ({"answered_on": TODAY + 3 * DAY}, "dates_crossed"),
        ({"on": TODAY - DAY}, "dates_crossed"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(
    evening: Evening, said: dict[str, Any], word: str
) -> None:
    """An answer lies between the dispute's first day and its decision."""
    number = objected(evening)
    with pytest.raises(Refused) as refusal:
        decided(evening, number, **({"outcome": "rejected"} | said))
    assert refusal.value.reason == word
    assert shown(evening, number)["outcome"] == ""


def test_it_is_decided_once(evening: Evening) -> None:
    """The second time is told of the first; an unknown one of where they are."""
    number = objected(evening)
    decided(evening, number, "rejected")
    with pytest.raises(Refused, match="was rejected on 2026-03-04") as refusal:
        decided(evening, number, "credited")
    assert refusal.value.reason == "decided_before"
    with pytest.raises(Refused, match="dunwell dispute list"):
        decided(evening, number + 1, "credited")


def test_what_people_say_stays_out_of_the_journal(evening: Evening) -> None:
    """Words are kept apart; the journal has codes, items, amounts and days."""
    number = objected(evening, "R-1", note="Eva Kern counted 90 boxes")
    decided(evening, number, "rejected", answer="Dear Eva, it was 100")
    found = shown(evening, number)
    assert (found["note"], found["answer"]) == ("Eva Kern counted 90 boxes", "Dear Eva, it was 100")
    with tx.reading(evening.scope):
        events = models.Event.objects.filter(organisation_id=evening.scope.organisation_id)
        refs = " ".join(events.values_list("refs", flat=True))
    assert "Eva" not in refs
    assert '"code":"quantity"' in refs


def test_days_paused_and_the_cycle_are_counted(evening: Evening) -> None:
    """While it is open through today; decided, to the decision, and its week still pauses."""
    number = objected(evening)
    later = shown(evening, number, TODAY + 9 * DAY)
    assert (later["days_paused"], later["cycle_days"]) == (10, 9)
    decided(evening, number, "rejected")
    after = shown(evening, number, TODAY + 90 * DAY)
    assert (after["days_paused"], after["cycle_days"]) == (10, 2)
