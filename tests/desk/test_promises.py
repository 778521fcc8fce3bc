"""Promises: what they cover, how far ahead, and what the money that comes in makes of them (7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from evening import DAY, Evening, at

from dunwell.core.decision import Act, Wait
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import approve, dispute, found, gate, look, promise, settle
from dunwell.store import history, models, tx
from dunwell.store.records import questions
from helpers import NOW, TODAY, Book, credit_note, customer, invoice, payment, reversal

FRIDAY = TODAY + 4 * DAY
MONDAY = TODAY + 7 * DAY
"""One working day after FRIDAY: the last day of tolerance."""


@pytest.fixture
def evening(scope: Scope, book: Book) -> Evening:
    """C-1 owes R-1 of EUR 900.00 and R-2 of EUR 300.00, overdue, and R-9, not yet due."""
    book.customers(customer("C-1"), customer("C-2"))
    book.items(
        invoice("R-1", 90_000, due_on=TODAY - 20 * DAY),
        invoice("R-2", 30_000, due_on=TODAY - 10 * DAY),
        invoice("R-9", 70_000, due_on=TODAY + 40 * DAY),
        invoice("S-1", 10_000, customer="C-2", due_on=TODAY - 20 * DAY),
    )  # fmt: skip
    return Evening(scope)


def promised(evening: Evening, *items: str, **said: Any) -> int:
    """Promise to pay by Friday, today, unless said otherwise."""
    given = {"until": FRIDAY, "on": TODAY, "now": NOW} | said
    return promise.open_promise(evening.scope, "C-1", items=items, **given)


def shown(evening: Evening, number: int, on: dt.date = TODAY) -> dict[str, Any]:
    """Return a promise as it is listed on a day."""
    (one,) = promise.listed(evening.scope, customer=None, as_of=on, promise=number)
    return one


def state(evening: Evening, number: int) -> str:
    """Return how a promise stands."""
    return str(shown(evening, number)["state"])


def nightly(evening: Evening, on: dt.date) -> None:
    """Judge a day."""
    assert settle.nightly(evening.scope, as_of=on, now=at(on, 1)) == []


def paid(book: Book, reference: str, minor: int, on: dt.date, **said: Any) -> None:
    """Let the bank's file of a day bring a payment."""
    book.payments(payment(reference, minor, on=on, **said), as_of=on, now=at(on))


def tasks_open(scope: Scope) -> list[str]:
    """Return the kinds of the open tasks."""
    with tx.reading(scope):
        rows = models.Task.objects.filter(organisation_id=scope.organisation_id, state="open")
        return sorted(rows.values_list("kind", flat=True))


def said_of(scope: Scope) -> list[str]:
    """Return what the journal says of promises, in order."""
    with tx.reading(scope):
        events = models.Event.objects.filter(
            organisation_id=scope.organisation_id, verb__startswith="promise_"
        )
        return list(events.order_by("pk").values_list("verb", flat=True))


def reason(evening: Evening, on: dt.date) -> str:
    """Return why nothing is demanded on a day, or ""."""
    made = evening.decided(day=on)
    return str(made.reason) if isinstance(made, Wait) else ""


def demanded(evening: Evening, on: dt.date) -> int:
    """Return what is demanded on a day, in minor units."""
    made = evening.decided(day=on)
    return sum(minor for _, minor in made.amounts) if isinstance(made, Act) else 0


# --- what it covers ---------------------------------------------------------------------------


def test_it_covers_the_named_items_and_only_its_amount(evening: Evening) -> None:
    """The rest of the invoice, and every other one, is demanded as before."""
    number = promised(evening, "R-1", amount_minor=50_000)
    assert demanded(evening, TODAY) == 70_000
    assert shown(evening, number)["items"] == [
        {"number": "R-1", "currency": "EUR", "amount_minor": 50_000}
    ]


def test_without_items_it_covers_the_oldest_overdue(evening: Evening) -> None:
    """An amount fills the oldest first; what is not due is not meant."""
    number = promised(evening, amount_minor=100_000)
    covered = [(i["number"], i["amount_minor"]) for i in shown(evening, number)["items"]]
    assert covered == [("R-1", 90_000), ("R-2", 10_000)]


