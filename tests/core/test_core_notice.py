"""The message: its four parts, what each item takes, to whom, and by which key (SEMANTICS 4, 6)."""

from __future__ import annotations

import msgspec
import pytest
from casebook import (
    LADDER,
    WEEK,
    act,
    ask,
    calendar,
    contacted,
    credit,
    day,
    decide_on,
    facts,
    invoice,
    labels,
    policy,
    step,
    stop,
    took,
    wait,
)

from dunwell.core import book, keys
from dunwell.core import policy as policies
from dunwell.core.decision import Act
from dunwell.policies import built_in

ON = "2026-03-17"
TWO_TAKEN = [took("one", "2026-03-02"), took("two", "2026-03-09", tone="urgent")]
THIRD = invoice("A", due="2026-03-01", taken=TWO_TAKEN)
FIRST = invoice("B", due="2026-03-15")
WAITING = invoice("C", due="2026-03-01", taken=[took("one", "2026-03-14")])
SOON = invoice("D", due="2026-03-20")
FAR = invoice("E", due="2026-05-01")


def parts(seen: book.Facts, made: Act) -> dict[str, list[str]]:
    """Return the four parts by number of item."""
    return {
        "about": labels(seen, made.about),
        "also": labels(seen, made.also_overdue),
        "query": [f"{n} {m}" for n, (_, m) in zip(
            labels(seen, [i for i, _ in made.under_query]), made.under_query, strict=True)],
        "soon": labels(seen, made.due_soon),
    }  # fmt: skip


def takes(seen: book.Facts, made: Act) -> dict[str, str]:
    """Return the step each item takes."""
    return dict(zip(labels(seen, [i for i, _ in made.takes]), dict(made.takes).values(),
                    strict=True))  # fmt: skip


# --- four parts, own steps -------------------------------------------------------------------


def test_a_case_acts_on_its_highest_step_and_each_item_takes_its_own() -> None:
    """A takes the third step and B, shown beside it, its first; C waits and takes none (4.3)."""
    seen = facts(items=[FIRST, THIRD, WAITING, SOON, FAR])
    made = act(decide_on(ON, policy(), seen))
    assert (made.step, made.tone, made.lead) == ("three", "firm", THIRD.id)
    assert parts(seen, made) == {"about": ["A"], "also": ["C", "B"], "query": [], "soon": []}
    assert takes(seen, made) == {"A": "three", "B": "one"}
    assert made.amounts == (("EUR", 300_00),)


def test_a_mild_message_tells_what_falls_due_soon() -> None:
    """Outside the total, within seven days, and only when friendly or urgent (4.3)."""
    seen = facts(items=[FIRST, SOON, FAR])
    made = act(decide_on(ON, policy(), seen))
    assert parts(seen, made)["soon"] == ["D"]
    assert made.amounts == (("EUR", 100_00),)
    urgent = facts(items=[on_two("A", 100), SOON])
    made = act(decide_on(ON, policy(), urgent))
    assert (made.tone, parts(urgent, made)["soon"]) == ("urgent", ["D"])
    wide = act(decide_on(ON, policy(due_soon_days=60), seen))
    assert parts(seen, wide)["soon"] == ["D", "E"]


def test_what_is_in_dispute_is_listed_outside_every_total() -> None:
    """The part under query is shown with its amount; the rest is demanded."""
    seen = facts(
        items=[FIRST, invoice("F", due="2026-03-10"), FAR],
        stops=[
            stop("dispute", "2026-03-12", items=["B"], minor=30_00, id=1),
            stop("dispute", "2026-03-12", items=["F", "E"], id=2),
        ],
    )
    made = act(decide_on(ON, policy(), seen))
    assert parts(seen, made) == {
        "about": ["B"],
        "also": [],
        "query": ["F 10000", "B 3000", "E 10000"],
        "soon": [],
    }
    assert made.amounts == (("EUR", 70_00),)


def test_an_item_not_shown_takes_no_step() -> None:
    """A reminder before the due date is eligible, but a firm message does not show it (4.3)."""
    by = policy(step("ahead", 3, phase="pre_due", wait=1), *LADDER)
    seen = facts(items=[THIRD, SOON])
    made = act(decide_on(ON, by, seen))
    assert (made.step, takes(seen, made)) == ("three", {"A": "three"})
    mild = facts(items=[FIRST, SOON])
    made = act(decide_on(ON, by, mild))
    assert takes(mild, made) == {"B": "one", "D": "ahead"}


