"""The link to pay in a mail: off by default; read and paid from, and nothing said by it."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from test_portal import DAY, HERE, PAGES
from test_web import client_of
from test_web_tonight import NINE, looked

from dunwell.core.errors import Misconfigured
from dunwell.core.scope import Scope
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import dispatch, pay_link, portal
from dunwell.store import models, tx
from dunwell.store.records import setup
from dunwell.web import server
from helpers import NOW, Book, customer, invoice

SITE = "https://pay.example.com"
LINKS = pay_link.Links(SITE, 30)


@pytest.fixture
def owing(scope: Scope, book: Book) -> Scope:
    """C-1 and C-2 are to get a first reminder by mail."""
    bank = {"EUR": {"account_name": "Works", "iban": "DE89370400440532013000"}}
    setup.record_letterhead(
        scope, "MAIN", name="Works", sender={"email": "ar@example.com"}, bank=bank, at=NOW
    )
    for n in (1, 2):
        book.customers(customer(f"C-{n}", name=f"Firm {n}"))
        book.items(invoice(f"R-{n}", customer=f"C-{n}"))
    looked(scope)
    return scope


def sent(
    scope: Scope, links: pay_link.Links | None, mail: MemoryChannel, *, at: dt.datetime = NINE
) -> list[str]:
    """Send what is due; return the tokens in the mails, by the order of customers."""
    dispatch.run(scope, {"email": mail}, worker="w", now=at, links=links)
    found = []
    for message in mail.sent:
        body = email.message_from_bytes(message.raw, policy=email.policy.default)
        text = body.get_body(preferencelist=("plain",)).get_content()
        found += re.findall(rf"{SITE}/portal/([A-Za-z0-9_-]+)", text)
    return found


def guest(scope: Scope) -> Client:
    """A browser of somebody outside."""
    return Client(**HERE, **{server.SCOPE: scope, server.CLOCK: lambda: NINE})


def events(scope: Scope) -> str:
    """Everything the journal says."""
    with tx.reading(scope):
        rows = models.Event.objects.filter(organisation_id=scope.organisation_id)
        return " ".join(rows.values_list("refs", flat=True))


def test_without_the_setting_no_mail_has_a_link(owing: Scope, tmp_path: Path) -> None:
    """Off by default, and on a day that is only played."""
    assert pay_link.of(tmp_path, files_only=False) is None
    (tmp_path / "settings.yaml").write_text(f"pay_link: {{site: {SITE}}}\n", "utf-8")
    assert pay_link.of(tmp_path, files_only=True) is None
    assert pay_link.of(tmp_path, files_only=False) == (SITE, portal.DAYS)
    mail = MemoryChannel()
    assert sent(owing, None, mail) == []
    assert len(mail.sent) == 2
    assert portal.listed(owing, now=NINE) == []


@pytest.mark.parametrize(
    "given",
    ["yes", "{site: pay.example.com}", "{site: 'http://pay.example.com'}", "{site: ''}",
     f"{{site: '{SITE}/in'}}", f"{{site: '{SITE}', days: 0}}", f"{{site: '{SITE}', key: x}}"],
)  # fmt: skip
def test_a_setting_that_cannot_be_stops_everything(tmp_path: Path, given: str) -> None:
    """An address customers could not reach safely is refused before anything is sent."""
    (tmp_path / "settings.yaml").write_text(f"pay_link: {given}\n", "utf-8")
    with pytest.raises(Misconfigured):
        pay_link.of(tmp_path, files_only=False)
    assert pay_link.shown(tmp_path) == ""


def test_each_mail_carries_its_customers_own_link_to_read_and_pay(owing: Scope) -> None:
    """It opens the account and how to pay; nothing can be said by it, and nobody else seen."""
    one, two = sent(owing, LINKS, MemoryChannel())
    assert one != two
    client = guest(owing)
    account = client.get(f"/portal/{one}")
    assert account.status_code == 200
    page = account.content.decode()
    assert "R-1" in page
    assert "R-2" not in page
    assert f"/portal/{one}/pay" in page
    assert client.get(f"/portal/{one}/pay").status_code == 200
    assert client.get(f"/portal/{one}/statement.pdf").status_code == 200
    for said in PAGES[2:]:
        assert said not in page
        if said != "/plan":
            assert client.get(f"/portal/{one}{said}").status_code == 404
            assert client.post(f"/portal/{one}{said}", {"note": "x"}).status_code == 404
    assert "R-2" in client.get(f"/portal/{two}").content.decode()


def test_a_link_ends_is_revoked_and_cannot_be_widened(owing: Scope) -> None:
    """After its days, and once a person revokes it; another token opens nothing."""
    (one, two) = sent(owing, LINKS, MemoryChannel())
    rows = portal.listed(owing, now=NINE)
    assert [r["state"] for r in rows] == ["open", "open"]
    assert rows[0]["expires_at"] == NINE + 30 * DAY
    client = guest(owing)
    first = next(r for r in rows if r["customer"] == "C-1")
    portal.close_link(owing, first["id"], now=NINE)
    assert client.get(f"/portal/{one}").status_code == 404
    assert client.get(f"/portal/{two[:-1]}{'A' if two[-1] != 'A' else 'B'}").status_code == 404
    late = Client(**HERE, **{server.SCOPE: owing, server.CLOCK: lambda: NINE + 31 * DAY})
    assert late.get(f"/portal/{two}").status_code == 404


def test_the_token_is_in_the_mail_alone_and_the_same_when_it_is_tried_again(owing: Scope) -> None:
    """Neither the journal nor the table of links holds it; a server that was down changes none."""
    with tx.reading(owing):
        mine = {"organisation_id": owing.organisation_id}
        said = models.Personal.objects.filter(**mine, field="email", subject="contact")
        everybody = [bytes(x.body).decode() for x in said]
    assert sent(owing, LINKS, MemoryChannel(defers=everybody)) == []
    with tx.reading(owing):
        rows = models.PortalLink.objects.filter(**mine)
        before = set(rows.values_list("token_sha256", flat=True))
    assert len(before) == 2
    tokens = sent(owing, LINKS, MemoryChannel(), at=NINE + dt.timedelta(hours=5))
    assert len(tokens) == 2
    with tx.reading(owing):
        links = list(models.PortalLink.objects.filter(organisation_id=owing.organisation_id))
    assert before == {x.token_sha256 for x in links}
    kept = events(owing) + " ".join(f"{x.token_sha256} {x.made_by}" for x in links)
    assert not any(t in kept for t in tokens)


def test_what_is_looked_at_beforehand_has_no_link_that_opens(
    owing: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The preview says where it will stand; looking makes none."""
    (tmp_path / "settings.yaml").write_text(f"pay_link: {{site: {SITE}}}\n", "utf-8")
    monkeypatch.setattr(settings, "HOME", tmp_path)
    client = client_of(owing)
    keys = re.findall(r'href="/message/(\w+)', client.get("/tonight").content.decode())
    page = client.get(f"/message/{keys[0]}/mail.html").content.decode()
    assert f"{SITE}/portal/…" in page
    assert portal.listed(owing, now=NINE) == []
