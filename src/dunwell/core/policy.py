"""The policy: a versioned document of segments, cadences, steps and limits.

Two shapes. `Document` and its parts are what people write (YAML 1.2, checked here, JSON
Schema generated from here). `Policy`, `Cadence` and `Step` are what `decide` reads: plain,
ordered, ready. Must not know: files, databases, today. Origin: SEMANTICS 1, 4, 8, 9.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pydantic
from pydantic import Field
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticCustomError

from dunwell.core import book, money

Tone = Literal["friendly", "urgent", "firm", "severe", "formal"]
Phase = Literal["pre_due", "due", "overdue"]
Channel = Literal["email", "letter", "call", "sms", "portal"]
Role = Literal["ap", "buyer", "manager", "owner", "executive", "legal", "alternate"]
Staff = Literal["collector", "account_manager", "manager", "executive", "legal", "admin"]
Outcome = Literal["placement", "legal_referral"]
Proposal = Literal["suspension", "credit_hold", "prepayment", "terms", "plan_offer"]
Grade = Literal["excellent", "good", "fair", "poor", "unknown"]
Amount = Annotated[Decimal, Field(ge=0, max_digits=15)]
Days = Annotated[int, Field(ge=0, le=3650)]
_TEXT_NAME, _LANGUAGE = re.compile(r"[a-z][a-z0-9_]{1,40}"), re.compile(r"[a-z]{2}")
Percent = Annotated[int, Field(ge=0, le=100)]


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class ActionDoc(_Part):
    """One thing a step does: a written notice, or a call with its script."""

    channel: Channel = Field(description="How it goes out: by email, letter, call, sms or portal.")
    to: Role = Field(
        default="ap",
        description="The contact's role; the roles of contact_order are tried after it.",
    )
    template: str | None = Field(
        default=None,
        description="The text or call script of this action; by default the step's, "
        "for a text message that of its tone.",
    )
    urgent: bool = Field(
        default=False,
        description="For a mail: an urgent flag, and “Urgent account matter” before its subject.",
    )
    read_receipt: bool = Field(
        default=False, description="For a mail: its reader is asked for a receipt."
    )

    @pydantic.model_validator(mode="after")
    def _can_be_flagged(self) -> ActionDoc:
        for name in ("urgent", "read_receipt"):
            if getattr(self, name) and self.channel != "email":
                raise _misplaced((name,), f"true beside {self.channel}", "true for an email only")
        return self


class RequireDoc(_Part):
    """Something that must have happened before a step goes (SEMANTICS 4.6). State one."""

    call_within_days: Days | None = Field(
        default=None,
        description="A call was made within so many days.",
        json_schema_extra={"x-unit": "days"},
    )
    no_reply_days: Days | None = Field(
        default=None,
        description="The customer has not replied for so many days.",
        json_schema_extra={"x-unit": "days"},
    )
    attempts: Days | None = Field(
        default=None,
        description="So many attempts were made, over `channels` different channels.",
        json_schema_extra={"x-unit": "attempts"},
    )
    channels: Days = Field(
        default=1,
        description="How many different channels the attempts used; stands beside `attempts`.",
        json_schema_extra={"x-unit": "channels"},
    )
    final_demand_expired: bool | None = Field(
        default=None, description="A final demand was sent and its respond-by date has passed."
    )
    plan_defaulted: bool | None = Field(default=None, description="A payment plan is in default.")
    likelihood_below: Percent | None = Field(
        default=None,
        description="The likelihood that the customer pays within 30 days is below this.",
        json_schema_extra={"x-unit": "percent"},
    )
    likelihood_from: Percent | None = Field(
        default=None,
        description="The likelihood that the customer pays within 30 days is this or more.",
        json_schema_extra={"x-unit": "percent"},
    )

    @pydantic.model_validator(mode="after")
    def _states_one(self) -> RequireDoc:
        stated = [
            name
            for name in ("call_within_days", "no_reply_days", "attempts", "final_demand_expired",
                         "plan_defaulted", "likelihood_below", "likelihood_from")
            if getattr(self, name) is not None
        ]  # fmt: skip
        if len(stated) != 1:
            raise _misplaced((), " ".join(stated), "exactly one requirement")
        if False in (self.final_demand_expired, self.plan_defaulted):
            raise _misplaced((stated[0],), "false", "true, or leave it out")
        if self.channels != 1 and self.attempts is None:
            raise _misplaced(("channels",), str(self.channels), "attempts beside it")
        return self

    def text(self) -> str:
        """Say the requirement in words."""
        if self.call_within_days is not None:
            return f"a call made within {self.call_within_days} days"
        if self.no_reply_days is not None:
            return f"no reply for {self.no_reply_days} days"
        if self.attempts is not None:
            return f"{self.attempts} attempts over {self.channels} channels"
        if self.final_demand_expired:
            return "a final demand sent and expired"
        if self.likelihood_below is not None:
            return f"a likelihood of payment below {self.likelihood_below} percent"
        if self.likelihood_from is not None:
            return f"a likelihood of payment of {self.likelihood_from} percent or more"
        return "a payment plan in default"


class ProposeDoc(_Part):
    """A measure a step proposes; it waits for its own approval and delays no notice (6.3)."""

    what: Proposal = Field(description="The measure that is proposed.")
    approve: Staff = Field(default="manager", description="The role that must approve it.")
    minimum: Amount = Field(
        default=Decimal(0), description="It is proposed from this net overdue on, in base currency."
    )
    from_day: Days = Field(
        default=0,
        description="It is proposed from this age in days of the oldest item demanded on.",
    )
    likelihood_below: Percent | None = Field(
        default=None,
        description="It is proposed only where the likelihood of payment within 30 days is below.",
        json_schema_extra={"x-unit": "percent"},
    )


class StepDoc(_Part):
    """One step of a cadence."""

    id: str = Field(
        pattern=r"^[a-z][a-z0-9_]{1,40}$",
        description="The step's stable name; once published it is never used for another step.",
    )
    was: list[str] = Field(default=[], description="The ids this step had in earlier versions.")
    phase: Phase = Field(
        default="overdue", description="Whether it stands before the due date, on it, or after it."
    )
    day: Days = Field(
        description="Days before the due date (pre_due), 0 (due), or days overdue (overdue)."
    )
    wait: Days = Field(default=7, description="The least days between this step and the next.")
    tone: Tone = Field(
        default="friendly", description="How it speaks: friendly, urgent, firm, severe or formal."
    )
    template: str | None = Field(
        default=None, description="The text of its written notice; by default the step's id."
    )
    actions: list[ActionDoc] = Field(min_length=1, description="What the step does.")
    taken_by: Channel | None = Field(
        default=None, description="The action that takes the step; by default its written notice."
    )
    minimum: Amount | None = Field(
        default=None,
        description="It goes from this net overdue on, in base currency; "
        "by default the small balance.",
    )
    share_percent: Annotated[int, Field(ge=0, le=100)] = Field(
        default=0, description="It goes when this share of the customer's balance is concerned."
    )
    requires: list[RequireDoc] = Field(
        default=[],
        description="What must have happened before it goes.",
    )
    responsible: Staff = Field(
        default="collector", description="The role of our staff that answers for it."
    )
    person: str = Field(
        default="",
        max_length=100,
        description="The user its tasks fall to; where nobody by that name works here, the role.",
    )
    signatory: Staff = Field(
        default="collector",
        description="The role of our staff that signs it.",
    )
    approve: Staff | None = Field(
        default=None, description="The role that must approve it; without one it goes by itself."
    )
    names: list[Literal["suspension", "credit_hold", "prepayment", "agency", "legal"]] = Field(
        default=[],
        description="The consequences it names, where this step or the next proposes them.",
    )
    proposes: list[ProposeDoc] = Field(
        default=[],
        description="The measures it proposes when it is taken.",
    )
    final_demand: bool = Field(
        default=False, description="Whether it is the final demand, after which outcomes follow."
    )
    respond_within: Days = Field(
        default=10, description="For a final demand: the days the customer has to respond."
    )

    @pydantic.model_validator(mode="after")
    def _can_be_taken(self) -> StepDoc:
        channels = [a.channel for a in self.actions]
        if self.taken_by is not None and self.taken_by not in channels:
            want = f"one of its actions: {', '.join(channels)}"
            raise _misplaced(("taken_by",), self.taken_by, want)
        if self.phase == "overdue" and self.day < 1:
            raise _misplaced(("day",), str(self.day), "1 or more days overdue")
        if self.phase == "due" and self.day:
            raise _misplaced(("day",), str(self.day), "0 for a notice on the due date")
        return self


class OutcomeDoc(_Part):
    """What is proposed when the final demand has expired, one at a time (SEMANTICS 4.9, 7)."""

    what: Outcome = Field(description="A placement with an agency, or a legal referral.")
    from_day: Days = Field(description="It is proposed from this age in days on.")
    minimum: Amount = Field(
        description="It is proposed from this net overdue on, in base currency."
    )
    approve: Staff = Field(default="manager", description="The role that must approve it.")


class CadenceDoc(_Part):
    """Ordered steps from an anchor date."""

    steps: list[StepDoc] = Field(
        min_length=1, description="The steps in order: before due, on the due date, overdue."
    )
    outcomes: list[OutcomeDoc] = Field(
        default=[], description="What may be proposed once the final demand has expired, in order."
    )

    @pydantic.model_validator(mode="after")
    def _ids_once(self) -> CadenceDoc:
        seen: set[str] = set()
        for n, step in enumerate(self.steps):
            if step.id in seen:
                raise _misplaced(("steps", n, "id"), step.id, f"step id {step.id!r} only once")
            seen.add(step.id)
        phases = [("pre_due", "due", "overdue").index(s.phase) for s in self.steps]
        for n, (before, after) in enumerate(itertools.pairwise(phases), start=1):
            if after < before:
                want = "steps must stand in order: before due, on the due date, overdue"
                raise _misplaced(("steps", n, "phase"), self.steps[n].phase, want)
        return self


class ConditionDoc(_Part):
    """A condition over the closed vocabulary of facts; every field stated must hold."""

    strategic: bool | None = Field(
        default=None,
        description="Whether the customer is marked as strategic.",
    )
    annual_revenue_over: Amount | None = Field(
        default=None,
        description="The customer's annual revenue is over this amount.",
        json_schema_extra={"x-unit": "base currency"},
    )
    grade: list[Grade] | None = Field(
        default=None,
        description="The customer's history grade of the last 12 months is one of these.",
    )
    earlier_placement: bool | None = Field(
        default=None, description="Whether the customer was placed with an agency or lawyer before."
    )
    late_invoices_at_least: int | None = Field(
        default=None,
        description="So many chaseable invoices are 8 or more days late, over two due dates.",
        json_schema_extra={"x-unit": "invoices"},
    )
    natural_person: bool | None = Field(
        default=None, description="Whether the customer is a natural person."
    )
    country: list[str] | None = Field(
        default=None,
        description="The customer's country is one of these.",
        json_schema_extra={"x-unit": "ISO 3166 codes of two letters"},
    )
    payment_method: list[str] | None = Field(
        default=None, description="The customer's payment method is one of these."
    )
    terms_days_over: Days | None = Field(
        default=None,
        description="The customer's payment terms are longer than this.",
        json_schema_extra={"x-unit": "days"},
    )


class SegmentDoc(_Part):
    """Who belongs to a segment, and the cadence it walks. The first that matches wins."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,30}$", description="The segment's name.")
    any: list[ConditionDoc] = Field(
        default=[], description="One of these conditions must hold; without any it takes everybody."
    )
    cadence: str = Field(description="The cadence its customers walk.")
    grace_days: Days = Field(
        default=0,
        description="Days by which its first overdue step comes later.",
    )
    enters_at_once: bool = Field(
        default=False,
        description="Whether it is entered at once; otherwise from the customer's next case on.",
    )


