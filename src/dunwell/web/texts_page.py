"""The messages of a policy: which text each step uses, how it looks in every language, its words.

Read top-down: `listed` is the list, `one` a text in all languages side by side with a real
account, `edit` its words in one language, `mail` and `letter` what those pages frame. Own words
go into the draft of the policy; nothing is sent with them before it is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from dunwell.core import message
from dunwell.core import policy as documents
from dunwell.core.errors import Refused
from dunwell.delivery import render
from dunwell.desk import drafting, publish, wording
from dunwell.policies import portal
from dunwell.web import doing, entry, policies, read, views

TRIED = 5
"""How many accounts are looked at for one a text can be shown with."""
ORIGINS = {
    "own": "own words", "built_in": "as built in", "english": "none of its own: goes in English",
    "none": "not written yet",
}  # fmt: skip


class Seen(NamedTuple):
    """Which document is looked at: a draft of one's own, or what is published.

    `draft` is there for whoever may write, while it can be read.
    """

    document: documents.Document
    draft: drafting.Draft | None


class Tongue(NamedTuple):
    """One language of a text: its code and name, whose words these are, and where it is shown."""

    code: str
    name: str
    origin: str
    frame: str


# --- the list ---------------------------------------------------------------------------------


@views._page
def listed(request: HttpRequest, desk: read.Desk, name: str) -> HttpResponse:
    """List the texts by the steps that use them."""
    seen = _seen(request, desk, name)
    uses = wording.used(seen.document)
    ladders: dict[str, list[wording.Use]] = {}
    for use in uses:
        ladders.setdefault(use.cadence, []).append(use)
    return _show(
        request, desk, seen, name, "policy_texts.html", "Messages", ladders=list(ladders.items()),
        n=len({u.name for u in uses}), languages=len(render.LANGUAGES),
        own=len({(u.name, c) for u in uses for c in u.own}),
    )  # fmt: skip


def _seen(request: HttpRequest, desk: read.Desk, name: str) -> Seen:
    """Return what is looked at: for a writer their draft, while it can be read.

    Raises: Refused for a policy there is not.
    """
    draft = None
    if entry.person(request).may("templates"):
        draft = drafting.opened(desk.scope, name)
        whole = drafting.read_whole(draft.text) if draft.at is not None else None
        if whole is not None:
            return Seen(whole, draft)
        draft = draft if draft.at is None else None
    versions = publish.documents(desk.scope, name)
    if not versions:
        raise Refused("unknown_policy", f"no policy {name} is published")
    return Seen(versions[-1], draft)


def _show(
    request: HttpRequest,
    desk: read.Desk,
    seen: Seen,
    name: str,
    template: str,
    title: str,
    *,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    tabs = [(t, policies._at(name, slug), slug == "texts") for slug, t in policies.TABS]
    around = {
        "name": name, "tabs": tabs, "may": seen.draft is not None, "draft": seen.draft,
        "w": {"newer": policies._newer(desk, seen.draft) if seen.draft else []}, "said_wrong": "",
    }  # fmt: skip
    return views.page(request, template, title, status=status, **(around | context))


# --- one text ---------------------------------------------------------------------------------


@views._page
def one(request: HttpRequest, desk: read.Desk, name: str, text: str) -> HttpResponse:
    """One text in every language, side by side, with a real account."""
    seen = _seen(request, desk, name)
    uses = [u for u in wording.used(seen.document) if u.name == text]
    if not uses and text not in seen.document.texts:
        raise Http404
    wrong, found = "", None
    try:
        found = _case(request, desk, seen.document, text)
    except Refused as error:
        wrong = doing.said_of(error)
    way = _way(request, seen.document, text)
    who = found.customer if found else ""
    return _show(
        request, desk, seen, name, "policy_text.html", text, text=text, uses=uses, found=found,
        way=way, wrong=wrong, is_script=way == "call", asked=request.GET.get("customer", ""),
        ways=[(w, policies._at(name, "texts", text, way=w, customer=who))
              for w in ("email", "letter")],
        tongues=list(_tongues(seen, name, text, way, who)),
    )  # fmt: skip


def _way(request: HttpRequest, document: documents.Document, text: str) -> str:
    if wording.is_script(document, text):
        return "call"
    return "letter" if request.GET.get("way") == "letter" else "email"


def _tongues(seen: Seen, name: str, text: str, way: str, who: str) -> Iterator[Tongue]:
    """Yield each language with whose words it has, and the address at which it is shown."""
    page = "letter.pdf" if way == "letter" else "mail.html"
    for code in render.LANGUAGES:
        origin = wording.words(seen.document, text, code).origin
        frame = policies._at(name, "texts", text, code, page, customer=who) if who else ""
        yield Tongue(code, portal.NAMES[code], ORIGINS[origin], frame)


def _case(
    request: HttpRequest, desk: read.Desk, document: documents.Document, text: str
) -> wording.Case | None:
    """Return the account asked for, else one that hears this text tonight, else one that is late.

    Raises: Refused for a customer there is not.
    """
    asked = request.GET.get("customer", "").strip()
    for reference in [asked] if asked else islice(_candidates(desk, text), TRIED):
        found = wording.case(desk.scope, document, text, reference, as_of=desk.as_of)
        if found is not None:
            return found
    return None


def _candidates(desk: read.Desk, text: str) -> Iterator[str]:
    acts = [(c.customer, act) for c, act in desk.day().acts]
    yield from (who for who, act in acts if text in {a.template for a in act.actions})
    yield from (who for who, _ in acts)
    late = {who: since_on for (_, who), since_on in desk.oldest().items()}
    yield from sorted(late, key=lambda who: late[who])


# --- its words --------------------------------------------------------------------------------


class _Words(forms.Form):
    words = forms.CharField(
        label="The words", strip=False, max_length=wording.MOST,
        widget=forms.Textarea(attrs={
            "class": "code-text", "rows": 30, "spellcheck": "true", "wrap": "soft",
        }),
    )  # fmt: skip


@views._page
def edit(
    request: HttpRequest, desk: read.Desk, name: str, text: str, language: str
) -> HttpResponse:
    """The words of a text in one language, changed in the draft."""
    doing.may(request, "templates")
    seen = _seen(request, desk, name)
    there = _there(seen.document, text, language)
    status = 200
    form = _Words(initial={"words": there.text})
    if request.method == "POST":
        back = request.POST.get("do") == "built_in"
        form = _Words(request.POST)
        if back or form.is_valid():
            try:
                said = _kept(request, desk, name, text, language,
                             None if back else form.cleaned_data["words"])  # fmt: skip
            except Refused as error:
                form.add_error("words", doing.said_of(error))
            else:
                where = policies._at(name, "texts", text, language)
                return doing.say(HttpResponseRedirect(where, status=303), doing.Said(said))
        status = 422
    found = _case(request, desk, seen.document, text)
    is_script = wording.is_script(seen.document, text)
    return _show(
        request, desk, seen, name, "policy_words.html", text, status=status, text=text, form=form,
        language=portal.NAMES[language], code=language, origin=ORIGINS[there.origin],
        is_own=there.origin == "own", has_built_in=render.built_in(text, language) is not None,
        found=found, is_script=is_script, fields=wording.fields(),
        frame=policies._at(name, "texts", text, language, "mail.html",
                           customer=found.customer) if found else "",
    )  # fmt: skip


def _kept(
    request: HttpRequest, desk: read.Desk, name: str, text: str, language: str, words: str | None
) -> str:
    wording.keep(desk.scope, name, text, language, words, now=entry.now(request))
    if words is None:
        return f"Your draft of {name} has the built-in words again."
    return f"Kept in your draft of {name}; nothing goes out in these words before it is published."


def _there(document: documents.Document, text: str, language: str) -> wording.Words:
    """Return the words there are. Raises: Http404 for a text or language there is not."""
    known = {u.name for u in wording.used(document)} | set(document.texts)
    if text not in known or language not in render.LANGUAGES:
        raise Http404
    return wording.words(document, text, language)


# --- framed -----------------------------------------------------------------------------------


@views._page
def mail(
    request: HttpRequest, desk: read.Desk, name: str, text: str, language: str
) -> HttpResponse:
    """A text as a mail, or as the caller reads it."""
    made = _made(request, desk, name, text, language, is_letter=False)
    return views._framed(HttpResponse(made.html), style=views._styles(made.html))


@views._page
def letter(
    request: HttpRequest, desk: read.Desk, name: str, text: str, language: str
) -> HttpResponse:
    """A text as a letter."""
    made = _made(request, desk, name, text, language, is_letter=True)
    if not isinstance(made, message.Message):
        raise Http404
    return views._framed(HttpResponse(made.raw, content_type="application/pdf"))


def _made(
    request: HttpRequest, desk: read.Desk, name: str, text: str, language: str, *, is_letter: bool
) -> message.Message | render.Script:
    document = _seen(request, desk, name).document
    _there(document, text, language)
    found = _case(request, desk, document, text)
    if found is None:
        raise Http404
    written = "letter" if is_letter else "email"
    way = "call" if wording.is_script(document, text) else written
    return wording.shown(found, document, language=language, channel=way)