def test_a_reminder_shows_what_it_is_about_and_what_else_falls_due() -> None:
    """Before the due date there may be no case yet; the amount is what falls due."""
    by = policy(step("ahead", 3, phase="pre_due", wait=1), *LADDER)
    seen = facts(items=[SOON, invoice("G", due="2026-03-23")], case_no=0, has_open_case=False)
    made = act(decide_on(ON, by, seen))
    assert parts(seen, made) == {"about": ["D"], "also": [], "query": [], "soon": ["G"]}
    assert (made.phase, made.named_on, made.amounts) == ("pre_due", None, (("EUR", 100_00),))


def test_items_stand_in_order_of_due_date() -> None:
    """The oldest leads, whatever the order of the facts; a payer's children stand apart."""
    items = [invoice("H", due="2026-03-05"), invoice("G", due="2026-03-05"),
             invoice("Z", due="2026-03-02")]  # fmt: skip
    for order in (items, items[::-1]):
        seen = facts(items=order)
        assert labels(seen, act(decide_on(ON, policy(), seen)).about) == ["Z", "G", "H"]
    mixed = [invoice("H", due="2026-03-01", child="K2"), invoice("G", due="2026-03-05", child="K1")]
    seen = facts(items=mixed)
    assert labels(seen, act(decide_on(ON, policy(), seen)).about) == ["G", "H"]


def test_totals_stand_by_currency() -> None:
    """One message, one total for each currency, never added (3.1)."""
    seen = facts(
        items=[FIRST, invoice("U", 50_00, due="2026-03-15", currency="USD")],
        rates=[("USD", "0.9")],
    )
    assert act(decide_on(ON, policy(), seen)).amounts == (("EUR", 100_00), ("USD", 50_00))


def test_the_message_says_why_by_dates_and_ids() -> None:
    """The lead item, its due date, its last step: never a count of days (5)."""
    made = act(decide_on(ON, policy(), items=[THIRD]))
    assert made.refs == {
        "item": "A", "due_on": day("2026-03-01"), "step": "three",
        "last_step": "two", "last_on": day("2026-03-09"),
    }  # fmt: skip
    first = act(decide_on(ON, policy(), items=[FIRST]))
    assert first.refs == {"item": "B", "due_on": day("2026-03-15"), "step": "one"}


# --- minimum and share -----------------------------------------------------------------------

STAIRS = (
    step("one", 1, wait=7, minimum=60),
    step("two", 8, wait=7, tone="urgent", minimum=100),
    step("three", 15, wait=7, tone="firm", minimum=500),
)


def on_two(number: str, euros: int, **said: object) -> book.Item:
    """An item whose next step is two."""
    return invoice(number, euros * 100, due="2026-03-01", taken=[took("one", "2026-03-02")], **said)


def on_one(number: str, euros: int) -> book.Item:
    """An item whose next step is one."""
    return invoice(number, euros * 100, due="2026-03-10")


@pytest.mark.parametrize(
    ("items", "found"),
    [
        ([on_two("A", 100)], ("two", {"A": "two"})),
        ([on_two("A", 99)], None),
        # two is not met, so its items count with one; one is met and taken by B alone
        ([on_two("A", 40), on_one("B", 20)], ("one", {"B": "one"})),
        ([on_two("A", 30), on_one("B", 20)], None),
        # two is met, one too: both items take their own
        ([on_two("A", 100), on_one("B", 1)], ("two", {"A": "two", "B": "one"})),
        # items together meet a minimum
        ([on_two("A", 50), on_two("B", 50)], ("two", {"A": "two", "B": "two"})),
        # an item that waits counts too, since its next step is the same one
        ([on_two("A", 50),
          invoice("W", 50_00, due="2026-02-20", taken=[took("one", "2026-03-16")])],
         ("two", {"A": "two"})),
        # claims do not count
        ([on_two("A", 99), invoice("F", 50_00, due="2026-03-01", kind="claim",
          taken=[took("one", "2026-03-02")])], None),
        # what is not due yet does not count
        ([on_two("A", 99), invoice("L", 50_00, due="2026-04-01")], None),
    ],
)  # fmt: skip
def test_a_step_below_its_minimum_counts_with_the_one_below(
    items: list[book.Item], found: tuple[str, dict[str, str]] | None
) -> None:
    """Judged on items whose next step is this one or higher; falling back repeats none (4.4)."""
    seen = facts(items=items)
    made = decide_on(ON, policy(*STAIRS), seen)
    if found is None:
        wait(made, "below_minimum")
    else:
        assert (act(made).step, takes(seen, act(made))) == found


