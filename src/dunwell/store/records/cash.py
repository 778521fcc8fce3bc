"""Payments as files bring them: allocated to what they name, the rest kept unapplied.

A payment is (entity, reference); it is never changed, only reversed. Where an item's open
balance was stated by the ledger, what had been paid stands as opening; a payment made by then
takes its place, so that the money is counted once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q

from dunwell.core import book, rows
from dunwell.core.complaints import Complaint
from dunwell.core.scope import Scope
from dunwell.store import models
from dunwell.store.records import people, tasks
from dunwell.store.records.inbound import Inbound, Outcome
from dunwell.store.records.ledger import Ledger

Ref = tuple[int, str]
ByNumber = dict[tuple[int, str, str], list[models.Item]]


def upsert_payments(scope: Scope, batch: Sequence[rows.PaymentRow], inbound: Inbound) -> Outcome:
    """Record payments and reversals inside the caller's transaction; reversals come last."""
    cash = _Cash(scope, inbound)
    cash.take([r for r in batch if r.kind != "reversal"])
    cash.take_back([r for r in batch if r.kind == "reversal"])
    cash.ledger.record("is_plain", "paid_gaps")
    return Outcome(cash.counts, cash.complaints, cash.touched)


class _Cash:
    """One batch of payments: what is known of them, and what they touch."""

    def __init__(self, scope: Scope, inbound: Inbound) -> None:
        self.scope, self.inbound = scope, inbound
        self.ledger = Ledger(scope)
        self.counts = dict.fromkeys(("created", "unchanged", "unapplied"), 0)
        self.complaints: list[Complaint] = []
        self.touched: set[tuple[int, int]] = set()

    def take(self, batch: Sequence[rows.PaymentRow]) -> None:
        """Record the payments that are new, and allocate what each names."""
        customers, _ = people.ensure(self.scope, {r.customer for r in batch if r.customer})
        pairs = self._record(batch, customers)
        found = self._named_items([r for r, _ in pairs])
        payers = _payers(self.scope, customers)
        for row, payment in pairs:
            mine = payers.get(payment.customer_id or 0, {payment.customer_id or 0})
            self._allocate(row, payment, found, mine)
            self.counts["unapplied"] += payment.unapplied_minor > 0
            if payment.customer_id is not None:
                self.touched.add((payment.entity_id, payment.customer_id))

    def take_back(self, batch: Sequence[rows.PaymentRow]) -> None:
        """Record reversals: what the payment stood for is open again (SEMANTICS 3.6)."""
        if not batch:
            return
        originals = {
            (p.entity_id, p.reference): p
            for p in self.ledger.lock_payments(Q(reference__in={r.reverses for r in batch}))
        }
        fresh: list[rows.PaymentRow] = []
        known = self._known(batch)
        for row in batch:
            entity = self.inbound.entity(row.entity)
            if (entity.pk, row.reference) in known:
                self._compare(row, known[(entity.pk, row.reference)])
            elif (
                wrong := self._misfit(row, originals.get((entity.pk, row.reverses or "")))
            ) is None:
                original = originals[(entity.pk, row.reverses or "")]
                known[(entity.pk, row.reference)] = self._reverse(row, entity, original)
                fresh.append(row)
            else:
                self.complaints.append(wrong)
        models.Payment.objects.bulk_create(
            [known[(self.inbound.entity(r.entity).pk, r.reference)] for r in fresh],
            batch_size=500,
        )
        self.counts["created"] += len(fresh)
        self._call_about(originals, fresh)

    def _call_about(
        self, originals: dict[Ref, models.Payment], fresh: Sequence[rows.PaymentRow]
    ) -> None:
        """Raise a call task for each payment that went back (SEMANTICS 3.6)."""
        back = [originals[(self.inbound.entity(r.entity).pk, r.reverses or "")] for r in fresh]
        wanted = [
            tasks.Wanted("returned_payment", f"returned:{p.pk}", p.entity_id, p.customer_id)
            for p in back
            if p.customer_id is not None
        ]
        tasks.open_all(self.scope, wanted, on=self.inbound.as_of, at=self.inbound.at)

    def _known(self, batch: Sequence[rows.PaymentRow]) -> dict[Ref, models.Payment]:
        found = models.Payment.objects.filter(
            organisation_id=self.scope.organisation_id, reference__in={r.reference for r in batch}
        )
        return {(p.entity_id, p.reference): p for p in found}

    def _record(
        self, batch: Sequence[rows.PaymentRow], customers: dict[str, models.Customer]
    ) -> list[tuple[rows.PaymentRow, models.Payment]]:
        known = self._known(batch)
        pairs: list[tuple[rows.PaymentRow, models.Payment]] = []
        for row in batch:
            entity = self.inbound.entity(row.entity)
            if (entity.pk, row.reference) in known:
                self._compare(row, known[(entity.pk, row.reference)])
                continue
            customer = customers[row.customer] if row.customer else None
            payment = _payment(self.scope, row, entity, customer, self.inbound.as_of)
            known[(entity.pk, row.reference)] = payment
            pairs.append((row, payment))
        models.Payment.objects.bulk_create([p for _, p in pairs], batch_size=500)
        self.ledger.adopt(p for _, p in pairs)
        self.counts["created"] += len(pairs)
        return pairs

    def _compare(self, row: rows.PaymentRow, known: models.Payment) -> None:
        """A payment that comes again changes nothing; where it differs, say so."""
        self.counts["unchanged"] += 1
        said = {
            "kind": (row.kind, known.kind),
            "amount": (row.amount_minor, known.amount_minor),
            "paid_on": (row.paid_on, known.paid_on),
            "currency": (row.currency, known.currency),
        }
        for column, (found, first) in said.items():
            if found is not None and found != first:
                self.complaints.append(
                    self.inbound.complain(
                        row.line, column, found=found,
                        want=f"{first} as first recorded; reverse the payment to correct it",
                    )
                )  # fmt: skip

    def _named_items(self, batch: Sequence[rows.PaymentRow]) -> ByNumber:
        """Lock every item the rows name, and find them by entity, number and part."""
        labels = {label for row in batch for label, _ in row.items}
        if not labels:
            return {}
        numbers = labels | {label.rpartition("/")[0] for label in labels if "/" in label}
        entities = {self.inbound.entity(r.entity).pk for r in batch}
        found: ByNumber = {}
        where = Q(number__in=numbers, entity_id__in=entities, kind__in=book.DEBITS)
        for item in self.ledger.lock(where):
            found.setdefault((item.entity_id, item.number, item.part), []).append(item)
        return found

    def _allocate(
        self, row: rows.PaymentRow, payment: models.Payment, found: ByNumber, mine: set[int]
    ) -> None:
        for label, wanted in row.items:
            item = _choose(found, payment, label, mine)
            if item is None:
                self.complaints.append(
                    self.inbound.complain(
                        row.line, "items", found=label, severity="note",
                        want="an item of this customer in this currency; left unapplied",
                    )
                )  # fmt: skip
                continue
            if payment.customer_id is None:
                payment.customer_id, mine = item.customer_id, {item.customer_id}
                self.ledger.keep(payment)
            left = payment.unapplied_minor
            self._pay(item, payment, left if wanted is None else min(wanted, left))
            self.touched.add((item.entity_id, item.customer_id))

    def _pay(self, item: models.Item, payment: models.Payment, ask: int) -> None:
        """Allocate up to `ask`, first where the ledger had already counted this money."""
        for on, minor in self.ledger.openings(item):
            cut = min(ask, minor)
            if cut > 0 and payment.paid_on <= on:
                self.ledger.allocate(item, -cut, on=on)
                self.ledger.allocate(item, cut, on=payment.paid_on, payment=payment)
                ask -= cut
        if cut := min(ask, item.open_minor):
            self.ledger.allocate(item, cut, on=payment.paid_on, payment=payment)

    def _misfit(self, row: rows.PaymentRow, original: models.Payment | None) -> Complaint | None:
        """Return why a reversal cannot be taken, or None."""
        if original is None or original.kind == "reversal":
            want = "the reference of a payment recorded before"
            return self.inbound.complain(row.line, "reverses", found=row.reverses, want=want)
        if original.reversed_on is not None:
            want = f"a payment not taken back yet; this one was on {original.reversed_on}"
            return self.inbound.complain(row.line, "reverses", found=row.reverses, want=want)
        if row.amount_minor != original.amount_minor or row.currency not in (
            None, original.currency,
        ):  # fmt: skip
            want = f"the whole payment, {original.amount_minor} minor units {original.currency}"
            found = f"{row.amount_minor} {row.currency or ''}".strip()
            return self.inbound.complain(row.line, "amount", found=found, want=want)
        return None

    def _reverse(
        self, row: rows.PaymentRow, entity: models.Entity, original: models.Payment
    ) -> models.Payment:
        """Take a payment back: its items are open again with the history they had."""
        on = max(row.paid_on or self.inbound.as_of, original.paid_on)
        for item, minor in self.ledger.paid_by(original):
            closed_on = item.closed_on if item.open_minor == 0 else None
            for day, opening in self.ledger.openings(item):
                cut = min(minor, -opening)
                if cut > 0:  # the ledger had stated it open already
                    self.ledger.allocate(item, cut, on=day)
                    self.ledger.allocate(item, -cut, on=on, payment=original)
                    minor -= cut
            if minor:
                self.ledger.allocate(item, -minor, on=on, payment=original)
                reopen(item, closed_on, on=on)
            self.touched.add((item.entity_id, item.customer_id))
        original.unapplied_minor, original.reversed_on = 0, on
        self.ledger.keep(original)
        if original.customer_id is not None:
            self.touched.add((original.entity_id, original.customer_id))
        made = _payment(self.scope, row, entity, None, self.inbound.as_of)
        made.customer_id, made.unapplied_minor = original.customer_id, 0
        return made


