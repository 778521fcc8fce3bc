"""The pages on which something is done: a verb's form, its answer, and undoing it.

Every form carries the mark of the customer as it was (`store.lists.changes`); where the
customer changed since, nothing is done and the form comes back with what was typed. Asked for
by a list's keys (htmx), the form comes alone; otherwise it is a page of its own.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

from dunwell.core.errors import DunwellError, Refused
from dunwell.core.scope import Scope
from dunwell.desk import trail, view
from dunwell.store.lists import changes
from dunwell.web import acts, entry, marks, read, words

T = TypeVar("T")
SAID = "dunwell_said"
_KEEP_SECONDS = 60
_ID = re.compile(r"[0-9]{1,18}")


class Said(NamedTuple):
    """What the last thing done said, for the page after it: about whom, and how to undo it.

    `link` is an address made by it, to be copied.
    """

    words: str
    undo: str = ""
    about: str = ""
    link: str = ""


def may(request: HttpRequest, right: str) -> None:
    """Let only those go on who may. Raises: Refused for anybody else."""
    if not entry.person(request).may(right):
        raise Refused("not_allowed", "your roles do not allow this; ask a manager or an admin")


def do(request: HttpRequest, verb: str, reference: str) -> HttpResponse:
    """Show a verb's form about a customer, or do it."""
    found = acts.registry().get(verb)
    if found is None:
        raise Http404
    may(request, found.right)
    desk = _desk(request, reference)
    pk = view.ids_of(desk.scope, [reference])[0]
    mark = changes.mark(desk.scope, pk)
    kind = found.form(desk)
    if request.method != "POST":
        initial = found.initial(desk) if found.initial else {}
        return _form(request, found, desk, kind(initial=initial), mark)
    form = kind(request.POST)
    if found.seen is not None and "look" in request.POST:
        return _look(request, found, desk, form, mark)
    done, status = posted(
        request, desk.scope, form, lambda said: found.do(desk, said), now=desk.now, mark=mark
    )
    if done is None:
        return _form(request, found, desk, form, mark, status=status)
    back = marks.href(["customers", reference], {}, as_of=None)
    return answer(request, done, back=back, about=reference)


def _look(
    request: HttpRequest, verb: acts.Verb, desk: acts.Desk, form: forms.Form, mark: str
) -> HttpResponse:
    """Show what would come of a form as it stands, and do nothing; alone where that is asked."""
    if request.headers.get("HX-Target") == "seen":
        page = {"seen": _seen(verb, desk, form), "verb": verb}
        return HttpResponse(render_to_string(f"_seen_{verb.name}.html", page, request))
    return _form(request, verb, desk, form, mark)


def _seen(verb: acts.Verb, desk: acts.Desk, form: forms.Form) -> dict[str, Any] | None:
    """Return what would come of a form; nothing while it does not hold."""
    if verb.seen is None or (form.is_bound and not form.is_valid()):
        return None
    said_ = form.cleaned_data if form.is_bound else form.initial
    try:
        return verb.seen(desk, said_)
    except DunwellError as error:
        return {"refused": said_of(error)}


def posted(
    request: HttpRequest,
    scope: Scope,
    form: forms.Form,
    act: Callable[[dict[str, Any]], T],
    *,
    now: dt.datetime,
    mark: str = "",
    unfit: int = 422,
) -> tuple[T | None, int]:
    """Do what a sent form says, and seal it; return what came of it, and the form's status.

    Nothing came of it (None) where the form was only asked for, does not hold (`unfit`), was
    refused, or where whom it is about is not as it was when somebody looked (`mark`).
    """
    if request.method != "POST":
        return None, 200
    if mark and request.POST.get("mark", mark) != mark:
        form.add_error(None, "This customer changed since you looked. Check, then do it again.")
        return None, 409
    if not form.is_valid():
        return None, unfit
    try:
        done = act(form.cleaned_data)
    except DunwellError as error:
        form.add_error(None, said_of(error))
        return None, 409
    trail.seal(scope, now=now)
    return done, 200


def undo(request: HttpRequest, verb: str, made: str) -> HttpResponse:
    """Take back what a verb made, by a compensating record."""
    found = acts.registry().get(verb)
    is_asked = request.method != "POST"
    if found is None or found.undo is None:
        raise Http404
    if is_asked and found.asks is None:
        raise Http404
    ids = made.split(".") if found.many else [made]
    if not all(_ID.fullmatch(x) for x in ids):
        raise Http404
    may(request, found.right)
    desk = _desk(request, "")
    if is_asked:
        return _take_back(request, found, desk, made)
    try:
        done = found.undo(desk, made)
    except DunwellError as error:
        done = acts.Done(said_of(error))
    trail.seal(desk.scope, now=desk.now)
    return answer(request, done, back="/", about=request.POST.get("about", ""))


