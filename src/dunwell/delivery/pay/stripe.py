"""Stripe Checkout (API v1, Checkout Sessions), over HTTPS with the standard library alone.

Knows: how a session is made and looked up, and how Stripe writes amounts. A session costs
nothing and lapses by itself, so a request that was not answered may be made again, under the
same idempotency key.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
import urllib.parse
from decimal import Decimal
from typing import Any, NamedTuple

from dunwell.core import money
from dunwell.core.errors import Misconfigured, Unavailable
from dunwell.delivery import pay

API = "https://api.stripe.com"
_LARGEST = 1_000_000
# Source: Stripe's page "Supported currencies", its lists of zero- and three-decimal currencies;
# every other one is written in hundredths, whatever ISO 4217 says of it.
_WHOLE = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
_THOUSANDTHS = frozenset("BHD JOD KWD OMR TND".split())
_MOST = 99_999_999
_LANGUAGES = frozenset(("en", "de", "fr", "es", "it", "nl", "pt"))
_ID = re.compile(r"cs_[A-Za-z0-9_]{1,200}")
_PLACE = "{CHECKOUT_SESSION_ID}"


class StripeSettings(NamedTuple):
    """How to reach Stripe; `key` is the account's secret key."""

    key: str
    url: str = API
    timeout: float = 20.0
    context: ssl.SSLContext | None = None


class Stripe:
    """One account; a connection of its own for each request."""

    name = "stripe"

    def __init__(self, settings: StripeSettings) -> None:
        self.settings = settings

    def takes(self, currency: str, minor: int) -> bool:
        """Tell whether this amount can be written as Stripe writes amounts, and is not too large.

        >>> stripe = Stripe(StripeSettings(key=""))
        >>> stripe.takes("EUR", 12_345), stripe.takes("KWD", 1_001), stripe.takes("EUR", 0)
        (True, False, False)
        """
        return bool(amount(currency, minor))

    def start(self, wanted: pay.Wanted) -> pay.Started:
        """Make a session.

        Raises: Unavailable when Stripe does not answer, Misconfigured when it does not know us.
        """
        written = amount(wanted.currency, wanted.minor)
        assert written, "only what `takes` allows is asked for"
        line = "line_items[0]"
        form = {
            "mode": "payment",
            f"{line}[quantity]": "1",
            f"{line}[price_data][currency]": wanted.currency.lower(),
            f"{line}[price_data][unit_amount]": str(written),
            f"{line}[price_data][product_data][name]": wanted.title[:250],
            "client_reference_id": wanted.reference,
            "payment_intent_data[description]": wanted.reference,
            "payment_intent_data[metadata][reference]": wanted.reference,
            "metadata[dunwell]": wanted.mark,
            "success_url": wanted.back.replace("{SESSION}", _PLACE),
            "cancel_url": wanted.away,
            "locale": wanted.language if wanted.language in _LANGUAGES else "auto",
        }
        said = self._call("POST", "/v1/checkout/sessions", form, key=wanted.key)
        url = str(said.get("url") or "")
        if not self._is_safe(url):
            raise Unavailable("stripe made a session without an address to pay at")
        return pay.Started(str(said.get("id") or ""), url)

    def look(self, id: str) -> pay.Outcome | None:
        """Return what became of a session. Raises: Unavailable or Misconfigured."""
        if not _ID.fullmatch(id):
            return None
        said = self._call("GET", f"/v1/checkout/sessions/{id}", missing_ok=True)
        if said.get("id") != id:
            return None
        metadata = said.get("metadata")
        currency = str(said.get("currency") or "").upper()
        return pay.Outcome(
            id=id,
            is_paid=said.get("payment_status") == "paid",
            currency=currency,
            minor=_minor(currency, said.get("amount_total")),
            mark=str((metadata or {}).get("dunwell") or "") if isinstance(metadata, dict) else "",
            evidence=f"stripe {id}, {said.get('payment_intent') or 'no payment intent'}",
        )

    def _call(
        self,
        method: str,
        path: str,
        form: dict[str, str] | None = None,
        *,
        key: str = "",
        missing_ok: bool = False,
    ) -> dict[str, Any]:
        """Make one request; return its JSON answer. Raises: Unavailable or Misconfigured."""
        headers = {"Authorization": f"Bearer {self.settings.key}", "Connection": "close"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if key:
            headers["Idempotency-Key"] = key
        body = None if form is None else urllib.parse.urlencode(form)
        connection = _connection(self.settings)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            said, status = _json(answer.read(_LARGEST)), answer.status
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"stripe cannot be reached: {error}") from error
        finally:
            connection.close()
        if status == 200 or (status == 404 and missing_ok):
            return said
        if status in (401, 403):
            raise Misconfigured("pay.key", f"stripe does not take this key: {_words(said)}")
        raise Unavailable(f"stripe answers {status}: {_words(said)}")

    def _is_safe(self, url: str) -> bool:
        """Tell whether a customer may be sent there: over TLS, or to a stand-in on this machine."""
        is_played = self.settings.url.startswith("http://")
        return url.startswith("https://") or (is_played and url.startswith(self.settings.url))


def amount(currency: str, minor: int) -> int:
    """Return an amount as Stripe writes it; 0 where it cannot be paid there.

    >>> amount("EUR", 12_345), amount("JPY", 500), amount("ISK", 500), amount("KWD", 1_230)
    (12345, 500, 50000, 1230)
    """
    exact = money.to_decimal(minor, currency)
    scaled = exact * (1 if currency in _WHOLE else 1000 if currency in _THOUSANDTHS else 100)
    is_whole = scaled == int(scaled)
    is_rounded = currency not in _THOUSANDTHS or scaled % 10 == 0
    return int(scaled) if is_whole and is_rounded and 0 < scaled <= _MOST else 0


def _minor(currency: str, written: object) -> int:
    """Return what Stripe writes as an amount in minor units; 0 where it is none.

    >>> _minor("EUR", 12_345), _minor("ISK", 50_000), _minor("ISK", 1), _minor("EUR", True)
    (12345, 500, 0, 0)
    """
    if type(written) is not int or not 0 < written <= _MOST or currency not in money.CURRENCIES:
        return 0
    scale = 1 if currency in _WHOLE else 1000 if currency in _THOUSANDTHS else 100
    try:
        return money.to_minor(Decimal(written) / scale, currency)
    except ValueError:  # a part of a unit that the currency does not have
        return 0


def _connection(settings: StripeSettings) -> http.client.HTTPConnection:
    """Return a connection that is not open yet.

    Raises: Misconfigured for an address that is neither HTTPS nor on this machine.
    """
    url = urllib.parse.urlsplit(settings.url)
    host = url.hostname or ""
    if url.scheme == "https":
        context = settings.context or ssl.create_default_context()
        return http.client.HTTPSConnection(
            host, url.port, timeout=settings.timeout, context=context
        )
    if url.scheme == "http" and host in ("127.0.0.1", "localhost", "::1"):
        return http.client.HTTPConnection(host, url.port, timeout=settings.timeout)
    raise Misconfigured("pay.url", f"{settings.url!r}: write an address that begins with https://")


def _json(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _words(said: dict[str, Any]) -> str:
    error = said.get("error")
    words = error.get("message") if isinstance(error, dict) else ""
    return str(words or "no reason given")[:300]