def test_without_an_amount_it_covers_all_that_is_overdue(evening: Evening) -> None:
    """Everything overdue waits through the tolerance; what is not yet due is not promised."""
    number = promised(evening)
    assert shown(evening, number)["amount_minor"] == 120_000
    assert reason(evening, TODAY) == reason(evening, MONDAY) == "promise_open"


def test_more_than_is_open_covers_what_is_open(evening: Evening) -> None:
    """A round sum promised is no more than the debt."""
    number = promised(evening, "R-2", amount_minor=50_000)
    assert shown(evening, number)["amount_minor"] == 30_000


def test_what_is_disputed_is_meant_only_where_it_is_named(evening: Evening) -> None:
    """Nobody promises by the way to pay what they object to."""
    dispute.open_dispute(
        evening.scope, "C-1", items=["R-1"], amount_minor=None, code="price", on=TODAY, now=NOW
    )
    number = promised(evening)
    assert [i["number"] for i in shown(evening, number)["items"]] == ["R-2"]


def test_an_item_stands_in_one_open_promise(evening: Evening) -> None:
    """Named again it is refused, left out where none is named, free once that one is over."""
    first = promised(evening, "R-1")
    with pytest.raises(Refused, match=f"promise {first}") as refusal:
        promised(evening, "R-1")
    assert refusal.value.reason == "agreed_already"
    assert [i["number"] for i in shown(evening, promised(evening))["items"]] == ["R-2"]
    promise.close_promise(evening.scope, first, on=TODAY, now=NOW)
    assert state(evening, promised(evening, "R-1")) == "open"


def test_a_payer_promises_for_its_children(evening: Evening, book: Book) -> None:
    """Its money keeps what it promised of their items."""
    book.customers(customer("K-1", parent="C-1", pays_via_parent=True))
    book.items(invoice("K-9", 20_000, customer="K-1", due_on=TODAY - 5 * DAY))
    number = promised(evening, "K-9")
    paid(book, "P-1", 20_000, TODAY + DAY, items=[("K-9", None)])
    assert state(evening, number) == "kept"


def test_one_promise_is_one_currency(evening: Evening, book: Book) -> None:
    """Two currencies overdue: it must be said which; cash in the other does not keep it."""
    book.items(invoice("U-1", 40_000, due_on=TODAY - 30 * DAY, currency="USD"))
    with pytest.raises(Refused) as refusal:
        promised(evening)
    assert refusal.value.reason == "other_currency"
    number = promised(evening, currency="USD")
    assert (shown(evening, number)["currency"], shown(evening, number)["amount_minor"]) == (
        "USD", 40_000,
    )  # fmt: skip
    paid(book, "P-1", 40_000, TODAY + DAY, items=[("R-1", None)])
    assert state(evening, number) == "open"


# --- what the money makes of it ---------------------------------------------------------------


def test_paid_in_time_it_is_kept_the_same_minute(evening: Evening, book: Book) -> None:
    """The file that brings the money ends it; what is left is demanded again."""
    number = promised(evening, "R-1")
    assert demanded(evening, TODAY) == 30_000
    paid(book, "P-1", 90_000, FRIDAY, items=[("R-1", None)])
    assert state(evening, number) == "kept"
    assert shown(evening, number, FRIDAY)["paid_minor"] == 90_000
    assert said_of(evening.scope) == ["promise_opened", "promise_kept"]
    assert tasks_open(evening.scope) == []


def test_money_not_yet_matched_keeps_it_too(evening: Evening, book: Book) -> None:
    """A payment that names nothing is the customer's all the same."""
    number = promised(evening, "R-1")
    paid(book, "P-1", 90_000, TODAY + DAY)
    assert state(evening, number) == "kept"


def test_on_the_last_day_of_tolerance_it_is_still_kept(evening: Evening, book: Book) -> None:
    """Promised by Friday, paid on Monday."""
    number = promised(evening, "R-1")
    nightly(evening, MONDAY)
    assert state(evening, number) == "open"
    paid(book, "P-1", 90_000, MONDAY, items=[("R-1", None)])
    assert state(evening, number) == "kept"


def test_a_holiday_moves_the_tolerance(evening: Evening) -> None:
    """By Good Friday: Easter Monday is no working day in Germany, Tuesday is the last."""
    thursday, friday = dt.date(2026, 3, 26), dt.date(2026, 4, 3)
    number = promised(evening, "R-1", on=thursday, until=friday, now=at(thursday))
    assert shown(evening, number)["last_on"] == dt.date(2026, 4, 7)


