"""What a measure may rest on: what is owed of which item, how old it is, what was warned of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from decimal import Decimal

import msgspec

from dunwell.core import book, money, position
from dunwell.core.decision import Act
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.store import facts, models
from dunwell.store.records import cases

MINIMUM = 100
"""No suspension for less, in base currency (SEMANTICS 7)."""

FROM_DAY = 30
"""From this age on, except for high risk (SEMANTICS 7)."""


def family(scope: Scope, payer: int) -> list[int]:
    """Return a customer and those it pays for."""
    return [payer, *facts.families(scope).children.get(payer, ())]


def picture(
    scope: Scope, entity: models.Entity, customer: int, *, as_of: dt.date
) -> book.Facts | None:
    """Return the facts of a customer's case, or of its payer's; None where nothing is open."""
    for loaded in facts.Loader(scope, entity, as_of=as_of).stream([customer]):
        return loaded.facts if loaded.facts.items else None
    return None


def without_stops(seen: book.Facts) -> book.Facts:
    """Return the facts as if nothing were stopped: what is promised or disputed is not paid."""
    return msgspec.structs.replace(seen, stops=())


def unpaid(scope: Scope, items: Iterable[int]) -> set[int]:
    """Return those items of which something is open."""
    return set(
        models.Item.objects.filter(
            organisation_id=scope.organisation_id, pk__in=list(items), open_minor__gt=0
        ).values_list("pk", flat=True)
    )


def owed(
    scope: Scope, entity: models.Entity, customer: int, *, as_of: dt.date
) -> dict[int, position.Standing]:
    """Return what a customer owes of each item, net of credit and whatever stops it."""
    return _owed(picture(scope, entity, customer, as_of=as_of), as_of)


Owed = dict[tuple[int, int], dict[int, position.Standing]]
"""What customers owe of each item, by (entity, customer)."""


def owed_by(
    scope: Scope, rows: Iterable[models.Measure | models.Approval], *, as_of: dt.date
) -> Owed:
    """Return what the customers of these rows owe, each as `owed`, in a few queries."""
    wanted: dict[int, tuple[models.Entity, set[int]]] = {}
    for row in rows:
        wanted.setdefault(row.entity_id, (row.entity, set()))[1].add(row.customer_id)
    found: Owed = {}
    for pk, (entity, customers) in wanted.items():
        loader = facts.Loader(scope, entity, as_of=as_of)
        seen = {x.customer_id: x.facts for x in loader.stream(sorted(customers))}
        payer_of = loader.families.payer_of
        for customer in customers:
            found[pk, customer] = _owed(seen.get(payer_of.get(customer, customer)), as_of)
    return found


def _owed(seen: book.Facts | None, as_of: dt.date) -> dict[int, position.Standing]:
    if seen is None or not seen.items:
        return {}
    standings = position.stand(without_stops(seen), as_of=as_of).standings
    return {s.item.id: s for s in standings if s.net_minor > 0}


def overdue(
    seen: book.Facts | None, chosen: Collection[int], *, as_of: dt.date
) -> list[position.Standing]:
    """Return what is overdue and may be demanded, of the items chosen or of all."""
    standings = position.stand(seen, as_of=as_of).overdue if seen else []
    found = [s for s in standings if s.net_minor > 0 and (not chosen or s.item.id in chosen)]
    if not found or len(found) < len(chosen):
        raise Refused("nothing_overdue", "only what is overdue and not stopped can be named")
    return sorted(found, key=lambda s: (s.item.due_on, s.item.number, s.item.part))


def amounts(pairs: Iterable[tuple[str, int]]) -> list[list[str | int]]:
    return [[c, m] for c, m in money.by_currency(pairs).items()]


def check_may_suspend(
    scope: Scope,
    entity: models.Entity,
    who: models.Customer,
    seen: book.Facts | None,
    about: list[position.Standing],
    *,
    as_of: dt.date,
) -> None:
    """Check what SEMANTICS 7 asks of a suspension: enough, old enough, and warned of."""
    assert seen is not None, "what is overdue was found in it"
    counted = [(s.item.currency, s.net_minor) for s in about if s.item.kind != "claim"]
    least = money.to_minor(Decimal(MINIMUM), entity.base_currency)
    if position.in_base(seen, counted).minor < least:
        raise Refused("below_minimum", f"no service is suspended for less than {MINIMUM}.00")
    oldest = max((as_of - s.item.due_on).days for s in about)
    if seen.segment != "high_risk" and oldest < FROM_DAY:
        raise Refused("too_young", f"a service is suspended from {FROM_DAY} days overdue on")
    if not _was_warned(scope, entity.pk, who.pk, {s.item.id for s in about}):
        raise Refused("not_warned", "no notice about these items has named a suspension yet")


def _was_warned(scope: Scope, entity: int, customer: int, items: set[int]) -> bool:
    sent = models.Action.objects.filter(
        organisation_id=scope.organisation_id, entity_id=entity, customer_id=customer,
        state="sent", takes_step=True,
    ).select_related("decision")  # fmt: skip
    for action in sent.order_by("-pk"):
        made = cases.unpack(action.decision.body)
        if not isinstance(made, Act) or "suspension" not in made.consequences:
            continue
        if items & {i for i, _ in made.lines}:
            return True
    return False
