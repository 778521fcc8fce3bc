"""Payment plans: to whom, on what terms, when they begin, and when they are in default (7)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from evening import DAY, Evening, at, contacted

from dunwell.core import plans, policy, promises, rows, workdays
from dunwell.core.decision import Act, Ask, Wait
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import approve, found, plan, promise, publish, settle
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, credit_note, customer, invoice, payment, reversal

FIRST = dt.date(2026, 3, 16)
"""The first of three instalments: a Monday. The next are 16 April and 16 May, a Saturday."""
LAST = dt.date(2026, 3, 19)
"""Three working days after FIRST."""


@pytest.fixture
def evening(scope: Scope, book: Book) -> Evening:
    """C-1 owes R-1 of EUR 900.00 and R-2 of EUR 100.00, overdue; cleo may approve."""
    book.customers(customer("C-1"), customer("C-2"))
    book.items(
        invoice("R-1", 90_000, due_on=TODAY - 20 * DAY),
        invoice("R-2", 10_000, due_on=TODAY - 10 * DAY),
        invoice("S-1", 90_000, customer="C-2", due_on=TODAY - 20 * DAY),
    )  # fmt: skip
    found.add_user(scope, "cleo", roles=["manager"], now=NOW)
    return Evening(scope)


def planned(evening: Evening, *items: str, **said: Any) -> int:
    """Propose three instalments from 16 March, today, unless said otherwise."""
    given = {"instalments": 3, "first_on": FIRST, "on": TODAY, "now": NOW} | said
    return plan.open_plan(evening.scope, "C-1", items=items, **given)


def approved(evening: Evening, number: int, on: dt.date = TODAY) -> int:
    """Let cleo approve it."""
    key = shown(evening, number)["approval"]
    approve.approve(evening.scope._replace(actor="cleo"), key, as_of=on, now=at(on))
    return number


def shown(evening: Evening, number: int, on: dt.date = TODAY) -> dict[str, Any]:
    """Return a plan as it is listed on a day."""
    (one,) = plan.listed(evening.scope, customer=None, as_of=on, plan=number)
    return one


def state(evening: Evening, number: int) -> str:
    """Return how a plan stands."""
    return str(shown(evening, number)["state"])


def nightly(evening: Evening, on: dt.date) -> None:
    """Judge a day."""
    assert settle.nightly(evening.scope, as_of=on, now=at(on, 1)) == []


def paid(book: Book, reference: str, minor: int, on: dt.date, **said: Any) -> None:
    """Let the bank's file of a day bring a payment."""
    book.payments(payment(reference, minor, on=on, **said), as_of=on, now=at(on))


def reason(evening: Evening, on: dt.date) -> str:
    """Return why nothing is demanded on a day, or ""."""
    made = evening.decided(day=on)
    return str(made.reason) if isinstance(made, Wait) else ""


def tasks_open(scope: Scope) -> dict[str, models.Task]:
    """Return the open tasks by kind."""
    with tx.reading(scope):
        rows_ = models.Task.objects.filter(organisation_id=scope.organisation_id, state="open")
        return {t.kind: t for t in rows_.order_by("pk")}


def said_of(scope: Scope) -> list[str]:
    """Return what the journal says of plans, in order."""
    with tx.reading(scope):
        events = models.Event.objects.filter(
            organisation_id=scope.organisation_id, verb__startswith="plan_"
        )
        return list(events.order_by("pk").values_list("verb", flat=True))


def with_settings(scope: Scope, **settings: Any) -> None:
    """Publish classic once more with other settings."""
    document = publish.current_document(scope, "classic")
    other = document.model_copy(update={"settings": policy.SettingsDoc(**settings)})
    publish.publish(scope, other, now=NOW)


# --- the schedule -----------------------------------------------------------------------------


def test_monthly_instalments_add_up_to_the_cent(evening: Evening) -> None:
    """A thousand in three: the cent that does not divide comes first."""
    made = shown(evening, planned(evening))
    assert [(p["due_on"].isoformat(), p["amount_minor"]) for p in made["instalments"]] == [
        ("2026-03-16", 33_334), ("2026-04-16", 33_333), ("2026-05-16", 33_333),
    ]  # fmt: skip
    assert (made["total_minor"], made["interest_minor"], made["fee_minor"]) == (100_000, 0, 0)


