"""Settings in the browser: companies, people, ways out, calendars, feeds, webhooks, alerts.

What only the command line or a file can change is shown here with the command that does it.
Nothing here ever shows a secret; an invitation's link is shown once, to whoever asked for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from dunwell.core.errors import DunwellError, Refused
from dunwell.desk import (
    access,
    alert,
    doctor,
    found,
    gate,
    hooks,
    installed,
    people,
    setting,
    trail,
    trial,
)
from dunwell.web import doing, entry, read, server, views, words
from dunwell.web.acts import fields

AHEAD = 8
"""How many of the closed days ahead are shown."""


class Part(NamedTuple):
    """One page of the settings: its address, its title, what it holds, and the right it takes."""

    slug: str
    title: str
    about: str
    right: str


PARTS = (
    Part("companies", "Companies", "currency, days, letterhead, accounts", "settings"),
    Part("people", "People and roles", "who works here, and what each may do", "people"),
    Part("channels", "Ways out", "mail, text messages, letters, and a trial", "settings"),
    Part("calendars", "Calendars", "the closed days of each country", "settings"),
    Part("contact", "Limits of contact", "when, how often and whom, and who is held now", "read"),
    Part("feeds", "Fresh data", "what must have come in before anything is sent", "settings"),
    Part("webhooks", "Webhooks", "other systems that are told", "settings"),
    Part("alerts", "Alerts", "thresholds somebody wants to hear of", "settings"),
    Part("law", "Law", "rates, fixed sums and limits of contact, with their sources", "settings"),
    Part("health", "Health", "what the doctor says", "settings"),
)


def _show(
    request: HttpRequest, part: str, template: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Show one part, with the others beside it."""
    (one,) = [p for p in PARTS if p.slug == part]
    doing.may(request, one.right)
    who = entry.person(request)
    return views.page(
        request, template, one.title, status=status, part=one,
        parts=[p for p in PARTS if who.may(p.right)], **context,
    )  # fmt: skip


