"""The end of the ladder as plain rules: eight rows, what is lacking, what it is worth (7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from casebook import day, facts, invoice, policy, step, stop, took

from dunwell.core import handoff, views
from dunwell.core import policy as policies
from dunwell.core.handoff import Dated, Mark, Proof, Record, Try

ON = day("2026-03-02")
SENT = Proof("step:1", ON)


def states(record: Record, **marks: Mark) -> dict[str, str]:
    """Return the state of each row."""
    return {r.row: r.state for r in handoff.checklist(record, marks)}


def call(minute: int, *, contact: int = 1, role: str = "ap", outcome: str = "voicemail") -> Try:
    """A call at a minute of the day."""
    return Try(f"call:{minute}", "phone", ON, role, contact, minute, outcome)


def test_nothing_on_record_leaves_every_row_open() -> None:
    """A customer nobody tried to reach is not ready for an agency."""
    assert set(states(Record()).values()) == {"open"}
    assert len(states(Record())) == 8


@pytest.mark.parametrize(
    ("routes", "tried", "missing"),
    [
        ({"phone", "email"}, ["phone"], ("email",)),
        ({"phone", "email"}, ["phone", "email"], ()),
        ({"phone", "email", "mobile", "letter"}, ["phone", "email"], ("mobile", "letter")),
        ({"portal"}, [], ("no route is known",)),
        (set(), ["email"], ("no route is known",)),
    ],
)
def test_every_route_the_customer_has_must_be_tried(
    routes: set[str], tried: list[str], missing: tuple[str, ...]
) -> None:
    """Those it has and no other; the missing ones are named."""
    record = Record(routes=frozenset(routes), tried=tuple(Try(f"x:{c}", c, ON) for c in tried))
    row = handoff.checklist(record, {})[0]
    assert (row.row, row.missing, row.state) == (
        "routes", missing, "open" if missing else "done",
    )  # fmt: skip


def test_someone_else_is_a_second_person_or_an_operator() -> None:
    """The same person twice is not."""
    assert states(Record(tried=(call(600), call(700))))["someone_else"] == "open"
    assert states(Record(tried=(call(600), call(700, contact=2))))["someone_else"] == "done"
    keeper = call(600, contact=0, outcome="gatekeeper")
    assert states(Record(tried=(keeper,)))["someone_else"] == "done"


@pytest.mark.parametrize(("minute", "state"), [(719, "open"), (720, "done"), (480, "done")])
def test_another_time_of_day_is_two_hours_off(minute: int, state: str) -> None:
    """By the clock, on whichever day; a mail has no time of day."""
    assert states(Record(tried=(call(600), call(minute))))["other_time"] == state
    mail = Try("action:1", "email", ON)
    assert states(Record(tried=(mail, call(minute))))["other_time"] == "open"


def test_what_the_record_shows_counts_before_what_a_person_said() -> None:
    """A waiver of what was done after all is not shown as one; a mark fills what is open."""
    waived = Mark("waived", "ben", ON, "none known")
    assert states(Record(sales=(SENT,)), ask_sales=waived)["ask_sales"] == "done"
    rows = {r.row: r for r in handoff.checklist(Record(), {"ask_sales": waived})}
    assert (rows["ask_sales"].state, rows["ask_sales"].mark) == ("waived", waived)
    assert rows["ask_sales"].missing == ()


def test_the_other_rows_are_filled_by_one_proof_each() -> None:
    """A mail asking for a receipt, an alternate contact, a warning, a demand that has expired."""
    record = Record(
        tried=(Try("action:1", "email", ON, "alternate", 3, asks_receipt=True),),
        warned=(SENT,), expired=(SENT,),
    )  # fmt: skip
    done = [row for row, state in states(record).items() if state == "done"]
    assert done == ["read_receipt", "alternate", "warned", "final_demand"]


# --- gaps and worth --------------------------------------------------------------------------

ENDING = (step("one", 1, final_demand=True, wait=14),)


def view(as_of: str = "2026-03-02", *, outcomes: Any = (), **said: Any) -> views.View:
    """A case at the end of a ladder of one step, which was the final demand."""
    items = said.pop("items", None) or [ended("A")]
    settings = said.pop("settings", {})
    by = policy(*ENDING, outcomes=list(outcomes), **settings)
    return views.look(facts(items=items, **said), by, day(as_of))


def ended(number: str, minor: int = 900_00, *, due: str = "2026-01-01", **said: Any) -> Any:
    """An item whose final demand went out on 2 February and expired on the 16th."""
    return invoice(number, minor, due=due, taken=[took("one", "2026-02-02", tone="formal")], **said)


def gaps(seen: views.View, what: str = "placement") -> list[str]:
    """Return the words of what is lacking."""
    return [g.reason for g in handoff.gaps(seen, what, handoff.handed(seen))]


def test_all_gaps_are_named_at_once() -> None:
    """Too young and too small: a person sees both."""
    young = view("2026-02-16", items=[ended("A", 100_00, due="2026-01-20")])
    assert gaps(young) == ["too_early", "below_minimum"]
    assert gaps(view()) == []
    assert gaps(view(), "legal_referral") == ["too_early", "below_minimum"]
    assert gaps(view(), "bureau_report") == []


def test_nothing_overdue_or_no_demand_says_so() -> None:
    """Paid or stopped is another thing than not yet demanded."""
    assert gaps(view(items=[ended("A")], stops=[stop("hold", "2026-03-01")])) == ["nothing_open"]
    assert gaps(view(items=[invoice("A", due="2026-01-01")])) == ["final_demand_missing"]
    assert gaps(view("2026-02-15")) == ["final_demand_missing"]
    seen = view(items=[ended("A"), invoice("B", due="2026-01-01")])
    both = [p.at.item.id for p in seen.places]
    assert [g.reason for g in handoff.gaps(seen, "placement", handoff.handed(seen, both))] == [
        "final_demand_missing"
    ]


def test_the_cadence_says_from_when_and_what_amount_on() -> None:
    """Its own terms come before those of the rule book, milder or not."""
    own = [{"what": "placement", "from_day": 61, "minimum": 900}]
    assert gaps(view(outcomes=own)) == ["too_early"]
    assert gaps(view("2026-03-03", outcomes=own)) == []
    assert handoff.terms(view(), "placement").from_day == 45
    assert handoff.terms(view(segment="high_risk"), "placement").from_day == 30


def test_claims_go_along_and_count_toward_no_minimum() -> None:
    """EUR 499.99 and any interest are below 500."""
    small = [ended("A", 499_99), ended("I", 300_00, kind="claim")]
    seen = view(items=small)
    assert len(handoff.handed(seen)) == 2
    assert gaps(seen) == ["below_minimum"]


def test_a_missing_rate_is_said() -> None:
    """An amount that cannot be compared is not guessed."""
    assert gaps(view(items=[ended("A", currency="USD")])) == ["no_rate"]
    rated = view(items=[ended("A", currency="USD")], rates=[("USD", "0.5")])
    assert gaps(rated) == ["below_minimum"]


def test_an_agency_is_worth_its_recovery_less_its_commission() -> None:
    """Each item by its own age; the same figures without commission leave the agency behind."""
    rows = [
        {"from_day": 0, "agency_percent": 50, "staying_percent": 60},
        {"from_day": 60, "agency_percent": 40, "staying_percent": 10},
    ]
    agency = {"commission_percent": 20, "recovery": rows}
    seen = view(items=[ended("A", 1000_00), ended("B", 500_00, due="2026-01-02")],
                settings={"agency": agency})  # fmt: skip
    found = handoff.worth(seen, handoff.handed(seen))
    assert (found.amount_minor, found.agency_minor) == (1500_00, (400_00 + 250_00) * 8 // 10)
    assert (found.staying_minor, found.better) == (100_00 + 300_00, "agency")
    assert not found.is_assumed


def test_even_is_even_and_assumptions_are_marked() -> None:
    """Without the user's own figures the result says that they were assumed."""
    found = handoff.worth(view(), handoff.handed(view()))
    assert (found.is_assumed, found.better) == (True, "staying")
    even = handoff.Worth("EUR", 1, 0, 5, 5, is_assumed=False)
    assert even.better == "even"


