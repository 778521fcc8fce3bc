"""A glance at the items' rows says nothing, or exactly what a full decision says (DATA.md 2)."""

from __future__ import annotations

import datetime as dt

import msgspec
import strategies
from hypothesis import event, given
from hypothesis import strategies as st

from dunwell.core import book, glance, views
from dunwell.core.decision import Wait

DAY = dt.timedelta(days=1)


def seen(drawn: strategies.Drawn) -> Wait | None:
    """Glance at a case as the night does."""
    facts, policy = drawn.facts, drawn.policy
    rungs = views.rungs_of(
        policy, policy.cadence_of(facts.segment), facts.segment, facts.calendar, drawn.as_of
    )
    places = [
        (
            i.due_on.isoformat(),
            book.taken_text(i.taken),
            i.go_live_on.isoformat() if i.go_live_on else "",
        )
        for i in facts.items
    ]
    return glance.glance(places, rungs)


def plain(drawn: strategies.Drawn) -> strategies.Drawn:
    """Return the case without what a glance must not be asked about."""
    items = tuple(
        msgspec.structs.replace(i, paid_gaps=(), method="")
        for i in drawn.facts.items
        if i.kind in book.DEBITS
    )
    facts = msgspec.structs.replace(drawn.facts, items=items, stops=(), unapplied=(), flights=())
    return drawn._replace(facts=facts)


@strategies.many(300)
@given(strategies.cases(stopped=False), st.sampled_from((0, 0, 20, 60)))
def test_a_glance_says_nothing_or_what_decide_says(drawn: strategies.Drawn, later: int) -> None:
    """Verdict, reason, what is listed behind it, and the day to look again."""
    drawn = plain(drawn)
    items = tuple(
        msgspec.structs.replace(i, due_on=i.due_on + later * DAY) for i in drawn.facts.items
    )
    drawn = drawn._replace(facts=msgspec.structs.replace(drawn.facts, items=items))
    found = seen(drawn)
    if found is None:
        event("nothing")
        return
    event(str(found.reason))
    made = drawn.decide()
    assert isinstance(made, Wait)
    assert (found.reason, found.also, found.look_again_on) == (
        made.reason,
        made.also,
        made.look_again_on,
    )


@strategies.many(100)
@given(strategies.cases(stopped=False, funded=False))
def test_a_glance_sees_that_nothing_can_happen_yet(drawn: strategies.Drawn) -> None:
    """A plain case that is not yet due for anything needs no full decision: that is what a
    glance is for."""
    drawn = plain(drawn)
    made = drawn.decide()
    is_not_yet = isinstance(made, Wait) and made.reason == "not_yet"
    view = views.look(drawn.facts, drawn.policy, drawn.as_of)
    is_at_end = any(p.rung.step is None for p in view.places)
    if is_not_yet and not is_at_end:
        assert seen(drawn) is not None


def test_an_empty_book_is_nothing_open() -> None:
    """No item, nothing to say, and no day to look again."""
    policy = strategies.BUILT_IN["classic"]
    rungs = views.rungs_of(
        policy, policy.cadence_of("standard"), "standard", strategies.WEEK, dt.date(2026, 3, 2)
    )
    assert glance.glance([], rungs) == Wait(reason=views.Reason.NOTHING_OPEN)
