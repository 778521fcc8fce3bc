"""One evening on the desk, hour by hour, with channels in memory that answer like real ones."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from dunwell.core import rows
from dunwell.core.decision import Act, Ask, Wait
from dunwell.core.scope import Scope
from dunwell.delivery.channel import Channel
from dunwell.delivery.memory import MemoryChannel
from dunwell.desk import approve, checklist, dispatch, look
from dunwell.store import models, tx
from dunwell.store.records import cases
from helpers import TODAY

DAY = dt.timedelta(days=1)
NINE = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)  # Monday, nine o'clock in Berlin
NIGHT = NINE - dt.timedelta(hours=7)


class Sent(NamedTuple):
    """One row of the outbox."""

    customer: str
    step: str
    channel: str
    state: str
    reason: str
    key: str
    role: str


class Evening:
    """Looks at a book, hands over what was decided, and tells what became of it."""

    def __init__(self, scope: Scope, **answers: Any) -> None:
        self.scope = scope
        self.mail, self.post = MemoryChannel(**answers), MemoryChannel()
        self.routes: dict[str, Channel] = {"email": self.mail, "letter": self.post}

    def look(self, day: dt.date = TODAY) -> list[cases.Line]:
        """Decide a day and record it; return what is new."""
        proposal = look.propose(self.scope, as_of=day)
        assert proposal.failed == []
        at = dt.datetime.combine(day, dt.time(1), tzinfo=dt.UTC)
        return look.record(self.scope, proposal, mode="run", now=at)

    def decided(self, customer: str = "C-1", *, day: dt.date = TODAY) -> Act | Ask | Wait:
        """Return what would be decided about a customer."""
        found = look.propose(self.scope, as_of=day)
        (made,) = [x.made for x in found.lines if x.customer == customer]
        return made

    def send(
        self, at: dt.datetime = NINE, *, routes: dict[str, Channel] | None = None, **options: Any
    ) -> dispatch.Dispatched:
        """Hand over what is due, by worker `w`; `routes` may leave a channel out."""
        given = {"worker": "w", "now": at} | options
        return dispatch.run(self.scope, self.routes if routes is None else routes, **given)

    def outbox(self) -> list[Sent]:
        """Return every action, oldest first."""
        with tx.reading(self.scope):
            return [
                Sent(a.customer.reference, a.step, a.channel, a.state, a.reason, a.key, a.to_role)
                for a in models.Action.objects.filter(organisation_id=self.scope.organisation_id)
                .select_related("customer")
                .order_by("pk")
            ]

    def states(self) -> list[tuple[str, str]]:
        """Return channel and state of every action, oldest first."""
        return [(a.channel, a.state) for a in self.outbox()]

    def approve_all(self, day: dt.date) -> None:
        """Let anna approve whatever is asked."""
        with tx.reading(self.scope):
            asked = models.Approval.objects.filter(
                organisation_id=self.scope.organisation_id, state="asked"
            )
            keys = list(asked.order_by("pk").values_list("key", flat=True))
        for key in keys:
            checklist.complete(self.scope, key, note="tried", as_of=day, now=at(day, 2))
            approve.approve(self.scope, key, as_of=day, now=at(day, 2))

    def steps(self, number: str) -> list[tuple[str, dt.date]]:
        """Return the live steps an item has taken, with their days."""
        with tx.reading(self.scope):
            return list(
                models.StepTaken.objects.filter(
                    organisation_id=self.scope.organisation_id,
                    item__number=number,
                    voided_on__isnull=True,
                )
                .order_by("on", "pk")
                .values_list("step", "on")
            )


def at(day: dt.date, hour: int = 8) -> dt.datetime:
    """Return an hour of a day, in UTC."""
    return dt.datetime.combine(day, dt.time(hour), tzinfo=dt.UTC)


def contacted(item: str, step: str, on: dt.date, *, customer: str = "C-1") -> rows.HistoryRow:
    """A step an item took in the old system."""
    return rows.HistoryRow(line=2, customer=customer, item=item, step=step, on=on, channel="email")


def person(role: str, *, customer: str = "C-1", **said: Any) -> rows.ContactRow:
    """A person at a customer, with whatever address is said."""
    return rows.ContactRow(line=2, customer=customer, role=role, name=f"the {role}", **said)
