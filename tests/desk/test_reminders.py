"""A plan's instalment is reminded of by a message three days before; else a person is told (7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest
from evening import DAY, Evening, at, contacted, person

from dunwell.core.decision import Act, Wait
from dunwell.core.scope import Scope
from dunwell.desk import (
    approve,
    deliveries,
    dispatch,
    explain,
    found,
    look,
    plan,
    preview,
    publish,
    release,
    replay,
    settle,
    task,
    view,
)
from dunwell.store import models, tx
from dunwell.store.records import inbox
from helpers import NOW, TODAY, Book, customer, invoice, payment, reversal

FIRST = dt.date(2026, 3, 17)
"""The first of three instalments, a Tuesday. The next are 17 April and 17 May, a Sunday."""
GOES = dt.date(2026, 3, 13)
"""Three days before it is a Saturday: its reminder goes on the Friday before."""
STEP = "instalment_reminder"


@pytest.fixture
def evening(scope: Scope, book: Book) -> Evening:
    """C-1 owes R-1 of EUR 900.00 and R-2 of EUR 100.00 and pays them in three instalments."""
    book.customers(customer("C-1"), customer("C-2"))
    book.items(
        invoice("R-1", 90_000, due_on=TODAY - 20 * DAY),
        invoice("R-2", 10_000, due_on=TODAY - 10 * DAY),
    )
    found.add_user(scope, "cleo", roles=["manager"], now=NOW)
    agreed(scope)
    return Evening(scope)


def agreed(scope: Scope, who: str = "C-1", *, first_on: dt.date = FIRST, **said: Any) -> int:
    """Let a customer pay in instalments from FIRST on, approved today; return the plan's number."""
    given = {"instalments": 3, "first_on": first_on, "on": TODAY, "now": NOW} | said
    number = plan.open_plan(scope, who, **given)
    (key,) = [a["key"] for a in approve.listed(scope) if a["what"] == "plan"]
    approve.approve(scope._replace(actor="cleo"), key, as_of=TODAY, now=NOW)
    return number


def sent(evening: Evening, on: dt.date = GOES) -> dispatch.Dispatched:
    """Look at a day, and hand over what it brings."""
    evening.look(on)
    return evening.send(at(on, 9))


def nightly(evening: Evening, on: dt.date) -> None:
    """Judge a day."""
    assert settle.nightly(evening.scope, as_of=on, now=at(on, 1)) == []


def reminded(evening: Evening, n: int = 1) -> dt.date | None:
    """Return the day an instalment was reminded of."""
    (one,) = plan.listed(evening.scope, customer=None, as_of=TODAY)
    found_: dt.date | None = one["instalments"][n - 1]["reminded_on"]
    return found_


def task_of(evening: Evening, state: str = "open") -> list[models.Task]:
    """Return the tasks to remind somebody."""
    with tx.reading(evening.scope):
        return list(
            models.Task.objects.filter(
                organisation_id=evening.scope.organisation_id, kind="follow_up", state=state
            )
        )


def outreach(evening: Evening) -> list[tuple[str, str, dt.date]]:
    """Return the contacts that stand, with their tone and day."""
    with tx.reading(evening.scope):
        rows = models.Outreach.objects.filter(
            organisation_id=evening.scope.organisation_id, voided_on__isnull=True
        )
        return list(rows.order_by("pk").values_list("step", "tone", "on"))


def paid(book: Book, minor: int, on: dt.date, reference: str = "P-1", **said: Any) -> None:
    """Let the bank's file of a day bring money for R-1."""
    row = payment(reference, minor, on=on, items=[("R-1", None)], **said)
    book.payments(row, as_of=on, now=at(on))


# --- a message --------------------------------------------------------------------------------


def test_it_is_a_message_three_days_before_once(evening: Evening) -> None:
    """A friendly contact like any other, and no step of an item; nobody is given a task."""
    assert isinstance(evening.decided(day=GOES - DAY), Wait)
    assert sent(evening) == dispatch.Dispatched(sent=1)
    (one,) = evening.outbox()
    assert (one.step, one.channel, one.state, one.role) == (STEP, "email", "sent", "ap")
    assert reminded(evening) == GOES
    assert outreach(evening) == [(STEP, "friendly", GOES)]
    assert evening.steps("R-1") == []
    for day in (GOES + 3 * DAY, FIRST):
        nightly(evening, day)
        assert sent(evening, day) == dispatch.Dispatched()
    assert task_of(evening) == []


