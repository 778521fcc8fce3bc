"""Customers and contacts as files bring them: only what a row says changes; nothing is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from dunwell.core import rows
from dunwell.core.scope import Scope
from dunwell.store import calendars, models, personal
from dunwell.store.rewrite import rewrite

_PLAIN = {
    "country": "country",
    "region": "region",
    "time_zone": "time_zone",
    "language": "language",
    "currency": "currency",
    "natural_person": "natural_person",
    "terms_days": "terms_days",
    "annual_revenue_minor": "revenue_minor",
    "strategic": "strategic",
    "account_owner": "owner",
    "payment_method": "payment_method",
    "credit_limit_minor": "credit_limit_minor",
    "parent": "parent",
    "pays_via_parent": "pays_via_parent",
    "segment": "segment_given",
    "history_grade": "grade_given",
}


def upsert_customers(
    scope: Scope, batch: Sequence[rows.CustomerRow], *, at: dt.datetime
) -> dict[str, int]:
    """Create or change customers inside the caller's transaction; return the counts."""
    have = by_reference(scope, {r.reference for r in batch})
    calendars.ensure(scope, {r.country for r in batch if r.country})
    fresh: dict[str, models.Customer] = {}
    changed: dict[str, models.Customer] = {}
    history: list[models.History] = []
    for row in batch:
        said = {
            field: getattr(row, name)
            for name, field in _PLAIN.items()
            if getattr(row, name) is not None
        }
        customer = have.get(row.reference) or fresh.get(row.reference)
        if customer is None:
            fresh[row.reference] = models.Customer(
                organisation_id=scope.organisation_id, reference=row.reference, **said
            )
            continue
        former = {k: getattr(customer, k) for k, v in said.items() if getattr(customer, k) != v}
        if not former and not customer.is_stub:
            continue
        customer.is_stub = False
        for key in former:
            setattr(customer, key, said[key])
        if customer.pk is not None:
            history.append(_former(scope, "customer", customer.pk, former, at))
            changed[row.reference] = customer
    models.Customer.objects.bulk_create(fresh.values(), batch_size=500)
    fields = [*_PLAIN.values(), "is_stub"]
    rewrite(list(changed.values()), fields)
    models.History.objects.bulk_create(history, batch_size=500)
    have |= fresh
    _keep_own_contact(scope, batch, have, at=at)
    return {
        "created": len(fresh),
        "changed": len(changed),
        "unchanged": len(batch) - len(fresh) - len(changed),
    }


def by_reference(scope: Scope, references: set[str]) -> dict[str, models.Customer]:
    """Return the customers that are known, by reference."""
    found = models.Customer.objects.filter(
        organisation_id=scope.organisation_id, reference__in=references
    )
    return {c.reference: c for c in found}


def ids_of(scope: Scope, references: set[str]) -> list[int]:
    """Return the ids of the customers that are known."""
    return list(
        models.Customer.objects.filter(
            organisation_id=scope.organisation_id, reference__in=references
        ).values_list("pk", flat=True)
    )


def ensure(scope: Scope, references: set[str]) -> tuple[dict[str, models.Customer], int]:
    """Return these customers by reference, and how many had to be made as stubs."""
    known = by_reference(scope, references)
    missing = references - set(known)
    if missing:
        stubs(scope, missing)
        known |= by_reference(scope, missing)
    return known, len(missing)


def stubs(scope: Scope, references: set[str]) -> dict[str, int]:
    """Create customers known by reference only, so that their items are not lost."""
    made = [
        models.Customer(organisation_id=scope.organisation_id, reference=r, is_stub=True)
        for r in sorted(references)
    ]
    models.Customer.objects.bulk_create(made, batch_size=500)
    return {c.reference: c.pk for c in made}


def _former(
    scope: Scope, table: str, row: int, former: dict[str, Any], at: dt.datetime
) -> models.History:
    plain = {k: str(v) if isinstance(v, dt.date) else v for k, v in former.items()}
    return models.History(
        organisation_id=scope.organisation_id,
        table=table,
        row=row,
        former=plain,
        recorded_at=at,
        actor=scope.actor,
    )


former = _former


def _keep_own_contact(
    scope: Scope,
    batch: Sequence[rows.CustomerRow],
    have: dict[str, models.Customer],
    *,
    at: dt.datetime,
) -> None:
    """Keep names, and the customer's own e-mail and phone as its first `ap` contact."""
    names = {(have[r.reference].pk, "name"): r.name.encode() for r in batch if r.name is not None}
    personal.keep(scope, "customer", names, at=at)
    own = [
        rows.ContactRow(line=r.line, customer=r.reference, role="ap", email=r.email, phone=r.phone)
        for r in batch
        if r.email or r.phone
    ]
    upsert_contacts(scope, own, at=at, is_own=True)


def upsert_contacts(
    scope: Scope, batch: Sequence[rows.ContactRow], *, at: dt.datetime, is_own: bool = False
) -> dict[str, int]:
    """Create or change contacts and their routes; a contact is known by customer, role, name.

    `is_own`: the rows are the customers' own addresses, which stand before any person's.
    """
    customers, _ = ensure(scope, {b.customer for b in batch})
    contacts = _Contacts(scope, {c.pk for c in customers.values()}, at=at)
    for row in batch:
        contacts.take(row, customers[row.customer].pk, is_own=is_own)
    return contacts.record()


