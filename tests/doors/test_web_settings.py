"""Settings in the browser: what is set, without secrets; people and roles; trials; thresholds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from test_web import client_of, main_of, seen
from test_web_access import WORDS, Clock, browser, enter

from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import access, found, gate, hooks, letterhead, people
from dunwell.store import models, tx
from dunwell.web import server
from helpers import NOW, TODAY, Book, customer, invoice

PARTS = ("companies", "companies/add", "companies/MAIN", "people", "people/add", "channels",
         "calendars", "feeds", "feeds/MAIN", "webhooks", "alerts", "health")  # fmt: skip


def text(client: Client, path: str, status: int = 200) -> str:
    """Return a page."""
    response = client.get(path)
    assert response.status_code == status, response.content
    return str(response.content.decode())


@pytest.fixture
def served(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk is served from the test's own data folder."""
    monkeypatch.setattr(settings, "HOME", home)


def plays(scope: Scope) -> Client:
    """Return a browser where the day is only played: what is sent goes into files."""
    env: dict[str, Any] = {server.SCOPE: scope, server.CLOCK: lambda: NOW, server.PLAYS: True}
    return Client(REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:8000", **env)


@pytest.fixture
def headed(scope: Scope, served: None) -> Scope:
    """MAIN has a letterhead."""
    head = letterhead.Letterhead(
        name="Lowry <Sign> Works", email="ar@lowry.example", address_lines=["Musterallee 1"],
        bank={"EUR": letterhead.Account(iban="DE89370400440532013000")},
    )  # fmt: skip
    letterhead.keep(scope, "MAIN", head, now=NOW)
    return scope


def test_every_part_opens_and_leads_to_the_others(headed: Scope) -> None:
    """From the overview each part is one step away."""
    client = client_of(headed)
    page = text(client, "/settings")
    assert "1 company" in seen(main_of(page))
    for part in PARTS:
        text(client, f"/settings/{part}")
        if "/" not in part:
            assert f'href="/settings/{part}"' in page


def test_who_may_not_set_anything_gets_in_nowhere(headed: Scope) -> None:
    """A manager neither sees the settings in the rail nor opens or changes one."""
    found.add_user(headed, "max", roles=["manager"], now=NOW)
    client = client_of(headed._replace(actor="max"))
    assert 'href="/settings"' not in text(client, "/customers")
    for part in ("", *PARTS):
        text(client, f"/settings/{part}".rstrip("/"), 403)
    for path in ("people/invite", "people/take", "people/drop-code", "alerts/close", "channels",
                 "webhooks", "alerts", "feeds/MAIN", "people/add"):  # fmt: skip
        assert client.post(f"/settings/{path}", {"name": "max"}).status_code == 403


def test_a_company_is_shown_with_its_letterhead(headed: Scope) -> None:
    """Name, address, account; what was typed stays words."""
    page = text(client_of(headed), "/settings/companies")
    words = seen(main_of(page))
    for said in (
        "Lowry <Sign> Works",
        "Musterallee 1",
        "DE89 3704 0044 0532 0130 00",
        "Europe/Berlin",
    ):
        assert said in words
    assert "<Sign>" not in page


def test_a_person_is_added_invited_and_signs_in(headed: Scope) -> None:
    """The link of the invitation is shown once and opens the door once."""
    client = client_of(headed)
    assert client.post("/settings/people/add", {"name": "eva"}).status_code == 422
    said = {"name": "eva", "roles": ["collector"], "limit": "500"}
    assert client.post("/settings/people/add", said).status_code == 303
    assert "collector to EUR 500.00" in seen(main_of(text(client, "/settings/people")))
    shown = client.post("/settings/people/invite", {"name": "eva"}).content.decode()
    (token,) = re.findall(r"/invitation/([\w-]+)", shown)
    assert token not in text(client, "/settings/people")
    door = browser(headed, Clock())
    assert door.post(f"/invitation/{token}", {"new": WORDS, "again": WORDS}).status_code == 303
    assert enter(browser(headed, Clock()), "eva").status_code == 303
    assert "with a password" in seen(main_of(text(client, "/settings/people")))


def test_a_role_is_taken_and_the_last_admin_stays(headed: Scope) -> None:
    """Whoever lost their roles sees nothing any more, at once; somebody must give roles."""
    found.add_user(headed, "eva", roles=["collector"], now=NOW)
    access.accept(headed, access.invite(headed, "eva", now=NOW), WORDS, now=NOW)
    eva = browser(headed, Clock())
    enter(eva, "eva")
    assert eva.get("/customers").status_code == 200
    client = client_of(headed)
    client.post("/settings/people/take", {"name": "eva", "role": "collector"})
    assert "eva is collector no more." in seen(text(client, "/settings/people"))
    client.post("/settings/people/take", {"name": "anna", "role": "admin"})
    assert "last admin" in seen(text(client, "/settings/people"))
    assert "admin" in people.listed(headed, now=NOW)[0].roles
    with pytest.raises(Refused) as error:
        people.take_role(headed, "eva", "collector", now=NOW)
    assert error.value.reason == "not_theirs"
    assert eva.post("/do/note/C-1", {"note": "x"}).status_code == 302, "at the door again"
    with tx.reading(headed):
        assert models.Event.objects.filter(
            organisation_id=headed.organisation_id, verb="role_taken"
        ).count() == 1  # fmt: skip


def test_a_second_factor_is_dropped_for_whom_lost_the_phone(headed: Scope) -> None:
    """Only of somebody who has a password."""
    client = client_of(headed)
    client.post("/settings/people/drop-code", {"name": "anna"})
    assert "no password yet" in seen(text(client, "/settings/people"))
    access.accept(headed, access.invite(headed, "anna", now=NOW), WORDS, now=NOW)
    client.post("/settings/people/drop-code", {"name": "anna"})
    assert "without a code now" in seen(text(client, "/settings/people"))


def test_the_ways_out_are_shown_without_secrets(
    headed: Scope, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Host and user are; the password is only said to be set, or what is wrong with it."""
    monkeypatch.setenv("DUNWELL_SMTP_PASSWORD", "swordfish")
    (home / "settings.yaml").write_text(
        "smtp: {host: mail.example.com, username: ar, password: 'env:DUNWELL_SMTP_PASSWORD'}\n"
    )
    page = text(client_of(headed), "/settings/channels")
    assert "mail.example.com" in page
    assert "password: set" in seen(page)
    assert "swordfish" not in page
    monkeypatch.delenv("DUNWELL_SMTP_PASSWORD")
    assert "DUNWELL_SMTP_PASSWORD in the environment" in seen(
        text(client_of(headed), "/settings/channels")
    )


def test_a_trial_mail_goes_and_its_address_is_kept_nowhere(headed: Scope, home: Path) -> None:
    """Where the day is played it becomes a file; the journal knows that it was tried."""
    client = plays(headed)
    said = {"address": "eva@example.com", "entity": "MAIN"}
    assert client.post("/settings/channels", said).status_code == 303
    assert "Taken:" in seen(text(client, "/settings/channels"))
    (file,) = (home / "outbox").rglob("*.eml")
    assert b"eva@example.com" in file.read_bytes()
    with tx.reading(headed):
        event = models.Event.objects.get(
            organisation_id=headed.organisation_id, verb="channel_tested"
        )
    assert "eva" not in event.refs
    assert client.post("/settings/channels", {"address": "?"}).status_code == 422


def test_a_trial_without_an_address_to_write_from_says_what_to_do(
    scope: Scope, served: None
) -> None:
    """The refusal names the command."""
    answer = plays(scope).post("/settings/channels", {"address": "a@b.example", "entity": "MAIN"})
    assert answer.status_code == 409
    assert "dunwell letterhead MAIN" in seen(answer.content.decode())


def test_a_server_that_says_no_is_quoted(headed: Scope, home: Path) -> None:
    """Nobody answers at that port: the form says so, and the journal that it failed."""
    (home / "settings.yaml").write_text("smtp: {host: 127.0.0.1, port: 9, tls: none, timeout: 2}\n")
    answer = client_of(headed).post(
        "/settings/channels", {"address": "eva@example.com", "entity": "MAIN"}
    )
    assert answer.status_code == 409
    assert "It did not go" in seen(answer.content.decode())


def test_what_must_be_fresh_is_said_for_each_company(headed: Scope, book: Book) -> None:
    """Kept from the form, and shown with the age of what came in."""
    book.customers(customer())
    book.items(invoice("R-1"))
    client = client_of(headed)
    said = {"feeds": ["items", "payments"], "within_days": "1"}
    assert client.post("/settings/feeds/MAIN", said).status_code == 303
    page = seen(main_of(text(client, "/settings/feeds")))
    assert "items, payments at most 1 working day old" in page
    assert "payments for MAIN were never imported" in page
    assert gate.stale_feed(headed, as_of=TODAY)
    assert client.post("/settings/feeds/MAIN", {"within_days": "-1"}).status_code == 422
    text(client, "/settings/feeds/NONE", 404)


def test_a_threshold_is_watched_and_closed(headed: Scope) -> None:
    """One that makes no sense is refused on the form."""
    client = client_of(headed)
    said = {"name": "late", "on_what": "age", "threshold": "60"}
    assert client.post("/settings/alerts", said | {"threshold": "soon"}).status_code == 409
    assert client.post("/settings/alerts", said).status_code == 303
    assert "age 60" in seen(main_of(text(client, "/settings/alerts")))
    assert client.post("/settings/alerts", said).status_code == 409
    client.post("/settings/alerts/close", {"name": "late"})
    page = seen(main_of(text(client, "/settings/alerts")))
    assert "Watched before: late" in page
    client.post("/settings/alerts/close", {"name": "late"})
    assert "No open alert" in seen(text(client, "/settings/alerts"))


def test_a_webhook_is_tried_and_its_secret_shown_nowhere(headed: Scope, home: Path) -> None:
    """The answer of the trial is said; an unknown one is refused in words."""
    hooks.add(
        headed, "billing", "https://billing.example/hook", secret=None, events=["suspension.*"],
        home=home, now=NOW,
    )  # fmt: skip
    client = plays(headed)
    assert "suspension.*" in text(client, "/settings/webhooks")
    client.post("/settings/webhooks", {"name": "billing"})
    page = seen(text(client, "/settings/webhooks"))
    assert "billing answered:" in page
    secret = next(home.rglob("hook-*")).read_text().strip()
    assert secret not in page
    client.post("/settings/webhooks", {"name": "nothing"})
    assert "no hook" in seen(text(client, "/settings/webhooks")).lower()


def test_calendars_show_the_closed_days_ahead(headed: Scope) -> None:
    """Each with its version and who keeps it."""
    page = seen(main_of(text(client_of(headed), "/settings/calendars")))
    assert "DE version 1 · kept by MAIN" in page
    assert "Friday 3 April 2026" in page  # Good Friday


def test_health_is_what_the_doctor_says(headed: Scope) -> None:
    """All well, counted."""
    page = seen(main_of(text(client_of(headed), "/settings/health")))
    assert "all well" in page
    assert "sqlite, quick check: ok" in page or "postgresql" in page


def test_forms_carry_what_keeps_others_out(headed: Scope) -> None:
    """A post from elsewhere does nothing."""
    access.accept(headed, access.invite(headed, "anna", now=NOW), WORDS, now=NOW)
    client = browser(headed, Clock(), checks=True)
    for path in ("people/invite", "people/take", "channels", "webhooks", "alerts"):
        assert client.post(f"/settings/{path}", {"name": "anna"}).status_code in (302, 403)
    with tx.reading(headed):
        assert not models.Event.objects.filter(
            organisation_id=headed.organisation_id, verb="role_taken"
        ).exists()


def test_a_company_is_added_and_its_letterhead_changed(headed: Scope) -> None:
    """As the two commands do; what is wrong is said, and what was typed stays."""
    client = client_of(headed)
    said = {"code": "UK", "name": "Lowry Ltd", "country": "gb", "currency": "GBP",
            "time_zone": "Europe/London", "policy": "classic"}  # fmt: skip
    assert client.post("/settings/companies/add", said).status_code == 303
    assert "UK" in seen(main_of(text(client, "/settings/companies")))
    again = client.post("/settings/companies/add", said)
    assert again.status_code == 409
    assert "already there" in again.content.decode()
    assert client.post("/settings/companies/add", said | {"code": "a b"}).status_code == 422
    head = {"name": "Lowry Ltd", "email": "ar@lowry.example", "address_lines": "1 Lane\nTown",
            "signs_collector": "Alex Morgan", "currency_0": "GBP", "account_name_0": "Lowry",
            "account_number_0": "12345678", "routing_0": "20-00-00"}  # fmt: skip
    assert client.post("/settings/companies/UK", head).status_code == 303
    kept = letterhead.show(headed, "UK")
    assert kept["address_lines"] == ["1 Lane", "Town"]
    assert kept["signatories"] == {"collector": "Alex Morgan"}
    assert kept["bank"]["GBP"]["routing"] == "20-00-00"
    shown = text(client, "/settings/companies/UK")
    assert 'value="Alex Morgan"' in shown
    assert 'name="currency_1"' in shown
    wrong = client.post("/settings/companies/UK", head | {"iban_0": "DE00 1"})
    assert wrong.status_code == 409
    assert "check digits do not fit" in wrong.content.decode()
    assert letterhead.show(headed, "UK") == kept
    assert client.get("/settings/companies/XX").status_code == 404
