"""A case lived through with the desk's own verbs, from its first invoice to the agency.

C-1 is the customer of the evidence file; C-2 stands beside it in every run, import and task,
and none of its words may turn up in C-1's file. Days are told from TODAY, a Monday.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from ended import people
from evening import DAY, Evening, at, person

from dunwell.core.inbound import Inbound
from dunwell.core.scope import Scope
from dunwell.delivery.file_outbox import FileOutbox
from dunwell.desk import (
    approve,
    call,
    checklist,
    dispute,
    hold,
    inbox,
    letterhead,
    note,
    promise,
    settle,
    trail,
)
from dunwell.store import models, tx
from helpers import TODAY, Book, customer, invoice, payment, reversal

END = TODAY + 70 * DAY
SECRETS = ("Bystander", "bystander@example.com", "S-1", "their pallets", "SECRET-PAY", "777.77")
"""What is C-2's alone."""


def lived(scope: Scope, book: Book, home: Path) -> Evening:
    """Live through the whole case; return the evening, with all that went out in files."""
    evening = Evening(scope)
    outbox = FileOutbox(home / "outbox")
    evening.routes = {"email": outbox, "letter": outbox}
    _found(scope, book, home)
    days = [TODAY + n * DAY for n in range((END - TODAY).days + 1)]
    for day in (d for d in days if d.weekday() < 5):
        _morning(scope, book, day)
        assert settle.nightly(scope, as_of=day, now=at(day, 1)) == []
        evening.look(day)
        if _approve(scope, day):
            evening.look(day)
        evening.send(at(day))
        trail.seal(scope, now=at(day, 18))
    return evening


def _found(scope: Scope, book: Book, home: Path) -> None:
    """Set up who is owed, who owes, and what."""
    file = home / "letterhead.yaml"
    file.write_text(letterhead.EXAMPLE)
    letterhead.keep(scope, "MAIN", letterhead.read(file), now=at(TODAY, 6))
    people(scope)
    book.customers(
        customer("C-1", name="Café Zoë Ltd", email="ap@zoe.example"),
        customer("C-2", name="Bystander GmbH", email="bystander@example.com"),
    )
    book.take("contacts", person("ap", address="Café Zoë Ltd\n1 High Street\n10117 Berlin",
                                 phone="+49 30 1"))  # fmt: skip
    book.items(
        invoice("R-0", 5_000, due_on=TODAY - 60 * DAY, issued_on=TODAY - 90 * DAY),
        invoice(
            "R-1", 90_000, due_on=TODAY - 2 * DAY, issued_on=TODAY - 32 * DAY, po_number="PO 7"
        ),
        invoice("R-2", 40_000, due_on=TODAY + DAY, issued_on=TODAY - 29 * DAY),
        invoice("S-1", 77_777, customer="C-2", due_on=TODAY - 5 * DAY),
    )
    book.payments(payment("OLD-1", 5_000, on=TODAY - 65 * DAY, items=[("R-0", None)]))


def _morning(scope: Scope, book: Book, day: dt.date) -> None:
    """Do what people did on a day, before the run."""
    ben, now = scope._replace(actor="ben"), at(day, 6)
    since = (day - TODAY).days
    if since == 2:
        book.payments(payment("P-1", 10_000, on=day, items=[("R-1", None)]), as_of=day, now=now)
    if since == 3:
        dispute.open_dispute(
            ben, "C-1", items=["R-2"], amount_minor=15_000, code="quantity", on=day, now=now,
            note="Ms Zoë says two boxes were missing",
        )  # fmt: skip
        dispute.open_dispute(
            ben, "C-2", items=["S-1"], amount_minor=None, code="other", on=day, now=now,
            note="their pallets never came",
        )  # fmt: skip
    if since == 9:
        dispute.close_dispute(
            ben, 1, outcome="rejected", on=day, now=now,
            answer="The delivery note of 3 February shows all boxes, signed by Ms Zoë.",
        )  # fmt: skip
    if since == 10:
        hold.open_hold(
            ben, "C-1", items=["R-1"], amount_minor=None, on=day - DAY, until=day + DAY,
            reason="asked by sales", note="a visit is planned for Friday", now=now,
        )  # fmt: skip
    if since == 14:
        said = call.Said(
            outcome="promise", on=day, minutes=6, note="Spoke to Ms Zoë, who will pay R-1 in full",
            promise_by=day + 8 * DAY, items=("R-1",),
        )  # fmt: skip
        call.open_call(ben, "C-1", said, today=day, now=now)
    if since == 15:
        book.payments(
            payment("P-2", 40_000, on=day, items=[("R-2", None)]),
            payment("SECRET-PAY", 1_000, customer="C-2", on=day), as_of=day, now=now,
        )  # fmt: skip
    if since == 18:
        book.payments(reversal("P-2R", 40_000, reverses="P-2", on=day), as_of=day, now=now)
    if since == 21:
        book.items(
            invoice("R-1", 88_000, due_on=TODAY - 2 * DAY, issued_on=TODAY - 32 * DAY),
            as_of=day, now=now,
        )  # fmt: skip
    if since == 28:
        note.open_note(ben, "C-1", note.Said(note="Their landlord called: the shop is closing?"),
                       on=day, today=day, now=now)  # fmt: skip
    if since == 29:
        mail = Inbound(
            file="in.eml", kind="reply", channel="email", sha256="a" * 64,
            sender="ap@zoe.example", subject="Re: Reminder", received_at=now,
            words="We cannot pay before May. We will write again.",
        )  # fmt: skip
        (taken,) = inbox.take(scope, [mail], now=now).taken
        inbox.close(ben, taken["id"], outcome="question", on=day, now=now)
    if since == 39:
        promise.open_promise(ben, "C-1", items=["R-2"], amount_minor=20_000, until=day + 5 * DAY,
                             on=day, now=now, note="by mail, half of it")  # fmt: skip
    if since == 44:
        book.payments(payment("P-3", 20_000, on=day, items=[("R-2", None)]), as_of=day, now=now)


def _approve(scope: Scope, day: dt.date) -> int:
    """Let cleo answer whatever is asked: no suspension, and no agency for C-2; return how much."""
    ben, cleo, now = scope._replace(actor="ben"), scope._replace(actor="cleo"), at(day, 2)
    with tx.reading(scope):
        asked = models.Approval.objects.filter(
            organisation_id=scope.organisation_id, state="asked"
        ).order_by("pk")
        keys = list(asked.values_list("key", "what", "customer__reference"))
    for key, what, who in keys:
        if what == "suspension" or (what == "placement" and who == "C-2"):
            approve.refuse(cleo, key, reason=f"not for {who} now", until=None, as_of=day, now=now)
            continue
        if what == "placement":
            checklist.complete(ben, key, note="went there, nobody opened", as_of=day, now=now)
        approve.approve(cleo, key, as_of=day, now=now)
    return len(keys)
