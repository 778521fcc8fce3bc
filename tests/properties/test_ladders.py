"""Months of one case, played day by day: each item climbs its own ladder, one voice is heard."""

from __future__ import annotations

import datetime as dt
import itertools

import msgspec
import strategies
from hypothesis import given
from hypothesis import strategies as st

from dunwell.core import book, ladder, stops
from dunwell.core.decision import Act, Wait

DAY = dt.timedelta(days=1)
DAYS = 75

played = strategies.cases(busy=False) | strategies.keen_cases()
missed_days = st.sets(st.integers(0, DAYS), max_size=25)


def play(
    drawn: strategies.Drawn, missed: set[int] = frozenset(), *, is_lazy: bool = False
) -> strategies.Play:
    """Play the case from its day on, but for the days missed."""
    game = strategies.Play(drawn, is_lazy=is_lazy)
    days = [drawn.as_of + n * DAY for n in missed]
    game.run(drawn.as_of, drawn.as_of + DAYS * DAY, missed=days)
    return game


@strategies.many(80)
@given(played, missed_days)
def test_no_step_is_skipped_or_repeated(drawn: strategies.Drawn, missed: set[int]) -> None:
    """One step at a time, each once; only moments that passed before or on the due date are
    left out, and go-live opens where it opens (4.1, 4.2, 4.8)."""
    game = play(drawn, missed)
    before = {i.id: len(i.taken) for i in drawn.facts.items}
    steps = game.cadence.steps
    called_in = stops.defaulted(drawn.facts.stops, as_of=dt.date.max)  # the named exception (7)
    for item in game.facts.items:
        if item.id in called_in:
            continue
        places = [ladder.place(t, game.cadence) for t in item.taken]
        assert places == sorted(set(places))
        for n, (a, b) in enumerate(itertools.pairwise([-1, *places])):
            if n < before[item.id]:
                continue
            left_out = steps[a + 1 : b]
            at_go_live = item.go_live_on is not None and a < game.cadence.first_overdue
            assert at_go_live or all(s.phase != "overdue" for s in left_out)


@strategies.many(80)
@given(played, missed_days)
def test_waits_and_dates_named_are_kept(drawn: strategies.Drawn, missed: set[int]) -> None:
    """The wait of a step lies between it and the next, and no date we gave is anticipated
    (4.2)."""
    game = play(drawn, missed)
    called_in = stops.defaulted(drawn.facts.stops, as_of=dt.date.max)  # the wait's exception (7)
    before = {i.id: len(i.taken) for i in drawn.facts.items}
    for item in game.facts.items:
        for n, (a, b) in enumerate(itertools.pairwise(item.taken), start=1):
            if n < before[item.id]:
                continue
            step = game.cadence.steps[ladder.place(a, game.cadence)]
            assert item.id in called_in or (b.on - a.on).days >= step.wait
            assert a.named_on is None or b.on > a.named_on


@strategies.many(80)
@given(played, missed_days)
def test_contacts_keep_their_distance(drawn: strategies.Drawn, missed: set[int]) -> None:
    """Never closer than the policy allows, further after something firm (4.5)."""
    game = play(drawn, missed)
    settings = drawn.policy.settings
    for sent in game.sent:
        mine = book.harshness(sent.act.tone)
        for past in game.facts.outreach:
            if not past.reached or past.on > sent.on or past.on == sent.on:
                continue
            gap = (sent.on - past.on).days
            assert gap >= settings.min_days_between_contacts
            tone = book.harshness(past.tone)
            if tone >= book.harshness("firm") and mine < tone:
                assert gap >= settings.min_days_milder_after_firm
    days = [s.on for s in game.sent]
    assert len(set(days)) == len(days)


@strategies.many(60)
@given(played, missed_days)
def test_nothing_goes_out_on_closed_days_or_in_quiet_seasons(
    drawn: strategies.Drawn, missed: set[int]
) -> None:
    """Contact days are the customer's working days; a season lets nothing firm out (2.5)."""
    for sent in play(drawn, missed).sent:
        assert drawn.facts.calendar.is_open(sent.on)
        if sent.act.tone in ("friendly", "urgent"):
            continue
        for season in drawn.policy.settings.quiet_seasons:
            today = f"{sent.on:%m-%d}"
            after, before = today >= season.first, today <= season.last
            wraps = season.first > season.last
            assert not (after or before if wraps else after and before)


@strategies.many(80)
@given(played)
def test_a_run_repeated_does_nothing_more(drawn: strategies.Drawn) -> None:
    """After a day was played and recorded, looking again on that day sends nothing (2.4)."""
    game = strategies.Play(drawn)
    for on in strategies.span(drawn.as_of, drawn.as_of + 30 * DAY):
        game.events(on)
        if isinstance(game.look(on), Act) and drawn.policy.settings.min_days_between_contacts:
            assert not isinstance(game.look(on), Act)


@strategies.many(80)
@given(strategies.keen_cases(), st.integers(0, 30), st.integers(1, 5))
def test_days_missed_are_caught_up_once(drawn: strategies.Drawn, start: int, length: int) -> None:
    """After some days without a run one message goes out, and an item takes one step (2.4)."""
    missed = set(range(start, start + length))
    game = strategies.Play(drawn)
    first = drawn.as_of
    game.run(first, first + (start + length - 1) * DAY, missed=[first + n * DAY for n in missed])
    before = {i.id: len(i.taken) for i in game.facts.items}
    sent = len(game.sent)
    on = first + (start + length) * DAY
    game.events(on)
    game.look(on)
    assert len(game.sent) <= sent + 1
    assert all(len(i.taken) <= before[i.id] + 1 for i in game.facts.items)


@strategies.many(100)
@given(played)
def test_looking_only_when_told_misses_nothing(drawn: strategies.Drawn) -> None:
    """A case looked at only on its days to look again hears the same, on the same days (2.7)."""
    daily, lazy = play(drawn), play(drawn, is_lazy=True)
    assert [(s.on, s.act.step, s.act.takes) for s in lazy.sent] == [
        (s.on, s.act.step, s.act.takes) for s in daily.sent
    ]


@strategies.many(40)
@given(st.sampled_from(sorted(strategies.BUILT_IN)), st.data())
def test_every_ladder_is_climbed_to_its_end(name: str, data: st.DataObject) -> None:
    """Left unpaid and unanswered, every item of a built-in policy reaches its final demand."""
    policy = st.just(strategies.BUILT_IN[name])
    drawn = data.draw(
        strategies.cases(policy=policy, stopped=False, funded=False, busy=False, keen=True)
    )
    large = tuple(
        book.Item(i.id, i.number, "invoice", "EUR", i.due_on, 90_000, 90_000)
        for i in drawn.facts.items
    )
    game = strategies.Play(drawn._replace(facts=msgspec.structs.replace(drawn.facts, items=large)))
    game.run(drawn.as_of, drawn.as_of + 150 * DAY)
    for item in game.facts.items:
        assert item.taken[-1].step == game.cadence.steps[-1].id
    made = game.look(drawn.as_of + 200 * DAY)
    assert made is not None
    assert not isinstance(made, Act)
    assert not isinstance(made, Wait) or made.reason == "cadence_ended"
