"""What promises and plans share: which items they are about, and whose money keeps them.

A payer speaks for the children it pays for: their items are its own here (SEMANTICS 1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeVar

from django.db.models import Q

from dunwell.core import book, promises
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.desk import named
from dunwell.store import agreements, facts, models, tx

BY_OUR_OWN = ("hand", "call")
"""Where something agreed came from a person of ours, who may not approve it as well."""


class About(NamedTuple):
    """What something agreed is about: whose, owed to whom, which items, in one currency."""

    who: models.Customer
    entity: models.Entity
    items: list[models.Item]
    currency: str
    family: list[int]


def about(
    scope: Scope,
    customer: str,
    labels: Sequence[str],
    *,
    on: dt.date,
    entity: str | None = None,
    currency: str | None = None,
) -> About:
    """Return what is agreed on: the items named, else what is overdue, the oldest first.

    What stands in an open promise or a running plan is agreed on already; what is disputed,
    placed or written off is meant only where it is named.

    Raises: Refused for what is unknown, not owed, not open, agreed on, or in two currencies.
    """
    who = named.customer(scope, customer)
    families = facts.families(scope)
    family = [who.pk, *sorted(families.children.get(who.pk, ()))]
    rows = _named(scope, who, family, labels, entity) if labels else []
    owed_to = named.entity_for(scope, who, entity, rows)
    agreed = _agreed(scope, family)
    if not labels:
        rows = _overdue(scope, family, owed_to, on, {*agreed, *kept_out(scope, family)})
    for row in rows:
        _check(row, agreed)
    found = {r.currency for r in rows}
    if currency is not None:
        rows = [r for r in rows if r.currency == currency]
    elif len(found) > 1:
        codes = " and ".join(sorted(found))
        raise Refused("other_currency", f"that is {codes}; one currency at a time")
    if not rows:
        if not labels and not found and (said := _agreed_on(scope, family, owed_to, on, agreed)):
            raise Refused("agreed_already", said)
        raise Refused("nothing_open", f"nothing of {customer} is open that it could be about")
    return About(who, owed_to, rows, rows[0].currency, family)


def minor_of(
    scope: Scope,
    customer: str,
    labels: Sequence[str],
    amount: Decimal,
    *,
    on: dt.date,
    entity: str | None = None,
    currency: str | None = None,
) -> int:
    """Return an amount in minor units of the currency it is about. Raises: Refused."""
    if currency is None:
        with tx.reading(scope):
            found = about(scope, customer, labels, on=on, entity=entity)
        currency = found.currency
    return named.minor(amount, currency)


def covers(found: About, amount_minor: int | None) -> tuple[promises.Cover, ...]:
    """Return how much of each item is meant, up to an amount. Raises: Refused for nothing."""
    if amount_minor is not None and amount_minor <= 0:
        raise Refused("bad_amount", f"{amount_minor} minor units are not more than nothing")
    items = [
        book.Item(r.pk, r.number, r.kind, r.currency, r.due_on, r.amount_minor, r.open_minor)
        for r in found.items
    ]
    return promises.cover(items, currency=found.currency, minor=amount_minor)


Row = TypeVar("Row", models.Promise, models.Plan)


def money_of(scope: Scope, rows: Sequence[Row], *, as_of: dt.date) -> dict[int, agreements.Made]:
    """Return promises or plans with the money they are judged by, by stop."""
    families = facts.families(scope)
    found: dict[int, agreements.Made] = {}
    entities = {r.stop.entity_id: r.stop.entity for r in rows}
    for pk, entity in entities.items():
        assert entity is not None, "what is agreed is owed to one entity"
        mine = {r.stop_id: r.stop.customer_id for r in rows if r.stop.entity_id == pk}
        found |= agreements.load(
            scope, entity, mine, as_of=as_of, payer_of=families.payer_of,
            children=families.children,
        )  # fmt: skip
    return found


def asked_no_more(scope: Scope, kind: type[Row]) -> list[Row]:
    """Return promises or plans that wait for an answer nobody is asked for any more.

    A question ends when nothing it is about is open: what it asked for is over with it.
    """
    mine = {"organisation_id": scope.organisation_id}
    asked = models.Approval.objects.filter(**mine, state="asked").values("key")
    waiting = kind.objects.filter(**mine, state="asked").exclude(approval_key="")
    return list(
        waiting.exclude(approval_key__in=asked).select_related("stop__customer", "stop__entity")
        .order_by("pk")
    )  # fmt: skip


def with_families(scope: Scope, customers: Collection[int]) -> set[int]:
    """Return these customers with whoever pays for them and whom they pay for."""
    families = facts.families(scope)
    payers = {families.payer_of.get(c, c) for c in customers}
    return {*customers, *payers, *(c for p in payers for c in families.children.get(p, ()))}


def _named(
    scope: Scope,
    who: models.Customer,
    family: Sequence[int],
    labels: Sequence[str],
    entity: str | None,
) -> list[models.Item]:
    """Return the items named, once each; a payer may name those of its children."""
    people = [who, *models.Customer.objects.filter(
        organisation_id=scope.organisation_id, pk__in=family[1:]
    ).order_by("pk")]  # fmt: skip
    found: dict[int, models.Item] = {}
    for one in labels:
        for person in people:
            try:
                (item,) = named.items(scope, person, [one], entity_code=entity)
            except Refused as error:
                if error.reason != "unknown_item" or person is people[-1]:
                    raise
            else:
                found[item.pk] = item
                break
    return list(found.values())


def _overdue(
    scope: Scope, family: Sequence[int], entity: models.Entity, on: dt.date, but: set[int]
) -> list[models.Item]:
    rows = models.Item.objects.filter(
        organisation_id=scope.organisation_id,
        entity=entity,
        customer_id__in=family,
        kind__in=sorted(book.DEBITS),
        open_minor__gt=0,
        due_on__lt=on,
    ).order_by("due_on", "number", "part", "pk")
    return [r for r in rows if r.pk not in but]


def _agreed_on(
    scope: Scope,
    family: Sequence[int],
    entity: models.Entity,
    on: dt.date,
    agreed: dict[int, tuple[str, int]],
) -> str:
    """Say in what all that is overdue stands already, and until when; "" where in nothing."""
    overdue = _overdue(scope, family, entity, on, kept_out(scope, family))
    stops = sorted({agreed[r.pk] for r in overdue if r.pk in agreed})
    until = dict(
        models.Promise.objects.filter(
            organisation_id=scope.organisation_id, stop_id__in=[pk for _, pk in stops]
        ).values_list("stop_id", "by_on")
    )
    named = [f"{kind} {pk}" + (f" (by {until[pk]})" if pk in until else "") for kind, pk in stops]
    said = f"all that is overdue stands in {' and '.join(named)} already: close that one first"
    return said if named else ""


def _agreed(scope: Scope, family: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Return the items of open promises and running plans, with what and which it is."""
    rows = models.StopItem.objects.filter(
        Q(stop__kind="promise", stop__state__in=("asked", "open"))
        | Q(stop__kind="plan", stop__state__in=("asked", "running")),
        organisation_id=scope.organisation_id,
        stop__customer_id__in=family,
    )
    return {
        item: (kind, stop)
        for item, kind, stop in rows.values_list("item_id", "stop__kind", "stop_id")
    }


def kept_out(scope: Scope, family: Sequence[int]) -> set[int]:
    """Return the items of these customers that are wholly disputed, placed or written off."""
    rows = models.StopItem.objects.filter(
        organisation_id=scope.organisation_id,
        stop__customer_id__in=family,
        stop__kind__in=("dispute", "placement", "written_off"),
        stop__ended_on__isnull=True,
        amount_minor__isnull=True,
    )
    return set(rows.values_list("item_id", flat=True))


def _check(row: models.Item, agreed: dict[int, tuple[str, int]]) -> None:
    if row.kind not in book.DEBITS:
        raise Refused("not_owed", f"{row.number} is a credit note: nothing of it is owed")
    if not row.open_minor:
        raise Refused("nothing_open", f"nothing of {row.number} is open any more")
    if row.pk in agreed:
        kind, stop = agreed[row.pk]
        raise Refused(
            "agreed_already", f"{row.number} stands in {kind} {stop}; close that one first"
        )
