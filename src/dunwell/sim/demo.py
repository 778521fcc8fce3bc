"""The seeded company of `make demo`: six entities, about two thousand invoices, all troubles."""

from __future__ import annotations

import datetime as dt

from dunwell.sim import book
from dunwell.sim.nouns import Book, Entity

ENTITIES = (
    Entity(
        code="DE", name="Dunwell Beispielwerk GmbH", currency="EUR", country="DE",
        time_zone="Europe/Berlin", language="de", second=("USD", "CHF"), weight=6,
        markets=(("DE", 70), ("AT", 15), ("CH", 10), ("NL", 5)),
        address="Musterallee 1\n10000 Musterstadt", email="ar.de@example.com",
        phone="0049 30 23125 100",
    ),
    Entity(
        code="UK", name="Dunwell Sample Works Ltd", currency="GBP", country="GB",
        time_zone="Europe/London", language="en", second=("EUR", "USD"), weight=4,
        markets=(("GB", 80), ("IE", 20)), address="1 Sample Lane\nSampleton",
        email="ar.uk@example.com", phone="0044 20 7946 0100",
    ),
    Entity(
        code="US", name="Dunwell Sample Works Inc.", currency="USD", country="US",
        time_zone="America/New_York", language="en", second=("CAD", "JPY"), weight=4,
        markets=(("US", 80), ("CA", 15), ("JP", 5)), address="1 Sample Street\nSampleville",
        email="ar.us@example.com", phone="001 202 555 0100",
    ),
    Entity(
        code="FR", name="Dunwell Exemple SARL", currency="EUR", country="FR",
        time_zone="Europe/Paris", language="fr", second=("CHF", "USD"), weight=3,
        markets=(("FR", 80), ("BE", 12), ("CH", 8)), address="1 rue Exemple\n00000 Exempleville",
        email="ar.fr@example.com", phone="0033 1 99 00 01 00",
    ),
    Entity(
        code="ES", name="Dunwell Ejemplo S.L.", currency="EUR", country="ES",
        time_zone="Europe/Madrid", language="es", second=("USD",), weight=2,
        markets=(("ES", 60), ("PT", 25), ("IT", 15)),
        address="Calle Ejemplo, 1\n00000 Villaejemplo", email="ar.es@example.com",
    ),
    Entity(
        code="SE", name="Dunwell Exempel AB", currency="SEK", country="SE",
        time_zone="Europe/Stockholm", language="en", second=("EUR", "GBP"), weight=1,
        markets=(("SE", 70), ("NL", 30)), address="Exempelgatan 1\n000 00 Exempelstad",
        email="ar.se@example.com", phone="0046 8 465 004 10",
    ),
)  # fmt: skip
"""The six companies of the demo: what `desk` needs to know of them before the files come in."""


def demo_book(*, as_of: dt.date, seed: int = 7) -> Book:
    """Return the demo's book: 260 customers, 1,300 open items and the paid ones of a year.

    >>> found = demo_book(as_of=dt.date(2026, 11, 2))
    >>> len(found.entities), len(found.customers)
    (6, 260)
    """
    return book.generate(
        customers=260, items=1_300, seed=seed, as_of=as_of, entities=ENTITIES,
        settled_per_open=0.55, whale=140,
    )  # fmt: skip


__all__ = ["ENTITIES", "demo_book"]