def test_it_says_which_instalment_how_much_until_when_and_how_to_pay(
    evening: Evening, book: Book
) -> None:
    """In the customer's language; nothing that is overdue is listed, and no consequence."""
    paid(book, 3_300, TODAY + DAY)
    assert sent(evening).sent == 1
    (mail,) = evening.mail.sent
    text = " ".join(mail.text.split())
    for words in ("instalment 1/3 of your payment plan for R-1 and R-2 is due on 17 March 2026",
                  "333.34", "Total to pay EUR 300.34", "RF"):  # fmt: skip
        assert words in text, words
    assert "Also past due" not in text
    assert "may have to" not in text
    parsed = message_from_bytes(mail.raw, policy=policy.default)
    assert list(parsed.iter_attachments()) == []


def test_it_goes_by_letter_where_no_mail_can(scope: Scope, book: Book) -> None:
    """A way of its own for who has no mail address, by the ordinary routing."""
    book.customers(customer("C-3", email=""))
    book.take("contacts", postal("C-3"))
    book.items(invoice("T-1", 90_000, customer="C-3", due_on=TODAY - 20 * DAY))
    found.add_user(scope, "cleo", roles=["manager"], now=NOW)
    agreed(scope, "C-3")
    evening = Evening(scope)
    assert sent(evening).sent == 1
    assert evening.states() == [("letter", "sent")]
    assert evening.post.sent[0].raw.startswith(b"%PDF")


def postal(who: str) -> Any:
    """A person who is reached by post."""
    return person("ap", customer=who, address="1 High Street\nLeeds")


def test_a_night_looks_again_on_its_day_and_not_before(evening: Evening) -> None:
    """What was decided stands until then; on the day itself the case is decided, at no glance."""
    evening.look(TODAY)
    assert evening.decided(day=TODAY).look_again_on == GOES
    assert look.decided_today(evening.scope, as_of=GOES - DAY) == []
    (line,) = look.decided_today(evening.scope, as_of=GOES)
    assert isinstance(line.made, Act)


def test_the_policy_says_how_many_days_before(evening: Evening) -> None:
    """Five, where it says so; a running case moves with it."""
    document = publish.current_document(evening.scope, "classic")
    plans = document.settings.plans.model_copy(update={"remind_days_before": 5})
    settings = document.settings.model_copy(update={"plans": plans})
    publish.publish(
        evening.scope, document.model_copy(update={"settings": settings}), now=NOW
    )  # fmt: skip
    assert isinstance(evening.decided(day=FIRST - 5 * DAY), Act)


def test_each_instalment_has_a_key_of_its_own(evening: Evening, book: Book) -> None:
    """The second is not taken for the first again."""
    assert sent(evening).sent == 1
    paid(book, 33_334, FIRST)
    assert sent(evening, dt.date(2026, 4, 14)).sent == 1
    first, second = evening.outbox()
    assert first.key != second.key
    assert (reminded(evening, 1), reminded(evening, 2)) == (GOES, dt.date(2026, 4, 14))


# --- decided once more ------------------------------------------------------------------------

GONE: dict[str, tuple[Callable[[Evening, Book], object], str]] = {
    "paid": (
        lambda e, b: paid(b, 33_334, GOES),
        "its instalment was paid, or fell due, before the reminder went",
    ),
    "withdrawn": (
        lambda e, b: plan.close_plan(e.scope, number_of(e), on=GOES, now=at(GOES)),
        "the case changed before sending: first_reminder would go instead",
    ),
    "another demand": (
        lambda e, b: b.items(invoice("R-5", 5_000, due_on=TODAY - 5 * DAY)),
        "the case changed before sending: first_reminder would go instead",
    ),
    "paid in full": (
        lambda e, b: b.payments(
            payment("P-9", 100_000, on=GOES, items=[("R-1", None), ("R-2", None)]),
            as_of=GOES, now=at(GOES),
        ),
        "nothing is open any more",
    ),
}  # fmt: skip


def number_of(evening: Evening) -> int:
    """Return the number of the only plan."""
    (one,) = plan.listed(evening.scope, customer=None, as_of=TODAY)
    return int(one["id"])


@pytest.mark.parametrize("change", GONE)
def test_what_changed_before_it_went_takes_it_back(
    evening: Evening, book: Book, change: str
) -> None:
    """It is cancelled with a reason people understand, and nothing was reminded of."""
    evening.look(GOES)
    happens, why = GONE[change]
    happens(evening, book)
    assert evening.send(at(GOES, 9)) == dispatch.Dispatched(cancelled=1)
    (one,) = evening.outbox()
    assert (one.state, one.reason) == ("cancelled", why)
    assert reminded(evening) is None
    assert evening.mail.sent == []


