"""The worklist: what is worth a person's time today, worked through by its keys (SEMANTICS 10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse

from dunwell.core import ranking
from dunwell.desk import access
from dunwell.desk import worklist as worklists
from dunwell.web import acts, entry, filtering, marks, read, views, words

PAGE = 60
MOST = 200
_FIRST = {
    "call": "call", "offer_plan": "plan", "follow_up": "note", "ask_sales": "note",
    "review": "note",
}  # fmt: skip
"""The verb that does what comes next, where one form does it."""
_LISTS = {
    "answer_dispute": ("cases", "disputes"), "read_reply": ("cases", "replies"),
    "approve": ("approvals",), "confirm_delivery": ("deliveries",),
}  # fmt: skip
"""The list on which what comes next is done; for everything else it is that of the tasks."""
_LEFT = {
    ranking.NOT_DUE: "have nothing that a person could do yet",
    ranking.CONTACTED: "were contacted just now",
}


_QUICK = ("call", "promise", "dispute", "hold", "note")
"""What is done on a row without leaving the list, by key, mouse or thumb."""


class Line(NamedTuple):
    """One row of the list as it is shown; `key` is of the question that waits for an answer."""

    row: ranking.Row
    name: str
    action: str
    verb: str
    door: str
    key: str
    lifts: str
    quick: list[acts.Verb]


@views._page
def worklist(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """The ranked list: whose, of which part, with what fits into the day."""
    may = entry.person(request)
    whole = desk.worklist(owner="", capacity=None)
    chosen = filtering.wanted(request.GET, whole.currency)
    found = whole
    if chosen.query:
        found = desk.worklist(
            owner=chosen.owner, capacity=chosen.capacity, part=chosen.part, segment=chosen.segment
        )
    tabs = filtering.tabs(desk, chosen, may.name)
    shown = found.rows[: MOST if request.GET.get("all") else PAGE]
    return views.page(
        request, "worklist.html", "Worklist",
        found=found, lines=_lines(desk, shown, may), n=len(found.rows), fits=found.fitting,
        stake=found.at_stake_minor, more=len(found.rows) - len(shown),
        chosen=chosen, said_=filtering.said(chosen), capacity=chosen.capacity,
        owner=chosen.owner, owners=_owners(whole), me=may.name,
        tabs=tabs, actions=filtering.actions(),
        segments=desk.once("segments", lambda: worklists.segments(desk.scope)),
        is_kept=any(t.is_here for t in tabs), all_query={**chosen.query, "all": "1"},
        left=[] if chosen.is_narrow else _left(found), left_n=sum(found.left_out.values()),
    )  # fmt: skip


def _lines(desk: read.Desk, shown: Sequence[ranking.Row], may: access.Person) -> list[Line]:
    """Return rows as they are shown: with names, what is done next and where."""
    names = desk.names_of(r.of.customer for r in shown)
    verbs = {n: v for n, v in acts.registry().items() if may.may(v.right)}
    asked = [r.of.customer for r in shown if r.next_action == "approve"]
    keys = worklists.questions(desk.scope, asked) if asked else {}
    quick = [verbs[n] for n in _QUICK if n in verbs]
    out = []
    for r in shown:
        verb = _FIRST.get(r.next_action, "")
        verb = verb if verb in verbs else ""
        key = keys.get(ranking.key_of(r.of), "")
        out.append(
            Line(
                r, names.get(r.of.customer, r.of.customer), words.plain(r.next_action), verb,
                marks.href(["approvals", key], {}, as_of=None) if key else _door(r), key,
                ", ".join(words.plain(lift.name) for lift in r.lifts),
                [v for v in quick if v.name != verb],
            )
        )  # fmt: skip
    return out


def _door(row: ranking.Row) -> str:
    """Return where what comes next is done: a list with this customer's part of it, or a page."""
    reference = row.of.customer
    if row.next_action == "find_contact":
        return marks.href(["customers", reference], {}, as_of=None) + "#contacts"
    where = _LISTS.get(row.next_action, ("cases", "tasks"))
    whose = {"customer": reference} if where[0] == "cases" else {}
    return marks.href(where, whose, as_of=None)


def _owners(whole: ranking.Worklist) -> list[tuple[str, int]]:
    """Return who is responsible for something today, and for how much of the list."""
    return sorted(whole.by_responsible.items(), key=lambda pair: (-pair[1], pair[0]))


def _left(found: ranking.Worklist) -> list[tuple[int, str, str]]:
    """Return who is left out: how many, in words, and the reason whose list shows them."""
    out: list[tuple[int, str, str]] = []
    for reason, n in sorted(found.left_out.items(), key=lambda pair: -pair[1]):
        said: Any = words.SILENCES.get(reason)  # type: ignore[call-overload]
        out.append((n, _LEFT.get(reason) or said or words.plain(reason), reason if said else ""))
    return out
