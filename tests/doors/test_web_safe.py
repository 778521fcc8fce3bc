"""What the door of the desk keeps out: strangers, those who left, and what is too much."""

from __future__ import annotations

import logging
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from test_web_access import HERE, WORDS, Clock, browser, enter, user
from test_web_roles import ANYBODY, addresses

from dunwell.cli import serve
from dunwell.core import authority
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import access, found, people, release, tries
from dunwell.portal import bounds
from dunwell.store import models, tx
from dunwell.web import acts, entry, guard, server, serving
from helpers import NOW, TODAY, Book, customer, invoice

pytestmark = pytest.mark.one_database
STOPS = (
    "hold", "commercial_pause", "hardship", "moved_out", "closed", "dispute", "promise", "plan",
    "insolvency", "legal_representation", "placement", "written_off", "ceased", "ceased_email",
)  # fmt: skip
"""Every kind of stop there is."""
ENDS = {
    "hold": {"hold", "left out"}, "drop": {"left out"}, "hardship": {"hardship"},
    "out-of-cadence": {"moved_out"}, "lawyer": {"legal_representation"},
    "no-contact": {"ceased", "ceased_email"},
}  # fmt: skip
"""What the undoing of each verb may end; of every other verb, nothing by a stop's number."""


@pytest.fixture
def owing(scope: Scope, book: Book, home: Path, monkeypatch: pytest.MonkeyPatch) -> Scope:
    """C-1 owes an invoice."""
    monkeypatch.setattr(settings, "HOME", home)
    book.customers(customer("C-1", name="Lowry"))
    book.items(invoice("R-1"))
    return scope


def test_undoing_ends_what_its_verb_made_and_nothing_else(owing: Scope) -> None:
    """For every verb and every kind of stop: a dispute is not ended by undoing a hold."""
    user(owing, "eva", *authority.ROLES)
    client = browser(owing, Clock())
    enter(client, "eva")
    mine = {"organisation_id": owing.organisation_id}
    with tx.transaction_of(owing):
        one = models.Customer.objects.get(**mine)
        stops = {
            kind: models.Stop.objects.create(
                customer=one, kind=kind, from_on=TODAY, opened_at=NOW, **mine
            ).pk
            for kind in STOPS
        }
    stops["left out"] = release.leave_out(owing, "C-1", reason="asked", as_of=TODAY, now=NOW)
    ended: dict[str, set[str]] = {}
    for verb in (v.name for v in acts.registry().values() if v.undo):
        for kind, pk in stops.items():
            assert client.post(f"/undo/{verb}/{pk}").status_code == 303
            with tx.transaction_of(owing):
                again = models.Stop.objects.filter(**mine, pk=pk, ended_on__isnull=False)
                if again.update(ended_on=None, ended_at=None, state="open"):
                    ended.setdefault(verb, set()).add(kind)
    assert ended == ENDS


@pytest.mark.parametrize("made", ["abc", "9" * 40, "1.2", "-1", "٣"])
def test_what_was_never_made_cannot_be_undone(owing: Scope, made: str) -> None:
    """An address that names nothing is not found, and breaks nothing."""
    user(owing, "eva", "collector")
    client = browser(owing, Clock())
    enter(client, "eva")
    assert client.post(f"/undo/hold/{made}").status_code == 404


# --- who left --------------------------------------------------------------------------------


def test_whoever_lost_the_last_role_is_out_and_stays_out(owing: Scope) -> None:
    """Sessions and invitations end with it, and the password opens nothing any more."""
    user(owing, "boss", "admin")
    user(owing, "eva", "collector")
    client = browser(owing, Clock())
    enter(client, "eva")
    invitation = access.invite(owing, "eva", now=NOW)
    people.take_role(owing, "eva", "collector", now=NOW)
    assert client.get("/customers/C-1").status_code == 302
    assert enter(browser(owing, Clock()), "eva").status_code == 403
    assert client.get(f"/invitation/{invitation}").status_code == 404


