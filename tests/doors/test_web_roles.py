"""Every address of the desk, with every role: read and done by those who may, and by nobody else.

The addresses come from `web.urls` itself: one without a row here fails, so that no new page can
be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.urls import URLPattern
from test_web_access import Clock, browser, enter, user

from dunwell.core import authority, handoff
from dunwell.core.scope import Scope
from dunwell.portal import urls as portal_urls
from dunwell.web import acts, cases, deeds, entry, server, setting_pages, urls, views
from helpers import Book, customer, invoice

pytestmark = pytest.mark.one_database
ROUTES = [str(p.pattern) for p in urls.urlpatterns if isinstance(p, URLPattern)]
ANYBODY, NOBODY = "anybody", "nobody"


class Needs(NamedTuple):
    """The right it takes to look at an address, and to send something to it.

    `ANYBODY` needs no sign-in; `NOBODY` is refused to whoever only looks, as not found.
    """

    look: str
    send: str = ""

    @property
    def to_send(self) -> str:
        """The right to send: as to look, where nothing else is said."""
        return self.send or self.look


READ = Needs("read")
NEEDS: dict[str, Needs] = {
    "": READ, "beside/<str:token>": READ, "worklist": READ, "calls": READ, "cases": READ,
    "cases/<slug:slug>": READ,
    "cases/disputes/<int:number>/file": Needs("dispute"), "tonight": READ,
    "tonight/leave-out": Needs("release"), "tonight/release": Needs("release"),
    "proposal/<int:number>": READ, "proposal/<int:number>/progress": READ,
    "proposal/<int:number>/<slug:how>": Needs("release"), "approvals": READ,
    "worklist/filters": READ, "worklist/filters/<int:number>/forget": READ,
    "approvals/<str:key>": READ, "approvals/<str:key>/answer": Needs("answer"),
    "undo/approval/<str:key>": Needs("answer"), "deliveries": READ,
    "checklist/<slug:row>/<path:reference>": Needs("checklist"),
    "before-agency/<path:reference>": READ, "interest": READ, "interest/of/<path:reference>": READ,
    "interest/claims/<int:number>": Needs("read", "interest"), "settings/law": Needs("settings"),
    "letters": READ, "letters/print": Needs("release"), "letters/<slug:run>.pdf": READ,
    "letters/<slug:run>/<slug:how>": Needs("release"),
    "deliveries/<str:key>": Needs("delivery"), "silence": READ, "silence/<str:reason>": READ,
    "import": Needs("import"), "import/forget": Needs("import"),
    "import/<str:token>": Needs("import"), "import/<str:token>/columns": Needs("import"),
    "import/<str:token>/progress": Needs("import"),
    "import/<str:token>/complaints.csv": Needs("import"),
    "import/<str:token>/<slug:verb>": Needs("import"), "aging": READ, "aging/items": READ,
    "aging/items/export": READ,
    "aging/trend": READ, "aging/export": READ, "insights": READ,
    "insights/days": READ, "insights/days/changed/<slug:how>": READ,
    "insights/days/lines": READ, "insights/days/export": READ,
    "insights/rows/<slug:figure>": READ, "customers": READ,
    "customers/<path:reference>": READ, "statement/<path:reference>": READ,
    "briefing/<path:reference>": READ, "evidence/<path:reference>": Needs("evidence"),
    "sent/<int:number>": READ, "sent/<int:number>/mail.html": READ,
    "sent/<int:number>/letter.pdf": READ, "sent/<int:number>/raw": READ,
    "sent/<int:number>/attachment/<int:n>": READ, "policy": Needs("read", "policy"),
    "policy/<slug:name>": Needs("read", "policy"), "policy/<slug:name>/edit": Needs("policy"),
    "policy/<slug:name>/check": Needs("policy"), "policy/<slug:name>/numbers": Needs("policy"),
    "policy/<slug:name>/drop": Needs("policy"), "policy/<slug:name>/go-on": Needs("policy"),
    "policy/<slug:name>/effect": Needs("policy"), "policy/<slug:name>/progress": Needs("policy"),
    "policy/<slug:name>/stories": Needs("policy"), "policy/<slug:name>/publish": Needs("policy"),
    "policy/<slug:name>/texts": READ, "policy/<slug:name>/texts/<slug:text>": READ,
    "policy/<slug:name>/texts/<slug:text>/<slug:language>": Needs("templates"),
    "policy/<slug:name>/texts/<slug:text>/<slug:language>/mail.html": READ,
    "policy/<slug:name>/texts/<slug:text>/<slug:language>/letter.pdf": READ,
    "draft/<slug:kind>/<str:of>": Needs("note"),
    "message/<str:key>": READ, "message/<str:key>/mail.html": READ,
    "message/<str:key>/letter.pdf": READ, "message/<str:key>/raw": READ,
    "message/<str:key>/attachment/<int:n>": READ, "journal": Needs("journal"),
    "journal/verify": Needs("journal"), "journal/why": READ, "settings": Needs("settings"),
    "settings/companies": Needs("settings"), "settings/companies/add": Needs("settings"),
    "settings/companies/<str:code>": Needs("settings"), "settings/people": Needs("people"),
    "settings/people/add": Needs("people"), "settings/people/invite": Needs("people"),
    "settings/people/<slug:how>": Needs("people"), "settings/channels": Needs("settings"),
    "settings/contact": READ, "settings/calendars": Needs("settings"),
    "settings/feeds": Needs("settings"),
    "settings/feeds/<str:code>": Needs("settings"), "settings/webhooks": Needs("settings"),
    "settings/alerts": Needs("settings"), "settings/alerts/close": Needs("settings"),
    "settings/health": Needs("settings"), "sign-in": Needs(ANYBODY), "sign-out": READ,
    "invitation/<str:token>": Needs(ANYBODY), "second-factor": READ, "you": READ,
    "you/password": READ, "you/others": READ, "desk.css": Needs(ANYBODY),
    "static/<path:name>": Needs(ANYBODY), "icon.svg": Needs(ANYBODY),
    "font/<str:name>": Needs(ANYBODY),
}  # fmt: skip
"""What each address takes; those of `EACH` are asked one by one."""
EACH = {
    "cases/<slug:slug>/<int:number>/settle": [
        (f"cases/{slug}/1/settle", Needs(noun.right)) for slug, noun in cases.NOUNS.items()
        if noun.is_settled
    ],
    "cases/<slug:slug>/<int:number>/<slug:how>": [
        (f"cases/{slug}/1/{how}", Needs(deed.right)) for (slug, how), deed in deeds.TABLE.items()
    ],
    "do/<slug:verb>/<path:reference>": [
        (f"do/{v.name}/C-1", Needs(v.right)) for v in acts.registry().values()
    ],
    "undo/<slug:verb>/<str:made>": [
        (f"undo/{v.name}/999", Needs(v.right if v.asks else NOBODY, v.right))
        for v in acts.registry().values()
        if v.undo
    ],
}  # fmt: skip
_PARTS = {
    "run": "none", "reference": "C-1", "name": "classic", "text": "first_reminder",
    "language": "de", "number": "1", "n": "1", "slug": "disputes", "how": "pause",
    "row": next(iter(handoff.ROWS)),
    "reason": "too_soon", "token": "a" * 22, "verb": "take", "key": "0000", "code": "MAIN",
    "figure": "cash", "kind": "dispute", "of": "1",
}  # fmt: skip


def addresses() -> Iterator[tuple[str, Needs]]:
    """Yield every address with something in its gaps, and what it takes."""
    for route, needs in NEEDS.items():
        yield re.sub(r"<\w+:(\w+)>", lambda m: _PARTS[m[1]], route), needs
    for rows in EACH.values():
        yield from rows


@pytest.fixture
def owing(scope: Scope, book: Book, home: Path, monkeypatch: pytest.MonkeyPatch) -> Scope:
    """C-1 owes an invoice; whatever goes on beside the pages is left undone."""
    monkeypatch.setattr(settings, "HOME", home)
    book.customers(customer("C-1", name="Lowry"))
    book.items(invoice("R-1"))
    return scope


def test_every_address_has_its_row() -> None:
    """A page that is added says here who may look and who may send; none stands here for nothing.

    An address that takes one right for each noun or verb is asked for all of them.
    """
    assert set(ROUTES) == {*NEEDS, *EACH}
    assert len(ROUTES) == len(set(ROUTES))
    rights = {r for _, n in addresses() for r in (n.look, n.to_send)} - {ANYBODY, NOBODY}
    asked = (
        rights | {right for _, _, right, _ in views._RAIL} | {p.right for p in setting_pages.PARTS}
    )
    assert asked <= set(authority.MAY)
    assert {v.right for v in acts.registry().values()} <= rights


@pytest.mark.parametrize("role", authority.ROLES)
def test_each_role_looks_and_sends_where_it_may(owing: Scope, role: str) -> None:
    """Refused is exactly what the table of roles refuses; nothing is broken for anybody."""
    user(owing, "eva", role)
    client = browser(owing, Clock(), **{server.STARTS: lambda work: None})
    enter(client, "eva")
    asked = [("get", where, needs.look) for where, needs in addresses()]
    asked += [("post", where, needs.to_send) for where, needs in addresses()]
    wrong = []
    for method, where, right in asked:
        if where == "sign-out":
            continue  # it ends the session, for everybody
        status = getattr(client, method)(f"/{where}").status_code
        is_open = right in (ANYBODY, NOBODY) or authority.may({role}, right)
        is_right = (status == 404) if right == NOBODY else (status == 403) is not is_open
        if not is_right or status >= 500 or status == 401:
            wrong.append((method, where, status))
    assert wrong == []
    for path in re.findall(r'<a href="([^"]+)"[^>]*data-go=', client.get("/").content.decode()):
        assert client.get(path).status_code == 200, "the rail offers only what opens"


def test_no_two_pages_of_the_rail_have_the_same_key() -> None:
    """What is pressed after g leads to one page."""
    keys = [key for *_, key in views._RAIL]
    assert len(set(keys)) == len(keys)


def test_whoever_is_not_signed_in_gets_no_further_than_the_door(owing: Scope) -> None:
    """Every address but the doors themselves sends to the door, whatever is asked of it."""
    client = browser(owing, Clock())
    for where, needs in addresses():
        for method in ("get", "post"):
            response: Any = getattr(client, method)(f"/{where}")
            is_sent_away = response.status_code == 302 and response["Location"].startswith(
                "/sign-in?next="
            )
            assert is_sent_away is (needs.look != ANYBODY), (method, where, response.status_code)
            assert needs.look != ANYBODY or f"/{where}".startswith(entry.OPEN), where


def test_a_role_opens_nothing_of_the_customers_pages(owing: Scope) -> None:
    """Behind the portal only a link counts: whoever signs in at the desk has none by that."""
    user(owing, "eva", "admin")
    client = browser(owing, Clock())
    enter(client, "eva")
    free = ("portal.css", "back")
    for pattern in portal_urls.urlpatterns:
        route = str(pattern.pattern)
        where = re.sub(r"<\w+:(\w+)>", lambda m: "x" * 43, route)
        for method in ("get", "post"):
            status = getattr(client, method)(f"/portal/{where}").status_code
            assert (status == 200) if route in free else (status in (404, 429)), (route, status)