def _without_zone(time: dt.time) -> dt.time:
    if time.tzinfo is not None:
        raise ValueError("a time without a zone: it is the customer's own")
    return time


ClockTime = Annotated[
    dt.time,
    pydantic.AfterValidator(_without_zone),
    pydantic.WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d(:\d\d)?$"}),
]


class HoursDoc(_Part):
    """The hours in which customers are contacted, in their own time zone."""

    start: ClockTime = Field(default=dt.time(9, 0), description="The first hour, such as 09:00.")
    end: ClockTime = Field(default=dt.time(17, 0), description="The last hour, such as 17:00.")

    @pydantic.model_validator(mode="after")
    def _in_order(self) -> HoursDoc:
        if self.end <= self.start:
            raise _misplaced(("end",), f"{self.end:%H:%M}", f"a time after {self.start:%H:%M}")
        return self


class SeasonDoc(_Part):
    """Days of the year, both included, as MM-DD, in which nothing firm or harsher goes out."""

    first: str = Field(pattern=r"^\d\d-\d\d$", description="The first day, such as 12-24.")
    last: str = Field(pattern=r"^\d\d-\d\d$", description="The last day, such as 01-01.")

    @pydantic.model_validator(mode="after")
    def _days_there_are(self) -> SeasonDoc:
        for name in ("first", "last"):
            text = getattr(self, name)
            try:
                dt.date.fromisoformat(f"2024-{text}")  # a leap year: 02-29 is February's end
            except ValueError:
                raise _misplaced((name,), text, "a day of the year as MM-DD") from None
        return self