def test_a_minimum_is_judged_net() -> None:
    """What is in dispute, or covered by credit, does not count."""
    items = [on_two("A", 120)]
    dispute = [stop("dispute", "2026-03-05", items=["A"], minor=20_01)]
    wait(decide_on(ON, policy(*STAIRS), items=items, stops=dispute), "below_minimum")
    note = credit("N", 20_01)
    wait(decide_on(ON, policy(*STAIRS), items=[*items, note]), "below_minimum")


def test_the_default_minimum_is_the_small_balance() -> None:
    """5.00 in base currency, other currencies by their rate."""
    wait(decide_on(ON, policy(), items=[invoice("A", 4_99, due="2026-03-15")]), "below_minimum")
    act(decide_on(ON, policy(), items=[invoice("A", 5_00, due="2026-03-15")]))
    yen = invoice("A", 900, due="2026-03-15", currency="JPY")
    act(decide_on(ON, policy(), items=[yen], rates=[("JPY", "0.006")]))
    wait(decide_on(ON, policy(), items=[yen], rates=[("JPY", "0.005")]), "below_minimum")


def test_a_share_is_judged_on_the_whole_balance() -> None:
    """A step may go only when enough of what the customer owes is concerned."""
    by = policy(step("one", 1, share_percent=50))
    half = [invoice("A", due="2026-03-15"), invoice("L", due="2026-05-01")]
    act(decide_on(ON, by, items=half))
    less = [invoice("A", due="2026-03-15"), invoice("L", 100_01, due="2026-05-01")]
    wait(decide_on(ON, by, items=less), "below_minimum")


def test_a_step_not_met_is_not_taken_in_the_shadow_of_a_higher_one() -> None:
    """B is shown beside A, but its own step's minimum is not met, so it takes none (4.3)."""
    by = policy(step("one", 1, minimum=500), step("two", 8, minimum=0))
    seen = facts(items=[on_two("A", 100), on_one("B", 20)])
    made = act(decide_on(ON, by, seen))
    assert parts(seen, made)["also"] == ["B"]
    assert takes(seen, made) == {"A": "two"}


# --- the date it names -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wait_days", "calendar_", "named"),
    [
        # 2026-03-02 is a Monday; a wait of 7 ends on Monday 9, the last working day is Friday 6
        (7, WEEK, "2026-03-06"),
        (4, WEEK, "2026-03-05"),
        (14, WEEK, "2026-03-13"),
        (5, calendar("2026-03-05", "2026-03-06"), "2026-03-04"),
        # at least one day ahead
        (1, WEEK, "2026-03-03"),
        (0, WEEK, "2026-03-03"),
        (2, WEEK, "2026-03-03"),
        (2, calendar("2026-03-03", "2026-03-04"), "2026-03-05"),
    ],
)
def test_a_notice_names_the_last_working_day_before_its_wait_ends(
    wait_days: int, calendar_: object, named: str
) -> None:
    """At least one ahead (4.2)."""
    by = policy(step("one", 1, wait=wait_days), step("two", 2))
    items = [invoice("A", due="2026-02-26")]
    made = act(decide_on("2026-03-02", by, items=items, calendar=calendar_))
    assert made.named_on == day(named)


@pytest.mark.parametrize(("wait_days", "following"), [(2, "2026-03-04"), (7, "2026-03-09")])
def test_the_date_a_notice_names_delays_nothing(wait_days: int, following: str) -> None:
    """The next step goes when its wait is over."""
    by = policy(step("one", 1, wait=wait_days), step("two", 2), min_days_between_contacts=0)
    first = act(decide_on("2026-03-02", by, items=[invoice(due="2026-02-26")], calendar=WEEK))
    assert first.named_on is not None
    a = invoice(due="2026-02-26", taken=[took("one", "2026-03-02", named=str(first.named_on))])
    made = wait(decide_on("2026-03-03", by, items=[a], calendar=WEEK))
    assert made.look_again_on == day(following)


