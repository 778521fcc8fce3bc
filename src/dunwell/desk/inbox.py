"""What came in, taken: bounces, receipts, stop words, automatic answers, replies.

Read top-down: `read` reads files, `take` takes each mail in a short transaction of its own,
`_TAKES` says what each kind does. Nothing a mail says is an instruction: a bounce takes back
what it proves not to have arrived, a stop word switches its own route off, and everything else
waits for a person (SEMANTICS 6.6, 11, 13). The same mail is taken once.
"""

from __future__ import annotations

import datetime as dt
import logging
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dunwell.core.complaints import Complaint
from dunwell.core.decision import Act
from dunwell.core.errors import Refused
from dunwell.core.inbound import Inbound
from dunwell.core.message import Receipt
from dunwell.core.scope import Scope
from dunwell.delivery.sms import twilio
from dunwell.desk import named, setting
from dunwell.intake import mailbox
from dunwell.intake.mailbox import sources
from dunwell.store import models, personal, tx
from dunwell.store.records import cases, outbox, routes
from dunwell.store.records import inbox as records

log = logging.getLogger("dunwell.inbox")

OUTCOMES = (
    "understood", "promise", "dispute", "paid", "plan", "question", "wrong_contact", "unrelated",
)  # fmt: skip
"""What a person may say a reply came to; what follows is opened with its own command."""


class Report(NamedTuple):
    """What was taken: a row each, how many were known already, and what could not be read."""

    taken: list[dict[str, Any]]
    known: int
    complaints: list[Complaint]


def read(paths: Iterable[Path]) -> Iterator[Inbound | Complaint]:
    """Read mails and text messages from files and folders; complain about what is neither."""
    for path in paths:
        for found in sources.found(path):
            if isinstance(found, Complaint):
                yield found
                continue
            name, raw = found
            text = twilio.read(raw, file=name)
            if text is not None:
                yield text
            elif sources.is_mail(raw):
                yield mailbox.read(raw, file=name)
            else:
                yield sources.not_mail(name, raw)


def take(scope: Scope, mails: Iterable[Inbound | Complaint], *, now: dt.datetime) -> Report:
    """Take what came in; one that fails stops no other, and is complained of."""
    report = Report([], 0, [])
    addresses = records.Addresses(scope)
    zone = zoneinfo.ZoneInfo(setting.time_zone(scope))
    known = 0
    for mail in mails:
        if isinstance(mail, Complaint):
            report.complaints.append(mail)
            continue
        try:
            row = _take(scope, mail, addresses, on=now.astimezone(zone).date(), now=now)
        except Exception as error:
            log.exception("%s could not be taken", mail.file)
            found = f"{type(error).__name__} while it was taken"
            report.complaints.append(
                Complaint(file=mail.file, line=None, column=None, found=found, want="a mail")
            )
        else:
            known += row is None
            report.taken.extend([row] if row is not None else [])
    return report._replace(known=known)


def _take(
    scope: Scope, mail: Inbound, addresses: records.Addresses, *, on: dt.date, now: dt.datetime
) -> dict[str, Any] | None:
    """Take one; None where this very mail was taken before, or is a copy of our own."""
    with tx.transaction_of(scope):
        if mail.kind == "own" or records.is_known(scope, mail.sha256):
            return None
        found = records.whose(scope, mail, addresses)
        one = _One(scope, mail, found, addresses, on, now)
        row = _TAKES[mail.kind](one)
        customer = row.customer.reference if row.customer_id and row.customer else None
        return {
            "id": row.pk,
            "file": mail.file,
            "kind": row.kind,
            "customer": customer,
            "key": found.action.key if found.action else None,
            "state": row.state,
            "done": row.evidence.get("done", ""),
        }


class _One(NamedTuple):
    """One thing that came in, and whose it is."""

    scope: Scope
    mail: Inbound
    found: records.Whose
    addresses: records.Addresses
    on: dt.date
    now: dt.datetime

    def keep(self, kind: str, state: str, done: str, **more: object) -> models.Reply:
        """Keep it, with what was done."""
        evidence = dict(self.mail.evidence) | {"done": done} | more
        return records.keep(
            self.scope, self.mail, self.found, kind=kind, state=state, evidence=evidence,
            at=self.now,
        )  # fmt: skip

    def add_receipt(self, action: models.Action, kind: str, said: str) -> None:
        """Add to what is known of a message; the mail that says so is named by its hash."""
        evidence = f"{said}; mail {self.mail.sha256[:16]}"
        records.add_receipt(self.scope, action, kind, evidence=evidence, at=self.now)


