"""The post that comes in: mails as bytes, taken by the desk, read by people a day or two later."""

from __future__ import annotations

import datetime as dt
import email.message
import email.utils
import hashlib
from collections.abc import Sequence
from typing import Any

from dunwell.core.message import Message
from dunwell.desk import inbox
from dunwell.intake import mailbox
from dunwell.sim.nouns import Reply
from dunwell.sim.staff.agreed import Agreements
from dunwell.sim.staff.contacts import Contacts
from dunwell.sim.staff.roster import Office, Word, at

_OUTCOMES = {
    "promise_to_pay": "promise", "dispute": "dispute", "already_paid": "paid",
    "payment_plan_request": "plan", "question": "question", "wrong_contact": "wrong_contact",
}  # fmt: skip
Waiting = tuple[int, str, Reply | None, dt.date]
"""A reply that waits: its number, its customer as far as the desk knows, and what it means."""


class Post:
    """The tray of unread mail."""

    def __init__(self, office: Office, agreed: Agreements, contacts: Contacts) -> None:
        self.office, self.agreed, self.contacts = office, agreed, contacts
        self.tray: list[Waiting] = []
        self._last: dict[tuple[str, str], str] = {}

    def sent(self, entity: str, customer: str, message: Message) -> None:
        """Know what a customer heard last, so that it can answer it."""
        self._last[entity, customer] = message.key

    def comes(self, replies: Sequence[Reply], bounced: Sequence[Message], *, on: dt.date) -> None:
        """Give the desk what came in overnight."""
        for message in bounced:
            mail = mailbox.read(_bounce(message, on), file=f"{message.key}.eml")
            for row in inbox.take(self.office.scope, [mail], now=at(on, 5)).taken:
                self.office.seen[f"mail taken: {row['kind']}"] += 1
        for reply in replies:
            key = self._last.get((reply.entity, reply.customer), "")
            mail = mailbox.read(_raw(reply, key), file=f"{reply.customer}.eml")
            for row in inbox.take(self.office.scope, [mail], now=at(on, 5)).taken:
                self.office.seen[f"mail taken: {row['kind']}"] += 1
                if row["state"] == "unread":
                    self._lay(row, reply, on)

    def _lay(self, row: dict[str, Any], reply: Reply, on: dt.date) -> None:
        """Lay a mail on the tray; its case pauses from now on, where the desk knows whose it is."""
        self.tray.append((row["id"], row["customer"] or "", reply, on))
        if row["customer"]:
            shown = inbox.shown(self.office.scope, row["id"])
            self.office.say(
                Word(
                    what="reply",
                    id=row["id"],
                    customer=row["customer"],
                    entity=shown["entity"] or "",
                    on=on,
                )
            )

    def read(self, on: dt.date) -> None:
        """Read what lies in the tray; a third of it stays until tomorrow."""
        left: list[Waiting] = []
        for waiting in self.tray:
            number, customer, reply, came = waiting
            if (on - came).days < 5 and self.office.chance(number, on) < 33:
                left.append(waiting)
                continue
            assert reply is not None
            self._understand(number, customer or reply.customer, reply, on)
        self.tray = left

    def _understand(self, number: int, customer: str, reply: Reply, on: dt.date) -> None:
        office, intent = self.office, reply.intent
        entity, received = reply.entity, reply.received_on
        if intent == "promise_to_pay" and reply.promised_on is not None:
            self.agreed.promise(
                customer,
                entity=entity,
                items=reply.items,
                until=reply.promised_on,
                on=received,
                today=on,
                origin="reply",
            )
        elif intent == "dispute":
            self.agreed.dispute(
                customer,
                entity,
                reply.items[0],
                reason=reply.reason or "other",
                on=received,
                today=on,
            )
        elif intent == "payment_plan_request":
            self.agreed.plan(customer, entity=entity, items=reply.items, on=on, origin="reply")
        elif intent == "hardship":
            self.contacts.hardship(customer, on=on)
        elif intent == "bankruptcy_or_insolvency":
            self.contacts.insolvent(customer, on=received, today=on)
        elif intent in ("question", "acknowledgement"):
            self._rare(number, customer, on)
        done = office.attempt(
            inbox.close,
            office.by(office.collector(customer)),
            number,
            outcome=_OUTCOMES.get(intent, "understood"),
            on=on,
            now=at(on),
        )
        if done is not None:
            office.say(Word(what="reply closed", id=number, customer=customer, on=on, ended_on=on))

    def _rare(self, number: int, customer: str, on: dt.date) -> None:
        """One letter in thirty comes from a lawyer, or asks for silence."""
        chance = self.office.chance(number, "rare")
        if chance < 3:
            self.contacts.lawyer(customer, on=on)
        elif chance < 6:
            self.contacts.ceased(customer, on=on)


def _raw(reply: Reply, key: str) -> bytes:
    """Return a reply as bytes of a mail, an answer to the message under `key`."""
    mail = email.message.EmailMessage()
    mail["From"], mail["To"] = reply.sender, "ar@example.com"
    mail["Subject"] = "Re: your message"
    mail["Date"] = email.utils.format_datetime(at(reply.received_on, 4))
    mail["Message-ID"] = f"<{_digest(reply)}@example.org>"
    if key:
        mail["In-Reply-To"] = f"<{key}@example.com>"
    if reply.intent == "out_of_office":
        mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(reply.text)
    return bytes(mail)


def _digest(reply: Reply) -> str:
    about = f"{reply.customer} {reply.entity} {reply.received_on} {reply.text}"
    return hashlib.sha256(about.encode()).hexdigest()[:20]


def _bounce(message: Message, on: dt.date) -> bytes:
    """Return what a mail server says of a mailbox it does not have (RFC 3464)."""
    head = f"Message-ID: <{message.key}@example.com>\nX-Dunwell-Key: {message.key}\n"
    text = (
        "From: MAILER-DAEMON@example.org\nTo: ar@example.com\nSubject: Undelivered mail\n"
        f"Date: {email.utils.format_datetime(at(on, 4))}\n"
        f"Message-ID: <bounce-{message.key}@example.org>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nThis mailbox does not exist.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; {message.to}\nAction: failed\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{head}\n--b--\n"
    )
    return text.encode()
