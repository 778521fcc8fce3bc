"""Before an agency: what would be handed over, what it lacks, what it is worth, the checklist.

A page of one customer, there before anybody has asked for a placement: rows are completed and
waived here as on the question itself, and from here it is asked for.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from dunwell.core.errors import Refused
from dunwell.desk import checklist, folder, placement, view
from dunwell.web import entry, marks, read, views


@views._page
def before(request: HttpRequest, desk: read.Desk, reference: str) -> HttpResponse:
    """Show what stands between a customer's debts and an agency, toward one company."""
    view.ids_of(desk.scope, [reference])
    who = entry.person(request)
    companies = folder.entities_of(desk.scope, reference)
    codes = [code for code, _ in companies]
    entity = request.GET.get("entity") or (codes[0] if codes else None)
    here = marks.href(["before-agency", reference], {"entity": entity or ""}, as_of=None)
    return views.page(
        request, "before_agency.html", "Before an agency",
        reference=reference, name=desk.names_of([reference]).get(reference, reference),
        companies=companies, entity=entity or "", here=here,
        may_fill=who.may("checklist"), may_ask=who.may("placement"),
        **_weighed(desk, reference, entity),
    )  # fmt: skip


def _weighed(desk: read.Desk, reference: str, entity: str | None) -> dict[str, Any]:
    """Return what is worth handing over and its checklist; nothing where none is."""
    try:
        worth = placement.weigh(desk.scope, reference, entity=entity, as_of=desk.today)
        rows = checklist.show(desk.scope, reference, entity=entity, as_of=desk.today)
    except Refused as error:
        if error.reason != "nothing_open":
            raise
        return {"worth": None}
    if any(g["reason"] == "nothing_open" for g in worth["gaps"]):
        return {"worth": None}
    n = sum(r["state"] == "open" for r in rows["rows"])
    is_placed = any(
        p["state"] == "placed" and p["entity"] == rows["entity"]
        for p in placement.listed(desk.scope, customer=rows["customer"], kinds=("agency",))
    )
    return {"worth": worth, "rows": rows["rows"], "open": n, "of": len(rows["rows"]),
            "is_placed": is_placed, "payer": rows["customer"]}  # fmt: skip
