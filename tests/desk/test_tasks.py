"""Tasks: who has what and by when; what raises them, what ends them, and who hears in the end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from evening import DAY, Evening, at, contacted, person

from dunwell.core import policy as documents
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import approve, deliveries, found, hardship, note, publish, settle, task
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, invoice, payment

FRIDAY = TODAY + 4 * DAY


@pytest.fixture
def owing(scope: Scope, book: Book) -> Evening:
    """C-1 owes one invoice; ben collects, mia manages."""
    found.add_user(scope, "ben", roles=["collector"], now=NOW)
    found.add_user(scope, "mia", roles=["manager"], now=NOW)
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 3 * DAY))
    return Evening(scope)


def tasks(evening: Evening, **more: Any) -> list[dict[str, Any]]:
    """Return tasks as `task list` does."""
    return task.listed(evening.scope, as_of=TODAY, **({"state": "all"} | more))


def kinds(evening: Evening) -> list[tuple[str, str]]:
    """Return kind and state of every task."""
    return [(t["kind"], t["state"]) for t in sorted(tasks(evening), key=lambda t: t["id"])]


def night(evening: Evening, day: dt.date) -> None:
    """Let a night pass."""
    assert settle.nightly(evening.scope, as_of=day, now=at(day, 1)) == []


def opened(evening: Evening, **more: Any) -> dict[str, Any]:
    """Open a reminder for Friday."""
    given: dict[str, Any] = {"kind": "follow_up", "until": FRIDAY, "note": "ask for Ms Kern"}
    return task.open_task(evening.scope, "C-1", on=TODAY, now=at(TODAY), **(given | more))


# --- what a look raises -----------------------------------------------------------------------


def test_cash_that_covers_is_to_be_allocated(owing: Evening, book: Book) -> None:
    """The task comes with the reason and ends with it."""
    book.payments(payment("P-1", 90_000))
    owing.look()
    assert kinds(owing) == [("allocate", "open")]
    book.items(invoice("R-2", 50_000, due_on=TODAY - 3 * DAY))
    owing.look(TODAY + DAY)
    assert kinds(owing) == [("allocate", "done")]
    (one,) = tasks(owing)
    assert one["outcome"] == "over"


def test_what_a_person_closed_is_not_opened_again_every_night(owing: Evening, book: Book) -> None:
    """While the decision in force says the same, nobody is asked twice."""
    book.payments(payment("P-1", 90_000))
    owing.look()
    (one,) = tasks(owing)
    task.close_task(owing.scope, one["id"], outcome="told the bank", on=TODAY, now=at(TODAY))
    book.customers(customer("C-1", region="north"))
    owing.look(TODAY + DAY)
    assert kinds(owing) == [("allocate", "done")]


def test_cash_in_another_currency_is_put_before_a_person(owing: Evening, book: Book) -> None:
    """It covers nothing: the reminder goes, and the cash becomes a task once an amount."""
    book.payments(payment("P-1", 70_000, currency="USD"))
    (line,) = owing.look()
    assert line.made.amounts == (("EUR", 90_000),)  # type: ignore[union-attr]
    assert kinds(owing) == [("allocate", "open")]
    (one,) = tasks(owing)
    assert "USD" in one["note"]
    task.close_task(owing.scope, one["id"], outcome="asked", on=TODAY, now=at(TODAY))
    owing.send()
    owing.look(TODAY + DAY)
    assert kinds(owing) == [("allocate", "done")]
    book.payments(payment("P-2", 1_000, currency="USD"))
    owing.look(TODAY + 2 * DAY)
    assert kinds(owing) == [("allocate", "done"), ("allocate", "open")]


def test_nobody_to_reach_is_a_task_until_there_is(scope: Scope, book: Book) -> None:
    """A customer without any address; once there is one the reminder goes and the task ends."""
    book.customers(customer("C-1", email=None))
    book.items(invoice("R-1", due_on=TODAY - 3 * DAY))
    evening = Evening(scope)
    evening.look()
    assert kinds(evening) == [("find_route", "open")]
    book.customers(customer("C-1"))
    evening.look(TODAY + DAY)
    assert kinds(evening) == [("find_route", "done")]


def test_a_ladder_that_ended_is_a_managers_choice(scope: Scope, book: Book) -> None:
    """Due in five working days, and closed only with something that can be chosen."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 20_000, due_on=TODAY - 100 * DAY))
    book.take("history", contacted("R-1", "final_demand", TODAY - 40 * DAY))
    evening = Evening(scope)
    evening.look()
    (one,) = tasks(evening)
    assert (one["kind"], one["due_on"]) == ("choose_outcome", dt.date(2026, 3, 9))
    with pytest.raises(Refused, match="none of agency"):
        task.close_task(scope, one["id"], outcome="whatever", on=TODAY, now=at(TODAY))
    done = task.close_task(
        scope, one["id"], outcome="write_off", note="gone abroad", on=TODAY, now=at(TODAY)
    )
    assert set(done) == {"id", "state", "outcome", "approval", "write_off"}


