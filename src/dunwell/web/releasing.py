"""Tonight, line by line: left out, held, released; and what was released, on its way out.

Read top-down: `tonight` is the list, `leave_out` and `prepare` what its form does with the lines
chosen, `proposal` a saved proposal before and after it is released, `progress` the part of it
that moves. Nothing leaves before somebody has seen what will, and has said so once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

from dunwell.core import money, reasons
from dunwell.core.errors import DunwellError, Refused
from dunwell.desk import gate, look, release, sending, trail, view
from dunwell.web import acts, doing, entry, errands, marks, read, server, shown, views, words
from dunwell.web.acts import fields

FIRST = 50
"""How many lines of a step are shown at once; all of them when the step is looked at."""
_FILTERS = ("step", "entity", "currency", "channel")
_MANY = {"email": "mail", "letter": "letter", "sms": "text message"}


class Group(NamedTuple):
    """The lines of one step: those shown here, how many there are, and their sums."""

    step: str
    tone: str
    rows: list[shown.Acted]
    n: int
    amounts: dict[str, int]


class Bar(NamedTuple):
    """What is to be released: how many messages, and in words what that does."""

    messages: int
    words: str


@views._page
def tonight(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Tonight: every message and call by step, what waits for an approval, and the release."""
    day = desk.day()
    chosen = _asked(request)
    rows = _filtered(desk.acted(), chosen)
    fresh = _fresh(desk)
    more = [] if fresh is None else _filtered(fresh, chosen)
    may = desk.is_today and entry.person(request).may("release")
    goes = rows if fresh is None else more
    total = shown.sums(rows)
    if chosen["currency"]:
        code = chosen["currency"]
        total = total._replace(amounts={code: total.amounts.get(code, 0)})
    pages = views.pages(request, len(rows)) if chosen["step"] else []
    return views.page(
        request, "tonight.html", "Tonight",
        lead=shown.lead(day, desk.acted(), seen_on=desk.today, link=views._linker(desk)), day=day,
        groups=_groups(request, rows, chosen["step"]), pages=pages, total=total,
        more=_groups(request, more, chosen["step"]),
        chosen=[c for c in _said(chosen) if c], asked=chosen,
        questions=shown.questions(day), states=shown.by_state(rows), may=may,
        bar=_bar(goes) if may and goes and not day.gate else None,
        left=release.left_out(desk.scope, as_of=desk.as_of) if desk.is_today else [],
        names=desk.names(), under_way=_under_way(request, desk),
    )  # fmt: skip


def _under_way(request: HttpRequest, desk: read.Desk) -> list[sending.Where]:
    return sending.unfinished(desk.scope, now=entry.now(request)) if desk.is_today else []


def _fresh(desk: read.Desk) -> list[shown.Acted] | None:
    """Return what came up since this day was released; None where it was not."""
    if not desk.is_today or desk.day().decided_on is None:
        return None
    return desk.acted_more()


def _asked(request: HttpRequest) -> dict[str, str]:
    """Return which lines are wanted, from the address or from a form made there."""
    given = request.POST if request.method == "POST" else request.GET
    return {name: given.get(name, "") for name in _FILTERS}


def _said(chosen: dict[str, str]) -> list[str]:
    channel = chosen["channel"]
    return [
        words.plain(chosen["step"]), chosen["entity"], chosen["currency"],
        words.CHANNELS.get(channel, channel),
    ]  # fmt: skip


def _filtered(rows: Sequence[shown.Acted], chosen: dict[str, str]) -> list[shown.Acted]:
    return [
        r
        for r in rows
        if chosen["step"] in ("", r.act.step)
        and chosen["entity"] in ("", r.case.entity)
        and (not chosen["currency"] or chosen["currency"] in dict(r.act.amounts))
        and (not chosen["channel"] or chosen["channel"] in {s.planned.channel for s in r.sent})
    ]


def _groups(request: HttpRequest, rows: Sequence[shown.Acted], step: str) -> list[Group]:
    """Put the lines of a step together: the first of each, or one page of the step wanted."""
    found = []
    for g in shown.groups(rows):
        some = views.paged(request, g.rows) if step else g.rows[:FIRST]
        found.append(Group(g.step, g.tone, some, len(g.rows), g.amounts))
    return found


def _bar(rows: Sequence[shown.Acted]) -> Bar:
    total = shown.sums(rows)
    by_channel = Counter(s.planned.channel for r in rows for s in r.sent)
    heard = len({r.case.customer for r in rows if r.messages})
    return Bar(total.messages, _does(heard, by_channel))


