"""Whatever the case, a decision is a function of it, adds up, and leaves alone who is protected."""

from __future__ import annotations

import datetime as dt
import itertools

import msgspec
import strategies
from hypothesis import assume, given
from hypothesis import strategies as st

from dunwell.core import book, decide, decision, position, reasons, views, workdays
from dunwell.core.decision import Act, Ask, Wait
from dunwell.core.reasons import Reason

DAY = dt.timedelta(days=1)
UP_TO_NOT_YET = list(Reason)[: list(Reason).index(Reason.NOT_YET) + 1]
CALENDARS = {c.ref: c for c in strategies.CALENDARS}


def changed(drawn: strategies.Drawn, **to: object) -> strategies.Drawn:
    """Return the case with some of its facts changed."""
    return drawn._replace(facts=msgspec.structs.replace(drawn.facts, **to))


# --- a function ------------------------------------------------------------------------------


@strategies.many(150)
@given(strategies.cases())
def test_the_same_facts_give_the_same_bytes(drawn: strategies.Drawn) -> None:
    """Also when the facts were stored, read back and decided again (HOUSE 1.1, 6.13)."""
    stored = book.canonical(drawn.facts)
    again = book.restore(stored, calendars=CALENDARS)
    assert again == drawn.facts
    assert book.canonical(again) == stored
    made = drawn.decide()
    assert strategies.encoded(made) == strategies.encoded(drawn._replace(facts=again).decide())


