"""Words to make customers of: countries, invented names, towns, streets and telephone numbers.

Nobody here exists. Names are nonsense on purpose, mail lives at example.com, .org and .net
(RFC 2606), and telephone numbers come from the ranges that regulators keep for drama; countries
without such a range have no numbers. Numbers start with 00, so that no cell begins with "+"
and a spreadsheet cannot take one for a formula.
"""

from __future__ import annotations

import random
import unicodedata

import msgspec

from dunwell.sim import habits


class Country(msgspec.Struct, frozen=True):
    """What follows from where a customer is."""

    language: str
    time_zone: str
    region: str
    currency: str
    forms: tuple[str, ...]
    phone: str = ""  # "#" is a free digit
    mobile: str = ""


COUNTRIES = {
    "DE": Country(
        "de",
        "Europe/Berlin",
        "DACH",
        "EUR",
        ("GmbH", "GmbH & Co. KG", "AG", "e.K."),
        "0049 30 23125 ###",
        "0049 171 39200##",
    ),
    "AT": Country("de", "Europe/Vienna", "DACH", "EUR", ("GmbH", "KG")),
    "CH": Country("de", "Europe/Zurich", "DACH", "CHF", ("AG", "GmbH")),
    "GB": Country(
        "en",
        "Europe/London",
        "UKI",
        "GBP",
        ("Ltd", "PLC", "LLP"),
        "0044 20 7946 0###",
        "0044 7700 900###",
    ),
    "IE": Country("en", "Europe/Dublin", "UKI", "EUR", ("Ltd", "DAC"), "00353 20 91# ####"),
    "US": Country(
        "en",
        "America/New_York",
        "Americas",
        "USD",
        ("Inc.", "LLC", "Corp."),
        "001 202 555 01##",
        "001 202 555 01##",
    ),
    "CA": Country("en", "America/Toronto", "Americas", "CAD", ("Inc.", "Ltd."), "001 613 555 01##"),
    "FR": Country(
        "fr",
        "Europe/Paris",
        "France",
        "EUR",
        ("SARL", "SAS", "SA"),
        "0033 1 99 00 ## ##",
        "0033 6 39 98 ## ##",
    ),
    "BE": Country("fr", "Europe/Brussels", "Benelux", "EUR", ("SRL", "SA")),
    "NL": Country("nl", "Europe/Amsterdam", "Benelux", "EUR", ("B.V.", "N.V.", "V.O.F.")),
    "ES": Country("es", "Europe/Madrid", "Iberia", "EUR", ("S.L.", "S.A.")),
    "PT": Country("pt", "Europe/Lisbon", "Iberia", "EUR", ("Lda.", "S.A.")),
    "IT": Country("it", "Europe/Rome", "South", "EUR", ("S.r.l.", "S.p.A.")),
    "SE": Country("en", "Europe/Stockholm", "Nordics", "SEK", ("AB",), "0046 8 465 004 ##"),
    "JP": Country("en", "Asia/Tokyo", "Asia-Pacific", "JPY", ("K.K.",)),
    "AU": Country(
        "en", "Australia/Sydney", "Asia-Pacific", "AUD", ("Pty Ltd",), "0061 2 5550 ####"
    ),
}

_FRONTS = (
    "Wobble",
    "Fiddle",
    "Grumble",
    "Nimble",
    "Quibble",
    "Bumble",
    "Tumble",
    "Twiddle",
    "Snizzle",
    "Muddle",
    "Puddle",
    "Dawdle",
    "Thimble",
    "Jumble",
    "Crumple",
    "Pickle",
    "Noodle",
    "Waffle",
    "Doodle",
    "Frumple",
    "Gröble",
    "Schnörkel",
    "Zottel",
    "Knödel",
    "Pamplou",
    "Farfallo",
    "Pantufla",
    "Kwakkel",
    "Trappel",
    "Broinha",
)
_BACKS = (
    "wick",
    "thorpe",
    "brook",
    "berg",
    "dorp",
    "mont",
    "ville",
    "stad",
    "ford",
    "mere",
    "haus",
    "campo",
    "vik",
    "holm",
    "bourg",
    "monte",
    "bach",
    "croft",
)
_TRADES = {
    "de": ("Metallbau", "Getränke", "Werkzeuge", "Möbel", "Druckerei", "Logistik", "Optik"),
    "en": ("Foods", "Tools", "Logistics", "Interiors", "Printing", "Supplies", "Optics"),
    "fr": ("Métallerie", "Boissons", "Meubles", "Imprimerie", "Fournitures", "Logistique"),
    "es": ("Herramientas", "Bebidas", "Muebles", "Imprenta", "Suministros", "Logística"),
    "it": ("Metalli", "Bevande", "Mobili", "Stampa", "Forniture", "Logistica"),
    "nl": ("Metaal", "Dranken", "Meubels", "Drukwerk", "Gereedschap", "Logistiek"),
    "pt": ("Ferramentas", "Bebidas", "Móveis", "Gráfica", "Materiais", "Logística"),
}
_FIRST = (
    "Ada",
    "Bruno",
    "Clara",
    "Dario",
    "Elsa",
    "Fabio",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Karla",
    "Luis",
    "Mara",
    "Nils",
    "Olga",
    "Paolo",
    "Rosa",
    "Sven",
    "Tilda",
    "Ugo",
    "Vera",
    "Willem",
)
_STREETS = {
    "de": "{}gasse {}",
    "en": "{1} {0} Lane",
    "fr": "{1} rue {0}",
    "es": "Calle {}, {}",
    "it": "Via {}, {}",
    "nl": "{}straat {}",
    "pt": "Rua {}, {}",
}
_MAIL = ("example.com", "example.org", "example.net")


def town(rng: random.Random) -> str:
    """Return the name of a place that is not on any map."""
    return habits.pick(rng, _FRONTS) + habits.pick(rng, _BACKS)


def company(rng: random.Random, *, country: Country) -> str:
    """Return the name of a company that nobody founded."""
    trade = habits.pick(rng, _TRADES[country.language])
    return f"{town(rng)} {trade} {habits.pick(rng, country.forms)}"


def person(rng: random.Random) -> str:
    """Return a person's name."""
    return f"{habits.pick(rng, _FIRST)} {town(rng)}"


def address(rng: random.Random, *, country: Country) -> str:
    """Return a postal address in two lines."""
    number = 1 + int(rng.random() * 140)
    street = _STREETS[country.language].format(habits.pick(rng, _FRONTS), number)
    return f"{street}\n{10_000 + int(rng.random() * 89_999)} {town(rng)}"


def mail(rng: random.Random, *, local: str) -> str:
    """Return an address at one of the three domains kept for examples.

    >>> mail(habits.dice(1), local="Gröblebach c1").split("@")[0]
    'groblebach.c1'
    """
    plain = local.lower()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return f"{'.'.join(plain.split())}@{habits.pick(rng, _MAIL)}"


def phone(rng: random.Random, *, pattern: str) -> str | None:
    """Return a number from a range kept for drama, or None where a country has none."""
    if not pattern:
        return None
    return "".join(str(int(rng.random() * 10)) if c == "#" else c for c in pattern)