def _does(customers: int, by_channel: Counter[str]) -> str:
    """Say what a release does.

    >>> _does(35, Counter(email=33, letter=4, call=2))
    '37 messages go to 35 customers: 33 mails and 4 letters. 2 calls are put on the call list.'
    >>> _does(1, Counter(email=1))
    '1 message goes to 1 customer: 1 mail.'
    """
    calls = by_channel["call"]
    kinds = [
        words.count(n, _MANY.get(channel, channel))
        for channel, n in sorted(by_channel.items())
        if channel != "call" and n
    ]
    n = sum(by_channel.values()) - calls
    said = ""
    if n:
        verb = "goes" if n == 1 else "go"
        to = words.count(customers, "customer")
        said = f"{words.count(n, 'message')} {verb} to {to}: {words.listed(kinds)}."
    if calls:
        said += (
            f" {words.count(calls, 'call')} {'is' if calls == 1 else 'are'} put on the call list."
        )
    return said.strip()


# --- what the form does with its lines --------------------------------------------------------


def _wanted(request: HttpRequest, desk: read.Desk) -> tuple[list[shown.Acted], int]:
    """Return the lines a form is about, and how many of those chosen are there no more.

    With none chosen it is about all that the page showed, under its filter.
    """
    fresh = _fresh(desk)
    acted = desk.acted() if fresh is None else fresh
    rows = _filtered(acted, _asked(request))
    keys = set(request.POST.getlist("line"))
    if not keys:
        return rows, 0
    found = [r for r in rows if r.line in keys]
    return found, len(keys) - len(found)


class _LeaveOut(forms.Form):
    reason = fields.line(
        "Why", required=True, help_text="For today alone: tomorrow they are looked at as ever."
    )


