"""Reasons in their order: the first that holds explains, the others up to not_yet stand behind
it (SEMANTICS 5).

For every two neighbours of the enum there are facts in which both hold. Where two can never
hold together the docstring says why, and tests/properties/test_never_both.py proves it.
"""

from __future__ import annotations

import itertools

import pytest
from casebook import (
    WEEK,
    WINTER,
    ask,
    contacted,
    credit,
    day,
    decide_on,
    facts,
    flight,
    invoice,
    policy,
    said,
    step,
    stop,
    took,
    wait,
)

from dunwell.core import book
from dunwell.core.reasons import Reason

ON = "2026-03-10"
A, B = invoice("A", due="2026-03-01"), invoice("B", due="2026-03-02")
DOLLARS = invoice("U", due="2026-03-01", currency="USD")
SOON = invoice("S", due="2026-03-12")


def both(first: str, second: str) -> list[book.Stop]:
    """One stop over A and one over B, so that each covers something overdue."""
    return [
        stop(first, "2026-03-05", items=["A"], id=1),
        stop(second, "2026-03-05", items=["B"], id=2),
    ]


LISTED: dict[tuple[str, str], dict[str, object]] = {
    ("stale_data", "nothing_open"): {"is_stale": True},
    ("nothing_open", "insolvent"): {"stops": [stop("insolvency", "2026-03-05")]},
    ("insolvent", "legal_representation"): {
        "items": [A],
        "stops": [stop("insolvency", "2026-03-05"), stop("legal_representation", "2026-03-05")],
    },
    ("legal_representation", "ceased"): {
        "items": [A],
        "stops": [stop("legal_representation", "2026-03-05"), stop("ceased", "2026-03-05")],
    },
    ("ceased", "placed"): {
        "items": [A],
        "stops": [stop("ceased", "2026-03-05"), stop("placement", "2026-03-05", items=["A"])],
    },
    ("placed", "on_hold"): {"items": [A, B], "stops": both("placement", "hold")},
    # held, and the customer has paid more than everything
    ("on_hold", "in_credit"): {
        "items": [A],
        "stops": [stop("hold", "2026-03-05")],
        "unapplied": [("EUR", 200_00)],
    },
    ("in_credit", "cash_unapplied"): {"items": [A], "unapplied": [("EUR", 200_00)]},
    # a plan covers what is overdue, and cash what is due next: its reminder would be next
    ("cash_unapplied", "plan_running"): {
        "items": [A, SOON],
        "stops": [stop("plan", "2026-03-05", items=["A"])],
        "unapplied": [("EUR", 100_00)],
    },
    ("plan_running", "promise_open"): {"items": [A, B], "stops": both("plan", "promise")},
    ("promise_open", "automatic_collection"): {
        "items": [A, B],
        "stops": both("promise", "automatic_collection"),
    },
    ("automatic_collection", "disputed"): {
        "items": [A, B],
        "stops": both("automatic_collection", "dispute"),
    },
    ("disputed", "reply_unread"): {"items": [A, B], "stops": both("dispute", "reply_unread")},
    ("reply_unread", "delivery_unknown"): {
        "items": [A, B],
        "stops": both("reply_unread", "undelivered"),
    },
    ("delivery_unknown", "in_flight"): {
        "items": [A],
        "flights": [flight("one"), flight("two", "unknown")],
    },
    ("in_flight", "no_rate"): {"items": [DOLLARS], "flights": [flight("one")]},
}
"""Facts in which two neighbours up to no_rate hold; the later stands in `also`."""

BY = policy(
    step("ahead", 3, phase="pre_due", wait=1),
    step("one", 1, wait=7, minimum=5),
    step("two", 8, wait=7),
)


@pytest.mark.parametrize("pair", LISTED, ids="-".join)
def test_the_stronger_reason_is_given_and_the_weaker_listed(pair: tuple[str, str]) -> None:
    """For every two neighbouring reasons that both hold, the earlier explains the decision."""
    made = wait(decide_on(ON, BY, **LISTED[pair]))
    assert [made.reason, *made.also][:2] == list(pair)


