"""What passes between the desk and the channels: data for a message, the message, the receipt.

`MessageData` is made from one customer's data only (SEMANTICS 6.9). `delivery.render`
turns it into a `Message`; a channel takes the `Message` and answers with a `Receipt`.
"""

from __future__ import annotations

import datetime as dt

import msgspec


class LineShown(msgspec.Struct, frozen=True, kw_only=True):
    """One item as the customer sees it. Amounts in minor units of its part's currency."""

    number: str
    kind: str
    issued_on: dt.date | None
    due_on: dt.date
    amount_minor: int
    open_minor: int
    demanded_minor: int
    days_overdue: int
    po_number: str = ""


class BankDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Where to pay in one currency. An IBAN, or another account number with its bank."""

    account_name: str = ""
    iban: str = ""
    bic: str = ""
    account_number: str = ""
    routing: str = ""
    bank_name: str = ""


class CurrencyPart(msgspec.Struct, frozen=True, kw_only=True):
    """Everything said in one currency; currencies are never added (SEMANTICS 3.1).

    The four lists are disjoint: what this step is about, what is also overdue, what is under
    query (outside the total), what falls due soon (outside the total). `total_minor` is the
    net demanded: about + also overdue, less `credits_minor` (credit notes and unapplied cash).
    """

    currency: str
    about: tuple[LineShown, ...] = ()
    also_overdue: tuple[LineShown, ...] = ()
    under_query: tuple[LineShown, ...] = ()
    due_soon: tuple[LineShown, ...] = ()
    credits_minor: int = 0
    total_minor: int = 0
    reference: str = ""  # ISO 11649 "RF…"
    bank: BankDetails | None = None


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes: the entity, and the person or role that signs."""

    entity_name: str
    address_lines: tuple[str, ...] = ()
    country: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    legal_lines: tuple[str, ...] = ()  # registration, tax number: foot of the letter
    signatory_name: str = ""
    signatory_role: str = ""  # collector account_manager manager executive legal


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads: the customer, the contact chosen, and where to reach them."""

    customer_reference: str
    customer_name: str
    language: str = "en"
    country: str = ""
    role: str = "ap"
    contact_name: str = ""
    email: str = ""
    address_lines: tuple[str, ...] = ()
    mobile: str = ""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One earlier contact, as listed in a final demand."""

    on: dt.date
    channel: str
    tone: str = ""


class MessageData(msgspec.Struct, frozen=True, kw_only=True):
    """All a template may use, for one message to one customer.

    `consequences` are codes this step or the case's next one proposes: suspension, credit_hold,
    prepayment, agency, legal. `pay_by` / `respond_by` are the dates named, if any.
    `counted_to` is the day up to which payments are counted. `plan_items` are the numbers a
    payment plan covers, where the message is about an instalment of one.
    """

    key: str  # the action's key: unique, safe in a Message-ID
    template: str
    tone: str
    channel: str  # email letter sms
    case_reference: str
    as_of: dt.date
    counted_to: dt.date
    sender: Sender
    recipient: Recipient
    parts: tuple[CurrencyPart, ...]
    pay_by: dt.date | None = None
    respond_by: dt.date | None = None
    consequences: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    reply_to: str = ""
    portal_link: str = ""
    is_urgent: bool = False  # "Urgent Account Matter" subject and flag, an option
    read_receipt: bool = False  # its reader is asked for a receipt, an option
    attach_statement: bool = True
    attach_letter: bool = False
    plan_items: tuple[str, ...] = ()


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """One file that travels with a message."""

    filename: str
    media_type: str
    content: bytes


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message ready to be handed over: nothing in it depends on when it is sent.

    For e-mail `to` is the address and `raw` the complete RFC 5322 bytes. For letters `raw` is
    the PDF, for text messages `to` is the number and `raw` the text. `sha256` is of `raw`.
    """

    key: str
    channel: str
    to: str
    subject: str
    language: str
    text: str
    html: str
    raw: bytes
    sha256: str
    sender_address: str = ""  # SMTP envelope sender
    attachments: tuple[Attachment, ...] = ()


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The channel's evidence of what happened to a message.

    `kind`: "accepted" (a server or provider took it), "written" (file outbox), "printed",
    "posted", "by_hand", "deferred" (tried again), "failed" (with `permanent`, and `is_address`
    where it is the address that is no good), "cancelled"; later perhaps "delivered", "read",
    "delayed" or "bounced".
    """

    key: str
    channel: str
    kind: str
    at: dt.datetime
    evidence: str
    permanent: bool = False
    is_address: bool = False
