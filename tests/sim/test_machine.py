"""Random events against the desk, and everything that must be true after each.

Other plays (`SEED`, `PLAYS` and `STEPS` as you like; `SHRINK=no` shows a failure as it was found):

    SEED=17 .venv/bin/python -m pytest tests/sim/test_machine.py -k random -m "not long"

A failure shows the shortest play that leads to it, and the command that plays it again.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import machine_pages
import machine_truth
import pytest
from hypothesis import Phase
from hypothesis.stateful import invariant, run_state_machine_as_test
from machine import THEN, Machine
from machine_world import FIRST, World, digest

import databases
from dunwell.core.scope import Scope
from dunwell.store import models, since, tx
from dunwell.store.records import handoffs

Template = databases.Sqlite | databases.Postgres


USUAL = {"sqlite": 4, "postgresql": 2}
"""How many plays in CI: the machine does the same on both, and takes longer on the other."""


def number(name: str, usual: int) -> int:
    """Return what the environment says, else the usual number."""
    return int(os.environ.get(name, usual))


def play(
    template: Template,
    folder: Path,
    *,
    seed: int,
    plays: int,
    steps: int,
    machine: type[Machine] = Machine,
) -> Counter[str]:
    """Play random days, each play in a database of its own; return how often what happened."""
    seen: Counter[str] = Counter()

    class Here(machine):  # type: ignore[misc, valid-type]
        """A machine in a database of its own."""

        def __init__(self) -> None:
            seen["plays"] += 1
            self.made = template.fresh(folder / f"play-{seen['plays']}")
            super().__init__()

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                seen.update(self.world.seen)
                seen["steps"] += self.steps
                template.take_back(self.made)

    may_shrink = os.environ.get("SHRINK") != "no"
    settings = hypothesis.settings(
        max_examples=plays, stateful_step_count=steps, deadline=None, database=None,
        phases=(Phase.generate, Phase.shrink) if may_shrink else (Phase.generate,),
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    try:
        run_state_machine_as_test(hypothesis.seed(seed)(Here), settings=settings)
    except BaseException as error:
        error.add_note(
            f"again: SEED={seed} STEPS={steps} PLAYS={plays} .venv/bin/python -m pytest"
            " tests/sim/test_machine.py -k random -m 'not long'"
        )
        raise
    return seen


@pytest.mark.parametrize("seed", [number("SEED", 1)])
def test_after_random_events_everything_that_must_be_true_is(
    database: databases.Database, template: Template, tmp_path: Path, seed: int
) -> None:
    """Nobody is asked for what is paid, disputed, promised, planned or held; nothing goes twice.

    Money is conserved, caches and journal are true, a decision stands until its day, every case
    has a reason, every task an owner, and no other organisation's row changes.
    """
    plays, steps = number("PLAYS", USUAL[template.vendor]), number("STEPS", 22)
    seen = play(template, tmp_path, seed=seed, plays=plays, steps=steps)
    assert seen["steps"] >= plays * steps
    assert sum(n for what, n in seen.items() if what.startswith("sent ")) > 2 * plays


class Desk(Machine):
    """A machine in whose days one thing follows another, as at a desk between two nights."""

    @invariant()
    def nothing_is_wrong(self) -> None:
        """What the pages keep is what stands in the book."""
        self.steps += 1
        wrong = list(machine_pages.stale(self.world.scope, self.world.day))
        assert not wrong, f"on {self.world.day}:\n" + "\n".join(wrong)


@pytest.mark.parametrize("seed", [number("SEED", 4)])
def test_pages_brought_up_to_date_case_by_case_say_what_stands_in_the_book(
    database: databases.Database,
    template: Template,
    tmp_path: Path,
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After any event, what is kept is the same as if all of it had been read anew."""
    for then in THEN:
        monkeypatch.setitem(THEN, then, lambda _: None)
    changes, taken_in = since.changes, Counter[str]()

    def counted(scope: Scope, before: since.Mark) -> since.Changes | None:
        found = changes(scope, before)
        taken_in["whole" if found is None else "cases" if found.cases else "nothing"] += 1
        return found

    monkeypatch.setattr(since, "changes", counted)
    plays, steps = number("PLAYS", 3), number("STEPS", 30)
    play(template, tmp_path, seed=seed, plays=plays, steps=steps, machine=Desk)
    assert taken_in["cases"] > plays * steps / 8, taken_in  # the first play is a trivial one


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3, 5])
def test_thousands_of_random_events_find_nothing_wrong(
    database: databases.Database, template: Template, tmp_path: Path, seed: int
) -> None:
    """The same for plays of a hundred events, fifteen a seed: 4,500 in all."""
    seen = play(template, tmp_path, seed=seed, plays=number("PLAYS", 15), steps=100)
    rare = ("died", "a_plan_is_made", "debts_are_handed_over", "a_delivery_is_looked_into")
    assert [what for what in rare if not seen[what]] == []