def test_a_plan_in_default_meanwhile_is_over(evening: Evening, book: Book) -> None:
    """The first instalment's money went back the morning the second's reminder would have gone."""
    paid(book, 33_334, FIRST)
    day = dt.date(2026, 4, 14)
    evening.look(day)
    book.payments(reversal("P-2", 33_334, reverses="P-1", on=day), as_of=day, now=at(day))
    assert evening.send(at(day, 9)) == dispatch.Dispatched(cancelled=1)
    (one,) = evening.outbox()
    assert one.reason == "its payment plan is over"


def test_only_what_is_left_of_it_is_asked_for(evening: Evening, book: Book) -> None:
    """A part paid between look and sending goes out as the rest."""
    evening.look(GOES)
    paid(book, 10_000, GOES)
    assert evening.send(at(GOES, 9)).sent == 1
    assert "Total to pay EUR 233.34" in " ".join(evening.mail.sent[0].text.split())


def test_a_saved_proposal_drops_it_where_it_was_paid(evening: Evening, book: Book) -> None:
    """Reviewed in the morning, released after the bank's file."""
    number = release.save(evening.scope, look.propose(evening.scope, as_of=GOES), now=at(GOES))
    paid(book, 33_334, GOES)
    done = release.run(evening.scope, number, drop={}, now=at(GOES))
    assert [d["reason"] for d in done.dropped] == ["now waits: plan_running"]


# --- it did not arrive ------------------------------------------------------------------------


def test_one_that_failed_goes_again_another_way(evening: Evening, book: Book) -> None:
    """Nobody was reminded; the attempt counts, so that the next has a key of its own."""
    book.take("contacts", postal("C-1"))
    evening.mail.refuses = ["c-1@example.com"]
    assert sent(evening) == dispatch.Dispatched(failed=1)
    assert (reminded(evening), outreach(evening)) == (None, [])
    assert sent(evening, GOES + 3 * DAY).sent == 1
    failed, letter = evening.outbox()
    assert (failed.state, letter.channel, letter.state) == ("failed", "letter", "sent")
    assert reminded(evening) == GOES + 3 * DAY


def test_one_that_bounced_is_taken_back(evening: Evening) -> None:
    """It was no contact; it may go again, under another key, and is not taken back twice."""
    assert sent(evening).sent == 1
    assert bounced(evening) == 1
    assert (reminded(evening), outreach(evening)) == (None, [])
    assert bounced(evening) == 0
    assert sent(evening, GOES + 3 * DAY).sent == 1
    first, second = evening.outbox()
    assert first.key != second.key
    assert bounced(evening) == 0
    assert reminded(evening) == GOES + 3 * DAY


def bounced(evening: Evening) -> int:
    """Let the first message come back as undelivered; return how much was taken back."""
    with tx.transaction_of(evening.scope):
        action = (
            models.Action.objects.filter(organisation_id=evening.scope.organisation_id)
            .select_related("decision", "customer", "entity")
            .order_by("pk")[0]
        )
        return inbox.take_back(evening.scope, action, on=GOES, at=at(GOES, 12))


@pytest.mark.parametrize(("outcome", "on"), [("sent", GOES), ("not_sent", None)])
def test_nobody_knows_and_a_person_decides(
    evening: Evening, outcome: str, on: dt.date | None
) -> None:
    """Until then no second one goes, and nobody is given the task to remind."""
    evening.mail.breaks = ["c-1@example.com"]
    assert sent(evening) == dispatch.Dispatched(unknown=1)
    nightly(evening, GOES + 3 * DAY)
    assert task_of(evening) == []
    assert isinstance(evening.decided(day=GOES + 3 * DAY), Wait)
    (one,) = evening.outbox()
    deliveries.close(evening.scope, one.key, outcome=outcome, now=at(GOES, 12))
    assert reminded(evening) == on
    assert isinstance(evening.decided(day=GOES + 3 * DAY), Wait if on else Act)


# --- the task as a net ------------------------------------------------------------------------


def test_where_no_message_could_go_a_person_is_told_the_next_working_day(
    scope: Scope, book: Book
) -> None:
    """Nobody can be written to: a task, once, until the money comes."""
    book.customers(customer("C-1", email=""))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 20 * DAY))
    found.add_user(scope, "cleo", roles=["manager"], now=NOW)
    agreed(scope)
    evening = Evening(scope)
    assert sent(evening) == dispatch.Dispatched()
    for day in (GOES, GOES + DAY, GOES + 2 * DAY):
        nightly(evening, day)
    assert task_of(evening) == []
    nightly(evening, GOES + 3 * DAY)
    nightly(evening, FIRST)
    (one,) = task_of(evening)
    assert (one.due_on, one.note) == (
        GOES + 3 * DAY,
        f"Remind: instalment 1 of plan {number_of(evening)}, EUR 300.00, is due 2026-03-17.",
    )
    assert reminded(evening) is None
    paid(book, 30_000, FIRST)
    assert task_of(evening) == []


