"""Policies: who walks which, what each says, and changing one: write, effect, stories, publish.

Read top-down: what there is (`overview`, `shown`), then the five pages of a draft in the order
of its tabs. A draft is kept with every page that is left, so nothing typed is lost; nobody's
case moves before somebody who may has published it.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

from dunwell.core import changes
from dunwell.core import policy as documents
from dunwell.core.errors import DunwellError, Refused
from dunwell.desk import drafting, publish, trail
from dunwell.policies import mend
from dunwell.web import doing, entry, limits, marks, read, rungs, views, words

TABS = (("numbers", "Numbers"), ("edit", "Text"), ("texts", "Messages"), ("effect", "Effect"),
        ("stories", "Stories"), ("publish", "Publish"))  # fmt: skip


class Policy(NamedTuple):
    """One policy as it stands: its newest version, who walks it, and all its versions."""

    name: str
    newest: dict[str, Any]
    entities: list[str]
    cases: int
    versions: list[dict[str, Any]]


class Version(NamedTuple):
    """One published version, and in words what it did otherwise than the one before."""

    row: dict[str, Any]
    is_here: bool
    changes: list[str]


# --- what there is ----------------------------------------------------------------------------


def standing(desk: read.Desk) -> list[Policy]:
    """Return the published policies, those that are walked first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in publish.listed(desk.scope):
        found.setdefault(row["policy"], []).append(row)
    made = [
        Policy(name, rows[-1], rows[-1]["entities"], sum(r["cases"] for r in rows), rows)
        for name, rows in found.items()
    ]
    return sorted(made, key=lambda p: (-len(p.entities), p.name))


