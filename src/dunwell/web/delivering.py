"""Deliveries nobody knows the end of: a person says whether each arrived (SEMANTICS 6.5)."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse

from dunwell.core.errors import DunwellError
from dunwell.desk import deliveries as desk_deliveries
from dunwell.desk import trail
from dunwell.web import acts, doing, entry, read, views


class _Settle(forms.Form):
    outcome = forms.ChoiceField(
        choices=[("sent", "Treat as sent"), ("not_sent", "It was not sent")]
    )


@views._page
def deliveries(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """List the messages of which nobody knows whether they arrived, the oldest first."""
    rows = desk_deliveries.listed(desk.scope)
    names = desk.names()
    may = entry.person(request).may("delivery") and desk.is_today
    return views.page(
        request, "deliveries.html", "Unknown deliveries",
        rows=[(names.get(r["customer"], ""), r) for r in views.paged(request, rows)],
        n=len(rows), pages=views.pages(request, len(rows)), may=may,
    )  # fmt: skip


@views._page
def settle(request: HttpRequest, desk: read.Desk, key: str) -> HttpResponse:
    """Keep what a person says became of one."""
    doing.may(request, "delivery")
    form = _Settle(request.POST)
    if request.method != "POST" or not form.is_valid():
        raise Http404
    outcome = form.cleaned_data["outcome"]
    now = entry.now(request)
    try:
        customer = desk_deliveries.close(desk.scope, key, outcome=outcome, now=now)
    except DunwellError as error:
        return doing.answer(request, acts.Done(doing.said_of(error)), back="/deliveries")
    trail.seal(desk.scope, now=now)
    name = desk.names_of([customer]).get(customer) or customer
    said = (
        f"{name}: treated as sent; the next step counts from there."
        if outcome == "sent"
        else f"{name}: not sent; the step is tried again."
    )
    return doing.answer(request, acts.Done(said), back="/deliveries")
