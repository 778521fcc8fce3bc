"""Interest and fees: what could be claimed over the book and of one customer, and each claim.

What a claim rests on stands beside it, line by line, down to the rows of law and where they
stand. Claiming is a verb (`acts.interest`); letting go of a claim is done on its page.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponse

from dunwell.core import money
from dunwell.desk import interest, view
from dunwell.store.lists import changes
from dunwell.web import acts, doing, entry, marks, read, views
from dunwell.web.acts import fields

PAGE = 50
"""So many customers are counted for one page: interest is worked out day by day."""
Found = dict[str, Any]


class Line(NamedTuple):
    """One customer of the list: since when they are late, and what could be claimed."""

    customer: str
    name: str
    late_since: dt.date | None
    items: int
    interest: list[tuple[str, int]]
    fixed: list[tuple[str, int]]
    why_not: list[str]


@views._page
def book(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """List the customers that are late, the longest first, with what could be claimed today."""
    codes = interest.claiming(desk.scope)
    late = desk.once(f"late at {codes}", lambda: _late(desk, codes)) if codes else []
    start = (views.number_of(request) - 1) * PAGE
    here = dict(late[start : start + PAGE])
    found, names = interest.of_customers(desk.scope, here, as_of=desk.as_of), desk.names_of(here)
    lines = [_line(r, names.get(r, r), since, found[r]) for r, since in here.items()]
    return views.page(
        request, "interest.html", "Interest and fees", codes=codes, lines=lines, n=len(late),
        sums=_sums(x for line in lines for x in (*line.interest, *line.fixed)),
        pages=views.pages(request, -(-len(late) * views.PAGE // PAGE)),
    )  # fmt: skip


def _late(desk: read.Desk, codes: list[str]) -> list[tuple[str, dt.date]]:
    """Return the customers late at these companies, with since when, the longest first."""
    since: dict[str, dt.date] = {}
    for (code, reference), due_on in desk.oldest().items():
        if code in codes:
            since[reference] = min(due_on, since.get(reference, dt.date.max))
    return sorted(since.items(), key=lambda pair: (pair[1], pair[0]))


def _line(reference: str, name: str, since: dt.date, rows: list[Found]) -> Line:
    return Line(
        reference, name, since, len(rows),
        _sums((r["currency"], r["interest_minor"]) for r in rows),
        _sums((r["currency"], r["compensation_minor"]) for r in rows),
        sorted({str(r["why_not"]["text"]) for r in rows if r["why_not"]})[:3],
    )  # fmt: skip


def _sums(pairs: Any) -> list[tuple[str, int]]:
    return [(c, m) for c, m in sorted(money.by_currency(pairs).items()) if m]


@views._page
def of(request: HttpRequest, desk: read.Desk, reference: str) -> HttpResponse:
    """Show what could be claimed on each late item of a customer, why not, and what was."""
    view.ids_of(desk.scope, [reference])
    codes = interest.claiming(desk.scope)
    rows = interest.of_customers(desk.scope, [reference], as_of=desk.as_of)[reference]
    return views.page(
        request, "interest_of.html", "Interest and fees", codes=codes, reference=reference,
        name=desk.names_of([reference]).get(reference, reference), rows=rows,
        sums=_sums((r["currency"], r["interest_minor"] + r["compensation_minor"]) for r in rows),
        law=_law([x for r in rows for x in _rows_of(r)]),
        posted=interest.posted(desk.scope, reference),
        may=entry.person(request).may("interest") and desk.is_today,
    )  # fmt: skip


def _rows_of(found: Found) -> list[Found]:
    """Return the rows of law that a count, or the basis of a claim, rests on."""
    rows = [r for line in found.get("lines", ()) for r in line["rows"]]
    rows += found.get("rows", ())
    return [*rows, found["compensation_row"]] if found.get("compensation_row") else rows


def _law(rows: list[Found]) -> list[Found]:
    """Return each row of law once, in the order in which they came up."""
    return list(
        {(r["jurisdiction"], r["rule"], r["value"], r["from_on"]): r for r in rows}.values()
    )


class _Waive(forms.Form):
    reason = fields.line("Why it is given up", required=True)


@views._page
def claim(request: HttpRequest, desk: read.Desk, number: int) -> HttpResponse:
    """Show a claim with all it rests on; let go of what is open of it, by name."""
    may = entry.person(request).may("interest")
    if request.method == "POST":
        doing.may(request, "interest")
    found = interest.shown(desk.scope, number)
    mark = changes.mark(desk.scope, view.ids_of(desk.scope, [found["customer"]])[0])
    form, now = _Waive(request.POST if request.method == "POST" else None), entry.now(request)
    made, status = doing.posted(
        request, desk.scope, form,
        lambda said: interest.waive(
            desk.scope, number, reason=said["reason"], on=desk.today, now=now
        ),
        now=now, mark=mark, unfit=200,
    )  # fmt: skip
    if made is not None:
        given = money.text(made["amount_minor"], made["currency"])
        back = marks.href(["interest", "of", found["customer"]], {}, as_of=None)
        done = acts.Done(f"Given up: {given} of {made['number']}.")
        return doing.answer(request, done, back=back)
    return views.page(
        request, "interest_claim.html", found["number"], status=status, c=found, form=form,
        mark=mark, lines=found["basis"].get("lines", []), law=_law(_rows_of(found["basis"])),
        name=desk.names_of([found["customer"]]).get(found["customer"], found["customer"]),
        may=may and found["state"] == "open",
    )  # fmt: skip
