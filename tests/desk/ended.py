"""A customer at the end of the ladder: everything expired, and the agency not asked yet."""

from __future__ import annotations

import datetime as dt
from typing import Any

from evening import DAY, contacted, person

from dunwell.core.scope import Scope
from dunwell.desk import approve, checklist, found, named, placement
from dunwell.store import models, tx
from helpers import NOW, TODAY, Book, customer, instant, invoice

LONG_AGO = TODAY - 70 * DAY


def ended(
    book: Book,
    *,
    minor: int = 90_000,
    due_on: dt.date = LONG_AGO,
    demanded_on: dt.date = TODAY - 20 * DAY,
    reference: str = "C-1",
    number: str = "R-1",
    **said: Any,
) -> None:
    """One item whose final demand went out in the old system, and has expired since."""
    book.customers(customer(reference, **said))
    book.items(invoice(number, minor, customer=reference, due_on=due_on))
    book.take("contacts", person("alternate", customer=reference, phone="+49 30 1"))
    book.take("history", contacted(number, "final_demand", demanded_on, customer=reference))


def people(scope: Scope) -> tuple[Scope, Scope]:
    """Return ben, who proposes, and cleo, who answers as manager, executive and legal."""
    found.add_user(scope, "ben", roles=["collector", "manager"], now=NOW)
    found.add_user(scope, "cleo", roles=["manager", "executive", "legal"], now=NOW)
    return scope._replace(actor="ben"), scope._replace(actor="cleo")


def placed(
    book: Book, *, on: dt.date = TODAY, who: str = "C-1", kind: str = "agency", **said: Any
) -> dict[str, Any]:
    """Let ben propose and cleo approve; return the placement."""
    ben, cleo = people(book.scope)
    key = placement.propose(ben, who, kind=kind, as_of=on, now=instant(on), **said)["id"]
    checklist.complete(ben, key, note="tried", as_of=on, now=instant(on))
    approve.approve(cleo, key, as_of=on, now=instant(on))
    return placement.listed(book.scope, kinds=(kind,))[0]


def open_tasks(scope: Scope, kind: str) -> list[models.Task]:
    """Return the open tasks of a kind, oldest first."""
    with tx.reading(scope):
        return list(
            models.Task.objects.filter(
                organisation_id=scope.organisation_id, kind=kind, state="open"
            ).order_by("pk")
        )


def verbs(scope: Scope) -> list[str]:
    """Return what the journal says was done, oldest first."""
    with tx.reading(scope):
        events = models.Event.objects.filter(organisation_id=scope.organisation_id)
        return list(events.order_by("pk").values_list("verb", flat=True))


def case(scope: Scope, who: str = "C-1", *, on: dt.date = TODAY) -> checklist.Case:
    """Return a customer's case on a day."""
    with tx.reading(scope):
        row = named.customer(scope, who)
        return checklist.case_of(scope, row, named.entity(scope, "MAIN"), as_of=on)