class OpeningDoc(_Part):
    """Where an item starts that was already overdue at go-live; never above urgent (4.8)."""

    from_day: Days = Field(description="It holds for items overdue at least so many days.")
    step: str = Field(description="The step at which they start, friendly or urgent.")


class RecoveryDoc(_Part):
    """What share of a debt is expected back from an age on, by each way: your own figures."""

    from_day: Days = Field(description="It holds for debts overdue at least so many days.")
    agency_percent: Annotated[int, Field(ge=0, le=100)] = Field(
        description="The share an agency is expected to recover, before its commission."
    )
    staying_percent: Annotated[int, Field(ge=0, le=100)] = Field(
        description="The share expected back without an agency."
    )

    def __str__(self) -> str:
        """Say the row in words."""
        shares = f"{self.agency_percent} percent ({self.staying_percent} without)"
        return f"{shares} from {self.from_day}"


class AgencyDoc(_Part):
    """The agency, what it costs, and what is expected of it: an estimate, never a forecast."""

    partner: str = Field(default="", max_length=100, description="The agency's name.")
    commission_percent: Annotated[int, Field(ge=0, le=100)] = Field(
        default=25, description="The share of what it recovers that it keeps: an assumption."
    )
    recovery: list[RecoveryDoc] = Field(
        default=[],
        description="What is expected back by age; without any, the assumptions of the guide.",
    )


