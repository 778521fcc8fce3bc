"""Which rows of a list of casework are looked at, in which order, and how each is said.

Whose they are, whether they are late or due, of which company; what is most pressing first.
Must not know: what can be done about a row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest

from dunwell.core import money, tasks
from dunwell.desk import today
from dunwell.web import marks, read, words

Found = dict[str, Any]
CALLS = ("call", "broken_promise", "returned_payment", "plan_default")
"""Kinds of tasks that a call settles."""


class Chosen(NamedTuple):
    """What of a list is asked for, as the address says it."""

    customer: str
    company: str
    mine: bool
    late: bool
    due: bool
    all: bool

    def query(self, **other: str) -> dict[str, str]:
        """Return the address's fields, some of them others."""
        said = {"customer": self.customer, "company": self.company}
        flags = {"mine": self.mine, "late": self.late, "due": self.due, "all": self.all}
        return said | {k: "1" for k, is_on in flags.items() if is_on} | other

    @property
    def is_narrow(self) -> bool:
        """Tell whether rows are left out that are on the list."""
        return bool(self.company or self.mine or self.late or self.due)


class Tab(NamedTuple):
    """One way to narrow a list: what it is called, where it is, whether it is chosen."""

    said: str
    href: str
    is_here: bool


def chosen(request: HttpRequest) -> Chosen:
    """Return what of a list is asked for."""
    said = request.GET
    return Chosen(
        said.get("customer", ""), said.get("company", ""), bool(said.get("mine")),
        bool(said.get("late")), bool(said.get("due")), bool(said.get("all")),
    )  # fmt: skip


def owners(desk: read.Desk, rows: Iterable[Found]) -> Found:
    """Return who answers for each row, by its id: its owner, or who looks after the customer."""
    rows = list(rows)
    lacking = {r["customer"] for r in rows if not r.get("owner") and r.get("customer")}
    known = today.owners(desk.scope, lacking) if lacking else {}
    return {r["id"]: r.get("owner") or known.get(r.get("customer") or "", "") for r in rows}


def is_mine(row: Found, owner: str, who: str) -> bool:
    """Tell whether a row is somebody's: theirs, or passed on to them."""
    return who in (owner, row.get("escalated_to") or "")


def in_order(rows: Iterable[Found], *, day: str, is_open: Callable[[Found], bool]) -> list[Found]:
    """Put first what is open, the most pressing day of it first; the rest stays newest first."""
    if not day:
        return list(rows)

    def place(row: Found) -> tuple[bool, dt.date]:
        on = row.get(day)
        return not is_open(row), on if isinstance(on, dt.date) and is_open(row) else dt.date.max

    return sorted(rows, key=place)


def tabs(slug: str, asked: Chosen, *, mine: int, late: int) -> list[Tab]:
    """Return the ways to narrow a list, with how much each would show."""

    def to(**flags: str) -> str:
        cleared = asked._replace(mine=False, late=False, due=False)
        return marks.href(["cases", slug], cleared.query(**flags), as_of=None)

    found = [Tab("Everybody's", to(), not (asked.mine or asked.late or asked.due))]
    if mine or asked.mine:
        found.append(Tab(f"Yours {mine:,}", to(mine="1"), asked.mine and not asked.late))
    if late or asked.late:
        found.append(Tab(f"Late {late:,}", to(late="1"), asked.late))
    if asked.due:
        whose = "Due, yours" if asked.mine else "Due"
        here = marks.href(["cases", slug], asked.query(), as_of=None)
        found.append(Tab(whose, here, is_here=True))
        found[1:-1] = [t._replace(is_here=False) for t in found[1:-1]]
    return found


def stands(slug: str, row: Found, as_of: dt.date) -> str:
    """Say how a row stands, without what every row of its list says.

    >>> stands("promises", {"state": "open", "last_on": dt.date(2026, 3, 2)}, dt.date(2026, 3, 4))
    'its day has passed: tonight says what came of it'
    >>> stands("disputes", {"state": "open", "outcome": ""}, dt.date(2026, 3, 4))
    'to be answered'
    """
    state = str(row.get("outcome") or row.get("state") or "")
    if slug == "promises" and state == "open":
        last, paid = row.get("last_on"), row.get("paid_minor")
        if last is not None and last < as_of:
            return "its day has passed: tonight says what came of it"
        return f"{money.text(paid, row['currency'])} of it paid" if paid else "to be paid"
    if state == "asked":
        return "waits for an approval"
    return _STANDS.get((slug, state), words.plain(state))


_STANDS = {
    ("disputes", "open"): "to be answered", ("disputes", "upheld"): "upheld, to be credited",
    ("tasks", "open"): "to be done", ("holds", "open"): "holds", ("holds", "over"): "run out",
    ("replies", "unread"): "not read yet",
}  # fmt: skip


def run_out(row: Found, as_of: dt.date) -> Found:
    """Return a hold as it is on a day: past its last one it has run out."""
    until = row.get("until_on")
    is_over = row["state"] == "open" and until is not None and until < as_of
    return row | {"state": "over"} if is_over else row


def held(row: Found, items: str) -> str:
    """Say why a hold is, and what it covers where that is not everything."""
    why = row["reason"] or words.titled(row["kind"])
    return why if items == "everything" else f"{why}: {items}"


def to_do(row: Found) -> str:
    """Say what a task is about.

    >>> to_do({"kind": "by_hand", "cause": "measure:3:suspension.requested", "note": ""})
    'Suspension: do it by hand at the other system, and confirm it'
    >>> to_do({"kind": "follow_up", "cause": "by_hand:1f", "note": "ask about the letter"})
    'Follow up'
    """
    cause, note = row.get("cause", ""), words.here(row.get("note") or "")
    if row["kind"] == "by_hand" and cause.startswith("measure:"):
        what, _, event = cause.rpartition(":")[2].partition(".")
        verb = "lift it" if event == "lifted" else "do it"
        return f"{words.titled(what)}: {verb} by hand at the other system, and confirm it"
    if cause.startswith("by_hand:") or not note:
        return words.titled(row["kind"])
    return note.rstrip(".")


def note_of(slug: str, row: Found) -> str:
    """Return what somebody wrote on a row, where it is not what the row is about already."""
    note = words.here(str(row.get("note") or ""))
    if slug != "tasks":
        return note
    kind = tasks.KINDS.get(row["kind"])
    is_own = str(row.get("cause", "")).startswith("by_hand:")
    return note if is_own and (kind is None or note != kind.sentence) else ""


def owed(desk: read.Desk, rows: Iterable[Found]) -> Mapping[int, list[tuple[str, int]]]:
    """Return what is overdue with the customer of each row, at its company where it has one."""
    rows = list(rows)
    found = desk.balances_of({r["customer"] for r in rows if r.get("customer")})
    out: dict[int, list[tuple[str, int]]] = {}
    for r in rows:
        mine = [
            (c, late)
            for (entity, customer), b in found.items()
            if customer == r.get("customer") and r.get("entity") in (None, "", entity)
            for c, (_, late) in b.amounts.items()
            if late
        ]
        out[r["id"]] = sorted(money.by_currency(mine).items())
    return out
