"""What waits for a role: the list, one question with all it is about, and its answer.

Nobody approves what they have not seen: a notice is shown exactly as it will look, a measure
with what happens at the other system, a placement with its checklist and what it is worth. The
answer carries the mark of the question as it was seen; where anything about it changed since,
nothing is answered and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

from dunwell.core import handoff, money
from dunwell.core.errors import DunwellError, Refused
from dunwell.desk import approve, asked, explain, preview, trail
from dunwell.desk import checklist as desk_checklist
from dunwell.web import acts, doing, entry, errands, marks, read, views, words
from dunwell.web.acts import fields

FIRST = 50
"""How many of a kind are shown at once; all of them when the kind is looked at."""


class Group(NamedTuple):
    """What waits of one kind: those shown here, how many there are, whose they are to answer."""

    what: str
    title: str
    is_mine: bool
    rows: list[asked.Waiting]
    n: int


class _Answer(forms.Form):
    answer = forms.ChoiceField(choices=[("approve", ""), ("refuse", "")])
    reason = fields.line("Why not", help_text="Whoever proposed it, and the journal, see it.")
    until = fields.day("Look again on", help_text="Nothing written means when the policy says.")

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("answer") == "refuse" and not (said.get("reason") or "").strip():
            self.add_error("reason", "Say why.")
        return said


@views._page
def approvals(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """List what waits, by what it is: first what whoever looks may answer."""
    who = entry.person(request)
    found = asked.waiting(desk.scope, who=who.name, roles=who.roles)
    what, mine = request.GET.get("what", ""), request.GET.get("whose", "")
    rows = [
        w for w in found if what in ("", _kind(w)) and (not mine or w.is_mine is (mine == "mine"))
    ]
    groups: dict[tuple[bool, str], list[asked.Waiting]] = {}
    for w in rows:
        groups.setdefault((w.is_mine, _kind(w)), []).append(w)
    soon = sum(q.asked_on is None for q in desk.day().questions) if desk.is_today else 0
    return views.page(
        request, "approvals.html", "Approvals",
        groups=[
            Group(
                kind, words.titled(kind), is_mine,
                views.paged(request, some) if what else some[:FIRST], len(some),
            )
            for (is_mine, kind), some in groups.items()
        ],
        mine=sum(w.is_mine for w in found), others=sum(not w.is_mine for w in found), soon=soon,
        chosen=what or mine, pages=views.pages(request, len(rows)) if what else [],
    )  # fmt: skip


def _kind(w: asked.Waiting) -> str:
    return w.step if w.what == "notice" else w.what


@views._page
def question(request: HttpRequest, desk: read.Desk, key: str) -> HttpResponse:
    """Show one question with all it is about."""
    return _show(request, desk, key, _Answer())


@views._page
def answer(request: HttpRequest, desk: read.Desk, key: str) -> HttpResponse:
    """Approve or refuse; where anything about it changed since it was seen, show it again.

    Whoever only looks here, as after an answer that was not taken, is led to the question.
    """
    doing.may(request, "answer")
    if request.method != "POST":
        return HttpResponseRedirect(marks.href(["approvals", key], {}, as_of=None))
    who, now = entry.person(request), entry.now(request)
    found = asked.one(desk.scope, key, who=who.name, roles=who.roles, as_of=desk.as_of)
    form = _Answer(request.POST)
    if not form.is_valid():
        return _show(request, desk, key, form, status=422)
    if request.POST.get("mark") != found.mark:
        form.add_error(None, _changed(found))
        return _show(request, desk, key, form, status=409)
    said = form.cleaned_data
    try:
        done = _answer(desk, found, said, now=now)
    except DunwellError as error:
        form.add_error(None, doing.said_of(error))
        return _show(request, desk, key, form, status=409)
    trail.seal(desk.scope, now=now)
    if said["answer"] == "approve":
        errands.tell(request)
    return doing.answer(request, done, back="/approvals", about=found.of.customer)


def _changed(found: asked.Question) -> str:
    if found.state in ("granted", "refused"):
        verb = "approved" if found.state == "granted" else "refused"
        return f"Meanwhile {found.decided_by} {verb} this. Nothing was done now."
    if found.state != "asked":
        return "Meanwhile this is asked no more. Nothing was done."
    return "This changed since you looked: see below how it stands now, then answer again."


def _answer(
    desk: read.Desk, found: asked.Question, said: Mapping[str, Any], *, now: Any
) -> acts.Done:
    key, title = found.of.key, words.titled(_kind(found.of))
    if said["answer"] == "approve":
        asked.restate(desk.scope, key, as_of=desk.today, now=now)
        approve.approve(desk.scope, key, as_of=desk.today, now=now)
        state = "granted"
        text = f"{title} for {found.of.name} approved.{_then(desk, found.of.what)}"
    else:
        again = approve.refuse(
            desk.scope, key, reason=said["reason"], until=said["until"], as_of=desk.today, now=now
        )
        state = "refused"
        text = (
            f"{title} for {found.of.name} refused; looked at again on "
            f"{words.short_day(again, seen_on=desk.today)}."
        )
    can = asked.can_take_back(found.of.what, state)
    return acts.Done(text, ("approval", key) if can else None)


def _then(desk: read.Desk, what: str) -> str:
    """Say what follows a yes: who is told, or that somebody does it by hand."""
    if what not in _ELSEWHERE:
        return _THEN.get(what, "")
    if asked.listening(desk.scope, f"{what}.requested"):
        return " The other system is told; it is in force once that confirms it."
    return " A task asks somebody to do it by hand; it is in force once that is confirmed."


_ELSEWHERE = ("suspension", "credit_hold")
_THEN = {
    "notice": " It goes with tonight's messages.",
    "placement": " It may be exported for the agency now.",
    "legal_referral": " It may be handed to the lawyer now.",
    "plan": " It is in force from today.",
    "promise": " It is in force from today.",
}


@views._page
def undo(request: HttpRequest, desk: read.Desk, key: str) -> HttpResponse:
    """Take an answer back by a record of its own, while nothing has come of it."""
    doing.may(request, "answer")
    if request.method != "POST":
        raise Http404
    now = entry.now(request)
    try:
        asked.take_back(desk.scope, key, on=desk.today, now=now)
        done = acts.Done("The answer is taken back.")
    except DunwellError as error:
        done = acts.Done(doing.said_of(error))
    trail.seal(desk.scope, now=now)
    about = request.POST.get("about", "")
    return doing.answer(request, done, back=f"/approvals/{key}", about=about)


def _show(
    request: HttpRequest, desk: read.Desk, key: str, form: _Answer, *, status: int = 200
) -> HttpResponse:
    who = entry.person(request)
    found = asked.one(desk.scope, key, who=who.name, roles=who.roles, as_of=desk.as_of)
    messages = [p for p in desk.previews(found.of.customer) if _is_of(p, found)]
    page = {
        "one": found, "title_": words.titled(_kind(found.of)), "form": form,
        "about": asked.about(desk.scope, found, as_of=desk.as_of) if found.state == "asked" else {},
        "messages": messages, "why": _why(desk, found), "left": _left(found),
        "here": f"/approvals/{key}", "h": 2,
        "own": bool(found.of.proposed_by) and found.of.proposed_by == who.name,
        "holds_role": found.of.role in who.roles, "may": desk.is_today and found.of.is_mine,
    }  # fmt: skip
    if doing.is_panel(request):
        page["h"] = 3  # in the panel its title is no title of a page
        return HttpResponse(render_to_string("_question.html", page, request), status=status)
    return views.page(request, "approval.html", f"{page['title_']}", status=status, **page)


def _is_of(p: preview.Preview, found: asked.Question) -> bool:
    return (
        found.state == "asked" and found.of.what == "notice" and p.step == found.of.step
        and p.entity == found.of.entity and p.channel != "call"
    )  # fmt: skip


def _why(desk: read.Desk, found: asked.Question) -> tuple[str, list[str]]:
    """Say why it is asked, or how the case stands since; of what is answered, nothing."""
    if found.state != "asked":
        return "", []
    said = explain.run(desk.scope, found.of.customer, as_of=desk.as_of, today=desk.today)
    mine = [x for x in said if x.entity == found.of.entity]
    is_asked = any(x.verdict == "ask" for x in mine)
    return "Why" if is_asked else "How the case stands", [s for x in mine for s in x.sentences]


def _left(found: asked.Question) -> dict[str, int]:
    """Return what is open of it by now, where that is less than was asked about."""
    now = money.by_currency((i.currency, i.open_minor) for i in found.items if i.open_minor)
    was = dict(found.of.amounts)
    return now if found.state == "asked" and any(m < was.get(c, 0) for c, m in now.items()) else {}


# --- the rows of a checklist ------------------------------------------------------------------


class _Row(forms.Form):
    how = forms.ChoiceField(
        label="Which", choices=[("done", "It was done"), ("waived", "It may go undone")],
        widget=forms.RadioSelect, initial="done",
    )  # fmt: skip
    said = fields.words("What shows it, or why it may go undone", required=True)


@views._page
def checklist(request: HttpRequest, desk: read.Desk, row: str, reference: str) -> HttpResponse:
    """Complete a row of the checklist before an agency, or waive it by name."""
    doing.may(request, "checklist")
    if row not in handoff.ROWS:
        raise Http404
    given = request.POST if request.method == "POST" else request.GET
    entity, back = given.get("entity") or None, doing.safe(given.get("back", ""))
    form = _Row(request.POST) if request.method == "POST" else _Row(initial={"how": "done"})
    if request.method == "POST" and form.is_valid():
        try:
            done = _mark(request, desk, row, reference, entity, form.cleaned_data)
        except Refused as error:
            form.add_error(None, doing.said_of(error))
        else:
            home = marks.href(["customers", reference], {}, as_of=None)
            return doing.answer(request, done, back=back or home, about=reference)
    found = desk_checklist.show(desk.scope, reference, entity=entity, as_of=desk.today)
    (one,) = [r for r in found["rows"] if r["row"] == row]
    page = {
        "row": one, "form": form, "reference": reference, "entity": entity or "", "back": back,
        "name": desk.names_of([reference]).get(reference, reference),
    }  # fmt: skip
    status = 422 if form.is_bound else 200
    if doing.is_panel(request):
        return HttpResponse(render_to_string("_checklist_row.html", page, request), status=status)
    return views.page(request, "checklist_row.html", "Checklist", status=status, **page)


def _mark(
    request: HttpRequest,
    desk: read.Desk,
    row: str,
    reference: str,
    entity: str | None,
    said: Mapping[str, Any],
) -> acts.Done:
    now = entry.now(request)
    if said["how"] == "done":
        desk_checklist.close(
            desk.scope, reference, row, note=said["said"], entity=entity, as_of=desk.today, now=now
        )
    else:
        desk_checklist.waive(
            desk.scope, reference, row, reason=said["said"], entity=entity, as_of=desk.today,
            now=now,
        )  # fmt: skip
    trail.seal(desk.scope, now=now)
    return acts.Done("Kept on the checklist.")
