"""What the desk's pages read of customers and companies: names, balances, ladders, reasons.

Who hears what on a day is told by `desk.day`. Must not know: how it is shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from dunwell.core import ladder, views
from dunwell.core.decision import Decision
from dunwell.core.scope import Scope
from dunwell.desk import compose, look
from dunwell.store import models, personal, tx
from dunwell.store import policies as published
from dunwell.store.lists import aging
from dunwell.store.records import cases

MANY = 2000
"""How many values a query may list."""


class Standing(NamedTuple):
    """One open item on its ladder: the step taken last (-1: none) and the one it takes next."""

    label: str
    due_on: dt.date
    currency: str
    open_minor: int
    at: int
    next_step: str
    opens_on: dt.date | None


class Ladder(NamedTuple):
    """The steps of one case's cadence, with its items where they stand."""

    entity: str
    cadence: str
    policy: str
    steps: list[tuple[str, str]]
    items: list[Standing]


class Balance(NamedTuple):
    """What one customer owes one entity: by currency (open in all, past due), and since when."""

    amounts: dict[str, tuple[int, int]]
    oldest_due_on: dt.date | None


def owners(scope: Scope, references: Iterable[str]) -> dict[str, str]:
    """Return who looks after some customers, by reference; of whom nobody does is absent."""
    wanted, found = sorted(set(references)), dict[str, str]()
    with tx.reading(scope):
        mine = models.Customer.objects.filter(organisation_id=scope.organisation_id)
        for start in range(0, len(wanted), MANY):
            some = mine.filter(reference__in=wanted[start : start + MANY]).exclude(owner="")
            found.update(some.values_list("reference", "owner"))
    return found


def told(
    scope: Scope, customers: Iterable[str], *, as_of: dt.date
) -> dict[tuple[str, str], Decision]:
    """Decide some customers afresh, so that a wait that stands can name its dates and items."""
    with tx.reading(scope):
        found = look.propose(scope, as_of=as_of, customers=_ids(scope, customers))
    return {(x.entity, x.customer): x.made for x in found.lines}


def ladders(
    scope: Scope, customer_id: int, *, as_of: dt.date, fresh: look.Proposal | None = None
) -> list[Ladder]:
    """Return where a customer's items stand on their ladders, for each entity that is owed.

    `fresh` is what the day would bring the customer, where the caller has looked already.
    """
    with tx.reading(scope):
        found = fresh or look.propose(scope, as_of=as_of, customers=[customer_id])
        made = (_ladder(scope, line, as_of) for line in found.lines)
        return [x for x in made if x is not None and x.items]


def _ladder(scope: Scope, line: cases.Line, as_of: dt.date) -> Ladder | None:
    if line.facts is None:
        return None
    policy = published.load(scope, line.policy_version_id)
    view = views.look(line.facts, policy, as_of)
    return Ladder(
        line.entity,
        line.cadence,
        f"{policy.name} v{policy.version}",
        [(s.id, s.tone) for s in view.cadence.steps],
        [
            Standing(
                p.at.item.label, p.at.item.due_on, p.at.item.currency, p.at.item.open_minor,
                -1 if p.rung.last is None else ladder.place(p.rung.last, view.cadence),
                "" if p.rung.step is None else p.rung.step.id, p.rung.opens_on,
            )
            for p in sorted(view.places, key=lambda p: views.by_age(p.at))
        ],
    )  # fmt: skip


def balances(
    scope: Scope, *, as_of: dt.date, customers: Iterable[str] | None = None
) -> dict[tuple[str, str], Balance]:
    """Return what is open at the end of a day, by (entity, customer); of all if none are given."""
    found: dict[tuple[str, str], Balance] = {}
    with tx.reading(scope):
        people = None if customers is None else _ids(scope, customers)
        for entity in _entities(scope):
            for o in aging.open_amounts(
                scope, as_of=as_of, by="customer", entity=entity, customers=people
            ):
                have = found.setdefault((entity, o.key), Balance({}, None))
                is_debit = o.kind not in ("credit_note", "unapplied")
                total, overdue = have.amounts.get(o.currency, (0, 0))
                if is_debit and o.due_on is not None and o.due_on < as_of:
                    overdue += o.minor
                    oldest = min(have.oldest_due_on or o.due_on, o.due_on)
                    found[(entity, o.key)] = have._replace(oldest_due_on=oldest)
                have.amounts[o.currency] = (total + (o.minor if is_debit else -o.minor), overdue)
    return found


def oldest(scope: Scope, *, as_of: dt.date) -> dict[tuple[str, str], dt.date]:
    """Return since when each customer owes what is past due on a day, by (entity, customer)."""
    with tx.reading(scope):
        if aging.is_past(scope, as_of):
            whole = balances(scope, as_of=as_of).items()
            return {key: b.oldest_due_on for key, b in whole if b.oldest_due_on is not None}
        return {(e, c): due_on for e, c, due_on in aging.oldest_due(scope, before=as_of)}


def owing(scope: Scope, *, as_of: dt.date) -> set[str]:
    """Return the customers of whom anything was open at the end of a day, by reference."""
    with tx.reading(scope):
        if aging.is_past(scope, as_of):
            return {reference for _, reference in balances(scope, as_of=as_of)}
        return aging.owing(scope)


def _ids(scope: Scope, references: Iterable[str]) -> list[int]:
    return list(
        models.Customer.objects.filter(
            organisation_id=scope.organisation_id, reference__in=set(references)
        ).values_list("pk", flat=True)
    )


def entities(scope: Scope) -> dict[str, str]:
    """Return the name of each entity by its code, in order of code."""
    with tx.reading(scope):
        return dict(
            models.Entity.objects.filter(organisation_id=scope.organisation_id)
            .order_by("code")
            .values_list("code", "name")
        )


def names(scope: Scope, references: Iterable[str] | None = None) -> dict[str, str]:
    """Return the names of customers by reference; of all when none are given."""
    with tx.reading(scope):
        rows = models.Customer.objects.filter(organisation_id=scope.organisation_id)
        wanted = None if references is None else list(references)
        if wanted is None or len(wanted) > MANY:  # beyond that, all are read sooner
            ids = dict(rows.values_list("pk", "reference"))
            said = personal.read_all(scope, "customer", "name")
        else:
            ids = dict(rows.filter(reference__in=wanted).values_list("pk", "reference"))
            found = personal.read(scope, "customer", ids, fields=["name"])
            said = {pk: name for (pk, _), name in found.items()}
    return {reference: said.get(pk, "") for pk, reference in ids.items()}


def billed(scope: Scope, number: str, *, most: int = 20) -> list[str]:
    """Return the customers that have an item of this number, by reference."""
    with tx.reading(scope):
        rows = models.Item.objects.filter(
            organisation_id=scope.organisation_id, number__in={number, number.upper()}
        )
        return sorted(set(rows.values_list("customer__reference", flat=True)[:most]))


def counted_to(scope: Scope) -> dt.date | None:
    """Return the day the newest payments or open items taken in speak for."""
    with tx.reading(scope):
        return compose.counted_to(scope)


def _entities(scope: Scope) -> list[str]:
    return list(
        models.Entity.objects.filter(organisation_id=scope.organisation_id)
        .order_by("code")
        .values_list("code", flat=True)
    )


def open_of(scope: Scope, items: set[int]) -> set[int]:
    """Return those of some items of which something is open."""
    return set(
        models.Item.objects.filter(
            organisation_id=scope.organisation_id, pk__in=items, open_minor__gt=0
        ).values_list("pk", flat=True)
    )