def test_the_first_is_due_in_a_month_unless_said(evening: Evening) -> None:
    """Two months later is too late for the first of monthly instalments."""
    made = shown(evening, planned(evening, first_on=None))
    assert made["instalments"][0]["due_on"] == dt.date(2026, 4, 2)


def test_interest_is_simple_and_on_what_is_not_yet_due(evening: Evening) -> None:
    """12 percent a year on a third each, for 14, 45 and 75 days: 14.6848 rounded once."""
    number = planned(evening, interest_percent=Decimal(12), fee_minor=1_000)
    made = shown(evening, number)
    assert made["interest_minor"] == 1_468
    assert round((33_334 * 14 + 33_333 * (45 + 75)) * 12 / 36_500) == 1_468
    assert (made["fee_minor"], made["total_minor"]) == (1_000, 102_468)
    assert sum(p["amount_minor"] for p in made["instalments"]) == 102_468
    assert [p["principal_minor"] for p in made["instalments"]] == [33_334, 33_333, 33_333]
    assert [p["charges_minor"] for p in made["instalments"]] == [823, 823, 822]


def test_no_cent_is_lost_whatever_the_numbers() -> None:
    """Principal, interest and fee are what the instalments add up to."""
    for instalments in range(2, 7):
        for principal in (1, 7, 99_999, 100_001):
            made = plans.terms(
                principal, instalments=instalments, made_on=TODAY, first_on=FIRST,
                percent=Decimal("7.3"), fee_minor=11, calendar=workdays.Calendar("-/0"),
                tolerance=3,
            )  # fmt: skip
            total = made.principal_minor + made.interest_minor + made.fee_minor
            assert sum(p.minor for p in made.schedule) == total


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"instalments": 1}, "instalments"),
        ({"instalments": 7}, "instalments"),
        ({"first_on": TODAY - DAY}, "date_passed"),
        ({"first_on": dt.date(2026, 4, 3)}, "too_far"),
        ({"interest_percent": Decimal(-1)}, "bad_amount"),
        ({"items": ("S-1",)}, "unknown_item"),
        ({"items": ("N-1",)}, "not_owed"),
        ({"items": ("R-3",)}, "nothing_open"),
        ({"items": ("R-1", "U-1")}, "other_currency"),
        ({"items": ("U-1",)}, "no_rate"),
        ({"items": ("R-4",)}, "not_offered"),
    ],
)
def test_what_makes_no_sense_is_refused(
    evening: Evening, book: Book, said: dict[str, Any], word: str
) -> None:
    """Nothing is kept of it, and nobody is asked."""
    book.items(
        credit_note("N-1", 1_000), invoice("R-3", 500, open_minor=0),
        invoice("R-4", 9_999, due_on=TODAY - DAY),
        invoice("U-1", 90_000, due_on=TODAY - DAY, currency="USD"),
    )  # fmt: skip
    with pytest.raises(Refused) as refusal:
        planned(evening, *said.pop("items", ("R-1",)), **said)
    assert refusal.value.reason == word
    assert plan.listed(evening.scope, customer=None, as_of=TODAY) == []
    assert approve.listed(evening.scope) == []


# --- offered only where the policy's conditions hold -----------------------------------------


def test_the_minimum_is_in_base_currency(evening: Evening, book: Book) -> None:
    """A thousand yen are less than a hundred euro; at that rate a million is more."""
    book.take("rates", rows.RateRow(line=2, currency="JPY", base="EUR", on=TODAY, rate="0.006"))
    book.items(
        invoice("Y-1", 1_000, due_on=TODAY - DAY, currency="JPY"),
        invoice("Y-2", 1_000_000, due_on=TODAY - DAY, currency="JPY"),
    )  # fmt: skip
    with pytest.raises(Refused, match="from 100") as refusal:
        planned(evening, "Y-1")
    assert refusal.value.reason == "not_offered"
    assert shown(evening, planned(evening, "Y-2"))["currency"] == "JPY"


