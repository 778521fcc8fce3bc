"""The limits of contact in force, the law they rest on, and whom one of them holds now."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from dunwell.core.reasons import Reason
from dunwell.desk import contact_limits
from dunwell.web import read, setting_pages, views, words

HOLDS = (
    Reason.TOO_SOON, Reason.QUIET_HOURS, Reason.OVER_CAPACITY, Reason.NO_ROUTE, Reason.CEASED,
    Reason.LEGAL_REPRESENTATION,
)  # fmt: skip
"""The reasons for silence that are limits of contact."""
_LEADS = {"ceased": Reason.CEASED, "legal_representation": Reason.LEGAL_REPRESENTATION}


@views._page
def limits(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Show contact days, hours, distance, caps, opt-outs, rows of law, and who is held now."""
    found = desk.once("limits of contact", lambda: contact_limits.of(desk.scope, as_of=desk.today))
    held = {s.reason: s.cases for s in desk.silences() if s.reason in HOLDS}
    channel = request.GET.get("without", "")
    if channel and channel not in found.without:
        raise Http404
    start = (views.number_of(request) - 1) * views.PAGE
    out = (
        contact_limits.without(desk.scope, channel, start=start, limit=views.PAGE)
        if channel else []
    )  # fmt: skip
    return setting_pages._show(
        request, "contact", "settings_contact.html",
        f=found, held=[(r, words.SILENCES[r], held[r]) for r in HOLDS if r in held],
        n=sum(held.values()), channel=channel, out=out,
        names=desk.names_of(x.customer for x in out),
        pages=views.pages(request, found.without.get(channel, 0)),
        silent=[(words.STOPS[k], n, _LEADS.get(k)) for k, n in found.silent.items()],
    )  # fmt: skip
