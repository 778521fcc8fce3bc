"""The front door: when a step may go, when it is asked for, and how a case ends (SEMANTICS 4)."""

from __future__ import annotations

import pytest
from casebook import (
    DAY,
    LADDER,
    WEEK,
    WINTER,
    act,
    ask,
    calendar,
    calendar_of_acts,
    contacted,
    day,
    decide_on,
    facts,
    invoice,
    policy,
    said,
    step,
    stop,
    took,
    wait,
)

from dunwell.core import book, decide, keys
from dunwell.core import policy as policies

A = invoice("A", due="2026-03-01")
SECOND = invoice("A", due="2026-03-01", taken=[took("one", "2026-03-02")])


# --- distance between contacts (4.5) ----------------------------------------------------------


@pytest.mark.parametrize(
    ("past", "on", "found"),
    [
        # Tuesday, then Friday
        (contacted("2026-03-03"), "2026-03-05", "wait too_soon"),
        (contacted("2026-03-03"), "2026-03-06", "act one"),
        # a milder message after a firm or harsher one: 7
        (contacted("2026-03-03", "firm"), "2026-03-09", "wait too_soon"),
        (contacted("2026-03-03", "firm"), "2026-03-10", "act one"),
        (contacted("2026-03-03", "formal"), "2026-03-09", "wait too_soon"),
        # after an urgent one it is 3
        (contacted("2026-03-03", "urgent"), "2026-03-06", "act one"),
        # by hand too
        (contacted("2026-03-03", channel="call"), "2026-03-05", "wait too_soon"),
        # a call that reached nobody, a message that bounced: never
        (contacted("2026-03-03", channel="call", reached=False), "2026-03-03", "act one"),
        (contacted("2026-03-03", reached=False), "2026-03-03", "act one"),
        # what lies ahead is not a contact yet
        (contacted("2026-03-20"), "2026-03-03", "act one"),
    ],
)
def test_contacts_keep_their_distance(past: book.Outreach, on: str, found: str) -> None:
    """Three days between contacts to one customer; seven before a milder one after a firm one."""
    assert said(decide_on(on, policy(), items=[A], outreach=[past])) == found


def test_a_harsher_or_equal_message_after_a_firm_one_waits_three_days() -> None:
    """Seven days are for milder messages only."""
    third = invoice("A", due="2026-02-01", taken=[took("two", "2026-02-20", tone="urgent")])
    past = [contacted("2026-03-03", "firm")]
    wait(decide_on("2026-03-05", policy(), items=[third], outreach=past), "too_soon")
    assert said(decide_on("2026-03-06", policy(), items=[third], outreach=past)) == "act three"


def test_what_is_held_back_says_what_and_until_when() -> None:
    """The step, its item, the contact it keeps its distance from, and the day (4.5)."""
    made = wait(
        decide_on("2026-03-04", policy(), items=[A], outreach=[contacted("2026-03-03")]),
        "too_soon",
    )
    assert made.look_again_on == day("2026-03-06")
    assert made.refs == {
        "step": "one", "item": "A", "on": day("2026-03-06"), "contact_on": day("2026-03-03"),
    }  # fmt: skip


def test_the_latest_of_several_contacts_counts() -> None:
    """An older firm one may hold back longer than a younger mild one."""
    past = [contacted("2026-03-02", "severe"), contacted("2026-03-04")]
    made = wait(decide_on("2026-03-05", policy(), items=[A], outreach=past), "too_soon")
    assert made.look_again_on == day("2026-03-09")


def test_a_younger_items_message_may_hold_back_an_older_items_step() -> None:
    """That is meant: the customer hears one voice (4.5)."""
    seen = facts(
        items=[
            invoice("B", due="2026-03-09"),
            invoice("A", due="2026-03-01", taken=[took("one", "2026-03-04")]),
        ]
    )
    acts = calendar_of_acts(policy(), seen, "2026-03-10", "2026-03-13")
    assert acts == [("2026-03-10", "one"), ("2026-03-13", "two")]


def test_the_distances_are_settings() -> None:
    """None and none: the ladder alone decides, but never two messages on one day (2.4)."""
    by = policy(min_days_between_contacts=0, min_days_milder_after_firm=0)
    outreach = [contacted("2026-03-03", "firm")]
    assert said(decide_on("2026-03-03", by, items=[A], outreach=outreach)) == "wait too_soon"
    assert said(decide_on("2026-03-04", by, items=[A], outreach=outreach)) == "act one"


def test_the_step_that_goes_is_the_one_that_is_spaced() -> None:
    """Where the higher step's minimum is not met, the milder one keeps its own distance."""
    by = policy(step("one", 1), step("two", 8, tone="firm", minimum=500))
    items = [SECOND, invoice("B", due="2026-03-08")]
    past = [contacted("2026-03-06", "firm")]
    made = wait(decide_on("2026-03-10", by, items=items, outreach=past), "too_soon")
    assert made.look_again_on == day("2026-03-13")
    assert said(decide_on("2026-03-13", by, items=items, outreach=past)) == "act one"


# --- closed days and quiet seasons (2.5) ------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "found"),
    [
        ("2026-04-02", "act one"),
        ("2026-04-03", "wait quiet_hours"),
        ("2026-04-05", "wait quiet_hours"),
        ("2026-04-06", "wait quiet_hours"),
        ("2026-04-07", "act one"),
    ],
)
def test_nothing_goes_out_on_a_day_closed_where_the_customer_is(on: str, found: str) -> None:
    """The case waits and is decided afresh on the next open day."""
    easter = calendar("2026-04-03", "2026-04-06")
    made = decide_on(on, policy(), items=[A], calendar=easter, entity_calendar=WEEK)
    assert said(made) == found
    if found.startswith("wait"):
        assert wait(made).look_again_on == day("2026-04-07")
        assert made.refs == {"step": "one", "on": day("2026-04-07")}


