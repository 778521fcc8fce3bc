"""Which of the two doors of the browser answers: the desk's, or the customer's pages.

The two know nothing of each other; only what wires them together knows both.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dunwell.portal import bounds
from dunwell.portal import views as portal
from dunwell.web import views as web


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say at the right door that what was sent cannot be read."""
    if request.path.startswith(bounds.PREFIX):
        return portal.not_understood(request)
    return web.bad_request(request, exception)


def not_this_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say at the right door that a form did not come from a page of ours."""
    if request.path.startswith(bounds.PREFIX):
        return portal.not_this_form(request)
    return web.not_this_form(request, reason)
