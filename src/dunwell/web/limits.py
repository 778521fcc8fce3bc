"""The limits of a policy in words, and the numbers most often changed, as fields of a form.

Must not know: requests, drafts, the text of the document.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from dunwell.core import policy as policies
from dunwell.policies import AMOUNTS, place_text
from dunwell.web import words

Place = tuple[int | str, ...]
_SETTINGS = (
    "min_days_between_contacts", "min_days_milder_after_firm", "small_balance",
    "write_off_after_days", "due_soon_days", "daily_cap", "holds_lower_working_days",
    "approval_lapses_working_days", "refusal_days", "collection_result_working_days",
    "write_off_manager_max",
)  # fmt: skip
_PARTS = {
    "promises": ("days_ahead", "days_ahead_approved", "tolerance_working_days"),
    "plans": ("minimum", "instalments_max", "tolerance_working_days", "remind_days_before"),
}
_NAMES = {
    "min_days_between_contacts": "days between two contacts",
    "min_days_milder_after_firm": "days before a milder message",
    "daily_cap": "cases a day at most",
    "write_off_after_days": "days until it is written off",
    "due_soon_days": "days that count as due soon",
    "holds_lower_working_days": "working days a step holds lower ones back",
    "approval_lapses_working_days": "working days until an approval lapses",
    "refusal_days": "days until a refused case comes back",
    "collection_result_working_days": "working days for an automatic collection",
    "write_off_manager_max": "most a manager may write off",
    "promises.days_ahead": "days a promise may lie ahead",
    "promises.days_ahead_approved": "days it may lie ahead with approval",
    "promises.tolerance_working_days": "working days until a promise is broken",
    "plans.minimum": "least amount for a plan",
    "plans.instalments_max": "most instalments of a plan",
    "plans.tolerance_working_days": "working days until an instalment is missed",
    "plans.remind_days_before": "days before an instalment's reminder",
}


class Number(NamedTuple):
    """One number that can be changed: where it stands, what it is, what it is now."""

    place: Place
    label: str
    value: Decimal | None
    is_amount: bool
    is_optional: bool
    hint: str = ""

    @property
    def key(self) -> str:
        """Its name in a form."""
        return place_text(self.place)

    @property
    def shown(self) -> str:
        """Its value as it stands in a field."""
        return "" if self.value is None else f"{self.value}"


class Row(NamedTuple):
    """Some numbers side by side: those of one step, one outcome, one segment, one setting."""

    name: str
    said: str
    numbers: list[Number]


class Group(NamedTuple):
    """A table of numbers with the words above its columns."""

    title: str
    columns: list[str]
    rows: list[Row]


def groups(document: policies.Document) -> list[Group]:
    """Return the numbers of a document as its text holds them, without what it includes."""
    found = []
    for name, cadence in document.cadences.items():
        at: Place = ("cadences", name, "steps")
        steps = [_step((*at, n), s) for n, s in enumerate(cadence.steps)]
        found.append(Group(
            f"Steps of {words.plain(name)}", ["day", "wait in days", "minimum", "days to respond"],
            steps,
        ))  # fmt: skip
        ends = [_end(("cadences", name, "outcomes", n), o) for n, o in enumerate(cadence.outcomes)]
        if ends:
            title = f"The end of {words.plain(name)}"
            found.append(Group(title, ["from day", "minimum"], ends))
    segments = [
        Row(words.plain(s.name), f"uses {words.plain(s.cadence)}",
            [_number(s, ("segments", n), "grace_days", f"grace of {s.name}")])
        for n, s in enumerate(document.segments)
    ]  # fmt: skip
    found.append(Group("Segments", ["days of grace"], segments))
    found.append(Group("Limits", ["number"], _settings(document)))
    return found


def numbers(document: policies.Document) -> dict[str, Number]:
    """Return every number that can be changed, by its name in a form."""
    return {n.key: n for g in groups(document) for r in g.rows for n in r.numbers}


def _number(part: object, at: Place, field: str, label: str, hint: str = "") -> Number:
    value = getattr(part, field)
    kind = type(part).model_fields[field]  # type: ignore[attr-defined]
    return Number(
        (*at, field), label, None if value is None else Decimal(str(value)), field in AMOUNTS,
        kind.default is None, hint,
    )  # fmt: skip


def _step(at: Place, step: policies.StepDoc) -> Row:
    name = words.plain(step.id)
    made = [_number(step, at, f, f"{w} of {name}") for f, w in
            (("day", "day"), ("wait", "wait in days"), ("minimum", "minimum"))]  # fmt: skip
    if step.final_demand:
        made.append(_number(step, at, "respond_within", f"days to respond to {name}"))
    before = {"pre_due": "before due", "due": "on the due date"}.get(step.phase, step.tone)
    return Row(name, before, made)


def _end(at: Place, outcome: policies.OutcomeDoc) -> Row:
    name = words.plain(outcome.what)
    return Row(name, "", [
        _number(outcome, at, "from_day", f"first day of {name}"),
        _number(outcome, at, "minimum", f"minimum of {name}"),
    ])  # fmt: skip


def _settings(document: policies.Document) -> list[Row]:
    settings = document.settings
    rows = [_limit(settings, ("settings",), f) for f in _SETTINGS]
    for part, fields in _PARTS.items():
        rows += [_limit(getattr(settings, part), ("settings", part), f) for f in fields]
    return rows


def _limit(part: object, at: Place, field: str) -> Row:
    key = ".".join(map(str, (*at[1:], field)))
    name = _NAMES.get(key, words.plain(field))
    said = type(part).model_fields[field].description or ""  # type: ignore[attr-defined]
    return Row(name, said, [_number(part, at, field, name)])


# --- in words ---------------------------------------------------------------------------------


def _days(n: int, kind: str = "day") -> str:
    return words.count(n, kind)


def said(settings: policies.SettingsDoc) -> list[tuple[str, list[str]]]:
    """Return the limits as sentences, each with the heading it belongs under."""
    return [
        ("When and how often", _contact(settings)),
        ("How much", _amounts(settings)),
        ("What waits", _waits(settings)),
        ("What is agreed", _agreed(settings)),
        ("At the end", _last(settings)),
    ]


def _contact(s: policies.SettingsDoc) -> list[str]:
    found = [
        f"At least {_days(s.min_days_between_contacts)} lie between two contacts, "
        f"{_days(s.min_days_milder_after_firm)} before a milder message after a firm one.",
        f"Customers are contacted from {s.hours.start:%H:%M} to {s.hours.end:%H:%M}, their time.",
    ]
    found += [f"Nothing firm goes out from {q.first} to {q.last} (month and day)."
              for q in s.quiet_seasons]  # fmt: skip
    cap = "There is no daily cap." if s.daily_cap is None else (
        f"At most {words.count(s.daily_cap, 'case')} hear something on one day."
    )  # fmt: skip
    order = words.listed([words.ROLES.get(r, words.plain(r)) for r in s.contact_order])
    return [*found, cap, f"Where a contact cannot be reached, these are tried in turn: {order}."]


def _amounts(s: policies.SettingsDoc) -> list[str]:
    return [
        f"Less than {s.small_balance:,} is not chased; after "
        f"{_days(s.write_off_after_days)} it is proposed for write-off.",
        f"A manager may write off up to {s.write_off_manager_max:,}.",
        f"Friendly and urgent messages also list what falls due within {_days(s.due_soon_days)}.",
    ]


def _waits(s: policies.SettingsDoc) -> list[str]:
    return [
        f"A step that waits holds the lower ones back for "
        f"{_days(s.holds_lower_working_days, 'working day')}.",
        f"An approval lapses after {_days(s.approval_lapses_working_days, 'working day')}; "
        f"what was refused comes back after {_days(s.refusal_days)}.",
        f"An automatic collection has {_days(s.collection_result_working_days, 'working day')} "
        "to show its result.",
    ]


def _agreed(s: policies.SettingsDoc) -> list[str]:
    p, q = s.promises, s.plans
    return [
        f"A promise may lie {_days(p.days_ahead)} ahead, {_days(p.days_ahead_approved)} with "
        f"approval by the {words.plain(p.approve)}; it is broken after "
        f"{_days(p.tolerance_working_days, 'working day')}.",
        f"A plan has up to {q.instalments_max} instalments, from {q.minimum:,} on; an instalment "
        f"is missed after {_days(q.tolerance_working_days, 'working day')}.",
    ]


def _last(s: policies.SettingsDoc) -> list[str]:
    interest = "Interest is not claimed."
    if s.interest.enabled:
        rate = "the law says" if s.interest.regime == "statutory" else "the contract says"
        interest = f"Interest is claimed at the rate {rate}."
    partner = s.agency.partner or "The agency"
    return [
        interest,
        f"{partner} keeps {s.agency.commission_percent}% of what it recovers (an assumption).",
    ]
