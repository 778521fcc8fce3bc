"""Every reason for silence, in order of precedence, each with a sentence for people.

The order of the enum *is* the precedence (SEMANTICS 5): the first that holds explains the
decision. Sentences carry dates and ids, never day counts, so that they stay true.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from typing import Any


class Reason(enum.StrEnum):
    """Why nothing goes out now; earlier members win."""

    STALE_DATA = "stale_data"
    NOTHING_OPEN = "nothing_open"
    INSOLVENT = "insolvent"
    LEGAL_REPRESENTATION = "legal_representation"
    CEASED = "ceased"
    PLACED = "placed"
    ON_HOLD = "on_hold"
    IN_CREDIT = "in_credit"
    CASH_UNAPPLIED = "cash_unapplied"
    PLAN_RUNNING = "plan_running"
    PROMISE_OPEN = "promise_open"
    AUTOMATIC_COLLECTION = "automatic_collection"
    DISPUTED = "disputed"
    REPLY_UNREAD = "reply_unread"
    DELIVERY_UNKNOWN = "delivery_unknown"
    IN_FLIGHT = "in_flight"
    NO_RATE = "no_rate"
    NOT_YET = "not_yet"
    TOO_SOON = "too_soon"
    BELOW_MINIMUM = "below_minimum"
    REQUIREMENT_MISSING = "requirement_missing"
    NEEDS_APPROVAL = "needs_approval"
    NO_ROUTE = "no_route"
    QUIET_HOURS = "quiet_hours"
    OVER_CAPACITY = "over_capacity"
    CADENCE_ENDED = "cadence_ended"


ORDER = {reason: n for n, reason in enumerate(Reason)}

# One sentence a reason. {…} are filled from the decision's references; a reference that is
# missing drops the bracketed part it stands in.
SENTENCES: Mapping[Reason, str] = {
    Reason.STALE_DATA: "The data is older than the policy allows, so nothing is sent.",
    Reason.NOTHING_OPEN: "Nothing is open.",
    Reason.INSOLVENT: "Insolvency was filed[ on {from_on}]; no contact of any kind is made.",
    Reason.LEGAL_REPRESENTATION: "A lawyer has been named as the only addressee[ on {from_on}].",
    Reason.CEASED: "The customer has asked not to be contacted[ since {from_on}].",
    Reason.PLACED: "The overdue items are placed with an agency or lawyer[ since {from_on}].",
    Reason.ON_HOLD: "Everything overdue is on hold[ from {from_on}][ through {until_on}].",
    Reason.IN_CREDIT: "The customer is in credit.",
    Reason.CASH_UNAPPLIED: "Credit notes and unapplied cash cover what is overdue; "
    "they should be allocated.",
    Reason.PLAN_RUNNING: "A payment plan covers everything overdue[ through {until_on}].",
    Reason.PROMISE_OPEN: "A promise covers everything overdue[ through {until_on}].",
    Reason.AUTOMATIC_COLLECTION: "What is overdue is being collected automatically"
    "[; a result is awaited through {until_on}].",
    Reason.DISPUTED: "Everything overdue is in dispute[ since {from_on}].",
    Reason.REPLY_UNREAD: "A reply[ of {from_on}] has not been read yet.",
    Reason.DELIVERY_UNKNOWN: "It is not known whether the last message or the invoice arrived"
    "[ ({step}, handed over {on})]; a person decides.",
    Reason.IN_FLIGHT: "{step} is under way and not confirmed yet[ (to go out on {on})].",
    Reason.NO_RATE: "An exchange rate[ for {currency}] is missing, and a minimum depends on it.",
    Reason.NOT_YET: "No step is due[; {step} for {item} opens on {on}].",
    Reason.TOO_SOON: "The customer was last contacted on {contact_on}[; {step} for {item} "
    "is held back until {on}].",
    Reason.BELOW_MINIMUM: "What is overdue is below the minimum[ of {step}].",
    Reason.REQUIREMENT_MISSING: "{step} requires something that has not happened yet"
    "[: {requirement}].",
    Reason.NEEDS_APPROVAL: "{step} waits for approval[ by the {role}].",
    Reason.NO_ROUTE: "There is no valid address to reach the customer[ for {step}].",
    Reason.QUIET_HOURS: "It is not a contact day for this customer[; {step} goes on {on}].",
    Reason.OVER_CAPACITY: "The day's cap was used up by larger cases[; {step} waits for {on}].",
    Reason.CADENCE_ENDED: "The cadence has ended and no outcome can hold; a person chooses.",
}


PARTS: Mapping[Reason, str] = {
    Reason.PLACED: "A part of it is placed with an agency or lawyer[ since {from_on}].",
    Reason.ON_HOLD: "A part of it is on hold[ from {from_on}][ through {until_on}].",
    Reason.PLAN_RUNNING: "A payment plan covers a part of it[ through {until_on}].",
    Reason.PROMISE_OPEN: "A part of it is promised[ through {until_on}].",
    Reason.AUTOMATIC_COLLECTION: "A part of it is being collected automatically"
    "[; a result is awaited through {until_on}].",
    Reason.DISPUTED: "A part of it is in dispute[ since {from_on}].",
    Reason.REPLY_UNREAD: "A reply[ of {from_on}] has not been read yet.",
    Reason.DELIVERY_UNKNOWN: "It is not known whether an invoice of it arrived; a person decides.",
}
"""What to say where several reasons together cover all that is overdue."""


def sentence(reason: Reason, refs: Mapping[str, Any], *, is_part: bool = False) -> str:
    """Write the reason as a sentence, with the dates and ids that belong to it.

    `is_part`: other reasons cover what is overdue with it.

    >>> sentence(Reason.ON_HOLD, {"until_on": dt.date(2026, 4, 9)})
    'Everything overdue is on hold through 9 April 2026.'
    """
    out: list[str] = []
    rest = PARTS.get(reason, SENTENCES[reason]) if is_part else SENTENCES[reason]
    while rest:
        head, bracket, tail = rest.partition("[")
        out.append(_fill(head, refs) or "")
        if not bracket:
            break
        inner, _, rest = tail.partition("]")
        out.append(_fill(inner, refs, optional=True) or "")
    said = "".join(out)
    return said[:1].upper() + said[1:]


def day_text(day: dt.date) -> str:
    """Write a date as people say it.

    >>> day_text(dt.date(2026, 4, 9))
    '9 April 2026'
    """
    return f"{day.day} {day:%B %Y}"


def _fill(pattern: str, refs: Mapping[str, Any], *, optional: bool = False) -> str | None:
    shown = {k: _show(v) for k, v in refs.items() if v not in (None, "")}
    try:
        return pattern.format(**shown)
    except KeyError:
        if optional:
            return None
        return pattern.format_map(_Vague(shown))


def _show(value: Any) -> str:
    if isinstance(value, dt.date):
        return day_text(value)
    return str(value).replace("_", " ")


class _Vague(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return {"step": "The next step", "contact_on": "a recent day"}.get(key, "it")
