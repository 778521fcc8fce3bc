"""The difference of two policies in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dunwell import policies
from dunwell.core import changes
from dunwell.core import policy as documents

Spoil = Callable[[dict[str, Any]], object]


def house() -> dict[str, Any]:
    """Return a policy of two segments and two cadences as plain data."""
    email, call = {"channel": "email"}, {"channel": "call", "template": "call_overdue"}
    return {
        "policy": "house",
        "segments": [
            {"name": "vip", "any": [{"strategic": True}], "cadence": "kind"},
            {"name": "standard", "cadence": "plain"},
        ],
        "cadences": {
            "plain": {
                "steps": [
                    {"id": "hello", "phase": "pre_due", "day": 3, "actions": [email]},
                    {"id": "first", "day": 1, "actions": [email]},
                    {"id": "second", "day": 15, "tone": "firm", "names": ["suspension"],
                     "requires": [{"no_reply_days": 7}], "actions": [email, call],
                     "proposes": [{"what": "suspension", "minimum": 100}]},
                    {"id": "final_demand", "day": 45, "tone": "formal", "final_demand": True,
                     "approve": "manager", "actions": [email, {"channel": "letter"}]},
                ],
                "outcomes": [{"what": "placement", "from_day": 45, "minimum": 500}],
            },
            "kind": {
                "steps": [
                    {"id": "talk", "day": 5, "actions": [call]},
                    {"id": "final_demand", "day": 60, "tone": "formal", "final_demand": True,
                     "approve": "manager", "actions": [email]},
                ],
            },
        },
    }  # fmt: skip


def said(spoil: Spoil, *, back: bool = False) -> list[str]:
    """Return what is said of a change; `back` compares the other way round."""
    old, new = house(), house()
    spoil(old if back else new)
    found = changes.changes(documents.parse(old), documents.parse(new))
    return [c.text for c in found]


def step(n: int, **values: Any) -> Spoil:
    return lambda d: d["cadences"]["plain"]["steps"][n].update(values)


def settings(**values: Any) -> Spoil:
    return lambda d: d.update(settings=values)


def segment(n: int, **values: Any) -> Spoil:
    return lambda d: d["segments"][n].update(values)


def outcomes(*ends: dict[str, Any]) -> Spoil:
    return lambda d: d["cadences"]["plain"].update(outcomes=list(ends))


PLACEMENT = {"what": "placement", "from_day": 45, "minimum": 500}
LEGAL = {"what": "legal_referral", "from_day": 90, "minimum": 5000, "approve": "legal"}
CALL = {"channel": "call", "template": "call_overdue"}
EMAIL = {"channel": "email"}

# what is changed -> what is said there, and what is said when it is changed back
CASES: list[tuple[Spoil, list[str], list[str]]] = [
    (lambda d: d.update(policy="home"), ["The policy is called home instead of house"],
     ["The policy is called house instead of home"]),
    (lambda d: d.update(title="Our own"), ["The title is Our own instead of empty"],
     ["The title is empty instead of Our own"]),
    (lambda d: d.update(include=["net30"]), ["The policies taken in now include net30"],
     ["The policies taken in no longer include net30"]),
    # settings
    (settings(min_days_between_contacts=5),
     ["The least time between two contacts is 5 days instead of 3"],
     ["The least time between two contacts is 3 days instead of 5"]),
    (settings(small_balance=1000), ["The small balance is 1,000 instead of 5.00"],
     ["The small balance is 5.00 instead of 1,000"]),
    (settings(agency={"partner": "Swift", "recovery": [
        {"from_day": 90, "agency_percent": 40, "staying_percent": 20}]}),
     ["For the agency the partner is Swift instead of none",
      "For the agency the recovery is 40 percent (20 without) from 90 instead of none"],
     ["For the agency the partner is none instead of Swift",
      "For the agency the recovery is none instead of 40 percent (20 without) from 90"]),
    (settings(bureau_reports=True), ["Companies are now reported to a credit bureau"],
     ["Companies are no longer reported to a credit bureau"]),
    (settings(write_off_manager_max=50),
     ["The most a manager may write off is 50 instead of 1,000.00"],
     ["The most a manager may write off is 1,000.00 instead of 50"]),
    (settings(daily_cap=50), ["The daily cap of cases is 50 instead of none"],
     ["The daily cap of cases is none instead of 50"]),
    (settings(hours={"start": "08:30"}),
     ["The hours of contact are 08:30 to 17:00 instead of 09:00 to 17:00"],
     ["The hours of contact are 09:00 to 17:00 instead of 08:30 to 17:00"]),
    (settings(quiet_seasons=[{"first": "08-01", "last": "08-31"}]),
     ["The season from 08-01 to 08-31 is quiet now",
      "The season from 12-24 to 01-01 is no longer quiet"],
     ["The season from 12-24 to 01-01 is quiet now",
      "The season from 08-01 to 08-31 is no longer quiet"]),
    (settings(quiet_seasons=[{"first": "12-24", "last": "01-01"}] * 2),
     ["The quiet seasons are written otherwise"], ["The quiet seasons are written otherwise"]),
    (settings(opening=[{"from_day": 30, "step": "first"}]),
     ["At go-live, items overdue 30 days or more start at first"],
     ["At go-live, items overdue 30 days or more no longer start at first"]),
    (settings(aging_buckets=[15, 30]), ["The aging buckets end on the days 15, 30 instead of "
                                        "30, 60, 90"],
     ["The aging buckets end on the days 30, 60, 90 instead of 15, 30"]),
    (settings(automatic_methods=["card", "wallet"]),
     ["The automatic payment methods now include wallet",
      "The automatic payment methods no longer include direct_debit"],
     ["The automatic payment methods now include direct_debit",
      "The automatic payment methods no longer include wallet"]),
    (settings(interest={"enabled": True, "regime": "contract", "contract_rate": "12.5",
                        "compensation": False}),
     ["Interest is claimed now", "The regime of interest is contract instead of statutory",
      "The contract rate of interest is 12.5 instead of none",
      "The compensation of interest is no instead of yes"],
     ["Interest is no longer claimed", "The regime of interest is statutory instead of contract",
      "The contract rate of interest is none instead of 12.5",
      "The compensation of interest is yes instead of no"]),
    (settings(contact_order=["buyer", "ap", "manager", "owner", "executive", "alternate"]),
     ["The contacts tried in turn stand in the order buyer, ap, manager, owner, executive, "
      "alternate instead of ap, buyer, manager, owner, executive, alternate"],
     ["The contacts tried in turn stand in the order ap, buyer, manager, owner, executive, "
      "alternate instead of buyer, ap, manager, owner, executive, alternate"]),
    # segments
    (segment(0, any=[{"strategic": True}, {"annual_revenue_over": 50000, "grade": ["good"]}]),
     ["Segment vip also matches annual revenue over 50,000 and grade good"],
     ["Segment vip no longer matches annual revenue over 50,000 and grade good"]),
    (segment(0, cadence="plain"), ["Segment vip walks plain instead of kind"],
     ["Segment vip walks kind instead of plain"]),
    (segment(1, grace_days=5), ["Segment standard has a grace in days of 5 instead of 0"],
     ["Segment standard has a grace in days of 0 instead of 5"]),
    (segment(0, enters_at_once=True), ["Segment vip is entered at once"],
     ["Segment vip is entered from the customer's next case on"]),
    (lambda d: d["segments"].insert(1, {"name": "abroad", "cadence": "plain",
                                        "any": [{"country": ["FR", "ES"]},
                                                {"natural_person": False}]}),
     ["Segment abroad is new, between vip and standard: it takes country FR or ES, or not "
      "natural person and walks plain"], ["Segment abroad is gone"]),
    (lambda d: d["segments"].reverse() or d["segments"][0].update(any=[{"strategic": False}])
     or d["segments"][1].update(any=[]),
     ["Segment standard also matches not strategic", "Segment standard takes only those",
      "Segment vip no longer matches strategic", "Segment vip takes everybody",
      "The segments are matched in the order standard, vip"],
     ["Segment vip also matches strategic", "Segment vip takes only those",
      "Segment standard no longer matches not strategic", "Segment standard takes everybody",
      "The segments are matched in the order vip, standard"]),
    # cadences
    (lambda d: d["cadences"].update(long={"steps": [
        {"id": "nudge", "phase": "due", "day": 0, "actions": [EMAIL]},
        {"id": "again", "day": 30, "actions": [EMAIL]}]}),
     ["Cadence long is new: nudge on the due date, again on day 30"], ["Cadence long is gone"]),
    (outcomes(PLACEMENT, LEGAL),
     ["Cadence plain may end with a legal referral, from day 90 and 5,000 on, approved by the "
      "legal team"], ["Cadence plain no longer ends with a legal referral"]),
    (outcomes(PLACEMENT | {"from_day": 60, "minimum": 1000, "approve": "executive"}),
     ["The placement at the end of plain is proposed from day 60 instead of 45",
      "The placement at the end of plain is proposed from 1,000 instead of 500",
      "The placement at the end of plain is approved by the executive instead of manager"],
     ["The placement at the end of plain is proposed from day 45 instead of 60",
      "The placement at the end of plain is proposed from 500 instead of 1,000",
      "The placement at the end of plain is approved by the manager instead of executive"]),
    # steps
    (step(2, day=12), ["Step second opens on day 12 instead of 15"],
     ["Step second opens on day 15 instead of 12"]),
    (step(0, day=5), ["Step hello opens 5 days before the due date instead of 3"],
     ["Step hello opens 3 days before the due date instead of 5"]),
    (step(0, phase="due", day=0),
     ["Step hello opens on the due date instead of 3 days before the due date"],
     ["Step hello opens 3 days before the due date instead of on the due date"]),
    (step(1, wait=5), ["Wait after first shortened from 7 to 5 days"],
     ["Wait after first lengthened from 5 to 7 days"]),
    (step(2, tone="severe"), ["Step second is severe instead of firm"],
     ["Step second is firm instead of severe"]),
    (step(1, template="nicer"), ["Step first uses the text nicer instead of first"],
     ["Step first uses the text first instead of nicer"]),
    (step(1, actions=[EMAIL, {"channel": "letter", "to": "owner"}]),
     ["Step first goes by email to ap and by letter to owner instead of by email to ap"],
     ["Step first goes by email to ap instead of by email to ap and by letter to owner"]),
    (step(1, actions=[{"channel": "email", "to": "buyer"}]),
     ["The email of first goes to buyer instead of ap"],
     ["The email of first goes to ap instead of buyer"]),
    (step(2, actions=[EMAIL, CALL | {"template": "call_ap"}]),
     ["The call of second uses the text call_ap instead of call_overdue"],
     ["The call of second uses the text call_overdue instead of call_ap"]),
    (step(2, taken_by="call"), ["Step second is taken by call instead of email"],
     ["Step second is taken by email instead of call"]),
    (step(1, minimum=2000), ["Step first goes from 2,000 instead of the small balance"],
     ["Step first goes from the small balance instead of 2,000"]),
    (step(1, share_percent=20), ["Step first goes from 20% of the balance on instead of 0%"],
     ["Step first goes from 0% of the balance on instead of 20%"]),
    (step(2, requires=[{"no_reply_days": 7}, {"call_within_days": 21}]),
     ["Step second requires a call made within 21 days"],
     ["Step second no longer requires a call made within 21 days"]),
    (step(2, requires=[{"attempts": 3, "channels": 2}]),
     ["Step second requires 3 attempts over 2 channels",
      "Step second no longer requires no reply for 7 days"],
     ["Step second requires no reply for 7 days",
      "Step second no longer requires 3 attempts over 2 channels"]),
    (step(1, responsible="account_manager"),
     ["Responsible for first is the account manager instead of collector"],
     ["Responsible for first is the collector instead of account manager"]),
    (step(1, person="eva"), ["Step first falls to eva instead of nobody by name"],
     ["Step first falls to nobody by name instead of eva"]),
    (step(1, signatory="manager"), ["Step first is signed by the manager instead of collector"],
     ["Step first is signed by the collector instead of manager"]),
    (step(1, approve="manager"), ["Step first waits for approval by the manager"],
     ["Step first goes without approval; the manager approved it before"]),
    (lambda d: d["cadences"]["plain"]["steps"][3].update(approve="executive"),
     ["Step final_demand of plain waits for approval by the executive instead of the manager"],
     ["Step final_demand of plain waits for approval by the manager instead of the executive"]),
    (step(2, names=["credit_hold"]), ["Step second also names credit hold",
                                      "Step second no longer names suspension"],
     ["Step second also names suspension", "Step second no longer names credit hold"]),
    (step(2, proposes=[{"what": "suspension", "minimum": 200, "from_day": 30,
                        "approve": "executive"}]),
     ["Step second proposes suspension from day 30 instead of 0",
      "Step second proposes suspension from 200 instead of 100",
      "The suspension of second is approved by the executive instead of manager"],
     ["Step second proposes suspension from day 0 instead of 30",
      "Step second proposes suspension from 100 instead of 200",
      "The suspension of second is approved by the manager instead of executive"]),
    (step(1, proposes=[{"what": "plan_offer"}]),
     ["Step first also proposes plan offer, from day 0 and 0 on, approved by the manager"],
     ["Step first no longer proposes plan offer"]),
    (step(3, final_demand=False), ["Step final_demand of plain is no longer the final demand"],
     ["Step final_demand of plain is now the final demand"]),
    (step(3, respond_within=14),
     ["Step final_demand of plain leaves 14 days to respond instead of 10"],
     ["Step final_demand of plain leaves 10 days to respond instead of 14"]),
    (step(1, was=["early"]), ["Step first takes over from early"],
     ["Step first no longer takes over from early"]),
    (lambda d: d["cadences"]["plain"]["steps"].insert(
        2, {"id": "nudge", "day": 8, "tone": "urgent", "actions": [EMAIL]}),
     ["Step nudge is new, between first and second: it opens on day 8, urgent, by email"],
     ["Step nudge, on day 8, is gone"]),
    (lambda d: d["cadences"]["plain"]["steps"].append(
        {"id": "talk", "day": 60, "actions": [CALL]}),
     ["Step talk of plain is new, after final_demand: it opens on day 60, friendly, by call"],
     ["Step talk of plain, on day 60, is gone"]),
    (lambda d: d["cadences"]["plain"]["steps"].insert(
        0, {"id": "letter", "phase": "pre_due", "day": 9, "actions": [EMAIL]}),
     ["Step letter is new, before hello: it opens 9 days before the due date, friendly, by email"],
     ["Step letter, 9 days before the due date, is gone"]),
    (lambda d: d["cadences"]["plain"]["steps"].insert(1, d["cadences"]["plain"]["steps"].pop(2))
     or d["cadences"]["plain"]["steps"][1].update(phase="pre_due", day=2),
     ["Step second opens 2 days before the due date instead of on day 15",
      "The steps of plain stand in the order hello, second, first, final_demand"],
     ["Step second opens on day 15 instead of 2 days before the due date",
      "The steps of plain stand in the order hello, first, second, final_demand"]),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "there", "back"), CASES)
def test_each_change_is_said_in_words(spoil: Spoil, there: list[str], back: list[str]) -> None:
    """A change is said with what is new and what it was, and so is its way back."""
    assert said(spoil) == there
    assert said(spoil, back=True) == back


@pytest.mark.parametrize("name", policies.BUILT_IN)
def test_of_what_is_equal_nothing_is_said(name: str) -> None:
    """A policy does not differ from itself, nor from itself written with all defaults."""
    document = policies.built_in(name)
    assert changes.changes(document, document) == []
    assert changes.changes(document, documents.parse(document.model_dump(mode="json"))) == []


def test_what_is_only_written_otherwise_is_not_said() -> None:
    """A default written out, or a text named as it is named anyway, changes nothing."""
    assert said(step(1, template="first", taken_by="email", minimum=None)) == []
    assert said(step(2, actions=[{"channel": "email", "template": "second"}, CALL])) == []


def test_a_step_is_known_by_what_it_was() -> None:
    """A renamed step that says what it was is the same step, and its changes are said."""
    renamed = said(step(2, id="notice", was=["second"], wait=9))
    assert renamed == [
        "Step second is now called notice",
        "Wait after notice lengthened from 7 to 9 days",
        "Step notice uses the text notice instead of second",
    ]
    assert said(step(2, id="notice")) == [
        "Step notice is new, between first and final_demand: it opens on day 15, firm, "
        "by email, call",
        "Step second, on day 15, is gone",
    ]


def test_an_id_that_is_still_there_is_not_taken_over() -> None:
    """Steps are matched by id first; `was` only finds steps that have gone, each once."""
    old = documents.parse(house()).cadences["plain"].steps
    new = [s.model_copy(update={"id": f"{s.id}_b", "was": ["second"]}) for s in old[1:3]]
    assert changes.matched(old, [old[2], *new]) == [2, None, None]
    assert changes.matched(old, new) == [2, None]


def test_a_change_knows_its_place() -> None:
    """Places lead to the line in the newer file, for what is gone to the older one."""
    old, new = house(), house()
    new["cadences"]["plain"]["steps"][2]["wait"] = 9
    new["cadences"]["plain"]["steps"].pop(0)
    found = changes.changes(documents.parse(old), documents.parse(new))
    assert [policies.place_text(c.place) for c in found] == [
        "cadences.plain.steps[1]", "cadences.plain.steps[0]",
    ]  # fmt: skip


def test_the_outcomes_may_be_proposed_in_another_order() -> None:
    """The first outcome that can hold is proposed, so their order is part of the policy."""
    old, new = house(), house()
    old["cadences"]["plain"]["outcomes"] = [PLACEMENT, LEGAL]
    new["cadences"]["plain"]["outcomes"] = [LEGAL, PLACEMENT]
    found = changes.changes(documents.parse(old), documents.parse(new))
    assert [c.text for c in found] == [
        "The outcomes of plain are proposed in the order legal referral, placement"
    ]


def test_own_words_come_change_and_go_by_name() -> None:
    """Which text in which language is said; the words themselves are for the preview."""
    old, new = house(), house()
    old["texts"] = {"first": {"en": "a", "de": "b"}}
    new["texts"] = {"first": {"en": "c"}, "second": {"fr": "d"}}
    found = changes.changes(documents.parse(old), documents.parse(new))
    assert [c.text for c in found] == [
        "The text first in de is no longer an own one", "The text first in en is worded otherwise",
        "The text second in fr is an own one now",
    ]  # fmt: skip


def test_every_field_of_a_policy_is_compared() -> None:
    """No setting and no field of a step can change without a word."""
    assert set(changes.SETTINGS) == set(documents.SettingsDoc.model_fields)
    assert set(changes.STEP) | {"id", "phase"} == set(documents.StepDoc.model_fields)
    assert set(documents.CadenceDoc.model_fields) == {"steps", "outcomes"}
    assert set(documents.OutcomeDoc.model_fields) == {"what", "from_day", "minimum", "approve"}
    assert set(documents.SegmentDoc.model_fields) == {
        "name", "any", "cadence", "grace_days", "enters_at_once",
    }  # fmt: skip
    assert set(documents.Document.model_fields) == {
        "policy", "title", "include", "settings", "segments", "cadences", "texts",
    }  # fmt: skip
