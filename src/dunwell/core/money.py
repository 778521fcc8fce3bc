"""Money as integer minor units of an ISO 4217 currency.

Knows how many decimals a currency has and how to add, split, convert and write amounts.
Must not know: where money comes from. Only this module divides or rounds (DATA.md 1.12).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

# Source: ISO 4217 amendment list; every active currency not listed has two decimals.
_DECIMALS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(),
        0,
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
CURRENCIES = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN
    BWP BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD
    FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES
    KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR
    MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB
    RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
    TWD TZS UAH UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW
    ZWG""".split()
)


def exponent(currency: str) -> int:
    """Return how many decimals `currency` has.

    Raises: KeyError for a code that ISO 4217 does not list.

    >>> exponent("EUR"), exponent("JPY"), exponent("KWD")
    (2, 0, 3)
    """
    if currency not in CURRENCIES:
        raise KeyError(currency)
    return _DECIMALS.get(currency, 2)


def to_minor(amount: Decimal, currency: str) -> int:
    """Return `amount` in minor units; it must not have more decimals than the currency.

    Raises: ValueError when digits would be lost, KeyError for an unknown currency.

    >>> to_minor(Decimal("12.30"), "EUR")
    1230
    """
    scaled = amount.scaleb(exponent(currency))
    whole = scaled.to_integral_value()
    if whole != scaled:
        raise ValueError(f"{amount} has more than {exponent(currency)} decimals ({currency})")
    return int(whole)


def to_decimal(minor: int, currency: str) -> Decimal:
    """Return minor units as a decimal amount with the currency's decimals.

    >>> to_decimal(1230, "EUR")
    Decimal('12.30')
    """
    return Decimal(minor).scaleb(-exponent(currency))


def text(minor: int, currency: str) -> str:
    """Write an amount plainly, for logs, tables and sentences (not for letters).

    >>> text(-123456789, "EUR")
    'EUR -1,234,567.89'
    """
    return f"{currency} {to_decimal(minor, currency):,}"


def convert(minor: int, *, currency: str, base: str, rate: Decimal) -> int:
    """Convert to `base` for thresholds and ranking, half-even; never for a customer's eyes.

    `rate` is how many units of `base` one unit of `currency` is worth. Origin: SEMANTICS 3.1.

    >>> convert(10_000, currency="USD", base="EUR", rate=Decimal("0.92"))
    9200
    """
    if currency == base:
        return minor
    value = (to_decimal(minor, currency) * rate).scaleb(exponent(base))
    return int(value.to_integral_value(rounding=ROUND_HALF_EVEN))


def scale(minor: int, rate: Decimal) -> int:
    """Multiply minor units by a rate between minor units, half-even; for weights only.

    >>> scale(10_000, Decimal("0.0062"))
    62
    """
    return int((Decimal(minor) * rate).to_integral_value(rounding=ROUND_HALF_EVEN))


def simple_interest(minor_days: int, percent: Decimal) -> int:
    """Return simple interest on minor units times days, a year being 365 days, half-even.

    >>> simple_interest(100_000 * 30, Decimal("7.5"))
    616
    """
    return int((minor_days * percent / 36_500).to_integral_value(rounding=ROUND_HALF_EVEN))


def minor_rate(rate: Decimal, *, currency: str, base: str) -> Decimal:
    """Return what one minor unit of `currency` is in minor units of `base`.

    >>> minor_rate(Decimal("0.0062"), currency="JPY", base="EUR")
    Decimal('0.62')
    """
    return rate.scaleb(exponent(base) - exponent(currency))


def split(minor: int, parts: int) -> list[int]:
    """Split an amount into `parts` that add up to it, the first ones a cent larger.

    Raises: ValueError when `parts` is not positive.

    >>> split(10_000, 3)
    [3334, 3333, 3333]
    """
    if parts < 1:
        raise ValueError(f"cannot split into {parts} parts")
    each, rest = divmod(minor, parts)
    return [each + 1 if n < rest else each for n in range(parts)]


def by_currency(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Add up (currency, minor) pairs, currencies kept apart and in order of code.

    >>> by_currency([("USD", 1), ("EUR", 2), ("USD", 3)])
    {'EUR': 2, 'USD': 4}
    """
    totals: dict[str, int] = {}
    for currency, minor in amounts:
        totals[currency] = totals.get(currency, 0) + minor
    return dict(sorted(totals.items()))
