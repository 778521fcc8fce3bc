"""Who may enter the desk, what they may do there, and what a form must carry."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pyotp
import pytest
from django.conf import settings
from django.test import Client

from dunwell.core import authority
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import access, found, tries
from dunwell.store import models, tx
from dunwell.web import acts, entry, server
from helpers import NOW, Book, customer, invoice

WORDS = "a calm desk in the morning"
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
HERE: dict[str, Any] = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000"}


class Clock:
    """What time it is, until somebody moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


def browser(scope: Scope, clock: Clock, *, checks: bool = False, **more: Any) -> Client:
    """Return a browser before the door; `checks` that forms carry what they must."""
    env = {server.SCOPE: scope._replace(actor="nobody"), server.CLOCK: clock, server.SIGNS_IN: True}
    return Client(enforce_csrf_checks=checks, **HERE, **(env | more))


def user(scope: Scope, name: str, *roles: str) -> None:
    """Add a user with a password."""
    found.add_user(scope, name, roles=roles, now=NOW)
    access.accept(scope, access.invite(scope, name, now=NOW), WORDS, now=NOW)


def enter(client: Client, name: str, password: str = WORDS, code: str = "") -> Any:
    """Sign in at the door."""
    return client.post("/sign-in", {"name": name, "password": password, "code": code})


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def owing(scope: Scope, book: Book) -> Scope:
    """C-1 owes an invoice."""
    book.customers(customer("C-1", name="Lowry"))
    book.items(invoice("R-1"))
    return scope


def test_nobody_reads_a_page_before_signing_in(owing: Scope, clock: Clock) -> None:
    """Each page sends whoever is not signed in to the door, and back after it."""
    client = browser(owing, clock)
    user(owing, "eva", "collector")
    for path in ("/", "/customers/C-1", "/do/hold/C-1", "/message/abc/raw", "/nothing"):
        response = client.get(path)
        assert response.status_code == 302
        assert response["Location"].startswith("/sign-in?next=")
    response = client.post("/sign-in?next=/customers/C-1", {"name": "eva", "password": WORDS})
    assert (response.status_code, response["Location"]) == (303, "/customers/C-1")
    assert b"Lowry" in client.get("/customers/C-1").content


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_sent_elsewhere(owing: Scope, clock: Clock, back: str) -> None:
    """Only addresses of ours are gone back to."""
    client = browser(owing, clock)
    user(owing, "eva", "collector")
    response = client.post(f"/sign-in?next={back}", {"name": "eva", "password": WORDS})
    assert response["Location"] == "/"


def test_a_sign_in_that_fails_says_one_thing(owing: Scope, clock: Clock) -> None:
    """Whether the name, the password or the code was wrong cannot be told."""
    user(owing, "eva", "collector")
    pages = {
        enter(browser(owing, clock), name, words).content.decode().partition("<form")[2]
        for name, words in (("eva", "wrong wrong wrong"), ("nobody", WORDS))
    }
    assert len({re.sub(r'value="[^"]*"', "", p) for p in pages}) == 1


def test_many_tries_must_wait(owing: Scope, clock: Clock) -> None:
    """After five wrong passwords the right one waits too; after an hour it is taken."""
    user(owing, "eva", "collector")
    for _ in range(5):
        assert enter(browser(owing, clock), "eva", "wrong wrong wrong").status_code == 403
    assert enter(browser(owing, clock), "eva").status_code == 429
    clock.now += HOUR
    assert enter(browser(owing, clock), "eva").status_code == 303


def test_one_address_cannot_try_many_names(owing: Scope, clock: Clock) -> None:
    """Thirty tries from one address within ten minutes, whatever the names."""
    user(owing, "eva", "collector")
    proof = access.Proof(WORDS, "", "192.0.2.1", settings.HOME)
    for n in range(tries.AN_ADDRESS):
        with pytest.raises(Refused) as error:
            access.sign_in(owing, f"name {n}", proof, now=NOW)
        assert error.value.reason == "wrong_sign_in"
    assert enter(browser(owing, clock), "eva").status_code == 303
    with pytest.raises(Refused) as error:
        access.sign_in(owing, "eva", proof, now=NOW)
    assert error.value.reason == "too_many_tries"


