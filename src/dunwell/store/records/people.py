"""Customers and contacts as files bring them: only what a row says changes; nothing is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from dunwell.core import rows
from dunwell.core.scope import Scope
from dunwell.store import calendars, models, personal

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
    models.Customer.objects.bulk_update(changed.values(), fields, batch_size=200)
    models.History.objects.bulk_create(history, batch_size=500)
    have |= fresh
    _keep_own_contact(scope, batch, have)
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
    scope: Scope, batch: Sequence[rows.CustomerRow], have: dict[str, models.Customer]
) -> None:
    """Keep names, and the customer's own e-mail and phone as its first `ap` contact."""
    names = {(have[r.reference].pk, "name"): r.name.encode() for r in batch if r.name is not None}
    personal.keep(scope, "customer", names)
    own = [
        rows.ContactRow(line=r.line, customer=r.reference, role="ap", email=r.email, phone=r.phone)
        for r in batch
        if r.email or r.phone
    ]
    upsert_contacts(scope, own, number=0)


def upsert_contacts(
    scope: Scope, batch: Sequence[rows.ContactRow], *, number: int | None = None
) -> dict[str, int]:
    """Create or change contacts and their routes; a contact is known by customer, role, name."""
    if not batch:
        return {"created": 0, "changed": 0, "unchanged": 0}
    customers = {r: c.pk for r, c in by_reference(scope, {b.customer for b in batch}).items()}
    customers |= stubs(scope, {b.customer for b in batch} - set(customers))
    have = {
        (c.customer_id, c.role, c.number): c
        for c in models.Contact.objects.filter(
            organisation_id=scope.organisation_id, customer_id__in=set(customers.values())
        )
    }
    names = personal.read(scope, "contact", [c.pk for c in have.values()], fields=["name"])
    fresh: list[models.Contact] = []
    pairs: list[tuple[models.Contact, rows.ContactRow]] = []
    for row in batch:
        customer, role = customers[row.customer], row.role or "ap"
        contact = _same_contact(have, names, customer, role, row, number)
        if contact is None:
            taken = [n for (c, r, n) in have if (c, r) == (customer, role)]
            n = number if number is not None else max([0, *taken]) + 1
            contact = models.Contact(
                organisation_id=scope.organisation_id,
                customer_id=customer,
                role=role,
                number=n,
                language=row.language or "",
                best_time=row.best_time or "",
            )
            have[(customer, role, n)] = contact
            fresh.append(contact)
        pairs.append((contact, row))
    models.Contact.objects.bulk_create(fresh, batch_size=500)
    written = _keep_routes(scope, pairs)
    return {
        "created": len(fresh),
        "changed": min(written, len(batch) - len(fresh)),
        "unchanged": max(0, len(batch) - len(fresh) - written),
    }


def _same_contact(
    have: dict[tuple[int, str, int], models.Contact],
    names: dict[tuple[int, str], str],
    customer: int,
    role: str,
    row: rows.ContactRow,
    number: int | None,
) -> models.Contact | None:
    if number is not None:
        return have.get((customer, role, number))
    for (c, r, n), contact in have.items():
        same_role = (c, r) == (customer, role) and n and contact.pk is not None
        if same_role and names.get((contact.pk, "name"), "") == (row.name or ""):
            return contact
    return None


def _keep_routes(scope: Scope, pairs: list[tuple[models.Contact, rows.ContactRow]]) -> int:
    have = {
        (r.contact_id, r.channel): r
        for r in models.Route.objects.filter(
            organisation_id=scope.organisation_id, contact_id__in={c.pk for c, _ in pairs}
        )
    }
    fresh: dict[tuple[int, str], models.Route] = {}
    changed: list[models.Route] = []
    bodies: dict[tuple[int, str], bytes] = {}
    for contact, row in pairs:
        if row.name:
            bodies[(contact.pk, "name")] = row.name.encode()
        said = {"email": row.email, "phone": row.phone, "mobile": row.mobile, "letter": row.address}
        for channel, address in said.items():
            if not address:
                continue
            consent = row.consent is None or channel in row.consent.split()
            bodies[(contact.pk, channel)] = address.encode()
            known = have.get((contact.pk, channel))
            if known is None:
                fresh[(contact.pk, channel)] = models.Route(
                    organisation_id=scope.organisation_id,
                    contact=contact,
                    channel=channel,
                    consent=consent,
                )
            elif known.consent != consent and row.consent is not None:
                known.consent = consent
                changed.append(known)
    models.Route.objects.bulk_create(fresh.values(), batch_size=500)
    models.Route.objects.bulk_update(changed, ["consent"], batch_size=500)
    return personal.keep(scope, "contact", bodies)