def _take_back(request: HttpRequest, verb: acts.Verb, desk: acts.Desk, made: str) -> HttpResponse:
    """Ask whether something was done in error; only what is on record for long is asked about."""
    from dunwell.web import views

    assert verb.asks is not None
    about, said_ = verb.asks(desk, made)
    return views.page(
        request, "take_back.html", "Take back", said_=said_, about=about, made=made, verb=verb,
        name=read.desk(request).names_of([about]).get(about) or about,
    )  # fmt: skip


def is_panel(request: HttpRequest) -> bool:
    """Tell whether a form is asked for alone, beside a page; the page itself may come anew too."""
    is_part = bool(request.headers.get("HX-Request"))
    return is_part and request.headers.get("HX-Target") != "main"


def answer(request: HttpRequest, done: acts.Done, *, back: str, about: str = "") -> HttpResponse:
    """Say what was done: in the panel it was asked from, else on the page that follows.

    `about` is the customer it was done about, so that a list finds its row again.
    """
    undo_at = f"/undo/{done.undo[0]}/{done.undo[1]}" if done.undo else ""
    said_ = Said(done.words, undo_at, about, done.link)
    if request.headers.get("HX-Request"):
        page = render_to_string("_done.html", {"said": said_}, request)
        is_done = json.dumps({"done": {"customer": about}})
        return HttpResponse(page, headers={"HX-Trigger": is_done})
    where = safe(request.POST.get("back", "")) or back
    return say(HttpResponseRedirect(where, status=303), said_)


def say(response: HttpResponse, said: Said) -> HttpResponse:
    """Let the next page say something."""
    response.set_cookie(
        SAID, signing.dumps(list(said), compress=True), max_age=_KEEP_SECONDS, httponly=True,
        samesite="Strict", secure=settings.IS_HTTPS,
    )  # fmt: skip
    return response


def said(request: HttpRequest) -> Said | None:
    """Return what the last thing done said, once."""
    try:
        found = signing.loads(request.COOKIES.get(SAID, ""), max_age=_KEEP_SECONDS)
    except signing.BadSignature:
        return None
    return Said(*found)


def said_of(error: DunwellError) -> str:
    """Turn an error that was meant into a sentence for a page."""
    text = words.dated(words.here(str(error)))
    is_name = "." in text.partition(" ")[0].rstrip(".,:")  # a file is called as it is called
    return (text if is_name else text[:1].upper() + text[1:]) + (
        "" if text.endswith((".", "?")) else "."
    )


def safe(back: str) -> str:
    """Return an address of ours, or nothing: nobody is sent elsewhere."""
    parts = urlsplit(back)
    is_ours = not parts.scheme and not parts.netloc and back.startswith("/")
    return back if is_ours and not back.startswith("//") and "\\" not in back else ""


def _before(request: HttpRequest, verb: acts.Verb, desk: acts.Desk) -> dict[str, Any] | None:
    """Return what is read before a verb is done, kept until something happens."""
    read_ = verb.before
    if read_ is None:
        return None
    return read.desk(request).once(f"before {verb.name} {desk.customer}", lambda: read_(desk))


def _desk(request: HttpRequest, reference: str) -> acts.Desk:
    desk = read.desk(request)
    site = request.build_absolute_uri("/")[:-1]
    return acts.Desk(desk.scope, reference, desk.today, entry.now(request), site)


def _form(
    request: HttpRequest,
    verb: acts.Verb,
    desk: acts.Desk,
    form: forms.Form,
    mark: str,
    *,
    status: int = 200,
) -> HttpResponse:
    page = {
        "verb": verb, "form": form, "mark": mark, "customer": desk.customer,
        "name": read.desk(request).names_of([desk.customer]).get(desk.customer, desk.customer),
        "action": marks.href(["do", verb.name, desk.customer], {}, as_of=None),
        "back": safe(request.POST.get("back", "") or request.GET.get("back", "")),
        "beside": _before(request, verb, desk),
        "seen": _seen(verb, desk, form), "seen_by": f"_seen_{verb.name}.html",
        "sees": verb.seen is not None,
    }  # fmt: skip
    if is_panel(request):
        return HttpResponse(render_to_string("_do.html", page, request), status=status)
    from dunwell.web import views

    return views.page(request, "do.html", verb.title, status=status, **page)
