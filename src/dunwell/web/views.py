"""The pages that are read: each gathers what it shows from the desk and renders one template.

Top-down in the order of the rail: today, silence, customers, then one message as it will
look. Nothing here writes; what is done is in `doing` and `acts`.
"""

from __future__ import annotations

import base64
import email
import email.policy
import functools
import hashlib
import html
import re
import zoneinfo
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.template.loader import render_to_string

from dunwell.core import aging as ages
from dunwell.core.errors import Refused
from dunwell.core.reasons import Reason
from dunwell.desk import preview, sending, setting, today
from dunwell.store.lists import needs
from dunwell.web import (
    acts,
    aside,
    badges,
    doing,
    entry,
    marks,
    money_in,
    read,
    server,
    shown,
    words,
)

HERE = Path(__file__).parent
PAGE = 100
_RAIL = (
    ("Today", "", "read", "t"),
    ("Worklist", "worklist", "read", "w"),
    ("Tonight", "tonight", "read", "n"),
    ("Approvals", "approvals", "read", "a"),
    ("Silence", "silence", "read", "s"),
    ("Cases", "cases", "read", "k"),
    ("Calls", "calls", "read", "l"),
    ("Customers", "customers", "read", "c"),
    ("Aging", "aging", "read", "g"),
    ("Import", "import", "import", "m"),
    ("Insights", "insights", "read", "i"),
    ("Policy", "policy", "read", "p"),
    ("Journal", "journal", "journal", "j"),
    ("Settings", "settings", "settings", "o"),
)
"""The rail: each page's name, address, the right it takes (`core.authority`), its key after g."""
_OF_TODAY = frozenset({
    "cases", "approvals", "calls", "journal", "settings", "policy", "import", "letters",
    "interest", "before-agency", "checklist", "do", "draft",
})  # fmt: skip
"""Pages that show how things stand today, whatever day is looked at: they say so."""
_STYLED = re.compile(r'\sstyle="([^"]*)"')
_FONTS = HERE.parent / "delivery" / "fonts"
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" '
    'rx="3" fill="#2f5d7c"/><path d="M4 11.5h8M4 8h5.5M4 4.5h3" stroke="#fff" '
    'stroke-width="1.6" stroke-linecap="round"/></svg>'
)
_SAVED = {True: ("application/pdf", "pdf"), False: ("message/rfc822", "eml")}
_HEAD = ("From", "To", "Reply-To", "Subject")
View = Callable[..., HttpResponseBase]


