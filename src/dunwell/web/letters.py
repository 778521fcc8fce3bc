"""Letters: those that wait to be printed, and the runs that wait to be in the post.

Printing makes one PDF of all whose slot has come; a run can be printed again, letters can be
taken out of it, and it is marked as posted with the day. From that day each counts as a contact.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from dunwell.core.errors import DunwellError, Refused
from dunwell.desk import letter, trail
from dunwell.web import acts, doing, entry, read, server, views, words
from dunwell.web.acts import fields


class Run(NamedTuple):
    """One print run: its number, when it was printed, its letters, and those not to post."""

    number: str
    at: dt.datetime
    rows: list[dict[str, Any]]
    over: int


class _Move(forms.Form):
    on = fields.day("Posted on", help_text="Nothing written means today.")
    seen = forms.CharField(widget=forms.HiddenInput(), required=False)


@views._page
def letters(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """List what waits to be printed, and each run that waits to be posted."""
    return _show(request, desk)


def _show(
    request: HttpRequest, desk: read.Desk, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    now = entry.now(request)
    found = desk.once("letters", lambda: letter.listed(desk.scope, as_of=desk.today))
    runs: dict[str, list[dict[str, Any]]] = {}
    for row in found:
        if row["run"]:
            runs.setdefault(row["run"], []).append(row)
    waiting = [r for r in found if not r["run"]]
    return views.page(
        request, "letters.html", "Letters", status=status, wrong=wrong,
        waiting=views.paged(request, waiting), n=len(waiting),
        due=sum(_is_due(request, r["send_at"], now) for r in waiting), most=letter.MOST,
        runs=sorted(
            (Run(n, rows[0]["printed_at"], rows, sum(bool(r["why_not"]) for r in rows))
             for n, rows in runs.items()), key=lambda run: run.at,
        ),
        printed=sum(map(len, runs.values())), pages=views.pages(request, len(waiting)),
        form=_Move(), may=entry.person(request).may("release") and desk.is_today,
    )  # fmt: skip


def _plays(request: HttpRequest) -> bool:
    return bool(request.META.get(server.PLAYS))


def _is_due(request: HttpRequest, send_at: dt.datetime, now: dt.datetime) -> bool:
    """Tell whether a letter may be printed now; on a day that is played every hour has come."""
    return send_at <= now or _plays(request)


@views._page
def make(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Print what waits as one run."""
    doing.may(request, "release")
    if request.method != "POST" or not desk.is_today:
        raise Http404
    now = entry.now(request)
    plays = desk.today if _plays(request) else None
    try:
        made = letter.print_run(desk.scope, now=now, today=desk.today, plays=plays)
    except Refused as error:
        return _show(request, desk, wrong=doing.said_of(error), status=409)
    trail.seal(desk.scope, now=now)
    said = (
        [f"{words.count(made.letters, 'letter')} printed: save the PDF below."] if made.run else []
    )
    if made.cancelled:
        gone = words.count(made.cancelled, "letter")
        said.append(f"{gone} cancelled: paid or stopped meanwhile.")
    if made.postponed:
        said.append(f"{words.count(made.postponed, 'letter')} put off until the hours open.")
    if made.left:
        said.append(f"{words.count(made.left, 'letter')} more: print again.")
    response = HttpResponseRedirect(f"/letters#{made.run}", status=303)
    return doing.say(response, doing.Said(" ".join(said)))


@views._page
def pdf(request: HttpRequest, desk: read.Desk, run: str) -> HttpResponse:
    """The letters of a run as one PDF, for the printer."""
    made = letter.file(desk.scope, run, both_sides=bool(request.GET.get("both")))
    return views._saved(made, "application/pdf", f"letters-{run}.pdf")


@views._page
def move(request: HttpRequest, desk: read.Desk, run: str, how: str) -> HttpResponse:
    """Mark a run as posted, or take the ticked letters out of it."""
    doing.may(request, "release")
    form = _Move(request.POST)
    if request.method != "POST" or how not in ("post", "recall"):
        raise Http404
    if not form.is_valid():
        return _show(request, desk, wrong="Write the day as YYYY-MM-DD.", status=422)
    now, ticked = entry.now(request), request.POST.getlist("letter")
    if how == "recall" and not ticked:
        return _show(request, desk, wrong="Tick the letters that are to be taken out.", status=422)
    try:
        if how == "recall":
            n = letter.recall(desk.scope, run, keys=ticked, now=now)
            said = f"{words.count(n, 'letter')} taken out: the next run decides anew."
        else:
            on = form.cleaned_data["on"] or desk.today
            # What was shown is what is marked: of a pile that changed since, nothing is.
            seen = form.cleaned_data["seen"].split()
            n = letter.post(desk.scope, run, keys=seen, on=on, today=desk.today, now=now)
            said = (
                f"{words.count(n, 'letter')} posted on {on:%-d %B}: the next step counts from it."
            )
    except DunwellError as error:
        return _show(request, desk, wrong=doing.said_of(error), status=409)
    trail.seal(desk.scope, now=now)
    return doing.answer(request, acts.Done(said), back="/letters")