class InterestDoc(_Part):
    """Interest and fixed compensation on late debts; off unless it is enabled (SEMANTICS 13)."""

    enabled: bool = Field(
        default=False, description="Whether interest and compensation are claimed at all."
    )
    regime: Literal["statutory", "contract"] = Field(
        default="statutory", description="Whether the law says the rate, or the contract does."
    )
    law_of: Literal["entity", "customer"] = Field(
        default="entity", description="Whose country's law holds."
    )
    contract_rate: Amount | None = Field(
        default=None,
        description="The contract's rate, as it stands in it.",
        json_schema_extra={"x-unit": "percent a year"},
    )
    contract_margin: Amount | None = Field(
        default=None,
        description="The contract's points above the reference rate.",
        json_schema_extra={"x-unit": "percentage points"},
    )
    half_year: Literal["law", "fixed", "floating", "at_end"] = Field(
        default="law",
        description="Which reference rate holds: that of the first day for all of them, "
        "each half-year's own, or that of the last day; or as the law says.",
    )
    day_count: Literal["act_365", "act_360", "act_act"] = Field(
        default="act_365", description="What a day's share of a year's interest is."
    )
    rounding: Literal["once", "daily"] = Field(
        default="once", description="Whether an item's total is rounded, or each day's interest."
    )
    allocation: Literal["principal", "interest", "costs", "law"] = Field(
        default="principal",
        description="What a payment reduces first (costs: costs, interest, principal), or as the "
        "law says.",
    )
    compensation: bool = Field(
        default=True, description="Whether the law's fixed sum is claimed beside the interest."
    )
    natural_persons: bool = Field(
        default=False, description="Whether it is claimed from natural persons, where law allows."
    )
    minimum: Amount = Field(
        default=Decimal(0), description="Less than this is not claimed on an item, in its currency."
    )
    approve: Staff | None = Field(
        default="manager", description="The role that must approve a claim; none: it is posted."
    )

    @pydantic.model_validator(mode="after")
    def _rate_of_the_regime(self) -> InterestDoc:
        stated = [n for n in ("contract_rate", "contract_margin") if getattr(self, n) is not None]
        if self.regime == "contract" and len(stated) != 1:
            want = "contract_rate or contract_margin, one of them"
            raise _misplaced(("regime",), " and ".join(stated) or "no rate", want)
        if self.regime == "statutory" and stated:
            raise _misplaced((stated[0],), self.regime, "regime: contract beside it")
        return self