def reopen(item: models.Item, closed_on: dt.date | None, *, on: dt.date) -> None:
    """Keep the days on which a reopened item was paid: they stop its clock (SEMANTICS 2.3)."""
    item.is_plain = False
    last = on - dt.timedelta(days=1)
    if closed_on is not None and closed_on <= last:
        item.paid_gaps = [*(item.paid_gaps or []), [closed_on.isoformat(), last.isoformat()]]


def _payers(scope: Scope, customers: dict[str, models.Customer]) -> dict[int, set[int]]:
    """Return whose items each customer pays: its own, and those of children it pays for."""
    found = {c.pk: {c.pk} for c in customers.values()}
    children = models.Customer.objects.filter(
        organisation_id=scope.organisation_id, parent__in=set(customers), pays_via_parent=True
    )
    for parent, child in children.values_list("parent", "pk"):
        found[customers[parent].pk].add(child)
    return found


def _choose(
    found: ByNumber, payment: models.Payment, label: str, mine: set[int]
) -> models.Item | None:
    """Return the item a label means; the one with most open where several fit one payer."""
    number, _, part = label.rpartition("/")
    fits = [
        i
        for key in ((payment.entity_id, label, ""), (payment.entity_id, number, part))
        for i in found.get(key, ())
        if i.currency == payment.currency and (payment.customer_id is None or i.customer_id in mine)
    ]
    if len(fits) > 1 and payment.customer_id is None:
        return None
    return min(fits, key=lambda i: (-i.open_minor, i.pk), default=None)


def _payment(
    scope: Scope,
    row: rows.PaymentRow,
    entity: models.Entity,
    customer: models.Customer | None,
    as_of: dt.date,
) -> models.Payment:
    known = customer.currency if customer else ""
    return models.Payment(
        organisation_id=scope.organisation_id,
        entity=entity,
        customer=customer,
        reference=row.reference,
        kind=row.kind,
        reverses=row.reverses or "",
        paid_on=row.paid_on or as_of,
        currency=row.currency or known or entity.base_currency,
        amount_minor=row.amount_minor,
        unapplied_minor=row.amount_minor,
    )
