"""What waits for a role: who may answer, what an answer does, how long it stands (6.3)."""

from __future__ import annotations

import datetime as dt

import pytest
from evening import DAY, Evening, at, contacted, person

from dunwell.core import workdays
from dunwell.core.decision import Act, Ask, Wait
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import approve, found
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, invoice


@pytest.fixture
def evening(scope: Scope, book: Book) -> Evening:
    """C-1 is ready for a final demand, which waits for the manager."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 70 * DAY))
    book.take("contacts", person("executive", email="exec@example.com"))
    book.take("history", contacted("R-1", "pre_collections", TODAY - 20 * DAY))
    evening = Evening(scope)
    evening.look()
    return evening


def asked(scope: Scope) -> models.Approval:
    """Return the one question."""
    with tx.reading(scope):
        return models.Approval.objects.get(organisation_id=scope.organisation_id, what="notice")


def by(scope: Scope, name: str, *roles: str) -> Scope:
    """Return the organisation as somebody else sees it, with the roles they hold."""
    if roles:
        found.add_user(scope, name, roles=roles, now=NOW)
    return scope._replace(actor=name)


def granted(scope: Scope, day: dt.date = TODAY) -> str:
    """Approve the question."""
    return approve.approve(scope, asked(scope).key, as_of=day, now=at(day, 2))


def test_a_run_asks_and_counts_as_nobody(evening: Evening) -> None:
    """The question names role, step and amount; whoever ran it may answer it."""
    row = asked(evening.scope)
    assert (row.role, row.step, row.state, row.proposed_by) == (
        "manager",
        "final_demand",
        "asked",
        "",
    )
    assert row.amounts == [["EUR", 90_000]]
    assert granted(evening.scope) == "notice final_demand"


def test_an_approved_notice_goes_and_is_the_step(evening: Evening) -> None:
    """Nothing goes before the approval; after it the next look acts."""
    assert evening.outbox() == []
    granted(evening.scope)
    evening.look()
    assert evening.send().sent == 1
    assert evening.steps("R-1")[-1] == ("final_demand", TODAY)


def test_only_the_role_that_is_asked_may_answer(evening: Evening) -> None:
    """A collector is told which role it waits for and which one they hold."""
    ben = by(evening.scope, "ben", "collector")
    for answer in (
        lambda: granted(ben),
        lambda: approve.refuse(
            ben, asked(ben).key, reason="no", until=None, as_of=TODAY, now=NOW
        ),
        lambda: granted(by(evening.scope, "a stranger")),
    ):  # fmt: skip
        with pytest.raises(Refused, match="waits for the role manager") as refusal:
            answer()
        assert refusal.value.reason == "role_missing"
    assert granted(by(evening.scope, "cleo", "manager"))


def test_nobody_approves_what_they_proposed(evening: Evening) -> None:
    """What anna proposed by hand waits for another manager."""
    with tx.transaction_of(evening.scope):
        models.Approval.objects.filter(organisation_id=evening.scope.organisation_id).update(
            proposed_by="anna"
        )
    with pytest.raises(Refused, match="somebody else") as refusal:
        granted(evening.scope)
    assert refusal.value.reason == "own_proposal"
    assert granted(by(evening.scope, "cleo", "manager"))


def test_a_question_is_answered_once(evening: Evening) -> None:
    """The second answer is told what became of the first."""
    granted(evening.scope)
    for again in (granted, lambda s: approve.refuse(
        s, asked(s).key, reason="no", until=None, as_of=TODAY, now=NOW
    )):  # fmt: skip
        with pytest.raises(Refused, match="it was granted on 2026-03-02"):
            again(evening.scope)


def test_an_approval_lapses_after_ten_working_days(evening: Evening) -> None:
    """On the tenth working day it still stands; on the next the notice is asked about again."""
    granted(evening.scope)
    calendar = workdays.Calendar("-/0")
    last = workdays.add_working(calendar, TODAY, 10)
    assert isinstance(evening.decided(day=last), Act)
    assert isinstance(evening.decided(day=last + DAY), Ask)


def test_an_approval_covers_no_more_than_was_asked(evening: Evening, book: Book) -> None:
    """A higher amount, or another item, is asked about again, under the same key."""
    granted(evening.scope)
    book.items(invoice("R-2", 1_000, due_on=TODAY - 3 * DAY))
    made = evening.decided()
    assert isinstance(made, Ask)
    evening.look()
    with tx.reading(evening.scope):
        rows = models.Approval.objects.filter(organisation_id=evening.scope.organisation_id)
        assert sorted(rows.values_list("state", flat=True)) == ["asked", "granted"]
        assert len(set(rows.values_list("key", flat=True))) == 1
    row = asked_again(evening.scope)
    assert row.amounts == [["EUR", 91_000]]
    approve.approve(evening.scope, row.key, as_of=TODAY, now=NOW)
    assert isinstance(evening.decided(), Act)


def test_a_question_still_open_is_about_what_is_demanded_today(
    evening: Evening, book: Book
) -> None:
    """What came due since it was asked is in it, so that a yes lets the demand go."""
    book.items(invoice("R-2", 1_000, due_on=TODAY - 3 * DAY))
    assert isinstance(evening.decided(), Ask)
    evening.look()
    row = asked_again(evening.scope)
    assert row.amounts == [["EUR", 91_000]]
    assert len(row.items) == 2
    granted(evening.scope)
    assert isinstance(evening.decided(), Act)


def asked_again(scope: Scope) -> models.Approval:
    """Return the question that is open."""
    with tx.reading(scope):
        return models.Approval.objects.get(organisation_id=scope.organisation_id, state="asked")


def test_a_refusal_needs_a_reason_and_a_day_ahead(evening: Evening) -> None:
    """Without a reason, or with a day that has passed, nothing is answered."""
    key = asked(evening.scope).key
    for reason, until, code in (
        ("  ", None, "reason_missing"), ("no", TODAY, "date_passed"),
        ("no", TODAY - DAY, "date_passed"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refusal:
            approve.refuse(evening.scope, key, reason=reason, until=until, as_of=TODAY, now=NOW)
        assert refusal.value.reason == code
    assert asked(evening.scope).state == "asked"


@pytest.mark.parametrize("until", [None, TODAY + 5 * DAY])
def test_a_refused_notice_waits_until_its_day(evening: Evening, until: dt.date | None) -> None:
    """On hold with its reason through the day before; then it is asked about again."""
    again = approve.refuse(
        evening.scope, asked(evening.scope).key, reason="they called", until=until, as_of=TODAY,
        now=NOW,
    )  # fmt: skip
    assert again == (until or TODAY + 14 * DAY)
    made = evening.decided()
    assert isinstance(made, Wait)
    assert (made.reason, made.look_again_on) == ("on_hold", again)
    assert isinstance(evening.decided(day=again), Ask)


def test_an_unknown_key_says_where_keys_are(evening: Evening) -> None:
    """A key under which nothing waits is refused."""
    with pytest.raises(Refused, match="dunwell approval list"):
        approve.approve(evening.scope, "0" * 32, as_of=TODAY, now=NOW)


def test_an_approved_placement_takes_its_items_off_the_ladder(evening: Evening, book: Book) -> None:
    """Once the final demand has expired the agency is proposed; approved, the items are placed."""
    granted(evening.scope)
    evening.look()
    evening.send()
    later = TODAY + 20 * DAY
    evening.look(later)
    made = evening.decided(day=later)
    assert isinstance(made, Ask)
    assert [a.what for a in made.asks] == ["placement"]
    evening.approve_all(later)
    placed = evening.decided(day=later + DAY)
    assert isinstance(placed, Wait)
    assert placed.reason == "placed"


def test_answers_stand_in_the_journal_with_who_gave_them(evening: Evening) -> None:
    """The event names the actor, the question and the day."""
    granted(by(evening.scope, "cleo", "manager"))
    with tx.reading(evening.scope):
        event = models.Event.objects.filter(
            organisation_id=evening.scope.organisation_id, verb="approved"
        ).get()
    assert event.actor == "cleo"
    assert '"on":"2026-03-02"' in event.refs