def test_not_paid_it_is_broken_the_day_after_the_tolerance(evening: Evening) -> None:
    """A call is put before a person, the next step follows, and the days count after all."""
    number = promised(evening)
    nightly(evening, MONDAY + DAY)
    assert state(evening, number) == "broken"
    assert tasks_open(evening.scope) == ["broken_promise"]
    assert said_of(evening.scope) == ["promise_opened", "promise_broken"]
    made = evening.decided(day=MONDAY + DAY)
    assert isinstance(made, Act)
    with tx.reading(evening.scope):
        stop = models.Stop.objects.get(organisation_id=evening.scope.organisation_id, pk=number)
    assert (stop.until_on, stop.gives_back, stop.state) == (MONDAY, True, "broken")
    nightly(evening, MONDAY + 2 * DAY)
    assert said_of(evening.scope) == ["promise_opened", "promise_broken"]


def test_partly_paid_it_is_partly_kept(evening: Evening, book: Book) -> None:
    """The rest is demanded again, and a person calls."""
    number = promised(evening, "R-1")
    paid(book, "P-1", 40_000, FRIDAY, items=[("R-1", None)])
    assert state(evening, number) == "open"
    nightly(evening, MONDAY + DAY)
    assert state(evening, number) == "partly_kept"
    assert tasks_open(evening.scope) == ["broken_promise"]
    assert demanded(evening, MONDAY + DAY) == 80_000


def test_a_payment_for_something_else_does_not_keep_it(evening: Evening, book: Book) -> None:
    """R-2 was paid; R-1 was promised."""
    number = promised(evening, "R-1")
    paid(book, "P-1", 30_000, FRIDAY, items=[("R-2", None)])
    nightly(evening, MONDAY + DAY)
    assert state(evening, number) == "broken"


def test_money_there_before_it_was_made_does_not_keep_it(evening: Evening, book: Book) -> None:
    """A payment of the same morning is no part of what is promised afterwards."""
    paid(book, "P-0", 40_000, TODAY, items=[("R-1", None)])
    number = promised(evening, "R-1")
    assert shown(evening, number)["amount_minor"] == 50_000
    paid(book, "P-1", 10_000, FRIDAY, items=[("R-1", None)])
    nightly(evening, MONDAY + DAY)
    assert state(evening, number) == "partly_kept"


def test_it_is_judged_only_on_data_that_reach_past_the_tolerance(
    evening: Evening, book: Book
) -> None:
    """While the bank's files are late it stays open, however late it is."""
    gate.declare(evening.scope, "MAIN", ["payments"], within_days=9, now=NOW)
    number = promised(evening, "R-1")
    paid(book, "P-9", 1_000, FRIDAY, customer="C-2")
    nightly(evening, MONDAY + 9 * DAY)
    assert state(evening, number) == "open"
    paid(book, "P-10", 1_000, MONDAY, customer="C-2")
    nightly(evening, MONDAY + 9 * DAY)
    assert state(evening, number) == "broken"


def test_a_payment_found_afterwards_mends_a_broken_one(evening: Evening, book: Book) -> None:
    """The bank brings on Tuesday what came on Friday: kept after all, and no call is due."""
    number = promised(evening, "R-1")
    nightly(evening, MONDAY + DAY)
    assert state(evening, number) == "broken"
    book.payments(
        payment("P-1", 90_000, on=FRIDAY, items=[("R-1", None)]),
        as_of=MONDAY + DAY, now=at(MONDAY + DAY),
    )  # fmt: skip
    assert state(evening, number) == "kept"
    assert tasks_open(evening.scope) == []


