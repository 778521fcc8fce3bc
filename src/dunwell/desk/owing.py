"""What a customer owes, as the customer may see it: items, what was agreed, how to pay.

Made from the same facts as a demand, so that a page, its PDF and a mail agree. Two things
differ. Our own pauses are ours: what is held or waits to be read is still shown as owed, since
a customer who asks a question has not paid by asking. And only what a customer may know is
said of an item: that it is in query, promised, in a plan, collected, or with somebody else.
Read `account`; `data` makes of it what the statement as PDF is set from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from dunwell.core import book, message, position, stops
from dunwell.core.scope import Scope
from dunwell.delivery import references
from dunwell.desk import compose, dispute, plan, portal, promise
from dunwell.store import facts, models, personal, tx

OUT = ("dispute", "plan", "placement", "automatic_collection", "written_off", "insolvency")
"""Stops that take an amount out of what is to be paid now; of no other a customer is told."""
SAID = ("dispute", "promise", "plan", "placement", "automatic_collection")
"""Stops that are named beside an item."""


class Line(NamedTuple):
    """One open item. `now_minor` is what of it is to be paid now; `marks` what stands about it.

    `marks` are (kind of stop, how much of the item it covers).
    """

    id: int
    label: str
    kind: str
    child: str
    issued_on: dt.date | None
    due_on: dt.date
    days_overdue: int
    currency: str
    amount_minor: int
    open_minor: int
    now_minor: int
    po_number: str
    marks: tuple[tuple[str, int], ...]

    def marked(self, kind: str) -> int:
        """Return how much of the item a kind of stop covers."""
        return dict(self.marks).get(kind, 0)


class Credit(NamedTuple):
    """What stands in the customer's favour: a credit note, or money not matched yet."""

    label: str
    on: dt.date | None
    currency: str
    minor: int


class Sum(NamedTuple):
    """One currency: what is open, what stands against it, what is to be paid now, and how."""

    currency: str
    open_minor: int
    credits_minor: int
    overdue_minor: int
    query_minor: int
    now_minor: int
    used_minor: int
    reference: str
    bank: message.BankDetails | None

    @property
    def minus_credits(self) -> int:
        """What stands in the customer's favour, as it is subtracted."""
        return -self.credits_minor

    @property
    def total_minor(self) -> int:
        """All that is open, less what stands in the customer's favour."""
        return self.open_minor - self.credits_minor


class Account(NamedTuple):
    """The whole account on a day, and who is owed."""

    customer: str
    name: str
    entity: models.Entity
    as_of: dt.date
    counted_to: dt.date
    lines: tuple[Line, ...]
    credits: tuple[Credit, ...]
    sums: tuple[Sum, ...]

    @property
    def sender(self) -> dict[str, Any]:
        """What the letterhead says of who is owed."""
        return dict(self.entity.sender or {})


class Option(NamedTuple):
    """One amount that could be paid: what is due `now`, the next `instalment`, or `all`."""

    currency: str
    what: str
    minor: int


class Agreed(NamedTuple):
    """What was agreed on or objected to, newest first, as the customer is told of it."""

    promises: list[dict[str, Any]]
    plans: list[dict[str, Any]]
    disputes: list[dict[str, Any]]


def account(guest: portal.Guest) -> Account:
    """Return the account of whoever came in with a link, and nobody else's."""
    scope, today = guest.scope, guest.today
    with tx.reading(scope):
        entity = models.Entity.objects.get(
            organisation_id=scope.organisation_id, pk=guest.entity_id
        )
        loader = facts.Loader(scope, entity, as_of=today)
        (loaded,) = loader.stream([guest.customer_id])
        orders = _orders(scope, [i.id for i in loaded.facts.items])
        name = personal.read(scope, "customer", [guest.customer_id], fields=["name"])
        counted = compose.counted_to(scope) or today
        sums, lines = _stand(guest, entity, loaded.facts, orders)
    return Account(
        customer=guest.customer,
        name=name.get((guest.customer_id, "name"), "") or guest.customer,
        entity=entity,
        as_of=today,
        counted_to=min(counted, today),
        lines=lines,
        credits=_credits(loaded.facts),
        sums=sums,
    )


def agreed(guest: portal.Guest) -> Agreed:
    """Return what this customer has agreed on with this entity, or objects to, and is not over."""
    scope, today, who = guest.scope, guest.today, guest.customer

    def mine(rows: list[dict[str, Any]], *states: str) -> list[dict[str, Any]]:
        return [r for r in rows if r["entity"] == guest.entity and r["state"] in states]

    disputes = [
        d | {"numbers": ", ".join(i["number"] for i in d["items"])}
        for one in (who, *sorted(_children(guest)))
        for d in dispute.listed(scope, customer=one, as_of=today)
    ]
    return Agreed(
        mine(promise.listed(scope, customer=who, as_of=today), "open", "asked"),
        mine(plan.listed(scope, customer=who, as_of=today), "running", "asked"),
        mine(disputes, "open", "upheld", "rejected"),
    )


def _children(guest: portal.Guest) -> set[str]:
    """Return the references of those this customer pays for: their items stand here too."""
    with tx.reading(guest.scope):
        found = facts.families(guest.scope)
        return {found.names[c] for c in found.children.get(guest.customer_id, ())}


def options(found: Account, made: Agreed) -> list[Option]:
    """Return the amounts that could be paid, by currency: now, the next instalment, all of it.

    The first of a currency is the one to pay by. What is in query, collected or with somebody
    else is in none of them.
    """
    due = _next_instalments(made)
    out = []
    for s in found.sums:
        mine = [x for x in found.lines if x.currency == s.currency]
        kept = sum(min(x.open_minor, sum(x.marked(k) for k in OUT)) for x in mine)
        whole = s.total_minor - kept
        amounts = {"now": s.now_minor, "instalment": due.get(s.currency, 0), "all": whole}
        seen: set[int] = set()
        for what, minor in amounts.items():
            if minor > 0 and minor not in seen:
                out.append(Option(s.currency, what, minor))
                seen.add(minor)
    return out