def test_a_closed_day_of_ours_closes_nothing() -> None:
    """Contact days use the debtor's calendar (2.1)."""
    ours = calendar("2026-03-02", name="ours")
    assert said(decide_on("2026-03-02", policy(), items=[A], entity_calendar=ours)) == "act one"


def test_questions_are_asked_on_closed_days_too() -> None:
    """An approval is our own affair, and gains time."""
    by = policy(step("one", 1, approve="manager"))
    assert said(decide_on("2026-03-07", by, items=[A], calendar=WEEK)) == "ask notice one"


@pytest.mark.parametrize(
    ("on", "tone", "found"),
    [
        ("2026-12-23", "firm", "act one"),
        ("2026-12-24", "firm", "wait quiet_hours"),
        ("2026-12-31", "severe", "wait quiet_hours"),
        ("2027-01-01", "formal", "wait quiet_hours"),
        ("2027-01-02", "firm", "act one"),
        ("2026-12-28", "urgent", "act one"),
        ("2026-12-28", "friendly", "act one"),
    ],
)
def test_a_quiet_season_lets_nothing_firm_out(on: str, tone: str, found: str) -> None:
    """From 24 December to 1 January, both included; mild messages go."""
    by = policy(step("one", 1, tone=tone), quiet_seasons=WINTER)
    made = decide_on(on, by, items=[invoice("A", due="2026-12-01")])
    assert said(made) == found
    if found.startswith("wait"):
        assert wait(made).look_again_on == day("2027-01-02")


def test_the_winter_season_is_the_default() -> None:
    """A policy that says nothing keeps it."""
    assert [(s.first, s.last) for s in policy_default().settings.quiet_seasons] == [
        ("12-24", "01-01")
    ]


def policy_default() -> policies.Policy:
    """A policy without any settings."""
    plain = {
        "policy": "plain",
        "segments": [{"name": "standard", "cadence": "only"}],
        "cadences": {"only": {"steps": [step("one", 1)]}},
    }
    return policies.compile_policy(policies.parse(plain), version=1)


def test_in_a_quiet_season_the_milder_items_speak_alone() -> None:
    """The firm step waits, the friendly one goes and shows both; only its own item takes it."""
    by = policy(quiet_seasons=WINTER)
    third = invoice("A", due="2026-12-01", taken=[took("two", "2026-12-10", tone="urgent")])
    first = invoice("B", due="2026-12-20")
    made = act(decide_on("2026-12-28", by, items=[third, first]))
    assert (made.step, made.takes) == ("one", ((first.id, "one"),))
    assert made.also_overdue == (third.id,)


def test_a_season_within_the_year_has_its_own_days() -> None:
    """From 1 to 15 August."""
    by = policy(step("one", 1, tone="firm"), quiet_seasons=[{"first": "08-01", "last": "08-15"}])
    items = [invoice("A", due="2026-07-01")]
    assert said(decide_on("2026-07-31", by, items=items)) == "act one"
    made = wait(decide_on("2026-08-01", by, items=items), "quiet_hours")
    assert made.look_again_on == day("2026-08-16")
    assert said(decide_on("2026-08-16", by, items=items)) == "act one"


# --- requirements and approvals (4.6, 6.3) ----------------------------------------------------


def done(kind: str, on: str, channel: str = "") -> book.Done:
    """Something that happened."""
    return book.Done(kind, day(on), channel)


@pytest.mark.parametrize(
    ("need", "have", "is_met"),
    [
        ({"call_within_days": 5}, [], False),
        ({"call_within_days": 5}, [done("call", "2026-03-05")], True),
        ({"call_within_days": 5}, [done("call", "2026-03-04")], False),
        ({"call_within_days": 0}, [done("call", "2026-03-10")], True),
        ({"call_within_days": 5}, [done("reply", "2026-03-10")], False),
        ({"no_reply_days": 5}, [], True),
        ({"no_reply_days": 5}, [done("reply", "2026-03-06")], False),
        ({"no_reply_days": 5}, [done("reply", "2026-03-05")], True),
        ({"attempts": 2}, [done("attempt", "2026-03-01", "email")], False),
        ({"attempts": 2}, [done("attempt", "2026-03-01", "email"),
                           done("call", "2026-03-02", "call")], True),
        ({"attempts": 2, "channels": 2}, [done("attempt", "2026-03-01", "email"),
                                          done("attempt", "2026-03-02", "email")], False),
        ({"attempts": 2, "channels": 2}, [done("attempt", "2026-03-01", "email"),
                                          done("call", "2026-03-02", "call")], True),
        ({"plan_defaulted": True}, [], False),
        ({"plan_defaulted": True}, [done("plan_default", "2026-02-01")], True),
        ({"final_demand_expired": True}, [], False),
    ],
)  # fmt: skip
def test_a_step_may_require_earlier_things(
    need: dict[str, object],
    have: list[book.Done],
    is_met: bool,  # noqa: FBT001
) -> None:
    """A call made, silence, attempts over channels, a plan in default, an expired demand."""
    by = policy(step("one", 1, requires=[need]))
    made = decide_on("2026-03-10", by, items=[A], done=have)
    assert said(made) == ("act one" if is_met else "wait requirement_missing")
    if not is_met:
        assert wait(made).refs["requirement"] == by.cadences["only"].steps[0].requires[0].text()


def test_a_final_demand_of_another_item_that_expired_meets_the_requirement() -> None:
    """It is required of the case (4.6)."""
    by = policy(
        step("one", 1, requires=[{"final_demand_expired": True}]),
        step("last", 2, tone="formal", final_demand=True),
    )
    last = took("last", "2026-02-10", tone="formal", named="2026-02-20")
    ended = invoice("Z", due="2026-02-01", taken=[last])
    assert said(decide_on("2026-03-10", by, items=[A, ended])) == "act one"