def _bounce(one: _One) -> models.Reply:
    """A mail did not arrive: its steps are taken back and its route rests or ends (6.6)."""
    action = one.found.action
    if action is None:
        return one.keep("bounce", "unmatched", "names no message of ours")
    failed = [f for f in one.mail.failed if f.is_final]
    is_hard = any(f.is_hard for f in failed)
    codes = " ".join(f.status for f in failed if f.status)
    said = f"{codes or 'no code'}, {'for good' if is_hard else 'for now'}"
    one.add_receipt(action, records.BOUNCED, said)
    if one.mail.reached:
        return one.keep("bounce", "done", "others were reached; the step stands", codes=codes)
    if action.state == "unknown":
        no = _receipt(action, "failed", one, permanent=True)
        outbox.record_failed(one.scope, action, no, on=one.on)
    count = records.take_back(one.scope, action, on=one.on, at=one.now)
    _rest(one, action, is_hard=is_hard)
    done = f"{count} steps taken back" if count else "no step to take back"
    return one.keep("bounce", "done", done, is_hard=is_hard, codes=codes)


def _rest(one: _One, action: models.Action, *, is_hard: bool) -> None:
    """Take the route out of use, unless it leads to a new address by now."""
    route = routes.of_action(one.scope, action)
    if route is None or _has_moved(one, action, route):
        return
    why = routes.BOUNCED if is_hard else routes.SET_ASIDE
    routes.end(one.scope, route, why=why, on=one.on, at=one.now, entity=action.entity_id)


def _has_moved(one: _One, action: models.Action, route: models.Route) -> bool:
    """Tell whether the bounce is about an address that has been replaced since it was used."""
    raw = outbox.message_of(one.scope, action.pk)
    if raw is None or route.channel != "email":
        return False
    sent_to = mailbox.recipient(raw)
    field = {(route.contact_id, "email")}
    now_at = personal.read(one.scope, "contact", [route.contact_id], fields=["email"])
    current = next((v for k, v in now_at.items() if k in field), "")
    return bool(sent_to and current) and sent_to != mailbox.plain(current)


def _delayed(one: _One) -> models.Reply:
    """Still under way: only written down."""
    return _noted(one, records.DELAYED)


def _arrived(one: _One) -> models.Reply:
    """It arrived, or was read: the best receipt there is, also for what nobody knew."""
    action = one.found.action
    if action is not None and action.state == "unknown":
        act = cases.unpack(bytes(action.decision.body))
        assert isinstance(act, Act)
        zone = zoneinfo.ZoneInfo(action.entity.time_zone)
        handed = (action.handed_at or one.now).astimezone(zone).date()
        receipt = _receipt(action, one.mail.kind, one, permanent=False)
        on = max(action.decision.as_of, handed)
        outbox.record_sent(one.scope, action, receipt, act=act, on=on, sha256="")
        return one.keep(one.mail.kind, "done", "so it was sent, on the day it was handed over")
    return _noted(one, one.mail.kind)


def _noted(one: _One, kind: str) -> models.Reply:
    if one.found.action is None:
        return one.keep(kind, "unmatched", "names no message of ours")
    one.add_receipt(one.found.action, kind, one.mail.reference or "by mail")
    return one.keep(kind, "done", "written down")


def _auto(one: _One) -> models.Reply:
    """A machine answered: kept, and nothing else; the mail arrived all the same."""
    return one.keep("auto", "done" if one.found.customer_id else "unmatched", "kept")


def _stop(one: _One) -> models.Reply:
    """A stop word: consent off for the routes of this address, and no answer (SEMANTICS 13)."""
    channel = one.mail.channel
    contacts = one.addresses.contacts(one.mail.sender)
    found = records.routes_of(one.scope, contacts, channel=channel)
    if not found and one.found.action is not None:
        route = routes.of_action(one.scope, one.found.action)
        found = [route] if route is not None and route.channel == channel else []
    if not found:
        return _reply(one)
    routes.opt_out(one.scope, found, on=one.on, at=one.now)
    return one.keep("stop", "done", f"no more {channel} to this address")


def _reply(one: _One) -> models.Reply:
    """Somebody wrote: the case pauses until a person has understood it (SEMANTICS 11)."""
    is_ours = one.found.customer_id is not None
    row = one.keep(
        "reply" if is_ours else "unmatched", "unread",
        "paused until it is read" if is_ours else "no customer found; a person reads it",
    )  # fmt: skip
    records.pause(one.scope, row, on=one.on, at=one.now)
    return row


_TAKES: dict[str, Callable[[_One], models.Reply]] = {
    "bounce": _bounce, "delayed": _delayed, "delivered": _arrived, "read": _arrived,
    "auto": _auto, "stop": _stop, "reply": _reply,
}  # fmt: skip


def _receipt(action: models.Action, kind: str, one: _One, *, permanent: bool) -> Receipt:
    return Receipt(
        key=action.key, channel=action.channel, kind=kind, at=one.now, evidence=one.mail.message_id,
        permanent=permanent,
    )  # fmt: skip