def test_a_policy_may_name_segments_and_fewer_instalments() -> None:
    """Only those it names are offered one; a segment that is not there is a mistake."""
    rules = policy.PlansDoc(segments=["vip"], minimum=Decimal(500))
    said = {"base_minor": 50_000, "minimum_minor": 50_000}
    assert plans.refusal(rules, segment="vip", **said) == ""
    assert "not to standard" in plans.refusal(rules, segment="standard", **said)
    assert "from 500" in plans.refusal(
        rules, segment="vip", base_minor=49_999, minimum_minor=50_000
    )
    with pytest.raises(ValueError, match="greater than or equal to 2"):
        policy.PlansDoc(instalments_max=1)


def test_the_policy_in_force_says_what_holds(evening: Evening) -> None:
    """Segments, charges, tolerance and role of a plan; days and role of a promise."""
    with_settings(evening.scope, plans={"segments": ["vip"]})
    with pytest.raises(Refused, match="plans to vip") as refusal:
        planned(evening)
    assert refusal.value.reason == "not_offered"
    with_settings(
        evening.scope,
        plans={"fee": "25.00", "interest_percent": 5, "tolerance_working_days": 1,
               "approve": "executive"},
        promises={"days_ahead": 2, "approve": "legal"},
    )  # fmt: skip
    made = shown(evening, planned(evening, "R-1"))
    assert (made["fee_minor"], made["interest_minor"] > 0) == (2_500, True)
    assert made["instalments"][0]["last_on"] == FIRST + DAY
    promise.open_promise(evening.scope, "C-1", until=TODAY + 3 * DAY, on=TODAY, now=NOW)
    assert [a["approval"] for a in approve.listed(evening.scope)] == ["executive", "legal"]


# --- approval ---------------------------------------------------------------------------------


def test_it_stops_nothing_until_its_role_has_approved_it(evening: Evening) -> None:
    """Whoever proposed it may not; granted, it covers its items from that day."""
    number = planned(evening)
    assert isinstance(evening.decided(day=TODAY), Act)
    (question,) = approve.listed(evening.scope)
    assert (question["what"], question["approval"]) == ("plan", "manager")
    assert question["amounts"] == [{"currency": "EUR", "amount_minor": 100_000}]
    with pytest.raises(Refused, match="somebody else"):
        approve.approve(evening.scope, question["key"], as_of=TODAY, now=NOW)
    approved(evening, number, TODAY + DAY)
    assert shown(evening, number)["in_force_on"] == TODAY + DAY
    assert reason(evening, TODAY + DAY) == reason(evening, LAST) == "plan_running"


def test_refused_it_never_covers_anything(evening: Evening) -> None:
    """It is over, and its items are free."""
    number = planned(evening)
    key = shown(evening, number)["approval"]
    approve.refuse(
        evening.scope._replace(actor="cleo"), key, reason="no", until=None, as_of=TODAY, now=NOW
    )
    assert state(evening, number) == "refused"
    assert isinstance(evening.decided(day=TODAY), Act)
    assert state(evening, planned(evening)) == "asked"


def test_it_does_not_begin_in_arrears(evening: Evening) -> None:
    """Approved after its first instalment was due: refused, and it still waits."""
    number = planned(evening)
    with pytest.raises(Refused) as refusal:
        approved(evening, number, FIRST + DAY)
    assert refusal.value.reason == "date_passed"
    assert state(evening, number) == "asked"


def test_what_is_planned_is_neither_planned_nor_promised_again(evening: Evening) -> None:
    """One agreement an item, and none left over to promise."""
    number = approved(evening, planned(evening, "R-1"))
    with pytest.raises(Refused, match=f"plan {number}") as refusal:
        planned(evening, "R-1")
    assert refusal.value.reason == "agreed_already"
    made = promise.open_promise(
        evening.scope, "C-1", until=TODAY + DAY, on=TODAY, now=NOW
    )  # fmt: skip
    (one,) = promise.listed(evening.scope, customer=None, as_of=TODAY, promise=made)
    assert [i["number"] for i in one["items"]] == ["R-2"]


