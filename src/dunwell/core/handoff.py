"""The end of the ladder: the checklist before an agency, what is lacking, what it is worth.

Read top-down: `checklist` fills the eight rows from what the record shows, `gaps` says what an
outcome still lacks today, `worth` sets an agency against going on, `approver` names the role
for a write-off, `split` parts a debt at a filing. Must not know: where the record stands, who
asks. Origin: SEMANTICS 4.9, 7.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from dunwell.core import book, position, reasons, stops
from dunwell.core import policy as policies
from dunwell.core.views import Place, View

ROWS: dict[str, str] = {
    "routes": "Every route the customer has was tried: phone, e-mail, mobile, post.",
    "someone_else": "Somebody else was tried: another department, a supervisor, the operator.",
    "other_time": "Calls were made at another time of day.",
    "read_receipt": "An urgent mail that asks for a read receipt was sent.",
    "ask_sales": "The sales representative was asked.",
    "alternate": "An alternate contact from the credit application was tried.",
    "warned": "The customer was warned, with the attempts made and a date.",
    "final_demand": "The final demand was sent and has expired.",
}
"""The pre-agency checklist, in the order in which it is worked through."""

WAYS = ("phone", "email", "mobile", "letter")
"""The routes that are to be tried, where the customer has them."""

OTHER_TIME_MINUTES = 120
"""Two calls this far apart by the clock were made at different times of the day (6.6)."""


class Proof(NamedTuple):
    """What shows that something was done: the kind and number of its record, and the day."""

    ref: str
    on: dt.date


class Try(NamedTuple):
    """One attempt to reach the customer; `minute` is that of the customer's day, for a call."""

    ref: str
    channel: str
    on: dt.date
    role: str = ""
    contact: int = 0
    minute: int | None = None
    outcome: str = ""
    asks_receipt: bool = False

    @property
    def proof(self) -> Proof:
        """What shows it."""
        return Proof(self.ref, self.on)


class Record(NamedTuple):
    """What is known of a case: its routes, what was tried, who was asked, what was sent."""

    routes: frozenset[str] = frozenset()
    tried: tuple[Try, ...] = ()
    sales: tuple[Proof, ...] = ()
    warned: tuple[Proof, ...] = ()
    expired: tuple[Proof, ...] = ()


class Mark(NamedTuple):
    """What a person said of a row: done with evidence, or waived by name."""

    state: str
    by: str
    on: dt.date
    why: str = ""


class Row(NamedTuple):
    """One row of the checklist: done, open or waived; with its proof, or what is missing."""

    row: str
    state: str
    proof: tuple[Proof, ...] = ()
    missing: tuple[str, ...] = ()
    mark: Mark | None = None


def checklist(record: Record, marks: Mapping[str, Mark]) -> list[Row]:
    """Return the eight rows: what the record shows counts before what a person said.

    >>> [r.row for r in checklist(Record(sales=(Proof("task:3", dt.date(2026, 3, 2)),)), {})
    ...  if r.state == "done"]
    ['ask_sales']
    """
    rows = []
    for name, fill in _FILLED_BY.items():
        proof, missing = fill(record)
        mark = marks.get(name)
        if not missing:
            rows.append(Row(name, "done", proof))
        elif mark is not None:
            rows.append(Row(name, mark.state, proof, (), mark))
        else:
            rows.append(Row(name, "open", proof, missing))
    return rows


Filled = tuple[tuple[Proof, ...], tuple[str, ...]]


def _routes(record: Record) -> Filled:
    wanted = [w for w in WAYS if w in record.routes]
    if not wanted:
        return (), ("no route is known",)
    first: dict[str, Proof] = {}
    for one in record.tried:
        first.setdefault(one.channel, one.proof)
    missing = tuple(w for w in wanted if w not in first)
    return tuple(first[w] for w in wanted if w in first), missing


def _someone_else(record: Record) -> Filled:
    """A second person, or an operator: somebody picked up who was not the one wanted."""
    first: dict[int, Proof] = {}
    for one in record.tried:
        if one.contact:
            first.setdefault(one.contact, one.proof)
        if one.outcome == "gatekeeper":
            return (one.proof,), ()
    return tuple(first.values()), () if len(first) > 1 else ("a second person",)