SHADOWED: dict[tuple[str, str], tuple[dict[str, object], dict[str, object]]] = {
    # no step is due, and the customer was contacted yesterday
    ("not_yet", "too_soon"): (
        {},
        {"items": [invoice("A", due="2026-03-20")], "outreach": [contacted("2026-03-09")]},
    ),
    # contacted yesterday, and below the minimum
    ("too_soon", "below_minimum"): (
        {},
        {"items": [invoice("A", 100, due="2026-03-01")], "outreach": [contacted("2026-03-09")]},
    ),
    ("below_minimum", "requirement_missing"): (
        {"requires": [{"call_within_days": 5}]},
        {"items": [invoice("A", 100, due="2026-03-01")]},
    ),
    ("requirement_missing", "needs_approval"): (
        {"requires": [{"call_within_days": 5}], "approve": "manager"},
        {"items": [A]},
    ),
    ("needs_approval", "no_route"): ({"approve": "manager"}, {"items": [A], "routes": []}),
    ("no_route", "quiet_hours"): ({}, {"items": [A], "routes": [], "calendar": WEEK}),
}
"""What a step asks for, and facts, in which two neighbours from not_yet on hold (a Saturday
where the day must be closed). The later is not listed: only reasons up to not_yet are."""

SATURDAY = "2026-03-14"


@pytest.mark.parametrize("pair", SHADOWED, ids="-".join)
def test_the_stronger_of_two_late_reasons_is_given(pair: tuple[str, str]) -> None:
    """Of two reasons that a step does not go, the earlier explains the decision."""
    about, seen = SHADOWED[pair]
    on = SATURDAY if "calendar" in seen else ON
    made = decide_on(on, policy(step("one", 1, **about)), facts(**seen))
    assert made.reason == pair[0]
    assert pair[1] not in made.also


@pytest.mark.parametrize("pair", SHADOWED, ids="-".join)
def test_the_weaker_of_two_late_reasons_holds_too(pair: tuple[str, str]) -> None:
    """Without the earlier reason, the same facts give the later: the pair is a true one."""
    about, seen = SHADOWED[pair]
    without: dict[str, tuple[dict[str, object], dict[str, object]]] = {
        "not_yet": ({}, {"items": [A]}),
        "too_soon": ({}, {"outreach": []}),
        "below_minimum": ({}, {"items": [A]}),
        "requirement_missing": ({"requires": []}, {}),
        "needs_approval": ({"approve": None}, {}),
        "no_route": ({}, {"routes": facts().routes}),
    }
    step_less, seen_less = without[pair[0]]
    on = SATURDAY if "calendar" in seen else ON
    made = decide_on(on, policy(step("one", 1, **(about | step_less))), facts(**(seen | seen_less)))
    assert made.reason == pair[1]


APART = {
    ("no_rate", "not_yet"): "no_rate needs a step or outcome whose minimum is in play, "
    "not_yet says there is none",
    ("quiet_hours", "over_capacity"): "a cap is used up by cases that act; "
    "a case whose day is closed does not",
    ("over_capacity", "cadence_ended"): "a case at the end of its cadence has nothing to send",
}
"""Neighbours that can never hold together, and why."""


def test_every_pair_of_neighbours_is_spoken_for() -> None:
    """Each is built above, or said to be impossible; there is no third."""
    pairs = {(str(a), str(b)) for a, b in itertools.pairwise(Reason)}
    assert LISTED.keys() | SHADOWED.keys() | APART.keys() == pairs
    assert len(LISTED) + len(SHADOWED) + len(APART) == len(pairs)