def test_nothing_is_open_to_a_session_without_a_role(owing: Scope) -> None:
    """Even where a session should be left over: every address but the doors is refused."""
    user(owing, "eva", "collector")
    client = browser(owing, Clock(), **{server.STARTS: lambda work: None})
    enter(client, "eva")
    with tx.transaction_of(owing):
        models.Membership.objects.filter(
            organisation_id=owing.organisation_id, user__name="eva"
        ).delete()
    for where, needs in addresses():
        for method in ("get", "post") if needs.look != ANYBODY and where != "sign-out" else ():
            assert getattr(client, method)(f"/{where}").status_code == 403, where
    assert client.post("/sign-out").status_code == 303


# --- tries -----------------------------------------------------------------------------------


def test_a_name_nobody_has_waits_like_any_other(owing: Scope) -> None:
    """How long a name must wait tells nothing of whether there is such a user."""
    user(owing, "eva", "collector")
    answers = {
        name: [enter(browser(owing, Clock()), name, "wrong wrong").status_code for _ in range(7)]
        for name in ("eva", "nobody")
    }
    assert answers["eva"] == answers["nobody"] == [403] * 5 + [429] * 2


def test_with_a_second_factor_a_right_password_looks_like_a_wrong_one(owing: Scope) -> None:
    """Without the code nobody learns that the password was right."""
    user(owing, "eva", "collector")
    with tx.transaction_of(owing):
        models.Credential.objects.filter(organisation_id=owing.organisation_id).update(
            has_totp=True
        )
    pages = [enter(browser(owing, Clock()), "eva", words) for words in (WORDS, "wrong wrong")]
    assert [p.status_code for p in pages] == [403, 403]
    assert len({re.sub(r'value="[^"]*"', "", p.content.decode()) for p in pages}) == 1


