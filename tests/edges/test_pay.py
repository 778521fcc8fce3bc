"""Paying online: what is asked of the provider, what it answers, and what it can do wrong."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from dunwell.core.errors import Misconfigured, Unavailable
from dunwell.delivery import pay
from dunwell.delivery.pay import double, stripe


@pytest.fixture
def other() -> Iterator[double.Double]:
    """The stand-in, listening."""
    made = double.Double()
    made.start()
    yield made
    made.stop()


def of(other: double.Double, key: str = double.KEY) -> stripe.Stripe:
    """Return the provider that talks to a stand-in."""
    return stripe.Stripe(stripe.StripeSettings(key=key, url=other.url))


def wanted(**more: object) -> pay.Wanted:
    """Return EUR 123.45 to be paid."""
    given = {
        "currency": "EUR", "minor": 12_345, "title": "Dunwell · C-1", "reference": "RF91C1042",
        "language": "de", "back": "https://pay.example.com/portal/back?session={SESSION}",
        "away": "https://pay.example.com/portal/back", "mark": "acme/7", "key": "k-1",
    }  # fmt: skip
    return pay.Wanted(**(given | more))  # type: ignore[arg-type]


def test_a_page_is_made_as_the_api_takes_it(other: double.Double) -> None:
    """Amount, currency, reference, language and the way back, under the documented names."""
    made = of(other).start(wanted())
    assert made == pay.Started("cs_test_00000001", f"{other.url}/pay/cs_test_00000001")
    (form,) = other.forms
    assert form == {
        "mode": "payment",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "12345",
        "line_items[0][price_data][product_data][name]": "Dunwell · C-1",
        "client_reference_id": "RF91C1042",
        "payment_intent_data[description]": "RF91C1042",
        "payment_intent_data[metadata][reference]": "RF91C1042",
        "metadata[dunwell]": "acme/7",
        "success_url": "https://pay.example.com/portal/back?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://pay.example.com/portal/back",
        "locale": "de",
    }


def test_what_became_of_a_page_is_told(other: double.Double) -> None:
    """Not paid, then paid, with whose it was and what stands at the provider."""
    provider = of(other)
    made = provider.start(wanted())
    before = provider.look(made.id)
    assert before is not None
    assert not before.is_paid
    assert other.pay(made.id) == "https://pay.example.com/portal/back?session=cs_test_00000001"
    after = provider.look(made.id)
    assert after == pay.Outcome(
        id=made.id, is_paid=True, currency="EUR", minor=12_345, mark="acme/7",
        evidence=f"stripe {made.id}, pi_{made.id}",
    )  # fmt: skip


def test_the_same_key_makes_the_same_page(other: double.Double) -> None:
    """A request sent twice charges nobody twice."""
    provider = of(other)
    assert provider.start(wanted()) == provider.start(wanted())
    assert provider.start(wanted(key="k-2")).id == "cs_test_00000002"


@pytest.mark.parametrize("id", ["", "cs_test_9", "../v1/charges", "cs_test_1?x=1", "cs_ 1"])
def test_what_is_no_page_is_none(other: double.Double, id: str) -> None:
    """An unknown or made-up id asks for nothing else at the provider."""
    assert of(other).look(id) is None


@pytest.mark.parametrize(
    ("currency", "minor", "written"),
    [
        ("EUR", 1, 1), ("JPY", 500, 500), ("ISK", 500, 50_000), ("UGX", 7, 700), ("HUF", 100, 100),
        ("KWD", 1_230, 1_230), ("KWD", 1_231, 0), ("MGA", 500, 5), ("MGA", 501, 0),
        ("EUR", 99_999_999, 99_999_999), ("EUR", 100_000_000, 0), ("EUR", 0, 0), ("EUR", -5, 0),
    ],
)  # fmt: skip
def test_amounts_are_written_as_the_provider_writes_them(
    currency: str, minor: int, written: int
) -> None:
    """Where its decimals are not those of ISO 4217, an amount is exact or not taken at all."""
    assert stripe.amount(currency, minor) == written


def test_a_key_that_is_not_known_is_a_setting_to_mend(other: double.Double) -> None:
    """It says which, and what the provider said, and never the key."""
    with pytest.raises(Misconfigured, match="does not take this key") as error:
        of(other, key="sk_wrong_key").start(wanted())
    assert "sk_wrong_key" not in str(error.value)


def test_a_provider_that_is_down_is_unavailable(other: double.Double) -> None:
    """An error of theirs, or nobody listening: the same call may work later."""
    provider = of(other)
    other.status = 503
    with pytest.raises(Unavailable, match="503"):
        provider.start(wanted())
    other.stop()
    with pytest.raises(Unavailable, match="cannot be reached"):
        provider.look("cs_test_00000001")


def test_nothing_is_sent_over_an_open_line() -> None:
    """Plain HTTP reaches this machine only."""
    settings = stripe.StripeSettings(key="k", url="http://api.example.com")
    with pytest.raises(Misconfigured, match="https"):
        stripe.Stripe(settings).start(wanted())


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://evil.example/", "", "//evil.example"]
)
def test_nobody_is_sent_to_an_address_that_is_not_safe(url: str) -> None:
    """What the provider names must be HTTPS, or the stand-in itself."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"id": "cs_1", "url": "%s"}' % url.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as one:
        thread = threading.Thread(target=one.handle_request)
        thread.start()
        settings = stripe.StripeSettings(key="k", url=f"http://127.0.0.1:{one.server_port}")
        with pytest.raises(Unavailable, match="without an address"):
            stripe.Stripe(settings).start(wanted())
        thread.join()
