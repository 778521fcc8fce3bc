"""The call queue: whom to call about what, when, under which number; worked through by its keys.

What stands beside a call's form (`before`) is what a caller wants to have read: whom, what to talk
about, the script, the briefing. Must not know: who is to be called (`desk.call_queue`).
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse

from dunwell.core.reasons import Reason
from dunwell.desk import briefing, call_queue
from dunwell.web import acts, entry, marks, read, views, words

Found = dict[str, Any]
TASKS = {"broken_promise": "a promise was broken", "returned_payment": "a payment was returned"}
"""What a call task is about, where no step of a ladder planned it."""


class Line(NamedTuple):
    """One call as it is shown: `row` is the queue's, `whom` and `others` have numbers to dial."""

    row: Found
    about: str
    whom: Found | None
    others: list[Found]
    is_late: bool
    held: str
    list_: str


@views._page
def calls(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """The queue: mine or a colleague's, what is due first first; then what is held back."""
    owner = request.GET.get("owner", "")
    start = (views.number_of(request) - 1) * views.PAGE
    found = desk.once(
        f"calls {owner} {start}",
        lambda: call_queue.part(
            desk.scope, owner=owner, as_of=desk.as_of, start=start, limit=views.PAGE
        ),
    )
    lines = [_line(desk, r) for r in found.rows]
    who = entry.person(request)
    owners = sorted(found.owners.items(), key=lambda pair: (-pair[1], pair[0]))
    return views.page(
        request, "calls.html", "Calls",
        lines=[x for x in lines if not x.held], held=[x for x in lines if x.held],
        n=found.n, late=found.late, owner=owner, owners=owners, me=who.name,
        may=who.may("call") and desk.is_today, pages=views.pages(request, found.n),
    )  # fmt: skip


def before(desk: acts.Desk) -> Found:
    """Return what a caller reads before the call: it comes by itself with the form."""
    found = briefing.before_call(desk.scope, desk.customer, as_of=desk.today, today=desk.today)
    return {
        "points": found["talking_points"],
        "sections": found["sections"],
        "owner": found["account_owner"],
        "calls": [
            c | {"whom": _dialled(c["contact"]), "more": [_dialled(o) for o in c["others"]],
                 "held": _held(c)}
            for c in found["calls"]
        ],
    }  # fmt: skip


def _line(desk: read.Desk, row: Found) -> Line:
    held = row["held_back"] or ""
    where = marks.href(["silence", held], {}, as_of=None) if held else ""
    return Line(
        row, TASKS.get(row["what"], words.plain(row["what"])), _dialled(row["contact"]),
        [o for o in map(_dialled, row["others"]) if o is not None], row["due_on"] < desk.as_of,
        _held(row), where,
    )  # fmt: skip


def _held(row: Found) -> str:
    return words.SILENCES[Reason(row["held_back"])] if row["held_back"] else ""


def _dialled(person: Found | None) -> Found | None:
    """Return a contact with the address a phone dials."""
    if person is None:
        return None
    return person | {"tel": re.sub(r"[^+\d]", "", person["number"])}