def second_factor(client: Client, *, code: str = "") -> pyotp.TOTP:
    """Begin with a second factor at the desk; return what the phone then has."""
    page = client.post("/second-factor", {"password": WORDS, "code": code}).content.decode()
    found = re.search(r'secret">(\w+)<', page)
    assert found, page
    return pyotp.TOTP(found[1])


def test_a_second_factor_is_asked_for_and_counts_once(owing: Scope, clock: Clock) -> None:
    """With it on, the password alone does not do, and a code seen is of no use."""
    user(owing, "eva", "collector")
    client, other = browser(owing, clock), browser(owing, clock)
    for one in (client, other):
        enter(one, "eva")
    assert b"secret" not in client.get("/second-factor").content, "a look makes nothing"
    assert client.post("/second-factor", {"password": "wrong wrong"}).status_code == 403
    made = second_factor(client)
    assert b"That is not the code" in client.post("/second-factor", {"confirm": "12"}).content
    at = int(NOW.timestamp())
    assert client.post("/second-factor", {"confirm": made.at(at)}).status_code == 303
    assert other.get("/").status_code == 302, "whoever else was in is out"
    assert enter(browser(owing, clock), "eva").status_code == 403
    assert enter(browser(owing, clock), "eva", code=made.at(at)).status_code == 403, "used"
    clock.now += 2 * MINUTE
    later = made.at(at + 120)
    assert enter(browser(owing, clock), "eva", code=later).status_code == 303
    assert enter(browser(owing, clock), "eva", code=later).status_code == 403
    assert client.post("/second-factor", {"password": WORDS}).status_code == 422
    clock.now += 2 * MINUTE
    assert client.post("/second-factor", {"password": WORDS, "code": later}).status_code == 403
    assert second_factor(client, code=made.at(at + 240)).secret != made.secret


def test_a_session_ends_when_left_when_old_and_with_a_new_password(
    owing: Scope, clock: Clock
) -> None:
    """Twelve hours unseen, seven days at most, at once when the password changes or one leaves."""
    user(owing, "eva", "collector")
    client = browser(owing, clock)
    enter(client, "eva")
    clock.now += access.IDLE
    assert client.get("/").status_code == 302
    enter(client, "eva")
    for _ in range(16):
        clock.now += access.IDLE - HOUR
        last = client.get("/").status_code
    assert last == 302, "after seven days it ends, however often it was seen"
    enter(client, "eva")
    assert client.get("/").status_code == 200
    invitation = access.invite(owing, "eva", now=clock.now)
    access.accept(owing, invitation, WORDS + " again", now=clock.now)
    assert client.get("/").status_code == 302
    enter(client, "eva", WORDS + " again")
    assert client.get("/sign-out").status_code == 405, "no look at a page signs anybody out"
    assert client.get("/").status_code == 200
    client.post("/sign-out")
    assert client.get("/").status_code == 302


def test_an_invitation_is_used_once_and_lapses(owing: Scope, clock: Clock) -> None:
    """A link works once, for three days, and only the newest one."""
    found.add_user(owing, "eva", roles=["collector"], now=NOW)
    client = browser(owing, clock)
    first, second = (access.invite(owing, "eva", now=NOW) for _ in range(2))
    assert client.get(f"/invitation/{first}").status_code == 404
    assert client.get(f"/invitation/{second}").status_code == 200
    for new, again, said in (("short", "short", b"at least 12"), (WORDS, "x", b"not what you")):
        page = client.post(f"/invitation/{second}", {"new": new, "again": again})
        assert said in page.content
    words = {"new": WORDS, "again": WORDS}
    assert client.post(f"/invitation/{second}", words).status_code == 303
    assert client.post(f"/invitation/{second}", words).status_code == 404
    third = access.invite(owing, "eva", now=NOW)
    clock.now += access.INVITED
    assert client.get(f"/invitation/{third}").status_code == 404