@views._page
def leave_out(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Leave the chosen lines out of today, all for one reason."""
    doing.may(request, "release")
    if request.method != "POST":
        raise Http404
    keys = request.POST.getlist("line")
    rows = _wanted(request, desk)[0] if keys else []
    customers = sorted({(r.case.name or r.case.customer, r.case.customer) for r in rows})
    form = _LeaveOut(request.POST if "reason" in request.POST else None)
    if not customers:
        form = _LeaveOut({"reason": request.POST.get("reason", "")})
        form.add_error(None, "Choose the lines first: tick them, or press x on each.")
    if not form.is_valid():
        return views.page(
            request, "leave_out.html", "Leave out today", form=form, lines=keys,
            customers=customers, asked=_asked(request), status=422 if form.is_bound else 200,
        )  # fmt: skip
    reason, now = form.cleaned_data["reason"], entry.now(request)
    made = [
        release.leave_out(desk.scope, c, reason=reason, as_of=desk.today, now=now)
        for _, c in customers
    ]
    trail.seal(desk.scope, now=now)
    done = acts.Done(
        f"{words.count(len(made), 'customer')} left out today.", ("drop", ".".join(map(str, made)))
    )
    return doing.answer(request, done, back="/tonight")


@views._page
def prepare(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Keep what the page showed as a proposal, and ask once whether it may go."""
    doing.may(request, "release")
    if request.method != "POST" or not desk.is_today:
        raise Http404
    rows, missing = _wanted(request, desk)
    if not rows:
        return _back("Nothing of that is there any more: the list was worked out anew.")
    try:
        number = _save(desk, rows, request)
    except Refused as error:
        return _back(doing.said_of(error))
    seen = request.POST.get("n", "")
    is_chosen = bool(request.POST.getlist("line"))
    messages = sum(r.messages for r in rows)
    response = HttpResponseRedirect(f"/proposal/{number}", status=303)
    if missing or (not is_chosen and seen.isdigit() and int(seen) != messages):
        said = "The book changed since you looked at the list. This is how it stands now."
        return doing.say(response, doing.Said(said))
    return response


def _save(desk: read.Desk, rows: Sequence[shown.Acted], request: HttpRequest) -> int:
    if why := gate.stale_feed(desk.scope, as_of=desk.today):
        raise Refused("stale_data", f"nothing is sent: {why}")
    ids = view.ids_of(desk.scope, sorted({r.case.customer for r in rows}))
    wanted = {(r.case.entity, r.case.customer) for r in rows}
    found = look.propose(desk.scope, as_of=desk.today, customers=ids)
    only = {x.key for x in found.lines if (x.entity, x.customer) in wanted}
    now = entry.now(request)
    left = release.left_out(desk.scope, as_of=desk.today)
    number = release.save(desk.scope, found, now=now, only=only, left=left)
    trail.seal(desk.scope, now=now)
    return number


def _back(said: str, to: str = "/tonight") -> HttpResponse:
    return doing.say(HttpResponseRedirect(to, status=303), doing.Said(said))


# --- a saved proposal, and its way out --------------------------------------------------------


@views._page
def proposal(request: HttpRequest, desk: read.Desk, number: int) -> HttpResponse:
    """One proposal: what it will do, or where its messages are and what dropped out."""
    where = sending.where(desk.scope, number, now=entry.now(request))
    lines = sending.lines(desk.scope, number)
    by_channel = Counter(c for x in lines for c in x.channels)
    customers = len({x.customer for x in lines if set(x.channels) - {"call"}})
    may = entry.person(request).may("release")
    is_saved = where.state == "saved"
    names, shown_ = desk.names(), views.paged(request, lines)
    planned = _planned(desk) if is_saved and where.as_of == desk.today == desk.as_of else {}
    went = {} if is_saved else sending.went(desk.scope, number, shown_)
    return views.page(
        request, "proposal.html", f"Proposal {number}",
        lines=[
            (x, planned.get(_key_of(x)), went.get(_key_of(x), [])) for x in shown_
        ],
        n=len(lines),
        pages=views.pages(request, len(lines)), does=_does(customers, by_channel),
        messages=sum(by_channel.values()) - by_channel["call"],
        amounts=money.by_currency(pair for x in lines for pair in x.amounts),
        by_hand=[(names.get(d["customer"], d["customer"]), d) for d in where.dropped if "by" in d],
        dropped=[
            (names.get(d["customer"], d["customer"]), d, _why(d["reason"]))
            for d in where.dropped if "by" not in d
        ],
        faults=[] if is_saved else sending.faults(desk.scope, number),
        may=may and desk.is_today, is_old=is_saved and where.as_of != desk.today,
        plays=bool(request.META.get(server.PLAYS)), **_moving(where, request),
    )  # fmt: skip


def _planned(desk: read.Desk) -> dict[tuple[str, str, str], shown.Acted]:
    """Return what goes out today as it was worked out, by company, customer and step."""
    fresh = _fresh(desk)
    rows = desk.acted() if fresh is None else fresh
    return {(r.case.entity, r.case.customer, r.act.step): r for r in rows}


def _key_of(line: sending.Line) -> tuple[str, str, str]:
    return (line.entity, line.customer, line.step)


def _why(reason: str) -> str:
    """Say why a line dropped out when it was checked again."""
    code = reason.removeprefix("now waits: ")
    if code != reason and code in set(reasons.Reason):
        return reasons.sentence(reasons.Reason(code), {})
    return words.titled(reason) + "."


_SAYS = {
    "saved": "Nothing has left the house.",
    "checking": "Every line is checked again before it goes.",
    "going": "On its way.",
    "waiting": "The rest waits for its hour; you may leave this page.",
    "paused": "Paused. Nothing more leaves until somebody goes on.",
    "stopped": "It stopped, and waits for somebody to go on.",
    "lost": "It was interrupted: whatever was sending it is gone. Nothing is sent twice; what was "
    "just being handed over is put before a person.",
    "released": "Released. It goes with the next dispatch.",
    "done": "Done.",
}  # fmt: skip


def _moving(where: sending.Where, request: HttpRequest) -> dict[str, Any]:
    """Return what of a proposal moves while it is on its way."""
    out = where.total - where.left
    return {
        "w": where, "says": _SAYS[where.state], "out": out,
        "states": [
            (words.STATES.get(s, s), n) for s, n in sorted(where.counts.items(), key=_in_order)
        ],
    }  # fmt: skip


_ORDER = ("sent", "handing", "claimed", "ready", "cancelled", "failed", "unknown")


def _in_order(pair: tuple[str, int]) -> int:
    return _ORDER.index(pair[0]) if pair[0] in _ORDER else len(_ORDER)


@views._page
def progress(request: HttpRequest, desk: read.Desk, number: int) -> HttpResponse:
    """Return the part of a proposal's page that moves; the whole page anew when its state does."""
    where = sending.where(desk.scope, number, now=entry.now(request))
    if request.GET.get("was") != where.state:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return HttpResponse(render_to_string("_progress.html", _moving(where, request), request))


@views._page
def move(request: HttpRequest, desk: read.Desk, number: int, how: str) -> HttpResponse:
    """Release a proposal, pause it, or go on with it."""
    doing.may(request, "release")
    if request.method != "POST" or how not in _MOVES:
        raise Http404
    here = marks.href(["proposal", str(number)], {}, as_of=None)
    try:
        said = _MOVES[how](request, desk, number)
    except DunwellError as error:
        return _back(doing.said_of(error), here)
    trail.seal(desk.scope, now=entry.now(request))
    response = HttpResponseRedirect(here, status=303)
    return doing.say(response, doing.Said(said)) if said else response


def _release(request: HttpRequest, desk: read.Desk, number: int) -> str:
    way, now = errands.way(request), entry.now(request)
    sending.begin(desk.scope, number, carrier=way.carrier, today=desk.today, now=now)
    errands.send(request, number, way=way)
    return ""


def _pause(request: HttpRequest, desk: read.Desk, number: int) -> str:
    sending.pause(desk.scope, number, now=entry.now(request))
    return "Paused. What is being handed over just now is finished first."


def _go_on(request: HttpRequest, desk: read.Desk, number: int) -> str:
    way, now = errands.way(request), entry.now(request)
    sending.go_on(desk.scope, number, carrier=way.carrier, now=now)
    errands.send(request, number, way=way)
    return ""


_MOVES = {"release": _release, "pause": _pause, "go-on": _go_on}
