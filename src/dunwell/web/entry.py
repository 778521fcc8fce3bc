"""The inner door: who is at the desk. Where people sign in, nobody reads a page before that, and
whoever holds no role reads none after it.

The cookie holds a random token of which the store keeps the hash only; it is signed, so that what
cannot be a token of ours is known for none without a look into the store. Where nobody signs in
(the demo, on this machine), whoever asks is the actor the server was started for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect

from dunwell.core.scope import Scope
from dunwell.desk import access
from dunwell.web import server

COOKIE = "dunwell_session"
_SIGNED = signing.TimestampSigner(salt=COOKIE)
PERSON = "dunwell.person"
OPEN = ("/sign-in", "/invitation/", "/portal/", "/desk.css", "/static/", "/icon.svg", "/font/")
"""What can be had without being signed in: the doors themselves, and how they look."""
_LEFT_OPEN = (*OPEN, "/sign-out")


class Entry:
    """Finds out who asks; sends whoever is not signed in to the door."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as the person who asks, or ask them to sign in."""
        scope: Scope = request.META[server.SCOPE]
        who = _who(request, scope)
        if who is None and not request.path.startswith(OPEN):
            if request.headers.get("HX-Request"):
                return HttpResponse(status=401, headers={"HX-Redirect": "/sign-in"})
            return HttpResponseRedirect(f"/sign-in?{urlencode({'next': request.get_full_path()})}")
        if who is not None and not who.may("read") and not request.path.startswith(_LEFT_OPEN):
            said = "You hold no role here (any more). Ask an admin."
            return HttpResponse(f"{said}\n", status=403, content_type="text/plain; charset=utf-8")
        if who is not None:
            request.META[server.SCOPE] = scope._replace(actor=who.name)
        request.META[PERSON] = who
        return self.get_response(request)


def person(request: HttpRequest) -> access.Person:
    """Return who is at the desk."""
    found: access.Person = request.META[PERSON]
    return found


def now(request: HttpRequest) -> dt.datetime:
    """Return what time it is."""
    made: dt.datetime = request.META[server.CLOCK]()
    return made


def token(request: HttpRequest) -> str:
    """Return the token of the session a request belongs to, or nothing."""
    return token_in(request.COOKIES)


def token_in(cookies: Mapping[str, str]) -> str:
    """Return the token that cookies hold, if we gave it to somebody who signed in; or nothing."""
    try:
        return _SIGNED.unsign(cookies.get(COOKIE, ""), max_age=access.LONGEST)
    except signing.BadSignature:
        return ""


def keep(response: HttpResponse, token: str) -> HttpResponse:
    """Give the browser its session's token."""
    response.set_cookie(
        COOKIE, _SIGNED.sign(token), max_age=int(access.LONGEST.total_seconds()), httponly=True,
        samesite="Lax", secure=settings.IS_HTTPS, path="/",
    )  # fmt: skip
    return response


def _who(request: HttpRequest, scope: Scope) -> access.Person | None:
    if not request.META.get(server.SIGNS_IN):
        return access.person(scope, scope.actor) or access.Person(scope.actor, frozenset())
    return access.session(scope, token(request), now=now(request))