def test_many_tries_at_once_count_as_many(owing: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is counted before its password is looked at: meanwhile no sixth one begins."""
    user(owing, "eva", "collector")
    proof = access.Proof("wrong wrong", "", "192.0.2.1", settings.HOME)
    looked, depth = [], 20

    def look(password: str, kept: str) -> bool:
        looked.append(password)
        if len(looked) < depth:
            with pytest.raises(Refused):
                access.prove(owing, "eva", proof, now=NOW)
        return False

    monkeypatch.setattr(access.hashers, "check_password", look)
    with pytest.raises(Refused):
        access.prove(owing, "eva", proof, now=NOW)
    assert len(looked) == tries.FREE


def test_only_what_fails_counts_for_an_address(
    owing: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An office behind one address signs in as often as it likes; a network is one address."""
    user(owing, "eva", "collector")
    monkeypatch.setattr(access.hashers, "check_password", lambda password, kept: True)
    for _ in range(tries.AN_ADDRESS + 5):
        tried = access.Proof(WORDS, "", "2001:db8::1", settings.HOME)
        access.prove(owing, "eva", tried, now=NOW)
    for n in range(tries.AN_ADDRESS):
        tries.from_address(owing, f"2001:db8::{n:x}", now=NOW)
    with pytest.raises(Refused):
        tries.from_address(owing, "2001:db8::ffff", now=NOW)
    tries.from_address(owing, "2001:db8:0:1::1", now=NOW)


def test_somebody_changes_their_own_password_by_proving_who_they_are(owing: Scope) -> None:
    """The old one is asked for; other sessions end, this one stays; then the new one counts."""
    user(owing, "eva", "reader")
    client, other = browser(owing, Clock()), browser(owing, Clock())
    for one in (client, other):
        enter(one, "eva")
    assert "/you" in client.get("/").content.decode()
    new = {"new": WORDS + " again", "again": WORDS + " again"}
    assert client.post("/you/password", {"password": "wrong wrong"} | new).status_code == 403
    assert other.get("/").status_code == 200
    assert client.post("/you/password", {"password": WORDS} | new).status_code == 303
    assert client.get("/you").status_code == 200
    assert other.get("/").status_code == 302
    assert enter(other, "eva", WORDS + " again").status_code == 303
    assert b"End the others" in client.get("/you").content
    client.post("/you/others")
    assert other.get("/").status_code == 302
    assert b"End the others" not in client.get("/you").content


def test_where_nobody_signs_in_there_is_no_password_to_change(owing: Scope) -> None:
    """The demo shows who somebody is, and nothing that guards a sign-in."""
    found.add_user(owing, "anna", roles=["collector"], now=NOW)
    client = browser(owing, Clock(), **{server.SIGNS_IN: False, server.SCOPE: owing})
    assert b"Nobody signs in here" in client.get("/you").content
    assert client.get("/you/password").status_code == 404
    assert client.get("/second-factor").status_code == 404


# --- cookies, logs, headers ------------------------------------------------------------------


def test_over_tls_every_cookie_and_every_answer_says_so(
    owing: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No cookie goes out in the clear; the form's token is a new one once somebody signed in."""
    user(owing, "eva", "collector")
    monkeypatch.setattr(settings, "IS_HTTPS", True)
    monkeypatch.setattr(settings, "SECURE_HSTS_SECONDS", 31_536_000)
    monkeypatch.setattr(settings, "CSRF_COOKIE_SECURE", True)
    client = browser(owing, Clock())
    page = client.get("/sign-in", secure=True)
    before = client.cookies["dunwell_form"].value
    enter(client, "eva")
    client.get("/do/hold/C-1")
    client.post("/do/hold/C-1", {"reason": "audit"})
    assert client.cookies["dunwell_form"].value != before
    cookies = ("dunwell_form", entry.COOKIE, "dunwell_said")
    assert all(client.cookies[name]["secure"] for name in cookies)
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_an_invitation_is_not_written_into_a_log(
    owing: Scope, caplog: pytest.LogCaptureFixture
) -> None:
    """What is said of an address that failed leaves out the key in it."""
    token = "x" * 43
    browser(owing, Clock()).get(f"/invitation/{token}")
    assert caplog.records
    assert token not in caplog.text
    logging.getLogger("waitress").error("Exception while serving %s", f"/invitation/{token}")
    assert token not in caplog.text


@pytest.mark.parametrize("name", ["localhost:80@evil.example", "127.0.0.1@evil", "[::1]evil"])
def test_a_name_that_only_begins_like_ours_is_not_ours(owing: Scope, name: str) -> None:
    """A host is read whole, or not at all."""
    client = browser(owing, Clock())
    assert client.get("/sign-in", **(HERE | {"HTTP_HOST": name})).status_code == 421


def test_numbers_that_name_nothing_are_not_found(owing: Scope) -> None:
    """However long they are, on every address that has one."""
    user(owing, "eva", *authority.ROLES)
    client = browser(owing, Clock())
    enter(client, "eva")
    long = "9" * 40
    for path in ("cases/disputes/%s/file", "draft/dispute/%s", "draft/reply/%s", "sent/%s",
                 "proposal/%s", "interest/claims/%s", "cases/disputes/%s/settle"):  # fmt: skip
        assert client.get(f"/{path % long}").status_code == 404, path


# --- what is too much ------------------------------------------------------------------------


def test_nobody_fills_the_disk_from_outside(owing: Scope) -> None:
    """A body larger than a form is refused unread, and a file is taken by no page but its own."""
    client = browser(owing, Clock())
    assert client.post("/sign-in", {"name": "x" * guard.MOST}).status_code == 413
    sent = {"name": "eva", "password": WORDS, "file": SimpleUploadedFile("a.csv", b"a,b")}
    request = client.post("/sign-in", sent).wsgi_request
    assert (request.POST["name"], dict(request.FILES)) == ("eva", {})
    most = [
        guard.most(path, is_in=is_in)
        for path in ("/", "/sign-in", "/import", "/portal/x/dispute")
        for is_in in (False, True)
    ]
    assert guard.MOST_PORTAL == bounds.LARGEST
    assert most == [10**6, 10**6, 10**6, 10**6, 10**6, 201 * 10**6, 5_100_000, 5_100_000]


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Say from which address somebody is, and how much they sent."""
    sent = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['REMOTE_ADDR']} {len(sent)}".encode()]


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[int]:
    """The desk's server on a free port, with a page that echoes; the test names its proxy."""
    with serve.bound("127.0.0.1", 0) as sock:
        one = serving.server(echo, sock, proxy=getattr(request, "param", ""))
        threading.Thread(target=one.run, daemon=True).start()
        yield sock.getsockname()[1]
        one.close()
        one.task_dispatcher.shutdown()


def said(port: int, head: str, body: bytes = b"", *, to_the_end: bool = True) -> str:
    """Send a request as it stands; return the answer, or nothing where none is waited for."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as one:
        lines = ("HTTP/1.1", "Host: localhost", "Connection: close")
        one.sendall("\r\n".join([f"{head.split(chr(10))[0]} {lines[0]}", *lines[1:],
                                 *head.split("\n")[1:], "", ""]).encode() + body)  # fmt: skip
        answer = b""
        while chunk := one.recv(65_536):
            answer += chunk
        return answer.decode()


def test_whoever_sends_slowly_holds_no_worker(served: int) -> None:
    """With more stalled requests than workers a page is answered all the same."""
    head = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nname=a"
    stalled = [socket.create_connection(("127.0.0.1", served)) for _ in range(serving.THREADS * 3)]
    try:
        for one in stalled:
            one.sendall(head)
        assert said(served, "GET /").endswith("127.0.0.1 0")
    finally:
        for one in stalled:
            one.close()


def test_the_server_reads_no_more_than_an_address_takes(served: int) -> None:
    """Told by the headers alone, or as it comes in; a ledger's file only from who signed in."""
    for path in ("/sign-in", "/import"):
        assert " 413 " in said(served, f"POST {path}\nContent-Length: 1000001")
    chunk = b"F4240\r\n" + b"x" * 1_000_000 + b"\r\n"
    chunks = chunk + b"1\r\ny\r\n0\r\n\r\n"
    assert " 413 " in said(served, "POST /sign-in\nTransfer-Encoding: chunked", chunks)
    forged = "POST /import\nCookie: dunwell_session=abc:def:ghi\nContent-Length: 1000001"
    assert " 413 " in said(served, forged)
    mine = f"POST /import\nCookie: {entry.COOKIE}={entry._SIGNED.sign('abc')}"
    body = b"x" * 1_000_001
    assert said(served, f"{mine}\nContent-Length: {len(body)}", body).endswith("1000001")


def test_an_address_somebody_only_says_is_not_believed(served: int) -> None:
    """Without a proxy that is named, the header is anybody's word."""
    assert said(served, "GET /\nX-Forwarded-For: 192.0.2.9").endswith("127.0.0.1 0")


@pytest.mark.parametrize("served", ["127.0.0.1"], indirect=True)
def test_behind_its_proxy_everybody_has_an_address_of_their_own(served: int) -> None:
    """The last address the proxy says is whose request it is; what stood before is not read."""
    assert said(served, "GET /\nX-Forwarded-For: 10.0.0.1, 192.0.2.9").endswith("192.0.2.9 0")


@pytest.mark.parametrize("served", ["192.0.2.1"], indirect=True)
def test_nobody_but_the_proxy_says_who_somebody_is(served: int) -> None:
    """From elsewhere the header is taken away."""
    assert said(served, "GET /\nX-Forwarded-For: 192.0.2.9").endswith("127.0.0.1 0")