def _next_instalments(made: Agreed) -> dict[str, int]:
    """Return what is left of the next instalment of a running plan, by currency."""
    found: dict[str, int] = {}
    for one in made.plans:
        left = [i["amount_minor"] - i["paid_minor"] for i in one["instalments"]]
        if one["state"] == "running" and one["currency"] not in found:
            found[one["currency"]] = next((x for x in left if x > 0), 0)
    return found


def data(found: Account, *, language: str) -> message.MessageData:
    """Return what the statement as PDF is made from."""
    says, entity = found.sender, found.entity
    return message.MessageData(
        key=f"statement-{found.customer}-{found.as_of}",
        template="statement",
        tone="friendly",
        channel="letter",
        case_reference=f"{entity.code}-{found.customer}",
        as_of=found.as_of,
        counted_to=found.counted_to,
        sender=message.Sender(
            entity_name=entity.name or entity.code,
            address_lines=tuple(says.get("address_lines", ())),
            country=entity.country,
            email=says.get("email", "") or f"accounts@{entity.code.lower()}.invalid",
            phone=says.get("phone", ""),
            website=says.get("website", ""),
            legal_lines=tuple(says.get("legal_lines", ())),
        ),
        recipient=message.Recipient(
            customer_reference=found.customer, customer_name=found.name, language=language
        ),
        parts=tuple(_part(found, s) for s in found.sums),
    )


def _part(found: Account, one: Sum) -> message.CurrencyPart:
    mine = [x for x in found.lines if x.currency == one.currency]
    query = [x for x in mine if x.marked("dispute")]
    late = [x for x in mine if x.days_overdue and not x.marked("dispute")]
    return message.CurrencyPart(
        currency=one.currency,
        about=tuple(_shown(x) for x in late),
        under_query=tuple(_shown(x) for x in query),
        due_soon=tuple(_shown(x) for x in mine if x not in query and x not in late),
        credits_minor=one.used_minor,
        total_minor=one.now_minor,
        reference=one.reference,
        bank=one.bank,
    )


def _shown(x: Line) -> message.LineShown:
    return message.LineShown(
        number=x.label, kind=x.kind, issued_on=x.issued_on, due_on=x.due_on,
        amount_minor=x.amount_minor, open_minor=x.open_minor, demanded_minor=x.now_minor,
        days_overdue=x.days_overdue, po_number=x.po_number,
    )  # fmt: skip


def _stand(
    guest: portal.Guest, entity: models.Entity, known: book.Facts, orders: dict[int, str]
) -> tuple[tuple[Sum, ...], tuple[Line, ...]]:
    """Return what is owed by currency and by item: all pauses of our own left aside."""
    out = msgspec.structs.replace(known, stops=tuple(s for s in known.stops if s.kind in OUT))
    at = position.stand(out, as_of=guest.today)
    lines = []
    for s in sorted(at.standings, key=lambda s: (s.item.due_on, s.item.number, s.item.part)):
        i = s.item
        said = stops.covered(i, stops=known.stops, as_of=guest.today).by_kind
        lines.append(
            Line(
                i.id, i.label, i.kind, i.child, i.issued_on, i.due_on,
                max(0, (guest.today - i.due_on).days), i.currency, i.amount_minor, i.open_minor,
                s.net_minor if s.is_overdue else 0, orders.get(i.id, ""),
                tuple((k, said[k]) for k in SAID if k in said),
            )
        )  # fmt: skip
    used = _used(at)
    return tuple(_sum(guest, entity, known, lines, c, used) for c in sorted(at.balance)), (
        tuple(lines)
    )


def _used(at: position.Position) -> dict[str, int]:
    """Return how much of what is to be paid now is covered by credit, by currency."""
    found: dict[str, int] = {}
    for s in at.overdue:
        cut = s.chaseable_minor - s.net_minor
        found[s.item.currency] = found.get(s.item.currency, 0) + cut
    return found


def _sum(
    guest: portal.Guest,
    entity: models.Entity,
    known: book.Facts,
    lines: Sequence[Line],
    currency: str,
    used: dict[str, int],
) -> Sum:
    mine = [x for x in lines if x.currency == currency]
    notes = [i for i in known.items if i.kind not in book.DEBITS and i.currency == currency]
    loose = sum(minor for c, minor in known.unapplied if c == currency)
    return Sum(
        currency=currency,
        open_minor=sum(x.open_minor for x in mine),
        credits_minor=sum(i.open_minor for i in notes) + loose,
        overdue_minor=sum(x.open_minor for x in mine if x.days_overdue),
        query_minor=sum(x.marked("dispute") for x in mine),
        now_minor=sum(x.now_minor for x in mine),
        used_minor=used.get(currency, 0),
        reference=references.creditor_reference(guest.customer, currency),
        bank=compose.bank_of(entity, currency),
    )


def _credits(known: book.Facts) -> tuple[Credit, ...]:
    notes = [
        Credit(i.label, i.issued_on or i.due_on, i.currency, i.open_minor)
        for i in known.items
        if i.kind not in book.DEBITS and i.open_minor
    ]
    loose = [Credit("", None, currency, minor) for currency, minor in known.unapplied if minor]
    return (*notes, *loose)


def _orders(scope: Scope, items: Sequence[int]) -> dict[int, str]:
    rows = models.Item.objects.filter(organisation_id=scope.organisation_id, pk__in=items)
    return dict(rows.exclude(po_number="").values_list("pk", "po_number"))
