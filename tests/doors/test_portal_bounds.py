"""What whoever holds a customer's link can do too much of, or wrongly, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
import test_portal
from django.core.files.uploadedfile import SimpleUploadedFile
from test_portal import Clock, browser, item, key_of, link, send

from dunwell.core.scope import Scope
from dunwell.delivery.pay import double
from dunwell.desk import guest, inbox, tries
from dunwell.store import models, tx

pytestmark = pytest.mark.one_database
clock, owing, stripe = test_portal.clock, test_portal.owing, test_portal.stripe
PDF = b"%PDF-1.7 a photo of the boxes"


def paid(owing: Scope, clock: Clock, stripe: double.Double, **answer: Any) -> str:
    """Pay online, let the provider answer so; return what a person here then reads."""
    client, base = browser(owing, clock), link(owing)
    client.post(f"{base}/pay", {"key": key_of(client, f"{base}/pay"), "currency": "EUR",
                                "what": "now"})  # fmt: skip
    stripe.pay("cs_test_00000001")
    stripe.sessions["cs_test_00000001"] |= answer
    home = client.get(f"{base}/paid?session=cs_test_00000001")
    assert home["Location"] == f"{base}?said=paid"
    (row,) = inbox.listed(owing, customer="C-1")
    return str(inbox.shown(owing, row["id"])["words"])


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("ask", {"question": "When?"}), ("contact", {"contact": "0", "wrong": "new", "note": "x"}),
        ("dispute", {"code": "price", "note": "too dear"}),
        ("promise", {"until": "2026-03-10"}),
    ],
)  # fmt: skip
def test_a_link_says_so_much_a_day_and_no_more(
    owing: Scope,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    said: dict[str, str],
) -> None:
    """What is too much is refused kindly and nothing kept; what was sent before is not lost."""
    most = {of: 1 if verb in of else 0 for of in guest._MOST}
    monkeypatch.setattr(guest, "_MOST", most)
    client, base = browser(owing, clock), link(owing)
    if verb == "dispute":
        said = said | {"items": str(item(owing, "R-1"))}
    key = key_of(client, f"{base}/{verb}")
    for _ in range(2):
        done = client.post(f"{base}/{verb}", {"key": key, "currency": "EUR"} | said)
        assert done.status_code == 303, "the same form again is no second one"
    late = send(client, f"{base}/{verb}", **said)
    assert late.status_code == 429
    assert "in a day" in late.content.decode()
    clock.now += guest._DAY
    other = {"items": str(item(owing, "R-2"))} if verb == "dispute" else {}
    assert send(client, f"{base}/{verb}", **(said | other)).status_code in (303, 409)


def test_the_files_of_a_day_have_a_size_together(
    owing: Scope,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second file does not fit any more, and its dispute is not opened either."""
    monkeypatch.setattr(guest, "FILES_A_DAY", 2 * len(PDF) - 1)
    client, base = browser(owing, clock), link(owing)
    statuses = [
        send(client, f"{base}/dispute", items=str(item(owing, number)), code="price", note="x",
             file=SimpleUploadedFile("a.pdf", PDF)).status_code
        for number in ("R-1", "R-2")
    ]  # fmt: skip
    assert statuses == [303, 429]
    with tx.reading(owing):
        stops = models.Stop.objects.filter(organisation_id=owing.organisation_id, kind="dispute")
        assert stops.count() == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 41, "a key with spaces in it", "ä" * 20])
def test_paying_takes_a_key_of_ours(
    owing: Scope,
    clock: Clock,
    stripe: double.Double,
    key: str,
) -> None:
    """A form whose key was made up asks the provider for nothing."""
    client, base = browser(owing, clock), link(owing)
    said = {"key": key, "currency": "EUR", "what": "now"}
    assert client.post(f"{base}/pay", said).status_code == 403
    assert client.post(f"{base}/pay", {"currency": "EUR", "what": "now"}).status_code == 403
    assert stripe.forms == []


def test_a_provider_is_asked_so_often_and_no_more(
    owing: Scope,
    clock: Clock,
    stripe: double.Double,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither pages to pay on nor questions whether it was paid go out without end."""
    monkeypatch.setitem(guest._MOST, ("pay",), 1)
    client, base = browser(owing, clock), link(owing)
    for status in (200, 429):
        said = {"key": key_of(client, f"{base}/pay"), "currency": "EUR", "what": "now"}
        assert client.post(f"{base}/pay", said).status_code == status
    assert len(stripe.forms) == 1
    statuses = [
        client.get(f"{base}/paid?session=cs_test_{n}").status_code
        for n in range(tries.AN_ADDRESS + 1)
    ]
    assert statuses == [303] * tries.AN_ADDRESS + [429]


@pytest.mark.parametrize(
    "answer",
    [
        {"amount_total": 1, "currency": "isk"}, {"currency": None}, {"amount_total": -5},
        {"amount_total": True}, {"amount_total": "x"}, {"amount_total": 10**30},
        {"amount_total": None}, {"currency": "xxx"},
    ],
)  # fmt: skip
def test_what_a_provider_says_unclearly_is_put_before_a_person(
    owing: Scope,
    clock: Clock,
    stripe: double.Double,
    answer: dict[str, Any],
) -> None:
    """It was paid, and how much nobody here makes up."""
    assert "an amount the provider does not say clearly" in paid(owing, clock, stripe, **answer)


def test_an_amount_that_was_not_asked_for_is_said(
    owing: Scope,
    clock: Clock,
    stripe: double.Double,
) -> None:
    """What was paid is compared with what the page was made for."""
    words = paid(owing, clock, stripe, amount_total=100)
    assert "EUR 1.00, where EUR 690.00 was asked for" in words


def test_what_cannot_be_read_is_said_in_the_customers_words(owing: Scope, clock: Clock) -> None:
    """Far too many fields, and still it is the customer's page that answers."""
    client, base = browser(owing, clock), link(owing)
    sent = client.post(f"{base}/ask", {f"f{n}": "x" for n in range(1_001)})
    assert sent.status_code == 400
    assert "To the desk" not in sent.content.decode()
    assert "load the page anew" in sent.content.decode()
