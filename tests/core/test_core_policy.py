"""The policy document: what people may write, what is refused, and what `decide` gets of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pydantic
import pytest
from casebook import LADDER, document, policy, step

from dunwell.core import policy as policies


def read(**changed: Any) -> policies.Document:
    """Read a document of four steps, with some of it changed."""
    return policies.parse(document() | changed)


# --- what a policy says when it says nothing -------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("small_balance", Decimal("5.00")),
        ("write_off_after_days", 90),
        ("min_days_between_contacts", 3),
        ("min_days_milder_after_firm", 7),
        ("due_soon_days", 7),
        ("hours", policies.HoursDoc(start=dt.time(9), end=dt.time(17))),
        ("quiet_seasons", [policies.SeasonDoc(first="12-24", last="01-01")]),
        ("holds_lower_working_days", 10),
        ("approval_lapses_working_days", 10),
        ("refusal_days", 14),
        ("contact_order", ["ap", "buyer", "manager", "owner", "executive", "alternate"]),
        ("opening", []),
        ("daily_cap", None),
        ("aging_buckets", [30, 60, 90]),
        ("automatic_methods", ["direct_debit", "card"]),
        ("collection_result_working_days", 5),
        ("interest", policies.InterestDoc(enabled=False, regime="statutory", approve="manager")),
        (
            "promises",
            policies.PromisesDoc(
                days_ahead=14,
                days_ahead_approved=30,
                tolerance_working_days=1,
                approve_from_nth=3,
                approve="manager",
            ),
        ),
        (
            "plans",
            policies.PlansDoc(
                instalments_max=6,
                tolerance_working_days=3,
                remind_days_before=3,
                interest_percent=0,
                fee=0,
                approve="manager",
            ),
        ),
        ("agency", policies.AgencyDoc()),
        ("bureau_reports", False),
        ("write_off_manager_max", Decimal("1000")),
    ],
)
def test_settings_have_the_defaults_of_the_rules(field: str, value: object) -> None:
    """The numbers SEMANTICS gives are defaults and settings."""
    assert getattr(read(settings={}).settings, field) == value


def test_every_setting_is_spoken_for() -> None:
    """The table above names each of them once."""
    marks = test_settings_have_the_defaults_of_the_rules.pytestmark
    assert {row[0] for row in marks[0].args[1]} == set(policies.SettingsDoc.model_fields)


STEP_DEFAULTS: dict[str, object] = {
    "was": (),
    "phase": "overdue",
    "wait": 7,
    "tone": "friendly",
    "harshness": 0,
    "template": "one",
    "taken_by": "email",
    "minimum": None,
    "share_percent": 0,
    "requires": (),
    "responsible": "collector",
    "person": "",
    "signatory": "collector",
    "approve": None,
    "names": (),
    "proposes": (),
    "final_demand": False,
    "respond_within": 10,
}


@pytest.mark.parametrize("field", STEP_DEFAULTS)
def test_a_step_says_little_and_means_the_usual(field: str) -> None:
    """An id, a day and an action are enough."""
    plain = policy({"id": "one", "day": 1, "actions": [{"channel": "email"}]})
    assert getattr(plain.cadences["only"].steps[0], field) == STEP_DEFAULTS[field]


@pytest.mark.parametrize(
    ("channels", "taken_by"),
    [(("email",), "email"), (("call", "letter"), "letter"), (("call",), "call")],
)
def test_a_step_is_taken_by_its_written_notice_or_else_its_call(
    channels: tuple[str, ...], taken_by: str
) -> None:
    """Unless it says otherwise (1, Step)."""
    assert policy(step("one", 1, *channels)).cadences["only"].steps[0].taken_by == taken_by


def test_every_field_of_a_step_reaches_decide() -> None:
    """What is written is what is decided by."""
    whole = policy(
        step("zero", 0, phase="due"),
        {
            "id": "one", "was": ["uno"], "day": 4, "wait": 5, "tone": "severe",
            "template": "words", "actions": [{"channel": "letter", "to": "legal"},
                                             {"channel": "call", "template": "script"}],
            "taken_by": "call", "minimum": "12.50", "share_percent": 30,
            "requires": [{"attempts": 3, "channels": 2}], "responsible": "executive",
            "person": "eva",
            "signatory": "legal", "approve": "admin", "names": ["agency"],
            "proposes": [{"what": "terms", "approve": "executive", "minimum": 9, "from_day": 8}],
            "final_demand": True, "respond_within": 12,
        },
        outcomes=[{"what": "placement", "from_day": 45, "minimum": 500}],
    )  # fmt: skip
    found = whole.cadences["only"].steps[1]
    assert found == policies.Step(
        id="one", index=1, was=("uno",), phase="overdue", day=4, wait=5, tone="severe",
        harshness=3, template="words",
        actions=(policies.Action("letter", "legal", "words"),
                 policies.Action("call", "ap", "script")),
        taken_by="call", minimum=Decimal("12.50"), share_percent=30,
        requires=(policies.RequireDoc(attempts=3, channels=2),), responsible="executive",
        person="eva",
        signatory="legal", approve="admin", names=("agency",),
        proposes=(policies.ProposeDoc(what="terms", approve="executive", minimum=Decimal(9),
                                      from_day=8),),
        final_demand=True, respond_within=12, is_first_overdue=True,
    )  # fmt: skip
    cadence = whole.cadences["only"]
    assert (cadence.by_id, cadence.by_was, cadence.first_overdue) == (
        {"zero": 0, "one": 1}, {"uno": 1}, 1,
    )  # fmt: skip
    assert cadence.outcomes[0].approve == "manager"


def test_a_policy_without_persons_is_the_version_it_was() -> None:
    """A step that names nobody says nothing of it in the body that is hashed."""
    whole = {"policy": "house", "segments": [{"name": "standard", "cadence": "only"}],
             "cadences": {"only": {"steps": [step("one", 1)]}}}  # fmt: skip
    assert '"person"' not in policies.canonical(policies.parse(whole))
    whole["cadences"]["only"]["steps"][0]["person"] = "eva"  # type: ignore[index]
    assert '"person": "eva"' in policies.canonical(policies.parse(whole))


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "One"},
        {"id": "1st"},
        {"id": "o"},
        {"day": -1},
        {"day": 3651},
        {"day": "soon"},
        {"wait": -1},
        {"tone": "angry"},
        {"phase": "later"},
        {"actions": []},
        {"actions": [{"channel": "pigeon"}]},
        {"actions": [{"channel": "email", "to": "janitor"}]},
        {"minimum": -1},
        {"minimum": "NaN"},
        {"minimum": "1234567890123456"},
        {"share_percent": 101},
        {"share_percent": -1},
        {"responsible": "nobody"},
        {"signatory": "nobody"},
        {"approve": "nobody"},
        {"names": ["prison"]},
        {"proposes": [{"what": "prison"}]},
        {"proposes": [{"what": "terms", "minimum": -1}]},
        {"proposes": [{"what": "terms", "approve": "nobody"}]},
        {"respond_within": -1},
        {"requires": [{"call_within_days": -1}]},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_step_is_checked_field_by_field(changed: dict[str, Any]) -> None:
    """Nothing outside the closed vocabulary, nothing negative, nothing unknown."""
    with pytest.raises(pydantic.ValidationError) as refused:
        policies.parse(document(step("one", 1) | changed))
    assert next(iter(changed)) in str(refused.value) or refused.value.error_count() == 1


@pytest.mark.parametrize("missing", ["id", "day", "actions"])
def test_a_step_needs_an_id_a_day_and_an_action(missing: str) -> None:
    """The rest has defaults."""
    whole = step("one", 1)
    del whole[missing]
    with pytest.raises(pydantic.ValidationError):
        policies.parse(document(whole))


@pytest.mark.parametrize(
    "changed",
    [
        {"policy": "Bad Name"},
        {"segments": []},
        {"segments": [{"name": "standard", "cadence": "nowhere"}]},
        {"segments": [{"name": "vip", "cadence": "only", "any": [{"strategic": True}]}]},
        {"segments": [{"name": "Big", "cadence": "only"}]},
        {"segments": [{"name": "standard", "cadence": "only", "grace_days": -1}]},
        {"cadences": {}},
        {"cadences": {"only": {"steps": []}}},
        {"cadences": {"only": {"steps": [step("one", 1), step("one", 2)]}}},
        {"cadences": {"only": {"steps": [step("one", 1), step("two", 2, phase="pre_due")]}}},
        {"cadences": {"only": {"steps": [step("one", 1)], "outcomes": [{"what": "prison",
                                                        "from_day": 1, "minimum": 0}]}}},
        {"cadences": {"only": {"steps": [step("one", 1)], "outcomes": [{"what": "placement"}]}}},
        {"settings": {"small_balance": -1}},
        {"settings": {"daily_cap": -1}},
        {"settings": {"hours": {"start": "nine"}}},
        {"settings": {"quiet_seasons": [{"first": "24 Dec", "last": "01-01"}]}},
        {"settings": {"contact_order": ["janitor"]}},
        {"settings": {"opening": [{"from_day": -1, "step": "one"}]}},
        {"settings": {"colour": "red"}},
        {"colour": "red"},
    ],
    ids=str,
)  # fmt: skip
def test_a_document_is_checked_as_a_whole(changed: dict[str, Any]) -> None:
    """Names resolve, ids stand once, steps stand in order, the last segment takes everybody."""
    with pytest.raises(pydantic.ValidationError):
        read(**changed)


@pytest.mark.parametrize(
    "condition",
    [
        {"strategic": "perhaps"},
        {"annual_revenue_over": -1},
        {"grade": ["superb"]},
        {"terms_days_over": -1},
        {"moon": "full"},
    ],
    ids=str,
)
def test_conditions_know_a_closed_vocabulary(condition: dict[str, Any]) -> None:
    """No expression language, no unknown fact (9)."""
    with pytest.raises(pydantic.ValidationError):
        read(
            segments=[
                {"name": "some", "cadence": "only", "any": [condition]},
                {"name": "standard", "cadence": "only"},
            ]
        )


# --- including, storing, compiling ------------------------------------------------------------


def test_an_included_policy_lends_its_cadences() -> None:
    """The including document's own cadence of the same name goes first; the rest is its own."""
    lent = policies.parse(
        document() | {"policy": "lent", "cadences": {
            "only": {"steps": [step("theirs", 1)]}, "more": {"steps": [step("extra", 2)]}}}
    )  # fmt: skip
    own = policies.parse(
        document() | {"include": ["lent"], "segments": [{"name": "standard", "cadence": "more"}]}
    )
    whole = policies.merge(own, {"lent": lent})
    assert (whole.policy, whole.include) == ("test", [])
    assert [s.id for s in whole.cadences["only"].steps] == [s["id"] for s in LADDER]
    assert [s.id for s in whole.cadences["more"].steps] == ["extra"]


