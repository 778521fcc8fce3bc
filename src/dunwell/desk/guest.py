"""What a customer says through their own link: it lands in casework at once (FEATURES M3).

Each verb is the desk's own verb with `origin="portal"`, for the link's customer and entity
alone: what a form names is looked up in that account and nowhere else. Nothing a customer
says pays, credits or changes anything by itself; it stops, asks, or is put before a person.
The same key does it once, however often a form is sent; and a link says so much a day and no more.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import QuerySet

from dunwell.core import inbound
from dunwell.core.errors import Refused
from dunwell.desk import dispute, inbox, named, once, owing, plan, portal, promise, upload
from dunwell.store import models, personal, policies, tx
from dunwell.store.records import tasks

SUBJECT = "From the customer's own page"
_DAY = dt.timedelta(days=1)
_MOST = {
    ("promise",): 20, ("dispute",): 10, ("plan",): 10, ("ask", "contact"): 20, ("pay",): 20,
}  # fmt: skip
"""How often by one link within a day: far more than anybody has to say, and no more than somebody
here can read."""
FILES_A_DAY = 25_000_000
"""Bytes of the files kept of one link within a day, each as often as it is kept."""


class Contact(NamedTuple):
    """A person at the customer as they see it: enough to recognise, not enough to copy."""

    id: int
    role: str
    name: str
    address: str


class Correction(NamedTuple):
    """What is wrong with a contact (0: somebody new), and what would be right."""

    contact: int
    what: str
    name: str = ""
    email: str = ""
    phone: str = ""
    words: str = ""


def promise_days(guest: portal.Guest) -> tuple[int, int]:
    """Return how many days ahead a promise may lie: without approval, and with it."""
    scope = guest.scope
    with tx.reading(scope):
        entity = models.Entity.objects.get(
            organisation_id=scope.organisation_id, pk=guest.entity_id
        )
        rules = policies.current(scope, entity.policy)[1].settings.promises
    return rules.days_ahead, rules.days_ahead_approved


def promise_to_pay(
    guest: portal.Guest,
    *,
    items: Sequence[int],
    currency: str,
    amount: Decimal | None,
    until: dt.date,
    words: str = "",
    key: str,
) -> dict[str, Any]:
    """Promise to pay items (none named: what is overdue) by a day; says whether it is in force.

    Raises: Refused as `promise.open_promise` does, and for an item that is not in the account.
    """

    def do() -> dict[str, Any]:
        lines = _lines(guest, items)
        found = {x.currency for x in lines} or {currency}
        if len(found) > 1:
            raise Refused("other_currency", "one currency at a time")
        code = found.pop()
        made = promise.open_promise(
            guest.scope, guest.customer, items=[x.label for x in lines],
            amount_minor=None if amount is None else named.minor(amount, code),
            until=until, on=guest.today, now=guest.now, origin="portal", note=words,
            entity=guest.entity, currency=code,
        )  # fmt: skip
        with tx.reading(guest.scope):
            row = models.Promise.objects.get(
                organisation_id=guest.scope.organisation_id, stop_id=made
            )
        return {"id": made, "state": row.state}

    return _once(guest, key, "promise", [sorted(items), currency, amount, until, words], do)


def object_to(
    guest: portal.Guest,
    *,
    items: Sequence[int],
    amount: Decimal | None,
    code: str,
    words: str,
    file: upload.Upload | None,
    key: str,
) -> dict[str, Any]:
    """Object to items, with a file perhaps; what is disputed is not asked for until answered.

    A child's items are disputed in the child's name. Raises: Refused as `dispute.open_dispute`
    does, and for an item that is not in the account.
    """

    def do() -> dict[str, Any]:
        lines = _lines(guest, items)
        minor = None
        if amount is not None:
            if len(lines) != 1:
                raise Refused("which_item", "an amount is a part of one item")
            minor = named.minor(amount, lines[0].currency)
        made = []
        children = sorted({x.child for x in lines})
        if file is not None:
            _room(guest, len(file.content) * len(children))
        for whose in children:
            opened = dispute.open_dispute(
                guest.scope, whose or guest.customer,
                items=[x.label for x in lines if x.child == whose], amount_minor=minor, code=code,
                on=guest.today, now=guest.now, note=words, entity=guest.entity,
            )  # fmt: skip
            if file is not None:
                upload.keep(guest.scope, opened, file, now=guest.now)
            made.append(opened)
        if not made:
            raise Refused("which_item", "a dispute is about items")
        kept = len(file.content) * len(made) if file is not None else 0
        return {"id": made[0], "ids": made, "bytes": kept}

    sent = hashlib.sha256(file.content).hexdigest() if file else ""
    return _once(guest, key, "dispute", [sorted(items), amount, code, words, sent], do)


def propose_plan(
    guest: portal.Guest,
    *,
    currency: str,
    instalments: int,
    first_on: dt.date | None,
    words: str = "",
    key: str,
) -> dict[str, Any]:
    """Propose to pay what is overdue in instalments: a question to the role of the policy.

    Raises: Refused as `plan.open_plan` does.
    """

    def do() -> dict[str, Any]:
        made = plan.open_plan(
            guest.scope, guest.customer, instalments=instalments, first_on=first_on,
            on=guest.today, now=guest.now, origin="portal", note=words, entity=guest.entity,
            currency=currency,
        )  # fmt: skip
        return {"id": made, "state": "asked"}

    return _once(guest, key, "plan", [currency, instalments, first_on, words], do)


def ask(guest: portal.Guest, *, words: str, name: str = "", key: str) -> None:
    """Ask something: a reply like one by mail, so its case waits until a person has read it.

    Raises: Refused where nothing is asked.
    """
    if not words.strip():
        raise Refused("note_missing", "a question needs its words")

    def do() -> dict[str, Any]:
        _write(guest, words, name=name, key=key)
        return {}

    _once(guest, key, "ask", [words, name], do)


def _write(guest: portal.Guest, words: str, *, name: str, key: str) -> None:
    mail = inbound.Inbound(
        file="portal",
        kind="reply",
        channel="portal",
        sha256=hashlib.sha256(f"portal:{guest.link}:{key}".encode()).hexdigest(),
        sender=name or guest.customer,
        received_at=guest.now,
        subject=SUBJECT,
        words=words,
        own_words=words,
        case=(guest.entity_id, guest.customer_id, 0),
        evidence=(("portal_link", str(guest.link)),),
    )
    report = inbox.take(guest.scope, [mail], now=guest.now)
    assert not report.complaints, "what a form says can be taken"


def paid(guest: portal.Guest, *, words: str, key: str) -> None:
    """Keep that a provider says it was paid: a person sees to it, nothing is posted by it."""
    _write(guest, words, name="", key=key)


def contacts(guest: portal.Guest) -> list[Contact]:
    """Return whom we write to at this customer: names as they are, addresses half hidden."""
    scope = guest.scope
    with tx.reading(scope):
        rows = list(
            models.Contact.objects.filter(
                organisation_id=scope.organisation_id, customer_id=guest.customer_id
            ).order_by("number", "pk")
        )
        said = personal.read(scope, "contact", [c.pk for c in rows], fields=["name", "email"])
    return [
        Contact(c.pk, c.role, said.get((c.pk, "name"), ""), hidden(said.get((c.pk, "email"), "")))
        for c in rows
    ]


def hidden(email: str) -> str:
    """Return an address as its owner recognises it.

    >>> hidden("ann.lee@example.com"), hidden("nobody")
    ('a…@example.com', '')
    """
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}" if local and at else ""


def correct(guest: portal.Guest, said: Correction, *, key: str) -> dict[str, Any]:
    """Say that a contact is wrong: a task for a person, and nothing changed by itself.

    Raises: Refused for a contact of somebody else, or where nothing is said.
    """
    known = {c.id: c for c in contacts(guest)}
    if said.contact and said.contact not in known:
        raise Refused("unknown_contact", "that contact is not one of this account")
    right = [said.name, said.email, said.phone, said.words]
    if said.what != "gone" and not any(w.strip() for w in right):
        raise Refused("note_missing", "say what would be right")

    def do() -> dict[str, Any]:
        wanted = tasks.Wanted(
            "correct_contact", f"portal:{guest.link}:{key}", guest.entity_id, guest.customer_id
        )
        made = tasks.open_all(guest.scope, [wanted], on=guest.today, at=guest.now)
        note = _correction(said, known.get(said.contact)).encode()
        personal.keep(guest.scope, "task", {(made[0].pk, "note"): note}, at=guest.now)
        return {"id": made[0].pk}

    return _once(guest, key, "contact", list(said), do)


_WHAT = {"gone": "is not there any more", "other": "has other details", "new": "is to be added"}


def _correction(said: Correction, about: Contact | None) -> str:
    """Write for colleagues what the customer says, to be checked before anything is changed."""
    who = f"{about.name or about.role} ({about.role})" if about else "Somebody new"
    right = [
        f"{label}: {value}"
        for label, value in (
            ("name", said.name), ("e-mail", said.email), ("phone", said.phone),
            ("they write", said.words),
        )
        if value.strip()
    ]  # fmt: skip
    end = f" {'; '.join(right)}." if right else ""
    return f"On their own page: {who} {_WHAT.get(said.what, said.what)}.{end} Check it first."


def _lines(guest: portal.Guest, items: Sequence[int]) -> list[owing.Line]:
    """Return the lines of the account that are named. Raises: Refused for any other."""
    if not items:
        return []
    mine = {x.id: x for x in owing.account(guest).lines}
    strange = [i for i in items if i not in mine]
    if strange:
        raise Refused("unknown_item", "that item is not open in this account")
    return [mine[i] for i in dict.fromkeys(items)]


def _once(
    guest: portal.Guest,
    key: str,
    verb: str,
    request: list[Any],
    do: Callable[[], dict[str, Any]],
    *,
    is_long: bool = False,
) -> dict[str, Any]:
    def within() -> dict[str, Any]:
        _enough(guest, verb)
        return do()

    return once.run(
        guest.scope, f"{_mine(guest)}{key}", verb=f"portal {verb}", request=request,
        now=guest.now, do=within, is_long=is_long,
    )  # fmt: skip


def _mine(guest: portal.Guest) -> str:
    """Return how the keys of all that is said by a link begin."""
    return f"portal:{guest.link}:"


def _today(guest: portal.Guest, *verbs: str) -> QuerySet[models.Idempotency]:
    return models.Idempotency.objects.filter(
        organisation_id=guest.scope.organisation_id, key__startswith=_mine(guest),
        verb__in=[f"portal {v}" for v in verbs], at__gt=guest.now - _DAY,
    )  # fmt: skip


def _enough(guest: portal.Guest, verb: str) -> None:
    """Let a link say something, unless it said as much as it may within a day. Raises: Refused."""
    verbs, most = next((of, n) for of, n in _MOST.items() if verb in of)
    with tx.reading(guest.scope):
        n = _today(guest, *verbs).count()
    if n >= most:
        raise _too_much()


def _room(guest: portal.Guest, size: int) -> None:
    """Let files of this size be kept, unless there are too many within a day. Raises: Refused."""
    answers = _today(guest, "dispute").values_list("response", flat=True)
    had = sum(int(json.loads(a).get("bytes", 0)) for a in answers)
    if had + size > FILES_A_DAY:
        raise _too_much()


def _too_much() -> Refused:
    return Refused("enough_today", "that is as much as this page takes within a day; write to us")


def paying(
    guest: portal.Guest, key: str, request: Sequence[Any], do: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Keep what a page at a provider was made for, so that the way back can be compared to it.

    Raises: Refused for more than may be begun within a day.
    """
    return _once(guest, key, "pay", list(request), do, is_long=True)


def begun(guest: portal.Guest, session: str) -> dict[str, Any] | None:
    """Return what a page at a provider was made for, None where none was made by this link."""
    with tx.reading(guest.scope):
        rows = models.Idempotency.objects.filter(
            organisation_id=guest.scope.organisation_id, key__startswith=_mine(guest),
            verb="portal pay", response__contains=session,
        )  # fmt: skip
        found = [json.loads(r) for r in rows.values_list("response", flat=True)]
    return next((f for f in found if f.get("id") == session), None)