@pytest.mark.parametrize(
    ("days", "named"), [(10, "2026-03-12"), (12, "2026-03-16"), (5, "2026-03-09")]
)
def test_a_final_demand_names_the_day_to_respond_by(days: int, named: str) -> None:
    """10 days by default, moved to the next working day (4.2, 2.5)."""
    said = {} if days == 10 else {"respond_within": days}
    by = policy(step("last", 1, tone="formal", final_demand=True, **said))
    items = [invoice("A", due="2026-02-26")]
    made = act(decide_on("2026-03-02", by, items=items, calendar=WEEK))
    assert (made.is_final_demand, made.named_on) == (True, day(named))


def test_a_notice_on_the_due_date_names_no_other() -> None:
    """It says the date it falls due, and that is today."""
    by = policy(step("today", 0, phase="due"))
    made = act(decide_on("2026-03-02", by, items=[invoice("A", due="2026-03-02")]))
    assert made.named_on is None


# --- consequences and measures ---------------------------------------------------------------

NAMED = {"names": ["suspension", "agency", "legal"]}
WARNING = (
    step("one", 1, wait=7, **NAMED),
    step("two", 8, wait=7, tone="firm", **NAMED),
    step("three", 15, wait=7, tone="severe", proposes=[{"what": "suspension", "minimum": 100}],
         **NAMED),
    step("last", 30, tone="formal", final_demand=True, **NAMED),
)  # fmt: skip
OUTCOMES = [
    {"what": "placement", "from_day": 45, "minimum": 500},
    {"what": "legal_referral", "from_day": 90, "minimum": 5000},
]


@pytest.mark.parametrize(
    ("taken", "euros", "found"),
    [
        # neither this step nor the next proposes anything
        ([], 200, ()),
        # the next one does
        (["one"], 200, ("suspension",)),
        (["one"], 99, ()),
        # this one does; the next one has the outcomes, but this is no final demand
        (["one", "two"], 200, ("suspension",)),
        # the final demand names what follows it, as far as the amount allows
        (["one", "two", "three"], 200, ()),
        (["one", "two", "three"], 500, ("agency",)),
        (["one", "two", "three"], 5000, ("agency", "legal")),
    ],
)
def test_a_consequence_is_named_only_when_it_is_proposed_now_or_next(
    taken: list[str], euros: int, found: tuple[str, ...]
) -> None:
    """By this step or the case's next one (6.9)."""
    history = [took(s, f"2026-02-{n:02}") for n, s in enumerate(taken, start=1)]
    items = [invoice("A", euros * 100, due="2026-01-01", taken=history)]
    made = act(decide_on(ON, policy(*WARNING, outcomes=OUTCOMES), items=items))
    assert made.consequences == found


def suspending(from_day: int = 0) -> dict[str, object]:
    """A proposal to suspend, from 100.00."""
    return {"what": "suspension", "minimum": 100, "from_day": from_day, "approve": "manager"}


def test_a_step_proposes_its_measures_and_goes_out_without_waiting_for_them() -> None:
    """A suspension waits for its own approval and never delays the notice (6.3)."""
    by = policy(step("one", 1, proposes=[suspending()]))
    made = act(decide_on(ON, by, items=[FIRST]))
    [measure] = made.asks
    assert (measure.what, measure.step, measure.approval) == ("suspension", "one", "manager")
    assert (measure.items, measure.amounts) == ((FIRST.id,), (("EUR", 100_00),))
    assert [a.channel for a in measure.actions] == ["webhook"]
    assert not measure.takes


@pytest.mark.parametrize(
    ("euros", "from_day", "is_proposed"),
    [(100, 0, True), (99, 0, False), (100, 16, True), (100, 17, False)],
)
def test_a_measure_has_its_own_minimum_and_age(
    euros: int,
    from_day: int,
    is_proposed: bool,  # noqa: FBT001
) -> None:
    """Not under 100.00, and from so many days of cadence age (7)."""
    by = policy(step("one", 1, proposes=[suspending(from_day)]))
    items = [invoice("A", euros * 100, due="2026-03-01")]
    assert bool(act(decide_on(ON, by, items=items)).asks) is is_proposed


