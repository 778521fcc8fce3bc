"""The words of the screens: short names for reasons, numbers with their nouns, kind and plain."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from dunwell.core import book
from dunwell.core.reasons import Reason

SILENCES: Mapping[Reason, str] = {
    Reason.STALE_DATA: "wait for fresh data",
    Reason.NOTHING_OPEN: "have nothing open",
    Reason.INSOLVENT: "are insolvent",
    Reason.LEGAL_REPRESENTATION: "speak through a lawyer",
    Reason.CEASED: "asked not to be contacted",
    Reason.PLACED: "are with an agency or lawyer",
    Reason.ON_HOLD: "are on hold",
    Reason.IN_CREDIT: "are in credit",
    Reason.CASH_UNAPPLIED: "have paid, not yet allocated",
    Reason.PLAN_RUNNING: "pay by a plan",
    Reason.PROMISE_OPEN: "promised to pay",
    Reason.AUTOMATIC_COLLECTION: "are collected automatically",
    Reason.DISPUTED: "dispute what is overdue",
    Reason.REPLY_UNREAD: "wrote to us, not yet read",
    Reason.DELIVERY_UNKNOWN: "may not have got our message",
    Reason.IN_FLIGHT: "have something under way",
    Reason.NO_RATE: "lack an exchange rate",
    Reason.NOT_YET: "are not due for a step yet",
    Reason.TOO_SOON: "were contacted recently",
    Reason.BELOW_MINIMUM: "owe less than the minimum",
    Reason.REQUIREMENT_MISSING: "need something done first",
    Reason.NEEDS_APPROVAL: "wait for an approval",
    Reason.NO_ROUTE: "cannot be reached",
    Reason.QUIET_HOURS: "have a closed day",
    Reason.OVER_CAPACITY: "wait for room in the day",
    Reason.CADENCE_ENDED: "are at the end of the ladder",
}
"""What customers who hear nothing do or are: "88 were contacted recently"."""

TONES = ("friendly", "urgent", "firm", "severe", "formal")
CHANNELS = {"email": "e-mail", "letter": "letter", "call": "call", "sms": "text message"}
ROLES = book.ROLES
STATES = {
    "ready": "ready to go", "claimed": "going out", "handing": "going out", "sent": "sent",
    "failed": "not delivered", "unknown": "delivery unknown", "cancelled": "not sent",
    "waiting": "to be called",
}  # fmt: skip
STOPS = {
    "hold": "hold", "dispute": "dispute", "promise": "promise", "plan": "payment plan",
    "insolvency": "insolvency", "legal_representation": "lawyer named", "ceased": "no contact",
    "placement": "placement", "reply_unread": "unread reply", "written_off": "written off",
    "automatic_collection": "automatic collection", "undelivered": "invoice not received",
    "moved_out": "out of the ladder", "ceased_email": "no e-mail", "ceased_phone": "no calls",
    "ceased_sms": "no text messages", "commercial_pause": "pause for sales",
    "closed": "left alone for good",
}  # fmt: skip


def count(n: int, one: str, many: str = "") -> str:
    """Write a number with its noun.

    >>> count(1, "message"), count(1200, "message"), count(0, "reply", "replies")
    ('1 message', '1,200 messages', '0 replies')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def plain(code: str) -> str:
    """Write a code of ours as words.

    >>> plain("first_reminder")
    'first reminder'
    """
    return code.replace("_", " ")


def titled(code: str) -> str:
    """Write a code of ours as the start of a sentence."""
    words = plain(code)
    return words[:1].upper() + words[1:]


def here(note: str) -> str:
    """Leave out of a note what is typed elsewhere, and write a step of the policy as words.

    At the desk a form or a page does what a command would.

    >>> here("Do it by hand, then: dunwell suspension confirm 5")
    'Do it by hand'
    >>> here("the checklist lacks routes; see `dunwell checklist show C-1`")
    'the checklist lacks routes'
    >>> here("proposed by step pre_collections")
    'proposed with the notice pre collections'
    """
    said = _TYPED.sub("", note)
    return _STEP.sub(lambda found: f"proposed with the notice {plain(found[1])}", said)


_TYPED = re.compile(r"(, then: dunwell .*|[;:,]? see `dunwell [^`]*`)")
_STEP = re.compile(r"^proposed by step (\w+)$")


def short_day(day: dt.date, *, seen_on: dt.date) -> str:
    """Write a day as people say it, with the year only where it is another one.

    >>> short_day(dt.date(2026, 12, 3), seen_on=dt.date(2026, 11, 25))
    '3 Dec'
    """
    return f"{day.day} {day:%b}" if day.year == seen_on.year else f"{day.day} {day:%b %Y}"


def long_day(day: dt.date) -> str:
    """Write a day with its weekday.

    >>> long_day(dt.date(2026, 12, 3))
    'Thursday 3 December 2026'
    """
    return f"{day:%A} {day.day} {day:%B %Y}"


def listed(parts: list[str]) -> str:
    """Join words as a list in a sentence.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