class PromisesDoc(_Part):
    """How far ahead a promise to pay may lie, and when it is broken (SEMANTICS 7, Promise)."""

    days_ahead: Days = Field(
        default=14, description="The most days ahead a promise may lie without approval."
    )
    days_ahead_approved: Days = Field(
        default=30, description="The most days ahead it may lie with approval."
    )
    tolerance_working_days: Days = Field(
        default=1, description="Working days of the entity after which it is broken."
    )
    approve_from_nth: int = Field(
        default=3, ge=1, description="The promise on one item from which on approval is needed."
    )
    approve: Staff = Field(default="manager", description="The role that approves a promise.")

    @pydantic.model_validator(mode="after")
    def _in_order(self) -> PromisesDoc:
        if self.days_ahead_approved < self.days_ahead:
            raise _misplaced(
                ("days_ahead_approved",),
                self.days_ahead_approved,
                f"at least days_ahead, {self.days_ahead}",
            )
        return self


class PlansDoc(_Part):
    """To whom a payment plan may be offered, and on what terms (SEMANTICS 7, Plan)."""

    minimum: Amount = Field(
        default=Decimal("100.00"), description="The least that may be paid in instalments."
    )
    instalments_max: int = Field(
        default=6, ge=2, le=6, description="The most monthly instalments of a plan."
    )
    segments: list[str] = Field(
        default=[], description="The segments that may be offered a plan; with none named, all."
    )
    interest_percent: Decimal = Field(
        default=Decimal(0),
        ge=0,
        le=100,
        max_digits=15,
        description="Simple interest in percent a year, until each instalment is due.",
    )
    fee: Amount = Field(default=Decimal("0.00"), description="A fee for the plan as a whole.")
    tolerance_working_days: Days = Field(
        default=3,
        description="Working days of the entity after which an instalment not paid is missed.",
    )
    remind_days_before: Days = Field(
        default=3, description="Days before each instalment on which the customer is reminded."
    )
    approve: Staff = Field(default="manager", description="The role that approves a plan.")


