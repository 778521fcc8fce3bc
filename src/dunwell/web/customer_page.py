"""One customer on one page, and what can be taken along from it: statement, briefing, evidence.

What is owed and how they pay, what is next and why, where each item stands, what runs, all that
happened. Every part costs a handful of queries (`desk.folder`), so that a page of a large book
answers at once. What is done from here are the verbs in `acts`.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse

from dunwell.core.errors import Refused
from dunwell.desk import (
    access,
    account_letter,
    asked,
    assessed,
    briefing,
    evidence,
    explain,
    folder,
    portal,
    today,
    trail,
    view,
)
from dunwell.store.lists import casework, timeline
from dunwell.web import acts, doing, entry, marks, read, shown, telling, views, words

LINES = 40
ITEMS = 60
"""So many open items are shown at once, the oldest of each company; all of them when asked."""


class Plan(NamedTuple):
    """A message or call that is decided: when it goes, and whether it can be looked at."""

    channel: str
    key: str
    at: dt.datetime
    is_open: bool


class Question(NamedTuple):
    """What waits for an answer about this customer, and where it is answered."""

    of: asked.Waiting
    title: str
    href: str


class Section(NamedTuple):
    """One list of casework: its title, what runs of it here, how much has ended, its address."""

    slug: str
    title: str
    one: str
    rows: list[casework.Row]
    ended: int
    href: str
    href_all: str


@views._page
def customer(request: HttpRequest, desk: read.Desk, reference: str) -> HttpResponse:
    """Show one customer: owed, pays, next, ladder, casework, items, timeline, contacts."""
    pk, found = view.picture(desk.scope, reference, as_of=desk.as_of)
    nexts, ladders = folder.looked(desk.scope, pk, reference, as_of=desk.as_of, today=desk.today)
    keys = {p.key for x in nexts for p in _planned(x)}
    seen = folder.openable(desk.scope, keys, as_of=desk.as_of, today=desk.today)
    is_now, is_all = desk.as_of >= desk.today, request.GET.get("items") == "all"
    running, orders = folder.runs(desk.scope, pk, as_of=desk.as_of)
    sections = _sections(running, reference)
    who = entry.person(request)
    payers, children = folder.kin(desk.scope, pk)
    questions = _questions(desk, pk, who) if is_now else []
    kin = today.names(desk.scope, [*payers, *children]) if payers or children else {}
    verbs = [v for v in acts.registry().values() if who.may(v.right)]
    return views.page(
        request, "customer.html", found["name"] or reference,
        c=found, owed=[shown.in_currency(b) for b in found["balance"]],
        ages=[(b, [b["not_due"], *b["buckets"].values()]) for b in found["balance"]],
        pays=[(h, telling.pays(h)) for h in folder.pays(desk.scope, pk, as_of=desk.as_of)],
        nexts=[(x, [p._replace(is_open=p.key in seen) for p in _planned(x)]) for x in nexts],
        items=found["items"] if is_all else found["items"][:ITEMS],
        rungs=":" if is_all else f":{ITEMS}",
        ladders=ladders, payers=[(r, kin.get(r) or r) for r in payers],
        children=[(r, kin.get(r) or r) for r in children],
        assessments=assessed.told(desk.scope, found["assessments"]),
        questions=questions, running=len(running.rows) + len(questions),
        sections=sections, ended=[s for s in sections if s.ended],
        orders=orders if any(r.noun == "credit-holds" for r in running.rows) else [],
        people=folder.contacts(desk.scope, pk), oldest=_oldest(found), is_now=is_now,
        first=verbs_of(verbs, more=False), further=acts.grouped(verbs),
        may_repair=who.may("contact") and desk.is_today,
        may_interest=who.may("interest"), may_evidence=who.may("evidence"),
        may_journal=who.may("journal"),
        companies=folder.entities_of(desk.scope, reference), **_links(request, desk, pk),
        **_timeline(request, desk, pk, reference),
    )  # fmt: skip


def _links(request: HttpRequest, desk: read.Desk, pk: int) -> dict[str, Any]:
    """Return the links that open this customer's own page, for whoever may share and revoke."""
    if not entry.person(request).may("share"):
        return {"links": [], "links_n": 0}
    links, n = portal.opening(desk.scope, pk, now=entry.now(request))
    return {"links": links, "links_n": n}


def verbs_of(verbs: list[acts.Verb], *, more: bool) -> list[acts.Verb]:
    """Return the verbs that stand on the page at once, or those behind "More"."""
    return [v for v in verbs if v.more is more]


def _questions(desk: read.Desk, pk: int, who: access.Person) -> list[Question]:
    """Return what about this customer waits for an answer."""
    return [
        Question(w, words.titled(w.step if w.what == "notice" else w.what),
                 marks.href(["approvals", w.key], {}, as_of=None))
        for w in asked.waiting(desk.scope, who=who.name, roles=who.roles, customer_id=pk)
    ]  # fmt: skip


def _oldest(found: dict[str, Any]) -> int:
    return max((i["days_overdue"] for i in found["items"]), default=0)


def _planned(found: explain.Explanation) -> list[Plan]:
    """Return the messages and calls of an explained decision."""
    planned = list(found.detail.get("actions", ()))
    planned += [a for asked in found.detail.get("asks", ()) for a in asked["actions"]]
    return [
        Plan(p["channel"], p["key"], dt.datetime.fromisoformat(p["send_at"]), is_open=False)
        for p in planned
    ]


