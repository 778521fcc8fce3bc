"""A glance at the items' rows says nothing, or exactly what a full decision says (DATA.md 2)."""

from __future__ import annotations

import datetime as dt

import msgspec
import strategies
from hypothesis import event, given
from hypothesis import strategies as st

from dunwell.core import book, glance, horizon, ladder, views
from dunwell.core.decision import Wait

DAY = dt.timedelta(days=1)


def seen(drawn: strategies.Drawn) -> Wait | None:
    """Glance at a case as the night does."""
    facts, policy = drawn.facts, drawn.policy
    rungs = views.rungs_of(
        policy, policy.cadence_of(facts.segment), facts.segment, facts.calendar, drawn.as_of
    )
    debits = [i for i in facts.items if i.kind in book.DEBITS and i.open_minor]
    places = [ladder.place_text(i.due_on, i.taken, i.go_live_on) for i in debits]
    credit = sum(i.open_minor for i in facts.items if i.kind not in book.DEBITS)
    return glance.glance(
        places, rungs, on_account_minor=credit + sum(m for _, m in facts.unapplied),
        least_minor=min((i.open_minor for i in debits), default=0),
        open_minor=[i.open_minor for i in debits],
        is_named=any(i.applies_to for i in facts.items if i.kind not in book.DEBITS),
        in_flight=any(f.takes_step for f in facts.flights),
        held_until=horizon.held_until(facts.outreach, policy.settings, as_of=drawn.as_of),
    )  # fmt: skip


def plain(drawn: strategies.Drawn) -> strategies.Drawn:
    """Return the case without what a glance must not be asked about."""
    base = drawn.facts.base_currency
    items = tuple(
        msgspec.structs.replace(i, paid_gaps=(), method="", currency=base)
        for i in drawn.facts.items
    )
    flights = tuple(
        f for f in drawn.facts.flights
        if f.takes_step and f.state not in ("unknown", "failed", "cancelled")
    )  # fmt: skip
    facts = msgspec.structs.replace(
        drawn.facts, items=items, stops=(), flights=flights,
        unapplied=tuple((base, m) for _, m in drawn.facts.unapplied[:1]),
    )  # fmt: skip
    return drawn._replace(facts=facts)


def penniless(drawn: strategies.Drawn) -> strategies.Drawn:
    """Return the case without the customer's money, and nothing under way."""
    items = tuple(i for i in drawn.facts.items if i.kind in book.DEBITS)
    facts = msgspec.structs.replace(drawn.facts, items=items, unapplied=(), flights=())
    return drawn._replace(facts=facts)


def under_way(drawn: strategies.Drawn, *, cash: int) -> strategies.Drawn:
    """Return the case with a message under way, or with so much unapplied cash (minor units)."""
    base, on = drawn.facts.base_currency, drawn.as_of
    flight = book.Flight("f" * 32, "first_reminder", "email", "ready", on)
    more = {"unapplied": ((base, cash),)} if cash else {"flights": (flight,)}
    return drawn._replace(facts=msgspec.structs.replace(drawn.facts, **more))


@strategies.many(300)
@given(
    strategies.cases(stopped=False),
    st.sampled_from((0, 0, 20, 60)),
    st.sampled_from((None, None, 0, 1, 500)),
)
def test_a_glance_says_nothing_or_what_decide_says(
    drawn: strategies.Drawn, later: int, money: int | None
) -> None:
    """Verdict, reason, what is listed behind it, and the day to look again."""
    drawn = plain(drawn)
    if money is not None:
        drawn = under_way(penniless(drawn), cash=money)
    items = tuple(
        msgspec.structs.replace(i, due_on=i.due_on + later * DAY) for i in drawn.facts.items
    )
    drawn = drawn._replace(facts=msgspec.structs.replace(drawn.facts, items=items))
    found = seen(drawn)
    if found is None:
        event("nothing")
        return
    event(f"{found.reason}{' with money' if drawn.facts.unapplied else ''}")
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
    drawn = penniless(plain(drawn))
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
