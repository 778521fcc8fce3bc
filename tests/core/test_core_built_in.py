"""The five built-in policies say what SEMANTICS 9 says, literally."""

from __future__ import annotations

from decimal import Decimal

import pytest
from casebook import calendar_of_acts, facts, invoice

from dunwell.core import policy as policies
from dunwell.policies import BUILT_IN, built_in

COMPILED = {name: policies.compile_policy(built_in(name), version=1) for name in BUILT_IN}

# policy: (phase, day, wait, tone, channels) of each step, as the table of SEMANTICS 9 has them.
# The wait of the last step stands for the time its demand runs where no date was named.
LADDERS: dict[str, list[tuple[str, int, int, str, tuple[str, ...]]]] = {
    "classic": [
        ("overdue", 1, 7, "friendly", ("email",)),
        ("overdue", 8, 7, "urgent", ("email",)),
        ("overdue", 15, 14, "firm", ("email", "call")),
        ("overdue", 30, 14, "severe", ("email", "call")),
        ("overdue", 45, 14, "formal", ("email", "letter")),
    ],
    "net30": [
        ("pre_due", 3, 3, "friendly", ("email",)),
        ("due", 0, 7, "friendly", ("email",)),
        ("overdue", 7, 7, "friendly", ("email",)),
        ("overdue", 14, 14, "urgent", ("email", "call")),
        ("overdue", 30, 14, "firm", ("email", "call")),
        ("overdue", 45, 14, "formal", ("email", "letter")),
    ],
    "aging": [
        ("overdue", 1, 14, "friendly", ("email",)),
        ("overdue", 15, 14, "friendly", ("email",)),
        ("overdue", 30, 21, "firm", ("email", "letter")),
        ("overdue", 60, 21, "severe", ("email", "call")),
        ("overdue", 90, 14, "formal", ("email", "letter")),
    ],
    "key-account": [
        ("pre_due", 5, 7, "friendly", ("email",)),
        ("overdue", 6, 7, "friendly", ("call",)),
        ("overdue", 14, 7, "friendly", ("email",)),
        ("overdue", 30, 14, "friendly", ("call",)),
        ("overdue", 45, 14, "firm", ("email", "letter")),
        ("overdue", 60, 14, "formal", ("email", "letter")),
    ],
    "high-risk": [
        ("overdue", 1, 4, "urgent", ("email",)),
        ("overdue", 5, 5, "firm", ("email", "call")),
        ("overdue", 10, 10, "severe", ("email", "call")),
        ("overdue", 20, 14, "formal", ("email", "letter")),
    ],
}


def steps(name: str) -> tuple[policies.Step, ...]:
    """Return the steps of a policy's own cadence."""
    return COMPILED[name].cadences[name].steps


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_ladder_has_its_days_waits_tones_and_channels(name: str) -> None:
    """Step by step as the table says."""
    found = [(s.phase, s.day, s.wait, s.tone, tuple(a.channel for a in s.actions))
             for s in steps(name)]  # fmt: skip
    assert found == LADDERS[name]


@pytest.mark.parametrize(
    ("name", "outcomes"),
    [
        ("classic", [("placement", 45, 500, "manager"), ("legal_referral", 90, 5000, "legal")]),
        ("net30", [("placement", 45, 500, "manager"), ("legal_referral", 90, 5000, "legal")]),
        ("aging", [("placement", 45, 500, "manager"), ("legal_referral", 90, 5000, "legal")]),
        ("key-account", [("legal_referral", 90, 5000, "legal")]),
        ("high-risk", [("placement", 30, 500, "manager"), ("legal_referral", 90, 5000, "legal")]),
    ],
)
def test_each_ladder_has_its_outcomes(name: str, outcomes: list[tuple[str, int, int, str]]) -> None:
    """Agency from 45 days (30 for high risk) and 500, legal from 90 days and 5,000 (7, 9)."""
    found = [(o.what, o.from_day, o.minimum, o.approve) for o in
             COMPILED[name].cadences[name].outcomes]  # fmt: skip
    assert found == [(w, d, Decimal(m), a) for w, d, m, a in outcomes]


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_last_step_is_the_final_demand_and_waits_for_a_role(name: str) -> None:
    """It leaves ten days to respond, and none of the others is one (4.2, 6.3)."""
    *others, last = steps(name)
    assert last.id == "final_demand"
    assert (last.final_demand, last.respond_within, last.approve) == (True, 10, "manager")
    assert not any(s.final_demand or s.approve for s in others)


@pytest.mark.parametrize(
    ("name", "step", "what", "approve", "minimum", "from_day"),
    [
        ("classic", "pre_collections", "suspension", "manager", 100, 30),
        ("net30", "final_notice", "credit_hold", "manager", 100, 0),
        ("key-account", "manager_call", "plan_offer", "account_manager", 0, 0),
        ("high-risk", "risk_first", "suspension", "manager", 100, 0),
        ("high-risk", "risk_final", "prepayment", "manager", 0, 0),
    ],
)
def test_measures_are_proposed_where_the_table_says(
    name: str, step: str, what: str, approve: str, minimum: int, from_day: int
) -> None:
    """Suspension: high risk with the first notice, standard from 30 days; not under 100.00 (7)."""
    proposed = [
        (s.id, p.what, p.approve, p.minimum, p.from_day) for s in steps(name) for p in s.proposes
    ]
    assert (step, what, approve, Decimal(minimum), from_day) in proposed