@pytest.mark.parametrize(
    ("need", "text"),
    [
        ({"call_within_days": 21}, "a call made within 21 days"),
        ({"no_reply_days": 5}, "no reply for 5 days"),
        ({"attempts": 3, "channels": 2}, "3 attempts over 2 channels"),
        ({"final_demand_expired": True}, "a final demand sent and expired"),
        ({"plan_defaulted": True}, "a payment plan in default"),
    ],
)
def test_a_requirement_can_be_said_in_words(need: dict[str, object], text: str) -> None:
    """The sentence of requirement_missing carries it."""
    by = policy(step("one", 1, requires=[need]))
    assert by.cadences["only"].steps[0].requires[0].text() == text


def test_every_requirement_must_be_met() -> None:
    """The first that is not is the one named."""
    by = policy(step("one", 1, requires=[{"call_within_days": 5}, {"plan_defaulted": True}]))
    made = wait(decide_on("2026-03-10", by, items=[A], done=[done("call", "2026-03-09")]))
    assert made.refs["requirement"] == "a payment plan in default"


TWO_APPROVED = policy(
    step("one", 1, wait=7), step("two", 8, wait=7, tone="urgent", approve="manager")
)
BOTH = [SECOND, invoice("B", due="2026-03-09")]


@pytest.mark.parametrize(
    ("on", "found"),
    [
        ("2026-03-10", "ask notice two"),  # asked on the 10th
        ("2026-03-23", "ask notice two"),
        ("2026-03-24", "act one"),  # ten working days later the lower step goes alone
        ("2026-03-31", "act one"),
    ],
)
def test_a_step_that_waits_holds_the_lower_ones_for_ten_working_days(on: str, found: str) -> None:
    """Then they go out alone, and the question stays (4.6)."""
    since = [("two", day("2026-03-10"))]
    made = decide_on(on, TWO_APPROVED, items=BOTH, waiting_since=since)
    assert said(made) == found
    if found == "act one":
        assert act(made).takes == ((BOTH[1].id, "one"),)
        assert [(a.what, a.step) for a in act(made).asks] == [("notice", "two")]


def test_a_missing_requirement_holds_the_lower_steps_as_long() -> None:
    """The same ten working days, counted in the entity's calendar."""
    by = policy(step("one", 1), step("two", 8, requires=[{"call_within_days": 5}]))
    since = [("two", day("2026-03-10"))]
    on = "2026-03-23"
    wait(decide_on(on, by, items=BOTH, waiting_since=since), "requirement_missing")
    assert said(decide_on("2026-03-24", by, items=BOTH, waiting_since=since)) == "act one"
    ours = calendar("2026-03-16", name="ours")
    made = decide_on("2026-03-24", by, items=BOTH, waiting_since=since, entity_calendar=ours)
    wait(made, "requirement_missing")


def test_when_nothing_lower_can_go_the_waiting_step_stays_the_reason() -> None:
    """However long it waits."""
    since = [("two", day("2026-01-02"))]
    made = ask(decide_on("2026-03-10", TWO_APPROVED, items=[SECOND], waiting_since=since))
    assert made.asks[0].step == "two"
    by = policy(step("one", 1), step("two", 8, requires=[{"call_within_days": 5}]))
    wait(decide_on("2026-03-10", by, items=[SECOND], waiting_since=since), "requirement_missing")
    soon = decide_on(
        "2026-03-11", TWO_APPROVED, items=BOTH, waiting_since=since,
        outreach=[contacted("2026-03-06", "firm")],
    )  # fmt: skip
    assert said(soon) == "wait too_soon"


def test_two_steps_that_wait_are_asked_together() -> None:
    """Once the first no longer holds the second back."""
    by = policy(step("one", 1, approve="collector"), step("two", 8, approve="manager"))
    made = ask(decide_on("2026-03-31", by, items=BOTH, waiting_since=[("two", day("2026-03-10"))]))
    assert [(a.step, a.approval) for a in made.asks] == [("two", "manager"), ("one", "collector")]


def test_what_is_asked_is_what_would_be_done() -> None:
    """The items, the amounts, the steps they take and the actions with their keys."""
    made = ask(decide_on("2026-03-10", TWO_APPROVED, items=BOTH))
    [asked] = made.asks
    assert (asked.what, asked.tone, asked.approval) == ("notice", "urgent", "manager")
    assert asked.items == (SECOND.id, BOTH[1].id)
    assert asked.takes == ((SECOND.id, "two"), (BOTH[1].id, "one"))
    assert asked.amounts == (("EUR", 200_00),)
    assert [a.channel for a in asked.actions] == ["email"]
    assert made.refs == {"step": "two", "role": "manager"}
    granted = act(decide_on("2026-03-10", TWO_APPROVED, items=BOTH, approvals=[grant("2026-03-10",
                  asked.items)]))  # fmt: skip
    assert granted.actions == asked.actions


def grant(on: str, items: tuple[int, ...] = (), state: str = "granted") -> book.Approval:
    """An approval of step two's notice."""
    return book.Approval("notice", "two", day("2026-03-10"), state, day(on))


@pytest.mark.parametrize(
    ("on", "found"),
    [("2026-03-10", "act two"), ("2026-03-24", "act two"), ("2026-03-25", "ask notice two")],
)
def test_an_approval_lapses_after_ten_working_days(on: str, found: str) -> None:
    """Granted on the 10th it stands through the 24th (6.3)."""
    made = decide_on(on, TWO_APPROVED, items=[SECOND], approvals=[grant("2026-03-10")])
    assert said(made) == found


@pytest.mark.parametrize(
    "approval",
    [
        grant("2026-03-10", state="asked"),
        grant("2026-03-10", state="refused"),
        book.Approval("suspension", "two", day("2026-03-10"), "granted", day("2026-03-10")),
        book.Approval("notice", "one", day("2026-03-10"), "granted", day("2026-03-10")),
        book.Approval("notice", "two", day("2026-03-10"), "granted"),
    ],
)
def test_only_a_grant_of_this_step_is_one(approval: book.Approval) -> None:
    """A question, a refusal, another step or another measure lets nothing go."""
    made = decide_on("2026-03-10", TWO_APPROVED, items=[SECOND], approvals=[approval])
    assert said(made) == "ask notice two"