@views._page
def overview(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """The policies and who walks which; an entity is given another one here."""
    said, status = "", 200
    if request.method == "POST":
        doing.may(request, "policy")
        try:
            return _assign(request, desk)
        except DunwellError as error:
            said, status = doing.said_of(error), 409
    found = standing(desk)
    first = found[0] if found and found[0].entities else None
    walks = {code: p.name for p in found for code in p.entities}
    return views.page(
        request, "policies.html", "Policy", status=status, policies=found, said_wrong=said,
        walks=[(code, name, walks.get(code, "")) for code, name in desk.entities().items()],
        used=len({*walks.values()}), drafts=drafting.kept(desk.scope),
        may=entry.person(request).may("policy"), me=entry.person(request).name, first=first,
        ladders=rungs.ladders(publish.current_document(desk.scope, first.name)) if first else [],
    )  # fmt: skip


def _assign(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    entity, name = request.POST.get("entity", ""), request.POST.get("policy", "")
    now = entry.now(request)
    publish.assign(desk.scope, entity, name, now=now)
    trail.seal(desk.scope, now=now)
    said = f"{entity} uses {name} from its next run on; its running cases move to it."
    return doing.say(HttpResponseRedirect("/policy", status=303), doing.Said(said))


@views._page
def shown(request: HttpRequest, desk: read.Desk, name: str) -> HttpResponse:
    """One policy: its ladders, its limits in words, its versions; another one is begun from it."""
    versions = publish.documents(desk.scope, name)
    policy = next((p for p in standing(desk) if p.name == name), None)
    if policy is None or not versions:
        return _only_a_draft(desk, name)
    said, status = "", 200
    if request.method == "POST":
        doing.may(request, "policy")
        new = request.POST.get("new", "").strip()
        try:
            drafting.copy(desk.scope, name, new, now=entry.now(request))
            return HttpResponseRedirect(_at(new, "edit"), status=303)
        except DunwellError as error:
            said, status = doing.said_of(error), 409
    asked = request.GET.get("version", "")
    n = int(asked) if asked.isascii() and asked.isdigit() else len(versions)
    if not 0 < n <= len(versions):
        raise Http404
    document = versions[n - 1]
    rows = [Version(row, row["version"] == n, _since(versions, row["version"]))
            for row in reversed(policy.versions)]  # fmt: skip
    return views.page(
        request, "policy.html", f"Policy {name}", status=status, policy=policy, n=n,
        is_newest=n == len(versions), document=document, ladders=rungs.ladders(document),
        limits=limits.said(document.settings), versions=rows, said_wrong=said,
        may=entry.person(request).may("policy"), new=request.POST.get("new", ""),
        has_draft=(name, entry.person(request).name) in
        {(d[0], d[1]) for d in drafting.kept(desk.scope)},
    )  # fmt: skip


def _only_a_draft(desk: read.Desk, name: str) -> HttpResponse:
    """Go on to the draft of a policy that is not published yet. Raises: Refused for no policy."""
    drafting.opened(desk.scope, name)
    return HttpResponseRedirect(_at(name, "edit"))


def _since(versions: list[documents.Document], n: int) -> list[str]:
    if n < 2:
        return []
    return [words.spoken(c.text) for c in changes.changes(versions[n - 2], versions[n - 1])]


# --- the pages of a draft ---------------------------------------------------------------------


class Writing(NamedTuple):
    """A draft with all its pages say of it."""

    draft: drafting.Draft
    read: drafting.Reading
    newer: list[Version]


def _at(name: str, *page: str, **query: str) -> str:
    return marks.href(["policy", name, *page], query, as_of=None)


def writing(request: HttpRequest, desk: read.Desk, name: str) -> Writing:
    """Open a person's draft and read it. Raises: Refused for somebody who may not."""
    doing.may(request, "policy")
    draft = drafting.opened(desk.scope, name)
    return Writing(draft, drafting.reading(desk.scope, draft), _newer(desk, draft))


def _newer(desk: read.Desk, draft: drafting.Draft) -> list[Version]:
    """Return the versions somebody published since the draft was begun."""
    if not draft.is_overtaken:
        return []
    versions = publish.documents(desk.scope, draft.name)
    return [
        Version(row, is_here=False, changes=_since(versions, row["version"]))
        for row in publish.listed(desk.scope)
        if row["policy"] == draft.name and row["version"] > draft.base_n
    ]  # fmt: skip


def page(
    request: HttpRequest, w: Writing, here: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Render one of a draft's pages."""
    name = w.draft.name
    around = {
        "w": w, "name": name, "read": w.read, "draft": w.draft, "here": here,
        "counts": _counts(w.read),
        "tabs": [(title, _at(name, slug), slug == here) for slug, title in TABS],
    }  # fmt: skip
    title = f"{dict(TABS)[here]} of {name}"
    template = f"policy_{here}.html"
    return views.page(request, template, title, status=status, **(around | context))


def _counts(found: drafting.Reading) -> str:
    """Say how much there is to say of a draft.

    >>> _counts(drafting.Reading(None, None, [], [], ""))
    'nothing to say'
    """
    kinds = ("error", "warning", "note")
    counts = {k: sum(r.severity == k for r in found.remarks) for k in kinds}
    return ", ".join(words.count(n, k) for k, n in counts.items() if n) or "nothing to say"


def _base(request: HttpRequest) -> int:
    text = request.POST.get("base", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@views._page
def edit(request: HttpRequest, desk: read.Desk, name: str) -> HttpResponse:
    """The text of a draft, with what is wrong or doubtful in it and what it does otherwise."""
    doing.may(request, "policy")
    said, text, status = "", None, 200
    if request.method == "POST":
        text = request.POST.get("text", "")
        try:
            drafting.keep(desk.scope, name, text, base_n=_base(request), now=entry.now(request))
        except DunwellError as error:
            said, status = doing.said_of(error), 422
    w = writing(request, desk, name)
    shown_text = text if status != 200 and text is not None else w.draft.text
    return page(
        request, w, "edit", status=status, text=shown_text, said_wrong=said,
        lines=max(24, min(shown_text.count("\n") + 3, 60)),
        was_kept=status == 200 and text is not None,
    )  # fmt: skip


@views._page
def check(request: HttpRequest, desk: read.Desk, name: str) -> HttpResponse:
    """What there is to say of a text as it is typed; it is kept as well."""
    doing.may(request, "policy")
    if request.method != "POST":
        raise Http404
    said = ""
    try:
        drafting.keep(
            desk.scope, name, request.POST.get("text", ""), base_n=_base(request),
            now=entry.now(request),
        )  # fmt: skip
    except DunwellError as error:
        said = doing.said_of(error)
    w = writing(request, desk, name)
    context = {
        "read": w.read, "draft": w.draft, "name": name, "counts": _counts(w.read), "w": w,
        "said_wrong": said, "as_of": desk.as_of,
    }  # fmt: skip
    return HttpResponse(render_to_string("_policy_read.html", context, request))


@views._page
def drop(request: HttpRequest, desk: read.Desk, name: str) -> HttpResponse:
    """Throw a draft away."""
    doing.may(request, "policy")
    if request.method != "POST":
        raise Http404
    drafting.drop(desk.scope, name)
    is_there = bool(publish.documents(desk.scope, name))
    said = doing.Said(f"The draft of {name} is gone; what is published stands.")
    return doing.say(HttpResponseRedirect(_at(name) if is_there else "/policy", status=303), said)


@views._page
def go_on(request: HttpRequest, desk: read.Desk, name: str) -> HttpResponse:
    """Let a draft go on from what somebody else has published meanwhile."""
    doing.may(request, "policy")
    if request.method != "POST":
        raise Http404
    seen = _base(request)
    drafting.go_on(desk.scope, name, seen_n=seen, now=entry.now(request))
    said = doing.Said(f"Your draft goes on from version {seen}; look at what it does otherwise.")
    return doing.say(HttpResponseRedirect(_at(name, "edit"), status=303), said)


# --- one number -------------------------------------------------------------------------------


@views._page
def numbers(request: HttpRequest, desk: read.Desk, name: str) -> HttpResponse:
    """The numbers most often changed, without the text around them."""
    w = writing(request, desk, name)
    changed: list[mend.Line] = []
    said, typed, status = "", {}, 200
    if request.method == "POST":
        typed = {k: v for k, v in request.POST.items() if isinstance(v, str)}
        try:
            changed = _change(request, desk, w)
        except DunwellError as error:
            said, status = doing.said_of(error), 409
        else:
            typed = {}
            said = "" if changed else "No number is another one, so nothing was changed."
            w = writing(request, desk, name)
    groups = limits.groups(w.read.document) if w.read.document else []
    return page(
        request, w, "numbers", status=status, groups=_filled(groups, typed), changed=changed,
        said_wrong=said, included=w.read.document.include if w.read.document else [],
    )  # fmt: skip


def _filled(
    groups: list[limits.Group], typed: dict[str, str]
) -> list[tuple[limits.Group, list[tuple[limits.Row, list[tuple[limits.Number, str]]]]]]:
    """Put what was typed into the fields, so that nothing is lost where something is wrong."""
    return [
        (g, [(r, [(n, typed.get(n.key, n.shown)) for n in r.numbers]) for r in g.rows])
        for g in groups
    ]


def _change(request: HttpRequest, desk: read.Desk, w: Writing) -> list[mend.Line]:
    """Change the numbers that are others than their writer saw.

    Raises: Refused for what is no number, or where the text says something else by now.
    """
    if w.read.document is None:
        raise Refused("policy_unmendable", "the text has an error; mend it first, under Text")
    if _base(request) != w.draft.base_n:
        raise Refused(
            "policy_changed",
            f"version {w.draft.newest_n} was published meanwhile, so nothing was changed; look "
            "again",
        )
    wanted = []
    for key, number in limits.numbers(w.read.document).items():
        if key in request.POST:
            was = _number(request.POST.get(f"was.{key}", ""), number)
            value = _number(request.POST[key], number)
            if value != was:
                wanted.append(drafting.Wanted(number.place, was, value))
    return drafting.mended(desk.scope, w.draft.name, wanted, now=entry.now(request))


def _number(text: str, number: limits.Number) -> Decimal | None:
    """Read a number as it was typed. Raises: Refused for what is none."""
    text = text.strip()
    if not text and number.is_optional:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    is_fine = found.is_finite() and 0 <= found < 10**12
    if not is_fine or (not number.is_amount and found != int(found)):
        kind = "an amount such as 12.50" if number.is_amount else "a whole number"
        raise Refused("not_a_number", f"{number.label}: found {text[:20]!r}; want {kind}")
    return found


def on_day(text: str, otherwise: dt.date) -> dt.date:
    """Return the day a form names. Raises: Refused for one that is none or too far away."""
    if not text:
        return otherwise
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise Refused("bad_day", f"{text[:20]!r} is no day such as {otherwise}") from None
    if not otherwise - read.FARTHEST <= day <= otherwise + read.FARTHEST:
        raise Refused("bad_day", f"{day} is too far away to look at")
    return day
