"""The words of the screens: short names for reasons, numbers with their nouns, kind and plain."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from dunwell.core import book, naming, reasons
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
    return naming.plain(code)


def person(name: str) -> str:
    """Name whoever did something: a link of the portal is the customer's own.

    >>> person("portal link 3"), person("anna")
    ('the customer', 'anna')
    """
    return "the customer" if _LINK.fullmatch(name) else name


_LINK = re.compile(r"portal link \d+")


def spoken(sentence: str) -> str:
    """Write the codes within a sentence of ours as words."""
    return naming.spoken(sentence)


def titled(code: str) -> str:
    """Write a code of ours as the start of a sentence."""
    words = plain(code)
    return words[:1].upper() + words[1:]


def here(note: str) -> str:
    """Leave out of a note what is typed elsewhere, and write codes of ours as words.

    At the desk a form or a page does what a command would.

    >>> here("Do it by hand, then: dunwell suspension confirm 5")
    'Do it by hand'
    >>> here("the checklist lacks routes; see `dunwell checklist show C-1`")
    'the checklist lacks routes'
    >>> here("proposed by step pre_collections")
    'proposed with the pre-collections notice'
    >>> here("Make the call of the step risk final."), here("Answer the dispute (wrong_entity).")
    ('Make the call of the final risk notice.', 'Answer the dispute (wrong company).')
    """
    said = _STEP.sub(_of_step, _TYPED.sub("", _IGNORED.sub(_of_lines, note)))
    return _CODE.sub(lambda found: f"({plain(found[1])})", said)


def _of_step(found: re.Match[str]) -> str:
    verb = "proposed with" if found[1].endswith("by step") else "the call of"
    return f"{verb} the {plain(found[2].replace(' ', '_'))}"


def _of_lines(found: re.Match[str]) -> str:
    return f"(under Columns it is left out: lines that begin with {found[1]})"


_IGNORED = re.compile(r"\(a mapping can leave it out: `ignore_rows: \[(.*)\]`\)")
_TYPED = re.compile(r"(, then: dunwell .*|[;:,]? see `dunwell [^`]*`)")
_STEP = re.compile(r"(proposed by step|the call of the step) (\w+(?: \w+)*)")
_CODE = re.compile(r"\(([a-z]+(?:_[a-z]+)+)\)")


def short_day(day: dt.date, *, seen_on: dt.date) -> str:
    """Write a day as people say it, with the year only where it is another one.

    >>> short_day(dt.date(2026, 12, 3), seen_on=dt.date(2026, 11, 25))
    '3 Dec'
    """
    return f"{day.day} {day:%b}" if day.year == seen_on.year else f"{day.day} {day:%b %Y}"


_ISO = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])")


def dated(text: str) -> str:
    """Write the days in a sentence as people say them.

    >>> dated("it was made 2026-03-02, after 2026-02-30, for R-2026-03-02")
    'it was made 2 March 2026, after 2026-02-30, for R-2026-03-02'
    """

    def said(found: re.Match[str]) -> str:
        try:
            return reasons.day_text(dt.date.fromisoformat(found[0]))
        except ValueError:
            return found[0]

    return _ISO.sub(said, text)


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