def test_new_invoices_are_not_covered(evening: Evening, book: Book) -> None:
    """What comes later is demanded by itself."""
    approved(evening, planned(evening))
    book.items(invoice("R-5", 50_000, due_on=TODAY - 5 * DAY))
    made = evening.decided(day=TODAY)
    assert isinstance(made, Act)
    assert made.amounts == (("EUR", 50_000),)


# --- what the money makes of it ---------------------------------------------------------------


def test_paid_on_time_it_runs_and_is_kept(evening: Evening, book: Book) -> None:
    """Each instalment moves it on; the last ends it."""
    number = approved(evening, planned(evening))
    for n, day in enumerate((FIRST, dt.date(2026, 4, 16), dt.date(2026, 5, 18))):
        assert state(evening, number) == "running"
        paid(book, f"P-{n}", 33_334 - bool(n), day, items=[("R-1", None), ("R-2", None)])
    assert state(evening, number) == "kept"
    made = shown(evening, number, dt.date(2026, 5, 18))
    assert [p["paid_minor"] for p in made["instalments"]] == [33_334, 33_333, 33_333]
    assert said_of(evening.scope) == ["plan_opened", "plan_kept"]


def test_the_tolerance_is_three_working_days(evening: Evening, book: Book) -> None:
    """Paid on the third it still runs."""
    number = approved(evening, planned(evening))
    nightly(evening, LAST)
    assert state(evening, number) == "running"
    paid(book, "P-1", 33_334, LAST, items=[("R-1", None)])
    nightly(evening, LAST + DAY)
    assert state(evening, number) == "running"


@pytest.mark.parametrize("minor", [0, 33_333])
def test_not_paid_or_paid_in_part_it_is_in_default(
    evening: Evening, book: Book, minor: int
) -> None:
    """A cent short is missed. A person is told, its days count, what is left is due."""
    number = approved(evening, planned(evening))
    if minor:
        paid(book, "P-1", minor, FIRST, items=[("R-1", None)])
    for _ in range(2):
        nightly(evening, LAST + DAY)
    made = shown(evening, number)
    assert (made["state"], made["default_on"]) == ("in_default", LAST + DAY)
    assert "plan_default" in tasks_open(evening.scope)
    assert said_of(evening.scope) == ["plan_opened", "plan_in_default"]
    with tx.reading(evening.scope):
        stop = models.Stop.objects.get(organisation_id=evening.scope.organisation_id, pk=number)
        done = models.Done.objects.filter(organisation_id=evening.scope.organisation_id)
        assert list(done.values_list("kind", "on")) == [("plan_default", LAST + DAY)]
    assert (stop.until_on, stop.gives_back) == (LAST, True)


def test_in_default_the_final_demand_is_next_with_approval(evening: Evening, book: Book) -> None:
    """The named exception to one step at a time."""
    book.take("history", contacted("R-1", "first_reminder", TODAY - 12 * DAY))
    number = approved(evening, planned(evening, "R-1"))
    nightly(evening, LAST + DAY)
    made = evening.decided(day=LAST + DAY)
    assert isinstance(made, Ask)
    assert [(a.what, a.step) for a in made.asks] == [("notice", "final_demand")]
    assert state(evening, number) == "in_default"


def test_a_payment_found_afterwards_takes_the_default_back(evening: Evening, book: Book) -> None:
    """It had come in time: the plan runs on, and nobody has to call."""
    number = approved(evening, planned(evening))
    nightly(evening, LAST + DAY)
    book.payments(
        payment("P-1", 33_334, on=FIRST, items=[("R-1", None)]),
        as_of=LAST + DAY, now=at(LAST + DAY),
    )  # fmt: skip
    assert state(evening, number) == "running"
    assert "plan_default" not in tasks_open(evening.scope)
    assert said_of(evening.scope)[-1] == "plan_running_again"
    with tx.reading(evening.scope):
        done = models.Done.objects.filter(organisation_id=evening.scope.organisation_id)
        assert not done.filter(kind="plan_default").exists()


