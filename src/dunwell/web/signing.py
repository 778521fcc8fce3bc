"""Signing in and out, accepting an invitation, and the second factor."""

from __future__ import annotations

import io
from typing import Any

import segno
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import access
from dunwell.web import doing, entry, server


class _SignIn(forms.Form):
    name = forms.CharField(label="Name", max_length=100, widget=forms.TextInput(
        attrs={"autocomplete": "username", "autofocus": True}))  # fmt: skip
    password = forms.CharField(label="Password", max_length=1000, widget=forms.PasswordInput(
        attrs={"autocomplete": "current-password"}))  # fmt: skip
    code = forms.CharField(
        label="Code, if your sign-in asks for one", required=False, max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )  # fmt: skip


class _Accept(forms.Form):
    password = forms.CharField(label="Choose a password", max_length=1000, help_text=(
        "At least 12 characters; a sentence you can remember is best."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))  # fmt: skip


class _Code(forms.Form):
    code = forms.CharField(label="The code it shows", max_length=10, widget=forms.TextInput(
        attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}))  # fmt: skip


def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask who it is; go on to the page that was wanted."""
    scope: Scope = request.META[server.SCOPE]
    form = _SignIn(request.POST or None)
    back = doing.safe(request.GET.get("next", "")) or "/"
    if request.method == "POST" and form.is_valid():
        try:
            token = access.sign_in(
                scope, form.cleaned_data["name"], form.cleaned_data["password"],
                form.cleaned_data["code"], address=str(request.META.get("REMOTE_ADDR", "")),
                home=settings.HOME, now=entry.now(request),
            )  # fmt: skip
        except Refused as error:
            form.add_error(None, doing.said_of(error))
            status = 429 if error.reason == "too_many_tries" else 403
            return _door(request, "Sign in", "Sign in", form, status=status)
        return entry.keep(HttpResponseRedirect(back, status=303), token)
    return _door(request, "Sign in", "Sign in", form)


def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if request.method == "POST":
        scope: Scope = request.META[server.SCOPE]
        access.sign_out(scope, request.COOKIES.get(entry.COOKIE, ""), now=entry.now(request))
    response = HttpResponseRedirect("/sign-in", status=303)
    response.delete_cookie(entry.COOKIE)
    return response


def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Let an invited user choose a password."""
    scope: Scope = request.META[server.SCOPE]
    now = entry.now(request)
    form = _Accept(request.POST or None)
    try:
        name = access.invited(scope, token, now=now)
        if request.method == "POST" and form.is_valid():
            access.accept(scope, token, form.cleaned_data["password"], now=now)
            return HttpResponseRedirect("/sign-in", status=303)
    except Refused as error:
        if error.reason != "weak_password":
            page = {"title": "Not valid", "said": doing.said_of(error)}
            return HttpResponse(render_to_string("plain.html", page), status=404)
        form.add_error("password", doing.said_of(error))
    return _door(request, f"Welcome, {name}", "Keep this password", form)


def second_factor(request: HttpRequest) -> HttpResponse:
    """Let somebody add an authenticator app: scan, confirm with a code."""
    scope: Scope = request.META[server.SCOPE]
    name = entry.person(request).name
    form = _Code(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            access.confirm_totp(
                scope, name, form.cleaned_data["code"], home=settings.HOME, now=entry.now(request)
            )
        except Refused as error:
            form.add_error("code", doing.said_of(error))
        else:
            said = doing.Said("From now on your sign-in asks for a code.")
            return doing.say(HttpResponseRedirect("/", status=303), said)
    uri = access.begin_totp(scope, name, home=settings.HOME)
    out = io.BytesIO()
    code = segno.make(uri, error="m")
    code.save(out, kind="svg", xmldecl=False, scale=4, border=2, omitsize=True)
    secret = uri.partition("secret=")[2].partition("&")[0]
    return _door(
        request, "Add a second factor", "Confirm", form, qr=out.getvalue().decode(), secret=secret
    )


def _door(
    request: HttpRequest,
    title: str,
    button: str,
    form: forms.Form,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    page = {"title": title, "button": button, "form": form} | more
    return HttpResponse(render_to_string("door.html", page, request), status=status)
