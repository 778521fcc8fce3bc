"""Message data for the tests of the delivery room: one customer, one to many items."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dunwell.core import message

AS_OF = dt.date(2026, 3, 12)
SENT_AT = dt.datetime(2026, 3, 12, 9, 0, tzinfo=dt.UTC)
EURO = message.BankDetails(
    account_name="Nordwind Handels GmbH",
    iban="DE02 1203 0000 0000 2020 51",
    bic="BYLADEM1001",
    bank_name="Beispielbank",
)
DOLLAR = message.BankDetails(
    account_name="Nordwind Handels GmbH", account_number="00123456789", routing="021000021"
)
SENDER = message.Sender(
    entity_name="Nordwind Handels GmbH",
    address_lines=("Speicherstraße 12", "20457 Hamburg"),
    country="DE",
    email="ar@nordwind.example",
    phone="+49 40 123456-0",
    legal_lines=("Amtsgericht Hamburg HRB 0",),
    signatory_name="Maren Petersen",
    signatory_role="collector",
)
RECIPIENT = message.Recipient(
    customer_reference="C-1042",
    customer_name="Bäckerei Schröder & Söhne KG",
    country="DE",
    contact_name="Jutta Schröder",
    email="rechnung@schroeder.example",
    address_lines=("Am Markt 3", "24103 Kiel"),
)
ATTEMPTS = (
    message.Attempt(on=dt.date(2026, 2, 2), channel="email"),
    message.Attempt(on=dt.date(2026, 2, 20), channel="call"),
)
DEMANDS = ("final_demand", "final_warning")
BEFORE_OVERDUE = ("pre_due", "courtesy_note", "due_today", "instalment_reminder")


def line(number: str, **said: Any) -> message.LineShown:
    """An invoice of 1,200.00, nine days overdue, unless said otherwise."""
    amount = said.get("amount_minor", 120_000)
    given = {
        "kind": "invoice", "issued_on": dt.date(2026, 2, 1), "due_on": dt.date(2026, 3, 3),
        "amount_minor": amount, "open_minor": amount, "demanded_minor": amount, "days_overdue": 9,
    } | said  # fmt: skip
    return message.LineShown(number=number, **given)


def part(
    count: int = 1, *, currency: str = "EUR", credits_minor: int = 0, **said: Any
) -> message.CurrencyPart:
    """One currency's items, INV-1 and on, with their total."""
    about = tuple(
        line(f"INV-{n + 1}", amount_minor=120_000 + 1_375 * n,
             due_on=dt.date(2026, 3, 3) + dt.timedelta(days=n % 5))
        for n in range(count)
    )  # fmt: skip
    given = {
        "about": about, "reference": "RF18539007547034",
        "bank": EURO if currency == "EUR" else DOLLAR,
    } | said  # fmt: skip
    demanded = (*given["about"], *given.get("also_overdue", ()))
    total = sum(x.open_minor for x in demanded) - credits_minor
    return message.CurrencyPart(
        currency=currency, credits_minor=credits_minor, total_minor=total, **given
    )


def data(
    template: str = "first_reminder", *parts: message.CurrencyPart, **said: Any
) -> message.MessageData:
    """The data of a message, dated as its template is used."""
    is_demand = template in DEMANDS
    is_early = template in BEFORE_OVERDUE
    recipient = RECIPIENT
    if "language" in said:
        recipient = with_(recipient, language=said.pop("language"))
    given = {
        "key": "8b1a9953c4611296a827abf8c47804d7",
        "tone": "friendly",
        "channel": "email",
        "case_reference": "MAIN-C-1042-1",
        "as_of": AS_OF,
        "counted_to": dt.date(2026, 3, 11),
        "sender": SENDER,
        "recipient": recipient,
        "pay_by": None if is_demand or is_early else dt.date(2026, 3, 18),
        "respond_by": dt.date(2026, 3, 23) if is_demand else None,
        "attempts": ATTEMPTS if is_demand else (),
        "reply_to": "ar+c1.42.3@nordwind.example",
        "attach_statement": False,
    } | said
    return message.MessageData(template=template, parts=parts or (part(),), **given)


def with_(struct: Any, **changes: Any) -> Any:
    """The same struct with some fields changed."""
    return type(struct)(**({f: getattr(struct, f) for f in struct.__struct_fields__} | changes))


def mail(key: str = "key-1", to: str = "a@example.com", **said: Any) -> message.Message:
    """A short mail that is ready to be handed over."""
    given = {
        "channel": "email", "subject": "Hello", "language": "en", "text": "Hello\n", "html": "",
        "raw": b"Subject: Hello\r\n\r\nHello\r\n", "sha256": "", "sender_address": "ar@example.com",
    } | said  # fmt: skip
    return message.Message(key=key, to=to, **given)
