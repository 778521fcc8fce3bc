"""The policy: a versioned document of segments, cadences, steps and limits.

Two shapes. `Document` and its parts are what people write (YAML 1.2, checked here, JSON
Schema generated from here). `Policy`, `Cadence` and `Step` are what `decide` reads: plain,
ordered, ready. Must not know: files, databases, today. Origin: SEMANTICS 1, 4, 8, 9.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pydantic
from pydantic import Field

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


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class ActionDoc(_Part):
    """One thing a step does: a written notice, or a call with its script."""

    channel: Channel = Field(description="email, letter, call, sms or portal")
    to: Role = Field("ap", description="the contact's role; others are tried in contact_order")
    template: str | None = Field(None, description="text or call script; the step's by default")


class RequireDoc(_Part):
    """Something that must have happened before a step goes (SEMANTICS 4.6). State one."""

    call_within_days: Days | None = Field(None, description="a call made within so many days")
    no_reply_days: Days | None = Field(None, description="no reply for so many days")
    attempts: Days | None = Field(None, description="so many attempts, over `channels` channels")
    channels: Days = Field(1, description="how many different channels the attempts used")
    final_demand_expired: bool | None = Field(None, description="a final demand sent and expired")
    plan_defaulted: bool | None = Field(None, description="a payment plan in default")

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
        return "a payment plan in default"


class ProposeDoc(_Part):
    """A measure a step proposes; it waits for its own approval and delays no notice (6.3)."""

    what: Proposal
    approve: Staff = "manager"
    minimum: Amount = Field(Decimal(0), description="net overdue in base currency from which")
    from_day: Days = Field(0, description="cadence age from which")


class StepDoc(_Part):
    """One step of a cadence."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,40}$", description="stable id, never reused")
    was: list[str] = Field([], description="ids this step had in earlier versions")
    phase: Phase = "overdue"
    day: Days = Field(description="days before due (pre_due) or of cadence age (overdue)")
    wait: Days = Field(7, description="days between this step and the next")
    tone: Tone = "friendly"
    template: str | None = Field(None, description="by default the step's id")
    actions: list[ActionDoc] = Field(min_length=1)
    taken_by: Channel | None = Field(None, description="action that takes the step")
    minimum: Amount | None = Field(None, description="net overdue from which, base currency")
    share_percent: Annotated[int, Field(ge=0, le=100)] = 0
    requires: list[RequireDoc] = []
    responsible: Staff = "collector"
    signatory: Staff = "collector"
    approve: Staff | None = None
    names: list[Literal["suspension", "credit_hold", "prepayment", "agency", "legal"]] = []
    proposes: list[ProposeDoc] = []
    final_demand: bool = False
    respond_within: Days = Field(10, description="final demand: days to respond")


class OutcomeDoc(_Part):
    """What is proposed when the final demand has expired, one at a time (SEMANTICS 4.9, 7)."""

    what: Outcome
    from_day: Days
    minimum: Amount
    approve: Staff = "manager"


class CadenceDoc(_Part):
    """Ordered steps from an anchor date."""

    steps: list[StepDoc] = Field(min_length=1)
    outcomes: list[OutcomeDoc] = []

    @pydantic.model_validator(mode="after")
    def _ids_once(self) -> CadenceDoc:
        seen: set[str] = set()
        for step in self.steps:
            if step.id in seen:
                raise ValueError(f"step id {step.id!r} stands twice")
            seen.add(step.id)
        phases = [("pre_due", "due", "overdue").index(s.phase) for s in self.steps]
        if phases != sorted(phases):
            raise ValueError("steps must stand in order: before due, on the due date, overdue")
        return self