@strategies.many(200)
@given(strategies.cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_facts_changes_nothing(drawn: strategies.Drawn, chance: object) -> None:
    """Items, stops, contacts, approvals in any order: the same bytes."""
    shuffled = {}
    for field in ("items", "stops", "flights", "outreach", "approvals", "done", "unapplied",
                  "rates", "waiting_since"):  # fmt: skip
        rows = list(getattr(drawn.facts, field))
        chance.shuffle(rows)  # type: ignore[attr-defined]
        shuffled[field] = tuple(rows)
    assert strategies.encoded(drawn.decide()) == strategies.encoded(
        changed(drawn, **shuffled).decide()
    )


@strategies.many(150)
@given(strategies.cases())
def test_every_silence_can_be_said(drawn: strategies.Drawn) -> None:
    """The reason and what stands behind it make sentences without a gap."""
    made = drawn.decide()
    if isinstance(made, Act):
        return
    for reason in (made.reason, *made.also):
        text = reasons.sentence(reason, made.refs)
        assert text.endswith(".")
        assert not set(text) & set("[]{}")


# --- what goes out adds up -------------------------------------------------------------------


@strategies.many(150)
@given(strategies.keen_cases())
def test_a_message_demands_what_is_net_chaseable_and_overdue(drawn: strategies.Drawn) -> None:
    """Lines are nets, totals their sums, each part apart from the others (3, 4.3)."""
    made = drawn.decide()
    assume(isinstance(made, Act))
    assert isinstance(made, Act)
    stand = {s.item.id: s for s in views.look(drawn.facts, drawn.policy, drawn.as_of).pos.standings}
    currency = {i.id: i.currency for i in drawn.facts.items}
    assert [i for i, _ in made.lines] == [*made.about, *made.also_overdue]
    assert all(minor == stand[i].net_minor > 0 for i, minor in made.lines)
    assert dict(made.amounts) == strategies.total([(currency[i], m) for i, m in made.lines])
    assert list(made.amounts) == sorted(made.amounts)
    shown = [*made.about, *made.also_overdue, *made.due_soon]
    assert len(set(shown)) == len(shown)
    assert made.lead == made.about[0]
    for item, minor in made.under_query:
        assert 0 < minor <= stand[item].covered.minor
    if made.phase == "overdue":
        assert all(stand[i].is_overdue for i in (*made.about, *made.also_overdue))
        overdue = {i for i, s in stand.items() if s.is_overdue and s.net_minor > 0}
        assert overdue == {*made.about, *made.also_overdue}
    assert not any(stand[i].is_overdue for i in made.due_soon)
    if made.tone not in ("friendly", "urgent"):
        assert not made.due_soon


@strategies.many(150)
@given(strategies.keen_cases())
def test_each_item_takes_its_own_next_step_and_only_when_shown(drawn: strategies.Drawn) -> None:
    """One step an item, the one its ladder says, and never above the step acted on (4.3)."""
    made = drawn.decide()
    assume(isinstance(made, Act))
    assert isinstance(made, Act)
    view = views.look(drawn.facts, drawn.policy, drawn.as_of)
    place = {p.at.item.id: p for p in view.places}
    steps = {s.id: s for s in view.cadence.steps}
    shown = {*made.about, *made.also_overdue, *made.due_soon}
    assert len(dict(made.takes)) == len(made.takes) > 0
    for item, step in made.takes:
        assert item in shown
        assert place[item].rung.step == steps[step]
        assert place[item].is_open
        assert steps[step].index <= steps[made.step].index
    assert {i for i, s in made.takes if s == made.step} == set(made.about)


@strategies.many(150)
@given(strategies.keen_cases())
def test_every_step_a_message_takes_is_taken_by_one_of_its_actions(
    drawn: strategies.Drawn,
) -> None:
    """Nothing is promised that no action can confirm; keys and channels stand once (6.5, 6.6)."""
    made = drawn.decide()
    assume(isinstance(made, Act))
    assert isinstance(made, Act)
    taken = {s for a in made.actions for s in a.takes_steps}
    assert taken == {s for _, s in made.takes}
    assert all(a.takes_step is bool(a.takes_steps) for a in made.actions)
    keys = [a.key for a in made.actions] + [a.key for ask in made.asks for a in ask.actions]
    assert len(set(keys)) == len(keys)
    channels = [a.channel for a in made.actions]
    assert len(set(channels)) == len(channels)
    assert drawn.facts.calendar.is_open(drawn.as_of)


def _asked(drawn: strategies.Drawn) -> list[decision.Asked]:
    made = drawn.decide()
    return [a for a in made.asks if a.what == "notice"] if isinstance(made, Ask) else []


def _grant(ask: decision.Asked, on: dt.date, **less: object) -> book.Approval:
    what = {"items": ask.items, "amounts": ask.amounts} | less
    return book.Approval("notice", ask.step, on, "granted", on, **what)  # type: ignore[arg-type]


@strategies.many(150)
@given(strategies.keen_cases(asks=True))
def test_what_is_asked_is_what_would_go_out(drawn: strategies.Drawn) -> None:
    """Granted as asked, the notice goes as it was shown, on a day on which it may (6.2)."""
    drawn = changed(drawn, approvals=())
    asked = _asked(drawn)
    assume(asked)
    grants = tuple(_grant(a, drawn.as_of) for a in asked)
    then = changed(drawn, approvals=grants).decide()
    if isinstance(then, Act):
        ask = asked[0]
        assert (then.step, then.takes, then.amounts) == (ask.step, ask.takes, ask.amounts)
        assert then.actions == ask.actions
    else:
        assert isinstance(then, Wait)
        assert then.reason in (Reason.NO_ROUTE, Reason.QUIET_HOURS)


@strategies.many(150)
@given(strategies.keen_cases(asks=True), st.booleans())
def test_an_approval_stands_for_nothing_more(
    drawn: strategies.Drawn,
    is_item: bool,  # noqa: FBT001
) -> None:
    """One item more, or one cent more than was asked for, and it is asked again (6.2)."""
    drawn = changed(drawn, approvals=())
    asked = _asked(drawn)
    assume(asked)
    code, minor = asked[0].amounts[0]
    less: dict[str, object] = {"amounts": ((code, minor - 1), *asked[0].amounts[1:])}
    if is_item and asked[0].items[1:]:
        less = {"items": asked[0].items[1:]}
    again = _asked(changed(drawn, approvals=(_grant(asked[0], drawn.as_of, **less),)))
    assert again == asked


# --- who is left alone -----------------------------------------------------------------------

_whole = st.sampled_from(strategies.STOP_KINDS)


@strategies.many(200)
@given(strategies.keen_cases(asks=True), _whole)
def test_nobody_is_contacted_who_is_wholly_stopped(drawn: strategies.Drawn, kind: str) -> None:
    """A stop over everything, of whatever kind: nothing goes out, whatever a person brings
    forward."""
    stop = book.Stop(77, kind, drawn.as_of, drawn.as_of)
    held = changed(
        drawn,
        stops=(*drawn.facts.stops, stop),
        brought_forward=("not_yet", "too_soon", "below_minimum", "quiet_hours"),
    )
    made = held.decide()
    assert isinstance(made, Wait)
    overdue = any(
        i.due_on < drawn.as_of and i.open_minor and i.kind in book.DEBITS for i in drawn.facts.items
    )
    if overdue or kind in strategies.WHOLE_KINDS:
        assert made.reason < Reason.NOT_YET or made.reason in UP_TO_NOT_YET[:-2]


@strategies.many(150)
@given(strategies.cases(), st.sampled_from(strategies.WHOLE_KINDS))
def test_insolvency_lawyers_and_stop_contact_hold_before_everything_else(
    drawn: strategies.Drawn, kind: str
) -> None:
    """No policy, no person overrides them; only stale data and an empty book stand before (5)."""
    stop = book.Stop(77, kind, drawn.as_of - DAY, None, ((1, 1),))
    made = changed(drawn, stops=(stop,)).decide()
    assert isinstance(made, Wait)
    assert made.reason in (
        Reason.INSOLVENT, Reason.LEGAL_REPRESENTATION, Reason.CEASED,
    )  # fmt: skip


@strategies.many(150)
@given(strategies.cases())
def test_nobody_is_chased_who_is_in_credit(drawn: strategies.Drawn) -> None:
    """Cash beyond everything owed, in every currency: nothing goes out (3.3)."""
    owed = strategies.total([(i.currency, i.open_minor) for i in drawn.facts.items])
    rich = changed(drawn, unapplied=tuple((c, m + 1) for c, m in owed.items()))
    made = rich.decide()
    assert isinstance(made, Wait)
    assert Reason.IN_CREDIT in (made.reason, *made.also)


@strategies.many(150)
@given(strategies.cases())
def test_what_cash_covers_is_not_demanded(drawn: strategies.Drawn) -> None:
    """Cash for all that is overdue and chaseable: no overdue notice goes out (3.3)."""
    stand = position.stand(drawn.facts, as_of=drawn.as_of)
    need = strategies.total([(s.item.currency, s.chaseable_minor) for s in stand.overdue])
    assume(any(need.values()))
    rich = changed(
        drawn,
        items=tuple(i for i in drawn.facts.items if i.kind != "credit_note"),
        unapplied=tuple((c, m) for c, m in need.items() if m),
    )
    made = rich.decide()
    assert not isinstance(made, Act) or made.phase != "overdue"
    assert isinstance(made, Wait)
    assert Reason.CASH_UNAPPLIED in (made.reason, *made.also)


@strategies.many(150)
@given(strategies.cases(), st.sampled_from(("ready", "claimed", "handing", "waiting", "unknown")))
def test_nothing_goes_out_beside_what_is_under_way(drawn: strategies.Drawn, state: str) -> None:
    """Not confirmed, or not known: the case waits for it (6.5, 6.6)."""
    flight = book.Flight("k", "step_0", "email", state, drawn.as_of)
    made = changed(drawn, flights=(flight,)).decide()
    assert isinstance(made, Wait)


@strategies.many(100)
@given(strategies.cases())
def test_nothing_goes_out_on_stale_data(drawn: strategies.Drawn) -> None:
    """Whatever else holds, that is the reason (6.8)."""
    made = changed(drawn, is_stale=True).decide()
    assert isinstance(made, Wait)
    assert (made.reason, made.look_again_on) == (Reason.STALE_DATA, None)


@strategies.many(150)
@given(strategies.keen_cases(), st.data())
def test_one_more_stop_never_demands_more(drawn: strategies.Drawn, data: st.DataObject) -> None:
    """A message that still goes demands no more of any item it shows (3.2)."""
    made = drawn.decide()
    assume(isinstance(made, Act))
    assert isinstance(made, Act)
    ids = [i.id for i in drawn.facts.items]
    more = data.draw(strategies.stops(ids, drawn.as_of, id=88))
    then = changed(drawn, stops=(*drawn.facts.stops, more), unapplied=()).decide()
    before = changed(drawn, unapplied=()).decide()
    if (
        isinstance(then, Act)
        and isinstance(before, Act)
        and not any(i.kind == "credit_note" for i in drawn.facts.items)
    ):
        lines = dict(before.lines)
        assert all(minor <= lines.get(i, minor) for i, minor in then.lines)


# --- reasons ---------------------------------------------------------------------------------


@strategies.many(250)
@given(strategies.cases())
def test_reasons_stand_in_order_and_once(drawn: strategies.Drawn) -> None:
    """The first explains; behind it stand only reasons up to not_yet, in the enum's order (5)."""
    made = drawn.decide()
    if isinstance(made, Act):
        return
    assert list(made.also) == sorted(set(made.also), key=reasons.ORDER.__getitem__)
    if isinstance(made, Wait):
        assert all(reasons.ORDER[r] > reasons.ORDER[made.reason] for r in made.also)
        assert all(r in UP_TO_NOT_YET for r in made.also)
        assert made.reason is not Reason.OVER_CAPACITY
        assert made.reason is not Reason.NEEDS_APPROVAL


@strategies.many(150)
@given(strategies.cases())
def test_a_missing_rate_and_not_yet_never_hold_together(drawn: strategies.Drawn) -> None:
    """no_rate needs a threshold in play, and not_yet says that nothing is (3.1, 5)."""
    made = changed(drawn, rates=()).decide()
    if isinstance(made, Wait):
        assert not {Reason.NO_RATE, Reason.NOT_YET} <= {made.reason, *made.also}


@strategies.many(200)
@given(strategies.cases())
def test_a_closed_day_and_a_full_day_never_hold_together(drawn: strategies.Drawn) -> None:
    """Only an act uses up a day's cap, and on a closed day there is none; at the end of its
    cadence a case has none either (2.5, 4.8)."""
    today = workdays.Calendar("closed/0", weekend=(), closed=[drawn.as_of])
    assert not isinstance(changed(drawn, calendar=today).decide(), Act)


# --- days ------------------------------------------------------------------------------------


@strategies.many(150)
@given(strategies.cases(plain=True, busy=False))
def test_one_more_day_of_waiting_never_undoes_an_opened_step(drawn: strategies.Drawn) -> None:
    """An overdue step that may be taken today may be taken tomorrow, if nothing happens (2.4)."""
    today, tomorrow = (views.look(drawn.facts, drawn.policy, drawn.as_of + n * DAY) for n in (0, 1))
    for a, b in zip(today.places, tomorrow.places, strict=True):
        if a.is_open and a.rung.step is not None and a.rung.step.phase == "overdue":
            assert b.is_open
            assert b.rung.step == a.rung.step


@strategies.many(150)
@given(strategies.cases())
def test_a_part_payment_neither_resets_nor_advances_a_ladder(drawn: strategies.Drawn) -> None:
    """Half paid, each item stands where it stood, if no stop covers an amount (3.6)."""
    whole = changed(drawn, stops=())
    halved = changed(
        whole,
        items=tuple(
            msgspec.structs.replace(
                i,
                open_minor=max(1, i.open_minor // 2),
                paid=((drawn.as_of, i.open_minor - max(1, i.open_minor // 2)),),
            )
            for i in drawn.facts.items
        ),
    )
    before, after = (views.look(d.facts, d.policy, d.as_of) for d in (whole, halved))
    for a, b in itertools.zip_longest(before.places, after.places):
        assert (a.rung.step, a.rung.opens_on) == (b.rung.step, b.rung.opens_on)


@strategies.many(100)
@given(strategies.cases(busy=False))
def test_look_dates_lie_ahead(drawn: strategies.Drawn) -> None:
    """A day to look again is never today or gone by."""
    made = decide.decide(drawn.facts, drawn.policy, as_of=drawn.as_of)
    assert isinstance(made, Act) or made.look_again_on is None or made.look_again_on > drawn.as_of