# --- replies, for people ----------------------------------------------------------------------


def listed(
    scope: Scope, *, states: tuple[str, ...] = (), customer: str | None = None
) -> list[dict[str, Any]]:
    """List what came in, newest first: all or one customer's, by state where one is said."""
    with tx.reading(scope):
        rows = models.Reply.objects.filter(organisation_id=scope.organisation_id)
        if states:
            rows = rows.filter(state__in=states)
        if customer is not None:
            rows = rows.filter(customer__reference=customer)
        found = list(rows.select_related("customer", "entity", "action").order_by("-pk"))
        texts = personal.read(scope, "reply", [r.pk for r in found], fields=["from", "subject"])
        return [_shown(r, texts) for r in found]


def shown(scope: Scope, reply_id: int) -> dict[str, Any]:
    """Return one reply with its words.

    Raises: Refused where there is none of that number.
    """
    with tx.reading(scope):
        row = _row(scope, reply_id)
        texts = personal.read(scope, "reply", [row.pk])
        words = texts.get((row.pk, "words"), "")
        return _shown(row, texts) | {"words": words, "evidence": row.evidence}


def close(
    scope: Scope, reply_id: int, *, outcome: str, on: dt.date, now: dt.datetime
) -> str | None:
    """Say what a reply came to; its case goes on. Returns whose it was, where that is known.

    Written by the wrong person, the way to them ends, and somebody finds the right one.
    Raises: Refused for an outcome there is not, an unknown reply, or one that waits for nobody.
    """
    if outcome not in OUTCOMES:
        raise Refused("unknown_outcome", f"--outcome {outcome!r} is none of {', '.join(OUTCOMES)}")
    with tx.transaction_of(scope):
        row = _row(scope, reply_id)
        if row.state != "unread":
            said = f"reply {reply_id} waits for nobody ({row.state}); see `dunwell reply list`"
            raise Refused("not_unread", said)
        if outcome == "wrong_contact":
            _end_wrong(scope, row, on=on, now=now)
        records.close(scope, row, outcome=outcome, on=on, at=now)
        return row.customer.reference if row.customer else None


def _end_wrong(scope: Scope, row: models.Reply, *, on: dt.date, now: dt.datetime) -> None:
    """End the route this reply came by: of the message it answers, else of whoever wrote."""
    found = routes.of_action(scope, row.action) if row.action is not None else None
    if found is not None:
        ends = [found]
    else:
        sender = personal.read(scope, "reply", [row.pk], fields=["from"]).get((row.pk, "from"), "")
        contacts = records.Addresses(scope).contacts(sender)
        ends = records.routes_of(scope, contacts, channel=row.channel)
    for route in ends:
        routes.end(scope, route, why="wrong person", on=on, at=now, entity=row.entity_id)


def repair(
    scope: Scope,
    customer: str,
    *,
    channel: str,
    role: str,
    reason: str,
    on: dt.date,
    now: dt.datetime,
) -> int:
    """Let the routes of a customer's contacts of a role be used again; return how many.

    What its owner has switched off is only switched on with a reason: how they agreed again.
    Raises: Refused for an unknown customer, no route out of use, or an opt-out without reason.
    """
    with tx.transaction_of(scope):
        row = named.customer(scope, customer)
        found = list(
            models.Route.objects.filter(
                organisation_id=scope.organisation_id,
                contact__customer=row,
                contact__role=role,
                channel=channel,
                invalid_on__isnull=False,
            ).select_related("contact")
        )
        if not found:
            said = f"no {channel} of {customer} with role {role} is out of use"
            raise Refused("nothing_to_repair", f"{said}; see `dunwell customer show {customer}`")
        if not reason.strip() and any(r.invalid_reason == routes.OPTED_OUT for r in found):
            said = f"{customer} wants no more {channel}: say with --reason how they agreed again"
            raise Refused("opted_out", said)
        for route in found:
            routes.restore(scope, route, why=reason[:100], on=on, at=now)
    return len(found)


def _row(scope: Scope, reply_id: int) -> models.Reply:
    row = (
        models.Reply.objects.filter(organisation_id=scope.organisation_id, pk=reply_id)
        .select_related("customer", "entity", "action")
        .first()
    )
    if row is None:
        raise Refused("unknown_reply", f"no reply {reply_id}; see `dunwell reply list`")
    return row


def _shown(row: models.Reply, texts: dict[tuple[int, str], str]) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "state": row.state,
        "channel": row.channel,
        "customer": row.customer.reference if row.customer else None,
        "entity": row.entity.code if row.entity else None,
        "key": row.action.key if row.action else None,
        "received_at": row.received_at,
        "from": texts.get((row.pk, "from"), ""),
        "subject": texts.get((row.pk, "subject"), ""),
        "done": row.evidence.get("done", ""),
        "outcome": row.evidence.get("outcome", ""),
    }
