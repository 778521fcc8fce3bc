"""Put one message's data together, from one customer's rows only (SEMANTICS 6.9).

`Book` reads what a batch of messages needs in a handful of queries; `Book.data` then makes
the `MessageData` of one action from its own customer's rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Max

from dunwell.core import book, message, position, reminder
from dunwell.core.decision import Act
from dunwell.core.scope import Scope
from dunwell.delivery import references
from dunwell.store import facts as store_facts
from dunwell.store import models, personal

LANGUAGE_OF = {
    "DE": "de", "AT": "de", "CH": "de", "LI": "de", "FR": "fr", "LU": "fr", "BE": "fr", "ES": "es",
    "MX": "es", "AR": "es", "CO": "es", "CL": "es", "IT": "it", "NL": "nl", "PT": "pt", "BR": "pt",
}  # fmt: skip
"""The language to write in where neither contact nor customer says one; else English."""


class Book:
    """What a batch of messages is made from."""

    def __init__(self, scope: Scope, actions: Sequence[models.Action]) -> None:
        self.scope = scope
        customers = {a.customer_id for a in actions}
        contacts = {a.contact_id for a in actions if a.contact_id is not None}
        self.names = personal.read(scope, "customer", customers, fields=["name"])
        self.addresses = personal.read(scope, "contact", contacts)
        self.languages = dict(
            models.Contact.objects.filter(
                organisation_id=scope.organisation_id, pk__in=contacts
            ).values_list("pk", "language")
        )
        children = store_facts.families(scope).children  # their items stand in the payer's case
        owing = customers | {child for c in customers for child in children.get(c, ())}
        self.orders = dict(
            models.Item.objects.filter(
                organisation_id=scope.organisation_id, customer_id__in=owing, open_minor__gt=0
            )
            .exclude(po_number="")
            .values_list("pk", "po_number")
        )
        self.counted = counted_to(scope)

    def data(
        self, action: models.Action, act: Act, facts: book.Facts, *, on: dt.date
    ) -> message.MessageData:
        """Return what the message of one action says on a day."""
        entity, customer = action.entity, action.customer
        says = entity.sender or {}
        contact = action.contact_id or 0
        case = f"{entity.code}-{customer.reference}-{facts.case_no}"
        is_demand = act.is_final_demand
        planned = next((a for a in act.actions if a.key == action.key), None)
        return message.MessageData(
            key=action.key,
            template=action.template or act.template,
            tone=act.tone,
            channel=action.channel,
            case_reference=case,
            as_of=on,
            counted_to=min(on, self.counted or on),
            sender=_sender(entity, says, act, customer),
            recipient=message.Recipient(
                customer_reference=customer.reference,
                customer_name=self.names.get((customer.pk, "name"), ""),
                language=language_of(self.languages.get(contact), customer, entity),
                country=customer.country,
                role=action.to_role,
                contact_name=self.addresses.get((contact, "name"), ""),
                email=self.addresses.get((contact, "email"), ""),
                mobile=self.addresses.get((contact, "mobile"), ""),
                address_lines=tuple(
                    self.addresses.get((contact, "letter"), "").replace("\r", "").split("\n")
                ),
            ),
            parts=_of_instalment(act, entity, customer)
            or self._parts(act, facts, entity, customer, on),
            plan_items=_planned_items(act, facts),
            pay_by=None if is_demand else act.named_on,
            respond_by=act.named_on if is_demand else None,
            consequences=act.consequences,
            attempts=tuple(
                message.Attempt(on=o.on, channel=o.channel, tone=o.tone)
                for o in facts.outreach
                if is_demand and o.on <= on
            ),
            reply_to=reply_address(says, entity_id=entity.pk, customer_id=customer.pk,
                                   case_no=facts.case_no),
            attach_statement=act.phase == "overdue",
            attach_letter=is_demand and action.channel == "email",
            is_urgent=planned is not None and planned.urgent,
            read_receipt=planned is not None and planned.read_receipt,
        )  # fmt: skip

    def _parts(
        self,
        act: Act,
        facts: book.Facts,
        entity: models.Entity,
        customer: models.Customer,
        on: dt.date,
    ) -> tuple[message.CurrencyPart, ...]:
        standings = {s.item.id: s for s in position.stand(facts, as_of=on).standings}
        net, query = dict(act.lines), dict(act.under_query)

        def lines(
            ids: Sequence[int], currency: str, *, is_query: bool = False
        ) -> tuple[message.LineShown, ...]:
            return tuple(
                self._line(standings[i], net.get(i, 0), query[i] if is_query else None, on)
                for i in ids
                if i in standings and standings[i].item.currency == currency
            )

        shown = [*act.about, *act.also_overdue, *act.due_soon, *query]
        currencies = sorted({standings[i].item.currency for i in shown if i in standings})
        totals = dict(act.amounts)
        parts = []
        for currency in currencies:
            demanded = [
                standings[i]
                for i in (*act.about, *act.also_overdue)
                if i in standings and standings[i].item.currency == currency
            ]
            used = sum(s.chaseable_minor - s.net_minor for s in demanded)
            parts.append(
                message.CurrencyPart(
                    currency=currency,
                    about=lines(act.about, currency),
                    also_overdue=lines(act.also_overdue, currency),
                    under_query=lines([i for i, _ in act.under_query], currency, is_query=True),
                    due_soon=lines(act.due_soon, currency),
                    credits_minor=used,
                    total_minor=totals.get(currency, 0),
                    reference=references.creditor_reference(customer.reference, currency),
                    bank=bank_of(entity, currency),
                )
            )
        return tuple(parts)

    def _line(
        self, standing: position.Standing, net: int, query: int | None, on: dt.date
    ) -> message.LineShown:
        item = standing.item
        return message.LineShown(
            number=item.label,
            kind=item.kind,
            issued_on=item.issued_on,
            due_on=item.due_on,
            amount_minor=item.amount_minor,
            open_minor=query if query is not None else standing.chaseable_minor,
            demanded_minor=net,
            days_overdue=max(0, (on - item.due_on).days),
            po_number=self.orders.get(item.id, ""),
        )


def _of_instalment(
    act: Act, entity: models.Entity, customer: models.Customer
) -> tuple[message.CurrencyPart, ...]:
    """Return what a reminder is about, the instalment alone; nothing for any other message."""
    if reminder.about(act) is None:
        return ()
    one, ((currency, minor),) = act.refs, act.amounts
    due_on = one["due_on"]
    line = message.LineShown(
        number=f"{one['n']}/{one['of']}",
        kind="instalment",
        issued_on=None,
        due_on=due_on if isinstance(due_on, dt.date) else dt.date.fromisoformat(due_on),
        amount_minor=one["amount_minor"],
        open_minor=minor,
        demanded_minor=minor,
        days_overdue=0,
    )
    return (
        message.CurrencyPart(
            currency=currency,
            about=(line,),
            total_minor=minor,
            reference=references.creditor_reference(customer.reference, currency),
            bank=bank_of(entity, currency),
        ),
    )


def _planned_items(act: Act, facts: book.Facts) -> tuple[str, ...]:
    """Return the numbers of what the plan of a reminder covers, the oldest first."""
    if reminder.about(act) is None:
        return ()
    labels = {i.id: i.label for i in facts.items}
    return tuple(labels[i] for i in act.about if i in labels)


def counted_to(scope: Scope) -> dt.date | None:
    """Return the day the youngest published payments or open-item file speaks for."""
    found: dt.date | None = models.ImportBatch.objects.filter(
        organisation_id=scope.organisation_id, state="published", kind__in=("items", "payments")
    ).aggregate(found=Max("as_of"))["found"]
    return found


def reply_address(says: dict[str, Any], *, entity_id: int, customer_id: int, case_no: int) -> str:
    """Return the address replies come back to, with the case in it.

    `reply_to` may hold `{case}` where the mail server wants it; by default it is added to the
    sender's address behind a plus (RFC 5233 sub-addressing).

    >>> reply_address({"email": "ar@example.com"}, entity_id=1, customer_id=42, case_no=3)
    'ar+c1.42.3@example.com'
    """
    mark = f"c{entity_id}.{customer_id}.{case_no}"
    given = str(says.get("reply_to") or "")
    if given:
        return given.replace("{case}", mark)
    local, at, domain = str(says.get("email") or "").rpartition("@")
    return f"{local}+{mark}{at}{domain}" if at else ""


def _sender(
    entity: models.Entity, says: dict[str, Any], act: Act, customer: models.Customer
) -> message.Sender:
    people = says.get("signatories", {})
    name = people.get(act.signatory, "")
    if act.signatory == "account_manager":
        name = customer.owner or name
    return message.Sender(
        entity_name=entity.name or entity.code,
        address_lines=tuple(says.get("address_lines", ())),
        country=entity.country,
        email=says.get("email", "") or f"accounts@{entity.code.lower()}.invalid",
        phone=says.get("phone", ""),
        website=says.get("website", ""),
        legal_lines=tuple(says.get("legal_lines", ())),
        signatory_name=name,
        signatory_role=act.signatory,
    )


def bank_of(entity: models.Entity, currency: str) -> message.BankDetails | None:
    """Return where to pay an entity in a currency, as its letterhead says."""
    accounts = entity.bank or {}
    found = accounts.get(currency) or accounts.get("*")
    if not found:
        return None
    return message.BankDetails(
        account_name=found.get("account_name", entity.name),
        iban=found.get("iban", ""),
        bic=found.get("bic", ""),
        account_number=found.get("account_number", ""),
        routing=found.get("routing", ""),
        bank_name=found.get("bank_name", ""),
    )


def language_of(given: str | None, customer: models.Customer, entity: models.Entity) -> str:
    """Return the language to write to a customer in: the one given, its own, its country's."""
    by_country = LANGUAGE_OF.get(customer.country or entity.country, "en")
    return given or customer.language or by_country