class _Contacts:
    """The contacts of some customers, those that are new, and what their rows say."""

    def __init__(self, scope: Scope, customers: set[int], *, at: dt.datetime) -> None:
        self.scope, self.at = scope, at
        found = list(
            models.Contact.objects.filter(
                organisation_id=scope.organisation_id, customer_id__in=customers
            )
        )
        names = personal.read(scope, "contact", [c.pk for c in found], fields=["name"])
        self._by_name = {
            (c.customer_id, c.role, names.get((c.pk, "name"), "")): c for c in found if c.number
        }
        self._own = {(c.customer_id, c.role): c for c in found if not c.number}
        self._last: dict[tuple[int, str], int] = {}
        for c in found:
            key = (c.customer_id, c.role)
            self._last[key] = max(c.number, self._last.get(key, 0))
        self._fresh: list[models.Contact] = []
        self._changed: dict[int, models.Contact] = {}
        self._history: list[models.History] = []
        self._pairs: list[tuple[models.Contact, rows.ContactRow]] = []

    def take(self, row: rows.ContactRow, customer: int, *, is_own: bool) -> None:
        """Find or make the contact one row is about, and change what the row says."""
        role, name = row.role or "ap", row.name or ""
        contact = (
            self._own.get((customer, role))
            if is_own
            else self._by_name.get((customer, role, name))
        )  # fmt: skip
        said = {k: v for k in ("language", "best_time") if (v := getattr(row, k)) is not None}
        if contact is None:
            number = 0 if is_own else self._last.get((customer, role), 0) + 1
            contact = models.Contact(
                organisation_id=self.scope.organisation_id, customer_id=customer, role=role,
                number=number, **said,
            )  # fmt: skip
            self._fresh.append(contact)
            if is_own:
                self._own[(customer, role)] = contact
            else:
                self._by_name[(customer, role, name)] = contact
                self._last[(customer, role)] = number
        former = {k: getattr(contact, k) for k, v in said.items() if getattr(contact, k) != v}
        for key in former:
            setattr(contact, key, said[key])
        if former and contact.pk is not None:
            self._changed[contact.pk] = contact
            self._history.append(_former(self.scope, "contact", contact.pk, former, self.at))
        self._pairs.append((contact, row))

    def record(self) -> dict[str, int]:
        """Write contacts, routes and addresses; return the counts."""
        models.Contact.objects.bulk_create(self._fresh, batch_size=500)
        fields = ["language", "best_time"]
        rewrite(list(self._changed.values()), fields)
        models.History.objects.bulk_create(self._history, batch_size=500)
        changed = set(self._changed) | self._keep_routes()
        made = {c.pk for c in self._fresh}
        counts = {"created": len(made), "changed": len(changed - made)}
        return counts | {"unchanged": len(self._pairs) - sum(counts.values())}

    def _keep_routes(self) -> set[int]:
        """Write routes and addresses; return the contacts of which something changed.

        An address that changes is a new way: what was wrong with the old one is forgotten.
        """
        have = {
            (r.contact_id, r.channel): r
            for r in models.Route.objects.filter(
                organisation_id=self.scope.organisation_id,
                contact_id__in={c.pk for c, _ in self._pairs},
            )
        }
        fresh: dict[tuple[int, str], models.Route] = {}
        changed: dict[tuple[int, str], models.Route] = {}
        bodies: dict[tuple[int, str], bytes] = {}
        for contact, row in self._pairs:
            if row.name:
                bodies[(contact.pk, "name")] = row.name.encode()
            said = {"email": row.email, "phone": row.phone, "mobile": row.mobile,
                    "letter": row.address}  # fmt: skip
            for channel, address in said.items():
                key = (contact.pk, channel)
                route = have.get(key) or fresh.get(key)
                if address:
                    bodies[key] = address.encode()
                elif route is None:
                    continue
                if route is None:
                    route = fresh[key] = models.Route(
                        organisation_id=self.scope.organisation_id, contact=contact, channel=channel
                    )
                is_agreed = row.consent is None or channel in row.consent.split()
                if row.consent is not None and route.consent != is_agreed:
                    route.consent = is_agreed
                    changed[key] = route
        written = personal.keep(self.scope, "contact", bodies, at=self.at)
        for key in written & set(have):
            if have[key].invalid_on is not None:
                have[key].invalid_on, have[key].invalid_reason = None, ""
                changed[key] = have[key]
        self._keep_text_routes(have, fresh, changed, written)
        models.Route.objects.bulk_create(fresh.values(), batch_size=500)
        rewrite(
            [changed[k] for k in changed if k in have], ["consent", "invalid_on", "invalid_reason"]
        )
        return {pk for pk, _ in (*written, *changed)}

    def _keep_text_routes(
        self,
        have: dict[tuple[int, str], models.Route],
        fresh: dict[tuple[int, str], models.Route],
        changed: dict[tuple[int, str], models.Route],
        written: set[tuple[int, str]],
    ) -> None:
        """Let text messages go only to a mobile number its owner has agreed to (SEMANTICS 13).

        Silence is no consent here: the row must name `sms`. A new number needs a new yes.
        """
        for contact, row in self._pairs:
            key, number = (contact.pk, "sms"), (contact.pk, "mobile")
            is_agreed = row.consent is not None and "sms" in row.consent.split()
            route = have.get(key) or fresh.get(key)
            if route is None:
                if is_agreed and (number in have or number in fresh):
                    fresh[key] = models.Route(
                        organisation_id=self.scope.organisation_id, contact=contact, channel="sms"
                    )
                continue
            if number in written:
                route.invalid_on, route.invalid_reason = None, ""
                route.consent = is_agreed
                changed[key] = route
            elif row.consent is not None and route.consent != is_agreed:
                route.consent = is_agreed
                changed[key] = route
