"""How a case ended, in one word, when nothing overdue is open of it any more.

The last thing that took its debts off the ladder names it; else credit notes; else money. Read
`of`; each word stands with how it is known in `_ENDS`, the strongest first. Must not know: when
a case closes (`cases`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from dunwell.core import book
from dunwell.core.scope import Scope
from dunwell.store import models


class Closing(NamedTuple):
    """A case that closes: whose, since when it was open, and on which day it closes."""

    pk: int
    entity_id: int
    customer_id: int
    opened_on: dt.date
    closed_on: dt.date


Key = tuple[int, int, dt.date]
"""Entity (0: every entity), customer, and a day on which something was done about them."""

PAID, CREDITED = "paid", "credited"
"""The outcomes where nothing but money, or credit notes alone, explain the end."""


def of(scope: Scope, cases: Collection[int], *, on: dt.date) -> dict[int, str]:
    """Return the outcome of each of these cases that close on a day, by id."""
    rows = models.Case.objects.filter(organisation_id=scope.organisation_id, pk__in=cases)
    left = [
        Closing(*row, on) for row in rows.values_list("pk", "entity_id", "customer_id", "opened_on")
    ]
    found: dict[int, str] = {}
    for word, known in _ENDS:
        ended = _within(left, known(scope, {c.customer_id for c in left})) if left else set()
        found |= dict.fromkeys(ended, word)
        left = [c for c in left if c.pk not in ended]
    if left:
        payers = _payers(scope, {c.customer_id for c in left})
        credited = _within(left, _credited(scope, payers)) - _within(left, _paid(scope, payers))
        found |= {c.pk: CREDITED if c.pk in credited else PAID for c in left}
    return found


def _within(closing: Iterable[Closing], known: Iterable[Key]) -> set[int]:
    """Return the cases about which something was done while they were open."""
    days: dict[tuple[int, int], list[dt.date]] = {}
    for entity, customer, on in known:
        days.setdefault((entity, customer), []).append(on)
    return {
        c.pk
        for c in closing
        for entity in (c.entity_id, 0)
        for on in days.get((entity, c.customer_id), ())
        if c.opened_on <= on <= c.closed_on or (entity == 0 and on <= c.closed_on)
    }


def _payers(scope: Scope, customers: Collection[int]) -> dict[int, int]:
    """Return in whose case the debts of these customers and of those they pay for stand."""
    mine = models.Customer.objects.filter(organisation_id=scope.organisation_id)
    named = dict(mine.filter(pk__in=customers).values_list("reference", "pk"))
    children = mine.filter(parent__in=list(named), pays_via_parent=True)
    paid_for = {child: named[parent] for child, parent in children.values_list("pk", "parent")}
    return {c: c for c in customers} | paid_for


def _insolvent(scope: Scope, customers: Collection[int]) -> list[Key]:
    rows = models.Insolvency.objects.filter(
        organisation_id=scope.organisation_id, customer_id__in=customers, closed_on__isnull=True
    )
    return [(0, customer, on) for customer, on in rows.values_list("customer_id", "filed_on")]


def _written_off(scope: Scope, customers: Collection[int]) -> list[Key]:
    rows = models.WriteOff.objects.filter(
        organisation_id=scope.organisation_id, customer_id__in=customers, state="written_off"
    )
    return list(rows.values_list("entity_id", "customer_id", "on"))


def _handed(kind: str) -> Callable[[Scope, Collection[int]], list[Key]]:
    """Return how it is known that debts are with an agency, or with a lawyer."""

    def known(scope: Scope, customers: Collection[int]) -> list[Key]:
        rows = models.Placement.objects.filter(
            organisation_id=scope.organisation_id, customer_id__in=customers, kind=kind,
            state="placed",
        )  # fmt: skip
        return list(rows.values_list("entity_id", "customer_id", "placed_on"))

    return known


def _planned(scope: Scope, customers: Collection[int]) -> list[Key]:
    rows = models.Plan.objects.filter(
        organisation_id=scope.organisation_id,
        stop__customer_id__in=customers,
        state="kept",
        in_force_on__isnull=False,
    )
    found = rows.values_list("stop__entity_id", "stop__customer_id", "in_force_on")
    return [(entity, customer, on) for entity, customer, on in found if entity and on]


def _closed(scope: Scope, customers: Collection[int]) -> list[Key]:
    """Return the days on which a person closed what stood at the end of its ladder."""
    rows = models.Stop.objects.filter(
        organisation_id=scope.organisation_id, customer_id__in=customers, kind="closed",
        ended_on__isnull=True,
    )  # fmt: skip
    return list(rows.values_list("entity_id", "customer_id", "from_on"))


_ENDS: tuple[tuple[str, Callable[[Scope, Collection[int]], list[Key]]], ...] = (
    ("insolvent", _insolvent), ("written_off", _written_off), ("legal", _handed("legal")),
    ("placed", _handed("agency")), ("plan", _planned),
    ("closed", _closed),
)  # fmt: skip


def _paid(scope: Scope, payers: dict[int, int]) -> list[Key]:
    """Return the days on which money was matched to a debt of these customers."""
    rows = models.Allocation.objects.filter(
        organisation_id=scope.organisation_id,
        item__customer_id__in=list(payers),
        item__kind__in=sorted(book.DEBITS),
        payment__isnull=False,
        amount_minor__gt=0,
    ).values_list("item__entity_id", "item__customer_id", "on")
    return [(entity, payers[customer], on) for entity, customer, on in rows]


def _credited(scope: Scope, payers: dict[int, int]) -> list[Key]:
    """Return the days of credit notes that name an item of these customers."""
    rows = models.Item.objects.filter(
        organisation_id=scope.organisation_id, customer_id__in=list(payers), kind="credit_note"
    ).exclude(applies_to="")
    found = rows.values_list("entity_id", "customer_id", "due_on")
    return [(entity, payers[customer], on) for entity, customer, on in found]