class SettingsDoc(_Part):
    """Limits that hold for the whole policy."""

    small_balance: Amount = Field(
        default=Decimal("5.00"), description="Less than this is not chased, in base currency."
    )
    write_off_after_days: Days = Field(
        default=90,
        description="A case below the small balance for so long is proposed for write-off.",
    )
    min_days_between_contacts: Days = Field(
        default=3, description="The least days between two contacts to one customer of one entity."
    )
    min_days_milder_after_firm: Days = Field(
        default=7, description="The least days before a milder message after a firm or harsher one."
    )
    due_soon_days: Days = Field(
        default=7,
        description="Friendly and urgent messages also list what falls due in so many days.",
    )
    hours: HoursDoc = Field(
        default=HoursDoc(), description="The hours of contact, in the customer's time zone."
    )
    quiet_seasons: list[SeasonDoc] = Field(
        default=[SeasonDoc(first="12-24", last="01-01")],
        description="The times of the year in which nothing firm or harsher goes out.",
    )
    holds_lower_working_days: Days = Field(
        default=10, description="Working days a step that waits holds back the case's lower steps."
    )
    approval_lapses_working_days: Days = Field(
        default=10, description="Working days after which an approval that was given lapses."
    )
    refusal_days: Days = Field(
        default=14,
        description="Days after a refusal until the case comes back.",
    )
    contact_order: list[Role] = Field(
        default=["ap", "buyer", "manager", "owner", "executive", "alternate"],
        description="The roles that are tried in turn where the one wanted cannot be reached.",
    )
    opening: list[OpeningDoc] = Field(
        default=[],
        description="The steps at which items start that were overdue at go-live, by age.",
    )
    daily_cap: int | None = Field(
        default=None, ge=0, description="The most cases that are contacted on one day."
    )
    aging_buckets: list[int] = Field(
        default=[30, 60, 90],
        description="The last day of each bucket of the aging report but the oldest.",
    )
    automatic_methods: list[str] = Field(
        default=["direct_debit", "card"],
        description="The payment methods by which money is collected automatically.",
    )
    collection_result_working_days: Days = Field(
        default=5, description="Working days in which an automatic collection must have its result."
    )
    promises: PromisesDoc = Field(
        default=PromisesDoc(), description="What holds for promises to pay."
    )
    plans: PlansDoc = Field(default=PlansDoc(), description="What holds for payment plans.")
    interest: InterestDoc = Field(
        default=InterestDoc(),
        description="Interest and compensation on late debts; off by default.",
    )
    agency: AgencyDoc = Field(
        default=AgencyDoc(), description="The agency, and what an estimate of its worth rests on."
    )
    bureau_reports: bool = Field(
        default=False, description="Whether companies may be reported to a credit bureau."
    )
    write_off_manager_max: Amount = Field(
        default=Decimal("1000.00"),
        description="The most a manager may write off, in base currency; an executive any amount.",
    )

    @pydantic.field_validator("aging_buckets")
    @classmethod
    def _rising(cls, edges: list[int]) -> list[int]:
        if not edges or edges[0] < 1 or any(b <= a for a, b in itertools.pairwise(edges)):
            raise _misplaced((), edges, "rising days from 1 on, such as [30, 60, 90]")
        return edges


class Document(_Part):
    """A whole policy, as written by people."""

    policy: str = Field(
        pattern=r"^[a-z][a-z0-9-]{1,40}$",
        description="The policy's name; publishing it again makes its next version.",
    )
    title: str = Field(default="", description="The policy's title for people.")
    include: list[str] = Field(
        default=[],
        description="The built-in policies whose cadences are taken in.",
    )
    settings: SettingsDoc = Field(
        default=SettingsDoc(), description="Limits for the whole policy; each has a default."
    )
    segments: list[SegmentDoc] = Field(
        min_length=1, description="Who walks which cadence; the first segment that matches wins."
    )
    cadences: dict[str, CadenceDoc] = Field(description="The cadences by name.")
    texts: dict[str, dict[str, str]] = Field(
        default={},
        description="Own texts by name and language, each whole, used instead of the built-in.",
    )

    @pydantic.model_validator(mode="after")
    def _texts_are_named(self) -> Document:
        for name, by_language in self.texts.items():
            if not _TEXT_NAME.fullmatch(name):
                raise _misplaced(("texts", name), name, "a name such as first_reminder")
            for code in by_language:
                if not _LANGUAGE.fullmatch(code):
                    raise _misplaced(("texts", name, code), code, "a language such as en")
        return self

    @pydantic.model_validator(mode="after")
    def _segments_resolve(self) -> Document:
        if not self.include:
            for n, segment in enumerate(self.segments):
                if segment.cadence not in self.cadences:
                    raise _misplaced(
                        ("segments", n, "cadence"),
                        segment.cadence,
                        f"one of the cadences {', '.join(sorted(self.cadences))}",
                    )
        if self.segments[-1].any:
            raise _misplaced(
                ("segments", len(self.segments) - 1, "any"),
                "conditions on the last segment",
                "a last segment that takes everybody (no `any`)",
            )
        names = [s.name for s in self.segments]
        for n, name in enumerate(names):
            if name in names[:n]:
                raise _misplaced(("segments", n, "name"), name, f"segment {name!r} only once")
        for n, name in enumerate(self.settings.plans.segments):
            if name not in names:
                place = ("settings", "plans", "segments", n)
                raise _misplaced(place, name, f"one of the segments {', '.join(names)}")
        self._opens_where_there_is_a_step()
        return self

    def _opens_where_there_is_a_step(self) -> None:
        """Check the steps that `opening` names, once what is included has been taken in."""
        steps = {s.id for c in self.cadences.values() for s in c.steps}
        for n, rule in enumerate(self.settings.opening):
            if not self.include and rule.step not in steps:
                want = f"one of the steps {', '.join(sorted(steps))}"
                raise _misplaced(("settings", "opening", n, "step"), rule.step, want)


