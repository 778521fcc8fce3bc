"""Trying a draft before it holds: what it would send, whether its stories hold; then publishing.

What it would send is worked out at once for a small book, and beside the pages for a large one
(`desk.effect`); the page can be left and come back to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.module_loading import import_string

from dunwell.core import money
from dunwell.core import policy as documents
from dunwell.core.errors import DunwellError, Refused
from dunwell.core.scope import Scope
from dunwell.desk import drafting, effect, publish, today, trail
from dunwell.web import doing, entry, errands, policies, read, server, views, words

LONGEST = 3_700
"""The most days a story may speak of in the browser: ten years."""
_LISTS = {
    "new": ("hears something new", "hear something new"),
    "gone": ("would hear nothing any more", "would hear nothing any more"),
    "other": ("gets another step or message", "get another step or message"),
    "rest": ("waits or is asked about otherwise", "wait or are asked about otherwise"),
}


class Group(NamedTuple):
    """The cases of one kind of difference: how many, in words, and about how much."""

    slug: str
    n: int
    said: str
    amounts: list[tuple[str, int]]
    rows: list[publish.Changed]


class Line(NamedTuple):
    """One case that would fare otherwise, in words."""

    of: publish.Changed
    name: str
    now: str
    then: str
    amounts: publish.Amounts


class Told(NamedTuple):
    """A story as it came out; `wrong` says line by line what did not hold."""

    name: str
    text: str
    by: str
    is_true: bool
    days: int
    expectations: int
    wrong: list[str]


# --- the effect -------------------------------------------------------------------------------


@views._page
def shown(request: HttpRequest, desk: read.Desk, name: str) -> HttpResponse:
    """What a day would send with the draft: counts as doors, and every case that differs."""
    w = policies.writing(request, desk, name)
    said, status = "", 200
    if request.method == "POST":
        try:
            _begin(request, desk, w)
        except DunwellError as error:
            said, status = doing.said_of(error), 409
        else:
            return HttpResponseRedirect(policies._at(name, "effect"), status=303)
    found = effect.read(desk.scope, name, w.read.whole, now=entry.now(request))
    groups = _groups(found.found) if found is not None and found.found is not None else []
    chosen = _chosen(request, groups)
    some = views.paged(request, chosen.rows) if chosen else []
    names = today.names(desk.scope, {r.customer for r in some})
    return policies.page(
        request, w, "effect", status=status, e=found, p=found.found if found else None,
        groups=groups, chosen=chosen, said_wrong=said,
        lines=[_line(r, names) for r in some],
        pages=views.pages(request, len(chosen.rows)) if chosen else [],
        tallies=_tallies(found.found) if found and found.found else [],
        on=found.as_of if found else effect.day(desk.scope, on=desk.today),
        percent=_percent(found),
    )  # fmt: skip


def _begin(request: HttpRequest, desk: read.Desk, w: policies.Writing) -> None:
    """Work the effect out: here for a small book, else beside the pages.

    Raises: Refused for a draft that cannot be read, or no day.
    """
    whole = w.read.whole
    if whole is None or w.read.errors:
        raise Refused(
            "policy_errors", "the text has errors, so it would send nothing; mend them under Text"
        )
    usual = effect.day(desk.scope, on=desk.today)
    as_of = policies.on_day(request.POST.get("on", ""), usual)
    now, clock = entry.now(request), request.META[server.CLOCK]
    scope: Scope = desk.scope
    number = effect.begin(scope, w.draft.name, whole, as_of=as_of, now=now)
    if effect.cases(scope) <= effect.SMALL:
        effect.find(scope, number, whole, as_of=as_of, clock=clock)
    else:
        errands.start(request, lambda: effect.work(scope, number, whole, as_of=as_of, clock=clock))


@views._page
def progress(request: HttpRequest, desk: read.Desk, name: str) -> HttpResponse:
    """How far it is: the part of the page that moves; when it is done, the page itself."""
    doing.may(request, "policy")
    found = effect.read(desk.scope, name, None, now=entry.now(request))
    if found is None or found.state != "running":
        return HttpResponse(headers={"HX-Redirect": policies._at(name, "effect")})
    moving = {"e": found, "name": name, "percent": _percent(found), "as_of": desk.as_of}
    return HttpResponse(render_to_string("_policy_progress.html", moving, request))


def _percent(found: effect.Effect | None) -> int:
    return found.seen * 100 // found.whole if found and found.whole else 0


def _groups(found: publish.Preview) -> list[Group]:
    """Put the cases that differ together by what becomes of them; every one is in one group."""
    rows: dict[str, list[publish.Changed]] = {slug: [] for slug in _LISTS}
    for c in found.changed:
        slug = "rest"
        if c.acts_then:
            slug = "other" if c.acts_now else "new"
        elif c.acts_now:
            slug = "gone"
        rows[slug].append(c)
    return [
        Group(slug, len(some), _LISTS[slug][len(some) != 1],
              sorted(money.by_currency(a for c in some for a in _amounts(slug, c)).items()), some)
        for slug, some in rows.items()
        if some
    ]  # fmt: skip


def _tallies(found: publish.Preview) -> list[tuple[str, int, int, str]]:
    """Return what cases come to, in words, counted now and then."""
    said = {"act": "{} goes", "ask": "{} is asked for", "wait": "waits: {}"}
    return [
        (said[t.verdict].format(words.plain(t.what)), t.now, t.then,
         f"{t.then - t.now:+,}".replace("-", "\N{MINUS SIGN}") if t.then != t.now else "")
        for t in found.tallies
    ]  # fmt: skip


def _amounts(slug: str, c: publish.Changed) -> publish.Amounts:
    return c.amounts_now if slug == "gone" else c.amounts_then


def _chosen(request: HttpRequest, groups: list[Group]) -> Group | None:
    asked = request.GET.get("list", "")
    if asked and asked not in _LISTS:
        raise Http404
    return next((g for g in groups if g.slug == asked), groups[0] if groups else None)


def _line(c: publish.Changed, names: dict[str, str]) -> Line:
    amounts = c.amounts_then or c.amounts_now
    name = names.get(c.customer) or c.customer
    return Line(c, name, _fate(c.now), _fate(c.then), amounts)


def _fate(said: str) -> str:
    """Say what a case comes to; why it waits is said beside it.

    >>> _fate("waits: not_yet"), _fate("final_notice"), _fate("-")
    ('hears nothing', 'final notice', 'nothing')
    """
    if said == "-":
        return "nothing"
    return "hears nothing" if said.startswith("waits: ") else words.plain(said)


# --- its stories ------------------------------------------------------------------------------


@views._page
def stories(request: HttpRequest, desk: read.Desk, name: str) -> HttpResponse:
    """The stories kept with a policy, told under the draft; one more can be tried or kept."""
    w = policies.writing(request, desk, name)
    typed = {k: request.POST.get(k, "") for k in ("story", "text")}
    said, tried, status = "", None, 200
    if request.method == "POST":
        try:
            done = _told_or_kept(request, desk, name)
        except DunwellError as error:
            said, status = doing.said_of(error), 422
        else:
            if done is not None:
                return done
            tried = _tell(w.read.whole, typed["story"] or "this story", typed["text"], "")
    kept = drafting.stories(desk.scope, name)
    asked = next((s for s in kept if s.name == request.GET.get("story", "")), None)
    if asked is not None and request.method != "POST":
        typed = {"story": asked.name, "text": asked.text}
    return policies.page(
        request, w, "stories", status=status, told=told(w, kept), tried=tried, typed=typed,
        said_wrong=said,
    )  # fmt: skip


def _told_or_kept(request: HttpRequest, desk: read.Desk, name: str) -> HttpResponse | None:
    """Keep a story or throw one away; None where it is only to be told."""
    what, story = request.POST.get("do", ""), request.POST.get("story", "")
    if what == "keep":
        text = request.POST.get("text", "")
        drafting.keep_story(desk.scope, name, story, text, now=entry.now(request))
        said = f"The story “{story.strip()}” is kept with {name}."
    elif what == "drop":
        drafting.drop_story(desk.scope, name, story)
        said = f"The story “{story}” is gone."
    else:
        return None
    where = policies._at(name, "stories")
    return doing.say(HttpResponseRedirect(where, status=303), doing.Said(said))


def told(w: policies.Writing, kept: list[drafting.Story]) -> list[Told]:
    """Tell the stories of a policy under its draft."""
    return [_tell(w.read.whole, s.name, s.text, s.by) for s in kept]


def _tell(whole: documents.Document | None, name: str, text: str, by: str) -> Told:
    if whole is None:
        wrong = ["it cannot be told while the text of the policy has errors"]
        return Told(name, text, by, is_true=False, days=0, expectations=0, wrong=wrong)
    teller: Callable[..., Any] = import_string(settings.STORY_TELLER)
    policy = documents.compile_policy(whole, version=0)
    try:
        found = teller(text.replace("\r\n", "\n"), file=name, policy=policy, days_max=LONGEST)
    except OverflowError:
        wrong = ["its dates lie beyond the end of the calendar"]
        return Told(name, text, by, is_true=False, days=0, expectations=0, wrong=wrong)
    return Told(
        name, text, by, found.is_true, found.days, found.expectations,
        [str(x) for x in (*found.complaints, *found.failures)],
    )  # fmt: skip


# --- publishing -------------------------------------------------------------------------------


@views._page
def publishing(request: HttpRequest, desk: read.Desk, name: str) -> HttpResponse:
    """What publishing does, in one sentence, before it is done; then it is done."""
    w = policies.writing(request, desk, name)
    said, status = "", 200
    moves = request.POST.get("moves", "yes") != "no"
    if request.method == "POST":
        try:
            return _publish(request, desk, w, moves=moves)
        except DunwellError as error:
            said, status = doing.said_of(error), 409
            w = policies.writing(request, desk, name)
    found = effect.read(desk.scope, name, w.read.whole, now=entry.now(request))
    known = found if found and found.state == "done" and not found.is_other else None
    stories_ = told(w, drafting.stories(desk.scope, name))
    return policies.page(
        request, w, "publish", status=status, said_wrong=said, moves=moves, e=known,
        p=known.found if known else None, does=_does(desk, w),
        true=sum(s.is_true for s in stories_), stories=len(stories_),
        is_new=bool(w.read.document) and not w.read.before,
        can=not w.read.errors and not w.draft.is_overtaken
        and (bool(w.read.changes) or not w.read.before),
    )  # fmt: skip


def _does(desk: read.Desk, w: policies.Writing) -> tuple[str, int, list[str]]:
    """Return what the version will be called, how many cases run on the policy, and for whom."""
    if w.read.document is None:
        return "", 0, []
    name = w.read.document.policy
    policy = next((p for p in policies.standing(desk) if p.name == name), None)
    if policy is None:
        return f"version 1 of {name}", 0, []
    return f"version {len(policy.versions) + 1} of {name}", policy.cases, policy.entities


def _publish(
    request: HttpRequest, desk: read.Desk, w: policies.Writing, *, moves: bool
) -> HttpResponse:
    _, running, _ = _does(desk, w)
    now = entry.now(request)
    name, n = drafting.published(desk.scope, w.draft, moves=moves, now=now)
    trail.seal(desk.scope, now=now)
    if w.read.before and n == w.draft.newest_n and name == w.draft.name:
        said = f"{name} is published like that already, as version {n}; your draft is kept."
    elif not running:
        said = f"Version {n} of {name} is published; no case runs on it yet."
    elif moves:
        said = f"Version {n} of {name} is published; {_cases(running)} to it with the next run."
    else:
        said = f"Version {n} of {name} is published; running cases keep the version they have."
    return doing.say(HttpResponseRedirect(policies._at(name), status=303), doing.Said(said))


def _cases(n: int) -> str:
    return f"{words.count(n, 'running case')} {'moves' if n == 1 else 'move'}"
