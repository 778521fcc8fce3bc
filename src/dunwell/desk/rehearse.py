"""What a file would do to the book: each block is brought in as it would be, and taken back.

A block meets the book as it is, not the blocks before it; what only they would have brought
(the payment a reversal takes back, an unknown customer) is reckoned with. Transactions stay as
short as those of the import itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import Sum

from dunwell.core.complaints import Complaint
from dunwell.core.scope import Scope
from dunwell.store import models, tx
from dunwell.store.records import people
from dunwell.store.records.inbound import Outcome

CHANGES_SHOWN = 200
"""Corrections named one by one; the counts hold all of them."""
Part = tuple[Any, ...]
Identity = tuple[str, str, str, str, str]


class Change(NamedTuple):
    """What a file says otherwise than the book: whose, of what, which field, was and becomes."""

    table: str
    customer: str
    label: str
    currency: str
    field: str
    was: Any
    becomes: Any


class Gone(NamedTuple):
    """An open item that a full list does not hold."""

    pk: int
    customer: str
    kind: str
    number: str
    part: str
    currency: str
    open_minor: int


class Rehearsed:
    """What would happen: counts, complaints, corrections, what is settled, what is open then."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.complaints: list[Complaint] = []
        self.changes: list[Change] = []
        self.settled: list[str] = []
        self.book: dict[str, int] = {}


def run(
    scope: Scope,
    kind: str,
    *,
    blocks: Callable[[], Iterable[Part]],
    take: Callable[[Part], Outcome],
    identity: Callable[[Any], Identity],
    gone: Callable[[str, set[Identity]], Sequence[Gone]] | None,
    progress: Callable[[int], None],
) -> Rehearsed:
    """Say what taking the staged blocks in would do; the book stays as it is.

    `gone` finds what an entity has open that a full list does not hold, where the list is full.
    """
    found, added, is_items = Rehearsed(), Counter[str](), kind == "items"
    taken_back = _taken_back(blocks()) if kind == "payments" else set()
    earlier: dict[str, Any] = {}
    seen: set[Identity] = set()
    customers: set[str] = set()
    done = 0
    for part in blocks():
        first = tuple(earlier[r.reverses] for r in part if _reverses(r) in earlier)
        _rehearse(scope, part, first, take, added if is_items else None, found)
        if is_items:
            customers |= {r.customer for r in part}
            seen |= {identity(r) for r in part}
        elif taken_back:
            earlier |= {r.reference: r for r in part if r.reference in taken_back}
        done += len(part)
        progress(done)
    if is_items:
        found.counts["stub_customers"] = len(customers) - _known(scope, customers)
        for code in sorted({key[0] for key in seen}) if gone else ():
            for item in gone(code, seen) if gone else ():
                found.settled.append(f"{item.number}/{item.part}" if item.part else item.number)
                added[item.currency] -= _signed(item.kind, item.open_minor)
        book = Counter(open_totals(scope))
        book.update(added)
        found.book = dict(sorted(book.items()))
    return found


def open_totals(scope: Scope) -> dict[str, int]:
    """Return the whole open balance by currency: debits less credit notes (SEMANTICS 3.5)."""
    totals: dict[str, int] = {}
    with tx.transaction_of(scope):
        for currency, kind, minor in (
            models.DueBin.objects.filter(organisation_id=scope.organisation_id)
            .values_list("currency", "kind")
            .annotate(open_=Sum("open_minor"))
            .order_by()
        ):
            totals[currency] = totals.get(currency, 0) + _signed(kind, minor)
    return totals


def _rehearse(
    scope: Scope,
    part: Part,
    first: Part,
    take: Callable[[Part], Outcome],
    added: Counter[str] | None,
    found: Rehearsed,
) -> None:
    """Take one block in and back; `first` is what of the file must be there before it."""
    with tx.rehearsal_of(scope):
        if first:
            take(first)
        was = open_totals(scope) if added is not None else {}
        top = _last_correction(scope)
        outcome = take(part)
        if added is not None:
            added.update(open_totals(scope))
            added.subtract(was)
        room = CHANGES_SHOWN - len(found.changes)
        found.changes += _changes(scope, after=top)[:room] if room > 0 else []
    found.counts.update(outcome.counts)
    found.complaints += outcome.complaints


def _reverses(row: Any) -> str:
    is_reversal = getattr(row, "kind", "") == "reversal"
    return (row.reverses or "") if is_reversal else ""


def _taken_back(blocks: Iterable[Part]) -> set[str]:
    """Return the references of the payments that reversals of this file take back."""
    return {back for part in blocks for r in part if (back := _reverses(r))}


def _known(scope: Scope, references: set[str]) -> int:
    """Count those of some customers that the book knows."""
    named, n = sorted(references), 0
    with tx.reading(scope):
        for start in range(0, len(named), 500):
            n += len(people.ids_of(scope, set(named[start : start + 500])))
    return n


def _signed(kind: str, minor: int) -> int:
    return -minor if kind == "credit_note" else minor


def _last_correction(scope: Scope) -> int:
    """Return where the history of corrections ends, inside the caller's transaction."""
    last = models.History.objects.filter(organisation_id=scope.organisation_id).order_by("-pk")
    return last.values_list("pk", flat=True).first() or 0


def _changes(scope: Scope, *, after: int) -> list[Change]:
    """Return the corrections kept since, field by field, inside the caller's transaction."""
    mine = {"organisation_id": scope.organisation_id}
    kept = list(
        models.History.objects.filter(
            organisation_id=scope.organisation_id, pk__gt=after, table__in=("item", "customer")
        ).order_by("pk")
    )
    ids = {name: [h.row for h in kept if h.table == name] for name in ("item", "customer")}
    found: dict[tuple[str, int], Any] = {}
    for item in models.Item.objects.filter(**mine, pk__in=ids["item"]).select_related("customer"):
        found["item", item.pk] = item
    for customer in models.Customer.objects.filter(**mine, pk__in=ids["customer"]):
        found["customer", customer.pk] = customer
    out = []
    for h in kept:
        row = found[h.table, h.row]
        is_item = h.table == "item"
        whose, label = (row.customer.reference, row.number) if is_item else (row.reference, "")
        out += [
            Change(h.table, whose, label, row.currency, name, was, getattr(row, name))
            for name, was in h.former.items()
            if hasattr(row, name)
        ]
    return out