def test_a_payment_taken_back_breaks_what_it_had_kept(evening: Evening, book: Book) -> None:
    """The cheque came back weeks later; within the tolerance it is merely open again."""
    number = promised(evening, "R-1")
    paid(book, "P-1", 90_000, TODAY + DAY, items=[("R-1", None)])
    assert state(evening, number) == "kept"
    back = reversal("P-2", 90_000, reverses="P-1", on=TODAY + 2 * DAY)
    book.payments(back, as_of=TODAY + 2 * DAY, now=at(TODAY + 2 * DAY))
    assert state(evening, number) == "open"
    paid(book, "P-3", 90_000, FRIDAY, items=[("R-1", None)])
    later = MONDAY + 21 * DAY
    book.payments(
        reversal("P-4", 90_000, reverses="P-3", on=later), as_of=later, now=at(later)
    )  # fmt: skip
    assert state(evening, number) == "broken"
    assert "broken_promise" in tasks_open(evening.scope)
    assert said_of(evening.scope) == [
        "promise_opened", "promise_kept", "promise_open_again", "promise_kept", "promise_broken",
    ]  # fmt: skip


def test_withdrawn_it_covers_nothing_from_that_day_on(evening: Evening) -> None:
    """Its days before stay off the clock; it is neither kept nor broken any more."""
    number = promised(evening)
    promise.close_promise(evening.scope, number, on=TODAY + 2 * DAY, now=NOW)
    assert reason(evening, TODAY + DAY) == "promise_open"
    assert reason(evening, TODAY + 2 * DAY) == ""
    nightly(evening, MONDAY + DAY)
    assert state(evening, number) == "withdrawn"
    assert tasks_open(evening.scope) == []
    for again in (number, number + 9):
        with pytest.raises(Refused) as refusal:
            promise.close_promise(evening.scope, again, on=TODAY, now=NOW)
        assert refusal.value.reason in ("over_already", "unknown_promise")


# --- how far ahead, how often -----------------------------------------------------------------


def cleo(scope: Scope) -> Scope:
    """Return the organisation as another manager sees it."""
    found.add_user(scope, "cleo", roles=["manager"], now=NOW)
    return scope._replace(actor="cleo")


@pytest.mark.parametrize(("days", "how"), [(14, "open"), (15, "asked"), (30, "asked")])
def test_far_ahead_it_needs_approval(evening: Evening, days: int, how: str) -> None:
    """Up to two weeks by itself, up to thirty days with a manager's word."""
    number = promised(evening, until=TODAY + days * DAY)
    assert state(evening, number) == how
    assert reason(evening, TODAY) == ("promise_open" if how == "open" else "")


def test_one_that_waits_stops_nothing_until_it_is_granted(evening: Evening) -> None:
    """Somebody else must answer; then it begins, and is kept or broken as any other."""
    number = promised(evening, until=TODAY + 20 * DAY)
    key = shown(evening, number)["approval"]
    assert demanded(evening, TODAY) == 120_000
    with pytest.raises(Refused, match="somebody else"):
        approve.approve(evening.scope, key, as_of=TODAY, now=NOW)
    approve.approve(cleo(evening.scope), key, as_of=TODAY + DAY, now=at(TODAY + DAY))
    assert reason(evening, TODAY + DAY) == "promise_open"
    assert shown(evening, number)["in_force_on"] == TODAY + DAY
    nightly(evening, TODAY + 22 * DAY)
    assert state(evening, number) == "broken"


def test_refused_it_never_covers_anything(evening: Evening) -> None:
    """It is over, and its items are free for another."""
    number = promised(evening, until=TODAY + 20 * DAY)
    key = shown(evening, number)["approval"]
    approve.refuse(cleo(evening.scope), key, reason="too late", until=None, as_of=TODAY, now=NOW)
    nightly(evening, TODAY + DAY)
    assert state(evening, number) == "refused"
    assert demanded(evening, TODAY) == 120_000
    assert state(evening, promised(evening)) == "open"


def test_granted_too_late_it_is_refused(evening: Evening) -> None:
    """Its day and its tolerance have passed: there is nothing to wait for."""
    number = promised(evening, until=TODAY + 20 * DAY)
    key = shown(evening, number)["approval"]
    late = TODAY + 30 * DAY
    with pytest.raises(Refused) as refusal:
        approve.approve(cleo(evening.scope), key, as_of=late, now=at(late))
    assert refusal.value.reason == "date_passed"
    assert state(evening, number) == "asked"


def test_withdrawn_its_question_is_withdrawn_too(evening: Evening) -> None:
    """Nobody is asked about what is not promised any more."""
    number = promised(evening, until=TODAY + 20 * DAY)
    key = shown(evening, number)["approval"]
    promise.close_promise(evening.scope, number, on=TODAY, now=NOW)
    with pytest.raises(Refused) as refusal:
        approve.approve(cleo(evening.scope), key, as_of=TODAY, now=NOW)
    assert refusal.value.reason == "nothing_asked"