def test_a_policy_that_includes_may_name_cadences_it_does_not_have_yet() -> None:
    """They are looked for when everything is taken in, and missed then."""
    own = policies.parse(
        document() | {"include": ["lent"], "segments": [{"name": "standard", "cadence": "gone"}]}
    )
    with pytest.raises(pydantic.ValidationError):
        policies.merge(own, {"lent": policies.parse(document() | {"policy": "lent"})})
    with pytest.raises(KeyError):
        policies.merge(own, {})


def test_the_stored_body_depends_on_nothing_but_what_it_says() -> None:
    """The same document in another order, or with defaults written out: the same text and hash."""
    one = policies.parse(document())
    other = policies.parse(dict(reversed(list(document().items()))))
    written = policies.parse(one.model_dump(mode="json"))
    assert policies.canonical(one) == policies.canonical(other) == policies.canonical(written)
    first = policies.compile_policy(one, version=1)
    assert first.sha256 == policies.compile_policy(written, version=9).sha256
    changed = policies.parse(document(min_days_between_contacts=4))
    assert policies.compile_policy(changed, version=1).sha256 != first.sha256


def test_amounts_are_written_in_units_of_the_base_currency() -> None:
    """5.00 are 500 cents, 5 yen, 5000 fils; digits a currency has not are cut off."""
    assert policies.minor(Decimal("5.00"), "EUR") == 500
    assert policies.minor(Decimal("5.00"), "JPY") == 5
    assert policies.minor(Decimal("5.99"), "JPY") == 5
    assert policy().small_balance_minor("KWD") == 5000


