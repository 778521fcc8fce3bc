"""What the law allows toward natural persons, counted over all entities."""

from __future__ import annotations

import datetime as dt

import pytest

from dunwell import policies
from dunwell.core import policy as documents
from dunwell.core.decision import Act
from dunwell.core.scope import Scope
from dunwell.desk import call_queue, found, law, look
from dunwell.store import models, tx
from dunwell.store.records import setup
from helpers import MAIN, NOW, TODAY, Book, customer, found_organisation, instant, invoice

DAY = dt.timedelta(days=1)
NORTH = found.NewEntity("NORTH", "EUR", "Europe/Berlin", "DE")
CALLS = {
    "steps": [{"id": "phone", "day": 1, "wait": 7, "actions": [{"channel": "call"}]}],
}


@pytest.fixture
def two(database: object) -> Scope:
    """Two entities that call whoever is late; C-1 is a person in the United States."""
    scope = found_organisation("acme", MAIN, NORTH)
    plain = policies.built_in("classic").model_dump(mode="json", exclude_defaults=True)
    plain |= {"cadences": {"calls": CALLS}, "segments": [{"name": "all", "cadence": "calls"}]}
    setup.record_policy(scope, documents.parse(plain), at=NOW)
    book = Book(scope)
    book.customers(
        customer("C-1", country="US", natural_person=True, phone="+12025550143"),
        customer("C-2", country="US", phone="+12025550144"),
        customer("C-3", country="", natural_person=True, phone="+12025550145"),
    )
    book.items(
        *(
            invoice(f"R-{n}", customer=f"C-{n}", entity="MAIN", due_on=TODAY - 4 * DAY)
            for n in (1, 2, 3)
        )
    )
    return scope


def called(scope: Scope, *, entity: str, days_ago: int, outcome: str) -> None:
    """Note a call to each customer, made by an entity."""
    on = TODAY - days_ago * DAY
    with tx.transaction_of(scope):
        for who in models.Customer.objects.filter(organisation_id=scope.organisation_id):
            models.Call.objects.create(
                organisation_id=scope.organisation_id, customer=who, on=on, at=instant(on),
                entity=models.Entity.objects.get(
                    organisation_id=scope.organisation_id, code=entity
                ),
                outcome=outcome, by="anna",
            )  # fmt: skip


def outcomes(scope: Scope, as_of: dt.date = TODAY) -> dict[str, tuple[str, object]]:
    """Return what a look comes to, by customer: the verdict, and until when it waits."""
    said: dict[str, tuple[str, object]] = {}
    for line in look.propose(scope, as_of=as_of).lines:
        if line.entity == "MAIN":
            is_act = isinstance(line.made, Act)
            said[line.customer] = (
                ("act", "") if is_act else (str(line.made.reason), line.made.look_again_on)
            )
    return said


def test_a_talk_by_another_entity_holds_the_call_of_a_person_back(two: Scope) -> None:
    """Not that of a company, nor of a person whose country has no such law."""
    called(two, entity="NORTH", days_ago=3, outcome="reached")
    assert outcomes(two) == {
        "C-1": ("too_soon", TODAY + 4 * DAY), "C-2": ("act", ""), "C-3": ("act", ""),
    }  # fmt: skip
    assert outcomes(two, TODAY + 4 * DAY)["C-1"][0] == "act"


def test_seven_calls_of_all_entities_are_the_most(two: Scope) -> None:
    """Six are allowed; a call of a week ago counts no more."""
    for days_ago in (7, 6, 5, 4, 3, 2, 1):
        called(two, entity="NORTH", days_ago=days_ago, outcome="no_answer")
    assert outcomes(two)["C-1"][0] == "act"
    called(two, entity="MAIN", days_ago=1, outcome="busy")
    assert outcomes(two)["C-1"] == ("too_soon", TODAY + DAY)


def test_a_row_that_is_added_holds_at_once(two: Scope) -> None:
    """Germany is given a limit: the person of whom no country is known has the entity's."""
    called(two, entity="NORTH", days_ago=1, outcome="reached")
    assert outcomes(two)["C-3"][0] == "act"
    law.add(
        two, jurisdiction="DE", rule="days_after_conversation", value="3", first=TODAY - 9 * DAY,
        last=None, source="a house rule", debtor_type="consumer", creditor_role="any", now=NOW,
    )  # fmt: skip
    assert outcomes(two)["C-3"] == ("too_soon", TODAY + 2 * DAY)


def test_nobody_is_asked_to_make_the_eighth_call(two: Scope) -> None:
    """A call that waits is held back in the queue while the law allows no more, and only then."""
    look.record(two, look.propose(two, as_of=TODAY), mode="run", now=NOW)
    held = {row["customer"]: row["held_back"] for row in call_queue.queue(two, as_of=TODAY)}
    assert held == {"C-1": None, "C-2": None, "C-3": None}
    for days_ago in range(7):
        called(two, entity="NORTH", days_ago=days_ago, outcome="no_answer")
    held = {row["customer"]: row["held_back"] for row in call_queue.queue(two, as_of=TODAY)}
    assert held == {"C-1": "too_soon", "C-2": None, "C-3": None}