def test_a_step_without_an_approval_role_goes_by_itself() -> None:
    """Soft notices may go by themselves (6.3)."""
    assert said(decide_on("2026-03-10", policy(), items=[SECOND])) == "act two"


# --- outcomes and the end (4.9) ---------------------------------------------------------------

ENDING = (
    *LADDER[:3],
    step("last", 30, wait=14, tone="formal", final_demand=True),
)
OUTCOMES = [
    {"what": "placement", "from_day": 45, "minimum": 500},
    {"what": "legal_referral", "from_day": 90, "minimum": 5000, "approve": "legal"},
]


def ended(
    number: str = "A",
    euros: int = 600,
    *,
    due: str = "2026-01-01",
    named: str | None = "2026-02-16",
) -> book.Item:
    """An item whose final demand went out on 6 February."""
    last = took("last", "2026-02-06", tone="formal", named=named)
    return invoice(number, euros * 100, due=due, taken=[last])


@pytest.mark.parametrize(
    ("on", "item", "found", "again"),
    [
        # until the final demand has expired: not_yet
        ("2026-02-10", ended(named="2026-02-25"), "wait not_yet", "2026-02-26"),
        # expired, but the agency's 45 days are not reached
        ("2026-02-20", ended(due="2026-01-10", named="2026-02-16"), "wait not_yet", "2026-02-24"),
        ("2026-02-24", ended(due="2026-01-10"), "ask placement placement", None),
        ("2026-02-25", ended(named="2026-02-25"), "wait not_yet", "2026-02-26"),
        ("2026-02-26", ended(named="2026-02-25"), "ask placement placement", None),
        # no date named: the wait of the step stands for it
        ("2026-02-19", ended(named=None), "wait not_yet", "2026-02-20"),
        ("2026-02-20", ended(named=None), "ask placement placement", None),
        # below the agency's minimum there is nothing left but a person
        ("2026-03-20", ended(euros=499), "wait cadence_ended", None),
        ("2026-03-20", ended(euros=500), "ask placement placement", None),
        # one at a time, in the policy's order
        ("2026-06-20", ended(euros=9000), "ask placement placement", None),
    ],
)
def test_outcomes_are_proposed_once_the_final_demand_has_expired(
    on: str, item: book.Item, found: str, again: str | None
) -> None:
    """In the policy's order, as their conditions hold; until then not_yet (4.9)."""
    made = decide_on(on, policy(*ENDING, outcomes=OUTCOMES), items=[item])
    assert said(made) == found
    assert made.look_again_on == (day(again) if again else None)


def test_an_outcome_counts_cadence_age() -> None:
    """Days on hold do not bring the agency nearer (2.3)."""
    held = [stop("hold", "2026-02-01", "2026-02-10")]
    by = policy(*ENDING, outcomes=OUTCOMES)
    item = ended()
    made = wait(decide_on("2026-02-20", by, items=[item], stops=held), "not_yet")
    assert made.look_again_on == day("2026-02-25")
    assert said(decide_on("2026-02-25", by, items=[item], stops=held)).startswith("ask placement")


def test_an_outcome_is_asked_of_its_role_with_what_it_would_take() -> None:
    """The items, the amount, and an internal action: nothing goes to the customer."""
    by = policy(*ENDING, outcomes=OUTCOMES[1:])
    items = [ended("B", 3000), ended("A", 3000, due="2025-12-01")]
    [asked] = ask(decide_on("2026-06-20", by, items=items)).asks
    assert (asked.what, asked.step, asked.approval) == (
        "legal_referral", "legal_referral", "legal",
    )  # fmt: skip
    assert sorted(asked.items) == sorted(i.id for i in items)
    assert asked.amounts == (("EUR", 6000_00),)
    assert [(a.channel, a.to_role) for a in asked.actions] == [("internal", "legal")]


def test_an_outcome_leaves_out_what_is_stopped() -> None:
    """An item in dispute goes to no agency, and does not count toward the minimum (3.2, 4.9)."""
    by = policy(*ENDING, outcomes=OUTCOMES)
    items = [ended("A"), ended("B")]
    held = [stop("dispute", "2026-03-01", items=["B"])]
    [asked] = ask(decide_on("2026-03-20", by, items=items, stops=held)).asks
    assert (asked.items, asked.amounts) == ((items[0].id,), (("EUR", 600_00),))
    small = [ended("A", 400), ended("B", 400)]
    wait(decide_on("2026-03-20", by, items=small, stops=held), "cadence_ended")


def test_an_outcome_counts_no_claims() -> None:
    """Interest does not lift a case over the agency's minimum (1)."""
    by = policy(*ENDING, outcomes=OUTCOMES)
    last = took("last", "2026-02-06", tone="formal", named="2026-02-16")
    claim = invoice("F", 500_00, due="2026-01-01", kind="claim", taken=[last])
    wait(decide_on("2026-03-20", by, items=[ended(euros=499), claim]), "cadence_ended")


def test_an_outcome_that_waits_holds_the_lower_steps_then_they_go_with_it() -> None:
    """Ten working days, then the younger item's reminder goes out and the question stays."""
    by = policy(*ENDING, outcomes=OUTCOMES)
    young = invoice("B", due="2026-02-25")
    since = [("placement", day("2026-03-02"))]
    for on in ("2026-03-02", "2026-03-13"):
        made = decide_on(on, by, items=[ended(), young], waiting_since=since)
        assert said(made) == "ask placement placement"
    made = act(decide_on("2026-03-16", by, items=[ended(), young], waiting_since=since))
    assert made.takes == ((young.id, "one"),)
    assert [a.what for a in made.asks] == ["placement"]