def _misplaced(at: tuple[str | int, ...], found: object, want: str) -> PydanticCustomError:
    """Return an error that knows its place; pydantic alone would name the whole part."""
    return PydanticCustomError("misplaced", "{want}", {"at": at, "found": found, "want": want})


class Action(msgspec.Struct, frozen=True):
    channel: str
    to: str
    template: str
    urgent: bool = False
    read_receipt: bool = False


class Step(msgspec.Struct, frozen=True):
    """One step, ready: `index` is its place in the cadence, amounts in the document's units."""

    id: str
    index: int
    was: tuple[str, ...]
    phase: str
    day: int
    wait: int
    tone: str
    harshness: int
    template: str
    actions: tuple[Action, ...]
    taken_by: str
    minimum: Decimal | None
    share_percent: int
    requires: tuple[RequireDoc, ...]
    responsible: str
    person: str
    signatory: str
    approve: str | None
    names: tuple[str, ...]
    proposes: tuple[ProposeDoc, ...]
    final_demand: bool
    respond_within: int
    is_first_overdue: bool


class Cadence(msgspec.Struct, frozen=True):
    name: str
    steps: tuple[Step, ...]
    outcomes: tuple[OutcomeDoc, ...]
    by_id: dict[str, int]
    by_was: dict[str, int]
    first_overdue: int


class Policy(msgspec.Struct, frozen=True):
    """A policy version, ready for `decide`."""

    name: str
    version: int
    sha256: str
    settings: SettingsDoc
    segments: tuple[SegmentDoc, ...]
    cadences: dict[str, Cadence]
    segment_by_name: dict[str, SegmentDoc]
    texts: tuple[tuple[str, str, str], ...] = ()
    """Own texts as (language, name, text)."""

    def cadence_of(self, segment: str) -> Cadence:
        """Return the cadence a segment walks; an unknown segment walks the last one's."""
        found = self.segment_by_name.get(segment) or self.segments[-1]
        return self.cadences[found.cadence]

    def grace_of(self, segment: str) -> int:
        """Return the days by which a segment's first overdue step is delayed (2.2)."""
        found = self.segment_by_name.get(segment)
        return found.grace_days if found else 0

    def small_balance_minor(self, currency: str) -> int:
        """Return the small balance in minor units of the base currency."""
        return minor(self.settings.small_balance, currency)


