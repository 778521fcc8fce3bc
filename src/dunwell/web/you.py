"""You: who you are here, your password, your second factor, and where you are signed in.

What guards a session is changed only by whoever proves anew who they are: the password, and the
code where there is one. Nothing is made by looking at a page.
"""

from __future__ import annotations

import io
import zoneinfo

import segno
from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from dunwell.core.errors import Refused
from dunwell.desk import access, setting
from dunwell.web import doing, entry, read, server, signing, views


class _Prove(forms.Form):
    password = forms.CharField(label="Your password now", max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))  # fmt: skip


class _ProveWithCode(_Prove):
    code = forms.CharField(label="The code your phone shows now", max_length=10,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}))  # fmt: skip


class _Confirm(forms.Form):
    confirm = forms.CharField(label="The code it shows", max_length=10, widget=forms.TextInput(
        attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}))  # fmt: skip


@views._page
def you(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Show who somebody is here, and what guards their sign-in."""
    who = entry.person(request)
    roles = sorted(who.roles)
    if not request.META.get(server.SIGNS_IN):
        return views.page(request, "you.html", "You", roles=roles)
    zone = zoneinfo.ZoneInfo(setting.time_zone(desk.scope))
    rows = [
        (s.created_at.astimezone(zone), s.seen_at.astimezone(zone), s.is_here)
        for s in access.sessions(desk.scope, who, now=entry.now(request))
    ]
    return views.page(
        request, "you.html", "You", roles=roles, has_code=access.has_totp(desk.scope, who.name),
        sessions=[(began, f"{began:%H:%M}", seen, f"{seen:%H:%M}", here)
                  for began, seen, here in rows],
    )  # fmt: skip


@views._page
def password(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Let somebody change their own password."""
    who, ask = _asked(request, desk)
    kind = type("Change", (signing.Choose, ask), {})
    form = kind(request.POST or None)
    form.fields["new"].label = "New password"
    form.order_fields(["password", "code", "new", "again"])
    status = 200 if request.method != "POST" else 422
    if form.is_valid():
        try:
            access.change_password(
                desk.scope, who, signing.proof(request, form), form.cleaned_data["new"],
                now=entry.now(request),
            )  # fmt: skip
        except Refused as error:
            status = _refused(form, error)
        else:
            return _said("Your password is changed; your other sessions have ended.")
    return views.page(
        request, "you_form.html", "Change your password", status=status, form=form,
        button="Change it", hint="Your other sessions end with it.",
    )  # fmt: skip


@require_POST
@views._page
def end_others(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """End the sessions somebody has elsewhere."""
    who, _ = _asked(request, desk)
    n = access.end_others(desk.scope, who, now=entry.now(request))
    return _said(f"{n or 'No'} other session{'' if n == 1 else 's'} ended.")


@views._page
def second_factor(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Let somebody add an authenticator app: prove who it is, scan, confirm with a code."""
    who, ask = _asked(request, desk)
    now = entry.now(request)
    if "confirm" in request.POST:
        return _confirmed(request, desk, who)
    form = ask(request.POST or None)
    status = 200 if request.method != "POST" else 422
    if form.is_valid():
        try:
            uri = access.begin_totp(desk.scope, who, signing.proof(request, form), now=now)
        except Refused as error:
            status = _refused(form, error)
        else:
            return _to_confirm(request, _Confirm(), uri=uri)
    return views.page(
        request, "you_form.html", "Add a second factor", status=status, form=form, button="Go on",
        hint="An authenticator app on your phone shows a code; your sign-in then asks for it. "
        "Your other sessions end with it.",
    )  # fmt: skip


def _confirmed(request: HttpRequest, desk: read.Desk, who: access.Person) -> HttpResponse:
    form = _Confirm(request.POST)
    if form.is_valid():
        code, now = form.cleaned_data["confirm"], entry.now(request)
        try:
            access.confirm_totp(desk.scope, who, code, home=settings.HOME, now=now)
        except Refused as error:
            form.add_error("confirm", doing.said_of(error))
        else:
            return _said("From now on your sign-in asks for a code; your other sessions ended.")
    return _to_confirm(request, form, status=422)


def _to_confirm(
    request: HttpRequest, form: forms.Form, *, uri: str = "", status: int = 200
) -> HttpResponse:
    """Ask for a code; the secret is shown once, when it is made."""
    out = io.BytesIO()
    if uri:
        code = segno.make(uri, error="m")
        code.save(out, kind="svg", xmldecl=False, scale=4, border=2, omitsize=True)
    return views.page(
        request, "you_form.html", "Add a second factor", status=status, form=form,
        button="Confirm", qr=out.getvalue().decode(),
        secret=uri.partition("secret=")[2].partition("&")[0], again=not uri,
    )  # fmt: skip


def _asked(request: HttpRequest, desk: read.Desk) -> tuple[access.Person, type[forms.Form]]:
    """Return who asks, and the form that proves it. Raises: Http404 where nobody signs in."""
    if not request.META.get(server.SIGNS_IN):
        raise Http404
    who = entry.person(request)
    return who, _ProveWithCode if access.has_totp(desk.scope, who.name) else _Prove


def _refused(form: forms.Form, error: Refused) -> int:
    if error.reason == "weak_password":
        form.add_error("new", doing.said_of(error))
        return 422
    if error.reason == "wrong_sign_in":
        form.add_error(None, "That is not right. Nothing was changed.")
        return 403
    form.add_error(None, doing.said_of(error))
    return 429


def _said(words: str) -> HttpResponse:
    return doing.say(HttpResponseRedirect("/you", status=303), doing.Said(words))