def test_the_schema_says_every_field() -> None:
    """Editors and the reference are made from the same document classes."""
    schema = policies.schema()
    assert schema["title"] == "Dunwell policy"
    assert set(schema["properties"]) == set(policies.Document.model_fields)
    assert "title" not in schema["properties"]["policy"]
    assert all("description" in field for field in schema["properties"].values())


@pytest.mark.parametrize(
    "wrong",
    [
        step("one", 1, taken_by="sms"),
        step("one", 0),
        step("one", 3, phase="due"),
        step("one", 1, requires=[{}]),
        step("one", 1, requires=[{"no_reply_days": 3, "call_within_days": 3}]),
        step("one", 1, requires=[{"final_demand_expired": False}]),
        step("one", 1, requires=[{"call_within_days": 3, "channels": 2}]),
    ],
)
def test_a_step_that_can_mean_nothing_is_refused(wrong: dict) -> None:
    """A step taken by an action it has not, or a requirement that states none, is refused."""
    with pytest.raises(pydantic.ValidationError):
        policies.parse(document(wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        {"quiet_seasons": [{"first": "13-01", "last": "12-31"}]},
        {"quiet_seasons": [{"first": "02-30", "last": "03-01"}]},
        {"hours": {"start": "17:00", "end": "09:00"}},
        {"hours": {"start": "09:00+01:00", "end": "17:00+01:00"}},
        {"aging_buckets": []},
        {"aging_buckets": [60, 30]},
        {"aging_buckets": [0, 30]},
        {"opening": [{"from_day": 8, "step": "nobody"}]},
        {
            "segments": [
                {"name": "same", "cadence": "only", "any": [{"strategic": True}]},
                {"name": "same", "cadence": "only"},
            ]
        },
    ],
)
def test_a_policy_that_can_mean_nothing_is_refused(wrong: dict) -> None:
    """Days that are none, buckets out of order, names that stand twice: refused when read."""
    with pytest.raises(pydantic.ValidationError):
        policies.parse(document(**wrong))


@pytest.mark.parametrize(
    ("interest", "place"),
    [
        ({"regime": "contract"}, "regime"),
        ({"regime": "contract", "contract_rate": 12, "contract_margin": 8}, "regime"),
        ({"contract_rate": 12}, "contract_rate"),
        ({"contract_margin": 8}, "contract_margin"),
    ],
)
def test_a_contract_states_one_rate(interest: dict[str, Any], place: str) -> None:
    """A contract's rate stands beside its regime, the law's beside the law's."""
    with pytest.raises(pydantic.ValidationError) as caught:
        read(settings={"interest": interest})
    (error,) = caught.value.errors()
    assert error["ctx"]["at"] == (place,)
    assert read(settings={"interest": {"regime": "contract", "contract_rate": 12}})
