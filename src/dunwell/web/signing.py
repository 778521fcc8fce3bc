"""The door: signing in and out, and accepting an invitation."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware import csrf
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

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


class Choose(forms.Form):
    """A new password, typed twice since it is not seen."""

    new = forms.CharField(label="Choose a password", max_length=1000, help_text=(
        "At least 12 characters; a sentence you can remember is best."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))  # fmt: skip
    again = forms.CharField(label="The same once more", max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))  # fmt: skip

    def clean_again(self) -> str:
        """Take only what was typed twice."""
        again = str(self.cleaned_data["again"])
        if again != self.cleaned_data.get("new", again):
            raise forms.ValidationError("This is not what you typed above.")
        return again


def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask who it is; go on to the page that was wanted."""
    scope: Scope = request.META[server.SCOPE]
    form = _SignIn(request.POST or None)
    back = doing.safe(request.GET.get("next", "")) or "/"
    if request.method == "POST" and form.is_valid():
        try:
            token = access.sign_in(
                scope, form.cleaned_data["name"], proof(request, form), now=entry.now(request)
            )
        except Refused as error:
            form.add_error(None, doing.said_of(error))
            status = 429 if error.reason == "too_many_tries" else 403
            return _door(request, "Sign in", "Sign in", form, status=status)
        csrf.rotate_token(request)
        return entry.keep(HttpResponseRedirect(back, status=303), token)
    return _door(request, "Sign in", "Sign in", form)


def proof(request: HttpRequest, form: forms.Form) -> access.Proof:
    """Return what a form gives to prove who it is."""
    said = form.cleaned_data
    address = str(request.META.get("REMOTE_ADDR", ""))
    return access.Proof(said["password"], said.get("code", ""), address, settings.HOME)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    scope: Scope = request.META[server.SCOPE]
    access.sign_out(scope, entry.token(request), now=entry.now(request))
    response = HttpResponseRedirect("/sign-in", status=303)
    response.delete_cookie(entry.COOKIE)
    return response


def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Let an invited user choose a password."""
    scope: Scope = request.META[server.SCOPE]
    now = entry.now(request)
    form = Choose(request.POST or None)
    try:
        name = access.invited(scope, token, now=now)
        if request.method == "POST" and form.is_valid():
            access.accept(scope, token, form.cleaned_data["new"], now=now)
            return HttpResponseRedirect("/sign-in", status=303)
    except Refused as error:
        if error.reason != "weak_password":
            page = {"title": "Not valid", "said": doing.said_of(error)}
            return HttpResponse(render_to_string("plain.html", page), status=404)
        form.add_error("new", doing.said_of(error))
    return _door(request, f"Welcome, {name}", "Keep this password", form)


def _door(
    request: HttpRequest,
    title: str,
    button: str,
    form: forms.Form,
    *,
    status: int = 200,
) -> HttpResponse:
    page = {"title": title, "button": button, "form": form}
    return HttpResponse(render_to_string("door.html", page, request), status=status)