def test_every_reason_up_to_not_yet_is_listed_in_order() -> None:
    """Everything at once: the list is the enum's, without what cannot hold beside it."""
    kinds = ["placement", "hold", "plan", "promise", "automatic_collection", "dispute",
             "reply_unread", "undelivered"]  # fmt: skip
    numbers = "ABCDEFGH"
    items = [invoice(n, due="2026-03-01", taken=[took("two", "2026-03-09")]) for n in numbers]
    made = wait(
        decide_on(
            ON,
            policy(step("one", 1), step("two", 8), step("three", 30)),
            items=items,
            is_stale=True,
            unapplied=[("EUR", 900_00)],
            flights=[flight("two")],
            stops=[
                stop(k, "2026-03-05", "2026-03-31", items=[n], id=i)
                for i, (k, n) in enumerate(zip(kinds, numbers, strict=True))
            ]
            + [
                stop(k, "2026-03-05", "2026-03-31", id=i)
                for i, k in enumerate(("insolvency", "legal_representation", "ceased"), start=20)
            ],
        )
    )
    order = [str(r) for r in Reason]
    expected = [r for r in order[: order.index("not_yet") + 1]
                if r not in ("nothing_open", "cash_unapplied", "no_rate")]  # fmt: skip
    assert [made.reason, *made.also] == expected


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("insolvency", "insolvent"),
        ("legal_representation", "legal_representation"),
        ("ceased", "ceased"),
        ("placement", "placed"),
        ("written_off", "placed"),
        ("hold", "on_hold"),
        ("moved_out", "on_hold"),
        ("closed", "on_hold"),
        ("plan", "plan_running"),
        ("promise", "promise_open"),
        ("automatic_collection", "automatic_collection"),
        ("dispute", "disputed"),
        ("reply_unread", "reply_unread"),
        ("undelivered", "delivery_unknown"),
    ],
)
def test_every_kind_of_stop_has_its_reason(kind: str, reason: str) -> None:
    """It covers something overdue and leaves nothing to chase; the sentence carries its days."""
    found = stop(kind, "2026-03-05", "2026-03-20", id=7)
    made = wait(decide_on(ON, policy(), items=[A], stops=[found]), reason)
    assert made.refs == {"from_on": day("2026-03-05"), "stop": 7, "until_on": day("2026-03-20")}
    assert made.look_again_on == day("2026-03-21")
    open_ended = wait(decide_on(ON, policy(), items=[A], stops=[stop(kind, "2026-03-05")]), reason)
    assert open_ended.refs == {"from_on": day("2026-03-05"), "stop": 1}
    assert open_ended.look_again_on is None


@pytest.mark.parametrize("kind", ["hold", "dispute", "promise", "plan", "reply_unread"])
def test_a_stop_does_not_explain_while_something_can_be_chased(kind: str) -> None:
    """B is overdue and free, so the case acts on B (5)."""
    seen = facts(items=[A, B], stops=[stop(kind, "2026-03-05", items=["A"])])
    assert said(decide_on(ON, policy(), seen)) == "act one"
    part = facts(items=[A], stops=[stop(kind, "2026-03-05", items=["A"], minor=99_99)])
    assert said(decide_on(ON, policy(step("one", 1, minimum=0)), part)) == "act one"


@pytest.mark.parametrize("kind", ["hold", "dispute", "promise", "plan", "reply_unread"])
def test_a_stop_on_what_is_not_overdue_is_no_reason(kind: str) -> None:
    """Nothing overdue is covered, so it is simply not yet (5)."""
    seen = facts(items=[SOON], stops=[stop(kind, "2026-03-05")])
    made = wait(decide_on(ON, policy(), seen), "not_yet")
    assert made.also == ()


@pytest.mark.parametrize("kind", ["insolvency", "legal_representation", "ceased"])
def test_the_hard_stops_hold_before_anything_is_overdue(kind: str) -> None:
    """No contact of any kind, reminders before the due date included; no policy overrides it."""
    seen = facts(items=[SOON], stops=[stop(kind, "2026-03-05")])
    assert wait(decide_on(ON, BY, seen)).reason in ("insolvent", "legal_representation", "ceased")


def test_a_stop_of_tomorrow_is_no_reason_today() -> None:
    """Nor is one of yesterday."""
    for found in (stop("hold", "2026-03-11"), stop("hold", "2026-03-01", "2026-03-09")):
        assert said(decide_on(ON, policy(), items=[A], stops=[found])) == "act one"


def test_stale_data_waits_for_an_import() -> None:
    """Only an event can change it, so there is no day to look again (6.8)."""
    made = wait(decide_on(ON, policy(), items=[A], is_stale=True), "stale_data")
    assert made.look_again_on is None


def test_a_message_under_way_holds_the_case() -> None:
    """Ready, handing, waiting for a call: in flight; failed and cancelled ones hold nothing."""
    for state in ("ready", "claimed", "handing", "waiting"):
        made = wait(decide_on(ON, policy(), items=[A], flights=[flight("one", state)]), "in_flight")
        assert made.refs == {"step": "one", "on": day("2026-03-01"), "key": f"key-one-{state}"}
        assert made.look_again_on is None
    for state in ("failed", "cancelled"):
        seen = facts(items=[A], flights=[flight("one", state)])
        assert said(decide_on(ON, policy(), seen)) == "act one"


