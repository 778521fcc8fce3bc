"""One case on another path until a day: what it walks, what it keeps, and what is given back."""

from __future__ import annotations

from typing import Any

import pytest
from evening import DAY, Evening, at

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import explain, found, look, named, path, replay
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, invoice

UNTIL = TODAY + 20 * DAY


@pytest.fixture
def reminded(scope: Scope, book: Book) -> Evening:
    """C-1 got the first reminder today; C-2 owes as much."""
    book.customers(customer("C-1", phone="+49 30 1"), customer("C-2"))
    book.items(
        invoice("R-1", 90_000, due_on=TODAY - DAY),
        invoice("S-1", 90_000, due_on=TODAY - DAY, customer="C-2"),
    )
    evening = Evening(scope)
    evening.look()
    evening.send()
    return evening


def moved(scope: Scope, **said: Any) -> int:
    """Move C-1 to the path of high risk, unless said otherwise."""
    given = {"segment": "high_risk", "until": UNTIL, "reason": "three banks called"} | said
    return path.open_path(scope, "C-1", on=TODAY, now=NOW, **given)


def case(scope: Scope) -> models.Case:
    """Return the open case of C-1."""
    with tx.reading(scope):
        return models.Case.objects.get(
            organisation_id=scope.organisation_id, customer__reference="C-1"
        )


def facts(evening: Evening, day: Any, who: str = "C-1") -> tuple[str, str]:
    """Return the segment and cadence a decision of a day sees."""
    with tx.reading(evening.scope):
        pk = named.customer(evening.scope, who).pk
    (line,) = look.propose(evening.scope, as_of=day, customers=[pk]).lines
    assert line.facts is not None
    return line.facts.segment, line.facts.cadence


def test_it_walks_the_other_path_from_the_day_on(reminded: Evening) -> None:
    """The friendly reminder stands for no step of high risk: its first follows, and soon."""
    assert facts(reminded, TODAY + DAY) == ("standard", "classic")
    moved(reminded.scope)
    assert facts(reminded, TODAY + DAY) == ("high_risk", "high-risk")
    assert facts(reminded, TODAY + DAY, "C-2") == ("standard", "classic")
    reminded.look(TODAY + 3 * DAY)
    reminded.look(TODAY + 4 * DAY)
    mine = [x.step for x in reminded.outbox() if x.customer == "C-1"]
    assert mine[-1] == "risk_first"
    assert case(reminded.scope).cadence == "high-risk"


def test_its_own_is_given_back_after_the_last_day(reminded: Evening) -> None:
    """By itself, on the day after: nobody has to remember, and the case is looked at that day."""
    moved(reminded.scope)
    for n in range(1, 21):
        reminded.look(TODAY + n * DAY)
        reminded.send(at(TODAY + n * DAY))
    assert facts(reminded, UNTIL) == ("high_risk", "high-risk")
    reminded.look(UNTIL + DAY)
    assert case(reminded.scope).cadence == "classic"
    assert facts(reminded, UNTIL + DAY) == ("standard", "classic")


def test_a_silent_case_is_looked_at_again_the_day_after(scope: Scope, book: Book) -> None:
    """It waits for nothing else: the end of its path alone wakes it."""
    book.customers(customer("C-1"))
    book.items(invoice("R-1", 90_000, due_on=TODAY + 300 * DAY))
    moved(scope, segment="vip")
    Evening(scope).look()
    with tx.reading(scope):
        row = models.Watch.objects.get(organisation_id=scope.organisation_id)
    assert row.look_on == UNTIL + DAY


def test_a_cadence_alone_leaves_the_segment(reminded: Evening) -> None:
    """Only the steps are another's."""
    moved(reminded.scope, segment="", cadence="key-account")
    assert facts(reminded, TODAY + DAY) == ("standard", "key-account")


def test_it_may_be_given_back_before(reminded: Evening) -> None:
    """By name; once only."""
    number = moved(reminded.scope)
    path.close_path(reminded.scope, number, on=TODAY + DAY, now=NOW)
    assert facts(reminded, TODAY + DAY) == ("standard", "classic")
    (row,) = path.listed(reminded.scope, customer="C-1", as_of=TODAY + DAY)
    assert (row["state"], row["ended_on"], row["by"]) == ("over", TODAY + DAY, "anna")
    with pytest.raises(Refused) as error:
        path.close_path(reminded.scope, number, on=TODAY + DAY, now=NOW)
    assert error.value.reason == "nothing_to_close"


def test_why_is_said(reminded: Evening) -> None:
    """By whom, to what, until when, and for which reason; on its last day still, then no more."""
    moved(reminded.scope)
    said = "anna moved it to the path of high_risk through 22 March 2026: three banks called."
    for day, is_said in ((TODAY + DAY, True), (UNTIL, True), (UNTIL + DAY, False)):
        (told,) = explain.run(reminded.scope, "C-1", as_of=day, today=TODAY)
        assert (said in told.sentences) is is_said


def test_it_replays_as_it_was(reminded: Evening) -> None:
    """A decision keeps the path it saw."""
    moved(reminded.scope)
    reminded.look(TODAY + 4 * DAY)
    done = replay.run(reminded.scope, first=TODAY, last=TODAY + 4 * DAY)
    assert done.decisions
    assert done.differences == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"reason": " "}, "reason_missing"),
        ({"segment": ""}, "which_path"),
        ({"cadence": "classic"}, "which_path"),
        ({"until": TODAY - DAY}, "date_passed"),
        ({"segment": "gold"}, "unknown_path"),
        ({"segment": "", "cadence": "gold"}, "unknown_path"),
    ],
)
def test_what_cannot_be_is_refused(reminded: Evening, said: dict[str, Any], reason: str) -> None:
    """It leaves the case where it was."""
    with pytest.raises(Refused) as error:
        moved(reminded.scope, **said)
    assert error.value.reason == reason
    assert path.listed(reminded.scope, as_of=TODAY) == []


def test_one_path_at_a_time(reminded: Evening) -> None:
    """The one it is on is closed first; another customer's does not matter."""
    found.add_user(reminded.scope, "ben", roles=["collector"], now=NOW)
    moved(reminded.scope)
    with pytest.raises(Refused) as error:
        moved(reminded.scope, segment="vip")
    assert error.value.reason == "on_a_path"
