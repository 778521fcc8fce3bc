"""Changed terms: proposed, approved, dated, told to the ledger, to the customer only by release."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from casework_of_measures import (
    asked,
    connect,
    contact_log,
    grant,
    measures,
    night,
    open_tasks,
    person,
    send,
    states,
)
from evening import DAY, Evening, at, contacted

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import approve, look, terms
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, invoice, payment
from other_system import OtherSystem, listening


@pytest.fixture
def there() -> Iterator[OtherSystem]:
    """The ledger, listening."""
    with listening() as system:
        yield system


@pytest.fixture
def ben(scope: Scope, book: Book) -> Scope:
    """Ben, a collector; C-1 has 30 days and a limit of 5,000.00, and owes 900.00."""
    book.customers(customer("C-1", terms_days=30, credit_limit_minor=500_000))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 3 * DAY))
    Evening(scope).look()
    return person(scope, "ben", "collector")


def propose(scope: Scope, **said: object) -> int:
    """Propose other terms for C-1; return their number."""
    given = {
        "days": None, "limit": None, "is_prepaid": False, "entity": None, "on": TODAY,
        "until": None, "reason": "pays late", "as_of": TODAY, "now": NOW,
    }  # fmt: skip
    return int(terms.open_terms(scope, "C-1", **(given | said))["id"])  # type: ignore[arg-type]


def customer_terms(scope: Scope) -> tuple[int | None, int | None]:
    """Return days and limit of C-1."""
    with tx.reading(scope):
        row = models.Customer.objects.get(organisation_id=scope.organisation_id, reference="C-1")
    return row.terms_days, row.credit_limit_minor


def test_shorter_terms_go_their_whole_way(
    scope: Scope, ben: Scope, there: OtherSystem, home: Path
) -> None:
    """Proposed by ben, approved by anna, in force, in the ledger; then, and only then, told."""
    connect(scope, there, home, "terms.*", name="ledger")
    number = propose(ben, days=7, limit=Decimal("1000.00"))
    row = asked(scope, "terms")
    assert row is not None
    with pytest.raises(Refused, match="somebody else"):
        approve.approve(ben, row.key, as_of=TODAY, now=NOW)
    assert customer_terms(scope) == (30, 500_000)
    grant(scope, "terms")
    assert (states(scope, "terms"), customer_terms(scope)) == (["in_force"], (7, 100_000))
    assert send(scope, home).confirmed == 1
    assert there.heard[0].body["data"] == {
        "organisation": "acme", "id": number, "entity": "MAIN", "customer": "C-1",
        "on": "2026-03-02", "items": [{"number": "R-1", "currency": "EUR", "due_on": "2026-02-27"}],
        "amounts": [], "terms_days": 7, "credit_limit_minor": 100_000, "currency": "EUR",
    }  # fmt: skip
    (shown,) = terms.listed(scope)
    assert (shown["ledger_on"], shown["told_on"]) == ("2026-03-02", None)
    assert open_tasks(scope) == []
    terms.release(scope, number, on=TODAY + DAY, now=NOW)
    assert open_tasks(scope) == ["tell_terms"]
    with pytest.raises(Refused, match="released on 2026-03-03"):
        terms.release(scope, number, on=TODAY + DAY, now=NOW)


def test_what_stood_before_is_kept_with_its_day(scope: Scope, ben: Scope) -> None:
    """The former terms stand in the history, and who changed them in the journal."""
    propose(ben, days=7)
    grant(scope, "terms")
    with tx.reading(scope):
        mine = {"organisation_id": scope.organisation_id}
        kept = models.History.objects.get(**mine, table="customer")
        event = models.Event.objects.get(**mine, verb="terms_changed")
    assert (kept.former, kept.recorded_at, kept.actor) == ({"terms_days": 30}, at(TODAY, 9), "anna")
    assert json.loads(event.refs)["terms_days"] == 7


def test_terms_begin_and_end_on_their_day(
    scope: Scope, ben: Scope, there: OtherSystem, home: Path
) -> None:
    """Approved ahead they wait; after their last day the former ones hold again, and are told."""
    connect(scope, there, home, "terms.changed", name="ledger")
    first, last = TODAY + 5 * DAY, TODAY + 10 * DAY
    propose(ben, days=7, on=first, until=last)
    grant(scope, "terms")
    night(scope, first - DAY)
    assert (states(scope, "terms"), customer_terms(scope)) == (["approved"], (30, 500_000))
    night(scope, first)
    night(scope, last)
    assert (states(scope, "terms"), customer_terms(scope)) == (["in_force"], (7, 500_000))
    night(scope, last + DAY)
    night(scope, last + DAY)
    assert (states(scope, "terms"), customer_terms(scope)) == (["lifted"], (30, 500_000))
    send(scope, home, when=at(last + DAY, 10))
    data = [h.body["data"] for h in there.heard]
    assert [(d["terms_days"], d.get("until_on")) for d in data] == [(7, "2026-03-12"), (30, None)]
    assert len({h.key for h in there.heard}) == 2


def test_terms_changed_by_others_since_are_left_alone(scope: Scope, ben: Scope, book: Book) -> None:
    """What the ledger says now is not undone by what we remember."""
    number = propose(ben, days=7)
    grant(scope, "terms")
    book.customers(customer("C-1", terms_days=14))
    terms.close(scope, number, reason="pays well", on=TODAY, now=NOW)
    assert (customer_terms(scope), states(scope, "terms")) == ((14, 500_000), ["lifted"])


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, "which_terms"),
        ({"days": 7, "reason": " "}, "reason_missing"),
        ({"days": 7, "until": TODAY - DAY}, "dates_crossed"),
        ({"days": 30}, "no_change"),
        ({"days": 60}, "only_vip"),
        ({"limit": Decimal("5000.01")}, "only_vip"),
        ({"days": 7, "limit": Decimal("6000")}, "only_vip"),
        ({"limit": Decimal("0.001")}, "bad_amount"),
    ],
)
def test_terms_are_checked_before_they_are_proposed(
    ben: Scope, said: dict[str, object], reason: str
) -> None:
    """Some change, in a right order, for a reason; and nothing more generous."""
    with pytest.raises(Refused) as refusal:
        propose(ben, **said)
    assert refusal.value.reason == reason
    assert states(ben, "terms") == []


def test_a_vip_may_get_longer_terms(scope: Scope, book: Book) -> None:
    """And nobody else."""
    book.customers(customer("C-1", terms_days=30, segment="vip"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 10 * DAY))
    Evening(scope).look()
    propose(person(scope, "ben", "collector"), days=60)
    grant(scope, "terms")
    assert customer_terms(scope) == (60, None)


def test_nobody_approves_the_terms_they_proposed(scope: Scope, ben: Scope) -> None:
    """Anna holds every role, and still needs somebody else."""
    propose(scope, days=7)
    with pytest.raises(Refused, match="somebody else"):
        grant(scope, "terms")


def test_refused_terms_change_nothing(scope: Scope, ben: Scope) -> None:
    """They are over; others may be proposed."""
    propose(ben, days=7)
    row = asked(scope, "terms")
    assert row is not None
    approve.refuse(scope, row.key, reason="no", until=None, as_of=TODAY, now=NOW)
    number = propose(ben, days=7)
    assert (states(scope, "terms"), customer_terms(scope)) == (
        ["refused", "proposed"], (30, 500_000),
    )  # fmt: skip
    assert terms.close(ben, number, reason="done", on=TODAY, now=NOW)["state"] == "withdrawn"
    assert asked(scope, "terms") is None


def test_terms_not_begun_can_be_withdrawn(scope: Scope, ben: Scope) -> None:
    """Approved for next week, taken back today: nothing happens next week."""
    number = propose(ben, days=7, on=TODAY + 5 * DAY)
    grant(scope, "terms")
    with pytest.raises(Refused, match="nothing to tell"):
        terms.release(scope, number, on=TODAY, now=NOW)
    terms.close(scope, number, reason="a mistake", on=TODAY, now=NOW)
    night(scope, TODAY + 6 * DAY)
    assert (states(scope, "terms"), customer_terms(scope)) == (["withdrawn"], (30, 500_000))
    with pytest.raises(Refused, match="withdrawn already"):
        terms.close(scope, number, reason="again", on=TODAY, now=NOW)


def test_without_a_hook_a_person_enters_them_in_the_ledger(scope: Scope, ben: Scope) -> None:
    """A task, ended by `confirm`."""
    number = propose(ben, days=7)
    grant(scope, "terms")
    assert open_tasks(scope) == ["by_hand"]
    terms.confirm(scope, number, on=TODAY, now=NOW)
    assert open_tasks(scope) == []
    with pytest.raises(Refused, match="nothing to confirm"):
        terms.confirm(scope, number, on=TODAY, now=NOW)


# --- payment in advance: inside the house until past dues are paid -------------------------------


def test_payment_in_advance_is_told_to_nobody_before_past_dues_are_paid(
    scope: Scope, ben: Scope, book: Book, there: OtherSystem, home: Path
) -> None:
    """No message, no other system; then a person is told that it may be told, and releases it."""
    connect(scope, there, home, "*", name="ledger")
    number = propose(ben, is_prepaid=True)
    grant(scope, "terms")
    evening = Evening(scope)
    for n in range(0, 45, 3):
        evening.look(TODAY + n * DAY)
        evening.send(at(TODAY + n * DAY))
        send(scope, home, when=at(TODAY + n * DAY, 10))
    assert evening.steps("R-1")[-1][0] == "pre_collections"
    assert len(evening.mail.sent) >= 3
    assert "advance" not in contact_log(evening)
    assert "prepay" not in contact_log(evening)
    assert there.heard == []
    with pytest.raises(Refused, match="once past dues are paid"):
        terms.release(scope, number, on=TODAY, now=NOW)
    later = TODAY + 50 * DAY
    book.payments(payment("P-1", 90_000, items=[("R-1", None)], on=later), as_of=later)
    assert open_tasks(scope) == ["release_terms"]
    send(scope, home, when=at(later, 10))
    assert there.heard == []
    terms.release(scope, number, on=later, now=at(later))
    assert open_tasks(scope) == ["tell_terms"]
    assert send(scope, home, when=at(later, 10)).confirmed == 1
    assert there.heard[0].body["data"]["prepayment"] is True


def test_no_decision_speaks_of_terms_that_are_kept_inside(scope: Scope, ben: Scope) -> None:
    """What is planned for the customer, and what it rests on, says nothing of it either."""
    propose(ben, is_prepaid=True)
    grant(scope, "terms")
    found = look.propose(scope, as_of=TODAY + DAY)
    assert "prepay" not in repr([(x.made, x.facts) for x in found.lines])


def test_a_step_proposes_payment_in_advance(scope: Scope, book: Book) -> None:
    """High risk, final notice: approved it is in force, inside the house."""
    book.customers(customer("C-1", segment="high_risk"))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 12 * DAY))
    book.take("history", contacted("R-1", "risk_second", TODAY - 5 * DAY))
    Evening(scope).look()
    assert asked(scope, "prepayment") is not None
    grant(scope, "prepayment")
    (row,) = measures(scope, "terms")
    assert (row.state, row.details["prepayment"], row.told_on) == ("in_force", True, None)
    assert open_tasks(scope) == []
    book.payments(payment("P-1", 90_000, items=[("R-1", None)]))
    assert open_tasks(scope) == ["release_terms"]


def test_a_bare_proposal_of_a_step_asks_which_terms(scope: Scope, book: Book) -> None:
    """A policy may propose to change terms; a person says how."""
    book.customers(customer("C-1", terms_days=30))
    book.items(invoice("R-1", 90_000, due_on=TODAY - 10 * DAY))
    with tx.transaction_of(scope):
        item = models.Item.objects.get(organisation_id=scope.organisation_id, number="R-1")
        models.Approval.objects.create(
            organisation_id=scope.organisation_id, entity=item.entity, customer=item.customer,
            what="terms", step="second_notice", key="k" * 32, role="manager", items=[item.pk],
            amounts=[["EUR", 90_000]], asked_on=TODAY,
        )  # fmt: skip
    grant(scope, "terms")
    (row,) = measures(scope, "terms")
    assert (row.state, open_tasks(scope)) == ("approved", ["set_terms"])
    night(scope, TODAY + DAY)
    assert states(scope, "terms") == ["approved"]
    terms.close(scope, row.pk, reason="said which", on=TODAY, now=NOW)
    assert open_tasks(scope) == []


def test_another_customer_is_not_touched(scope: Scope, ben: Scope, book: Book) -> None:
    """Terms are one customer's."""
    book.customers(customer("C-2", terms_days=30))
    propose(ben, days=7)
    grant(scope, "terms")
    with tx.reading(scope):
        row = models.Customer.objects.get(organisation_id=scope.organisation_id, reference="C-2")
    assert row.terms_days == 30
    assert terms.listed(scope, customer="C-2") == []
