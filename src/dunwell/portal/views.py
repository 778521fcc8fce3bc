"""The customer's pages: the account, how to pay, and one page for each thing that can be said.

Each begins by opening the link anew, so that one revoked a moment ago opens nothing. What is
said is answered by a redirect to the account, which says so in one sentence. Refusals are kind,
and tell a stranger nothing: a link that never was looks like one that is over.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import segno
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import translation

from dunwell.core import message
from dunwell.core.errors import DunwellError, Misconfigured, Refused, Unavailable
from dunwell.core.scope import Scope
from dunwell.desk import guest as guests
from dunwell.desk import owing, paying, portal, trail
from dunwell.desk import plan as plans
from dunwell.policies import portal as said
from dunwell.portal import forms, tongue

SCOPE, CLOCK = "dunwell.scope", "dunwell.clock"
"""Where a request carries whose pages these are and what tells the time (`web.server`)."""
BACK = "dunwell_back"
_BACK_SECONDS = 7200
ENOUGH = "enough_today"
_SAID = ("promise", "promise_asked", "dispute", "plan", "ask", "contact", "paid", "unpaid")
_STYLE = Path(__file__).parent / "static" / "portal.css"
log = logging.getLogger("dunwell.portal")
Submit = Callable[["Visit", Mapping[str, Any]], str]


class Visit(NamedTuple):
    """One request of somebody whose link is valid."""

    request: HttpRequest
    guest: portal.Guest
    say: tongue.Tongue
    base: str

    def page(self, template: str, title: str, *, status: int = 200, **more: Any) -> HttpResponse:
        """Render a page of the account."""
        around = {"title": title, "tongue": self.say, "base": self.base, "visit": self.guest,
                  "languages": said.NAMES.items(), "path": self.request.path,
                  "contact": ("", "")}  # fmt: skip
        text = render_to_string(f"portal/{template}", around | more, self.request)
        return HttpResponse(text, status=status)

    def home(self, code: str) -> HttpResponse:
        """Go back to the account, which says what was done."""
        return HttpResponseRedirect(f"{self.base}?said={code}", status=303)


View = Callable[[Visit], HttpResponse]


def _open(show: View) -> Callable[..., HttpResponse]:
    """Open the link before a page is shown; whatever goes wrong becomes a kind page."""

    @functools.wraps(show)
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        scope: Scope = request.META[SCOPE]
        now: dt.datetime = request.META[CLOCK]()
        address = str(request.META.get("REMOTE_ADDR", ""))
        try:
            who = portal.enter(scope, token, address=address, now=now)
        except Refused as error:
            is_many = error.reason == "too_many_tries"
            return _sorry(request, "too_many" if is_many else "no_link", 429 if is_many else 404)
        say = tongue.Tongue(tongue.chosen(request) or who.language)
        try:
            with translation.override(say.language):
                response = show(Visit(request, who, say, f"/portal/{token}"))
        except SuspiciousOperation:
            raise  # what was sent cannot be read: that is no bug of ours
        except Exception:
            log.exception("a page of portal link %s failed", who.link)
            return _sorry(request, "broken", 500)
        return _keep_language(request, response)

    return answer


@_open
def account(visit: Visit) -> HttpResponse:
    """The account: what is to be paid, what is open, what was agreed, and what can be done."""
    found, made = owing.account(visit.guest), owing.agreed(visit.guest)
    code = visit.request.GET.get("said", "")
    say = visit.say
    due = [(s.now_minor, s.currency) for s in found.sums if s.now_minor]
    whole = [(s.total_minor, s.currency) for s in found.sums if s.total_minor > 0]
    return visit.page(
        "account.html", say.say("account_of", name=found.name),
        found=found, made=made, due=say.amounts(due), whole=say.amounts(whole),
        is_same=due == whole, offered=_offered(visit, found), contact=_reach(found),
        done=say.say(f"said.{code}") if code in _SAID else "",
        is_well=code != "unpaid",
        counted=say.words.phrase("counted_to", counted_to=say.date(found.counted_to)),
    )  # fmt: skip


@_open
def statement(visit: Visit) -> HttpResponse:
    """The statement as PDF, in the language of the page, to be saved."""
    from dunwell.delivery import letter  # Typst is loaded only where a page is set

    found = owing.account(visit.guest)
    made = letter.statement(owing.data(found, language=visit.say.language), visit.say.words)
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"{visit.say.words.label('statement')}-{found.customer}")
    response = HttpResponse(made, content_type="application/pdf")
    where = f'attachment; filename="{name}-{found.as_of}.pdf"'
    response.headers["Content-Disposition"] = where
    return response


@_open
def pay(visit: Visit) -> HttpResponse:
    """How to pay: by transfer with the reference and a code to scan, and online where set up."""
    found = owing.account(visit.guest)
    options = owing.options(found, owing.agreed(visit.guest))
    if visit.request.method == "POST":
        return _leave(visit, found, options)
    return _pay_page(visit, found, options)


def _pay_page(
    visit: Visit,
    found: owing.Account,
    options: list[owing.Option],
    *,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    try:
        online = paying.choices(settings.HOME, options)
    except Misconfigured as wrong:
        log.warning("paying online is not offered: %s", wrong)
        online = []
    ways = [
        (s, [o for o in options if o.currency == s.currency],
         _qr(visit, found, s, options), [o for o in online if o.currency == s.currency])
        for s in found.sums
        if any(o.currency == s.currency for o in options)
    ]  # fmt: skip
    return visit.page(
        "pay.html", visit.say.say("pay_title"), status=status, ways=ways,
        found=found, key=forms.new_key(), error=error, contact=_reach(found),
        several=len(ways) > 1,
    )  # fmt: skip


def _leave(visit: Visit, found: owing.Account, options: list[owing.Option]) -> HttpResponse:
    """Take the customer to the provider; the way back is kept here and not told there."""
    asked = visit.request.POST
    if not forms.KEY.fullmatch(asked.get("key", "")):
        return _sorry(visit.request, "form", 403, say=visit.say)
    try:
        made = paying.start(
            visit.guest, settings.HOME, currency=asked.get("currency", ""),
            what=asked.get("what", ""), site=visit.request.build_absolute_uri("/")[:-1],
            key=asked["key"],
        )  # fmt: skip
    except (Refused, Unavailable, Misconfigured) as wrong:
        log.warning("portal link %s could not pay online: %s", visit.guest.link, wrong)
        is_much = isinstance(wrong, Refused) and wrong.reason == ENOUGH
        return _pay_page(
            visit, found, options, error=visit.say.error(ENOUGH if is_much else "provider"),
            status=429 if is_much else 503,
        )  # fmt: skip
    response = visit.page("leave.html", visit.say.say("pay_online"), url=made.url)
    response.set_cookie(
        BACK, visit.base.rpartition("/")[2], max_age=_BACK_SECONDS, httponly=True, samesite="Lax",
        secure=settings.IS_HTTPS, path="/portal/back",
    )  # fmt: skip
    return response


def back(request: HttpRequest) -> HttpResponse:
    """Take whoever comes back from the provider to their account; strangers are only thanked."""
    token = request.COOKIES.get(BACK, "")
    session = request.GET.get("session", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", token):
        return _sorry(request, "paid", 200, title="pay_online")
    query = f"?session={session}" if re.fullmatch(r"[A-Za-z0-9_]{1,250}", session) else ""
    response = HttpResponseRedirect(f"/portal/{token}/paid{query}", status=303)
    response.delete_cookie(BACK, path="/portal/back")
    return response


@_open
def paid(visit: Visit) -> HttpResponse:
    """Ask the provider what was paid, and let a person know."""
    session = visit.request.GET.get("session", "")
    try:
        done = paying.came_back(visit.guest, settings.HOME, session)
    except Refused:
        return _sorry(visit.request, "too_many", 429, say=visit.say)
    except (Unavailable, Misconfigured) as wrong:
        log.warning("portal link %s came back from paying: %s", visit.guest.link, wrong)
        done = None
    if done is not None:
        trail.seal(visit.guest.scope, now=visit.guest.now)
    return visit.home("unpaid" if done is None else "paid")


@_open
def promise(visit: Visit) -> HttpResponse:
    """Promise to pay by a day: at once nothing goes out about it until then."""
    found = owing.account(visit.guest)
    days, more = guests.promise_days(visit.guest)
    kind = forms.promise(visit.say, found, days=days, more=more, today=visit.guest.today)

    def submit(visit: Visit, given: Mapping[str, Any]) -> str:
        made = guests.promise_to_pay(
            visit.guest, items=given["items"], currency=given["currency"],
            amount=given["amount"], until=given["until"], words=given["note"], key=given["key"],
        )  # fmt: skip
        return "promise" if made["state"] == "open" else "promise_asked"

    return _form(visit, "promise", kind, submit, is_empty=not found.lines)


@_open
def dispute(visit: Visit) -> HttpResponse:
    """Object to items, with a file perhaps."""
    found = owing.account(visit.guest)

    def submit(visit: Visit, given: Mapping[str, Any]) -> str:
        guests.object_to(
            visit.guest, items=given["items"], amount=given["amount"], code=given["code"],
            words=given["note"], file=forms.file_of(given["file"]), key=given["key"],
        )  # fmt: skip
        return "dispute"

    kind = forms.dispute(visit.say, found)
    return _form(visit, "dispute", kind, submit, is_empty=not found.lines, has_file=True)


@_open
def plan(visit: Visit) -> HttpResponse:
    """Propose instalments, where the policy offers any."""
    offered = _offered(visit, owing.account(visit.guest))
    if not offered:
        return visit.page(
            "form.html", visit.say.say("do_plan"), hint=visit.say.error("not_offered")
        )

    def submit(visit: Visit, given: Mapping[str, Any]) -> str:
        guests.propose_plan(
            visit.guest, currency=given["currency"], instalments=given["instalments"],
            first_on=given["first_on"], words=given["note"], key=given["key"],
        )  # fmt: skip
        return "plan"

    return _form(visit, "plan", forms.instalments(visit.say, offered), submit)


@_open
def ask(visit: Visit) -> HttpResponse:
    """Ask something: until a person has read it nothing more goes out."""

    def submit(visit: Visit, given: Mapping[str, Any]) -> str:
        guests.ask(visit.guest, words=given["question"], name=given["name"], key=given["key"])
        return "ask"

    return _form(visit, "ask", forms.question(visit.say), submit)


@_open
def contact(visit: Visit) -> HttpResponse:
    """Say that a contact is wrong; a person checks it."""

    def submit(visit: Visit, given: Mapping[str, Any]) -> str:
        said_ = guests.Correction(
            given["contact"], given["wrong"], given["name"], given["email"], given["phone"],
            given["note"],
        )  # fmt: skip
        guests.correct(visit.guest, said_, key=given["key"])
        return "contact"

    kind = forms.contact(visit.say, guests.contacts(visit.guest))
    return _form(visit, "contact", kind, submit)


def _form(
    visit: Visit,
    name: str,
    kind: type[forms.Form],
    submit: Submit,
    *,
    is_empty: bool = False,
    has_file: bool = False,
) -> HttpResponse:
    """Show a form, or take what was written in it; not by a link that stands in a message."""
    if visit.guest.only_reads:
        return _sorry(visit.request, "no_link", 404, say=visit.say)
    say, status = visit.say, 200
    if visit.request.method == "POST":
        form = kind(visit.request.POST, visit.request.FILES)
        status = 422
        if form.is_valid():
            try:
                code = submit(visit, form.cleaned_data)
            except DunwellError as error:
                reason = getattr(error, "reason", "generic")
                form.add_error(None, say.error(reason))
                status = 429 if reason == ENOUGH else 409
            else:
                trail.seal(visit.guest.scope, now=visit.guest.now)
                return visit.home(code)
        elif form.errors.get("key"):
            return _sorry(visit.request, "form", 403, say=say)
    else:
        form = kind(initial={"key": forms.new_key()})
    return visit.page(
        "form.html", say.say(f"do_{name}"), status=status, form=None if is_empty else form,
        hint=say.say("nothing_open") if is_empty else say.say(f"{name}_hint"),
        button=say.say(f"send_{name}"), has_file=has_file,
    )  # fmt: skip


def _offered(visit: Visit, found: owing.Account) -> list[plans.Offered]:
    """Return what could be paid in instalments, a currency each."""
    who = visit.guest
    asked = (
        plans.offered(who.scope, who.customer, on=who.today, entity=who.entity, currency=s.currency)
        for s in found.sums
        if s.overdue_minor
    )
    return [o for o in asked if o is not None]


def _reach(found: owing.Account) -> tuple[str, str]:
    """Return the telephone number and the address at which people answer."""
    says = found.sender
    return str(says.get("phone", "")), str(says.get("email", ""))


def _qr(
    visit: Visit, found: owing.Account, one: owing.Sum, options: list[owing.Option]
) -> tuple[str, str]:
    """Return a code that a banking app scans, and what it is in words; none where none applies."""
    from dunwell.delivery import letter  # Typst is loaded only where a page is set

    minor = next(o.minor for o in options if o.currency == one.currency)
    part = message.CurrencyPart(
        currency=one.currency, total_minor=minor, reference=one.reference, bank=one.bank
    )
    payload = letter.epc_qr(part)
    if not payload:
        return "", ""
    out = io.BytesIO()
    code = segno.make(payload, error="m", boost_error=False, micro=False, encoding="utf-8")
    code.save(out, kind="svg", border=3, xmldecl=False, svgns=False, omitsize=True)
    words = visit.say.say("qr_alt", amount=visit.say.money(minor, one.currency))
    return out.getvalue().decode(), words


def _keep_language(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if request.GET.get("l") in said.LANGUAGES:
        response.set_cookie(
            tongue.COOKIE, request.GET["l"], max_age=31_536_000, httponly=True, samesite="Lax",
            secure=settings.IS_HTTPS, path="/portal/",
        )  # fmt: skip
    return response


def _sorry(
    request: HttpRequest,
    name: str,
    status: int,
    *,
    title: str = "sorry.title",
    say: tongue.Tongue | None = None,
) -> HttpResponse:
    """A page for whoever has no valid link here, or sent what cannot be taken."""
    say = say or tongue.Tongue(tongue.chosen(request) or tongue.accepted(request))
    words = say.say(f"sorry.{name}")
    page = {"title": say.say(title), "tongue": say, "words": words, "visit": None}
    return HttpResponse(render_to_string("portal/sorry.html", page), status=status)


def too_large(request: HttpRequest) -> HttpResponse:
    """Say that a body is larger than any form of ours."""
    return _sorry(request, "large", 413)


def not_this_form(request: HttpRequest) -> HttpResponse:
    """Say that a form did not come from a page of ours, or from one too old."""
    return _sorry(request, "form", 403)


def not_understood(request: HttpRequest) -> HttpResponse:
    """Say that what was sent cannot be read."""
    return _sorry(request, "form", 400)


def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """Say that there is no such page."""
    del rest
    return _sorry(request, "nothing", 404)


def style(request: HttpRequest) -> HttpResponse:
    """The style sheet of these pages."""
    response = HttpResponse(_STYLE.read_bytes(), content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