def test_no_token_or_password_stands_in_the_database(owing: Scope, clock: Clock) -> None:
    """Only hashes are kept, and the journal says who, not with what."""
    user(owing, "eva", "collector")
    client = browser(owing, clock)
    enter(client, "eva")
    token = client.cookies[entry.COOKIE].value
    with tx.transaction_of(owing):
        mine = {"organisation_id": owing.organisation_id}
        kept = str(list(models.WebSession.objects.filter(**mine).values()))
        kept += str(list(models.Credential.objects.filter(**mine).values()))
        kept += str(list(models.Event.objects.filter(**mine).values()))
    assert token not in kept
    assert WORDS not in kept
    assert client.cookies[entry.COOKIE]["httponly"]


def test_a_form_from_elsewhere_does_nothing(owing: Scope, clock: Clock) -> None:
    """Without the token of a page of ours nothing is done."""
    user(owing, "eva", "collector")
    client = browser(owing, clock, checks=True)
    page = client.get("/sign-in").content.decode()
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    said = {"name": "eva", "password": WORDS, "csrfmiddlewaretoken": token}
    assert client.post("/sign-in", said).status_code == 303
    hold = {"reason": "audit", "note": "", "until": ""}
    assert client.post("/do/hold/C-1", hold).status_code == 403
    with tx.reading(owing):
        assert not models.Stop.objects.filter(organisation_id=owing.organisation_id).exists()
    page = client.get("/do/hold/C-1").content.decode()
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    assert client.post("/do/hold/C-1", hold | {"csrfmiddlewaretoken": token}).status_code == 303
    with tx.reading(owing):
        (stop,) = models.Stop.objects.filter(organisation_id=owing.organisation_id)
    assert stop.by == "eva"


@pytest.mark.parametrize("role", authority.ROLES)
def test_each_role_does_what_it_may_and_no_more(owing: Scope, clock: Clock, role: str) -> None:
    """Every verb with every role: the form opens for those who may, and for nobody else."""
    user(owing, "eva", role)
    client = browser(owing, clock)
    enter(client, "eva")
    page = client.get("/customers/C-1").content.decode()
    for name, verb in acts.registry().items():
        status = client.get(f"/do/{name}/C-1").status_code
        is_allowed = authority.may({role}, verb.right)
        assert (status == 200) is is_allowed, (role, name, status)
        assert (f'data-verb="{name}"' in page) is is_allowed


def test_a_customer_that_changed_is_shown_again_first(owing: Scope, clock: Clock) -> None:
    """What was typed comes back with a word that the case changed; nothing is done."""
    user(owing, "eva", "collector")
    client = browser(owing, clock)
    enter(client, "eva")
    page = client.get("/do/hold/C-1").content.decode()
    mark = re.search(r'name="mark" value="(\w+)"', page)[1]
    said = {"reason": "audit", "mark": mark}
    assert client.post("/do/hold/C-1", said).status_code == 303
    late = client.post("/do/hold/C-1", said | {"reason": "asked by sales"})
    assert late.status_code == 409
    assert b"changed since you looked" in late.content
    assert b"asked by sales" in late.content
    with tx.reading(owing):
        assert models.Stop.objects.filter(organisation_id=owing.organisation_id).count() == 1


def test_what_was_done_can_be_undone(owing: Scope, clock: Clock) -> None:
    """The page after it says what was done, and offers to take it back by a record of its own."""
    user(owing, "eva", "collector")
    client = browser(owing, clock)
    enter(client, "eva")
    client.post("/do/hold/C-1", {"reason": "audit"})
    page = client.get("/customers/C-1").content.decode()
    assert "Held: everything." in page
    where = re.search(r'action="(/undo/hold/\d+)"', page)[1]
    assert "Held: everything." not in client.get("/customers/C-1").content.decode()
    assert client.post(where).status_code == 303
    assert "The hold is released." in client.get("/").content.decode()
    with tx.reading(owing):
        (stop,) = models.Stop.objects.filter(organisation_id=owing.organisation_id)
    assert stop.state == "released"