def test_a_promise_nobody_is_asked_about_any_more_is_over(evening: Evening) -> None:
    """Its items paid, the question ends with the next look, and the promise with the one after."""
    number = promised(evening, until=TODAY + 20 * DAY)
    with tx.transaction_of(evening.scope):
        questions.withdraw(evening.scope, shown(evening, number)["approval"])
    promise.judge(evening.scope, None, TODAY + DAY, at(TODAY + DAY))
    assert state(evening, number) == "withdrawn"
    assert shown(evening, number)["withdrawn_on"] == TODAY + DAY


def test_the_third_on_an_item_needs_approval(evening: Evening) -> None:
    """Two were broken; the third waits, one on another invoice does not."""
    day = TODAY
    for _ in range(2):
        number = promised(evening, "R-1", on=day, until=day + DAY, now=at(day))
        assert state(evening, number) == "open"
        day += 7 * DAY
        nightly(evening, day)
    third = promised(evening, "R-1", on=day, until=day + DAY, now=at(day))
    assert state(evening, third) == "asked"
    assert state(evening, promised(evening, "R-2", on=day, until=day + DAY, now=at(day))) == "open"


def test_a_broken_one_not_yet_judged_does_not_stand_in_the_way(evening: Evening) -> None:
    """The customer calls before the night: the old one is broken, the new one begins."""
    first = promised(evening, "R-1")
    later = MONDAY + 2 * DAY
    second = promised(evening, "R-1", on=later, until=later + DAY, now=at(later))
    assert (state(evening, first), state(evening, second)) == ("broken", "open")


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"until": TODAY - DAY}, "date_passed"),
        ({"until": TODAY + 31 * DAY}, "too_far"),
        ({"items": ("S-1",)}, "unknown_item"),
        ({"items": ("N-1",)}, "not_owed"),
        ({"items": ("R-3",)}, "nothing_open"),
        ({"currency": "USD"}, "nothing_open"),
        ({"amount_minor": 0}, "bad_amount"),
    ],
)
def test_what_makes_no_sense_is_refused(
    evening: Evening, book: Book, said: dict[str, Any], word: str
) -> None:
    """Nothing is kept of it, and nobody is asked."""
    book.items(credit_note("N-1", 1_000), invoice("R-3", 500, open_minor=0))
    with pytest.raises(Refused) as refusal:
        promised(evening, *said.pop("items", ()), **said)
    assert refusal.value.reason == word
    assert promise.listed(evening.scope, customer=None, as_of=TODAY) == []
    assert approve.listed(evening.scope) == []


def test_words_stay_out_of_the_journal(evening: Evening) -> None:
    """A note is kept apart and shown with the promise."""
    number = promised(evening, note="Eva Kern, by phone")
    assert shown(evening, number)["note"] == "Eva Kern, by phone"
    with tx.reading(evening.scope):
        events = models.Event.objects.filter(organisation_id=evening.scope.organisation_id)
        assert "Eva" not in " ".join(events.values_list("refs", flat=True))


def test_the_evening_shows_a_broken_promise_before_the_run_has_judged_it(
    evening: Evening,
) -> None:
    """What tonight proposes is what the run will do: the grade counts the promise as broken."""
    promised(evening, "R-1", "R-2")
    on = MONDAY + DAY
    with tx.reading(evening.scope):
        (before,) = look.propose(evening.scope, as_of=on, customers=[1]).lines
    nightly(evening, on)
    with tx.reading(evening.scope):
        (after,) = look.propose(evening.scope, as_of=on, customers=[1]).lines
    assert before.facts is not None
    assert after.facts is not None
    assert (before.facts.grade, before.facts.segment) == (after.facts.grade, after.facts.segment)
    assert before.made == after.made
    with tx.reading(evening.scope):
        entity = models.Entity.objects.get(organisation_id=evening.scope.organisation_id)
        known = history.known(evening.scope, entity, [1], as_of=on)
        early = history.known(evening.scope, entity, [1], as_of=MONDAY)
    assert (known[1].broken_promises, early[1].broken_promises) == (1, 1)