def _other_time(record: Record) -> Filled:
    calls = [t for t in record.tried if t.minute is not None]
    for n, one in enumerate(calls):
        for other in calls[n + 1 :]:
            if abs((one.minute or 0) - (other.minute or 0)) >= OTHER_TIME_MINUTES:
                return (one.proof, other.proof), ()
    return tuple(c.proof for c in calls[:1]), ("a call at another time of day",)


def _first(of: Callable[[Record], Iterable[Proof]], missing: str) -> Callable[[Record], Filled]:
    """Return how a row is filled by the first thing of a kind."""

    def fill(record: Record) -> Filled:
        found = next(iter(of(record)), None)
        return ((found,), ()) if found else ((), (missing,))

    return fill


_FILLED_BY: dict[str, Callable[[Record], Filled]] = {
    "routes": _routes,
    "someone_else": _someone_else,
    "other_time": _other_time,
    "read_receipt": _first(
        lambda r: (t.proof for t in r.tried if t.asks_receipt),
        "an urgent mail that asks for a read receipt",
    ),
    "ask_sales": _first(lambda r: r.sales, "what sales says"),
    "alternate": _first(
        lambda r: (t.proof for t in r.tried if t.role == "alternate"),
        "an alternate contact",
    ),
    "warned": _first(lambda r: r.warned, "a warning with the attempts and a date"),
    "final_demand": _first(lambda r: r.expired, "a final demand that has expired"),
}


# --- what is missing --------------------------------------------------------------------------


class Terms(NamedTuple):
    """From which age, in days, and from which amount on an outcome is possible."""

    from_day: int
    minimum: Decimal


class Gap(NamedTuple):
    """One thing an outcome lacks: its word, and a sentence that says what would do."""

    reason: str
    text: str


TERMS = {
    "placement": Terms(45, Decimal(500)),
    "legal_referral": Terms(90, Decimal(5000)),
    "bureau_report": Terms(0, Decimal(0)),
}
HIGH_RISK_FROM_DAY = 30


def terms(view: View, what: str) -> Terms:
    """Return when an outcome is possible: as the cadence says, else as SEMANTICS 7 does."""
    for outcome in view.cadence.outcomes:
        if outcome.what == what:
            return Terms(outcome.from_day, outcome.minimum)
    if what == "placement" and view.facts.segment == "high_risk":
        return TERMS[what]._replace(from_day=HIGH_RISK_FROM_DAY)
    return TERMS[what]


def handed(view: View, items: Collection[int] = ()) -> list[Place]:
    """Return what may be handed over today of some items: what is chaseable, oldest first.

    Without any named, everything whose final demand has expired.
    """
    ids = set(items) or {p.at.item.id for p in view.outlook.expired}
    found = [p for p in view.places if p.at.item.id in ids and p.at.net_minor > 0]
    return sorted(found, key=lambda p: (p.at.item.due_on, p.at.item.label, p.at.item.id))


def gaps(view: View, what: str, places: Sequence[Place]) -> list[Gap]:
    """Return what an outcome lacks today for what `handed` found, but for the checklist."""
    if not any(p.at.is_overdue and p.at.net_minor > 0 for p in view.places):
        return [Gap("nothing_open", "nothing overdue is chaseable; see `dunwell explain CUSTOMER`")]
    if not places:
        return [Gap("final_demand_missing", "no final demand has expired; send one first")]
    need = terms(view, what)
    return [
        *_not_demanded(view, places),
        *_too_young(view, places, need),
        *_small(view, places, need),
    ]


def _not_demanded(view: View, places: Sequence[Place]) -> list[Gap]:
    expired = {p.at.item.id for p in view.outlook.expired}
    labels = [p.at.item.label for p in places if p.at.item.id not in expired]
    if not labels:
        return []
    text = f"the final demand has not expired for {', '.join(labels)}; it comes first"
    return [Gap("final_demand_missing", text)]


def _too_young(view: View, places: Sequence[Place], need: Terms) -> list[Gap]:
    for p in places:
        on = stops.reach(p.at.quiet, start=p.at.item.due_on, days=need.from_day)
        if on is None or on > view.as_of:
            when = f"on {reasons.day_text(on)}" if on else "once what stops it has ended"
            text = f"{p.at.item.label} is {need.from_day} days overdue only {when}"
            return [Gap("too_early", text)]
    return []


