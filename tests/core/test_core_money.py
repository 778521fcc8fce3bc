"""Money keeps its cents and its currency."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dunwell.core import money


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("EUR", 2), ("USD", 2), ("JPY", 0), ("ISK", 0), ("KWD", 3), ("TND", 3), ("CLF", 4)],
)
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, decimals: int) -> None:
    """Yen have none, dinars three, most two."""
    assert money.exponent(currency) == decimals


@pytest.mark.parametrize("code", ["XYZ", "eur", "", "DEM"])
def test_an_unknown_currency_is_an_error(code: str) -> None:
    """A code the list does not have is never taken for two decimals."""
    with pytest.raises(KeyError):
        money.exponent(code)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.30", "EUR", 1230),
        ("12.3", "EUR", 1230),
        ("-0.01", "EUR", -1),
        ("12.300", "EUR", 1230),
        ("1E+3", "JPY", 1000),
        ("1.234", "KWD", 1234),
    ],
)
def test_an_amount_becomes_minor_units_and_back(amount: str, currency: str, minor: int) -> None:
    """Nothing is lost either way."""
    assert money.to_minor(Decimal(amount), currency) == minor
    assert money.to_minor(money.to_decimal(minor, currency), currency) == minor


@pytest.mark.parametrize(("amount", "currency"), [("0.001", "EUR"), ("0.1", "JPY")])
def test_a_lost_digit_is_an_error(amount: str, currency: str) -> None:
    """An amount with more decimals than the currency is not rounded in silence."""
    with pytest.raises(ValueError, match="decimals"):
        money.to_minor(Decimal(amount), currency)


def test_an_amount_is_written_with_its_currency() -> None:
    """Tables and sentences carry the code and all decimals."""
    assert money.text(123456789, "EUR") == "EUR 1,234,567.89"
    assert money.text(5, "KWD") == "KWD 0.005"
    assert money.text(1000, "JPY") == "JPY 1,000"


@pytest.mark.parametrize(
    ("minor", "currency", "base", "rate", "found"),
    [
        (10_000, "USD", "EUR", "0.92", 9_200),
        (10_000, "EUR", "EUR", "7", 10_000),
        (150, "JPY", "EUR", "0.0061", 92),
        (1_000, "EUR", "JPY", "160.55", 1_606),
        (1, "USD", "EUR", "0.5", 0),
        (3, "USD", "EUR", "0.5", 2),
    ],
)
def test_converting_rounds_half_to_even(
    minor: int, currency: str, base: str, rate: str, found: int
) -> None:
    """The base currency's own decimals are kept, a half cent goes to the even one."""
    assert money.convert(minor, currency=currency, base=base, rate=Decimal(rate)) == found


def test_a_split_loses_no_cent() -> None:
    """The first parts are a cent larger; credits split like debts."""
    assert money.split(10_000, 3) == [3334, 3333, 3333]
    assert money.split(2, 3) == [1, 1, 0]
    assert sum(money.split(-100, 3)) == -100
    with pytest.raises(ValueError, match="0 parts"):
        money.split(100, 0)


def test_currencies_are_added_apart() -> None:
    """Euros and dollars stay two totals, in order of code."""
    found = money.by_currency([("USD", 1), ("EUR", 2), ("USD", 3)])
    assert list(found.items()) == [("EUR", 2), ("USD", 4)]


def test_weights_may_be_scaled_by_a_rate_between_minor_units() -> None:
    """A hundred yen are 62 cents, not 6200; half a cent goes to the even one."""
    rate = money.minor_rate(Decimal("0.0062"), currency="JPY", base="EUR")
    assert rate == Decimal("0.62")
    assert money.scale(100, rate) == 62
    assert [money.scale(n, Decimal("0.5")) for n in (1, 3, -1)] == [0, 2, 0]