def test_nothing_else_is_proposed() -> None:
    """Five measures in all."""
    assert sum(len(s.proposes) for name in BUILT_IN for s in steps(name)) == 5


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_consequence_a_step_names_is_proposed_by_it_or_by_what_follows(name: str) -> None:
    """A step threatens nothing that is not about to be proposed (6.9)."""
    ladder = steps(name)
    ends = {"placement": "agency", "legal_referral": "legal"}
    at_end = {ends[o.what] for o in COMPILED[name].cadences[name].outcomes}
    for n, s in enumerate(ladder):
        next_two = {p.what for after in ladder[n : n + 2] for p in after.proposes}
        assert set(s.names) <= next_two | (at_end if s.final_demand else set())


@pytest.mark.parametrize(
    ("name", "step", "names"),
    [
        ("classic", "final_notice", ("suspension",)),
        ("net30", "final_notice", ("credit_hold",)),
        ("high-risk", "risk_first", ("suspension",)),
        ("classic", "final_demand", ("agency", "legal")),
        ("key-account", "final_demand", ("legal",)),
    ],
)
def test_steps_name_the_consequence_the_table_gives(
    name: str, step: str, names: tuple[str, ...]
) -> None:
    """The final notice names suspension, net 30's the credit hold, the demand what follows."""
    assert next(s for s in steps(name) if s.id == step).names == names


def test_roles_rise_with_the_ladder() -> None:
    """Account owner, account manager, manager, senior to senior, as the table says."""
    assert {s.id: s.responsible for s in steps("key-account")} == {
        "courtesy_note": "account_manager",
        "account_manager_call": "account_manager",
        "account_manager_note": "account_manager",
        "manager_call": "manager",
        "senior_letter": "executive",
        "final_demand": "manager",
    }
    assert next(s for s in steps("net30") if s.id == "final_notice").responsible == (
        "account_manager"
    )
    assert next(s for s in steps("aging") if s.id == "manager_notice").responsible == "manager"
    calls = {(s.id, a.to) for s in steps("net30") for a in s.actions if a.channel == "call"}
    assert ("second_notice", "ap") in calls


def test_a_stern_mail_to_a_vip_never_precedes_a_call() -> None:
    """The first stern step needs a call within 21 days; the calls are steps of their own (8, 9)."""
    ladder = steps("key-account")
    first_stern = next(s for s in ladder if s.harshness >= 1)
    assert [r.call_within_days for r in first_stern.requires] == [21]
    assert [s.id for s in ladder if s.taken_by == "call"] == [
        "account_manager_call",
        "manager_call",
    ]


@pytest.mark.parametrize("name", ["classic", "net30", "aging"])
def test_vips_and_high_risk_walk_their_own_ladders(name: str) -> None:
    """In match order vip, high_risk, standard; high risk is entered at once (8, 9)."""
    found = COMPILED[name]
    assert [(s.name, s.cadence, s.enters_at_once, s.grace_days) for s in found.segments] == [
        ("vip", "key-account", False, 0),
        ("high_risk", "high-risk", True, 0),
        ("standard", name, False, 0),
    ]
    conditions = {s.name: [c.model_dump(exclude_none=True) for c in s.any] for s in found.segments}
    assert conditions == {
        "vip": [
            {"annual_revenue_over": Decimal(100000), "grade": ["excellent"]},
            {"strategic": True},
        ],
        "high_risk": [
            {"grade": ["poor"]},
            {"earlier_placement": True},
            {"late_invoices_at_least": 3},
        ],
        "standard": [],
    }
    for lent in ("key-account", "high-risk"):
        assert found.cadences[lent].steps == COMPILED[lent].cadences[lent].steps


@pytest.mark.parametrize("name", BUILT_IN)
def test_settings_are_the_defaults(name: str) -> None:
    """The built-in policies change none."""
    assert COMPILED[name].settings == policies.SettingsDoc()


@pytest.mark.parametrize(
    ("name", "acts"),
    [
        ("classic", ["first_reminder 02-02", "second_notice 02-09", "final_notice 02-16",
                     "pre_collections 03-03"]),
        ("net30", ["pre_due 01-29", "due_notice 02-01", "first_reminder 02-08",
                   "second_notice 02-15", "final_notice 03-03"]),
        ("aging", ["soft_reminder 02-02", "soft_reminder_again 02-16", "written_request 03-03",
                   "manager_notice 04-02"]),
        ("key-account", ["courtesy_note 01-27", "account_manager_call 02-07",
                         "account_manager_note 02-15", "manager_call 03-03"]),
        ("high-risk", ["risk_first 02-02", "risk_second 02-06", "risk_final 02-11"]),
    ],
)  # fmt: skip
def test_an_unpaid_invoice_hears_each_step_on_its_day(name: str, acts: list[str]) -> None:
    """Due on 1 February 2026, open every day; the final demand waits for its role, a senior's
    letter for a call."""
    seen = facts(items=[invoice("A", 900_00, due="2026-02-01")], case_no=0, has_open_case=False)
    found = calendar_of_acts(COMPILED[name], seen, "2026-01-20", "2026-07-31")
    assert [f"{step} {on[5:]}" for on, step in found] == acts