def test_a_payment_taken_back_puts_it_in_default(evening: Evening, book: Book) -> None:
    """The first instalment's cheque came back after the second was paid."""
    number = approved(evening, planned(evening))
    paid(book, "P-1", 33_334, FIRST, items=[("R-1", None)])
    day = LAST + 5 * DAY
    book.payments(reversal("P-2", 33_334, reverses="P-1", on=day), as_of=day, now=at(day))
    assert state(evening, number) == "in_default"


def test_withdrawn_it_covers_nothing_from_that_day_on(evening: Evening) -> None:
    """It is never in default afterwards; what is over cannot be taken back."""
    number = approved(evening, planned(evening))
    plan.close_plan(evening.scope, number, on=TODAY + 2 * DAY, now=NOW)
    assert reason(evening, TODAY + DAY) == "plan_running"
    assert reason(evening, TODAY + 2 * DAY) == ""
    nightly(evening, LAST + DAY)
    assert state(evening, number) == "withdrawn"
    for again in (number, number + 9):
        with pytest.raises(Refused) as refusal:
            plan.close_plan(evening.scope, again, on=TODAY, now=NOW)
        assert refusal.value.reason in ("over_already", "unknown_plan")


# --- reminders and the first instalment -------------------------------------------------------


def test_who_was_not_reminded_by_a_message_is_put_before_a_person(
    evening: Evening, book: Book
) -> None:
    """On the working day after it should have gone, once an instalment; over when it is paid."""
    approved(evening, planned(evening))
    nightly(evening, FIRST - 3 * DAY)
    assert "follow_up" not in tasks_open(evening.scope)
    nightly(evening, FIRST)
    task = tasks_open(evening.scope)["follow_up"]
    assert (task.due_on, "EUR 333.34" in task.note) == (FIRST, True)
    paid(book, "P-1", 33_334, FIRST, items=[("R-1", None)])
    assert "follow_up" not in tasks_open(evening.scope)
    nightly(evening, dt.date(2026, 4, 13))
    assert "follow_up" not in tasks_open(evening.scope)
    nightly(evening, dt.date(2026, 4, 14))
    assert "is due 2026-04-16" in tasks_open(evening.scope)["follow_up"].note


def test_what_is_paid_ahead_is_not_reminded_of(evening: Evening, book: Book) -> None:
    """Nor is a plan that was never approved."""
    approved(evening, planned(evening, "R-1"))
    waiting = planned(evening, "R-2", first_on=FIRST)
    paid(book, "P-1", 30_000, TODAY + DAY, items=[("R-1", None)])
    nightly(evening, FIRST)
    assert "follow_up" not in tasks_open(evening.scope)
    assert state(evening, waiting) == "asked"


def test_the_first_instalment_is_paid_when_all_of_it_is(evening: Evening, book: Book) -> None:
    """Not before the plan is approved, and not by a part."""
    number = planned(evening)
    assert not plan.first_instalment_paid(evening.scope, number, as_of=TODAY)
    approved(evening, number)
    paid(book, "P-1", 33_333, TODAY + DAY, items=[("R-1", None)])
    assert not plan.first_instalment_paid(evening.scope, number, as_of=TODAY + DAY)
    paid(book, "P-2", 1, TODAY + DAY, items=[("R-1", None)])
    assert plan.first_instalment_paid(evening.scope, number, as_of=TODAY + DAY)


def test_a_plan_that_was_kept_covers_nothing_any_more() -> None:
    """Its stop ends the day before the last of it came in."""
    parts = promises.schedule(
        300, instalments=3, first_on=FIRST, calendar=workdays.Calendar("-/0"), tolerance=3
    )
    made = promises.Plan(1, TODAY, "EUR", (7,), parts, TODAY)
    money = [promises.Received(FIRST, "EUR", 300)]
    stop = promises.plan_stop(made, money, as_of=FIRST, data_to=FIRST)
    assert stop is not None
    assert stop.until_on == FIRST - DAY