def test_while_another_item_climbs_the_end_of_one_is_not_the_end() -> None:
    """not_yet stands before cadence_ended (5)."""
    by = policy(*ENDING, outcomes=OUTCOMES)
    young = invoice("B", due="2026-03-01", taken=[took("one", "2026-03-18")])
    made = wait(decide_on("2026-03-20", by, items=[ended(euros=100), young]), "not_yet")
    assert made.look_again_on == day("2026-03-25")
    assert made.refs == {"on": day("2026-03-25"), "item": "B", "step": "two"}


def test_a_cadence_of_reminders_ends_without_an_outcome() -> None:
    """An item whose only moment has passed has nothing more to take."""
    by = policy(step("ahead", 3, phase="pre_due"))
    wait(decide_on("2026-03-10", by, items=[A]), "cadence_ended")


# --- small balances (4.4) ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "minor", "paid_on", "found", "again"),
    [
        ("2026-03-10", 4_99, None, "wait below_minimum", "2026-05-30"),
        ("2026-05-29", 4_99, None, "wait below_minimum", "2026-05-30"),
        ("2026-05-30", 4_99, None, "ask write_off write_off", None),
        # small only since the last payment
        ("2026-05-30", 4_99, "2026-04-01", "wait below_minimum", "2026-06-30"),
        ("2026-06-30", 4_99, "2026-04-01", "ask write_off write_off", None),
        ("2026-05-30", 4_99, "2026-01-01", "ask write_off write_off", None),
        ("2026-05-30", 5_00, None, "act one", None),
    ],
)
def test_a_case_small_for_ninety_days_is_proposed_for_write_off(
    on: str, minor: int, paid_on: str | None, found: str, again: str | None
) -> None:
    """Before that it waits, below the minimum."""
    made = decide_on(
        on, policy(), items=[invoice("A", minor, due="2026-03-01")],
        last_payment_on=day(paid_on) if paid_on else None,
    )  # fmt: skip
    assert said(made) == found
    assert made.look_again_on == (day(again) if again else None)


def test_a_case_is_small_since_its_oldest_item() -> None:
    """A second small invoice does not start the ninety days anew."""
    items = [invoice("A", 2_00, due="2025-11-01"), invoice("B", 1_00, due="2026-03-01")]
    assert said(decide_on("2026-03-10", policy(), items=items)) == "ask write_off write_off"


def test_a_write_off_is_asked_of_the_manager_for_everything_overdue() -> None:
    """It names the items and the amount; nothing goes to the customer."""
    items = [invoice("A", 2_00, due="2025-11-01"), invoice("B", 1_00, due="2025-10-01")]
    made = ask(decide_on("2026-03-10", policy(), items=items))
    [asked] = made.asks
    assert (asked.what, asked.approval, asked.amounts) == ("write_off", "manager", (("EUR", 3_00),))
    assert [a.channel for a in asked.actions] == ["internal"]
    assert asked.actions[0].key == keys.action_key(
        facts(), case_no=1, step="write_off", lead=items[1], channel="internal", role="manager"
    )


def test_below_a_steps_own_minimum_a_large_case_is_not_written_off() -> None:
    """It is below the step's minimum, not below the small balance."""
    by = policy(step("one", 1, minimum=500))
    made = wait(decide_on("2027-03-10", by, items=[A]), "below_minimum")
    assert made.look_again_on is None
    assert made.refs == {"step": "one"}


def test_a_reminder_too_small_to_send_is_no_write_off() -> None:
    """Nothing is overdue yet."""
    by = policy(step("ahead", 3, phase="pre_due"), step("one", 1))
    made = wait(
        decide_on("2026-03-10", by, items=[invoice("A", 4_99, due="2026-03-12")]), "below_minimum"
    )
    assert made.refs == {"step": "ahead"}


# --- what a person may bring forward (6.11) ---------------------------------------------------


@pytest.mark.parametrize(
    ("on", "reason", "about"),
    [
        ("2026-03-05", "not_yet", {"items": [SECOND]}),
        ("2026-03-10", "too_soon", {"items": [SECOND], "outreach": [contacted("2026-03-09")]}),
        ("2026-03-10", "below_minimum", {"items": [invoice("A", 4_99, due="2026-03-01",
                                                   taken=[took("one", "2026-03-02")])]}),
        ("2026-03-14", "quiet_hours", {"items": [SECOND], "calendar": WEEK}),
    ],
)  # fmt: skip
def test_a_person_may_bring_forward_what_waits_for_a_day(
    on: str, reason: str, about: dict[str, object]
) -> None:
    """not_yet, too_soon, below_minimum and quiet_hours, each by its name."""
    wait(decide_on(on, policy(), **about), reason)
    assert said(decide_on(on, policy(), **about, brought_forward=[reason])) == "act two"
    others = {"not_yet", "too_soon", "below_minimum", "quiet_hours"} - {reason}
    wait(decide_on(on, policy(), **about, brought_forward=sorted(others)), reason)


def test_nothing_else_can_be_brought_forward() -> None:
    """A hold stays a hold, whatever is asked for."""
    everything = ["not_yet", "too_soon", "below_minimum", "quiet_hours", "on_hold"]
    held = [stop("hold", "2026-03-01")]
    made = decide_on("2026-03-10", policy(), items=[A], stops=held, brought_forward=everything)
    wait(made, "on_hold")


def test_bringing_forward_skips_no_step_and_wakes_nothing_that_is_not_overdue() -> None:
    """The next step, not a later one; an item not due yet stays silent."""
    made = act(decide_on("2026-03-02", policy(), items=[A], brought_forward=["not_yet"]))
    assert made.step == "one"
    wait(decide_on("2026-02-01", policy(), items=[A], brought_forward=["not_yet"]), "not_yet")


# --- the shape of a decision ------------------------------------------------------------------


def test_a_day_is_decided_the_same_twice() -> None:
    """Same facts, same policy, same day: the same decision (HOUSE 1.1)."""
    seen = facts(items=[SECOND, *BOTH[1:]])
    assert decide_on("2026-03-10", policy(), seen) == decide_on("2026-03-10", policy(), seen)