def _page(show: View) -> View:
    """Open the desk for a page; what was refused or mistyped becomes a plain page."""

    @functools.wraps(show)
    def answer(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        try:
            return show(request, read.desk(request), **parts)
        except aside.Waiting as wait:
            return page(request, "waiting.html", "One moment", job=wait.job)
        except read.BadDay as error:
            return _sorry(request, 400, "No such day", str(error))
        except Refused as error:
            if error.reason == "not_allowed":
                return _sorry(request, 403, "Not allowed", doing.said_of(error))
            return _sorry(request, 404, "Not found", doing.said_of(error))

    return answer


def page(
    request: HttpRequest, template: str, title: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Render a page of the desk: what it shows, and around it what every page has."""
    desk = read.desk(request)
    link = _linker(desk)
    here = request.path.split("/")[1]
    who = entry.person(request)
    waits = badges.counted(desk, who) if desk.is_today else {}
    rail = [
        (name, link(*([where] if where else [])), where == here, key, waits.get(where, ""))
        for name, where, right, key in _RAIL
        if who.may(right)
    ]
    said = doing.said(request)
    around = {
        "title": title, "rail": rail, "as_of": desk.as_of, "today": desk.today,
        "is_today": desk.is_today, "path": request.path, "link": link,
        "long_day": words.long_day(desk.as_of), "long_today": words.long_day(desk.today),
        "entities": desk.entities(), "q": request.GET.get("q", ""), "said": said,
        "person": who, "signs_in": request.META.get(server.SIGNS_IN),
        "verbs": [v for v in acts.registry().values() if who.may(v.right)],
        "stamp": _stamp(request, desk), "is_of_today": here in _OF_TODAY,
    }  # fmt: skip
    response = HttpResponse(render_to_string(template, around | context, request), status=status)
    if said is not None:
        response.delete_cookie(doing.SAID)
    return response


def _stamp(request: HttpRequest, desk: read.Desk) -> dict[str, Any] | None:
    """Return the hour that the page's figures speak for, and the work that makes newer ones."""
    found = read.stamps(request)
    if not found or (desk.is_today and not any(s.job for s in found)):
        return None  # it speaks for now
    at = min(s.at for s in found).astimezone(zoneinfo.ZoneInfo(setting.time_zone(desk.scope)))
    return {
        "on": at.date(),
        "clock": f"{at:%H:%M}",
        "job": next((s.job for s in found if s.job is not None), None),
    }


@_page
def waited(request: HttpRequest, desk: read.Desk, token: str) -> HttpResponse:
    """How far it is, the part that moves; when it is done, the page itself, or a link to it."""
    job = aside.find(desk.scope.organisation_id, token)
    is_done = job is None or job.over.is_set()
    if "quiet" not in request.GET and is_done:
        return HttpResponse(headers={"HX-Refresh": "true"})
    moving = {"job": job, "is_done": is_done, "is_quiet": "quiet" in request.GET}
    return HttpResponse(render_to_string("_waiting.html", moving, request))


def _render(
    request: HttpRequest, _desk: read.Desk, template: str, title: str, **context: Any
) -> HttpResponse:
    return page(request, template, title, **context)


def _linker(desk: read.Desk) -> shown.Link:
    as_of = None if desk.is_today else desk.as_of

    def link(*path: str, _at: str = "", **query: str) -> str:
        return marks.href(path, query, as_of=as_of) + (f"#{_at}" if _at else "")

    return link


@_page
def home(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Today: what matters in a sentence, what needs a person, the aging, the silences."""
    day = desk.day()
    rows, silences, aged = desk.acted(), desk.silences(), desk.aged(by="entity")
    return _render(
        request, desk, "home.html", "Today",
        lead=shown.lead(day, rows, seen_on=desk.today, link=_linker(desk)),
        day=day, counted_to=desk.counted_to(), states=shown.by_state(rows),
        groups=shown.groups(rows), questions=shown.questions(day),
        unknown=desk.waiting(Reason.DELIVERY_UNKNOWN),
        silences=silences, silent=sum(s.cases for s in silences),
        most=max((s.cases for s in silences), default=0),
        hear="heard" if day.decided_on and not desk.is_today else "hear",
        needs=needs.counted(desk.scope, who=entry.person(request).name, as_of=desk.today)
        if desk.is_today else None,
        under_way=sending.unfinished(desk.scope, now=entry.now(request)) if desk.is_today else [],
        labels=desk.labels(), aging=[shown.aged(r) for r in ages.totals(aged.rows)],
        pulse=money_in.pulse(desk),
    )  # fmt: skip


@_page
def silence(request: HttpRequest, desk: read.Desk, reason: str = "") -> HttpResponse:
    """Who hears nothing, and why: by reason, or the customers of one reason."""
    day = desk.day()
    if reason and reason not in set(Reason):
        raise Http404
    silences = desk.silences()
    rows = desk.waiting(Reason(reason) if reason else None)
    seen = paged(request, rows)
    seen = shown.owed(seen, desk.balances_of(r.case.customer for r in seen))
    if day.decided_on is None:
        seen = shown.told(seen, desk.told(r.case.customer for r in seen))
    return _render(
        request, desk, "silence.html", "Silence",
        day=day, silences=silences, reason=reason, rows=seen,
        silent=sum(s.cases for s in silences), n=len(rows),
        most=max((s.cases for s in silences), default=0),
        chosen=next((s for s in silences if s.reason == reason), None),
        words_=words.SILENCES[Reason(reason)] if reason else "hear nothing",
        repeats=len(desk.entities()) > 1,
        pages=pages(request, len(rows)),
    )  # fmt: skip


@_page
def customers(request: HttpRequest, desk: read.Desk) -> HttpResponse:
    """Every customer that owes something, or those whose name or reference is searched for.

    The number of an invoice leads to whoever has it.
    """
    asked = request.GET.get("q", "").strip().casefold()
    register, owing = desk.of(desk.names(), "register", _register), desk.owing()
    billed = today.billed(desk.scope, request.GET["q"].strip()) if asked else []
    if asked:
        found = [
            (name, reference)
            for name, reference, written in register
            if asked in written or reference in billed
        ]
    else:
        found = [(name, reference) for name, reference, _ in register if reference in owing]
    if len(found) == len(billed) == 1:
        return HttpResponseRedirect(_linker(desk)("customers", *billed, _at="items"))
    by_customer: dict[str, list[tuple[str, today.Balance]]] = {}
    seen = paged(request, found)
    for (entity, reference), balance in sorted(desk.balances_of(r for _, r in seen).items()):
        by_customer.setdefault(reference, []).append((entity, balance))
    rows = [(name, ref, by_customer.get(ref, [])) for name, ref in seen]
    return _render(
        request, desk, "customers.html", "Customers",
        rows=rows, n=len(found), pages=pages(request, len(found)),
    )  # fmt: skip


def _register(names: Mapping[str, str], _: object) -> list[tuple[str, str, str]]:
    """Return name, reference, and both as they are searched for, in the order of names."""
    found = [
        (name, reference, f"{name.casefold()}\n{reference.casefold()}")
        for reference, name in names.items()
    ]
    return sorted(found, key=lambda row: (row[0].casefold(), row[1]))


@_page
def message(request: HttpRequest, desk: read.Desk, key: str) -> HttpResponse:
    """One message exactly as it will look, with its head and what travels with it."""
    found, siblings = _previewed(desk, key)
    mail_ = _parsed(found)
    names = desk.names()
    attached = [] if mail_ is None else [
        (n, a.get_filename() or "", len(a.get_content())) for n, a in _attached(mail_)
    ]  # fmt: skip
    return _render(
        request, desk, "message.html", "Message",
        p=found, siblings=siblings, name=names.get(found.customer, ""), attached=attached,
        head=[] if mail_ is None else [(n, str(mail_[n])) for n in _HEAD if mail_[n]],
        of=desk.entities().get(found.entity, ""),
        text="" if found.message is None else found.message.text,
    )  # fmt: skip


@_page
def mail(request: HttpRequest, desk: read.Desk, key: str) -> HttpResponse:
    """The page of a mail, taken from its bytes; the script of a call."""
    found, _ = _previewed(desk, key)
    parsed = _parsed(found)
    if parsed is not None:
        body = parsed.get_body(preferencelist=("html",))
        assert body is not None
        page = str(body.get_content())
    elif found.script is not None:
        page = found.script.html
    else:
        raise Http404
    return _framed(HttpResponse(page), style=_styles(page))


@_page
def letter(request: HttpRequest, desk: read.Desk, key: str) -> HttpResponse:
    """The letter as PDF."""
    found, _ = _previewed(desk, key)
    if found.message is None or found.channel != "letter":
        raise Http404
    return _framed(HttpResponse(found.message.raw, content_type="application/pdf"))


@_page
def raw(request: HttpRequest, desk: read.Desk, key: str) -> HttpResponse:
    """The bytes that would be handed over, to save."""
    found, _ = _previewed(desk, key)
    if found.message is None:
        raise Http404
    kind, suffix = _SAVED[found.channel == "letter"]
    return _saved(found.message.raw, kind, f"{key}.{suffix}")


@_page
def attachment(request: HttpRequest, desk: read.Desk, key: str, n: int) -> HttpResponse:
    """A file that travels with a mail: shown where it is a PDF, else saved."""
    found, _ = _previewed(desk, key)
    parsed = _parsed(found)
    part = dict(_attached(parsed)).get(n) if parsed is not None else None
    if part is None:
        raise Http404
    content = part.get_content()
    if part.get_content_type() == "application/pdf":
        return _framed(HttpResponse(content, content_type="application/pdf"))
    return _saved(bytes(content), "application/octet-stream", f"attachment-{n}")


def _previewed(desk: read.Desk, key: str) -> tuple[preview.Preview, list[preview.Preview]]:
    """Return the message by its key, and those that go out beside it."""
    day = desk.day()
    planned = [(case, p.key) for case, act in day.acts for p in act.actions]
    planned += [(case, p.key) for case, asked in day.asks for p in asked.actions]
    for case, its_key in planned:
        if key == its_key:
            made = desk.previews(case.customer)
            found = next((p for p in made if p.key == key), None)
            if found is not None:
                beside = [p for p in made if (p.entity, p.step) == (found.entity, found.step)]
                return found, beside
    raise Http404


def _parsed(found: preview.Preview) -> EmailMessage | None:
    """Read a mail back from the bytes that would be handed over, as its reader would."""
    if found.message is None or found.channel != "email":
        return None
    return email.message_from_bytes(found.message.raw, policy=email.policy.default)


def _attached(mail_: EmailMessage) -> list[tuple[int, EmailMessage]]:
    return list(enumerate(mail_.iter_attachments(), start=1))


def _styles(page: str) -> str:
    """Return the policy for the styles a mail carries: exactly these, and no other."""
    found = sorted({html.unescape(s) for s in _STYLED.findall(page)})
    hashes = (base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in found)
    return " ".join(["'unsafe-hashes'", *(f"'sha256-{h}'" for h in hashes)]) if found else "'none'"


def _framed(response: HttpResponse, *, style: str = "") -> HttpResponse:
    """Let one of our own pages frame this, and let it do nothing itself."""
    frame = "script-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    # A PDF is drawn by the browser's own viewer, which a stricter policy would leave without
    # its styles; there is nothing in it that runs.
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {style}; sandbox; {frame}" if style else frame
    )
    return response


def _saved(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    safe = re.sub(r"[^A-Za-z0-9._-]", "-", name)
    response.headers["Content-Disposition"] = f'attachment; filename="{safe}"'
    return response


def paged(request: HttpRequest, rows: list[Any]) -> list[Any]:
    """Return the rows of the page asked for."""
    start = (number_of(request) - 1) * PAGE
    return rows[start : start + PAGE]


def pages(request: HttpRequest, n: int) -> list[tuple[int, str, bool]]:
    """Return the pages of a long list: number, address, and which one this is.

    Of many, the first and last ones and those near this one; a 0 without address stands for the
    others.
    """
    count = -(-n // PAGE)
    if count < 2:
        return []
    here, query = number_of(request), request.GET.copy()
    near = range(here - NEAR, here + NEAR + 1)
    out: list[tuple[int, str, bool]] = []
    last = 0
    for number in sorted({1, 2, *near, count - 1, count} & set(range(1, count + 1))):
        if number > last + 1:
            out.append((0, "", False))
        query["page"] = str(number)
        out.append((number, f"{request.path}?{query.urlencode()}", number == here))
        last = number
    return out


NEAR = 3
"""So many pages before and after the one looked at are offered at once."""


def number_of(request: HttpRequest) -> int:
    """Return the page asked for."""
    text = request.GET.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 100_000 else 1


@functools.cache
def _file(path: Path) -> bytes:
    return path.read_bytes()


def static(request: HttpRequest, name: str) -> HttpResponse:
    """A script of ours, one we ship as its makers wrote it, or the letters of the desk."""
    kind = _STATIC.get(name)
    if kind is None:
        raise Http404
    seconds = 31_536_000 if name.startswith("vendor/") else 0
    return _kept(_file(HERE / "static" / name), kind, seconds=seconds)


_SCRIPT = "text/javascript; charset=utf-8"
_STATIC = {
    "desk.js": _SCRIPT, "vendor/htmx-2.0.11.min.js": _SCRIPT,
    "vendor/desk-400.ttf": "font/ttf", "vendor/desk-600.ttf": "font/ttf",
}  # fmt: skip


def style(request: HttpRequest) -> HttpResponse:
    """The one style sheet."""
    return _kept(_file(HERE / "static" / "desk.css"), "text/css; charset=utf-8", seconds=0)


def icon(request: HttpRequest) -> HttpResponse:
    """The small picture in the browser's tab."""
    return _kept(_ICON.encode(), "image/svg+xml", seconds=86_400)


def font(request: HttpRequest, name: str) -> HttpResponse:
    """The desk is set in the same type as the letters."""
    path = _FONTS / f"{name}.ttf"
    if name not in {p.stem for p in _FONTS.glob("*.ttf")}:
        raise Http404
    return _kept(_file(path), "font/ttf", seconds=86_400)


def _kept(content: bytes, kind: str, *, seconds: int) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response.headers["Cache-Control"] = f"max-age={seconds}" if seconds else "no-cache"
    return response


def _sorry(request: HttpRequest, status: int, title: str, said: str) -> HttpResponse:
    page = {"title": title, "said": said}
    return HttpResponse(render_to_string("plain.html", page), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that cannot be read."""
    return _sorry(request, 400, "Not understood", "The address cannot be read.")


def not_this_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from a page of ours, or from one too old."""
    del reason
    said = "This form is too old, or does not come from this desk. Go back, and load the page anew."
    return _sorry(request, 403, "Not done", said)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No page here."""
    return _sorry(request, 404, "Not found", "There is nothing at this address.")


def broken(request: HttpRequest) -> HttpResponse:
    """A bug of ours: the terminal has the details."""
    said = "Something went wrong here. The terminal that serves this page says what."
    return _sorry(request, 500, "Sorry", said)


@_page
def do(request: HttpRequest, desk: read.Desk, verb: str, reference: str) -> HttpResponse:
    """Show a verb's form about a customer, or do it."""
    return doing.do(request, verb, reference)


@_page
def undo(request: HttpRequest, desk: read.Desk, verb: str, made: str) -> HttpResponse:
    """Take back what was just done."""
    return doing.undo(request, verb, made)