def test_a_call_a_step_requires_is_a_task(scope: Scope, book: Book) -> None:
    """And it stays one while something else keeps the case quiet, so that it is not forgotten."""
    book.customers(customer("C-1", segment="vip", phone="1"))
    book.items(invoice("R-1", 900_000, due_on=TODAY - 60 * DAY))
    book.take("contacts", person("executive", email="x@example.com"))
    book.take("history", contacted("R-1", "manager_call", TODAY - 30 * DAY))
    evening = Evening(scope)
    evening.look()
    assert kinds(evening) == [("call", "open")]
    (one,) = tasks(evening)
    assert "senior letter" in one["note"]
    note.open_note(
        scope, "C-1", note.Said("met them", "in_person"), on=TODAY, today=TODAY, now=at(TODAY)
    )
    evening.look(TODAY + DAY)
    assert evening.decided(day=TODAY + DAY).reason == "too_soon"  # type: ignore[union-attr]
    assert kinds(evening) == [("call", "open")]
    book.payments(payment("P-1", 900_000, items=[("R-1", None)]))
    evening.look(TODAY + DAY)
    assert kinds(evening) == [("call", "done")]


def test_a_call_of_a_step_falls_to_the_person_it_names(scope: Scope, book: Book) -> None:
    """Planned or required; to the role where nobody by that name has one here."""
    found.add_user(scope, "eva", roles=["collector"], now=NOW)
    whole = publish.current_document(scope, "classic").model_dump(mode="json")
    for cadence in whole["cadences"].values():
        for step in cadence["steps"]:
            step["person"] = {"account_manager_call": "eva", "senior_letter": "nobody"}.get(
                step["id"], ""
            )
    publish.publish(scope, documents.parse(whole), now=NOW)
    book.customers(
        customer("C-1", segment="vip", phone="1", account_owner="vera"),
        customer("C-2", segment="vip", phone="2", account_owner="vera"),
    )
    book.items(
        invoice("R-1", 90_000, due_on=TODAY - 7 * DAY),
        invoice("R-2", 900_000, customer="C-2", due_on=TODAY - 60 * DAY),
    )
    book.take("contacts", person("executive", email="x@example.com", customer="C-2"))
    book.take("history", contacted("R-2", "manager_call", TODAY - 30 * DAY, customer="C-2"))
    evening = Evening(scope)
    evening.look()
    owners = {t["customer"]: t["owner"] for t in tasks(evening) if t["kind"] == "call"}
    assert owners == {"C-1": "eva", "C-2": "vera"}