def test_a_year_of_one_unpaid_invoice() -> None:
    """Every step once, then the agency, asked every day until somebody answers."""
    by = policy(*ENDING, outcomes=OUTCOMES)
    seen = facts(items=[invoice("A", 600_00, due="2026-01-01")])
    acts = calendar_of_acts(by, seen, "2026-01-01", "2026-12-31")
    assert acts == [
        ("2026-01-02", "one"),
        ("2026-01-09", "two"),
        ("2026-01-16", "three"),
        ("2026-01-31", "last"),
    ]


def test_facts_without_items_are_nothing_open() -> None:
    """An empty book has nothing to say."""
    made = wait(decide.decide(facts(), policy(), as_of=day("2026-03-02")), "nothing_open")
    assert (made.also, made.look_again_on) == ((), None)


def test_not_yet_is_looked_at_on_the_first_day_something_opens() -> None:
    """The earliest of all items' days, and the sentence names that item."""
    items = [invoice("A", due="2026-04-01"), invoice("B", due="2026-03-20")]
    made = wait(decide_on("2026-03-02", policy(), items=items), "not_yet")
    assert made.look_again_on == day("2026-03-20") + DAY
    assert made.refs == {"on": day("2026-03-21"), "item": "B", "step": "one"}


def test_a_person_may_bring_forward_what_the_quiet_season_holds() -> None:
    """quiet_hours can be brought forward, the quiet season's too (6.11)."""
    firm = policy(step("one", 1, tone="firm"), quiet_seasons=WINTER)
    items = [invoice("A", due="2026-12-01")]
    wait(decide_on("2026-12-28", firm, items=items), "quiet_hours")
    made = decide_on("2026-12-28", firm, items=items, brought_forward=["quiet_hours"])
    assert act(made).step == "one"


def test_a_season_may_end_on_the_leap_day() -> None:
    """02-29 is the last day of February in every year, and a day that is none is refused."""
    firm = policy(step("one", 1, tone="firm"), quiet_seasons=[{"first": "02-20", "last": "02-29"}])
    made = decide_on("2027-02-25", firm, items=[invoice("A", due="2027-02-01")])
    assert wait(made, "quiet_hours").look_again_on == day("2027-03-01")


def test_an_outcome_whose_minimum_cannot_be_judged_waits_for_the_rate() -> None:
    """An agency's minimum needs the rate, so the case waits for it (3.1, 4.9)."""
    short = policy(
        step("last", 1, wait=7, final_demand=True, tone="formal"),
        outcomes=[{"what": "placement", "from_day": 1, "minimum": 5}],
    )
    ended = took("last", "2026-03-02", tone="formal", named="2026-03-10")
    items = [invoice("A", due="2026-03-01", currency="USD", taken=[ended])]
    wait(decide_on("2026-03-20", short, items=items), "no_rate")


def test_a_share_that_cannot_be_judged_waits_for_the_rate() -> None:
    """A step's share needs every currency of the balance (3.1, 4.4)."""
    shared = policy(step("one", 1, share_percent=50))
    items = [
        invoice("A", due="2026-03-01"),
        invoice("B", 1_000_000, due="2026-05-01", currency="USD"),
    ]
    wait(decide_on("2026-03-03", shared, items=items), "no_rate")


def test_no_outcome_without_a_final_demand() -> None:
    """An agency or lawyer is proposed only once a final demand has expired (4.9, 7)."""
    soft = policy(
        step("one", 1, wait=7), outcomes=[{"what": "placement", "from_day": 1, "minimum": 0}]
    )
    items = [invoice("A", due="2026-03-01", taken=[took("one", "2026-03-02")])]
    wait(decide_on("2026-03-20", soft, items=items), "cadence_ended")


def test_an_outcome_is_judged_on_what_it_would_take() -> None:
    """An agency's minimum is judged on the items whose final demand has expired (4.9, 7)."""
    short = policy(
        step("last", 1, wait=7, final_demand=True, tone="formal"),
        outcomes=[{"what": "placement", "from_day": 1, "minimum": 500}],
    )
    expired = took("last", "2026-03-02", tone="formal", named="2026-03-10")
    running = took("last", "2026-03-15", tone="formal", named="2026-03-30")
    items = [
        invoice("A", 300_00, due="2026-03-01", taken=[expired]),
        invoice("B", 300_00, due="2026-03-01", taken=[running]),
    ]
    made = wait(decide_on("2026-03-20", short, items=items), "not_yet")
    assert made.look_again_on == day("2026-03-31")
    assert len(ask(decide_on("2026-03-31", short, items=items)).asks[0].items) == 2


def test_an_outcome_takes_only_items_old_enough() -> None:
    """Legal referral from 90 days: a younger item stays (4.9, 7)."""
    short = policy(
        step("last", 1, wait=7, final_demand=True, tone="formal"),
        outcomes=[{"what": "legal_referral", "from_day": 90, "minimum": 0}],
    )
    old = took("last", "2026-01-02", tone="formal", named="2026-01-12")
    items = [
        invoice("A", due="2026-01-01", taken=[old]),
        invoice("B", due="2026-03-01", taken=[took("last", "2026-03-02", tone="formal")]),
    ]
    made = ask(decide_on("2026-04-02", short, items=items))
    assert made.asks[0].items == (items[0].id,)


def test_a_claim_does_not_keep_a_small_balance_alive() -> None:
    """A case below the small balance but for its claims is proposed for write-off (1, 4.4)."""
    items = [invoice("A", 4_00, due="2025-11-01"), invoice("B", due="2025-11-01", kind="claim")]
    made = ask(decide_on("2026-03-03", policy(), items=items))
    assert [a.what for a in made.asks] == ["write_off"]