def test_an_action_that_takes_no_step_holds_nothing_but_an_unknown_one_does() -> None:
    """A measure's webhook on its way is no message; what may have gone out is asked (6.5)."""
    seen = facts(items=[A], flights=[flight("one", "ready", takes_step=False)])
    assert said(decide_on(ON, policy(), seen)) == "act one"
    seen = facts(items=[A], flights=[flight("one", "unknown", takes_step=False)])
    wait(decide_on(ON, policy(), seen), "delivery_unknown")


@pytest.mark.parametrize(
    ("items", "rates", "found"),
    [
        ([DOLLARS], [], "wait no_rate"),
        ([DOLLARS], [("USD", "0.9")], "act one"),
        # the threshold is met without it
        ([DOLLARS, A], [], "act one"),
        # no threshold in play
        ([invoice("U", due="2026-03-20", currency="USD")], [], "wait not_yet"),
    ],
)
def test_a_missing_rate_waits_only_where_a_threshold_needs_it(
    items: list[book.Item], rates: list[tuple[str, str]], found: str
) -> None:
    """The case waits for the rate, not the message for euros (3.1)."""
    assert said(decide_on(ON, policy(), items=items, rates=rates)) == found


def test_brought_forward_a_small_case_needs_no_rate() -> None:
    """Then no threshold is in play."""
    made = decide_on(ON, policy(), items=[DOLLARS], brought_forward=["below_minimum"])
    assert said(made) == "act one"


def test_credit_notes_alone_are_nothing_open() -> None:
    """We owe the customer; nothing is asked of him, and the credit is listed."""
    made = wait(decide_on(ON, policy(), items=[credit("N", 100)]), "nothing_open")
    assert made.also == (Reason.IN_CREDIT,)


def test_the_question_of_a_role_carries_its_reason() -> None:
    """An Ask is needs_approval, in the same order as the others."""
    made = ask(decide_on(ON, policy(step("one", 1, approve="manager")), items=[A]))
    assert (made.reason, made.also) == (Reason.NEEDS_APPROVAL, ())


def test_what_else_holds_is_listed_when_nothing_is_open() -> None:
    """Insolvency, credit and a message under way are said after nothing_open (5)."""
    made = wait(
        decide_on(
            "2026-03-02",
            policy(),
            stops=[stop("insolvency", "2026-03-01")],
            flights=[flight()],
            unapplied=[("EUR", 100)],
        )
    )
    assert [made.reason, *made.also] == ["nothing_open", "insolvent", "in_credit", "in_flight"]


def test_below_minimum_comes_before_the_quiet_season() -> None:
    """A firm step below its minimum is silent for that, in the quiet season too (5)."""
    firm = policy(step("one", 1, tone="firm", minimum=200), quiet_seasons=WINTER)
    made = decide_on("2026-12-28", firm, items=[invoice("A", due="2026-12-01")])
    wait(made, "below_minimum")


def test_an_unknown_handover_is_seen_behind_a_message_under_way() -> None:
    """delivery_unknown comes before in_flight, in whatever order the actions stand (5)."""
    items = [invoice("A", due="2026-03-01")]
    flights = [flight("one"), flight("two", "unknown")]
    for order in (flights, flights[::-1]):
        made = wait(decide_on("2026-03-03", policy(), items=items, flights=order))
        assert [made.reason, *made.also] == ["delivery_unknown", "in_flight"]
        assert made.refs["step"] == "two"


def test_a_missing_rate_is_listed_behind_what_is_under_way() -> None:
    """no_rate stands before not_yet, so it is listed when it holds (5)."""
    items = [invoice("A", due="2026-03-01", currency="USD")]
    made = wait(decide_on("2026-03-03", policy(), items=items, flights=[flight()]))
    assert [made.reason, *made.also] == ["in_flight", "no_rate"]


def test_needs_approval_comes_before_no_route() -> None:
    """A step without its approval is asked about, also when nobody can be reached (5)."""
    approved = policy(step("one", 1, approve="manager"))
    made = decide_on("2026-03-03", approved, items=[invoice("A", due="2026-03-01")], routes=[])
    assert ask(made).asks[0].step == "one"


def test_a_hardship_pause_stands_where_on_hold_stands() -> None:
    """It is on_hold, so it goes before a message under way, which is listed behind it (5)."""
    firm = policy(step("one", 1, tone="firm"))
    pause = [stop("hardship", "2026-03-05", "2026-03-18")]
    made = wait(decide_on(ON, firm, items=[A], stops=pause, flights=[flight("one")]))
    assert [made.reason, *made.also] == ["on_hold", "in_flight"]
