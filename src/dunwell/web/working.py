"""The worklist: what is worth a person's time today, worked through by its keys (SEMANTICS 10)."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse

from dunwell.core import ranking
from dunwell.web import acts, entry, marks, read, views, words

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


class Line(NamedTuple):
    """One row of the list as it is shown."""

    row: ranking.Row
    name: str
    action: str
    verb: str
    door: str
    lifts: str


@views._page
def worklist(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """The ranked list: mine or a colleague's, with what fits into the day."""
    owner = request.GET.get("owner", "")
    capacity = _capacity(request)
    found = desk.worklist(owner=owner, capacity=capacity)
    shown = found.rows[: MOST if request.GET.get("all") else PAGE]
    names = desk.names_of(r.of.customer for r in shown)
    may = entry.person(request)
    verbs = {n for n, v in acts.registry().items() if may.may(v.right)}
    lines = [
        Line(
            r, names.get(r.of.customer, r.of.customer), words.plain(r.next_action),
            _FIRST.get(r.next_action, "") if _FIRST.get(r.next_action, "") in verbs else "",
            _door(r),
            ", ".join(words.plain(lift.name) for lift in r.lifts),
        )
        for r in shown
    ]  # fmt: skip
    return views.page(
        request, "worklist.html", "Worklist",
        found=found, lines=lines, n=len(found.rows), fits=found.fitting,
        stake=found.at_stake_minor, more=len(found.rows) - len(lines),
        owner=owner, owners=_owners(found, owner, desk), capacity=capacity or "",
        left=_left(found), left_n=sum(found.left_out.values()), me=may.name,
    )  # fmt: skip


def _door(row: ranking.Row) -> str:
    """Return where what comes next is done: a list with this customer's part of it, or a page."""
    reference = row.of.customer
    if row.next_action == "find_contact":
        return marks.href(["customers", reference], {}, as_of=None) + "#contacts"
    where = _LISTS.get(row.next_action, ("cases", "tasks"))
    whose = {"customer": reference} if where[0] == "cases" else {}
    return marks.href(where, whose, as_of=None)


def _owners(found: ranking.Worklist, owner: str, desk: read.Desk) -> list[tuple[str, int]]:
    """Return who is responsible for something today, and for how much of the list."""
    whole = found if not owner else desk.worklist(owner="", capacity=None)
    return sorted(whole.by_responsible.items(), key=lambda pair: (-pair[1], pair[0]))


def _left(found: ranking.Worklist) -> list[tuple[int, str, str]]:
    """Return who is left out: how many, in words, and the reason whose list shows them."""
    out: list[tuple[int, str, str]] = []
    for reason, n in sorted(found.left_out.items(), key=lambda pair: -pair[1]):
        said: Any = words.SILENCES.get(reason)  # type: ignore[call-overload]
        out.append((n, _LEFT.get(reason) or said or words.plain(reason), reason if said else ""))
    return out


def _capacity(request: HttpRequest) -> int | None:
    text = request.GET.get("capacity", "")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 10_000 else None