def test_a_night_that_wants_nobody_asks_one_question(owing: Evening, book: Book) -> None:
    """However many cases a batch holds, the tasks about them cost one query."""
    book.customers(*(customer(f"D-{n}") for n in range(40)))
    book.items(*(invoice(f"S-{n}", customer=f"D-{n}", due_on=TODAY + DAY) for n in range(40)))
    with CaptureQueriesContext(connection) as asked:
        owing.look()
    said = [q["sql"].replace('"', "") for q in asked]
    about = [sql for sql in said if "FROM task" in sql or "INTO task" in sql]
    assert len(about) == 1


def test_an_unknown_delivery_is_a_task_until_somebody_says(owing: Evening) -> None:
    """One for each message; whatever is said ends it."""
    owing.mail.breaks = {"c-1@example.com"}
    owing.look()
    owing.send()
    assert kinds(owing) == [("unknown_delivery", "open")]
    (row,) = deliveries.listed(owing.scope)
    deliveries.close(owing.scope, row["key"], outcome="sent", now=at(TODAY, 12))
    assert kinds(owing) == [("unknown_delivery", "done")]


# --- by hand ----------------------------------------------------------------------------------


def test_a_reminder_is_its_openers(owing: Evening) -> None:
    """With its day and its words, which are kept apart as personal."""
    done = opened(owing)
    assert (done["owner"], done["due_on"]) == ("anna", FRIDAY)
    one = task.show(owing.scope, done["id"], as_of=TODAY)
    assert (one["note"], one["state"], one["is_past_due"]) == ("ask for Ms Kern", "open", False)
    with tx.reading(owing.scope):
        kept = models.Task.objects.get(organisation_id=owing.scope.organisation_id, pk=done["id"])
    assert "Kern" not in kept.note


def test_two_reminders_may_stand_side_by_side(owing: Evening) -> None:
    """What people open is never taken for the same thing."""
    assert opened(owing)["id"] != opened(owing)["id"]


def test_sales_is_asked_and_answers(owing: Evening, book: Book) -> None:
    """The question is the account owner's; the answer is kept with it."""
    book.customers(customer("C-1", account_owner="vera"))
    done = opened(owing, kind="ask_sales", until=None, note="what do you know?")
    assert done["owner"] == "vera"
    task.close_task(
        owing.scope, done["id"], outcome="answered", note="new buyer since May", on=TODAY,
        now=at(TODAY),
    )  # fmt: skip
    one = task.show(owing.scope, done["id"], as_of=TODAY)
    assert (one["state"], one["answer"], one["note"]) == (
        "done", "new buyer since May", "what do you know?",
    )  # fmt: skip


def test_a_task_is_given_to_somebody_else(owing: Evening) -> None:
    """Who had it is the deputy; only a user may own one."""
    done = opened(owing)
    assert task.give(owing.scope, done["id"], to="ben", now=at(TODAY))["deputy"] == "anna"
    assert [t["owner"] for t in tasks(owing, owner="ben")] == ["ben"]
    with pytest.raises(Refused, match="no user 'eve'"):
        task.give(owing.scope, done["id"], to="eve", now=at(TODAY))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"kind": "allocate"}, "unknown_kind"),
        ({"until": None}, "until_missing"),
        ({"until": TODAY - DAY}, "date_passed"),
        ({"note": " "}, "note_missing"),
        ({"owner": "eve"}, "unknown_user"),
    ],
)
def test_a_task_that_makes_no_sense_is_refused(
    owing: Evening, more: dict[str, Any], reason: str
) -> None:
    """Nothing is opened."""
    with pytest.raises(Refused) as refused:
        opened(owing, **more)
    assert refused.value.reason == reason
    assert tasks(owing) == []


def test_what_is_closed_cannot_be_closed_again(owing: Evening) -> None:
    """Nor be given away; and a task needs an outcome."""
    done = opened(owing)
    with pytest.raises(Refused, match="--outcome"):
        task.close_task(owing.scope, done["id"], outcome=" ", on=TODAY, now=at(TODAY))
    task.close_task(owing.scope, done["id"], outcome="done", on=TODAY, now=at(TODAY))
    with pytest.raises(Refused, match="it was closed on 2026-03-02"):
        task.close_task(owing.scope, done["id"], outcome="done", on=TODAY, now=at(TODAY))
    with pytest.raises(Refused, match="no open task"):
        task.give(owing.scope, done["id"], to="ben", now=at(TODAY))


