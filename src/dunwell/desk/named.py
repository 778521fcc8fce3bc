"""What people name at a door, found in the book: customers, entities, items, amounts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from dunwell.core import money
from dunwell.core.errors import Refused
from dunwell.core.scope import Scope
from dunwell.store import models


def customer(scope: Scope, reference: str) -> models.Customer:
    """Return the customer of a reference. Raises: Refused where nobody has it."""
    row = models.Customer.objects.filter(
        organisation_id=scope.organisation_id, reference=reference
    ).first()
    if row is None:
        raise Refused("unknown_customer", f"no customer {reference!r}; check the reference")
    return row


def entity(scope: Scope, code: str) -> models.Entity:
    """Return the entity of a code. Raises: Refused where there is none."""
    row = models.Entity.objects.filter(organisation_id=scope.organisation_id, code=code).first()
    if row is None:
        raise Refused("unknown_entity", f"no entity {code!r}; see `dunwell entity list`")
    return row


def entity_for(
    scope: Scope, who: models.Customer, code: str | None, items: Sequence[models.Item] = ()
) -> models.Entity:
    """Return the entity a verb is about: the one named, that of the items, or the only one.

    Raises: Refused where it cannot be told which.
    """
    if code:
        return entity(scope, code)
    ids = {i.entity_id for i in items} or set(
        models.Watch.objects.filter(
            organisation_id=scope.organisation_id, customer=who
        ).values_list("entity_id", flat=True)
    )
    if not ids:
        ids = set(
            models.Entity.objects.filter(organisation_id=scope.organisation_id).values_list(
                "pk", flat=True
            )
        )
    if len(ids) != 1:
        raise Refused(
            "which_entity", f"customer {who.reference} owes several entities: say --entity CODE"
        )
    return models.Entity.objects.get(organisation_id=scope.organisation_id, pk=ids.pop())


def items(
    scope: Scope, who: models.Customer, labels: Sequence[str], *, entity_code: str | None = None
) -> list[models.Item]:
    """Return a customer's items by number, or number/part, in the order named.

    Raises: Refused for one that is not there, or that two entities have.
    """
    return [_item(scope, who, label, entity_code) for label in labels]


def _item(scope: Scope, who: models.Customer, label: str, entity_code: str | None) -> models.Item:
    number, _, part = label.rpartition("/")
    mine = models.Item.objects.filter(organisation_id=scope.organisation_id, customer=who)
    if entity_code:
        mine = mine.filter(entity__code=entity_code)
    found = list(mine.filter(number=label, part=""))
    if not found and part:
        found = list(mine.filter(number=number, part=part))
    live = [i for i in found if i.open_minor] or found
    if not live:
        raise Refused("unknown_item", f"customer {who.reference} has no item {label!r}")
    if len({i.entity_id for i in live}) > 1:
        raise Refused("which_entity", f"several entities have an item {label!r}: say --entity CODE")
    if len(live) > 1:
        kinds = ", ".join(sorted(i.kind for i in live))
        raise Refused("which_item", f"there are several items {label!r} ({kinds})")
    return live[0]


def minor(amount: Decimal, currency: str) -> int:
    """Return an amount in minor units. Raises: Refused unless it is more than nothing."""
    try:
        found = money.to_minor(amount, currency)
    except ValueError as error:
        raise Refused("bad_amount", str(error)) from error
    if found <= 0:
        raise Refused("bad_amount", f"{amount} is not more than nothing")
    return found