@pytest.mark.parametrize(
    ("state", "until", "is_proposed"),
    [("asked", None, False), ("refused", "2026-03-18", False), ("refused", "2026-03-17", True)],
)
def test_a_measure_already_asked_for_is_not_asked_again(
    state: str,
    until: str | None,
    is_proposed: bool,  # noqa: FBT001
) -> None:
    """A refusal holds until its date, and no longer (6.3)."""
    by = policy(step("one", 1, proposes=[suspending()]))
    known = book.Approval(
        "suspension", "one", day("2026-03-02"), state, day("2026-03-02"), day(until) if until
        else None,
    )  # fmt: skip
    made = act(decide_on(ON, by, items=[FIRST], approvals=[known]))
    assert bool(made.asks) is is_proposed


def test_a_measure_that_two_steps_propose_is_proposed_once() -> None:
    """One of a kind per case, for the step that comes first (4.3)."""
    by = policy(
        step("one", 1, proposes=[suspending()]),
        step("two", 8, proposes=[suspending(), {"what": "prepayment"}]),
    )
    made = act(decide_on(ON, by, items=[FIRST, on_two("A", 200)]))
    assert sorted((a.what, a.step) for a in made.asks) == [
        ("prepayment", "two"),
        ("suspension", "one"),
    ]
    assert {a.what: a.actions[0].channel for a in made.asks}["prepayment"] == "internal"


def test_a_checkpoint_is_recorded_before_each_step_above_friendly() -> None:
    """Likelihood, what was tried, what changed (6.12)."""
    assert act(decide_on(ON, policy(), items=[FIRST])).checkpoint is None
    made = act(
        decide_on(
            ON,
            policy(),
            items=[THIRD],
            share_paid_30=40,
            last_payment_on=day("2026-02-01"),
            outreach=[contacted("2026-03-09", "urgent")],
        )
    )
    assert made.checkpoint == {
        "share_paid_within_30_days_percent": 40,
        "tried": [("2026-03-09", "email", "urgent")],
        "last_payment_on": day("2026-02-01"),
    }


def test_a_step_says_who_is_responsible_and_who_signs() -> None:
    """Roles and the template come from the step (9)."""
    by = policy(
        step("one", 1, responsible="account_manager", signatory="manager", template="greeting")
    )
    made = act(decide_on(ON, by, items=[FIRST]))
    assert (made.responsible, made.signatory) == ("account_manager", "manager")
    assert (made.template, made.actions[0].template) == ("greeting", "greeting")
    own = policy(step("one", 1, actions=[{"channel": "email", "template": "own"}]))
    assert act(decide_on(ON, own, items=[FIRST])).actions[0].template == "own"
    assert act(decide_on(ON, policy(), items=[FIRST])).template == "one"


# --- routes ----------------------------------------------------------------------------------


def routes(*said: str) -> list[book.Route]:
    """Routes written as role:channel."""
    pairs = [s.split(":") for s in said]
    return [book.Route(role, channel, n) for n, (role, channel) in enumerate(pairs, start=1)]


@pytest.mark.parametrize(
    ("have", "to", "found"),
    [
        (["ap:email"], "ap", ("email", "ap", 1)),
        (["ap:email", "manager:email"], "manager", ("email", "manager", 2)),
        # others in the policy's order, not in the order of the facts
        (["manager:email", "buyer:email"], "ap", ("email", "buyer", 2)),
        (["ap:email"], "executive", ("email", "ap", 1)),
        # a role outside the order is reached only by name
        (["legal:email", "ap:letter"], "ap", ("letter", "ap", 2)),
        (["legal:email"], "legal", ("email", "legal", 1)),
        # then post, to the same roles in the same order
        (["buyer:letter", "manager:letter"], "manager", ("letter", "manager", 2)),
        (["buyer:letter", "ap:phone"], "ap", ("letter", "buyer", 1)),
    ],
)
def test_who_is_reached_and_how(have: list[str], to: str, found: tuple[str, str, int]) -> None:
    """The role asked for, other roles in order, then post (6.6)."""
    by = policy(step("one", 1, actions=[{"channel": "email", "to": to}]))
    made = act(decide_on(ON, by, items=[FIRST], routes=routes(*have)))
    [action] = made.actions
    assert (action.channel, action.to_role, action.contact) == found
    assert action.takes_step


@pytest.mark.parametrize("have", [[], ["ap:phone"], ["legal:email"]])
def test_without_any_address_there_is_no_route(have: list[str]) -> None:
    """Then a person finds one; the ladder does not move (6.6)."""
    made = wait(decide_on(ON, policy(), items=[FIRST], routes=routes(*have)), "no_route")
    assert made.refs == {"step": "one"}


