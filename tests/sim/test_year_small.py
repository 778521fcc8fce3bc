"""A made-up company lives for months at a desk, with late files and files imported twice.

`SEED=17 .venv/bin/python -m pytest tests/sim/test_year_small.py` plays another company.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import company
import pytest
import year
from django.db.models import Sum

from dunwell.core.scope import Scope
from dunwell.sim import play
from dunwell.store import models, tx
from helpers import cache_faults

AS_OF = dt.date(2026, 1, 5)
SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else [3]

pytestmark = pytest.mark.one_database


def lived(home: Path, *, customers: int, days: int, seed: int) -> tuple[company.Company, list[str]]:
    """Play a company; fail with everything that was wrong, and how to play it again."""
    made = company.generated(customers=customers, seed=seed, as_of=AS_OF)
    scope = company.founded(made)
    played = company.Company(scope, made, around=play.Weather)
    played.until(AS_OF + days * dt.timedelta(days=1))
    wrong = [*played.faults(home), *losses(scope, played)]
    assert year.news(wrong) == [], (
        f"again: SEED={seed} .venv/bin/python -m pytest tests/sim/test_year_small.py"
        f" -k {customers} -m 'long or not long'"
    )
    return played, wrong


def losses(scope: Scope, played: company.Company) -> list[str]:
    """Say in which currency money received is not what was allocated and what is unapplied."""
    received: dict[str, int] = {}
    for row, _, _ in played.ledger.paid.values():
        received[row.currency or ""] = received.get(row.currency or "", 0) + row.amount_minor
    for row in played.ledger.returned:
        received[row.currency or ""] -= row.amount_minor
    mine = {"organisation_id": scope.organisation_id}
    with tx.reading(scope):
        loose = models.Payment.objects.filter(**mine).values_list("currency")
        matched = models.Allocation.objects.filter(**mine, payment__isnull=False)
        kept = dict(loose.annotate(Sum("unapplied_minor")))
        for currency, minor in matched.values_list("item__currency").annotate(Sum("amount_minor")):
            kept[currency] = kept.get(currency, 0) + minor
    return [
        f"{c}: received {received.get(c, 0)}, allocated and unapplied {kept.get(c, 0)}"
        for c in sorted(received.keys() | kept.keys())
        if received.get(c, 0) != kept.get(c, 0)
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_120_customers_for_four_months_hear_only_what_is_right(home: Path, seed: int) -> None:
    """Nobody who paid, objected, promised, is held, in credit or insolvent is asked for it.

    Every total is what our own ledger adds up to; nothing is sent twice; no step is taken
    twice, early or out of order; contacts keep their distance; nobody is forgotten; money is
    conserved; caches, journal and replayed decisions agree.
    """
    played, wrong = lived(home, customers=120, days=120, seed=seed)
    assert cache_faults(played.scope) == []
    assert "SEED" in os.environ or year.mended(wrong) == [], "mended: take it off the list"
    assert played.seen["late"] > 0, "no bank file came late"
    assert played.seen["twice"] > 0, "no file was imported twice"
    happened = ("dispute", "promise", "insolvency", "yes to notice", "no to notice")
    assert [what for what in happened if not played.seen[what]] == []
    assert len(played.year.sent) > 500


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
def test_400_customers_for_a_year_hear_only_what_is_right(home: Path, seed: int) -> None:
    """The same for a whole year, with its holidays, quiet season and closed cases."""
    played, _ = lived(home, customers=400, days=365, seed=seed)
    assert len(played.year.sent) > 5_000