# --- write-off and insolvency ----------------------------------------------------------------


def test_limits_are_the_policys() -> None:
    """A manager's limit moves with the setting, to the cent."""
    settings = policies.SettingsDoc(write_off_manager_max="50.00", small_balance="1.00")
    roles = [handoff.approver(m, settings, "EUR") for m in (100, 101, 5_000, 5_001)]
    assert roles == ["collector", "manager", "manager", "executive"]


def dated(issued: str | None, due: str, kind: str = "invoice", minor: int = 100) -> Dated:
    """An open item."""
    made = dt.date.fromisoformat(issued) if issued else None
    return Dated(1, kind, "EUR", minor, made, day(due))


def test_a_filing_parts_debts_by_the_day_they_came_into_being() -> None:
    """The day of the filing is no day before it; without a day of issue the due date is taken."""
    old, same, guessed = (
        dated("2026-02-28", "2026-04-01"),
        dated("2026-03-01", "2026-04-01"),
        dated(None, "2026-02-28"),
    )
    assert handoff.split([old, same, guessed], filed_on=day("2026-03-01")) == (
        [old, guessed], [same],
    )  # fmt: skip
    assert (old.is_assumed, guessed.is_assumed) == (False, True)
    assert handoff.totals([old, dated("2026-02-01", "2026-03-01", "credit_note", 30)]) == {
        "EUR": 70
    }
