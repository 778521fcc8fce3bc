"""A draft of what could be written: read, changed, copied; noted as sent, or kept as a task.

Nothing is sent from here: a person sends it with their own mail program. Noted as sent it is a
contact made by hand, with its words. Must not know: the words (`desk.draft`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django import forms
from django.http import Http404, HttpRequest, HttpResponse

from dunwell.core.errors import DunwellError
from dunwell.core.reasons import Reason
from dunwell.desk import draft as desk_draft
from dunwell.desk import note, task, trail
from dunwell.web import acts, doing, entry, marks, read, views, words
from dunwell.web.acts import fields

BACK = {
    "reply": ("cases", "replies"), "dispute": ("cases", "disputes"),
    "promise": ("cases", "promises"), "task": ("cases", "tasks"), "delivery": ("deliveries",),
}  # fmt: skip
"""The list each kind of draft was opened from."""
_SETTLED = ("reply", "dispute", "task")
"""What has a page on which it is settled: where the way leads once the answer is noted."""
LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian",
    "nl": "Dutch", "pt": "Portuguese",
}  # fmt: skip
MAILTO = 1800
"""A longer text is not put into an address: mail programs cut it."""


class _Letter(forms.Form):
    subject = fields.line("Subject")
    text = fields.words("Text", required=True, rows=14)


@views._page
def draft(request: HttpRequest, desk: read.Desk, kind: str, of: str) -> HttpResponse:
    """Show a draft to be changed and copied; note what was sent, or keep it as a task."""
    doing.may(request, "note")
    found = desk_draft.of(desk.scope, kind, of, as_of=desk.today)
    if found is None:
        raise Http404
    form = _Letter(request.POST or None, initial={"subject": found.subject, "text": found.text})
    if request.method != "POST":
        return _shown(request, desk, found, form, status=200)
    if found.customer is None or found.withheld:
        raise Http404
    if not form.is_valid():
        return _shown(request, desk, found, form, status=422)
    try:
        done = _keep(request, desk, found, form)
    except DunwellError as error:
        form.add_error(None, doing.said_of(error))
        return _shown(request, desk, found, form, status=409)
    trail.seal(desk.scope, now=entry.now(request))
    return doing.answer(request, done, back=_after(kind, of))


def _shown(
    request: HttpRequest, desk: read.Desk, found: desk_draft.Draft, form: forms.Form, *, status: int
) -> HttpResponse:
    who = found.customer or ""
    return views.page(
        request, "draft.html", "Draft", status=status, d=found, form=form,
        name=desk.names_of([who]).get(who, "") or who if who else "",
        back=marks.href(BACK[found.kind], {}, as_of=None), mailto=_mailto(found),
        language=LANGUAGES.get(found.language, found.language),
        why=words.SILENCES[Reason(found.withheld)] if found.withheld else "",
    )  # fmt: skip


def door(slug: str, row: Mapping[str, Any]) -> str:
    """Return where the draft about a row of a list is; empty where a row of its kind has none."""
    kind = next((k for k, where in BACK.items() if where == ("cases", slug)), "")
    is_open = {
        "reply": row.get("state") == "unread", "dispute": not row.get("outcome"),
        "promise": row.get("state") in desk_draft.UNKEPT,
        "task": row.get("kind") == "broken_promise" and row.get("state") == "open",
    }.get(kind, False)  # fmt: skip
    return marks.href(["draft", kind, str(row["id"])], {}, as_of=None) if is_open else ""


def beside(desk: read.Desk, slug: str, row: Mapping[str, Any]) -> desk_draft.Draft | None:
    """Return the draft about a row that is being settled, where there is one."""
    where = door(slug, row)
    if not where:
        return None
    _, _, kind, of = where.split("/")
    return desk_draft.of(desk.scope, kind, of, as_of=desk.today)


def _keep(
    request: HttpRequest, desk: read.Desk, found: desk_draft.Draft, form: forms.Form
) -> acts.Done:
    """Keep what was written: as a contact made by hand, or as a task for tomorrow."""
    assert found.customer is not None
    said, now = form.cleaned_data, entry.now(request)
    whole = f"{said['subject']}\n\n{said['text']}".strip()
    if request.POST.get("how") == "task":
        made = task.open_task(
            desk.scope, found.customer, kind="follow_up", until=desk.today + dt.timedelta(days=1),
            note=f"Write: {whole}", entity=found.entity, on=desk.today, now=now,
        )  # fmt: skip
        return acts.Done("Kept as a task for tomorrow.", ("task", str(made["id"])))
    what = note.Said(whole, contacted="email", entity=found.entity)
    note.open_note(desk.scope, found.customer, what, on=desk.today, today=desk.today, now=now)
    return acts.Done("Noted as sent; the next message keeps its distance from today.")


def _after(kind: str, of: str) -> str:
    """Return where the way leads on: to settling it, where it has to be settled."""
    where = (*BACK[kind], of, "settle") if kind in _SETTLED else BACK[kind]
    return marks.href(where, {}, as_of=None)


def _mailto(found: desk_draft.Draft) -> str:
    """Return the address that opens a mail program with the draft; empty where it cannot."""
    if not found.to or found.withheld:
        return ""
    body = found.text.replace("\n", "\r\n")
    made = f"mailto:{quote(found.to, safe='@')}?subject={quote(found.subject)}&body={quote(body)}"
    return made if len(made) <= MAILTO else ""
