"""The same request key is done once, also when two come at the same moment (DATA.md 1.11)."""

from __future__ import annotations

from typing import Any

import pytest

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import hold, once
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, beside, customer


@pytest.fixture
def opened(scope: Scope, book: Book) -> Scope:
    """An organisation with one customer."""
    book.customers(customer("C-1"))
    return scope


def open_hold(scope: Scope) -> dict[str, Any]:
    """Open a hold; the answer is its number."""
    number = hold.open_hold(
        scope, "C-1", items=[], amount_minor=None, on=TODAY, until=None, reason="asked", now=NOW
    )
    return {"id": number}


def holds(scope: Scope) -> int:
    """Return how many holds there are."""
    return len(hold.listed(scope, customer=None))


@pytest.mark.parametrize("is_long", [False, True])
def test_the_second_time_the_answer_is_given_again(opened: Scope, is_long: bool) -> None:  # noqa: FBT001
    """Nothing is done a second time, whatever has happened since."""
    given = {"verb": "hold open", "request": ["C-1"], "now": NOW, "is_long": is_long}
    first = once.run(opened, "k", do=lambda: open_hold(opened), **given)
    hold.close_hold(opened, first["id"], on=TODAY, now=NOW)
    assert once.run(opened, "k", do=lambda: open_hold(opened), **given) == first
    assert holds(opened) == 1


def test_without_a_key_it_is_done_every_time(opened: Scope) -> None:
    """A key is the caller's choice."""
    for _ in range(2):
        once.run(opened, None, verb="hold open", request=[], now=NOW, do=lambda: open_hold(opened))
    assert holds(opened) == 2


@pytest.mark.parametrize(("verb", "request_"), [("hold open", ["C-2"]), ("hold close", ["C-1"])])
def test_a_key_is_for_one_request(opened: Scope, verb: str, request_: list[str]) -> None:
    """Another request or verb under it is refused and not done."""
    once.run(opened, "k", verb="hold open", request=["C-1"], now=NOW, do=lambda: open_hold(opened))
    with pytest.raises(Refused) as refusal:
        once.run(opened, "k", verb=verb, request=request_, now=NOW, do=lambda: open_hold(opened))
    assert refusal.value.reason == "key_used"
    assert holds(opened) == 1


def test_what_fails_keeps_no_key_and_nothing_by_halves(opened: Scope) -> None:
    """The failure undoes what was done, and the key is free."""

    def half() -> dict[str, Any]:
        open_hold(opened)
        raise Refused("later", "something else is wrong")

    given = {"verb": "hold open", "request": ["C-1"], "now": NOW}
    with pytest.raises(Refused, match="something else"):
        once.run(opened, "k", do=half, **given)
    assert holds(opened) == 0
    assert once.run(opened, "k", do=lambda: open_hold(opened), **given)["id"]


def meeting(scope: Scope, *, is_long: bool) -> tuple[list[dict[str, Any]], int]:
    """Let a request meet another of the same key in the middle of its work."""
    answers: list[dict[str, Any]] = []
    given = {"verb": "hold open", "request": ["C-1"], "now": NOW, "is_long": is_long}

    def second() -> None:
        answers.append(once.run(scope, "k", do=lambda: open_hold(scope), **given))

    def first() -> dict[str, Any]:
        beside(second).join()
        return {"id": "nobody hears this"} if is_long else open_hold(scope)

    answers.append(once.run(scope, "k", do=first, **given))
    return answers, holds(scope)


def test_of_two_long_ones_at_once_both_give_the_first_answer(opened: Scope) -> None:
    """Whoever kept its answer first is right; the other gives that one too."""
    answers, count = meeting(opened, is_long=True)
    assert answers[0] == answers[1]
    assert count == 1


@pytest.mark.postgres
def test_of_two_at_once_one_is_undone(opened: Scope) -> None:
    """The second to end is rolled back whole; on SQLite they cannot meet at all."""
    answers, count = meeting(opened, is_long=False)
    assert answers[0] == answers[1]
    assert count == 1


def test_keys_of_two_organisations_do_not_meet(opened: Scope) -> None:
    """The same key is free in another organisation."""
    from helpers import bare_organisation

    once.run(opened, "k", verb="hold open", request=["C-1"], now=NOW, do=lambda: open_hold(opened))
    beta = bare_organisation("beta")
    Book(beta).customers(customer("C-1"))
    once.run(beta, "k", verb="hold open", request=["C-9"], now=NOW, do=lambda: open_hold(beta))
    with tx.reading(beta):
        assert models.Stop.objects.filter(organisation_id=beta.organisation_id).count() == 1