class ConditionDoc(_Part):
    """A condition over the closed vocabulary of facts; every field stated must hold."""

    strategic: bool | None = Field(None, description="marked strategic (yes/no)")
    annual_revenue_over: Amount | None = Field(None, description="annual revenue over, base")
    grade: list[Grade] | None = Field(None, description="history grade is one of")
    earlier_placement: bool | None = Field(None, description="placed with an agency before")
    late_invoices_at_least: int | None = Field(
        None, description="chaseable invoices 8 or more days late over at least two due dates"
    )
    natural_person: bool | None = None
    country: list[str] | None = None
    payment_method: list[str] | None = None
    terms_days_over: Days | None = None


class SegmentDoc(_Part):
    """Who belongs to a segment, and the cadence it walks. The first that matches wins."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")
    any: list[ConditionDoc] = Field([], description="one of these must hold; empty: everybody")
    cadence: str
    grace_days: Days = 0
    enters_at_once: bool = Field(default=False, description="else from the next case")


class HoursDoc(_Part):
    start: dt.time = dt.time(9, 0)
    end: dt.time = dt.time(17, 0)


class SeasonDoc(_Part):
    """Days of the year, both included, as MM-DD, in which nothing firm or harsher goes out."""

    first: str = Field(pattern=r"^\d\d-\d\d$")
    last: str = Field(pattern=r"^\d\d-\d\d$")


class OpeningDoc(_Part):
    """Where an item starts that was already overdue at go-live; never above urgent (4.8)."""

    from_day: Days
    step: str


class SettingsDoc(_Part):
    """Limits that hold for the whole policy."""

    small_balance: Amount = Decimal("5.00")
    write_off_after_days: Days = 90
    min_days_between_contacts: Days = 3
    min_days_milder_after_firm: Days = 7
    due_soon_days: Days = 7
    hours: HoursDoc = HoursDoc()
    quiet_seasons: list[SeasonDoc] = [SeasonDoc(first="12-24", last="01-01")]
    holds_lower_working_days: Days = 10
    approval_lapses_working_days: Days = 10
    refusal_days: Days = 14
    contact_order: list[Role] = ["ap", "buyer", "manager", "owner", "executive", "alternate"]
    opening: list[OpeningDoc] = []
    daily_cap: int | None = Field(default=None, ge=0)
    aging_buckets: list[int] = [30, 60, 90]
    automatic_methods: list[str] = ["direct_debit", "card"]
    collection_result_working_days: Days = 5


class Document(_Part):
    """A whole policy, as written by people."""

    policy: str = Field(pattern=r"^[a-z][a-z0-9-]{1,40}$")
    title: str = ""
    include: list[str] = Field([], description="built-in policies whose cadences are taken in")
    settings: SettingsDoc = SettingsDoc()
    segments: list[SegmentDoc] = Field(min_length=1)
    cadences: dict[str, CadenceDoc]

    @pydantic.model_validator(mode="after")
    def _segments_resolve(self) -> Document:
        if not self.include:
            for segment in self.segments:
                if segment.cadence not in self.cadences:
                    raise ValueError(
                        f"segment {segment.name!r} names cadence {segment.cadence!r}; "
                        f"there are {', '.join(sorted(self.cadences))}"
                    )
        if self.segments[-1].any:
            raise ValueError("the last segment must take everybody (no `any`)")
        return self


class Action(msgspec.Struct, frozen=True):
    channel: str
    to: str
    template: str


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
    """Return the document as stable JSON text, the body that is stored and hashed."""
    plain = document.model_dump(mode="json")
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
    )


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
        actions=tuple(Action(a.channel, a.to, a.template or template) for a in doc.actions),
        taken_by=doc.taken_by or (written[0] if written else "call"),
        minimum=doc.minimum,
        share_percent=doc.share_percent,
        requires=tuple(doc.requires),
        responsible=doc.responsible,
        signatory=doc.signatory,
        approve=doc.approve,
        names=tuple(doc.names),
        proposes=tuple(doc.proposes),
        final_demand=doc.final_demand,
        respond_within=doc.respond_within,
        is_first_overdue=is_first_overdue,
    )