def test_a_call_goes_by_any_number_and_is_a_task_without_one() -> None:
    """Phone or mobile; without a number the task is to find one."""
    by = policy(step("one", 1, "call", taken_by="call"))
    for have, contact in (["ap:mobile"], 1), (["buyer:phone"], 1), ([], None):
        [call] = act(decide_on(ON, by, items=[FIRST], routes=routes(*have))).actions
        assert (call.channel, call.contact, call.takes_step) == ("call", contact, True)


def test_a_mail_that_becomes_a_letter_is_sent_once() -> None:
    """Where both a mail and a letter are wanted and there is only post, one letter goes."""
    by = policy(step("one", 1, "email", "letter"))
    made = act(decide_on(ON, by, items=[FIRST], routes=routes("ap:letter")))
    assert [(a.channel, a.takes_step) for a in made.actions] == [("letter", True)]


def test_a_step_brings_its_call_once_for_the_whole_case() -> None:
    """Two steps with a call each make one call (4.3)."""
    by = policy(step("one", 1, "email", "call"), step("two", 8, "email", "call"))
    made = act(decide_on(ON, by, items=[FIRST, on_two("A", 200)]))
    assert [a.channel for a in made.actions] == ["email", "call"]
    lower = policy(step("one", 1, "email", "call"), step("two", 8, "email"))
    made = act(decide_on(ON, lower, items=[FIRST, on_two("A", 200)]))
    assert [a.channel for a in made.actions] == ["email", "call"]


def test_the_step_is_taken_by_its_written_notice_unless_it_says_otherwise() -> None:
    """A call beside a mail takes no step; named as what takes it, it does (1)."""
    both = act(decide_on(ON, policy(step("one", 1, "call", "email")), items=[FIRST]))
    assert {a.channel: a.takes_step for a in both.actions} == {"call": False, "email": True}
    call = act(
        decide_on(ON, policy(step("one", 1, "call", "email", taken_by="call")), items=[FIRST])
    )
    assert {a.channel: a.takes_step for a in call.actions} == {"call": True, "email": False}


@pytest.mark.parametrize(
    ("zone", "slot"),
    [
        ("UTC", "2026-03-17T09:00:00+00:00"),
        ("Europe/Berlin", "2026-03-17T09:00:00+01:00"),
        ("America/New_York", "2026-03-17T09:00:00-04:00"),
    ],
)
def test_a_message_goes_at_the_start_of_the_hours_where_the_customer_is(
    zone: str, slot: str
) -> None:
    """Inside the policy's hours in the debtor's time zone (2.5)."""
    assert act(decide_on(ON, policy(), items=[FIRST], time_zone=zone)).actions[0].send_at == slot
    late = policy(hours={"start": "10:30", "end": "16:00"})
    made = act(decide_on(ON, late, items=[FIRST], time_zone=zone))
    assert made.actions[0].send_at == slot.replace("09:00:00", "10:30:00")


# --- keys ------------------------------------------------------------------------------------


def key(**changed: object) -> str:
    """Return the key of one action, with some of what it is made of changed."""
    seen = facts(**{k: v for k, v in changed.items() if k in ("organisation", "entity",
                 "customer")})  # fmt: skip
    rest: dict[str, object] = {
        "case_no": 1, "step": "one", "lead": FIRST, "channel": "email", "role": "ap",
    }  # fmt: skip
    return keys.action_key(seen, **(rest | {k: v for k, v in changed.items() if k in rest
                           or k == "attempt"}))  # type: ignore[arg-type]  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"organisation": "other"},
        {"entity": "OTHER"},
        {"customer": "C-2"},
        {"case_no": 2},
        {"step": "two"},
        {"lead": SOON},
        {"lead": msgspec.structs.replace(FIRST, kind="debit_note")},
        {"lead": msgspec.structs.replace(FIRST, part="1")},
        {"lead": msgspec.structs.replace(FIRST, child="K1")},
        {"channel": "letter"},
        {"role": "buyer"},
        {"attempt": 2},
    ],
    ids=lambda c: next(iter(c)),
)
def test_a_key_changes_with_everything_it_is_made_of(changed: dict[str, object]) -> None:
    """Organisation, case, step, lead item, channel, recipient role and attempt (6.5)."""
    assert key(**changed) != key()
    assert len(key()) == 32