_ONE = {
    "no-contact": "No contact", "disputes": "Dispute", "promises": "Promise",
    "plans": "Payment plan", "holds": "",
    "suspensions": "Suspension", "credit-holds": "Credit hold", "terms": "Other terms",
    "agency": "Placement", "legal": "Legal", "insolvencies": "Insolvency",
    "write-offs": "Write-off", "tasks": "Task", "replies": "Reply",
}  # fmt: skip
"""What one row of each list is called; a hold goes by its kind."""
_SAID = ("promise", "plan", "suspension", "credit_hold", "terms", "legal", "write_off",
         "insolvency", "reply")  # fmt: skip
"""Kinds that the name of the list says already."""


def _sections(running: casework.Casework, reference: str) -> list[Section]:
    """Return the lists on which this customer stands, or stood."""
    out = []
    for slug in casework.NOUNS:
        rows = [
            r._replace(what="") if r.what in _SAID else r for r in running.rows if r.noun == slug
        ]
        ended = running.ended.get(slug, 0)
        if rows or ended:
            title, one = words.titled(slug.replace("-", " ")), _ONE[slug]
            if slug == "no-contact":  # there is no list of it
                out.append(Section(slug, title, one, rows, ended, "", ""))
                continue
            here = {"customer": reference}
            href, whole = (
                marks.href(["cases", slug], q, as_of=None) for q in (here, here | {"all": "1"})
            )
            out.append(Section(slug, title, one, rows, ended, href, whole))
    return out


def _timeline(request: HttpRequest, desk: read.Desk, pk: int, reference: str) -> dict[str, Any]:
    """Return a page of the timeline: which kinds, and after which line."""
    kind = request.GET.get("kind", "")
    if kind and kind not in timeline.KINDS:
        raise Http404
    page = folder.happened(
        desk.scope, pk, until=desk.as_of, kinds=[kind] if kind else (),
        after=_after(request.GET.get("after", "")), limit=LINES,
        leaves_out_routine=not kind,
    )  # fmt: skip
    as_of, who = None if desk.is_today else desk.as_of, entry.person(request)
    older = ""
    if page.after is not None:
        last = f"{page.after.on.isoformat()}.{page.after.what}.{page.after.id}"
        where = ["customers", reference]
        older = marks.href(where, {"kind": kind, "after": last}, as_of=as_of) + "#timeline"
    lines = telling.in_order([_told(x, who) for x in page.lines])
    return {
        "lines": lines, "kind": kind, "older": older,
        "kinds": list(timeline.KINDS), "is_later": bool(request.GET.get("after")),
    }  # fmt: skip


def _told(x: folder.Happened, who: access.Person) -> telling.Event:
    """Say a line; what was logged in error is taken back by whoever may log it."""
    said = telling.line(x)
    is_theirs = said.door != telling.TAKE_BACK or who.may(x.line.what)
    return said if is_theirs else said._replace(href="", door="")


_AFTER = re.compile(r"(\d{4}-\d\d-\d\d)\.([a-z_]+)\.(\d{1,18})")


def _after(text: str) -> timeline.After | None:
    found = _AFTER.fullmatch(text)
    if not text:
        return None
    if found is None or found[2] not in timeline.WHATS:
        raise Http404
    try:
        on = dt.date.fromisoformat(found[1])
    except ValueError:
        raise Http404 from None
    return timeline.After(on, found[2], int(found[3]))


@views._page
def statement(request: HttpRequest, desk: read.Desk, reference: str) -> HttpResponse:
    """Give the statement of account as PDF, in the customer's language."""
    made = account_letter.make(
        desk.scope, reference, entity=request.GET.get("entity") or None, as_of=desk.as_of,
        now=entry.now(request),
    )  # fmt: skip
    return views._saved(made.pdf, "application/pdf", made.name)


@views._page
def brief(request: HttpRequest, desk: read.Desk, reference: str) -> HttpResponse:
    """Show one page to read before a call, fit to be printed."""
    found = briefing.of(desk.scope, reference, as_of=desk.as_of, today=desk.today)
    sections = briefing.sections(found)
    return views.page(
        request, "briefing.html", f"Briefing {found['name'] or reference}",
        c=found, sections=sections, printed=True,
    )  # fmt: skip


@views._page
def proof(request: HttpRequest, desk: read.Desk, reference: str) -> HttpResponse:
    """Make the evidence file: say what it will hold, or make it and give it out."""
    doing.may(request, "evidence")
    if request.method != "POST":
        return _proof_form(request, desk, reference)
    day = request.POST.get("as_of") or desk.today.isoformat()
    try:
        as_of = dt.date.fromisoformat(day)
        if as_of > desk.today:
            raise Refused("date_ahead", f"{day} lies ahead; nothing is known of it yet")
        now = entry.now(request)
        made = evidence.make(
            desk.scope, reference, entity=request.POST.get("entity") or None, as_of=as_of, now=now
        )
        evidence.record(desk.scope, made, now=now)
        trail.seal(desk.scope, now=now)
    except (Refused, ValueError) as error:
        said = doing.said_of(error) if isinstance(error, Refused) else f"{day[:20]!r} is no day."
        return _proof_form(request, desk, reference, wrong=said, status=409)
    return views._saved(made.archive, "application/zip", f"{made.name}.zip")


def _proof_form(
    request: HttpRequest, desk: read.Desk, reference: str, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    view.ids_of(desk.scope, [reference])
    return views.page(
        request, "proof.html", "Evidence file", status=status, reference=reference, wrong=wrong,
        name=today.names(desk.scope, [reference]).get(reference, reference),
        companies=folder.entities_of(desk.scope, reference),
    )  # fmt: skip
