"""The linter: a clean policy, and for each thing it looks for a policy that has it."""

from __future__ import annotations

import copy
import typing
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dunwell import policies
from dunwell.core import lint
from dunwell.core import policy as documents
from dunwell.core.lint import ladders, segments

INCLUDED = {name: policies.built_in(name) for name in policies.BUILT_IN}
TEXTS = lint.Texts(
    {"en": dict.fromkeys(["hello", "first", "second", "demand"], False) | {"script": True},
     "de": dict.fromkeys(["hello", "first", "second", "demand"], False) | {"script": True}},
    {"demand": frozenset({"formal"})},
)  # fmt: skip
CLEAN = """
policy: house
segments:
  - name: vip
    any: [{strategic: true}]
    cadence: kind
  - name: standard
    cadence: plain
cadences:
  plain:
    steps:
      - {id: hello, phase: pre_due, day: 5, wait: 3, actions: [{channel: email}]}
      - {id: first, day: 1, wait: 7, actions: [{channel: email}]}
      - id: second
        day: 10
        wait: 14
        tone: firm
        names: [suspension]
        actions: [{channel: email}, {channel: call, template: script}]
        proposes: [{what: suspension, minimum: 100, approve: manager}]
      - id: demand
        day: 30
        tone: formal
        final_demand: true
        approve: manager
        names: [agency]
        actions: [{channel: email}, {channel: letter}]
    outcomes:
      - {what: placement, from_day: 45, minimum: 500}
  kind:
    steps:
      - {id: talk, day: 5, wait: 7, taken_by: call, actions: [{channel: call, template: script}]}
      - id: letter
        day: 20
        wait: 14
        tone: firm
        requires: [{call_within_days: 21}]
        template: second
        actions: [{channel: email}]
      - id: demand
        day: 40
        tone: formal
        final_demand: true
        approve: manager
        actions: [{channel: email}, {channel: letter}]
    outcomes:
      - {what: legal_referral, from_day: 90, minimum: 5000, approve: legal}
"""


def clean() -> dict[str, Any]:
    """Return the clean policy as plain data, to be spoilt."""
    data = policies.load(CLEAN, file="house.yaml").data
    return copy.deepcopy(policies._plain(data))


def findings(data: dict[str, Any], **more: Any) -> list[lint.Finding]:
    """Lint plain data."""
    given = {"included": INCLUDED, "texts": TEXTS} | more
    return lint.lint(documents.parse(data), **given)


def plain(data: dict[str, Any], n: int) -> dict[str, Any]:
    return data["cadences"]["plain"]["steps"][n]


def kind(data: dict[str, Any], n: int) -> dict[str, Any]:
    return data["cadences"]["kind"]["steps"][n]


