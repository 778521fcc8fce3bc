"""look_again_on is sound: until that day nothing changes by itself (SEMANTICS 2.7)."""

from __future__ import annotations

import datetime as dt

import strategies
from hypothesis import event, given
from hypothesis import strategies as st

from dunwell.core import decide
from dunwell.core.decision import Act

DAY = dt.timedelta(days=1)
HORIZON = 45


@strategies.many(600)
@given(strategies.cases(), st.booleans())
def test_nothing_changes_before_the_day_to_look_again(
    drawn: strategies.Drawn,
    is_recorded: bool,  # noqa: FBT001
) -> None:
    """For every day from as_of to the day before it, outcome and first reason are the same."""
    first = drawn.decide()
    if isinstance(first, Act):
        event("act")
        return
    event(str(first.reason))
    assert first.look_again_on is None or first.look_again_on > drawn.as_of
    facts = strategies.recorded(drawn.facts, first, drawn.as_of) if is_recorded else drawn.facts
    last = drawn.as_of + HORIZON * DAY
    if first.look_again_on is not None:
        last = min(last, first.look_again_on - DAY)
    for on in strategies.span(drawn.as_of + DAY, last):
        later = decide.decide(facts, drawn.policy, as_of=on)
        assert strategies.outcome(later) == strategies.outcome(first), (on, later)