def test_an_approval_covers_only_the_items_it_was_asked_for() -> None:
    """A new item needs its own approval (6.2, 6.3)."""
    approved = policy(step("one", 1, approve="manager"))
    a, b = invoice("A", due="2026-03-01"), invoice("B", 999_00, due="2026-03-01")
    asked = ask(decide_on("2026-03-03", approved, items=[a])).asks[0]
    assert asked.items == (a.id,)
    granted = book.Approval(
        "notice", "one", day("2026-03-03"), "granted", day("2026-03-03"), items=asked.items
    )
    assert act(decide_on("2026-03-03", approved, items=[a], approvals=[granted])).step == "one"
    ask(decide_on("2026-03-03", approved, items=[a, b], approvals=[granted]))


def test_the_order_of_items_stops_and_contacts_changes_nothing() -> None:
    """The same facts in another order give the same bytes."""
    a, b = invoice("A", due="2026-03-01"), invoice("B", due="2026-02-20")
    stops = [
        stop("dispute", "2026-03-01", items=["A"], minor=10, id=1),
        stop("dispute", "2026-03-02", items=["B"], minor=10, id=2),
    ]
    one = act(decide_on("2026-03-03", policy(), items=[a, b], stops=stops))
    two = act(decide_on("2026-03-03", policy(), items=[b, a], stops=stops[::-1]))
    assert one == two
    contacts = [contacted("2026-03-02"), contacted("2026-03-02", "urgent")]
    one = wait(decide_on("2026-03-03", policy(), items=[a, b], outreach=contacts))
    two = wait(decide_on("2026-03-03", policy(), items=[b, a], outreach=contacts[::-1]))
    assert one == two
    whole = [stop("hold", "2026-03-01", id=1), stop("hold", "2026-02-01", "2026-04-01", id=2)]
    one = wait(decide_on("2026-03-03", policy(), items=[a, b], stops=whole))
    two = wait(decide_on("2026-03-03", policy(), items=[a, b], stops=whole[::-1]))
    assert one == two


def test_too_soon_names_the_contact_that_holds_back() -> None:
    """A bounced message is no contact, so the sentence does not name it (4.5, 5)."""
    made = wait(
        decide_on(
            "2026-03-03",
            policy(),
            items=[invoice("A", due="2026-03-01")],
            outreach=[contacted("2026-03-02"), contacted("2026-03-03", reached=False)],
        ),
        "too_soon",
    )
    assert made.refs["contact_on"] == day("2026-03-02")


def test_a_small_balance_at_the_end_of_the_ladder_is_proposed_for_write_off() -> None:
    """A case below the small balance for 90 days is written off, wherever it stands (4.4)."""
    short = policy(step("last", 1, wait=7, final_demand=True, tone="formal"))
    ended = took("last", "2025-11-02", tone="formal", named="2025-11-12")
    items = [invoice("A", 4_00, due="2025-11-01", taken=[ended])]
    made = decide_on("2026-03-02", short, items=items, last_payment_on=day("2025-11-20"))
    assert [a.what for a in ask(made).asks] == ["write_off"]


# --- hardship and plans in default (7) --------------------------------------------------------


HARDSHIP = stop("hardship", "2026-03-10", "2026-03-23", id=9)
THIRD = invoice("A", due="2026-02-01", taken=[took("two", "2026-02-20", tone="urgent")])


def test_hardship_pauses_firm_steps_and_lets_mild_ones_go() -> None:
    """For its fourteen days; then the firm step goes (7)."""
    made = wait(decide_on("2026-03-10", policy(), items=[THIRD], stops=[HARDSHIP]), "on_hold")
    assert made.look_again_on == day("2026-03-24")
    assert made.refs == {"from_on": day("2026-03-10"), "stop": 9, "until_on": day("2026-03-23")}
    assert said(decide_on("2026-03-24", policy(), items=[THIRD], stops=[HARDSHIP])) == "act three"
    mild = [THIRD, invoice("B", due="2026-03-09")]
    made = act(decide_on("2026-03-10", policy(), items=mild, stops=[HARDSHIP]))
    assert made.takes == ((mild[1].id, "one"),)
    assert made.also_overdue == (THIRD.id,)


def test_hardship_stops_no_clock_and_covers_no_amount() -> None:
    """It is a pause in tone, not in what is owed: the days count."""
    made = decide_on("2026-03-24", policy(), items=[invoice("A", due="2026-03-09")],
                     stops=[HARDSHIP])  # fmt: skip
    assert said(made) == "act one"
    assert act(made).amounts == (("EUR", 100_00),)


def test_hardship_without_an_end_waits_for_an_event() -> None:
    """The sentence then names no last day, and nobody looks before something happens."""
    endless = stop("hardship", "2026-03-10")
    made = wait(decide_on("2026-03-10", policy(), items=[THIRD], stops=[endless]), "on_hold")
    assert made.refs == {"from_on": day("2026-03-10"), "stop": 1}
    assert made.look_again_on is None


def test_hardship_proposes_no_outcome() -> None:
    """An agency is harsher than firm, so it waits too."""
    by = policy(*ENDING, outcomes=OUTCOMES)
    wait(decide_on("2026-03-10", by, items=[ended()], stops=[HARDSHIP]), "on_hold")
    made = decide_on("2026-03-24", by, items=[ended()], stops=[HARDSHIP])
    assert said(made) == "ask placement placement"


DEMANDING = policy(
    *LADDER[:3], step("last", 30, tone="formal", final_demand=True, approve="manager")
)


def defaulted(until: str, *items: str) -> book.Stop:
    """A plan in default after this day."""
    return stop("plan", "2026-02-10", until, items=items, gives_back=True)


def test_a_plan_in_default_makes_the_final_demand_the_next_step() -> None:
    """With approval, whatever its age and the last step's wait: the named exception (7)."""
    item = invoice("A", due="2026-02-05", taken=[took("one", "2026-02-06")])
    broken = [defaulted("2026-02-14", "A")]
    made = ask(decide_on("2026-02-15", DEMANDING, items=[item], stops=broken))
    assert [(a.what, a.step, a.approval) for a in made.asks] == [("notice", "last", "manager")]
    assert made.asks[0].takes == ((item.id, "last"),)
    wait(decide_on("2026-02-14", DEMANDING, items=[item], stops=broken), "plan_running")