def test_a_key_does_not_change_with_the_amount_the_id_or_the_policy() -> None:
    """Never of the policy version or the set of items, nor of how the store counts (6.5)."""
    again = msgspec.structs.replace(FIRST, open_minor=1, id=999, due_on=day("2026-01-01"))
    assert key(lead=again) == key()
    one = act(decide_on(ON, policy(version=1), items=[THIRD]))
    two = act(decide_on(ON, policy(version=2), items=[THIRD, FIRST, WAITING]))
    assert one.actions[0].key == two.actions[0].key


def test_parts_of_a_key_cannot_run_into_each_other() -> None:
    """Entity AB of customer C is not entity A of customer BC."""
    assert key(entity="AB", customer="C") != key(entity="A", customer="BC")


@pytest.mark.parametrize(
    ("case_no", "has_open_case", "due", "counted"),
    [(1, True, "2026-03-15", 1), (1, False, "2026-03-15", 2), (0, False, "2026-03-15", 1)],
)
def test_a_key_belongs_to_its_case(
    case_no: int,
    has_open_case: bool,  # noqa: FBT001
    due: str,
    counted: int,
) -> None:
    """An overdue item of a customer without an open case opens the next one."""
    seen = facts(items=[FIRST], case_no=case_no, has_open_case=has_open_case)
    made = act(decide_on(ON, policy(), seen))
    assert made.actions[0].key == keys.action_key(
        seen, case_no=counted, step="one", lead=FIRST, channel="email", role="ap"
    )


def test_a_contact_before_the_due_date_needs_no_case() -> None:
    """Its key stands outside every case (1, Case)."""
    by = policy(step("ahead", 3, phase="pre_due"))
    seen = facts(items=[SOON], case_no=4, has_open_case=False)
    made = act(decide_on(ON, by, seen))
    assert made.actions[0].key == keys.action_key(
        seen, case_no=0, step="ahead", lead=SOON, channel="email", role="ap"
    )


def test_attempts_rise_after_a_proven_failure() -> None:
    """The facts say how often this step failed for this lead by this channel (6.5)."""
    failed = [(f"one:{FIRST.id}:email", 2), (f"one:{FIRST.id}:letter", 7)]
    seen = facts(items=[FIRST], attempts=failed)
    assert act(decide_on(ON, policy(), seen)).actions[0].key == keys.action_key(
        seen, case_no=1, step="one", lead=FIRST, channel="email", role="ap", attempt=3
    )


def test_claims_count_toward_no_threshold() -> None:
    """Interest and fees do not lift a measure, a consequence or a small balance over it (1)."""
    proposing = policy(
        step("one", 1, names=["suspension"], proposes=[{"what": "suspension", "minimum": 100}])
    )
    items = [invoice("A", 95_00, due="2026-03-01"), invoice("B", due="2026-03-01", kind="claim")]
    made = act(decide_on("2026-03-03", proposing, items=items))
    assert not made.asks
    assert not made.consequences


def test_every_step_taken_brings_its_written_notice() -> None:
    """An item that takes a mail's step in a call's shadow gets its mail too (4.3)."""
    accounts = policies.compile_policy(built_in("key-account"), version=1)
    called, noted = (
        took("account_manager_call", "2026-03-07"),
        took("account_manager_note", "2026-03-15"),
    )
    items = [
        invoice("A", due="2026-03-01", taken=[called, noted]),
        invoice("B", due="2026-03-15", taken=[took("account_manager_call", "2026-03-22")]),
    ]
    made = act(decide_on("2026-04-02", accounts, items=items))
    assert [s for _, s in made.takes] == ["manager_call", "account_manager_note"]
    assert [a.channel for a in made.actions] == ["call", "email"]


def test_a_courtesy_does_not_speak_of_what_is_overdue() -> None:
    """A call about an overdue item sends no mail that says something falls due (4.3)."""
    accounts = policies.compile_policy(built_in("key-account"), version=1)
    items = [invoice("A", due="2026-03-01"), invoice("B", due="2026-03-16")]
    made = act(decide_on("2026-03-11", accounts, items=items))
    assert made.takes == ((items[0].id, "account_manager_call"),)
    assert [a.channel for a in made.actions] == ["call"]
    alone = act(decide_on("2026-03-11", accounts, items=items[1:]))
    assert [a.template for a in alone.actions] == ["courtesy_note"]