# --- past due ---------------------------------------------------------------------------------


def test_past_due_goes_to_a_manager_once(owing: Evening) -> None:
    """From the day after its due day; it stays its owner's, and is in every report."""
    done = opened(owing)
    night(owing, FRIDAY)
    assert task.past_due(owing.scope, as_of=FRIDAY) == 0
    night(owing, FRIDAY + DAY)
    one = task.show(owing.scope, done["id"], as_of=FRIDAY + DAY)
    assert (one["owner"], one["escalated_to"], one["escalated_on"]) == ("anna", "mia", FRIDAY + DAY)
    assert one["is_past_due"]
    night(owing, FRIDAY + 2 * DAY)
    assert task.show(owing.scope, done["id"], as_of=TODAY)["escalated_on"] == FRIDAY + DAY
    assert task.past_due(owing.scope, as_of=FRIDAY + 30 * DAY) == 1
    assert [t["id"] for t in tasks(owing, owner="mia")] == [done["id"]]
    with tx.reading(owing.scope):
        told = models.Event.objects.filter(
            organisation_id=owing.scope.organisation_id, verb="tasks_escalated"
        )
        assert told.count() == 1


def test_what_belongs_to_nobody_here_goes_to_the_deputy(owing: Evening) -> None:
    """Somebody left; their open tasks do not leave with them."""
    done = opened(owing, owner="ben")
    task.give(owing.scope, done["id"], to="mia", now=at(TODAY))
    with tx.transaction_of(owing.scope):
        models.Membership.objects.filter(
            organisation_id=owing.scope.organisation_id, user__name="mia"
        ).delete()
    night(owing, TODAY)
    assert task.show(owing.scope, done["id"], as_of=TODAY)["owner"] == "ben"


def test_an_account_owner_only_the_ledger_names_keeps_the_task(owing: Evening, book: Book) -> None:
    """They are who the customer's row says; nobody takes it from them."""
    book.customers(customer("C-1", account_owner="vera"))
    done = opened(owing, kind="ask_sales", until=None)
    night(owing, TODAY)
    assert task.show(owing.scope, done["id"], as_of=TODAY)["owner"] == "vera"


# --- holds that want somebody -----------------------------------------------------------------


def stop(evening: Evening, kind: str, **more: Any) -> dict[str, Any]:
    """Open a hold of a kind on C-1."""
    wanted = hardship.Wanted(kind, reason="asked", **more)
    return hardship.open_stop(evening.scope, "C-1", wanted, on=TODAY, now=at(TODAY))


def reason(evening: Evening, day: dt.date) -> str:
    """Return why C-1 hears nothing on a day, or "act"."""
    return str(getattr(evening.decided(day=day), "reason", "act"))


def test_hardship_lets_soft_messages_go_and_asks_for_a_plan(owing: Evening) -> None:
    """No relief by itself: a task to offer a plan, due in two working days."""
    done = stop(owing, "hardship")
    (one,) = tasks(owing)
    assert (one["kind"], one["due_on"]) == ("offer_plan", TODAY + 2 * DAY)
    assert done["tasks"] == [one["id"]]
    assert reason(owing, TODAY) == "act"
    assert owing.decided().tone == "friendly"  # type: ignore[union-attr]


