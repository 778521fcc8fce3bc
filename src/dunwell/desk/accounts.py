"""The account of each late item as interest sees it: what was owed, paid, credited, disputed.

What was credited, is disputed, or was decided for the customer leaves the debt from its first
day. What a list stated as paid without saying when does too: no interest is claimed that
nobody can show. A payment later taken back never paid. Origin: SEMANTICS 13.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db.models import F, Q

from dunwell.core import book, claims
from dunwell.core.scope import Scope
from dunwell.store import facts, models
from dunwell.store.records.claims import label

KINDS = sorted(book.DEBITS - {"claim"})
"""What bears interest: a claim never does, so there is no interest on interest."""


class Claimed(NamedTuple):
    """What was claimed on an item before, waived or not: interest through a day, a fixed sum."""

    minor: int = 0
    to: dt.date | None = None
    has_fixed: bool = False


class Account(NamedTuple):
    """One item with its money. `is_agreed`: its due date was agreed or told, not the law's."""

    item: models.Item
    principal_minor: int
    payments: tuple[tuple[dt.date, int], ...]
    excused: tuple[tuple[dt.date, dt.date], ...]
    is_agreed: bool
    claimed: Claimed = Claimed()

    def late_minor(self, first: dt.date) -> int:
        """Return what was late on a day: the debt less what was paid before."""
        return self.principal_minor - sum(minor for on, minor in self.payments if on < first)

    def debt(self, *, late_from: dt.date, costs_minor: int) -> claims.Debt:
        """Return the debt that bears interest."""
        return claims.Debt(
            self.principal_minor, late_from, self.payments, self.excused, costs_minor
        )


def load(
    scope: Scope,
    *,
    entities: Collection[int],
    customers: Collection[int] | None,
    as_of: dt.date,
    with_paid: bool,
    items: Sequence[int] = (),
) -> list[Account]:
    """Return the accounts of late items, the oldest first; with those paid late, if asked for."""
    late = models.Item.objects.filter(
        organisation_id=scope.organisation_id, entity_id__in=entities, kind__in=KINDS,
        due_on__lt=as_of,
    )  # fmt: skip
    if customers is not None:
        late = late.filter(customer_id__in=list(customers))
    if items:
        late = late.filter(pk__in=items)
    is_due = Q(open_minor__gt=0)
    late = late.filter(is_due | Q(closed_on__gt=F("due_on")) if with_paid else is_due)
    rows = list(
        late.select_related("customer", "entity").order_by("due_on", "number", "part", "pk")
    )
    return [
        account
        for start in range(0, len(rows), facts.CHUNK)
        for account in _accounts(scope, rows[start : start + facts.CHUNK])
    ]


def _accounts(scope: Scope, rows: Sequence[models.Item]) -> list[Account]:
    """Return the accounts of a chunk of items: a handful of queries for thousands of them."""
    money, claimed = _moves(scope, rows), _claims(scope, rows)
    credited, disputes = _credit_notes(scope, rows), _disputes(scope, rows)
    return [
        _account(i, money.get(i.pk, []), credited.get(i.pk, 0), disputes.get(i.pk, []))._replace(
            claimed=claimed.get(i.pk, Claimed())
        )
        for i in rows
    ]


def _account(
    item: models.Item,
    moves: Sequence[models.Allocation],
    credited: int,
    disputes: Sequence[tuple[models.StopItem, models.Dispute]],
) -> Account:
    """Put one account together."""
    paid: dict[int, tuple[dt.date, int]] = {}
    from_the_start = credited
    for m in moves:
        if m.payment_id is None:
            from_the_start += m.amount_minor
        else:
            on, minor = paid.get(m.payment_id, (m.on, 0))
            paid[m.payment_id] = (min(on, m.on), minor + m.amount_minor)
    excused: list[tuple[dt.date, dt.date]] = []
    for x, dispute in disputes:
        is_whole = x.amount_minor is None
        if x.stop.ended_on is None:
            from_the_start += item.amount_minor if x.amount_minor is None else x.amount_minor
        elif is_whole and dispute.answered_on is not None:
            excused.append((x.stop.from_on, dispute.answered_on))
    payments = tuple(sorted(p for p in paid.values() if p[1] > 0))
    return Account(
        item, max(0, item.amount_minor - from_the_start), payments, tuple(excused),
        is_agreed=_is_agreed(item),
    )  # fmt: skip


def _is_agreed(item: models.Item) -> bool:
    """Tell whether the due date rests on more than the entity's own default terms."""
    if not item.due_derived or item.customer.terms_days is not None or item.issued_on is None:
        return True
    return bool(item.due_on != item.issued_on + dt.timedelta(days=item.entity.terms_days))


def _moves(scope: Scope, items: Sequence[models.Item]) -> dict[int, list[models.Allocation]]:
    found: dict[int, list[models.Allocation]] = defaultdict(list)
    for m in models.Allocation.objects.filter(
        organisation_id=scope.organisation_id, item_id__in=[i.pk for i in items]
    ).order_by("pk"):
        found[m.item_id].append(m)
    return found


def _credit_notes(scope: Scope, items: Sequence[models.Item]) -> dict[int, int]:
    """Return what credit notes that name an item still hold for it."""
    by_label = {(i.entity_id, i.customer_id, i.currency, name): i.pk
                for i in items for name in {i.number, label(i)}}  # fmt: skip
    found: dict[int, int] = defaultdict(int)
    for note in models.Item.objects.filter(
        organisation_id=scope.organisation_id, kind="credit_note", open_minor__gt=0,
        customer_id__in={i.customer_id for i in items},
    ).exclude(applies_to=""):  # fmt: skip
        key = (note.entity_id, note.customer_id, note.currency, note.applies_to)
        if key in by_label:
            found[by_label[key]] += note.open_minor
    return found


def _disputes(
    scope: Scope, items: Sequence[models.Item]
) -> dict[int, list[tuple[models.StopItem, models.Dispute]]]:
    """Return the disputes of each item but those that were rejected."""
    rows = list(
        models.StopItem.objects.filter(
            organisation_id=scope.organisation_id, item_id__in=[i.pk for i in items],
            stop__kind="dispute",
        ).select_related("stop")
    )  # fmt: skip
    decided = {
        d.stop_id: d
        for d in models.Dispute.objects.filter(
            organisation_id=scope.organisation_id, stop_id__in=[x.stop_id for x in rows]
        )
    }
    found: dict[int, list[tuple[models.StopItem, models.Dispute]]] = defaultdict(list)
    for x in rows:
        dispute = decided.get(x.stop_id)
        if dispute is not None and dispute.outcome != "rejected":
            found[x.item_id].append((x, dispute))
    return found


def _claims(scope: Scope, items: Sequence[models.Item]) -> dict[int, Claimed]:
    """Return what was claimed on each item before, waived or not."""
    found: dict[int, Claimed] = {}
    rows = models.Claim.objects.filter(
        organisation_id=scope.organisation_id, principal_id__in=[i.pk for i in items]
    )
    for c in rows.select_related("item").order_by("pk"):
        has = found.get(c.principal_id, Claimed())
        if c.kind == "interest":
            to = max((d for d in (has.to, c.to_on) if d), default=None)
            has = has._replace(minor=has.minor + c.item.amount_minor, to=to)
        else:
            has = has._replace(has_fixed=True)
        found[c.principal_id] = has
    return found