# --- the machine itself -------------------------------------------------------------------


class _Undone(Exception):
    """Takes back what was broken by hand."""


def _mine(world: World, model: Any, **where: Any) -> Any:
    return model.objects.filter(organisation_id=world.scope.organisation_id, **where)


def _insolvent(world: World, customer_id: int) -> None:
    handoffs.open_stop(
        world.scope, "insolvency", customer_id=customer_id, entity_id=None, on=world.day,
        reason="filed", at=world.now(),
    )  # fmt: skip


def _held(world: World, customer_id: int) -> None:
    items = _mine(world, models.Item, customer_id=customer_id)
    handoffs.open_stop(
        world.scope, "hold", customer_id=customer_id, entity_id=None, on=world.day,
        reason="a word", at=world.now(), items=[(i.pk, None) for i in items],
    )  # fmt: skip


def _paid(world: World, customer_id: int) -> None:
    for item in _mine(world, models.Item, customer_id=customer_id, open_minor__gt=0):
        models.Allocation.objects.create(
            organisation_id=world.scope.organisation_id, item=item, on=world.day,
            amount_minor=item.open_minor, source="opening",
        )  # fmt: skip


def _paid_loosely(world: World, customer_id: int) -> None:
    models.Payment.objects.create(
        organisation_id=world.scope.organisation_id, customer_id=customer_id, kind="payment",
        entity=models.Entity.objects.get(
            organisation_id=world.scope.organisation_id, code="MAIN"
        ),
        reference="LOOSE", paid_on=world.day, currency="EUR", amount_minor=100,
        unapplied_minor=100,
    )  # fmt: skip


@pytest.fixture
def world(database: databases.Database) -> World:
    """The world of a machine after two days, so that messages went out."""
    machine = Machine()
    machine.somebody_objects(n=1, share=100, code="price", ago=0, then="")
    machine.live(2, answer="yes")
    machine.nothing_is_wrong()
    assert machine.world.sent
    return machine.world


BROKEN: dict[str, Callable[[World], object]] = {
    "ACME-1: open 1": lambda w: _mine(w, models.Item, number="ACME-1").update(open_minor=1),
    "EUR 0 received": lambda w: _paid_loosely(w, _mine(w, models.Customer)[0].pk),
    "and is None": lambda w: (
        _mine(w, models.StopItem).delete()
        and _mine(w, models.Dispute).delete()
        and _mine(w, models.Stop, kind="dispute").delete()
    ),
    "owner ''": lambda w: _mine(w, models.Task).update(owner=""),
    "pre_collections on": lambda w: _mine(w, models.StepTaken, source="action").update(
        step="pre_collections"
    ),
    "0 decisions in force": lambda w: _mine(w, models.Decision).update(in_force=False),
    "never left the house": lambda w: w.handed.clear(),
}
"""What is said when something is broken by hand."""

FORBIDDEN: dict[str, Callable[[World, int], None]] = {
    "written to under insolvency": _insolvent,
    "disputed, promised, planned or held": _held,
    "is paid, or not owed": _paid,
    "demands EUR": _paid_loosely,
}
"""What is said of a message that left although something forbade it."""


def test_the_machine_would_notice(world: World) -> None:
    """What is broken by hand is said, and a message that should not have left is told of."""
    for said, does in BROKEN.items():
        with contextlib.suppress(_Undone), tx.transaction_of(world.scope):
            does(world)
            found = list(machine_truth.faults(world))
            assert any(said in one for one in found), (said, found)
            raise _Undone
    with tx.reading(world.scope):
        actions = _mine(world, models.Action, entity__code="MAIN").select_related(
            "decision", "customer", "entity"
        )
        one = next(a for a in actions if a.key in {m.key for m in world.sent})
    (message,) = [m for m in world.sent if m.key == one.key]
    for said, forbids in FORBIDDEN.items():
        with contextlib.suppress(_Undone), tx.transaction_of(world.scope):
            forbids(world, one.customer_id)
            found = list(machine_truth.against(world.scope, one, message, on=world.day))
            assert any(said in one for one in found), (said, found)
            raise _Undone


def test_a_row_of_the_neighbour_that_changes_is_seen(world: World) -> None:
    """The neighbour's hash is of every row it owns, in every table."""
    assert digest(world.neighbour) == world.before
    with tx.transaction_of(world.neighbour):
        models.Watch.objects.filter(organisation_id=world.neighbour.organisation_id).update(
            look_on=FIRST
        )
    assert digest(world.neighbour) != world.before