def test_too_soon_after_another_contact_both_know_of_it(evening: Evening, book: Book) -> None:
    """A task on the next working day; it is over once the message went after all."""
    book.take("history", contacted("R-1", "first_reminder", GOES - DAY), as_of=GOES, now=at(GOES))
    assert sent(evening) == dispatch.Dispatched()
    monday = GOES + 3 * DAY
    nightly(evening, monday)
    assert len(task_of(evening)) == 1
    assert sent(evening, monday).sent == 1
    nightly(evening, monday + DAY)
    assert task_of(evening) == []
    (done,) = task_of(evening, "done")
    assert done.outcome == "reminded"


def test_what_a_person_closed_is_not_opened_again(scope: Scope, book: Book) -> None:
    """They have reminded the customer by hand."""
    book.customers(customer("C-1", email=""))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 20 * DAY))
    found.add_user(scope, "cleo", roles=["manager"], now=NOW)
    agreed(scope)
    evening = Evening(scope)
    nightly(evening, GOES + 3 * DAY)
    (one,) = task_of(evening)
    task.close_task(scope, one.pk, outcome="called", on=GOES + 3 * DAY, now=at(GOES + 3 * DAY))
    nightly(evening, FIRST)
    assert task_of(evening) == []


def test_a_demand_of_another_invoice_leaves_the_reminder_to_a_person(
    evening: Evening, book: Book
) -> None:
    """One voice: the demand goes that day, and three days later it is too late."""
    book.items(invoice("R-5", 5_000, due_on=GOES - 3 * DAY))
    assert sent(evening).sent == 1
    assert [a.step for a in evening.outbox()] == ["first_reminder"]
    nightly(evening, GOES + 3 * DAY)
    assert len(task_of(evening)) == 1


def test_while_it_is_on_its_way_nobody_is_told(evening: Evening) -> None:
    """Decided on Friday, not handed over by Monday's night."""
    evening.look(GOES)
    nightly(evening, GOES + 3 * DAY)
    assert task_of(evening) == []


def test_a_plan_approved_late_has_its_message_first(scope: Scope, book: Book) -> None:
    """Approved two days before its first instalment: the message goes at once, and no task."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 20 * DAY))
    found.add_user(scope, "cleo", roles=["manager"], now=NOW)
    agreed(scope, first_on=TODAY + 2 * DAY)
    evening = Evening(scope)
    nightly(evening, TODAY)
    assert task_of(evening) == []
    assert sent(evening, TODAY).sent == 1


# --- whose, and what is told of it ------------------------------------------------------------


def test_a_plan_of_a_child_is_reminded_of_in_its_payers_case(scope: Scope, book: Book) -> None:
    """Who pays for it gets the message (SEMANTICS 1)."""
    book.customers(customer("P-1"), customer("C-1", parent="P-1", pays_via_parent=True))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 20 * DAY))
    found.add_user(scope, "cleo", roles=["manager"], now=NOW)
    agreed(scope)
    evening = Evening(scope)
    assert sent(evening).sent == 1
    (one,) = evening.outbox()
    assert (one.customer, evening.mail.sent[0].to) == ("P-1", "p-1@example.com")
    assert reminded(evening) == GOES
    nightly(evening, GOES + 3 * DAY)
    assert task_of(evening) == []


def test_it_is_explained_seen_before_and_replayed(evening: Evening) -> None:
    """As any decision: why in a sentence, its words before it goes, no difference afterwards."""
    (shown,) = preview.preview(evening.scope, "C-1", as_of=GOES)
    assert shown.message is not None
    assert (shown.step, shown.tone, shown.refused) == (STEP, "friendly", "")
    assert sent(evening).sent == 1
    assert shown.message.text == evening.mail.sent[0].text
    evening.look(GOES + 3 * DAY)
    (told,) = explain.run(evening.scope, "C-1", as_of=GOES, today=GOES + 3 * DAY)
    assert told.sentences == [
        "Instalment reminder (friendly) by email about EUR 333.34.",
        f"Instalment 1 of 3 of payment plan {number_of(evening)}, EUR 333.34, is due on"
        " 17 March 2026.",
    ]
    done = replay.run(evening.scope, first=TODAY, last=FIRST)
    assert (done.decisions >= 2, done.differences, done.newer_rules) == (True, [], [])


def test_what_a_customer_has_lived_through_tells_of_it(evening: Evening) -> None:
    """The history names it in words."""
    assert sent(evening).sent == 1
    page = view.customer(evening.scope, "C-1", as_of=GOES, today=GOES)
    assert STEP in str(page)