def test_any_written_channel_takes_the_step() -> None:
    """Of several written channels the first confirmed takes the step (6.6)."""
    both = policy(step("one", 1, "email", "letter", "call"))
    made = act(decide_on("2026-03-03", both, items=[invoice("A", due="2026-03-01")]))
    assert [(a.channel, a.takes_step) for a in made.actions] == [
        ("email", True),
        ("letter", True),
        ("call", False),
    ]


@pytest.mark.parametrize(
    ("items", "gaps", "is_proposed"),
    [
        # in force while an item it was granted for is owed
        ((FIRST.id,), (), False),
        ((), (), False),
        # those items are paid: a new debt is a new question
        ((THIRD.id,), (), True),
        # paid, which lifted it, and the payment returned: proposed again (3.6)
        ((FIRST.id,), (("2026-03-10", "2026-03-12"),), True),
        ((FIRST.id,), (("2026-02-10", "2026-02-12"),), False),
    ],
)
def test_a_measure_granted_stands_with_the_items_it_was_granted_for(
    items: tuple[int, ...],
    gaps: tuple[tuple[str, str], ...],
    is_proposed: bool,  # noqa: FBT001
) -> None:
    """A suspension ends when what it names is paid (7)."""
    by = policy(step("one", 1, proposes=[suspending()]))
    granted = book.Approval(
        "suspension", "one", day("2026-03-02"), "granted", day("2026-03-02"), items=items
    )
    back = msgspec.structs.replace(FIRST, paid_gaps=tuple((day(a), day(b)) for a, b in gaps))
    made = act(decide_on(ON, by, items=[back], approvals=[granted]))
    assert bool(made.asks) is is_proposed


def test_a_granted_measure_without_a_day_is_in_force() -> None:
    """What was granted before days were kept is not asked again."""
    by = policy(step("one", 1, proposes=[suspending()]))
    granted = book.Approval("suspension", "one", day("2026-03-02"), "granted", items=(THIRD.id,))
    assert not act(decide_on(ON, by, items=[FIRST], approvals=[granted])).asks


def test_a_step_no_action_can_take_is_not_said_to_be_taken() -> None:
    """A calls, B's mail has no address: the call goes, and B keeps its step (4.3, 6.6)."""
    by = policy(step("one", 1), step("two", 8, "call", taken_by="call"))
    items = [on_two("A", 100), on_one("B", 100)]
    made = act(decide_on(ON, by, items=items, routes=routes("ap:phone")))
    assert made.takes == ((items[0].id, "two"),)
    assert [a.takes_steps for a in made.actions] == [("two",)]


def test_what_was_tried_is_listed_in_order() -> None:
    """By day, channel and tone, whatever the order of the facts."""
    past = [contacted("2026-03-09", "urgent"), contacted("2026-03-02"), contacted("2026-03-09")]
    made = act(decide_on(ON, policy(), items=[THIRD], outreach=past))
    assert made.checkpoint is not None
    assert [t[0] + t[2] for t in made.checkpoint["tried"]] == [
        "2026-03-02friendly", "2026-03-09friendly", "2026-03-09urgent",
    ]  # fmt: skip


def test_one_cent_is_an_amount() -> None:
    """Where the minimum is a cent, a cent is demanded."""
    by = policy(step("one", 1, minimum="0.01"))
    assert act(decide_on(ON, by, items=[invoice("A", 1, due="2026-03-01")])).amounts == (
        ("EUR", 1),
    )


def test_a_question_without_a_route_is_put_to_its_role_all_the_same() -> None:
    """Its action is internal, and its key can be answered."""
    by = policy(step("one", 1, approve="manager"))
    made = ask(decide_on(ON, by, items=[FIRST], routes=[]))
    [action] = made.asks[0].actions
    assert (action.channel, action.to_role, action.takes_steps) == ("internal", "manager", ())


def test_parts_of_a_lead_item_cannot_run_into_each_other() -> None:
    """A number may hold any sign, so no sign that a number may hold parts kind, number and part."""
    one = invoice("A:", due="2026-03-01", part="K")
    two = invoice("A", due="2026-03-01", child="K")
    found = {
        keys.action_key(facts(), case_no=1, step="one", lead=i, channel="email", role="ap")
        for i in (one, two)
    }
    assert len(found) == 2