@views._page
def overview(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Show what is set up, in a sentence and as a list of pages."""
    doing.may(request, "settings")
    staff = people.listed(desk.scope, now=entry.now(request))
    ways = trial.ways(settings.HOME, files_only=_plays(request))
    return views.page(
        request, "settings.html", "Settings", parts=PARTS,
        companies=len(installed.companies(desk.scope)), people=sum(bool(c.roles) for c in staff),
        mail=ways[0], stale=gate.stale_feed(desk.scope, as_of=desk.today),
    )  # fmt: skip


def _plays(request: HttpRequest) -> bool:
    return bool(request.META.get(server.PLAYS))


# --- companies, calendars, feeds -----------------------------------------------------------------


@views._page
def companies(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Show each company with its letterhead as a letter would carry it."""
    return _show(
        request, "companies", "settings_companies.html", rows=installed.companies(desk.scope)
    )


@views._page
def calendars(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Show the closed days of each calendar."""
    return _show(
        request, "calendars", "settings_calendars.html",
        rows=installed.calendars(desk.scope, after=desk.today, ahead=AHEAD),
    )  # fmt: skip


class _Feeds(forms.Form):
    feeds = forms.MultipleChoiceField(
        label="Must be fresh", required=False, choices=[(f, f) for f in gate.FEEDS],
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen means this company sends whatever the age of its data.",
    )  # fmt: skip
    within_days = forms.IntegerField(
        label="At most so many working days old", min_value=0, max_value=30
    )


@views._page
def feeds(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Show what must be fresh before each company sends, and how old everything is."""
    rows = installed.companies(desk.scope)
    return _show(
        request, "feeds", "settings_feeds.html", rows=rows, feeds=installed.feeds(desk.scope),
        stale=gate.stale_feed(desk.scope, as_of=desk.today),
    )  # fmt: skip


@views._page
def company_feeds(request: HttpRequest, desk: read.Desk, code: str) -> HttpResponse:
    """Say what must be fresh before one company sends."""
    row = next((c for c in installed.companies(desk.scope) if c.code == code), None)
    if row is None:
        raise Http404

    def keep(said: Mapping[str, Any], now: dt.datetime) -> str:
        gate.declare(desk.scope, code, said["feeds"], within_days=said["within_days"], now=now)
        return f"{row.name or code}: kept."

    initial = {"feeds": list(row.feeds), "within_days": row.within_days}
    return _form(request, desk, "feeds", f"Fresh data of {row.name or code}", _Feeds, keep,
                 initial=initial, back="/settings/feeds")  # fmt: skip


# --- people ---------------------------------------------------------------------------------------


class _Person(forms.Form):
    name = fields.line("Name", required=True, help_text="As it stands beside what they do.")
    roles = forms.MultipleChoiceField(
        label="Roles", choices=[(r, words.plain(r)) for r in people.ROLES],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    limit = fields.amount(
        "The most they may approve", help_text="In the first company's currency; else no limit.",
    )  # fmt: skip


@views._page
def staff(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Show who works here with their roles, and how each signs in."""
    return _show(
        request, "people", "settings_people.html",
        rows=people.listed(desk.scope, now=entry.now(request)), roles=people.ROLES,
        currency=setting.base_currency(desk.scope),
    )  # fmt: skip


@views._page
def person(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Add a person, or give one more roles."""

    def keep(said: Mapping[str, Any], now: dt.datetime) -> str:
        name = said["name"]
        found.add_user(desk.scope, name, roles=said["roles"], limit=said["limit"], now=now)
        return f"{name}: roles kept. Invite them, so that they can choose a password."

    return _form(
        request, desk, "people", "Add a person, or give more roles", _Person, keep,
        initial={"name": request.GET.get("name", "")}, back="/settings/people",
    )  # fmt: skip


@views._page
def person_does(request: HttpRequest, desk: read.Desk, how: str) -> HttpResponse:
    """Invite a person, take a role, or drop a second factor."""
    doing.may(request, "people")
    if request.method != "POST" or how not in _PEOPLE:
        raise Http404
    name, now = request.POST.get("name", ""), entry.now(request)
    try:
        said = _PEOPLE[how](desk, name, request.POST.get("role", ""), now)
    except DunwellError as error:
        return _say(doing.said_of(error), "/settings/people")
    trail.seal(desk.scope, now=now)
    return _say(said, "/settings/people")


def _take_role(desk: read.Desk, name: str, role: str, now: dt.datetime) -> str:
    people.take_role(desk.scope, name, role, now=now)
    return f"{name} is {words.plain(role)} no more."


def _drop_code(desk: read.Desk, name: str, role: str, now: dt.datetime) -> str:
    del role
    access.drop_totp(desk.scope, name, now=now)
    return f"{name} signs in without a code now; let them set up a new one."


_PEOPLE: dict[str, Callable[[read.Desk, str, str, dt.datetime], str]] = {
    "take": _take_role, "drop-code": _drop_code,
}  # fmt: skip


@views._page
def invite(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Make an invitation, and show its link this once."""
    doing.may(request, "people")
    if request.method != "POST":
        raise Http404
    name, now = request.POST.get("name", ""), entry.now(request)
    try:
        token = access.invite(desk.scope, name, now=now)
    except Refused as error:
        return _say(doing.said_of(error), "/settings/people")
    trail.seal(desk.scope, now=now)
    return _show(
        request, "people", "settings_invited.html", name=name, until=now + access.INVITED,
        link_=request.build_absolute_uri(f"/invitation/{token}"),
    )  # fmt: skip


# --- ways out, webhooks ---------------------------------------------------------------------------


class _Trial(forms.Form):
    address = forms.EmailField(label="Your own address")
    entity = forms.ChoiceField(label="From which company")


@views._page
def channels(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Show the ways out without secrets, and send a trial mail."""
    doing.may(request, "settings")
    form = _Trial(request.POST or None)
    rows = [(c.code, c.name or c.code) for c in installed.companies(desk.scope)]
    form.fields["entity"] = forms.ChoiceField(label="From which company", choices=rows)
    plays = _plays(request)

    def send(said: Mapping[str, Any], now: dt.datetime) -> str:
        receipt = trial.send(
            desk.scope, said["address"], entity=said["entity"], home=settings.HOME,
            files_only=plays, now=now,
        )  # fmt: skip
        return f"Taken: {receipt.evidence or receipt.kind}."

    outcome = _posted(request, desk, form, send, back="/settings/channels")
    if isinstance(outcome, HttpResponse):
        return outcome
    return _show(
        request, "channels", "settings_channels.html", status=outcome, form=form,
        ways=trial.ways(settings.HOME, files_only=plays), example=setting.EXAMPLE,
        sms_example=setting.SMS_EXAMPLE,
    )  # fmt: skip


@views._page
def webhooks(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Show the systems that are told, and send one a trial."""
    doing.may(request, "settings")
    if request.method == "POST":
        name, now = request.POST.get("name", ""), entry.now(request)
        poster = hooks.poster(desk.scope, settings.HOME, files_only=_plays(request))
        try:
            got = hooks.test(desk.scope, name, poster=poster, home=settings.HOME, now=now)
        except DunwellError as error:
            return _say(doing.said_of(error), "/settings/webhooks")
        status = f", status {got['status']}" if got["status"] else ""
        return _say(f"{name} answered: {got['outcome']}{status}.", "/settings/webhooks")
    return _show(request, "webhooks", "settings_webhooks.html", rows=hooks.listed(desk.scope))


# --- alerts, health -------------------------------------------------------------------------------


class _Alert(forms.Form):
    name = fields.line("Name", required=True)
    on_what = forms.ChoiceField(label="About", choices=[
        ("amount", "the amount overdue"), ("age", "the days of the oldest"),
        ("grade", "the grade, that one and worse"), ("step", "a step reached")])  # fmt: skip
    threshold = fields.line(
        "From", required=True, help_text="5000.00, 60, poor, or a step as the policy names it"
    )
    who = fields.line("Who is told", help_text="Nobody named means you.")
    entity = forms.ChoiceField(label="Of which company", required=False)


@views._page
def alerts(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Show the thresholds somebody watches, and open one more."""
    doing.may(request, "settings")
    rows = alert.listed(desk.scope)
    form = _Alert(request.POST or None)
    of = [
        ("", "all of them"),
        *((c.code, c.name or c.code) for c in installed.companies(desk.scope)),
    ]
    form.fields["entity"] = forms.ChoiceField(label="Of which company", required=False, choices=of)

    def watch(said: Mapping[str, Any], now: dt.datetime) -> str:
        alert.open_alert(
            desk.scope, said["name"], on_what=said["on_what"], threshold=said["threshold"],
            who=said["who"], entity=said["entity"] or None, on=desk.today, now=now,
        )  # fmt: skip
        return f"{said['name']} is watched from tonight on."

    outcome = _posted(request, desk, form, watch, back="/settings/alerts")
    if isinstance(outcome, HttpResponse):
        return outcome
    return _show(
        request, "alerts", "settings_alerts.html", status=outcome, form=form,
        rows=[r for r in rows if not r["closed_on"]], closed=[r for r in rows if r["closed_on"]],
    )  # fmt: skip


@views._page
def close_alert(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Close an alert: nobody is told any more."""
    doing.may(request, "settings")
    if request.method != "POST":
        raise Http404
    name, now = request.POST.get("name", ""), entry.now(request)
    try:
        alert.close_alert(desk.scope, name, on=desk.today, now=now)
    except DunwellError as error:
        return _say(doing.said_of(error), "/settings/alerts")
    trail.seal(desk.scope, now=now)
    return _say(f"{name} is watched no more; what it found is kept.", "/settings/alerts")


@views._page
def health(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Show what the doctor finds."""
    doing.may(request, "settings")
    rows = doctor.run(desk.scope, settings.HOME)
    return _show(
        request, "health", "settings_health.html", rows=rows, ill=sum(not f.ok for f in rows)
    )


# --- what they share ------------------------------------------------------------------------------


def _form(
    request: HttpRequest,
    desk: read.Desk,
    part: str,
    heading: str,
    kind: type[forms.Form],
    keep: Callable[[Mapping[str, Any], dt.datetime], str],
    *,
    initial: dict[str, Any],
    back: str,
) -> HttpResponse:
    """Show a form of its own page, or keep what it says."""
    (one,) = [p for p in PARTS if p.slug == part]
    doing.may(request, one.right)
    is_sent = request.method == "POST"
    form = kind(request.POST) if is_sent else kind(initial=initial)
    outcome = _posted(request, desk, form, keep, back=back)
    if isinstance(outcome, HttpResponse):
        return outcome
    return _show(
        request, part, "settings_form.html", status=outcome, form=form, heading=heading, back=back
    )


def _posted(
    request: HttpRequest,
    desk: read.Desk,
    form: forms.Form,
    keep: Callable[[Mapping[str, Any], dt.datetime], str],
    *,
    back: str,
) -> HttpResponse | int:
    """Keep what a form says, seal it and go back; else return the status of showing the form."""
    now = entry.now(request)
    done, status = doing.posted(request, desk.scope, form, lambda said: keep(said, now), now=now)
    return status if done is None else _say(done, back)


def _say(said: str, back: str) -> HttpResponse:
    return doing.say(HttpResponseRedirect(back, status=303), doing.Said(said))