def test_hardship_pauses_firm_steps_for_fourteen_days(scope: Scope, book: Book) -> None:
    """From its first day; on the fifteenth the firm step goes."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 30 * DAY))
    book.take("history", contacted("R-1", "second_notice", TODAY - 20 * DAY))
    evening = Evening(scope)
    assert reason(evening, TODAY) == "act"
    stop(evening, "hardship")
    assert reason(evening, TODAY) == reason(evening, TODAY + 13 * DAY) == "on_hold"
    assert reason(evening, TODAY + 14 * DAY) == "act"


def test_a_commercial_pause_begins_when_the_manager_says_so(owing: Evening) -> None:
    """Until then the reminder goes; then nothing for as long as was asked, and no longer."""
    done = stop(owing, "commercial_pause", until=TODAY + 5 * DAY)
    assert (done["state"], reason(owing, TODAY)) == ("asked", "act")
    with pytest.raises(Refused) as refused:
        approve.approve(owing.scope, done["key"], as_of=TODAY, now=at(TODAY))
    assert refused.value.reason == "own_proposal"
    mia = owing.scope._replace(actor="mia")
    approve.approve(mia, done["key"], as_of=TODAY + DAY, now=at(TODAY + DAY))
    assert reason(owing, TODAY + 5 * DAY) == "on_hold"
    assert reason(owing, TODAY + 7 * DAY) == "act"


def test_a_commercial_pause_without_an_end_lasts_fourteen_days(owing: Evening) -> None:
    """Counted from the day it was approved."""
    done = stop(owing, "commercial_pause")
    mia = owing.scope._replace(actor="mia")
    approve.approve(mia, done["key"], as_of=TODAY + DAY, now=at(TODAY + DAY))
    with tx.reading(owing.scope):
        row = models.Stop.objects.get(organisation_id=owing.scope.organisation_id, pk=done["id"])
    assert (row.from_on, row.until_on) == (TODAY + DAY, TODAY + 14 * DAY)


def test_a_commercial_pause_refused_never_held(owing: Evening) -> None:
    """The reminder goes as if nobody had asked."""
    done = stop(owing, "commercial_pause")
    mia = owing.scope._replace(actor="mia")
    approve.refuse(mia, done["key"], reason="no", until=None, as_of=TODAY, now=at(TODAY))
    assert reason(owing, TODAY) == "act"


def test_a_case_moved_out_stays_out_until_its_day(owing: Evening) -> None:
    """By a person, with a reason and an end."""
    stop(owing, "moved_out", until=TODAY + 2 * DAY)
    assert reason(owing, TODAY + 2 * DAY) == "on_hold"


@pytest.mark.parametrize(
    ("kind", "more", "word"),
    [
        ("moved_out", {}, "until_missing"),
        ("commercial_pause", {"until": TODAY + 14 * DAY}, "too_long"),
        ("hardship", {"until": TODAY + DAY}, "too_long"),
        ("hardship", {"items": ("R-1",)}, "whole_customer"),
        ("hold", {"review_on": TODAY}, "dates_crossed"),
        ("hold", {"review_on": FRIDAY, "until": TODAY + DAY}, "dates_crossed"),
        ("vacation", {}, "unknown_kind"),
    ],
)
def test_a_stop_its_rules_do_not_allow_is_refused(
    owing: Evening, kind: str, more: dict[str, Any], word: str
) -> None:
    """Nothing is held."""
    with pytest.raises(Refused) as refused:
        stop(owing, kind, **more)
    assert refused.value.reason == word
    assert reason(owing, TODAY) == "act"


def test_a_hold_is_reviewed_once_on_its_day(owing: Evening) -> None:
    """By whoever set it; the task ends with the hold."""
    done = stop(owing, "hold", review_on=FRIDAY, until=FRIDAY + 7 * DAY)
    night(owing, FRIDAY - DAY)
    assert tasks(owing) == []
    night(owing, FRIDAY)
    night(owing, FRIDAY + DAY)
    (one,) = tasks(owing)
    assert (one["kind"], one["owner"]) == ("review_hold", "anna")
    assert str(done["id"]) in one["note"]
    night(owing, FRIDAY + 8 * DAY)
    assert kinds(owing) == [("review_hold", "done")]