def test_a_default_calls_in_only_what_the_plan_covered() -> None:
    """Other items climb their own ladder; one past its demand is not asked twice."""
    covered = invoice("A", due="2026-02-05", taken=[took("one", "2026-02-06")])
    other = invoice("B", due="2026-02-05", taken=[took("one", "2026-02-06")])
    broken = [defaulted("2026-02-14", "A")]
    made = ask(decide_on("2026-02-15", DEMANDING, items=[covered, other], stops=broken))
    assert dict(made.asks[0].takes) == {covered.id: "last", other.id: "two"}
    past = invoice("A", due="2026-02-05", taken=[took("last", "2026-02-12", tone="formal")])
    wait(decide_on("2026-02-15", DEMANDING, items=[past], stops=broken), "not_yet")


def test_a_default_in_a_cadence_without_a_final_demand_goes_on_as_before() -> None:
    """There is nothing to call in with."""
    by = policy(*LADDER[:3])
    item = invoice("A", due="2026-02-05", taken=[took("one", "2026-02-06")])
    made = decide_on("2026-02-15", by, items=[item], stops=[defaulted("2026-02-14", "A")])
    assert said(made) == "act two"


def test_an_outcome_that_a_stop_without_end_keeps_away_has_no_day() -> None:
    """From tomorrow on hold for good: its age will never be reached by itself."""
    by = policy(*ENDING, outcomes=OUTCOMES)
    held = [stop("hold", "2026-02-21")]
    item = ended(due="2026-01-10")
    made = wait(decide_on("2026-02-20", by, items=[item], stops=held), "cadence_ended")
    assert made.look_again_on == day("2026-02-21")
    wait(decide_on("2026-02-21", by, items=[item], stops=held), "on_hold")


def test_a_question_stays_while_the_lower_steps_wait_for_something_of_their_own() -> None:
    """The agency's question is not lost because the younger item's reminder is too soon."""
    by = policy(*ENDING, outcomes=OUTCOMES)
    items = [ended(), invoice("B", due="2026-02-25")]
    made = ask(
        decide_on(
            "2026-03-16",
            by,
            items=items,
            waiting_since=[("placement", day("2026-03-02"))],
            outreach=[contacted("2026-03-15")],
        )
    )
    assert [a.what for a in made.asks] == ["placement"]
    assert made.also == ("too_soon",)
    assert made.look_again_on == day("2026-03-18")


def test_never_two_messages_on_one_day() -> None:
    """Also where the policy keeps no distance: a run repeated does nothing more (2.4)."""
    by = policy(step("ahead", 5, phase="pre_due", wait=1), *LADDER[:3], min_days_between_contacts=0)
    items = [THIRD, invoice("S", due="2026-03-12")]
    assert act(decide_on("2026-03-10", by, items=items)).step == "three"
    after = [contacted("2026-03-10")]
    taken = [invoice("A", due="2026-02-01", taken=[took("three", "2026-03-10", tone="firm")])]
    made = wait(decide_on("2026-03-10", by, items=[*taken, items[1]], outreach=after), "too_soon")
    assert made.look_again_on == day("2026-03-11")
    assert said(decide_on("2026-03-11", by, items=[*taken, items[1]], outreach=after)) == (
        "act ahead"
    )


def test_a_default_brings_forward_a_final_demand_that_was_next_anyway() -> None:
    """Neither its age nor the wait of the step before keeps it (7)."""
    item = invoice("A", due="2026-02-05", taken=[took("three", "2026-02-06", tone="firm")])
    broken = [defaulted("2026-02-14", "A")]
    made = ask(decide_on("2026-02-15", DEMANDING, items=[item], stops=broken))
    assert made.asks[0].takes == ((item.id, "last"),)


def test_a_default_does_not_anticipate_a_date_we_named() -> None:
    """The exception is to step, age and wait, not to the date the customer was given (4.2, 7)."""
    by = policy(step("one", 1), step("last", 30, tone="formal", final_demand=True))
    item = invoice("A", due="2026-02-05", taken=[took("one", "2026-02-06", named="2026-02-20")])
    broken = stop("plan", "2026-02-08", "2026-02-14", items=["A"], gives_back=True)
    made = wait(decide_on("2026-02-15", by, items=[item], stops=[broken]), "not_yet")
    assert made.look_again_on == day("2026-02-21")


def test_the_sentence_of_not_yet_names_an_item_that_may_be_chased() -> None:
    """One on hold opens earlier on paper, but nothing is demanded of it."""
    items = [invoice("A", due="2026-03-05"), invoice("B", due="2026-03-20")]
    held = [stop("hold", "2026-03-06", "2026-03-10", items=["A"]), stop("hold", "2026-03-01",
            "2026-03-04", items=["A"], id=2)]  # fmt: skip
    made = wait(decide_on("2026-03-04", policy(), items=items, stops=held), "not_yet")
    assert made.refs["item"] == "B"


def test_what_is_asked_of_outcomes_stands_in_one_order() -> None:
    """By age, as in a message, whatever the order of the facts."""
    by = policy(
        step("last", 1, tone="formal", final_demand=True),
        outcomes=[{"what": "placement", "from_day": 1, "minimum": 0}],
    )
    last = took("last", "2026-02-06", tone="formal", named="2026-02-16")
    items = [invoice(n, due="2026-01-01", taken=[last]) for n in "AB"]
    small = [invoice(n, 1_00, due="2025-10-01") for n in "AB"]
    for case in (items, small):
        one, two = (ask(decide_on("2026-03-20", by, items=o)) for o in (case, case[::-1]))
        assert one == two
        assert one.asks[0].items == tuple(i.id for i in case)