def settings(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda d: d.update(settings=values)


def step(n: int, **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda d: plain(d, n).update(values)


def kind_step(n: int, **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda d: kind(d, n).update(values)


def needs(*requires: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return step(2, requires=list(requires))


def conditions(*any_: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Put a segment with conditions between vip and standard."""
    segment = {"name": "middle", "any": list(any_), "cadence": "plain"}
    return lambda d: d["segments"].insert(1, segment)


def outcomes(*ends: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda d: d["cadences"]["plain"].update(outcomes=list(ends))


EMAIL = [{"channel": "email"}]
MORE = {"id": "more", "day": 40, "tone": "formal", "template": "demand", "actions": EMAIL}
AGENCY = {"what": "placement", "from_day": 45, "minimum": 500}
NO_DEMAND = {"final_demand": False, "names": []}

# code -> how to spoil the clean policy, the place found, words that must be said
CASES: dict[str, tuple[Callable[[dict[str, Any]], None], str, str]] = {
    "cap_zero": (settings(daily_cap=0), "settings.daily_cap", "0"),
    "season_all_year": (
        settings(quiet_seasons=[{"first": "07-01", "last": "03-31"},
                                {"first": "04-01", "last": "06-30"}]),
        "settings.quiet_seasons", "every day"),
    "opening_unknown": (
        lambda d: (d.update(include=["net30"]),
                   settings(opening=[{"from_day": 30, "step": "third"}])(d)),
        "settings.opening[0].step", "third"),
    "opening_too_harsh": (
        settings(opening=[{"from_day": 30, "step": "second"}]), "settings.opening[0].step", "firm"),
    "opening_not_overdue": (
        settings(opening=[{"from_day": 30, "step": "hello"}]), "settings.opening[0].step",
        "not for overdue"),
    "contacts_without_ap": (
        settings(contact_order=["owner"]), "settings.contact_order", "owner"),
    "milder_sooner": (
        settings(min_days_milder_after_firm=2), "settings.min_days_milder_after_firm", "2 days"),
    "include_unknown": (lambda d: d.update(include=["clasic"]), "include[0]", "clasic"),
    "cadence_unknown": (
        lambda d: (d.update(include=["net30"]), d["segments"][0].update(cadence="plane")),
        "segments[0].cadence", "plane"),
    "cadence_unused": (
        lambda d: d["segments"].pop(0), "cadences.kind", "kind is walked by no segment"),
    "segment_unreachable": (
        conditions({"strategic": True, "country": ["DE"]}), "segments[1]",
        "vip before it takes everybody it would take"),
    "condition_unreachable": (
        conditions({"strategic": True, "country": ["DE"]}, {"grade": ["poor"]}),
        "segments[1].any[0]", "vip before it"),
    "condition_repeats": (
        conditions({"late_invoices_at_least": 3}, {"late_invoices_at_least": 5}),
        "segments[1].any[1]", "late invoices at least 5"),
    "condition_never": (conditions({"country": []}), "segments[1].any[0].country", "no country"),
    "condition_contradicts": (
        conditions({"earlier_placement": True, "grade": ["excellent", "good"]}),
        "segments[1].any[0].grade", "excellent or good"),
    "condition_everybody": (
        conditions({"late_invoices_at_least": 0}), "segments[1].any[0]", "everybody"),
    "country_code": (
        conditions({"country": ["DE", "uk"]}), "segments[1].any[0].country[1]", "uk"),
    "grace_past_next": (
        lambda d: d["segments"][1].update(grace_days=9), "segments[1].grace_days",
        "first comes on day 10, second says day 10"),
    "vip_stern_before_call": (
        lambda d: d["segments"][0].update(cadence="plain"), "segments[0].cadence",
        "second (firm) goes before any call"),
    "step_unreachable": (
        lambda d: (plain(d, 0).update(wait=5), d["cadences"]["plain"]["steps"].insert(
            1, {"id": "again", "phase": "pre_due", "day": 2, "template": "hello",
                "actions": EMAIL})),
        "cadences.plain.steps[1]", "after hello (5 days before, then a wait of 5)"),
    "step_seldom": (
        lambda d: (plain(d, 0).update(wait=6), d["cadences"]["plain"]["steps"].insert(
            1, {"id": "today", "phase": "due", "day": 0, "template": "hello", "actions": EMAIL})),
        "cadences.plain.steps[1]", "today is skipped after hello"),
    "step_late": (
        step(1, wait=12), "cadences.plain.steps[2].day",
        "second says day 10 and comes on day 13 at the earliest: first waits 12 days"),
    "days_fall": (
        step(3, day=9), "cadences.plain.steps[3].day", "it comes on day 24"),
    "wait_too_short": (step(1, wait=2), "cadences.plain.steps[1].wait", "a wait of 2 days"),
    "gap": (step(3, day=42), "cadences.plain.steps[3].day", "32 days of silence between second"),
    "no_overdue_step": (
        lambda d: d["cadences"].update(plain={"steps": [plain(d, 0)]}), "cadences.plain",
        "plain ends on the due date"),
    "tone_falls": (
        step(1, tone="severe"), "cadences.plain.steps[2].tone",
        "second is firm, after first, which is severe"),
    "stern_before_due": (
        step(0, tone="urgent"), "cadences.plain.steps[0].tone", "urgent for hello"),
    "id_in_was": (
        step(2, was=["first"]), "cadences.plain.steps[2].was[0]", "first is still a step"),
    "was_twice": (
        lambda d: (plain(d, 1).update(was=["old"]), plain(d, 2).update(was=["old"])),
        "cadences.plain.steps[2].was[0]", "second and first both were old"),
    "id_two_meanings": (
        kind_step(0, id="first", tone="urgent"), "cadences.kind.steps[0].id",
        "first is urgent (overdue) in kind and friendly (overdue) in plain"),
    "channel_twice": (
        step(1, actions=[{"channel": "email"}, {"channel": "email", "to": "owner"}]),
        "cadences.plain.steps[1].actions[1].channel", "a second time in first"),
    "minimum_small": (
        step(1, minimum=4), "cadences.plain.steps[1].minimum", "below the small balance of 5.00"),
    "minimum_stops": (
        step(2, minimum=1000), "cadences.plain.steps[2].minimum",
        "cases under it stay before it, and never come to demand, placement"),
    "names_unproposed": (
        step(1, names=["prepayment"]), "cadences.plain.steps[1].names[0]",
        "first names prepayment"),
    "unannounced": (
        step(2, names=[]), "cadences.plain.steps[2].proposes[0]", "no message up to it names"),
    "suspension_small": (
        lambda d: plain(d, 2)["proposes"][0].update(minimum=50),
        "cadences.plain.steps[2].proposes[0]", "suspension from 50"),
    "proposal_late": (
        lambda d: plain(d, 2)["proposes"][0].update(from_day=30),
        "cadences.plain.steps[2].proposes[0]", "suspension from day 30, with second"),
    "approval_weak": (
        lambda d: plain(d, 2)["proposes"][0].update(approve="collector"),
        "cadences.plain.steps[2].proposes[0]", "suspension approved by a collector"),
    "requires_channels": (
        needs({"attempts": 2, "channels": 3}), "cadences.plain.steps[2].requires[0]",
        "2 attempts over 3 channels"),
    "requires_no_call": (
        needs({"call_within_days": 7}), "cadences.plain.steps[2].requires[0]",
        "no step before it calls"),
    "requires_old_call": (
        kind_step(1, requires=[{"call_within_days": 6}]), "cadences.kind.steps[1].requires[0]",
        "comes 7 days after talk at the earliest"),
    "requires_late_call": (
        kind_step(1, requires=[{"call_within_days": 8}]), "cadences.kind.steps[1].requires[0]",
        "talk comes on day 5, letter on day 20"),
    "requires_attempts": (
        needs({"attempts": 3, "channels": 2}), "cadences.plain.steps[2].requires[0]",
        "the steps before it make 2 over 1"),
    "requires_demand": (
        needs({"final_demand_expired": True}), "cadences.plain.steps[2].requires[0]",
        "no step before it is one"),
    "outcome_without_demand": (
        step(3, **NO_DEMAND), "cadences.plain.outcomes[0]", "no step is a final demand"),
    "demand_twice": (
        lambda d: d["cadences"]["plain"]["steps"].append(MORE | {"final_demand": True}),
        "cadences.plain.steps[4].final_demand", "so is demand"),
    "demand_before_due": (
        lambda d: plain(d, 0).update(final_demand=True), "cadences.plain.steps[0].phase",
        "hello demands what is not overdue"),
    "demand_not_last": (
        lambda d: d["cadences"]["plain"]["steps"].append(MORE), "cadences.plain.steps[3]",
        "more after demand"),
    "demand_unapproved": (
        step(3, approve=None), "cadences.plain.steps[3]", "demand goes by itself"),
    "demand_tone": (
        step(3, tone="severe", template="second"), "cadences.plain.steps[3].tone",
        "severe for demand"),
    "demand_route": (
        step(3, actions=EMAIL), "cadences.plain.steps[3].actions", "does not go by letter"),
    "demand_response": (
        step(3, respond_within=5), "cadences.plain.steps[3].respond_within", "5 days to respond"),
    "demand_without_outcome": (
        lambda d: (outcomes()(d), step(3, names=[])(d)), "cadences.plain.steps[3]",
        "nothing follows demand"),
    "no_end": (
        lambda d: (outcomes()(d), d["cadences"]["plain"]["steps"].pop()), "cadences.plain",
        "plain ends with second"),
    "outcome_twice": (
        outcomes(AGENCY, AGENCY), "cadences.plain.outcomes[1].what", "placement a second time"),
    "legal_unapproved": (
        outcomes(AGENCY, {"what": "legal_referral", "from_day": 90, "minimum": 5000}),
        "cadences.plain.outcomes[1]", "approved by the manager"),
    "template_missing": (
        step(1, template="third"), "cadences.plain.steps[1].template", "first uses third"),
    "template_kind": (
        step(1, template="script"), "cadences.plain.steps[1].template", "script, a call script"),
    "template_tone": (
        step(1, template="demand"), "cadences.plain.steps[1].template",
        "first is friendly and uses demand, which is written for formal"),
    "text_wrong": (
        lambda d: d.update(texts={"first": {"xx": "any"}}), "texts.first.xx", "xx is no language"),
    "text_unused": (
        lambda d: d.update(texts={"spare": {"en": "any"}}), "texts.spare", "no step uses spare"),
}  # fmt: skip
ELSEWHERE = {"template_untranslated", "id_back", "step_dropped", "person_unknown"}


def test_the_clean_policy_is_clean() -> None:
    """What the other tests spoil has nothing wrong to begin with."""
    assert findings(clean()) == []


@pytest.mark.parametrize("code", CASES)
def test_it_finds_what_it_looks_for(code: str) -> None:
    """Each thing looked for is found at its place and named with what is there."""
    spoil, place, said = CASES[code]
    data = clean()
    spoil(data)
    found = [f for f in findings(data) if f.code == code]
    assert [policies.place_text(f.path) for f in found][:1] == [place]
    assert said in found[0].found
    assert found[0].want
    assert found[0].severity == lint.CHECKS[code][0]


def test_every_check_has_its_case() -> None:
    """Nothing is looked for without a policy that has it."""
    assert set(CASES) | ELSEWHERE == set(lint.CHECKS)


@pytest.mark.parametrize("name", policies.BUILT_IN)
def test_the_built_in_policies_are_clean(name: str) -> None:
    """The five policies we ship have no finding of any severity, whatever texts there are."""
    document = policies.load(policies.built_in_text(name), file=name).document
    assert document is not None
    assert lint.lint(document, included=INCLUDED) == []
    assert lint.lint(policies.built_in(name)) == []


def test_a_text_that_is_missing_in_one_language_is_named_once() -> None:
    """However many steps use it, one finding says in which languages it is missing."""
    known = {code: dict(texts) for code, texts in TEXTS.by_language.items()}
    del known["de"]["script"]
    found = findings(clean(), texts=lint.Texts(known, TEXTS.tones))
    assert [(f.code, policies.place_text(f.path)) for f in found] == [
        ("template_untranslated", "cadences.plain.steps[2].actions[1]")
    ]
    assert "missing in de" in found[0].found


def test_what_is_wrong_with_an_own_text_stands_at_its_place() -> None:
    """A fault the renderer names is an error; so is a message where a call script was."""
    data = clean()
    data["texts"] = {"first": {"de": "any"}, "script": {"de": "any"}}
    known = {"en": dict(TEXTS.by_language["en"]), "de": TEXTS.by_language["de"] | {"script": False}}
    faults = {("first", "de"): ["first: unknown field 'pay_bye'"]}
    found = findings(data, texts=lint.Texts(known, TEXTS.tones, faults=faults))
    assert [(f.code, policies.place_text(f.path), f.severity) for f in found] == [
        ("text_wrong", "texts.first.de", "error"), ("text_wrong", "texts.script.de", "error"),
    ]  # fmt: skip
    assert "pay_bye" in found[0].found
    assert "call script" in found[1].found


def test_a_person_who_does_not_work_here_is_noticed_where_it_is_known_who_does() -> None:
    """The step's role answers instead; without a book nobody can say who works here."""
    data = clean()
    plain(data, 1).update(person="eva", responsible="manager")
    assert findings(data) == []
    assert findings(data, staff={"eva"}) == []
    (found,) = findings(data, staff={"anna"})
    assert (found.code, policies.place_text(found.path), found.severity) == (
        "person_unknown", "cadences.plain.steps[1].person", "warning",
    )  # fmt: skip
    assert "the manager answers for it" in found.want


def test_a_text_used_at_two_tones_is_noticed_without_knowing_its_tone() -> None:
    """A text nobody has described belongs to the tone of the step that uses it first."""
    data = clean()
    plain(data, 2).update(template="first")
    assert [f.code for f in findings(data)] == ["template_tone"]


def test_an_id_that_had_gone_is_noticed_when_it_comes_back() -> None:
    """Items that took the old step would count as having taken the new one."""
    first, second = clean(), clean()
    plain(second, 2)["id"] = "notice"
    plain(second, 2)["was"] = ["second"]
    versions = [documents.parse(first), documents.parse(second)]
    again = clean()
    plain(again, 1)["was"] = ["notice"]
    found = findings(again, earlier=versions, texts=None)
    assert [(f.code, policies.place_text(f.path)) for f in found] == [
        ("id_back", "cadences.plain.steps[2].id")
    ]


def test_a_step_that_goes_without_a_successor_is_noticed() -> None:
    """What running cases took is said to be gone, unless a step says it was that one."""
    data = clean()
    data["cadences"]["plain"]["steps"].pop(1)
    earlier = [documents.parse(clean())]
    assert [f.code for f in findings(data, earlier=earlier)] == ["step_dropped"]
    plain(data, 1)["was"] = ["first"]
    assert findings(data, earlier=earlier) == []


def test_the_built_in_ladders_come_on_the_days_they_name() -> None:
    """No wait of the five policies makes a later step come late."""
    for name in policies.BUILT_IN:
        document = policies.built_in(name)
        for cadence in document.cadences.values():
            days = tuple(ladders.says(s) for s in cadence.steps)
            assert ladders.walk(cadence.steps, document.settings) == days


def test_findings_stand_in_the_order_of_the_document() -> None:
    """Settings come before segments, segments before cadences, each from the top."""
    data = clean()
    data["settings"] = {"daily_cap": 0}
    plain(data, 3).update(approve=None)
    plain(data, 1).update(wait=2)
    data["segments"][1]["grace_days"] = 9
    assert [f.code for f in findings(data)] == [
        "cap_zero", "grace_past_next", "wait_too_short", "demand_unapproved",
    ]  # fmt: skip


def test_every_fact_of_a_condition_can_be_compared() -> None:
    """The linter knows for each fact when one value takes only customers another takes."""
    assert set(segments._NARROWER) == set(documents.ConditionDoc.model_fields)


_DAYS = st.integers(0, 60)
_conditions = st.builds(
    documents.ConditionDoc,
    strategic=st.none() | st.booleans(),
    annual_revenue_over=st.none() | st.sampled_from([Decimal(1000), Decimal(100_000)]),
    grade=st.none() | st.lists(st.sampled_from(typing.get_args(documents.Grade)), max_size=3),
    late_invoices_at_least=st.none() | st.integers(-1, 4),
    country=st.none() | st.lists(st.sampled_from(["DE", "AT", "at"]), max_size=2),
)
_requires = st.one_of(
    st.builds(documents.RequireDoc, call_within_days=_DAYS),
    st.builds(documents.RequireDoc, attempts=st.integers(0, 4), channels=st.integers(0, 4)),
    st.just(documents.RequireDoc(final_demand_expired=True)),
)
_actions = st.lists(st.sampled_from(["email", "call", "letter"]), min_size=1, max_size=3)


@st.composite
def _steps(draw: st.DrawFn) -> documents.StepDoc:
    """Draw a step that can be read."""
    phase = draw(st.sampled_from(["pre_due", "due", "overdue"]))
    channels = draw(_actions)
    return documents.StepDoc(
        id=draw(st.sampled_from(["one_step", "two_step", "three_step"])),
        was=draw(st.lists(st.sampled_from(["one_step", "old_step"]), max_size=2)),
        phase=phase,
        day={"pre_due": draw(_DAYS), "due": 0}.get(phase, 1 + draw(_DAYS)),
        wait=draw(_DAYS),
        tone=draw(st.sampled_from(typing.get_args(documents.Tone))),
        actions=[documents.ActionDoc(channel=c) for c in channels],
        taken_by=draw(st.none() | st.sampled_from(channels)),
        minimum=draw(st.none() | st.sampled_from([Decimal(1), Decimal(50), Decimal(900)])),
        requires=draw(st.lists(_requires, max_size=2)),
        names=draw(st.lists(st.sampled_from(["suspension", "agency"]), max_size=2)),
        final_demand=draw(st.booleans()),
    )


@hypothesis_settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(_steps(), min_size=1, max_size=3, unique_by=lambda s: s.id),
    wanted=st.lists(_conditions, max_size=3),
)
def test_any_policy_that_can_be_read_can_be_linted(
    steps: list[documents.StepDoc], wanted: list[documents.ConditionDoc]
) -> None:
    """Whatever stands in a policy, the linter ends, twice the same, with known findings."""
    steps.sort(key=lambda s: ("pre_due", "due", "overdue").index(s.phase))
    cadence = documents.CadenceDoc(steps=steps)
    some = [documents.SegmentDoc(name="vip", any=wanted, cadence="main")] if wanted else []
    rest = documents.SegmentDoc(name="standard", cadence="main")
    document = documents.Document(policy="any", segments=[*some, rest], cadences={"main": cadence})
    found = lint.lint(document, texts=TEXTS)
    assert found == lint.lint(document, texts=TEXTS)
    assert {f.code for f in found} <= set(lint.CHECKS)


@given(narrow=_conditions, wide=_conditions, third=_conditions)
def test_taking_fewer_customers_is_transitive(
    narrow: documents.ConditionDoc, wide: documents.ConditionDoc, third: documents.ConditionDoc
) -> None:
    """A condition takes whom it takes itself, and two steps of narrowing are one."""
    assert segments.implies(narrow, narrow)
    if segments.implies(narrow, wide) and segments.implies(wide, third):
        assert segments.implies(narrow, third)


def test_what_is_allowed_is_left_alone() -> None:
    """An opening at an urgent step, a short grace, a plan's default to wait for: all right."""
    data = clean()
    plain(data, 2)["requires"] = [{"plan_defaulted": True}]
    data["include"] = ["key-account"]
    data["segments"][0]["cadence"] = "key-account"
    del data["cadences"]["kind"]
    data["segments"][1]["grace_days"] = 3
    data["settings"] = {"opening": [{"from_day": 30, "step": "first"}]}
    assert findings(data, texts=None, earlier=[documents.parse(clean())]) == []


def test_a_step_on_day_0_before_the_due_date_can_never_go() -> None:
    """Before the due date means at least one day before it."""
    data = clean()
    plain(data, 0)["day"] = 0
    found = findings(data)
    assert [f.code for f in found] == ["step_unreachable"]
    assert found[0].found == "hello stands before the due date, on day 0"


def test_an_agency_is_not_for_a_collector_to_call() -> None:
    """A placement that a collector alone approves is noticed."""
    data = clean()
    outcomes(AGENCY | {"approve": "collector"})(data)
    assert [(f.code, f.found) for f in findings(data)] == [
        ("approval_weak", "placement approved by a collector")
    ]


def test_one_segment_may_hold_everybody() -> None:
    """A policy of one segment without conditions has nothing unreachable."""
    data = clean()
    data["segments"] = data["segments"][1:]
    del data["cadences"]["kind"]
    assert findings(data) == []


def test_a_vip_who_gets_nothing_stern_needs_no_call() -> None:
    """The rule is about stern mails; friendly ones may come first, and alone."""
    data = clean()
    data["cadences"]["kind"] = {"steps": [plain(data, 1)]}
    assert [f.code for f in findings(data)] == ["no_end"]