def minor(amount: Decimal, currency: str) -> int:
    """Return a policy amount in minor units, extra decimals cut off."""
    return int(amount.scaleb(money.exponent(currency)))


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a policy document, for editors and for the reference."""
    made = Document.model_json_schema(schema_generator=_Untitled)
    return {"$schema": _Untitled.schema_dialect} | made | {"title": "Dunwell policy"}


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles pydantic makes of field names; the descriptions say more."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def parse(data: Mapping[str, Any]) -> Document:
    """Check a policy document.

    Raises: pydantic.ValidationError, each error with its place in the document.
    """
    return Document.model_validate(data)


def merge(document: Document, included: Mapping[str, Document]) -> Document:
    """Return the document with the cadences of the policies it includes, self-contained.

    Raises: KeyError for an included policy that is not there.
    """
    cadences = dict(document.cadences)
    for name in document.include:
        for key, cadence in included[name].cadences.items():
            cadences.setdefault(key, cadence)
    whole = document.model_dump(mode="json") | {
        "include": [],
        "cadences": {k: v.model_dump(mode="json") for k, v in cadences.items()},
    }
    return Document.model_validate(whole)


def canonical(document: Document) -> str:
    """Return the document as stable JSON text, the body that is stored and hashed.

    Without own texts, or a person for a step, it is what it was before there were any, so that
    no version changes.
    """
    plain = document.model_dump(mode="json")
    if not plain["texts"]:
        del plain["texts"]
    for cadence in plain["cadences"].values():
        for step in cadence["steps"]:
            if not step["person"]:
                del step["person"]
    return msgspec.json.format(msgspec.json.encode(plain, order="sorted"), indent=1).decode()


def compile_policy(document: Document, *, version: int) -> Policy:
    """Make the document ready for `decide`."""
    body = canonical(document)
    return Policy(
        name=document.policy,
        version=version,
        sha256=hashlib.sha256(body.encode()).hexdigest(),
        settings=document.settings,
        segments=tuple(document.segments),
        cadences={name: _cadence(name, doc) for name, doc in document.cadences.items()},
        segment_by_name={s.name: s for s in document.segments},
        texts=own_texts(document),
    )


def own_texts(document: Document) -> tuple[tuple[str, str, str], ...]:
    """Return the own texts of a document as (language, name, text)."""
    return tuple(
        (code, name, text)
        for name, by_language in sorted(document.texts.items())
        for code, text in sorted(by_language.items())
    )


def reworded(before: Document, after: Document) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield which own texts came, went or are worded otherwise, with the place of each."""
    old, new = ({(n, c): t for c, n, t in own_texts(d)} for d in (before, after))
    for name, code in sorted(old | new):
        was, now = old.get((name, code)), new.get((name, code))
        if was == now:
            continue
        how = "an own one now" if was is None else "worded otherwise"
        how = "no longer an own one" if now is None else how
        yield ("texts", name, code), f"The text {name} in {code} is {how}"


def _cadence(name: str, doc: CadenceDoc) -> Cadence:
    first = next((n for n, s in enumerate(doc.steps) if s.phase == "overdue"), len(doc.steps))
    steps = tuple(_step(s, index=n, is_first_overdue=n == first) for n, s in enumerate(doc.steps))
    return Cadence(
        name=name,
        steps=steps,
        outcomes=tuple(doc.outcomes),
        by_id={s.id: s.index for s in steps},
        by_was={old: s.index for s in steps for old in s.was},
        first_overdue=first,
    )


def _text(doc: StepDoc, action: ActionDoc, template: str) -> str:
    """Return the name of an action's text; one for text messages speaks by phase and tone."""
    if action.channel == "sms":
        return action.template or (doc.tone if doc.phase == "overdue" else doc.phase)
    return action.template or template


def _step(doc: StepDoc, *, index: int, is_first_overdue: bool) -> Step:
    template = doc.template or doc.id
    written = [a.channel for a in doc.actions if a.channel != "call"]
    return Step(
        id=doc.id,
        index=index,
        was=tuple(doc.was),
        phase=doc.phase,
        day=doc.day,
        wait=doc.wait,
        tone=doc.tone,
        harshness=book.harshness(doc.tone),
        template=template,
        actions=tuple(
            Action(a.channel, a.to, _text(doc, a, template), a.urgent, a.read_receipt)
            for a in doc.actions
        ),
        taken_by=doc.taken_by or (written[0] if written else "call"),
        minimum=doc.minimum,
        share_percent=doc.share_percent,
        requires=tuple(doc.requires),
        responsible=doc.responsible,
        person=doc.person,
        signatory=doc.signatory,
        approve=doc.approve,
        names=tuple(doc.names),
        proposes=tuple(doc.proposes),
        final_demand=doc.final_demand,
        respond_within=doc.respond_within,
        is_first_overdue=is_first_overdue,
    )
