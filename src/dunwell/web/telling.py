"""What the customer's page says in words: how they pay, and each line of their timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import NamedTuple

from dunwell.core import money, reasons
from dunwell.core.reasons import Reason
from dunwell.desk import folder
from dunwell.store.lists import casework
from dunwell.web import marks, words

TAKE_BACK = "take back"
"""The door of what a person logged, to whoever may log it."""
STEADY = 3
"""So many days more or less between the last 90 days and those before are no trend."""


class Event(NamedTuple):
    """One line of a timeline; `dot` says what kind it is: out, money, quiet, trouble."""

    on: dt.date
    said: str
    dot: str
    minor: int = 0
    currency: str = ""
    href: str = ""
    door: str = ""
    quote: str = ""
    at: dt.datetime | None = None


def pays(h: folder.Habit) -> str:
    """Say how a customer pays: on average, and whether that gets worse.

    >>> pays(folder.Habit("MAIN", 11, 20, 9, 62, 1))
    'pays 11 days late on average, getting worse: 20 days now, 9 before'
    >>> pays(folder.Habit("MAIN", None, None, None, None, 0))
    'has paid too little yet to tell how'
    """
    days = h.average_days
    if days is None:
        return "has paid too little yet to tell how"
    late = "pays on time" if days <= 0 else f"pays {words.count(days, 'day')} late on average"
    if h.recent_days is None or h.earlier_days is None:
        return late
    change = h.recent_days - h.earlier_days
    if abs(change) <= STEADY:
        return f"{late}, steadily"
    how = "worse" if change > 0 else "better"
    return (
        f"{late}, getting {how}: {words.count(h.recent_days, 'day')} now, {h.earlier_days} before"
    )


def line(h: folder.Happened) -> Event:
    """Say in words what happened."""
    x = h.line
    said, dot, href, door = _SAYS[x.what](x.words, x.id)
    if h.agreed is not None:
        said = f"{said.rstrip('.')}{_agreed(h.agreed, is_end=x.what == 'stop_end')}."
    return Event(x.on, said, dot, x.minor, x.currency, href, door, h.said, x.at)


def in_order(lines: Sequence[Event]) -> list[Event]:
    """Put the lines of one day whose time is known in its order, the latest first.

    Those without a time stay where they stand.
    """
    out = list(lines)
    for on in dict.fromkeys(x.on for x in lines):
        places = [n for n, x in enumerate(lines) if x.on == on and x.at is not None]
        timed = sorted((lines[n] for n in places), key=_when, reverse=True)
        for n, x in zip(places, timed, strict=True):
            out[n] = x
    return out


def _when(x: Event) -> dt.datetime:
    assert x.at is not None
    return x.at


def _agreed(a: casework.Agreed, *, is_end: bool) -> str:
    """Say what an agreement or objection is about, after what happened to it.

    >>> _agreed(casework.Agreed(("R-1",), "", "EUR", 5000, dt.date(2026, 3, 9)), is_end=False)
    ', EUR 50.00 by 9 March 2026, for R-1'
    >>> _agreed(casework.Agreed(("R-1", "R-2"), "wrong_entity"), is_end=True)
    ', wrong company, on R-1 and R-2'
    """
    said = words.plain(a.code) if a.code else ""
    if a.amount_minor:
        said = money.text(a.amount_minor, a.currency)
        if a.by_on is not None and not is_end:
            said += f" by {a.by_on.day} {a.by_on:%B %Y}"
    items = list(a.items[:3]) + ([f"{len(a.items) - 3} more"] if len(a.items) > 3 else [])
    about = f"{'for' if a.amount_minor else 'on'} {words.listed(items)}" if items else ""
    return "".join(f", {part}" for part in (said, about) if part)


_Words = tuple[str, ...]
_Said = tuple[str, str, str, str]


def _decided(w: _Words, pk: int) -> _Said:
    del pk
    verdict, reason, step = w[:3]
    if verdict == "wait":
        return reasons.sentence(Reason(reason), {"step": step}), "quiet", "", ""
    verb = "decided" if verdict == "act" else "put before a person"
    return f"{words.titled(step or 'message')} {verb}.", "quiet", "", ""


def _sent(w: _Words, pk: int) -> _Said:
    state, channel, step, _, reason = w
    why = f" ({reason})" if reason else ""
    dot = "trouble" if state in ("failed", "unknown") else "out" if state == "sent" else "quiet"
    how = words.CHANNELS.get(channel, channel)
    said = f"{words.titled(step or 'message')} by {how}: {words.STATES.get(state, state)}{why}."
    is_kept = channel != "call" and state in ("handing", "sent", "failed", "unknown")
    href = marks.href(["sent", str(pk)], {}, as_of=None) if is_kept else ""
    return said, dot, href, "open message" if href else ""


def _by_hand(w: _Words, pk: int) -> _Said:
    del pk
    how = words.CHANNELS.get(w[0], words.plain(w[0]))
    return f"{words.titled(w[1] or 'message')} by {how}, by hand.", "out", "", ""


def _reply(w: _Words, pk: int) -> _Said:
    kind, state, channel = w[:3]
    how = words.CHANNELS.get(channel, channel)
    said = _CAME.get(kind, words.titled(kind))
    if state == "unread":
        return (
            f"{said} by {how}, not read yet.", "trouble",
            marks.href(["cases", "replies", str(pk), "settle"], {}, as_of=None), "read it",
        )  # fmt: skip
    return f"{said} by {how}.", "quiet", "", ""


_CAME = {
    "reply": "They wrote", "bounce": "Not delivered, it came back", "auto": "A machine answered",
    "delivered": "Delivered", "read": "Read", "stop": "They want no more of it",
    "delayed": "Delivery delayed", "unmatched": "Somebody wrote",
}  # fmt: skip


def _call(w: _Words, pk: int) -> _Said:
    said = f"Call by {w[1]}: {words.plain(w[0])}."
    return _logged(said, "out", w[3], "call", pk)


def _note(w: _Words, pk: int) -> _Said:
    return _logged(f"Note by {w[0]}.", "quiet", w[1], "note", pk)


def _logged(said: str, dot: str, withdrawn_by: str, verb: str, pk: int) -> _Said:
    """Say what a person logged, and where it is taken back; or who took it back."""
    if withdrawn_by:
        return f"{said} Logged in error, taken back by {withdrawn_by}.", "quiet", "", ""
    return said, dot, marks.href(["undo", verb, str(pk)], {}, as_of=None), TAKE_BACK


def _paid(w: _Words, pk: int) -> _Said:
    del pk
    said = "Paid" if w[0] == "payment" else "Payment taken back"
    return f"{said}, {w[1]}:", "money", "", ""


def _stop(w: _Words, pk: int) -> _Said:
    del pk
    kind, by, reason = w[:3]
    why = f": {words.here(reason)}" if reason and kind not in (reason, "dispute") else ""
    verb = "made" if kind in ("promise", "plan") else "opened"
    return f"{_name(kind)} {verb} by {words.person(by) or 'the system'}{why}.", "quiet", "", ""


def _stop_end(w: _Words, pk: int) -> _Said:
    del pk
    kind, by, state = w[:3]
    how = f" ({words.plain(state)})" if state not in ("", "open", "released", "ended") else ""
    return f"{_name(kind)} ended{how}{f' by {words.person(by)}' if by else ''}.", "quiet", "", ""


def _name(kind: str) -> str:
    if kind.startswith("ceased_"):
        channel = kind.partition("_")[2]
        return f"No contact by {words.CHANNELS.get(channel, channel)}"
    name = words.STOPS.get(kind, words.plain(kind))
    return name[:1].upper() + name[1:]


def _proposed(w: _Words, pk: int) -> _Said:
    del pk
    why = f": {words.here(w[2])}" if w[2] else ""
    return f"{words.titled(w[0])} proposed by {w[1] or 'the policy'}{why}.", "quiet", "", ""


def _in_force(w: _Words, pk: int) -> _Said:
    del pk
    return f"{words.titled(w[0])} in force.", "trouble", "", ""


def _lifted(w: _Words, pk: int) -> _Said:
    del pk
    return f"{words.titled(w[0])} lifted.", "quiet", "", ""


def _task(w: _Words, pk: int) -> _Said:
    del pk
    outcome = f": {words.plain(w[2])}" if w[2] else ""
    return f"{words.titled(w[0])} done by {w[1] or 'the system'}{outcome}.", "quiet", "", ""


def _answered(w: _Words, pk: int) -> _Said:
    del pk
    state, what, step, by, reason = w
    about = words.titled(step if what == "notice" else what)
    if state == "withdrawn":
        return f"{about}: no longer asked.", "quiet", "", ""
    verb = "approved" if state == "granted" else words.plain(state)
    why = f": {reason}" if reason else ""
    return f"{about} {verb}{f' by {by}' if by else ''}{why}.", "quiet", "", ""


_SAYS: dict[str, Callable[[_Words, int], _Said]] = {
    "decided": _decided, "action": _sent, "by_hand": _by_hand, "reply": _reply, "call": _call,
    "note": _note, "payment": _paid, "stop": _stop, "stop_end": _stop_end,
    "proposed": _proposed, "in_force": _in_force, "lifted": _lifted, "task": _task,
    "answered": _answered,
}  # fmt: skip
