"""Which part of the worklist is wanted: read from the address, said in words, kept under a name.

What is kept is a person's own, and shown as tabs above the list. Must not know: how the list is
ranked, or shown.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from dunwell.core import candidate, money
from dunwell.core.errors import DunwellError
from dunwell.desk import filters
from dunwell.desk import worklist as worklists
from dunwell.web import doing, read, views, words

PAGE = "worklist"
MOST_A_DAY = 9_999
_FIELDS = ("owner", "entity", "segment", "action", "least", "capacity")


class Wanted(NamedTuple):
    """What part of the list is wanted; `wrong` says what of it could not be taken."""

    owner: str = ""
    entity: str = ""
    segment: str = ""
    action: str = ""
    least: str = ""
    least_minor: int = 0
    capacity: int | None = None
    wrong: tuple[str, ...] = ()

    @property
    def part(self) -> worklists.Part:
        """The part of the list, but for whose it is and its segment."""
        return worklists.Part(self.entity, self.action, self.least_minor)

    @property
    def is_narrow(self) -> bool:
        """Tell whether more is chosen than whose it is and what fits into a day."""
        return any((self.entity, self.segment, self.action, self.least_minor))

    @property
    def query(self) -> dict[str, str]:
        """What stands in an address for it."""
        said = {name: str(getattr(self, name) or "") for name in _FIELDS}
        return {name: value for name, value in said.items() if value}


class Tab(NamedTuple):
    """A part that is one click away; `number` is that of one that was kept, 0 of ours."""

    name: str
    href: str
    is_here: bool
    number: int = 0


def wanted(given: QueryDict, currency: str) -> Wanted:
    """Read what is wanted; what cannot be is left out and said."""
    wrong: list[str] = []
    capacity, text = None, given.get("capacity", "").strip()
    if text:
        if text.isascii() and text.isdigit() and 0 < int(text[:6]) <= MOST_A_DAY:
            capacity = int(text)
        else:
            wrong.append(f"A day holds 1 to {MOST_A_DAY:,} customers each, not {text[:12]}.")
    least, minor = given.get("least", "").strip().replace(",", ""), 0
    if least:
        try:
            minor = max(0, money.to_minor(Decimal(least[:15]), currency))
        except (InvalidOperation, ValueError, DunwellError):
            wrong.append(f"{least[:12]} is no amount.")
            least = ""
    action = given.get("action", "")
    return Wanted(
        given.get("owner", ""), given.get("entity", ""), given.get("segment", ""),
        action if action in candidate.ACTIONS else "", least, minor, capacity, tuple(wrong),
    )  # fmt: skip


def tabs(desk: read.Desk, chosen: Wanted, me: str) -> list[Tab]:
    """Return everybody's list, one's own, and what one keeps."""
    here = chosen.query
    offered = [
        filters.Kept("Everybody's", {}, 0), filters.Kept("Mine", {"owner": me}, 0),
        *filters.mine(desk.scope, PAGE),
    ]  # fmt: skip
    taken = False
    out = []
    for name, query, number in offered:
        is_here = not taken and query == here
        taken = taken or is_here
        out.append(Tab(name, _href(query), is_here, number))
    return out


def said(chosen: Wanted) -> str:
    """Say in words which part it is.

    >>> said(Wanted(entity="DE", action="call"))
    'company DE, next: call'
    """
    parts = [
        f"company {chosen.entity}" if chosen.entity else "",
        f"segment {words.plain(chosen.segment)}" if chosen.segment else "",
        f"next: {words.plain(chosen.action)}" if chosen.action else "",
        f"at least {chosen.least}" if chosen.least_minor else "",
    ]
    return ", ".join(p for p in parts if p)


def actions() -> list[tuple[str, str]]:
    """Return everything that can come next, with its name."""
    return [(a, words.plain(a)) for a in candidate.ACTIONS]


def _href(query: dict[str, Any]) -> str:
    return f"/{PAGE}?{urlencode(query)}" if query else f"/{PAGE}"


@views._page
def keep(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Keep the part that is looked at under a name."""
    if request.method != "POST":
        raise Http404
    query = {n: v for n in _FIELDS if (v := request.POST.get(n, "").strip()[:60])}
    try:
        filters.keep(desk.scope, PAGE, request.POST.get("name", ""), query)
    except DunwellError as error:
        return _back(query, doing.said_of(error))
    return _back(query, "Kept: it is one of the tabs now.")


@views._page
def forget(request: HttpRequest, desk: read.Desk, number: int) -> HttpResponse:
    """Forget a part that was kept."""
    if request.method != "POST":
        raise Http404
    is_gone = filters.forget(desk.scope, PAGE, number)
    return _back({}, "Forgotten." if is_gone else "It was forgotten already.")


def _back(query: dict[str, Any], said_: str) -> HttpResponse:
    return doing.say(HttpResponseRedirect(_href(query), status=303), doing.Said(said_))