def _small(view: View, places: Sequence[Place], need: Terms) -> list[Gap]:
    """Judge the amount, claims apart: they count toward no minimum (SEMANTICS 1)."""
    base = view.facts.base_currency
    amount = position.in_base(
        view.facts,
        ((p.at.item.currency, p.at.net_minor) for p in places if p.at.item.kind != "claim"),
    )
    if amount.missing:
        return [Gap("no_rate", f"no rate for {', '.join(amount.missing)} into {base}: import one")]
    if amount.minor < policies.minor(need.minimum, base):
        return [Gap("below_minimum", f"it takes {base} {need.minimum:,.2f} or more")]
    return []


# --- what it is worth ------------------------------------------------------------------------

ASSUMED = (
    policies.RecoveryDoc(from_day=0, agency_percent=60, staying_percent=60),
    policies.RecoveryDoc(from_day=90, agency_percent=45, staying_percent=35),
    policies.RecoveryDoc(from_day=180, agency_percent=30, staying_percent=15),
    policies.RecoveryDoc(from_day=365, agency_percent=15, staying_percent=5),
)
"""What is expected back where the policy says nothing: assumptions, measured by nobody."""


class Worth(NamedTuple):
    """An agency against going on, in base currency: what each is expected to leave us."""

    currency: str
    amount_minor: int
    commission_percent: int
    agency_minor: int
    staying_minor: int
    is_assumed: bool

    @property
    def better(self) -> str:
        """Which of the two leaves us more: agency, staying, or even."""
        if self.agency_minor == self.staying_minor:
            return "even"
        return "agency" if self.agency_minor > self.staying_minor else "staying"


def worth(view: View, places: Sequence[Place]) -> Worth:
    """Weigh an agency: expected recovery x (1 - commission), against what comes without one.

    Each item by its own age on the calendar; what has no rate into base currency counts nothing.
    """
    agency = view.policy.settings.agency
    rows = sorted(agency.recovery or ASSUMED, key=lambda r: r.from_day)
    total, by_agency, by_staying = 0, 0, 0
    for p in places:
        minor = position.in_base(view.facts, [(p.at.item.currency, p.at.net_minor)]).minor
        days = (view.as_of - p.at.item.due_on).days
        row = next((r for r in reversed(rows) if r.from_day <= days), rows[0])
        total += minor
        by_agency += minor * row.agency_percent
        by_staying += minor * row.staying_percent
    net = Fraction(by_agency * (100 - agency.commission_percent), 100 * 100)
    return Worth(
        view.facts.base_currency, total, agency.commission_percent, round(net),
        round(Fraction(by_staying, 100)), not agency.recovery,
    )  # fmt: skip


# --- write-off and insolvency ----------------------------------------------------------------


def approver(minor: int, settings: policies.SettingsDoc, currency: str) -> str:
    """Return who may write an amount in base currency off: by its size.

    >>> [approver(m, policies.SettingsDoc(), "EUR") for m in (500, 501, 100000, 100001)]
    ['collector', 'manager', 'manager', 'executive']
    """
    if minor <= policies.minor(settings.small_balance, currency):
        return "collector"
    if minor <= policies.minor(settings.write_off_manager_max, currency):
        return "manager"
    return "executive"


class Dated(NamedTuple):
    """An item with the day its debt came into being; `is_assumed`: from its due date alone."""

    item: int
    kind: str
    currency: str
    open_minor: int
    issued_on: dt.date | None
    due_on: dt.date

    @property
    def is_assumed(self) -> bool:
        """Whether the day is a guess, because the ledger told no day of issue."""
        return self.issued_on is None

    @property
    def signed_minor(self) -> int:
        """What is open, negative for a credit."""
        return self.open_minor if self.kind in book.DEBITS else -self.open_minor


def split(items: Iterable[Dated], *, filed_on: dt.date) -> tuple[list[Dated], list[Dated]]:
    """Part a debt at a filing: what came into being before that day, and from it on."""
    before: list[Dated] = []
    after: list[Dated] = []
    for one in items:
        (before if (one.issued_on or one.due_on) < filed_on else after).append(one)
    return before, after


def totals(items: Iterable[Dated]) -> dict[str, int]:
    """Add up what is open by currency, credits taken off; currencies are never added."""
    found: dict[str, int] = {}
    for one in items:
        found[one.currency] = found.get(one.currency, 0) + one.signed_minor
    return dict(sorted(found.items()))
